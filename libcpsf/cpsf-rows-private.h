/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cpsf-statements-private.h"

G_BEGIN_DECLS

/*
 * What the row types of CpsfStatements have in common, so that versions, sorting and the digest
 * are written once for all eleven.
 */

typedef enum {
    CPSF_FIELD_NODE, /* uint32_t: string id of a key, a node id in a graph */
    CPSF_FIELD_STR,
    CPSF_FIELD_U8,
    CPSF_FIELD_I32,
    CPSF_FIELD_I64,
    CPSF_FIELD_DOUBLE,
} CpsfFieldType;

typedef enum {
    CPSF_ROLE_SAYS,    /* part of what is said */
    CPSF_ROLE_CHANGES, /* until and status: what differs only in these is replaced */
    CPSF_ROLE_SAID,    /* when it is said: set by the graph */
} CpsfFieldRole;

typedef struct {
    uint8_t type;
    uint8_t role;
    uint16_t offset;
} CpsfField;

typedef enum {
#define CPSF_MEMBER(type, member) CPSF_TABLE_##member,
    CPSF_STATEMENT_TABLES(CPSF_MEMBER)
#undef CPSF_MEMBER
        CPSF_N_TABLES,
} CpsfTableId;

/* A row type.  The first n_keys fields, the node before all, order the rows of a table; the rows
 * that agree in them are ordered by authority. */
typedef struct {
    const char *name;
    uint16_t size;
    uint16_t place;
    uint16_t valid;
    uint8_t n_keys;
    uint8_t n_fields;
    CpsfField fields[12];
} CpsfShape;

const CpsfShape *cpsf_shape_get(CpsfTableId table);

/* Any table of statements or of a graph, without its type. */
typedef CPSF_ARRAY(char) CpsfAnyArray;

typedef struct {
    char *items;
    int64_t n;
} CpsfAnyRows;

static inline CpsfPlace
cpsf_row_get_place(const CpsfShape *shape, const void *row)
{
    return *(const CpsfPlace *) ((const char *) row + shape->place);
}

static inline uint32_t
cpsf_row_get_node(const CpsfShape *shape, const void *row)
{
    return *(const uint32_t *) (const void *) ((const char *) row + shape->fields[0].offset);
}

/* One bit pattern for each number, and one for all that are none. */
static inline uint64_t
cpsf_double_bits(double value)
{
    const double same = value == 0.0 ? 0.0 : value; /* not -0 */
    uint64_t bits;

    __builtin_memcpy(&bits, &same, sizeof bits);
    return value != value ? UINT64_MAX : bits;
}

/* Negative, 0, positive.  With @strings texts are compared by bytes, without by id, which is
 * quicker and good enough where only equality reaches the outcome. */
int cpsf_field_compare(CpsfField field, const CpsfStrtab *strings, const void *a, const void *b);

/* Whom a statement comes from: own publisher before others, then latest issued, then id, version
 * and digest of the feed, line, column. */
typedef struct {
    const CpsfStrtab *strings;
    const int32_t *publisher; /* per feed: the node that is its publisher, or none */
    const uint32_t *rank;     /* per feed: 0 for the one issued last */
} CpsfAuthority;

/* The order of a graph's tables: key fields, authority, then all else that is said. */
int cpsf_row_compare(const CpsfShape *shape,
                     const CpsfAuthority *authority,
                     const void *a,
                     const void *b);

/* Sorts rows whose nodes are ids below @n_nodes, in place.  @starts: n_nodes + 1 entries, filled:
 * rows [starts[v], starts[v + 1]) are of node v.  O(m log d) for at most d rows a node. */
gboolean cpsf_rows_sort(const CpsfShape *shape,
                        const CpsfAuthority *authority,
                        void *rows,
                        int64_t m,
                        int32_t n_nodes,
                        int64_t *starts,
                        GError **error);

G_END_DECLS
