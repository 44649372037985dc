/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What the loss of a node costs, in one currency, and how long it is down. */

#include "config.h"

#include <math.h>
#include <string.h>

#include "cpsf-consequence-private.h"
#include "cpsf-time-private.h"

/* The row that gives a loss of @node at @time, or NULL. */
static const CpsfConsequenceRow *
find_loss(const CpsfGraph *graph, int32_t node, CpsfTime time)
{
    int64_t first;
    int64_t last;

    cpsf_rows_range(&graph->consequences, node, &first, &last);
    for (int64_t i = first; i < last; i++) {
        const CpsfConsequenceRow *row = &graph->consequences.items[i];

        if (cpsf_interval_holds(row->valid, time) && !isnan(row->loss))
            return row;
    }
    return NULL;
}

int64_t
cpsf_downtime_of(const CpsfGraph *graph, int32_t node, CpsfTime time)
{
    int64_t first;
    int64_t last;

    cpsf_rows_range(&graph->consequences, node, &first, &last);
    for (int64_t i = first; i < last; i++) {
        const CpsfConsequenceRow *row = &graph->consequences.items[i];

        if (cpsf_interval_holds(row->valid, time) && row->downtime >= 0)
            return row->downtime;
    }
    return INT64_MAX;
}

/* How much of @to one of @from is; NaN = the policy does not say. */
static double
find_rate(const CpsfPolicy *policy, const char *from, const char *to)
{
    if (strcmp(from, to) == 0)
        return 1.0;
    for (int64_t i = 0; i < policy->rates.n; i++)
        if (strcmp(policy->rates.items[i].currency, from) == 0 &&
            strcmp(policy->rates.items[i].to, to) == 0)
            return policy->rates.items[i].factor;
    return (double) NAN;
}

static gboolean
has_all_rates(const CpsfPolicy *policy, const GPtrArray *currencies, const char *to)
{
    for (guint i = 0; i < currencies->len; i++)
        if (isnan(find_rate(policy, g_ptr_array_index(currencies, i), to)))
            return FALSE;
    return TRUE;
}

/* The first in order of bytes that every currency has a rate to; NULL = none. */
static const char *
find_common(const CpsfPolicy *policy, const GPtrArray *currencies)
{
    const char *best = NULL;

    for (guint i = 0; i < currencies->len; i++) {
        const char *to = g_ptr_array_index(currencies, i);

        if ((best == NULL || strcmp(to, best) < 0) && has_all_rates(policy, currencies, to))
            best = to;
    }
    for (int64_t i = 0; i < policy->rates.n; i++) {
        const char *to = policy->rates.items[i].to;

        if ((best == NULL || strcmp(to, best) < 0) && has_all_rates(policy, currencies, to))
            best = to;
    }
    return best;
}

static void
note_currency(GPtrArray *currencies, const char *currency)
{
    for (guint i = 0; i < currencies->len; i++)
        if (strcmp(g_ptr_array_index(currencies, i), currency) == 0)
            return;
    g_ptr_array_add(currencies, (char *) currency);
}

static const char *
currency_of(const CpsfGraph *graph, const CpsfConsequenceRow *row)
{
    return row->currency != 0 ? cpsf_strtab_get(graph->strings, row->currency) : "";
}

static int
compare_texts(const void *left, const void *right)
{
    return strcmp(*(const char *const *) left, *(const char *const *) right);
}

static gboolean
fail_rates(const GPtrArray *currencies, GError **error)
{
    g_ptr_array_sort((GPtrArray *) currencies, compare_texts);

    const char *first = g_ptr_array_index(currencies, 0);
    const char *last = g_ptr_array_index(currencies, currencies->len - 1);

    return cpsf_fail(error, CPSF_ERROR_INVALID_VALUE,
                     "losses are in %s and %s, and the policy has no rates to one currency",
                     *first != '\0' ? first : "no currency", last);
}

gboolean
cpsf_losses_init(CpsfLosses *self,
                 const CpsfSnapshot *snapshot,
                 const CpsfPolicy *policy,
                 CpsfTime time,
                 const int32_t *nodes,
                 int64_t n_nodes,
                 GError **error)
{
    const CpsfGraph *graph = snapshot->graph;
    g_autoptr(GPtrArray) currencies = g_ptr_array_new();

    *self = (CpsfLosses){.loss = cpsf_try_new(double, (size_t) n_nodes, error)};
    if (self->loss == NULL)
        return FALSE;
    for (int64_t i = 0; i < n_nodes; i++) {
        const CpsfConsequenceRow *row = find_loss(graph, nodes[i], time);

        self->loss[i] = row != NULL ? row->loss : (double) NAN;
        if (row != NULL)
            note_currency(currencies, currency_of(graph, row));
    }
    if (currencies->len == 0)
        return TRUE;
    self->currency = find_common(policy, currencies);
    if (self->currency == NULL)
        return fail_rates(currencies, error);
    for (int64_t i = 0; currencies->len > 1 && i < n_nodes; i++) {
        const CpsfConsequenceRow *row = find_loss(graph, nodes[i], time);

        if (row != NULL)
            self->loss[i] *= find_rate(policy, currency_of(graph, row), self->currency);
    }
    return TRUE;
}

void
cpsf_losses_clear(CpsfLosses *self)
{
    g_free(self->loss);
    *self = (CpsfLosses){0};
}
