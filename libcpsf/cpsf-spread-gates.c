/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Redundancy at the start of an incident: which groups need several outages, and which edges count. */

#include "config.h"

#include <stdlib.h>

#include "cpsf-spread-build-private.h"
#include "cpsf-time-private.h"

static int
compare_groups(const void *left, const void *right)
{
    const CpsfSpreadMember *a = left;
    const CpsfSpreadMember *b = right;

    if (a->to != b->to)
        return (a->to > b->to) - (a->to < b->to);
    if (a->group != b->group)
        return (a->group > b->group) - (a->group < b->group);
    return (a->row > b->row) - (a->row < b->row);
}

static int
compare_rows(const void *left, const void *right)
{
    const CpsfSpreadMember *a = left;
    const CpsfSpreadMember *b = right;

    return (a->row > b->row) - (a->row < b->row);
}

static gboolean
collect(CpsfSpreadBuilder *self, GError **error)
{
    const CpsfEdgeRow *rows = self->graph->edges.items;

    for (int64_t r = 0; r < self->graph->edges.n; r++) {
        if (rows[r].group == 0 || (r > 0 && cpsf_edge_is_same(&rows[r], &rows[r - 1])))
            continue;

        CpsfSpreadMember *member = cpsf_array_add(&self->members, error);

        if (member == NULL)
            return FALSE;
        *member = (CpsfSpreadMember){
            .row = r,
            .to = rows[r].to,
            .group = rows[r].group,
            .gate = cpsf_spread_holds(self, r, cpsf_spread_row_end(self, r))
                        ? CPSF_SPREAD_UNGATED
                        : CPSF_SPREAD_NO_OUTAGE,
            .slot = -1,
        };
    }
    return TRUE;
}

/* How many of a group are needed, as it is declared at the start; 1 if it is not. */
static int32_t
find_need(const CpsfSpreadBuilder *self, uint32_t node, CpsfStr name)
{
    const CpsfGraph *graph = self->graph;
    int64_t first;
    int64_t last;

    cpsf_rows_range(&graph->groups, (int32_t) node, &first, &last);
    for (int64_t i = first; i < last; i++)
        if (graph->groups.items[i].name == name &&
            cpsf_interval_holds(graph->groups.items[i].valid, self->start))
            return graph->groups.items[i].need;
    return 1;
}

/* Members [first, last) are of one group. */
static gboolean
add_group(CpsfSpreadBuilder *self, int64_t first, int64_t last, GError **error)
{
    CpsfSpreadMember *members = self->members.items;
    const int32_t k = find_need(self, members[first].to, members[first].group);
    int32_t n = 0;

    for (int64_t i = first; i < last; i++)
        n += members[i].gate == CPSF_SPREAD_UNGATED;
    if (n <= k)
        return TRUE;

    CpsfSpreadGate *gate = cpsf_array_add(&self->gates, error);

    if (gate == NULL)
        return FALSE;
    *gate = (CpsfSpreadGate){(int32_t) members[first].to, n - k + 1, 0};
    for (int64_t i = first; i < last; i++)
        if (members[i].gate == CPSF_SPREAD_UNGATED)
            members[i].gate = (int32_t) self->gates.n - 1;
    return TRUE;
}

gboolean
cpsf_spread_find_gates(CpsfSpreadBuilder *self, GError **error)
{
    if (!collect(self, error))
        return FALSE;
    if (self->members.n == 0)
        return TRUE;
    qsort(self->members.items, (size_t) self->members.n, sizeof *self->members.items,
          compare_groups);
    for (int64_t i = 0; i < self->members.n;) {
        const CpsfSpreadMember *first = &self->members.items[i];
        int64_t end = i + 1;

        while (end < self->members.n && self->members.items[end].to == first->to &&
               self->members.items[end].group == first->group)
            end++;
        if (!add_group(self, i, end, error))
            return FALSE;
        i = end;
    }
    qsort(self->members.items, (size_t) self->members.n, sizeof *self->members.items, compare_rows);
    return TRUE;
}

CpsfSpreadMember *
cpsf_spread_member(const CpsfSpreadBuilder *self, int64_t first)
{
    const CpsfSpreadMember wanted = {.row = first};

    if (self->graph->edges.items[first].group == 0)
        return NULL;
    return bsearch(&wanted, self->members.items, (size_t) self->members.n,
                   sizeof *self->members.items, compare_rows);
}
