/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * What a document says about the things it has named: what depends on what, how complete that is,
 * and what people noted.  "a depends on b" becomes b used-by a.
 */

#include "config.h"

#include "cyclonedx-private.h"

/* -- dependencies -- */

static void
dependency_begins(Cdx *cdx, CpsfXmlReader *reader)
{
    const CpsfXmlText ref = cpsf_xml_attribute(reader, "ref");
    const CdxObject object = ref.value != NULL ? cdx_link(cdx, reader, ref, FALSE) : 0;
    CdxObject *open = cdx_add(cdx, depends);

    if (open == NULL)
        return;
    *open = object;
    if (ref.value == NULL || ref.length == 0) {
        cdx_leave_out(cdx, reader, CPSF_FINDING_BAD_VALUE,
                      N_("a dependency says of nothing what it is"));
        return;
    }
    if (cdx->depends.n == 1) {
        cdx->has_children = FALSE;
        return;
    }

    const CdxObject parent = cdx->depends.items[cdx->depends.n - 2];

    cdx->has_children = TRUE;
    if (parent != 0)
        cdx_get(cdx, parent)->flags |= CDX_DEPENDS;
    cdx_edge(cdx, reader, CPSF_RELATION_USED_BY, object, parent);
}

/* An element at the top that holds no other states that there is nothing it depends on; inside
 * another one it states nothing. */
static void
dependency_ends(Cdx *cdx, CpsfXmlReader *reader)
{
    const CdxObject object = cdx->depends.items[--cdx->depends.n];
    const gboolean is_leaf = cdx->depends.n == 0 && !cdx->has_children && object != 0;
    CdxLeaf *leaf = is_leaf ? cdx_add(cdx, leaves) : NULL;

    if (leaf == NULL)
        return;
    leaf->object = object;
    leaf->place = cpsf_ingest_place(reader);
}

static void
provides_begins(Cdx *cdx, CpsfXmlReader *reader)
{
    const CdxObject by = cdx->depends.n > 0 ? cdx->depends.items[cdx->depends.n - 1] : 0;

    cdx_property_text(cdx, reader, by, "cyclonedx:provides", cpsf_xml_attribute(reader, "ref"));
}

/* An element elsewhere in the document may yet say more, and a composition outweighs the mere lack
 * of children. */
void
cdx_link_close(Cdx *cdx)
{
    const CpsfStr of = cdx->leaves.n > 0 ? cdx_literal(cdx, "dependencies") : 0;
    const CpsfStr state = cdx->leaves.n > 0 ? cdx_literal(cdx, "complete") : 0;

    for (int64_t i = 0; i < cdx->leaves.n; i++) {
        const CdxObject object = cdx_follow(cdx, cdx->leaves.items[i].object);
        CdxName *name = cdx_get(cdx, object);

        if ((name->flags & (CDX_DEPENDS | CDX_COMPOSED | CDX_STATED)) != 0)
            continue;
        name->flags |= CDX_STATED;

        CpsfCompletenessRow *row = cdx_row_at(cdx, completeness, cdx->leaves.items[i].place);

        if (row == NULL)
            return;
        row->node = object;
        row->of = of;
        row->state = state;
    }
}

/* -- compositions -- */

static void
composed(Cdx *cdx, const char *of, CpsfXmlReader *reader)
{
    const CpsfXmlText ref = cpsf_xml_attribute(reader, "ref");
    const CdxObject object = ref.value != NULL ? cdx_link(cdx, reader, ref, FALSE) : 0;
    CpsfCompletenessRow *row = object != 0 ? cdx_row(cdx, completeness, reader) : NULL;

    if (row == NULL)
        return;
    row->node = object;
    row->of = cdx_literal(cdx, of);
    if (*of == 'd')
        cdx_get(cdx, object)->flags |= CDX_COMPOSED;
}

/* A vulnerability is no node: what is said of it holds for what it affects, known at the end. */
static void
composed_vulnerability(Cdx *cdx, CpsfXmlReader *reader)
{
    const CpsfXmlText ref = cpsf_xml_attribute(reader, "ref");
    const CdxObject object = ref.value != NULL ? cdx_link(cdx, reader, ref, FALSE) : 0;
    CdxComposed *item = object != 0 ? cdx_add(cdx, composed) : NULL;

    if (item == NULL)
        return;
    item->place = cpsf_ingest_place(reader);
    item->vulnerability = object;
}

static void
composition_begins(Cdx *cdx, CpsfXmlReader *reader)
{
    cdx->composition.first = cdx->ingest->statements.completeness.n;
    cdx->composition.first_vulnerability = cdx->composed.n;
    cdx->composition.state = 0;
    if (cdx_define(cdx, reader, CDX_THING) == 0)
        cpsf_xml_skip(reader);
}

static void
read_aggregate(Cdx *cdx, CpsfXmlText text, CpsfXmlReader *reader)
{
    static const char *const words[] = {
        "complete",
        "incomplete",
        "incomplete_first_party_only",
        "incomplete_first_party_proprietary_only",
        "incomplete_first_party_opensource_only",
        "incomplete_third_party_only",
        "incomplete_third_party_proprietary_only",
        "incomplete_third_party_opensource_only",
        "unknown",
        "not_specified",
        NULL,
    };
    const CpsfXmlText word = cpsf_xml_text_strip(text);

    if (cdx_word(word, words) >= 0) {
        cdx->composition.state = cdx_str(cdx, word);
        return;
    }

    g_autofree char *quote = cdx_quote(word);

    cdx_leave_out(cdx, reader, CPSF_FINDING_BAD_VALUE,
                  N_("'%s' does not say how complete a composition is"), quote);
}

/* How complete may stand before or after of what. */
static void
composition_ends(Cdx *cdx)
{
    CpsfStatements *all = &cdx->ingest->statements;

    if (cdx->composition.state == 0) {
        all->completeness.n = cdx->composition.first;
        cdx->composed.n = cdx->composition.first_vulnerability;
        return;
    }
    for (int64_t i = cdx->composition.first; i < all->completeness.n; i++)
        all->completeness.items[i].state = cdx->composition.state;
    for (int64_t i = cdx->composition.first_vulnerability; i < cdx->composed.n; i++)
        cdx->composed.items[i].state = cdx->composition.state;
}

/* -- annotations -- */

static void
annotation_begins(Cdx *cdx, CpsfXmlReader *reader)
{
    cdx->annotation.first = cdx->ingest->statements.properties.n;
    cdx->annotation.text = 0;
    if (cdx_define(cdx, reader, CDX_THING) == 0)
        cpsf_xml_skip(reader);
}

static void
annotate(Cdx *cdx, CpsfXmlReader *reader)
{
    const CpsfXmlText ref = cpsf_xml_attribute(reader, "ref");
    const CdxObject object = ref.value != NULL ? cdx_link(cdx, reader, ref, FALSE) : 0;
    CpsfPropertyRow *row = object != 0 ? cdx_row(cdx, properties, reader) : NULL;

    if (row == NULL)
        return;
    row->node = object;
    row->name = cdx_literal(cdx, "cyclonedx:annotation");
}

static void
annotation_ends(Cdx *cdx)
{
    CpsfStatements *all = &cdx->ingest->statements;

    if (cdx->annotation.text == 0)
        all->properties.n = cdx->annotation.first;
    for (int64_t i = cdx->annotation.first; i < all->properties.n; i++)
        all->properties.items[i].value = cdx->annotation.text;
}

/* -- the handlers -- */

void
cdx_link_start(Cdx *cdx, uint8_t state, CpsfXmlReader *reader)
{
    switch (state) {
    case CDX_DEPENDENCY:
        dependency_begins(cdx, reader);
        break;
    case CDX_PROVIDES:
        provides_begins(cdx, reader);
        break;
    case CDX_COMPOSITION:
        composition_begins(cdx, reader);
        break;
    case CDX_COMPOSED_COMPONENTS:
        composed(cdx, "components", reader);
        break;
    case CDX_COMPOSED_DEPENDENCIES:
        composed(cdx, "dependencies", reader);
        break;
    case CDX_COMPOSED_VULNERABILITIES:
        composed_vulnerability(cdx, reader);
        break;
    case CDX_ANNOTATION:
        annotation_begins(cdx, reader);
        break;
    case CDX_SUBJECT_REF:
        annotate(cdx, reader);
        break;
    case CDX_FORMULA:
    case CDX_WORKFLOW:
    case CDX_TASK:
        if (cdx_define(cdx, reader, CDX_THING) == 0)
            cpsf_xml_skip(reader);
        break;
    default:
        break;
    }
}

void
cdx_link_end(Cdx *cdx, uint8_t state, CpsfXmlText text, CpsfXmlReader *reader)
{
    switch (state) {
    case CDX_DEPENDENCY:
        dependency_ends(cdx, reader);
        break;
    case CDX_AGGREGATE:
        read_aggregate(cdx, text, reader);
        break;
    case CDX_COMPOSITION:
        composition_ends(cdx);
        break;
    case CDX_ANNOTATION_TEXT:
        cdx->annotation.text = cdx_str(cdx, text);
        break;
    case CDX_ANNOTATION:
        annotation_ends(cdx);
        break;
    default:
        break;
    }
}
