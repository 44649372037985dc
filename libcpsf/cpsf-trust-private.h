/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cpsf-anchor-private.h"
#include "cpsf-trust.h"
#include "cpsf-worlds-private.h"

G_BEGIN_DECLS

/* What a model says of every node of a snapshot; arrays of n_nodes. */
typedef struct {
    double *belief; /* (owned) NaN = the model does not say */
    double *disbelief;
    double *expected;
    double *stderr_of; /* of expected; 0 = no sampling */
} CpsfTrustFigures;

/* FALSE with NO_MEMORY. */
gboolean cpsf_trust_figures_init(CpsfTrustFigures *self, int32_t n_nodes, GError **error);
void cpsf_trust_figures_clear(CpsfTrustFigures *self);

/* The figures of a node that failed in so many of @worlds worlds in either plane. */
void cpsf_trust_figures_count(
    CpsfTrustFigures *self, int32_t node, int64_t worlds, int32_t failed_1, int32_t failed_2);
/* How worlds are sampled for @options. */
CpsfWorldsOptions cpsf_trust_get_worlds_options(const CpsfTrustOptions *options);

/* FALSE with INVALID_VALUE for an option out of its range. */
gboolean cpsf_trust_check_options(const CpsfTrustOptions *options, GError **error);
/* The rows of @nodes, in the order of trust.  NULL with NO_MEMORY. */
CpsfTable *cpsf_trust_make_table(const CpsfGraph *graph,
                                 const int32_t *nodes,
                                 int64_t n_nodes,
                                 const CpsfTrustFigures *figures,
                                 const char *lang,
                                 GError **error);

/*
 * The models, one function each: @figures is made and filled by the function and cleared by the
 * caller, also on failure; @report is zero and may be filled.  FALSE with NO_MEMORY, CANCELLED, and
 * what each says of itself.
 */

/* LIMIT beyond 24 events or 2^26 outcomes by CPSF_METHOD_EXACT.  cpsf-trust-worlds.c */
gboolean cpsf_trust_by_worlds(const CpsfAnchors *anchors,
                              const CpsfTrustOptions *options,
                              const int32_t *nodes,
                              int64_t n_nodes,
                              CpsfTrustFigures *figures,
                              CpsfTrustReport *report,
                              GError **error);

/* cpsf-weakest.c */
gboolean cpsf_trust_by_weakest(const CpsfAnchors *anchors,
                               const CpsfTrustOptions *options,
                               CpsfTrustFigures *figures,
                               CpsfTrustReport *report,
                               GError **error);

/* NOT_CONVERGED; NOT_FOUND if no root of the policy is a node.  cpsf-ebsl.c */
gboolean cpsf_trust_by_ebsl(const CpsfAnchors *anchors,
                            const CpsfTrustOptions *options,
                            CpsfTrustFigures *figures,
                            CpsfTrustReport *report,
                            GError **error);

/* NOT_CONVERGED; NOT_FOUND if no root of the policy is a node.  cpsf-eigentrust.c */
gboolean cpsf_trust_by_eigentrust(const CpsfAnchors *anchors,
                                  const CpsfTrustOptions *options,
                                  CpsfTrustFigures *figures,
                                  CpsfTrustReport *report,
                                  GError **error);

G_END_DECLS
