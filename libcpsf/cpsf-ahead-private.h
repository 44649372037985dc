/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gio/gio.h>
#include <stdint.h>

#include "cpsf-error-private.h"

G_BEGIN_DECLS

/*
 * A stream read ahead of whoever parses it, with the SHA-256 of its bytes.  Small documents are
 * read as they are asked for; past the first megabytes a thread of its own reads and hashes, so
 * that neither costs the parser time.
 */
typedef struct _CpsfAhead CpsfAhead;

/* Reads at most @max_bytes + 1 bytes: the one too many shows that there are more. */
CpsfAhead *cpsf_ahead_new(GInputStream *stream, uint64_t max_bytes, GCancellable *cancellable);

/* The next bytes, good until the next call; *@n is 0 at the end.  FALSE with IO or CANCELLED. */
gboolean cpsf_ahead_next(CpsfAhead *self, const char **bytes, size_t *n, GError **error);

/* Ends the reading, wherever it is, and frees @self.  @hex: SHA-256 of all bytes handed out, if
 * the stream was read to its end; else "". */
void cpsf_ahead_finish(CpsfAhead *self, char hex[65]);

G_END_DECLS
