/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * From a snapshot to what the worlds kernel sweeps (docs/semantics.md, section 6).  Each edge is
 * looked at once, in the order of its rows: whether it is felt always, by chance, never, or through
 * a group.  Groups that open with the first failure are required edges after all.  What required
 * edges felt for certain tie into circles becomes one vertex: on a company network that is most of
 * it, and no world needs to go round there any more.
 */

#include "config.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cpsf-chance-keys-private.h"
#include "cpsf-worlds-plan-private.h"

static void
clear_plan(void *data)
{
    CpsfWorldsPlan *self = data;
    const CpsfWorldsGraph *g = &self->graph;
    const void *arrays[] = {
        g->in_start, g->in_tail,    g->extra,     g->chance_start,    g->gate_start, g->chance_tail,
        g->chance_p, g->chance_key, g->gate_need, g->gate_edge_start, g->gate_tail,  g->gate_p,
        g->gate_key, g->knot_start, g->knot_end,  g->member_start,    g->members,    g->vertex_of,
    };

    for (size_t i = 0; i < G_N_ELEMENTS(arrays); i++)
        g_free((void *) arrays[i]);
    g_free(self->key);
    g_free(self->is_short);
    g_free(self->chance_c);
    g_free(self->gate_c);
    cpsf_policy_unref(self->policy);
    cpsf_snapshot_unref(self->snapshot);
}

CpsfWorldsPlan *
cpsf_worlds_plan_ref(CpsfWorldsPlan *self)
{
    return g_atomic_rc_box_acquire(self);
}

void
cpsf_worlds_plan_unref(CpsfWorldsPlan *self)
{
    g_atomic_rc_box_release_full(self, clear_plan);
}

double
cpsf_plan_criticality(const CpsfPlanner *self, int64_t out_edge)
{
    const CpsfEdgeRow *row = cpsf_plan_row(self, out_edge);

    return isnan(row->criticality) ? self->plan->policy->relations[row->relation].criticality
                                   : row->criticality;
}

uint32_t
cpsf_plan_fixed(double p)
{
    return (uint32_t) (uint64_t) (p * 0x1p32 + 0.5); /* 2^32 wraps to 0: felt for certain */
}

/* How an edge by itself is felt. */
CpsfFelt
cpsf_plan_felt(const CpsfPlanner *self, int64_t out_edge)
{
    const double c = cpsf_plan_criticality(self, out_edge);
    const double half = self->is_exact ? 0.0 : 0x1p-33; /* what rounds to 0 or to 1 */

    if (c >= 1.0 - half)
        return CPSF_FELT_ALWAYS;
    return c > 0.0 && c >= half ? CPSF_FELT_BY_CHANCE : CPSF_FELT_NEVER;
}

static void
look_at_edges(CpsfPlanner *self)
{
    for (int64_t e = 0; e < self->snapshot->out.m; e++) {
        const gboolean is_grouped = cpsf_plan_row(self, e)->group != 0;

        self->felt[e] = (uint8_t) (is_grouped ? CPSF_FELT_IN_GROUP : cpsf_plan_felt(self, e));
        self->n_grouped += is_grouped;
    }
}

static gboolean
is_inside(const CpsfPlanner *self, int32_t v, int32_t head)
{
    return self->snapshot->component[v] == self->snapshot->component[head];
}

/* Whether all edges inside a component are felt always. */
static gboolean
is_certain(const CpsfPlanner *self, int32_t component)
{
    const CpsfSnapshot *s = self->snapshot;

    for (int32_t i = s->component_start[component]; i < s->component_start[component + 1]; i++) {
        const int32_t v = s->order[i];

        for (int64_t e = s->out.offsets[v]; e < s->out.offsets[v + 1]; e++)
            if (self->felt[e] != CPSF_FELT_ALWAYS && is_inside(self, v, s->out.heads[e]))
                return FALSE;
    }
    return TRUE;
}

/* The components whose nodes need not fail together; the number of edges felt always in them. */
static int64_t
find_mixed(CpsfPlanner *self)
{
    const CpsfSnapshot *s = self->snapshot;
    int64_t m = 0;

    for (int32_t k = 0; k < s->n_components; k++) {
        const int32_t size = s->component_start[k + 1] - s->component_start[k];

        if (size == 1 || is_certain(self, k))
            continue;
        self->is_mixed[k] = 1;
        self->n_mixed++;
        for (int32_t i = s->component_start[k]; i < s->component_start[k + 1]; i++)
            m += s->out.offsets[s->order[i] + 1] - s->out.offsets[s->order[i]];
    }
    return m;
}

/* Numbers what is tied by edges felt always within mixed components: self->tied, in an order in
 * which such edges run forwards. */
static gboolean
tie_mixed(CpsfPlanner *self, int64_t room, GError **error)
{
    const CpsfSnapshot *s = self->snapshot;
    const int32_t n = s->out.n;
    g_autofree int64_t *offsets = cpsf_try_new(int64_t, (size_t) n + 1, error);
    g_autofree int32_t *heads = NULL;
    CpsfCsr certain = {.n = n};
    int32_t n_tied = 0;

    if (offsets == NULL || (heads = cpsf_try_new(int32_t, (size_t) room, error)) == NULL ||
        (self->tied = cpsf_try_new(int32_t, (size_t) n, error)) == NULL)
        return FALSE;
    offsets[0] = 0;
    for (int32_t v = 0; v < n; v++) {
        const gboolean is_mixed = self->is_mixed[s->component[v]] != 0;

        for (int64_t e = s->out.offsets[v]; is_mixed && e < s->out.offsets[v + 1]; e++)
            if (self->felt[e] == CPSF_FELT_ALWAYS && is_inside(self, v, s->out.heads[e]))
                heads[certain.m++] = s->out.heads[e];
        offsets[v + 1] = certain.m;
    }
    certain.offsets = offsets;
    certain.heads = heads;
    return cpsf_csr_components(&certain, self->tied, &n_tied, error);
}

typedef struct {
    int32_t tied;
    int32_t node;
} Tied;

static int
compare_tied(const void *left, const void *right)
{
    const Tied *a = left;
    const Tied *b = right;

    return a->tied != b->tied ? (a->tied > b->tied) - (a->tied < b->tied)
                              : (a->node > b->node) - (a->node < b->node);
}

/* The next vertex stands for the members [@first, n_members). */
static void
add_vertex(CpsfPlanner *self, int32_t first)
{
    CpsfWorldsPlan *plan = self->plan;

    for (int32_t i = first; i < plan->n_members; i++)
        self->vertex_of[self->members[i]] = plan->graph.n;
    self->member_start[++plan->graph.n] = plan->n_members;
}

static gboolean
add_mixed(CpsfPlanner *self, int32_t component, GError **error)
{
    const CpsfSnapshot *s = self->snapshot;
    const int32_t start = s->component_start[component];
    const int32_t size = s->component_start[component + 1] - start;
    g_autofree Tied *sorted = cpsf_try_new(Tied, (size_t) size, error);
    const int32_t first_vertex = self->plan->graph.n;

    if (sorted == NULL)
        return FALSE;
    for (int32_t i = 0; i < size; i++)
        sorted[i] = (Tied){self->tied[s->order[start + i]], s->order[start + i]};
    qsort(sorted, (size_t) size, sizeof *sorted, compare_tied);
    for (int32_t i = 0; i < size;) {
        const int32_t first = self->plan->n_members;
        const int32_t tied = sorted[i].tied;

        for (; i < size && sorted[i].tied == tied; i++)
            self->members[self->plan->n_members++] = sorted[i].node;
        add_vertex(self, first);
    }
    if (self->plan->graph.n - first_vertex > 1) {
        self->knot_start[self->plan->graph.n_knots] = first_vertex;
        self->knot_end[self->plan->graph.n_knots++] = self->plan->graph.n;
    }
    return TRUE;
}

/* Vertices in topological order of components. */
static gboolean
number_vertices(CpsfPlanner *self, GError **error)
{
    const CpsfSnapshot *s = self->snapshot;

    memset(self->vertex_of, 0xff, (size_t) s->out.n * sizeof *self->vertex_of);
    self->member_start[0] = 0;
    for (int32_t k = 0; k < s->n_components; k++) {
        const int32_t first = self->plan->n_members;

        if (!s->holds[s->order[s->component_start[k]]]) /* by itself: it has no edge */
            continue;
        if (self->is_mixed[k]) {
            if (!add_mixed(self, k, error))
                return FALSE;
            continue;
        }
        for (int32_t i = s->component_start[k]; i < s->component_start[k + 1]; i++)
            self->members[self->plan->n_members++] = s->order[i];
        add_vertex(self, first);
    }
    return TRUE;
}

/* How many edges are felt in which way, now that groups are known. */
static void
count_edges(CpsfPlanner *self)
{
    for (int64_t e = 0; e < self->snapshot->out.m; e++) {
        self->n_certain += self->felt[e] == CPSF_FELT_ALWAYS;
        self->n_chance += self->felt[e] == CPSF_FELT_BY_CHANCE;
    }
}

static gboolean
make_vertices(CpsfPlanner *self, GError **error)
{
    const CpsfSnapshot *s = self->snapshot;
    CpsfWorldsGraph *g = &self->plan->graph;
    const size_t n = (size_t) s->out.n;

    count_edges(self);
    self->is_mixed = cpsf_try_new0(uint8_t, (size_t) s->n_components, error);
    if (self->is_mixed == NULL)
        return FALSE;

    const int64_t room = find_mixed(self);

    if (self->n_mixed > 0 && !tie_mixed(self, room, error))
        return FALSE;
    if ((g->vertex_of = self->vertex_of = cpsf_try_new(int32_t, n, error)) == NULL ||
        (g->members = self->members = cpsf_try_new(int32_t, n, error)) == NULL ||
        (g->member_start = self->member_start = cpsf_try_new(int32_t, n + 1, error)) == NULL ||
        (g->knot_start = self->knot_start = cpsf_try_new(int32_t, (size_t) self->n_mixed, error)) ==
            NULL ||
        (g->knot_end = self->knot_end = cpsf_try_new(int32_t, (size_t) self->n_mixed, error)) ==
            NULL)
        return FALSE;
    g->out_start = s->out.offsets;
    g->out_head = s->out.heads;
    return number_vertices(self, error);
}

CpsfChanceKey
cpsf_plan_edge_key(const CpsfPlanner *self, int64_t out_edge)
{
    const CpsfEdgeRow *row = cpsf_plan_row(self, out_edge);

    return cpsf_chance_key_of_edge(self->snapshot->graph, row, self->node_key[row->from],
                                   self->node_key[row->to], self->relation_key[row->relation]);
}

static gboolean
hash_nodes(CpsfPlanner *self, GError **error)
{
    CpsfWorldsPlan *plan = self->plan;
    const CpsfGraph *graph = self->snapshot->graph;

    self->node_key = cpsf_try_new(CpsfChanceKey, (size_t) graph->n_nodes, error);
    if (self->node_key == NULL)
        return FALSE;
    for (int32_t v = 0; v < graph->n_nodes; v++)
        self->node_key[v] = cpsf_chance_key_of_node(graph, v);
    for (int r = 0; r < CPSF_N_RELATIONS; r++)
        self->relation_key[r] = cpsf_chance_key_of_relation(r);
    plan->key = cpsf_try_new(CpsfChanceKey, (size_t) plan->n_members, error);
    for (int32_t i = 0; plan->key != NULL && i < plan->n_members; i++)
        plan->key[i] = self->node_key[self->members[i]];
    return plan->key != NULL;
}

CpsfWorldsPlan *
cpsf_worlds_plan_new(CpsfSnapshot *snapshot, CpsfPolicy *policy, gboolean exact, GError **error)
{
    g_autoptr(CpsfWorldsPlan) plan = g_atomic_rc_box_new0(CpsfWorldsPlan);
    CpsfPlanner planner = {.plan = plan, .snapshot = snapshot, .is_exact = exact};
    gboolean is_done = FALSE;

    plan->snapshot = cpsf_snapshot_ref(snapshot);
    plan->policy = cpsf_policy_ref(policy);
    planner.felt = cpsf_try_new(uint8_t, (size_t) snapshot->out.m, error);
    if (planner.felt == NULL)
        return NULL;
    look_at_edges(&planner);
    is_done = cpsf_plan_find_groups(&planner, error) && make_vertices(&planner, error) &&
              hash_nodes(&planner, error) && cpsf_plan_mark_short(&planner, error) &&
              cpsf_plan_add_edges(&planner, error);
    cpsf_planner_clear(&planner);
    return is_done ? g_steal_pointer(&plan) : NULL;
}
