/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <glib.h>

G_BEGIN_DECLS

/*
 * Somebody else's text made fit for a message: valid UTF-8, one line, no control characters, cut
 * after about 60 bytes with "…".  Writes into caller's storage of CPSF_TEXT_SHOWN_MAX bytes and
 * returns it, so that it can stand among the arguments of cpsf_fail().
 */
#define CPSF_TEXT_SHOWN_MAX 80
char *cpsf_text_shown(const char *text, size_t length, char *buffer);

/* Length of the well-formed UTF-8 sequence at @text (1 to 4 bytes, none past @end), or 0. */
size_t cpsf_text_utf8_length(const char *text, const char *end);

/* Length in bytes of @text, where a negative @length means up to the NUL. */
static inline size_t
cpsf_text_length(const char *text, gssize length)
{
    return length < 0 ? __builtin_strlen(text) : (size_t) length;
}

static inline gboolean
cpsf_text_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* White space as XML knows it. */
static inline gboolean
cpsf_text_is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Bytes that belong to somebody else, and how far they have been read. */
typedef struct {
    const char *at;
    const char *end;
} CpsfSpan;

/* Over @text without the white space around it, as XML Schema collapses it. */
CpsfSpan cpsf_span_over(const char *text, gssize length);

/* Steps over @wanted, if it is next. */
static inline gboolean
cpsf_span_skip(CpsfSpan *c, char wanted)
{
    if (c->at == c->end || *c->at != wanted)
        return FALSE;
    c->at++;
    return TRUE;
}

/* Exactly @n digits, at most 9. */
gboolean cpsf_span_take_digits(CpsfSpan *c, int n, int *value);

/* A fraction after its point, in millionths; digits past the sixth are dropped. */
gboolean cpsf_span_take_fraction(CpsfSpan *c, int64_t *millionths);

/* Writes @value in exactly @n digits; returns the end. */
char *cpsf_text_put_digits(char *out, int64_t value, int n);

/* Writes a point and up to six digits, without the zeros at the end; nothing for 0. */
char *cpsf_text_put_fraction(char *out, int64_t millionths);

G_END_DECLS
