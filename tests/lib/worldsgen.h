/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Random graphs as the worlds kernels take them (kernels/cpsf-worlds.h): everything that their
 * arrays may say, and not what a plan happens to make. */

#include <glib.h>

#include "kernels/cpsf-worlds.h"

/* What a random graph is like; shares are in per cent. */
typedef struct {
    int32_t n;
    int knotted;      /* share of vertices in knots */
    int32_t knot;     /* largest */
    int certain;      /* edges felt for certain into a vertex, at most */
    int extra;        /* share of vertices with other edges */
    int own;          /* share, in 1/1000, of members that may fail by themselves */
    int always;       /* share of those that always do */
    gboolean is_near; /* tails are near */
} TestWorldsShape;

typedef struct {
    CpsfWorldsGraph g;
    int32_t n_nodes; /* members and nodes that are of no vertex */
    int32_t n_members;
    CpsfWorldsOwn own;
    /* growing arrays, lent to g and own */
    GArray *in_start, *in_tail, *extra, *chance_start, *gate_start, *chance_tail, *chance_p,
        *chance_key, *gate_need, *gate_edge_start, *gate_tail, *gate_p, *gate_key, *knot_start,
        *knot_end, *member_start, *members, *out_start, *out_head, *vertex_of, *own_key, *own_fail,
        *own_always;
    GArray *from, *to; /* vertices between which out-edges must run */
} TestWorldsCase;

TestWorldsCase *test_worlds_case_new(const TestWorldsShape *shape, uint64_t seed);
void test_worlds_case_free(TestWorldsCase *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TestWorldsCase, test_worlds_case_free)
