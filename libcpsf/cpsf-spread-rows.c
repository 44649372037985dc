/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * When an edge holds (docs/semantics.md, sections 2 and 3): at each moment the first of its rows that
 * holds counts, and the edge holds only while both its ends do.
 */

#include "config.h"

#include <math.h>
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

/* Nothing else of a row matters to what spreads; the key is that of the edge. */
static gboolean
says_the_same(const CpsfEdgeRow *a, const CpsfEdgeRow *b)
{
    return a == b || (a->delay == b->delay && (a->criticality == b->criticality ||
                                               (isnan(a->criticality) && isnan(b->criticality))));
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

/* Goes on with the segment before, one from @first on, if nothing changes. */
static gboolean
go_on(CpsfSpreadBuilder *self, int64_t first, CpsfInterval valid, int64_t row, GError **error)
{
    const CpsfEdgeRow *rows = self->graph->edges.items;
    CpsfSpreadSegment *before =
        self->segments.n > first ? &self->segments.items[self->segments.n - 1] : NULL;

    if (before == NULL || before->valid.until != valid.since ||
        !says_the_same(&rows[before->row], &rows[row]))
        return add_segment(self, valid, row, error);
    before->valid.until = valid.until;
    return TRUE;
}

/* What the rows of a node say within @whole: of its parts the first, as far as one row goes; empty if
 * there is none. */
static CpsfInterval
find_part(const CpsfNodeRow *rows, int64_t n, CpsfInterval whole)
{
    CpsfInterval best = {CPSF_TIME_FOREVER, CPSF_TIME_FOREVER};

    if (whole.since >= whole.until)
        return best;
    for (int64_t i = 0; i < n && (best.since > whole.since || best.until < whole.until); i++) {
        const CpsfInterval valid = cpsf_interval_meet(rows[i].valid, whole);

        if (valid.since < valid.until &&
            (valid.since < best.since || (valid.since == best.since && valid.until > best.until)))
            best = valid;
    }
    return best;
}

/* Keeps of each segment what meets an interval of rows of @node: of the union of those, each part
 * once. */
static gboolean
meet_node(CpsfSpreadBuilder *self, uint32_t node, GError **error)
{
    const CpsfGraph *graph = self->graph;
    const CpsfNodeRow *rows = graph->nodes.items + graph->node_rows[node];
    const int64_t n_rows = graph->node_rows[node + 1] - graph->node_rows[node];
    const int64_t n = self->segments.n;

    if (n_rows == 0 || n == 0)
        return TRUE;
    for (int64_t i = 0; i < n; i++) {
        const CpsfSpreadSegment whole = self->segments.items[i];
        CpsfInterval part = find_part(rows, n_rows, whole.valid);

        while (part.since < part.until) {
            if (!go_on(self, n, part, whole.row, error))
                return FALSE;
            part = find_part(rows, n_rows, (CpsfInterval){part.until, whole.valid.until});
        }
    }
    self->segments.n -= n;
    memmove(self->segments.items, self->segments.items + n,
            (size_t) self->segments.n * sizeof *self->segments.items);
    return TRUE;
}

static int
compare_waiting(const void *left, const void *right)
{
    const CpsfSpreadSegment *a = left;
    const CpsfSpreadSegment *b = right;

    if (a->valid.since != b->valid.since)
        return a->valid.since < b->valid.since ? -1 : 1;
    return (a->row > b->row) - (a->row < b->row);
}

/* The heap of rows that hold, first row on top. */
static void
heap_push(CpsfSpreadSegment *heap, int64_t n, CpsfSpreadSegment said)
{
    int64_t i = n;

    for (; i > 0 && heap[(i - 1) / 2].row > said.row; i = (i - 1) / 2)
        heap[i] = heap[(i - 1) / 2];
    heap[i] = said;
}

/* @n: after the top is gone. */
static void
heap_pop(CpsfSpreadSegment *heap, int64_t n)
{
    const CpsfSpreadSegment last = heap[n];
    int64_t i = 0;

    for (int64_t child = 1; child < n; i = child, child = 2 * i + 1) {
        child += child + 1 < n && heap[child + 1].row < heap[child].row;
        if (heap[child].row > last.row)
            break;
        heap[i] = heap[child];
    }
    heap[i] = last;
}

/* What is said of the edge, @n intervals in order of time: at each moment the first row that holds
 * counts.  @heap has room for @n. */
static gboolean
sweep(CpsfSpreadBuilder *self,
      const CpsfSpreadSegment *said,
      int64_t n,
      CpsfSpreadSegment *heap,
      GError **error)
{
    CpsfTime now = said[0].valid.since;
    int64_t n_heap = 0;
    int64_t next = 0;

    for (;;) {
        for (; next < n && said[next].valid.since <= now; next++)
            heap_push(heap, n_heap++, said[next]);
        while (n_heap > 0 && heap[0].valid.until <= now)
            heap_pop(heap, --n_heap);
        if (n_heap == 0) {
            if (next == n)
                return TRUE;
            now = said[next].valid.since;
            continue;
        }

        const CpsfTime until =
            next < n ? MIN(heap[0].valid.until, said[next].valid.since) : heap[0].valid.until;

        if (!go_on(self, 0, (CpsfInterval){now, until}, heap[0].row, error))
            return FALSE;
        now = until;
    }
}

/* What rows [first, last) say within @whole, in order of time.  O(rows log rows). */
static gboolean
cut_rows(CpsfSpreadBuilder *self, CpsfInterval whole, int64_t first, int64_t last, GError **error)
{
    const CpsfEdgeRow *rows = self->graph->edges.items;
    int64_t n = 0;

    if (last == first + 1)
        return add_segment(self, cpsf_interval_meet(rows[first].valid, whole), first, error);

    g_autofree CpsfSpreadSegment *said =
        cpsf_try_new(CpsfSpreadSegment, 2 * (size_t) (last - first), error);

    if (said == NULL)
        return FALSE;
    for (int64_t row = first; row < last; row++) {
        const CpsfInterval valid = cpsf_interval_meet(rows[row].valid, whole);

        if (valid.since < valid.until)
            said[n++] = (CpsfSpreadSegment){valid, row};
    }
    if (n > 1)
        qsort(said, (size_t) n, sizeof *said, compare_waiting);
    return n == 0 || sweep(self, said, n, said + (last - first), error);
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
