/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Options of questions that are answered over possible worlds: numbers read strictly, since a
 * number that is taken for another changes an answer without a word. */

#include "config.h"

#include "options-sampling.h"

#include "message.h"

#include <glib/gi18n.h>
#include <string.h>

#define MAX_WORLDS (G_GINT64_CONSTANT(1) << 30)
#define MAX_THREADS 1024
#define MAX_STDERR 1.0

SamplingTexts sampling_texts;

/* Indexed by the enumerations of the library. */
static const char *const methods[] = {"sample", "exact", NULL};
static const char *const models[] = {"worlds", "weakest", "ebsl", "eigentrust", NULL};

/* Digits alone: no sign, no blank, no fraction. */
static gboolean
parse_whole(const char *name, const char *text, guint64 least, guint64 most, guint64 *value)
{
    const size_t n_digits = strspn(text, "0123456789");
    guint64 number = 0;

    if (n_digits > 0 && text[n_digits] == '\0' &&
        g_ascii_string_to_unsigned(text, 10, least, most, &number, NULL)) {
        *value = number;
        return TRUE;
    }
    message_error(_("--%s: “%s” is not a whole number from %llu to %llu"), name, text,
                  (unsigned long long) least, (unsigned long long) most);
    return FALSE;
}

/* A decimal number in (0, MAX_STDERR]; neither NaN nor a number too small to be kept is. */
static gboolean
parse_stderr(const char *text, double *value)
{
    char *end = NULL;
    const double number = g_ascii_strtod(text, &end);

    if (strspn(text, "0123456789.eE+-") == strlen(text) &&
        (g_ascii_isdigit(*text) || *text == '.') && end != text && *end == '\0' && number > 0 &&
        number <= MAX_STDERR) {
        *value = number;
        return TRUE;
    }
    message_error(_("--stderr: “%s” is not a number above 0 and at most 1"), text);
    return FALSE;
}

static gboolean
parse_texts(Options *o)
{
    const SamplingTexts *t = &sampling_texts;
    guint64 worlds = 0;
    guint64 threads = 0;
    guint64 layer = 0;
    int method = CPSF_METHOD_SAMPLE;
    int model = CPSF_TRUST_WORLDS;

    if ((t->worlds != NULL && !parse_whole("worlds", t->worlds, 1, MAX_WORLDS, &worlds)) ||
        (t->seed != NULL && !parse_whole("seed", t->seed, 0, G_MAXUINT64, &o->seed)) ||
        (t->threads != NULL && !parse_whole("threads", t->threads, 1, MAX_THREADS, &threads)) ||
        (t->layer != NULL && !parse_whole("layer", t->layer, 1, 3, &layer)) ||
        (t->target_stderr != NULL && !parse_stderr(t->target_stderr, &o->target_stderr)))
        return FALSE;
    if (t->method != NULL)
        method = options_parse_word("--method", t->method, methods);
    if (t->model != NULL)
        model = options_parse_word("--model", t->model, models);
    if (method < 0 || model < 0)
        return FALSE;
    o->worlds = (gint64) worlds;
    o->threads = (int) threads;
    o->layer = (int) layer;
    o->method = (CpsfMethod) method;
    o->model = (CpsfTrustModel) model;
    return TRUE;
}

gboolean
options_may_drop(char **argv, const char *option, const char *other)
{
    if (options_find_early(argv, option) == NULL)
        return TRUE;
    message_error(_("%s means nothing with %s"), option, other);
    return FALSE;
}

gboolean
options_drop_sampling(Options *o, char **argv, const char *other)
{
    if (!options_may_drop(argv, "--worlds", other) || !options_may_drop(argv, "--seed", other) ||
        !options_may_drop(argv, "--stderr", other))
        return FALSE;
    o->worlds = 0;
    o->seed = 0;
    o->target_stderr = 0;
    return TRUE;
}

gboolean
options_parse_sampling(Options *options, char **argv)
{
    if (!parse_texts(options))
        return FALSE;
    if (options->model != CPSF_TRUST_WORLDS) {
        g_autofree char *model = g_strconcat("--model ", models[options->model], NULL);

        options->method = CPSF_METHOD_SAMPLE;
        return options_may_drop(argv, "--method", model) &&
               options_drop_sampling(options, argv, model);
    }
    if (options->method == CPSF_METHOD_EXACT)
        return options_drop_sampling(options, argv, "--method exact");
    return TRUE;
}

static void
add_setting(GPtrArray *list, const char *name, char *json)
{
    g_ptr_array_add(list, g_strdup(name));
    g_ptr_array_add(list, json);
}

/* The shortest decimal number that is read back as @value. */
static char *
number_text(double value)
{
    char buffer[G_ASCII_DTOSTR_BUF_SIZE];
    char format[8];

    for (int digits = 1; digits <= 17; digits++) {
        g_snprintf(format, sizeof format, "%%.%dg", digits);
        g_ascii_formatd(buffer, sizeof buffer, format, value);
        if (g_ascii_strtod(buffer, NULL) == value)
            break;
    }
    return g_strdup(buffer);
}

void
options_list_sampling(const Options *o, GPtrArray *list)
{
    const gboolean is_stopped = o->target_stderr > 0;
    const gint64 worlds = o->worlds > 0 || is_stopped ? o->worlds : CPSF_WORLDS_DEFAULT;

    add_setting(list, "model", g_strdup_printf("\"%s\"", models[o->model]));
    if (o->layer > 0)
        add_setting(list, "layer", g_strdup_printf("%d", o->layer));
    if (o->model != CPSF_TRUST_WORLDS)
        return;
    add_setting(list, "method", g_strdup_printf("\"%s\"", methods[o->method]));
    if (o->method != CPSF_METHOD_SAMPLE)
        return;
    if (worlds > 0)
        add_setting(list, "worlds", g_strdup_printf("%" G_GINT64_FORMAT, worlds));
    add_setting(list, "seed", g_strdup_printf("%" G_GUINT64_FORMAT, o->seed));
    if (is_stopped)
        add_setting(list, "stderr", number_text(o->target_stderr));
}
