/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gio/gio.h>

#include "cpsf-policy-private.h"
#include "cpsf-read.h"
#include "cpsf-snapshot-private.h"
#include "kernels/cpsf-worlds.h"

G_BEGIN_DECLS

#define CPSF_WORLDS_MAX (INT64_C(1) << 30)
#define CPSF_EXACT_EVENTS 24
#define CPSF_EXACT_OUTCOMES (INT64_C(1) << 26)

/*
 * A snapshot as the worlds kernel wants it; immutable, any number of threads may read it.  Nodes that fail together in every world, because
 * required edges felt for certain run between them in circles, are one vertex, and its nodes are its
 * members; a circle that is left is a knot.  Groups that one failure opens are required edges.
 */
typedef struct {
    CpsfSnapshot *snapshot; /* (owned) */
    CpsfPolicy *policy;     /* (owned) */
    CpsfWorldsGraph graph;  /* arrays (owned), but for out_start and out_head */
    int32_t n_members;      /* nodes that hold */
    CpsfChanceKey *key;     /* (owned) n_members: hash of its canonical key */
    uint8_t *is_short;      /* (owned) (nullable) n_members: a group of it lacks members */
    double *chance_c;       /* (owned) (nullable) criticality of each edge of chance_tail; exact */
    double *gate_c;         /* (owned) (nullable) of gate_tail; exact */
} CpsfWorldsPlan;

/* @exact: chances stay as they are; else they are rounded to multiples of 2^-32, and those that
 * round to 0 or 1 are none.  NULL with NO_MEMORY.  O(nodes + edges). */
CpsfWorldsPlan *
cpsf_worlds_plan_new(CpsfSnapshot *snapshot, CpsfPolicy *policy, gboolean exact, GError **error);
CpsfWorldsPlan *cpsf_worlds_plan_ref(CpsfWorldsPlan *self);
void cpsf_worlds_plan_unref(CpsfWorldsPlan *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CpsfWorldsPlan, cpsf_worlds_plan_unref)

/* Vertices, ascending. */
typedef struct {
    int32_t *items; /* (owned) */
    int32_t n;
} CpsfVertexSet;

/* The vertices of @nodes; nodes that do not hold have none.  FALSE with NO_MEMORY. */
gboolean cpsf_worlds_vertices_of(const CpsfWorldsPlan *self,
                                 const int32_t *nodes,
                                 int64_t n_nodes,
                                 CpsfVertexSet *set,
                                 GError **error);
/* Adds whatever one of @set may fail because of.  FALSE with NO_MEMORY.  O(n / 8 + edges visited). */
gboolean cpsf_worlds_add_upstream(const CpsfWorldsPlan *self, CpsfVertexSet *set, GError **error);
/* Adds whatever may fail because of one of @set; of a whole plan only. */
gboolean cpsf_worlds_add_downstream(const CpsfWorldsPlan *self, CpsfVertexSet *set, GError **error);
void cpsf_vertex_set_clear(CpsfVertexSet *self);

/* The part of a plan that @set is: closed upstream, so that its vertices fail in the same worlds.  NULL
 * with NO_MEMORY.  O(nodes / 1,000 + edges into the set). */
CpsfWorldsPlan *
cpsf_worlds_plan_restrict(const CpsfWorldsPlan *self, const CpsfVertexSet *set, GError **error);

/* Own failures of the members, by chance, in the two planes of trust: 1 - belief, disbelief. */
typedef struct {
    uint32_t *fail[2]; /* (owned) n_members each */
    uint8_t *always;   /* (owned) n_members: bit p: in plane p */
} CpsfWorldsFailures;

/* @own: an opinion for each node of the graph.  FALSE with NO_MEMORY. */
gboolean cpsf_worlds_failures_init(CpsfWorldsFailures *self,
                                   const CpsfWorldsPlan *plan,
                                   const CpsfOpinion *own,
                                   GError **error);
void cpsf_worlds_failures_clear(CpsfWorldsFailures *self);
CpsfWorldsOwn
cpsf_worlds_failures_of(const CpsfWorldsFailures *self, const CpsfWorldsPlan *plan, int plane);

typedef struct {
    int64_t worlds; /* at least 1 */
    uint64_t seed;
    double target_stderr;       /* 0 = none */
    int threads;                /* 0 = all processors */
    const CpsfVertexSet *asked; /* (nullable) whose errors the stop rule looks at, and whose
                                   probability is counted out; NULL = all */
    GCancellable *cancellable;
    CpsfProgressFunc progress;
    void *progress_data;
} CpsfWorldsOptions;

/* In how many of @worlds worlds each vertex fails, in both planes. */
typedef struct {
    int64_t worlds;
    int32_t *failed[2]; /* (owned) graph.n */
} CpsfWorldsCounts;

/* FALSE with NO_MEMORY or CANCELLED; @counts is to be cleared either way. */
gboolean cpsf_worlds_run(const CpsfWorldsPlan *plan,
                         const CpsfWorldsFailures *failures,
                         const CpsfWorldsOptions *options,
                         CpsfWorldsCounts *counts,
                         GError **error);
void cpsf_worlds_counts_clear(CpsfWorldsCounts *self);

/* What a change brings: counts of the vertices of a part, of which only those of `changed` are new. */
typedef struct {
    CpsfWorldsPlan *part;  /* (owned) */
    CpsfVertexSet changed; /* vertices of part */
    CpsfWorldsCounts counts;
} CpsfWorldsUpdate;

/* Counts again what may fail because of @nodes, whose own opinions or edges into them changed: bit
 * for bit what a run from nothing gives.  FALSE with NO_MEMORY or CANCELLED; @update is to be cleared
 * either way.  The cost of a run on what those nodes rely on. */
gboolean cpsf_worlds_rerun(CpsfWorldsPlan *plan,
                           const CpsfOpinion *own,
                           const int32_t *nodes,
                           int64_t n_nodes,
                           const CpsfWorldsOptions *options,
                           CpsfWorldsUpdate *update,
                           GError **error);
void cpsf_worlds_update_clear(CpsfWorldsUpdate *self);

/* The standard error of expected trust (docs/semantics.md, section 7) of counts. */
double cpsf_worlds_stderr(int64_t worlds, int32_t failed_1, int32_t failed_2);

/* Work space of one thread.  FALSE with NO_MEMORY. */
typedef struct {
    CpsfWorldsWork work;
    void *memory; /* (owned) of work.words */
} CpsfWorldsRoom;

gboolean cpsf_worlds_room_init(CpsfWorldsRoom *self, const CpsfWorldsPlan *plan, GError **error);
void cpsf_worlds_room_clear(CpsfWorldsRoom *self);

/* The probability of failing of each of @asked, in both planes, by enumeration. */
typedef struct {
    int64_t outcomes;
    int events;
    double *probability[2]; /* (owned) graph.n */
} CpsfWorldsExact;

/* @plan must be exact, and @own an opinion for each node.  FALSE with NO_MEMORY, CANCELLED, or LIMIT
 * if more events, or outcomes, bear on @options->asked than can be counted out. */
gboolean cpsf_worlds_enumerate(const CpsfWorldsPlan *plan,
                               const CpsfOpinion *own,
                               const CpsfWorldsOptions *options,
                               CpsfWorldsExact *exact,
                               GError **error);
void cpsf_worlds_exact_clear(CpsfWorldsExact *self);

G_END_DECLS
