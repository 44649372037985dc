/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What tests of writers share: small tables, outputs as text, programs of others to read them. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "cpsf-table-private.h"
#include "cpsf-write.h"

#define expect_text(found, expected)                                                               \
    cr_expect(eq(int, g_strcmp0((found), (expected)), 0), "found \"%s\", expected \"%s\"",         \
              (found), (expected))

/* A column of each type: n, x, text, when, list. */
#define TEST_N_TYPES 5
extern const CpsfColumnSpec test_all_types[TEST_N_TYPES];

/* One row that needs every kind of quoting, and one of nulls. */
CpsfTable *test_two_rows(void);

/* One row of one text. */
CpsfTable *test_one_cell(const char *text);

/* What the stream got, NUL-terminated; newly allocated, as all texts here. */
char *test_take_text(GOutputStream *stream);
char *test_written(CpsfTable *table, CpsfFormat format, const CpsfAnswer *answer);
char *test_exported(CpsfSnapshot *snapshot, CpsfExport format);

/* Runs a program of others on @input; its standard output, or NULL if it is not there. */
char *test_piped(const char *const *argv, const char *input);
