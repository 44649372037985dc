/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The queue of an incident in 512 worlds: moments in a binary heap, what arrives at each moment in a
 * list.  The kernel settles a moment; what it says comes later is put in here.
 */

#include "config.h"

#include <string.h>

#include "cpsf-events-private.h"
#include "cpsf-kernels-private.h"
#include "cpsf-mem-private.h"

enum {
    FEW_LATER = 1024, /* at least so many arrivals between two visits of the kernel */
    LOOK_BACK = 16,   /* arrivals at one vertex that a new one is compared with */
    NONE = -1,
    UNLINKED = -2, /* next_of_vertex of what nothing is compared with */
};

/* What arrives at a vertex at a moment. */
typedef struct {
    CpsfLanes lanes;
    int64_t time;
    int32_t vertex;
    int32_t next; /* of the same moment, or free */
    int32_t next_of_vertex;
} __attribute__((aligned(64))) Arrival;

/* A moment to come. */
typedef struct {
    int64_t time;
    int32_t first; /* its arrivals */
} Moment;

struct _CpsfEventsRoom {
    const CpsfEventsGraph *graph;
    CpsfEventsWork work;
    CpsfLanes *counted; /* in counted_memory: nodes affected in each lane, bit-sliced */
    void *counted_memory, *affected_memory, *reached_memory, *any_memory, *planes_memory,
        *later_memory, *arrival_memory; /* (owned) */
    int64_t *plane_start;               /* (owned) */
    int32_t *of_vertex;                 /* (owned) n: the first arrival to come at each vertex */
    Arrival *arrivals;                  /* in arrival_memory */
    int32_t n_arrivals, room_arrivals;
    int32_t free_arrival;
    CPSF_ARRAY(Moment) heap; /* a binary heap by time */
    int32_t *slots;  /* (owned) open addressing by time: 1 + index of the first arrival of */
    int64_t n_slots; /* that moment */
};

static void *
aligned_new(size_t n, size_t size, void **memory, GError **error)
{
    *memory = cpsf_try_alloc(n + 1, size, TRUE, error);
    return *memory == NULL ? NULL : (void *) (((uintptr_t) *memory + 63) & ~(uintptr_t) 63);
}

/* Planes of each gate: as many as its slots need, and one that comes up when it opens. */
static gboolean
make_planes(CpsfEventsRoom *self, GError **error)
{
    const CpsfEventsGraph *g = self->graph;

    self->plane_start = cpsf_try_new(int64_t, (size_t) g->n_gates + 1, error);
    if (self->plane_start == NULL)
        return FALSE;
    self->plane_start[0] = 0;
    for (int32_t i = 0; i < g->n_gates; i++)
        self->plane_start[i + 1] =
            self->plane_start[i] + 65 - __builtin_clzll((uint64_t) g->gate_slots[i]);
    self->work.plane_start = self->plane_start;
    self->work.planes = aligned_new((size_t) self->plane_start[g->n_gates], sizeof(CpsfLanes),
                                    &self->planes_memory, error);
    return self->work.planes != NULL;
}

static int64_t
find_most_edges(const CpsfEventsGraph *g)
{
    int64_t most = 0;

    for (int32_t v = 0; v < g->n; v++)
        most = MAX(most, g->start[v + 1] - g->start[v]);
    return most;
}

static gboolean
make_room(CpsfEventsRoom *self, GError **error)
{
    const CpsfEventsGraph *g = self->graph;
    CpsfEventsWork *work = &self->work;
    const size_t n = (size_t) g->n;

    work->room_later = MAX(find_most_edges(g), CPSF_EVENTS_FEW) + CPSF_EVENTS_WAITING;
    return (work->affected = aligned_new(n, sizeof(CpsfLanes), &self->affected_memory, error)) !=
               NULL &&
           (work->reached = aligned_new(n, sizeof(CpsfLanes), &self->reached_memory, error)) !=
               NULL &&
           (work->any = aligned_new((size_t) g->n_any, sizeof(CpsfLanes), &self->any_memory,
                                    error)) != NULL &&
           (work->later = aligned_new((size_t) work->room_later, sizeof(CpsfEventsLater),
                                      &self->later_memory, error)) != NULL &&
           (work->dirty = cpsf_try_new0(uint64_t, (n + 63) / 64, error)) != NULL &&
           (work->touched = cpsf_try_new(int32_t, n, error)) != NULL &&
           (self->counted = aligned_new(CPSF_EVENTS_N_PLANES, sizeof(CpsfLanes),
                                        &self->counted_memory, error)) != NULL &&
           (work->touched_any = cpsf_try_new(int32_t, (size_t) g->n_any, error)) != NULL &&
           (self->of_vertex = cpsf_try_new(int32_t, n, error)) != NULL && make_planes(self, error);
}

CpsfEventsRoom *
cpsf_events_room_new(const CpsfEventsGraph *graph, GError **error)
{
    CpsfEventsRoom *self = g_new0(CpsfEventsRoom, 1);

    self->graph = graph;
    self->free_arrival = NONE;
    self->work.low = INT32_MAX;
    self->work.high = -1;
    if (make_room(self, error)) {
        memset(self->of_vertex, 0xff, (size_t) graph->n * sizeof *self->of_vertex);
        return self;
    }
    cpsf_events_room_free(self);
    return NULL;
}

void
cpsf_events_room_free(CpsfEventsRoom *self)
{
    if (self == NULL)
        return;
    g_free(self->counted_memory);
    g_free(self->affected_memory);
    g_free(self->reached_memory);
    g_free(self->any_memory);
    g_free(self->planes_memory);
    g_free(self->later_memory);
    g_free(self->arrival_memory);
    g_free(self->plane_start);
    g_free(self->of_vertex);
    g_free(self->work.dirty);
    g_free(self->work.touched);
    g_free(self->work.touched_any);
    g_free(self->heap.items);
    g_free(self->slots);
    g_free(self);
}

static uint64_t
hash_time(int64_t time)
{
    return cpsf_chance_mix((uint64_t) time + CPSF_CHANCE_STEP);
}

static int64_t
find_slot(const CpsfEventsRoom *self, int64_t time)
{
    const uint64_t mask = (uint64_t) self->n_slots - 1;
    uint64_t at = hash_time(time) & mask;

    while (self->slots[at] != 0 && self->arrivals[self->slots[at] - 1].time != time)
        at = (at + 1) & mask;
    return (int64_t) at;
}

/* The table of moments for twice as many. */
static gboolean
grow_slots(CpsfEventsRoom *self, GError **error)
{
    const int64_t n_old = self->n_slots;
    int32_t *old = self->slots;

    self->n_slots = MAX(n_old * 2, 256);
    self->slots = cpsf_try_new0(int32_t, (size_t) self->n_slots, error);
    if (self->slots == NULL) {
        self->slots = old;
        self->n_slots = n_old;
        return FALSE;
    }
    for (int64_t i = 0; i < n_old; i++)
        if (old[i] != 0)
            self->slots[find_slot(self, self->arrivals[old[i] - 1].time)] = old[i];
    g_free(old);
    return TRUE;
}

/* Takes the moment at @at out of the table; those behind it move up. */
static void
empty_slot(CpsfEventsRoom *self, int64_t at)
{
    const int64_t mask = self->n_slots - 1;

    self->slots[at] = 0;
    for (int64_t i = (at + 1) & mask; self->slots[i] != 0; i = (i + 1) & mask) {
        const int32_t moved = self->slots[i];

        self->slots[i] = 0;
        self->slots[find_slot(self, self->arrivals[moved - 1].time)] = moved;
    }
}

static gboolean
push_moment(CpsfEventsRoom *self, int64_t time, GError **error)
{
    if (cpsf_array_add(&self->heap, error) == NULL)
        return FALSE;

    Moment *heap = self->heap.items;
    int64_t i = self->heap.n - 1;

    for (; i > 0 && heap[(i - 1) / 2].time > time; i = (i - 1) / 2)
        heap[i] = heap[(i - 1) / 2];
    heap[i] = (Moment){time, NONE};
    return TRUE;
}

static int64_t
pop_moment(CpsfEventsRoom *self)
{
    Moment *heap = self->heap.items;
    const int64_t time = heap[0].time;
    const Moment last = heap[--self->heap.n];
    int64_t i = 0;

    for (int64_t child = 1; child < self->heap.n; child = 2 * i + 1) {
        if (child + 1 < self->heap.n && heap[child + 1].time < heap[child].time)
            child++;
        if (heap[child].time >= last.time)
            break;
        heap[i] = heap[child];
        i = child;
    }
    heap[i] = last;
    return time;
}

/* An arrival to fill in; NONE with NO_MEMORY. */
static int32_t
take_arrival(CpsfEventsRoom *self, GError **error)
{
    if (self->free_arrival != NONE) {
        const int32_t taken = self->free_arrival;

        self->free_arrival = self->arrivals[taken].next;
        return taken;
    }
    if (self->n_arrivals == self->room_arrivals) {
        const int64_t room = MAX((int64_t) self->room_arrivals * 2, FEW_LATER);
        void *memory;
        Arrival *grown =
            room > INT32_MAX / 2 ? NULL : aligned_new((size_t) room, sizeof *grown, &memory, error);

        if (room > INT32_MAX / 2)
            cpsf_fail(error, CPSF_ERROR_NO_MEMORY, "more arrivals to come than can be kept");
        if (grown == NULL)
            return NONE;
        if (self->n_arrivals > 0)
            memcpy(grown, self->arrivals, (size_t) self->n_arrivals * sizeof *grown);
        g_free(self->arrival_memory);
        self->arrival_memory = memory;
        self->arrivals = grown;
        self->room_arrivals = (int32_t) room;
    }
    return self->n_arrivals++;
}

static gboolean
is_empty(const CpsfLanes *lanes)
{
    uint64_t any = 0;

    for (int w = 0; w < CPSF_N_LANE_WORDS; w++)
        any |= lanes->word[w];
    return any == 0;
}

/* Takes out what arrives at the vertex no later anyway.  The arrival of the very same moment, or NONE. */
static int32_t
compare_with_others(const CpsfEventsRoom *self, CpsfEventsLater *later, int *n_others)
{
    int32_t same = NONE;

    *n_others = 0;
    for (int32_t i = self->of_vertex[later->vertex]; i != NONE;
         i = self->arrivals[i].next_of_vertex, ++*n_others) {
        const Arrival *other = &self->arrivals[i];

        if (other->time > later->time)
            continue;
        for (int w = 0; w < CPSF_N_LANE_WORDS; w++)
            later->lanes.word[w] &= ~other->lanes.word[w];
        if (other->time == later->time)
            same = i;
    }
    return same;
}

static gboolean
put_later(CpsfEventsRoom *self, CpsfEventsLater *later, GError **error)
{
    int n_others;
    const int32_t same = compare_with_others(self, later, &n_others);

    if (is_empty(&later->lanes))
        return TRUE;
    if (same != NONE) {
        for (int w = 0; w < CPSF_N_LANE_WORDS; w++)
            self->arrivals[same].lanes.word[w] |= later->lanes.word[w];
        return TRUE;
    }
    if ((self->heap.n + 1) * 2 > self->n_slots && !grow_slots(self, error))
        return FALSE;

    const int32_t taken = take_arrival(self, error);

    if (taken == NONE)
        return FALSE;

    const int64_t slot = find_slot(self, later->time);

    if (self->slots[slot] == 0 && !push_moment(self, later->time, error)) {
        self->arrivals[taken].next = self->free_arrival;
        self->free_arrival = taken;
        return FALSE;
    }
    self->arrivals[taken] = (Arrival){
        .lanes = later->lanes,
        .time = later->time,
        .vertex = later->vertex,
        .next = self->slots[slot] - 1,
        .next_of_vertex = n_others < LOOK_BACK ? self->of_vertex[later->vertex] : UNLINKED,
    };
    self->slots[slot] = taken + 1;
    if (n_others < LOOK_BACK)
        self->of_vertex[later->vertex] = taken;
    return TRUE;
}

/* @arrival is no longer to come at its vertex. */
static void
forget(CpsfEventsRoom *self, int32_t arrival)
{
    int32_t *link = &self->of_vertex[self->arrivals[arrival].vertex];

    if (self->arrivals[arrival].next_of_vertex == UNLINKED)
        return;
    while (*link != arrival)
        link = &self->arrivals[*link].next_of_vertex;
    *link = self->arrivals[arrival].next_of_vertex;
}

static void
arrive(CpsfEventsWork *work, int32_t v, const CpsfLanes *lanes)
{
    for (int w = 0; w < CPSF_N_LANE_WORDS; w++)
        work->reached[v].word[w] |= lanes->word[w];
    work->dirty[v >> 6] |= UINT64_C(1) << (v & 63);
    work->low = MIN(work->low, v);
    work->high = MAX(work->high, v);
}

/* The next moment, and what arrives then. */
static void
begin_moment(CpsfEventsRoom *self)
{
    const int64_t time = pop_moment(self);
    const int64_t slot = find_slot(self, time);
    int32_t arrival = self->slots[slot] - 1;

    empty_slot(self, slot);
    self->work.time = time;
    while (arrival != NONE) {
        const int32_t next = self->arrivals[arrival].next;

        forget(self, arrival);
        arrive(&self->work, self->arrivals[arrival].vertex, &self->arrivals[arrival].lanes);
        self->arrivals[arrival].next = self->free_arrival;
        self->free_arrival = arrival;
        arrival = next;
    }
}

/* Everything that arrives at this moment, and puts what comes later in. */
static gboolean
settle_moment(CpsfEventsRoom *self,
              const CpsfWorldsKernel *kernel,
              const CpsfEventsChance *chance,
              GError **error)
{
    CpsfEventsWork *work = &self->work;

    for (gboolean is_done = FALSE; !is_done;) {
        is_done = kernel->settle(self->graph, chance, work);
        for (int64_t i = 0; i < work->n_later; i++)
            if (!put_later(self, &work->later[i], error))
                return FALSE;
        work->n_later = 0;
    }
    return TRUE;
}

/* Zeroes, at the least work, what the last run left. */
static void
reset_tally(CpsfEventsRoom *self, const CpsfEventsTally *tally)
{
    const CpsfEventsGraph *g = self->graph;
    const CpsfEventsWork *work = &self->work;
    const size_t n = (size_t) g->n + (size_t) g->n_any;

    if (work->mass != tally->mass || work->moment != tally->moment) {
        memset(tally->mass, 0, n * sizeof *tally->mass);
        memset(tally->moment, 0, n * sizeof *tally->moment);
        return;
    }
    for (int32_t i = 0; i < work->n_touched; i++) {
        tally->mass[work->touched[i]] = 0.0;
        tally->moment[work->touched[i]] = 0.0;
    }
    for (int32_t i = 0; i < work->n_touched_any; i++) {
        tally->mass[g->n + work->touched_any[i]] = 0.0;
        tally->moment[g->n + work->touched_any[i]] = 0.0;
    }
}

/* As new, whatever the last run left. */
static void
reset(CpsfEventsRoom *self, CpsfEventsTally *tally)
{
    const CpsfEventsGraph *g = self->graph;
    CpsfEventsWork *work = &self->work;

    reset_tally(self, tally);
    for (int32_t i = 0; i < work->n_touched; i++) {
        memset(&work->affected[work->touched[i]], 0, sizeof(CpsfLanes));
        memset(&work->reached[work->touched[i]], 0, sizeof(CpsfLanes));
    }
    for (int32_t i = 0; i < work->n_touched_any; i++)
        memset(&work->any[work->touched_any[i]], 0, sizeof(CpsfLanes));
    for (int32_t i = 0; i < g->n_gates; i++) {
        const int64_t k = self->plane_start[i + 1] - self->plane_start[i] - 1;
        const uint64_t from = (UINT64_C(1) << k) - (uint64_t) g->gate_need[i];

        for (int64_t j = 0; j <= k; j++)
            memset(&work->planes[self->plane_start[i] + j], (from >> j & 1) != 0 ? 0xff : 0,
                   sizeof(CpsfLanes));
    }
    work->n_touched = 0;
    work->n_touched_any = 0;
}

/* After a run that ended early: nothing is left to come. */
static void
drop_queue(CpsfEventsRoom *self)
{
    CpsfEventsWork *work = &self->work;

    for (int32_t v = 0; v < self->graph->n; v++) {
        self->of_vertex[v] = NONE;
        memset(&work->affected[v], 0, sizeof(CpsfLanes));
        memset(&work->reached[v], 0, sizeof(CpsfLanes));
    }
    memset(work->dirty, 0, ((size_t) self->graph->n + 63) / 64 * sizeof *work->dirty);
    if (self->slots != NULL)
        memset(self->slots, 0, (size_t) self->n_slots * sizeof *self->slots);
    memset(work->any, 0, (size_t) self->graph->n_any * sizeof *work->any);
    self->heap.n = 0;
    self->n_arrivals = 0;
    self->free_arrival = NONE;
    work->n_later = 0;
    work->n_touched = 0;
    work->n_touched_any = 0;
    work->mass = NULL;
    work->low = INT32_MAX;
    work->high = -1;
}

static gboolean
run(CpsfEventsRoom *self, const CpsfEventsBlock *block, GError **error)
{
    const CpsfWorldsKernel *kernel = cpsf_kernels_get_worlds();

    for (int32_t i = 0; i < block->n_sources; i++) {
        CpsfEventsLater source = {block->among, block->sources[i].time, block->sources[i].vertex};

        if (source.time <= block->end && !put_later(self, &source, error))
            return FALSE;
    }
    for (int64_t n = 0; self->heap.n > 0; n++) {
        if ((n & 0xff) == 0xff && g_cancellable_is_cancelled(block->cancellable))
            return cpsf_fail(error, CPSF_ERROR_CANCELLED, "following an incident was cancelled");
        begin_moment(self);
        if (!settle_moment(self, kernel, &block->chance, error))
            return FALSE;
    }
    return TRUE;
}

gboolean
cpsf_events_run(CpsfEventsRoom *self,
                const CpsfEventsBlock *block,
                CpsfEventsTally *tally,
                GError **error)
{
    CpsfEventsWork *work = &self->work;

    reset(self, tally);
    work->origin = block->origin;
    work->end = block->end;
    work->weight = block->weight;
    work->mass = tally->mass;
    work->moment = tally->moment;
    if (run(self, block, error)) {
        memset(self->counted, 0, CPSF_EVENTS_N_PLANES * sizeof *self->counted);
        cpsf_kernels_get_worlds()->tally(self->graph, work, self->counted);
        return TRUE;
    }
    drop_queue(self);
    return FALSE;
}

const int32_t *
cpsf_events_room_get_touched(const CpsfEventsRoom *self, int32_t *n)
{
    *n = self->work.n_touched;
    return self->work.touched;
}

const int32_t *
cpsf_events_room_get_touched_any(const CpsfEventsRoom *self, int32_t *n)
{
    *n = self->work.n_touched_any;
    return self->work.touched_any;
}

void
cpsf_events_room_count_nodes(const CpsfEventsRoom *self, double *n_nodes)
{
    for (int lane = 0; lane < CPSF_N_LANES; lane++) {
        uint64_t count = 0;

        for (int j = 0; j < CPSF_EVENTS_N_PLANES; j++)
            count |= (self->counted[j].word[lane / 64] >> (lane % 64) & 1) << j;
        n_nodes[lane] = (double) count;
    }
}

CpsfLanes
cpsf_events_room_get_lanes(const CpsfEventsRoom *self, int32_t index)
{
    return index < self->graph->n ? self->work.affected[index]
                                  : self->work.any[index - self->graph->n];
}
