/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cpsf-graph-private.h"
#include "cpsf-policy-private.h"
#include "kernels/cpsf-chance.h"

G_BEGIN_DECLS

/*
 * The keys of chance events (docs/semantics.md, section 6): fixed hashes of canonical keys and of
 * words, so that they are the same in every graph, and of no unkeyed table.
 */
CpsfChanceKey cpsf_chance_key_of_node(const CpsfGraph *graph, int32_t node);
CpsfChanceKey cpsf_chance_key_of_relation(int relation);

/* Who, to whom, what and in which group: @from, @to and @relation are the keys of those. */
CpsfChanceKey cpsf_chance_key_of_edge(const CpsfGraph *graph,
                                      const CpsfEdgeRow *edge,
                                      CpsfChanceKey from,
                                      CpsfChanceKey to,
                                      CpsfChanceKey relation);

/* A spread rule, by what identifies it in a policy: relation, direction, effects. */
CpsfChanceKey cpsf_chance_key_of_rule(const CpsfSpreadRule *rule);

G_END_DECLS
