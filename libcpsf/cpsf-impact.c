/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What an incident does: options and incidents held against their ranges, a spread built, its worlds
 * followed, the answer written as a table. */

#include "config.h"

#include <math.h>
#include <string.h>

#include "cpsf-impact-private.h"
#include "cpsf-mem-private.h"
#include "cpsf-worlds-private.h"

enum { HORIZON_YEARS = 10000 };

static const int64_t horizon_max = HORIZON_YEARS * INT64_C(366) * CPSF_TIME_DAY;

void
cpsf_impact_nodes_clear(CpsfImpactNodes *self)
{
    g_free(self->node);
    g_free(self->index);
    cpsf_losses_clear(&self->losses);
    *self = (CpsfImpactNodes){0};
}

gboolean
cpsf_impact_nodes_init(CpsfImpactNodes *self,
                       const CpsfSpread *spread,
                       const double *level,
                       GError **error)
{
    *self = (CpsfImpactNodes){
        .node = cpsf_try_new(int32_t, (size_t) spread->n_by_node, error),
        .index = cpsf_try_new(int32_t, (size_t) spread->n_by_node, error),
    };
    if (self->node == NULL || self->index == NULL)
        return FALSE;
    for (int32_t i = 0; i < spread->n_by_node; i++) {
        const int32_t v = spread->by_node[i];

        if ((self->n > 0 && self->node[self->n - 1] == spread->node[v]) ||
            (level != NULL && !(level[spread->graph.any[v]] > 0.0)))
            continue;
        self->node[self->n] = spread->node[v];
        self->index[self->n++] = spread->graph.any[v];
    }
    return cpsf_losses_init(&self->losses, spread->snapshot, spread->policy, spread->start,
                            self->node, self->n, error);
}

static gboolean
check_options(const CpsfImpactOptions *o, GError **error)
{
    if (o->worlds < 0 || o->worlds > CPSF_WORLDS_MAX)
        return cpsf_fail(error, CPSF_ERROR_INVALID_VALUE,
                         "number of worlds %" G_GINT64_FORMAT
                         " is not between 0 and %" G_GINT64_FORMAT,
                         o->worlds, CPSF_WORLDS_MAX);
    if (!(o->target_stderr >= 0.0) || isinf(o->target_stderr))
        return cpsf_fail(error, CPSF_ERROR_INVALID_VALUE,
                         "target standard error is not a number from 0 on");
    if (o->threads < 0)
        return cpsf_fail(error, CPSF_ERROR_INVALID_VALUE, "number of threads %d is negative",
                         o->threads);
    if (o->n_incidents < 0)
        return cpsf_fail(error, CPSF_ERROR_INVALID_VALUE, "number of incidents %d is negative",
                         o->n_incidents);
    if ((unsigned) o->model > CPSF_IMPACT_FDNA)
        return cpsf_fail(error, CPSF_ERROR_INVALID_VALUE, "model %d is none", (int) o->model);
    if ((unsigned) o->method > CPSF_METHOD_EXACT)
        return cpsf_fail(error, CPSF_ERROR_INVALID_VALUE, "method %d is none", (int) o->method);
    if (o->has_horizon && (o->horizon < 0 || o->horizon > horizon_max))
        return cpsf_fail(error, CPSF_ERROR_INVALID_VALUE,
                         "horizon of %" G_GINT64_FORMAT
                         " microseconds is not between 0 and %d years",
                         o->horizon, HORIZON_YEARS);
    return TRUE;
}

static gboolean
resolve(const CpsfSnapshot *snapshot,
        const CpsfIncident *incident,
        CpsfSpreadIncident *resolved,
        GError **error)
{
    const int32_t node = cpsf_graph_find_node(snapshot->graph, incident->key);
    const CpsfTime time = incident->has_start ? incident->start : snapshot->at;

    if (node == CPSF_NODE_NONE)
        return cpsf_fail(error, CPSF_ERROR_NOT_FOUND, "no node has the key %s", incident->key);
    if (incident->effect < 0 || incident->effect >= CPSF_N_EFFECTS)
        return cpsf_fail(error, CPSF_ERROR_INVALID_VALUE, "effect %d is none", incident->effect);
    if (time < -CPSF_EVENTS_END_MAX || time > CPSF_EVENTS_END_MAX - horizon_max)
        return cpsf_fail(error, CPSF_ERROR_INVALID_VALUE,
                         "start of an incident is no moment: %" G_GINT64_FORMAT, time);
    *resolved = (CpsfSpreadIncident){node, (CpsfEffect) incident->effect, time};
    return TRUE;
}

/* As options say it, with defaults filled in. */
static CpsfImpactOptions
complete(const CpsfImpactOptions *options)
{
    CpsfImpactOptions o = options != NULL ? *options : (CpsfImpactOptions){0};

    if (o.n_incidents == 0)
        o.n_incidents = 1;
    if (!o.has_horizon)
        o.horizon = CPSF_HORIZON_DEFAULT;
    if (o.worlds == 0 && o.target_stderr > 0.0) /* no proportion needs more */
        o.worlds = (int64_t) MIN(0.25 / (o.target_stderr * o.target_stderr) + 2 * CPSF_N_LANES,
                                 (double) CPSF_WORLDS_MAX);
    if (o.worlds == 0)
        o.worlds = CPSF_WORLDS_DEFAULT;
    return o;
}

static CpsfTable *
by_worlds(CpsfSnapshot *snapshot,
          CpsfPolicy *policy,
          const CpsfSpreadIncident *incidents,
          const CpsfImpactOptions *o,
          GError **error)
{
    const CpsfSpreadOptions how = {
        .reach = CPSF_SPREAD_FROM,
        .incidents = incidents,
        .n_incidents = o->n_incidents,
        .horizon = o->horizon,
        .is_static = o->is_static,
        .is_exact = o->method == CPSF_METHOD_EXACT,
    };
    g_autoptr(CpsfSpread) spread = cpsf_spread_new(snapshot, policy, &how, error);
    CpsfImpactNodes nodes = {0};
    CpsfImpactTally tally = {0};
    CpsfTable *table = NULL;

    if (spread == NULL)
        return NULL;
    if (cpsf_impact_nodes_init(&nodes, spread, NULL, error) &&
        (o->method == CPSF_METHOD_EXACT ? cpsf_impact_enumerate(spread, &nodes, o, &tally, error)
                                        : cpsf_impact_sample(spread, &nodes, o, &tally, error)))
        table = cpsf_impact_table(spread, &nodes, &tally, o, error);
    if (table != NULL && o->report != NULL)
        *o->report = tally.report;
    cpsf_impact_nodes_clear(&nodes);
    cpsf_impact_tally_clear(&tally);
    return table;
}

gboolean
cpsf_impact_prepare(const CpsfSnapshot *snapshot,
                    const CpsfIncident *incident,
                    const CpsfImpactOptions *options,
                    CpsfImpactOptions *completed,
                    CpsfSpreadIncident *resolved,
                    GError **error)
{
    *completed = complete(options);
    return check_options(completed, error) && resolve(snapshot, incident, resolved, error);
}

/**
 * cpsf_impact:
 * @snapshot: a snapshot; its moment is when incidents without a start begin
 * @policy: whose spread rules say what passes on, with which chance and delay
 * @incidents: (array): what happens, `options->n_incidents` of them
 * @options: (nullable): how, or %NULL for one incident, 30 days, 4096 sampled worlds, seed 0
 * @error: return location
 *
 * What incidents do: which nodes are affected by which effect, how likely, and when
 * (docs/semantics.md, section 8).  Edges count while they are valid, from the earliest start to the
 * horizon.
 *
 * Columns: `key`, `kind`, `name`, `effect` (a word, or `any` for the first of them), `probability`
 * and its standard error `stderr`, both 0 to 1, `earliest` (arrival if every chance event lets it
 * through; null if it is not reached then), `mean_arrival` (given that it arrives), `loss` (of `any`
 * rows: probability times the node's loss, in the currency that the report names; null if none is
 * stated), `via` (keys from the incident's node to the one before, by the first way).  Nodes by
 * probability, then loss, both descending, then key; of a node `any` first, then each effect.
 *
 * By the other models `level`, from 0, as usual, to 1, wholly hit, takes the place of probability and
 * times: columns `key`, `kind`, `name`, `effect`, `level`, `loss` (level times the node's loss).  The
 * edges are those valid at the snapshot's moment, and weigh criticality times the rule's probability.
 *
 * Cost: time O(rows of edges) and, for each 512 worlds, O(edges reached times the moments at which
 * they are); memory about 200 bytes an effect on a node and 60 an edge that can be reached.
 *
 * Returns: (transfer full) (nullable): the table; %NULL with %CPSF_ERROR_INVALID_VALUE for an option
 *   or incident out of range or losses in several currencies without rates, %CPSF_ERROR_NOT_FOUND for
 *   a key that no node has, %CPSF_ERROR_LIMIT for more chance events than can be enumerated,
 *   %CPSF_ERROR_NOT_CONVERGED for levels that do not settle, %CPSF_ERROR_NO_MEMORY or
 *   %CPSF_ERROR_CANCELLED
 *
 * Since: 0.1
 */
CpsfTable *
cpsf_impact(CpsfSnapshot *snapshot,
            CpsfPolicy *policy,
            const CpsfIncident *incidents,
            const CpsfImpactOptions *options,
            GError **error)
{
    const CpsfImpactOptions o = complete(options);

    if (!check_options(&o, error))
        return NULL;

    g_autofree CpsfSpreadIncident *resolved =
        cpsf_try_new(CpsfSpreadIncident, (size_t) o.n_incidents, error);

    if (resolved == NULL)
        return NULL;
    for (int i = 0; i < o.n_incidents; i++)
        if (!resolve(snapshot, &incidents[i], &resolved[i], error))
            return NULL;
    return o.model == CPSF_IMPACT_WORLDS
               ? by_worlds(snapshot, policy, resolved, &o, error)
               : cpsf_impact_by_levels(snapshot, policy, resolved, &o, error);
}
