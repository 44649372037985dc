/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Keys of GS1: GLN, GTIN, SGTIN, GIAI, SSCC, and the two other ways of writing them, EPC URNs and
 * Digital Links, which become those keys.
 *
 * Sources: GS1 General Specifications (section 7.9 check digits, figure 7.11-1 the 82 characters of
 * serial numbers); GS1 EPC Tag Data Standard, sections 6 and 7; GS1 Digital Link: URI Syntax.
 */

#include "config.h"

#include "cpsf-key-private.h"

enum {
    GTIN_DIGITS = 14,
    SSCC_DIGITS = 18,
    SERIAL_MAX = 20, /* characters of AI 21 */
    GIAI_MAX = 30,   /* characters of AI 8004 */
    PREFIX_MIN = 4,  /* digits of a GS1 company prefix */
    EPC_PREFIX_MIN = 6,
    EPC_PREFIX_MAX = 12,
};

/* The digit that makes the weighted sum a multiple of 10: weights 3, 1, 3, … from the right. */
static char
check_digit(CpsfSpan digits)
{
    int sum = 0;
    int weight = 3;

    for (const char *c = digits.end; c > digits.at; weight = 4 - weight)
        sum += weight * (*--c - '0');
    return (char) ('0' + (10 - sum % 10) % 10);
}

static const char *
check_digits(CpsfSpan s)
{
    if (!cpsf_span_is_digits(s))
        return "has a character that is not a digit";
    if (check_digit((CpsfSpan){s.at, s.end - 1}) != s.end[-1])
        return "has a wrong check digit";
    return NULL;
}

static const char *
put_checked(const char *prefix, CpsfSpan digits, CpsfKeyOut *out)
{
    const char *wrong = check_digits(digits);

    if (wrong != NULL)
        return wrong;
    cpsf_key_put_text(out, prefix);
    cpsf_key_put_span(out, digits);
    return NULL;
}

const char *
cpsf_key_write_gln(CpsfSpan rest, CpsfKeyOut *out)
{
    if (cpsf_span_length(rest) != 13)
        return "does not have the 13 digits of a GLN";
    return put_checked("gln:", rest, out);
}

const char *
cpsf_key_write_sscc(CpsfSpan rest, CpsfKeyOut *out)
{
    if (cpsf_span_length(rest) != SSCC_DIGITS)
        return "does not have the 18 digits of an SSCC";
    return put_checked("sscc:", rest, out);
}

/* A GTIN in 14 digits: shorter ones are filled with zeros, which leaves the check digit right. */
static const char *
put_gtin(const char *prefix, CpsfSpan s, CpsfKeyOut *out)
{
    const size_t n = cpsf_span_length(s);

    if (n != 8 && n != 12 && n != 13 && n != GTIN_DIGITS)
        return "does not have the 8, 12, 13 or 14 digits of a GTIN";

    const char *wrong = check_digits(s);

    if (wrong != NULL)
        return wrong;
    cpsf_key_put_text(out, prefix);
    for (size_t i = n; i < GTIN_DIGITS; i++)
        cpsf_key_put(out, '0');
    cpsf_key_put_span(out, s);
    return NULL;
}

const char *
cpsf_key_write_gtin(CpsfSpan rest, CpsfKeyOut *out)
{
    return put_gtin("gtin:", rest, out);
}

static gboolean
is_serial_character(int c)
{
    return c > 0 && c < 0x80 && (g_ascii_isalnum(c) || strchr("!\"%&'()*+,-./:;<=>?_", c) != NULL);
}

/* A serial number of at most @max characters, each plain or as %XX; written with the escapes that
 * an EPC URN has. */
static const char *
put_serial(CpsfSpan s, int max, CpsfKeyOut *out)
{
    int n = 0;

    for (; s.at < s.end; n++) {
        const int escape = cpsf_span_escape(s.at, s.end);
        const int c = escape >= 0 ? escape : (uint8_t) *s.at;

        if (!is_serial_character(c))
            return "has a character that GS1 serial numbers do not have";
        if (strchr("\"%&/<>?", c) != NULL)
            cpsf_key_put_escaped(out, (uint8_t) c);
        else
            cpsf_key_put(out, (char) c);
        s.at += escape >= 0 ? 3 : 1;
    }
    return n == 0 ? "has an empty serial part" : n > max ? "has too long a serial part" : NULL;
}

static const char *
put_sgtin(CpsfSpan gtin, CpsfSpan serial, CpsfKeyOut *out)
{
    const char *wrong = put_gtin("sgtin:", gtin, out);

    if (wrong != NULL)
        return wrong;
    cpsf_key_put(out, '.');
    return put_serial(serial, SERIAL_MAX, out);
}

const char *
cpsf_key_write_sgtin(CpsfSpan rest, CpsfKeyOut *out)
{
    const CpsfSpan gtin = cpsf_span_cut(&rest, '.');

    return put_sgtin(gtin, rest, out);
}

const char *
cpsf_key_write_giai(CpsfSpan rest, CpsfKeyOut *out)
{
    if (cpsf_span_length(rest) <= PREFIX_MIN ||
        !cpsf_span_is_digits((CpsfSpan){rest.at, rest.at + PREFIX_MIN}))
        return "does not start with the digits of a GS1 company prefix";
    cpsf_key_put_text(out, "giai:");
    return put_serial(rest, GIAI_MAX, out);
}

/* ---- EPC URNs ---------------------------------------------------------------------------- */

/* The company prefix and the reference after it, both digits, @total of them together. */
static gboolean
take_numbers(CpsfSpan *rest, size_t total, CpsfSpan *prefix, CpsfSpan *reference)
{
    *prefix = cpsf_span_cut(rest, '.');
    *reference = cpsf_span_cut(rest, '.');

    const size_t n = cpsf_span_length(*prefix);
    const size_t m = cpsf_span_length(*reference);

    return n >= EPC_PREFIX_MIN && n <= EPC_PREFIX_MAX && n + m == total &&
           cpsf_span_is_digits(*prefix) && (m == 0 || cpsf_span_is_digits(*reference));
}

/* @first digits of @reference, @prefix, the other digits of @reference and the check digit, as the
 * GS1 keys have it.  Returns the number of bytes in @buffer. */
static CpsfSpan
join_digits(size_t first, CpsfSpan prefix, CpsfSpan reference, char *buffer)
{
    const size_t n = cpsf_span_length(prefix);
    const size_t m = cpsf_span_length(reference);

    if (first > 0)
        memcpy(buffer, reference.at, first);
    memcpy(buffer + first, prefix.at, n);
    if (m > first)
        memcpy(buffer + first + n, reference.at + first, m - first);
    buffer[n + m] = check_digit((CpsfSpan){buffer, buffer + n + m});
    return (CpsfSpan){buffer, buffer + n + m + 1};
}

static const char *
write_epc_sgtin(CpsfSpan rest, gboolean is_pattern, CpsfKeyOut *out, gboolean *is_gs1)
{
    CpsfSpan prefix;
    CpsfSpan reference;
    char digits[GTIN_DIGITS];

    if (!take_numbers(&rest, 13, &prefix, &reference) || cpsf_span_length(reference) == 0)
        return "does not have 13 digits before its serial number";

    const CpsfSpan gtin = join_digits(1, prefix, reference, digits);

    *is_gs1 = TRUE;
    if (!is_pattern)
        return put_sgtin(gtin, rest, out);
    if (cpsf_span_length(rest) == 1 && *rest.at == '*')
        return put_gtin("gtin:", gtin, out);
    *is_gs1 = FALSE;
    return NULL;
}

/* A location or a party.  An extension other than 0 names a place inside, which has no GLN. */
static const char *
write_epc_gln(CpsfSpan rest, gboolean has_extension, CpsfKeyOut *out, gboolean *is_gs1)
{
    CpsfSpan prefix;
    CpsfSpan reference;
    char digits[13];

    if (!take_numbers(&rest, 12, &prefix, &reference))
        return "does not have the 12 digits of a GLN";
    if (has_extension && cpsf_span_length(rest) == 0)
        return "has no extension";
    if (has_extension && (cpsf_span_length(rest) != 1 || *rest.at != '0'))
        return NULL;
    if (!has_extension && cpsf_span_length(rest) > 0)
        return "has more than a GLN";
    *is_gs1 = TRUE;
    return put_checked("gln:", join_digits(0, prefix, reference, digits), out);
}

static const char *
write_epc_sscc(CpsfSpan rest, CpsfKeyOut *out, gboolean *is_gs1)
{
    CpsfSpan prefix;
    CpsfSpan reference;
    char digits[SSCC_DIGITS];

    if (!take_numbers(&rest, 17, &prefix, &reference) || cpsf_span_length(rest) > 0)
        return "does not have the 17 digits of an SSCC";
    *is_gs1 = TRUE;
    return put_checked("sscc:", join_digits(1, prefix, reference, digits), out);
}

static const char *
write_epc_giai(CpsfSpan rest, CpsfKeyOut *out, gboolean *is_gs1)
{
    const CpsfSpan prefix = cpsf_span_cut(&rest, '.');
    const size_t n = cpsf_span_length(prefix);

    if (n < EPC_PREFIX_MIN || n > EPC_PREFIX_MAX || !cpsf_span_is_digits(prefix))
        return "does not start with the digits of a GS1 company prefix";
    *is_gs1 = TRUE;
    cpsf_key_put_text(out, "giai:");
    cpsf_key_put_span(out, prefix);
    return put_serial(rest, GIAI_MAX - (int) n, out);
}

const char *
cpsf_key_write_epc(CpsfSpan rest, CpsfKeyOut *out, gboolean *is_gs1)
{
    *is_gs1 = FALSE;
    if (cpsf_span_skip_prefix(&rest, "id:sgtin:"))
        return write_epc_sgtin(rest, FALSE, out, is_gs1);
    if (cpsf_span_skip_prefix(&rest, "idpat:sgtin:"))
        return write_epc_sgtin(rest, TRUE, out, is_gs1);
    if (cpsf_span_skip_prefix(&rest, "id:sgln:"))
        return write_epc_gln(rest, TRUE, out, is_gs1);
    if (cpsf_span_skip_prefix(&rest, "id:pgln:"))
        return write_epc_gln(rest, FALSE, out, is_gs1);
    if (cpsf_span_skip_prefix(&rest, "id:sscc:"))
        return write_epc_sscc(rest, out, is_gs1);
    if (cpsf_span_skip_prefix(&rest, "id:giai:"))
        return write_epc_giai(rest, out, is_gs1);
    return NULL; /* other kinds, lots (class:lgtin) among them, have no key of their own here */
}

/* ---- Digital Links ----------------------------------------------------------------------- */

static gboolean
is_segment(CpsfSpan s, const char *text)
{
    return cpsf_span_length(s) == strlen(text) && memcmp(s.at, text, strlen(text)) == 0;
}

static const char *
write_link_gtin(CpsfSpan gtin, CpsfSpan rest, CpsfKeyOut *out, gboolean *is_gs1)
{
    const CpsfSpan qualifier = cpsf_span_cut(&rest, '/');
    const CpsfSpan value = cpsf_span_cut(&rest, '/');

    if (cpsf_span_length(qualifier) == 0) {
        *is_gs1 = TRUE;
        return put_gtin("gtin:", gtin, out);
    }
    if (!is_segment(qualifier, "21") || cpsf_span_length(rest) > 0)
        return NULL; /* a lot or a variant: no key of its own */
    *is_gs1 = TRUE;
    return put_sgtin(gtin, value, out);
}

const char *
cpsf_key_write_digital_link(CpsfSpan path, CpsfKeyOut *out, gboolean *is_gs1)
{
    CpsfSpan rest = path;

    *is_gs1 = FALSE;
    rest.end = MIN(cpsf_span_find(rest, '#'), cpsf_span_find(rest, '?'));

    const CpsfSpan identifier = cpsf_span_cut(&rest, '/');
    const CpsfSpan value = cpsf_span_cut(&rest, '/');

    if (is_segment(identifier, "01"))
        return write_link_gtin(value, rest, out, is_gs1);
    if (cpsf_span_length(rest) > 0)
        return NULL;
    *is_gs1 = TRUE;
    if (is_segment(identifier, "00"))
        return cpsf_key_write_sscc(value, out);
    if (is_segment(identifier, "414") || is_segment(identifier, "417"))
        return cpsf_key_write_gln(value, out);
    if (is_segment(identifier, "8004"))
        return cpsf_key_write_giai(value, out);
    *is_gs1 = FALSE;
    return NULL;
}
