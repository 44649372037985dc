/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Policies: the built-in one, merging, printing and reading back, and every refusal. */

#include "config.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <glib/gstdio.h>
#include <libxml/relaxng.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "checkgen.h"
#include "cpsf-digest-private.h"
#include "cpsf-policy-private.h"

#define NS "xmlns=\"urn:libcpsf:policy:1\""

static CpsfPolicy *
load(const char *body, GError **error)
{
    g_autofree char *text = g_strdup_printf("<policy " NS " name=\"t\">%s</policy>", body);

    return test_policy_from_text(text, error);
}

static CpsfPolicy *
load_or_fail(const char *body)
{
    g_autoptr(GError) error = NULL;
    CpsfPolicy *policy = load(body, &error);

    cr_assert(error == NULL, "%s", error != NULL ? error->message : "");
    return policy;
}

Test(policy, default_holds_every_scheme_of_the_interface)
{
    static const char *const ids[] = {
        "security-action-1",
        "security-action-2",
        "scs-3",
        "scs-4",
        "iso27001",
        "p-mark",
        "ismap",
        "csms",
        "iec62443-2-1",
        "iec62443-4-1",
        "iec62443-4-2",
        "iec62443-3-3",
        "iso15408",
        "jc-star-1",
        "jc-star-2",
        "jc-star-3",
        "jc-star-4",
        "cra-self",
        "cra-third-party",
        "slsa-1",
        "slsa-2",
        "slsa-3",
        "in-toto",
        "sigstore",
        "timestamp",
        "eseal",
        "originator-profile",
        "catena-x-certificate",
        "idsa-component",
        "idsa-environment",
        "lei",
        "calibration",
        "maintenance-contract",
        "oscal-assessment",
        "cyclonedx-declaration",
        "signed-origin",
        "assessment",
        "cpsf-requirement",
        "operator-licence",
        "liability-insurance",
        "accreditation-17021",
        "accreditation-17065",
    };
    g_autoptr(CpsfPolicy) policy = cpsf_policy_new_default();

    cr_assert_not_null(policy);
    cr_assert_str_eq(cpsf_policy_get_name(policy), "default");
    cr_assert(policy->schemes.n == (int64_t) G_N_ELEMENTS(ids));
    for (guint i = 0; i < G_N_ELEMENTS(ids); i++)
        cr_expect_not_null(cpsf_policy_find_scheme(policy, ids[i]), "%s", ids[i]);
    cr_assert_null(cpsf_policy_find_scheme(policy, "iso9001"));

    const CpsfSchemeRule *body = cpsf_policy_find_scheme(policy, "accreditation-17065");

    cr_expect(cpsf_policy_list_names(body->accredits, "iec62443-4-2"));
    cr_expect(cpsf_policy_list_names(body->accredits, "iso15408"));
    cr_expect(cpsf_policy_list_names(body->accredits, "iso27001") == FALSE);
    cr_expect(cpsf_policy_list_names(NULL, "anything"));
}

/* docs/semantics.md, section 1: these kinds are asked, in whatever layer, the others never; edges
 * are felt for sure; nobody signs. */
Test(policy, default_asks_of_the_kinds_of_section_1)
{
    g_autoptr(CpsfPolicy) policy = cpsf_policy_new_default();

    for (int kind = 0; kind < CPSF_N_KINDS; kind++) {
        const gboolean is_asked = kind == CPSF_KIND_COMPANY || kind == CPSF_KIND_DEVICE ||
                                  kind == CPSF_KIND_SOFTWARE || kind == CPSF_KIND_SYSTEM ||
                                  kind == CPSF_KIND_DATA;

        for (int layer = 1; layer <= 3; layer++) {
            const CpsfRequirement *r = cpsf_policy_find_requirement(policy, (CpsfKind) kind, layer);

            cr_expect(is_asked == (r != NULL), "%d %d", kind, layer);
            cr_expect(r == NULL || !r->is_signed);
        }
    }
    for (int r = 0; r < CPSF_N_RELATIONS; r++) {
        cr_expect(policy->relations[r].criticality >= 1.0);
        cr_expect(policy->relations[r].delay == 0);
    }
    cr_expect(cpsf_policy_has_signers(policy) == FALSE);
}

Test(policy, printing_and_reading_back_gives_the_same_bytes)
{
    g_autoptr(CpsfPolicy) a = cpsf_policy_new_default();
    g_autofree char *text = cpsf_policy_to_xml(a);
    g_autoptr(GError) error = NULL;
    g_autoptr(CpsfPolicy) b = test_policy_from_text(text, &error);

    cr_assert(error == NULL, "%s", error != NULL ? error->message : "");

    g_autofree char *again = cpsf_policy_to_xml(b);
    char hex[65];
    CpsfDigest *digest = cpsf_digest_new();

    cpsf_digest_add(digest, text, strlen(text));
    cpsf_digest_finish(digest, hex);
    cpsf_digest_free(digest);
    cr_assert_str_eq(text, again);
    cr_assert_str_eq(cpsf_policy_get_digest(a), cpsf_policy_get_digest(b));
    cr_assert(g_str_has_prefix(cpsf_policy_get_digest(a), "sha256:"));
    cr_assert_str_eq(cpsf_policy_get_digest(a) + 7, hex);
}

/* Everything the format has, with text that needs escapes and numbers that need 17 digits. */
static const char *const whole =
    "<anchors replace='true'><require kind='person' layer='1' assurance='self' signed='true'/>"
    "</anchors>"
    "<schemes replace='true'><scheme id='a&amp;&quot;&lt;b' layers='3 2' assurance='cryptographic'"
    " weight='0.1' validity='P1Y2M3DT4H' viewpoints='4 1' accredits='z* a z*'/></schemes>"
    "<roots replace='true'><issuer key='JCN:5010005007126'/>"
    "<issuer key='https://e.jp/' schemes='b a'/></roots>"
    "<signers><ca file='ca.pem'/><crl file='ca.pem'/>"
    "<delegate subject='CN=x' publisher='jcn:5010005007126' keys='jcn:5 https://e.jp/'/>"
    "<delegate fingerprint='ab' publisher='jcn:5010005007126' keys='jcn:5'/></signers>"
    "<relations><relation name='used-by' criticality='0.30000000000000004' delay='PT1H'/>"
    "</relations>"
    "<spread replace='true'><rule direction='self' in='leak' out='outage' probability='1e-3'/>"
    "<rule relation='hosts' direction='backward' in='leak' out='leak' probability='.5'"
    " delay='P1D'/></spread>"
    "<iot-ssf replace='true'><thresholds currency='EUR' serious='1' catastrophic='1e9'/>"
    "<category recovery='fatal' economic='catastrophic' viewpoint='4' assurance='self'/></iot-ssf>"
    "<rates><rate currency='USD' to='JPY' factor='150.25'/></rates>";

Test(policy, every_section_is_read_and_printed)
{
    g_autoptr(CpsfPolicy) a = load_or_fail(whole);
    g_autofree char *text = cpsf_policy_to_xml(a);
    g_autoptr(CpsfPolicy) b = test_policy_from_text(text, NULL);
    const CpsfSchemeRule *s = &a->schemes.items[0];

    cr_assert_not_null(b);
    g_autofree char *again = cpsf_policy_to_xml(b);
    cr_assert_str_eq(text, again);

    cr_expect(a->requirements.n == 1);
    cr_expect(a->requirements.items[0].is_signed);
    cr_expect(a->schemes.n == 1);
    cr_expect_str_eq(s->id, "a&\"<b");
    cr_expect(s->layers == (CPSF_LAYER(2) | CPSF_LAYER(3)));
    cr_expect(s->viewpoints == 9);
    cr_expect(s->validity.months == 14);
    cr_expect(s->validity.microseconds == (3 * 24 + 4) * 3600 * CPSF_TIME_SECOND);
    cr_expect_str_eq(s->accredits[0], "a");
    cr_expect_str_eq(s->accredits[1], "z*");
    cr_expect_null(s->accredits[2]);
    cr_expect(a->roots.n == 2);
    cr_expect_str_eq(a->roots.items[1].key, "jcn:5010005007126");
    cr_expect_null(a->roots.items[1].schemes);
    cr_expect(a->ca_files.n == 1);
    cr_expect(a->delegates.n == 2);
    cr_expect(cpsf_policy_has_signers(a));
    cr_expect(
        epsilon_eq(dbl, a->relations[CPSF_RELATION_USED_BY].criticality, 0.30000000000000004, 0.0));
    cr_expect(a->relations[CPSF_RELATION_USED_BY].delay == 3600 * CPSF_TIME_SECOND);
    cr_expect(a->spread.n == 2);
    cr_expect(a->spread.items[0].relation == -1);
    cr_expect(a->thresholds.n == 2);
    cr_expect(a->categories.n == 1);
    cr_expect(a->rates.n == 1);
}

Test(policy, entries_merge_with_the_default_by_key)
{
    g_autoptr(CpsfPolicy) base = cpsf_policy_new_default();
    g_autoptr(CpsfPolicy) p = load_or_fail(
        "<anchors><require kind='company' layer='1' assurance='third-party'/></anchors>"
        "<schemes><scheme id='iso27001' weight='9'/><scheme id='p-mark' validity=''/>"
        "<scheme id='ours' layers='1' assurance='self'/></schemes>"
        "<roots><issuer key='https://isms.jp/'/></roots>"
        "<relations><relation name='supplies' criticality='0.5'/></relations>"
        "<spread><rule relation='hosts' direction='forward' in='outage' out='outage'"
        " probability='0.25'/></spread>");
    const CpsfSchemeRule *iso = cpsf_policy_find_scheme(p, "iso27001");

    cr_expect(p->requirements.n == base->requirements.n);
    cr_expect(cpsf_policy_find_requirement(p, CPSF_KIND_COMPANY, 1)->assurance ==
              CPSF_ASSURANCE_THIRD_PARTY);
    cr_expect(p->schemes.n == base->schemes.n + 1);
    cr_expect(epsilon_eq(dbl, iso->weight, 9.0, 0.0));
    cr_expect(iso->validity.months == 36);
    cr_expect(cpsf_policy_find_scheme(p, "p-mark")->has_validity == FALSE);
    cr_expect(p->roots.n == base->roots.n);
    for (int64_t i = 0; i < p->roots.n; i++)
        cr_expect(strcmp(p->roots.items[i].key, "https://isms.jp/") != 0
                      ? TRUE
                      : p->roots.items[i].schemes == NULL);
    cr_expect(epsilon_eq(dbl, p->relations[CPSF_RELATION_SUPPLIES].criticality, 0.5, 0.0));
    cr_expect(p->spread.n == base->spread.n);
    cr_expect_str_eq(cpsf_policy_get_name(p), "t");
    cr_expect(strcmp(cpsf_policy_get_digest(p), cpsf_policy_get_digest(base)) != 0);
}

Test(policy, replace_drops_the_defaults_of_its_section_only)
{
    g_autoptr(CpsfPolicy) base = cpsf_policy_new_default();
    g_autoptr(CpsfPolicy) p = load_or_fail("<schemes replace='true'/><anchors replace='true'>"
                                           "<require kind='data' layer='3' assurance='self'/>"
                                           "</anchors>");

    cr_expect(p->schemes.n == 0);
    cr_expect(p->requirements.n == 1);
    cr_expect(p->roots.n == base->roots.n);
}

Test(policy, what_belongs_to_another_namespace_is_ignored)
{
    g_autoptr(CpsfPolicy) p = load_or_fail("<x:note xmlns:x='urn:x'><x:b/></x:note>"
                                           "<anchors xmlns:x='urn:x' x:a='1'/>");

    cr_assert(p->requirements.n == 15);
}

/* The fault's column is that of the entry's tag: all of it stands in line 1. */
typedef struct {
    char body[150];
    char says[70];
} BadPolicy;

static void
check_rejected(const BadPolicy *row)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CpsfPolicy) policy = load(row->body, &error);

    cr_assert_null(policy, "%s", row->body);
    cr_assert(error->code == CPSF_ERROR_INVALID_DATA);
    cr_expect_not_null(strstr(error->message, row->says), "%s", error->message);
    cr_expect_not_null(strstr(error->message, ".xml:1:"), "%s", error->message);
}

ParameterizedTestParameters(policy, rejects_what_counts)
{
    static BadPolicy rows[] = {
        {"<anchor/>", "<policy> cannot hold <anchor>"},
        {"<anchors><scheme/></anchors>", "<anchors> cannot hold <scheme>"},
        {"<anchors replce='true'/>", "<anchors> has no attribute called replce"},
        {"<anchors replace='yes'/>", "replace \"yes\" of <anchors> is not true or false"},
        {"<anchors/><anchors/>", "<anchors> section is given twice"},
        {"<anchors><require layer='1' assurance='self'/></anchors>", "no attribute kind"},
        {"<anchors><require kind='firm' layer='1' assurance='self'/></anchors>",
         "not one of company"},
        {"<anchors><require kind='unknown' layer='1' assurance='self'/></anchors>", "not one of"},
        {"<anchors><require kind='data' layer='4' assurance='self'/></anchors>", "from 1 to 3"},
        {"<anchors><require kind='person' layer='1'/></anchors>", "no attribute assurance"},
        {"<anchors><require kind='data' layer='1' assurance='none'/></anchors>", "not one of self"},
        {"<anchors><require kind='data' layer='1' signed='1'/></anchors>", "not true or false"},
        {"<anchors><require kind='data' layer='1'/><require kind='data' layer='1'/></anchors>",
         "<require> data 1 is given twice"},
        {"<schemes><scheme layers='1' assurance='self'/></schemes>", "no attribute id"},
        {"<schemes><scheme id='' layers='1' assurance='self'/></schemes>",
         "id of <scheme> is empty"},
        {"<schemes><scheme id='x' assurance='self'/></schemes>", "no attribute layers"},
        {"<schemes><scheme id='x' layers='' assurance='self'/></schemes>", "names no layer"},
        {"<schemes><scheme id='x' layers='0' assurance='self'/></schemes>", "list of numbers"},
        {"<schemes><scheme id='x' layers='1'/></schemes>", "no attribute assurance"},
        {"<schemes><scheme id='lei' weight='-1'/></schemes>", "at least 0"},
        {"<schemes><scheme id='lei' weight='nan'/></schemes>", "at least 0"},
        {"<schemes><scheme id='lei' weight='0x10'/></schemes>", "at least 0"},
        {"<schemes><scheme id='lei' weight='1e999'/></schemes>", "at least 0"},
        {"<schemes><scheme id='lei' validity='3Y'/></schemes>", "validity of <scheme>"},
        {"<schemes><scheme id='lei' viewpoints='5'/></schemes>", "from 1 to 4"},
        {"<roots><issuer/></roots>", "<issuer> has no attribute key"},
        {"<roots><issuer key='jcn:1010005007126'/></roots>", "key of <issuer>"},
        {"<roots><issuer key='https://a.jp/'/><issuer key='https://a.jp/'/></roots>", "twice"},
    };

    return cr_make_param_array(BadPolicy, rows, G_N_ELEMENTS(rows));
}

ParameterizedTest(BadPolicy *row, policy, rejects_what_counts)
{
    check_rejected(row);
}

ParameterizedTestParameters(policy, rejects_the_rest)
{
    static BadPolicy rows[] = {
        {"<signers><ca/></signers>", "no attribute file"},
        {"<signers><delegate publisher='https://a.jp/' keys='a'/></signers>", "subject and finger"},
        {"<signers><delegate subject='a' fingerprint='b' publisher='https://a.jp/' keys='a'/>"
         "</signers>",
         "subject and fingerprint"},
        {"<signers><delegate subject='a' publisher='https://a.jp/'/></signers>", "attribute keys"},
        {"<relations><relation name='sells'/></relations>", "not one of supplies"},
        {"<relations><relation name='owns' criticality='1.5'/></relations>", "from 0 to 1"},
        {"<relations><relation name='owns' delay='P1M'/></relations>", "delay of <relation>"},
        {"<spread><rule direction='up' in='leak' out='leak' probability='1'/></spread>",
         "direction"},
        {"<spread><rule direction='forward' in='leak' out='leak' probability='1'/></spread>",
         "no attribute relation"},
        {"<spread><rule direction='self' relation='owns' in='leak' out='leak'/></spread>",
         "has a relation"},
        {"<spread><rule direction='self' in='leak' out='leak'/></spread>", "attribute probability"},
        {"<spread><rule direction='self' in='fire' out='leak' probability='1'/></spread>",
         "not one of outage"},
        {"<spread><rule direction='self' in='leak' out='leak' probability='-0.1'/></spread>",
         "from 0 to 1"},
        {"<iot-ssf><thresholds currency='yen' serious='1' catastrophic='2'/></iot-ssf>", "capital"},
        {"<iot-ssf><thresholds currency='JPY' serious='3' catastrophic='2'/></iot-ssf>", "below"},
        {"<iot-ssf><category recovery='catastrophic' economic='serious' viewpoint='1'"
         " assurance='self'/></iot-ssf>",
         "not one of limited serious fatal"},
        {"<iot-ssf><category recovery='fatal' economic='unknown' viewpoint='1'"
         " assurance='self'/></iot-ssf>",
         "not one of limited"},
        {"<rates><rate currency='USD' to='JPY' factor='0'/></rates>", "not above 0"},
        {"<rates><rate currency='USD' to='JPY'/></rates>", "no attribute factor"},
    };

    return cr_make_param_array(BadPolicy, rows, G_N_ELEMENTS(rows));
}

ParameterizedTest(BadPolicy *row, policy, rejects_the_rest)
{
    check_rejected(row);
}

Test(policy, documents_that_are_none_are_refused)
{
    static const char *const texts[] = {
        "<policy name='no namespace'/>",
        "<feed " NS "/>",
        "<policy " NS ">",
        "not XML",
        "",
        "<!DOCTYPE policy [<!ENTITY e 'x'>]><policy " NS "/>",
    };

    for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(CpsfPolicy) policy = test_policy_from_text(texts[i], &error);

        cr_assert_null(policy, "%s", texts[i]);
        cr_assert(error->code == CPSF_ERROR_INVALID_DATA);
        cr_expect_not_null(strstr(error->message, ".xml:"), "%s", error->message);
    }
}

Test(policy, a_file_that_is_not_there_is_an_io_error)
{
    g_autoptr(GError) error = NULL;

    cr_assert_null(cpsf_policy_load("/nonexistent/policy.xml", &error));
    cr_assert(error->code == CPSF_ERROR_IO);
}

Test(policy, survives_every_allocation_failure)
{
    gboolean is_done = FALSE;

    for (int64_t count = 0; !is_done; count++) {
        g_autoptr(GError) error = NULL;

        cpsf_mem_fail_after(count);
        g_autoptr(CpsfPolicy) policy = load(whole, &error);
        cpsf_mem_fail_after(-1);
        is_done = policy != NULL;
        cr_assert(is_done == (error == NULL));
        if (error != NULL)
            cr_assert(error->code == CPSF_ERROR_NO_MEMORY, "%s", error->message);
        cr_assert(count < 10000);
    }
}

static gboolean
fits_schema(const char *text)
{
    xmlRelaxNGParserCtxt *parser =
        xmlRelaxNGNewParserCtxt(TOP_SRCDIR "/datasets/schemas/cpsf-policy.rng");
    xmlRelaxNG *schema = xmlRelaxNGParse(parser);
    xmlRelaxNGValidCtxt *valid = xmlRelaxNGNewValidCtxt(schema);
    xmlDoc *doc = xmlReadMemory(text, (int) strlen(text), "t.xml", NULL, XML_PARSE_NONET);

    cr_assert_not_null(schema);
    cr_assert_not_null(doc);
    xmlRelaxNGSetValidErrors(valid, NULL, NULL, NULL);
    const gboolean fits = xmlRelaxNGValidateDoc(valid, doc) == 0;

    xmlFreeDoc(doc);
    xmlRelaxNGFreeValidCtxt(valid);
    xmlRelaxNGFree(schema);
    xmlRelaxNGFreeParserCtxt(parser);
    return fits;
}

Test(policy, schema_knows_what_the_reader_knows)
{
    g_autoptr(CpsfPolicy) policy = cpsf_policy_new_default();
    g_autofree char *text = cpsf_policy_to_xml(policy);
    g_autofree char *everything = g_strdup_printf("<policy " NS ">%s</policy>", whole);

    cr_expect(fits_schema(text));
    cr_expect(fits_schema(everything));
    cr_expect(fits_schema("<policy " NS "><anchor/></policy>") == FALSE);
    cr_expect(fits_schema("<policy " NS "><anchors><require kind='firm' layer='1'/></anchors>"
                          "</policy>") == FALSE);
}
