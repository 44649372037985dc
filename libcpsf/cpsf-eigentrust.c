/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * EigenTrust: the share of trust that ends up with each party if everybody hands his on to those
 * that he speaks well of (S. Kamvar, M. Schlosser, H. Garcia-Molina, "The EigenTrust Algorithm for
 * Reputation Management in P2P Networks", WWW 2003).  With s_ij = max(evidence for - against, 0),
 * c_ij = s_ij / sum_j s_ij, prior trust p and restart a,
 *
 *     t = (1 - a) C' t + a p,
 *
 * where the row of a party who speaks well of nobody is p.  Such rows only hand trust back to where
 * it begins, which stretches t and does not turn it.  So they stay empty here, and
 *
 *     y = (1 - a) C' y + p,   t = y / sum y,
 *
 * is solved circle by circle: who is in no circle takes one step.
 *
 * Bound: a sweep contracts by 1 - a in the sum of absolute values, so that a circle is off by at
 * most (1 - a) / a times its last change, and so is all that follows from it; that adds up over the
 * circles, and dividing by sum y >= 1 at most doubles it.
 */

#include "config.h"

#include <math.h>

#include "cpsf-trust-private.h"
#include "cpsf-vouch-private.h"

/* Of the model: so that half of all trust stays within one step of the roots. */
#define RESTART 0.5

#define ERROR 1e-12  /* bound of the sum of errors, besides rounding */
#define LEAST 1e-150 /* praise */
#define MAX_SWEEPS 100000
#define CIRCLES_A_LOOK 4096

typedef struct {
    const CpsfVouches *given;
    const CpsfEigentrustOptions *options;
    const double *prior;
    double *y; /* n */
    CpsfFixedPoint *info;
    CpsfCircles circles;
    double *praise;       /* (owned) n: sum_j s_ij */
    double *flow;         /* (owned) n: (1 - a) y_i / sum_j s_ij */
    uint8_t *is_dogmatic; /* (owned) n: only evidence without limit counts of what i says */
} Solver;

static void
solver_clear(Solver *self)
{
    cpsf_circles_clear(&self->circles);
    g_free(self->praise);
    g_free(self->flow);
    g_free(self->is_dogmatic);
}

/* s_ij of an edge by itself; what is too little to divide by is nothing. */
static double
praise_of(const CpsfVouches *v, int64_t e)
{
    const double praise = v->positive[e] - v->negative[e];

    return praise > LEAST ? praise : 0.0;
}

/* s_ij beside what else i says: praise without limit outweighs all that has one. */
static double
praise_beside(const Solver *self, int64_t e)
{
    const CpsfVouches *v = self->given;

    return v->is_dogmatic[e] == self->is_dogmatic[v->in.heads[e]] ? praise_of(v, e) : 0.0;
}

/* Rows of C, without a division for each edge: sums, in ascending order of j. */
static void
sum_praise(Solver *self)
{
    const CpsfVouches *v = self->given;

    for (int64_t e = 0; e < v->in.m; e++)
        if (v->is_dogmatic[e] && praise_of(v, e) > 0.0)
            self->is_dogmatic[v->in.heads[e]] = 1;
    for (int64_t e = 0; e < v->in.m; e++)
        self->praise[v->in.heads[e]] += praise_beside(self, e);
}

/* y_j = p_j + (1 - a) sum_i c_ij y_i.  Returns the change. */
static double
step(Solver *self, int32_t j)
{
    const CpsfCsr *in = &self->given->in;
    const double old = self->y[j];
    double sum = 0.0;

    for (int64_t e = in->offsets[j]; e < in->offsets[j + 1]; e++)
        sum += praise_beside(self, e) * self->flow[in->heads[e]];
    self->y[j] = self->prior[j] + sum;
    if (self->praise[j] > 0.0)
        self->flow[j] = (1.0 - self->options->restart) * (self->y[j] / self->praise[j]);
    return fabs(self->y[j] - old);
}

/* Sweeps one circle, Gauss-Seidel, until the bound of its error is small beside its trust. */
static gboolean
iterate(Solver *self, const int32_t *members, int32_t n, GError **error)
{
    const double a = self->options->restart;
    const int max_sweeps = self->options->max_sweeps > 0 ? self->options->max_sweeps : MAX_SWEEPS;
    const double wanted = self->options->error > 0.0 ? self->options->error : ERROR;

    for (int s = 1; s <= max_sweeps; s++) {
        double change = 0.0;
        double mass = 0.0;

        for (int32_t i = 0; i < n; i++) {
            change += step(self, members[i]);
            mass += self->y[members[i]];
        }

        const double bound = (1.0 - a) / a * change;

        if (bound <= wanted / 2 * mass) {
            self->info->sweeps = MAX(self->info->sweeps, s);
            self->info->residual += change;
            self->info->error += bound;
            return TRUE;
        }
        if (g_cancellable_is_cancelled(self->options->cancellable))
            return cpsf_fail(error, CPSF_ERROR_CANCELLED, "EigenTrust was cancelled");
    }
    self->info->sweeps = max_sweeps;
    self->info->restless = members[0];
    return cpsf_fail(error, CPSF_ERROR_NOT_CONVERGED,
                     "a circle of trust does not come to rest within %d sweeps", max_sweeps);
}

static gboolean
settle_all(Solver *self, GError **error)
{
    const CpsfCircles *circles = &self->circles;

    for (int32_t k = 0; k < circles->n; k++) {
        const int32_t *members = circles->members + circles->start[k];
        const int32_t n = circles->start[k + 1] - circles->start[k];

        if (k % CIRCLES_A_LOOK == 0 && g_cancellable_is_cancelled(self->options->cancellable))
            return cpsf_fail(error, CPSF_ERROR_CANCELLED, "EigenTrust was cancelled");
        if (n == 1)
            step(self, members[0]);
        else if (!iterate(self, members, n, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean
solve(Solver *self, GError **error)
{
    const int32_t n = self->given->in.n;
    double sum = 0.0;

    if ((self->praise = cpsf_try_new0(double, (size_t) n, error)) == NULL ||
        (self->flow = cpsf_try_new0(double, (size_t) n, error)) == NULL ||
        (self->is_dogmatic = cpsf_try_new0(uint8_t, (size_t) n, error)) == NULL ||
        !cpsf_circles_init(&self->circles, &self->given->in, error))
        return FALSE;
    for (int32_t v = 0; v < n; v++)
        self->y[v] = 0.0;
    sum_praise(self);
    if (!settle_all(self, error))
        return FALSE;
    for (int32_t v = 0; v < n; v++)
        sum += self->y[v];
    for (int32_t v = 0; v < n; v++)
        self->y[v] /= sum;
    self->info->residual /= sum;
    self->info->error *= 2.0 / sum;
    return TRUE;
}

gboolean
cpsf_eigentrust_solve(const CpsfVouches *evidence,
                      const CpsfEigentrustOptions *options,
                      const double *prior,
                      double *trust,
                      CpsfFixedPoint *info,
                      GError **error)
{
    Solver solver = {
        .given = evidence,
        .options = options,
        .prior = prior,
        .y = trust,
        .info = info,
    };

    *info = (CpsfFixedPoint){.sweeps = 1, .restless = CPSF_NODE_NONE};

    const gboolean is_done = solve(&solver, error);

    solver_clear(&solver);
    return is_done;
}

static gboolean
solve_snapshot(const CpsfAnchors *anchors,
               const CpsfTrustOptions *options,
               const CpsfVouches *vouches,
               double *trust,
               CpsfTrustReport *report,
               GError **error)
{
    const CpsfGraph *graph = anchors->snapshot->graph;
    const CpsfEigentrustOptions eigentrust = {
        .restart = RESTART,
        .cancellable = options->cancellable,
    };
    g_autofree double *prior = cpsf_try_new(double, (size_t) graph->n_nodes, error);
    CpsfFixedPoint info;

    if (prior == NULL || !cpsf_vouches_check_roots(vouches, error))
        return FALSE;
    for (int32_t v = 0; v < graph->n_nodes; v++)
        prior[v] = vouches->is_root[v] ? 1.0 / vouches->n_roots : 0.0;

    const gboolean is_done =
        cpsf_eigentrust_solve(vouches, &eigentrust, prior, trust, &info, error);

    report->iterations = info.sweeps;
    report->residual = info.residual;
    report->error_bound = info.error;
    if (!is_done && info.restless != CPSF_NODE_NONE)
        g_prefix_error(error, "%s and who vouches for it: ",
                       cpsf_strtab_get(graph->strings, graph->key[info.restless]));
    return is_done;
}

/*
 * cpsf_trust_by_eigentrust:
 * @anchors: what is asked about
 * @options: layer and cancellable count
 * @figures: (out): expected, the share of trust of each node, at least 0, sums to 1; belief and
 *   disbelief are NaN, for the model knows neither
 * @report: (out): iterations of the circle that took most; residual, the sum of absolute changes
 *   in the last; error_bound of the sum of errors, at most 1e-12, besides rounding
 * @error: return location for a [type@GLib.Error], or %NULL
 *
 * Trusts each node by EigenTrust over the evidence that `vouches` carries (cpsf-vouch.c), restart
 * 1/2, prior trust shared alike among the roots of the policy that are nodes, and by nobody else:
 * a prior that is the same for all rewards whoever comes in numbers.  Trust that is handed to
 * nobody goes back to the roots.  Figures are shares of one whole: compare them with each other,
 * not with those of other graphs.
 *
 * Cost: O(nodes + edges) and, for each circle, its edges for every sweep, about 40 at most.
 *
 * Source: S. Kamvar, M. Schlosser, H. Garcia-Molina, "The EigenTrust Algorithm for Reputation
 * Management in P2P Networks", WWW 2003.
 *
 * Returns: %TRUE; %FALSE with %CPSF_ERROR_NOT_FOUND if no root of the policy is a node,
 *   %CPSF_ERROR_NOT_CONVERGED, %CPSF_ERROR_NO_MEMORY, %CPSF_ERROR_CANCELLED, or %CPSF_ERROR_LIMIT
 *   beyond 2^31 - 2 nodes
 */
gboolean
cpsf_trust_by_eigentrust(const CpsfAnchors *anchors,
                         const CpsfTrustOptions *options,
                         CpsfTrustFigures *figures,
                         CpsfTrustReport *report,
                         GError **error)
{
    const int32_t n = anchors->snapshot->graph->n_nodes;
    CpsfVouches vouches = {0};
    const gboolean is_done =
        cpsf_trust_figures_init(figures, n, error) &&
        cpsf_vouches_init(&vouches, anchors, options->layer, error) &&
        solve_snapshot(anchors, options, &vouches, figures->expected, report, error);

    for (int32_t v = 0; v < n && is_done; v++)
        figures->belief[v] = figures->disbelief[v] = NAN;
    cpsf_vouches_clear(&vouches);
    return is_done;
}
