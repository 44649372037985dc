/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Where a component comes from, and what is known to be mended in it: pedigree, release notes, and
 * how sure its author is of what it is.  Ancestors and descendants are components of their own; a
 * variant is only mentioned.
 */

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "cyclonedx-private.h"

/* -- issues that patches and releases resolve -- */

static void
issue_begins(Cdx *cdx, CpsfXmlReader *reader)
{
    const CpsfXmlText type = cpsf_xml_attribute(reader, "type");

    cdx->release.is_security = type.value != NULL && cdx_is(type, "security");
    if (!cdx->release.is_security)
        cpsf_xml_skip(reader);
}

static void
read_issue(Cdx *cdx, CpsfXmlText text, CpsfXmlReader *reader)
{
    const CpsfStr id = cdx_str(cdx, text);
    CdxFixed *fixed = id != 0 ? cdx_add(cdx, fixed) : NULL;

    if (fixed == NULL)
        return;
    fixed->node = cdx_owner(cdx);
    fixed->id = id;
    fixed->when = CPSF_TIME_FOREVER;
    cdx_property(cdx, reader, fixed->node, "cyclonedx:resolves", id);
}

/* The time of a release may stand before or after what it resolves. */
static void
release_ends(Cdx *cdx)
{
    for (int64_t i = cdx->release.first; i < cdx->fixed.n; i++)
        cdx->fixed.items[i].when = cdx->release.when;
}

static int
compare_fixed(const void *a, const void *b)
{
    const CdxFixed *x = a;
    const CdxFixed *y = b;

    if (x->node != y->node)
        return x->node < y->node ? -1 : 1;
    if (x->id != y->id)
        return x->id < y->id ? -1 : 1;
    return x->when < y->when ? -1 : x->when > y->when;
}

/* When @id was mended in @node, as far as is said: the earliest. */
static const CdxFixed *
find_fixed(const Cdx *cdx, CdxObject node, CpsfStr id)
{
    const CdxFixed wanted = {node, id, CPSF_TIME_ALWAYS_BEFORE};
    int64_t low = 0;
    int64_t high = cdx->fixed.n;

    while (low < high) {
        const int64_t middle = low + (high - low) / 2;

        if (compare_fixed(&cdx->fixed.items[middle], &wanted) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == cdx->fixed.n)
        return NULL;

    const CdxFixed *found = &cdx->fixed.items[low];

    return found->node == node && found->id == id ? found : NULL;
}

/* An incident that is resolved by what the component is made of ends with the release that did, or
 * by the time the document was issued; if neither is known it is not open, and never was for all
 * that is known. */
void
cdx_fixed_close(Cdx *cdx)
{
    CpsfStatements *all = &cdx->ingest->statements;
    int64_t kept = 0;

    if (cdx->fixed.n == 0)
        return;
    for (int64_t i = 0; i < cdx->fixed.n; i++)
        cdx->fixed.items[i].node = cdx_follow(cdx, cdx->fixed.items[i].node);
    qsort(cdx->fixed.items, (size_t) cdx->fixed.n, sizeof *cdx->fixed.items, compare_fixed);
    for (int64_t i = 0; i < all->incidents.n; i++) {
        CpsfIncidentRow *row = &all->incidents.items[i];
        const CdxFixed *fixed = find_fixed(cdx, cdx_follow(cdx, row->node), row->id);
        CpsfTime until = fixed != NULL ? fixed->when : CPSF_TIME_FOREVER;

        if (fixed != NULL && until == CPSF_TIME_FOREVER)
            until = cdx->ingest->info.issued;
        row->valid.until = MIN(row->valid.until, until);
        if (row->valid.since < row->valid.until)
            all->incidents.items[kept++] = *row;
    }
    all->incidents.n = kept;
}

/* -- variants -- */

static void
variant_ends(Cdx *cdx, CpsfXmlReader *reader)
{
    cdx_property(cdx, reader, cdx_owner(cdx), "cyclonedx:variant",
                 cdx->variant.purl != 0 ? cdx->variant.purl : cdx->variant.name);
}

/* -- identity -- */

/* How sure the author is that the field is right: it says who the component is, not whether to
 * trust it, so it is no evidence. */
static void
identity_ends(Cdx *cdx, CpsfXmlReader *reader)
{
    if (cdx->confidence == 0)
        return;
    g_string_printf(cdx->buffer, "cyclonedx:identity-confidence:%s",
                    cdx->field != 0 ? cdx_get_str(cdx, cdx->field) : "all");
    cdx_property_named(cdx, reader, cdx_owner(cdx),
                       cdx_intern(cdx, cdx->buffer->str, cdx->buffer->len), cdx->confidence);
}

static void
read_confidence(Cdx *cdx, CpsfXmlText text, CpsfXmlReader *reader)
{
    const CpsfXmlText stripped = cpsf_xml_text_strip(text);
    double number;

    if (cpsf_ingest_number(cdx->ingest, reader, "confidence", stripped, 0.0, 1.0, &number))
        cdx->confidence = cdx_str(cdx, stripped);
    else
        cdx->ingest->info.items_left_out++;
}

/* -- the handlers -- */

void
cdx_lineage_start(Cdx *cdx, uint8_t state, CpsfXmlReader *reader)
{
    switch (state) {
    case CDX_ISSUE:
        issue_begins(cdx, reader);
        break;
    case CDX_RELEASE_NOTES:
        cdx->release.when = CPSF_TIME_FOREVER;
        cdx->release.first = cdx->fixed.n;
        break;
    case CDX_VARIANT:
        cdx->variant.name = cdx->variant.purl = 0;
        if (cdx_define(cdx, reader, CDX_THING) == 0)
            cpsf_xml_skip(reader);
        break;
    case CDX_IDENTITY:
        cdx->field = cdx->confidence = 0;
        break;
    default:
        break;
    }
}

void
cdx_lineage_end(Cdx *cdx, uint8_t state, CpsfXmlText text, CpsfXmlReader *reader)
{
    switch (state) {
    case CDX_ISSUE_ID:
        read_issue(cdx, text, reader);
        break;
    case CDX_RELEASE_TIME:
        cdx_time(cdx, reader, text, &cdx->release.when);
        break;
    case CDX_RELEASE_NOTES:
        release_ends(cdx);
        break;
    case CDX_VARIANT_NAME:
        cdx->variant.name = cdx_str(cdx, text);
        break;
    case CDX_VARIANT_PURL:
        cdx->variant.purl = cdx_str(cdx, text);
        break;
    case CDX_VARIANT:
        variant_ends(cdx, reader);
        break;
    case CDX_IDENTITY_FIELD:
        cdx->field = cdx_str(cdx, text);
        break;
    case CDX_IDENTITY_CONFIDENCE:
        read_confidence(cdx, text, reader);
        break;
    case CDX_IDENTITY:
        identity_ends(cdx, reader);
        break;
    default:
        break;
    }
}
