/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cpsf-finding.h"
#include "cpsf-model.h"

G_BEGIN_DECLS

/**
 * CpsfPolicy:
 *
 * What counts as verified, for whom, from whom.  Immutable.
 */
typedef struct _CpsfPolicy CpsfPolicy;

/* The built-in default. (transfer full) */
CPSF_API CpsfPolicy *cpsf_policy_new_default(void);
/* The default with the entries of a policy file merged over it.  NULL with IO, or INVALID_DATA
 * "FILE:LINE:COLUMN: …" naming the first fault. */
CPSF_API CpsfPolicy *cpsf_policy_load(const char *file, GError **error);
CPSF_API CpsfPolicy *cpsf_policy_ref(CpsfPolicy *self);
CPSF_API void cpsf_policy_unref(CpsfPolicy *self);
CPSF_API const char *cpsf_policy_get_name(const CpsfPolicy *self);
/* "sha256:…" of the text of cpsf_policy_to_xml(). */
CPSF_API const char *cpsf_policy_get_digest(const CpsfPolicy *self);
/* The whole policy in force as a policy file; newly allocated.  Reading it gives the same policy. */
CPSF_API char *cpsf_policy_to_xml(const CpsfPolicy *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CpsfPolicy, cpsf_policy_unref)

G_END_DECLS
