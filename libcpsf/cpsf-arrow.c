/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * A table as an Arrow stream of one record batch.  Numbers and times, with their bitmaps, are the
 * table's own memory, which the batch keeps alive.  Text is laid out anew for each batch: Arrow wants
 * it end to end, the table keeps a NUL after each.
 *
 * Every schema and array owns what it points to and nothing else, so that a consumer may move any
 * child out of its parent and release the two in either order.
 */

#include "config.h"

#include "cpsf-arrow-private.h"
#include "cpsf-mem-private.h"
#include "cpsf-table-private.h"

#include <errno.h>
#include <string.h>

/* ---- schema ------------------------------------------------------------------------------ */

static void
release_schema(struct ArrowSchema *schema)
{
    for (int64_t i = 0; i < schema->n_children; i++) {
        if (schema->children[i]->release != NULL)
            schema->children[i]->release(schema->children[i]);
        g_free(schema->children[i]);
    }
    g_free(schema->children);
    g_free(schema->private_data); /* the name */
    schema->release = NULL;
}

/* Fills @schema: @format is static, @name is copied, children are zeroed and to be filled. */
static void
init_schema(struct ArrowSchema *schema, const char *format, const char *name, int n_children)
{
    char *copy = g_strdup(name);

    *schema = (struct ArrowSchema){
        .format = format,
        .name = copy,
        .n_children = n_children,
        .children = n_children > 0 ? g_new0(struct ArrowSchema *, n_children) : NULL,
        .release = release_schema,
        .private_data = copy,
    };
    for (int i = 0; i < n_children; i++)
        schema->children[i] = g_new0(struct ArrowSchema, 1);
}

static void
init_column_schema(struct ArrowSchema *schema, const CpsfColumn *column)
{
    static const char *const formats[] = {
        [CPSF_COLUMN_INT64] = "l",      [CPSF_COLUMN_DOUBLE] = "g",
        [CPSF_COLUMN_UTF8] = "U",       [CPSF_COLUMN_TIMESTAMP] = "tsu:UTC",
        [CPSF_COLUMN_UTF8_LIST] = "+L",
    };
    const gboolean is_list = column->type == CPSF_COLUMN_UTF8_LIST;

    init_schema(schema, formats[column->type], column->name, is_list ? 1 : 0);
    if (is_list)
        init_schema(schema->children[0], "U", "item", 0);
    else
        schema->flags = ARROW_FLAG_NULLABLE; /* a list may be empty, but is never missing */
}

/* ---- arrays ------------------------------------------------------------------------------ */

/* What an array owns. */
typedef struct {
    CpsfColumn *column;     /* (owned) (nullable): whose memory it shows */
    const void *buffers[3]; /* as the array points to them */
    void *made[3];          /* (owned) (nullable): those made for it */
} ArrayOwned;

static void
release_array(struct ArrowArray *array)
{
    ArrayOwned *owned = array->private_data;

    for (int64_t i = 0; i < array->n_children; i++) {
        if (array->children[i]->release != NULL)
            array->children[i]->release(array->children[i]);
        g_free(array->children[i]);
    }
    g_free(array->children);
    g_clear_pointer(&owned->column, cpsf_column_unref);
    for (int i = 0; i < 3; i++)
        g_free(owned->made[i]);
    g_free(owned);
    array->release = NULL;
}

/* Fills @array so that it can be released from now on, whatever comes. */
static ArrayOwned *
init_array(struct ArrowArray *array, int64_t length, int n_buffers, int n_children)
{
    ArrayOwned *owned = g_new0(ArrayOwned, 1);

    *array = (struct ArrowArray){
        .length = length,
        .n_buffers = n_buffers,
        .buffers = owned->buffers,
        .n_children = n_children,
        .children = n_children > 0 ? g_new0(struct ArrowArray *, n_children) : NULL,
        .release = release_array,
        .private_data = owned,
    };
    for (int i = 0; i < n_children; i++)
        array->children[i] = g_new0(struct ArrowArray, 1);
    return owned;
}

static int64_t
count_nulls(const CpsfColumn *column, int64_t first, int64_t n)
{
    int64_t n_nulls = 0;

    if (column->validity == NULL)
        return 0;
    for (int64_t i = 0; i < n; i++)
        n_nulls += cpsf_column_is_null(column, first + i);
    return n_nulls;
}

/* @n texts of the column, from the @first on, end to end: buffers 1 and 2 of a large_utf8 array. */
static gboolean
make_text(ArrayOwned *owned, const CpsfColumn *column, int64_t first, int64_t n, GError **error)
{
    int64_t *offsets = owned->made[1] = cpsf_try_new(int64_t, n + 1, error);

    if (offsets == NULL)
        return FALSE;
    offsets[0] = 0;
    for (int64_t i = 0; i < n; i++)
        offsets[i + 1] =
            offsets[i] + (int64_t) strlen(column->pool->bytes + column->starts[first + i]);

    char *bytes = owned->made[2] = cpsf_try_new(char, offsets[n], error);

    if (bytes == NULL)
        return FALSE;
    for (int64_t i = 0; i < n; i++)
        memcpy(bytes + offsets[i], column->pool->bytes + column->starts[first + i],
               (size_t) (offsets[i + 1] - offsets[i]));
    owned->buffers[1] = offsets;
    owned->buffers[2] = bytes;
    return TRUE;
}

static gboolean
fill_number_array(
    struct ArrowArray *array, CpsfColumn *column, int64_t first, int64_t n, GError **error)
{
    ArrayOwned *owned = init_array(array, n, 2, 0);

    (void) error;
    owned->column = g_atomic_rc_box_acquire(column);
    array->null_count = count_nulls(column, first, n);
    array->offset = first;
    owned->buffers[0] = column->validity;
    owned->buffers[1] = column->values;
    return TRUE;
}

static gboolean
fill_text_array(
    struct ArrowArray *array, CpsfColumn *column, int64_t first, int64_t n, GError **error)
{
    ArrayOwned *owned = init_array(array, n, 3, 0);

    array->null_count = count_nulls(column, first, n);
    if (array->null_count > 0) {
        uint8_t *validity = owned->made[0] = cpsf_try_new0(uint8_t, (n + 7) / 8, error);

        if (validity == NULL)
            return FALSE;
        for (int64_t i = 0; i < n; i++)
            if (!cpsf_column_is_null(column, first + i))
                validity[i / 8] |= (uint8_t) (1U << i % 8);
        owned->buffers[0] = validity;
    }
    return make_text(owned, column, first, n, error);
}

static gboolean
fill_list_array(
    struct ArrowArray *array, CpsfColumn *column, int64_t first, int64_t n, GError **error)
{
    ArrayOwned *owned = init_array(array, n, 2, 1);
    int64_t *offsets = owned->made[1] = cpsf_try_new(int64_t, n + 1, error);
    const int64_t first_item = column->offsets[first];
    const int64_t n_items = column->offsets[first + n] - first_item;

    if (offsets == NULL)
        return FALSE;
    for (int64_t i = 0; i <= n; i++)
        offsets[i] = column->offsets[first + i] - first_item;
    owned->buffers[1] = offsets;

    ArrayOwned *items = init_array(array->children[0], n_items, 3, 0);

    return make_text(items, column, first_item, n_items, error);
}

static gboolean
fill_batch(struct ArrowArray *batch, const CpsfTable *table, GError **error)
{
    init_array(batch, table->n_rows, 1, table->n_columns);
    for (int i = 0; i < table->n_columns; i++) {
        CpsfColumn *column = table->columns[i];
        struct ArrowArray *child = batch->children[i];
        gboolean ok;

        if (column->type == CPSF_COLUMN_UTF8)
            ok = fill_text_array(child, column, table->first, table->n_rows, error);
        else if (column->type == CPSF_COLUMN_UTF8_LIST)
            ok = fill_list_array(child, column, table->first, table->n_rows, error);
        else
            ok = fill_number_array(child, column, table->first, table->n_rows, error);
        if (!ok)
            return FALSE;
    }
    return TRUE;
}

/* ---- stream ------------------------------------------------------------------------------ */

typedef struct {
    CpsfTable *table;   /* (owned) (nullable): NULL once its batch is out */
    GPtrArray *columns; /* (owned): of CpsfColumn, for the schema */
    GError *error;      /* (owned) (nullable): of the last call */
} Stream;

static int
stream_get_schema(struct ArrowArrayStream *stream, struct ArrowSchema *schema)
{
    const Stream *self = stream->private_data;

    init_schema(schema, "+s", "", (int) self->columns->len);
    for (guint i = 0; i < self->columns->len; i++)
        init_column_schema(schema->children[i], g_ptr_array_index(self->columns, i));
    return 0;
}

/* The one batch, then the end of the stream, which is a released array. */
static int
stream_get_next(struct ArrowArrayStream *stream, struct ArrowArray *batch)
{
    Stream *self = stream->private_data;

    *batch = (struct ArrowArray){0};
    g_clear_error(&self->error);
    if (self->table == NULL)
        return 0;
    if (!fill_batch(batch, self->table, &self->error)) {
        batch->release(batch);
        return ENOMEM;
    }
    g_clear_pointer(&self->table, cpsf_table_unref);
    return 0;
}

static const char *
stream_get_last_error(struct ArrowArrayStream *stream)
{
    const Stream *self = stream->private_data;

    return self->error == NULL ? NULL : self->error->message;
}

static void
stream_release(struct ArrowArrayStream *stream)
{
    Stream *self = stream->private_data;

    g_clear_pointer(&self->table, cpsf_table_unref);
    g_ptr_array_unref(self->columns);
    g_clear_error(&self->error);
    g_free(self);
    stream->release = NULL;
}

/**
 * cpsf_table_export_arrow:
 * @self: a table
 * @stream: (out caller-allocates): where the stream is to be; what it held is overwritten
 * @error: return location
 *
 * Exports a table by the Arrow C stream interface, as one record batch: int64, double, large_utf8,
 * timestamp[us, UTC] and large_list of large_utf8, each nullable but the lists.  Numbers and times
 * are not copied: stream and batch keep them alive, also beyond @self.  Text is copied when the
 * consumer asks for the batch.  The consumer calls stream->release().
 *
 * Cost: O(columns); the batch costs O(rows + bytes of text).
 *
 * Source: Apache Arrow, "The Arrow C data interface", "The Arrow C stream interface".
 *
 * Returns: %TRUE, always: it sets no @error; running out of memory later is ENOMEM from get_next(), with a text from
 *   get_last_error()
 *
 * Since: 0.1
 */
gboolean
cpsf_table_export_arrow(CpsfTable *self, struct ArrowArrayStream *stream, GError **error)
{
    g_return_val_if_fail(stream != NULL, FALSE);
    g_return_val_if_fail(error == NULL || *error == NULL, FALSE);

    Stream *exported = g_new0(Stream, 1);

    exported->table = cpsf_table_ref(self);
    exported->columns = g_ptr_array_new_with_free_func((GDestroyNotify) cpsf_column_unref);
    for (int i = 0; i < self->n_columns; i++)
        g_ptr_array_add(exported->columns, g_atomic_rc_box_acquire(self->columns[i]));
    *stream = (struct ArrowArrayStream){
        .get_schema = stream_get_schema,
        .get_next = stream_get_next,
        .get_last_error = stream_get_last_error,
        .release = stream_release,
        .private_data = exported,
    };
    return TRUE;
}
