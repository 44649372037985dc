/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gio/gio.h>

#include "cpsf-error-private.h"
#include "kernels/cpsf-events.h"

G_BEGIN_DECLS

/*
 * An incident through time, in 512 worlds at once: events (time, vertex, lanes) in order of time, and
 * of vertices at the same time.  Lane i is world 512 * block + i.
 */
typedef struct _CpsfEventsRoom CpsfEventsRoom;

/* Work space of one thread for @graph, which must outlive it.  NULL with NO_MEMORY.  O(n) once; a run
 * costs what it touches. */
CpsfEventsRoom *cpsf_events_room_new(const CpsfEventsGraph *graph, GError **error);
void cpsf_events_room_free(CpsfEventsRoom *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CpsfEventsRoom, cpsf_events_room_free)

typedef struct {
    const CpsfEventsSource *sources;
    int32_t n_sources;
    int64_t origin; /* the time that moments are counted from */
    int64_t end;    /* what would arrive later neither counts nor passes on */
    CpsfEventsChance chance;
    CpsfLanes among;      /* the lanes that are worlds */
    const double *weight; /* (nullable) 512: what each lane weighs; NULL = 1 */
    GCancellable *cancellable;
} CpsfEventsBlock;

/* Of each index of the graph, n + n_any of them, slots left at 0. */
typedef struct {
    double *mass;   /* weight of the lanes in which it is affected: a count if weights are 1 */
    double *moment; /* sum over those of weight * (first arrival - origin), microseconds */
} CpsfEventsTally;

/* Fills @tally (the caller's arrays); those of the last run given again must be as it left them, so that
 * only what it touched has to be cleared.  Sums run in the order of events, which depends on nothing but
 * the arguments: not on the kernel, nor on what the room was used for.  FALSE with NO_MEMORY or
 * CANCELLED. */
gboolean cpsf_events_run(CpsfEventsRoom *self,
                         const CpsfEventsBlock *block,
                         CpsfEventsTally *tally,
                         GError **error);

/* (transfer none): the vertices affected in the last run, slots among them, and the any-indices less
 * graph.n, each once. */
const int32_t *cpsf_events_room_get_touched(const CpsfEventsRoom *self, int32_t *n);
const int32_t *cpsf_events_room_get_touched_any(const CpsfEventsRoom *self, int32_t *n);

/* How many nodes were affected in each of the 512 lanes of the last run. */
void cpsf_events_room_count_nodes(const CpsfEventsRoom *self, double *n_nodes);

/* The lanes in which vertex or any-index @index was affected in the last run; good until the next. */
CpsfLanes cpsf_events_room_get_lanes(const CpsfEventsRoom *self, int32_t index);

G_END_DECLS
