/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * An incident in every outcome of its chance events, 512 outcomes at a time (docs/semantics.md,
 * section 6, exact mode).  An edge that is felt is one event, also where its criticality changes
 * over time: then its number U has more than two outcomes.  A rule on an edge is one event.
 */

#include "config.h"

#include <math.h>
#include <stdlib.h>

#include "cpsf-impact-private.h"
#include "cpsf-mem-private.h"
#include "cpsf-worlds-private.h"

enum {
    MANY_LOSSES = 1 << 20 /* different losses that are kept before equal ones are put together */
};

/* Something by chance: the lanes in which U of @key is below @bound are masks[mask]. */
typedef struct {
    CpsfChanceKey key;
    double bound;
    int32_t mask;
} Bound;

/* Bounds of one key, ascending: its outcomes are what lies between. */
typedef struct {
    int32_t first; /* bound */
    int32_t n;
    int64_t stride; /* outcomes of the events before it */
} Event;

typedef struct {
    double value;
    double weight;
} Loss;

typedef struct {
    const CpsfSpread *spread;
    const CpsfImpactNodes *nodes;
    const CpsfImpactOptions *options;
    CPSF_ARRAY(Bound) bounds;
    Event events[CPSF_EXACT_EVENTS];
    int n_events;
    int64_t n_outcomes;
    int32_t *felt_mask;  /* (owned) m */
    int32_t *taken_mask; /* (owned) m */
    void *masks_memory;  /* (owned) */
    CpsfLanes *masks;
    CpsfEventsRoom *room;
    CPSF_ARRAY(Loss) losses;
} Outcomes;

static int
compare_bounds(const void *left, const void *right)
{
    const Bound *a = left;
    const Bound *b = right;

    if (a->key.low != b->key.low)
        return a->key.low < b->key.low ? -1 : 1;
    if (a->key.high != b->key.high)
        return a->key.high < b->key.high ? -1 : 1;
    return (a->bound > b->bound) - (a->bound < b->bound);
}

static gboolean
add_bound(Outcomes *self, CpsfChanceKey key, double bound, GError **error)
{
    Bound *slot = cpsf_array_add(&self->bounds, error);

    if (slot != NULL)
        *slot = (Bound){key, bound, 0};
    return slot != NULL;
}

/* The chance that edge @e is felt, and what decides that its rule is taken. */
static double
felt_chance(const CpsfSpread *spread, int64_t e)
{
    return spread->felt_c != NULL ? spread->felt_c[e] : 1.0;
}

static CpsfChanceKey
taken_key(const CpsfSpread *spread, int64_t e)
{
    return cpsf_events_taken_key(spread->graph.key[e],
                                 spread->graph.rule_key[spread->graph.rule[e]]);
}

static gboolean
collect_bounds(Outcomes *self, GError **error)
{
    const CpsfSpread *s = self->spread;

    for (int64_t e = 0; e < s->graph.m; e++) {
        const double p = s->rule_p[s->graph.rule[e]];

        if (felt_chance(s, e) < 1.0 && !add_bound(self, s->graph.key[e], felt_chance(s, e), error))
            return FALSE;
        if (p < 1.0 && !add_bound(self, taken_key(s, e), p, error))
            return FALSE;
    }
    if (self->bounds.n > 1)
        qsort(self->bounds.items, (size_t) self->bounds.n, sizeof *self->bounds.items,
              compare_bounds);
    return TRUE;
}

/* Equal bounds are one; those of one key are an event. */
static gboolean
make_events(Outcomes *self, GError **error)
{
    Bound *bounds = self->bounds.items;
    int64_t kept = 0;

    for (int64_t i = 0; i < self->bounds.n; i++)
        if (kept == 0 || compare_bounds(&bounds[kept - 1], &bounds[i]) != 0)
            bounds[kept++] = bounds[i];
    self->bounds.n = kept;
    self->n_outcomes = 1;
    for (int32_t i = 0; i < kept;) {
        int32_t n = 1;

        while (i + n < kept && bounds[i + n].key.low == bounds[i].key.low &&
               bounds[i + n].key.high == bounds[i].key.high)
            n++;
        if (self->n_events == CPSF_EXACT_EVENTS)
            return cpsf_fail(error, CPSF_ERROR_LIMIT,
                             "more than %d chance events bear on what the incident can reach",
                             CPSF_EXACT_EVENTS);
        self->events[self->n_events++] = (Event){i, n, self->n_outcomes};
        self->n_outcomes *= n + 1;
        if (self->n_outcomes > CPSF_EXACT_OUTCOMES)
            return cpsf_fail(error, CPSF_ERROR_LIMIT,
                             "chance events have more than %" G_GINT64_FORMAT " outcomes together",
                             CPSF_EXACT_OUTCOMES);
        for (int32_t j = 0; j < n; j++)
            bounds[i + j].mask = i + j;
        i += n;
    }
    return TRUE;
}

static int32_t
find_mask(const Outcomes *self, CpsfChanceKey key, double bound)
{
    const Bound wanted = {key, bound, 0};

    if (self->bounds.items == NULL)
        return -1;

    const Bound *found = bsearch(&wanted, self->bounds.items, (size_t) self->bounds.n,
                                 sizeof wanted, compare_bounds);

    return found->mask;
}

static gboolean
make_masks(Outcomes *self, GError **error)
{
    const CpsfSpread *s = self->spread;

    self->felt_mask = cpsf_try_new(int32_t, (size_t) s->graph.m, error);
    self->taken_mask = cpsf_try_new(int32_t, (size_t) s->graph.m, error);
    self->masks_memory =
        cpsf_try_alloc((size_t) self->bounds.n + 1, sizeof(CpsfLanes), TRUE, error);
    if (self->felt_mask == NULL || self->taken_mask == NULL || self->masks_memory == NULL)
        return FALSE;
    self->masks = (CpsfLanes *) (((uintptr_t) self->masks_memory + 63) & ~(uintptr_t) 63);
    for (int64_t e = 0; e < s->graph.m; e++) {
        const double p = s->rule_p[s->graph.rule[e]];

        self->felt_mask[e] =
            felt_chance(s, e) < 1.0 ? find_mask(self, s->graph.key[e], felt_chance(s, e)) : -1;
        self->taken_mask[e] = p < 1.0 ? find_mask(self, taken_key(s, e), p) : -1;
    }
    return TRUE;
}

/* Lane @lane is outcome @outcome.  Its probability. */
static double
set_lane(Outcomes *self, int64_t outcome, int lane)
{
    double weight = 1.0;

    for (int i = 0; i < self->n_events; i++) {
        const Event *event = &self->events[i];
        const Bound *bounds = &self->bounds.items[event->first];
        const int32_t digit = (int32_t) (outcome / event->stride % (event->n + 1));
        const double low = digit == 0 ? 0.0 : bounds[digit - 1].bound;
        const double high = digit == event->n ? 1.0 : bounds[digit].bound;

        weight *= high - low;
        for (int32_t j = digit; j < event->n; j++) /* U is below these */
            self->masks[event->first + j].word[lane / 64] |= UINT64_C(1) << (lane % 64);
    }
    return weight;
}

static int
compare_losses(const void *left, const void *right)
{
    const Loss *a = left;
    const Loss *b = right;

    return (a->value > b->value) - (a->value < b->value);
}

static void
merge_losses(Outcomes *self)
{
    Loss *items = self->losses.items;
    int64_t kept = 0;

    if (self->losses.n > 1)
        qsort(items, (size_t) self->losses.n, sizeof *items, compare_losses);
    for (int64_t i = 0; i < self->losses.n; i++)
        if (kept > 0 && compare_losses(&items[kept - 1], &items[i]) == 0)
            items[kept - 1].weight += items[i].weight;
        else
            items[kept++] = items[i];
    self->losses.n = kept;
}

static gboolean
add_lanes(Outcomes *self, const double *weight, int n, CpsfImpactReport *report, GError **error)
{
    double n_nodes[CPSF_N_LANES];
    double loss[CPSF_N_LANES];

    cpsf_impact_add_lanes(self->room, self->nodes, n_nodes, loss);
    for (int i = 0; i < n; i++) {
        Loss *slot = cpsf_array_add(&self->losses, error);

        if (slot == NULL)
            return FALSE;
        *slot = (Loss){loss[i], weight[i]};
        report->nodes += weight[i] * n_nodes[i];
        report->loss += weight[i] * loss[i];
    }
    if (self->losses.n > MANY_LOSSES)
        merge_losses(self);
    return TRUE;
}

static gboolean
run_block(
    Outcomes *self, int64_t first, CpsfEventsTally *tally, CpsfImpactReport *report, GError **error)
{
    const CpsfSpread *s = self->spread;
    const int n = (int) MIN(self->n_outcomes - first, CPSF_N_LANES);
    double weight[CPSF_N_LANES] = {0};
    CpsfEventsBlock block = {
        .sources = s->sources,
        .n_sources = s->n_sources,
        .origin = s->start,
        .end = s->end,
        .chance = {.masks = self->masks,
                   .felt_mask = self->felt_mask,
                   .taken_mask = self->taken_mask},
        .weight = weight,
        .cancellable = self->options->cancellable,
    };

    for (int64_t i = 0; i < self->bounds.n; i++)
        self->masks[i] = (CpsfLanes){{0}};
    for (int lane = 0; lane < n; lane++) {
        weight[lane] = set_lane(self, first + lane, lane);
        block.among.word[lane / 64] |= UINT64_C(1) << (lane % 64);
    }
    return cpsf_events_run(self->room, &block, tally, error) &&
           add_lanes(self, weight, n, report, error);
}

/* The least loss that is not exceeded with probability @share. */
static double
quantile(const Outcomes *self, double share)
{
    double sum = 0.0;
    double value = 0.0;

    for (int64_t i = 0; i < self->losses.n && sum < share - 1e-12; i++) {
        sum += self->losses.items[i].weight;
        value = self->losses.items[i].value;
    }
    return value;
}

static void
fill_report(Outcomes *self, CpsfImpactReport *report)
{
    report->outcomes = self->n_outcomes;
    report->events = self->n_events;
    report->currency = self->nodes->losses.currency;
    merge_losses(self);
    report->loss_p05 = quantile(self, 0.05);
    report->loss_p50 = quantile(self, 0.50);
    report->loss_p95 = quantile(self, 0.95);
    for (int64_t i = 0; i < self->losses.n; i++)
        if (self->losses.items[i].weight > 0.0)
            report->loss_worst = self->losses.items[i].value;
}

static gboolean
run_all(Outcomes *self, CpsfImpactTally *tally, GError **error)
{
    const CpsfImpactOptions *o = self->options;
    const int64_t n = (int64_t) self->spread->graph.n + self->spread->graph.n_any;
    g_autofree double *block = cpsf_try_new(double, 2 * (size_t) n, error);
    CpsfEventsTally now = {block, block + n};

    tally->mass = cpsf_try_new0(double, (size_t) n, error);
    tally->moment = cpsf_try_new0(double, (size_t) n, error);
    self->room = cpsf_events_room_new(&self->spread->graph, error);
    if (block == NULL || tally->mass == NULL || tally->moment == NULL || self->room == NULL)
        return FALSE;
    tally->weight = 1.0;
    for (int64_t first = 0; first < self->n_outcomes; first += CPSF_N_LANES) {
        if (g_cancellable_is_cancelled(o->cancellable))
            return cpsf_fail(error, CPSF_ERROR_CANCELLED, "counting outcomes was cancelled");
        if (!run_block(self, first, &now, &tally->report, error))
            return FALSE;
        for (int64_t i = 0; i < n; i++) {
            tally->mass[i] += now.mass[i];
            tally->moment[i] += now.moment[i];
        }
        if (o->progress != NULL)
            o->progress((uint64_t) MIN(first + CPSF_N_LANES, self->n_outcomes),
                        (uint64_t) self->n_outcomes, "outcomes", o->progress_data);
    }
    return TRUE;
}

gboolean
cpsf_impact_enumerate(const CpsfSpread *spread,
                      const CpsfImpactNodes *nodes,
                      const CpsfImpactOptions *options,
                      CpsfImpactTally *tally,
                      GError **error)
{
    Outcomes self = {.spread = spread, .nodes = nodes, .options = options};

    *tally = (CpsfImpactTally){0};

    const gboolean is_done = collect_bounds(&self, error) && make_events(&self, error) &&
                             make_masks(&self, error) && run_all(&self, tally, error);

    if (is_done)
        fill_report(&self, &tally->report);
    cpsf_events_room_free(self.room);
    g_free(self.bounds.items);
    g_free(self.losses.items);
    g_free(self.felt_mask);
    g_free(self.taken_mask);
    g_free(self.masks_memory);
    return is_done;
}
