/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * A graph at one moment: which nodes hold, which edges between them, each once, as adjacency both
 * ways, and the strongly connected components in topological order, on which every question
 * builds.  One pass over the rows of edges, which already stand in canonical order, then counting
 * sorts.
 */

#include "config.h"

#include <string.h>

#include "cpsf-mem-private.h"
#include "cpsf-snapshot-private.h"

static void
clear_shape(CpsfSnapshot *self)
{
    cpsf_csr_clear(&self->out);
    cpsf_csr_clear(&self->in);
    g_free(self->holds);
    g_free(self->out_row);
    g_free(self->in_out);
    g_free(self->component);
    g_free(self->order);
    g_free(self->component_start);
}

static void
clear_snapshot(void *data)
{
    CpsfSnapshot *self = data;

    if (self->shared != NULL)
        cpsf_snapshot_unref(self->shared);
    else
        clear_shape(self);
    g_free(self->set_opinions);
    if (self->findings != NULL)
        cpsf_findings_unref(self->findings);
    cpsf_graph_unref(self->graph);
}

/**
 * cpsf_snapshot_ref:
 * @self: a snapshot
 *
 * Holds on to a snapshot.  Any thread may.
 *
 * Returns: (transfer full): @self
 *
 * Since: 0.1
 */
CpsfSnapshot *
cpsf_snapshot_ref(CpsfSnapshot *self)
{
    return g_atomic_rc_box_acquire(self);
}

/**
 * cpsf_snapshot_unref:
 * @self: (transfer full): a snapshot
 *
 * Lets go of a snapshot; the last to do so frees it.
 *
 * Since: 0.1
 */
void
cpsf_snapshot_unref(CpsfSnapshot *self)
{
    g_atomic_rc_box_release_full(self, clear_snapshot);
}

/**
 * cpsf_snapshot_get_at:
 * @self: a snapshot
 *
 * The moment of valid time that it shows.
 *
 * Returns: as given to [method@Graph.snapshot]
 *
 * Since: 0.1
 */
CpsfTime
cpsf_snapshot_get_at(const CpsfSnapshot *self)
{
    return self->at;
}

/**
 * cpsf_snapshot_get_graph:
 * @self: a snapshot
 *
 * The graph that it is of.
 *
 * Returns: (transfer none): good as long as @self
 *
 * Since: 0.1
 */
CpsfGraph *
cpsf_snapshot_get_graph(const CpsfSnapshot *self)
{
    return self->graph;
}

/**
 * cpsf_snapshot_get_n_nodes:
 * @self: a snapshot
 *
 * The number of nodes that hold at its moment.  Ids of nodes are those of the graph, which may be
 * higher.
 *
 * Returns: at least 0
 *
 * Since: 0.1
 */
int32_t
cpsf_snapshot_get_n_nodes(const CpsfSnapshot *self)
{
    return self->n_holding;
}

/**
 * cpsf_snapshot_get_n_edges:
 * @self: a snapshot
 *
 * The number of edges that hold at its moment with both their ends.  `vouches`, which is never
 * reliance, is not among them.
 *
 * Returns: at least 0
 *
 * Since: 0.1
 */
int64_t
cpsf_snapshot_get_n_edges(const CpsfSnapshot *self)
{
    return self->out.m;
}

/**
 * cpsf_snapshot_get_n_components:
 * @self: a snapshot
 *
 * The number of strongly connected components among the nodes that hold.  If it is that of nodes,
 * there is no circle.
 *
 * Returns: at least 0
 *
 * Since: 0.1
 */
int32_t
cpsf_snapshot_get_n_components(const CpsfSnapshot *self)
{
    /* a node that does not hold has no edge and is a component by itself */
    return self->n_components - (self->graph->n_nodes - self->n_holding);
}

/**
 * cpsf_snapshot_get_findings:
 * @self: a snapshot
 *
 * The findings of the graph and those of this moment (`group-short`, `unknown-origin`), sorted by
 * file, line, column and code.
 *
 * Returns: (transfer none): a list, maybe empty
 *
 * Since: 0.1
 */
CpsfFindings *
cpsf_snapshot_get_findings(const CpsfSnapshot *self)
{
    return self->findings;
}

static gboolean
find_holding(CpsfSnapshot *self, GError **error)
{
    const int32_t n = self->graph->n_nodes;

    self->holds = cpsf_try_new(uint8_t, (size_t) n, error);
    if (self->holds == NULL)
        return FALSE;
    for (int32_t v = 0; v < n; v++) {
        self->holds[v] = cpsf_graph_node_holds(self->graph, v, self->at) ? 1 : 0;
        self->n_holding += self->holds[v];
    }
    return TRUE;
}

static gboolean
edge_holds(const CpsfSnapshot *self, const CpsfEdgeRow *row)
{
    return cpsf_interval_holds(row->valid, self->at) && row->relation != CPSF_RELATION_VOUCHES &&
           self->holds[row->from] && self->holds[row->to];
}

/* Rows of one edge stand together, the most authoritative first: the first that holds counts. */
static void
fill_out(CpsfSnapshot *self)
{
    const CpsfEdgeRow *rows = self->graph->edges.items;
    const int64_t n_rows = self->graph->edges.n;
    int64_t *offsets = self->out.offsets;
    const CpsfEdgeRow *last = NULL; /* the latest taken */
    int64_t m = 0;
    int64_t v = 0; /* offsets up to here are known */

    offsets[0] = 0;
    for (int64_t i = 0; i < n_rows; i++) {
        const CpsfEdgeRow *row = &rows[i];

        if (!edge_holds(self, row) || (last != NULL && cpsf_edge_is_same(last, row)))
            continue;
        while (v < row->from)
            offsets[++v] = m;
        self->out.heads[m] = (int32_t) row->to;
        self->out_row[m] = i;
        last = row;
        m++;
    }
    while (v < self->out.n)
        offsets[++v] = m;
    self->out.m = m;
}

/* Gives back what edges that do not hold would have taken.  Shrinking that fails changes nothing. */
static void *
shrink(void *items, int64_t n, size_t size)
{
    void *smaller = g_try_realloc(items, MAX((size_t) n, 1) * size);

    return smaller != NULL ? smaller : items;
}

static gboolean
index_edges(CpsfSnapshot *self, GError **error)
{
    const size_t room = (size_t) self->graph->n_edges;

    self->out.n = self->graph->n_nodes;
    self->out.offsets = cpsf_try_new(int64_t, (size_t) self->out.n + 1, error);
    if (self->out.offsets == NULL)
        return FALSE;
    self->out.heads = cpsf_try_new(int32_t, room, error);
    if (self->out.heads == NULL)
        return FALSE;
    self->out_row = cpsf_try_new(int64_t, room, error);
    if (self->out_row == NULL)
        return FALSE;
    fill_out(self);
    if (self->out.m < self->graph->n_edges) {
        self->out.heads = shrink(self->out.heads, self->out.m, sizeof *self->out.heads);
        self->out_row = shrink(self->out_row, self->out.m, sizeof *self->out_row);
    }
    self->in_out = cpsf_try_new(int64_t, (size_t) self->out.m, error);
    return self->in_out != NULL && cpsf_csr_transpose(&self->out, &self->in, self->in_out, error);
}

/* Nodes by (component, id): counting sort. */
static gboolean
order_nodes(CpsfSnapshot *self, GError **error)
{
    const int32_t n = self->graph->n_nodes;

    self->component = cpsf_try_new(int32_t, (size_t) n, error);
    if (self->component == NULL ||
        !cpsf_csr_components(&self->out, self->component, &self->n_components, error))
        return FALSE;
    self->order = cpsf_try_new(int32_t, (size_t) n, error);
    if (self->order == NULL)
        return FALSE;
    self->component_start = cpsf_try_new0(int32_t, (size_t) self->n_components + 1, error);
    if (self->component_start == NULL)
        return FALSE;

    int32_t *start = self->component_start;

    for (int32_t v = 0; v < n; v++)
        start[self->component[v] + 1]++;
    for (int32_t k = 0; k < self->n_components; k++)
        start[k + 1] += start[k];
    for (int32_t v = 0; v < n; v++)
        self->order[start[self->component[v]]++] = v;
    /* each start has moved to the next one */
    memmove(start + 1, start, (size_t) self->n_components * sizeof *start);
    start[0] = 0;
    return TRUE;
}

/* What is found only at a moment. */
typedef struct {
    CpsfSnapshot *snapshot;
    CpsfFindings *findings; /* (owned) */
    int32_t *members;       /* (owned) (nullable) per string id: edges of the group so named; 0
                               between nodes */
} Finder;

static const char *
file_of(const CpsfGraph *graph, CpsfPlace place)
{
    const char *file = graph->feeds[place.feed].file;

    return file != NULL ? file : "";
}

/* Counts the edges into @node by group, or with @clear takes the counts back. */
static void
count_members(Finder *self, int32_t node, gboolean clear)
{
    const CpsfSnapshot *snapshot = self->snapshot;
    const CpsfCsr *in = &snapshot->in;

    for (int64_t e = in->offsets[node]; e < in->offsets[node + 1]; e++) {
        const int64_t row = snapshot->out_row[snapshot->in_out[e]];
        const CpsfStr group = snapshot->graph->edges.items[row].group;

        self->members[group] = clear ? 0 : self->members[group] + 1;
    }
}

static void
report_short(Finder *self, const CpsfGroupRow *row)
{
    const CpsfGraph *graph = self->snapshot->graph;
    const int32_t n = self->members[row->name];
    g_autofree char *need = NULL;
    g_autofree char *has = NULL;

    if (n >= row->need)
        return;
    need = g_strdup_printf("%d", row->need);
    has = g_strdup_printf("%d", n);
    cpsf_findings_add(self->findings, CPSF_FINDING_GROUP_SHORT, file_of(graph, row->place),
                      row->place.line, row->place.column,
                      N_("group %s of %s needs %s members and has %s"),
                      cpsf_strtab_get(graph->strings, row->name),
                      cpsf_strtab_get(graph->strings, graph->key[row->node]), need, has, NULL);
}

/* The declared groups of one node, rows [first, last): of each the first row that holds counts. */
static void
check_groups_of(Finder *self, int64_t first, int64_t last)
{
    const CpsfSnapshot *snapshot = self->snapshot;
    const CpsfGroupRow *rows = snapshot->graph->groups.items;
    const int32_t node = (int32_t) rows[first].node;
    const CpsfGroupRow *counted = NULL;

    if (!snapshot->holds[node])
        return;
    count_members(self, node, FALSE);
    for (int64_t i = first; i < last; i++) {
        if (!cpsf_interval_holds(rows[i].valid, snapshot->at) ||
            (counted != NULL && counted->name == rows[i].name))
            continue;
        counted = &rows[i];
        report_short(self, counted);
    }
    count_members(self, node, TRUE);
}

static gboolean
check_groups(Finder *self, GError **error)
{
    const CpsfGraph *graph = self->snapshot->graph;

    if (graph->groups.n == 0)
        return TRUE;
    self->members = cpsf_try_new0(int32_t, cpsf_strtab_get_n(graph->strings), error);
    if (self->members == NULL)
        return FALSE;
    for (int64_t first = 0; first < graph->groups.n;) {
        int64_t last = first + 1;

        while (last < graph->groups.n &&
               graph->groups.items[last].node == graph->groups.items[first].node)
            last++;
        check_groups_of(self, first, last);
        first = last;
    }
    return TRUE;
}

#define ORIGINS                                                                                    \
    ((1U << CPSF_RELATION_MAKES) | (1U << CPSF_RELATION_OPERATES) | (1U << CPSF_RELATION_SENSES) | \
     (1U << CPSF_RELATION_DERIVES) | (1U << CPSF_RELATION_FEEDS))

static gboolean
has_origin(const CpsfSnapshot *snapshot, int32_t node)
{
    const CpsfCsr *in = &snapshot->in;

    for (int64_t e = in->offsets[node]; e < in->offsets[node + 1]; e++) {
        const int64_t row = snapshot->out_row[snapshot->in_out[e]];

        if ((ORIGINS >> snapshot->graph->edges.items[row].relation & 1) != 0)
            return TRUE;
    }
    return FALSE;
}

/* The most authoritative row of the node that holds. */
static CpsfPlace
place_of(const CpsfSnapshot *snapshot, int32_t node)
{
    const CpsfGraph *graph = snapshot->graph;
    int64_t i = graph->node_rows[node];

    while (!cpsf_interval_holds(graph->nodes.items[i].valid, snapshot->at))
        i++;
    return graph->nodes.items[i].place;
}

static void
check_origins(Finder *self)
{
    const CpsfSnapshot *snapshot = self->snapshot;
    const CpsfGraph *graph = snapshot->graph;

    for (int32_t v = 0; v < graph->n_nodes; v++) {
        const uint8_t kind = graph->kind[v];

        if ((kind != CPSF_KIND_DATA && kind != CPSF_KIND_DEVICE) || !snapshot->holds[v] ||
            has_origin(snapshot, v))
            continue;

        const CpsfPlace place = place_of(snapshot, v);

        cpsf_findings_add(self->findings, CPSF_FINDING_UNKNOWN_ORIGIN, file_of(graph, place),
                          place.line, place.column,
                          N_("nothing is said to make, operate, sense, derive or feed %s"),
                          cpsf_strtab_get(graph->strings, graph->key[v]), NULL);
    }
}

/* The graph's own list is shared if the moment adds nothing. */
static gboolean
find_findings(CpsfSnapshot *self, GError **error)
{
    Finder finder = {.snapshot = self, .findings = cpsf_findings_new()};
    const gboolean found = check_groups(&finder, error);

    g_free(finder.members);
    if (found)
        check_origins(&finder);
    if (found && cpsf_findings_get_n(finder.findings) > 0) {
        cpsf_findings_append(finder.findings, self->graph->findings);
        cpsf_findings_sort(finder.findings);
        self->findings = cpsf_findings_ref(finder.findings);
    } else if (found) {
        self->findings = cpsf_findings_ref(self->graph->findings);
    }
    cpsf_findings_unref(finder.findings);
    return found;
}

static gboolean
copy_set_opinions(CpsfSnapshot *self, GError **error)
{
    const size_t n = (size_t) self->graph->n_set_opinions;

    if (n == 0)
        return TRUE;
    self->set_opinions = cpsf_try_new(CpsfSetOpinion, n, error);
    if (self->set_opinions == NULL)
        return FALSE;
    memcpy(self->set_opinions, self->graph->set_opinions, n * sizeof *self->set_opinions);
    self->n_set_opinions = self->graph->n_set_opinions;
    return TRUE;
}

/**
 * cpsf_graph_snapshot:
 * @graph: a graph
 * @at: the moment of valid time to show
 * @error: return location for a [type@GLib.Error], or %NULL
 *
 * Shows a graph at one moment: the nodes that hold then, the edges that hold with both their ends,
 * and in which order what relies on what.
 *
 * A node known by reference only holds always.  Where several statements of one edge hold, it is
 * one edge, and the most authoritative counts.  Cost: O(n + m) for n nodes and m statements of
 * edges.
 *
 * Returns: (transfer full): the snapshot; %NULL with %CPSF_ERROR_NO_MEMORY
 *
 * Since: 0.1
 */
CpsfSnapshot *
cpsf_graph_snapshot(CpsfGraph *graph, CpsfTime at, GError **error)
{
    g_return_val_if_fail(graph != NULL, NULL);
    g_return_val_if_fail(error == NULL || *error == NULL, NULL);

    g_autoptr(CpsfSnapshot) self = g_atomic_rc_box_new0(CpsfSnapshot);

    self->graph = cpsf_graph_ref(graph);
    self->at = at;
    if (!find_holding(self, error) || !index_edges(self, error) || !order_nodes(self, error) ||
        !find_findings(self, error) || !copy_set_opinions(self, error))
        return NULL;
    return g_steal_pointer(&self);
}

CpsfSnapshot *
cpsf_snapshot_share(CpsfSnapshot *base, CpsfGraph *graph, GError **error)
{
    g_autoptr(CpsfSnapshot) self = g_atomic_rc_box_new0(CpsfSnapshot);

    /* of whoever made the arrays, so that a chain of what-ifs is no chain of snapshots */
    *self = *base;
    self->shared = cpsf_snapshot_ref(base->shared != NULL ? base->shared : base);
    self->graph = cpsf_graph_ref(graph);
    self->findings = cpsf_findings_ref(base->findings); /* groups and edges are the same */
    self->set_opinions = NULL;
    self->n_set_opinions = 0;
    return copy_set_opinions(self, error) ? g_steal_pointer(&self) : NULL;
}
