/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "config.h"

#include "arrival-test.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "graphgen.h"

ArrivalCase *
arrival_case_new(int32_t n)
{
    ArrivalCase *self = g_new0(ArrivalCase, 1);

    self->n = n;
    self->end = ARRIVAL_END;
    self->rule_p[0] = 1.0;
    for (int v = 0; v < ARRIVAL_MOST; v++) {
        self->downtime[v] = ENDLESS;
        self->gate_of[v] = -1;
        self->node[v] = v;
    }
    return self;
}

void
arrival_say(
    ArrivalCase *self, int32_t from, int32_t to, int64_t since, int64_t until, int64_t delay)
{
    cr_assert_lt(self->m, ARRIVAL_EDGES);
    self->edges[self->m++] = (ArrivalEdge){from, to, {since, until, delay}, 1.0};
}

void
arrival_begin(ArrivalCase *self, int32_t vertex, int64_t time)
{
    self->sources[self->n_sources++] = (CpsfEventsSource){vertex, time};
}

/* A vertex at the end whose arrival counts towards @gate. */
int32_t
arrival_add_slot(ArrivalCase *self, int gate)
{
    self->gate_of[self->n] = gate;
    self->gate_slots[gate]++;
    return self->n++;
}

int
arrival_add_gate(ArrivalCase *self, int32_t vertex, int32_t need)
{
    self->gate_vertex[self->n_gates] = vertex;
    self->gate_need[self->n_gates] = need;
    return self->n_gates++;
}

static int
compare_edges(const void *left, const void *right)
{
    return ((const ArrivalEdge *) left)->from - ((const ArrivalEdge *) right)->from;
}

void
arrival_settle(ArrivalCase *self)
{
    CpsfEventsGraph *graph = &self->spread.graph;

    qsort(self->edges, (size_t) self->m, sizeof *self->edges, compare_edges);
    memset(self->start, 0, sizeof self->start);
    for (int e = 0; e < self->m; e++) {
        self->start[self->edges[e].from + 1]++;
        self->head[e] = self->edges[e].to;
        self->window[e] = self->m - 1 - e;
        self->windows[self->m - 1 - e] = self->edges[e].window;
        self->felt_c[e] = self->edges[e].chance;
    }
    for (int v = 0; v < self->n; v++)
        self->start[v + 1] += self->start[v];
    *graph = (CpsfEventsGraph){
        .n = self->n,
        .m = self->m,
        .start = self->start,
        .head = self->head,
        .window = self->window,
        .windows = self->windows,
        .rule = self->rule,
        .downtime = self->downtime,
        .n_gates = self->n_gates,
        .gate_of = self->n_gates > 0 ? self->gate_of : NULL,
        .gate_need = self->gate_need,
        .gate_vertex = self->gate_vertex,
        .gate_slots = self->gate_slots,
    };
    self->spread.felt_c = self->felt_c;
    self->spread.rule_p = self->rule_p;
    self->spread.node = self->node;
    self->spread.effect = self->effect;
}

void
arrival_run(ArrivalCase *self)
{
    g_autoptr(GError) error = NULL;

    arrival_settle(self);
    cr_assert(cpsf_arrival_run(&self->spread.graph, NULL, self->sources, self->n_sources, self->end,
                               NULL, self->arrival, &error));
    cr_assert(cpsf_arrival_trace(&self->spread, self->sources, self->n_sources, self->arrival,
                                 self->before, &error));
    cr_assert_null(error);
}

/* The same by contacts must be the same. */
void
arrival_run_as_contacts(ArrivalCase *self)
{
    int64_t arrival[ARRIVAL_MOST];
    g_autoptr(GError) error = NULL;

    arrival_run(self);
    cr_assert(cpsf_arrival_has_contacts_only(&self->spread.graph, self->end));

    g_autoptr(CpsfArrivalContacts) contacts =
        cpsf_arrival_contacts_new(&self->spread.graph, self->end, &error);

    cr_assert_not_null(contacts);
    cr_assert(
        cpsf_arrival_run_contacts(contacts, self->sources, self->n_sources, NULL, arrival, &error));
    for (int v = 0; v < self->n; v++)
        cr_assert_eq(arrival[v], self->arrival[v]);
    memset(arrival, 0, sizeof arrival);
    cr_assert(cpsf_arrival_run(&self->spread.graph, contacts, self->sources, self->n_sources,
                               self->end, NULL, arrival, &error));
    for (int v = 0; v < self->n; v++)
        cr_assert_eq(arrival[v], self->arrival[v]);
}

void
arrival_expect(ArrivalCase *self, const int64_t *arrival, const int32_t *before)
{
    arrival_run(self);
    for (int v = 0; v < self->n; v++) {
        cr_assert_eq(self->arrival[v], arrival[v], "vertex %d at %" G_GINT64_FORMAT, v,
                     self->arrival[v]);
        if (before != NULL)
            cr_assert_eq(self->before[v], before[v], "vertex %d after %d", v, self->before[v]);
    }
}

static int64_t
below(uint64_t *state, uint32_t n)
{
    return test_random_below(state, n);
}

static CpsfEventsWindow
draw_window(uint64_t *state, ArrivalDraw draw)
{
    const int64_t since = below(state, 12);
    const int64_t delay = below(state, 2) == 0 ? 0 : below(state, 4);
    const int64_t shape = below(state, 3);

    if (draw == ARRIVAL_DRAW_CONTACTS)
        return (CpsfEventsWindow){since, since + 1, delay};
    return (CpsfEventsWindow){since,
                              shape == 0   ? since + 1
                              : shape == 1 ? since + 1 + below(state, 6)
                                           : ENDLESS,
                              delay};
}

static void
draw_edge(ArrivalCase *c, int32_t n, int32_t to, uint64_t *state, ArrivalDraw draw)
{
    const CpsfEventsWindow window = draw_window(state, draw);

    arrival_say(c, (int32_t) below(state, (uint32_t) n), to, window.since, window.until,
                window.delay);
    c->edges[c->m - 1].chance = (double) (1 + below(state, 3)) / 4.0;
}

ArrivalCase *
arrival_draw(uint64_t seed, ArrivalDraw draw)
{
    uint64_t state = seed;
    const int32_t n = 2 + (int32_t) below(&state, 7);
    ArrivalCase *c = arrival_case_new(n);
    const int m = (int) below(&state, 3 * (uint32_t) n + 3);

    c->end = 6 + below(&state, 10);
    for (int e = 0; e < m; e++)
        draw_edge(c, n, (int32_t) below(&state, (uint32_t) n), &state, draw);
    for (int32_t v = 0; v < n && draw != ARRIVAL_DRAW_PLAIN; v++)
        c->downtime[v] = below(&state, 3) == 0 ? below(&state, 6) : ENDLESS;
    for (int32_t v = 0; v < n; v++) { /* several effects on a node */
        c->node[v] = v / 2;
        c->effect[v] = (uint8_t) (v % 2);
    }
    for (int g = 0; g < 2 && draw == ARRIVAL_DRAW_ALL; g++) {
        const int n_slots = 2 + (int) below(&state, 2);
        const int gate = arrival_add_gate(c, (int32_t) below(&state, (uint32_t) n),
                                          2 + (int32_t) below(&state, (uint32_t) n_slots - 1));

        for (int i = 0; i < n_slots; i++) {
            const int32_t slot = arrival_add_slot(c, gate);

            draw_edge(c, n, slot, &state, draw);
            if (below(&state, 3) == 0)
                draw_edge(c, n, slot, &state, draw);
        }
    }
    arrival_begin(c, 0, below(&state, 3));
    if (below(&state, 3) == 0)
        arrival_begin(c, n - 1, below(&state, 8));
    return c;
}
