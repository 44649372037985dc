/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Min-rank sketches over worlds (docs/semantics.md, section 8).  A piece of work is 64 worlds: which
 * edges let through is drawn once for all of them, then every four are one sweep for nodes and one for
 * losses.  A piece has sums of its own, and these are added in order of pieces, so that no result shows
 * how many workers there were.
 */

#include "config.h"

#include <math.h>
#include <string.h>

#include "cpsf-blast-private.h"
#include "cpsf-kernels-private.h"
#include "cpsf-mem-private.h"
#include "cpsf-pieces-private.h"

enum { PIECE = CPSF_MINRANK_DRAWN, ALIGNMENT = 64 };

/* What one thread works in, and what its piece of a round says. */
typedef struct {
    CpsfMinrankWork work; /* ranks in memory; dirty (owned) */
    void *memory;         /* (owned) */
    uint8_t *active; /* (owned) see CpsfMinrankKernel.draw; of a certain plan one stream, all 1 */
    CpsfBlastSums sums; /* (owned) */
} Room;

typedef struct {
    const CpsfBlastPlan *plan;
    const CpsfBlastQuestion *question;
    const CpsfMinrankKernel *kernel;
    CpsfChanceSeed seed;
    CpsfChanceKey *stream; /* (owned) of each member */
    float *rate;           /* (owned) (nullable) of each member: loss in units of largest_loss */
    double largest_loss;
    int32_t *vertices; /* (owned) what is asked about, in the plan */
    Room rooms[CPSF_WORKERS_MAX];
    int n_rooms;
    int64_t first;  /* piece of this round */
    int64_t n_done; /* (atomic) pieces */
} Job;

void
cpsf_blast_sums_clear(CpsfBlastSums *self)
{
    g_clear_pointer(&self->nodes, g_free);
    g_clear_pointer(&self->nodes_square, g_free);
    g_clear_pointer(&self->loss, g_free);
}

static gboolean
sums_init(CpsfBlastSums *self, int32_t n, gboolean has_losses, GError **error)
{
    self->nodes = cpsf_try_new0(double, (size_t) n, error);
    if (self->nodes == NULL)
        return FALSE;
    self->nodes_square = cpsf_try_new0(double, (size_t) n, error);
    if (self->nodes_square == NULL)
        return FALSE;
    if (has_losses)
        self->loss = cpsf_try_new0(double, (size_t) n, error);
    return !has_losses || self->loss != NULL;
}

static void
sums_empty(CpsfBlastSums *self, int32_t n)
{
    memset(self->nodes, 0, (size_t) n * sizeof *self->nodes);
    memset(self->nodes_square, 0, (size_t) n * sizeof *self->nodes_square);
    if (self->loss != NULL)
        memset(self->loss, 0, (size_t) n * sizeof *self->loss);
}

static void
sums_add(CpsfBlastSums *self, const CpsfBlastSums *other, int32_t n)
{
    for (int32_t i = 0; i < n; i++) {
        self->nodes[i] += other->nodes[i];
        self->nodes_square[i] += other->nodes_square[i];
        if (self->loss != NULL)
            self->loss[i] += other->loss[i];
    }
}

/* ---- rooms ---- */

static void
room_clear(Room *self)
{
    g_clear_pointer(&self->memory, g_free);
    g_clear_pointer(&self->work.dirty, g_free);
    g_clear_pointer(&self->active, g_free);
    cpsf_blast_sums_clear(&self->sums);
}

static gboolean
room_init(Room *self, const Job *job, GError **error)
{
    const CpsfBlastPlan *plan = job->plan;
    const size_t n = (size_t) plan->graph.n;
    const size_t m = (size_t) plan->m;
    const size_t streams = plan->is_certain ? 1 : CPSF_MINRANK_STREAMS;

    /* one more, to begin at a cache line */
    self->memory = cpsf_try_new(CpsfMinranks, n + 1, error);
    if (self->memory == NULL)
        return FALSE;
    self->work.ranks =
        (void *) (((uintptr_t) self->memory + ALIGNMENT - 1) & ~(uintptr_t) (ALIGNMENT - 1));
    self->work.dirty = cpsf_try_new0(uint64_t, (n + 63) / 64, error);
    if (self->work.dirty == NULL)
        return FALSE;
    self->active = cpsf_try_alloc(m, streams, FALSE, error);
    if (self->active == NULL)
        return FALSE;
    if (plan->is_certain)
        memset(self->active, 0xff, m);
    return sums_init(&self->sums, job->question->n_asked, job->rate != NULL, error);
}

/* As many as there is memory for, but at least one. */
static gboolean
make_rooms(Job *job, int wanted, GError **error)
{
    while (job->n_rooms < wanted) {
        Room *room = &job->rooms[job->n_rooms];

        if (!room_init(room, job, job->n_rooms == 0 ? error : NULL)) {
            room_clear(room);
            return job->n_rooms > 0;
        }
        job->n_rooms++;
    }
    return TRUE;
}

/* ---- pieces ---- */

/* Four worlds from @world on, the first of them bit @bit of the piece. */
static void
do_sweeps(const Job *job, Room *room, int64_t world, int bit)
{
    const CpsfBlastQuestion *q = job->question;
    const CpsfBlastPlan *plan = job->plan;
    const CpsfMinrankOwn own = {plan->member_start, job->stream, NULL};
    const CpsfMinrankOwn rated = {plan->member_start, job->stream, job->rate};
    const uint8_t *active = plan->is_certain ? room->active : room->active + bit / 8 * plan->m;
    const int64_t sweep = world / CPSF_MINRANK_WORLDS;
    const int n_worlds = (int) MIN(q->worlds - world, CPSF_MINRANK_WORLDS);
    CpsfMinrankSums nodes = {room->sums.nodes, room->sums.nodes_square};
    CpsfMinrankSums loss = {room->sums.loss, NULL};

    job->kernel->sweep(&plan->graph, &own, sweep, active, bit % 8, &room->work);
    job->kernel->add(room->work.ranks, job->vertices, q->n_asked, n_worlds, FALSE, &nodes);
    if (job->rate == NULL)
        return;
    job->kernel->sweep(&plan->graph, &rated, sweep, active, bit % 8, &room->work);
    job->kernel->add(room->work.ranks, job->vertices, q->n_asked, n_worlds, TRUE, &loss);
}

static gboolean
do_piece(void *data, int worker, int64_t piece)
{
    Job *job = data;
    const CpsfBlastPlan *plan = job->plan;
    const CpsfBlastQuestion *q = job->question;
    Room *room = &job->rooms[piece]; /* as many pieces in a round as there are rooms */
    const int64_t begin = (job->first + piece) * PIECE;
    const int64_t end = MIN(begin + PIECE, q->worlds);

    sums_empty(&room->sums, q->n_asked);
    if (!plan->is_certain)
        job->kernel->draw(plan->events, plan->edge, plan->m, job->seed,
                          (uint64_t) (begin / CPSF_N_LANES), (int) (begin % CPSF_N_LANES / PIECE),
                          room->active, plan->m);
    for (int64_t w = begin; w < end; w += CPSF_MINRANK_WORLDS) {
        if (g_cancellable_is_cancelled(q->cancellable))
            return FALSE;
        do_sweeps(job, room, w, (int) (w - begin));
    }

    const int64_t n_done = __atomic_add_fetch(&job->n_done, 1, __ATOMIC_RELAXED);

    if (worker == 0 && q->progress != NULL)
        q->progress((uint64_t) MIN(n_done * PIECE, q->worlds), (uint64_t) q->worlds, "worlds",
                    q->progress_data);
    return TRUE;
}

static gboolean
do_pieces(Job *job, CpsfBlastSums *sums, GError **error)
{
    const CpsfBlastQuestion *q = job->question;
    const int64_t n_pieces = (q->worlds + PIECE - 1) / PIECE;

    if (!make_rooms(job, cpsf_pieces_count_workers(q->threads, n_pieces), error))
        return FALSE;
    for (; job->first < n_pieces; job->first += job->n_rooms) {
        const int64_t n = MIN(job->n_rooms, n_pieces - job->first);

        if (!cpsf_pieces_run(job->n_rooms, n, do_piece, job, q->cancellable))
            return cpsf_fail(error, CPSF_ERROR_CANCELLED, "measuring blast radii was cancelled");
        for (int64_t i = 0; i < n; i++)
            sums_add(sums, &job->rooms[i].sums, q->n_asked);
    }
    for (int32_t i = 0; sums->loss != NULL && i < q->n_asked; i++)
        sums->loss[i] *= job->largest_loss;
    return TRUE;
}

/* ---- the question ---- */

/* Losses as rates of at most 1, so that no float is too large or too small for them. */
static gboolean
fill_rates(Job *job, GError **error)
{
    const CpsfBlastPlan *plan = job->plan;
    const double *loss = job->question->loss;

    for (int32_t i = 0; i < plan->n_members; i++)
        if (loss[plan->members[i]] > job->largest_loss)
            job->largest_loss = loss[plan->members[i]];
    job->rate = cpsf_try_new0(float, (size_t) plan->n_members, error);
    if (job->rate == NULL)
        return FALSE;
    for (int32_t i = 0; i < plan->n_members; i++)
        if (loss[plan->members[i]] > 0.0)
            job->rate[i] = (float) (loss[plan->members[i]] / job->largest_loss);
    return TRUE;
}

static gboolean
prepare(Job *job, GError **error)
{
    const CpsfBlastPlan *plan = job->plan;
    const CpsfBlastQuestion *q = job->question;

    job->stream = cpsf_try_new(CpsfChanceKey, (size_t) plan->n_members, error);
    if (job->stream == NULL)
        return FALSE;
    job->vertices = cpsf_try_new(int32_t, (size_t) q->n_asked, error);
    if (job->vertices == NULL)
        return FALSE;
    for (int32_t i = 0; i < plan->n_members; i++)
        job->stream[i] = cpsf_minrank_stream(q->node_key[plan->members[i]], job->seed);
    for (int32_t i = 0; i < q->n_asked; i++)
        job->vertices[i] = plan->vertex_of[q->asked[i]];
    return q->loss == NULL || fill_rates(job, error);
}

static const CpsfMinrankKernel *
choose_kernel(void)
{
#ifdef CPSF_HAVE_AVX512
    if (cpsf_kernels_get_worlds() == &cpsf_worlds_avx512)
        return &cpsf_minrank_avx512;
#endif
    return &cpsf_minrank_portable;
}

gboolean
cpsf_blast_run(const CpsfBlastPlan *plan,
               const CpsfBlastQuestion *question,
               CpsfBlastSums *sums,
               GError **error)
{
    Job job = {
        .plan = plan,
        .question = question,
        .kernel = choose_kernel(),
        .seed = cpsf_chance_seed(question->seed),
    };
    const gboolean is_done = sums_init(sums, question->n_asked, question->loss != NULL, error) &&
                             prepare(&job, error) && do_pieces(&job, sums, error);

    for (int i = 0; i < job.n_rooms; i++)
        room_clear(&job.rooms[i]);
    g_free(job.stream);
    g_free(job.rate);
    g_free(job.vertices);
    if (!is_done)
        cpsf_blast_sums_clear(sums);
    return is_done;
}
