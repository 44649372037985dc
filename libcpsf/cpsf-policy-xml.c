/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Reads a policy document (docs/formats.md, Policy) over the built-in default.
 *
 * The document is small and its owner's, so reading stops at the first fault: an unknown element
 * or attribute, a word that is none, a number out of range, an entry given twice.  An entry merges
 * with the one of the same key attributes: what it leaves out stays as it was.  Reading order:
 * one reader an entry, sections, the document; cpsf-policy-values.c reads attributes.
 */

#include "config.h"

#include "cpsf-policy-values-private.h"

#include <gio/gio.h>
#include <string.h>

#include "cpsf-text-private.h"

static const char namespace_uri[] = "urn:libcpsf:policy:1";

/* datasets/policies/default.xml, as build-aux/embed.sh turns it into a string. */
static const char default_policy[] =
#include "cpsf-policy-default.inc"
    ;

/* A policy is written by a person: far beyond what one would write, and cheap to read. */
enum { POLICY_MAX_BYTES = 16 << 20, POLICY_MAX_ELEMENTS = 20000 };

/* clang-format off */
enum {
    POLICY = 1,
      ANCHORS,
        REQUIRE,
      SCHEMES,
        SCHEME,
      ROOTS,
        ISSUER,
      SIGNERS,
        CA,
        CRL,
        DELEGATE,
      RELATIONS,
        RELATION,
      SPREAD,
        RULE,
      IOT_SSF,
        THRESHOLDS,
        CATEGORY,
      RATES,
        RATE,
    N_POLICY_STATES,
};

static const CpsfXmlRule policy_rules[] = {
    {CPSF_XML_START, "policy",     POLICY},
    {POLICY,         "anchors",    ANCHORS},
    {ANCHORS,        "require",    REQUIRE},
    {POLICY,         "schemes",    SCHEMES},
    {SCHEMES,        "scheme",     SCHEME},
    {POLICY,         "roots",      ROOTS},
    {ROOTS,          "issuer",     ISSUER},
    {POLICY,         "signers",    SIGNERS},
    {SIGNERS,        "ca",         CA},
    {SIGNERS,        "crl",        CRL},
    {SIGNERS,        "delegate",   DELEGATE},
    {POLICY,         "relations",  RELATIONS},
    {RELATIONS,      "relation",   RELATION},
    {POLICY,         "spread",     SPREAD},
    {SPREAD,         "rule",       RULE},
    {POLICY,         "iot-ssf",    IOT_SSF},
    {IOT_SSF,        "thresholds", THRESHOLDS},
    {IOT_SSF,        "category",   CATEGORY},
    {POLICY,         "rates",      RATES},
    {RATES,          "rate",       RATE},
};
/* clang-format on */

static gboolean
read_root(CpsfPolicyParse *p)
{
    return cpsf_policy_read_text(p, "name", FALSE, &p->policy->name);
}

/* What each element may carry, and what is done with it: @read for an entry, @clear for a section
 * that says replace="true". */
/* clang-format off */
static const struct {
    const char *element;
    const char *attributes; /* blanks around each */
    gboolean (*read)(CpsfPolicyParse *p);
    void (*clear)(CpsfPolicy *policy);
} elements[N_POLICY_STATES] = {
    [POLICY] = {"policy", " name ", read_root, NULL},
    [ANCHORS] = {"anchors", " replace ", NULL, cpsf_policy_clear_requirements},
    [REQUIRE] = {"require", " kind layer assurance signed ", cpsf_policy_read_require, NULL},
    [SCHEMES] = {"schemes", " replace ", NULL, cpsf_policy_clear_schemes},
    [SCHEME] = {"scheme", " id layers assurance weight validity viewpoints accredits ",
                cpsf_policy_read_scheme, NULL},
    [ROOTS] = {"roots", " replace ", NULL, cpsf_policy_clear_roots},
    [ISSUER] = {"issuer", " key schemes ", cpsf_policy_read_issuer, NULL},
    [SIGNERS] = {"signers", " replace ", NULL, cpsf_policy_clear_signers},
    [CA] = {"ca", " file ", cpsf_policy_read_ca, NULL},
    [CRL] = {"crl", " file ", cpsf_policy_read_crl, NULL},
    [DELEGATE] = {"delegate", " subject fingerprint publisher keys ", cpsf_policy_read_delegate,
                  NULL},
    [RELATIONS] = {"relations", " replace ", NULL, cpsf_policy_clear_relations},
    [RELATION] = {"relation", " name criticality delay ", cpsf_policy_read_relation, NULL},
    [SPREAD] = {"spread", " replace ", NULL, cpsf_policy_clear_spread},
    [RULE] = {"rule", " relation direction in out probability delay ", cpsf_policy_read_rule,
              NULL},
    [IOT_SSF] = {"iot-ssf", " replace ", NULL, cpsf_policy_clear_iot_ssf},
    [THRESHOLDS] = {"thresholds", " currency serious catastrophic ", cpsf_policy_read_thresholds,
                    NULL},
    [CATEGORY] = {"category", " recovery economic viewpoint assurance ",
                  cpsf_policy_read_category, NULL},
    [RATES] = {"rates", " replace ", NULL, cpsf_policy_clear_rates},
    [RATE] = {"rate", " currency to factor ", cpsf_policy_read_rate, NULL},
};
/* clang-format on */

static gboolean
attributes_are_known(CpsfPolicyParse *p, uint8_t state)
{
    const char *name;
    CpsfXmlText value;

    for (int i = 0; cpsf_xml_attribute_at(p->reader, i, &name, &value); i++) {
        g_autofree char *word = g_strdup_printf(" %s ", name);
        char shown[CPSF_TEXT_SHOWN_MAX];

        if (strstr(elements[state].attributes, word) == NULL)
            return cpsf_policy_fault(p, "<%s> has no attribute called %s", p->element,
                                     cpsf_text_shown(name, strlen(name), shown));
    }
    return TRUE;
}

static gboolean
read_section(CpsfPolicyParse *p, uint8_t state)
{
    gboolean is_replacement = FALSE;

    if (!cpsf_policy_is_first(p, "section") ||
        !cpsf_policy_read_flag(p, "replace", &is_replacement))
        return FALSE;
    if (is_replacement)
        elements[state].clear(p->policy);
    return TRUE;
}

static gboolean
policy_start(void *user, uint8_t state, CpsfXmlReader *reader, GError **error)
{
    CpsfPolicyParse *p = user;

    p->reader = reader;
    p->element = elements[state].element;
    if (attributes_are_known(p, state) &&
        (elements[state].read != NULL ? elements[state].read(p) : read_section(p, state)))
        return TRUE;
    return cpsf_fail(error, CPSF_ERROR_INVALID_DATA, "%s", p->error->message);
}

static gboolean
policy_end(void *user, uint8_t state, CpsfXmlText text, CpsfXmlReader *reader, GError **error)
{
    (void) user, (void) state, (void) text, (void) reader, (void) error;
    return TRUE;
}

static gboolean
policy_unknown(void *user, uint8_t parent, const char *name, CpsfXmlReader *reader, GError **error)
{
    CpsfPolicyParse *p = user;
    char shown[CPSF_TEXT_SHOWN_MAX];

    p->reader = reader;
    cpsf_policy_fault(p, "<%s> cannot hold <%s>", elements[parent].element,
                      cpsf_text_shown(name, strlen(name), shown));
    return cpsf_fail(error, CPSF_ERROR_INVALID_DATA, "%s", p->error->message);
}

static const CpsfXmlDialect policy_dialect = {
    .name = "policy",
    .rules = policy_rules,
    .n_rules = G_N_ELEMENTS(policy_rules),
    .start = policy_start,
    .end = policy_end,
    .unknown = policy_unknown,
};

static const CpsfXmlDialect *
policy_sniff(void *data,
             const char *uri,
             const char *root,
             CpsfXmlReader *reader,
             void **user,
             GError **error)
{
    (void) reader;
    if (strcmp(uri, namespace_uri) != 0 || strcmp(root, "policy") != 0)
        return cpsf_fail_null(error, CPSF_ERROR_UNSUPPORTED,
                              "the document is not a policy: its root is not <policy> of %s",
                              namespace_uri);
    *user = data;
    return &policy_dialect;
}

/* Reads one document over what @policy holds. */
static gboolean
read_over(CpsfPolicy *policy, GInputStream *stream, const char *file, GError **error)
{
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    CpsfPolicyParse p = {.policy = policy, .file = file, .seen = seen};
    const CpsfXmlOptions options = {
        .limits = {.max_bytes = POLICY_MAX_BYTES, .max_elements = POLICY_MAX_ELEMENTS},
        .sniff = policy_sniff,
        .data = &p,
        .file = file,
    };
    CpsfXmlFault fault = {0};
    char digest[65];
    g_autoptr(GError) failure = NULL;

    if (cpsf_xml_read(stream, &options, digest, &fault, &failure))
        return TRUE;
    if (p.error != NULL) {
        g_propagate_error(error, p.error);
        return FALSE;
    }
    if (failure->code == CPSF_ERROR_NO_MEMORY || failure->code == CPSF_ERROR_IO) {
        g_propagate_error(error, g_steal_pointer(&failure));
        return FALSE;
    }
    return cpsf_fail(error, CPSF_ERROR_INVALID_DATA, "%s:%u:%u: %s", file, fault.line, fault.column,
                     failure->message);
}

static CpsfPolicy *
new_default(GError **error)
{
    g_autoptr(CpsfPolicy) self = cpsf_policy_new_empty();
    g_autoptr(GInputStream) stream = g_memory_input_stream_new_from_data(
        default_policy, (gssize) (sizeof default_policy - 1), NULL);

    if (!read_over(self, stream, "default.xml", error))
        return NULL;
    return g_steal_pointer(&self);
}

/**
 * cpsf_policy_new_default:
 *
 * The built-in policy: the schemes, roots, relations and rules of datasets/policies/default.xml,
 * which explains each of them.
 *
 * Cost: O(size of the default), a fraction of a millisecond.
 *
 * Returns: (transfer full) (nullable): the policy; %NULL only if there is no memory for it
 *
 * Since: 0.1
 */
CpsfPolicy *
cpsf_policy_new_default(void)
{
    g_autoptr(CpsfPolicy) self = new_default(NULL);

    if (self != NULL)
        cpsf_policy_seal(self);
    return g_steal_pointer(&self);
}

/**
 * cpsf_policy_load:
 * @file: path of a policy document
 * @error: return location for a [type@GLib.Error], or %NULL
 *
 * Reads a policy document over the built-in default.  An entry merges with the default's entry of
 * the same key attributes: attributes that it leaves out keep their values, except that an issuer
 * without `schemes` is a root for all schemes.  A section that says `replace="true"` begins empty.
 *
 * Cost: O(size of the document times the size of the policy).
 *
 * Returns: (transfer full) (nullable): the policy; %NULL with %CPSF_ERROR_IO if the file cannot be
 *   read, with %CPSF_ERROR_INVALID_DATA "FILE:LINE:COLUMN: …" naming the first fault, or with
 *   %CPSF_ERROR_NO_MEMORY
 *
 * Since: 0.1
 */
CpsfPolicy *
cpsf_policy_load(const char *file, GError **error)
{
    g_return_val_if_fail(file != NULL, NULL);
    g_return_val_if_fail(error == NULL || *error == NULL, NULL);

    g_autoptr(GFile) path = g_file_new_for_path(file);
    g_autoptr(GError) failure = NULL;
    g_autoptr(GFileInputStream) stream = g_file_read(path, NULL, &failure);

    if (stream == NULL)
        return cpsf_fail_null(error, CPSF_ERROR_IO, "%s: %s", file, failure->message);

    g_autoptr(CpsfPolicy) self = new_default(error);

    if (self == NULL || !read_over(self, G_INPUT_STREAM(stream), file, error))
        return NULL;
    cpsf_policy_seal(self);
    return g_steal_pointer(&self);
}
