/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What is in it: how many of each thing hold at the moment of a snapshot. */

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "cpsf-check.h"
#include "cpsf-snapshot-private.h"
#include "cpsf-table-private.h"

enum { ITEM, LAYER, KIND, COUNT, N_COLUMNS };

static const CpsfColumnSpec columns[N_COLUMNS] = {
    {"item", CPSF_COLUMN_UTF8},
    {"layer", CPSF_COLUMN_INT64},
    {"kind", CPSF_COLUMN_UTF8},
    {"count", CPSF_COLUMN_INT64},
};

/* One thing to be counted with those of the same layer and kind. */
typedef struct {
    const char *kind; /* (nullable) */
    int layer;        /* 0 = of no layer */
} Thing;

typedef CPSF_ARRAY(Thing) Things;

/* A group by its node and its name. */
typedef struct {
    uint32_t node;
    CpsfStr name;
} Group;

typedef CPSF_ARRAY(Group) Groups;

/* layer 0 and kind NULL are null; nothing is said of what there is none of. */
static void
put_row(CpsfTableBuilder *b, const char *item, int layer, const char *kind, int64_t count)
{
    if (count == 0)
        return;
    cpsf_table_put_utf8(b, ITEM, item);
    if (layer != 0)
        cpsf_table_put_int64(b, LAYER, layer);
    cpsf_table_put_utf8(b, KIND, kind);
    cpsf_table_put_int64(b, COUNT, count);
    cpsf_table_end_row(b);
}

static int
compare_things(const void *left, const void *right)
{
    const Thing *a = left;
    const Thing *b = right;

    return a->layer != b->layer ? a->layer - b->layer : g_strcmp0(a->kind, b->kind);
}

static gboolean
add_thing(Things *things, int layer, const char *kind, GError **error)
{
    Thing *thing = cpsf_array_add(things, error);

    if (thing == NULL)
        return FALSE;
    *thing = (Thing){kind, layer};
    return TRUE;
}

/* A row for each layer and kind among @things, which are left empty. */
static void
put_things(CpsfTableBuilder *b, const char *item, Things *things)
{
    int64_t first = 0;

    if (things->n > 1)
        qsort(things->items, (size_t) things->n, sizeof *things->items, compare_things);
    for (int64_t i = 1; i <= things->n; i++) {
        if (i < things->n && compare_things(&things->items[first], &things->items[i]) == 0)
            continue;
        put_row(b, item, things->items[first].layer, things->items[first].kind, i - first);
        first = i;
    }
    things->n = 0;
}

/* A node of several layers is counted in each. */
static gboolean
put_nodes(CpsfTableBuilder *b, const CpsfSnapshot *snapshot, Things *things, GError **error)
{
    const CpsfGraph *graph = snapshot->graph;
    int64_t counts[3][CPSF_N_KINDS] = {{0}};

    for (int32_t v = 0; v < graph->n_nodes; v++)
        for (int layer = 1; layer <= 3 && snapshot->holds[v]; layer++)
            counts[layer - 1][graph->kind[v]] += (graph->layers[v] & CPSF_LAYER(layer)) != 0;
    (void) things, (void) error;
    for (int layer = 1; layer <= 3; layer++)
        for (int kind = 0; kind < CPSF_N_KINDS; kind++)
            put_row(b, "node", layer, cpsf_word(CPSF_WORDS_KIND, kind), counts[layer - 1][kind]);
    return TRUE;
}

/* `vouches` edges that hold: rows of one edge stand together. */
static int64_t
count_vouches(const CpsfSnapshot *snapshot)
{
    const CpsfGraph *graph = snapshot->graph;
    const CpsfEdgeRow *counted = NULL;
    int64_t count = 0;

    for (int64_t i = 0; i < graph->edges.n; i++) {
        const CpsfEdgeRow *row = &graph->edges.items[i];

        if (row->relation != CPSF_RELATION_VOUCHES ||
            !cpsf_interval_holds(row->valid, snapshot->at) || !snapshot->holds[row->from] ||
            !snapshot->holds[row->to])
            continue;
        if (counted != NULL && counted->from == row->from && counted->to == row->to &&
            counted->group == row->group)
            continue;
        counted = row;
        count++;
    }
    return count;
}

static gboolean
put_edges(CpsfTableBuilder *b, const CpsfSnapshot *snapshot, Things *things, GError **error)
{
    int64_t counts[CPSF_N_RELATIONS] = {0};

    (void) things, (void) error;
    for (int64_t e = 0; e < snapshot->out.m; e++)
        counts[snapshot->graph->edges.items[snapshot->out_row[e]].relation]++;
    counts[CPSF_RELATION_VOUCHES] = count_vouches(snapshot);
    for (int r = 0; r < CPSF_N_RELATIONS; r++)
        put_row(b, "edge", 0, cpsf_word(CPSF_WORDS_RELATION, r), counts[r]);
    return TRUE;
}

static gboolean
put_evidence(CpsfTableBuilder *b, const CpsfSnapshot *snapshot, Things *things, GError **error)
{
    const CpsfGraph *graph = snapshot->graph;

    for (int64_t i = 0; i < graph->evidence.n; i++) {
        const CpsfEvidenceRow *row = &graph->evidence.items[i];

        if (snapshot->holds[row->node] && cpsf_interval_holds(row->said, snapshot->at) &&
            !add_thing(things, row->layer, cpsf_strtab_get(graph->strings, row->scheme), error))
            return FALSE;
    }
    put_things(b, "evidence", things);
    return TRUE;
}

/* Calls add_thing() for each row of @table that holds now, as does its node. */
#define ADD_THINGS(table, layer_of, kind_of)                                                       \
    for (int64_t i = 0; i < graph->table.n; i++) {                                                 \
        const __typeof__(*graph->table.items) *row = &graph->table.items[i];                       \
        if (snapshot->holds[row->node] && cpsf_interval_holds(row->valid, snapshot->at) &&         \
            !add_thing(things, (layer_of), (kind_of), error))                                      \
            return FALSE;                                                                          \
    }

static gboolean
put_opinions(CpsfTableBuilder *b, const CpsfSnapshot *snapshot, Things *things, GError **error)
{
    const CpsfGraph *graph = snapshot->graph;

    ADD_THINGS(opinions, row->layer, NULL)
    put_things(b, "opinion", things);
    return TRUE;
}

static gboolean
put_incidents(CpsfTableBuilder *b, const CpsfSnapshot *snapshot, Things *things, GError **error)
{
    const CpsfGraph *graph = snapshot->graph;

    ADD_THINGS(incidents, 0, cpsf_word(CPSF_WORDS_EFFECT, row->effect))
    put_things(b, "incident", things);
    return TRUE;
}

static gboolean
put_completeness(CpsfTableBuilder *b, const CpsfSnapshot *snapshot, Things *things, GError **error)
{
    const CpsfGraph *graph = snapshot->graph;

    ADD_THINGS(completeness, 0, cpsf_strtab_get(graph->strings, row->state))
    put_things(b, "completeness", things);
    return TRUE;
}

static int
compare_groups(const void *left, const void *right)
{
    const Group *a = left;
    const Group *b = right;

    if (a->node != b->node)
        return a->node < b->node ? -1 : 1;
    return (a->name > b->name) - (a->name < b->name);
}

/* Groups that exist now: declared, or with an edge that holds. */
static gboolean
find_groups(const CpsfSnapshot *snapshot, Groups *groups, GError **error)
{
    const CpsfGraph *graph = snapshot->graph;

    for (int64_t i = 0; i < graph->groups.n; i++) {
        const CpsfGroupRow *row = &graph->groups.items[i];
        Group *group;

        if (!snapshot->holds[row->node] || !cpsf_interval_holds(row->valid, snapshot->at))
            continue;
        if ((group = cpsf_array_add(groups, error)) == NULL)
            return FALSE;
        *group = (Group){row->node, row->name};
    }
    for (int64_t e = 0; e < snapshot->out.m; e++) {
        const CpsfEdgeRow *row = &graph->edges.items[snapshot->out_row[e]];
        Group *group;

        if (row->group == 0)
            continue;
        if ((group = cpsf_array_add(groups, error)) == NULL)
            return FALSE;
        *group = (Group){row->to, row->group};
    }
    return TRUE;
}

static gboolean
put_groups(CpsfTableBuilder *b, const CpsfSnapshot *snapshot, Things *things, GError **error)
{
    Groups groups = {0};
    int64_t count = 0;
    const gboolean is_done = find_groups(snapshot, &groups, error);

    (void) things;
    if (groups.n > 1)
        qsort(groups.items, (size_t) groups.n, sizeof *groups.items, compare_groups);
    for (int64_t i = 0; i < groups.n; i++)
        count += i == 0 || compare_groups(&groups.items[i - 1], &groups.items[i]) != 0;
    g_free(groups.items);
    if (is_done)
        put_row(b, "group", 0, NULL, count);
    return is_done;
}

/* Feeds that were read, by format. */
static gboolean
put_feeds(CpsfTableBuilder *b, const CpsfSnapshot *snapshot, Things *things, GError **error)
{
    const CpsfGraph *graph = snapshot->graph;

    for (int64_t i = 0; i < graph->n_feeds; i++)
        if (graph->feeds[i].state == CPSF_FEED_IMPORTED &&
            !add_thing(things, 0, graph->feeds[i].format, error))
            return FALSE;
    put_things(b, "feed", things);
    return TRUE;
}

/**
 * cpsf_info:
 * @snapshot: what is asked about
 * @error: return location for a [type@GLib.Error], or %NULL
 *
 * Counts what holds at the moment of @snapshot: nodes by layer and kind (a node of several layers
 * in each), edges by relation, evidence by layer and scheme, opinions by layer, incidents by
 * effect, groups, statements of completeness by state, feeds by format.  Columns: item, layer,
 * kind, count.
 *
 * Cost: O(nodes + edges + k log k) for k items of evidence.
 *
 * Returns: (transfer full) (nullable): the table; %NULL with %CPSF_ERROR_NO_MEMORY
 *
 * Since: 0.1
 */
CpsfTable *
cpsf_info(CpsfSnapshot *snapshot, GError **error)
{
    gboolean (*const parts[])(CpsfTableBuilder *, const CpsfSnapshot *, Things *, GError **) = {
        put_nodes,     put_edges,  put_evidence,     put_opinions,
        put_incidents, put_groups, put_completeness, put_feeds,
    };
    Things things = {0};
    gboolean is_done = TRUE;

    g_return_val_if_fail(snapshot != NULL, NULL);
    g_return_val_if_fail(error == NULL || *error == NULL, NULL);

    g_autoptr(CpsfTableBuilder) b = cpsf_table_builder_new(columns, N_COLUMNS);

    for (guint i = 0; i < G_N_ELEMENTS(parts) && is_done; i++)
        is_done = parts[i](b, snapshot, &things, error);
    g_free(things.items);
    return is_done ? cpsf_table_builder_finish(g_steal_pointer(&b), error) : NULL;
}
