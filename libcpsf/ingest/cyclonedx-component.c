/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Components: one node each, of the kind that goes with its type, under the best key it has; what
 * is nested is part of what it is nested in.  This is the story that big documents consist of, so a
 * component costs a handful of table look-ups and rows, whatever else stands in it.
 */

#include "config.h"

#include <string.h>

#include "cpsf-key-private.h"
#include "cyclonedx-private.h"

/* clang-format off */
#define TYPE(word, kind) {word, sizeof word - 1, kind}
static const struct {
    const char *word;
    size_t length;
    uint8_t kind;
} types[] = {
    TYPE("library",                CPSF_KIND_SOFTWARE),
    TYPE("application",            CPSF_KIND_SOFTWARE),
    TYPE("framework",              CPSF_KIND_SOFTWARE),
    TYPE("file",                   CPSF_KIND_SOFTWARE),
    TYPE("container",              CPSF_KIND_SOFTWARE),
    TYPE("platform",               CPSF_KIND_SOFTWARE),
    TYPE("operating-system",       CPSF_KIND_SOFTWARE),
    TYPE("device-driver",          CPSF_KIND_SOFTWARE),
    TYPE("firmware",               CPSF_KIND_SOFTWARE),
    TYPE("device",                 CPSF_KIND_DEVICE),
    TYPE("data",                   CPSF_KIND_DATA),
    TYPE("machine-learning-model", CPSF_KIND_DATA),
    TYPE("cryptographic-asset",    CPSF_KIND_DATA),
};

/* Best first: the one kept of several hashes.  SHA-256 leads because it can be a key. */
#define DIGEST(word, digits) {word, sizeof word - 1, digits, "cyclonedx:hash:" word}
static const struct {
    const char *word;
    size_t length;
    size_t digits; /* 0 = any of 32, 40, 64, 96, 128 */
    const char *property;
} digests[] = {
    DIGEST("SHA-256", 64), DIGEST("SHA-512", 128), DIGEST("SHA-384", 96),
    DIGEST("SHA3-512", 128), DIGEST("SHA3-384", 96), DIGEST("SHA3-256", 64),
    DIGEST("BLAKE2b-512", 128), DIGEST("BLAKE2b-384", 96), DIGEST("BLAKE2b-256", 64),
    DIGEST("BLAKE3", 0), DIGEST("Streebog-512", 128), DIGEST("Streebog-256", 64),
    DIGEST("SHA-1", 40), DIGEST("MD5", 32),
};

/* The references that bear on trust; all others are pointers for readers. */
static const char *const references[] = {
    "adversary-model", "advisories", "attestation", "bom", "certification-report",
    "component-analysis-report", "digital-signature", "dynamic-analysis-report", "evidence",
    "exploitability-statement", "maturity-report", "pentest-report", "poam", "quality-metrics",
    "rfc-9116", "risk-assessment", "runtime-analysis-report", "security-contact",
    "static-analysis-report", "threat-model", "vulnerability-assertion", NULL,
};
/* clang-format on */

#define SHA256 0 /* in digests */

/* -- opening and closing -- */

CdxFrame *
cdx_frame_push(Cdx *cdx, CpsfXmlReader *reader)
{
    const CdxObject object = cdx_define(cdx, reader, CDX_NODE);
    const CdxObject parent = cdx->frames.n > 0 ? cdx_frame(cdx)->object : 0;
    CdxFrame *frame = object != 0 ? cdx_add(cdx, frames) : NULL;

    if (frame == NULL) {
        cpsf_xml_skip(reader);
        return NULL;
    }
    frame->place = cpsf_ingest_place(reader);
    frame->object = object;
    frame->parent = parent;
    frame->digest = -1;
    frame->role = cpsf_xml_parent(reader);
    frame->first_data = cdx->data.n;
    frame->first_kept = (size_t) cdx->kept.n;
    return frame;
}

void
cdx_keep(Cdx *cdx, CpsfXmlText text, CdxKept *kept)
{
    const CpsfXmlText stripped = cpsf_xml_text_strip(text);
    const int64_t wanted = cdx->kept.n + (int64_t) stripped.length;

    *kept = (CdxKept){(size_t) cdx->kept.n, 0};
    if (cdx->ingest->broken != NULL)
        return;
    if (wanted > cdx->kept.capacity) {
        char *grown =
            cpsf_try_realloc(cdx->kept.items, 2 * (size_t) wanted, 1, &cdx->ingest->broken);

        if (grown == NULL)
            return;
        cdx->kept.items = grown;
        cdx->kept.capacity = 2 * wanted;
    }
    if (stripped.length > 0)
        memcpy(cdx->kept.items + cdx->kept.n, stripped.value, stripped.length);
    cdx->kept.n = wanted;
    kept->length = stripped.length;
}

CpsfStr
cdx_frame_str(Cdx *cdx, const CdxFrame *frame)
{
    const CpsfXmlText name = cdx_get_kept(cdx, frame->name);

    return cdx_intern_tagged(cdx, name.value, name.length, frame->name_tag);
}

void
cdx_frame_name(Cdx *cdx, const CdxFrame *frame, const char *what)
{
    const CpsfXmlText group = cdx_get_kept(cdx, frame->group);
    const CpsfXmlText name = cdx_get_kept(cdx, frame->name);
    const CpsfXmlText version = cdx_get_kept(cdx, frame->version);

    g_string_assign(cdx->buffer, what);
    g_string_append_c(cdx->buffer, '/');
    g_string_append_len(cdx->buffer, group.value, (gssize) group.length);
    g_string_append_c(cdx->buffer, '/');
    g_string_append_len(cdx->buffer, name.value, (gssize) name.length);
    g_string_append_c(cdx->buffer, '@');
    g_string_append_len(cdx->buffer, version.value, (gssize) version.length);
    cdx_name(cdx, frame->object);
}

CdxObject
cdx_data(Cdx *cdx, const CpsfXmlReader *reader, CpsfStr label, CpsfStr class_name)
{
    const CdxObject object = cdx_anonymous(cdx, CDX_NODE);
    CdxData *data = object != 0 ? cdx_add(cdx, data) : NULL;

    if (data == NULL)
        return 0;
    cdx_get(cdx, object)->kind = CPSF_KIND_DATA;
    data->object = object;
    data->place = cpsf_ingest_place(reader);
    data->label = label;
    data->class_name = class_name;
    return object;
}

/* Frames close from the inside out, so the entries from first_data on are the frame's own. */
void
cdx_frame_pop(Cdx *cdx)
{
    const CdxFrame *frame = cdx_frame(cdx);

    for (int64_t i = frame->first_data; i < cdx->data.n; i++) {
        const CdxData *data = &cdx->data.items[i];

        g_string_printf(cdx->buffer, "data/%s/%s", cdx_text(cdx, frame->object),
                        cdx_get_str(cdx, data->label));
        cdx_name(cdx, data->object);
        cdx_get(cdx, data->object)->key = cdx_local(cdx, data->object);
        cdx_node(cdx, data->object, data->place, data->label, data->class_name);
    }
    cdx->data.n = frame->first_data;
    cdx->kept.n = (int64_t) frame->first_kept;
    cdx->frames.n--;
}

static void
read_type(Cdx *cdx, CdxFrame *frame, CpsfXmlReader *reader)
{
    const CpsfXmlText type = cpsf_xml_attribute(reader, "type");

    for (size_t i = 0; i < G_N_ELEMENTS(types); i++) {
        if (type.length != types[i].length || memcmp(type.value, types[i].word, type.length) != 0)
            continue;
        cdx_get(cdx, frame->object)->kind = types[i].kind;
        frame->class_name = cdx_literal(cdx, types[i].word);
        return;
    }

    g_autofree char *quote = cdx_quote(type);

    cdx_leave_out(cdx, reader, CPSF_FINDING_BAD_VALUE,
                  N_("'%s' is not a type of component; its kind stays unknown"), quote);
}

static void
component_begins(Cdx *cdx, CpsfXmlReader *reader)
{
    const CpsfXmlText external = cpsf_xml_attribute(reader, "isExternal");
    CdxFrame *frame = cdx_frame_push(cdx, reader);

    if (frame == NULL)
        return;
    read_type(cdx, frame, reader);
    frame->is_external =
        external.value != NULL && (cdx_is(external, "true") || cdx_is(external, "1"));
    if (frame->role == CDX_METADATA && cdx_get(cdx, CDX_SUBJECT)->what == CDX_NOWHERE) {
        cdx_get(cdx, CDX_SUBJECT)->what = CDX_SAME;
        cdx_get(cdx, CDX_SUBJECT)->other = frame->object;
    }
}

/* -- the key -- */

/* The digest as a key. */
static CpsfStr
digest_key(Cdx *cdx, const CdxFrame *frame)
{
    char text[sizeof "sha256:" + CDX_DIGEST_MAX];
    const size_t before = strlen("sha256:");

    memcpy(text, "sha256:", before);
    memcpy(text + before, frame->hex, frame->n_hex);
    return cdx_intern(cdx, text, before + frame->n_hex);
}

/* A CPE names a class of things, and one with a wildcard many classes: good as the only key of one
 * software version, but two devices under it are two. */
static gboolean
is_own(const Cdx *cdx, const CdxFrame *frame, CpsfStr cpe)
{
    return cpe != 0 && cdx->objects.items[frame->object].kind != CPSF_KIND_DEVICE &&
           cpsf_key_is_authority(cdx_get_str(cdx, cpe));
}

/* In rank: purl, swid, cpe; the bytes themselves; the document's own name.  What is not the key is
 * an alias. */
static void
settle_key(Cdx *cdx, const CdxFrame *frame)
{
    const CpsfStr cpe = is_own(cdx, frame, frame->cpe) ? frame->cpe : 0;
    const gboolean is_device = cdx_get(cdx, frame->object)->kind == CPSF_KIND_DEVICE;
    const gboolean has_ref = cdx_get(cdx, frame->object)->length > 0;
    const CpsfStr identified = frame->purl | frame->swid | frame->cpe;
    CpsfStr key = frame->purl != 0 ? frame->purl : frame->swid != 0 ? frame->swid : cpe;

    if (identified == 0 && !is_device && frame->digest == SHA256)
        key = digest_key(cdx, frame);
    if (key == 0 && !has_ref)
        cdx_frame_name(cdx, frame, "component");
    if (key == 0)
        key = cdx_local(cdx, frame->object);
    cdx_get(cdx, frame->object)->key = key;
    if (frame->swid != key)
        cdx_alias(cdx, frame->object, frame->place, frame->swid);
    if (frame->cpe != key)
        cdx_alias(cdx, frame->object, frame->place, frame->cpe);
    if (has_ref && cdx->has_serial && key != cdx_local(cdx, frame->object))
        cdx_alias(cdx, frame->object, frame->place, cdx_local(cdx, frame->object));
}

/* -- what it says of itself -- */

static void
put_digest(Cdx *cdx, const CdxFrame *frame, const CpsfXmlReader *reader)
{
    if (frame->digest < 0)
        return;

    const uint32_t tag =
        frame->digest == SHA256 ? frame->hex_tag : cpsf_strtab_tag(frame->hex, frame->n_hex);

    cdx_property(cdx, reader, frame->object, digests[frame->digest].property,
                 cdx_intern_tagged(cdx, frame->hex, frame->n_hex, tag));
}

static void
put_range(Cdx *cdx, const CdxFrame *frame, const CpsfXmlReader *reader)
{
    if (frame->range == 0)
        return;
    if (frame->is_external) {
        cdx_property(cdx, reader, frame->object, "cyclonedx:version-range", frame->range);
        return;
    }
    cdx->ingest->info.items_left_out++;
    cpsf_ingest_finding_at(cdx->ingest, frame->range_place, CPSF_FINDING_BAD_VALUE,
                           N_("the version range %s is of a component without isExternal"),
                           cdx_get_str(cdx, frame->range), NULL);
}

static void
put_place_in_document(Cdx *cdx, const CdxFrame *frame, const CpsfXmlReader *reader)
{
    if (frame->role == CDX_DESCENDANTS)
        cdx_edge(cdx, reader, CPSF_RELATION_DERIVES, frame->parent, frame->object);
    else if (frame->role == CDX_ANCESTORS)
        cdx_edge(cdx, reader, CPSF_RELATION_DERIVES, frame->object, frame->parent);
    else
        cdx_edge(cdx, reader, CPSF_RELATION_PART_OF, frame->object, frame->parent);
}

static void
component_ends(Cdx *cdx, CpsfXmlReader *reader)
{
    const CdxFrame *frame = cdx_frame(cdx);

    settle_key(cdx, frame);
    cdx_node(cdx, frame->object, frame->place, cdx_frame_str(cdx, frame), frame->class_name);
    put_place_in_document(cdx, frame, reader);
    put_digest(cdx, frame, reader);
    put_range(cdx, frame, reader);
    if (frame->is_external)
        cdx_property(cdx, reader, frame->object, "cyclonedx:external", cdx_literal(cdx, "true"));
    if (frame->purl == 0) {
        cdx_property_text(cdx, reader, frame->object, "cyclonedx:group",
                          cdx_get_kept(cdx, frame->group));
        cdx_property_text(cdx, reader, frame->object, "cyclonedx:version",
                          cdx_get_kept(cdx, frame->version));
    }
    cdx_frame_pop(cdx);
}

static void
read_scope(Cdx *cdx, CpsfXmlText text, CpsfXmlReader *reader)
{
    static const char *const words[] = {"required", "optional", "excluded", NULL};
    const CpsfXmlText scope = cpsf_xml_text_strip(text);
    const int word = cdx_word(scope, words);

    if (word < 0) {
        g_autofree char *quote = cdx_quote(scope);

        cdx_leave_out(cdx, reader, CPSF_FINDING_BAD_VALUE,
                      N_("the scope %s is not required, optional or excluded"), quote);
        return;
    }
    if (word == 2)
        cdx_get(cdx, cdx_owner(cdx))->flags |= CDX_EXCLUDED;
    if (word > 0)
        cdx_property_text(cdx, reader, cdx_owner(cdx), "cyclonedx:scope", scope);
}

/* -- hashes -- */

static void
hash_begins(Cdx *cdx, CpsfXmlReader *reader)
{
    const CpsfXmlText algorithm = cpsf_xml_attribute(reader, "alg");

    cdx->digest = -1;
    for (int i = 0; i < (int) G_N_ELEMENTS(digests); i++)
        if (algorithm.length == digests[i].length &&
            memcmp(algorithm.value, digests[i].word, algorithm.length) == 0) {
            cdx->digest = i;
            return;
        }

    g_autofree char *quote = cdx_quote(algorithm);

    cdx_leave_out(cdx, reader, CPSF_FINDING_BAD_VALUE, N_("'%s' is not a hash algorithm"), quote);
}

#define DIGEST_BLOCK 32 /* bytes: the shortest digest */

/* A loop without a branch and of constant length, which compilers turn into a few instructions. */
static gboolean
are_hex_digits(const char *text)
{
    uint8_t wrong = 0;

    for (int i = 0; i < DIGEST_BLOCK; i++) {
        const uint8_t c = (uint8_t) text[i];
        const uint8_t decimal = (uint8_t) (c - '0');
        const uint8_t letter = (uint8_t) ((c | 0x20) - 'a');

        wrong |= (uint8_t) ((decimal > 9) & (letter > 5));
    }
    return wrong == 0;
}

static gboolean
is_digest(CpsfXmlText text, size_t digits)
{
    const size_t n = text.length;

    if (digits > 0 ? n != digits : n != 32 && n != 40 && n != 64 && n != 96 && n != 128)
        return FALSE;
    for (size_t i = 0; i < n; i += DIGEST_BLOCK)
        if (!are_hex_digits(text.value + MIN(i, n - DIGEST_BLOCK)))
            return FALSE;
    return TRUE;
}

static void
hash_ends(Cdx *cdx, CpsfXmlText text, CpsfXmlReader *reader)
{
    const CpsfXmlText hex = cpsf_xml_text_strip(text);
    CdxFrame *frame = cdx_frame(cdx);

    if (cdx->digest < 0 || frame == NULL)
        return;
    if (!is_digest(hex, digests[cdx->digest].digits)) {
        g_autofree char *quote = cdx_quote(hex);

        cdx_leave_out(cdx, reader, CPSF_FINDING_BAD_VALUE, N_("'%s' is not a hash by %s"), quote,
                      digests[cdx->digest].word);
        return;
    }
    if (frame->digest >= 0 && frame->digest <= cdx->digest)
        return;
    frame->digest = cdx->digest;
    frame->n_hex = hex.length;
    for (size_t i = 0; i < hex.length; i++)
        frame->hex[i] = (char) (hex.value[i] | 0x20); /* lower case; digits have that bit, too */
    if (cdx->digest != SHA256)                        /* a better one may come */
        return;
    frame->hex_tag = cpsf_strtab_tag(frame->hex, frame->n_hex);
    cpsf_strtab_prefetch(cdx->ingest->strings, frame->hex_tag);
}

/* -- what services have, too -- */

static void
read_swid(Cdx *cdx, CpsfXmlReader *reader)
{
    const CpsfXmlText tag = cpsf_xml_text_strip(cpsf_xml_attribute(reader, "tagId"));

    if (tag.value == NULL || tag.length == 0)
        return;
    g_string_assign(cdx->buffer, "swid:");
    g_string_append_len(cdx->buffer, tag.value, (gssize) tag.length);
    cdx_frame(cdx)->swid = cdx_key(cdx, reader, (CpsfXmlText){cdx->buffer->str, cdx->buffer->len});
}

static void
reference_begins(Cdx *cdx, CpsfXmlReader *reader)
{
    const CpsfXmlText type = cpsf_xml_attribute(reader, "type");

    cdx->reference = type.value != NULL ? cdx_word(type, references) : -1;
    if (cdx->reference < 0)
        cpsf_xml_skip(reader);
}

static void
read_reference(Cdx *cdx, CpsfXmlText text, CpsfXmlReader *reader)
{
    g_string_printf(cdx->buffer, "cyclonedx:reference:%s", references[cdx->reference]);
    cdx_property_named(cdx, reader, cdx_owner(cdx),
                       cdx_intern(cdx, cdx->buffer->str, cdx->buffer->len), cdx_str(cdx, text));
}

static void
read_licence_date(Cdx *cdx, const char *name, CpsfXmlText text, CpsfXmlReader *reader)
{
    CpsfTime time;

    if (cdx_time(cdx, reader, text, &time))
        cdx_property_text(cdx, reader, cdx_owner(cdx), name, text);
}

static void
read_property(Cdx *cdx, CpsfXmlText text, CpsfXmlReader *reader)
{
    if (cdx->property_name != 0)
        cdx_property_named(cdx, reader, cdx_owner(cdx), cdx->property_name, cdx_str(cdx, text));
}

/* -- the handlers -- */

void
cdx_component_start(Cdx *cdx, uint8_t state, CpsfXmlReader *reader)
{
    switch (state) {
    case CDX_COMPONENT:
        component_begins(cdx, reader);
        break;
    case CDX_HASH:
        hash_begins(cdx, reader);
        break;
    case CDX_SWID:
        read_swid(cdx, reader);
        break;
    case CDX_LICENSE:
        if (cdx_define(cdx, reader, CDX_THING) == 0)
            cpsf_xml_skip(reader);
        break;
    case CDX_REFERENCE:
        reference_begins(cdx, reader);
        break;
    case CDX_PROPERTY:
        cdx->property_name = cdx_str(cdx, cpsf_xml_attribute(reader, "name"));
        break;
    default:
        break;
    }
}

static void
read_name(Cdx *cdx, CdxFrame *frame, CpsfXmlText text)
{
    cdx_keep(cdx, text, &frame->name);

    const CpsfXmlText name = cdx_get_kept(cdx, frame->name);

    frame->name_tag = cpsf_strtab_tag(name.value, name.length);
    cpsf_strtab_prefetch(cdx->ingest->strings, frame->name_tag);
}

/* Most package URLs are canonical as they are, and most components have theirs as bom-ref, too:
 * then it is stored already, as the end of a local key. */
static CpsfStr
purl_of(Cdx *cdx, const CdxFrame *frame, CpsfXmlReader *reader, CpsfXmlText text)
{
    const CpsfXmlText purl = cpsf_xml_text_strip(text);
    const CdxName *name = cdx_get(cdx, frame->object);
    CpsfStr id = 0;

    if (cdx->ingest->broken != NULL || purl.length == 0 ||
        !cpsf_key_is_plain_purl((CpsfSpan){purl.value, purl.value + purl.length}))
        return cdx_key(cdx, reader, text);
    if (purl.length != name->length || memcmp(purl.value, name->text, purl.length) != 0)
        return cdx_intern(cdx, purl.value, purl.length);
    if (cdx_local(cdx, frame->object) == 0) /* then the name is where it stays */
        return 0;
    cpsf_strtab_add_tail(cdx->ingest->strings, name->text, name->length, name->tag, &id,
                         &cdx->ingest->broken);
    return id;
}

/* Text that stands in components only. */
static void
component_text(Cdx *cdx, uint8_t state, CpsfXmlText text, CpsfXmlReader *reader)
{
    CdxFrame *frame = cdx_frame(cdx);

    switch (state) {
    case CDX_NAME:
        read_name(cdx, frame, text);
        break;
    case CDX_GROUP:
        cdx_keep(cdx, text, &frame->group);
        break;
    case CDX_VERSION:
        cdx_keep(cdx, text, &frame->version);
        break;
    case CDX_VERSION_RANGE:
        frame->range = cdx_str(cdx, text);
        frame->range_place = cpsf_ingest_place(reader);
        break;
    case CDX_PURL:
        frame->purl = purl_of(cdx, frame, reader, text);
        break;
    case CDX_CPE:
        frame->cpe = cdx_key(cdx, reader, text);
        break;
    case CDX_PUBLISHER:
        cdx_property_text(cdx, reader, frame->object, "cyclonedx:publisher", text);
        break;
    case CDX_AUTHOR_TEXT:
        cdx_property_text(cdx, reader, frame->object, "cyclonedx:author", text);
        break;
    case CDX_GITOID:
        cdx_property_text(cdx, reader, frame->object, "cyclonedx:omnibor-id", text);
        break;
    case CDX_SWHID:
        cdx_property_text(cdx, reader, frame->object, "cyclonedx:swhid", text);
        break;
    default:
        break;
    }
}

void
cdx_component_end(Cdx *cdx, uint8_t state, CpsfXmlText text, CpsfXmlReader *reader)
{
    switch (state) {
    case CDX_COMPONENT:
        component_ends(cdx, reader);
        break;
    case CDX_HASH:
        hash_ends(cdx, text, reader);
        break;
    case CDX_SCOPE:
        read_scope(cdx, text, reader);
        break;
    case CDX_EXPIRATION:
        read_licence_date(cdx, "cyclonedx:licence-expiration", text, reader);
        break;
    case CDX_LAST_RENEWAL:
        read_licence_date(cdx, "cyclonedx:licence-renewal", text, reader);
        break;
    case CDX_REFERENCE_URL:
        read_reference(cdx, text, reader);
        break;
    case CDX_PROPERTY:
        read_property(cdx, text, reader);
        break;
    default:
        component_text(cdx, state, text, reader);
        break;
    }
}
