/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Trust runs that follow one another, each held against a run from nothing; and how much of a
 * snapshot a change can reach, worked out by key from what is said of each node. */

#include "cpsf-policy-private.h"
#include "cpsf-snapshot-private.h"
#include "cpsf-trust.h"

/* What happened in many updates. */
typedef struct {
    int n;         /* updates */
    int n_still;   /* in which nothing was counted */
    int n_partial; /* in which some nodes, but not all, were */
    int n_whole;
} TestUpdates;

/* Asserts that there is one, and that it is what cpsf_trust() says. */
CpsfTrustRun *
test_run_new(CpsfSnapshot *snapshot, CpsfPolicy *policy, const CpsfTrustOptions *options);

/* The rows as CSV. */
char *test_run_text(const CpsfTrustRun *run);

/*
 * The run of @after that follows @run, a run of @before.  Asserts that it is a run from nothing, bit
 * for bit, and counts no node that the change cannot have reached.  Adds to @updates.
 */
CpsfTrustRun *test_run_follow(CpsfTrustRun *run,
                              CpsfSnapshot *before,
                              CpsfSnapshot *after,
                              CpsfPolicy *policy,
                              const CpsfTrustOptions *options,
                              TestUpdates *updates);

/* How many nodes of @after are not what they were in @before, by own opinion, edges and groups, or
 * rely on one that is not. */
int64_t
test_count_reached(CpsfSnapshot *before, CpsfSnapshot *after, CpsfPolicy *policy, int layer);
