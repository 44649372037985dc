/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * CSV after RFC 4180 and its sister with tabs, of tables and of the edges of a moment.  Text comes
 * from suppliers and lands in spreadsheets: what one of those would take for a formula is led by an
 * apostrophe (security: formula injection).  Numbers and times are ours and stay as they are.
 */

#include "config.h"

#include "cpsf-write-private.h"

#include <math.h>
#include <string.h>

typedef struct {
    CpsfWriter *w;
    char separator;    /* ',' or '\t' */
    gboolean is_begun; /* the row has a cell */
    gboolean is_only;  /* rows have but one cell: an empty one must not look like an empty line */
} CsvRow;

static void
begin_cell(CsvRow *row)
{
    if (row->is_begun)
        cpsf_put_char(row->w, row->separator);
    row->is_begun = TRUE;
}

static void
end_row(CsvRow *row)
{
    cpsf_put(row->w, row->separator == ',' ? "\r\n" : "\n");
    row->is_begun = FALSE;
}

static gboolean
is_formula(const char *text)
{
    return text[0] != '\0' && strchr("=+-@\t\r", text[0]) != NULL;
}

/* The inside of a quoted CSV cell, or of a TSV cell. */
static void
put_escaped(CsvRow *row, const char *text)
{
    const gboolean is_csv = row->separator == ',';
    const char *special = is_csv ? "\"" : "\t\n\r\\";

    for (const char *at = text;;) {
        const size_t n = strcspn(at, special);

        cpsf_put_bytes(row->w, at, n);
        at += n;
        if (*at == '\0')
            return;
        cpsf_put_char(row->w, is_csv ? '"' : '\\');
        cpsf_put_char(row->w, *at == '\t' ? 't' : *at == '\n' ? 'n' : *at == '\r' ? 'r' : *at);
        at++;
    }
}

static gboolean
needs_quotes(const char *text)
{
    return text[strcspn(text, ",\"\r\n")] != '\0';
}

static void
put_text_cell(CsvRow *row, const char *text)
{
    const gboolean is_quoted = row->separator == ',' && needs_quotes(text);

    begin_cell(row);
    if (row->is_only && row->separator == ',' && text[0] == '\0') {
        cpsf_put(row->w, "\"\"");
        return;
    }
    if (is_quoted)
        cpsf_put_char(row->w, '"');
    if (is_formula(text))
        cpsf_put_char(row->w, '\'');
    put_escaped(row, text);
    if (is_quoted)
        cpsf_put_char(row->w, '"');
}

/* The items joined by a blank. */
static void
put_list_cell(CsvRow *row, const CpsfTable *table, int column, int64_t r)
{
    const int64_t n = cpsf_table_get_list_length(table, column, r);
    gboolean is_quoted = FALSE;

    if (n == 0) {
        put_text_cell(row, "");
        return;
    }
    for (int64_t i = 0; i < n && row->separator == ','; i++)
        is_quoted |= needs_quotes(cpsf_table_get_list_item(table, column, r, i));
    begin_cell(row);
    if (is_quoted)
        cpsf_put_char(row->w, '"');
    if (is_formula(cpsf_table_get_list_item(table, column, r, 0)))
        cpsf_put_char(row->w, '\'');
    for (int64_t i = 0; i < n; i++) {
        if (i > 0)
            cpsf_put_char(row->w, ' ');
        put_escaped(row, cpsf_table_get_list_item(table, column, r, i));
    }
    if (is_quoted)
        cpsf_put_char(row->w, '"');
}

static void
put_cell(CsvRow *row, const CpsfTable *table, int column, int64_t i)
{
    if (cpsf_table_is_null(table, column, i)) {
        put_text_cell(row, "");
        return;
    }
    switch (cpsf_table_get_column_type(table, column)) {
    case CPSF_COLUMN_INT64:
        begin_cell(row);
        cpsf_put_int64(row->w, cpsf_table_get_int64(table, column, i));
        break;
    case CPSF_COLUMN_DOUBLE:
        if (!isfinite(cpsf_table_get_double(table, column, i))) {
            put_text_cell(row, "");
            break;
        }
        begin_cell(row);
        cpsf_put_double(row->w, cpsf_table_get_double(table, column, i));
        break;
    case CPSF_COLUMN_UTF8:
        put_text_cell(row, cpsf_table_get_utf8(table, column, i));
        break;
    case CPSF_COLUMN_TIMESTAMP:
        begin_cell(row);
        cpsf_put_time(row->w, cpsf_table_get_time(table, column, i));
        break;
    case CPSF_COLUMN_UTF8_LIST:
        put_list_cell(row, table, column, i);
        break;
    }
}

void
cpsf_write_table_csv(CpsfWriter *w, const CpsfTable *table, char separator)
{
    const int n_columns = cpsf_table_get_n_columns(table);
    const int64_t n = cpsf_table_get_n_rows(table);
    CsvRow row = {.w = w, .separator = separator, .is_only = n_columns == 1};

    for (int i = 0; i < n_columns; i++)
        put_text_cell(&row, cpsf_table_get_column_name(table, i));
    end_row(&row);
    for (int64_t r = 0; r < n; r++) {
        for (int i = 0; i < n_columns; i++)
            put_cell(&row, table, i, r);
        end_row(&row);
    }
}

static void
put_time_cell(CsvRow *row, CpsfTime time)
{
    begin_cell(row);
    cpsf_put_time(row->w, time);
}

static void
put_edge(CsvRow *row, const CpsfGraph *graph, const CpsfEdgeRow *edge)
{
    put_text_cell(row, cpsf_graph_get_key(graph, (int32_t) edge->from));
    put_text_cell(row, cpsf_graph_get_key(graph, (int32_t) edge->to));
    put_text_cell(row, cpsf_word(CPSF_WORDS_RELATION, edge->relation));
    put_text_cell(row, cpsf_strtab_get(graph->strings, edge->group));
    begin_cell(row);
    if (!isnan(edge->criticality))
        cpsf_put_double(row->w, edge->criticality);
    begin_cell(row);
    if (edge->delay >= 0)
        cpsf_put_duration(row->w, edge->delay);
    put_time_cell(row, edge->valid.since);
    put_time_cell(row, edge->valid.until);
    end_row(row);
}

void
cpsf_write_snapshot_csv(CpsfWriter *w, const CpsfSnapshot *snapshot)
{
    CsvRow row = {.w = w, .separator = ','};
    const CpsfEdgeRow *edge;

    cpsf_put(w, "from,to,relation,group,criticality,delay,since,until\r\n");
    for (int64_t at = 0; (edge = cpsf_snapshot_next_edge(snapshot, &at)) != NULL;)
        put_edge(&row, snapshot->graph, edge);
}
