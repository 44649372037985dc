/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gio/gio.h>

#include "cpsf-policy-private.h"
#include "cpsf-read.h"
#include "cpsf-snapshot-private.h"

G_BEGIN_DECLS

/* Edge visits that exact counts may cost by default: some ten seconds of one processor.  A visit
 * carries 512 nodes, so a graph of 10 million edges has 200 sweeps, 100,000 nodes, for it. */
#define CPSF_RELYING_BUDGET INT64_C(2000000000)

typedef struct {
    int64_t budget; /* edge visits; 0 = CPSF_RELYING_BUDGET; beyond it counts are estimated */
    int threads;    /* 0 = all processors; never changes a result */
    GCancellable *cancellable; /* (nullable) */
    CpsfProgressFunc progress; /* (nullable) called from the calling thread */
    void *progress_data;
} CpsfRelyingOptions;

/* Whether reliance runs along the edge at this position of snapshot->out: its criticality, or the
 * policy's default for the relation, is above 0. */
gboolean
cpsf_relying_edge_counts(const CpsfSnapshot *snapshot, const CpsfPolicy *policy, int64_t out_edge);

/*
 * How many other nodes rely on each of @nodes (docs/semantics.md, section 9): those reached from it
 * over edges that count.  @relying: @n_nodes counts.  @is_estimated: whether they are estimates,
 * relative standard deviation about 6 %, all of them or none; 0 is exact either way.
 *
 * FALSE with NO_MEMORY or CANCELLED.  O(nodes + edges), and for every 512 different components among
 * @nodes a sweep over the condensation from the first of them on; or 16 sweeps in all.
 */
gboolean cpsf_relying_count(const CpsfSnapshot *snapshot,
                            const CpsfPolicy *policy,
                            const int32_t *nodes,
                            int64_t n_nodes,
                            const CpsfRelyingOptions *options,
                            int64_t *relying,
                            gboolean *is_estimated,
                            GError **error);

G_END_DECLS
