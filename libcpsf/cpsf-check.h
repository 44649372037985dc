/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gio/gio.h>

#include "cpsf-policy.h"
#include "cpsf-read.h"
#include "cpsf-snapshot.h"
#include "cpsf-table.h"

G_BEGIN_DECLS

/**
 * CpsfCheckOptions:
 * @all: also the verified anchors
 * @lang: (nullable): BCP 47 tag of the names to prefer
 * @relying_budget: edge visits that exact `relying` counts may cost; beyond it they are estimated;
 *   0 means the default
 * @threads: 0 means all processors
 * @cancellable: (nullable): ends the work with %CPSF_ERROR_CANCELLED
 * @progress: (nullable): called now and then
 * @progress_data: for @progress
 *
 * How anchors are checked; all zero means the defaults.
 */
typedef struct {
    gboolean all;
    const char *lang;
    int64_t relying_budget;
    int threads;
    GCancellable *cancellable;
    CpsfProgressFunc progress;
    void *progress_data;
} CpsfCheckOptions;

CPSF_API CpsfTable *cpsf_check(CpsfSnapshot *snapshot,
                               CpsfPolicy *policy,
                               const CpsfCheckOptions *options,
                               gboolean *is_estimated,
                               GError **error);

CPSF_API CpsfFindings *cpsf_check_findings(CpsfSnapshot *snapshot, CpsfPolicy *policy);

CPSF_API CpsfTable *cpsf_info(CpsfSnapshot *snapshot, GError **error);

CPSF_API CpsfTable *cpsf_explain(
    CpsfSnapshot *snapshot, CpsfPolicy *policy, const char *key, const char *lang, GError **error);

G_END_DECLS
