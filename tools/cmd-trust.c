/* SPDX-License-Identifier: GPL-2.0-or-later */

/* cpsf trust: how far each node can be trusted. */

#include "config.h"

#include "answer.h"
#include "interrupt.h"
#include "message.h"
#include "options-sampling.h"
#include "tool.h"

#include <glib/gi18n.h>
#include <math.h>

/* What the answer rests on, its largest standard error if it was sampled. */
static char *
describe_worlds(const CpsfTrustReport *report, double largest)
{
    const long long worlds = report->worlds;

    if (report->outcomes > 0)
        return g_strdup_printf(ngettext("exact: %lld outcome of %d chance events",
                                        "exact: %lld outcomes of %d chance events",
                                        (gulong) report->outcomes),
                               (long long) report->outcomes, report->events);
    return g_strdup_printf(ngettext("%lld world, largest standard error %.2g",
                                    "%lld worlds, largest standard error %.2g", (gulong) worlds),
                           worlds, largest);
}

static char *
describe_fixed_point(const char *name, const CpsfTrustReport *report)
{
    const int n = report->iterations;
    g_autofree char *text =
        g_strdup_printf(ngettext("%s: %d iteration, last change %.2g",
                                 "%s: %d iterations, last change %.2g", (gulong) n),
                        name, n, report->residual);

    if (isnan(report->error_bound))
        return g_steal_pointer(&text);
    /* Translators: the iteration, and how far its result may be from the fixed point. */
    return g_strdup_printf(_("%s, at most %.2g from the fixed point"), text, report->error_bound);
}

/* The largest of a column of numbers; 0 if there are none. */
static double
find_largest(const CpsfTable *table, const char *name)
{
    const int column = cpsf_table_find_column(table, name);
    double largest = 0;

    for (int64_t row = 0; row < cpsf_table_get_n_rows(table); row++)
        if (!cpsf_table_is_null(table, column, row))
            largest = MAX(largest, cpsf_table_get_double(table, column, row));
    return largest;
}

static void
summarize(const Session *session, const CpsfTable *table, const CpsfTrustReport *report)
{
    const Options *o = session->options;
    const double largest = find_largest(table, "stderr");
    g_autofree char *text = NULL;

    switch (o->model) {
    case CPSF_TRUST_WORLDS:
        text = describe_worlds(report, largest);
        break;
    case CPSF_TRUST_WEAKEST:
        text = g_strdup(_("weakest link"));
        break;
    case CPSF_TRUST_EBSL:
        text = describe_fixed_point("EBSL", report);
        break;
    case CPSF_TRUST_EIGENTRUST:
        text = describe_fixed_point("EigenTrust", report);
        break;
    }
    session_summarize(session, text);
    if (o->target_stderr > 0 && largest > o->target_stderr)
        message_note(_("the standard error asked for, %g, was not reached in %lld worlds"),
                     o->target_stderr, (long long) report->worlds);
}

/* Says what else can be done about an answer that was refused. */
static int
fail(const Options *o, const GError *error)
{
    const int status = message_failure(error);

    if (o->method == CPSF_METHOD_EXACT && g_error_matches(error, CPSF_ERROR, CPSF_ERROR_LIMIT))
        message_error(_("without --method exact worlds are sampled, which has no such limit"));
    return status;
}

static CpsfTable *
ask(const Session *session, CpsfTrustReport *report, GError **error)
{
    const Options *o = session->options;
    g_autoptr(GCancellable) cancellable = g_cancellable_new();
    const CpsfTrustOptions how = {
        .model = o->model,
        .method = o->method,
        .layer = o->layer,
        .worlds = o->worlds,
        .seed = o->seed,
        .target_stderr = o->target_stderr,
        .threads = o->threads,
        .cancellable = cancellable,
        .progress = interrupt_progress,
        .progress_data = cancellable,
    };

    interrupt_begin();

    CpsfTable *table = cpsf_trust(session->snapshot, session->policy, &how, report, error);

    interrupt_end();
    return table;
}

int
cmd_trust(const Options *options)
{
    g_auto(Session) session = {0};
    g_autoptr(GError) error = NULL;
    CpsfTrustReport report = {0};

    if (!answer_check_outputs(options))
        return EXIT_USAGE;
    if (!session_open(&session, options, options->rest))
        return session.status;

    g_autoptr(CpsfTable) table = ask(&session, &report, &error);

    if (table == NULL)
        return fail(options, error);

    g_autoptr(GPtrArray) settings = g_ptr_array_new_with_free_func(g_free);

    options_list_sampling(options, settings);

    const Answer answer = {&session, "trust", table, NULL, settings};
    const int status = answer_write(&answer);

    if (status != EXIT_DONE)
        return status;
    summarize(&session, table, &report);
    return session.status;
}
