/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * How a node comes to rely on others: breadth first, backwards along reliance.  Levels are walked in
 * order of key, so that of several shortest paths the one whose keys come first is found.
 */

#include "config.h"

#include "cpsf-path-private.h"

#include <stdlib.h>
#include <string.h>

#include "cpsf-mem-private.h"
#include "cpsf-relying-private.h"

/* Of a longer path so many nodes are told at either end. */
enum { NODES_TOLD = 32 };

static int
compare_nodes(const void *left, const void *right)
{
    const int32_t a = *(const int32_t *) left;
    const int32_t b = *(const int32_t *) right;

    return (a > b) - (a < b);
}

/* Meets what @v relies on directly. */
static void
meet(CpsfPaths *self, const CpsfPolicy *policy, int32_t v)
{
    const CpsfSnapshot *snapshot = self->snapshot;
    const CpsfCsr *in = &snapshot->in;

    for (int64_t e = in->offsets[v]; e < in->offsets[v + 1]; e++) {
        const int32_t x = in->heads[e];

        if (x == self->node || self->via[x] >= 0 ||
            !cpsf_relying_edge_counts(snapshot, policy, snapshot->in_out[e]))
            continue;
        self->via[x] = e;
        self->next[x] = v;
        self->queue[self->n_queue++] = x;
    }
}

static void
search(CpsfPaths *self, const CpsfPolicy *policy)
{
    int32_t first = 0;

    meet(self, policy, self->node);
    while (first < self->n_queue) {
        const int32_t last = self->n_queue;

        qsort(self->queue + first, (size_t) (last - first), sizeof *self->queue, compare_nodes);
        for (; first < last; first++)
            meet(self, policy, self->queue[first]);
    }
}

void
cpsf_paths_clear(CpsfPaths *self)
{
    g_free(self->via);
    g_free(self->next);
    g_free(self->queue);
    *self = (CpsfPaths){0};
}

gboolean
cpsf_paths_init(CpsfPaths *self,
                const CpsfSnapshot *snapshot,
                const CpsfPolicy *policy,
                int32_t node,
                GError **error)
{
    const size_t n = (size_t) snapshot->graph->n_nodes;

    *self = (CpsfPaths){.snapshot = snapshot, .node = node};
    if ((self->via = cpsf_try_new(int64_t, n, error)) == NULL ||
        (self->next = cpsf_try_new(int32_t, n, error)) == NULL ||
        (self->queue = cpsf_try_new(int32_t, n, error)) == NULL)
        return FALSE;
    memset(self->via, 0xff, n * sizeof *self->via);
    search(self, policy);
    return TRUE;
}

void
cpsf_paths_tell(const CpsfPaths *self,
                int32_t node,
                void (*put)(void *data, const char *key),
                void *data)
{
    const CpsfGraph *graph = self->snapshot->graph;
    int64_t n = 1;
    int64_t i = 0;

    for (int32_t v = node; v != self->node; v = self->next[v])
        n++;
    for (int32_t v = node; i < n; i++, v = self->next[v]) {
        if (n <= 2 * NODES_TOLD || i < NODES_TOLD || i >= n - NODES_TOLD)
            put(data, cpsf_strtab_get(graph->strings, graph->key[v]));
        else if (i == NODES_TOLD)
            put(data, "…");
    }
}
