/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * First arrivals beside a peer in the same run: bench-arrival [--nodes N] [--edges M] [--runs R],
 * 1 million nodes, 10 million edges and 5 runs by default.
 *
 * On a software-like and a company-like graph, with a contact at one random microsecond on each edge,
 * and with an interval on each edge, 1,000 sources in the first day (a campaign; one alone reaches next
 * to nothing of the software-like graph): against a temporal Dijkstra with a binary heap, plainly
 * written below, on the same arrays.  Contacts are sorted once for all campaigns: that is timed by
 * itself, and both ratios are given.
 */

#include "config.h"

#include <string.h>

#include "bench.h"
#include "cpsf-arrival-private.h"
#include "graphgen.h"

enum { SOURCES = 1000 };

#define DAYS_30 (INT64_C(30) * 24 * 3600 * 1000000)

typedef struct {
    int32_t n;
    int64_t m;
    int runs;
} Options;

typedef struct {
    const Options *options;
    const char *name;
    CpsfCsr csr;
    CpsfEventsWindow *windows;
    int32_t *window;
    CpsfEventsGraph graph;
    CpsfEventsSource sources[SOURCES];
    int64_t *arrival;
    int64_t *expected;
    char line[120];
} Subject;

/* A bench that cannot go on says why and ends. */
static void
must(gboolean done, const char *what)
{
    if (done)
        return;
    fprintf(stderr, "bench-arrival: %s\n", what);
    exit(1);
}

static const char *
title(Subject *self, const char *what)
{
    snprintf(self->line, sizeof self->line, "%s, %s", what, self->name);
    return self->line;
}

/* ---- the peer ---- */

typedef struct {
    int64_t time;
    int32_t vertex;
} Entry;

typedef struct {
    Entry *entries; /* from 1 */
    int64_t n;
    int64_t capacity;
} Heap;

static void
heap_push(Heap *heap, int64_t time, int32_t vertex)
{
    int64_t i = ++heap->n;

    if (i >= heap->capacity) {
        heap->capacity = MAX(2 * heap->capacity, 1024);
        heap->entries = g_realloc_n(heap->entries, (size_t) heap->capacity, sizeof(Entry));
    }
    for (; i > 1 && heap->entries[i / 2].time > time; i /= 2)
        heap->entries[i] = heap->entries[i / 2];
    heap->entries[i] = (Entry){time, vertex};
}

static Entry
heap_pop(Heap *heap)
{
    const Entry first = heap->entries[1];
    const Entry last = heap->entries[heap->n--];
    int64_t i = 1;

    for (int64_t child = 2; child <= heap->n; i = child, child = 2 * i) {
        child += child < heap->n && heap->entries[child + 1].time < heap->entries[child].time;
        if (heap->entries[child].time >= last.time)
            break;
        heap->entries[i] = heap->entries[child];
    }
    heap->entries[i] = last;
    return first;
}

static void
dijkstra(const CpsfEventsGraph *graph, const CpsfEventsSource *sources, int64_t *arrival)
{
    Heap heap = {0};

    for (int32_t v = 0; v < graph->n; v++)
        arrival[v] = INT64_MAX;
    for (int i = 0; i < SOURCES; i++)
        if (sources[i].time < arrival[sources[i].vertex]) {
            arrival[sources[i].vertex] = sources[i].time;
            heap_push(&heap, sources[i].time, sources[i].vertex);
        }
    while (heap.n > 0) {
        const Entry entry = heap_pop(&heap);

        if (entry.time > arrival[entry.vertex])
            continue;
        for (int64_t e = graph->start[entry.vertex]; e < graph->start[entry.vertex + 1]; e++) {
            const CpsfEventsWindow *window = &graph->windows[graph->window[e]];
            const int64_t departure = MAX(entry.time, window->since);

            if (departure >= window->until || departure + window->delay > DAYS_30 ||
                departure + window->delay >= arrival[graph->head[e]])
                continue;
            arrival[graph->head[e]] = departure + window->delay;
            heap_push(&heap, departure + window->delay, graph->head[e]);
        }
    }
    g_free(heap.entries);
}

/* ---- graphs ---- */

static int64_t
draw_time(uint64_t *state)
{
    return (int64_t) (test_random(state) % (uint64_t) DAYS_30);
}

/* Contacts at a random time with a delay of up to an hour; or open for a day on average from a random
 * time on, with one of up to a day. */
static void
draw_windows(Subject *self, gboolean instants)
{
    uint64_t state = 7;

    for (int64_t e = 0; e < self->csr.m; e++) {
        const int64_t since = draw_time(&state);
        const int64_t length = instants ? 1 : 1 + draw_time(&state) / 15;

        self->windows[e] =
            (CpsfEventsWindow){since, since + length, draw_time(&state) / (instants ? 720 : 30)};
        self->window[e] = (int32_t) e;
    }
}

static void
draw_sources(Subject *self)
{
    uint64_t state = 11;
    int64_t reached = 0;

    for (int i = 0; i < SOURCES; i++)
        self->sources[i] = (CpsfEventsSource){
            (int32_t) test_random_below(&state, (uint32_t) self->csr.n), draw_time(&state) / 30};
    dijkstra(&self->graph, self->sources, self->expected);
    for (int32_t v = 0; v < self->csr.n; v++)
        reached += self->expected[v] != INT64_MAX;
    printf("{\"reached\":\"%s\",\"nodes\":%" G_GINT64_FORMAT "}\n", self->name, reached);
}

static void
check(const Subject *self)
{
    must(memcmp(self->arrival, self->expected, (size_t) self->csr.n * sizeof(int64_t)) == 0,
         "peers differ");
    memset(self->arrival, 0, (size_t) self->csr.n * sizeof(int64_t));
}

/* ---- measurements ---- */

static void
run(Subject *self)
{
    must(cpsf_arrival_run(&self->graph, NULL, self->sources, SOURCES, DAYS_30, NULL, self->arrival,
                          NULL),
         "no run");
}

static void
run_contacts(Subject *self, const CpsfArrivalContacts *contacts)
{
    must(cpsf_arrival_run(&self->graph, contacts, self->sources, SOURCES, DAYS_30, NULL,
                          self->arrival, NULL),
         "no run");
}

static void
sort_contacts(Subject *self, CpsfArrivalContacts **contacts)
{
    cpsf_arrival_contacts_free(*contacts);
    *contacts = cpsf_arrival_contacts_new(&self->graph, DAYS_30, NULL);
    must(*contacts != NULL, "no contacts");
}

static void
compare_contacts(Subject *self, double heap)
{
    const double m = (double) self->csr.m;
    CpsfArrivalContacts *contacts = NULL;
    double sort;
    double pass;

    must(cpsf_arrival_has_contacts_only(&self->graph, DAYS_30), "not contacts only");
    BENCH(title(self, "sort of contacts"), m, "edges", self->options->runs, sort,
          sort_contacts(self, &contacts));
    BENCH(title(self, "one pass over contacts"), m, "edges", self->options->runs, pass,
          run_contacts(self, contacts));
    check(self);
    bench_ratio(title(self, "heap / one pass, sort shared by sources"), heap / pass);
    bench_ratio(title(self, "heap / sort and one pass"), heap / (sort + pass));
    cpsf_arrival_contacts_free(contacts);
}

static void
measure(const char *name, TestGraphShape shape, gboolean instants, const Options *options)
{
    TestGraph *generated = test_graph_new(shape, options->n, options->m, 1);
    Subject self = {.options = options, .name = name};
    const double m = (double) options->m;
    double heap;
    double queue;

    test_graph_index(generated, &self.csr);
    test_graph_free(generated);
    self.windows = g_new(CpsfEventsWindow, (size_t) self.csr.m);
    self.window = g_new(int32_t, (size_t) self.csr.m);
    self.arrival = g_new(int64_t, (size_t) self.csr.n);
    self.expected = g_new(int64_t, (size_t) self.csr.n);
    draw_windows(&self, instants);
    self.graph = (CpsfEventsGraph){.n = self.csr.n,
                                   .m = self.csr.m,
                                   .start = self.csr.offsets,
                                   .head = self.csr.heads,
                                   .window = self.window,
                                   .windows = self.windows};
    draw_sources(&self);
    BENCH(title(&self, "temporal Dijkstra, binary heap"), m, "edges", options->runs, heap,
          dijkstra(&self.graph, self.sources, self.arrival));
    BENCH(title(&self, "first arrivals"), m, "edges", options->runs, queue, run(&self));
    check(&self);
    bench_ratio(title(&self, "heap / first arrivals"), heap / queue);
    if (instants)
        compare_contacts(&self, heap);
    cpsf_csr_clear(&self.csr);
    g_free(self.windows);
    g_free(self.window);
    g_free(self.arrival);
    g_free(self.expected);
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
            options.m = MIN(value, INT32_MAX);
        else if (strcmp(argv[i], "--runs") == 0)
            options.runs = (int) MIN(value, BENCH_MAX_RUNS);
        else
            must(FALSE, "usage: bench-arrival [--nodes N] [--edges M] [--runs R]");
    }
    measure("software-like, instants", TEST_GRAPH_SOFTWARE, TRUE, &options);
    measure("company-like, instants", TEST_GRAPH_COMPANY, TRUE, &options);
    measure("software-like, intervals", TEST_GRAPH_SOFTWARE, FALSE, &options);
    measure("company-like, intervals", TEST_GRAPH_COMPANY, FALSE, &options);
    printf("{\"peak_mib\":%.0f}\n", bench_peak_mib());
    return 0;
}
