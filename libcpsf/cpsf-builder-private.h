/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cpsf-graph-private.h"
#include "cpsf-rows-private.h"

G_BEGIN_DECLS

/* The stations of freeze, in order; each file tells one of them. */

/* One feed as it was added. */
typedef struct {
    CpsfFeedInfo info;         /* (owned) */
    CpsfStatements statements; /* (owned) empty if rejected */
    CpsfFindings *findings;    /* (owned) (nullable) */
} CpsfFeed;

void cpsf_feed_clear(CpsfFeed *self);

/* Rejects the feed, drops its statements and findings.  A code that names no finding of its own
 * place has line 0. */
void cpsf_feed_reject(
    CpsfFeed *self, CpsfFindingCode code, const char *message, uint32_t line, uint32_t column);

/* Rejects the feed for this finding in it. */
void cpsf_feed_reject_for(CpsfFeed *self, const CpsfFinding *finding);

/* cpsf-versions.c: the order of (id, version, digest, file). */
void cpsf_feeds_sort(CpsfFeed *feeds, int64_t n);

/* cpsf-versions.c: sets the states of sorted feeds: future, strict, equivocation, unchanged.  May
 * be called again after more feeds were rejected. */
void cpsf_feeds_judge(CpsfFeed *feeds, int64_t n, const CpsfFreezeOptions *options);

/* cpsf-versions.c: ends in the statements of each imported feed what its next version no longer
 * says.  @statements: one for each feed. */
gboolean
cpsf_feeds_supersede(const CpsfFeed *feeds, CpsfStatements *statements, int64_t n, GError **error);

/* cpsf-gather.c: moves the rows of the imported feeds into the tables of @graph, nodes still string
 * ids; copies them if @keep. */
gboolean
cpsf_feeds_gather(CpsfFeed *feeds, int64_t n, gboolean keep, CpsfGraph *graph, GError **error);

/* cpsf-identity.c: one node for each set of keys that are one.  Reads the rows of @self (nodes are
 * string ids), fills n_nodes, key, node_of, n_node_of. */
gboolean cpsf_identity_resolve(CpsfGraph *self, const CpsfFeed *feeds, GError **error);

/* cpsf-freeze.c: a graph from sorted, judged feeds; takes their infos and statements.  With
 * options->strict it may come to reject feeds for relation-kind: then *@again is TRUE, feeds keep
 * their infos, and what is returned is NULL without an error. */
CpsfGraph *cpsf_feeds_freeze(CpsfFeed *feeds,
                             int64_t n,
                             CpsfStrtab *strings,
                             const CpsfFreezeOptions *options,
                             gboolean *again,
                             GError **error);

/* cpsf-graph.c: an empty graph with one reference. */
CpsfGraph *cpsf_graph_alloc(CpsfStrtab *strings);

/* cpsf-gather.c: the table of @self with this number, without its type. */
CpsfAnyArray *cpsf_statements_get_table(CpsfStatements *self, CpsfTableId table);

G_END_DECLS
