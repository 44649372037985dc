/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The door to libxml2: events, places, every refusal with its code, every limit at it and past it. */

#include "config.h"

#include "cpsf-digest-private.h"
#include "cpsf-mem-private.h"
#include "cpsf-xml-private.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* --- a dialect that writes down what it is told ----------------------------------------------- */

enum { ROOT = 1, ITEM, NAME };

static const CpsfXmlRule rules[] = {
    {CPSF_XML_START, "list", ROOT}, {ROOT, "item", ITEM}, {ITEM, "item", ITEM},
    {ITEM, "name", NAME},           {NAME, "item", ITEM},
};

static gboolean
log_start(void *user, uint8_t state, CpsfXmlReader *reader, GError **error)
{
    GString *log = user;
    const CpsfXmlText key = cpsf_xml_attribute(reader, "key");
    uint32_t line;
    uint32_t column;

    cpsf_xml_place(reader, &line, &column);
    g_string_append_printf(log, "<%d@%u:%u^%d", state, line, column, cpsf_xml_parent(reader));
    if (key.value != NULL)
        g_string_append_printf(log, "=%.*s", (int) key.length, key.value);
    if (key.length == 4 && memcmp(key.value, "skip", 4) == 0)
        cpsf_xml_skip(reader);
    if (key.length == 4 && memcmp(key.value, "fail", 4) == 0)
        return cpsf_fail(error, CPSF_ERROR_INVALID_DATA, "asked to");
    return TRUE;
}

static gboolean
log_end(void *user, uint8_t state, CpsfXmlText text, CpsfXmlReader *reader, GError **error)
{
    uint32_t line;
    uint32_t column;

    (void) error;
    cpsf_xml_place(reader, &line, &column);
    g_string_append_printf(user, ">%d@%u:%u", state, line, column);
    if (text.value != NULL)
        g_string_append_printf(user, "'%.*s'", (int) text.length, text.value);
    return TRUE;
}

static gboolean
log_unknown(void *user, uint8_t parent, const char *name, CpsfXmlReader *reader, GError **error)
{
    uint32_t line;
    uint32_t column;

    (void) error;
    cpsf_xml_place(reader, &line, &column);
    g_string_append_printf(user, "?%d:%s@%u:%u", parent, name, line, column);
    return TRUE;
}

static const CpsfXmlDialect dialect = {
    .name = "test",
    .rules = rules,
    .n_rules = G_N_ELEMENTS(rules),
    .text_states = {CPSF_XML_TEXT(NAME)},
    .start = log_start,
    .end = log_end,
    .unknown = log_unknown,
};

static const CpsfXmlDialect *
sniff(void *data,
      const char *namespace_uri,
      const char *root,
      CpsfXmlReader *reader,
      void **user,
      GError **error)
{
    (void) reader;
    if (strcmp(root, "list") != 0 || strcmp(namespace_uri, "urn:t") != 0)
        return cpsf_fail_null(error, CPSF_ERROR_UNSUPPORTED, "not a list");
    *user = data;
    return &dialect;
}

/* What came of one document. */
typedef struct {
    gboolean is_read;
    GString *log;
    CpsfXmlFault fault;
    GError *error;
    char digest[65];
} Result;

static void
result_clear(Result *r)
{
    g_string_free(r->log, TRUE);
    g_clear_error(&r->error);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Result, result_clear)

static Result
read_bytes(const char *bytes, size_t length, const CpsfLimits *limits)
{
    Result r = {.log = g_string_new(NULL)};
    CpsfXmlOptions options = {.sniff = sniff, .data = r.log, .file = "t.xml"};
    g_autoptr(GInputStream) stream =
        g_memory_input_stream_new_from_data(bytes, (gssize) length, NULL);

    if (limits != NULL)
        options.limits = *limits;
    r.is_read = cpsf_xml_read(stream, &options, r.digest, &r.fault, &r.error);
    cr_assert_eq(r.is_read, r.error == NULL);
    return r;
}

static Result
read_text(const char *text)
{
    return read_bytes(text, strlen(text), NULL);
}

static void
expect_code_of(const char *bytes, size_t length, const CpsfLimits *limits, const char *code)
{
    g_auto(Result) r = read_bytes(bytes, length, limits);
    const char *found = r.is_read ? "none" : cpsf_finding_code_get_name(r.fault.code);

    cr_expect_str_eq(found, code, "%s, not %s: %s in %.60s", found, code,
                     r.error != NULL ? r.error->message : "-", bytes);
}

static void
expect_code(const char *text, const char *code)
{
    expect_code_of(text, strlen(text), NULL, code);
}

#define LIST(body) "<list xmlns='urn:t'>" body "</list>"

/* --- events ----------------------------------------------------------------------------------- */

Test(xml_events, rules_text_and_places)
{
    g_auto(Result) r = read_text("<list xmlns='urn:t'>\n  <item key='a'><name>x<item/>&amp;"
                                 "<![CDATA[<y>]]>&#65;</name></item>\n</list>");

    cr_assert(r.is_read);
    cr_assert_str_eq(r.log->str, "<1@1:1^0<2@2:3^1=a<3@2:17^2<2@2:24^3>2@2:24>3@2:17'x&<y>A'"
                                 ">2@2:3>1@1:1");
}

Test(xml_events, unknown_foreign_and_skipped_are_not_entered)
{
    g_auto(Result) r = read_text("<list xmlns='urn:t' xmlns:o='urn:o'><what><item/></what>"
                                 "<o:item><item/></o:item><item key='skip'><item/></item>"
                                 "<item xmlns='urn:o'/><item key='b'/></list>");

    cr_assert(r.is_read);
    cr_assert_str_eq(r.log->str, "<1@1:1^0?1:what@1:37<2@1:81^1=skip<2@1:133^1=b>2@1:133>1@1:1");
}

Test(xml_events, prefixed_root_is_the_same_namespace)
{
    g_auto(Result) r = read_text("<q:list xmlns:q='urn:t'><q:item q:key='no' key='a'/><item/>"
                                 "</q:list>");

    cr_assert(r.is_read);
    cr_assert_str_eq(r.log->str, "<1@1:1^0<2@1:25^1=a>2@1:25>1@1:1");
}

Test(xml_events, a_dialect_can_reject_the_document)
{
    g_auto(Result) r = read_text(LIST("\n<item key='fail'/>"));

    cr_assert_not(r.is_read);
    cr_assert_str_eq(r.error->message, "asked to");
    cr_assert_eq(r.fault.code, CPSF_FINDING_MALFORMED);
    cr_assert_eq(r.fault.line, 2);
    cr_assert_eq(r.fault.column, 1);
}

Test(xml_events, digest_is_of_all_bytes)
{
    const char *text = LIST("<item/>") "\n<!-- after -->\n";
    g_auto(Result) r = read_text(text);
    g_autofree char *sum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, text, -1);

    cr_assert_str_eq(r.digest, sum);
}

/* Places against a count by hand, on one long line and on many, with characters of several bytes,
 * CDATA, comments and instructions between. */
Test(xml_places, random_documents)
{
    static const char *const parts[] = {"x",
                                        "日本",
                                        "é",
                                        "&amp;",
                                        "<![CDATA[日<b]]>",
                                        "<!--日 c-->",
                                        "<?p 日?>",
                                        "\n",
                                        "<item key='日'/>",
                                        "<item\n key='k'/>",
                                        "<![CDATA[日\n日]]>"};
    g_autoptr(GRand) random = g_rand_new_with_seed(11);

    for (int round = 0; round < 60; round++) {
        g_autoptr(GString) text = g_string_new("<list xmlns='urn:t'>");
        g_autoptr(GString) wanted = g_string_new(NULL);
        g_autoptr(GString) found = g_string_new(NULL);
        const int n_parts = round % 3 == 0 ? 7 : 11;

        for (int i = 0; i < 400; i++)
            g_string_append(text, parts[g_rand_int_range(random, 0, n_parts)]);
        g_string_append(text, "<item/></list>");
        for (const char *at = text->str; (at = strstr(at, "<item")) != NULL; at++) {
            int line = 1;
            const char *begin = text->str;

            for (const char *c = text->str; c < at; c++)
                if (*c == '\n') {
                    line++;
                    begin = c + 1;
                }
            g_string_append_printf(wanted, "%d:%ld ", line, g_utf8_strlen(begin, at - begin) + 1);
        }

        g_auto(Result) r = read_bytes(text->str, text->len, NULL);

        cr_assert(r.is_read, "%s", r.error != NULL ? r.error->message : "");
        for (const char *at = r.log->str; (at = strstr(at, "<2@")) != NULL; at++)
            g_string_append_printf(found, "%.*s ", (int) strcspn(at + 3, "^"), at + 3);
        cr_assert_str_eq(found->str, wanted->str);
    }
}

/* --- refusals --------------------------------------------------------------------------------- */

Test(xml_refuses, what_is_malformed)
{
    expect_code("", "truncated");
    expect_code(" \n", "truncated");
    expect_code("x\n", "malformed");
    expect_code("not XML at all", "malformed");
    expect_code(LIST("<item></name>"), "malformed");
    expect_code(LIST("<item a='1' a='2'/>"), "malformed");
    expect_code(LIST("<p:item/>"), "malformed");
    expect_code(LIST("<item p:a='1'/>"), "malformed");
    expect_code(LIST("&undeclared;"), "malformed");
    expect_code(LIST("&#1;"), "malformed");
    expect_code(LIST("\xC0\xAF"), "malformed");
    expect_code(LIST("\xED\xA0\x80"), "malformed");
    expect_code(LIST("") "<list/>", "malformed");
    expect_code(LIST("") "x", "malformed");
    expect_code(LIST("<item a='<'/>"), "malformed");
    expect_code_of(LIST("a\0b"), sizeof LIST("a\0b") - 1, NULL, "malformed");
    expect_code_of(LIST("") "\0", sizeof LIST(""), NULL, "malformed");
    expect_code_of(LIST("") "\0\0", sizeof LIST("") + 1, NULL, "malformed");
    expect_code_of("\x1F\x8B\x08\0\0\0\0\0", 8, NULL, "malformed");
}

/* Cut anywhere, a document is truncated; where the cut leaves no trace of markup, it says so too. */
Test(xml_refuses, every_truncation)
{
    const char *text = "<?xml version='1.0'?>\n<!-- c -->" LIST(
        "\n<item key='a'><name>x</name><![CDATA[y]]></item>\n");

    for (size_t n = 0; n < strlen(text); n++) {
        g_auto(Result) r = read_bytes(text, n, NULL);

        cr_assert_not(r.is_read);
        cr_expect_eq(r.fault.code, CPSF_FINDING_TRUNCATED, "%zu bytes: %s", n, r.error->message);
        cr_expect(g_str_has_prefix(r.error->message, "premature end of file"), "%s",
                  r.error->message);
    }
}

Test(xml_refuses, truncation_names_what_is_open)
{
    g_auto(Result) r = read_text("<list xmlns='urn:t'>\n<item>\n<name>x");

    cr_assert_str_eq(r.error->message, "premature end of file: 3 element(s) still open");
    cr_assert_eq(r.fault.line, 3);
}

Test(xml_refuses, every_doctype)
{
    g_autoptr(GString) big = g_string_new("<!DOCTYPE list [\n");

    expect_code("<!DOCTYPE list>" LIST(""), "doctype");
    expect_code("<?xml version='1.0'?>\n<!DOCTYPE list SYSTEM 'http://x.invalid/a.dtd'>" LIST(""),
                "doctype");
    expect_code("<!DOCTYPE list [<!ENTITY a 'b'>]>" LIST("&a;"), "doctype");
    expect_code("<!DOCTYPE list [<!ATTLIST list trusted CDATA 'yes'>]>" LIST(""), "doctype");
    expect_code("<!DOCTYPE list [<!ENTITY % a '&#37;b;'> %a;", "doctype");
    for (int i = 0; i < 20000; i++)
        g_string_append(big, "<!ENTITY e 'x'>");
    g_string_append(big, "]>" LIST(""));
    expect_code(big->str, "doctype");
}

Test(xml_refuses, what_is_not_read)
{
    expect_code("<other/>", "unsupported");
    expect_code("<list/>", "unsupported");
    expect_code("<list xmlns='urn:t2'/>", "unsupported");
    expect_code("<?xml version='1.1'?>" LIST(""), "unsupported");
    expect_code("<?xml version='2.0'?>" LIST(""), "unsupported");
    expect_code("<other>&nothing;</other>", "malformed"); /* worse than unsupported */
    expect_code("<other><a></other>", "malformed");
    expect_code("<other>", "truncated");
}

Test(xml_refuses, names_that_libxml2_finds_too_long)
{
    const CpsfLimits limits = {.max_names = 1 << 20};
    g_autofree char *name = g_strnfill(60000, 'n');
    g_autofree char *text = g_strdup_printf(LIST("<%s/>"), name);

    expect_code_of(text, strlen(text), &limits, "limit-names");
}

/* --- encodings -------------------------------------------------------------------------------- */

static void
expect_encoding(const char *encoding, gboolean with_name, const char *code)
{
    g_autofree char *text =
        g_strdup_printf("<?xml version='1.0'%s%s%s?>" LIST("<item key='%s'/>"),
                        with_name ? " encoding='" : "", with_name ? encoding : "",
                        with_name ? "'" : "", g_str_has_prefix(encoding, "US") ? "a" : "\u00E9");
    const gboolean is_other = strstr(encoding, "J") != NULL;
    g_autofree char *plain = NULL;
    gsize length = 0;

    if (is_other) { /* Japanese text instead */
        char *at = strstr(text, "\u00E9");
        g_autofree char *head = g_strndup(text, (gsize) (at - text));
        char *japanese = g_strconcat(head, "\u65E5", at + 2, NULL);

        g_free(text);
        text = japanese;
    }
    plain = g_convert(text, -1, encoding, "UTF-8", NULL, &length, NULL);
    cr_assert_not_null(plain, "%s", encoding);
    expect_code_of(plain, length, NULL, code);
}

Test(xml_encodings, accepted_ones_are_read)
{
    expect_encoding("UTF-8", TRUE, "none");
    expect_encoding("UTF-8", FALSE, "none");
    expect_encoding("UTF-16", TRUE, "none");
    expect_encoding("UTF-16", FALSE, "none");
    expect_encoding("UTF-16LE", FALSE, "none");
    expect_encoding("UTF-16BE", FALSE, "none");
    expect_encoding("US-ASCII", TRUE, "none");
    expect_encoding("ISO-8859-1", TRUE, "none");
    expect_encoding("Shift_JIS", TRUE, "none");
    expect_encoding("WINDOWS-31J", TRUE, "none");
    expect_encoding("EUC-JP", TRUE, "none");
    expect_encoding("euc-jp", TRUE, "none");
}

Test(xml_encodings, text_arrives_as_utf8)
{
    static const char shift_jis[] =
        "<?xml version='1.0' encoding='Shift_JIS'?>" LIST("<item key='\x93\xFA\x96\x7B'/>");
    g_auto(Result) r = read_bytes(shift_jis, sizeof shift_jis - 1, NULL);

    cr_assert(r.is_read);
    cr_assert_not_null(strstr(r.log->str, "=\u65E5\u672C"));
}

Test(xml_encodings, others_are_refused)
{
    expect_code("<?xml version='1.0' encoding='UTF-7'?>+ADw-list/+AD4-", "encoding");
    expect_code("<?xml version='1.0' encoding='ISO-2022-JP'?>" LIST(""), "encoding");
    expect_code("<?xml version='1.0' encoding='ISO-8859-5'?>" LIST(""), "encoding");
    expect_code("<?xml version='1.0' encoding='nonsense'?>" LIST(""), "encoding");
    expect_code("<?xml version='1.0' encoding='UTF8'?>" LIST(""), "encoding");
    expect_encoding("UTF-32LE", FALSE, "encoding");
    expect_encoding("UTF-32BE", FALSE, "encoding");
    expect_code("\x4C\x6F\xA7\x94\x93\x40", "encoding");
}

Test(xml_encodings, bytes_outside_the_encoding_are_malformed)
{
    static const char lone[] = "\xFF\xFE<\0l\0i\0s\0t\0>\0\x00\xD8<\0/\0l\0i\0s\0t\0>\0";

    expect_code_of(lone, sizeof lone - 1, NULL, "malformed");
    expect_code("<?xml version='1.0' encoding='EUC-JP'?>" LIST("\xFF\xFF\x80"), "malformed");
    expect_code("<?xml version='1.0' encoding='US-ASCII'?>" LIST("\xE9"), "malformed");
}

/* --- limits: at each, and one past it --------------------------------------------------------- */

typedef char *(*Maker)(size_t n);

static char *
make_bytes(size_t n)
{
    g_autofree char *fill = g_strnfill(n - strlen(LIST("")), ' ');

    return g_strdup_printf(LIST("%s"), fill);
}

static char *
repeat(size_t n, const char *each, const char *after)
{
    GString *text = g_string_new("<list xmlns='urn:t'>");

    for (size_t i = 0; i < n; i++)
        g_string_append(text, each);
    for (size_t i = 0; i < n; i++)
        g_string_append(text, after);
    g_string_append(text, "</list>");
    return g_string_free(text, FALSE);
}

static char *
make_elements(size_t n)
{
    return repeat(n - 1, "<item/>", "");
}

static char *
make_depth(size_t n)
{
    return repeat(n - 1, "<item>", "</item>");
}

static char *
make_skipped_depth(size_t n)
{
    return repeat(n - 1, "<o xmlns=''>", "</o>");
}

static char *
make_attributes(size_t n)
{
    GString *text = g_string_new("<list xmlns='urn:t'><item");

    for (size_t i = 0; i < n; i++)
        g_string_append_printf(text, " a%zu='1'", i);
    g_string_append(text, "/></list>");
    return g_string_free(text, FALSE);
}

static char *
make_namespaces(size_t n)
{
    GString *text = g_string_new("<list xmlns='urn:t'><item");

    for (size_t i = 1; i < n; i++)
        g_string_append_printf(text, " xmlns:a%zu='urn:a'", i);
    g_string_append(text, "/></list>");
    return g_string_free(text, FALSE);
}

static char *
make_scopes(size_t n)
{
    GString *text = g_string_new("<list xmlns='urn:t'>");

    for (size_t i = 1; i < n; i++)
        g_string_append_printf(text, "<item xmlns:a%zu='urn:a'>", i);
    for (size_t i = 1; i < n; i++)
        g_string_append(text, "</item>");
    g_string_append(text, "</list>");
    return g_string_free(text, FALSE);
}

static char *
fill_between(const char *before, size_t n, const char *after)
{
    g_autofree char *fill = g_strnfill(n, 'x');

    return g_strconcat("<list xmlns='urn:t'>", before, fill, after, "</list>", NULL);
}

static char *
make_tag(size_t n)
{
    return fill_between("<item key='", n - strlen("<item key=''/>"), "'/>");
}

static char *
make_end_tag(size_t n)
{
    g_autofree char *fill = g_strnfill(n - strlen("</item>"), ' ');

    return g_strconcat("<list xmlns='urn:t'><item></item", fill, "></list>", NULL);
}

static char *
make_comment(size_t n)
{
    return fill_between("<!--", n - strlen("<!---->"), "-->");
}

static char *
make_instruction(size_t n)
{
    return fill_between("<?p ", n - strlen("<?p ?") - 1, "?>");
}

static char *
make_section(size_t n)
{
    return fill_between("<![CDATA[", n - strlen("<![CDATA[]]>"), "]]>");
}

static char *
make_text(size_t n)
{
    return fill_between("<item><name>", n, "</name></item>");
}

static char *
make_broken_text(size_t n) /* the children of a text do not make it two */
{
    return fill_between("<item><name>x<item/>", n - 1, "</name></item>");
}

static char *
make_skipped_text(size_t n)
{
    return fill_between("<other>", n, "</other>");
}

static char *
make_names(size_t n) /* "list" "urn:t" "item", and what is left in one name, each with 16 */
{
    return fill_between("<item/><", n - strlen("listurn:titem") - (size_t) 4 * 16, "/>");
}

static void
expect_limit(Maker make, size_t limit, const CpsfLimits *limits, const char *code)
{
    g_autofree char *at = make(limit);
    g_autofree char *past = make(limit + 1);

    expect_code_of(at, strlen(at), limits, "none");
    expect_code_of(past, strlen(past), limits, code);
}

Test(xml_limits, bytes)
{
    expect_limit(make_bytes, 1000, &(CpsfLimits){.max_bytes = 1000}, "limit-bytes");
    expect_limit(make_bytes, 32768, &(CpsfLimits){.max_bytes = 32768}, "limit-bytes");
    expect_limit(make_bytes, 65536, &(CpsfLimits){.max_bytes = 65536}, "limit-bytes");
}

Test(xml_limits, elements)
{
    expect_limit(make_elements, 5000, &(CpsfLimits){.max_elements = 5000}, "limit-elements");
}

Test(xml_limits, depth)
{
    expect_limit(make_depth, 64, NULL, "limit-depth");
    expect_limit(make_skipped_depth, 64, NULL, "limit-depth");
    expect_limit(make_depth, 3000, &(CpsfLimits){.max_depth = 3000}, "limit-depth");
}

Test(xml_limits, attributes)
{
    expect_limit(make_attributes, 64, NULL, "limit-attributes");
}

Test(xml_limits, namespaces)
{
    expect_limit(make_namespaces, 64, NULL, "limit-namespaces");
    expect_limit(make_scopes, 20, &(CpsfLimits){.max_namespaces = 20}, "limit-namespaces");
}

Test(xml_limits, namespaces_leave_scope_with_their_element)
{
    g_autofree char *text = repeat(1000, "<item xmlns:b='urn:b' xmlns:c='urn:c'/>", "");

    expect_code_of(text, strlen(text), &(CpsfLimits){.max_namespaces = 3}, "none");
}

Test(xml_limits, lookahead)
{
    static const size_t sizes[] = {100, 4096, 65536, 100000};

    for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
        const CpsfLimits limits = {.max_lookahead = (uint32_t) sizes[i]};

        expect_limit(make_tag, sizes[i], &limits, "limit-lookahead");
        expect_limit(make_end_tag, sizes[i], &limits, "limit-lookahead");
        expect_limit(make_comment, sizes[i], &limits, "limit-lookahead");
        expect_limit(make_instruction, sizes[i], &limits, "limit-lookahead");
        expect_limit(make_section, sizes[i], &limits, "limit-lookahead");
    }
}

Test(xml_limits, sections_side_by_side_count_apart)
{
    g_autofree char *text = repeat(100, "<![CDATA[0123456789]]>", "");

    expect_code_of(text, strlen(text), &(CpsfLimits){.max_lookahead = 40}, "none");
}

Test(xml_limits, names)
{
    expect_limit(make_names, 5000, &(CpsfLimits){.max_names = 5000}, "limit-names");
}

Test(xml_limits, many_names)
{
    g_autoptr(GString) text = g_string_new("<list xmlns='urn:t'>");

    for (int i = 0; i < 300000; i++)
        g_string_append_printf(text, "<n%d/>", i);
    g_string_append(text, "</list>");
    expect_code_of(text->str, text->len, NULL, "limit-names");
}

Test(xml_limits, text)
{
    static const size_t sizes[] = {1000, 299, 300, 301, 40000};

    for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
        const CpsfLimits limits = {.max_text = (uint32_t) sizes[i]};

        expect_limit(make_text, sizes[i], &limits, "limit-text");
        expect_limit(make_broken_text, sizes[i], &limits, "limit-text");
        expect_limit(make_skipped_text, sizes[i], &limits, "limit-text");
    }
}

Test(xml_limits, blanks_between_elements_are_no_long_text)
{
    g_autofree char *text = repeat(5000, "<item/>\n    ", "");

    expect_code_of(text, strlen(text), &(CpsfLimits){.max_text = 1000}, "none");
}

/* --- besides the document --------------------------------------------------------------------- */

Test(xml_quiet, nothing_reaches_standard_error)
{
    g_autofree char *path = g_build_filename(g_get_tmp_dir(), "cpsf-test-xml-XXXXXX", NULL);
    const int fd = g_mkstemp(path);
    const int saved = dup(STDERR_FILENO);
    static const char lone[] = "\xFF\xFE<\0l\0>\0\x00\xD8<\0/\0l\0>\0";

    cr_assert_geq(fd, 0);
    dup2(fd, STDERR_FILENO);
    expect_code("<list", "truncated");
    expect_code("<?xml version='1.0' encoding='EUC-JP'?>" LIST("\xFF\xFF\x80"), "malformed");
    expect_code_of(lone, sizeof lone - 1, NULL, "malformed");
    dup2(saved, STDERR_FILENO);
    cr_expect_eq(lseek(fd, 0, SEEK_END), 0);
    close(fd);
    close(saved);
    unlink(path);
}

static void *
read_often(void *data)
{
    const char *text = data;
    int n = 0;

    for (int i = 0; i < 300; i++) {
        g_auto(Result) good = read_text(text);
        g_auto(Result) bad = read_text("<?xml version='1.0' encoding='EUC-JP'?><list>\xFF\xFF");

        n += good.is_read && strlen(good.log->str) > 100 && !bad.is_read;
    }
    return GINT_TO_POINTER(n);
}

Test(xml_threads, two_parse_at_once)
{
    g_autofree char *text = repeat(50, "<item key='k'><name>\u65E5</name></item>", "");
    GThread *a = g_thread_new("a", read_often, text);
    GThread *b = g_thread_new("b", read_often, text);

    cr_assert_eq(GPOINTER_TO_INT(g_thread_join(a)), 300);
    cr_assert_eq(GPOINTER_TO_INT(g_thread_join(b)), 300);
}

Test(xml_failures, cancelled_is_not_the_documents_fault)
{
    g_autoptr(GCancellable) cancellable = g_cancellable_new();
    g_autoptr(GInputStream) stream = g_memory_input_stream_new_from_data(LIST(""), -1, NULL);
    g_autoptr(GString) log = g_string_new(NULL);
    const CpsfXmlOptions options = {.sniff = sniff, .data = log, .cancellable = cancellable};
    g_autoptr(GError) error = NULL;
    CpsfXmlFault fault;

    g_cancellable_cancel(cancellable);
    cr_assert_not(cpsf_xml_read(stream, &options, NULL, &fault, &error));
    cr_assert(g_error_matches(error, CPSF_ERROR, CPSF_ERROR_CANCELLED));
}

Test(xml_failures, every_allocation)
{
    g_autofree char *text = repeat(100,
                                   "<item xmlns:q='urn:q'><name>text of some length</name>"
                                   "</item>",
                                   "");
    int n = 0;

    for (gboolean is_read = FALSE; !is_read && n < 1000; n++) {
        cpsf_mem_fail_after(n);

        g_auto(Result) r = read_text(text);

        cpsf_mem_fail_after(-1);
        is_read = r.is_read;
        if (!is_read)
            cr_assert(g_error_matches(r.error, CPSF_ERROR, CPSF_ERROR_NO_MEMORY));
    }
    cr_assert_gt(n, 4);
    cr_assert_lt(n, 1000);
}

/* --- schemas ---------------------------------------------------------------------------------- */

static const char inner_xsd[] =
    "<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema' targetNamespace='urn:inner'>"
    "<xs:simpleType name='digit'><xs:restriction base='xs:string'><xs:pattern value='[0-9]'/>"
    "</xs:restriction></xs:simpleType></xs:schema>";
static const char outer_xsd[] =
    "<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema' xmlns:i='urn:inner'"
    " targetNamespace='urn:t' elementFormDefault='qualified'>"
    "<xs:import namespace='urn:inner' schemaLocation='http://schemas.invalid/inner'/>"
    "<xs:element name='list'><xs:complexType><xs:sequence>"
    "<xs:element name='item' maxOccurs='unbounded'><xs:complexType>"
    "<xs:attribute name='key' type='i:digit'/></xs:complexType></xs:element>"
    "</xs:sequence></xs:complexType></xs:element></xs:schema>";

static char *
make_schemas(const char *inner)
{
    char *folder = g_dir_make_tmp("cpsf-test-xsd-XXXXXX", NULL);
    g_autofree char *below = g_build_filename(folder, "below", NULL);
    g_autofree char *a = g_build_filename(folder, "outer.xsd", NULL);
    g_autofree char *b = g_build_filename(below, "inner.xsd", NULL);

    cr_assert_eq(g_mkdir_with_parents(below, 0700), 0);
    cr_assert(g_file_set_contents(a, outer_xsd, -1, NULL));
    if (inner != NULL)
        cr_assert(g_file_set_contents(b, inner, -1, NULL));
    return folder;
}

static void
remove_schemas(const char *folder)
{
    g_autofree char *below = g_build_filename(folder, "below", NULL);
    g_autofree char *a = g_build_filename(folder, "outer.xsd", NULL);
    g_autofree char *b = g_build_filename(below, "inner.xsd", NULL);

    unlink(a);
    unlink(b);
    rmdir(below);
    rmdir(folder);
}

static gboolean
validate(const char *folder, const char *text, CpsfFindings *findings, GError **error)
{
    g_autoptr(GInputStream) stream = g_memory_input_stream_new_from_data(text, -1, NULL);
    g_autoptr(GString) log = g_string_new(NULL);
    const CpsfXmlOptions options = {
        .sniff = sniff, .data = log, .schemas = folder, .findings = findings, .file = "t.xml"};
    CpsfXmlFault fault;

    return cpsf_xml_read(stream, &options, NULL, &fault, error);
}

Test(xml_schemas, violations_are_findings_with_their_line)
{
    g_autofree char *folder = make_schemas(inner_xsd);
    g_autoptr(CpsfFindings) findings = cpsf_findings_new();
    g_autoptr(GError) error = NULL;

    cr_expect(validate(folder, LIST("<item key='1'/>"), findings, &error), "%s",
              error != NULL ? error->message : "");
    cr_expect_eq(cpsf_findings_get_n(findings), 0);
    cr_expect(
        validate(folder, LIST("\n<item key='1'/>\n  <item key='ab'/>\n<name/>"), findings, &error));
    cr_assert_geq(cpsf_findings_get_n(findings), 2);
    cr_expect_eq(cpsf_findings_get(findings, 0)->code, CPSF_FINDING_SCHEMA);
    cr_expect_eq(cpsf_findings_get(findings, 0)->line, 3);
    cr_expect_eq(cpsf_findings_get(findings, 0)->column, 3);
    remove_schemas(folder);
}

Test(xml_schemas, what_is_missing_or_wrong_is_said)
{
    g_autofree char *folder = make_schemas(NULL);
    g_autofree char *wrong = make_schemas("<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema' "
                                          "targetNamespace='urn:inner'><xs:what/></xs:schema>");
    g_autoptr(CpsfFindings) findings = cpsf_findings_new();
    g_autoptr(GError) missing = NULL;
    g_autoptr(GError) invalid = NULL;
    g_autoptr(GError) absent = NULL;

    cr_expect_not(validate(folder, LIST("<item key='1'/>"), findings, &missing));
    cr_expect_not_null(strstr(missing->message, "http://schemas.invalid/inner"));
    cr_expect_not(validate(wrong, LIST("<item key='1'/>"), findings, &invalid));
    cr_expect(g_error_matches(invalid, CPSF_ERROR, CPSF_ERROR_INVALID_DATA));
    cr_expect_not(validate("/nonexistent/schemas", LIST(""), findings, &absent));
    cr_expect(g_error_matches(absent, CPSF_ERROR, CPSF_ERROR_IO));
    remove_schemas(folder);
    remove_schemas(wrong);
}

Test(xml_schemas, a_format_without_one_is_not_held_against_any)
{
    g_autofree char *folder = g_dir_make_tmp("cpsf-test-xsd-XXXXXX", NULL);
    g_autoptr(CpsfFindings) findings = cpsf_findings_new();

    cr_expect(validate(folder, LIST("<name/>"), findings, NULL));
    cr_expect_eq(cpsf_findings_get_n(findings), 0);
    rmdir(folder);
}
