/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cpsf-ingest-private.h"
#include "cyclonedx-states-private.h"

G_BEGIN_DECLS

/*
 * CycloneDX XML 1.0 to 1.7, one file a story: cyclonedx.c (the document and its metadata),
 * -rules (the table), -refs (names inside the document), -component, -lineage (where a component
 * comes from), -asset (data and cryptographic assets), -party (organisations and persons),
 * -service, -links (dependencies, compositions, annotations), -vulnerability, -declaration.
 */

/* clang-format off */

/* What stands behind a name of the document. */
enum {
    CDX_NOWHERE,             /* so far only referred to */
    CDX_NODE,
    CDX_THING,               /* something that is no node: an assessor, a licence, a workflow */
    CDX_SAME,                /* the object `other` */
    CDX_OUTSIDE,             /* a key of another document, or a URL */
};

/* Things with an entry of their own: what stands in `kind` of a CDX_THING, `other` being the entry,
 * from 1. */
enum { CDX_IS_ASSESSOR = 1, CDX_IS_CLAIM, CDX_IS_PROOF };

/* Flags of objects. */
#define CDX_EXCLUDED     1U  /* scope: not in what is delivered */
#define CDX_DEPENDS      2U  /* a dependency element with children is there */
#define CDX_COMPOSED     4U  /* a composition speaks about its dependencies */
#define CDX_STATED       8U  /* "no dependencies" has been put down */
#define CDX_ABOUT        16U /* not a name but the document's subject: silent if there is none */

/* clang-format on */

/* Index into cdx->objects; 0 = none.  While a document is read, the rows of its statements hold
 * objects where they will hold keys; cdx_resolve() replaces them. */
typedef uint32_t CdxObject;
#define CDX_SUBJECT 1U /* what the document is about: metadata/component */

typedef struct {
    const char *text; /* its name in the document; "" = none */
    uint32_t length;  /* of text, if it can be looked up */
    CpsfStr key;      /* once it is known */
    CpsfStr local;    /* its name as a key; 0 = none, or not made yet: cdx_local() */
    uint32_t other;   /* CDX_SAME: the object; else free for the story of the object */
    uint32_t tag;     /* of text, if it can be looked up */
    uint8_t what;
    uint8_t kind; /* CpsfKind */
    uint8_t flags;
} CdxName;

#define CDX_N_LITERALS 256
#define CDX_DIGEST_MAX 128 /* hex digits of the longest */
#define CDX_PREFIX_MAX 64  /* bytes of local:<serial number># */
#define CDX_PLAIN_MAX 3000 /* bytes: references up to here fit into a key as they are */

typedef struct {
    uint32_t tag; /* half of the text's hash */
    CdxObject object;
} CdxSlot;

/* A dependency element whose reference waits to be looked up with others: each alone would wait for
 * memory three times over. */
typedef struct {
    CpsfPlace place;
    uint32_t text; /* where the reference begins in waiting_text */
    uint32_t length;
    uint32_t tag;
    CdxObject known;  /* with length 0 */
    CdxObject object; /* found for it */
    int parent;       /* the dependency around it, among those that wait; -1 = none of them */
    CdxObject around; /* with parent -1; 0 = it stands at the top */
    gboolean is_nested;
    gboolean is_leaf;
    CpsfPlace end;
} CdxWaiting;

#define CDX_WAITING_MAX 64
#define CDX_WAITING_BYTES 16384

/* A dependency element that is open. */
typedef struct {
    CdxObject object;
    int waiting; /* its entry there; -1 = object is known */
} CdxDepends;

/* Text of a frame's children that may turn out not to be needed: a part of cdx->kept. */
typedef struct {
    size_t at;
    size_t length;
} CdxKept;

/* A component or a service that is open. */
typedef struct {
    CpsfPlace place;
    CpsfPlace range_place;
    CdxObject object;
    CdxObject parent; /* the one around it */
    CpsfStr class_name;
    CpsfStr range;
    CdxKept name, group, version;
    uint32_t name_tag;       /* of the text name */
    uint32_t hex_tag;        /* of hex, if it is a SHA-256 digest */
    size_t first_kept;       /* where its own text begins in cdx->kept */
    CpsfStr purl, swid, cpe; /* canonical keys */
    int64_t first_data;      /* where its own entries begin in cdx->data */
    int digest;              /* which algorithm the hash that is kept is of, -1 = none is */
    uint8_t role;            /* the state above it */
    gboolean is_external;
    size_t n_hex;
    char hex[CDX_DIGEST_MAX]; /* in lower case */
} CdxFrame;

/* Data without a name of their own: their key is made of their owner's when that is known. */
typedef struct {
    CpsfPlace place;
    CdxObject object;
    CpsfStr label;
    CpsfStr class_name;
} CdxData;

/* An object and where it is spoken of: a dependency element at the top that holds none, say. */
typedef struct {
    CpsfPlace place;
    CdxObject object;
} CdxLeaf;

typedef struct {
    CdxObject object;
    gboolean is_source;
    CpsfPlace place;
} CdxFlowEnd;

typedef struct {
    CpsfPlace place;
    CdxObject vulnerability;
    CdxObject node;
    uint8_t verdict; /* bits of what is said of its versions */
} CdxTarget;

/* A composition that speaks about a vulnerability. */
typedef struct {
    CpsfPlace place;
    CdxObject vulnerability;
    CpsfStr state;
} CdxComposed;

/* A security issue that a patch or a release resolves. */
typedef struct {
    CdxObject node;
    CpsfStr id;
    CpsfTime when; /* CPSF_TIME_FOREVER = not said */
} CdxFixed;

typedef struct {
    CpsfPlace place;
    CdxObject object;
    CdxObject target;
    CpsfStr id;
    CpsfInterval meet; /* of its evidence */
    CpsfInterval span;
    gboolean has_evidence;
    gboolean is_attested;
} CdxClaim;

typedef struct {
    CpsfPlace place;
    uint32_t claim; /* its entry, from 1 */
    CdxObject to;
    gboolean is_counter;
} CdxProofLink;

typedef struct {
    CpsfPlace place;
    CdxObject claim;
    CdxObject assessor;
    CpsfStr requirement;
    CpsfStr score;
    gboolean is_counter;
    gboolean is_failed; /* conformance 0 */
} CdxMap;

typedef struct {
    CdxObject object;
    CdxObject company;
    gboolean is_third_party;
} CdxAssessor;

typedef struct {
    CdxObject object;
    CpsfInterval interval;
    gboolean is_void;
} CdxProof;

typedef struct {
    CpsfIngest *ingest;
    CpsfPlace root;
    gboolean has_serial; /* the document has a name that others can use */
    GString *buffer;     /* for text that is put together */
    struct {
        const char *text;
        CpsfStr id;
    } literals[CDX_N_LITERALS]; /* cache, by address */

    CPSF_ARRAY(CdxName) objects;
    CdxSlot *slots; /* hash table, text -> object */
    uint32_t n_slots;
    uint32_t n_names;
    size_t n_prefix; /* bytes of local that are local:<serial number>#, or 0 */
    char local[CDX_PREFIX_MAX + CDX_PLAIN_MAX + 1]; /* for local keys */
    uint32_t local_tag;
    CdxObject unsettled; /* whose local key is in local, and not yet interned; 0 = none */
    CdxWaiting waiting[CDX_WAITING_MAX];
    int n_waiting;
    char waiting_text[CDX_WAITING_BYTES];
    size_t n_waiting_text;
    CPSF_ARRAY(char) kept;

    CPSF_ARRAY(CdxFrame) frames;
    CPSF_ARRAY(CdxData) data;
    CPSF_ARRAY(CdxFixed) fixed;
    int digest;    /* the algorithm of the hash at hand, -1 = unknown */
    int reference; /* the type of the external reference at hand */

    /* the element at hand that is neither component nor service */
    struct {
        CdxObject object; /* 0 until its end, if it has no bom-ref */
        CpsfStr name, url;
    } company;
    struct {
        CdxObject object; /* what its bom-ref names */
        CpsfStr name, email;
    } person;
    CPSF_ARRAY(CdxObject) people; /* contacts of the company at hand */
    struct {
        CpsfStr name, purl;
    } variant;
    struct {
        int64_t first; /* in fixed: of the patches or release notes at hand */
        CpsfTime when;
        gboolean is_security;
    } release;
    CpsfStr property_name;
    CpsfStr field;      /* of identity */
    CpsfStr confidence; /* of identity */
    CdxObject governed; /* whom governance is about */
    CpsfStr data_name, data_class;
    struct {
        CpsfTime revoked_at;
        int64_t first; /* row of incidents: of the asset at hand */
    } crypto;
    struct {
        CdxObject data;
        CpsfStr name, class_name;
        int direction;
        gboolean is_governed;
    } flow;
    CPSF_ARRAY(CdxFlowEnd) flow_ends;
    CPSF_ARRAY(CdxDepends) depends; /* dependency elements open, outermost first */
    CPSF_ARRAY(CdxLeaf) leaves;
    gboolean has_children;
    struct {
        int64_t first; /* its rows in completeness begin here, and its entries in composed */
        int64_t first_vulnerability;
        CpsfStr state;
    } composition;
    struct {
        int64_t first; /* its rows in properties begin here */
        CpsfStr text;
    } annotation;
    struct {
        CdxObject object;
        CpsfStr id, justification;
        CpsfTime created, published, first_issued, last_updated;
        int64_t first; /* its entries in targets begin here */
        int state;     /* of its analysis; -1 = none */
        gboolean is_rejected;
        uint8_t status; /* of the version at hand */
        double score;
        gboolean is_cvss;
    } vulnerability;
    CPSF_ARRAY(CdxTarget) targets;
    CPSF_ARRAY(CdxComposed) composed;
    CPSF_ARRAY(CdxClaim) claims;
    CPSF_ARRAY(CdxProofLink) links;
    CPSF_ARRAY(CdxMap) maps;
    CPSF_ARRAY(CdxAssessor) assessors;
    CPSF_ARRAY(CdxProof) proofs;
    CPSF_ARRAY(CdxLeaf) requirements;
    struct {
        int64_t first; /* in maps: of this attestation, and of this map */
        int64_t first_of_map;
        CdxObject assessor;
        CpsfStr requirement, score;
        gboolean is_failed;
    } attestation;
} Cdx;

extern const CpsfXmlDialect cdx_dialect;

gboolean cdx_start(void *user, uint8_t state, CpsfXmlReader *reader, GError **error);
gboolean
cdx_end(void *user, uint8_t state, CpsfXmlText text, CpsfXmlReader *reader, GError **error);
gboolean
cdx_unknown(void *user, uint8_t parent, const char *name, CpsfXmlReader *reader, GError **error);

/* -- a story each: what began, what ended -- */

void cdx_component_start(Cdx *cdx, uint8_t state, CpsfXmlReader *reader);
void cdx_component_end(Cdx *cdx, uint8_t state, CpsfXmlText text, CpsfXmlReader *reader);
void cdx_lineage_start(Cdx *cdx, uint8_t state, CpsfXmlReader *reader);
void cdx_lineage_end(Cdx *cdx, uint8_t state, CpsfXmlText text, CpsfXmlReader *reader);
void cdx_asset_start(Cdx *cdx, uint8_t state, CpsfXmlReader *reader);
void cdx_asset_end(Cdx *cdx, uint8_t state, CpsfXmlText text, CpsfXmlReader *reader);
void cdx_party_start(Cdx *cdx, uint8_t state, CpsfXmlReader *reader);
void cdx_party_end(Cdx *cdx, uint8_t state, CpsfXmlText text, CpsfXmlReader *reader);
void cdx_service_start(Cdx *cdx, uint8_t state, CpsfXmlReader *reader);
void cdx_service_end(Cdx *cdx, uint8_t state, CpsfXmlText text, CpsfXmlReader *reader);
void cdx_link_start(Cdx *cdx, uint8_t state, CpsfXmlReader *reader);
void cdx_link_end(Cdx *cdx, uint8_t state, CpsfXmlText text, CpsfXmlReader *reader);
void cdx_vulnerability_start(Cdx *cdx, uint8_t state, CpsfXmlReader *reader);
void cdx_vulnerability_end(Cdx *cdx, uint8_t state, CpsfXmlText text, CpsfXmlReader *reader);
void cdx_declaration_start(Cdx *cdx, uint8_t state, CpsfXmlReader *reader);
void cdx_declaration_end(Cdx *cdx, uint8_t state, CpsfXmlText text, CpsfXmlReader *reader);

/* After the last element, before names are resolved. */
void cdx_fixed_close(Cdx *cdx);         /* ends incidents that patches and releases resolve */
void cdx_link_close(Cdx *cdx);          /* what depends on nothing, as stated */
void cdx_vulnerability_close(Cdx *cdx); /* compositions of vulnerabilities */
void cdx_declaration_close(Cdx *cdx);   /* claims become evidence */

/* -- names: cyclonedx-refs.c -- */

/* The object that attribute or text @ref names, made if it is new; 0 only if memory ran out or
 * @ref is empty. */
CdxObject cdx_ref(Cdx *cdx, CpsfXmlText ref);
/* The same for what may be a BOM-Link or, with @take_url, an https URL; 0 if it is none of them. */
CdxObject cdx_link(Cdx *cdx, const CpsfXmlReader *reader, CpsfXmlText link, gboolean take_url);
/* A new object for the element at hand, by its bom-ref if it has one; 0 with the finding
 * `duplicate-ref` if the name is taken. */
CdxObject cdx_define(Cdx *cdx, const CpsfXmlReader *reader, uint8_t what);
/* The name of @object as a key; 0 if it has none. */
CpsfStr cdx_local(Cdx *cdx, CdxObject object);
/* Puts @ref into @waiting, for cdx_look_up(); FALSE if it is for cdx_link(), or does not fit. */
gboolean cdx_waits(Cdx *cdx, CpsfXmlText ref, CdxWaiting *waiting);
/* Finds the objects of all that waits. */
void cdx_look_up(Cdx *cdx);
/* An object without a name. */
CdxObject cdx_anonymous(Cdx *cdx, uint8_t what);
/* Gives @object a local key made of cdx->buffer, with a number if others have it. */
void cdx_name(Cdx *cdx, CdxObject object);
/* The object named by cdx->buffer, made if it is new. */
CdxObject cdx_named(Cdx *cdx);
/* Makes the end point @url another name of @object. */
void cdx_also_at(Cdx *cdx, CdxObject object, CpsfXmlText url);
/* The object that @object stands for in the end. */
CdxObject cdx_follow(const Cdx *cdx, CdxObject object);
/* Puts keys in place of objects in all rows; leaves out rows that name nothing, with findings. */
void cdx_resolve(Cdx *cdx);

static inline CdxName *
cdx_get(Cdx *cdx, CdxObject object)
{
    return &cdx->objects.items[object];
}

/* Order in the document. */
static inline int
cdx_compare_places(CpsfPlace a, CpsfPlace b)
{
    if (a.line != b.line)
        return a.line < b.line ? -1 : 1;
    return a.column < b.column ? -1 : a.column > b.column;
}

/* The name that @object has in the document; NUL-terminated. */
static inline const char *
cdx_text(const Cdx *cdx, CdxObject object)
{
    return cdx->objects.items[object].text;
}

/* -- rows -- */

/* A new row at the element at hand, or NULL. */
#define cdx_row(cdx, table, reader)                                                                \
    ((cdx)->ingest->broken != NULL ? NULL : cpsf_ingest_add((cdx)->ingest, table, (reader)))
/* The same at a place kept from earlier. */
#define cdx_row_at(cdx, table, where)                                                              \
    ((__typeof__((cdx)->ingest->statements.table.items)) cdx_placed(                               \
        cdx_add((cdx), ingest->statements.table),                                                  \
        offsetof(__typeof__(*(cdx)->ingest->statements.table.items), place), (where)))
void *cdx_placed(void *row, size_t place_offset, CpsfPlace place);
/* A new item of an array of the document's own, or NULL. */
#define cdx_add(cdx, array)                                                                        \
    ((cdx)->ingest->broken != NULL ? NULL : cpsf_array_add(&(cdx)->array, &(cdx)->ingest->broken))

void cdx_node(Cdx *cdx, CdxObject object, CpsfPlace where, CpsfStr name, CpsfStr class_name);
void cdx_alias(Cdx *cdx, CdxObject object, CpsfPlace where, CpsfStr alias);
void cdx_edge(
    Cdx *cdx, const CpsfXmlReader *reader, CpsfRelation relation, CdxObject from, CdxObject to);
void cdx_edge_at(Cdx *cdx, CpsfPlace place, CpsfRelation relation, CdxObject from, CdxObject to);
/* Nothing if the value is empty.  @name is a literal. */
void cdx_property(
    Cdx *cdx, const CpsfXmlReader *reader, CdxObject object, const char *name, CpsfStr value);
void cdx_property_named(
    Cdx *cdx, const CpsfXmlReader *reader, CdxObject object, CpsfStr name, CpsfStr value);
void cdx_property_text(
    Cdx *cdx, const CpsfXmlReader *reader, CdxObject object, const char *name, CpsfXmlText value);

/* -- text -- */

/* Interned, without blanks at either end; 0 if there is nothing, or no memory. */
CpsfStr cdx_str(Cdx *cdx, CpsfXmlText text);
CpsfStr cdx_intern(Cdx *cdx, const char *text, size_t length);
/* The same for a literal, which is looked up but now and then. */
CpsfStr cdx_literal(Cdx *cdx, const char *text);
/* The same with its tag, asked for ahead of time with cpsf_strtab_prefetch(). */
CpsfStr cdx_intern_tagged(Cdx *cdx, const char *text, size_t length, uint32_t tag);
const char *cdx_get_str(const Cdx *cdx, CpsfStr id);
gboolean cdx_is(CpsfXmlText text, const char *word);
/* The index of @text in a NULL-terminated list of words, -1 if it is none of them. */
int cdx_word(CpsfXmlText text, const char *const *words);
/* A copy for a finding. */
char *cdx_quote(CpsfXmlText text);
/* A canonical key; 0 with the finding `bad-key`. */
CpsfStr cdx_key(Cdx *cdx, const CpsfXmlReader *reader, CpsfXmlText text);
/* FALSE with the finding `bad-time`, and @time is left alone. */
gboolean cdx_time(Cdx *cdx, const CpsfXmlReader *reader, CpsfXmlText text, CpsfTime *time);

/* An error finding about the element at hand, which is left out. */
#define cdx_leave_out(cdx, reader, ...)                                                            \
    ((cdx)->ingest->info.items_left_out++,                                                         \
     cpsf_ingest_finding((cdx)->ingest, (reader), __VA_ARGS__, NULL))

/* The innermost component or service that is open; NULL if none is. */
static inline CdxFrame *
cdx_frame(Cdx *cdx)
{
    return cdx->frames.n > 0 ? &cdx->frames.items[cdx->frames.n - 1] : NULL;
}

/* Its object, or that of the subject of the document. */
static inline CdxObject
cdx_owner(Cdx *cdx)
{
    return cdx->frames.n > 0 ? cdx_frame(cdx)->object : CDX_SUBJECT;
}

/* Keeps text of the frame at hand for when it is needed, without blanks at either end. */
void cdx_keep(Cdx *cdx, CpsfXmlText text, CdxKept *kept);

static inline CpsfXmlText
cdx_get_kept(const Cdx *cdx, CdxKept kept)
{
    return (CpsfXmlText){kept.length > 0 ? cdx->kept.items + kept.at : "", kept.length};
}

/* The name of @frame; 0 if it has none. */
CpsfStr cdx_frame_str(Cdx *cdx, const CdxFrame *frame);
/* Opens a component or service; NULL, and its element is skipped, if its name is taken. */
CdxFrame *cdx_frame_push(Cdx *cdx, CpsfXmlReader *reader);
/* Closes it: its data get their keys. */
void cdx_frame_pop(Cdx *cdx);
/* Local key for @frame, whose document gave it no bom-ref: @what, group, name and version. */
void cdx_frame_name(Cdx *cdx, const CdxFrame *frame, const char *what);
/* Data without a bom-ref, owned by the frame at hand. */
CdxObject cdx_data(Cdx *cdx, const CpsfXmlReader *reader, CpsfStr label, CpsfStr class_name);

G_END_DECLS
