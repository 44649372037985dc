/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cpsf-lanes.h"

/*
 * An acyclic graph in topological order: vertex c has the predecessors
 * tails[offsets[c]] … tails[offsets[c + 1] - 1], all of them below c, and stands for weight[c] >= 1
 * nodes.
 */
typedef struct {
    int32_t n;
    const int64_t *offsets; /* n + 1 */
    const int32_t *tails;
    const int32_t *weight; /* n */
} CpsfDag;

/*
 * For up to 512 sources at once: the weight of all that each reaches, itself included.
 *
 * @sources: @n_sources vertices, ascending; @lanes: work space of n - sources[0] sets, the caller's;
 * @reach: n_sources results.  No allocation.
 *
 * Cost: O(n - source + edges into it) for the first source, 512 lanes a step.
 */
void cpsf_reach_sweep(
    const CpsfDag *dag, const int32_t *sources, int n_sources, CpsfLanes *lanes, int64_t *reach);
