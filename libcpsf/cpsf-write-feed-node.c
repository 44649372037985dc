/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The node elements of a feed.  A feed may describe a key only once for any time.  Where the feeds of
 * the graph did so without overlap, their descriptions come out as they are; where they overlap and
 * differ, what comes out is what the graph made of them, for as long as any of them holds.
 *
 * A key that only the subject of an alias said gets an element that says the alias again.
 */

#include "config.h"

#include "cpsf-key.h"
#include "cpsf-mem-private.h"
#include "cpsf-write-feed-private.h"

#include <stdlib.h>
#include <string.h>

/* ---- keys -------------------------------------------------------------------------------- */

/* All keys of each node but the first: other[start[v]] … other[start[v + 1] - 1], by bytes. */
typedef struct {
    int64_t *start; /* (owned) n_nodes + 1 */
    CpsfStr *other; /* (owned) */
} Keys;

static int
compare_texts(const void *a, const void *b, void *strings)
{
    return strcmp(cpsf_strtab_get(strings, *(const CpsfStr *) a),
                  cpsf_strtab_get(strings, *(const CpsfStr *) b));
}

/* The node of which the string is another key, or none. */
static int32_t
other_key_of(const CpsfGraph *graph, CpsfStr s)
{
    const int32_t v = graph->node_of[s];

    return v >= 0 && graph->key[v] != s ? v : CPSF_NODE_NONE;
}

/* Dealt by counting, then each node's few sorted. */
static gboolean
collect_keys(const CpsfGraph *graph, Keys *keys, GError **error)
{
    const int32_t n = graph->n_nodes;

    keys->start = cpsf_try_new0(int64_t, (size_t) n + 1, error);
    if (keys->start == NULL)
        return FALSE;
    for (CpsfStr s = 1; s < graph->n_node_of; s++)
        if (other_key_of(graph, s) >= 0)
            keys->start[other_key_of(graph, s)]++;
    for (int32_t v = 1; v <= n; v++)
        keys->start[v] += keys->start[v - 1];
    keys->other = cpsf_try_new(CpsfStr, (size_t) keys->start[n], error);
    if (keys->other == NULL)
        return FALSE;
    for (CpsfStr s = 1; s < graph->n_node_of; s++)
        if (other_key_of(graph, s) >= 0)
            keys->other[--keys->start[other_key_of(graph, s)]] = s;
    for (int32_t v = 0; v < n; v++)
        if (keys->start[v + 1] - keys->start[v] > 1)
            qsort_r(keys->other + keys->start[v], (size_t) (keys->start[v + 1] - keys->start[v]),
                    sizeof *keys->other, compare_texts, graph->strings);
    return TRUE;
}

/* ---- nodes ------------------------------------------------------------------------------- */

/* ---- lines inside of a node element ------------------------------------------------------ */

static void
begin_line(CpsfFeedWriter *f, const char *name)
{
    cpsf_put(f->w, f->is_empty ? ">\n    <" : "    <");
    cpsf_put(f->w, name);
    f->is_empty = FALSE;
}

static void
put_name(CpsfFeedWriter *f, const CpsfNameRow *row)
{
    begin_line(f, "name");
    cpsf_feed_put_attribute(f, "xml:lang", cpsf_feed_text_of(f, row->lang));
    cpsf_put_char(f->w, '>');
    cpsf_put_xml(f->w, cpsf_feed_text_of(f, row->text));
    cpsf_put(f->w, "</name>\n");
}

static void
put_alias(CpsfFeedWriter *f, const CpsfAliasRow *row)
{
    begin_line(f, "alias");
    cpsf_feed_put_attribute(f, "key", cpsf_feed_text_of(f, row->alias));
    cpsf_put(f->w, "/>\n");
}

static void
put_property(CpsfFeedWriter *f, const CpsfPropertyRow *row)
{
    begin_line(f, "property");
    cpsf_feed_put_attribute(f, "name", cpsf_feed_text_of(f, row->name));
    cpsf_put_char(f->w, '>');
    cpsf_put_xml(f->w, cpsf_feed_text_of(f, row->value));
    cpsf_put(f->w, "</property>\n");
}

static void
put_consequence(CpsfFeedWriter *f, const CpsfConsequenceRow *row)
{
    begin_line(f, "consequence");
    if (row->recovery != CPSF_LEVEL_UNKNOWN)
        cpsf_feed_put_word(f, "recovery", CPSF_WORDS_RECOVERY, row->recovery);
    if (row->economic != CPSF_LEVEL_UNKNOWN)
        cpsf_feed_put_word(f, "economic", CPSF_WORDS_ECONOMIC, row->economic);
    cpsf_feed_put_number(f, "loss", row->loss);
    cpsf_feed_put_attribute(f, "currency", cpsf_feed_text_of(f, row->currency));
    cpsf_feed_put_duration(f, "downtime", row->downtime);
    cpsf_feed_put_interval(f, row->valid);
    cpsf_put(f->w, "/>\n");
}

static void
put_opinion(CpsfFeedWriter *f, const CpsfOpinionRow *row)
{
    begin_line(f, "opinion");
    cpsf_feed_put_integer(f, "layer", row->layer);
    cpsf_feed_put_number(f, "belief", row->belief);
    cpsf_feed_put_number(f, "disbelief", row->disbelief);
    cpsf_feed_put_number(f, "uncertainty", row->uncertainty);
    cpsf_feed_put_attribute(f, "assessor", cpsf_feed_text_of(f, row->assessor));
    cpsf_feed_put_interval(f, row->valid);
    cpsf_put(f->w, "/>\n");
}

/* Names and properties have no dates in a feed, so those that have ended are left out; aliases are for
 * all of time in the graph, too. */
static void
put_lines(CpsfFeedWriter *f, int32_t v)
{
    const CpsfGraph *graph = f->graph;
    int64_t first = 0;
    int64_t last = 0;

    cpsf_rows_range(&graph->names, v, &first, &last);
    for (int64_t i = first; i < last; i++)
        if (graph->names.items[i].valid.until == CPSF_TIME_FOREVER)
            put_name(f, &graph->names.items[i]);
    cpsf_rows_range(&graph->aliases, v, &first, &last);
    for (int64_t i = first; i < last; i++)
        if (i == first || graph->aliases.items[i - 1].alias != graph->aliases.items[i].alias)
            put_alias(f, &graph->aliases.items[i]);
    cpsf_rows_range(&graph->consequences, v, &first, &last);
    for (int64_t i = first; i < last; i++)
        put_consequence(f, &graph->consequences.items[i]);
    cpsf_rows_range(&graph->opinions, v, &first, &last);
    for (int64_t i = first; i < last; i++)
        put_opinion(f, &graph->opinions.items[i]);
    cpsf_rows_range(&graph->properties, v, &first, &last);
    for (int64_t i = first; i < last; i++)
        if (graph->properties.items[i].valid.until == CPSF_TIME_FOREVER)
            put_property(f, &graph->properties.items[i]);
}

static gboolean
has_lines(const CpsfGraph *graph, int32_t v)
{
    int64_t first = 0;
    int64_t last = 0;
    int64_t n = 0;

#define COUNT(table)                                                                               \
    cpsf_rows_range(&graph->table, v, &first, &last);                                              \
    n += last - first;
    COUNT(names)
    COUNT(aliases)
    COUNT(consequences)
    COUNT(opinions)
    COUNT(properties)
#undef COUNT
    return n > 0;
}

/* ---- elements ---------------------------------------------------------------------------- */

/* The opening tag, left open until end_node(), or a line inside, closes it. */
static void
begin_node(CpsfFeedWriter *f, const char *key, const CpsfNodeRow *row)
{
    cpsf_put(f->w, "  <node");
    cpsf_feed_put_attribute(f, "key", key);
    cpsf_feed_put_word(f, "kind", CPSF_WORDS_KIND, row->kind);
    cpsf_feed_put_attribute(f, "name", cpsf_feed_text_of(f, row->name));
    cpsf_feed_put_attribute(f, "class", cpsf_feed_text_of(f, row->class_name));
    if (row->layers != 0) {
        cpsf_put(f->w, " layers=\"");
        cpsf_put_layers(f->w, row->layers, ' ');
        cpsf_put_char(f->w, '"');
    }
    cpsf_feed_put_interval(f, row->valid);
    f->is_empty = TRUE;
}

static void
end_node(CpsfFeedWriter *f)
{
    cpsf_put(f->w, f->is_empty ? "/>\n" : "  </node>\n");
}

/*
 * Nodes that what follows the node elements names, to be freed.  Another that nobody describes was
 * named by something left out, such as an edge whose ends do not fit; only an element keeps it.
 */
static gboolean *
find_named(const CpsfGraph *graph, GError **error)
{
    gboolean *named = cpsf_try_new0(gboolean, (size_t) graph->n_nodes, error);

    if (named == NULL)
        return NULL;
    for (int64_t i = 0; i < graph->edges.n; i++) {
        const CpsfEdgeRow *edge = &graph->edges.items[i];

        if (cpsf_graph_lacks_edge(graph, edge))
            continue;
        named[edge->from] = TRUE;
        named[edge->to] = TRUE;
    }
    for (int64_t i = 0; i < graph->evidence.n; i++) {
        const CpsfInterval time = cpsf_feed_evidence_time(&graph->evidence.items[i]);

        named[graph->evidence.items[i].node] |= time.since < time.until;
    }
    for (int64_t i = 0; i < graph->groups.n; i++)
        named[graph->groups.items[i].node] |=
            graph->groups.items[i].valid.until == CPSF_TIME_FOREVER;
    for (int64_t i = 0; i < graph->completeness.n; i++)
        named[graph->completeness.items[i].node] |=
            graph->completeness.items[i].valid.until == CPSF_TIME_FOREVER;
    for (int64_t i = 0; i < graph->incidents.n; i++)
        named[graph->incidents.items[i].node] = TRUE;
    return named;
}

typedef struct {
    CpsfFeedWriter f;
    Keys keys;
    gboolean *named;              /* (owned) n_nodes: see find_named() */
    CPSF_ARRAY(CpsfNodeRow) rows; /* the elements of the node at hand */
} NodeWriter;

/* By authority: rows copied for an element keep their rank in the place of their line. */
static int
compare_rank(const void *a, const void *b)
{
    const uint32_t x = ((const CpsfNodeRow *) a)->place.line;
    const uint32_t y = ((const CpsfNodeRow *) b)->place.line;

    return (x > y) - (x < y);
}

static int
compare_since(const void *a, const void *b)
{
    const CpsfInterval x = ((const CpsfNodeRow *) a)->valid;
    const CpsfInterval y = ((const CpsfNodeRow *) b)->valid;

    if (x.since != y.since)
        return x.since < y.since ? -1 : 1;
    if (x.until != y.until)
        return x.until < y.until ? -1 : 1;
    return compare_rank(a, b);
}

static gboolean
is_same_node(const CpsfNodeRow *a, const CpsfNodeRow *b)
{
    return a->name == b->name && a->class_name == b->class_name && a->kind == b->kind &&
           a->layers == b->layers && a->valid.since == b->valid.since &&
           a->valid.until == b->valid.until;
}

/* Sorted rows, each once; whether they are apart from each other. */
static gboolean
drop_repeats(NodeWriter *n)
{
    CpsfNodeRow *rows = n->rows.items;
    int64_t kept = 1;
    gboolean is_apart = TRUE;

    for (int64_t i = 1; i < n->rows.n; i++) {
        if (is_same_node(&rows[kept - 1], &rows[i]))
            continue;
        is_apart &= rows[kept - 1].valid.until <= rows[i].valid.since;
        rows[kept++] = rows[i];
    }
    n->rows.n = kept;
    return is_apart;
}

/* What the graph made of rows that overlap: what is said of the node, for the union of their times. */
static void
unite_rows(NodeWriter *n, int32_t v)
{
    const CpsfGraph *graph = n->f.graph;
    CpsfNodeRow *rows = n->rows.items;
    int64_t kept = 0;
    uint8_t layers = 0;

    for (int64_t i = 0; i < n->rows.n; i++)
        layers |= rows[i].layers;
    for (int64_t i = 0; i < n->rows.n; i++) {
        CpsfInterval *last = &rows[MAX(kept - 1, 0)].valid;

        if (kept > 0 && rows[i].valid.since <= last->until) {
            last->until = MAX(last->until, rows[i].valid.until);
            continue;
        }
        rows[kept++] = (CpsfNodeRow){
            .valid = rows[i].valid,
            .name = graph->name[v],
            .class_name = graph->class_name[v],
            .kind = graph->kind[v],
            .layers = layers,
        };
    }
    n->rows.n = kept;
}

/* Descriptions that are apart keep their order, which is that of authority. */
static gboolean
collect_rows(NodeWriter *n, int32_t v, GError **error)
{
    const CpsfGraph *graph = n->f.graph;
    const int64_t first = graph->node_rows[v];
    const int64_t m = graph->node_rows[v + 1] - first;

    n->rows.n = 0;
    for (int64_t i = 0; i < m; i++) {
        CpsfNodeRow *row = cpsf_array_add(&n->rows, error);

        if (row == NULL)
            return FALSE;
        *row = graph->nodes.items[first + i];
        row->place.line = (uint32_t) i;
    }
    if (m > 1) {
        qsort(n->rows.items, (size_t) m, sizeof *n->rows.items, compare_since);
        if (!drop_repeats(n))
            unite_rows(n, v);
        else
            qsort(n->rows.items, (size_t) n->rows.n, sizeof *n->rows.items, compare_rank);
    }
    if (m > 0 || (n->named[v] && !has_lines(graph, v)))
        return TRUE;

    CpsfNodeRow *nothing = cpsf_array_add(&n->rows, error);

    if (nothing == NULL)
        return FALSE;
    nothing->valid = CPSF_INTERVAL_ALL;
    return TRUE;
}

static void
put_elements(NodeWriter *n, int32_t v)
{
    for (int64_t i = 0; i < n->rows.n; i++) {
        begin_node(&n->f, cpsf_graph_get_key(n->f.graph, v), &n->rows.items[i]);
        if (i == 0)
            put_lines(&n->f, v);
        end_node(&n->f);
    }
}

/* The alias row that ties another key to the node: its first key, or any that is not local. */
static const CpsfAliasRow *
find_tie(const CpsfFeedWriter *f, int32_t v)
{
    const CpsfGraph *graph = f->graph;
    const CpsfAliasRow *tie = NULL;
    int64_t first = 0;
    int64_t last = 0;

    cpsf_rows_range(&graph->aliases, v, &first, &last);
    for (int64_t i = first; i < last; i++) {
        const CpsfAliasRow *row = &graph->aliases.items[i];

        if (row->alias == graph->key[v])
            return row;
        if (tie == NULL && cpsf_graph_node_of(graph, row->alias) == v &&
            cpsf_key_get_scheme(cpsf_feed_text_of(f, row->alias)) != CPSF_KEY_LOCAL)
            tie = row;
    }
    return tie;
}

static gboolean
is_alias(const CpsfGraph *graph, int64_t first, int64_t last, CpsfStr key)
{
    const char *text = cpsf_strtab_get(graph->strings, key);

    while (first < last) { /* rows of a node are in order of the alias's bytes */
        const int64_t middle = first + (last - first) / 2;
        const CpsfStr alias = graph->aliases.items[middle].alias;

        if (alias == key)
            return TRUE;
        if (strcmp(cpsf_strtab_get(graph->strings, alias), text) < 0)
            first = middle + 1;
        else
            last = middle;
    }
    return FALSE;
}

/*
 * A key that no alias row names is one that some feed knew the node by, saying its other keys there.
 * It needs an element of its own to keep naming the node; that one repeats what another says.  A
 * local key of a feed means nothing outside of it.
 */
static void
put_other_keys(NodeWriter *n, int32_t v)
{
    const CpsfGraph *graph = n->f.graph;
    const CpsfAliasRow *tie = find_tie(&n->f, v);
    const CpsfNodeRow *element = n->rows.items;
    int64_t first = 0;
    int64_t last = 0;

    if (tie == NULL || element == NULL)
        return;
    cpsf_rows_range(&graph->aliases, v, &first, &last);
    for (int64_t i = n->keys.start[v]; i < n->keys.start[v + 1]; i++) {
        const char *key = cpsf_feed_text_of(&n->f, n->keys.other[i]);

        if (cpsf_key_get_scheme(key) == CPSF_KEY_LOCAL ||
            is_alias(graph, first, last, n->keys.other[i]))
            continue;
        begin_node(&n->f, key, element);
        put_alias(&n->f, tie);
        end_node(&n->f);
    }
}

gboolean
cpsf_feed_put_nodes(const CpsfFeedWriter *f, GError **error)
{
    NodeWriter n = {.f = *f};
    gboolean ok = collect_keys(f->graph, &n.keys, error);

    n.named = ok ? find_named(f->graph, error) : NULL;
    ok = n.named != NULL;
    for (int32_t v = 0; ok && v < f->graph->n_nodes; v++) {
        if (cpsf_graph_lacks_node(f->graph, (uint32_t) v))
            continue;
        ok = collect_rows(&n, v, error);
        if (!ok)
            break;
        put_elements(&n, v);
        put_other_keys(&n, v);
    }
    g_free(n.keys.start);
    g_free(n.keys.other);
    g_free(n.rows.items);
    g_free(n.named);
    return ok;
}
