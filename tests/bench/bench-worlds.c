/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The worlds engine beside its peers on the same graphs: bench-worlds [--nodes N] [--edges M]
 * [--runs R], 1 million nodes, 10 million edges and 5 runs by default.
 *
 * For a software-like and a company-like graph, with c = 1 everywhere and with c = 1/2 on half of the
 * edges: one plane of 512 worlds against one breadth-first search for each world, plainly written
 * below; 4,096 worlds in both planes, end to end on a built snapshot, with one thread and with all,
 * against one personalised PageRank of igraph; a run after the opinion of one node changed against
 * the full run; and the STREAM triad of the machine beside the bytes that a sweep moves.
 */

#include "config.h"

#include <igraph.h>
#include <math.h>
#include <string.h>

#include "bench.h"
#include "cpsf-kernels-private.h"
#include "cpsf-worlds-private.h"
#include "graphgen.h"

enum { WORLDS = 4096, SEARCHES = 4, CHANGES = 31 };

typedef struct {
    int32_t n;
    int64_t m;
    int runs;
} Options;

/* A graph with opinions, ready to be asked. */
typedef struct {
    const Options *options;
    const char *name;
    CpsfSnapshot *snapshot;
    CpsfPolicy *policy;
    CpsfWorldsPlan *plan;
    CpsfOpinion *own;
    CpsfWorldsFailures failures;
    char line[120];
} Subject;

/* A bench that cannot go on says why and ends. */
static void
must(gboolean done, GError *error)
{
    if (done)
        return;
    fprintf(stderr, "bench-worlds: %s\n", error != NULL ? error->message : "failed");
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

/* Everyone fails by himself with probability @p in plane 1, one in a hundred of them in plane 2. */
static void
set_opinions(Subject *self, double p)
{
    GError *error = NULL;
    uint64_t state = 9;

    for (int32_t v = 0; v < self->snapshot->graph->n_nodes; v++) {
        const gboolean refuted = test_random_below(&state, 100) == 0;

        self->own[v] = refuted ? (CpsfOpinion){1.0 - 2.0 * p, p, p} : (CpsfOpinion){1.0 - p, 0, p};
    }
    cpsf_worlds_failures_clear(&self->failures);
    must(cpsf_worlds_failures_init(&self->failures, self->plan, self->own, &error), error);
}

static void
make_plan(Subject *self)
{
    GError *error = NULL;

    g_clear_pointer(&self->plan, cpsf_worlds_plan_unref);
    self->plan = cpsf_worlds_plan_new(self->snapshot, self->policy, FALSE, &error);
    must(self->plan != NULL, error);
}

/* One plane of one block. */
static void
sweep_block(const Subject *self, CpsfWorldsWork *work, int plane, uint16_t *counts)
{
    const CpsfWorldsKernel *kernel = cpsf_kernels_get_worlds();
    const CpsfWorldsOwn own = cpsf_worlds_failures_of(&self->failures, self->plan, plane);
    const CpsfWorldsChance chance = {.seed = cpsf_chance_seed(1)};
    CpsfLanes all __attribute__((aligned(64)));

    memset(&all, 0xff, sizeof all);
    kernel->fill(self->plan->graph.n, &own, &chance, work);
    kernel->sweep(&self->plan->graph, &chance, work);
    kernel->count(self->plan->graph.n, work->words, &all, counts);
}

static double
draw(uint64_t key, uint64_t world)
{
    return (double) (cpsf_chance_mix(key * CPSF_CHANCE_STEP + cpsf_chance_mix(world)) >> 11) *
           0x1p-53;
}

/* The same question for one world as anybody would write it. */
static int64_t
search_world(const Subject *self, const double *c, uint64_t world, uint8_t *failed, int32_t *queue)
{
    const CpsfCsr *out = &self->snapshot->out;
    int32_t n = 0;

    for (int32_t v = 0; v < out->n; v++) {
        failed[v] = draw((uint64_t) v, world) >= self->own[v].belief;
        if (failed[v])
            queue[n++] = v;
    }
    for (int32_t i = 0; i < n; i++) {
        const int32_t v = queue[i];

        for (int64_t e = out->offsets[v]; e < out->offsets[v + 1]; e++) {
            const int32_t head = out->heads[e];

            if (failed[head] || (c[e] < 1.0 && draw((uint64_t) e << 32, world) >= c[e]))
                continue;
            failed[head] = 1;
            queue[n++] = head;
        }
    }
    return n;
}

static double *
list_criticality(const Subject *self)
{
    const CpsfSnapshot *s = self->snapshot;
    double *c = g_new(double, (size_t) s->out.m + 1);

    for (int64_t e = 0; e < s->out.m; e++) {
        const double stated = s->graph->edges.items[s->out_row[e]].criticality;

        c[e] = isnan(stated) ? 1.0 : stated;
    }
    return c;
}

static void
compare_planes(Subject *self, double p)
{
    const int32_t n = self->snapshot->graph->n_nodes;
    CpsfWorldsRoom room = {0};
    GError *error = NULL;
    uint16_t *counts = g_new(uint16_t, (size_t) n);
    uint8_t *failed = g_new(uint8_t, (size_t) n);
    int32_t *queue = g_new(int32_t, (size_t) n);
    double *c = list_criticality(self);
    double ours = 0.0;
    double theirs = 0.0;
    int64_t reached = 0;
    uint64_t world = 0;
    char what[60];

    set_opinions(self, p);
    must(cpsf_worlds_room_init(&room, self->plan, &error), error);
    snprintf(what, sizeof what, "512 worlds, one plane, p %g", p);
    BENCH(title(self, what), CPSF_N_LANES, "worlds", self->options->runs, ours,
          sweep_block(self, &room.work, 0, counts));
    snprintf(what, sizeof what, "a search a world, p %g", p);
    BENCH(title(self, what), 1, "worlds", SEARCHES, theirs,
          reached += search_world(self, c, world++, failed, queue));
    snprintf(what, sizeof what, "per world, search / ours, p %g (%.1f %% fail)", p,
             100.0 * (double) reached / (double) world / n);
    bench_ratio(title(self, what), theirs * CPSF_N_LANES / ours);
    cpsf_worlds_room_clear(&room);
    g_free(counts);
    g_free(failed);
    g_free(queue);
    g_free(c);
}

/* Plan, failures, worlds: all that trust does between a snapshot with opinions and its figures. */
static void
run_end_to_end(Subject *self, int threads)
{
    const CpsfWorldsOptions how = {.worlds = WORLDS, .threads = threads};
    CpsfWorldsCounts counts = {0};
    GError *error = NULL;

    make_plan(self);
    cpsf_worlds_failures_clear(&self->failures);
    must(cpsf_worlds_failures_init(&self->failures, self->plan, self->own, &error), error);
    must(cpsf_worlds_run(self->plan, &self->failures, &how, &counts, &error), error);
    cpsf_worlds_counts_clear(&counts);
}

/* The worlds alone, on a plan that is there. */
static void
run_worlds(Subject *self, int threads)
{
    const CpsfWorldsOptions how = {.worlds = WORLDS, .threads = threads};
    CpsfWorldsCounts counts = {0};
    GError *error = NULL;

    must(cpsf_worlds_run(self->plan, &self->failures, &how, &counts, &error), error);
    cpsf_worlds_counts_clear(&counts);
}

static void
compare_threads(Subject *self)
{
    double one = 0.0;
    double two = 0.0;

    BENCH(title(self, "4096 worlds on a plan, one thread"), WORLDS, "worlds", self->options->runs,
          one, run_worlds(self, 1));
    BENCH(title(self, "4096 worlds on a plan, two threads"), WORLDS, "worlds", self->options->runs,
          two, run_worlds(self, 2));
    bench_ratio(title(self, "on a plan, one thread / two threads"), one / two);
}

static void
take_pagerank(const igraph_t *graph, const igraph_vector_t *reset)
{
    igraph_vector_t ranks;

    must(igraph_vector_init(&ranks, 0) == IGRAPH_SUCCESS, NULL);
    must(igraph_personalized_pagerank(graph, IGRAPH_PAGERANK_ALGO_PRPACK, &ranks, NULL,
                                      igraph_vss_all(), IGRAPH_DIRECTED, 0.85, reset, NULL,
                                      NULL) == IGRAPH_SUCCESS,
         NULL);
    igraph_vector_destroy(&ranks);
}

static double
measure_pagerank(Subject *self)
{
    const CpsfCsr *out = &self->snapshot->out;
    igraph_vector_int_t ends;
    igraph_vector_t reset;
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
    must(igraph_vector_init(&reset, out->n) == IGRAPH_SUCCESS, NULL);
    for (int32_t v = 0; v < out->n; v += 1000)
        VECTOR(reset)[v] = 1.0;
    BENCH(title(self, "igraph personalised PageRank"), (double) out->m, "edges", 3, seconds,
          take_pagerank(&graph, &reset));
    igraph_vector_destroy(&reset);
    igraph_destroy(&graph);
    return seconds;
}

/* A line of /proc/self/status in MiB; 0 where there is none. */
static double
status_mib(const char *name)
{
    char line[200];
    long kib = 0;
    FILE *status = fopen("/proc/self/status", "r");

    while (status != NULL && fgets(line, sizeof line, status) != NULL)
        if (strncmp(line, name, strlen(name)) == 0)
            kib = atol(line + strlen(name) + 1);
    if (status != NULL)
        fclose(status);
    return (double) kib / 1024.0;
}

/* What a run takes above the graph and its snapshot, at its highest. */
static void
measure_memory(Subject *self, int threads)
{
    FILE *peak = fopen("/proc/self/clear_refs", "w");

    g_clear_pointer(&self->plan, cpsf_worlds_plan_unref);
    cpsf_worlds_failures_clear(&self->failures);
    if (peak != NULL) {
        fputs("5", peak); /* the highest so far is that of now */
        fclose(peak);
    }

    const double before = status_mib("VmRSS");

    run_end_to_end(self, threads);

    const double mib = status_mib("VmHWM") - before;

    printf("{\"memory\":\"%s\",\"threads\":%d,\"mib\":%.0f,\"bytes_per_node\":%.0f,"
           "\"bytes_per_node_less_24_an_edge\":%.0f}\n",
           self->name, threads, mib, mib * 1048576.0 / self->snapshot->out.n,
           (mib * 1048576.0 - 24.0 * (double) self->snapshot->out.m) / self->snapshot->out.n);
}

static double
compare_end_to_end(Subject *self, double pagerank)
{
    const int runs = MAX(self->options->runs / 2, 1);
    double one = 0.0;
    double all = 0.0;

    BENCH(title(self, "4096 worlds, both planes, one thread"), WORLDS, "worlds", runs, one,
          run_end_to_end(self, 1));
    BENCH(title(self, "4096 worlds, both planes, two threads"), WORLDS, "worlds", runs, all,
          run_end_to_end(self, 2));
    bench_ratio(title(self, "one thread / two threads"), one / all);
    bench_ratio(title(self, "4096 worlds / PageRank, one thread"), one / pagerank);
    measure_memory(self, 1);
    measure_memory(self, 2);
    return one;
}

/* One node's opinion is another: what relies on it is counted again. */
static double
change_one(Subject *self, int32_t node)
{
    const CpsfOpinion was = self->own[node];
    CpsfWorldsUpdate update;
    const CpsfWorldsOptions how = {.worlds = WORLDS, .threads = 1};
    GError *error = NULL;
    const double start = bench_now();

    self->own[node] = (CpsfOpinion){0, 0.5, 0.5};
    must(cpsf_worlds_rerun(self->plan, self->own, &node, 1, &how, &update, &error), error);

    const double seconds = bench_now() - start;

    cpsf_worlds_update_clear(&update);
    self->own[node] = was;
    return seconds;
}

static void
compare_incremental(Subject *self, double full)
{
    double times[CHANGES];
    uint64_t state = 3;
    double median;

    for (int i = 0; i < CHANGES; i++)
        times[i] = change_one(
            self, (int32_t) test_random_below(&state, (uint32_t) self->snapshot->graph->n_nodes));
    median =
        bench_report(title(self, "one opinion changed, one thread"), 1, "changes", times, CHANGES);
    bench_ratio(title(self, "one opinion changed / full run"), median / full);
}

static void
triad(double *a, const double *b, const double *c, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        a[i] = b[i] + 3.0 * c[i];
    __asm__ volatile("" : : "r"(a) : "memory");
}

static void
measure_triad(const Subject *self)
{
    const int64_t n = 20000000;
    double *a = g_new0(double, (size_t) n);
    double *b = g_new0(double, (size_t) n);
    double *c = g_new0(double, (size_t) n);
    double seconds = 0.0;
    const CpsfWorldsGraph *g = &self->plan->graph;

    BENCH("STREAM triad, one thread", 24e-9 * (double) n, "GB", 5, seconds, triad(a, b, c, n));

    /* own bits and words written and read, a tail and a line for each edge */
    const double gb = 1e-9 * (68.0 * (double) g->in_start[g->n] + 161.0 * (double) g->n);

    printf("{\"sweep\":\"%s\",\"gb\":%.3f,\"seconds_at_triad_speed\":%.4f}\n", self->name, gb,
           gb * seconds / (24e-9 * (double) n));
    g_free(a);
    g_free(b);
    g_free(c);
}

/* Half of the edges are felt half of the time. */
static void
halve(CpsfGraph *graph)
{
    for (int64_t i = 0; i < graph->edges.n; i++)
        if ((cpsf_chance_mix((uint64_t) i) & 1) != 0)
            graph->edges.items[i].criticality = 0.5;
}

static void
measure(const char *name, TestGraphShape shape, const Options *options)
{
    Subject self = {.options = options, .name = name};
    CpsfGraph *graph = make_graph(shape, options);
    GError *error = NULL;
    double seconds = 0.0;
    static const double ps[] = {1e-5, 1e-3, 1e-1};

    self.policy = cpsf_policy_new_default();
    self.snapshot = cpsf_graph_snapshot(graph, 0, &error);
    must(self.snapshot != NULL, error);
    self.own = g_new0(CpsfOpinion, (size_t) graph->n_nodes);
    for (int half = 0; half < 2; half++) {
        double full;
        g_autofree char *named = g_strdup_printf("%s, c %s", name, half ? "1/2 on half" : "1");

        self.name = named;
        if (half)
            halve(graph);
        BENCH(title(&self, "plan"), (double) self.snapshot->out.m, "edges", options->runs, seconds,
              make_plan(&self));
        printf("{\"edges a second into a plan\":%.4g}\n", (double) self.snapshot->out.m / seconds);
        for (size_t i = 0; i < G_N_ELEMENTS(ps); i++)
            compare_planes(&self, ps[i]);
        if (!half)
            measure_triad(&self);
        set_opinions(&self, 1e-3);
        full = compare_end_to_end(&self, half ? 0.0 : measure_pagerank(&self));
        compare_threads(&self);
        compare_incremental(&self, full);
    }
    cpsf_worlds_failures_clear(&self.failures);
    cpsf_worlds_plan_unref(self.plan);
    cpsf_snapshot_unref(self.snapshot);
    cpsf_policy_unref(self.policy);
    cpsf_graph_unref(graph);
    g_free(self.own);
}

int
main(int argc, char **argv)
{
    Options options = {1000000, 10000000, 5};

    for (int i = 1; i < argc; i += 2) {
        const int64_t value = bench_number(argv[i + 1]);

        if (strcmp(argv[i], "--nodes") == 0)
            options.n = (int32_t) value;
        else if (strcmp(argv[i], "--edges") == 0)
            options.m = value;
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
