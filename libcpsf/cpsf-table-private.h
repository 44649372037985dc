/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cpsf-table.h"

G_BEGIN_DECLS

typedef struct {
    const char *name; /* static or interned */
    CpsfColumnType type;
} CpsfColumnSpec;

/*
 * Building: append to every column once per row, then end the row; finish hands over.  The first
 * failure (NO_MEMORY) sticks and is reported by finish, so that the calls in between need no
 * check.
 *
 *     CpsfTableBuilder *b = cpsf_table_builder_new(specs, n_specs);
 *     cpsf_table_put_utf8(b, 0, key);
 *     cpsf_table_put_int64(b, 1, 3);
 *     cpsf_table_end_row(b);          // columns not put are null
 *     table = cpsf_table_builder_finish(b, &error);
 *
 * Text that is not UTF-8 is kept with U+FFFD for each bad byte.
 */
typedef struct _CpsfTableBuilder CpsfTableBuilder;

CpsfTableBuilder *cpsf_table_builder_new(const CpsfColumnSpec *specs, int n);
void cpsf_table_builder_free(CpsfTableBuilder *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CpsfTableBuilder, cpsf_table_builder_free)

void cpsf_table_put_int64(CpsfTableBuilder *self, int column, int64_t value);
void cpsf_table_put_double(CpsfTableBuilder *self, int column, double value);   /* NaN = null */
void cpsf_table_put_utf8(CpsfTableBuilder *self, int column, const char *text); /* NULL = null */
/* The two unbounded times are null. */
void cpsf_table_put_time(CpsfTableBuilder *self, int column, CpsfTime time);
/* One more item of this row's list; a list never put is empty, not null. */
void cpsf_table_put_item(CpsfTableBuilder *self, int column, const char *text);
void cpsf_table_end_row(CpsfTableBuilder *self);
CpsfTable *cpsf_table_builder_finish(CpsfTableBuilder *self, GError **error); /* consumes */

/*
 * Inside of a table.  Text is kept NUL-terminated in a pool that the columns of a table, and the
 * tables sorted or cut out of it, share; a cell holds where in the pool its text begins.  The pool
 * begins with a NUL, so that 0 is the empty text.
 */
typedef struct {
    char *bytes; /* (owned) */
} CpsfTextPool;  /* g_atomic_rc_box */

typedef struct {
    const char *name;
    CpsfColumnType type;
    uint8_t *validity;  /* (owned) (nullable) bit i % 8 of byte i / 8: cell i is not null */
    void *values;       /* (owned) int64_t or double a row; of text and lists NULL */
    int64_t *offsets;   /* (owned) of lists: items [offsets[i], offsets[i + 1]) are row i's */
    int64_t *starts;    /* (owned) of text a row, of lists an item: where it begins in the pool */
    CpsfTextPool *pool; /* (owned) */
} CpsfColumn;           /* g_atomic_rc_box */

struct _CpsfTable {
    int n_columns;
    int64_t first; /* row of the columns that is row 0 here */
    int64_t n_rows;
    CpsfColumn **columns; /* (owned) n_columns */
};

static inline gboolean
cpsf_column_is_null(const CpsfColumn *self, int64_t i)
{
    return self->validity != NULL && (self->validity[i >> 3] >> (i & 7) & 1) == 0;
}

CpsfColumn *cpsf_column_new(const char *name, CpsfColumnType type, CpsfTextPool *pool);
void cpsf_column_unref(CpsfColumn *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CpsfColumn, cpsf_column_unref)

CpsfTextPool *cpsf_text_pool_new(void);
void cpsf_text_pool_unref(CpsfTextPool *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CpsfTextPool, cpsf_text_pool_unref)

/* The column of that name; NOT_FOUND naming those there are. */
gboolean
cpsf_table_resolve_column(const CpsfTable *self, const char *name, int *column, GError **error);

/* Takes references of its own to @n columns. */
CpsfTable *cpsf_table_new(CpsfColumn *const *columns, int n, int64_t first, int64_t n_rows);

G_END_DECLS
