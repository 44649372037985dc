/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Tables under construction.  All columns have room for the same number of rows and grow together;
 * a cell is written in place, and what a row did not put becomes null when the row ends.  A failure
 * is kept until the end, so that the code that fills a table reads as the rows do.
 */

#include "config.h"

#include "cpsf-mem-private.h"
#include "cpsf-table-private.h"

#include <math.h>
#include <string.h>

typedef struct {
    CpsfColumn *column; /* (owned) */
    int64_t n_items;    /* of lists: items so far */
    int64_t n_item_room;
    int64_t last;    /* where the text put last begins: many columns repeat themselves */
    gboolean is_put; /* in the row at hand */
} BuilderColumn;

struct _CpsfTableBuilder {
    int n_columns;
    BuilderColumn *columns; /* (owned) */
    CpsfTextPool *pool;     /* (owned) */
    int64_t n_text;         /* bytes of it in use */
    int64_t n_text_room;
    int64_t n_rows;
    int64_t n_row_room;
    GError *broken; /* (owned) (nullable) the first failure */
};

/* Moves *@items to room for @n of @size bytes, or keeps the failure. */
static gboolean
resize(CpsfTableBuilder *self, void *items, int64_t n, size_t size)
{
    void *old;

    memcpy(&old, items, sizeof old);

    void *grown = cpsf_try_realloc(old, (size_t) n, size, &self->broken);

    if (grown == NULL)
        return FALSE;
    memcpy(items, &grown, sizeof grown);
    return TRUE;
}

/* Row bitmaps are made when the first null comes, all ones so far. */
static gboolean
grow_column(CpsfTableBuilder *self, CpsfColumn *c, int64_t n)
{
    switch (c->type) {
    case CPSF_COLUMN_UTF8:
        if (!resize(self, &c->starts, n, sizeof *c->starts))
            return FALSE;
        break;
    case CPSF_COLUMN_UTF8_LIST:
        if (!resize(self, &c->offsets, n + 1, sizeof *c->offsets))
            return FALSE;
        c->offsets[0] = 0;
        break;
    case CPSF_COLUMN_INT64:
    case CPSF_COLUMN_DOUBLE:
    case CPSF_COLUMN_TIMESTAMP:
        if (!resize(self, &c->values, n, sizeof(int64_t)))
            return FALSE;
        break;
    }
    if (c->validity != NULL && !resize(self, &c->validity, (n + 7) / 8, 1))
        return FALSE;
    return TRUE;
}

/* Room for the row at hand.  FALSE once anything failed. */
static gboolean
ensure_row(CpsfTableBuilder *self)
{
    if (self->broken != NULL)
        return FALSE;
    if (self->n_rows < self->n_row_room)
        return TRUE;

    const int64_t room = self->n_rows < 16 ? 16 : self->n_rows + self->n_rows / 2;

    for (int i = 0; i < self->n_columns; i++)
        if (!grow_column(self, self->columns[i].column, room))
            return FALSE;
    self->n_row_room = room;
    return TRUE;
}

CpsfTableBuilder *
cpsf_table_builder_new(const CpsfColumnSpec *specs, int n)
{
    CpsfTableBuilder *self = g_new0(CpsfTableBuilder, 1);

    self->pool = cpsf_text_pool_new();
    self->n_columns = n;
    self->columns = g_new0(BuilderColumn, n);
    for (int i = 0; i < n; i++)
        self->columns[i].column = cpsf_column_new(specs[i].name, specs[i].type, self->pool);
    if (resize(self, &self->pool->bytes, 256, 1)) {
        self->n_text_room = 256;
        self->pool->bytes[0] = '\0';
        self->n_text = 1;
    }
    return self;
}

void
cpsf_table_builder_free(CpsfTableBuilder *self)
{
    if (self == NULL)
        return;
    for (int i = 0; i < self->n_columns; i++)
        cpsf_column_unref(self->columns[i].column);
    g_free(self->columns);
    cpsf_text_pool_unref(self->pool);
    g_clear_error(&self->broken);
    g_free(self);
}

static gboolean
has_type(const CpsfTableBuilder *self, int column, CpsfColumnType type)
{
    return column >= 0 && column < self->n_columns && self->columns[column].column->type == type;
}

static void
set_null(CpsfTableBuilder *self, int column)
{
    CpsfColumn *c = self->columns[column].column;

    if (c->validity == NULL) {
        if (!resize(self, &c->validity, (self->n_row_room + 7) / 8, 1))
            return;
        memset(c->validity, 0xff, (size_t) (self->n_rows + 7) / 8);
    }
    if (self->n_rows % 8 == 0)
        c->validity[self->n_rows / 8] = 0xff;
    c->validity[self->n_rows / 8] &= (uint8_t) ~(1U << self->n_rows % 8);
    self->columns[column].is_put = TRUE;
}

static void
set_valid(CpsfTableBuilder *self, int column)
{
    CpsfColumn *c = self->columns[column].column;

    self->columns[column].is_put = TRUE;
    if (c->validity == NULL)
        return;
    if (self->n_rows % 8 == 0)
        c->validity[self->n_rows / 8] = 0xff;
    c->validity[self->n_rows / 8] |= (uint8_t) (1U << self->n_rows % 8);
}

void
cpsf_table_put_int64(CpsfTableBuilder *self, int column, int64_t value)
{
    g_return_if_fail(has_type(self, column, CPSF_COLUMN_INT64));
    if (!ensure_row(self))
        return;
    ((int64_t *) self->columns[column].column->values)[self->n_rows] = value;
    set_valid(self, column);
}

void
cpsf_table_put_double(CpsfTableBuilder *self, int column, double value)
{
    g_return_if_fail(has_type(self, column, CPSF_COLUMN_DOUBLE));
    if (!ensure_row(self))
        return;
    ((double *) self->columns[column].column->values)[self->n_rows] = value;
    if (isnan(value))
        set_null(self, column);
    else
        set_valid(self, column);
}

void
cpsf_table_put_time(CpsfTableBuilder *self, int column, CpsfTime time)
{
    g_return_if_fail(has_type(self, column, CPSF_COLUMN_TIMESTAMP));
    if (!ensure_row(self))
        return;
    ((int64_t *) self->columns[column].column->values)[self->n_rows] = time;
    if (time == CPSF_TIME_ALWAYS_BEFORE || time == CPSF_TIME_FOREVER)
        set_null(self, column);
    else
        set_valid(self, column);
}

static gboolean
ensure_text(CpsfTableBuilder *self, size_t length)
{
    const int64_t wanted = self->n_text + (int64_t) length;

    if (wanted <= self->n_text_room)
        return TRUE;

    const int64_t room = MAX(wanted, self->n_text + self->n_text / 2);

    if (!resize(self, &self->pool->bytes, room, 1))
        return FALSE;
    self->n_text_room = room;
    return TRUE;
}

/* Copies text that is not UTF-8, each bad byte as U+FFFD. */
static int64_t
add_repaired(CpsfTableBuilder *self, const char *text, size_t length)
{
    const int64_t start = self->n_text;

    if (!ensure_text(self, 3 * length + 1))
        return -1;

    char *to = self->pool->bytes + start;

    for (const char *p = text, *end; *p != '\0'; p = end) {
        const gboolean is_rest_good = g_utf8_validate(p, -1, &end);

        to = (char *) memcpy(to, p, (size_t) (end - p)) + (end - p);
        if (is_rest_good)
            break;
        to = (char *) memcpy(to, "\xef\xbf\xbd", 3) + 3;
        end++;
    }
    *to++ = '\0';
    self->n_text = to - self->pool->bytes;
    return start;
}

static gboolean
is_utf8(const char *text, size_t length)
{
    uint8_t bits = 0;

    for (size_t i = 0; i < length; i++)
        bits |= (uint8_t) text[i];
    return bits < 0x80 ? TRUE : g_utf8_validate(text, (gssize) length, NULL);
}

/* Where in the pool @text now stands; -1 if there was no memory. */
static int64_t
add_text(CpsfTableBuilder *self, int64_t *last, const char *text)
{
    if (strcmp(self->pool->bytes + *last, text) == 0)
        return *last;

    const size_t length = strlen(text);
    int64_t start = self->n_text;

    if (!is_utf8(text, length)) {
        start = add_repaired(self, text, length);
    } else {
        if (!ensure_text(self, length + 1))
            return -1;
        memcpy(self->pool->bytes + start, text, length + 1);
        self->n_text += (int64_t) length + 1;
    }
    if (start >= 0)
        *last = start;
    return start;
}

void
cpsf_table_put_utf8(CpsfTableBuilder *self, int column, const char *text)
{
    g_return_if_fail(has_type(self, column, CPSF_COLUMN_UTF8));
    if (!ensure_row(self))
        return;

    BuilderColumn *b = &self->columns[column];
    const int64_t start = text == NULL ? 0 : add_text(self, &b->last, text);

    if (start < 0)
        return;
    b->column->starts[self->n_rows] = start;
    if (text == NULL)
        set_null(self, column);
    else
        set_valid(self, column);
}

void
cpsf_table_put_item(CpsfTableBuilder *self, int column, const char *text)
{
    g_return_if_fail(has_type(self, column, CPSF_COLUMN_UTF8_LIST));
    g_return_if_fail(text != NULL);
    if (!ensure_row(self))
        return;

    BuilderColumn *b = &self->columns[column];

    if (b->n_items == b->n_item_room) {
        const int64_t room = b->n_items < 16 ? 16 : b->n_items + b->n_items / 2;

        if (!resize(self, &b->column->starts, room, sizeof *b->column->starts))
            return;
        b->n_item_room = room;
    }

    const int64_t start = add_text(self, &b->last, text);

    if (start >= 0)
        b->column->starts[b->n_items++] = start;
}

/* What a cell that nobody put holds beneath its null. */
static void
put_nothing(CpsfTableBuilder *self, int column)
{
    switch (self->columns[column].column->type) {
    case CPSF_COLUMN_INT64:
        cpsf_table_put_int64(self, column, 0);
        break;
    case CPSF_COLUMN_DOUBLE:
        cpsf_table_put_double(self, column, (double) NAN);
        break;
    case CPSF_COLUMN_UTF8:
        cpsf_table_put_utf8(self, column, NULL);
        break;
    case CPSF_COLUMN_TIMESTAMP:
        cpsf_table_put_time(self, column, CPSF_TIME_ALWAYS_BEFORE);
        break;
    case CPSF_COLUMN_UTF8_LIST:
        return;
    }
    if (self->broken == NULL)
        set_null(self, column);
}

void
cpsf_table_end_row(CpsfTableBuilder *self)
{
    if (!ensure_row(self))
        return;
    for (int i = 0; i < self->n_columns; i++) {
        BuilderColumn *b = &self->columns[i];

        if (b->column->type == CPSF_COLUMN_UTF8_LIST)
            b->column->offsets[self->n_rows + 1] = b->n_items;
        else if (!b->is_put)
            put_nothing(self, i);
        b->is_put = FALSE;
    }
    if (self->broken == NULL)
        self->n_rows++;
}

/* Gives back what growth took too much; a refusal does no harm. */
static void
trim(void *items, int64_t n, size_t size)
{
    void *old;

    memcpy(&old, items, sizeof old);

    void *less = old == NULL ? NULL : cpsf_try_realloc(old, (size_t) n, size, NULL);

    if (less != NULL)
        memcpy(items, &less, sizeof less);
}

static void
trim_all(CpsfTableBuilder *self)
{
    const int64_t n = self->n_rows;

    trim(&self->pool->bytes, self->n_text, 1);
    for (int i = 0; i < self->n_columns; i++) {
        BuilderColumn *b = &self->columns[i];

        trim(&b->column->values, n, sizeof(int64_t));
        trim(&b->column->offsets, n + 1, sizeof(int64_t));
        trim(&b->column->starts, b->column->type == CPSF_COLUMN_UTF8 ? n : b->n_items,
             sizeof(int64_t));
        trim(&b->column->validity, (n + 7) / 8, 1);
    }
}

CpsfTable *
cpsf_table_builder_finish(CpsfTableBuilder *self, GError **error)
{
    g_autoptr(CpsfTableBuilder) owned = self;

    ensure_row(self); /* so that an empty table has its arrays, too */
    if (self->broken != NULL) {
        g_propagate_error(error, g_steal_pointer(&self->broken));
        return NULL;
    }
    trim_all(self);

    g_autofree CpsfColumn **columns = g_new(CpsfColumn *, self->n_columns);

    for (int i = 0; i < self->n_columns; i++)
        columns[i] = self->columns[i].column;
    return cpsf_table_new(columns, self->n_columns, 0, self->n_rows);
}
