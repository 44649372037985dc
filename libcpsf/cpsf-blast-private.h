/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cpsf-blast.h"
#include "cpsf-spread-private.h"
#include "kernels/cpsf-minrank.h"

G_BEGIN_DECLS

/*
 * Where an effect may go, as kernels/cpsf-minrank.h sweeps it: without slots, and what edges that
 * always let through tie into circles as one vertex.  Immutable; the graph that it is of must outlive
 * it.
 */
typedef struct {
    const CpsfEventsGraph *events;
    CpsfMinrankGraph graph; /* arrays (owned) */
    int64_t m;              /* edges out, then edges in */
    int64_t *edge;          /* (owned) m: which edge of `events` */
    gboolean is_certain;    /* nothing is by chance */
    int32_t n_members;
    int32_t *vertex_of;    /* (owned) by vertex of `events`; -1: a slot */
    int32_t *member_start; /* (owned) graph.n + 1 */
    int32_t *members;      /* (owned) n_members: vertices of `events` */
} CpsfBlastPlan;

/* NULL with NO_MEMORY.  O(n + m). */
CpsfBlastPlan *cpsf_blast_plan_new(const CpsfEventsGraph *events, GError **error);
void cpsf_blast_plan_free(CpsfBlastPlan *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CpsfBlastPlan, cpsf_blast_plan_free)

/* What is asked; vertices are those of the plan's `events`. */
typedef struct {
    const CpsfChanceKey *node_key; /* of the node of each vertex */
    const double *loss;            /* (nullable) likewise: NaN = none is stated */
    const int32_t *asked;          /* n_asked: vertices */
    int32_t n_asked;
    int64_t worlds; /* at least 1 */
    uint64_t seed;
    int threads;
    GCancellable *cancellable;
    CpsfProgressFunc progress;
    void *progress_data;
} CpsfBlastQuestion;

/* Sums over worlds of what each says, for each of the vertices asked about. */
typedef struct {
    double *nodes;        /* (owned) */
    double *nodes_square; /* (owned) */
    double *loss;         /* (owned) (nullable): if losses were asked for */
} CpsfBlastSums;

void cpsf_blast_sums_clear(CpsfBlastSums *self);

/* The same whatever the number of threads.  FALSE with NO_MEMORY or CANCELLED. */
gboolean cpsf_blast_run(const CpsfBlastPlan *plan,
                        const CpsfBlastQuestion *question,
                        CpsfBlastSums *sums,
                        GError **error);

/* Marks the vertices that can reach a slot: what redundancy leaves out there is not counted.  FALSE
 * with NO_MEMORY.  O(n + m). */
gboolean cpsf_blast_find_bounds(const CpsfEventsGraph *events, uint8_t *is_bound, GError **error);

G_END_DECLS
