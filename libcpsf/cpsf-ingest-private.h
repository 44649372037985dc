/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cpsf-statements-private.h"
#include "cpsf-xml-private.h"

G_BEGIN_DECLS

/*
 * One document on its way into statements: what every dialect writes to.  The driver makes it,
 * sniffs the root element, picks the dialect, and keeps or drops the whole at the end.
 */
typedef struct {
    CpsfStrtab *strings;       /* of the builder */
    CpsfStatements statements; /* (owned) */
    CpsfFindings *findings;    /* (owned) */
    CpsfFeedInfo info;         /* (owned) file is set; the dialect sets id, version, issued,
                                  publisher, format, counts items_left_out */
    void *dialect_data;        /* (owned by the dialect) */
    GDestroyNotify dialect_free;
    GString *local;      /* (owned) (nullable) scratch: `local:<feed id>#`, then a reference */
    size_t local_length; /* of what comes before the reference */
    GError *broken;      /* (owned) (nullable) the first failure that is not the document's */
} CpsfIngest;

/* A dialect of feeds. */
typedef struct {
    /* Whether it reads documents with this root; then sets ingest->info.format and dialect_data. */
    const CpsfXmlDialect *(*open)(CpsfIngest *ingest,
                                  const char *namespace_uri,
                                  const char *root,
                                  CpsfXmlReader *reader,
                                  GError **error);
    /* (nullable) After the last element: references inside the document, what is left to say. */
    gboolean (*close)(CpsfIngest *ingest, GError **error);
} CpsfIngestDialect;

extern const CpsfIngestDialect cpsf_ingest_cpsf;
extern const CpsfIngestDialect cpsf_ingest_cyclonedx;

/*
 * Helpers for dialects (ingest/ingest.c).  Each checks what the document says; on a bad value it
 * adds the finding, with the place of the element at hand, and returns FALSE: the item is to be
 * left out, and the caller counts it in info.items_left_out.  Running out of memory or ids is kept
 * in `broken`, which the driver returns, so that dialects need not look at it.
 */

/* Finding at the element at hand: sentence in N_(), one string per %s, NULL. */
void cpsf_ingest_finding(CpsfIngest *self,
                         const CpsfXmlReader *reader,
                         CpsfFindingCode code,
                         const char *sentence,
                         ...) G_GNUC_NULL_TERMINATED;

/* The same at a place kept from earlier. */
void cpsf_ingest_finding_at(CpsfIngest *self,
                            CpsfPlace place,
                            CpsfFindingCode code,
                            const char *sentence,
                            ...) G_GNUC_NULL_TERMINATED;

CpsfPlace cpsf_ingest_place(const CpsfXmlReader *reader);

/* Interns text as it is; absent text is 0. */
gboolean cpsf_ingest_str(CpsfIngest *self, CpsfXmlText text, CpsfStr *id);

/* Interns the canonical form of a key; `bad-key` if it has none, or is absent. */
gboolean
cpsf_ingest_key(CpsfIngest *self, const CpsfXmlReader *reader, CpsfXmlText text, CpsfStr *key);

/* Interns `local:<feed id>#<ref>`.  A feed whose id is not known at its root (info.id == NULL) gets
 * it at the end, from its digest: until then such keys carry a placeholder that the driver
 * replaces. */
gboolean cpsf_ingest_local(CpsfIngest *self, CpsfXmlText ref, CpsfStr *key);

/* A time; absent leaves *@time alone.  `bad-time`, or the warning `no-zone` and TRUE. */
gboolean
cpsf_ingest_time(CpsfIngest *self, const CpsfXmlReader *reader, CpsfXmlText text, CpsfTime *time);

/* Both ends from attributes `since` and `until`; absent ends are unbounded; `bad-time` also if
 * until is not after since. */
gboolean
cpsf_ingest_interval(CpsfIngest *self, const CpsfXmlReader *reader, CpsfInterval *interval);

/* A duration in microseconds, >= 0; absent leaves it alone.  `bad-time`. */
gboolean cpsf_ingest_duration(CpsfIngest *self,
                              const CpsfXmlReader *reader,
                              CpsfXmlText text,
                              int64_t *duration);

/* A finite number in [low, high]; absent leaves it alone.  `bad-value` naming @what. */
gboolean cpsf_ingest_number(CpsfIngest *self,
                            const CpsfXmlReader *reader,
                            const char *what,
                            CpsfXmlText text,
                            double low,
                            double high,
                            double *number);

/* A word of a vocabulary; absent is FALSE with `bad-value`, too. */
gboolean cpsf_ingest_word(CpsfIngest *self,
                          const CpsfXmlReader *reader,
                          const char *what,
                          CpsfVocabulary words,
                          CpsfXmlText text,
                          int *value);

/* The text without blanks at either end. */
CpsfXmlText cpsf_xml_text_strip(CpsfXmlText text);

/* Interns a list of keys, each canonical, in order of bytes, once, a blank between; absent or empty
 * is 0.  `bad-key` if one is none. */
gboolean
cpsf_ingest_keys(CpsfIngest *self, const CpsfXmlReader *reader, CpsfXmlText text, CpsfStr *keys);

/* For the driver, after the last element: gives the feed its id if it has none, from its digest,
 * puts it in place of the placeholder in every key, and counts what was read. */
gboolean cpsf_ingest_settle(CpsfIngest *self, GError **error);

/* Frees what @self owns, not @self. */
void cpsf_ingest_clear(CpsfIngest *self);

/* A new zeroed row of statements.TABLE with its place set and valid = all of time; NULL once
 * memory has run out. */
#define cpsf_ingest_add(self, table, reader)                                                       \
    ((__typeof__((self)->statements.table.items)) cpsf_ingest_row(                                 \
        (self),                                                                                    \
        (self)->broken == NULL ? cpsf_array_add(&(self)->statements.table, &(self)->broken)        \
                               : NULL,                                                             \
        offsetof(__typeof__(*(self)->statements.table.items), place), (reader)))
void *
cpsf_ingest_row(CpsfIngest *self, void *row, size_t place_offset, const CpsfXmlReader *reader);

G_END_DECLS
