/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * By which way each first arrival came.  What may have brought it are the edges that bring exactly
 * that time, and of those the best; where following the best runs in a circle, which only edges without
 * delay can, what is reached from outside comes first.
 */

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "cpsf-arrival-private.h"
#include "cpsf-mem-private.h"

typedef struct {
    const CpsfSpread *spread;
    const int64_t *arrival;
    int32_t *before;
    double *chance;      /* (owned) n: of the edge from `before` */
    int32_t *path;       /* (owned) n: work space */
    uint8_t *is_settled; /* (owned) n: 1 = a source, or its way leads to one */
    uint8_t *is_closing; /* (owned) n: 1 = a slot that opens its gate */
} Trace;

/* Calls @body for every edge that brings a first arrival: tail, head, its edge e.  An edge into a slot
 * that opens its gate is one to the vertex of the gate. */
#define FOR_TIGHT(self, tail, head, e, body)                                                       \
    for (int32_t tail = 0; tail < (self)->spread->graph.n; tail++) {                               \
        if ((self)->arrival[tail] == CPSF_ARRIVAL_NEVER)                                           \
            continue;                                                                              \
        for (int64_t e = (self)->spread->graph.start[tail];                                        \
             e < (self)->spread->graph.start[tail + 1]; e++) {                                     \
            const int32_t head = find_head((self), tail, e);                                       \
                                                                                                   \
            if (head < 0)                                                                          \
                continue;                                                                          \
            body                                                                                   \
        }                                                                                          \
    }

/* Whom edge @e affects first, and at a gate that it closes the gate's vertex; -1 = nobody. */
static int32_t
find_head(const Trace *self, int32_t tail, int64_t e)
{
    const CpsfEventsGraph *g = &self->spread->graph;
    const int32_t head = g->head[e];

    if (self->arrival[head] == CPSF_ARRIVAL_NEVER ||
        cpsf_arrival_by(g, tail, e, self->arrival[tail]) != self->arrival[head])
        return -1;
    if (g->gate_of == NULL || g->gate_of[head] < 0)
        return head;
    return self->is_closing[head] ? g->gate_vertex[g->gate_of[head]] : -1;
}

static int
compare_times(const void *left, const void *right)
{
    const int64_t a = *(const int64_t *) left;
    const int64_t b = *(const int64_t *) right;

    return (a > b) - (a < b);
}

/* Slots that come with the need-th of their gate, when that is what affects its vertex. */
static gboolean
find_closing(Trace *self, GError **error)
{
    const CpsfEventsGraph *g = &self->spread->graph;
    g_autofree int64_t *first = cpsf_try_new0(int64_t, (size_t) g->n_gates + 2, error);
    g_autofree int64_t *times = cpsf_try_new(int64_t, (size_t) g->n, error);

    if (first == NULL || times == NULL)
        return FALSE;
    for (int32_t i = 0; i < g->n_gates; i++)
        first[i + 2] = first[i + 1] + g->gate_slots[i];
    for (int32_t v = 0; v < g->n && g->n_gates > 0; v++)
        if (g->gate_of[v] >= 0)
            times[first[g->gate_of[v] + 1]++] = self->arrival[v];
    for (int32_t i = 0; i < g->n_gates; i++)
        qsort(&times[first[i]], (size_t) g->gate_slots[i], sizeof *times, compare_times);
    for (int32_t v = 0; v < g->n && g->n_gates > 0; v++) {
        const int32_t gate = g->gate_of[v];

        if (gate < 0 || self->arrival[v] == CPSF_ARRIVAL_NEVER)
            continue;
        self->is_closing[v] = self->arrival[v] == times[first[gate] + g->gate_need[gate] - 1] &&
                              self->arrival[v] == self->arrival[g->gate_vertex[gate]];
    }
    return TRUE;
}

/* The larger chance first, then the smaller key, then the effect; node ids are in order of keys. */
static void
consider(Trace *self, int32_t tail, int32_t head, int64_t e)
{
    const CpsfSpread *s = self->spread;
    const double chance = cpsf_spread_chance(s, e);
    const int32_t old = self->before[head];

    if (old >= 0) {
        if (chance < self->chance[head])
            return;
        if (!(chance > self->chance[head]) &&
            (s->node[tail] > s->node[old] ||
             (s->node[tail] == s->node[old] && s->effect[tail] >= s->effect[old])))
            return;
    }
    self->before[head] = tail;
    self->chance[head] = chance;
}

/* Whose way leads to a source; the ways of all others run into a circle, and are given up.  Whether
 * there are any. */
static gboolean
settle_ways(Trace *self)
{
    enum { NEW, SETTLED, ON_PATH, IN_CIRCLE };
    const int32_t n = self->spread->graph.n;
    gboolean has_circle = FALSE;

    for (int32_t first = 0; first < n; first++) {
        int32_t length = 0;
        int32_t v = first;

        while (v >= 0 && self->is_settled[v] == NEW) {
            self->is_settled[v] = ON_PATH;
            self->path[length++] = v;
            v = self->before[v];
        }

        const uint8_t found = v >= 0 && self->is_settled[v] == SETTLED ? SETTLED : IN_CIRCLE;

        while (length > 0)
            self->is_settled[self->path[--length]] = found;
    }
    for (int32_t v = 0; v < n; v++) {
        if (self->is_settled[v] == SETTLED)
            continue;
        has_circle |= self->before[v] >= 0;
        self->is_settled[v] = 0;
        self->before[v] = -1;
    }
    return has_circle;
}

/* Inside circles: wave by wave from what is settled. */
static void
trace_circles(Trace *self)
{
    const int32_t n = self->spread->graph.n;
    gboolean has_grown = TRUE;

    while (has_grown) {
        has_grown = FALSE;
        FOR_TIGHT(self, tail, head, e, {
            if (self->is_settled[tail] && !self->is_settled[head])
                consider(self, tail, head, e);
        })
        for (int32_t v = 0; v < n; v++)
            if (!self->is_settled[v] && self->before[v] >= 0) {
                self->is_settled[v] = 1;
                has_grown = TRUE;
            }
    }
}

static gboolean
trace(Trace *self, const CpsfEventsSource *sources, int32_t n_sources, GError **error)
{
    const int32_t n = self->spread->graph.n;

    memset(self->before, 0xff, (size_t) n * sizeof *self->before);
    if (!find_closing(self, error))
        return FALSE;
    for (int32_t i = 0; i < n_sources; i++)
        if (self->arrival[sources[i].vertex] == sources[i].time)
            self->is_settled[sources[i].vertex] = 1;
    FOR_TIGHT(self, tail, head, e, {
        if (!self->is_settled[head])
            consider(self, tail, head, e);
    })
    if (settle_ways(self))
        trace_circles(self);
    return TRUE;
}

gboolean
cpsf_arrival_trace(const CpsfSpread *spread,
                   const CpsfEventsSource *sources,
                   int32_t n_sources,
                   const int64_t *arrival,
                   int32_t *before,
                   GError **error)
{
    const size_t n = (size_t) spread->graph.n;
    Trace self = {.spread = spread, .arrival = arrival, .before = before};

    self.chance = cpsf_try_new(double, n, error);
    self.path = cpsf_try_new(int32_t, n, error);
    self.is_settled = cpsf_try_new0(uint8_t, n, error);
    self.is_closing = cpsf_try_new0(uint8_t, n, error);

    const gboolean is_done = self.chance != NULL && self.path != NULL && self.is_settled != NULL &&
                             self.is_closing != NULL && trace(&self, sources, n_sources, error);

    g_free(self.chance);
    g_free(self.path);
    g_free(self.is_settled);
    g_free(self.is_closing);
    return is_done;
}
