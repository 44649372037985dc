/* SPDX-License-Identifier: GPL-2.0-or-later */

/* How far each node can be trusted: the options held against their ranges, a model asked, its
 * figures put in order. */

#include "config.h"

#include <math.h>
#include <stdlib.h>

#include "cpsf-mem-private.h"
#include "cpsf-node-rows-private.h"
#include "cpsf-table-private.h"
#include "cpsf-trust-private.h"
#include "cpsf-worlds-private.h"

enum { KEY, KIND, NAME, BELIEF, DISBELIEF, UNCERTAINTY, EXPECTED, STDERR, N_COLUMNS };

static const CpsfColumnSpec columns[N_COLUMNS] = {
    {"key", CPSF_COLUMN_UTF8},         {"kind", CPSF_COLUMN_UTF8},
    {"name", CPSF_COLUMN_UTF8},        {"belief", CPSF_COLUMN_DOUBLE},
    {"disbelief", CPSF_COLUMN_DOUBLE}, {"uncertainty", CPSF_COLUMN_DOUBLE},
    {"expected", CPSF_COLUMN_DOUBLE},  {"stderr", CPSF_COLUMN_DOUBLE},
};

gboolean
cpsf_trust_check_options(const CpsfTrustOptions *options, GError **error)
{
    if (options->layer < 0 || options->layer > 3)
        return cpsf_fail(error, CPSF_ERROR_INVALID_VALUE,
                         "layer %d is none of 1, 2, 3, or 0 for all", options->layer);
    if (options->worlds < 0 || options->worlds > CPSF_WORLDS_MAX)
        return cpsf_fail(error, CPSF_ERROR_INVALID_VALUE,
                         "number of worlds %" G_GINT64_FORMAT
                         " is not between 0 and %" G_GINT64_FORMAT,
                         options->worlds, CPSF_WORLDS_MAX);
    if (!(options->target_stderr >= 0.0) || isinf(options->target_stderr))
        return cpsf_fail(error, CPSF_ERROR_INVALID_VALUE,
                         "target standard error is not a number from 0 on");
    if (options->threads < 0)
        return cpsf_fail(error, CPSF_ERROR_INVALID_VALUE, "number of threads %d is negative",
                         options->threads);
    if ((unsigned) options->model > CPSF_TRUST_EIGENTRUST)
        return cpsf_fail(error, CPSF_ERROR_INVALID_VALUE, "trust model %d is none",
                         (int) options->model);
    if ((unsigned) options->method > CPSF_METHOD_EXACT)
        return cpsf_fail(error, CPSF_ERROR_INVALID_VALUE, "method %d is none",
                         (int) options->method);
    return TRUE;
}

static int
compare_ids(const void *left, const void *right)
{
    const int32_t a = *(const int32_t *) left;
    const int32_t b = *(const int32_t *) right;

    return (a > b) - (a < b);
}

/* The nodes asked about that hold, each once, ascending. */
static int32_t *
find_nodes(const CpsfSnapshot *snapshot, const char *const *keys, int64_t *n_nodes, GError **error)
{
    const int64_t n_keys = keys != NULL ? (int64_t) g_strv_length((char **) keys) : 0;
    const int64_t room = keys != NULL ? n_keys : snapshot->graph->n_nodes;
    g_autofree int32_t *nodes = cpsf_try_new(int32_t, (size_t) room, error);
    int64_t n = 0;

    if (nodes == NULL)
        return NULL;
    for (int64_t i = 0; i < room; i++) {
        const int32_t v =
            keys != NULL ? cpsf_graph_find_node(snapshot->graph, keys[i]) : (int32_t) i;

        if (v == CPSF_NODE_NONE)
            return cpsf_fail_null(error, CPSF_ERROR_NOT_FOUND, "no node has the key %s", keys[i]);
        if (snapshot->holds[v])
            nodes[n++] = v;
    }
    qsort(nodes, (size_t) n, sizeof *nodes, compare_ids);
    *n_nodes = 0;
    for (int64_t i = 0; i < n; i++)
        if (i == 0 || nodes[i] != nodes[i - 1])
            nodes[(*n_nodes)++] = nodes[i];
    return g_steal_pointer(&nodes);
}

static gboolean
ask_model(const CpsfAnchors *anchors,
          const CpsfTrustOptions *options,
          const int32_t *nodes,
          int64_t n_nodes,
          CpsfTrustFigures *figures,
          CpsfTrustReport *report,
          GError **error)
{
    const int32_t *asked = options->keys != NULL ? nodes : NULL;

    switch (options->model) {
    case CPSF_TRUST_WEAKEST:
        return cpsf_trust_by_weakest(anchors, options, figures, report, error);
    case CPSF_TRUST_EBSL:
        return cpsf_trust_by_ebsl(anchors, options, figures, report, error);
    case CPSF_TRUST_EIGENTRUST:
        return cpsf_trust_by_eigentrust(anchors, options, figures, report, error);
    case CPSF_TRUST_WORLDS:
        break;
    }
    return cpsf_trust_by_worlds(anchors, options, asked, n_nodes, figures, report, error);
}

/* A row in the making. */
typedef struct {
    double expected;
    double disbelief;
    int32_t node;
} Row;

/* What is trusted least comes first; of equals what is refuted; then by key. */
static int
compare_rows(const void *left, const void *right)
{
    const Row *a = left;
    const Row *b = right;

    if (a->expected != b->expected)
        return a->expected < b->expected ? -1 : 1;
    if (a->disbelief != b->disbelief)
        return a->disbelief > b->disbelief ? -1 : 1;
    return (a->node > b->node) - (a->node < b->node);
}

static Row *
rows_new(const int32_t *nodes, int64_t n_nodes, const CpsfTrustFigures *figures, GError **error)
{
    Row *rows = cpsf_try_new(Row, (size_t) n_nodes, error);

    for (int64_t i = 0; rows != NULL && i < n_nodes; i++) {
        const double disbelief = figures->disbelief[nodes[i]];

        rows[i] = (Row){figures->expected[nodes[i]], isnan(disbelief) ? 0.0 : disbelief, nodes[i]};
    }
    if (rows != NULL)
        qsort(rows, (size_t) n_nodes, sizeof *rows, compare_rows);
    return rows;
}

static void
put_row(CpsfTableBuilder *b,
        const CpsfGraph *graph,
        const CpsfTrustFigures *figures,
        int32_t v,
        const char *lang)
{
    const double belief = figures->belief[v];
    const double disbelief = figures->disbelief[v];

    cpsf_node_rows_put(b, graph, v, lang);
    if (!isnan(belief)) {
        cpsf_table_put_double(b, BELIEF, belief);
        cpsf_table_put_double(b, DISBELIEF, disbelief);
        cpsf_table_put_double(b, UNCERTAINTY, MAX(1.0 - belief - disbelief, 0.0));
    }
    cpsf_table_put_double(b, EXPECTED, figures->expected[v]);
    cpsf_table_put_double(b, STDERR, figures->stderr_of[v]);
    cpsf_table_end_row(b);
}

CpsfTable *
cpsf_trust_make_table(const CpsfGraph *graph,
                      const int32_t *nodes,
                      int64_t n_nodes,
                      const CpsfTrustFigures *figures,
                      const char *lang,
                      GError **error)
{
    g_autofree Row *rows = rows_new(nodes, n_nodes, figures, error);

    if (rows == NULL)
        return NULL;

    CpsfTableBuilder *b = cpsf_table_builder_new(columns, N_COLUMNS);

    for (int64_t i = 0; i < n_nodes; i++)
        put_row(b, graph, figures, rows[i].node, lang);
    return cpsf_table_builder_finish(b, error);
}

/**
 * cpsf_trust:
 * @snapshot: what is asked about
 * @policy: what counts as verified, from whom
 * @options: (nullable): how, or %NULL for 4096 sampled worlds, all layers, all nodes, seed 0
 * @report: (out caller-allocates) (optional): how the figures came about
 * @error: return location for a [type@GLib.Error], or %NULL
 *
 * Finds how far each node can be trusted: one row for each node asked about that holds.  Columns:
 * key, kind, name, belief, disbelief, uncertainty, expected, stderr.  Belief is the chance that
 * nothing that it relies on fails if everything fails that is not believed; disbelief the chance
 * that it fails even if only that fails which is disbelieved; uncertainty is the rest, and expected
 * belief with half of it.  All are in [0,1]; stderr is the standard error of expected, 0 if nothing
 * was sampled.  %CPSF_TRUST_EIGENTRUST has a score in expected, which sums to 1 over the nodes, and
 * null in belief, disbelief and uncertainty.  The least trusted come first, of equals what is
 * disbelieved more, then by key.
 *
 * A pair of options and a seed gives the same bytes on every machine, with any number of threads.
 *
 * Cost: O(nodes + edges) for every 512 worlds in each of two planes; 64 bytes a node and thread
 * besides about 60 bytes a node and 4 to 28 an edge.
 *
 * Source: docs/semantics.md, sections 6 and 7; docs/trust.md.
 *
 * Returns: (transfer full) (nullable): the table; %NULL with %CPSF_ERROR_INVALID_VALUE for an option
 *   out of its range, %CPSF_ERROR_NOT_FOUND for a key that no node has, or if a model needs a root of
 *   the policy to be a node and none is, %CPSF_ERROR_LIMIT if there is too much to count out,
 *   %CPSF_ERROR_NOT_CONVERGED, %CPSF_ERROR_NO_MEMORY or %CPSF_ERROR_CANCELLED
 *
 * Since: 0.1
 */
CpsfTable *
cpsf_trust(CpsfSnapshot *snapshot,
           CpsfPolicy *policy,
           const CpsfTrustOptions *options,
           CpsfTrustReport *report,
           GError **error)
{
    static const CpsfTrustOptions defaults = {0};
    CpsfTrustReport told = {.error_bound = 0.0};
    CpsfTrustFigures figures = {0};
    CpsfTable *table = NULL;
    int64_t n_nodes = 0;

    g_return_val_if_fail(snapshot != NULL && policy != NULL, NULL);
    g_return_val_if_fail(error == NULL || *error == NULL, NULL);
    if (options == NULL)
        options = &defaults;
    if (!cpsf_trust_check_options(options, error))
        return NULL;

    g_autofree int32_t *nodes = find_nodes(snapshot, options->keys, &n_nodes, error);

    if (nodes == NULL)
        return NULL;

    g_autoptr(CpsfAnchors) anchors = cpsf_anchors_new(snapshot, policy, error);

    if (anchors == NULL)
        return NULL;
    if (ask_model(anchors, options, nodes, n_nodes, &figures, &told, error))
        table =
            cpsf_trust_make_table(snapshot->graph, nodes, n_nodes, &figures, options->lang, error);
    cpsf_trust_figures_clear(&figures);
    if (report != NULL && table != NULL)
        *report = told;
    return table;
}
