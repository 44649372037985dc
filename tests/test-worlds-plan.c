/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The planner of worlds: what becomes one vertex, what a group comes to, how chances are rounded, in
 * which order vertices stand. */

#include "config.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <string.h>

#include "planview.h"

/* ---- by hand ---- */

/* Companies known by reference only, so that edges are all there is to say. */
static const char *const wide[] = {"urn:example:a", "urn:example:b", "urn:example:c",
                                   "urn:example:d", "urn:example:e", "urn:example:f"};
enum { A, B, C, D, E, F };

static void
say_edge(TestSupply *supply, int from, int to, double c)
{
    test_supply_edge(supply, wide[from], wide[to], c);
}

static void
say_member(TestSupply *supply, int from, int to, double c)
{
    test_supply_member(supply, wide[from], wide[to], c, "g");
}

/* Frees @supply. */
static TestPlan *
plan_of(TestSupply *supply, gboolean exact)
{
    TestPlan *self = test_plan_new(supply, TEST_SUPPLY_AT, exact);

    test_supply_free(supply);
    test_plan_check(self->plan);
    return self;
}

/* Lines without "urn:example:", each with a newline after it. */
static char *
text_of(const TestPlan *self, gboolean exact)
{
    g_autoptr(GPtrArray) lines = test_plan_describe(self->plan, exact);
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < lines->len; i++)
        g_string_append_printf(text, "%s\n", (const char *) lines->pdata[i]);
    g_string_replace(text, "urn:example:", "", 0);
    return g_string_free(text, FALSE);
}

static void
expect_text(const TestPlan *self, gboolean exact, const char *wanted)
{
    g_autofree char *found = text_of(self, exact);

    cr_expect_str_eq(found, wanted, "found\n%swanted\n%s", found, wanted);
}

Test(worlds_plan, a_ring_of_certain_edges_is_one_vertex)
{
    TestSupply *supply = test_supply_new();

    say_edge(supply, A, B, 1);
    say_edge(supply, B, C, 1);
    say_edge(supply, C, A, 1);
    say_edge(supply, C, D, 1);
    say_edge(supply, B, D, 1);
    say_edge(supply, E, A, 0.5);
    g_autoptr(TestPlan) found = plan_of(supply, FALSE);

    expect_text(found, FALSE,
                "always a > d\nchance e > a by 2147483648\n"
                "vertex a = a b c\nvertex d = d\nvertex e = e\n");
    cr_expect(eq(int, found->plan->graph.n_knots, 0));
    cr_expect(test_plan_vertex(found, wide[E]) < test_plan_vertex(found, wide[A]));
    cr_expect(test_plan_vertex(found, wide[A]) < test_plan_vertex(found, wide[D]));
}

Test(worlds_plan, a_ring_with_one_chance_edge_is_a_knot)
{
    TestSupply *supply = test_supply_new();

    say_edge(supply, A, B, 1);
    say_edge(supply, B, C, 1);
    say_edge(supply, C, A, 0.25);
    say_edge(supply, C, D, 1);
    g_autoptr(TestPlan) found = plan_of(supply, FALSE);
    const CpsfWorldsGraph *g = &found->plan->graph;

    expect_text(found, FALSE,
                "always a > b\nalways b > c\nalways c > d\nchance c > a by 1073741824\n"
                "vertex a = a\nvertex b = b\nvertex c = c\nvertex d = d\n");
    cr_assert(eq(int, g->n_knots, 1));
    cr_expect(eq(int, g->knot_start[0], 0));
    cr_expect(eq(int, g->knot_end[0], 3));
    /* what is certain runs forwards, so that a pull settles most */
    cr_expect(test_plan_vertex(found, wide[A]) < test_plan_vertex(found, wide[B]));
    cr_expect(test_plan_vertex(found, wide[B]) < test_plan_vertex(found, wide[C]));
}

static TestSupply *
two_rings(void)
{
    TestSupply *supply = test_supply_new();

    say_edge(supply, A, C, 1);
    say_edge(supply, C, A, 1);
    say_edge(supply, B, D, 1);
    say_edge(supply, D, B, 1);
    return supply;
}

Test(worlds_plan, two_rings_joined_one_way_stand_in_order)
{
    TestSupply *supply = two_rings();

    say_edge(supply, D, C, 0.5);
    g_autoptr(TestPlan) found = plan_of(supply, FALSE);

    expect_text(found, FALSE, "chance b > a by 2147483648\nvertex a = a c\nvertex b = b d\n");
    cr_expect(eq(int, found->plan->graph.n_knots, 0));
    cr_expect(test_plan_vertex(found, wide[B]) < test_plan_vertex(found, wide[A]));
}

Test(worlds_plan, two_rings_joined_both_ways_are_a_knot)
{
    TestSupply *supply = two_rings();

    say_edge(supply, D, C, 1);
    say_edge(supply, A, B, 0.5);
    g_autoptr(TestPlan) found = plan_of(supply, FALSE);

    expect_text(found, FALSE,
                "always b > a\nchance a > b by 2147483648\nvertex a = a c\nvertex b = b d\n");
    cr_expect(eq(int, found->plan->graph.n_knots, 1));
}

/* Chance edges between nodes that certain edges tie anyway say nothing. */
Test(worlds_plan, chance_within_a_vertex_says_nothing)
{
    TestSupply *supply = two_rings();

    say_edge(supply, D, C, 1);
    say_edge(supply, A, B, 1);
    say_edge(supply, C, B, 0.5);
    say_edge(supply, A, D, 0);
    g_autoptr(TestPlan) found = plan_of(supply, FALSE);

    expect_text(found, FALSE, "vertex a = a b c d\n");
    cr_expect(eq(int, found->plan->graph.n_knots, 0));
}

/* ---- groups ---- */

/* B, C, D and E supply A as a group, with criticalities @c (ended by -1), of which @need are needed
 * (0 = nobody says). */
static TestPlan *
group_of(const double *c, int need)
{
    TestSupply *supply = test_supply_new();

    test_supply_node(supply, wide[A], CPSF_KIND_COMPANY);
    for (int i = 0; c[i] >= 0; i++)
        say_member(supply, B + i, A, c[i]);
    if (need > 0)
        test_supply_group(supply, wide[A], "g", need);
    return plan_of(supply, FALSE);
}

static void
expect_group(const double *c, int need, const char *wanted)
{
    g_autoptr(TestPlan) found = group_of(c, need);
    g_autofree char *text = text_of(found, FALSE);
    char *vertices = strstr(text, "vertex b");

    if (vertices != NULL) /* they are always the same */
        *vertices = '\0';
    cr_expect_str_eq(text, wanted, "%d needed: found\n%swanted\n%s", need, text, wanted);
}

Test(worlds_plan, groups_that_one_failure_opens_are_required_edges)
{
    const double one[] = {1, -1};
    const double half[] = {0.5, -1};
    const double two[] = {1, 0.5, -1};
    const double three[] = {1, 1, 1, -1};

    expect_group(one, 0, "always b > a\nvertex a = a\n");
    expect_group(one, 1, "always b > a\nvertex a = a\n");
    expect_group(half, 1, "chance b > a by 2147483648\nvertex a = a\n");
    expect_group(two, 2, "always b > a\nchance c > a by 2147483648\nvertex a = a\n");
    expect_group(three, 3, "always b > a\nalways c > a\nalways d > a\nvertex a = a\n");
    expect_group(three, 2, "gate a at 2 of b:always c:always d:always\nvertex a = a\n");
    expect_group(three, 1, "gate a at 3 of b:always c:always d:always\nvertex a = a\n");
    expect_group(three, 0, "gate a at 3 of b:always c:always d:always\nvertex a = a\n");
    expect_group(two, 0, "gate a at 2 of b:always c:2147483648\nvertex a = a\n");
}

Test(worlds_plan, short_groups)
{
    const double none[] = {-1};
    const double two[] = {1, 0.5, -1};

    expect_group(none, 1, "vertex a = a!\n");
    expect_group(none, 0, "vertex a = a\n");
    expect_group(two, 3, "always b > a\nchance c > a by 2147483648\nvertex a = a!\n");
    expect_group(two, 2, "always b > a\nchance c > a by 2147483648\nvertex a = a\n");
    expect_group(two, 4, "always b > a\nchance c > a by 2147483648\nvertex a = a!\n");
}

/* An edge that is never felt is a member all the same: n counts it, the gate does not. */
Test(worlds_plan, edges_never_felt_count_in_groups)
{
    const double mixed[] = {1, 0, 0.5, -1};
    const double tiny[] = {1, 0x1p-40, 0.5, -1};

    expect_group(mixed, 3, "always b > a\nchance d > a by 2147483648\nvertex a = a\n");
    expect_group(mixed, 2, "gate a at 2 of b:always d:2147483648\nvertex a = a\n");
    expect_group(mixed, 1, "vertex a = a\n");
    expect_group(mixed, 4, "always b > a\nchance d > a by 2147483648\nvertex a = a!\n");
    expect_group(tiny, 2, "gate a at 2 of b:always d:2147483648\nvertex a = a\n");
    expect_group(tiny, 1, "vertex a = a\n");
}

/* What is tied to the node fails with it and cannot be what fails it. */
Test(worlds_plan, self_tails_leave_gates)
{
    for (int others = 1; others <= 2; others++) {
        TestSupply *supply = test_supply_new();

        say_edge(supply, A, B, 1);
        say_edge(supply, B, A, 1);
        say_member(supply, B, A, 1);
        say_member(supply, C, A, 1);
        if (others == 2)
            say_member(supply, D, A, 1);
        test_supply_node(supply, wide[A], CPSF_KIND_COMPANY);
        test_supply_group(supply, wide[A], "g", others); /* opens at 2 */
        g_autoptr(TestPlan) found = plan_of(supply, FALSE);

        if (others == 2)
            expect_text(found, FALSE,
                        "gate a at 2 of c:always d:always\n"
                        "vertex a = a b\nvertex c = c\nvertex d = d\n");
        else
            expect_text(found, FALSE, "vertex a = a b\nvertex c = c\n");
    }
}

/* Two of a gate's ends that fail together count as two. */
Test(worlds_plan, ends_tied_together_count_apart)
{
    TestSupply *supply = test_supply_new();

    say_edge(supply, B, C, 1);
    say_edge(supply, C, B, 1);
    say_member(supply, B, A, 1);
    say_member(supply, C, A, 1);
    test_supply_member(supply, wide[B], wide[A], 0.5, "g")->relation = CPSF_RELATION_OWNS;
    g_autoptr(TestPlan) found = plan_of(supply, FALSE);

    expect_text(found, FALSE,
                "gate a at 3 of b:2147483648 b:always b:always\nvertex a = a\nvertex b = b c\n");
}

/* Required edges that were a group tie circles as well as others do; gates do not. */
Test(worlds_plan, circles_through_groups)
{
    for (int need = 1; need <= 2; need++) {
        TestSupply *supply = test_supply_new();

        test_supply_node(supply, wide[A], CPSF_KIND_COMPANY);
        test_supply_group(supply, wide[A], "g", need);
        say_member(supply, B, A, 1);
        say_member(supply, C, A, 1);
        say_edge(supply, A, B, 1);
        g_autoptr(TestPlan) found = plan_of(supply, FALSE);

        if (need == 2)
            expect_text(found, FALSE, "always c > a\nvertex a = a b\nvertex c = c\n");
        else
            expect_text(found, FALSE,
                        "always a > b\ngate a at 2 of b:always c:always\n"
                        "vertex a = a\nvertex b = b\nvertex c = c\n");
        cr_expect(eq(int, found->plan->graph.n_knots, 2 - need));
    }
}

/* Of several groups of a node each has its own gate, and a declaration counts only while it holds. */
Test(worlds_plan, groups_hold_for_a_while)
{
    for (int at = 500; at <= 1500; at += 500) {
        g_autoptr(TestSupply) supply = test_supply_new();

        test_supply_node(supply, wide[A], CPSF_KIND_COMPANY);
        for (int i = B; i <= D; i++)
            say_member(supply, i, A, 1);
        test_supply_member(supply, wide[B], wide[A], 1, "h");
        test_supply_group(supply, wide[A], "g", 2)->valid.until = 1000;
        test_supply_group(supply, wide[A], "g", 3)->valid = (CpsfInterval){1000, 1500};
        test_supply_group(supply, wide[A], "h", 2)->valid.until = 1500;
        test_supply_group(supply, wide[A], "i", 1)->valid.since = 1500;
        g_autoptr(TestPlan) found = test_plan_new(supply, at, FALSE);
        g_autofree char *text = text_of(found, FALSE);

        cr_expect(at != 500 || strstr(text, "gate a at 2 of b:always c:always d:always\n") != NULL,
                  "%s", text);
        cr_expect(at != 1000 || strstr(text, "always d > a\n") != NULL, "%s", text);
        cr_expect(at != 1500 || strstr(text, "gate a at 3 of b:always c:always d:always\n") != NULL,
                  "%s", text);
        cr_expect(strstr(text, "vertex a = a!\n") != NULL, "%s", text); /* h, then i */
    }
}

/* ---- chances ---- */

Test(worlds_plan, chances_are_rounded_unless_exact)
{
    const double least = 0x1p-33;
    const double most = 1 - 0x1p-33;
    const struct {
        double c;
        const char *sampled; /* NULL = never felt */
        const char *exact;
    } rows[] = {
        {0, NULL, NULL},
        {0x1p-40, NULL, "0x1p-40"},
        {nextafter(least, 0), NULL, "0x1.fffffffffffffp-34"},
        {least, "1", "0x1p-33"},
        {0x1.8p-32, "2", "0x1.8p-32"},
        {0.1, "429496730", "0x1.999999999999ap-4"},
        {0.5, "2147483648", "0x1p-1"},
        {nextafter(most, 0), "4294967295", "0x1.fffffffefffffp-1"},
        {most, "always", "0x1.ffffffffp-1"},
        {1 - 0x1p-40, "always", "0x1.fffffffffep-1"},
        {1, "always", "always"},
    };

    for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
        for (int exact = 0; exact < 2; exact++) {
            TestSupply *supply = test_supply_new();
            const char *p = exact ? rows[i].exact : rows[i].sampled;
            GString *wanted = g_string_new(NULL);

            say_edge(supply, C, B, rows[i].c);
            say_member(supply, C, A, rows[i].c);
            say_member(supply, D, A, 0.5);
            if (g_strcmp0(p, "always") == 0)
                g_string_append(wanted, "always c > b\n");
            else if (p != NULL)
                g_string_append_printf(wanted, "chance c > b by %s\n", p);
            if (p != NULL)
                g_string_append_printf(wanted, "gate a at 2 of c:%s d:%s\n", p,
                                       exact ? "0x1p-1" : "2147483648");
            g_string_append(wanted, "vertex a = a\nvertex b = b\nvertex c = c\nvertex d = d\n");

            g_autoptr(TestPlan) found = plan_of(supply, exact);

            expect_text(found, exact, wanted->str);
            g_string_free(wanted, TRUE);
        }
}

/* A ring of edges all but certain fails together where chances are rounded, and only there. */
Test(worlds_plan, what_rounds_to_certain_ties)
{
    for (int exact = 0; exact < 2; exact++) {
        TestSupply *supply = test_supply_new();

        say_edge(supply, A, B, 1 - 0x1p-40);
        say_edge(supply, B, A, 1 - 0x1p-40);
        g_autoptr(TestPlan) found = plan_of(supply, exact);

        cr_expect(eq(int, found->plan->graph.n, 1 + exact));
        cr_expect(eq(int, found->plan->graph.n_knots, exact));
    }
}

/* Adds the keys of all chances on the way into a node. */
static void
add_keys(const TestPlan *plan, const char *node, GArray *keys)
{
    const CpsfWorldsGraph *g = &plan->plan->graph;
    const int32_t x = g->extra[test_plan_vertex(plan, node)];

    cr_assert(x >= 0);
    g_array_append_vals(keys, &g->chance_key[g->chance_start[x]],
                        (guint) (g->chance_start[x + 1] - g->chance_start[x]));
    for (int64_t e = g->gate_edge_start[g->gate_start[x]];
         e < g->gate_edge_start[g->gate_start[x + 1]]; e++)
        g_array_append_vals(keys, &g->gate_key[e], 1);
}

enum { N_KEYS = 7 };

/* The keys of seven edges; @more others give all nodes other numbers. */
static GArray *
keys_of_edges(gboolean more)
{
    GArray *keys = g_array_new(FALSE, FALSE, sizeof(CpsfChanceKey));
    TestSupply *supply = test_supply_new();

    say_edge(supply, B, C, 0.5);
    say_edge(supply, C, B, 0.5);
    test_supply_edge(supply, wide[B], wide[C], 0.5)->relation = CPSF_RELATION_OWNS;
    say_member(supply, B, C, 0.5); /* in "g", with the next */
    say_member(supply, D, C, 0.5);
    test_supply_member(supply, wide[B], wide[C], 0.5, "h");
    say_edge(supply, B, E, more ? 0.75 : 0.5);
    if (more) {
        say_edge(supply, A, F, 0.5);
        say_edge(supply, A, B, 1);
    }
    g_autoptr(TestPlan) found = plan_of(supply, FALSE);

    for (int i = B; i <= E; i++)
        if (i != D)
            add_keys(found, wide[i], keys);
    cr_assert(eq(u32, keys->len, N_KEYS));
    return keys;
}

/* Every edge draws for itself: who, to whom, what and in which group all matter, and nothing else. */
Test(worlds_plan, edges_have_keys_of_their_own)
{
    g_autoptr(GArray) keys = keys_of_edges(FALSE);
    g_autoptr(GArray) again = keys_of_edges(TRUE);
    const CpsfChanceKey *key = (const CpsfChanceKey *) (void *) keys->data;

    for (guint i = 0; i < N_KEYS; i++)
        for (guint j = 0; j < i; j++)
            cr_expect(memcmp(&key[i], &key[j], sizeof *key) != 0, "%u and %u", i, j);
    cr_expect(memcmp(keys->data, again->data, N_KEYS * sizeof *key) == 0);
}

/* ---- own failures ---- */

Test(worlds_plan, own_failures)
{
    const struct {
        CpsfOpinion own;
        uint32_t fail[2];
        uint8_t always;
    } rows[] = {
        {{1, 0, 0}, {0, 0}, 0},
        {{0, 0, 1}, {0, 0}, 1},
        {{0, 1, 0}, {0, 0}, 3},
        {{0.5, 0.25, 0.25}, {UINT32_C(1) << 31, UINT32_C(1) << 30}, 0},
        {{1 - 0x1p-34, 0x1p-34, 0}, {0, 0}, 0},
        {{0x1p-34, 1 - 0x1p-34, 0}, {0, 0}, 3},
        {{1 - 0x1.8p-33, 0, 0x1.8p-33}, {1, 0}, 0},
        {{0x1.8p-33, 0, 1 - 0x1.8p-33}, {UINT32_MAX, 0}, 0},
    };
    TestSupply *supply = test_supply_new();

    for (int i = 0; i < (int) G_N_ELEMENTS(rows); i++)
        test_supply_edge(supply, test_supply_key(i), wide[A], 0.5);
    test_supply_node(supply, wide[A], CPSF_KIND_COMPANY);
    test_supply_group(supply, wide[A], "g", 1);
    g_autoptr(TestPlan) found = plan_of(supply, FALSE);
    g_autofree CpsfOpinion *own = g_new0(CpsfOpinion, found->graph->n_nodes);
    CpsfWorldsFailures failures = {0};

    for (int i = 0; i < (int) G_N_ELEMENTS(rows); i++)
        own[cpsf_graph_find_node(found->graph, test_supply_key(i))] = rows[i].own;
    own[cpsf_graph_find_node(found->graph, wide[A])] = (CpsfOpinion){1, 0, 0};
    cr_assert(cpsf_worlds_failures_init(&failures, found->plan, own, NULL));
    for (int i = 0; i <= (int) G_N_ELEMENTS(rows); i++) {
        const gboolean is_row = i < (int) G_N_ELEMENTS(rows);
        const int32_t v = test_plan_vertex(found, is_row ? test_supply_key(i) : wide[A]);
        const int32_t m = found->plan->graph.member_start[v];

        /* A's group has no member, which is ignorance */
        cr_expect(eq(int, failures.always[m], is_row ? rows[i].always : 1), "row %d", i);
        for (int plane = 0; plane < 2; plane++)
            cr_expect(eq(u32, failures.fail[plane][m], is_row ? rows[i].fail[plane] : 0),
                      "row %d, plane %d", i, plane);
    }
    cpsf_worlds_failures_clear(&failures);
}

/* ---- random supply chains ---- */

/* What random plans must have had among them, or they prove little. */
typedef struct {
    int tied, knots, gates, certain_gates, shorts, chances, absent;
} Seen;

static void
look(const TestPlan *self, Seen *seen)
{
    const CpsfWorldsGraph *g = &self->plan->graph;

    seen->tied += g->n < self->plan->n_members;
    seen->knots += g->n_knots > 0;
    seen->shorts += self->plan->is_short != NULL;
    seen->absent += self->plan->n_members < self->graph->n_nodes;
    for (int32_t v = 0; v < g->n; v++) {
        const int32_t x = g->extra[v];

        if (x < 0)
            continue;
        seen->chances += g->chance_start[x] < g->chance_start[x + 1];
        seen->gates += g->gate_start[x] < g->gate_start[x + 1];
    }
}

Test(worlds_plan, says_what_the_snapshot_says, .timeout = 120)
{
    Seen seen = {0};

    for (uint64_t seed = 0; seed < 400; seed++)
        for (int exact = 0; exact < 2; exact++) {
            g_autoptr(TestPlan) found = test_plan_draw(seed, exact);
            g_autoptr(GPtrArray) says = test_plan_describe(found->plan, exact);
            g_autoptr(GPtrArray) wanted = test_plan_expect(found->snapshot, found->policy, exact);

            test_plan_check(found->plan);
            cr_assert(test_lines_are_same(says, wanted), "seed %d", (int) seed);
            look(found, &seen);
        }
    cr_expect(seen.tied >= 50, "%d", seen.tied);
    cr_expect(seen.knots >= 50, "%d", seen.knots);
    cr_expect(seen.gates >= 100, "%d", seen.gates);
    cr_expect(seen.shorts >= 50, "%d", seen.shorts);
    cr_expect(seen.chances >= 1000, "%d", seen.chances);
    cr_expect(seen.absent >= 50, "%d", seen.absent);
}
