/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Memory running out anywhere between a folder of feeds and the bytes of an answer: every allocation
 * that the input sizes fails once, and what comes of it is one error and nothing left behind (which
 * the sanitizers see).
 */

#include "config.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "cpsf-mem-private.h"
#include "cpsf.h"

enum {
    FEWEST_FAILURES = 200, /* the factory asks for memory far more often than that */
};

#define MOMENT (INT64_C(1790000000) * CPSF_TIME_SECOND)

/* From feeds to bytes; NULL is an error. */
static GBytes *
answer(CpsfPolicy *policy, GError **error)
{
    static const char *const folder[] = {TOP_SRCDIR "/datasets/factory", NULL};
    const CpsfReadOptions reading = {.limits = CPSF_LIMITS_INIT, .now = MOMENT};
    const CpsfCheckOptions all = {.all = TRUE, .threads = 1};
    g_autoptr(CpsfTable) report = NULL;
    g_autoptr(CpsfGraph) graph = cpsf_graph_read(folder, &reading, &report, error);

    if (graph == NULL)
        return NULL;

    g_autoptr(CpsfSnapshot) snapshot = cpsf_graph_snapshot(graph, MOMENT, error);

    if (snapshot == NULL)
        return NULL;

    g_autoptr(CpsfTable) anchors = cpsf_check(snapshot, policy, &all, NULL, error);

    if (anchors == NULL)
        return NULL;

    g_autoptr(GOutputStream) stream = g_memory_output_stream_new_resizable();
    const CpsfAnswer around = {
        .command = "check", .snapshot = snapshot, .policy = policy, .findings = TRUE};

    if (!cpsf_table_write(report, CPSF_FORMAT_CSV, NULL, stream, error) ||
        !cpsf_table_write(anchors, CPSF_FORMAT_JSON, &around, stream, error) ||
        !g_output_stream_close(stream, NULL, error))
        return NULL;
    return g_memory_output_stream_steal_as_bytes(G_MEMORY_OUTPUT_STREAM(stream));
}

/* Fails each allocation in turn by @fail until there is none left to fail. */
static void
fail_every(void (*fail)(int64_t count))
{
    g_autoptr(CpsfPolicy) policy = cpsf_policy_new_default();
    g_autoptr(GBytes) wanted = answer(policy, NULL);
    g_autoptr(GBytes) got = NULL;
    int64_t failures = 0;

    cr_assert_not_null(wanted);
    for (int64_t n = 0; got == NULL; n++) {
        g_autoptr(GError) error = NULL;

        fail(n);
        got = answer(policy, &error);
        cpsf_mem_fail_after(-1);
        failures += got == NULL;
        if (got == NULL) {
            cr_assert_not_null(error);
            cr_assert(g_error_matches(error, CPSF_ERROR, CPSF_ERROR_NO_MEMORY),
                      "allocation %" G_GINT64_FORMAT ": %s", n, error->message);
        }
    }
    cr_expect(failures >= FEWEST_FAILURES, "only %" G_GINT64_FORMAT " failures", failures);
    cr_expect(g_bytes_equal(got, wanted), "what succeeds at last is another answer");
}

Test(memory, running_out_anywhere_is_one_error, .timeout = 300)
{
    fail_every(cpsf_mem_fail_after);
}

/* If the others succeed, a failure that is not passed on would give an answer with a hole. */
Test(memory, no_single_failure_is_swallowed, .timeout = 300)
{
    fail_every(cpsf_mem_fail_once);
}
