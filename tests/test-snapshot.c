/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A graph at one moment: which nodes and edges hold, adjacency, order, findings of the moment. */

#include "config.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <string.h>

#include "cpsf-snapshot-private.h"
#include "feedmaker.h"
#include "graphgen.h"

static CpsfGraph *
freeze(CpsfGraphBuilder *builder)
{
    g_autoptr(GError) error = NULL;
    CpsfGraph *graph = cpsf_graph_builder_freeze(builder, &error);

    cr_assert_not_null(graph);
    cr_assert_null(error);
    return graph;
}

static CpsfSnapshot *
snapshot_at(CpsfGraph *graph, CpsfTime at)
{
    g_autoptr(GError) error = NULL;
    CpsfSnapshot *snapshot = cpsf_graph_snapshot(graph, at, &error);

    cr_assert_not_null(snapshot);
    cr_assert_null(error);
    return snapshot;
}

/* jcn:1 -> jcn:2 <-> jcn:3, jcn:3 in [10, 20) only; jcn:1 -> jcn:2 is said twice. */
static CpsfGraph *
hand_graph(void)
{
    CpsfGraphBuilder *builder = cpsf_graph_builder_new();
    Feedmaker *feed = feedmaker_new(builder, "urn:f", 1, 0, NULL);

    feedmaker_node(feed, "jcn:1", CPSF_KIND_COMPANY);
    feedmaker_node(feed, "jcn:2", CPSF_KIND_COMPANY);
    feedmaker_node(feed, "jcn:3", CPSF_KIND_COMPANY)->valid = (CpsfInterval){10, 20};
    feedmaker_edge(feed, CPSF_RELATION_SUPPLIES, "jcn:1", "jcn:2")->valid.until = 15;
    feedmaker_edge(feed, CPSF_RELATION_SUPPLIES, "jcn:1", "jcn:2");
    feedmaker_edge(feed, CPSF_RELATION_SUPPLIES, "jcn:2", "jcn:3");
    feedmaker_edge(feed, CPSF_RELATION_SUPPLIES, "jcn:3", "jcn:2");
    feedmaker_edge(feed, CPSF_RELATION_VOUCHES, "jcn:2", "jcn:1");
    feedmaker_add(feed);
    return freeze(builder);
}

Test(snapshot, while_all_holds)
{
    g_autoptr(CpsfGraph) graph = hand_graph();
    g_autoptr(CpsfSnapshot) snapshot = snapshot_at(graph, 10);

    cr_assert_eq(cpsf_snapshot_get_at(snapshot), 10);
    cr_assert_eq(cpsf_snapshot_get_graph(snapshot), graph);
    cr_assert_eq(cpsf_snapshot_get_n_nodes(snapshot), 3);
    cr_assert_eq(cpsf_snapshot_get_n_edges(snapshot), 3);
    cr_assert_eq(cpsf_snapshot_get_n_components(snapshot), 2);
    cr_assert_arr_eq(snapshot->out.offsets, ((int64_t[]){0, 1, 2, 3}), 4 * sizeof(int64_t));
    cr_assert_arr_eq(snapshot->out.heads, ((int32_t[]){1, 2, 1}), 3 * sizeof(int32_t));
    cr_assert_arr_eq(snapshot->in.offsets, ((int64_t[]){0, 0, 2, 3}), 4 * sizeof(int64_t));
    cr_assert_arr_eq(snapshot->in.heads, ((int32_t[]){0, 2, 1}), 3 * sizeof(int32_t));
    cr_assert_arr_eq(snapshot->in_out, ((int64_t[]){0, 2, 1}), 3 * sizeof(int64_t));
    cr_assert_arr_eq(snapshot->component, ((int32_t[]){0, 1, 1}), 3 * sizeof(int32_t));
    cr_assert_arr_eq(snapshot->order, ((int32_t[]){0, 1, 2}), 3 * sizeof(int32_t));
    cr_assert_arr_eq(snapshot->component_start, ((int32_t[]){0, 1, 3}), 3 * sizeof(int32_t));
    /* of two statements the first that holds counts, by line */
    cr_assert_eq(graph->edges.items[snapshot->out_row[0]].place.line, 4);
}

Test(snapshot, when_an_end_no_longer_holds)
{
    g_autoptr(CpsfGraph) graph = hand_graph();
    g_autoptr(CpsfSnapshot) snapshot = snapshot_at(graph, 20);

    cr_assert_eq(cpsf_snapshot_get_n_nodes(snapshot), 2);
    cr_assert_eq(cpsf_snapshot_get_n_edges(snapshot), 1);
    cr_assert_eq(cpsf_snapshot_get_n_components(snapshot), 2);
    cr_assert_arr_eq(snapshot->holds, ((uint8_t[]){1, 1, 0}), 3);
    cr_assert_eq(snapshot->n_components, 3);
    cr_assert_eq(graph->edges.items[snapshot->out_row[0]].place.line, 5);
}

Test(snapshot, keeps_its_graph)
{
    CpsfGraph *graph = hand_graph();
    CpsfSnapshot *snapshot = snapshot_at(graph, 0);

    cpsf_graph_unref(graph);
    CpsfSnapshot *second = cpsf_snapshot_ref(snapshot);

    cpsf_snapshot_unref(snapshot);
    cr_assert_str_eq(cpsf_graph_get_key(cpsf_snapshot_get_graph(second), 2), "jcn:3");
    cpsf_snapshot_unref(second);
}

Test(snapshot, of_nothing)
{
    g_autoptr(CpsfGraph) graph = freeze(cpsf_graph_builder_new());
    g_autoptr(CpsfSnapshot) snapshot = snapshot_at(graph, 0);

    cr_assert_eq(cpsf_snapshot_get_n_nodes(snapshot), 0);
    cr_assert_eq(cpsf_snapshot_get_n_edges(snapshot), 0);
    cr_assert_eq(cpsf_snapshot_get_n_components(snapshot), 0);
    cr_assert_eq(cpsf_findings_get_n(cpsf_snapshot_get_findings(snapshot)), 0);
}

static void
say_grouped(Feedmaker *feed, const char *from, CpsfTime until)
{
    CpsfEdgeRow *row = feedmaker_edge(feed, CPSF_RELATION_SUPPLIES, from, "jcn:9");

    row->group = feedmaker_str(feed, "cells");
    row->valid.until = until;
}

/* cells needs 2 and has 2 until 50, then 1; spare is declared and has none, in [0, 30) only;
 * `other` is an undeclared group and asks for no more than it has. */
static CpsfGraph *
group_graph(void)
{
    CpsfGraphBuilder *builder = cpsf_graph_builder_new();
    Feedmaker *feed = feedmaker_new(builder, "urn:f", 1, 0, NULL);
    const char *const companies[] = {"jcn:1", "jcn:2", "jcn:3", "jcn:9"};

    for (int i = 0; i < 4; i++)
        feedmaker_node(feed, companies[i], CPSF_KIND_COMPANY);
    feedmaker_group(feed, "jcn:9", "cells", 2);
    feedmaker_group(feed, "jcn:9", "spare", 1)->valid = (CpsfInterval){0, 30};
    say_grouped(feed, "jcn:1", 50);
    say_grouped(feed, "jcn:1", 50); /* said twice is one member */
    say_grouped(feed, "jcn:2", CPSF_TIME_FOREVER);
    feedmaker_edge(feed, CPSF_RELATION_SUPPLIES, "jcn:3", "jcn:9")->group =
        feedmaker_str(feed, "other");
    feedmaker_add(feed);
    return freeze(builder);
}

static void
assert_findings(CpsfGraph *graph, CpsfTime at, const char *expected)
{
    g_autoptr(CpsfSnapshot) snapshot = snapshot_at(graph, at);
    g_autofree char *findings = feedmaker_dump_findings(cpsf_snapshot_get_findings(snapshot));

    cr_assert_str_eq(findings, expected);
}

Test(snapshot, a_group_with_too_few_members_is_found)
{
    g_autoptr(CpsfGraph) graph = group_graph();

    assert_findings(graph, 0,
                    "urn:f-1.xml:6: group-short: group spare of jcn:9 needs 1 members and has 0\n");
    assert_findings(graph, 30, "");
    assert_findings(graph, 50,
                    "urn:f-1.xml:5: group-short: group cells of jcn:9 needs 2 members and has 1\n");
}

/* Of two declarations of one group the first that holds counts. */
Test(snapshot, the_most_authoritative_need_counts)
{
    CpsfGraphBuilder *builder = cpsf_graph_builder_new();
    Feedmaker *feed = feedmaker_new(builder, "urn:f", 1, 0, NULL);

    feedmaker_node(feed, "jcn:9", CPSF_KIND_COMPANY);
    feedmaker_group(feed, "jcn:9", "a", 3)->valid.until = 10;
    feedmaker_group(feed, "jcn:9", "a", 5);
    feedmaker_add(feed);

    g_autoptr(CpsfGraph) graph = freeze(builder);

    assert_findings(graph, 9,
                    "urn:f-1.xml:2: group-short: group a of jcn:9 needs 3 members and has 0\n");
    assert_findings(graph, 10,
                    "urn:f-1.xml:3: group-short: group a of jcn:9 needs 5 members and has 0\n");
}

Test(snapshot, data_and_devices_of_unknown_origin_are_found)
{
    CpsfGraphBuilder *builder = cpsf_graph_builder_new();
    Feedmaker *feed = feedmaker_new(builder, "urn:f", 1, 0, NULL);

    feedmaker_node(feed, "jcn:1", CPSF_KIND_COMPANY);
    feedmaker_node(feed, "giai:1", CPSF_KIND_DEVICE);
    feedmaker_node(feed, "urn:x:data", CPSF_KIND_DATA)->valid.since = 5;
    feedmaker_node(feed, "pkg:npm/a@1", CPSF_KIND_SOFTWARE);
    feedmaker_edge(feed, CPSF_RELATION_MAKES, "jcn:1", "giai:1")->valid.until = 10;
    feedmaker_edge(feed, CPSF_RELATION_SENSES, "giai:1", "urn:x:data")->valid.since = 7;
    feedmaker_edge(feed, CPSF_RELATION_OWNS, "jcn:1", "urn:x:data"); /* no origin */
    feedmaker_add(feed);

    g_autoptr(CpsfGraph) graph = freeze(builder);

    assert_findings(graph, 0, "");
    assert_findings(graph, 5,
                    "urn:f-1.xml:3: unknown-origin: nothing is said to make, operate, sense, "
                    "derive or feed urn:x:data\n");
    assert_findings(graph, 7, "");
    assert_findings(graph, 10,
                    "urn:f-1.xml:2: unknown-origin: nothing is said to make, operate, sense, "
                    "derive or feed giai:1\n");
    cr_assert_eq(cpsf_findings_get_n(graph->findings), 0); /* the graph's own stay as they are */
}

Test(snapshot, findings_of_the_graph_are_among_them)
{
    CpsfGraphBuilder *builder = cpsf_graph_builder_new();
    Feedmaker *feed = feedmaker_new(builder, "urn:f", 1, 0, NULL);

    feedmaker_node(feed, "giai:1", CPSF_KIND_DEVICE);
    feedmaker_edge(feed, CPSF_RELATION_SUPPLIES, "jcn:1", "giai:1");
    feedmaker_add(feed);

    g_autoptr(CpsfGraph) graph = freeze(builder);

    assert_findings(graph, 0,
                    "urn:f-1.xml:1: unknown-origin: nothing is said to make, operate, sense, "
                    "derive or feed giai:1\n"
                    "urn:f-1.xml:2: unknown-kind: no statement says what jcn:1 is\n");
}

/* ---- laws ------------------------------------------------------------------------------------ */

/* Random companies that come and go, edges and groups among them. */
static CpsfGraph *
random_graph(uint64_t seed)
{
    CpsfGraphBuilder *builder = cpsf_graph_builder_new();
    Feedmaker *feed = feedmaker_new(builder, "urn:f", 1, 0, NULL);
    uint64_t state = seed;
    const uint32_t n = 2 + (uint32_t) (seed % 20);
    char key[2][16];

    for (uint32_t v = 0; v < n; v += 1 + test_random_below(&state, 2)) {
        g_snprintf(key[0], sizeof key[0], "jcn:%u", v);
        feedmaker_node(feed, key[0], CPSF_KIND_COMPANY)->valid.until =
            1 + test_random_below(&state, 10);
    }
    for (uint32_t i = 0; i < 3 * n; i++) {
        for (int k = 0; k < 2; k++)
            g_snprintf(key[k], sizeof key[k], "jcn:%u", test_random_below(&state, n));

        CpsfEdgeRow *row = feedmaker_edge(
            feed,
            test_random_below(&state, 5) == 0 ? CPSF_RELATION_VOUCHES : CPSF_RELATION_SUPPLIES,
            key[0], key[1]);

        row->valid.since = test_random_below(&state, 5);
        row->valid.until = row->valid.since + 1 + test_random_below(&state, 5);
        row->group = test_random_below(&state, 3) == 0 ? feedmaker_str(feed, "g") : 0;
    }
    feedmaker_add(feed);
    return freeze(builder);
}

/* Oracle: the row that counts for the edge of row i at that moment, by looking at all; -1 if none. */
static int64_t
counting_row(const CpsfGraph *graph, int64_t i, CpsfTime at)
{
    const CpsfEdgeRow *rows = graph->edges.items;

    if (rows[i].relation == CPSF_RELATION_VOUCHES ||
        !cpsf_graph_node_holds(graph, (int32_t) rows[i].from, at) ||
        !cpsf_graph_node_holds(graph, (int32_t) rows[i].to, at))
        return -1;
    for (int64_t k = 0; k < graph->edges.n; k++)
        if (rows[k].from == rows[i].from && rows[k].to == rows[i].to &&
            rows[k].relation == rows[i].relation && rows[k].group == rows[i].group &&
            cpsf_interval_holds(rows[k].valid, at))
            return k;
    return -1;
}

static void
assert_edges(const CpsfSnapshot *snapshot)
{
    const CpsfGraph *graph = snapshot->graph;
    int64_t e = 0;

    for (int64_t i = 0; i < graph->edges.n; i++) {
        const CpsfEdgeRow *row = &graph->edges.items[i];

        if (counting_row(graph, i, snapshot->at) != i)
            continue;
        cr_assert_lt(e, snapshot->out.m);
        cr_assert_eq(snapshot->out_row[e], i);
        cr_assert_eq(snapshot->out.heads[e], (int32_t) row->to);
        cr_assert_leq(snapshot->out.offsets[row->from], e);
        cr_assert_lt(e, snapshot->out.offsets[row->from + 1]);
        e++;
    }
    cr_assert_eq(snapshot->out.m, e);
    cr_assert_eq(snapshot->out.offsets[snapshot->out.n], e);
}

static void
assert_order(const CpsfSnapshot *snapshot)
{
    const int32_t n = snapshot->graph->n_nodes;

    for (int32_t v = 0; v < n; v++) {
        cr_assert_eq(snapshot->holds[v],
                     cpsf_graph_node_holds(snapshot->graph, v, snapshot->at) ? 1 : 0);
        for (int64_t e = snapshot->out.offsets[v]; e < snapshot->out.offsets[v + 1]; e++)
            cr_assert_leq(snapshot->component[v], snapshot->component[snapshot->out.heads[e]]);
        for (int64_t e = snapshot->in.offsets[v]; e < snapshot->in.offsets[v + 1]; e++)
            cr_assert_eq(snapshot->out.heads[snapshot->in_out[e]], v);
    }
    cr_assert_eq(snapshot->component_start[0], 0);
    cr_assert_eq(snapshot->component_start[snapshot->n_components], n);
    for (int32_t k = 0; k < snapshot->n_components; k++)
        for (int32_t i = snapshot->component_start[k]; i < snapshot->component_start[k + 1]; i++) {
            cr_assert_eq(snapshot->component[snapshot->order[i]], k);
            if (i > snapshot->component_start[k])
                cr_assert_lt(snapshot->order[i - 1], snapshot->order[i]);
        }
}

Test(laws, every_moment_is_what_the_rows_say)
{
    int64_t n_edges = 0;

    for (uint64_t seed = 0; seed < 60; seed++) {
        g_autoptr(CpsfGraph) graph = random_graph(seed);

        for (CpsfTime at = -1; at < 11; at++) {
            g_autoptr(CpsfSnapshot) snapshot = snapshot_at(graph, at);

            assert_edges(snapshot);
            assert_order(snapshot);
            n_edges += snapshot->out.m;
        }
    }
    cr_assert_gt(n_edges, 1000);
}

/* Shapes of the generators are what their header says: half of the nodes in one knot, or hardly a
 * circle. */
Test(laws, generated_graphs_have_their_shape)
{
    g_autoptr(TestGraph) company = test_graph_new(TEST_GRAPH_COMPANY, 10000, 100000, 1);
    g_autoptr(TestGraph) software = test_graph_new(TEST_GRAPH_SOFTWARE, 10000, 100000, 1);
    g_autoptr(CpsfGraph) bow =
        freeze(test_graph_build(company, CPSF_KIND_COMPANY, CPSF_RELATION_SUPPLIES));
    g_autoptr(CpsfGraph) tree =
        freeze(test_graph_build(software, CPSF_KIND_SOFTWARE, CPSF_RELATION_USED_BY));
    g_autoptr(CpsfSnapshot) bow_now = snapshot_at(bow, 0);
    g_autoptr(CpsfSnapshot) tree_now = snapshot_at(tree, 0);
    int32_t largest = 0;

    for (int32_t k = 0; k < bow_now->n_components; k++)
        largest = MAX(largest, bow_now->component_start[k + 1] - bow_now->component_start[k]);
    cr_assert_eq(largest, 5000);
    cr_assert_eq(cpsf_snapshot_get_n_components(bow_now), 5001);
    cr_assert_gt(cpsf_snapshot_get_n_components(tree_now), 9900);
    cr_assert_lt(cpsf_snapshot_get_n_components(tree_now), 10000);
}

Test(snapshot, survives_every_allocation_failure)
{
    g_autoptr(CpsfGraph) graph = group_graph();
    gboolean done = FALSE;
    int64_t n_failed = 0;

    for (; !done; n_failed++) {
        g_autoptr(GError) error = NULL;

        cpsf_mem_fail_after(n_failed);

        g_autoptr(CpsfSnapshot) snapshot = cpsf_graph_snapshot(graph, 0, &error);

        cpsf_mem_fail_after(-1);
        done = snapshot != NULL;
        if (!done)
            cr_assert_eq(error->code, CPSF_ERROR_NO_MEMORY);
        cr_assert_lt(n_failed, 100);
    }
    cr_assert_eq(n_failed, 15); /* fourteen arrays, and the run that had them all */
}
