/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cpsf-rows-private.h"
#include "cpsf-snapshot-private.h"
#include "cpsf-whatif.h"

G_BEGIN_DECLS

/* A node or an anchor by key, so that it may be one that an edge of the same what-if brings. */
typedef struct {
    CpsfOpinion opinion;
    CpsfStr key; /* in `texts` */
    int layer;
} CpsfSupposedOpinion;

/*
 * What is supposed, as a feed would say it: rows of edges and evidence with keys in strings of its
 * own, so that nothing of the base is touched.  Every row has been checked against the base.  The
 * column of an edge's place is its turn: of rows for one edge the last counts.
 */
struct _CpsfWhatIf {
    CpsfSnapshot *base;         /* (owned) */
    CpsfStrtab *texts;          /* (owned) */
    CpsfStatements said;        /* (owned) edges and evidence only */
    CPSF_ARRAY(uint8_t) is_new; /* per string of texts: 1 = an edge brings a node with this key */
    CPSF_ARRAY(CpsfStr) removed;
    CPSF_ARRAY(CpsfSupposedOpinion) opinions; /* in order of calls: of one anchor the last counts */
};

/* cpsf-whatif-graph.c: the graph of the base with what is supposed.  NULL with NO_MEMORY, LIMIT. */
CpsfGraph *cpsf_what_if_derive(const CpsfWhatIf *self, GError **error);

/*
 * cpsf-whatif-rows.c: a table of the base with rows added and nodes numbered anew.
 */
typedef struct {
    const CpsfShape *shape;
    const CpsfStrtab *strings;
    const int32_t *map;  /* (nullable) per node of the base: its number now; NULL = as it was */
    uint32_t feed;       /* index of the feed of what-ifs */
    gboolean is_replace; /* an added row stands for all rows of the base with its keys */
} CpsfRowMerge;

/* Puts added rows, whose nodes are numbers, in the order of a table: keys, then all else said. */
void cpsf_row_merge_sort(const CpsfRowMerge *self, void *rows, int64_t n);

/*
 * @added: sorted, at most one for each set of keys where they replace.  @n_replaced: how many of
 * them stand for rows of the base.  Where they do not replace, an added row comes after all rows of
 * real feeds with its keys: it is issued at no time.  NULL with NO_MEMORY.  O(rows).
 */
CpsfAnyRows cpsf_row_merge(const CpsfRowMerge *self,
                           CpsfAnyRows base,
                           CpsfAnyRows added,
                           int64_t *n_replaced,
                           GError **error);

G_END_DECLS
