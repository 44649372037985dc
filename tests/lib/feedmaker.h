/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Feeds by hand, without documents: for tests of what a graph makes of statements. */

#include "cpsf-graph-private.h"

typedef struct {
    CpsfGraphBuilder *builder;
    CpsfFeedInfo info; /* file is "<id>-<version>.xml"; a test may change what it likes */
    CpsfStatements rows;
    CpsfFindings *findings;
    uint32_t line; /* of the next row: 1, 2, … */
} Feedmaker;

/* @publisher (nullable).  The digest is the same for the same id and version. */
Feedmaker *feedmaker_new(CpsfGraphBuilder *builder,
                         const char *id,
                         int64_t version,
                         CpsfTime issued,
                         const char *publisher);
/* Hands it to its builder and frees it. */
void feedmaker_add(Feedmaker *self);
/* The graph of what the builder got, as if read on day 1000; consumes the builder. */
CpsfGraph *feedmaker_freeze(CpsfGraphBuilder *builder);

CpsfStr feedmaker_str(Feedmaker *self, const char *text);

/* Each adds a row valid for all of time; the caller may change it until the next of its kind. */
CpsfNodeRow *feedmaker_node(Feedmaker *self, const char *key, CpsfKind kind);
CpsfNameRow *feedmaker_name(Feedmaker *self, const char *key, const char *lang, const char *text);
CpsfAliasRow *feedmaker_alias(Feedmaker *self, const char *key, const char *alias);
CpsfPropertyRow *
feedmaker_property(Feedmaker *self, const char *key, const char *name, const char *value);
CpsfConsequenceRow *feedmaker_consequence(Feedmaker *self, const char *key, double loss);
CpsfOpinionRow *feedmaker_opinion(Feedmaker *self, const char *key, const char *assessor);
CpsfGroupRow *feedmaker_group(Feedmaker *self, const char *key, const char *name, int32_t need);
CpsfEdgeRow *
feedmaker_edge(Feedmaker *self, CpsfRelation relation, const char *from, const char *to);
CpsfEvidenceRow *
feedmaker_evidence(Feedmaker *self, const char *key, const char *scheme, const char *id);
CpsfIncidentRow *feedmaker_incident(Feedmaker *self, const char *key, const char *id);
CpsfCompletenessRow *
feedmaker_completeness(Feedmaker *self, const char *key, const char *of, const char *state);

/* All that a graph says, a line a node and a row, with keys for nodes and file:line for places;
 * then its findings. */
char *feedmaker_dump(CpsfGraph *graph);
/* Findings alone, as `file:line: code: text` lines. */
char *feedmaker_dump_findings(const CpsfFindings *findings);
