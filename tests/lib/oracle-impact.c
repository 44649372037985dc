/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Enumeration.  A chance event is one number U, of an edge or of an (edge, rule); what matters of it is
 * which of a few thresholds it lies below.  An odometer runs through all of that; each world is
 * simulated in order of time with a linear search for what comes next; weights add up in long
 * double.
 */

#include "config.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "graphgen.h"
#include "oracle-ways.h"

#define NEVER ORACLE_IMPACT_NEVER

/* ---- one world ---- */

/* Whether U of the event is below @p. */
static gboolean
is_below(const OracleWays *w, int event, double p)
{
    if (event < 0)
        return TRUE;

    const OracleEvent *e = ORACLE_EVENT(w, event);

    return g_array_index(e->upper, double, e->at) <= p;
}

/* When what affects its tail at @time arrives by it, if it lets through. */
static CpsfTime
arrival_by(const OracleWays *w, const OracleWay *way, CpsfTime time)
{
    const CpsfTime departure = MAX(time, way->since);

    if (departure >= way->until || departure - time >= w->downtime[way->tail / CPSF_N_EFFECTS] ||
        departure > w->end || departure + way->delay > w->end)
        return NEVER;
    return departure + way->delay;
}

/* The k'-th of the first arrivals at the slots of a gate. */
static CpsfTime
time_of_gate(const OracleWays *w, int gate)
{
    g_autoptr(GArray) times = g_array_new(FALSE, FALSE, sizeof(CpsfTime));
    const guint needed = (guint) oracle_ways_threshold(w, gate);

    for (guint i = 0; i < w->slots->len; i++)
        if (ORACLE_SLOT(w, i)->gate == gate)
            g_array_append_val(times, ORACLE_SLOT(w, i)->arrival);
    g_array_sort(times, oracle_ways_compare_times);
    return needed <= times->len ? g_array_index(times, CpsfTime, needed - 1) : NEVER;
}

static void
arrive(OracleWays *w, const OracleWay *way, CpsfTime time)
{
    if (way->slot >= 0 && time < ORACLE_SLOT(w, way->slot)->arrival) {
        ORACLE_SLOT(w, way->slot)->arrival = time;
        time = time_of_gate(w, ORACLE_SLOT(w, way->slot)->gate);
    } else if (way->slot >= 0) {
        return;
    }
    w->arrival[way->head] = MIN(w->arrival[way->head], time);
}

static int32_t
next_vertex(const OracleWays *w)
{
    int32_t next = -1;

    for (int32_t v = 0; v < w->n; v++)
        if (!w->settled[v] && w->arrival[v] != NEVER &&
            (next < 0 || w->arrival[v] < w->arrival[next]))
            next = v;
    return next;
}

/* From the incidents on, always the earliest first. */
static void
simulate(OracleWays *w)
{
    for (guint i = 0; i < w->slots->len; i++)
        ORACLE_SLOT(w, i)->arrival = NEVER;
    for (int32_t v = 0; v < w->n; v++) {
        w->arrival[v] = w->source[v];
        w->settled[v] = FALSE;
    }
    for (int32_t v = next_vertex(w); v >= 0; v = next_vertex(w)) {
        w->settled[v] = TRUE;
        for (guint i = 0; i < w->ways->len; i++) {
            const OracleWay *way = ORACLE_WAY(w, i);
            const CpsfTime time = way->tail == v ? arrival_by(w, way, w->arrival[v]) : NEVER;

            if (time != NEVER && is_below(w, way->felt, way->c) && is_below(w, way->taken, way->p))
                arrive(w, way, time);
        }
    }
}

/* ---- all worlds ---- */

/* The next outcome of all events together; FALSE after the last. */
static gboolean
turn(OracleWays *w)
{
    for (guint i = 0; i < w->events->len; i++) {
        OracleEvent *event = ORACLE_EVENT(w, i);

        event->at = (event->at + 1) % event->upper->len;
        if (event->at > 0)
            return TRUE;
    }
    return FALSE;
}

static long double
weigh(const OracleWays *w)
{
    long double weight = 1;

    for (guint i = 0; i < w->events->len; i++) {
        const OracleEvent *e = ORACLE_EVENT(w, i);
        const double *upper = (const double *) (const void *) e->upper->data;

        weight *= (long double) upper[e->at] - (e->at > 0 ? (long double) upper[e->at - 1] : 0);
    }
    return weight;
}

static void
draw(OracleWays *w, uint64_t *r)
{
    for (guint i = 0; i < w->events->len; i++) {
        const double u = (double) (test_random(r) >> 11) * 0x1p-53;
        OracleEvent *e = ORACLE_EVENT(w, i);

        e->at = 0;
        while (u >= g_array_index(e->upper, double, e->at))
            e->at++;
    }
}

typedef struct {
    long double mass;
    long double moment; /* of microseconds after the start */
} Sum;

typedef struct {
    Sum (*of)[ORACLE_IMPACT_COLUMNS];
    OracleImpact *impact;
} Count;

static CpsfTime
earliest_of(const OracleWays *w, int32_t node)
{
    CpsfTime time = NEVER;

    for (int effect = 0; effect < CPSF_N_EFFECTS; effect++)
        time = MIN(time, w->arrival[oracle_vertex(node, effect)]);
    return time;
}

/* Adds what the world at hand is, which weighs @weight. */
static void
count(OracleWays *w, Count *count, long double weight)
{
    OracleLoss *loss = &count->impact->losses[count->impact->n_outcomes++];

    simulate(w);
    loss->weight = (double) weight;
    for (int32_t v = 0; v < count->impact->n; v++) {
        const CpsfTime any = earliest_of(w, v);

        for (int effect = 0; effect <= CPSF_N_EFFECTS; effect++) {
            const CpsfTime time =
                effect == ORACLE_IMPACT_ANY ? any : w->arrival[oracle_vertex(v, effect)];
            Sum *sum = &count->of[v][effect];

            sum->mass += time != NEVER ? weight : 0;
            sum->moment += time != NEVER ? weight * (long double) (time - w->start) : 0;
        }
        if (any != NEVER && !isnan(count->impact->loss[v]))
            loss->loss += count->impact->loss[v];
    }
}

static int
compare_losses(const void *a, const void *b)
{
    const OracleLoss *x = a;
    const OracleLoss *y = b;

    return (x->loss > y->loss) - (x->loss < y->loss);
}

static void
fill_figures(OracleImpact *self, const Count *count)
{
    for (int32_t v = 0; v < self->n; v++) {
        for (int effect = 0; effect <= CPSF_N_EFFECTS; effect++) {
            const Sum *sum = &count->of[v][effect];

            self->of[v][effect].probability = (double) sum->mass;
            self->of[v][effect].mean =
                sum->mass > 0 ? (double) (sum->moment / sum->mass) : (double) NAN;
        }
        self->nodes += self->of[v][ORACLE_IMPACT_ANY].probability;
        if (!isnan(self->loss[v]))
            self->total_loss += self->of[v][ORACLE_IMPACT_ANY].probability * self->loss[v];
    }
    qsort(self->losses, (size_t) self->n_outcomes, sizeof *self->losses, compare_losses);
}

/* ---- the world in which all is let through ---- */

/* Whether @way is by what its head is first affected, in the world at hand. */
static gboolean
is_first(const OracleWays *w, const OracleWay *way)
{
    const CpsfTime tail = w->arrival[way->tail];
    const CpsfTime time = tail == NEVER ? NEVER : arrival_by(w, way, tail);

    if (time == NEVER || time != w->arrival[way->head])
        return FALSE;
    return way->slot < 0 || (ORACLE_SLOT(w, way->slot)->arrival == time &&
                             time_of_gate(w, ORACLE_SLOT(w, way->slot)->gate) == time);
}

static void
fill_earliest(OracleImpact *self, OracleWays *w)
{
    for (guint i = 0; i < w->events->len; i++)
        ORACLE_EVENT(w, i)->at = 0;
    simulate(w);
    for (int32_t v = 0; v < self->n; v++) {
        for (int effect = 0; effect < CPSF_N_EFFECTS; effect++)
            self->of[v][effect].earliest = w->arrival[oracle_vertex(v, effect)];
        self->of[v][ORACLE_IMPACT_ANY].earliest = earliest_of(w, v);
    }
    self->before = g_new0(GArray *, w->n + 1);
    self->is_source = g_new0(gboolean, w->n + 1);
    for (int32_t v = 0; v < w->n; v++) {
        self->before[v] = g_array_new(FALSE, FALSE, sizeof(OracleBefore));
        self->is_source[v] = w->source[v] != NEVER && w->source[v] == w->arrival[v];
    }
    for (guint i = 0; i < w->ways->len; i++) {
        const OracleBefore before = {ORACLE_WAY(w, i)->tail,
                                     ORACLE_WAY(w, i)->c * ORACLE_WAY(w, i)->p};

        if (is_first(w, ORACLE_WAY(w, i)))
            g_array_append_val(self->before[ORACLE_WAY(w, i)->head], before);
    }
}

/* ---- losses ---- */

/* A sum in @currency (nullable: as it stands). */
static double
exchange(const OracleWays *w, CpsfStr of, double loss, const char *currency)
{
    const char *name = cpsf_strtab_get(w->s->graph->strings, of);

    if (currency == NULL || strcmp(name, currency) == 0)
        return loss;
    for (int64_t i = 0; i < w->policy->rates.n; i++) {
        const CpsfRate *rate = &w->policy->rates.items[i];

        if (strcmp(rate->currency, name) == 0 && strcmp(rate->to, currency) == 0)
            return loss * rate->factor;
    }
    g_assert_not_reached();
}

static void
find_losses(const OracleWays *w, const char *currency, double *loss)
{
    const CpsfGraph *graph = w->s->graph;

    for (int32_t v = 0; v < graph->n_nodes; v++)
        loss[v] = NAN;
    for (int64_t i = graph->consequences.n; i-- > 0;) {
        const CpsfConsequenceRow *row = &graph->consequences.items[i];

        if (!isnan(row->loss) && oracle_ways_holds(row->valid, w->start))
            loss[row->node] = exchange(w, row->currency, row->loss, currency);
    }
}

/* ---- the answer ---- */

static int64_t
count_outcomes(const OracleWays *w, int *n_events)
{
    int64_t n = 1;

    *n_events = 0;
    for (guint i = 0; i < w->events->len; i++) {
        n = MIN(n * ORACLE_EVENT(w, i)->upper->len, 1 << 20);
        *n_events += ORACLE_EVENT(w, i)->upper->len > 1;
    }
    return n;
}

static int
count_gated(const OracleWays *w)
{
    int n = 0;

    for (guint i = 0; i < w->ways->len; i++) {
        const OracleWay *way = ORACLE_WAY(w, i);

        n += way->slot >= 0 && oracle_ways_threshold(w, ORACLE_SLOT(w, way->slot)->gate) > 1;
    }
    return n;
}

static void
run(OracleWays *w, Count *sums)
{
    const OracleQuestion *q = w->q;
    uint64_t r = q->seed;

    for (int64_t i = 0; i < q->worlds; i++) {
        draw(w, &r);
        count(w, sums, 1 / (long double) q->worlds);
    }
    if (q->worlds > 0)
        return;
    for (guint i = 0; i < w->events->len; i++)
        ORACLE_EVENT(w, i)->at = 0;
    do
        count(w, sums, weigh(w));
    while (turn(w));
}

OracleImpact *
oracle_impact_new(const CpsfSnapshot *snapshot,
                  const CpsfPolicy *policy,
                  const OracleQuestion *question,
                  const char *currency)
{
    OracleImpact *self = g_new0(OracleImpact, 1);
    OracleWays w = {.s = snapshot, .policy = policy, .q = question};

    oracle_ways_init(&w);
    self->n = snapshot->graph->n_nodes;
    self->start = w.start;
    self->end = w.end;
    self->leaves_out = w.leaves_out;
    self->n_gated = count_gated(&w);
    self->loss = g_new0(double, self->n + 1);
    self->of = g_malloc0_n((gsize) self->n + 1, sizeof *self->of);
    find_losses(&w, currency, self->loss);

    const int64_t n_outcomes = count_outcomes(&w, &self->n_events);
    Count sums = {g_malloc0_n((gsize) self->n + 1, sizeof *sums.of), self};

    if (question->worlds == 0)
        g_assert(self->n_events <= 16 && n_outcomes <= 1 << 16);
    self->losses = g_new0(OracleLoss, MAX(n_outcomes, question->worlds));
    run(&w, &sums);
    fill_figures(self, &sums);
    fill_earliest(self, &w);
    g_free(sums.of);
    oracle_ways_clear(&w);
    return self;
}

void
oracle_impact_free(OracleImpact *self)
{
    for (int32_t v = 0; v < self->n * CPSF_N_EFFECTS; v++)
        g_array_unref(self->before[v]);
    g_free(self->before);
    g_free(self->is_source);
    g_free(self->of);
    g_free(self->loss);
    g_free(self->losses);
    g_free(self);
}

gboolean
oracle_impact_is_quantile(const OracleImpact *self, double share, double loss)
{
    const double rounding = 1e-9;
    double below = 0;
    double up_to = 0;

    for (int64_t i = 0; i < self->n_outcomes; i++) {
        const double w = self->losses[i].weight;

        below += self->losses[i].loss < loss - 1e-6 ? w : 0;
        up_to += self->losses[i].loss <= loss + 1e-6 ? w : 0;
    }
    return up_to >= share - rounding && below < share + rounding && up_to > below;
}
