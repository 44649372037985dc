/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * A snapshot of a graph in memory, beside what igraph needs to take in the same edges and find
 * their strongly connected components: bench-snapshot [--nodes N] [--edges M] [--runs R]
 * [--freeze], 1 million nodes, 10 million edges and 5 runs by default; one thread.  With --freeze
 * it builds one software-like graph instead, takes its digest and a snapshot, and says how long each
 * takes and how much memory.
 */

#include "config.h"

#include <igraph.h>
#include <string.h>

#include "bench.h"
#include "cpsf-snapshot-private.h"
#include "graphgen.h"

typedef struct {
    int32_t n;
    int64_t m;
    int runs;
    int freeze;
} Options;

/* A bench that cannot go on says why and ends. */
static void
must(gboolean done, GError *error)
{
    if (done)
        return;
    fprintf(stderr, "bench-snapshot: %s\n", error != NULL ? error->message : "failed");
    exit(1);
}

static void
take_snapshot(CpsfGraph *graph, int64_t *m, int32_t *n_components)
{
    GError *error = NULL;
    CpsfSnapshot *snapshot = cpsf_graph_snapshot(graph, 0, &error);

    must(snapshot != NULL, error);
    *m = cpsf_snapshot_get_n_edges(snapshot);
    *n_components = cpsf_snapshot_get_n_components(snapshot);
    cpsf_snapshot_unref(snapshot);
}

/* Ends of the edges of a snapshot, in its order, as igraph wants them. */
static void
list_ends(CpsfGraph *graph, igraph_vector_int_t *ends)
{
    GError *error = NULL;
    CpsfSnapshot *snapshot = cpsf_graph_snapshot(graph, 0, &error);

    must(snapshot != NULL, error);
    must(igraph_vector_int_init(ends, 2 * snapshot->out.m) == IGRAPH_SUCCESS, NULL);
    for (int32_t v = 0; v < snapshot->out.n; v++)
        for (int64_t e = snapshot->out.offsets[v]; e < snapshot->out.offsets[v + 1]; e++) {
            VECTOR(*ends)[2 * e] = v;
            VECTOR(*ends)[2 * e + 1] = snapshot->out.heads[e];
        }
    cpsf_snapshot_unref(snapshot);
}

static void
take_igraph(const igraph_vector_int_t *ends, int32_t n, igraph_integer_t *n_components)
{
    igraph_t graph;

    must(igraph_create(&graph, ends, n, IGRAPH_DIRECTED) == IGRAPH_SUCCESS, NULL);
    must(igraph_connected_components(&graph, NULL, NULL, n_components, IGRAPH_STRONG) ==
             IGRAPH_SUCCESS,
         NULL);
    igraph_destroy(&graph);
}

static CpsfGraph *
make_graph(TestGraphShape shape, const Options *options, double *seconds)
{
    const gboolean software = shape == TEST_GRAPH_SOFTWARE;
    TestGraph *generated = test_graph_new(shape, options->n, options->m, 1);
    CpsfGraphBuilder *builder =
        test_graph_build(generated, software ? CPSF_KIND_SOFTWARE : CPSF_KIND_COMPANY,
                         software ? CPSF_RELATION_USED_BY : CPSF_RELATION_SUPPLIES);
    GError *error = NULL;

    test_graph_free(generated);

    const double start = bench_now();
    CpsfGraph *graph = cpsf_graph_builder_freeze(builder, &error);

    *seconds = bench_now() - start;
    must(graph != NULL, error);
    return graph;
}

static void
compare(const char *name, TestGraphShape shape, const Options *options)
{
    double freeze_seconds;
    double ours;
    double theirs;
    int64_t m = 0;
    int32_t n_components = 0;
    igraph_integer_t n_theirs = 0;
    igraph_vector_int_t ends;
    char line[80];
    CpsfGraph *graph = make_graph(shape, options, &freeze_seconds);

    take_snapshot(graph, &m, &n_components);
    snprintf(line, sizeof line, "snapshot %s", name);
    BENCH(line, (double) m, "edges", options->runs, ours, take_snapshot(graph, &m, &n_components));
    list_ends(graph, &ends);
    snprintf(line, sizeof line, "igraph create and components %s", name);
    BENCH(line, (double) m, "edges", options->runs, theirs,
          take_igraph(&ends, options->n, &n_theirs));
    must(n_theirs == n_components, NULL);
    snprintf(line, sizeof line, "igraph / snapshot %s", name);
    bench_ratio(line, theirs / ours);
    igraph_vector_int_destroy(&ends);
    cpsf_graph_unref(graph);
}

static void
measure_freeze(const Options *options)
{
    double seconds;
    CpsfGraph *graph = make_graph(TEST_GRAPH_SOFTWARE, options, &seconds);

    printf("{\"bench\":\"freeze\",\"seconds\":%.3f,\"nodes\":%d,\"edges\":%" G_GINT64_FORMAT
           ",\"peak_mib\":%.0f}\n",
           seconds, cpsf_graph_get_n_nodes(graph), cpsf_graph_get_n_edges(graph), bench_peak_mib());

    const double digest_start = bench_now();
    g_autofree char *digest = cpsf_graph_get_digest(graph);
    const double snapshot_start = bench_now();
    int64_t m;
    int32_t n_components;

    take_snapshot(graph, &m, &n_components);
    printf("{\"bench\":\"digest\",\"seconds\":%.3f,\"digest\":\"%s\"}\n"
           "{\"bench\":\"snapshot\",\"seconds\":%.3f,\"edges\":%" G_GINT64_FORMAT
           ",\"peak_mib\":%.0f}\n",
           snapshot_start - digest_start, digest, bench_now() - snapshot_start, m,
           bench_peak_mib());
    cpsf_graph_unref(graph);
}

static void
parse(int argc, char **argv, Options *options)
{
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "--freeze") == 0)
            options->freeze = 1;
        else if (i + 1 < argc && strcmp(argv[i], "--nodes") == 0)
            options->n = atoi(argv[++i]);
        else if (i + 1 < argc && strcmp(argv[i], "--edges") == 0)
            options->m = atoll(argv[++i]);
        else if (i + 1 < argc && strcmp(argv[i], "--runs") == 0)
            options->runs = atoi(argv[++i]);
        else
            options->runs = 0;
}

int
main(int argc, char **argv)
{
    Options options = {.n = 1000000, .m = 10000000, .runs = 5};

    parse(argc, argv, &options);
    if (options.n < 10 || options.m < options.n || options.runs < 1 ||
        options.runs > BENCH_MAX_RUNS) {
        fprintf(stderr,
                "usage: bench-snapshot [--nodes N] [--edges M] [--runs R] [--freeze]\n"
                "N at least 10, M at least N, R from 1 to %d\n",
                BENCH_MAX_RUNS);
        return 2;
    }
    if (options.freeze) {
        measure_freeze(&options);
        return 0;
    }
    compare("S", TEST_GRAPH_SOFTWARE, &options);
    compare("C", TEST_GRAPH_COMPANY, &options);
    return 0;
}
