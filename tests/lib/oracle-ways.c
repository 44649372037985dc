/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Spread edges one by one: for each edge, rule and stretch of time in which one statement counts. */

#include "config.h"

#include "oracle-ways.h"

#include <math.h>

#define NEVER ORACLE_IMPACT_NEVER

gboolean
oracle_ways_holds(CpsfInterval i, CpsfTime t)
{
    return i.since <= t && t < i.until;
}

gboolean
oracle_ways_node_holds(const OracleWays *w, uint32_t node, CpsfTime t)
{
    const CpsfGraph *graph = w->s->graph;

    if (graph->removed != NULL && graph->removed[node])
        return FALSE;
    for (int64_t i = graph->node_rows[node]; i < graph->node_rows[node + 1]; i++)
        if (oracle_ways_holds(graph->nodes.items[i].valid, t))
            return TRUE;
    return graph->node_rows[node] == graph->node_rows[node + 1];
}

static gboolean
is_same_edge(const CpsfEdgeRow *a, const CpsfEdgeRow *b)
{
    return a->from == b->from && a->to == b->to && a->relation == b->relation &&
           a->group == b->group;
}

/* The statement about the edge of row @first that counts at @t; NULL = the edge does not hold. */
static const CpsfEdgeRow *
row_at(const OracleWays *w, int64_t first, CpsfTime t)
{
    const CpsfEdgeRow *rows = w->s->graph->edges.items;

    if (!oracle_ways_node_holds(w, rows[first].from, t) ||
        !oracle_ways_node_holds(w, rows[first].to, t))
        return NULL;
    for (int64_t i = first; i < w->s->graph->edges.n; i++)
        if (is_same_edge(&rows[i], &rows[first]) && oracle_ways_holds(rows[i].valid, t))
            return &rows[i];
    return NULL;
}

int
oracle_ways_compare_times(const void *a, const void *b)
{
    const CpsfTime x = *(const CpsfTime *) a;
    const CpsfTime y = *(const CpsfTime *) b;

    return (x > y) - (x < y);
}

static void
add_ends(GArray *times, CpsfInterval valid)
{
    g_array_append_val(times, valid.since);
    g_array_append_val(times, valid.until);
}

/* All moments at which it may change what counts of an edge, ascending. */
static GArray *
list_moments(const OracleWays *w, int64_t first)
{
    const CpsfGraph *graph = w->s->graph;
    const CpsfEdgeRow *edge = &graph->edges.items[first];
    GArray *times = g_array_new(FALSE, FALSE, sizeof(CpsfTime));

    add_ends(times, CPSF_INTERVAL_ALL);
    for (int64_t i = first; i < graph->edges.n; i++)
        if (is_same_edge(&graph->edges.items[i], edge))
            add_ends(times, graph->edges.items[i].valid);
    for (int64_t i = 0; i < graph->nodes.n; i++)
        if (graph->nodes.items[i].node == edge->from || graph->nodes.items[i].node == edge->to)
            add_ends(times, graph->nodes.items[i].valid);
    g_array_sort(times, oracle_ways_compare_times);
    return times;
}

static int
need_of(const OracleWays *w, uint32_t node, CpsfStr name)
{
    const CpsfGraph *graph = w->s->graph;

    for (int64_t i = 0; i < graph->groups.n; i++) {
        const CpsfGroupRow *row = &graph->groups.items[i];

        if (row->node == node && row->name == name && oracle_ways_holds(row->valid, w->start))
            return row->need;
    }
    return 1;
}

/* The slot of an edge of a group that is valid at the start. */
static int
add_slot(OracleWays *w, const CpsfEdgeRow *edge)
{
    const OracleGate made = {.vertex = oracle_vertex(edge->to, CPSF_EFFECT_OUTAGE),
                             .name = edge->group,
                             .need = need_of(w, edge->to, edge->group)};
    OracleSlot slot = {.gate = 0};

    while (slot.gate < (int) w->gates->len && (ORACLE_GATE(w, slot.gate)->vertex != made.vertex ||
                                               ORACLE_GATE(w, slot.gate)->name != edge->group))
        slot.gate++;
    if (slot.gate == (int) w->gates->len)
        g_array_append_val(w->gates, made);
    ORACLE_GATE(w, slot.gate)->n++;
    g_array_append_val(w->slots, slot);
    return (int) w->slots->len - 1;
}

static int
new_event(OracleWays *w)
{
    const double certain = 1;
    OracleEvent event = {.upper = g_array_new(FALSE, FALSE, sizeof(double))};

    g_array_append_val(event.upper, certain);
    g_array_append_val(w->events, event);
    return (int) w->events->len - 1;
}

/* One stretch of time of an edge, by one rule. */
static void
add_way(OracleWays *w, const CpsfEdgeRow *row, const CpsfSpreadRule *rule, OracleWay way)
{
    const CpsfRelationRule *usual = &w->policy->relations[row->relation];
    const uint32_t tail = rule->direction == CPSF_FORWARD ? row->from : row->to;
    const uint32_t head = rule->direction == CPSF_FORWARD ? row->to : row->from;

    way.tail = oracle_vertex(tail, (int) rule->in);
    way.head = oracle_vertex(head, (int) rule->out);
    way.c = isnan(row->criticality) ? usual->criticality : row->criticality;
    way.p = rule->probability;
    way.delay = rule->delay + (row->delay < 0 ? usual->delay : row->delay);
    if (w->q->is_static) {
        way.since = CPSF_TIME_ALWAYS_BEFORE;
        way.until = CPSF_TIME_FOREVER;
        way.delay = 0;
    }
    if (way.c > 0 && way.p > 0)
        g_array_append_val(w->ways, way);
}

/* The edge of row @first by one rule, in all stretches of time. */
static void
add_rule(
    OracleWays *w, int64_t first, const GArray *times, const CpsfSpreadRule *rule, OracleWay way)
{
    const CpsfEdgeRow *edge = &w->s->graph->edges.items[first];
    const gboolean is_gated =
        rule->direction == CPSF_FORWARD && edge->group != 0 && rule->out == CPSF_EFFECT_OUTAGE;

    if (is_gated && way.slot < 0)
        return;
    if (!is_gated)
        way.slot = -1;
    way.taken = new_event(w);
    for (guint i = 0; i + 1 < times->len; i++) {
        way.since = g_array_index(times, CpsfTime, i);
        way.until = g_array_index(times, CpsfTime, i + 1);

        const CpsfTime moment = w->q->is_static ? w->start : way.since;
        const CpsfEdgeRow *row = row_at(w, first, moment);

        if (row == NULL || way.since == way.until)
            continue;
        if (!w->q->is_static || oracle_ways_holds((CpsfInterval){way.since, way.until}, w->start))
            add_way(w, row, rule, way);
    }
}

static void
add_edge(OracleWays *w, int64_t first)
{
    const CpsfEdgeRow *edge = &w->s->graph->edges.items[first];
    g_autoptr(GArray) times = list_moments(w, first);
    OracleWay way = {.slot = -1};

    if (edge->group != 0 && row_at(w, first, w->start) != NULL)
        way.slot = add_slot(w, edge);
    way.felt = new_event(w);
    for (int64_t i = 0; i < w->policy->spread.n; i++) {
        const CpsfSpreadRule *rule = &w->policy->spread.items[i];

        if (rule->direction != CPSF_SELF && rule->relation == edge->relation)
            add_rule(w, first, times, rule, way);
    }
}

static void
add_self_rules(OracleWays *w)
{
    for (int32_t v = 0; v < w->s->graph->n_nodes; v++) {
        for (int64_t i = 0; i < w->policy->spread.n; i++) {
            const CpsfSpreadRule *rule = &w->policy->spread.items[i];
            const OracleWay way = {.tail = oracle_vertex(v, (int) rule->in),
                                   .head = oracle_vertex(v, (int) rule->out),
                                   .slot = -1,
                                   .felt = -1,
                                   .taken = new_event(w),
                                   .c = 1,
                                   .p = rule->probability,
                                   .since = CPSF_TIME_ALWAYS_BEFORE,
                                   .until = CPSF_TIME_FOREVER,
                                   .delay = w->q->is_static ? 0 : rule->delay};

            if (rule->direction == CPSF_SELF && way.p > 0)
                g_array_append_val(w->ways, way);
        }
    }
}

static gboolean
is_first_of_edge(const OracleWays *w, int64_t i)
{
    for (int64_t j = 0; j < i; j++)
        if (is_same_edge(&w->s->graph->edges.items[j], &w->s->graph->edges.items[i]))
            return FALSE;
    return TRUE;
}

int
oracle_ways_threshold(const OracleWays *w, int gate)
{
    const OracleGate *g = ORACLE_GATE(w, gate);

    return MAX(g->n, g->need) - g->need + 1;
}

/* Keeps the ways whose tail can be reached, if time and gates never stand in the way. */
static void
keep_reachable(OracleWays *w)
{
    g_autofree gboolean *reached = g_new0(gboolean, w->n + 1);
    gboolean more = TRUE;

    for (int32_t v = 0; v < w->n; v++)
        reached[v] = w->source[v] != NEVER;
    while (more) {
        more = FALSE;
        for (guint i = 0; i < w->ways->len; i++) {
            const OracleWay *way = ORACLE_WAY(w, i);
            const gboolean is_shut = w->q->skips_gates && way->slot >= 0 &&
                                     oracle_ways_threshold(w, ORACLE_SLOT(w, way->slot)->gate) > 1;

            if (!reached[way->tail])
                continue;
            w->leaves_out |= is_shut;
            more |= !is_shut && !reached[way->head];
            reached[way->head] |= !is_shut;
        }
    }
    for (guint i = w->ways->len; i-- > 0;) {
        const OracleWay *way = ORACLE_WAY(w, i);

        if (!reached[way->tail] || (w->q->skips_gates && way->slot >= 0 &&
                                    oracle_ways_threshold(w, ORACLE_SLOT(w, way->slot)->gate) > 1))
            g_array_remove_index(w->ways, i);
    }
}

static void
add_threshold(OracleWays *w, int event, double p)
{
    GArray *upper;
    guint at = 0;

    if (event < 0 || p >= 1)
        return;
    upper = ORACLE_EVENT(w, event)->upper;
    while (g_array_index(upper, double, at) < p)
        at++;
    if (g_array_index(upper, double, at) > p)
        g_array_insert_val(upper, at, p);
}

/* The downtime that the first statement to give one gives at the start. */
static void
find_downtimes(OracleWays *w)
{
    const CpsfGraph *graph = w->s->graph;

    for (int32_t v = 0; v < graph->n_nodes; v++)
        w->downtime[v] = NEVER;
    for (int64_t i = graph->consequences.n; !w->q->is_static && i-- > 0;) {
        const CpsfConsequenceRow *row = &graph->consequences.items[i];

        if (row->downtime >= 0 && oracle_ways_holds(row->valid, w->start))
            w->downtime[row->node] = row->downtime;
    }
}

static void
find_sources(OracleWays *w)
{
    const OracleQuestion *q = w->q;

    w->start = NEVER;
    for (int i = 0; i < q->n_incidents; i++)
        w->start = MIN(w->start, q->incidents[i].start);
    if (q->is_static)
        w->start = w->s->at;
    w->end = q->is_static ? NEVER - 1 : w->start + q->horizon;
    for (int32_t v = 0; v < w->n; v++)
        w->source[v] = NEVER;
    for (int i = 0; i < q->n_incidents; i++) {
        const int32_t v = oracle_vertex(q->incidents[i].node, q->incidents[i].effect);
        const CpsfTime time = q->is_static ? w->start : q->incidents[i].start;

        if (time <= w->end)
            w->source[v] = MIN(w->source[v], time);
    }
}

void
oracle_ways_init(OracleWays *w)
{
    w->n = w->s->graph->n_nodes * CPSF_N_EFFECTS;
    w->ways = g_array_new(FALSE, FALSE, sizeof(OracleWay));
    w->slots = g_array_new(FALSE, FALSE, sizeof(OracleSlot));
    w->gates = g_array_new(FALSE, FALSE, sizeof(OracleGate));
    w->events = g_array_new(FALSE, FALSE, sizeof(OracleEvent));
    w->downtime = g_new0(int64_t, w->n + 1);
    w->source = g_new0(CpsfTime, w->n + 1);
    w->arrival = g_new0(CpsfTime, w->n + 1);
    w->settled = g_new0(gboolean, w->n + 1);
    find_sources(w);
    find_downtimes(w);
    for (int64_t i = 0; i < w->s->graph->edges.n; i++)
        if (is_first_of_edge(w, i))
            add_edge(w, i);
    add_self_rules(w);
    keep_reachable(w);
    for (guint i = 0; i < w->ways->len; i++) {
        add_threshold(w, ORACLE_WAY(w, i)->felt, ORACLE_WAY(w, i)->c);
        add_threshold(w, ORACLE_WAY(w, i)->taken, ORACLE_WAY(w, i)->p);
    }
}

void
oracle_ways_clear(OracleWays *w)
{
    for (guint i = 0; i < w->events->len; i++)
        g_array_unref(ORACLE_EVENT(w, i)->upper);
    g_array_unref(w->ways);
    g_array_unref(w->slots);
    g_array_unref(w->gates);
    g_array_unref(w->events);
    g_free(w->downtime);
    g_free(w->source);
    g_free(w->arrival);
    g_free(w->settled);
}
