/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Importance from sampled worlds.  What fails together is forced together: in a plane and a block of
 * worlds let own be the lanes in which a vertex fails by itself, and T1, T0 those in which the target
 * fails if it fails and if it works.  One sweep with own turned over has T0 where own was set and T1
 * elsewhere, the sweep as it is has the rest, and whatever else the vertex's own failures were,
 *
 *     T = T0 | (own & T1),
 *
 * so that a member's anchors cost no sweep more: own without an anchor is made of draws alone, with
 * the very bits that a what-if would draw.  Counts are whole numbers: who made them is not to be seen.
 */

#include "config.h"

#include "cpsf-importance-block-private.h"

#include <string.h>

/*
 * Lanes.
 */

#define FOR_WORDS(w) for (int w = 0; w < CPSF_N_LANE_WORDS; w++)

static inline int64_t
count_lanes(const CpsfLanes *lanes, const CpsfLanes *among)
{
    int64_t n = 0;

    FOR_WORDS(w)
    n += __builtin_popcountll(lanes->word[w] & among->word[w]);
    return n;
}

static inline gboolean
is_full(const CpsfLanes *lanes)
{
    uint64_t all = ~UINT64_C(0);

    FOR_WORDS(w)
    all &= lanes->word[w];
    return all == ~UINT64_C(0);
}

static CpsfLanes
lanes_of(int64_t worlds, int64_t block)
{
    const int64_t n = MIN(worlds - block * CPSF_N_LANES, CPSF_N_LANES);
    CpsfLanes lanes;

    FOR_WORDS(w)
    {
        const int64_t left = n - w * 64;

        lanes.word[w] = left >= 64 ? ~UINT64_C(0) : left <= 0 ? 0 : (UINT64_C(1) << left) - 1;
    }
    return lanes;
}

static CpsfLanes
all_or_none(gboolean all)
{
    CpsfLanes lanes;

    memset(&lanes, all ? 0xff : 0, sizeof lanes);
    return lanes;
}

/* Own failures of vertex @v become @lanes. */
static void
set_own(CpsfWorldsWork *work, int32_t v, const CpsfLanes *lanes)
{
    const uint64_t bit = UINT64_C(1) << v % 64;
    uint64_t any = 0;

    FOR_WORDS(w)
    any |= lanes->word[w];
    work->words[v] = *lanes;
    work->n_live += (any != 0) - ((work->live[v / 64] & bit) != 0);
    work->live[v / 64] = any != 0 ? work->live[v / 64] | bit : work->live[v / 64] & ~bit;
}

static void
copy_work(const CpsfPullJob *job, CpsfWorldsWork *to, const CpsfWorldsWork *from)
{
    const size_t n = (size_t) job->target->part->graph.n;

    memcpy(to->words, from->words, n * sizeof *to->words);
    memcpy(to->live, from->live, (n + 63) / 64 * sizeof *to->live);
    to->n_live = from->n_live;
}

/*
 * One block.
 */

/* The lanes in which the target fails, from own failures. */
static CpsfLanes
sweep(CpsfPullWorker *self)
{
    const CpsfPullJob *job = self->job;

    if (self->room.work.n_live > 0)
        job->kernel->sweep(&job->target->part->graph, &self->chance, &self->room.work);
    return self->room.work.words[job->target->vertex];
}

static void
fill(CpsfPullWorker *self, const CpsfWorldsFailures *failures)
{
    const CpsfWorldsPlan *part = self->job->target->part;
    const CpsfWorldsOwn own = cpsf_worlds_failures_of(failures, part, self->plane);

    self->job->kernel->fill(part->graph.n, &own, &self->chance, &self->room.work);
}

/* The worlds as they are. */
static void
sweep_as_it_is(CpsfPullWorker *self)
{
    const CpsfPullJob *job = self->job;
    const CpsfWorldsOwn draws =
        cpsf_worlds_failures_of(&job->draw_failures, &job->draws, self->plane);

    fill(self, &job->failures);
    copy_work(job, &self->saved.work, &self->room.work);
    self->failed = sweep(self);
    self->tally.failed[self->plane] += count_lanes(&self->failed, &self->among);
    job->kernel->fill(job->draws.graph.n, &draws, &self->chance, &self->draws.work);
    for (int64_t i = 0; i < job->importance->pullers.n; i++) {
        const CpsfLanes *own = &self->draws.work.words[i];
        CpsfPullerCounts *counts = &self->tally.pullers[i];
        CpsfLanes with;

        FOR_WORDS(w)
        with.word[w] = own->word[w] & self->failed.word[w];
        counts->failed[self->plane] += count_lanes(own, &self->among);
        counts->with[self->plane] += count_lanes(&with, &self->among);
    }
}

/* In which lanes at least one puller of a vertex fails by itself, and at least two. */
static void
count_pullers(const CpsfPullWorker *self,
              const CpsfPullVertex *vertex,
              CpsfLanes *one,
              CpsfLanes *two)
{
    *one = *two = all_or_none(FALSE);
    for (int64_t i = vertex->first; i < vertex->end; i++) {
        const CpsfLanes *own = &self->draws.work.words[i];

        FOR_WORDS(w)
        {
            two->word[w] |= one->word[w] & own->word[w];
            one->word[w] |= own->word[w];
        }
    }
    if (vertex->is_short && self->plane == 0)
        *one = *two = all_or_none(TRUE);
}

/* In which lanes the target fails if the vertex works (@works) and if it fails (@fails). */
static void
force(CpsfPullWorker *self,
      const CpsfPullVertex *vertex,
      const CpsfLanes *others, /* lanes in which the vertex fails whatever one puller does */
      CpsfLanes *works,
      CpsfLanes *fails)
{
    const CpsfLanes own = self->saved.work.words[vertex->vertex];
    CpsfLanes turned;

    *works = *fails = self->failed;
    if (is_full(others))
        return;
    FOR_WORDS(w)
    turned.word[w] = ~own.word[w];
    copy_work(self->job, &self->room.work, &self->saved.work);
    set_own(&self->room.work, vertex->vertex, &turned);

    const CpsfLanes other = sweep(self);

    FOR_WORDS(w)
    {
        works->word[w] = (own.word[w] & other.word[w]) | (~own.word[w] & self->failed.word[w]);
        fails->word[w] = (own.word[w] & self->failed.word[w]) | (~own.word[w] & other.word[w]);
    }
}

/* The lanes in which the target fails if the vertex alone does. */
static CpsfLanes
fail_alone(CpsfPullWorker *self, int64_t v)
{
    const CpsfPullJob *job = self->job;
    const CpsfLanes all = all_or_none(TRUE);

    if (!job->has_chance)
        return all_or_none((job->alone[v] >> self->plane & 1) != 0);
    fill(self, &job->perfect);
    set_own(&self->room.work, job->importance->vertices.items[v].vertex, &all);
    return sweep(self);
}

/* Where an anchor alone fails the target. */
static void
count_alone(CpsfPullWorker *self, int64_t v)
{
    const CpsfImportance *importance = self->job->importance;
    const CpsfPullVertex *vertex = &importance->vertices.items[v];
    const int64_t first = importance->pullers.items[vertex->first].first;
    const int64_t end = importance->pullers.items[vertex->end - 1].end;
    const CpsfLanes *only = &self->draws.work.words[importance->pullers.n + importance->pulls.n];
    CpsfLanes fatal = fail_alone(self, v);

    FOR_WORDS(w)
    fatal.word[w] &= ~self->none.word[w] & self->among.word[w];
    for (int64_t i = first; i < end; i++)
        self->tally.pulls[i].alone[self->plane] += count_lanes(&only[i], &fatal);
}

/* What anchor @i brings; @others: lanes in which something else fails its vertex. */
static void
count_pull(CpsfPullWorker *self,
           int64_t i,
           const CpsfLanes *others,
           const CpsfLanes *works,
           const CpsfLanes *fails)
{
    const CpsfLanes *rest = &self->draws.work.words[self->job->importance->pullers.n + i];
    CpsfPullCounts *counts = &self->tally.pulls[i];
    CpsfLanes gain;
    CpsfLanes importance;
    CpsfLanes both;

    FOR_WORDS(w)
    {
        const uint64_t still =
            works->word[w] | ((others->word[w] | rest->word[w]) & fails->word[w]);

        gain.word[w] = self->failed.word[w] & ~still;
        importance.word[w] = fails->word[w] & ~still;
        both.word[w] = gain.word[w] & self->gains[i].word[w];
    }
    counts->gain[self->plane] += count_lanes(&gain, &self->among);
    counts->importance[self->plane] += count_lanes(&importance, &self->among);
    if (self->plane == 0)
        self->gains[i] = gain;
    else
        counts->gain_in_both += count_lanes(&both, &self->among);
}

static void
force_vertex(CpsfPullWorker *self, int64_t v)
{
    const CpsfImportance *importance = self->job->importance;
    const CpsfPullVertex *vertex = &importance->vertices.items[v];
    CpsfLanes one;
    CpsfLanes two;
    CpsfLanes works;
    CpsfLanes fails;

    count_pullers(self, vertex, &one, &two);
    force(self, vertex, &two, &works, &fails);
    for (int64_t p = vertex->first; p < vertex->end; p++) {
        const CpsfPuller *puller = &importance->pullers.items[p];
        const CpsfLanes *own = &self->draws.work.words[p];
        CpsfLanes others;

        FOR_WORDS(w)
        others.word[w] = two.word[w] | (one.word[w] & ~own->word[w]);
        for (int64_t i = puller->first; i < puller->end; i++)
            count_pull(self, i, &others, &works, &fails);
    }
}

static void
tell(CpsfPullWorker *self)
{
    CpsfPullJob *job = self->job;
    const CpsfTrustOptions *options = job->options;
    const int64_t n_done = __atomic_add_fetch(&job->n_done, 1, __ATOMIC_RELAXED);

    if (self->tells && options->progress != NULL)
        options->progress((uint64_t) n_done, (uint64_t) (2 * job->n_blocks * job->n_forced),
                          "anchors", options->progress_data);
}

/* One plane of a block.  FALSE: cancelled. */
static gboolean
do_plane(CpsfPullWorker *self)
{
    CpsfPullJob *job = self->job;

    sweep_as_it_is(self);
    self->none = all_or_none((job->alone_none >> self->plane & 1) != 0);
    if (job->has_chance && job->n_alone > 0) {
        fill(self, &job->perfect);
        self->none = sweep(self);
    }
    for (int64_t i = 0; i < MAX(job->n_forced, job->n_alone); i++) {
        if (g_cancellable_is_cancelled(job->options->cancellable))
            return FALSE;
        if (i < job->n_alone)
            count_alone(self, job->order[i]);
        if (i < job->n_forced) {
            force_vertex(self, job->order[i]);
            tell(self);
        }
    }
    return TRUE;
}

gboolean
cpsf_pull_worker_do_block(CpsfPullWorker *self, int64_t block)
{
    self->chance = (CpsfWorldsChance){.seed = self->job->seed, .block = (uint64_t) block};
    self->among = lanes_of(self->job->worlds, block);
    for (self->plane = 0; self->plane < 2; self->plane++)
        if (!do_plane(self))
            return FALSE;
    return TRUE;
}

/* What vertices order[@first] and on do alone, one in each lane. */
static void
find_alone(CpsfPullWorker *self, int64_t first)
{
    const CpsfPullJob *job = self->job;
    const int n = (int) MIN(job->n_alone - first, CPSF_N_LANES);

    fill(self, &job->perfect);
    for (int i = 0; i < n; i++) {
        const int32_t v = job->importance->vertices.items[job->order[first + i]].vertex;
        CpsfLanes own = self->room.work.words[v];

        own.word[i / 64] |= UINT64_C(1) << i % 64;
        set_own(&self->room.work, v, &own);
    }

    const CpsfLanes failed = sweep(self);

    for (int i = 0; i < n; i++)
        job->alone[job->order[first + i]] |=
            (uint8_t) ((failed.word[i / 64] >> i % 64 & 1) << self->plane);
}

gboolean
cpsf_pull_worker_find_alone(CpsfPullWorker *self)
{
    CpsfPullJob *job = self->job;

    for (self->plane = 0; self->plane < 2; self->plane++) {
        fill(self, &job->perfect);
        job->alone_none |= (uint8_t) ((sweep(self).word[0] & 1) << self->plane);
        for (int64_t i = 0; i < job->n_alone; i += CPSF_N_LANES) {
            if (g_cancellable_is_cancelled(job->options->cancellable))
                return FALSE;
            find_alone(self, i);
        }
    }
    return TRUE;
}
