/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cpsf-spread-private.h"

G_BEGIN_DECLS

/*
 * First arrivals in the one world where every chance event lets through (docs/semantics.md, section
 * 8, `earliest`): scalar, each edge looked at once.
 */
#define CPSF_ARRIVAL_NEVER INT64_MAX

static inline const CpsfEventsWindow *
cpsf_arrival_window(const CpsfEventsGraph *graph, int64_t e)
{
    return &graph->windows[graph->window != NULL ? graph->window[e] : 0];
}

/* When edge @e brings to its head what affects @v at @time; CPSF_ARRIVAL_NEVER if it does not. */
static inline int64_t
cpsf_arrival_by(const CpsfEventsGraph *graph, int32_t v, int64_t e, int64_t time)
{
    const CpsfEventsWindow *w = cpsf_arrival_window(graph, e);
    const int64_t down = graph->downtime != NULL ? graph->downtime[v] : INT64_MAX;
    const int64_t departure = MAX(time, w->since);

    if (departure >= w->until || departure - time >= down)
        return CPSF_ARRIVAL_NEVER;
    return departure + w->delay;
}

/*
 * Where every edge is a contact, passed on at one microsecond alone, and there are no gates: contacts
 * in order of time, sorted once, so that whoever reaches much costs one pass over them and no queue.
 * Immutable; @graph must outlive it.
 */
typedef struct _CpsfArrivalContacts CpsfArrivalContacts;

/* Whether @graph is of that sort, as far as @end goes.  O(edges). */
gboolean cpsf_arrival_has_contacts_only(const CpsfEventsGraph *graph, int64_t end);

/* Of a graph that is.  NULL with NO_MEMORY.  O(n + m); 24 bytes a contact, 48 while it is made. */
CpsfArrivalContacts *
cpsf_arrival_contacts_new(const CpsfEventsGraph *graph, int64_t end, GError **error);
void cpsf_arrival_contacts_free(CpsfArrivalContacts *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CpsfArrivalContacts, cpsf_arrival_contacts_free)

/* As cpsf_arrival_run() by the end that they were sorted for.  O(n + contacts). */
gboolean cpsf_arrival_run_contacts(const CpsfArrivalContacts *self,
                                   const CpsfEventsSource *sources,
                                   int32_t n_sources,
                                   GCancellable *cancellable,
                                   int64_t *arrival,
                                   GError **error);
int64_t cpsf_arrival_contacts_count(const CpsfArrivalContacts *self);

/* Fills @arrival (n of the caller's): when each vertex is affected, CPSF_ARRIVAL_NEVER if it is not by
 * @end.  @contacts, those of @graph by @end, are passed over once a queue would cost more.  FALSE with
 * NO_MEMORY or CANCELLED.  O(edges reached), and what a queue by time costs. */
gboolean cpsf_arrival_run(const CpsfEventsGraph *graph,
                          const CpsfArrivalContacts *contacts, /* (nullable) */
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
