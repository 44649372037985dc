/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Reading feeds: paths into a list of documents, each document through the XML door into
 * statements, the statements into a graph, and one row of the report for each.  A document that
 * cannot be used is rejected by itself.
 */

#include "config.h"

#include "cpsf-read.h"

#include "cpsf-graph-private.h"
#include "cpsf-ingest-private.h"
#include "cpsf-stream-private.h"
#include "cpsf-table-private.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#define MAX_FOLDERS 64 /* below the one named */

static const CpsfIngestDialect *const dialects[] = {&cpsf_ingest_cpsf, &cpsf_ingest_cyclonedx};

/* Roots that are XML files of other uses: passed over in folders where feeds may lie too. */
static const char *const other_uses[] = {
    "urn:libcpsf:policy:",
    "urn:libcpsf:catalogue:",
    "urn:oasis:names:tc:entity:xmlns:xml:catalog",
    "http://relaxng.org/ns/structure/1.0",
    "http://www.w3.org/2001/XMLSchema",
};

/* --- which documents -------------------------------------------------------------------------- */

typedef struct {
    char *path;    /* (owned) */
    char *problem; /* (owned) (nullable): why it cannot be read */
    uint64_t size; /* bytes; 0 = not known */
    gboolean is_from_folder;
} Document;

static void
document_free(void *data)
{
    Document *self = data;

    g_free(self->path);
    g_free(self->problem);
    g_free(self);
}

static void
add_document(GPtrArray *list, const char *path, const char *problem, off_t size, gboolean is_found)
{
    Document *self = g_new0(Document, 1);

    self->path = g_strdup(path);
    self->problem = g_strdup(problem);
    self->size = (uint64_t) MAX(size, 0);
    self->is_from_folder = is_found;
    g_ptr_array_add(list, self);
}

static int
compare_strings(const void *a, const void *b)
{
    return strcmp(*(const char *const *) a, *(const char *const *) b);
}

/* Every *.xml in @folder and below, by name.  Links and what is no file are passed over. */
static void
add_folder(GPtrArray *list, const char *folder, int depth)
{
    GDir *dir = depth < MAX_FOLDERS ? g_dir_open(folder, 0, NULL) : NULL;
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    const char *name;

    if (dir == NULL) {
        add_document(list, folder, "the folder may not be read, or is too deep", 0, FALSE);
        return;
    }
    while ((name = g_dir_read_name(dir)) != NULL)
        g_ptr_array_add(names, g_strdup(name));
    g_dir_close(dir);
    g_ptr_array_sort(names, compare_strings);
    for (guint i = 0; i < names->len; i++) {
        g_autofree char *path = g_build_filename(folder, names->pdata[i], NULL);
        GStatBuf info;

        if (g_lstat(path, &info) != 0)
            continue;
        if (S_ISDIR(info.st_mode))
            add_folder(list, path, depth + 1);
        else if (S_ISREG(info.st_mode) && g_str_has_suffix(path, ".xml"))
            add_document(list, path, NULL, info.st_size, TRUE);
    }
}

static void
add_path(GPtrArray *list, const char *path)
{
    GStatBuf info;

    if (strcmp(path, "-") == 0)
        add_document(list, path, NULL, 0, FALSE);
    else if (g_stat(path, &info) != 0)
        add_document(list, path, cpsf_stream_problem(errno), 0, FALSE);
    else if (S_ISDIR(info.st_mode))
        add_folder(list, path, 0);
    else
        add_document(list, path, NULL, S_ISREG(info.st_mode) ? info.st_size : 0, FALSE);
}

/* --- one document ----------------------------------------------------------------------------- */

typedef struct {
    const CpsfReadOptions *options;
    CpsfGraphBuilder *builder;
    uint64_t done;  /* bytes of the documents before */
    uint64_t total; /* 0 = not known */
} Reading;

typedef struct {
    const Reading *reading;
    const Document *document;
    CpsfIngest ingest;
    const CpsfIngestDialect *dialect;
    gboolean is_other_use;
} Pass;

static const CpsfXmlDialect *
sniff(void *data,
      const char *namespace_uri,
      const char *root,
      CpsfXmlReader *reader,
      void **user,
      GError **error)
{
    Pass *pass = data;
    GError *cause = NULL;

    for (size_t i = 0; i < G_N_ELEMENTS(dialects); i++) {
        const CpsfXmlDialect *found =
            dialects[i]->open(&pass->ingest, namespace_uri, root, reader, &cause);

        if (cause != NULL) {
            g_propagate_error(error, cause);
            return NULL;
        }
        if (found == NULL)
            continue;
        pass->dialect = dialects[i];
        *user = pass->ingest.dialect_data;
        return found;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(other_uses); i++)
        pass->is_other_use |= g_str_has_prefix(namespace_uri, other_uses[i]);
    if (namespace_uri[0] == '\0')
        return cpsf_fail_null(error, CPSF_ERROR_UNSUPPORTED,
                              "no format has the root element %.60s without a namespace", root);
    return cpsf_fail_null(error, CPSF_ERROR_UNSUPPORTED,
                          "no format has the root element %.60s of namespace %.100s", root,
                          namespace_uri);
}

static void
report_progress(uint64_t bytes, void *data)
{
    const Pass *pass = data;
    const CpsfReadOptions *options = pass->reading->options;

    options->progress(pass->reading->done + bytes, pass->reading->total, pass->ingest.info.file,
                      options->progress_data);
}

static gboolean
read_stream(Pass *pass, GInputStream *stream, CpsfXmlFault *fault, GError **error)
{
    const CpsfReadOptions *options = pass->reading->options;
    CpsfIngest *ingest = &pass->ingest;
    const CpsfXmlOptions xml = {
        .limits = options->limits,
        .sniff = sniff,
        .data = pass,
        .schemas = options->strict ? options->schemas : NULL,
        .findings = ingest->findings,
        .file = ingest->info.file,
        .cancellable = options->cancellable,
        .progress = options->progress != NULL ? report_progress : NULL,
        .progress_data = pass,
    };

    if (!cpsf_xml_read(stream, &xml, ingest->info.digest, fault, error))
        return FALSE;
    if (pass->dialect->close != NULL && ingest->broken == NULL &&
        !pass->dialect->close(ingest, error))
        return FALSE;
    return ingest->broken != NULL || cpsf_ingest_settle(ingest, error);
}

/* Whether the feed is to blame; everything else ends the reading of all. */
static gboolean
is_of_feed(const GError *error)
{
    return g_error_matches(error, CPSF_ERROR, CPSF_ERROR_INVALID_DATA) ||
           g_error_matches(error, CPSF_ERROR, CPSF_ERROR_UNSUPPORTED) ||
           g_error_matches(error, CPSF_ERROR, CPSF_ERROR_LIMIT) ||
           g_error_matches(error, CPSF_ERROR, CPSF_ERROR_IO);
}

static void
reject(CpsfFeedInfo *info, CpsfXmlFault fault, const char *message)
{
    info->state = CPSF_FEED_REJECTED;
    g_free(info->code);
    g_free(info->message);
    info->code = g_strdup(cpsf_finding_code_get_name(fault.code));
    info->message = g_strdup(message);
    info->line = fault.line;
    info->column = fault.column;
    info->items_left_out = 0;
}

static gboolean
read_pass(Pass *pass, GError **error)
{
    CpsfXmlFault fault = {CPSF_FINDING_UNREADABLE, 0, 0};
    CpsfIngest *ingest = &pass->ingest;
    g_autoptr(GInputStream) stream = NULL;
    GError *cause = NULL;

    if (pass->document->problem != NULL)
        cpsf_fail(&cause, CPSF_ERROR_IO, "%s", pass->document->problem);
    else
        stream = cpsf_stream_open(pass->document->path, &cause);
    if (stream != NULL)
        read_stream(pass, stream, &fault, &cause);
    if (ingest->broken != NULL) {
        g_clear_error(&cause);
        cause = g_steal_pointer(&ingest->broken);
    } else if (cause != NULL && is_of_feed(cause)) {
        if (pass->is_other_use && pass->document->is_from_folder) {
            g_error_free(cause);
            return TRUE;
        }
        reject(&ingest->info, fault, cause->message);
        g_clear_error(&cause);
    }
    if (cause == NULL)
        return cpsf_graph_builder_add_feed(pass->reading->builder, &ingest->info,
                                           &ingest->statements, ingest->findings, error);
    g_propagate_error(error, cause);
    return FALSE;
}

static gboolean
read_document(const Reading *reading, const Document *document, GError **error)
{
    Pass pass = {
        .reading = reading,
        .document = document,
        .ingest =
            {
                .strings = cpsf_graph_builder_get_strings(reading->builder),
                .findings = cpsf_findings_new(),
                .info = {.file = g_utf8_make_valid(document->path, -1),
                         .issued = CPSF_TIME_ALWAYS_BEFORE},
            },
    };
    const gboolean is_read = read_pass(&pass, error);

    cpsf_ingest_clear(&pass.ingest);
    return is_read;
}

/* --- the report ------------------------------------------------------------------------------- */

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

/* --- all of them ------------------------------------------------------------------------------ */

static gboolean
read_all(Reading *reading, const GPtrArray *list, GError **error)
{
    for (guint i = 0; i < list->len; i++) {
        const Document *document = list->pdata[i];

        if (document->size == 0 && document->problem == NULL) { /* one of unknown size */
            reading->total = 0;
            break;
        }
        reading->total += document->size;
    }
    for (guint i = 0; i < list->len; i++) {
        const Document *document = list->pdata[i];

        if (g_cancellable_is_cancelled(reading->options->cancellable))
            return cpsf_fail(error, CPSF_ERROR_CANCELLED, "cancelled");
        if (!read_document(reading, document, error))
            return FALSE;
        reading->done += document->size;
    }
    return TRUE;
}

static CpsfGraph *
read_list(const GPtrArray *list, const CpsfReadOptions *options, CpsfTable **report, GError **error)
{
    g_autoptr(CpsfGraphBuilder) builder = cpsf_graph_builder_new();
    Reading reading = {.options = options, .builder = builder};
    const CpsfFreezeOptions freeze = {
        .now = options->now != 0 ? options->now : cpsf_time_now(),
        .strict = options->strict,
    };
    g_autoptr(CpsfGraph) graph = NULL;

    if (!read_all(&reading, list, error))
        return NULL;
    graph = cpsf_graph_builder_freeze_with(g_steal_pointer(&builder), &freeze, error);
    if (graph == NULL)
        return NULL;
    if (report != NULL) {
        *report = make_report(graph, error);
        if (*report == NULL)
            return NULL;
    }
    return g_steal_pointer(&graph);
}

static gboolean
check_options(const CpsfReadOptions *options, GError **error)
{
    if (options->schemas != NULL && !options->strict)
        return cpsf_fail(error, CPSF_ERROR_INVALID_VALUE, "schemas are for strict reading only");
    if (options->schemas != NULL && !g_file_test(options->schemas, G_FILE_TEST_IS_DIR))
        return cpsf_fail(error, CPSF_ERROR_INVALID_VALUE, "schemas: %s is no folder",
                         options->schemas);
    return TRUE;
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
    static const CpsfReadOptions defaults = CPSF_READ_OPTIONS_INIT;
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(document_free);

    g_return_val_if_fail(paths != NULL, NULL);
    g_return_val_if_fail(error == NULL || *error == NULL, NULL);

    if (options == NULL)
        options = &defaults;
    if (!check_options(options, error))
        return NULL;
    for (; *paths != NULL; paths++)
        add_path(list, *paths);
    return read_list(list, options, report, error);
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
    static const CpsfReadOptions defaults = CPSF_READ_OPTIONS_INIT;
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(document_free);
    g_autoptr(CpsfGraph) graph = NULL;

    g_return_val_if_fail(path != NULL && findings != NULL, FALSE);
    g_return_val_if_fail(error == NULL || *error == NULL, FALSE);

    *findings = NULL;
    if (report != NULL)
        *report = NULL;
    if (options == NULL)
        options = &defaults;
    if (!check_options(options, error))
        return FALSE;
    if (g_file_test(path, G_FILE_TEST_IS_DIR))
        add_document(list, path, cpsf_stream_problem(EISDIR), 0, FALSE);
    else
        add_path(list, path);
    graph = read_list(list, options, report, error);
    if (graph == NULL)
        return FALSE;
    *findings = cpsf_findings_ref(cpsf_graph_get_findings(graph));
    return TRUE;
}
