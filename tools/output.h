/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/*
 * Where answers go: standard output, and the files of -o.  A file appears whole or not at all: it
 * is written beside its name, flushed to disk, and renamed.
 */

/* Writes one answer in the format called @format; @is_stdout: not a file of -o. */
typedef gboolean (*OutputWriter)(
    const char *format, gboolean is_stdout, GOutputStream *stream, void *data, GError **error);

/* So that a signal leaves no half file behind, and a closed pipe or a full disk is an error and no
 * signal.  Once, at the start. */
void output_init(void);

/* Checks that each of @outputs (nullable) (array zero-terminated=1) is FORMAT=FILE with one of
 * @formats; FALSE with a message. */
gboolean output_check(char **outputs, const char *const *formats);

/*
 * The files of @outputs first, then standard output as @format.  Answers an exit status, with a
 * message if it is not 0; a reader of standard output that has gone away is no failure.
 */
int output_write(const char *format, char **outputs, OutputWriter writer, void *data);

G_END_DECLS
