/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Who may pull trust in a node down: of all that it relies on, those anchors whose own opinion is not
 * (1, 0, 0), put together by node and by what fails together.
 */

#include "config.h"

#include "cpsf-importance-private.h"

#include "cpsf-mem-private.h"
#include "cpsf-opinion-private.h"

#define ACCEPTED ((CpsfOpinion){1.0, 0.0, 0.0})

/* All that the node relies on is enough to decide about it. */
static gboolean
find_part(CpsfTarget *self, gboolean exact, GError **error)
{
    const CpsfAnchors *anchors = self->anchors;
    g_autoptr(CpsfWorldsPlan) plan =
        cpsf_worlds_plan_new(anchors->snapshot, anchors->policy, exact, error);
    CpsfVertexSet among = {0};

    if (plan == NULL)
        return FALSE;
    if (cpsf_worlds_vertices_of(plan, &self->node, 1, &among, error) &&
        cpsf_worlds_add_upstream(plan, &among, error))
        self->part = cpsf_worlds_plan_restrict(plan, &among, error);
    cpsf_vertex_set_clear(&among);
    if (self->part == NULL)
        return FALSE;
    self->vertex = self->part->graph.vertex_of[self->node];
    return TRUE;
}

gboolean
cpsf_target_init(CpsfTarget *self,
                 const CpsfAnchors *anchors,
                 const CpsfPaths *paths,
                 gboolean exact,
                 GError **error)
{
    *self = (CpsfTarget){.anchors = anchors, .paths = paths, .node = paths->node};
    if (!anchors->snapshot->holds[self->node])
        return TRUE;
    for (int layer = 0; layer <= 3; layer++) {
        self->own[layer] =
            cpsf_try_new(CpsfOpinion, (size_t) anchors->snapshot->graph->n_nodes, error);
        if (self->own[layer] == NULL || !cpsf_opinions_own(anchors, layer, self->own[layer], error))
            return FALSE;
    }
    return find_part(self, exact, error);
}

void
cpsf_target_clear(CpsfTarget *self)
{
    for (int layer = 0; layer <= 3; layer++)
        g_free(self->own[layer]);
    g_clear_pointer(&self->part, cpsf_worlds_plan_unref);
    *self = (CpsfTarget){0};
}

void
cpsf_importance_clear(CpsfImportance *self)
{
    g_free(self->pulls.items);
    g_free(self->pullers.items);
    g_free(self->vertices.items);
    *self = (CpsfImportance){0};
}

static gboolean
is_relied_on(const CpsfTarget *self, int32_t node)
{
    return node == self->node || self->paths->via[node] >= 0;
}

/* What cpsf_opinions_own() makes of all layers of a node, but for @layer, in the same steps: so that
 * it is to the last bit what that anchor leaves if it is (1, 0, 0). */
static CpsfOpinion
find_rest(const CpsfTarget *self, int32_t node, int layer)
{
    CpsfOpinion rest = ACCEPTED;

    for (int l = 1; l <= 3; l++) {
        const CpsfOpinion *o = &self->own[l][node];

        if (l == layer || o->belief == 1.0)
            continue;
        if (rest.belief == 1.0) {
            rest = *o;
            continue;
        }
        rest.belief *= o->belief;
        rest.disbelief += o->disbelief * (1.0 - rest.disbelief);
        rest.belief = MIN(rest.belief, 1.0 - rest.disbelief);
    }
    rest.uncertainty = 1.0 - rest.disbelief - rest.belief;
    return rest;
}

/* The anchors of @node that may fail. */
static gboolean
add_pulls(CpsfImportance *self, int32_t node, GError **error)
{
    const CpsfTarget *target = self->target;

    for (int layer = 1; layer <= 3; layer++) {
        if ((self->layer != 0 && self->layer != layer) || target->own[layer][node].belief == 1.0)
            continue;

        CpsfPull *pull = cpsf_array_add(&self->pulls, error);

        if (pull == NULL)
            return FALSE;
        pull->node = node;
        pull->layer = (uint8_t) layer;
        pull->only = target->own[layer][node];
        pull->rest = self->layer == 0 ? find_rest(target, node, layer) : ACCEPTED;
    }
    return TRUE;
}

/* The member @i of the part, if it has such anchors. */
static gboolean
add_puller(CpsfImportance *self, int32_t i, GError **error)
{
    const CpsfWorldsPlan *part = self->target->part;
    const int32_t node = part->graph.members[i];
    const int64_t first = self->pulls.n;

    if (!is_relied_on(self->target, node))
        return TRUE;
    if (!add_pulls(self, node, error))
        return FALSE;
    if (self->pulls.n == first)
        return TRUE;

    CpsfPuller *puller = cpsf_array_add(&self->pullers, error);

    if (puller == NULL)
        return FALSE;
    *puller = (CpsfPuller){first, self->pulls.n, node, part->key[i]};
    return TRUE;
}

static gboolean
add_vertex(CpsfImportance *self, int32_t v, GError **error)
{
    const CpsfWorldsPlan *part = self->target->part;
    const CpsfWorldsGraph *g = &part->graph;
    const int64_t first = self->pullers.n;
    gboolean is_short = FALSE;

    for (int32_t i = g->member_start[v]; i < g->member_start[v + 1]; i++) {
        is_short = is_short || (part->is_short != NULL && part->is_short[i]);
        if (!add_puller(self, i, error))
            return FALSE;
    }
    if (self->pullers.n == first)
        return TRUE;

    CpsfPullVertex *vertex = cpsf_array_add(&self->vertices, error);

    if (vertex != NULL)
        *vertex = (CpsfPullVertex){first, self->pullers.n, v, is_short};
    return vertex != NULL;
}

/* What is relied on by edges of next to no chance, or in groups that never open, is not in the part:
 * it brings nothing, and no failure of it is felt. */
static gboolean
add_unfelt(CpsfImportance *self, GError **error)
{
    const CpsfTarget *target = self->target;
    const int64_t n_felt = self->pulls.n;

    for (int32_t i = 0; i < target->paths->n_queue; i++) {
        const int32_t node = target->paths->queue[i];

        if (target->part->graph.vertex_of[node] < 0 && !add_pulls(self, node, error))
            return FALSE;
    }
    for (int64_t i = n_felt; i < self->pulls.n; i++)
        self->pulls.items[i].method = CPSF_PULL_FORCED;
    return TRUE;
}

gboolean
cpsf_importance_list(CpsfImportance *self, GError **error)
{
    for (int32_t v = 0; v < self->target->part->graph.n; v++)
        if (!add_vertex(self, v, error))
            return FALSE;
    return add_unfelt(self, error);
}
