/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Importance from sampled worlds: who is forced, who computes, and figures from counts.
 *
 * Vertices whose anchors may bring most come first, of equals the nearest; what is beyond the budget
 * answers from the worlds as they are: a node fails by itself whatever else does, so that the target
 * fails given that the node does, and given that it does not, as it would if the node were forced.
 * That needs worlds of both kinds and is as noisy as they are few.
 */

#include "config.h"

#include "cpsf-importance-block-private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cpsf-kernels-private.h"
#include "cpsf-mem-private.h"

enum {
    MAX_THREADS = 64,
    SMALL_WORK = 200000, /* edge visits for which another thread is not worth its start */
};

/* Work space of all threads together, unless one thread alone needs more. */
static const int64_t room_limit = INT64_C(4) << 30;

/*
 * Draws.
 */

static int64_t
count_draws(const CpsfImportance *importance)
{
    return importance->pullers.n + 2 * importance->pulls.n;
}

/* The opinion that each draw is of, and the key that it is drawn with. */
static void
list_draws(const CpsfPullJob *job, CpsfOpinion *opinions, CpsfChanceKey *keys)
{
    const CpsfImportance *importance = job->importance;
    const CpsfOpinion *own = job->target->own[importance->layer];
    CpsfOpinion *rest = opinions + importance->pullers.n;
    CpsfOpinion *only = rest + importance->pulls.n;

    for (int64_t i = 0; i < importance->pulls.n; i++) {
        rest[i] = importance->pulls.items[i].rest;
        only[i] = importance->pulls.items[i].only;
    }
    for (int64_t p = 0; p < importance->pullers.n; p++) {
        const CpsfPuller *puller = &importance->pullers.items[p];

        opinions[p] = own[puller->node];
        keys[p] = puller->key;
        for (int64_t i = puller->first; i < puller->end; i++)
            keys[importance->pullers.n + i] =
                keys[importance->pullers.n + importance->pulls.n + i] = puller->key;
    }
}

static gboolean
make_draws(CpsfPullJob *job, GError **error)
{
    const int64_t n = count_draws(job->importance);
    CpsfWorldsPlan *draws = &job->draws;
    g_autofree CpsfOpinion *opinions = NULL;
    int32_t *ids;

    if (n >= INT32_MAX)
        return cpsf_fail(error, CPSF_ERROR_LIMIT,
                         "%" G_GINT64_FORMAT " anchors are more than can be weighed at once",
                         job->importance->pulls.n);
    opinions = cpsf_try_new(CpsfOpinion, (size_t) n, error);
    if (opinions == NULL)
        return FALSE;
    draws->key = cpsf_try_new0(CpsfChanceKey, (size_t) n, error);
    if (draws->key == NULL)
        return FALSE;
    ids = cpsf_try_new(int32_t, (size_t) n + 1, error);
    draws->graph.members = ids;
    draws->graph.member_start = ids; /* draw i is member i of vertex i */
    if (ids == NULL)
        return FALSE;
    for (int32_t i = 0; i <= (int32_t) n; i++)
        ids[i] = i;
    draws->graph.n = draws->n_members = (int32_t) n;
    list_draws(job, opinions, draws->key);
    return cpsf_worlds_failures_init(&job->draw_failures, draws, opinions, error);
}

static gboolean
make_failures(CpsfPullJob *job, GError **error)
{
    const CpsfTarget *target = job->target;
    const int32_t n = target->anchors->snapshot->graph->n_nodes;
    g_autofree CpsfOpinion *perfect = cpsf_try_new(CpsfOpinion, (size_t) n, error);

    if (perfect == NULL)
        return FALSE;
    for (int32_t v = 0; v < n; v++)
        perfect[v] = (CpsfOpinion){1.0, 0.0, 0.0};
    return cpsf_worlds_failures_init(&job->failures, target->part,
                                     target->own[job->importance->layer], error) &&
           cpsf_worlds_failures_init(&job->perfect, target->part, perfect, error);
}

/*
 * Who is forced.
 */

typedef struct {
    double bound;  /* what one of its anchors may bring at most, twice */
    int32_t place; /* in the order of distance */
    int64_t vertex;
} Claim;

static int
compare_claims(const void *left, const void *right)
{
    const Claim *a = left;
    const Claim *b = right;

    if (a->bound != b->bound)
        return a->bound > b->bound ? -1 : 1;
    return (a->place > b->place) - (a->place < b->place);
}

static Claim
claim_of(const CpsfImportance *importance, int64_t v, const int32_t *places)
{
    const CpsfPullVertex *vertex = &importance->vertices.items[v];
    Claim claim = {.place = INT32_MAX, .vertex = v};

    for (int64_t p = vertex->first; p < vertex->end; p++) {
        const CpsfPuller *puller = &importance->pullers.items[p];

        claim.place = MIN(claim.place, places[puller->node]);
        for (int64_t i = puller->first; i < puller->end; i++) {
            const CpsfOpinion *only = &importance->pulls.items[i].only;

            claim.bound =
                MAX(claim.bound, cpsf_opinion_fails(only, 0) + cpsf_opinion_fails(only, 1));
        }
    }
    return claim;
}

static gboolean
order_vertices(CpsfPullJob *job, GError **error)
{
    const CpsfPaths *paths = job->target->paths;
    const CpsfImportance *importance = job->importance;
    const size_t n = (size_t) importance->vertices.n;
    g_autofree int32_t *places =
        cpsf_try_new0(int32_t, (size_t) paths->snapshot->graph->n_nodes, error);
    g_autofree Claim *claims = NULL;

    if (places == NULL || (claims = cpsf_try_new(Claim, n, error)) == NULL ||
        (job->order = cpsf_try_new(int64_t, n, error)) == NULL ||
        (job->alone = cpsf_try_new0(uint8_t, n, error)) == NULL)
        return FALSE;
    for (int32_t i = 0; i < paths->n_queue; i++)
        places[paths->queue[i]] = i + 1;
    for (size_t v = 0; v < n; v++)
        claims[v] = claim_of(importance, (int64_t) v, places);
    if (n > 1)
        qsort(claims, n, sizeof *claims, compare_claims);
    for (size_t v = 0; v < n; v++)
        job->order[v] = claims[v].vertex;
    return TRUE;
}

static int64_t
count_edges(const CpsfWorldsGraph *g, int64_t *n_chance)
{
    int64_t n = g->in_start[g->n];

    *n_chance = 0;
    for (int32_t v = 0; v < g->n; v++) {
        const int32_t x = g->extra[v];

        if (x < 0)
            continue;

        const int64_t first = g->gate_edge_start[g->gate_start[x]];
        const int64_t end = g->gate_edge_start[g->gate_start[x + 1]];

        *n_chance += g->chance_start[x + 1] - g->chance_start[x];
        for (int64_t e = first; e < end; e++)
            *n_chance += g->gate_p[e] != 0;
        n += g->chance_start[x + 1] - g->chance_start[x] + end - first;
    }
    return n;
}

static void
spend(CpsfPullJob *job, int64_t budget)
{
    const CpsfWorldsGraph *g = &job->target->part->graph;
    const int64_t n = job->importance->vertices.n;
    int64_t n_chance = 0;
    const int64_t size = g->n + count_edges(g, &n_chance);

    job->has_chance = n_chance > 0;
    if (job->has_chance) {
        job->n_forced = MIN(budget / (4 * job->n_blocks * size), n);
        job->n_alone = job->n_forced;
    } else {
        job->n_forced = MIN(budget / (2 * job->n_blocks * size), n);
        job->n_alone = MIN(MIN(budget / (2 * size), n) * CPSF_N_LANES, n);
    }
}

/*
 * Who computes.
 */

static void
worker_clear(CpsfPullWorker *self)
{
    cpsf_worlds_room_clear(&self->room);
    cpsf_worlds_room_clear(&self->saved);
    cpsf_worlds_room_clear(&self->draws);
    g_free(self->gains);
    g_free(self->tally.pulls);
    g_free(self->tally.pullers);
    *self = (CpsfPullWorker){0};
}

static gboolean
worker_init(CpsfPullWorker *self, CpsfPullJob *job, GError **error)
{
    const CpsfImportance *importance = job->importance;
    const size_t n_pulls = (size_t) importance->pulls.n;

    self->job = job;
    self->gains = cpsf_try_new0(CpsfLanes, n_pulls, error);
    if (self->gains == NULL)
        return FALSE;
    self->tally.pulls = cpsf_try_new0(CpsfPullCounts, n_pulls, error);
    if (self->tally.pulls == NULL)
        return FALSE;
    self->tally.pullers = cpsf_try_new0(CpsfPullerCounts, (size_t) importance->pullers.n, error);
    return self->tally.pullers != NULL &&
           cpsf_worlds_room_init(&self->room, job->target->part, error) &&
           cpsf_worlds_room_init(&self->saved, job->target->part, error) &&
           cpsf_worlds_room_init(&self->draws, &job->draws, error);
}

static int
count_threads(const CpsfPullJob *job)
{
    const CpsfImportance *importance = job->importance;
    const CpsfWorldsGraph *g = &job->target->part->graph;
    const int64_t size = g->n + g->in_start[g->n];
    const int64_t n_lines = 2 * (int64_t) g->n + count_draws(importance) + importance->pulls.n;
    const int64_t by_memory = MAX(room_limit / (n_lines * (int64_t) sizeof(CpsfLanes) + 1), 1);
    const int wanted =
        job->options->threads > 0 ? job->options->threads : (int) g_get_num_processors();

    if (size * (job->n_forced + 1) < SMALL_WORK && job->options->threads == 0)
        return 1;
    return (int) MIN(MIN((int64_t) MIN(wanted, MAX_THREADS), job->n_blocks), by_memory);
}

/* Takes blocks until none is left. */
static void *
work_on(void *data)
{
    CpsfPullWorker *self = data;
    CpsfPullJob *job = self->job;

    for (;;) {
        const int64_t block = __atomic_fetch_add(&job->next, 1, __ATOMIC_RELAXED);

        if (block >= job->n_blocks || g_cancellable_is_cancelled(job->options->cancellable) ||
            !cpsf_pull_worker_do_block(self, block))
            return NULL;
    }
}

/* All blocks, by all workers; what they counted adds up in the first. */
static void
run(CpsfPullWorker *workers, int n_workers)
{
    const CpsfImportance *importance = workers[0].job->importance;
    CpsfPullTally *sum = &workers[0].tally;

    for (int i = 1; i < n_workers; i++)
        workers[i].thread = g_thread_try_new("cpsf-importance", work_on, &workers[i], NULL);
    work_on(&workers[0]);
    for (int i = 1; i < n_workers; i++) {
        const CpsfPullTally *part = &workers[i].tally;

        if (workers[i].thread == NULL)
            continue;
        g_thread_join(g_steal_pointer(&workers[i].thread));
        for (int plane = 0; plane < 2; plane++)
            sum->failed[plane] += part->failed[plane];
        /* both are int64_t and nothing else */
        for (int64_t k = 0; k < importance->pulls.n * (int64_t) (sizeof *sum->pulls / 8); k++)
            ((int64_t *) sum->pulls)[k] += ((const int64_t *) part->pulls)[k];
        for (int64_t k = 0; k < importance->pullers.n * (int64_t) (sizeof *sum->pullers / 8); k++)
            ((int64_t *) sum->pullers)[k] += ((const int64_t *) part->pullers)[k];
    }
}

/*
 * Figures.
 */

static void
settle_forced(CpsfPull *pull, const CpsfPullCounts *counts, double n)
{
    const double gain = (double) (counts->gain[0] + counts->gain[1]);

    pull->method = CPSF_PULL_FORCED;
    pull->gain = 0.5 * (gain / n);
    pull->importance = 0.5 * ((double) (counts->importance[0] + counts->importance[1]) / n);
    /* of a world's score, 0, 1/2 or 1, whose mean gain is */
    pull->stderr_of =
        sqrt(MAX(0.25 * (gain + 2.0 * (double) counts->gain_in_both) / n - pull->gain * pull->gain,
                 0.0) /
             n);
}

/* The standard error of @x of @n, as in docs/semantics.md, section 6. */
static double
proportion_error(double x, double n)
{
    const double p = (x + 0.5) / (n + 1.0);

    return sqrt(p * (1.0 - p) / n);
}

/* Birnbaum's importance of a node in one plane from worlds as they are; FALSE: it has none where the
 * node always fails by itself, or never. */
static gboolean
condition(const CpsfPullTally *tally,
          const CpsfPullerCounts *counts,
          int plane,
          double n,
          double *birnbaum,
          double *error_of)
{
    const double failed = (double) counts->failed[plane];
    const double worked = n - failed;
    const double with = (double) counts->with[plane];
    const double without = (double) tally->failed[plane] - with;

    if (failed == 0.0 || worked == 0.0)
        return FALSE;
    *birnbaum = CLAMP(with / failed - without / worked, 0.0, 1.0);
    *error_of = hypot(proportion_error(with, failed), proportion_error(without, worked));
    return TRUE;
}

/* Planes share their worlds, so that errors are added as if they went together. */
static void
settle_conditional(CpsfPull *pull,
                   const CpsfOpinion *own,
                   const CpsfPullTally *tally,
                   const CpsfPullerCounts *counts,
                   double n)
{
    double gain = 0.0;
    double importance = 0.0;
    double error_of = 0.0;

    for (int plane = 0; plane < 2; plane++) {
        const double rest = cpsf_opinion_fails(&pull->rest, plane);
        const double share = MAX(cpsf_opinion_fails(own, plane) - rest, 0.0);
        double birnbaum = 0.0;
        double error_here = 0.0;

        if (condition(tally, counts, plane, n, &birnbaum, &error_here)) {
            gain += 0.5 * share * birnbaum;
            error_of += 0.5 * share * error_here;
            importance += 0.5 * (1.0 - rest) * birnbaum;
            continue;
        }
        gain = share > 0.0 ? (double) NAN : gain;
        importance = rest < 1.0 ? (double) NAN : importance;
    }
    pull->method = isnan(gain) && isnan(importance) ? CPSF_PULL_NONE : CPSF_PULL_CONDITIONAL;
    pull->gain = gain;
    pull->stderr_of = isnan(gain) ? (double) NAN : error_of;
    pull->importance = importance;
}

static void
settle_vertex(const CpsfPullJob *job, const CpsfPullTally *tally, int64_t place)
{
    CpsfImportance *importance = job->importance;
    const CpsfPullVertex *vertex = &importance->vertices.items[job->order[place]];
    const double n = (double) job->worlds;

    for (int64_t p = vertex->first; p < vertex->end; p++) {
        const CpsfPuller *puller = &importance->pullers.items[p];
        const CpsfOpinion *own = &job->target->own[importance->layer][puller->node];

        for (int64_t i = puller->first; i < puller->end; i++) {
            CpsfPull *pull = &importance->pulls.items[i];
            const CpsfPullCounts *counts = &tally->pulls[i];

            if (place < job->n_forced)
                settle_forced(pull, counts, n);
            else
                settle_conditional(pull, own, tally, &tally->pullers[p], n);
            pull->alone = place < job->n_alone
                              ? 0.5 * ((double) (counts->alone[0] + counts->alone[1]) / n)
                              : (double) NAN;
        }
    }
}

static gboolean
run_with_workers(CpsfPullJob *job, GError **error)
{
    CpsfPullWorker workers[MAX_THREADS] = {0};
    const int wanted = count_threads(job);
    gboolean is_done = worker_init(&workers[0], job, error);
    gboolean is_cancelled = FALSE;
    int n = 1;

    workers[0].tells = TRUE;
    is_cancelled = is_done && !job->has_chance && !cpsf_pull_worker_find_alone(&workers[0]);
    /* a worker that there is no memory for is done without */
    while (is_done && n < wanted && worker_init(&workers[n], job, NULL))
        n++;
    if (is_done && !is_cancelled)
        run(workers, n);
    if (is_done && g_cancellable_is_cancelled(job->options->cancellable))
        is_done = cpsf_fail(error, CPSF_ERROR_CANCELLED, "weighing anchors was cancelled");
    for (int64_t i = 0; is_done && i < job->importance->vertices.n; i++)
        settle_vertex(job, &workers[0].tally, i);
    for (int i = 0; i < MAX_THREADS; i++)
        worker_clear(&workers[i]);
    return is_done;
}

static void
job_clear(CpsfPullJob *self)
{
    cpsf_worlds_failures_clear(&self->failures);
    cpsf_worlds_failures_clear(&self->perfect);
    cpsf_worlds_failures_clear(&self->draw_failures);
    g_free(self->draws.key);
    g_free((void *) self->draws.graph.members);
    g_free(self->order);
    g_free(self->alone);
}

gboolean
cpsf_importance_sample(CpsfImportance *self,
                       const CpsfTrustOptions *options,
                       int64_t budget,
                       GError **error)
{
    const int64_t worlds = options->worlds > 0 ? options->worlds : CPSF_WORLDS_DEFAULT;
    CpsfPullJob job = {
        .importance = self,
        .target = self->target,
        .options = options,
        .kernel = cpsf_kernels_get_worlds(),
        .seed = cpsf_chance_seed(options->seed),
        .worlds = worlds,
        .n_blocks = (worlds + CPSF_N_LANES - 1) / CPSF_N_LANES,
    };
    gboolean is_done =
        make_draws(&job, error) && make_failures(&job, error) && order_vertices(&job, error);

    if (is_done) {
        spend(&job, budget);
        is_done = run_with_workers(&job, error);
    }
    job_clear(&job);
    return is_done;
}
