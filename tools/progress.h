/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdint.h>

#include <glib.h>

G_BEGIN_DECLS

/* Whether to show it: @when is auto (standard error is a terminal, not @is_quiet), always or
 * never. */
void progress_setup(const char *when, gboolean is_quiet);

/* A CpsfProgressFunc. */
void progress_report(uint64_t done, uint64_t total, const char *what, void *data);

/* Wipes the line, before anything else is written. */
void progress_end(void);

G_END_DECLS
