/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Graphviz DOT of a moment: one box a layer, shapes by kind, what is known only by reference in
 * dashes.  Edges run from what is relied on to what relies on it, left to right; alternatives of a
 * group are dashed and carry the group's name.  A node that is in several layers stands in the first
 * and says so.
 */

#include "config.h"

#include "cpsf-write-private.h"

#include <string.h>

/* Characters of a line in a box.  Long keys differ at both ends. */
enum { NAME_CHARS = 40, KEY_CHARS = 30, KEY_TAIL = 14 };

/* clang-format off */
static const char *const shapes[CPSF_N_KINDS] = {
    [CPSF_KIND_UNKNOWN]   = "ellipse",
    [CPSF_KIND_COMPANY]   = "box",
    [CPSF_KIND_PERSON]    = "ellipse",
    [CPSF_KIND_PROCEDURE] = "note",
    [CPSF_KIND_PLACE]     = "house",
    [CPSF_KIND_ITEM]      = "box3d",
    [CPSF_KIND_DEVICE]    = "component",
    [CPSF_KIND_SOFTWARE]  = "hexagon",
    [CPSF_KIND_SYSTEM]    = "tab",
    [CPSF_KIND_DATA]      = "cylinder",
};

static const struct {
    const char *title;
    const char *colour;
} layers[] = {
    {"layer 1: between organisations",         "#f3f0e6"},
    {"layer 2: between physical and cyberspace", "#e6f1ec"},
    {"layer 3: in cyberspace",                 "#e8edf6"},
};
/* clang-format on */

/* The inside of a quoted string; @limit characters at most, then "…".  In labels Graphviz takes
 * &name; for a character, elsewhere it does not. */
static void
put_quoted(CpsfWriter *w, const char *text, int limit, gboolean is_label)
{
    const char *at = text;

    for (int n = 0; *at != '\0'; n++) {
        const char *before = at;
        const gunichar c = cpsf_next_char(&at);

        if (n == limit) {
            cpsf_put(w, "\xe2\x80\xa6"); /* U+2026 */
            return;
        }
        if (c == '"' || (c == '\\' && is_label)) {
            cpsf_put_char(w, '\\');
            cpsf_put_char(w, (char) c);
        } else if (c == '\\') {
            cpsf_put(w, "\\\\");
        } else if (c == '&' && is_label) {
            cpsf_put(w, "&amp;");
        } else if (c == 0xfffd || cpsf_char_is_control(c)) {
            cpsf_put(w, "\xef\xbf\xbd");
        } else {
            cpsf_put_bytes(w, before, (size_t) (at - before));
        }
    }
}

static void
put_short_key(CpsfWriter *w, const char *key)
{
    const long length = g_utf8_strlen(key, -1); /* keys are canonical, so valid UTF-8 */

    if (length <= KEY_CHARS) {
        put_quoted(w, key, -1, TRUE);
        return;
    }
    put_quoted(w, key, KEY_CHARS - KEY_TAIL, TRUE);
    put_quoted(w, g_utf8_offset_to_pointer(key, length - KEY_TAIL), -1, TRUE);
}

static void
put_node(CpsfWriter *w, const CpsfGraph *graph, int32_t v, const char *lang)
{
    const char *name = cpsf_graph_get_name(graph, v, lang);
    const char *key = cpsf_graph_get_key(graph, v);
    const unsigned mask = graph->layers[v];

    cpsf_put(w, "    n");
    cpsf_put_int64(w, v);
    cpsf_put(w, " [label=\"");
    if (name[0] != '\0') {
        put_quoted(w, name, NAME_CHARS, TRUE);
        cpsf_put(w, "\\n");
    }
    put_short_key(w, key);
    if ((mask & (mask - 1)) != 0) {
        cpsf_put(w, "\\nlayers ");
        cpsf_put_layers(w, mask, ' ');
    }
    cpsf_put(w, "\", shape=");
    cpsf_put(w, shapes[graph->kind[v]]);
    if (graph->kind[v] == CPSF_KIND_UNKNOWN)
        cpsf_put(w, ", style=\"filled,dashed\"");
    cpsf_put(w, ", kind=\"");
    cpsf_put(w, cpsf_word(CPSF_WORDS_KIND, graph->kind[v]));
    cpsf_put(w, "\", key=\"");
    put_quoted(w, key, -1, FALSE);
    cpsf_put(w, "\"];\n");
}

static int
first_layer(unsigned mask)
{
    return (mask & CPSF_LAYER(1)) != 0 ? 1 : (mask & CPSF_LAYER(2)) != 0 ? 2 : 3;
}

static void
put_layer(CpsfWriter *w, const CpsfSnapshot *snapshot, int layer, const char *lang)
{
    const CpsfGraph *graph = snapshot->graph;

    cpsf_put(w, "  subgraph cluster_");
    cpsf_put_int64(w, layer);
    cpsf_put(w, " {\n    label=\"");
    cpsf_put(w, layers[layer - 1].title);
    cpsf_put(w, "\"; style=filled; color=\"");
    cpsf_put(w, layers[layer - 1].colour);
    cpsf_put(w, "\";\n");
    for (int32_t v = 0; v < graph->n_nodes; v++)
        if (snapshot->holds[v] && first_layer(graph->layers[v]) == layer)
            put_node(w, graph, v, lang);
    cpsf_put(w, "  }\n");
}

static void
put_edge(CpsfWriter *w, const CpsfGraph *graph, const CpsfEdgeRow *edge)
{
    cpsf_put(w, "  n");
    cpsf_put_int64(w, edge->from);
    cpsf_put(w, " -> n");
    cpsf_put_int64(w, edge->to);
    cpsf_put(w, " [label=\"");
    cpsf_put(w, cpsf_word(CPSF_WORDS_RELATION, edge->relation));
    if (edge->group != 0) {
        cpsf_put(w, "\\n(");
        put_quoted(w, cpsf_strtab_get(graph->strings, edge->group), NAME_CHARS, TRUE);
        cpsf_put(w, ")\", style=\"dashed");
    } else if (edge->relation == CPSF_RELATION_VOUCHES) {
        cpsf_put(w, "\", style=\"dotted");
    }
    cpsf_put(w, "\"];\n");
}

void
cpsf_write_snapshot_dot(CpsfWriter *w, const CpsfSnapshot *snapshot, const char *lang)
{
    const CpsfEdgeRow *edge;

    cpsf_put(
        w, "digraph cpsf {\n"
           "  charset=\"UTF-8\"; rankdir=LR; ranksep=0.9; nodesep=0.25; fontname=\"sans-serif\";\n"
           "  node [fontname=\"sans-serif\", fontsize=11, style=filled, fillcolor=white];\n"
           "  edge [fontname=\"sans-serif\", fontsize=9, color=\"#5a5a5a\"];\n");
    for (int layer = 1; layer <= 3; layer++)
        put_layer(w, snapshot, layer, lang);
    for (int64_t row = 0; (edge = cpsf_snapshot_next_edge(snapshot, &row)) != NULL;)
        put_edge(w, snapshot->graph, edge);
    cpsf_put(w, "}\n");
}
