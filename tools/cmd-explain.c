/* SPDX-License-Identifier: GPL-2.0-or-later */

/* cpsf explain: all about one node. */

#include "config.h"

#include "answer.h"
#include "lang.h"
#include "message.h"
#include "text.h"
#include "tool.h"

#include <glib/gi18n.h>

int
cmd_explain(const Options *options)
{
    const char *key = options->rest[0];
    g_auto(Session) session = {0};
    g_autoptr(GError) error = NULL;

    if (key == NULL) {
        message_error(_("no key named"));
        return EXIT_USAGE;
    }
    if (!answer_check_outputs(options))
        return EXIT_USAGE;
    if (!session_open(&session, options, options->rest + 1))
        return session.status;

    g_autoptr(CpsfTable) table = cpsf_explain(session.snapshot, session.policy, key, NULL, &error);

    if (table == NULL)
        return message_failure(error);

    g_autoptr(CpsfTable) person =
        cpsf_explain(session.snapshot, session.policy, key, lang_get(), NULL);
    g_autoptr(GPtrArray) settings = g_ptr_array_new();
    g_autofree char *json = text_json(key);

    g_ptr_array_add(settings, (void *) "key");
    g_ptr_array_add(settings, json);

    const Answer answer = {&session, "explain", table, person, settings};
    const int status = answer_write(&answer);

    return status != EXIT_DONE ? status : session.status;
}
