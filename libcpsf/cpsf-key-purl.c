/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Package URLs: one pass that takes the parts from the text, applies the rules of the package type
 * and writes the canonical form.  A key that is canonical already costs one look at each byte.
 *
 * Source: ECMA-427, Package-URL (PURL), clauses 5.2 to 5.6, and the public type definitions.  Rules
 * of types are applied where they decide what a package is called, and refuse what cannot name one;
 * a type that is not in the table has no rules of its own.
 */

#include "config.h"

#include "cpsf-key-private.h"

enum { QUALIFIERS_MAX = 64 };

typedef enum {
    LOWER_NAMESPACE = 1 << 0,
    LOWER_NAME = 1 << 1,
    LOWER_VERSION = 1 << 2,
    UPPER_NAMESPACE = 1 << 3,
    NO_NAMESPACE = 1 << 4, /* refused if it has one */
    NEEDS_NAMESPACE = 1 << 5,
    NEEDS_VERSION = 1 << 6,
    PYTHON_NAME = 1 << 7, /* runs of "-", "_" and "." are one "-" (PEP 503) */
    DART_NAME = 1 << 8,   /* "-" is "_" */
    NO_DOUBLE_COLON = 1 << 9,
    SERVER_NAME = 1 << 10, /* lower case if the repository is one of Databricks */
    CONAN = 1 << 11,       /* namespace and channel go together */
    NEEDS_UUID = 1 << 12,
    NEEDS_TAG_ID = 1 << 13,
} Rule;

#define LOWER_BOTH (LOWER_NAMESPACE | LOWER_NAME)
#define LOWER_ALL (LOWER_BOTH | LOWER_VERSION)

/* clang-format off */
/* Sorted by name. */
static const struct {
    char type[20];
    int rules;
} types[] = {
    {"alpm",             LOWER_BOTH},
    {"apk",              LOWER_BOTH},
    {"bazel",            NO_NAMESPACE | NEEDS_VERSION},
    {"bitbucket",        LOWER_BOTH},
    {"bitnami",          LOWER_NAME},
    {"chrome-extension", LOWER_NAME | NO_NAMESPACE},
    {"composer",         LOWER_BOTH},
    {"conan",            CONAN},
    {"cpan",             UPPER_NAMESPACE | NEEDS_NAMESPACE | NO_DOUBLE_COLON},
    {"cran",             NO_NAMESPACE},
    {"deb",              LOWER_BOTH},
    {"github",           LOWER_BOTH},
    {"golang",           LOWER_BOTH},
    {"hex",              LOWER_BOTH},
    {"huggingface",      LOWER_VERSION},
    {"julia",            NO_NAMESPACE | NEEDS_UUID},
    {"luarocks",         LOWER_BOTH},
    {"mlflow",           NO_NAMESPACE | SERVER_NAME},
    {"npm",              LOWER_BOTH},
    {"oci",              LOWER_NAME},
    {"opam",             NO_NAMESPACE},
    {"otp",              LOWER_NAME | NO_NAMESPACE},
    {"pub",              LOWER_NAME | DART_NAME},
    {"pypi",             LOWER_NAME | LOWER_VERSION | NO_NAMESPACE | PYTHON_NAME},
    {"qpkg",             LOWER_NAMESPACE},
    {"rpm",              LOWER_NAMESPACE},
    {"swid",             NEEDS_TAG_ID},
    {"swift",            NEEDS_NAMESPACE},
    {"vscode-extension", LOWER_ALL | NEEDS_NAMESPACE},
    {"yocto",            LOWER_NAMESPACE},
};
/* clang-format on */

typedef struct {
    CpsfSpan key;
    CpsfSpan value;
} Qualifier;

typedef struct {
    CpsfSpan type;
    CpsfSpan namespace; /* between the type's slash and the name's */
    CpsfSpan name;
    CpsfSpan version;
    CpsfSpan subpath;
    Qualifier qualifiers[QUALIFIERS_MAX]; /* sorted by key, none empty */
    int n_qualifiers;
    int rules;
} Purl;

/* ---- characters -------------------------------------------------------------------------- */

typedef enum { AS_IS, TO_LOWER, TO_UPPER } Folding;

/* What may stand in a canonical part as itself: letters, digits, ".-_~" and ":" (clause 5.4). */
#define PLAIN 1
#define PLAIN_UPPER 2
static const uint8_t plain[256] = {
    ['-'] = PLAIN, ['.'] = PLAIN,         ['_'] = PLAIN,         ['~'] = PLAIN,
    [':'] = PLAIN, ['0' ... '9'] = PLAIN, ['a' ... 'z'] = PLAIN, ['A' ... 'Z'] = PLAIN_UPPER,
};

static inline char
lower(char c)
{
    return plain[(uint8_t) c] == PLAIN_UPPER ? (char) (c | 0x20) : c;
}

static gunichar
fold_character(gunichar c, Folding folding)
{
    return folding == TO_LOWER   ? g_unichar_tolower(c)
           : folding == TO_UPPER ? g_unichar_toupper(c)
                                 : c;
}

/* The next byte of a percent-encoded part, decoded; -1 for a bad escape. */
static int
take_byte(CpsfSpan *s)
{
    const int escape = *s->at == '%' ? cpsf_span_escape(s->at, s->end) : (uint8_t) *s->at;

    s->at += *s->at == '%' ? 3 : 1;
    return escape;
}

/* The bytes of one character, decoded; NULL, or what is wrong with it. */
static const char *
take_character(CpsfSpan *s, gunichar *c)
{
    char bytes[4];
    int n = 0;
    int wanted = 1;

    do {
        const int byte = s->at < s->end ? take_byte(s) : 0x100;

        if (byte < 0)
            return "has a percent sign without two hexadecimal digits";
        if (byte == 0x100)
            return "has an escape that is not UTF-8";
        bytes[n++] = (char) byte;
        if (n == 1)
            wanted = byte < 0xc0 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
    } while (n < wanted);
    if (cpsf_text_utf8_length(bytes, bytes + n) != (size_t) n)
        return "has an escape that is not UTF-8";
    *c = g_utf8_get_char(bytes);
    return g_unichar_iscntrl(*c) ? "has an escaped control character" : NULL;
}

/* One character that is no plain ASCII, decoded, folded and encoded. */
static const char *
put_character(CpsfSpan *s, Folding folding, gboolean allow_slash, CpsfKeyOut *out)
{
    gunichar c = 0;
    const char *wrong = take_character(s, &c);
    char bytes[6];

    if (wrong != NULL)
        return wrong;
    if (c == '/' && !allow_slash)
        return "has an escaped slash in a segment";

    const int n = g_unichar_to_utf8(fold_character(c, folding), bytes);

    if (n == 1 && plain[(uint8_t) bytes[0]] != 0) {
        cpsf_key_put(out, bytes[0]);
        return NULL;
    }
    for (int i = 0; i < n; i++)
        cpsf_key_put_escaped(out, (uint8_t) bytes[i]);
    return NULL;
}

/* A percent-encoded part, decoded, folded and encoded again. */
static const char *
put_part(CpsfSpan s, Folding folding, gboolean allow_slash, CpsfKeyOut *out)
{
    const char *wrong = NULL;

    while (s.at < s.end && wrong == NULL) {
        const char c = *s.at;

        if (plain[(uint8_t) c] == 0) {
            wrong = put_character(&s, folding, allow_slash, out);
            continue;
        }
        cpsf_key_put(out, folding == TO_LOWER   ? g_ascii_tolower(c)
                          : folding == TO_UPPER ? g_ascii_toupper(c)
                                                : c);
        s.at++;
    }
    return wrong;
}

/* ---- taking the parts -------------------------------------------------------------------- */

static int
compare_spans(CpsfSpan a, CpsfSpan b)
{
    const size_t n = cpsf_span_length(a);
    const size_t m = cpsf_span_length(b);
    const size_t common = MIN(n, m);

    for (size_t i = 0; i < common; i++) {
        const int c = lower(a.at[i]) - lower(b.at[i]);

        if (c != 0)
            return c;
    }
    return n < m ? -1 : n > m;
}

static int
find_rules(CpsfSpan type)
{
    size_t low = 0;
    size_t high = G_N_ELEMENTS(types);

    while (low < high) {
        const size_t middle = (low + high) / 2;
        const char *name = types[middle].type;
        const int c = compare_spans(type, (CpsfSpan){name, name + strlen(name)});

        if (c == 0)
            return types[middle].rules;
        if (c < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return 0;
}

/* A type, or the key of a qualifier. */
static gboolean
is_word(CpsfSpan s, gboolean allow_underscore)
{
    if (s.at == s.end || !g_ascii_isalpha(*s.at))
        return FALSE;
    for (; s.at < s.end; s.at++)
        if (!g_ascii_isalnum(*s.at) && *s.at != '.' && *s.at != '-' &&
            (*s.at != '_' || !allow_underscore))
            return FALSE;
    return TRUE;
}

/* Puts @q where it belongs among the sorted qualifiers. */
static const char *
insert_qualifier(Purl *p, Qualifier q)
{
    int i = p->n_qualifiers;
    int order = 1;

    if (i == QUALIFIERS_MAX)
        return "has more than 64 qualifiers";
    while (i > 0 && (order = compare_spans(q.key, p->qualifiers[i - 1].key)) < 0) {
        p->qualifiers[i] = p->qualifiers[i - 1];
        i--;
    }
    if (order == 0)
        return "has a qualifier twice";
    p->qualifiers[i] = q;
    p->n_qualifiers++;
    return NULL;
}

static const char *
take_qualifiers(CpsfSpan s, Purl *p)
{
    while (s.at < s.end) {
        CpsfSpan value = cpsf_span_cut(&s, '&');
        const char *pair_end = value.end;
        const CpsfSpan key = cpsf_span_cut(&value, '=');
        const char *wrong = NULL;

        if (key.at == pair_end)
            continue; /* nothing between two ampersands */
        if (!is_word(key, TRUE))
            return "has a qualifier key that is not of letters, digits and .-_";
        if (key.end == pair_end)
            return "has a qualifier without an equals sign";
        if (value.at < value.end)
            wrong = insert_qualifier(p, (Qualifier){key, value});
        if (wrong != NULL)
            return wrong;
    }
    return NULL;
}

/* The sign before the version: the last one, unless it starts a namespace segment (`@scope/`). */
static const char *
find_version_sign(CpsfSpan path)
{
    for (const char *c = path.end; c > path.at; c--) {
        const gboolean is_first = c - 1 == path.at || c[-2] == '/';
        const gboolean is_in_last = cpsf_span_find((CpsfSpan){c, path.end}, '/') == path.end;

        if (c[-1] == '@' && (!is_first || is_in_last))
            return c - 1;
        if (c[-1] == '@')
            return path.end;
    }
    return path.end;
}

/* What stands between type and qualifiers. */
static const char *
take_path(CpsfSpan path, Purl *p)
{
    const char *sign = find_version_sign(path);

    if (sign < path.end && (sign == path.at || sign[-1] == '/'))
        return "has no package name";
    p->version = (CpsfSpan){sign < path.end ? sign + 1 : sign, path.end};
    path.end = sign;
    while (path.at < path.end && path.end[-1] == '/')
        path.end--;
    p->name = path;
    for (const char *c = path.end; c > path.at && c[-1] != '/'; c--)
        p->name.at = c - 1;
    p->namespace = (CpsfSpan){path.at, p->name.at};
    while (p->namespace.at < p->namespace.end && *p->namespace.at == '/')
        p->namespace.at++;
    while (p->namespace.at < p->namespace.end && p->namespace.end[-1] == '/')
        p->namespace.end--;
    return p->name.at == p->name.end ? "has no package name" : NULL;
}

static const char *
take_parts(CpsfSpan s, Purl *p)
{
    const CpsfSpan before_subpath = cpsf_span_cut(&s, '#');
    CpsfSpan rest = before_subpath;
    CpsfSpan path = cpsf_span_cut(&rest, '?');

    p->subpath = s;
    while (path.at < path.end && *path.at == '/')
        path.at++;
    p->type = cpsf_span_cut(&path, '/');
    if (!is_word(p->type, FALSE))
        return "has a package type that is not a letter followed by letters, digits, . and -";

    const char *wrong = take_path(path, p);

    return wrong != NULL ? wrong : take_qualifiers(rest, p);
}

/* ---- rules of types ---------------------------------------------------------------------- */

static const Qualifier *
find_qualifier(const Purl *p, const char *key)
{
    const CpsfSpan wanted = {key, key + strlen(key)};

    for (int i = 0; i < p->n_qualifiers; i++)
        if (compare_spans(p->qualifiers[i].key, wanted) == 0)
            return &p->qualifiers[i];
    return NULL;
}

static gboolean
has_text(CpsfSpan s, const char *text)
{
    const size_t n = strlen(text);

    for (; cpsf_span_length(s) >= n; s.at++)
        if (g_ascii_strncasecmp(s.at, text, n) == 0)
            return TRUE;
    return FALSE;
}

static const char *
check_rules(const Purl *p)
{
    const gboolean has_namespace = p->namespace.at < p->namespace.end;

    if ((p->rules & NO_NAMESPACE) != 0 && has_namespace)
        return "has a namespace, which its package type does not have";
    if ((p->rules & NEEDS_NAMESPACE) != 0 && !has_namespace)
        return "has no namespace, which its package type asks for";
    if ((p->rules & NEEDS_VERSION) != 0 && p->version.at == p->version.end)
        return "has no version, which its package type asks for";
    if ((p->rules & NEEDS_UUID) != 0 && find_qualifier(p, "uuid") == NULL)
        return "has no qualifier uuid, which its package type asks for";
    if ((p->rules & NEEDS_TAG_ID) != 0 && find_qualifier(p, "tag_id") == NULL)
        return "has no qualifier tag_id, which its package type asks for";
    if ((p->rules & NO_DOUBLE_COLON) != 0 && (has_text(p->name, "::") || has_text(p->name, "%3a")))
        return "has the name of a module, not of a distribution";
    if ((p->rules & CONAN) != 0 && has_namespace && p->n_qualifiers == 0)
        return "has a namespace but no qualifiers";
    if ((p->rules & CONAN) != 0 && !has_namespace && find_qualifier(p, "channel") != NULL)
        return "has a channel but no namespace";
    return NULL;
}

/* ---- writing ----------------------------------------------------------------------------- */

static Folding
namespace_folding(const Purl *p)
{
    return (p->rules & LOWER_NAMESPACE) != 0   ? TO_LOWER
           : (p->rules & UPPER_NAMESPACE) != 0 ? TO_UPPER
                                               : AS_IS;
}

static Folding
name_folding(const Purl *p)
{
    const Qualifier *q = (p->rules & SERVER_NAME) != 0 ? find_qualifier(p, "repository_url") : NULL;

    if (q != NULL && has_text(q->value, "databricks"))
        return TO_LOWER;
    return (p->rules & LOWER_NAME) != 0 ? TO_LOWER : AS_IS;
}

/* Rewrites the name written since @begin as the index of its language spells it. */
static void
respell_name(int rules, char *begin, CpsfKeyOut *out)
{
    char *to = begin;

    for (const char *c = begin; c < out->at; c++) {
        const gboolean is_separator = *c == '-' || *c == '_' || *c == '.';

        if ((rules & PYTHON_NAME) == 0)
            *to++ = *c == '-' ? '_' : *c;
        else if (!is_separator)
            *to++ = *c;
        else if (c == begin || !(c[-1] == '-' || c[-1] == '_' || c[-1] == '.'))
            *to++ = '-';
    }
    out->at = to;
}

/* Segments with a slash after each; or between them, and without "." and "..". */
static const char *
put_segments(CpsfSpan s, Folding folding, gboolean is_subpath, CpsfKeyOut *out)
{
    const char *wrong = NULL;
    gboolean is_first = TRUE;

    while (s.at < s.end && wrong == NULL) {
        const CpsfSpan segment = cpsf_span_cut(&s, '/');
        char *slash = out->at;

        if (segment.at == segment.end)
            continue;
        if (is_subpath)
            cpsf_key_put(out, is_first ? '#' : '/');

        char *begin = out->at;

        wrong = put_part(segment, folding, FALSE, out);

        const size_t n = (size_t) (out->at - begin);

        if (is_subpath && n <= 2 && memcmp(begin, "..", n) == 0) {
            out->at = slash;
            continue;
        }
        is_first = FALSE;
        if (!is_subpath)
            cpsf_key_put(out, '/');
    }
    return wrong;
}

static const char *
put_name(const Purl *p, CpsfKeyOut *out)
{
    char *begin = out->at;
    const char *wrong = put_part(p->name, name_folding(p), TRUE, out);

    if ((p->rules & (PYTHON_NAME | DART_NAME)) != 0)
        respell_name(p->rules, begin, out);
    return wrong;
}

static const char *
put_qualifiers(const Purl *p, CpsfKeyOut *out)
{
    const char *wrong = NULL;

    for (int i = 0; i < p->n_qualifiers && wrong == NULL; i++) {
        const Qualifier *q = &p->qualifiers[i];
        const gboolean is_guid = (p->rules & NEEDS_TAG_ID) != 0 && cpsf_key_is_uuid(q->value);

        cpsf_key_put(out, i == 0 ? '?' : '&');
        wrong = put_part(q->key, TO_LOWER, FALSE, out);
        cpsf_key_put(out, '=');
        if (wrong == NULL)
            wrong = put_part(q->value, is_guid ? TO_LOWER : AS_IS, TRUE, out);
    }
    return wrong;
}

const char *
cpsf_key_write_purl(CpsfSpan rest, CpsfKeyOut *out)
{
    Purl p;
    const char *wrong;

    p.n_qualifiers = 0;
    wrong = take_parts(rest, &p);
    if (wrong != NULL)
        return wrong;
    p.rules = find_rules(p.type);
    wrong = check_rules(&p);
    if (wrong != NULL)
        return wrong;
    cpsf_key_put_text(out, "pkg:");
    put_part(p.type, TO_LOWER, FALSE, out);
    cpsf_key_put(out, '/');
    wrong = put_segments(p.namespace, namespace_folding(&p), FALSE, out);
    if (wrong == NULL)
        wrong = put_name(&p, out);
    if (wrong == NULL && p.version.at < p.version.end) {
        cpsf_key_put(out, '@');
        wrong = put_part(p.version, (p.rules & LOWER_VERSION) != 0 ? TO_LOWER : AS_IS, TRUE, out);
    }
    if (wrong == NULL)
        wrong = put_qualifiers(&p, out);
    if (wrong == NULL)
        wrong = put_segments(p.subpath, AS_IS, TRUE, out);
    return wrong;
}

/* ---- what is canonical already ----------------------------------------------------------- */

/* Steps over what stands in a canonical part: plain characters, and the two signs that are escaped
 * most often.  FALSE if that is nothing. */
static gboolean
skip_part(CpsfSpan *s, gboolean allow_upper)
{
    const char *begin = s->at;

    for (; s->at < s->end; s->at++) {
        const uint8_t class = plain[(uint8_t) *s->at];

        if (class == PLAIN || (class == PLAIN_UPPER && allow_upper))
            continue;
        if (s->end - s->at < 3 || (memcmp(s->at, "%40", 3) != 0 && memcmp(s->at, "%2B", 3) != 0))
            break;
        s->at += 2;
    }
    return s->at > begin;
}

/* Takes a type, or the key of a qualifier, in lower case; it is empty if there is none. */
static CpsfSpan
take_word(CpsfSpan *s, gboolean allow_underscore)
{
    CpsfSpan word = {s->at, s->at};

    for (; s->at < s->end && plain[(uint8_t) *s->at] == PLAIN; s->at++)
        word.end++;
    return is_word(word, allow_underscore) ? word : (CpsfSpan){word.at, word.at};
}

static gboolean
skip_qualifiers(CpsfSpan *s)
{
    CpsfSpan last = {s->at, s->at};
    int n = 0;

    do {
        const CpsfSpan key = take_word(s, TRUE);

        if (compare_spans(last, key) >= 0 || !cpsf_span_skip(s, '=') || !skip_part(s, TRUE))
            return FALSE;
        last = key;
    } while (++n < QUALIFIERS_MAX && cpsf_span_skip(s, '&'));
    return TRUE;
}

gboolean
cpsf_key_is_plain_purl(CpsfSpan s)
{
    if (cpsf_span_length(s) < 4 || cpsf_span_length(s) > CPSF_KEY_MAX ||
        memcmp(s.at, "pkg:", 4) != 0)
        return FALSE;
    s.at += 4;

    const CpsfSpan type = take_word(&s, FALSE);
    const int rules = type.at < type.end ? find_rules(type) : CONAN;

    if ((rules & ~LOWER_ALL) != 0 || !cpsf_span_skip(&s, '/'))
        return FALSE;
    do {
        if (!skip_part(&s, rules == 0))
            return FALSE;
    } while (cpsf_span_skip(&s, '/'));
    return (!cpsf_span_skip(&s, '@') || skip_part(&s, rules == 0)) &&
           (!cpsf_span_skip(&s, '?') || skip_qualifiers(&s)) && s.at == s.end;
}
