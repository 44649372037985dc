/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What a graph makes of statements: kinds, layers, names, authority, edges, order, findings,
 * digest; by hand, then laws on random feeds. */

#include "config.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <string.h>

#include "feedmaker.h"
#include "graphgen.h"

#define DAY CPSF_TIME_DAY

static Feedmaker *
new_feed(CpsfGraphBuilder *builder, const char *id)
{
    return feedmaker_new(builder, id, 1, 0, NULL);
}

/* ---- kinds, layers, names -------------------------------------------------------------------- */

/* What counts is said first by the node itself, then by whoever was issued last, then by id. */
Test(graph, the_most_authoritative_kind_counts)
{
    CpsfGraphBuilder *builder = cpsf_graph_builder_new();
    Feedmaker *late = feedmaker_new(builder, "urn:late", 1, 9 * DAY, "jcn:2");
    Feedmaker *own = feedmaker_new(builder, "urn:own", 1, 1 * DAY, "jcn:1");
    Feedmaker *early = feedmaker_new(builder, "urn:early", 1, 0, NULL);

    feedmaker_node(late, "jcn:1", CPSF_KIND_PLACE)->name = feedmaker_str(late, "Late");
    feedmaker_node(late, "jcn:3", CPSF_KIND_PLACE);
    feedmaker_add(late);
    feedmaker_node(own, "jcn:1", CPSF_KIND_COMPANY)->class_name = feedmaker_str(own, "plc");
    feedmaker_add(own);
    feedmaker_node(early, "jcn:3", CPSF_KIND_SYSTEM);
    feedmaker_add(early);

    g_autoptr(CpsfGraph) graph = feedmaker_freeze(builder);
    g_autofree char *findings = feedmaker_dump_findings(graph->findings);

    cr_assert_eq(cpsf_graph_get_kind(graph, 0), CPSF_KIND_COMPANY);
    cr_assert_str_eq(cpsf_graph_get_name(graph, 0, NULL), "Late"); /* the only name */
    cr_assert_str_eq(cpsf_strtab_get(graph->strings, graph->class_name[0]), "plc");
    cr_assert_eq(cpsf_graph_get_kind(graph, 1), CPSF_KIND_PLACE);
    cr_assert_str_eq(
        findings,
        "urn:early-1.xml:1: kind-conflict: jcn:3 is a system here, but a place in a statement that "
        "counts more\n"
        "urn:late-1.xml:1: kind-conflict: jcn:1 is a place here, but a company in a statement that "
        "counts more\n");
}

Test(graph, a_later_version_that_corrects_a_kind_is_no_conflict)
{
    CpsfGraphBuilder *builder = cpsf_graph_builder_new();

    for (int version = 1; version <= 2; version++) {
        Feedmaker *feed = feedmaker_new(builder, "urn:f", version, version * DAY, NULL);

        feedmaker_node(feed, "jcn:1", version == 1 ? CPSF_KIND_PLACE : CPSF_KIND_COMPANY);
        feedmaker_add(feed);
    }

    g_autoptr(CpsfGraph) graph = feedmaker_freeze(builder);

    cr_assert_eq(cpsf_graph_get_kind(graph, 0), CPSF_KIND_COMPANY);
    cr_assert_eq(cpsf_findings_get_n(graph->findings), 0);
}

Test(graph, layers_unite_or_are_those_of_the_kind)
{
    CpsfGraphBuilder *builder = cpsf_graph_builder_new();
    Feedmaker *feed = new_feed(builder, "urn:f");

    feedmaker_node(feed, "giai:1", CPSF_KIND_DEVICE);
    feedmaker_node(feed, "giai:2", CPSF_KIND_DEVICE)->layers = CPSF_LAYER(2);
    feedmaker_node(feed, "giai:2", CPSF_KIND_DEVICE)->layers = CPSF_LAYER(3);
    feedmaker_edge(feed, CPSF_RELATION_OPERATES, "jcn:1", "giai:1");
    feedmaker_add(feed);

    g_autoptr(CpsfGraph) graph = feedmaker_freeze(builder);

    cr_assert_eq(cpsf_graph_get_layers(graph, 0), CPSF_LAYER(2));
    cr_assert_eq(cpsf_graph_get_layers(graph, 1), CPSF_LAYER(2) | CPSF_LAYER(3));
    cr_assert_eq(cpsf_graph_get_layers(graph, 2), CPSF_LAYER(1)); /* unknown */
}

Test(graph, names_by_language)
{
    CpsfGraphBuilder *builder = cpsf_graph_builder_new();
    Feedmaker *feed = new_feed(builder, "urn:f");

    feedmaker_node(feed, "jcn:1", CPSF_KIND_COMPANY)->name = feedmaker_str(feed, "plain");
    feedmaker_name(feed, "jcn:1", "ja-JP", "日本");
    feedmaker_name(feed, "jcn:1", "en", "English");
    feedmaker_name(feed, "jcn:1", "en", "later line");
    feedmaker_node(feed, "jcn:2", CPSF_KIND_COMPANY);
    feedmaker_name(feed, "jcn:2", "fr", "seul");
    feedmaker_node(feed, "jcn:3", CPSF_KIND_COMPANY);
    feedmaker_add(feed);

    g_autoptr(CpsfGraph) graph = feedmaker_freeze(builder);

    cr_assert_str_eq(cpsf_graph_get_name(graph, 0, NULL), "plain");
    cr_assert_str_eq(cpsf_graph_get_name(graph, 0, "de"), "plain");
    cr_assert_str_eq(cpsf_graph_get_name(graph, 0, "EN-gb"), "English");
    cr_assert_str_eq(cpsf_graph_get_name(graph, 0, "ja"), "日本");
    cr_assert_str_eq(cpsf_graph_get_name(graph, 0, "j"), "plain");
    cr_assert_str_eq(cpsf_graph_get_name(graph, 1, "en"), "seul");
    cr_assert_str_eq(cpsf_graph_get_name(graph, 2, "en"), "");
}

Test(graph, nodes_hold_while_a_row_of_theirs_does)
{
    CpsfGraphBuilder *builder = cpsf_graph_builder_new();
    Feedmaker *feed = new_feed(builder, "urn:f");

    feedmaker_node(feed, "jcn:1", CPSF_KIND_COMPANY)->valid = (CpsfInterval){10, 20};
    feedmaker_node(feed, "jcn:1", CPSF_KIND_COMPANY)->valid = (CpsfInterval){30, 40};
    feedmaker_edge(feed, CPSF_RELATION_SUPPLIES, "jcn:2", "jcn:1");
    feedmaker_add(feed);

    g_autoptr(CpsfGraph) graph = feedmaker_freeze(builder);

    cr_assert_not(cpsf_graph_node_holds(graph, 0, 9));
    cr_assert(cpsf_graph_node_holds(graph, 0, 10));
    cr_assert_not(cpsf_graph_node_holds(graph, 0, 20));
    cr_assert(cpsf_graph_node_holds(graph, 0, 39));
    cr_assert(cpsf_graph_node_holds(graph, 1, 9)); /* known by reference only */
}

Test(graph, rows_of_a_node_are_found)
{
    CpsfGraphBuilder *builder = cpsf_graph_builder_new();
    Feedmaker *feed = new_feed(builder, "urn:f");
    int64_t first;
    int64_t last;

    feedmaker_node(feed, "jcn:1", CPSF_KIND_COMPANY);
    feedmaker_evidence(feed, "jcn:2", "iso27001", "b");
    feedmaker_evidence(feed, "jcn:3", "iso27001", "a");
    feedmaker_evidence(feed, "jcn:2", "iso27001", "a");
    feedmaker_add(feed);

    g_autoptr(CpsfGraph) graph = feedmaker_freeze(builder);

    cpsf_rows_range(&graph->evidence, 0, &first, &last);
    cr_assert_eq(first, last);
    cpsf_rows_range(&graph->evidence, 1, &first, &last);
    cr_assert_eq(first, 0);
    cr_assert_eq(last, 2);
    cr_assert_eq(graph->evidence.items[0].place.line, 4); /* id "a" before "b" */
    cpsf_rows_range(&graph->evidence, 2, &first, &last);
    cr_assert_eq(first, 2);
    cr_assert_eq(last, 3);
}

/* ---- edges ----------------------------------------------------------------------------------- */

/* From's own publisher, then to's, then the others by date; and a group makes another edge. */
Test(graph, statements_of_one_edge_are_in_order_of_authority)
{
    CpsfGraphBuilder *builder = cpsf_graph_builder_new();
    const char *const publishers[] = {"jcn:3", "jcn:2", "jcn:1", NULL};
    const double expected[] = {0.2, 0.1, 0.3, 0.0};

    for (int i = 0; i < 4; i++) {
        const char id[] = {'u', 'r', 'n', ':', (char) ('a' + i), '\0'};
        Feedmaker *feed = feedmaker_new(builder, id, 1, i * DAY, publishers[i]);

        feedmaker_edge(feed, CPSF_RELATION_SUPPLIES, "jcn:1", "jcn:2")->criticality = i / 10.0;
        feedmaker_add(feed);
    }

    Feedmaker *group = new_feed(builder, "urn:g");

    feedmaker_edge(group, CPSF_RELATION_SUPPLIES, "jcn:1", "jcn:2")->group =
        feedmaker_str(group, "cells");
    feedmaker_add(group);

    g_autoptr(CpsfGraph) graph = feedmaker_freeze(builder);

    cr_assert_eq(cpsf_graph_get_n_edges(graph), 2);
    cr_assert_eq(graph->edges.n, 5);
    for (int i = 0; i < 4; i++)
        cr_assert_float_eq(graph->edges.items[i].criticality, expected[i], 0.0);
    cr_assert_neq(graph->edges.items[4].group, 0);
}

Test(graph, edges_that_do_not_fit_are_left_out)
{
    CpsfGraphBuilder *builder = cpsf_graph_builder_new();
    Feedmaker *feed = new_feed(builder, "urn:f");

    feedmaker_node(feed, "jcn:1", CPSF_KIND_COMPANY);
    feedmaker_node(feed, "giai:1", CPSF_KIND_DEVICE);
    feedmaker_edge(feed, CPSF_RELATION_SENSES, "jcn:1", "giai:1");
    feedmaker_edge(feed, CPSF_RELATION_SUPPLIES, "jcn:1", "jcn:1");
    feedmaker_edge(feed, CPSF_RELATION_SENSES, "giai:1", "urn:x:y"); /* unknown fits */
    feedmaker_add(feed);

    g_autoptr(CpsfGraph) graph = feedmaker_freeze(builder);
    g_autofree char *findings = feedmaker_dump_findings(graph->findings);

    cr_assert_eq(graph->edges.n, 1);
    cr_assert_eq(graph->n_nodes, 3);
    cr_assert_eq(graph->feeds[0].items_left_out, 1);
    cr_assert_str_eq(findings,
                     "urn:f-1.xml:3: relation-kind: senses does not run from company to device\n"
                     "urn:f-1.xml:4: self-loop: supplies from jcn:1 to itself is left out\n"
                     "urn:f-1.xml:5: unknown-kind: no statement says what urn:x:y is\n");
}

/* Every row about a node makes it; an issuer, an assessor, a publisher, a scope does not. */
Test(graph, subjects_make_nodes_and_mentions_do_not)
{
    CpsfGraphBuilder *builder = cpsf_graph_builder_new();
    Feedmaker *feed = feedmaker_new(builder, "urn:f", 1, 0, "jcn:99");
    CpsfEvidenceRow *evidence = feedmaker_evidence(feed, "jcn:10", "iso27001", "x");

    evidence->issuer = feedmaker_str(feed, "jcn:98");
    evidence->scope = feedmaker_str(feed, "jcn:97");
    feedmaker_opinion(feed, "jcn:11", "jcn:96");
    feedmaker_group(feed, "jcn:12", "g", 1);
    feedmaker_incident(feed, "jcn:13", "i");
    feedmaker_consequence(feed, "jcn:14", 1.0);
    feedmaker_completeness(feed, "jcn:15", "suppliers", "unknown");
    feedmaker_alias(feed, "jcn:16", "https://x.example/");
    feedmaker_name(feed, "jcn:17", "en", "n");
    feedmaker_property(feed, "jcn:18", "p", "v");
    feedmaker_add(feed);

    g_autoptr(CpsfGraph) graph = feedmaker_freeze(builder);

    cr_assert_eq(graph->n_nodes, 9);
    for (int32_t v = 0; v < 9; v++) {
        cr_assert_eq(cpsf_graph_get_kind(graph, v), CPSF_KIND_UNKNOWN);
        cr_assert_eq(cpsf_findings_get(graph->findings, (size_t) v)->line, v + 1);
    }
}

/* ---- laws ------------------------------------------------------------------------------------ */

#define N_FEEDS 6

static const char *const keys[] = {
    "jcn:1",
    "jcn:2",
    "lei:3",
    "duns:4",
    "giai:5",
    "sgtin:6",
    "gtin:7",
    "pkg:npm/a@1",
    "pkg:npm/b@1",
    "sha256:ab",
    "https://e.org/",
    "local:urn:feed0#r",
    "local:urn:feed1#r",
    "cpe:2.3:a:acme:tool:1.0:*:*:*:*:*:*:*",
};

static const char *
random_key(uint64_t *state)
{
    return keys[test_random_below(state, G_N_ELEMENTS(keys))];
}

static CpsfInterval
random_interval(uint64_t *state)
{
    const CpsfTime since = (CpsfTime) test_random_below(state, 10) * DAY;

    if (test_random_below(state, 2) == 0)
        return CPSF_INTERVAL_ALL;
    return (CpsfInterval){since, since + (CpsfTime) (1 + test_random_below(state, 10)) * DAY};
}

static void
say_random_row(Feedmaker *feed, uint64_t *state)
{
    const char *key = random_key(state);
    const CpsfInterval valid = random_interval(state);

    switch (test_random_below(state, 12)) {
    case 0:
    case 1:
        feedmaker_node(feed, key, (CpsfKind) test_random_below(state, CPSF_N_KINDS))->valid = valid;
        return;
    case 2:
        feedmaker_name(feed, key, "en", key)->valid = valid;
        return;
    case 3:
        feedmaker_alias(feed, key, random_key(state))->valid = valid;
        return;
    case 4:
        feedmaker_property(feed, key, "p", random_key(state))->valid = valid;
        return;
    case 5:
        feedmaker_consequence(feed, key, test_random_below(state, 3))->valid = valid;
        return;
    case 6:
        feedmaker_opinion(feed, key, random_key(state))->valid = valid;
        return;
    case 7:
        feedmaker_group(feed, key, "g", 1 + (int32_t) test_random_below(state, 2))->valid = valid;
        return;
    case 8:
        feedmaker_evidence(feed, key, "iso27001", random_key(state))->valid = valid;
        return;
    case 9:
        feedmaker_incident(feed, key, "i")->valid = valid;
        return;
    default: {
        const CpsfRelation relation = test_random_below(state, 2) == 0
                                          ? CPSF_RELATION_VOUCHES
                                          : (CpsfRelation) test_random_below(state, 3);
        CpsfEdgeRow *row = feedmaker_edge(feed, relation, key, random_key(state));

        row->group = test_random_below(state, 3) == 0 ? feedmaker_str(feed, "g") : 0;
        row->criticality = test_random_below(state, 2) == 0 ? 0.5 : (double) NAN;
        row->valid = valid;
    }
    }
}

/* Feeds 0 to 3 are by different publishers, 4 and 5 versions 2 and 3 of feed 0. */
static void
say_random_feed(CpsfGraphBuilder *builder, uint64_t seed, int k)
{
    const int id = k < 4 ? k : 0;
    g_autofree char *name = g_strdup_printf("urn:feed%d", id);
    uint64_t state = seed * N_FEEDS + (uint64_t) k + 1;
    Feedmaker *feed = feedmaker_new(builder, name, k < 4 ? 1 : k - 2,
                                    (CpsfTime) (seed % 3 + (uint64_t) k) * DAY, keys[id]);

    for (int i = 0; i < 20; i++)
        say_random_row(feed, &state);
    if (k >= 4) { /* much of what the version before said */
        state = seed * N_FEEDS + (uint64_t) (k == 4 ? 0 : 4) + 1;
        for (int i = 0; i < 12; i++)
            say_random_row(feed, &state);
    }
    feedmaker_add(feed);
}

static CpsfGraph *
random_graph(uint64_t seed, const int *order, int n)
{
    CpsfGraphBuilder *builder = cpsf_graph_builder_new();

    for (int i = 0; i < n; i++)
        say_random_feed(builder, seed, order[i]);
    return feedmaker_freeze(builder);
}

static void
assert_same(CpsfGraph *a, CpsfGraph *b, uint64_t seed)
{
    g_autofree char *dump = feedmaker_dump(a);
    g_autofree char *other_dump = feedmaker_dump(b);
    g_autofree char *digest = cpsf_graph_get_digest(a);
    g_autofree char *other_digest = cpsf_graph_get_digest(b);

    cr_assert_str_eq(dump, other_dump, "seed %d:\n%s\n---\n%s", (int) seed, dump, other_dump);
    cr_assert_str_eq(digest, other_digest);
}

Test(laws, the_order_and_number_of_feeds_change_nothing)
{
    const int order[] = {0, 1, 2, 3, 4, 5};
    const int reverse[] = {5, 4, 3, 2, 1, 0};
    const int twice[] = {3, 1, 5, 0, 1, 2, 4, 0, 5};
    int64_t n_edges = 0;

    for (uint64_t seed = 0; seed < 200; seed++) {
        g_autoptr(CpsfGraph) graph = random_graph(seed, order, 6);
        g_autoptr(CpsfGraph) reversed = random_graph(seed, reverse, 6);
        g_autoptr(CpsfGraph) doubled = random_graph(seed, twice, 9);

        n_edges += graph->edges.n;
        assert_same(graph, reversed, seed);
        assert_same(graph, doubled, seed);
    }
    cr_assert_gt(n_edges, 1000);
}

/* One more feed, of least authority, that says what another said: other rows, the same digest. */
Test(laws, saying_it_again_does_not_change_the_digest)
{
    for (uint64_t seed = 0; seed < 100; seed++) {
        const int order[] = {1};
        g_autoptr(CpsfGraph) graph = random_graph(seed, order, 1);
        CpsfGraphBuilder *builder = cpsf_graph_builder_new();
        Feedmaker *echo = feedmaker_new(builder, "urn:z", 1, CPSF_TIME_ALWAYS_BEFORE, NULL);
        uint64_t state = seed * N_FEEDS + 2;

        for (int i = 0; i < 20; i++)
            say_random_row(echo, &state);
        feedmaker_add(echo);
        say_random_feed(builder, seed, 1);

        g_autoptr(CpsfGraph) both = feedmaker_freeze(builder);
        g_autofree char *digest = cpsf_graph_get_digest(graph);
        g_autofree char *other_digest = cpsf_graph_get_digest(both);

        cr_assert_str_eq(digest, other_digest, "seed %d", (int) seed);
        cr_assert_eq(both->nodes.n, 2 * graph->nodes.n);
        cr_assert_eq(both->n_edges, graph->n_edges);
    }
}

/* Each of these is another thing to say, so each has another digest. */
static char *
digest_of(int change)
{
    CpsfGraphBuilder *builder = cpsf_graph_builder_new();
    Feedmaker *feed = new_feed(builder, change == 1 ? "urn:other" : "urn:f");

    if (change == 2)
        feed->line = 17;
    feedmaker_node(feed, "jcn:1", CPSF_KIND_COMPANY)->layers = change == 3 ? 3 : 0;
    CpsfEdgeRow *edge = feedmaker_edge(feed, CPSF_RELATION_SUPPLIES, "jcn:1", "jcn:2");

    edge->criticality = change == 4 ? 0.25 : (change == 5 ? 0.0 : (double) NAN);
    edge->valid.until = change == 6 ? 7 : CPSF_TIME_FOREVER;
    feedmaker_name(feed, "jcn:1", change == 7 ? "x" : "en", change == 7 ? "en" : "x");
    feedmaker_evidence(feed, "jcn:1", "a", change == 8 ? "bc" : "b")->status =
        change == 9 ? CPSF_STATUS_REVOKED : CPSF_STATUS_VALID;
    feedmaker_add(feed);

    g_autoptr(CpsfGraph) graph = feedmaker_freeze(builder);

    return cpsf_graph_get_digest(graph);
}

Test(laws, the_digest_tells_what_was_said_and_not_where)
{
    char *digests[10];

    for (int i = 0; i < 10; i++)
        digests[i] = digest_of(i);
    cr_assert_str_eq(digests[0], digests[1]);
    cr_assert_str_eq(digests[0], digests[2]);
    for (int i = 3; i < 10; i++)
        for (int j = 0; j < i; j++)
            cr_assert_str_neq(digests[i], digests[j], "%d and %d", i, j);
    for (int i = 0; i < 10; i++)
        g_free(digests[i]);
}

/* -0 is 0. */
Test(laws, the_digest_knows_one_zero)
{
    char *digests[2];

    for (int i = 0; i < 2; i++) {
        CpsfGraphBuilder *builder = cpsf_graph_builder_new();
        Feedmaker *feed = new_feed(builder, "urn:f");

        feedmaker_consequence(feed, "jcn:1", i == 0 ? 0.0 : -0.0);
        feedmaker_add(feed);

        g_autoptr(CpsfGraph) graph = feedmaker_freeze(builder);

        digests[i] = cpsf_graph_get_digest(graph);
    }
    cr_assert_str_eq(digests[0], digests[1]);
    g_free(digests[0]);
    g_free(digests[1]);
}

/* Large enough for both passes of the sort and for nodes with many rows. */
Test(laws, a_large_graph_is_sorted)
{
    g_autoptr(TestGraph) generated = test_graph_new(TEST_GRAPH_COMPANY, 20000, 100000, 3);
    g_autoptr(CpsfGraph) graph =
        feedmaker_freeze(test_graph_build(generated, CPSF_KIND_COMPANY, CPSF_RELATION_SUPPLIES));
    const CpsfEdgeRow *row = graph->edges.items;
    g_autofree gboolean *seen = g_new0(gboolean, (size_t) generated->m + 1);

    cr_assert_eq(graph->n_nodes, generated->n);
    for (int64_t i = 0; i < graph->edges.n; i++) {
        const int64_t line = row[i].place.line;

        cr_assert_not(seen[line]);
        seen[line] = TRUE;
        cr_assert_eq(row[i].from, generated->from[line - 1]);
        cr_assert_eq(row[i].to, generated->to[line - 1]);
        if (i == 0)
            continue;
        cr_assert_leq(row[i - 1].from, row[i].from);
        if (row[i - 1].from == row[i].from)
            cr_assert_leq(row[i - 1].to, row[i].to);
        if (cpsf_edge_is_same(&row[i - 1], &row[i]))
            cr_assert_lt(row[i - 1].place.line, line);
    }
}

Test(freeze, survives_every_allocation_failure)
{
    const int order[] = {0, 1, 2, 3, 4, 5};
    gboolean done = FALSE;
    int64_t n_failed = 0;

    for (; !done; n_failed++) {
        const CpsfFreezeOptions options = {.now = 1000 * DAY, .strict = n_failed % 2 != 0};
        CpsfGraphBuilder *builder = cpsf_graph_builder_new();
        g_autoptr(GError) error = NULL;

        for (int i = 0; i < 6; i++)
            say_random_feed(builder, 11, order[i]);
        cpsf_mem_fail_after(n_failed / 2);

        g_autoptr(CpsfGraph) graph = cpsf_graph_builder_freeze_with(builder, &options, &error);

        cpsf_mem_fail_after(-1);
        done = graph != NULL && n_failed % 2 == 0;
        if (graph == NULL)
            cr_assert_eq(error->code, CPSF_ERROR_NO_MEMORY);
        cr_assert_lt(n_failed, 10000);
    }
    cr_assert_gt(n_failed, 50);
}
