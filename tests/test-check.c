/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The tables of check, info and explain. */

#include "config.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "checkgen.h"
#include "cpsf-check.h"
#include "cpsf-snapshot-private.h"
#include "oracle-check.h"

#define AT INT64_C(1000)
#define ROOT "https://root.example/"
#define A "urn:example:a"
#define B "urn:example:b"
#define C "urn:example:c"
#define D "urn:example:d"

typedef struct {
    CpsfGraph *graph;
    CpsfSnapshot *snapshot;
    CpsfPolicy *policy;
} Case;

static void
case_clear(Case *c)
{
    cpsf_snapshot_unref(c->snapshot);
    cpsf_graph_unref(c->graph);
    cpsf_policy_unref(c->policy);
}

/* a, verified, supplies b, revoked, who makes the device c, of whose keeper d nobody says more. */
static Case
chain(void)
{
    TestFeed *feed = test_feed_new();
    CpsfEvidenceRow *e;
    CpsfGroupRow *group;
    CpsfCompletenessRow *completeness;

    test_feed_node(feed, A, CPSF_KIND_COMPANY, 0)->name = test_feed_str(feed, "Alpha");
    test_feed_node(feed, B, CPSF_KIND_COMPANY, 0);
    test_feed_node(feed, C, CPSF_KIND_DEVICE, 6);
    test_feed_edge(feed, CPSF_RELATION_SUPPLIES, A, B);
    test_feed_edge(feed, CPSF_RELATION_MAKES, B, C)->group = test_feed_str(feed, "g");
    test_feed_edge(feed, CPSF_RELATION_MAINTAINS, D, C);
    test_feed_edge(feed, CPSF_RELATION_VOUCHES, A, C);
    e = test_feed_evidence(feed, A, 1, "s1", ROOT);
    e->valid.since = 600;
    e->id = test_feed_str(feed, "A1");
    e = test_feed_evidence(feed, B, 1, "s1", ROOT);
    e->status = CPSF_STATUS_REVOKED;
    e->valid = (CpsfInterval){600, 1050};
    test_feed_evidence(feed, C, 2, "s2", "https://all.example/");
    completeness = cpsf_array_add(&feed->said.completeness, NULL);
    *completeness = (CpsfCompletenessRow){.valid = CPSF_INTERVAL_ALL,
                                          .node = test_feed_str(feed, B),
                                          .of = test_feed_str(feed, "suppliers"),
                                          .state = test_feed_str(feed, "incomplete")};
    group = cpsf_array_add(&feed->said.groups, NULL);
    *group = (CpsfGroupRow){.valid = CPSF_INTERVAL_ALL,
                            .node = test_feed_str(feed, C),
                            .name = test_feed_str(feed, "g"),
                            .need = 1};

    Case c = {.graph = test_feed_freeze(feed), .policy = test_chain_policy()};

    c.snapshot = cpsf_graph_snapshot(c.graph, AT, NULL);
    return c;
}

static const char *
text(CpsfTable *t, const char *column, int64_t row)
{
    return cpsf_table_get_utf8(t, cpsf_table_find_column(t, column), row);
}

static int64_t
number(CpsfTable *t, const char *column, int64_t row)
{
    return cpsf_table_get_int64(t, cpsf_table_find_column(t, column), row);
}

static const char *
reason(CpsfTable *t, int64_t row)
{
    const int column = cpsf_table_find_column(t, "reasons");

    return cpsf_table_get_list_length(t, column, row) > 0
               ? cpsf_table_get_list_item(t, column, row, 0)
               : "";
}

Test(check, columns_are_those_of_the_interface)
{
    static const char *const names[] = {"key",     "kind",   "name",   "layer", "state", "detail",
                                        "reasons", "scheme", "issuer", "since", "until", "relying"};
    Case c = chain();
    g_autoptr(CpsfTable) t = cpsf_check(c.snapshot, c.policy, NULL, NULL, NULL);

    cr_assert(cpsf_table_get_n_columns(t) == (int) G_N_ELEMENTS(names));
    for (guint i = 0; i < G_N_ELEMENTS(names); i++)
        cr_expect_str_eq(cpsf_table_get_column_name(t, (int) i), names[i]);
    case_clear(&c);
}

Test(check, rows_by_hand)
{
    const CpsfCheckOptions all = {.all = TRUE, .threads = 1};
    Case c = chain();
    gboolean is_estimated = TRUE;
    g_autoptr(CpsfTable) t = cpsf_check(c.snapshot, c.policy, &all, &is_estimated, NULL);

    cr_assert(cpsf_table_get_n_rows(t) == 5);
    cr_expect(is_estimated == FALSE);
    /* refuted first */
    cr_expect_str_eq(text(t, "key", 0), B);
    cr_expect_str_eq(text(t, "state", 0), "refuted");
    cr_expect_str_eq(reason(t, 0), "revoked");
    cr_expect(number(t, "relying", 0) == 1);
    cr_expect(cpsf_table_get_time(t, cpsf_table_find_column(t, "until"), 0) == 1050);
    cr_expect(cpsf_table_is_null(t, cpsf_table_find_column(t, "name"), 0));
    /* then unverified, by relying: d (1), c in layer 3 (0) */
    cr_expect_str_eq(text(t, "key", 1), D);
    cr_expect_str_eq(reason(t, 1), "unknown-kind");
    cr_expect(cpsf_table_is_null(t, cpsf_table_find_column(t, "scheme"), 1));
    cr_expect_str_eq(text(t, "key", 2), C);
    cr_expect(number(t, "layer", 2) == 3);
    cr_expect_str_eq(reason(t, 2), "wrong-layer");
    /* then verified: a (2), c in layer 2, incomplete */
    cr_expect_str_eq(text(t, "key", 3), A);
    cr_expect_str_eq(text(t, "name", 3), "Alpha");
    cr_expect_str_eq(text(t, "kind", 3), "company");
    cr_expect_str_eq(text(t, "issuer", 3), ROOT);
    cr_expect_str_eq(text(t, "scheme", 3), "s1");
    cr_expect(number(t, "relying", 3) == 2);
    /* 600 and the 500 microseconds that s1 is valid */
    cr_expect(cpsf_table_get_time(t, cpsf_table_find_column(t, "until"), 3) == 1100);
    cr_expect_str_eq(text(t, "key", 4), C);
    cr_expect_str_eq(text(t, "detail", 4), "incomplete");
    cr_expect_str_eq(reason(t, 4), "");
    case_clear(&c);
}

Test(check, verified_anchors_are_left_out_unless_asked_for)
{
    Case c = chain();
    g_autoptr(CpsfTable) t = cpsf_check(c.snapshot, c.policy, NULL, NULL, NULL);

    cr_assert(cpsf_table_get_n_rows(t) == 3);
    for (int64_t i = 0; i < 3; i++)
        cr_expect(strcmp(text(t, "state", i), "verified") != 0);
    case_clear(&c);
}

/* On random chains: every row in order, and right in state, detail and relying. */
Test(check, random_tables_agree_with_the_oracle)
{
    const CpsfCheckOptions all = {.all = TRUE, .threads = 1};

    for (uint64_t seed = 2000; seed < 2300; seed++) {
        Case c = {.graph = test_chain_new(seed, 9), .policy = test_chain_policy()};

        c.snapshot = cpsf_graph_snapshot(c.graph, AT, NULL);
        g_autoptr(CpsfTable) t = cpsf_check(c.snapshot, c.policy, &all, NULL, NULL);
        g_autoptr(Oracle) oracle = oracle_new(c.graph, c.policy, AT);
        int64_t n = 0;

        for (int v = 0; v < oracle->n; v++)
            for (int l = 0; l < 3; l++)
                n += oracle->anchor[v][l].asked;
        cr_assert(cpsf_table_get_n_rows(t) == n);
        for (int64_t i = 0; i < n; i++) {
            const int32_t v = cpsf_graph_find_node(c.graph, text(t, "key", i));
            const OracleAnchor *e = &oracle->anchor[v][number(t, "layer", i) - 1];

            cr_assert_str_eq(text(t, "state", i), cpsf_word(CPSF_WORDS_STATE, (int) e->state));
            cr_assert(number(t, "relying", i) == oracle->relying[v]);
            cr_assert(e->incomplete == (strcmp(text(t, "detail", i), "incomplete") == 0));
            if (i == 0 || strcmp(text(t, "state", i - 1), text(t, "state", i)) != 0)
                continue;
            cr_assert(number(t, "relying", i - 1) >= number(t, "relying", i));
            if (number(t, "relying", i - 1) == number(t, "relying", i))
                cr_assert(strcmp(text(t, "key", i - 1), text(t, "key", i)) <= 0);
        }
        case_clear(&c);
    }
}

Test(check, rejects_negative_options)
{
    Case c = chain();
    const CpsfCheckOptions bad[] = {{.relying_budget = -1}, {.threads = -1}};

    for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;

        cr_assert_null(cpsf_check(c.snapshot, c.policy, &bad[i], NULL, &error));
        cr_expect(error->code == CPSF_ERROR_INVALID_VALUE);
    }
    case_clear(&c);
}

/* Count of the row with this item, layer (0 = null) and kind ("" = null); -1 if there is none. */
static int64_t
count_of(CpsfTable *t, const char *item, int64_t layer, const char *kind)
{
    for (int64_t i = 0; i < cpsf_table_get_n_rows(t); i++)
        if (strcmp(text(t, "item", i), item) == 0 && number(t, "layer", i) == layer &&
            strcmp(text(t, "kind", i), kind) == 0)
            return number(t, "count", i);
    return -1;
}

Test(info, counts_by_hand)
{
    Case c = chain();
    g_autoptr(CpsfTable) t = cpsf_info(c.snapshot, NULL);

    cr_expect(count_of(t, "node", 1, "company") == 2);
    cr_expect(count_of(t, "node", 1, "unknown") == 1);
    cr_expect(count_of(t, "node", 2, "device") == 1);
    cr_expect(count_of(t, "node", 3, "device") == 1);
    cr_expect(count_of(t, "node", 3, "data") == -1);
    cr_expect(count_of(t, "edge", 0, "makes") == 1);
    cr_expect(count_of(t, "edge", 0, "vouches") == 1);
    cr_expect(count_of(t, "evidence", 1, "s1") == 2);
    cr_expect(count_of(t, "evidence", 2, "s2") == 1);
    cr_expect(count_of(t, "group", 0, "") == 1);
    cr_expect(count_of(t, "completeness", 0, "incomplete") == 1);
    cr_expect(count_of(t, "feed", 0, "cpsf-1") == 1);
    case_clear(&c);
}

/* The row of a part whose value is @value; -1 if there is none. */
static int64_t
find_row(CpsfTable *t, const char *part, const char *item, const char *value)
{
    for (int64_t i = 0; i < cpsf_table_get_n_rows(t); i++)
        if (strcmp(text(t, "part", i), part) == 0 && strcmp(text(t, "item", i), item) == 0 &&
            strcmp(text(t, "value", i), value) == 0)
            return i;
    return -1;
}

Test(explain, tells_all_about_a_device)
{
    Case c = chain();
    g_autoptr(CpsfTable) t = cpsf_explain(c.snapshot, c.policy, C, NULL, NULL);

    cr_assert_not_null(t);
    cr_expect(find_row(t, "node", "kind", "device") >= 0);
    cr_expect(find_row(t, "node", "layers", "2 3") >= 0);
    cr_expect(find_row(t, "anchor", "verified", "") >= 0);
    cr_expect(find_row(t, "anchor", "unverified", "wrong-layer unsigned") >= 0);
    cr_expect(find_row(t, "evidence", "", "passes") >= 0);
    cr_expect(find_row(t, "group", "g", "need 1") >= 0);
    cr_expect(find_row(t, "in", "makes", B) >= 0);
    cr_expect(find_row(t, "in", "vouches", A) >= 0);
    cr_assert(find_row(t, "path", B, "refuted") >= 0);
    cr_assert(find_row(t, "path", D, "unverified") >= 0);
    cr_expect(find_row(t, "path", A, "verified") == -1);
    cr_expect_str_eq(text(t, "detail", find_row(t, "path", B, "refuted")), C " <-makes- " B);
    cr_expect(g_str_has_prefix(text(t, "source", find_row(t, "in", "makes", B)), "t.xml:"));
    case_clear(&c);
}

/* Of two paths of one length, the one by the smaller key; a circle ends where it began. */
Test(explain, paths_are_shortest_and_first)
{
    TestFeed *feed = test_feed_new();

    for (int i = 0; i < 5; i++) {
        char key[] = "urn:example:a";

        key[12] = (char) ('a' + i);
        test_feed_node(feed, key, CPSF_KIND_COMPANY, 0);
    }
    test_feed_edge(feed, CPSF_RELATION_SUPPLIES, A, C);
    test_feed_edge(feed, CPSF_RELATION_SUPPLIES, A, B);
    test_feed_edge(feed, CPSF_RELATION_SUPPLIES, C, D);
    test_feed_edge(feed, CPSF_RELATION_SUPPLIES, B, D);
    test_feed_edge(feed, CPSF_RELATION_SUPPLIES, D, A);
    Case c = {.graph = test_feed_freeze(feed), .policy = test_chain_policy()};

    c.snapshot = cpsf_graph_snapshot(c.graph, AT, NULL);
    g_autoptr(CpsfTable) t = cpsf_explain(c.snapshot, c.policy, D, NULL, NULL);
    const int64_t row = find_row(t, "path", A, "unverified");

    cr_assert(row >= 0);
    cr_expect_str_eq(text(t, "detail", row), D " <-supplies- " B " <-supplies- " A);
    cr_expect(find_row(t, "path", D, "unverified") == -1);
    case_clear(&c);
}

Test(explain, unknown_keys_are_not_found)
{
    Case c = chain();
    g_autoptr(GError) error = NULL;

    cr_assert_null(cpsf_explain(c.snapshot, c.policy, "urn:example:nobody", NULL, &error));
    cr_expect(error->code == CPSF_ERROR_NOT_FOUND);
    case_clear(&c);
}

/* Which of the three, by number. */
static CpsfTable *
ask(Case *c, int question, GError **error)
{
    const CpsfCheckOptions all = {.all = TRUE, .threads = 1};

    return question == 0   ? cpsf_check(c->snapshot, c->policy, &all, NULL, error)
           : question == 1 ? cpsf_info(c->snapshot, error)
                           : cpsf_explain(c->snapshot, c->policy, C, NULL, error);
}

Test(check, survives_every_allocation_failure)
{
    for (int question = 0; question < 3; question++) {
        Case c = chain();
        gboolean is_done = FALSE;
        int failures = 0;

        for (int64_t n = 0; !is_done; n++) {
            g_autoptr(GError) error = NULL;

            cpsf_mem_fail_after(n);
            g_autoptr(CpsfTable) t = ask(&c, question, &error);
            cpsf_mem_fail_after(-1);
            is_done = t != NULL;
            failures += !is_done;
            if (!is_done)
                cr_assert(error->code == CPSF_ERROR_NO_MEMORY);
        }
        cr_expect(failures >= 3);
        case_clear(&c);
    }
}
