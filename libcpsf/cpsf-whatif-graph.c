/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The graph of a what-if: all that did not change is its base's; what changed is built beside it.
 * Texts that the base does not have go into a copy of its table, because others read that one.  A
 * key that the base does not have makes a node, which moves the numbers of those after it and so
 * touches every table.
 */

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "cpsf-whatif-private.h"

typedef struct {
    const CpsfWhatIf *what_if;
    const CpsfGraph *base;
    CpsfGraph *graph;                 /* (owned) what comes of it */
    CpsfStr *texts;                   /* (owned) per string of the what-if: its id in the graph */
    CpsfStr *new_keys;                /* (owned) of nodes that the base does not have, by bytes */
    int64_t *before;                  /* (owned) per new node: nodes of the base before it */
    int64_t n_new;                    /* number of new nodes */
    int32_t *map;                     /* (owned) (nullable) per node of the base: its number now */
    uint32_t feed;                    /* index of the feed that says what is supposed */
    CpsfAnyRows added[CPSF_N_TABLES]; /* (owned) none but edges and evidence */
} Derivation;

static void
derivation_clear(Derivation *self)
{
    cpsf_graph_unref(self->graph);
    g_free(self->texts);
    g_free(self->new_keys);
    g_free(self->before);
    g_free(self->map);
    for (int t = 0; t < CPSF_N_TABLES; t++)
        g_free(self->added[t].items);
}

/* ---- texts ------------------------------------------------------------------------------- */

/* The id of a text in the graph, whose table of strings becomes one of its own for the first new
 * one. */
static gboolean
intern(CpsfGraph *graph, const CpsfGraph *base, const char *text, CpsfStr *id, GError **error)
{
    const size_t length = strlen(text);

    *id = cpsf_strtab_find(graph->strings, text, length);
    if (*id != 0 || length == 0)
        return TRUE;
    if (graph->strings == base->strings) {
        CpsfStrtab *copy = cpsf_strtab_copy(base->strings, error);

        if (copy == NULL)
            return FALSE;
        cpsf_strtab_unref(graph->strings);
        graph->strings = copy;
    }
    return cpsf_strtab_add(graph->strings, text, length, id, error);
}

static gboolean
intern_texts(Derivation *self, GError **error)
{
    const CpsfStrtab *texts = self->what_if->texts;
    const uint32_t n = cpsf_strtab_get_n(texts);

    self->texts = cpsf_try_new(CpsfStr, n, error);
    if (self->texts == NULL)
        return FALSE;
    for (CpsfStr id = 0; id < n; id++)
        if (!intern(self->graph, self->base, cpsf_strtab_get(texts, id), &self->texts[id], error))
            return FALSE;
    return TRUE;
}

/* ---- new nodes --------------------------------------------------------------------------- */

static int
compare_keys(const void *a, const void *b, void *strings)
{
    return strcmp(cpsf_strtab_get(strings, *(const CpsfStr *) a),
                  cpsf_strtab_get(strings, *(const CpsfStr *) b));
}

/* How many nodes of the base have keys before @key; at least @low of them have. */
static int64_t
count_before(const CpsfGraph *base, int64_t low, const char *key)
{
    int64_t high = base->n_nodes;

    while (low < high) {
        const int64_t middle = low + (high - low) / 2;

        if (strcmp(cpsf_strtab_get(base->strings, base->key[middle]), key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The keys of new nodes, in canonical order. */
static gboolean
list_new_keys(Derivation *self, GError **error)
{
    const CpsfWhatIf *what_if = self->what_if;
    int64_t n = 0;

    for (int64_t id = 0; id < what_if->is_new.n; id++)
        n += what_if->is_new.items[id];
    if (n == 0)
        return TRUE;
    if (n >= INT32_MAX - self->base->n_nodes)
        return cpsf_fail(error, CPSF_ERROR_LIMIT, "%" G_GINT64_FORMAT " nodes are more than %d",
                         n + self->base->n_nodes, INT32_MAX - 1);
    self->new_keys = cpsf_try_new(CpsfStr, (size_t) n, error);
    if (self->new_keys == NULL)
        return FALSE;
    for (int64_t id = 0; id < what_if->is_new.n; id++)
        if (what_if->is_new.items[id])
            self->new_keys[self->n_new++] = self->texts[id];
    qsort_r(self->new_keys, (size_t) n, sizeof *self->new_keys, compare_keys, self->graph->strings);
    return TRUE;
}

/* Where new nodes come in, and which numbers that leaves to the others. */
static gboolean
number_nodes(Derivation *self, GError **error)
{
    const CpsfGraph *base = self->base;
    int64_t v = 0;

    self->before = cpsf_try_new(int64_t, (size_t) self->n_new, error);
    if (self->before == NULL)
        return FALSE;
    self->map = cpsf_try_new(int32_t, (size_t) base->n_nodes, error);
    if (self->map == NULL)
        return FALSE;
    for (int64_t i = 0; i < self->n_new; i++) {
        self->before[i] =
            count_before(base, v, cpsf_strtab_get(self->graph->strings, self->new_keys[i]));
        for (; v < self->before[i]; v++)
            self->map[v] = (int32_t) (v + i);
    }
    for (; v < base->n_nodes; v++)
        self->map[v] = (int32_t) (v + self->n_new);
    return TRUE;
}

/* A column of @n entries with gaps of zeros where new nodes come in. */
static void *
spread(const Derivation *self, const void *column, size_t size, int64_t n, GError **error)
{
    const char *from = column;
    char *wider = cpsf_try_alloc((size_t) (n + self->n_new), size, TRUE, error);

    for (int64_t i = 0; wider != NULL && i <= self->n_new; i++) {
        const int64_t first = i > 0 ? self->before[i - 1] : 0;
        const int64_t last = i < self->n_new ? self->before[i] : n;

        if (first < last)
            memcpy(wider + (size_t) (first + i) * size, from + (size_t) first * size,
                   (size_t) (last - first) * size);
    }
    return wider;
}

static gboolean
spread_columns(Derivation *self, GError **error)
{
    const CpsfGraph *base = self->base;

#define SPREAD(member, n)                                                                          \
    do {                                                                                           \
        void *wider = spread(self, base->member, sizeof *base->member, (n), error);                \
                                                                                                   \
        if (wider == NULL)                                                                         \
            return FALSE;                                                                          \
        cpsf_graph_replace(self->graph, member, member, wider);                                    \
    } while (0)
    SPREAD(key, base->n_nodes);
    SPREAD(name, base->n_nodes);
    SPREAD(class_name, base->n_nodes);
    SPREAD(kind, base->n_nodes);
    SPREAD(layers, base->n_nodes);
    SPREAD(node_rows, (int64_t) base->n_nodes + 1);
    if (base->removed != NULL)
        SPREAD(removed, base->n_nodes);
#undef SPREAD
    self->graph->n_nodes = base->n_nodes + (int32_t) self->n_new;
    return TRUE;
}

/* What a node known by reference only is. */
static void
fill_gaps(Derivation *self)
{
    CpsfGraph *graph = self->graph;

    for (int64_t i = 0; i < self->n_new; i++) {
        const int64_t v = self->before[i] + i;

        graph->key[v] = self->new_keys[i];
        graph->kind[v] = CPSF_KIND_UNKNOWN;
        graph->layers[v] = (uint8_t) cpsf_kind_get_default_layers(CPSF_KIND_UNKNOWN);
        graph->node_rows[v] = self->base->node_rows[self->before[i]]; /* none of its own */
    }
}

static gboolean
map_keys(Derivation *self, GError **error)
{
    const CpsfGraph *base = self->base;
    const uint32_t n = cpsf_strtab_get_n(self->graph->strings);
    int32_t *node_of = cpsf_try_new(int32_t, n, error);

    if (node_of == NULL)
        return FALSE;
    for (CpsfStr key = 0; key < n; key++) {
        const int32_t node = cpsf_graph_node_of(base, key);

        node_of[key] = node != CPSF_NODE_NONE ? self->map[node] : CPSF_NODE_NONE;
    }
    for (int64_t i = 0; i < self->n_new; i++)
        node_of[self->new_keys[i]] = (int32_t) (self->before[i] + i);
    cpsf_graph_replace(self->graph, node_of, node_of, node_of);
    self->graph->n_node_of = n;
    return TRUE;
}

static gboolean
add_nodes(Derivation *self, GError **error)
{
    if (!list_new_keys(self, error))
        return FALSE;
    if (self->n_new == 0)
        return TRUE;
    if (!number_nodes(self, error) || !spread_columns(self, error))
        return FALSE;
    fill_gaps(self);
    return map_keys(self, error);
}

/* ---- rows -------------------------------------------------------------------------------- */

static uint32_t
node_named(const Derivation *self, CpsfStr text)
{
    return (uint32_t) cpsf_graph_node_of(self->graph, self->texts[text]);
}

static CpsfRowMerge
merge_of(const Derivation *self, CpsfTableId table)
{
    return (CpsfRowMerge){
        .shape = cpsf_shape_get(table),
        .strings = self->graph->strings,
        .map = self->map,
        .feed = self->feed,
        .is_replace = table == CPSF_TABLE_edges,
    };
}

/* The supposed edges in the graph's numbers, in order, each once. */
static gboolean
resolve_edges(Derivation *self, GError **error)
{
    const int64_t n = self->what_if->said.edges.n;
    const CpsfRowMerge merge = merge_of(self, CPSF_TABLE_edges);
    CpsfEdgeRow *rows = cpsf_try_new(CpsfEdgeRow, (size_t) n, error);
    int64_t kept = 0;

    if (rows == NULL)
        return FALSE;
    self->added[CPSF_TABLE_edges].items = (char *) rows;
    for (int64_t i = 0; i < n; i++) {
        rows[i] = self->what_if->said.edges.items[i];
        rows[i].from = node_named(self, rows[i].from);
        rows[i].to = node_named(self, rows[i].to);
        rows[i].group = self->texts[rows[i].group];
    }
    cpsf_row_merge_sort(&merge, rows, n);
    for (int64_t i = 0; i < n; i++) {
        if (i + 1 < n && cpsf_edge_is_same(&rows[i], &rows[i + 1]))
            continue;
        rows[kept] = rows[i];
        rows[kept++].place = (CpsfPlace){.feed = self->feed};
    }
    self->added[CPSF_TABLE_edges].n = kept;
    return TRUE;
}

static gboolean
resolve_evidence(Derivation *self, GError **error)
{
    const int64_t n = self->what_if->said.evidence.n;
    const CpsfRowMerge merge = merge_of(self, CPSF_TABLE_evidence);
    CpsfEvidenceRow *rows = cpsf_try_new(CpsfEvidenceRow, (size_t) n, error);

    if (rows == NULL)
        return FALSE;
    self->added[CPSF_TABLE_evidence] = (CpsfAnyRows){(char *) rows, n};
    for (int64_t i = 0; i < n; i++) {
        rows[i] = self->what_if->said.evidence.items[i];
        rows[i].node = node_named(self, rows[i].node);
        rows[i].scheme = self->texts[rows[i].scheme];
        rows[i].id = self->texts[rows[i].id];
        rows[i].issuer = self->texts[rows[i].issuer];
        rows[i].scope = self->texts[rows[i].scope];
        rows[i].place = (CpsfPlace){.feed = self->feed};
    }
    cpsf_row_merge_sort(&merge, rows, n);
    return TRUE;
}

/* Whether the table is another than the base's. */
static gboolean
is_changed(const Derivation *self, CpsfTableId table, int64_t n_base)
{
    return self->added[table].n > 0 || (self->map != NULL && n_base > 0);
}

static gboolean
rebuild(Derivation *self, CpsfTableId table, CpsfAnyRows base, CpsfAnyRows *rows, GError **error)
{
    const CpsfRowMerge merge = merge_of(self, table);
    int64_t n_replaced = 0;

    *rows = cpsf_row_merge(&merge, base, self->added[table], &n_replaced, error);
    if (rows->items != NULL && table == CPSF_TABLE_edges)
        self->graph->n_edges += self->added[table].n - n_replaced;
    return rows->items != NULL;
}

static gboolean
rebuild_tables(Derivation *self, GError **error)
{
    const CpsfGraph *base = self->base;
    CpsfAnyRows rows;

#define REBUILD(type, member)                                                                      \
    if (is_changed(self, CPSF_TABLE_##member, base->member.n)) {                                   \
        const CpsfAnyRows old = {(char *) base->member.items, base->member.n};                     \
                                                                                                   \
        if (!rebuild(self, CPSF_TABLE_##member, old, &rows, error))                                \
            return FALSE;                                                                          \
        cpsf_graph_replace(self->graph, member, member.items, (type *) (void *) rows.items);       \
        self->graph->member.n = rows.n;                                                            \
    }
    CPSF_STATEMENT_TABLES(REBUILD)
#undef REBUILD
    return TRUE;
}

/* ---- the feed that says it --------------------------------------------------------------- */

static CpsfFeedInfo
copy_info(const CpsfFeedInfo *info)
{
    CpsfFeedInfo copy = *info;

    copy.file = g_strdup(info->file);
    copy.id = g_strdup(info->id);
    copy.format = g_strdup(info->format);
    copy.publisher = g_strdup(info->publisher);
    copy.code = g_strdup(info->code);
    copy.message = g_strdup(info->message);
    return copy;
}

/* One feed for all that is supposed, here and in the base: the last, whatever ids others have. */
static gboolean
add_feed(Derivation *self, GError **error)
{
    const CpsfGraph *base = self->base;
    const int64_t n = base->n_feeds;

    self->feed = (uint32_t) n;
    if (n > 0 && g_strcmp0(base->feeds[n - 1].format, CPSF_FORMAT_WHAT_IF) == 0) {
        self->feed--;
        return TRUE;
    }
    if (self->what_if->said.edges.n + self->what_if->said.evidence.n == 0)
        return TRUE;

    CpsfFeedInfo *feeds = cpsf_try_new0(CpsfFeedInfo, (size_t) n + 1, error);

    if (feeds == NULL)
        return FALSE;
    for (int64_t i = 0; i < n; i++)
        feeds[i] = copy_info(&base->feeds[i]);
    feeds[n].id = g_strdup("what-if");
    feeds[n].format = g_strdup(CPSF_FORMAT_WHAT_IF);
    feeds[n].issued = CPSF_TIME_ALWAYS_BEFORE;
    cpsf_graph_replace_feeds(self->graph, feeds, n + 1);
    return TRUE;
}

/* ---- beyond rows ------------------------------------------------------------------------- */

static gboolean
remove_nodes(Derivation *self, GError **error)
{
    CpsfGraph *graph = self->graph;
    uint8_t *removed;

    if (self->what_if->removed.n == 0)
        return TRUE;
    removed = cpsf_try_new0(uint8_t, (size_t) graph->n_nodes, error);
    if (removed == NULL)
        return FALSE;
    if (graph->removed != NULL)
        memcpy(removed, graph->removed, (size_t) graph->n_nodes);
    for (int64_t i = 0; i < self->what_if->removed.n; i++)
        removed[node_named(self, self->what_if->removed.items[i])] = 1;
    cpsf_graph_replace(graph, removed, removed, removed);
    return TRUE;
}

typedef struct {
    CpsfSetOpinion set;
    int64_t turn; /* -1 = the base has it */
} Turn;

static int
compare_turns(const void *a, const void *b)
{
    const Turn *x = a;
    const Turn *y = b;

    if (x->set.node != y->set.node)
        return x->set.node < y->set.node ? -1 : 1;
    if (x->set.layer != y->set.layer)
        return x->set.layer < y->set.layer ? -1 : 1;
    return (x->turn > y->turn) - (x->turn < y->turn);
}

/* All opinions set, here and in the base, by anchor and turn. */
static Turn *
list_turns(const Derivation *self, int64_t n, GError **error)
{
    const CpsfGraph *base = self->base;
    Turn *turns = cpsf_try_new(Turn, (size_t) n, error);

    if (turns == NULL)
        return NULL;
    for (int64_t i = 0; i < base->n_set_opinions; i++) {
        turns[i] = (Turn){base->set_opinions[i], -1};
        if (self->map != NULL)
            turns[i].set.node = self->map[turns[i].set.node];
    }
    for (int64_t i = base->n_set_opinions; i < n; i++) {
        const int64_t turn = i - base->n_set_opinions;
        const CpsfSupposedOpinion *said = &self->what_if->opinions.items[turn];

        turns[i].set.opinion = said->opinion;
        turns[i].set.node = (int32_t) node_named(self, said->key);
        turns[i].set.layer = said->layer;
        turns[i].turn = turn;
    }
    qsort(turns, (size_t) n, sizeof *turns, compare_turns);
    return turns;
}

static gboolean
set_opinions(Derivation *self, GError **error)
{
    CpsfGraph *graph = self->graph;
    const int64_t n = self->base->n_set_opinions + self->what_if->opinions.n;
    int64_t kept = 0;

    if (self->what_if->opinions.n == 0 && (self->map == NULL || n == 0))
        return TRUE;

    g_autofree Turn *turns = list_turns(self, n, error);

    if (turns == NULL)
        return FALSE;

    CpsfSetOpinion *sets = cpsf_try_new(CpsfSetOpinion, (size_t) n, error);

    if (sets == NULL)
        return FALSE;
    for (int64_t i = 0; i < n; i++)
        if (i + 1 == n || turns[i].set.node != turns[i + 1].set.node ||
            turns[i].set.layer != turns[i + 1].set.layer)
            sets[kept++] = turns[i].set;
    cpsf_graph_replace(graph, set_opinions, set_opinions, sets);
    graph->n_set_opinions = kept;
    return TRUE;
}

static gboolean
derive(Derivation *self, GError **error)
{
    return intern_texts(self, error) && add_feed(self, error) && add_nodes(self, error) &&
           resolve_edges(self, error) && resolve_evidence(self, error) &&
           rebuild_tables(self, error) && remove_nodes(self, error) && set_opinions(self, error);
}

CpsfGraph *
cpsf_what_if_derive(const CpsfWhatIf *self, GError **error)
{
    Derivation derivation = {
        .what_if = self,
        .base = self->base->graph,
        .graph = cpsf_graph_share(self->base->graph),
    };
    CpsfGraph *graph = derive(&derivation, error) ? cpsf_graph_ref(derivation.graph) : NULL;

    derivation_clear(&derivation);
    return graph;
}
