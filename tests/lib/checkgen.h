/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Small graphs with evidence to ask about: said row by row, or drawn at random; and policies. */

#include "cpsf-graph-private.h"
#include "cpsf-policy.h"

/* What one feed says. */
typedef struct {
    CpsfGraphBuilder *builder;
    CpsfStatements said;
} TestFeed;

TestFeed *test_feed_new(void);
/* The graph of one feed; frees @self. */
CpsfGraph *test_feed_freeze(TestFeed *self);
/* Of several feeds: the end of each, and the graph of all; frees @self. */
void test_feed_end(TestFeed *self, const char *file, const char *id);
CpsfGraph *test_feeds_freeze(TestFeed *self);

CpsfStr test_feed_str(TestFeed *self, const char *text);
CpsfNodeRow *test_feed_node(TestFeed *self, const char *key, CpsfKind kind, unsigned layers);
CpsfEdgeRow *
test_feed_edge(TestFeed *self, CpsfRelation relation, const char *from, const char *to);
/* An item that holds for all time, with status valid, and assurance that of the scheme. */
CpsfEvidenceRow *test_feed_evidence(
    TestFeed *self, const char *subject, int layer, const char *scheme, const char *issuer);
/* An opinion that holds for all time. */
CpsfOpinionRow *test_feed_opinion(TestFeed *self,
                                  const char *subject,
                                  int layer,
                                  const char *assessor,
                                  double belief,
                                  double disbelief);

/* A policy of this text, by way of a file. */
CpsfPolicy *test_policy_from_text(const char *text, GError **error);

/* The policy that test_chain_new() draws schemes and issuers for. */
CpsfPolicy *test_chain_policy(void);
/* Up to @n nodes with edges, evidence and chains of accreditation; about the moment 1000. */
CpsfGraph *test_chain_new(uint64_t seed, int n);
/* The same, and opinions of those who may be assessors and those who may not; now and then two
 * items that state the same. */
CpsfGraph *test_chain_new_with_opinions(uint64_t seed, int n);
