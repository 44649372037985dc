/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "config.h"

#include "trust-test.h"

#include <math.h>
#include <string.h>

static double *
column_by_node(const TestTrust *self, const CpsfGraph *graph, const char *name)
{
    double *values = g_new(double, self->n + 1);
    const int column = cpsf_table_find_column(self->table, name);
    const int key = cpsf_table_find_column(self->table, "key");

    for (int32_t v = 0; v < self->n; v++)
        values[v] = NAN;
    for (int64_t i = 0; i < cpsf_table_get_n_rows(self->table); i++) {
        const int32_t v = cpsf_graph_find_node(graph, cpsf_table_get_utf8(self->table, key, i));

        cr_assert(v >= 0);
        cr_assert(isnan(values[v]), "two rows of one node");
        cr_assert(cpsf_table_is_null(self->table, column, i) == FALSE);
        values[v] = cpsf_table_get_double(self->table, column, i);
    }
    return values;
}

TestTrust *
test_trust_ask(CpsfSnapshot *snapshot, CpsfPolicy *policy, const CpsfTrustOptions *options)
{
    g_autoptr(GError) error = NULL;
    TestTrust *self = g_new0(TestTrust, 1);

    self->n = snapshot->graph->n_nodes;
    self->table = cpsf_trust(snapshot, policy, options, &self->report, &error);
    cr_assert(self->table != NULL, "%s", error != NULL ? error->message : "no table, no error");
    self->belief = column_by_node(self, snapshot->graph, "belief");
    self->disbelief = column_by_node(self, snapshot->graph, "disbelief");
    self->uncertainty = column_by_node(self, snapshot->graph, "uncertainty");
    self->expected = column_by_node(self, snapshot->graph, "expected");
    self->stderr_of = column_by_node(self, snapshot->graph, "stderr");
    return self;
}

TestTrust *
test_trust_of(const TestSupply *supply, const CpsfTrustOptions *options)
{
    g_autoptr(CpsfGraph) graph = test_supply_freeze(supply, 0);
    g_autoptr(CpsfSnapshot) snapshot = cpsf_graph_snapshot(graph, TEST_SUPPLY_AT, NULL);
    g_autoptr(CpsfPolicy) policy = test_supply_policy();

    cr_assert(snapshot != NULL);
    return test_trust_ask(snapshot, policy, options);
}

void
test_trust_free(TestTrust *self)
{
    cpsf_table_unref(self->table);
    g_free(self->belief);
    g_free(self->disbelief);
    g_free(self->uncertainty);
    g_free(self->expected);
    g_free(self->stderr_of);
    g_free(self);
}

static gboolean
is_same_cell(CpsfTable *a, CpsfTable *b, int column, int64_t row)
{
    if (cpsf_table_is_null(a, column, row) != cpsf_table_is_null(b, column, row))
        return FALSE;
    if (cpsf_table_is_null(a, column, row))
        return TRUE;
    if (cpsf_table_get_column_type(a, column) == CPSF_COLUMN_UTF8)
        return strcmp(cpsf_table_get_utf8(a, column, row), cpsf_table_get_utf8(b, column, row)) ==
               0;

    const double x = cpsf_table_get_double(a, column, row);
    const double y = cpsf_table_get_double(b, column, row);

    return memcmp(&x, &y, sizeof x) == 0;
}

gboolean
test_trust_is_same(const TestTrust *a, const TestTrust *b)
{
    const int64_t n = cpsf_table_get_n_rows(a->table);

    if (cpsf_table_get_n_rows(b->table) != n || a->report.worlds != b->report.worlds)
        return FALSE;
    for (int64_t i = 0; i < n; i++)
        for (int c = 0; c < cpsf_table_get_n_columns(a->table); c++)
            if (!is_same_cell(a->table, b->table, c, i))
                return FALSE;
    return TRUE;
}

gboolean
test_trust_is_near(double x, double p, int64_t worlds)
{
    const double w = (double) worlds;
    const double seen = (x * w + 0.5) / (w + 1);

    return fabs(x - p) <= 5 * sqrt(MAX(seen * (1 - seen), p * (1 - p)) / w);
}
