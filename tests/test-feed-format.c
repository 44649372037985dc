/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The feed format of our own: what the reader takes and refuses, row by row, and that its grammars
 * (RELAX NG and XSD, datasets/schemas) take and refuse the same.
 */

#include "config.h"

#include "cpsf-ingest-private.h"
#include "cpsf-key.h"
#include "cpsf-mem-private.h"

#include <criterion/criterion.h>
#include <libxml/relaxng.h>
#include <libxml/xmlschemas.h>
#include <math.h>
#include <string.h>

#define HEAD                                                                                       \
    "<feed xmlns='urn:libcpsf:feed:1' xmlns:o='urn:o' id='urn:ex:1' "                              \
    "issued='2026-01-01T00:00:00Z'>"
#define FEED(body) HEAD body "</feed>"
#define EMPTY(attributes)                                                                          \
    "<feed xmlns='urn:libcpsf:feed:1' issued='2026-01-01T00:00:00Z' " attributes "/>"

/* --- reading ---------------------------------------------------------------------------------- */

typedef struct {
    CpsfIngest ingest;
    CpsfStrtab *strings;
    gboolean is_read;
    GError *error;
    CpsfXmlFault fault;
} Doc;

static void
doc_clear(Doc *d)
{
    cpsf_ingest_clear(&d->ingest);
    cpsf_strtab_unref(d->strings);
    g_clear_error(&d->error);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Doc, doc_clear)

static const CpsfXmlDialect *
sniff(void *data,
      const char *namespace_uri,
      const char *root,
      CpsfXmlReader *reader,
      void **user,
      GError **error)
{
    Doc *d = data;
    const CpsfXmlDialect *found =
        cpsf_ingest_cpsf.open(&d->ingest, namespace_uri, root, reader, error);

    *user = d->ingest.dialect_data;
    return found;
}

static void
doc_read(Doc *d, const char *text)
{
    g_autoptr(GInputStream) stream = g_memory_input_stream_new_from_data(text, -1, NULL);
    CpsfXmlOptions options = {.sniff = sniff, .data = d, .file = "f.xml"};

    d->strings = cpsf_strtab_new();
    d->ingest.strings = d->strings;
    d->ingest.findings = cpsf_findings_new();
    d->ingest.info.file = g_strdup("f.xml");
    d->is_read = cpsf_xml_read(stream, &options, d->ingest.info.digest, &d->fault, &d->error) &&
                 d->ingest.broken == NULL && cpsf_ingest_settle(&d->ingest, &d->error);
}

static const char *
str(const Doc *d, CpsfStr id)
{
    return cpsf_strtab_get(d->strings, id);
}

/* The code of the only finding; "" if there is none, "several" if there are more. */
static const char *
only_code(const Doc *d)
{
    const size_t n = cpsf_findings_get_n(d->ingest.findings);

    if (n > 1)
        return "several";
    return n == 0 ? "" : cpsf_finding_code_get_name(cpsf_findings_get(d->ingest.findings, 0)->code);
}

/* --- grammars --------------------------------------------------------------------------------- */

typedef struct {
    xmlRelaxNGPtr rng;
    xmlSchemaPtr xsd;
} Grammars;

static void
ignore(void *data, xmlErrorPtr fault)
{
    (void) data, (void) fault;
}

static Grammars
load_grammars(void)
{
    xmlRelaxNGParserCtxtPtr r =
        xmlRelaxNGNewParserCtxt(TOP_SRCDIR "/datasets/schemas/cpsf-feed.rng");
    xmlSchemaParserCtxtPtr s = xmlSchemaNewParserCtxt(TOP_SRCDIR "/datasets/schemas/cpsf-feed.xsd");
    const Grammars g = {xmlRelaxNGParse(r), xmlSchemaParse(s)};

    xmlRelaxNGFreeParserCtxt(r);
    xmlSchemaFreeParserCtxt(s);
    cr_assert_not_null(g.rng);
    cr_assert_not_null(g.xsd);
    return g;
}

static void
free_grammars(Grammars g)
{
    xmlRelaxNGFree(g.rng);
    xmlSchemaFree(g.xsd);
}

static gboolean
rng_takes(Grammars g, xmlDocPtr doc)
{
    xmlRelaxNGValidCtxtPtr c = xmlRelaxNGNewValidCtxt(g.rng);
    int verdict;

    xmlRelaxNGSetValidStructuredErrors(c, ignore, NULL);
    verdict = xmlRelaxNGValidateDoc(c, doc);
    xmlRelaxNGFreeValidCtxt(c);
    return verdict == 0;
}

static gboolean
xsd_takes(Grammars g, xmlDocPtr doc)
{
    xmlSchemaValidCtxtPtr c = xmlSchemaNewValidCtxt(g.xsd);
    int verdict;

    xmlSchemaSetValidStructuredErrors(c, ignore, NULL);
    verdict = xmlSchemaValidateDoc(c, doc);
    xmlSchemaFreeValidCtxt(c);
    return verdict == 0;
}

/* --- the table -------------------------------------------------------------------------------- */

#define COMPANY "jcn:7000012050002"
#define NODE(attributes) FEED("<node key='" COMPANY "' kind='company' " attributes "/>")
#define IN_NODE(body) FEED("<node key='" COMPANY "' kind='company'>" body "</node>")
#define CONSEQUENCE(attributes) IN_NODE("<consequence " attributes "/>")
#define OPINION(attributes) IN_NODE("<opinion " attributes "/>")
#define EDGE(attributes) FEED("<edge from='" COMPANY "' to='urn:ex:2' " attributes "/>")
#define EVIDENCE(attributes) FEED("<evidence subject='" COMPANY "' " attributes "/>")

/* A document, the one finding it gives, and whether a grammar can know. */
static const struct {
    const char *text;
    const char *code;
    enum { BOTH, READER_ONLY } who;
} table[] = {
    {FEED(""), "", BOTH},
    {NODE(""), "", BOTH},
    {NODE("layers='1 3'"), "", BOTH},
    {NODE("layers=''"), "bad-value", BOTH},
    {NODE("layers='4'"), "bad-value", BOTH},
    {NODE("layers='12'"), "bad-value", BOTH},
    {NODE("layers='one'"), "bad-value", BOTH},
    {NODE("name='' class=''"), "", BOTH},
    {NODE("since='2026-01-01T00:00:00Z' until='2026-02-01T09:00:00+09:00'"), "", BOTH},
    {NODE("since='2026-01-01'"), "no-zone", READER_ONLY},
    {NODE("since='2026-01-01T00:00:00'"), "no-zone", READER_ONLY},
    {NODE("since='2026-01-01Z'"), "", BOTH},
    {NODE("since='yesterday'"), "bad-time", BOTH},
    {NODE("since='2026-02-30T00:00:00Z'"), "bad-time", BOTH},
    {NODE("since=''"), "bad-time", BOTH},
    {NODE("since='2026-01-01T00:00:00Z' until='2026-01-01T00:00:00Z'"), "bad-time", READER_ONLY},
    {NODE("since='2026-01-02T00:00:00Z' until='2026-01-01T00:00:00Z'"), "bad-time", READER_ONLY},
    {NODE("colour='red'"), "unknown-element", BOTH},
    {NODE("o:colour='red'"), "", BOTH},
    {"<f:feed xmlns:f='urn:libcpsf:feed:1' issued='2026-01-01T00:00:00Z' f:id='urn:ex:1'/>",
     "unknown-element", BOTH},
    {FEED("<node kind='company'/>"), "bad-key", BOTH},
    {FEED("<node key='' kind='company'/>"), "bad-key", BOTH},
    {FEED("<node key='no key' kind='company'/>"), "bad-key", BOTH},
    {FEED("<node key='jcn:7000012050003' kind='company'/>"), "bad-key", READER_ONLY},
    {FEED("<node key='" COMPANY "'/>"), "bad-value", BOTH},
    {FEED("<node key='" COMPANY "' kind='firm'/>"), "bad-value", BOTH},
    {FEED("<thing/>"), "unknown-element", BOTH},
    {FEED("<alias key='urn:ex:2'/>"), "unknown-element", BOTH},
    {FEED("<o:thing><node/></o:thing>"), "", BOTH},
    {FEED("<thing xmlns=''/>"), "", BOTH},
    {FEED("<ds:Signature xmlns:ds='http://www.w3.org/2000/09/xmldsig#'><ds:x/></ds:Signature>"), "",
     BOTH},
    {IN_NODE("<name xml:lang='ja'>\u65E5\u672C</name>"), "", BOTH},
    {IN_NODE("<name> </name>"), "bad-value", BOTH},
    {IN_NODE("<alias key='urn:ex:2'/>"), "", BOTH},
    {IN_NODE("<alias/>"), "bad-key", BOTH},
    {IN_NODE("<property name='a'>b</property>"), "", BOTH},
    {IN_NODE("<property name='a'/>"), "", BOTH},
    {IN_NODE("<property>b</property>"), "bad-value", BOTH},
    {CONSEQUENCE(""), "", BOTH},
    {CONSEQUENCE("recovery='serious' economic='catastrophic'"), "", BOTH},
    {CONSEQUENCE("recovery='catastrophic'"), "bad-value", BOTH},
    {CONSEQUENCE("economic='fatal'"), "bad-value", BOTH},
    {CONSEQUENCE("loss='1200000' currency='JPY' downtime='P3D'"), "", BOTH},
    {CONSEQUENCE("loss='1.5e6' currency='JPY'"), "", BOTH},
    {CONSEQUENCE("loss='0' currency='JPY'"), "", BOTH},
    {CONSEQUENCE("loss='1'"), "bad-value", READER_ONLY},
    {CONSEQUENCE("loss='-1' currency='JPY'"), "bad-value", BOTH},
    {CONSEQUENCE("loss='INF' currency='JPY'"), "bad-value", BOTH},
    {CONSEQUENCE("loss='NaN' currency='JPY'"), "bad-value", BOTH},
    {CONSEQUENCE("loss='0x10' currency='JPY'"), "bad-value", BOTH},
    {CONSEQUENCE("loss='1,5' currency='JPY'"), "bad-value", BOTH},
    {CONSEQUENCE("currency='yen'"), "bad-value", BOTH},
    {CONSEQUENCE("currency='JPYX'"), "bad-value", BOTH},
    {CONSEQUENCE("downtime='P1M'"), "bad-time", BOTH},
    {CONSEQUENCE("downtime='P1Y'"), "bad-time", BOTH},
    {CONSEQUENCE("downtime='-P1D'"), "bad-time", BOTH},
    {CONSEQUENCE("downtime='3 days'"), "bad-time", BOTH},
    {CONSEQUENCE("downtime='PT6H'"), "", BOTH},
    {OPINION("layer='1' belief='0.7' disbelief='0.1' uncertainty='0.2'"), "", BOTH},
    {OPINION("layer='1' belief='1' disbelief='0' uncertainty='0' assessor='urn:ex:2'"), "", BOTH},
    {OPINION("layer='1' belief='0.7' disbelief='0.1' uncertainty='0.3'"), "bad-value", READER_ONLY},
    {OPINION("layer='1' belief='0.7' disbelief='0.1' uncertainty='0.200000002'"), "bad-value",
     READER_ONLY},
    {OPINION("layer='1' belief='0.7' disbelief='0.1' uncertainty='0.2000000005'"), "", BOTH},
    {OPINION("layer='1' belief='1.1' disbelief='0' uncertainty='-0.1'"), "bad-value", BOTH},
    {OPINION("layer='1' belief='0.7' disbelief='0.3'"), "bad-value", BOTH},
    {OPINION("belief='0.7' disbelief='0.1' uncertainty='0.2'"), "bad-value", BOTH},
    {OPINION("layer='0' belief='0.7' disbelief='0.1' uncertainty='0.2'"), "bad-value", BOTH},
    {OPINION("layer='1' belief='0.7' disbelief='0.1' uncertainty='0.2' assessor='x'"), "bad-key",
     BOTH},
    {FEED("<group node='urn:ex:2' name='cells' need='1'/>"), "", BOTH},
    {FEED("<group node='urn:ex:2' name='cells' need='2147483647'/>"), "", BOTH},
    {FEED("<group node='urn:ex:2' name='cells' need='2147483648'/>"), "bad-value", BOTH},
    {FEED("<group node='urn:ex:2' name='cells' need='0'/>"), "bad-value", BOTH},
    {FEED("<group node='urn:ex:2' name='cells' need='1.5'/>"), "bad-value", BOTH},
    {FEED("<group node='urn:ex:2' name='cells'/>"), "bad-value", BOTH},
    {FEED("<group node='urn:ex:2' need='1'/>"), "bad-value", BOTH},
    {FEED("<group name='cells' need='1'/>"), "bad-key", BOTH},
    {EDGE("relation='supplies'"), "", BOTH},
    {EDGE("relation='supplies' criticality='0' delay='P0D' group='cells'"), "", BOTH},
    {EDGE("relation='supplies' criticality='1'"), "", BOTH},
    {EDGE("relation='supplies' criticality='1.0000001'"), "bad-value", BOTH},
    {EDGE("relation='supplies' criticality='NaN'"), "bad-value", BOTH},
    {EDGE("relation='supplies' criticality=''"), "bad-value", BOTH},
    {EDGE("relation='sells'"), "bad-value", BOTH},
    {EDGE(""), "bad-value", BOTH},
    {EDGE("relation='supplies' delay='2 days'"), "bad-time", BOTH},
    {FEED("<edge relation='supplies' from='" COMPANY "'/>"), "bad-key", BOTH},
    {FEED("<edge relation='supplies' to='" COMPANY "'/>"), "bad-key", BOTH},
    {EVIDENCE("layer='1' scheme='iso27001'"), "", BOTH},
    {EVIDENCE("layer='1' scheme='iso27001' id='IS 1' issuer='urn:ex:2' assurance='third-party'"
              " status='valid-pending-renewal' scope=' urn:ex:3  urn:ex:2 '"),
     "", BOTH},
    {EVIDENCE("layer='1' scheme='iso27001' scope=''"), "", BOTH},
    {EVIDENCE("layer='1' scheme='iso27001' scope='urn:ex:3 what'"), "bad-key", BOTH},
    {EVIDENCE("layer='1' scheme='iso27001' assurance='none'"), "bad-value", BOTH},
    {EVIDENCE("layer='1' scheme='iso27001' status='fine'"), "bad-value", BOTH},
    {EVIDENCE("layer='1' scheme='iso27001' issuer=''"), "bad-key", BOTH},
    {EVIDENCE("layer='1'"), "bad-value", BOTH},
    {EVIDENCE("layer='1' scheme=''"), "bad-value", BOTH},
    {EVIDENCE("scheme='iso27001'"), "bad-value", BOTH},
    {FEED("<evidence layer='1' scheme='iso27001'/>"), "bad-key", BOTH},
    {FEED("<incident node='urn:ex:2' effect='tamper'/>"), "", BOTH},
    {FEED("<incident id='i' node='urn:ex:2' effect='theft'/>"), "bad-value", BOTH},
    {FEED("<incident id='i' node='urn:ex:2'/>"), "bad-value", BOTH},
    {FEED("<incident effect='leak'/>"), "bad-key", BOTH},
    {FEED("<completeness node='urn:ex:2' of='suppliers' state='incomplete'/>"), "", BOTH},
    {FEED("<completeness node='urn:ex:2'/>"), "", BOTH},
    {FEED("<completeness of='suppliers'/>"), "bad-key", BOTH},
    {"<feed xmlns='urn:libcpsf:feed:1'/>", "no-issued", READER_ONLY},
    {EMPTY("version='-1'"), "bad-value", BOTH},
    {EMPTY("version='9223372036854775807'"), "", BOTH},
    {EMPTY("version='9223372036854775808'"), "bad-value", BOTH},
    {EMPTY("id='nothing'"), "bad-key", BOTH},
    {EMPTY("publisher='nobody'"), "bad-key", BOTH},
    {FEED("<node key='urn:ex:2' kind='item'/><node key='urn:ex:2' kind='item'/>"), "duplicate-ref",
     READER_ONLY},
    {FEED("<node key='urn:ex:2' kind='item' until='2026-01-01T00:00:00Z'/>"
          "<node key='urn:ex:2' kind='device' since='2026-01-01T00:00:00Z'/>"),
     "", BOTH},
};

Test(feed_format, reader_and_grammars_agree)
{
    const Grammars g = load_grammars();

    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        g_auto(Doc) d = {0};
        xmlDocPtr doc =
            xmlReadMemory(table[i].text, (int) strlen(table[i].text), NULL, NULL, XML_PARSE_NONET);
        const gboolean is_fine = table[i].code[0] == '\0';
        const gboolean wanted = is_fine || table[i].who == READER_ONLY;

        doc_read(&d, table[i].text);
        cr_expect(d.is_read, "%s: %s", table[i].text, d.error != NULL ? d.error->message : "");
        cr_expect_str_eq(only_code(&d), table[i].code, "reader: %s, not %s: %s", only_code(&d),
                         table[i].code, table[i].text);
        if (!g_str_has_prefix(table[i].code, "no-"))
            cr_expect_eq(d.ingest.info.items_left_out, is_fine ? 0 : 1, "%s", table[i].text);
        cr_expect_eq(rng_takes(g, doc), wanted, "RELAX NG: %s", table[i].text);
        cr_expect_eq(xsd_takes(g, doc), wanted, "XSD: %s", table[i].text);
        xmlFreeDoc(doc);
    }
    free_grammars(g);
}

Test(feed_format, the_scenario_is_valid)
{
    const Grammars g = load_grammars();
    const char *folder = TOP_SRCDIR "/datasets/factory";
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const char *name;
    int n = 0;

    cr_assert_not_null(dir);
    while ((name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *path = g_build_filename(folder, name, NULL);

        if (!g_str_has_suffix(name, ".xml") || strstr(name, ".cdx.") != NULL)
            continue;

        xmlDocPtr doc = xmlReadFile(path, NULL, XML_PARSE_NONET);

        cr_expect(rng_takes(g, doc), "RELAX NG: %s", name);
        cr_expect(xsd_takes(g, doc), "XSD: %s", name);
        xmlFreeDoc(doc);
        n++;
    }
    cr_expect_gt(n, 3);
    free_grammars(g);
}

/* --- what rows hold --------------------------------------------------------------------------- */

static const char full[] =
    "<feed xmlns='urn:libcpsf:feed:1' id='URN:UUID:6B1D0A52-0F5C-4D0E-9A5E-2F0F7C3A1001'\n"
    " version='3' issued='2026-04-01T00:00:00Z' publisher='" COMPANY "'>\n"
    "  <node key='" COMPANY "' kind='company' name=' A ' layers='3 1' class='sensor'\n"
    "    since='2025-01-01T00:00:00Z'>\n"
    "    <name xml:lang='ja'> \u65E5\u672C </name>\n"
    "    <alias key='urn:ex:9'/>\n"
    "    <consequence recovery='serious' economic='limited' loss='1200000' currency='JPY'\n"
    "      downtime='P3D'/>\n"
    "    <opinion layer='2' belief='0.7' disbelief='0.1' uncertainty='0.2' assessor='urn:ex:8'/>\n"
    "    <property name='p'>v</property>\n"
    "  </node>\n"
    "  <group node='urn:ex:2' name='cells' need='2'/>\n"
    "  <edge relation='used-by' from='urn:ex:2' to='urn:ex:3' criticality='0.8' delay='P2D' "
    "group='cells'/>\n"
    "  <edge relation='supplies' from='urn:ex:2' to='urn:ex:4'/>\n"
    "  <evidence subject='urn:ex:2' layer='3' scheme='slsa-1' id='e' issuer='urn:ex:7' "
    "assurance='self' status='revoked' scope='urn:ex:5 urn:ex:3 urn:ex:5' "
    "until='2027-01-01T00:00:00Z'/>\n"
    "  <incident id='i' node='urn:ex:2' effect='hazard' since='2026-01-01T00:00:00Z'/>\n"
    "  <completeness node='urn:ex:2' of='suppliers' state='incomplete'/>\n"
    "</feed>\n";

Test(feed_rows, nodes_and_what_stands_in_them)
{
    g_auto(Doc) d = {0};
    const CpsfStatements *s = &d.ingest.statements;

    doc_read(&d, full);
    cr_assert(d.is_read);
    cr_assert_str_eq(only_code(&d), "");
    cr_expect_str_eq(d.ingest.info.id, "urn:uuid:6b1d0a52-0f5c-4d0e-9a5e-2f0f7c3a1001");
    cr_expect_eq(d.ingest.info.version, 3);
    cr_expect_str_eq(d.ingest.info.publisher, COMPANY);
    cr_expect_str_eq(d.ingest.info.format, "cpsf-1");
    cr_expect_eq(d.ingest.info.n_nodes, 1);
    cr_expect_eq(d.ingest.info.n_edges, 2);
    cr_expect_eq(d.ingest.info.n_evidence, 1);
    cr_assert_eq(s->nodes.n, 1);
    cr_expect_str_eq(str(&d, s->nodes.items[0].node), COMPANY);
    cr_expect_str_eq(str(&d, s->nodes.items[0].name), "A");
    cr_expect_str_eq(str(&d, s->nodes.items[0].class_name), "sensor");
    cr_expect_eq(s->nodes.items[0].kind, CPSF_KIND_COMPANY);
    cr_expect_eq(s->nodes.items[0].layers, CPSF_LAYER(1) | CPSF_LAYER(3));
    cr_expect_eq(s->nodes.items[0].valid.since, INT64_C(1735689600000000));
    cr_expect_eq(s->nodes.items[0].valid.until, CPSF_TIME_FOREVER);
    cr_expect_eq(s->nodes.items[0].place.line, 3);
    cr_expect_eq(s->nodes.items[0].place.column, 3);
    cr_assert_eq(s->names.n, 1);
    cr_expect_str_eq(str(&d, s->names.items[0].text), "\u65E5\u672C");
    cr_expect_str_eq(str(&d, s->names.items[0].lang), "ja");
    cr_expect_eq(s->names.items[0].place.line, 5);
    cr_assert_eq(s->aliases.n, 1);
    cr_expect_str_eq(str(&d, s->aliases.items[0].alias), "urn:ex:9");
    cr_assert_eq(s->consequences.n, 1);
    cr_expect_eq(s->consequences.items[0].recovery, CPSF_LEVEL_SERIOUS);
    cr_expect_eq(s->consequences.items[0].economic, CPSF_LEVEL_LIMITED);
    cr_expect_eq(s->consequences.items[0].loss, 1200000.0);
    cr_expect_eq(s->consequences.items[0].downtime, 3 * CPSF_TIME_DAY);
    cr_assert_eq(s->opinions.n, 1);
    cr_expect_eq(s->opinions.items[0].layer, 2);
    cr_expect_eq(s->opinions.items[0].belief, 0.7);
    cr_expect_str_eq(str(&d, s->opinions.items[0].assessor), "urn:ex:8");
    cr_assert_eq(s->properties.n, 1);
    cr_expect_str_eq(str(&d, s->properties.items[0].value), "v");
}

Test(feed_rows, what_stands_beside_nodes)
{
    g_auto(Doc) d = {0};
    const CpsfStatements *s = &d.ingest.statements;

    doc_read(&d, full);
    cr_assert_eq(s->groups.n, 1);
    cr_expect_eq(s->groups.items[0].need, 2);
    cr_assert_eq(s->edges.n, 2);
    cr_expect_eq(s->edges.items[0].relation, CPSF_RELATION_USED_BY);
    cr_expect_eq(s->edges.items[0].criticality, 0.8);
    cr_expect_eq(s->edges.items[0].delay, 2 * CPSF_TIME_DAY);
    cr_expect_str_eq(str(&d, s->edges.items[0].group), "cells");
    cr_expect(isnan(s->edges.items[1].criticality));
    cr_expect_eq(s->edges.items[1].delay, -1);
    cr_expect_eq(s->edges.items[1].group, 0);
    cr_assert_eq(s->evidence.n, 1);
    cr_expect_eq(s->evidence.items[0].layer, 3);
    cr_expect_eq(s->evidence.items[0].assurance, CPSF_ASSURANCE_SELF);
    cr_expect_eq(s->evidence.items[0].status, CPSF_STATUS_REVOKED);
    cr_expect_str_eq(str(&d, s->evidence.items[0].scope), "urn:ex:3 urn:ex:5");
    cr_expect_str_eq(str(&d, s->evidence.items[0].issuer), "urn:ex:7");
    cr_expect_eq(s->evidence.items[0].said.since, CPSF_TIME_ALWAYS_BEFORE);
    cr_expect_eq(s->evidence.items[0].said.until, CPSF_TIME_FOREVER);
    cr_assert_eq(s->incidents.n, 1);
    cr_expect_eq(s->incidents.items[0].effect, CPSF_EFFECT_HAZARD);
    cr_assert_eq(s->completeness.n, 1);
    cr_expect_str_eq(str(&d, s->completeness.items[0].of), "suppliers");
}

/* A node that is left out takes with it what stands in it, and counts once. */
Test(feed_rows, a_bad_node_is_left_out_whole)
{
    g_auto(Doc) d = {0};

    doc_read(&d, FEED("<node key='urn:ex:2' kind='firm'><alias key='urn:ex:3'/><what/></node>"));
    cr_expect_str_eq(only_code(&d), "bad-value");
    cr_expect_eq(d.ingest.info.items_left_out, 1);
    cr_expect_eq(d.ingest.statements.nodes.n, 0);
    cr_expect_eq(d.ingest.statements.aliases.n, 0);
}

Test(feed_rows, an_unknown_attribute_leaves_its_item)
{
    g_auto(Doc) d = {0};

    doc_read(&d, FEED("<node key='urn:ex:2' kind='item' colour='red'/>"));
    cr_expect_eq(d.ingest.info.items_left_out, 1);
    cr_expect_eq(d.ingest.statements.nodes.n, 1);
}

/* Spans of one node against a plain search through all of them. */
Test(feed_rows, no_two_spans_of_a_node_overlap)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(5);

    for (int round = 0; round < 30; round++) {
        g_autoptr(GString) text = g_string_new(HEAD);
        int kept[60][3];
        int n_kept = 0;

        for (int i = 0; i < 60; i++) {
            const int key = g_rand_int_range(random, 0, 4);
            const int first = g_rand_int_range(random, 1, 27);
            const int last = g_rand_int_range(random, first + 1, MIN(first + 6, 29));
            gboolean is_free = TRUE;

            for (int k = 0; k < n_kept; k++)
                if (kept[k][0] == key && first < kept[k][2] && kept[k][1] < last)
                    is_free = FALSE;
            if (is_free) {
                kept[n_kept][0] = key;
                kept[n_kept][1] = first;
                kept[n_kept++][2] = last;
            }
            g_string_append_printf(
                text,
                "<node key='urn:ex:%d' kind='item' since='2026-01-%02dT00:00:00Z' "
                "until='2026-01-%02dT00:00:00Z'/>",
                key, first, last);
        }
        g_string_append(text, "</feed>");

        g_auto(Doc) d = {0};

        doc_read(&d, text->str);
        cr_expect_eq(d.ingest.statements.nodes.n, n_kept);
        cr_expect_eq(d.ingest.info.items_left_out, 60 - n_kept);
    }
}

/* --- feeds without an id ---------------------------------------------------------------------- */

Test(feed_id, comes_from_the_bytes)
{
    g_auto(Doc) d = {0};
    const char *text = EMPTY("");
    g_autofree char *sum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, text, -1);
    g_autofree char *wanted = g_strconcat("urn:sha256:", sum, NULL);

    doc_read(&d, text);
    cr_expect_str_eq(d.ingest.info.id, wanted);
}

/* Local keys made before the id is known carry it in the end, everywhere. */
Test(feed_id, reaches_local_keys)
{
    g_auto(Doc) d = {0};
    CpsfStr local = 0;
    CpsfStr list = 0;

    d.strings = cpsf_strtab_new();
    d.ingest.strings = d.strings;
    d.ingest.findings = cpsf_findings_new();
    memset(d.ingest.info.digest, 'a', 64);
    cr_assert(cpsf_ingest_local(&d.ingest, (CpsfXmlText){"ref 1", 5}, &local));

    CpsfEvidenceRow *row = cpsf_array_add(&d.ingest.statements.evidence, NULL);
    g_autofree char *keys = g_strconcat(str(&d, local), " urn:ex:1", NULL);

    cr_assert(cpsf_strtab_add(d.strings, keys, strlen(keys), &list, NULL));
    row->node = local;
    row->scope = list;
    cr_assert(cpsf_ingest_settle(&d.ingest, &d.error));

    g_autofree char *wanted = cpsf_key_local(d.ingest.info.id, "ref 1", -1);
    g_autofree char *scope = g_strconcat(wanted, " urn:ex:1", NULL);

    row = &d.ingest.statements.evidence.items[0];
    cr_expect_str_eq(str(&d, row->node), wanted);
    cr_expect_str_eq(str(&d, row->scope), scope);
}

/* The short way gives the keys of the long one. */
Test(feed_id, known_ids_make_the_same_local_keys)
{
    static const char *const refs[] = {"a", "pkg:npm/x@1", "a b", "100%25", "\u65E5", "#", ""};
    g_autoptr(CpsfStrtab) strings = cpsf_strtab_new();
    CpsfIngest ingest = {.strings = strings, .info = {.id = g_strdup("urn:ex:1")}};

    for (size_t i = 0; i < G_N_ELEMENTS(refs); i++) {
        g_autofree char *wanted = cpsf_key_local("urn:ex:1", refs[i], -1);
        CpsfStr key = 0;

        cr_assert(cpsf_ingest_local(&ingest, (CpsfXmlText){refs[i], strlen(refs[i])}, &key));
        cr_expect_str_eq(cpsf_strtab_get(strings, key), wanted);
    }
    cpsf_ingest_clear(&ingest);
}

Test(feed_version, others_are_not_read)
{
    g_auto(Doc) d = {0};
    g_auto(Doc) e = {0};

    doc_read(&d, "<feed xmlns='urn:libcpsf:feed:2'/>");
    cr_expect_not(d.is_read);
    cr_expect_eq(d.fault.code, CPSF_FINDING_UNSUPPORTED);
    doc_read(&e, "<food xmlns='urn:libcpsf:feed:1'/>");
    cr_expect_not(e.is_read);
    cr_expect_eq(e.fault.code, CPSF_FINDING_UNSUPPORTED);
}

Test(feed_failures, every_allocation)
{
    int n = 0;

    for (; n < 1000; n++) {
        g_auto(Doc) d = {0};

        cpsf_mem_fail_after(n);
        doc_read(&d, full);
        cpsf_mem_fail_after(-1);
        if (d.is_read)
            break;

        const GError *why = d.ingest.broken != NULL ? d.ingest.broken : d.error;

        cr_assert_not_null(why);
        cr_assert_eq(why->code, CPSF_ERROR_NO_MEMORY);
    }
    cr_assert_gt(n, 10);
    cr_assert_lt(n, 1000);
}
