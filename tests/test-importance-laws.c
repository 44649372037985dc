/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What pulls trust down, against what-ifs that force one anchor at a time, exact and sampled; what
 * conditional counts estimate; laws on random supplies; and the same bytes whoever computes. */

#include "config.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <string.h>

#include "cpsf-importance-private.h"
#include "cpsf-kernels.h"
#include "graphgen.h"
#include "importance-test.h"
#include "writing.h"

enum { N_SEEDS = 40 };

/* Nodes that hold, a few of them. */
static int32_t
pick_target(const PullCase *c, uint64_t seed)
{
    uint64_t r = seed * 77 + 5;

    for (;;) {
        const int32_t v = (int32_t) test_random_below(&r, (uint32_t) c->graph->n_nodes);

        if (c->snapshot->holds[v])
            return v;
    }
}

/* Twice the expected trust of @target where one anchor is forced, and all others are or not. */
static double
ask_forced(const PullCase *c,
           const char *target,
           const CpsfTrustOptions *options,
           const char *key,
           int layer,
           PullForce but,
           PullForce all)
{
    g_autoptr(CpsfSnapshot) forced = pull_forced(c, key, layer, but, all);

    return pull_expected(forced, c->policy, target, options);
}

/* One anchor against what-ifs.  Without a row it can be no worse than it is. */
static void
check_anchor(const PullCase *c,
             const CpsfTable *table,
             const char *target,
             const CpsfTrustOptions *options,
             const char *key,
             int layer)
{
    const int64_t row = pull_row(table, key, layer);
    const double n = 2.0 * (options->method == CPSF_METHOD_EXACT ? 1.0 : (double) options->worlds);
    const double now = pull_expected(c->snapshot, c->policy, target, options);
    const double works = ask_forced(c, target, options, key, layer, PULL_WORKS, PULL_AS_IT_IS);
    const double fails = ask_forced(c, target, options, key, layer, PULL_FAILS, PULL_AS_IT_IS);
    const double best = ask_forced(c, target, options, key, layer, PULL_WORKS, PULL_WORKS);
    const double alone = ask_forced(c, target, options, key, layer, PULL_AS_IT_IS, PULL_WORKS);
    const double wanted[] = {works - now, best - alone, works - fails};
    static const char *const names[] = {"gain", "alone", "importance"};

    if (row < 0) {
        cr_expect(fabs(wanted[0]) < 1e-12, "%s in %d pulls %s", key, layer, target);
        cr_expect(fabs(wanted[1]) < 1e-12, "%s in %d pulls %s", key, layer, target);
        return;
    }
    for (int i = 0; i < 3; i++) {
        const double found = pull_get(table, names[i], row);
        const gboolean is_right = options->method == CPSF_METHOD_EXACT
                                      ? fabs(found - wanted[i] / n) < 1e-12
                                      : found == 0.5 * (wanted[i] / (n / 2.0));

        cr_expect(is_right, "%s of %s in %d for %s: %.17g, not %.17g", names[i], key, layer, target,
                  found, wanted[i] / n);
    }
}

static int
check_target(const PullCase *c, int32_t t, const CpsfTrustOptions *options)
{
    const char *target = cpsf_graph_get_key(c->graph, t);
    g_autoptr(CpsfTable) table = pull_ask(c, target, options);

    for (int32_t v = 0; v < c->graph->n_nodes; v++)
        for (int layer = 1; layer <= 3; layer++)
            if (c->snapshot->holds[v] && (c->graph->layers[v] & CPSF_LAYER(layer)) != 0)
                check_anchor(c, table, target, options, cpsf_graph_get_key(c->graph, v), layer);
    return (int) cpsf_table_get_n_rows(table);
}

/* Circles, groups, short ones, edges felt by chance or never, nodes in two layers. */
Test(importance_laws, exact_is_what_a_what_if_says)
{
    const CpsfTrustOptions options = {.method = CPSF_METHOD_EXACT};
    int n_rows = 0;

    for (uint64_t seed = 1; seed <= N_SEEDS; seed++) {
        g_autoptr(TestSupply) supply = test_supply_draw(seed, 7, 500);
        PullCase c = pull_case(supply);

        n_rows += check_target(&c, pick_target(&c, seed), &options);
        pull_case_clear(&c);
    }
    cr_expect(n_rows > 2 * N_SEEDS, "%d", n_rows);
}

/* To the last bit, in worlds that are no multiple of 512, in one layer or all. */
Test(importance_laws, forced_is_what_a_what_if_says)
{
    int n_rows = 0;

    for (uint64_t seed = 1; seed <= N_SEEDS; seed++) {
        g_autoptr(TestSupply) supply = test_supply_draw(seed + 1000, 12, INFINITY);
        PullCase c = pull_case(supply);
        const CpsfTrustOptions options = {
            .worlds = 700 + (int64_t) seed, .seed = seed, .threads = 1};

        n_rows += check_target(&c, pick_target(&c, seed), &options);
        pull_case_clear(&c);
    }
    cr_expect(n_rows > 4 * N_SEEDS, "%d", n_rows);
}

/* Without edges felt by chance what an anchor does alone is worked out in another way. */
Test(importance_laws, without_chance_edges_too)
{
    for (uint64_t seed = 1; seed <= N_SEEDS; seed++) {
        g_autoptr(TestSupply) supply = test_supply_draw(seed + 3000, 12, INFINITY);

        for (guint i = 0; i < supply->said->len; i++) {
            TestSaid *said = &g_array_index(supply->said, TestSaid, i);

            if (said->says == TEST_SAYS_EDGE)
                said->criticality = said->criticality < 0.25 ? 0 : 1;
        }
        PullCase c = pull_case(supply);
        const CpsfTrustOptions options = {.worlds = 600, .seed = seed, .threads = 1};

        check_target(&c, pick_target(&c, seed), &options);
        pull_case_clear(&c);
    }
}

/* ---- beyond the budget ---- */

typedef struct {
    CpsfAnchors *anchors;
    CpsfPaths paths;
    CpsfTarget target;
    CpsfImportance found;
} Found;

static Found *
found_new(const PullCase *c, const char *key, const CpsfTrustOptions *options, int64_t budget)
{
    Found *f = g_new0(Found, 1);
    const int32_t t = cpsf_graph_find_node(c->graph, key);

    f->anchors = cpsf_anchors_new(c->snapshot, c->policy, NULL);
    cr_assert(cpsf_paths_init(&f->paths, c->snapshot, c->policy, t, NULL));
    cr_assert(cpsf_target_init(&f->target, f->anchors, &f->paths, FALSE, NULL));
    cr_assert(cpsf_importance_find(&f->found, &f->target, options, budget, NULL));
    return f;
}

static void
found_free(Found *f)
{
    cpsf_importance_clear(&f->found);
    cpsf_target_clear(&f->target);
    cpsf_paths_clear(&f->paths);
    cpsf_anchors_free(f->anchors);
    g_free(f);
}

static const CpsfPull *
find_pull(const Found *f, const CpsfPull *of)
{
    const CpsfPull *found = NULL;

    for (int64_t i = 0; i < f->found.pulls.n; i++)
        if (f->found.pulls.items[i].node == of->node && f->found.pulls.items[i].layer == of->layer)
            found = &f->found.pulls.items[i];
    cr_assert_not_null(found);
    return found;
}

/* Which of the two planes an anchor may, and may not, fail in says what there must be. */
static void
check_conditional(const CpsfPull *pull, const CpsfPull *forced, int64_t worlds, int *n)
{
    const double half = 0.5 / sqrt((double) worlds);

    if (!isnan(pull->alone))
        cr_expect(pull->alone == forced->alone);
    if (pull->method == CPSF_PULL_FORCED) { /* next to no chance */
        cr_expect(pull->gain == 0);
        return;
    }
    const gboolean says_nothing = isnan(pull->gain) && isnan(pull->importance);

    cr_expect(says_nothing == (pull->method == CPSF_PULL_NONE));
    cr_expect(isnan(pull->gain) == isnan(pull->stderr_of));
    if (!isnan(pull->gain)) {
        cr_expect(fabs(pull->gain - forced->gain) <=
                      5 * (pull->stderr_of + forced->stderr_of) + half / 100,
                  "%g for %g", pull->gain, forced->gain);
        n[0]++;
    }
    if (!isnan(pull->importance) && pull->only.belief > 0.1 && pull->only.belief < 0.9 &&
        pull->only.disbelief > 0.1) {
        cr_expect(fabs(pull->importance - forced->importance) <= 5 * 2 * half / sqrt(0.08),
                  "%g for %g", pull->importance, forced->importance);
        n[1]++;
    }
    n[2] += pull->method == CPSF_PULL_NONE;
}

Test(importance_laws, conditional_estimates_forced)
{
    const CpsfTrustOptions options = {.worlds = 1 << 15, .threads = 1};
    int n[3] = {0};

    for (uint64_t seed = 1; seed <= N_SEEDS; seed++) {
        g_autoptr(TestSupply) supply = test_supply_draw(seed + 2000, 12, INFINITY);
        PullCase c = pull_case(supply);
        const char *target = cpsf_graph_get_key(c.graph, pick_target(&c, seed));
        Found *forced = found_new(&c, target, &options, INT64_MAX / 2);
        Found *conditional = found_new(&c, target, &options, 0);

        cr_assert(forced->found.pulls.n == conditional->found.pulls.n);
        for (int64_t i = 0; i < forced->found.pulls.n; i++) {
            const CpsfPull *pull = &conditional->found.pulls.items[i];

            check_conditional(pull, find_pull(forced, pull), options.worlds, n);
        }
        found_free(forced);
        found_free(conditional);
        pull_case_clear(&c);
    }
    cr_expect(n[0] > N_SEEDS, "%d gains", n[0]);
    cr_expect(n[1] > 10, "%d importances", n[1]);
    cr_expect(n[2] > 10, "%d without", n[2]);
}

/* A budget for some forces those that may bring most, then the nearest; their figures are the same. */
Test(importance_laws, budgets_force_the_first)
{
    TestSupply *supply = test_supply_new();

    test_supply_node(supply, test_supply_key(0), CPSF_KIND_COMPANY);
    test_supply_opinion(supply, test_supply_key(0), 1, 1, 0, 0);
    for (int i = 1; i <= 6; i++) { /* 6 -> 5 -> ... -> 0; 4 and 2 are worst, 3 and 5 best */
        const double belief = i % 2 == 0 ? 0.2 : i == 1 ? 0.5 : 0.9;

        test_supply_node(supply, test_supply_key(i), CPSF_KIND_COMPANY);
        test_supply_opinion(supply, test_supply_key(i), 1, i == 6 ? 0.3 : belief, 0,
                            1 - (i == 6 ? 0.3 : belief));
        test_supply_edge(supply, test_supply_key(i), test_supply_key(i - 1), 1);
    }
    PullCase c = pull_case_of(supply);
    const CpsfTrustOptions options = {.worlds = 512};
    const int64_t size = 7 + 6;
    static const int order[] = {2, 4, 6, 1, 3, 5};
    Found *all = found_new(&c, test_supply_key(0), &options, INT64_MAX / 2);

    for (int n = 0; n <= 6; n++) {
        Found *some = found_new(&c, test_supply_key(0), &options, n * 2 * size + 1);

        cr_assert(some->found.pulls.n == 6);
        for (int64_t i = 0; i < 6; i++) {
            const CpsfPull *pull = &some->found.pulls.items[i];
            gboolean is_forced = FALSE;

            for (int k = 0; k < n; k++)
                is_forced = is_forced || pull->node == order[k];
            const CpsfPull *same = find_pull(all, pull);

            cr_expect(is_forced == (pull->method == CPSF_PULL_FORCED), "%d of %d", pull->node, n);
            if (is_forced)
                cr_expect(pull->gain == same->gain);
            if (n > 0)
                cr_expect(pull->alone == same->alone);
            else
                cr_expect(isnan(pull->alone));
        }
        found_free(some);
    }
    found_free(all);
    pull_case_clear(&c);
}

/* ---- laws ---- */

/* An edge of the snapshot that is felt at all. */
static gboolean
has_edge(const PullCase *c, const char *from, const char *to)
{
    const CpsfCsr *out = &c->snapshot->out;
    const int32_t v = cpsf_graph_find_node(c->graph, from);
    const int32_t w = cpsf_graph_find_node(c->graph, to);

    for (int64_t e = out->offsets[v]; e < out->offsets[v + 1]; e++)
        if (out->heads[e] == w)
            return TRUE;
    return FALSE;
}

static void
check_path(const PullCase *c, const CpsfTable *table, int64_t row, const char *target)
{
    const int path = cpsf_table_find_column(table, "path");
    const int64_t n = cpsf_table_get_list_length(table, path, row);

    cr_assert(n > 0);
    cr_expect_str_eq(cpsf_table_get_list_item(table, path, row, 0), pull_text(table, "key", row));
    cr_expect_str_eq(cpsf_table_get_list_item(table, path, row, n - 1), target);
    for (int64_t i = 1; i < n; i++)
        cr_expect(has_edge(c, cpsf_table_get_list_item(table, path, row, i - 1),
                           cpsf_table_get_list_item(table, path, row, i)));
}

static void
check_order(const CpsfTable *table, int64_t row)
{
    static const char *const figures[] = {"gain", "alone"};

    for (int i = 0; i < 2; i++) {
        const double before = pull_get(table, figures[i], row - 1);
        const double here = pull_get(table, figures[i], row);

        cr_expect(before >= here);
        if (before > here)
            return;
    }

    const int order = strcmp(pull_text(table, "key", row - 1), pull_text(table, "key", row));

    cr_expect(order <= 0);
    if (order == 0)
        cr_expect(cpsf_table_get_int64(table, 3, row - 1) < cpsf_table_get_int64(table, 3, row));
}

Test(importance_laws, figures_and_order)
{
    for (uint64_t seed = 1; seed <= N_SEEDS; seed++) {
        g_autoptr(TestSupply) supply = test_supply_draw(seed + 4000, 40, INFINITY);
        PullCase c = pull_case(supply);
        const CpsfTrustOptions options = {.layer = (int) (seed % 4)};
        const char *target = cpsf_graph_get_key(c.graph, pick_target(&c, seed));
        g_autoptr(CpsfTable) table = pull_ask(&c, target, &options);

        for (int64_t i = 0; i < cpsf_table_get_n_rows(table); i++) {
            const double gain = pull_get(table, "gain", i);
            const double importance = pull_get(table, "importance", i);
            const double alone = pull_get(table, "alone", i);

            cr_expect(0 <= gain && gain <= importance && importance <= 1);
            cr_expect(0 <= alone && alone <= 1);
            cr_expect(pull_get(table, "stderr", i) <= 0.5 / 64);
            if (gain == 0)
                cr_expect(pull_get(table, "stderr", i) == 0);
            if (options.layer > 0)
                cr_expect(cpsf_table_get_int64(table, 3, i) == options.layer);
            check_path(&c, table, i, target);
            if (i > 0)
                check_order(table, i);
        }
        pull_case_clear(&c);
    }
}

/* Of 400 estimates of one gain about 68 % lie within their standard error; of the binomial that is
 * six standard deviations of either side. */
Test(importance_laws, errors_are_of_the_stated_size)
{
    TestSupply *supply = test_supply_new();

    for (int i = 0; i < 3; i++) {
        test_supply_node(supply, test_supply_key(i), CPSF_KIND_COMPANY);
        test_supply_opinion(supply, test_supply_key(i), 1, 0.6, 0.1, 0.3);
        if (i > 0)
            test_supply_edge(supply, test_supply_key(i - 1), test_supply_key(i), 0.75);
    }
    PullCase c = pull_case_of(supply);
    const CpsfTrustOptions exact = {.method = CPSF_METHOD_EXACT};
    g_autoptr(CpsfTable) truth = pull_ask(&c, test_supply_key(2), &exact);
    const double gain = pull_get(truth, "gain", pull_row(truth, test_supply_key(0), 1));
    int n_within = 0;

    for (uint64_t seed = 0; seed < 400; seed++) {
        const CpsfTrustOptions options = {.worlds = 1024, .seed = seed};
        g_autoptr(CpsfTable) table = pull_ask(&c, test_supply_key(2), &options);
        const int64_t row = pull_row(table, test_supply_key(0), 1);

        n_within += fabs(pull_get(table, "gain", row) - gain) <= pull_get(table, "stderr", row);
    }
    cr_expect(n_within > 272 - 56, "%d", n_within);
    cr_expect(n_within < 272 + 56, "%d", n_within);
    pull_case_clear(&c);
}

/* ---- whoever computes ---- */

static char *
written(const TestSupply *supply, uint64_t order, int threads)
{
    g_autoptr(CpsfGraph) graph = test_supply_freeze(supply, order);
    g_autoptr(CpsfSnapshot) snapshot = cpsf_graph_snapshot(graph, TEST_SUPPLY_AT, NULL);
    g_autoptr(CpsfPolicy) policy = test_supply_policy();
    const CpsfTrustOptions options = {.worlds = 5000, .seed = 9, .threads = threads};
    g_autoptr(CpsfTable) table = NULL;

    /* the node of the first key that something pulls down */
    for (int32_t v = 0; v < graph->n_nodes; v++) {
        table =
            cpsf_trust_importance(snapshot, policy, cpsf_graph_get_key(graph, v), &options, NULL);
        cr_assert_not_null(table);
        if (cpsf_table_get_n_rows(table) > 8)
            break;
        g_clear_pointer(&table, cpsf_table_unref);
    }
    cr_assert_not_null(table);
    return test_written(table, CPSF_FORMAT_CSV, NULL);
}

Test(importance_laws, same_bytes_whoever_computes)
{
    for (uint64_t seed = 1; seed <= 4; seed++) {
        g_autoptr(TestSupply) supply = test_supply_draw(seed + 5000, 60, INFINITY);
        g_autofree char *one = written(supply, 0, 1);
        static const int threads[] = {2, 3, 8, 0};

        for (guint i = 0; i < G_N_ELEMENTS(threads); i++) {
            g_autofree char *others = written(supply, i, threads[i]);

            cr_expect_str_eq(others, one);
        }
        cpsf_kernels_use_portable(TRUE);
        g_autofree char *portable = written(supply, 0, 2);

        cpsf_kernels_use_portable(FALSE);
        cr_expect_str_eq(portable, one);
    }
}
