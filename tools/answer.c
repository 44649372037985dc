/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A table on its way out, in the formats that the command line asks for. */

#include "config.h"

#include "answer.h"

#include "message.h"
#include "output.h"
#include "table.h"
#include "tool.h"

#include <glib/gi18n.h>
#include <string.h>
#include <unistd.h>

#define TERMINAL_ROWS 30 /* of a table on a terminal, unless --limit says otherwise */

static const char *const formats[] = {"table", "json", "csv", "tsv", NULL};

gboolean
answer_check_outputs(const Options *options)
{
    return output_check(options->outputs, formats);
}

/* For programs: the data, in no language. */
static gboolean
write_data(
    const Answer *self, CpsfTable *table, CpsfFormat format, GOutputStream *stream, GError **error)
{
    const Options *o = self->session->options;
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(g_free);

    for (guint i = 0; self->options != NULL && i < self->options->len; i++)
        g_ptr_array_add(list, g_strdup(g_ptr_array_index(self->options, i)));
    if (o->limit > 0) {
        g_ptr_array_add(list, g_strdup("limit"));
        g_ptr_array_add(list, g_strdup_printf("%" G_GINT64_FORMAT, o->limit));
    }
    if (o->strict) {
        g_ptr_array_add(list, g_strdup("strict"));
        g_ptr_array_add(list, g_strdup("true"));
    }
    options_list_limits(o, list);
    g_ptr_array_add(list, NULL);

    const CpsfAnswer answer = {
        .command = self->command,
        .snapshot = self->session->snapshot,
        .policy = self->session->policy,
        .options = (const char *const *) list->pdata,
        .findings = !o->no_findings,
    };

    return cpsf_table_write(table, format, &answer, stream, error);
}

/* For a person. */
static gboolean
write_text(
    const Answer *self, CpsfTable *table, gboolean is_stdout, GOutputStream *stream, GError **error)
{
    const Options *o = self->session->options;
    const TableStyle style = {
        .width = is_stdout ? table_get_terminal_width() : 0,
        .has_color = is_stdout && message_wants_color(o->color, STDOUT_FILENO),
        .graph = self->session->graph,
    };
    g_autofree char *text = table_to_text(table, &style);

    return g_output_stream_write_all(stream, text, strlen(text), NULL, NULL, error);
}

/* What the format called @format shows of the answer, before --limit. */
static CpsfTable *
whole_table(const Answer *self, const char *format)
{
    return self->person != NULL && g_str_equal(format, "table") ? self->person : self->table;
}

/* How many rows of it. */
static int64_t
count_rows(const Answer *self, const char *format, gboolean is_stdout)
{
    const int64_t n = cpsf_table_get_n_rows(whole_table(self, format));
    const gint64 limit = self->session->options->limit;

    if (limit >= 0)
        return limit > 0 ? MIN(limit, n) : n;
    if (is_stdout && g_str_equal(format, "table") && table_get_terminal_width() > 0)
        return MIN(TERMINAL_ROWS, n);
    return n;
}

/* An OutputWriter. */
static gboolean
write_answer(
    const char *format, gboolean is_stdout, GOutputStream *stream, void *data, GError **error)
{
    const Answer *self = data;
    g_autoptr(CpsfTable) table =
        cpsf_table_slice(whole_table(self, format), 0, count_rows(self, format, is_stdout), error);

    if (table == NULL)
        return FALSE;
    if (g_str_equal(format, "table"))
        return write_text(self, table, is_stdout, stream, error);
    return write_data(self, table,
                      g_str_equal(format, "json")  ? CPSF_FORMAT_JSON
                      : g_str_equal(format, "csv") ? CPSF_FORMAT_CSV
                                                   : CPSF_FORMAT_TSV,
                      stream, error);
}

int
answer_write(const Answer *answer)
{
    const Options *o = answer->session->options;
    const int64_t hidden =
        cpsf_table_get_n_rows(whole_table(answer, o->format)) - count_rows(answer, o->format, TRUE);
    const int status = output_write(o->format, o->outputs, write_answer, (void *) answer);

    if (status == EXIT_DONE && hidden > 0)
        message_note(ngettext("… and %lld more row (--limit 0 shows all)",
                              "… and %lld more rows (--limit 0 shows all)", (gulong) hidden),
                     (long long) hidden);
    return status;
}
