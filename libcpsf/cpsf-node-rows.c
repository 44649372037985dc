/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What tables with a row for each node have in common. */

#include "config.h"

#include "cpsf-node-rows-private.h"

#include <stdlib.h>

#include "cpsf-graph-private.h"

void
cpsf_node_rows_put(CpsfTableBuilder *builder,
                   const CpsfGraph *graph,
                   int32_t node,
                   const char *lang)
{
    const char *name = cpsf_graph_get_name(graph, node, lang);

    cpsf_table_put_utf8(builder, 0, cpsf_strtab_get(graph->strings, graph->key[node]));
    cpsf_table_put_utf8(builder, 1, cpsf_word(CPSF_WORDS_KIND, graph->kind[node]));
    cpsf_table_put_utf8(builder, 2, name[0] != '\0' ? name : NULL);
}

static int
compare_ranks(const void *left, const void *right)
{
    const CpsfNodeRank *a = left;
    const CpsfNodeRank *b = right;

    if (a->figure > b->figure || a->figure < b->figure)
        return a->figure > b->figure ? -1 : 1;
    if (a->loss > b->loss || a->loss < b->loss)
        return a->loss > b->loss ? -1 : 1;
    return (a->i > b->i) - (a->i < b->i);
}

void
cpsf_node_ranks_sort(CpsfNodeRank *ranks, int32_t n)
{
    if (n > 1)
        qsort(ranks, (size_t) n, sizeof *ranks, compare_ranks);
}
