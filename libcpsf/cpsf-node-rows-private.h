/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cpsf-graph.h"
#include "cpsf-table-private.h"

G_BEGIN_DECLS

/* What tables with a row for each node have in common. */

/* Columns 0 to 2 of the row at hand: key, kind, name in @lang; null if it has none. */
void cpsf_node_rows_put(CpsfTableBuilder *builder,
                        const CpsfGraph *graph,
                        int32_t node,
                        const char *lang);

/* A row by what it is sorted by. */
typedef struct {
    double figure;
    double loss;
    int32_t i; /* the caller's, ascending by key */
} CpsfNodeRank;

/* Largest figure first, then largest loss, then least i.  O(n log n). */
void cpsf_node_ranks_sort(CpsfNodeRank *ranks, int32_t n);

G_END_DECLS
