/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The blast radius, node by node; and whether a chain of nodes is the `via` of the page. */

#include "config.h"

#include <math.h>
#include <string.h>

#include "oracle-ways.h"

OracleBlast *
oracle_blast_new(const CpsfSnapshot *snapshot,
                 const CpsfPolicy *policy,
                 int effect,
                 const char *currency)
{
    OracleBlast *self = g_new0(OracleBlast, 1);
    const OracleWays w = {.s = snapshot};

    self->n = snapshot->graph->n_nodes;
    self->nodes = g_new0(double, self->n + 1);
    self->loss = g_new0(double, self->n + 1);
    self->is_lower = g_new0(gboolean, self->n + 1);
    for (int32_t v = 0; v < self->n; v++) {
        const OracleIncident alone = {v, effect, snapshot->at};
        const OracleQuestion question = {
            .incidents = &alone, .n_incidents = 1, .is_static = TRUE, .skips_gates = TRUE};

        self->nodes[v] = self->loss[v] = NAN;
        if (!oracle_ways_node_holds(&w, (uint32_t) v, snapshot->at))
            continue;
        g_autoptr(OracleImpact) impact = oracle_impact_new(snapshot, policy, &question, currency);

        self->nodes[v] = impact->nodes;
        self->loss[v] = impact->total_loss;
        self->is_lower[v] = impact->leaves_out;
    }
    return self;
}

void
oracle_blast_free(OracleBlast *self)
{
    g_free(self->nodes);
    g_free(self->loss);
    g_free(self->is_lower);
    g_free(self);
}

/* ---- via ---- */

/* By the larger chance, then by key of the node, then by effect. */
static int32_t
best_before(const OracleImpact *self, int32_t vertex)
{
    const GArray *all = self->before[vertex];
    OracleBefore best = {-1, -1};

    for (guint i = 0; i < all->len; i++) {
        const OracleBefore *b = &g_array_index(all, OracleBefore, i);

        if (b->chance > best.chance || (b->chance == best.chance && b->tail < best.tail))
            best = *b;
    }
    return best.tail;
}

/* The chain to @vertex by the best of each step; FALSE = it runs in a circle. */
static gboolean
follow_best(const OracleImpact *self, int32_t vertex, GArray *nodes)
{
    const int n = self->n * CPSF_N_EFFECTS;

    for (int steps = 0; !self->is_source[vertex]; steps++) {
        vertex = best_before(self, vertex);
        g_assert(vertex >= 0);
        if (steps > n)
            return FALSE;

        const int32_t node = vertex / CPSF_N_EFFECTS;

        if (nodes->len == 0 || g_array_index(nodes, int32_t, 0) != node)
            g_array_prepend_val(nodes, node);
    }
    return TRUE;
}

static gboolean
is_chain(const OracleImpact *self, int32_t vertex, const int32_t *via, int64_t n_via)
{
    g_autoptr(GArray) best = g_array_new(FALSE, FALSE, sizeof(int32_t));

    if (follow_best(self, vertex, best))
        return n_via == best->len && memcmp(via, best->data, best->len * sizeof(int32_t)) == 0;
    for (guint i = 0; n_via > 0 && i < self->before[vertex]->len; i++)
        if (g_array_index(self->before[vertex], OracleBefore, i).tail / CPSF_N_EFFECTS ==
            via[n_via - 1])
            return TRUE;
    return FALSE;
}

gboolean
oracle_impact_is_via(
    const OracleImpact *self, int32_t node, int effect, const int32_t *via, int64_t n_via)
{
    const CpsfTime earliest = self->of[node][effect].earliest;

    if (earliest == ORACLE_IMPACT_NEVER)
        return n_via == 0;
    if (effect != ORACLE_IMPACT_ANY)
        return is_chain(self, oracle_vertex(node, effect), via, n_via);
    for (int e = 0; e < CPSF_N_EFFECTS; e++)
        if (self->of[node][e].earliest == earliest &&
            is_chain(self, oracle_vertex(node, e), via, n_via))
            return TRUE;
    return FALSE;
}

char *
oracle_impact_via(const OracleImpact *self, int32_t node, int effect)
{
    GString *text = g_string_new(NULL);
    g_autoptr(GArray) best = g_array_new(FALSE, FALSE, sizeof(int32_t));

    for (int e = 0; effect == ORACLE_IMPACT_ANY; e++)
        if (self->of[node][e].earliest == self->of[node][effect].earliest)
            effect = e;
    if (self->of[node][effect].earliest == ORACLE_IMPACT_NEVER)
        g_string_append(text, "never");
    else if (!follow_best(self, oracle_vertex(node, effect), best))
        g_string_append(text, "a circle");
    for (guint i = 0; i < best->len; i++)
        g_string_append_printf(text, " %d", g_array_index(best, int32_t, i));
    return g_string_free(text, FALSE);
}
