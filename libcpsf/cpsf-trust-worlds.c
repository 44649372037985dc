/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Trust over possible worlds (docs/semantics.md, section 7): in plane 1 everything fails that is not
 * believed, in plane 2 only what is disbelieved, with the same chance bits.  What is never failing in
 * plane 1 is belief; what fails even in plane 2 is disbelief; between them is what nobody knows.
 */

#include "config.h"

#include "cpsf-mem-private.h"
#include "cpsf-opinion-private.h"
#include "cpsf-trust-private.h"
#include "cpsf-worlds-private.h"

void
cpsf_trust_figures_count(
    CpsfTrustFigures *self, int32_t node, int64_t worlds, int32_t failed_1, int32_t failed_2)
{
    const double n = (double) worlds;

    self->belief[node] = (double) (worlds - failed_1) / n;
    self->disbelief[node] = (double) failed_2 / n;
    self->expected[node] = 0.5 * ((double) (2 * worlds - failed_1 - failed_2) / n);
    self->stderr_of[node] = cpsf_worlds_stderr(worlds, failed_1, failed_2);
}

CpsfWorldsOptions
cpsf_trust_get_worlds_options(const CpsfTrustOptions *options)
{
    CpsfWorldsOptions how = {
        .worlds = options->worlds,
        .seed = options->seed,
        .target_stderr = options->target_stderr,
        .threads = options->threads,
        .cancellable = options->cancellable,
        .progress = options->progress,
        .progress_data = options->progress_data,
    };

    if (how.worlds == 0)
        how.worlds = options->target_stderr > 0.0 ? CPSF_WORLDS_MAX : CPSF_WORLDS_DEFAULT;
    return how;
}

/* One question, with what it needs. */
typedef struct {
    const CpsfAnchors *anchors;
    const CpsfTrustOptions *options;
    CpsfOpinion *own; /* (owned) n_nodes */
    CpsfWorldsPlan *plan;
    CpsfVertexSet asked; /* unless everything is asked about */
    CpsfWorldsOptions how;
} Question;

static void
question_clear(Question *self)
{
    g_free(self->own);
    g_clear_pointer(&self->plan, cpsf_worlds_plan_unref);
    cpsf_vertex_set_clear(&self->asked);
}

/* What the nodes asked about rely on is enough to answer. */
static gboolean
restrict_to(Question *self, const int32_t *nodes, int64_t n_nodes, GError **error)
{
    CpsfVertexSet among = {0};
    CpsfWorldsPlan *part = NULL;

    if (cpsf_worlds_vertices_of(self->plan, nodes, n_nodes, &among, error) &&
        cpsf_worlds_add_upstream(self->plan, &among, error))
        part = cpsf_worlds_plan_restrict(self->plan, &among, error);
    cpsf_vertex_set_clear(&among);
    if (part == NULL)
        return FALSE;
    cpsf_worlds_plan_unref(self->plan);
    self->plan = part;
    self->how.asked = &self->asked;
    return cpsf_worlds_vertices_of(part, nodes, n_nodes, &self->asked, error);
}

static gboolean
question_init(Question *self, const int32_t *nodes, int64_t n_nodes, GError **error)
{
    const CpsfTrustOptions *options = self->options;
    CpsfSnapshot *snapshot = self->anchors->snapshot;

    self->own = cpsf_try_new(CpsfOpinion, (size_t) snapshot->graph->n_nodes, error);
    if (self->own == NULL || !cpsf_opinions_own(self->anchors, options->layer, self->own, error))
        return FALSE;
    self->plan = cpsf_worlds_plan_new(snapshot, self->anchors->policy,
                                      options->method == CPSF_METHOD_EXACT, error);
    if (self->plan == NULL)
        return FALSE;
    self->how = cpsf_trust_get_worlds_options(options);
    return nodes == NULL || restrict_to(self, nodes, n_nodes, error);
}

static gboolean
by_counting_out(const Question *self,
                CpsfTrustFigures *figures,
                CpsfTrustReport *report,
                GError **error)
{
    const CpsfWorldsGraph *g = &self->plan->graph;
    CpsfWorldsExact exact;
    const gboolean is_done =
        cpsf_worlds_enumerate(self->plan, self->own, &self->how, &exact, error);

    for (int32_t i = 0; is_done && i < self->plan->n_members; i++) {
        const int32_t node = g->members[i];
        const int32_t v = g->vertex_of[node];

        figures->belief[node] = 1.0 - exact.probability[0][v];
        figures->disbelief[node] = MIN(exact.probability[1][v], exact.probability[0][v]);
        figures->expected[node] = 0.5 * (figures->belief[node] + 1.0 - figures->disbelief[node]);
    }
    report->outcomes = exact.outcomes;
    report->events = exact.events;
    cpsf_worlds_exact_clear(&exact);
    return is_done;
}

static gboolean
by_sampling(const Question *self,
            CpsfTrustFigures *figures,
            CpsfTrustReport *report,
            GError **error)
{
    const CpsfWorldsGraph *g = &self->plan->graph;
    CpsfWorldsFailures failures = {0};
    CpsfWorldsCounts counts = {0};
    const gboolean is_done = cpsf_worlds_failures_init(&failures, self->plan, self->own, error) &&
                             cpsf_worlds_run(self->plan, &failures, &self->how, &counts, error);

    for (int32_t i = 0; is_done && i < self->plan->n_members; i++) {
        const int32_t node = g->members[i];
        const int32_t failed_1 = counts.failed[0][g->vertex_of[node]];
        const int32_t failed_2 = counts.failed[1][g->vertex_of[node]];

        cpsf_trust_figures_count(figures, node, counts.worlds, failed_1, failed_2);
    }
    report->worlds = counts.worlds;
    cpsf_worlds_failures_clear(&failures);
    cpsf_worlds_counts_clear(&counts);
    return is_done;
}

gboolean
cpsf_trust_by_worlds(const CpsfAnchors *anchors,
                     const CpsfTrustOptions *options,
                     const int32_t *nodes,
                     int64_t n_nodes,
                     CpsfTrustFigures *figures,
                     CpsfTrustReport *report,
                     GError **error)
{
    Question question = {.anchors = anchors, .options = options};
    const gboolean is_done =
        cpsf_trust_figures_init(figures, anchors->snapshot->graph->n_nodes, error) &&
        question_init(&question, nodes, n_nodes, error) &&
        (options->method == CPSF_METHOD_EXACT ? by_counting_out(&question, figures, report, error)
                                              : by_sampling(&question, figures, report, error));

    question_clear(&question);
    return is_done;
}
