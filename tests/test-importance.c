/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What pulls trust in a node down: by hand, the table, and everything that must be refused. */

#include "config.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <math.h>
#include <string.h>

#include "checkgen.h"
#include "cpsf-check.h"
#include "cpsf-mem-private.h"
#include "importance-test.h"

#define A "urn:example:a"
#define B "urn:example:b"
#define C "urn:example:c"
#define T "urn:example:t"

static const CpsfTrustOptions exact = {.method = CPSF_METHOD_EXACT};
static const CpsfTrustOptions sampled = {.worlds = 1 << 16};

/* A company of this own opinion. */
static void
say(TestSupply *supply, const char *key, double belief, double disbelief)
{
    test_supply_node(supply, key, CPSF_KIND_COMPANY);
    test_supply_opinion(supply, key, 1, belief, disbelief, 1 - belief - disbelief);
}

/* One row, counted out to rounding; of 2^16 worlds within five times the largest standard error that
 * a difference of two proportions can have, 1/256. */
static void
expect(const PullCase *c,
       const CpsfTrustOptions *options,
       const char *key,
       int layer,
       const double *figures) /* gain, alone, importance */
{
    g_autoptr(CpsfTable) table = pull_ask(c, T, options);
    const int64_t row = pull_row(table, key, layer);
    static const char *const names[] = {"gain", "alone", "importance"};
    const double error = options->method == CPSF_METHOD_EXACT ? 1e-12 : 5.0 / 256;

    for (int i = 0; i < 3; i++)
        cr_expect(epsilon_eq(dbl, pull_get(table, names[i], row), figures[i], error),
                  "%s of %s in %d: %g, not %g", names[i], key, layer,
                  pull_get(table, names[i], row), figures[i]);
    cr_expect_str_eq(pull_text(table, "method", row),
                     options->method == CPSF_METHOD_EXACT ? "exact" : "forced");
}

static void
expect_both(const PullCase *c, const char *key, double gain, double alone, double importance)
{
    const double figures[] = {gain, alone, importance};

    expect(c, &exact, key, 1, figures);
    expect(c, &sampled, key, 1, figures);
}

/*
 * a (.6, .1, .3) -> b (.9, 0, .1) -> t (1, 0, 0).  t fails in plane 1 with 1 - .6 .9 = .46, in plane 2
 * with .1: expected .72.  Without a .1 and 0: .95; without b .4 and .1: .75.  One failing is enough.
 */
static PullCase
chain(void)
{
    TestSupply *supply = test_supply_new();

    say(supply, A, 0.6, 0.1);
    say(supply, B, 0.9, 0);
    say(supply, T, 1, 0);
    test_supply_edge(supply, A, B, 1);
    test_supply_edge(supply, B, T, 1);
    return pull_case_of(supply);
}

Test(importance, chain)
{
    PullCase c = chain();

    expect_both(&c, A, 0.95 - 0.72, 0.25, 0.95);
    expect_both(&c, B, 0.75 - 0.72, 0.05, 0.75);
    pull_case_clear(&c);
}

/* Either will do: together they fail with 1/8, and one alone does no harm. */
Test(importance, alternatives)
{
    TestSupply *supply = test_supply_new();

    say(supply, A, 0.5, 0.5);
    say(supply, B, 0.75, 0.25);
    say(supply, T, 1, 0);
    test_supply_member(supply, A, T, 1, "g");
    test_supply_member(supply, B, T, 1, "g");
    PullCase c = pull_case_of(supply);

    expect_both(&c, A, 0.125, 0, 0.25);
    expect_both(&c, B, 0.125, 0, 0.5);
    pull_case_clear(&c);
}

/* Two suppliers of whom nobody knows anything hide each other: to verify one brings nothing. */
Test(importance, masked_pair)
{
    TestSupply *supply = test_supply_new();

    test_supply_node(supply, A, CPSF_KIND_COMPANY);
    test_supply_node(supply, B, CPSF_KIND_COMPANY);
    say(supply, T, 1, 0);
    test_supply_edge(supply, A, T, 1);
    test_supply_edge(supply, B, T, 1);
    PullCase c = pull_case_of(supply);
    g_autoptr(CpsfTable) table = pull_ask(&c, T, NULL);

    for (int i = 0; i < 2; i++) {
        const double nothing_left_to_chance[] = {0, 0.5, 0.5};

        expect(&c, &exact, i == 0 ? A : B, 1, nothing_left_to_chance);
        cr_expect(pull_get(table, "gain", i) == 0);
        cr_expect(pull_get(table, "alone", i) == 0.5);
        cr_expect(pull_get(table, "importance", i) == 0.5);
        cr_expect(pull_get(table, "stderr", i) == 0);
        cr_expect_str_eq(pull_text(table, "state", i), "unverified");
        cr_expect_str_eq(pull_text(table, "key", i), i == 0 ? A : B);
    }
    pull_case_clear(&c);
}

/* t(and) <- a, b, all with 1/2: structural importance is 1/4, 1/4, 3/4 (Birnbaum 1969),
 * in either plane, so that of expected it is the same. */
Test(importance, minimal_fault_tree)
{
    TestSupply *supply = test_supply_new();

    say(supply, A, 0.5, 0.5);
    say(supply, B, 0.5, 0.5);
    say(supply, T, 0.5, 0.5);
    test_supply_member(supply, A, T, 1, "and");
    test_supply_member(supply, B, T, 1, "and");
    PullCase c = pull_case_of(supply);

    expect_both(&c, A, 0.125, 0, 0.25);
    expect_both(&c, B, 0.125, 0, 0.25);
    expect_both(&c, T, 0.375, 0.5, 0.75);
    pull_case_clear(&c);
}

/* An edge felt with 1/2, and a circle whose nodes fail together: 1 - 1/8 of it, 3/4 without one; half
 * of that is felt. */
Test(importance, circle_behind_a_chance)
{
    TestSupply *supply = test_supply_new();

    say(supply, A, 0.5, 0.5);
    say(supply, B, 0.5, 0.5);
    say(supply, C, 0.5, 0.5);
    say(supply, T, 1, 0);
    test_supply_edge(supply, A, B, 1);
    test_supply_edge(supply, B, C, 1);
    test_supply_edge(supply, C, A, 1);
    test_supply_edge(supply, C, T, 0.5);
    PullCase c = pull_case_of(supply);

    expect_both(&c, A, 0.0625, 0.25, 0.125);
    expect_both(&c, B, 0.0625, 0.25, 0.125);
    expect_both(&c, C, 0.0625, 0.25, 0.125);
    pull_case_clear(&c);
}

/*
 * One node in two layers, (.5, .2, .3) and (.8, .1, .1): b = .4 and 1 - d = .72.  Without layer 2 it
 * fails with .2 and .1, without layer 3 with .5 and .2.
 */
Test(importance, layers_of_a_node)
{
    TestSupply *supply = test_supply_new();

    test_supply_node(supply, T, CPSF_KIND_DEVICE)->layers = CPSF_LAYER(2) | CPSF_LAYER(3);
    test_supply_opinion(supply, T, 2, 0.5, 0.2, 0.3);
    test_supply_opinion(supply, T, 3, 0.8, 0.1, 0.1);
    PullCase c = pull_case_of(supply);
    const double second[] = {0.5 * (0.4 + 0.18), 0.35, 0.5 * (0.8 + 0.9)};
    const double third[] = {0.5 * (0.1 + 0.08), 0.15, 0.5 * (0.5 + 0.8)};
    const double only[] = {0.35, 0.35, 1};
    CpsfTrustOptions layer = {.method = CPSF_METHOD_EXACT, .layer = 2};

    expect(&c, &exact, T, 2, second);
    expect(&c, &sampled, T, 2, second);
    expect(&c, &exact, T, 3, third);
    expect(&c, &sampled, T, 3, third);
    expect(&c, &layer, T, 2, only);

    g_autoptr(CpsfTable) one = pull_ask(&c, T, &layer);

    cr_expect(cpsf_table_get_n_rows(one) == 1);
    pull_case_clear(&c);
}

/* A group that lacks a member has failed in plane 1, whoever works; in plane 2 only a counts. */
Test(importance, short_groups_are_nobodys)
{
    TestSupply *supply = test_supply_new();

    say(supply, A, 0.5, 0.25);
    say(supply, T, 0.75, 0);
    test_supply_member(supply, A, T, 1, "g");
    test_supply_group(supply, T, "g", 2);
    PullCase c = pull_case_of(supply);

    expect_both(&c, A, 0.125, 0.125, 0.5);
    expect_both(&c, T, 0, 0, 0.375);
    pull_case_clear(&c);
}

/* What is relied on by so little that it rounds to nothing has a row, and nothing in it. */
Test(importance, next_to_no_chance)
{
    TestSupply *supply = test_supply_new();

    say(supply, A, 0, 1);
    say(supply, T, 1, 0);
    test_supply_edge(supply, A, T, 1e-12);
    PullCase c = pull_case_of(supply);
    g_autoptr(CpsfTable) table = pull_ask(&c, T, NULL);
    g_autoptr(CpsfTable) counted = pull_ask(&c, T, &exact);

    cr_assert(cpsf_table_get_n_rows(table) == 1);
    cr_expect(pull_get(table, "gain", 0) == 0);
    cr_expect(pull_get(table, "alone", 0) == 0);
    cr_expect(pull_get(table, "importance", 0) == 0);
    cr_expect(epsilon_eq(dbl, pull_get(counted, "gain", 0), 1e-12, 1e-20));
    pull_case_clear(&c);
}

/* ---- the table ---- */

Test(importance, columns_and_paths)
{
    PullCase c = chain();
    g_autoptr(CpsfTable) table = pull_ask(&c, T, NULL);
    static const char *const names[] = {"key",   "kind",       "name",   "layer",  "state", "gain",
                                        "alone", "importance", "stderr", "method", "path"};
    g_autofree char *path = pull_path(table, 0);
    g_autofree char *shorter = pull_path(table, 1);

    cr_assert(cpsf_table_get_n_columns(table) == 11);
    for (int i = 0; i < 11; i++)
        cr_expect_str_eq(cpsf_table_get_column_name(table, i), names[i]);
    cr_assert(cpsf_table_get_n_rows(table) == 2); /* t works for certain */
    cr_expect_str_eq(path, A " > " B " > " T);
    cr_expect_str_eq(shorter, B " > " T);
    cr_expect_str_eq(pull_text(table, "kind", 0), "company");
    pull_case_clear(&c);
}

/* Of a path of 100 nodes 32 are told at either end. */
Test(importance, long_paths_are_cut)
{
    TestSupply *supply = test_supply_new();

    for (int i = 0; i < 100; i++) {
        say(supply, test_supply_key(i), i > 0 ? 1 : 0.5, 0);
        if (i > 0)
            test_supply_edge(supply, test_supply_key(i - 1), test_supply_key(i), 1);
    }
    PullCase c = pull_case_of(supply);
    g_autoptr(CpsfTable) table = pull_ask(&c, test_supply_key(99), NULL);
    g_autofree char *path = pull_path(table, 0);

    cr_expect(cpsf_table_get_n_rows(table) == 1);
    cr_expect(cpsf_table_get_list_length(table, cpsf_table_find_column(table, "path"), 0) == 65);
    cr_expect(strstr(path, "n31 > … > urn:example:n68") != NULL, "%s", path);
    cr_expect(g_str_has_suffix(path, test_supply_key(99)));
    cr_expect(pull_get(table, "gain", 0) > 0.2);
    pull_case_clear(&c);
}

/* A node that does not hold, and a node that nothing pulls down. */
Test(importance, nothing_to_tell)
{
    TestSupply *supply = test_supply_new();

    say(supply, A, 1, 0);
    say(supply, B, 0.5, 0.5);
    test_supply_node(supply, C, CPSF_KIND_COMPANY)->valid.until = TEST_SUPPLY_AT;
    test_supply_edge(supply, B, A, 0);
    PullCase c = pull_case_of(supply);
    g_autoptr(CpsfTable) sound = pull_ask(&c, A, NULL);
    g_autoptr(CpsfTable) gone = pull_ask(&c, C, NULL);
    g_autoptr(CpsfTable) counted = pull_ask(&c, C, &exact);

    cr_expect(cpsf_table_get_n_rows(sound) == 0); /* b is not relied on */
    cr_expect(cpsf_table_get_n_rows(gone) == 0);
    cr_expect(cpsf_table_get_n_rows(counted) == 0);
    pull_case_clear(&c);
}

/* ---- refused ---- */

static const char *const no_keys[] = {NULL};

typedef struct {
    CpsfTrustOptions options;
    gboolean has_keys;
    int code;
} Refused;

ParameterizedTestParameters(importance, refuses)
{
    static Refused rows[] = {
        {{.layer = 4}, FALSE, CPSF_ERROR_INVALID_VALUE},
        {{.layer = -1}, FALSE, CPSF_ERROR_INVALID_VALUE},
        {{.worlds = -1}, FALSE, CPSF_ERROR_INVALID_VALUE},
        {{.worlds = (INT64_C(1) << 30) + 1}, FALSE, CPSF_ERROR_INVALID_VALUE},
        {{.threads = -1}, FALSE, CPSF_ERROR_INVALID_VALUE},
        {{.method = (CpsfMethod) 2}, FALSE, CPSF_ERROR_INVALID_VALUE},
        {{.model = CPSF_TRUST_WEAKEST}, FALSE, CPSF_ERROR_INVALID_VALUE},
        {{.target_stderr = 0.1}, FALSE, CPSF_ERROR_INVALID_VALUE},
        {{.target_stderr = NAN}, FALSE, CPSF_ERROR_INVALID_VALUE},
        {{.worlds = 0}, TRUE, CPSF_ERROR_INVALID_VALUE},
    };

    return cr_make_param_array(Refused, rows, G_N_ELEMENTS(rows));
}

ParameterizedTest(Refused *row, importance, refuses)
{
    PullCase c = chain();
    g_autoptr(GError) error = NULL;
    CpsfTrustOptions options = row->options;

    options.keys = row->has_keys ? no_keys : NULL;
    cr_assert_null(cpsf_trust_importance(c.snapshot, c.policy, T, &options, &error));
    cr_assert(error != NULL);
    cr_expect(error->domain == CPSF_ERROR);
    cr_expect(error->code == row->code, "%s", error->message);
    pull_case_clear(&c);
}

Test(importance, unknown_keys_are_not_found)
{
    PullCase c = chain();
    g_autoptr(GError) error = NULL;

    cr_assert_null(cpsf_trust_importance(c.snapshot, c.policy, "urn:example:x", NULL, &error));
    cr_expect(error->code == CPSF_ERROR_NOT_FOUND);
    cr_expect(strstr(error->message, "urn:example:x") != NULL);
    pull_case_clear(&c);
}

Test(importance, too_much_to_count_out)
{
    TestSupply *supply = test_supply_new();

    say(supply, T, 1, 0);
    for (int i = 0; i < 25; i++) {
        say(supply, test_supply_key(i), 0.5, 0.5);
        test_supply_edge(supply, test_supply_key(i), T, 1);
    }
    PullCase c = pull_case_of(supply);
    g_autoptr(GError) error = NULL;

    cr_assert_null(cpsf_trust_importance(c.snapshot, c.policy, T, &exact, &error));
    cr_expect(error->code == CPSF_ERROR_LIMIT);
    pull_case_clear(&c);
}

typedef struct {
    GCancellable *cancellable;
    int n_calls;
    int cancel_at;
    uint64_t done;
    uint64_t total;
    gboolean is_ordered;
} Progress;

static void
follow(uint64_t done, uint64_t total, const char *what, void *data)
{
    Progress *progress = data;

    progress->is_ordered =
        progress->is_ordered && what != NULL && done <= total && done >= progress->done;
    progress->done = done;
    progress->total = total;
    if (++progress->n_calls == progress->cancel_at)
        g_cancellable_cancel(progress->cancellable);
}

Test(importance, tells_of_progress)
{
    PullCase c = chain();
    Progress progress = {.cancel_at = -1, .is_ordered = TRUE};
    const CpsfTrustOptions options = {.threads = 1, .progress = follow, .progress_data = &progress};
    g_autoptr(CpsfTable) table = pull_ask(&c, T, &options);

    cr_expect(progress.n_calls == 8 * 2 * 2); /* blocks, planes, vertices */
    cr_expect(progress.done == progress.total);
    cr_expect(progress.is_ordered);
    pull_case_clear(&c);
}

/* At every moment; before anything is done it is cancelled, too. */
Test(importance, is_cancelled)
{
    PullCase c = chain();

    for (int at = 0; at < 20; at++) {
        g_autoptr(GCancellable) cancellable = g_cancellable_new();
        Progress progress = {.cancellable = cancellable, .cancel_at = at, .is_ordered = TRUE};
        const CpsfTrustOptions options = {.method =
                                              at % 2 == 0 ? CPSF_METHOD_SAMPLE : CPSF_METHOD_EXACT,
                                          .cancellable = cancellable,
                                          .progress = follow,
                                          .progress_data = &progress};
        g_autoptr(GError) error = NULL;

        if (at == 0)
            g_cancellable_cancel(cancellable);
        if (at % 2 == 1)
            progress.cancel_at = 1 + at / 4; /* of 8 questions */
        cr_assert_null(cpsf_trust_importance(c.snapshot, c.policy, T, &options, &error), "%d", at);
        cr_expect(error->code == CPSF_ERROR_CANCELLED);
    }
    pull_case_clear(&c);
}

/* ---- no memory ---- */

/* By sampling, by enumeration, and by cpsf_explain(). */
static CpsfTable *
ask(const PullCase *c, int question, GError **error)
{
    const CpsfTrustOptions one_thread = {.threads = 1, .worlds = 512};
    const CpsfTrustOptions three = {.threads = 3, .worlds = 1024};
    const CpsfExplainOptions explain = {.threads = 1, .worlds = 512};

    switch (question) {
    case 0:
        return cpsf_trust_importance(c->snapshot, c->policy, T, &one_thread, error);
    case 1:
        return cpsf_trust_importance(c->snapshot, c->policy, T, &exact, error);
    case 2:
        return cpsf_explain(c->snapshot, c->policy, T, &explain, error);
    }
    return cpsf_trust_importance(c->snapshot, c->policy, T, &three, error);
}

static void
expect_survival(const PullCase *c, int question, gboolean once)
{
    gboolean is_done = FALSE;
    int failures = 0;

    for (int64_t n = 0; !is_done; n++) {
        g_autoptr(GError) error = NULL;

        (once ? cpsf_mem_fail_once : cpsf_mem_fail_after)(n);

        g_autoptr(CpsfTable) table = ask(c, question, &error);

        cpsf_mem_fail_after(-1);
        if (table == NULL) {
            failures++;
            cr_assert(error != NULL, "failure %d is told", (int) n);
            cr_assert(error->code == CPSF_ERROR_NO_MEMORY, "%s", error->message);
        }
        /* one alone may be done without, of a second thread; so go on for a while */
        is_done = table != NULL && n > (once ? 200 : 0);
    }
    cr_expect(failures > 20, "%d", failures);
}

Test(importance, survives_every_allocation_failure)
{
    TestSupply *supply = test_supply_draw(11, 8, 512);

    say(supply, T, 0.5, 0.25);
    for (int i = 0; i < 8; i++)
        test_supply_edge(supply, test_supply_key(i), T, i % 2 == 0 ? 1 : 0.5);
    PullCase c = pull_case_of(supply);

    for (int question = 0; question < 4; question++) {
        expect_survival(&c, question, FALSE);
        expect_survival(&c, question, TRUE);
    }
    pull_case_clear(&c);
}
