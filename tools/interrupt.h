/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gio/gio.h>
#include <stdint.h>

G_BEGIN_DECLS

/*
 * Ctrl-C while the library works: the work ends in order, the line of progress goes, and then the
 * signal does what it always does, so that a shell sees it.  A second one ends the process at once.
 * Where SIGINT is ignored, as in the background, it stays ignored.
 */
void interrupt_begin(void);
void interrupt_end(void);

/* A CpsfProgressFunc that shows progress and cancels @cancellable once Ctrl-C came. */
void interrupt_progress(uint64_t done, uint64_t total, const char *what, void *cancellable);

G_END_DECLS
