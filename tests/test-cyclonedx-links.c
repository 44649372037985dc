/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * What a CycloneDX document says about the things it names: dependencies, compositions,
 * vulnerabilities, declarations.
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

/* -- dependencies and compositions -- */

Test(cyclonedx, dependencies_at_any_depth_and_in_any_order)
{
    uint32_t line;
    g_autoptr(CpsfGraph) graph = cdx_test_bom(
        "1.6", "<dependencies><dependency ref='a'><dependency ref='b'><dependency ref='c'/>"
               "</dependency></dependency><dependency ref='a'/><dependency ref='c'/>"
               "<dependency ref='c'/><dependency ref='d'><provides ref='std'/></dependency>"
               "<dependency ref='e'><dependency ref='e'/></dependency>"
               "<dependency ref='a'>\n<dependency ref='gone'/></dependency>"
               "<dependency ref='a'><dependency ref='hsm'/></dependency></dependencies>"
               "<compositions><composition><aggregate>incomplete_third_party_only</aggregate>"
               "<assemblies><assembly ref='a'/></assemblies><dependencies><dependency ref='d'/>"
               "</dependencies></composition></compositions>"
               "<components><component type='library' bom-ref='a'><name>a</name></component>"
               "<component type='library' bom-ref='b'><name>b</name></component>"
               "<component type='library' bom-ref='c'><name>c</name></component>"
               "<component type='library' bom-ref='d'><name>d</name></component>"
               "<component type='library' bom-ref='e'><name>e</name></component>"
               "<component type='device' bom-ref='hsm'><name>h</name></component></components>");

    cr_expect(cdx_test_has_edge(graph, "#b", "used-by", "#a"));
    cr_expect(cdx_test_has_edge(graph, "#c", "used-by", "#b"));
    cr_expect(not(cdx_test_has_edge(graph, "#c", "used-by", "#a")));
    cr_expect(cdx_test_has_edge(graph, "#hsm", "hosts", "#a"));
    cr_expect(eq(long, (long) graph->n_edges, 3));
    EXPECT_TEXT(cdx_test_completeness(graph, "#c", "dependencies"), "complete");
    EXPECT_TEXT(cdx_test_completeness(graph, "#a", "dependencies"), "");
    EXPECT_TEXT(cdx_test_completeness(graph, "#b", "dependencies"), "");
    EXPECT_TEXT(cdx_test_completeness(graph, "#a", "components"), "incomplete_third_party_only");
    EXPECT_TEXT(cdx_test_completeness(graph, "#d", "dependencies"), "incomplete_third_party_only");
    EXPECT_TEXT(cdx_test_property(graph, "#d", "cyclonedx:provides"), "std");
    cr_expect(eq(int, cdx_test_findings(graph, CPSF_FINDING_SELF_LOOP, &line), 1));
    cr_expect(eq(int, cdx_test_findings(graph, CPSF_FINDING_DANGLING_REF, &line), 1));
    cr_expect(eq(uint, line, 3));
    cr_expect(eq(int, cdx_test_count_errors(graph), 0));
}

/* -- vulnerabilities -- */

typedef struct {
    char body[200];
    char incident[64];
    char property[64];
} Analysis;

/* clang-format off */
ParameterizedTestParameters(cyclonedx, analysis)
{
    static Analysis rows[] = {
        {"<analysis><state>exploitable</state><firstIssued>2026-02-01T00:00:00Z</firstIssued></analysis>",
         "2026-02-01T00:00:00Z/", "V-1 exploitable"},
        {"<published>2026-01-05T00:00:00Z</published><analysis><state>in_triage</state></analysis>",
         "2026-01-05T00:00:00Z/", "V-1 in_triage"},
        {"<created>2026-01-06T00:00:00Z</created><analysis><state>exploitable</state></analysis>",
         "2026-01-06T00:00:00Z/", "V-1 exploitable"},
        {"<analysis><state>exploitable</state></analysis>",
         "2026-03-01T00:00:00Z/", "V-1 exploitable"},
        {"<created>2026-01-06T00:00:00Z</created><analysis><state>resolved</state><lastUpdated>2026-02-07T00:00:00Z</lastUpdated></analysis>",
         "2026-01-06T00:00:00Z/2026-02-07T00:00:00Z", "V-1 resolved"},
        {"<created>2026-01-06T00:00:00Z</created><analysis><state>resolved_with_pedigree</state></analysis>",
         "2026-01-06T00:00:00Z/2026-03-01T00:00:00Z", "V-1 resolved_with_pedigree"},
        {"<analysis><state>not_affected</state><justification>code_not_reachable</justification></analysis>",
         "", "V-1 not_affected code_not_reachable"},
        {"<analysis><state>false_positive</state></analysis>", "", "V-1 false_positive"},
        {"<rejected>2026-01-07T00:00:00Z</rejected><analysis><state>exploitable</state></analysis>",
         "", "V-1 rejected"},
        {"", "", "V-1 unknown"},
    };

    return cr_make_param_array(Analysis, rows, G_N_ELEMENTS(rows), NULL);
}
/* clang-format on */

ParameterizedTest(Analysis *row, cyclonedx, analysis)
{
    g_autofree char *text = g_strdup_printf(
        ISSUED "<components><component type='library' bom-ref='a'><name>a</name></component>"
               "</components><vulnerabilities><vulnerability bom-ref='v'><id>V-1</id>%s"
               "<affects><target><ref>a</ref></target></affects></vulnerability>"
               "</vulnerabilities><compositions><composition><aggregate>unknown</aggregate>"
               "<vulnerabilities><vulnerability ref='v'/></vulnerabilities></composition>"
               "</compositions>",
        row->body);
    g_autoptr(CpsfGraph) graph = cdx_test_bom("1.5", text);

    EXPECT_INCIDENT(graph, "#a", "V-1", row->incident);
    EXPECT_TEXT(cdx_test_property(graph, "#a", "cyclonedx:vulnerability"), row->property);
    EXPECT_TEXT(cdx_test_completeness(graph, "#a", "vulnerabilities"), "unknown");
    cr_expect(eq(int, cdx_test_count_errors(graph), 0));
}

Test(cyclonedx, without_analysis_the_versions_decide)
{
    g_autoptr(CpsfGraph) graph = cdx_test_bom(
        "1.4", ISSUED
        "<components><component type='library' bom-ref='a'><name>a</name></component>"
        "<component type='library' bom-ref='b'><name>b</name></component>"
        "<component type='library' bom-ref='c'><name>c</name></component></components>"
        "<vulnerabilities><vulnerability><id>V-2</id><affects><target><ref>a</ref><versions>"
        "<version><version>1</version><status>unaffected</status></version>"
        "<version><version>2</version><status>affected</status></version></versions></target>"
        "<target><ref>b</ref><versions><version><version>1</version><status>unaffected</status>"
        "</version></versions></target><target><ref>c</ref><versions><version>"
        "<version>1</version></version></versions></target></affects></vulnerability>"
        "</vulnerabilities>");

    EXPECT_INCIDENT(graph, "#a", "V-2", "2026-03-01T00:00:00Z/");
    EXPECT_INCIDENT(graph, "#b", "V-2", "");
    EXPECT_INCIDENT(graph, "#c", "V-2", "2026-03-01T00:00:00Z/");
    EXPECT_TEXT(cdx_test_property(graph, "#b", "cyclonedx:vulnerability"), "V-2 unaffected");
}

/* -- declarations -- */

#define PROOF(ref, created, expires)                                                               \
    "<evidence bom-ref='" ref "'><created>" created "T00:00:00Z</created><expires>" expires        \
    "T00:00:00Z</expires></evidence>"

static const char declarations[] =
    "<declarations>"
    "<assessors><assessor bom-ref='lab'><thirdParty>true</thirdParty><organization bom-ref='kensa'>"
    "<name>Kensa</name></organization></assessor>"
    "<assessor bom-ref='own'><thirdParty>false</thirdParty><organization><name>Hibari</name>"
    "</organization></assessor></assessors>"
    "<attestations><attestation><assessor>lab</assessor><map><requirement>r1</requirement>"
    "<claims><claim>c1</claim></claims><conformance><score>0.8</score></conformance></map>"
    "<map><counterClaims><counterClaim>c2</counterClaim></counterClaims></map></attestation>"
    "<attestation><assessor>own</assessor><map><claims><claim>c3</claim></claims>"
    "<conformance><score>0</score></conformance></map></attestation></attestations>"
    "<claims><claim bom-ref='c1'><target>firm</target><evidence>p1</evidence>"
    "<evidence>p2</evidence></claim>"
    "<claim bom-ref='c2'><target>firm</target><evidence>p1</evidence></claim>"
    "<claim bom-ref='c3'><target>box</target><evidence>p1</evidence></claim>"
    "<claim bom-ref='c4'><target>box</target><evidence>p2</evidence>"
    "<counterEvidence>p3</counterEvidence></claim>"
    "<claim bom-ref='c5'><target>box</target></claim></claims>"
    "<evidence>" PROOF("p1", "2026-01-01", "2027-01-01") PROOF("p2", "2026-02-01", "2026-12-01")
        PROOF("p3", "2026-03-01", "2026-04-01") "</evidence>"
                                                "<targets><organizations><organization "
                                                "bom-ref='firm'><name>Firm</name></organization>"
                                                "</organizations><components><component "
                                                "type='device' bom-ref='box'><name>box</name>"
                                                "</component></components></targets></declarations>"
                                                "<definitions><standards><standard "
                                                "bom-ref='s'><name>s</name><requirements>"
                                                "<requirement "
                                                "bom-ref='r1'><identifier>1</identifier></"
                                                "requirement></requirements></standard>"
                                                "</standards></definitions>";

static char *
evidence_text(const CpsfGraph *graph, const CpsfEvidenceRow *row)
{
    char since[CPSF_TIME_TEXT_MAX];
    char until[CPSF_TIME_TEXT_MAX];

    return g_strdup_printf(
        "%s %s %u %s %s %.10s %.10s %s\n", cpsf_strtab_get(graph->strings, row->id),
        strchr(cpsf_graph_get_key(graph, (int32_t) row->node), '#'), row->layer,
        cpsf_word(CPSF_WORDS_ASSURANCE, row->assurance), cpsf_word(CPSF_WORDS_STATUS, row->status),
        cpsf_time_write(row->valid.since, since), cpsf_time_write(row->valid.until, until),
        row->issuer != 0 ? strchr(cpsf_strtab_get(graph->strings, row->issuer), '#') : "-");
}

static int
compare_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *) a, *(const char *const *) b);
}

Test(cyclonedx, declarations_become_evidence)
{
    g_autoptr(CpsfGraph) graph = cdx_test_bom("1.6", declarations);
    g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);

    for (int64_t i = 0; i < graph->evidence.n; i++) {
        const CpsfEvidenceRow *row = &graph->evidence.items[i];

        EXPECT_TEXT(cpsf_strtab_get(graph->strings, row->scheme), "cyclonedx-declaration");
        g_ptr_array_add(lines, evidence_text(graph, row));
    }
    g_ptr_array_sort(lines, compare_text);
    g_ptr_array_add(lines, NULL);

    g_autofree char *all = g_strjoinv("", (char **) lines->pdata);

    EXPECT_TEXT(all, "c1 #firm 1 third-party valid 2026-02-01 2026-12-01 #kensa\n"
                     "c2 #firm 1 third-party failed 2026-01-01 2027-01-01 #kensa\n"
                     "c3 #box 2 self failed 2026-01-01 2027-01-01 #company/Hibari\n"
                     "c4 #box 2 self failed 2026-03-01 2026-04-01 -\n"
                     "c4 #box 2 self valid 2026-02-01 2026-12-01 -\n");
    EXPECT_TEXT(cdx_test_property(graph, "#firm", "cyclonedx:conformance:r1"), "0.8");
    cr_expect(eq(int, cdx_test_count_errors(graph), 0));
}
