/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The command line.  Options are one table in groups; a command takes some groups.  Configuration
 * comes first, as if it stood before everything else on the command line, so that what is typed
 * wins.
 */

#include "config.h"

#include "options.h"

#include "config-file.h"
#include "message.h"
#include "options-impact.h"
#include "options-sampling.h"
#include "text.h"

#include <glib/gi18n.h>
#include <string.h>

#define N_LIMITS 8

/* What GOption writes to. */
static Options given;
static char *at_text;
static char *known_at_text;
static char **fail_on_texts;
static char *limit_texts[N_LIMITS];

/* clang-format off */
#define FLAG G_OPTION_ARG_NONE
#define WORD G_OPTION_ARG_STRING
#define PATH G_OPTION_ARG_FILENAME

/* One option of one group. */
typedef struct {
    unsigned group;
    GOptionEntry entry;
} Row;

static const Row rows[] = {
    {OPTIONS_CHECK, {"all", 0, 0, FLAG, &given.all, N_("also list the verified anchors"), NULL}},
    {OPTIONS_CHECK, {"fail-on", 0, 0, G_OPTION_ARG_STRING_ARRAY, &fail_on_texts,
        N_("exit with 1 if some anchor is unverified, refuted or exposed"), N_("WHAT")}},

    {OPTIONS_TRUST, {"model", 0, 0, WORD, &sampling_texts.model,
        N_("of trust: worlds, weakest, ebsl or eigentrust (default: worlds)"), N_("MODEL")}},
    {OPTIONS_TRUST, {"layer", 0, 0, WORD, &sampling_texts.layer,
        N_("only the anchors of layer 1, 2 or 3 count (default: all)"), N_("N")}},
    {OPTIONS_IMPACT, {"incident", 0, 0, G_OPTION_ARG_STRING_ARRAY, &impact_texts.incidents,
        N_("the node that it happens to; may be repeated"), N_("KEY")}},
    {OPTIONS_IMPACT, {"effect", 0, 0, WORD, &impact_texts.effect,
        N_("what happens: outage, tamper, leak, distortion or hazard (default: outage)"),
        N_("EFFECT")}},
    {OPTIONS_IMPACT, {"start", 0, 0, WORD, &impact_texts.start,
        N_("when it happens (default: that of --at)"), N_("TIME")}},
    {OPTIONS_IMPACT, {"incidents", 0, 0, PATH, &impact_texts.incident_feed,
        N_("instead: all incidents that FEED tells of"), N_("FEED")}},
    {OPTIONS_IMPACT, {"reverse", 0, 0, WORD, &impact_texts.reverse,
        N_("instead: who could hit the node of that key"), N_("KEY")}},
    {OPTIONS_IMPACT, {"horizon", 0, 0, WORD, &impact_texts.horizon,
        N_("how long after its start an incident is followed (default: P30D)"), N_("DURATION")}},
    {OPTIONS_IMPACT, {"static", 0, 0, FLAG, &impact_texts.is_static,
        N_("edges as they are at --at, without time"), NULL}},
    {OPTIONS_IMPACT, {"model", 0, 0, WORD, &impact_texts.model,
        N_("of impact: worlds, debtrank, debtrank-linear, iim or fdna (default: worlds)"),
        N_("MODEL")}},
    {OPTIONS_BLAST, {"effect", 0, 0, WORD, &impact_texts.effect,
        N_("what happens: outage, tamper, leak, distortion or hazard (default: outage)"), N_("EFFECT")}},
    {OPTIONS_BLAST, {"layer", 0, 0, WORD, &sampling_texts.layer,
        N_("list only nodes of layer 1, 2 or 3; whom they hit is in any (default: all)"), N_("N")}},

    {OPTIONS_METHOD, {"method", 0, 0, WORD, &sampling_texts.method,
        N_("sample worlds, or enumerate every outcome: exact (default: sample)"), N_("METHOD")}},
    {OPTIONS_WORLDS, {"worlds", 0, 0, WORD, &sampling_texts.worlds,
        N_("how many are sampled (default: 4096)"), N_("N")}},
    {OPTIONS_METHOD, {"stderr", 0, 0, WORD, &sampling_texts.target_stderr,
        N_("sample until no standard error is larger, or --worlds are drawn"), N_("X")}},
    {OPTIONS_WORLDS, {"seed", 0, 0, WORD, &sampling_texts.seed,
        N_("another seed draws other worlds (default: 0)"), N_("N")}},
    {OPTIONS_WORLDS, {"threads", 0, 0, WORD, &sampling_texts.threads,
        N_("how many work at once; changes no answer (default: all processors)"), N_("N")}},

    {OPTIONS_AT, {"at", 0, 0, WORD, &at_text,
        N_("the moment asked about, e.g. 2026-04-01T09:00:00+09:00 (default: now)"), N_("TIME")}},
    {OPTIONS_AT, {"known-at", 0, 0, WORD, &known_at_text,
        N_("what was known then; feeds read from files count as known since always"), N_("TIME")}},
    {OPTIONS_POLICY, {"policy", 0, 0, PATH, &given.policy,
        N_("what counts as verified (default: built in)"), N_("FILE")}},
    {OPTIONS_TABLE, {"format", 'f', 0, WORD, &given.format,
        N_("of standard output: table, json, csv or tsv (default: table)"), N_("FORMAT")}},
    {OPTIONS_OUTPUT, {"output", 'o', 0, G_OPTION_ARG_FILENAME_ARRAY, &given.outputs,
        N_("also write FILE in that format; may be repeated"), N_("FORMAT=FILE")}},
    {OPTIONS_TABLE, {"limit", 0, 0, G_OPTION_ARG_INT64, &given.limit,
        N_("at most N rows, 0 for all (default: 30 in a table on a terminal)"), N_("N")}},
    {OPTIONS_TABLE, {"no-findings", 0, 0, FLAG, &given.no_findings,
        N_("leave out what was found wrong with the input"), NULL}},

    {OPTIONS_READING, {"strict", 0, 0, FLAG, &given.strict,
        N_("reject a feed for a single bad item"), NULL}},
    {OPTIONS_READING, {"schemas", 0, 0, PATH, &given.schemas,
        N_("with --strict: hold documents against the XSDs there"), N_("DIR")}},
    {OPTIONS_READING, {"max-bytes", 0, 0, WORD, &limit_texts[0],
        N_("of one document; K, M and G may follow (default: 4G)"), N_("N")}},
    {OPTIONS_READING, {"max-elements", 0, 0, WORD, &limit_texts[1],
        N_("of one document (default: 200000000)"), N_("N")}},
    {OPTIONS_READING, {"max-depth", 0, 0, WORD, &limit_texts[2],
        N_("elements open at once (default: 64)"), N_("N")}},
    {OPTIONS_READING, {"max-attributes", 0, 0, WORD, &limit_texts[3],
        N_("of one element (default: 64)"), N_("N")}},
    {OPTIONS_READING, {"max-namespaces", 0, 0, WORD, &limit_texts[4],
        N_("in scope at once (default: 64)"), N_("N")}},
    {OPTIONS_READING, {"max-lookahead", 0, 0, WORD, &limit_texts[5],
        N_("bytes of one tag or comment (default: 64K)"), N_("N")}},
    {OPTIONS_READING, {"max-names", 0, 0, WORD, &limit_texts[6],
        N_("bytes of distinct names (default: 1M)"), N_("N")}},
    {OPTIONS_READING, {"max-text", 0, 0, WORD, &limit_texts[7],
        N_("bytes of text of one element (default: 1M)"), N_("N")}},

    {OPTIONS_COMMON, {"lang", 0, 0, WORD, &given.lang,
        N_("language of messages: en or ja (default: the locale's)"), N_("LANG")}},
    {OPTIONS_COMMON, {"color", 0, 0, WORD, &given.color,
        N_("auto, always or never"), N_("WHEN")}},
    {OPTIONS_COMMON, {"progress", 0, 0, WORD, &given.progress,
        N_("auto, always or never"), N_("WHEN")}},
    {OPTIONS_COMMON, {"quiet", 0, 0, FLAG, &given.quiet, N_("nothing but errors on standard error"),
        NULL}},
    {OPTIONS_COMMON, {"config", 0, 0, PATH, &given.config,
        N_("defaults for options (default: $CPSF_CONFIG)"), N_("FILE")}},
    {OPTIONS_COMMON, {"version", 0, 0, FLAG, &given.version, N_("print the version"), NULL}},
    {OPTIONS_COMMON, {"help", 'h', 0, FLAG, &given.help, N_("print this help"), NULL}},
};
/* clang-format on */

const char *
options_find_early(char **argv, const char *name)
{
    const size_t length = strlen(name);
    const char *value = NULL;

    for (int i = 1; argv[i] != NULL && !g_str_equal(argv[i], "--"); i++) {
        if (strncmp(argv[i], name, length) != 0)
            continue;
        if (argv[i][length] == '=')
            value = argv[i] + length + 1;
        else if (argv[i][length] == '\0')
            value = argv[i + 1];
    }
    return value;
}

/* Whether the value of option @word is the next argument. */
static gboolean
takes_next(const char *word)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const GOptionEntry *entry = &rows[i].entry;

        if (entry->arg == G_OPTION_ARG_NONE)
            continue;
        if (word[1] == '-' && g_str_equal(word + 2, entry->long_name))
            return TRUE;
        if (word[1] == entry->short_name && word[1] != '\0' && word[2] == '\0')
            return TRUE;
    }
    return FALSE;
}

const char *
options_take_command(int *argc, char **argv)
{
    int i = 1;

    while (i < *argc && argv[i][0] == '-' && !g_str_equal(argv[i], "--"))
        i += takes_next(argv[i]) ? 2 : 1;
    if (i < *argc && g_str_equal(argv[i], "--"))
        i++;
    if (i >= *argc)
        return NULL;

    const char *command = argv[i];

    (*argc)--;
    for (; i <= *argc; i++)
        argv[i] = argv[i + 1];
    return command;
}

/* How @key of the configuration stands on a command line of @groups. */
static ConfigUse
config_use(const char *key, unsigned groups)
{
    ConfigUse use = CONFIG_UNKNOWN; /* several groups may have an option of one name */

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const GOptionEntry *entry = &rows[i].entry;

        if (!g_str_equal(entry->long_name, key))
            continue;
        if (entry->arg == G_OPTION_ARG_FILENAME_ARRAY || g_str_equal(key, "config") ||
            g_str_equal(key, "help") || g_str_equal(key, "version"))
            return CONFIG_UNKNOWN;
        if ((rows[i].group & groups) != 0)
            return entry->arg == FLAG   ? CONFIG_FLAG
                   : entry->arg == PATH ? CONFIG_PATH
                                        : CONFIG_WORD;
        use = CONFIG_ELSEWHERE;
    }
    return use;
}

/* @text is a count, K, M and G after it meaning 1024, 1024² and 1024³; 0 if it is none, or past
 * @most. */
static uint64_t
parse_size(const char *text, uint64_t most)
{
    static const char suffixes[] = "KMG";
    char *end = NULL;
    const uint64_t n = g_ascii_strtoull(text, &end, 10);
    unsigned shift = 0;

    if (!g_ascii_isdigit(*text))
        return 0;
    if (*end != '\0') {
        const char *suffix = strchr(suffixes, g_ascii_toupper(*end));

        if (suffix == NULL || end[1] != '\0')
            return 0;
        shift = 10 * (unsigned) (suffix - suffixes + 1);
    }
    return n > most >> shift ? 0 : n << shift;
}

static const char *const limit_names[N_LIMITS] = {
    "max-bytes",      "max-elements",  "max-depth", "max-attributes",
    "max-namespaces", "max-lookahead", "max-names", "max-text",
};

static gboolean
parse_limits(CpsfLimits *limits, gboolean *has_limits)
{
    uint32_t *const narrow[N_LIMITS] = {
        NULL,
        NULL,
        &limits->max_depth,
        &limits->max_attributes,
        &limits->max_namespaces,
        &limits->max_lookahead,
        &limits->max_names,
        &limits->max_text,
    };

    for (int i = 0; i < N_LIMITS; i++) {
        const uint64_t most = narrow[i] != NULL ? INT32_MAX : INT64_MAX;
        const uint64_t n = limit_texts[i] != NULL ? parse_size(limit_texts[i], most) : 0;

        if (limit_texts[i] == NULL)
            continue;
        if (n == 0) {
            message_error(_("--%s: “%s” is not a number from 1 to %llu"), limit_names[i],
                          limit_texts[i], (unsigned long long) most);
            return FALSE;
        }
        *has_limits = TRUE;
        if (narrow[i] != NULL)
            *narrow[i] = (uint32_t) n;
        else
            *(i == 0 ? &limits->max_bytes : &limits->max_elements) = n;
    }
    return TRUE;
}

void
options_list_limits(const Options *options, GPtrArray *list)
{
    const CpsfLimits *l = &options->limits;
    const uint64_t values[N_LIMITS] = {
        l->max_bytes,      l->max_elements,  l->max_depth, l->max_attributes,
        l->max_namespaces, l->max_lookahead, l->max_names, l->max_text,
    };

    for (int i = 0; i < N_LIMITS; i++) {
        if (values[i] == 0)
            continue;
        g_ptr_array_add(list, g_strdup(limit_names[i]));
        g_ptr_array_add(list, g_strdup_printf("%" G_GUINT64_FORMAT, values[i]));
    }
}

int
options_parse_word(const char *option, const char *text, const char *const *words)
{
    for (int i = 0; words[i] != NULL; i++)
        if (g_str_equal(words[i], text))
            return i;

    g_autofree char *allowed = g_strjoinv(", ", (char **) words);

    message_error(_("%s: “%s” is none of %s"), option, text, allowed);
    return -1;
}

/* Lists of words: each option may be repeated and may hold several, separated by commas. */
static gboolean
parse_fail_on(unsigned *mask)
{
    static const char *const words[] = {"unverified", "refuted", "exposed", NULL};

    for (int i = 0; fail_on_texts != NULL && fail_on_texts[i] != NULL; i++) {
        g_auto(GStrv) parts = g_strsplit(fail_on_texts[i], ",", -1);

        for (int j = 0; parts[j] != NULL; j++) {
            const int word = options_parse_word("--fail-on", parts[j], words);

            if (word < 0)
                return FALSE;
            *mask |= 1U << word;
        }
    }
    return TRUE;
}

static gboolean
check_words(const Options *o)
{
    static const char *const when[] = {"auto", "always", "never", NULL};
    static const char *const langs[] = {"en", "ja", NULL};
    static const char *const formats[] = {"table", "json", "csv", "tsv", NULL};

    if (o->lang != NULL && options_parse_word("--lang", o->lang, langs) < 0)
        return FALSE;
    if (options_parse_word("--color", o->color, when) < 0)
        return FALSE;
    if (options_parse_word("--progress", o->progress, when) < 0)
        return FALSE;
    return options_parse_word("--format", o->format, formats) >= 0;
}

/* Turns words into values. */
static gboolean
finish(Options *o, unsigned groups, char **argv)
{
    static char *none[] = {NULL};
    g_autoptr(GError) error = NULL;
    CpsfTime known_at; /* of feeds read from files, all has always been known */

    o->color = o->color != NULL ? o->color : (char *) "auto";
    o->progress = o->progress != NULL ? o->progress : (char *) "auto";
    o->format = o->format != NULL ? o->format : (char *) "table";
    o->rest = o->rest != NULL ? o->rest : none;
    o->at = cpsf_time_now();
    o->at -= o->at % CPSF_TIME_SECOND;
    if (!check_words(o) || !parse_fail_on(&o->fail_on) || !options_parse_sampling(o, argv))
        return FALSE;
    if (o->limit < 0 && o->limit != OPTIONS_NO_LIMIT) {
        message_error(_("--limit: %lld is less than 0"), (long long) o->limit);
        return FALSE;
    }
    if (at_text != NULL && !cpsf_time_parse(at_text, -1, &o->at, NULL, &error)) {
        message_error("--at: %s", error->message);
        return FALSE;
    }
    if (known_at_text != NULL && !cpsf_time_parse(known_at_text, -1, &known_at, NULL, &error)) {
        message_error("--known-at: %s", error->message);
        return FALSE;
    }
    if (!options_parse_impact(o, groups, argv))
        return FALSE;
    if (o->schemas != NULL && !o->strict) {
        message_error(_("--schemas needs --strict"));
        return FALSE;
    }
    return parse_limits(&o->limits, &o->has_limits);
}

/* GOption would take --all=no for --all. */
static gboolean
check_flags(char **argv)
{
    for (int i = 1; argv[i] != NULL && !g_str_equal(argv[i], "--"); i++) {
        const char *equals = g_str_has_prefix(argv[i], "--") ? strchr(argv[i], '=') : NULL;
        g_autofree char *name =
            equals != NULL ? g_strndup(argv[i] + 2, (gsize) (equals - argv[i] - 2)) : NULL;

        for (size_t r = 0; name != NULL && r < G_N_ELEMENTS(rows); r++) {
            if (rows[r].entry.arg != FLAG || !g_str_equal(rows[r].entry.long_name, name))
                continue;
            message_error(_("--%s takes no value"), name);
            return FALSE;
        }
    }
    return TRUE;
}

gboolean
options_parse(const char *command, unsigned groups, int argc, char **argv, Options *options)
{
    const char *config = options_find_early(argv, "--config");
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
    g_autoptr(GArray) entries = g_array_new(TRUE, TRUE, sizeof(GOptionEntry));
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    g_autoptr(GError) error = NULL;
    const GOptionEntry rest = {G_OPTION_REMAINING, 0,    0,   G_OPTION_ARG_FILENAME_ARRAY,
                               &given.rest,        NULL, NULL};

    if (!check_flags(argv))
        return FALSE;
    given.limit = OPTIONS_NO_LIMIT;
    g_strv_builder_add(builder, argv[0]);
    if (!config_file_load(config, command, groups, config_use, builder))
        return FALSE;
    for (int i = 1; i < argc; i++)
        g_strv_builder_add(builder, argv[i]);

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        if ((rows[i].group & (groups | OPTIONS_COMMON)) != 0)
            g_array_append_val(entries, rows[i].entry);
    g_array_append_val(entries, rest);
    g_option_context_add_main_entries(context, (GOptionEntry *) entries->data, NULL);
    g_option_context_set_help_enabled(context, FALSE);

    g_auto(GStrv) line = g_strv_builder_end(builder);

    if (!g_option_context_parse_strv(context, &line, &error)) {
        message_error("%s", error->message);
        return FALSE;
    }
    if (!finish(&given, groups, argv))
        return FALSE;
    *options = given;
    return TRUE;
}

/* The beginning of an option's line of help. */
static char *
option_head(const GOptionEntry *entry)
{
    GString *head = g_string_new("  ");

    if (entry->short_name != '\0')
        g_string_append_printf(head, "-%c, ", entry->short_name);
    g_string_append_printf(head, "--%s", entry->long_name);
    if (entry->arg_description != NULL)
        g_string_append_printf(head, "=%s", _(entry->arg_description));
    return g_string_free(head, FALSE);
}

char *
options_describe(unsigned groups)
{
    GString *text = g_string_new(NULL);
    int widest = 0;

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *head = option_head(&rows[i].entry);

        widest = MAX(widest, text_width(head));
    }
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        if ((rows[i].group & (groups | OPTIONS_COMMON)) == 0)
            continue;

        g_autofree char *head = option_head(&rows[i].entry);
        const int pad = widest + 2 - text_width(head);

        g_string_append_printf(text, "%s%*s%s\n", head, pad, "", _(rows[i].entry.description));
    }
    return g_string_free(text, FALSE);
}
