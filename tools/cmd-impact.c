/* SPDX-License-Identifier: GPL-2.0-or-later */

/* cpsf impact: what an incident does, or who could hit a node. */

#include "config.h"

#include "answer.h"
#include "figures.h"
#include "interrupt.h"
#include "message.h"
#include "options-impact.h"
#include "suggest.h"
#include "tool.h"

#include <glib/gi18n.h>

/* What is asked, and what the answer says besides its table. */
typedef struct {
    const Session *session;
    CpsfIncident *incidents; /* (owned); their keys are the options', or the feed's */
    int n_incidents;
    Session feed; /* of --incidents */
    CpsfImpactReport report;
} Question;

static void
question_clear(Question *self)
{
    g_clear_pointer(&self->incidents, g_free);
    session_clear(&self->feed);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Question, question_clear)

/* Those of --incident, or the node of --reverse. */
static void
take_keys(Question *self)
{
    const Options *o = self->session->options;
    char *const reverse[] = {o->reverse, NULL};
    char *const *keys = o->reverse != NULL ? reverse : o->incidents;

    self->n_incidents = (int) g_strv_length((char **) keys);
    self->incidents = g_new0(CpsfIncident, self->n_incidents);
    for (int i = 0; i < self->n_incidents; i++)
        self->incidents[i] = (CpsfIncident){keys[i], o->effect, o->has_start, o->start};
}

/* Those that the feed of --incidents tells of.  Answers an exit status. */
static int
take_feed(Question *self)
{
    Options options = *self->session->options;
    char *feeds[] = {options.incident_feed, NULL};
    g_autoptr(GError) error = NULL;

    options.no_findings = TRUE; /* said already if the feed is also among those asked about */
    if (!session_open(&self->feed, &options, feeds))
        return self->feed.status;
    self->feed.options = self->session->options;
    self->incidents = cpsf_graph_list_incidents(self->feed.graph, &self->n_incidents, &error);
    if (error != NULL)
        return message_failure(error);
    if (self->n_incidents > 0)
        return self->feed.status;
    message_error(_("%s: no incident there"), options.incident_feed);
    return EXIT_UNUSABLE;
}

/* "4096 worlds", or what was enumerated. */
static char *
describe_chance(const CpsfImpactReport *report)
{
    const long long worlds = report->worlds;

    if (report->outcomes > 0)
        return g_strdup_printf(ngettext("exact: %lld outcome of %d chance events",
                                        "exact: %lld outcomes of %d chance events",
                                        (gulong) report->outcomes),
                               (long long) report->outcomes, report->events);
    return g_strdup_printf(ngettext("%lld world", "%lld worlds", (gulong) worlds), worlds);
}

/* "5.42 ± 0.03", the error left out where there is none. */
static char *
with_error(double value, double error, char *(*format)(double) )
{
    g_autofree char *text = format(value);
    g_autofree char *rest = format(error);

    return error > 0 ? g_strdup_printf("%s ± %s", text, rest) : g_steal_pointer(&text);
}

static char *
count_text(double count)
{
    char buffer[G_ASCII_DTOSTR_BUF_SIZE];

    return g_strdup(g_ascii_formatd(buffer, sizeof buffer, "%.2f", count));
}

/* How much is lost, over all worlds. */
static char *
describe_loss(const CpsfImpactReport *report)
{
    g_autofree char *mean = with_error(report->loss, report->loss_stderr, figures_amount);
    g_autofree char *p05 = figures_amount(report->loss_p05);
    g_autofree char *p50 = figures_amount(report->loss_p50);
    g_autofree char *p95 = figures_amount(report->loss_p95);
    g_autofree char *worst = figures_amount(report->loss_worst);

    /* Translators: currency, expected loss; then the losses that 5 %, half and 95 % of the worlds do
     * not exceed, and the largest. */
    return g_strdup_printf(
        _("loss in %s: expected %s; 5 %% quantile %s, median %s, 95 %% quantile %s, worst %s"),
        report->currency, mean, p05, p50, p95, worst);
}

static void
summarize_worlds(const Question *self, const CpsfTable *table)
{
    const Options *o = self->session->options;
    const CpsfImpactReport *report = &self->report;
    g_autofree char *chance = describe_chance(report);
    g_autofree char *nodes = with_error(report->nodes, report->nodes_stderr, count_text);
    /* Translators: how chance was treated; expected number of nodes. */
    g_autofree char *text = g_strdup_printf(_("%s; %s nodes affected on average"), chance, nodes);

    if (report->currency != NULL) {
        g_autofree char *loss = describe_loss(report);

        session_summarize(self->session, text);
        message_note("%s", loss);
    } else {
        session_summarize(self->session, text);
    }
    if (o->target_stderr > 0 && figures_find_largest(table, "stderr") > o->target_stderr)
        message_note(_("the standard error asked for, %g, was not reached in %lld worlds"),
                     o->target_stderr, (long long) report->worlds);
}

/* Those who could hit a node: each alone, so there is no sum. */
static void
summarize_reverse(const Question *self, const CpsfTable *table)
{
    const long long n = cpsf_table_get_n_rows(table);
    g_autofree char *chance = describe_chance(&self->report);
    g_autofree char *rows =
        g_strdup_printf(ngettext("%lld incident elsewhere could hit it",
                                 "%lld incidents elsewhere could hit it", (gulong) n),
                        n);
    g_autofree char *text = g_strdup_printf("%s; %s", chance, rows);

    session_summarize(self->session, text);
}

static void
summarize_model(const Question *self)
{
    static const char *const names[] = {
        [CPSF_IMPACT_DEBTRANK] = "DebtRank",
        [CPSF_IMPACT_DEBTRANK_LINEAR] = N_("linear DebtRank"),
        [CPSF_IMPACT_IIM] = N_("inoperability input-output model"),
        [CPSF_IMPACT_FDNA] = "FDNA",
    };

    session_summarize(self->session, gettext(names[self->session->options->impact_model]));
}

static void
summarize(const Question *self, const CpsfTable *table)
{
    const Options *o = self->session->options;

    if (o->impact_model != CPSF_IMPACT_WORLDS)
        summarize_model(self);
    else if (o->reverse != NULL)
        summarize_reverse(self, table);
    else
        summarize_worlds(self, table);
}

/* Says what else can be done about an answer that was refused. */
static int
fail(const Question *self, const GError *error)
{
    const Options *o = self->session->options;
    const int status = message_failure(error);

    if (o->method == CPSF_METHOD_EXACT && g_error_matches(error, CPSF_ERROR, CPSF_ERROR_LIMIT))
        message_error(_("without --method exact worlds are sampled, which has no such limit"));
    for (int i = 0;
         i < self->n_incidents && g_error_matches(error, CPSF_ERROR, CPSF_ERROR_NOT_FOUND); i++)
        if (cpsf_graph_find_node(self->session->graph, self->incidents[i].key) == CPSF_NODE_NONE)
            suggest_nodes(self->session->graph, self->incidents[i].key);
    return status;
}

static CpsfTable *
ask(Question *self, GError **error)
{
    const Session *s = self->session;
    const Options *o = s->options;
    g_autoptr(GCancellable) cancellable = g_cancellable_new();
    const CpsfImpactOptions how = {
        .model = o->impact_model,
        .method = o->method,
        .n_incidents = self->n_incidents,
        .has_horizon = TRUE,
        .horizon = o->horizon,
        .is_static = o->is_static,
        .worlds = o->worlds,
        .seed = o->seed,
        .target_stderr = o->target_stderr,
        .threads = o->threads,
        .cancellable = cancellable,
        .progress = interrupt_progress,
        .progress_data = cancellable,
        .report = &self->report,
    };

    interrupt_begin();

    CpsfTable *table =
        o->reverse != NULL
            ? cpsf_impact_reverse(s->snapshot, s->policy, self->incidents, &how, error)
            : cpsf_impact(s->snapshot, s->policy, self->incidents, &how, error);

    interrupt_end();
    return table;
}

int
cmd_impact(const Options *options)
{
    g_auto(Session) session = {0};
    g_auto(Question) question = {.session = &session};
    g_autoptr(GError) error = NULL;
    int status = EXIT_DONE;

    if (!answer_check_outputs(options))
        return EXIT_USAGE;
    if (!session_open(&session, options, options->rest))
        return session.status;
    if (options->incident_feed == NULL)
        take_keys(&question);
    else
        status = take_feed(&question);
    if (status > EXIT_FOUND)
        return status;

    g_autoptr(CpsfTable) table = ask(&question, &error);

    if (table == NULL)
        return fail(&question, error);

    g_autoptr(GPtrArray) settings = g_ptr_array_new_with_free_func(g_free);

    options_list_impact(options, settings);

    const Answer answer = {&session, "impact", table, NULL, settings};
    const int written = answer_write(&answer);

    if (written != EXIT_DONE)
        return written;
    summarize(&question, table);
    return MAX(session.status, status);
}
