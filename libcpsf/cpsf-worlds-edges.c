/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The edges of a plan, by the vertex that they run into: those felt always, each tail once, then
 * those felt by chance, then gates.  Edges from a vertex to itself say nothing, and so do edges felt
 * by chance beside one that is felt always.  In a gate a tail counts as often as it stands there, but
 * the vertex itself never: where it fails the gate has nothing to add.
 */

#include "config.h"

#include <string.h>

#include "cpsf-worlds-plan-private.h"

typedef struct {
    CpsfPlanner *planner;
    int32_t *met; /* n: the vertex into which an edge felt always came from it last; -1 */
    int64_t *in_start;
    int32_t *in_tail;
    int64_t n_in;
    int32_t *extra;
    int32_t n_extra;
    CPSF_ARRAY(int64_t) chance_start;
    CPSF_ARRAY(int32_t) gate_start;
    int64_t n_chance;     /* in the next four */
    int64_t *chance_next; /* n + 1: where the next chance edge into each vertex goes */
    int32_t *chance_tail;
    uint32_t *chance_p;
    CpsfChanceKey *chance_key;
    double *chance_c;
    CPSF_ARRAY(int32_t) gate_need;
    CPSF_ARRAY(int64_t) gate_edge_start;
    CPSF_ARRAY(int32_t) gate_tail;
    CPSF_ARRAY(uint32_t) gate_p;
    CPSF_ARRAY(CpsfChanceKey) gate_key;
    CPSF_ARRAY(double) gate_c;
    int64_t *first_gate; /* (nullable) of each node: gates [first_gate[v], first_gate[v + 1]) */
} Edges;

#define PUT(array, value, error)                                                                   \
    ({                                                                                             \
        __typeof__((array)->items) slot_ = cpsf_array_add((array), (error));                       \
        if (slot_ != NULL)                                                                         \
            *slot_ = (value);                                                                      \
        slot_ != NULL;                                                                             \
    })

/* Tails of a node stand in ascending order, so that one that comes twice comes twice running; those
 * of several members need a look at what was met. */
static void
add_certain(Edges *self, int32_t vertex, int32_t node, gboolean is_alone)
{
    const CpsfPlanner *planner = self->planner;
    const CpsfSnapshot *s = planner->snapshot;
    const gboolean all_certain = planner->n_certain == s->out.m;
    int32_t last = vertex;

    for (int64_t e = s->in.offsets[node]; e < s->in.offsets[node + 1]; e++) {
        const int32_t tail = planner->vertex_of[s->in.heads[e]];

        if (tail == vertex || tail == last || (!is_alone && self->met[tail] == vertex) ||
            (!all_certain && planner->felt[s->in_out[e]] != CPSF_FELT_ALWAYS))
            continue;
        last = tail;
        if (!is_alone)
            self->met[tail] = vertex;
        self->in_tail[self->n_in++] = tail;
    }
}

/* The vertex that a chance edge of @from runs into; -1 = it is none, or says nothing. */
static int32_t
find_head(const CpsfPlanner *planner, int32_t from, int64_t out_edge)
{
    const int32_t head = planner->vertex_of[planner->snapshot->out.heads[out_edge]];

    return planner->felt[out_edge] == CPSF_FELT_BY_CHANCE && head != planner->vertex_of[from] ? head
                                                                                              : -1;
}

/* Where the chance edges of each vertex begin. */
static gboolean
count_chance(Edges *self, GError **error)
{
    const CpsfPlanner *planner = self->planner;
    const CpsfCsr *out = &planner->snapshot->out;
    const int32_t n = planner->plan->graph.n;

    self->chance_next = cpsf_try_new0(int64_t, (size_t) n + 1, error);
    if (self->chance_next == NULL || planner->n_chance == 0)
        return self->chance_next != NULL;
    for (int32_t v = 0; v < out->n; v++)
        for (int64_t e = out->offsets[v]; e < out->offsets[v + 1]; e++) {
            const int32_t head = find_head(planner, v, e);

            if (head >= 0)
                self->chance_next[head + 1]++;
        }
    for (int32_t v = 0; v < n; v++)
        self->chance_next[v + 1] += self->chance_next[v];
    self->n_chance = self->chance_next[n];
    return TRUE;
}

/* Chance edges on their way to where they belong.  Each of their places is a line of memory that is
 * not at hand, so that the places of many are asked for before the first is written. */
enum { AT_ONCE = 64 };

typedef struct {
    int n;
    int64_t out_edge[AT_ONCE];
    int32_t tail[AT_ONCE]; /* vertices */
    int32_t head[AT_ONCE];
} Batch;

static void
put_batch(Edges *self, Batch *batch)
{
    const CpsfPlanner *planner = self->planner;
    int64_t place[AT_ONCE];

    for (int k = 0; k < batch->n; k++)
        __builtin_prefetch(&self->chance_next[batch->head[k]], 1);
    for (int k = 0; k < batch->n; k++) {
        place[k] = self->chance_next[batch->head[k]]++;
        __builtin_prefetch(&self->chance_tail[place[k]], 1);
        __builtin_prefetch(&self->chance_p[place[k]], 1);
        __builtin_prefetch(&self->chance_key[place[k]], 1);
    }
    for (int k = 0; k < batch->n; k++) {
        const double c = cpsf_plan_criticality(planner, batch->out_edge[k]);

        self->chance_tail[place[k]] = batch->tail[k];
        self->chance_p[place[k]] = cpsf_plan_fixed(c);
        self->chance_key[place[k]] = cpsf_plan_edge_key(planner, batch->out_edge[k]);
        if (planner->is_exact)
            self->chance_c[place[k]] = c;
    }
    batch->n = 0;
}

/* In the order of their rows, which are far from each other in any other order. */
static void
fill_chance(Edges *self)
{
    const CpsfPlanner *planner = self->planner;
    const CpsfCsr *out = &planner->snapshot->out;
    Batch batch = {0};

    for (int32_t v = 0; v < out->n && self->n_chance > 0; v++)
        for (int64_t e = out->offsets[v]; e < out->offsets[v + 1]; e++) {
            const int32_t head = find_head(planner, v, e);

            if (e + AT_ONCE < out->m) {
                __builtin_prefetch(&planner->vertex_of[out->heads[e + AT_ONCE]]);
                __builtin_prefetch(&planner->node_key[out->heads[e + AT_ONCE]]);
            }
            if (head < 0)
                continue;
            batch.out_edge[batch.n] = e;
            batch.tail[batch.n] = planner->vertex_of[v];
            batch.head[batch.n++] = head;
            if (batch.n == AT_ONCE)
                put_batch(self, &batch);
        }
    put_batch(self, &batch);
}

static gboolean
add_gate_edge(Edges *self, int32_t vertex, int64_t out_edge, GError **error)
{
    const CpsfPlanner *planner = self->planner;
    const int32_t tail = planner->vertex_of[cpsf_plan_row(planner, out_edge)->from];
    const CpsfFelt felt = cpsf_plan_felt(planner, out_edge);
    const double c = cpsf_plan_criticality(planner, out_edge);
    const gboolean by_chance = felt == CPSF_FELT_BY_CHANCE;

    if (felt == CPSF_FELT_NEVER || tail == vertex)
        return TRUE;
    return PUT(&self->gate_tail, tail, error) &&
           PUT(&self->gate_p, by_chance ? MAX(cpsf_plan_fixed(c), 1) : 0U, error) &&
           PUT(&self->gate_key,
               by_chance ? cpsf_plan_edge_key(planner, out_edge) : (CpsfChanceKey){0}, error) &&
           (!planner->is_exact || PUT(&self->gate_c, c, error));
}

static gboolean
add_gates(Edges *self, int32_t vertex, int32_t node, GError **error)
{
    const CpsfPlanner *planner = self->planner;

    if (self->first_gate == NULL)
        return TRUE;
    for (int64_t g = self->first_gate[node]; g < self->first_gate[node + 1]; g++) {
        const CpsfPlanGate *gate = &planner->gates.items[g];
        const int64_t end = g + 1 < planner->gates.n ? gate[1].first : planner->gated.n;
        const int64_t before = self->gate_tail.n;

        for (int64_t i = gate->first; i < end; i++)
            if (!add_gate_edge(self, vertex, planner->gated.items[i], error))
                return FALSE;
        if (self->gate_tail.n - before < gate->need) { /* it can never open */
            self->gate_tail.n = self->gate_p.n = self->gate_key.n = before;
            self->gate_c.n = MIN(self->gate_c.n, before);
            continue;
        }
        if (!PUT(&self->gate_need, gate->need, error) ||
            !PUT(&self->gate_edge_start, before, error))
            return FALSE;
    }
    return TRUE;
}

/* What runs into one vertex. */
static gboolean
add_vertex(Edges *self, int32_t vertex, GError **error)
{
    const CpsfPlanner *planner = self->planner;
    const int64_t n_gates = self->gate_need.n;
    const int32_t first = planner->member_start[vertex];
    const int32_t end = planner->member_start[vertex + 1];

    self->in_start[vertex] = self->n_in;
    self->extra[vertex] = -1;
    for (int32_t i = first; i < end; i++)
        add_certain(self, vertex, planner->members[i], end - first == 1);
    for (int32_t i = first; i < end; i++)
        if (!add_gates(self, vertex, planner->members[i], error))
            return FALSE;
    if (self->chance_next[vertex + 1] == self->chance_next[vertex] && self->gate_need.n == n_gates)
        return TRUE;
    self->extra[vertex] = self->n_extra++;
    return PUT(&self->chance_start, self->chance_next[vertex], error) &&
           PUT(&self->gate_start, (int32_t) n_gates, error);
}

static gboolean
index_gates(Edges *self, GError **error)
{
    const CpsfPlanner *planner = self->planner;
    const int32_t n = planner->snapshot->out.n;

    if (planner->gates.n == 0)
        return TRUE;
    self->first_gate = cpsf_try_new0(int64_t, (size_t) n + 1, error);
    if (self->first_gate == NULL)
        return FALSE;
    for (int64_t g = 0; g < planner->gates.n; g++) /* they come by node */
        self->first_gate[planner->gates.items[g].node + 1]++;
    for (int32_t v = 0; v < n; v++)
        self->first_gate[v + 1] += self->first_gate[v];
    return TRUE;
}

static gboolean
gather(Edges *self, GError **error)
{
    const CpsfPlanner *planner = self->planner;
    const int32_t n = planner->plan->graph.n;

    memset(self->met, 0xff, (size_t) n * sizeof *self->met);
    for (int32_t v = 0; v < n; v++)
        if (!add_vertex(self, v, error))
            return FALSE;
    self->in_start[n] = self->n_in;
    return PUT(&self->chance_start, self->n_chance, error) &&
           PUT(&self->gate_start, (int32_t) self->gate_need.n, error) &&
           PUT(&self->gate_edge_start, self->gate_tail.n, error);
}

/* Gives back what is not used.  Shrinking that fails changes nothing. */
static void *
shrink(void *items, int64_t n, size_t size)
{
    void *smaller = g_try_realloc(items, MAX((size_t) n, 1) * size);

    return smaller != NULL ? smaller : items;
}

#define SHRINK(array) shrink((array).items, (array).n, sizeof *(array).items)

/* Everything to the plan, also on failure, so that it is freed there. */
static void
hand_over(Edges *self)
{
    CpsfWorldsPlan *plan = self->planner->plan;
    CpsfWorldsGraph *g = &plan->graph;

    g->in_start = self->in_start;
    g->in_tail = shrink(self->in_tail, self->n_in, sizeof *self->in_tail);
    g->extra = self->extra;
    g->chance_start = SHRINK(self->chance_start);
    g->gate_start = SHRINK(self->gate_start);
    g->chance_tail = self->chance_tail;
    g->chance_p = self->chance_p;
    g->chance_key = self->chance_key;
    g->gate_need = SHRINK(self->gate_need);
    g->gate_edge_start = SHRINK(self->gate_edge_start);
    g->gate_tail = SHRINK(self->gate_tail);
    g->gate_p = SHRINK(self->gate_p);
    g->gate_key = SHRINK(self->gate_key);
    plan->chance_c = self->chance_c;
    plan->gate_c = self->gate_c.items;
    g_free(self->met);
    g_free(self->chance_next);
    g_free(self->first_gate);
}

static gboolean
make_room(Edges *self, GError **error)
{
    const CpsfPlanner *planner = self->planner;
    const size_t n = (size_t) planner->plan->graph.n;
    const size_t n_chance = (size_t) self->n_chance;

    return (self->met = cpsf_try_new(int32_t, n, error)) != NULL &&
           (self->in_start = cpsf_try_new(int64_t, n + 1, error)) != NULL &&
           (self->in_tail = cpsf_try_new(int32_t, (size_t) planner->n_certain, error)) != NULL &&
           (self->extra = cpsf_try_new(int32_t, n, error)) != NULL &&
           (self->chance_tail = cpsf_try_new(int32_t, n_chance, error)) != NULL &&
           (self->chance_p = cpsf_try_new(uint32_t, n_chance, error)) != NULL &&
           (self->chance_key = cpsf_try_new(CpsfChanceKey, n_chance, error)) != NULL &&
           (!planner->is_exact || (self->chance_c = cpsf_try_new(double, n_chance, error)) != NULL);
}

gboolean
cpsf_plan_add_edges(CpsfPlanner *self, GError **error)
{
    Edges edges = {.planner = self};
    const gboolean is_done = count_chance(&edges, error) && make_room(&edges, error) &&
                             index_gates(&edges, error) && gather(&edges, error);

    if (is_done)
        fill_chance(&edges);
    hand_over(&edges);
    return is_done;
}
