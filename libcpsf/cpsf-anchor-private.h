/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cpsf-policy-private.h"
#include "cpsf-snapshot-private.h"

G_BEGIN_DECLS

/* One anchor: what the policy asks of a node in a layer, and how it stands. */
typedef struct {
    int64_t item;     /* row of graph->evidence closest to passing; -1 = there is none */
    uint32_t reasons; /* mask of 1 << CpsfReason: of the closest item, or of the anchor; 0 if
                         verified */
    int32_t node;
    uint8_t layer;          /* 1, 2 or 3 */
    uint8_t state;          /* CpsfState */
    gboolean is_incomplete; /* a verified device whose maker or maintainer is not */
} CpsfAnchor;

/* What an evidence item is worth for one layer at the moment of the snapshot. */
typedef struct {
    gboolean exists;         /* the feed says it at this moment, and its subject holds */
    uint32_t reasons;        /* mask of 1 << CpsfReason; 0 = it passes */
    CpsfAssurance assurance; /* effective; NONE if neither the item nor a scheme states one */
    CpsfTime until; /* effective: the item's own end, or earlier by the scheme's validity */
} CpsfVerdict;

/*
 * All anchors of a snapshot under a policy (docs/semantics.md, section 5): computed once, then
 * read-only.  Keeps both alive.
 */
typedef struct {
    CpsfSnapshot *snapshot; /* (owned) */
    CpsfPolicy *policy;     /* (owned) */
    CpsfAnchor *anchors;    /* (owned) by node, then layer */
    int64_t n_anchors;
    uint8_t *passes_1;           /* (owned) n_nodes: bit 0: some item passes in layer 1 */
    struct CpsfItemWorth *items; /* (owned) per row of graph->evidence */
} CpsfAnchors;

/* NULL with NO_MEMORY.  O(nodes + edges of makers + items), besides the climb over `part-of` from
 * the subject of each item with a scope. */
CpsfAnchors *cpsf_anchors_new(CpsfSnapshot *snapshot, CpsfPolicy *policy, GError **error);
void cpsf_anchors_free(CpsfAnchors *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CpsfAnchors, cpsf_anchors_free)

/* Row @item of graph->evidence held against layer @layer of its subject.  O(1). */
CpsfVerdict cpsf_anchors_judge(const CpsfAnchors *self, int64_t item, int layer);

/* The anchors of @node: [*@first, *@last).  O(log anchors). */
void cpsf_anchors_of(const CpsfAnchors *self, int32_t node, int64_t *first, int64_t *last);

/* Whether @node is data or a device into which no edge runs that says where it comes from. */
gboolean cpsf_anchor_has_unknown_origin(const CpsfSnapshot *snapshot, int32_t node);

/* The word of a check's detail column; NULL = none. */
const char *cpsf_anchor_get_detail(const CpsfAnchors *self, const CpsfAnchor *anchor);

/* The key that stands for the issuer of an item: that of its node if it is one; NULL = none. */
const char *cpsf_anchor_get_issuer(const CpsfGraph *graph, const CpsfEvidenceRow *row);

G_END_DECLS
