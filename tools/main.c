/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * cpsf: the command.  It finds its subcommand among the arguments, reads options and configuration
 * for it, and lets it answer.  Everything it knows comes through <cpsf.h>.
 */

#include "config.h"

#include "lang.h"
#include "message.h"
#include "output.h"
#include "progress.h"
#include "text.h"
#include "tool.h"

#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* clang-format off */
static const Command commands[] = {
    {"info", cmd_info, N_("what is in the feeds"), N_("FEED…"),
        OPTIONS_QUESTION,
        N_("Counts what the feeds hold: nodes by kind and layer, edges by relation, evidence."),
        "  cpsf info feeds/\n"
        "  cpsf info -f json bom.xml | jq .rows\n"},
    {"check", cmd_check, N_("which anchors are unverified, and why"), N_("FEED…"),
        OPTIONS_QUESTION | OPTIONS_CHECK,
        N_("Looks at the anchor of trust of each node in each layer it is in and lists those\n"
           "that are unverified or refuted, with the reasons and the number of other nodes\n"
           "that rely on them."),
        "  cpsf check feeds/\n"
        "  cpsf check --at 2026-04-01 -o json=anchors.json feeds/\n"
        "  cpsf check --fail-on unverified --policy our-policy.xml feeds/ bom.xml\n"
        "  curl -s https://supplier.example/bom.xml | cpsf check -\n"},
    {"trust", cmd_trust, N_("how far each node can be trusted"), N_("FEED…"),
        OPTIONS_QUESTION | OPTIONS_SAMPLED | OPTIONS_TRUST,
        N_("Gives each node an interval: the chance that it and all that it relies on are sound,\n"
           "with what is unverified counted as failing (belief), and with it counted as sound\n"
           "(1 - disbelief).  Between the two lies what is not known (uncertainty)."),
        "  cpsf trust feeds/\n"
        "  cpsf trust --at 2026-04-01 --stderr 0.001 -o json=trust.json feeds/\n"
        "  cpsf trust --layer 3 --method exact bom.xml\n"
        "  cpsf trust --model weakest feeds/\n"},
    {"impact", cmd_impact, N_("what an incident does: to whom, when, how bad"), N_("FEED…"),
        OPTIONS_QUESTION | OPTIONS_SAMPLED | OPTIONS_IMPACT,
        N_("Follows an incident through the chain and through time.  Says of each node that it can\n"
           "reach how likely it is hit by which effect, when first, what is lost, and on which way.\n"
           "With --reverse: which incidents elsewhere could hit one node."),
        "  cpsf impact --incident jcn:7999999000002 feeds/\n"
        "  cpsf impact --incident urn:example:gateway --effect tamper --start 2026-03-03 \\\n"
        "    --horizon P14D -o json=impact.json feeds/\n"
        "  cpsf impact --incidents incidents.xml feeds/\n"
        "  cpsf impact --reverse jcn:7999999000002 --effect any feeds/\n"},
    {"blast", cmd_blast, N_("how far each node's failure reaches"), N_("FEED…"),
        OPTIONS_QUESTION | OPTIONS_WORLDS | OPTIONS_BLAST,
        N_("Gives each node its blast radius: how many nodes are hit, and how much is lost, on\n"
           "average, if that node alone suffers the effect.  Without time, all nodes at once."),
        "  cpsf blast feeds/\n"
        "  cpsf blast --effect tamper --layer 3 --limit 10 feeds/\n"},
    {"explain", cmd_explain, N_("everything about one node and its anchors"), N_("KEY FEED…"),
        OPTIONS_QUESTION | OPTIONS_WORLDS,
        N_("Lists what is said about the node that KEY names: every evidence item with every\n"
           "reason against it, the lines it comes from, and the shortest path to each\n"
           "unverified anchor that the node relies on.  \"in\" are edges to what it relies\n"
           "on, \"out\" those to what relies on it.  \"trust\" is how far it can be trusted, and\n"
           "\"pulls-down\" are the anchors that lower that most: the value is what the node\n"
           "would gain if that one anchor were sound."),
        "  cpsf explain jcn:7999999000002 feeds/\n"
        "  cpsf explain --worlds 65536 urn:example:sensor feeds/\n"},
    {"policy", cmd_policy, N_("the policy in force"), "",
        OPTIONS_POLICY,
        N_("Prints the whole policy in force as a policy file: the built-in default with the\n"
           "entries of --policy merged over it."),
        "  cpsf policy > our-policy.xml\n"
        "  cpsf policy --policy our-policy.xml\n"},
    {"export", cmd_export, N_("the graph, for other programs"), N_("FORMAT FEED…"),
        OPTIONS_READING | OPTIONS_AT | OPTIONS_OUTPUT,
        N_("Writes the graph at one moment as graphml, dot, csv or json, or all of it over\n"
           "all time as a feed."),
        "  cpsf export dot feeds/ | dot -Tsvg -o chain.svg\n"
        "  cpsf export graphml --at 2026-04-01 feeds/ > chain.graphml\n"},
    {"feed", cmd_feed, N_("one document: validate"), N_("validate FEED…"),
        OPTIONS_QUESTION,
        N_("Reads a document and says what is wrong with it.  A bad item is left out and the\n"
           "rest is usable; with --strict one bad item rejects the feed."),
        "  cpsf feed validate --strict bom.xml\n"
        "  cpsf feed validate -f json feeds/\n"},
};

static const char exit_statuses[] = N_(
    "  0  done\n"
    "  1  found what --fail-on names, or some of several feeds was rejected\n"
    "  2  wrong usage\n"
    "  3  nothing usable: unreadable or invalid input or policy\n"
    "  4  internal error, or the answer could not be written\n");
/* clang-format on */

static const Command *
find_command(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++)
        if (g_str_equal(commands[i].name, name))
            return &commands[i];
    return NULL;
}

static void
append_commands(GString *text)
{
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++)
        g_string_append_printf(text, "  %-9s%s\n", commands[i].name, _(commands[i].summary));
}

static char *
general_help(void)
{
    GString *text = g_string_new(NULL);
    g_autofree char *options = options_describe(0);

    g_string_append_printf(text, _("Usage: %s\n\n"), "cpsf COMMAND [OPTIONS] [FEED…]");
    g_string_append_printf(
        text, "%s\n\n%s\n",
        _("Reads what suppliers send about a supply chain (files, folders, - for standard "
          "input)\nand says how far it can be trusted."),
        _("Commands:"));
    append_commands(text);
    g_string_append_printf(text, "\n%s\n%s", _("Options of all commands:"), options);
    g_string_append_printf(text, "\n%s\n%s", _("Exit status:"), _(exit_statuses));
    g_string_append_printf(text, "\n%s\n",
                           _("“cpsf COMMAND --help” says more; so does the manual, cpsf(1)."));
    return g_string_free(text, FALSE);
}

static char *
command_help(const Command *command)
{
    GString *text = g_string_new(NULL);
    g_autofree char *options = options_describe(command->groups);
    g_autofree char *usage =
        g_strdup_printf("cpsf %s [OPTIONS] %s", command->name, lang_translate(command->arguments));

    g_string_append_printf(text, _("Usage: %s\n\n"), g_strchomp(usage));
    g_string_append_printf(text, "%s\n", _(command->details));
    g_string_append_printf(text, "\n%s\n%s", _("Options:"), options);
    g_string_append_printf(text, "\n%s\n%s", _("Examples:"), command->examples);
    g_string_append_printf(text, "\n%s\n%s", _("Exit status:"), _(exit_statuses));
    return g_string_free(text, FALSE);
}

/* An OutputWriter of plain text. */
static gboolean
write_plain(
    const char *format, gboolean is_stdout, GOutputStream *stream, void *data, GError **error)
{
    const char *text = data;

    (void) format;
    (void) is_stdout;
    return g_output_stream_write_all(stream, text, strlen(text), NULL, NULL, error);
}

static int
print_help(const Command *command)
{
    g_autofree char *text = command != NULL ? command_help(command) : general_help();

    return output_write("text", NULL, write_plain, text);
}

static int
print_version(void)
{
    g_autofree char *text = g_strdup_printf(
        "cpsf %s\n%s\n", cpsf_version(),
        _("Licence: GNU GPL version 2 or later.  There is no warranty, to the extent permitted "
          "by law."));

    return output_write("text", NULL, write_plain, text);
}

/* For the manual: what to try after a wrong command line. */
static int
refuse(const char *command)
{
    g_autofree char *help =
        command != NULL ? g_strdup_printf("cpsf %s --help", command) : g_strdup("cpsf --help");

    message_error(_("try “%s”"), help);
    return EXIT_USAGE;
}

static int
refuse_unknown(const char *name)
{
    const char *names[G_N_ELEMENTS(commands) + 1] = {NULL};

    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++)
        names[i] = commands[i].name;

    const char *near = text_nearest(name, names);

    if (near != NULL)
        message_error(_("unknown command “%s”; did you mean “%s”?"), name, near);
    else
        message_error(_("unknown command “%s”"), name);
    return refuse(NULL);
}

static int
run(const Command *command, int argc, char **argv)
{
    const char *name = command != NULL ? command->name : NULL;
    Options options = {0};

    if (!options_parse(name, command != NULL ? command->groups : 0, argc, argv, &options))
        return refuse(name);
    if (options.lang != NULL)
        lang_set(options.lang);
    message_setup(options.quiet, message_wants_color(options.color, STDERR_FILENO));
    progress_setup(options.progress, options.quiet);
    if (options.help)
        return print_help(command);
    if (options.version)
        return print_version();
    if (command != NULL) {
        const int status = command->run(&options);

        return status == EXIT_USAGE ? refuse(name) : status;
    }

    message_error(_("no command named"));
    return refuse(NULL);
}

int
main(int argc, char **argv)
{
    lang_init();
    output_init();

    const char *lang = options_find_early(argv, "--lang");
    const char *name = options_take_command(&argc, argv);
    const Command *command = name != NULL ? find_command(name) : NULL;

    g_set_prgname("cpsf");
    if (lang != NULL)
        lang_set(lang);
    message_setup(FALSE, message_wants_color("auto", STDERR_FILENO));
    progress_setup("never", FALSE);
    return name != NULL && command == NULL ? refuse_unknown(name) : run(command, argc, argv);
}
