/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The limits of the door to libxml2: documents at each of them are read, one past it are not. */

#include "config.h"

#include "xml-test.h"

#include <criterion/criterion.h>
#include <string.h>

typedef char *(*Maker)(size_t n);

static char *
make_bytes(size_t n)
{
    g_autofree char *fill = g_strnfill(n - strlen(LIST("")), ' ');

    return g_strdup_printf(LIST("%s"), fill);
}

static char *
make_elements(size_t n)
{
    return xml_test_repeat(n - 1, "<item/>", "");
}

static char *
make_depth(size_t n)
{
    return xml_test_repeat(n - 1, "<item>", "</item>");
}

static char *
make_skipped_depth(size_t n)
{
    return xml_test_repeat(n - 1, "<o xmlns=''>", "</o>");
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

    xml_test_expect_of(at, strlen(at), limits, "none");
    xml_test_expect_of(past, strlen(past), limits, code);
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
    g_autofree char *text = xml_test_repeat(1000, "<item xmlns:b='urn:b' xmlns:c='urn:c'/>", "");

    xml_test_expect_of(text, strlen(text), &(CpsfLimits){.max_namespaces = 3}, "none");
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
    g_autofree char *text = xml_test_repeat(100, "<![CDATA[0123456789]]>", "");

    xml_test_expect_of(text, strlen(text), &(CpsfLimits){.max_lookahead = 40}, "none");
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
    xml_test_expect_of(text->str, text->len, NULL, "limit-names");
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
    g_autofree char *text = xml_test_repeat(5000, "<item/>\n    ", "");

    xml_test_expect_of(text, strlen(text), &(CpsfLimits){.max_text = 1000}, "none");
}
