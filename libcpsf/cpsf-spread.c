/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The policy's spread rules on the edges of a graph: what an incident can reach is found breadth
 * first, and only that is built.
 */

#include "config.h"

#include <math.h>
#include <string.h>

#include "cpsf-spread-build-private.h"

static void
clear_spread(void *data)
{
    CpsfSpread *self = data;
    const CpsfEventsGraph *g = &self->graph;
    const void *arrays[] = {
        g->start,   g->head,        g->window,     g->windows,    g->felt_p,
        g->key,     g->rule,        g->rule_p,     g->rule_key,   g->downtime,
        g->gate_of, g->gate_need,   g->gate_slots, g->knot_start, g->knot_end,
        g->any,     g->gate_vertex, self->node,    self->effect,  self->any_node,
        self->row,  self->felt_c,   self->rule_p,  self->sources, self->by_node,
    };

    for (size_t i = 0; i < G_N_ELEMENTS(arrays); i++)
        g_free((void *) arrays[i]);
    cpsf_snapshot_unref(self->snapshot);
    cpsf_policy_unref(self->policy);
}

CpsfSpread *
cpsf_spread_ref(CpsfSpread *self)
{
    return g_atomic_rc_box_acquire(self);
}

void
cpsf_spread_unref(CpsfSpread *self)
{
    g_atomic_rc_box_release_full(self, clear_spread);
}

static gboolean
add_vertex(CpsfSpreadBuilder *self, int32_t node, int effect, int32_t gate, GError **error)
{
    if (self->vertices.n >= INT32_MAX - 1)
        return cpsf_fail(error, CPSF_ERROR_LIMIT, "more than %d effects on nodes to follow",
                         INT32_MAX - 1);

    CpsfSpreadVertex *vertex = cpsf_array_add(&self->vertices, error);

    if (vertex == NULL)
        return FALSE;
    *vertex = (CpsfSpreadVertex){node, gate, (uint8_t) effect};
    return TRUE;
}

/* The vertex of an effect on a node, made if it is new; -1 with an error. */
static int32_t
get_vertex(CpsfSpreadBuilder *self, int32_t node, int effect, GError **error)
{
    int32_t *vertex = &self->vertex_of[(int64_t) node * CPSF_N_EFFECTS + effect];

    if (*vertex < 0) {
        if (!add_vertex(self, node, effect, -1, error))
            return -1;
        *vertex = (int32_t) self->vertices.n - 1;
    }
    return *vertex;
}

/* The slot of a group edge; the node's outage is reached once enough of them are.  -1 with an error. */
static int32_t
get_slot(CpsfSpreadBuilder *self, CpsfSpreadMember *member, GError **error)
{
    CpsfSpreadGate *gate = &self->gates.items[member->gate];

    if (member->slot >= 0)
        return member->slot;
    if (!add_vertex(self, gate->node, CPSF_SPREAD_SLOT, member->gate, error))
        return -1;
    member->slot = (int32_t) self->vertices.n - 1;
    gate->n_slots++;
    if (gate->n_slots == gate->need && get_vertex(self, gate->node, CPSF_EFFECT_OUTAGE, error) < 0)
        return -1;
    return member->slot;
}

static uint64_t
hash_window(CpsfEventsWindow w)
{
    uint64_t h = (uint64_t) w.since * UINT64_C(0x9e3779b97f4a7c15);

    h = (h ^ (h >> 32) ^ (uint64_t) w.until) * UINT64_C(0xbf58476d1ce4e5b9);
    h = (h ^ (h >> 32) ^ (uint64_t) w.delay) * UINT64_C(0x94d049bb133111eb);
    return h ^ (h >> 32);
}

static gboolean
grow_window_slots(CpsfSpreadBuilder *self, GError **error)
{
    const int64_t n = MAX(self->n_window_slots * 2, 64);
    int32_t *slots = cpsf_try_new(int32_t, (size_t) n, error);

    if (slots == NULL)
        return FALSE;
    memset(slots, 0xff, (size_t) n * sizeof *slots);
    for (int64_t i = 0; i < self->windows.n; i++) {
        uint64_t at = hash_window(self->windows.items[i]) & (uint64_t) (n - 1);

        while (slots[at] >= 0)
            at = (at + 1) & (uint64_t) (n - 1);
        slots[at] = (int32_t) i;
    }
    g_free(self->window_slots);
    self->window_slots = slots;
    self->n_window_slots = n;
    return TRUE;
}

/* Equal windows are one.  -1 with NO_MEMORY. */
static int32_t
get_window(CpsfSpreadBuilder *self, CpsfEventsWindow window, GError **error)
{
    if (self->windows.n * 2 >= self->n_window_slots && !grow_window_slots(self, error))
        return -1;

    const uint64_t mask = (uint64_t) self->n_window_slots - 1;
    uint64_t at = hash_window(window) & mask;

    for (; self->window_slots[at] >= 0; at = (at + 1) & mask) {
        const CpsfEventsWindow *w = &self->windows.items[self->window_slots[at]];

        if (w->since == window.since && w->until == window.until && w->delay == window.delay)
            return self->window_slots[at];
    }

    CpsfEventsWindow *slot = cpsf_array_add(&self->windows, error);

    if (slot == NULL)
        return -1;
    *slot = window;
    self->window_slots[at] = (int32_t) self->windows.n - 1;
    return self->window_slots[at];
}

/* One edge for a rule while @valid.  What cannot matter makes none. */
static gboolean
add_edge(CpsfSpreadBuilder *self,
         int32_t tail,
         int32_t node,
         const CpsfSpreadRule *rule,
         CpsfSpreadEdge edge,
         CpsfEventsWindow window,
         CpsfSpreadMember *member,
         GError **error)
{
    if (window.since <= self->start)
        window.since = self->start;
    if (window.until > self->end)
        window.until = INT64_MAX;
    if (window.delay > self->end - window.since)
        return TRUE;
    edge.tail = tail;
    edge.rule = (uint16_t) (rule - self->policy->spread.items);
    edge.window = get_window(self, window, error);
    edge.head = member != NULL ? get_slot(self, member, error)
                               : get_vertex(self, node, (int) rule->out, error);
    if (edge.window < 0 || edge.head < 0)
        return FALSE;

    CpsfSpreadEdge *slot = cpsf_array_add(&self->edges, error);

    if (slot != NULL)
        *slot = edge;
    return slot != NULL;
}

/* The edge whose rows begin with @first, by a rule that fits it. */
static gboolean
follow(CpsfSpreadBuilder *self,
       int32_t tail,
       int64_t first,
       const CpsfSpreadRule *rule,
       GError **error)
{
    const gboolean is_forward = rule->direction == CPSF_FORWARD;
    const CpsfEdgeRow *rows = self->graph->edges.items;
    const int32_t node = (int32_t) (is_forward ? rows[first].to : rows[first].from);
    CpsfSpreadMember *member =
        is_forward && rule->out == CPSF_EFFECT_OUTAGE ? cpsf_spread_member(self, first) : NULL;

    if (member != NULL && member->gate == CPSF_SPREAD_NO_OUTAGE)
        return TRUE;
    if (member != NULL && member->gate == CPSF_SPREAD_UNGATED)
        member = NULL;
    for (int64_t i = 0; i < self->segments.n; i++) {
        const CpsfSpreadSegment part = self->segments.items[i];
        const CpsfEdgeRow *row = &rows[part.row];
        const CpsfRelationRule *relation = &self->policy->relations[row->relation];
        const double c = isnan(row->criticality) ? relation->criticality : row->criticality;
        const int64_t delay = row->delay < 0 ? relation->delay : row->delay;
        const CpsfEventsWindow window = {part.valid.since, part.valid.until,
                                         self->options->is_static ? 0
                                         : delay > INT64_MAX / 4 || rule->delay > INT64_MAX / 4
                                             ? INT64_MAX / 2
                                             : delay + rule->delay};

        if (c > 0.0 && !add_edge(self, tail, node, rule, (CpsfSpreadEdge){.row = part.row, .c = c},
                                 window, member, error))
            return FALSE;
    }
    return TRUE;
}

/* The edge whose rows begin with @first, by all rules that bring @effect along it in a direction. */
static gboolean
follow_rules(
    CpsfSpreadBuilder *self, int32_t tail, int64_t first, CpsfDirection direction, GError **error)
{
    const int effect = self->vertices.items[tail].effect;
    const int relation = self->graph->edges.items[first].relation;
    gboolean is_cut = FALSE;

    for (int64_t i = 0; i < self->policy->spread.n; i++) {
        const CpsfSpreadRule *rule = &self->policy->spread.items[i];

        if (rule->direction != direction || rule->relation != relation ||
            (int) rule->in != effect || !(rule->probability > 0.0))
            continue;
        if (!is_cut && !cpsf_spread_cut(self, first, cpsf_spread_row_end(self, first), error))
            return FALSE;
        is_cut = TRUE;
        if (!follow(self, tail, first, rule, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean
follow_self(CpsfSpreadBuilder *self, int32_t tail, GError **error)
{
    const CpsfSpreadVertex vertex = self->vertices.items[tail];

    for (int64_t i = 0; i < self->policy->spread.n; i++) {
        const CpsfSpreadRule *rule = &self->policy->spread.items[i];
        const CpsfEventsWindow always = {self->start, INT64_MAX,
                                         self->options->is_static ? 0 : rule->delay};

        if (rule->direction == CPSF_SELF && rule->in == vertex.effect && rule->out != rule->in &&
            rule->probability > 0.0 &&
            !add_edge(self, tail, vertex.node, rule, (CpsfSpreadEdge){.row = -1, .c = 1.0}, always,
                      NULL, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean
follow_vertex(CpsfSpreadBuilder *self, int32_t tail, GError **error)
{
    const CpsfSpreadVertex vertex = self->vertices.items[tail];

    if (vertex.effect == CPSF_SPREAD_SLOT)
        return TRUE;
    for (int64_t r = self->from_row[vertex.node]; r < self->from_row[vertex.node + 1];
         r = cpsf_spread_row_end(self, r))
        if (!follow_rules(self, tail, r, CPSF_FORWARD, error))
            return FALSE;
    for (int64_t i = self->to_start != NULL ? self->to_start[vertex.node] : 0;
         self->to_start != NULL && i < self->to_start[vertex.node + 1]; i++)
        if (!follow_rules(self, tail, self->to_row[i], CPSF_BACKWARD, error))
            return FALSE;
    return follow_self(self, tail, error);
}

/* Where the search begins. */
static gboolean
add_seeds(CpsfSpreadBuilder *self, GError **error)
{
    const CpsfSpreadOptions *o = self->options;
    const uint8_t *holds = self->spread->snapshot->holds;

    for (int32_t i = 0; o->reach != CPSF_SPREAD_TO && i < o->n_incidents; i++)
        if (get_vertex(self, o->incidents[i].node, (int) o->incidents[i].effect, error) < 0)
            return FALSE;
    if (o->reach == CPSF_SPREAD_FROM)
        return TRUE;
    for (int32_t v = 0; v < self->graph->n_nodes; v++)
        for (int effect = 0; effect < CPSF_N_EFFECTS; effect++) {
            if (o->reach == CPSF_SPREAD_ALL && (!holds[v] || (o->effects >> effect & 1U) == 0))
                continue;
            if (get_vertex(self, v, effect, error) < 0)
                return FALSE;
        }
    return TRUE;
}

static void
set_bounds(CpsfSpreadBuilder *self)
{
    const CpsfSpreadOptions *o = self->options;
    CpsfTime start = self->spread->snapshot->at;

    if (!o->is_static) {
        start = o->incidents[0].time;
        for (int32_t i = 1; i < o->n_incidents; i++)
            start = MIN(start, o->incidents[i].time);
    }
    self->start = start;
    self->end = o->is_static ? CPSF_EVENTS_END_MAX
                             : MIN(start, CPSF_EVENTS_END_MAX - o->horizon) + o->horizon;
}

static gboolean
build(CpsfSpreadBuilder *self, GError **error)
{
    const size_t n = (size_t) self->graph->n_nodes * CPSF_N_EFFECTS;

    set_bounds(self);
    self->vertex_of = cpsf_try_new(int32_t, n, error);
    if (self->vertex_of == NULL)
        return FALSE;
    memset(self->vertex_of, 0xff, n * sizeof *self->vertex_of);
    if (!cpsf_spread_index_rows(self, error) || !cpsf_spread_find_gates(self, error) ||
        !add_seeds(self, error))
        return FALSE;
    for (int32_t v = 0; v < self->vertices.n; v++)
        if (!follow_vertex(self, v, error))
            return FALSE;
    return cpsf_spread_finish(self, error);
}

CpsfSpread *
cpsf_spread_new(CpsfSnapshot *snapshot,
                CpsfPolicy *policy,
                const CpsfSpreadOptions *options,
                GError **error)
{
    g_autoptr(CpsfSpread) spread = g_atomic_rc_box_new0(CpsfSpread);
    CpsfSpreadBuilder builder = {
        .spread = spread, .graph = snapshot->graph, .policy = policy, .options = options};

    spread->snapshot = cpsf_snapshot_ref(snapshot);
    spread->policy = cpsf_policy_ref(policy);

    const gboolean is_done = build(&builder, error);

    g_free(builder.vertex_of);
    g_free(builder.from_row);
    g_free(builder.to_start);
    g_free(builder.to_row);
    g_free(builder.vertices.items);
    g_free(builder.edges.items);
    g_free(builder.windows.items);
    g_free(builder.gates.items);
    g_free(builder.members.items);
    g_free(builder.segments.items);
    g_free(builder.window_slots);
    return is_done ? g_steal_pointer(&spread) : NULL;
}

int32_t
cpsf_spread_find(const CpsfSpread *self, int32_t node, CpsfEffect effect)
{
    int32_t low = 0;
    int32_t high = self->n_by_node;

    while (low < high) {
        const int32_t middle = low + (high - low) / 2;
        const int32_t v = self->by_node[middle];

        if (self->node[v] < node || (self->node[v] == node && self->effect[v] < (int) effect))
            low = middle + 1;
        else
            high = middle;
    }
    return low < self->n_by_node && self->node[self->by_node[low]] == node &&
                   self->effect[self->by_node[low]] == (int) effect
               ? self->by_node[low]
               : -1;
}
