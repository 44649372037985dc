/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Which keys name one node, and how nodes are numbered: docs/semantics.md, section 4. */

#include "config.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "feedmaker.h"
#include "graphgen.h"

#define DAY CPSF_TIME_DAY

static Feedmaker *
new_feed(CpsfGraphBuilder *builder, const char *id)
{
    return feedmaker_new(builder, id, 1, 0, NULL);
}

Test(identity, an_alias_makes_one_node_named_by_rank)
{
    CpsfGraphBuilder *builder = cpsf_graph_builder_new();
    Feedmaker *feed = new_feed(builder, "urn:f");

    feedmaker_node(feed, "local:urn:f#a", CPSF_KIND_COMPANY);
    feedmaker_alias(feed, "local:urn:f#a", "duns:2");
    feedmaker_alias(feed, "duns:2", "lei:9");
    feedmaker_alias(feed, "duns:2", "lei:8");
    feedmaker_edge(feed, CPSF_RELATION_SUPPLIES, "lei:8", "jcn:5");
    feedmaker_add(feed);

    g_autoptr(CpsfGraph) graph = feedmaker_freeze(builder);

    cr_assert_eq(graph->n_nodes, 2);
    cr_assert_str_eq(cpsf_graph_get_key(graph, 0), "jcn:5");
    cr_assert_str_eq(cpsf_graph_get_key(graph, 1), "lei:8");
    cr_assert_eq(cpsf_graph_find_node(graph, "local:urn:f#a"), 1);
    cr_assert_eq(cpsf_graph_get_kind(graph, 1), CPSF_KIND_COMPANY);
    cr_assert_eq(graph->edges.items[0].from, 1);
}

/* Two nodes that share an alias. */
static CpsfGraph *
two_with(const char *alias, CpsfKind kind)
{
    CpsfGraphBuilder *builder = cpsf_graph_builder_new();
    Feedmaker *feed = new_feed(builder, "urn:f");

    feedmaker_node(feed, "sgtin:1", kind);
    feedmaker_node(feed, "sgtin:2", kind);
    feedmaker_alias(feed, "sgtin:1", alias);
    feedmaker_alias(feed, "sgtin:2", alias);
    feedmaker_add(feed);

    return feedmaker_freeze(builder);
}

/* Two companies with one web address, a local key of another feed, an open CPE: all stay two. */
static void
assert_apart(const char *alias, CpsfKind kind)
{
    g_autoptr(CpsfGraph) graph = two_with(alias, kind);

    cr_assert_eq(graph->n_nodes, 2, "%s", alias);
    cr_assert_eq(cpsf_graph_find_node(graph, alias), CPSF_NODE_NONE);
}

Test(identity, what_does_not_identify_keeps_apart)
{
    assert_apart("https://example.org/", CPSF_KIND_COMPANY);
    assert_apart("local:urn:other#x", CPSF_KIND_COMPANY);
    assert_apart("cpe:2.3:a:acme:tool:*:*:*:*:*:*:*:*", CPSF_KIND_SOFTWARE);
    assert_apart("gtin:04912345678904", CPSF_KIND_DEVICE);
    assert_apart("gtin:04912345678904", CPSF_KIND_ITEM);
    assert_apart("cpe:2.3:h:acme:meter:1.0:*:*:*:*:*:*:*", CPSF_KIND_DEVICE);
}

static void
assert_one(const char *alias, CpsfKind kind)
{
    g_autoptr(CpsfGraph) graph = two_with(alias, kind);

    cr_assert_eq(graph->n_nodes, 1, "%s", alias);
    cr_assert_eq(cpsf_graph_find_node(graph, alias), 0);
}

Test(identity, what_identifies_makes_one)
{
    assert_one("giai:1", CPSF_KIND_DEVICE);
    assert_one("local:urn:f#x", CPSF_KIND_DEVICE);
    assert_one("cpe:2.3:a:acme:tool:1.0:*:*:*:*:*:*:*", CPSF_KIND_SOFTWARE);
    assert_one("gtin:04912345678904", CPSF_KIND_SOFTWARE);
}

/* An alias that only one node has finds it, though it makes nothing one; and it never speaks for
 * that node, as an issuer or a publisher would. */
Test(identity, a_web_address_finds_but_does_not_stand_for)
{
    CpsfGraphBuilder *builder = cpsf_graph_builder_new();
    Feedmaker *feed = new_feed(builder, "urn:f");

    feedmaker_node(feed, "jcn:1", CPSF_KIND_COMPANY);
    feedmaker_alias(feed, "jcn:1", "https://example.org/");

    const CpsfStr web = feedmaker_str(feed, "https://example.org/");

    feedmaker_add(feed);

    g_autoptr(CpsfGraph) graph = feedmaker_freeze(builder);

    cr_assert_eq(cpsf_graph_find_node(graph, "https://example.org/"), 0);
    cr_assert_eq(cpsf_graph_node_of(graph, web), CPSF_NODE_NONE);
    cr_assert_eq(cpsf_graph_node_of(graph, UINT32_MAX), CPSF_NODE_NONE);
}

/* What is described under a web address is one node with what it says it is; an open CPE is not. */
Test(identity, a_subject_may_be_a_web_address)
{
    CpsfGraphBuilder *builder = cpsf_graph_builder_new();
    Feedmaker *feed = new_feed(builder, "urn:f");
    const char *const open = "cpe:2.3:a:acme:tool:*:*:*:*:*:*:*:*";

    feedmaker_node(feed, "https://example.org/", CPSF_KIND_COMPANY);
    feedmaker_alias(feed, "https://example.org/", "jcn:1");
    feedmaker_node(feed, open, CPSF_KIND_SOFTWARE);
    feedmaker_alias(feed, open, "pkg:npm/a@1");
    feedmaker_add(feed);

    g_autoptr(CpsfGraph) graph = feedmaker_freeze(builder);

    cr_assert_eq(graph->n_nodes, 2);
    cr_assert_str_eq(cpsf_graph_get_key(graph, 0), open);
    cr_assert_str_eq(cpsf_graph_get_key(graph, 1), "jcn:1");
}

/* A local key joins only as its own feed says, whichever feed says what about it. */
Test(identity, local_keys_are_their_feeds_own)
{
    CpsfGraphBuilder *builder = cpsf_graph_builder_new();
    Feedmaker *own = new_feed(builder, "urn:f");
    Feedmaker *other = new_feed(builder, "urn:g");

    feedmaker_node(own, "local:urn:f#a", CPSF_KIND_COMPANY);
    feedmaker_add(own);
    feedmaker_alias(other, "local:urn:f#a", "jcn:1");
    feedmaker_node(other, "jcn:1", CPSF_KIND_COMPANY);
    feedmaker_add(other);

    g_autoptr(CpsfGraph) graph = feedmaker_freeze(builder);

    cr_assert_eq(graph->n_nodes, 2);
}

/* Ten thousand keys with long common beginnings, in the order of strcmp(). */
Test(identity, nodes_are_in_order_of_the_bytes_of_their_keys)
{
    CpsfGraphBuilder *builder = cpsf_graph_builder_new();
    Feedmaker *feed = new_feed(builder, "urn:f");
    uint64_t state = 5;

    for (int i = 0; i < 10000; i++) {
        g_autoptr(GString) key = g_string_new("urn:x:common-beginning-");
        const uint32_t length = test_random_below(&state, 30);

        for (uint32_t k = 0; k < length; k++)
            g_string_append_c(key, (char) ("ab\xe5"[test_random_below(&state, 3)]));
        feedmaker_node(feed, key->str, CPSF_KIND_COMPANY);
    }
    feedmaker_add(feed);

    g_autoptr(CpsfGraph) graph = feedmaker_freeze(builder);

    cr_assert_gt(graph->n_nodes, 8000);
    for (int32_t v = 1; v < graph->n_nodes; v++)
        cr_assert_lt(strcmp(cpsf_graph_get_key(graph, v - 1), cpsf_graph_get_key(graph, v)), 0);
    for (int32_t v = 0; v < graph->n_nodes; v++)
        cr_assert_eq(cpsf_graph_node_of(graph, graph->key[v]), v);
}
