/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The blast radius against enumeration of each node alone (tests/lib/oracle-impact.h): sketches are
 * right on average, and their standard errors of the stated size. */

#include "config.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>

#include "cpsf-blast.h"
#include "graphgen.h"
#include "impactgen.h"
#include "oracle-impact.h"

typedef struct {
    TestImpact *impact;
    CpsfPolicy *policy;
    CpsfGraph *graph;
    CpsfSnapshot *snapshot;
    CpsfEffect effect;
    gboolean has_losses; /* some node that holds states one */
    uint64_t seed;
} Case;

static Case
case_of(uint64_t seed)
{
    Case c = {.impact = test_impact_draw(seed, 2 + (int) (seed % 8), 1 + (int) (seed / 3 % 4), 256),
              .effect =
                  seed % 3 == 0 ? (CpsfEffect) (seed / 3 % CPSF_N_EFFECTS) : CPSF_EFFECT_OUTAGE,
              .seed = seed};

    c.policy = test_impact_policy(c.impact);
    c.graph = test_impact_freeze(c.impact, seed);
    c.snapshot = cpsf_graph_snapshot(c.graph, TEST_IMPACT_AT, NULL);
    cr_assert_not_null(c.snapshot);
    for (int64_t i = 0; i < c.graph->consequences.n; i++) {
        const CpsfConsequenceRow *row = &c.graph->consequences.items[i];

        c.has_losses |= !isnan(row->loss) && row->valid.since <= TEST_IMPACT_AT &&
                        TEST_IMPACT_AT < row->valid.until && c.snapshot->holds[row->node];
    }
    return c;
}

static void
case_clear(Case *c)
{
    test_impact_free(c->impact);
    cpsf_policy_unref(c->policy);
    cpsf_snapshot_unref(c->snapshot);
    cpsf_graph_unref(c->graph);
}

/* Columns by node; NaN = no row, or null. */
typedef struct {
    CpsfTable *table; /* (owned) */
    double *nodes;
    double *loss;
    double *rel_stderr;
    gboolean *is_lower;
} Blast;

static int
column(CpsfTable *table, const char *name)
{
    const int i = cpsf_table_find_column(table, name);

    cr_assert(i >= 0, "no column %s", name);
    return i;
}

static double
number(CpsfTable *table, const char *name, int64_t row)
{
    const int i = column(table, name);

    return cpsf_table_is_null(table, i, row) ? (double) NAN : cpsf_table_get_double(table, i, row);
}

static void
read_row(const Case *c, Blast *blast, int64_t i)
{
    CpsfTable *table = blast->table;
    const int bound = column(table, "bound");
    const int32_t v =
        cpsf_graph_find_node(c->graph, cpsf_table_get_utf8(table, column(table, "key"), i));

    cr_assert(v >= 0);
    cr_assert(isnan(blast->nodes[v]), "seed %d: two rows of node %d", (int) c->seed, v);
    blast->nodes[v] = number(table, "nodes", i);
    blast->loss[v] = number(table, "loss", i);
    blast->rel_stderr[v] = number(table, "rel_stderr", i);
    cr_assert(isfinite(blast->nodes[v]) && isfinite(blast->rel_stderr[v]));
    if (cpsf_table_is_null(table, bound, i))
        return;
    cr_assert_str_eq(cpsf_table_get_utf8(table, bound, i), "lower");
    blast->is_lower[v] = TRUE;
}

static Blast
ask(const Case *c, const CpsfBlastOptions *options)
{
    g_autoptr(GError) error = NULL;
    const int32_t n = c->graph->n_nodes;
    Blast blast = {.table = cpsf_blast(c->snapshot, c->policy, options, &error),
                   .nodes = g_new(double, n + 1),
                   .loss = g_new(double, n + 1),
                   .rel_stderr = g_new(double, n + 1),
                   .is_lower = g_new0(gboolean, n + 1)};

    cr_assert(blast.table != NULL, "seed %d: %s", (int) c->seed,
              error != NULL ? error->message : "no error");
    for (int32_t v = 0; v < n; v++)
        blast.nodes[v] = blast.loss[v] = blast.rel_stderr[v] = (double) NAN;
    for (int64_t i = 0; i < cpsf_table_get_n_rows(blast.table); i++)
        read_row(c, &blast, i);
    return blast;
}

static void
blast_clear(Blast *blast)
{
    cpsf_table_unref(blast->table);
    g_free(blast->nodes);
    g_free(blast->loss);
    g_free(blast->rel_stderr);
    g_free(blast->is_lower);
}

static const char *
currency_of(const Case *c)
{
    gboolean has[2] = {FALSE, FALSE};

    for (int64_t i = 0; i < c->graph->consequences.n; i++) {
        const CpsfConsequenceRow *row = &c->graph->consequences.items[i];
        const char *name = cpsf_strtab_get(c->graph->strings, row->currency);

        if (!isnan(row->loss))
            has[g_strcmp0(name, "JPY") == 0] = TRUE;
    }
    return has[0] && has[1] ? "JPY" : NULL;
}

typedef struct {
    int n;
    double sum;
    double squares;
} Score;

static void
add_score(Score *score, double z)
{
    score->n++;
    score->sum += z;
    score->squares += z * z;
}

/* ---- every node ---- */

static void
compare_nodes(const Case *c, const OracleBlast *oracle, const Blast *blast, int *between)
{
    for (int32_t v = 0; v < oracle->n; v++) {
        const double wanted = oracle->nodes[v];

        cr_assert(isnan(wanted) == isnan(blast->nodes[v]), "seed %d: row of node %d", (int) c->seed,
                  v);
        if (isnan(wanted))
            continue;
        cr_assert(blast->is_lower[v] == oracle->is_lower[v], "seed %d: bound of node %d is %d",
                  (int) c->seed, v, blast->is_lower[v]);
        cr_assert(fabs(blast->nodes[v] - wanted) <= 5.5 * blast->rel_stderr[v] * blast->nodes[v],
                  "seed %d node %d: %g nodes, not %g, by %g", (int) c->seed, v, blast->nodes[v],
                  wanted, blast->rel_stderr[v]);
        cr_assert(isnan(blast->loss[v]) == !c->has_losses, "seed %d: loss of node %d is %g",
                  (int) c->seed, v, blast->loss[v]);
        if (c->has_losses)
            cr_assert_eq(blast->loss[v] > 0, oracle->loss[v] > 0, "seed %d: loss of node %d",
                         (int) c->seed, v);
        *between += wanted > 1.001;
    }
}

static void
check_order(const Case *c, const Blast *blast)
{
    const int key = column(blast->table, "key");

    for (int64_t i = 1; i < cpsf_table_get_n_rows(blast->table); i++) {
        const double a = number(blast->table, "nodes", i - 1);
        const double b = number(blast->table, "nodes", i);

        cr_assert(a >= b, "seed %d", (int) c->seed);
        if (a == b && !c->has_losses)
            cr_assert(g_strcmp0(cpsf_table_get_utf8(blast->table, key, i - 1),
                                cpsf_table_get_utf8(blast->table, key, i)) < 0);
    }
}

Test(blast_oracle, every_node_of_random_supplies, .timeout = 300)
{
    int between = 0;
    int lower = 0;

    for (uint64_t seed = 0; seed < 300; seed++) {
        Case c = case_of(seed);
        const CpsfBlastOptions options = {.effect = c.effect, .worlds = 1024, .seed = seed};
        g_autoptr(OracleBlast) oracle =
            oracle_blast_new(c.snapshot, c.policy, (int) c.effect, currency_of(&c));
        Blast blast = ask(&c, &options);

        compare_nodes(&c, oracle, &blast, &between);
        check_order(&c, &blast);
        for (int32_t v = 0; v < oracle->n; v++)
            lower += oracle->is_lower[v];
        blast_clear(&blast);
        case_clear(&c);
    }
    cr_expect(between > 300, "%d nodes hit others", between);
    cr_expect(lower > 50, "%d nodes with a lower bound", lower);
}

/* Only which nodes are listed depends on the layer. */
Test(blast_oracle, layers_list_what_all_layers_list)
{
    for (uint64_t seed = 0; seed < 30; seed++) {
        Case c = case_of(seed);
        CpsfBlastOptions options = {.effect = c.effect, .worlds = 512, .seed = seed};
        Blast all = ask(&c, &options);

        for (int layer = 1; layer <= 3; layer++) {
            options.layer = layer;
            Blast some = ask(&c, &options);

            for (int32_t v = 0; v < c.graph->n_nodes; v++) {
                const gboolean is_in = (cpsf_graph_get_layers(c.graph, v) >> (layer - 1) & 1U) != 0;

                cr_assert(isnan(some.nodes[v]) == (isnan(all.nodes[v]) || !is_in),
                          "seed %d node %d", (int) seed, v);
                if (!isnan(some.nodes[v]))
                    cr_assert(some.nodes[v] == all.nodes[v]);
            }
            blast_clear(&some);
        }
        blast_clear(&all);
        case_clear(&c);
    }
}

/* ---- on average ---- */

/*
 * One node a graph, one that hits others by chance if there is one, with five seeds: about n = 1,500
 * nearly independent figures.  z is what one is off, in standard errors; its mean is no zero, since an
 * estimate that came out low states a low error, too, so the mean of what is off itself is looked at.
 * The mean square of z has a standard deviation of 0.04.
 */
Test(blast_oracle, figures_are_right_on_average, .timeout = 300)
{
    Score nodes = {0};
    Score offs = {0};
    Score losses = {0};

    for (uint64_t seed = 1000; seed < 1300; seed++) {
        Case c = case_of(seed);
        g_autoptr(OracleBlast) oracle =
            oracle_blast_new(c.snapshot, c.policy, (int) c.effect, currency_of(&c));
        int32_t chosen = -1;

        for (int32_t v = 0; v < oracle->n; v++)
            if (c.snapshot->holds[v] &&
                (chosen < 0 ||
                 fabs(oracle->nodes[v] - floor(oracle->nodes[v]) - 0.5) <
                     fabs(oracle->nodes[chosen] - floor(oracle->nodes[chosen]) - 0.5)))
                chosen = v;
        for (uint64_t k = 0; chosen >= 0 && k < 5; k++) {
            const CpsfBlastOptions options = {
                .effect = c.effect, .worlds = 512, .seed = 10 * seed + k};
            Blast blast = ask(&c, &options);
            const double found = blast.nodes[chosen];

            add_score(&offs, found / oracle->nodes[chosen] - 1);
            add_score(&nodes, (found - oracle->nodes[chosen]) / (blast.rel_stderr[chosen] * found));
            if (oracle->loss[chosen] > 0)
                add_score(&losses, blast.loss[chosen] / oracle->loss[chosen] - 1);
            blast_clear(&blast);
        }
        case_clear(&c);
    }
    cr_assert(nodes.n > 1000, "%d", nodes.n);
    cr_assert(losses.n > 300, "%d", losses.n);
    const double square = nodes.squares / nodes.n;
    const double spread = sqrt(losses.squares / losses.n);

    cr_expect(fabs(offs.sum) < 5 * sqrt(offs.squares), "on average %g off", offs.sum / offs.n);
    cr_expect(square > 0.8 && square < 1.5, "mean square of %g", square);
    cr_expect(fabs(losses.sum / losses.n) < 5 * spread / sqrt(losses.n),
              "losses are on average %g off", losses.sum / losses.n);
    cr_expect(spread > 0.01 && spread < 0.3, "losses are spread by %g", spread);
}
