/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cpsf-csr-private.h"
#include "cpsf-graph-private.h"
#include "cpsf-snapshot.h"

G_BEGIN_DECLS

/*
 * Node ids are those of the graph, so that they mean the same at every moment; a node that does not
 * hold at `at` has no edge and its bit in `holds` is 0.  Edges are those that hold at `at` with
 * both ends, each once, `vouches` not among them (those are rows of the graph).
 */
struct _CpsfSnapshot {
    CpsfGraph *graph; /* (owned) */
    CpsfFindings *findings;
    CpsfTime at;
    int32_t n_holding; /* nodes that hold */
    uint8_t *holds;    /* n_nodes, 0 or 1 */
    CpsfCsr out;       /* from -> to, rows in canonical order */
    CpsfCsr in;        /* to -> from */
    int64_t *out_row;  /* m: for an edge of `out`, the row of graph->edges that counts now */
    int64_t *in_out;   /* m: for an edge of `in`, its position in `out` */
    int32_t n_components;
    int32_t *component;           /* n_nodes: component in topological order */
    int32_t *order;               /* n_nodes: nodes by (component, id) */
    int32_t *component_start;     /* n_components + 1: component k is order[start[k]] … */
    CpsfSetOpinion *set_opinions; /* (owned) those of the graph: by node, then layer */
    int64_t n_set_opinions;
    CpsfSnapshot *shared; /* (owned) (nullable): whose `holds`, `out` and all from there to
                             `component_start` these are */
};

/* What cpsf_graph_snapshot() would make of @graph at the moment of @base, for a graph with the very
 * nodes and edges of that of @base: adjacency and order are shared.  NULL with NO_MEMORY.  O(1). */
CpsfSnapshot *cpsf_snapshot_share(CpsfSnapshot *base, CpsfGraph *graph, GError **error);

G_END_DECLS
