/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * When an edge holds (docs/semantics.md, sections 2 and 3): at each moment the first of its rows that
 * holds counts, and the edge holds only while both its ends do.
 */

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "cpsf-spread-build-private.h"
#include "cpsf-time-private.h"

int64_t
cpsf_spread_row_end(const CpsfSpreadBuilder *self, int64_t first)
{
    const CpsfEdgeRow *rows = self->graph->edges.items;
    int64_t end = first + 1;

    while (end < self->graph->edges.n && cpsf_edge_is_same(&rows[first], &rows[end]))
        end++;
    return end;
}

static gboolean
add_segment(CpsfSpreadBuilder *self, CpsfInterval valid, int64_t row, GError **error)
{
    if (valid.since >= valid.until)
        return TRUE;

    CpsfSpreadSegment *segment = cpsf_array_add(&self->segments, error);

    if (segment == NULL)
        return FALSE;
    *segment = (CpsfSpreadSegment){valid, row};
    return TRUE;
}

/* Keeps of each segment what meets an interval of rows of @node: of the union of those, each part
 * once. */
static gboolean
meet_node(CpsfSpreadBuilder *self, uint32_t node, GError **error)
{
    const CpsfGraph *graph = self->graph;
    const int64_t first = graph->node_rows[node];
    const int64_t last = graph->node_rows[node + 1];
    const int64_t n = self->segments.n;

    if (first == last)
        return TRUE;
    for (int64_t i = 0; i < n; i++) {
        CpsfTime from = self->segments.items[i].valid.since;

        while (from < self->segments.items[i].valid.until) {
            const CpsfSpreadSegment part = self->segments.items[i];
            CpsfInterval best = {CPSF_TIME_FOREVER, CPSF_TIME_FOREVER};

            for (int64_t r = first; r < last; r++) { /* the row that goes on first, and furthest */
                const CpsfInterval valid = cpsf_interval_meet(
                    graph->nodes.items[r].valid, (CpsfInterval){from, part.valid.until});

                if (valid.since < valid.until &&
                    (valid.since < best.since ||
                     (valid.since == best.since && valid.until > best.until)))
                    best = valid;
            }
            if (best.since >= best.until)
                break;
            if (!add_segment(self, best, part.row, error))
                return FALSE;
            from = best.until;
        }
    }
    self->segments.n -= n;
    memmove(self->segments.items, self->segments.items + n,
            (size_t) self->segments.n * sizeof *self->segments.items);
    return TRUE;
}

/* What of @whole is said: the first row that holds counts, so that each takes what is left free by
 * those before it.  Free parts are segments without a row. */
static gboolean
cut_rows(CpsfSpreadBuilder *self, CpsfInterval whole, int64_t first, int64_t last, GError **error)
{
    gboolean has_free = TRUE;

    if (!add_segment(self, whole, -1, error))
        return FALSE;
    for (int64_t row = first; row < last && has_free; row++) {
        const CpsfInterval said = self->graph->edges.items[row].valid;
        const int64_t n = self->segments.n;

        has_free = FALSE;
        for (int64_t i = 0; i < n; i++) {
            const CpsfSpreadSegment part = self->segments.items[i];
            const CpsfInterval valid = cpsf_interval_meet(said, part.valid);

            if (part.row >= 0)
                continue;
            has_free = TRUE;
            if (valid.since >= valid.until)
                continue;
            self->segments.items[i] = (CpsfSpreadSegment){valid, row};
            if (!add_segment(self, (CpsfInterval){part.valid.since, valid.since}, -1, error) ||
                !add_segment(self, (CpsfInterval){valid.until, part.valid.until}, -1, error))
                return FALSE;
        }
    }
    return TRUE;
}

static int
compare_segments(const void *left, const void *right)
{
    const CpsfSpreadSegment *a = left;
    const CpsfSpreadSegment *b = right;

    return (a->valid.since > b->valid.since) - (a->valid.since < b->valid.since);
}

/* Only what a row says, in order of time. */
static void
tidy(CpsfSpreadBuilder *self)
{
    int64_t kept = 0;

    for (int64_t i = 0; i < self->segments.n; i++)
        if (self->segments.items[i].row >= 0)
            self->segments.items[kept++] = self->segments.items[i];
    self->segments.n = kept;
    if (kept > 1)
        qsort(self->segments.items, (size_t) kept, sizeof *self->segments.items, compare_segments);
}

static gboolean
lies_in_static(const CpsfSpreadBuilder *self, uint32_t node)
{
    return cpsf_graph_node_holds(self->graph, (int32_t) node, self->start);
}

gboolean
cpsf_spread_cut(CpsfSpreadBuilder *self, int64_t first, int64_t last, GError **error)
{
    const CpsfEdgeRow *edge = &self->graph->edges.items[first];

    self->segments.n = 0;
    if (cpsf_graph_lacks_edge(self->graph, edge))
        return TRUE;
    if (self->options->is_static) {
        if (!lies_in_static(self, edge->from) || !lies_in_static(self, edge->to))
            return TRUE;
        for (int64_t row = first; row < last; row++)
            if (cpsf_interval_holds(self->graph->edges.items[row].valid, self->start))
                return add_segment(self, CPSF_INTERVAL_ALL, row, error);
        return TRUE;
    }
    /* a departure at the very end may still arrive in time */
    if (!cut_rows(self, (CpsfInterval){self->start, self->end + 1}, first, last, error))
        return FALSE;
    tidy(self);
    return meet_node(self, edge->from, error) && meet_node(self, edge->to, error);
}

gboolean
cpsf_spread_holds(const CpsfSpreadBuilder *self, int64_t first, int64_t last)
{
    const CpsfEdgeRow *edge = &self->graph->edges.items[first];

    if (cpsf_graph_lacks_edge(self->graph, edge) || !lies_in_static(self, edge->from) ||
        !lies_in_static(self, edge->to))
        return FALSE;
    for (int64_t row = first; row < last; row++)
        if (cpsf_interval_holds(self->graph->edges.items[row].valid, self->start))
            return TRUE;
    return FALSE;
}

static gboolean
needs_backward(const CpsfPolicy *policy)
{
    for (int64_t i = 0; i < policy->spread.n; i++)
        if (policy->spread.items[i].direction == CPSF_BACKWARD)
            return TRUE;
    return FALSE;
}

static gboolean
index_by_head(CpsfSpreadBuilder *self, GError **error)
{
    const CpsfGraph *graph = self->graph;
    const CpsfEdgeRow *rows = graph->edges.items;
    const size_t n = (size_t) graph->n_nodes;

    self->to_start = cpsf_try_new0(int64_t, n + 2, error);
    self->to_row = cpsf_try_new(int64_t, (size_t) graph->n_edges, error);
    if (self->to_start == NULL || self->to_row == NULL)
        return FALSE;
    for (int64_t r = 0; r < graph->edges.n; r++)
        if (r == 0 || !cpsf_edge_is_same(&rows[r], &rows[r - 1]))
            self->to_start[rows[r].to + 2]++;
    for (size_t v = 0; v < n; v++)
        self->to_start[v + 2] += self->to_start[v + 1];
    for (int64_t r = 0; r < graph->edges.n; r++)
        if (r == 0 || !cpsf_edge_is_same(&rows[r], &rows[r - 1]))
            self->to_row[self->to_start[rows[r].to + 1]++] = r;
    return TRUE;
}

gboolean
cpsf_spread_index_rows(CpsfSpreadBuilder *self, GError **error)
{
    const CpsfGraph *graph = self->graph;

    self->from_row = cpsf_try_new0(int64_t, (size_t) graph->n_nodes + 1, error);
    if (self->from_row == NULL)
        return FALSE;
    for (int64_t r = 0; r < graph->edges.n; r++)
        self->from_row[graph->edges.items[r].from + 1]++;
    for (int32_t v = 0; v < graph->n_nodes; v++)
        self->from_row[v + 1] += self->from_row[v];
    return !needs_backward(self->policy) || index_by_head(self, error);
}
