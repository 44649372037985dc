/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The weakest link (docs/semantics.md, section 7): a node is trusted no further than the least of
 * its own expected trust and that of all it relies on.  Alternatives count as if all were needed,
 * so it says where a chain is weak, not how likely it is to break.
 *
 * Whoever is in one circle relies on the same nodes.  So each circle first takes the weakest of its
 * members, and then, in topological order, hands the weakest it has heard of on to those that rely
 * on it.
 */

#include "config.h"

#include <string.h>

#include "cpsf-opinion-private.h"
#include "cpsf-relying-private.h"
#include "cpsf-trust-private.h"

/* Between looks at whether to stop. */
#define CIRCLES_A_LOOK 4096

typedef struct {
    const CpsfSnapshot *snapshot;
    const CpsfPolicy *policy;
    int32_t n_circles;
    const int32_t *circle;                         /* n_nodes, in topological order */
    const int32_t *members;                        /* n_nodes by circle */
    const int32_t *start;                          /* n_circles + 1 */
    int32_t *own_circle, *own_members, *own_start; /* (owned) (nullable) if not all edges count */
    CpsfOpinion *own;                              /* (owned) n_nodes: opinions */
    int32_t *weakest;                              /* (owned) n_circles: node heard of */
} Chain;

static void
chain_clear(Chain *self)
{
    g_free(self->own_circle);
    g_free(self->own_members);
    g_free(self->own_start);
    g_free(self->own);
    g_free(self->weakest);
}

/* The edges along which reliance runs. */
static gboolean
filter_edges(const Chain *self, CpsfCsr *kept, GError **error)
{
    const CpsfCsr *all = &self->snapshot->out;

    kept->n = all->n;
    kept->offsets = cpsf_try_new(int64_t, (size_t) all->n + 1, error);
    if (kept->offsets == NULL)
        return FALSE;
    kept->heads = cpsf_try_new(int32_t, (size_t) all->m, error);
    if (kept->heads == NULL)
        return FALSE;
    kept->offsets[0] = 0;
    for (int32_t v = 0; v < all->n; v++) {
        for (int64_t e = all->offsets[v]; e < all->offsets[v + 1]; e++)
            if (cpsf_relying_edge_counts(self->snapshot, self->policy, e))
                kept->heads[kept->m++] = all->heads[e];
        kept->offsets[v + 1] = kept->m;
    }
    return TRUE;
}

/* Nodes by circle: counting sort. */
static gboolean
sort_members(Chain *self, int32_t n, GError **error)
{
    self->own_members = cpsf_try_new(int32_t, (size_t) n, error);
    if (self->own_members == NULL)
        return FALSE;
    self->own_start = cpsf_try_new0(int32_t, (size_t) self->n_circles + 1, error);
    if (self->own_start == NULL)
        return FALSE;

    int32_t *start = self->own_start;

    for (int32_t v = 0; v < n; v++)
        start[self->own_circle[v] + 1]++;
    for (int32_t k = 0; k < self->n_circles; k++)
        start[k + 1] += start[k];
    for (int32_t v = 0; v < n; v++)
        self->own_members[start[self->own_circle[v]]++] = v;
    /* each start has moved to the next one */
    memmove(start + 1, start, (size_t) self->n_circles * sizeof *start);
    start[0] = 0;
    return TRUE;
}

/* The circles that edges with a criticality of 0 do not close. */
static gboolean
find_circles(Chain *self, GError **error)
{
    const int32_t n = self->snapshot->out.n;
    CpsfCsr kept = {0};

    self->own_circle = cpsf_try_new(int32_t, (size_t) n, error);

    const gboolean is_found = self->own_circle != NULL && filter_edges(self, &kept, error) &&
                              cpsf_csr_components(&kept, self->own_circle, &self->n_circles, error);

    cpsf_csr_clear(&kept);
    return is_found && sort_members(self, n, error);
}

/* The snapshot's own circles if all its edges count. */
static gboolean
choose_circles(Chain *self, GError **error)
{
    const CpsfSnapshot *snapshot = self->snapshot;
    gboolean all_count = TRUE;

    for (int64_t e = 0; e < snapshot->out.m && all_count; e++)
        all_count = cpsf_relying_edge_counts(snapshot, self->policy, e);
    if (!all_count && !find_circles(self, error))
        return FALSE;
    self->circle = all_count ? snapshot->component : self->own_circle;
    self->members = all_count ? snapshot->order : self->own_members;
    self->start = all_count ? snapshot->component_start : self->own_start;
    if (all_count)
        self->n_circles = snapshot->n_components;
    return TRUE;
}

static double
expected_of(CpsfOpinion o)
{
    return o.belief + o.uncertainty / 2;
}

/* Lowest expected trust, then highest disbelief, then lowest number. */
static gboolean
is_weaker(const Chain *self, int32_t a, int32_t b)
{
    const double expected_a = expected_of(self->own[a]);
    const double expected_b = expected_of(self->own[b]);

    if (expected_a != expected_b)
        return expected_a < expected_b;
    if (self->own[a].disbelief != self->own[b].disbelief)
        return self->own[a].disbelief > self->own[b].disbelief;
    return a < b;
}

static void
hand_on(const Chain *self, int32_t k)
{
    const CpsfCsr *out = &self->snapshot->out;

    for (int32_t i = self->start[k]; i < self->start[k + 1]; i++) {
        const int32_t v = self->members[i];

        for (int64_t e = out->offsets[v]; e < out->offsets[v + 1]; e++) {
            int32_t *theirs = &self->weakest[self->circle[out->heads[e]]];

            if (is_weaker(self, self->weakest[k], *theirs) &&
                cpsf_relying_edge_counts(self->snapshot, self->policy, e))
                *theirs = self->weakest[k];
        }
    }
}

static gboolean
find_weakest(Chain *self, GCancellable *cancellable, GError **error)
{
    self->weakest = cpsf_try_new(int32_t, (size_t) self->n_circles, error);
    if (self->weakest == NULL)
        return FALSE;
    for (int32_t k = 0; k < self->n_circles; k++) {
        int32_t weakest = self->members[self->start[k]];

        for (int32_t i = self->start[k] + 1; i < self->start[k + 1]; i++)
            if (is_weaker(self, self->members[i], weakest))
                weakest = self->members[i];
        self->weakest[k] = weakest;
    }
    for (int32_t k = 0; k < self->n_circles; k++) {
        if (k % CIRCLES_A_LOOK == 0 && g_cancellable_is_cancelled(cancellable))
            return cpsf_fail(error, CPSF_ERROR_CANCELLED, "finding weakest links was cancelled");
        hand_on(self, k);
    }
    return TRUE;
}

static gboolean
weigh_chain(Chain *self,
            const CpsfAnchors *anchors,
            const CpsfTrustOptions *options,
            GError **error)
{
    self->own = cpsf_try_new(CpsfOpinion, (size_t) self->snapshot->out.n, error);
    return self->own != NULL && cpsf_opinions_own(anchors, options->layer, self->own, error) &&
           choose_circles(self, error) && find_weakest(self, options->cancellable, error);
}

/*
 * cpsf_trust_by_weakest:
 * @anchors: what is asked about
 * @options: layer and cancellable count
 * @figures: (out): of each node, belief and disbelief of the weakest node among it and all that it
 *   relies on, and the expected trust of that one
 * @report: stays zero: the figures are exact
 * @error: return location for a [type@GLib.Error], or %NULL
 *
 * Trusts each node as far as the weakest link of its chains: the minimum of belief + uncertainty / 2
 * of the own opinions of the node and of all nodes from which it is reached over edges with a
 * criticality above 0, alternatives in groups included, `vouches` never.  Of several that are as
 * weak, the one with most disbelief, then the first by key, speaks.
 *
 * Cost: O(nodes + edges).  Source: docs/semantics.md, section 7.
 *
 * Returns: %TRUE; %FALSE with %CPSF_ERROR_NO_MEMORY, %CPSF_ERROR_CANCELLED, or %CPSF_ERROR_LIMIT
 *   beyond 2^31 - 2 nodes
 */
gboolean
cpsf_trust_by_weakest(const CpsfAnchors *anchors,
                      const CpsfTrustOptions *options,
                      CpsfTrustFigures *figures,
                      CpsfTrustReport *report,
                      GError **error)
{
    Chain chain = {.snapshot = anchors->snapshot, .policy = anchors->policy};
    const int32_t n = anchors->snapshot->graph->n_nodes;

    (void) report;

    const gboolean is_done =
        cpsf_trust_figures_init(figures, n, error) && weigh_chain(&chain, anchors, options, error);

    for (int32_t v = 0; v < n && is_done; v++) {
        const CpsfOpinion opinion = chain.own[chain.weakest[chain.circle[v]]];

        figures->belief[v] = opinion.belief;
        figures->disbelief[v] = opinion.disbelief;
        figures->expected[v] = expected_of(opinion);
    }
    chain_clear(&chain);
    return is_done;
}
