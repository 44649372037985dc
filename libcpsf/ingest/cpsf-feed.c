/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The feed format of our own, `urn:libcpsf:feed:1` (docs/formats.md, Feed): each element is
 * one statement, so each start handler checks its attributes and adds one row.  An element that
 * says something wrong is left out with all it holds; an attribute that does not exist is left out
 * by itself.
 */

#include "config.h"

#include "cpsf-feed-private.h"

#include <math.h>
#include <string.h>

#define FEED_NAMESPACE "urn:libcpsf:feed:1"
#define FAMILY "urn:libcpsf:feed:"

/* clang-format off */
enum {
    FEED = 1,
      NODE,
        NAME,
        ALIAS,
        CONSEQUENCE,
        OPINION,
        PROPERTY,
      GROUP,
      EDGE,
      EVIDENCE,
      INCIDENT,
      COMPLETENESS,
    N_STATES
};

static const CpsfXmlRule rules[] = {
    {CPSF_XML_START, "feed",         FEED},
    {FEED,           "node",         NODE},
    {NODE,           "name",         NAME},
    {NODE,           "alias",        ALIAS},
    {NODE,           "consequence",  CONSEQUENCE},
    {NODE,           "opinion",      OPINION},
    {NODE,           "property",     PROPERTY},
    {FEED,           "group",        GROUP},
    {FEED,           "edge",         EDGE},
    {FEED,           "evidence",     EVIDENCE},
    {FEED,           "incident",     INCIDENT},
    {FEED,           "completeness", COMPLETENESS},
};

/* The attributes that an element may have, each with a blank after it. */
static const char *const attributes_of[N_STATES] = {
    [FEED]         = "id version issued publisher ",
    [NODE]         = "key kind name layers since until class ",
    [NAME]         = "",
    [ALIAS]        = "key ",
    [CONSEQUENCE]  = "recovery economic loss currency downtime since until ",
    [OPINION]      = "layer belief disbelief uncertainty assessor since until ",
    [PROPERTY]     = "name ",
    [GROUP]        = "node name need ",
    [EDGE]         = "relation from to since until criticality delay group ",
    [EVIDENCE]     = "subject layer scheme id issuer assurance status since until scope ",
    [INCIDENT]     = "id node effect since until ",
    [COMPLETENESS] = "node of state ",
};
/* clang-format on */

/* --- what stands beside nodes ----------------------------------------------------------------- */

static gboolean
start_group(CpsfFeedReading *feed, CpsfXmlReader *reader)
{
    CpsfStr node = 0;
    CpsfStr name = 0;
    int64_t need = 0;
    CpsfGroupRow *row;

    if (!cpsf_feed_read_key(feed, reader, "node", &node) ||
        !cpsf_feed_read_name(feed, reader, "name", &name) ||
        !cpsf_feed_read_integer(feed, reader, "need", 1, INT32_MAX, &need) ||
        (row = cpsf_ingest_add(feed->ingest, groups, reader)) == NULL)
        return FALSE;
    row->node = node;
    row->name = name;
    row->need = (int32_t) need;
    return TRUE;
}

static gboolean
start_edge(CpsfFeedReading *feed, CpsfXmlReader *reader)
{
    CpsfEdgeRow said = {.criticality = NAN, .delay = -1};

    if (!cpsf_feed_read_word(feed, reader, "relation", CPSF_WORDS_RELATION, &said.relation) ||
        !cpsf_feed_read_key(feed, reader, "from", &said.from) ||
        !cpsf_feed_read_key(feed, reader, "to", &said.to) ||
        !cpsf_feed_read_probability(feed, reader, "criticality", &said.criticality) ||
        !cpsf_feed_read_duration(feed, reader, "delay", &said.delay) ||
        !cpsf_feed_read_str(feed, reader, "group", &said.group) ||
        !cpsf_ingest_interval(feed->ingest, reader, &said.valid))
        return FALSE;

    CpsfEdgeRow *row = cpsf_ingest_add(feed->ingest, edges, reader);

    if (row == NULL)
        return FALSE;
    said.place = row->place;
    *row = said;
    return TRUE;
}

static gboolean
start_evidence(CpsfFeedReading *feed, CpsfXmlReader *reader)
{
    CpsfEvidenceRow said = {.said = CPSF_INTERVAL_ALL, .status = CPSF_STATUS_VALID};

    if (!cpsf_feed_read_key(feed, reader, "subject", &said.node) ||
        !cpsf_feed_read_layer(feed, reader, &said.layer) ||
        !cpsf_feed_read_name(feed, reader, "scheme", &said.scheme) ||
        !cpsf_feed_read_str(feed, reader, "id", &said.id) ||
        !cpsf_feed_read_optional_key(feed, reader, "issuer", &said.issuer) ||
        !cpsf_feed_read_optional_word(feed, reader, "assurance", CPSF_WORDS_ASSURANCE,
                                      &said.assurance) ||
        !cpsf_feed_read_optional_word(feed, reader, "status", CPSF_WORDS_STATUS, &said.status) ||
        !cpsf_ingest_keys(feed->ingest, reader, cpsf_xml_attribute(reader, "scope"), &said.scope) ||
        !cpsf_ingest_interval(feed->ingest, reader, &said.valid))
        return FALSE;

    CpsfEvidenceRow *row = cpsf_ingest_add(feed->ingest, evidence, reader);

    if (row == NULL)
        return FALSE;
    said.place = row->place;
    *row = said;
    return TRUE;
}

static gboolean
start_incident(CpsfFeedReading *feed, CpsfXmlReader *reader)
{
    CpsfIncidentRow said = {0};

    if (!cpsf_feed_read_key(feed, reader, "node", &said.node) ||
        !cpsf_feed_read_word(feed, reader, "effect", CPSF_WORDS_EFFECT, &said.effect) ||
        !cpsf_feed_read_str(feed, reader, "id", &said.id) ||
        !cpsf_ingest_interval(feed->ingest, reader, &said.valid))
        return FALSE;

    CpsfIncidentRow *row = cpsf_ingest_add(feed->ingest, incidents, reader);

    if (row == NULL)
        return FALSE;
    said.place = row->place;
    *row = said;
    return TRUE;
}

static gboolean
start_completeness(CpsfFeedReading *feed, CpsfXmlReader *reader)
{
    CpsfCompletenessRow said = {.valid = CPSF_INTERVAL_ALL};

    if (!cpsf_feed_read_key(feed, reader, "node", &said.node) ||
        !cpsf_feed_read_str(feed, reader, "of", &said.of) ||
        !cpsf_feed_read_str(feed, reader, "state", &said.state))
        return FALSE;

    CpsfCompletenessRow *row = cpsf_ingest_add(feed->ingest, completeness, reader);

    if (row == NULL)
        return FALSE;
    said.place = row->place;
    *row = said;
    return TRUE;
}

/* --- the feed --------------------------------------------------------------------------------- */

/* Each attribute of the root stands for itself: a bad one is left out, the feed stays. */
static gboolean
start_feed(CpsfFeedReading *feed, CpsfXmlReader *reader)
{
    CpsfIngest *ingest = feed->ingest;
    CpsfFeedInfo *info = &ingest->info;
    CpsfStr key = 0;

    if (!cpsf_feed_read_optional_key(feed, reader, "id", &key))
        info->items_left_out++;
    else if (key != 0)
        info->id = g_strdup(cpsf_strtab_get(ingest->strings, key));
    info->version = 1;
    if (cpsf_xml_attribute(reader, "version").value != NULL &&
        !cpsf_feed_read_integer(feed, reader, "version", 0, INT64_MAX, &info->version))
        info->items_left_out++;
    info->issued = CPSF_TIME_ALWAYS_BEFORE;
    if (!cpsf_ingest_time(ingest, reader, cpsf_xml_attribute(reader, "issued"), &info->issued))
        info->items_left_out++;
    else if (info->issued == CPSF_TIME_ALWAYS_BEFORE)
        cpsf_ingest_finding(ingest, reader, CPSF_FINDING_NO_ISSUED,
                            N_("the feed does not say when it was issued"), NULL);
    key = 0;
    if (!cpsf_feed_read_optional_key(feed, reader, "publisher", &key))
        info->items_left_out++;
    else if (key != 0)
        info->publisher = g_strdup(cpsf_strtab_get(ingest->strings, key));
    return TRUE;
}

static gboolean
is_attribute_of(uint8_t state, const char *name)
{
    const size_t length = strlen(name);

    for (const char *at = attributes_of[state]; *at != '\0'; at = strchr(at, ' ') + 1)
        if (strncmp(at, name, length) == 0 && at[length] == ' ')
            return TRUE;
    return FALSE;
}

static void
unknown_attribute(CpsfFeedReading *feed, const CpsfXmlReader *reader, const char *name)
{
    feed->ingest->info.items_left_out++;
    cpsf_ingest_finding(feed->ingest, reader, CPSF_FINDING_UNKNOWN_ELEMENT,
                        N_("attribute %s is not known here"), name, NULL);
}

static void
check_attributes(CpsfFeedReading *feed, uint8_t state, const CpsfXmlReader *reader)
{
    const char *name;
    CpsfXmlText value;

    for (int i = 0; cpsf_xml_attribute_at(reader, i, &name, &value); i++)
        if (!is_attribute_of(state, name))
            unknown_attribute(feed, reader, name);
    for (int i = 0; cpsf_xml_own_attribute_at(reader, i, &name); i++)
        unknown_attribute(feed, reader, name);
}

static gboolean
start(void *user, uint8_t state, CpsfXmlReader *reader, GError **error)
{
    static gboolean (*const starts[N_STATES])(CpsfFeedReading *, CpsfXmlReader *) = {
        [FEED] = start_feed,
        [NODE] = cpsf_feed_start_node,
        [NAME] = cpsf_feed_start_name,
        [ALIAS] = cpsf_feed_start_alias,
        [CONSEQUENCE] = cpsf_feed_start_consequence,
        [OPINION] = cpsf_feed_start_opinion,
        [PROPERTY] = cpsf_feed_start_property,
        [GROUP] = start_group,
        [EDGE] = start_edge,
        [EVIDENCE] = start_evidence,
        [INCIDENT] = start_incident,
        [COMPLETENESS] = start_completeness,
    };
    CpsfFeedReading *feed = user;

    (void) error;
    check_attributes(feed, state, reader);
    if (!starts[state](feed, reader)) {
        feed->ingest->info.items_left_out++;
        cpsf_xml_skip(reader);
    }
    return TRUE;
}

static gboolean
end(void *user, uint8_t state, CpsfXmlText text, CpsfXmlReader *reader, GError **error)
{
    (void) error;
    if (state == NAME)
        cpsf_feed_end_name(user, cpsf_xml_text_strip(text), reader);
    else if (state == PROPERTY)
        cpsf_feed_end_property(user, cpsf_xml_text_strip(text), reader);
    return TRUE;
}

static gboolean
unknown(void *user, uint8_t parent, const char *name, CpsfXmlReader *reader, GError **error)
{
    CpsfFeedReading *feed = user;

    (void) parent, (void) error;
    feed->ingest->info.items_left_out++;
    cpsf_ingest_finding(feed->ingest, reader, CPSF_FINDING_UNKNOWN_ELEMENT,
                        N_("element %s is not known here"), name, NULL);
    return TRUE;
}

static const CpsfXmlDialect dialect = {
    .name = "cpsf",
    .rules = rules,
    .n_rules = G_N_ELEMENTS(rules),
    .text_states = {[0] = UINT64_C(1) << NAME | UINT64_C(1) << PROPERTY},
    .start = start,
    .end = end,
    .unknown = unknown,
};

static void
feed_free(void *data)
{
    CpsfFeedReading *feed = data;

    g_free(feed->spoken);
    g_free(feed->previous.items);
    g_free(feed);
}

static const CpsfXmlDialect *
open_document(CpsfIngest *ingest,
              const char *namespace_uri,
              const char *root,
              CpsfXmlReader *reader,
              GError **error)
{
    (void) reader;
    if (!g_str_has_prefix(namespace_uri, FAMILY))
        return NULL;
    if (strcmp(namespace_uri, FEED_NAMESPACE) != 0)
        return cpsf_fail_null(error, CPSF_ERROR_UNSUPPORTED, "%.60s is not read, only %s",
                              namespace_uri, FEED_NAMESPACE);
    if (strcmp(root, "feed") != 0)
        return cpsf_fail_null(error, CPSF_ERROR_UNSUPPORTED,
                              "the root element of a feed is feed, not %.40s", root);

    CpsfFeedReading *feed = g_new0(CpsfFeedReading, 1);

    feed->ingest = ingest;
    ingest->dialect_data = feed;
    ingest->dialect_free = feed_free;
    g_free(ingest->info.format);
    ingest->info.format = g_strdup("cpsf-1");
    return &dialect;
}

const CpsfIngestDialect cpsf_ingest_cpsf = {open_document, NULL};
