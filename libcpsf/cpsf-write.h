/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gio/gio.h>

#include "cpsf-policy.h"
#include "cpsf-snapshot.h"
#include "cpsf-table.h"

G_BEGIN_DECLS

/**
 * CpsfFormat:
 * @CPSF_FORMAT_JSON: docs/formats.md, JSON
 * @CPSF_FORMAT_CSV: RFC 4180, with a header row
 * @CPSF_FORMAT_TSV: tabs between cells, with a header row
 *
 * Of a table on a stream.
 */
typedef enum {
    CPSF_FORMAT_JSON,
    CPSF_FORMAT_CSV,
    CPSF_FORMAT_TSV,
} CpsfFormat;

/**
 * CpsfAnswer:
 * @command: the question, e.g. "check"
 * @snapshot: (nullable): what was asked
 * @policy: (nullable): by which policy
 * @options: (nullable) (array zero-terminated=1): name and JSON value in turn, of options that
 *   can change the answer
 * @findings: whether to list findings
 *
 * What surrounds a table in JSON.
 */
typedef struct {
    const char *command;
    CpsfSnapshot *snapshot;
    CpsfPolicy *policy;
    const char *const *options;
    gboolean findings;
} CpsfAnswer;

CPSF_API gboolean cpsf_table_write(CpsfTable *table,
                                   CpsfFormat format,
                                   const CpsfAnswer *answer,
                                   GOutputStream *stream,
                                   GError **error);

/**
 * CpsfExport:
 * @CPSF_EXPORT_GRAPHML: GraphML 1.0
 * @CPSF_EXPORT_DOT: Graphviz, a cluster for each layer
 * @CPSF_EXPORT_CSV: a list of edges
 * @CPSF_EXPORT_JSON: nodes, edges, groups and evidence
 * @CPSF_EXPORT_FEED: the whole graph, over all of time, as a feed of our own
 *
 * Formats of a graph at one moment.
 */
typedef enum {
    CPSF_EXPORT_GRAPHML,
    CPSF_EXPORT_DOT,
    CPSF_EXPORT_CSV,
    CPSF_EXPORT_JSON,
    CPSF_EXPORT_FEED,
} CpsfExport;

CPSF_API gboolean cpsf_snapshot_export(CpsfSnapshot *snapshot,
                                       CpsfExport format,
                                       const char *lang,
                                       GOutputStream *stream,
                                       GError **error);

G_END_DECLS
