/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What tests/lib/oracle-impact.c simulates: the rules of a policy on the rows of a graph, spelt out. */

#include "oracle-impact.h"

typedef struct {
    int32_t tail; /* vertex */
    int32_t head; /* vertex */
    int slot;     /* the group edge by which it leads to head; -1 = straight */
    int felt;     /* event; -1 = none */
    int taken;
    double c;
    double p;
    CpsfTime since;
    CpsfTime until;
    int64_t delay;
} OracleWay;

/* One edge of a group, as far as it counts. */
typedef struct {
    int gate;
    CpsfTime arrival; /* in the world at hand */
} OracleSlot;

typedef struct {
    int32_t vertex;
    CpsfStr name;
    int n;    /* edges valid at the start */
    int need; /* k */
} OracleGate;

/* U lies in [upper[at - 1], upper[at]). */
typedef struct {
    GArray *upper; /* of double, ascending; the last is 1 */
    guint at;
} OracleEvent;

typedef struct {
    const CpsfSnapshot *s;
    const CpsfPolicy *policy;
    const OracleQuestion *q;
    CpsfTime start;
    CpsfTime end;
    int32_t n; /* vertices */
    GArray *ways;
    GArray *slots;
    GArray *gates;
    GArray *events;
    gboolean leaves_out;
    int64_t *downtime; /* of nodes */
    CpsfTime *source;  /* n: NEVER = none */
    CpsfTime *arrival; /* n: of the world at hand */
    gboolean *settled; /* n */
} OracleWays;

#define ORACLE_WAY(w, i) (&g_array_index((w)->ways, OracleWay, (i)))
#define ORACLE_SLOT(w, i) (&g_array_index((w)->slots, OracleSlot, (i)))
#define ORACLE_GATE(w, i) (&g_array_index((w)->gates, OracleGate, (i)))
#define ORACLE_EVENT(w, i) (&g_array_index((w)->events, OracleEvent, (i)))

static inline int32_t
oracle_vertex(int64_t node, int effect)
{
    return (int32_t) node * CPSF_N_EFFECTS + effect;
}

/* @self: with s, policy and q; fills the rest. */
void oracle_ways_init(OracleWays *self);
void oracle_ways_clear(OracleWays *self);

/* How many edges of the gate open it. */
int oracle_ways_threshold(const OracleWays *self, int gate);
/* Whether the statement counts at @t. */
gboolean oracle_ways_holds(CpsfInterval valid, CpsfTime t);
gboolean oracle_ways_node_holds(const OracleWays *self, uint32_t node, CpsfTime t);
int oracle_ways_compare_times(const void *a, const void *b);
