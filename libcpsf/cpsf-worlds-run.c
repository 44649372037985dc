/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Sampled worlds (docs/semantics.md, sections 6 and 12).  A piece of work is a block of 512 worlds in
 * one plane; threads take pieces, write what they count into the piece's own place, and counts are
 * added block by block in order, so that neither the number of threads nor which of them was faster
 * is to be seen in a result.  The stop rule looks where it would look with one thread.
 */

#include "config.h"

#include <math.h>
#include <string.h>

#include "cpsf-kernels-private.h"
#include "cpsf-mem-private.h"
#include "cpsf-pieces-private.h"
#include "cpsf-worlds-private.h"

enum {
    MIN_BLOCKS = 2,  /* in a round */
    MANY_BLOCKS = 8, /* in one of several workers: pieces differ in length, and who is done waits */
    SMALL_WORK = 20000, /* vertices and edges for which another thread is not worth its start */
};

/* Work space of all threads together, unless one thread alone needs more. */
static const int64_t room_limit = INT64_C(4) << 30;

typedef struct {
    const CpsfWorldsPlan *plan;
    const CpsfWorldsOptions *options;
    const CpsfWorldsKernel *kernel;
    CpsfWorldsOwn own[2];
    CpsfChanceSeed seed;
    int64_t n_blocks; /* at most so many */
    int64_t first;    /* block of this round */
    int64_t n_done;   /* (atomic) pieces of all rounds */
    uint16_t *counts; /* (owned) of each piece of a round: n */
    CpsfWorldsRoom rooms[CPSF_WORKERS_MAX];
} Job;

double
cpsf_worlds_stderr(int64_t worlds, int32_t failed_1, int32_t failed_2)
{
    const double n = (double) worlds;
    const double belief = (double) (worlds - failed_1) / n;
    const double uncertainty = (double) (failed_1 - failed_2) / n;
    const double expected = belief + 0.5 * uncertainty;

    return sqrt(MAX(belief + 0.25 * uncertainty - expected * expected, 0.0) / n);
}

void
cpsf_worlds_counts_clear(CpsfWorldsCounts *self)
{
    g_free(self->failed[0]);
    g_free(self->failed[1]);
    *self = (CpsfWorldsCounts){0};
}

/* The lanes of a block that are worlds. */
static CpsfLanes
lanes_of(const Job *job, int64_t block)
{
    const int64_t n = MIN(job->options->worlds - block * CPSF_N_LANES, CPSF_N_LANES);
    CpsfLanes lanes;

    for (int w = 0; w < CPSF_N_LANE_WORDS; w++) {
        const int64_t left = n - w * 64;

        lanes.word[w] = left >= 64 ? ~UINT64_C(0) : left <= 0 ? 0 : (UINT64_C(1) << left) - 1;
    }
    return lanes;
}

/* The caller alone tells of progress. */
static void
tell(const Job *job, int64_t n_done)
{
    const CpsfWorldsOptions *options = job->options;

    if (options->progress != NULL)
        options->progress((uint64_t) n_done / 2 * CPSF_N_LANES,
                          options->target_stderr > 0.0 ? 0
                                                       : (uint64_t) job->n_blocks * CPSF_N_LANES,
                          "worlds", options->progress_data);
}

static gboolean
do_piece(void *data, int worker, int64_t piece)
{
    Job *job = data;
    CpsfWorldsWork *work = &job->rooms[worker].work;
    const int32_t n = job->plan->graph.n;
    const int64_t block = job->first + piece / 2;
    const CpsfWorldsChance chance = {.seed = job->seed, .block = (uint64_t) block};
    const CpsfLanes lanes __attribute__((aligned(64))) = lanes_of(job, block);
    uint16_t *counts = job->counts + piece * n;

    job->kernel->fill(n, &job->own[piece % 2], &chance, work);
    if (work->n_live > 0)
        job->kernel->sweep(&job->plan->graph, &chance, work);
    job->kernel->count(n, work->words, &lanes, counts);

    const int64_t n_done = __atomic_add_fetch(&job->n_done, 1, __ATOMIC_RELAXED);

    if (worker == 0)
        tell(job, n_done);
    return TRUE;
}

static int
count_threads(const Job *job)
{
    const CpsfWorldsGraph *g = &job->plan->graph;
    const int64_t size = g->n + g->in_start[g->n];
    const int64_t by_memory =
        MAX(room_limit / ((int64_t) g->n * (int64_t) sizeof(CpsfLanes) + 1), 1);

    if (size < SMALL_WORK && job->options->threads == 0)
        return 1;
    return cpsf_pieces_count_workers(job->options->threads, MIN(job->n_blocks * 2, by_memory));
}

static void
add_counts(const Job *job, int64_t piece, CpsfWorldsCounts *counts)
{
    const int32_t n = job->plan->graph.n;
    const uint16_t *from = job->counts + piece * n;
    int32_t *to = counts->failed[piece % 2];

    for (int32_t v = 0; v < n; v++)
        to[v] += from[v];
}

static gboolean
is_precise(const Job *job, const CpsfWorldsCounts *counts)
{
    const CpsfVertexSet *set = job->options->asked;
    const int32_t n = set != NULL ? set->n : job->plan->graph.n;
    const double target = job->options->target_stderr;

    if (!(target > 0.0))
        return FALSE;
    for (int32_t i = 0; i < n; i++) {
        const int32_t v = set != NULL ? set->items[i] : i;

        if (cpsf_worlds_stderr(counts->worlds, counts->failed[0][v], counts->failed[1][v]) > target)
            return FALSE;
    }
    return TRUE;
}

/* Blocks in a round: more are better shared, and take more memory. */
static int64_t
count_round(const Job *job, int n_workers)
{
    return MIN(MAX(n_workers, n_workers > 1 ? MANY_BLOCKS : MIN_BLOCKS), job->n_blocks);
}

/* Rounds until there are worlds enough. */
static gboolean
run_job(Job *job, int n_workers, CpsfWorldsCounts *counts, GError **error)
{
    const int64_t n_round = count_round(job, n_workers);

    for (; job->first < job->n_blocks; job->first += n_round) {
        const int64_t n_now = MIN(n_round, job->n_blocks - job->first);

        cpsf_pieces_run(n_workers, 2 * n_now, do_piece, job, job->options->cancellable);
        if (g_cancellable_is_cancelled(job->options->cancellable))
            return cpsf_fail(error, CPSF_ERROR_CANCELLED, "sampling worlds was cancelled");
        for (int64_t i = 0; i < n_now; i++) {
            add_counts(job, 2 * i, counts);
            add_counts(job, 2 * i + 1, counts);
            counts->worlds = MIN((job->first + i + 1) * CPSF_N_LANES, job->options->worlds);
            if (is_precise(job, counts))
                return TRUE;
        }
    }
    return TRUE;
}

static gboolean
run_with_workers(Job *job, CpsfWorldsCounts *counts, GError **error)
{
    const int wanted = count_threads(job);
    gboolean is_done = cpsf_worlds_room_init(&job->rooms[0], job->plan, error);
    int n = 1;

    /* a worker that there is no memory for is done without */
    while (is_done && n < wanted && cpsf_worlds_room_init(&job->rooms[n], job->plan, NULL))
        n++;
    if (is_done) {
        const size_t n_pieces = (size_t) count_round(job, n) * 2;

        job->counts = cpsf_try_alloc(n_pieces, (size_t) job->plan->graph.n * sizeof *job->counts,
                                     TRUE, error);
        is_done = job->counts != NULL && run_job(job, n, counts, error);
    }
    for (int i = 0; i < CPSF_WORKERS_MAX; i++)
        cpsf_worlds_room_clear(&job->rooms[i]);
    g_free(job->counts);
    return is_done;
}

gboolean
cpsf_worlds_run(const CpsfWorldsPlan *plan,
                const CpsfWorldsFailures *failures,
                const CpsfWorldsOptions *options,
                CpsfWorldsCounts *counts,
                GError **error)
{
    Job job = {
        .plan = plan,
        .options = options,
        .kernel = cpsf_kernels_get_worlds(),
        .own = {cpsf_worlds_failures_of(failures, plan, 0),
                cpsf_worlds_failures_of(failures, plan, 1)},
        .seed = cpsf_chance_seed(options->seed),
        .n_blocks = (options->worlds + CPSF_N_LANES - 1) / CPSF_N_LANES,
    };

    *counts = (CpsfWorldsCounts){0};
    for (int plane = 0; plane < 2; plane++) {
        counts->failed[plane] = cpsf_try_new0(int32_t, (size_t) plan->graph.n, error);
        if (counts->failed[plane] == NULL)
            return FALSE;
    }
    return run_with_workers(&job, counts, error);
}
