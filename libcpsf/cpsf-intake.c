/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Paths into a list of documents, and each document through the XML door into statements.  A
 * document that cannot be used is rejected by itself.
 */

#include "config.h"

#include "cpsf-intake-private.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cpsf-ingest-private.h"
#include "cpsf-stream-private.h"

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
    const CpsfIntake *intake;
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
    const CpsfReadOptions *options = pass->reading->intake->options;

    options->progress(pass->reading->done + bytes, pass->reading->total, pass->ingest.info.file,
                      options->progress_data);
}

static gboolean
read_stream(Pass *pass, GInputStream *stream, CpsfXmlFault *fault, GError **error)
{
    const CpsfReadOptions *options = pass->reading->intake->options;
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
    const CpsfIntake *intake = pass->reading->intake;
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
        return intake->take(&ingest->info, &ingest->statements, ingest->findings, intake->data,
                            error);
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
                .strings = reading->intake->strings,
                .findings = cpsf_findings_new(),
                .info = {.file = g_utf8_make_valid(document->path, -1),
                         .issued = CPSF_TIME_ALWAYS_BEFORE},
            },
    };
    const gboolean is_read = read_pass(&pass, error);

    cpsf_ingest_clear(&pass.ingest);
    return is_read;
}

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

        if (g_cancellable_is_cancelled(reading->intake->options->cancellable))
            return cpsf_fail(error, CPSF_ERROR_CANCELLED, "cancelled");
        if (!read_document(reading, document, error))
            return FALSE;
        reading->done += document->size;
    }
    return TRUE;
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

gboolean
cpsf_intake_run(const CpsfIntake *self, const char *const *paths, GError **error)
{
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(document_free);
    Reading reading = {.intake = self};

    if (!check_options(self->options, error))
        return FALSE;
    for (; *paths != NULL; paths++)
        if (self->files_only && g_file_test(*paths, G_FILE_TEST_IS_DIR))
            add_document(list, *paths, cpsf_stream_problem(EISDIR), 0, FALSE);
        else
            add_path(list, *paths);
    return read_all(&reading, list, error);
}
