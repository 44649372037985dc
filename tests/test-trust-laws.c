/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The laws of docs/semantics.md, sections 6 and 7, on random supply chains: sampled, where worlds are
 * the same worlds before and after so that a law holds world by world and to the last bit, and by
 * enumeration, where it holds within rounding.
 */

#include "config.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <string.h>

#include "graphgen.h"
#include "trust-test.h"

/* What rounding may do to a sum of enumerated outcomes. */
#define ROUNDING 1e-12

/* Which way a figure may go. */
enum { FALLS = -1, STAYS = 0, RISES = 1, ANYHOW = 2 };

typedef struct {
    CpsfGraph *graph;
    CpsfSnapshot *snapshot;
    TestTrust *trust;
} Answer;

static Answer
answer_at(const TestSupply *supply, const CpsfTrustOptions *options, CpsfTime at)
{
    g_autoptr(CpsfPolicy) policy = test_supply_policy();
    Answer a = {.graph = test_supply_freeze(supply, 0)};

    a.snapshot = cpsf_graph_snapshot(a.graph, at, NULL);
    cr_assert_not_null(a.snapshot);
    a.trust = test_trust_ask(a.snapshot, policy, options);
    return a;
}

static Answer
answer_of(const TestSupply *supply, const CpsfTrustOptions *options)
{
    return answer_at(supply, options, TEST_SUPPLY_AT);
}

static void
answer_clear(Answer *a)
{
    test_trust_free(a->trust);
    cpsf_snapshot_unref(a->snapshot);
    cpsf_graph_unref(a->graph);
}

/* The same node after a change; -1 = it is gone or has no row. */
static int32_t
again(const Answer *before, int32_t v, const Answer *after)
{
    const int32_t u = cpsf_graph_find_node(after->graph, cpsf_graph_get_key(before->graph, v));

    return u < 0 || isnan(after->trust->belief[u]) || isnan(before->trust->belief[v]) ? -1 : u;
}

/* ---- a law: a change, and which way figures may go ---- */

typedef struct {
    /* Changes @supply, which stands as @before says; FALSE: there is nothing to change. */
    gboolean (*change)(TestSupply *supply, const Answer *before, uint64_t *r);
    int belief;
    int disbelief;
} Law;

typedef struct {
    int changes;
    int moves; /* figures that went the way they may go */
} Tally;

static void
hold_figure(double before, double after, int way, double slack, const char *what, Tally *tally)
{
    if (way == RISES || way == STAYS)
        cr_assert(after >= before - slack, "%s fell from %.17g to %.17g", what, before, after);
    if (way == FALLS || way == STAYS)
        cr_assert(after <= before + slack, "%s rose from %.17g to %.17g", what, before, after);
    tally->moves += fabs(after - before) > slack;
}

static void
hold_once(const Law *law, uint64_t seed, int n, double room, CpsfMethod method, Tally *tally)
{
    const CpsfTrustOptions options = {.method = method, .worlds = 1024, .seed = seed};
    g_autoptr(TestSupply) supply = test_supply_draw(seed, n, room);
    uint64_t r = seed + 5;
    Answer before = answer_of(supply, &options);

    if (law->change(supply, &before, &r)) {
        const double slack = method == CPSF_METHOD_EXACT ? ROUNDING : 0.0;
        Answer after = answer_of(supply, &options);

        tally->changes++;
        for (int32_t v = 0; v < before.graph->n_nodes; v++) {
            const int32_t u = again(&before, v, &after);

            if (u < 0)
                continue;
            hold_figure(before.trust->belief[v], after.trust->belief[u], law->belief, slack,
                        "belief", tally);
            hold_figure(before.trust->disbelief[v], after.trust->disbelief[u], law->disbelief,
                        slack, "disbelief", tally);
        }
        answer_clear(&after);
    }
    answer_clear(&before);
}

/* 300 graphs sampled, 300 counted out; the change must have been possible, and felt, often. */
static void
hold_law(const Law *law)
{
    Tally sampled = {0};
    Tally exact = {0};

    for (uint64_t seed = 0; seed < 300; seed++) {
        hold_once(law, seed, 10 + (int) (seed % 30), INFINITY, CPSF_METHOD_SAMPLE, &sampled);
        hold_once(law, seed, 3 + (int) (seed % 7), 256, CPSF_METHOD_EXACT, &exact);
    }
    cr_expect(sampled.changes > 150, "%d", sampled.changes);
    cr_expect(exact.changes > 100, "%d", exact.changes);
    cr_expect(sampled.moves > 50, "%d", sampled.moves);
    cr_expect(exact.moves > 50, "%d", exact.moves);
}

/* A node that somebody describes and that is there; -1 = none was met. */
static int32_t
draw_described(const Answer *a, uint64_t *r)
{
    for (int i = 0; i < 50; i++) {
        const int32_t v = (int32_t) test_random_below(r, (uint32_t) a->graph->n_nodes);

        if (a->snapshot->holds[v] && a->graph->kind[v] != CPSF_KIND_UNKNOWN)
            return v;
    }
    return -1;
}

/* One layer that @v is in. */
static int
draw_layer(const Answer *a, int32_t v, uint64_t *r)
{
    for (;;) {
        const int layer = 1 + (int) test_random_below(r, 3);

        if (cpsf_graph_get_layers(a->graph, v) >> (layer - 1) & 1)
            return layer;
    }
}

/* test_supply_policy() asks every kind but `system` in every layer that it is in. */
static gboolean
add_passing(TestSupply *supply, const Answer *before, uint64_t *r)
{
    const int32_t v = draw_described(before, r);

    if (v < 0 || before->graph->kind[v] == CPSF_KIND_SYSTEM)
        return FALSE;
    test_supply_evidence(supply, cpsf_graph_get_key(before->graph, v), draw_layer(before, v, r),
                         CPSF_STATUS_VALID)
        ->assurance =
        test_random_below(r, 2) == 0 ? CPSF_ASSURANCE_SECOND_PARTY : CPSF_ASSURANCE_THIRD_PARTY;
    return TRUE;
}

Test(trust_laws, passing_evidence_lowers_no_belief, .timeout = 120)
{
    hold_law(&(const Law){add_passing, RISES, ANYHOW});
}

static gboolean
add_refuting(TestSupply *supply, const Answer *before, uint64_t *r)
{
    const int32_t v = draw_described(before, r);

    if (v < 0)
        return FALSE;
    test_supply_evidence(supply, cpsf_graph_get_key(before->graph, v), draw_layer(before, v, r),
                         CPSF_STATUS_FAILED);
    return TRUE;
}

Test(trust_laws, refuting_evidence_raises_no_belief, .timeout = 120)
{
    hold_law(&(const Law){add_refuting, FALLS, ANYHOW});
}

static double
draw_criticality(uint64_t *r)
{
    return test_random_below(r, 2) == 0 ? 1 : (double) test_random_below(r, 1000) / 1000;
}

/* Sometimes a company that shows nothing, sometimes a key that nobody describes. */
static gboolean
add_unverified(TestSupply *supply, const Answer *before, uint64_t *r)
{
    const int32_t v = draw_described(before, r);

    if (v < 0)
        return FALSE;
    if (test_random_below(r, 2) == 0)
        test_supply_node(supply, "urn:example:new", CPSF_KIND_COMPANY);
    test_supply_edge(supply, "urn:example:new", cpsf_graph_get_key(before->graph, v),
                     draw_criticality(r));
    return TRUE;
}

Test(trust_laws, an_unverified_supplier_is_ignorance, .timeout = 120)
{
    hold_law(&(const Law){add_unverified, FALLS, STAYS});
}

/* How many edges into @v are in the group of the @e-th of them. */
static int
count_members(const Answer *a, int32_t v, CpsfStr group)
{
    const CpsfCsr *in = &a->snapshot->in;
    int n = 0;

    for (int64_t e = in->offsets[v]; e < in->offsets[v + 1]; e++)
        n += a->graph->edges.items[a->snapshot->out_row[a->snapshot->in_out[e]]].group == group;
    return n;
}

/* As declared, or 1. */
static int
need_of(const Answer *a, int32_t v, CpsfStr group)
{
    for (int64_t i = 0; i < a->graph->groups.n; i++) {
        const CpsfGroupRow *row = &a->graph->groups.items[i];

        if ((int32_t) row->node == v && row->name == group)
            return row->need;
    }
    return 1;
}

/* A group with n >= k, by an edge into its node; -1 = none was met. */
static int64_t
draw_full_group(const Answer *a, uint64_t *r)
{
    const CpsfCsr *in = &a->snapshot->in;

    for (int i = 0; in->m > 0 && i < 200; i++) {
        const int64_t e = (int64_t) test_random_below(r, (uint32_t) in->m);
        const int64_t row = a->snapshot->out_row[a->snapshot->in_out[e]];
        const CpsfEdgeRow *edge = &a->graph->edges.items[row];

        if (edge->group != 0 && count_members(a, (int32_t) edge->to, edge->group) >=
                                    need_of(a, (int32_t) edge->to, edge->group))
            return row;
    }
    return -1;
}

static gboolean
relies_directly(const Answer *a, int32_t from, int32_t to)
{
    for (int64_t i = 0; i < a->graph->edges.n; i++)
        if ((int32_t) a->graph->edges.items[i].from == from &&
            (int32_t) a->graph->edges.items[i].to == to)
            return TRUE;
    return FALSE;
}

/* From a new company of which something is known, or from one that is there. */
static gboolean
add_alternative(TestSupply *supply, const Answer *before, uint64_t *r)
{
    const int64_t row = draw_full_group(before, r);

    if (row < 0)
        return FALSE;
    const CpsfEdgeRow *edge = &before->graph->edges.items[row];
    const int32_t from = draw_described(before, r);
    const char *key = "urn:example:new";

    if (from >= 0 && from != (int32_t) edge->to && test_random_below(r, 2) == 0 &&
        before->graph->kind[from] == CPSF_KIND_COMPANY) {
        key = cpsf_graph_get_key(before->graph, from);
        if (relies_directly(before, from, (int32_t) edge->to))
            return FALSE;
    } else {
        const double b = draw_criticality(r);

        test_supply_node(supply, key, CPSF_KIND_COMPANY);
        test_supply_opinion(supply, key, 1, b, 1 - b, 0);
    }
    test_supply_member(supply, key, cpsf_graph_get_key(before->graph, (int32_t) edge->to),
                       draw_criticality(r), cpsf_strtab_get(before->graph->strings, edge->group));
    return TRUE;
}

Test(trust_laws, an_alternative_more_does_no_harm, .timeout = 120)
{
    hold_law(&(const Law){add_alternative, RISES, FALLS});
}

/* Not on the page, but of any least solution: what more can fail a node does not help it. */
static gboolean
add_required(TestSupply *supply, const Answer *before, uint64_t *r)
{
    for (int i = 0; i < 50; i++) {
        const int32_t from = draw_described(before, r);
        const int32_t to = draw_described(before, r);

        if (from == to || from < 0 || before->graph->kind[from] != CPSF_KIND_COMPANY ||
            relies_directly(before, from, to))
            continue;
        test_supply_edge(supply, cpsf_graph_get_key(before->graph, from),
                         cpsf_graph_get_key(before->graph, to), draw_criticality(r));
        return TRUE;
    }
    return FALSE;
}

Test(trust_laws, one_reliance_more_does_no_good, .timeout = 120)
{
    hold_law(&(const Law){add_required, FALLS, RISES});
}

/* ---- what changes nothing ---- */

/* Row by row of @before, bit for bit. */
static void
expect_untouched(const Answer *before, const Answer *after, const char *what)
{
    for (int32_t v = 0; v < before->graph->n_nodes; v++) {
        const int32_t u = again(before, v, after);

        if (isnan(before->trust->belief[v]))
            continue;
        cr_assert(u >= 0);
        cr_assert(before->trust->belief[v] == after->trust->belief[u], "%s: %.17g, not %.17g", what,
                  after->trust->belief[u], before->trust->belief[v]);
        cr_assert(before->trust->disbelief[v] == after->trust->disbelief[u]);
        cr_assert(before->trust->uncertainty[v] == after->trust->uncertainty[u]);
        cr_assert(before->trust->expected[v] == after->trust->expected[u]);
        cr_assert(before->trust->stderr_of[v] == after->trust->stderr_of[u]);
    }
}

/* "urn:example:nNN" becomes a key that sorts before all of them, or between them. */
static void
rename_key(char *key, gboolean before)
{
    if (strncmp(key, "urn:example:n", 13) != 0)
        return;
    if (before)
        key[12] = 'm';
    else
        g_strlcat(key, "x", 40);
}

static void
add_disjoint(TestSupply *supply, const TestSupply *other, gboolean before)
{
    for (guint i = 0; i < other->said->len; i++) {
        TestSaid said = g_array_index(other->said, TestSaid, i);

        rename_key(said.key, before);
        rename_key(said.from, before);
        g_array_append_val(supply->said, said);
    }
}

/* With the other graph asked about as well, enumeration has more outcomes to add up. */
static void
expect_within_rounding(const Answer *before, const Answer *after)
{
    for (int32_t v = 0; v < before->graph->n_nodes; v++) {
        const int32_t u = again(before, v, after);

        if (u < 0)
            continue;
        cr_assert(epsilon_eq(dbl, before->trust->belief[v], after->trust->belief[u], ROUNDING));
        cr_assert(
            epsilon_eq(dbl, before->trust->disbelief[v], after->trust->disbelief[u], ROUNDING));
    }
}

static void
compare_disjoint(uint64_t seed, int n, double room, CpsfTrustOptions options)
{
    g_autoptr(TestSupply) supply = test_supply_draw(seed, n, room);
    g_autoptr(TestSupply) other = test_supply_draw(seed + 1000, n, room);
    Answer alone = answer_of(supply, &options);
    g_autofree const char **keys = g_new0(const char *, alone.graph->n_nodes + 1);

    for (int32_t v = 0; v < alone.graph->n_nodes; v++)
        keys[v] = cpsf_graph_get_key(alone.graph, v);
    add_disjoint(supply, other, seed / 4 % 2);
    if (options.method == CPSF_METHOD_EXACT) {
        Answer all = answer_of(supply, &options);

        expect_within_rounding(&alone, &all);
        answer_clear(&all);
        options.keys = keys;
    }
    Answer together = answer_of(supply, &options);

    cr_assert(together.graph->n_nodes > alone.graph->n_nodes);
    expect_untouched(&alone, &together, options.keys != NULL ? "exact" : "sampled");
    answer_clear(&alone);
    answer_clear(&together);
}

Test(trust_laws, a_disjoint_graph_changes_nothing, .timeout = 120)
{
    for (uint64_t seed = 0; seed < 200; seed++) {
        CpsfTrustOptions options = {.worlds = 1500, .seed = seed, .threads = 2};

        options.layer = (int) (seed % 4);
        compare_disjoint(seed, 5 + (int) (seed % 40), INFINITY, options);
        options.method = CPSF_METHOD_EXACT;
        compare_disjoint(seed, 2 + (int) (seed % 6), 128, options);
    }
}

/* Chance bits are those of the key: whatever stands around a node, it fails in the same worlds. */
Test(trust_laws, chance_goes_with_the_key)
{
    const char *const keys[] = {"urn:example:lonely", NULL};
    const CpsfTrustOptions options = {.worlds = 3000, .seed = 77, .keys = keys};
    double belief = NAN;

    for (uint64_t seed = 0; seed < 20; seed++) {
        g_autoptr(TestSupply) supply = test_supply_draw(seed, 1 + 3 * (int) seed, INFINITY);

        test_supply_node(supply, "urn:example:lonely", CPSF_KIND_COMPANY);
        test_supply_opinion(supply, "urn:example:lonely", 1, 0.37, 0.63, 0);
        Answer a = answer_of(supply, &options);
        const double found = test_trust_get(a.trust, belief, a.graph, "urn:example:lonely");

        cr_assert(test_trust_is_near(found, 0.37, 3000));
        if (seed > 0)
            cr_assert(found == belief, "%.17g, not %.17g", found, belief);
        belief = found;
        answer_clear(&a);
    }
}

/* ---- what changed changes only what is downstream of it ---- */

/* All that F of a node is made of, but for the nodes it relies on, as text. */
static char *
signature(const Answer *a, const CpsfOpinion *own, int32_t v)
{
    const CpsfCsr *in = &a->snapshot->in;
    GString *text = g_string_new(NULL);
    const CpsfGroupRow *groups = a->graph->groups.items;

    g_string_append_printf(text, "%d %a %a\n", a->snapshot->holds[v], own[v].belief,
                           own[v].disbelief);
    for (int64_t e = in->offsets[v]; e < in->offsets[v + 1]; e++) {
        const CpsfEdgeRow *row =
            &a->graph->edges.items[a->snapshot->out_row[a->snapshot->in_out[e]]];

        g_string_append_printf(text, "%s %d %s %a\n",
                               cpsf_graph_get_key(a->graph, (int32_t) row->from), row->relation,
                               cpsf_strtab_get(a->graph->strings, row->group), row->criticality);
    }
    for (int64_t i = 0; i < a->graph->groups.n; i++)
        if ((int32_t) groups[i].node == v && groups[i].valid.since <= a->snapshot->at &&
            a->snapshot->at < groups[i].valid.until)
            g_string_append_printf(text, "%s %d\n",
                                   cpsf_strtab_get(a->graph->strings, groups[i].name),
                                   groups[i].need);
    return g_string_free(text, FALSE);
}

/* TRUE for what is reached from it. */
static void
spread(const Answer *a, gboolean *changed)
{
    for (gboolean more = TRUE; more;) {
        more = FALSE;
        for (int32_t v = 0; v < a->graph->n_nodes; v++)
            for (int64_t e = a->snapshot->out.offsets[v];
                 changed[v] && e < a->snapshot->out.offsets[v + 1]; e++)
                if (!changed[a->snapshot->out.heads[e]])
                    changed[a->snapshot->out.heads[e]] = more = TRUE;
    }
}

/* Of @a's nodes, those downstream, in @a, of what is not the same in @b. */
static gboolean *
find_changed(const Answer *a, const CpsfOpinion *own_a, const Answer *b, const CpsfOpinion *own_b)
{
    gboolean *changed = g_new0(gboolean, a->graph->n_nodes + 1);

    for (int32_t v = 0; v < a->graph->n_nodes; v++) {
        const int32_t u = cpsf_graph_find_node(b->graph, cpsf_graph_get_key(a->graph, v));
        g_autofree char *one = signature(a, own_a, v);
        g_autofree char *other = u >= 0 ? signature(b, own_b, u) : NULL;

        changed[v] = g_strcmp0(one, other) != 0;
    }
    spread(a, changed);
    return changed;
}

typedef struct {
    int same;    /* nodes untouched, though something changed somewhere */
    int changed; /* nodes downstream of a change */
} Touched;

/* What is downstream of a change in neither is the same in both, bit for bit. */
static void
compare_changes(
    const TestSupply *x, const Answer *a, const TestSupply *y, const Answer *b, Touched *touched)
{
    g_autofree CpsfOpinion *own_a = test_supply_own(x, a->graph, a->snapshot->at, 0);
    g_autofree CpsfOpinion *own_b = test_supply_own(y, b->graph, b->snapshot->at, 0);
    g_autofree gboolean *changed_a = find_changed(a, own_a, b, own_b);
    g_autofree gboolean *changed_b = find_changed(b, own_b, a, own_a);

    for (int32_t v = 0; v < a->graph->n_nodes; v++) {
        const int32_t u = again(a, v, b);

        if (u < 0 || changed_a[v] || changed_b[u]) {
            touched->changed++;
            continue;
        }
        touched->same++;
        cr_assert(a->trust->belief[v] == b->trust->belief[u], "%s: %.17g, then %.17g",
                  cpsf_graph_get_key(a->graph, v), a->trust->belief[v], b->trust->belief[u]);
        cr_assert(a->trust->disbelief[v] == b->trust->disbelief[u]);
        cr_assert(a->trust->stderr_of[v] == b->trust->stderr_of[u]);
    }
}

Test(trust_laws, two_dates_differ_by_what_changed, .timeout = 120)
{
    Touched touched = {0};

    for (uint64_t seed = 0; seed < 100; seed++) {
        const CpsfTrustOptions options = {.worlds = 1024, .seed = seed};
        g_autoptr(TestSupply) supply = test_supply_draw(seed, 30, INFINITY);

        Answer now = answer_of(supply, &options);
        Answer later = answer_at(supply, &options, TEST_SUPPLY_LATER);

        compare_changes(supply, &now, supply, &later, &touched);
        answer_clear(&now);
        answer_clear(&later);
    }
    cr_expect(touched.same > 200, "%d", touched.same);
    cr_expect(touched.changed > 200, "%d", touched.changed);
}

Test(trust_laws, two_graphs_differ_by_what_changed, .timeout = 120)
{
    Touched touched = {0};

    for (uint64_t seed = 0; seed < 200; seed++) {
        const CpsfTrustOptions options = {.worlds = 1024, .seed = seed};
        g_autoptr(TestSupply) supply = test_supply_draw(seed, 25, INFINITY);
        g_autoptr(TestSupply) other = test_supply_copy(supply);
        uint64_t r = seed;

        g_array_remove_index(other->said, test_random_below(&r, other->said->len));
        Answer a = answer_of(supply, &options);
        Answer b = answer_of(other, &options);

        compare_changes(supply, &a, other, &b, &touched);
        answer_clear(&a);
        answer_clear(&b);
    }
    cr_expect(touched.same > 1000, "%d", touched.same);
    cr_expect(touched.changed > 500, "%d", touched.changed);
}
