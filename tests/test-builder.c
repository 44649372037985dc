/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A graph under construction: what programs state through the public functions. */

#include "config.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "feedmaker.h"

#define JCN "jcn:7000012050002"

Test(builder, states_nodes_and_edges)
{
    CpsfGraphBuilder *builder = cpsf_graph_builder_new();
    g_autoptr(GError) error = NULL;

    cr_assert(cpsf_graph_builder_add_node(builder, JCN, CPSF_KIND_COMPANY, "Maker", &error));
    cr_assert(cpsf_graph_builder_add_node(builder, JCN, CPSF_KIND_COMPANY, NULL, &error));
    cr_assert(cpsf_graph_builder_add_edge(builder, CPSF_RELATION_MAKES, JCN,
                                          "https://Example.org/x", CPSF_INTERVAL_ALL, &error));

    g_autoptr(CpsfGraph) graph = cpsf_graph_builder_freeze(builder, &error);
    g_autofree char *findings = feedmaker_dump_findings(cpsf_graph_get_findings(graph));
    const int32_t maker = cpsf_graph_find_node(graph, JCN);

    cr_assert_eq(cpsf_graph_get_n_nodes(graph), 2);
    cr_assert_eq(cpsf_graph_get_n_edges(graph), 1);
    cr_assert_eq(cpsf_graph_get_kind(graph, maker), CPSF_KIND_COMPANY);
    cr_assert_str_eq(cpsf_graph_get_name(graph, maker, NULL), "Maker");
    cr_assert_str_eq(cpsf_graph_get_key(graph, 0), "https://example.org/x");
    cr_assert_eq(cpsf_graph_find_node(graph, "https://EXAMPLE.org/x"), 0);
    cr_assert_eq(cpsf_graph_find_node(graph, "not a key"), CPSF_NODE_NONE);
    cr_assert_str_eq(findings,
                     ":0: unknown-kind: no statement says what https://example.org/x is\n");
}

Test(builder, of_nothing)
{
    g_autoptr(CpsfGraph) graph = cpsf_graph_builder_freeze(cpsf_graph_builder_new(), NULL);
    g_autofree char *digest = cpsf_graph_get_digest(graph);

    cr_assert_eq(cpsf_graph_get_n_nodes(graph), 0);
    cr_assert_eq(cpsf_graph_get_n_edges(graph), 0);
    cr_assert_eq(cpsf_graph_find_node(graph, JCN), CPSF_NODE_NONE);
    cr_assert_eq(strlen(digest), strlen("sha256:") + 64);
}

static void
assert_refused(gboolean added, GError **error)
{
    cr_assert_not(added);
    cr_assert_eq((*error)->code, CPSF_ERROR_INVALID_VALUE);
    g_clear_error(error);
}

Test(builder, refuses_bad_values)
{
    g_autoptr(CpsfGraphBuilder) b = cpsf_graph_builder_new();
    const CpsfInterval all = CPSF_INTERVAL_ALL;
    const CpsfInterval empty = {5, 5};
    GError *error = NULL;

    assert_refused(cpsf_graph_builder_add_node(b, "jcn:1", CPSF_KIND_COMPANY, NULL, &error),
                   &error);
    assert_refused(cpsf_graph_builder_add_node(b, JCN, (CpsfKind) CPSF_N_KINDS, NULL, &error),
                   &error);
    assert_refused(cpsf_graph_builder_add_node(b, JCN, (CpsfKind) -1, NULL, &error), &error);
    assert_refused(cpsf_graph_builder_add_node(b, JCN, CPSF_KIND_COMPANY, "\xff", &error), &error);
    assert_refused(cpsf_graph_builder_add_edge(b, CPSF_RELATION_SUPPLIES, "x", JCN, all, &error),
                   &error);
    assert_refused(cpsf_graph_builder_add_edge(b, CPSF_RELATION_SUPPLIES, JCN, "x", all, &error),
                   &error);
    assert_refused(
        cpsf_graph_builder_add_edge(b, (CpsfRelation) CPSF_N_RELATIONS, JCN, JCN, all, &error),
        &error);
    assert_refused(cpsf_graph_builder_add_edge(b, CPSF_RELATION_SUPPLIES, JCN, JCN, empty, &error),
                   &error);
}

Test(builder, survives_every_allocation_failure)
{
    gboolean done = FALSE;
    int64_t n_failed = 0;

    for (; !done; n_failed++) {
        g_autoptr(CpsfGraphBuilder) builder = cpsf_graph_builder_new();
        g_autoptr(GError) error = NULL;

        cpsf_mem_fail_after(n_failed);
        done = cpsf_graph_builder_add_node(builder, JCN, CPSF_KIND_COMPANY, "n", &error) &&
               cpsf_graph_builder_add_edge(builder, CPSF_RELATION_SUPPLIES, JCN,
                                           "https://a.example/", CPSF_INTERVAL_ALL, &error);
        if (done) {
            CpsfFeedInfo info = {.file = g_strdup("f")};
            CpsfStatements rows = {0};

            done = cpsf_graph_builder_add_feed(builder, &info, &rows, NULL, &error);
            cr_assert_eq(info.file == NULL, done); /* taken if and only if it was added */
            cpsf_feed_info_clear(&info);
        }
        cpsf_mem_fail_after(-1);
        if (!done)
            cr_assert_eq(error->code, CPSF_ERROR_NO_MEMORY);
        cr_assert_lt(n_failed, 100);
    }
    cr_assert_gt(n_failed, 3);
}
