/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Names inside one document.  References may come before what they name, and the key of a
 * component is known only at its end; so rows hold objects, which are numbered as they are first
 * spoken of, and cdx_resolve() puts keys in their place when all has been read.  A reference is
 * looked up by its text, which is stored once, as the end of the local key that other documents
 * may use.
 */

#include "config.h"

#include <string.h>

#include "cpsf-key.h"
#include "cyclonedx-private.h"

/* -- the hash table: text of a reference -> object -- */

#define KEY_PLAIN 3000 /* bytes: references up to here fit into a key as they are */

static gboolean
is_text_of(const Cdx *cdx, CdxObject object, CpsfXmlText ref)
{
    const CdxName *name = &cdx->objects.items[object];

    return name->length == ref.length && memcmp(name->text, ref.value, ref.length) == 0;
}

/* The slot of @ref, or the free one where it belongs. */
static CdxSlot *
find_slot(const Cdx *cdx, uint32_t tag, CpsfXmlText ref)
{
    uint32_t slot = tag & (cdx->n_slots - 1);

    for (; cdx->slots[slot].object != 0; slot = (slot + 1) & (cdx->n_slots - 1))
        if (cdx->slots[slot].tag == tag && is_text_of(cdx, cdx->slots[slot].object, ref))
            break;
    return &cdx->slots[slot];
}

static gboolean
grow_slots(Cdx *cdx)
{
    const uint32_t n = cdx->n_slots > 0 ? 2 * cdx->n_slots : 256;
    CdxSlot *slots = cpsf_try_new0(CdxSlot, n, &cdx->ingest->broken);

    if (slots == NULL)
        return FALSE;
    for (uint32_t i = 0; i < cdx->n_slots; i++) {
        uint32_t slot = cdx->slots[i].tag & (n - 1);

        if (cdx->slots[i].object == 0)
            continue;
        while (slots[slot].object != 0)
            slot = (slot + 1) & (n - 1);
        slots[slot] = cdx->slots[i];
    }
    g_free(cdx->slots);
    cdx->slots = slots;
    cdx->n_slots = n;
    return TRUE;
}

CdxObject
cdx_anonymous(Cdx *cdx, uint8_t what)
{
    CdxName *name = cdx_add(cdx, objects);

    if (name == NULL)
        return 0;
    name->what = what;
    name->text = "";
    return (CdxObject) (cdx->objects.n - 1);
}

/* No byte of it is written differently in a key. */
static gboolean
is_plain(CpsfXmlText ref)
{
    for (size_t i = 0; i < ref.length; i++)
        if (ref.value[i] <= ' ' || ref.value[i] >= 0x7f || ref.value[i] == '%')
            return FALSE;
    return ref.length <= KEY_PLAIN;
}

/* A new name is put together with its local key in cdx->local; the key is interned only when the
 * next one comes or something needs it, when its place in the table of strings has had time to
 * arrive.  Until then the text of its object is in cdx->local. */
static void
settle_name(Cdx *cdx)
{
    CdxName *name = cdx_get(cdx, cdx->unsettled);
    CpsfStr key = 0;

    if (cdx->unsettled == 0 || cdx->ingest->broken != NULL)
        return;
    cdx->unsettled = 0;
    if (!cpsf_strtab_add_tagged(cdx->ingest->strings, cdx->local, cdx->n_prefix + name->length,
                                cdx->local_tag, &key, &cdx->ingest->broken))
        return;
    name->local = key;
    name->text = cdx_get_str(cdx, key) + cdx->n_prefix;
}

/* Gives @object its name: nearly always the end of its local key.  Where it is not, cdx_local()
 * makes that key if anything needs it. */
static void
set_name(Cdx *cdx, CdxObject object, CpsfXmlText ref)
{
    CdxName *name = cdx_get(cdx, object);

    if (cdx->n_prefix == 0 || !is_plain(ref)) {
        name->text = cdx_get_str(cdx, cdx_intern(cdx, ref.value, ref.length));
        return;
    }
    settle_name(cdx);
    memcpy(cdx->local + cdx->n_prefix, ref.value, ref.length);
    cdx->local[cdx->n_prefix + ref.length] = '\0';
    cdx->local_tag = cpsf_strtab_tag(cdx->local, cdx->n_prefix + ref.length);
    cpsf_strtab_prefetch(cdx->ingest->strings, cdx->local_tag);
    cdx->unsettled = object;
    name->text = cdx->local + cdx->n_prefix;
}

CpsfStr
cdx_local(Cdx *cdx, CdxObject object)
{
    settle_name(cdx);

    CdxName *name = cdx_get(cdx, object);

    if (name->local == 0 && name->length > 0)
        cpsf_ingest_local(cdx->ingest, (CpsfXmlText){name->text, name->length}, &name->local);
    return name->local;
}

/* The object that @text stands for, made if it is new; then its key is @key, or local if that is
 * NULL. */
static CdxObject
object_of(Cdx *cdx, CpsfXmlText text, uint32_t tag, const char *key)
{
    if (cdx->ingest->broken != NULL)
        return 0;
    if (4 * (uint64_t) cdx->n_names >= 3 * (uint64_t) cdx->n_slots && !grow_slots(cdx))
        return 0;

    CdxSlot *slot = find_slot(cdx, tag, text);

    if (slot->object != 0)
        return slot->object;

    const CdxObject object = cdx_anonymous(cdx, CDX_NOWHERE);

    if (object == 0)
        return 0;
    cdx_get(cdx, object)->length = (uint32_t) text.length;
    cdx_get(cdx, object)->tag = tag;
    if (key == NULL)
        set_name(cdx, object, text);
    else {
        cdx_get(cdx, object)->local = cdx_intern(cdx, key, strlen(key));
        cdx_get(cdx, object)->text = cdx_get_str(cdx, cdx_intern(cdx, text.value, text.length));
    }
    *slot = (CdxSlot){tag, object};
    cdx->n_names++;
    return cdx->ingest->broken == NULL ? object : 0;
}

CdxObject
cdx_ref(Cdx *cdx, CpsfXmlText ref)
{
    return ref.length > 0 ? object_of(cdx, ref, cpsf_strtab_tag(ref.value, ref.length), NULL) : 0;
}

/* -- references that can wait -- */

/* Whether the reference is to be looked up among the names of the document: no BOM-Link, and not
 * empty. */
static gboolean
is_inside(CpsfXmlText ref)
{
    return ref.length > 0 &&
           !(ref.length > 8 && g_ascii_strncasecmp(ref.value, "urn:cdx:", 8) == 0);
}

gboolean
cdx_waits(Cdx *cdx, CpsfXmlText ref, CdxWaiting *waiting)
{
    const CpsfXmlText text = cpsf_xml_text_strip(ref);

    if (!is_inside(text) || text.length > sizeof cdx->waiting_text - cdx->n_waiting_text)
        return FALSE;
    waiting->text = (uint32_t) cdx->n_waiting_text;
    waiting->length = (uint32_t) text.length;
    waiting->tag = cpsf_strtab_tag(text.value, text.length);
    memcpy(cdx->waiting_text + cdx->n_waiting_text, text.value, text.length);
    cdx->n_waiting_text += text.length;
    if (cdx->n_slots > 0)
        __builtin_prefetch(&cdx->slots[waiting->tag & (cdx->n_slots - 1)]);
    return TRUE;
}

/* Each step asks for what the next one reads, so that the waits of a block overlap. */
void
cdx_look_up(Cdx *cdx)
{
    for (int i = 0; i < cdx->n_waiting && cdx->n_slots > 0; i++) {
        CdxWaiting *item = &cdx->waiting[i];
        uint32_t slot = item->tag & (cdx->n_slots - 1);

        while (cdx->slots[slot].object != 0 && cdx->slots[slot].tag != item->tag)
            slot = (slot + 1) & (cdx->n_slots - 1);
        item->object = cdx->slots[slot].object;
        __builtin_prefetch(&cdx->objects.items[item->object]);
    }
    for (int i = 0; i < cdx->n_waiting && cdx->n_slots > 0; i++) {
        const char *text = cdx->objects.items[cdx->waiting[i].object].text;

        __builtin_prefetch(text);
        __builtin_prefetch(text + 64);
    }
    for (int i = 0; i < cdx->n_waiting; i++) {
        CdxWaiting *item = &cdx->waiting[i];
        const CpsfXmlText ref = {cdx->waiting_text + item->text, item->length};

        item->object = item->length > 0 ? object_of(cdx, ref, item->tag, NULL) : item->known;
    }
    cdx->n_waiting_text = 0;
}

/* -- what is outside, and names that are made up -- */

/* What stands outside the document.  The mark keeps its name apart from bom-refs, which cannot
 * hold a control character. */
static CdxObject
outside(Cdx *cdx, const char *key)
{
    g_autofree char *text = g_strconcat("\001", key, NULL);
    const size_t length = strlen(text);
    const CdxObject object =
        object_of(cdx, (CpsfXmlText){text, length}, cpsf_strtab_tag(text, length), key);

    if (object != 0 && cdx_get(cdx, object)->what == CDX_NOWHERE) {
        cdx_get(cdx, object)->what = CDX_OUTSIDE;
        cdx_get(cdx, object)->key = cdx_get(cdx, object)->local;
    }
    return object;
}

CdxObject
cdx_named(Cdx *cdx)
{
    return cdx_ref(cdx, (CpsfXmlText){cdx->buffer->str, cdx->buffer->len});
}

/* How often a text was asked for is kept in `other` of the object it names, so that a million
 * components of one name take a million steps. */
void
cdx_name(Cdx *cdx, CdxObject object)
{
    const size_t length = cdx->buffer->len;
    const CdxObject first = cdx_named(cdx);
    CdxObject taken = first;

    while (taken != 0 && cdx_get(cdx, taken)->what != CDX_NOWHERE) {
        g_string_truncate(cdx->buffer, length);
        g_string_append_printf(cdx->buffer, "/%u", ++cdx_get(cdx, first)->other + 1);
        taken = cdx_named(cdx);
    }
    if (taken == 0)
        return;
    cdx_get(cdx, taken)->what = CDX_THING; /* a reference cannot mean it: nobody was told of it */
    cdx_get(cdx, object)->local = cdx_local(cdx, taken);
    cdx_get(cdx, object)->text = cdx_get(cdx, taken)->text;
}

CdxObject
cdx_define(Cdx *cdx, const CpsfXmlReader *reader, uint8_t what)
{
    const CpsfXmlText ref = cpsf_xml_attribute(reader, "bom-ref");

    if (ref.value == NULL || ref.length == 0)
        return cdx_anonymous(cdx, what);

    const CdxObject object = cdx_ref(cdx, ref);

    if (object == 0)
        return 0;
    if (cdx_get(cdx, object)->what != CDX_NOWHERE) {
        cdx_leave_out(cdx, reader, CPSF_FINDING_DUPLICATE_REF,
                      N_("the bom-ref %s is taken by an element before; this one is left out"),
                      cdx_text(cdx, object));
        return 0;
    }
    cdx_get(cdx, object)->what = what;
    cpsf_strtab_prefetch(cdx->ingest->strings, cdx_get(cdx, object)->tag); /* maybe its purl, too */
    return object;
}

/* -- links to other documents -- */

/* urn:cdx:UUID/VERSION#REF; the fragment is escaped as in any URL (BOM-Link, CycloneDX 1.5). */
static CdxObject
bom_link(Cdx *cdx, CpsfXmlText link)
{
    const char *uuid = link.value + strlen("urn:cdx:");
    const char *end = link.value + link.length;
    const char *slash = memchr(uuid, '/', (size_t) (end - uuid));
    const char *mark = memchr(uuid, '#', (size_t) (end - uuid));

    if (slash == NULL)
        return 0;

    g_autofree char *serial = g_strdup_printf("urn:uuid:%.*s", (int) (slash - uuid), uuid);
    g_autofree char *document = cpsf_key_canonical(serial, -1, NULL);
    g_autofree char *ref = mark != NULL ? g_uri_unescape_segment(mark + 1, end, NULL) : NULL;

    if (document == NULL)
        return 0;
    if (cdx->has_serial && strcmp(document, cdx->ingest->info.id) == 0)
        return ref != NULL ? cdx_ref(cdx, (CpsfXmlText){ref, strlen(ref)}) : CDX_SUBJECT;
    if (ref == NULL || *ref == '\0')
        return 0;

    g_autofree char *key = cpsf_key_local(document, ref, -1);

    return outside(cdx, key);
}

/* The object of an https URL; 0 if @url is none. */
static CdxObject
location(Cdx *cdx, CpsfXmlText url)
{
    if (url.length < 9 || g_ascii_strncasecmp(url.value, "https://", 8) != 0)
        return 0;

    g_autofree char *key = cpsf_key_canonical(url.value, (gssize) url.length, NULL);

    return key != NULL && cpsf_key_get_scheme(key) == CPSF_KEY_HTTPS ? outside(cdx, key) : 0;
}

CdxObject
cdx_link(Cdx *cdx, const CpsfXmlReader *reader, CpsfXmlText link, gboolean take_url)
{
    const CpsfXmlText text = cpsf_xml_text_strip(link);

    if (text.length == 0)
        return 0;
    if (text.length > 8 && g_ascii_strncasecmp(text.value, "urn:cdx:", 8) == 0) {
        const CdxObject object = bom_link(cdx, text);

        if (object == 0 && cdx->ingest->broken == NULL) {
            g_autofree char *quote = cdx_quote(text);

            cpsf_ingest_finding(cdx->ingest, reader, CPSF_FINDING_DANGLING_REF,
                                N_("the BOM-Link %s names no element of a document"), quote, NULL);
        }
        return object;
    }
    return take_url ? location(cdx, text) : cdx_ref(cdx, text);
}

void
cdx_also_at(Cdx *cdx, CdxObject object, CpsfXmlText url)
{
    const CdxObject at = location(cdx, cpsf_xml_text_strip(url));

    if (at == 0 || cdx_get(cdx, at)->what != CDX_OUTSIDE)
        return;
    cdx_get(cdx, at)->what = CDX_SAME;
    cdx_get(cdx, at)->other = object;
}

CdxObject
cdx_follow(const Cdx *cdx, CdxObject object)
{
    while (cdx->objects.items[object].what == CDX_SAME)
        object = cdx->objects.items[object].other;
    return object;
}

/* -- keys in place of objects -- */

/* 0 if nothing is to be said of @object: it does not exist, which is a finding unless it is the
 * subject, or it is no node: a workflow, a licence. */
static CpsfStr
key_of(Cdx *cdx, CdxObject object, CpsfPlace place)
{
    const CdxName *name = cdx_get(cdx, cdx_follow(cdx, object));

    if (name->what == CDX_NODE || name->what == CDX_OUTSIDE)
        return name->key;
    if (name->what == CDX_NOWHERE && (name->flags & CDX_ABOUT) == 0)
        cpsf_ingest_finding_at(cdx->ingest, place, CPSF_FINDING_DANGLING_REF,
                               N_("the reference %s names nothing in the document"),
                               cdx_text(cdx, object), NULL);
    return 0;
}

/* CycloneDX says "depends on" and "flows" of anything; the relation is that of the kinds. */
static uint8_t
relation_of(uint8_t relation, CpsfKind from, CpsfKind to)
{
    if (relation == CPSF_RELATION_USED_BY && from == CPSF_KIND_DEVICE)
        return CPSF_RELATION_HOSTS;
    if (relation == CPSF_RELATION_FEEDS && to == CPSF_KIND_DEVICE)
        return CPSF_RELATION_DRIVES;
    return relation;
}

/* FALSE if the edge is to be left out.  What scope says is excluded passes nothing on; and where no
 * relation fits the kinds, as with the ancestors of a device, there is none. */
static gboolean
settle_edge(Cdx *cdx, CpsfEdgeRow *edge)
{
    const CdxObject from = cdx_follow(cdx, edge->from);
    const CdxObject to = cdx_follow(cdx, edge->to);
    const CpsfStr from_key = key_of(cdx, from, edge->place);
    const CpsfStr to_key = key_of(cdx, to, edge->place);
    const CpsfKind from_kind = (CpsfKind) cdx_get(cdx, from)->kind;
    const CpsfKind to_kind = (CpsfKind) cdx_get(cdx, to)->kind;
    const gboolean is_inside =
        edge->relation == CPSF_RELATION_USED_BY || edge->relation == CPSF_RELATION_PART_OF;

    if (from_key == 0 || to_key == 0)
        return FALSE;
    if (is_inside && (cdx_get(cdx, from)->flags & CDX_EXCLUDED) != 0)
        return FALSE;
    edge->relation = relation_of(edge->relation, from_kind, to_kind);
    edge->from = from_key;
    edge->to = to_key;
    return cpsf_relation_fits((CpsfRelation) edge->relation, from_kind, to_kind);
}

/* clang-format off */
#define RESOLVE(cdx, table)                                                             \
    do {                                                                                \
        __typeof__(&(cdx)->ingest->statements.table) all = &(cdx)->ingest->statements.table; \
        int64_t kept = 0;                                                               \
                                                                                        \
        for (int64_t i = 0; i < all->n; i++) {                                          \
            const CpsfStr key = key_of((cdx), all->items[i].node, all->items[i].place); \
                                                                                        \
            if (key == 0)                                                               \
                continue;                                                               \
            all->items[kept] = all->items[i];                                           \
            all->items[kept++].node = key;                                              \
        }                                                                               \
        all->n = kept;                                                                  \
    } while (0)
/* clang-format on */

static void
resolve_edges(Cdx *cdx)
{
    CpsfStatements *all = &cdx->ingest->statements;
    int64_t kept = 0;

    for (int64_t i = 0; i < all->edges.n; i++)
        if (settle_edge(cdx, &all->edges.items[i]))
            all->edges.items[kept++] = all->edges.items[i];
    all->edges.n = kept;
}

void
cdx_resolve(Cdx *cdx)
{
    RESOLVE(cdx, nodes);
    RESOLVE(cdx, aliases);
    RESOLVE(cdx, properties);
    RESOLVE(cdx, evidence);
    RESOLVE(cdx, incidents);
    RESOLVE(cdx, completeness);
    resolve_edges(cdx);
}
