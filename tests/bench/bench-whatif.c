/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * What-ifs on a graph in memory, one kind of change after the other, beside a snapshot from nothing:
 * bench-whatif [--nodes N] [--edges M] [--runs R], 1 million nodes, 10 million edges and 5 runs by
 * default; one thread, software-like graph.
 */

#include "config.h"

#include <math.h>
#include <string.h>

#include "bench.h"
#include "cpsf-snapshot-private.h"
#include "cpsf-whatif.h"
#include "graphgen.h"

#define FIRST "local:graphgen#000000000"
#define SECOND "local:graphgen#000000001"

typedef enum { OPINION, EVIDENCE, REMOVAL, EDGE, NODE, N_CHANGES } Change;

/* A bench that cannot go on says why and ends. */
static void
must(gboolean done, GError *error)
{
    if (done)
        return;
    fprintf(stderr, "bench-whatif: %s\n", error != NULL ? error->message : "failed");
    exit(1);
}

static CpsfSnapshot *
make_base(int32_t n, int64_t m)
{
    TestGraph *generated = test_graph_new(TEST_GRAPH_SOFTWARE, n, m, 1);
    CpsfGraphBuilder *builder =
        test_graph_build(generated, CPSF_KIND_SOFTWARE, CPSF_RELATION_USED_BY);
    GError *error = NULL;

    test_graph_free(generated);

    CpsfGraph *graph = cpsf_graph_builder_freeze(builder, &error);

    must(graph != NULL, error);

    CpsfSnapshot *base = cpsf_graph_snapshot(graph, 0, &error);

    must(base != NULL, error);
    cpsf_graph_unref(graph);
    return base;
}

static gboolean
suppose(CpsfWhatIf *what_if, Change change, GError **error)
{
    const CpsfSupposedEdge edge = {
        .relation = CPSF_RELATION_USED_BY,
        .from = FIRST,
        .to = change == NODE ? "urn:example:new" : SECOND,
        .group = "bench",
        .criticality = (double) NAN,
        .delay = -1,
    };
    const CpsfSupposedEvidence evidence = {
        .subject = FIRST,
        .layer = 3,
        .scheme = "slsa-1",
        .id = "bench",
        .valid = CPSF_INTERVAL_ALL,
    };

    switch (change) {
    case OPINION:
        return cpsf_what_if_set_opinion(what_if, FIRST, 3, 1.0, 0.0, 0.0, error);
    case EVIDENCE:
        return cpsf_what_if_add_evidence(what_if, &evidence, error);
    case REMOVAL:
        return cpsf_what_if_remove_node(what_if, FIRST, error);
    case EDGE:
    case NODE:
    case N_CHANGES:
    default:
        return cpsf_what_if_add_edge(what_if, &edge, error);
    }
}

static void
run(CpsfSnapshot *base, Change change)
{
    g_autoptr(CpsfWhatIf) what_if = cpsf_what_if_new(base);
    GError *error = NULL;

    must(suppose(what_if, change, &error), error);

    CpsfSnapshot *snapshot = cpsf_what_if_snapshot(what_if, &error);

    must(snapshot != NULL, error);
    cpsf_snapshot_unref(snapshot);
}

static void
take_snapshot(CpsfGraph *graph)
{
    GError *error = NULL;
    CpsfSnapshot *snapshot = cpsf_graph_snapshot(graph, 0, &error);

    must(snapshot != NULL, error);
    cpsf_snapshot_unref(snapshot);
}

int
main(int argc, char **argv)
{
    static const char *const names[N_CHANGES] = {
        "what-if opinion",    "what-if evidence",   "what-if node removed",
        "what-if edge added", "what-if node added",
    };
    int64_t n = 1000000;
    int64_t m = 10000000;
    int64_t runs = 5;
    double whole;
    double seconds;

    for (int i = 1; i + 1 < argc; i += 2) {
        int64_t *const option = strcmp(argv[i], "--nodes") == 0   ? &n
                                : strcmp(argv[i], "--edges") == 0 ? &m
                                                                  : &runs;

        *option = atoll(argv[i + 1]);
    }
    if (n < 10 || n >= INT32_MAX || m < n || runs < 1 || runs > BENCH_MAX_RUNS) {
        fprintf(stderr, "usage: bench-whatif [--nodes N] [--edges M] [--runs R]\n"
                        "N at least 10, M at least N, R from 1 to 101\n");
        return 2;
    }

    CpsfSnapshot *base = make_base((int32_t) n, m);

    BENCH("snapshot", (double) m, "edges", (int) runs, whole,
          take_snapshot(cpsf_snapshot_get_graph(base)));
    for (Change change = OPINION; change < N_CHANGES; change++) {
        BENCH(names[change], (double) m, "edges", (int) runs, seconds, run(base, change));
        bench_ratio(names[change], seconds / whole);
    }
    printf("{\"bench\":\"what-if\",\"peak_mib\":%.0f}\n", bench_peak_mib());
    cpsf_snapshot_unref(base);
    return 0;
}
