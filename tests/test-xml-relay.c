/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Long documents: read ahead by one thread, understood by another.  A dialect that writes down all
 * that it is told must write the same as without, whatever the document, good or bad. */

#include "config.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "cpsf-mem-private.h"
#include "xml-test.h"

/* All that a reading gives, in one text. */
static char *
read_all(const GString *document, uint64_t relay_after)
{
    const CpsfXmlOptions options = {
        .limits = {.max_elements = 100000},
        .relay_after = relay_after,
    };
    g_auto(XmlTest) r = xml_test_read(document->str, document->len, &options);

    return g_strdup_printf("%s\n%d %s %s %u:%u %s", r.log->str, r.is_read, r.digest,
                           r.is_read ? "" : cpsf_finding_code_get_name(r.fault.code), r.fault.line,
                           r.fault.column, r.error != NULL ? r.error->message : "");
}

static void
add_name(GRand *random, GString *document)
{
    const int n = g_rand_int_range(random, 0, 40);

    g_string_append(document, "<name>");
    for (int i = 0; i < n; i++)
        g_string_append(document, g_rand_boolean(random) ? "信" : "a &amp; b");
    g_string_append(document, g_rand_int_range(random, 0, 3000) == 0 ? "</name>\n<name>WRONG</name>"
                                                                     : "</name>\n");
}

static void
add_item(GRand *random, GString *document, int depth)
{
    static const char *const keys[] = {"a", "b&amp;c", "名", "skip", "", "x y"};

    g_string_append_printf(document, "<item\n  key='%s' other='%d'>",
                           keys[g_rand_int_range(random, 0, G_N_ELEMENTS(keys))],
                           g_rand_int_range(random, 0, 1000));
    if (g_rand_boolean(random))
        add_name(random, document);
    if (g_rand_int_range(random, 0, 10) == 0)
        g_string_append(document, "<leaf>a<item key='z'/>b</leaf><passed><item/>c</passed>");
    if (g_rand_int_range(random, 0, 10) == 0)
        g_string_append(document, "<strange key='q'><item/></strange><o:item xmlns:o='urn:o'/>");
    for (int i = g_rand_int_range(random, 0, 3); depth < 5 && i > 0; i--)
        add_item(random, document, depth + 1);
    g_string_append(document, "</item>\n");
}

/* Some 300 kB, with at most one thing in it that ends the reading. */
static GString *
random_document(uint32_t seed)
{
    static const char *const ends[] = {
        "",
        "",
        "",
        "<item key='fail'/>",
        "<fatal/>",
        "<item><name>WRONG</name></item>",
        "<a></wrong>",
        "\x01",
    };
    g_autoptr(GRand) random = g_rand_new_with_seed(seed);
    GString *document = g_string_new("<list xmlns='urn:t'>\n");
    const gsize middle = (gsize) g_rand_int_range(random, 0, 300000);
    gboolean is_ended = FALSE;

    while (document->len < 300000) {
        add_item(random, document, 0);
        if (!is_ended && document->len > middle) {
            g_string_append(document, ends[g_rand_int_range(random, 0, G_N_ELEMENTS(ends))]);
            is_ended = TRUE;
        }
    }
    if (g_rand_int_range(random, 0, 5) > 0)
        g_string_append(document, "</list>");
    return document;
}

Test(xml_relay, a_hundred_random_documents_read_alike)
{
    for (uint32_t seed = 0; seed < 100; seed++) {
        GString *document = random_document(seed);
        g_autofree char *without = read_all(document, UINT64_MAX);
        g_autofree char *with = read_all(document, 1);

        cr_assert_str_eq(with, without, "seed %u", seed);
        g_string_free(document, TRUE);
    }
}

/* One tag and one text larger than a block. */
Test(xml_relay, large_events)
{
    GString *document = g_string_new("<list xmlns='urn:t'>\n");
    g_autofree char *value = g_strnfill(60000, 'v');
    g_autofree char *text = g_strnfill(900000, 't');

    for (int i = 0; i < 5; i++)
        g_string_append_printf(document, "<item key='%s'><name>%s</name></item>", value, text);
    g_string_append(document, "</list>");

    g_autofree char *without = read_all(document, UINT64_MAX);
    g_autofree char *with = read_all(document, 1);

    cr_assert_str_eq(with, without);
    cr_assert(strstr(without, "\n1 ") != NULL);
    g_string_free(document, TRUE);
}

/* More than is read without a thread of its own: the digest is of all bytes. */
Test(xml_relay, long_documents_are_read_ahead)
{
    GString *document = g_string_new("<list xmlns='urn:t'>\n");

    while (document->len < (gsize) 9 << 20)
        g_string_append(document,
                        "<item key='a'><name>some text that is not short</name></item>\n");
    g_string_append(document, "</list>");
    while (document->len % 131072 != 0) /* ends with a piece */
        g_string_append_c(document, ' ');

    g_autofree char *sum =
        g_compute_checksum_for_string(G_CHECKSUM_SHA256, document->str, (gssize) document->len);
    g_auto(XmlTest) r = xml_test_read(document->str, document->len, NULL);

    cr_assert(r.is_read);
    cr_assert_str_eq(r.digest, sum);
    g_string_free(document, TRUE);
}

Test(xml_relay, survives_every_allocation_failure)
{
    GString *document = random_document(2);

    for (int64_t budget = 0;; budget++) {
        cr_assert(budget < 1000, "never succeeded");
        cpsf_mem_fail_after(budget);
        g_autofree char *with = read_all(document, 1);

        cpsf_mem_fail_after(-1);
        if (strstr(with, "no memory") == NULL)
            break;
    }
    g_string_free(document, TRUE);
}

/* Of a leaf only the end is told, with its place; of what is passed over, nothing. */
Test(xml_relay, leaves_and_what_is_passed_over)
{
    GString *document = g_string_new(LIST("<item><leaf>t</leaf><passed><item/></passed></item>"));
    g_autofree char *log = read_all(document, UINT64_MAX);

    cr_assert(strstr(log, "<1@1:1^0<2@1:21^1>4@1:27^2't'>2@1:21^1>1@1:1^0\n1 ") == log, "%s", log);
    g_string_free(document, TRUE);
}
