/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cpsf-policy-private.h"
#include "cpsf-snapshot-private.h"

G_BEGIN_DECLS

/* How a node comes to rely on each node that it relies on: a tree of shortest paths. */
typedef struct {
    const CpsfSnapshot *snapshot;
    int32_t node;
    int64_t *via;   /* (owned) n_nodes: edge of snapshot->in by which a node was met; -1 = it is
                       not relied on, or is @node itself */
    int32_t *next;  /* (owned) n_nodes: of a node met, the one that is a step closer */
    int32_t *queue; /* (owned) n_nodes: nodes met, nearest first, of equals by key */
    int32_t n_queue;
} CpsfPaths;

/* Of several shortest paths the one whose keys come first, read from @node on.  FALSE with NO_MEMORY;
 * @self is to be cleared either way.  O(nodes + edges). */
gboolean cpsf_paths_init(CpsfPaths *self,
                         const CpsfSnapshot *snapshot,
                         const CpsfPolicy *policy,
                         int32_t node,
                         GError **error);
void cpsf_paths_clear(CpsfPaths *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(CpsfPaths, cpsf_paths_clear)

/* Calls @put with the keys on the shortest path from @node, one that was met, to that of @self: both
 * ends, and of more than 64 nodes "…" in place of the middle. */
void cpsf_paths_tell(const CpsfPaths *self,
                     int32_t node,
                     void (*put)(void *data, const char *key),
                     void *data);

G_END_DECLS
