/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Threads: several at once read feeds of their own and ask, and all ask one snapshot that they share;
 * each must get the very bytes that one thread alone gets.  A plain program, and not a Criterion one,
 * so that a thread sanitizer sees nothing but the library:
 *
 *     configure CC=clang CFLAGS='-O1 -g -fsanitize=thread' LDFLAGS=-fsanitize=thread
 *     make check TESTS=tests/test-threads
 */

#include "config.h"

#include <stdio.h>
#include <string.h>

#include "cpsf.h"

enum { N_THREADS = 6, ROUNDS = 4 };

#define MOMENT (INT64_C(1790000000) * CPSF_TIME_SECOND)

static CpsfGraph *
read_factory(CpsfTable **report)
{
    static const char *const folder[] = {TOP_SRCDIR "/datasets/factory", NULL};
    const CpsfReadOptions reading = {.limits = CPSF_LIMITS_INIT, .now = MOMENT};

    return cpsf_graph_read(folder, &reading, report, NULL);
}

/* All answers about a snapshot, one after the other, through @threads threads of the library; FALSE
 * if one failed. */
static gboolean
ask_everything(CpsfSnapshot *snapshot, CpsfPolicy *policy, int threads, GOutputStream *stream)
{
    const CpsfCheckOptions all = {.all = TRUE, .threads = threads};
    const CpsfAnswer around = {
        .command = "check", .snapshot = snapshot, .policy = policy, .findings = TRUE};
    CpsfGraph *graph = cpsf_snapshot_get_graph(snapshot);
    g_autoptr(CpsfTable) anchors = cpsf_check(snapshot, policy, &all, NULL, NULL);
    g_autoptr(CpsfTable) info = cpsf_info(snapshot, NULL);
    const CpsfExplainOptions explain = {.threads = threads};
    g_autoptr(CpsfTable) one =
        cpsf_explain(snapshot, policy, cpsf_graph_get_key(graph, 0), &explain, NULL);
    gboolean ok = anchors != NULL && info != NULL && one != NULL &&
                  cpsf_table_write(anchors, CPSF_FORMAT_JSON, &around, stream, NULL) &&
                  cpsf_table_write(info, CPSF_FORMAT_CSV, NULL, stream, NULL) &&
                  cpsf_table_write(one, CPSF_FORMAT_TSV, NULL, stream, NULL);

    for (CpsfExport format = CPSF_EXPORT_GRAPHML; format <= CPSF_EXPORT_FEED; format++)
        ok = ok && cpsf_snapshot_export(snapshot, format, NULL, stream, NULL);
    return ok;
}

/* The answers as bytes: about @shared, or about what is read for this alone if it is NULL. */
static GBytes *
answer(CpsfSnapshot *shared, CpsfPolicy *policy, int threads)
{
    g_autoptr(GOutputStream) stream = g_memory_output_stream_new_resizable();
    g_autoptr(CpsfSnapshot) snapshot = shared != NULL ? cpsf_snapshot_ref(shared) : NULL;

    if (snapshot == NULL) {
        g_autoptr(CpsfTable) report = NULL;
        g_autoptr(CpsfGraph) graph = read_factory(&report);

        snapshot = graph != NULL ? cpsf_graph_snapshot(graph, MOMENT, NULL) : NULL;
    }
    if (snapshot == NULL || !ask_everything(snapshot, policy, threads, stream))
        return NULL;
    g_output_stream_close(stream, NULL, NULL);
    return g_memory_output_stream_steal_as_bytes(G_MEMORY_OUTPUT_STREAM(stream));
}

typedef struct {
    CpsfSnapshot *snapshot;
    CpsfPolicy *policy;
    GBytes *wanted;
    GThread *thread;
    int n_different;
} Worker;

static void *
work(void *data)
{
    Worker *self = data;

    for (int round = 0; round < ROUNDS; round++) {
        g_autoptr(GBytes) own = answer(NULL, self->policy, 1 + round % 3);
        g_autoptr(GBytes) shared = answer(self->snapshot, self->policy, 1 + round % 3);

        self->n_different += own == NULL || !g_bytes_equal(own, self->wanted);
        self->n_different += shared == NULL || !g_bytes_equal(shared, self->wanted);
    }
    return NULL;
}

static int
count_different(CpsfSnapshot *snapshot, CpsfPolicy *policy, GBytes *wanted)
{
    Worker workers[N_THREADS];
    int n = 0;

    for (int i = 0; i < N_THREADS; i++) {
        workers[i] = (Worker){.snapshot = snapshot, .policy = policy, .wanted = wanted};
        workers[i].thread = g_thread_new("test", work, &workers[i]);
    }
    for (int i = 0; i < N_THREADS; i++) {
        g_thread_join(workers[i].thread);
        n += workers[i].n_different;
    }
    return n;
}

int
main(void)
{
    g_autoptr(CpsfPolicy) policy = cpsf_policy_new_default();
    g_autoptr(CpsfTable) report = NULL;
    g_autoptr(CpsfGraph) graph = read_factory(&report);
    g_autoptr(CpsfSnapshot) snapshot =
        graph != NULL ? cpsf_graph_snapshot(graph, MOMENT, NULL) : NULL;
    g_autoptr(GBytes) wanted = snapshot != NULL ? answer(snapshot, policy, 1) : NULL;

    puts("1..2");
    if (wanted == NULL || cpsf_graph_get_n_nodes(graph) == 0) {
        puts("Bail out! one thread alone has no answer");
        return 1;
    }

    const int n = count_different(snapshot, policy, wanted);
    g_autoptr(GBytes) again = answer(snapshot, policy, 1);

    printf("# %d threads, %d rounds, %zu bytes an answer\n", N_THREADS, ROUNDS,
           g_bytes_get_size(wanted));
    printf("%s 1 - every thread gets the bytes of one alone (%d differ)\n",
           n == 0 ? "ok" : "not ok", n);
    printf("%s 2 - and leaves the snapshot as it was\n",
           again != NULL && g_bytes_equal(again, wanted) ? "ok" : "not ok");
    return 0;
}
