/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * A policy in memory: sections of entries, each section sorted by its key attributes, so that
 * finding is quick and printing is canonical.  cpsf-policy-xml.c reads one, cpsf-policy-print.c
 * writes one.
 */

#include "config.h"

#include "cpsf-policy-private.h"

#include <stdlib.h>
#include <string.h>

#include "cpsf-digest-private.h"

#define EMPTY(array)                                                                               \
    do {                                                                                           \
        g_free((array)->items);                                                                    \
        (array)->items = NULL;                                                                     \
        (array)->n = 0;                                                                            \
        (array)->capacity = 0;                                                                     \
    } while (0)

void
cpsf_policy_clear_requirements(CpsfPolicy *self)
{
    EMPTY(&self->requirements);
}

void
cpsf_policy_clear_schemes(CpsfPolicy *self)
{
    for (int64_t i = 0; i < self->schemes.n; i++) {
        g_free(self->schemes.items[i].id);
        g_strfreev(self->schemes.items[i].accredits);
    }
    EMPTY(&self->schemes);
}

void
cpsf_policy_clear_roots(CpsfPolicy *self)
{
    for (int64_t i = 0; i < self->roots.n; i++) {
        g_free(self->roots.items[i].key);
        g_strfreev(self->roots.items[i].schemes);
    }
    EMPTY(&self->roots);
}

void
cpsf_policy_clear_signers(CpsfPolicy *self)
{
    for (int64_t i = 0; i < self->ca_files.n; i++)
        g_free(self->ca_files.items[i]);
    EMPTY(&self->ca_files);
    for (int64_t i = 0; i < self->crl_files.n; i++)
        g_free(self->crl_files.items[i]);
    EMPTY(&self->crl_files);
    for (int64_t i = 0; i < self->delegates.n; i++) {
        g_free(self->delegates.items[i].subject);
        g_free(self->delegates.items[i].fingerprint);
        g_free(self->delegates.items[i].publisher);
        g_strfreev(self->delegates.items[i].keys);
    }
    EMPTY(&self->delegates);
}

void
cpsf_policy_clear_relations(CpsfPolicy *self)
{
    for (int i = 0; i < CPSF_N_RELATIONS; i++)
        self->relations[i] = (CpsfRelationRule){.criticality = 1.0, .delay = 0};
}

void
cpsf_policy_clear_spread(CpsfPolicy *self)
{
    EMPTY(&self->spread);
}

void
cpsf_policy_clear_iot_ssf(CpsfPolicy *self)
{
    for (int64_t i = 0; i < self->thresholds.n; i++)
        g_free(self->thresholds.items[i].currency);
    EMPTY(&self->thresholds);
    EMPTY(&self->categories);
}

void
cpsf_policy_clear_rates(CpsfPolicy *self)
{
    for (int64_t i = 0; i < self->rates.n; i++) {
        g_free(self->rates.items[i].currency);
        g_free(self->rates.items[i].to);
    }
    EMPTY(&self->rates);
}

static void
policy_finalize(gpointer data)
{
    CpsfPolicy *self = data;

    cpsf_policy_clear_requirements(self);
    cpsf_policy_clear_schemes(self);
    cpsf_policy_clear_roots(self);
    cpsf_policy_clear_signers(self);
    cpsf_policy_clear_spread(self);
    cpsf_policy_clear_iot_ssf(self);
    cpsf_policy_clear_rates(self);
    g_free(self->name);
}

CpsfPolicy *
cpsf_policy_new_empty(void)
{
    CpsfPolicy *self = g_atomic_rc_box_new0(CpsfPolicy);

    self->name = g_strdup("");
    cpsf_policy_clear_relations(self);
    return self;
}

/**
 * cpsf_policy_ref:
 * @self: a policy
 *
 * Takes one more reference.
 *
 * Returns: (transfer full): @self
 *
 * Since: 0.1
 */
CpsfPolicy *
cpsf_policy_ref(CpsfPolicy *self)
{
    g_return_val_if_fail(self != NULL, NULL);
    return g_atomic_rc_box_acquire(self);
}

/**
 * cpsf_policy_unref:
 * @self: (transfer full) (nullable): a policy, or %NULL for nothing
 *
 * Gives one reference back; the last one frees the policy.
 *
 * Since: 0.1
 */
void
cpsf_policy_unref(CpsfPolicy *self)
{
    if (self != NULL)
        g_atomic_rc_box_release_full(self, policy_finalize);
}

/**
 * cpsf_policy_get_name:
 * @self: a policy
 *
 * The name of the policy.
 *
 * Returns: (transfer none): what the policy calls itself; "default" for the built-in one
 *
 * Since: 0.1
 */
const char *
cpsf_policy_get_name(const CpsfPolicy *self)
{
    g_return_val_if_fail(self != NULL, NULL);
    return self->name;
}

/**
 * cpsf_policy_get_digest:
 * @self: a policy
 *
 * Names the policy in force by its contents: two policies have one digest exactly if
 * [method@Policy.to_xml] prints the same text for both.
 *
 * Returns: (transfer none): "sha256:" and 64 hexadecimal digits
 *
 * Since: 0.1
 */
const char *
cpsf_policy_get_digest(const CpsfPolicy *self)
{
    g_return_val_if_fail(self != NULL, NULL);
    return self->digest;
}

/* Orders of the sections: by their key attributes.  Text by bytes, words in the order of their
 * vocabulary. */

static int
compare_numbers(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static int
compare_requirements(const void *left, const void *right)
{
    const CpsfRequirement *a = left;
    const CpsfRequirement *b = right;
    const int kind = compare_numbers(a->kind, b->kind);

    return kind != 0 ? kind : compare_numbers(a->layer, b->layer);
}

static int
compare_schemes(const void *left, const void *right)
{
    return strcmp(((const CpsfSchemeRule *) left)->id, ((const CpsfSchemeRule *) right)->id);
}

static int
compare_roots(const void *left, const void *right)
{
    return strcmp(((const CpsfRoot *) left)->key, ((const CpsfRoot *) right)->key);
}

static int
compare_strings(const void *left, const void *right)
{
    return strcmp(*(char *const *) left, *(char *const *) right);
}

static int
compare_delegates(const void *left, const void *right)
{
    const CpsfDelegate *a = left;
    const CpsfDelegate *b = right;
    int order = strcmp(a->publisher, b->publisher);

    if (order == 0)
        order = g_strcmp0(a->subject, b->subject);
    return order != 0 ? order : g_strcmp0(a->fingerprint, b->fingerprint);
}

int
cpsf_policy_compare_spread(const CpsfSpreadRule *a, const CpsfSpreadRule *b)
{
    int order = compare_numbers(a->relation, b->relation);

    if (order == 0)
        order = compare_numbers(a->direction, b->direction);
    if (order == 0)
        order = compare_numbers(a->in, b->in);
    return order != 0 ? order : compare_numbers(a->out, b->out);
}

static int
compare_spread(const void *left, const void *right)
{
    return cpsf_policy_compare_spread(left, right);
}

static int
compare_thresholds(const void *left, const void *right)
{
    const CpsfThreshold *a = left;
    const CpsfThreshold *b = right;
    const int order = strcmp(a->currency, b->currency);

    return order != 0 ? order : compare_numbers(a->level, b->level);
}

static int
compare_categories(const void *left, const void *right)
{
    const CpsfCategoryRule *a = left;
    const CpsfCategoryRule *b = right;
    int order = compare_numbers(a->recovery, b->recovery);

    if (order == 0)
        order = compare_numbers(a->economic, b->economic);
    return order != 0 ? order : compare_numbers(a->viewpoint, b->viewpoint);
}

static int
compare_rates(const void *left, const void *right)
{
    const CpsfRate *a = left;
    const CpsfRate *b = right;
    const int order = strcmp(a->currency, b->currency);

    return order != 0 ? order : strcmp(a->to, b->to);
}

#define SORT(array, compare)                                                                       \
    do {                                                                                           \
        if ((array)->n > 1)                                                                        \
            qsort((array)->items, (size_t) (array)->n, sizeof *(array)->items, compare);           \
    } while (0)

void
cpsf_policy_seal(CpsfPolicy *self)
{
    char hex[65];

    SORT(&self->requirements, compare_requirements);
    SORT(&self->schemes, compare_schemes);
    SORT(&self->roots, compare_roots);
    SORT(&self->ca_files, compare_strings);
    SORT(&self->crl_files, compare_strings);
    SORT(&self->delegates, compare_delegates);
    SORT(&self->spread, compare_spread);
    SORT(&self->thresholds, compare_thresholds);
    SORT(&self->categories, compare_categories);
    SORT(&self->rates, compare_rates);

    g_autofree char *text = cpsf_policy_to_xml(self);
    g_autoptr(CpsfDigest) digest = cpsf_digest_new();

    cpsf_digest_add(digest, text, strlen(text));
    cpsf_digest_finish(digest, hex);
    g_snprintf(self->digest, sizeof self->digest, "sha256:%s", hex);
}

const CpsfRequirement *
cpsf_policy_find_requirement(const CpsfPolicy *self, CpsfKind kind, int layer)
{
    for (int64_t i = 0; i < self->requirements.n; i++) {
        const CpsfRequirement *r = &self->requirements.items[i];

        if (r->kind == kind && r->layer == layer)
            return r;
    }
    return NULL;
}

const CpsfSchemeRule *
cpsf_policy_find_scheme(const CpsfPolicy *self, const char *id)
{
    int64_t low = 0;
    int64_t high = self->schemes.n;

    while (low < high) {
        const int64_t middle = low + (high - low) / 2;
        const int order = strcmp(self->schemes.items[middle].id, id);

        if (order == 0)
            return &self->schemes.items[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

gboolean
cpsf_policy_list_names(char *const *list, const char *id)
{
    if (list == NULL)
        return TRUE;
    for (int i = 0; list[i] != NULL; i++) {
        const size_t length = strlen(list[i]);
        const gboolean is_prefix = length > 0 && list[i][length - 1] == '*';

        if (is_prefix ? strncmp(list[i], id, length - 1) == 0 : strcmp(list[i], id) == 0)
            return TRUE;
    }
    return FALSE;
}

gboolean
cpsf_policy_has_signers(const CpsfPolicy *self)
{
    return self->ca_files.n > 0 || self->delegates.n > 0;
}
