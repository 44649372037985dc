/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cpsf-consequence-private.h"
#include "cpsf-impact.h"
#include "cpsf-spread-private.h"

G_BEGIN_DECLS

/* The nodes of a spread: each once, with the index that stands for any effect on it. */
typedef struct {
    int32_t *node;  /* (owned) ascending */
    int32_t *index; /* (owned) into tallies */
    int32_t n;
    CpsfLosses losses; /* of `node` */
} CpsfImpactNodes;

/* @level, (nullable): of each index; those at 0 are left out.  FALSE with NO_MEMORY, or INVALID_VALUE
 * for losses in several currencies without rates. */
gboolean cpsf_impact_nodes_init(CpsfImpactNodes *self,
                                const CpsfSpread *spread,
                                const double *level,
                                GError **error);
void cpsf_impact_nodes_clear(CpsfImpactNodes *self);

/* What happens in all worlds together. */
typedef struct {
    double weight;  /* of all of them: how many, or 1 if their weights are probabilities */
    double *mass;   /* (owned) graph.n + graph.n_any, see CpsfEventsTally */
    double *moment; /* (owned) */
    CpsfImpactReport report;
} CpsfImpactTally;

void cpsf_impact_tally_clear(CpsfImpactTally *self);

/* Sampled worlds, or all outcomes.  FALSE with NO_MEMORY, CANCELLED, or LIMIT of the latter. */
gboolean cpsf_impact_sample(const CpsfSpread *spread,
                            const CpsfImpactNodes *nodes,
                            const CpsfImpactOptions *options,
                            CpsfImpactTally *tally,
                            GError **error);
gboolean cpsf_impact_enumerate(const CpsfSpread *spread,
                               const CpsfImpactNodes *nodes,
                               const CpsfImpactOptions *options,
                               CpsfImpactTally *tally,
                               GError **error);

/* Totals of the lanes of a run: how many nodes, and what they lose; 512 each, filled. */
void cpsf_impact_add_lanes(const CpsfEventsRoom *room,
                           const CpsfImpactNodes *nodes,
                           double *n_nodes,
                           double *loss);

/* The table of cpsf_impact(). */
CpsfTable *cpsf_impact_table(const CpsfSpread *spread,
                             const CpsfImpactNodes *nodes,
                             const CpsfImpactTally *tally,
                             const CpsfImpactOptions *options,
                             GError **error);

/* The same by a model that knows neither chance nor time: columns key, kind, name, effect, level,
 * loss. */
CpsfTable *cpsf_impact_by_levels(CpsfSnapshot *snapshot,
                                 CpsfPolicy *policy,
                                 const CpsfSpreadIncident *incidents,
                                 const CpsfImpactOptions *options,
                                 GError **error);

/* @options with its defaults, held against their ranges, and @incident as a node.  FALSE with
 * INVALID_VALUE or NOT_FOUND. */
gboolean cpsf_impact_prepare(const CpsfSnapshot *snapshot,
                             const CpsfIncident *incident,
                             const CpsfImpactOptions *options,
                             CpsfImpactOptions *completed,
                             CpsfSpreadIncident *resolved,
                             GError **error);

G_END_DECLS
