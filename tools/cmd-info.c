/* SPDX-License-Identifier: GPL-2.0-or-later */

/* cpsf info: what is in it. */

#include "config.h"

#include "answer.h"
#include "message.h"
#include "tool.h"

#include <glib/gi18n.h>

int
cmd_info(const Options *options)
{
    g_auto(Session) session = {0};
    g_autoptr(GError) error = NULL;

    if (!answer_check_outputs(options))
        return EXIT_USAGE;
    if (!session_open(&session, options, options->rest))
        return session.status;

    g_autoptr(CpsfTable) table = cpsf_info(session.snapshot, &error);

    if (table == NULL)
        return message_failure(error);

    const Answer answer = {&session, "info", table, NULL, NULL};
    const int status = answer_write(&answer);
    const long long n = session.n_feeds - session.n_rejected;
    g_autofree char *feeds = g_strdup_printf(ngettext("%lld feed", "%lld feeds", (gulong) n), n);

    if (status != EXIT_DONE)
        return status;
    session_summarize(&session, feeds);
    return session.status;
}
