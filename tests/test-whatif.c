/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What-ifs by hand: each kind of change, what is shared and what is not, and one on another. */

#include "config.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <string.h>

#include "cpsf-check.h"
#include "feedmaker.h"
#include "whatifgen.h"
#include "writing.h"

/* ---- by hand ----------------------------------------------------------------------------- */

Test(what_if, nothing_shares_everything)
{
    g_autoptr(CpsfSnapshot) base = whatif_base();
    g_autoptr(CpsfWhatIf) what_if = cpsf_what_if_new(base);
    g_autoptr(CpsfSnapshot) same = whatif_outcome(what_if);
    g_autofree char *before = feedmaker_dump(base->graph);
    g_autofree char *after = feedmaker_dump(same->graph);

    cr_expect_neq(same->graph, base->graph);
    cr_expect_eq(same->graph->edges.items, base->graph->edges.items);
    cr_expect_eq(same->graph->evidence.items, base->graph->evidence.items);
    cr_expect_eq(same->graph->strings, base->graph->strings);
    cr_expect_eq(same->graph->feeds, base->graph->feeds);
    cr_expect_eq(same->out.heads, base->out.heads);
    cr_expect_eq(same->findings, base->findings);
    cr_expect_str_eq(after, before);
    whatif_expect_same(same->graph, base->graph);
    cpsf_what_if_free(NULL);
}

Test(what_if, removed_node_holds_at_no_time)
{
    g_autoptr(CpsfSnapshot) base = whatif_base();
    g_autoptr(CpsfWhatIf) what_if = cpsf_what_if_new(base);
    g_autoptr(CpsfPolicy) policy = whatif_policy();
    g_autoptr(GError) error = NULL;

    whatif_gone(what_if, "URN:example:b"); /* need not be canonical */
    whatif_gone(what_if, "urn:example:b");

    g_autoptr(CpsfSnapshot) gone = whatif_outcome(what_if);
    g_autoptr(CpsfSnapshot) later = cpsf_graph_snapshot(gone->graph, WHATIF_AT + 5, &error);
    g_autofree char *findings = feedmaker_dump_findings(gone->findings);
    g_autofree char *table = whatif_checked(gone, policy);

    cr_expect_eq(gone->n_holding, WHATIF_N - 1);
    cr_expect_eq(gone->holds[WHATIF_B], 0);
    cr_expect_eq(later->holds[WHATIF_B], 0);
    cr_expect_eq(later->out.m, gone->out.m);
    cr_expect_eq(base->holds[WHATIF_B], 1);
    cr_expect_eq(base->out.m, 6);
    cr_expect_eq(gone->out.m, 3); /* a -> c in g, d -> c, e -> m */
    cr_expect_eq(cpsf_snapshot_get_n_components(gone), WHATIF_N - 1);
    cr_expect_eq(gone->graph->edges.items, base->graph->edges.items);
    cr_expect_not_null(strstr(findings, "group-short: group g of urn:example:c needs 2 members "
                                        "and has 1"));
    cr_expect_null(strstr(table, "urn:example:b,"));
    cr_expect_not_null(strstr(table, "urn:example:c,"));
    whatif_expect_other(gone->graph, base->graph);
}

Test(what_if, removed_node_known_by_reference_only)
{
    g_autoptr(CpsfSnapshot) base = whatif_base();
    g_autoptr(CpsfWhatIf) what_if = cpsf_what_if_new(base);

    whatif_gone(what_if, "urn:example:d");
    whatif_gone(what_if, "https://m.example/"); /* an alias of m */

    g_autoptr(CpsfSnapshot) gone = whatif_outcome(what_if);

    cr_expect_eq(gone->n_holding, WHATIF_N - 2);
    cr_expect_eq(gone->holds[WHATIF_D], 0);
    cr_expect_eq(gone->holds[WHATIF_M], 0);
}

/* Whichever comes first, the edge or the removal of its end. */
Test(what_if, edges_of_a_removed_node_do_not_hold)
{
    g_autoptr(CpsfSnapshot) base = whatif_base();
    g_autoptr(CpsfWhatIf) what_if = cpsf_what_if_new(base);

    whatif_gone(what_if, "urn:example:e");
    whatif_edge(what_if, "urn:example:e", "urn:example:a", NULL, NAN);
    whatif_edge(what_if, "urn:example:c", "urn:example:a", NULL, NAN);
    whatif_gone(what_if, "urn:example:c");

    g_autoptr(CpsfSnapshot) gone = whatif_outcome(what_if);

    cr_expect_eq(gone->graph->n_edges, 8);
    cr_expect_eq(gone->out.m, 1); /* a -> b */
}

Test(what_if, edge_comes_in_at_its_place)
{
    g_autoptr(CpsfSnapshot) base = whatif_base();
    g_autoptr(CpsfWhatIf) what_if = cpsf_what_if_new(base);

    whatif_edge(what_if, "urn:example:c", "urn:example:a", NULL, 0.5);
    whatif_edge(what_if, "urn:example:a", "urn:example:b", "two", NAN);

    g_autoptr(CpsfSnapshot) more = whatif_outcome(what_if);
    const CpsfGraph *graph = more->graph;
    const CpsfEdgeRow *rows = graph->edges.items;

    cr_expect_eq(graph->n_edges, 8);
    cr_expect_eq(graph->edges.n, base->graph->edges.n + 2);
    cr_expect_eq(more->out.m, 8);
    cr_expect_eq(more->n_components, 4); /* a, b and c are one circle */
    cr_expect_eq(rows[1].from, WHATIF_A);
    cr_expect_eq(rows[1].to, WHATIF_B);
    cr_expect_str_eq(cpsf_strtab_get(graph->strings, rows[1].group), "two");
    cr_expect_eq(rows[1].place.feed, 1);
    cr_expect_eq(rows[1].place.line, 0);
    cr_expect_eq(rows[1].place.column, 0);
    cr_expect_str_eq(graph->feeds[1].id, "what-if");
    cr_expect_null(graph->feeds[1].file);
    cr_expect_eq(graph->n_feeds, 2);
    cr_expect_eq(base->graph->n_feeds, 1);
    cr_expect_eq(cpsf_strtab_find(base->graph->strings, "two", 3), 0);
    cr_expect_eq(graph->key, base->graph->key);
    cr_expect_eq(graph->evidence.items, base->graph->evidence.items);
    whatif_expect_other(graph, base->graph);
}

/* b -> c is said twice by the feed; the supposed one stands for both, and the last of those. */
Test(what_if, edge_replaces_its_like)
{
    g_autoptr(CpsfSnapshot) base = whatif_base();
    g_autoptr(CpsfWhatIf) what_if = cpsf_what_if_new(base);
    CpsfSupposedEdge edge = {
        .relation = CPSF_RELATION_SUPPLIES,
        .from = " URN:Example:b ",
        .to = "urn:example:c",
        .group = " ",
        .criticality = -0.0,
        .delay = 7,
    };

    whatif_edge(what_if, "urn:example:b", "urn:example:c", NULL, 0.75);
    cr_assert(cpsf_what_if_add_edge(what_if, &edge, NULL));

    g_autoptr(CpsfSnapshot) other = whatif_outcome(what_if);
    const CpsfEdgeRow *row = &other->graph->edges.items[2];

    cr_expect_eq(other->graph->n_edges, base->graph->n_edges);
    cr_expect_eq(other->graph->edges.n, base->graph->edges.n - 1);
    cr_expect_eq(row->from, WHATIF_B);
    cr_expect_eq(row->to, WHATIF_C);
    cr_expect_eq(row->group, 0);
    cr_expect_eq(row->criticality, 0.0);
    cr_expect_eq(signbit(row->criticality), 0);
    cr_expect_eq(row->delay, 7);
    cr_expect_eq(row->valid.since, CPSF_TIME_ALWAYS_BEFORE);
    cr_expect_eq(row->valid.until, CPSF_TIME_FOREVER);
    cr_expect_arr_eq(other->out.heads, base->out.heads,
                     (size_t) base->out.m * sizeof *base->out.heads);
}

/* An alias that makes nodes one names the node; a web address that only belongs to it does not. */
Test(what_if, edge_by_alias)
{
    g_autoptr(CpsfSnapshot) base = whatif_base();
    g_autoptr(CpsfWhatIf) what_if = cpsf_what_if_new(base);

    whatif_edge(what_if, "urn:example:a", "urn:example:z-alias", NULL, NAN);
    whatif_edge(what_if, "urn:example:a", "https://m.example/", NULL, NAN);

    g_autoptr(CpsfSnapshot) more = whatif_outcome(what_if);

    cr_expect_eq(more->graph->n_nodes, WHATIF_N + 1);
    cr_expect_str_eq(cpsf_graph_get_key(more->graph, 0), "https://m.example/");
    cr_expect_eq(cpsf_graph_get_kind(more->graph, 0), CPSF_KIND_UNKNOWN);
    cr_expect_eq(more->out.heads[0], 0);
    cr_expect_eq(more->out.heads[3], 1 + WHATIF_M);
}

Test(what_if, new_node_between_others)
{
    g_autoptr(CpsfSnapshot) base = whatif_base();
    g_autoptr(CpsfWhatIf) what_if = cpsf_what_if_new(base);

    whatif_edge(what_if, "urn:example:bb", "urn:example:c", NULL, NAN);
    whatif_edge(what_if, "urn:example:bb", "urn:example:zz", NULL, NAN);
    whatif_opinion(what_if, "urn:example:bb", 1, 0.5);
    whatif_evidence(what_if, "urn:example:bb", "i2");

    g_autoptr(CpsfSnapshot) more = whatif_outcome(what_if);
    const CpsfGraph *graph = more->graph;
    const int32_t v = cpsf_graph_find_node(graph, "urn:example:bb");

    cr_expect_eq(graph->n_nodes, WHATIF_N + 2);
    cr_expect_eq(more->n_holding, WHATIF_N + 2);
    cr_expect_eq(v, WHATIF_C);
    cr_expect_eq(cpsf_graph_get_kind(graph, v), CPSF_KIND_UNKNOWN);
    cr_expect_eq(cpsf_graph_get_layers(graph, v), 1);
    cr_expect_str_eq(cpsf_graph_get_name(graph, v, NULL), "");
    cr_expect_eq(cpsf_graph_find_node(graph, "urn:example:c"), WHATIF_C + 1);
    cr_expect_eq(cpsf_graph_find_node(graph, "urn:example:z-alias"), WHATIF_M + 1);
    cr_expect_eq(cpsf_graph_find_node(graph, "urn:example:zz"), WHATIF_M + 2);
    cr_expect_eq(graph->kind[WHATIF_M + 1], CPSF_KIND_DEVICE);
    cr_expect_eq(graph->groups.items[0].node, WHATIF_C + 1);
    cr_expect_eq(more->n_set_opinions, 1);
    cr_expect_eq(more->set_opinions[0].node, v);
    cr_expect_eq(graph->evidence.items[1].node, v);
    cr_expect_eq(cpsf_graph_find_node(base->graph, "urn:example:bb"), CPSF_NODE_NONE);
}

/* b has no evidence; with an item it is verified, and explain can tell without a file to name. */
Test(what_if, evidence_verifies)
{
    g_autoptr(CpsfSnapshot) base = whatif_base();
    g_autoptr(CpsfWhatIf) what_if = cpsf_what_if_new(base);
    g_autoptr(CpsfPolicy) policy = whatif_policy();
    g_autoptr(GError) error = NULL;

    whatif_evidence(what_if, "urn:example:b", " i2 ");

    g_autoptr(CpsfSnapshot) more = whatif_outcome(what_if);
    g_autofree char *before = whatif_checked(base, policy);
    g_autofree char *after = whatif_checked(more, policy);
    g_autoptr(CpsfTable) told = cpsf_explain(more, policy, "urn:example:b", NULL, &error);
    g_autofree char *text = test_written(told, CPSF_FORMAT_CSV, NULL);

    cr_expect_not_null(strstr(before, "urn:example:b,company,,1,unverified"));
    cr_expect_not_null(strstr(after, "urn:example:b,company,,1,verified"));
    cr_expect_not_null(strstr(after, "urn:example:c,company,,1,unverified"));
    cr_expect_not_null(strstr(text, "evidence,1,i2,passes,"));
    cr_expect_null(strstr(text, "null"));
    cr_expect_eq(more->graph->edges.items, base->graph->edges.items);
    cr_expect_eq(more->out.heads, base->out.heads);
    cr_expect_neq(more->graph->strings, base->graph->strings);
    cr_expect_eq(more->graph->evidence.n, 2);
    cr_expect_eq(more->graph->evidence.items[1].said.until, CPSF_TIME_FOREVER);
    cr_expect_eq(base->graph->evidence.n, 1);
    whatif_expect_other(more->graph, base->graph);
}

/* Everything that prints goes over the feed without a file. */
Test(what_if, can_be_written)
{
    g_autoptr(CpsfSnapshot) base = whatif_base();
    g_autoptr(CpsfWhatIf) what_if = cpsf_what_if_new(base);
    g_autoptr(CpsfPolicy) policy = whatif_policy();

    whatif_evidence(what_if, "urn:example:b", "i2");
    whatif_edge(what_if, "urn:example:n", "urn:example:b", "new", 0.5);

    g_autoptr(CpsfSnapshot) more = whatif_outcome(what_if);
    g_autoptr(CpsfTable) info = cpsf_info(more, NULL);
    g_autofree char *counts = test_written(info, CPSF_FORMAT_CSV, NULL);
    g_autoptr(CpsfFindings) findings = cpsf_check_findings(more, policy);

    cr_expect_not_null(strstr(counts, "feed,,what-if,1"));
    cr_expect_not_null(findings);
    for (CpsfExport format = CPSF_EXPORT_GRAPHML; format <= CPSF_EXPORT_FEED; format++) {
        g_autofree char *text = test_exported(more, format);

        cr_expect_not_null(strstr(text, "urn:example:n"));
        cr_expect_null(strstr(text, "(null)"));
    }
}

/* WHATIF_A feed has no way to say that something is not, so what is removed is not written into it. */
Test(what_if, removed_node_is_not_in_a_feed)
{
    g_autoptr(CpsfSnapshot) base = whatif_base();
    g_autoptr(CpsfWhatIf) what_if = cpsf_what_if_new(base);

    whatif_gone(what_if, "urn:example:a");
    whatif_gone(what_if, "urn:example:c");
    whatif_gone(what_if, "urn:example:m");

    g_autoptr(CpsfSnapshot) gone = whatif_outcome(what_if);

    g_autofree char *feed = test_exported(gone, CPSF_EXPORT_FEED);

    for (CpsfExport format = CPSF_EXPORT_GRAPHML; format <= CPSF_EXPORT_FEED; format++) {
        g_autofree char *text = test_exported(gone, format);

        cr_expect_null(strstr(text, "urn:example:a"), "format %d: %s", (int) format, text);
        cr_expect_null(strstr(text, "urn:example:c"), "format %d: %s", (int) format, text);
        cr_expect_null(strstr(text, "urn:example:m"), "format %d: %s", (int) format, text);
    }
    cr_expect_not_null(strstr(feed, "<node key=\"urn:example:b\" kind=\"company\"/>"));
    /* only an edge to c has named it, which is left out */
    cr_expect_not_null(strstr(feed, "<node key=\"urn:example:d\""));
}

Test(what_if, opinions_are_sorted_and_replaced)
{
    g_autoptr(CpsfSnapshot) base = whatif_base();
    g_autoptr(CpsfWhatIf) what_if = cpsf_what_if_new(base);
    g_autoptr(GError) error = NULL;

    whatif_opinion(what_if, "urn:example:z-alias", 2, 0.5);
    whatif_opinion(what_if, "urn:example:b", 1, 0.125);
    whatif_opinion(what_if, "urn:example:m", 2, 0.75);

    g_autoptr(CpsfSnapshot) other = whatif_outcome(what_if);
    g_autoptr(CpsfSnapshot) later = cpsf_graph_snapshot(other->graph, WHATIF_AT + 1, &error);

    cr_assert_eq(other->n_set_opinions, 2);
    cr_expect_eq(other->set_opinions[0].node, WHATIF_B);
    cr_expect_eq(other->set_opinions[0].layer, 1);
    cr_expect_eq(other->set_opinions[0].opinion.belief, 0.125);
    cr_expect_eq(other->set_opinions[0].opinion.disbelief, 0.0);
    cr_expect_eq(other->set_opinions[0].opinion.uncertainty, 0.875);
    cr_expect_eq(other->set_opinions[1].node, WHATIF_M);
    cr_expect_eq(other->set_opinions[1].layer, 2);
    cr_expect_eq(other->set_opinions[1].opinion.belief, 0.75);
    cr_expect_eq(base->n_set_opinions, 0);
    cr_expect_eq(later->n_set_opinions, 2);
    cr_expect_eq(other->out.heads, base->out.heads);
    cr_expect_eq(other->graph->feeds, base->graph->feeds);
    whatif_expect_other(other->graph, base->graph);
}

Test(what_if, digest_tells_opinions_apart)
{
    g_autoptr(CpsfSnapshot) base = whatif_base();
    g_autoptr(CpsfWhatIf) one = cpsf_what_if_new(base);
    g_autoptr(CpsfWhatIf) two = cpsf_what_if_new(base);

    whatif_opinion(one, "urn:example:b", 1, 0.25);
    whatif_opinion(two, "urn:example:b", 1, 0.5);

    g_autoptr(CpsfSnapshot) first = whatif_outcome(one);
    g_autoptr(CpsfSnapshot) second = whatif_outcome(two);

    whatif_expect_other(first->graph, second->graph);
    whatif_opinion(two, "urn:example:b", 1, 0.25);

    g_autoptr(CpsfSnapshot) third = whatif_outcome(two);

    whatif_expect_same(first->graph, third->graph);
}

/* ---- chains ------------------------------------------------------------------------------ */

Test(what_if, chain_carries_over)
{
    g_autoptr(CpsfSnapshot) base = whatif_base();
    g_autoptr(CpsfWhatIf) one = cpsf_what_if_new(base);

    whatif_opinion(one, "urn:example:c", 1, 0.25);
    whatif_opinion(one, "urn:example:a", 1, 0.25);
    whatif_gone(one, "urn:example:b");
    whatif_evidence(one, "urn:example:e", "i3");
    g_clear_pointer(&base, cpsf_snapshot_unref);

    g_autoptr(CpsfSnapshot) first = whatif_outcome(one);
    g_autoptr(CpsfWhatIf) two = cpsf_what_if_new(first);

    g_clear_pointer(&one, cpsf_what_if_free);
    whatif_edge(two, "urn:example:0", "urn:example:a", NULL, NAN);
    whatif_opinion(two, "urn:example:c", 1, 0.5);
    whatif_opinion(two, "urn:example:m", 2, 0.5);
    g_clear_pointer(&first, cpsf_snapshot_unref);

    g_autoptr(CpsfSnapshot) second = whatif_outcome(two);

    g_clear_pointer(&two, cpsf_what_if_free);
    cr_expect_eq(second->graph->n_nodes, WHATIF_N + 1);
    cr_expect_eq(second->holds[0], 1);
    cr_expect_eq(second->holds[1 + WHATIF_A], 1);
    cr_expect_eq(second->holds[1 + WHATIF_B], 0);
    cr_assert_eq(second->n_set_opinions, 3);
    cr_expect_eq(second->set_opinions[0].node, 1 + WHATIF_A);
    cr_expect_eq(second->set_opinions[0].opinion.belief, 0.25);
    cr_expect_eq(second->set_opinions[1].node, 1 + WHATIF_C);
    cr_expect_eq(second->set_opinions[1].opinion.belief, 0.5);
    cr_expect_eq(second->set_opinions[2].node, 1 + WHATIF_M);
    cr_expect_eq(second->graph->n_feeds, 2); /* one feed for all that is supposed */
    cr_expect_eq(second->graph->evidence.n, 2);
    cr_expect_eq(second->graph->evidence.items[1].place.feed, 1);
}

/* WHATIF_A new text is a new table of strings, whose texts outlive the table that had them first. */
Test(what_if, texts_outlive_their_base)
{
    g_autoptr(CpsfSnapshot) snapshot = whatif_base();

    for (int i = 0; i < 200; i++) {
        g_autoptr(CpsfWhatIf) what_if = cpsf_what_if_new(snapshot);
        char id[16];

        g_snprintf(id, sizeof id, "n%03d", i);
        whatif_evidence(what_if, "urn:example:b", id);
        g_clear_pointer(&snapshot, cpsf_snapshot_unref);
        snapshot = whatif_outcome(what_if);
    }

    const CpsfGraph *graph = snapshot->graph;

    cr_assert_eq(graph->evidence.n, 201);
    cr_expect_str_eq(cpsf_strtab_get(graph->strings, graph->evidence.items[1].id), "n000");
    cr_expect_str_eq(cpsf_strtab_get(graph->strings, graph->evidence.items[200].id), "n199");
    cr_expect_str_eq(cpsf_graph_get_key(graph, WHATIF_A), "urn:example:a");
}

/* New texts of one do not come into those of another. */
Test(what_if, texts_of_two_on_one_base)
{
    g_autoptr(CpsfSnapshot) base = whatif_base();
    g_autoptr(CpsfWhatIf) one = cpsf_what_if_new(base);
    g_autoptr(CpsfWhatIf) two = cpsf_what_if_new(base);

    whatif_evidence(one, "urn:example:b", "first");
    whatif_evidence(two, "urn:example:b", "other");

    g_autoptr(CpsfSnapshot) first = whatif_outcome(one);
    g_autoptr(CpsfSnapshot) other = whatif_outcome(two);
    const CpsfGraph *a = first->graph;
    const CpsfGraph *b = other->graph;

    cr_expect_str_eq(cpsf_strtab_get(a->strings, a->evidence.items[1].id), "first");
    cr_expect_str_eq(cpsf_strtab_get(b->strings, b->evidence.items[1].id), "other");
    cr_expect_eq(cpsf_strtab_find(a->strings, "other", 5), 0);
}

/* No link of a long chain holds on to the one before, or freeing it would not come back. */
Test(what_if, long_chain)
{
    g_autoptr(CpsfSnapshot) snapshot = whatif_base();

    for (int i = 0; i < 3000; i++) {
        g_autoptr(CpsfWhatIf) what_if = cpsf_what_if_new(snapshot);

        if (i % 2 == 0)
            whatif_edge(what_if, "urn:example:a", "urn:example:b", NULL, i / 3000.0);
        else
            whatif_opinion(what_if, "urn:example:b", 1, i / 3000.0);
        g_clear_pointer(&snapshot, cpsf_snapshot_unref);
        snapshot = whatif_outcome(what_if);
    }
    cr_expect_eq(snapshot->graph->edges.items[0].criticality, 2998 / 3000.0);
    cr_expect_eq(snapshot->graph->edges.n, 7);
    cr_expect_eq(snapshot->n_set_opinions, 1);
    cr_expect_not_null(snapshot->shared);
    cr_expect_null(snapshot->shared->shared);
}
