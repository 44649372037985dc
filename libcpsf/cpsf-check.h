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
 * @cancellable: (nullable)
 * @progress: (nullable)
 * @progress_data: for @progress
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

/* Which anchors are unverified, and why: columns of interface, section 1.  @is_estimated (out)
 * (optional): whether `relying` holds estimates. */
CPSF_API CpsfTable *cpsf_check(CpsfSnapshot *snapshot,
                               CpsfPolicy *policy,
                               const CpsfCheckOptions *options,
                               gboolean *is_estimated,
                               GError **error);

/* What is in it: item, layer, kind, count. */
CPSF_API CpsfTable *cpsf_info(CpsfSnapshot *snapshot, GError **error);

/* All about one node: part, layer, item, value, detail, source.  NOT_FOUND if @key names none. */
CPSF_API CpsfTable *cpsf_explain(
    CpsfSnapshot *snapshot, CpsfPolicy *policy, const char *key, const char *lang, GError **error);

G_END_DECLS
