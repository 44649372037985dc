/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Impact held to an enumeration of its own (lib/oracle-impact.h) on random supply chains in time:
 * exactly, sampled, static and through time. */

#include "config.h"

#include <criterion/criterion.h>
#include <math.h>

#include "cpsf-impact.h"
#include "cpsf-kernels.h"
#include "cpsf-mem-private.h"
#include "impactgen.h"
#include "oracle-impact.h"

enum { CASES = 1000, SAMPLED = 200, WORLDS = 4096, NODES = 7, DENSITY = 2 };

static const double outcomes = 1024;

/* What is asked of one case. */
typedef struct {
    TestImpact *chain;
    CpsfPolicy *policy;
    CpsfGraph *graph;
    CpsfSnapshot *snapshot;
    OracleImpact *oracle;
} Case;

static void
open_case(Case *self, uint64_t seed, gboolean is_static)
{
    g_autoptr(GError) error = NULL;

    self->chain = test_impact_draw(seed, NODES, DENSITY, outcomes);
    self->policy = test_impact_policy(self->chain);
    self->graph = test_impact_freeze(self->chain, seed % 3);
    self->snapshot = cpsf_graph_snapshot(self->graph, TEST_IMPACT_AT, &error);
    cr_assert_not_null(self->snapshot);

    g_autofree OracleIncident *incidents = test_impact_incidents(self->chain, self->graph);
    const OracleQuestion question = {
        .incidents = incidents,
        .n_incidents = self->chain->n_incidents,
        .horizon = self->chain->horizon,
        .is_static = is_static,
    };

    self->oracle = oracle_impact_new(self->snapshot, self->policy, &question, NULL);
}

static void
close_case(Case *self)
{
    oracle_impact_free(self->oracle);
    cpsf_snapshot_unref(self->snapshot);
    cpsf_graph_unref(self->graph);
    cpsf_policy_unref(self->policy);
    test_impact_free(self->chain);
}

static CpsfTable *
ask(const Case *self, CpsfImpactOptions options, gboolean is_static, CpsfImpactReport *report)
{
    g_autoptr(GError) error = NULL;

    options.n_incidents = self->chain->n_incidents;
    options.has_horizon = TRUE;
    options.horizon = self->chain->horizon;
    options.is_static = is_static;
    options.report = report;

    CpsfTable *table =
        cpsf_impact(self->snapshot, self->policy, self->chain->incidents, &options, &error);

    cr_assert_not_null(table, "%s", error != NULL ? error->message : "");
    return table;
}

/* The row about an effect on a node; -1 = none. */
static int64_t
find_row(const Case *self, const CpsfTable *table, int32_t node, const char *effect)
{
    const char *key = cpsf_graph_get_key(self->graph, node);

    for (int64_t row = 0; row < cpsf_table_get_n_rows(table); row++)
        if (g_str_equal(cpsf_table_get_utf8(table, 0, row), key) &&
            g_str_equal(cpsf_table_get_utf8(table, 3, row), effect))
            return row;
    return -1;
}

static const char *
word_of(int effect)
{
    return effect == ORACLE_IMPACT_ANY ? "any" : cpsf_word(CPSF_WORDS_EFFECT, effect);
}

static void
compare_row(const Case *self, const CpsfTable *table, uint64_t seed, int32_t node, int effect)
{
    const OracleArrival *right = &self->oracle->of[node][effect];
    const int64_t row = find_row(self, table, node, word_of(effect));
    const gboolean is_known = right->earliest != ORACLE_IMPACT_NEVER;

    if (row < 0) {
        cr_assert_leq(right->probability, 0.0, "seed %d: node %d lacks %s", (int) seed, node,
                      word_of(effect));
        cr_assert_not(is_known);
        return;
    }
    cr_assert_float_eq(cpsf_table_get_double(table, 4, row), right->probability, 1e-12,
                       "seed %d: %s of node %d: %.17g is not %.17g", (int) seed, word_of(effect),
                       node, cpsf_table_get_double(table, 4, row), right->probability);
    cr_assert_eq(cpsf_table_is_null(table, 6, row), !is_known, "seed %d, node %d, %s", (int) seed,
                 node, word_of(effect));
    if (is_known)
        cr_assert_eq(cpsf_table_get_time(table, 6, row), right->earliest,
                     "seed %d, node %d, %s: earliest", (int) seed, node, word_of(effect));
    if (right->probability > 0.0)
        cr_assert_float_eq((double) (cpsf_table_get_time(table, 7, row) - self->oracle->start),
                           right->mean, 2.0, "seed %d, node %d, %s: mean arrival", (int) seed, node,
                           word_of(effect));
}

static void
compare_exactly(uint64_t seed, gboolean is_static)
{
    Case now;
    CpsfImpactReport report = {0};

    open_case(&now, seed, is_static);

    g_autoptr(CpsfTable) table =
        ask(&now, (CpsfImpactOptions){.method = CPSF_METHOD_EXACT}, is_static, &report);

    for (int32_t v = 0; v < now.oracle->n; v++)
        for (int effect = 0; effect < ORACLE_IMPACT_COLUMNS; effect++)
            compare_row(&now, table, seed, v, effect);
    cr_assert_float_eq(report.nodes, now.oracle->nodes, 1e-9, "seed %d: nodes", (int) seed);
    close_case(&now);
}

Test(impact_oracle, through_time)
{
    for (uint64_t seed = 0; seed < CASES; seed++)
        compare_exactly(seed, FALSE);
}

Test(impact_oracle, without_time)
{
    for (uint64_t seed = 0; seed < CASES; seed++)
        compare_exactly(seed, TRUE);
}

Test(impact_oracle, sampled)
{
    uint64_t last = UINT64_MAX;
    int within_one = 0;
    int n = 0;

    for (uint64_t seed = 0; seed < SAMPLED; seed++) {
        Case now;
        CpsfImpactReport report = {0};

        open_case(&now, seed, FALSE);

        g_autoptr(CpsfTable) table =
            ask(&now, (CpsfImpactOptions){.worlds = WORLDS, .seed = seed}, FALSE, &report);

        for (int32_t v = 0; v < now.oracle->n; v++)
            for (int effect = 0; effect < CPSF_N_EFFECTS; effect++) {
                const int64_t row = find_row(&now, table, v, word_of(effect));
                const double p = now.oracle->of[v][effect].probability;

                if (row < 0 || p < 0.01 || p > 0.99)
                    continue;

                const double off = fabs(cpsf_table_get_double(table, 4, row) - p) /
                                   cpsf_table_get_double(table, 5, row);

                cr_assert_lt(off, 5.0, "seed %d, node %d: off by %g standard errors", (int) seed, v,
                             off);
                if (last == seed) /* figures of one graph are not independent */
                    continue;
                last = seed;
                within_one += off < 1.0;
                n++;
            }
        close_case(&now);
    }
    cr_assert_gt(n, 60);
    cr_assert_float_eq((double) within_one / n, 0.68, 0.12, "%d of %d within one", within_one, n);
}

Test(impact_oracle, threads_and_kernels_change_nothing)
{
    for (uint64_t seed = 0; seed < 40; seed++) {
        Case now;
        CpsfImpactReport first = {0};

        open_case(&now, seed, FALSE);

        g_autoptr(CpsfTable) one =
            ask(&now, (CpsfImpactOptions){.worlds = 5000, .threads = 1}, FALSE, &first);

        for (int threads = 2; threads <= 8; threads += 3) {
            CpsfImpactReport report = {0};

            cpsf_kernels_use_portable(threads == 5);

            g_autoptr(CpsfTable) other =
                ask(&now, (CpsfImpactOptions){.worlds = 5000, .threads = threads}, FALSE, &report);

            cpsf_kernels_use_portable(FALSE);
            cr_assert_eq(cpsf_table_get_n_rows(one), cpsf_table_get_n_rows(other));
            for (int64_t row = 0; row < cpsf_table_get_n_rows(one); row++) {
                cr_assert_str_eq(cpsf_table_get_utf8(one, 0, row),
                                 cpsf_table_get_utf8(other, 0, row));
                cr_assert_eq(cpsf_table_get_double(one, 4, row),
                             cpsf_table_get_double(other, 4, row));
            }
            cr_assert_eq(first.nodes, report.nodes);
            cr_assert_eq(first.loss, report.loss);
        }
        close_case(&now);
    }
}

Test(impact_oracle, no_memory_is_an_error)
{
    Case now;
    gboolean has_failed = TRUE;

    open_case(&now, 3, FALSE);
    for (int64_t count = 0; has_failed; count++) {
        g_autoptr(GError) error = NULL;

        cpsf_mem_fail_after(count);

        CpsfImpactOptions options = {.n_incidents = now.chain->n_incidents, .threads = 1};
        CpsfTable *table =
            cpsf_impact(now.snapshot, now.policy, now.chain->incidents, &options, &error);

        cpsf_mem_fail_after(-1);
        has_failed = table == NULL;
        if (has_failed)
            cr_assert(g_error_matches(error, CPSF_ERROR, CPSF_ERROR_NO_MEMORY));
        else
            cpsf_table_unref(table);
        cr_assert_lt(count, 10000);
    }
    close_case(&now);
}

Test(impact_oracle, reverse_is_sampled_only)
{
    const CpsfImpactOptions refused[] = {
        {.method = CPSF_METHOD_EXACT},
        {.model = CPSF_IMPACT_DEBTRANK},
        {.model = CPSF_IMPACT_FDNA},
    };
    Case now;

    open_case(&now, 3, FALSE);
    for (size_t i = 0; i < G_N_ELEMENTS(refused); i++) {
        g_autoptr(GError) error = NULL;

        cr_assert_null(cpsf_impact_reverse(now.snapshot, now.policy, now.chain->incidents,
                                           &refused[i], &error));
        cr_assert(g_error_matches(error, CPSF_ERROR, CPSF_ERROR_INVALID_VALUE));
    }
    close_case(&now);
}
