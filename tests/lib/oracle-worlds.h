/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Worlds and trust by the letter of docs/semantics.md, sections 6 and 7: every outcome one by one,
 * on rows, and without a line of the library's own evaluation. */

#include "cpsf-policy-private.h"
#include "cpsf-snapshot-private.h"

typedef struct {
    int32_t n;
    double *belief;     /* n: P(not F1); 1 for nodes that do not hold */
    double *disbelief;  /* n: P(F2) */
    int n_events;       /* vertices and edges with more than one outcome, of the whole snapshot */
    int64_t n_outcomes; /* of all events together */
} OracleWorlds;

/* @own: one opinion for each node.  Aborts beyond 20 events or 2^20 outcomes. */
OracleWorlds *
oracle_worlds_new(const CpsfSnapshot *snapshot, const CpsfPolicy *policy, const CpsfOpinion *own);
/* The same by as many worlds drawn at random, with a generator of its own: for graphs too large to
 * enumerate. */
OracleWorlds *oracle_worlds_sample(const CpsfSnapshot *snapshot,
                                   const CpsfPolicy *policy,
                                   const CpsfOpinion *own,
                                   int64_t worlds,
                                   uint64_t seed);
void oracle_worlds_free(OracleWorlds *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(OracleWorlds, oracle_worlds_free)
