/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gio/gio.h>

#include "cpsf-policy.h"
#include "cpsf-read.h"
#include "cpsf-snapshot.h"
#include "cpsf-table.h"
#include "cpsf-trust.h"

G_BEGIN_DECLS

/**
 * CpsfBlastOptions:
 * @effect: what each node alone would suffer
 * @layer: 1, 2 or 3: only nodes of that layer are listed (whom they hit is in any layer); 0: all
 * @worlds: how many worlds, at most 2^20, with four ranks a node each; 0 means
 *   %CPSF_WORLDS_DEFAULT
 * @seed: of the chance bits and ranks
 * @lang: (nullable): BCP 47 tag of the names to prefer
 * @threads: 0 means all processors; never changes a result
 * @cancellable: (nullable): ends the work with %CPSF_ERROR_CANCELLED
 * @progress: (nullable): called now and then
 * @progress_data: for @progress
 *
 * How the blast radius is asked for; all zero means the defaults.
 */
typedef struct {
    CpsfEffect effect;
    int layer;
    int64_t worlds;
    uint64_t seed;
    const char *lang;
    int threads;
    GCancellable *cancellable;
    CpsfProgressFunc progress;
    void *progress_data;
} CpsfBlastOptions;

CPSF_API CpsfTable *cpsf_blast(CpsfSnapshot *snapshot,
                               CpsfPolicy *policy,
                               const CpsfBlastOptions *options,
                               GError **error);

G_END_DECLS
