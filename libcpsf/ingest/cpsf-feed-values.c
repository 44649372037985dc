/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The feed format of our own: values of attributes. */

#include "config.h"

#include "cpsf-feed-private.h"

gboolean
cpsf_feed_bad_value(CpsfFeedReading *feed,
                    const CpsfXmlReader *reader,
                    const char *what,
                    CpsfXmlText text)
{
    g_autofree char *shown = g_strndup(text.value != NULL ? text.value : "", text.length);

    if (text.value == NULL)
        cpsf_ingest_finding(feed->ingest, reader, CPSF_FINDING_BAD_VALUE, N_("%s is missing"), what,
                            NULL);
    else
        cpsf_ingest_finding(feed->ingest, reader, CPSF_FINDING_BAD_VALUE, N_("%s %s is not valid"),
                            what, shown, NULL);
    return FALSE;
}

gboolean
cpsf_feed_read_key(CpsfFeedReading *feed,
                   const CpsfXmlReader *reader,
                   const char *name,
                   CpsfStr *key)
{
    return cpsf_ingest_key(feed->ingest, reader, cpsf_xml_attribute(reader, name), key);
}

gboolean
cpsf_feed_read_optional_key(CpsfFeedReading *feed,
                            const CpsfXmlReader *reader,
                            const char *name,
                            CpsfStr *key)
{
    const CpsfXmlText text = cpsf_xml_attribute(reader, name);

    return text.value == NULL || cpsf_ingest_key(feed->ingest, reader, text, key);
}

gboolean
cpsf_feed_read_str(CpsfFeedReading *feed,
                   const CpsfXmlReader *reader,
                   const char *name,
                   CpsfStr *id)
{
    return cpsf_ingest_str(feed->ingest, cpsf_xml_text_strip(cpsf_xml_attribute(reader, name)), id);
}

/* A text that has to be there. */
gboolean
cpsf_feed_read_name(CpsfFeedReading *feed,
                    const CpsfXmlReader *reader,
                    const char *name,
                    CpsfStr *id)
{
    const CpsfXmlText text = cpsf_xml_text_strip(cpsf_xml_attribute(reader, name));

    if (text.length == 0)
        return cpsf_feed_bad_value(feed, reader, name, text);
    return cpsf_ingest_str(feed->ingest, text, id);
}

/* A whole number in [low, high], low >= 0. */
gboolean
cpsf_feed_read_integer(CpsfFeedReading *feed,
                       const CpsfXmlReader *reader,
                       const char *name,
                       int64_t low,
                       int64_t high,
                       int64_t *number)
{
    const CpsfXmlText text = cpsf_xml_text_strip(cpsf_xml_attribute(reader, name));
    const size_t sign = text.length > 1 && text.value[0] == '+';
    int64_t value = 0;

    if (text.length == 0)
        return cpsf_feed_bad_value(feed, reader, name, text);
    for (size_t i = sign; i < text.length; i++)
        if (!g_ascii_isdigit(text.value[i]) || __builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, text.value[i] - '0', &value))
            return cpsf_feed_bad_value(feed, reader, name, text);
    if (value < low || value > high)
        return cpsf_feed_bad_value(feed, reader, name, text);
    *number = value;
    return TRUE;
}

gboolean
cpsf_feed_read_layer(CpsfFeedReading *feed, const CpsfXmlReader *reader, uint8_t *layer)
{
    int64_t number = 0;

    if (!cpsf_feed_read_integer(feed, reader, "layer", 1, 3, &number))
        return FALSE;
    *layer = (uint8_t) number;
    return TRUE;
}

/* A blank-separated list of layers; absent is 0, not stated. */
gboolean
cpsf_feed_read_layers(CpsfFeedReading *feed, const CpsfXmlReader *reader, uint8_t *layers)
{
    const CpsfXmlText text = cpsf_xml_attribute(reader, "layers");
    gboolean is_apart = TRUE;

    for (size_t i = 0; i < text.length; i++) {
        const char c = text.value[i];

        if (c == ' ' || c == '\t' || c == '\n') {
            is_apart = TRUE;
            continue;
        }
        if (c < '1' || c > '3' || !is_apart)
            return cpsf_feed_bad_value(feed, reader, "layers", text);
        *layers |= (uint8_t) CPSF_LAYER(c - '0');
        is_apart = FALSE;
    }
    return text.value == NULL || *layers != 0 || cpsf_feed_bad_value(feed, reader, "layers", text);
}

gboolean
cpsf_feed_read_word(CpsfFeedReading *feed,
                    const CpsfXmlReader *reader,
                    const char *name,
                    CpsfVocabulary words,
                    uint8_t *value)
{
    int found = 0;

    if (!cpsf_ingest_word(feed->ingest, reader, name, words, cpsf_xml_attribute(reader, name),
                          &found))
        return FALSE;
    if (words == CPSF_WORDS_ASSURANCE && found == CPSF_ASSURANCE_NONE) /* what absence says */
        return cpsf_feed_bad_value(feed, reader, name, cpsf_xml_attribute(reader, name));
    *value = (uint8_t) found;
    return TRUE;
}

gboolean
cpsf_feed_read_optional_word(CpsfFeedReading *feed,
                             const CpsfXmlReader *reader,
                             const char *name,
                             CpsfVocabulary words,
                             uint8_t *value)
{
    return cpsf_xml_attribute(reader, name).value == NULL ||
           cpsf_feed_read_word(feed, reader, name, words, value);
}

gboolean
cpsf_feed_read_probability(CpsfFeedReading *feed,
                           const CpsfXmlReader *reader,
                           const char *name,
                           double *value)
{
    return cpsf_ingest_number(feed->ingest, reader, name, cpsf_xml_attribute(reader, name), 0.0,
                              1.0, value);
}

gboolean
cpsf_feed_read_duration(CpsfFeedReading *feed,
                        const CpsfXmlReader *reader,
                        const char *name,
                        int64_t *duration)
{
    return cpsf_ingest_duration(feed->ingest, reader, cpsf_xml_attribute(reader, name), duration);
}
