/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Trust over worlds (docs/semantics.md, section 7) by hand: two planes, groups, circles, keys, fault
 * trees with published figures, and suppliers in common. */

#include "config.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <math.h>

#include "checkgen.h"
#include "trust-test.h"

static const CpsfTrustOptions exact = {.method = CPSF_METHOD_EXACT};

typedef struct {
    CpsfGraph *graph;
    CpsfSnapshot *snapshot;
    CpsfPolicy *policy;
} Case;

static Case
case_new(CpsfGraph *graph)
{
    Case c = {graph, cpsf_graph_snapshot(graph, TEST_SUPPLY_AT, NULL), test_supply_policy()};

    cr_assert_not_null(c.snapshot);
    return c;
}

/* Frees @supply. */
static Case
case_of(TestSupply *supply)
{
    CpsfGraph *graph = test_supply_freeze(supply, 0);

    test_supply_free(supply);
    return case_new(graph);
}

static void
case_clear(Case *c)
{
    cpsf_snapshot_unref(c->snapshot);
    cpsf_graph_unref(c->graph);
    cpsf_policy_unref(c->policy);
}

/* A company that fails by itself with probability @p, and nobody doubts it. */
static void
say_part(TestSupply *supply, const char *key, double p)
{
    test_supply_node(supply, key, CPSF_KIND_COMPANY);
    test_supply_opinion(supply, key, 1, 1 - p, p, 0);
}

static void
expect_exactly(const TestTrust *answer, const CpsfGraph *graph, const char *key, double failure)
{
    const int32_t v = cpsf_graph_find_node(graph, key);

    cr_assert(v >= 0);
    cr_expect(epsilon_eq(dbl, answer->belief[v], 1 - failure, 1e-12), "%s: belief %.17g", key,
              answer->belief[v]);
    cr_expect(epsilon_eq(dbl, answer->disbelief[v], failure, 1e-12), "%s: disbelief %.17g", key,
              answer->disbelief[v]);
}

/*
 * a has (0.6, 0.1, 0.3); b is certain and needs a; c is asked and nobody says anything; d needs c;
 * e is refuted: (0, 0.9, 0.1); f needs b and e.
 * belief f = P(a and e work) = 0; disbelief f = 1 - (1 - 0.1) (1 - 0.9) = 0.91.
 */
Test(trust, two_planes_by_hand)
{
    TestSupply *supply = test_supply_new();

    for (char key[] = "urn:example:a"; key[12] <= 'f'; key[12]++)
        test_supply_node(supply, key, CPSF_KIND_COMPANY);
    test_supply_opinion(supply, "urn:example:a", 1, 0.6, 0.1, 0.3);
    test_supply_opinion(supply, "urn:example:b", 1, 1, 0, 0);
    test_supply_opinion(supply, "urn:example:d", 1, 1, 0, 0);
    test_supply_evidence(supply, "urn:example:e", 1, CPSF_STATUS_FAILED);
    test_supply_opinion(supply, "urn:example:f", 1, 1, 0, 0);
    test_supply_edge(supply, "urn:example:a", "urn:example:b", 1);
    test_supply_edge(supply, "urn:example:c", "urn:example:d", 0.5);
    test_supply_edge(supply, "urn:example:b", "urn:example:f", 1);
    test_supply_edge(supply, "urn:example:e", "urn:example:f", 1);
    Case c = case_of(supply);
    g_autoptr(TestTrust) found = test_trust_ask(c.snapshot, c.policy, &exact);
    static const double belief[] = {0.6, 0.6, 0, 0.5, 0, 0};
    static const double disbelief[] = {0.1, 0.1, 0, 0, 0.9, 0.91};

    cr_assert(found->n == 6);
    for (int v = 0; v < 6; v++) {
        cr_expect(epsilon_eq(dbl, found->belief[v], belief[v], 1e-12), "node %d", v);
        cr_expect(epsilon_eq(dbl, found->disbelief[v], disbelief[v], 1e-12), "node %d", v);
        cr_expect(epsilon_eq(dbl, found->uncertainty[v], 1 - belief[v] - disbelief[v], 1e-12));
        cr_expect(epsilon_eq(dbl, found->expected[v], (1 + belief[v] - disbelief[v]) / 2, 1e-12));
    }
    cr_expect(found->report.events == 3); /* a, e and the edge c -> d */
    cr_expect(found->report.outcomes == 3 * 2 * 2);
    case_clear(&c);
}

/* Columns, and rows from the least trusted on: by expected, then the more disbelieved, then key. */
Test(trust, rows_in_order)
{
    TestSupply *supply = test_supply_new();

    say_part(supply, "urn:example:x", 0.25);
    test_supply_node(supply, "urn:example:b", CPSF_KIND_COMPANY);
    say_part(supply, "urn:example:c", 0.5);
    test_supply_node(supply, "urn:example:a", CPSF_KIND_COMPANY);
    test_supply_node(supply, "urn:example:gone", CPSF_KIND_COMPANY)->valid.until = TEST_SUPPLY_AT;
    Case c = case_of(supply);
    g_autoptr(TestTrust) found = test_trust_ask(c.snapshot, c.policy, &exact);
    static const char *const names[] = {"key",       "kind",        "name",     "belief",
                                        "disbelief", "uncertainty", "expected", "stderr"};
    static const char *const keys[] = {"urn:example:c", "urn:example:a", "urn:example:b",
                                       "urn:example:x"};

    cr_assert(cpsf_table_get_n_columns(found->table) == 8);
    for (int i = 0; i < 8; i++)
        cr_expect_str_eq(cpsf_table_get_column_name(found->table, i), names[i]);
    cr_assert(cpsf_table_get_n_rows(found->table) == 4);
    for (int i = 0; i < 4; i++)
        cr_expect_str_eq(cpsf_table_get_utf8(found->table, 0, i), keys[i]);
    cr_expect_str_eq(cpsf_table_get_utf8(found->table, 1, 0), "company");
    case_clear(&c);
}

/* By any of its keys, each node once, and nothing for one that does not hold. */
Test(trust, keys_choose_the_rows)
{
    TestFeed *feed = test_feed_new();

    test_feed_node(feed, "urn:example:a", CPSF_KIND_COMPANY, 0);
    test_feed_node(feed, "urn:example:b", CPSF_KIND_COMPANY, 0)->valid.until = TEST_SUPPLY_AT;
    test_feed_node(feed, "urn:example:c", CPSF_KIND_COMPANY, 0);
    CpsfAliasRow *alias = cpsf_array_add(&feed->said.aliases, NULL);

    alias->valid = CPSF_INTERVAL_ALL;
    alias->node = test_feed_str(feed, "urn:example:a");
    alias->alias = test_feed_str(feed, "urn:example:other-name-of-a");
    Case c = case_new(test_feed_freeze(feed));
    const char *const keys[] = {"urn:example:other-name-of-a", "urn:example:b", "urn:example:a",
                                NULL};
    const char *const none[] = {NULL};
    const CpsfTrustOptions some = {.keys = keys};
    const CpsfTrustOptions nothing = {.keys = none};
    g_autoptr(TestTrust) one = test_trust_ask(c.snapshot, c.policy, &some);
    g_autoptr(TestTrust) empty = test_trust_ask(c.snapshot, c.policy, &nothing);
    g_autoptr(TestTrust) all = test_trust_ask(c.snapshot, c.policy, NULL);

    cr_expect(cpsf_table_get_n_rows(one->table) == 1);
    cr_expect_str_eq(cpsf_table_get_utf8(one->table, 0, 0), "urn:example:a");
    cr_expect(cpsf_table_get_n_rows(empty->table) == 0);
    cr_expect(cpsf_table_get_n_rows(all->table) == 2);
    case_clear(&c);
}

Test(trust, of_nothing)
{
    Case c = case_of(test_supply_new());
    g_autoptr(TestTrust) sampled = test_trust_ask(c.snapshot, c.policy, NULL);
    g_autoptr(TestTrust) counted = test_trust_ask(c.snapshot, c.policy, &exact);

    cr_expect(cpsf_table_get_n_rows(sampled->table) == 0);
    cr_expect(cpsf_table_get_n_rows(counted->table) == 0);
    case_clear(&c);
}

/* With n < k what is missing has failed where belief counts, and works where disbelief does: the
 * node is not believed, and disbelieved only if one of the members that are there fails. */
Test(trust, a_short_group_is_ignorance)
{
    TestSupply *supply = test_supply_new();

    say_part(supply, "urn:example:a", 0.25);
    say_part(supply, "urn:example:b", 0);
    say_part(supply, "urn:example:c", 0);
    test_supply_member(supply, "urn:example:a", "urn:example:b", 1, "g");
    test_supply_group(supply, "urn:example:b", "g", 2);
    test_supply_group(supply, "urn:example:c", "nobody", 1);
    Case c = case_of(supply);
    g_autoptr(TestTrust) found = test_trust_ask(c.snapshot, c.policy, &exact);

    cr_expect(test_trust_get(found, belief, c.graph, "urn:example:b") == 0.0);
    cr_expect(test_trust_get(found, disbelief, c.graph, "urn:example:b") == 0.25);
    cr_expect(test_trust_get(found, belief, c.graph, "urn:example:c") == 0.0);
    cr_expect(test_trust_get(found, disbelief, c.graph, "urn:example:c") == 0.0);
    case_clear(&c);
}

/* An edge that is never felt is a member all the same: 1 of 2 is needed, and one never fails. */
Test(trust, an_edge_never_felt_counts_in_its_group)
{
    TestSupply *supply = test_supply_new();

    say_part(supply, "urn:example:a", 0.25);
    say_part(supply, "urn:example:b", 1);
    say_part(supply, "urn:example:c", 0);
    test_supply_member(supply, "urn:example:a", "urn:example:c", 1, "g");
    test_supply_member(supply, "urn:example:b", "urn:example:c", 0, "g");
    Case c = case_of(supply);
    g_autoptr(TestTrust) found = test_trust_ask(c.snapshot, c.policy, &exact);

    expect_exactly(found, c.graph, "urn:example:c", 0);
    case_clear(&c);
}

/* 2 of 4 are needed: down from the third failure on.  Each fails with 1/2, so (4 + 1) / 16. */
Test(trust, two_of_four)
{
    TestSupply *supply = test_supply_new();

    say_part(supply, "urn:example:x", 0);
    for (int i = 0; i < 4; i++) {
        say_part(supply, test_supply_key(i), 0.5);
        test_supply_member(supply, test_supply_key(i), "urn:example:x", 1, "g");
    }
    test_supply_group(supply, "urn:example:x", "g", 2);
    Case c = case_of(supply);
    g_autoptr(TestTrust) found = test_trust_ask(c.snapshot, c.policy, &exact);

    expect_exactly(found, c.graph, "urn:example:x", 5.0 / 16);
    case_clear(&c);
}

/* Nodes of a circle fail together, and only if one of them does so by itself or is failed from
 * without: the least solution, not any. */
Test(trust, circles_fail_together)
{
    TestSupply *supply = test_supply_new();

    for (int i = 0; i < 3; i++) {
        say_part(supply, test_supply_key(i), 0.5);
        test_supply_edge(supply, test_supply_key(i), test_supply_key((i + 1) % 3), 1);
    }
    for (int i = 3; i < 6; i++) {
        say_part(supply, test_supply_key(i), 0);
        test_supply_edge(supply, test_supply_key(i), test_supply_key(3 + (i + 1) % 3), 1);
    }
    Case c = case_of(supply);
    g_autoptr(TestTrust) found = test_trust_ask(c.snapshot, c.policy, &exact);

    for (int i = 0; i < 6; i++)
        expect_exactly(found, c.graph, test_supply_key(i), i < 3 ? 7.0 / 8 : 0);
    case_clear(&c);
}

/* ---- fault trees: an `and` gate is a group that needs one, an `or` gate is required edges ---- */

static void
say_gate(TestSupply *supply, int to, int from, gboolean is_and)
{
    test_supply_member(supply, test_supply_key(from), test_supply_key(to), 1, is_and ? "and" : "");
}

/* x1(and) <- x2, x5; x2(or) <- x3, x4; x4(and) <- x8, x9; x5(or) <- x6, x7. */
static TestSupply *
canonical_tree(void)
{
    TestSupply *supply = test_supply_new();
    static const int gates[][3] = {{1, 2, TRUE}, {1, 5, TRUE}, {2, 3, FALSE}, {2, 4, FALSE},
                                   {4, 8, TRUE}, {4, 9, TRUE}, {5, 6, FALSE}, {5, 7, FALSE}};

    for (int i = 1; i <= 9; i++)
        say_part(supply, test_supply_key(i), 0.5);
    for (guint i = 0; i < G_N_ELEMENTS(gates); i++)
        say_gate(supply, gates[i][0], gates[i][1], gates[i][2]);
    return supply;
}

/* 459/512, and not 0.97485, which the bound by minimal cut sets gives.  With all chances halves
 * every sum is a dyadic number, so the figure is that and nothing near it. */
Test(trust, canonical_fault_tree)
{
    Case c = case_of(canonical_tree());
    g_autoptr(TestTrust) found = test_trust_ask(c.snapshot, c.policy, &exact);
    g_autoptr(TestTrust) sampled = test_trust_ask(c.snapshot, c.policy, NULL);
    const int32_t top = cpsf_graph_find_node(c.graph, test_supply_key(1));

    cr_expect(found->disbelief[top] == 0.896484375);
    cr_expect(found->belief[top] == 1 - 0.896484375);
    cr_expect(found->report.events == 9);
    cr_expect(found->report.outcomes == 512);
    cr_expect(test_trust_is_near(sampled->disbelief[top], 0.896484375, 4096));
    expect_exactly(found, c.graph, test_supply_key(4), 1 - 0.5 * 0.75);
    expect_exactly(found, c.graph, test_supply_key(2), 1 - 0.5 * 0.5 * 0.375);
    expect_exactly(found, c.graph, test_supply_key(5), 0.875);
    case_clear(&c);
}

typedef struct {
    double p[3]; /* of x1, x2, x3 */
    double failure;
} Tree;

ParameterizedTestParameters(trust, minimal_fault_tree)
{
    /* the last two: x3 given that x1 has failed and has not; the difference is its importance 1/4 */
    static Tree trees[] = {
        {{0.5, 0.5, 0}, 0.25}, {{0, 0, 0.25}, 0.25},     {{0.5, 0.5, 0.5}, 0.625},
        {{1, 0.5, 0.5}, 0.75}, {{0, 0.5, 0.5}, 0.5},     {{0.3, 0.2, 0}, 0.06},
        {{0.5, 0.5, 1}, 1},    {{0.3, 0, 0.245}, 0.245},
    };

    return cr_make_param_array(Tree, trees, G_N_ELEMENTS(trees));
}

/* x3(and) <- x1, x2. */
ParameterizedTest(Tree *tree, trust, minimal_fault_tree)
{
    TestSupply *supply = test_supply_new();

    for (int i = 0; i < 3; i++)
        say_part(supply, test_supply_key(i + 1), tree->p[i]);
    say_gate(supply, 3, 1, TRUE);
    say_gate(supply, 3, 2, TRUE);
    Case c = case_of(supply);
    g_autoptr(TestTrust) found = test_trust_ask(c.snapshot, c.policy, &exact);

    expect_exactly(found, c.graph, test_supply_key(3), tree->failure);
    case_clear(&c);
}

typedef struct {
    int n;
    double p[4];
    double failure;
} Union;

ParameterizedTestParameters(trust, unions)
{
    static Union unions[] = {
        {2, {0.3, 0.245}, 0.4715},
        {3, {0.5, 0.5, 0.5}, 0.875},
        {4, {0.01, 0.93, 0.24, 0.56}, 0.97682608},
    };

    return cr_make_param_array(Union, unions, G_N_ELEMENTS(unions));
}

/* Required edges are an `or`. */
ParameterizedTest(Union *u, trust, unions)
{
    TestSupply *supply = test_supply_new();

    say_part(supply, test_supply_key(9), 0);
    for (int i = 0; i < u->n; i++) {
        say_part(supply, test_supply_key(i), u->p[i]);
        say_gate(supply, 9, i, FALSE);
    }
    Case c = case_of(supply);
    g_autoptr(TestTrust) found = test_trust_ask(c.snapshot, c.policy, &exact);

    expect_exactly(found, c.graph, test_supply_key(9), u->failure);
    case_clear(&c);
}

/* ---- 30 nodes with suppliers in common ---- */

enum { N_COMPONENTS = 9, N_SUPPLIERS = 17, SUPPLIER_0 = 13 };

/* For each component, the suppliers of which one is enough.  Supplier 0 serves three of them and
 * supplier 1 two: alternatives that are none. */
static const int serves[N_COMPONENTS][3] = {{0, 2, -1}, {3, 4, -1},   {1, 5, -1},
                                            {0, 6, -1}, {7, 8, -1},   {9, 10, 11},
                                            {0, 1, -1}, {12, 13, -1}, {14, 15, 16}};

static double
failure_of_supplier(int i)
{
    return i == 0 ? 0.3 : i == 1 ? 0.25 : 0.05 + 0.02 * i;
}

static double
failure_of_component(int i, gboolean all_fail)
{
    return i < 4 || all_fail ? 0.01 * (i + 1) : 0;
}

/* Node 0 needs assemblies 1 to 3, each three components (4 to 12), each one of its suppliers. */
static TestSupply *
shared_suppliers(gboolean all_fail)
{
    TestSupply *supply = test_supply_new();

    for (int i = 0; i < 4; i++) {
        say_part(supply, test_supply_key(i), all_fail ? 0.005 * (i + 1) : 0);
        if (i > 0)
            say_gate(supply, 0, i, FALSE);
    }
    for (int i = 0; i < N_SUPPLIERS; i++)
        say_part(supply, test_supply_key(SUPPLIER_0 + i), failure_of_supplier(i));
    for (int i = 0; i < N_COMPONENTS; i++) {
        say_part(supply, test_supply_key(4 + i), failure_of_component(i, all_fail));
        say_gate(supply, 1 + i / 3, 4 + i, FALSE);
        for (int k = 0; k < 3 && serves[i][k] >= 0; k++)
            say_gate(supply, 4 + i, SUPPLIER_0 + serves[i][k], TRUE);
    }
    return supply;
}

/* Given what suppliers 0 and 1 fail with, all else is a tree, and products are exact. */
static double
tree_failure(double p0, double p1, gboolean all_fail)
{
    double works = 1;

    for (int i = 0; i < 4; i++)
        works *= all_fail ? 1 - 0.005 * (i + 1) : 1;
    for (int i = 0; i < N_COMPONENTS; i++) {
        double unserved = 1;

        for (int k = 0; k < 3 && serves[i][k] >= 0; k++)
            unserved *= serves[i][k] == 0   ? p0
                        : serves[i][k] == 1 ? p1
                                            : failure_of_supplier(serves[i][k]);
        works *= (1 - failure_of_component(i, all_fail)) * (1 - unserved);
    }
    return 1 - works;
}

static double
shared_failure(gboolean all_fail)
{
    const double p0 = failure_of_supplier(0);
    const double p1 = failure_of_supplier(1);

    return p0 * p1 * tree_failure(1, 1, all_fail) + p0 * (1 - p1) * tree_failure(1, 0, all_fail) +
           (1 - p0) * p1 * tree_failure(0, 1, all_fail) +
           (1 - p0) * (1 - p1) * tree_failure(0, 0, all_fail);
}

/* Who takes every branch for a tree of its own counts a supplier in common several times over. */
Test(trust, shared_suppliers_count_once)
{
    Case c = case_of(shared_suppliers(FALSE));
    const double right = shared_failure(FALSE);
    const double wrong = tree_failure(failure_of_supplier(0), failure_of_supplier(1), FALSE);
    g_autoptr(TestTrust) found = test_trust_ask(c.snapshot, c.policy, &exact);

    cr_assert(c.graph->n_nodes == 30);
    cr_expect(fabs(right - wrong) > 0.01, "%g and %g", right, wrong);
    expect_exactly(found, c.graph, test_supply_key(0), right);
    cr_expect(found->report.events == 21);
    case_clear(&c);
}

/* With all 30 left to chance there is too much to enumerate; sampling tells right from wrong. */
Test(trust, shared_suppliers_sampled)
{
    Case c = case_of(shared_suppliers(TRUE));
    const CpsfTrustOptions options = {.worlds = 1 << 18};
    const double right = shared_failure(TRUE);
    const double wrong = tree_failure(failure_of_supplier(0), failure_of_supplier(1), TRUE);
    g_autoptr(TestTrust) found = test_trust_ask(c.snapshot, c.policy, &options);
    g_autoptr(GError) error = NULL;
    const double seen = test_trust_get(found, disbelief, c.graph, test_supply_key(0));

    cr_expect(test_trust_is_near(seen, right, options.worlds), "%g, not %g", seen, right);
    cr_expect(not(test_trust_is_near(seen, wrong, options.worlds)), "%g is %g", seen, wrong);
    cr_expect(cpsf_trust(c.snapshot, c.policy, &exact, NULL, &error) == NULL);
    cr_assert(error != NULL);
    cr_expect(error->code == CPSF_ERROR_LIMIT);
    case_clear(&c);
}
