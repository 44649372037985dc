/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What the tests of the door to libxml2 share: a dialect that writes down all that it is told, and
 * what came of one document. */

#include "cpsf-xml-private.h"

/*
 * The dialect reads `list` in urn:t.  Its states: 1 list, 2 item, 3 name (text), 4 leaf (text, told
 * of at its end only), 5 passed (passed over).  It writes, without blanks between:
 *   <STATE@LINE:COLUMN^PARENT       a start; then "=" and the value of the attribute `key`, asked
 *                                   for by name, and " NAME=VALUE" for each attribute in order
 *   >STATE@LINE:COLUMN^PARENT       an end; then the text in quotes, if the state has one
 *   ?PARENT:NAME@LINE:COLUMN        an element that no rule names
 * It skips an item whose key is `skip`, and rejects the document at the key `fail`, the text
 * `WRONG` and the unknown element `fatal`.
 */

/* What came of one document. */
typedef struct {
    gboolean is_read;
    GString *log; /* what the dialect wrote */
    CpsfXmlFault fault;
    GError *error;
    char digest[65];
} XmlTest;

void xml_test_clear(XmlTest *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(XmlTest, xml_test_clear)

/* Gives that dialect; @data is the GString to write to. */
const CpsfXmlDialect *xml_test_sniff(void *data,
                                     const char *namespace_uri,
                                     const char *root,
                                     CpsfXmlReader *reader,
                                     void **user,
                                     GError **error);

/* @options (nullable): sniff, data and file are filled in. */
XmlTest xml_test_read(const char *bytes, size_t length, const CpsfXmlOptions *options);
XmlTest xml_test_text(const char *text);

/* Expects that the document is refused with this code; "none" if it is to be read.  @limits
 * (nullable). */
void
xml_test_expect_of(const char *bytes, size_t length, const CpsfLimits *limits, const char *code);
void xml_test_expect(const char *text, const char *code);

#define LIST(body) "<list xmlns='urn:t'>" body "</list>"

/* A list of @n times @each, then @n times @after. */
char *xml_test_repeat(size_t n, const char *each, const char *after);
