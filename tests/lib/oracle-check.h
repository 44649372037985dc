/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Anchors and relying by the letter of docs/semantics.md, sections 5 and 9: slow, on rows, and
 * without a line of the library's own evaluation. */

#include "cpsf-graph-private.h"
#include "cpsf-policy-private.h"

typedef struct {
    gboolean asked;
    CpsfState state;
    uint32_t reasons;
    int64_t item; /* -1 = none */
    gboolean incomplete;
} OracleAnchor;

typedef struct {
    int n;
    OracleAnchor (*anchor)[3]; /* n, by layer - 1 */
    int64_t *relying;          /* n */
    gboolean *holds;           /* n */
} Oracle;

Oracle *oracle_new(const CpsfGraph *graph, const CpsfPolicy *policy, CpsfTime at);
void oracle_free(Oracle *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Oracle, oracle_free)

/* What one row of evidence comes to. */
typedef struct {
    gboolean exists;     /* said at that moment of a subject that holds */
    uint32_t reasons[3]; /* held against each layer of its subject, by layer - 1 */
    int assurance;       /* effective */
} OracleItem;

/* @items: one for each row of evidence; @may_assess: for each row of opinions, whether its assessor
 * is a trusted issuer of the scheme `assessment` and does not speak for himself. */
void oracle_judge(const CpsfGraph *graph,
                  const CpsfPolicy *policy,
                  CpsfTime at,
                  OracleItem *items,
                  gboolean *may_assess);
