/* SPDX-License-Identifier: GPL-2.0-or-later */

/* How trust is run: integer counts and their errors, any number of worlds, the stop rule, the same
 * bytes whoever computes, every documented error, cancellation, and no memory. */

#include "config.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <math.h>
#include <string.h>

#include "cpsf-kernels.h"
#include "cpsf-mem-private.h"
#include "graphgen.h"
#include "trust-test.h"

#define BLOCK 512

typedef struct {
    CpsfGraph *graph;
    CpsfSnapshot *snapshot;
    CpsfPolicy *policy;
} Case;

/* @order: in which feeds and statements come. */
static Case
case_of(const TestSupply *supply, uint64_t order)
{
    Case c = {.graph = test_supply_freeze(supply, order), .policy = test_supply_policy()};

    c.snapshot = cpsf_graph_snapshot(c.graph, TEST_SUPPLY_AT, NULL);
    cr_assert_not_null(c.snapshot);
    return c;
}

/* Frees @supply. */
static Case
case_of_new(TestSupply *supply)
{
    const Case c = case_of(supply, 0);

    test_supply_free(supply);
    return c;
}

static void
case_clear(Case *c)
{
    cpsf_snapshot_unref(c->snapshot);
    cpsf_graph_unref(c->graph);
    cpsf_policy_unref(c->policy);
}

static TestTrust *
ask(const Case *c, const CpsfTrustOptions *options)
{
    return test_trust_ask(c->snapshot, c->policy, options);
}

/* As many nodes as two-digit keys allow, with chances everywhere: circles, groups, all of it. */
static TestSupply *
draw_large(uint64_t seed)
{
    return test_supply_draw(seed, 60, INFINITY);
}

/* ---- arithmetic ---- */

static void
check_row(const TestTrust *t, int32_t v)
{
    const double w = (double) t->report.worlds;
    const double worked = t->belief[v] * w;
    const double failed = t->disbelief[v] * w;
    const double variance = t->belief[v] + t->uncertainty[v] / 4 - t->expected[v] * t->expected[v];

    cr_assert(epsilon_eq(dbl, worked, round(worked), 1e-6));
    cr_assert(t->belief[v] == round(worked) / w);
    cr_assert(t->disbelief[v] == round(failed) / w);
    cr_assert(t->uncertainty[v] >= 0.0);
    cr_assert(epsilon_eq(dbl, t->uncertainty[v], 1 - t->belief[v] - t->disbelief[v], 1e-15));
    cr_assert(epsilon_eq(dbl, t->expected[v], t->belief[v] + t->uncertainty[v] / 2, 1e-15));
    /* the difference cancels: about three roundings of numbers up to 1 */
    cr_assert(epsilon_eq(dbl, t->stderr_of[v] * t->stderr_of[v] * w, variance, 1e-15));
}

static const int64_t sizes[] = {1, 2, 63, 64, 100, 511, 512, 513, 1000, 1024, 4096, 4100, 10007};

/* Proportions are integer counts over exactly as many worlds as were asked for. */
Test(trust_run, counts_are_whole)
{
    for (uint64_t seed = 0; seed < 20; seed++) {
        Case c = case_of_new(draw_large(seed));

        for (guint i = 0; i < G_N_ELEMENTS(sizes); i++) {
            const CpsfTrustOptions options = {.worlds = sizes[i], .seed = seed, .threads = 2};
            g_autoptr(TestTrust) found = ask(&c, &options);

            cr_assert(found->report.worlds == sizes[i]);
            for (int32_t v = 0; v < found->n; v++)
                if (c.snapshot->holds[v])
                    check_row(found, v);
        }
        case_clear(&c);
    }
}

/* World i is the same world however many there are: counts grow by at most the worlds that came. */
Test(trust_run, more_worlds_begin_with_the_same)
{
    Case c = case_of_new(draw_large(3));
    g_autoptr(TestTrust) before = NULL;

    for (guint i = 0; i < G_N_ELEMENTS(sizes); i++) {
        const CpsfTrustOptions options = {.worlds = sizes[i]};
        TestTrust *after = ask(&c, &options);
        const double came = i > 0 ? (double) (sizes[i] - sizes[i - 1]) : 0;

        for (int32_t v = 0; i > 0 && v < after->n; v++) {
            if (!c.snapshot->holds[v])
                continue;
            const double more = round(after->belief[v] * (double) sizes[i]) -
                                round(before->belief[v] * (double) sizes[i - 1]);

            cr_assert(more >= 0 && more <= came, "node %d: %g of %g", v, more, came);
        }
        if (before != NULL)
            test_trust_free(before);
        before = after;
    }
    case_clear(&c);
}

/* A node that works with all its anchors works with those of one layer. */
Test(trust_run, one_layer_is_trusted_no_less_than_all, .timeout = 120)
{
    int less = 0;

    for (uint64_t seed = 0; seed < 100; seed++) {
        CpsfTrustOptions options = {.worlds = 1024, .seed = seed};
        g_autoptr(TestSupply) supply = test_supply_draw(seed, 25, INFINITY);
        g_autoptr(TestTrust) all = test_trust_of(supply, &options);

        for (options.layer = 1; options.layer <= 3; options.layer++) {
            g_autoptr(TestTrust) one = test_trust_of(supply, &options);

            for (int32_t v = 0; v < all->n; v++) {
                if (isnan(all->belief[v]))
                    continue;
                cr_assert(all->belief[v] <= one->belief[v]);
                cr_assert(all->disbelief[v] >= one->disbelief[v]);
                less += all->belief[v] < one->belief[v];
            }
        }
    }
    cr_expect(less > 500, "%d", less);
}

Test(trust_run, defaults)
{
    Case c = case_of_new(draw_large(1));
    const CpsfTrustOptions said = {.worlds = CPSF_WORLDS_DEFAULT, .threads = 1};
    const CpsfTrustOptions other = {.seed = 1};
    g_autoptr(TestTrust) plain = ask(&c, NULL);
    g_autoptr(TestTrust) same = ask(&c, &said);
    g_autoptr(TestTrust) different = ask(&c, &other);

    cr_expect(plain->report.worlds == 4096);
    cr_expect(plain->report.outcomes == 0);
    cr_expect(test_trust_is_same(plain, same));
    cr_expect(not(test_trust_is_same(plain, different)), "the seed changes nothing");
    case_clear(&c);
}

/* ---- the stop rule ---- */

static double
largest_error(const TestTrust *t)
{
    double largest = 0;

    for (int32_t v = 0; v < t->n; v++)
        if (!isnan(t->stderr_of[v]))
            largest = MAX(largest, t->stderr_of[v]);
    return largest;
}

/* The least number of whole blocks after which no error is larger, found by trying each. */
static TestTrust *
first_good_enough(const Case *c, CpsfTrustOptions options, double target)
{
    options.target_stderr = 0;
    for (options.worlds = BLOCK;; options.worlds += BLOCK) {
        TestTrust *found = ask(c, &options);

        if (largest_error(found) <= target)
            return found;
        test_trust_free(found);
    }
}

Test(trust_run, stops_after_the_first_block_that_is_good_enough)
{
    static const double targets[] = {0.5, 0.02, 0.012, 0.0101, 0.0081};
    static const int threads[] = {1, 2, 3, 8};

    for (uint64_t seed = 0; seed < 6; seed++) {
        Case c = case_of_new(draw_large(seed));
        const char *const keys[] = {cpsf_graph_get_key(c.graph, (int32_t) seed), NULL};

        for (guint i = 0; i < G_N_ELEMENTS(targets); i++) {
            CpsfTrustOptions options = {.seed = seed, .target_stderr = targets[i]};

            options.keys = seed % 2 == 0 ? keys : NULL;
            g_autoptr(TestTrust) wanted = first_good_enough(&c, options, targets[i]);

            for (guint k = 0; k < G_N_ELEMENTS(threads); k++) {
                options.threads = threads[k];
                g_autoptr(TestTrust) found = ask(&c, &options);

                cr_assert(found->report.worlds == wanted->report.worlds, "%d, not %d worlds",
                          (int) found->report.worlds, (int) wanted->report.worlds);
                cr_assert(test_trust_is_same(found, wanted));
            }
        }
        case_clear(&c);
    }
}

/* --worlds is the most there may be, whole blocks or not. */
Test(trust_run, stops_at_the_number_of_worlds)
{
    Case c = case_of_new(draw_large(2));
    const CpsfTrustOptions plain = {.worlds = 1300};
    const CpsfTrustOptions vain = {.worlds = 1300, .target_stderr = 1e-9};
    const CpsfTrustOptions easy = {.worlds = 1300, .target_stderr = 1};
    g_autoptr(TestTrust) wanted = ask(&c, &plain);
    g_autoptr(TestTrust) found = ask(&c, &vain);
    g_autoptr(TestTrust) one = ask(&c, &easy);

    cr_expect(test_trust_is_same(found, wanted));
    cr_expect(one->report.worlds == BLOCK);
    case_clear(&c);
}

/* ---- the same bytes ---- */

Test(trust_run, same_bytes_for_any_number_of_threads)
{
    static const int threads[] = {2, 3, 8, 0};

    for (uint64_t seed = 0; seed < 10; seed++) {
        Case c = case_of_new(draw_large(seed));
        CpsfTrustOptions options = {.worlds = 9000, .seed = seed, .threads = 1};

        options.layer = (int) (seed % 4);
        g_autoptr(TestTrust) one = ask(&c, &options);

        for (guint k = 0; k < G_N_ELEMENTS(threads); k++) {
            options.threads = threads[k];
            g_autoptr(TestTrust) found = ask(&c, &options);

            cr_assert(test_trust_is_same(one, found), "%d threads", threads[k]);
        }
        case_clear(&c);
    }
}

Test(trust_run, same_bytes_for_every_kernel)
{
    for (uint64_t seed = 0; seed < 20; seed++) {
        g_autoptr(TestSupply) small = test_supply_draw(seed, 8, 512);
        Case few = case_of(small, 0);
        Case many = case_of_new(draw_large(seed));
        const CpsfTrustOptions sampled = {.worlds = 3000, .seed = seed};
        const CpsfTrustOptions exact = {.method = CPSF_METHOD_EXACT};

        cpsf_kernels_use_portable(TRUE);
        cr_assert_str_eq(cpsf_kernels_get_name(), "portable");
        g_autoptr(TestTrust) many_plain = ask(&many, &sampled);
        g_autoptr(TestTrust) few_plain = ask(&few, &exact);

        cpsf_kernels_use_portable(FALSE);
        g_autoptr(TestTrust) many_fast = ask(&many, &sampled);
        g_autoptr(TestTrust) few_fast = ask(&few, &exact);

        cr_assert(test_trust_is_same(many_plain, many_fast));
        cr_assert(test_trust_is_same(few_plain, few_fast));
        case_clear(&few);
        case_clear(&many);
    }
}

Test(trust_run, same_bytes_for_any_order_of_feeds)
{
    for (uint64_t seed = 0; seed < 20; seed++) {
        g_autoptr(TestSupply) large = draw_large(seed);
        g_autoptr(TestSupply) small = test_supply_draw(seed, 8, 512);
        const CpsfTrustOptions sampled = {.worlds = 2000, .seed = seed, .threads = 2};
        const CpsfTrustOptions exact = {.method = CPSF_METHOD_EXACT};
        Case many = case_of(large, 0);
        Case few = case_of(small, 0);
        g_autoptr(TestTrust) many_first = ask(&many, &sampled);
        g_autoptr(TestTrust) few_first = ask(&few, &exact);

        for (uint64_t order = 1; order < 5; order++) {
            Case many_again = case_of(large, order);
            Case few_again = case_of(small, order);
            g_autoptr(TestTrust) many_then = ask(&many_again, &sampled);
            g_autoptr(TestTrust) few_then = ask(&few_again, &exact);

            cr_assert(test_trust_is_same(many_first, many_then));
            cr_assert(test_trust_is_same(few_first, few_then));
            case_clear(&many_again);
            case_clear(&few_again);
        }
        case_clear(&many);
        case_clear(&few);
    }
}

/* ---- what is refused ---- */

typedef struct {
    char why[32];
    CpsfTrustOptions options;
    CpsfError code;
} Bad;

ParameterizedTestParameters(trust_run, refuses)
{
    static Bad rows[] = {
        {"layer 4", {.layer = 4}, CPSF_ERROR_INVALID_VALUE},
        {"layer -1", {.layer = -1}, CPSF_ERROR_INVALID_VALUE},
        {"negative worlds", {.worlds = -1}, CPSF_ERROR_INVALID_VALUE},
        {"too many worlds", {.worlds = (INT64_C(1) << 30) + 1}, CPSF_ERROR_INVALID_VALUE},
        {"negative target", {.target_stderr = -0.1}, CPSF_ERROR_INVALID_VALUE},
        {"NaN target", {.target_stderr = NAN}, CPSF_ERROR_INVALID_VALUE},
        {"infinite target", {.target_stderr = INFINITY}, CPSF_ERROR_INVALID_VALUE},
        {"negative threads", {.threads = -1}, CPSF_ERROR_INVALID_VALUE},
        {"unknown model", {.model = (CpsfTrustModel) 9}, CPSF_ERROR_INVALID_VALUE},
        {"unknown method", {.method = (CpsfMethod) 9}, CPSF_ERROR_INVALID_VALUE},
    };

    return cr_make_param_array(Bad, rows, G_N_ELEMENTS(rows));
}

static void
expect_error(const Case *c, const CpsfTrustOptions *options, CpsfError code, const char *why)
{
    g_autoptr(GError) error = NULL;
    CpsfTrustReport report = {.worlds = -7};

    cr_expect(cpsf_trust(c->snapshot, c->policy, options, &report, &error) == NULL, "%s", why);
    cr_assert(error != NULL, "%s", why);
    cr_expect(error->domain == CPSF_ERROR, "%s", why);
    cr_expect(eq(int, error->code, (int) code), "%s: %s", why, error->message);
    cr_expect(strchr(error->message, '\n') == NULL, "%s", why);
    cr_expect(report.worlds == -7, "%s: the report was written", why);
}

ParameterizedTest(Bad *row, trust_run, refuses)
{
    Case c = case_of_new(test_supply_draw(1, 5, 64));

    expect_error(&c, &row->options, row->code, row->why);
    case_clear(&c);
}

Test(trust_run, refuses_keys_of_no_node)
{
    Case c = case_of_new(test_supply_draw(1, 5, 64));
    const char *const keys[] = {"urn:example:n00", "urn:example:nobody", NULL};
    const CpsfTrustOptions sampled = {.keys = keys};
    const CpsfTrustOptions exact = {.keys = keys, .method = CPSF_METHOD_EXACT};

    expect_error(&c, &sampled, CPSF_ERROR_NOT_FOUND, "sampled");
    expect_error(&c, &exact, CPSF_ERROR_NOT_FOUND, "exact");
    case_clear(&c);
}

/* @two companies with two outcomes and @three with three, all needed by one that is certain. */
static Case
chances(int two, int three)
{
    TestSupply *supply = test_supply_new();

    test_supply_node(supply, "urn:example:x", CPSF_KIND_COMPANY);
    test_supply_opinion(supply, "urn:example:x", 1, 1, 0, 0);
    for (int i = 0; i < two + three; i++) {
        const double u = i < two ? 0 : 0.125;

        test_supply_node(supply, test_supply_key(i), CPSF_KIND_COMPANY);
        test_supply_opinion(supply, test_supply_key(i), 1, 0.75, 0.25 - u, u);
        test_supply_edge(supply, test_supply_key(i), "urn:example:x", 1);
    }
    return case_of_new(supply);
}

typedef struct {
    int two, three;
    gboolean fits;
} Size;

ParameterizedTestParameters(trust_run, limits_of_exact)
{
    /* 2^24 and 3^16 outcomes are few enough; 25 events and 3^17 > 2^26 outcomes are too many */
    static Size rows[] = {{24, 0, TRUE}, {25, 0, FALSE}, {24, 1, FALSE}, {60, 0, FALSE},
                          {0, 14, TRUE}, {0, 17, FALSE}, {20, 4, FALSE}, {21, 3, TRUE}};

    return cr_make_param_array(Size, rows, G_N_ELEMENTS(rows));
}

ParameterizedTest(Size *size, trust_run, limits_of_exact)
{
    Case c = chances(size->two, size->three);
    const char *const keys[] = {"urn:example:x", "urn:example:n00", NULL};
    const char *const one[] = {"urn:example:n00", NULL};
    const CpsfTrustOptions both = {.method = CPSF_METHOD_EXACT, .keys = keys};
    const CpsfTrustOptions alone = {.method = CPSF_METHOD_EXACT, .keys = one};
    const CpsfTrustOptions all = {.method = CPSF_METHOD_EXACT};
    g_autoptr(TestTrust) apart = ask(&c, &alone);

    cr_expect(apart->report.events == 1);
    cr_expect(test_trust_get(apart, belief, c.graph, "urn:example:n00") == 0.75);
    if (size->fits) {
        g_autoptr(TestTrust) found = ask(&c, &both);
        const double wanted = pow(0.75, size->two + size->three);

        cr_expect(found->report.events == size->two + size->three);
        cr_expect(epsilon_eq(dbl, (double) found->report.outcomes,
                             pow(2, size->two) * pow(3, size->three), 0.5));
        cr_expect(epsilon_eq(dbl, test_trust_get(found, belief, c.graph, "urn:example:x"), wanted,
                             1e-12));
    } else {
        expect_error(&c, &both, CPSF_ERROR_LIMIT, "some");
        expect_error(&c, &all, CPSF_ERROR_LIMIT, "all");
    }
    case_clear(&c);
}

/* ---- told, cancelled, out of memory ---- */

typedef struct {
    GCancellable *cancellable; /* (nullable): cancelled at the first call */
    int calls;
    gboolean in_range;
} Told;

static void
note(uint64_t done, uint64_t total, const char *what, void *data)
{
    Told *told = data;

    (void) what;
    told->calls++;
    told->in_range = done <= total;
    if (told->cancellable != NULL)
        g_cancellable_cancel(told->cancellable);
}

Test(trust_run, tells_and_can_be_cancelled)
{
    Case c = case_of_new(draw_large(4));
    Case small = chances(18, 0);

    for (int method = 0; method < 2; method++) {
        const Case *which = method == CPSF_METHOD_EXACT ? &small : &c;
        g_autoptr(GCancellable) cancellable = g_cancellable_new();
        Told told = {0};
        CpsfTrustOptions options = {.worlds = 1 << 16, .threads = 2};

        options.method = (CpsfMethod) method;
        options.progress = note;
        options.progress_data = &told;
        g_autoptr(TestTrust) found = ask(which, &options);

        cr_expect(found->n > 0);
        cr_expect(told.calls > 0, "method %d tells nothing", method);
        cr_expect(told.in_range);
        options.cancellable = told.cancellable = cancellable;
        expect_error(which, &options, CPSF_ERROR_CANCELLED, "from within");
        options.progress = NULL;
        expect_error(which, &options, CPSF_ERROR_CANCELLED, "before it began");
    }
    case_clear(&c);
    case_clear(&small);
}

/* Every allocation fails once, first with all after it and then alone. */
static void
fail_everywhere(const Case *c, const CpsfTrustOptions *options, void (*fail)(int64_t count))
{
    g_autoptr(CpsfTable) table = NULL;
    int failures = 0;

    for (int64_t n = 0; table == NULL; n++) {
        g_autoptr(GError) error = NULL;

        fail(n);
        table = cpsf_trust(c->snapshot, c->policy, options, NULL, &error);
        cpsf_mem_fail_after(-1);
        failures += table == NULL;
        if (table == NULL) {
            cr_assert(error != NULL);
            cr_assert(error->code == CPSF_ERROR_NO_MEMORY, "%s", error->message);
        }
        cr_assert(n < 10000);
    }
    cr_expect(failures >= 8, "%d", failures);
}

Test(trust_run, survives_every_allocation_failure)
{
    Case c = case_of_new(draw_large(5));
    Case small = case_of_new(test_supply_draw(11, 9, 256));
    const char *const keys[] = {"urn:example:n00", "urn:example:n01", NULL};
    const CpsfTrustOptions options[] = {
        {.worlds = 2000, .threads = 1},
        {.worlds = 2000, .threads = 3},
        {.worlds = 700, .threads = 1, .keys = keys, .layer = 1},
        {.threads = 2, .target_stderr = 0.01},
    };
    const CpsfTrustOptions exact = {.method = CPSF_METHOD_EXACT};
    const CpsfTrustOptions some = {.method = CPSF_METHOD_EXACT, .keys = keys};

    for (guint i = 0; i < G_N_ELEMENTS(options); i++) {
        fail_everywhere(&c, &options[i], cpsf_mem_fail_after);
        fail_everywhere(&c, &options[i], cpsf_mem_fail_once);
    }
    fail_everywhere(&small, &exact, cpsf_mem_fail_after);
    fail_everywhere(&small, &exact, cpsf_mem_fail_once);
    fail_everywhere(&small, &some, cpsf_mem_fail_after);
    case_clear(&c);
    case_clear(&small);
}
