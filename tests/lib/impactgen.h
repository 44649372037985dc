/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Supply chains in time to ask about impact: a list of statements and a policy drawn at random, that
 * can be told in any order; and incidents.  Times are small multiples of a second around one moment,
 * so that equal times, touching intervals and no delay at all are common.
 */

#include "cpsf-impact.h"
#include "cpsf-policy-private.h"
#include "cpsf-snapshot-private.h"
#include "oracle-impact.h"

typedef enum {
    TEST_TELLS_NODE,
    TEST_TELLS_EDGE,
    TEST_TELLS_GROUP,
    TEST_TELLS_CONSEQUENCE,
} TestTells;

/* One statement; what it does not need is zero. */
typedef struct {
    TestTells tells;
    char key[32]; /* the node, or the end of an edge */
    char from[32];
    char group[8]; /* "" = none */
    CpsfInterval valid;
    double criticality;  /* NaN = the policy's */
    int64_t delay;       /* -1 = the policy's */
    double loss;         /* NaN = none */
    int64_t downtime;    /* -1 = none */
    gboolean is_foreign; /* the loss is in USD, else in JPY */
    int kind;
    int relation;
    int need;
    int feed; /* 0, 1 or 2: which feed tells it */
} TestTold;

#define TEST_IMPACT_MOST 4 /* incidents */

typedef struct {
    GArray *told;                     /* of TestTold */
    GString *rules;                   /* the <spread> of the policy */
    double most;                      /* outcomes that all chance events together have at most */
    char usual[CPSF_N_RELATIONS][80]; /* the <relation> of the policy; "" = none */
    CpsfIncident incidents[TEST_IMPACT_MOST];
    char keys[TEST_IMPACT_MOST][32]; /* theirs */
    int n_incidents;
    int64_t horizon;
    gboolean is_mixed; /* some losses are in USD */
} TestImpact;

#define TEST_IMPACT_UNIT CPSF_TIME_SECOND
#define TEST_IMPACT_AT (1000 * TEST_IMPACT_UNIT)

/* @n nodes, about @density edges a node, chance events until all together have @outcomes outcomes
 * (INFINITY = any number). */
TestImpact *test_impact_draw(uint64_t seed, int n, int density, double outcomes);
void test_impact_free(TestImpact *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TestImpact, test_impact_free)

CpsfPolicy *test_impact_policy(const TestImpact *self);
/* @order changes the order of feeds and of statements in memory, and nothing else. */
CpsfGraph *test_impact_freeze(const TestImpact *self, uint64_t order);

/* The incidents as the oracle takes them; n_incidents, of the caller. */
OracleIncident *test_impact_incidents(const TestImpact *self, const CpsfGraph *graph);

/* All of it as text, to look at a case that fails. */
char *test_impact_print(const TestImpact *self);
