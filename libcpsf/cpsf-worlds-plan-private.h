/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cpsf-mem-private.h"
#include "cpsf-worlds-private.h"

G_BEGIN_DECLS

typedef enum {
    CPSF_FELT_NEVER,
    CPSF_FELT_ALWAYS,
    CPSF_FELT_BY_CHANCE,
    CPSF_FELT_IN_GROUP, /* by its gate only */
} CpsfFelt;

/* A group that only several failures open. */
typedef struct {
    int32_t node;
    int32_t need;
    int64_t first; /* its edges, in CpsfPlanner.gated, up to those of the next */
} CpsfPlanGate;

/* A plan in the making. */
typedef struct {
    CpsfWorldsPlan *plan;
    CpsfSnapshot *snapshot;
    gboolean is_exact;
    uint8_t *felt;           /* (owned) CpsfFelt of each edge of snapshot->out */
    int64_t n_grouped;       /* edges in groups */
    int64_t n_certain;       /* edges felt always, once groups are known */
    int64_t n_chance;        /* edges felt by chance, once groups are known */
    CpsfChanceKey *node_key; /* (owned) of each node of the graph: hash of its canonical key */
    CpsfChanceKey relation_key[CPSF_N_RELATIONS];
    CPSF_ARRAY(CpsfPlanGate) gates;
    CPSF_ARRAY(int64_t) gated;       /* positions in snapshot->out */
    CPSF_ARRAY(int32_t) short_nodes; /* nodes with a group that lacks members */
    uint8_t *is_mixed;               /* (owned) of components: see find_mixed() */
    int32_t n_mixed;
    int32_t *tied;                                                       /* (owned) (nullable) */
    int32_t *vertex_of, *members, *member_start, *knot_start, *knot_end; /* of the plan */
} CpsfPlanner;

static inline const CpsfEdgeRow *
cpsf_plan_row(const CpsfPlanner *self, int64_t out_edge)
{
    return &self->snapshot->graph->edges.items[self->snapshot->out_row[out_edge]];
}

double cpsf_plan_criticality(const CpsfPlanner *self, int64_t out_edge);
/* Nearest multiple of 2^-32, as a multiple; 0 for 1, too. */
uint32_t cpsf_plan_fixed(double p);
CpsfFelt cpsf_plan_felt(const CpsfPlanner *self, int64_t out_edge);
/* Hash of who, to whom, what and in which group: of the hashes of these. */
CpsfChanceKey cpsf_plan_edge_key(const CpsfPlanner *self, int64_t out_edge);

/* cpsf-worlds-gates.c: fills gates, gated and short_nodes, and says how edges of other groups are
 * felt. */
gboolean cpsf_plan_find_groups(CpsfPlanner *self, GError **error);
/* Turns short_nodes into plan->is_short. */
gboolean cpsf_plan_mark_short(CpsfPlanner *self, GError **error);

/* cpsf-worlds-edges.c: the edges and gates of the plan's graph. */
gboolean cpsf_plan_add_edges(CpsfPlanner *self, GError **error);

void cpsf_planner_clear(CpsfPlanner *self);

G_END_DECLS
