/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <string.h>

#include "cpsf-key.h"
#include "cpsf-text-private.h"

G_BEGIN_DECLS

/* No key is longer, neither as written nor in its canonical form. */
#define CPSF_KEY_MAX 4096

/* Where a canonical key is written: storage of CPSF_KEY_MAX bytes.  What does not fit is dropped
 * and remembered, so that writers need not look. */
typedef struct {
    char *begin;
    char *at;
    char *end;
    gboolean is_full;
} CpsfKeyOut;

static inline void
cpsf_key_put(CpsfKeyOut *out, char c)
{
    if (out->at < out->end)
        *out->at++ = c;
    else
        out->is_full = TRUE;
}

static inline void
cpsf_key_put_span(CpsfKeyOut *out, CpsfSpan s)
{
    for (; s.at < s.end; s.at++)
        cpsf_key_put(out, *s.at);
}

static inline void
cpsf_key_put_text(CpsfKeyOut *out, const char *text)
{
    cpsf_key_put_span(out, (CpsfSpan){text, text + strlen(text)});
}

/* @byte as %XX. */
static inline void
cpsf_key_put_escaped(CpsfKeyOut *out, uint8_t byte)
{
    static const char digits[] = "0123456789ABCDEF";

    cpsf_key_put(out, '%');
    cpsf_key_put(out, digits[byte >> 4]);
    cpsf_key_put(out, digits[byte & 15]);
}

static inline size_t
cpsf_span_length(CpsfSpan s)
{
    return (size_t) (s.end - s.at);
}

/* Whether @s starts with @prefix (lower case) in any case; then steps over it. */
static inline gboolean
cpsf_span_skip_prefix(CpsfSpan *s, const char *prefix)
{
    const size_t n = strlen(prefix);

    if (cpsf_span_length(*s) < n || g_ascii_strncasecmp(s->at, prefix, n) != 0)
        return FALSE;
    s->at += n;
    return TRUE;
}

/* The first @c in @s, or its end. */
static inline const char *
cpsf_span_find(CpsfSpan s, char c)
{
    const char *found = s.at < s.end ? memchr(s.at, c, cpsf_span_length(s)) : NULL;

    return found != NULL ? found : s.end;
}

/* Cuts @s at the first @c: @s becomes what is after it (empty if there is none). */
static inline CpsfSpan
cpsf_span_cut(CpsfSpan *s, char c)
{
    const char *found = cpsf_span_find(*s, c);
    const CpsfSpan head = {s->at, found};

    s->at = found < s->end ? found + 1 : s->end;
    return head;
}

static inline gboolean
cpsf_span_is_digits(CpsfSpan s)
{
    for (const char *c = s.at; c < s.end; c++)
        if (!cpsf_text_is_digit(*c))
            return FALSE;
    return s.at < s.end;
}

/* The byte that %XX at @at stands for, or -1. */
static inline int
cpsf_span_escape(const char *at, const char *end)
{
    if (end - at < 3 || *at != '%' || !g_ascii_isxdigit(at[1]) || !g_ascii_isxdigit(at[2]))
        return -1;
    return g_ascii_xdigit_value(at[1]) << 4 | g_ascii_xdigit_value(at[2]);
}

/*
 * One writer per scheme.  Takes what follows the scheme's prefix, writes the whole canonical key,
 * prefix included, and returns NULL; or returns what is wrong, as the end of a sentence that starts
 * with the key ("has a wrong check digit").
 */
typedef const char *(*CpsfKeyWriter)(CpsfSpan rest, CpsfKeyOut *out);

const char *cpsf_key_write_gln(CpsfSpan rest, CpsfKeyOut *out);
const char *cpsf_key_write_gtin(CpsfSpan rest, CpsfKeyOut *out);
const char *cpsf_key_write_sgtin(CpsfSpan rest, CpsfKeyOut *out);
const char *cpsf_key_write_giai(CpsfSpan rest, CpsfKeyOut *out);
const char *cpsf_key_write_sscc(CpsfSpan rest, CpsfKeyOut *out);
const char *cpsf_key_write_purl(CpsfSpan rest, CpsfKeyOut *out);
const char *cpsf_key_write_cpe23(CpsfSpan rest, CpsfKeyOut *out);
const char *cpsf_key_write_cpe22(CpsfSpan rest, CpsfKeyOut *out);
const char *cpsf_key_write_urn(CpsfSpan rest, CpsfKeyOut *out);
const char *cpsf_key_write_https(CpsfSpan rest, CpsfKeyOut *out);

/* An EPC URN after "urn:epc:", or the path of a GS1 Digital Link after its first slash.  Nothing is
 * written and @is_gs1 is FALSE where no GS1 key stands for it. */
const char *cpsf_key_write_epc(CpsfSpan rest, CpsfKeyOut *out, gboolean *is_gs1);
const char *cpsf_key_write_digital_link(CpsfSpan path, CpsfKeyOut *out, gboolean *is_gs1);

/* Whether @s is, at one look, a package URL in its canonical form.  FALSE says nothing. */
gboolean cpsf_key_is_plain_purl(CpsfSpan s);

/* Whether @s has the form 8-4-4-4-12 of a UUID. */
gboolean cpsf_key_is_uuid(CpsfSpan s);

/* Whether a canonical CPE leaves vendor, product or version open. */
gboolean cpsf_key_is_wildcard_cpe(const char *key);

G_END_DECLS
