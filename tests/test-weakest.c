/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Trust by the weakest link, against a search from every node. */

#include "config.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <string.h>

#include "cpsf-opinion-private.h"
#include "cpsf-trust-private.h"
#include "graphgen.h"
#include "supplygen.h"

typedef struct {
    CpsfGraph *graph;
    CpsfSnapshot *snapshot;
    CpsfPolicy *policy;
    CpsfAnchors *anchors;
} Case;

static Case
case_of(CpsfGraph *graph, CpsfPolicy *policy, CpsfTime at)
{
    Case c = {.graph = graph, .policy = policy};

    c.snapshot = cpsf_graph_snapshot(graph, at, NULL);
    c.anchors = cpsf_anchors_new(c.snapshot, policy, NULL);
    cr_assert(c.anchors != NULL);
    return c;
}

static void
case_clear(Case *c)
{
    cpsf_anchors_free(c->anchors);
    cpsf_snapshot_unref(c->snapshot);
    cpsf_graph_unref(c->graph);
    cpsf_policy_unref(c->policy);
}

/* Whether the statement that counts of this edge is felt at all. */
static gboolean
is_felt(const Case *c, int64_t e)
{
    const CpsfEdgeRow *row = &c->graph->edges.items[c->snapshot->out_row[e]];

    return isnan(row->criticality) ? c->policy->relations[row->relation].criticality > 0
                                   : row->criticality > 0;
}

static double
expected_of(CpsfOpinion o)
{
    return o.belief + o.uncertainty / 2;
}

/* Whether @a comes before @b as the weakest of all, by node. */
static gboolean
is_before(const CpsfOpinion *own, int32_t a, int32_t b)
{
    if (expected_of(own[a]) != expected_of(own[b]))
        return expected_of(own[a]) < expected_of(own[b]);
    return own[a].disbelief != own[b].disbelief ? own[a].disbelief > own[b].disbelief : a < b;
}

/* What every node relies on, by a search forward from each: weakest[v], a node. */
static int32_t *
search(const Case *c, const CpsfOpinion *own)
{
    const int32_t n = c->graph->n_nodes;
    const CpsfCsr *out = &c->snapshot->out;
    int32_t *weakest = g_new(int32_t, n);
    g_autofree int32_t *stack = g_new(int32_t, n);

    for (int32_t v = 0; v < n; v++)
        weakest[v] = v;
    for (int32_t v = 0; v < n; v++) {
        g_autofree uint8_t *met = g_new0(uint8_t, n);
        int32_t depth = 0;

        stack[depth++] = v;
        met[v] = 1;
        while (depth > 0) {
            const int32_t x = stack[--depth];

            if (is_before(own, v, weakest[x]))
                weakest[x] = v;
            for (int64_t e = out->offsets[x]; e < out->offsets[x + 1]; e++) {
                if (met[out->heads[e]] || !is_felt(c, e))
                    continue;
                met[out->heads[e]] = 1;
                stack[depth++] = out->heads[e];
            }
        }
    }
    return weakest;
}

/* Returns how many nodes are weaker than they are by themselves. */
static int
compare(const Case *c, int layer)
{
    const CpsfTrustOptions options = {.model = CPSF_TRUST_WEAKEST, .layer = layer};
    g_autofree CpsfOpinion *own = g_new(CpsfOpinion, c->graph->n_nodes);
    CpsfTrustFigures f;
    CpsfTrustReport report = {0};
    int n_weaker = 0;

    cr_assert(cpsf_opinions_own(c->anchors, layer, own, NULL));
    g_autofree int32_t *weakest = search(c, own);

    cr_assert(cpsf_trust_by_weakest(c->anchors, &options, &f, &report, NULL));
    for (int32_t v = 0; v < c->graph->n_nodes; v++) {
        const CpsfOpinion o = own[weakest[v]];

        cr_assert(f.belief[v] == o.belief, "node %d", v);
        cr_assert(f.disbelief[v] == o.disbelief, "node %d", v);
        cr_assert(f.expected[v] == expected_of(o), "node %d", v);
        cr_assert(f.stderr_of[v] == 0.0);
        n_weaker += weakest[v] != v;
    }
    cr_expect(report.worlds == 0);
    cr_expect(report.iterations == 0);
    cpsf_trust_figures_clear(&f);
    return n_weaker;
}

/* a relies on nobody, b and c on each other and b on a; d on c by an edge that is never felt, e by
 * one of two alternatives. */
Test(weakest, by_hand)
{
    g_autoptr(TestSupply) supply = test_supply_new();
    const char *a = "urn:example:a", *b = "urn:example:b", *c = "urn:example:c";
    const char *d = "urn:example:d", *e = "urn:example:e";

    test_supply_node(supply, a, CPSF_KIND_COMPANY);
    test_supply_node(supply, b, CPSF_KIND_COMPANY);
    test_supply_node(supply, c, CPSF_KIND_COMPANY);
    test_supply_node(supply, d, CPSF_KIND_COMPANY);
    test_supply_node(supply, e, CPSF_KIND_COMPANY);
    test_supply_edge(supply, a, b, 0.001);
    test_supply_edge(supply, b, c, 1);
    test_supply_edge(supply, c, b, 1);
    test_supply_edge(supply, c, d, 0);
    test_supply_edge(supply, d, c, 0);
    test_supply_member(supply, c, e, 1, "g");
    test_supply_member(supply, d, e, 1, "g");
    test_supply_opinion(supply, a, 1, 0.5, 0.25, 0.25); /* .625 */
    test_supply_opinion(supply, b, 1, 0.75, 0.125, 0.125);
    test_supply_opinion(supply, c, 1, 0.625, 0.375, 0); /* .625, and more disbelief */
    test_supply_opinion(supply, d, 1, 1, 0, 0);
    test_supply_opinion(supply, e, 1, 0.875, 0, 0.125);
    Case t = case_of(test_supply_freeze(supply, 0), test_supply_policy(), TEST_SUPPLY_AT);
    const CpsfTrustOptions options = {.model = CPSF_TRUST_WEAKEST};
    static const double belief[] = {0.5, 0.625, 0.625, 1, 0.625};
    static const double disbelief[] = {0.25, 0.375, 0.375, 0, 0.375};
    static const double expected[] = {0.625, 0.625, 0.625, 1, 0.625};
    CpsfTrustFigures f;
    CpsfTrustReport report = {0};

    cr_assert(cpsf_trust_by_weakest(t.anchors, &options, &f, &report, NULL));
    for (int v = 0; v < 5; v++) {
        cr_expect(epsilon_eq(dbl, f.belief[v], belief[v], 1e-15), "node %d", v);
        cr_expect(epsilon_eq(dbl, f.disbelief[v], disbelief[v], 1e-15), "node %d", v);
        cr_expect(epsilon_eq(dbl, f.expected[v], expected[v], 1e-15), "node %d", v);
    }
    cpsf_trust_figures_clear(&f);
    case_clear(&t);
}

/* 1,000 random chains with circles, groups and edges never felt, all layers and each. */
Test(weakest, agrees_with_a_search)
{
    int n_weaker = 0;

    for (uint64_t seed = 0; seed < 1000; seed++) {
        g_autoptr(TestSupply) supply = test_supply_draw(seed, 3 + (int) (seed % 25), 1e9);
        Case c = case_of(test_supply_freeze(supply, 0), test_supply_policy(), TEST_SUPPLY_AT);

        n_weaker += compare(&c, (int) (seed % 4));
        case_clear(&c);
    }
    cr_expect(n_weaker > 2000, "%d", n_weaker);
}

/* Large, with a circle of half of the nodes, every edge felt. */
Test(weakest, agrees_on_large_graphs)
{
    for (int shape = 0; shape < 3; shape++) {
        g_autoptr(TestGraph) g = test_graph_new((TestGraphShape) shape, 1500, 4000, 7);
        CpsfGraph *graph = cpsf_graph_builder_freeze(
            test_graph_build(g, CPSF_KIND_COMPANY, CPSF_RELATION_SUPPLIES), NULL);
        Case c = case_of(graph, cpsf_policy_new_default(), 0);

        compare(&c, 0);
        case_clear(&c);
    }
}

/* The order of feeds and statements changes nothing, bit for bit. */
Test(weakest, order_changes_nothing)
{
    const CpsfTrustOptions options = {.model = CPSF_TRUST_WEAKEST};

    for (uint64_t seed = 0; seed < 100; seed++) {
        g_autoptr(TestSupply) supply = test_supply_draw(seed, 12, 1e9);
        CpsfTrustFigures f[2];
        CpsfTrustReport report = {0};
        Case c[2];

        for (int i = 0; i < 2; i++) {
            c[i] = case_of(test_supply_freeze(supply, (uint64_t) i), test_supply_policy(),
                           TEST_SUPPLY_AT);
            cr_assert(cpsf_trust_by_weakest(c[i].anchors, &options, &f[i], &report, NULL));
        }
        cr_assert(memcmp(f[0].expected, f[1].expected,
                         (size_t) c[0].graph->n_nodes * sizeof(double)) == 0);
        for (int i = 0; i < 2; i++) {
            cpsf_trust_figures_clear(&f[i]);
            case_clear(&c[i]);
        }
    }
}

Test(weakest, cancelled)
{
    g_autoptr(TestSupply) supply = test_supply_draw(1, 12, 1e9);
    g_autoptr(GCancellable) cancellable = g_cancellable_new();
    g_autoptr(GError) error = NULL;
    const CpsfTrustOptions options = {.cancellable = cancellable};
    Case c = case_of(test_supply_freeze(supply, 0), test_supply_policy(), TEST_SUPPLY_AT);
    CpsfTrustFigures f;
    CpsfTrustReport report = {0};

    g_cancellable_cancel(cancellable);
    cr_expect(cpsf_trust_by_weakest(c.anchors, &options, &f, &report, &error) == FALSE);
    cr_assert(error != NULL);
    cr_expect(error->code == CPSF_ERROR_CANCELLED);
    cpsf_trust_figures_clear(&f);
    case_clear(&c);
}

/* With and without edges that are never felt. */
Test(weakest, survives_every_allocation_failure)
{
    for (uint64_t seed = 0; seed < 6; seed++) {
        g_autoptr(TestSupply) supply = test_supply_draw(seed, 12, 1e9);
        const CpsfTrustOptions options = {0};
        Case c = case_of(test_supply_freeze(supply, 0), test_supply_policy(), TEST_SUPPLY_AT);
        gboolean is_done = FALSE;
        int failures = 0;

        for (int64_t n = 0; !is_done; n++) {
            g_autoptr(GError) error = NULL;
            CpsfTrustFigures f;
            CpsfTrustReport report = {0};

            cpsf_mem_fail_after(n);
            is_done = cpsf_trust_by_weakest(c.anchors, &options, &f, &report, &error);
            cpsf_mem_fail_after(-1);
            failures += !is_done;
            if (!is_done)
                cr_assert(error->code == CPSF_ERROR_NO_MEMORY);
            cpsf_trust_figures_clear(&f);
        }
        cr_expect(failures >= 8);
        case_clear(&c);
    }
}
