/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * What pulls trust in a node down: each anchor that may, weighed and put in order.
 */

#include "config.h"

#include "cpsf-importance-private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cpsf-mem-private.h"
#include "cpsf-node-rows-private.h"
#include "cpsf-table-private.h"
#include "cpsf-text-private.h"

enum {
    KEY,
    KIND,
    NAME,
    LAYER,
    STATE,
    GAIN,
    ALONE,
    IMPORTANCE,
    STDERR,
    METHOD,
    PATH,
    N_COLUMNS,
};

static const CpsfColumnSpec columns[N_COLUMNS] = {
    {"key", CPSF_COLUMN_UTF8},       {"kind", CPSF_COLUMN_UTF8},
    {"name", CPSF_COLUMN_UTF8},      {"layer", CPSF_COLUMN_INT64},
    {"state", CPSF_COLUMN_UTF8},     {"gain", CPSF_COLUMN_DOUBLE},
    {"alone", CPSF_COLUMN_DOUBLE},   {"importance", CPSF_COLUMN_DOUBLE},
    {"stderr", CPSF_COLUMN_DOUBLE},  {"method", CPSF_COLUMN_UTF8},
    {"path", CPSF_COLUMN_UTF8_LIST},
};

/* Indexed by CpsfPullMethod. */
static const char *const methods[] = {NULL, "conditional", "forced", "exact"};

/* Descending; what there is no figure of comes last. */
static int
compare_figures(double a, double b)
{
    if (isnan(a) || isnan(b))
        return (isnan(a) != 0) - (isnan(b) != 0);
    return (a < b) - (a > b);
}

static int
compare_pulls(const void *left, const void *right)
{
    const CpsfPull *a = left;
    const CpsfPull *b = right;
    int order = compare_figures(a->gain, b->gain);

    if (order == 0)
        order = compare_figures(a->alone, b->alone);
    if (order == 0)
        order = (a->node > b->node) - (a->node < b->node);
    return order != 0 ? order : a->layer - b->layer;
}

gboolean
cpsf_importance_find(CpsfImportance *self,
                     const CpsfTarget *target,
                     const CpsfTrustOptions *options,
                     int64_t budget,
                     GError **error)
{
    *self = (CpsfImportance){.target = target, .layer = options->layer};
    if (target->part == NULL)
        return TRUE;
    if (!cpsf_importance_list(self, error))
        return FALSE;
    if (options->method == CPSF_METHOD_EXACT
            ? !cpsf_importance_enumerate(self, options, error)
            : !cpsf_importance_sample(self, options, budget, error))
        return FALSE;
    if (self->pulls.n > 1)
        qsort(self->pulls.items, (size_t) self->pulls.n, sizeof *self->pulls.items, compare_pulls);
    return TRUE;
}

const char *
cpsf_pull_get_state(const CpsfAnchors *anchors, const CpsfPull *pull)
{
    int64_t first;
    int64_t last;

    cpsf_anchors_of(anchors, pull->node, &first, &last);
    for (int64_t a = first; a < last; a++)
        if (anchors->anchors[a].layer == pull->layer)
            return cpsf_word(CPSF_WORDS_STATE, anchors->anchors[a].state);
    return NULL;
}

static gboolean
check_options(const CpsfTrustOptions *options, GError **error)
{
    if (options->layer < 0 || options->layer > 3)
        return cpsf_fail(error, CPSF_ERROR_INVALID_VALUE,
                         "layer %d is none of 1, 2, 3, or 0 for all", options->layer);
    if (options->worlds < 0 || options->worlds > CPSF_WORLDS_MAX)
        return cpsf_fail(error, CPSF_ERROR_INVALID_VALUE,
                         "number of worlds %" G_GINT64_FORMAT
                         " is not between 0 and %" G_GINT64_FORMAT,
                         options->worlds, CPSF_WORLDS_MAX);
    if (options->threads < 0)
        return cpsf_fail(error, CPSF_ERROR_INVALID_VALUE, "number of threads %d is negative",
                         options->threads);
    if ((unsigned) options->method > CPSF_METHOD_EXACT)
        return cpsf_fail(error, CPSF_ERROR_INVALID_VALUE, "method %d is none",
                         (int) options->method);
    if (options->model != CPSF_TRUST_WORLDS)
        return cpsf_fail(error, CPSF_ERROR_INVALID_VALUE,
                         "trust model %d has no importance, only that of worlds has",
                         (int) options->model);
    if (options->target_stderr != 0.0 || options->keys != NULL)
        return cpsf_fail(error, CPSF_ERROR_INVALID_VALUE,
                         "importance takes no target standard error and no keys");
    return TRUE;
}

typedef struct {
    CpsfTableBuilder *builder;
} PathCell;

static void
put_step(void *data, const char *key)
{
    const PathCell *cell = data;

    cpsf_table_put_item(cell->builder, PATH, key);
}

static void
put_row(CpsfTableBuilder *b, const CpsfTarget *target, const CpsfPull *pull, const char *lang)
{
    PathCell cell = {b};

    cpsf_node_rows_put(b, target->anchors->snapshot->graph, pull->node, lang);
    cpsf_table_put_int64(b, LAYER, pull->layer);
    cpsf_table_put_utf8(b, STATE, cpsf_pull_get_state(target->anchors, pull));
    cpsf_table_put_double(b, GAIN, pull->gain);
    cpsf_table_put_double(b, ALONE, pull->alone);
    cpsf_table_put_double(b, IMPORTANCE, pull->importance);
    cpsf_table_put_double(b, STDERR, pull->stderr_of);
    cpsf_table_put_utf8(b, METHOD, methods[pull->method]);
    cpsf_paths_tell(target->paths, pull->node, put_step, &cell);
    cpsf_table_end_row(b);
}

static CpsfTable *
table_new(const CpsfImportance *importance, const char *lang, GError **error)
{
    CpsfTableBuilder *b = cpsf_table_builder_new(columns, N_COLUMNS);

    for (int64_t i = 0; i < importance->pulls.n; i++)
        put_row(b, importance->target, &importance->pulls.items[i], lang);
    return cpsf_table_builder_finish(b, error);
}

/**
 * cpsf_trust_importance:
 * @snapshot: what is asked about
 * @policy: what counts as verified
 * @key: a key or an alias of the node t, canonical or not
 * @options: (nullable): how, or %NULL for 4096 sampled worlds, all layers, seed 0; model must be
 *   %CPSF_TRUST_WORLDS, target_stderr 0 and keys %NULL
 * @error: return location for a [type@GLib.Error], or %NULL
 *
 * Finds what pulls trust in a node down: one row for each anchor, that is a node v and a layer, whose
 * own opinion is not (1, 0, 0), v being t or a node that t relies on.  With E(t) the expected trust
 * of [func@trust], 1 - (P(F1(t)) + P(F2(t))) / 2:
 *
 * - gain = E(t | the anchor surely works) - E(t), everything else being as it is: what verifying
 *   it can bring at most.  That is the mean over the planes of the chance that it fails by itself
 *   times its importance there.
 * - alone = by how much the anchor as it is would lower E(t) if every other anchor surely worked.
 *   Two unverified suppliers of one node mask each other: either gains nothing, but both of them
 *   would alone do harm.
 * - importance = E(t | the anchor surely works) - E(t | it surely fails), everything else being as
 *   it is: Birnbaum's, for `expected`.  In plane 1 it is that of the node times what the node's other
 *   layers are believed, in plane 2 times what they are not disbelieved.
 *
 * All are in [0,1].  Columns: key, kind, name, layer, state (null if the policy does not ask for the
 * anchor, but something counts against it), gain, alone, importance, stderr, method, path (the keys
 * on the shortest path from v to t; of more than 64 the middle is one "…").  By gain descending, then
 * alone, then key and layer; unknown figures come last.  No rows if t does not hold.
 *
 * Every figure is of the worlds that [func@trust] draws with the same options, with the same chance
 * bits: what an anchor gains is exactly the difference to the what-if in which its opinion is (1, 0, 0).
 * stderr is the standard error of gain.  method is `forced` where those worlds were swept again with
 * v forced to fail and to work, `exact` by %CPSF_METHOD_EXACT.  Forcing has a budget of 2·10⁹ edge
 * visits, spent on what may bring most, then on what is nearest to t; beyond it method is
 * `conditional`: P(F(t) | v fails by itself) - P(F(t) | it does not), from the worlds as they are.
 * Where v always fails by itself in a plane, or never, that says nothing, and what depends on it is
 * null; so is alone, unless all edges are felt for certain.  method is null if it says nothing at all.
 *
 * The same options and seed give the same bytes on every machine, with any number of threads.
 *
 * Cost: O(nodes + edges), and of what t relies on one sweep for each block of 512 worlds, plane and
 * node with such anchors; nodes in a circle of certain edges share theirs.  128 bytes a node and 192
 * an anchor for each thread.
 *
 * Source: Z. W. Birnbaum, On the importance of different components in a multicomponent system, in
 * Multivariate Analysis II, 1969; docs/semantics.md, sections 6 and 7; docs/trust.md.
 *
 * Returns: (transfer full) (nullable): the table; %NULL with %CPSF_ERROR_NOT_FOUND if @key names no
 *   node, %CPSF_ERROR_INVALID_VALUE for an option out of its range, %CPSF_ERROR_LIMIT if there is too
 *   much to count out, %CPSF_ERROR_NO_MEMORY or %CPSF_ERROR_CANCELLED
 *
 * Since: 0.1
 */
CpsfTable *
cpsf_trust_importance(CpsfSnapshot *snapshot,
                      CpsfPolicy *policy,
                      const char *key,
                      const CpsfTrustOptions *options,
                      GError **error)
{
    static const CpsfTrustOptions defaults = {0};

    g_return_val_if_fail(snapshot != NULL && policy != NULL && key != NULL, NULL);
    g_return_val_if_fail(error == NULL || *error == NULL, NULL);
    if (options == NULL)
        options = &defaults;
    if (!check_options(options, error))
        return NULL;

    const int32_t node = cpsf_graph_find_node(snapshot->graph, key);
    char shown[CPSF_TEXT_SHOWN_MAX];

    if (node == CPSF_NODE_NONE)
        return cpsf_fail_null(error, CPSF_ERROR_NOT_FOUND, "no node has the key \"%s\"",
                              cpsf_text_shown(key, strlen(key), shown));

    g_autoptr(CpsfAnchors) anchors = cpsf_anchors_new(snapshot, policy, error);
    g_auto(CpsfPaths) paths = {0};
    g_auto(CpsfTarget) target = {0};
    g_auto(CpsfImportance) importance = {0};

    if (anchors == NULL || !cpsf_paths_init(&paths, snapshot, policy, node, error) ||
        !cpsf_target_init(&target, anchors, &paths, options->method == CPSF_METHOD_EXACT, error) ||
        !cpsf_importance_find(&importance, &target, options, CPSF_IMPORTANCE_BUDGET, error))
        return NULL;
    return table_new(&importance, options->lang, error);
}
