/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The answer about an incident: who is hit, how likely, when, by which way, and what it costs. */

#include "config.h"

#include <math.h>

#include "cpsf-arrival-private.h"
#include "cpsf-impact-private.h"
#include "cpsf-mem-private.h"
#include "cpsf-node-rows-private.h"
#include "cpsf-table-private.h"

enum { KEY, KIND, NAME, EFFECT, PROBABILITY, STDERR, EARLIEST, MEAN_ARRIVAL, LOSS, VIA, N_COLUMNS };

static const CpsfColumnSpec columns[N_COLUMNS] = {
    {"key", CPSF_COLUMN_UTF8},           {"kind", CPSF_COLUMN_UTF8},
    {"name", CPSF_COLUMN_UTF8},          {"effect", CPSF_COLUMN_UTF8},
    {"probability", CPSF_COLUMN_DOUBLE}, {"stderr", CPSF_COLUMN_DOUBLE},
    {"earliest", CPSF_COLUMN_TIMESTAMP}, {"mean_arrival", CPSF_COLUMN_TIMESTAMP},
    {"loss", CPSF_COLUMN_DOUBLE},        {"via", CPSF_COLUMN_UTF8_LIST},
};

typedef struct {
    const CpsfSpread *spread;
    const CpsfImpactNodes *nodes;
    const CpsfImpactTally *tally;
    const CpsfImpactOptions *options;
    int64_t *arrival; /* (owned) graph.n */
    int32_t *before;  /* (owned) graph.n */
    uint8_t *is_own;  /* (owned) graph.n: an incident's */
    int32_t *chain;   /* (owned) graph.n: room for a way */
    CpsfTableBuilder *builder;
} Answer;

/* The incident's own are known; sums of probabilities need not come to 1 by the last bit. */
static double
probability_of(const Answer *self, int32_t index, gboolean is_own)
{
    return is_own ? 1.0 : MIN(self->tally->mass[index] / self->tally->weight, 1.0);
}

/* Whether an incident happens to @node. */
static gboolean
has_incident(const Answer *self, int32_t node)
{
    for (int effect = 0; effect < CPSF_N_EFFECTS; effect++) {
        const int32_t v = cpsf_spread_find(self->spread, node, (CpsfEffect) effect);

        if (v >= 0 && self->is_own[v])
            return TRUE;
    }
    return FALSE;
}

static double
stderr_of(const Answer *self, int32_t index, gboolean is_own)
{
    const double n = self->tally->weight;
    const double p = (self->tally->mass[index] + 0.5) / (n + 1.0);

    return is_own || self->tally->report.outcomes > 0 ? 0.0 : sqrt(p * (1.0 - p) / n);
}

static void
put_way(const Answer *self, int32_t vertex)
{
    const CpsfGraph *graph = self->spread->snapshot->graph;
    int32_t n = 0;
    int32_t last = -1;

    for (int32_t v = self->before[vertex]; v >= 0; v = self->before[v])
        self->chain[n++] = self->spread->node[v];
    while (n-- > 0) {
        if (self->chain[n] != last)
            cpsf_table_put_item(self->builder, VIA,
                                cpsf_strtab_get(graph->strings, graph->key[self->chain[n]]));
        last = self->chain[n];
    }
}

/* A row about vertices of one node: what is counted at @index, and first arrives at @vertex (-1: never). */
static void
put_row(const Answer *self,
        int32_t node,
        int32_t index,
        int32_t vertex,
        const char *effect,
        gboolean is_own)
{
    const double mass = self->tally->mass[index];
    CpsfTableBuilder *b = self->builder;

    cpsf_node_rows_put(b, self->spread->snapshot->graph, node, self->options->lang);
    cpsf_table_put_utf8(b, EFFECT, effect);
    cpsf_table_put_double(b, PROBABILITY, probability_of(self, index, is_own));
    cpsf_table_put_double(b, STDERR, stderr_of(self, index, is_own));
    if (vertex >= 0) {
        cpsf_table_put_time(b, EARLIEST, self->arrival[vertex]);
        put_way(self, vertex);
    }
    if (mass > 0.0)
        cpsf_table_put_time(b, MEAN_ARRIVAL,
                            self->spread->start +
                                (int64_t) nearbyint(self->tally->moment[index] / mass));
}

static gboolean
is_shown(const Answer *self, int32_t v)
{
    return self->tally->mass[v] > 0.0 || self->arrival[v] != CPSF_ARRIVAL_NEVER;
}

/* The rows of a node: any effect, then each. */
static void
put_node(const Answer *self, const CpsfNodeRank *row)
{
    const CpsfImpactNodes *nodes = self->nodes;
    const int32_t node = nodes->node[row->i];
    int32_t first = -1;

    for (int effect = 0; effect < CPSF_N_EFFECTS; effect++) {
        const int32_t v = cpsf_spread_find(self->spread, node, (CpsfEffect) effect);

        if (v < 0)
            continue;
        if (self->arrival[v] != CPSF_ARRIVAL_NEVER &&
            (first < 0 || self->arrival[v] < self->arrival[first]))
            first = v;
    }
    put_row(self, node, nodes->index[row->i], first, "any", has_incident(self, node));
    if (!isnan(nodes->losses.loss[row->i]))
        cpsf_table_put_double(self->builder, LOSS, row->loss);
    cpsf_table_end_row(self->builder);
    for (int effect = 0; effect < CPSF_N_EFFECTS; effect++) {
        const int32_t v = cpsf_spread_find(self->spread, node, (CpsfEffect) effect);

        if (v < 0 || !is_shown(self, v))
            continue;
        put_row(self, node, v, self->arrival[v] != CPSF_ARRIVAL_NEVER ? v : -1,
                cpsf_word(CPSF_WORDS_EFFECT, effect), self->is_own[v]);
        cpsf_table_end_row(self->builder);
    }
}

/* Nodes with something to show, in order. */
static CpsfNodeRank *
find_rows(const Answer *self, int32_t *n_rows, GError **error)
{
    const CpsfImpactNodes *nodes = self->nodes;
    CpsfNodeRank *rows = cpsf_try_new(CpsfNodeRank, (size_t) nodes->n, error);

    *n_rows = 0;
    for (int32_t i = 0; rows != NULL && i < nodes->n; i++) {
        const double p = probability_of(self, nodes->index[i], has_incident(self, nodes->node[i]));
        const double loss = nodes->losses.loss[i];
        gboolean shown = FALSE;

        for (int effect = 0; effect < CPSF_N_EFFECTS; effect++) {
            const int32_t v = cpsf_spread_find(self->spread, nodes->node[i], (CpsfEffect) effect);

            shown |= v >= 0 && is_shown(self, v);
        }
        if (shown)
            rows[(*n_rows)++] = (CpsfNodeRank){p, isnan(loss) ? 0.0 : p * loss, i};
    }
    if (rows != NULL)
        cpsf_node_ranks_sort(rows, *n_rows);
    return rows;
}

static gboolean
find_arrivals(Answer *self, GError **error)
{
    const CpsfSpread *s = self->spread;
    const size_t n = (size_t) s->graph.n;

    self->arrival = cpsf_try_new(int64_t, n, error);
    self->before = cpsf_try_new(int32_t, n, error);
    self->chain = cpsf_try_new(int32_t, n, error);
    self->is_own = cpsf_try_new0(uint8_t, n, error);
    if (self->arrival == NULL || self->before == NULL || self->chain == NULL ||
        self->is_own == NULL)
        return FALSE;
    for (int32_t i = 0; i < s->n_sources; i++)
        self->is_own[s->sources[i].vertex] = 1;
    return cpsf_arrival_run(&s->graph, NULL, s->sources, s->n_sources, s->end,
                            self->options->cancellable, self->arrival, error) &&
           cpsf_arrival_trace(s, s->sources, s->n_sources, self->arrival, self->before, error);
}

CpsfTable *
cpsf_impact_table(const CpsfSpread *spread,
                  const CpsfImpactNodes *nodes,
                  const CpsfImpactTally *tally,
                  const CpsfImpactOptions *options,
                  GError **error)
{
    Answer self = {.spread = spread, .nodes = nodes, .tally = tally, .options = options};
    g_autofree CpsfNodeRank *rows = NULL;
    int32_t n_rows = 0;
    CpsfTable *table = NULL;

    if (find_arrivals(&self, error) && (rows = find_rows(&self, &n_rows, error)) != NULL) {
        self.builder = cpsf_table_builder_new(columns, N_COLUMNS);
        for (int32_t i = 0; i < n_rows; i++)
            put_node(&self, &rows[i]);
        table = cpsf_table_builder_finish(self.builder, error);
    }
    g_free(self.arrival);
    g_free(self.before);
    g_free(self.chain);
    g_free(self.is_own);
    return table;
}
