/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Enumeration.  An odometer runs through every combination of the outcomes of all events; for each,
 * what fails is found by applying the definition again and again from "nothing fails" until nothing
 * more does; the weights of the combinations add up in long double.  What is too large for that is
 * drawn world by world.
 */

#include "config.h"

#include "oracle-worlds.h"

#include <math.h>

#include "graphgen.h"

/* Outcomes of a vertex, in the order of U: [0, b), [b, 1 - d), [1 - d, 1). */
enum { WORKS, UNKNOWN, FAILS };

typedef struct {
    int32_t node;
    CpsfStr name;
    int need;
    int n;      /* edges in it */
    int failed; /* of them, felt and from a node that fails */
} Gate;

typedef struct {
    int32_t from;
    int32_t to;
    int gate; /* -1 = required */
    double c;
    gboolean felt;
} Arc;

/* What one position of the odometer stands for. */
typedef struct {
    int32_t vertex; /* -1 = an edge */
    int64_t arc;
    int n_outcomes;
    int at; /* the outcome it shows */
    int outcome[3];
    long double weight[3];
} Event;

typedef struct {
    const CpsfSnapshot *s;
    const CpsfPolicy *policy;
    int32_t n;
    Arc *arcs;
    int64_t n_arcs;
    Gate *gates;
    int n_gates;
    int *shown; /* n: WORKS, UNKNOWN or FAILS */
    Event *events;
    int n_events;
    gboolean *fails; /* n: F of the plane at hand */
} World;

static gboolean
now(const World *w, CpsfInterval i)
{
    return i.since <= w->s->at && w->s->at < i.until;
}

static int
gate_of(const World *w, int32_t node, CpsfStr name)
{
    for (int g = 0; g < w->n_gates; g++)
        if (w->gates[g].node == node && w->gates[g].name == name)
            return g;
    return -1;
}

/* A declared group exists even without an edge; rows come in order of authority. */
static void
find_declared_gates(World *w)
{
    const CpsfGraph *graph = w->s->graph;

    for (int64_t i = 0; i < graph->groups.n; i++) {
        const CpsfGroupRow *row = &graph->groups.items[i];

        if (now(w, row->valid) && w->s->holds[row->node] &&
            gate_of(w, (int32_t) row->node, row->name) < 0)
            w->gates[w->n_gates++] = (Gate){(int32_t) row->node, row->name, row->need, 0, 0};
    }
}

/* Whether a row before row @i, of the same edge, holds now. */
static gboolean
is_said_before(const World *w, int64_t i)
{
    const CpsfEdgeRow *rows = w->s->graph->edges.items;

    for (int64_t j = 0; j < i; j++)
        if (rows[j].from == rows[i].from && rows[j].to == rows[i].to &&
            rows[j].relation == rows[i].relation && rows[j].group == rows[i].group &&
            now(w, rows[j].valid))
            return TRUE;
    return FALSE;
}

static void
find_arcs(World *w)
{
    for (int64_t i = 0; i < w->s->graph->edges.n; i++) {
        const CpsfEdgeRow *row = &w->s->graph->edges.items[i];
        Arc arc = {(int32_t) row->from, (int32_t) row->to, -1, row->criticality, FALSE};

        if (!now(w, row->valid) || !w->s->holds[row->from] || !w->s->holds[row->to] ||
            row->relation == CPSF_RELATION_VOUCHES || is_said_before(w, i))
            continue;
        if (isnan(arc.c))
            arc.c = w->policy->relations[row->relation].criticality;
        if (row->group != 0) {
            arc.gate = gate_of(w, arc.to, row->group);
            if (arc.gate < 0) {
                arc.gate = w->n_gates++;
                w->gates[arc.gate] = (Gate){arc.to, row->group, 1, 0, 0};
            }
            w->gates[arc.gate].n++;
        }
        arc.felt = arc.c >= 1.0;
        w->arcs[w->n_arcs++] = arc;
    }
}

static void
add_outcome(Event *event, int outcome, long double weight)
{
    if (weight <= 0)
        return;
    event->outcome[event->n_outcomes] = outcome;
    event->weight[event->n_outcomes++] = weight;
}

static void
add_event(World *w, Event event)
{
    if (event.n_outcomes > 1)
        w->events[w->n_events++] = event;
}

static void
find_events(World *w, const CpsfOpinion *own)
{
    for (int32_t v = 0; v < w->n; v++) {
        Event event = {.vertex = v};
        const long double b = own[v].belief;
        const long double d = own[v].disbelief;

        if (!w->s->holds[v])
            continue;
        add_outcome(&event, WORKS, b);
        add_outcome(&event, UNKNOWN, own[v].uncertainty > 0 ? 1 - b - d : 0);
        add_outcome(&event, FAILS, d);
        w->shown[v] = event.outcome[0];
        add_event(w, event);
    }
    for (int64_t a = 0; a < w->n_arcs; a++) {
        Event event = {.vertex = -1, .arc = a};

        add_outcome(&event, FALSE, 1 - (long double) w->arcs[a].c);
        add_outcome(&event, TRUE, w->arcs[a].c);
        add_event(w, event);
    }
}

static void
show(World *w, const Event *event)
{
    if (event->vertex >= 0)
        w->shown[event->vertex] = event->outcome[event->at];
    else
        w->arcs[event->arc].felt = event->outcome[event->at];
}

/* Applies the definition once to every node; whether one more fails. */
static gboolean
one_more_fails(World *w, int plane)
{
    gboolean more = FALSE;

    for (int g = 0; g < w->n_gates; g++)
        w->gates[g].failed = plane == 1 ? MAX(w->gates[g].need - w->gates[g].n, 0) : 0;
    for (int64_t a = 0; a < w->n_arcs; a++) {
        const Arc *arc = &w->arcs[a];

        if (!arc->felt || !w->fails[arc->from])
            continue;
        if (arc->gate >= 0)
            w->gates[arc->gate].failed++;
        else if (!w->fails[arc->to])
            w->fails[arc->to] = more = TRUE;
    }
    for (int g = 0; g < w->n_gates; g++) {
        const Gate *gate = &w->gates[g];
        const int n = MAX(gate->n, gate->need);

        if (!w->fails[gate->node] && gate->failed >= n - gate->need + 1)
            w->fails[gate->node] = more = TRUE;
    }
    return more;
}

/* The least solution: from "nothing fails but by itself" upwards. */
static void
find_failing(World *w, int plane)
{
    for (int32_t v = 0; v < w->n; v++)
        w->fails[v] = w->s->holds[v] && (plane == 1 ? w->shown[v] != WORKS : w->shown[v] == FAILS);
    while (one_more_fails(w, plane))
        ;
}

/* The next outcome of all events together; FALSE after the last. */
static gboolean
turn(World *w)
{
    for (int i = 0; i < w->n_events; i++) {
        Event *event = &w->events[i];

        event->at = (event->at + 1) % event->n_outcomes;
        show(w, event);
        if (event->at > 0)
            return TRUE;
    }
    return FALSE;
}

static long double
weigh(const World *w)
{
    long double weight = 1;

    for (int i = 0; i < w->n_events; i++)
        weight *= w->events[i].weight[w->events[i].at];
    return weight;
}

/* Counts what fails in the outcome shown, which weighs @weight. */
static void
count(World *w, long double weight, long double *belief, long double *disbelief)
{
    find_failing(w, 1);
    for (int32_t v = 0; v < w->n; v++)
        belief[v] += w->fails[v] ? 0 : weight;
    find_failing(w, 2);
    for (int32_t v = 0; v < w->n; v++)
        disbelief[v] += w->fails[v] ? weight : 0;
}

static void
enumerate(World *w, long double *belief, long double *disbelief)
{
    for (int i = 0; i < w->n_events; i++)
        show(w, &w->events[i]);
    do
        count(w, weigh(w), belief, disbelief);
    while (turn(w));
}

static void
draw(World *w, uint64_t *r)
{
    for (int i = 0; i < w->n_events; i++) {
        Event *event = &w->events[i];
        long double u = (long double) (test_random(r) >> 11) * 0x1p-53L;

        event->at = 0;
        while (event->at < event->n_outcomes - 1 && u >= event->weight[event->at])
            u -= event->weight[event->at++];
        show(w, event);
    }
}

static void
world_init(World *w, const CpsfOpinion *own)
{
    const CpsfGraph *graph = w->s->graph;

    w->n = graph->n_nodes;
    w->arcs = g_new0(Arc, graph->edges.n + 1);
    w->gates = g_new0(Gate, graph->groups.n + graph->edges.n + 1);
    w->shown = g_new0(int, w->n + 1);
    w->fails = g_new0(gboolean, w->n + 1);
    w->events = g_new0(Event, w->n + graph->edges.n + 1);
    find_declared_gates(w);
    find_arcs(w);
    find_events(w, own);
}

static void
world_clear(World *w)
{
    g_free(w->arcs);
    g_free(w->gates);
    g_free(w->shown);
    g_free(w->fails);
    g_free(w->events);
}

/* @worlds: how many to draw; 0 = all there can be. */
static OracleWorlds *
answer(const CpsfSnapshot *snapshot,
       const CpsfPolicy *policy,
       const CpsfOpinion *own,
       int64_t worlds,
       uint64_t seed)
{
    OracleWorlds *self = g_new0(OracleWorlds, 1);
    World w = {.s = snapshot, .policy = policy};

    world_init(&w, own);
    g_autofree long double *belief = g_new0(long double, w.n + 1);
    g_autofree long double *disbelief = g_new0(long double, w.n + 1);

    self->n = w.n;
    self->n_events = w.n_events;
    self->n_outcomes = worlds > 0 ? worlds : 1;
    if (worlds == 0) {
        g_assert(w.n_events <= 20);
        for (int i = 0; i < w.n_events; i++)
            self->n_outcomes *= w.events[i].n_outcomes;
        g_assert(self->n_outcomes <= 1 << 20);
        enumerate(&w, belief, disbelief);
    }
    for (int64_t i = 0; i < worlds; i++) {
        draw(&w, &seed);
        count(&w, 1 / (long double) worlds, belief, disbelief);
    }
    world_clear(&w);
    self->belief = g_new0(double, self->n + 1);
    self->disbelief = g_new0(double, self->n + 1);
    for (int32_t v = 0; v < self->n; v++) {
        self->belief[v] = (double) belief[v];
        self->disbelief[v] = (double) disbelief[v];
    }
    return self;
}

OracleWorlds *
oracle_worlds_new(const CpsfSnapshot *snapshot, const CpsfPolicy *policy, const CpsfOpinion *own)
{
    return answer(snapshot, policy, own, 0, 0);
}

OracleWorlds *
oracle_worlds_sample(const CpsfSnapshot *snapshot,
                     const CpsfPolicy *policy,
                     const CpsfOpinion *own,
                     int64_t worlds,
                     uint64_t seed)
{
    return answer(snapshot, policy, own, worlds, seed);
}

void
oracle_worlds_free(OracleWorlds *self)
{
    g_free(self->belief);
    g_free(self->disbelief);
    g_free(self);
}
