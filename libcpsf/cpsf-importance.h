/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cpsf-trust.h"

G_BEGIN_DECLS

CPSF_API CpsfTable *cpsf_trust_importance(CpsfSnapshot *snapshot,
                                          CpsfPolicy *policy,
                                          const char *key,
                                          const CpsfTrustOptions *options,
                                          GError **error);

G_END_DECLS
