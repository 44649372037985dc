/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * An incident in sampled worlds (docs/semantics.md, sections 6, 8 and 12).  A piece of work is a block
 * of 512 worlds; what blocks find is added in their order, so that the number of threads shows in no
 * result.
 */

#include "config.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cpsf-impact-private.h"
#include "cpsf-mem-private.h"
#include "cpsf-pieces-private.h"

enum { ROUND = 4 /* blocks a worker whose tallies are kept before they are added */ };

/* What a block finds at one index; where it finds nothing it says nothing. */
typedef struct {
    double moment;
    int32_t index;
    int32_t mass;
} Found;

typedef struct {
    Found *items; /* (owned) */
    int64_t n;
    int64_t room;
} FoundList;

typedef struct {
    const CpsfSpread *spread;
    const CpsfImpactNodes *nodes;
    const CpsfImpactOptions *options;
    int64_t worlds; /* at most */
    int64_t n_blocks;
    int64_t first;  /* block of this round */
    int64_t n_done; /* (atomic) */
    CpsfEventsRoom *rooms[CPSF_WORKERS_MAX];
    double *tallies[CPSF_WORKERS_MAX];         /* (owned) masses, moments of a block */
    FoundList found[ROUND * CPSF_WORKERS_MAX]; /* of each piece of a round */
    double *totals;                            /* (owned) of each world: how many nodes */
    double *losses;                            /* (owned) of each world */
    GError *failure[CPSF_WORKERS_MAX];
} Job;

void
cpsf_impact_tally_clear(CpsfImpactTally *self)
{
    g_free(self->mass);
    g_free(self->moment);
    *self = (CpsfImpactTally){0};
}

void
cpsf_impact_add_lanes(const CpsfEventsRoom *room,
                      const CpsfImpactNodes *nodes,
                      double *n_nodes,
                      double *loss)
{
    cpsf_events_room_count_nodes(room, n_nodes);
    memset(loss, 0, CPSF_N_LANES * sizeof *loss);
    for (int32_t i = 0; i < nodes->n; i++) {
        const double stated = nodes->losses.loss[i];

        if (!(stated > 0.0))
            continue;

        const CpsfLanes lanes = cpsf_events_room_get_lanes(room, nodes->index[i]);

        for (int w = 0; w < CPSF_N_LANE_WORDS; w++)
            for (uint64_t bits = lanes.word[w]; bits != 0; bits &= bits - 1)
                loss[w * 64 + __builtin_ctzll(bits)] += stated;
    }
}

static int64_t
n_tally(const Job *job)
{
    return (int64_t) job->spread->graph.n + job->spread->graph.n_any;
}

static CpsfLanes
lanes_of(const Job *job, int64_t block)
{
    const int64_t n = MIN(job->worlds - block * CPSF_N_LANES, CPSF_N_LANES);
    CpsfLanes lanes;

    for (int w = 0; w < CPSF_N_LANE_WORDS; w++) {
        const int64_t left = n - w * 64;

        lanes.word[w] = left >= 64 ? ~UINT64_C(0) : left <= 0 ? 0 : (UINT64_C(1) << left) - 1;
    }
    return lanes;
}

/* What the last run in @room found, in the order in which it came upon it. */
static gboolean
keep_found(const CpsfEventsRoom *room,
           int32_t n,
           const CpsfEventsTally *tally,
           FoundList *found,
           GError **error)
{
    int32_t n_vertices;
    int32_t n_any;
    const int32_t *vertices = cpsf_events_room_get_touched(room, &n_vertices);
    const int32_t *any = cpsf_events_room_get_touched_any(room, &n_any);

    found->n = 0;
    if (found->room < (int64_t) n_vertices + n_any) {
        found->room = 0;
        g_free(found->items);
        found->items = cpsf_try_new(Found, (size_t) n_vertices + (size_t) n_any, error);
        if (found->items == NULL)
            return FALSE;
        found->room = (int64_t) n_vertices + n_any;
    }
    for (int32_t i = 0; i < n_vertices; i++)
        found->items[found->n++] =
            (Found){tally->moment[vertices[i]], vertices[i], (int32_t) tally->mass[vertices[i]]};
    for (int32_t i = 0; i < n_any; i++)
        found->items[found->n++] =
            (Found){tally->moment[n + any[i]], n + any[i], (int32_t) tally->mass[n + any[i]]};
    return TRUE;
}

static gboolean
do_block(void *data, int worker, int64_t piece)
{
    Job *job = data;
    const CpsfImpactOptions *o = job->options;
    const int64_t block = job->first + piece;
    const int64_t n = MIN(job->worlds - block * CPSF_N_LANES, CPSF_N_LANES);
    const CpsfEventsBlock what = {
        .sources = job->spread->sources,
        .n_sources = job->spread->n_sources,
        .origin = job->spread->start,
        .end = job->spread->end,
        .chance = {.seed = cpsf_chance_seed(o->seed), .block = (uint64_t) block},
        .among = lanes_of(job, block),
        .cancellable = o->cancellable,
    };
    CpsfEventsTally tally = {job->tallies[worker], job->tallies[worker] + n_tally(job)};
    double n_nodes[CPSF_N_LANES];
    double loss[CPSF_N_LANES];

    if (!cpsf_events_run(job->rooms[worker], &what, &tally, &job->failure[worker]) ||
        !keep_found(job->rooms[worker], job->spread->graph.n, &tally, &job->found[piece],
                    &job->failure[worker]))
        return FALSE;
    cpsf_impact_add_lanes(job->rooms[worker], job->nodes, n_nodes, loss);
    memcpy(&job->totals[block * CPSF_N_LANES], n_nodes, (size_t) n * sizeof *n_nodes);
    memcpy(&job->losses[block * CPSF_N_LANES], loss, (size_t) n * sizeof *loss);

    const int64_t n_done = __atomic_add_fetch(&job->n_done, 1, __ATOMIC_RELAXED);

    if (worker == 0 && o->progress != NULL)
        o->progress((uint64_t) n_done * CPSF_N_LANES,
                    o->target_stderr > 0.0 ? 0 : (uint64_t) job->n_blocks * CPSF_N_LANES, "worlds",
                    o->progress_data);
    return TRUE;
}

/* Whether no probability has a standard error above the target. */
static gboolean
is_precise(const Job *job, const CpsfImpactTally *tally, int64_t worlds)
{
    const double target = job->options->target_stderr;

    if (!(target > 0.0))
        return FALSE;
    for (int64_t i = 0; i < n_tally(job); i++) {
        const double p = (tally->mass[i] + 0.5) / ((double) worlds + 1.0);

        if (tally->mass[i] > 0.0 && sqrt(p * (1.0 - p) / (double) worlds) > target)
            return FALSE;
    }
    return TRUE;
}

static void
add_tally(const FoundList *found, CpsfImpactTally *tally)
{
    for (int64_t i = 0; i < found->n; i++) {
        tally->mass[found->items[i].index] += found->items[i].mass;
        tally->moment[found->items[i].index] += found->items[i].moment;
    }
}

/* The first failure of a worker, or that the work was cancelled. */
static gboolean
fail_round(Job *job, GError **error)
{
    for (int i = 0; i < CPSF_WORKERS_MAX; i++)
        if (job->failure[i] != NULL) {
            g_propagate_error(error, g_steal_pointer(&job->failure[i]));
            return FALSE;
        }
    return cpsf_fail(error, CPSF_ERROR_CANCELLED, "following an incident was cancelled");
}

static gboolean
run_rounds(Job *job, int n_workers, CpsfImpactTally *tally, GError **error)
{
    for (; job->first < job->n_blocks; job->first += ROUND * n_workers) {
        const int64_t n_now = MIN(ROUND * n_workers, job->n_blocks - job->first);

        if (!cpsf_pieces_run(n_workers, n_now, do_block, job, job->options->cancellable))
            return fail_round(job, error);
        for (int64_t i = 0; i < n_now; i++) {
            const int64_t worlds = MIN((job->first + i + 1) * CPSF_N_LANES, job->worlds);

            add_tally(&job->found[i], tally);
            tally->weight = (double) worlds;
            tally->report.worlds = worlds;
            if (is_precise(job, tally, worlds))
                return TRUE;
        }
    }
    return TRUE;
}

static int
compare_doubles(const void *left, const void *right)
{
    const double a = *(const double *) left;
    const double b = *(const double *) right;

    return (a > b) - (a < b);
}

/* The least value that at least @share of @n sorted ones do not exceed. */
static double
quantile(const double *sorted, int64_t n, int64_t percent)
{
    return sorted[MAX((n * percent + 99) / 100, 1) - 1];
}

static void
mean_of(const double *values, int64_t n, double *mean, double *standard_error)
{
    double sum = 0.0;
    double squares = 0.0;

    for (int64_t i = 0; i < n; i++)
        sum += values[i];
    *mean = sum / (double) n;
    for (int64_t i = 0; i < n; i++)
        squares += (values[i] - *mean) * (values[i] - *mean);
    *standard_error = n > 1 ? sqrt(squares / (double) (n - 1) / (double) n) : 0.0;
}

static void
fill_report(const Job *job, CpsfImpactTally *tally)
{
    CpsfImpactReport *report = &tally->report;
    const int64_t n = report->worlds;

    mean_of(job->totals, n, &report->nodes, &report->nodes_stderr);
    report->currency = job->nodes->losses.currency;
    if (report->currency == NULL)
        return;
    mean_of(job->losses, n, &report->loss, &report->loss_stderr);
    qsort(job->losses, (size_t) n, sizeof *job->losses, compare_doubles);
    report->loss_p05 = quantile(job->losses, n, 5);
    report->loss_p50 = quantile(job->losses, n, 50);
    report->loss_p95 = quantile(job->losses, n, 95);
    report->loss_worst = job->losses[n - 1];
}

static gboolean
make_worker(Job *job, int worker, size_t n, GError **error)
{
    return (job->rooms[worker] = cpsf_events_room_new(&job->spread->graph, error)) != NULL &&
           (job->tallies[worker] = cpsf_try_alloc(n, 2 * sizeof(double), FALSE, error)) != NULL;
}

static gboolean
make_room(Job *job, int *n_workers, CpsfImpactTally *tally, GError **error)
{
    const size_t n = (size_t) n_tally(job);
    const size_t worlds = (size_t) job->n_blocks * CPSF_N_LANES;
    const int wanted = cpsf_pieces_count_workers(job->options->threads, job->n_blocks);

    for (*n_workers = 0; *n_workers < wanted; ++*n_workers)
        if (!make_worker(job, *n_workers, n, *n_workers == 0 ? error : NULL))
            break; /* a worker without memory is done without */
    return *n_workers > 0 && (job->totals = cpsf_try_new(double, worlds, error)) != NULL &&
           (job->losses = cpsf_try_new(double, worlds, error)) != NULL &&
           (tally->mass = cpsf_try_new0(double, n, error)) != NULL &&
           (tally->moment = cpsf_try_new0(double, n, error)) != NULL;
}

gboolean
cpsf_impact_sample(const CpsfSpread *spread,
                   const CpsfImpactNodes *nodes,
                   const CpsfImpactOptions *options,
                   CpsfImpactTally *tally,
                   GError **error)
{
    Job job = {.spread = spread, .nodes = nodes, .options = options, .worlds = options->worlds};
    int n_workers = 0;

    *tally = (CpsfImpactTally){0};
    job.n_blocks = (job.worlds + CPSF_N_LANES - 1) / CPSF_N_LANES;

    const gboolean is_done =
        make_room(&job, &n_workers, tally, error) && run_rounds(&job, n_workers, tally, error);

    if (is_done)
        fill_report(&job, tally);
    for (int i = 0; i < CPSF_WORKERS_MAX; i++) {
        cpsf_events_room_free(job.rooms[i]);
        g_free(job.tallies[i]);
        g_clear_error(&job.failure[i]);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(job.found); i++)
        g_free(job.found[i].items);
    g_free(job.totals);
    g_free(job.losses);
    return is_done;
}
