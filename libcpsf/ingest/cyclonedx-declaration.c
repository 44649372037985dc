/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Declarations: a claim about a target becomes evidence of scheme `cyclonedx-declaration`, once for
 * each assessor whose attestation names it, or once on its maker's own word.  It holds while all
 * the evidence it cites does; a claim that cites none is only words, and no evidence.  Evidence
 * against it, and attestations against it, are evidence that failed.
 */

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "cyclonedx-private.h"

/* -- starts -- */

static void
assessor_begins(Cdx *cdx, CpsfXmlReader *reader)
{
    const CdxObject object = cdx_define(cdx, reader, CDX_THING);
    CdxAssessor *assessor = object != 0 ? cdx_add(cdx, assessors) : NULL;

    if (assessor == NULL) {
        cpsf_xml_skip(reader);
        return;
    }
    assessor->object = object;
    cdx_get(cdx, object)->other = (uint32_t) cdx->assessors.n;
    cdx_get(cdx, object)->kind = CDX_IS_ASSESSOR;
}

static void
claim_begins(Cdx *cdx, CpsfXmlReader *reader)
{
    const CdxObject object = cdx_define(cdx, reader, CDX_THING);
    CdxClaim *claim = object != 0 ? cdx_add(cdx, claims) : NULL;

    if (claim == NULL) {
        cpsf_xml_skip(reader);
        return;
    }
    claim->place = cpsf_ingest_place(reader);
    claim->object = object;
    claim->id = cdx_intern(cdx, cdx_text(cdx, object), strlen(cdx_text(cdx, object)));
    claim->meet = CPSF_INTERVAL_ALL;
    claim->span = (CpsfInterval){CPSF_TIME_FOREVER, CPSF_TIME_ALWAYS_BEFORE};
    cdx_get(cdx, object)->other = (uint32_t) cdx->claims.n;
    cdx_get(cdx, object)->kind = CDX_IS_CLAIM;
}

static void
proof_begins(Cdx *cdx, CpsfXmlReader *reader)
{
    const CdxObject object = cdx_define(cdx, reader, CDX_THING);
    CdxProof *proof = object != 0 ? cdx_add(cdx, proofs) : NULL;

    if (proof == NULL) {
        cpsf_xml_skip(reader);
        return;
    }
    proof->object = object;
    proof->interval = CPSF_INTERVAL_ALL;
    cdx_get(cdx, object)->other = (uint32_t) cdx->proofs.n;
    cdx_get(cdx, object)->kind = CDX_IS_PROOF;
}

static void
map_begins(Cdx *cdx)
{
    cdx->attestation.first_of_map = cdx->maps.n;
    cdx->attestation.requirement = cdx->attestation.score = 0;
    cdx->attestation.is_failed = FALSE;
}

/* -- ends -- */

static void
proof_ends(Cdx *cdx, CpsfXmlReader *reader)
{
    CdxProof *proof = &cdx->proofs.items[cdx->proofs.n - 1];

    if (proof->interval.since < proof->interval.until)
        return;
    cdx_leave_out(cdx, reader, CPSF_FINDING_BAD_TIME, N_("evidence expires before it was created"));
    proof->is_void = TRUE;
}

static void
put_map(Cdx *cdx, gboolean is_counter, CpsfXmlText text, const CpsfXmlReader *reader)
{
    const CdxObject claim = cdx_link(cdx, reader, text, FALSE);
    CdxMap *map = claim != 0 ? cdx_add(cdx, maps) : NULL;

    if (map == NULL)
        return;
    map->place = cpsf_ingest_place(reader);
    map->claim = claim;
    map->is_counter = is_counter;
}

/* A requirement is no node: it is only asked whether the document has it. */
static void
put_requirement(Cdx *cdx, CpsfXmlText text, const CpsfXmlReader *reader)
{
    const CdxObject object = cdx_link(cdx, reader, text, FALSE);
    CdxLeaf *wanted = object != 0 ? cdx_add(cdx, requirements) : NULL;

    if (wanted == NULL)
        return;
    wanted->object = object;
    wanted->place = cpsf_ingest_place(reader);
}

/* Score and requirement hold for all claims of the map, before or after them. */
static void
map_ends(Cdx *cdx)
{
    for (int64_t i = cdx->attestation.first_of_map; i < cdx->maps.n; i++) {
        cdx->maps.items[i].requirement = cdx->attestation.requirement;
        cdx->maps.items[i].score = cdx->attestation.score;
        cdx->maps.items[i].is_failed = cdx->attestation.is_failed;
    }
}

static void
attestation_ends(Cdx *cdx)
{
    for (int64_t i = cdx->attestation.first; i < cdx->maps.n; i++)
        cdx->maps.items[i].assessor = cdx->attestation.assessor;
}

static void
read_score(Cdx *cdx, gboolean is_conformance, CpsfXmlText text, const CpsfXmlReader *reader)
{
    const CpsfXmlText stripped = cpsf_xml_text_strip(text);
    double score;

    if (!cpsf_ingest_number(cdx->ingest, reader, "score", stripped, 0.0, 1.0, &score)) {
        cdx->ingest->info.items_left_out++;
        return;
    }
    if (!is_conformance)
        return;
    cdx->attestation.score = cdx_str(cdx, stripped);
    cdx->attestation.is_failed = score <= 0.0;
}

static void
put_proof_link(Cdx *cdx, gboolean is_counter, CpsfXmlText text, const CpsfXmlReader *reader)
{
    const CdxObject proof = cdx_link(cdx, reader, text, FALSE);
    CdxProofLink *link = proof != 0 && cdx->claims.n > 0 ? cdx_add(cdx, links) : NULL;

    if (link == NULL)
        return;
    link->place = cpsf_ingest_place(reader);
    link->claim = (uint32_t) cdx->claims.n;
    link->to = proof;
    link->is_counter = is_counter;
}

/* -- the end of the document -- */

/* The entry that @object stands for, if it is one of @kind, from 1; 0 and a finding if not. */
static uint32_t
entry_of(Cdx *cdx, CdxObject object, uint8_t kind, CpsfPlace place)
{
    const CdxName *name = cdx_get(cdx, object);

    if (name->what == CDX_THING && name->kind == kind)
        return name->other;
    if (name->what == CDX_NOWHERE) {
        cpsf_ingest_finding_at(cdx->ingest, place, CPSF_FINDING_DANGLING_REF,
                               N_("the reference %s names nothing in the document"),
                               cdx_text(cdx, object), NULL);
        return 0;
    }
    cdx->ingest->info.items_left_out++;
    cpsf_ingest_finding_at(cdx->ingest, place, CPSF_FINDING_BAD_VALUE,
                           N_("the reference %s does not name what is asked for here"),
                           cdx_text(cdx, object), NULL);
    return 0;
}

static int
layer_of(Cdx *cdx, CdxObject object)
{
    const uint8_t kind = cdx_get(cdx, cdx_follow(cdx, object))->kind;

    return __builtin_ctz(cpsf_kind_get_default_layers((CpsfKind) kind)) + 1;
}

static CpsfEvidenceRow *
put_evidence(Cdx *cdx, const CdxClaim *claim, CpsfInterval valid, const CdxAssessor *assessor)
{
    CpsfEvidenceRow *row =
        valid.since < valid.until ? cdx_row_at(cdx, evidence, claim->place) : NULL;

    if (row == NULL)
        return NULL;
    row->valid = valid;
    row->said = CPSF_INTERVAL_ALL;
    row->node = claim->target;
    row->scheme = cdx_literal(cdx, "cyclonedx-declaration");
    row->id = claim->id;
    row->layer = (uint8_t) layer_of(cdx, claim->target);
    row->assurance = CPSF_ASSURANCE_SELF;
    row->status = CPSF_STATUS_VALID;
    if (assessor != NULL && assessor->company != 0)
        row->issuer = cdx_get(cdx, assessor->company)->key;
    if (assessor != NULL && assessor->is_third_party)
        row->assurance = CPSF_ASSURANCE_THIRD_PARTY;
    return row;
}

/* The evidence for a claim narrows when it holds; each item against it is a failure of its own. */
static void
gather_proof(Cdx *cdx, const CdxProofLink *link)
{
    CdxClaim *claim = &cdx->claims.items[link->claim - 1];
    const uint32_t entry = entry_of(cdx, link->to, CDX_IS_PROOF, link->place);
    const CdxProof *proof = entry != 0 ? &cdx->proofs.items[entry - 1] : NULL;

    if (proof == NULL || proof->is_void)
        return;
    if (link->is_counter) {
        CpsfEvidenceRow *row =
            claim->target != 0 ? put_evidence(cdx, claim, proof->interval, NULL) : NULL;

        if (row != NULL)
            row->status = CPSF_STATUS_FAILED;
        return;
    }
    claim->has_evidence = TRUE;
    claim->meet = cpsf_interval_meet(claim->meet, proof->interval);
    claim->span.since = MIN(claim->span.since, proof->interval.since);
    claim->span.until = MAX(claim->span.until, proof->interval.until);
}

/* When all of the evidence holds; if there is no such time, until the first of it lapsed. */
static CpsfInterval
holds(const CdxClaim *claim)
{
    if (claim->meet.since < claim->meet.until)
        return claim->meet;
    return (CpsfInterval){claim->span.since, claim->meet.until};
}

static void
put_conformance(Cdx *cdx, const CdxMap *map, const CdxClaim *claim)
{
    CpsfPropertyRow *row =
        map->score != 0 && claim->target != 0 ? cdx_row_at(cdx, properties, map->place) : NULL;

    if (row == NULL)
        return;
    row->node = claim->target;
    g_string_printf(cdx->buffer, "cyclonedx:conformance:%s",
                    cdx_get_str(cdx, map->requirement != 0 ? map->requirement : claim->id));
    row->name = cdx_intern(cdx, cdx->buffer->str, cdx->buffer->len);
    row->value = map->score;
}

/* What one attestation says about one claim. */
static void
put_map_evidence(Cdx *cdx, const CdxMap *map)
{
    const uint32_t entry = entry_of(cdx, map->claim, CDX_IS_CLAIM, map->place);
    CdxClaim *claim = entry != 0 ? &cdx->claims.items[entry - 1] : NULL;
    const uint32_t by =
        map->assessor != 0 ? entry_of(cdx, map->assessor, CDX_IS_ASSESSOR, map->place) : 0;
    const CdxAssessor *assessor = by != 0 ? &cdx->assessors.items[by - 1] : NULL;

    if (claim == NULL)
        return;
    claim->is_attested = TRUE;
    put_conformance(cdx, map, claim);
    if (claim->target == 0)
        return;

    const gboolean is_failed = map->is_counter || map->is_failed;
    CpsfEvidenceRow *row = NULL;

    if (claim->has_evidence)
        row = put_evidence(cdx, claim, holds(claim), assessor);
    else if (is_failed)
        row = put_evidence(cdx, claim, CPSF_INTERVAL_ALL, assessor);
    if (row != NULL && is_failed)
        row->status = CPSF_STATUS_FAILED;
}

void
cdx_declaration_close(Cdx *cdx)
{
    for (int64_t i = 0; i < cdx->requirements.n; i++) {
        const CdxLeaf *wanted = &cdx->requirements.items[i];

        if (cdx_get(cdx, wanted->object)->what == CDX_NOWHERE)
            entry_of(cdx, wanted->object, 0, wanted->place);
    }
    for (int64_t i = 0; i < cdx->links.n; i++)
        gather_proof(cdx, &cdx->links.items[i]);
    for (int64_t i = 0; i < cdx->maps.n; i++)
        put_map_evidence(cdx, &cdx->maps.items[i]);
    for (int64_t i = 0; i < cdx->claims.n; i++) {
        const CdxClaim *claim = &cdx->claims.items[i];

        if (!claim->is_attested && claim->has_evidence && claim->target != 0)
            put_evidence(cdx, claim, holds(claim), NULL);
    }
}

/* -- the handlers -- */

void
cdx_declaration_start(Cdx *cdx, uint8_t state, CpsfXmlReader *reader)
{
    switch (state) {
    case CDX_ASSESSOR:
        assessor_begins(cdx, reader);
        break;
    case CDX_ATTESTATION:
        cdx->attestation.first = cdx->maps.n;
        cdx->attestation.assessor = 0;
        break;
    case CDX_MAP:
        map_begins(cdx);
        break;
    case CDX_CLAIM:
        claim_begins(cdx, reader);
        break;
    case CDX_PROOF:
        proof_begins(cdx, reader);
        break;
    case CDX_STANDARD:
        if (cdx_define(cdx, reader, CDX_THING) == 0)
            cpsf_xml_skip(reader);
        break;
    default:
        break;
    }
}

static void
attestation_text(Cdx *cdx, uint8_t state, CpsfXmlText text, CpsfXmlReader *reader)
{
    switch (state) {
    case CDX_ATTESTATION_ASSESSOR:
        cdx->attestation.assessor = cdx_link(cdx, reader, text, FALSE);
        break;
    case CDX_MAP_REQUIREMENT:
        cdx->attestation.requirement = cdx_str(cdx, text);
        put_requirement(cdx, text, reader);
        break;
    case CDX_MAP_CLAIM:
        put_map(cdx, FALSE, text, reader);
        break;
    case CDX_MAP_COUNTER_CLAIM:
        put_map(cdx, TRUE, text, reader);
        break;
    case CDX_CONFORMANCE_SCORE:
        read_score(cdx, TRUE, text, reader);
        break;
    case CDX_CONFIDENCE_SCORE:
        read_score(cdx, FALSE, text, reader);
        break;
    case CDX_MAP:
        map_ends(cdx);
        break;
    case CDX_ATTESTATION:
        attestation_ends(cdx);
        break;
    default:
        break;
    }
}

static void
claim_text(Cdx *cdx, uint8_t state, CpsfXmlText text, CpsfXmlReader *reader)
{
    CdxProof *proof = cdx->proofs.n > 0 ? &cdx->proofs.items[cdx->proofs.n - 1] : NULL;

    switch (state) {
    case CDX_CLAIM_TARGET:
        cdx->claims.items[cdx->claims.n - 1].target = cdx_link(cdx, reader, text, FALSE);
        break;
    case CDX_CLAIM_EVIDENCE:
        put_proof_link(cdx, FALSE, text, reader);
        break;
    case CDX_CLAIM_COUNTER:
        put_proof_link(cdx, TRUE, text, reader);
        break;
    case CDX_PROOF_CREATED:
        cdx_time(cdx, reader, text, &proof->interval.since);
        break;
    case CDX_PROOF_EXPIRES:
        cdx_time(cdx, reader, text, &proof->interval.until);
        break;
    case CDX_PROOF:
        proof_ends(cdx, reader);
        break;
    default:
        break;
    }
}

void
cdx_declaration_end(Cdx *cdx, uint8_t state, CpsfXmlText text, CpsfXmlReader *reader)
{
    if (state == CDX_THIRD_PARTY)
        cdx->assessors.items[cdx->assessors.n - 1].is_third_party =
            cdx_is(cpsf_xml_text_strip(text), "true") || cdx_is(cpsf_xml_text_strip(text), "1");
    else if (state == CDX_STATEMENT)
        cdx_property_text(cdx, reader, CDX_SUBJECT, "cyclonedx:affirmation", text);
    else if (state >= CDX_ATTESTATION && state < CDX_CLAIMS)
        attestation_text(cdx, state, text, reader);
    else
        claim_text(cdx, state, text, reader);
}
