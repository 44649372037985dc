/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <cpsf.h>

G_BEGIN_DECLS

/*
 * What goes to standard error: one record one line, escaped.
 */

/* Whether a stream gets colours: @when is auto, always or never. */
gboolean message_wants_color(const char *when, int fd);

void message_setup(gboolean is_quiet, gboolean has_color);

/* "cpsf: …", whatever happens. */
void message_error(const char *format, ...) G_GNUC_PRINTF(1, 2);

/* A line that --quiet silences. */
void message_note(const char *format, ...) G_GNUC_PRINTF(1, 2);

/* `FILE:LINE:COLUMN: severity: text [code]`; --quiet silences warnings. */
void message_place(const char *file,
                   int64_t line,
                   int64_t column,
                   CpsfSeverity severity,
                   const char *text,
                   const char *code);

/* All of them, or on a terminal the first twenty of each feed. */
void message_findings(const CpsfFindings *findings);

/* Says what @error says and answers the exit status that goes with it. */
int message_failure(const GError *error);

G_END_DECLS
