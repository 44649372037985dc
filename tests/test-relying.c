/* SPDX-License-Identifier: GPL-2.0-or-later */

/* How many nodes rely on a node (docs/semantics.md, section 9): exact and estimated. */

#include "config.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <string.h>

#include "checkgen.h"
#include "cpsf-relying-private.h"
#include "graphgen.h"
#include "oracle-check.h"

typedef struct {
    CpsfGraph *graph;
    CpsfSnapshot *snapshot;
    CpsfPolicy *policy;
    int32_t *nodes; /* all of them */
    int64_t *relying;
    gboolean is_estimated;
} Case;

static Case
case_of(CpsfGraph *graph, CpsfPolicy *policy, CpsfTime at)
{
    Case c = {.graph = graph, .policy = policy};

    c.snapshot = cpsf_graph_snapshot(graph, at, NULL);
    c.nodes = g_new(int32_t, (gsize) graph->n_nodes + 1);
    c.relying = g_new0(int64_t, (gsize) graph->n_nodes + 1);
    for (int32_t v = 0; v < graph->n_nodes; v++)
        c.nodes[v] = v;
    return c;
}

static void
count(Case *c, int64_t budget, int threads)
{
    const CpsfRelyingOptions options = {.budget = budget, .threads = threads};

    cr_assert(cpsf_relying_count(c->snapshot, c->policy, c->nodes, c->graph->n_nodes, &options,
                                 c->relying, &c->is_estimated, NULL));
}

static void
case_clear(Case *c)
{
    g_free(c->nodes);
    g_free(c->relying);
    cpsf_snapshot_unref(c->snapshot);
    cpsf_graph_unref(c->graph);
    cpsf_policy_unref(c->policy);
}

static Case
shaped(TestGraphShape shape, int32_t n, int64_t m, uint64_t seed)
{
    g_autoptr(TestGraph) g = test_graph_new(shape, n, m, seed);
    CpsfGraph *graph = cpsf_graph_builder_freeze(
        test_graph_build(g, CPSF_KIND_COMPANY, CPSF_RELATION_SUPPLIES), NULL);

    cr_assert_not_null(graph);
    return case_of(graph, cpsf_policy_new_default(), 0);
}

/* a -> b <-> c -> d, e apart; the edge c -> d counts while its criticality is above 0. */
Test(relying, by_hand)
{
    for (int felt = 0; felt < 2; felt++) {
        TestFeed *feed = test_feed_new();

        for (int i = 0; i < 5; i++) {
            char key[] = "urn:example:a";

            key[12] = (char) ('a' + i);
            test_feed_node(feed, key, CPSF_KIND_COMPANY, 0);
        }
        test_feed_edge(feed, CPSF_RELATION_SUPPLIES, "urn:example:a", "urn:example:b");
        test_feed_edge(feed, CPSF_RELATION_SUPPLIES, "urn:example:b", "urn:example:c");
        test_feed_edge(feed, CPSF_RELATION_SUPPLIES, "urn:example:c", "urn:example:b");
        test_feed_edge(feed, CPSF_RELATION_OWNS, "urn:example:c", "urn:example:d")->criticality =
            felt ? 1e-9 : 0.0;
        test_feed_edge(feed, CPSF_RELATION_VOUCHES, "urn:example:e", "urn:example:a");
        Case c = case_of(test_feed_freeze(feed), cpsf_policy_new_default(), 0);

        count(&c, 0, 1);
        cr_expect(c.relying[0] == 2 + felt);
        cr_expect(c.relying[1] == 1 + felt);
        cr_expect(c.relying[2] == 1 + felt);
        cr_expect(c.relying[3] == 0);
        cr_expect(c.relying[4] == 0);
        cr_expect(c.is_estimated == FALSE);
        case_clear(&c);
    }
}

Test(relying, agrees_with_the_oracle)
{
    for (uint64_t seed = 0; seed < 1000; seed++) {
        Case c = case_of(test_chain_new(seed, 2 + (int) (seed % 13)), test_chain_policy(), 1000);
        g_autoptr(Oracle) oracle = oracle_new(c.graph, c.policy, 1000);

        count(&c, 0, 1 + (int) (seed % 3));
        for (int v = 0; v < oracle->n; v++)
            cr_assert(c.relying[v] == oracle->relying[v], "seed %d node %d: %d, not %d", (int) seed,
                      v, (int) c.relying[v], (int) oracle->relying[v]);
        case_clear(&c);
    }
}

/* How many nodes a breadth-first search meets besides its start. */
static int64_t
search(const CpsfSnapshot *s, int32_t start)
{
    const int32_t n = s->graph->n_nodes;
    g_autofree uint8_t *met = g_new0(uint8_t, n);
    g_autofree int32_t *queue = g_new(int32_t, n);
    int32_t last = 0;

    met[start] = 1;
    queue[last++] = start;
    for (int32_t first = 0; first < last; first++)
        for (int64_t e = s->out.offsets[queue[first]]; e < s->out.offsets[queue[first] + 1]; e++)
            if (!met[s->out.heads[e]]) {
                met[s->out.heads[e]] = 1;
                queue[last++] = s->out.heads[e];
            }
    return last - 1;
}

/* Several blocks of 512, big components, on all shapes, against a search from every node. */
Test(relying, agrees_with_a_search_from_every_node)
{
    for (int shape = 0; shape < 3; shape++) {
        Case c = shaped((TestGraphShape) shape, 2500, shape == 0 ? 2600 : 9000, 3);

        count(&c, 0, 2);
        cr_assert(c.is_estimated == FALSE);
        for (int32_t v = 0; v < c.graph->n_nodes; v++)
            cr_assert(c.relying[v] == search(c.snapshot, v), "shape %d node %d", shape, v);
        case_clear(&c);
    }
}

/* The same bytes for any number of threads, exact and estimated. */
Test(relying, threads_change_nothing)
{
    Case c = shaped(TEST_GRAPH_SOFTWARE, 3000, 12000, 5);
    const size_t bytes = (size_t) c.graph->n_nodes * sizeof *c.relying;

    for (int64_t budget = 0; budget < 2; budget++) {
        count(&c, budget, 1);
        g_autofree int64_t *one = g_memdup2(c.relying, bytes);

        cr_expect(c.is_estimated == (budget == 1));
        for (int threads = 2; threads < 6; threads++) {
            count(&c, budget, threads);
            cr_expect(memcmp(one, c.relying, bytes) == 0);
        }
    }
    case_clear(&c);
}

/* Relative standard deviation 1 / sqrt(254) = 6.3 %: over the nodes with more than 100 relying,
 * which share most of what they reach and with it their error, the mean must lie within four of
 * it, and no node beyond eight. */
Test(relying, estimates_are_near)
{
    Case c = shaped(TEST_GRAPH_SOFTWARE, 4000, 16000, 11);
    double sum = 0;
    int64_t n = 0;

    count(&c, 0, 2);
    g_autofree int64_t *exact = g_memdup2(c.relying, (gsize) c.graph->n_nodes * sizeof *c.relying);

    count(&c, 1, 2);
    cr_assert(c.is_estimated);
    for (int32_t v = 0; v < c.graph->n_nodes; v++) {
        const double off = (double) c.relying[v] / (double) MAX(exact[v], 1) - 1;

        if (exact[v] == 0)
            cr_expect(c.relying[v] == 0, "node %d", v);
        else
            cr_expect(c.relying[v] > 0, "node %d", v);
        if (exact[v] < 100)
            continue;
        cr_expect(fabs(off) < 8 * 0.063, "node %d: %d, not %d", v, (int) c.relying[v],
                  (int) exact[v]);
        sum += off;
        n++;
    }
    cr_assert(n > 100);
    cr_expect(fabs(sum / (double) n) < 4 * 0.063);
    case_clear(&c);
}

static void
note(uint64_t done, uint64_t total, const char *what, void *data)
{
    (void) what;
    *(gboolean *) data = done <= total;
}

Test(relying, tells_and_can_be_cancelled)
{
    Case c = shaped(TEST_GRAPH_COMPANY, 1000, 4000, 1);
    g_autoptr(GCancellable) cancellable = g_cancellable_new();
    g_autoptr(GError) error = NULL;
    gboolean told = FALSE;
    CpsfRelyingOptions options = {.threads = 1, .progress = note, .progress_data = &told};

    cr_assert(cpsf_relying_count(c.snapshot, c.policy, c.nodes, c.graph->n_nodes, &options,
                                 c.relying, &c.is_estimated, NULL));
    cr_expect(told);
    options.cancellable = cancellable;
    g_cancellable_cancel(cancellable);
    cr_assert(cpsf_relying_count(c.snapshot, c.policy, c.nodes, c.graph->n_nodes, &options,
                                 c.relying, &c.is_estimated, &error) == FALSE);
    cr_expect(error->code == CPSF_ERROR_CANCELLED);
    case_clear(&c);
}

static void
fail_everywhere(Case *c, int64_t budget)
{
    const CpsfRelyingOptions options = {.threads = 1, .budget = budget};
    gboolean is_done = FALSE;
    int failures = 0;

    for (int64_t n = 0; !is_done; n++) {
        g_autoptr(GError) error = NULL;

        cpsf_mem_fail_after(n);
        is_done = cpsf_relying_count(c->snapshot, c->policy, c->nodes, c->graph->n_nodes, &options,
                                     c->relying, &c->is_estimated, &error);
        cpsf_mem_fail_after(-1);
        failures += !is_done;
        if (!is_done)
            cr_assert(error->code == CPSF_ERROR_NO_MEMORY);
    }
    cr_expect(failures >= 8);
}

Test(relying, survives_every_allocation_failure)
{
    Case plain = shaped(TEST_GRAPH_COMPANY, 50, 200, 1);
    Case filtered = case_of(test_chain_new(7, 12), test_chain_policy(), 1000);

    fail_everywhere(&plain, 0);
    fail_everywhere(&plain, 1);
    fail_everywhere(&filtered, 0);
    case_clear(&plain);
    case_clear(&filtered);
}
