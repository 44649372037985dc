/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cpsf-events.h"

/*
 * Min-rank sketches over possible worlds: how much each vertex reaches, four worlds in one sweep
 * (docs/semantics.md, section 8).  In each world a node has four fresh ranks, exponential numbers of
 * a rate; the least of each over all that a vertex reaches is the smaller, the more that is.  Source:
 * E. Cohen, "Size-Estimation Framework with Applications to Transitive Closure and Reachability",
 * J. Comput. Syst. Sci. 55 (1997), section 3.
 */
#define CPSF_MINRANK_WORLDS 4
#define CPSF_MINRANK_RANKS 4
#define CPSF_MINRANK_WIDTH (CPSF_MINRANK_WORLDS * CPSF_MINRANK_RANKS)
#define CPSF_MINRANK_NONE INT32_MAX

/* How many worlds are drawn at a time, and how many streams of bytes hold the edges of these. */
#define CPSF_MINRANK_DRAWN 64
#define CPSF_MINRANK_STREAMS (CPSF_MINRANK_DRAWN / 8)

/*
 * Rank j of world w of the sweep is rank[4 * j + w].  Arrays of it are aligned to 64 bytes.  Ranks are
 * compared as whole numbers: of rate 1, uniform ones in units of 2^-31, whose least is that of the
 * exponential ones they stand for; of other rates, the bits of positive floats, which are in the same
 * order.
 */
typedef struct {
    int32_t rank[CPSF_MINRANK_WIDTH];
} CpsfMinranks;

/*
 * What may spread, each edge once: out of a vertex to others behind it, and inside a knot, where some
 * run backwards, into a vertex.  The bytes of the former come first, then those of the latter.
 */
typedef struct {
    int32_t n;
    const int64_t *out_start; /* n + 1: from 0 */
    const int32_t *out_head;
    const int64_t *in_start; /* n + 1 (nullable): from 0 */
    const int32_t *in_tail;
    int32_t n_knots;
    const int32_t *knot_start; /* ascending */
    const int32_t *knot_end;   /* one past the last */
} CpsfMinrankGraph;

/* The nodes that vertices stand for: one that a vertex has twice counts once. */
typedef struct {
    const int32_t *member_start; /* n + 1 */
    const CpsfChanceKey *stream; /* of each member: cpsf_minrank_stream() */
    const float *rate;           /* (nullable) of each member: 0 = no rank; NULL = all 1 */
} CpsfMinrankOwn;

/* Where the ranks of a node begin: the streams of chance of its key, set apart from its other bits. */
static inline CpsfChanceKey
cpsf_minrank_stream(CpsfChanceKey node, CpsfChanceSeed seed)
{
    const uint64_t apart = UINT64_C(0x6d696e2d72616e6b); /* "min-rank" */

    return cpsf_chance_stream((CpsfChanceKey){node.low ^ apart, node.high}, seed, 0);
}

/* The uniform rank @j of a node in world @world: the definition that every kernel follows.  Part of
 * the results: never change it. */
static inline int32_t
cpsf_minrank_uniform(CpsfChanceKey stream, int64_t world, int j)
{
    const int at = 4 * j + (int) (world % CPSF_MINRANK_WORLDS);
    const uint64_t both = cpsf_chance_word(stream, (int) (world / CPSF_MINRANK_WORLDS), at / 2);

    return (int32_t) ((uint32_t) (at % 2 != 0 ? both >> 32 : both) >> 1);
}

/* What a sweep works in. */
typedef struct {
    CpsfMinranks *ranks; /* n */
    uint64_t *dirty;     /* bitmap of (n + 63) / 64 words, all 0: vertices to pass their ranks on */
} CpsfMinrankWork;

/* Sums over worlds, of each vertex asked about. */
typedef struct {
    double *estimate;
    double *square; /* (nullable) */
} CpsfMinrankSums;

typedef struct {
    const char *name;
    /* In which of the worlds 64 * word of a block and after each of @edges lets through: bit w % 8 of
     * active[w / 8 * stride + i]. */
    void (*draw)(const CpsfEventsGraph *graph,
                 const int64_t *edges,
                 int64_t n_edges,
                 CpsfChanceSeed seed,
                 uint64_t block,
                 int word,
                 uint8_t *active,
                 int64_t stride);
    /* The least ranks over all that each vertex reaches, in worlds 4 * sweep and after, which are bits
     * @shift and after of @active.  O(edges) outside knots, times the passes inside. */
    void (*sweep)(const CpsfMinrankGraph *graph,
                  const CpsfMinrankOwn *own,
                  int64_t sweep,
                  const uint8_t *active,
                  int shift,
                  CpsfMinrankWork *work);
    /* Adds what the least ranks of @vertices say in the first @n_worlds: 3 / sum of the four. */
    void (*add)(const CpsfMinranks *ranks,
                const int32_t *vertices,
                int32_t n_vertices,
                int n_worlds,
                int is_rated,
                CpsfMinrankSums *sums);
    /* The exponential numbers of rate 1 that uniform ranks stand for, relative error below 1e-6. */
    void (*exponential)(const CpsfMinranks *ranks, float *exponential);
} CpsfMinrankKernel;

extern const CpsfMinrankKernel cpsf_minrank_portable;
#ifdef CPSF_HAVE_AVX512
extern const CpsfMinrankKernel cpsf_minrank_avx512;
#endif
