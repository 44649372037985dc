/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "config.h"

#include "importance-test.h"

#include <math.h>
#include <string.h>

#include "cpsf-trust.h"
#include "cpsf-whatif.h"

PullCase
pull_case(const TestSupply *supply)
{
    PullCase self = {.graph = test_supply_freeze(supply, 0), .policy = test_supply_policy()};

    self.snapshot = cpsf_graph_snapshot(self.graph, TEST_SUPPLY_AT, NULL);
    cr_assert_not_null(self.snapshot);
    return self;
}

PullCase
pull_case_of(TestSupply *supply)
{
    const PullCase self = pull_case(supply);

    test_supply_free(supply);
    return self;
}

void
pull_case_clear(PullCase *self)
{
    cpsf_snapshot_unref(self->snapshot);
    cpsf_graph_unref(self->graph);
    cpsf_policy_unref(self->policy);
}

CpsfTable *
pull_ask(const PullCase *self, const char *key, const CpsfTrustOptions *options)
{
    g_autoptr(GError) error = NULL;
    CpsfTable *table = cpsf_trust_importance(self->snapshot, self->policy, key, options, &error);

    cr_assert(table != NULL, "%s", error != NULL ? error->message : "no table, no error");
    return table;
}

int64_t
pull_row(const CpsfTable *table, const char *key, int layer)
{
    const int keys = cpsf_table_find_column(table, "key");
    const int layers = cpsf_table_find_column(table, "layer");

    for (int64_t i = 0; i < cpsf_table_get_n_rows(table); i++)
        if (strcmp(cpsf_table_get_utf8(table, keys, i), key) == 0 &&
            cpsf_table_get_int64(table, layers, i) == layer)
            return i;
    return -1;
}

double
pull_get(const CpsfTable *table, const char *column, int64_t row)
{
    const int c = cpsf_table_find_column(table, column);

    cr_assert(row >= 0, "no such anchor");
    return cpsf_table_is_null(table, c, row) ? (double) NAN : cpsf_table_get_double(table, c, row);
}

const char *
pull_text(const CpsfTable *table, const char *column, int64_t row)
{
    const int c = cpsf_table_find_column(table, column);

    cr_assert(row >= 0, "no such anchor");
    return cpsf_table_is_null(table, c, row) ? "" : cpsf_table_get_utf8(table, c, row);
}

char *
pull_path(const CpsfTable *table, int64_t row)
{
    const int c = cpsf_table_find_column(table, "path");
    GString *text = g_string_new(NULL);

    for (int64_t i = 0; i < cpsf_table_get_list_length(table, c, row); i++)
        g_string_append_printf(text, "%s%s", i > 0 ? " > " : "",
                               cpsf_table_get_list_item(table, c, row, i));
    return g_string_free(text, FALSE);
}

double
pull_expected(CpsfSnapshot *snapshot,
              CpsfPolicy *policy,
              const char *key,
              const CpsfTrustOptions *options)
{
    const char *const keys[] = {key, NULL};
    CpsfTrustOptions how = *options;
    CpsfTrustReport report;

    how.keys = keys;

    g_autoptr(CpsfTable) table = cpsf_trust(snapshot, policy, &how, &report, NULL);

    cr_assert_not_null(table);
    cr_assert(cpsf_table_get_n_rows(table) == 1);

    const double expected =
        cpsf_table_get_double(table, cpsf_table_find_column(table, "expected"), 0);

    return report.worlds > 0 ? round(2 * expected * (double) report.worlds) : 2 * expected;
}

static void
force(CpsfWhatIf *what_if, const char *key, int layer, PullForce how)
{
    const double belief = how == PULL_WORKS ? 1 : 0;

    if (how != PULL_AS_IT_IS)
        cr_assert(cpsf_what_if_set_opinion(what_if, key, layer, belief, 1 - belief, 0, NULL));
}

CpsfSnapshot *
pull_forced(const PullCase *self, const char *key, int layer, PullForce but, PullForce all)
{
    const CpsfGraph *graph = self->graph;
    g_autoptr(CpsfWhatIf) what_if = cpsf_what_if_new(self->snapshot);

    for (int32_t v = 0; v < graph->n_nodes; v++) {
        const char *other = cpsf_graph_get_key(graph, v);

        for (int l = 1; l <= 3; l++)
            if ((graph->layers[v] & CPSF_LAYER(l)) != 0)
                force(what_if, other, l, l == layer && strcmp(other, key) == 0 ? but : all);
    }
    CpsfSnapshot *forced = cpsf_what_if_snapshot(what_if, NULL);

    cr_assert_not_null(forced);
    return forced;
}
