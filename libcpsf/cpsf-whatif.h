/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cpsf-model.h"
#include "cpsf-snapshot.h"

G_BEGIN_DECLS

/**
 * CpsfWhatIf:
 *
 * Changes to a snapshot that are only supposed: nodes removed, edges and evidence added, opinions
 * set.  They are collected one by one, each checked as it is made; [method@WhatIf.snapshot] then
 * shows the base with all of them.  One owner, one thread; any number of them, in any number of
 * threads, may stand on one base.
 *
 * Since: 0.1
 */
typedef struct _CpsfWhatIf CpsfWhatIf;

/**
 * CpsfSupposedEdge:
 * @relation: what the edge means; read "@from @relation @to"
 * @from: key of the end that is relied on; need not be canonical
 * @to: key of the end that relies on it; need not be canonical
 * @group: (nullable): name of the group of alternatives, UTF-8; %NULL or "" means required
 * @criticality: in [0,1]; NaN means the policy's default
 * @delay: at least 0, in microseconds; -1 means the policy's default
 *
 * An edge that holds for all of time in a what-if.  The caller's, texts included.
 *
 * Since: 0.1
 */
typedef struct {
    CpsfRelation relation;
    const char *from;
    const char *to;
    const char *group;
    double criticality;
    int64_t delay;
} CpsfSupposedEdge;

/**
 * CpsfSupposedEvidence:
 * @subject: a key or an alias of the node that it is about; need not be canonical
 * @layer: 1, 2 or 3
 * @scheme: id of a scheme of the policy, UTF-8, not empty; of none, the item never passes
 * @id: (nullable): of the paper, UTF-8
 * @issuer: (nullable): key of whoever issued it; need not be canonical
 * @assurance: %CPSF_ASSURANCE_NONE means the scheme's
 * @status: what the issuer says of it
 * @valid: when it is valid: since before until
 * @scope: (nullable): blank-separated keys, in any order; %NULL or "" means everything
 *
 * An evidence item that exists in a what-if.  The caller's, texts included.
 *
 * Since: 0.1
 */
typedef struct {
    const char *subject;
    int layer;
    const char *scheme;
    const char *id;
    const char *issuer;
    CpsfAssurance assurance;
    CpsfStatus status;
    CpsfInterval valid;
    const char *scope;
} CpsfSupposedEvidence;

CPSF_API CpsfWhatIf *cpsf_what_if_new(CpsfSnapshot *base);
CPSF_API void cpsf_what_if_free(CpsfWhatIf *self);
CPSF_API gboolean cpsf_what_if_remove_node(CpsfWhatIf *self, const char *key, GError **error);
CPSF_API gboolean cpsf_what_if_add_edge(CpsfWhatIf *self,
                                        const CpsfSupposedEdge *edge,
                                        GError **error);
CPSF_API gboolean cpsf_what_if_add_evidence(CpsfWhatIf *self,
                                            const CpsfSupposedEvidence *evidence,
                                            GError **error);
CPSF_API gboolean cpsf_what_if_set_opinion(CpsfWhatIf *self,
                                           const char *key,
                                           int layer,
                                           double belief,
                                           double disbelief,
                                           double uncertainty,
                                           GError **error);
CPSF_API CpsfSnapshot *cpsf_what_if_snapshot(const CpsfWhatIf *self, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CpsfWhatIf, cpsf_what_if_free)

G_END_DECLS
