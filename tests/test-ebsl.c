/* SPDX-License-Identifier: GPL-2.0-or-later */

/* EBSL on bare evidence: published numbers, laws, and plain solutions in long double. */

#include "config.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <math.h>
#include <string.h>

#include "cpsf-mem-private.h"
#include "graphgen.h"
#include "vouchgen.h"

static const CpsfEbslOptions by_belief = {.discount = CPSF_EBSL_BELIEF};
static const CpsfEbslOptions by_root = {.discount = CPSF_EBSL_SQRT_BELIEF};

/* What the roots of @said think of everybody. */
static CpsfFixedPoint
ask(const TestVouch *said, const CpsfEbslOptions *options, CpsfOpinion *opinions)
{
    g_autoptr(GError) error = NULL;
    CpsfVouches v = test_vouch_index(said);
    CpsfFixedPoint info;

    cr_assert(cpsf_ebsl_solve(&v, options, opinions, &info, &error), "%s",
              error != NULL ? error->message : "");
    cpsf_vouches_clear(&v);
    return info;
}

/* What one party thinks of another; both from 1, as papers number them. */
static CpsfOpinion
opinion(TestVouch said, const CpsfEbslOptions *options, int who, int about)
{
    CpsfOpinion opinions[TEST_VOUCH_MAX];

    memset(said.is_root, 0, sizeof said.is_root);
    said.is_root[who - 1] = TRUE;
    ask(&said, options, opinions);
    return opinions[about - 1];
}

static void
say(TestVouch *self, int from, int to, double positive, double negative)
{
    self->n = MAX(self->n, MAX(from, to));
    self->positive[from - 1][to - 1] = positive;
    self->negative[from - 1][to - 1] = negative;
}

#define EXPECT_OPINION(o, b, d, u, epsilon)                                                        \
    do {                                                                                           \
        const CpsfOpinion got = (o);                                                               \
        cr_expect(epsilon_eq(dbl, got.belief, (b), (epsilon)));                                    \
        cr_expect(epsilon_eq(dbl, got.disbelief, (d), (epsilon)));                                 \
        cr_expect(epsilon_eq(dbl, got.uncertainty, (u), (epsilon)));                               \
    } while (0)

/* 1 -> 2 <-> 3, all evidence (2, 2): b of 2 is sqrt 2 / 4, b of 3 is (sqrt 2 - 1) / 2. */
Test(ebsl, a_circle_of_two)
{
    TestVouch said = {0};

    say(&said, 1, 2, 2, 2);
    say(&said, 2, 3, 2, 2);
    say(&said, 3, 2, 2, 2);
    EXPECT_OPINION(opinion(said, &by_belief, 1, 2), 0.3535533905932738, 0.3535533905932738,
                   0.2928932188134525, 1e-14);
    EXPECT_OPINION(opinion(said, &by_belief, 1, 3), 0.20710678118654752, 0.20710678118654752,
                   0.585786437626905, 1e-14);
    EXPECT_OPINION(opinion(said, &by_belief, 2, 3), 1.0 / 3, 1.0 / 3, 1.0 / 3, 1e-15);
    EXPECT_OPINION(opinion(said, &by_belief, 3, 2), 1.0 / 3, 1.0 / 3, 1.0 / 3, 1e-15);
}

static TestVouch
published_network(void)
{
    TestVouch said = {0};

    say(&said, 1, 2, 400, 300);
    say(&said, 2, 3, 10, 5);
    say(&said, 3, 4, 500, 0);
    say(&said, 3, 5, 500, 0);
    say(&said, 4, 5, 500, 0);
    say(&said, 4, 6, 500, 0);
    say(&said, 5, 6, 500, 0);
    say(&said, 6, 7, 5, 5);
    return said;
}

struct published {
    int who, about;
    double b, d, u;
};

/* The nine pairs that ebsl-go's tests print. */
ParameterizedTestParameters(ebsl, published)
{
    static struct published rows[] = {
        {1, 2, 0.5698005698005698, 0.42735042735042733, 0.002849002849002849},
        {1, 3, 0.5402485143165856, 0.2701242571582928, 0.18962722852512154},
        {1, 4, 0.9926504163175847, 0, 0.007349583682415396},
        {1, 5, 0.9973973565077897, 0, 0.002602643492210305},
        {1, 6, 0.9979940300054436, 0, 0.0020059699945565415},
        {1, 7, 0.4165271299394158, 0.4165271299394158, 0.1669457401211684},
        {2, 7, 0.4165271772550089, 0.4165271772550089, 0.16694564548998223},
        {3, 7, 0.4165274075308264, 0.4165274075308264, 0.16694518493834723},
        {5, 7, 0.4163890739506996, 0.4163890739506996, 0.1672218520986009},
    };

    return cr_make_param_array(struct published, rows, G_N_ELEMENTS(rows));
}

ParameterizedTest(struct published *row, ebsl, published)
{
    EXPECT_OPINION(opinion(published_network(), &by_belief, row->who, row->about), row->b, row->d,
                   row->u, 1e-15);
}

/* The same network with g = sqrt b. */
Test(ebsl, published_network_with_another_discount)
{
    EXPECT_OPINION(opinion(published_network(), &by_root, 1, 3), 0.566587381416, 0.283293690708,
                   0.150118927876, 1e-12);
    EXPECT_OPINION(opinion(published_network(), &by_root, 1, 7), 0.416597136892, 0.416597136892,
                   0.166805726217, 1e-12);
}

/* A -> B -> X, both opinions (.9, 0, .1), that is (18, 0): 16.2 / 18.2 of it is left.  Two such paths
 * that share nothing: 32.4 / 34.4. */
Test(ebsl, chain_and_two_paths)
{
    TestVouch said = {0};

    say(&said, 1, 2, 18, 0);
    say(&said, 2, 4, 18, 0);
    EXPECT_OPINION(opinion(said, &by_belief, 1, 4), 16.2 / 18.2, 0, 2 / 18.2, 1e-15);
    cr_expect(epsilon_eq(dbl, opinion(said, &by_belief, 1, 4).belief, 0.890110, 5e-7));
    say(&said, 1, 3, 18, 0);
    say(&said, 3, 4, 18, 0);
    EXPECT_OPINION(opinion(said, &by_belief, 1, 4), 32.4 / 34.4, 0, 2 / 34.4, 1e-15);
    cr_expect(epsilon_eq(dbl, opinion(said, &by_belief, 1, 4).belief, 0.941860, 5e-7));
}

/* A root, and three who contradict each other by orders of magnitude. */
static TestVouch
oscillating(void)
{
    TestVouch said = {.is_root = {[3] = TRUE}};

    say(&said, 4, 1, 1, 0);
    say(&said, 1, 2, 0, 10);
    say(&said, 1, 3, 10, 0);
    say(&said, 2, 3, 0, 1000);
    say(&said, 3, 2, 1, 0);
    say(&said, 3, 1, 0, 100);
    return said;
}

/* With g = b plain sweeps cycle and are refused; halved steps find (.1160, .0175, .0562), of which
 * nobody can say how far it is off; with g = sqrt b plain sweeps find (.0651, .0264, .0153), and a
 * bound. */
Test(ebsl, oscillating_evidence)
{
    const TestVouch said = oscillating();
    const CpsfEbslOptions plain = {.never_damp = TRUE};
    g_autoptr(GError) error = NULL;
    CpsfVouches v = test_vouch_index(&said);
    CpsfOpinion o[TEST_VOUCH_MAX];
    CpsfFixedPoint info;

    cr_expect(cpsf_ebsl_solve(&v, &plain, o, &info, &error) == FALSE);
    cr_assert(error != NULL);
    cr_expect(error->code == CPSF_ERROR_NOT_CONVERGED);
    cr_expect(info.restless >= 0);

    info = ask(&said, &by_belief, o);
    cr_expect(info.halvings == 1);
    cr_expect(isnan(info.error));
    cr_expect(info.residual < 1e-13);
    cr_expect(epsilon_eq(dbl, o[0].belief, 0.1160, 5e-5));
    cr_expect(epsilon_eq(dbl, o[1].belief, 0.0175, 5e-5));
    cr_expect(epsilon_eq(dbl, o[2].belief, 0.0562, 5e-5));
    cr_expect(test_vouch_ebsl_off(&v, CPSF_EBSL_BELIEF, o) < 1e-14);

    info = ask(&said, &by_root, o);
    cr_expect(info.halvings == 0);
    cr_expect(info.error < 1e-12);
    cr_expect(epsilon_eq(dbl, o[0].belief, 0.0651, 5e-5));
    cr_expect(epsilon_eq(dbl, o[1].belief, 0.0264, 5e-5));
    cr_expect(epsilon_eq(dbl, o[2].belief, 0.0153, 5e-5));
    cpsf_vouches_clear(&v);
}

/* Party 2 of whom only evil is heard, 3 whom only 2 knows; 4 and 5 hold each other up out of
 * nothing. */
Test(ebsl, whom_nothing_reaches)
{
    TestVouch said = {.is_root = {TRUE}};
    CpsfOpinion o[TEST_VOUCH_MAX];

    say(&said, 1, 2, 0, 6);
    say(&said, 2, 3, 100, 0);
    say(&said, 4, 5, 100, 0);
    say(&said, 5, 4, 100, 0);
    ask(&said, &by_belief, o);
    EXPECT_OPINION(o[0], 1, 0, 0, 0);
    EXPECT_OPINION(o[1], 0, 0.75, 0.25, 0);
    for (int j = 2; j < 5; j++)
        EXPECT_OPINION(o[j], 0, 0, 1, 0);
}

static void
say_for_sure(TestVouch *self, int from, int to, double belief)
{
    say(self, from, to, belief, 1 - belief);
    self->is_dogmatic[from - 1][to - 1] = TRUE;
}

/* Two roots, sure of the opposite; 4 is known by 3, who is half believed, and by a root. */
Test(ebsl, evidence_without_limit_outweighs)
{
    TestVouch said = {.is_root = {TRUE, TRUE}};
    TestVouch nearly;
    CpsfOpinion o[TEST_VOUCH_MAX], limit[TEST_VOUCH_MAX];

    say_for_sure(&said, 1, 3, 1);
    say_for_sure(&said, 2, 3, 0);
    say_for_sure(&said, 3, 4, 1);
    say_for_sure(&said, 1, 4, 0.1);
    say(&said, 2, 4, 0, 1e9);
    ask(&said, &by_belief, o);
    EXPECT_OPINION(o[2], 0.5, 0.5, 0, 0);
    EXPECT_OPINION(o[3], 0.6 / 1.5, 0.9 / 1.5, 0, 1e-15);

    /* what it tends to as uncertainty does to 0 */
    nearly = said;
    for (int k = 0; k < 4; k++)
        for (int j = 0; j < 4; j++)
            if (said.is_dogmatic[k][j]) {
                nearly.is_dogmatic[k][j] = FALSE;
                nearly.positive[k][j] *= 1e17;
                nearly.negative[k][j] *= 1e17;
            }
    ask(&nearly, &by_belief, limit);
    for (int j = 0; j < 4; j++)
        EXPECT_OPINION(limit[j], o[j].belief, o[j].disbelief, o[j].uncertainty, 1e-7);
}

/* 2 answers for 3, who is sure that 2 is not to be believed: there is no answer, and none is
 * given. */
Test(ebsl, a_paradox_is_refused)
{
    TestVouch said = {.is_root = {TRUE}};
    g_autoptr(GError) error = NULL;
    CpsfOpinion o[TEST_VOUCH_MAX];
    CpsfFixedPoint info;

    say(&said, 1, 2, 1, 0);
    say(&said, 2, 3, 6, 0);
    say_for_sure(&said, 3, 2, 0);
    CpsfVouches v = test_vouch_index(&said);

    cr_expect(cpsf_ebsl_solve(&v, &by_belief, o, &info, &error) == FALSE);
    cr_assert(error != NULL);
    cr_expect(error->code == CPSF_ERROR_NOT_CONVERGED);
    cpsf_vouches_clear(&v);
}

/* 2 x 2,000 random networks with circles, against the plain solution: within the bound where there
 * is one (and a rounding of sums of at most 12), and a solution in any case. */
Test(ebsl, agrees_with_the_oracle)
{
    int n_circles = 0;
    int n_bounds = 0;

    for (uint64_t seed = 0; seed < 4000; seed++) {
        const CpsfEbslOptions *options = seed % 2 == 0 ? &by_belief : &by_root;
        const TestVouch said = test_vouch_draw(seed, 2 + (int) (seed % 11), 2 + (int) (seed % 4),
                                               seed % 3 == 0 ? 0 : 25);
        CpsfVouches v = test_vouch_index(&said);
        CpsfOpinion o[TEST_VOUCH_MAX], theirs[TEST_VOUCH_MAX];
        const CpsfFixedPoint info = ask(&said, options, o);

        cr_assert(test_vouch_ebsl_off(&v, options->discount, o) < 2e-14, "seed %d", (int) seed);
        cr_assert(options == &by_belief || !isnan(info.error), "seed %d", (int) seed);
        n_circles += info.sweeps > 1;
        if (!isnan(info.error)) {
            n_bounds += info.sweeps > 1;
            cr_assert(info.error < 1e-10);
            cr_assert(test_vouch_ebsl(&said, options->discount, theirs) < 1e-17L);
            for (int j = 0; j < said.n; j++) {
                cr_assert(epsilon_eq(dbl, o[j].belief, theirs[j].belief, info.error + 1e-14));
                cr_assert(epsilon_eq(dbl, o[j].disbelief, theirs[j].disbelief, info.error + 1e-14));
                cr_assert(
                    epsilon_eq(dbl, o[j].belief + o[j].disbelief + o[j].uncertainty, 1, 1e-15));
            }
        }
        cpsf_vouches_clear(&v);
    }
    cr_expect(n_circles > 2000);
    cr_expect(n_bounds > 1000);
}

/* Stopped long before rest, errors that matter are within the bound, also behind a loose circle; and
 * the bound is not idle: 2,000 random networks of two knots, one behind the other. */
Test(ebsl, bounds_hold_before_rest)
{
    int n_bounds = 0;
    int n_sharp = 0;

    for (uint64_t seed = 0; seed < 2000; seed++) {
        const CpsfEbslOptions options = {
            .discount = seed % 2 == 0 ? CPSF_EBSL_BELIEF : CPSF_EBSL_SQRT_BELIEF,
            .rest = seed % 3 == 0 ? 1e-2 : 1e-4,
        };
        TestVouch said = test_vouch_draw(seed, 12, 3, 10);
        CpsfOpinion o[TEST_VOUCH_MAX], theirs[TEST_VOUCH_MAX];
        double off = 0;

        for (int k = 6; k < 12; k++)
            for (int j = 0; j < 6; j++)
                said.positive[k][j] = said.negative[k][j] = 0;
        said.is_root[1] = FALSE;

        const CpsfFixedPoint info = ask(&said, &options, o);

        if (isnan(info.error))
            continue;
        test_vouch_ebsl(&said, options.discount, theirs);
        for (int j = 0; j < said.n; j++) {
            off = MAX(off, fabs(o[j].belief - theirs[j].belief));
            off = MAX(off, fabs(o[j].disbelief - theirs[j].disbelief));
        }
        cr_assert(off <= info.error + 1e-14, "seed %d: %g, not %g", (int) seed, off, info.error);
        n_bounds++;
        n_sharp += off > 1e-9 && info.error < 100 * off;
    }
    cr_expect(n_bounds > 1000, "%d", n_bounds);
    cr_expect(n_sharp > 500, "%d", n_sharp);
}

/* Errors of a circle in which nobody is much believed, stopped early, show most in the party at the
 * end of the chain, which is believed by half. */
Test(ebsl, bounds_hold_at_the_end_of_a_chain)
{
    const CpsfEbslOptions options = {.rest = 1e-4};
    TestVouch said = {.is_root = {TRUE}};
    CpsfOpinion o[TEST_VOUCH_MAX], exact[TEST_VOUCH_MAX];

    say(&said, 1, 2, 0.001, 0);
    say(&said, 2, 3, 1.9, 0);
    say(&said, 3, 2, 1.9, 0);
    say(&said, 3, 4, 2, 0);
    say(&said, 4, 5, 2, 0);
    say(&said, 5, 6, 500, 0);
    ask(&said, &by_belief, exact);

    const CpsfFixedPoint info = ask(&said, &options, o);

    cr_expect(fabs(o[5].belief - exact[5].belief) > 10 * fabs(o[4].belief - exact[4].belief));
    cr_expect(fabs(o[5].belief - exact[5].belief) > 1e-5);
    cr_expect(fabs(o[5].belief - exact[5].belief) <= info.error);
}

/* A ring of 20,000, numbered against the way evidence flows: not one sweep for each. */
Test(ebsl, a_long_ring)
{
    enum { N = 20000 };
    g_autofree int64_t *offsets = g_new0(int64_t, N + 1);
    g_autofree int32_t *heads = g_new0(int32_t, N);
    g_autofree double *positive = g_new0(double, N);
    g_autofree double *negative = g_new0(double, N);
    g_autofree uint8_t *flags = g_new0(uint8_t, 2 * N);
    g_autofree CpsfOpinion *o = g_new0(CpsfOpinion, N);
    const CpsfVouches v = {
        .in = {N, 0, offsets, heads},
        .positive = positive,
        .negative = negative,
        .is_dogmatic = flags,
        .is_root = flags + N,
        .n_roots = 1,
    };
    CpsfVouches filled = v;
    CpsfFixedPoint info;

    /* 0 is the root and knows N - 1, N - 1 knows N - 2, … 1 knows N - 1 */
    flags[N] = 1;
    for (int32_t j = 1; j < N; j++) {
        offsets[j] = filled.in.m;
        if (j == N - 1) {
            positive[filled.in.m] = 6;
            heads[filled.in.m++] = 0;
        }
        positive[filled.in.m] = 6;
        heads[filled.in.m++] = j == N - 1 ? 1 : j + 1;
    }
    offsets[N] = filled.in.m;
    cr_assert(cpsf_ebsl_solve(&filled, &by_belief, o, &info, NULL));
    cr_expect(info.sweeps < 100, "%d", info.sweeps);
    cr_expect(o[1].belief > 0.6);
    cr_expect(info.error < 1e-12);
    cr_expect(test_vouch_ebsl_off(&filled, CPSF_EBSL_BELIEF, o) < 1e-14);
}

/* While nobody speaks against anybody: more evidence lowers no belief (2,000 pairs). */
Test(ebsl, more_evidence_lowers_nothing)
{
    for (uint64_t seed = 0; seed < 2000; seed++) {
        const CpsfEbslOptions *options = seed % 2 == 0 ? &by_belief : &by_root;
        TestVouch said = test_vouch_draw(seed, 8, 4, 0);
        CpsfOpinion before[TEST_VOUCH_MAX], after[TEST_VOUCH_MAX];
        uint64_t r = seed;
        const int k = (int) test_random_below(&r, 8);
        const int j = (k + 1 + (int) test_random_below(&r, 7)) % 8;

        ask(&said, options, before);
        said.positive[k][j] += 3;
        ask(&said, options, after);
        for (int v = 0; v < 8; v++)
            cr_assert(after[v].belief >= before[v].belief - 1e-13, "seed %d", (int) seed);
    }
}

/* Other numbers for the same parties: the same opinions, but for rounding. */
Test(ebsl, numbers_mean_nothing)
{
    for (uint64_t seed = 0; seed < 500; seed++) {
        const TestVouch said = test_vouch_draw(seed, 9, 3, 15);
        TestVouch turned = {.n = 9};
        CpsfOpinion a[TEST_VOUCH_MAX], b[TEST_VOUCH_MAX];

        for (int k = 0; k < 9; k++) {
            turned.is_root[k * 4 % 9] = said.is_root[k];
            for (int j = 0; j < 9; j++) {
                turned.positive[k * 4 % 9][j * 4 % 9] = said.positive[k][j];
                turned.negative[k * 4 % 9][j * 4 % 9] = said.negative[k][j];
            }
        }
        const CpsfFixedPoint info = ask(&said, &by_belief, a);

        ask(&turned, &by_belief, b);
        for (int k = 0; k < 9 && !isnan(info.error); k++)
            cr_assert(epsilon_eq(dbl, a[k].belief, b[k * 4 % 9].belief, 1e-12), "seed %d",
                      (int) seed);
    }
}

/* What is said elsewhere changes nothing, bit for bit; nor does asking again. */
Test(ebsl, a_disjoint_network_changes_nothing)
{
    for (uint64_t seed = 0; seed < 500; seed++) {
        const TestVouch said = test_vouch_draw(seed, 9, 3, 15);
        const TestVouch other = test_vouch_draw(seed + 10000, 9, 3, 15);
        TestVouch both = said;
        CpsfOpinion a[TEST_VOUCH_MAX], b[TEST_VOUCH_MAX];

        both.n = 18;
        for (int k = 0; k < 9; k++)
            for (int j = 0; j < 9; j++) {
                both.positive[9 + k][9 + j] = other.positive[k][j];
                both.negative[9 + k][9 + j] = other.negative[k][j];
            }
        ask(&said, &by_belief, a);
        ask(&both, &by_belief, b);
        cr_assert(memcmp(a, b, 9 * sizeof *a) == 0, "seed %d", (int) seed);
        ask(&both, &by_belief, a);
        cr_assert(memcmp(a, b, 18 * sizeof *a) == 0, "seed %d", (int) seed);
    }
}

/* A bow tie with a circle of half of the parties. */
Test(ebsl, a_large_knot)
{
    CpsfVouches v = test_vouch_large(5000, 50000, TRUE, 1);
    g_autofree CpsfOpinion *o = g_new(CpsfOpinion, 5000);
    CpsfFixedPoint info;

    cr_assert(cpsf_ebsl_solve(&v, &by_belief, o, &info, NULL));
    cr_expect(info.error < 1e-9);
    cr_expect(test_vouch_ebsl_off(&v, CPSF_EBSL_BELIEF, o) < 1e-13);
    cpsf_vouches_clear(&v);
}

Test(ebsl, rejects)
{
    const TestVouch said = oscillating();
    g_autoptr(GCancellable) cancellable = g_cancellable_new();
    CpsfEbslOptions options = {.max_sweeps = 2};
    CpsfVouches v = test_vouch_index(&said);
    CpsfOpinion o[TEST_VOUCH_MAX];
    CpsfFixedPoint info;
    GError *error = NULL;

    cr_expect(cpsf_ebsl_solve(&v, &options, o, &info, &error) == FALSE);
    cr_assert(error != NULL);
    cr_expect(error->code == CPSF_ERROR_NOT_CONVERGED);
    cr_expect(info.sweeps == 2);
    g_clear_error(&error);
    g_cancellable_cancel(cancellable);
    options.cancellable = cancellable;
    cr_expect(cpsf_ebsl_solve(&v, &options, o, &info, &error) == FALSE);
    cr_assert(error != NULL);
    cr_expect(error->code == CPSF_ERROR_CANCELLED);
    g_clear_error(&error);
    cpsf_vouches_clear(&v);
}

/* On a network with circles. */
Test(ebsl, survives_every_allocation_failure)
{
    const TestVouch said = test_vouch_draw(3, 10, 3, 10);
    CpsfVouches v = test_vouch_index(&said);
    CpsfOpinion o[TEST_VOUCH_MAX];
    CpsfFixedPoint info;
    gboolean is_done = FALSE;
    int failures = 0;

    for (int64_t n = 0; !is_done; n++) {
        g_autoptr(GError) error = NULL;

        cpsf_mem_fail_after(n);
        is_done = cpsf_ebsl_solve(&v, &by_belief, o, &info, &error);
        cpsf_mem_fail_after(-1);
        failures += !is_done;
        if (!is_done)
            cr_assert(error->code == CPSF_ERROR_NO_MEMORY);
    }
    cr_expect(failures >= 10);
    cpsf_vouches_clear(&v);
}
