/* SPDX-License-Identifier: GPL-2.0-or-later */

/* cpsf explain: all about one node. */

#include "config.h"

#include "answer.h"
#include "interrupt.h"
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

static CpsfTable *
ask(const Session *session, const char *key, const char *lang, GError **error)
{
    const Options *o = session->options;
    g_autoptr(GCancellable) cancellable = g_cancellable_new();
    const CpsfExplainOptions how = {
        .lang = lang,
        .worlds = o->worlds,
        .seed = o->seed,
        .threads = o->threads,
        .cancellable = cancellable,
        .progress = interrupt_progress,
        .progress_data = cancellable,
    };

    interrupt_begin();

    CpsfTable *table = cpsf_explain(session->snapshot, session->policy, key, &how, error);

    interrupt_end();
    return table;
}

/* Whether some output, or none, is a table for a person. */
static gboolean
asks_for(const Options *options, gboolean for_person)
{
    if (g_str_equal(options->format, "table") == for_person)
        return TRUE;
    for (int i = 0; options->outputs != NULL && options->outputs[i] != NULL; i++)
        if (g_str_has_prefix(options->outputs[i], "table=") == for_person)
            return TRUE;
    return FALSE;
}

/* What can change the answer, besides what every question takes. */
static GPtrArray *
list_settings(const Options *options, const char *key)
{
    const gint64 worlds = options->worlds > 0 ? options->worlds : CPSF_WORLDS_DEFAULT;
    GPtrArray *settings = g_ptr_array_new_with_free_func(g_free);

    g_ptr_array_add(settings, g_strdup("key"));
    g_ptr_array_add(settings, text_json(key));
    g_ptr_array_add(settings, g_strdup("worlds"));
    g_ptr_array_add(settings, g_strdup_printf("%" G_GINT64_FORMAT, worlds));
    g_ptr_array_add(settings, g_strdup("seed"));
    g_ptr_array_add(settings, g_strdup_printf("%" G_GUINT64_FORMAT, options->seed));
    return settings;
}

int
cmd_explain(const Options *options)
{
    const char *key = options->rest[0];
    g_auto(Session) session = {0};
    g_autoptr(GError) error = NULL;
    g_autoptr(CpsfTable) table = NULL;
    g_autoptr(CpsfTable) person = NULL;

    if (key == NULL) {
        message_error(_("no key named"));
        return EXIT_USAGE;
    }
    if (!answer_check_outputs(options))
        return EXIT_USAGE;
    if (!session_open(&session, options, options->rest + 1))
        return session.status;

    /* each asks for worlds of its own: only what is wanted */
    if (asks_for(options, TRUE))
        person = ask(&session, key, lang_get(), &error);
    if (error == NULL)
        table =
            asks_for(options, FALSE) ? ask(&session, key, NULL, &error) : cpsf_table_ref(person);
    if (error != NULL) {
        const int status = message_failure(error);

        if (g_error_matches(error, CPSF_ERROR, CPSF_ERROR_NOT_FOUND))
            suggest_nodes(session.graph, key);
        return status;
    }

    g_autoptr(GPtrArray) settings = list_settings(options, key);
    const Answer answer = {&session, "explain", table, person, settings};
    const int status = answer_write(&answer);

    return status != EXIT_DONE ? status : session.status;
}
