/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * CycloneDX that is not as it should be: each rule that schemas do not catch, foreign elements, laws
 * on generated documents, failing memory, and every public sample there is.
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

/* -- bad items -- */

typedef struct {
    CpsfFindingCode code;
    uint32_t line;
    int nodes; /* that are left */
    char version[4];
    char inside[300];
} Bad;

#define ONE(inside)                                                                                \
    "<components><component type='library' bom-ref='a'><name>a</name>\n" inside                    \
    "</component></components>"

/* clang-format off */
ParameterizedTestParameters(cyclonedx, bad_items_are_left_out)
{
    static Bad rows[] = {
        {CPSF_FINDING_BAD_VALUE, 2, 1, "1.6", "<components><component type='gadget' bom-ref='a'><name>a</name></component></components>"},
        {CPSF_FINDING_BAD_VALUE, 3, 1, "1.6", ONE("<scope>needed</scope>")},
        {CPSF_FINDING_BAD_VALUE, 3, 1, "1.6", ONE("<hashes><hash alg='SHA-9'>00</hash></hashes>")},
        {CPSF_FINDING_BAD_VALUE, 3, 1, "1.6", ONE("<hashes><hash alg='MD5'>00</hash></hashes>")},
        {CPSF_FINDING_BAD_VALUE, 3, 1, "1.6", ONE("<hashes><hash alg='MD5'>0123456789abcdef0123456789abcdeg</hash></hashes>")},
        {CPSF_FINDING_BAD_VALUE, 3, 1, "1.7", ONE("<versionRange>vers:npm/1</versionRange>")},
        {CPSF_FINDING_BAD_VALUE, 3, 1, "1.6", ONE("<evidence><identity><field>purl</field><confidence>1.5</confidence></identity></evidence>")},
        {CPSF_FINDING_BAD_KEY,   3, 1, "1.6", ONE("<purl>not a purl</purl>")},
        {CPSF_FINDING_BAD_KEY,   3, 1, "1.6", ONE("<cpe>cpe:9</cpe>")},
        {CPSF_FINDING_DUPLICATE_REF, 3, 1, "1.6", "<components><component type='library' bom-ref='a'><name>a</name></component>\n<component type='file' bom-ref='a'><name>b</name></component></components>"},
        {CPSF_FINDING_UNKNOWN_ELEMENT, 3, 1, "1.6", ONE("<colour>red</colour>")},
        {CPSF_FINDING_UNKNOWN_ELEMENT, 3, 1, "1.6", ONE("<component type='file'><name>b</name></component>")},
        {CPSF_FINDING_BAD_TIME,  2, 0, "1.6", "<metadata><timestamp>2026-03-01</timestamp></metadata>"},
        {CPSF_FINDING_BAD_TIME,  2, 0, "1.6", "<metadata><timestamp>yesterdayT</timestamp></metadata>"},
        {CPSF_FINDING_BAD_VALUE, 2, 0, "1.7", "<metadata><distributionConstraints><tlp>PINK</tlp></distributionConstraints></metadata>"},
        {CPSF_FINDING_BAD_VALUE, 2, 1, "1.6", "<services><service bom-ref='s'><name>s</name><authenticated>maybe</authenticated></service></services>"},
        {CPSF_FINDING_BAD_VALUE, 2, 2, "1.6", "<services><service bom-ref='s'><name>s</name><data><classification flow='up'>x</classification></data></service></services>"},
        {CPSF_FINDING_BAD_VALUE, 2, 0, "1.6", "<compositions><composition><aggregate>partly</aggregate></composition></compositions>"},
        {CPSF_FINDING_BAD_VALUE, 2, 0, "1.6", "<dependencies><dependency/></dependencies>"},
        {CPSF_FINDING_BAD_VALUE, 2, 0, "1.6", "<vulnerabilities><vulnerability><id>V</id><analysis><state>fixed</state></analysis></vulnerability></vulnerabilities>"},
        {CPSF_FINDING_BAD_VALUE, 2, 0, "1.6", "<vulnerabilities><vulnerability><id>V</id><ratings><rating><score>11</score><method>CVSSv31</method></rating></ratings></vulnerability></vulnerabilities>"},
        {CPSF_FINDING_BAD_VALUE, 2, 0, "1.6", "<declarations><attestations><attestation><map><conformance><score>2</score></conformance></map></attestation></attestations></declarations>"},
        {CPSF_FINDING_BAD_TIME,  2, 0, "1.6", "<declarations><evidence><evidence bom-ref='p'><created>2026-02-01T00:00:00Z</created><expires>2026-01-01T00:00:00Z</expires></evidence></evidence></declarations>"},
        {CPSF_FINDING_BAD_VALUE, 2, 1, "1.6", "<components><component type='cryptographic-asset' bom-ref='k'><name>k</name><cryptoProperties><relatedCryptoMaterialProperties><state>lost</state></relatedCryptoMaterialProperties></cryptoProperties></component></components>"},
    };

    return cr_make_param_array(Bad, rows, G_N_ELEMENTS(rows), NULL);
}
/* clang-format on */

ParameterizedTest(Bad *row, cyclonedx, bad_items_are_left_out)
{
    uint32_t line;
    g_autoptr(CpsfGraph) graph = cdx_test_bom(row->version, row->inside);

    cr_expect(eq(int, cdx_test_findings(graph, row->code, &line), 1), "%s", row->inside);
    cr_expect(eq(uint, line, row->line), "%s", row->inside);
    cr_expect(eq(int, cdx_test_count_errors(graph), 1), "%s", row->inside);
    cr_expect(eq(int, cpsf_graph_get_n_nodes(graph), row->nodes), "%s", row->inside);
    cr_expect(eq(long, (long) graph->feeds[0].items_left_out, 1), "%s", row->inside);
}

Test(cyclonedx, foreign_elements_and_attributes_are_ignored)
{
    g_autoptr(CpsfGraph) graph = cdx_test_bom(
        "1.6", "<f:x xmlns:f='urn:f'><component type='library'/></f:x><components>"
               "<component type='library' bom-ref='a' f:type='device' xmlns:f='urn:f'>"
               "<f:name>no</f:name><name>a</name>"
               "<ds:Signature xmlns:ds='http://www.w3.org/2000/09/xmldsig#'><!-- --></ds:Signature>"
               "</component></components>");

    cr_expect(eq(int, cpsf_graph_get_n_nodes(graph), 1));
    EXPECT_TEXT(cpsf_graph_get_name(graph, cdx_test_node(graph, "#a"), NULL), "a");
    cr_expect(eq(int, cdx_test_count_errors(graph), 0));
}

/* -- laws -- */

/* A document of @n components that depend on each other at random, its sections in the order of the
 * digits of @order. */
static char *
random_bom(uint32_t seed, int n, const char *order)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(seed);
    GString *sections[3] = {g_string_new("<components>"), g_string_new("<dependencies>"),
                            g_string_new("<compositions>")};
    GString *all = g_string_new(OPEN("1.5"));

    for (int i = 0; i < n; i++) {
        g_string_append_printf(sections[0],
                               "<component type='%s' bom-ref='c%d'><supplier><name>s%d</name>"
                               "</supplier><name>n%d</name></component>",
                               i % 5 == 0 ? "device" : "library", i, i % 7, i);
        g_string_append_printf(sections[1],
                               "<dependency ref='c%d'><dependency ref='c%d'/></dependency>", i,
                               g_rand_int_range(random, 0, n + 2));
        g_string_append_printf(sections[2],
                               "<composition><aggregate>unknown</aggregate><assemblies>"
                               "<assembly ref='c%d'/></assemblies></composition>",
                               i);
    }
    g_string_append(sections[0], "</components>");
    g_string_append(sections[1], "</dependencies>");
    g_string_append(sections[2], "</compositions>");
    for (const char *p = order; *p != '\0'; p++)
        g_string_append(all, sections[*p - '0']->str);
    for (int i = 0; i < 3; i++)
        g_string_free(sections[i], TRUE);
    g_string_append(all, "</bom>");
    return g_string_free(all, FALSE);
}

/* The order of sections changes nothing but places: 20 documents, each in six orders. */
Test(cyclonedx, order_of_sections_does_not_matter)
{
    static const char *const orders[] = {"012", "021", "102", "120", "201", "210"};

    for (uint32_t seed = 0; seed < 20; seed++) {
        g_autofree char *first = NULL;

        for (size_t i = 0; i < G_N_ELEMENTS(orders); i++) {
            g_autofree char *text = random_bom(seed, 1 + (int) seed * 3, orders[i]);
            g_autoptr(CpsfGraph) graph = cdx_test_text(text, NULL);
            GString *rows = g_string_new(NULL);

            for (int32_t v = 0; v < cpsf_graph_get_n_nodes(graph); v++)
                g_string_append_printf(rows, "%s %d\n", cpsf_graph_get_key(graph, v),
                                       cpsf_graph_get_kind(graph, v));
            for (int64_t e = 0; e < graph->edges.n; e++)
                g_string_append_printf(rows, "%u %u %u\n", graph->edges.items[e].from,
                                       graph->edges.items[e].to, graph->edges.items[e].relation);
            g_string_append_printf(rows, "%ld", (long) graph->completeness.n);

            g_autofree char *now = g_string_free(rows, FALSE);

            if (first == NULL)
                first = g_steal_pointer(&now);
            else
                EXPECT_TEXT(now, first);
        }
    }
}

/* A document that names one thing a hundred thousand times is read in time that is linear. */
Test(cyclonedx, many_twins, .timeout = 20)
{
    GString *text = g_string_new(OPEN("1.6") "<components>");

    for (int i = 0; i < 100000; i++)
        g_string_append(text, "<component type='file'><name>x</name></component>");
    g_string_append(text, "</components></bom>");

    g_autofree char *bom = g_string_free(text, FALSE);
    g_autoptr(CpsfGraph) graph = cdx_test_text(bom, NULL);

    cr_assert(ne(ptr, graph, NULL));
    cr_expect(eq(int, cpsf_graph_get_n_nodes(graph), 100000));
}

Test(cyclonedx, survives_every_allocation_failure)
{
    g_autofree char *text = g_strconcat(
        OPEN("1.6"), ISSUED,
        "<declarations><claims><claim bom-ref='c'><target>box</target><evidence>p</evidence>"
        "</claim></claims><evidence><evidence bom-ref='p'><created>2026-01-01T00:00:00Z</created>"
        "</evidence></evidence><targets><components><component type='device' bom-ref='box'>"
        "<name>box</name></component></components></targets></declarations>",
        "<components><component type='library' bom-ref='a'><supplier><name>s</name></supplier>"
        "<name>a</name><purl>pkg:npm/a@1</purl></component></components><dependencies>"
        "<dependency ref='a'><dependency ref='box'/></dependency></dependencies><services>"
        "<service bom-ref='svc'><name>s</name><data><classification flow='inbound'>x"
        "</classification></data></service></services><vulnerabilities><vulnerability><id>V</id>"
        "<analysis><state>exploitable</state></analysis><affects><target><ref>a</ref></target>"
        "</affects></vulnerability></vulnerabilities></bom>",
        NULL);

    for (int64_t budget = 0; budget < 5000; budget++) {
        g_autoptr(GError) error = NULL;

        cpsf_mem_fail_after(budget);

        g_autoptr(CpsfGraph) graph = cdx_test_text(text, &error);

        cpsf_mem_fail_after(-1);
        if (graph != NULL) {
            cr_expect(eq(int, cpsf_graph_get_n_nodes(graph), 5));
            cr_expect(gt(long, (long) budget, 20L));
            return;
        }
        cr_assert(eq(int, error->code, CPSF_ERROR_NO_MEMORY), "%s", error->message);
    }
    cr_fatal("never succeeded");
}

/* -- the public samples -- */

/* What the schema forbids and the graph has no use for: licences. */
static gboolean
is_about_licences(const char *path)
{
    return strstr(path, "invalid-license") != NULL ||
           strstr(path, "invalid-metadata-license") != NULL || strstr(path, "/ext/") != NULL;
}

static void
check_sample(const char *path, gboolean is_valid)
{
    g_autofree char *whole = g_build_filename(SHARED_DIR, "feeds", path, NULL);
    const char *const paths[] = {whole, NULL};
    g_autoptr(GError) error = NULL;
    g_autoptr(CpsfGraph) graph = cpsf_graph_read(paths, NULL, NULL, &error);

    cr_assert(ne(ptr, graph, NULL), "%s: %s", path, error != NULL ? error->message : "");
    cr_expect(ne(int, graph->feeds[0].state, CPSF_FEED_REJECTED), "%s: %s", path,
              graph->feeds[0].message);
    if (is_valid)
        cr_expect(eq(int, cdx_test_count_errors(graph), 0), "%s", path);
    if (!is_valid && !is_about_licences(path))
        cr_expect(gt(int, cdx_test_count_errors(graph), 0), "%s", path);
}

Test(cyclonedx, public_samples)
{
    g_autofree char *manifest = NULL;
    int n = 0;

    if (!g_file_get_contents(SHARED_DIR "/feeds/MANIFEST.tsv", &manifest, NULL, NULL)) {
        printf("# public samples are not here: %s\n", SHARED_DIR "/feeds");
        cr_skip();
    }

    g_auto(GStrv) lines = g_strsplit(manifest, "\n", -1);

    for (int i = 1; lines[i] != NULL; i++) {
        g_auto(GStrv) fields = g_strsplit(lines[i], "\t", -1);

        if (!g_str_has_prefix(lines[i], "cyclonedx/"))
            continue;
        check_sample(fields[0], strcmp(fields[5], "valid") == 0);
        n++;
    }
    cr_expect(gt(int, n, 100));
}
