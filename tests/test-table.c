/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Tables: cells of every type, nulls, select, slice, sort against an independent sort, the Arrow
 * stream by hand (an independent reader is in test-arrow.py), every allocation failure. */

#include "config.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/theories.h>
#include <errno.h>
#include <math.h>
#include <string.h>

#include "cpsf-arrow-private.h"
#include "cpsf-mem-private.h"
#include "cpsf-table-private.h"

#define expect_text(found, expected)                                                               \
    cr_expect(eq(int, g_strcmp0((found), (expected)), 0), "found \"%s\", expected \"%s\"",         \
              (found), (expected))

/* clang-format off */
static const CpsfColumnSpec all_types[] = {
    {"n",    CPSF_COLUMN_INT64},
    {"x",    CPSF_COLUMN_DOUBLE},
    {"text", CPSF_COLUMN_UTF8},
    {"when", CPSF_COLUMN_TIMESTAMP},
    {"list", CPSF_COLUMN_UTF8_LIST},
};
/* clang-format on */
enum { N, X, TEXT, WHEN, LIST, N_TYPES };

/* Three rows: values, nulls put, nulls left out. */
static CpsfTable *
three_rows(GError **error)
{
    CpsfTableBuilder *b = cpsf_table_builder_new(all_types, N_TYPES);

    cpsf_table_put_int64(b, N, -7);
    cpsf_table_put_double(b, X, 0.25);
    cpsf_table_put_utf8(b, TEXT, "山鳩");
    cpsf_table_put_time(b, WHEN, 1);
    cpsf_table_put_item(b, LIST, "expired");
    cpsf_table_put_item(b, LIST, "");
    cpsf_table_end_row(b);

    cpsf_table_put_double(b, X, (double) NAN);
    cpsf_table_put_utf8(b, TEXT, NULL);
    cpsf_table_put_time(b, WHEN, CPSF_TIME_FOREVER);
    cpsf_table_end_row(b);

    cpsf_table_put_item(b, LIST, "expired");
    cpsf_table_end_row(b);
    return cpsf_table_builder_finish(b, error);
}

Test(table, holds_what_was_put)
{
    g_autoptr(CpsfTable) t = three_rows(NULL);

    cr_assert(eq(i64, cpsf_table_get_n_rows(t), 3));
    cr_assert(eq(int, cpsf_table_get_n_columns(t), N_TYPES));
    expect_text(cpsf_table_get_column_name(t, WHEN), "when");
    cr_assert(eq(int, cpsf_table_get_column_type(t, LIST), CPSF_COLUMN_UTF8_LIST));
    cr_assert(eq(int, cpsf_table_find_column(t, "text"), TEXT));
    cr_assert(eq(int, cpsf_table_find_column(t, "Text"), -1));

    cr_assert(eq(i64, cpsf_table_get_int64(t, N, 0), -7));
    cr_assert(eq(dbl, cpsf_table_get_double(t, X, 0), 0.25));
    expect_text(cpsf_table_get_utf8(t, TEXT, 0), "山鳩");
    cr_assert(eq(i64, cpsf_table_get_time(t, WHEN, 0), 1));
    cr_assert(eq(i64, cpsf_table_get_list_length(t, LIST, 0), 2));
    expect_text(cpsf_table_get_list_item(t, LIST, 0, 0), "expired");
    expect_text(cpsf_table_get_list_item(t, LIST, 0, 1), "");
    cr_assert(eq(i64, cpsf_table_get_int64_array(t, N)[0], -7));
    cr_assert(eq(dbl, cpsf_table_get_double_array(t, X)[0], 0.25));
}

Test(table, nulls_are_what_was_not_put)
{
    g_autoptr(CpsfTable) t = three_rows(NULL);

    for (int column = 0; column < N_TYPES; column++) {
        cr_expect(not(cpsf_table_is_null(t, column, 0)), "column %d", column);
        cr_expect(eq(int, cpsf_table_is_null(t, column, 1), column != LIST), "column %d", column);
        cr_expect(eq(int, cpsf_table_is_null(t, column, 2), column != LIST), "column %d", column);
    }
    cr_expect(eq(i64, cpsf_table_get_int64(t, N, 1), 0));
    cr_expect(isnan(cpsf_table_get_double(t, X, 2)) != 0);
    expect_text(cpsf_table_get_utf8(t, TEXT, 1), "");
    cr_expect(eq(i64, cpsf_table_get_time(t, WHEN, 1), CPSF_TIME_FOREVER));
    cr_expect(eq(i64, cpsf_table_get_time(t, WHEN, 2), CPSF_TIME_ALWAYS_BEFORE));
    cr_expect(eq(i64, cpsf_table_get_list_length(t, LIST, 1), 0));
    expect_text(cpsf_table_get_list_item(t, LIST, 2, 0), "expired");
}

/* The last value put in a row counts, also over a null, in every bit of a bitmap's byte. */
Test(table, a_cell_may_be_put_again)
{
    CpsfTableBuilder *b = cpsf_table_builder_new(all_types, N_TYPES);

    for (int i = 0; i < 20; i++) {
        cpsf_table_put_utf8(b, TEXT, i % 3 == 0 ? NULL : "first");
        cpsf_table_put_utf8(b, TEXT, i % 2 == 0 ? NULL : "last");
        cpsf_table_end_row(b);
    }

    g_autoptr(CpsfTable) t = cpsf_table_builder_finish(b, NULL);

    for (int i = 0; i < 20; i++) {
        cr_expect(eq(int, cpsf_table_is_null(t, TEXT, i), i % 2 == 0));
        expect_text(cpsf_table_get_utf8(t, TEXT, i), i % 2 == 0 ? "" : "last");
    }
}

Test(table, repairs_text_that_is_not_utf8)
{
    CpsfTableBuilder *b = cpsf_table_builder_new(all_types, N_TYPES);

    cpsf_table_put_utf8(b, TEXT,
                        "a\xff"
                        "b\xe3\x81");
    cpsf_table_put_item(b, LIST, "\xc0\x80");
    cpsf_table_put_item(b, LIST, "after");
    cpsf_table_end_row(b);

    g_autoptr(CpsfTable) t = cpsf_table_builder_finish(b, NULL);

    expect_text(cpsf_table_get_utf8(t, TEXT, 0), "a\uFFFDb\uFFFD\uFFFD");
    expect_text(cpsf_table_get_list_item(t, LIST, 0, 0), "\uFFFD\uFFFD");
    expect_text(cpsf_table_get_list_item(t, LIST, 0, 1), "after");
}

Test(table, may_be_empty)
{
    g_autoptr(CpsfTable) t =
        cpsf_table_builder_finish(cpsf_table_builder_new(all_types, N_TYPES), NULL);
    g_autoptr(CpsfTable) sorted = cpsf_table_sort(t, (const char *[]){"n", "-list", NULL}, NULL);
    g_autoptr(CpsfTable) none = cpsf_table_select(t, (const char *[]){NULL}, NULL);

    cr_assert(eq(i64, cpsf_table_get_n_rows(t), 0));
    cr_assert(eq(i64, cpsf_table_get_n_rows(sorted), 0));
    cr_assert(eq(int, cpsf_table_get_n_columns(none), 0));
}

/* ---- random tables ----------------------------------------------------------------------- */

static const char *const words[] = {"", "a", "aa", "b", "é", "山", "zz", "Z"};

static const char *
random_word(GRand *rand)
{
    return words[g_rand_int_range(rand, 0, G_N_ELEMENTS(words))];
}

/* Few distinct values, a third of them null; the column "n" says which row it was. */
static CpsfTable *
random_table(uint32_t seed, int n, GError **error)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(seed);
    CpsfTableBuilder *b = cpsf_table_builder_new(all_types, N_TYPES);

    for (int i = 0; i < n; i++) {
        cpsf_table_put_int64(b, N, i);
        if (g_rand_int_range(rand, 0, 3) > 0)
            cpsf_table_put_double(b, X, g_rand_int_range(rand, -2, 3) / 2.0);
        if (g_rand_int_range(rand, 0, 3) > 0)
            cpsf_table_put_utf8(b, TEXT, random_word(rand));
        if (g_rand_int_range(rand, 0, 3) > 0)
            cpsf_table_put_time(b, WHEN, g_rand_int_range(rand, -2, 3) * CPSF_TIME_DAY);
        for (int k = g_rand_int_range(rand, 0, 3); k > 0; k--)
            cpsf_table_put_item(b, LIST, random_word(rand));
        cpsf_table_end_row(b);
    }
    return cpsf_table_builder_finish(b, error);
}

/* A row as text, so that rows of two tables can be compared without the code under test. */
static char *
row_text(CpsfTable *t, int64_t row)
{
    GString *text = g_string_new(NULL);

    g_string_append_printf(text, "%" G_GINT64_FORMAT, cpsf_table_get_int64(t, N, row));
    if (!cpsf_table_is_null(t, X, row))
        g_string_append_printf(text, " x=%g", cpsf_table_get_double(t, X, row));
    if (!cpsf_table_is_null(t, TEXT, row))
        g_string_append_printf(text, " t=%s", cpsf_table_get_utf8(t, TEXT, row));
    if (!cpsf_table_is_null(t, WHEN, row))
        g_string_append_printf(text, " w=%" G_GINT64_FORMAT, cpsf_table_get_time(t, WHEN, row));
    for (int64_t i = 0; i < cpsf_table_get_list_length(t, LIST, row); i++)
        g_string_append_printf(text, " [%s]", cpsf_table_get_list_item(t, LIST, row, i));
    return g_string_free(text, FALSE);
}

static void
expect_rows(CpsfTable *t, CpsfTable *from, const int64_t *rows)
{
    for (int64_t i = 0; i < cpsf_table_get_n_rows(t); i++) {
        g_autofree char *found = row_text(t, i);
        g_autofree char *expected = row_text(from, rows[i]);

        expect_text(found, expected);
    }
}

/* The oracle: how two rows stand in the order asked for, by the words of the documentation. */
static int
oracle_compare(CpsfTable *t, const char *const *keys, int64_t i, int64_t j)
{
    for (; *keys != NULL; keys++) {
        const gboolean down = **keys == '-';
        const int c = cpsf_table_find_column(t, *keys + down);
        int order = 0;

        if (cpsf_table_is_null(t, c, i) != cpsf_table_is_null(t, c, j))
            return cpsf_table_is_null(t, c, i) ? 1 : -1;
        if (cpsf_table_is_null(t, c, i))
            continue;
        if (c == X)
            order = (cpsf_table_get_double(t, c, i) > cpsf_table_get_double(t, c, j)) -
                    (cpsf_table_get_double(t, c, i) < cpsf_table_get_double(t, c, j));
        if (c == TEXT)
            order = strcmp(cpsf_table_get_utf8(t, c, i), cpsf_table_get_utf8(t, c, j));
        if (c == WHEN)
            order = (cpsf_table_get_time(t, c, i) > cpsf_table_get_time(t, c, j)) -
                    (cpsf_table_get_time(t, c, i) < cpsf_table_get_time(t, c, j));
        if (c == LIST) {
            g_autoptr(GString) a = g_string_new(NULL), b = g_string_new(NULL);

            /* an item and its end both sort before any longer text */
            for (int64_t k = 0; k < cpsf_table_get_list_length(t, c, i); k++)
                g_string_append_printf(a, "\002%s\001", cpsf_table_get_list_item(t, c, i, k));
            for (int64_t k = 0; k < cpsf_table_get_list_length(t, c, j); k++)
                g_string_append_printf(b, "\002%s\001", cpsf_table_get_list_item(t, c, j, k));
            order = strcmp(a->str, b->str);
        }
        if (order != 0)
            return down ? -order : order;
    }
    return 0;
}

/* Insertion sort: stable, and nothing like a merge. */
static int64_t *
oracle_sort(CpsfTable *t, const char *const *keys)
{
    const int64_t n = cpsf_table_get_n_rows(t);
    int64_t *rows = g_new(int64_t, n + 1);

    for (int64_t i = 0; i < n; i++) {
        int64_t at = i;

        for (; at > 0 && oracle_compare(t, keys, rows[at - 1], i) > 0; at--)
            rows[at] = rows[at - 1];
        rows[at] = i;
    }
    return rows;
}

TheoryDataPoints(table, sorts_as_insertion_does) = {
    DataPoints(int, 1, 2, 3),
    DataPoints(int, 0, 1, 2, 9, 64, 301),
    DataPoints(int, 0, 1, 2, 3, 4, 5, 6),
};

Theory((int seed, int n, int which), table, sorts_as_insertion_does)
{
    static const char *const orders[][4] = {
        {"x"},  {"-x"}, {"text", "-when"}, {"-text", "x", "list"}, {"list"}, {"-list", "-when"},
        {NULL},
    };
    g_autoptr(CpsfTable) t = random_table((uint32_t) seed, n, NULL);
    g_autoptr(CpsfTable) sorted = cpsf_table_sort(t, orders[which], NULL);
    g_autofree int64_t *rows = oracle_sort(t, orders[which]);

    cr_assert(eq(i64, cpsf_table_get_n_rows(sorted), n));
    expect_rows(sorted, t, rows);
}

Test(table, slices_and_selections_show_the_same_rows)
{
    g_autoptr(CpsfTable) t = random_table(4, 100, NULL);
    g_autoptr(CpsfTable) slice = cpsf_table_slice(t, 13, 50, NULL);
    g_autoptr(CpsfTable) inner = cpsf_table_slice(slice, 11, 1000, NULL);
    g_autoptr(CpsfTable) beyond = cpsf_table_slice(slice, 51, 1, NULL);
    g_autoptr(CpsfTable) chosen =
        cpsf_table_select(inner, (const char *[]){"list", "n", NULL}, NULL);
    g_autofree int64_t *rows = g_new(int64_t, 100);

    for (int i = 0; i < 100; i++)
        rows[i] = 24 + i;
    cr_assert(eq(i64, cpsf_table_get_n_rows(slice), 50));
    cr_assert(eq(i64, cpsf_table_get_n_rows(inner), 39));
    cr_assert(eq(i64, cpsf_table_get_n_rows(beyond), 0));
    expect_rows(inner, t, rows);
    cr_assert(eq(ptr, (void *) cpsf_table_get_int64_array(inner, N),
                 (void *) (cpsf_table_get_int64_array(t, N) + 24)),
              "slices share");

    cr_assert(eq(int, cpsf_table_get_n_columns(chosen), 2));
    cr_assert(eq(i64, cpsf_table_get_int64(chosen, 1, 38), 62));

    g_clear_pointer(&t, cpsf_table_unref);
    g_clear_pointer(&inner, cpsf_table_unref);
    cr_assert(eq(i64, cpsf_table_get_int64(chosen, 1, 0), 24), "what is shared stays");
}

Test(table, sorts_a_slice)
{
    g_autoptr(CpsfTable) t = random_table(5, 40, NULL);
    g_autoptr(CpsfTable) slice = cpsf_table_slice(t, 7, 20, NULL);
    g_autoptr(CpsfTable) sorted =
        cpsf_table_sort(slice, (const char *[]){"-text", "list", NULL}, NULL);
    g_autofree int64_t *rows = oracle_sort(slice, (const char *[]){"-text", "list", NULL});

    expect_rows(sorted, slice, rows);
}

Test(table, refuses)
{
    g_autoptr(CpsfTable) t = three_rows(NULL);
    g_autoptr(GError) error = NULL;

    cr_assert(eq(ptr, cpsf_table_select(t, (const char *[]){"n", "no", NULL}, &error), NULL));
    cr_expect(eq(int, g_error_matches(error, CPSF_ERROR, CPSF_ERROR_NOT_FOUND), 1));
    expect_text(error->message, "no column \"no\" among: n, x, text, when, list");
    g_clear_error(&error);
    cr_assert(eq(ptr, cpsf_table_sort(t, (const char *[]){"--n", NULL}, &error), NULL));
    cr_expect(eq(int, g_error_matches(error, CPSF_ERROR, CPSF_ERROR_NOT_FOUND), 1));
    g_clear_error(&error);
    cr_assert(eq(ptr, cpsf_table_slice(t, -1, 2, &error), NULL));
    cr_expect(eq(int, g_error_matches(error, CPSF_ERROR, CPSF_ERROR_INVALID_VALUE), 1));
    g_clear_error(&error);
    cr_assert(eq(ptr, cpsf_table_slice(t, 0, -2, &error), NULL));
    cr_expect(eq(int, g_error_matches(error, CPSF_ERROR, CPSF_ERROR_INVALID_VALUE), 1));
}

/* ---- Arrow ------------------------------------------------------------------------------- */

static const void *
buffer_of(const struct ArrowArray *batch, int column, int buffer)
{
    return batch->children[column]->buffers[buffer];
}

Test(arrow, lays_out_every_type)
{
    g_autoptr(CpsfTable) t = three_rows(NULL);
    const int64_t *numbers = cpsf_table_get_int64_array(t, N);
    struct ArrowArrayStream stream;
    struct ArrowSchema schema;
    struct ArrowArray batch, end;
    static const char *const formats[] = {"l", "g", "U", "tsu:UTC", "+L"};

    cr_assert(cpsf_table_export_arrow(t, &stream, NULL));
    g_clear_pointer(&t, cpsf_table_unref);
    cr_assert(eq(int, stream.get_schema(&stream, &schema), 0));
    expect_text(schema.format, "+s");
    cr_assert(eq(i64, schema.n_children, N_TYPES));
    for (int i = 0; i < N_TYPES; i++) {
        expect_text(schema.children[i]->format, formats[i]);
        expect_text(schema.children[i]->name, all_types[i].name);
        cr_expect(eq(i64, schema.children[i]->flags, i == LIST ? 0 : ARROW_FLAG_NULLABLE));
    }
    expect_text(schema.children[LIST]->children[0]->format, "U");

    cr_assert(eq(int, stream.get_next(&stream, &batch), 0));
    cr_assert(eq(int, stream.get_next(&stream, &end), 0));
    cr_assert(zero(ptr, (void *) end.release));
    stream.release(&stream);
    cr_assert(zero(ptr, (void *) stream.release));

    cr_assert(eq(i64, batch.length, 3));
    cr_assert(eq(ptr, (void *) buffer_of(&batch, N, 1), (void *) numbers), "numbers are shared");
    cr_assert(eq(i64, batch.children[N]->null_count, 2));
    cr_assert(eq(int, *(const uint8_t *) buffer_of(&batch, N, 0) & 7, 1));
    cr_assert(eq(i64, ((const int64_t *) buffer_of(&batch, TEXT, 1))[3], 6));
    cr_assert(eq(int, memcmp(buffer_of(&batch, TEXT, 2), "山鳩", 6), 0));
    cr_assert(eq(i64, ((const int64_t *) buffer_of(&batch, LIST, 1))[1], 2));
    cr_assert(eq(i64, ((const int64_t *) buffer_of(&batch, LIST, 1))[3], 3));
    cr_assert(eq(i64, batch.children[LIST]->children[0]->length, 3));
    schema.release(&schema);
    batch.release(&batch);
}

/* A consumer may move children out of their parents and let go in any order. */
Test(arrow, children_can_be_moved)
{
    g_autoptr(CpsfTable) t = three_rows(NULL);
    struct ArrowArrayStream stream;
    struct ArrowSchema schema, moved_schema;
    struct ArrowArray batch, moved, items;

    cr_assert(cpsf_table_export_arrow(t, &stream, NULL));
    g_clear_pointer(&t, cpsf_table_unref);
    stream.get_schema(&stream, &schema);
    stream.get_next(&stream, &batch);
    stream.release(&stream);

    moved_schema = *schema.children[LIST];
    schema.children[LIST]->release = NULL;
    schema.release(&schema);
    expect_text(moved_schema.name, "list");
    expect_text(moved_schema.children[0]->name, "item");
    moved_schema.release(&moved_schema);

    moved = *batch.children[LIST];
    batch.children[LIST]->release = NULL;
    batch.release(&batch);
    items = *moved.children[0];
    moved.children[0]->release = NULL;
    moved.release(&moved);
    cr_expect(eq(int, memcmp(items.buffers[2], "expiredexpired", 14), 0));
    items.release(&items);
    cr_expect(zero(ptr, (void *) items.release));
}

Test(arrow, may_be_released_unread)
{
    g_autoptr(CpsfTable) t = three_rows(NULL);
    struct ArrowArrayStream stream;

    cr_assert(cpsf_table_export_arrow(t, &stream, NULL));
    stream.release(&stream);
    cr_assert(zero(ptr, (void *) stream.release));
}

/* ---- failures ---------------------------------------------------------------------------- */

static gboolean
everything(GError **error)
{
    g_autoptr(CpsfTable) t = random_table(9, 60, error);

    if (t == NULL)
        return FALSE;

    g_autoptr(CpsfTable) sorted =
        cpsf_table_sort(t, (const char *[]){"text", "-list", NULL}, error);

    return sorted != NULL;
}

Test(table, survives_every_allocation_failure)
{
    for (int budget = 0; budget < 10000; budget++) {
        g_autoptr(GError) error = NULL;

        cpsf_mem_fail_after(budget);

        const gboolean ok = everything(&error);

        cpsf_mem_fail_after(-1);
        if (ok) {
            cr_assert(gt(int, budget, 20));
            return;
        }
        cr_assert(eq(int, g_error_matches(error, CPSF_ERROR, CPSF_ERROR_NO_MEMORY), 1));
    }
    cr_fatal("never succeeded");
}

Test(arrow, survives_every_allocation_failure)
{
    g_autoptr(CpsfTable) t = random_table(10, 20, NULL);

    for (int budget = 0; budget < 100; budget++) {
        struct ArrowArrayStream stream;
        struct ArrowArray batch;

        cr_assert(cpsf_table_export_arrow(t, &stream, NULL));
        cpsf_mem_fail_after(budget);

        const int code = stream.get_next(&stream, &batch);

        cpsf_mem_fail_after(-1);
        if (code == 0) {
            batch.release(&batch);
            stream.release(&stream);
            cr_assert(gt(int, budget, 3));
            return;
        }
        cr_assert(eq(int, code, ENOMEM));
        cr_assert(ne(ptr, (void *) stream.get_last_error(&stream), NULL));
        cr_assert(zero(ptr, (void *) batch.release));
        cr_assert(eq(int, stream.get_next(&stream, &batch), 0), "and can be asked again");
        batch.release(&batch);
        stream.release(&stream);
    }
    cr_fatal("never succeeded");
}
