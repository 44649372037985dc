/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * CycloneDX into the graph, from text to rows: documents, components and services, a small one by
 * hand for each story that docs/cyclonedx.md tells.  The other stories are in
 * test-cyclonedx-links.c, bad input and laws in test-cyclonedx-bad.c, and tests/test-cyclonedx.py
 * counts public documents with a reader of its own.
 */

#include "config.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <string.h>

#include "cpsf-mem-private.h"
#include "cpsf-model.h"
#include "cyclonedx-test.h"

/* -- the document -- */

Test(cyclonedx, identity_of_the_document)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CpsfGraph) graph = cdx_test_text(
        "<bom xmlns='http://cyclonedx.org/schema/bom/1.6' version='7' "
        "serialNumber='urn:uuid:3E671687-395B-41F5-A30F-A58921A69B79'>"
        "<metadata><timestamp>2026-03-01T09:00:00+09:00</timestamp>"
        "<manufacturer><name>Hato Works</name></manufacturer>"
        "<component type='application' bom-ref='app'><name>app</name></component></metadata></bom>",
        &error);

    cr_assert(ne(ptr, graph, NULL));
    EXPECT_TEXT(graph->feeds[0].id, SERIAL);
    EXPECT_TEXT(graph->feeds[0].format, "cyclonedx-1.6");
    EXPECT_TEXT(graph->feeds[0].publisher, LOCAL "company/Hato%20Works");
    cr_expect(eq(long, (long) graph->feeds[0].version, 7));
    cr_expect(eq(long, (long) graph->feeds[0].issued, 1772323200L * 1000000));
    cr_expect(cdx_test_has_edge(graph, "#company/Hato%20Works", "makes", "#app"));
    cr_expect(eq(int, cdx_test_count_errors(graph), 0));
}

Test(cyclonedx, without_serial_number_its_digest_is_its_name)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CpsfGraph) graph =
        cdx_test_text("<bom xmlns='http://cyclonedx.org/schema/bom/1.0' version='1'><components>"
                      "<component type='library'><name>a b</name><version>1</version></component>"
                      "</components></bom>",
                      &error);

    cr_assert(ne(ptr, graph, NULL));
    cr_assert(eq(int, cpsf_graph_get_n_nodes(graph), 1));

    g_autofree char *expected =
        g_strconcat("local:", graph->feeds[0].id, "#component//a%20b@1", NULL);

    cr_expect(g_str_has_prefix(graph->feeds[0].id, "urn:sha256:"));
    EXPECT_TEXT(cpsf_graph_get_key(graph, 0), expected);
    cr_expect(eq(long, (long) graph->feeds[0].version, 1));
}

typedef struct {
    char text[96];
    char version[8];
} Refused;

ParameterizedTestParameters(cyclonedx, other_versions_are_unsupported)
{
    static Refused rows[] = {
        {"<bom xmlns='http://cyclonedx.org/schema/bom/1.8'/>", "1.8"},
        {"<bom xmlns='http://cyclonedx.org/schema/bom/2.0'/>", "2.0"},
        {"<bom xmlns='http://cyclonedx.org/schema/bom/1.10'/>", "1.10"},
        {"<component xmlns='http://cyclonedx.org/schema/bom/1.6'/>", "bom"},
    };

    return cr_make_param_array(Refused, rows, G_N_ELEMENTS(rows), NULL);
}

ParameterizedTest(Refused *row, cyclonedx, other_versions_are_unsupported)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CpsfGraph) graph = cdx_test_text(row->text, &error);

    cr_assert(ne(ptr, graph, NULL));
    cr_assert(eq(long, (long) graph->n_feeds, 1));
    cr_expect(eq(int, graph->feeds[0].state, CPSF_FEED_REJECTED));
    EXPECT_TEXT(graph->feeds[0].code, "unsupported");
    cr_expect(ne(ptr, strstr(graph->feeds[0].message, row->version), NULL), "%s",
              graph->feeds[0].message);
}

/* -- components -- */

typedef struct {
    char type[24];
    CpsfKind kind;
} Type;

ParameterizedTestParameters(cyclonedx, kinds)
{
    static Type rows[] = {
        {"application", CPSF_KIND_SOFTWARE},
        {"framework", CPSF_KIND_SOFTWARE},
        {"library", CPSF_KIND_SOFTWARE},
        {"container", CPSF_KIND_SOFTWARE},
        {"platform", CPSF_KIND_SOFTWARE},
        {"operating-system", CPSF_KIND_SOFTWARE},
        {"device-driver", CPSF_KIND_SOFTWARE},
        {"firmware", CPSF_KIND_SOFTWARE},
        {"file", CPSF_KIND_SOFTWARE},
        {"device", CPSF_KIND_DEVICE},
        {"data", CPSF_KIND_DATA},
        {"machine-learning-model", CPSF_KIND_DATA},
        {"cryptographic-asset", CPSF_KIND_DATA},
    };

    return cr_make_param_array(Type, rows, G_N_ELEMENTS(rows), NULL);
}

ParameterizedTest(Type *row, cyclonedx, kinds)
{
    g_autofree char *text = g_strdup_printf(
        "<components><component type='%s' bom-ref='x'><name>x</name></component></components>",
        row->type);
    g_autoptr(CpsfGraph) graph = cdx_test_bom("1.7", text);
    const int32_t x = cdx_test_node(graph, "#x");

    cr_assert(ge(int, x, 0));
    cr_expect(eq(int, cpsf_graph_get_kind(graph, x), row->kind));
    EXPECT_TEXT(cpsf_strtab_get(graph->strings, graph->class_name[x]), row->type);
}

#define HASH64 "0123456789abcdef0123456789ABCDEF0123456789abcdef0123456789abcdef"
#define HASH64_LOW "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define HASH(alg, hex) "<hashes><hash alg='" alg "'>" hex "</hash></hashes>"

/* purl before swid before cpe before the hash before the name in the document. */
Test(cyclonedx, keys_in_rank)
{
    g_autoptr(CpsfGraph) graph = cdx_test_bom(
        "1.6",
        "<components>"
        "<component type='library' bom-ref='a'><name>a</name><version>1</version>"
        "<hashes><hash alg='MD5'>0123456789abcdef0123456789abcdef</hash>"
        "<hash alg='SHA-256'>" HASH64 "</hash></hashes>"
        "<cpe>cpe:2.3:a:hato:a:1:*:*:*:*:*:*:*</cpe><purl>pkg:npm/a@1</purl>"
        "<swid tagId='hato-a-1' name='a'/></component>"
        "<component type='library' bom-ref='b'><name>b</name>"
        "<cpe>cpe:2.3:a:hato:b:1:*:*:*:*:*:*:*</cpe><swid tagId='hato-b-1' name='b'/></component>"
        "<component type='library' bom-ref='c'><name>c</name>"
        "<cpe>cpe:2.3:a:hato:c:1:*:*:*:*:*:*:*</cpe>" HASH(
            "SHA-256", HASH64) "</component>"
                               "<component type='library' bom-ref='d'><name>d</name>" HASH(
                                   "SHA-256",
                                   HASH64) "</component>"
                                           "<component type='library' bom-ref='e'><name>e</name>"
                                           "<cpe>cpe:2.3:a:hato:e:*:*:*:*:*:*:*:*</cpe></component>"
                                           "</components>");

    EXPECT_TEXT(cpsf_graph_get_key(graph, cdx_test_node(graph, "#a")), "pkg:npm/a@1");
    EXPECT_TEXT(cpsf_graph_get_key(graph, cdx_test_node(graph, "swid:hato-a-1")), "pkg:npm/a@1");
    EXPECT_TEXT(cpsf_graph_get_key(graph, cdx_test_node(graph, "cpe:2.3:a:hato:a:1:*:*:*:*:*:*:*")),
                "pkg:npm/a@1");
    EXPECT_TEXT(cdx_test_property(graph, "#a", "cyclonedx:hash:SHA-256"), HASH64_LOW);
    EXPECT_TEXT(cdx_test_property(graph, "#a", "cyclonedx:hash:MD5"), "");
    EXPECT_TEXT(cpsf_graph_get_key(graph, cdx_test_node(graph, "#b")), "swid:hato-b-1");
    EXPECT_TEXT(cpsf_graph_get_key(graph, cdx_test_node(graph, "#c")),
                "cpe:2.3:a:hato:c:1:*:*:*:*:*:*:*");
    EXPECT_TEXT(cpsf_graph_get_key(graph, cdx_test_node(graph, "#d")), "sha256:" HASH64_LOW);
    EXPECT_TEXT(cpsf_graph_get_key(graph, cdx_test_node(graph, "#e")), LOCAL "e");
    EXPECT_TEXT(cpsf_graph_get_name(graph, cdx_test_node(graph, "#a"), NULL), "a");
    cr_expect(eq(int, cpsf_graph_get_n_nodes(graph), 5));
    cr_expect(eq(int, cdx_test_count_errors(graph), 0));
}

/* Two sensors of one make are two; and nameless twins are two. */
Test(cyclonedx, devices_of_a_class_stay_apart)
{
    g_autoptr(CpsfGraph) graph =
        cdx_test_bom("1.6", "<components><component type='device' bom-ref='s1'><name>probe</name>"
                            "<cpe>cpe:2.3:h:hato:probe:2:*:*:*:*:*:*:*</cpe></component>"
                            "<component type='device' bom-ref='s2'><name>probe</name>"
                            "<cpe>cpe:2.3:h:hato:probe:2:*:*:*:*:*:*:*</cpe></component>"
                            "<component type='device'><name>cam</name></component>"
                            "<component type='device'><name>cam</name></component></components>");

    cr_expect(eq(int, cpsf_graph_get_n_nodes(graph), 4));
    EXPECT_TEXT(cpsf_graph_get_key(graph, cdx_test_node(graph, "#s1")), LOCAL "s1");
    EXPECT_TEXT(cpsf_graph_get_key(graph, cdx_test_node(graph, "#s2")), LOCAL "s2");
    cr_expect(ge(int, cdx_test_node(graph, "#component//cam@"), 0));
    cr_expect(ge(int, cdx_test_node(graph, "#component//cam@/2"), 0));
}

Test(cyclonedx, nested_components_and_their_companies)
{
    g_autoptr(CpsfGraph) graph = cdx_test_bom(
        "1.6", "<components><component type='device' bom-ref='box'>"
               "<supplier><name> Kawasemi\n</name><url>https://kawasemi.example</url>"
               "<contact><name>Desk</name><email>Desk@kawasemi.example</email></contact>"
               "<contact><name>No mail</name></contact></supplier>"
               "<manufacturer bom-ref='maker'><name>Mozu</name></manufacturer>"
               "<authors><author><name>A. Uguisu</name><email>a@uguisu.example</email></author>"
               "<author><name>B. Uguisu</name></author></authors>"
               "<publisher>Hibari</publisher><name>box</name><version>2</version>"
               "<components><component type='firmware' bom-ref='fw'>"
               "<supplier><name>Kawasemi</name></supplier><name>fw</name>"
               "<components><component type='library' bom-ref='lib'><name>lib</name></component>"
               "</components></component></components></component></components>");

    cr_expect(cdx_test_has_edge(graph, "#fw", "part-of", "#box"));
    cr_expect(cdx_test_has_edge(graph, "#lib", "part-of", "#fw"));
    cr_expect(not(cdx_test_has_edge(graph, "#lib", "part-of", "#box")));
    cr_expect(cdx_test_has_edge(graph, "#company/Kawasemi", "supplies", "#box"));
    cr_expect(cdx_test_has_edge(graph, "#company/Kawasemi", "supplies", "#fw"));
    cr_expect(cdx_test_has_edge(graph, "#maker", "makes", "#box"));
    cr_expect(
        cdx_test_has_edge(graph, "#person/desk@kawasemi.example", "acts-for", "#company/Kawasemi"));
    EXPECT_TEXT(cdx_test_property(graph, "#company/Kawasemi", "cyclonedx:url"),
                "https://kawasemi.example");
    EXPECT_TEXT(cdx_test_property(graph, "#box", "cyclonedx:publisher"), "Hibari");
    EXPECT_TEXT(cdx_test_property(graph, "#box", "cyclonedx:version"), "2");
    cr_expect(eq(int, cpsf_graph_get_kind(graph, cdx_test_node(graph, "#person/a@uguisu.example")),
                 CPSF_KIND_PERSON));
    /* box fw lib, Kawasemi Mozu, Desk and A. Uguisu */
    cr_expect(eq(int, cpsf_graph_get_n_nodes(graph), 7));
    cr_expect(eq(int, cdx_test_count_errors(graph), 0));
}

Test(cyclonedx, excluded_passes_nothing_on)
{
    g_autoptr(CpsfGraph) graph = cdx_test_bom(
        "1.4", "<components><component type='library' bom-ref='a'><name>a</name><components>"
               "<component type='library' bom-ref='in'><name>in</name><scope>excluded</scope>"
               "</component></components></component>"
               "<component type='library' bom-ref='test'><name>test</name><scope>excluded</scope>"
               "</component><component type='library' bom-ref='opt'><name>opt</name>"
               "<scope>optional</scope></component></components>"
               "<dependencies><dependency ref='a'><dependency ref='test'/><dependency ref='opt'/>"
               "</dependency><dependency ref='test'><dependency ref='opt'/></dependency>"
               "</dependencies>");

    cr_expect(not(cdx_test_has_edge(graph, "#in", "part-of", "#a")));
    cr_expect(not(cdx_test_has_edge(graph, "#test", "used-by", "#a")));
    cr_expect(cdx_test_has_edge(graph, "#opt", "used-by", "#a"));
    cr_expect(cdx_test_has_edge(graph, "#opt", "used-by", "#test"));
    EXPECT_TEXT(cdx_test_property(graph, "#test", "cyclonedx:scope"), "excluded");
    EXPECT_TEXT(cdx_test_property(graph, "#opt", "cyclonedx:scope"), "optional");
}

Test(cyclonedx, pedigree_and_what_patches_mend)
{
    g_autoptr(CpsfGraph) graph = cdx_test_bom(
        "1.6", ISSUED
        "<components><component type='library' bom-ref='fork'><name>fork</name><pedigree>"
        "<ancestors><component type='library' bom-ref='old'><name>old</name></component>"
        "</ancestors><descendants><component type='library' bom-ref='new'><name>new</name>"
        "</component></descendants><variants><component type='library'><name>kin</name>"
        "<purl>pkg:npm/kin@1</purl></component></variants>"
        "<patches><patch type='backport'><resolves><issue type='security'><id>CVE-2026-1</id>"
        "</issue><issue type='defect'><id>BUG-2</id></issue></resolves></patch></patches>"
        "</pedigree></component></components>"
        "<vulnerabilities><vulnerability><id>CVE-2026-1</id>"
        "<published>2026-01-01T00:00:00Z</published><analysis><state>in_triage</state></analysis>"
        "<affects><target><ref>fork</ref></target><target><ref>old</ref></target></affects>"
        "</vulnerability></vulnerabilities>");

    cr_expect(cdx_test_has_edge(graph, "#old", "derives", "#fork"));
    cr_expect(cdx_test_has_edge(graph, "#fork", "derives", "#new"));
    cr_expect(eq(int, cdx_test_node(graph, "pkg:npm/kin@1"), CPSF_NODE_NONE));
    EXPECT_TEXT(cdx_test_property(graph, "#fork", "cyclonedx:variant"), "pkg:npm/kin@1");
    EXPECT_TEXT(cdx_test_property(graph, "#fork", "cyclonedx:resolves"), "CVE-2026-1");
    EXPECT_INCIDENT(graph, "#fork", "CVE-2026-1", "2026-01-01T00:00:00Z/2026-03-01T00:00:00Z");
    EXPECT_INCIDENT(graph, "#old", "CVE-2026-1", "2026-01-01T00:00:00Z/");
}

Test(cyclonedx, data_models_and_keys)
{
    g_autoptr(CpsfGraph) graph = cdx_test_bom(
        "1.7", ISSUED
        "<components><component type='data' bom-ref='map'><name>map</name><data>"
        "<type>dataset</type><classification>public</classification><governance>"
        "<custodians><custodian><organization><name>Tsubame</name></organization></custodian>"
        "</custodians><stewards><steward><organization><name>Suzume</name></organization>"
        "</steward></stewards><owners><owner><organization><name>Hibari</name></organization>"
        "</owner></owners></governance></data></component>"
        "<component type='machine-learning-model' bom-ref='model'><name>model</name><modelCard>"
        "<modelParameters><datasets><ref>map</ref><dataset><type>dataset</type>"
        "<name>labels</name></dataset></datasets></modelParameters></modelCard></component>"
        "<component type='cryptographic-asset' bom-ref='cert'><name>cert</name><cryptoProperties>"
        "<assetType>certificate</assetType><certificateProperties>"
        "<notValidAfter>2027-01-01T00:00:00Z</notValidAfter><certificateState>"
        "<state>revoked</state></certificateState><revocationDate>2026-02-01T00:00:00Z"
        "</revocationDate></certificateProperties></cryptoProperties></component>"
        "<component type='cryptographic-asset' bom-ref='key'><name>key</name><cryptoProperties>"
        "<assetType>related-crypto-material</assetType><relatedCryptoMaterialProperties>"
        "<type>private-key</type><state>compromised</state></relatedCryptoMaterialProperties>"
        "</cryptoProperties></component></components>");

    cr_expect(cdx_test_has_edge(graph, "#company/Tsubame", "operates", "#map"));
    cr_expect(cdx_test_has_edge(graph, "#company/Suzume", "owns", "#map"));
    cr_expect(cdx_test_has_edge(graph, "#company/Hibari", "owns", "#map"));
    cr_expect(cdx_test_has_edge(graph, "#map", "derives", "#model"));
    cr_expect(cdx_test_has_edge(graph, "#data/model/labels", "derives", "#model"));
    EXPECT_TEXT(cdx_test_property(graph, "#map", "cyclonedx:classification"), "public");
    EXPECT_TEXT(cdx_test_property(graph, "#cert", "cyclonedx:not-valid-after"),
                "2027-01-01T00:00:00Z");
    EXPECT_INCIDENT(graph, "#cert", "crypto-revoked", "2026-02-01T00:00:00Z/");
    EXPECT_INCIDENT(graph, "#key", "crypto-compromised", "2026-03-01T00:00:00Z/");
    cr_expect(eq(int, cdx_test_count_errors(graph), 0));
}

/* -- services -- */

Test(cyclonedx, services_and_flows)
{
    g_autoptr(CpsfGraph) graph = cdx_test_bom(
        "1.6",
        "<services><service bom-ref='api'><provider><name>Kumo</name></provider><name>api</name>"
        "<endpoints><endpoint>https://api.kumo.example/v1</endpoint></endpoints>"
        "<authenticated>false</authenticated><x-trust-boundary>true</x-trust-boundary>"
        "<trustZone>dmz</trustZone><data><dataflow name='orders'>"
        "<classification flow='inbound'>PII</classification><governance><owners><owner>"
        "<organization><name>Hibari</name></organization></owner></owners></governance>"
        "<source><url>https://shop.example/</url></source>"
        "<destination><url>urn:cdx:3e671687-395b-41f5-a30f-a58921a69b79/1#db</url></destination>"
        "</dataflow></data>"
        "<services><service bom-ref='db'><name>db</name><data><dataflow name='copy'>"
        "<classification flow='outbound'>PII</classification>"
        "<source><url>https://api.kumo.example/v1</url></source><destination>"
        "<url>urn:cdx:11111111-2222-3333-4444-555555555555/4#far</url></destination></dataflow>"
        "<classification flow='bi-directional'>logs</classification>"
        "<classification flow='unknown'>misc</classification></data></service></services>"
        "</service></services>");

    cr_expect(cdx_test_has_edge(graph, "#company/Kumo", "operates", "#api"));
    cr_expect(cdx_test_has_edge(graph, "#db", "used-by", "#api"));
    cr_expect(cdx_test_has_edge(graph, "https://shop.example/", "feeds", "#api"));
    cr_expect(cdx_test_has_edge(graph, "https://shop.example/", "feeds", "#data/api/orders"));
    cr_expect(cdx_test_has_edge(graph, "#data/api/orders", "feeds", "#api"));
    cr_expect(cdx_test_has_edge(graph, "#company/Hibari", "owns", "#data/api/orders"));
    cr_expect(cdx_test_has_edge(graph, "#api", "feeds", "#db"), "by BOM-Link and by end point");
    cr_expect(cdx_test_has_edge(graph, "#db", "feeds", "#data/db/copy"));
    cr_expect(cdx_test_has_edge(graph, "#db", "feeds",
                                "local:urn:uuid:11111111-2222-3333-4444-555555555555#far"));
    cr_expect(cdx_test_has_edge(graph, "#db", "feeds", "#data/db/logs"));
    cr_expect(cdx_test_has_edge(graph, "#data/db/logs", "feeds", "#db"));
    cr_expect(not(cdx_test_has_edge(graph, "#data/db/misc", "feeds", "#db")));
    cr_expect(eq(int, cpsf_graph_get_kind(graph, cdx_test_node(graph, "#api")), CPSF_KIND_SYSTEM));
    EXPECT_TEXT(cdx_test_property(graph, "#api", "cyclonedx:authenticated"), "false");
    EXPECT_TEXT(cdx_test_property(graph, "#api", "cyclonedx:crosses-trust-boundary"), "true");
    EXPECT_TEXT(cdx_test_property(graph, "#api", "cyclonedx:trust-zone"), "dmz");
    cr_expect(eq(int, cdx_test_count_errors(graph), 0));
}
