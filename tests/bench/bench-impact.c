/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * What an incident does, beside one search a world on the same graph: bench-impact [--nodes N]
 * [--edges M] [--worlds W] [--runs R], 1 million nodes, 10 million edges, 4,096 worlds and 3 runs by
 * default.
 *
 * Ten nodes stop; an edge passes it on with a chance of its own, even in [0, 2p], for mean p of 0.05,
 * 0.15 and 0.30, on a software-like and a company-like graph.  The peer is the search that anybody
 * would write: a queue, one byte a node, one number drawn at each edge looked at.  Both must find the
 * same mean.  Building the spread graph, which the peer has for nothing, is given by itself, and so is
 * what cpsf_impact() takes with everything.
 */

#include "config.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "checkgen.h"
#include "cpsf-impact-private.h"
#include "cpsf-kernels.h"
#include "graphgen.h"

enum {
    N_SEEDS = 10,
    POPULAR = 100, /* seeds are among so many with the most edges out */
    MAX_SEARCHES = 512,
};

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
    CpsfSpreadIncident seeds[N_SEEDS];
    double mean_p;
    char line[160];
} Subject;

/* A bench that cannot go on says why and ends. */
static void
must(gboolean done, GError *error)
{
    if (done)
        return;
    fprintf(stderr, "bench-impact: %s\n", error != NULL ? error->message : "failed");
    exit(1);
}

static const char *
title(Subject *self, const char *what)
{
    snprintf(self->line, sizeof self->line, "%s, %s, mean p %g", what, self->name, self->mean_p);
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
set_chances(Subject *self)
{
    CpsfGraph *graph = self->snapshot->graph;

    for (int64_t i = 0; i < graph->edges.n; i++)
        graph->edges.items[i].criticality = 2.0 * self->mean_p * draw((uint64_t) i, 77);
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

/* How many nodes one world affects. */
static int32_t
search_world(Search *self, const CpsfSpreadIncident *seeds, uint64_t world)
{
    const CpsfCsr *out = self->out;
    const uint64_t mixed = cpsf_chance_mix(world + 1);
    int32_t n = 0;

    for (int i = 0; i < N_SEEDS; i++) {
        self->seen[seeds[i].node] = 1;
        self->queue[n++] = seeds[i].node;
    }
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

/* Seconds a world on average, as worlds differ: as many as two seconds allow, 16 at least. */
static double
time_searches(Subject *self, Search *search, double *found, int *n)
{
    const double start = bench_now();
    double seconds = 0.0;

    for (*n = 0; *n < MAX_SEARCHES && (*n < 16 || seconds < 2.0); ++*n) {
        found[*n] = search_world(search, self->seeds, (uint64_t) *n);
        seconds = bench_now() - start;
    }
    seconds /= *n;
    bench_report(title(self, "a search a world, mean"), 1.0, "worlds", &seconds, 1);
    return seconds;
}

static CpsfSpread *
make_spread(const Subject *self)
{
    const CpsfSpreadOptions how = {
        .incidents = self->seeds,
        .n_incidents = N_SEEDS,
        .is_static = TRUE,
    };
    GError *error = NULL;
    CpsfSpread *spread = cpsf_spread_new(self->snapshot, self->policy, &how, &error);

    must(spread != NULL, error);
    return spread;
}

static CpsfImpactReport
sample(const Subject *self, const CpsfSpread *spread, const CpsfImpactNodes *nodes, int threads)
{
    const CpsfImpactOptions how = {
        .is_static = TRUE,
        .worlds = self->options->worlds,
        .threads = threads,
        .n_incidents = N_SEEDS,
    };
    CpsfImpactTally tally;
    GError *error = NULL;

    must(cpsf_impact_sample(spread, nodes, &how, &tally, &error), error);

    const CpsfImpactReport report = tally.report;

    cpsf_impact_tally_clear(&tally);
    return report;
}

/* What the search finds on average, and how far ours may be from it by chance. */
static void
compare_means(const Subject *self, const CpsfImpactReport *report, const double *found, int n)
{
    double mean = 0.0;
    double squares = 0.0;

    for (int i = 0; i < n; i++)
        mean += found[i] / n;
    for (int i = 0; i < n; i++)
        squares += (found[i] - mean) * (found[i] - mean);

    const double error = sqrt(squares / (n - 1) / n + report->nodes_stderr * report->nodes_stderr);

    printf("{\"reached\":\"%s\",\"mean_p\":%g,\"share\":%.4f,\"ours\":%.1f,\"search\":%.1f,"
           "\"z\":%.2f}\n",
           self->name, self->mean_p, report->nodes / self->snapshot->out.n, report->nodes, mean,
           error > 0.0 ? (report->nodes - mean) / error : 0.0);
}

static void
compare_worlds(Subject *self, CpsfSpread *spread)
{
    const int64_t worlds = self->options->worlds;
    CpsfImpactNodes nodes;
    CpsfImpactReport report = {0};
    GError *error = NULL;
    Search search;
    double found[MAX_SEARCHES];
    double ours = 0.0;
    double both = 0.0;
    double theirs = 0.0;
    int n = 0;

    must(cpsf_impact_nodes_init(&nodes, spread, NULL, &error), error);
    search_init(&search, self);
    BENCH(title(self, "impact, one thread"), (double) worlds, "worlds", self->options->runs, ours,
          report = sample(self, spread, &nodes, 1));
    BENCH(title(self, "impact, two threads"), (double) worlds, "worlds", 1, both,
          report = sample(self, spread, &nodes, 2));
    theirs = time_searches(self, &search, found, &n);
    bench_ratio(title(self, "per world, search / impact"), theirs * (double) worlds / ours);
    bench_ratio(title(self, "one thread / two threads"), ours / both);
    compare_means(self, &report, found, n);
    search_clear(&search);
    cpsf_impact_nodes_clear(&nodes);
}

static void
print_memory(const Subject *self, const CpsfSpread *spread)
{
    const CpsfEventsGraph *g = &spread->graph;
    const size_t edge = sizeof *g->head + sizeof *g->rule + sizeof *spread->row +
                        (g->window != NULL ? sizeof *g->window : 0) +
                        (g->felt_p != NULL ? sizeof *g->felt_p : 0) +
                        (g->key != NULL ? sizeof *g->key : 0) +
                        (spread->felt_c != NULL ? sizeof *spread->felt_c : 0);

    printf("{\"spread\":\"%s\",\"vertices\":%d,\"edges\":%" G_GINT64_FORMAT
           ",\"bytes_per_edge\":%zu,\"peak_mib\":%.0f}\n",
           self->name, g->n, g->m, edge, bench_peak_mib());
}

static void
measure_chance(Subject *self, double mean_p)
{
    self->mean_p = mean_p;
    set_chances(self);

    const double start = bench_now();
    CpsfSpread *spread = make_spread(self);
    double seconds = bench_now() - start;

    bench_report(title(self, "spread graph"), (double) self->snapshot->out.m, "edges", &seconds, 1);
    compare_worlds(self, spread);
    print_memory(self, spread);
    cpsf_spread_unref(spread);
}

static int
compare_degrees(const void *a, const void *b, void *data)
{
    const CpsfCsr *out = data;
    const int32_t x = *(const int32_t *) a;
    const int32_t y = *(const int32_t *) b;
    const int64_t more =
        (out->offsets[y + 1] - out->offsets[y]) - (out->offsets[x + 1] - out->offsets[x]);

    return more != 0 ? (more > 0) - (more < 0) : (x > y) - (x < y);
}

/* Ten of those that most others rely on: whoever stops matters. */
static void
choose_seeds(Subject *self)
{
    const int32_t n = self->snapshot->out.n;
    g_autofree int32_t *order = g_new(int32_t, (size_t) n);
    uint64_t state = 5;

    for (int32_t v = 0; v < n; v++)
        order[v] = v;
    qsort_r(order, (size_t) n, sizeof *order, compare_degrees, &self->snapshot->out);
    for (int i = 0; i < N_SEEDS; i++)
        self->seeds[i] = (CpsfSpreadIncident){
            .node = order[test_random_below(&state, (uint32_t) MIN(n, POPULAR))],
            .effect = CPSF_EFFECT_OUTAGE,
        };
}

static void
measure(const char *name, TestGraphShape shape, const Options *options)
{
    Subject self = {.options = options, .name = name};
    CpsfGraph *graph = make_graph(shape, options);
    GError *error = NULL;

    self.policy = make_policy();
    self.snapshot = cpsf_graph_snapshot(graph, 0, &error);
    must(self.snapshot != NULL, error);
    choose_seeds(&self);
    measure_chance(&self, 0.01);
    measure_chance(&self, 0.05);
    measure_chance(&self, 0.15);
    measure_chance(&self, 0.30);
    cpsf_snapshot_unref(self.snapshot);
    cpsf_policy_unref(self.policy);
    cpsf_graph_unref(graph);
}

int
main(int argc, char **argv)
{
    Options options = {1000000, 10000000, 4096, 3};

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
