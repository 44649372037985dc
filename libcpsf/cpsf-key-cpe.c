/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * CPE names: both bindings are read into the formatted string of version 2.3.
 *
 * Source: NISTIR 7695, Common Platform Enumeration: Naming Specification, version 2.3, sections 5.3
 * (well-formed names), 6.1 (URI) and 6.2 (formatted string).
 */

#include "config.h"

#include "cpsf-key-private.h"

enum {
    ATTRIBUTES = 11, /* part vendor product version update edition language sw_edition target_sw
                        target_hw other */
    URI_PARTS = 7,   /* up to language */
    EDITION = 5,
};

/* A character that is written plain although it is punctuation. */
static gboolean
is_plain(char c)
{
    return g_ascii_isalnum(c) || c == '_' || c == '.' || c == '-';
}

/* @c as itself, never as a special character. */
static void
put_literal(CpsfKeyOut *out, char c, gboolean is_alone)
{
    if (!is_plain(c) || (c == '-' && is_alone))
        cpsf_key_put(out, '\\'); /* a lone hyphen would mean "not applicable" */
    cpsf_key_put(out, g_ascii_tolower(c));
}

static gboolean
is_printable(char c)
{
    return c > 0x20 && c < 0x7f;
}

/* Length of the special characters at the start: one `*` or any number of `?`. */
static size_t
leading_specials(CpsfSpan s)
{
    size_t n = 0;

    if (s.at < s.end && *s.at == '*')
        return 1;
    while (s.at + n < s.end && s.at[n] == '?')
        n++;
    return n;
}

/* The same at the end of what follows the leading ones. */
static size_t
trailing_specials(CpsfSpan s)
{
    const char *c = s.end;

    if (c > s.at && c[-1] == '*')
        c--;
    else
        while (c > s.at && c[-1] == '?')
            c--;

    size_t slashes = 0;

    while (c - slashes > s.at && *(c - slashes - 1) == '\\')
        slashes++;
    if (slashes % 2 == 1)
        c++; /* the first of them is quoted */
    return (size_t) (s.end - MIN(c, s.end));
}

/* The characters between the special ones. */
static const char *
put_literals(CpsfSpan s, gboolean is_alone, CpsfKeyOut *out)
{
    while (s.at < s.end) {
        const gboolean is_quoted = *s.at == '\\';
        const char *c = s.at + (is_quoted ? 1 : 0);

        if (c == s.end)
            return "ends a field in a backslash";
        if (!is_printable(*c))
            return "has a character that CPE names do not have";
        if (!is_quoted && (*c == '*' || *c == '?'))
            return "has a wildcard that is not at the start or the end of its field";
        put_literal(out, *c, is_alone && c + 1 == s.end);
        s.at = c + 1;
    }
    return NULL;
}

/* One field of a formatted string. */
static const char *
put_field(CpsfSpan s, CpsfKeyOut *out)
{
    const size_t n = cpsf_span_length(s);

    cpsf_key_put(out, ':');
    if (n == 0)
        return "has an empty field";
    if (n == 1 && *s.at == '-') {
        cpsf_key_put(out, '-');
        return NULL;
    }

    const size_t before = leading_specials(s);
    const CpsfSpan rest = {s.at + before, s.end};
    const size_t after = trailing_specials(rest);
    const CpsfSpan middle = {rest.at, rest.end - after};
    const gboolean is_alone = n == 2 && *s.at == '\\';

    if (cpsf_span_length(middle) == 0 && after > 0)
        return "has more than one wildcard in a field without text";
    cpsf_key_put_span(out, (CpsfSpan){s.at, s.at + before});

    const char *wrong = put_literals(middle, is_alone, out);

    cpsf_key_put_span(out, (CpsfSpan){middle.end, s.end});
    return wrong;
}

/* Cuts @rest at the first colon that no backslash quotes. */
static CpsfSpan
cut_field(CpsfSpan *rest)
{
    const CpsfSpan all = *rest;
    const char *c = all.at;

    while (c < all.end && *c != ':')
        c += *c == '\\' && c + 1 < all.end ? 2 : 1;
    rest->at = c < all.end ? c + 1 : all.end;
    return (CpsfSpan){all.at, c};
}

static const char *
check_part(CpsfSpan part)
{
    const char c = cpsf_span_length(part) == 1 ? g_ascii_tolower(*part.at) : '\0';

    if (c == 'a' || c == 'o' || c == 'h' || c == '*' || c == '-')
        return NULL;
    return "has a part that is none of a, o, h, * and -";
}

const char *
cpsf_key_write_cpe23(CpsfSpan rest, CpsfKeyOut *out)
{
    const char *wrong = NULL;
    int n = 0;

    cpsf_key_put_text(out, "cpe:2.3");
    for (gboolean has_more = TRUE; has_more && n < ATTRIBUTES && wrong == NULL; n++) {
        const CpsfSpan field = cut_field(&rest);

        has_more = field.end < rest.end;
        wrong = n == 0 ? check_part(field) : NULL;
        if (wrong == NULL)
            wrong = put_field(field, out);
        if (wrong == NULL && n + 1 == ATTRIBUTES && has_more)
            wrong = "has more than the 11 fields of a CPE 2.3 name";
    }
    if (wrong == NULL && n < ATTRIBUTES)
        wrong = "has fewer than the 11 fields of a CPE 2.3 name";
    return wrong;
}

/* ---- the URI binding --------------------------------------------------------------------- */

/* A special character of the URI binding (%01 is `?`, %02 is `*`), or '\0'. */
static char
special_of(int escape)
{
    return escape == 1 ? '?' : escape == 2 ? '*' : '\0';
}

/* The next character or escape of a component; @is_alone: it is all of the component. */
static const char *
put_character(CpsfSpan *s, gboolean is_alone, CpsfKeyOut *out)
{
    const int escape = cpsf_span_escape(s->at, s->end);
    const char special = special_of(escape);
    const char c = escape >= 0 ? (char) escape : *s->at;

    if (*s->at == '%' && escape < 0)
        return "has a percent sign without two hexadecimal digits";
    if (special == '\0' && (!is_printable(c) || (escape >= 0 && g_ascii_isalnum(c))))
        return "has an escape that CPE names do not have";
    if (escape < 0 && strchr("*?\\", c) != NULL)
        return "has a character that CPE URIs do not have";
    if (special != '\0')
        cpsf_key_put(out, special);
    else
        put_literal(out, c, is_alone);
    s->at += escape >= 0 ? 3 : 1;
    return NULL;
}

/* One component of a CPE URI, as a field of a formatted string. */
static const char *
put_component(CpsfSpan s, CpsfKeyOut *out)
{
    const size_t n = cpsf_span_length(s);

    cpsf_key_put(out, ':');
    if (n == 0 || (n == 1 && *s.at == '-')) {
        cpsf_key_put(out, n == 0 ? '*' : '-');
        return NULL;
    }

    const gboolean is_alone = n == (cpsf_span_escape(s.at, s.end) >= 0 ? 3 : 1);
    const char *wrong = NULL;

    while (s.at < s.end && wrong == NULL)
        wrong = put_character(&s, is_alone, out);
    return wrong;
}

/* An edition that carries the four attributes the URI has no place for: `~edition~sw_edition~
 * target_sw~target_hw~other`. */
static const char *
unpack_edition(CpsfSpan s, CpsfSpan *attributes)
{
    static const int order[] = {EDITION, 7, 8, 9, 10};

    s.at++; /* the first tilde */
    for (size_t i = 0; i < G_N_ELEMENTS(order); i++) {
        const gboolean is_last = i + 1 == G_N_ELEMENTS(order);

        if ((cpsf_span_find(s, '~') == s.end) != is_last)
            return "has a packed edition without five tildes";
        attributes[order[i]] = cpsf_span_cut(&s, '~');
    }
    return NULL;
}

const char *
cpsf_key_write_cpe22(CpsfSpan rest, CpsfKeyOut *out)
{
    CpsfSpan attributes[ATTRIBUTES] = {{NULL, NULL}};
    char fields[CPSF_KEY_MAX];
    CpsfKeyOut bound = {fields, fields, fields + sizeof fields, FALSE};
    const char *wrong = NULL;
    gboolean has_more = TRUE;

    for (int i = 0; i < URI_PARTS && has_more; i++) {
        has_more = cpsf_span_find(rest, ':') < rest.end;
        attributes[i] = cpsf_span_cut(&rest, ':');
    }
    if (has_more)
        return "has more than the 7 components of a CPE URI";
    if (cpsf_span_length(attributes[EDITION]) > 0 && *attributes[EDITION].at == '~')
        wrong = unpack_edition(attributes[EDITION], attributes);
    for (int i = 0; i < ATTRIBUTES && wrong == NULL; i++)
        wrong = put_component(attributes[i], &bound);
    if (wrong != NULL)
        return wrong;
    if (bound.is_full) {
        out->is_full = TRUE;
        return NULL;
    }
    return cpsf_key_write_cpe23((CpsfSpan){fields + 1, bound.at}, out);
}

/* Whether a field of a canonical name has a wildcard. */
static gboolean
has_wildcard(CpsfSpan s)
{
    for (; s.at < s.end; s.at++) {
        if (*s.at == '\\')
            s.at++;
        else if (*s.at == '*' || *s.at == '?')
            return TRUE;
    }
    return FALSE;
}

gboolean
cpsf_key_is_wildcard_cpe(const char *key)
{
    CpsfSpan rest = {key, key + strlen(key)};

    cpsf_span_skip_prefix(&rest, "cpe:2.3:");
    cut_field(&rest); /* the part may stay open */
    for (int i = 1; i <= 3; i++)
        if (has_wildcard(cut_field(&rest)))
            return TRUE;
    return FALSE;
}
