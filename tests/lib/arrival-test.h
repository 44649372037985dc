/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Small graphs to look for first arrivals in: by hand and at random. */

#include "cpsf-arrival-private.h"

enum { ARRIVAL_MOST = 16, ARRIVAL_EDGES = 40, ARRIVAL_GATES = 3, ARRIVAL_END = 100 };

#define NEVER CPSF_ARRIVAL_NEVER
#define ENDLESS INT64_MAX

typedef struct {
    int32_t from;
    int32_t to;
    CpsfEventsWindow window;
    double chance;
} ArrivalEdge;

/* A graph as said, and as the library takes it. */
typedef struct {
    int32_t n;
    ArrivalEdge edges[ARRIVAL_EDGES];
    int m;
    CpsfEventsSource sources[ARRIVAL_MOST];
    int n_sources;
    int64_t end;

    int64_t start[ARRIVAL_MOST + 1];
    int32_t head[ARRIVAL_EDGES];
    int32_t window[ARRIVAL_EDGES];
    CpsfEventsWindow windows[ARRIVAL_EDGES];
    uint16_t rule[ARRIVAL_EDGES];
    double felt_c[ARRIVAL_EDGES];
    double rule_p[1];
    int64_t downtime[ARRIVAL_MOST];
    int32_t gate_of[ARRIVAL_MOST];
    int32_t gate_need[ARRIVAL_GATES];
    int32_t gate_vertex[ARRIVAL_GATES];
    int32_t gate_slots[ARRIVAL_GATES];
    int n_gates;
    int32_t node[ARRIVAL_MOST];
    uint8_t effect[ARRIVAL_MOST];
    CpsfSpread spread;
    int64_t arrival[ARRIVAL_MOST];
    int32_t before[ARRIVAL_MOST];
} ArrivalCase;

typedef enum {
    ARRIVAL_DRAW_PLAIN,
    ARRIVAL_DRAW_CONTACTS,
    ARRIVAL_DRAW_ALL, /* gates and downtimes too */
} ArrivalDraw;

ArrivalCase *arrival_case_new(int32_t n);
void arrival_say(
    ArrivalCase *self, int32_t from, int32_t to, int64_t since, int64_t until, int64_t delay);
void arrival_begin(ArrivalCase *self, int32_t vertex, int64_t time);
int32_t arrival_add_slot(ArrivalCase *self, int gate);
int arrival_add_gate(ArrivalCase *self, int32_t vertex, int32_t need);
void arrival_settle(ArrivalCase *self);
void arrival_run(ArrivalCase *self);
void arrival_run_as_contacts(ArrivalCase *self);
void arrival_expect(ArrivalCase *self, const int64_t *arrival, const int32_t *before);
ArrivalCase *arrival_draw(uint64_t seed, ArrivalDraw draw);
