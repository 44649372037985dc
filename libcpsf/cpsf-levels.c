/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * DebtRank, the inoperability input-output model and FDNA as formulas on weights (docs/semantics.md,
 * section 8).  All are monotone and begin below what they end at, so that rounds only raise levels.
 */

#include "config.h"

#include "cpsf-levels-private.h"

#include <string.h>

#include "cpsf-error-private.h"
#include "cpsf-mem-private.h"

enum { MAX_ROUNDS = 100000 };

static const double least_step = 1e-12;

/* Whether to go on; FALSE with an error, or without one if all is settled. */
static gboolean
goes_on(double step, int round, GCancellable *cancellable, GError **error)
{
    if (step <= least_step)
        return FALSE;
    if (g_cancellable_is_cancelled(cancellable))
        return cpsf_fail(error, CPSF_ERROR_CANCELLED, "working out levels was cancelled");
    if (round < MAX_ROUNDS)
        return TRUE;
    return cpsf_fail(error, CPSF_ERROR_NOT_CONVERGED, "levels still grow by %g after %d rounds",
                     step, MAX_ROUNDS);
}

typedef struct {
    const CpsfLevelsGraph *graph;
    double *level; /* the caller's */
    double *kept;  /* (owned) as @level was given; of both DebtRanks what is passed on next */
    double *sum;   /* (owned) of a round */
    double *worst; /* (owned) of a round */
} State;

/* One round: the largest of what has been gained. */
typedef double (*Round)(State *self);

static gboolean
settle(const CpsfLevelsGraph *graph,
       double *level,
       Round round,
       GCancellable *cancellable,
       GError **error)
{
    const size_t n = (size_t) graph->n;
    g_autofree double *arrays = cpsf_try_new(double, 3 * n, error);
    State self = {graph, level, arrays, arrays + n, arrays + 2 * n};
    GError *failure = NULL;
    double step = 1.0;

    if (arrays == NULL)
        return FALSE;
    memcpy(self.kept, level, n * sizeof *level);
    for (int i = 0; goes_on(step, i, cancellable, &failure); i++)
        step = round(&self);
    if (failure == NULL)
        return TRUE;
    g_propagate_error(error, failure);
    return FALSE;
}

/* @from is added, through all edges, to the sum. */
static void
pass_on(State *self, const double *from)
{
    const CpsfLevelsGraph *graph = self->graph;

    memset(self->sum, 0, (size_t) graph->n * sizeof *self->sum);
    for (int32_t v = 0; v < graph->n; v++)
        if (from[v] > 0.0)
            for (int64_t e = graph->start[v]; e < graph->start[v + 1]; e++)
                self->sum[graph->head[e]] += graph->weight[e] * from[v];
}

/* h = min(1, h + sum); a vertex passes on next its level if it had none (@is_single), or what it has
 * gained. */
static double
spread_distress(State *self, gboolean is_single)
{
    double step = 0.0;

    pass_on(self, self->kept);
    for (int32_t v = 0; v < self->graph->n; v++) {
        const double before = self->level[v];
        const double now = MIN(before + self->sum[v], 1.0);

        self->level[v] = now;
        self->kept[v] = !is_single ? now - before : before > 0.0 ? 0.0 : now;
        step = MAX(step, self->kept[v]);
    }
    return step;
}

static double
spread_once(State *self)
{
    return spread_distress(self, TRUE);
}

static double
spread_gains(State *self)
{
    return spread_distress(self, FALSE);
}

static double
lift(State *self, int32_t v, double now)
{
    const double step = now - self->level[v];

    self->level[v] = now;
    return step;
}

static double
add_inoperability(State *self)
{
    double step = 0.0;

    pass_on(self, self->level);
    for (int32_t v = 0; v < self->graph->n; v++) {
        const double gained = lift(self, v, MIN(self->sum[v] + self->kept[v], 1.0));

        step = MAX(step, gained);
    }
    return step;
}

/* In levels, l = 1 - P / 100, SOD is the mean of a l' over all feeders, COD the largest l' - b / 100. */
static double
pull_down(State *self)
{
    const CpsfLevelsGraph *graph = self->graph;
    double step = 0.0;

    memset(self->sum, 0, (size_t) graph->n * sizeof *self->sum);
    memset(self->worst, 0, (size_t) graph->n * sizeof *self->worst);
    for (int32_t v = 0; v < graph->n; v++)
        for (int64_t e = graph->start[v]; self->level[v] > 0.0 && e < graph->start[v + 1]; e++) {
            const double a = graph->weight[e];
            const double slack = graph->slack != NULL ? graph->slack[e] : 1.0 - a;
            const int32_t head = graph->head[e];

            self->sum[head] += a * self->level[v] / graph->feeders[head];
            self->worst[head] = MAX(self->worst[head], self->level[v] - slack);
        }
    for (int32_t v = 0; v < graph->n; v++) {
        const double fed = MIN(MAX(self->sum[v], self->worst[v]), 1.0);
        const double gained = lift(self, v, self->kept[v] > 0.0 ? self->kept[v] : fed);

        step = MAX(step, gained);
    }
    return step;
}

gboolean
cpsf_levels_debtrank(const CpsfLevelsGraph *graph,
                     double *level,
                     GCancellable *cancellable,
                     GError **error)
{
    return settle(graph, level, spread_once, cancellable, error);
}

gboolean
cpsf_levels_debtrank_linear(const CpsfLevelsGraph *graph,
                            double *level,
                            GCancellable *cancellable,
                            GError **error)
{
    return settle(graph, level, spread_gains, cancellable, error);
}

gboolean
cpsf_levels_iim(const CpsfLevelsGraph *graph,
                double *level,
                GCancellable *cancellable,
                GError **error)
{
    return settle(graph, level, add_inoperability, cancellable, error);
}

gboolean
cpsf_levels_fdna(const CpsfLevelsGraph *graph,
                 double *level,
                 GCancellable *cancellable,
                 GError **error)
{
    return settle(graph, level, pull_down, cancellable, error);
}
