/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Tables for people.  Columns that nobody needs on a narrow terminal go first, then long texts are
 * cut; libsmartcols lays out what is left.  Headings and words are in the language of messages:
 * programs read JSON or CSV.
 */

#include "config.h"

#include "table.h"

#include "lang.h"
#include "text.h"

#include <glib/gi18n.h>
#include <libsmartcols/libsmartcols.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define GAP 2    /* blanks between columns */
#define ROOMY 30 /* columns a long text should have before optional columns are shown */

typedef struct {
    const char *name;
    int drop;  /* 0 = never left out; else the highest goes first */
    int least; /* columns a text may be cut to; 0 = never cut */
} Rule;

/* clang-format off */
static const Rule rules[] = {
    {"key", 0, 20},
    {"name", 0, 13},
    {"reasons", 0, 13},
    {"kind", 1, 0},
    {"detail", 2, 14},
    {"until", 3, 0},
    {"scheme", 4, 12},
    {"since", 5, 0},
    {"issuer", 6, 14},
    /* explain */
    {"item", 0, 14},
    {"value", 0, 14},
    {"source", 3, 14},
    /* feed validate */
    {"feed", 0, 14},
    {"message", 0, 20},
    {"id", 5, 14},
    {"version", 6, 12},
};

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
    NC_("field", "key"), NC_("field", "kind"), NC_("field", "name"), NC_("field", "class"),
    NC_("field", "layers"), NC_("field", "holds"),
    NC_("relation", "supplies"), NC_("relation", "owns"), NC_("relation", "makes"),
    NC_("relation", "operates"), NC_("relation", "maintains"), NC_("relation", "acts-for"),
    NC_("relation", "governs"), NC_("relation", "part-of"), NC_("relation", "used-by"),
    NC_("relation", "hosts"), NC_("relation", "senses"), NC_("relation", "drives"),
    NC_("relation", "feeds"), NC_("relation", "derives"), NC_("relation", "vouches"),
    NC_("effect", "outage"), NC_("effect", "tamper"), NC_("effect", "leak"),
    NC_("effect", "distortion"), NC_("effect", "hazard"),
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
    {"value", "part", "anchor", "reasons"},
    {"value", "part", "evidence", "reasons"},
    {"value", "part", "path", "state"},
};

static const struct {
    const char *word;
    const char *color;
} colors[] = {
    {"verified", "\033[32m"}, {"unverified", "\033[33m"}, {"refuted", "\033[1;31m"},
    {"imported", "\033[32m"}, {"rejected", "\033[1;31m"},
};
/* clang-format on */

/* One column on its way to the terminal. */
typedef struct {
    const char *name;
    char *heading;   /* (owned) */
    char **cells;    /* (owned) n_rows of them */
    int column;      /* of the table */
    int width;       /* its own, then what it is given */
    int drop, least; /* of its rule */
    gboolean is_number;
    gboolean is_folded; /* goes on below rather than being cut */
} Shown;

static void
shown_clear(void *data)
{
    Shown *s = data;

    g_free(s->heading);
    g_strfreev(s->cells);
}

/* A time without what says nothing: midnight UTC is its date. */
static char *
time_text(CpsfTime time)
{
    char *text = cpsf_time_format(time);

    if (g_str_has_suffix(text, "T00:00:00Z"))
        *strchr(text, 'T') = '\0';
    return text;
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

static char *
double_text(double value)
{
    char buffer[G_ASCII_DTOSTR_BUF_SIZE];

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

static char *
cell_text(const CpsfTable *table, int column, int64_t row, const TableStyle *style)
{
    const char *name = cpsf_table_get_column_name(table, column);

    if (cpsf_table_is_null(table, column, row))
        return g_strdup("");
    switch (cpsf_table_get_column_type(table, column)) {
    case CPSF_COLUMN_INT64:
        return g_strdup_printf("%" G_GINT64_FORMAT, cpsf_table_get_int64(table, column, row));
    case CPSF_COLUMN_DOUBLE:
        return double_text(cpsf_table_get_double(table, column, row));
    case CPSF_COLUMN_TIMESTAMP:
        return time_text(cpsf_table_get_time(table, column, row));
    case CPSF_COLUMN_UTF8_LIST:
        return list_text(table, column, row);
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

/* Reads a column out of the table; FALSE if it is empty from top to bottom. */
static gboolean
shown_fill(Shown *s, const CpsfTable *table, int column, const TableStyle *style)
{
    const int64_t n = cpsf_table_get_n_rows(table);
    const CpsfColumnType type = cpsf_table_get_column_type(table, column);
    gboolean has_text = FALSE;

    s->name = cpsf_table_get_column_name(table, column);
    s->column = column;
    s->heading = g_strdup(lang_word("column", s->name));
    s->is_number = type == CPSF_COLUMN_INT64 || type == CPSF_COLUMN_DOUBLE;
    s->width = text_width(s->heading);
    s->cells = g_new0(char *, (gsize) n + 1);
    for (size_t i = 0; i < G_N_ELEMENTS(rules); i++)
        if (g_str_equal(rules[i].name, s->name)) {
            s->drop = rules[i].drop;
            s->least = rules[i].least;
        }
    if (cpsf_table_find_column(table, "part") >= 0) { /* everything about one node */
        s->is_folded = s->least > 0;
        s->drop = g_str_equal(s->name, "detail") ? 0 : s->drop;
    }
    for (int64_t row = 0; row < n; row++) {
        g_autofree char *text = cell_text(table, column, row, style);

        s->cells[row] = text_safe(text);
        s->width = MAX(s->width, text_width(s->cells[row]));
        has_text |= *text != '\0';
    }
    return has_text;
}

/* The width of all columns if no long text had more than @most columns, or than its least if @most
 * is 0. */
static int
total_width(const GArray *columns, int most)
{
    int total = columns->len > 0 ? -GAP : 0;

    for (guint i = 0; i < columns->len; i++) {
        const Shown *s = &g_array_index(columns, Shown, i);
        const int cap = most > 0 ? MAX(most, s->least) : s->least;

        total += GAP + (s->least > 0 ? MIN(s->width, cap) : s->width);
    }
    return total;
}

/* Leaves out optional columns until the rest has room. */
static void
drop_columns(GArray *columns, int width)
{
    for (;;) {
        int worst = -1;

        for (guint i = 0; i < columns->len; i++) {
            const int drop = g_array_index(columns, Shown, i).drop;

            if (drop > 0 && (worst < 0 || drop > g_array_index(columns, Shown, worst).drop))
                worst = (int) i;
        }
        if (worst < 0)
            return;

        const gboolean is_precious = g_array_index(columns, Shown, worst).drop == 1;

        if (total_width(columns, is_precious ? 0 : ROOMY) <= width)
            return;
        g_array_remove_index(columns, (guint) worst);
    }
}

/* Takes one column at a time from the widest text until all fits. */
static void
cut_columns(GArray *columns, int width)
{
    while (total_width(columns, INT32_MAX) > width) {
        Shown *widest = NULL;

        for (guint i = 0; i < columns->len; i++) {
            Shown *s = &g_array_index(columns, Shown, i);

            if (s->least > 0 && s->width > s->least && (widest == NULL || s->width > widest->width))
                widest = s;
        }
        if (widest == NULL)
            return;
        widest->width--;
    }
}

static const char *
state_color(const char *word)
{
    for (size_t i = 0; i < G_N_ELEMENTS(colors); i++)
        if (g_str_equal(colors[i].word, word))
            return colors[i].color;
    return NULL;
}

/* What is shown of a cell, a line of it each; the end of a place in a file tells more than its
 * start. */
static char **
fit_text(const Shown *s, int64_t row, const TableStyle *style)
{
    char **lines = NULL;

    if (style->width > 0 && s->is_folded)
        return text_fold(s->cells[row], s->width);
    lines = g_new0(char *, 2);
    if (style->width == 0 || s->least == 0)
        lines[0] = g_strdup(s->cells[row]);
    else if (g_str_equal(s->name, "source") || g_str_equal(s->name, "feed"))
        lines[0] = text_cut_start(s->cells[row], s->width);
    else if (g_str_equal(s->name, "key"))
        lines[0] = text_cut_key(s->cells[row], s->width);
    else
        lines[0] = text_cut(s->cells[row], s->width);
    return lines;
}

/* Adds the lines of one cell; those below the first line of the row are made when first needed. */
static void
add_cell(struct libscols_table *out, size_t first, size_t column, char *const *texts)
{
    for (size_t i = 0; texts[i] != NULL; i++) {
        struct libscols_line *line = first + i < scols_table_get_nlines(out)
                                         ? scols_table_get_line(out, first + i)
                                         : scols_table_new_line(out, NULL);

        scols_line_set_data(line, column, texts[i]);
    }
}

static void
add_row(struct libscols_table *out,
        const GArray *columns,
        const CpsfTable *table,
        int64_t row,
        const TableStyle *style)
{
    const size_t first = scols_table_get_nlines(out);

    for (guint i = 0; i < columns->len; i++) {
        const Shown *s = &g_array_index(columns, Shown, i);
        g_auto(GStrv) texts = fit_text(s, row, style);

        add_cell(out, first, i, texts);
        if (style->has_color && g_str_equal(s->name, "state"))
            scols_cell_set_color(scols_line_get_cell(scols_table_get_line(out, first), i),
                                 state_color(cpsf_table_get_utf8(table, s->column, row)));
    }
}

static char *
lay_out(const GArray *columns, const CpsfTable *table, const TableStyle *style)
{
    struct libscols_table *out = scols_new_table();
    char *text = NULL;

    scols_table_set_column_separator(out, "  ");
    scols_table_set_termforce(out, SCOLS_TERMFORCE_ALWAYS);
    scols_table_set_termwidth(out, (size_t) total_width(columns, INT32_MAX) + 1);
    scols_table_enable_colors(out, style->has_color);
    scols_table_enable_nowrap(out, 1);
    for (guint i = 0; i < columns->len; i++) {
        const Shown *s = &g_array_index(columns, Shown, i);
        struct libscols_column *column =
            scols_table_new_column(out, s->heading, 0, s->is_number ? SCOLS_FL_RIGHT : 0);

        if (style->has_color)
            scols_cell_set_color(scols_column_get_header(column), "\033[1m");
    }
    for (int64_t row = 0; row < cpsf_table_get_n_rows(table); row++)
        add_row(out, columns, table, row, style);
    scols_print_table_to_string(out, &text);
    scols_unref_table(out);

    char *own = g_strconcat(text != NULL ? text : "", "\n", NULL); /* it ends lines but the last */

    free(text);
    return own;
}

char *
table_to_text(const CpsfTable *table, const TableStyle *style)
{
    g_autoptr(GArray) columns = g_array_new(FALSE, TRUE, sizeof(Shown));

    if (cpsf_table_get_n_rows(table) == 0)
        return g_strdup("");
    g_array_set_clear_func(columns, shown_clear);
    for (int i = 0; i < cpsf_table_get_n_columns(table); i++) {
        Shown s = {0};

        if (shown_fill(&s, table, i, style) || style->width == 0)
            g_array_append_val(columns, s);
        else
            shown_clear(&s);
    }
    if (style->width > 0) {
        drop_columns(columns, style->width);
        cut_columns(columns, style->width);
    }
    return lay_out(columns, table, style);
}

int
table_get_terminal_width(void)
{
    const char *text = g_getenv("COLUMNS");
    const gint64 named = text != NULL ? g_ascii_strtoll(text, NULL, 10) : 0;
    struct winsize size = {0};

    if (!isatty(STDOUT_FILENO))
        return 0;
    if (named > 0 && named < 10000)
        return (int) named;
    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}
