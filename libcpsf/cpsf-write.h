/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gio/gio.h>

#include "cpsf-policy.h"
#include "cpsf-snapshot.h"
#include "cpsf-table.h"

G_BEGIN_DECLS

/**
 * CpsfFormat:
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

/* CSV and TSV ignore @answer. */
CPSF_API gboolean cpsf_table_write(CpsfTable *table,
                                   CpsfFormat format,
                                   const CpsfAnswer *answer,
                                   GOutputStream *stream,
                                   GError **error);

/**
 * CpsfExport:
 *
 * Formats of a graph at one moment.
 */
typedef enum {
    CPSF_EXPORT_GRAPHML,
    CPSF_EXPORT_DOT,
    CPSF_EXPORT_CSV, /* edge list */
    CPSF_EXPORT_JSON,
    CPSF_EXPORT_FEED, /* the whole graph, over all of time, as a feed of our own */
} CpsfExport;

CPSF_API gboolean cpsf_snapshot_export(CpsfSnapshot *snapshot,
                                       CpsfExport format,
                                       const char *lang,
                                       GOutputStream *stream,
                                       GError **error);

G_END_DECLS
