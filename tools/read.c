/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Policy and feeds into a snapshot, and what was wrong with them onto standard error. */

#include "config.h"

#include "read.h"

#include "lang.h"
#include "message.h"
#include "progress.h"
#include "tool.h"

#include <glib/gi18n.h>
#include <string.h>

/* clang-format off */
/* Why a whole feed is rejected, for those whose language the library does not speak. */
static const struct {
    const char *code;
    const char *text;
} rejections[] = {
    {"malformed", N_("not well-formed XML")},
    {"doctype", N_("a document type declaration is not accepted")},
    {"encoding", N_("the encoding is wrong or not accepted")},
    {"limit-bytes", N_("more bytes than --max-bytes")},
    {"limit-depth", N_("deeper than --max-depth")},
    {"limit-attributes", N_("more attributes than --max-attributes")},
    {"limit-namespaces", N_("more namespaces than --max-namespaces")},
    {"limit-lookahead", N_("a tag or comment longer than --max-lookahead")},
    {"limit-names", N_("more names than --max-names")},
    {"limit-text", N_("more text than --max-text")},
    {"limit-elements", N_("more elements than --max-elements")},
    {"truncated", N_("the document ends too early")},
    {"unsupported", N_("no format or version that can be read")},
    {"rollback", N_("older than a version already accepted")},
    {"equivocation", N_("two different documents claim to be the same version")},
    {"future", N_("issued in the future")},
    {"unreadable", N_("cannot be read")},
};
/* clang-format on */

/* What the library says in English, with a translation of its gist before it where there is one. */
static char *
rejection_text(const char *code, const char *message)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rejections); i++) {
        const char *gist = rejections[i].text;

        if (!g_str_equal(code, rejections[i].code) || gettext(gist) == gist)
            continue;
        /* Translators: gist of what is wrong, and the details, which are in English. */
        return g_strdup_printf(C_("rejection", "%s (%s)"), gettext(gist), message);
    }
    return g_strdup(message);
}

/* Prints each rejected feed of the report, and counts. */
static void
print_rejections(Session *self)
{
    const CpsfTable *report = self->report;
    const int feed = cpsf_table_find_column(report, "feed");
    const int state = cpsf_table_find_column(report, "state");
    const int code = cpsf_table_find_column(report, "code");
    const int message = cpsf_table_find_column(report, "message");
    const int line = cpsf_table_find_column(report, "line");
    const int column = cpsf_table_find_column(report, "column");

    self->n_feeds = cpsf_table_get_n_rows(report);
    for (int64_t row = 0; row < self->n_feeds; row++) {
        if (!g_str_equal(cpsf_table_get_utf8(report, state, row), "rejected"))
            continue;

        const char *word = cpsf_table_get_utf8(report, code, row);
        g_autofree char *text = rejection_text(word, cpsf_table_get_utf8(report, message, row));

        self->n_rejected++;
        message_place(
            cpsf_table_get_utf8(report, feed, row),
            cpsf_table_is_null(report, line, row) ? 0 : cpsf_table_get_int64(report, line, row),
            cpsf_table_is_null(report, column, row) ? 0 : cpsf_table_get_int64(report, column, row),
            CPSF_SEVERITY_ERROR, text, word);
    }
}

/* A fault in a policy file comes as "FILE:LINE:COLUMN: text": then it is printed like a finding. */
static int
policy_failure(const char *file, const GError *error)
{
    const size_t length = strlen(file);
    char *end = NULL;

    if (strncmp(error->message, file, length) != 0 || error->message[length] != ':') {
        message_failure(error);
        return EXIT_UNUSABLE;
    }

    const gint64 line = g_ascii_strtoll(error->message + length + 1, &end, 10);
    const gint64 column = *end == ':' ? g_ascii_strtoll(end + 1, &end, 10) : 0;

    end += strspn(end, ": "); /* without a place only a blank is left */
    message_place(file, line, column, CPSF_SEVERITY_ERROR, end, "policy");
    return EXIT_UNUSABLE;
}

CpsfPolicy *
read_policy(const Options *options, int *status)
{
    g_autoptr(GError) error = NULL;
    const char *file = options->policy;
    CpsfPolicy *policy = file != NULL ? cpsf_policy_load(file, &error) : cpsf_policy_new_default();

    if (policy == NULL) /* without a file: no memory */
        *status = file != NULL ? policy_failure(file, error) : EXIT_INTERNAL;
    return policy;
}

static gboolean
read_feeds(Session *self, char **feeds)
{
    const Options *o = self->options;
    const CpsfReadOptions reading = {
        .limits = o->limits,
        .strict = o->strict,
        .schemas = o->schemas,
        .progress = progress_report,
    };
    g_autoptr(GError) error = NULL;

    self->graph = cpsf_graph_read((const char *const *) feeds, &reading, &self->report, &error);
    progress_end();
    if (self->graph == NULL) {
        self->status = message_failure(error);
        return FALSE;
    }
    print_rejections(self);
    self->status = self->n_rejected > 0 ? EXIT_FOUND : EXIT_DONE;
    if (self->n_feeds > self->n_rejected)
        return TRUE;
    self->status = EXIT_UNUSABLE;
    if (self->n_feeds == 0)
        message_error(_("no feed there"));
    return FALSE;
}

gboolean
session_open(Session *self, const Options *options, char **feeds)
{
    g_autoptr(GError) error = NULL;

    self->options = options;
    if (feeds[0] == NULL) {
        message_error(_("no feed named (a file, a folder, or - for standard input)"));
        self->status = EXIT_USAGE;
        return FALSE;
    }
    self->policy = read_policy(options, &self->status);
    if (self->policy == NULL || !read_feeds(self, feeds))
        return FALSE;
    self->snapshot = cpsf_graph_snapshot(self->graph, options->at, &error);
    if (self->snapshot == NULL) {
        self->status = message_failure(error);
        return FALSE;
    }
    if (!options->no_findings) {
        g_autoptr(CpsfFindings) findings = cpsf_check_findings(self->snapshot, self->policy);

        message_findings(findings);
    }
    return TRUE;
}

void
session_clear(Session *self)
{
    g_clear_pointer(&self->snapshot, cpsf_snapshot_unref);
    g_clear_pointer(&self->report, cpsf_table_unref);
    g_clear_pointer(&self->graph, cpsf_graph_unref);
    g_clear_pointer(&self->policy, cpsf_policy_unref);
}

void
session_summarize(const Session *self, const char *what)
{
    const long long n = cpsf_snapshot_get_n_nodes(self->snapshot);
    const long long m = cpsf_snapshot_get_n_edges(self->snapshot);
    g_autofree char *at = cpsf_time_format(self->options->at);
    g_autofree char *nodes = g_strdup_printf(ngettext("%lld node", "%lld nodes", (gulong) n), n);
    g_autofree char *edges = g_strdup_printf(ngettext("%lld edge", "%lld edges", (gulong) m), m);

    /* Translators: what was found; nodes, edges, moment. */
    message_note(_("%s; %s, %s, at %s"), what, nodes, edges, at);
}
