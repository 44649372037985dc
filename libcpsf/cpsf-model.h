/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "cpsf-macros.h"

G_BEGIN_DECLS

/* clang-format off */

/**
 * CpsfKind:
 *
 * What a node is.  Values are ABI: append, never renumber.
 */
typedef enum {
    CPSF_KIND_UNKNOWN,   /* known only by reference */
    CPSF_KIND_COMPANY,
    CPSF_KIND_PERSON,
    CPSF_KIND_PROCEDURE,
    CPSF_KIND_PLACE,
    CPSF_KIND_ITEM,
    CPSF_KIND_DEVICE,
    CPSF_KIND_SOFTWARE,
    CPSF_KIND_SYSTEM,
    CPSF_KIND_DATA,
} CpsfKind;
#define CPSF_N_KINDS 10

/**
 * CpsfElement:
 *
 * The six elements of the CPSF.
 */
typedef enum {
    CPSF_ELEMENT_ORGANIZATION,
    CPSF_ELEMENT_PEOPLE,
    CPSF_ELEMENT_COMPONENT,
    CPSF_ELEMENT_DATA,
    CPSF_ELEMENT_PROCEDURE,
    CPSF_ELEMENT_SYSTEM,
} CpsfElement;
#define CPSF_N_ELEMENTS 6

/**
 * CpsfRelation:
 *
 * What ties two nodes; read "from RELATION to".  Values are ABI.
 */
typedef enum {
    CPSF_RELATION_SUPPLIES,
    CPSF_RELATION_OWNS,
    CPSF_RELATION_MAKES,
    CPSF_RELATION_OPERATES,
    CPSF_RELATION_MAINTAINS,
    CPSF_RELATION_ACTS_FOR,
    CPSF_RELATION_GOVERNS,
    CPSF_RELATION_PART_OF,
    CPSF_RELATION_USED_BY,
    CPSF_RELATION_HOSTS,
    CPSF_RELATION_SENSES,
    CPSF_RELATION_DRIVES,
    CPSF_RELATION_FEEDS,
    CPSF_RELATION_DERIVES,
    CPSF_RELATION_VOUCHES,  /* never reliance */
} CpsfRelation;
#define CPSF_N_RELATIONS 15

/**
 * CpsfEffect:
 *
 * What an incident does to a node.
 */
typedef enum {
    CPSF_EFFECT_OUTAGE,
    CPSF_EFFECT_TAMPER,
    CPSF_EFFECT_LEAK,
    CPSF_EFFECT_DISTORTION,
    CPSF_EFFECT_HAZARD,
} CpsfEffect;
#define CPSF_N_EFFECTS 5

/**
 * CpsfAssurance:
 *
 * How strong a claim is, weakest first; the last two rank alike.
 */
typedef enum {
    CPSF_ASSURANCE_NONE,         /* not given */
    CPSF_ASSURANCE_SELF,
    CPSF_ASSURANCE_SECOND_PARTY,
    CPSF_ASSURANCE_THIRD_PARTY,
    CPSF_ASSURANCE_CRYPTOGRAPHIC,
} CpsfAssurance;
#define CPSF_N_ASSURANCES 5

/**
 * CpsfStatus:
 *
 * The life of an evidence item.
 */
typedef enum {
    CPSF_STATUS_VALID,
    CPSF_STATUS_VALID_PENDING_RENEWAL,
    CPSF_STATUS_DECLARED,
    CPSF_STATUS_RESTRICTED,
    CPSF_STATUS_PENDING,
    CPSF_STATUS_SUSPENDED,
    CPSF_STATUS_EXPIRED,
    CPSF_STATUS_ARCHIVED,
    CPSF_STATUS_SUPERSEDED,
    CPSF_STATUS_REVOKED,
    CPSF_STATUS_WITHDRAWN,
    CPSF_STATUS_ANNULLED,
    CPSF_STATUS_FAILED,
} CpsfStatus;
#define CPSF_N_STATUSES 13

/**
 * CpsfReason:
 *
 * Why an evidence item does not pass, in the order of docs/semantics.md, section 5.  A set of reasons
 * is a bit mask: 1 << reason.
 */
typedef enum {
    CPSF_REASON_WRONG_LAYER,
    CPSF_REASON_UNKNOWN_SCHEME,
    CPSF_REASON_NOT_YET_VALID,
    CPSF_REASON_EXPIRED,
    CPSF_REASON_PENDING,
    CPSF_REASON_SUSPENDED,
    CPSF_REASON_REVOKED,
    CPSF_REASON_ANNULLED,
    CPSF_REASON_FAILED,
    CPSF_REASON_WRONG_SCOPE,
    CPSF_REASON_WEAK_ASSURANCE,
    CPSF_REASON_UNTRUSTED_ISSUER,
    CPSF_REASON_UNSIGNED,
    CPSF_REASON_BAD_SIGNATURE,
    CPSF_REASON_UNTRUSTED_SIGNER,
    CPSF_REASON_NO_EVIDENCE,   /* of an anchor, not of an item */
    CPSF_REASON_UNKNOWN_KIND,  /* of an anchor, not of an item */
} CpsfReason;
#define CPSF_N_REASONS 17

/**
 * CpsfState:
 *
 * Of an anchor.
 */
typedef enum {
    CPSF_STATE_VERIFIED,
    CPSF_STATE_UNVERIFIED,
    CPSF_STATE_REFUTED,
} CpsfState;
#define CPSF_N_STATES 3

/**
 * CpsfLevel:
 *
 * IoT-SSF levels; the top one is "fatal" on the recovery axis and "catastrophic" on the
 * economic one.
 */
typedef enum {
    CPSF_LEVEL_UNKNOWN,
    CPSF_LEVEL_LIMITED,
    CPSF_LEVEL_SERIOUS,
    CPSF_LEVEL_TOP,
} CpsfLevel;
#define CPSF_N_LEVELS 4

/**
 * CpsfVocabulary:
 *
 * The closed word lists of the formats.
 */
typedef enum {
    CPSF_WORDS_KIND,
    CPSF_WORDS_ELEMENT,
    CPSF_WORDS_RELATION,
    CPSF_WORDS_EFFECT,
    CPSF_WORDS_ASSURANCE,
    CPSF_WORDS_STATUS,
    CPSF_WORDS_REASON,
    CPSF_WORDS_STATE,
    CPSF_WORDS_RECOVERY,  /* limited serious fatal */
    CPSF_WORDS_ECONOMIC,  /* limited serious catastrophic */
} CpsfVocabulary;

/* clang-format on */

CPSF_API const char *cpsf_word(CpsfVocabulary words, int value);

CPSF_API int cpsf_word_find(CpsfVocabulary words, const char *text, gssize length);

/**
 * CPSF_LAYER:
 *
 * The bit of layer @l (1, 2 or 3) in a mask of layers.
 */
#define CPSF_LAYER(l) (1U << ((l) -1))
#define CPSF_LAYERS_ALL 7U

CPSF_API CpsfElement cpsf_kind_get_element(CpsfKind kind);
CPSF_API unsigned cpsf_kind_get_default_layers(CpsfKind kind);
CPSF_API gboolean cpsf_relation_fits(CpsfRelation relation, CpsfKind from, CpsfKind to);

G_END_DECLS
