/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gio/gio.h>

#include "cpsf-finding-private.h"
#include "cpsf-limits.h"

G_BEGIN_DECLS

/*
 * The only door to libxml2 (SECURITY.md): push SAX, no document tree, no entity, no
 * network, no file; limits on everything a document can grow.
 *
 * A dialect is a table of rules (state, element -> state) and two handlers.  An element without a
 * rule is skipped with all it holds.
 */

#define CPSF_XML_START 0 /* the state above the root element */

typedef struct {
    uint8_t from;
    const char *name; /* local name */
    uint8_t to;
} CpsfXmlRule;

typedef struct _CpsfXmlReader CpsfXmlReader;

typedef struct {
    const char *value; /* not NUL-terminated; NULL = attribute absent */
    size_t length;
} CpsfXmlText;

typedef struct {
    const char *name; /* "cyclonedx" */
    const CpsfXmlRule *rules;
    size_t n_rules;
    uint64_t text_states[4]; /* bit s set: text of elements in state s is collected (up to 255) */
    uint64_t skip_states[4]; /* bit s set: elements in state s are known and passed over */
    uint64_t leaf_states[4]; /* bit s set: only the end of elements in state s is reported;
                                no rule starts from it */
    /* An element that a rule names began.  FALSE with an error stops and rejects the document:
     * only for what makes all of it unusable; a bad item is a finding and TRUE. */
    gboolean (*start)(void *user, uint8_t state, CpsfXmlReader *reader, GError **error);
    /* It ended; @text is what it held, if its state collects text: all character data directly
     * inside, unstripped. */
    gboolean (*end)(
        void *user, uint8_t state, CpsfXmlText text, CpsfXmlReader *reader, GError **error);
    /* (nullable) An element of the dialect's own namespace that no rule names; it will be skipped. */
    gboolean (*unknown)(
        void *user, uint8_t parent, const char *name, CpsfXmlReader *reader, GError **error);
} CpsfXmlDialect;

/* Set a bit of those. */
#define CPSF_XML_TEXT(s) [(s) / 64] = UINT64_C(1) << ((s) % 64)

/*
 * Asked once, at the root element: which dialect reads this document, and with which @user data.
 * NULL with UNSUPPORTED says that none does.
 */
typedef const CpsfXmlDialect *(*CpsfXmlSniff)(void *data,
                                              const char *namespace_uri, /* "" = none */
                                              const char *root,
                                              CpsfXmlReader *reader,
                                              void **user,
                                              GError **error);

typedef struct {
    CpsfFindingCode code;
    uint32_t line;
    uint32_t column;
} CpsfXmlFault;

/*
 * Reads @stream to its end in pieces.  On failure @error says why in one line and @fault holds the
 * code and the place.  @digest (nullable): SHA-256 of all bytes, hex.  @schema (nullable): an XSD
 * to hold the document against while it is read; each violation is a finding `schema`.
 */
typedef struct {
    CpsfLimits limits; /* zero fields mean the defaults */
    CpsfXmlSniff sniff;
    void *data;             /* for sniff */
    const char *schemas;    /* (nullable) folder of XSDs: strict mode */
    CpsfFindings *findings; /* (nullable) where schema violations go */
    const char *file;       /* as findings name it */
    GCancellable *cancellable;
    uint64_t relay_after; /* bytes after which the dialect gets a thread of its own; 0 = a default,
                             UINT64_MAX = never */
    void (*progress)(uint64_t bytes, void *data); /* (nullable) */
    void *progress_data;
} CpsfXmlOptions;

gboolean cpsf_xml_read(GInputStream *stream,
                       const CpsfXmlOptions *options,
                       char digest[65],
                       CpsfXmlFault *fault,
                       GError **error);

/* Inside start: an attribute without namespace, by name; .value NULL if absent. */
CpsfXmlText cpsf_xml_attribute(const CpsfXmlReader *reader, const char *name);
/* Inside start: xml:lang. */
CpsfXmlText cpsf_xml_lang(const CpsfXmlReader *reader);
/* Inside start: the i-th attribute without namespace; FALSE past the last.  @name is
 * NUL-terminated. */
gboolean
cpsf_xml_attribute_at(const CpsfXmlReader *reader, int i, const char **name, CpsfXmlText *value);
/* Inside start: the i-th attribute in the namespace of the root; FALSE past the last. */
gboolean cpsf_xml_own_attribute_at(const CpsfXmlReader *reader, int i, const char **name);
/* Where the tag of the element at hand begins: line and column, both from 1; column 0 if it is
 * not known (a tag over several lines, far into a long line). */
void cpsf_xml_place(const CpsfXmlReader *reader, uint32_t *line, uint32_t *column);
/* Inside start and end: state of the parent of the element at hand; CPSF_XML_START at the root. */
uint8_t cpsf_xml_parent(const CpsfXmlReader *reader);
/* Skip the element at hand and all it holds: neither its end nor anything inside is reported.
 * Only inside start. */
void cpsf_xml_skip(CpsfXmlReader *reader);

G_END_DECLS
