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

/* @news are added, through all edges, to @sum. */
static void
pass_on(const CpsfLevelsGraph *graph, const double *news, double *sum)
{
    memset(sum, 0, (size_t) graph->n * sizeof *sum);
    for (int32_t v = 0; v < graph->n; v++)
        if (news[v] > 0.0)
            for (int64_t e = graph->start[v]; e < graph->start[v + 1]; e++)
                sum[graph->head[e]] += graph->weight[e] * news[v];
}

/* h = min(1, h + sum); @news becomes what a vertex passes on next: its level if it had none
 * (@is_single), or what it has gained.  The largest of that. */
static double
take_in(int32_t n, const double *sum, gboolean is_single, double *level, double *news)
{
    double step = 0.0;

    for (int32_t v = 0; v < n; v++) {
        const double before = level[v];

        level[v] = MIN(before + sum[v], 1.0);
        news[v] = !is_single ? level[v] - before : before > 0.0 ? 0.0 : level[v];
        step = MAX(step, news[v]);
    }
    return step;
}

static gboolean
spread_distress(const CpsfLevelsGraph *graph,
                gboolean is_single,
                double *level,
                GCancellable *cancellable,
                GError **error)
{
    g_autofree double *news = cpsf_try_new(double, (size_t) graph->n, error);
    g_autofree double *sum = news != NULL ? cpsf_try_new(double, (size_t) graph->n, error) : NULL;
    GError *failure = NULL;
    double step = 1.0;

    if (sum == NULL)
        return FALSE;
    memcpy(news, level, (size_t) graph->n * sizeof *news);
    for (int round = 0; goes_on(step, round, cancellable, &failure); round++) {
        pass_on(graph, news, sum);
        step = take_in(graph->n, sum, is_single, level, news);
    }
    if (failure == NULL)
        return TRUE;
    g_propagate_error(error, failure);
    return FALSE;
}

gboolean
cpsf_levels_debtrank(const CpsfLevelsGraph *graph,
                     double *level,
                     GCancellable *cancellable,
                     GError **error)
{
    return spread_distress(graph, TRUE, level, cancellable, error);
}

gboolean
cpsf_levels_debtrank_linear(const CpsfLevelsGraph *graph,
                            double *level,
                            GCancellable *cancellable,
                            GError **error)
{
    return spread_distress(graph, FALSE, level, cancellable, error);
}

gboolean
cpsf_levels_iim(const CpsfLevelsGraph *graph,
                double *level,
                GCancellable *cancellable,
                GError **error)
{
    g_autofree double *shock = cpsf_try_new(double, (size_t) graph->n, error);
    g_autofree double *sum = shock != NULL ? cpsf_try_new(double, (size_t) graph->n, error) : NULL;
    GError *failure = NULL;
    double step = 1.0;

    if (sum == NULL)
        return FALSE;
    memcpy(shock, level, (size_t) graph->n * sizeof *shock);
    for (int round = 0; goes_on(step, round, cancellable, &failure); round++) {
        pass_on(graph, level, sum);
        step = 0.0;
        for (int32_t v = 0; v < graph->n; v++) {
            const double now = MIN(sum[v] + shock[v], 1.0);

            step = MAX(step, now - level[v]);
            level[v] = now;
        }
    }
    if (failure == NULL)
        return TRUE;
    g_propagate_error(error, failure);
    return FALSE;
}

/* In levels, l = 1 - P / 100, SOD is the mean of a l' over all feeders, COD the largest l' - b / 100. */
static void
pull_down(const CpsfLevelsGraph *graph, const double *level, double *mean, double *worst)
{
    memset(mean, 0, (size_t) graph->n * sizeof *mean);
    memset(worst, 0, (size_t) graph->n * sizeof *worst);
    for (int32_t v = 0; v < graph->n; v++)
        for (int64_t e = graph->start[v]; level[v] > 0.0 && e < graph->start[v + 1]; e++) {
            const double a = graph->weight[e];
            const double slack = graph->slack != NULL ? graph->slack[e] : 1.0 - a;
            const int32_t head = graph->head[e];

            mean[head] += a * level[v] / graph->feeders[head];
            worst[head] = MAX(worst[head], level[v] - slack);
        }
}

gboolean
cpsf_levels_fdna(const CpsfLevelsGraph *graph,
                 double *level,
                 GCancellable *cancellable,
                 GError **error)
{
    const size_t n = (size_t) graph->n;
    g_autofree double *shock = cpsf_try_new(double, n, error);
    g_autofree double *mean = shock != NULL ? cpsf_try_new(double, n, error) : NULL;
    g_autofree double *worst = mean != NULL ? cpsf_try_new(double, n, error) : NULL;
    GError *failure = NULL;
    double step = 1.0;

    if (worst == NULL)
        return FALSE;
    memcpy(shock, level, n * sizeof *shock);
    for (int round = 0; goes_on(step, round, cancellable, &failure); round++) {
        pull_down(graph, level, mean, worst);
        step = 0.0;
        for (int32_t v = 0; v < graph->n; v++) {
            const double now = shock[v] > 0.0 ? shock[v] : MIN(MAX(mean[v], worst[v]), 1.0);

            step = MAX(step, now - level[v]);
            level[v] = now;
        }
    }
    if (failure == NULL)
        return TRUE;
    g_propagate_error(error, failure);
    return FALSE;
}
