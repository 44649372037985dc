/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * A part of a plan, closed upstream: nothing outside it can make one of its vertices fail, so that
 * they fail in the very worlds in which they fail in the whole.  Vertices are numbered anew, in the
 * same order; a part that fits a processor's cache is swept much faster than where it came from.  It
 * has no lists of who may fail after whom: those of the whole lead mostly out of it.
 */

#include "config.h"

#include <string.h>

#include "cpsf-mem-private.h"
#include "cpsf-worlds-private.h"

typedef struct {
    const CpsfWorldsPlan *whole;
    const CpsfVertexSet *set;
    CpsfWorldsPlan *part;
    int32_t *number; /* (owned) of each vertex of the whole that is in the set, its new number */
} Restriction;

/* What the part holds, counted. */
typedef struct {
    int64_t members, in, extra, chance, gates, gate_edges;
    int32_t knots;
} Sizes;

static Sizes
count_sizes(const Restriction *self)
{
    const CpsfWorldsGraph *g = &self->whole->graph;
    Sizes sizes = {0};

    for (int32_t i = 0; i < self->set->n; i++) {
        const int32_t v = self->set->items[i];
        const int32_t x = g->extra[v];

        sizes.members += g->member_start[v + 1] - g->member_start[v];
        sizes.in += g->in_start[v + 1] - g->in_start[v];
        if (x < 0)
            continue;
        sizes.extra++;
        sizes.chance += g->chance_start[x + 1] - g->chance_start[x];
        sizes.gates += g->gate_start[x + 1] - g->gate_start[x];
        sizes.gate_edges +=
            g->gate_edge_start[g->gate_start[x + 1]] - g->gate_edge_start[g->gate_start[x]];
    }
    return sizes;
}

#define MAKE(field, count)                                                                         \
    ((g->field = cpsf_try_alloc((size_t) (count), sizeof *g->field, FALSE, error)) != NULL)

static gboolean
make_room(Restriction *self, const Sizes *sizes, GError **error)
{
    CpsfWorldsPlan *part = self->part;
    CpsfWorldsGraph *g = &part->graph;
    const int32_t n = self->set->n;
    const size_t n_chance = (size_t) sizes->chance;
    const size_t n_gate_edges = (size_t) sizes->gate_edges;

    if (!MAKE(in_start, n + 1) || !MAKE(in_tail, sizes->in) || !MAKE(extra, n) ||
        !MAKE(chance_start, sizes->extra + 1) || !MAKE(gate_start, sizes->extra + 1) ||
        !MAKE(chance_tail, n_chance) || !MAKE(chance_p, n_chance) || !MAKE(chance_key, n_chance) ||
        !MAKE(gate_need, sizes->gates) || !MAKE(gate_edge_start, sizes->gates + 1) ||
        !MAKE(gate_tail, n_gate_edges) || !MAKE(gate_p, n_gate_edges) ||
        !MAKE(gate_key, n_gate_edges) || !MAKE(knot_start, self->whole->graph.n_knots) ||
        !MAKE(knot_end, self->whole->graph.n_knots) || !MAKE(member_start, n + 1) ||
        !MAKE(members, sizes->members) || !MAKE(vertex_of, self->whole->snapshot->out.n))
        return FALSE;
    part->key = cpsf_try_new(CpsfChanceKey, (size_t) sizes->members, error);
    if (part->key == NULL)
        return FALSE;
    if (self->whole->is_short != NULL &&
        (part->is_short = cpsf_try_new(uint8_t, (size_t) sizes->members, error)) == NULL)
        return FALSE;
    if (self->whole->chance_c != NULL &&
        (part->chance_c = cpsf_try_new(double, n_chance, error)) == NULL)
        return FALSE;
    if (self->whole->gate_c != NULL &&
        (part->gate_c = cpsf_try_new(double, n_gate_edges, error)) == NULL)
        return FALSE;
    self->number = cpsf_try_new(int32_t, (size_t) self->whole->graph.n, error);
    return self->number != NULL;
}

#undef MAKE

static void
copy_members(Restriction *self, int32_t v, int32_t i)
{
    const CpsfWorldsPlan *whole = self->whole;
    CpsfWorldsPlan *part = self->part;
    int32_t *member_start = (int32_t *) part->graph.member_start;
    int32_t *members = (int32_t *) part->graph.members;
    int32_t *vertex_of = (int32_t *) part->graph.vertex_of;

    member_start[i] = part->n_members;
    for (int32_t j = whole->graph.member_start[v]; j < whole->graph.member_start[v + 1]; j++) {
        const int32_t k = part->n_members++;

        members[k] = whole->graph.members[j];
        vertex_of[members[k]] = i;
        part->key[k] = whole->key[j];
        if (part->is_short != NULL)
            part->is_short[k] = whole->is_short[j];
    }
    member_start[i + 1] = part->n_members;
}

static int64_t
copy_certain(const Restriction *self, int32_t v, int32_t i, int64_t n_in)
{
    const CpsfWorldsGraph *from = &self->whole->graph;
    int64_t *in_start = (int64_t *) self->part->graph.in_start;
    int32_t *in_tail = (int32_t *) self->part->graph.in_tail;

    in_start[i] = n_in;
    for (int64_t e = from->in_start[v]; e < from->in_start[v + 1]; e++)
        in_tail[n_in++] = self->number[from->in_tail[e]];
    in_start[i + 1] = n_in;
    return n_in;
}

/* The chance edges of extra @x become those of extra @y. */
static void
copy_chance(const Restriction *self, int32_t x, int32_t y)
{
    const CpsfWorldsGraph *from = &self->whole->graph;
    CpsfWorldsGraph *to = &self->part->graph;
    int64_t *start = (int64_t *) to->chance_start;
    int64_t i = start[y];

    for (int64_t e = from->chance_start[x]; e < from->chance_start[x + 1]; e++, i++) {
        ((int32_t *) to->chance_tail)[i] = self->number[from->chance_tail[e]];
        ((uint32_t *) to->chance_p)[i] = from->chance_p[e];
        ((CpsfChanceKey *) to->chance_key)[i] = from->chance_key[e];
        if (self->part->chance_c != NULL)
            self->part->chance_c[i] = self->whole->chance_c[e];
    }
    start[y + 1] = i;
}

static void
copy_gates(const Restriction *self, int32_t x, int32_t y)
{
    const CpsfWorldsGraph *from = &self->whole->graph;
    CpsfWorldsGraph *to = &self->part->graph;
    int32_t *start = (int32_t *) to->gate_start;
    int64_t *edge_start = (int64_t *) to->gate_edge_start;
    int32_t n = start[y];

    for (int32_t g = from->gate_start[x]; g < from->gate_start[x + 1]; g++, n++) {
        int64_t i = edge_start[n];

        ((int32_t *) to->gate_need)[n] = from->gate_need[g];
        for (int64_t e = from->gate_edge_start[g]; e < from->gate_edge_start[g + 1]; e++, i++) {
            ((int32_t *) to->gate_tail)[i] = self->number[from->gate_tail[e]];
            ((uint32_t *) to->gate_p)[i] = from->gate_p[e];
            ((CpsfChanceKey *) to->gate_key)[i] = from->gate_key[e];
            if (self->part->gate_c != NULL)
                self->part->gate_c[i] = self->whole->gate_c[e];
        }
        edge_start[n + 1] = i;
    }
    start[y + 1] = n;
}

static void
copy_vertices(Restriction *self)
{
    const CpsfWorldsGraph *from = &self->whole->graph;
    CpsfWorldsGraph *to = &self->part->graph;
    int32_t *extra = (int32_t *) to->extra;
    int64_t n_in = 0;
    int32_t n_extra = 0;

    ((int64_t *) to->in_start)[0] = ((int64_t *) to->chance_start)[0] = 0;
    ((int64_t *) to->gate_edge_start)[0] = ((int32_t *) to->gate_start)[0] = 0;
    ((int32_t *) to->member_start)[0] = 0;
    memset((int32_t *) to->vertex_of, 0xff,
           (size_t) self->whole->snapshot->out.n * sizeof *to->vertex_of);
    for (int32_t i = 0; i < self->set->n; i++) {
        const int32_t v = self->set->items[i];

        copy_members(self, v, i);
        n_in = copy_certain(self, v, i, n_in);
        extra[i] = -1;
        if (from->extra[v] < 0)
            continue;
        copy_chance(self, from->extra[v], n_extra);
        copy_gates(self, from->extra[v], n_extra);
        extra[i] = n_extra++;
    }
}

/* Knots are in the set whole or not at all. */
static void
copy_knots(Restriction *self)
{
    const CpsfWorldsGraph *from = &self->whole->graph;
    CpsfWorldsGraph *to = &self->part->graph;
    int32_t knot = 0;

    for (int32_t i = 0; i < self->set->n; i++) {
        const int32_t v = self->set->items[i];

        while (knot < from->n_knots && from->knot_start[knot] < v)
            knot++;
        if (knot == from->n_knots || from->knot_start[knot] != v)
            continue;
        ((int32_t *) to->knot_start)[to->n_knots] = i;
        ((int32_t *) to->knot_end)[to->n_knots++] = i + from->knot_end[knot] - v;
    }
}

CpsfWorldsPlan *
cpsf_worlds_plan_restrict(const CpsfWorldsPlan *self, const CpsfVertexSet *set, GError **error)
{
    g_autoptr(CpsfWorldsPlan) part = g_atomic_rc_box_new0(CpsfWorldsPlan);
    Restriction restriction = {self, set, part, NULL};
    const Sizes sizes = count_sizes(&restriction);
    gboolean is_done = FALSE;

    part->snapshot = cpsf_snapshot_ref(self->snapshot);
    part->policy = cpsf_policy_ref(self->policy);
    part->graph.n = set->n;
    is_done = make_room(&restriction, &sizes, error);
    if (is_done) {
        for (int32_t i = 0; i < set->n; i++)
            restriction.number[set->items[i]] = i;
        copy_vertices(&restriction);
        copy_knots(&restriction);
    }
    g_free(restriction.number);
    return is_done ? g_steal_pointer(&part) : NULL;
}

void
cpsf_worlds_update_clear(CpsfWorldsUpdate *self)
{
    g_clear_pointer(&self->part, cpsf_worlds_plan_unref);
    cpsf_vertex_set_clear(&self->changed);
    cpsf_worlds_counts_clear(&self->counts);
    *self = (CpsfWorldsUpdate){0};
}

/* The vertices downstream of @nodes, and the part of the plan that decides about them: all of it, if
 * that is not worth cutting out. */
static gboolean
find_part(CpsfWorldsPlan *plan,
          const int32_t *nodes,
          int64_t n_nodes,
          CpsfWorldsUpdate *update,
          GError **error)
{
    const CpsfWorldsGraph *g = &plan->graph;
    CpsfVertexSet *changed = &update->changed;
    CpsfVertexSet among = {0};

    if (!cpsf_worlds_vertices_of(plan, nodes, n_nodes, changed, error) ||
        !cpsf_worlds_add_downstream(plan, changed, error))
        return FALSE;
    among.items = cpsf_try_new(int32_t, (size_t) changed->n, error);
    if (among.items == NULL)
        return FALSE;
    among.n = changed->n;
    memcpy(among.items, changed->items, (size_t) changed->n * sizeof *among.items);
    if (cpsf_worlds_add_upstream(plan, &among, error))
        update->part = among.n > g->n / 2 ? cpsf_worlds_plan_ref(plan)
                                          : cpsf_worlds_plan_restrict(plan, &among, error);
    cpsf_vertex_set_clear(&among);
    for (int32_t i = 0; update->part != NULL && i < changed->n; i++) /* to the part's numbers */
        changed->items[i] =
            update->part->graph.vertex_of[g->members[g->member_start[changed->items[i]]]];
    return update->part != NULL;
}

gboolean
cpsf_worlds_rerun(CpsfWorldsPlan *plan,
                  const CpsfOpinion *own,
                  const int32_t *nodes,
                  int64_t n_nodes,
                  const CpsfWorldsOptions *options,
                  CpsfWorldsUpdate *update,
                  GError **error)
{
    CpsfWorldsFailures failures = {0};

    *update = (CpsfWorldsUpdate){0};

    const gboolean is_done =
        find_part(plan, nodes, n_nodes, update, error) &&
        cpsf_worlds_failures_init(&failures, update->part, own, error) &&
        cpsf_worlds_run(update->part, &failures, options, &update->counts, error);

    cpsf_worlds_failures_clear(&failures);
    return is_done;
}
