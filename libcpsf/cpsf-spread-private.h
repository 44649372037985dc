/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cpsf-events-private.h"
#include "cpsf-policy-private.h"
#include "cpsf-snapshot-private.h"

G_BEGIN_DECLS

#define CPSF_SPREAD_SLOT CPSF_N_EFFECTS /* in place of the effect of a slot */

/* An incident, or what is asked about. */
typedef struct {
    int32_t node;
    CpsfEffect effect;
    CpsfTime time; /* of no matter in a static spread */
} CpsfSpreadIncident;

typedef enum {
    CPSF_SPREAD_FROM, /* what the incidents can reach */
    CPSF_SPREAD_TO,   /* what can reach the incidents' nodes and effects */
    CPSF_SPREAD_ALL,  /* every node that holds at the snapshot's moment, with each of `effects`, and
                         what those and the incidents can reach; gates that can never open are
                         kept, with gate_vertex -1: not to be run */
} CpsfSpreadReach;

typedef struct {
    CpsfSpreadReach reach;
    const CpsfSpreadIncident *incidents; /* node, effect and time are checked by the caller */
    int32_t n_incidents;                 /* >= 1; of a static ALL >= 0 */
    unsigned effects;                    /* of ALL: bit i = CpsfEffect i */
    int64_t horizon;                     /* >= 0, microseconds after the earliest of them */
    gboolean
        is_static; /* edges as they hold at the snapshot's moment, no delays, no downtimes, no end */
    gboolean is_exact; /* keep chances that round to 0 or 1 in 2^-32 apart: fills felt_c */
} CpsfSpreadOptions;

/*
 * The policy's spread rules on the edges of a graph over [start, end]: immutable, any number of
 * threads may read it.  Only what can be reached is built.  An edge whose statements give it several
 * intervals, or several criticalities one after the other, is several edges of one key here.
 */
typedef struct {
    CpsfSnapshot *snapshot; /* (owned) */
    CpsfPolicy *policy;     /* (owned) */
    CpsfEventsGraph graph;  /* arrays (owned) */
    CpsfTime start;         /* the earliest incident; of a static spread the snapshot's moment */
    CpsfTime end;           /* at most CPSF_EVENTS_END_MAX */
    gboolean is_static;
    int32_t *node;     /* (owned) n: of a slot: the node that its group belongs to */
    uint8_t *effect;   /* (owned) n: CpsfEffect, or CPSF_SPREAD_SLOT */
    int32_t *any_node; /* (owned) graph.n_any: ascending */
    int64_t *row;      /* (owned) m: the row of graph->edges that counts, or -1: by a self rule */
    double *felt_c;    /* (owned) (nullable) m: criticality, exact; NULL = all 1 */
    double *rule_p;    /* (owned) of each rule of the policy, exact */
    CpsfEventsSource *sources; /* (owned) of FROM and TO: the vertices of the incidents, ascending,
                                  each once at its earliest time */
    int32_t n_sources;
    int32_t *by_node; /* (owned) n_by_node: vertices that are no slots, by node and effect */
    int32_t n_by_node;
} CpsfSpread;

/* NULL with NO_MEMORY, or LIMIT (more vertices than 2^31 - 2).  O(rows of edges + what is reached). */
CpsfSpread *cpsf_spread_new(CpsfSnapshot *snapshot,
                            CpsfPolicy *policy,
                            const CpsfSpreadOptions *options,
                            GError **error);
CpsfSpread *cpsf_spread_ref(CpsfSpread *self);
void cpsf_spread_unref(CpsfSpread *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CpsfSpread, cpsf_spread_unref)

/* The vertex of an effect on a node, or -1.  O(log n). */
int32_t cpsf_spread_find(const CpsfSpread *self, int32_t node, CpsfEffect effect);

/* The chance that edge @e lets through: criticality times the rule's probability. */
static inline double
cpsf_spread_chance(const CpsfSpread *self, int64_t e)
{
    return (self->felt_c != NULL ? self->felt_c[e] : 1.0) * self->rule_p[self->graph.rule[e]];
}

G_END_DECLS
