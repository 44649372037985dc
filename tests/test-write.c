/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Writers of tables: numbers against the C library, every escape, exact bytes of small tables, a
 * parser that is not ours (python3, where it is there), a refusing stream, locale. */

#include "config.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cpsf-write-private.h"
#include "writing.h"

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

Test(write, json_of_every_type)
{
    g_autoptr(CpsfTable) table = test_two_rows();
    g_autofree char *text = test_written(table, CPSF_FORMAT_JSON, NULL);

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
        cpsf_table_builder_finish(cpsf_table_builder_new(test_all_types, 0), NULL);
    g_autofree char *text = test_written(table, CPSF_FORMAT_JSON, NULL);

    expect_text(text, "{\"schema\":\"cpsf-table/1\",\n\"columns\":[],\n\"rows\":[]}\n");
}

/* An answer without a snapshot (import before anything was read), in the order of docs/formats.md. */
Test(write, json_of_an_answer)
{
    static const char *const options[] = {"all", "true", "seed", "7", NULL};
    g_autoptr(CpsfTable) table = test_one_cell("v");
    g_autofree char *text =
        test_written(table, CPSF_FORMAT_JSON, &(CpsfAnswer){"import", NULL, NULL, options, TRUE});

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
        g_autoptr(CpsfTable) table = test_one_cell(rows[i].text);
        g_autofree char *text = test_written(table, CPSF_FORMAT_JSON, NULL);
        g_autofree char *expected = g_strdup_printf("{\"text\":%s}", rows[i].json);

        cr_expect(ne(ptr, strstr(text, expected), NULL), "%s in %s", expected, text);
    }
}

Test(write, csv_of_every_type)
{
    g_autoptr(CpsfTable) table = test_two_rows();
    g_autofree char *csv = test_written(table, CPSF_FORMAT_CSV, NULL);
    g_autofree char *tsv = test_written(table, CPSF_FORMAT_TSV, NULL);

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
        g_autoptr(CpsfTable) table = test_one_cell(rows[i].text);
        g_autofree char *csv = test_written(table, CPSF_FORMAT_CSV, NULL);
        g_autofree char *tsv = test_written(table, CPSF_FORMAT_TSV, NULL);
        g_autofree char *expected_csv = g_strdup_printf("text\r\n%s\r\n", rows[i].csv);
        g_autofree char *expected_tsv = g_strdup_printf("text\n%s\n", rows[i].tsv);

        expect_text(csv, expected_csv);
        expect_text(tsv, expected_tsv);
    }
}

/* Every ASCII character and some others through writers of ours and readers of others. */
Test(write, survives_readers_of_others)
{
    CpsfTableBuilder *b = cpsf_table_builder_new(&test_all_types[2], 3);
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
    g_autofree char *json = test_written(table, CPSF_FORMAT_JSON, NULL);
    g_autofree char *csv = test_written(table, CPSF_FORMAT_CSV, NULL);
    g_autofree char *said_json = test_piped((const char *[]){"python3", "-c", check, NULL}, json);
    g_autofree char *said_csv = test_piped((const char *[]){"python3", "-c", check, NULL}, csv);

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
    g_autoptr(CpsfTable) table = test_two_rows();
    g_autoptr(GError) error = NULL;

    cr_assert(not(cpsf_table_write(table, CPSF_FORMAT_JSON, NULL, stream, &error)));
    cr_expect(eq(int, g_error_matches(error, CPSF_ERROR, CPSF_ERROR_IO), 1));
    cr_expect(gt(sz, strlen(error->message), 5));
    g_clear_error(&error);
    cr_assert(not(cpsf_table_write(table, (CpsfFormat) 9, NULL, stream, &error)));
    cr_expect(eq(int, g_error_matches(error, CPSF_ERROR, CPSF_ERROR_INVALID_VALUE), 1));
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
    g_autoptr(CpsfTable) table = test_two_rows();
    g_autofree char *before = test_written(table, CPSF_FORMAT_JSON, NULL);
    const char *found = find_comma_locale(folder);

    remove_folder(folder);
    if (found == NULL) {
        fprintf(stderr, "no locale with a decimal comma here\n");
        cr_skip("no locale with a decimal comma here");
    }

    g_autofree char *after = test_written(table, CPSF_FORMAT_JSON, NULL);
    char text[CPSF_DOUBLE_TEXT_MAX];

    g_snprintf(text, sizeof text, "%.1f", 0.5);
    expect_text(text, "0,5"); /* the locale is in force */
    expect_text(after, before);
    cpsf_double_write(1.5e-7, text);
    expect_text(text, "1.5e-07");
}
