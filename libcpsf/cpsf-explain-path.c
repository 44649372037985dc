/* SPDX-License-Identifier: GPL-2.0-or-later */

/* How a node comes to rely on each anchor that is not verified. */

#include "config.h"

#include "cpsf-explain-private.h"

/* A longer path is told by its first steps and its length. */
enum { STEPS_TOLD = 32 };

/* "key <-makes- key <-supplies- key", from the node to @x. */
static char *
path_text(const CpsfExplain *self, int32_t x)
{
    const CpsfPaths *paths = self->paths;
    const CpsfSnapshot *snapshot = self->snapshot;
    const CpsfGraph *graph = self->graph;
    int32_t steps[STEPS_TOLD]; /* a ring of the last nodes before the end, the nearest last */
    int64_t n = 0;

    for (int32_t v = x; v != self->node; v = paths->next[v])
        steps[n++ % STEPS_TOLD] = v;

    GString *text = g_string_new(cpsf_strtab_get(graph->strings, graph->key[self->node]));

    for (int64_t i = n - 1; i >= 0 && i >= n - STEPS_TOLD; i--) {
        const int32_t v = steps[i % STEPS_TOLD];
        const int64_t row = snapshot->out_row[snapshot->in_out[paths->via[v]]];

        g_string_append_printf(text, " <-%s- %s",
                               cpsf_word(CPSF_WORDS_RELATION, graph->edges.items[row].relation),
                               cpsf_strtab_get(graph->strings, graph->key[v]));
    }
    if (n > STEPS_TOLD)
        g_string_append_printf(text, " … and %" G_GINT64_FORMAT " steps more", n - STEPS_TOLD);
    return g_string_free(text, FALSE);
}

static void
put_path(CpsfExplain *self, int32_t x)
{
    const CpsfGraph *graph = self->graph;
    g_autofree char *text = NULL;
    int64_t first;
    int64_t last;

    cpsf_anchors_of(self->anchors, x, &first, &last);
    for (int64_t a = first; a < last; a++) {
        const CpsfAnchor *anchor = &self->anchors->anchors[a];

        if (anchor->state == CPSF_STATE_VERIFIED)
            continue;
        if (text == NULL)
            text = path_text(self, x);
        cpsf_explain_put(self, "path", anchor->layer,
                         cpsf_strtab_get(graph->strings, graph->key[x]),
                         cpsf_word(CPSF_WORDS_STATE, anchor->state), text, NULL);
    }
}

void
cpsf_explain_paths(CpsfExplain *self)
{
    for (int32_t i = 0; i < self->paths->n_queue; i++)
        put_path(self, self->paths->queue[i]);
}
