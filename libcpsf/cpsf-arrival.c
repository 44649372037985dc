/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * First arrivals, settled in order of time.  The queue is a radix heap: times come out in order, so
 * that one put in differs from the last taken out in some highest bit, and lies in the bucket of that
 * bit.  Source: R. Ahuja, K. Mehlhorn, J. Orlin, R. Tarjan, "Faster algorithms for the shortest path
 * problem", J. ACM 37 (1990).
 */

#include "config.h"

#include "cpsf-arrival-private.h"
#include "cpsf-mem-private.h"

enum {
    N_BUCKETS = 65,
    GIVE_UP =
        128, /* a queue for one edge in so many contacts costs little beside a pass over all */
    POLL = 0xffff, /* entries between looks at the cancellable, less 1 */
};

typedef struct {
    int64_t time;
    int32_t vertex;
} Entry;

typedef struct {
    CPSF_ARRAY(Entry) buckets[N_BUCKETS];
    uint64_t filled; /* bit i - 1: bucket i holds something */
    int64_t last;    /* taken out */
} Queue;

typedef struct {
    const CpsfEventsGraph *graph;
    int64_t end;
    int64_t *arrival;
    int32_t *opened; /* (owned) of each gate: slots affected */
    int64_t budget;  /* edges that may be looked at before it is given up */
    Queue queue;
} Search;

static int
bucket_of(const Queue *self, int64_t time)
{
    const uint64_t differs = (uint64_t) time ^ (uint64_t) self->last;

    return differs == 0 ? 0 : 64 - __builtin_clzll(differs);
}

static gboolean
put(Queue *self, Entry entry, GError **error)
{
    const int i = bucket_of(self, entry.time);
    Entry *slot = self->buckets[i].n < self->buckets[i].capacity
                      ? &self->buckets[i].items[self->buckets[i].n++]
                      : cpsf_array_add(&self->buckets[i], error);

    if (slot == NULL)
        return FALSE;
    *slot = entry;
    if (i > 0)
        self->filled |= UINT64_C(1) << (i - 1);
    return TRUE;
}

/* Fills bucket 0 with what comes next.  FALSE with NO_MEMORY. */
static gboolean
refill(Queue *self, GError **error)
{
    const int i = __builtin_ctzll(self->filled) + 1;
    const Entry *entries = self->buckets[i].items;
    const int64_t n = self->buckets[i].n;

    self->last = entries[0].time;
    for (int64_t k = 1; k < n; k++)
        self->last = MIN(self->last, entries[k].time);
    self->buckets[i].n = 0;
    self->filled &= ~(UINT64_C(1) << (i - 1));
    for (int64_t k = 0; k < n; k++) /* to lower buckets, so that these stay as they are */
        if (!put(self, entries[k], error))
            return FALSE;
    return TRUE;
}

static gboolean
reach(Search *self, int32_t v, int64_t time, GError **error)
{
    if (time > self->end || time >= self->arrival[v])
        return TRUE;
    self->arrival[v] = time;
    return put(&self->queue, (Entry){time, v}, error);
}

/* Everything out of @v, affected at @time. */
static gboolean
pass_on(Search *self, int32_t v, int64_t time, GError **error)
{
    const CpsfEventsGraph *g = self->graph;
    const int32_t gate = g->gate_of != NULL ? g->gate_of[v] : -1;

    if (gate >= 0)
        return ++self->opened[gate] != g->gate_need[gate] ||
               reach(self, g->gate_vertex[gate], time, error);
    self->budget -= g->start[v + 1] - g->start[v];
    for (int64_t e = g->start[v]; e < g->start[v + 1]; e++) {
        const int64_t arrives = cpsf_arrival_by(g, v, e, time);

        if (arrives != CPSF_ARRIVAL_NEVER && !reach(self, g->head[e], arrives, error))
            return FALSE;
    }
    return TRUE;
}

/* What is left of the budget is below 0 if it was given up. */
static gboolean
search(Search *self, GCancellable *cancellable, GError **error)
{
    Queue *q = &self->queue;

    for (int64_t n = 0; self->budget >= 0; n++) {
        if (q->buckets[0].n == 0) {
            if (q->filled == 0)
                return TRUE;
            if (!refill(q, error))
                return FALSE;
        }

        const Entry entry = q->buckets[0].items[--q->buckets[0].n];

        if ((n & POLL) == POLL && g_cancellable_is_cancelled(cancellable))
            return cpsf_fail(error, CPSF_ERROR_CANCELLED, "looking for arrivals was cancelled");
        if (entry.time == self->arrival[entry.vertex] &&
            !pass_on(self, entry.vertex, entry.time, error))
            return FALSE;
    }
    return TRUE;
}

gboolean
cpsf_arrival_run(const CpsfEventsGraph *graph,
                 const CpsfArrivalContacts *contacts,
                 const CpsfEventsSource *sources,
                 int32_t n_sources,
                 int64_t end,
                 GCancellable *cancellable,
                 int64_t *arrival,
                 GError **error)
{
    Search self = {
        .graph = graph,
        .end = end,
        .arrival = arrival,
        .budget = contacts != NULL ? cpsf_arrival_contacts_count(contacts) / GIVE_UP : INT64_MAX,
        .queue = {.last = INT64_MIN},
    };
    gboolean is_done = TRUE;

    if (g_cancellable_is_cancelled(cancellable))
        return cpsf_fail(error, CPSF_ERROR_CANCELLED, "looking for arrivals was cancelled");
    self.opened = cpsf_try_new0(int32_t, (size_t) graph->n_gates, error);
    if (self.opened == NULL)
        return FALSE;
    for (int32_t v = 0; v < graph->n; v++)
        arrival[v] = CPSF_ARRIVAL_NEVER;
    for (int32_t i = 0; is_done && i < n_sources; i++)
        is_done = reach(&self, sources[i].vertex, sources[i].time, error);
    is_done = is_done && search(&self, cancellable, error);
    for (int i = 0; i < N_BUCKETS; i++)
        g_free(self.queue.buckets[i].items);
    g_free(self.opened);
    if (is_done && self.budget < 0)
        return cpsf_arrival_run_contacts(contacts, sources, n_sources, cancellable, arrival, error);
    return is_done;
}
