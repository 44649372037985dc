/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Which feeds count, and for how long what they say holds: docs/semantics.md, section 3. */

#include "config.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "cpsf-rows-private.h"
#include "feedmaker.h"
#include "graphgen.h"

#define DAY CPSF_TIME_DAY
#define BEFORE CPSF_TIME_ALWAYS_BEFORE

static CpsfGraph *
freeze(CpsfGraphBuilder *builder, gboolean strict)
{
    const CpsfFreezeOptions options = {.now = 100 * DAY, .strict = strict};
    g_autoptr(GError) error = NULL;
    CpsfGraph *graph = cpsf_graph_builder_freeze_with(builder, &options, &error);

    cr_assert_not_null(graph);
    cr_assert_null(error);
    return graph;
}

/* "imported" and so on, or the code of a rejection, of the feed from this file. */
static const char *
state_of(const CpsfGraph *graph, const char *file)
{
    static const char *const states[] = {"imported", "unchanged"};

    for (int64_t i = 0; i < graph->n_feeds; i++)
        if (strcmp(graph->feeds[i].file, file) == 0)
            return graph->feeds[i].state == CPSF_FEED_REJECTED ? graph->feeds[i].code
                                                               : states[graph->feeds[i].state];
    return "missing";
}

static void
add_company(CpsfGraphBuilder *builder,
            const char *id,
            int64_t version,
            CpsfTime issued,
            const char *key,
            char digest,
            const char *file)
{
    Feedmaker *feed = feedmaker_new(builder, id, version, issued, NULL);

    feedmaker_node(feed, key, CPSF_KIND_COMPANY);
    memset(feed->info.digest, digest, 64);
    g_free(feed->info.file);
    feed->info.file = g_strdup(file);
    feedmaker_add(feed);
}

Test(versions, the_same_again_is_unchanged_and_adds_nothing)
{
    CpsfGraphBuilder *builder = cpsf_graph_builder_new();

    add_company(builder, "urn:a", 1, 0, "jcn:1", 'a', "b.xml");
    add_company(builder, "urn:a", 1, 0, "jcn:1", 'a', "a.xml");

    g_autoptr(CpsfGraph) graph = freeze(builder, FALSE);

    cr_assert_str_eq(state_of(graph, "a.xml"), "imported");
    cr_assert_str_eq(state_of(graph, "b.xml"), "unchanged");
    cr_assert_eq(graph->nodes.n, 1);
}

Test(versions, equivocation_rejects_both)
{
    CpsfGraphBuilder *builder = cpsf_graph_builder_new();

    add_company(builder, "urn:a", 1, 0, "jcn:1", 'a', "a.xml");
    add_company(builder, "urn:a", 1, 0, "jcn:2", 'b', "b.xml");
    add_company(builder, "urn:a", 2, 0, "jcn:3", 'c', "c.xml");
    add_company(builder, "urn:b", 1, 0, "jcn:4", 'a', "d.xml");

    g_autoptr(CpsfGraph) graph = freeze(builder, FALSE);

    cr_assert_str_eq(state_of(graph, "a.xml"), "equivocation");
    cr_assert_str_eq(state_of(graph, "b.xml"), "equivocation");
    cr_assert_str_eq(state_of(graph, "c.xml"), "imported");
    cr_assert_str_eq(state_of(graph, "d.xml"), "imported");
    cr_assert_eq(graph->n_nodes, 2);
    cr_assert_str_eq(graph->feeds[0].message,
                     "version 1 of urn:a was given with different contents");
    cr_assert_eq(cpsf_findings_get_n(graph->findings), 0);
}

Test(versions, issued_more_than_a_day_ahead_is_future)
{
    CpsfGraphBuilder *builder = cpsf_graph_builder_new();

    add_company(builder, "urn:a", 1, 101 * DAY, "jcn:1", 'a', "a.xml");
    add_company(builder, "urn:b", 1, 101 * DAY + 1, "jcn:2", 'a', "b.xml");
    add_company(builder, "urn:b", 1, 0, "jcn:3", 'b', "c.xml"); /* counts: the other does not */

    g_autoptr(CpsfGraph) graph = freeze(builder, FALSE);

    cr_assert_str_eq(state_of(graph, "a.xml"), "imported");
    cr_assert_str_eq(state_of(graph, "b.xml"), "future");
    cr_assert_str_eq(state_of(graph, "c.xml"), "imported");
    cr_assert_eq(graph->n_nodes, 2);
}

Test(versions, rejected_feeds_are_kept_for_the_report_only)
{
    CpsfGraphBuilder *builder = cpsf_graph_builder_new();
    Feedmaker *feed = feedmaker_new(builder, "urn:a", 1, 0, NULL);

    feed->info.state = CPSF_FEED_REJECTED;
    feed->info.code = g_strdup("malformed");
    feedmaker_node(feed, "jcn:1", CPSF_KIND_COMPANY);
    cpsf_findings_add(feed->findings, CPSF_FINDING_BAD_KEY, "x", 1, 1, N_("bad"), NULL);
    feedmaker_add(feed);
    add_company(builder, "urn:a", 1, 0, "jcn:2", 'b', "b.xml");

    g_autoptr(CpsfGraph) graph = freeze(builder, FALSE);

    cr_assert_str_eq(state_of(graph, "urn:a-1.xml"), "malformed");
    cr_assert_str_eq(state_of(graph, "b.xml"), "imported");
    cr_assert_eq(graph->n_nodes, 1);
    cr_assert_eq(cpsf_findings_get_n(graph->findings), 0);
}

/* Version 1 says a supplies b for all of time and c from day 10 on; what version 2, issued on day
 * 50, makes of that. */
static void
say_version_1(CpsfGraphBuilder *builder)
{
    Feedmaker *feed = feedmaker_new(builder, "urn:a", 1, 0, NULL);

    feedmaker_edge(feed, CPSF_RELATION_SUPPLIES, "jcn:1", "jcn:2");
    feedmaker_edge(feed, CPSF_RELATION_SUPPLIES, "jcn:1", "jcn:3")->valid.since = 10 * DAY;
    feedmaker_edge(feed, CPSF_RELATION_SUPPLIES, "jcn:1", "jcn:4")->valid.since = 60 * DAY;
    feedmaker_add(feed);
}

static void
assert_interval(CpsfInterval interval, CpsfTime since, CpsfTime until)
{
    cr_assert_eq(interval.since, since);
    cr_assert_eq(interval.until, until);
}

Test(versions, what_is_no_longer_said_ends_when_the_next_is_issued)
{
    CpsfGraphBuilder *builder = cpsf_graph_builder_new();

    say_version_1(builder);

    Feedmaker *feed = feedmaker_new(builder, "urn:a", 2, 50 * DAY, NULL);

    feedmaker_edge(feed, CPSF_RELATION_SUPPLIES, "jcn:1", "jcn:3")->valid.since = 10 * DAY;
    feedmaker_add(feed);

    g_autoptr(CpsfGraph) graph = freeze(builder, FALSE);

    cr_assert_eq(graph->edges.n, 2); /* that to jcn:4 had not begun and is withdrawn */
    cr_assert_eq(cpsf_graph_find_node(graph, "jcn:4"), CPSF_NODE_NONE);
    assert_interval(graph->edges.items[0].valid, BEFORE, 50 * DAY);
    assert_interval(graph->edges.items[1].valid, 10 * DAY, CPSF_TIME_FOREVER);
    cr_assert_eq(graph->edges.items[1].place.feed, 1);
}

Test(versions, another_until_replaces_from_the_moment_of_issue)
{
    CpsfGraphBuilder *builder = cpsf_graph_builder_new();

    say_version_1(builder);

    Feedmaker *feed = feedmaker_new(builder, "urn:a", 2, 50 * DAY, NULL);

    feedmaker_edge(feed, CPSF_RELATION_SUPPLIES, "jcn:1", "jcn:2")->valid.until = 80 * DAY;
    feedmaker_edge(feed, CPSF_RELATION_SUPPLIES, "jcn:1", "jcn:3")->valid =
        (CpsfInterval){10 * DAY, 40 * DAY}; /* over before it could count */
    feedmaker_edge(feed, CPSF_RELATION_SUPPLIES, "jcn:1", "jcn:4")->valid =
        (CpsfInterval){60 * DAY, 70 * DAY}; /* instead of one that had not begun */
    feedmaker_add(feed);

    g_autoptr(CpsfGraph) graph = freeze(builder, FALSE);

    cr_assert_eq(graph->edges.n, 4);
    cr_assert_eq(graph->n_edges, 3);
    /* to jcn:2: no publisher, so the later issued comes first */
    assert_interval(graph->edges.items[0].valid, 50 * DAY, 80 * DAY);
    assert_interval(graph->edges.items[1].valid, BEFORE, 50 * DAY);
    assert_interval(graph->edges.items[2].valid, 10 * DAY, 50 * DAY);
    assert_interval(graph->edges.items[3].valid, 60 * DAY, 70 * DAY);
}

/* Version 3 says what version 2 said: it goes on from where version 2 replaced version 1. */
Test(versions, a_replacement_said_again_goes_on)
{
    CpsfGraphBuilder *builder = cpsf_graph_builder_new();

    say_version_1(builder);
    for (int version = 2; version <= 3; version++) {
        Feedmaker *feed = feedmaker_new(builder, "urn:a", version, version * 20 * DAY, NULL);

        feedmaker_edge(feed, CPSF_RELATION_SUPPLIES, "jcn:1", "jcn:2")->valid.until = 80 * DAY;
        feedmaker_add(feed);
    }

    Feedmaker *last = feedmaker_new(builder, "urn:a", 4, 70 * DAY, NULL);

    feedmaker_add(last);

    g_autoptr(CpsfGraph) graph = freeze(builder, FALSE);

    cr_assert_eq(graph->edges.n, 3);
    assert_interval(graph->edges.items[0].valid, 40 * DAY, 70 * DAY);
    assert_interval(graph->edges.items[1].valid, BEFORE, 40 * DAY);
    assert_interval(graph->edges.items[2].valid, 10 * DAY, 40 * DAY); /* to jcn:3, ended by 2 */
}

Test(versions, without_issued_the_next_version_holds_always)
{
    CpsfGraphBuilder *builder = cpsf_graph_builder_new();

    say_version_1(builder);
    add_company(builder, "urn:a", 2, BEFORE, "jcn:9", 'a', "b.xml");

    g_autoptr(CpsfGraph) graph = freeze(builder, FALSE);

    cr_assert_eq(graph->edges.n, 0);
    cr_assert_eq(graph->n_nodes, 1);
}

Test(versions, a_feed_ends_nothing_of_others)
{
    CpsfGraphBuilder *builder = cpsf_graph_builder_new();

    say_version_1(builder);
    add_company(builder, "urn:b", 2, 50 * DAY, "jcn:9", 'a', "b.xml");

    g_autoptr(CpsfGraph) graph = freeze(builder, FALSE);

    cr_assert_eq(graph->edges.n, 3);
}

static void
say_evidence(CpsfGraphBuilder *builder, int64_t version, CpsfStatus status, CpsfTime until)
{
    Feedmaker *feed = feedmaker_new(builder, "urn:a", version, version * 20 * DAY, NULL);
    CpsfEvidenceRow *row = feedmaker_evidence(feed, "jcn:1", "iso27001", "IS 1");

    row->status = (uint8_t) status;
    row->valid.until = until;
    feedmaker_add(feed);
}

Test(versions, evidence_that_changes_status_keeps_its_own_interval)
{
    CpsfGraphBuilder *builder = cpsf_graph_builder_new();

    say_evidence(builder, 1, CPSF_STATUS_VALID, 90 * DAY);
    say_evidence(builder, 2, CPSF_STATUS_REVOKED, 90 * DAY);

    g_autoptr(CpsfGraph) graph = freeze(builder, FALSE);
    const CpsfEvidenceRow *rows = graph->evidence.items;

    cr_assert_eq(graph->evidence.n, 2);
    cr_assert_eq(rows[0].status, CPSF_STATUS_REVOKED);
    assert_interval(rows[0].valid, BEFORE, 90 * DAY);
    assert_interval(rows[0].said, 40 * DAY, CPSF_TIME_FOREVER);
    cr_assert_eq(rows[1].status, CPSF_STATUS_VALID);
    assert_interval(rows[1].valid, BEFORE, 90 * DAY);
    assert_interval(rows[1].said, BEFORE, 40 * DAY);
}

Test(versions, evidence_no_longer_said_is_over_but_seen)
{
    CpsfGraphBuilder *builder = cpsf_graph_builder_new();

    say_evidence(builder, 1, CPSF_STATUS_VALID, 90 * DAY);
    add_company(builder, "urn:a", 2, 40 * DAY, "jcn:1", 'a', "b.xml");

    g_autoptr(CpsfGraph) graph = freeze(builder, FALSE);

    cr_assert_eq(graph->evidence.n, 1);
    assert_interval(graph->evidence.items[0].valid, BEFORE, 40 * DAY);
    assert_interval(graph->evidence.items[0].said, BEFORE, CPSF_TIME_FOREVER);
}

/* All eleven tables: a row said again stays one, a row said no more ends. */
static void
say_all(CpsfGraphBuilder *builder, int64_t version)
{
    Feedmaker *feed = feedmaker_new(builder, "urn:a", version, version * 20 * DAY, NULL);

    feedmaker_node(feed, "jcn:1", CPSF_KIND_COMPANY);
    feedmaker_name(feed, "jcn:1", "ja", "工場");
    feedmaker_alias(feed, "jcn:1", "duns:1");
    feedmaker_property(feed, "jcn:1", "size", "small");
    feedmaker_consequence(feed, "jcn:1", 12.5);
    feedmaker_opinion(feed, "jcn:1", "jcn:2");
    feedmaker_group(feed, "jcn:1", "cells", 2);
    feedmaker_edge(feed, CPSF_RELATION_SUPPLIES, "jcn:2", "jcn:1");
    feedmaker_evidence(feed, "jcn:1", "iso27001", "IS 1");
    feedmaker_incident(feed, "jcn:1", "fire");
    feedmaker_completeness(feed, "jcn:1", "suppliers", "complete");
    feedmaker_add(feed);
}

Test(versions, every_table_goes_on_and_ends)
{
    CpsfGraphBuilder *builder = cpsf_graph_builder_new();

    say_all(builder, 1);
    say_all(builder, 2);
    add_company(builder, "urn:a", 3, 60 * DAY, "jcn:9", 'a', "c.xml");

    g_autoptr(CpsfGraph) graph = freeze(builder, FALSE);

#define CHECK(type, member)                                                                        \
    cr_assert_eq(graph->member.n - (CPSF_TABLE_##member == CPSF_TABLE_nodes), 1);                  \
    assert_interval(graph->member.items[0].valid, BEFORE, 60 * DAY);
    CPSF_STATEMENT_TABLES(CHECK)
#undef CHECK
}

/* A device cannot supply: with --strict the feed that says so goes, and what leant on it. */
Test(versions, strict_rejects_for_what_only_the_graph_can_see)
{
    for (int strict = 0; strict < 2; strict++) {
        CpsfGraphBuilder *builder = cpsf_graph_builder_new();
        Feedmaker *kinds = feedmaker_new(builder, "urn:a", 1, 20 * DAY, NULL);

        feedmaker_node(kinds, "jcn:1", CPSF_KIND_DEVICE);
        feedmaker_add(kinds);

        Feedmaker *edges = feedmaker_new(builder, "urn:b", 1, 0, NULL);

        feedmaker_node(edges, "jcn:2", CPSF_KIND_COMPANY);
        feedmaker_edge(edges, CPSF_RELATION_SUPPLIES, "jcn:1", "jcn:2");
        feedmaker_add(edges);

        g_autoptr(CpsfGraph) graph = freeze(builder, strict);

        cr_assert_str_eq(state_of(graph, "urn:a-1.xml"), "imported");
        cr_assert_eq(graph->edges.n, 0);
        cr_assert_eq(graph->n_nodes, strict ? 1 : 2);
        cr_assert_str_eq(state_of(graph, "urn:b-1.xml"), strict ? "relation-kind" : "imported");
        cr_assert_eq(graph->feeds[1].line, strict ? 2 : 0);
        cr_assert_eq(graph->feeds[1].items_left_out, strict ? 0 : 1);
        cr_assert_eq(cpsf_findings_get_n(graph->findings), strict ? 0 : 1);
    }
}

/* Version 2 is rejected, so version 1 goes on; its copy, too, is rejected. */
Test(versions, what_strict_rejects_ends_nothing)
{
    CpsfGraphBuilder *builder = cpsf_graph_builder_new();

    say_version_1(builder);
    for (int copy = 0; copy < 2; copy++) {
        Feedmaker *feed = feedmaker_new(builder, "urn:a", 2, 50 * DAY, NULL);

        feedmaker_node(feed, "jcn:5", CPSF_KIND_DATA);
        feedmaker_edge(feed, CPSF_RELATION_SUPPLIES, "jcn:5", "jcn:6");
        feedmaker_add(feed);
    }

    g_autoptr(CpsfGraph) graph = freeze(builder, TRUE);

    cr_assert_eq(graph->n_feeds, 3);
    cr_assert_str_eq(graph->feeds[1].code, "relation-kind");
    cr_assert_str_eq(graph->feeds[2].code, "relation-kind");
    cr_assert_eq(graph->edges.n, 3);
    assert_interval(graph->edges.items[0].valid, BEFORE, CPSF_TIME_FOREVER);
}

Test(versions, strict_rejects_for_the_first_error_of_the_feed_itself)
{
    CpsfGraphBuilder *builder = cpsf_graph_builder_new();
    Feedmaker *feed = feedmaker_new(builder, "urn:a", 1, 0, NULL);

    feedmaker_node(feed, "jcn:1", CPSF_KIND_COMPANY);
    cpsf_findings_add(feed->findings, CPSF_FINDING_BAD_TIME, "x", 9, 1, N_("late"), NULL);
    cpsf_findings_add(feed->findings, CPSF_FINDING_NO_ZONE, "x", 1, 1, N_("warning"), NULL);
    cpsf_findings_add(feed->findings, CPSF_FINDING_BAD_KEY, "x", 4, 7, N_("bad %s"), "key", NULL);
    feedmaker_add(feed);

    g_autoptr(CpsfGraph) graph = freeze(builder, TRUE);

    cr_assert_str_eq(graph->feeds[0].code, "bad-key");
    cr_assert_str_eq(graph->feeds[0].message, "bad key");
    cr_assert_eq(graph->feeds[0].line, 4);
    cr_assert_eq(graph->feeds[0].column, 7);
    cr_assert_eq(graph->n_nodes, 0);
    cr_assert_eq(cpsf_findings_get_n(graph->findings), 0);
}

/*
 * Oracle: edges of one feed that differ in until only.  While versions in a row say an edge, the
 * one in force on a day decides, the first of them for all days before; the first version after
 * them that is silent ends it.
 */
#define N_VERSIONS 4
#define N_EDGES 3

static gboolean
holds_by_oracle(int until[N_VERSIONS][N_EDGES], const int *issued, int edge, int day)
{
    for (int first = 0; first < N_VERSIONS; first++) {
        int version = first;
        int end = first;

        if (until[first][edge] == 0 || (first > 0 && until[first - 1][edge] != 0))
            continue;
        while (end < N_VERSIONS && until[end][edge] != 0)
            end++;
        while (version + 1 < end && issued[version + 1] <= day)
            version++;
        if (until[version][edge] > day && (end == N_VERSIONS || day < issued[end]))
            return TRUE;
    }
    return FALSE;
}

Test(versions, at_any_day_the_version_in_force_is_what_counts)
{
    for (uint64_t seed = 0; seed < 100; seed++) {
        uint64_t state = seed;
        int until[N_VERSIONS][N_EDGES]; /* 0 = not said */
        int issued[N_VERSIONS] = {0};
        CpsfGraphBuilder *builder = cpsf_graph_builder_new();

        for (int version = 0; version < N_VERSIONS; version++) {
            issued[version] = 10 * version;

            Feedmaker *feed = feedmaker_new(builder, "urn:a", version, issued[version] * DAY, NULL);

            feedmaker_node(feed, "jcn:8", CPSF_KIND_COMPANY);
            for (int edge = 0; edge < N_EDGES; edge++) {
                char key[] = "jcn:0";

                key[4] = (char) ('0' + edge);
                until[version][edge] = (int) test_random_below(&state, 3) * 25;
                if (until[version][edge] > 0)
                    feedmaker_edge(feed, CPSF_RELATION_SUPPLIES, key, "jcn:8")->valid =
                        (CpsfInterval){BEFORE, until[version][edge] * DAY};
            }
            feedmaker_add(feed);
        }

        g_autoptr(CpsfGraph) graph = freeze(builder, FALSE);

        for (int edge = 0; edge < N_EDGES; edge++)
            for (int day = -1; day < 60; day++) {
                char key[] = "jcn:0";
                gboolean holds = FALSE;

                key[4] = (char) ('0' + edge);
                const int32_t node = cpsf_graph_find_node(graph, key);

                for (int64_t i = 0; i < graph->edges.n; i++)
                    holds |= graph->edges.items[i].from == (uint32_t) node &&
                             cpsf_interval_holds(graph->edges.items[i].valid, day * DAY);
                cr_assert_eq(holds, holds_by_oracle(until, issued, edge, day),
                             "seed %d edge %d day %d", (int) seed, edge, day);
            }
    }
}
