/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The feed format of our own: nodes, and what stands in them. */

#include "config.h"

#include "cpsf-feed-private.h"

#include <math.h>

#define MAX_SUM_ERROR 1e-9 /* of belief + disbelief + uncertainty */
#define MAX_SPANS 1000 /* statements about one node out of order of time, looked at one by one */

static gboolean
grow_spoken(CpsfFeedReading *feed)
{
    const int64_t n = MAX(feed->n_places * 2, 64);
    CpsfFeedSpoken *grown = cpsf_try_new0(CpsfFeedSpoken, (size_t) n, &feed->ingest->broken);

    if (grown == NULL)
        return FALSE;
    for (int64_t i = 0; i < feed->n_places; i++) {
        const CpsfFeedSpoken *old = &feed->spoken[i];
        int64_t at = (int64_t) (old->key * 2654435761U) & (n - 1);

        while (grown[at].key != 0)
            at = (at + 1) & (n - 1);
        if (old->key != 0)
            grown[at] = *old;
    }
    g_free(feed->spoken);
    feed->spoken = grown;
    feed->n_places = n;
    return TRUE;
}

/* The place of a key: empty if it is new.  Keys are numbered by us, in order of arrival. */
static CpsfFeedSpoken *
find_spoken(CpsfFeedReading *feed, CpsfStr key)
{
    const int64_t mask = feed->n_places - 1;
    int64_t at = (int64_t) (key * 2654435761U) & mask;

    while (feed->spoken[at].key != 0 && feed->spoken[at].key != key)
        at = (at + 1) & mask;
    return &feed->spoken[at];
}

/* Whether some earlier element already says what this node is at a time of @valid. */
static gboolean
overlaps(const CpsfFeedReading *feed, const CpsfFeedSpoken *spoken, CpsfInterval valid)
{
    const CpsfNodeRow *rows = feed->ingest->statements.nodes.items;
    int64_t row = spoken->last;

    if (valid.since >= spoken->hull.until || valid.until <= spoken->hull.since)
        return FALSE;
    for (int i = 0; i < MAX_SPANS && row >= 0; i++, row = feed->previous.items[row])
        if (valid.since < rows[row].valid.until && rows[row].valid.since < valid.until)
            return TRUE;
    return row >= 0; /* so many are not worth looking at */
}

/* Notes that row @row speaks of @key; FALSE if another does for the same time. */
static gboolean
note_node(CpsfFeedReading *feed, const CpsfXmlReader *reader, CpsfStr key, CpsfInterval valid)
{
    CpsfIngest *ingest = feed->ingest;

    if (ingest->broken != NULL || (2 * feed->n_spoken >= feed->n_places && !grow_spoken(feed)))
        return FALSE;

    CpsfFeedSpoken *spoken = find_spoken(feed, key);
    const gboolean is_new = spoken->key == 0;

    if (!is_new && overlaps(feed, spoken, valid)) {
        cpsf_ingest_finding(ingest, reader, CPSF_FINDING_DUPLICATE_REF,
                            N_("node %s is described twice for the same time"),
                            cpsf_strtab_get(ingest->strings, key), NULL);
        return FALSE;
    }

    int64_t *previous = cpsf_array_add(&feed->previous, &ingest->broken);

    if (previous == NULL)
        return FALSE;
    *previous = is_new ? -1 : spoken->last;
    if (is_new) {
        *spoken = (CpsfFeedSpoken){key, 0, valid};
        feed->n_spoken++;
    }
    spoken->last = ingest->statements.nodes.n;
    spoken->hull.since = MIN(spoken->hull.since, valid.since);
    spoken->hull.until = MAX(spoken->hull.until, valid.until);
    return TRUE;
}

gboolean
cpsf_feed_start_node(CpsfFeedReading *feed, CpsfXmlReader *reader)
{
    CpsfNodeRow said = {0};

    if (!cpsf_feed_read_key(feed, reader, "key", &said.node) ||
        !cpsf_feed_read_word(feed, reader, "kind", CPSF_WORDS_KIND, &said.kind) ||
        !cpsf_feed_read_layers(feed, reader, &said.layers) ||
        !cpsf_feed_read_str(feed, reader, "name", &said.name) ||
        !cpsf_feed_read_str(feed, reader, "class", &said.class_name) ||
        !cpsf_ingest_interval(feed->ingest, reader, &said.valid) ||
        !note_node(feed, reader, said.node, said.valid))
        return FALSE;

    CpsfNodeRow *row = cpsf_ingest_add(feed->ingest, nodes, reader);

    if (row == NULL)
        return FALSE;
    said.place = row->place;
    *row = said;
    feed->node = said.node;
    return TRUE;
}

/* Its text comes at its end. */
gboolean
cpsf_feed_start_name(CpsfFeedReading *feed, CpsfXmlReader *reader)
{
    return cpsf_ingest_str(feed->ingest, cpsf_xml_lang(reader), &feed->word);
}

gboolean
cpsf_feed_start_property(CpsfFeedReading *feed, CpsfXmlReader *reader)
{
    return cpsf_feed_read_name(feed, reader, "name", &feed->word);
}

gboolean
cpsf_feed_start_alias(CpsfFeedReading *feed, CpsfXmlReader *reader)
{
    CpsfStr alias = 0;
    CpsfAliasRow *row;

    if (!cpsf_feed_read_key(feed, reader, "key", &alias) ||
        (row = cpsf_ingest_add(feed->ingest, aliases, reader)) == NULL)
        return FALSE;
    row->node = feed->node;
    row->alias = alias;
    return TRUE;
}

/* Losses need a currency, three capital letters (ISO 4217). */
static gboolean
read_currency(CpsfFeedReading *feed, const CpsfXmlReader *reader, CpsfConsequenceRow *said)
{
    const CpsfXmlText text = cpsf_xml_text_strip(cpsf_xml_attribute(reader, "currency"));

    if (text.value == NULL && isnan(said->loss))
        return TRUE;
    for (size_t i = 0; i < 3; i++)
        if (text.value == NULL || text.length != 3 || !g_ascii_isupper(text.value[i]))
            return cpsf_feed_bad_value(feed, reader, "currency", text);
    return cpsf_ingest_str(feed->ingest, text, &said->currency);
}

gboolean
cpsf_feed_start_consequence(CpsfFeedReading *feed, CpsfXmlReader *reader)
{
    CpsfConsequenceRow said = {.loss = NAN, .downtime = -1};
    int recovery = CPSF_LEVEL_UNKNOWN;
    int economic = CPSF_LEVEL_UNKNOWN;
    const CpsfXmlText text[] = {cpsf_xml_attribute(reader, "recovery"),
                                cpsf_xml_attribute(reader, "economic"),
                                cpsf_xml_attribute(reader, "loss")};

    if ((text[0].value != NULL && !cpsf_ingest_word(feed->ingest, reader, "recovery",
                                                    CPSF_WORDS_RECOVERY, text[0], &recovery)) ||
        (text[1].value != NULL && !cpsf_ingest_word(feed->ingest, reader, "economic",
                                                    CPSF_WORDS_ECONOMIC, text[1], &economic)) ||
        !cpsf_ingest_number(feed->ingest, reader, "loss", text[2], 0.0, G_MAXDOUBLE, &said.loss) ||
        !read_currency(feed, reader, &said) ||
        !cpsf_feed_read_duration(feed, reader, "downtime", &said.downtime) ||
        !cpsf_ingest_interval(feed->ingest, reader, &said.valid))
        return FALSE;

    CpsfConsequenceRow *row = cpsf_ingest_add(feed->ingest, consequences, reader);

    if (row == NULL)
        return FALSE;
    said.place = row->place;
    said.node = feed->node;
    said.recovery = (uint8_t) recovery;
    said.economic = (uint8_t) economic;
    *row = said;
    return TRUE;
}

/* The three parts of an opinion, all of which have to be there. */
static gboolean
read_opinion(CpsfFeedReading *feed, const CpsfXmlReader *reader, CpsfOpinionRow *said)
{
    static const char *const names[] = {"belief", "disbelief", "uncertainty"};
    double *const values[] = {&said->belief, &said->disbelief, &said->uncertainty};

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        const CpsfXmlText text = cpsf_xml_attribute(reader, names[i]);

        if (text.value == NULL)
            return cpsf_feed_bad_value(feed, reader, names[i], text);
        if (!cpsf_feed_read_probability(feed, reader, names[i], values[i]))
            return FALSE;
    }
    if (fabs(said->belief + said->disbelief + said->uncertainty - 1.0) <= MAX_SUM_ERROR)
        return TRUE;
    cpsf_ingest_finding(feed->ingest, reader, CPSF_FINDING_BAD_VALUE,
                        N_("belief, disbelief and uncertainty do not add up to 1"), NULL);
    return FALSE;
}

gboolean
cpsf_feed_start_opinion(CpsfFeedReading *feed, CpsfXmlReader *reader)
{
    CpsfOpinionRow said = {0};

    if (!cpsf_feed_read_layer(feed, reader, &said.layer) || !read_opinion(feed, reader, &said) ||
        !cpsf_feed_read_optional_key(feed, reader, "assessor", &said.assessor) ||
        !cpsf_ingest_interval(feed->ingest, reader, &said.valid))
        return FALSE;

    CpsfOpinionRow *row = cpsf_ingest_add(feed->ingest, opinions, reader);

    if (row == NULL)
        return FALSE;
    said.place = row->place;
    said.node = feed->node;
    *row = said;
    return TRUE;
}

void
cpsf_feed_end_name(CpsfFeedReading *feed, CpsfXmlText text, const CpsfXmlReader *reader)
{
    CpsfIngest *ingest = feed->ingest;
    CpsfStr name = 0;
    CpsfNameRow *row;

    if (text.length == 0) {
        ingest->info.items_left_out++;
        cpsf_ingest_finding(ingest, reader, CPSF_FINDING_BAD_VALUE, N_("the name is empty"), NULL);
    } else if (cpsf_ingest_str(ingest, text, &name) &&
               (row = cpsf_ingest_add(ingest, names, reader)) != NULL) {
        row->node = feed->node;
        row->lang = feed->word;
        row->text = name;
    }
}

void
cpsf_feed_end_property(CpsfFeedReading *feed, CpsfXmlText text, const CpsfXmlReader *reader)
{
    CpsfStr value = 0;
    CpsfPropertyRow *row;

    if (cpsf_ingest_str(feed->ingest, text, &value) &&
        (row = cpsf_ingest_add(feed->ingest, properties, reader)) != NULL) {
        row->node = feed->node;
        row->name = feed->word;
        row->value = value;
    }
}
