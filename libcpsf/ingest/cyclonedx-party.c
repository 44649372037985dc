/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Organisations and persons.  CycloneDX gives an organisation no global identifier, so its key is
 * local: its bom-ref, else its name within this document, else its address on the web.  A person
 * is a node only with an e-mail address.
 */

#include "config.h"

#include <string.h>

#include "cyclonedx-private.h"

/* -- persons -- */

static CdxObject
person_node(Cdx *cdx, const CpsfXmlReader *reader)
{
    g_autofree char *email = g_ascii_strdown(cdx_get_str(cdx, cdx->person.email), -1);

    g_string_printf(cdx->buffer, "person/%s", email);

    const CdxObject object = cdx_named(cdx);
    CdxName *name = object != 0 ? cdx_get(cdx, object) : NULL;

    if (name == NULL || (name->what == CDX_NODE && name->kind != CPSF_KIND_PERSON))
        return 0;
    if (name->what != CDX_NODE) {
        name->what = CDX_NODE;
        name->kind = CPSF_KIND_PERSON;
        name->key = cdx_local(cdx, object);
        cdx_node(cdx, object, cpsf_ingest_place(reader), cdx->person.name, 0);
    }
    return object;
}

static void
person_begins(Cdx *cdx, CpsfXmlReader *reader)
{
    cdx->person.name = cdx->person.email = 0;
    cdx->person.object = cdx_define(cdx, reader, CDX_THING);
    if (cdx->person.object == 0)
        cpsf_xml_skip(reader);
}

static void
put_contact(Cdx *cdx, CdxObject person)
{
    CdxObject *contact = person != 0 ? cdx_add(cdx, people) : NULL;

    if (contact != NULL)
        *contact = person;
}

static void
person_ends(Cdx *cdx, uint8_t state, CpsfXmlReader *reader)
{
    const CdxObject person = cdx->person.email != 0 ? person_node(cdx, reader) : 0;
    const CpsfStr label = cdx->person.name != 0 ? cdx->person.name : cdx->person.email;

    if (person != 0) {
        cdx_get(cdx, cdx->person.object)->what = CDX_SAME;
        cdx_get(cdx, cdx->person.object)->other = person;
    }
    if (state == CDX_CONTACT)
        put_contact(cdx, person);
    else if (state == CDX_AUTHOR)
        cdx_property(cdx, reader, cdx_owner(cdx),
                     cdx->frames.n > 0 ? "cyclonedx:author" : "cyclonedx:document-author", label);
    else if (state == CDX_KEEPING_PERSON && person != 0)
        cdx_edge(cdx, reader, CPSF_RELATION_OPERATES, person, cdx->governed);
    else
        cdx_property(cdx, reader, cdx->governed, "cyclonedx:governed-by", label);
}

/* -- organisations -- */

static void
company_begins(Cdx *cdx, CpsfXmlReader *reader)
{
    const CpsfXmlText ref = cpsf_xml_attribute(reader, "bom-ref");

    cdx->company.name = cdx->company.url = cdx->company.object = 0;
    cdx->people.n = 0;
    if (ref.value == NULL || ref.length == 0)
        return;
    cdx->company.object = cdx_define(cdx, reader, CDX_NODE);
    if (cdx->company.object == 0) {
        cpsf_xml_skip(reader);
        return;
    }
    cdx_get(cdx, cdx->company.object)->kind = CPSF_KIND_COMPANY;
    cdx_get(cdx, cdx->company.object)->key = cdx_local(cdx, cdx->company.object);
}

/* "https://example.com/about" -> "example.com" */
static void
append_host(GString *text, const char *url)
{
    const char *mark = strstr(url, "://");
    const char *host = mark != NULL ? mark + 3 : url;

    g_string_append_len(text, host, (gssize) strcspn(host, "/?#"));
}

/* The company that goes by this name in the document; 0 if it has neither name nor address. */
static CdxObject
company_named(Cdx *cdx, gboolean *is_new)
{
    g_string_assign(cdx->buffer, "company/");
    if (cdx->company.name != 0)
        g_string_append(cdx->buffer, cdx_get_str(cdx, cdx->company.name));
    else if (cdx->company.url != 0)
        append_host(cdx->buffer, cdx_get_str(cdx, cdx->company.url));
    else
        return 0;

    CdxObject object = cdx_named(cdx);

    if (object == 0)
        return 0;
    *is_new =
        cdx_get(cdx, object)->what != CDX_NODE || cdx_get(cdx, object)->kind != CPSF_KIND_COMPANY;
    if (!*is_new)
        return object;
    if (cdx_get(cdx, object)->what != CDX_NOWHERE) { /* somebody's bom-ref looks like this */
        object = cdx_anonymous(cdx, CDX_NODE);
        if (object == 0)
            return 0;
        cdx_name(cdx, object);
    }
    cdx_get(cdx, object)->what = CDX_NODE;
    cdx_get(cdx, object)->kind = CPSF_KIND_COMPANY;
    cdx_get(cdx, object)->key = cdx_local(cdx, object);
    return object;
}

static void
put_role(Cdx *cdx, uint8_t state, CdxObject company, const CpsfXmlReader *reader)
{
    switch (state) {
    case CDX_SUPPLIER:
        cdx_edge(cdx, reader, CPSF_RELATION_SUPPLIES, company, cdx_owner(cdx));
        break;
    case CDX_BOM_MAKER:
        g_free(cdx->ingest->info.publisher);
        cdx->ingest->info.publisher = g_strdup(cdx_get_str(cdx, cdx_get(cdx, company)->key));
        cdx_edge(cdx, reader, CPSF_RELATION_MAKES, company, cdx_owner(cdx));
        break;
    case CDX_MAKER:
        cdx_edge(cdx, reader, CPSF_RELATION_MAKES, company, cdx_owner(cdx));
        break;
    case CDX_PROVIDER:
        cdx_edge(cdx, reader, CPSF_RELATION_OPERATES, company, cdx_owner(cdx));
        break;
    case CDX_OWNING_COMPANY:
        cdx_edge(cdx, reader, CPSF_RELATION_OWNS, company, cdx->governed);
        break;
    case CDX_KEEPING_COMPANY:
        cdx_edge(cdx, reader, CPSF_RELATION_OPERATES, company, cdx->governed);
        break;
    default:
        if (cpsf_xml_parent(reader) == CDX_ASSESSOR && cdx->assessors.n > 0)
            cdx->assessors.items[cdx->assessors.n - 1].company = company;
        break;
    }
}

static void
company_ends(Cdx *cdx, uint8_t state, CpsfXmlReader *reader)
{
    gboolean is_new = cdx->company.object != 0;
    const CdxObject company = is_new ? cdx->company.object : company_named(cdx, &is_new);

    if (company == 0)
        return;
    if (is_new) {
        cdx_node(cdx, company, cpsf_ingest_place(reader), cdx->company.name, 0);
        cdx_property(cdx, reader, company, "cyclonedx:url", cdx->company.url);
    }
    for (int64_t i = 0; i < cdx->people.n; i++)
        cdx_edge(cdx, reader, CPSF_RELATION_ACTS_FOR, cdx->people.items[i], company);
    put_role(cdx, state, company, reader);
}

/* -- the handlers -- */

void
cdx_party_start(Cdx *cdx, uint8_t state, CpsfXmlReader *reader)
{
    switch (state) {
    case CDX_SUPPLIER:
    case CDX_MAKER:
    case CDX_BOM_MAKER:
    case CDX_PROVIDER:
    case CDX_OWNING_COMPANY:
    case CDX_KEEPING_COMPANY:
    case CDX_COMPANY:
        company_begins(cdx, reader);
        break;
    case CDX_CONTACT:
    case CDX_AUTHOR:
    case CDX_KEEPING_PERSON:
    case CDX_OWNING_PERSON:
        person_begins(cdx, reader);
        break;
    default:
        break;
    }
}

void
cdx_party_end(Cdx *cdx, uint8_t state, CpsfXmlText text, CpsfXmlReader *reader)
{
    switch (state) {
    case CDX_COMPANY_NAME:
        cdx->company.name = cdx_str(cdx, text);
        break;
    case CDX_COMPANY_URL:
        if (cdx->company.url == 0)
            cdx->company.url = cdx_str(cdx, text);
        break;
    case CDX_PERSON_NAME:
        cdx->person.name = cdx_str(cdx, text);
        break;
    case CDX_EMAIL:
        cdx->person.email = cdx_str(cdx, text);
        break;
    case CDX_CONTACT:
    case CDX_AUTHOR:
    case CDX_KEEPING_PERSON:
    case CDX_OWNING_PERSON:
        person_ends(cdx, state, reader);
        break;
    case CDX_AUTHORS:
        break;
    default:
        company_ends(cdx, state, reader);
        break;
    }
}
