/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <cpsf.h>

#include "options.h"

G_BEGIN_DECLS

/**
 * Session:
 * @options: (unowned): the command line
 * @policy: what counts as verified
 * @graph: what the feeds say
 * @report: one row a feed
 * @snapshot: the graph at the moment asked about
 * @n_feeds: feeds found
 * @n_rejected: of them
 * @status: the exit status so far
 *
 * Feeds read for one question.
 */
typedef struct {
    const Options *options;
    CpsfPolicy *policy;
    CpsfGraph *graph;
    CpsfTable *report;
    CpsfSnapshot *snapshot;
    int64_t n_feeds;
    int64_t n_rejected;
    int status;
} Session;

/* The policy of --policy, or the default; NULL with a message and an exit status. */
CpsfPolicy *read_policy(const Options *options, int *status);

/*
 * Reads policy and feeds and says what is wrong with them.  FALSE: nothing can be asked, @status
 * says with what to exit; rejected feeds alone leave @report behind.
 */
gboolean session_open(Session *self, const Options *options, char **feeds);
void session_clear(Session *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Session, session_clear)

/* "…; 80 nodes, 170 edges, at 2026-04-01T00:00:00Z" on standard error. */
void session_summarize(const Session *self, const char *what);

G_END_DECLS
