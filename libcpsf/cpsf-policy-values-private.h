/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cpsf-policy-private.h"
#include "cpsf-xml-private.h"

G_BEGIN_DECLS

/* A policy document on its way into a policy. */
typedef struct {
    CpsfPolicy *policy;          /* written to */
    const char *file;            /* as messages name it */
    const CpsfXmlReader *reader; /* at the element at hand */
    const char *element;         /* its name */
    GHashTable *seen;            /* (owned) sections and entries that this document gave */
    GError *error;               /* (owned) (nullable) the first fault, with its place */
} CpsfPolicyParse;

/* Sets the error, with the place of the element at hand in front; FALSE. */
gboolean cpsf_policy_fault(CpsfPolicyParse *p, const char *format, ...) G_GNUC_PRINTF(2, 3);

/*
 * Each reads the attribute @name of the element at hand; absent leaves the value alone, or is a
 * fault if @is_required.  FALSE is a fault.
 */

/* A word of a vocabulary whose value is at least @least. */
gboolean cpsf_policy_read_word(CpsfPolicyParse *p,
                               const char *name,
                               CpsfVocabulary words,
                               int least,
                               gboolean is_required,
                               int *value);
/* One digit in [1, @high]. */
gboolean cpsf_policy_read_digit(
    CpsfPolicyParse *p, const char *name, int high, gboolean is_required, int *value);
gboolean cpsf_policy_read_flag(CpsfPolicyParse *p, const char *name, gboolean *value);
/* A finite number in [@low, @high]. */
gboolean cpsf_policy_read_number(CpsfPolicyParse *p,
                                 const char *name,
                                 double low,
                                 double high,
                                 gboolean is_required,
                                 double *value);
gboolean cpsf_policy_read_duration(CpsfPolicyParse *p, const char *name, int64_t *value);
/* The attribute validity; empty takes the default's away. */
gboolean cpsf_policy_read_validity(CpsfPolicyParse *p, CpsfSchemeRule *scheme);
/* Words between blanks, sorted, each once; frees and replaces *@list. */
gboolean
cpsf_policy_read_list(CpsfPolicyParse *p, const char *name, gboolean is_required, char ***list);
/* Numbers from 1 to @high between blanks, as a mask. */
gboolean cpsf_policy_read_mask(
    CpsfPolicyParse *p, const char *name, int high, gboolean is_required, unsigned *mask);
/* A text that is not empty; frees and replaces *@value. */
gboolean
cpsf_policy_read_text(CpsfPolicyParse *p, const char *name, gboolean is_required, char **value);
/* A required key in canonical form. */
gboolean cpsf_policy_read_key(CpsfPolicyParse *p, const char *name, char **key);
/* A required code of three capital letters, as ISO 4217 has them. */
gboolean cpsf_policy_read_currency(CpsfPolicyParse *p, const char *name, char **currency);

/* FALSE, with a fault, if this document gave the same entry before: then one of the two is a
 * mistake.  @format makes the text of the entry's key attributes. */
gboolean cpsf_policy_is_first(CpsfPolicyParse *p, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* One reader an entry (cpsf-policy-entries.c). */
gboolean cpsf_policy_read_require(CpsfPolicyParse *p);
gboolean cpsf_policy_read_scheme(CpsfPolicyParse *p);
gboolean cpsf_policy_read_issuer(CpsfPolicyParse *p);
gboolean cpsf_policy_read_ca(CpsfPolicyParse *p);
gboolean cpsf_policy_read_crl(CpsfPolicyParse *p);
gboolean cpsf_policy_read_delegate(CpsfPolicyParse *p);
gboolean cpsf_policy_read_relation(CpsfPolicyParse *p);
gboolean cpsf_policy_read_rule(CpsfPolicyParse *p);
gboolean cpsf_policy_read_thresholds(CpsfPolicyParse *p);
gboolean cpsf_policy_read_category(CpsfPolicyParse *p);
gboolean cpsf_policy_read_rate(CpsfPolicyParse *p);

G_END_DECLS
