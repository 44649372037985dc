/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Keys name nodes (docs/semantics.md, section 4).  This file knows the schemes, their rank and the
 * simple ones among them; GS1 keys, package URLs, CPEs and URIs have files of their own.  Every key
 * goes through cpsf_key_canonical() once, at the border; inside, keys are compared byte by byte.
 */

#include "config.h"

#include "cpsf-error-private.h"
#include "cpsf-key-private.h"

enum {
    JCN_DIGITS = 13,
    LEI_LENGTH = 20,
    DUNS_DIGITS = 9,
    BPN_LENGTH = 16,
    SHA256_DIGITS = 64,
    DOI_REGISTRANT_MIN = 4,
};

/* ---- the simple schemes ------------------------------------------------------------------ */

/* @digits of @s without the dashes of @form, in which 'd' is a digit; or FALSE. */
static gboolean
take_display_form(CpsfSpan s, const char *form, char *digits)
{
    const gboolean has_dashes = cpsf_span_length(s) == strlen(form);

    for (; *form != '\0'; form++) {
        if (*form == '-' && !has_dashes)
            continue;
        if (s.at == s.end)
            return FALSE;
        if (*form == '-' ? *s.at != '-' : !cpsf_text_is_digit(*s.at))
            return FALSE;
        if (*form != '-')
            *digits++ = *s.at;
        s.at++;
    }
    return s.at == s.end;
}

/* Corporate number: the check digit comes first, c = 9 − (Σ Pₙ Qₙ mod 9), with Pₙ the n-th of the
 * other twelve digits from the right and Qₙ = 1 for odd n, 2 for even n. */
static const char *
write_jcn(CpsfSpan rest, CpsfKeyOut *out)
{
    char digits[JCN_DIGITS];
    int sum = 0;

    if (!take_display_form(rest, "d-dddd-dddd-dddd", digits))
        return "does not have the 13 digits of a corporate number";
    for (int n = 1; n < JCN_DIGITS; n++)
        sum += (digits[JCN_DIGITS - n] - '0') * (n % 2 == 1 ? 1 : 2);
    if (digits[0] - '0' != 9 - sum % 9)
        return "has a wrong check digit";
    cpsf_key_put_text(out, "jcn:");
    cpsf_key_put_span(out, (CpsfSpan){digits, digits + JCN_DIGITS});
    return NULL;
}

/* Legal entity identifier: letters count as 10 to 35, the whole number modulo 97 is 1, and the
 * check digits that this leaves possible are 02 to 98 (ISO 17442-1, ISO/IEC 7064 MOD 97-10). */
static const char *
write_lei(CpsfSpan rest, CpsfKeyOut *out)
{
    int rest_of_97 = 0;

    if (cpsf_span_length(rest) != LEI_LENGTH)
        return "does not have the 20 characters of an LEI";
    if (!cpsf_span_is_digits((CpsfSpan){rest.end - 2, rest.end}))
        return "does not end in two check digits";
    cpsf_key_put_text(out, "lei:");
    for (const char *c = rest.at; c < rest.end; c++) {
        const char upper = g_ascii_toupper(*c);

        if (!g_ascii_isalnum(*c))
            return "has a character that is neither a letter nor a digit";
        rest_of_97 = cpsf_text_is_digit(upper) ? (rest_of_97 * 10 + (upper - '0')) % 97
                                               : (rest_of_97 * 100 + (upper - 'A' + 10)) % 97;
        cpsf_key_put(out, upper);
    }

    const int check = (rest.end[-2] - '0') * 10 + (rest.end[-1] - '0');

    return rest_of_97 == 1 && check >= 2 && check <= 98 ? NULL : "has wrong check digits";
}

/* The ninth digit was a check digit once and is none now: never looked at. */
static const char *
write_duns(CpsfSpan rest, CpsfKeyOut *out)
{
    char digits[DUNS_DIGITS];

    if (!take_display_form(rest, "dd-ddd-dddd", digits))
        return "does not have the 9 digits of a D-U-N-S number";
    cpsf_key_put_text(out, "duns:");
    cpsf_key_put_span(out, (CpsfSpan){digits, digits + DUNS_DIGITS});
    return NULL;
}

/* Business partner number of Catena-X: legal entity, site or address. */
static const char *
write_bpn(CpsfSpan rest, CpsfKeyOut *out)
{
    CpsfSpan s = rest;

    if (cpsf_span_length(s) != BPN_LENGTH || !cpsf_span_skip_prefix(&s, "bpn") ||
        strchr("LSAlsa", *s.at) == NULL)
        return "is not BPNL, BPNS or BPNA and 12 letters or digits";
    cpsf_key_put_text(out, "bpn:");
    for (const char *c = rest.at; c < rest.end; c++) {
        if (!g_ascii_isalnum(*c))
            return "is not BPNL, BPNS or BPNA and 12 letters or digits";
        cpsf_key_put(out, g_ascii_toupper(*c));
    }
    return NULL;
}

/* Registration id of ISO/IEC 19770-2: a domain name, in lower case, or any other text as it is. */
static const char *
write_regid(CpsfSpan rest, CpsfKeyOut *out)
{
    gboolean is_domain = TRUE;

    if (cpsf_span_length(rest) == 0)
        return "is empty";
    for (const char *c = rest.at; c < rest.end; c++)
        is_domain = is_domain && (g_ascii_isalnum(*c) || *c == '.' || *c == '-');
    cpsf_key_put_text(out, "regid:");
    for (const char *c = rest.at; c < rest.end; c++)
        cpsf_key_put(out, is_domain ? g_ascii_tolower(*c) : *c);
    return NULL;
}

/* tagId of ISO/IEC 19770-2: any text; a GUID in lower case. */
static const char *
write_swid(CpsfSpan rest, CpsfKeyOut *out)
{
    const gboolean is_guid = cpsf_key_is_uuid(rest);

    if (cpsf_span_length(rest) == 0)
        return "is empty";
    cpsf_key_put_text(out, "swid:");
    for (const char *c = rest.at; c < rest.end; c++)
        cpsf_key_put(out, is_guid ? g_ascii_tolower(*c) : *c);
    return NULL;
}

/* 10.<registrant>/<suffix>; case does not count in it (DOI Handbook, section 2.2). */
static const char *
write_doi(CpsfSpan rest, CpsfKeyOut *out)
{
    CpsfSpan suffix = rest;
    const CpsfSpan prefix = cpsf_span_cut(&suffix, '/');
    CpsfSpan registrant = prefix;

    if (!cpsf_span_skip_prefix(&registrant, "10.") ||
        cpsf_span_length(registrant) < DOI_REGISTRANT_MIN)
        return "does not start with 10. and a registrant of 4 digits or more";
    for (const char *c = registrant.at; c < registrant.end; c++)
        if (!cpsf_text_is_digit(*c) && (*c != '.' || c == registrant.at || c[-1] == '.'))
            return "does not start with 10. and a registrant of 4 digits or more";
    if (registrant.end[-1] == '.' || cpsf_span_length(suffix) == 0)
        return "has no suffix after its registrant";
    cpsf_key_put_text(out, "doi:");
    for (const char *c = rest.at; c < rest.end; c++)
        cpsf_key_put(out, g_ascii_tolower(*c));
    return NULL;
}

static const char *
write_sha256(CpsfSpan rest, CpsfKeyOut *out)
{
    if (cpsf_span_length(rest) != SHA256_DIGITS)
        return "does not have the 64 hexadecimal digits of a SHA-256 digest";
    cpsf_key_put_text(out, "sha256:");
    for (const char *c = rest.at; c < rest.end; c++) {
        if (!g_ascii_isxdigit(*c))
            return "has a character that is not a hexadecimal digit";
        cpsf_key_put(out, g_ascii_tolower(*c));
    }
    return NULL;
}

static const char *
write_local(CpsfSpan rest, CpsfKeyOut *out)
{
    CpsfSpan ref = rest;
    const CpsfSpan feed = cpsf_span_cut(&ref, '#');

    if (cpsf_span_length(feed) == 0 || cpsf_span_length(ref) == 0)
        return "is not of the form local:<feed id>#<ref>";
    cpsf_key_put_text(out, "local:");
    cpsf_key_put_span(out, rest);
    return NULL;
}

/* ---- all schemes ------------------------------------------------------------------------- */

/* clang-format off */
/* Rows of one scheme stand together, its canonical prefix first; schemes in order of rank. */
static const struct {
    const char *prefix;
    CpsfKeyScheme scheme;
    CpsfKeyWriter write;
} schemes[] = {
    {"jcn:",     CPSF_KEY_JCN,    write_jcn},
    {"lei:",     CPSF_KEY_LEI,    write_lei},
    {"gln:",     CPSF_KEY_GLN,    cpsf_key_write_gln},
    {"gtin:",    CPSF_KEY_GTIN,   cpsf_key_write_gtin},
    {"sgtin:",   CPSF_KEY_SGTIN,  cpsf_key_write_sgtin},
    {"giai:",    CPSF_KEY_GIAI,   cpsf_key_write_giai},
    {"sscc:",    CPSF_KEY_SSCC,   cpsf_key_write_sscc},
    {"duns:",    CPSF_KEY_DUNS,   write_duns},
    {"bpn:",     CPSF_KEY_BPN,    write_bpn},
    {"regid:",   CPSF_KEY_REGID,  write_regid},
    {"pkg:",     CPSF_KEY_PURL,   cpsf_key_write_purl},
    {"swid:",    CPSF_KEY_SWID,   write_swid},
    {"cpe:2.3:", CPSF_KEY_CPE,    cpsf_key_write_cpe23},
    {"cpe:/",    CPSF_KEY_CPE,    cpsf_key_write_cpe22},
    {"doi:",     CPSF_KEY_DOI,    write_doi},
    {"sha256:",  CPSF_KEY_SHA256, write_sha256},
    {"urn:",     CPSF_KEY_URN,    cpsf_key_write_urn},
    {"https://", CPSF_KEY_HTTPS,  cpsf_key_write_https},
    {"local:",   CPSF_KEY_LOCAL,  write_local},
};
/* clang-format on */

/* What no key has: control characters, white space, bytes that are not UTF-8. */
static const char *
check_characters(CpsfSpan s)
{
    while (s.at < s.end) {
        const uint8_t c = (uint8_t) *s.at;

        if (c > 0x20 && c < 0x7f) {
            s.at++;
            continue;
        }
        if (cpsf_text_is_space(*s.at))
            return "has white space inside; write %20 where its scheme allows escapes";

        const size_t n = cpsf_text_utf8_length(s.at, s.end);

        if (n == 0)
            return "is not UTF-8";
        if (g_unichar_iscntrl(g_utf8_get_char(s.at)))
            return "has a control character";
        s.at += n;
    }
    return NULL;
}

static const char *
write_key(CpsfSpan text, CpsfKeyOut *out)
{
    CpsfSpan rest = text;

    if (cpsf_span_length(text) == 0)
        return "is empty";
    if (cpsf_span_length(text) > CPSF_KEY_MAX)
        return "is longer than 4096 bytes";

    const char *wrong = check_characters(text);

    if (wrong != NULL)
        return wrong;
    for (size_t i = 0; i < G_N_ELEMENTS(schemes); i++)
        if (cpsf_span_skip_prefix(&rest, schemes[i].prefix))
            return schemes[i].write(rest, out);
    if (cpsf_span_skip_prefix(&rest, "http://"))
        return "is an address that anyone on the way can change; use https://";
    if (cpsf_span_skip_prefix(&rest, "cpe:"))
        return "starts with neither cpe:2.3: nor cpe:/";
    return "starts with none of jcn: lei: gln: gtin: sgtin: giai: sscc: duns: bpn: regid: pkg: "
           "swid: cpe: doi: sha256: urn: https:// local:";
}

/**
 * cpsf_key_canonical:
 * @text: (array length=length) (element-type guint8): a key as somebody wrote it
 * @length: bytes of @text; -1 if it ends with a NUL
 * @error: return location for an error
 *
 * Checks a key and gives its one canonical form: two keys name the same thing iff their canonical
 * forms are the same bytes.  `cpe:/` becomes `cpe:2.3:`; EPC URNs and GS1 Digital Links become GS1
 * keys; a GTIN has 14 digits, an SGTIN is `sgtin:<GTIN>.<serial>`; a GLN extension other than 0
 * stays a URN.  White space around is ignored.  A canonical key is its own canonical form.
 *
 * Cost: O(@length), one allocation.
 *
 * Source: docs/semantics.md, section 4; the standards are named in the files of the schemes.
 *
 * Returns: (transfer full): the canonical key; NULL with %CPSF_ERROR_INVALID_VALUE for an unknown
 *   scheme, a wrong check digit, a form that the scheme does not have, more than 4096 bytes, white
 *   space or control characters inside, or bytes that are not UTF-8
 *
 * Since: 0.1
 */
char *
cpsf_key_canonical(const char *text, gssize length, GError **error)
{
    const CpsfSpan s = cpsf_span_over(text, length);
    char buffer[CPSF_KEY_MAX];
    CpsfKeyOut out = {buffer, buffer, buffer + sizeof buffer, FALSE};
    char shown[CPSF_TEXT_SHOWN_MAX];

    const char *wrong = write_key(s, &out);

    if (wrong == NULL && out.is_full)
        wrong = "is longer than 4096 bytes in its canonical form";
    if (wrong != NULL)
        return cpsf_fail_null(error, CPSF_ERROR_INVALID_VALUE, "key \"%s\" %s",
                              cpsf_text_shown(s.at, cpsf_span_length(s), shown), wrong);
    return g_strndup(buffer, (gsize) (out.at - out.begin));
}

/**
 * cpsf_key_get_scheme:
 * @key: a canonical key
 *
 * The scheme that a key is of.  Cost: O(1).
 *
 * Returns: its scheme; %CPSF_KEY_LOCAL, the last in rank, for text that is no key
 *
 * Since: 0.1
 */
CpsfKeyScheme
cpsf_key_get_scheme(const char *key)
{
    for (size_t i = 0; i < G_N_ELEMENTS(schemes); i++)
        if (key[0] == schemes[i].prefix[0] &&
            strncmp(key, schemes[i].prefix, strlen(schemes[i].prefix)) == 0)
            return schemes[i].scheme;
    return CPSF_KEY_LOCAL;
}

/**
 * cpsf_key_is_authority:
 * @key: a canonical key
 *
 * Says whether two nodes that share this key are one: any key but `https:` and `local:`, and but a
 * CPE that leaves vendor, product or version open, wholly or in part.
 *
 * Cost: O(length of @key) for CPEs, else O(1).
 *
 * Returns: TRUE if it identifies
 *
 * Since: 0.1
 */
gboolean
cpsf_key_is_authority(const char *key)
{
    const CpsfKeyScheme scheme = cpsf_key_get_scheme(key);

    if (scheme == CPSF_KEY_CPE)
        return !cpsf_key_is_wildcard_cpe(key);
    return scheme != CPSF_KEY_HTTPS && scheme != CPSF_KEY_LOCAL;
}

/**
 * cpsf_key_is_class:
 * @key: a canonical key
 *
 * Says whether the key names a class of things, of which there may be many: a GTIN or a CPE.  Such
 * a key never merges devices or items.
 *
 * Cost: O(1).
 *
 * Returns: TRUE for a class
 *
 * Since: 0.1
 */
gboolean
cpsf_key_is_class(const char *key)
{
    const CpsfKeyScheme scheme = cpsf_key_get_scheme(key);

    return scheme == CPSF_KEY_GTIN || scheme == CPSF_KEY_CPE;
}

/**
 * cpsf_key_compare:
 * @a: a canonical key
 * @b: a canonical key
 *
 * Orders keys by the rank of their schemes, then by bytes: the first of all keys of a node is its
 * name.
 *
 * Cost: O(length).
 *
 * Returns: negative, 0 or positive as @a comes before, is, or comes after @b
 *
 * Since: 0.1
 */
int
cpsf_key_compare(const char *a, const char *b)
{
    const CpsfKeyScheme x = cpsf_key_get_scheme(a);
    const CpsfKeyScheme y = cpsf_key_get_scheme(b);

    return x != y ? (x < y ? -1 : 1) : strcmp(a, b);
}

/* ---- local keys -------------------------------------------------------------------------- */

/* Whether @byte is one that put_local() escapes; the sign between the two parts only if @is_feed. */
static gboolean
is_escaped_byte(int byte, gboolean is_feed)
{
    return byte >= 0 && (byte <= 0x20 || byte == '%' || byte >= 0x7f || (is_feed && byte == '#'));
}

/* Whether the character of @n bytes at @at (0: no UTF-8) cannot stand as itself.  A percent sign
 * cannot where it could be taken for an escape of put_local(), so that no two texts become one. */
static gboolean
is_unfit(CpsfSpan s, size_t n, gboolean is_feed)
{
    if (*s.at == '%')
        return is_escaped_byte(cpsf_span_escape(s.at, s.end), is_feed);
    return n == 0 || *s.at == ' ' || (is_feed && *s.at == '#') ||
           g_unichar_iscntrl(g_utf8_get_char(s.at));
}

static void
put_local(CpsfSpan s, gboolean is_feed, GString *out)
{
    while (s.at < s.end) {
        const size_t n = cpsf_text_utf8_length(s.at, s.end);

        if (!is_unfit(s, n, is_feed)) {
            g_string_append_len(out, s.at, (gssize) n);
            s.at += n;
            continue;
        }
        for (const char *end = s.at + MAX(n, 1); s.at < end; s.at++)
            g_string_append_printf(out, "%%%02X", (unsigned int) (uint8_t) *s.at);
    }
}

/**
 * cpsf_key_local:
 * @feed_id: the id of a feed, not empty, at most 3,900 bytes
 * @ref: (array length=length) (element-type guint8): a name that means something in that feed
 *   only, not empty
 * @length: bytes of @ref; -1 if it ends with a NUL
 *
 * Makes the key of something that has no identifier of its own.  Blanks, control characters, bytes
 * that are not UTF-8 and a `#` in @feed_id are written as %XX, as is the percent sign of what looks
 * like one of these escapes: two pairs never share a key.  A reference too long for a key is
 * replaced by its SHA-256 digest.
 *
 * Cost: O(length).
 *
 * Returns: (transfer full): `local:<feed id>#<ref>`, which is canonical
 *
 * Since: 0.1
 */
char *
cpsf_key_local(const char *feed_id, const char *ref, gssize length)
{
    const CpsfSpan s = {ref, ref + cpsf_text_length(ref, length)};
    GString *key = g_string_new("local:");

    put_local((CpsfSpan){feed_id, feed_id + strlen(feed_id)}, TRUE, key);
    g_string_append_c(key, '#');

    const gsize begin = key->len;

    put_local(s, FALSE, key);
    if (key->len > CPSF_KEY_MAX) {
        g_autofree char *digest = g_compute_checksum_for_data(
            G_CHECKSUM_SHA256, (const guchar *) s.at, cpsf_span_length(s));

        g_string_truncate(key, begin);
        g_string_append(key, "sha256-");
        g_string_append(key, digest);
    }
    return g_string_free(key, FALSE);
}
