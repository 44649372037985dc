/* SPDX-License-Identifier: GPL-2.0-or-later */

/* cpsf feed validate: what is wrong with a document. */

#include "config.h"

#include "answer.h"
#include "message.h"
#include "text.h"
#include "tool.h"

#include <glib/gi18n.h>

static int
validate(const Options *options)
{
    g_auto(Session) session = {0};
    const gboolean is_usable = session_open(&session, options, options->rest + 1);
    const Answer answer = {&session, "feed validate", session.report, NULL, NULL};
    int status;

    if (session.report == NULL || session.n_feeds == 0)
        return session.status;
    if (!is_usable && session.status != EXIT_UNUSABLE)
        return session.status;
    status = answer_write(&answer);
    return status != EXIT_DONE ? status : session.status;
}

int
cmd_feed(const Options *options)
{
    static const char *const verbs[] = {"validate", NULL};
    const char *verb = options->rest[0];

    if (verb == NULL) {
        message_error(_("feed what? validate"));
        return EXIT_USAGE;
    }
    if (!g_str_equal(verb, "validate")) {
        const char *near = text_nearest(verb, verbs);

        if (near != NULL)
            message_error(_("unknown command “feed %s”; did you mean “feed %s”?"), verb, near);
        else
            message_error(_("unknown command “feed %s”"), verb);
        return EXIT_USAGE;
    }
    return answer_check_outputs(options) ? validate(options) : EXIT_USAGE;
}
