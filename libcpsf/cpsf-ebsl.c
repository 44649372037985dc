/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Trust by EBSL: cpsf-vouch.c says what the evidence is, cpsf-ebsl-flow.c what it comes to. */

#include "config.h"

#include "cpsf-trust-private.h"
#include "cpsf-vouch-private.h"

static gboolean
solve_snapshot(const CpsfAnchors *anchors,
               const CpsfTrustOptions *options,
               const CpsfVouches *vouches,
               CpsfOpinion *opinions,
               CpsfTrustReport *report,
               GError **error)
{
    const CpsfGraph *graph = anchors->snapshot->graph;
    const CpsfEbslOptions ebsl = {
        .discount = CPSF_EBSL_BELIEF,
        .cancellable = options->cancellable,
    };
    CpsfFixedPoint info;
    const gboolean is_done = cpsf_ebsl_solve(vouches, &ebsl, opinions, &info, error);

    report->iterations = info.sweeps;
    report->residual = info.residual;
    report->error_bound = info.error;
    if (!is_done && info.restless != CPSF_NODE_NONE)
        g_prefix_error(error, "%s and who vouches for it: ",
                       cpsf_strtab_get(graph->strings, graph->key[info.restless]));
    return is_done;
}

static gboolean
fill_figures(const CpsfAnchors *anchors,
             const CpsfTrustOptions *options,
             const CpsfVouches *vouches,
             CpsfTrustFigures *figures,
             CpsfTrustReport *report,
             GError **error)
{
    const int32_t n = vouches->in.n;
    g_autofree CpsfOpinion *opinions = cpsf_try_new(CpsfOpinion, (size_t) n, error);

    if (opinions == NULL || !cpsf_vouches_check_roots(vouches, error) ||
        !solve_snapshot(anchors, options, vouches, opinions, report, error))
        return FALSE;
    for (int32_t v = 0; v < n; v++) {
        figures->belief[v] = opinions[v].belief;
        figures->disbelief[v] = opinions[v].disbelief;
        figures->expected[v] = opinions[v].belief + opinions[v].uncertainty / 2;
    }
    return TRUE;
}

/*
 * cpsf_trust_by_ebsl:
 * @anchors: what is asked about
 * @options: layer and cancellable count
 * @figures: (out): opinions of the roots of the policy together; expected = belief +
 *   uncertainty / 2
 * @report: (out): iterations of the circle that took most; residual, the largest change of g in
 *   the last whole step, as a share of it; error_bound of belief and disbelief, besides rounding;
 *   NaN where a party in a circle is more distrusted than trusted, or nearly so
 * @error: return location for a [type@GLib.Error], or %NULL
 *
 * Trusts each node by the evidence that flows to it along `vouches` from the roots of the policy,
 * which are trusted fully: evidence-based subjective logic with c = 2 and g = belief: whoever is
 * believed by half passes on half of the evidence that he gives.  What an edge carries is in
 * cpsf-vouch.c.  Whom nothing reaches is (0, 0, 1).  With a layer, only items and opinions of that
 * layer count besides the word of those that vouch.
 *
 * Cost: O(nodes + edges) and, for each circle, its edges for every sweep, at most 20,000.
 *
 * Source: B. Skoric, S. de Hoogh, N. Zannone, "Flow-based reputation with uncertainty:
 * evidence-based subjective logic", Int. J. Inf. Secur. 15 (2016), 381-402.
 *
 * Returns: %TRUE; %FALSE with %CPSF_ERROR_NOT_FOUND if no root of the policy is a node,
 *   %CPSF_ERROR_NOT_CONVERGED if a circle does not come to rest, with steps of 1/64 neither,
 *   %CPSF_ERROR_NO_MEMORY, %CPSF_ERROR_CANCELLED, or %CPSF_ERROR_LIMIT beyond 2^31 - 2 nodes
 */
gboolean
cpsf_trust_by_ebsl(const CpsfAnchors *anchors,
                   const CpsfTrustOptions *options,
                   CpsfTrustFigures *figures,
                   CpsfTrustReport *report,
                   GError **error)
{
    CpsfVouches vouches = {0};
    const gboolean is_done =
        cpsf_trust_figures_init(figures, anchors->snapshot->graph->n_nodes, error) &&
        cpsf_vouches_init(&vouches, anchors, options->layer, error) &&
        fill_figures(anchors, options, &vouches, figures, report, error);

    cpsf_vouches_clear(&vouches);
    return is_done;
}
