/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * All about one node, each line with the place in a feed that says so: what it is, its anchors with
 * every item of evidence and every reason, what is said of it besides, what it is tied to, what
 * unverified anchors it relies on, how far it can be trusted and what pulls that down, and what was
 * found wrong where feeds speak of it.
 */

#include "config.h"

#include "cpsf-explain-private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cpsf-text-private.h"
#include "cpsf-worlds-private.h"

static const CpsfColumnSpec columns[CPSF_EXPLAIN_N_COLUMNS] = {
    {"part", CPSF_COLUMN_UTF8},  {"layer", CPSF_COLUMN_INT64}, {"item", CPSF_COLUMN_UTF8},
    {"value", CPSF_COLUMN_UTF8}, {"detail", CPSF_COLUMN_UTF8}, {"source", CPSF_COLUMN_UTF8},
};

static const char *
text_of(const CpsfExplain *self, CpsfStr id)
{
    return cpsf_strtab_get(self->graph->strings, id);
}

static const char *
file_of(const CpsfGraph *graph, const CpsfPlace *place)
{
    return place->feed < graph->n_feeds ? graph->feeds[place->feed].file : NULL;
}

void
cpsf_explain_put(CpsfExplain *self,
                 const char *part,
                 int layer,
                 const char *item,
                 const char *value,
                 const char *detail,
                 const CpsfPlace *place)
{
    CpsfTableBuilder *b = self->builder;
    const char *file = place != NULL ? file_of(self->graph, place) : NULL;

    cpsf_table_put_utf8(b, CPSF_EXPLAIN_PART, part);
    if (layer != 0)
        cpsf_table_put_int64(b, CPSF_EXPLAIN_LAYER, layer);
    if (item != NULL && item[0] != '\0')
        cpsf_table_put_utf8(b, CPSF_EXPLAIN_ITEM, item);
    if (value != NULL && value[0] != '\0')
        cpsf_table_put_utf8(b, CPSF_EXPLAIN_VALUE, value);
    if (detail != NULL && detail[0] != '\0')
        cpsf_table_put_utf8(b, CPSF_EXPLAIN_DETAIL, detail);
    if (file != NULL && place->line > 0) {
        g_autofree char *source = g_strdup_printf("%s:%u:%u", file, place->line, place->column);

        cpsf_table_put_utf8(b, CPSF_EXPLAIN_SOURCE, source);
    } else if (file != NULL) {
        cpsf_table_put_utf8(b, CPSF_EXPLAIN_SOURCE, file);
    }
    cpsf_table_end_row(b);
}

void
cpsf_explain_add(GString *out, const char *name, const char *value)
{
    if (value == NULL || value[0] == '\0')
        return;
    g_string_append_printf(out, "%s%s %s", out->len > 0 ? "; " : "", name, value);
}

static void
add_interval(GString *out, CpsfInterval interval)
{
    char text[CPSF_TIME_TEXT_MAX];

    cpsf_explain_add(out, "since", cpsf_time_write(interval.since, text));
    cpsf_explain_add(out, "until", cpsf_time_write(interval.until, text));
}

static void
add_number(GString *out, const char *name, double value)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE];

    cpsf_explain_add(out, name, g_ascii_formatd(text, sizeof text, "%.15g", value));
}

/* Runs @body for each row of @table about the node that holds now; `row` is it. */
#define FOR_ROWS_NOW(self, table, body)                                                            \
    do {                                                                                           \
        int64_t first_ = 0;                                                                        \
        int64_t last_ = 0;                                                                         \
        if ((self)->graph->table.n > 0)                                                            \
            cpsf_rows_range(&(self)->graph->table, (self)->node, &first_, &last_);                 \
        for (int64_t i_ = first_; i_ < last_; i_++) {                                              \
            const __typeof__(*(self)->graph->table.items) *row = &(self)->graph->table.items[i_];  \
            if (cpsf_interval_holds(row->valid, (self)->snapshot->at))                             \
                body                                                                               \
        }                                                                                          \
    } while (0)

static void
put_facts(CpsfExplain *self)
{
    const CpsfGraph *graph = self->graph;
    const int32_t v = self->node;
    g_autoptr(GString) layers = g_string_new(NULL);

    for (int layer = 1; layer <= 3; layer++)
        if ((graph->layers[v] & CPSF_LAYER(layer)) != 0)
            g_string_append_printf(layers, "%s%d", layers->len > 0 ? " " : "", layer);
    cpsf_explain_put(self, "node", 0, "key", text_of(self, graph->key[v]), NULL, NULL);
    cpsf_explain_put(self, "node", 0, "kind", cpsf_word(CPSF_WORDS_KIND, graph->kind[v]), NULL,
                     NULL);
    cpsf_explain_put(self, "node", 0, "name", cpsf_graph_get_name(graph, v, self->options->lang),
                     NULL, NULL);
    if (graph->class_name[v] != 0)
        cpsf_explain_put(self, "node", 0, "class", text_of(self, graph->class_name[v]), NULL, NULL);
    cpsf_explain_put(self, "node", 0, "layers", layers->str, NULL, NULL);
    cpsf_explain_put(self, "node", 0, "holds", self->snapshot->holds[v] ? "yes" : "no", NULL, NULL);
}

/* What feeds say of the node itself, at any time: an end that has come is worth telling. */
static void
put_statements(CpsfExplain *self)
{
    const CpsfGraph *graph = self->graph;

    for (int64_t i = graph->node_rows[self->node]; i < graph->node_rows[self->node + 1]; i++) {
        const CpsfNodeRow *row = &graph->nodes.items[i];
        g_autoptr(GString) detail = g_string_new(NULL);

        cpsf_explain_add(detail, "class", text_of(self, row->class_name));
        add_interval(detail, row->valid);
        cpsf_explain_put(self, "statement", 0, cpsf_word(CPSF_WORDS_KIND, row->kind),
                         text_of(self, row->name), detail->str, &row->place);
    }
    FOR_ROWS_NOW(self, names, {
        cpsf_explain_put(self, "name", 0, text_of(self, row->lang), text_of(self, row->text), NULL,
                         &row->place);
    });
    FOR_ROWS_NOW(self, aliases, {
        cpsf_explain_put(self, "alias", 0, NULL, text_of(self, row->alias), NULL, &row->place);
    });
    FOR_ROWS_NOW(self, properties, {
        cpsf_explain_put(self, "property", 0, text_of(self, row->name), text_of(self, row->value),
                         NULL, &row->place);
    });
}

/* The words of a mask of reasons, blanks between. */
static char *
reasons_text(uint32_t reasons)
{
    GString *text = g_string_new(NULL);

    for (int r = 0; r < CPSF_N_REASONS; r++)
        if ((reasons >> r & 1U) != 0)
            g_string_append_printf(text, "%s%s", text->len > 0 ? " " : "",
                                   cpsf_word(CPSF_WORDS_REASON, r));
    return g_string_free(text, FALSE);
}

static void
put_item(CpsfExplain *self, const CpsfEvidenceRow *row, CpsfVerdict verdict, int layer)
{
    g_autofree char *reasons = reasons_text(verdict.reasons);
    g_autoptr(GString) detail = g_string_new(NULL);

    cpsf_explain_add(detail, "scheme", text_of(self, row->scheme));
    cpsf_explain_add(detail, "issuer", cpsf_anchor_get_issuer(self->graph, row));
    cpsf_explain_add(detail, "assurance", cpsf_word(CPSF_WORDS_ASSURANCE, (int) verdict.assurance));
    cpsf_explain_add(detail, "status", cpsf_word(CPSF_WORDS_STATUS, row->status));
    cpsf_explain_add(detail, "scope", text_of(self, row->scope));
    add_interval(detail, (CpsfInterval){row->valid.since, verdict.until});
    cpsf_explain_put(self, "evidence", layer, text_of(self, row->id),
                     verdict.reasons == 0 ? "passes" : reasons, detail->str, &row->place);
}

static void
put_anchor(CpsfExplain *self, const CpsfAnchor *anchor)
{
    const CpsfEvidenceRow *items = self->graph->evidence.items;
    g_autofree char *reasons = reasons_text(anchor->reasons);
    int64_t first = 0;
    int64_t last = 0;

    cpsf_explain_put(self, "anchor", anchor->layer, cpsf_word(CPSF_WORDS_STATE, anchor->state),
                     reasons, cpsf_anchor_get_detail(self->anchors, anchor),
                     anchor->item >= 0 ? &items[anchor->item].place : NULL);
    if (self->graph->evidence.n > 0)
        cpsf_rows_range(&self->graph->evidence, self->node, &first, &last);
    for (int64_t i = first; i < last; i++) {
        const CpsfVerdict verdict = cpsf_anchors_judge(self->anchors, i, anchor->layer);

        if (verdict.exists)
            put_item(self, &items[i], verdict, anchor->layer);
    }
}

static void
put_anchors(CpsfExplain *self)
{
    int64_t first;
    int64_t last;

    cpsf_anchors_of(self->anchors, self->node, &first, &last);
    for (int64_t a = first; a < last; a++)
        put_anchor(self, &self->anchors->anchors[a]);
}

static void
put_consequence(CpsfExplain *self, const CpsfConsequenceRow *row)
{
    g_autoptr(GString) detail = g_string_new(NULL);
    g_autofree char *downtime = row->downtime >= 0 ? cpsf_duration_format(row->downtime) : NULL;

    cpsf_explain_add(detail, "economic", cpsf_word(CPSF_WORDS_ECONOMIC, row->economic));
    if (!isnan(row->loss))
        add_number(detail, "loss", row->loss);
    cpsf_explain_add(detail, "currency", text_of(self, row->currency));
    cpsf_explain_add(detail, "downtime", downtime);
    add_interval(detail, row->valid);
    cpsf_explain_put(self, "consequence", 0, "recovery",
                     cpsf_word(CPSF_WORDS_RECOVERY, row->recovery), detail->str, &row->place);
}

static void
put_opinion(CpsfExplain *self, const CpsfOpinionRow *row)
{
    g_autoptr(GString) detail = g_string_new(NULL);

    add_number(detail, "belief", row->belief);
    add_number(detail, "disbelief", row->disbelief);
    add_number(detail, "uncertainty", row->uncertainty);
    add_interval(detail, row->valid);
    cpsf_explain_put(self, "opinion", row->layer, "assessor", text_of(self, row->assessor),
                     detail->str, &row->place);
}

static void
put_group(CpsfExplain *self, const CpsfGroupRow *row)
{
    g_autofree char *need = g_strdup_printf("need %d", row->need);

    cpsf_explain_put(self, "group", 0, text_of(self, row->name), need, NULL, &row->place);
}

static void
put_incident(CpsfExplain *self, const CpsfIncidentRow *row)
{
    g_autoptr(GString) detail = g_string_new(NULL);

    add_interval(detail, row->valid);
    cpsf_explain_put(self, "incident", 0, text_of(self, row->id),
                     cpsf_word(CPSF_WORDS_EFFECT, row->effect), detail->str, &row->place);
}

static void
put_other_rows(CpsfExplain *self)
{
    FOR_ROWS_NOW(self, opinions, { put_opinion(self, row); });
    FOR_ROWS_NOW(self, consequences, { put_consequence(self, row); });
    FOR_ROWS_NOW(self, groups, { put_group(self, row); });
    FOR_ROWS_NOW(self, completeness, {
        cpsf_explain_put(self, "completeness", 0, text_of(self, row->of), text_of(self, row->state),
                         NULL, &row->place);
    });
    FOR_ROWS_NOW(self, incidents, { put_incident(self, row); });
}

/* "in" is what the node relies on. */
static void
put_edge(CpsfExplain *self, const char *part, const CpsfEdgeRow *row, int32_t other)
{
    g_autoptr(GString) detail = g_string_new(NULL);
    g_autofree char *delay = row->delay >= 0 ? cpsf_duration_format(row->delay) : NULL;

    cpsf_explain_add(detail, "name", cpsf_graph_get_name(self->graph, other, self->options->lang));
    cpsf_explain_add(detail, "group", text_of(self, row->group));
    if (!isnan(row->criticality))
        add_number(detail, "criticality", row->criticality);
    cpsf_explain_add(detail, "delay", delay);
    add_interval(detail, row->valid);
    cpsf_explain_put(self, part, 0, cpsf_word(CPSF_WORDS_RELATION, row->relation),
                     text_of(self, self->graph->key[other]), detail->str, &row->place);
}

/* Edges that hold now; those of `vouches`, which a snapshot leaves out, after the others. */
static void
put_edges(CpsfExplain *self)
{
    const CpsfSnapshot *s = self->snapshot;
    const CpsfEdgeRow *rows = self->graph->edges.items;
    const uint32_t v = (uint32_t) self->node;

    for (int64_t e = s->in.offsets[v]; e < s->in.offsets[v + 1]; e++)
        put_edge(self, "in", &rows[s->out_row[s->in_out[e]]], s->in.heads[e]);
    for (int64_t e = s->out.offsets[v]; e < s->out.offsets[v + 1]; e++)
        put_edge(self, "out", &rows[s->out_row[e]], s->out.heads[e]);
    for (int64_t i = 0; i < self->graph->edges.n; i++) {
        if (rows[i].relation != CPSF_RELATION_VOUCHES ||
            !cpsf_interval_holds(rows[i].valid, s->at) || !s->holds[rows[i].from] ||
            !s->holds[rows[i].to])
            continue;
        if (rows[i].to == v)
            put_edge(self, "in", &rows[i], (int32_t) rows[i].from);
        if (rows[i].from == v)
            put_edge(self, "out", &rows[i], (int32_t) rows[i].to);
    }
}

/* Places in feeds, by line, column and feed. */
typedef CPSF_ARRAY(CpsfPlace) Places;

static int
compare_places(const void *left, const void *right)
{
    const CpsfPlace *a = left;
    const CpsfPlace *b = right;

    if (a->line != b->line)
        return a->line < b->line ? -1 : 1;
    if (a->column != b->column)
        return a->column < b->column ? -1 : 1;
    return (a->feed > b->feed) - (a->feed < b->feed);
}

static gboolean
add_place(Places *places, const CpsfPlace *place, GError **error)
{
    CpsfPlace *slot = cpsf_array_add(places, error);

    if (slot != NULL)
        *slot = *place;
    return slot != NULL;
}

/* Wherever a feed speaks of the node. */
static gboolean
find_places(const CpsfExplain *self, Places *places, GError **error)
{
    const CpsfGraph *graph = self->graph;
    const uint32_t v = (uint32_t) self->node;

#define ADD_ROWS(table)                                                                            \
    do {                                                                                           \
        int64_t first_ = 0;                                                                        \
        int64_t last_ = 0;                                                                         \
        if (graph->table.n > 0)                                                                    \
            cpsf_rows_range(&graph->table, self->node, &first_, &last_);                           \
        for (; first_ < last_; first_++)                                                           \
            if (!add_place(places, &graph->table.items[first_].place, error))                      \
                return FALSE;                                                                      \
    } while (0)
    ADD_ROWS(nodes);
    ADD_ROWS(names);
    ADD_ROWS(aliases);
    ADD_ROWS(properties);
    ADD_ROWS(consequences);
    ADD_ROWS(opinions);
    ADD_ROWS(groups);
    ADD_ROWS(evidence);
    ADD_ROWS(incidents);
    ADD_ROWS(completeness);
#undef ADD_ROWS
    for (int64_t i = 0; i < graph->edges.n; i++)
        if ((graph->edges.items[i].from == v || graph->edges.items[i].to == v) &&
            !add_place(places, &graph->edges.items[i].place, error))
            return FALSE;
    if (places->n > 1)
        qsort(places->items, (size_t) places->n, sizeof *places->items, compare_places);
    return TRUE;
}

static const CpsfPlace *
find_place(const CpsfExplain *self, const Places *places, const CpsfFinding *finding)
{
    int64_t low = 0;
    int64_t high = places->n;
    const CpsfPlace wanted = {.line = finding->line, .column = finding->column};

    while (low < high) {
        const int64_t middle = low + (high - low) / 2;

        if (compare_places(&places->items[middle], &wanted) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < places->n && places->items[low].line == wanted.line &&
           places->items[low].column == wanted.column;
         low++)
        if (g_strcmp0(file_of(self->graph, &places->items[low]), finding->file) == 0)
            return &places->items[low];
    return NULL;
}

/* What was found wrong where a feed speaks of the node. */
static gboolean
put_findings(CpsfExplain *self, GError **error)
{
    const CpsfFindings *findings = cpsf_snapshot_get_findings(self->snapshot);
    Places places = {0};
    const gboolean is_done = find_places(self, &places, error);

    for (size_t i = 0; is_done && i < cpsf_findings_get_n(findings); i++) {
        const CpsfFinding *finding = cpsf_findings_get(findings, i);
        const CpsfPlace *place = finding->line > 0 ? find_place(self, &places, finding) : NULL;

        if (place == NULL)
            continue;

        g_autofree char *text = cpsf_finding_get_text(finding, NULL);

        cpsf_explain_put(self, "finding", 0, cpsf_finding_code_get_name(finding->code), text, NULL,
                         place);
    }
    g_free(places.items);
    return is_done;
}

static gboolean
check_options(const CpsfExplainOptions *options, GError **error)
{
    if (options->worlds < 0 || options->worlds > CPSF_WORLDS_MAX)
        return cpsf_fail(error, CPSF_ERROR_INVALID_VALUE,
                         "number of worlds %" G_GINT64_FORMAT
                         " is not between 0 and %" G_GINT64_FORMAT,
                         options->worlds, CPSF_WORLDS_MAX);
    if (options->threads < 0)
        return cpsf_fail(error, CPSF_ERROR_INVALID_VALUE, "number of threads %d is negative",
                         options->threads);
    return TRUE;
}

static gboolean
put_all(CpsfExplain *self, GError **error)
{
    put_facts(self);
    put_statements(self);
    put_anchors(self);
    if (!cpsf_explain_trust(self, error))
        return FALSE;
    put_other_rows(self);
    put_edges(self);
    cpsf_explain_paths(self);
    return put_findings(self, error);
}

/**
 * cpsf_explain:
 * @snapshot: what is asked about
 * @policy: what counts as verified
 * @key: a key or an alias of the node, canonical or not
 * @options: (nullable): how, or %NULL for 4096 sampled worlds, seed 0
 * @error: return location for a [type@GLib.Error], or %NULL
 *
 * Tells all about one node.  Columns: part, layer, item, value, detail, source (FILE:LINE:COLUMN).
 * Parts, in this order: `node`, `statement`, `name`, `alias`, `property`; `anchor`, each followed by
 * its `evidence` with all reasons; `trust`, expected trust over all layers and in each of the node's
 * own, with belief, disbelief, uncertainty and standard error, as [func@trust] has them; `pulls-down`,
 * the ten anchors that pull trust over all layers down most, value being what each would gain, in the
 * order of [func@trust_importance]; `opinion`, `consequence`, `group`, `completeness`, `incident`;
 * `in` (what it relies on directly) and `out`; `path`, the shortest one to each anchor that is not
 * verified and that it relies on, nearest first; `finding`.  A node that does not hold has no `trust`
 * and no `pulls-down`.
 *
 * Cost: O(nodes + edges + items), and that of [func@trust_importance] for all layers.
 *
 * Returns: (transfer full) (nullable): the table; %NULL with %CPSF_ERROR_NOT_FOUND if @key names no
 *   node, %CPSF_ERROR_INVALID_VALUE for an option out of its range, %CPSF_ERROR_NO_MEMORY or
 *   %CPSF_ERROR_CANCELLED
 *
 * Since: 0.1
 */
CpsfTable *
cpsf_explain(CpsfSnapshot *snapshot,
             CpsfPolicy *policy,
             const char *key,
             const CpsfExplainOptions *options,
             GError **error)
{
    static const CpsfExplainOptions defaults = {0};

    g_return_val_if_fail(snapshot != NULL && policy != NULL && key != NULL, NULL);
    g_return_val_if_fail(error == NULL || *error == NULL, NULL);
    if (options == NULL)
        options = &defaults;
    if (!check_options(options, error))
        return NULL;

    const int32_t node = cpsf_graph_find_node(snapshot->graph, key);
    char shown[CPSF_TEXT_SHOWN_MAX];

    if (node == CPSF_NODE_NONE)
        return cpsf_fail_null(error, CPSF_ERROR_NOT_FOUND, "no node has the key \"%s\"",
                              cpsf_text_shown(key, strlen(key), shown));

    g_autoptr(CpsfAnchors) anchors = cpsf_anchors_new(snapshot, policy, error);
    g_auto(CpsfPaths) paths = {0};

    if (anchors == NULL || !cpsf_paths_init(&paths, snapshot, policy, node, error))
        return NULL;

    g_autoptr(CpsfTableBuilder) b = cpsf_table_builder_new(columns, CPSF_EXPLAIN_N_COLUMNS);
    CpsfExplain self = {
        .snapshot = snapshot,
        .graph = snapshot->graph,
        .anchors = anchors,
        .paths = &paths,
        .options = options,
        .builder = b,
        .node = node,
    };

    if (!put_all(&self, error))
        return NULL;
    return cpsf_table_builder_finish(g_steal_pointer(&b), error);
}
