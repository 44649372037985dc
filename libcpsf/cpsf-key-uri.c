/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Keys that are URIs in general: urn: and https:.  Two spellings that the standards call equivalent
 * become one; nothing is fetched or looked up.
 *
 * Sources: RFC 8141 (URNs), sections 2 and 3; RFC 3986 (URIs), sections 5.2.4 and 6.2; RFC 9562
 * (UUIDs), section 4.
 */

#include "config.h"

#include "cpsf-key-private.h"

enum { PORT_DIGITS_MAX = 5, PORT_MAX = 65535, PORT_HTTPS = 443 };

static gboolean
is_unreserved(int c)
{
    return c > 0 && c < 0x80 && (g_ascii_isalnum(c) || strchr("-._~", c) != NULL);
}

/* unreserved, sub-delims, ":" and "@" of RFC 3986, and "/" */
static gboolean
is_path_character(char c)
{
    return is_unreserved((uint8_t) c) || (c != '\0' && strchr("!$&'()*+,;=:@/", c) != NULL);
}

gboolean
cpsf_key_is_uuid(CpsfSpan s)
{
    if (cpsf_span_length(s) != 36)
        return FALSE;
    for (int i = 0; i < 36; i++) {
        const gboolean is_dash = i == 8 || i == 13 || i == 18 || i == 23;

        if (is_dash ? s.at[i] != '-' : !g_ascii_isxdigit(s.at[i]))
            return FALSE;
    }
    return TRUE;
}

static void
put_lower(CpsfSpan s, CpsfKeyOut *out)
{
    for (; s.at < s.end; s.at++)
        cpsf_key_put(out, g_ascii_tolower(*s.at));
}

/* Characters of a URI component: @extra are allowed besides those of a path; escapes get upper-case
 * digits, those of unreserved characters are undone if @decode; what is not ASCII is escaped. */
static const char *
put_component(CpsfSpan s, const char *extra, gboolean decode, CpsfKeyOut *out)
{
    while (s.at < s.end) {
        const int escape = cpsf_span_escape(s.at, s.end);
        const char c = *s.at;

        if (c == '%' && escape < 0)
            return "has a percent sign without two hexadecimal digits";
        if (escape >= 0 && decode && is_unreserved(escape))
            cpsf_key_put(out, (char) escape);
        else if (escape >= 0)
            cpsf_key_put_escaped(out, (uint8_t) escape);
        else if ((c & 0x80) != 0)
            cpsf_key_put_escaped(out, (uint8_t) c);
        else if (is_path_character(c) || (c != '\0' && strchr(extra, c) != NULL))
            cpsf_key_put(out, c);
        else
            return "has a character that URIs do not have unescaped";
        s.at += escape >= 0 ? 3 : 1;
    }
    return NULL;
}

/* ---- urn: -------------------------------------------------------------------------------- */

/* A namespace identifier: letters, digits and hyphens, none of these at either end. */
static gboolean
is_namespace(CpsfSpan s)
{
    const size_t n = cpsf_span_length(s);

    if (n < 2 || n > 32 || *s.at == '-' || s.end[-1] == '-')
        return FALSE;
    for (; s.at < s.end; s.at++)
        if (!g_ascii_isalnum(*s.at) && *s.at != '-')
            return FALSE;
    return TRUE;
}

/* The name without resolution, query and fragment components, which are not part of it. */
static CpsfSpan
cut_components(CpsfSpan s)
{
    s.end = cpsf_span_find(s, '#');
    for (const char *c = s.at; c + 1 < s.end; c++)
        if (c[0] == '?' && (c[1] == '+' || c[1] == '='))
            s.end = c;
    return s;
}

const char *
cpsf_key_write_urn(CpsfSpan rest, CpsfKeyOut *out)
{
    const CpsfSpan namespace = cpsf_span_cut(&rest, ':');
    const CpsfSpan name = cut_components(rest);
    CpsfSpan epc = {namespace.at, name.end};
    gboolean is_gs1 = FALSE;

    if (!is_namespace(namespace))
        return "has no URN namespace of 2 to 32 letters, digits and hyphens";
    if (cpsf_span_length(name) == 0)
        return "has no name after its URN namespace";
    if (*name.at == '/')
        return "has a name that starts with a slash";
    if (cpsf_span_skip_prefix(&epc, "epc:")) {
        const char *wrong = cpsf_key_write_epc(epc, out, &is_gs1);

        if (wrong != NULL || is_gs1)
            return wrong;
    }
    cpsf_key_put_text(out, "urn:");
    put_lower(namespace, out);
    cpsf_key_put(out, ':');
    if (cpsf_span_length(namespace) != 4 || g_ascii_strncasecmp(namespace.at, "uuid", 4) != 0)
        return put_component(name, "", FALSE, out);
    if (!cpsf_key_is_uuid(name))
        return "does not have the form of a UUID";
    put_lower(name, out);
    return NULL;
}

/* ---- https: ------------------------------------------------------------------------------ */

static const char *
put_host(CpsfSpan host, CpsfKeyOut *out)
{
    if (cpsf_span_length(host) == 0)
        return "has no host";
    if (*host.at == '[') {
        for (const char *c = host.at + 1; c < host.end - 1; c++)
            if (!g_ascii_isxdigit(*c) && *c != ':' && *c != '.')
                return "has a malformed IPv6 address";
        if (host.end[-1] != ']' || cpsf_span_length(host) < 4)
            return "has a malformed IPv6 address";
        put_lower(host, out);
        return NULL;
    }

    /* names in other scripts have one ASCII form */
    g_autofree char *name = g_strndup(host.at, cpsf_span_length(host));
    g_autofree char *ascii = g_hostname_is_non_ascii(name) ? g_hostname_to_ascii(name) : NULL;
    const char *used = g_hostname_is_non_ascii(name) ? ascii : name;

    if (used == NULL)
        return "has a host name that is none";
    for (const char *c = used; *c != '\0'; c++) {
        if (!g_ascii_isalnum(*c) && strchr("-._", *c) == NULL)
            return "has a character that host names do not have";
        cpsf_key_put(out, g_ascii_tolower(*c));
    }
    return NULL;
}

static const char *
put_port(CpsfSpan port, CpsfKeyOut *out)
{
    int number = 0;

    if (cpsf_span_length(port) == 0)
        return NULL;
    while (port.at + 1 < port.end && *port.at == '0')
        port.at++;
    if (!cpsf_span_is_digits(port) || cpsf_span_length(port) > PORT_DIGITS_MAX)
        return "has a port that is not in 1 to 65535";
    for (const char *c = port.at; c < port.end; c++)
        number = number * 10 + (*c - '0');
    if (number < 1 || number > PORT_MAX)
        return "has a port that is not in 1 to 65535";
    if (number == PORT_HTTPS)
        return NULL;
    cpsf_key_put(out, ':');
    cpsf_key_put_span(out, port);
    return NULL;
}

static const char *
put_authority(CpsfSpan authority, CpsfKeyOut *out)
{
    CpsfSpan port = {authority.end, authority.end};

    if (cpsf_span_find(authority, '@') < authority.end)
        return "has user information before its host";
    for (const char *c = authority.end; c > authority.at && c[-1] != ']'; c--)
        if (c[-1] == ':')
            port.at = c;
    if (port.at < authority.end || (authority.end > authority.at && authority.end[-1] == ':'))
        authority.end = port.at - 1;

    const char *wrong = put_host(authority, out);

    return wrong != NULL ? wrong : put_port(port, out);
}

/* The last slash in [@begin, @end), or @begin. */
static char *
find_last_slash(char *begin, char *end)
{
    for (char *c = end; c > begin; c--)
        if (c[-1] == '/')
            return c - 1;
    return begin;
}

/* Takes "." and ".." segments out of the path written since @begin. */
static void
remove_dot_segments(char *begin, CpsfKeyOut *out)
{
    const CpsfSpan path = {begin, out->at};
    const char *in = begin;
    char *to = begin;

    while (in < path.end) { /* at a slash */
        const char *end = in + 1;

        while (end < path.end && *end != '/')
            end++;

        const size_t n = (size_t) (end - in - 1);
        const gboolean is_dot = n == 1 && in[1] == '.';
        const gboolean is_up = n == 2 && in[1] == '.' && in[2] == '.';

        if (is_up)
            to = find_last_slash(begin, to);
        if (is_dot || is_up) {
            if (end == path.end)
                *to++ = '/';
        } else {
            memmove(to, in, (size_t) (end - in));
            to += end - in;
        }
        in = end;
    }
    out->at = to;
}

static const char *
put_query_and_fragment(CpsfSpan rest, CpsfKeyOut *out)
{
    const char *hash = cpsf_span_find(rest, '#');
    const char *wrong = put_component((CpsfSpan){rest.at, hash}, "?", TRUE, out);

    if (wrong != NULL || hash == rest.end)
        return wrong;
    cpsf_key_put(out, '#');
    return put_component((CpsfSpan){hash + 1, rest.end}, "?", TRUE, out);
}

/* Puts the GS1 key in the place of an address that has been written and is a Digital Link. */
static const char *
replace_digital_link(CpsfKeyOut *out)
{
    CpsfSpan path = {out->begin, out->at};
    char address[CPSF_KEY_MAX];
    gboolean is_gs1 = FALSE;

    if (out->is_full || !cpsf_span_skip_prefix(&path, "https://id.gs1.org/"))
        return NULL;

    const size_t n = cpsf_span_length(path);

    memcpy(address, path.at, n);
    out->at = out->begin;

    const char *wrong = cpsf_key_write_digital_link((CpsfSpan){address, address + n}, out, &is_gs1);

    if (wrong == NULL && !is_gs1)
        out->at = (char *) path.end; /* nothing was written over it */
    return wrong;
}

const char *
cpsf_key_write_https(CpsfSpan rest, CpsfKeyOut *out)
{
    CpsfSpan authority;
    CpsfSpan path;

    authority.at = rest.at;
    while (rest.at < rest.end && strchr("/?#", *rest.at) == NULL)
        rest.at++;
    authority.end = rest.at;
    path = rest;
    cpsf_key_put_text(out, "https://");

    const char *wrong = put_authority(authority, out);

    if (wrong != NULL)
        return wrong;

    char *begin = out->at;

    path.end = MIN(cpsf_span_find(rest, '?'), cpsf_span_find(rest, '#'));
    if (cpsf_span_length(path) == 0)
        cpsf_key_put(out, '/');
    wrong = put_component(path, "", TRUE, out);
    if (wrong != NULL)
        return wrong;
    if (!out->is_full)
        remove_dot_segments(begin, out);

    wrong = put_query_and_fragment((CpsfSpan){path.end, rest.end}, out);
    return wrong != NULL ? wrong : replace_digital_link(out);
}
