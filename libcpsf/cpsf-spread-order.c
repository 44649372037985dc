/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * What a search has found, as the engine wants it: without what cannot matter, vertices in an order
 * in which only knots run backwards, edges by the vertex that they leave.
 */

#include "config.h"

#include <math.h>
#include <string.h>

#include "cpsf-chance-keys-private.h"
#include "cpsf-consequence-private.h"
#include "cpsf-csr-private.h"
#include "cpsf-spread-build-private.h"

typedef struct {
    CpsfSpreadBuilder *builder;
    CpsfSpread *spread;
    int32_t n_found;
    int32_t *number; /* (owned) n_found: the vertex that it becomes; -1 = none */
    int32_t n;
    int64_t m;
    int32_t *gate_number;    /* (owned) of each gate found: the gate that it becomes; -1 = none */
    CpsfChanceKey *node_key; /* (owned) (nullable) by node: {0, 0} = not asked yet */
} Ordering;

/* The vertex that a slot's gate affects, as found; -1 = the gate can never open. */
static int32_t
gate_vertex_of(const CpsfSpreadBuilder *b, int32_t gate)
{
    const CpsfSpreadGate *g = &b->gates.items[gate];

    return g->n_slots >= g->need
               ? b->vertex_of[(int64_t) g->node * CPSF_N_EFFECTS + CPSF_EFFECT_OUTAGE]
               : -1;
}

/* A gate that can never open is of no use, but where all nodes are asked about it is still redundancy
 * that is left out. */
static gboolean
keeps_gate(const CpsfSpreadBuilder *b, int32_t gate)
{
    return b->options->reach == CPSF_SPREAD_ALL || gate_vertex_of(b, gate) >= 0;
}

/* Counts (csr->heads NULL) or puts an edge, if both its ends are kept. */
static void
put(CpsfCsr *csr, int32_t tail, int32_t head)
{
    if (tail < 0 || head < 0)
        return;
    if (csr->heads == NULL)
        csr->offsets[tail + 2]++;
    else
        csr->heads[csr->offsets[tail + 1]++] = head;
}

/* Edges of what is kept, and from slots to what their gate affects. */
static void
put_all(const Ordering *self, const int32_t *number, CpsfCsr *csr)
{
    const CpsfSpreadBuilder *b = self->builder;

    for (int64_t i = 0; i < b->edges.n; i++)
        put(csr, number[b->edges.items[i].tail], number[b->edges.items[i].head]);
    for (int32_t v = 0; v < self->n_found; v++) {
        const int32_t gate = b->vertices.items[v].gate;
        const int32_t opened = gate >= 0 ? gate_vertex_of(b, gate) : -1;

        if (opened >= 0)
            put(csr, number[v], number[opened]);
    }
}

static gboolean
make_csr(const Ordering *self, const int32_t *number, int32_t n, CpsfCsr *csr, GError **error)
{
    csr->n = n;
    csr->offsets = cpsf_try_new0(int64_t, (size_t) n + 2, error);
    if (csr->offsets == NULL)
        return FALSE;
    put_all(self, number, csr);
    for (int32_t v = 0; v < n; v++)
        csr->offsets[v + 2] += csr->offsets[v + 1];
    csr->m = csr->offsets[n + 1];
    csr->heads = cpsf_try_new(int32_t, (size_t) csr->m, error);
    if (csr->heads == NULL)
        return FALSE;
    put_all(self, number, csr);
    return TRUE;
}

/* Of a search for what can reach the incidents: only that. */
static gboolean
keep_what_reaches(Ordering *self, GError **error)
{
    const CpsfSpreadBuilder *b = self->builder;
    const CpsfSpreadOptions *o = b->options;
    CpsfCsr forward = {0};
    CpsfCsr backward = {0};
    g_autofree int32_t *stack = cpsf_try_new(int32_t, (size_t) self->n_found, error);
    g_autofree uint8_t *seen = cpsf_try_new0(uint8_t, (size_t) self->n_found, error);
    const gboolean is_done = stack != NULL && seen != NULL &&
                             make_csr(self, self->number, self->n_found, &forward, error) &&
                             cpsf_csr_transpose(&forward, &backward, NULL, error);
    int32_t depth = 0;

    for (int32_t i = 0; is_done && i < o->n_incidents; i++) {
        const int32_t v = b->vertex_of[(int64_t) o->incidents[i].node * CPSF_N_EFFECTS +
                                       (int) o->incidents[i].effect];

        if (!seen[v])
            stack[depth++] = v;
        seen[v] = 1;
    }
    while (depth > 0) {
        const int32_t v = stack[--depth];

        for (int64_t e = backward.offsets[v]; e < backward.offsets[v + 1]; e++) {
            if (!seen[backward.heads[e]])
                stack[depth++] = backward.heads[e];
            seen[backward.heads[e]] = 1;
        }
    }
    for (int32_t v = 0; is_done && v < self->n_found; v++)
        self->number[v] = seen[v] ? v : -1;
    cpsf_csr_clear(&forward);
    cpsf_csr_clear(&backward);
    return is_done;
}

/* Numbers what is kept from 0 on. */
static void
compact(Ordering *self)
{
    self->n = 0;
    for (int32_t v = 0; v < self->n_found; v++)
        if (self->number[v] >= 0)
            self->number[v] = self->n++;
}

/* Ranges of components with more than one vertex. */
static gboolean
find_knots(Ordering *self, const int32_t *start, int32_t n_components, GError **error)
{
    CpsfEventsGraph *g = &self->spread->graph;
    int32_t n_knots = 0;

    for (int32_t c = 0; c < n_components; c++)
        n_knots += start[c + 1] - start[c] > 1;

    int32_t *first = cpsf_try_new(int32_t, (size_t) n_knots, error);
    int32_t *end = cpsf_try_new(int32_t, (size_t) n_knots, error);

    g->knot_start = first;
    g->knot_end = end;
    if (first == NULL || end == NULL)
        return FALSE;
    for (int32_t c = 0; c < n_components; c++)
        if (start[c + 1] - start[c] > 1) {
            first[g->n_knots] = start[c];
            end[g->n_knots++] = start[c + 1];
        }
    return TRUE;
}

/* Numbers by component in topological order, and in one as they were found. */
static gboolean
order_vertices(Ordering *self, GError **error)
{
    CpsfCsr csr = {0};
    int32_t n_components = 0;
    g_autofree int32_t *component = cpsf_try_new(int32_t, (size_t) self->n, error);
    gboolean is_done = component != NULL && make_csr(self, self->number, self->n, &csr, error) &&
                       cpsf_csr_components(&csr, component, &n_components, error);
    g_autofree int32_t *start =
        is_done ? cpsf_try_new0(int32_t, (size_t) n_components + 1, error) : NULL;

    cpsf_csr_clear(&csr);
    if (start == NULL)
        return FALSE;
    for (int32_t v = 0; v < self->n; v++)
        start[component[v] + 1]++;
    for (int32_t c = 0; c < n_components; c++)
        start[c + 1] += start[c];
    if (!find_knots(self, start, n_components, error))
        return FALSE;
    for (int32_t v = 0; v < self->n_found; v++)
        if (self->number[v] >= 0)
            self->number[v] = start[component[self->number[v]]]++;
    return TRUE;
}

static gboolean
number_vertices(Ordering *self, GError **error)
{
    const CpsfSpreadBuilder *b = self->builder;

    self->n_found = (int32_t) b->vertices.n;
    self->number = cpsf_try_new(int32_t, (size_t) self->n_found, error);
    if (self->number == NULL)
        return FALSE;
    for (int32_t v = 0; v < self->n_found; v++) {
        const int32_t gate = b->vertices.items[v].gate;

        self->number[v] = gate >= 0 && !keeps_gate(b, gate) ? -1 : v;
    }
    if (b->options->reach == CPSF_SPREAD_TO && !keep_what_reaches(self, error))
        return FALSE;
    compact(self);
    return order_vertices(self, error);
}

/* Gates whose slots are kept; they are all kept or none is. */
static gboolean
fill_gates(Ordering *self, GError **error)
{
    const CpsfSpreadBuilder *b = self->builder;
    CpsfEventsGraph *g = &self->spread->graph;
    const size_t n = (size_t) b->gates.n;
    int32_t *need = cpsf_try_new(int32_t, n, error);
    int32_t *vertex = cpsf_try_new(int32_t, n, error);
    int32_t *slots = cpsf_try_new0(int32_t, n, error);
    int32_t *gate_of = cpsf_try_new(int32_t, (size_t) self->n, error);

    g->gate_need = need;
    g->gate_vertex = vertex;
    g->gate_slots = slots;
    g->gate_of = gate_of;
    self->gate_number = cpsf_try_new(int32_t, n, error);
    if (need == NULL || vertex == NULL || slots == NULL || gate_of == NULL ||
        self->gate_number == NULL)
        return FALSE;
    memset(self->gate_number, 0xff, n * sizeof *self->gate_number);
    memset(gate_of, 0xff, (size_t) self->n * sizeof *gate_of);
    for (int32_t v = 0; v < self->n_found; v++) {
        const int32_t found = b->vertices.items[v].gate;

        if (found < 0 || self->number[v] < 0)
            continue;
        if (self->gate_number[found] < 0) {
            self->gate_number[found] = g->n_gates++;
            need[self->gate_number[found]] = b->gates.items[found].need;
            vertex[self->gate_number[found]] =
                gate_vertex_of(b, found) >= 0 ? self->number[gate_vertex_of(b, found)] : -1;
        }
        gate_of[self->number[v]] = self->gate_number[found];
        slots[self->gate_number[found]]++;
    }
    return TRUE;
}

static gboolean
fill_downtimes(Ordering *self, GError **error)
{
    const CpsfSpreadBuilder *b = self->builder;
    CpsfSpread *spread = self->spread;
    gboolean has_any = FALSE;

    if (b->options->is_static || b->graph->consequences.n == 0)
        return TRUE;

    int64_t *downtime = cpsf_try_new(int64_t, (size_t) self->n, error);

    if (downtime == NULL)
        return FALSE;
    for (int32_t v = 0; v < self->n; v++) {
        downtime[v] = spread->effect[v] == CPSF_SPREAD_SLOT
                          ? INT64_MAX
                          : cpsf_downtime_of(b->graph, spread->node[v], b->start);
        has_any |= downtime[v] != INT64_MAX;
    }
    if (has_any)
        spread->graph.downtime = downtime;
    else
        g_free(downtime);
    return TRUE;
}

static int
compare_by_node(const void *left, const void *right, void *data)
{
    const CpsfSpread *spread = data;
    const int32_t a = *(const int32_t *) left;
    const int32_t b = *(const int32_t *) right;

    if (spread->node[a] != spread->node[b])
        return spread->node[a] < spread->node[b] ? -1 : 1;
    return (int) spread->effect[a] - (int) spread->effect[b];
}

/* Which vertices are of one node. */
static gboolean
fill_any(Ordering *self, GError **error)
{
    CpsfSpread *spread = self->spread;
    int32_t *any = cpsf_try_new(int32_t, (size_t) self->n, error);

    spread->graph.any = any;
    spread->by_node = cpsf_try_new(int32_t, (size_t) self->n, error);
    spread->any_node = cpsf_try_new(int32_t, (size_t) self->n, error);
    if (any == NULL || spread->by_node == NULL || spread->any_node == NULL)
        return FALSE;
    for (int32_t v = 0; v < self->n; v++) {
        any[v] = spread->effect[v] == CPSF_SPREAD_SLOT ? -1 : v;
        if (any[v] >= 0)
            spread->by_node[spread->n_by_node++] = v;
    }
    qsort_r(spread->by_node, (size_t) spread->n_by_node, sizeof *spread->by_node, compare_by_node,
            spread);
    for (int32_t i = 0; i < spread->n_by_node;) {
        const int32_t node = spread->node[spread->by_node[i]];
        int32_t end = i + 1;

        while (end < spread->n_by_node && spread->node[spread->by_node[end]] == node)
            end++;
        for (int32_t j = i; end - i > 1 && j < end; j++)
            any[spread->by_node[j]] = self->n + spread->graph.n_any;
        if (end - i > 1)
            spread->any_node[spread->graph.n_any++] = node;
        i = end;
    }
    return TRUE;
}

static gboolean
fill_vertices(Ordering *self, GError **error)
{
    const CpsfSpreadBuilder *b = self->builder;
    CpsfSpread *spread = self->spread;

    spread->graph.n = self->n;
    spread->node = cpsf_try_new(int32_t, (size_t) self->n, error);
    spread->effect = cpsf_try_new(uint8_t, (size_t) self->n, error);
    if (spread->node == NULL || spread->effect == NULL)
        return FALSE;
    for (int32_t v = 0; v < self->n_found; v++)
        if (self->number[v] >= 0) {
            spread->node[self->number[v]] = b->vertices.items[v].node;
            spread->effect[self->number[v]] = b->vertices.items[v].effect;
        }
    return fill_downtimes(self, error) && fill_any(self, error) &&
           (b->gates.n == 0 || fill_gates(self, error));
}

/* Multiples of 2^-32; 0 = for certain. */
static uint32_t
fixed(double p)
{
    const double rounded = nearbyint(p * 0x1p32);

    return rounded >= 0x1p32 ? 0 : (uint32_t) MAX(rounded, 1.0);
}

static CpsfChanceKey
key_of_node(Ordering *self, int32_t node)
{
    CpsfChanceKey *key = &self->node_key[node];

    if (key->low == 0 && key->high == 0)
        *key = cpsf_chance_key_of_node(self->builder->graph, node);
    return *key;
}

static gboolean
fill_rules(Ordering *self, gboolean *by_chance, GError **error)
{
    const CpsfPolicy *policy = self->builder->policy;
    const size_t n = (size_t) policy->spread.n;
    uint32_t *p = cpsf_try_new(uint32_t, n, error);
    CpsfChanceKey *key = cpsf_try_new(CpsfChanceKey, n, error);

    self->spread->graph.rule_p = p;
    self->spread->graph.rule_key = key;
    self->spread->rule_p = cpsf_try_new(double, n, error);
    if (p == NULL || key == NULL || self->spread->rule_p == NULL)
        return FALSE;
    for (size_t i = 0; i < n; i++) {
        p[i] = fixed(policy->spread.items[i].probability);
        key[i] = cpsf_chance_key_of_rule(&policy->spread.items[i]);
        self->spread->rule_p[i] = policy->spread.items[i].probability;
        *by_chance |= p[i] != 0;
    }
    return TRUE;
}

/* Keys of edges, of which several in a row are mostly of one. */
static void
fill_keys(Ordering *self, CpsfChanceKey *keys)
{
    const CpsfSpread *spread = self->spread;
    const CpsfGraph *graph = self->builder->graph;
    CpsfChanceKey relation[CPSF_N_RELATIONS];

    for (int r = 0; r < CPSF_N_RELATIONS; r++)
        relation[r] = cpsf_chance_key_of_relation(r);
    for (int32_t v = 0; v < self->n; v++)
        for (int64_t e = spread->graph.start[v]; e < spread->graph.start[v + 1]; e++) {
            if (spread->row[e] < 0) {
                keys[e] = key_of_node(self, spread->node[v]);
            } else if (e > spread->graph.start[v] && spread->row[e] == spread->row[e - 1]) {
                keys[e] = keys[e - 1];
            } else {
                const CpsfEdgeRow *row = &graph->edges.items[spread->row[e]];

                keys[e] = cpsf_chance_key_of_edge(
                    graph, row, key_of_node(self, (int32_t) row->from),
                    key_of_node(self, (int32_t) row->to), relation[row->relation]);
            }
        }
}

/* Where edges of each vertex begin, and where each edge goes. */
static gboolean
place_edges(Ordering *self, int64_t **place, GError **error)
{
    const CpsfSpreadBuilder *b = self->builder;
    int64_t *start = cpsf_try_new0(int64_t, (size_t) self->n + 2, error);

    self->spread->graph.start = start;
    *place = cpsf_try_new(int64_t, (size_t) b->edges.n, error);
    if (start == NULL || *place == NULL)
        return FALSE;
    for (int64_t i = 0; i < b->edges.n; i++) {
        const CpsfSpreadEdge *edge = &b->edges.items[i];

        if (self->number[edge->tail] >= 0 && self->number[edge->head] >= 0)
            start[self->number[edge->tail] + 2]++;
    }
    for (int32_t v = 0; v < self->n; v++)
        start[v + 2] += start[v + 1];
    for (int64_t i = 0; i < b->edges.n; i++) {
        const CpsfSpreadEdge *edge = &b->edges.items[i];
        const gboolean is_kept = self->number[edge->tail] >= 0 && self->number[edge->head] >= 0;

        (*place)[i] = is_kept ? start[self->number[edge->tail] + 1]++ : -1;
    }
    self->m = self->spread->graph.m = start[self->n];
    return TRUE;
}

static gboolean
fill_chances(Ordering *self, gboolean by_chance, GError **error)
{
    CpsfSpread *spread = self->spread;
    CpsfEventsGraph *g = &spread->graph;
    gboolean is_felt_certain = TRUE;

    for (int64_t e = 0; e < self->m; e++)
        is_felt_certain &= spread->felt_c[e] >= 1.0;
    if (is_felt_certain) {
        g_free(g_steal_pointer(&spread->felt_c));
    } else {
        uint32_t *p = cpsf_try_new(uint32_t, (size_t) self->m, error);

        g->felt_p = p;
        for (int64_t e = 0; p != NULL && e < self->m; e++)
            p[e] = fixed(spread->felt_c[e]);
        if (p == NULL)
            return FALSE;
    }
    if (is_felt_certain && !by_chance)
        return TRUE;

    CpsfChanceKey *keys = cpsf_try_new(CpsfChanceKey, (size_t) self->m, error);

    g->key = keys;
    self->node_key = cpsf_try_new0(CpsfChanceKey, (size_t) self->builder->graph->n_nodes, error);
    if (keys == NULL || self->node_key == NULL)
        return FALSE;
    fill_keys(self, keys);
    return TRUE;
}

static gboolean
fill_edges(Ordering *self, GError **error)
{
    const CpsfSpreadBuilder *b = self->builder;
    CpsfSpread *spread = self->spread;
    g_autofree int64_t *place = NULL;
    gboolean by_chance = FALSE;

    if (!fill_rules(self, &by_chance, error) || !place_edges(self, &place, error))
        return FALSE;

    int32_t *head = cpsf_try_new(int32_t, (size_t) self->m, error);
    int32_t *window = cpsf_try_new(int32_t, (size_t) self->m, error);
    uint16_t *rule = cpsf_try_new(uint16_t, (size_t) self->m, error);

    spread->graph.head = head;
    spread->graph.window = window;
    spread->graph.rule = rule;
    spread->row = cpsf_try_new(int64_t, (size_t) self->m, error);
    spread->felt_c = cpsf_try_new(double, (size_t) self->m, error);
    if (head == NULL || window == NULL || rule == NULL || spread->row == NULL ||
        spread->felt_c == NULL)
        return FALSE;
    for (int64_t i = 0; i < b->edges.n; i++) {
        const CpsfSpreadEdge *edge = &b->edges.items[i];
        const int64_t e = place[i];

        if (e < 0)
            continue;
        head[e] = self->number[edge->head];
        window[e] = edge->window;
        rule[e] = edge->rule;
        spread->row[e] = edge->row;
        spread->felt_c[e] = edge->c;
    }
    return fill_chances(self, by_chance, error);
}

/* The vertices of the incidents, each at its earliest time. */
static gboolean
fill_sources(Ordering *self, GError **error)
{
    const CpsfSpreadBuilder *b = self->builder;
    const CpsfSpreadOptions *o = b->options;
    CpsfSpread *spread = self->spread;

    if (o->reach == CPSF_SPREAD_ALL)
        return TRUE;
    spread->sources = cpsf_try_new(CpsfEventsSource, (size_t) o->n_incidents, error);
    if (spread->sources == NULL)
        return FALSE;
    for (int32_t i = 0; i < o->n_incidents; i++) {
        const int64_t time = o->is_static ? b->start : o->incidents[i].time;
        const int32_t v = cpsf_spread_find(spread, o->incidents[i].node, o->incidents[i].effect);
        int32_t at = 0;

        if (v < 0 || time > b->end)
            continue;
        while (at < spread->n_sources && spread->sources[at].vertex < v)
            at++;
        if (at < spread->n_sources && spread->sources[at].vertex == v) {
            spread->sources[at].time = MIN(spread->sources[at].time, time);
            continue;
        }
        memmove(&spread->sources[at + 1], &spread->sources[at],
                (size_t) (spread->n_sources++ - at) * sizeof *spread->sources);
        spread->sources[at] = (CpsfEventsSource){v, time};
    }
    return TRUE;
}

gboolean
cpsf_spread_finish(CpsfSpreadBuilder *self, GError **error)
{
    Ordering ordering = {.builder = self, .spread = self->spread};
    const gboolean is_done = number_vertices(&ordering, error) && fill_vertices(&ordering, error) &&
                             fill_edges(&ordering, error) && fill_sources(&ordering, error);

    self->spread->start = self->start;
    self->spread->end = self->end;
    self->spread->is_static = self->options->is_static;
    self->spread->graph.windows = self->windows.items;
    self->windows.items = NULL;
    g_free(ordering.number);
    g_free(ordering.gate_number);
    g_free(ordering.node_key);
    return is_done;
}
