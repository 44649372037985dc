/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Options of questions about incidents: what happens to whom, when, and how far it is followed. */

#include "config.h"

#include "options-impact.h"

#include "message.h"
#include "options-sampling.h"
#include "text.h"

#include <glib/gi18n.h>
#include <string.h>

#define MAX_HORIZON (3652500 * CPSF_TIME_DAY) /* as the library: 10,000 years */

ImpactTexts impact_texts;

/* Indexed by the enumerations of the library; "any" is the last, and CPSF_EFFECT_ANY. */
static const char *const models[] = {"worlds", "debtrank", "debtrank-linear", "iim", "fdna", NULL};
static const char *const effects[] = {"outage", "tamper", "leak", "distortion",
                                      "hazard", "any",    NULL};

/* @allow_any: whether "any" is an effect here. */
static gboolean
parse_effect(Options *o, gboolean allow_any)
{
    const char *allowed[CPSF_N_EFFECTS + 2] = {NULL};

    for (int i = 0; i < CPSF_N_EFFECTS + (allow_any ? 1 : 0); i++)
        allowed[i] = effects[i];
    o->effect = CPSF_EFFECT_OUTAGE;
    if (impact_texts.effect == NULL)
        return TRUE;
    if (!allow_any && g_str_equal(impact_texts.effect, "any") && impact_texts.incidents != NULL) {
        message_error(_("--effect any needs --reverse"));
        return FALSE;
    }

    const int effect = options_parse_word("--effect", impact_texts.effect, allowed);

    if (effect < 0)
        return FALSE;
    o->effect = effect < CPSF_N_EFFECTS ? effect : CPSF_EFFECT_ANY;
    return TRUE;
}

static gboolean
parse_start(Options *o)
{
    g_autoptr(GError) error = NULL;

    if (impact_texts.start == NULL)
        return TRUE;
    o->has_start = cpsf_time_parse(impact_texts.start, -1, &o->start, NULL, &error);
    if (!o->has_start)
        message_error("--start: %s", error->message);
    return o->has_start;
}

static gboolean
parse_horizon(Options *o)
{
    g_autoptr(GError) error = NULL;

    o->horizon = CPSF_HORIZON_DEFAULT;
    if (impact_texts.horizon == NULL)
        return TRUE;
    if (!cpsf_duration_parse(impact_texts.horizon, -1, &o->horizon, &error)) {
        message_error("--horizon: %s", error->message);
        return FALSE;
    }
    if (o->horizon >= 0 && o->horizon <= MAX_HORIZON)
        return TRUE;
    message_error(_("--horizon: “%s” is more than 10000 years"), impact_texts.horizon);
    return FALSE;
}

/* Who is asked about: incidents by key, those of a feed, or a node that others could hit. */
static gboolean
check_who(const Options *o)
{
    const gboolean has_keys = o->incidents != NULL && o->incidents[0] != NULL;

    if (!has_keys && o->incident_feed == NULL && o->reverse == NULL) {
        message_error(
            _("no incident named (--incident KEY, or --incidents FEED; --reverse KEY asks "
              "who could hit KEY)"));
        return FALSE;
    }
    if (has_keys + (o->incident_feed != NULL) + (o->reverse != NULL) == 1)
        return TRUE;
    message_error(_("--incident, --incidents and --reverse exclude each other"));
    return FALSE;
}

/* Refuses each of @names (array zero-terminated=1) that was typed. */
static gboolean
may_drop_all(char **argv, const char *const *names, const char *other)
{
    for (; *names != NULL; names++)
        if (!options_may_drop(argv, *names, other))
            return FALSE;
    return TRUE;
}

/* The incidents of a feed say themselves what happens, and when. */
static gboolean
check_feed(Options *o, char **argv)
{
    static const char *const names[] = {"--effect", "--start", NULL};

    if (o->incident_feed == NULL)
        return TRUE;
    o->effect = CPSF_EFFECT_OUTAGE;
    o->has_start = FALSE;
    return may_drop_all(argv, names, "--incidents");
}

/* Without time there is no start and no horizon. */
static gboolean
check_static(Options *o, char **argv)
{
    static const char *const names[] = {"--start", "--horizon", NULL};

    if (!o->is_static)
        return TRUE;
    o->has_start = FALSE;
    o->horizon = CPSF_HORIZON_DEFAULT;
    return may_drop_all(argv, names, "--static");
}

/* The other models know neither chance nor time, and say nothing of who could hit a node. */
static gboolean
check_model(Options *o, char **argv)
{
    static const char *const names[] = {"--method", "--start", "--horizon", NULL};

    if (o->impact_model == CPSF_IMPACT_WORLDS)
        return TRUE;

    g_autofree char *other = g_strconcat("--model ", models[o->impact_model], NULL);

    o->method = CPSF_METHOD_SAMPLE;
    o->has_start = FALSE;
    o->is_static = TRUE;
    if (o->reverse == NULL)
        return may_drop_all(argv, names, other) && options_drop_sampling(o, argv, other);
    message_error(_("%s means nothing with %s"), "--reverse", other);
    return FALSE;
}

static gboolean
parse_impact(Options *o, char **argv)
{
    const ImpactTexts *t = &impact_texts;
    int model = CPSF_IMPACT_WORLDS;

    o->incidents = t->incidents;
    o->incident_feed = t->incident_feed;
    o->reverse = t->reverse;
    o->is_static = t->is_static;
    if (t->model != NULL)
        model = options_parse_word("--model", t->model, models);
    if (model < 0 || !parse_effect(o, o->reverse != NULL) || !parse_start(o) || !parse_horizon(o))
        return FALSE;
    o->impact_model = (CpsfImpactModel) model;
    return check_who(o) && check_feed(o, argv) && check_model(o, argv) && check_static(o, argv);
}

gboolean
options_parse_impact(Options *options, unsigned groups, char **argv)
{
    if ((groups & OPTIONS_BLAST) != 0)
        return parse_effect(options, FALSE);
    if ((groups & OPTIONS_IMPACT) == 0 || options->help || options->version)
        return TRUE;
    return parse_impact(options, argv);
}

static void
add_setting(GPtrArray *list, const char *name, char *json)
{
    g_ptr_array_add(list, g_strdup(name));
    g_ptr_array_add(list, json);
}

static char *
quoted(const char *word)
{
    return g_strdup_printf("\"%s\"", word);
}

static char *
quoted_list(char *const *words)
{
    GString *json = g_string_new("[");

    for (int i = 0; words[i] != NULL; i++) {
        g_autofree char *word = text_json(words[i]);

        g_string_append_printf(json, "%s%s", i > 0 ? "," : "", word);
    }
    return g_string_free(g_string_append_c(json, ']'), FALSE);
}

/* What happens to whom, when. */
static void
list_incidents(const Options *o, GPtrArray *list)
{
    g_autofree char *start = cpsf_time_format(o->has_start ? o->start : o->at);

    if (o->incident_feed != NULL) {
        add_setting(list, "incidents", text_json(o->incident_feed));
        return;
    }
    if (o->reverse != NULL)
        add_setting(list, "reverse", text_json(o->reverse));
    else
        add_setting(list, "incident", quoted_list(o->incidents));
    add_setting(list, "effect", quoted(o->effect < 0 ? "any" : effects[o->effect]));
    if (!o->is_static)
        add_setting(list, "start", quoted(start));
}

void
options_list_impact(const Options *o, GPtrArray *list)
{
    g_autofree char *horizon = cpsf_duration_format(o->horizon);

    list_incidents(o, list);
    if (o->impact_model != CPSF_IMPACT_WORLDS) {
        add_setting(list, "model", quoted(models[o->impact_model]));
        return;
    }
    if (o->is_static)
        add_setting(list, "static", g_strdup("true"));
    else
        add_setting(list, "horizon", quoted(horizon));
    options_list_sampling(o, list);
}

void
options_list_blast(const Options *o, GPtrArray *list)
{
    const gint64 worlds = o->worlds > 0 ? o->worlds : CPSF_WORLDS_DEFAULT;

    add_setting(list, "effect", quoted(effects[o->effect]));
    if (o->layer > 0)
        add_setting(list, "layer", g_strdup_printf("%d", o->layer));
    add_setting(list, "worlds", g_strdup_printf("%" G_GINT64_FORMAT, worlds));
    add_setting(list, "seed", g_strdup_printf("%" G_GUINT64_FORMAT, o->seed));
}
