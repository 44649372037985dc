/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * CycloneDX XML 1.0 to 1.7: the document as a whole.  What each element becomes, and what is left
 * out and why, is in docs/cyclonedx.md.  Reading order: the state tree in
 * cyclonedx-states-private.h, the helpers and the metadata here, then one file a story.
 */

#include "config.h"

#include <math.h>
#include <string.h>

#include "cpsf-key.h"
#include "cyclonedx-private.h"

#define NAMESPACE "http://cyclonedx.org/schema/bom/"

/* -- text -- */

const char *
cdx_get_str(const Cdx *cdx, CpsfStr id)
{
    return cpsf_strtab_get(cdx->ingest->strings, id);
}

CpsfStr
cdx_intern_tagged(Cdx *cdx, const char *text, size_t length, uint32_t tag)
{
    CpsfStr id = 0;

    if (cdx->ingest->broken != NULL)
        return 0;
    cpsf_strtab_add_tagged(cdx->ingest->strings, text, length, tag, &id, &cdx->ingest->broken);
    return id;
}

CpsfStr
cdx_intern(Cdx *cdx, const char *text, size_t length)
{
    return cdx_intern_tagged(cdx, text, length, cpsf_strtab_tag(text, length));
}

CpsfStr
cdx_literal(Cdx *cdx, const char *text)
{
    const size_t slot = ((uintptr_t) text ^ ((uintptr_t) text >> 8)) % CDX_N_LITERALS;

    if (cdx->literals[slot].text == text)
        return cdx->literals[slot].id;

    const CpsfStr id = cdx_intern(cdx, text, strlen(text));

    if (id != 0) {
        cdx->literals[slot].text = text;
        cdx->literals[slot].id = id;
    }
    return id;
}

CpsfStr
cdx_str(Cdx *cdx, CpsfXmlText text)
{
    const CpsfXmlText stripped = cpsf_xml_text_strip(text);

    return stripped.length > 0 ? cdx_intern(cdx, stripped.value, stripped.length) : 0;
}

gboolean
cdx_is(CpsfXmlText text, const char *word)
{
    return text.length == strlen(word) && memcmp(text.value, word, text.length) == 0;
}

int
cdx_word(CpsfXmlText text, const char *const *words)
{
    if (text.length == 0)
        return -1;
    for (int i = 0; words[i] != NULL; i++)
        if (words[i][0] == text.value[0] && cdx_is(text, words[i]))
            return i;
    return -1;
}

char *
cdx_quote(CpsfXmlText text)
{
    return g_strndup(text.value != NULL ? text.value : "", MIN(text.length, 200));
}

CpsfStr
cdx_key(Cdx *cdx, const CpsfXmlReader *reader, CpsfXmlText text)
{
    const CpsfXmlText stripped = cpsf_xml_text_strip(text);
    CpsfStr key = 0;

    if (stripped.length == 0 || cdx->ingest->broken != NULL)
        return 0;
    if (!cpsf_ingest_key(cdx->ingest, reader, stripped, &key)) {
        cdx->ingest->info.items_left_out++;
        return 0;
    }
    return key;
}

gboolean
cdx_time(Cdx *cdx, const CpsfXmlReader *reader, CpsfXmlText text, CpsfTime *time)
{
    const CpsfXmlText stripped = cpsf_xml_text_strip(text);

    if (stripped.length == 0 || memchr(stripped.value, 'T', stripped.length) == NULL) {
        g_autofree char *quote = cdx_quote(stripped);

        cdx_leave_out(cdx, reader, CPSF_FINDING_BAD_TIME,
                      N_("'%s' is not a date and a time of day"), quote);
        return FALSE;
    }
    if (cpsf_ingest_time(cdx->ingest, reader, stripped, time))
        return TRUE;
    cdx->ingest->info.items_left_out++;
    return FALSE;
}

/* -- rows -- */

/* Every row begins with the interval in which it holds. */
void *
cdx_placed(void *row, size_t place_offset, CpsfPlace place)
{
    if (row == NULL)
        return NULL;
    *(CpsfInterval *) row = CPSF_INTERVAL_ALL;
    memcpy((char *) row + place_offset, &place, sizeof place);
    return row;
}

void
cdx_node(Cdx *cdx, CdxObject object, CpsfPlace where, CpsfStr name, CpsfStr class_name)
{
    CpsfNodeRow *row = object != 0 ? cdx_row_at(cdx, nodes, where) : NULL;

    if (row == NULL)
        return;
    row->node = object;
    row->name = name;
    row->class_name = class_name;
    row->kind = cdx_get(cdx, object)->kind;
}

void
cdx_alias(Cdx *cdx, CdxObject object, CpsfPlace where, CpsfStr alias)
{
    CpsfAliasRow *row = alias != 0 ? cdx_row_at(cdx, aliases, where) : NULL;

    if (row == NULL)
        return;
    row->node = object;
    row->alias = alias;
}

void
cdx_edge_at(Cdx *cdx, CpsfPlace place, CpsfRelation relation, CdxObject from, CdxObject to)
{
    CpsfEdgeRow *row = from != 0 && to != 0 ? cdx_row_at(cdx, edges, place) : NULL;

    if (row == NULL)
        return;
    row->from = from;
    row->to = to;
    row->relation = (uint8_t) relation;
    row->criticality = NAN;
    row->delay = -1;
}

void
cdx_edge(Cdx *cdx, const CpsfXmlReader *reader, CpsfRelation relation, CdxObject from, CdxObject to)
{
    if (from != 0 && to != 0)
        cdx_edge_at(cdx, cpsf_ingest_place(reader), relation, from, to);
}

void
cdx_property_named(
    Cdx *cdx, const CpsfXmlReader *reader, CdxObject object, CpsfStr name, CpsfStr value)
{
    CpsfPropertyRow *row =
        object != 0 && name != 0 && value != 0 ? cdx_row(cdx, properties, reader) : NULL;

    if (row == NULL)
        return;
    row->node = object;
    row->name = name;
    row->value = value;
}

void
cdx_property(
    Cdx *cdx, const CpsfXmlReader *reader, CdxObject object, const char *name, CpsfStr value)
{
    if (value != 0)
        cdx_property_named(cdx, reader, object, cdx_literal(cdx, name), value);
}

void
cdx_property_text(
    Cdx *cdx, const CpsfXmlReader *reader, CdxObject object, const char *name, CpsfXmlText value)
{
    cdx_property(cdx, reader, object, name, cdx_str(cdx, value));
}

/* -- the root -- */

static gboolean
is_serial(CpsfXmlText text)
{
    static const char pattern[] = "urn:uuid:xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";

    if (text.length != sizeof pattern - 1)
        return FALSE;
    for (size_t i = 0; i < text.length; i++) {
        const gboolean fits =
            pattern[i] == 'x' ? g_ascii_isxdigit(text.value[i]) : text.value[i] == pattern[i];

        if (!fits)
            return FALSE;
    }
    return TRUE;
}

static void
read_serial(Cdx *cdx, CpsfXmlReader *reader)
{
    const CpsfXmlText serial = cpsf_xml_attribute(reader, "serialNumber");

    if (serial.value == NULL)
        return;
    if (!is_serial(serial)) {
        g_autofree char *quote = cdx_quote(serial);

        cdx_leave_out(cdx, reader, CPSF_FINDING_BAD_KEY,
                      N_("the serial number %s is not urn:uuid: and a UUID; the document goes by "
                         "its digest"),
                      quote);
        return;
    }
    cdx->ingest->info.id = g_ascii_strdown(serial.value, (gssize) serial.length);
    cdx->has_serial = TRUE;
    cdx->n_prefix =
        (size_t) g_snprintf(cdx->local, CDX_PREFIX_MAX, "local:%s#", cdx->ingest->info.id);
}

static void
read_version(Cdx *cdx, CpsfXmlReader *reader)
{
    const CpsfXmlText version = cpsf_xml_text_strip(cpsf_xml_attribute(reader, "version"));
    g_autofree char *text = cdx_quote(version);
    gint64 number;

    cdx->ingest->info.version = 1;
    if (version.value == NULL)
        return;
    if (g_ascii_string_to_signed(text, 10, 0, G_MAXINT64, &number, NULL)) {
        cdx->ingest->info.version = number;
        return;
    }
    cdx_leave_out(cdx, reader, CPSF_FINDING_BAD_VALUE,
                  N_("the version %s of the document is not a whole number from 0; it counts as 1"),
                  text);
}

/* -- metadata -- */

static void
read_phase(Cdx *cdx, CpsfXmlText text, CpsfXmlReader *reader)
{
    cdx_property_text(cdx, reader, CDX_SUBJECT, "cyclonedx:lifecycle", text);
}

static void
read_tlp(Cdx *cdx, CpsfXmlText text, CpsfXmlReader *reader)
{
    static const char *const words[] = {"CLEAR", "GREEN", "AMBER", "AMBER_AND_STRICT", "RED", NULL};
    const CpsfXmlText word = cpsf_xml_text_strip(text);

    if (cdx_word(word, words) >= 0) {
        cdx_property_text(cdx, reader, CDX_SUBJECT, "cyclonedx:tlp", word);
        return;
    }

    g_autofree char *quote = cdx_quote(word);

    cdx_leave_out(cdx, reader, CPSF_FINDING_BAD_VALUE, N_("%s is not a TLP label"), quote);
}

static void
metadata_end(Cdx *cdx, uint8_t state, CpsfXmlText text, CpsfXmlReader *reader)
{
    switch (state) {
    case CDX_TIMESTAMP:
        cdx_time(cdx, reader, text, &cdx->ingest->info.issued);
        break;
    case CDX_PHASE:
        read_phase(cdx, text, reader);
        break;
    case CDX_TLP:
        read_tlp(cdx, text, reader);
        break;
    default:
        break;
    }
}

/* -- the two handlers -- */

gboolean
cdx_start(void *user, uint8_t state, CpsfXmlReader *reader, GError **error)
{
    Cdx *cdx = user;

    (void) error;
    if (cdx->ingest->broken != NULL)
        cpsf_xml_skip(reader);
    else if (state == CDX_OTHER) {
        cdx_define(cdx, reader, CDX_THING);
        cpsf_xml_skip(reader);
    } else if (state == CDX_BOM) {
        cdx->root = cpsf_ingest_place(reader);
        read_serial(cdx, reader);
        read_version(cdx, reader);
    } else if (state <= CDX_LAST_COMPONENT)
        cdx_component_start(cdx, state, reader);
    else if (state <= CDX_LAST_LINEAGE)
        cdx_lineage_start(cdx, state, reader);
    else if (state <= CDX_LAST_ASSET)
        cdx_asset_start(cdx, state, reader);
    else if (state <= CDX_LAST_PARTY)
        cdx_party_start(cdx, state, reader);
    else if (state <= CDX_LAST_SERVICE)
        cdx_service_start(cdx, state, reader);
    else if (state <= CDX_LAST_LINK)
        cdx_link_start(cdx, state, reader);
    else if (state <= CDX_LAST_VULNERABILITY)
        cdx_vulnerability_start(cdx, state, reader);
    else if (state <= CDX_LAST_DECLARATION)
        cdx_declaration_start(cdx, state, reader);
    return TRUE;
}

gboolean
cdx_end(void *user, uint8_t state, CpsfXmlText text, CpsfXmlReader *reader, GError **error)
{
    Cdx *cdx = user;

    (void) error;
    if (cdx->ingest->broken != NULL)
        return TRUE;
    if (state <= CDX_LAST_COMPONENT)
        cdx_component_end(cdx, state, text, reader);
    else if (state <= CDX_LAST_LINEAGE)
        cdx_lineage_end(cdx, state, text, reader);
    else if (state <= CDX_LAST_ASSET)
        cdx_asset_end(cdx, state, text, reader);
    else if (state <= CDX_LAST_PARTY)
        cdx_party_end(cdx, state, text, reader);
    else if (state <= CDX_LAST_SERVICE)
        cdx_service_end(cdx, state, text, reader);
    else if (state <= CDX_LAST_LINK)
        cdx_link_end(cdx, state, text, reader);
    else if (state <= CDX_LAST_VULNERABILITY)
        cdx_vulnerability_end(cdx, state, text, reader);
    else if (state <= CDX_LAST_DECLARATION)
        cdx_declaration_end(cdx, state, text, reader);
    else
        metadata_end(cdx, state, text, reader);
    return TRUE;
}

gboolean
cdx_unknown(void *user, uint8_t parent, const char *name, CpsfXmlReader *reader, GError **error)
{
    Cdx *cdx = user;

    (void) parent, (void) error;
    cdx_leave_out(cdx, reader, CPSF_FINDING_UNKNOWN_ELEMENT,
                  N_("no version of CycloneDX up to 1.7 has an element %s here"), name);
    return TRUE;
}

/* -- opening and closing -- */

static void
cdx_free(void *data)
{
    Cdx *cdx = data;

    g_string_free(cdx->buffer, TRUE);
    g_free(cdx->objects.items);
    g_free(cdx->slots);
    g_free(cdx->kept.items);
    g_free(cdx->frames.items);
    g_free(cdx->data.items);
    g_free(cdx->fixed.items);
    g_free(cdx->people.items);
    g_free(cdx->flow_ends.items);
    g_free(cdx->depends.items);
    g_free(cdx->leaves.items);
    g_free(cdx->targets.items);
    g_free(cdx->composed.items);
    g_free(cdx->claims.items);
    g_free(cdx->links.items);
    g_free(cdx->maps.items);
    g_free(cdx->assessors.items);
    g_free(cdx->proofs.items);
    g_free(cdx->requirements.items);
    g_free(cdx);
}

static const CpsfXmlDialect *
open_document(CpsfIngest *ingest,
              const char *namespace_uri,
              const char *root,
              CpsfXmlReader *reader,
              GError **error)
{
    const char *version = namespace_uri + strlen(NAMESPACE);

    (void) reader;
    if (!g_str_has_prefix(namespace_uri, NAMESPACE))
        return NULL;
    if (strlen(version) != 3 || memcmp(version, "1.", 2) != 0 || version[2] < '0' ||
        version[2] > '7')
        return cpsf_fail_null(error, CPSF_ERROR_UNSUPPORTED,
                              "CycloneDX %.40s is not read, only 1.0 to 1.7", version);
    if (strcmp(root, "bom") != 0)
        return cpsf_fail_null(error, CPSF_ERROR_UNSUPPORTED,
                              "the root element of CycloneDX is bom, not %.40s", root);

    Cdx *cdx = g_new0(Cdx, 1);

    cdx->ingest = ingest;
    cdx->buffer = g_string_new(NULL);
    ingest->dialect_data = cdx;
    ingest->dialect_free = cdx_free;
    g_free(ingest->info.format);
    ingest->info.format = g_strconcat("cyclonedx-", version, NULL);
    cdx_anonymous(cdx, CDX_THING); /* 0 is none */
    cdx_anonymous(cdx, CDX_NOWHERE);
    if (cdx->objects.n > CDX_SUBJECT)
        cdx_get(cdx, CDX_SUBJECT)->flags = CDX_ABOUT;
    return &cdx_dialect;
}

static gboolean
close_document(CpsfIngest *ingest, GError **error)
{
    Cdx *cdx = ingest->dialect_data;

    (void) error;
    if (ingest->broken != NULL)
        return TRUE;
    if (ingest->info.issued == CPSF_TIME_ALWAYS_BEFORE)
        cpsf_ingest_finding_at(ingest, cdx->root, CPSF_FINDING_NO_ISSUED,
                               N_("the feed does not say when it was issued"), NULL);
    cdx_declaration_close(cdx);
    cdx_vulnerability_close(cdx);
    cdx_link_close(cdx);
    cdx_fixed_close(cdx);
    if (ingest->broken == NULL)
        cdx_resolve(cdx);
    return TRUE;
}

const CpsfIngestDialect cpsf_ingest_cyclonedx = {open_document, close_document};
