/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Data and cryptographic assets: what a component of type data holds and who governs it, the data
 * a model was trained on, and the state of keys and certificates.
 */

#include "config.h"

#include "cyclonedx-private.h"

/* States in which a key or certificate can no longer be relied on. */
static const char *const lost_states[] = {"compromised", "revoked", "suspended", NULL};

static const char *const states[] = {
    "pre-activation", "active",    "deactivated", "suspended",
    "compromised",    "destroyed", "revoked",     NULL,
};

/* -- data sets of models -- */

/* A data set has a bom-ref, or is the model's own. */
static void
dataset_begins(Cdx *cdx, CpsfXmlReader *reader)
{
    const CpsfXmlText ref = cpsf_xml_attribute(reader, "bom-ref");

    cdx->data_name = cdx->data_class = 0;
    if (ref.value == NULL || ref.length == 0) {
        cdx->governed = cdx_data(cdx, reader, 0, 0);
        return;
    }
    cdx->governed = cdx_define(cdx, reader, CDX_NODE);
    if (cdx->governed == 0) {
        cpsf_xml_skip(reader);
        return;
    }
    cdx_get(cdx, cdx->governed)->kind = CPSF_KIND_DATA;
    cdx_get(cdx, cdx->governed)->key = cdx_local(cdx, cdx->governed);
}

/* Names arrive after the entry for a nameless one was made. */
static void
dataset_ends(Cdx *cdx, CpsfXmlReader *reader)
{
    CdxData *data = cdx->data.n > 0 ? &cdx->data.items[cdx->data.n - 1] : NULL;

    if (data != NULL && data->object == cdx->governed) {
        data->label = cdx->data_name;
        data->class_name = cdx_literal(cdx, "dataset");
    } else
        cdx_node(cdx, cdx->governed, cpsf_ingest_place(reader), cdx->data_name,
                 cdx_literal(cdx, "dataset"));
    cdx_property(cdx, reader, cdx->governed, "cyclonedx:classification", cdx->data_class);
    cdx_edge(cdx, reader, CPSF_RELATION_DERIVES, cdx->governed, cdx_owner(cdx));
}

/* -- keys and certificates -- */

static void
asset_begins(Cdx *cdx)
{
    cdx->crypto.revoked_at = CPSF_TIME_FOREVER;
    cdx->crypto.first = cdx->ingest->statements.incidents.n;
}

static void
read_state(Cdx *cdx, CpsfXmlText text, CpsfXmlReader *reader)
{
    const CpsfXmlText word = cpsf_xml_text_strip(text);

    if (cdx_word(word, states) < 0) {
        g_autofree char *quote = cdx_quote(word);

        cdx_leave_out(cdx, reader, CPSF_FINDING_BAD_VALUE,
                      N_("%s is not a state of a key or certificate"), quote);
        return;
    }
    cdx_property_text(cdx, reader, cdx_owner(cdx), "cyclonedx:crypto-state", word);
    if (cdx_word(word, lost_states) < 0)
        return;

    CpsfIncidentRow *row = cdx_row(cdx, incidents, reader);

    if (row == NULL)
        return;
    row->node = cdx_owner(cdx);
    row->effect = CPSF_EFFECT_TAMPER;
    g_string_assign(cdx->buffer, "crypto-");
    g_string_append_len(cdx->buffer, word.value, (gssize) word.length);
    row->id = cdx_intern(cdx, cdx->buffer->str, cdx->buffer->len);
}

/* The date of revocation may stand after the state. */
static void
asset_ends(Cdx *cdx)
{
    for (int64_t i = cdx->crypto.first; i < cdx->ingest->statements.incidents.n; i++)
        if (cdx->crypto.revoked_at != CPSF_TIME_FOREVER)
            cdx->ingest->statements.incidents.items[i].valid.since = cdx->crypto.revoked_at;
}

static void
read_date(Cdx *cdx, const char *name, CpsfXmlText text, CpsfXmlReader *reader)
{
    CpsfTime time;

    if (cdx_time(cdx, reader, text, &time))
        cdx_property_text(cdx, reader, cdx_owner(cdx), name, text);
}

/* -- the handlers -- */

void
cdx_asset_start(Cdx *cdx, uint8_t state, CpsfXmlReader *reader)
{
    switch (state) {
    case CDX_MODEL_CARD:
        if (cdx_define(cdx, reader, CDX_THING) == 0)
            cpsf_xml_skip(reader);
        break;
    case CDX_DATASET:
        dataset_begins(cdx, reader);
        break;
    case CDX_DATA:
        cdx->governed = cdx_owner(cdx);
        cdx->data_name = cdx->data_class = 0;
        if (cdx_define(cdx, reader, CDX_THING) == 0)
            cpsf_xml_skip(reader);
        break;
    case CDX_GOVERNANCE:
        cdx->flow.is_governed = TRUE;
        break;
    case CDX_CERTIFICATE:
    case CDX_MATERIAL:
        asset_begins(cdx);
        break;
    default:
        break;
    }
}

static void
data_text(Cdx *cdx, uint8_t state, CpsfXmlText text, CpsfXmlReader *reader)
{
    switch (state) {
    case CDX_DATASET_REF:
        cdx_edge(cdx, reader, CPSF_RELATION_DERIVES, cdx_link(cdx, reader, text, FALSE),
                 cdx_owner(cdx));
        break;
    case CDX_DATA_NAME:
        cdx->data_name = cdx_str(cdx, text);
        break;
    case CDX_DATA_CLASS:
        cdx->data_class = cdx_str(cdx, text);
        break;
    case CDX_DATA_TYPE:
        cdx_property_text(cdx, reader, cdx->governed, "cyclonedx:data-type", text);
        break;
    default:
        break;
    }
}

void
cdx_asset_end(Cdx *cdx, uint8_t state, CpsfXmlText text, CpsfXmlReader *reader)
{
    switch (state) {
    case CDX_DATASET:
        dataset_ends(cdx, reader);
        break;
    case CDX_DATA:
        cdx_property(cdx, reader, cdx->governed, "cyclonedx:classification", cdx->data_class);
        break;
    case CDX_NOT_BEFORE:
        read_date(cdx, "cyclonedx:not-valid-before", text, reader);
        break;
    case CDX_NOT_AFTER:
        read_date(cdx, "cyclonedx:not-valid-after", text, reader);
        break;
    case CDX_EXPIRES_AT:
        read_date(cdx, "cyclonedx:expiration", text, reader);
        break;
    case CDX_REVOKED_AT:
        cdx_time(cdx, reader, text, &cdx->crypto.revoked_at);
        break;
    case CDX_CRYPTO_STATE:
        read_state(cdx, text, reader);
        break;
    case CDX_CERTIFICATE:
    case CDX_MATERIAL:
        asset_ends(cdx);
        break;
    case CDX_QUANTUM_LEVEL:
        cdx_property_text(cdx, reader, cdx_owner(cdx), "cyclonedx:nist-quantum-level", text);
        break;
    default:
        data_text(cdx, state, text, reader);
        break;
    }
}
