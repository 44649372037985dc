/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Trust against enumeration (tests/lib/oracle-worlds.h): exact figures to the last digits, sampled
 * ones by their standard errors; what each anchor is worth by itself; and against igraph where every
 * edge is felt, so that trust is a matter of reachability. */

#include "config.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <igraph.h>
#include <math.h>
#include <stdio.h>

#include "checkgen.h"
#include "cpsf-kernels.h"
#include "cpsf-opinion-private.h"
#include "graphgen.h"
#include "oracle-worlds.h"
#include "trust-test.h"

/* Sums of up to 2^16 products of up to 16 factors: far below 1e-12 in double, if compensated. */
#define EXACT 1e-12

typedef struct {
    TestSupply *supply;
    CpsfGraph *graph;
    CpsfSnapshot *snapshot;
    CpsfPolicy *policy;
} Case;

/* Now and then with all 16 events that the oracle is meant for. */
static Case
case_of(uint64_t seed)
{
    const gboolean is_large = seed % 20 == 7;
    const int n = is_large ? 9 + (int) (seed / 20 % 4) : 2 + (int) (seed % 9);
    const double outcomes = is_large ? 1 << 21 : seed % 4 == 0 ? 8192 : 1024;
    Case c = {.supply = test_supply_draw(seed, n, outcomes), .policy = test_supply_policy()};

    c.graph = test_supply_freeze(c.supply, seed);
    c.snapshot =
        cpsf_graph_snapshot(c.graph, seed % 5 == 0 ? TEST_SUPPLY_LATER : TEST_SUPPLY_AT, NULL);
    cr_assert_not_null(c.snapshot);
    return c;
}

static void
case_clear(Case *c)
{
    if (c->supply != NULL)
        test_supply_free(c->supply);
    cpsf_snapshot_unref(c->snapshot);
    cpsf_graph_unref(c->graph);
    cpsf_policy_unref(c->policy);
}

static OracleWorlds *
enumerate(const Case *c, int layer)
{
    g_autofree CpsfOpinion *own = test_supply_own(c->supply, c->graph, c->snapshot->at, layer);

    return oracle_worlds_new(c->snapshot, c->policy, own);
}

Test(trust_oracle, own_opinions_are_those_of_the_page)
{
    for (uint64_t seed = 0; seed < 500; seed++) {
        Case c = case_of(seed);
        g_autoptr(CpsfAnchors) anchors = cpsf_anchors_new(c.snapshot, c.policy, NULL);
        g_autofree CpsfOpinion *found = g_new0(CpsfOpinion, c.graph->n_nodes + 1);

        for (int layer = 0; layer < 4; layer++) {
            g_autofree CpsfOpinion *own = test_supply_own(c.supply, c.graph, c.snapshot->at, layer);

            cr_assert(cpsf_opinions_own(anchors, layer, found, NULL));
            for (int32_t v = 0; v < c.graph->n_nodes; v++) {
                if (!c.snapshot->holds[v])
                    own[v] = (CpsfOpinion){1, 0, 0};
                cr_assert(epsilon_eq(dbl, found[v].belief, own[v].belief, EXACT),
                          "seed %d layer %d node %d", (int) seed, layer, v);
                cr_assert(epsilon_eq(dbl, found[v].disbelief, own[v].disbelief, EXACT));
                cr_assert(epsilon_eq(dbl, found[v].uncertainty, own[v].uncertainty, EXACT));
            }
        }
        case_clear(&c);
    }
}

/* What the 1,000 graphs are made of, so that none of it is missing unseen. */
typedef struct {
    int between; /* figures strictly between 0 and 1 */
    int circles; /* graphs with one */
    int gates;   /* graphs with an edge in a group */
    int shared;  /* graphs in which a node has two edges out */
    int events;  /* most events */
    int largest; /* graphs of 14 events and more */
} Made;

static void
look_at(const Case *c, const OracleWorlds *oracle, Made *made)
{
    gboolean is_gated = FALSE;
    gboolean is_shared = FALSE;

    for (int64_t e = 0; e < c->snapshot->out.m; e++)
        is_gated |= c->graph->edges.items[c->snapshot->out_row[e]].group != 0;
    for (int32_t v = 0; v < oracle->n; v++) {
        is_shared |= c->snapshot->out.offsets[v + 1] - c->snapshot->out.offsets[v] > 1;
        made->between += oracle->belief[v] > 1e-9 && oracle->belief[v] < 1 - 1e-9;
        made->between += oracle->disbelief[v] > 1e-9 && oracle->disbelief[v] < 1 - 1e-9;
    }
    made->gates += is_gated;
    made->shared += is_shared;
    made->circles += c->snapshot->n_components < c->graph->n_nodes;
    made->events = MAX(made->events, oracle->n_events);
    made->largest += oracle->n_events >= 14;
}

static void
compare(const Case *c, const OracleWorlds *oracle, const TestTrust *answer, int seed, int layer)
{
    for (int32_t v = 0; v < oracle->n; v++) {
        if (!c->snapshot->holds[v]) {
            cr_assert(isnan(answer->belief[v]));
            continue;
        }
        cr_assert(epsilon_eq(dbl, answer->belief[v], oracle->belief[v], EXACT),
                  "seed %d layer %d %s: belief %.17g, not %.17g", seed, layer,
                  cpsf_graph_get_key(c->graph, v), answer->belief[v], oracle->belief[v]);
        cr_assert(epsilon_eq(dbl, answer->disbelief[v], oracle->disbelief[v], EXACT),
                  "seed %d layer %d %s: disbelief %.17g, not %.17g", seed, layer,
                  cpsf_graph_get_key(c->graph, v), answer->disbelief[v], oracle->disbelief[v]);
        cr_assert(epsilon_eq(dbl, answer->uncertainty[v],
                             1 - oracle->belief[v] - oracle->disbelief[v], 2 * EXACT));
        cr_assert(epsilon_eq(dbl, answer->expected[v],
                             (1 + oracle->belief[v] - oracle->disbelief[v]) / 2, EXACT));
        cr_assert(answer->stderr_of[v] == 0.0);
    }
}

static void
expect_variety(const Made *made)
{
    cr_expect(made->between > 3000, "%d", made->between);
    cr_expect(made->circles > 300, "%d", made->circles);
    cr_expect(made->gates > 500, "%d", made->gates);
    cr_expect(made->shared > 500, "%d", made->shared);
    cr_expect(made->largest >= 5, "%d, at most %d events", made->largest, made->events);
}

ParameterizedTestParameters(trust_oracle, exact_figures_are_those_of_enumeration)
{
    static int layers[] = {0, 1, 2, 3};

    return cr_make_param_array(int, layers, G_N_ELEMENTS(layers));
}

/* 1,000 graphs, with all layers together and with each alone. */
ParameterizedTest(int *layer, trust_oracle, exact_figures_are_those_of_enumeration, .timeout = 300)
{
    const CpsfTrustOptions options = {.method = CPSF_METHOD_EXACT, .layer = *layer};
    Made made = {0};

    for (uint64_t seed = 0; seed < 1000; seed++) {
        Case c = case_of(seed);
        g_autoptr(OracleWorlds) oracle = enumerate(&c, *layer);

        cpsf_kernels_use_portable(seed % 2);
        g_autoptr(TestTrust) answer = test_trust_ask(c.snapshot, c.policy, &options);

        compare(&c, oracle, answer, (int) seed, *layer);
        cr_assert(answer->report.events <= oracle->n_events);
        cr_assert(answer->report.worlds == 0);
        look_at(&c, oracle, &made);
        case_clear(&c);
    }
    cpsf_kernels_use_portable(FALSE);
    if (*layer == 0)
        expect_variety(&made);
}

/* Asked about one node, exact mode looks at what bears on it alone, and finds the same. */
Test(trust_oracle, exact_figures_of_one_node)
{
    for (uint64_t seed = 0; seed < 100; seed++) {
        Case c = case_of(seed);
        g_autoptr(OracleWorlds) oracle = enumerate(&c, 0);
        const int32_t v = (int32_t) (seed % (uint64_t) c.graph->n_nodes);
        const char *const keys[] = {cpsf_graph_get_key(c.graph, v), NULL};
        const CpsfTrustOptions options = {.method = CPSF_METHOD_EXACT, .keys = keys};
        g_autoptr(TestTrust) answer = test_trust_ask(c.snapshot, c.policy, &options);

        cr_assert(cpsf_table_get_n_rows(answer->table) == c.snapshot->holds[v]);
        if (c.snapshot->holds[v]) {
            cr_assert(epsilon_eq(dbl, answer->belief[v], oracle->belief[v], EXACT));
            cr_assert(epsilon_eq(dbl, answer->disbelief[v], oracle->disbelief[v], EXACT));
        }
        case_clear(&c);
    }
}

static void
turn_key(char *key)
{
    int i = 0;

    if (sscanf(key, "urn:example:n%d", &i) == 1)
        g_snprintf(key, 40, "urn:example:n%02d", 99 - i);
}

/* Enumeration does not know what nodes are called. */
Test(trust_oracle, names_do_not_matter_to_enumeration)
{
    const CpsfTrustOptions options = {.method = CPSF_METHOD_EXACT};

    for (uint64_t seed = 0; seed < 100; seed++) {
        Case c = case_of(seed);
        g_autoptr(TestTrust) before = test_trust_ask(c.snapshot, c.policy, &options);

        for (guint i = 0; i < c.supply->said->len; i++) {
            turn_key(g_array_index(c.supply->said, TestSaid, i).key);
            turn_key(g_array_index(c.supply->said, TestSaid, i).from);
        }
        g_autoptr(CpsfGraph) graph = test_supply_freeze(c.supply, seed);
        g_autoptr(CpsfSnapshot) snapshot = cpsf_graph_snapshot(graph, c.snapshot->at, NULL);
        g_autoptr(TestTrust) after = test_trust_ask(snapshot, c.policy, &options);

        for (int32_t v = 0; v < before->n; v++) {
            char key[40];

            g_strlcpy(key, cpsf_graph_get_key(c.graph, v), sizeof key);
            turn_key(key);
            if (!c.snapshot->holds[v])
                continue;
            cr_assert(epsilon_eq(dbl, before->belief[v], test_trust_get(after, belief, graph, key),
                                 EXACT));
            cr_assert(epsilon_eq(dbl, before->disbelief[v],
                                 test_trust_get(after, disbelief, graph, key), EXACT));
        }
        case_clear(&c);
    }
}

/* 200 graphs, in all layers and in one, every node: the chance that a right sampler fails one of
 * the about 6,000 figures is below one in a hundred. */
Test(trust_oracle, sampled_figures_within_five_standard_errors, .timeout = 300)
{
    for (uint64_t seed = 1000; seed < 1200; seed++) {
        Case c = case_of(seed);
        const int layer = (int) (seed % 4);
        const int64_t worlds = seed % 3 == 0 ? 5000 : 4096;
        const CpsfTrustOptions options = {.layer = layer, .worlds = worlds, .seed = seed};
        g_autoptr(OracleWorlds) oracle = enumerate(&c, layer);
        g_autoptr(TestTrust) answer = test_trust_ask(c.snapshot, c.policy, &options);

        cr_assert(answer->report.worlds == worlds);
        for (int32_t v = 0; v < oracle->n; v++) {
            if (!c.snapshot->holds[v])
                continue;
            cr_assert(test_trust_is_near(answer->belief[v], oracle->belief[v], worlds),
                      "seed %d node %d: %g, not %g", (int) seed, v, answer->belief[v],
                      oracle->belief[v]);
            cr_assert(test_trust_is_near(answer->disbelief[v], oracle->disbelief[v], worlds));
        }
        case_clear(&c);
    }
}

/*
 * Standard errors are of the stated size: one node a graph, with an expected trust that is neither
 * 0 nor 1, sampled with ten seeds.  About n = 1,500 independent figures, of which 68.3 % must lie
 * within one standard error and 95.4 % within two: the shares have standard deviations of about
 * 1.2 % and 0.5 %, and may be off by four of them and by what 2,048 worlds leave of a bell curve.
 */
Test(trust_oracle, standard_errors_are_of_the_stated_size, .timeout = 300)
{
    int n = 0;
    int within_one = 0;
    int within_two = 0;
    double sum = 0;

    for (uint64_t seed = 2000; seed < 2450; seed++) {
        Case c = case_of(seed);
        g_autoptr(OracleWorlds) oracle = enumerate(&c, 0);
        int32_t chosen = -1;

        for (int32_t v = 0; v < oracle->n; v++) {
            const double spread = oracle->belief[v] - oracle->disbelief[v];
            const gboolean varies =
                MIN(oracle->belief[v], 1 - oracle->belief[v]) > 0.05 && fabs(spread) < 0.95;

            if (c.snapshot->holds[v] && varies)
                chosen = v;
        }
        for (uint64_t k = 0; chosen >= 0 && k < 10; k++) {
            const CpsfTrustOptions options = {.worlds = 2048, .seed = 10 * seed + k};
            g_autoptr(TestTrust) answer = test_trust_ask(c.snapshot, c.policy, &options);
            const double wanted = (1 + oracle->belief[chosen] - oracle->disbelief[chosen]) / 2;
            const double z = (answer->expected[chosen] - wanted) / answer->stderr_of[chosen];

            n++;
            within_one += fabs(z) <= 1;
            within_two += fabs(z) <= 2;
            sum += z;
        }
        case_clear(&c);
    }
    cr_assert(n > 1000, "%d", n);
    const double one = (double) within_one / n;

    const double two = (double) within_two / n;

    cr_expect(fabs(one - 0.683) < 0.05, "%g of %d within one standard error", one, n);
    cr_expect(fabs(two - 0.954) < 0.025, "%g of %d within two standard errors", two, n);
    cr_expect(fabs(sum / n) < 4 / sqrt(n), "on average %g standard errors off", sum / n);
}

/* ---- too large to enumerate ---- */

/* Two samples of a chance may differ by five standard errors of their difference. */
static void
compare_samples(const Case *c, const CpsfOpinion *own, int64_t worlds, uint64_t seed)
{
    const CpsfTrustOptions options = {.worlds = worlds, .seed = seed, .threads = 2};
    g_autoptr(OracleWorlds) oracle =
        oracle_worlds_sample(c->snapshot, c->policy, own, worlds, seed + 1);
    g_autoptr(TestTrust) answer = test_trust_ask(c->snapshot, c->policy, &options);
    int between = 0;

    for (int32_t v = 0; v < oracle->n; v++) {
        if (!c->snapshot->holds[v])
            continue;
        cr_assert(test_trust_is_near(answer->belief[v], oracle->belief[v], worlds / 2),
                  "seed %d node %d: belief %g, not %g", (int) seed, v, answer->belief[v],
                  oracle->belief[v]);
        cr_assert(test_trust_is_near(answer->disbelief[v], oracle->disbelief[v], worlds / 2),
                  "seed %d node %d: disbelief %g, not %g", (int) seed, v, answer->disbelief[v],
                  oracle->disbelief[v]);
        between += fabs(oracle->belief[v] - 0.5) < 0.49;
        between += fabs(oracle->disbelief[v] - 0.5) < 0.49;
    }
    cr_expect(between > oracle->n / 4, "only %d figures of %d nodes vary", between, oracle->n);
}

/* Hundreds of nodes with all there is: groups, ignorance, chance on every second edge. */
Test(trust_oracle, large_supplies_by_another_sampler, .timeout = 300)
{
    for (uint64_t seed = 0; seed < 4; seed++) {
        Case c = {.supply = test_supply_draw(seed, 200, INFINITY), .policy = test_supply_policy()};

        c.graph = test_supply_freeze(c.supply, seed);
        c.snapshot = cpsf_graph_snapshot(c.graph, TEST_SUPPLY_AT, NULL);
        g_autofree CpsfOpinion *own = test_supply_own(c.supply, c.graph, TEST_SUPPLY_AT, 0);

        compare_samples(&c, own, 2048, seed);
        case_clear(&c);
    }
}

/* ---- igraph ---- */

static const CpsfTrustOptions exact = {.method = CPSF_METHOD_EXACT};

typedef struct {
    Case c; /* without a supply */
    TestGraph *shape;
    igraph_t theirs;
    double *belief; /* of each number of @shape, by itself */
} Large;

/* A second feed says of every node what it is worth by itself. */
static CpsfGraph *
freeze_with_opinions(const TestGraph *shape, const double *belief)
{
    CpsfGraphBuilder *builder = test_graph_build(shape, CPSF_KIND_COMPANY, CPSF_RELATION_SUPPLIES);
    TestFeed feed = {.builder = builder};
    CpsfFeedInfo info = {.file = g_strdup("opinions.xml"),
                         .id = g_strdup("urn:example:opinions"),
                         .format = g_strdup("cpsf-1"),
                         .issued = CPSF_TIME_ALWAYS_BEFORE};

    for (int32_t v = 0; v < shape->n; v++) {
        CpsfOpinionRow *row = cpsf_array_add(&feed.said.opinions, NULL);
        char key[40];

        g_snprintf(key, sizeof key, "local:graphgen#%09d", v);
        row->valid = CPSF_INTERVAL_ALL;
        row->place.line = (uint32_t) v + 1;
        row->node = test_feed_str(&feed, key);
        row->assessor = test_feed_str(&feed, "https://judge.example/");
        row->belief = belief[v];
        row->disbelief = 1 - belief[v];
        row->layer = 1;
    }
    cr_assert(cpsf_graph_builder_add_feed(builder, &info, &feed.said, NULL, NULL));
    CpsfGraph *graph = cpsf_graph_builder_freeze(builder, NULL);

    cr_assert_not_null(graph);
    return graph;
}

/* @chance nodes fail with probabilities between 0 and 1, every @sure-th of the others always. */
static Large
large_new(TestGraphShape shape, int32_t n, int64_t m, int chance, int sure, uint64_t seed)
{
    Large large = {.shape = test_graph_new(shape, n, m, seed), .belief = g_new(double, n)};
    igraph_vector_int_t ends;
    uint64_t r = seed + 99;

    for (int32_t v = 0; v < n; v++)
        large.belief[v] = sure > 0 && test_random_below(&r, (uint32_t) sure) == 0 ? 0 : 1;
    for (int i = 0; i < chance; i++)
        large.belief[test_random_below(&r, (uint32_t) n)] =
            0.5 + (double) test_random_below(&r, 500) / 1000;
    large.c.policy = test_supply_policy();
    large.c.graph = freeze_with_opinions(large.shape, large.belief);
    large.c.snapshot = cpsf_graph_snapshot(large.c.graph, TEST_SUPPLY_AT, NULL);
    cr_assert_not_null(large.c.snapshot);
    igraph_vector_int_init(&ends, 2 * m);
    for (int64_t i = 0; i < m; i++) {
        VECTOR(ends)[2 * i] = large.shape->from[i];
        VECTOR(ends)[2 * i + 1] = large.shape->to[i];
    }
    igraph_create(&large.theirs, &ends, n, IGRAPH_DIRECTED);
    igraph_vector_int_destroy(&ends);
    return large;
}

static void
large_clear(Large *large)
{
    igraph_destroy(&large->theirs);
    test_graph_free(large->shape);
    g_free(large->belief);
    case_clear(&large->c);
}

/* Of each number: the chance that nothing it can be reached from fails. */
static double *
by_igraph(const Large *large)
{
    double *works = g_new(double, large->shape->n);
    igraph_vector_int_t reached;

    for (int32_t v = 0; v < large->shape->n; v++)
        works[v] = 1;
    igraph_vector_int_init(&reached, 0);
    for (int32_t v = 0; v < large->shape->n; v++) {
        if (large->belief[v] == 1)
            continue;
        cr_assert(igraph_subcomponent(&large->theirs, &reached, v, IGRAPH_OUT) == IGRAPH_SUCCESS);
        for (igraph_integer_t i = 0; i < igraph_vector_int_size(&reached); i++)
            works[VECTOR(reached)[i]] *= large->belief[v];
    }
    igraph_vector_int_destroy(&reached);
    return works;
}

/* Keys of test_graph_build() sort as their numbers do, so node v is number v. */
static void
compare_with_igraph(const Large *large, const CpsfTrustOptions *options, gboolean is_sure)
{
    g_autofree double *works = by_igraph(large);
    g_autoptr(TestTrust) found = test_trust_ask(large->c.snapshot, large->c.policy, options);
    const int64_t worlds = found->report.worlds;
    int differ = 0;

    for (int32_t v = 0; v < large->shape->n; v++) {
        if (is_sure)
            differ += found->belief[v] != works[v] || found->disbelief[v] != 1 - works[v];
        else if (worlds == 0)
            differ += fabs(found->belief[v] - works[v]) > 1e-12;
        else
            differ += !test_trust_is_near(found->belief[v], works[v], worlds);
    }
    cr_expect(differ == 0, "%d of %d nodes differ", differ, large->shape->n);
}

/* Every edge felt and every opinion certain: what is believed is what nothing failed can reach. */
Test(trust_oracle, certain_belief_is_reachability_by_igraph)
{
    const CpsfTrustOptions sampled = {.worlds = 512};

    for (int shape = 0; shape < 3; shape++)
        for (uint64_t seed = 0; seed < 4; seed++) {
            Large large = large_new((TestGraphShape) shape, 2000, 2000 + 1000 * (int64_t) seed, 0,
                                    seed == 0 ? 20 : 400, seed);

            compare_with_igraph(&large, &sampled, TRUE);
            compare_with_igraph(&large, &exact, TRUE);
            large_clear(&large);
        }
}

/* Every edge felt, opinions without ignorance: belief is the product over what reaches a node. */
Test(trust_oracle, belief_is_a_product_over_what_reaches_a_node)
{
    const CpsfTrustOptions sampled = {.worlds = 8192, .threads = 2};

    for (int shape = 0; shape < 3; shape++) {
        Large few = large_new((TestGraphShape) shape, 1000, 1500, 16, 300, 7);
        Large many = large_new((TestGraphShape) shape, 1000, 1200, 40, 0, 8);

        compare_with_igraph(&few, &exact, FALSE);
        compare_with_igraph(&few, &sampled, FALSE);
        compare_with_igraph(&many, &sampled, FALSE);
        large_clear(&few);
        large_clear(&many);
    }
}

/* A knot of hundreds of nodes in which no two must fail together: every edge is felt by chance. */
Test(trust_oracle, large_knots_by_another_sampler, .timeout = 300)
{
    for (uint64_t seed = 0; seed < 3; seed++) {
        Large large = large_new(TEST_GRAPH_COMPANY, 600, 1800, 12, 0, seed);
        CpsfGraph *graph = large.c.graph;
        g_autofree CpsfOpinion *own = g_new0(CpsfOpinion, graph->n_nodes + 1);
        uint64_t r = seed;

        for (int64_t i = 0; i < graph->edges.n; i++)
            graph->edges.items[i].criticality = (double) (1 + test_random_below(&r, 9)) / 12;
        for (int32_t v = 0; v < graph->n_nodes; v++)
            own[v] = (CpsfOpinion){large.belief[v], 1 - large.belief[v], 0};
        compare_samples(&large.c, own, 2048, seed);
        large_clear(&large);
    }
}
