/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What tests of what-ifs share: a small graph to change, and changes that have to be accepted. */

#include "cpsf-policy.h"
#include "cpsf-whatif-private.h"

#define WHATIF_AT 1000

CpsfSnapshot *whatif_snapshot(CpsfGraph *graph);
CpsfSnapshot *whatif_outcome(const CpsfWhatIf *what_if);

/*
 * a -> b -> c by `supplies`, b -> c said twice; a -> c and b -> c in group "g" of c, which needs 2;
 * d is known by reference only, from d -> c.  e makes the device m, which has aliases.  a's evidence
 * passes under whatif_policy().
 */
CpsfSnapshot *whatif_base(void);
CpsfPolicy *whatif_policy(void);

enum { WHATIF_A, WHATIF_B, WHATIF_C, WHATIF_D, WHATIF_E, WHATIF_M, WHATIF_N };

/* An edge with the default delay; what add_edge returns. */
gboolean whatif_try_edge(CpsfWhatIf *what_if,
                         CpsfRelation relation,
                         const char *from,
                         const char *to,
                         const char *group,
                         double criticality,
                         GError **error);
/* Evidence that makes its subject verified under whatif_policy(). */
CpsfSupposedEvidence whatif_item(const char *subject, const char *id);

/* The same, an edge being one of `supplies`; the test fails if they are refused. */
void
whatif_edge(CpsfWhatIf *what_if, const char *from, const char *to, const char *group, double c);
void whatif_evidence(CpsfWhatIf *what_if, const char *subject, const char *id);
void whatif_opinion(CpsfWhatIf *what_if, const char *key, int layer, double belief);
void whatif_gone(CpsfWhatIf *what_if, const char *key);

/* All anchors as CSV. */
char *whatif_checked(CpsfSnapshot *snapshot, CpsfPolicy *policy);

/* Digests. */
void whatif_expect_same(const CpsfGraph *a, const CpsfGraph *b);
void whatif_expect_other(const CpsfGraph *a, const CpsfGraph *b);
