/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The state of every anchor (docs/semantics.md, section 5): for each node and each layer that the
 * policy asks about, the best of what its evidence shows.  An empty set of evidence is never
 * success.  cpsf-anchor-item.c says what each item is worth; here they are put side by side.
 */

#include "config.h"

#include "cpsf-anchor-private.h"

#include <string.h>

#include "cpsf-anchor-item-private.h"

#define REASON(r) (1U << CPSF_REASON_##r)
#define REFUTING (REASON(REVOKED) | REASON(ANNULLED) | REASON(FAILED))

void
cpsf_anchors_free(CpsfAnchors *self)
{
    if (self == NULL)
        return;
    cpsf_snapshot_unref(self->snapshot);
    cpsf_policy_unref(self->policy);
    g_free(self->anchors);
    g_free(self->passes_1);
    g_free(self->items);
    g_free(self);
}

CpsfVerdict
cpsf_anchors_judge(const CpsfAnchors *self, int64_t item, int layer)
{
    const CpsfItemWorth *worth = &self->items[item];
    const CpsfEvidenceRow *row = &self->snapshot->graph->evidence.items[item];

    if (!worth->exists)
        return (CpsfVerdict){.exists = FALSE, .until = worth->until};
    return (CpsfVerdict){
        .exists = TRUE,
        .reasons = cpsf_item_get_reasons(self->snapshot, self->policy, worth, row, layer),
        .assurance = (CpsfAssurance) worth->assurance,
        .until = worth->until,
    };
}

static int
compare_text(const CpsfGraph *graph, CpsfStr a, CpsfStr b)
{
    return a == b ? 0
                  : strcmp(cpsf_strtab_get(graph->strings, a), cpsf_strtab_get(graph->strings, b));
}

/* Whether item @i is closer to passing than @j: fewest reasons, then highest assurance, then id;
 * after that by scheme, and rows come by authority. */
static gboolean
is_closer(const CpsfAnchors *self, int64_t i, CpsfVerdict a, int64_t j, CpsfVerdict b)
{
    const CpsfGraph *graph = self->snapshot->graph;
    const int reasons = __builtin_popcount(a.reasons) - __builtin_popcount(b.reasons);
    const int assurance = (int) MIN(b.assurance, CPSF_ASSURANCE_THIRD_PARTY) -
                          (int) MIN(a.assurance, CPSF_ASSURANCE_THIRD_PARTY);

    if (reasons != 0)
        return reasons < 0;
    if (assurance != 0)
        return assurance < 0;

    const CpsfEvidenceRow *left = &graph->evidence.items[i];
    const CpsfEvidenceRow *right = &graph->evidence.items[j];
    const int id = compare_text(graph, left->id, right->id);

    return id != 0 ? id < 0 : compare_text(graph, left->scheme, right->scheme) < 0;
}

/* The state of @anchor from the evidence rows [first, last), which speak of its node. */
static void
weigh_evidence(const CpsfAnchors *self, int64_t first, int64_t last, CpsfAnchor *anchor)
{
    CpsfVerdict closest = {0};
    gboolean is_refuted = FALSE;

    anchor->item = -1;
    for (int64_t i = first; i < last; i++) {
        const CpsfVerdict verdict = cpsf_anchors_judge(self, i, anchor->layer);

        if (!verdict.exists)
            continue;
        is_refuted |= verdict.reasons != 0 && (verdict.reasons & ~REFUTING) == 0;
        if (anchor->item >= 0 && !is_closer(self, i, verdict, anchor->item, closest))
            continue;
        anchor->item = i;
        closest = verdict;
    }
    if (anchor->item < 0) {
        anchor->state = CPSF_STATE_UNVERIFIED;
        anchor->reasons = REASON(NO_EVIDENCE);
        return;
    }
    anchor->reasons = closest.reasons;
    anchor->state = closest.reasons == 0 ? CPSF_STATE_VERIFIED
                    : is_refuted         ? CPSF_STATE_REFUTED
                                         : CPSF_STATE_UNVERIFIED;
}

/* The anchors that the policy asks of @v. */
static gboolean
add_anchors(
    CpsfAnchors *self, int64_t *capacity, int32_t v, int64_t first, int64_t last, GError **error)
{
    const CpsfGraph *graph = self->snapshot->graph;
    const CpsfKind kind = (CpsfKind) graph->kind[v];
    const gboolean is_unknown = kind == CPSF_KIND_UNKNOWN;

    for (int layer = 1; layer <= 3; layer++) {
        if (is_unknown ? layer != 1
                       : (graph->layers[v] & CPSF_LAYER(layer)) == 0 ||
                             cpsf_policy_find_requirement(self->policy, kind, layer) == NULL)
            continue;

        CpsfAnchor *anchor = cpsf_array_slot((void **) &self->anchors, &self->n_anchors, capacity,
                                             sizeof *self->anchors, error);

        if (anchor == NULL)
            return FALSE;
        anchor->node = v;
        anchor->layer = (uint8_t) layer;
        if (!is_unknown) {
            weigh_evidence(self, first, last, anchor);
            continue;
        }
        anchor->item = -1;
        anchor->state = CPSF_STATE_UNVERIFIED;
        anchor->reasons = REASON(UNKNOWN_KIND);
    }
    return TRUE;
}

/* Whether some item about @v passes in layer 1, asked or not; nobody can vouch for what is only a
 * reference. */
static gboolean
passes_in_layer_1(const CpsfAnchors *self, int32_t v, int64_t first, int64_t last)
{
    if (self->snapshot->graph->kind[v] == CPSF_KIND_UNKNOWN)
        return FALSE;
    for (int64_t i = first; i < last; i++) {
        const CpsfVerdict verdict = cpsf_anchors_judge(self, i, 1);

        if (verdict.exists && verdict.reasons == 0)
            return TRUE;
    }
    return FALSE;
}

/* One walk over nodes and the evidence rows, which are sorted by node. */
static gboolean
find_states(CpsfAnchors *self, GError **error)
{
    const CpsfGraph *graph = self->snapshot->graph;
    int64_t capacity = 0;
    int64_t last = 0;

    for (int32_t v = 0; v < graph->n_nodes; v++) {
        const int64_t first = last;

        while (last < graph->evidence.n && graph->evidence.items[last].node == (uint32_t) v)
            last++;
        if (!self->snapshot->holds[v])
            continue;
        self->passes_1[v] = passes_in_layer_1(self, v, first, last) ? 1 : 0;
        if (!add_anchors(self, &capacity, v, first, last, error))
            return FALSE;
    }
    return TRUE;
}

static CpsfRelation
relation_in(const CpsfSnapshot *snapshot, int64_t in_edge)
{
    const int64_t row = snapshot->out_row[snapshot->in_out[in_edge]];

    return (CpsfRelation) snapshot->graph->edges.items[row].relation;
}

static gboolean
lacks_verified_keeper(const CpsfAnchors *self, int32_t device)
{
    const CpsfCsr *in = &self->snapshot->in;

    for (int64_t e = in->offsets[device]; e < in->offsets[device + 1]; e++) {
        const CpsfRelation relation = relation_in(self->snapshot, e);

        if ((relation == CPSF_RELATION_MAKES || relation == CPSF_RELATION_MAINTAINS) &&
            !self->passes_1[in->heads[e]])
            return TRUE;
    }
    return FALSE;
}

CpsfAnchors *
cpsf_anchors_new(CpsfSnapshot *snapshot, CpsfPolicy *policy, GError **error)
{
    g_autoptr(CpsfAnchors) self = g_new0(CpsfAnchors, 1);
    const CpsfGraph *graph = snapshot->graph;

    self->snapshot = cpsf_snapshot_ref(snapshot);
    self->policy = cpsf_policy_ref(policy);
    self->items = cpsf_try_new(CpsfItemWorth, (size_t) graph->evidence.n, error);
    if (self->items == NULL)
        return NULL;
    self->passes_1 = cpsf_try_new0(uint8_t, (size_t) graph->n_nodes, error);
    if (self->passes_1 == NULL || !cpsf_items_judge(snapshot, policy, self->items, error) ||
        !find_states(self, error))
        return NULL;
    for (int64_t a = 0; a < self->n_anchors; a++) {
        CpsfAnchor *anchor = &self->anchors[a];

        anchor->is_incomplete = anchor->state == CPSF_STATE_VERIFIED &&
                                graph->kind[anchor->node] == CPSF_KIND_DEVICE &&
                                lacks_verified_keeper(self, anchor->node);
    }
    return g_steal_pointer(&self);
}

void
cpsf_anchors_of(const CpsfAnchors *self, int32_t node, int64_t *first, int64_t *last)
{
    int64_t low = 0;
    int64_t high = self->n_anchors;

    while (low < high) {
        const int64_t middle = low + (high - low) / 2;

        if (self->anchors[middle].node < node)
            low = middle + 1;
        else
            high = middle;
    }
    *first = low;
    while (low < self->n_anchors && self->anchors[low].node == node)
        low++;
    *last = low;
}

gboolean
cpsf_anchor_has_unknown_origin(const CpsfSnapshot *snapshot, int32_t node)
{
    const uint8_t kind = snapshot->graph->kind[node];
    const CpsfCsr *in = &snapshot->in;

    if (kind != CPSF_KIND_DATA && kind != CPSF_KIND_DEVICE)
        return FALSE;
    for (int64_t e = in->offsets[node]; e < in->offsets[node + 1]; e++) {
        switch ((int) relation_in(snapshot, e)) {
        case CPSF_RELATION_MAKES:
        case CPSF_RELATION_OPERATES:
        case CPSF_RELATION_SENSES:
        case CPSF_RELATION_DERIVES:
        case CPSF_RELATION_FEEDS:
            return FALSE;
        default:
            break;
        }
    }
    return TRUE;
}

const char *
cpsf_anchor_get_detail(const CpsfAnchors *self, const CpsfAnchor *anchor)
{
    if (anchor->is_incomplete)
        return "incomplete";
    return cpsf_anchor_has_unknown_origin(self->snapshot, anchor->node) ? "unknown-origin" : NULL;
}

const char *
cpsf_anchor_get_issuer(const CpsfGraph *graph, const CpsfEvidenceRow *row)
{
    if (row->issuer == 0)
        return NULL;

    const int32_t node = cpsf_graph_node_of(graph, row->issuer);

    return cpsf_strtab_get(graph->strings, node != CPSF_NODE_NONE ? graph->key[node] : row->issuer);
}
