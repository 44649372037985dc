/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * What a document says about the things it has named: what depends on what, how complete that is,
 * and what people noted.  "a depends on b" becomes b used-by a.
 */

#include "config.h"

#include <string.h>

#include "cyclonedx-private.h"

/* -- dependencies -- */

static void
put_leaf(Cdx *cdx, CdxObject object, CpsfPlace place)
{
    CdxLeaf *leaf = object != 0 ? cdx_add(cdx, leaves) : NULL;

    if (leaf == NULL)
        return;
    leaf->object = object;
    leaf->place = place;
}

static void
put_dependency(Cdx *cdx, const CdxWaiting *item)
{
    const CdxObject parent = item->parent >= 0 ? cdx->waiting[item->parent].object : item->around;

    if (item->is_nested && parent != 0)
        cdx_get(cdx, parent)->flags |= CDX_DEPENDS;
    if (item->is_nested && item->object != 0 && parent != 0)
        cdx_edge_at(cdx, item->place, CPSF_RELATION_USED_BY, item->object, parent);
    if (item->is_leaf)
        put_leaf(cdx, item->object, item->end);
}

/* What waits is settled, in the order of the document; elements still open learn their objects. */
static void
settle_dependencies(Cdx *cdx)
{
    cdx_look_up(cdx);
    for (int i = 0; i < cdx->n_waiting; i++)
        put_dependency(cdx, &cdx->waiting[i]);
    for (int64_t i = 0; i < cdx->depends.n; i++) {
        CdxDepends *open = &cdx->depends.items[i];

        if (open->waiting >= 0)
            *open = (CdxDepends){cdx->waiting[open->waiting].object, -1};
    }
    cdx->n_waiting = 0;
}

/* A free entry; its reference, if it can wait, is kept in it. */
static CdxWaiting *
wait_for(Cdx *cdx, CpsfXmlText ref, CpsfXmlReader *reader)
{
    if (cdx->n_waiting == CDX_WAITING_MAX)
        settle_dependencies(cdx);

    CdxWaiting *item = &cdx->waiting[cdx->n_waiting];

    memset(item, 0, sizeof *item);
    if (ref.value != NULL && !cdx_waits(cdx, ref, item))
        item->known = cdx_link(cdx, reader, ref, FALSE);
    item->place = cpsf_ingest_place(reader);
    return item;
}

static void
dependency_begins(Cdx *cdx, CpsfXmlReader *reader)
{
    const CpsfXmlText ref = cpsf_xml_attribute(reader, "ref");
    CdxWaiting *item = wait_for(cdx, ref, reader);
    CdxDepends *open = cdx_add(cdx, depends);

    if (open == NULL)
        return;
    *open = (CdxDepends){0, cdx->n_waiting++};
    if (ref.value == NULL || ref.length == 0)
        cdx_leave_out(cdx, reader, CPSF_FINDING_BAD_VALUE,
                      N_("a dependency says of nothing what it is"));
    else if (cdx->depends.n == 1)
        cdx->has_children = FALSE;
    else {
        cdx->has_children = TRUE;
        item->is_nested = TRUE;
        item->parent = open[-1].waiting;
        item->around = open[-1].object;
    }
}

/* An element at the top that holds no other states that there is nothing it depends on; inside
 * another one it states nothing. */
static void
dependency_ends(Cdx *cdx, CpsfXmlReader *reader)
{
    const CdxDepends closed = cdx->depends.items[--cdx->depends.n];

    if (cdx->depends.n > 0 || cdx->has_children)
        return;
    if (closed.waiting < 0) {
        put_leaf(cdx, closed.object, cpsf_ingest_place(reader));
        return;
    }
    cdx->waiting[closed.waiting].is_leaf = TRUE;
    cdx->waiting[closed.waiting].end = cpsf_ingest_place(reader);
}

static void
provides_begins(Cdx *cdx, CpsfXmlReader *reader)
{
    settle_dependencies(cdx);

    const CdxObject by = cdx->depends.n > 0 ? cdx->depends.items[cdx->depends.n - 1].object : 0;

    cdx_property_text(cdx, reader, by, "cyclonedx:provides", cpsf_xml_attribute(reader, "ref"));
}

/* An element elsewhere in the document may yet say more, and a composition outweighs the mere lack
 * of children. */
void
cdx_link_close(Cdx *cdx)
{
    settle_dependencies(cdx);

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
