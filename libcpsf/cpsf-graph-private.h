/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cpsf-graph.h"
#include "cpsf-statements-private.h"

G_BEGIN_DECLS

/* Rows of one table, sorted by node and then by authority (the row that counts most first). */
#define CPSF_ROWS(type)                                                                            \
    struct {                                                                                       \
        type *items;                                                                               \
        int64_t n;                                                                                 \
    }

/* An opinion of one anchor by itself: belief + disbelief + uncertainty = 1. */
typedef struct {
    double belief;
    double disbelief;
    double uncertainty;
} CpsfOpinion;

/* The own opinion that a what-if gives an anchor, in place of what evidence and assessors give. */
typedef struct {
    CpsfOpinion opinion;
    int32_t node;
    int layer; /* 1, 2 or 3 */
} CpsfSetOpinion;

/* The arrays of a graph that are no table of rows: X(member). */
#define CPSF_GRAPH_COLUMNS(X)                                                                      \
    X(key)                                                                                         \
    X(name)                                                                                        \
    X(class_name)                                                                                  \
    X(kind)                                                                                        \
    X(layers)                                                                                      \
    X(node_rows)                                                                                   \
    X(node_of)                                                                                     \
    X(removed)                                                                                     \
    X(set_opinions)

typedef enum {
#define CPSF_MEMBER(member) CPSF_ARRAY_##member,
    CPSF_GRAPH_COLUMNS(CPSF_MEMBER)
#undef CPSF_MEMBER
#define CPSF_MEMBER(type, member) CPSF_ARRAY_##member,
        CPSF_STATEMENT_TABLES(CPSF_MEMBER)
#undef CPSF_MEMBER
            CPSF_ARRAY_feeds,
    CPSF_N_GRAPH_ARRAYS,
} CpsfGraphArray;

/*
 * Columns per node in canonical order (bytes of the key); a node id is an index into them.
 * The row tables are those of CpsfStatements with node ids in place of keys.  edges are sorted by
 * (from, to, relation, bytes of the group name, authority): rows that agree in the first four are
 * one edge, and where they differ the first that holds counts.  Edges that semantics leaves out
 * (self-loops, ends of another kind) are not here.
 *
 * A what-if is a graph, too: it shares with its base the arrays that do not change, so that equal
 * pointers mean equal contents.  What it supposes is said by a feed with the format
 * CPSF_FORMAT_WHAT_IF and without a file, the last of feeds.
 */
struct _CpsfGraph {
    CpsfStrtab *strings; /* (owned) */
    CpsfFindings *findings;
    gatomicrefcount *holders[CPSF_N_GRAPH_ARRAYS]; /* (owned) for each array, graphs that have it */
    CpsfFeedInfo *feeds; /* (owned) in order of (id, version, digest); accepted and rejected */
    int64_t n_feeds;

    int32_t n_nodes;
    int64_t n_edges;     /* distinct (from, to, relation, group) */
    CpsfStr *key;        /* n_nodes, canonical, first in rank of all its keys */
    CpsfStr *name;       /* n_nodes; 0 = none */
    CpsfStr *class_name; /* n_nodes; 0 = none */
    uint8_t *kind;       /* n_nodes, CpsfKind */
    uint8_t *layers;     /* n_nodes, mask, never 0 */
    int64_t *node_rows;  /* n_nodes + 1: rows [node_rows[v], node_rows[v + 1]) of nodes speak of v;
                           none = known only by reference, holds always */
    int32_t *node_of;    /* per string id: the node that this key or alias names, or -1 */
    uint32_t n_node_of;  /* strings that node_of covers: ids from there on are keys of no node */
    uint8_t *removed;    /* (nullable) n_nodes, 0 or 1: a what-if supposes that it never holds */
    CpsfSetOpinion *set_opinions; /* (nullable) by node, then layer: of what-ifs only */
    int64_t n_set_opinions;

#define CPSF_MEMBER(type, member) CPSF_ROWS(type) member;
    CPSF_STATEMENT_TABLES(CPSF_MEMBER)
#undef CPSF_MEMBER
};

/* The node that the key with this string id names, or CPSF_NODE_NONE. */
static inline int32_t
cpsf_graph_node_of(const CpsfGraph *self, CpsfStr key)
{
    return key < self->n_node_of ? self->node_of[key] : CPSF_NODE_NONE;
}

/* Whether a what-if supposes that the node, or an end of the edge, is not there. */
static inline gboolean
cpsf_graph_lacks_node(const CpsfGraph *self, uint32_t node)
{
    return self->removed != NULL && self->removed[node];
}

static inline gboolean
cpsf_graph_lacks_edge(const CpsfGraph *self, const CpsfEdgeRow *edge)
{
    return cpsf_graph_lacks_node(self, edge->from) || cpsf_graph_lacks_node(self, edge->to);
}

/* Whether two rows of edges, with node ids, speak of one edge. */
static inline gboolean
cpsf_edge_is_same(const CpsfEdgeRow *a, const CpsfEdgeRow *b)
{
    return a->to == b->to && a->from == b->from && a->relation == b->relation &&
           a->group == b->group;
}

/* Whether the node holds at @at: known by reference only, or some row of it holds; never if a
 * what-if removes it. */
gboolean cpsf_graph_node_holds(const CpsfGraph *self, int32_t node, CpsfTime at);

/* Another graph with all the arrays of @base, to change before anybody else sees it.  O(1). */
CpsfGraph *cpsf_graph_share(CpsfGraph *base);

/* Puts @with (owned) in place of an array of @self, which then has it alone; the old one stays if
 * another graph has it.  `feeds` has a function of its own. */
#define cpsf_graph_replace(self, member, array, with)                                              \
    do {                                                                                           \
        cpsf_graph_let_go((self), CPSF_ARRAY_##member, (self)->array);                             \
        (self)->array = (with);                                                                    \
    } while (0)
void cpsf_graph_let_go(CpsfGraph *self, CpsfGraphArray which, void *items);
void cpsf_graph_replace_feeds(CpsfGraph *self, CpsfFeedInfo *feeds, int64_t n);

#define CPSF_FORMAT_WHAT_IF "what-if"

/* First row of a table (sorted by node) that speaks of @node, and one past the last. */
#define cpsf_rows_range(rows, node_id, first, last)                                                \
    cpsf_rows_find((rows)->n > 0 ? &(rows)->items->node : NULL, (rows)->n, sizeof *(rows)->items,  \
                   (node_id), (first), (last))
void cpsf_rows_find(const uint32_t *first_node,
                    int64_t n,
                    size_t stride,
                    int32_t node,
                    int64_t *first,
                    int64_t *last);

/*
 * Builder, as the reader of feeds uses it.  The builder's string table is the one that statements
 * are written in.
 */
CpsfStrtab *cpsf_graph_builder_get_strings(CpsfGraphBuilder *self);

/* Adds one feed.  Takes the contents of @info and @statements and leaves both empty.  Rejected
 * feeds (info->state) are added too, without statements, so that nothing is lost. */
gboolean cpsf_graph_builder_add_feed(CpsfGraphBuilder *self,
                                     CpsfFeedInfo *info,
                                     CpsfStatements *statements,
                                     CpsfFindings *findings,
                                     GError **error);

typedef struct {
    CpsfTime now;    /* against which `issued` is held: later than a day after it is `future` */
    gboolean strict; /* one error finding rejects its feed */
} CpsfFreezeOptions;

/*
 * Puts the feeds in order of (id, version, digest), applies the rules on versions (semantics,
 * section 3), resolves identity, kinds, authority, sorts, and hands over.  Consumes the builder in
 * every case.
 */
CpsfGraph *cpsf_graph_builder_freeze_with(CpsfGraphBuilder *self,
                                          const CpsfFreezeOptions *options,
                                          GError **error);

G_END_DECLS
