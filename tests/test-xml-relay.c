/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Long documents: read ahead by one thread, understood by another.  A dialect that writes down all
 * that it is told must write the same as without, whatever the document, good or bad. */

#include "config.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "cpsf-mem-private.h"
#include "cpsf-xml-private.h"

enum { ROOT = 1, ITEM, NAME };

static const CpsfXmlRule rules[] = {
    {CPSF_XML_START, "list", ROOT},
    {ROOT, "item", ITEM},
    {ITEM, "item", ITEM},
    {ITEM, "name", NAME},
};

static void
log_place(GString *log, const CpsfXmlReader *reader)
{
    uint32_t line;
    uint32_t column;

    cpsf_xml_place(reader, &line, &column);
    g_string_append_printf(log, "@%u:%u^%d", line, column, cpsf_xml_parent(reader));
}

static gboolean
log_start(void *user, uint8_t state, CpsfXmlReader *reader, GError **error)
{
    const CpsfXmlText key = cpsf_xml_attribute(reader, "key");
    const char *name;
    CpsfXmlText value;

    g_string_append_printf(user, "<%d", state);
    log_place(user, reader);
    for (int i = 0; cpsf_xml_attribute_at(reader, i, &name, &value); i++)
        g_string_append_printf(user, " %s=%.*s", name, (int) value.length, value.value);
    if (key.length == 4 && memcmp(key.value, "skip", 4) == 0)
        cpsf_xml_skip(reader);
    if (key.length == 4 && memcmp(key.value, "fail", 4) == 0)
        return cpsf_fail(error, CPSF_ERROR_INVALID_DATA, "asked to fail");
    return TRUE;
}

static gboolean
log_end(void *user, uint8_t state, CpsfXmlText text, CpsfXmlReader *reader, GError **error)
{
    g_string_append_printf(user, ">%d", state);
    log_place(user, reader);
    if (text.value != NULL)
        g_string_append_printf(user, "'%.*s'", (int) text.length, text.value);
    if (text.length == 5 && memcmp(text.value, "WRONG", 5) == 0)
        return cpsf_fail(error, CPSF_ERROR_INVALID_DATA, "wrong at the end");
    return TRUE;
}

static gboolean
log_unknown(void *user, uint8_t parent, const char *name, CpsfXmlReader *reader, GError **error)
{
    g_string_append_printf(user, "?%d:%s", parent, name);
    log_place(user, reader);
    return strcmp(name, "fatal") != 0 ||
           cpsf_fail(error, CPSF_ERROR_INVALID_DATA, "that is too much");
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
    (void) namespace_uri, (void) root, (void) reader, (void) error;
    *user = data;
    return &dialect;
}

/* All that a reading gives, in one text. */
static char *
read_all(const GString *document, uint64_t relay_after)
{
    GString *log = g_string_new(NULL);
    const CpsfXmlOptions options = {
        .sniff = sniff,
        .data = log,
        .file = "t.xml",
        .limits = {.max_elements = 100000},
        .relay_after = relay_after,
    };
    g_autoptr(GInputStream) stream =
        g_memory_input_stream_new_from_data(document->str, (gssize) document->len, NULL);
    g_autoptr(GError) error = NULL;
    CpsfXmlFault fault = {0};
    char digest[65] = "";
    const gboolean is_read = cpsf_xml_read(stream, &options, digest, &fault, &error);

    g_string_append_printf(log, "\n%d %s %s %u:%u %s", is_read, digest,
                           is_read ? "" : cpsf_finding_code_get_name(fault.code), fault.line,
                           fault.column, error != NULL ? error->message : "");
    return g_string_free(log, FALSE);
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
    GString *document = g_string_new("<list>\n");
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
    GString *document = g_string_new("<list>\n");
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
    GString *document = g_string_new("<list>\n");

    while (document->len < (gsize) 9 << 20)
        g_string_append(document,
                        "<item key='a'><name>some text that is not short</name></item>\n");
    g_string_append(document, "</list>");
    while (document->len % 131072 != 0) /* ends with a piece */
        g_string_append_c(document, ' ');

    g_autofree char *sum =
        g_compute_checksum_for_string(G_CHECKSUM_SHA256, document->str, (gssize) document->len);
    CpsfXmlFault fault;
    char digest[65];
    GString *log = g_string_new(NULL);
    const CpsfXmlOptions options = {.sniff = sniff, .data = log, .file = "t.xml"};
    g_autoptr(GInputStream) stream =
        g_memory_input_stream_new_from_data(document->str, (gssize) document->len, NULL);

    cr_assert(cpsf_xml_read(stream, &options, digest, &fault, NULL));
    cr_assert_str_eq(digest, sum);
    g_string_free(log, TRUE);
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
