/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The eleven row types of statements described as data: which fields they have, what orders them,
 * what may change between versions.  And the one sort of a graph's tables: in place, because the
 * edges of a large graph take a good part of memory and there is no room for them twice.
 */

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "cpsf-mem-private.h"
#include "cpsf-rows-private.h"

/* Rows that share a node are sorted by insertion up to this many. */
#define FEW_ROWS 24

/* Number of ranges of nodes that rows are first dealt into: as many write positions as fit in the
 * second-level cache. */
#define N_RANGES 4096

/* No row type is larger. */
#define MAX_ROW_SIZE 128

/* clang-format off */
#define FIELD(row, member, t, r) \
    {.type = CPSF_FIELD_##t, .role = CPSF_ROLE_##r, .offset = offsetof(row, member)}
#define INTERVAL(row, member, until_role)                   \
    FIELD(row, member.since, I64, SAYS),                    \
    FIELD(row, member.until, I64, until_role)
#define SHAPE(row, text, keys, n)                           \
    .name = (text), .size = sizeof(row), .place = offsetof(row, place), \
    .valid = offsetof(row, valid), .n_keys = (keys), .n_fields = (n)

static const CpsfShape shapes[CPSF_N_TABLES] = {
    [CPSF_TABLE_nodes] = {
        SHAPE(CpsfNodeRow, "node", 1, 7),
        .fields = {
            FIELD(CpsfNodeRow, node,                NODE,   SAYS),
            FIELD(CpsfNodeRow, name,                STR,    SAYS),
            FIELD(CpsfNodeRow, class_name,          STR,    SAYS),
            FIELD(CpsfNodeRow, kind,                U8,     SAYS),
            FIELD(CpsfNodeRow, layers,              U8,     SAYS),
            INTERVAL(CpsfNodeRow, valid, CHANGES),
        },
    },
    [CPSF_TABLE_names] = {
        SHAPE(CpsfNameRow, "name", 1, 5),
        .fields = {
            FIELD(CpsfNameRow, node,                NODE,   SAYS),
            FIELD(CpsfNameRow, lang,                STR,    SAYS),
            FIELD(CpsfNameRow, text,                STR,    SAYS),
            INTERVAL(CpsfNameRow, valid, CHANGES),
        },
    },
    [CPSF_TABLE_aliases] = {
        SHAPE(CpsfAliasRow, "alias", 2, 4),
        .fields = {
            FIELD(CpsfAliasRow, node,               NODE,   SAYS),
            FIELD(CpsfAliasRow, alias,              STR,    SAYS),
            INTERVAL(CpsfAliasRow, valid, CHANGES),
        },
    },
    [CPSF_TABLE_properties] = {
        SHAPE(CpsfPropertyRow, "property", 2, 5),
        .fields = {
            FIELD(CpsfPropertyRow, node,            NODE,   SAYS),
            FIELD(CpsfPropertyRow, name,            STR,    SAYS),
            FIELD(CpsfPropertyRow, value,           STR,    SAYS),
            INTERVAL(CpsfPropertyRow, valid, CHANGES),
        },
    },
    [CPSF_TABLE_consequences] = {
        SHAPE(CpsfConsequenceRow, "consequence", 1, 8),
        .fields = {
            FIELD(CpsfConsequenceRow, node,         NODE,   SAYS),
            FIELD(CpsfConsequenceRow, loss,         DOUBLE, SAYS),
            FIELD(CpsfConsequenceRow, downtime,     I64,    SAYS),
            FIELD(CpsfConsequenceRow, currency,     STR,    SAYS),
            FIELD(CpsfConsequenceRow, recovery,     U8,     SAYS),
            FIELD(CpsfConsequenceRow, economic,     U8,     SAYS),
            INTERVAL(CpsfConsequenceRow, valid, CHANGES),
        },
    },
    [CPSF_TABLE_opinions] = {
        SHAPE(CpsfOpinionRow, "opinion", 3, 8),
        .fields = {
            FIELD(CpsfOpinionRow, node,             NODE,   SAYS),
            FIELD(CpsfOpinionRow, layer,            U8,     SAYS),
            FIELD(CpsfOpinionRow, assessor,         STR,    SAYS),
            FIELD(CpsfOpinionRow, belief,           DOUBLE, SAYS),
            FIELD(CpsfOpinionRow, disbelief,        DOUBLE, SAYS),
            FIELD(CpsfOpinionRow, uncertainty,      DOUBLE, SAYS),
            INTERVAL(CpsfOpinionRow, valid, CHANGES),
        },
    },
    [CPSF_TABLE_groups] = {
        SHAPE(CpsfGroupRow, "group", 2, 5),
        .fields = {
            FIELD(CpsfGroupRow, node,               NODE,   SAYS),
            FIELD(CpsfGroupRow, name,               STR,    SAYS),
            FIELD(CpsfGroupRow, need,               I32,    SAYS),
            INTERVAL(CpsfGroupRow, valid, CHANGES),
        },
    },
    [CPSF_TABLE_edges] = {
        SHAPE(CpsfEdgeRow, "edge", 4, 8),
        .fields = {
            FIELD(CpsfEdgeRow, from,                NODE,   SAYS),
            FIELD(CpsfEdgeRow, to,                  NODE,   SAYS),
            FIELD(CpsfEdgeRow, relation,            U8,     SAYS),
            FIELD(CpsfEdgeRow, group,               STR,    SAYS),
            FIELD(CpsfEdgeRow, criticality,         DOUBLE, SAYS),
            FIELD(CpsfEdgeRow, delay,               I64,    SAYS),
            INTERVAL(CpsfEdgeRow, valid, CHANGES),
        },
    },
    [CPSF_TABLE_evidence] = {
        SHAPE(CpsfEvidenceRow, "evidence", 4, 12),
        .fields = {
            FIELD(CpsfEvidenceRow, node,            NODE,   SAYS),
            FIELD(CpsfEvidenceRow, scheme,          STR,    SAYS),
            FIELD(CpsfEvidenceRow, id,              STR,    SAYS),
            FIELD(CpsfEvidenceRow, layer,           U8,     SAYS),
            FIELD(CpsfEvidenceRow, issuer,          STR,    SAYS),
            FIELD(CpsfEvidenceRow, scope,           STR,    SAYS),
            FIELD(CpsfEvidenceRow, assurance,       U8,     SAYS),
            FIELD(CpsfEvidenceRow, status,          U8,     CHANGES),
            INTERVAL(CpsfEvidenceRow, valid, CHANGES),
            FIELD(CpsfEvidenceRow, said.since,      I64,    SAID),
            FIELD(CpsfEvidenceRow, said.until,      I64,    SAID),
        },
    },
    [CPSF_TABLE_incidents] = {
        SHAPE(CpsfIncidentRow, "incident", 3, 5),
        .fields = {
            FIELD(CpsfIncidentRow, node,            NODE,   SAYS),
            FIELD(CpsfIncidentRow, id,              STR,    SAYS),
            FIELD(CpsfIncidentRow, effect,          U8,     SAYS),
            INTERVAL(CpsfIncidentRow, valid, CHANGES),
        },
    },
    [CPSF_TABLE_completeness] = {
        SHAPE(CpsfCompletenessRow, "completeness", 2, 5),
        .fields = {
            FIELD(CpsfCompletenessRow, node,        NODE,   SAYS),
            FIELD(CpsfCompletenessRow, of,          STR,    SAYS),
            FIELD(CpsfCompletenessRow, state,       STR,    SAYS),
            INTERVAL(CpsfCompletenessRow, valid, CHANGES),
        },
    },
};
/* clang-format on */

#define CPSF_MEMBER(type, member)                                                                  \
    G_STATIC_ASSERT(sizeof(type) <= MAX_ROW_SIZE);                                                 \
    G_STATIC_ASSERT(sizeof(((CpsfStatements *) NULL)->member) == sizeof(CpsfAnyArray));
CPSF_STATEMENT_TABLES(CPSF_MEMBER)
#undef CPSF_MEMBER

/*
 * cpsf_shape_get:
 * @table: which table
 *
 * Returns: (transfer none): what its rows look like
 */
const CpsfShape *
cpsf_shape_get(CpsfTableId table)
{
    return &shapes[table];
}

#define ORDER(a, b) (((a) > (b)) - ((a) < (b)))

static int
compare_strings(const CpsfStrtab *strings, CpsfStr a, CpsfStr b)
{
    if (a == b)
        return 0;
    if (strings == NULL)
        return ORDER(a, b);
    return strcmp(cpsf_strtab_get(strings, a), cpsf_strtab_get(strings, b));
}

int
cpsf_field_compare(CpsfField field, const CpsfStrtab *strings, const void *a, const void *b)
{
    const char *x = (const char *) a + field.offset;
    const char *y = (const char *) b + field.offset;

#define VALUE(type, p) (*(const type *) (const void *) (p))
    switch ((CpsfFieldType) field.type) {
    case CPSF_FIELD_NODE:
        return ORDER(VALUE(uint32_t, x), VALUE(uint32_t, y));
    case CPSF_FIELD_STR:
        return compare_strings(strings, VALUE(uint32_t, x), VALUE(uint32_t, y));
    case CPSF_FIELD_U8:
        return ORDER(VALUE(uint8_t, x), VALUE(uint8_t, y));
    case CPSF_FIELD_I32:
        return ORDER(VALUE(int32_t, x), VALUE(int32_t, y));
    case CPSF_FIELD_I64:
        return ORDER(VALUE(int64_t, x), VALUE(int64_t, y));
    case CPSF_FIELD_DOUBLE:
        return ORDER(cpsf_double_bits(VALUE(double, x)), cpsf_double_bits(VALUE(double, y)));
    default:
        return 0;
    }
#undef VALUE
}

/* 0: the node publishes the feed (for an edge, *from*); 1: *to* of an edge does; 2: others. */
static int
standing(const CpsfShape *shape, const CpsfAuthority *authority, const void *row, uint32_t feed)
{
    const uint32_t publisher = (uint32_t) authority->publisher[feed];

    if (cpsf_row_get_node(shape, row) == publisher)
        return 0;
    if (shape == &shapes[CPSF_TABLE_edges] && ((const CpsfEdgeRow *) row)->to == publisher)
        return 1;
    return 2;
}

static int
compare_authority(const CpsfShape *shape,
                  const CpsfAuthority *authority,
                  const void *a,
                  const void *b)
{
    const CpsfPlace x = cpsf_row_get_place(shape, a);
    const CpsfPlace y = cpsf_row_get_place(shape, b);

    if (x.feed != y.feed) {
        const int c = standing(shape, authority, a, x.feed) - standing(shape, authority, b, y.feed);

        return c != 0 ? c : ORDER(authority->rank[x.feed], authority->rank[y.feed]);
    }
    return x.line != y.line ? ORDER(x.line, y.line) : ORDER(x.column, y.column);
}

int
cpsf_row_compare(const CpsfShape *shape,
                 const CpsfAuthority *authority,
                 const void *a,
                 const void *b)
{
    for (unsigned i = 0; i < shape->n_keys; i++) {
        const int c = cpsf_field_compare(shape->fields[i], authority->strings, a, b);

        if (c != 0)
            return c;
    }

    const int c = compare_authority(shape, authority, a, b);

    if (c != 0)
        return c;
    for (unsigned i = shape->n_keys; i < shape->n_fields; i++) {
        const int d = cpsf_field_compare(shape->fields[i], authority->strings, a, b);

        if (d != 0)
            return d;
    }
    return 0;
}

typedef struct {
    const CpsfShape *shape;
    const CpsfAuthority *authority;
} Order;

static int
compare_rows(const void *a, const void *b, void *data)
{
    const Order *order = data;

    return cpsf_row_compare(order->shape, order->authority, a, b);
}

/* Edges out of one node: *to* decides nearly always, so it is looked at first and in line. */
static int
compare_edges(const void *a, const void *b, void *data)
{
    const CpsfEdgeRow *x = a;
    const CpsfEdgeRow *y = b;

    return x->to != y->to ? ORDER(x->to, y->to) : compare_rows(a, b, data);
}

typedef int (*Compare)(const void *a, const void *b, void *data);

/* Inlined with a constant size, so that a row moves in registers. */
static inline __attribute__((always_inline)) void
insertion_sort(char *rows, int64_t n, size_t size, Compare compare, Order *order)
{
    char row[MAX_ROW_SIZE] __attribute__((aligned(8)));

    for (int64_t i = 1; i < n; i++) {
        int64_t j = i;

        if (compare(rows + (size_t) (i - 1) * size, rows + (size_t) i * size, order) <= 0)
            continue;
        memcpy(row, rows + (size_t) i * size, size);
        do {
            memcpy(rows + (size_t) j * size, rows + (size_t) (j - 1) * size, size);
            j--;
        } while (j > 0 && compare(rows + (size_t) (j - 1) * size, row, order) > 0);
        memcpy(rows + (size_t) j * size, row, size);
    }
}

/* The rows of one node. */
static void
sort_segment(char *rows, int64_t n, Order *order)
{
    const gboolean is_edges = order->shape == &shapes[CPSF_TABLE_edges];

    if (n > FEW_ROWS) {
        qsort_r(rows, (size_t) n, order->shape->size, is_edges ? compare_edges : compare_rows,
                order);
        return;
    }
    switch (order->shape->size) {
    case sizeof(CpsfEdgeRow):
        insertion_sort(rows, n, sizeof(CpsfEdgeRow), is_edges ? compare_edges : compare_rows,
                       order);
        return;
    case sizeof(CpsfNodeRow):
        insertion_sort(rows, n, sizeof(CpsfNodeRow), compare_rows, order);
        return;
    case sizeof(CpsfPropertyRow):
        insertion_sort(rows, n, sizeof(CpsfPropertyRow), compare_rows, order);
        return;
    default:
        insertion_sort(rows, n, order->shape->size, compare_rows, order);
    }
}

/* Rows to be dealt into heaps: the heap of a row is (its node >> shift) - first. */
typedef struct {
    char *rows;
    size_t offset; /* of the node in a row */
    uint32_t shift;
    uint32_t first;
    uint32_t n_heaps;
    int64_t *next;       /* per heap: walks from its start to its end */
    const int64_t *ends; /* per heap */
} Deal;

static inline __attribute__((always_inline)) uint32_t
heap_of(const Deal *deal, const char *row)
{
    return (*(const uint32_t *) (const void *) (row + deal->offset) >> deal->shift) - deal->first;
}

/*
 * Deals rows out in place: one row is held and put down at the next free place of its heap; what
 * stood there is held next, until one comes that belongs where the first was taken from.  Every step
 * puts one row where it stays.  Source: McIlroy, Bostic, McIlroy, "Engineering radix sort", Computing
 * Systems 6 (1993), "American flag sort".
 */
static inline __attribute__((always_inline)) void
deal_rows(const Deal *deal, size_t size)
{
    char held[MAX_ROW_SIZE] __attribute__((aligned(8)));
    char other[MAX_ROW_SIZE] __attribute__((aligned(8)));

    for (uint32_t k = 0; k < deal->n_heaps; k++)
        while (deal->next[k] < deal->ends[k]) {
            char *hole = deal->rows + (size_t) deal->next[k]++ * size;
            uint32_t heap = heap_of(deal, hole);

            if (heap == k)
                continue;
            memcpy(held, hole, size);
            while (heap != k) {
                char *there = deal->rows + (size_t) deal->next[heap]++ * size;

                __builtin_prefetch(there + 2 * size - 1, 1); /* for the next row of that heap */
                heap = heap_of(deal, there);
                memcpy(other, there, size);
                memcpy(there, held, size);
                memcpy(held, other, size);
            }
            memcpy(hole, held, size);
        }
}

/* The same with the size of the large tables known at compile time. */
static void
deal(const Deal *deal_, size_t size)
{
    switch (size) {
    case sizeof(CpsfEdgeRow):
        deal_rows(deal_, sizeof(CpsfEdgeRow));
        return;
    case sizeof(CpsfNodeRow):
        deal_rows(deal_, sizeof(CpsfNodeRow));
        return;
    case sizeof(CpsfPropertyRow): /* of aliases and names, too */
        deal_rows(deal_, sizeof(CpsfPropertyRow));
        return;
    default:
        deal_rows(deal_, size);
    }
}

static void
count_nodes(const CpsfShape *shape, const char *rows, int64_t m, int32_t n, int64_t *starts)
{
    memset(starts, 0, ((size_t) n + 1) * sizeof *starts);
    for (int64_t i = 0; i < m; i++)
        starts[(int64_t) cpsf_row_get_node(shape, rows + (size_t) i * shape->size) + 1]++;
    for (int32_t v = 0; v < n; v++)
        starts[v + 1] += starts[v];
}

/* First into ranges of nodes, then each range by node: both passes write in as few places as the
 * cache holds. */
static gboolean
deal_by_node(const CpsfShape *shape, char *rows, int32_t n, const int64_t *starts, GError **error)
{
    uint32_t shift = 0;

    while (((uint32_t) n >> shift) >= N_RANGES)
        shift++;

    const uint32_t width = 1U << shift;
    const uint32_t n_ranges = ((uint32_t) n >> shift) + 1;
    g_autofree int64_t *next = cpsf_try_new(int64_t, MAX(n_ranges, width), error);

    if (next == NULL)
        return FALSE;

    g_autofree int64_t *ends = cpsf_try_new(int64_t, n_ranges, error);

    if (ends == NULL)
        return FALSE;

    for (uint32_t k = 0; k < n_ranges; k++) {
        next[k] = starts[(int64_t) k << shift];
        ends[k] = starts[MIN((int64_t) (k + 1) << shift, n)];
    }

    Deal ranges = {
        .rows = rows,
        .offset = shape->fields[0].offset,
        .shift = shift,
        .n_heaps = n_ranges,
        .next = next,
        .ends = ends,
    };

    deal(&ranges, shape->size);
    if (shift == 0)
        return TRUE;

    for (uint32_t first = 0; first < (uint32_t) n; first += width) {
        const uint32_t n_heaps = MIN(width, (uint32_t) n - first);
        Deal range = ranges;

        memcpy(next, starts + first, n_heaps * sizeof *next);
        range.shift = 0;
        range.first = first;
        range.n_heaps = n_heaps;
        range.ends = starts + first + 1;
        deal(&range, shape->size);
    }
    return TRUE;
}

gboolean
cpsf_rows_sort(const CpsfShape *shape,
               const CpsfAuthority *authority,
               void *rows,
               int64_t m,
               int32_t n_nodes,
               int64_t *starts,
               GError **error)
{
    Order order = {shape, authority};

    count_nodes(shape, rows, m, n_nodes, starts);
    if (m == 0)
        return TRUE;
    if (!deal_by_node(shape, rows, n_nodes, starts, error))
        return FALSE;
    for (int32_t v = 0; v < n_nodes; v++)
        sort_segment((char *) rows + (size_t) starts[v] * shape->size, starts[v + 1] - starts[v],
                     &order);
    return TRUE;
}
