/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Named models of impact on the policy's spread rules (docs/semantics.md, section 8): vertices are
 * effects on nodes, an edge weighs its criticality times its rule's probability, several between the
 * same two add up to at most 1, and an edge of a group of which t have to fail weighs 1/t of that.
 */

#include "config.h"

#include <math.h>
#include <stdlib.h>

#include "cpsf-impact-private.h"
#include "cpsf-levels-private.h"
#include "cpsf-mem-private.h"
#include "cpsf-node-rows-private.h"
#include "cpsf-table-private.h"

enum { KEY, KIND, NAME, EFFECT, LEVEL, LOSS, N_COLUMNS };

static const CpsfColumnSpec columns[N_COLUMNS] = {
    {"key", CPSF_COLUMN_UTF8},    {"kind", CPSF_COLUMN_UTF8},    {"name", CPSF_COLUMN_UTF8},
    {"effect", CPSF_COLUMN_UTF8}, {"level", CPSF_COLUMN_DOUBLE}, {"loss", CPSF_COLUMN_DOUBLE},
};

typedef struct {
    const CpsfSpread *spread;
    const CpsfImpactOptions *options;
    int64_t *start;  /* (owned) */
    int32_t *head;   /* (owned) */
    double *weight;  /* (owned) */
    double *feeders; /* (owned) */
    double *level;   /* (owned) of each vertex, then of those that stand for any effect */
    CpsfImpactNodes nodes;
} Answer;

/* An edge by where it leads, to put together those that lead to the same. */
typedef struct {
    double weight;
    int32_t head;
} Step;

static int
compare_steps(const void *left, const void *right)
{
    const Step *a = left;
    const Step *b = right;

    return a->head != b->head ? (a->head > b->head) - (a->head < b->head)
                              : (a->weight > b->weight) - (a->weight < b->weight);
}

/* Where edge @e leads to in the end, and how much it weighs; head -1 = nowhere. */
static Step
step_along(const CpsfSpread *spread, int64_t e)
{
    const CpsfEventsGraph *g = &spread->graph;
    const int32_t head = g->head[e];
    const int32_t gate = g->gate_of != NULL ? g->gate_of[head] : -1;
    const double weight = cpsf_spread_chance(spread, e);

    return gate < 0 ? (Step){weight, head}
                    : (Step){weight / g->gate_need[gate], g->gate_vertex[gate]};
}

/* The edges out of @v, each other end once; @steps has room for them. */
static int64_t
merge_steps(const CpsfSpread *spread, int32_t v, Step *steps)
{
    const CpsfEventsGraph *g = &spread->graph;
    int64_t n = 0;
    int64_t kept = 0;

    for (int64_t e = g->start[v]; e < g->start[v + 1]; e++) {
        steps[n] = step_along(spread, e);
        n += steps[n].head >= 0;
    }
    if (n > 1)
        qsort(steps, (size_t) n, sizeof *steps, compare_steps);
    for (int64_t i = 0; i < n; i++)
        if (kept > 0 && steps[kept - 1].head == steps[i].head)
            steps[kept - 1].weight = MIN(steps[kept - 1].weight + steps[i].weight, 1.0);
        else
            steps[kept++] = steps[i];
    return kept;
}

static gboolean
weigh(Answer *self, GError **error)
{
    const CpsfEventsGraph *g = &self->spread->graph;
    const size_t n = (size_t) g->n;
    g_autofree Step *steps = cpsf_try_new(Step, (size_t) g->m, error);
    int64_t m = 0;

    if (steps == NULL || (self->start = cpsf_try_new(int64_t, n + 1, error)) == NULL ||
        (self->head = cpsf_try_new(int32_t, (size_t) g->m, error)) == NULL ||
        (self->weight = cpsf_try_new(double, (size_t) g->m, error)) == NULL ||
        (self->feeders = cpsf_try_new0(double, n, error)) == NULL ||
        (self->level = cpsf_try_new0(double, n + (size_t) g->n_any, error)) == NULL)
        return FALSE;
    for (int32_t v = 0; v < g->n; v++) {
        const int64_t found = merge_steps(self->spread, v, steps);

        self->start[v] = m;
        for (int64_t i = 0; i < found; i++, m++) {
            self->head[m] = steps[i].head;
            self->weight[m] = steps[i].weight;
            self->feeders[steps[i].head] += 1.0;
        }
    }
    self->start[n] = m;
    return TRUE;
}

static gboolean
run(Answer *self, GError **error)
{
    static gboolean (*const models[])(const CpsfLevelsGraph *, double *, GCancellable *,
                                      GError **) = {
        [CPSF_IMPACT_DEBTRANK] = cpsf_levels_debtrank,
        [CPSF_IMPACT_DEBTRANK_LINEAR] = cpsf_levels_debtrank_linear,
        [CPSF_IMPACT_IIM] = cpsf_levels_iim,
        [CPSF_IMPACT_FDNA] = cpsf_levels_fdna,
    };
    const CpsfLevelsGraph graph = {
        .n = self->spread->graph.n,
        .start = self->start,
        .head = self->head,
        .weight = self->weight,
        .feeders = self->feeders,
    };

    return models[self->options->model](&graph, self->level, self->options->cancellable, error);
}

/* Any effect on a node has the largest level of its effects. */
static gboolean
find_nodes(Answer *self, GError **error)
{
    const CpsfEventsGraph *g = &self->spread->graph;

    for (int32_t i = 0; i < self->spread->n_by_node; i++) {
        const int32_t v = self->spread->by_node[i];
        double *any = &self->level[g->any[v]];

        *any = MAX(*any, self->level[v]);
    }
    return cpsf_impact_nodes_init(&self->nodes, self->spread, self->level, error);
}

static void
put_row(const Answer *self, CpsfTableBuilder *b, int32_t node, const char *effect, double level)
{
    cpsf_node_rows_put(b, self->spread->snapshot->graph, node, self->options->lang);
    cpsf_table_put_utf8(b, EFFECT, effect);
    cpsf_table_put_double(b, LEVEL, level);
}

static void
put_node(const Answer *self, CpsfTableBuilder *b, const CpsfNodeRank *row)
{
    const int32_t node = self->nodes.node[row->i];

    put_row(self, b, node, "any", row->figure);
    if (!isnan(self->nodes.losses.loss[row->i]))
        cpsf_table_put_double(b, LOSS, row->loss);
    cpsf_table_end_row(b);
    for (int effect = 0; effect < CPSF_N_EFFECTS; effect++) {
        const int32_t v = cpsf_spread_find(self->spread, node, (CpsfEffect) effect);

        if (v < 0 || !(self->level[v] > 0.0))
            continue;
        put_row(self, b, node, cpsf_word(CPSF_WORDS_EFFECT, effect), self->level[v]);
        cpsf_table_end_row(b);
    }
}

static CpsfTable *
write_table(const Answer *self, CpsfImpactReport *report, GError **error)
{
    const CpsfImpactNodes *nodes = &self->nodes;
    g_autofree CpsfNodeRank *rows = cpsf_try_new(CpsfNodeRank, (size_t) nodes->n, error);

    if (rows == NULL)
        return NULL;
    *report = (CpsfImpactReport){.currency = nodes->losses.currency};
    for (int32_t i = 0; i < nodes->n; i++) {
        const double level = self->level[nodes->index[i]];
        const double loss = nodes->losses.loss[i];

        rows[i] = (CpsfNodeRank){level, isnan(loss) ? 0.0 : level * loss, i};
        report->nodes += level;
        report->loss += rows[i].loss;
    }
    cpsf_node_ranks_sort(rows, nodes->n);

    CpsfTableBuilder *b = cpsf_table_builder_new(columns, N_COLUMNS);

    for (int32_t i = 0; i < nodes->n; i++)
        put_node(self, b, &rows[i]);
    return cpsf_table_builder_finish(b, error);
}

CpsfTable *
cpsf_impact_by_levels(CpsfSnapshot *snapshot,
                      CpsfPolicy *policy,
                      const CpsfSpreadIncident *incidents,
                      const CpsfImpactOptions *options,
                      GError **error)
{
    const CpsfSpreadOptions how = {
        .reach = CPSF_SPREAD_ALL, /* whoever is not hit counts as a feeder, too */
        .incidents = incidents,
        .n_incidents = options->n_incidents,
        .effects = (1U << CPSF_N_EFFECTS) - 1,
        .is_static = TRUE,
        .is_exact = TRUE,
    };
    g_autoptr(CpsfSpread) spread = cpsf_spread_new(snapshot, policy, &how, error);
    Answer self = {.spread = spread, .options = options};
    CpsfImpactReport report;
    CpsfTable *table = NULL;

    if (spread == NULL)
        return NULL;
    if (weigh(&self, error)) {
        for (int i = 0; i < options->n_incidents; i++)
            self.level[cpsf_spread_find(spread, incidents[i].node, incidents[i].effect)] = 1.0;
        if (run(&self, error) && find_nodes(&self, error))
            table = write_table(&self, &report, error);
    }
    if (table != NULL && options->report != NULL)
        *options->report = report;
    g_free(self.start);
    g_free(self.head);
    g_free(self.weight);
    g_free(self.feeders);
    g_free(self.level);
    cpsf_impact_nodes_clear(&self.nodes);
    return table;
}
