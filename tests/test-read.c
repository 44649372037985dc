/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Paths into a graph: files, folders, standard input, what is rejected and why, the report. */

#include "config.h"

#include "cpsf-graph-private.h"
#include "cpsf-mem-private.h"
#include "cpsf-read.h"

#include <criterion/criterion.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define FEED(id, body)                                                                             \
    "<feed xmlns='urn:libcpsf:feed:1' id='" id "' version='1' issued='2026-01-01T00:00:00Z'>" body \
    "</feed>"
#define GOOD                                                                                       \
    FEED("urn:ex:good", "<node key='urn:ex:a' kind='company'/><node key='urn:ex:b' kind='item'/>"  \
                        "<edge relation='makes' from='urn:ex:a' to='urn:ex:b'/>"                   \
                        "<evidence subject='urn:ex:a' layer='1' scheme='iso27001'/>")

/* A folder that goes with the test. */
typedef struct {
    char *path;
} Folder;

static void
remove_all(const char *path)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    const char *name;

    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *below = g_build_filename(path, name, NULL);

        if (g_file_test(below, G_FILE_TEST_IS_DIR) && !g_file_test(below, G_FILE_TEST_IS_SYMLINK))
            remove_all(below);
        else
            g_unlink(below);
    }
    g_rmdir(path);
}

static void
folder_clear(Folder *f)
{
    remove_all(f->path);
    g_free(f->path);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Folder, folder_clear)

static Folder
folder_new(void)
{
    return (Folder){g_dir_make_tmp("cpsf-test-read-XXXXXX", NULL)};
}

static char *
put(const Folder *f, const char *name, const char *text)
{
    char *path = g_build_filename(f->path, name, NULL);
    g_autofree char *above = g_path_get_dirname(path);

    cr_assert_eq(g_mkdir_with_parents(above, 0700), 0);
    cr_assert(g_file_set_contents(path, text, -1, NULL));
    return path;
}

typedef struct {
    CpsfGraph *graph;
    CpsfTable *report;
    GError *error;
} Outcome;

static void
outcome_clear(Outcome *o)
{
    g_clear_pointer(&o->graph, cpsf_graph_unref);
    g_clear_pointer(&o->report, cpsf_table_unref);
    g_clear_error(&o->error);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Outcome, outcome_clear)

static Outcome
read_paths(const char *a, const char *b, const CpsfReadOptions *options)
{
    const char *const paths[] = {a, b, NULL};
    Outcome o = {0};

    o.graph = cpsf_graph_read(paths, options, &o.report, &o.error);
    cr_assert_eq(o.graph == NULL, o.error != NULL);
    return o;
}

static const char *
cell(const Outcome *o, const char *column, int64_t row)
{
    return cpsf_table_get_utf8(o->report, cpsf_table_find_column(o->report, column), row);
}

static int64_t
number(const Outcome *o, const char *column, int64_t row)
{
    return cpsf_table_get_int64(o->report, cpsf_table_find_column(o->report, column), row);
}

Test(graph_read, one_file_and_its_row)
{
    static const char *const names[] = {"feed",  "id",      "version",  "state",
                                        "nodes", "edges",   "evidence", "items_left_out",
                                        "code",  "message", "line",     "column"};
    g_auto(Folder) f = folder_new();
    g_autofree char *path = put(&f, "a.xml", GOOD);
    g_auto(Outcome) o = read_paths(path, NULL, NULL);

    cr_assert_not_null(o.graph);
    cr_assert_eq(cpsf_table_get_n_columns(o.report), (int) G_N_ELEMENTS(names));
    for (int i = 0; i < (int) G_N_ELEMENTS(names); i++)
        cr_expect_str_eq(cpsf_table_get_column_name(o.report, i), names[i]);
    cr_assert_eq(cpsf_table_get_n_rows(o.report), 1);
    cr_expect_str_eq(cell(&o, "feed", 0), path);
    cr_expect_str_eq(cell(&o, "id", 0), "urn:ex:good");
    cr_expect_str_eq(cell(&o, "state", 0), "imported");
    cr_expect_eq(number(&o, "version", 0), 1);
    cr_expect_eq(number(&o, "nodes", 0), 2);
    cr_expect_eq(number(&o, "edges", 0), 1);
    cr_expect_eq(number(&o, "evidence", 0), 1);
    cr_expect_eq(number(&o, "items_left_out", 0), 0);
    cr_expect(cpsf_table_is_null(o.report, cpsf_table_find_column(o.report, "code"), 0));
    cr_expect(cpsf_table_is_null(o.report, cpsf_table_find_column(o.report, "line"), 0));
    cr_expect_eq(cpsf_graph_get_n_nodes(o.graph), 2);
    cr_expect_eq(cpsf_graph_get_n_edges(o.graph), 1);
}

Test(graph_read, what_is_rejected_says_why)
{
    static const struct {
        const char *text;
        const char *code;
        int line;
        int column;
    } rows[] = {
        {"<feed xmlns='urn:libcpsf:feed:1'>\n<node></feed>", "malformed", 2, 0},
        {"<!DOCTYPE feed>" GOOD, "doctype", 1, 1},
        {"<?xml version='1.0' encoding='UTF-7'?>" GOOD, "encoding", 1, 1},
        {"<feed xmlns='urn:libcpsf:feed:1'>\n", "truncated", 2, 1},
        {"<feed xmlns='urn:libcpsf:feed:9'/>", "unsupported", 1, 1},
        {"<bom xmlns='http://cyclonedx.org/schema/bom/1.9'/>", "unsupported", 1, 1},
        {"\n <what/>", "unsupported", 2, 2},
        {"", "truncated", 1, 1},
        {"<feed xmlns='urn:libcpsf:feed:1' issued='9998-01-01T00:00:00Z'/>", "future", 0, 0},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_auto(Folder) f = folder_new();
        g_autofree char *path = put(&f, "a.xml", rows[i].text);
        g_auto(Outcome) o = read_paths(path, NULL, NULL);

        cr_assert_not_null(o.graph);
        cr_assert_eq(cpsf_table_get_n_rows(o.report), 1);
        cr_expect_str_eq(cell(&o, "state", 0), "rejected");
        cr_expect_str_eq(cell(&o, "code", 0), rows[i].code, "%s", rows[i].text);
        cr_expect_gt(strlen(cell(&o, "message", 0)), 5);
        if (rows[i].line > 0)
            cr_expect_eq(number(&o, "line", 0), rows[i].line, "%s", rows[i].text);
        if (rows[i].column > 0)
            cr_expect_eq(number(&o, "column", 0), rows[i].column, "%s", rows[i].text);
        cr_expect_eq(cpsf_graph_get_n_nodes(o.graph), 0);
        cr_expect_eq(cpsf_findings_get_n(cpsf_graph_get_findings(o.graph)), 0);
    }
}

Test(graph_read, a_bad_feed_leaves_the_good_ones)
{
    g_auto(Folder) f = folder_new();
    g_autofree char *good = put(&f, "b/good.xml", GOOD);
    g_autofree char *bad = put(&f, "a.xml",
                               "<feed xmlns='urn:libcpsf:feed:1'>"
                               "<node key='urn:ex:z' kind='item'/>");
    g_auto(Outcome) o = read_paths(f.path, NULL, NULL);

    cr_assert_eq(cpsf_table_get_n_rows(o.report), 2);
    cr_expect_str_eq(cell(&o, "feed", 0), bad);
    cr_expect_str_eq(cell(&o, "state", 0), "rejected");
    cr_expect_str_eq(cell(&o, "feed", 1), good);
    cr_expect_str_eq(cell(&o, "state", 1), "imported");
    cr_expect_eq(cpsf_graph_get_n_nodes(o.graph), 2);
    cr_expect_eq(cpsf_graph_find_node(o.graph, "urn:ex:z"), CPSF_NODE_NONE);
}

Test(graph_read, folders_hold_other_files_too)
{
    g_auto(Folder) f = folder_new();
    g_autofree char *good = put(&f, "a.xml", GOOD);
    g_autofree char *text = put(&f, "readme.txt", "no feed");
    g_autofree char *policy = put(&f, "policy.xml", "<policy xmlns='urn:libcpsf:policy:1'/>");
    g_autofree char *schema =
        put(&f, "s.xml", "<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema'/>");
    g_autofree char *link = g_build_filename(f.path, "z.xml", NULL);
    g_autofree char *circle = g_build_filename(f.path, "circle", NULL);

    cr_assert_eq(symlink(good, link), 0);
    cr_assert_eq(symlink(f.path, circle), 0);

    g_auto(Outcome) o = read_paths(f.path, NULL, NULL);

    cr_assert_eq(cpsf_table_get_n_rows(o.report), 1);
    cr_expect_str_eq(cell(&o, "feed", 0), good);

    g_auto(Outcome) named = read_paths(policy, NULL, NULL);

    cr_assert_eq(cpsf_table_get_n_rows(named.report), 1);
    cr_expect_str_eq(cell(&named, "code", 0), "unsupported");
}

Test(graph_read, what_is_not_there_is_unreadable)
{
    g_auto(Folder) f = folder_new();
    g_autofree char *good = put(&f, "a.xml", GOOD);
    g_auto(Outcome) o = read_paths("/nonexistent/feed.xml", good, NULL);

    cr_assert_eq(cpsf_table_get_n_rows(o.report), 2);
    cr_expect_str_eq(cell(&o, "feed", 0), "/nonexistent/feed.xml");
    cr_expect_str_eq(cell(&o, "code", 0), "unreadable");
    cr_expect_str_eq(cell(&o, "message", 0), "there is no such file or folder");
    cr_expect(cpsf_table_is_null(o.report, cpsf_table_find_column(o.report, "line"), 0));
    cr_expect_str_eq(cell(&o, "state", 1), "imported");
}

Test(graph_read, standard_input)
{
    int ends[2];
    const int saved = dup(STDIN_FILENO);

    cr_assert_eq(pipe(ends), 0);
    cr_assert_eq(write(ends[1], GOOD, strlen(GOOD)), (ssize_t) strlen(GOOD));
    close(ends[1]);
    dup2(ends[0], STDIN_FILENO);

    g_auto(Outcome) o = read_paths("-", NULL, NULL);

    dup2(saved, STDIN_FILENO);
    close(saved);
    close(ends[0]);
    cr_expect_str_eq(cell(&o, "feed", 0), "-");
    cr_expect_str_eq(cell(&o, "state", 0), "imported");
}

Test(graph_read, order_of_paths_changes_nothing)
{
    g_auto(Folder) f = folder_new();
    g_autofree char *a = put(&f, "a.xml", GOOD);
    g_autofree char *b = put(&f, "b.xml",
                             FEED("urn:ex:other", "<node key='urn:ex:a' kind='item'/>"
                                                  "<thing/>"));
    g_auto(Outcome) x = read_paths(a, b, NULL);
    g_auto(Outcome) y = read_paths(b, a, NULL);
    g_autofree char *first = cpsf_graph_get_digest(x.graph);
    g_autofree char *second = cpsf_graph_get_digest(y.graph);

    cr_expect_str_eq(first, second);
    cr_expect_eq(cpsf_table_get_n_rows(y.report), 2);
    cr_expect_str_eq(cell(&y, "feed", 0), a);
    cr_expect_eq(number(&y, "items_left_out", 1), 1);
    cr_expect_eq(cpsf_findings_get_n(cpsf_graph_get_findings(x.graph)),
                 cpsf_findings_get_n(cpsf_graph_get_findings(y.graph)));
}

Test(graph_read, the_same_twice_is_unchanged)
{
    g_auto(Folder) f = folder_new();
    g_autofree char *a = put(&f, "a.xml", GOOD);
    g_autofree char *b = put(&f, "b.xml", GOOD);
    g_auto(Outcome) o = read_paths(b, a, NULL);
    const gboolean is_first = strcmp(cell(&o, "state", 0), "imported") == 0;

    cr_expect_str_eq(cell(&o, "state", is_first ? 1 : 0), "unchanged");
    cr_expect_eq(cpsf_graph_get_n_nodes(o.graph), 2);
}

Test(graph_read, strict_rejects_for_one_error)
{
    const CpsfReadOptions strict = {.strict = TRUE};
    g_auto(Folder) f = folder_new();
    g_autofree char *a = put(&f, "a.xml",
                             FEED("urn:ex:f", "<node key='urn:ex:a' kind='item'/>\n"
                                              "  <thing/>"));
    g_auto(Outcome) lenient = read_paths(a, NULL, NULL);
    g_auto(Outcome) o = read_paths(a, NULL, &strict);

    cr_expect_str_eq(cell(&lenient, "state", 0), "imported");
    cr_expect_eq(number(&lenient, "items_left_out", 0), 1);
    cr_expect_str_eq(cell(&o, "state", 0), "rejected");
    cr_expect_str_eq(cell(&o, "code", 0), "unknown-element");
    cr_expect_eq(number(&o, "line", 0), 2);
    cr_expect_eq(number(&o, "column", 0), 3);
}

Test(graph_read, strict_with_our_own_schema)
{
    const CpsfReadOptions strict = {.strict = TRUE, .schemas = TOP_SRCDIR "/datasets/schemas"};
    g_auto(Folder) f = folder_new();
    g_autofree char *a = put(&f, "a.xml", GOOD);
    g_autofree char *b = put(&f, "b.xml",
                             FEED("urn:ex:f", "\n<node key='urn:ex:a' kind='item'>"
                                              "text</node>"));
    g_auto(Outcome) o = read_paths(a, b, &strict);

    cr_expect_str_eq(cell(&o, "state", 0), "imported", "%s", cell(&o, "message", 0));
    cr_expect_str_eq(cell(&o, "code", 1), "schema");
    cr_expect_eq(number(&o, "line", 1), 2);
}

Test(graph_read, options_that_cannot_be)
{
    const CpsfReadOptions loose = {.schemas = "/tmp"};
    const CpsfReadOptions nowhere = {.strict = TRUE, .schemas = "/nonexistent/schemas"};
    g_auto(Outcome) a = read_paths("x", NULL, &loose);
    g_auto(Outcome) b = read_paths("x", NULL, &nowhere);

    cr_assert_null(a.graph);
    cr_expect(g_error_matches(a.error, CPSF_ERROR, CPSF_ERROR_INVALID_VALUE));
    cr_assert_null(b.graph);
    cr_expect(g_error_matches(b.error, CPSF_ERROR, CPSF_ERROR_INVALID_VALUE));
}

Test(graph_read, limits_reject_the_feed_only)
{
    const CpsfReadOptions small = {.limits = {.max_elements = 4}};
    g_auto(Folder) f = folder_new();
    g_autofree char *a = put(&f, "a.xml", GOOD);
    g_autofree char *b = put(&f, "b.xml", FEED("urn:ex:f", "<node key='urn:ex:b' kind='item'/>"));
    g_auto(Outcome) o = read_paths(a, b, &small);

    cr_expect_str_eq(cell(&o, "code", 0), "limit-elements");
    cr_expect_str_eq(cell(&o, "state", 1), "imported");
}

static void
note_progress(uint64_t done, uint64_t total, const char *what, void *data)
{
    uint64_t *last = data;

    cr_expect_geq(done, *last);
    cr_expect_leq(done, total);
    cr_expect(g_str_has_suffix(what, ".xml"));
    *last = done;
}

Test(graph_read, progress_and_cancelling)
{
    g_autoptr(GCancellable) cancellable = g_cancellable_new();
    g_auto(Folder) f = folder_new();
    g_autofree char *a = put(&f, "a.xml", GOOD);
    g_autofree char *b = put(&f, "b.xml", FEED("urn:ex:f", ""));
    uint64_t last = 0;
    const CpsfReadOptions watched = {.progress = note_progress, .progress_data = &last};
    const CpsfReadOptions stopped = {.cancellable = cancellable};
    g_auto(Outcome) o = read_paths(f.path, NULL, &watched);

    cr_expect_eq(last, strlen(GOOD) + strlen(FEED("urn:ex:f", "")));
    cr_expect_not_null(o.graph);
    g_cancellable_cancel(cancellable);

    g_auto(Outcome) c = read_paths(f.path, NULL, &stopped);

    cr_assert_null(c.graph);
    cr_expect(g_error_matches(c.error, CPSF_ERROR, CPSF_ERROR_CANCELLED));
}

Test(graph_read, every_allocation)
{
    g_auto(Folder) f = folder_new();
    g_autofree char *a = put(&f, "a.xml", GOOD);
    int n = 0;

    for (; n < 2000; n++) {
        cpsf_mem_fail_after(n);

        g_auto(Outcome) o = read_paths(a, NULL, NULL);

        cpsf_mem_fail_after(-1);
        if (o.graph != NULL)
            break;
        cr_assert(g_error_matches(o.error, CPSF_ERROR, CPSF_ERROR_NO_MEMORY));
    }
    cr_assert_gt(n, 10);
    cr_assert_lt(n, 2000);
}

Test(feed_validate, one_document)
{
    g_auto(Folder) f = folder_new();
    g_autofree char *a = put(&f, "a.xml", FEED("urn:ex:f", "<thing/>"));
    g_autoptr(CpsfFindings) findings = NULL;
    g_autoptr(CpsfTable) report = NULL;
    g_autoptr(GError) error = NULL;

    cr_assert(cpsf_feed_validate(a, NULL, &findings, &report, &error));
    cr_assert_eq(cpsf_findings_get_n(findings), 1);
    cr_expect_eq(cpsf_findings_get(findings, 0)->code, CPSF_FINDING_UNKNOWN_ELEMENT);
    cr_expect_str_eq(cpsf_findings_get(findings, 0)->file, a);
    cr_expect_eq(cpsf_table_get_n_rows(report), 1);
}

Test(feed_validate, a_folder_is_no_document)
{
    g_auto(Folder) f = folder_new();
    g_autoptr(CpsfFindings) findings = NULL;
    g_autoptr(CpsfTable) report = NULL;

    cr_assert(cpsf_feed_validate(f.path, NULL, &findings, &report, NULL));
    cr_expect_str_eq(cpsf_table_get_utf8(report, cpsf_table_find_column(report, "code"), 0),
                     "unreadable");
}
