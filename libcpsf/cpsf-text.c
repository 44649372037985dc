/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Small helpers for text that comes from outside: how it is measured, quoted and taken apart. */

#include "config.h"

#include "cpsf-text-private.h"

enum { SHOWN_BYTES = 60 };

/* Well-formed UTF-8 (Unicode standard, table 3-7): no overlong form, no surrogate, at most
 * U+10FFFF. */
size_t
cpsf_text_utf8_length(const char *text, const char *end)
{
    const uint8_t first = text < end ? (uint8_t) *text : 0x80;
    uint8_t low = 0x80; /* bounds of the second byte */
    uint8_t high = 0xbf;

    if (first < 0x80)
        return 1;
    if (first < 0xc2 || first > 0xf4)
        return 0;

    const size_t length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;

    if ((size_t) (end - text) < length)
        return 0;
    low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : low;
    high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : high;
    if ((uint8_t) text[1] < low || (uint8_t) text[1] > high)
        return 0;
    for (size_t i = 2; i < length; i++)
        if (((uint8_t) text[i] & 0xc0) != 0x80)
            return 0;
    return length;
}

char *
cpsf_text_shown(const char *text, size_t length, char *buffer)
{
    const char *end = text + length;
    char *out = buffer;

    while (text < end && out - buffer < SHOWN_BYTES) {
        const size_t n = cpsf_text_utf8_length(text, end);
        const uint8_t c = (uint8_t) *text;
        const gboolean is_c1 = c == 0xc2 && n == 2 && (uint8_t) text[1] < 0xa0;

        if (n == 0 || c < 0x20 || c == 0x7f || is_c1) {
            *out++ = '?';
            text += n > 0 ? n : 1;
            continue;
        }
        for (size_t i = 0; i < n; i++)
            *out++ = *text++;
    }
    if (text < end) {
        *out++ = (char) 0xe2; /* U+2026, the ellipsis */
        *out++ = (char) 0x80;
        *out++ = (char) 0xa6;
    }
    *out = '\0';
    return buffer;
}

CpsfSpan
cpsf_span_over(const char *text, gssize length)
{
    CpsfSpan c = {text, text + cpsf_text_length(text, length)};

    while (c.at < c.end && cpsf_text_is_space(*c.at))
        c.at++;
    while (c.at < c.end && cpsf_text_is_space(c.end[-1]))
        c.end--;
    return c;
}

gboolean
cpsf_span_take_digits(CpsfSpan *c, int n, int *value)
{
    int v = 0;

    if (c->end - c->at < n)
        return FALSE;
    for (int i = 0; i < n; i++, c->at++) {
        if (!cpsf_text_is_digit(*c->at))
            return FALSE;
        v = v * 10 + (*c->at - '0');
    }
    *value = v;
    return TRUE;
}

gboolean
cpsf_span_take_fraction(CpsfSpan *c, int64_t *millionths)
{
    int64_t v = 0;
    int64_t place = 100000;

    if (c->at == c->end || !cpsf_text_is_digit(*c->at))
        return FALSE;
    for (; c->at < c->end && cpsf_text_is_digit(*c->at); c->at++, place /= 10)
        v += (*c->at - '0') * place;
    *millionths = v;
    return TRUE;
}

char *
cpsf_text_put_digits(char *out, int64_t value, int n)
{
    for (int i = n - 1; i >= 0; i--, value /= 10)
        out[i] = (char) ('0' + value % 10);
    return out + n;
}

char *
cpsf_text_put_fraction(char *out, int64_t millionths)
{
    if (millionths == 0)
        return out;
    *out++ = '.';
    out = cpsf_text_put_digits(out, millionths, 6);
    while (out[-1] == '0')
        out--;
    return out;
}
