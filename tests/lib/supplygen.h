/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Supply chains to ask about trust: a list of statements, said one by one or drawn at random, that
 * can be told in any order, and what each anchor's own opinion must be, worked out from the list.
 */

#include "cpsf-policy-private.h"
#include "cpsf-snapshot-private.h"

typedef enum {
    TEST_SAYS_NODE,
    TEST_SAYS_EDGE,
    TEST_SAYS_GROUP,
    TEST_SAYS_OPINION,
    TEST_SAYS_EVIDENCE,
} TestSays;

/* One statement; what it does not need is zero. */
typedef struct {
    TestSays says;
    char key[40]; /* the node, the end of an edge, the subject */
    char from[40];
    char group[8]; /* of an edge, or the group declared; "" = none */
    CpsfInterval valid;
    CpsfOpinion opinion;
    double criticality; /* NaN = the policy's */
    int kind;
    unsigned layers; /* mask; 0 = the kind's */
    int relation;
    int need;
    int layer;
    int assessor; /* 0 or 1 */
    int assurance;
    int status;
    int feed; /* 0, 1 or 2: which feed says it */
} TestSaid;

typedef struct {
    GArray *said; /* of TestSaid */
} TestSupply;

/* At which the statements of test_supply_draw() are interesting, and a later moment. */
#define TEST_SUPPLY_AT 1000
#define TEST_SUPPLY_LATER 2000

TestSupply *test_supply_new(void);
TestSupply *test_supply_copy(const TestSupply *self);
void test_supply_free(TestSupply *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TestSupply, test_supply_free)

/* Statements for all time; the one returned may be changed until the next is made. */
TestSaid *test_supply_node(TestSupply *self, const char *key, CpsfKind kind);
TestSaid *test_supply_edge(TestSupply *self, const char *from, const char *to, double c);
TestSaid *
test_supply_member(TestSupply *self, const char *from, const char *to, double c, const char *group);
TestSaid *test_supply_group(TestSupply *self, const char *key, const char *group, int need);
TestSaid *
test_supply_opinion(TestSupply *self, const char *key, int layer, double b, double d, double u);
/* With status valid it passes, with status failed it refutes. */
TestSaid *test_supply_evidence(TestSupply *self, const char *key, int layer, CpsfStatus status);

/* "urn:example:nNN", in one of eight static texts in turn. */
const char *test_supply_key(int i);

/* Circles, groups, shared suppliers, criticalities 0, 1 and between; fractions and opinions until
 * all events together have about @outcomes outcomes. */
TestSupply *test_supply_draw(uint64_t seed, int n, double outcomes);

/* What test_supply_draw() is drawn for. */
CpsfPolicy *test_supply_policy(void);

/* @order changes the order of feeds and of statements in memory, and nothing else. */
CpsfGraph *test_supply_freeze(const TestSupply *self, uint64_t order);

/* One opinion for each node of @graph: at @layer 1 to 3, or of all layers together for 0. */
CpsfOpinion *
test_supply_own(const TestSupply *self, const CpsfGraph *graph, CpsfTime at, int layer);
