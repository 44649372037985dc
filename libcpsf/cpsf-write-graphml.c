/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * GraphML of a moment.  Nodes are called n0, n1, … as the schema wants a name token; their key is
 * data.  What is not known has no data element.  Here, too, is how any XML of ours is escaped.
 */

#include "config.h"

#include "cpsf-write-private.h"

#include <math.h>

/* ---- XML --------------------------------------------------------------------------------- */

static gboolean
is_plain(char c)
{
    const uint8_t u = (uint8_t) c;

    return u >= 0x20 && u < 0x7f && c != '"' && c != '<' && c != '>' && c != '&';
}

static void
put_reference(CpsfWriter *w, gunichar c)
{
    static const char hex[] = "0123456789ABCDEF";
    const char *name = c == '<' ? "&lt;" : c == '>' ? "&gt;" : c == '&' ? "&amp;" : NULL;

    if (name != NULL || c == '"') {
        cpsf_put(w, name != NULL ? name : "&quot;");
        return;
    }
    cpsf_put(w, "&#x");
    for (int shift = 12; shift >= 0; shift -= 4)
        if (c >> shift > 0 || shift == 0)
            cpsf_put_char(w, hex[c >> shift & 15]);
    cpsf_put_char(w, ';');
}

void
cpsf_put_xml(CpsfWriter *w, const char *text)
{
    for (const char *at = text;;) {
        const char *run = at;

        while (is_plain(*at))
            at++;
        cpsf_put_bytes(w, run, (size_t) (at - run));
        run = at;

        const gunichar c = cpsf_next_char(&at);
        const gboolean is_space = c == '\t' || c == '\n' || c == '\r';
        const gboolean has_no_place = (c < 0x20 && !is_space) || (c >= 0xfffd && c <= 0xffff);

        if (c == 0)
            return;
        if (has_no_place)
            cpsf_put(w, "\xef\xbf\xbd"); /* U+FFFD */
        else if (c < 0x80 || cpsf_char_is_control(c))
            put_reference(w, c);
        else
            cpsf_put_bytes(w, run, (size_t) (at - run));
    }
}

void
cpsf_put_xml_attribute(CpsfWriter *w, const char *name, const char *text)
{
    if (text == NULL || text[0] == '\0')
        return;
    cpsf_put_char(w, ' ');
    cpsf_put(w, name);
    cpsf_put(w, "=\"");
    cpsf_put_xml(w, text);
    cpsf_put_char(w, '"');
}

/* ---- GraphML ----------------------------------------------------------------------------- */

static const char header[] = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                             "<graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\""
                             " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\""
                             " xsi:schemaLocation=\"http://graphml.graphdrawing.org/xmlns"
                             " http://graphml.graphdrawing.org/xmlns/1.0/graphml.xsd\">\n";

/* clang-format off */
static const struct {
    const char *id;
    const char *domain;
    const char *name;
    const char *type;
} keys[] = {
    {"at",          "graph", "at",          "string"},
    {"key",         "node",  "key",         "string"},
    {"kind",        "node",  "kind",        "string"},
    {"name",        "node",  "name",        "string"},
    {"class",       "node",  "class",       "string"},
    {"layers",      "node",  "layers",      "string"},
    {"relation",    "edge",  "relation",    "string"},
    {"group",       "edge",  "group",       "string"},
    {"criticality", "edge",  "criticality", "double"},
    {"delay",       "edge",  "delay",       "string"},
    {"since",       "edge",  "since",       "string"},
    {"until",       "edge",  "until",       "string"},
};
/* clang-format on */

static void
begin_data(CpsfWriter *w, const char *key)
{
    cpsf_put(w, "<data key=\"");
    cpsf_put(w, key);
    cpsf_put(w, "\">");
}

static void
end_data(CpsfWriter *w)
{
    cpsf_put(w, "</data>");
}

static void
put_data(CpsfWriter *w, const char *key, const char *text)
{
    if (text == NULL || text[0] == '\0')
        return;
    begin_data(w, key);
    cpsf_put_xml(w, text);
    end_data(w);
}

static void
put_time_data(CpsfWriter *w, const char *key, CpsfTime time)
{
    if (!cpsf_time_has_text(time))
        return;
    begin_data(w, key);
    cpsf_put_time(w, time);
    end_data(w);
}

static void
put_node(CpsfWriter *w, const CpsfGraph *graph, int32_t v, const char *lang)
{
    cpsf_put(w, "<node id=\"n");
    cpsf_put_int64(w, v);
    cpsf_put(w, "\">");
    put_data(w, "key", cpsf_graph_get_key(graph, v));
    put_data(w, "kind", cpsf_word(CPSF_WORDS_KIND, graph->kind[v]));
    put_data(w, "name", cpsf_graph_get_name(graph, v, lang));
    put_data(w, "class", cpsf_strtab_get(graph->strings, graph->class_name[v]));
    begin_data(w, "layers");
    cpsf_put_layers(w, graph->layers[v], ' ');
    end_data(w);
    cpsf_put(w, "</node>\n");
}

static void
put_edge(CpsfWriter *w, const CpsfGraph *graph, const CpsfEdgeRow *edge)
{
    g_autofree char *delay = edge->delay < 0 ? NULL : cpsf_duration_format(edge->delay);

    cpsf_put(w, "<edge source=\"n");
    cpsf_put_int64(w, edge->from);
    cpsf_put(w, "\" target=\"n");
    cpsf_put_int64(w, edge->to);
    cpsf_put(w, "\">");
    put_data(w, "relation", cpsf_word(CPSF_WORDS_RELATION, edge->relation));
    put_data(w, "group", cpsf_strtab_get(graph->strings, edge->group));
    if (!isnan(edge->criticality)) {
        begin_data(w, "criticality");
        cpsf_put_double(w, edge->criticality);
        end_data(w);
    }
    put_data(w, "delay", delay);
    put_time_data(w, "since", edge->valid.since);
    put_time_data(w, "until", edge->valid.until);
    cpsf_put(w, "</edge>\n");
}

void
cpsf_write_snapshot_graphml(CpsfWriter *w, const CpsfSnapshot *snapshot, const char *lang)
{
    const CpsfGraph *graph = snapshot->graph;
    const CpsfEdgeRow *edge;

    cpsf_put(w, header);
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
        cpsf_put(w, "<key");
        cpsf_put_xml_attribute(w, "id", keys[i].id);
        cpsf_put_xml_attribute(w, "for", keys[i].domain);
        cpsf_put_xml_attribute(w, "attr.name", keys[i].name);
        cpsf_put_xml_attribute(w, "attr.type", keys[i].type);
        cpsf_put(w, "/>\n");
    }
    cpsf_put(w, "<graph edgedefault=\"directed\">\n");
    put_time_data(w, "at", snapshot->at);
    cpsf_put_char(w, '\n');
    for (int32_t v = 0; v < graph->n_nodes; v++)
        if (snapshot->holds[v])
            put_node(w, graph, v, lang);
    for (int64_t row = 0; (edge = cpsf_snapshot_next_edge(snapshot, &row)) != NULL;)
        put_edge(w, graph, edge);
    cpsf_put(w, "</graph>\n</graphml>\n");
}
