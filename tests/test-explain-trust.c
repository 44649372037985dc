/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What `explain` tells of trust: how far, and what pulls it down. */

#include "config.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <string.h>

#include "cpsf-check.h"
#include "importance-test.h"

#define A "urn:example:a"
#define B "urn:example:b"
#define C "urn:example:c"
#define T "urn:example:t"

/* A company of this own opinion. */
static void
say(TestSupply *supply, const char *key, double belief, double disbelief)
{
    test_supply_node(supply, key, CPSF_KIND_COMPANY);
    test_supply_opinion(supply, key, 1, belief, disbelief, 1 - belief - disbelief);
}

static char *
told(const CpsfTable *table, const char *part, int nth)
{
    static const char *const columns[] = {"layer", "item", "value", "detail"};

    for (int64_t i = 0; i < cpsf_table_get_n_rows(table); i++) {
        if (strcmp(pull_text(table, "part", i), part) != 0 || nth-- > 0)
            continue;

        GString *text = g_string_new(NULL);

        for (int k = 0; k < 4; k++) {
            const int column = cpsf_table_find_column(table, columns[k]);

            if (k == 0 && !cpsf_table_is_null(table, column, i))
                g_string_append_printf(text, "%d", (int) cpsf_table_get_int64(table, column, i));
            if (k > 0)
                g_string_append_printf(text, " | %s", pull_text(table, columns[k], i));
        }
        return g_string_free(text, FALSE);
    }
    return g_strdup("");
}

static void
expect_told(const CpsfTable *table, const char *part, int nth, const char *wanted)
{
    g_autofree char *text = told(table, part, nth);

    cr_expect_str_eq(text, wanted);
}

/* The masked pair of above, besides one in another layer. */
Test(explain_trust, tells_what_pulls_down)
{
    TestSupply *supply = test_supply_new();

    test_supply_node(supply, A, CPSF_KIND_COMPANY);
    say(supply, B, 1, 0);
    test_supply_node(supply, T, CPSF_KIND_DEVICE)->layers = CPSF_LAYER(2) | CPSF_LAYER(3);
    test_supply_opinion(supply, T, 2, 1, 0, 0);
    test_supply_edge(supply, A, B, 1);
    test_supply_edge(supply, B, T, 1)->relation = CPSF_RELATION_MAKES;
    PullCase c = pull_case_of(supply);
    const CpsfExplainOptions options = {.worlds = 100, .seed = 3};
    g_autoptr(CpsfTable) table = cpsf_explain(c.snapshot, c.policy, T, &options, NULL);

    cr_assert_not_null(table);
    expect_told(table, "trust", 0,
                " | expected | 0.5 | belief 0; disbelief 0; uncertainty 1; stderr 0");
    expect_told(table, "trust", 1,
                "2 | expected | 1 | belief 1; disbelief 0; uncertainty 0; stderr 0");
    expect_told(table, "trust", 2,
                "3 | expected | 0.5 | belief 0; disbelief 0; uncertainty 1; stderr 0");
    expect_told(table, "trust", 3, "");
    expect_told(table, "pulls-down", 0,
                "1 | " A " | 0 | alone 0.5; importance 0.5; state unverified; path " A " > " B
                " > " T);
    expect_told(table, "pulls-down", 1,
                "3 | " T " | 0 | alone 0.5; importance 0.5; state unverified; path " T);
    expect_told(table, "pulls-down", 2, "");
    pull_case_clear(&c);
}

/* Ten at most, and only what does; nothing of a node that does not hold. */
Test(explain_trust, tells_ten)
{
    TestSupply *supply = test_supply_new();

    say(supply, T, 1, 0);
    for (int i = 0; i < 14; i++) {
        say(supply, test_supply_key(i), 0.5 + 0.02 * i, 0);
        test_supply_member(supply, test_supply_key(i), T, 1, i < 2 ? "g" : "");
    }
    test_supply_node(supply, C, CPSF_KIND_COMPANY)->valid.until = TEST_SUPPLY_AT;
    PullCase c = pull_case_of(supply);
    g_autoptr(CpsfTable) table = cpsf_explain(c.snapshot, c.policy, T, NULL, NULL);
    g_autoptr(CpsfTable) gone = cpsf_explain(c.snapshot, c.policy, C, NULL, NULL);
    g_autofree char *tenth = told(table, "pulls-down", 9);

    cr_expect(strlen(tenth) > 0);
    expect_told(table, "pulls-down", 10, "");
    expect_told(gone, "trust", 0, "");
    expect_told(gone, "pulls-down", 0, "");
    pull_case_clear(&c);
}

static PullCase
small(void)
{
    TestSupply *supply = test_supply_new();

    say(supply, A, 0.6, 0.1);
    say(supply, T, 0.9, 0);
    test_supply_edge(supply, A, T, 0.5);
    return pull_case_of(supply);
}

/* The figures are those of cpsf_trust() and cpsf_trust_importance(). */
Test(explain_trust, agrees_with_trust)
{
    PullCase c = small();
    const CpsfTrustOptions options = {.worlds = 700, .seed = 2};
    const CpsfExplainOptions explain = {.worlds = 700, .seed = 2, .threads = 2};
    g_autoptr(CpsfTable) table = cpsf_explain(c.snapshot, c.policy, T, &explain, NULL);
    g_autoptr(CpsfTable) pulls = pull_ask(&c, T, &options);
    const double twice = pull_expected(c.snapshot, c.policy, T, &options);
    g_autofree char *trust = told(table, "trust", 0);
    g_autofree char *pull = told(table, "pulls-down", 0);
    g_autofree char *expected = g_strdup_printf(" | expected | %.4g | belief ", twice / (2 * 700));
    g_autofree char *gain = g_strdup_printf(
        "1 | %s | %.4g | alone %.4g; importance %.4g; ", pull_text(pulls, "key", 0),
        pull_get(pulls, "gain", 0), pull_get(pulls, "alone", 0), pull_get(pulls, "importance", 0));

    cr_expect(g_str_has_prefix(trust, expected), "%s, not %s", trust, expected);
    cr_expect(g_str_has_prefix(pull, gain), "%s, not %s", pull, gain);
    pull_case_clear(&c);
}

Test(explain_trust, refuses)
{
    PullCase c = small();
    const CpsfExplainOptions bad[] = {
        {.worlds = -1}, {.worlds = (INT64_C(1) << 30) + 1}, {.threads = -1}};
    g_autoptr(GCancellable) cancellable = g_cancellable_new();
    const CpsfExplainOptions cancelled = {.cancellable = cancellable};
    g_autoptr(GError) stopped = NULL;

    for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;

        cr_assert_null(cpsf_explain(c.snapshot, c.policy, T, &bad[i], &error));
        cr_expect(error->code == CPSF_ERROR_INVALID_VALUE);
    }
    g_cancellable_cancel(cancellable);
    cr_assert_null(cpsf_explain(c.snapshot, c.policy, T, &cancelled, &stopped));
    cr_expect(stopped->code == CPSF_ERROR_CANCELLED);
    pull_case_clear(&c);
}
