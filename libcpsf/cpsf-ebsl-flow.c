/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * EBSL: what a party is thought of is the evidence that others give of it, each multiplied by how
 * far he is trusted himself (B. Skoric, S. de Hoogh, N. Zannone, "Flow-based reputation with
 * uncertainty: evidence-based subjective logic", Int. J. Inf. Secur. 15 (2016)).  For an observer,
 * here the roots of a policy together, and evidence A_kj = (p, n) of k about j:
 *
 *     R_j = (+)_k g(R_k) A_kj,   opinion of R_j = (p, n, c) / (p + n + c),   c = 2,
 *
 * where (+) adds up evidence, and g = 1 for a root.  The equation is solved from nothing upward:
 * from elsewhere a ring of parties who vouch for each other can hold itself up.
 *
 * Only parties that positive evidence reaches matter to others.  They are taken circle by circle;
 * one that is in no circle takes one step.  Within a circle the weights g(R_k) are swept until they
 * rest.  In ln g a sweep contracts, in the largest change of any, by
 *
 *     max_j 1 - b_j + d_j with g = b, and half of that with g = sqrt b,
 *
 * less what comes from outside the circle: always with sqrt b, and with b while no party is more
 * distrusted than trusted.  Where plain sweeps go round in a cycle, steps in ln g are halved.
 *
 * Read from the end: solve(), settle(), iterate(), sweep(), gather(); and bound_circle().
 */

#include "config.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "cpsf-vouch-private.h"

#define CONSTANT 2.0       /* c: the evidence that uncertainty stands for */
#define MAX_SWEEPS 20000   /* of one circle */
#define MAX_HALVINGS 6     /* of the step: down to 1/64 */
#define WINDOW 32          /* sweeps between looks at whether they help */
#define WORTHWHILE 0.99    /* a window that brings the change down by less does not help */
#define SMALL_CHANGE 1e-14 /* of ln g: rest */
#define BOUND_ROUNDS 64    /* on the errors of a circle */
#define WELL_KNOWN 0.125   /* an error of ln g below which it says something */
#define CIRCLES_A_LOOK 4096

/* R_j, and c or, if evidence without limit is all that counts, 0. */
typedef struct {
    double positive, negative, constant;
} Evidence;

typedef struct {
    const CpsfVouches *given;
    const CpsfEbslOptions *options;
    CpsfOpinion *opinions;
    CpsfFixedPoint *info;
    int32_t *reached;    /* (owned) parties by distance from the roots, which are not among them */
    uint8_t *is_reached; /* (owned) */
    int32_t n_reached;
    CpsfCircles circles; /* of those reached; all others are by themselves */
    double *weight;      /* (owned) g of each party; 0 if no positive evidence reaches it */
    double *error;       /* (owned) bound of the error of ln weight; 1 if there is none */
    gboolean has_errors; /* some bound is above 0 */
} Solver;

static void
solver_clear(Solver *self)
{
    g_free(self->reached);
    g_free(self->is_reached);
    g_free(self->weight);
    g_free(self->error);
    cpsf_circles_clear(&self->circles);
}

/*
 * Who is reached, and in which order.
 */

typedef gboolean (*Keeps)(const Solver *self, int64_t e, int32_t about);

static gboolean
carries_trust(const Solver *self, int64_t e, int32_t about)
{
    return self->given->positive[e] > 0.0 && !self->given->is_root[about];
}

static gboolean
ties_reached(const Solver *self, int64_t e, int32_t about)
{
    return self->is_reached[about] && self->is_reached[self->given->in.heads[e]];
}

static gboolean
filter(const Solver *self, Keeps keeps, CpsfCsr *kept, GError **error)
{
    const CpsfCsr *all = &self->given->in;

    kept->n = all->n;
    kept->m = 0;
    kept->offsets = cpsf_try_new(int64_t, (size_t) all->n + 1, error);
    if (kept->offsets == NULL)
        return FALSE;
    kept->heads = cpsf_try_new(int32_t, (size_t) all->m, error);
    if (kept->heads == NULL)
        return FALSE;
    kept->offsets[0] = 0;
    for (int32_t j = 0; j < all->n; j++) {
        for (int64_t e = all->offsets[j]; e < all->offsets[j + 1]; e++)
            if (keeps(self, e, j))
                kept->heads[kept->m++] = all->heads[e];
        kept->offsets[j + 1] = kept->m;
    }
    return TRUE;
}

static void
reach_from(Solver *self, const CpsfCsr *out, int32_t v)
{
    for (int64_t e = out->offsets[v]; e < out->offsets[v + 1]; e++) {
        const int32_t j = out->heads[e];

        if (self->is_reached[j])
            continue;
        self->is_reached[j] = 1;
        self->reached[self->n_reached++] = j;
    }
}

/* Breadth first from all roots at once. */
static void
search(Solver *self, const CpsfCsr *out)
{
    for (int32_t v = 0; v < out->n; v++)
        if (self->given->is_root[v])
            reach_from(self, out, v);
    for (int32_t i = 0; i < self->n_reached; i++)
        reach_from(self, out, self->reached[i]);
}

static gboolean
find_reached(Solver *self, GError **error)
{
    CpsfCsr in = {0};
    CpsfCsr out = {0};
    const gboolean is_found =
        filter(self, carries_trust, &in, error) && cpsf_csr_transpose(&in, &out, NULL, error);

    if (is_found)
        search(self, &out);
    cpsf_csr_clear(&in);
    cpsf_csr_clear(&out);
    return is_found;
}

static gboolean
find_circles(Solver *self, GError **error)
{
    CpsfCsr in = {0};
    const gboolean is_found =
        filter(self, ties_reached, &in, error) && cpsf_circles_init(&self->circles, &in, error);

    cpsf_csr_clear(&in);
    return is_found;
}

/*
 * One step.
 */

/* R_j from the weights as they stand. */
static Evidence
gather(const Solver *self, int32_t j)
{
    const CpsfVouches *a = self->given;
    Evidence limited = {0.0, 0.0, CONSTANT};
    Evidence unlimited = {0.0, 0.0, 0.0};

    for (int64_t e = a->in.offsets[j]; e < a->in.offsets[j + 1]; e++) {
        const double weight = self->weight[a->in.heads[e]];

        if (a->is_dogmatic[e]) {
            unlimited.positive += weight * a->positive[e];
            unlimited.negative += weight * a->negative[e];
        } else {
            limited.positive += weight * a->positive[e];
            limited.negative += weight * a->negative[e];
        }
    }
    return unlimited.positive + unlimited.negative > 0.0 ? unlimited : limited;
}

/* Besides rounding, belief + disbelief + uncertainty = 1. */
static CpsfOpinion
opinion_of(Evidence r)
{
    const double all = r.positive + r.negative + r.constant;

    return (CpsfOpinion){r.positive / all, r.negative / all, r.constant / all};
}

/* g; below the least normal number there are no relative changes to go by, so that it is 0. */
static double
weight_of(const Solver *self, Evidence r)
{
    const double b = opinion_of(r).belief;
    const double g = self->options->discount == CPSF_EBSL_BELIEF ? b : sqrt(b);

    return g >= DBL_MIN ? g : 0.0;
}

/* At least |ln a - ln b|, and not much more if that is small. */
static double
distance(double a, double b)
{
    if (a == b)
        return 0.0;
    return a > 0.0 && b > 0.0 ? MAX(a, b) / MIN(a, b) - 1.0 : (double) INFINITY;
}

/* From @old towards @wanted by 2^-@halvings of the way in logarithms.  Square roots and not powers:
 * they round the same everywhere. */
static double
approach(double old, double wanted, int halvings)
{
    double ratio = wanted / old;

    if (!(old > 0.0 && wanted > 0.0) || halvings == 0)
        return wanted;
    for (int i = 0; i < halvings; i++)
        ratio = sqrt(ratio);
    return old * ratio;
}

/* Gauss-Seidel.  Returns the largest change that a whole step would have been. */
static double
sweep(Solver *self, const int32_t *members, int32_t n, int halvings)
{
    double largest = 0.0;

    for (int32_t i = 0; i < n; i++) {
        double *weight = &self->weight[members[i]];
        const double wanted = weight_of(self, gather(self, members[i]));

        largest = MAX(largest, distance(*weight, wanted));
        *weight = approach(*weight, wanted, halvings);
    }
    return largest;
}

/* Changes as small as this are rounding for all one can tell: sums of d terms waver by sqrt d. */
static double
small_change(const Solver *self, const int32_t *members, int32_t n)
{
    const int64_t *offsets = self->given->in.offsets;
    int64_t degree = 0;

    for (int32_t i = 0; i < n; i++)
        degree = MAX(degree, offsets[members[i] + 1] - offsets[members[i]]);
    return MAX(self->options->rest > 0.0 ? self->options->rest : SMALL_CHANGE,
               DBL_EPSILON * (16.0 + 2.0 * sqrt((double) degree)));
}

static gboolean
is_restless(Solver *self, int32_t member, int sweeps, GError **error)
{
    self->info->restless = member;
    self->info->sweeps = MAX(self->info->sweeps, sweeps);
    return cpsf_fail(error, CPSF_ERROR_NOT_CONVERGED,
                     "a circle of evidence does not come to rest within %d sweeps", sweeps);
}

/* Sweeps one circle until it rests.  A cycle shows as changes that no longer get smaller. */
static gboolean
iterate(Solver *self, const int32_t *members, int32_t n, GError **error)
{
    const int max_sweeps = self->options->max_sweeps > 0 ? self->options->max_sweeps : MAX_SWEEPS;
    const int max_halvings = self->options->never_damp ? 0 : MAX_HALVINGS;
    const double enough = small_change(self, members, n);
    double before = INFINITY; /* least change of the windows before */
    double recent = INFINITY; /* least change of this window */
    int halvings = 0;

    for (int s = 1; s <= max_sweeps; s++) {
        const double change = sweep(self, members, n, halvings);

        if (change <= enough) {
            self->info->sweeps = MAX(self->info->sweeps, s);
            self->info->halvings = MAX(self->info->halvings, halvings);
            return TRUE;
        }
        if (g_cancellable_is_cancelled(self->options->cancellable))
            return cpsf_fail(error, CPSF_ERROR_CANCELLED, "EBSL was cancelled");
        recent = MIN(recent, change);
        if (s % WINDOW != 0)
            continue;
        if (recent > WORTHWHILE * before && halvings < max_halvings) {
            halvings++;
            before = INFINITY;
        } else {
            before = MIN(before, recent);
        }
        recent = INFINITY;
    }
    return is_restless(self, members[0], max_sweeps, error);
}

/*
 * Bounds.  If ln g(R_k) is off by e_k, ln g(R_j) is off by at most
 *
 *     (M e)_j = h [(1 - b_j) sum_k share of k in p_j x e_k + d_j sum_k share of k in n_j x e_k],
 *
 * h = 1 with g = b and 1/2 with sqrt b, to first order.  Over all that may be so far off, each of
 * 1 - b, d and the shares is at most exp(2 max e) times what it is here, together exp(4 max e) <
 * 1 / (1 - 4 max e).
 */

/* (M e)_j with the factor that makes it hold, at most 1. */
static double
error_passed_on(const Solver *self, int32_t j)
{
    const CpsfVouches *a = self->given;
    const Evidence r = gather(self, j);
    const CpsfOpinion o = opinion_of(r);
    const double h = self->options->discount == CPSF_EBSL_BELIEF ? 1.0 : 0.5;
    double on_positive = 0.0;
    double on_negative = 0.0;
    double worst = 0.0;

    for (int64_t e = a->in.offsets[j]; e < a->in.offsets[j + 1]; e++) {
        const int32_t k = a->in.heads[e];

        if (a->is_dogmatic[e] != (r.constant == 0.0) || self->weight[k] == 0.0)
            continue;
        on_positive += self->weight[k] * a->positive[e] * self->error[k];
        on_negative += self->weight[k] * a->negative[e] * self->error[k];
        worst = MAX(worst, self->error[k]);
    }
    if (worst >= WELL_KNOWN)
        return 1.0;
    on_positive *= r.positive > 0.0 ? (1.0 - o.belief) / r.positive : 0.0;
    on_negative *= r.negative > 0.0 ? o.disbelief / r.negative : 0.0;
    return MIN(1.0, h * (on_positive + on_negative) / (1.0 - 4.0 * worst));
}

/* Whether errors twice as large as those in hand explain themselves: then whole steps lead from
 * anywhere within them to within them, and so there is a solution within them (Brouwer). */
static gboolean
confirm_errors(Solver *self, const int32_t *members, int32_t n, double change)
{
    gboolean is_confirmed = TRUE;

    for (int32_t i = 0; i < n; i++)
        self->error[members[i]] *= 2.0;
    for (int32_t i = 0; i < n && is_confirmed; i++) {
        const double error = self->error[members[i]];

        is_confirmed =
            self->weight[members[i]] == 0.0 || change + error_passed_on(self, members[i]) <= error;
    }
    for (int32_t i = 0; i < n && !is_confirmed; i++)
        self->error[members[i]] /= 2.0;
    return is_confirmed;
}

/* Errors of a circle whose weights change by at most @change in one whole step: the solution of e =
 * change + M e as far as it takes to confirm it, or 1 each, which says nothing. */
static void
bound_circle(Solver *self, const int32_t *members, int32_t n, double change)
{
    int next_look = 1;

    for (int round = 1; round <= BOUND_ROUNDS; round++) {
        for (int32_t i = 0; i < n; i++)
            if (self->weight[members[i]] > 0.0)
                self->error[members[i]] = change + error_passed_on(self, members[i]);
        if (round < next_look)
            continue;
        if (confirm_errors(self, members, n, change))
            return;
        next_look *= 2;
    }
    for (int32_t i = 0; i < n; i++)
        if (self->weight[members[i]] > 0.0)
            self->error[members[i]] = 1.0;
}

/* How far belief or disbelief may be off if all evidence may be by @error in logarithms. */
static double
spread_of(Evidence r, double error)
{
    const double more = 1.0 / (1.0 - error); /* > exp(error) */
    const double p = r.positive;
    const double n = r.negative;
    const double c = r.constant;
    const CpsfOpinion o = opinion_of(r);
    double spread = 0.0;

    if (p > 0.0) {
        spread = MAX(spread, p * more / (p * more + n / more + c) - o.belief);
        spread = MAX(spread, o.belief - p / more / (p / more + n * more + c));
    }
    if (n > 0.0) {
        spread = MAX(spread, n * more / (n * more + p / more + c) - o.disbelief);
        spread = MAX(spread, o.disbelief - n / more / (n / more + p * more + c));
    }
    return spread;
}

/* The opinion of a party whose evidence has come to rest, and how far it may be off. */
static void
conclude(Solver *self, int32_t j)
{
    const CpsfVouches *a = self->given;
    const Evidence r = gather(self, j);
    double worst = 0.0;

    self->opinions[j] = opinion_of(r);
    if (!self->has_errors)
        return;
    for (int64_t e = a->in.offsets[j]; e < a->in.offsets[j + 1]; e++)
        if (self->weight[a->in.heads[e]] > 0.0)
            worst = MAX(worst, self->error[a->in.heads[e]]);
    self->info->error =
        worst < WELL_KNOWN ? MAX(self->info->error, spread_of(r, worst)) : (double) INFINITY;
}

static double
whole_step(const Solver *self, const int32_t *members, int32_t n)
{
    double change = 0.0;

    for (int32_t i = 0; i < n; i++)
        change = MAX(change,
                     distance(self->weight[members[i]], weight_of(self, gather(self, members[i]))));
    return change;
}

/* Weights and opinions of one circle. */
static gboolean
settle_circle(Solver *self, const int32_t *members, int32_t n, GError **error)
{
    if (!iterate(self, members, n, error))
        return FALSE;

    const double change = whole_step(self, members, n);

    self->info->residual = MAX(self->info->residual, change);
    self->has_errors = TRUE;
    bound_circle(self, members, n, MAX(change, DBL_EPSILON));
    for (int32_t i = 0; i < n; i++)
        conclude(self, members[i]);
    return TRUE;
}

static void
settle_party(Solver *self, int32_t j)
{
    self->weight[j] = weight_of(self, gather(self, j));
    if (self->has_errors)
        self->error[j] = error_passed_on(self, j);
    conclude(self, j);
}

static gboolean
settle_all(Solver *self, GError **error)
{
    const CpsfCircles *circles = &self->circles;

    for (int32_t k = 0; k < circles->n; k++) {
        const int32_t *members = circles->members + circles->start[k];
        const int32_t n = circles->start[k + 1] - circles->start[k];

        if (k % CIRCLES_A_LOOK == 0 && g_cancellable_is_cancelled(self->options->cancellable))
            return cpsf_fail(error, CPSF_ERROR_CANCELLED, "EBSL was cancelled");
        if (!self->is_reached[members[0]])
            continue;
        if (n == 1)
            settle_party(self, members[0]);
        else if (!settle_circle(self, members, n, error))
            return FALSE;
    }
    return TRUE;
}

/* One sweep over everybody, nearest to the roots first, so that whoever is reached has some weight:
 * in another order that could take as many sweeps as a circle has members. */
static void
seed(Solver *self)
{
    for (int32_t i = 0; i < self->n_reached; i++)
        self->weight[self->reached[i]] = weight_of(self, gather(self, self->reached[i]));
}

static gboolean
solve(Solver *self, GError **error)
{
    const int32_t n = self->given->in.n;

    if ((self->reached = cpsf_try_new(int32_t, (size_t) n, error)) == NULL ||
        (self->is_reached = cpsf_try_new0(uint8_t, (size_t) n, error)) == NULL ||
        (self->weight = cpsf_try_new0(double, (size_t) n, error)) == NULL ||
        (self->error = cpsf_try_new0(double, (size_t) n, error)) == NULL ||
        !find_reached(self, error) || !find_circles(self, error))
        return FALSE;
    for (int32_t j = 0; j < n; j++)
        if (self->given->is_root[j]) {
            self->weight[j] = 1.0;
            self->opinions[j] = (CpsfOpinion){1.0, 0.0, 0.0};
        }
    if (self->circles.n < n)
        seed(self);
    if (!settle_all(self, error))
        return FALSE;
    /* those of whom at most evil is heard, and who carry nothing on */
    for (int32_t j = 0; j < n; j++)
        if (!self->given->is_root[j] && !self->is_reached[j])
            conclude(self, j);
    if (!isfinite(self->info->error))
        self->info->error = NAN;
    return TRUE;
}

gboolean
cpsf_ebsl_solve(const CpsfVouches *evidence,
                const CpsfEbslOptions *options,
                CpsfOpinion *opinions,
                CpsfFixedPoint *info,
                GError **error)
{
    Solver solver = {.given = evidence, .options = options, .opinions = opinions, .info = info};

    *info = (CpsfFixedPoint){.sweeps = 1, .restless = CPSF_NODE_NONE};

    const gboolean is_done = solve(&solver, error);

    solver_clear(&solver);
    return is_done;
}
