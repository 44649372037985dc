/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Graphs to test and measure on: seeded, the same on every machine. */

#include "cpsf-csr-private.h"
#include "cpsf-graph-private.h"

/* The next number of a stream (SplitMix64: Steele, Lea, Flood, OOPSLA 2014). */
uint64_t test_random(uint64_t *state);
/* From 0 to n - 1. */
uint32_t test_random_below(uint64_t *state, uint32_t n);

typedef enum {
    TEST_GRAPH_RANDOM,   /* ends drawn alike; dense ones are strongly connected for the most part */
    TEST_GRAPH_SOFTWARE, /* nearly acyclic, popular components early: a dependency graph */
    TEST_GRAPH_COMPANY,  /* a bow tie: half of the nodes and three fifths of the edges in one
                            strongly connected component */
} TestGraphShape;

/* Edges in no order, parallel ones and (of TEST_GRAPH_RANDOM) self-loops among them; the numbers
 * of nodes are shuffled. */
typedef struct {
    int32_t n;
    int64_t m;
    int32_t *from;
    int32_t *to;
} TestGraph;

TestGraph *test_graph_new(TestGraphShape shape, int32_t n, int64_t m, uint64_t seed);
void test_graph_free(TestGraph *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TestGraph, test_graph_free)

/* The same as adjacency, by counting sort. */
void test_graph_index(const TestGraph *self, CpsfCsr *csr);

/* A feed that says it: nodes of a kind, edges of a relation that fits that kind to itself.  Node v
 * has the key `local:graphgen#%09d`. */
CpsfGraphBuilder *test_graph_build(const TestGraph *self, CpsfKind kind, CpsfRelation relation);
