/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cpsf-events.h"

/*
 * 512 possible worlds at a time: what fails in each is the least solution of
 *
 *     F(v) = own(v) or F(x) for some required edge x -> v that is felt, or a gate of v opens,
 *
 * and a gate opens where at least `need` of its edges are felt from failing ends.  Vertices stand in
 * an order in which only edges inside a *knot* run backwards; what is no knot is settled by one pull
 * each, a knot by pulls until it rests.
 *
 * Arrays are the caller's and already checked: tails below n, none a vertex itself, need >= 2 and at
 * most the number of the gate's edges, chances between 1 and 2^32 - 1 (p of `gate_p` may be 0: felt
 * for certain).
 */
typedef struct {
    int32_t n;
    const int64_t *in_start; /* n + 1: edges always felt */
    const int32_t *in_tail;

    const int32_t *extra;        /* n: index into the next two, or -1: nothing but such edges */
    const int64_t *chance_start; /* n_extra + 1: edges felt by chance */
    const int32_t *gate_start;   /* n_extra + 1 */
    const int32_t *chance_tail;
    const uint32_t *chance_p;
    const CpsfChanceKey *chance_key;

    const int32_t *gate_need;       /* of each gate */
    const int64_t *gate_edge_start; /* n_gates + 1 */
    const int32_t *gate_tail;       /* of each of its edges */
    const uint32_t *gate_p;
    const CpsfChanceKey *gate_key;

    int32_t n_knots;
    const int32_t *knot_start; /* ascending */
    const int32_t *knot_end;   /* one past the last */

    /* who may fail after a vertex: heads of the nodes it stands for, as vertices through vertex_of
     * (-1: none); a superset of the edges above.  out_start may be NULL: nobody knows */
    const int32_t *member_start; /* n + 1 */
    const int32_t *members;
    const int64_t *out_start;
    const int32_t *out_head;
    const int32_t *vertex_of;
} CpsfWorldsGraph;

/* Own failures by chance: member i fails where U >= 2^32 - fail[i] (never if 0), or always. */
typedef struct {
    const int32_t *member_start; /* n + 1: members of each vertex; one failing fails it */
    const CpsfChanceKey *key;
    const uint32_t *fail;
    const uint8_t *always; /* in bit `always_bit` */
    uint8_t always_bit;
} CpsfWorldsOwn;

/* Where chance comes from. */
typedef struct {
    CpsfChanceSeed seed;
    uint64_t block;
    /* (nullable) in place of draws: of each edge of chance_tail, then of gate_tail */
    const CpsfLanes *felt;
    const CpsfLanes *gate_felt;
} CpsfWorldsChance;

/* What one thread works in. */
typedef struct {
    CpsfLanes *words; /* n sets */
    uint64_t *live;   /* bitmap of (n + 63) / 64 words: vertices that fail in some lane */
    uint64_t *dirty;  /* the same: to be looked at again */
    int32_t n_live;
} CpsfWorldsWork;

typedef struct {
    const char *name;
    /* words = own failures; live = vertices that fail in some lane, n_live of them.  O(members). */
    void (*fill)(int32_t n,
                 const CpsfWorldsOwn *own,
                 const CpsfWorldsChance *chance,
                 CpsfWorldsWork *work);
    /* words and live from own failures to the least solution.  O(edges) outside knots, times the
     * passes inside; less where few vertices fail. */
    void (*sweep)(const CpsfWorldsGraph *graph,
                  const CpsfWorldsChance *chance,
                  CpsfWorldsWork *work);
    /* counts[v] = lanes of words[v] that are in @among. */
    void (*count)(int32_t n, const CpsfLanes *words, const CpsfLanes *among, uint16_t *counts);
    /* Settles what is dirty at work->time.  0 if room for what comes later ran out: empty work->later
     * and call again. */
    int (*settle)(const CpsfEventsGraph *graph,
                  const CpsfEventsChance *chance,
                  CpsfEventsWork *work);
    /* After all moments of a run: how many nodes are affected in each lane, added to bit-sliced
     * counters (plane j is bit j, CPSF_EVENTS_N_PLANES of them), and, where lanes have no weights,
     * work->mass. */
    void (*tally)(const CpsfEventsGraph *graph, CpsfEventsWork *work, CpsfLanes *planes);
} CpsfWorldsKernel;

extern const CpsfWorldsKernel cpsf_worlds_portable;
#ifdef CPSF_HAVE_AVX512
extern const CpsfWorldsKernel cpsf_worlds_avx512;
#endif
