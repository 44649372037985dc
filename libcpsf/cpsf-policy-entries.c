/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The entries of a policy document, a reader each: it finds the entry with the same key attributes
 * or adds one, and sets what the document gives. */

#include "config.h"

#include "cpsf-policy-values-private.h"

#include <math.h>
#include <string.h>

gboolean
cpsf_policy_is_first(CpsfPolicyParse *p, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    g_autofree char *entry = g_strdup_vprintf(format, arguments);
    va_end(arguments);

    if (g_hash_table_add(p->seen, g_strdup_printf("<%s> %s", p->element, entry)))
        return TRUE;
    return cpsf_policy_fault(p, "<%s> %s is given twice", p->element, entry);
}

gboolean
cpsf_policy_read_require(CpsfPolicyParse *p)
{
    int kind = -1;
    int layer = 0;

    if (!cpsf_policy_read_word(p, "kind", CPSF_WORDS_KIND, CPSF_KIND_COMPANY, TRUE, &kind) ||
        !cpsf_policy_read_digit(p, "layer", 3, TRUE, &layer) ||
        !cpsf_policy_is_first(p, "%s %d", cpsf_word(CPSF_WORDS_KIND, kind), layer))
        return FALSE;

    CpsfRequirement *r =
        (CpsfRequirement *) cpsf_policy_find_requirement(p->policy, (CpsfKind) kind, layer);
    const gboolean is_new = r == NULL;

    if (is_new && (r = cpsf_array_add(&p->policy->requirements, &p->error)) == NULL)
        return FALSE;
    r->kind = (CpsfKind) kind;
    r->layer = layer;

    int assurance = (int) r->assurance;
    const gboolean is_good = cpsf_policy_read_word(p, "assurance", CPSF_WORDS_ASSURANCE,
                                                   CPSF_ASSURANCE_SELF, is_new, &assurance) &&
                             cpsf_policy_read_flag(p, "signed", &r->is_signed);

    r->assurance = (CpsfAssurance) assurance;
    return is_good;
}

static CpsfSchemeRule *
find_or_add_scheme(CpsfPolicyParse *p, char *id)
{
    for (int64_t i = 0; i < p->policy->schemes.n; i++) {
        if (strcmp(p->policy->schemes.items[i].id, id) != 0)
            continue;
        g_free(id);
        return &p->policy->schemes.items[i];
    }

    CpsfSchemeRule *s = cpsf_array_add(&p->policy->schemes, &p->error);

    if (s == NULL) {
        g_free(id);
        return NULL;
    }
    s->id = id;
    s->weight = -1.0;
    s->accredits = g_new0(char *, 1);
    return s;
}

gboolean
cpsf_policy_read_scheme(CpsfPolicyParse *p)
{
    char *id = NULL;

    if (!cpsf_policy_read_text(p, "id", TRUE, &id))
        return FALSE;
    if (!cpsf_policy_is_first(p, "%s", id)) {
        g_free(id);
        return FALSE;
    }

    CpsfSchemeRule *s = find_or_add_scheme(p, id);

    if (s == NULL)
        return FALSE;

    const gboolean is_new = s->layers == 0;
    int assurance = (int) s->assurance;

    if (!cpsf_policy_read_mask(p, "layers", 3, is_new, &s->layers) ||
        !cpsf_policy_read_word(p, "assurance", CPSF_WORDS_ASSURANCE, CPSF_ASSURANCE_SELF, is_new,
                               &assurance) ||
        !cpsf_policy_read_number(p, "weight", 0.0, INFINITY, FALSE, &s->weight) ||
        !cpsf_policy_read_validity(p, s) ||
        !cpsf_policy_read_mask(p, "viewpoints", 4, FALSE, &s->viewpoints) ||
        !cpsf_policy_read_list(p, "accredits", FALSE, &s->accredits))
        return FALSE;
    if (s->layers == 0)
        return cpsf_policy_fault(p, "layers of <scheme> names no layer");
    s->assurance = (CpsfAssurance) assurance;
    return TRUE;
}

/* `schemes` missing means all of them, also where the default's entry named some. */
gboolean
cpsf_policy_read_issuer(CpsfPolicyParse *p)
{
    g_autofree char *key = NULL;
    g_auto(GStrv) schemes = NULL;
    CpsfRoot *root = NULL;

    if (!cpsf_policy_read_key(p, "key", &key) || !cpsf_policy_is_first(p, "%s", key) ||
        !cpsf_policy_read_list(p, "schemes", FALSE, &schemes))
        return FALSE;
    for (int64_t i = 0; i < p->policy->roots.n; i++)
        if (strcmp(p->policy->roots.items[i].key, key) == 0)
            root = &p->policy->roots.items[i];
    if (root == NULL) {
        root = cpsf_array_add(&p->policy->roots, &p->error);
        if (root == NULL)
            return FALSE;
        root->key = g_steal_pointer(&key);
    }
    g_strfreev(root->schemes);
    root->schemes = g_steal_pointer(&schemes);
    return TRUE;
}

/* Each file once, whichever of the two policies names it. */
static gboolean
read_file(CpsfPolicyParse *p, char ***items, int64_t *n, int64_t *capacity)
{
    g_autofree char *file = NULL;

    if (!cpsf_policy_read_text(p, "file", TRUE, &file) || !cpsf_policy_is_first(p, "%s", file))
        return FALSE;
    for (int64_t i = 0; i < *n; i++)
        if (strcmp((*items)[i], file) == 0)
            return TRUE;

    char **slot = cpsf_array_slot((void **) items, n, capacity, sizeof **items, &p->error);

    if (slot == NULL)
        return FALSE;
    *slot = g_steal_pointer(&file);
    return TRUE;
}

gboolean
cpsf_policy_read_ca(CpsfPolicyParse *p)
{
    return read_file(p, &p->policy->ca_files.items, &p->policy->ca_files.n,
                     &p->policy->ca_files.capacity);
}

gboolean
cpsf_policy_read_crl(CpsfPolicyParse *p)
{
    return read_file(p, &p->policy->crl_files.items, &p->policy->crl_files.n,
                     &p->policy->crl_files.capacity);
}

static gboolean
is_same_delegate(const CpsfDelegate *a, const CpsfDelegate *b)
{
    return g_strcmp0(a->subject, b->subject) == 0 &&
           g_strcmp0(a->fingerprint, b->fingerprint) == 0 &&
           strcmp(a->publisher, b->publisher) == 0;
}

static void
clear_delegate(CpsfDelegate *d)
{
    g_free(d->subject);
    g_free(d->fingerprint);
    g_free(d->publisher);
    g_strfreev(d->keys);
}

static gboolean
fill_delegate(CpsfPolicyParse *p, CpsfDelegate *d)
{
    if (!cpsf_policy_read_text(p, "subject", FALSE, &d->subject) ||
        !cpsf_policy_read_text(p, "fingerprint", FALSE, &d->fingerprint) ||
        !cpsf_policy_read_key(p, "publisher", &d->publisher) ||
        !cpsf_policy_read_list(p, "keys", TRUE, &d->keys))
        return FALSE;
    if ((d->subject == NULL) == (d->fingerprint == NULL))
        return cpsf_policy_fault(p, "<delegate> needs one of subject and fingerprint");
    return cpsf_policy_is_first(p, "%s of %s", d->subject != NULL ? d->subject : d->fingerprint,
                                d->publisher);
}

gboolean
cpsf_policy_read_delegate(CpsfPolicyParse *p)
{
    CpsfDelegate found = {0};

    if (!fill_delegate(p, &found)) {
        clear_delegate(&found);
        return FALSE;
    }
    for (int64_t i = 0; i < p->policy->delegates.n; i++) {
        CpsfDelegate *d = &p->policy->delegates.items[i];

        if (is_same_delegate(d, &found)) {
            clear_delegate(d);
            *d = found;
            return TRUE;
        }
    }

    CpsfDelegate *d = cpsf_array_add(&p->policy->delegates, &p->error);

    if (d == NULL) {
        clear_delegate(&found);
        return FALSE;
    }
    *d = found;
    return TRUE;
}

gboolean
cpsf_policy_read_relation(CpsfPolicyParse *p)
{
    int relation = -1;

    if (!cpsf_policy_read_word(p, "name", CPSF_WORDS_RELATION, 0, TRUE, &relation) ||
        !cpsf_policy_is_first(p, "%s", cpsf_word(CPSF_WORDS_RELATION, relation)))
        return FALSE;

    CpsfRelationRule *r = &p->policy->relations[relation];

    return cpsf_policy_read_number(p, "criticality", 0.0, 1.0, FALSE, &r->criticality) &&
           cpsf_policy_read_duration(p, "delay", &r->delay);
}

/* The key attributes of a spread rule: within one node there is no relation. */
static gboolean
read_rule_key(CpsfPolicyParse *p, CpsfSpreadRule *key)
{
    static const char *const directions[] = {"forward", "backward", "self"};
    g_autofree char *direction = NULL;
    int in = -1;
    int out = -1;
    guint d = 0;

    key->relation = -1;
    if (!cpsf_policy_read_text(p, "direction", TRUE, &direction))
        return FALSE;
    while (d < G_N_ELEMENTS(directions) && strcmp(directions[d], direction) != 0)
        d++;
    if (d == G_N_ELEMENTS(directions))
        return cpsf_policy_fault(p, "direction of <rule> is not one of forward backward self");
    key->direction = (CpsfDirection) d;
    if (key->direction == CPSF_SELF && cpsf_xml_attribute(p->reader, "relation").value != NULL)
        return cpsf_policy_fault(p, "<rule> of direction self has a relation");
    if (!cpsf_policy_read_word(p, "relation", CPSF_WORDS_RELATION, 0, key->direction != CPSF_SELF,
                               &key->relation) ||
        !cpsf_policy_read_word(p, "in", CPSF_WORDS_EFFECT, 0, TRUE, &in) ||
        !cpsf_policy_read_word(p, "out", CPSF_WORDS_EFFECT, 0, TRUE, &out))
        return FALSE;
    key->in = (CpsfEffect) in;
    key->out = (CpsfEffect) out;
    return cpsf_policy_is_first(
        p, "%s %s %s %s", direction,
        key->relation >= 0 ? cpsf_word(CPSF_WORDS_RELATION, key->relation) : "node",
        cpsf_word(CPSF_WORDS_EFFECT, in), cpsf_word(CPSF_WORDS_EFFECT, out));
}

gboolean
cpsf_policy_read_rule(CpsfPolicyParse *p)
{
    CpsfSpreadRule key = {0};
    CpsfSpreadRule *r = NULL;

    if (!read_rule_key(p, &key))
        return FALSE;
    for (int64_t i = 0; i < p->policy->spread.n; i++)
        if (cpsf_policy_compare_spread(&p->policy->spread.items[i], &key) == 0)
            r = &p->policy->spread.items[i];

    const gboolean is_new = r == NULL;

    if (is_new) {
        r = cpsf_array_add(&p->policy->spread, &p->error);
        if (r == NULL)
            return FALSE;
        *r = key;
    }
    return cpsf_policy_read_number(p, "probability", 0.0, 1.0, is_new, &r->probability) &&
           cpsf_policy_read_duration(p, "delay", &r->delay);
}

/* The place of a currency's threshold for @level, added if there is none. */
static CpsfThreshold *
find_or_add_threshold(CpsfPolicyParse *p, const char *currency, CpsfLevel level)
{
    for (int64_t i = 0; i < p->policy->thresholds.n; i++) {
        CpsfThreshold *t = &p->policy->thresholds.items[i];

        if (t->level == level && strcmp(t->currency, currency) == 0)
            return t;
    }

    CpsfThreshold *t = cpsf_array_add(&p->policy->thresholds, &p->error);

    if (t != NULL) {
        t->level = level;
        t->currency = g_strdup(currency);
    }
    return t;
}

gboolean
cpsf_policy_read_thresholds(CpsfPolicyParse *p)
{
    g_autofree char *currency = NULL;
    double serious = 0.0;
    double top = 0.0;

    if (!cpsf_policy_read_currency(p, "currency", &currency) ||
        !cpsf_policy_is_first(p, "%s", currency) ||
        !cpsf_policy_read_number(p, "serious", 0.0, INFINITY, TRUE, &serious) ||
        !cpsf_policy_read_number(p, "catastrophic", 0.0, INFINITY, TRUE, &top))
        return FALSE;
    if (top < serious)
        return cpsf_policy_fault(p, "catastrophic of <thresholds> is below serious");

    CpsfThreshold *t = find_or_add_threshold(p, currency, CPSF_LEVEL_SERIOUS);

    if (t == NULL)
        return FALSE;
    t->loss = serious;
    t = find_or_add_threshold(p, currency, CPSF_LEVEL_TOP);
    if (t == NULL)
        return FALSE;
    t->loss = top;
    return TRUE;
}

gboolean
cpsf_policy_read_category(CpsfPolicyParse *p)
{
    int recovery = 0;
    int economic = 0;
    int viewpoint = 0;
    int assurance = 0;
    CpsfCategoryRule *c = NULL;

    if (!cpsf_policy_read_word(p, "recovery", CPSF_WORDS_RECOVERY, CPSF_LEVEL_LIMITED, TRUE,
                               &recovery) ||
        !cpsf_policy_read_word(p, "economic", CPSF_WORDS_ECONOMIC, CPSF_LEVEL_LIMITED, TRUE,
                               &economic) ||
        !cpsf_policy_read_digit(p, "viewpoint", 4, TRUE, &viewpoint) ||
        !cpsf_policy_read_word(p, "assurance", CPSF_WORDS_ASSURANCE, CPSF_ASSURANCE_SELF, TRUE,
                               &assurance) ||
        !cpsf_policy_is_first(p, "%s %s %d", cpsf_word(CPSF_WORDS_RECOVERY, recovery),
                              cpsf_word(CPSF_WORDS_ECONOMIC, economic), viewpoint))
        return FALSE;
    for (int64_t i = 0; i < p->policy->categories.n; i++) {
        CpsfCategoryRule *old = &p->policy->categories.items[i];

        if ((int) old->recovery == recovery && (int) old->economic == economic &&
            old->viewpoint == viewpoint)
            c = old;
    }
    if (c == NULL && (c = cpsf_array_add(&p->policy->categories, &p->error)) == NULL)
        return FALSE;
    *c = (CpsfCategoryRule){(CpsfLevel) recovery, (CpsfLevel) economic, viewpoint,
                            (CpsfAssurance) assurance};
    return TRUE;
}

static gboolean
fill_rate(CpsfPolicyParse *p, CpsfRate *rate)
{
    if (!cpsf_policy_read_currency(p, "currency", &rate->currency) ||
        !cpsf_policy_read_currency(p, "to", &rate->to) ||
        !cpsf_policy_is_first(p, "%s %s", rate->currency, rate->to) ||
        !cpsf_policy_read_number(p, "factor", 0.0, INFINITY, TRUE, &rate->factor))
        return FALSE;
    if (!(rate->factor > 0.0))
        return cpsf_policy_fault(p, "factor of <rate> is not above 0");
    return TRUE;
}

gboolean
cpsf_policy_read_rate(CpsfPolicyParse *p)
{
    CpsfRate found = {0};
    CpsfRate *r = NULL;
    gboolean is_good = fill_rate(p, &found);

    for (int64_t i = 0; is_good && i < p->policy->rates.n; i++)
        if (strcmp(p->policy->rates.items[i].currency, found.currency) == 0 &&
            strcmp(p->policy->rates.items[i].to, found.to) == 0)
            r = &p->policy->rates.items[i];
    if (r != NULL) {
        r->factor = found.factor;
    } else if (is_good && (r = cpsf_array_add(&p->policy->rates, &p->error)) != NULL) {
        *r = found;
        return TRUE;
    }
    g_free(found.currency);
    g_free(found.to);
    return r != NULL;
}
