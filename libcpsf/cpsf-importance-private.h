/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cpsf-anchor-private.h"
#include "cpsf-importance.h"
#include "cpsf-path-private.h"
#include "cpsf-worlds-private.h"

G_BEGIN_DECLS

/* A node whose trust is looked into, with what decides about it. */
typedef struct {
    const CpsfAnchors *anchors;
    const CpsfPaths *paths; /* of the node */
    int32_t node;
    CpsfWorldsPlan *part; /* (owned) (nullable): of all that the node relies on; NULL = it does not
                             hold */
    int32_t vertex;       /* of part: the node's */
    CpsfOpinion *own[4];  /* (owned) of every node of the graph: all layers, layer 1, 2, 3 */
} CpsfTarget;

/* @exact: for enumeration.  FALSE with NO_MEMORY; @self is to be cleared either way.
 * O(nodes + edges). */
gboolean cpsf_target_init(CpsfTarget *self,
                          const CpsfAnchors *anchors,
                          const CpsfPaths *paths,
                          gboolean exact,
                          GError **error);
void cpsf_target_clear(CpsfTarget *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(CpsfTarget, cpsf_target_clear)

/* How the figures of an anchor were found. */
typedef enum {
    CPSF_PULL_NONE, /* not at all: beyond the budget, and nothing to condition on */
    CPSF_PULL_CONDITIONAL,
    CPSF_PULL_FORCED,
    CPSF_PULL_EXACT,
} CpsfPullMethod;

/*
 * An anchor that may pull trust in the target down: one whose own opinion is not (1, 0, 0).  Figures
 * are NaN where there are none.
 */
typedef struct {
    int32_t node;
    uint8_t layer;
    uint8_t method;   /* CpsfPullMethod */
    CpsfOpinion only; /* of this anchor */
    CpsfOpinion rest; /* of the node but for this anchor */
    double gain;
    double alone;
    double importance;
    double stderr_of; /* of gain */
} CpsfPull;

/* A node with such anchors. */
typedef struct {
    int64_t first, end; /* its anchors among pulls */
    int32_t node;
    CpsfChanceKey key;
} CpsfPuller;

/* Pullers that fail together. */
typedef struct {
    int64_t first, end; /* among pullers */
    int32_t vertex;     /* of part */
    gboolean is_short;  /* fails in plane 1 whatever its anchors are */
} CpsfPullVertex;

/*
 * What pulls a target down.  The anchors of pullers come first, by vertex, then those that the
 * target never feels; cpsf_importance_find() leaves pulls in the order of its answer.
 */
typedef struct {
    const CpsfTarget *target;
    int layer; /* 0 = all */
    CPSF_ARRAY(CpsfPull) pulls;
    CPSF_ARRAY(CpsfPuller) pullers;
    CPSF_ARRAY(CpsfPullVertex) vertices;
} CpsfImportance;

/* Edge visits that forcing may cost, each of 512 worlds: some ten seconds of one processor. */
#define CPSF_IMPORTANCE_BUDGET INT64_C(2000000000)

/*
 * Finds the anchors that may pull @target down and their figures (see cpsf_trust_importance()):
 * by gain descending, then alone descending, figures that there are none of last, then key and
 * layer.  @options: layer, method, worlds, seed, threads, cancellable and progress, checked.
 * @budget: edge visits of forced worlds, at least 0.
 *
 * FALSE with NO_MEMORY, CANCELLED or LIMIT; @self is to be cleared either way.
 */
gboolean cpsf_importance_find(CpsfImportance *self,
                              const CpsfTarget *target,
                              const CpsfTrustOptions *options,
                              int64_t budget,
                              GError **error);
void cpsf_importance_clear(CpsfImportance *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(CpsfImportance, cpsf_importance_clear)

/* For cpsf_importance_find() alone: pulls, pullers and vertices, and the two ways to figures. */
gboolean cpsf_importance_list(CpsfImportance *self, GError **error);
gboolean cpsf_importance_sample(CpsfImportance *self,
                                const CpsfTrustOptions *options,
                                int64_t budget,
                                GError **error);
gboolean
cpsf_importance_enumerate(CpsfImportance *self, const CpsfTrustOptions *options, GError **error);

/* The word of the state of an anchor; NULL = the policy does not ask for it. */
const char *cpsf_pull_get_state(const CpsfAnchors *anchors, const CpsfPull *pull);

/* With what probability a node of this opinion fails by itself. */
static inline double
cpsf_opinion_fails(const CpsfOpinion *o, int plane)
{
    return plane == 0 ? 1.0 - MIN(o->belief, 1.0 - o->disbelief) : o->disbelief;
}

G_END_DECLS
