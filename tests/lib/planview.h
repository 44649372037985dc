/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Plans of worlds as text, by key and not by number: what a plan says, and what it has to say by the
 * letter of docs/semantics.md, section 6, worked out edge by edge. */

#include "cpsf-worlds-private.h"
#include "supplygen.h"

typedef struct {
    CpsfGraph *graph;
    CpsfSnapshot *snapshot;
    CpsfPolicy *policy;
    CpsfWorldsPlan *plan;
} TestPlan;

/* Of a supply at a moment, under test_supply_policy(). */
TestPlan *test_plan_new(const TestSupply *supply, CpsfTime at, gboolean exact);
/* Of a drawn one of up to 60 nodes with all there is, at one of two moments; one in three is small. */
TestPlan *test_plan_draw(uint64_t seed, gboolean exact);
void test_plan_free(TestPlan *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TestPlan, test_plan_free)

/* The vertex of the node with this key; -1 = it has none. */
int32_t test_plan_vertex(const TestPlan *self, const char *key);

/*
 * Lines in the order of strcmp(), a vertex going by the first of its members' keys:
 *
 *     vertex NAME = KEY KEY …          a key with ! after it is that of a node with a short group
 *     always TAIL > HEAD               each once
 *     chance TAIL > HEAD by P          P: multiples of 2^-32; %a of an exact plan
 *     gate HEAD at NEED of TAIL:P …    P of an edge felt for certain: always
 *
 * @exact: the plan is.  Newly allocated strings, freed with the array.
 */
GPtrArray *test_plan_describe(const CpsfWorldsPlan *plan, gboolean exact);
/* The same, from the edges that hold and their groups, which each have at most one declaration; at
 * most 64 nodes. */
GPtrArray *test_plan_expect(const CpsfSnapshot *snapshot, const CpsfPolicy *policy, gboolean exact);

/* What every plan and part of a plan keeps to, whatever it is of (kernels/cpsf-worlds.h). */
void test_plan_check(const CpsfWorldsPlan *plan);

/* Whether the two lists hold the same lines; the first that differs is told on standard error. */
gboolean test_lines_are_same(const GPtrArray *found, const GPtrArray *wanted);
