/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The rows of all feeds that count, in one table each.  Arrays are taken over and grown rather than
 * copied: with edges by the ten million there is no room for them twice.
 */

#include "config.h"

#include <string.h>

#include "cpsf-builder-private.h"

CpsfAnyArray *
cpsf_statements_get_table(CpsfStatements *self, CpsfTableId table)
{
    return (CpsfAnyArray *) (void *) self + table; /* members of one size, in order of the list */
}

#define CPSF_MEMBER(type, member)                                                                  \
    G_STATIC_ASSERT(offsetof(CpsfStatements, member) ==                                            \
                    (size_t) CPSF_TABLE_##member * sizeof(CpsfAnyArray));
CPSF_STATEMENT_TABLES(CPSF_MEMBER)
#undef CPSF_MEMBER

static gboolean
copy_table(const CpsfAnyArray *from, CpsfAnyArray *to, size_t size, GError **error)
{
    if (from->n == 0)
        return TRUE;
    to->items = cpsf_try_new(char, (size_t) from->n *size, error);
    if (to->items == NULL)
        return FALSE;
    memcpy(to->items, from->items, (size_t) from->n * size);
    to->n = from->n;
    to->capacity = from->n;
    return TRUE;
}

/* The statements of the feeds that count: copies if @keep, so that another round can start from
 * them. */
static gboolean
take_statements(
    CpsfFeed *feeds, CpsfStatements *statements, int64_t n, gboolean keep, GError **error)
{
    for (int64_t i = 0; i < n; i++) {
        if (feeds[i].info.state != CPSF_FEED_IMPORTED)
            continue;
        if (!keep) {
            statements[i] = feeds[i].statements;
            memset(&feeds[i].statements, 0, sizeof feeds[i].statements);
            continue;
        }
        for (int t = 0; t < CPSF_N_TABLES; t++)
            if (!copy_table(cpsf_statements_get_table(&feeds[i].statements, (CpsfTableId) t),
                            cpsf_statements_get_table(&statements[i], (CpsfTableId) t),
                            cpsf_shape_get((CpsfTableId) t)->size, error))
                return FALSE;
    }
    return TRUE;
}

static gboolean
comes_before(CpsfPlace a, CpsfPlace b)
{
    return a.line != b.line ? a.line < b.line : a.column < b.column;
}

/* Which feed says it, and where it speaks first; and evidence is said always, until a version
 * narrows it. */
static void
stamp_rows(CpsfFeed *feeds, CpsfStatements *statements, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        CpsfPlace first = {0};

#define STAMP(type, member)                                                                        \
    for (int64_t k = 0; k < statements[i].member.n; k++) {                                         \
        CpsfPlace *place = &statements[i].member.items[k].place;                                   \
                                                                                                   \
        place->feed = (uint32_t) i;                                                                \
        if (first.line == 0 || comes_before(*place, first))                                        \
            first = *place;                                                                        \
    }
        CPSF_STATEMENT_TABLES(STAMP)
#undef STAMP
        for (int64_t k = 0; k < statements[i].evidence.n; k++)
            statements[i].evidence.items[k].said = CPSF_INTERVAL_ALL;
        feeds[i].info.first = first;
    }
}

/* One table of all feeds in one array: the first feed's grows to hold them all, and each other one
 * is freed once it is in.  A single feed's array is taken as it is. */
static gboolean
join_table(
    CpsfStatements *statements, int64_t n, CpsfTableId table, CpsfAnyRows *all, GError **error)
{
    const size_t size = cpsf_shape_get(table)->size;
    int64_t total = 0;

    for (int64_t i = 0; i < n; i++)
        total += cpsf_statements_get_table(&statements[i], table)->n;
    for (int64_t i = 0; i < n; i++) {
        CpsfAnyArray *one = cpsf_statements_get_table(&statements[i], table);

        if (one->n == 0)
            continue;
        if (all->n == 0) {
            char *grown = one->n == total
                              ? one->items
                              : cpsf_try_realloc(one->items, (size_t) total, size, error);

            if (grown == NULL)
                return FALSE;
            all->items = grown;
        } else {
            memcpy(all->items + (size_t) all->n * size, one->items, (size_t) one->n * size);
            g_free(one->items);
        }
        all->n += one->n;
        *one = (CpsfAnyArray){0};
    }
    return TRUE;
}

static gboolean
gather(CpsfFeed *feeds,
       CpsfStatements *statements,
       int64_t n,
       gboolean keep,
       CpsfGraph *graph,
       GError **error)
{
    if (!take_statements(feeds, statements, n, keep, error))
        return FALSE;
    stamp_rows(feeds, statements, n);
    if (!cpsf_feeds_supersede(feeds, statements, n, error))
        return FALSE;
#define JOIN(type, member)                                                                         \
    if (!join_table(statements, n, CPSF_TABLE_##member, (CpsfAnyRows *) (void *) &graph->member,   \
                    error))                                                                        \
        return FALSE;
    CPSF_STATEMENT_TABLES(JOIN)
#undef JOIN
    return TRUE;
}

gboolean
cpsf_feeds_gather(CpsfFeed *feeds, int64_t n, gboolean keep, CpsfGraph *graph, GError **error)
{
    CpsfStatements *statements = cpsf_try_new0(CpsfStatements, (size_t) n, error);

    if (statements == NULL)
        return FALSE;

    const gboolean gathered = gather(feeds, statements, n, keep, graph, error);

    for (int64_t i = 0; i < n; i++)
        cpsf_statements_clear(&statements[i]);
    g_free(statements);
    return gathered;
}
