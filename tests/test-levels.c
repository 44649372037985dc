/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The named models of impact by hand, by published numbers, by laws, and against dense solves. */

#include "config.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <string.h>

#include "cpsf-error.h"
#include "cpsf-levels-private.h"
#include "cpsf-mem-private.h"

enum { MAX_N = 12 };

typedef gboolean (*Model)(const CpsfLevelsGraph *, double *, GCancellable *, GError **);

static const Model models[] = {cpsf_levels_debtrank, cpsf_levels_debtrank_linear, cpsf_levels_iim,
                               cpsf_levels_fdna};

/* A graph by its matrix: w[i][j] = how much of i is felt by j; slack[i][j] only if has_slack. */
typedef struct {
    int n;
    double w[MAX_N][MAX_N];
    double slack[MAX_N][MAX_N];
    gboolean has_slack;
} Dense;

static gboolean
run_model(Model model, const Dense *d, double *level, GCancellable *cancellable, GError **error)
{
    int64_t start[MAX_N + 1] = {0};
    int32_t head[MAX_N * MAX_N];
    double weight[MAX_N * MAX_N];
    double slack[MAX_N * MAX_N];
    double feeders[MAX_N] = {0};
    int64_t m = 0;

    for (int i = 0; i < d->n; i++) {
        for (int j = 0; j < d->n; j++)
            if (d->w[i][j] > 0.0) {
                head[m] = j;
                slack[m] = d->slack[i][j];
                weight[m++] = d->w[i][j];
                feeders[j] += 1.0;
            }
        start[i + 1] = m;
    }

    const CpsfLevelsGraph graph = {
        .n = d->n,
        .start = start,
        .head = head,
        .weight = weight,
        .feeders = feeders,
        .slack = d->has_slack ? slack : NULL,
    };

    return model(&graph, level, cancellable, error);
}

static void
check_levels(Model model, const Dense *d, double *level, const double *expected, double tolerance)
{
    GError *error = NULL;

    cr_assert(run_model(model, d, level, NULL, &error), "%s", error != NULL ? error->message : "");
    for (int i = 0; i < d->n; i++)
        cr_expect(fabs(level[i] - expected[i]) <= tolerance, "%d: %.15g, not %.15g", i, level[i],
                  expected[i]);
}

/* Haimes and Jiang's two subsystems; and where the linear model leaves [0, 1]. */
Test(levels, iim_by_paper)
{
    Dense two = {.n = 2, .w = {{0, .2}, {.8, 0}}};
    double level[2] = {0, .6};

    check_levels(cpsf_levels_iim, &two, level, (double[]){4 / 7.0, 5 / 7.0}, 1e-11);
    two = (Dense){.n = 2, .w = {{0, .35}, {.5, 0}}};
    memcpy(level, (double[]){0, .9}, sizeof level);
    check_levels(cpsf_levels_iim, &two, level, (double[]){.5, 1}, 1e-11);
    memcpy(level, (double[]){0, .45}, sizeof level);
    check_levels(cpsf_levels_iim, &two, level, (double[]){.225 / .825, .45 / .825}, 1e-11);
}

/* The impact matrix of a published stress test (A, B, C, E, F, D), one default at a time. */
Test(levels, debtrank_of_defaults)
{
    const Dense banks = {.n = 6,
                         .w = {{0, 1, 0, 0, 1, .5},
                               {0, 0, 1, 0, .2, 0},
                               {0, 0, 0, 1, 0, 0},
                               {0},
                               {0, 0, 1, 1, .5, 0},
                               {0, 1, 1, 0, 0, 0}}};
    const double rank[] = {.75, 2.3 / 6, 1 / 6.0, 0, 2 / 6.0, .55};

    for (int i = 0; i < banks.n; i++) {
        double level[6] = {0};
        double sum = 0.0;

        level[i] = 1.0;
        cr_assert(run_model(cpsf_levels_debtrank, &banks, level, NULL, NULL));
        for (int j = 0; j < banks.n; j++)
            sum += level[j];
        cr_expect(fabs((sum - 1.0) / 6 - rank[i]) < 1e-12, "%d: %g, not %g", i, (sum - 1.0) / 6,
                  rank[i]);
    }
}

/* A circle tells the two apart: one passes on once, the other all it gains. */
Test(levels, debtrank_on_a_circle)
{
    const Dense circle = {.n = 3, .w = {{0, .5, 0}, {0, 0, .4}, {.3, 0, 0}}};
    double whole[3] = {1};
    double half[3] = {.5};
    double linear[3] = {.5};

    check_levels(cpsf_levels_debtrank, &circle, whole, (double[]){1, .5, .2}, 1e-15);
    check_levels(cpsf_levels_debtrank, &circle, half, (double[]){.53, .25, .1}, 1e-15);
    check_levels(cpsf_levels_debtrank_linear, &circle, linear,
                 (double[]){.5 / .94, .25 / .94, .1 / .94}, 1e-11);
}

/* Five nodes with strengths and slacks of their own, at four levels of the first. */
Test(levels, fdna_of_five)
{
    const Dense five = {
        .n = 5,
        .w = {{0, .75, .85, .45, 0}, {0, 0, 0, 0, .45}, {0, 0, 0, 0, .70}, {0, 0, 0, 0, .45}},
        .slack = {{0, .20, .30, .55, 0}, {0, 0, 0, 0, .35}, {0, 0, 0, 0, .30}, {0, 0, 0, 0, .55}},
        .has_slack = TRUE};
    const double operable[][5] = {{80, 85, 83, 91, 92.4333333333333},
                                  {50, 62.5, 57.5, 77.5, 81.0833333333333},
                                  {20, 40, 32, 64, 62},
                                  {0, 20, 15, 55, 45}};

    for (int i = 0; i < 4; i++) {
        double level[5] = {1.0 - operable[i][0] / 100};
        double expected[5];

        for (int v = 0; v < 5; v++)
            expected[v] = 1.0 - operable[i][v] / 100;
        check_levels(cpsf_levels_fdna, &five, level, expected, 1e-12);
    }
}

/* Two feeders: the mean says 79, the weakest link 60; with the most slack allowed, 79 stands. */
Test(levels, fdna_of_two_feeders)
{
    Dense two = {.n = 3,
                 .w = {{0, 0, .6}, {0, 0, .3}},
                 .slack = {{0, 0, .2}, {0, 0, .5}},
                 .has_slack = TRUE};
    double level[3] = {.6, .2, 0};

    check_levels(cpsf_levels_fdna, &two, level, (double[]){.6, .2, .4}, 1e-12);
    level[2] = 0;
    two.has_slack = FALSE;
    check_levels(cpsf_levels_fdna, &two, level, (double[]){.6, .2, .21}, 1e-12);
}

static double
draw(GRand *rand, double limit)
{
    return g_rand_double(rand) < .4 ? g_rand_double_range(rand, .01, limit) : 0.0;
}

static Dense
draw_dense(GRand *rand, double limit)
{
    Dense d = {.n = g_rand_int_range(rand, 1, MAX_N + 1)};

    for (int i = 0; i < d.n; i++)
        for (int j = 0; j < d.n; j++)
            d.w[i][j] = i != j ? draw(rand, limit) : 0.0;
    return d;
}

/* x = (I - W')^-1 c by elimination; W' is diagonally dominant by the caller's limit. */
static void
solve(const Dense *d, const double *c, double *x)
{
    double a[MAX_N][MAX_N + 1];

    for (int j = 0; j < d->n; j++) {
        for (int i = 0; i < d->n; i++)
            a[j][i] = (i == j) - d->w[i][j];
        a[j][d->n] = c[j];
    }
    for (int k = 0; k < d->n; k++)
        for (int j = 0; j < d->n; j++)
            for (int i = d->n; j != k && i >= k; i--)
                a[j][i] -= a[j][k] / a[k][k] * a[k][i];
    for (int k = 0; k < d->n; k++)
        x[k] = a[k][d->n] / a[k][k];
}

/* Where nothing reaches 1, both linear models are (I - W)^-1 times the shock. */
Test(levels, linear_models_solve)
{
    GRand *rand = g_rand_new_with_seed(11);

    for (int round = 0; round < 1000; round++) {
        const Dense d = draw_dense(rand, .9 / MAX_N);
        double shock[MAX_N] = {0};
        double expected[MAX_N];
        double level[MAX_N];

        for (int v = 0; v < d.n; v++)
            shock[v] = draw(rand, .08);
        solve(&d, shock, expected);
        memcpy(level, shock, sizeof level);
        check_levels(cpsf_levels_iim, &d, level, expected, 1e-10);
        memcpy(level, shock, sizeof level);
        check_levels(cpsf_levels_debtrank_linear, &d, level, expected, 1e-10);
    }
    g_rand_free(rand);
}

/* What FDNA ends at: everyone without a shock is at its own min(SOD, COD), and nobody is lower than needed. */
static void
check_fdna(const Dense *d, const double *shock, const double *level)
{
    for (int j = 0; j < d->n; j++) {
        double sum = 0.0;
        double cod = INFINITY;
        int feeders = 0;

        for (int i = 0; i < d->n; i++)
            if (d->w[i][j] > 0.0) {
                const double p = 100 * (1 - level[i]);

                sum += d->w[i][j] * p + 100 * (1 - d->w[i][j]);
                cod = MIN(cod, p + 100 * (1 - d->w[i][j]));
                feeders++;
            }

        const double operable = feeders == 0 ? 100 : MIN(sum / feeders, cod);
        const double expected = shock[j] > 0.0 ? shock[j] : 1 - operable / 100;

        cr_expect(fabs(level[j] - expected) < 1e-9, "%d: %g, not %g", j, level[j], expected);
    }
}

/* Levels are in [0, 1], never below the shock, grow with it, and end where the models say. */
Test(levels, laws)
{
    GRand *rand = g_rand_new_with_seed(12);

    for (int round = 0; round < 1000; round++) {
        const Dense d = draw_dense(rand, round % 2 == 0 ? 1.0 : .3);
        const Model model = models[round / 2 % 4];
        double shock[MAX_N] = {0};
        double more[MAX_N] = {0};
        double low[MAX_N];
        double high[MAX_N];

        for (int v = 0; v < d.n; v++) {
            shock[v] = draw(rand, .9);
            more[v] = shock[v] > 0.0 ? MIN(shock[v] * 1.1, 1.0) : 0.0;
        }
        memcpy(low, shock, sizeof low);
        memcpy(high, more, sizeof high);
        cr_assert(run_model(model, &d, low, NULL, NULL));
        cr_assert(run_model(model, &d, high, NULL, NULL));
        for (int v = 0; v < d.n; v++) {
            cr_expect(low[v] >= 0.0 && low[v] <= 1.0);
            cr_expect(low[v] >= shock[v]);
            cr_expect(high[v] >= low[v] - 1e-12);
        }
        if (model == cpsf_levels_fdna)
            check_fdna(&d, shock, low);
    }
    g_rand_free(rand);
}

/* A circle that loses next to nothing a round takes more rounds than anybody waits for. */
Test(levels, not_converged)
{
    const Dense circle = {.n = 2, .w = {{0, 1 - 1e-9}, {1 - 1e-9, 0}}};
    const Model slow[] = {cpsf_levels_debtrank_linear, cpsf_levels_iim};

    for (int i = 0; i < 2; i++) {
        g_autoptr(GError) error = NULL;
        double level[2] = {1e-7, 0};

        cr_assert_not(run_model(slow[i], &circle, level, NULL, &error));
        cr_expect(g_error_matches(error, CPSF_ERROR, CPSF_ERROR_NOT_CONVERGED));
    }
}

Test(levels, cancelled)
{
    const Dense circle = {.n = 2, .w = {{0, .5}, {.5, 0}}};
    g_autoptr(GCancellable) cancellable = g_cancellable_new();

    g_cancellable_cancel(cancellable);
    for (int i = 0; i < 4; i++) {
        g_autoptr(GError) error = NULL;
        double level[2] = {.5, 0};

        cr_assert_not(run_model(models[i], &circle, level, cancellable, &error));
        cr_expect(g_error_matches(error, CPSF_ERROR, CPSF_ERROR_CANCELLED));
    }
}

Test(levels, memory)
{
    const Dense circle = {.n = 2, .w = {{0, .5}, {.5, 0}}};

    for (int i = 0; i < 4; i++) {
        gboolean is_done = FALSE;
        int count = 0;

        for (; !is_done; count++) {
            g_autoptr(GError) error = NULL;
            double level[2] = {.5, 0};

            cpsf_mem_fail_once(count);
            is_done = run_model(models[i], &circle, level, NULL, &error);
            cpsf_mem_fail_once(-1);
            cr_assert(is_done || g_error_matches(error, CPSF_ERROR, CPSF_ERROR_NO_MEMORY));
        }
        cr_expect(count >= 2);
    }
}
