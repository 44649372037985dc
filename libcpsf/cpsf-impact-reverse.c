/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Who could hit a node: each effect on each node that can reach it is followed as an incident of its
 * own, so that circles, redundancy and downtimes mean what they mean forward.
 */

#include "config.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cpsf-arrival-private.h"
#include "cpsf-impact-private.h"
#include "cpsf-mem-private.h"
#include "cpsf-node-rows-private.h"
#include "cpsf-pieces-private.h"
#include "cpsf-table-private.h"

enum { KEY, KIND, NAME, EFFECT, PROBABILITY, STDERR, EARLIEST, MEAN_ARRIVAL, LOSS, VIA, N_COLUMNS };

static const CpsfColumnSpec columns[N_COLUMNS] = {
    {"key", CPSF_COLUMN_UTF8},           {"kind", CPSF_COLUMN_UTF8},
    {"name", CPSF_COLUMN_UTF8},          {"effect", CPSF_COLUMN_UTF8},
    {"probability", CPSF_COLUMN_DOUBLE}, {"stderr", CPSF_COLUMN_DOUBLE},
    {"earliest", CPSF_COLUMN_TIMESTAMP}, {"mean_arrival", CPSF_COLUMN_TIMESTAMP},
    {"loss", CPSF_COLUMN_DOUBLE},        {"via", CPSF_COLUMN_UTF8_LIST},
};

/* What one candidate does to the target. */
typedef struct {
    double mass;
    double moment;
    int64_t earliest;
    int32_t *way; /* (owned) nodes from the candidate to the one before the target */
    int32_t n_way;
    int32_t vertex;
} Found;

/* What one worker works in. */
typedef struct {
    CpsfEventsRoom *room;
    double *tally;
    int64_t *arrival;
    int32_t *before;
    GError *failure;
} Worker;

typedef struct {
    const CpsfSpread *spread;
    const CpsfImpactOptions *options;
    CpsfTime start;
    int32_t index;                 /* what is counted: a vertex, or any effect on its node */
    int32_t n;                     /* candidates */
    Found *found;                  /* (owned) */
    CpsfArrivalContacts *contacts; /* (owned) (nullable) */
    Worker workers[CPSF_WORKERS_MAX];
    int64_t n_done; /* (atomic) */
} Job;

static CpsfLanes
lanes_of(int64_t worlds, int64_t block)
{
    CpsfLanes lanes;

    for (int w = 0; w < CPSF_N_LANE_WORDS; w++) {
        const int64_t left = worlds - block * CPSF_N_LANES - w * 64;

        lanes.word[w] = left >= 64 ? ~UINT64_C(0) : left <= 0 ? 0 : (UINT64_C(1) << left) - 1;
    }
    return lanes;
}

/* Which of the target's vertices is affected first; -1 = none. */
static int32_t
find_first(const Job *job, const int64_t *arrival)
{
    const CpsfSpread *s = job->spread;
    int32_t first = -1;

    for (int32_t i = 0; i < s->n_sources; i++) {
        const int32_t v = s->sources[i].vertex;

        if (arrival[v] != CPSF_ARRIVAL_NEVER && (first < 0 || arrival[v] < arrival[first]))
            first = v;
    }
    return first;
}

static gboolean
find_way(const Job *job, Worker *worker, CpsfEventsSource source, Found *found)
{
    const CpsfSpread *s = job->spread;
    GError **error = &worker->failure;

    found->earliest = CPSF_ARRIVAL_NEVER;
    if (!cpsf_arrival_run(&s->graph, job->contacts, &source, 1, s->end, job->options->cancellable,
                          worker->arrival, error) ||
        !cpsf_arrival_trace(s, &source, 1, worker->arrival, worker->before, error))
        return FALSE;

    const int32_t first = find_first(job, worker->arrival);

    if (first < 0)
        return TRUE;
    found->earliest = worker->arrival[first];
    for (int32_t v = worker->before[first]; v >= 0; v = worker->before[v])
        found->n_way++;
    found->way = cpsf_try_new(int32_t, (size_t) found->n_way, error);
    if (found->way == NULL)
        return FALSE;

    int32_t at = found->n_way;

    for (int32_t v = worker->before[first]; v >= 0; v = worker->before[v])
        found->way[--at] = s->node[v];
    return TRUE;
}

static gboolean
do_candidate(void *data, int id, int64_t piece)
{
    Job *job = data;
    const CpsfImpactOptions *o = job->options;
    const CpsfSpread *s = job->spread;
    Worker *worker = &job->workers[id];
    Found *found = &job->found[piece];
    const int64_t n = (int64_t) s->graph.n + s->graph.n_any;
    const CpsfEventsSource source = {found->vertex, job->start};
    CpsfEventsTally tally = {worker->tally, worker->tally + n};

    for (int64_t block = 0; block * CPSF_N_LANES < o->worlds; block++) {
        const CpsfEventsBlock what = {
            .sources = &source,
            .n_sources = 1,
            .origin = s->start,
            .end = s->end,
            .chance = {.seed = cpsf_chance_seed(o->seed), .block = (uint64_t) block},
            .among = lanes_of(o->worlds, block),
            .cancellable = o->cancellable,
        };

        if (!cpsf_events_run(worker->room, &what, &tally, &worker->failure))
            return FALSE;
        found->mass += tally.mass[job->index];
        found->moment += tally.moment[job->index];
    }
    if (!find_way(job, worker, source, found))
        return FALSE;

    const int64_t n_done = __atomic_add_fetch(&job->n_done, 1, __ATOMIC_RELAXED);

    if (id == 0 && o->progress != NULL)
        o->progress((uint64_t) n_done, (uint64_t) job->n, "incidents", o->progress_data);
    return TRUE;
}

static gboolean
make_worker(const Job *job, Worker *worker, GError **error)
{
    const CpsfEventsGraph *g = &job->spread->graph;
    const size_t n = (size_t) g->n;

    return (worker->room = cpsf_events_room_new(g, error)) != NULL &&
           (worker->tally = cpsf_try_new(double, 2 * (n + (size_t) g->n_any), error)) != NULL &&
           (worker->arrival = cpsf_try_new(int64_t, n, error)) != NULL &&
           (worker->before = cpsf_try_new(int32_t, n, error)) != NULL;
}

static void
clear_job(Job *job)
{
    for (int i = 0; i < CPSF_WORKERS_MAX; i++) {
        cpsf_events_room_free(job->workers[i].room);
        g_free(job->workers[i].tally);
        g_free(job->workers[i].arrival);
        g_free(job->workers[i].before);
        g_clear_error(&job->workers[i].failure);
    }
    cpsf_arrival_contacts_free(job->contacts);
    for (int32_t i = 0; job->found != NULL && i < job->n; i++)
        g_free(job->found[i].way);
    g_free(job->found);
}

/* Every vertex but the target's own. */
static gboolean
find_candidates(Job *job, GError **error)
{
    const CpsfSpread *s = job->spread;

    job->found = cpsf_try_new0(Found, (size_t) s->n_by_node, error);
    if (job->found == NULL)
        return FALSE;
    for (int32_t i = 0; i < s->n_by_node; i++) {
        gboolean is_target = FALSE;

        for (int32_t k = 0; k < s->n_sources; k++)
            is_target |= s->sources[k].vertex == s->by_node[i];
        if (!is_target)
            job->found[job->n++].vertex = s->by_node[i];
    }
    return TRUE;
}

static gboolean
run(Job *job, GError **error)
{
    const int wanted = cpsf_pieces_count_workers(job->options->threads, job->n);
    const CpsfSpread *s = job->spread;
    int n_workers = 1;

    if (cpsf_arrival_has_contacts_only(&s->graph, s->end) &&
        (job->contacts = cpsf_arrival_contacts_new(&s->graph, s->end, error)) == NULL)
        return FALSE;
    if (!make_worker(job, &job->workers[0], error))
        return FALSE;
    while (n_workers < wanted && make_worker(job, &job->workers[n_workers], NULL))
        n_workers++;
    if (cpsf_pieces_run(n_workers, job->n, do_candidate, job, job->options->cancellable))
        return TRUE;
    for (int i = 0; i < CPSF_WORKERS_MAX; i++)
        if (job->workers[i].failure != NULL) {
            g_propagate_error(error, g_steal_pointer(&job->workers[i].failure));
            return FALSE;
        }
    return cpsf_fail(error, CPSF_ERROR_CANCELLED, "following incidents was cancelled");
}

/* Likeliest first, then the earliest; found stand in order of key and effect. */
static int
compare_found(const void *left, const void *right, void *data)
{
    const Found *a = left;
    const Found *b = right;
    const CpsfSpread *s = data;

    if (a->mass > b->mass || a->mass < b->mass)
        return a->mass > b->mass ? -1 : 1;
    if (a->earliest != b->earliest)
        return a->earliest < b->earliest ? -1 : 1;
    if (s->node[a->vertex] != s->node[b->vertex])
        return s->node[a->vertex] < s->node[b->vertex] ? -1 : 1;
    return (int) s->effect[a->vertex] - (int) s->effect[b->vertex];
}

static void
put_found(const Job *job, CpsfTableBuilder *b, const Found *found)
{
    const CpsfSpread *s = job->spread;
    const CpsfGraph *graph = s->snapshot->graph;
    const int32_t node = s->node[found->vertex];
    const double n = (double) job->options->worlds;
    const double p = (found->mass + 0.5) / (n + 1.0);

    cpsf_node_rows_put(b, graph, node, job->options->lang);
    cpsf_table_put_utf8(b, EFFECT, cpsf_word(CPSF_WORDS_EFFECT, s->effect[found->vertex]));
    cpsf_table_put_double(b, PROBABILITY, found->mass / n);
    cpsf_table_put_double(b, STDERR, sqrt(p * (1.0 - p) / n));
    if (found->earliest != CPSF_ARRIVAL_NEVER)
        cpsf_table_put_time(b, EARLIEST, found->earliest);
    if (found->mass > 0.0)
        cpsf_table_put_time(b, MEAN_ARRIVAL,
                            s->start + (int64_t) nearbyint(found->moment / found->mass));
    for (int32_t i = 0; i < found->n_way; i++)
        if (i == 0 || found->way[i] != found->way[i - 1])
            cpsf_table_put_item(b, VIA, cpsf_strtab_get(graph->strings, graph->key[found->way[i]]));
    cpsf_table_end_row(b);
}

static CpsfTable *
write_table(const Job *job, GError **error)
{
    CpsfTableBuilder *b = cpsf_table_builder_new(columns, N_COLUMNS);

    qsort_r(job->found, (size_t) job->n, sizeof *job->found, compare_found, (void *) job->spread);
    for (int32_t i = 0; i < job->n; i++)
        if (job->found[i].mass > 0.0 || job->found[i].earliest != CPSF_ARRIVAL_NEVER)
            put_found(job, b, &job->found[i]);
    return cpsf_table_builder_finish(b, error);
}

/* The effects asked about, as targets. */
static int
list_targets(const CpsfSpreadIncident *target, int effect, CpsfSpreadIncident *targets)
{
    int n = 0;

    for (int e = 0; e < CPSF_N_EFFECTS; e++)
        if (effect == CPSF_EFFECT_ANY || effect == e)
            targets[n++] = (CpsfSpreadIncident){target->node, (CpsfEffect) e, target->time};
    return n;
}

/**
 * cpsf_impact_reverse:
 * @snapshot: a snapshot; its moment is when incidents begin that have no start
 * @policy: whose spread rules say what passes on, with which chance and delay
 * @target: the node asked about, the effect on it (or %CPSF_EFFECT_ANY), and when incidents begin
 * @options: (nullable): how; sampled worlds only, @n_incidents and @report are not used
 * @error: return location
 *
 * Who could hit a node: each effect on each node that, if it alone began at the start, could bring the
 * effect asked about to the target before the horizon (docs/semantics.md, section 8).
 *
 * Columns as those of [func@impact], but that `effect` is what the row's node suffers, `probability`,
 * `stderr`, `earliest` and `mean_arrival` are of the target, `via` leads from the row's node to the one
 * before the target, and `loss` is null.  By probability, descending, then earliest, key, effect.
 *
 * Cost: as many times that of [func@impact] as there are rows.
 *
 * Returns: (transfer full) (nullable): the table; %NULL with %CPSF_ERROR_INVALID_VALUE for an option
 *   out of range, another method than sampling or another model than worlds, %CPSF_ERROR_NOT_FOUND for
 *   a key that no node has, %CPSF_ERROR_NO_MEMORY or %CPSF_ERROR_CANCELLED
 *
 * Since: 0.1
 */
CpsfTable *
cpsf_impact_reverse(CpsfSnapshot *snapshot,
                    CpsfPolicy *policy,
                    const CpsfIncident *target,
                    const CpsfImpactOptions *options,
                    GError **error)
{
    CpsfImpactOptions o;
    CpsfSpreadIncident resolved;
    CpsfSpreadIncident targets[CPSF_N_EFFECTS];
    CpsfIncident known = *target;
    CpsfTable *table = NULL;

    if (known.effect == CPSF_EFFECT_ANY)
        known.effect = CPSF_EFFECT_OUTAGE;
    if (!cpsf_impact_prepare(snapshot, &known, options, &o, &resolved, error))
        return NULL;
    if (o.method == CPSF_METHOD_EXACT || o.model != CPSF_IMPACT_WORLDS)
        return cpsf_fail_null(error, CPSF_ERROR_INVALID_VALUE,
                              "who could hit a node is answered by sampled worlds only");

    const CpsfSpreadOptions how = {
        .reach = CPSF_SPREAD_TO,
        .incidents = targets,
        .n_incidents = list_targets(&resolved, target->effect, targets),
        .horizon = o.horizon,
        .is_static = o.is_static,
    };
    g_autoptr(CpsfSpread) spread = cpsf_spread_new(snapshot, policy, &how, error);

    if (spread == NULL)
        return NULL;

    Job job = {.spread = spread, .options = &o, .start = spread->start};

    job.index = target->effect == CPSF_EFFECT_ANY ? spread->graph.any[spread->sources[0].vertex]
                                                  : spread->sources[0].vertex;
    if (find_candidates(&job, error) && run(&job, error))
        table = write_table(&job, error);
    clear_job(&job);
    return table;
}
