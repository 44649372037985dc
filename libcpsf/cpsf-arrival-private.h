/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cpsf-spread-private.h"

G_BEGIN_DECLS

/*
 * First arrivals in the one world where every chance event lets through (docs/semantics.md, section
 * 8, `earliest`): scalar, each edge looked at once.
 */
#define CPSF_ARRIVAL_NEVER INT64_MAX

/* When edge @e brings to its head what affects @v at @time; CPSF_ARRIVAL_NEVER if it does not. */
static inline int64_t
cpsf_arrival_by(const CpsfEventsGraph *graph, int32_t v, int64_t e, int64_t time)
{
    const CpsfEventsWindow w = graph->windows[graph->window != NULL ? graph->window[e] : 0];
    const int64_t down = graph->downtime != NULL ? graph->downtime[v] : INT64_MAX;
    const int64_t departure = MAX(time, w.since);

    if (departure >= w.until || departure - time >= down)
        return CPSF_ARRIVAL_NEVER;
    return departure + w.delay;
}

/* Fills @arrival (n of the caller's): when each vertex is affected, CPSF_ARRIVAL_NEVER if it is not by
 * @end.  FALSE with NO_MEMORY or CANCELLED.  O(edges reached), and what a queue by time costs. */
gboolean cpsf_arrival_run(const CpsfEventsGraph *graph,
                          const CpsfEventsSource *sources,
                          int32_t n_sources,
                          int64_t end,
                          GCancellable *cancellable,
                          int64_t *arrival,
                          GError **error);

/* For each vertex the vertex that affects it first in that world: of several at the same time by the
 * larger chance of the edge, then by key of the node, then by effect; at a gate the tail of the edge
 * that closes it.  Slots are looked through: neither asked nor answered (-1).  -1 for sources and for
 * what never is affected.  Following it ends at a source, also where circles without delay are.
 * FALSE with NO_MEMORY. */
gboolean cpsf_arrival_trace(const CpsfSpread *spread,
                            const CpsfEventsSource *sources,
                            int32_t n_sources,
                            const int64_t *arrival,
                            int32_t *before,
                            GError **error);

G_END_DECLS
