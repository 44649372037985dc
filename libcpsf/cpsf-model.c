/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The closed word lists, and what the model says of them (docs/semantics.md, sections 1 and 2). */

#include "config.h"

#include "cpsf-model.h"

#include <string.h>

/* clang-format off */
static const char *const kinds[] = {
    "unknown", "company", "person", "procedure", "place", "item", "device", "software", "system",
    "data", NULL,
};
static const char *const elements[] = {
    "organization", "people", "component", "data", "procedure", "system", NULL,
};
static const char *const relations[] = {
    "supplies", "owns", "makes", "operates", "maintains", "acts-for", "governs", "part-of",
    "used-by", "hosts", "senses", "drives", "feeds", "derives", "vouches", NULL,
};
static const char *const effects[] = {
    "outage", "tamper", "leak", "distortion", "hazard", NULL,
};
static const char *const assurances[] = {
    "none", "self", "second-party", "third-party", "cryptographic", NULL,
};
static const char *const statuses[] = {
    "valid", "valid-pending-renewal", "declared", "restricted", "pending", "suspended", "expired",
    "archived", "superseded", "revoked", "withdrawn", "annulled", "failed", NULL,
};
static const char *const reasons[] = {
    "wrong-layer", "unknown-scheme", "not-yet-valid", "expired", "pending", "suspended", "revoked",
    "annulled", "failed", "wrong-scope", "weak-assurance", "untrusted-issuer", "unsigned",
    "bad-signature", "untrusted-signer", "no-evidence", "unknown-kind", NULL,
};
static const char *const states[] = {"verified", "unverified", "refuted", NULL};
static const char *const recoveries[] = {"unknown", "limited", "serious", "fatal", NULL};
static const char *const economics[] = {"unknown", "limited", "serious", "catastrophic", NULL};

static const char *const *const vocabularies[] = {
    [CPSF_WORDS_KIND] = kinds,           [CPSF_WORDS_ELEMENT] = elements,
    [CPSF_WORDS_RELATION] = relations,   [CPSF_WORDS_EFFECT] = effects,
    [CPSF_WORDS_ASSURANCE] = assurances, [CPSF_WORDS_STATUS] = statuses,
    [CPSF_WORDS_REASON] = reasons,       [CPSF_WORDS_STATE] = states,
    [CPSF_WORDS_RECOVERY] = recoveries,  [CPSF_WORDS_ECONOMIC] = economics,
};
/* clang-format on */

/**
 * cpsf_word:
 * @words: a vocabulary
 * @value: a value of the enumeration that the vocabulary spells
 *
 * The word that the formats use for @value.
 *
 * Returns: (nullable): the word, in static storage; %NULL if @value is outside the enumeration
 *
 * Since: 0.1
 */
const char *
cpsf_word(CpsfVocabulary words, int value)
{
    if (value < 0)
        return NULL;
    for (int i = 0; vocabularies[words][i] != NULL; i++)
        if (i == value)
            return vocabularies[words][i];
    return NULL;
}

/**
 * cpsf_word_find:
 * @words: a vocabulary
 * @text: a word
 * @length: bytes of @text, or -1 for up to the NUL
 *
 * The value that a word stands for; letters count as they are.
 *
 * Returns: the value of the enumeration, or -1 if @text is not a word of the vocabulary
 *
 * Since: 0.1
 */
int
cpsf_word_find(CpsfVocabulary words, const char *text, gssize length)
{
    const size_t n = length < 0 ? strlen(text) : (size_t) length;

    for (int i = 0; vocabularies[words][i] != NULL; i++)
        if (strlen(vocabularies[words][i]) == n && memcmp(vocabularies[words][i], text, n) == 0)
            return i;
    return -1;
}

/**
 * cpsf_kind_get_element:
 * @kind: a kind of node
 *
 * The element of the CPSF that nodes of this kind are.  An unknown node counts as an organisation,
 * since that is what it is asked about.
 *
 * Source: docs/semantics.md, section 1.
 *
 * Returns: the element
 *
 * Since: 0.1
 */
CpsfElement
cpsf_kind_get_element(CpsfKind kind)
{
    switch (kind) {
    case CPSF_KIND_PERSON:
        return CPSF_ELEMENT_PEOPLE;
    case CPSF_KIND_PROCEDURE:
        return CPSF_ELEMENT_PROCEDURE;
    case CPSF_KIND_PLACE:
    case CPSF_KIND_SYSTEM:
        return CPSF_ELEMENT_SYSTEM;
    case CPSF_KIND_ITEM:
    case CPSF_KIND_DEVICE:
    case CPSF_KIND_SOFTWARE:
        return CPSF_ELEMENT_COMPONENT;
    case CPSF_KIND_DATA:
        return CPSF_ELEMENT_DATA;
    case CPSF_KIND_UNKNOWN:
    case CPSF_KIND_COMPANY:
    default:
        return CPSF_ELEMENT_ORGANIZATION;
    }
}

/**
 * cpsf_kind_get_default_layers:
 * @kind: a kind of node
 *
 * The layer that a node of this kind is in when nobody says otherwise; `unknown` is in layer 1.
 *
 * Source: docs/semantics.md, section 1.
 *
 * Returns: a mask of one CPSF_LAYER()
 *
 * Since: 0.1
 */
unsigned
cpsf_kind_get_default_layers(CpsfKind kind)
{
    switch (kind) {
    case CPSF_KIND_DEVICE:
        return CPSF_LAYER(2);
    case CPSF_KIND_SOFTWARE:
    case CPSF_KIND_SYSTEM:
    case CPSF_KIND_DATA:
        return CPSF_LAYER(3);
    case CPSF_KIND_UNKNOWN:
    case CPSF_KIND_COMPANY:
    case CPSF_KIND_PERSON:
    case CPSF_KIND_PROCEDURE:
    case CPSF_KIND_PLACE:
    case CPSF_KIND_ITEM:
    default:
        return CPSF_LAYER(1);
    }
}

#define K(kind) (1U << CPSF_KIND_##kind)
#define THINGS (K(ITEM) | K(DEVICE) | K(SOFTWARE) | K(DATA))
#define ANY (~0U)

/* clang-format off */
/* Which kinds each relation may leave and enter. */
static const struct {
    unsigned from;
    unsigned to;
} ends[CPSF_N_RELATIONS] = {
    [CPSF_RELATION_SUPPLIES]  = {K(COMPANY), K(COMPANY) | THINGS | K(SYSTEM)},
    [CPSF_RELATION_OWNS]      = {K(COMPANY), K(COMPANY) | K(PLACE) | THINGS | K(SYSTEM)},
    [CPSF_RELATION_MAKES]     = {K(COMPANY), THINGS | K(SYSTEM) | K(PROCEDURE)},
    [CPSF_RELATION_OPERATES]  = {K(COMPANY) | K(PERSON),
                                 K(PLACE) | K(DEVICE) | K(SOFTWARE) | K(SYSTEM) | K(DATA)},
    [CPSF_RELATION_MAINTAINS] = {K(COMPANY) | K(PERSON),
                                 K(DEVICE) | K(SOFTWARE) | K(SYSTEM) | K(DATA)},
    [CPSF_RELATION_ACTS_FOR]  = {K(PERSON), K(COMPANY)},
    [CPSF_RELATION_GOVERNS]   = {K(PROCEDURE), ANY},
    [CPSF_RELATION_PART_OF]   = {THINGS, THINGS | K(SYSTEM)},
    [CPSF_RELATION_USED_BY]   = {K(SOFTWARE) | K(DATA) | K(SYSTEM),
                                 K(SOFTWARE) | K(DATA) | K(SYSTEM) | K(DEVICE)},
    [CPSF_RELATION_HOSTS]     = {K(PLACE) | K(DEVICE) | K(SYSTEM),
                                 K(DEVICE) | K(SOFTWARE) | K(SYSTEM) | K(DATA) | K(ITEM)},
    [CPSF_RELATION_SENSES]    = {K(DEVICE), K(DATA)},
    [CPSF_RELATION_DRIVES]    = {K(DATA) | K(SOFTWARE) | K(SYSTEM), K(DEVICE)},
    [CPSF_RELATION_FEEDS]     = {K(DATA) | K(SYSTEM) | K(SOFTWARE) | K(DEVICE),
                                 K(DATA) | K(SYSTEM) | K(SOFTWARE)},
    [CPSF_RELATION_DERIVES]   = {K(DATA) | K(SOFTWARE), K(DATA) | K(SOFTWARE)},
    [CPSF_RELATION_VOUCHES]   = {ANY, ANY},
};
/* clang-format on */

/**
 * cpsf_relation_fits:
 * @relation: a relation
 * @from: kind of the node that is relied on
 * @to: kind of the node that relies on it
 *
 * Whether the relation may tie nodes of these kinds; an unknown node fits every end.
 *
 * Source: docs/semantics.md, section 2.
 *
 * Returns: %TRUE if it may
 *
 * Since: 0.1
 */
gboolean
cpsf_relation_fits(CpsfRelation relation, CpsfKind from, CpsfKind to)
{
    return (from == CPSF_KIND_UNKNOWN || (ends[relation].from >> from & 1)) &&
           (to == CPSF_KIND_UNKNOWN || (ends[relation].to >> to & 1));
}
