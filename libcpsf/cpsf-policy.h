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

CPSF_API CpsfPolicy *cpsf_policy_new_default(void);
CPSF_API CpsfPolicy *cpsf_policy_load(const char *file, GError **error);
CPSF_API CpsfPolicy *cpsf_policy_ref(CpsfPolicy *self);
CPSF_API void cpsf_policy_unref(CpsfPolicy *self);
CPSF_API const char *cpsf_policy_get_name(const CpsfPolicy *self);
CPSF_API const char *cpsf_policy_get_digest(const CpsfPolicy *self);
CPSF_API char *cpsf_policy_to_xml(const CpsfPolicy *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CpsfPolicy, cpsf_policy_unref)

G_END_DECLS
