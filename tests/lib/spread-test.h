/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What tests of the spread graph share: what several feeds say, in whatever order they come; spread
 * graphs as text. */

#include "cpsf-policy.h"
#include "cpsf-spread-private.h"

enum { SPREAD_FEEDS = 3 };

enum { A, B, C, D, E };

/* Statements.  Node i has the key urn:example:a, urn:example:b, … */
typedef struct {
    int feed, node;
    CpsfInterval valid;
} SpreadNode;

typedef struct {
    int feed, from, to;
    CpsfRelation relation;
    const char *group; /* (nullable) */
    double c;          /* NaN = the policy's */
    int64_t delay;     /* -1 = the policy's */
    CpsfInterval valid;
} SpreadEdge;

typedef struct {
    int feed, node, need;
    const char *name;
    CpsfInterval valid;
} SpreadGroup;

typedef struct {
    int feed, node;
    int64_t downtime;
} SpreadDowntime;

typedef struct {
    GArray *nodes;     /* SpreadNode */
    GArray *edges;     /* SpreadEdge */
    GArray *groups;    /* SpreadGroup */
    GArray *downtimes; /* SpreadDowntime */
} SpreadScript;

SpreadScript *spread_script_new(void);
void spread_script_free(SpreadScript *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SpreadScript, spread_script_free)

CpsfGraph *spread_freeze(const SpreadScript *self);
CpsfPolicy *spread_policy(const char *rules, const char *relations);

/*
 * A line for each edge and each gate, sorted:
 *
 *     a outage -> b outage [10,*) +5 c 0.5 p 1
 *     a outage -> slot of b [10,20) +0 c 1 p 0.25
 *     b outage <- 2 of 3 slots
 */
char *spread_describe(const CpsfSpread *self);

/* ---- by hand ---- */

enum { SPREAD_START = 100, SPREAD_HORIZON = 50 };

#define SPREAD_RULE(relation, direction, in, out, p, delay)                                        \
    "<rule relation='" relation "' direction='" direction "' in='" in "' out='" out                \
    "' probability='" p "' delay='" delay "'/>"
#define SPREAD_SELF(in, out, p, delay)                                                             \
    "<rule direction='self' in='" in "' out='" out "' probability='" p "' delay='" delay "'/>"
#define SPREAD_STOPS SPREAD_RULE("supplies", "forward", "outage", "outage", "1", "PT0S")

/* A required edge for all time, with what the policy says of it; the caller may change it. */
SpreadEdge *spread_say(SpreadScript *script, int from, CpsfRelation relation, int to);
SpreadEdge *spread_say_supplies(SpreadScript *script, int from, int to);
void spread_say_node(SpreadScript *script, int node, CpsfTime since, CpsfTime until);
void spread_say_need(SpreadScript *script, int node, int need, CpsfTime since, CpsfTime until);
void spread_say_member(SpreadScript *script, int from, int to);

typedef struct {
    CpsfGraph *graph;
    CpsfSnapshot *snapshot;
    CpsfPolicy *policy;
    CpsfSpread *spread;
} SpreadCase;

void spread_clear_case(SpreadCase *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(SpreadCase, spread_clear_case)

/* Outage of a at the start. */
extern const CpsfSpreadOptions spread_from_a;
extern const CpsfSpreadOptions spread_from_a_static;

void spread_ask(SpreadCase *self,
                const SpreadScript *script,
                const char *rules,
                const char *relations,
                const CpsfSpreadOptions *options);
void spread_expect_text(const CpsfSpread *spread, const char *wanted);
void spread_expect(const SpreadScript *script,
                   const char *rules,
                   const CpsfSpreadOptions *options,
                   const char *wanted);
