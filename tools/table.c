/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Tables for people.  Columns that nobody needs on a narrow terminal go first, then long texts are
 * cut; libsmartcols lays out what is left.  Headings and words are in the language of messages:
 * programs read JSON or CSV.
 */

#include "config.h"

#include "table.h"

#include "cell.h"
#include "lang.h"
#include "text.h"

#include <libsmartcols/libsmartcols.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define GAP 2     /* blanks between columns */
#define BAR 12    /* columns of a bar */
#define ROOMY 30  /* columns a long text should have before optional columns are shown */
#define FOLDED 10 /* columns that a text needs which goes on below, losing nothing */
#define SPARE 10  /* optional columns from here on go before a long text is cut to less */

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
    {"kind", 3, 0},
    {"detail", 12, 14},
    {"until", 13, 0},
    {"scheme", 14, 12},
    {"since", 15, 0},
    {"issuer", 16, 14},
    /* trust */
    {"bar", 1, 0},
    {"disbelief", 2, 0},
    {"uncertainty", 4, 0},
    {"stderr", 5, 0},
    /* impact, blast */
    {"effect", 0, 0},
    {"probability", 0, 0},
    {"earliest", 1, 0},
    {"loss", 2, 0},
    {"rel_stderr", 4, 0},
    {"via", 11, 30},
    {"mean_arrival", 12, 0},
    /* explain */
    {"item", 0, 14},
    {"value", 0, 14},
    {"source", 13, 14},
    /* feed validate */
    {"feed", 0, 14},
    {"message", 0, 20},
    {"id", 15, 14},
    {"version", 16, 12},
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

static const Rule *
find_rule(const char *name)
{
    static const Rule none = {"", 0, 0};

    for (size_t i = 0; i < G_N_ELEMENTS(rules); i++)
        if (g_str_equal(rules[i].name, name))
            return &rules[i];
    return &none;
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
    s->drop = find_rule(s->name)->drop;
    s->least = find_rule(s->name)->least;
    if (cpsf_table_find_column(table, "part") >= 0) { /* everything about one node */
        s->is_folded = s->least > 0;
        s->least = MIN(s->least, FOLDED);
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

/* The share of a bar that @value takes. */
static int
bar_share(const CpsfTable *table, const char *name, int64_t row)
{
    const int column = cpsf_table_find_column(table, name);

    if (column < 0 || cpsf_table_is_null(table, column, row))
        return -1;
    return (int) (BAR * cpsf_table_get_double(table, column, row) + 0.5);
}

/* "++++++???---": in ASCII, since what else there is to draw with has no certain width in East
 * Asian terminals.  "" where there is no belief and disbelief. */
static char *
bar_text(const CpsfTable *table, int64_t row)
{
    const int belief = bar_share(table, "belief", row);
    const int disbelief = MIN(bar_share(table, "disbelief", row), BAR - belief);
    char *text = g_malloc0(BAR + 1);

    if (belief < 0 || disbelief < 0)
        return text;
    memset(text, '+', (size_t) belief);
    memset(text + belief, '?', (size_t) (BAR - belief - disbelief));
    memset(text + BAR - disbelief, '-', (size_t) disbelief);
    return text;
}

/* Makes a column of bars; FALSE if the table has nothing that they could show. */
static gboolean
shown_fill_bars(Shown *s, const CpsfTable *table)
{
    const int64_t n = cpsf_table_get_n_rows(table);
    gboolean has_text = FALSE;

    *s = (Shown){.name = "bar", .column = -1, .drop = find_rule("bar")->drop};
    s->heading = g_strdup(lang_word("column", "+b ?u -d"));
    s->width = MAX(BAR, text_width(s->heading));
    s->cells = g_new0(char *, (gsize) n + 1);
    for (int64_t row = 0; row < n; row++) {
        s->cells[row] = bar_text(table, row);
        has_text |= s->cells[row][0] != '\0';
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

        const gboolean is_spare = g_array_index(columns, Shown, worst).drop >= SPARE;

        if (total_width(columns, is_spare ? ROOMY : 0) <= width)
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

/* Green, yellow or red, after what takes most of a bar. */
static const char *
bar_color(const char *bar)
{
    const char *unknown = bar + strspn(bar, "+");
    const char *refuted = unknown + strspn(unknown, "?");
    const size_t n_good = (size_t) (unknown - bar);
    const size_t n_unknown = (size_t) (refuted - unknown);
    const size_t n_bad = strlen(refuted);

    if (n_bad >= n_good && n_bad >= n_unknown)
        return state_color("refuted");
    return state_color(n_unknown >= n_good ? "unverified" : "verified");
}

/* NULL = none. */
static const char *
cell_color(const Shown *s, const CpsfTable *table, int64_t row)
{
    if (g_str_equal(s->name, "state"))
        return state_color(cpsf_table_get_utf8(table, s->column, row));
    if (g_str_equal(s->name, "bar") && s->cells[row][0] != '\0')
        return bar_color(s->cells[row]);
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
        if (style->has_color)
            scols_cell_set_color(scols_line_get_cell(scols_table_get_line(out, first), i),
                                 cell_color(s, table, row));
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
        Shown bars;

        if (shown_fill_bars(&bars, table))
            g_array_append_val(columns, bars);
        else
            shown_clear(&bars);
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
