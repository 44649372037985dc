/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdint.h>

#include "cpsf-finding.h"
#include "cpsf-model.h"
#include "cpsf-time.h"

G_BEGIN_DECLS

/**
 * CPSF_NODE_NONE:
 *
 * In place of a node's id: there is no such node.
 */
#define CPSF_NODE_NONE (-1)

/**
 * CpsfGraph:
 *
 * What was known at one moment about a supply chain, over all of valid time: nodes, edges, evidence,
 * opinions, incidents as columns.  Immutable; any number of threads may read it.
 */
typedef struct _CpsfGraph CpsfGraph;

/**
 * CpsfGraphBuilder:
 *
 * A graph under construction: one owner, one thread.
 */
typedef struct _CpsfGraphBuilder CpsfGraphBuilder;

CPSF_API CpsfGraph *cpsf_graph_ref(CpsfGraph *self);
CPSF_API void cpsf_graph_unref(CpsfGraph *self);
CPSF_API int32_t cpsf_graph_get_n_nodes(const CpsfGraph *self);
CPSF_API int64_t cpsf_graph_get_n_edges(const CpsfGraph *self);
CPSF_API CpsfFindings *cpsf_graph_get_findings(CpsfGraph *self);
CPSF_API int32_t cpsf_graph_find_node(const CpsfGraph *self, const char *key);
CPSF_API const char *cpsf_graph_get_key(const CpsfGraph *self, int32_t node);
CPSF_API CpsfKind cpsf_graph_get_kind(const CpsfGraph *self, int32_t node);
CPSF_API const char *cpsf_graph_get_name(const CpsfGraph *self, int32_t node, const char *lang);
CPSF_API unsigned cpsf_graph_get_layers(const CpsfGraph *self, int32_t node);
CPSF_API char *cpsf_graph_get_digest(const CpsfGraph *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CpsfGraph, cpsf_graph_unref)

CPSF_API CpsfGraphBuilder *cpsf_graph_builder_new(void);
CPSF_API void cpsf_graph_builder_free(CpsfGraphBuilder *self);
CPSF_API gboolean cpsf_graph_builder_add_node(
    CpsfGraphBuilder *self, const char *key, CpsfKind kind, const char *name, GError **error);
CPSF_API gboolean cpsf_graph_builder_add_edge(CpsfGraphBuilder *self,
                                              CpsfRelation relation,
                                              const char *from,
                                              const char *to,
                                              CpsfInterval valid,
                                              GError **error);
CPSF_API CpsfGraph *cpsf_graph_builder_freeze(CpsfGraphBuilder *self, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CpsfGraphBuilder, cpsf_graph_builder_free)

G_END_DECLS
