/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The door to libxml2: events, places, every refusal but limits with its code, encodings, and what
 * does not lie with the document. */

#include "config.h"

#include "cpsf-mem-private.h"
#include "xml-test.h"

#include <criterion/criterion.h>
#include <string.h>
#include <unistd.h>

/* --- events ----------------------------------------------------------------------------------- */

Test(xml_events, rules_text_and_places)
{
    g_auto(XmlTest) r = xml_test_text("<list xmlns='urn:t'>\n  <item key='a'><name>x<item/>&amp;"
                                      "<![CDATA[<y>]]>&#65;</name></item>\n</list>");

    cr_assert(r.is_read);
    cr_assert_str_eq(r.log->str, "<1@1:1^0<2@2:3^1=a key=a<3@2:17^2<2@2:24^3>2@2:24^3"
                                 ">3@2:17^2'x&<y>A'>2@2:3^1>1@1:1^0");
}

Test(xml_events, unknown_foreign_and_skipped_are_not_entered)
{
    g_auto(XmlTest) r = xml_test_text("<list xmlns='urn:t' xmlns:o='urn:o'><what><item/></what>"
                                      "<o:item><item/></o:item><item key='skip'><item/></item>"
                                      "<item xmlns='urn:o'/><item key='b'/></list>");

    cr_assert(r.is_read);
    cr_assert_str_eq(r.log->str, "<1@1:1^0?1:what@1:37<2@1:81^1=skip key=skip"
                                 "<2@1:133^1=b key=b>2@1:133^1>1@1:1^0");
}

Test(xml_events, prefixed_root_is_the_same_namespace)
{
    g_auto(XmlTest) r = xml_test_text("<q:list xmlns:q='urn:t'><q:item q:key='no' key='a'/><item/>"
                                      "</q:list>");

    cr_assert(r.is_read);
    cr_assert_str_eq(r.log->str, "<1@1:1^0<2@1:25^1=a key=a>2@1:25^1>1@1:1^0");
}

Test(xml_events, a_dialect_can_reject_the_document)
{
    g_auto(XmlTest) r = xml_test_text(LIST("\n<item key='fail'/>"));

    cr_assert_not(r.is_read);
    cr_assert_str_eq(r.error->message, "asked to fail");
    cr_assert_eq(r.fault.code, CPSF_FINDING_MALFORMED);
    cr_assert_eq(r.fault.line, 2);
    cr_assert_eq(r.fault.column, 1);
}

Test(xml_events, digest_is_of_all_bytes)
{
    const char *text = LIST("<item/>") "\n<!-- after -->\n";
    g_auto(XmlTest) r = xml_test_text(text);
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

        g_auto(XmlTest) r = xml_test_read(text->str, text->len, NULL);

        cr_assert(r.is_read, "%s", r.error != NULL ? r.error->message : "");
        for (const char *at = r.log->str; (at = strstr(at, "<2@")) != NULL; at++)
            g_string_append_printf(found, "%.*s ", (int) strcspn(at + 3, "^"), at + 3);
        cr_assert_str_eq(found->str, wanted->str);
    }
}

/* --- refusals --------------------------------------------------------------------------------- */

Test(xml_refuses, what_is_malformed)
{
    xml_test_expect("", "truncated");
    xml_test_expect(" \n", "truncated");
    xml_test_expect("x\n", "malformed");
    xml_test_expect("not XML at all", "malformed");
    xml_test_expect(LIST("<item></name>"), "malformed");
    xml_test_expect(LIST("<item a='1' a='2'/>"), "malformed");
    xml_test_expect(LIST("<p:item/>"), "malformed");
    xml_test_expect(LIST("<item p:a='1'/>"), "malformed");
    xml_test_expect(LIST("&undeclared;"), "malformed");
    xml_test_expect(LIST("&#1;"), "malformed");
    xml_test_expect(LIST("\xC0\xAF"), "malformed");
    xml_test_expect(LIST("\xED\xA0\x80"), "malformed");
    xml_test_expect(LIST("") "<list/>", "malformed");
    xml_test_expect(LIST("") "x", "malformed");
    xml_test_expect(LIST("<item a='<'/>"), "malformed");
    xml_test_expect_of(LIST("a\0b"), sizeof LIST("a\0b") - 1, NULL, "malformed");
    xml_test_expect_of(LIST("") "\0", sizeof LIST(""), NULL, "malformed");
    xml_test_expect_of(LIST("") "\0\0", sizeof LIST("") + 1, NULL, "malformed");
    xml_test_expect_of("\x1F\x8B\x08\0\0\0\0\0", 8, NULL, "malformed");
}

/* Cut anywhere, a document is truncated; where the cut leaves no trace of markup, it says so too. */
Test(xml_refuses, every_truncation)
{
    const char *text = "<?xml version='1.0'?>\n<!-- c -->" LIST(
        "\n<item key='a'><name>x</name><![CDATA[y]]></item>\n");

    for (size_t n = 0; n < strlen(text); n++) {
        g_auto(XmlTest) r = xml_test_read(text, n, NULL);

        cr_assert_not(r.is_read);
        cr_expect_eq(r.fault.code, CPSF_FINDING_TRUNCATED, "%zu bytes: %s", n, r.error->message);
        cr_expect(g_str_has_prefix(r.error->message, "premature end of file"), "%s",
                  r.error->message);
    }
}

Test(xml_refuses, truncation_names_what_is_open)
{
    g_auto(XmlTest) r = xml_test_text("<list xmlns='urn:t'>\n<item>\n<name>x");

    cr_assert_str_eq(r.error->message, "premature end of file: 3 element(s) still open");
    cr_assert_eq(r.fault.line, 3);
}

Test(xml_refuses, every_doctype)
{
    g_autoptr(GString) big = g_string_new("<!DOCTYPE list [\n");

    xml_test_expect("<!DOCTYPE list>" LIST(""), "doctype");
    xml_test_expect(
        "<?xml version='1.0'?>\n<!DOCTYPE list SYSTEM 'http://x.invalid/a.dtd'>" LIST(""),
        "doctype");
    xml_test_expect("<!DOCTYPE list [<!ENTITY a 'b'>]>" LIST("&a;"), "doctype");
    xml_test_expect("<!DOCTYPE list [<!ATTLIST list trusted CDATA 'yes'>]>" LIST(""), "doctype");
    xml_test_expect("<!DOCTYPE list [<!ENTITY % a '&#37;b;'> %a;", "doctype");
    for (int i = 0; i < 20000; i++)
        g_string_append(big, "<!ENTITY e 'x'>");
    g_string_append(big, "]>" LIST(""));
    xml_test_expect(big->str, "doctype");
}

Test(xml_refuses, what_is_not_read)
{
    xml_test_expect("<other/>", "unsupported");
    xml_test_expect("<list/>", "unsupported");
    xml_test_expect("<list xmlns='urn:t2'/>", "unsupported");
    xml_test_expect("<?xml version='1.1'?>" LIST(""), "unsupported");
    xml_test_expect("<?xml version='2.0'?>" LIST(""), "unsupported");
    xml_test_expect("<other>&nothing;</other>", "malformed"); /* worse than unsupported */
    xml_test_expect("<other><a></other>", "malformed");
    xml_test_expect("<other>", "truncated");
}

Test(xml_refuses, names_that_libxml2_finds_too_long)
{
    const CpsfLimits limits = {.max_names = 1 << 20};
    g_autofree char *name = g_strnfill(60000, 'n');
    g_autofree char *text = g_strdup_printf(LIST("<%s/>"), name);

    xml_test_expect_of(text, strlen(text), &limits, "limit-names");
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
    xml_test_expect_of(plain, length, NULL, code);
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
    g_auto(XmlTest) r = xml_test_read(shift_jis, sizeof shift_jis - 1, NULL);

    cr_assert(r.is_read);
    cr_assert_not_null(strstr(r.log->str, "=\u65E5\u672C"));
}

Test(xml_encodings, others_are_refused)
{
    xml_test_expect("<?xml version='1.0' encoding='UTF-7'?>+ADw-list/+AD4-", "encoding");
    xml_test_expect("<?xml version='1.0' encoding='ISO-2022-JP'?>" LIST(""), "encoding");
    xml_test_expect("<?xml version='1.0' encoding='ISO-8859-5'?>" LIST(""), "encoding");
    xml_test_expect("<?xml version='1.0' encoding='nonsense'?>" LIST(""), "encoding");
    xml_test_expect("<?xml version='1.0' encoding='UTF8'?>" LIST(""), "encoding");
    expect_encoding("UTF-32LE", FALSE, "encoding");
    expect_encoding("UTF-32BE", FALSE, "encoding");
    xml_test_expect("\x4C\x6F\xA7\x94\x93\x40", "encoding");
}

Test(xml_encodings, bytes_outside_the_encoding_are_malformed)
{
    static const char lone[] = "\xFF\xFE<\0l\0i\0s\0t\0>\0\x00\xD8<\0/\0l\0i\0s\0t\0>\0";

    xml_test_expect_of(lone, sizeof lone - 1, NULL, "malformed");
    xml_test_expect("<?xml version='1.0' encoding='EUC-JP'?>" LIST("\xFF\xFF\x80"), "malformed");
    xml_test_expect("<?xml version='1.0' encoding='US-ASCII'?>" LIST("\xE9"), "malformed");
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
    xml_test_expect("<list", "truncated");
    xml_test_expect("<?xml version='1.0' encoding='EUC-JP'?>" LIST("\xFF\xFF\x80"), "malformed");
    xml_test_expect_of(lone, sizeof lone - 1, NULL, "malformed");
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
        g_auto(XmlTest) good = xml_test_text(text);
        g_auto(XmlTest) bad =
            xml_test_text("<?xml version='1.0' encoding='EUC-JP'?><list>\xFF\xFF");

        n += good.is_read && strlen(good.log->str) > 100 && !bad.is_read;
    }
    return GINT_TO_POINTER(n);
}

Test(xml_threads, two_parse_at_once)
{
    g_autofree char *text = xml_test_repeat(50, "<item key='k'><name>\u65E5</name></item>", "");
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
    const CpsfXmlOptions options = {
        .sniff = xml_test_sniff, .data = log, .cancellable = cancellable};
    g_autoptr(GError) error = NULL;
    CpsfXmlFault fault;

    g_cancellable_cancel(cancellable);
    cr_assert_not(cpsf_xml_read(stream, &options, NULL, &fault, &error));
    cr_assert(g_error_matches(error, CPSF_ERROR, CPSF_ERROR_CANCELLED));
}

Test(xml_failures, every_allocation)
{
    const char *item = "<item xmlns:q='urn:q'><name>text of some length</name></item>";
    g_autofree char *text = xml_test_repeat(100, item, "");
    int n = 0;

    for (gboolean is_read = FALSE; !is_read && n < 1000; n++) {
        cpsf_mem_fail_after(n);

        g_auto(XmlTest) r = xml_test_text(text);

        cpsf_mem_fail_after(-1);
        is_read = r.is_read;
        if (!is_read)
            cr_assert(g_error_matches(r.error, CPSF_ERROR, CPSF_ERROR_NO_MEMORY));
    }
    cr_assert_gt(n, 4);
    cr_assert_lt(n, 1000);
}
