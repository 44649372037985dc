/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gio/gio.h>

#include "cpsf-graph.h"
#include "cpsf-limits.h"
#include "cpsf-table.h"

G_BEGIN_DECLS

/**
 * CpsfProgressFunc:
 * @done: how much is done, in @unit
 * @total: of how much; 0 = not known
 * @what: what is being done, e.g. a file name
 * @data: as given with the function
 *
 * Called now and then, from the calling thread, by whatever can take long.
 */
typedef void (*CpsfProgressFunc)(uint64_t done, uint64_t total, const char *what, void *data);

/**
 * CpsfReadOptions:
 * @limits: what one document may ask for; zero fields mean the defaults
 * @strict: one error finding rejects its feed
 * @schemas: (nullable): folder of XSDs to hold documents against; only with @strict
 * @now: against which `issued` is held; 0 means the clock
 * @progress: (nullable): called now and then
 * @progress_data: for @progress
 * @cancellable: (nullable): ends the work with %CPSF_ERROR_CANCELLED
 *
 * How feeds are read.
 */
typedef struct {
    CpsfLimits limits;
    gboolean strict;
    const char *schemas;
    CpsfTime now;
    CpsfProgressFunc progress;
    void *progress_data;
    GCancellable *cancellable;
} CpsfReadOptions;

#define CPSF_READ_OPTIONS_INIT                                                                     \
    {                                                                                              \
        .limits = CPSF_LIMITS_INIT                                                                 \
    }

CPSF_API CpsfGraph *cpsf_graph_read(const char *const *paths,
                                    const CpsfReadOptions *options,
                                    CpsfTable **report,
                                    GError **error);
CPSF_API gboolean cpsf_feed_validate(const char *path,
                                     const CpsfReadOptions *options,
                                     CpsfFindings **findings,
                                     CpsfTable **report,
                                     GError **error);

G_END_DECLS
