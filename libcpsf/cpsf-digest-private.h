/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>

#include "cpsf-error-private.h"

G_BEGIN_DECLS

/* SHA-256 of bytes that arrive in pieces.  The only door to libcrypto. */
typedef struct _CpsfDigest CpsfDigest;

CpsfDigest *cpsf_digest_new(void);
void cpsf_digest_free(CpsfDigest *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CpsfDigest, cpsf_digest_free)

void cpsf_digest_add(CpsfDigest *self, const void *bytes, size_t length);
/* Lower-case hex and a NUL; the digest is spent. */
void cpsf_digest_finish(CpsfDigest *self, char hex[65]);

G_END_DECLS
