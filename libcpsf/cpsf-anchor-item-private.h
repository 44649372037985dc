/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cpsf-policy-private.h"
#include "cpsf-snapshot-private.h"

G_BEGIN_DECLS

/* What holds of an evidence item whatever layer it is held against. */
typedef struct CpsfItemWorth {
    CpsfTime until;    /* effective */
    uint32_t reasons;  /* but for wrong-layer, weak-assurance and signatures */
    int16_t scheme;    /* index into policy->schemes; -1 = unknown */
    uint8_t assurance; /* effective, CpsfAssurance */
    uint8_t exists;    /* said at the snapshot's moment of a subject that holds */
} CpsfItemWorth;

/* Fills @items, one for each row of graph->evidence.  FALSE with NO_MEMORY. */
gboolean cpsf_items_judge(const CpsfSnapshot *snapshot,
                          const CpsfPolicy *policy,
                          CpsfItemWorth *items,
                          GError **error);

/* The reasons of @row held against @layer of its subject: 0 = it passes. */
uint32_t cpsf_item_get_reasons(const CpsfSnapshot *snapshot,
                               const CpsfPolicy *policy,
                               const CpsfItemWorth *worth,
                               const CpsfEvidenceRow *row,
                               int layer);

/*
 * Whose opinions count: fills @assessors, one for each row of graph->opinions, with a number that is
 * the same for all keys of an assessor, or -1.  An opinion counts if it is valid at the snapshot's
 * moment and its assessor is a trusted issuer of the scheme `assessment` who
 * does not speak for himself; where the policy names signers, none does until feeds are verified.
 * @items as cpsf_items_judge() left them.  FALSE with NO_MEMORY.
 */
gboolean cpsf_assessors_judge(const CpsfSnapshot *snapshot,
                              const CpsfPolicy *policy,
                              const CpsfItemWorth *items,
                              int64_t *assessors,
                              GError **error);

G_END_DECLS
