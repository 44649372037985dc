/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Sorting a table: a stable merge sort of row numbers by the keys asked for, then each column
 * gathered in that order.  Text is not copied, only where it begins.
 */

#include "config.h"

#include "cpsf-mem-private.h"
#include "cpsf-table-private.h"

#include <string.h>

typedef struct {
    const CpsfColumn *column;
    gboolean is_downward;
} SortKey;

typedef struct {
    const SortKey *keys;
    int n_keys;
} SortOrder;

static int
compare_lists(const CpsfColumn *c, int64_t i, int64_t j)
{
    const int64_t n_i = c->offsets[i + 1] - c->offsets[i];
    const int64_t n_j = c->offsets[j + 1] - c->offsets[j];

    for (int64_t k = 0; k < MIN(n_i, n_j); k++) {
        const int order = strcmp(c->pool->bytes + c->starts[c->offsets[i] + k],
                                 c->pool->bytes + c->starts[c->offsets[j] + k]);

        if (order != 0)
            return order;
    }
    return (n_i > n_j) - (n_i < n_j);
}

/* Neither cell is null. */
static int
compare_values(const CpsfColumn *c, int64_t i, int64_t j)
{
    const int64_t *integers = c->values;
    const double *doubles = c->values;

    switch (c->type) {
    case CPSF_COLUMN_UTF8:
        return strcmp(c->pool->bytes + c->starts[i], c->pool->bytes + c->starts[j]);
    case CPSF_COLUMN_UTF8_LIST:
        return compare_lists(c, i, j);
    case CPSF_COLUMN_DOUBLE:
        return (doubles[i] > doubles[j]) - (doubles[i] < doubles[j]);
    case CPSF_COLUMN_INT64:
    case CPSF_COLUMN_TIMESTAMP:
        break;
    }
    return (integers[i] > integers[j]) - (integers[i] < integers[j]);
}

static int
compare_rows(const SortOrder *order, int64_t i, int64_t j)
{
    for (int k = 0; k < order->n_keys; k++) {
        const CpsfColumn *c = order->keys[k].column;
        const gboolean i_is_null = cpsf_column_is_null(c, i);
        const gboolean j_is_null = cpsf_column_is_null(c, j);

        if (i_is_null != j_is_null)
            return i_is_null ? 1 : -1;

        const int result = i_is_null ? 0 : compare_values(c, i, j);

        if (result != 0)
            return (result > 0) == order->keys[k].is_downward ? -1 : 1;
    }
    return 0;
}

/* Merges the sorted runs [first, middle) and [middle, last) of @from; of equals the left is first. */
static void
merge_runs(const SortOrder *order,
           const int64_t *from,
           int64_t *to,
           int64_t first,
           int64_t middle,
           int64_t last)
{
    int64_t left = first;
    int64_t right = middle;

    for (int64_t i = first; i < last; i++) {
        const gboolean take_left =
            right >= last || (left < middle && compare_rows(order, from[left], from[right]) <= 0);

        to[i] = take_left ? from[left++] : from[right++];
    }
}

/* @rows: n row numbers, sorted on return.  O(n log n). */
static gboolean
sort_rows(const SortOrder *order, int64_t *rows, int64_t n, GError **error)
{
    g_autofree int64_t *spare = cpsf_try_new(int64_t, n, error);
    int64_t *from = rows;
    int64_t *to = spare;

    if (spare == NULL)
        return FALSE;
    for (int64_t width = 1; width < n; width *= 2) {
        for (int64_t first = 0; first < n; first += 2 * width)
            merge_runs(order, from, to, first, MIN(first + width, n), MIN(first + 2 * width, n));

        int64_t *sorted = to;

        to = from;
        from = sorted;
    }
    if (from != rows)
        memcpy(rows, from, (size_t) n * sizeof *rows);
    return TRUE;
}

/* The 64-bit cells of @from in the order of @rows. */
static int64_t *
gather_cells(const int64_t *from, const int64_t *rows, int64_t n, GError **error)
{
    int64_t *to = cpsf_try_new(int64_t, n, error);

    for (int64_t i = 0; to != NULL && i < n; i++)
        memcpy(&to[i], &from[rows[i]], sizeof *to);
    return to;
}

static gboolean
gather_lists(CpsfColumn *to, const CpsfColumn *from, const int64_t *rows, int64_t n, GError **error)
{
    int64_t n_items = 0;

    to->offsets = cpsf_try_new(int64_t, n + 1, error);
    if (to->offsets == NULL)
        return FALSE;
    for (int64_t i = 0; i < n; i++) {
        to->offsets[i] = n_items;
        n_items += from->offsets[rows[i] + 1] - from->offsets[rows[i]];
    }
    to->offsets[n] = n_items;

    to->starts = cpsf_try_new(int64_t, n_items, error);
    if (to->starts == NULL)
        return FALSE;
    for (int64_t i = 0; i < n; i++)
        for (int64_t k = to->offsets[i]; k < to->offsets[i + 1]; k++)
            to->starts[k] = from->starts[from->offsets[rows[i]] + k - to->offsets[i]];
    return TRUE;
}

static gboolean
gather_validity(
    CpsfColumn *to, const CpsfColumn *from, const int64_t *rows, int64_t n, GError **error)
{
    if (from->validity == NULL)
        return TRUE;
    to->validity = cpsf_try_new0(uint8_t, (n + 7) / 8, error);
    if (to->validity == NULL)
        return FALSE;
    for (int64_t i = 0; i < n; i++)
        if (!cpsf_column_is_null(from, rows[i]))
            to->validity[i / 8] |= (uint8_t) (1U << i % 8);
    return TRUE;
}

static CpsfColumn *
gather_column(const CpsfColumn *from, const int64_t *rows, int64_t n, GError **error)
{
    g_autoptr(CpsfColumn) to = cpsf_column_new(from->name, from->type, from->pool);

    if (!gather_validity(to, from, rows, n, error))
        return NULL;
    if (from->type == CPSF_COLUMN_UTF8_LIST) {
        if (!gather_lists(to, from, rows, n, error))
            return NULL;
    } else if (from->type == CPSF_COLUMN_UTF8) {
        if ((to->starts = gather_cells(from->starts, rows, n, error)) == NULL)
            return NULL;
    } else {
        if ((to->values = gather_cells(from->values, rows, n, error)) == NULL)
            return NULL;
    }
    return g_steal_pointer(&to);
}

static gboolean
resolve_keys(
    const CpsfTable *self, const char *const *names, SortKey *keys, int n_keys, GError **error)
{
    for (int i = 0; i < n_keys; i++) {
        int column;

        keys[i].is_downward = names[i][0] == '-';
        if (!cpsf_table_resolve_column(self, names[i] + keys[i].is_downward, &column, error))
            return FALSE;
        keys[i].column = self->columns[column];
    }
    return TRUE;
}

/**
 * cpsf_table_sort:
 * @self: a table
 * @columns: (array zero-terminated=1): names of columns, the most significant first; a name led by
 *   "-" sorts downwards
 * @error: return location
 *
 * Sorts the rows.  Rows that are equal keep their order; nulls come last whichever way a column is
 * sorted; text goes by its bytes, lists by their items in turn.
 *
 * Cost: O(rows × log rows) comparisons; text is shared with @self.
 *
 * Returns: (transfer full): the sorted table; %NULL with %CPSF_ERROR_NOT_FOUND if there is no column
 *   of some name, or %CPSF_ERROR_NO_MEMORY
 *
 * Since: 0.1
 */
CpsfTable *
cpsf_table_sort(CpsfTable *self, const char *const *columns, GError **error)
{
    g_return_val_if_fail(columns != NULL, NULL);

    const int64_t n = self->n_rows;
    const int n_keys = (int) g_strv_length((char **) columns);
    g_autofree SortKey *keys = g_new0(SortKey, n_keys);
    const SortOrder order = {keys, n_keys};

    if (!resolve_keys(self, columns, keys, n_keys, error))
        return NULL;

    g_autofree int64_t *rows = cpsf_try_new(int64_t, n, error);

    if (rows == NULL)
        return NULL;
    for (int64_t i = 0; i < n; i++)
        rows[i] = self->first + i;
    if (!sort_rows(&order, rows, n, error))
        return NULL;

    g_autoptr(GPtrArray) sorted =
        g_ptr_array_new_with_free_func((GDestroyNotify) cpsf_column_unref);

    for (int i = 0; i < self->n_columns; i++) {
        CpsfColumn *column = gather_column(self->columns[i], rows, n, error);

        if (column == NULL)
            return NULL;
        g_ptr_array_add(sorted, column);
    }
    return cpsf_table_new((CpsfColumn *const *) sorted->pdata, self->n_columns, 0, n);
}
