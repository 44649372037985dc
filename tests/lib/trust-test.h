/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What tests of trust share: an answer by node, and tables held against each other. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "cpsf-snapshot-private.h"
#include "cpsf-trust.h"
#include "supplygen.h"

/* One answer of cpsf_trust(); arrays of n, NaN for nodes without a row. */
typedef struct {
    CpsfTable *table;
    CpsfTrustReport report;
    int32_t n;
    double *belief;
    double *disbelief;
    double *uncertainty;
    double *expected;
    double *stderr_of;
} TestTrust;

/* Asserts that there is one.  @options: (nullable). */
TestTrust *
test_trust_ask(CpsfSnapshot *snapshot, CpsfPolicy *policy, const CpsfTrustOptions *options);
void test_trust_free(TestTrust *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TestTrust, test_trust_free)

/* The same question about a supply as it stands at TEST_SUPPLY_AT, under test_supply_policy(). */
TestTrust *test_trust_of(const TestSupply *supply, const CpsfTrustOptions *options);

/* A figure of the node with this key in @answer to a question about @graph. */
#define test_trust_get(answer, member, graph, key)                                                 \
    answer->member[cpsf_graph_find_node((graph), (key))]

/* Row for row and bit for bit. */
gboolean test_trust_is_same(const TestTrust *a, const TestTrust *b);

/* How far @x may be from @p after @worlds worlds: five standard errors, those of docs/semantics.md,
 * section 6, or of @p itself where that is more. */
gboolean test_trust_is_near(double x, double p, int64_t worlds);
