/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cpsf-chance.h"

/* When an edge passes on: departures in [since, until), and how long it takes.  Microseconds, of the
 * same clock as all times here. */
typedef struct {
    int64_t since;
    int64_t until;
    int64_t delay; /* >= 0 */
} CpsfEventsWindow;

/* Where and when it begins. */
typedef struct {
    int32_t vertex;
    int64_t time;
} CpsfEventsSource;

#define CPSF_EVENTS_END_MAX                                                                        \
    (INT64_MAX / 4) /* times are never beyond it, so that sums do not wrap */

/*
 * What an incident may spread along (docs/semantics.md, section 8).  A vertex is an effect on a
 * node, or a *slot*: one edge of a group that only several failures open.  An edge lets through in a
 * world iff it is felt (U of its key < felt_p) and its rule is taken (U of its key combined with
 * that of the rule < rule_p).
 *
 * Vertices stand in an order in which only edges inside a knot run backwards.  What a slot counts
 * towards is no edge: when it is first affected it counts, and the need-th of a gate affects
 * gate_vertex, which stands behind it, at that very time.
 *
 * Arrays are the caller's and already checked.
 */
typedef struct {
    int32_t n;
    int64_t m;
    const int64_t *start;  /* n + 1: edges out of each vertex; none out of a slot */
    const int32_t *head;   /* m */
    const int32_t *window; /* m (nullable): index into windows; NULL = all 0 */
    const CpsfEventsWindow *windows;
    const uint32_t *felt_p;   /* m (nullable): in 2^-32; 0 = for certain; NULL = all for certain */
    const CpsfChanceKey *key; /* m (nullable): NULL = nothing is by chance */
    const uint16_t *rule;     /* m: index into the next two */
    const uint32_t *rule_p;   /* in 2^-32; 0 = for certain */
    const CpsfChanceKey *rule_key;
    const int64_t
        *downtime; /* n (nullable): passes on before time + downtime; INT64_MAX = endless */

    int32_t n_gates;
    const int32_t *gate_of;     /* n (nullable): the gate that a slot counts towards, or -1 */
    const int32_t *gate_need;   /* n_gates: at least 2, at most the slots of the gate */
    const int32_t *gate_vertex; /* n_gates */
    const int32_t *gate_slots;  /* n_gates: how many slots it has */

    int32_t n_knots;
    const int32_t *knot_start; /* ascending */
    const int32_t *knot_end;   /* one past the last */

    /* Several effects on one node are also looked at as one: index n + i, i < n_any, stands for any of
     * them.  A vertex that is alone on its node has its own index, a slot -1. */
    int32_t n_any;
    const int32_t *any; /* n */
} CpsfEventsGraph;

/* Where chance comes from. */
typedef struct {
    CpsfChanceSeed seed;
    uint64_t block;
    /* (nullable) in place of draws: the lanes in which an edge is felt, its rule taken, by way of */
    const CpsfLanes *masks;
    const int32_t *felt_mask;  /* m: index into masks, or -1: for certain */
    const int32_t *taken_mask; /* m */
} CpsfEventsChance;

/* The key of "rule taken on this edge". */
static inline CpsfChanceKey
cpsf_events_taken_key(CpsfChanceKey edge, CpsfChanceKey rule)
{
    return (CpsfChanceKey){edge.low ^ rule.low, edge.high ^ rule.high};
}

#define CPSF_EVENTS_N_PLANES 32 /* of a counter of nodes */

/* Room for what arrives later: for the edges out of a vertex, for edges times worlds where those are
 * few, and for what waits. */
#define CPSF_EVENTS_FEW 2048
#define CPSF_EVENTS_WAITING 16

/* What arrives after the moment at hand. */
typedef struct {
    CpsfLanes lanes;
    int64_t time;
    int32_t vertex;
} __attribute__((aligned(64))) CpsfEventsLater;

/* What one thread works in. */
typedef struct {
    CpsfLanes *affected; /* n: where it is affected, and has passed it on */
    CpsfLanes *reached;  /* n: the same and where it is about to be, at this moment */
    CpsfLanes *any;      /* n_any */
    CpsfLanes *planes;   /* bit-sliced counters of gates: those of gate g from plane_start[g] on;
                           the highest plane comes up with the one that opens it */
    const int64_t *plane_start; /* n_gates + 1 */
    uint64_t *dirty;   /* bitmap of (n + 63) / 64 words: vertices to be settled at `time` */
    int32_t low, high; /* what is dirty lies between; INT32_MAX, -1 = nothing is */
    int32_t *touched;  /* n: vertices affected, in order */
    int32_t n_touched;
    int32_t *touched_any; /* n_any: the same of what stands for any effect, from 0 */
    int32_t n_touched_any;
    int64_t time;
    int64_t origin;
    int64_t end;
    const double *weight; /* (nullable) 512 */
    double *mass;         /* n + n_any; without weights, filled at the end */
    double *moment;
    CpsfEventsLater *later; /* room_later */
    int64_t n_later;
    int64_t
        room_later; /* at least the largest number of edges out of a vertex, and CPSF_EVENTS_FEW,
                           and CPSF_EVENTS_WAITING more */
} CpsfEventsWork;
