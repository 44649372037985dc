/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * How many nodes rely on a node (docs/semantics.md, section 9).  Nodes of one strongly connected
 * component reach the same, so the question is put to the condensation: an acyclic graph whose
 * vertices carry the number of their nodes.  Components asked about are sorted, cut into blocks of
 * 512, and each block is one sweep of kernels/cpsf-reach.c; if all sweeps together would cost more
 * than the budget, kernels/cpsf-sketch.c estimates instead.  Threads take whole sweeps, and results
 * are integers in their own places, so their number changes nothing.
 */

#include "config.h"

#include "cpsf-relying-private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cpsf-hash-private.h"
#include "kernels/cpsf-reach.h"
#include "kernels/cpsf-sketch.h"

enum { ALIGNMENT = 64, MAX_THREADS = 64 };

/* Work space of all threads together, unless one thread alone needs more. */
static const size_t work_limit = (size_t) 1 << 30;

typedef struct {
    CpsfDag dag;
    int32_t n_nodes;
    const int32_t *component; /* n_nodes */
    const int32_t *members;   /* n_nodes */
    const int32_t *start;     /* dag.n + 1 */
    const CpsfCsr *in;        /* edges that count, backwards */
    int64_t *offsets;         /* (owned) of dag */
    int32_t *tails;           /* (owned) */
    int32_t *weight;          /* (owned) */
    uint8_t *has_out;         /* (owned) dag.n: something outside relies on it */
    CpsfCsr own_out, own_in;  /* (owned) edges that count, if not all do */
    int32_t *own_component, *own_members, *own_start; /* (owned) the same */
} Condensation;

static void
condensation_clear(Condensation *self)
{
    g_free(self->offsets);
    g_free(self->tails);
    g_free(self->weight);
    g_free(self->has_out);
    cpsf_csr_clear(&self->own_out);
    cpsf_csr_clear(&self->own_in);
    g_free(self->own_component);
    g_free(self->own_members);
    g_free(self->own_start);
}

gboolean
cpsf_relying_edge_counts(const CpsfSnapshot *snapshot, const CpsfPolicy *policy, int64_t out_edge)
{
    const CpsfEdgeRow *row = &snapshot->graph->edges.items[snapshot->out_row[out_edge]];
    const double c =
        isnan(row->criticality) ? policy->relations[row->relation].criticality : row->criticality;

    return c > 0.0 && row->relation != CPSF_RELATION_VOUCHES;
}

/* The edges of the snapshot that count. */
static gboolean
filter_edges(const CpsfSnapshot *snapshot, const CpsfPolicy *policy, CpsfCsr *kept, GError **error)
{
    const CpsfCsr *all = &snapshot->out;

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
            if (cpsf_relying_edge_counts(snapshot, policy, e))
                kept->heads[kept->m++] = all->heads[e];
        kept->offsets[v + 1] = kept->m;
    }
    return TRUE;
}

/* Nodes by component, counting sort. */
static gboolean
sort_members(Condensation *self, int32_t n, int32_t n_components, GError **error)
{
    self->own_members = cpsf_try_new(int32_t, (size_t) n, error);
    if (self->own_members == NULL)
        return FALSE;
    self->own_start = cpsf_try_new0(int32_t, (size_t) n_components + 2, error);
    if (self->own_start == NULL)
        return FALSE;

    int32_t *end = self->own_start + 1; /* end[c] walks from the start of c to its end */

    for (int32_t v = 0; v < n; v++)
        end[self->own_component[v] + 1]++;
    for (int32_t c = 0; c < n_components; c++)
        end[c + 1] += end[c];
    for (int32_t v = 0; v < n; v++)
        self->own_members[end[self->own_component[v]]++] = v;
    return TRUE;
}

/* Which edges count, and the components that they make: the snapshot's own if all do. */
static gboolean
choose_edges(Condensation *self,
             const CpsfSnapshot *snapshot,
             const CpsfPolicy *policy,
             GError **error)
{
    gboolean all_count = TRUE;

    self->n_nodes = snapshot->out.n;
    for (int64_t e = 0; e < snapshot->out.m && all_count; e++)
        all_count = cpsf_relying_edge_counts(snapshot, policy, e);
    if (all_count) {
        self->dag.n = snapshot->n_components;
        self->component = snapshot->component;
        self->members = snapshot->order;
        self->start = snapshot->component_start;
        self->in = &snapshot->in;
        return TRUE;
    }
    self->own_component = cpsf_try_new(int32_t, (size_t) self->n_nodes, error);
    if (self->own_component == NULL || !filter_edges(snapshot, policy, &self->own_out, error) ||
        !cpsf_csr_transpose(&self->own_out, &self->own_in, NULL, error) ||
        !cpsf_csr_components(&self->own_out, self->own_component, &self->dag.n, error) ||
        !sort_members(self, self->n_nodes, self->dag.n, error))
        return FALSE;
    self->component = self->own_component;
    self->members = self->own_members;
    self->start = self->own_start;
    self->in = &self->own_in;
    return TRUE;
}

/* Predecessors of component @c, each once: @met[p] says for which component p was met last. */
static int64_t
add_tails(Condensation *self, int32_t c, int64_t n_tails, int32_t *met)
{
    for (int32_t i = self->start[c]; i < self->start[c + 1]; i++) {
        const int32_t v = self->members[i];

        for (int64_t e = self->in->offsets[v]; e < self->in->offsets[v + 1]; e++) {
            const int32_t p = self->component[self->in->heads[e]];

            if (p == c || met[p] == c)
                continue;
            met[p] = c;
            self->has_out[p] = 1;
            self->tails[n_tails++] = p;
        }
    }
    return n_tails;
}

static gboolean
condense(Condensation *self, GError **error)
{
    const int32_t n = self->dag.n;
    g_autofree int32_t *met = cpsf_try_new(int32_t, (size_t) n, error);

    if (met == NULL || (self->offsets = cpsf_try_new(int64_t, (size_t) n + 1, error)) == NULL ||
        (self->tails = cpsf_try_new(int32_t, (size_t) self->in->m, error)) == NULL ||
        (self->weight = cpsf_try_new(int32_t, (size_t) n, error)) == NULL ||
        (self->has_out = cpsf_try_new0(uint8_t, (size_t) n, error)) == NULL)
        return FALSE;
    memset(met, 0xff, (size_t) n * sizeof *met);
    self->offsets[0] = 0;
    for (int32_t c = 0; c < n; c++) {
        self->weight[c] = self->start[c + 1] - self->start[c];
        self->offsets[c + 1] = add_tails(self, c, self->offsets[c], met);
    }
    self->dag.offsets = self->offsets;
    self->dag.tails = self->tails;
    self->dag.weight = self->weight;
    return TRUE;
}

/* Sweeps to be made, and who makes them. */
typedef struct {
    const Condensation *graph;
    const CpsfRelyingOptions *options;
    const int32_t *sources; /* components asked about, ascending, each once */
    int64_t n_sources;
    int64_t n_sweeps;
    const uint64_t *seeds; /* (nullable) of each node: estimate; NULL: exact */
    int64_t *reach;        /* n_sources: of exact sweeps */
    GMutex lock;
    CpsfRankSum *sums; /* n_sources; guarded by lock */
    int64_t next;      /* (atomic) the next sweep to make */
} Job;

typedef struct {
    Job *job;
    void *memory;      /* (owned) */
    void *work;        /* memory, aligned */
    CpsfRankSum *sums; /* (owned) (nullable) of this worker's sweeps */
    GThread *thread;   /* (nullable): none for the caller */
    gboolean tells;    /* of progress: the caller only */
} Worker;

static void
sweep_exactly(const Job *job, int64_t sweep, void *work)
{
    const int64_t first = sweep * CPSF_N_LANES;
    const int64_t n = MIN(job->n_sources - first, CPSF_N_LANES);

    cpsf_reach_sweep(&job->graph->dag, job->sources + first, (int) n, work, job->reach + first);
}

static void
sweep_ranks(const Job *job, int64_t sweep, Worker *worker)
{
    const CpsfRanks *ranks = worker->work;

    cpsf_sketch_sweep(&job->graph->dag, job->graph->members, job->graph->start, job->seeds,
                      (int) sweep, worker->work);
    for (int64_t i = 0; i < job->n_sources; i++)
        worker->sums[i] += cpsf_sketch_sum(&ranks[job->sources[i]]);
}

/* Takes sweeps until none is left; only the calling thread tells how far it is. */
static void *
work_on(void *data)
{
    Worker *worker = data;
    Job *job = worker->job;
    const CpsfRelyingOptions *options = job->options;

    for (;;) {
        const int64_t sweep = __atomic_fetch_add(&job->next, 1, __ATOMIC_RELAXED);

        if (sweep >= job->n_sweeps || g_cancellable_is_cancelled(options->cancellable))
            break;
        if (job->seeds == NULL)
            sweep_exactly(job, sweep, worker->work);
        else
            sweep_ranks(job, sweep, worker);
        if (worker->tells && options->progress != NULL)
            options->progress((uint64_t) (sweep + 1), (uint64_t) job->n_sweeps, "relying",
                              options->progress_data);
    }
    if (worker->sums != NULL) {
        g_mutex_lock(&job->lock);
        for (int64_t i = 0; i < job->n_sources; i++)
            job->sums[i] += worker->sums[i];
        g_mutex_unlock(&job->lock);
    }
    return NULL;
}

static size_t
work_bytes(const Job *job)
{
    const int32_t first = job->seeds == NULL ? job->sources[0] : 0;

    G_STATIC_ASSERT(sizeof(CpsfLanes) == sizeof(CpsfRanks));
    return (size_t) (job->graph->dag.n - first) * sizeof(CpsfLanes) + ALIGNMENT;
}

static gboolean
worker_init(Worker *self, Job *job, GError **error)
{
    self->job = job;
    self->memory = cpsf_try_alloc(work_bytes(job), 1, FALSE, error);
    if (self->memory == NULL)
        return FALSE;
    self->work =
        (void *) (((uintptr_t) self->memory + ALIGNMENT - 1) & ~(uintptr_t) (ALIGNMENT - 1));
    if (job->seeds != NULL)
        self->sums = cpsf_try_new0(CpsfRankSum, (size_t) job->n_sources, error);
    return job->seeds == NULL || self->sums != NULL;
}

static int
count_threads(const Job *job)
{
    const size_t by_memory = MAX(work_limit / work_bytes(job), 1);
    const int wanted =
        job->options->threads > 0 ? job->options->threads : (int) g_get_num_processors();

    return (int) MIN(MIN((int64_t) MIN(wanted, MAX_THREADS), job->n_sweeps), (int64_t) by_memory);
}

/* The caller is worker 0.  A helper that there is no memory or thread for is done without. */
static gboolean
run_job(Job *job, GError **error)
{
    Worker workers[MAX_THREADS] = {0};
    const int n = count_threads(job);
    const gboolean is_ready = worker_init(&workers[0], job, error);

    workers[0].tells = TRUE;
    for (int i = 1; i < n && is_ready; i++)
        if (worker_init(&workers[i], job, NULL))
            workers[i].thread = g_thread_try_new("cpsf-relying", work_on, &workers[i], NULL);
    if (is_ready)
        work_on(&workers[0]);
    for (int i = 0; i < n; i++) {
        if (workers[i].thread != NULL)
            g_thread_join(workers[i].thread);
        g_free(workers[i].memory);
        g_free(workers[i].sums);
    }
    if (is_ready && g_cancellable_is_cancelled(job->options->cancellable))
        return cpsf_fail(error, CPSF_ERROR_CANCELLED, "counting relying nodes was cancelled");
    return is_ready;
}

/* Edge visits of all exact sweeps: each begins at its first source. */
static int64_t
exact_cost(const Job *job)
{
    const CpsfDag *dag = &job->graph->dag;
    int64_t cost = 0;

    for (int64_t first = 0; first < job->n_sources; first += CPSF_N_LANES) {
        const int32_t c = job->sources[first];

        cost += dag->offsets[dag->n] - dag->offsets[c] + (dag->n - c);
    }
    return cost;
}

static uint64_t *
seeds_new(const CpsfSnapshot *snapshot, GError **error)
{
    const CpsfGraph *graph = snapshot->graph;
    uint64_t *seeds = cpsf_try_new(uint64_t, (size_t) graph->n_nodes, error);

    for (int32_t v = 0; seeds != NULL && v < graph->n_nodes; v++)
        seeds[v] = cpsf_hash_fixed(cpsf_strtab_get(graph->strings, graph->key[v]),
                                   cpsf_strtab_get_length(graph->strings, graph->key[v]))
                       .low;
    return seeds;
}

/* Fills job->reach by sketches. */
static gboolean
estimate(Job *job, const CpsfSnapshot *snapshot, GError **error)
{
    g_autofree uint64_t *seeds = seeds_new(snapshot, error);
    g_autofree CpsfRankSum *sums = NULL;
    gboolean is_done = FALSE;

    if (seeds == NULL)
        return FALSE;
    sums = cpsf_try_new0(CpsfRankSum, (size_t) job->n_sources, error);
    if (sums == NULL)
        return FALSE;
    job->seeds = seeds;
    job->sums = sums;
    job->n_sweeps = CPSF_SKETCH_SWEEPS;
    g_mutex_init(&job->lock);
    is_done = run_job(job, error);
    g_mutex_clear(&job->lock);
    for (int64_t i = 0; is_done && i < job->n_sources; i++) {
        const int32_t own = job->graph->weight[job->sources[i]];
        const double size = round(cpsf_sketch_estimate(sums[i]));

        /* at least itself and one more: something relies on it */
        job->reach[i] = (int64_t) CLAMP(size, (double) own + 1.0, (double) job->graph->n_nodes);
    }
    job->seeds = NULL;
    job->sums = NULL;
    return is_done;
}

/* @reach: for each source, all that it reaches, itself included. */
static gboolean
count_reach(const Condensation *graph,
            const CpsfSnapshot *snapshot,
            const int32_t *sources,
            int64_t n_sources,
            const CpsfRelyingOptions *options,
            int64_t *reach,
            gboolean *is_estimated,
            GError **error)
{
    Job job = {
        .graph = graph,
        .options = options,
        .sources = sources,
        .n_sources = n_sources,
        .n_sweeps = (n_sources + CPSF_N_LANES - 1) / CPSF_N_LANES,
        .reach = reach,
    };

    if (n_sources == 0)
        return TRUE;
    *is_estimated =
        exact_cost(&job) > (options->budget > 0 ? options->budget : CPSF_RELYING_BUDGET);
    return *is_estimated ? estimate(&job, snapshot, error) : run_job(&job, error);
}

/* The components of @nodes on which something outside relies, ascending; and for each component its
 * place among them, -1 for the others. */
static int64_t
find_sources(const Condensation *graph,
             const int32_t *nodes,
             int64_t n_nodes,
             int32_t *place,
             int32_t *sources)
{
    int64_t n = 0;

    memset(place, 0xff, (size_t) graph->dag.n * sizeof *place);
    for (int64_t i = 0; i < n_nodes; i++)
        place[graph->component[nodes[i]]] = 0;
    for (int32_t c = 0; c < graph->dag.n; c++) {
        if (place[c] < 0 || !graph->has_out[c]) {
            place[c] = -1;
            continue;
        }
        place[c] = (int32_t) n;
        sources[n++] = c;
    }
    return n;
}

static gboolean
count_nodes(const Condensation *graph,
            const CpsfSnapshot *snapshot,
            const int32_t *nodes,
            int64_t n_nodes,
            const CpsfRelyingOptions *options,
            int64_t *relying,
            gboolean *is_estimated,
            GError **error)
{
    const int64_t most = MIN(n_nodes, graph->dag.n);
    g_autofree int32_t *place = cpsf_try_new(int32_t, (size_t) graph->dag.n, error);
    g_autofree int32_t *sources = NULL;
    g_autofree int64_t *reach = NULL;

    if (place == NULL || (sources = cpsf_try_new(int32_t, (size_t) most, error)) == NULL ||
        (reach = cpsf_try_new(int64_t, (size_t) most, error)) == NULL)
        return FALSE;

    const int64_t n_sources = find_sources(graph, nodes, n_nodes, place, sources);

    if (!count_reach(graph, snapshot, sources, n_sources, options, reach, is_estimated, error))
        return FALSE;
    for (int64_t i = 0; i < n_nodes; i++) {
        const int32_t c = graph->component[nodes[i]];

        relying[i] = (place[c] >= 0 ? reach[place[c]] : graph->weight[c]) - 1;
    }
    return TRUE;
}

gboolean
cpsf_relying_count(const CpsfSnapshot *snapshot,
                   const CpsfPolicy *policy,
                   const int32_t *nodes,
                   int64_t n_nodes,
                   const CpsfRelyingOptions *options,
                   int64_t *relying,
                   gboolean *is_estimated,
                   GError **error)
{
    static const CpsfRelyingOptions defaults = {0};
    Condensation graph = {0};

    *is_estimated = FALSE;
    if (n_nodes == 0)
        return TRUE;

    const gboolean is_done =
        choose_edges(&graph, snapshot, policy, error) && condense(&graph, error) &&
        count_nodes(&graph, snapshot, nodes, n_nodes, options != NULL ? options : &defaults,
                    relying, is_estimated, error);

    condensation_clear(&graph);
    return is_done;
}
