/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Services: systems that somebody operates, and the data that flow through them.  A flow with a
 * classification is a node of data between its ends, so that its owners and its class have a place
 * to stand; its ends also feed the service directly.
 */

#include "config.h"

#include "cpsf-key.h"
#include "cyclonedx-private.h"

#define INBOUND 1
#define OUTBOUND 2

static void
service_begins(Cdx *cdx, CpsfXmlReader *reader)
{
    const CdxFrame *frame = cdx_frame_push(cdx, reader);

    if (frame != NULL)
        cdx_get(cdx, frame->object)->kind = CPSF_KIND_SYSTEM;
}

/* What a service is made of is used by it: no relation makes one system part of another. */
static void
service_ends(Cdx *cdx, CpsfXmlReader *reader)
{
    const CdxFrame *frame = cdx_frame(cdx);

    if (cdx_get(cdx, frame->object)->length == 0)
        cdx_frame_name(cdx, frame, "service");
    cdx_get(cdx, frame->object)->key = cdx_local(cdx, frame->object);
    cdx_node(cdx, frame->object, frame->place, cdx_frame_str(cdx, frame),
             cdx_literal(cdx, "service"));
    cdx_edge(cdx, reader, CPSF_RELATION_USED_BY, frame->object, frame->parent);
    cdx_property_text(cdx, reader, frame->object, "cyclonedx:group",
                      cdx_get_kept(cdx, frame->group));
    cdx_property_text(cdx, reader, frame->object, "cyclonedx:version",
                      cdx_get_kept(cdx, frame->version));
    cdx_frame_pop(cdx);
}

static void
read_flag(Cdx *cdx, const char *name, CpsfXmlText text, CpsfXmlReader *reader)
{
    static const char *const words[] = {"true", "1", "false", "0", NULL};
    const CpsfXmlText word = cpsf_xml_text_strip(text);
    const int found = cdx_word(word, words);

    if (found >= 0) {
        const CpsfXmlText value = found < 2 ? (CpsfXmlText){"true", 4} : (CpsfXmlText){"false", 5};

        cdx_property_text(cdx, reader, cdx_owner(cdx), name, value);
        return;
    }

    g_autofree char *quote = cdx_quote(word);

    cdx_leave_out(cdx, reader, CPSF_FINDING_BAD_VALUE, N_("%s is neither true nor false"), quote);
}

static void
read_endpoint(Cdx *cdx, CpsfXmlText text, CpsfXmlReader *reader)
{
    cdx_also_at(cdx, cdx_owner(cdx), text);
    cdx_property_text(cdx, reader, cdx_owner(cdx), "cyclonedx:endpoint", text);
}

/* -- flows -- */

/* 0 if the direction is not known: no edge is made up. */
static int
read_direction(Cdx *cdx, CpsfXmlReader *reader)
{
    static const char *const words[] = {"unknown", "inbound", "outbound", "bi-directional", NULL};
    const CpsfXmlText flow = cpsf_xml_attribute(reader, "flow");
    const int direction = flow.value != NULL ? cdx_word(flow, words) : -1;

    if (direction >= 0)
        return direction; /* the words stand in the order of the bits */

    g_autofree char *quote = cdx_quote(flow);

    cdx_leave_out(cdx, reader, CPSF_FINDING_BAD_VALUE,
                  N_("'%s' is not a direction of flow: inbound, outbound, bi-directional, unknown"),
                  quote);
    return 0;
}

static void
flow_begins(Cdx *cdx, CpsfXmlReader *reader)
{
    cdx->flow.name = cdx->flow.class_name = 0;
    cdx->flow.direction = 0;
    cdx->flow.is_governed = FALSE;
    cdx->flow_ends.n = 0;
    if (cpsf_xml_parent(reader) == CDX_SERVICE_DATA && cdx->frames.n > 0)
        cdx->flow.name = cdx_str(cdx, cpsf_xml_attribute(reader, "name"));
    cdx->flow.data = cdx_data(cdx, reader, 0, 0);
    cdx->governed = cdx->flow.data;
}

static void
read_flow_end(Cdx *cdx, gboolean is_source, CpsfXmlText text, CpsfXmlReader *reader)
{
    const CpsfXmlText url = cpsf_xml_text_strip(text);
    const gboolean is_link = url.length > 8 && g_ascii_strncasecmp(url.value, "urn:cdx:", 8) == 0;
    const CdxObject object = cdx_link(cdx, reader, url, TRUE);
    CdxFlowEnd *end = object != 0 ? cdx_add(cdx, flow_ends) : NULL;

    if (end != NULL) {
        end->object = object;
        end->is_source = is_source;
        return;
    }
    if (!is_link)
        cdx_property_text(cdx, reader, cdx_owner(cdx),
                          is_source ? "cyclonedx:flow-source" : "cyclonedx:flow-destination", url);
}

/* source -> data -> service -> data -> destination, as far as the direction says. */
static void
put_data_flow(Cdx *cdx, const CpsfXmlReader *reader, CdxObject data)
{
    const CdxObject service = cdx_owner(cdx);

    if ((cdx->flow.direction & INBOUND) != 0)
        cdx_edge(cdx, reader, CPSF_RELATION_FEEDS, data, service);
    if ((cdx->flow.direction & OUTBOUND) != 0)
        cdx_edge(cdx, reader, CPSF_RELATION_FEEDS, service, data);
    for (int64_t i = 0; i < cdx->flow_ends.n; i++) {
        const CdxFlowEnd *end = &cdx->flow_ends.items[i];

        if (end->is_source && (cdx->flow.direction & INBOUND) != 0)
            cdx_edge(cdx, reader, CPSF_RELATION_FEEDS, end->object, data);
        if (!end->is_source && (cdx->flow.direction & OUTBOUND) != 0)
            cdx_edge(cdx, reader, CPSF_RELATION_FEEDS, data, end->object);
    }
}

static void
flow_ends(Cdx *cdx, CpsfXmlReader *reader)
{
    const CdxObject service = cdx_owner(cdx);
    CdxData *data = cdx->data.n > 0 ? &cdx->data.items[cdx->data.n - 1] : NULL;

    for (int64_t i = 0; i < cdx->flow_ends.n; i++) {
        const CdxFlowEnd *end = &cdx->flow_ends.items[i];

        if (end->is_source)
            cdx_edge(cdx, reader, CPSF_RELATION_FEEDS, end->object, service);
        else
            cdx_edge(cdx, reader, CPSF_RELATION_FEEDS, service, end->object);
    }
    if (data == NULL || data->object != cdx->flow.data)
        return;
    if (cdx->flow.class_name == 0 && !cdx->flow.is_governed) {
        cdx->data.n--; /* nothing is said of the data: the ends are all there is */
        return;
    }
    data->label = cdx->flow.name != 0 ? cdx->flow.name : cdx->flow.class_name;
    data->class_name = cdx->flow.class_name;
    put_data_flow(cdx, reader, data->object);
}

/* Before 1.5 a service only said which classes of data it takes and gives. */
static void
read_classification(Cdx *cdx, CpsfXmlText text, CpsfXmlReader *reader)
{
    cdx->flow.class_name = cdx_str(cdx, text);
    flow_ends(cdx, reader);
}

/* -- the handlers -- */

void
cdx_service_start(Cdx *cdx, uint8_t state, CpsfXmlReader *reader)
{
    switch (state) {
    case CDX_SERVICE:
        service_begins(cdx, reader);
        break;
    case CDX_FLOW:
        flow_begins(cdx, reader);
        break;
    case CDX_CLASSIFICATION:
        flow_begins(cdx, reader);
        cdx->flow.direction = read_direction(cdx, reader);
        break;
    case CDX_FLOW_CLASS:
        cdx->flow.direction = read_direction(cdx, reader);
        break;
    default:
        break;
    }
}

void
cdx_service_end(Cdx *cdx, uint8_t state, CpsfXmlText text, CpsfXmlReader *reader)
{
    switch (state) {
    case CDX_SERVICE:
        service_ends(cdx, reader);
        break;
    case CDX_ENDPOINT:
        read_endpoint(cdx, text, reader);
        break;
    case CDX_AUTHENTICATED:
        read_flag(cdx, "cyclonedx:authenticated", text, reader);
        break;
    case CDX_TRUST_BOUNDARY:
        read_flag(cdx, "cyclonedx:crosses-trust-boundary", text, reader);
        break;
    case CDX_TRUST_ZONE:
        cdx_property_text(cdx, reader, cdx_owner(cdx), "cyclonedx:trust-zone", text);
        break;
    case CDX_CLASSIFICATION:
        read_classification(cdx, text, reader);
        break;
    case CDX_FLOW_CLASS:
        cdx->flow.class_name = cdx_str(cdx, text);
        break;
    case CDX_SOURCE_URL:
        read_flow_end(cdx, TRUE, text, reader);
        break;
    case CDX_DESTINATION_URL:
        read_flow_end(cdx, FALSE, text, reader);
        break;
    case CDX_FLOW:
        flow_ends(cdx, reader);
        break;
    default:
        break;
    }
}
