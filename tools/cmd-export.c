/* SPDX-License-Identifier: GPL-2.0-or-later */

/* cpsf export: the graph, for other programs. */

#include "config.h"

#include "message.h"
#include "output.h"
#include "read.h"
#include "text.h"
#include "tool.h"

#include <glib/gi18n.h>

/* In the order of CpsfExport. */
static const char *const formats[] = {"graphml", "dot", "csv", "json", "feed", NULL};

static int
find_format(const char *format)
{
    for (int i = 0; formats[i] != NULL; i++)
        if (g_str_equal(formats[i], format))
            return i;
    return -1;
}

/* An OutputWriter.  Only what draws a picture has labels in a language. */
static gboolean
write_export(
    const char *format, gboolean is_stdout, GOutputStream *stream, void *data, GError **error)
{
    const Session *session = data;
    const CpsfExport what = (CpsfExport) find_format(format);
    const gboolean has_labels = what == CPSF_EXPORT_GRAPHML || what == CPSF_EXPORT_DOT;

    (void) is_stdout;
    return cpsf_snapshot_export(session->snapshot, what, has_labels ? session->options->lang : NULL,
                                stream, error);
}

/* FALSE with a message if @format is none. */
static gboolean
check_format(const char *format)
{
    g_autofree char *allowed = g_strjoinv(", ", (char **) formats);

    if (format == NULL)
        message_error(_("no format named: %s"), allowed);
    else if (find_format(format) < 0)
        message_error(_("%s: “%s” is none of %s"), "export", format, allowed);
    return format != NULL && find_format(format) >= 0;
}

int
cmd_export(const Options *options)
{
    const char *format = options->rest[0];
    g_auto(Session) session = {0};

    if (!check_format(format) || !output_check(options->outputs, formats))
        return EXIT_USAGE;
    if (!session_open(&session, options, options->rest + 1))
        return session.status;

    const int status = output_write(format, options->outputs, write_export, &session);

    return status != EXIT_DONE ? status : session.status;
}
