/* SPDX-License-Identifier: GPL-2.0-or-later */

/* EigenTrust on bare evidence: published numbers, the plain power iteration in long double, and
 * igraph. */

#include "config.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <igraph.h>
#include <math.h>
#include <string.h>

#include "cpsf-mem-private.h"
#include "graphgen.h"
#include "vouchgen.h"

static void
say(TestVouch *self, int from, int to, double positive, double negative)
{
    self->n = MAX(self->n, MAX(from, to));
    self->positive[from - 1][to - 1] = positive;
    self->negative[from - 1][to - 1] = negative;
}

static void
say_for_sure(TestVouch *self, int from, int to, double belief)
{
    say(self, from, to, belief, 1 - belief);
    self->is_dogmatic[from - 1][to - 1] = TRUE;
}

/* Shares of a party that are exact: local trust 1 -> 3 100, 2 -> 3 100, 1 -> 2 75, prior (1/3, 2/3,
 * 0), so that party 3 hands its trust back to the prior. */
static TestVouch
three_peers(void)
{
    TestVouch said = {0};

    say(&said, 1, 3, 100, 0);
    say(&said, 2, 3, 100, 0);
    say(&said, 1, 2, 75, 0);
    return said;
}

struct shares {
    double a, t1, t2, t3, epsilon;
};

/* go-eigentrust prints the first row, an iterate; the others are the fixed points, solved by hand
 * with fractions. */
ParameterizedTestParameters(eigentrust, three_peers)
{
    static struct shares rows[] = {
        {0.5, 0.21705427907, 0.48062017802, 0.30232554291, 5e-8},
        {0.5, 28.0 / 129, 62.0 / 129, 39.0 / 129, 1e-15},
        {0.2, 175.0 / 993, 410.0 / 993, 408.0 / 993, 1e-15},
        {0.01, 70000.0 / 447303, 169700.0 / 447303, 207603.0 / 447303, 1e-15},
    };

    return cr_make_param_array(struct shares, rows, G_N_ELEMENTS(rows));
}

ParameterizedTest(struct shares *row, eigentrust, three_peers)
{
    const TestVouch said = three_peers();
    const CpsfEigentrustOptions options = {.restart = row->a};
    const double prior[] = {1.0 / 3, 2.0 / 3, 0};
    CpsfVouches v = test_vouch_index(&said);
    CpsfFixedPoint info;
    double t[3];

    cr_assert(cpsf_eigentrust_solve(&v, &options, prior, t, &info, NULL));
    cr_expect(epsilon_eq(dbl, t[0], row->t1, row->epsilon));
    cr_expect(epsilon_eq(dbl, t[1], row->t2, row->epsilon));
    cr_expect(epsilon_eq(dbl, t[2], row->t3, row->epsilon));
    cr_expect(info.sweeps == 1);
    cr_expect(info.error == 0.0);
    cpsf_vouches_clear(&v);
}

/* A random prior over a few parties. */
static void
draw_prior(uint64_t seed, int n, double *prior)
{
    uint64_t r = seed + 77;
    double sum = 0;

    for (int v = 0; v < n; v++)
        sum += prior[v] = v == 0 ? 1.0 : test_random_below(&r, 3) == 0 ? 0.5 : 0.0;
    for (int v = 0; v < n; v++)
        prior[v] /= sum;
}

/* 3,000 random networks, against the power iteration, within the bound, be it loose or tight;
 * shares sum to 1. */
Test(eigentrust, agrees_with_the_oracle)
{
    static const double restarts[] = {0.5, 0.2, 0.01, 0.15, 1};
    int n_circles = 0;

    for (uint64_t seed = 0; seed < 3000; seed++) {
        const TestVouch said =
            test_vouch_draw(seed, 2 + (int) (seed % 11), 2 + (int) (seed % 4), 25);
        const CpsfEigentrustOptions options = {
            .restart = restarts[seed % 5],
            .error = seed % 2 == 0 ? 1e-3 : 0,
        };
        CpsfVouches v = test_vouch_index(&said);
        CpsfFixedPoint info;
        double prior[TEST_VOUCH_MAX], t[TEST_VOUCH_MAX], theirs[TEST_VOUCH_MAX];
        double off = 0;
        double sum = 0;

        draw_prior(seed, said.n, prior);
        cr_assert(cpsf_eigentrust_solve(&v, &options, prior, t, &info, NULL));
        test_vouch_eigentrust(&said, options.restart, prior, theirs);
        for (int j = 0; j < said.n; j++) {
            off += fabs(t[j] - theirs[j]);
            sum += t[j];
        }
        cr_assert(off <= info.error + 1e-14, "seed %d: %g, not %g", (int) seed, off, info.error);
        cr_assert(info.error <= (seed % 2 == 0 ? 1e-3 : 1e-12));
        cr_assert(epsilon_eq(dbl, sum, 1, 1e-15));
        n_circles += info.sweeps > 1;
        cpsf_vouches_clear(&v);
    }
    cr_expect(n_circles > 1000);
}

static void
compare_with_igraph(CpsfVouches *v, double a, const double *ours, double *prior)
{
    igraph_t theirs;
    igraph_vector_int_t ends;
    igraph_vector_t weights, reset, ranks;

    igraph_vector_int_init(&ends, 0);
    igraph_vector_init(&weights, 0);
    igraph_vector_init(&ranks, 0);
    igraph_vector_init_array(&reset, prior, v->in.n);
    for (int32_t j = 0; j < v->in.n; j++)
        for (int64_t e = v->in.offsets[j]; e < v->in.offsets[j + 1]; e++) {
            if (!(v->positive[e] > v->negative[e]))
                continue;
            igraph_vector_int_push_back(&ends, v->in.heads[e]);
            igraph_vector_int_push_back(&ends, j);
            igraph_vector_push_back(&weights, v->positive[e] - v->negative[e]);
        }
    igraph_create(&theirs, &ends, v->in.n, IGRAPH_DIRECTED);
    cr_assert(igraph_personalized_pagerank(&theirs, IGRAPH_PAGERANK_ALGO_PRPACK, &ranks, NULL,
                                           igraph_vss_all(), IGRAPH_DIRECTED, 1 - a, &reset,
                                           &weights, NULL) == IGRAPH_SUCCESS);
    for (int32_t j = 0; j < v->in.n; j++)
        cr_assert(epsilon_eq(dbl, ours[j], VECTOR(ranks)[j], 1e-8), "node %d", j);
    igraph_destroy(&theirs);
    igraph_vector_int_destroy(&ends);
    igraph_vector_destroy(&weights);
    igraph_vector_destroy(&reset);
    igraph_vector_destroy(&ranks);
}

/* Both shapes, 3,000 parties. */
Test(eigentrust, agrees_with_igraph)
{
    for (int i = 0; i < 6; i++) {
        const CpsfEigentrustOptions options = {.restart = i < 2 ? 0.5 : i < 4 ? 0.15 : 0.02};
        CpsfVouches v = test_vouch_large(3000, 20000, i % 2 == 0, (uint64_t) i);
        g_autofree double *prior = g_new0(double, 3000);
        g_autofree double *t = g_new0(double, 3000);
        CpsfFixedPoint info;

        for (int32_t j = 0; j < 3000; j++)
            prior[j] = v.is_root[j] ? 1.0 / v.n_roots : 0;
        cr_assert(cpsf_eigentrust_solve(&v, &options, prior, t, &info, NULL));
        cr_expect(info.error <= 1e-12);
        compare_with_igraph(&v, options.restart, t, prior);
        cpsf_vouches_clear(&v);
    }
}

/* Who is sure of somebody hands him everything; sure distrust hands nothing. */
Test(eigentrust, evidence_without_limit_outweighs)
{
    TestVouch said = {0};
    const CpsfEigentrustOptions options = {.restart = 0.5};
    const double prior[] = {1, 0, 0, 0};
    CpsfFixedPoint info;
    double t[4];

    say(&said, 1, 2, 1000, 0);
    say_for_sure(&said, 1, 3, 0.75);
    say_for_sure(&said, 1, 4, 0);
    say_for_sure(&said, 3, 4, 0.25);
    say(&said, 3, 2, 1, 0);
    CpsfVouches v = test_vouch_index(&said);

    cr_assert(cpsf_eigentrust_solve(&v, &options, prior, t, &info, NULL));
    cr_expect(epsilon_eq(dbl, t[0], 4.0 / 7, 1e-15));
    cr_expect(epsilon_eq(dbl, t[1], 1.0 / 7, 1e-15));
    cr_expect(epsilon_eq(dbl, t[2], 2.0 / 7, 1e-15));
    cr_expect(t[3] == 0);
    cpsf_vouches_clear(&v);
}

Test(eigentrust, rejects)
{
    CpsfVouches v = test_vouch_large(100, 600, TRUE, 1);
    g_autoptr(GCancellable) cancellable = g_cancellable_new();
    CpsfEigentrustOptions options = {.restart = 0.1, .max_sweeps = 2};
    double prior[100] = {1};
    double t[100];
    CpsfFixedPoint info;
    GError *error = NULL;

    cr_expect(cpsf_eigentrust_solve(&v, &options, prior, t, &info, &error) == FALSE);
    cr_assert(error != NULL);
    cr_expect(error->code == CPSF_ERROR_NOT_CONVERGED);
    cr_expect(info.restless >= 0);
    g_clear_error(&error);
    g_cancellable_cancel(cancellable);
    options.cancellable = cancellable;
    cr_expect(cpsf_eigentrust_solve(&v, &options, prior, t, &info, &error) == FALSE);
    cr_assert(error != NULL);
    cr_expect(error->code == CPSF_ERROR_CANCELLED);
    g_clear_error(&error);
    cpsf_vouches_clear(&v);
}

/* On a network with circles. */
Test(eigentrust, survives_every_allocation_failure)
{
    const TestVouch said = test_vouch_draw(3, 10, 3, 10);
    CpsfVouches v = test_vouch_index(&said);
    const CpsfEigentrustOptions options = {.restart = 0.5};
    const double prior[TEST_VOUCH_MAX] = {1};
    double t[TEST_VOUCH_MAX];
    CpsfFixedPoint info;
    gboolean is_done = FALSE;
    int failures = 0;

    for (int64_t n = 0; !is_done; n++) {
        g_autoptr(GError) error = NULL;

        cpsf_mem_fail_after(n);
        is_done = cpsf_eigentrust_solve(&v, &options, prior, t, &info, &error);
        cpsf_mem_fail_after(-1);
        failures += !is_done;
        if (!is_done)
            cr_assert(error->code == CPSF_ERROR_NO_MEMORY);
    }
    cr_expect(failures >= 6);
    cpsf_vouches_clear(&v);
}
