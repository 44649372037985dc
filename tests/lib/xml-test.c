/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Helpers of the tests of the door to libxml2: see xml-test.h. */

#include "config.h"

#include <criterion/criterion.h>
#include <string.h>

#include "cpsf-error-private.h"
#include "xml-test.h"

enum { ROOT = 1, ITEM, NAME, LEAF, PASSED };

static const CpsfXmlRule rules[] = {
    {CPSF_XML_START, "list", ROOT}, {ROOT, "item", ITEM},   {ITEM, "item", ITEM},
    {ITEM, "name", NAME},           {NAME, "item", ITEM},   {ITEM, "leaf", LEAF},
    {ITEM, "passed", PASSED},       {PASSED, "item", ITEM},
};

static gboolean
is_word(CpsfXmlText text, const char *word)
{
    return text.length == strlen(word) && memcmp(text.value, word, text.length) == 0;
}

static void
log_place(GString *log, const CpsfXmlReader *reader)
{
    uint32_t line;
    uint32_t column;

    cpsf_xml_place(reader, &line, &column);
    g_string_append_printf(log, "@%u:%u", line, column);
}

static gboolean
log_start(void *user, uint8_t state, CpsfXmlReader *reader, GError **error)
{
    const CpsfXmlText key = cpsf_xml_attribute(reader, "key");
    const char *name;
    CpsfXmlText value;

    g_string_append_printf(user, "<%d", state);
    log_place(user, reader);
    g_string_append_printf(user, "^%d", cpsf_xml_parent(reader));
    if (key.value != NULL)
        g_string_append_printf(user, "=%.*s", (int) key.length, key.value);
    for (int i = 0; cpsf_xml_attribute_at(reader, i, &name, &value); i++)
        g_string_append_printf(user, " %s=%.*s", name, (int) value.length, value.value);
    if (is_word(key, "skip"))
        cpsf_xml_skip(reader);
    return !is_word(key, "fail") || cpsf_fail(error, CPSF_ERROR_INVALID_DATA, "asked to fail");
}

static gboolean
log_end(void *user, uint8_t state, CpsfXmlText text, CpsfXmlReader *reader, GError **error)
{
    g_string_append_printf(user, ">%d", state);
    log_place(user, reader);
    g_string_append_printf(user, "^%d", cpsf_xml_parent(reader));
    if (text.value != NULL)
        g_string_append_printf(user, "'%.*s'", (int) text.length, text.value);
    return !is_word(text, "WRONG") || cpsf_fail(error, CPSF_ERROR_INVALID_DATA, "wrong at the end");
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
    .text_states = {1 << NAME | 1 << LEAF},
    .skip_states = {CPSF_XML_TEXT(PASSED)},
    .leaf_states = {CPSF_XML_TEXT(LEAF)},
    .start = log_start,
    .end = log_end,
    .unknown = log_unknown,
};

const CpsfXmlDialect *
xml_test_sniff(void *data,
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

void
xml_test_clear(XmlTest *self)
{
    g_string_free(self->log, TRUE);
    g_clear_error(&self->error);
}

XmlTest
xml_test_read(const char *bytes, size_t length, const CpsfXmlOptions *options)
{
    XmlTest self = {.log = g_string_new(NULL)};
    CpsfXmlOptions filled = options != NULL ? *options : (CpsfXmlOptions){0};
    g_autoptr(GInputStream) stream =
        g_memory_input_stream_new_from_data(bytes, (gssize) length, NULL);

    filled.sniff = xml_test_sniff;
    filled.data = self.log;
    filled.file = "t.xml";
    self.is_read = cpsf_xml_read(stream, &filled, self.digest, &self.fault, &self.error);
    cr_assert_eq(self.is_read, self.error == NULL);
    return self;
}

XmlTest
xml_test_text(const char *text)
{
    return xml_test_read(text, strlen(text), NULL);
}

void
xml_test_expect_of(const char *bytes, size_t length, const CpsfLimits *limits, const char *code)
{
    const CpsfXmlOptions options = {.limits = limits != NULL ? *limits : (CpsfLimits){0}};
    g_auto(XmlTest) r = xml_test_read(bytes, length, &options);
    const char *found = r.is_read ? "none" : cpsf_finding_code_get_name(r.fault.code);

    cr_expect_str_eq(found, code, "%s, not %s: %s in %.60s", found, code,
                     r.error != NULL ? r.error->message : "-", bytes);
}

void
xml_test_expect(const char *text, const char *code)
{
    xml_test_expect_of(text, strlen(text), NULL, code);
}

char *
xml_test_repeat(size_t n, const char *each, const char *after)
{
    GString *text = g_string_new("<list xmlns='urn:t'>");

    for (size_t i = 0; i < n; i++)
        g_string_append(text, each);
    for (size_t i = 0; i < n; i++)
        g_string_append(text, after);
    g_string_append(text, "</list>");
    return g_string_free(text, FALSE);
}
