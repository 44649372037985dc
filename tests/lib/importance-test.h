/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What tests of importance share: a supply to ask about, and answers by anchor. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "cpsf-importance.h"
#include "cpsf-snapshot-private.h"
#include "supplygen.h"

typedef struct {
    CpsfGraph *graph;
    CpsfSnapshot *snapshot;
    CpsfPolicy *policy;
} PullCase;

/* As it stands at TEST_SUPPLY_AT, under test_supply_policy(). */
PullCase pull_case(const TestSupply *supply);
/* The same; frees @supply. */
PullCase pull_case_of(TestSupply *supply);
void pull_case_clear(PullCase *self);

/* Asserts that there is an answer. */
CpsfTable *pull_ask(const PullCase *self, const char *key, const CpsfTrustOptions *options);

/* The row of an anchor; -1 = none.  A cell of it: NaN = null; the row must be there. */
int64_t pull_row(const CpsfTable *table, const char *key, int layer);
double pull_get(const CpsfTable *table, const char *column, int64_t row);
const char *pull_text(const CpsfTable *table, const char *column, int64_t row);
/* "a > b > c" */
char *pull_path(const CpsfTable *table, int64_t row);

/* Twice the expected trust of @key in @snapshot: by enumeration; or in how many worlds and planes it
 * works. */
double pull_expected(CpsfSnapshot *snapshot,
                     CpsfPolicy *policy,
                     const char *key,
                     const CpsfTrustOptions *options);

/* The snapshot in which an anchor has an opinion without uncertainty. */
typedef enum { PULL_AS_IT_IS, PULL_WORKS, PULL_FAILS } PullForce;
/* @but: what @key's anchor of @layer is; @all: what every other is. */
CpsfSnapshot *
pull_forced(const PullCase *self, const char *key, int layer, PullForce but, PullForce all);
