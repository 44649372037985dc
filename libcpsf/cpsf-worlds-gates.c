/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Groups of alternatives (docs/semantics.md, section 6).  A group of n edges of which k are needed
 * opens with the (max(n, k) - k + 1)-th failure.  With fewer edges than needed it is short: in plane 1
 * it has opened already, in plane 2 the first failure opens it.  A group that one failure opens is
 * no gate: its edges are required.
 */

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "cpsf-worlds-plan-private.h"

void
cpsf_planner_clear(CpsfPlanner *self)
{
    g_free(self->felt);
    g_free(self->node_key);
    g_free(self->gates.items);
    g_free(self->gated.items);
    g_free(self->short_nodes.items);
    g_free(self->is_mixed);
    g_free(self->tied);
}

/* An edge of a group of the node at hand. */
typedef struct {
    CpsfStr group;
    int64_t out_edge;
} Member;

static int
compare_members(const void *left, const void *right)
{
    const Member *a = left;
    const Member *b = right;

    return a->group != b->group ? (a->group > b->group) - (a->group < b->group)
                                : (a->out_edge > b->out_edge) - (a->out_edge < b->out_edge);
}

/* The declaration of a group that counts now: of rows [first, last) the first of that name that
 * holds; NULL = none. */
static const CpsfGroupRow *
find_declaration(const CpsfPlanner *self, CpsfStr name, int64_t first, int64_t last)
{
    const CpsfGroupRow *rows = self->snapshot->graph->groups.items;

    for (int64_t i = first; i < last; i++)
        if (rows[i].name == name && cpsf_interval_holds(rows[i].valid, self->snapshot->at))
            return &rows[i];
    return NULL;
}

static gboolean
add_short(CpsfPlanner *self, int32_t node, GError **error)
{
    int32_t *slot = cpsf_array_add(&self->short_nodes, error);

    if (slot != NULL)
        *slot = node;
    return slot != NULL;
}

/* A group of @n >= 1 edges. */
static gboolean
add_group(
    CpsfPlanner *self, int32_t node, const Member *members, int32_t n, int32_t k, GError **error)
{
    const int32_t need = n > k ? n - k + 1 : 1;

    if (n < k && !add_short(self, node, error))
        return FALSE;
    if (need == 1) {
        for (int32_t i = 0; i < n; i++)
            self->felt[members[i].out_edge] = (uint8_t) cpsf_plan_felt(self, members[i].out_edge);
        return TRUE;
    }

    CpsfPlanGate *gate = cpsf_array_add(&self->gates, error);

    if (gate == NULL)
        return FALSE;
    *gate = (CpsfPlanGate){node, need, self->gated.n};
    for (int32_t i = 0; i < n; i++) {
        int64_t *slot = cpsf_array_add(&self->gated, error);

        if (slot == NULL)
            return FALSE;
        *slot = members[i].out_edge;
    }
    return TRUE;
}

/* Whether one of @members, which are sorted by group, is in the group @name. */
static gboolean
has_members(const Member *members, int32_t n, CpsfStr name)
{
    for (int32_t i = 0; i < n; i++)
        if (members[i].group == name)
            return TRUE;
    return FALSE;
}

/* The groups of one node: @n edges that name one, and declarations [first, last). */
static gboolean
add_groups_of(CpsfPlanner *self,
              int32_t node,
              const Member *members,
              int32_t n,
              int64_t first,
              int64_t last,
              GError **error)
{
    const CpsfGroupRow *rows = self->snapshot->graph->groups.items;

    for (int32_t i = 0; i < n;) {
        const CpsfGroupRow *said = find_declaration(self, members[i].group, first, last);
        int32_t size = 1;

        while (i + size < n && members[i + size].group == members[i].group)
            size++;
        if (!add_group(self, node, &members[i], size, said != NULL ? said->need : 1, error))
            return FALSE;
        i += size;
    }
    for (int64_t i = first; i < last; i++)
        if (cpsf_interval_holds(rows[i].valid, self->snapshot->at) &&
            !has_members(members, n, rows[i].name) && !add_short(self, node, error))
            return FALSE;
    return TRUE;
}

/* Edges into @node that name a group, sorted: *@members grows to hold them. */
static gboolean
find_members(const CpsfPlanner *self,
             int32_t node,
             Member **members,
             int32_t *n,
             int64_t *room,
             GError **error)
{
    const CpsfSnapshot *s = self->snapshot;
    const int64_t degree = s->in.offsets[node + 1] - s->in.offsets[node];

    *n = 0;
    if (degree > *room) {
        Member *grown = cpsf_try_realloc(*members, (size_t) degree * 2, sizeof **members, error);

        if (grown == NULL)
            return FALSE;
        *members = grown;
        *room = degree * 2;
    }
    for (int64_t e = s->in.offsets[node]; *members != NULL && e < s->in.offsets[node + 1]; e++)
        if (self->felt[s->in_out[e]] == CPSF_FELT_IN_GROUP)
            (*members)[(*n)++] = (Member){cpsf_plan_row(self, s->in_out[e])->group, s->in_out[e]};
    if (*n > 1)
        qsort(*members, (size_t) *n, sizeof **members, compare_members);
    return TRUE;
}

gboolean
cpsf_plan_find_groups(CpsfPlanner *self, GError **error)
{
    const CpsfSnapshot *s = self->snapshot;
    const CpsfGraph *graph = s->graph;
    g_autofree Member *members = NULL;
    int64_t room = 0;
    int64_t last = 0;

    if (self->n_grouped == 0 && graph->groups.n == 0)
        return TRUE;
    for (int32_t v = 0; v < graph->n_nodes; v++) {
        const int64_t first = last;
        int32_t n = 0;

        while (last < graph->groups.n && (int32_t) graph->groups.items[last].node == v)
            last++;
        if (!s->holds[v])
            continue;
        if (self->n_grouped > 0 && !find_members(self, v, &members, &n, &room, error))
            return FALSE;
        if (n + (last - first) > 0 && !add_groups_of(self, v, members, n, first, last, error))
            return FALSE;
    }
    return TRUE;
}

gboolean
cpsf_plan_mark_short(CpsfPlanner *self, GError **error)
{
    CpsfWorldsPlan *plan = self->plan;
    g_autofree uint8_t *is_short = NULL;

    if (self->short_nodes.n == 0)
        return TRUE;
    is_short = cpsf_try_new0(uint8_t, (size_t) self->snapshot->out.n, error);
    if (is_short == NULL)
        return FALSE;
    for (int64_t i = 0; i < self->short_nodes.n; i++)
        is_short[self->short_nodes.items[i]] = 1;
    plan->is_short = cpsf_try_new(uint8_t, (size_t) plan->n_members, error);
    for (int32_t i = 0; plan->is_short != NULL && i < plan->n_members; i++)
        plan->is_short[i] = is_short[self->members[i]];
    return plan->is_short != NULL;
}
