/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * What changed between two snapshots, as far as it decides who fails: for each node, whether the
 * edges into it and its groups are those of before.  Nodes are the same by key; keys, edges and
 * groups stand in canonical order in both, so that one walk over each compares them.
 */

#include "config.h"

#include <math.h>
#include <string.h>

#include "cpsf-trust-changes-private.h"

static const char *
key_of(const CpsfGraph *graph, int32_t v)
{
    return cpsf_strtab_get(graph->strings, graph->key[v]);
}

static void
match_nodes(CpsfSideBySide *self)
{
    const CpsfGraph *before = self->before->graph;
    const CpsfGraph *after = self->after->graph;
    const gboolean is_same = before->key == after->key && before->n_nodes == after->n_nodes;
    int32_t u = 0;

    memset(self->after_of, 0xff, (size_t) before->n_nodes * sizeof *self->after_of);
    for (int32_t v = 0; v < after->n_nodes; v++) {
        int order = is_same ? 0 : -1;

        for (; !is_same && u < before->n_nodes; u++) {
            order = strcmp(key_of(before, u), key_of(after, v));
            if (order >= 0)
                break;
        }
        if (is_same)
            u = v;
        self->before_of[v] = u < before->n_nodes && order == 0 ? u : -1;
        if (self->before_of[v] >= 0)
            self->after_of[u] = v;
    }
}

gboolean
cpsf_side_by_side_init(CpsfSideBySide *self,
                       const CpsfSnapshot *before,
                       const CpsfSnapshot *after,
                       GError **error)
{
    *self = (CpsfSideBySide){.before = before, .after = after};
    self->before_of = cpsf_try_new(int32_t, (size_t) after->graph->n_nodes, error);
    if (self->before_of == NULL)
        return FALSE;
    self->after_of = cpsf_try_new(int32_t, (size_t) before->graph->n_nodes, error);
    if (self->after_of == NULL)
        return FALSE;
    match_nodes(self);
    return TRUE;
}

void
cpsf_side_by_side_clear(CpsfSideBySide *self)
{
    g_free(self->before_of);
    g_free(self->after_of);
    *self = (CpsfSideBySide){0};
}

gboolean
cpsf_side_by_side_is_same(const CpsfSideBySide *self)
{
    const CpsfSnapshot *before = self->before;
    const CpsfSnapshot *after = self->after;

    return before->holds == after->holds && before->out.heads == after->out.heads &&
           before->graph->edges.items == after->graph->edges.items &&
           before->graph->groups.items == after->graph->groups.items && before->at == after->at;
}

static int
compare_text(const CpsfGraph *a, CpsfStr x, const CpsfGraph *b, CpsfStr y)
{
    if (a->strings == b->strings && x == y)
        return 0;
    return strcmp(cpsf_strtab_get(a->strings, x), cpsf_strtab_get(b->strings, y));
}

/* One edge of either snapshot. */
static const CpsfEdgeRow *
row_at(const CpsfSnapshot *s, int64_t e)
{
    return &s->graph->edges.items[s->out_row[e]];
}

/* Which of two edges from one node comes first; the head of that of `before` is -1 if it is gone. */
static int
compare_edges(const CpsfSideBySide *self, const CpsfEdgeRow *was, const CpsfEdgeRow *is)
{
    const int32_t head = self->after_of[was->to];

    if (head != (int32_t) is->to)
        return head < (int32_t) is->to ? -1 : 1;
    if (was->relation != is->relation)
        return was->relation < is->relation ? -1 : 1;
    return compare_text(self->before->graph, was->group, self->after->graph, is->group);
}

static gboolean
is_felt_alike(const CpsfEdgeRow *was, const CpsfEdgeRow *is)
{
    return was->criticality == is->criticality ||
           (isnan(was->criticality) && isnan(is->criticality));
}

static void
mark(uint8_t *changed, int32_t node)
{
    if (node >= 0)
        changed[node] = 1;
}

/* Edges of one node: [i, i_end) of before, [j, j_end) of after. */
static void
compare_rows(const CpsfSideBySide *self,
             int64_t i,
             int64_t i_end,
             int64_t j,
             int64_t j_end,
             uint8_t *changed)
{
    while (i < i_end || j < j_end) {
        const CpsfEdgeRow *was = i < i_end ? row_at(self->before, i) : NULL;
        const CpsfEdgeRow *is = j < j_end ? row_at(self->after, j) : NULL;
        int order = was == NULL ? 1 : -1;

        if (was != NULL && is != NULL)
            order = compare_edges(self, was, is);
        if (was != NULL && order < 0)
            mark(changed, self->after_of[was->to]);
        else if (is != NULL && (order > 0 || !is_felt_alike(was, is)))
            mark(changed, (int32_t) is->to);
        i += order <= 0;
        j += order >= 0;
    }
}

/* The next row from @i on, before @end, whose declaration counts at @at; @end if there is none. */
static int64_t
next_group(const CpsfSnapshot *s, int64_t i, int64_t end)
{
    const CpsfGroupRow *rows = s->graph->groups.items;

    while (i < end && !cpsf_interval_holds(rows[i].valid, s->at))
        i++;
    return i;
}

static gboolean
has_same_groups(const CpsfSideBySide *self, int32_t was, int32_t is)
{
    const CpsfGraph *before = self->before->graph;
    const CpsfGraph *after = self->after->graph;
    int64_t i = 0;
    int64_t i_end = 0;
    int64_t j = 0;
    int64_t j_end = 0;

    if (before->groups.n > 0)
        cpsf_rows_range(&before->groups, was, &i, &i_end);
    if (after->groups.n > 0)
        cpsf_rows_range(&after->groups, is, &j, &j_end);
    for (;;) {
        i = next_group(self->before, i, i_end);
        j = next_group(self->after, j, j_end);
        if (i == i_end || j == j_end)
            return i == i_end && j == j_end;
        if (before->groups.items[i].need != after->groups.items[j].need ||
            compare_text(before, before->groups.items[i].name, after,
                         after->groups.items[j].name) != 0)
            return FALSE;
        i++;
        j++;
    }
}

void
cpsf_side_by_side_mark_edges(const CpsfSideBySide *self, uint8_t *changed)
{
    const CpsfCsr *before = &self->before->out;
    const CpsfCsr *after = &self->after->out;
    const gboolean has_groups =
        self->before->graph->groups.n > 0 || self->after->graph->groups.n > 0;

    for (int32_t v = 0; v < after->n; v++) {
        const int32_t u = self->before_of[v];
        const int64_t i = u >= 0 ? before->offsets[u] : 0;
        const int64_t i_end = u >= 0 ? before->offsets[u + 1] : 0;

        compare_rows(self, i, i_end, after->offsets[v], after->offsets[v + 1], changed);
        if (u >= 0 && has_groups && !has_same_groups(self, u, v))
            changed[v] = 1;
    }
    for (int32_t u = 0; u < before->n; u++) /* of nodes that are no more */
        if (self->after_of[u] < 0)
            compare_rows(self, before->offsets[u], before->offsets[u + 1], 0, 0, changed);
}
