/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Trust that is kept: after a change only what relies on what changed is counted again, with the
 * same chance bits, so that every figure is bit for bit what a run from nothing gives.
 */

#include "config.h"

#include <string.h>

#include "cpsf-mem-private.h"
#include "cpsf-opinion-private.h"
#include "cpsf-trust-changes-private.h"
#include "cpsf-trust-private.h"
#include "cpsf-worlds-private.h"

struct _CpsfTrustRun {
    CpsfSnapshot *snapshot; /* (owned) */
    CpsfPolicy *policy;     /* (owned) */
    CpsfTrustOptions options;
    char *lang;           /* (owned) (nullable) of options */
    CpsfOpinion *own;     /* (owned) n_nodes */
    CpsfWorldsPlan *plan; /* (owned) of this snapshot, or of one with the same nodes and edges */
    int64_t worlds;
    int32_t *failed[2]; /* (owned) n_nodes: worlds in which a node fails, in either plane */
    int64_t n_counted;
};

static void
clear_run(void *data)
{
    CpsfTrustRun *self = data;

    g_clear_pointer(&self->plan, cpsf_worlds_plan_unref);
    g_clear_object(&self->options.cancellable);
    g_free(self->lang);
    g_free(self->own);
    g_free(self->failed[0]);
    g_free(self->failed[1]);
    cpsf_policy_unref(self->policy);
    cpsf_snapshot_unref(self->snapshot);
}

/**
 * cpsf_trust_run_ref:
 * @self: a run
 *
 * Holds on to a run.  Any thread may.
 *
 * Returns: (transfer full): @self
 *
 * Since: 0.1
 */
CpsfTrustRun *
cpsf_trust_run_ref(CpsfTrustRun *self)
{
    return g_atomic_rc_box_acquire(self);
}

/**
 * cpsf_trust_run_unref:
 * @self: (transfer full): a run
 *
 * Lets go of a run; the last to do so frees it.
 *
 * Since: 0.1
 */
void
cpsf_trust_run_unref(CpsfTrustRun *self)
{
    g_atomic_rc_box_release_full(self, clear_run);
}

/* A run of @snapshot with its opinions, and nothing counted. */
static CpsfTrustRun *
run_alloc(CpsfSnapshot *snapshot,
          CpsfPolicy *policy,
          const CpsfTrustOptions *options,
          GError **error)
{
    g_autoptr(CpsfTrustRun) self = g_atomic_rc_box_new0(CpsfTrustRun);
    const size_t n = (size_t) snapshot->graph->n_nodes;

    self->snapshot = cpsf_snapshot_ref(snapshot);
    self->policy = cpsf_policy_ref(policy);
    self->options = *options;
    self->lang = g_strdup(options->lang);
    self->options.lang = self->lang;
    if (options->cancellable != NULL)
        g_object_ref(options->cancellable);
    if ((self->own = cpsf_try_new(CpsfOpinion, n, error)) == NULL ||
        (self->failed[0] = cpsf_try_new0(int32_t, n, error)) == NULL ||
        (self->failed[1] = cpsf_try_new0(int32_t, n, error)) == NULL)
        return NULL;

    g_autoptr(CpsfAnchors) anchors = cpsf_anchors_new(snapshot, policy, error);

    if (anchors == NULL || !cpsf_opinions_own(anchors, options->layer, self->own, error))
        return NULL;
    return g_steal_pointer(&self);
}

/* Counts of @vertices (NULL: of all) of @plan to their nodes. */
static void
take_counts(CpsfTrustRun *self,
            const CpsfWorldsPlan *plan,
            const CpsfVertexSet *vertices,
            const CpsfWorldsCounts *counts)
{
    const CpsfWorldsGraph *g = &plan->graph;
    const int32_t n = vertices != NULL ? vertices->n : g->n;

    for (int32_t i = 0; i < n; i++) {
        const int32_t v = vertices != NULL ? vertices->items[i] : i;

        for (int32_t m = g->member_start[v]; m < g->member_start[v + 1]; m++) {
            self->failed[0][g->members[m]] = counts->failed[0][v];
            self->failed[1][g->members[m]] = counts->failed[1][v];
            self->n_counted++;
        }
    }
    self->worlds = counts->worlds;
}

static gboolean
count_all(CpsfTrustRun *self, GError **error)
{
    const CpsfWorldsOptions how = cpsf_trust_get_worlds_options(&self->options);
    CpsfWorldsFailures failures = {0};
    CpsfWorldsCounts counts = {0};
    const gboolean is_done = cpsf_worlds_failures_init(&failures, self->plan, self->own, error) &&
                             cpsf_worlds_run(self->plan, &failures, &how, &counts, error);

    if (is_done)
        take_counts(self, self->plan, NULL, &counts);
    cpsf_worlds_failures_clear(&failures);
    cpsf_worlds_counts_clear(&counts);
    return is_done;
}

/**
 * cpsf_trust_run_new:
 * @snapshot: what is asked about
 * @policy: what counts as verified, from whom
 * @options: (nullable): how, or %NULL for the defaults; model and method must be the default ones,
 *   and `keys` %NULL.  What it points to may go, but for progress_data
 * @error: return location for a [type@GLib.Error], or %NULL
 *
 * Finds how far each node can be trusted, as [func@trust] does by sampled worlds, and keeps what it
 * takes to follow changes: about 110 bytes a node and 4 to 28 an edge.
 *
 * Cost: that of [func@trust].
 *
 * Source: docs/semantics.md, sections 6 and 7.
 *
 * Returns: (transfer full) (nullable): a run; %NULL with %CPSF_ERROR_INVALID_VALUE for an option out
 *   of its range or of another model or method, %CPSF_ERROR_NO_MEMORY or %CPSF_ERROR_CANCELLED
 *
 * Since: 0.1
 */
CpsfTrustRun *
cpsf_trust_run_new(CpsfSnapshot *snapshot,
                   CpsfPolicy *policy,
                   const CpsfTrustOptions *options,
                   GError **error)
{
    static const CpsfTrustOptions defaults = {0};

    g_return_val_if_fail(snapshot != NULL && policy != NULL, NULL);
    g_return_val_if_fail(error == NULL || *error == NULL, NULL);
    if (options == NULL)
        options = &defaults;
    if (!cpsf_trust_check_options(options, error))
        return NULL;
    if (options->model != CPSF_TRUST_WORLDS || options->method != CPSF_METHOD_SAMPLE ||
        options->keys != NULL)
        return cpsf_fail_null(error, CPSF_ERROR_INVALID_VALUE,
                              "a run that is kept samples worlds, and is about all nodes");

    g_autoptr(CpsfTrustRun) self = run_alloc(snapshot, policy, options, error);

    if (self == NULL)
        return NULL;
    self->plan = cpsf_worlds_plan_new(snapshot, policy, FALSE, error);
    if (self->plan == NULL || !count_all(self, error))
        return NULL;
    return g_steal_pointer(&self);
}

static gboolean
is_same_opinion(const CpsfOpinion *a, const CpsfOpinion *b)
{
    return a->belief == b->belief && a->disbelief == b->disbelief;
}

/* The nodes that hold now and whose own opinion, edges or groups are not those of before, ascending.
 * What did not change takes over its counts. */
static int32_t *
find_changed(CpsfTrustRun *self,
             const CpsfTrustRun *before,
             const CpsfSideBySide *sides,
             int64_t *n_changed,
             GError **error)
{
    const int32_t n = self->snapshot->graph->n_nodes;
    g_autofree uint8_t *changed = cpsf_try_new0(uint8_t, (size_t) n, error);
    g_autofree int32_t *nodes = NULL;

    if (changed == NULL || (nodes = cpsf_try_new(int32_t, (size_t) n, error)) == NULL)
        return NULL;
    if (!cpsf_side_by_side_is_same(sides))
        cpsf_side_by_side_mark_edges(sides, changed);
    *n_changed = 0;
    for (int32_t v = 0; v < n; v++) {
        const int32_t u = sides->before_of[v];

        if (!self->snapshot->holds[v])
            continue;
        if (changed[v] || u < 0 || !before->snapshot->holds[u] ||
            !is_same_opinion(&self->own[v], &before->own[u])) {
            nodes[(*n_changed)++] = v;
            continue;
        }
        self->failed[0][v] = before->failed[0][u];
        self->failed[1][v] = before->failed[1][u];
    }
    return g_steal_pointer(&nodes);
}

static gboolean
count_changed(CpsfTrustRun *self, const int32_t *nodes, int64_t n_nodes, GError **error)
{
    const CpsfWorldsOptions how = cpsf_trust_get_worlds_options(&self->options);
    CpsfWorldsUpdate update = {0};
    const gboolean is_done =
        cpsf_worlds_rerun(self->plan, self->own, nodes, n_nodes, &how, &update, error);

    if (is_done)
        take_counts(self, update.part, &update.changed, &update.counts);
    cpsf_worlds_update_clear(&update);
    return is_done;
}

static gboolean
follow(const CpsfTrustRun *before, const CpsfSideBySide *sides, CpsfTrustRun *next, GError **error)
{
    int64_t n_changed = 0;

    next->plan = cpsf_side_by_side_is_same(sides)
                     ? cpsf_worlds_plan_ref(before->plan)
                     : cpsf_worlds_plan_new(next->snapshot, next->policy, FALSE, error);
    if (next->plan == NULL)
        return FALSE;
    if (next->options.target_stderr > 0.0) /* where sampling ends is for all nodes to say */
        return count_all(next, error);

    g_autofree int32_t *nodes = find_changed(next, before, sides, &n_changed, error);

    if (nodes == NULL)
        return FALSE;
    next->worlds = before->worlds;
    return n_changed == 0 || count_changed(next, nodes, n_changed, error);
}

/**
 * cpsf_trust_run_update:
 * @self: a run
 * @snapshot: another snapshot: of a what-if, of another moment, of a graph with more feeds
 * @error: return location for a [type@GLib.Error], or %NULL
 *
 * The same question about another snapshot, with the same policy and options.  Only nodes that rely
 * on something that changed are counted again; every figure is bit for bit what
 * [ctor@TrustRun.new] gives for @snapshot.  With a target standard error everything is counted.
 *
 * Cost: O(nodes), and O(edges) unless @snapshot has the very nodes and edges of that of @self; and a
 * run on what relies on the changed nodes and all that this relies on.
 *
 * Returns: (transfer full) (nullable): a run; %NULL with %CPSF_ERROR_NO_MEMORY or
 *   %CPSF_ERROR_CANCELLED
 *
 * Since: 0.1
 */
CpsfTrustRun *
cpsf_trust_run_update(CpsfTrustRun *self, CpsfSnapshot *snapshot, GError **error)
{
    CpsfSideBySide sides = {0};

    g_return_val_if_fail(self != NULL && snapshot != NULL, NULL);
    g_return_val_if_fail(error == NULL || *error == NULL, NULL);

    g_autoptr(CpsfTrustRun) next = run_alloc(snapshot, self->policy, &self->options, error);
    const gboolean is_done = next != NULL &&
                             cpsf_side_by_side_init(&sides, self->snapshot, snapshot, error) &&
                             follow(self, &sides, next, error);

    cpsf_side_by_side_clear(&sides);
    return is_done ? g_steal_pointer(&next) : NULL;
}

/**
 * cpsf_trust_run_get_table:
 * @self: a run
 * @error: return location for a [type@GLib.Error], or %NULL
 *
 * The answer, as [func@trust] gives it.
 *
 * Cost: O(nodes log nodes).
 *
 * Returns: (transfer full) (nullable): the table; %NULL with %CPSF_ERROR_NO_MEMORY
 *
 * Since: 0.1
 */
CpsfTable *
cpsf_trust_run_get_table(const CpsfTrustRun *self, GError **error)
{
    const CpsfGraph *graph = self->snapshot->graph;
    CpsfTrustFigures figures = {0};
    g_autofree int32_t *nodes = cpsf_try_new(int32_t, (size_t) graph->n_nodes, error);
    CpsfTable *table = NULL;
    int64_t n = 0;

    if (nodes == NULL)
        return NULL;
    for (int32_t v = 0; v < graph->n_nodes; v++)
        if (self->snapshot->holds[v])
            nodes[n++] = v;
    if (cpsf_trust_figures_init(&figures, graph->n_nodes, error)) {
        for (int64_t i = 0; i < n; i++)
            cpsf_trust_figures_count(&figures, nodes[i], self->worlds, self->failed[0][nodes[i]],
                                     self->failed[1][nodes[i]]);
        table = cpsf_trust_make_table(graph, nodes, n, &figures, self->options.lang, error);
    }
    cpsf_trust_figures_clear(&figures);
    return table;
}

/**
 * cpsf_trust_run_get_worlds:
 * @self: a run
 *
 * How many worlds were sampled.
 *
 * Returns: at least 1
 *
 * Since: 0.1
 */
int64_t
cpsf_trust_run_get_worlds(const CpsfTrustRun *self)
{
    return self->worlds;
}

/**
 * cpsf_trust_run_get_n_counted:
 * @self: a run
 *
 * For how many nodes worlds were counted for this run; the others are taken over from the run that it
 * followed.
 *
 * Returns: from 0 to the number of nodes that hold
 *
 * Since: 0.1
 */
int64_t
cpsf_trust_run_get_n_counted(const CpsfTrustRun *self)
{
    return self->n_counted;
}
