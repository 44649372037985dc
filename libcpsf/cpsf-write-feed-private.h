/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cpsf-write-private.h"

G_BEGIN_DECLS

/* A feed on its way out: cpsf-write-feed.c, and its nodes in cpsf-write-feed-node.c. */
typedef struct {
    CpsfWriter *w;
    const CpsfGraph *graph;
    gboolean is_empty; /* nothing stands inside of the node element at hand yet */
} CpsfFeedWriter;

/* The text of a string of the graph. */
const char *cpsf_feed_text_of(const CpsfFeedWriter *f, CpsfStr id);

/* Attributes; none if there is nothing to say: no text, NaN, a negative duration, an unbounded time. */
void cpsf_feed_put_attribute(const CpsfFeedWriter *f, const char *name, const char *text);
void cpsf_feed_put_key(const CpsfFeedWriter *f, const char *name, uint32_t node);
void cpsf_feed_put_word(const CpsfFeedWriter *f, const char *name, CpsfVocabulary words, int value);
void cpsf_feed_put_number(const CpsfFeedWriter *f, const char *name, double value);
void cpsf_feed_put_integer(const CpsfFeedWriter *f, const char *name, int64_t value);
void cpsf_feed_put_duration(const CpsfFeedWriter *f, const char *name, int64_t duration);
void cpsf_feed_put_interval(const CpsfFeedWriter *f, CpsfInterval valid);

/* The time that an evidence element states; none is written if it is empty. */
CpsfInterval cpsf_feed_evidence_time(const CpsfEvidenceRow *row);

/* All node elements, in order of the graph. */
gboolean cpsf_feed_put_nodes(const CpsfFeedWriter *f, GError **error);

G_END_DECLS
