/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * libFuzzer target: any bytes as a feed.  Besides not crashing: reading the same bytes twice gives the
 * same graph; every question can be asked of it; and what is exported as a feed of our own is read
 * back without an error.
 */

#include "config.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cpsf.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static CpsfGraph *
read_bytes(const void *bytes, size_t length, CpsfTable **report)
{
    const int file = memfd_create("feed", MFD_CLOEXEC);
    g_autofree char *path = g_strdup_printf("/proc/self/fd/%d", file);
    const char *const paths[] = {path, NULL};
    const CpsfReadOptions options = {
        .limits = {.max_bytes = 1 << 20, .max_text = 1 << 16},
        .now = INT64_C(1790000000) * CPSF_TIME_SECOND,
    };

    if (file < 0 || write(file, bytes, length) != (ssize_t) length || lseek(file, 0, SEEK_SET) != 0)
        abort();

    CpsfGraph *graph = cpsf_graph_read(paths, &options, report, NULL);

    close(file);
    if (graph == NULL)
        abort();
    return graph;
}

static void
ask_everything(CpsfGraph *graph)
{
    g_autoptr(CpsfPolicy) policy = cpsf_policy_new_default();
    g_autoptr(CpsfSnapshot) now =
        cpsf_graph_snapshot(graph, INT64_C(1780000000) * CPSF_TIME_SECOND, NULL);
    const CpsfCheckOptions all = {.all = TRUE};
    g_autoptr(CpsfTable) anchors = cpsf_check(now, policy, &all, NULL, NULL);
    g_autoptr(CpsfTable) info = cpsf_info(now, NULL);

    if (anchors == NULL || info == NULL)
        abort();
    if (cpsf_graph_get_n_nodes(graph) > 0) {
        const CpsfExplainOptions few = {.worlds = 64, .threads = 1};
        g_autoptr(CpsfTable) one =
            cpsf_explain(now, policy, cpsf_graph_get_key(graph, 0), &few, NULL);

        if (one == NULL)
            abort();
    }
    for (CpsfExport format = CPSF_EXPORT_GRAPHML; format <= CPSF_EXPORT_JSON; format++) {
        g_autoptr(GOutputStream) out = g_memory_output_stream_new_resizable();

        if (!cpsf_snapshot_export(now, format, NULL, out, NULL))
            abort();
    }
}

static void
read_back(CpsfGraph *graph)
{
    g_autoptr(GOutputStream) out = g_memory_output_stream_new_resizable();
    g_autoptr(CpsfSnapshot) now = cpsf_graph_snapshot(graph, 0, NULL);
    g_autoptr(CpsfTable) report = NULL;

    if (!cpsf_snapshot_export(now, CPSF_EXPORT_FEED, NULL, out, NULL))
        abort();

    GMemoryOutputStream *memory = G_MEMORY_OUTPUT_STREAM(out);
    g_autoptr(CpsfGraph) again = read_bytes(g_memory_output_stream_get_data(memory),
                                            g_memory_output_stream_get_data_size(memory), &report);
    const int state = cpsf_table_find_column(report, "state");
    const int left_out = cpsf_table_find_column(report, "items_left_out");

    if (strcmp(cpsf_table_get_utf8(report, state, 0), "imported") != 0 ||
        cpsf_table_get_int64(report, left_out, 0) != 0) {
        fprintf(stderr, "not read back:\n%.*s\n",
                (int) g_memory_output_stream_get_data_size(memory),
                (const char *) g_memory_output_stream_get_data(memory));
        abort();
    }
    if (cpsf_graph_get_n_nodes(again) != cpsf_graph_get_n_nodes(graph))
        abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    g_autoptr(CpsfGraph) first = read_bytes(bytes, length, NULL);
    g_autoptr(CpsfGraph) second = read_bytes(bytes, length, NULL);
    g_autofree char *digest = cpsf_graph_get_digest(first);
    g_autofree char *again = cpsf_graph_get_digest(second);

    if (strcmp(digest, again) != 0)
        abort();
    if (cpsf_graph_get_n_nodes(first) == 0)
        return 0;
    ask_everything(first);
    read_back(first);
    return 0;
}
