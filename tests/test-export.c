/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Exports of a graph, held against parsers that are not ours (python3, xmllint, dot where they are
 * there) and, as a feed, against the reader: refusing streams, failing allocations. */

#include "config.h"

#include <math.h>
#include <string.h>

#include <glib/gstdio.h>

#include "cpsf-mem-private.h"
#include "cpsf-read.h"
#include "cpsf-write-private.h"
#include "writing.h"

typedef struct {
    CpsfGraphBuilder *builder;
    CpsfStrtab *strings;
    CpsfStatements said;
} Maker;

static CpsfStr
str(Maker *m, const char *text)
{
    CpsfStr id = 0;

    cr_assert(cpsf_strtab_add(m->strings, text, strlen(text), &id, NULL));
    return id;
}

static void
add_node(Maker *m, const char *key, CpsfKind kind, const char *name)
{
    CpsfNodeRow *row = cpsf_array_add(&m->said.nodes, NULL);

    *row = (CpsfNodeRow){.valid = CPSF_INTERVAL_ALL,
                         .place = {(uint32_t) m->said.nodes.n, 1, 0},
                         .node = str(m, key),
                         .name = str(m, name),
                         .kind = (uint8_t) kind};
}

static CpsfEdgeRow *
add_edge(Maker *m, CpsfRelation relation, const char *from, const char *to)
{
    CpsfEdgeRow *row = cpsf_array_add(&m->said.edges, NULL);

    *row = (CpsfEdgeRow){.valid = CPSF_INTERVAL_ALL,
                         .place = {100 + (uint32_t) m->said.edges.n, 1, 0},
                         .from = str(m, from),
                         .to = str(m, to),
                         .relation = (uint8_t) relation,
                         .criticality = (double) NAN,
                         .delay = -1};
    return row;
}

static const char hostile[] = "a\"b\\c]]>&lt;<x>\001\033[31m\xc2\x9b\xef\xbf\xbe 山";
/* the same as XML 1.0 can hold it */
static const char tamed[] = "a\"b\\c]]>&lt;<x>\xef\xbf\xbd\xef\xbf\xbd[31m\xc2\x9b\xef\xbf\xbd 山";

#define MAKER "jcn:7000012050002"
#define ROBOT "giai:9521999A012"
#define CLOUD "urn:uuid:9c7f3d10-3f2b-4a90-8c11-5b7d2e6f2001"
#define LOGS "urn:uuid:9c7f3d10-3f2b-4a90-8c11-5b7d2e6f2002"
#define GONE "urn:uuid:9c7f3d10-3f2b-4a90-8c11-5b7d2e6f2003"

/* Every kind of statement once; one edge and one node have ended by the moment asked about. */
static void
say_everything(Maker *m)
{
    const CpsfPlace place = {900, 1, 0};
    const CpsfInterval past = {0, 1000 * CPSF_TIME_DAY};
    const CpsfInterval year = {1000 * CPSF_TIME_DAY, 90000 * CPSF_TIME_DAY};
    CpsfEdgeRow *edge;

    add_node(m, MAKER, CPSF_KIND_COMPANY, hostile);
    add_node(m, ROBOT, CPSF_KIND_DEVICE, "Robot");
    m->said.nodes.items[1].layers = CPSF_LAYER(2) | CPSF_LAYER(3);
    m->said.nodes.items[1].class_name = str(m, "actuator");
    add_node(m, LOGS, CPSF_KIND_DATA, "Logs");
    add_node(m, GONE, CPSF_KIND_DATA, "Gone");
    m->said.nodes.items[3].valid = past;

    edge = add_edge(m, CPSF_RELATION_MAKES, MAKER, ROBOT);
    edge->criticality = 0.8;
    edge->delay = 2 * CPSF_TIME_DAY;
    edge->valid = year;
    edge = add_edge(m, CPSF_RELATION_SENSES, ROBOT, LOGS);
    edge->group = str(m, "g,\"1\"");
    add_edge(m, CPSF_RELATION_FEEDS, CLOUD, LOGS);
    add_edge(m, CPSF_RELATION_VOUCHES, MAKER, LOGS);
    add_edge(m, CPSF_RELATION_SENSES, ROBOT, GONE);
    add_edge(m, CPSF_RELATION_OWNS, MAKER, ROBOT)->valid = past;

    *cpsf_array_add(&m->said.names, NULL) = (CpsfNameRow){CPSF_INTERVAL_ALL, place, str(m, ROBOT),
                                                          str(m, "ja"), str(m, "ロボット <1>")};
    *cpsf_array_add(&m->said.aliases, NULL) =
        (CpsfAliasRow){CPSF_INTERVAL_ALL, place, str(m, MAKER), str(m, "duns:123456789")};
    *cpsf_array_add(&m->said.properties, NULL) = (CpsfPropertyRow){
        CPSF_INTERVAL_ALL, place, str(m, LOGS), str(m, "found"), str(m, "on a\n\"share\"")};
    *cpsf_array_add(&m->said.consequences, NULL) = (CpsfConsequenceRow){
        year, place, 1200000.5, CPSF_TIME_DAY, str(m, ROBOT), str(m, "JPY"), 2, 3};
    *cpsf_array_add(&m->said.opinions, NULL) =
        (CpsfOpinionRow){CPSF_INTERVAL_ALL, place, 0.7, 0.1, 0.2, str(m, LOGS), str(m, MAKER), 3};
    *cpsf_array_add(&m->said.groups, NULL) =
        (CpsfGroupRow){CPSF_INTERVAL_ALL, place, str(m, LOGS), str(m, "g,\"1\""), 1};
    *cpsf_array_add(&m->said.evidence, NULL) =
        (CpsfEvidenceRow){.valid = year,
                          .said = CPSF_INTERVAL_ALL,
                          .place = place,
                          .node = str(m, MAKER),
                          .scheme = str(m, "iso27001"),
                          .id = str(m, "IS 12345"),
                          .issuer = str(m, MAKER),
                          .scope = str(m, MAKER " " LOGS),
                          .layer = 1,
                          .assurance = CPSF_ASSURANCE_THIRD_PARTY,
                          .status = CPSF_STATUS_REVOKED};
    *cpsf_array_add(&m->said.incidents, NULL) =
        (CpsfIncidentRow){year, place, str(m, CLOUD), str(m, "incident-1"), CPSF_EFFECT_TAMPER};
    *cpsf_array_add(&m->said.completeness, NULL) = (CpsfCompletenessRow){
        CPSF_INTERVAL_ALL, place, str(m, MAKER), str(m, "suppliers"), str(m, "incomplete")};
}

static CpsfSnapshot *
finish(Maker *m)
{
    CpsfFeedInfo info = {.file = g_strdup("one.xml"),
                         .id = g_strdup("urn:uuid:1"),
                         .format = g_strdup("cpsf-1"),
                         .version = 1,
                         .issued = 20000 * CPSF_TIME_DAY};
    g_autoptr(CpsfFindings) findings = cpsf_findings_new();
    g_autoptr(GError) error = NULL;

    cr_assert(cpsf_graph_builder_add_feed(m->builder, &info, &m->said, findings, &error));

    g_autoptr(CpsfGraph) graph = cpsf_graph_builder_freeze(m->builder, &error);

    cr_assert(ne(ptr, graph, NULL));

    CpsfSnapshot *snapshot = cpsf_graph_snapshot(graph, 20000 * CPSF_TIME_DAY, &error);

    cr_assert(ne(ptr, snapshot, NULL));
    return snapshot;
}

static CpsfSnapshot *
everything(void)
{
    Maker m = {.builder = cpsf_graph_builder_new()};

    m.strings = cpsf_graph_builder_get_strings(m.builder);
    say_everything(&m);
    return finish(&m);
}

Test(export, answer_names_graph_and_findings)
{
    g_autoptr(CpsfSnapshot) snapshot = everything();
    g_autoptr(CpsfTable) table = test_one_cell("v");
    g_autofree char *digest = cpsf_graph_get_digest(cpsf_snapshot_get_graph(snapshot));
    g_autofree char *graph =
        g_strdup_printf("\"at\":\"2024-10-04T00:00:00Z\",\"known_at\":null,\"policy\":null,\n"
                        "\"graph\":{\"nodes\":5,\"edges\":6,\"digest\":\"%s\"},\n\"options\":{},\n",
                        digest);
    g_autofree char *with =
        test_written(table, CPSF_FORMAT_JSON, &(CpsfAnswer){"check", snapshot, NULL, NULL, TRUE});
    g_autofree char *without =
        test_written(table, CPSF_FORMAT_JSON, &(CpsfAnswer){"check", snapshot, NULL, NULL, FALSE});

    cr_expect(ne(ptr, strstr(with, graph), NULL), "%s in %s", graph, with);
    cr_expect(ne(ptr, strstr(with, "\"severity\":\"warning\",\"code\":\"unknown-kind\""), NULL),
              "%s", with);
    cr_expect(eq(ptr, strstr(without, "findings"), NULL));
}

/* The edges that hold, with `vouches`, as a person would list them. */
Test(export, csv_lists_the_edges_that_hold)
{
    g_autoptr(CpsfSnapshot) snapshot = everything();
    g_autofree char *text = test_exported(snapshot, CPSF_EXPORT_CSV);

    expect_text(text, "from,to,relation,group,criticality,delay,since,until\r\n" ROBOT "," LOGS
                      ",senses,\"g,\"\"1\"\"\",,,,\r\n" MAKER "," ROBOT
                      ",makes,,0.8,P2D,1972-09-27T00:00:00Z,2216-05-31T00:00:00Z\r\n" MAKER "," LOGS
                      ",vouches,,,,,\r\n" CLOUD "," LOGS ",feeds,,,,,\r\n");
}

static const char read_graphml[] =
    "import sys, xml.etree.ElementTree as E\n"
    "g = '{http://graphml.graphdrawing.org/xmlns}'\n"
    "root = E.fromstring(sys.stdin.buffer.read())\n"
    "names = {k.get('id') for k in root.findall(g + 'key')}\n"
    "graph = root.find(g + 'graph')\n"
    "data = lambda e: {d.get('key'): d.text for d in e.findall(g + 'data')}\n"
    "node = {n.get('id'): data(n) for n in graph.findall(g + 'node')}\n"
    "for n in node.values(): print(ascii(n))\n"
    "for e in graph.findall(g + 'edge'):\n"
    "    d = data(e)\n"
    "    assert names >= set(d)\n"
    "    print(node[e.get('source')]['key'][:8], node[e.get('target')]['key'][:8], d['relation'],\n"
    "          d.get('criticality'), d.get('group'))\n";

Test(export, graphml_is_read_by_others)
{
    g_autoptr(CpsfSnapshot) snapshot = everything();
    g_autofree char *text = test_exported(snapshot, CPSF_EXPORT_GRAPHML);
    g_autofree char *lint = test_piped((const char *[]){"xmllint", "--noout", "-", NULL}, text);
    g_autofree char *said = test_piped((const char *[]){"python3", "-c", read_graphml, NULL}, text);

    if (lint != NULL)
        expect_text(lint, "");
    if (said != NULL)
        expect_text(said,
                    "{'key': 'giai:9521999A012', 'kind': 'device', 'name': 'Robot', 'class': "
                    "'actuator', 'layers': '2 3'}\n"
                    "{'key': 'jcn:7000012050002', 'kind': 'company', 'name': "
                    "'a\"b\\\\c]]>&lt;<x>\\ufffd\\ufffd[31m\\x9b\\ufffd \\u5c71', 'layers': '1'}\n"
                    "{'key': '" CLOUD "', 'kind': 'unknown', 'layers': '1'}\n"
                    "{'key': '" LOGS "', 'kind': 'data', 'name': 'Logs', 'layers': '3'}\n"
                    "giai:952 urn:uuid senses None g,\"1\"\n"
                    "jcn:7000 giai:952 makes 0.8 None\n"
                    "jcn:7000 urn:uuid vouches None None\n"
                    "urn:uuid urn:uuid feeds None None\n");
}

Test(export, dot_is_read_by_graphviz)
{
    g_autoptr(CpsfSnapshot) snapshot = everything();
    g_autofree char *text = test_exported(snapshot, CPSF_EXPORT_DOT);
    g_autofree char *plain = test_piped((const char *[]){"dot", "-Tplain", NULL}, text);
    int nodes = 0, edges = 0;

    for (const char *at = text; *at != '\0'; at++)
        cr_assert(ne(int, (uint8_t) *at < 0x20 && *at != '\n', 1), "control character in DOT");
    if (plain == NULL)
        return;

    g_auto(GStrv) lines = g_strsplit(plain, "\n", -1);

    for (char **line = lines; *line != NULL; line++) {
        nodes += g_str_has_prefix(*line, "node ");
        edges += g_str_has_prefix(*line, "edge ");
    }
    cr_expect(eq(int, nodes, 4));
    cr_expect(eq(int, edges, 4));
}

static const char read_json[] =
    "import json, sys\n"
    "g = json.load(sys.stdin.buffer)\n"
    "print(list(g), g['schema'], g['at'], g['graph']['nodes'])\n"
    "print([n['key'][:4] for n in g['nodes']], g['nodes'][0]['layers'])\n"
    "print(g['nodes'][1]['name'].encode('unicode_escape').decode())\n"
    "print([(e['relation'], e['criticality'], e['delay']) for e in g['edges']])\n"
    "print(g['groups'])\n"
    "print({k: v for k, v in g['evidence'][0].items() if k not in ('subject', 'scope', "
    "'issuer')})\n";

Test(export, json_is_read_by_others)
{
    g_autoptr(CpsfSnapshot) snapshot = everything();
    g_autofree char *text = test_exported(snapshot, CPSF_EXPORT_JSON);
    g_autofree char *said = test_piped((const char *[]){"python3", "-c", read_json, NULL}, text);

    cr_assert(ne(ptr, strstr(text, "\\u003cx\\u003e"), NULL));
    if (said != NULL)
        expect_text(
            said,
            "['schema', 'at', 'known_at', 'graph', 'nodes', 'edges', 'groups', 'evidence'] "
            "cpsf-graph/1 2024-10-04T00:00:00Z 5\n"
            "['giai', 'jcn:', 'urn:', 'urn:'] [2, 3]\n"
            "a\"b\\\\c]]>&lt;<x>\\x01\\x1b[31m\\x9b\\ufffe \\u5c71\n"
            "[('senses', None, None), ('makes', 0.8, 'P2D'), ('vouches', None, None), "
            "('feeds', None, None)]\n"
            "[{'node': '" LOGS "', 'name': 'g,\"1\"', 'need': 1, 'since': None, 'until': None}]\n"
            "{'layer': 1, 'scheme': 'iso27001', 'id': 'IS 12345', 'assurance': 'third-party', "
            "'status': 'revoked', 'since': '1972-09-27T00:00:00Z', 'until': "
            "'2216-05-31T00:00:00Z'}\n");
}

/* Each of @texts (NULL at the end) as a feed of its own. */
static CpsfGraph *
read_feeds(const char *const *texts)
{
    g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GError) error = NULL;

    for (; *texts != NULL; texts++) {
        char *file = NULL;
        const int fd = g_file_open_tmp("cpsf-test-XXXXXX.xml", &file, &error);

        cr_assert(ge(int, fd, 0));
        g_close(fd, NULL);
        cr_assert(g_file_set_contents(file, *texts, -1, &error));
        g_ptr_array_add(files, file);
    }
    g_ptr_array_add(files, NULL);

    CpsfGraph *graph = cpsf_graph_read((const char *const *) files->pdata, NULL, NULL, &error);

    for (guint i = 0; i + 1 < files->len; i++)
        g_remove(g_ptr_array_index(files, i));
    cr_assert(ne(ptr, graph, NULL));
    for (size_t i = 0; i < cpsf_findings_get_n(cpsf_graph_get_findings(graph)); i++) {
        const CpsfFinding *finding = cpsf_findings_get(cpsf_graph_get_findings(graph), i);

        cr_expect(eq(int, finding->code, CPSF_FINDING_UNKNOWN_KIND), "line %u: %s", finding->line,
                  cpsf_finding_code_get_name(finding->code));
    }
    return graph;
}

/* Names that XML can hold: then reading gives back the same graph, to the digest. */
Test(export, feed_reads_back_as_the_same_graph)
{
    Maker m = {.builder = cpsf_graph_builder_new()};

    m.strings = cpsf_graph_builder_get_strings(m.builder);
    say_everything(&m);
    m.said.nodes.items[0].name = str(&m, tamed);

    g_autoptr(CpsfSnapshot) snapshot = finish(&m);
    g_autofree char *text = test_exported(snapshot, CPSF_EXPORT_FEED);
    g_autofree char *again_text = NULL;
    g_autoptr(CpsfGraph) again = read_feeds((const char *[]){text, NULL});
    g_autoptr(CpsfSnapshot) then = cpsf_graph_snapshot(again, cpsf_snapshot_get_at(snapshot), NULL);
    g_autofree char *digest = cpsf_graph_get_digest(cpsf_snapshot_get_graph(snapshot));
    g_autofree char *digest_again = cpsf_graph_get_digest(again);

    again_text = test_exported(then, CPSF_EXPORT_FEED);
    expect_text(digest_again, digest);
    expect_text(again_text, text);
}

/* Feeds that know a company by different keys, describe it differently and for overlapping times, say
 * some of it twice, and replace evidence: one feed says what came of it. */
Test(export, feed_of_several_feeds_says_what_came_of_them)
{
#define HEAD(id, version, issued)                                                                  \
    "<feed xmlns='urn:libcpsf:feed:1' id='urn:uuid:00000000-0000-4000-8000-00000000000" id         \
    "' version='" version "' issued='" issued "T00:00:00Z'>"
    static const char *const texts[] = {
        HEAD("1", "1",
             "2020-01-01") "<node key='lei:213800KUD8LAJWSQ9D15' kind='company' name='A'"
                           " until='2030-01-01T00:00:00Z'><alias key='" MAKER "'/></node>"
                           "<node key='" ROBOT "' kind='device' layers='2'/>"
                           "<edge relation='makes' from='lei:213800KUD8LAJWSQ9D15' to='" ROBOT "'/>"
                           "<evidence subject='" MAKER
                           "' layer='1' scheme='iso27001' id='1' since='2019-01-01T00:00:00Z'/>"
                           "</feed>",
        HEAD("1", "2",
             "2021-01-01") "<node key='lei:213800KUD8LAJWSQ9D15' kind='company' name='A'"
                           " until='2030-01-01T00:00:00Z'><alias key='" MAKER "'/></node>"
                           "<node key='" ROBOT "' kind='device' layers='2'/>"
                           "<edge relation='makes' from='lei:213800KUD8LAJWSQ9D15' to='" ROBOT "'/>"
                           "<evidence subject='" MAKER
                           "' layer='1' scheme='iso27001' id='1' since='2019-01-01T00:00:00Z'"
                           " status='revoked'/></feed>",
        HEAD("2", "1", "2022-01-01") "<node key='" MAKER "' kind='company' name='B' class='large'"
                                     " layers='1' since='2015-01-01T00:00:00Z'/>"
                                     "<node key='" ROBOT "' kind='device' layers='2'/></feed>",
        NULL,
    };
#undef HEAD
    g_autoptr(CpsfGraph) graph = read_feeds(texts);
    g_autoptr(CpsfSnapshot) snapshot = cpsf_graph_snapshot(graph, 20000 * CPSF_TIME_DAY, NULL);
    g_autofree char *text = test_exported(snapshot, CPSF_EXPORT_FEED);
    g_autoptr(CpsfGraph) again = read_feeds((const char *[]){text, NULL});
    g_autoptr(CpsfSnapshot) then = cpsf_graph_snapshot(again, 20000 * CPSF_TIME_DAY, NULL);
    g_autofree char *text_again = test_exported(then, CPSF_EXPORT_FEED);
    const int32_t v = cpsf_graph_find_node(again, MAKER);

    cr_expect(eq(i32, cpsf_graph_get_n_nodes(again), 2));
    cr_expect(eq(i64, cpsf_graph_get_n_edges(again), 1));
    cr_assert(ge(i32, v, 0));
    cr_expect(eq(i32, cpsf_graph_find_node(again, "lei:213800KUD8LAJWSQ9D15"), v));
    expect_text(cpsf_graph_get_name(again, v, NULL), "B"); /* issued last */
    for (int year = 2014; year < 2032; year++) {
        const CpsfTime at = (CpsfTime) (year - 1970) * 365 * CPSF_TIME_DAY;

        cr_expect(
            eq(int, cpsf_graph_node_holds(again, v, at), cpsf_graph_node_holds(graph, v, at)));
    }
    cr_expect(ne(ptr, strstr(text, "since=\"2019-01-01T00:00:00Z\" until=\"2021-01-01T00:00:00Z\""),
                 NULL));
    cr_expect(ne(ptr, strstr(text, "status=\"revoked\" since=\"2021-01-01T00:00:00Z\""), NULL));
    /* but for the first line, which names the digest, saying it again changes nothing */
    expect_text(strstr(text_again, "  <node"), strstr(text, "  <node"));
}

/* A node that only an edge named that was left out has no other line to stand on. */
Test(export, feed_keeps_nodes_that_nothing_else_names)
{
    Maker m = {.builder = cpsf_graph_builder_new()};

    m.strings = cpsf_graph_builder_get_strings(m.builder);
    add_node(&m, LOGS, CPSF_KIND_DATA, "Logs");
    add_edge(&m, CPSF_RELATION_ACTS_FOR, MAKER, LOGS); /* does not lead to data */
    add_edge(&m, CPSF_RELATION_SUPPLIES, ROBOT, ROBOT);

    g_autoptr(CpsfSnapshot) snapshot = finish(&m);
    CpsfGraph *graph = cpsf_snapshot_get_graph(snapshot);
    g_autofree char *text = test_exported(snapshot, CPSF_EXPORT_FEED);
    g_autoptr(CpsfGraph) again = read_feeds((const char *[]){text, NULL});

    cr_assert(eq(i64, cpsf_graph_get_n_edges(graph), 0));
    cr_expect(eq(i32, cpsf_graph_get_n_nodes(again), cpsf_graph_get_n_nodes(graph)));
    cr_expect(ge(i32, cpsf_graph_find_node(again, MAKER), 0));
}

/* Every format on a stream that is too small; a format that is none. */
Test(export, refuses)
{
    char room[64];
    g_autoptr(GOutputStream) stream = g_memory_output_stream_new(room, sizeof room, NULL, NULL);
    g_autoptr(CpsfSnapshot) snapshot = everything();
    g_autoptr(GError) error = NULL;

    for (int format = CPSF_EXPORT_GRAPHML; format <= CPSF_EXPORT_FEED; format++) {
        cr_assert(not(cpsf_snapshot_export(snapshot, (CpsfExport) format, NULL, stream, &error)));
        cr_expect(eq(int, g_error_matches(error, CPSF_ERROR, CPSF_ERROR_IO), 1));
        g_clear_error(&error);
    }
    cr_assert(not(cpsf_snapshot_export(snapshot, (CpsfExport) 5, NULL, stream, &error)));
    cr_expect(eq(int, g_error_matches(error, CPSF_ERROR, CPSF_ERROR_INVALID_VALUE), 1));
}

Test(export, survives_every_allocation_failure)
{
    g_autoptr(CpsfSnapshot) snapshot = everything();
    g_autofree char *expected = test_exported(snapshot, CPSF_EXPORT_FEED);

    for (int budget = 0; budget < 100; budget++) {
        g_autoptr(GOutputStream) stream = g_memory_output_stream_new_resizable();
        g_autoptr(GError) error = NULL;

        cpsf_mem_fail_after(budget);

        const gboolean ok = cpsf_snapshot_export(snapshot, CPSF_EXPORT_FEED, NULL, stream, &error);

        cpsf_mem_fail_after(-1);
        if (ok) {
            g_autofree char *text = test_take_text(stream);

            expect_text(text, expected);
            cr_assert(gt(int, budget, 1));
            return;
        }
        cr_assert(eq(int, g_error_matches(error, CPSF_ERROR, CPSF_ERROR_NO_MEMORY), 1));
    }
    cr_fatal("never succeeded");
}
