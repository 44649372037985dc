/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The one result type: named, typed, immutable columns.  A table is a window (first row, number of
 * rows) on columns that are counted one by one, so that selecting and slicing copy nothing, and
 * sorting (cpsf-table-sort.c) copies no text.
 */

#include "config.h"

#include "cpsf-mem-private.h"
#include "cpsf-table-private.h"

#include <string.h>

static void
clear_pool(void *pool)
{
    g_free(((CpsfTextPool *) pool)->bytes);
}

CpsfTextPool *
cpsf_text_pool_new(void)
{
    return g_atomic_rc_box_new0(CpsfTextPool);
}

void
cpsf_text_pool_unref(CpsfTextPool *self)
{
    g_atomic_rc_box_release_full(self, clear_pool);
}

CpsfColumn *
cpsf_column_new(const char *name, CpsfColumnType type, CpsfTextPool *pool)
{
    CpsfColumn *self = g_atomic_rc_box_new0(CpsfColumn);

    self->name = name;
    self->type = type;
    self->pool = g_atomic_rc_box_acquire(pool);
    return self;
}

static void
clear_column(void *column)
{
    CpsfColumn *self = column;

    g_free(self->validity);
    g_free(self->values);
    g_free(self->offsets);
    g_free(self->starts);
    cpsf_text_pool_unref(self->pool);
}

void
cpsf_column_unref(CpsfColumn *self)
{
    g_atomic_rc_box_release_full(self, clear_column);
}

CpsfTable *
cpsf_table_new(CpsfColumn *const *columns, int n, int64_t first, int64_t n_rows)
{
    CpsfTable *self = g_atomic_rc_box_new0(CpsfTable);

    self->n_columns = n;
    self->first = first;
    self->n_rows = n_rows;
    self->columns = g_new(CpsfColumn *, n);
    for (int i = 0; i < n; i++)
        self->columns[i] = g_atomic_rc_box_acquire(columns[i]);
    return self;
}

static void
clear_table(void *table)
{
    CpsfTable *self = table;

    for (int i = 0; i < self->n_columns; i++)
        cpsf_column_unref(self->columns[i]);
    g_free(self->columns);
}

/**
 * cpsf_table_ref:
 * @self: a table
 *
 * Takes one more reference, from any thread.
 *
 * Returns: (transfer full): @self
 *
 * Since: 0.1
 */
CpsfTable *
cpsf_table_ref(CpsfTable *self)
{
    return g_atomic_rc_box_acquire(self);
}

/**
 * cpsf_table_unref:
 * @self: (transfer full): a table
 *
 * Drops a reference, from any thread; the last one frees.  Every pointer got from the table dies
 * with it.
 *
 * Since: 0.1
 */
void
cpsf_table_unref(CpsfTable *self)
{
    g_atomic_rc_box_release_full(self, clear_table);
}

/**
 * cpsf_table_get_n_rows:
 * @self: a table
 *
 * How many rows there are.
 *
 * Returns: the number of rows
 *
 * Since: 0.1
 */
int64_t
cpsf_table_get_n_rows(const CpsfTable *self)
{
    return self->n_rows;
}

/**
 * cpsf_table_get_n_columns:
 * @self: a table
 *
 * How many columns there are.
 *
 * Returns: the number of columns
 *
 * Since: 0.1
 */
int
cpsf_table_get_n_columns(const CpsfTable *self)
{
    return self->n_columns;
}

static gboolean
has_column(const CpsfTable *self, int column)
{
    return column >= 0 && column < self->n_columns;
}

/**
 * cpsf_table_get_column_name:
 * @self: a table
 * @column: from 0
 *
 * The name of a column.
 *
 * Returns: (transfer none): the name, unique in the table unless it was selected twice
 *
 * Since: 0.1
 */
const char *
cpsf_table_get_column_name(const CpsfTable *self, int column)
{
    g_return_val_if_fail(has_column(self, column), NULL);
    return self->columns[column]->name;
}

/**
 * cpsf_table_get_column_type:
 * @self: a table
 * @column: from 0
 *
 * The type of a column.
 *
 * Returns: what the cells of the column are
 *
 * Since: 0.1
 */
CpsfColumnType
cpsf_table_get_column_type(const CpsfTable *self, int column)
{
    g_return_val_if_fail(has_column(self, column), CPSF_COLUMN_INT64);
    return self->columns[column]->type;
}

static int
find_column(const CpsfTable *self, const char *name)
{
    for (int i = 0; i < self->n_columns; i++)
        if (strcmp(self->columns[i]->name, name) == 0)
            return i;
    return -1;
}

/**
 * cpsf_table_find_column:
 * @self: a table
 * @name: a column's name
 *
 * Looks a column up by its name.  Cost: O(columns).
 *
 * Returns: the first column of that name, or -1
 *
 * Since: 0.1
 */
int
cpsf_table_find_column(const CpsfTable *self, const char *name)
{
    g_return_val_if_fail(name != NULL, -1);
    return find_column(self, name);
}

/* The column if it and the row exist, and it is of a type that @types (mask of 1 << type) allows:
 * anything else is a mistake in the program. */
static const CpsfColumn *
cell_column(const CpsfTable *self, int column, int64_t row, unsigned types)
{
    g_return_val_if_fail(has_column(self, column), NULL);
    g_return_val_if_fail(row >= 0 && row < self->n_rows, NULL);
    g_return_val_if_fail((1U << self->columns[column]->type & types) != 0, NULL);
    return self->columns[column];
}

#define INTEGERS (1U << CPSF_COLUMN_INT64 | 1U << CPSF_COLUMN_TIMESTAMP)
#define DOUBLES (1U << CPSF_COLUMN_DOUBLE)
#define TEXTS (1U << CPSF_COLUMN_UTF8)
#define LISTS (1U << CPSF_COLUMN_UTF8_LIST)

/**
 * cpsf_table_is_null:
 * @self: a table
 * @column: from 0
 * @row: from 0
 *
 * Whether a cell has no value.  A list is never null, it is empty.  Cost: O(1).
 *
 * Returns: whether the cell is missing
 *
 * Since: 0.1
 */
gboolean
cpsf_table_is_null(const CpsfTable *self, int column, int64_t row)
{
    const CpsfColumn *c = cell_column(self, column, row, ~0U);

    return c == NULL || cpsf_column_is_null(c, self->first + row);
}

/**
 * cpsf_table_get_int64:
 * @self: a table
 * @column: from 0, of type int64 or timestamp
 * @row: from 0
 *
 * The number in a cell.  Cost: O(1).
 *
 * Returns: the number; 0 for a null of an int64 column
 *
 * Since: 0.1
 */
int64_t
cpsf_table_get_int64(const CpsfTable *self, int column, int64_t row)
{
    const CpsfColumn *c = cell_column(self, column, row, INTEGERS);

    return c == NULL ? 0 : ((const int64_t *) c->values)[self->first + row];
}

/**
 * cpsf_table_get_double:
 * @self: a table
 * @column: from 0, of type double
 * @row: from 0
 *
 * The number in a cell.  Cost: O(1).
 *
 * Returns: the number; NaN for a null
 *
 * Since: 0.1
 */
double
cpsf_table_get_double(const CpsfTable *self, int column, int64_t row)
{
    const CpsfColumn *c = cell_column(self, column, row, DOUBLES);

    return c == NULL ? 0.0 : ((const double *) c->values)[self->first + row];
}

/**
 * cpsf_table_get_time:
 * @self: a table
 * @column: from 0, of type timestamp
 * @row: from 0
 *
 * The moment in a cell.  Cost: O(1).
 *
 * Returns: the moment, µs since 1970 UTC; of a null the unbounded time it stands for
 *   (%CPSF_TIME_ALWAYS_BEFORE if it never was one)
 *
 * Since: 0.1
 */
CpsfTime
cpsf_table_get_time(const CpsfTable *self, int column, int64_t row)
{
    const CpsfColumn *c = cell_column(self, column, row, 1U << CPSF_COLUMN_TIMESTAMP);

    return c == NULL ? 0 : ((const int64_t *) c->values)[self->first + row];
}

/**
 * cpsf_table_get_utf8:
 * @self: a table
 * @column: from 0, of type utf8
 * @row: from 0
 *
 * The text in a cell.  Cost: O(1).
 *
 * Returns: (transfer none): the text, NUL-terminated, valid UTF-8, good as long as the table or one
 *   made from it; "" for a null
 *
 * Since: 0.1
 */
const char *
cpsf_table_get_utf8(const CpsfTable *self, int column, int64_t row)
{
    const CpsfColumn *c = cell_column(self, column, row, TEXTS);

    return c == NULL ? "" : c->pool->bytes + c->starts[self->first + row];
}

/**
 * cpsf_table_get_list_length:
 * @self: a table
 * @column: from 0, of type list of utf8
 * @row: from 0
 *
 * How many items the list in a cell has.  Cost: O(1).
 *
 * Returns: the number of items
 *
 * Since: 0.1
 */
int64_t
cpsf_table_get_list_length(const CpsfTable *self, int column, int64_t row)
{
    const CpsfColumn *c = cell_column(self, column, row, LISTS);
    const int64_t i = self->first + row;

    return c == NULL ? 0 : c->offsets[i + 1] - c->offsets[i];
}

/**
 * cpsf_table_get_list_item:
 * @self: a table
 * @column: from 0, of type list of utf8
 * @row: from 0
 * @item: from 0, below the list's length
 *
 * One item of the list in a cell.  Cost: O(1).
 *
 * Returns: (transfer none): the item, as from [method@Table.get_utf8]
 *
 * Since: 0.1
 */
const char *
cpsf_table_get_list_item(const CpsfTable *self, int column, int64_t row, int64_t item)
{
    g_return_val_if_fail(item >= 0 && item < cpsf_table_get_list_length(self, column, row), "");

    const CpsfColumn *c = self->columns[column];

    return c->pool->bytes + c->starts[c->offsets[self->first + row] + item];
}

/**
 * cpsf_table_get_int64_array:
 * @self: a table
 * @column: from 0, of type int64 or timestamp
 *
 * All values of a column at once, nulls as [method@Table.get_int64] and [method@Table.get_time] give
 * them.
 *
 * Returns: (transfer none): as many numbers as rows, good as long as the table
 *
 * Since: 0.1
 */
const int64_t *
cpsf_table_get_int64_array(const CpsfTable *self, int column)
{
    g_return_val_if_fail(has_column(self, column), NULL);
    g_return_val_if_fail((1U << self->columns[column]->type & INTEGERS) != 0, NULL);
    return (const int64_t *) self->columns[column]->values + self->first;
}

/**
 * cpsf_table_get_double_array:
 * @self: a table
 * @column: from 0, of type double
 *
 * All values of a column at once, NaN for a null.
 *
 * Returns: (transfer none): as many numbers as rows, good as long as the table
 *
 * Since: 0.1
 */
const double *
cpsf_table_get_double_array(const CpsfTable *self, int column)
{
    g_return_val_if_fail(has_column(self, column), NULL);
    g_return_val_if_fail((1U << self->columns[column]->type & DOUBLES) != 0, NULL);
    return (const double *) self->columns[column]->values + self->first;
}

gboolean
cpsf_table_resolve_column(const CpsfTable *self, const char *name, int *column, GError **error)
{
    *column = find_column(self, name);
    if (*column >= 0)
        return TRUE;

    g_autoptr(GString) known = g_string_new(NULL);

    for (int i = 0; i < self->n_columns; i++)
        g_string_append_printf(known, "%s%s", i > 0 ? ", " : "", self->columns[i]->name);
    return cpsf_fail(error, CPSF_ERROR_NOT_FOUND, "no column \"%s\" among: %s", name, known->str);
}

/**
 * cpsf_table_select:
 * @self: a table
 * @columns: (array zero-terminated=1): names of columns, in the order wanted
 * @error: return location
 *
 * Cuts and reorders columns.  Shares the data; cost O(columns).
 *
 * Returns: (transfer full): the table of those columns; %NULL with %CPSF_ERROR_NOT_FOUND if there is
 *   no column of some name
 *
 * Since: 0.1
 */
CpsfTable *
cpsf_table_select(CpsfTable *self, const char *const *columns, GError **error)
{
    g_return_val_if_fail(columns != NULL, NULL);

    const int n = (int) g_strv_length((char **) columns);
    g_autofree CpsfColumn **chosen = g_new0(CpsfColumn *, n);

    for (int i = 0; i < n; i++) {
        int column;

        if (!cpsf_table_resolve_column(self, columns[i], &column, error))
            return NULL;
        chosen[i] = self->columns[column];
    }
    return cpsf_table_new(chosen, n, self->first, self->n_rows);
}

/**
 * cpsf_table_slice:
 * @self: a table
 * @first: first row wanted, >= 0; beyond the end gives an empty table
 * @n: how many rows at most, >= 0
 * @error: return location
 *
 * Cuts rows.  Shares the data; cost O(columns).
 *
 * Returns: (transfer full): the table of those rows; %NULL with %CPSF_ERROR_INVALID_VALUE for a
 *   negative number
 *
 * Since: 0.1
 */
CpsfTable *
cpsf_table_slice(CpsfTable *self, int64_t first, int64_t n, GError **error)
{
    if (first < 0 || n < 0)
        return cpsf_fail_null(error, CPSF_ERROR_INVALID_VALUE,
                              "rows from %" G_GINT64_FORMAT ", %" G_GINT64_FORMAT
                              " of them: neither may be negative",
                              first, n);

    const int64_t skipped = MIN(first, self->n_rows);

    return cpsf_table_new(self->columns, self->n_columns, self->first + skipped,
                          MIN(n, self->n_rows - skipped));
}
