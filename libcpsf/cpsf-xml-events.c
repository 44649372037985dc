/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The door to libxml2, third part: from libxml2's events to those that a dialect's rules ask for,
 * in the order of a document.
 */

#include "config.h"

#include "cpsf-libxml-private.h"

#include <string.h>

#define NO_RULE (-1)

/* --- rules ------------------------------------------------------------------------------------ */

static int
compare_rules(const void *a, const void *b)
{
    const CpsfXmlRule *const *x = a;
    const CpsfXmlRule *const *y = b;

    return (*x)->from != (*y)->from ? (*x)->from - (*y)->from : strcmp((*x)->name, (*y)->name);
}

static void
sort_rules(CpsfXmlReader *r)
{
    const size_t n = r->dialect->n_rules;

    r->sorted = g_new(const CpsfXmlRule *, n + 1);
    for (size_t i = 0; i < n; i++)
        r->sorted[i] = &r->dialect->rules[i];
    qsort(r->sorted, n, sizeof *r->sorted, compare_rules);
}

/* Names are interned, so that nearly every element costs one look at a slot; the others cost a
 * search by halves, whatever names a supplier makes up. */
static const CpsfXmlRule *
find_rule(CpsfXmlReader *r, uint8_t from, const xmlChar *name)
{
    const uintptr_t hash = ((uintptr_t) name >> 3) ^ ((uintptr_t) name >> 13) ^ from * 31U;
    CpsfXmlSlot *slot = &r->slots[hash & (CPSF_XML_N_SLOTS - 1)];

    if (slot->name != name || slot->from != from) {
        const CpsfXmlRule wanted = {from, (const char *) name, 0};
        const CpsfXmlRule *key = &wanted;
        const CpsfXmlRule **found =
            bsearch(&key, r->sorted, r->dialect->n_rules, sizeof *r->sorted, compare_rules);

        *slot = (CpsfXmlSlot){name, found != NULL ? (int32_t) (found - r->sorted) : NO_RULE, from};
    }
    return slot->rule != NO_RULE ? r->sorted[slot->rule] : NULL;
}

static uint8_t
current_state(const CpsfXmlReader *r)
{
    return r->frames.n > 0 ? r->frames.items[r->frames.n - 1].state : CPSF_XML_START;
}

static gboolean
has_state(const uint64_t *states, uint8_t state)
{
    return (states[state / 64] >> (state % 64) & 1) != 0;
}

static gboolean
collects(const CpsfXmlReader *r, uint8_t state)
{
    return has_state(r->dialect->text_states, state);
}

/* --- callbacks, in the order of a document ---------------------------------------------------- */

static gboolean
is_accepted_encoding(const xmlChar *name)
{
    static const char *const accepted[] = {"UTF-8",     "UTF-16",      "UTF-16LE",
                                           "UTF-16BE",  "US-ASCII",    "ISO-8859-1",
                                           "Shift_JIS", "Windows-31J", "EUC-JP"};

    for (size_t i = 0; i < G_N_ELEMENTS(accepted); i++)
        if (name == NULL || g_ascii_strcasecmp((const char *) name, accepted[i]) == 0)
            return TRUE;
    return FALSE;
}

static void
on_document(void *data)
{
    CpsfXmlReader *r = data;
    const xmlChar *version = r->parser->version;
    const xmlChar *name = r->parser->encoding;

    if (is_accepted_encoding(name))
        name = r->parser->input->encoding;
    if (r->error != NULL)
        return;
    if (!is_accepted_encoding(name))
        cpsf_xml_fail_at(r, CPSF_FINDING_ENCODING, 1, 1, "encoding %.40s is not accepted", name);
    else if (version != NULL && strcmp((const char *) version, "1.0") != 0)
        cpsf_xml_fail_at(r, CPSF_FINDING_UNSUPPORTED, 1, 1, "XML %.10s is not read, only 1.0",
                         version);
    if (r->error != NULL)
        cpsf_xml_stop(r);
}

static void
on_doctype(void *data, const xmlChar *name, const xmlChar *external_id, const xmlChar *system_id)
{
    CpsfXmlReader *r = data;
    uint64_t length;
    uint32_t line;
    uint32_t column;

    (void) name, (void) external_id, (void) system_id;
    if (r->error != NULL)
        return;
    cpsf_xml_find_tag(r, &line, &column, &length);
    cpsf_xml_fail_at(r, CPSF_FINDING_DOCTYPE, line, column, CPSF_XML_NO_DOCTYPE);
    cpsf_xml_stop(r);
}

static xmlEntityPtr
on_entity(void *data, const xmlChar *name)
{
    (void) data;
    return xmlGetPredefinedEntity(name);
}

/* A violation of the schema, at the event at hand. */
static void
on_violation(void *data, const char *text)
{
    CpsfXmlReader *r = data;
    g_autofree char *message = cpsf_xml_clean_message(text);
    uint32_t line = cpsf_xml_input_line(r);
    uint32_t column = cpsf_xml_input_column(r);

    if (r->is_unowned) /* only start tags are looked at while this holds */
        cpsf_xml_place(r, &line, &column);
    if (r->options->findings != NULL)
        cpsf_findings_add(r->options->findings, CPSF_FINDING_SCHEMA, r->options->file, line, column,
                          N_("%s"), message, NULL);
}

/* Nobody reads the document: it is then held against what holds for all, for what is malformed is
 * not merely unsupported. */
static void
open_root(CpsfXmlReader *r, const xmlChar *name, const xmlChar *uri)
{
    const char *root_uri = uri != NULL ? (const char *) uri : "";
    GError *error = NULL;

    r->namespace_uri = uri;
    r->dialect =
        r->options->sniff(r->options->data, root_uri, (const char *) name, r, &r->user, &error);
    if (r->dialect == NULL && error == NULL)
        cpsf_fail(&error, CPSF_ERROR_UNSUPPORTED, "no format has the root element %.60s", name);
    if (g_error_matches(error, CPSF_ERROR, CPSF_ERROR_UNSUPPORTED)) {
        r->refusal = error;
        cpsf_xml_place(r, &r->refusal_fault.line, &r->refusal_fault.column);
        return;
    }
    if (error == NULL && r->options->schemas != NULL)
        cpsf_xml_schema_open(r->options->schemas, root_uri, (const char *) name, on_violation, r,
                             &r->schema, &error);
    if (error != NULL)
        cpsf_xml_fail_element(r, error);
    else
        sort_rules(r);
}

/* The dialect in its own thread wants no more, or memory is out: what it says counts in the end. */
static void
stop_for_relay(CpsfXmlReader *r, GError *error)
{
    cpsf_xml_fail_with(
        r, CPSF_FINDING_MALFORMED, 0, 0,
        error != NULL ? error : g_error_new_literal(CPSF_ERROR, CPSF_ERROR_INTERNAL, "stopped"));
    cpsf_xml_stop(r);
}

/* An element that a rule names. */
static void
enter(CpsfXmlReader *r, uint8_t state)
{
    GError *error = NULL;
    uint64_t length;

    if (has_state(r->dialect->skip_states, state)) {
        r->skipped = 1;
        return;
    }

    CpsfXmlFrame *frame = cpsf_array_add(&r->frames, &r->error);

    if (frame == NULL) {
        cpsf_xml_stop(r);
        return;
    }
    frame->state = state;
    frame->text_from = (size_t) r->text.n;
    cpsf_xml_find_tag(r, &frame->line, &frame->column, &length);
    r->is_unowned = FALSE;
    r->is_skip_asked = FALSE;
    if (has_state(r->dialect->leaf_states, state))
        return;
    if (r->relay != NULL) {
        if (!cpsf_xml_relay_start(r->relay, r, &error))
            stop_for_relay(r, error);
        return;
    }
    if (!r->dialect->start(r->user, state, r, &error)) {
        cpsf_xml_fail_element(r, error);
        return;
    }
    if (r->is_skip_asked) {
        r->frames.n--;
        r->skipped = 1;
    }
}

/* An element that none names. */
static void
pass_by(CpsfXmlReader *r, const xmlChar *name, const xmlChar *uri)
{
    GError *error = NULL;

    r->skipped = 1;
    if (uri != r->namespace_uri || r->dialect->unknown == NULL)
        return;
    if (r->relay != NULL) {
        if (!cpsf_xml_relay_unknown(r->relay, r, current_state(r), (const char *) name, &error))
            stop_for_relay(r, error);
    } else if (!r->dialect->unknown(r->user, current_state(r), (const char *) name, r, &error)) {
        cpsf_xml_fail_element(r, error);
    }
}

/*
 * libxml2 hands out an ampersand of an attribute as `&#38;` as long as it is not told to replace
 * entities, which it is never told here.  A value with an ampersand is always in a buffer of its
 * own, made for this element, so it is put right in place.
 */
static void
restore_ampersands(int n_attributes, const xmlChar **attributes)
{
    for (int i = 0; i < n_attributes; i++) {
        xmlChar *value = (xmlChar *) attributes[5 * i + 3];
        const size_t length = (size_t) (attributes[5 * i + 4] - value);
        xmlChar *to = memchr(value, '&', length);

        if (to == NULL)
            continue;
        for (const xmlChar *from = to; from < value + length; from++) {
            *to++ = *from;
            if (value + length - from >= 5 && memcmp(from, "&#38;", 5) == 0)
                from += 4;
        }
        attributes[5 * i + 4] = to;
    }
}

static void
on_start(void *data,
         const xmlChar *name,
         const xmlChar *prefix,
         const xmlChar *uri,
         int n_namespaces,
         const xmlChar **namespaces,
         int n_attributes,
         int n_defaulted,
         const xmlChar **attributes)
{
    CpsfXmlReader *r = data;
    const xmlChar *const names[] = {name, prefix, uri};
    const CpsfXmlRule *rule = NULL;
    void *shadow;

    r->is_unowned = TRUE;
    r->attributes = attributes;
    r->n_attributes = n_attributes;
    r->run = 0;
    if (r->error != NULL ||
        !cpsf_xml_check_start(r, names, n_namespaces, namespaces, n_attributes, attributes))
        return;
    restore_ampersands(n_attributes, attributes);
    if (r->depth == 1)
        open_root(r, name, uri);
    if (r->error != NULL || r->refusal != NULL)
        return;
    if (r->schema != NULL)
        cpsf_xml_schema_get_handler(r->schema, &shadow)
            ->startElementNs(shadow, name, prefix, uri, n_namespaces, namespaces, n_attributes,
                             n_defaulted, attributes);
    if (r->skipped > 0) {
        r->skipped++;
        return;
    }
    if (uri == r->namespace_uri)
        rule = find_rule(r, current_state(r), name);
    if (rule != NULL)
        enter(r, rule->to);
    else if (r->frames.n > 0)
        pass_by(r, name, uri);
    else
        cpsf_xml_fail_element(r, g_error_new(CPSF_ERROR, CPSF_ERROR_UNSUPPORTED,
                                             "no rule for the root element %.60s", name));
    r->n_attributes = 0;
}

static void
append_text(CpsfXmlReader *r, const xmlChar *text, size_t length)
{
    const CpsfXmlFrame *frame = &r->frames.items[r->frames.n - 1];
    const size_t wanted = (size_t) r->text.n + length;

    if (wanted - frame->text_from > r->limits.max_text) {
        r->run = UINT64_MAX;
        return;
    }
    if (wanted > (size_t) r->text.capacity) {
        char *grown = cpsf_try_realloc(r->text.items, wanted * 2, 1, &r->error);

        if (grown == NULL) {
            cpsf_xml_stop(r);
            return;
        }
        r->text.items = grown;
        r->text.capacity = (int64_t) wanted * 2;
    }
    memcpy(r->text.items + r->text.n, text, length);
    r->text.n = (int64_t) wanted;
}

/* All text counts: the whole of it where it is collected, elsewhere what stands between two tags
 * (the blanks between a million elements are no text). */
static void
take_text(CpsfXmlReader *r, const xmlChar *text, int length)
{
    r->run += (uint64_t) length;
    if (r->skipped == 0 && r->frames.n > 0 && collects(r, current_state(r)))
        append_text(r, text, (size_t) length);
    if (r->error == NULL && r->run > r->limits.max_text) {
        cpsf_xml_fail_at(r, CPSF_FINDING_LIMIT_TEXT, cpsf_xml_input_line(r),
                         cpsf_xml_input_column(r), "more than %u bytes of text in one element",
                         r->limits.max_text);
        cpsf_xml_stop(r);
    }
}

static void
on_text(void *data, const xmlChar *text, int length)
{
    CpsfXmlReader *r = data;
    void *shadow;

    if (r->error != NULL)
        return;
    r->mark = cpsf_xml_input_offset(r);
    r->is_unowned = FALSE;
    if (r->schema != NULL)
        cpsf_xml_schema_get_handler(r->schema, &shadow)->characters(shadow, text, length);
    take_text(r, text, length);
}

/* A CDATA section comes in pieces if it is long.  libxml2 counts its bytes as columns. */
static void
on_section(void *data, const xmlChar *text, int length)
{
    CpsfXmlReader *r = data;
    const uint64_t offset = r->error == NULL ? cpsf_xml_input_offset(r) : 0;
    int line = 0;

    if (r->error != NULL)
        return;
    line = r->parser->input->line;
    r->section = (offset == r->section_end ? r->section : 12) + (uint64_t) length; /* its frame */
    r->section_end = offset + (uint64_t) length;
    if (r->section > r->limits.max_lookahead) {
        cpsf_xml_fail_at(r, CPSF_FINDING_LIMIT_LOOKAHEAD, cpsf_xml_input_line(r),
                         cpsf_xml_input_column(r), "more than %u bytes in one CDATA section",
                         r->limits.max_lookahead);
        cpsf_xml_stop(r);
        return;
    }
    if (line != r->drift_line)
        r->drift = 0;
    for (int i = 0; i < length; i++) {
        line += text[i] == '\n';
        r->drift = text[i] == '\n' ? 0 : r->drift + !cpsf_xml_is_character(text[i]);
    }
    on_text(data, text, length);
    r->drift_line = line;
}

static void
on_comment(void *data, const xmlChar *text)
{
    CpsfXmlReader *r = data;

    if (r->error == NULL)
        cpsf_xml_check_markup(r, strlen((const char *) text) + strlen("<!---->"), "comment");
}

static void
on_instruction(void *data, const xmlChar *target, const xmlChar *text)
{
    CpsfXmlReader *r = data;
    const size_t n = text != NULL ? strlen((const char *) text) + strlen(" ") : 0;

    if (r->error == NULL)
        cpsf_xml_check_markup(r, strlen((const char *) target) + n + strlen("<?") + strlen("?>"),
                              "instruction");
    if (r->error == NULL)
        cpsf_xml_check_names(r, &target, 1);
}

/* The end of an element that a rule named. */
static void
leave(CpsfXmlReader *r)
{
    const CpsfXmlFrame frame = r->frames.items[r->frames.n - 1];
    CpsfXmlText text = {NULL, 0};
    GError *error = NULL;

    if (collects(r, frame.state))
        text = (CpsfXmlText){r->text.items != NULL ? r->text.items + frame.text_from : "",
                             (size_t) r->text.n - frame.text_from};
    if (r->relay != NULL) {
        if (!cpsf_xml_relay_end(r->relay, &frame, text, &error)) {
            stop_for_relay(r, error);
            return;
        }
    } else if (!r->dialect->end(r->user, frame.state, text, r, &error)) {
        cpsf_xml_fail_element(r, error);
        return;
    }
    r->text.n = (int64_t) frame.text_from;
    r->frames.n--;
}

static void
on_end(void *data, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
    CpsfXmlReader *r = data;
    void *shadow;

    if (r->error != NULL)
        return;
    r->is_unowned = FALSE;
    cpsf_xml_check_length(r, 0);
    if (r->error != NULL)
        return;
    if (r->schema != NULL)
        cpsf_xml_schema_get_handler(r->schema, &shadow)->endElementNs(shadow, name, prefix, uri);
    r->run = 0;
    if (r->scopes.n > 0 && r->scopes.items[r->scopes.n - 1].depth == r->depth)
        r->n_scoped -= r->scopes.items[--r->scopes.n].n;
    r->depth--;
    if (r->skipped > 0)
        r->skipped--;
    else if (r->refusal == NULL)
        leave(r);
}

/* --- what a dialect asks ---------------------------------------------------------------------- */

static CpsfXmlText
attribute_value(const xmlChar *const *attribute)
{
    return (CpsfXmlText){(const char *) attribute[3], (size_t) (attribute[4] - attribute[3])};
}

CpsfXmlText
cpsf_xml_attribute(const CpsfXmlReader *reader, const char *name)
{
    const xmlChar **a = reader->attributes;

    for (int i = 0; i < reader->n_attributes; i++, a += 5)
        if (a[2] == NULL && a[0][0] == (xmlChar) name[0] && strcmp((const char *) a[0], name) == 0)
            return attribute_value(a);
    return (CpsfXmlText){NULL, 0};
}

CpsfXmlText
cpsf_xml_lang(const CpsfXmlReader *reader)
{
    const xmlChar **a = reader->attributes;

    for (int i = 0; i < reader->n_attributes; i++, a += 5)
        if (a[2] != NULL && strcmp((const char *) a[0], "lang") == 0 &&
            strcmp((const char *) a[2], (const char *) XML_XML_NAMESPACE) == 0)
            return attribute_value(a);
    return (CpsfXmlText){NULL, 0};
}

gboolean
cpsf_xml_attribute_at(const CpsfXmlReader *reader, int i, const char **name, CpsfXmlText *value)
{
    const xmlChar **a = reader->attributes;

    for (int k = 0; k < reader->n_attributes; k++, a += 5)
        if (a[2] == NULL && i-- == 0) {
            *name = (const char *) a[0];
            *value = attribute_value(a);
            return TRUE;
        }
    return FALSE;
}

gboolean
cpsf_xml_own_attribute_at(const CpsfXmlReader *reader, int i, const char **name)
{
    const xmlChar **a = reader->attributes;

    for (int k = 0; k < reader->n_attributes; k++, a += 5)
        if (a[2] != NULL && a[2] == reader->namespace_uri && i-- == 0) {
            *name = (const char *) a[0];
            return TRUE;
        }
    return FALSE;
}

uint8_t
cpsf_xml_parent(const CpsfXmlReader *reader)
{
    const int64_t own = reader->is_unowned ? 0 : 1;

    return reader->frames.n > own ? reader->frames.items[reader->frames.n - 1 - own].state
                                  : CPSF_XML_START;
}

void
cpsf_xml_skip(CpsfXmlReader *reader)
{
    reader->is_skip_asked = TRUE;
}

/* Starts empty: no tree builder, no entity table.  `serror` is the reader's own. */
const xmlSAXHandler cpsf_xml_events = {
    .initialized = XML_SAX2_MAGIC,
    .startDocument = on_document,
    .internalSubset = on_doctype,
    .externalSubset = on_doctype,
    .getEntity = on_entity,
    .startElementNs = on_start,
    .endElementNs = on_end,
    .characters = on_text,
    .ignorableWhitespace = on_text,
    .cdataBlock = on_section,
    .comment = on_comment,
    .processingInstruction = on_instruction,
};
