/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Helpers of the tests of CycloneDX: see cyclonedx-test.h. */

#include "config.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "cpsf-model.h"
#include "cyclonedx-test.h"

CpsfGraph *
cdx_test_text(const char *text, GError **error)
{
    g_autofree char *path = NULL;
    const int fd = g_file_open_tmp("cpsf-cyclonedx-XXXXXX.xml", &path, NULL);
    const char *const paths[] = {path, NULL};

    if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t) strlen(text))
        cr_fatal("%s cannot be written", path);
    close(fd);

    CpsfGraph *graph = cpsf_graph_read(paths, NULL, NULL, error);

    g_unlink(path);
    return graph;
}

CpsfGraph *
cdx_test_bom(const char *version, const char *inside)
{
    g_autofree char *text = g_strdup_printf(
        "<bom xmlns='http://cyclonedx.org/schema/bom/%s' serialNumber='" SERIAL "'>\n%s</bom>",
        version, inside);
    g_autoptr(GError) error = NULL;
    CpsfGraph *graph = cdx_test_text(text, &error);

    if (graph == NULL)
        cr_fatal("%s", error->message);
    return graph;
}

int32_t
cdx_test_node(const CpsfGraph *graph, const char *key)
{
    g_autofree char *whole = *key == '#' ? g_strconcat("local:" SERIAL, key, NULL) : g_strdup(key);

    return cpsf_graph_find_node(graph, whole);
}

gboolean
cdx_test_has_edge(const CpsfGraph *graph, const char *from, const char *relation, const char *to)
{
    const int32_t a = cdx_test_node(graph, from);
    const int32_t b = cdx_test_node(graph, to);
    const int r = cpsf_word_find(CPSF_WORDS_RELATION, relation, -1);

    for (int64_t i = 0; i < graph->edges.n; i++) {
        const CpsfEdgeRow *row = &graph->edges.items[i];

        if ((int32_t) row->from == a && (int32_t) row->to == b && row->relation == r)
            return a >= 0 && b >= 0;
    }
    return FALSE;
}

const char *
cdx_test_property(const CpsfGraph *graph, const char *key, const char *name)
{
    for (int64_t i = 0; i < graph->properties.n; i++) {
        const CpsfPropertyRow *row = &graph->properties.items[i];

        if ((int32_t) row->node == cdx_test_node(graph, key) &&
            strcmp(cpsf_strtab_get(graph->strings, row->name), name) == 0)
            return cpsf_strtab_get(graph->strings, row->value);
    }
    return "";
}

const char *
cdx_test_completeness(const CpsfGraph *graph, const char *key, const char *of)
{
    for (int64_t i = 0; i < graph->completeness.n; i++) {
        const CpsfCompletenessRow *row = &graph->completeness.items[i];

        if ((int32_t) row->node == cdx_test_node(graph, key) &&
            strcmp(cpsf_strtab_get(graph->strings, row->of), of) == 0)
            return cpsf_strtab_get(graph->strings, row->state);
    }
    return "";
}

char *
cdx_test_incident(const CpsfGraph *graph, const char *key, const char *id)
{
    for (int64_t i = 0; i < graph->incidents.n; i++) {
        const CpsfIncidentRow *row = &graph->incidents.items[i];
        char since[CPSF_TIME_TEXT_MAX];
        char until[CPSF_TIME_TEXT_MAX];

        if ((int32_t) row->node != cdx_test_node(graph, key) ||
            strcmp(cpsf_strtab_get(graph->strings, row->id), id) != 0)
            continue;
        if (row->effect != CPSF_EFFECT_TAMPER)
            cr_fatal("%s has effect %d", id, row->effect);
        return g_strconcat(cpsf_time_write(row->valid.since, since), "/",
                           cpsf_time_write(row->valid.until, until), NULL);
    }
    return g_strdup("");
}

int
cdx_test_findings(CpsfGraph *graph, CpsfFindingCode code, uint32_t *line)
{
    CpsfFindings *all = cpsf_graph_get_findings(graph);
    int n = 0;

    *line = 0;
    for (size_t i = 0; i < cpsf_findings_get_n(all); i++) {
        if (cpsf_findings_get(all, i)->code != code)
            continue;
        if (n++ == 0)
            *line = cpsf_findings_get(all, i)->line;
    }
    return n;
}

int
cdx_test_count_errors(CpsfGraph *graph)
{
    CpsfFindings *all = cpsf_graph_get_findings(graph);

    return (int) cpsf_findings_count_errors(all);
}
