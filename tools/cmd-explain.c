/* SPDX-License-Identifier: GPL-2.0-or-later */

/* cpsf explain: all about one node. */

#include "config.h"

#include "answer.h"
#include "lang.h"
#include "message.h"
#include "text.h"
#include "tool.h"

#include <glib/gi18n.h>
#include <string.h>

#define MAX_LIKELY 5 /* nodes that are named when a key is of none */

static gboolean
holds_text(const char *text, const char *part)
{
    g_autofree char *folded = g_utf8_casefold(text, -1);

    return strstr(folded, part) != NULL;
}

/* A table shows long keys cut, and a person may know the name alone: names nodes that could have
 * been meant. */
static void
suggest_nodes(const CpsfGraph *graph, const char *text)
{
    const int32_t n = cpsf_graph_get_n_nodes(graph);
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    g_autofree char *part = g_utf8_casefold(valid, -1);
    int n_found = 0;

    for (int32_t node = 0; node < n && *part != '\0' && n_found < MAX_LIKELY; node++) {
        const char *key = cpsf_graph_get_key(graph, node);
        const char *name = cpsf_graph_get_name(graph, node, lang_get());

        if (!holds_text(key, part) && !holds_text(name, part))
            continue;
        n_found++;
        if (*name != '\0')
            message_note(_("did you mean %s (%s)?"), key, name);
        else
            message_note(_("did you mean %s?"), key);
    }
}

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

    if (table == NULL) {
        const int status = message_failure(error);

        if (g_error_matches(error, CPSF_ERROR, CPSF_ERROR_NOT_FOUND))
            suggest_nodes(session.graph, key);
        return status;
    }

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
