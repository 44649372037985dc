/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Standard error: one record one line, nothing in it that a terminal would obey but our own
 * colours. */

#include "config.h"

#include "message.h"

#include "lang.h"
#include "progress.h"
#include "text.h"
#include "tool.h"

#include <glib/gi18n.h>
#include <stdio.h>
#include <unistd.h>

#define MAX_SHOWN 10 /* findings of one feed on a terminal */

static gboolean quiet;
static gboolean color;

gboolean
message_wants_color(const char *when, int fd)
{
    const char *no = g_getenv("NO_COLOR");
    const char *force = g_getenv("CLICOLOR_FORCE");

    if (!g_str_equal(when, "auto"))
        return g_str_equal(when, "always");
    if (no != NULL && *no != '\0')
        return FALSE;
    if (force != NULL && *force != '\0' && !g_str_equal(force, "0"))
        return TRUE;
    return isatty(fd) && g_strcmp0(g_getenv("TERM"), "dumb") != 0;
}

void
message_setup(gboolean is_quiet, gboolean has_color)
{
    quiet = is_quiet;
    color = has_color;
}

/* One write a line, so that lines of several processes do not mix. */
static void
print_line(const char *before, const char *text, const char *after)
{
    g_autofree char *safe = text_safe(text);
    g_autofree char *line = g_strconcat(before, safe, after, "\n", NULL);

    progress_end();
    fputs(line, stderr);
}

void
message_error(const char *format, ...)
{
    va_list list;

    va_start(list, format);
    g_autofree char *text = g_strdup_vprintf(format, list);
    va_end(list);
    print_line(color ? "\033[1;31mcpsf\033[0m: " : "cpsf: ", text, "");
}

void
message_note(const char *format, ...)
{
    va_list list;

    if (quiet)
        return;
    va_start(list, format);
    g_autofree char *text = g_strdup_vprintf(format, list);
    va_end(list);
    print_line("", text, "");
}

static const char *
severity_word(CpsfSeverity severity)
{
    return severity == CPSF_SEVERITY_ERROR ? _("error") : _("warning");
}

void
message_place(const char *file,
              int64_t line,
              int64_t column,
              CpsfSeverity severity,
              const char *text,
              const char *code)
{
    const char *paint = severity == CPSF_SEVERITY_ERROR ? "\033[1;31m" : "\033[1;33m";

    if (quiet && severity != CPSF_SEVERITY_ERROR)
        return;

    g_autofree char *safe_file = text_safe(*file != '\0' ? file : "(graph)");
    g_autofree char *before = g_strdup_printf(
        "%s:%" G_GINT64_FORMAT ":%" G_GINT64_FORMAT ": %s%s%s: ", safe_file, line, column,
        color ? paint : "", severity_word(severity), color ? "\033[0m" : "");
    g_autofree char *after = g_strdup_printf(" [%s]", code);

    print_line(before, text, after);
}

static void
print_finding(const CpsfFinding *finding)
{
    g_autofree char *text = cpsf_finding_get_text(finding, lang_translate);

    message_place(finding->file, finding->line, finding->column,
                  cpsf_finding_code_get_severity(finding->code), text,
                  cpsf_finding_code_get_name(finding->code));
}

/* Findings [first, end) are of one feed. */
static void
print_findings_of_feed(const CpsfFindings *findings, size_t first, size_t end, size_t most)
{
    for (size_t i = first; i < end && i - first < most; i++)
        print_finding(cpsf_findings_get(findings, i));
    if (end - first > most && !quiet)
        message_note(ngettext("… and %zu more finding in %s (-f json lists all)",
                              "… and %zu more findings in %s (-f json lists all)",
                              end - first - most),
                     end - first - most, cpsf_findings_get(findings, first)->file);
}

void
message_findings(const CpsfFindings *findings)
{
    const size_t n = cpsf_findings_get_n(findings);
    const size_t most = isatty(STDERR_FILENO) && !quiet ? MAX_SHOWN : SIZE_MAX;
    size_t first = 0;

    for (size_t i = 1; i <= n; i++) {
        if (i < n && g_str_equal(cpsf_findings_get(findings, i)->file,
                                 cpsf_findings_get(findings, first)->file))
            continue;
        print_findings_of_feed(findings, first, i, most);
        first = i;
    }
}

int
message_failure(const GError *error)
{
    message_error("%s", error->message);
    if (error->domain != CPSF_ERROR)
        return EXIT_INTERNAL;
    switch ((CpsfError) error->code) {
    case CPSF_ERROR_INVALID_VALUE:
        return EXIT_USAGE;
    case CPSF_ERROR_INVALID_DATA:
    case CPSF_ERROR_UNSUPPORTED:
    case CPSF_ERROR_NOT_FOUND:
    case CPSF_ERROR_LIMIT:
    case CPSF_ERROR_IO:
        return EXIT_UNUSABLE;
    case CPSF_ERROR_INTERNAL:
    case CPSF_ERROR_NO_MEMORY:
    case CPSF_ERROR_NOT_CONVERGED:
    case CPSF_ERROR_CANCELLED:
        break;
    }
    return EXIT_INTERNAL;
}
