/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cpsf-events.h"

/* Worlds in one sweep, and ranks of a node in each. */
#define CPSF_MINRANK_WORLDS 4
#define CPSF_MINRANK_RANKS 4
#define CPSF_MINRANK_WIDTH (CPSF_MINRANK_WORLDS * CPSF_MINRANK_RANKS)
#define CPSF_MINRANK_NONE INT32_MAX

/* Four ranks in each of four worlds, those of a world side by side.  Arrays of it are aligned to 64
 * bytes.  What is compared is whole numbers: uniform ones in 2^-31, or bits of positive floats, which
 * order alike. */
typedef struct {
    int32_t rank[CPSF_MINRANK_WIDTH];
} CpsfMinranks;

/* The sixteen uniform ranks of a node in worlds 4 * @sweep and after: from the chance bits of its key,
 * set apart, with the sweep in place of a block.  Part of the results: never change it. */
void cpsf_minrank_draw(CpsfChanceKey key, CpsfChanceSeed seed, uint64_t sweep, CpsfMinranks *ranks);

/* The exponential number of rate 1 that a uniform rank stands for.  Relative error below 1e-9. */
double cpsf_minrank_exponential(int32_t rank);

/* The 64 worlds of word @word of a block in which edge @e lets through. */
uint64_t cpsf_minrank_active(
    const CpsfEventsGraph *graph, CpsfChanceSeed seed, uint64_t block, int word, int64_t e);

/*
 * The least ranks over all that each vertex reaches: @ranks holds own ranks before, least ones after.
 * @active: m words of worlds, or NULL for all; the four of this sweep begin at bit @shift.
 *
 * O(edges) outside knots, times the passes inside.
 */
void cpsf_minrank_sweep(const CpsfEventsGraph *graph,
                        const uint64_t *active,
                        int shift,
                        CpsfMinranks *ranks);
