/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Tables of every shape for test-arrow.py: a shared module with one function that it calls. */

#include "config.h"

#include <math.h>

#include "cpsf-table-private.h"

/* @n rows: row i has null in every third cell of each column, and i % 4 items in its list. */
static CpsfTable *
make_table(int n)
{
    /* clang-format off */
    static const CpsfColumnSpec specs[] = {
        {"n",    CPSF_COLUMN_INT64},
        {"x",    CPSF_COLUMN_DOUBLE},
        {"text", CPSF_COLUMN_UTF8},
        {"when", CPSF_COLUMN_TIMESTAMP},
        {"list", CPSF_COLUMN_UTF8_LIST},
        {"full", CPSF_COLUMN_INT64},
    };
    /* clang-format on */
    CpsfTableBuilder *b = cpsf_table_builder_new(specs, G_N_ELEMENTS(specs));

    for (int i = 0; i < n; i++) {
        g_autofree char *text = g_strdup_printf("山%d", i / 2);

        if (i % 3 != 0)
            cpsf_table_put_int64(b, 0, INT64_MAX - i);
        cpsf_table_put_double(b, 1, i % 3 == 1 ? (double) NAN : i / 8.0);
        cpsf_table_put_utf8(b, 2, i % 3 == 2 ? NULL : i % 5 == 0 ? "" : text);
        cpsf_table_put_time(b, 3, i % 3 == 0 ? CPSF_TIME_FOREVER : i * CPSF_TIME_DAY + 1);
        for (int k = 0; k < i % 4; k++)
            cpsf_table_put_item(b, 4, k == 1 ? "" : text);
        cpsf_table_put_int64(b, 5, i);
        cpsf_table_end_row(b);
    }
    return cpsf_table_builder_finish(b, NULL);
}

/* Rows [first, first + length) of @n, sorted downwards by "full" if asked to, into @stream. */
CPSF_API int arrow_table(
    int n, int64_t first, int64_t length, gboolean is_sorted, struct ArrowArrayStream *stream);

int
arrow_table(
    int n, int64_t first, int64_t length, gboolean is_sorted, struct ArrowArrayStream *stream)
{
    g_autoptr(CpsfTable) whole = make_table(n);
    g_autoptr(CpsfTable) slice = cpsf_table_slice(whole, first, length, NULL);
    g_autoptr(CpsfTable) sorted = cpsf_table_sort(slice, (const char *[]){"-full", NULL}, NULL);

    return cpsf_table_export_arrow(is_sorted ? sorted : slice, stream, NULL);
}
