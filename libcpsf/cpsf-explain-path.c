/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * How a node comes to rely on each anchor that is not verified: breadth first, backwards along
 * reliance.  Levels are walked in order of key, so that of several shortest paths the one whose
 * keys come first is told.
 */

#include "config.h"

#include "cpsf-explain-private.h"

#include <stdlib.h>
#include <string.h>

#include "cpsf-relying-private.h"

/* A longer path is told by its first steps and its length. */
enum { STEPS_TOLD = 32 };

typedef struct {
    const CpsfExplain *explain;
    int64_t *via;   /* n_nodes: edge of snapshot->in by which a node was met; -1 = not met */
    int32_t *next;  /* n_nodes: the node one step closer */
    int32_t *queue; /* n_nodes: nodes met, in order */
    int32_t n_queue;
} Search;

static int
compare_nodes(const void *left, const void *right)
{
    const int32_t a = *(const int32_t *) left;
    const int32_t b = *(const int32_t *) right;

    return (a > b) - (a < b);
}

/* Meets what @v relies on directly. */
static void
meet(Search *self, int32_t v)
{
    const CpsfSnapshot *snapshot = self->explain->snapshot;
    const CpsfCsr *in = &snapshot->in;

    for (int64_t e = in->offsets[v]; e < in->offsets[v + 1]; e++) {
        const int32_t x = in->heads[e];

        if (x == self->explain->node || self->via[x] >= 0 ||
            !cpsf_relying_edge_counts(snapshot, self->explain->anchors->policy,
                                      snapshot->in_out[e]))
            continue;
        self->via[x] = e;
        self->next[x] = v;
        self->queue[self->n_queue++] = x;
    }
}

static void
search(Search *self)
{
    int32_t first = 0;

    meet(self, self->explain->node);
    while (first < self->n_queue) {
        const int32_t last = self->n_queue;

        qsort(self->queue + first, (size_t) (last - first), sizeof *self->queue, compare_nodes);
        for (; first < last; first++)
            meet(self, self->queue[first]);
    }
}

/* "key <-makes- key <-supplies- key", from the node to @x. */
static char *
path_text(const Search *self, int32_t x)
{
    const CpsfSnapshot *snapshot = self->explain->snapshot;
    const CpsfGraph *graph = self->explain->graph;
    int32_t steps[STEPS_TOLD]; /* a ring of the last nodes before the end, the nearest last */
    int64_t n = 0;

    for (int32_t v = x; v != self->explain->node; v = self->next[v])
        steps[n++ % STEPS_TOLD] = v;

    GString *text = g_string_new(cpsf_strtab_get(graph->strings, graph->key[self->explain->node]));

    for (int64_t i = n - 1; i >= 0 && i >= n - STEPS_TOLD; i--) {
        const int32_t v = steps[i % STEPS_TOLD];
        const int64_t row = snapshot->out_row[snapshot->in_out[self->via[v]]];

        g_string_append_printf(text, " <-%s- %s",
                               cpsf_word(CPSF_WORDS_RELATION, graph->edges.items[row].relation),
                               cpsf_strtab_get(graph->strings, graph->key[v]));
    }
    if (n > STEPS_TOLD)
        g_string_append_printf(text, " … and %" G_GINT64_FORMAT " steps more", n - STEPS_TOLD);
    return g_string_free(text, FALSE);
}

static void
put_path(const Search *self, CpsfExplain *explain, int32_t x)
{
    const CpsfGraph *graph = explain->graph;
    g_autofree char *text = NULL;
    int64_t first;
    int64_t last;

    cpsf_anchors_of(explain->anchors, x, &first, &last);
    for (int64_t a = first; a < last; a++) {
        const CpsfAnchor *anchor = &explain->anchors->anchors[a];

        if (anchor->state == CPSF_STATE_VERIFIED)
            continue;
        if (text == NULL)
            text = path_text(self, x);
        cpsf_explain_put(explain, "path", anchor->layer,
                         cpsf_strtab_get(graph->strings, graph->key[x]),
                         cpsf_word(CPSF_WORDS_STATE, anchor->state), text, NULL);
    }
}

gboolean
cpsf_explain_paths(CpsfExplain *self, GError **error)
{
    const size_t n = (size_t) self->graph->n_nodes;
    g_autofree int64_t *via = cpsf_try_new(int64_t, n, error);
    g_autofree int32_t *next = NULL;
    g_autofree int32_t *queue = NULL;

    if (via == NULL || (next = cpsf_try_new(int32_t, n, error)) == NULL ||
        (queue = cpsf_try_new(int32_t, n, error)) == NULL)
        return FALSE;

    Search s = {.explain = self, .via = via, .next = next, .queue = queue};

    memset(via, 0xff, n * sizeof *via);
    search(&s);
    for (int32_t i = 0; i < s.n_queue; i++)
        put_path(&s, self, queue[i]);
    return TRUE;
}
