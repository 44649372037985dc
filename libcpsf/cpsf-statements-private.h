/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdint.h>

#include "cpsf-finding-private.h"
#include "cpsf-mem-private.h"
#include "cpsf-model.h"
#include "cpsf-strtab-private.h"
#include "cpsf-time-private.h"

G_BEGIN_DECLS

/*
 * What one feed says, as rows of eleven kinds, checked one by one: keys are canonical, numbers in
 * range, words known.  Whether rows fit each other, and other feeds, is the graph's business.
 *
 * Fields called node, from, to, subject are string ids of keys here, and node ids once the rows
 * stand in a graph; every other CpsfStr stays one.
 */

typedef struct {
    uint32_t line;   /* of the element's tag, from 1; 0 = no place */
    uint32_t column; /* from 1 */
    uint32_t feed;   /* index of the feed in the graph; 0 until then */
} CpsfPlace;

typedef struct {
    CpsfInterval valid;
    CpsfPlace place;
    uint32_t node;
    CpsfStr name;
    CpsfStr class_name;
    uint8_t kind;   /* CpsfKind */
    uint8_t layers; /* mask; 0 = not stated */
} CpsfNodeRow;

typedef struct {
    CpsfInterval valid;
    CpsfPlace place;
    uint32_t node;
    CpsfStr lang; /* BCP 47 */
    CpsfStr text;
} CpsfNameRow;

typedef struct {
    CpsfInterval valid;
    CpsfPlace place;
    uint32_t node;
    CpsfStr alias; /* another key of it */
} CpsfAliasRow;

typedef struct {
    CpsfInterval valid;
    CpsfPlace place;
    uint32_t node;
    CpsfStr name;
    CpsfStr value;
} CpsfPropertyRow;

typedef struct {
    CpsfInterval valid;
    CpsfPlace place;
    double loss;      /* in currency; NaN = not given */
    int64_t downtime; /* microseconds; -1 = not given */
    uint32_t node;
    CpsfStr currency;
    uint8_t recovery; /* CpsfLevel */
    uint8_t economic; /* CpsfLevel */
} CpsfConsequenceRow;

typedef struct {
    CpsfInterval valid;
    CpsfPlace place;
    double belief; /* the three sum to 1 within 1e-9 */
    double disbelief;
    double uncertainty;
    uint32_t node;
    CpsfStr assessor; /* key; 0 = not given */
    uint8_t layer;    /* 1, 2 or 3 */
} CpsfOpinionRow;

typedef struct {
    CpsfInterval valid;
    CpsfPlace place;
    uint32_t node;
    CpsfStr name;
    int32_t need; /* >= 1 */
} CpsfGroupRow;

typedef struct {
    CpsfInterval valid;
    CpsfPlace place;
    uint32_t from;
    uint32_t to;
    CpsfStr group;      /* 0 = required */
    uint8_t relation;   /* CpsfRelation */
    double criticality; /* in [0,1]; NaN = the policy's default */
    int64_t delay;      /* microseconds; -1 = the policy's default */
} CpsfEdgeRow;

typedef struct {
    CpsfInterval valid; /* the item's own since and until */
    CpsfInterval said;  /* when in valid time the feed says so; versions narrow it */
    CpsfPlace place;
    uint32_t node; /* its subject */
    CpsfStr scheme;
    CpsfStr id;
    CpsfStr issuer;    /* key; 0 = not given */
    CpsfStr scope;     /* blank-separated canonical keys; 0 = not given */
    uint8_t layer;     /* 1, 2 or 3 */
    uint8_t assurance; /* CpsfAssurance */
    uint8_t status;    /* CpsfStatus */
} CpsfEvidenceRow;

typedef struct {
    CpsfInterval valid;
    CpsfPlace place;
    uint32_t node;
    CpsfStr id;
    uint8_t effect; /* CpsfEffect */
} CpsfIncidentRow;

typedef struct {
    CpsfInterval valid;
    CpsfPlace place;
    uint32_t node;
    CpsfStr of;    /* suppliers components dependencies vulnerabilities …, free */
    CpsfStr state; /* complete incomplete unknown …, free */
} CpsfCompletenessRow;

/* Each row array once, for whatever goes over all of them: X(row type, member). */
#define CPSF_STATEMENT_TABLES(X)                                                                   \
    X(CpsfNodeRow, nodes)                                                                          \
    X(CpsfNameRow, names)                                                                          \
    X(CpsfAliasRow, aliases)                                                                       \
    X(CpsfPropertyRow, properties)                                                                 \
    X(CpsfConsequenceRow, consequences)                                                            \
    X(CpsfOpinionRow, opinions)                                                                    \
    X(CpsfGroupRow, groups)                                                                        \
    X(CpsfEdgeRow, edges)                                                                          \
    X(CpsfEvidenceRow, evidence)                                                                   \
    X(CpsfIncidentRow, incidents)                                                                  \
    X(CpsfCompletenessRow, completeness)

typedef struct {
#define CPSF_MEMBER(type, member) CPSF_ARRAY(type) member;
    CPSF_STATEMENT_TABLES(CPSF_MEMBER)
#undef CPSF_MEMBER
} CpsfStatements;

/* Frees the row arrays of @self, not @self. */
void cpsf_statements_clear(CpsfStatements *self);

/* What is known of a feed besides its statements. */
typedef struct {
    char *file;      /* (owned) as named on the command line, or below a directory named there */
    char *id;        /* (owned) its id, or urn:sha256:… */
    char *format;    /* (owned) "cpsf-1", "cyclonedx-1.6" */
    char *publisher; /* (owned) (nullable) canonical key */
    char *code;      /* (owned) (nullable) why it was rejected */
    char *message;   /* (owned) (nullable) the same in words */
    char digest[65]; /* SHA-256 of its bytes, hex */
    int64_t version;
    CpsfTime issued; /* CPSF_TIME_ALWAYS_BEFORE = not given */
    int64_t items_left_out;
    uint32_t line; /* of the reason for rejection; 0 = no place */
    uint32_t column;
    enum { CPSF_FEED_IMPORTED, CPSF_FEED_UNCHANGED, CPSF_FEED_REJECTED } state;
    int64_t n_nodes, n_edges, n_evidence; /* statements read */
    CpsfPlace first;                      /* its first statement; line 0 = it makes none */
} CpsfFeedInfo;

void cpsf_feed_info_clear(CpsfFeedInfo *self);

G_END_DECLS
