/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdint.h>

#include "cpsf-error.h"
#include "cpsf-time.h"

G_BEGIN_DECLS

/**
 * CpsfColumnType:
 * @CPSF_COLUMN_INT64: whole numbers
 * @CPSF_COLUMN_DOUBLE: numbers
 * @CPSF_COLUMN_UTF8: text
 * @CPSF_COLUMN_TIMESTAMP: moments
 * @CPSF_COLUMN_UTF8_LIST: lists of texts
 *
 * What the cells of a column are.
 */
typedef enum {
    CPSF_COLUMN_INT64,
    CPSF_COLUMN_DOUBLE,
    CPSF_COLUMN_UTF8,
    CPSF_COLUMN_TIMESTAMP,
    CPSF_COLUMN_UTF8_LIST,
} CpsfColumnType;

/**
 * CpsfTable:
 *
 * Named, typed, immutable columns, all of one length: the one result type.
 */
typedef struct _CpsfTable CpsfTable;

CPSF_API CpsfTable *cpsf_table_ref(CpsfTable *self);
CPSF_API void cpsf_table_unref(CpsfTable *self);
CPSF_API int64_t cpsf_table_get_n_rows(const CpsfTable *self);
CPSF_API int cpsf_table_get_n_columns(const CpsfTable *self);
CPSF_API const char *cpsf_table_get_column_name(const CpsfTable *self, int column);
CPSF_API CpsfColumnType cpsf_table_get_column_type(const CpsfTable *self, int column);
CPSF_API int cpsf_table_find_column(const CpsfTable *self, const char *name);

CPSF_API gboolean cpsf_table_is_null(const CpsfTable *self, int column, int64_t row);
CPSF_API int64_t cpsf_table_get_int64(const CpsfTable *self, int column, int64_t row);
CPSF_API double cpsf_table_get_double(const CpsfTable *self, int column, int64_t row);
CPSF_API CpsfTime cpsf_table_get_time(const CpsfTable *self, int column, int64_t row);
CPSF_API const char *cpsf_table_get_utf8(const CpsfTable *self, int column, int64_t row);
CPSF_API int64_t cpsf_table_get_list_length(const CpsfTable *self, int column, int64_t row);
CPSF_API const char *
cpsf_table_get_list_item(const CpsfTable *self, int column, int64_t row, int64_t item);
CPSF_API const int64_t *cpsf_table_get_int64_array(const CpsfTable *self, int column);
CPSF_API const double *cpsf_table_get_double_array(const CpsfTable *self, int column);

CPSF_API CpsfTable *cpsf_table_select(CpsfTable *self, const char *const *columns, GError **error);
CPSF_API CpsfTable *cpsf_table_slice(CpsfTable *self, int64_t first, int64_t n, GError **error);
CPSF_API CpsfTable *cpsf_table_sort(CpsfTable *self, const char *const *columns, GError **error);

struct ArrowArrayStream;
CPSF_API gboolean cpsf_table_export_arrow(CpsfTable *self,
                                          struct ArrowArrayStream *stream,
                                          GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CpsfTable, cpsf_table_unref)

G_END_DECLS
