/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "config.h"

#include "writing.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* clang-format off */
const CpsfColumnSpec test_all_types[TEST_N_TYPES] = {
    {"n",    CPSF_COLUMN_INT64},
    {"x",    CPSF_COLUMN_DOUBLE},
    {"text", CPSF_COLUMN_UTF8},
    {"when", CPSF_COLUMN_TIMESTAMP},
    {"list", CPSF_COLUMN_UTF8_LIST},
};
/* clang-format on */

CpsfTable *
test_two_rows(void)
{
    CpsfTableBuilder *b = cpsf_table_builder_new(test_all_types, TEST_N_TYPES);

    cpsf_table_put_int64(b, 0, INT64_MIN);
    cpsf_table_put_double(b, 1, 0.1);
    cpsf_table_put_utf8(b, 2, "say \"x, y\"\n");
    cpsf_table_put_time(b, 3, 1500000);
    cpsf_table_put_item(b, 4, "a");
    cpsf_table_put_item(b, 4, "b");
    cpsf_table_end_row(b);
    cpsf_table_put_double(b, 1, (double) INFINITY);
    cpsf_table_end_row(b);
    return cpsf_table_builder_finish(b, NULL);
}

CpsfTable *
test_one_cell(const char *text)
{
    CpsfTableBuilder *b = cpsf_table_builder_new(&test_all_types[2], 1);

    cpsf_table_put_utf8(b, 0, text);
    cpsf_table_end_row(b);
    return cpsf_table_builder_finish(b, NULL);
}

char *
test_take_text(GOutputStream *stream)
{
    g_output_stream_write_all(stream, "", 1, NULL, NULL, NULL);
    g_output_stream_close(stream, NULL, NULL);
    return g_memory_output_stream_steal_data(G_MEMORY_OUTPUT_STREAM(stream));
}

char *
test_written(CpsfTable *table, CpsfFormat format, const CpsfAnswer *answer)
{
    g_autoptr(GOutputStream) stream = g_memory_output_stream_new_resizable();
    g_autoptr(GError) error = NULL;

    cr_assert(cpsf_table_write(table, format, answer, stream, &error));
    return test_take_text(stream);
}

char *
test_exported(CpsfSnapshot *snapshot, CpsfExport format)
{
    g_autoptr(GOutputStream) stream = g_memory_output_stream_new_resizable();
    g_autoptr(GError) error = NULL;

    cr_assert(cpsf_snapshot_export(snapshot, format, NULL, stream, &error));
    return test_take_text(stream);
}

char *
test_piped(const char *const *argv, const char *input)
{
    g_autofree char *program = g_find_program_in_path(argv[0]);
    g_autoptr(GError) error = NULL;
    char *output = NULL;

    if (program == NULL) {
        fprintf(stderr, "%s is not here: not held against it\n", argv[0]);
        return NULL;
    }

    g_autoptr(GSubprocess) process =
        g_subprocess_newv(argv,
                          G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE |
                              G_SUBPROCESS_FLAGS_STDERR_MERGE,
                          &error);

    cr_assert(ne(ptr, process, NULL));
    cr_assert(g_subprocess_communicate_utf8(process, input, NULL, &output, NULL, &error));
    cr_expect(eq(int, g_subprocess_get_exit_status(process), 0), "%s: %s", argv[0], output);
    return output;
}
