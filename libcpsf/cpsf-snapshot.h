/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cpsf-graph.h"

G_BEGIN_DECLS

/**
 * CpsfSnapshot:
 *
 * A graph indexed for one moment of valid time.  Immutable; any number of threads may read it.
 */
typedef struct _CpsfSnapshot CpsfSnapshot;

CPSF_API CpsfSnapshot *cpsf_graph_snapshot(CpsfGraph *graph, CpsfTime at, GError **error);
CPSF_API CpsfSnapshot *cpsf_snapshot_ref(CpsfSnapshot *self);
CPSF_API void cpsf_snapshot_unref(CpsfSnapshot *self);
CPSF_API CpsfTime cpsf_snapshot_get_at(const CpsfSnapshot *self);
CPSF_API CpsfGraph *cpsf_snapshot_get_graph(const CpsfSnapshot *self);
CPSF_API int32_t cpsf_snapshot_get_n_nodes(const CpsfSnapshot *self);
CPSF_API int64_t cpsf_snapshot_get_n_edges(const CpsfSnapshot *self);
CPSF_API int32_t cpsf_snapshot_get_n_components(const CpsfSnapshot *self);
CPSF_API CpsfFindings *cpsf_snapshot_get_findings(const CpsfSnapshot *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CpsfSnapshot, cpsf_snapshot_unref)

G_END_DECLS
