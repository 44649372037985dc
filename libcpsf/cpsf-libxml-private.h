/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The hinge of the door to libxml2: the one file that includes its headers.  Only the door
 * itself includes this one: cpsf-xml.c (the loop over pieces), cpsf-xml-events.c (the callbacks),
 * cpsf-xml-limits.c (places, failing, limits) and cpsf-xml-schema.c (strict mode).
 */

#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/xmlschemas.h>
#include <libxml/xmlschemastypes.h>

#include "cpsf-mem-private.h"
#include "cpsf-xml-private.h"

G_BEGIN_DECLS

/* --- strict mode ------------------------------------------------------------------------------ */

/* A violation of the schema, in one line, at the event at hand. */
typedef void (*CpsfXmlViolation)(void *data, const char *text);

/* A document held against an XSD while it streams past. */
typedef struct _CpsfXmlSchema CpsfXmlSchema;

/*
 * Finds the XSD in @folder (searched through) whose target namespace is @namespace_uri and which
 * declares @root, with all that it imports: places named in a `catalog.xml` of the folder, files
 * named relative to the schema, or by their target namespace; nothing outside of it, never a
 * network.  *@self stays NULL if no schema is for such documents.  FALSE with IO, or INVALID_DATA
 * if a schema itself is wrong.
 */
gboolean cpsf_xml_schema_open(const char *folder,
                              const char *namespace_uri,
                              const char *root,
                              CpsfXmlViolation violation,
                              void *data,
                              CpsfXmlSchema **self,
                              GError **error);
void cpsf_xml_schema_close(CpsfXmlSchema *self);

/* The handler and its data to which every event of the document is to be passed on. */
const xmlSAXHandler *cpsf_xml_schema_get_handler(CpsfXmlSchema *self, void **data);

/* --- the reader ------------------------------------------------------------------------------- */

#define CPSF_XML_NO_DOCTYPE "a document type declaration is not accepted"
#define CPSF_XML_N_SLOTS 1024 /* of the cache of rules: a power of two */

/* An open element that some rule names. */
typedef struct {
    size_t text_from; /* where its text begins in the reader's */
    uint32_t line;
    uint32_t column;
    uint8_t state;
} CpsfXmlFrame;

/* Rules by (state, name), where name is the pointer that libxml2 interned it at. */
typedef struct {
    const xmlChar *name;
    int32_t rule; /* index, or NO_RULE */
    uint8_t from;
} CpsfXmlSlot;

/* How many namespaces the element at a depth declares. */
typedef struct {
    uint32_t depth;
    uint32_t n;
} CpsfXmlScope;

/* A thread in which the dialect works while this one parses. */
typedef struct _CpsfXmlRelay CpsfXmlRelay;

struct _CpsfXmlReader {
    const CpsfXmlOptions *options;
    CpsfLimits limits;
    xmlParserCtxtPtr parser;       /* (owned) */
    const CpsfXmlDialect *dialect; /* (nullable): not yet at the root */
    void *user;
    const xmlChar *namespace_uri; /* of the root, interned; NULL = none */
    const CpsfXmlRule **sorted;   /* (owned) the dialect's rules by (from, name) */
    CpsfXmlSlot slots[CPSF_XML_N_SLOTS];
    CpsfXmlSchema *schema; /* (owned) (nullable) */
    CpsfXmlRelay *relay;   /* (owned) (nullable): who the dialect's events go to */

    CPSF_ARRAY(CpsfXmlFrame) frames;
    CPSF_ARRAY(CpsfXmlScope) scopes;
    CPSF_ARRAY(char) text;             /* of all open elements that collect it, outermost first */
    CPSF_ARRAY(const xmlChar *) names; /* the set of names seen, by pointer; 2^k places */
    uint64_t n_bytes;
    uint64_t n_elements;
    uint64_t run;         /* bytes of text since the last tag */
    uint64_t mark;        /* where in the document the last event ended */
    uint64_t section;     /* bytes of the CDATA section at hand */
    uint64_t section_end; /* where in the document it has come to */
    uint64_t n_scoped;    /* namespaces in scope */
    uint64_t n_name_bytes;
    int n_strings; /* in libxml2's dictionary when names were last counted */
    uint32_t depth;
    uint32_t skipped; /* depth inside the subtree that is skipped; 0 = none is */
    int drift_line;   /* on this line libxml2's column is too high by drift */
    int drift;

    const xmlChar **attributes; /* of the start tag at hand: five pointers each */
    int n_attributes;
    gboolean is_unowned; /* that tag is the root's before its rule is known, or no rule names it */
    gboolean is_skip_asked;
    gboolean is_libxml2; /* `error` is libxml2's */
    gboolean is_long;    /* long enough for a relay to have been tried */
    uint32_t line;       /* where libxml2 stood before the piece at hand */
    uint32_t column;

    CpsfXmlFault refusal_fault;
    GError *refusal; /* (owned) no dialect reads it: counts unless something worse is found */
    CpsfXmlFault fault;
    GError *error; /* (owned) the first failure: what counts */
};

void cpsf_xml_fail_with(
    CpsfXmlReader *r, CpsfFindingCode code, uint32_t line, uint32_t column, GError *error);
void cpsf_xml_fail_at(
    CpsfXmlReader *r, CpsfFindingCode code, uint32_t line, uint32_t column, const char *format, ...)
    G_GNUC_PRINTF(5, 6);
/* Fails at the tag, or whatever began with the last `<`: "more than @limit @what". */
void cpsf_xml_fail_limit(CpsfXmlReader *r, CpsfFindingCode code, uint64_t limit, const char *what);
/* Fails at the element at hand. */
void cpsf_xml_fail_element(CpsfXmlReader *r, GError *error);
/* Ends the parse from inside a callback: libxml2 forgets its input, so places come first. */
void cpsf_xml_stop(CpsfXmlReader *r);
/* Where libxml2 stands; the last in bytes of the document as UTF-8. */
uint32_t cpsf_xml_input_line(const CpsfXmlReader *r);
uint32_t cpsf_xml_input_column(const CpsfXmlReader *r);
uint64_t cpsf_xml_input_offset(const CpsfXmlReader *r);
void cpsf_xml_find_tag(const CpsfXmlReader *r, uint32_t *line, uint32_t *column, uint64_t *length);
/* libxml2's words in our manner: one line, no capital, no full stop; newly allocated. */
char *cpsf_xml_clean_message(const char *message);
/* All limits that a start tag can pass; those of a tag that ends @rest bytes later; those of a
 * comment or instruction of @length bytes; those of names. */
gboolean cpsf_xml_check_start(CpsfXmlReader *r,
                              const xmlChar *const *names,
                              int n_namespaces,
                              const xmlChar **namespaces,
                              int n_attributes,
                              const xmlChar **attributes);
void cpsf_xml_check_length(CpsfXmlReader *r, uint64_t rest);
void cpsf_xml_check_markup(CpsfXmlReader *r, uint64_t length, const char *what);
void cpsf_xml_check_names(CpsfXmlReader *r, const xmlChar *const *names, int n);

/* From here on the dialect of @parsing works in a thread of its own; NULL if there is none to be had.
 * Its user data belong to that thread until the relay is finished. */
CpsfXmlRelay *cpsf_xml_relay_new(const CpsfXmlReader *parsing);
/* The element at hand began, or ended, or is unknown.  FALSE when the dialect wants no more, or with
 * an error of memory. */
gboolean cpsf_xml_relay_start(CpsfXmlRelay *self, const CpsfXmlReader *r, GError **error);
gboolean
cpsf_xml_relay_end(CpsfXmlRelay *self, const CpsfXmlFrame *frame, CpsfXmlText text, GError **error);
gboolean cpsf_xml_relay_unknown(
    CpsfXmlRelay *self, const CpsfXmlReader *r, uint8_t parent, const char *name, GError **error);
/* Waits until all has been understood, and frees @self.  What the dialect failed for, which comes
 * before anything that the parser came to; NULL if it did not. */
GError *cpsf_xml_relay_finish(CpsfXmlRelay *self, CpsfXmlFault *fault);

/* Not the rest of a character, in UTF-8. */
static inline gboolean
cpsf_xml_is_character(xmlChar byte)
{
    return (byte & 0xC0) != 0x80;
}

/* The callbacks that events come in by. */
extern const xmlSAXHandler cpsf_xml_events;

G_END_DECLS
