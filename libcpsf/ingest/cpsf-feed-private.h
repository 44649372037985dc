/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cpsf-ingest-private.h"

G_BEGIN_DECLS

/* The reader of our own feed format, in three files: cpsf-feed.c (elements and what stands beside
 * nodes), cpsf-feed-node.c (nodes and what stands in them), cpsf-feed-values.c (attributes). */

/* Statements about one node so far: their spans of time must not overlap. */
typedef struct {
    CpsfStr key;       /* 0 = empty place */
    int64_t last;      /* index of its latest row */
    CpsfInterval hull; /* from the first since to the last until */
} CpsfFeedSpoken;

typedef struct {
    CpsfIngest *ingest;
    CpsfStr node;           /* key of the node element at hand */
    CpsfStr word;           /* language of the name, or name of the property, at hand */
    CpsfFeedSpoken *spoken; /* (owned) n_places of them: a hash table by key */
    int64_t n_places;
    int64_t n_spoken;
    CPSF_ARRAY(int64_t) previous; /* per node row: the row about the same node before it, or -1 */
} CpsfFeedReading;

/*
 * Values of attributes.  Each is FALSE with a finding if the attribute is wrong, or absent though it
 * has to be there; an absent one that may be absent leaves the value alone.
 */
gboolean cpsf_feed_bad_value(CpsfFeedReading *feed,
                             const CpsfXmlReader *reader,
                             const char *what,
                             CpsfXmlText text);
gboolean cpsf_feed_read_key(CpsfFeedReading *feed,
                            const CpsfXmlReader *reader,
                            const char *name,
                            CpsfStr *key);
gboolean cpsf_feed_read_optional_key(CpsfFeedReading *feed,
                                     const CpsfXmlReader *reader,
                                     const char *name,
                                     CpsfStr *key);
gboolean cpsf_feed_read_str(CpsfFeedReading *feed,
                            const CpsfXmlReader *reader,
                            const char *name,
                            CpsfStr *id);
gboolean cpsf_feed_read_name(CpsfFeedReading *feed,
                             const CpsfXmlReader *reader,
                             const char *name,
                             CpsfStr *id);
gboolean cpsf_feed_read_integer(CpsfFeedReading *feed,
                                const CpsfXmlReader *reader,
                                const char *name,
                                int64_t low,
                                int64_t high,
                                int64_t *number);
gboolean cpsf_feed_read_layer(CpsfFeedReading *feed, const CpsfXmlReader *reader, uint8_t *layer);
gboolean cpsf_feed_read_layers(CpsfFeedReading *feed, const CpsfXmlReader *reader, uint8_t *layers);
gboolean cpsf_feed_read_word(CpsfFeedReading *feed,
                             const CpsfXmlReader *reader,
                             const char *name,
                             CpsfVocabulary words,
                             uint8_t *value);
gboolean cpsf_feed_read_optional_word(CpsfFeedReading *feed,
                                      const CpsfXmlReader *reader,
                                      const char *name,
                                      CpsfVocabulary words,
                                      uint8_t *value);
gboolean cpsf_feed_read_probability(CpsfFeedReading *feed,
                                    const CpsfXmlReader *reader,
                                    const char *name,
                                    double *value);
gboolean cpsf_feed_read_duration(CpsfFeedReading *feed,
                                 const CpsfXmlReader *reader,
                                 const char *name,
                                 int64_t *duration);

/* Elements: FALSE with a finding if one is to be left out. */
gboolean cpsf_feed_start_node(CpsfFeedReading *feed, CpsfXmlReader *reader);
gboolean cpsf_feed_start_name(CpsfFeedReading *feed, CpsfXmlReader *reader);
gboolean cpsf_feed_start_property(CpsfFeedReading *feed, CpsfXmlReader *reader);
gboolean cpsf_feed_start_alias(CpsfFeedReading *feed, CpsfXmlReader *reader);
gboolean cpsf_feed_start_consequence(CpsfFeedReading *feed, CpsfXmlReader *reader);
gboolean cpsf_feed_start_opinion(CpsfFeedReading *feed, CpsfXmlReader *reader);
void cpsf_feed_end_name(CpsfFeedReading *feed, CpsfXmlText text, const CpsfXmlReader *reader);
void cpsf_feed_end_property(CpsfFeedReading *feed, CpsfXmlText text, const CpsfXmlReader *reader);

G_END_DECLS
