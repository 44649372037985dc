/* SPDX-License-Identifier: GPL-2.0-or-later */

/* cpsf blast: how far each node's failure reaches. */

#include "config.h"

#include "answer.h"
#include "figures.h"
#include "interrupt.h"
#include "message.h"
#include "options-impact.h"
#include "tool.h"

#include <glib/gi18n.h>

/* How many figures are bounds. */
static int64_t
count_bounds(const CpsfTable *table)
{
    const int bound = cpsf_table_find_column(table, "bound");
    int64_t n = 0;

    for (int64_t row = 0; row < cpsf_table_get_n_rows(table); row++)
        n += !cpsf_table_is_null(table, bound, row);
    return n;
}

static void
summarize(const Session *session, const CpsfTable *table)
{
    const Options *o = session->options;
    const long long worlds = o->worlds > 0 ? o->worlds : CPSF_WORLDS_DEFAULT;
    const long long bounds = count_bounds(table);
    g_autofree char *text = g_strdup_printf(
        ngettext("%lld world, largest relative standard error %.2g",
                 "%lld worlds, largest relative standard error %.2g", (gulong) worlds),
        worlds, figures_find_largest(table, "rel_stderr"));

    session_summarize(session, text);
    if (bounds > 0)
        message_note(ngettext("%lld figure is a lower bound, since redundancy is left out; "
                              "“cpsf impact --static” has none",
                              "%lld figures are lower bounds, since redundancy is left out; "
                              "“cpsf impact --static” has none",
                              (gulong) bounds),
                     bounds);
}

static CpsfTable *
ask(const Session *session, GError **error)
{
    const Options *o = session->options;
    g_autoptr(GCancellable) cancellable = g_cancellable_new();
    const CpsfBlastOptions how = {
        .effect = (CpsfEffect) o->effect,
        .layer = o->layer,
        .worlds = o->worlds,
        .seed = o->seed,
        .threads = o->threads,
        .cancellable = cancellable,
        .progress = interrupt_progress,
        .progress_data = cancellable,
    };

    interrupt_begin();

    CpsfTable *table = cpsf_blast(session->snapshot, session->policy, &how, error);

    interrupt_end();
    return table;
}

int
cmd_blast(const Options *options)
{
    g_auto(Session) session = {0};
    g_autoptr(GError) error = NULL;

    if (!answer_check_outputs(options))
        return EXIT_USAGE;
    if (!session_open(&session, options, options->rest))
        return session.status;

    g_autoptr(CpsfTable) table = ask(&session, &error);

    if (table == NULL)
        return message_failure(error);

    g_autoptr(GPtrArray) settings = g_ptr_array_new_with_free_func(g_free);

    options_list_blast(options, settings);

    const Answer answer = {&session, "blast", table, NULL, settings};
    const int status = answer_write(&answer);

    if (status != EXIT_DONE)
        return status;
    summarize(&session, table);
    return session.status;
}
