/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The blast radius of every node at once (docs/semantics.md, section 8): who is asked about, and what
 * is written of each.  How it is measured: cpsf-blast-plan.c, cpsf-blast-worlds.c.
 */

#include "config.h"

#include <math.h>
#include <string.h>

#include "cpsf-blast-private.h"
#include "cpsf-chance-keys-private.h"
#include "cpsf-consequence-private.h"
#include "cpsf-mem-private.h"
#include "cpsf-node-rows-private.h"
#include "cpsf-table-private.h"

enum {
    KEY,
    KIND,
    NAME,
    NODES,
    LOSS,
    REL_STDERR,
    BOUND,
    N_COLUMNS,

    WORLDS_MAX = 1 << 20,
};

static const CpsfColumnSpec columns[N_COLUMNS] = {
    {"key", CPSF_COLUMN_UTF8},     {"kind", CPSF_COLUMN_UTF8},   {"name", CPSF_COLUMN_UTF8},
    {"nodes", CPSF_COLUMN_DOUBLE}, {"loss", CPSF_COLUMN_DOUBLE}, {"rel_stderr", CPSF_COLUMN_DOUBLE},
    {"bound", CPSF_COLUMN_UTF8},
};

typedef struct {
    const CpsfSpread *spread;
    const CpsfBlastOptions *options;
    CpsfSnapshot *snapshot;
    int64_t worlds;
    int32_t n;          /* nodes asked about */
    int32_t *asked;     /* (owned) their vertices, ascending in node */
    CpsfChanceKey *key; /* (owned) of the node of each vertex */
    CpsfLosses losses;  /* of the node of each vertex */
    uint8_t *is_bound;  /* (owned) of each vertex: it can reach an edge that is left out */
    CpsfBlastSums sums; /* of the nodes asked about */
} Job;

static gboolean
check_options(const CpsfBlastOptions *o, GError **error)
{
    if ((unsigned) o->effect >= CPSF_N_EFFECTS)
        return cpsf_fail(error, CPSF_ERROR_INVALID_VALUE, "effect %d is none", (int) o->effect);
    if (o->layer < 0 || o->layer > 3)
        return cpsf_fail(error, CPSF_ERROR_INVALID_VALUE,
                         "layer %d is none of 1, 2, 3, or 0 for all", o->layer);
    if (o->worlds < 0 || o->worlds > WORLDS_MAX)
        return cpsf_fail(error, CPSF_ERROR_INVALID_VALUE,
                         "number of worlds %" G_GINT64_FORMAT " is not between 0 and %d", o->worlds,
                         WORLDS_MAX);
    if (o->threads < 0)
        return cpsf_fail(error, CPSF_ERROR_INVALID_VALUE, "number of threads %d is negative",
                         o->threads);
    return TRUE;
}

static gboolean
run(Job *job, GError **error)
{
    const CpsfBlastOptions *o = job->options;
    const CpsfBlastQuestion question = {
        .node_key = job->key,
        .loss = job->losses.currency != NULL ? job->losses.loss : NULL,
        .asked = job->asked,
        .n_asked = job->n,
        .worlds = job->worlds,
        .seed = o->seed,
        .threads = o->threads,
        .cancellable = o->cancellable,
        .progress = o->progress,
        .progress_data = o->progress_data,
    };
    g_autoptr(CpsfBlastPlan) plan = cpsf_blast_plan_new(&job->spread->graph, error);

    return plan != NULL && cpsf_blast_run(plan, &question, &job->sums, error);
}

static gboolean
prepare(Job *job, GError **error)
{
    const CpsfSpread *s = job->spread;
    const CpsfGraph *graph = job->snapshot->graph;
    const size_t n = (size_t) s->graph.n;

    job->key = cpsf_try_new(CpsfChanceKey, n, error);
    job->asked = cpsf_try_new(int32_t, n, error);
    job->is_bound = cpsf_try_new0(uint8_t, n, error);
    if (job->key == NULL || job->asked == NULL || job->is_bound == NULL)
        return FALSE;
    for (int32_t v = 0; v < s->graph.n; v++)
        job->key[v] = cpsf_chance_key_of_node(graph, s->node[v]);
    for (int32_t i = 0; i < s->n_by_node; i++) {
        const int32_t v = s->by_node[i];

        if (s->effect[v] == (int) job->options->effect && job->snapshot->holds[s->node[v]] &&
            (job->options->layer == 0 ||
             (graph->layers[s->node[v]] & CPSF_LAYER(job->options->layer)) != 0))
            job->asked[job->n++] = v;
    }
    return cpsf_losses_init(&job->losses, s->snapshot, s->policy, s->start, s->node, s->graph.n,
                            error) &&
           cpsf_blast_find_bounds(&s->graph, job->is_bound, error);
}

static void
put_row(const Job *job, CpsfTableBuilder *b, const CpsfNodeRank *row)
{
    const int32_t v = job->asked[row->i];
    const double n = (double) job->worlds;
    const double variance =
        n > 1.0 ? (job->sums.nodes_square[row->i] - n * row->figure * row->figure) / (n - 1.0)
                : (double) NAN;

    cpsf_node_rows_put(b, job->snapshot->graph, job->spread->node[v], job->options->lang);
    cpsf_table_put_double(b, NODES, row->figure);
    if (job->losses.currency != NULL)
        cpsf_table_put_double(b, LOSS, row->loss);
    cpsf_table_put_double(b, REL_STDERR, sqrt(MAX(variance, 0.0) / n) / row->figure);
    cpsf_table_put_utf8(b, BOUND, job->is_bound[v] ? "lower" : NULL);
    cpsf_table_end_row(b);
}

static CpsfTable *
write_table(const Job *job, GError **error)
{
    g_autofree CpsfNodeRank *rows = cpsf_try_new(CpsfNodeRank, (size_t) job->n, error);

    if (rows == NULL)
        return NULL;
    for (int32_t i = 0; i < job->n; i++)
        rows[i] = (CpsfNodeRank){
            job->sums.nodes[i] / (double) job->worlds,
            job->sums.loss != NULL ? job->sums.loss[i] / (double) job->worlds : 0.0,
            i,
        };
    cpsf_node_ranks_sort(rows, job->n);

    CpsfTableBuilder *b = cpsf_table_builder_new(columns, N_COLUMNS);

    for (int32_t i = 0; i < job->n; i++)
        put_row(job, b, &rows[i]);
    return cpsf_table_builder_finish(b, error);
}

static void
clear_job(Job *job)
{
    g_free(job->asked);
    g_free(job->key);
    g_free(job->is_bound);
    cpsf_losses_clear(&job->losses);
    cpsf_blast_sums_clear(&job->sums);
}

/**
 * cpsf_blast:
 * @snapshot: a snapshot
 * @policy: whose spread rules say what passes on, and with which chance
 * @options: (nullable): how, or %NULL for outage, 4096 worlds, seed 0, all layers
 * @error: return location
 *
 * The blast radius of every node: how many nodes would be affected, itself included, each counted once
 * whatever effects hit it, and how much would be lost, if that node alone suffered an effect
 * (docs/semantics.md, section 8).  Static: edges as they hold at the snapshot's moment, no delays.
 *
 * Columns: `key`, `kind`, `name`, `nodes` (expected number), `loss` (expected, null if no node states
 * one), `rel_stderr` (relative standard error of `nodes`; null for a single world), `bound` (`lower`
 * where it can reach redundancy that it might break, which does not count; null elsewhere).  Most
 * nodes first, then most loss, then by key.
 *
 * Source: E. Cohen, "Size-Estimation Framework with Applications to Transitive Closure and
 * Reachability", J. Comput. Syst. Sci. 55 (1997), section 3: four ranks in each world.
 *
 * Cost: for each four worlds O(effects on nodes + edges), more in circles, and as much again if
 * losses are stated; memory about 150 bytes an effect on a node and 70 an edge, and 64 and 8 a thread.
 *
 * Returns: (transfer full) (nullable): the table; %NULL with %CPSF_ERROR_INVALID_VALUE for an option
 *   out of range or losses in several currencies without rates, %CPSF_ERROR_LIMIT,
 *   %CPSF_ERROR_NO_MEMORY or %CPSF_ERROR_CANCELLED
 *
 * Since: 0.1
 */
CpsfTable *
cpsf_blast(CpsfSnapshot *snapshot,
           CpsfPolicy *policy,
           const CpsfBlastOptions *options,
           GError **error)
{
    const CpsfBlastOptions o = options != NULL ? *options : (CpsfBlastOptions){0};

    if (!check_options(&o, error))
        return NULL;

    const CpsfSpreadOptions how = {
        .reach = CPSF_SPREAD_ALL, .effects = 1U << o.effect, .is_static = TRUE};
    g_autoptr(CpsfSpread) spread = cpsf_spread_new(snapshot, policy, &how, error);

    if (spread == NULL)
        return NULL;

    Job job = {
        .spread = spread,
        .options = &o,
        .snapshot = snapshot,
        .worlds = o.worlds > 0 ? o.worlds : CPSF_WORLDS_DEFAULT,
    };
    CpsfTable *table = prepare(&job, error) && run(&job, error) ? write_table(&job, error) : NULL;

    clear_job(&job);
    return table;
}
