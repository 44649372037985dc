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

/**
 * CpsfExplainOptions:
 * @lang: (nullable): BCP 47 tag of the names to prefer
 * @worlds: how many worlds are sampled, at most 2^30; 0 means 4096
 * @seed: of the chance bits
 * @threads: 0 means all processors; never changes a result
 * @cancellable: (nullable): ends the work with %CPSF_ERROR_CANCELLED
 * @progress: (nullable): called now and then
 * @progress_data: for @progress
 *
 * How a node is explained; all zero means the defaults.
 *
 * Since: 0.1
 */
typedef struct {
    const char *lang;
    int64_t worlds;
    uint64_t seed;
    int threads;
    GCancellable *cancellable;
    CpsfProgressFunc progress;
    void *progress_data;
} CpsfExplainOptions;

CPSF_API CpsfTable *cpsf_explain(CpsfSnapshot *snapshot,
                                 CpsfPolicy *policy,
                                 const char *key,
                                 const CpsfExplainOptions *options,
                                 GError **error);

G_END_DECLS
