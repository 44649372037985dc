/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The blast radius of every node at once (docs/semantics.md, section 8): in each world the least of
 * random ranks over all that a node reaches is the smaller, the more that is.  A piece of work is 64
 * worlds; what pieces find is added in their order.
 */

#include "config.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cpsf-blast.h"
#include "cpsf-chance-keys-private.h"
#include "cpsf-consequence-private.h"
#include "cpsf-mem-private.h"
#include "cpsf-pieces-private.h"
#include "cpsf-spread-private.h"
#include "cpsf-table-private.h"
#include "kernels/cpsf-minrank.h"

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
    PIECE = 64, /* worlds */
};

static const CpsfColumnSpec columns[N_COLUMNS] = {
    {"key", CPSF_COLUMN_UTF8},     {"kind", CPSF_COLUMN_UTF8},   {"name", CPSF_COLUMN_UTF8},
    {"nodes", CPSF_COLUMN_DOUBLE}, {"loss", CPSF_COLUMN_DOUBLE}, {"rel_stderr", CPSF_COLUMN_DOUBLE},
    {"bound", CPSF_COLUMN_UTF8},
};

/* Sums over worlds, for each node asked about. */
typedef struct {
    double nodes;
    double squares;
    double loss;
} Sums;

typedef struct {
    CpsfMinranks *ranks; /* in memory */
    void *memory;        /* (owned) */
    uint64_t *active;    /* (owned) (nullable) */
} Worker;

typedef struct {
    const CpsfSpread *spread;
    const CpsfBlastOptions *options;
    CpsfSnapshot *snapshot;
    CpsfChanceSeed seed;
    int64_t worlds;
    int64_t first;      /* piece of this round */
    int32_t n;          /* nodes asked about */
    int32_t *asked;     /* (owned) their vertices, ascending in node */
    CpsfChanceKey *key; /* (owned) of the node of each vertex */
    double *loss;       /* (owned) (nullable) of the node of each vertex; 0 = none */
    uint8_t *is_bound;  /* (owned) of each vertex: it can reach an edge that is left out */
    Sums *found;        /* (owned) of each piece of a round: n */
    Sums *sums;         /* (owned) n */
    Worker workers[CPSF_WORKERS_MAX];
    int64_t n_done; /* (atomic) */
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

/* Own ranks of all vertices, of nodes or of losses. */
static void
draw_ranks(const Job *job, CpsfMinranks *ranks, uint64_t sweep, gboolean of_loss)
{
    const CpsfSpread *s = job->spread;

    for (int32_t v = 0; v < s->graph.n; v++) {
        const double loss = of_loss ? job->loss[v] : 1.0;

        if (s->effect[v] == CPSF_SPREAD_SLOT || !(loss > 0.0)) {
            for (int i = 0; i < CPSF_MINRANK_WIDTH; i++)
                ranks[v].rank[i] = CPSF_MINRANK_NONE;
            continue;
        }
        cpsf_minrank_draw(job->key[v], job->seed, sweep, &ranks[v]);
        for (int i = 0; of_loss && i < CPSF_MINRANK_WIDTH; i++) {
            const float rank = (float) (cpsf_minrank_exponential(ranks[v].rank[i]) / loss);

            memcpy(&ranks[v].rank[i], &rank, sizeof rank);
        }
    }
}

/* What the least ranks of one world say there is. */
static double
estimate(const int32_t *ranks, gboolean of_loss)
{
    double sum = 0.0;

    for (int j = 0; j < CPSF_MINRANK_RANKS; j++) {
        float rank;

        if (ranks[j] == CPSF_MINRANK_NONE)
            return 0.0;
        memcpy(&rank, &ranks[j], sizeof rank);
        sum += of_loss ? (double) rank : cpsf_minrank_exponential(ranks[j]);
    }
    return (CPSF_MINRANK_RANKS - 1) / sum;
}

static void
do_sweep(const Job *job, Worker *worker, int64_t first_world, gboolean of_loss, Sums *found)
{
    const int64_t left = job->worlds - first_world;
    const int n_worlds = (int) MIN(left, CPSF_MINRANK_WORLDS);

    draw_ranks(job, worker->ranks, (uint64_t) first_world / CPSF_MINRANK_WORLDS, of_loss);
    cpsf_minrank_sweep(&job->spread->graph, worker->active, (int) (first_world % PIECE),
                       worker->ranks);
    for (int32_t i = 0; i < job->n; i++)
        for (int w = 0; w < n_worlds; w++) {
            const int32_t *ranks = &worker->ranks[job->asked[i]].rank[w * CPSF_MINRANK_RANKS];
            const double x = estimate(ranks, of_loss);

            if (of_loss) {
                found[i].loss += x;
            } else {
                found[i].nodes += x;
                found[i].squares += x * x;
            }
        }
}

static gboolean
do_piece(void *data, int id, int64_t piece)
{
    Job *job = data;
    const CpsfBlastOptions *o = job->options;
    Worker *worker = &job->workers[id];
    Sums *found = job->found + piece * job->n;
    const int64_t begin = (job->first + piece) * PIECE;
    const int64_t end = MIN(begin + PIECE, job->worlds);

    memset(found, 0, (size_t) job->n * sizeof *found);
    for (int64_t e = 0; worker->active != NULL && e < job->spread->graph.m; e++)
        worker->active[e] =
            cpsf_minrank_active(&job->spread->graph, job->seed, (uint64_t) (begin / CPSF_N_LANES),
                                (int) (begin % CPSF_N_LANES / PIECE), e);
    for (int64_t w = begin; w < end; w += CPSF_MINRANK_WORLDS) {
        if (g_cancellable_is_cancelled(o->cancellable))
            return FALSE;
        do_sweep(job, worker, w, FALSE, found);
        if (job->loss != NULL)
            do_sweep(job, worker, w, TRUE, found);
    }

    const int64_t n_done = __atomic_add_fetch(&job->n_done, 1, __ATOMIC_RELAXED);

    if (id == 0 && o->progress != NULL)
        o->progress((uint64_t) MIN(n_done * PIECE, job->worlds), (uint64_t) job->worlds, "worlds",
                    o->progress_data);
    return TRUE;
}

static gboolean
make_worker(const Job *job, Worker *worker, GError **error)
{
    const CpsfEventsGraph *g = &job->spread->graph;

    worker->memory = cpsf_try_alloc((size_t) g->n + 1, sizeof(CpsfMinranks), FALSE, error);
    if (worker->memory == NULL)
        return FALSE;
    worker->ranks = (CpsfMinranks *) (((uintptr_t) worker->memory + 63) & ~(uintptr_t) 63);
    if (g->key == NULL) /* everything is for certain */
        return TRUE;
    worker->active = cpsf_try_new(uint64_t, (size_t) g->m, error);
    return worker->active != NULL;
}

static gboolean
run(Job *job, GError **error)
{
    const int64_t n_pieces = (job->worlds + PIECE - 1) / PIECE;
    const int wanted = cpsf_pieces_count_workers(job->options->threads, n_pieces);
    int n_workers = 1;

    if (!make_worker(job, &job->workers[0], error))
        return FALSE;
    while (n_workers < wanted && make_worker(job, &job->workers[n_workers], NULL))
        n_workers++;
    job->found =
        cpsf_try_alloc((size_t) job->n * (size_t) n_workers, sizeof *job->found, FALSE, error);
    if (job->found == NULL)
        return FALSE;
    for (; job->first < n_pieces; job->first += n_workers) {
        const int64_t n_now = MIN(n_workers, n_pieces - job->first);

        if (!cpsf_pieces_run(n_workers, n_now, do_piece, job, job->options->cancellable))
            return cpsf_fail(error, CPSF_ERROR_CANCELLED, "measuring blast radii was cancelled");
        for (int64_t i = 0; i < n_now * job->n; i++) {
            job->sums[i % job->n].nodes += job->found[i].nodes;
            job->sums[i % job->n].squares += job->found[i].squares;
            job->sums[i % job->n].loss += job->found[i].loss;
        }
    }
    return TRUE;
}

/* Whether @v, or what it can reach, has an edge that redundancy leaves out. */
static int
find_bound(const Job *job, int32_t v)
{
    const CpsfEventsGraph *g = &job->spread->graph;

    for (int64_t e = g->start[v]; e < g->start[v + 1]; e++)
        if (job->spread->effect[g->head[e]] == CPSF_SPREAD_SLOT || job->is_bound[g->head[e]])
            return 1;
    return 0;
}

static void
find_bounds(Job *job)
{
    const CpsfEventsGraph *g = &job->spread->graph;
    gboolean has_changed = TRUE;

    while (has_changed) { /* once, and again where circles carry it back */
        has_changed = FALSE;
        for (int32_t v = g->n - 1; v >= 0; v--)
            if (!job->is_bound[v] && find_bound(job, v)) {
                job->is_bound[v] = 1;
                has_changed = TRUE;
            }
    }
}

static gboolean
prepare_losses(Job *job, GError **error)
{
    const CpsfSpread *s = job->spread;
    CpsfLosses losses;
    gboolean is_done =
        cpsf_losses_init(&losses, s->snapshot, s->policy, s->start, s->node, s->graph.n, error);

    if (is_done && losses.currency != NULL) {
        job->loss = cpsf_try_new(double, (size_t) s->graph.n, error);
        is_done = job->loss != NULL;
        for (int32_t v = 0; is_done && v < s->graph.n; v++)
            job->loss[v] = isnan(losses.loss[v]) ? 0.0 : losses.loss[v];
    }
    cpsf_losses_clear(&losses);
    return is_done;
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
    job->sums = cpsf_try_new0(Sums, (size_t) job->n, error);
    if (job->sums == NULL || !prepare_losses(job, error))
        return FALSE;
    find_bounds(job);
    return TRUE;
}

/* An index into the nodes asked about, and what it is sorted by. */
typedef struct {
    double nodes;
    double loss;
    int32_t i;
} Row;

static int
compare_rows(const void *left, const void *right)
{
    const Row *a = left;
    const Row *b = right;

    if (a->nodes > b->nodes || a->nodes < b->nodes)
        return a->nodes > b->nodes ? -1 : 1;
    if (a->loss > b->loss || a->loss < b->loss)
        return a->loss > b->loss ? -1 : 1;
    return (a->i > b->i) - (a->i < b->i);
}

static void
put_row(const Job *job, CpsfTableBuilder *b, const Row *row)
{
    const CpsfGraph *graph = job->snapshot->graph;
    const int32_t v = job->asked[row->i];
    const int32_t node = job->spread->node[v];
    const char *name = cpsf_graph_get_name(graph, node, job->options->lang);
    const double n = (double) job->worlds;
    const double variance =
        n > 1.0 ? (job->sums[row->i].squares - n * row->nodes * row->nodes) / (n - 1.0)
                : (double) NAN;

    cpsf_table_put_utf8(b, KEY, cpsf_strtab_get(graph->strings, graph->key[node]));
    cpsf_table_put_utf8(b, KIND, cpsf_word(CPSF_WORDS_KIND, graph->kind[node]));
    cpsf_table_put_utf8(b, NAME, name != NULL && name[0] != '\0' ? name : NULL);
    cpsf_table_put_double(b, NODES, row->nodes);
    if (job->loss != NULL)
        cpsf_table_put_double(b, LOSS, row->loss);
    cpsf_table_put_double(b, REL_STDERR, sqrt(MAX(variance, 0.0) / n) / row->nodes);
    cpsf_table_put_utf8(b, BOUND, job->is_bound[v] ? "lower" : NULL);
    cpsf_table_end_row(b);
}

static CpsfTable *
write_table(const Job *job, GError **error)
{
    g_autofree Row *rows = cpsf_try_new(Row, (size_t) job->n, error);

    if (rows == NULL)
        return NULL;
    for (int32_t i = 0; i < job->n; i++)
        rows[i] = (Row){job->sums[i].nodes / (double) job->worlds,
                        job->sums[i].loss / (double) job->worlds, i};
    if (job->n > 1)
        qsort(rows, (size_t) job->n, sizeof *rows, compare_rows);

    CpsfTableBuilder *b = cpsf_table_builder_new(columns, N_COLUMNS);

    for (int32_t i = 0; i < job->n; i++)
        put_row(job, b, &rows[i]);
    return cpsf_table_builder_finish(b, error);
}

static void
clear_job(Job *job)
{
    for (int i = 0; i < CPSF_WORKERS_MAX; i++) {
        g_free(job->workers[i].memory);
        g_free(job->workers[i].active);
    }
    g_free(job->asked);
    g_free(job->key);
    g_free(job->loss);
    g_free(job->is_bound);
    g_free(job->found);
    g_free(job->sums);
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

    const CpsfSpreadIncident seed = {0, o.effect, snapshot->at};
    const CpsfSpreadOptions how = {
        .reach = CPSF_SPREAD_ALL, .incidents = &seed, .n_incidents = 1, .is_static = TRUE};
    g_autoptr(CpsfSpread) spread = cpsf_spread_new(snapshot, policy, &how, error);

    if (spread == NULL)
        return NULL;

    Job job = {
        .spread = spread,
        .options = &o,
        .snapshot = snapshot,
        .seed = cpsf_chance_seed(o.seed),
        .worlds = o.worlds > 0 ? o.worlds : CPSF_WORLDS_DEFAULT,
    };
    CpsfTable *table = prepare(&job, error) && run(&job, error) ? write_table(&job, error) : NULL;

    clear_job(&job);
    return table;
}
