/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The only door to libcrypto: SHA-256, which it computes with the machine's own instructions (GLib
 * does it in portable C, slower than the parser reads). */

#include "config.h"

#include "cpsf-digest-private.h"

#include <openssl/evp.h>

struct _CpsfDigest {
    EVP_MD_CTX *context; /* (owned) */
};

CpsfDigest *
cpsf_digest_new(void)
{
    CpsfDigest *self = g_new0(CpsfDigest, 1);

    self->context = EVP_MD_CTX_new();
    if (self->context == NULL || EVP_DigestInit_ex(self->context, EVP_sha256(), NULL) != 1)
        g_error("libcrypto has no SHA-256"); /* constant-sized: like g_new(), it ends the program */
    return self;
}

void
cpsf_digest_free(CpsfDigest *self)
{
    EVP_MD_CTX_free(self->context);
    g_free(self);
}

void
cpsf_digest_add(CpsfDigest *self, const void *bytes, size_t length)
{
    EVP_DigestUpdate(self->context, bytes, length);
}

void
cpsf_digest_finish(CpsfDigest *self, char hex[65])
{
    static const char digits[] = "0123456789abcdef";
    unsigned char sum[EVP_MAX_MD_SIZE] = {0};
    unsigned length = 0;

    EVP_DigestFinal_ex(self->context, sum, &length);
    for (unsigned i = 0; i < 32; i++) {
        hex[2 * i] = digits[sum[i] >> 4];
        hex[2 * i + 1] = digits[sum[i] & 15];
    }
    hex[64] = '\0';
}
