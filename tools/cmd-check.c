/* SPDX-License-Identifier: GPL-2.0-or-later */

/* cpsf check: which anchors are unverified, and why. */

#include "config.h"

#include "answer.h"
#include "message.h"
#include "progress.h"
#include "tool.h"

#include <glib/gi18n.h>

/* What the rows of an answer say, counted. */
typedef struct {
    int64_t n_verified;
    int64_t n_unverified;
    int64_t n_refuted;
    int64_t n_exposing; /* not verified, and some other node relies on it */
} Counts;

static Counts
count(const CpsfTable *table)
{
    const int state = cpsf_table_find_column(table, "state");
    const int relying = cpsf_table_find_column(table, "relying");
    Counts c = {0};

    for (int64_t row = 0; row < cpsf_table_get_n_rows(table); row++) {
        const int word =
            cpsf_word_find(CPSF_WORDS_STATE, cpsf_table_get_utf8(table, state, row), -1);

        c.n_verified += word == CPSF_STATE_VERIFIED;
        c.n_unverified += word == CPSF_STATE_UNVERIFIED;
        c.n_refuted += word == CPSF_STATE_REFUTED;
        c.n_exposing +=
            word != CPSF_STATE_VERIFIED && cpsf_table_get_int64(table, relying, row) > 0;
    }
    return c;
}

/* "41 of 96 anchors unverified, 3 refuted" */
static void
summarize(const Session *session, const Counts *c, gboolean is_estimated)
{
    const long long n_unverified = c->n_unverified;
    const long long n_refuted = c->n_refuted;
    g_autofree char *text = NULL;

    if (session->options->all)
        text = g_strdup_printf(_("%lld of %lld anchors unverified, %lld refuted"), n_unverified,
                               n_unverified + n_refuted + (long long) c->n_verified, n_refuted);
    else
        text = g_strdup_printf(ngettext("%lld anchor unverified, %lld refuted",
                                        "%lld anchors unverified, %lld refuted",
                                        (gulong) n_unverified),
                               n_unverified, n_refuted);
    session_summarize(session, text);
    if (is_estimated)
        message_note(_("the graph is large: “relying” is an estimate"));
}

/* A refuted anchor is not verified either. */
static gboolean
is_found(unsigned fail_on, const Counts *c)
{
    return ((fail_on & FAIL_ON_UNVERIFIED) != 0 && c->n_unverified + c->n_refuted > 0) ||
           ((fail_on & FAIL_ON_REFUTED) != 0 && c->n_refuted > 0) ||
           ((fail_on & FAIL_ON_EXPOSED) != 0 && c->n_exposing > 0);
}

int
cmd_check(const Options *options)
{
    const CpsfCheckOptions how = {.all = options->all, .progress = progress_report};
    g_auto(Session) session = {0};
    g_autoptr(GError) error = NULL;
    gboolean is_estimated = FALSE;

    if (!answer_check_outputs(options))
        return EXIT_USAGE;
    if (!session_open(&session, options, options->rest))
        return session.status;

    g_autoptr(CpsfTable) table =
        cpsf_check(session.snapshot, session.policy, &how, &is_estimated, &error);

    progress_end();
    if (table == NULL)
        return message_failure(error);

    g_autoptr(GPtrArray) settings = g_ptr_array_new();

    g_ptr_array_add(settings, (void *) "all");
    g_ptr_array_add(settings, (void *) (options->all ? "true" : "false"));

    const Answer answer = {&session, "check", table, NULL, settings};
    const Counts counts = count(table);
    const int status = answer_write(&answer);

    if (status != EXIT_DONE)
        return status;
    summarize(&session, &counts, is_estimated);
    return is_found(options->fail_on, &counts) ? EXIT_FOUND : session.status;
}
