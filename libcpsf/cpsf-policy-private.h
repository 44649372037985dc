/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cpsf-mem-private.h"
#include "cpsf-policy.h"
#include "cpsf-time-private.h"

G_BEGIN_DECLS

typedef struct {
    CpsfKind kind;
    int layer; /* 1, 2 or 3 */
    CpsfAssurance assurance;
    gboolean is_signed;
} CpsfRequirement;

typedef struct {
    char *id;
    unsigned layers; /* mask of layers it serves */
    CpsfAssurance assurance;
    double weight; /* of a passing item; < 0 = by assurance: self 2, second 6, others 18 */
    gboolean has_validity;
    CpsfPeriod validity;
    unsigned viewpoints; /* mask, bit v - 1 for IoT-SSF viewpoint v */
    char **accredits;    /* (array zero-terminated=1) scheme ids, `prefix*` allowed */
} CpsfSchemeRule;

typedef struct {
    char *key;      /* canonical */
    char **schemes; /* (array zero-terminated=1) (nullable): NULL = all; `prefix*` allowed */
} CpsfRoot;

typedef struct {
    char *subject;     /* (nullable) */
    char *fingerprint; /* (nullable) */
    char *publisher;   /* canonical key */
    char **keys;       /* prefixes it may speak about */
} CpsfDelegate;

typedef struct {
    double criticality; /* default of the relation, in [0,1] */
    int64_t delay;      /* microseconds */
} CpsfRelationRule;

typedef enum { CPSF_FORWARD, CPSF_BACKWARD, CPSF_SELF } CpsfDirection;

typedef struct {
    int relation; /* CpsfRelation; -1 with CPSF_SELF */
    CpsfDirection direction;
    CpsfEffect in, out;
    double probability;
    int64_t delay;
} CpsfSpreadRule;

typedef struct {
    CpsfLevel level; /* from which loss this level begins */
    double loss;
    char *currency;
} CpsfThreshold;

typedef struct {
    CpsfLevel recovery, economic;
    int viewpoint;
    CpsfAssurance assurance;
} CpsfCategoryRule;

typedef struct {
    char *currency, *to;
    double factor;
} CpsfRate;

/* All arrays are sorted by their key fields, so that printing is canonical. */
struct _CpsfPolicy {
    char *name;
    char digest[72];
    CPSF_ARRAY(CpsfRequirement) requirements;
    CPSF_ARRAY(CpsfSchemeRule) schemes;
    CPSF_ARRAY(CpsfRoot) roots;
    CPSF_ARRAY(char *) ca_files;
    CPSF_ARRAY(char *) crl_files;
    CPSF_ARRAY(CpsfDelegate) delegates;
    CpsfRelationRule relations[CPSF_N_RELATIONS];
    CPSF_ARRAY(CpsfSpreadRule) spread;
    CPSF_ARRAY(CpsfThreshold) thresholds;
    CPSF_ARRAY(CpsfCategoryRule) categories;
    CPSF_ARRAY(CpsfRate) rates;
};

/* NULL if the policy asks for nothing there. */
const CpsfRequirement *
cpsf_policy_find_requirement(const CpsfPolicy *self, CpsfKind kind, int layer);
/* NULL if there is no such scheme. */
const CpsfSchemeRule *cpsf_policy_find_scheme(const CpsfPolicy *self, const char *id);
/* Whether @list (nullable: everything) names @id, by itself or as `prefix*`. */
gboolean cpsf_policy_list_names(char *const *list, const char *id);
/* Whether any signer is named: then only feeds of a verified signer speak with authority. */
gboolean cpsf_policy_has_signers(const CpsfPolicy *self);
/* Negative, 0 or positive: the order of spread rules in a policy. */
int cpsf_policy_compare_spread(const CpsfSpreadRule *a, const CpsfSpreadRule *b);

/* For the reader: a policy that asks for nothing, whose relations have criticality 1 and no delay;
 * it may be written to until it is sealed. */
CpsfPolicy *cpsf_policy_new_empty(void);
/* Empties one section and frees what its entries hold. */
void cpsf_policy_clear_requirements(CpsfPolicy *self);
void cpsf_policy_clear_schemes(CpsfPolicy *self);
void cpsf_policy_clear_roots(CpsfPolicy *self);
void cpsf_policy_clear_signers(CpsfPolicy *self);
void cpsf_policy_clear_relations(CpsfPolicy *self);
void cpsf_policy_clear_spread(CpsfPolicy *self);
void cpsf_policy_clear_iot_ssf(CpsfPolicy *self);
void cpsf_policy_clear_rates(CpsfPolicy *self);
/* Sorts every section and sets the digest. */
void cpsf_policy_seal(CpsfPolicy *self);

G_END_DECLS
