/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cpsf-reach.h"

/* Ranks that one sweep carries, and ranks a vertex has in all. */
#define CPSF_SKETCH_WIDTH 16
#define CPSF_SKETCH_RANKS 256
#define CPSF_SKETCH_SWEEPS (CPSF_SKETCH_RANKS / CPSF_SKETCH_WIDTH)

/* The least ranks, one for each of the sweep's sixteen draws. */
typedef struct {
    uint32_t rank[CPSF_SKETCH_WIDTH];
} CpsfRanks;

/* A sum of exponential ranks in units of 2^-48, so that adding in any order gives the same bits. */
typedef int64_t CpsfRankSum;

/*
 * One sweep: the least of sixteen fresh ranks over all that each vertex reaches.
 *
 * @members, @start: the nodes of vertex c are members[start[c]] … members[start[c + 1] - 1];
 * @seed: a fixed hash of each node; @sweep: from 0, which ranks to draw; @ranks: n, filled.
 *
 * Cost: O(nodes + edges), 16 ranks a step.  No allocation.
 */
void cpsf_sketch_sweep(const CpsfDag *dag,
                       const int32_t *members,
                       const int32_t *start,
                       const uint64_t *seed,
                       int sweep,
                       CpsfRanks *ranks);

/* The sum of the sixteen, each turned from a uniform number into an exponential one. */
CpsfRankSum cpsf_sketch_sum(const CpsfRanks *ranks);

/* (k - 1) / sum for the sum of all k = 256 least ranks: unbiased, relative standard deviation
 * 1 / sqrt(k - 2), about 6 %.  Source: E. Cohen, "Size-Estimation Framework with Applications to
 * Transitive Closure and Reachability", J. Comput. Syst. Sci. 55 (1997), section 3. */
double cpsf_sketch_estimate(CpsfRankSum sum);
