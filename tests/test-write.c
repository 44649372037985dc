/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Writers: numbers against the C library, every escape, exact bytes of small tables, the exports
 * held against parsers that are not ours (python3, xmllint, dot where they are there), refusing
 * streams, locale. */

#include "config.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/theories.h>
#include <locale.h>
#include <math.h>
#include <string.h>

#include <glib/gstdio.h>

#include "cpsf-mem-private.h"
#include "cpsf-read.h"
#include "cpsf-table-private.h"
#include "cpsf-write-private.h"

#define expect_text(found, expected)                                                               \
    cr_expect(eq(int, g_strcmp0((found), (expected)), 0), "found \"%s\", expected \"%s\"",         \
              (found), (expected))

/* What the stream got, NUL-terminated. */
static char *
take_text(GOutputStream *stream)
{
    g_output_stream_write_all(stream, "", 1, NULL, NULL, NULL);
    g_output_stream_close(stream, NULL, NULL);
    return g_memory_output_stream_steal_data(G_MEMORY_OUTPUT_STREAM(stream));
}

static char *
written(CpsfTable *table, CpsfFormat format, const CpsfAnswer *answer)
{
    g_autoptr(GOutputStream) stream = g_memory_output_stream_new_resizable();
    g_autoptr(GError) error = NULL;

    cr_assert(cpsf_table_write(table, format, answer, stream, &error));
    return take_text(stream);
}

static char *
exported(CpsfSnapshot *snapshot, CpsfExport format)
{
    g_autoptr(GOutputStream) stream = g_memory_output_stream_new_resizable();
    g_autoptr(GError) error = NULL;

    cr_assert(cpsf_snapshot_export(snapshot, format, NULL, stream, &error));
    return take_text(stream);
}

/* Runs a program of others on @input; its standard output, or NULL if it is not there. */
static char *
piped(const char *const *argv, const char *input)
{
    g_autofree char *program = g_find_program_in_path(argv[0]);
    g_autoptr(GError) error = NULL;
    char *output = NULL;

    if (program == NULL) {
        fprintf(stderr, "%s is not here: not held against it\n", argv[0]);
        return NULL;
    }

    g_autoptr(GSubprocess) process =
        g_subprocess_newv(argv,
                          G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE |
                              G_SUBPROCESS_FLAGS_STDERR_MERGE,
                          &error);

    cr_assert(ne(ptr, process, NULL));
    cr_assert(g_subprocess_communicate_utf8(process, input, NULL, &output, NULL, &error));
    cr_expect(eq(int, g_subprocess_get_exit_status(process), 0), "%s: %s", argv[0], output);
    return output;
}

/* ---- numbers ----------------------------------------------------------------------------- */

static int
count_digits(const char *text)
{
    int n = 0, zeros = 0;
    gboolean begun = FALSE;

    for (; *text != '\0' && *text != 'e'; text++) {
        if (!g_ascii_isdigit(*text))
            continue;
        begun |= *text != '0';
        n += begun;
        zeros = *text == '0' ? zeros + 1 : 0;
    }
    return n - zeros;
}

/* Reads back as the same bits, and no shorter text does: the oracle tries 1, 2, … digits. */
static void
expect_shortest(double value)
{
    char text[CPSF_DOUBLE_TEXT_MAX], other[40];
    int digits = 0;

    cpsf_double_write(value, text);
    cr_expect(eq(int, g_ascii_strtod(text, NULL) == value, 1), "%.17g as %s", value, text);
    do
        g_snprintf(other, sizeof other, "%.*e", digits++, value);
    while (g_ascii_strtod(other, NULL) != value);
    cr_expect(eq(int, count_digits(text), count_digits(other)), "%s for %s", text, other);
}

Test(numbers, are_the_shortest_that_read_back)
{
    static const double edges[] = {
        0.1,
        0.3,
        1.0 / 3.0,
        0.5,
        1.0,
        1e-4,
        9.999999999999999e-5,
        1e15,
        999999999999999.9,
        1e22,
        1e23,
        5e-324,
        2.2250738585072014e-308,
        1.7976931348623157e308,
        9007199254740993.0,
        0.1 + 0.2,
        123456.789,
        4.35,
        0.000123,
        1099511627775.5,
        2.3283064365386963e-10,
        0.99999999999999989,
        8.5,
        8.500000000000002,
        0.25000000000000006,
        0.24999999999999997,
    };
    g_autoptr(GRand) rand = g_rand_new_with_seed(1);

    for (size_t i = 0; i < G_N_ELEMENTS(edges); i++) {
        expect_shortest(edges[i]);
        expect_shortest(-edges[i]);
    }
    for (int i = 0; i < 20000; i++) {
        const uint64_t bits = (uint64_t) g_rand_int(rand) << 32 | g_rand_int(rand);
        double value;

        memcpy(&value, &bits, sizeof value);
        if (isfinite(value))
            expect_shortest(value);
        expect_shortest((double) (bits >> 32) / 4294967296.0 + 1e-10);
        expect_shortest(g_rand_double(rand) * pow(10, g_rand_int_range(rand, -4, 15)));
        expect_shortest(g_rand_int_range(rand, 0, 100000) / 1000.0 + 1);
        expect_shortest(ldexp(1.0, g_rand_int_range(rand, -14, 50)));
    }
}

Test(numbers, look_as_people_write_them)
{
    static const struct {
        double value;
        const char *text;
    } rows[] = {
        {0, "0"},        {-0.0, "-0.0"},     {1, "1"},          {-2.5, "-2.5"},
        {0.1, "0.1"},    {0.0001, "0.0001"}, {0.7, "0.7"},      {1200000, "1200000"},
        {1e15, "1e+15"}, {1e-5, "1e-05"},    {1e300, "1e+300"}, {123.25, "123.25"},
    };
    char text[CPSF_DOUBLE_TEXT_MAX];

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        cr_expect(eq(sz, cpsf_double_write(rows[i].value, text), strlen(rows[i].text)));
        expect_text(text, rows[i].text);
    }
}

/* ---- tables ------------------------------------------------------------------------------ */

/* clang-format off */
static const CpsfColumnSpec all_types[] = {
    {"n",    CPSF_COLUMN_INT64},
    {"x",    CPSF_COLUMN_DOUBLE},
    {"text", CPSF_COLUMN_UTF8},
    {"when", CPSF_COLUMN_TIMESTAMP},
    {"list", CPSF_COLUMN_UTF8_LIST},
};
/* clang-format on */

static CpsfTable *
two_rows(void)
{
    CpsfTableBuilder *b = cpsf_table_builder_new(all_types, 5);

    cpsf_table_put_int64(b, 0, INT64_MIN);
    cpsf_table_put_double(b, 1, 0.1);
    cpsf_table_put_utf8(b, 2, "say \"x, y\"\n");
    cpsf_table_put_time(b, 3, 1500000);
    cpsf_table_put_item(b, 4, "a");
    cpsf_table_put_item(b, 4, "b");
    cpsf_table_end_row(b);
    cpsf_table_put_double(b, 1, (double) INFINITY);
    cpsf_table_end_row(b);
    return cpsf_table_builder_finish(b, NULL);
}

static CpsfTable *
one_cell(const char *text)
{
    CpsfTableBuilder *b = cpsf_table_builder_new(&all_types[2], 1);

    cpsf_table_put_utf8(b, 0, text);
    cpsf_table_end_row(b);
    return cpsf_table_builder_finish(b, NULL);
}

Test(write, json_of_every_type)
{
    g_autoptr(CpsfTable) table = two_rows();
    g_autofree char *text = written(table, CPSF_FORMAT_JSON, NULL);

    expect_text(
        text,
        "{\"schema\":\"cpsf-table/1\",\n"
        "\"columns\":[{\"name\":\"n\",\"type\":\"int64\"},{\"name\":\"x\",\"type\":\"double\"},"
        "{\"name\":\"text\",\"type\":\"utf8\"},{\"name\":\"when\",\"type\":\"timestamp\"},"
        "{\"name\":\"list\",\"type\":\"list<utf8>\"}],\n"
        "\"rows\":[\n"
        "{\"n\":-9223372036854775808,\"x\":0.1,\"text\":\"say \\\"x, y\\\"\\n\","
        "\"when\":\"1970-01-01T00:00:01.5Z\",\"list\":[\"a\",\"b\"]},\n"
        "{\"n\":null,\"x\":null,\"text\":null,\"when\":null,\"list\":[]}\n"
        "]}\n");
}

Test(write, json_of_nothing)
{
    g_autoptr(CpsfTable) table =
        cpsf_table_builder_finish(cpsf_table_builder_new(all_types, 0), NULL);
    g_autofree char *text = written(table, CPSF_FORMAT_JSON, NULL);

    expect_text(text, "{\"schema\":\"cpsf-table/1\",\n\"columns\":[],\n\"rows\":[]}\n");
}

/* An answer without a snapshot (import before anything was read), in the order of the contract. */
Test(write, json_of_an_answer)
{
    static const char *const options[] = {"all", "true", "seed", "7", NULL};
    g_autoptr(CpsfTable) table = one_cell("v");
    g_autofree char *text =
        written(table, CPSF_FORMAT_JSON, &(CpsfAnswer){"import", NULL, NULL, options, TRUE});

    expect_text(text,
                "{\"schema\":\"cpsf-table/1\",\"command\":\"import\",\"at\":null,\"known_at\":null,"
                "\"policy\":null,\n\"graph\":null,\n\"options\":{\"all\":true,\"seed\":7},\n"
                "\"columns\":[{\"name\":\"text\",\"type\":\"utf8\"}],\n"
                "\"rows\":[\n{\"text\":\"v\"}\n],\n\"findings\":[]}\n");
}

Test(write, json_escapes)
{
    static const struct {
        const char *text;
        const char *json;
    } rows[] = {
        {"", "\"\""},
        {"plain é 山 😀", "\"plain é 山 😀\""},
        {"\"\\/", "\"\\\"\\\\/\""},
        {"\b\f\n\r\t\001\037", "\"\\u0008\\u000c\\n\\u000d\\t\\u0001\\u001f\""},
        {"</script>&", "\"\\u003c/script\\u003e\\u0026\""},
        {"\177\xc2\x9b"
         "31m",
         "\"\\u007f\\u009b31m\""},
        {"\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xae", "\"\\u2028\\u2029\\u202e\""},
        {"\xef\xbb\xbf\xef\xbf\xbd", "\"\xef\xbb\xbf\xef\xbf\xbd\""},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(CpsfTable) table = one_cell(rows[i].text);
        g_autofree char *text = written(table, CPSF_FORMAT_JSON, NULL);
        g_autofree char *expected = g_strdup_printf("{\"text\":%s}", rows[i].json);

        cr_expect(ne(ptr, strstr(text, expected), NULL), "%s in %s", expected, text);
    }
}

Test(write, csv_of_every_type)
{
    g_autoptr(CpsfTable) table = two_rows();
    g_autofree char *csv = written(table, CPSF_FORMAT_CSV, NULL);
    g_autofree char *tsv = written(table, CPSF_FORMAT_TSV, NULL);

    expect_text(csv,
                "n,x,text,when,list\r\n"
                "-9223372036854775808,0.1,\"say \"\"x, y\"\"\n\",1970-01-01T00:00:01.5Z,a b\r\n"
                ",,,,\r\n");
    expect_text(tsv, "n\tx\ttext\twhen\tlist\n"
                     "-9223372036854775808\t0.1\tsay \"x, y\"\\n\t1970-01-01T00:00:01.5Z\ta b\n"
                     "\t\t\t\t\n");
}

Test(write, csv_and_tsv_escape)
{
    static const struct {
        const char *text;
        const char *csv;
        const char *tsv;
    } rows[] = {
        {"", "\"\"", ""}, /* the only cell: no empty line */
        {"a b", "a b", "a b"},
        {"a,b", "\"a,b\"", "a,b"},
        {"a\"b", "\"a\"\"b\"", "a\"b"},
        {"a\r\nb", "\"a\r\nb\"", "a\\r\\nb"},
        {"a\tb\\", "a\tb\\", "a\\tb\\\\"},
        {"=1+1", "'=1+1", "'=1+1"},
        {"+1", "'+1", "'+1"},
        {"-1", "'-1", "'-1"},
        {"@SUM(A1)", "'@SUM(A1)", "'@SUM(A1)"},
        {"\t=1", "'\t=1", "'\\t=1"},
        {"\r=1", "\"'\r=1\"", "'\\r=1"},
        {"=HYPERLINK(\"x\",\"y\")", "\"'=HYPERLINK(\"\"x\"\",\"\"y\"\")\"",
         "'=HYPERLINK(\"x\",\"y\")"},
        {"a=1", "a=1", "a=1"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(CpsfTable) table = one_cell(rows[i].text);
        g_autofree char *csv = written(table, CPSF_FORMAT_CSV, NULL);
        g_autofree char *tsv = written(table, CPSF_FORMAT_TSV, NULL);
        g_autofree char *expected_csv = g_strdup_printf("text\r\n%s\r\n", rows[i].csv);
        g_autofree char *expected_tsv = g_strdup_printf("text\n%s\n", rows[i].tsv);

        expect_text(csv, expected_csv);
        expect_text(tsv, expected_tsv);
    }
}

/* Every ASCII character and some others through writers of ours and readers of others. */
Test(write, survives_readers_of_others)
{
    CpsfTableBuilder *b = cpsf_table_builder_new(&all_types[2], 3);
    static const char check[] =
        "import csv, io, json, sys\n"
        "def cell(c): return chr(c) if c else 'end'\n"
        "codes = [c for c in range(1, 0x2070) if not 0xd800 <= c < 0xe000] + [0]\n"
        "text = sys.stdin.buffer.read().decode()\n"
        "if text.startswith('{'):\n"
        "    rows = json.loads(text)['rows']\n"
        "    assert [r['text'] for r in rows] == [cell(c) for c in codes]\n"
        "    assert rows[0]['list'] == ['\\x01', 'x']\n"
        "else:\n"
        "    rows = list(csv.reader(io.StringIO(text, newline='')))[1:]\n"
        "    guard = lambda t: \"'\" + t if t[0] in '=+-@\\t\\r' else t\n"
        "    assert [r[0] for r in rows] == [guard(cell(c)) for c in codes]\n"
        "print('as written', len(rows))\n";

    for (gunichar c = 1; c < 0x2070; c++) {
        char text[8] = {0};

        g_unichar_to_utf8(c, text);
        cpsf_table_put_utf8(b, 0, text);
        cpsf_table_put_item(b, 2, text);
        cpsf_table_put_item(b, 2, "x");
        cpsf_table_end_row(b);
    }
    cpsf_table_put_utf8(b, 0, "end");
    cpsf_table_end_row(b);

    g_autoptr(CpsfTable) table = cpsf_table_builder_finish(b, NULL);
    g_autofree char *json = written(table, CPSF_FORMAT_JSON, NULL);
    g_autofree char *csv = written(table, CPSF_FORMAT_CSV, NULL);
    g_autofree char *said_json = piped((const char *[]){"python3", "-c", check, NULL}, json);
    g_autofree char *said_csv = piped((const char *[]){"python3", "-c", check, NULL}, csv);

    for (const char *at = json; *at != '\0'; at++)
        cr_assert(ne(int, (uint8_t) *at < 0x20 && *at != '\n', 1), "control character in JSON");
    if (said_json != NULL)
        expect_text(said_json, "as written 8304\n");
    if (said_csv != NULL)
        expect_text(said_csv, "as written 8304\n");
}

Test(write, reports_a_stream_that_refuses)
{
    char room[64];
    g_autoptr(GOutputStream) stream = g_memory_output_stream_new(room, sizeof room, NULL, NULL);
    g_autoptr(CpsfTable) table = two_rows();
    g_autoptr(GError) error = NULL;

    cr_assert(not(cpsf_table_write(table, CPSF_FORMAT_JSON, NULL, stream, &error)));
    cr_expect(eq(int, g_error_matches(error, CPSF_ERROR, CPSF_ERROR_IO), 1));
    cr_expect(gt(sz, strlen(error->message), 5));
    g_clear_error(&error);
    cr_assert(not(cpsf_table_write(table, (CpsfFormat) 9, NULL, stream, &error)));
    cr_expect(eq(int, g_error_matches(error, CPSF_ERROR, CPSF_ERROR_INVALID_VALUE), 1));
}

/* ---- graphs ------------------------------------------------------------------------------ */

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
    g_autoptr(CpsfTable) table = one_cell("v");
    g_autofree char *digest = cpsf_graph_get_digest(cpsf_snapshot_get_graph(snapshot));
    g_autofree char *graph =
        g_strdup_printf("\"at\":\"2024-10-04T00:00:00Z\",\"known_at\":null,\"policy\":null,\n"
                        "\"graph\":{\"nodes\":5,\"edges\":6,\"digest\":\"%s\"},\n\"options\":{},\n",
                        digest);
    g_autofree char *with =
        written(table, CPSF_FORMAT_JSON, &(CpsfAnswer){"check", snapshot, NULL, NULL, TRUE});
    g_autofree char *without =
        written(table, CPSF_FORMAT_JSON, &(CpsfAnswer){"check", snapshot, NULL, NULL, FALSE});

    cr_expect(ne(ptr, strstr(with, graph), NULL), "%s in %s", graph, with);
    cr_expect(ne(ptr, strstr(with, "\"severity\":\"warning\",\"code\":\"unknown-kind\""), NULL),
              "%s", with);
    cr_expect(eq(ptr, strstr(without, "findings"), NULL));
}

/* The edges that hold, with `vouches`, as a person would list them. */
Test(export, csv_lists_the_edges_that_hold)
{
    g_autoptr(CpsfSnapshot) snapshot = everything();
    g_autofree char *text = exported(snapshot, CPSF_EXPORT_CSV);

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
    g_autofree char *text = exported(snapshot, CPSF_EXPORT_GRAPHML);
    g_autofree char *lint = piped((const char *[]){"xmllint", "--noout", "-", NULL}, text);
    g_autofree char *said = piped((const char *[]){"python3", "-c", read_graphml, NULL}, text);

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
    g_autofree char *text = exported(snapshot, CPSF_EXPORT_DOT);
    g_autofree char *plain = piped((const char *[]){"dot", "-Tplain", NULL}, text);
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
    g_autofree char *text = exported(snapshot, CPSF_EXPORT_JSON);
    g_autofree char *said = piped((const char *[]){"python3", "-c", read_json, NULL}, text);

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
    g_autofree char *text = exported(snapshot, CPSF_EXPORT_FEED);
    g_autofree char *again_text = NULL;
    g_autoptr(CpsfGraph) again = read_feeds((const char *[]){text, NULL});
    g_autoptr(CpsfSnapshot) then = cpsf_graph_snapshot(again, cpsf_snapshot_get_at(snapshot), NULL);
    g_autofree char *digest = cpsf_graph_get_digest(cpsf_snapshot_get_graph(snapshot));
    g_autofree char *digest_again = cpsf_graph_get_digest(again);

    again_text = exported(then, CPSF_EXPORT_FEED);
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
    g_autofree char *text = exported(snapshot, CPSF_EXPORT_FEED);
    g_autoptr(CpsfGraph) again = read_feeds((const char *[]){text, NULL});
    g_autoptr(CpsfSnapshot) then = cpsf_graph_snapshot(again, 20000 * CPSF_TIME_DAY, NULL);
    g_autofree char *text_again = exported(then, CPSF_EXPORT_FEED);
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
    g_autofree char *expected = exported(snapshot, CPSF_EXPORT_FEED);

    for (int budget = 0; budget < 100; budget++) {
        g_autoptr(GOutputStream) stream = g_memory_output_stream_new_resizable();
        g_autoptr(GError) error = NULL;

        cpsf_mem_fail_after(budget);

        const gboolean ok = cpsf_snapshot_export(snapshot, CPSF_EXPORT_FEED, NULL, stream, &error);

        cpsf_mem_fail_after(-1);
        if (ok) {
            g_autofree char *text = take_text(stream);

            expect_text(text, expected);
            cr_assert(gt(int, budget, 1));
            return;
        }
        cr_assert(eq(int, g_error_matches(error, CPSF_ERROR, CPSF_ERROR_NO_MEMORY), 1));
    }
    cr_fatal("never succeeded");
}

/* A locale with a decimal comma: one that is installed, or made for the occasion. */
static const char *
find_comma_locale(const char *folder)
{
    static const char *const locales[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "de_DE"};
    g_autofree char *made = g_build_filename(folder, "de_DE.UTF-8", NULL);
    g_autofree char *localedef = g_find_program_in_path("localedef");
    const char *const argv[] = {localedef, "-i", "de_DE", "-f", "UTF-8", made, NULL};
    const char *found = NULL;

    for (size_t i = 0; found == NULL && i < G_N_ELEMENTS(locales); i++)
        found = setlocale(LC_ALL, locales[i]);
    if (found != NULL || localedef == NULL)
        return found;
    g_spawn_sync(NULL, (char **) argv, NULL,
                 G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, NULL, NULL,
                 NULL, NULL);
    g_setenv("LOCPATH", folder, TRUE);
    return setlocale(LC_ALL, "de_DE.UTF-8");
}

static void
remove_folder(const char *folder)
{
    g_autoptr(GSubprocess) rm =
        g_subprocess_new(G_SUBPROCESS_FLAGS_NONE, NULL, "rm", "-r", "--", folder, NULL);

    g_subprocess_wait(rm, NULL, NULL);
}

/* A comma for the point must reach no output. */
Test(write, does_not_depend_on_the_locale)
{
    g_autofree char *folder = g_dir_make_tmp("cpsf-test-XXXXXX", NULL);
    g_autoptr(CpsfTable) table = two_rows();
    g_autofree char *before = written(table, CPSF_FORMAT_JSON, NULL);
    const char *found = find_comma_locale(folder);

    remove_folder(folder);
    if (found == NULL) {
        fprintf(stderr, "no locale with a decimal comma here\n");
        cr_skip("no locale with a decimal comma here");
    }

    g_autofree char *after = written(table, CPSF_FORMAT_JSON, NULL);
    char text[CPSF_DOUBLE_TEXT_MAX];

    g_snprintf(text, sizeof text, "%.1f", 0.5);
    expect_text(text, "0,5"); /* the locale is in force */
    expect_text(after, before);
    cpsf_double_write(1.5e-7, text);
    expect_text(text, "1.5e-07");
}
