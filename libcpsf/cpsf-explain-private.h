/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cpsf-anchor-private.h"
#include "cpsf-check.h"
#include "cpsf-path-private.h"
#include "cpsf-table-private.h"

G_BEGIN_DECLS

enum {
    CPSF_EXPLAIN_PART,
    CPSF_EXPLAIN_LAYER,
    CPSF_EXPLAIN_ITEM,
    CPSF_EXPLAIN_VALUE,
    CPSF_EXPLAIN_DETAIL,
    CPSF_EXPLAIN_SOURCE,
    CPSF_EXPLAIN_N_COLUMNS,
};

/* A node on its way into a table. */
typedef struct {
    const CpsfSnapshot *snapshot;
    const CpsfGraph *graph;
    const CpsfAnchors *anchors;
    const CpsfPaths *paths; /* of the node */
    const CpsfExplainOptions *options;
    CpsfTableBuilder *builder;
    int32_t node;
} CpsfExplain;

/* One row; @layer 0, and texts that are NULL or empty, are null; @place (nullable). */
void cpsf_explain_put(CpsfExplain *self,
                      const char *part,
                      int layer,
                      const char *item,
                      const char *value,
                      const char *detail,
                      const CpsfPlace *place);

/* "name value" after what is there, "; " between; nothing for an empty value. */
void cpsf_explain_add(GString *out, const char *name, const char *value);

/* How far the node can be trusted, and what pulls that down.  FALSE with NO_MEMORY or CANCELLED. */
gboolean cpsf_explain_trust(CpsfExplain *self, GError **error);

/* The shortest path to each anchor that the node relies on and that is not verified. */
void cpsf_explain_paths(CpsfExplain *self);

G_END_DECLS
