/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * What the anchor check costs: bench-check [NODES EDGES FLAGGED].  One JSON line a measurement.
 * The default is a million nodes, ten million edges, 10,000 of the nodes flagged, on a graph like
 * those of software (nearly acyclic) and one like those of companies (a giant component).
 */

#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "cpsf-anchor-private.h"
#include "cpsf-relying-private.h"
#include "graphgen.h"

static void
report(const char *name, const char *shape, int64_t start, int64_t flagged, gboolean is_estimated)
{
    printf("{\"name\":\"%s\",\"shape\":\"%s\",\"seconds\":%.3f,\"flagged\":%" G_GINT64_FORMAT
           ",\"estimated\":%s}\n",
           name, shape, (double) (g_get_monotonic_time() - start) / 1e6, flagged,
           is_estimated ? "true" : "false");
    fflush(stdout);
}

/* Every k-th node in a shuffled order of ids is as good as drawn: ids are shuffled already. */
static void
count(const CpsfSnapshot *snapshot,
      const CpsfPolicy *policy,
      const char *shape,
      int64_t flagged,
      int64_t budget,
      int threads)
{
    const CpsfRelyingOptions options = {.budget = budget, .threads = threads};
    const int32_t n = snapshot->graph->n_nodes;
    g_autofree int32_t *nodes = g_new(int32_t, flagged);
    g_autofree int64_t *relying = g_new(int64_t, flagged);
    gboolean is_estimated = FALSE;
    char name[40];

    for (int64_t i = 0; i < flagged; i++)
        nodes[i] = (int32_t) (i * (n / flagged));
    g_snprintf(name, sizeof name, "relying_%d_threads", threads);

    const int64_t start = g_get_monotonic_time();

    if (!cpsf_relying_count(snapshot, policy, nodes, flagged, &options, relying, &is_estimated,
                            NULL))
        exit(1);
    report(name, shape, start, flagged, is_estimated);
}

static void
measure(TestGraphShape shape, const char *name, int32_t n, int64_t m, int64_t flagged)
{
    g_autoptr(TestGraph) edges = test_graph_new(shape, n, m, 1);
    g_autoptr(CpsfGraph) graph = cpsf_graph_builder_freeze(
        test_graph_build(edges, CPSF_KIND_COMPANY, CPSF_RELATION_SUPPLIES), NULL);
    g_autoptr(CpsfSnapshot) snapshot = cpsf_graph_snapshot(graph, 0, NULL);
    g_autoptr(CpsfPolicy) policy = cpsf_policy_new_default();
    const int64_t start = g_get_monotonic_time();
    g_autoptr(CpsfAnchors) anchors = cpsf_anchors_new(snapshot, policy, NULL);

    report("anchors", name, start, anchors->n_anchors, FALSE);
    count(snapshot, policy, name, flagged, INT64_MAX, 1);
    count(snapshot, policy, name, flagged, INT64_MAX, 2);
    count(snapshot, policy, name, n, 1, 1);
    count(snapshot, policy, name, n, 1, 2);
}

int
main(int argc, char **argv)
{
    const int32_t n = argc > 1 ? atoi(argv[1]) : 1000000;
    const int64_t m = argc > 2 ? atoll(argv[2]) : 10000000;
    const int64_t flagged = argc > 3 ? atoll(argv[3]) : 10000;

    measure(TEST_GRAPH_SOFTWARE, "software", n, m, flagged);
    measure(TEST_GRAPH_COMPANY, "company", n, m, flagged);
    return 0;
}
