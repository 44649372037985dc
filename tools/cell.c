/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * What a cell of a table says to a person: words in the language of messages, numbers and times
 * without what nobody reads.
 */

#include "config.h"

#include "cell.h"

#include "figures.h"
#include "lang.h"

#include <glib/gi18n.h>
#include <string.h>

/* clang-format off */
/* Headings; the words themselves are data and stay what they are. */
G_GNUC_UNUSED static const char *const headings[] = {
    NC_("column", "key"), NC_("column", "kind"), NC_("column", "name"), NC_("column", "layer"),
    NC_("column", "state"), NC_("column", "detail"), NC_("column", "reasons"),
    NC_("column", "scheme"), NC_("column", "issuer"), NC_("column", "since"),
    NC_("column", "until"), NC_("column", "relying"), NC_("column", "item"),
    NC_("column", "count"), NC_("column", "part"), NC_("column", "value"),
    NC_("column", "source"), NC_("column", "feed"), NC_("column", "id"),
    NC_("column", "version"), NC_("column", "nodes"), NC_("column", "edges"),
    NC_("column", "evidence"), NC_("column", "items_left_out"), NC_("column", "code"),
    NC_("column", "message"), NC_("column", "line"), NC_("column", "column"),
    NC_("column", "belief"), NC_("column", "disbelief"), NC_("column", "uncertainty"),
    NC_("column", "expected"), NC_("column", "stderr"),
    NC_("column", "effect"), NC_("column", "probability"), NC_("column", "earliest"),
    NC_("column", "mean_arrival"), NC_("column", "loss"), NC_("column", "via"),
    NC_("column", "level"), NC_("column", "rel_stderr"), NC_("column", "bound"),
    /* Translators: of a bar like "++++++???---", in this order: belief, uncertainty, disbelief. */
    NC_("column", "+b ?u -d"),
};

G_GNUC_UNUSED static const char *const words[] = {
    NC_("kind", "unknown"), NC_("kind", "company"), NC_("kind", "person"),
    NC_("kind", "procedure"), NC_("kind", "place"), NC_("kind", "item"), NC_("kind", "device"),
    NC_("kind", "software"), NC_("kind", "system"), NC_("kind", "data"),
    NC_("state", "verified"), NC_("state", "unverified"), NC_("state", "refuted"),
    NC_("state", "imported"), NC_("state", "unchanged"), NC_("state", "rejected"),
    NC_("detail", "incomplete"), NC_("detail", "unknown-origin"),
    NC_("reasons", "wrong-layer"), NC_("reasons", "unknown-scheme"),
    NC_("reasons", "not-yet-valid"), NC_("reasons", "expired"), NC_("reasons", "pending"),
    NC_("reasons", "suspended"), NC_("reasons", "revoked"), NC_("reasons", "annulled"),
    NC_("reasons", "failed"), NC_("reasons", "wrong-scope"), NC_("reasons", "weak-assurance"),
    NC_("reasons", "untrusted-issuer"), NC_("reasons", "unsigned"),
    NC_("reasons", "bad-signature"), NC_("reasons", "untrusted-signer"),
    NC_("reasons", "no-evidence"), NC_("reasons", "unknown-kind"),
};

G_GNUC_UNUSED static const char *const more_words[] = {
    NC_("item", "node"), NC_("item", "edge"), NC_("item", "evidence"), NC_("item", "opinion"),
    NC_("item", "incident"), NC_("item", "completeness"), NC_("item", "group"),
    NC_("item", "feed"),
    NC_("part", "node"), NC_("part", "statement"), NC_("part", "name"), NC_("part", "alias"),
    NC_("part", "property"), NC_("part", "evidence"), NC_("part", "anchor"),
    NC_("part", "consequence"), NC_("part", "opinion"), NC_("part", "group"),
    NC_("part", "incident"), NC_("part", "completeness"),
    /* Translators: edges that the node relies on, and edges to what relies on it. */
    NC_("part", "in"), NC_("part", "out"),
    NC_("part", "path"), NC_("part", "finding"),
    NC_("part", "trust"),
    /* Translators: anchors that lower trust in the node. */
    NC_("part", "pulls-down"),
    NC_("field", "key"), NC_("field", "kind"), NC_("field", "name"), NC_("field", "class"),
    NC_("field", "layers"), NC_("field", "holds"),
    NC_("relation", "supplies"), NC_("relation", "owns"), NC_("relation", "makes"),
    NC_("relation", "operates"), NC_("relation", "maintains"), NC_("relation", "acts-for"),
    NC_("relation", "governs"), NC_("relation", "part-of"), NC_("relation", "used-by"),
    NC_("relation", "hosts"), NC_("relation", "senses"), NC_("relation", "drives"),
    NC_("relation", "feeds"), NC_("relation", "derives"), NC_("relation", "vouches"),
    NC_("effect", "outage"), NC_("effect", "tamper"), NC_("effect", "leak"),
    NC_("effect", "distortion"), NC_("effect", "hazard"), NC_("effect", "any"),
    NC_("bound", "lower"),
    NC_("reasons", "passes"),
};

/* Columns whose words another column of the row explains: then a word is of @context. */
static const struct {
    const char *column;
    const char *by;
    const char *is;
    const char *context;
} contexts[] = {
    {"kind", "item", "edge", "relation"},
    {"kind", "item", "incident", "effect"},
    {"item", "part", "node", "field"},
    {"item", "part", "anchor", "state"},
    {"item", "part", "statement", "kind"},
    {"item", "part", "in", "relation"},
    {"item", "part", "out", "relation"},
    {"item", "part", "trust", "column"},
    {"value", "part", "anchor", "reasons"},
    {"value", "part", "evidence", "reasons"},
    {"value", "part", "path", "state"},
};
/* clang-format on */

/* A time without what says nothing: midnight UTC is its date. */
static char *
time_text(CpsfTime time)
{
    char *text = cpsf_time_format(time);

    if (g_str_has_suffix(text, "T00:00:00Z"))
        *strchr(text, 'T') = '\0';
    return text;
}

/* The same form in every row, to the minute: what arrives is no more exact than the delays. */
static char *
arrival_text(CpsfTime time)
{
    const CpsfTime minute = 60 * CPSF_TIME_SECOND;
    const CpsfTime rest = (time % minute + minute) % minute;
    char *text = cpsf_time_format(time - rest + (rest >= minute / 2 ? minute : 0));
    char *seconds = g_strrstr(text, ":00Z");

    if (seconds != NULL)
        memcpy(seconds, "Z", 2); /* shorter than what it replaces */
    g_strdelimit(text, "T", ' ');
    return text;
}

/* Nodes on a way, by their names as far as they have one. */
static char *
chain_text(const CpsfTable *table, int column, int64_t row, const CpsfGraph *graph)
{
    const int64_t n = cpsf_table_get_list_length(table, column, row);
    GString *text = g_string_new(NULL);

    for (int64_t i = 0; i < n; i++) {
        const char *key = cpsf_table_get_list_item(table, column, row, i);
        const int32_t node = graph != NULL ? cpsf_graph_find_node(graph, key) : CPSF_NODE_NONE;
        const char *name =
            node != CPSF_NODE_NONE ? cpsf_graph_get_name(graph, node, lang_get()) : "";

        g_string_append_printf(text, "%s%s", i > 0 ? " → " : "", *name != '\0' ? name : key);
    }
    return g_string_free(text, FALSE);
}

static char *
list_text(const CpsfTable *table, int column, int64_t row)
{
    const char *context = cpsf_table_get_column_name(table, column);
    const int64_t n = cpsf_table_get_list_length(table, column, row);
    GString *text = g_string_new(NULL);

    for (int64_t i = 0; i < n; i++)
        g_string_append_printf(text, "%s%s", i > 0 ? ", " : "",
                               lang_word(context, cpsf_table_get_list_item(table, column, row, i)));
    return g_string_free(text, FALSE);
}

/* Columns that hold proportions: as many decimals in every row, and what is merely near 0 or 1 is
 * told from what is 0 or 1. */
static const struct {
    const char *name;
    const char *format;
    double least; /* shown as less than that below it, and as more above 1 - it */
    const char *below, *above;
} proportions[] = {
    {"belief", "%.3f", 0.0005, "<0.001", ">0.999"},
    {"disbelief", "%.3f", 0.0005, "<0.001", ">0.999"},
    {"uncertainty", "%.3f", 0.0005, "<0.001", ">0.999"},
    {"expected", "%.3f", 0.0005, "<0.001", ">0.999"},
    {"stderr", "%.4f", 0.00005, "<0.0001", ">0.9999"},
    {"probability", "%.3f", 0.0005, "<0.001", ">0.999"},
    {"level", "%.3f", 0.0005, "<0.001", ">0.999"},
    {"rel_stderr", "%.3f", 0.0005, "<0.001", ">0.999"},
};

/* Whether the numbers of a row are a score that may be small everywhere: EigenTrust's shares. */
static gboolean
is_score(const CpsfTable *table, int64_t row)
{
    const int belief = cpsf_table_find_column(table, "belief");

    return belief >= 0 && cpsf_table_is_null(table, belief, row);
}

static char *
double_text(const char *column, double value)
{
    char buffer[G_ASCII_DTOSTR_BUF_SIZE];

    for (size_t i = 0; i < G_N_ELEMENTS(proportions); i++) {
        if (!g_str_equal(proportions[i].name, column))
            continue;
        if (value > 0 && value < proportions[i].least)
            return g_strdup(proportions[i].below);
        if (value < 1 && value >= 1 - proportions[i].least)
            return g_strdup(proportions[i].above);
        return g_strdup(g_ascii_formatd(buffer, sizeof buffer, proportions[i].format, value));
    }
    if (g_str_equal(column, "loss"))
        return figures_amount(value);
    if (g_str_equal(column, "nodes"))
        return g_strdup(g_ascii_formatd(buffer, sizeof buffer, "%.2f", value));
    return g_strdup(g_ascii_formatd(buffer, sizeof buffer, "%.4g", value));
}

/* The name of the node of this row in the language of messages. */
static const char *
local_name(const CpsfTable *table, int column, int64_t row, const TableStyle *style)
{
    const int key = cpsf_table_find_column(table, "key");
    int32_t node = CPSF_NODE_NONE;

    if (style->graph != NULL && key >= 0)
        node = cpsf_graph_find_node(style->graph, cpsf_table_get_utf8(table, key, row));
    return node == CPSF_NODE_NONE ? cpsf_table_get_utf8(table, column, row)
                                  : cpsf_graph_get_name(style->graph, node, lang_get());
}

/* The context of the words in a cell; NULL if it holds a supplier's own words. */
static const char *
word_context(const CpsfTable *table, int column, int64_t row)
{
    const char *name = cpsf_table_get_column_name(table, column);

    for (size_t i = 0; i < G_N_ELEMENTS(contexts); i++) {
        const int by = cpsf_table_find_column(table, contexts[i].by);

        if (by >= 0 && g_str_equal(contexts[i].column, name) &&
            g_str_equal(contexts[i].is, cpsf_table_get_utf8(table, by, row)))
            return contexts[i].context;
    }
    return cpsf_table_find_column(table, "part") < 0 || g_str_equal(name, "part") ? name : NULL;
}

/* Words separated by blanks, each in the language of messages. */
static char *
words_text(const char *context, const char *text)
{
    g_auto(GStrv) parts = g_strsplit(text, " ", -1);
    GString *out = g_string_new(NULL);

    for (int i = 0; parts[i] != NULL; i++)
        g_string_append_printf(out, "%s%s", i > 0 ? ", " : "", lang_word(context, parts[i]));
    return g_string_free(out, FALSE);
}

char *
cell_text(const CpsfTable *table, int column, int64_t row, const TableStyle *style)
{
    const char *name = cpsf_table_get_column_name(table, column);

    if (cpsf_table_is_null(table, column, row))
        return g_strdup("");
    switch (cpsf_table_get_column_type(table, column)) {
    case CPSF_COLUMN_INT64:
        return g_strdup_printf("%" G_GINT64_FORMAT, cpsf_table_get_int64(table, column, row));
    case CPSF_COLUMN_DOUBLE:
        return double_text(is_score(table, row) ? "" : name,
                           cpsf_table_get_double(table, column, row));
    case CPSF_COLUMN_TIMESTAMP:
        return g_str_equal(name, "earliest") || g_str_equal(name, "mean_arrival")
                   ? arrival_text(cpsf_table_get_time(table, column, row))
                   : time_text(cpsf_table_get_time(table, column, row));
    case CPSF_COLUMN_UTF8_LIST:
        return g_str_equal(name, "via") ? chain_text(table, column, row, style->graph)
                                        : list_text(table, column, row);
    case CPSF_COLUMN_UTF8:
        break;
    }
    if (g_str_equal(name, "name"))
        return g_strdup(local_name(table, column, row, style));

    const char *context = word_context(table, column, row);
    const char *text = cpsf_table_get_utf8(table, column, row);

    if (g_strcmp0(context, "reasons") == 0)
        return words_text(context, text);
    return g_strdup(context != NULL ? lang_word(context, text) : text);
}
