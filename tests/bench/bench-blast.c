/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The blast radius of every node at once, beside one PageRank of igraph on the same graph: bench-blast
 * [--nodes N] [--edges M] [--worlds W] [--runs R], 1 million nodes, 10 million edges, 256 worlds
 * (1,024 ranks a node) and 3 runs by default, one thread.
 *
 * An edge passes an outage on with a chance of its own, even in [0, 2p], mean p 0.15, on a
 * software-like and a company-like graph.  What it says of 60 nodes is held against one search a
 * world from each of them, with chances of its own: the mean of the squares of the differences in
 * standard errors should be about 1.
 */

#include "config.h"

#include <igraph.h>
#include <math.h>
#include <string.h>

#include "bench.h"
#include "checkgen.h"
#include "cpsf-blast-private.h"
#include "cpsf-chance-keys-private.h"
#include "cpsf-kernels.h"
#include "graphgen.h"

enum { CHECKED = 60, MAX_SEARCHES = 4096 };

static const double mean_p = 0.15;

typedef struct {
    int32_t n;
    int64_t m;
    int64_t worlds;
    int runs;
} Options;

typedef struct {
    const Options *options;
    const char *name;
    CpsfSnapshot *snapshot;
    CpsfPolicy *policy;
    CpsfSpread *spread;
    CpsfBlastQuestion question;
    char line[160];
} Subject;

/* A bench that cannot go on says why and ends. */
static void
must(gboolean done, GError *error)
{
    if (done)
        return;
    fprintf(stderr, "bench-blast: %s\n", error != NULL ? error->message : "failed");
    exit(1);
}

static const char *
title(Subject *self, const char *what)
{
    snprintf(self->line, sizeof self->line, "%s, %s", what, self->name);
    return self->line;
}

static CpsfGraph *
make_graph(TestGraphShape shape, const Options *options)
{
    const gboolean software = shape == TEST_GRAPH_SOFTWARE;
    TestGraph *generated = test_graph_new(shape, options->n, options->m, 1);
    CpsfGraphBuilder *builder =
        test_graph_build(generated, software ? CPSF_KIND_SOFTWARE : CPSF_KIND_COMPANY,
                         software ? CPSF_RELATION_USED_BY : CPSF_RELATION_SUPPLIES);
    GError *error = NULL;

    test_graph_free(generated);

    CpsfGraph *graph = cpsf_graph_builder_freeze(builder, &error);

    must(graph != NULL, error);
    return graph;
}

static CpsfPolicy *
make_policy(void)
{
    GError *error = NULL;
    CpsfPolicy *policy = test_policy_from_text(
        "<policy xmlns='urn:libcpsf:policy:1' name='bench'><spread replace='true'>"
        "<rule relation='used-by' direction='forward' in='outage' out='outage' probability='1'/>"
        "<rule relation='supplies' direction='forward' in='outage' out='outage' probability='1'/>"
        "</spread></policy>",
        &error);

    must(policy != NULL, error);
    return policy;
}

static double
draw(uint64_t key, uint64_t world)
{
    return (double) (cpsf_chance_mix(key * CPSF_CHANCE_STEP + world) >> 11) * 0x1p-53;
}

/* Chances of the edges, even in [0, 2p]. */
static void
set_chances(CpsfGraph *graph)
{
    for (int64_t i = 0; i < graph->edges.n; i++)
        graph->edges.items[i].criticality = 2.0 * mean_p * draw((uint64_t) i, 77);
}

/* Everything as the search wants it. */
typedef struct {
    const CpsfCsr *out;
    double *chance; /* of each edge, in the order of `out` */
    uint8_t *seen;
    int32_t *queue;
} Search;

static void
search_init(Search *self, const Subject *subject)
{
    const CpsfSnapshot *s = subject->snapshot;

    self->out = &s->out;
    self->chance = g_new(double, (size_t) s->out.m + 1);
    for (int64_t e = 0; e < s->out.m; e++)
        self->chance[e] = s->graph->edges.items[s->out_row[e]].criticality;
    self->seen = g_new0(uint8_t, (size_t) s->out.n);
    self->queue = g_new(int32_t, (size_t) s->out.n);
}

static void
search_clear(Search *self)
{
    g_free(self->chance);
    g_free(self->seen);
    g_free(self->queue);
}

/* How many nodes @node affects in one world. */
static int32_t
search_world(Search *self, int32_t node, uint64_t world)
{
    const CpsfCsr *out = self->out;
    const uint64_t mixed = cpsf_chance_mix(world + 1);
    int32_t n = 1;

    self->seen[node] = 1;
    self->queue[0] = node;
    for (int32_t i = 0; i < n; i++) {
        const int32_t v = self->queue[i];

        for (int64_t e = out->offsets[v]; e < out->offsets[v + 1]; e++) {
            const int32_t head = out->heads[e];

            if (self->seen[head] || draw((uint64_t) e, mixed) >= self->chance[e])
                continue;
            self->seen[head] = 1;
            self->queue[n++] = head;
        }
    }
    for (int32_t i = 0; i < n; i++)
        self->seen[self->queue[i]] = 0;
    return n;
}

/* The square of how far ours is from what searches find, in standard errors of both. */
static double
check_node(Search *search, int32_t node, double ours, double variance)
{
    const double start = bench_now();
    double sum = 0.0;
    double squares = 0.0;
    int n = 0;

    while (n < MAX_SEARCHES && (n < 32 || bench_now() - start < 1.0)) {
        const double found = search_world(search, node, ((uint64_t) node << 20) + (uint64_t) n++);

        sum += found;
        squares += found * found;
    }

    const double mean = sum / n;
    const double both = variance + (squares / n - mean * mean) / (n - 1);

    return both > 0.0 ? (ours - mean) * (ours - mean) / both : 0.0;
}

static void
check_nodes(const Subject *self, const CpsfBlastSums *sums)
{
    const double worlds = (double) self->question.worlds;
    uint64_t state = 11;
    Search search;
    double sum = 0.0;

    search_init(&search, self);
    for (int i = 0; i < CHECKED; i++) {
        const int32_t at = (int32_t) test_random_below(&state, (uint32_t) self->question.n_asked);
        const double mean = sums->nodes[at] / worlds;
        const double variance = (sums->nodes_square[at] / worlds - mean * mean) / (worlds - 1.0);

        sum += check_node(&search, self->spread->node[self->question.asked[at]], mean, variance);
    }
    printf("{\"checked\":\"%s\",\"nodes\":%d,\"mean_z_squared\":%.3f}\n", self->name, CHECKED,
           sum / CHECKED);
    search_clear(&search);
}

static CpsfBlastSums
measure_radii(const Subject *self)
{
    GError *error = NULL;
    CpsfBlastSums sums = {0};
    CpsfBlastPlan *plan = cpsf_blast_plan_new(&self->spread->graph, &error);

    must(plan != NULL, error);
    must(cpsf_blast_run(plan, &self->question, &sums, &error), error);
    cpsf_blast_plan_free(plan);
    return sums;
}

static void
take_pagerank(const igraph_t *graph)
{
    igraph_vector_t ranks;

    must(igraph_vector_init(&ranks, 0) == IGRAPH_SUCCESS, NULL);
    must(igraph_pagerank(graph, IGRAPH_PAGERANK_ALGO_PRPACK, &ranks, NULL, igraph_vss_all(),
                         IGRAPH_DIRECTED, 0.85, NULL, NULL) == IGRAPH_SUCCESS,
         NULL);
    igraph_vector_destroy(&ranks);
}

static double
measure_pagerank(Subject *self)
{
    const CpsfCsr *out = &self->snapshot->out;
    igraph_vector_int_t ends;
    igraph_t graph;
    double seconds = 0.0;

    must(igraph_vector_int_init(&ends, 2 * out->m) == IGRAPH_SUCCESS, NULL);
    for (int32_t v = 0; v < out->n; v++)
        for (int64_t e = out->offsets[v]; e < out->offsets[v + 1]; e++) {
            VECTOR(ends)[2 * e] = v;
            VECTOR(ends)[2 * e + 1] = out->heads[e];
        }
    must(igraph_create(&graph, &ends, out->n, IGRAPH_DIRECTED) == IGRAPH_SUCCESS, NULL);
    igraph_vector_int_destroy(&ends);
    BENCH(title(self, "igraph PageRank"), (double) out->m, "edges", self->options->runs, seconds,
          take_pagerank(&graph));
    igraph_destroy(&graph);
    return seconds;
}

static void
ask_about_all(Subject *self, CpsfChanceKey *key, int32_t *asked)
{
    const CpsfSpread *s = self->spread;

    for (int32_t v = 0; v < s->graph.n; v++) {
        key[v] = cpsf_chance_key_of_node(self->snapshot->graph, s->node[v]);
        asked[v] = v;
    }
    self->question = (CpsfBlastQuestion){
        .node_key = key,
        .asked = asked,
        .n_asked = s->graph.n,
        .worlds = self->options->worlds,
        .threads = 1,
    };
}

static void
make_spread(Subject *self)
{
    const CpsfSpreadOptions how = {
        .reach = CPSF_SPREAD_ALL,
        .effects = 1U << CPSF_EFFECT_OUTAGE,
        .is_static = TRUE,
    };
    GError *error = NULL;
    const double start = bench_now();

    self->spread = cpsf_spread_new(self->snapshot, self->policy, &how, &error);
    must(self->spread != NULL, error);

    double seconds = bench_now() - start;

    bench_report(title(self, "spread graph"), (double) self->snapshot->out.m, "edges", &seconds, 1);
}

static void
compare(Subject *self)
{
    const CpsfSpread *s = self->spread;
    g_autofree CpsfChanceKey *key = g_new(CpsfChanceKey, (size_t) s->graph.n);
    g_autofree int32_t *asked = g_new(int32_t, (size_t) s->graph.n);
    const double pagerank = measure_pagerank(self);
    const double work = (double) s->graph.m * (double) self->options->worlds * 4.0;
    CpsfBlastSums sums = {0};
    double ours = 0.0;
    double both = 0.0;

    ask_about_all(self, key, asked);
    BENCH(title(self, "blast radii, one thread"), work, "ranks over edges", self->options->runs,
          ours, {
              cpsf_blast_sums_clear(&sums);
              sums = measure_radii(self);
          });
    bench_ratio(title(self, "blast radii / PageRank"), ours / pagerank);
    self->question.threads = 2;
    BENCH(title(self, "blast radii, two threads"), work, "ranks over edges", 1, both, {
        cpsf_blast_sums_clear(&sums);
        sums = measure_radii(self);
    });
    bench_ratio(title(self, "one thread / two threads"), ours / both);
    check_nodes(self, &sums);
    cpsf_blast_sums_clear(&sums);
    printf("{\"memory\":\"%s\",\"peak_mib\":%.0f}\n", self->name, bench_peak_mib());
}

static void
measure(const char *name, TestGraphShape shape, const Options *options)
{
    Subject self = {.options = options, .name = name};
    CpsfGraph *graph = make_graph(shape, options);
    GError *error = NULL;

    set_chances(graph);
    self.policy = make_policy();
    self.snapshot = cpsf_graph_snapshot(graph, 0, &error);
    must(self.snapshot != NULL, error);
    make_spread(&self);
    compare(&self);
    cpsf_spread_unref(self.spread);
    cpsf_snapshot_unref(self.snapshot);
    cpsf_policy_unref(self.policy);
    cpsf_graph_unref(graph);
}

int
main(int argc, char **argv)
{
    Options options = {1000000, 10000000, 256, 3};

    for (int i = 1; i < argc; i += 2) {
        const int64_t value = bench_number(argv[i + 1]);

        if (strcmp(argv[i], "--nodes") == 0)
            options.n = (int32_t) value;
        else if (strcmp(argv[i], "--edges") == 0)
            options.m = value;
        else if (strcmp(argv[i], "--worlds") == 0)
            options.worlds = value;
        else if (strcmp(argv[i], "--runs") == 0)
            options.runs = (int) MIN(value, BENCH_MAX_RUNS);
        else
            must(FALSE, NULL);
    }
    printf("{\"kernel\":\"%s\"}\n", cpsf_kernels_get_name());
    measure("software-like", TEST_GRAPH_SOFTWARE, &options);
    measure("company-like", TEST_GRAPH_COMPANY, &options);
    return 0;
}
