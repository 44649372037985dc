/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Reading feeds into a graph, and one row of the report for each. */

#include "config.h"

#include "cpsf-read.h"

#include <stdlib.h>

#include "cpsf-graph-private.h"
#include "cpsf-intake-private.h"
#include "cpsf-table-private.h"

/* clang-format off */
enum {
    FEED, ID, VERSION, STATE, NODES, EDGES, EVIDENCE, LEFT_OUT, CODE, MESSAGE, LINE, COLUMN,
    N_COLUMNS
};

static const CpsfColumnSpec columns[N_COLUMNS] = {
    [FEED]     = {"feed", CPSF_COLUMN_UTF8},
    [ID]       = {"id", CPSF_COLUMN_UTF8},
    [VERSION]  = {"version", CPSF_COLUMN_INT64},
    [STATE]    = {"state", CPSF_COLUMN_UTF8},
    [NODES]    = {"nodes", CPSF_COLUMN_INT64},
    [EDGES]    = {"edges", CPSF_COLUMN_INT64},
    [EVIDENCE] = {"evidence", CPSF_COLUMN_INT64},
    [LEFT_OUT] = {"items_left_out", CPSF_COLUMN_INT64},
    [CODE]     = {"code", CPSF_COLUMN_UTF8},
    [MESSAGE]  = {"message", CPSF_COLUMN_UTF8},
    [LINE]     = {"line", CPSF_COLUMN_INT64},
    [COLUMN]   = {"column", CPSF_COLUMN_INT64},
};
/* clang-format on */

static int
compare_feeds(const void *a, const void *b)
{
    const CpsfFeedInfo *const *x = a;
    const CpsfFeedInfo *const *y = b;
    const int order = g_strcmp0((*x)->file, (*y)->file);

    return order != 0 ? order : (*x < *y ? -1 : *x > *y);
}

/* What is not known of a feed is null: of a rejected one all but its name and the reason. */
static void
put_feed(CpsfTableBuilder *table, const CpsfFeedInfo *feed)
{
    static const char *const states[] = {
        [CPSF_FEED_IMPORTED] = "imported",
        [CPSF_FEED_UNCHANGED] = "unchanged",
        [CPSF_FEED_REJECTED] = "rejected",
    };
    const gboolean is_rejected = feed->state == CPSF_FEED_REJECTED;

    cpsf_table_put_utf8(table, FEED, feed->file);
    cpsf_table_put_utf8(table, STATE, states[feed->state]);
    if (feed->id != NULL && feed->id[0] != '\0') {
        cpsf_table_put_utf8(table, ID, feed->id);
        cpsf_table_put_int64(table, VERSION, feed->version);
    }
    cpsf_table_put_int64(table, NODES, is_rejected ? 0 : feed->n_nodes);
    cpsf_table_put_int64(table, EDGES, is_rejected ? 0 : feed->n_edges);
    cpsf_table_put_int64(table, EVIDENCE, is_rejected ? 0 : feed->n_evidence);
    cpsf_table_put_int64(table, LEFT_OUT, feed->items_left_out);
    cpsf_table_put_utf8(table, CODE, feed->code);
    cpsf_table_put_utf8(table, MESSAGE, feed->message);
    if (feed->line > 0)
        cpsf_table_put_int64(table, LINE, feed->line);
    if (feed->column > 0)
        cpsf_table_put_int64(table, COLUMN, feed->column);
    cpsf_table_end_row(table);
}

/* Sorted by file name, so that it does not depend on the order in which feeds are named. */
static CpsfTable *
make_report(const CpsfGraph *graph, GError **error)
{
    const size_t n = (size_t) graph->n_feeds;
    g_autofree const CpsfFeedInfo **sorted = cpsf_try_new(const CpsfFeedInfo *, n, error);
    CpsfTableBuilder *table;

    if (sorted == NULL)
        return NULL;
    for (size_t i = 0; i < n; i++)
        sorted[i] = &graph->feeds[i];
    qsort(sorted, n, sizeof *sorted, compare_feeds);
    table = cpsf_table_builder_new(columns, N_COLUMNS);
    for (size_t i = 0; i < n; i++)
        put_feed(table, sorted[i]);
    return cpsf_table_builder_finish(table, error);
}

static gboolean
add_feed(CpsfFeedInfo *info,
         CpsfStatements *statements,
         CpsfFindings *findings,
         void *data,
         GError **error)
{
    return cpsf_graph_builder_add_feed(data, info, statements, findings, error);
}

static CpsfGraph *
read_paths(const char *const *paths,
           gboolean files_only,
           const CpsfReadOptions *options,
           CpsfTable **report,
           GError **error)
{
    static const CpsfReadOptions defaults = CPSF_READ_OPTIONS_INIT;
    g_autoptr(CpsfGraphBuilder) builder = cpsf_graph_builder_new();
    const CpsfIntake intake = {
        .options = options != NULL ? options : &defaults,
        .files_only = files_only,
        .strings = cpsf_graph_builder_get_strings(builder),
        .take = add_feed,
        .data = builder,
    };
    const CpsfFreezeOptions freeze = {
        .now = intake.options->now != 0 ? intake.options->now : cpsf_time_now(),
        .strict = intake.options->strict,
    };

    if (!cpsf_intake_run(&intake, paths, error))
        return NULL;

    g_autoptr(CpsfGraph) graph =
        cpsf_graph_builder_freeze_with(g_steal_pointer(&builder), &freeze, error);

    if (graph == NULL)
        return NULL;
    if (report != NULL) {
        *report = make_report(graph, error);
        if (*report == NULL)
            return NULL;
    }
    return g_steal_pointer(&graph);
}

/**
 * cpsf_graph_read:
 * @paths: (array zero-terminated=1): files, folders (every *.xml below, in order of name; links
 *   and the project's other XML files, such as policies, are passed over), `-` for standard input
 * @options: (nullable): how; %NULL means %CPSF_READ_OPTIONS_INIT
 * @report: (out) (optional) (transfer full): one row a feed, in order of its file name, with the
 *   columns feed, id, version, state, nodes, edges, evidence, items_left_out, code, message, line,
 *   column
 * @error: return location for a [type@GLib.Error], or %NULL
 *
 * Reads what suppliers send into a graph.
 *
 * Each document is recognised by its root element.  One that cannot be used is rejected whole, with
 * the reason in @report, and the others are read; a bad item is left out and is a finding of the
 * graph.  Which versions of a feed count, and how, does not depend on the order of @paths.
 *
 * Cost: O(bytes), and O(n log n) in what they say.  The parser itself needs a few hundred KiB
 * whatever the size of a document.
 *
 * Returns: (transfer full): the graph; %NULL with %CPSF_ERROR_INVALID_VALUE (schemas without
 *   strict, or no such folder), %CPSF_ERROR_NO_MEMORY, %CPSF_ERROR_LIMIT or %CPSF_ERROR_CANCELLED
 *
 * Since: 0.1
 */
CpsfGraph *
cpsf_graph_read(const char *const *paths,
                const CpsfReadOptions *options,
                CpsfTable **report,
                GError **error)
{
    g_return_val_if_fail(paths != NULL, NULL);
    g_return_val_if_fail(error == NULL || *error == NULL, NULL);

    return read_paths(paths, FALSE, options, report, error);
}

/**
 * cpsf_feed_validate:
 * @path: a file, or `-` for standard input
 * @options: (nullable): how; %NULL means %CPSF_READ_OPTIONS_INIT
 * @findings: (out) (transfer full): what is wrong with it; for a rejected feed that is in @report
 * @report: (out) (optional) (transfer full): the one row of cpsf_graph_read()
 * @error: return location for a [type@GLib.Error], or %NULL
 *
 * Reads one document by itself and says what is wrong with it.
 *
 * Returns: %TRUE if it could be judged, whatever the verdict; %FALSE with the errors of
 *   cpsf_graph_read(): both outputs are then %NULL
 *
 * Since: 0.1
 */
gboolean
cpsf_feed_validate(const char *path,
                   const CpsfReadOptions *options,
                   CpsfFindings **findings,
                   CpsfTable **report,
                   GError **error)
{
    g_return_val_if_fail(path != NULL && findings != NULL, FALSE);
    g_return_val_if_fail(error == NULL || *error == NULL, FALSE);

    *findings = NULL;
    if (report != NULL)
        *report = NULL;

    const char *const paths[] = {path, NULL};
    g_autoptr(CpsfGraph) graph = read_paths(paths, TRUE, options, report, error);

    if (graph == NULL)
        return FALSE;
    *findings = cpsf_findings_ref(cpsf_graph_get_findings(graph));
    return TRUE;
}
