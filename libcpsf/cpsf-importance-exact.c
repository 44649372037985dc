/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Importance by enumeration.  What a node fails with by itself is independent of all else, so that in
 * either plane the target fails with P0 + q (P1 - P0), q being the node's chance to fail by itself and
 * P0, P1 the chance of the target if it surely works and surely fails (Birnbaum 1969).  An anchor
 * decides about q alone.
 */

#include "config.h"

#include "cpsf-importance-private.h"

#include "cpsf-mem-private.h"

#define WORKS ((CpsfOpinion){1.0, 0.0, 0.0})
#define FAILS ((CpsfOpinion){0.0, 1.0, 0.0})

typedef struct {
    const CpsfTarget *target;
    CpsfWorldsOptions how;
    CpsfOpinion *own;     /* as they are, but for a node that is forced */
    CpsfOpinion *perfect; /* (owned) everything works, but for it */
} Enumerator;

/* The chance that the target fails, in both planes. */
static gboolean
ask(const Enumerator *self, const CpsfOpinion *own, double *failure, GError **error)
{
    CpsfWorldsExact exact;
    const gboolean is_done =
        cpsf_worlds_enumerate(self->target->part, own, &self->how, &exact, error);

    for (int plane = 0; is_done && plane < 2; plane++)
        failure[plane] = exact.probability[plane][self->target->vertex];
    cpsf_worlds_exact_clear(&exact);
    return is_done;
}

/* The same with @node forced. */
static gboolean
ask_forced(const Enumerator *self,
           CpsfOpinion *own,
           int32_t node,
           CpsfOpinion forced,
           double *failure,
           GError **error)
{
    const CpsfOpinion kept = own[node];

    own[node] = forced;

    const gboolean is_done = ask(self, own, failure, error);

    own[node] = kept;
    return is_done;
}

static gboolean
weigh(const Enumerator *self,
      CpsfImportance *importance,
      const CpsfPuller *puller,
      const double *perfect,
      GError **error)
{
    double works[2];
    double fails[2];
    double alone[2];

    if (!ask_forced(self, self->own, puller->node, WORKS, works, error) ||
        !ask_forced(self, self->own, puller->node, FAILS, fails, error) ||
        !ask_forced(self, self->perfect, puller->node, FAILS, alone, error))
        return FALSE;
    for (int64_t i = puller->first; i < puller->end; i++) {
        CpsfPull *pull = &importance->pulls.items[i];
        const CpsfOpinion *own = &self->own[puller->node];

        pull->method = CPSF_PULL_EXACT;
        for (int plane = 0; plane < 2; plane++) {
            const double birnbaum = MAX(fails[plane] - works[plane], 0.0);
            const double rest = cpsf_opinion_fails(&pull->rest, plane);

            pull->gain += 0.5 * MAX(cpsf_opinion_fails(own, plane) - rest, 0.0) * birnbaum;
            pull->importance += 0.5 * (1.0 - rest) * birnbaum;
            pull->alone += 0.5 * cpsf_opinion_fails(&pull->only, plane) *
                           MAX(alone[plane] - perfect[plane], 0.0);
        }
    }
    return TRUE;
}

static gboolean
weigh_all(const Enumerator *self, CpsfImportance *importance, GError **error)
{
    double as_it_is[2];
    double perfect[2];

    /* whether all of it can be counted out is seen at once */
    if (!ask(self, self->own, as_it_is, error) || !ask(self, self->perfect, perfect, error))
        return FALSE;
    for (int64_t i = 0; i < importance->pullers.n; i++)
        if (!weigh(self, importance, &importance->pullers.items[i], perfect, error))
            return FALSE;
    for (int64_t i = 0; i < importance->pulls.n; i++)
        importance->pulls.items[i].method = CPSF_PULL_EXACT;
    return TRUE;
}

gboolean
cpsf_importance_enumerate(CpsfImportance *self, const CpsfTrustOptions *options, GError **error)
{
    const CpsfTarget *target = self->target;
    const int32_t n = target->anchors->snapshot->graph->n_nodes;
    int32_t vertex = target->vertex;
    const CpsfVertexSet asked = {&vertex, 1};
    g_autofree CpsfOpinion *own = cpsf_try_new(CpsfOpinion, (size_t) n, error);
    g_autofree CpsfOpinion *perfect = NULL;

    if (own == NULL || (perfect = cpsf_try_new(CpsfOpinion, (size_t) n, error)) == NULL)
        return FALSE;
    for (int32_t v = 0; v < n; v++) {
        own[v] = target->own[self->layer][v];
        perfect[v] = WORKS;
    }

    const Enumerator enumerator = {
        .target = target,
        .how = {.asked = &asked,
                .cancellable = options->cancellable,
                .progress = options->progress,
                .progress_data = options->progress_data},
        .own = own,
        .perfect = perfect,
    };

    return weigh_all(&enumerator, self, error);
}
