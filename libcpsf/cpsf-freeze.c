/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * From feeds to a graph, one station after another: the rows of all feeds that count in one table
 * each (cpsf-gather.c); identity (cpsf-identity.c); kinds and layers by authority; edges that fit;
 * everything in canonical order (cpsf-rows.c); and what was found wrong on the way.
 */

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "cpsf-builder-private.h"

typedef struct {
    CpsfGraph *graph;
    CpsfFeed *feeds;
    int64_t n_feeds;
    CpsfFindings *findings;     /* (owned) of freeze itself */
    int32_t *publisher;         /* (owned) per feed: its publisher's node, or none */
    uint32_t *rank;             /* (owned) per feed: 0 for the one issued last */
    int64_t *n_misfits;         /* (owned) per feed: edges left out for relation-kind */
    const CpsfFinding **misfit; /* (owned) per feed: (nullable) the first of them by place */
    CpsfAuthority authority;
} Freeze;

static void
number_rows(CpsfGraph *graph)
{
    const int32_t *node_of = graph->node_of;

    for (int64_t i = 0; i < graph->edges.n; i++) {
        CpsfEdgeRow *row = &graph->edges.items[i];

        row->from = (uint32_t) node_of[row->from];
        row->to = (uint32_t) node_of[row->to];
    }
#define NUMBER(member)                                                                             \
    for (int64_t i = 0; i < graph->member.n; i++)                                                  \
        graph->member.items[i].node = (uint32_t) node_of[graph->member.items[i].node];
    NUMBER(nodes)
    NUMBER(names)
    NUMBER(aliases)
    NUMBER(properties)
    NUMBER(consequences)
    NUMBER(opinions)
    NUMBER(groups)
    NUMBER(evidence)
    NUMBER(incidents)
    NUMBER(completeness)
#undef NUMBER
}

typedef struct {
    CpsfTime issued;
    uint32_t feed;
} Issue;

/* Latest first; then in order of feeds, which is that of their ids. */
static int
compare_issues(const void *a, const void *b)
{
    const Issue *x = a;
    const Issue *y = b;

    if (x->issued != y->issued)
        return x->issued > y->issued ? -1 : 1;
    return (x->feed > y->feed) - (x->feed < y->feed);
}

static gboolean
set_authority(Freeze *self, GError **error)
{
    const size_t n = (size_t) self->n_feeds;
    g_autofree Issue *issues = cpsf_try_new(Issue, n, error);

    if (issues == NULL)
        return FALSE;
    self->publisher = cpsf_try_new(int32_t, n, error);
    if (self->publisher == NULL)
        return FALSE;
    self->rank = cpsf_try_new(uint32_t, n, error);
    if (self->rank == NULL)
        return FALSE;
    for (size_t i = 0; i < n; i++) {
        const CpsfFeedInfo *info = &self->feeds[i].info;
        const CpsfStr key =
            info->publisher == NULL
                ? 0
                : cpsf_strtab_find(self->graph->strings, info->publisher, strlen(info->publisher));

        self->publisher[i] = cpsf_graph_node_of(self->graph, key);
        issues[i] = (Issue){info->issued, (uint32_t) i};
    }
    if (n > 0)
        qsort(issues, n, sizeof *issues, compare_issues);
    for (size_t i = 0; i < n; i++)
        self->rank[issues[i].feed] = (uint32_t) i;
    self->authority = (CpsfAuthority){self->graph->strings, self->publisher, self->rank};
    return TRUE;
}

/* @a, @b, @c: one for each %s, then NULL. */
static const CpsfFinding *
add_finding(Freeze *self,
            CpsfFindingCode code,
            CpsfPlace place,
            const char *sentence,
            const char *a,
            const char *b,
            const char *c)
{
    const char *file = self->feeds[place.feed].info.file;

    cpsf_findings_add(self->findings, code, file != NULL ? file : "", place.line, place.column,
                      sentence, a, b, c, NULL);
    return cpsf_findings_get(self->findings, cpsf_findings_get_n(self->findings) - 1);
}

/* A later version that calls a node something else corrects itself; any other row that does is a
 * conflict. */
static gboolean
is_conflict(const Freeze *self, const CpsfNodeRow *decides, const CpsfNodeRow *row)
{
    if (row->kind == CPSF_KIND_UNKNOWN || row->kind == decides->kind)
        return FALSE;
    return row->place.feed == decides->place.feed ||
           g_strcmp0(self->feeds[row->place.feed].info.id,
                     self->feeds[decides->place.feed].info.id) != 0;
}

static void
report_conflicts(Freeze *self, const CpsfNodeRow *decides, const CpsfNodeRow *row, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        if (is_conflict(self, decides, &row[i]))
            add_finding(self, CPSF_FINDING_KIND_CONFLICT, row[i].place,
                        N_("%s is a %s here, but a %s in a statement that counts more"),
                        cpsf_strtab_get(self->graph->strings, self->graph->key[row[i].node]),
                        cpsf_word(CPSF_WORDS_KIND, row[i].kind),
                        cpsf_word(CPSF_WORDS_KIND, decides->kind));
}

/* Kind, name and class from the first row that gives one; layers from all. */
static void
describe_node(Freeze *self, int32_t v)
{
    CpsfGraph *graph = self->graph;
    const int64_t n = graph->node_rows[v + 1] - graph->node_rows[v];
    const CpsfNodeRow *row = n > 0 ? graph->nodes.items + graph->node_rows[v] : NULL;
    const CpsfNodeRow *decides = NULL;

    for (int64_t i = 0; i < n; i++) {
        if (decides == NULL && row[i].kind != CPSF_KIND_UNKNOWN)
            decides = &row[i];
        if (graph->name[v] == 0)
            graph->name[v] = row[i].name;
        if (graph->class_name[v] == 0)
            graph->class_name[v] = row[i].class_name;
        graph->layers[v] |= row[i].layers;
    }
    if (decides != NULL) {
        graph->kind[v] = decides->kind;
        report_conflicts(self, decides, row, n);
    }
    if (graph->layers[v] == 0)
        graph->layers[v] = (uint8_t) cpsf_kind_get_default_layers((CpsfKind) graph->kind[v]);
}

static gboolean
describe_nodes(Freeze *self, GError **error)
{
    CpsfGraph *graph = self->graph;
    const size_t n = (size_t) graph->n_nodes;

    graph->node_rows = cpsf_try_new(int64_t, n + 1, error);
    if (graph->node_rows == NULL)
        return FALSE;
    graph->name = cpsf_try_new0(CpsfStr, n, error);
    if (graph->name == NULL)
        return FALSE;
    graph->class_name = cpsf_try_new0(CpsfStr, n, error);
    if (graph->class_name == NULL)
        return FALSE;
    graph->kind = cpsf_try_new0(uint8_t, n, error);
    if (graph->kind == NULL)
        return FALSE;
    graph->layers = cpsf_try_new0(uint8_t, n, error);
    if (graph->layers == NULL)
        return FALSE;
    if (!cpsf_rows_sort(cpsf_shape_get(CPSF_TABLE_nodes), &self->authority, graph->nodes.items,
                        graph->nodes.n, graph->n_nodes, graph->node_rows, error))
        return FALSE;
    for (int32_t v = 0; v < graph->n_nodes; v++)
        describe_node(self, v);
    return TRUE;
}

static gboolean
is_earlier(CpsfPlace a, CpsfPlace b)
{
    if (a.feed != b.feed)
        return a.feed < b.feed;
    return a.line != b.line ? a.line < b.line : a.column < b.column;
}

static void
report_misfit(Freeze *self, const CpsfEdgeRow *row)
{
    const uint32_t feed = row->place.feed;
    const CpsfFinding *first = self->misfit[feed];
    const CpsfFinding *finding = add_finding(
        self, CPSF_FINDING_RELATION_KIND, row->place, N_("%s does not run from %s to %s"),
        cpsf_word(CPSF_WORDS_RELATION, row->relation),
        cpsf_word(CPSF_WORDS_KIND, self->graph->kind[row->from]),
        cpsf_word(CPSF_WORDS_KIND, self->graph->kind[row->to]));

    self->n_misfits[feed]++;
    if (first == NULL || finding->line < first->line ||
        (finding->line == first->line && finding->column < first->column))
        self->misfit[feed] = finding;
}

/* Whether the edge belongs in the graph; if not, says why. */
static gboolean
accept_edge(Freeze *self, const CpsfEdgeRow *row)
{
    const CpsfGraph *graph = self->graph;

    if (!cpsf_relation_fits((CpsfRelation) row->relation, (CpsfKind) graph->kind[row->from],
                            (CpsfKind) graph->kind[row->to])) {
        report_misfit(self, row);
        return FALSE;
    }
    if (row->from == row->to) {
        add_finding(self, CPSF_FINDING_SELF_LOOP, row->place,
                    N_("%s from %s to itself is left out"),
                    cpsf_word(CPSF_WORDS_RELATION, row->relation),
                    cpsf_strtab_get(graph->strings, graph->key[row->from]), NULL);
        return FALSE;
    }
    return TRUE;
}

static gboolean
filter_edges(Freeze *self, GError **error)
{
    CpsfGraph *graph = self->graph;
    int64_t kept = 0;

    self->n_misfits = cpsf_try_new0(int64_t, (size_t) self->n_feeds, error);
    if (self->n_misfits == NULL)
        return FALSE;
    self->misfit = cpsf_try_new0(const CpsfFinding *, (size_t) self->n_feeds, error);
    if (self->misfit == NULL)
        return FALSE;
    for (int64_t i = 0; i < graph->edges.n; i++) {
        if (!accept_edge(self, &graph->edges.items[i]))
            continue;
        if (kept != i)
            graph->edges.items[kept] = graph->edges.items[i];
        kept++;
    }
    graph->edges.n = kept;
    return TRUE;
}

/* Where a node was first spoken of; only of nodes without a kind. */
typedef struct {
    const CpsfGraph *graph;
    CpsfPlace *first; /* per node; feed UINT32_MAX = nowhere yet */
} Mentions;

static void
mention(Mentions *self, uint32_t node, CpsfPlace place)
{
    if (self->graph->kind[node] == CPSF_KIND_UNKNOWN && is_earlier(place, self->first[node]))
        self->first[node] = place;
}

static void
mention_all(Mentions *self)
{
    const CpsfGraph *graph = self->graph;

    for (int64_t i = 0; i < graph->edges.n; i++) {
        mention(self, graph->edges.items[i].from, graph->edges.items[i].place);
        mention(self, graph->edges.items[i].to, graph->edges.items[i].place);
    }
#define MENTION(member)                                                                            \
    for (int64_t i = 0; i < graph->member.n; i++)                                                  \
        mention(self, graph->member.items[i].node, graph->member.items[i].place);
    MENTION(nodes)
    MENTION(names)
    MENTION(aliases)
    MENTION(properties)
    MENTION(consequences)
    MENTION(opinions)
    MENTION(groups)
    MENTION(evidence)
    MENTION(incidents)
    MENTION(completeness)
#undef MENTION
}

/* Before edges are filtered, so that the place is that of whatever speaks of the node first. */
static gboolean
report_unknown(Freeze *self, GError **error)
{
    const CpsfGraph *graph = self->graph;
    int32_t v = 0;

    while (v < graph->n_nodes && graph->kind[v] != CPSF_KIND_UNKNOWN)
        v++;
    if (v == graph->n_nodes)
        return TRUE;

    g_autofree CpsfPlace *first = cpsf_try_new(CpsfPlace, (size_t) graph->n_nodes, error);

    if (first == NULL)
        return FALSE;
    memset(first, 0xFF, (size_t) graph->n_nodes * sizeof *first);
    mention_all(&(Mentions){graph, first});
    for (; v < graph->n_nodes; v++)
        if (graph->kind[v] == CPSF_KIND_UNKNOWN)
            add_finding(self, CPSF_FINDING_UNKNOWN_KIND, first[v],
                        N_("no statement says what %s is"),
                        cpsf_strtab_get(graph->strings, graph->key[v]), NULL, NULL);
    return TRUE;
}

/* The status passes, but whoever relies on the item should read its conditions. */
static void
report_restricted(Freeze *self)
{
    const CpsfGraph *graph = self->graph;

    for (int64_t i = 0; i < graph->evidence.n; i++) {
        const CpsfEvidenceRow *row = &graph->evidence.items[i];

        if (row->status == CPSF_STATUS_RESTRICTED)
            add_finding(self, CPSF_FINDING_RESTRICTED, row->place,
                        N_("evidence %s about %s is restricted"),
                        cpsf_strtab_get(graph->strings, row->scheme),
                        cpsf_strtab_get(graph->strings, graph->key[row->node]), NULL);
    }
}

/* Edges that agree in from, to, relation and group are one. */
static int64_t
count_edges(const CpsfGraph *graph)
{
    const CpsfEdgeRow *row = graph->edges.items;
    int64_t n = 0;

    for (int64_t i = 0; i < graph->edges.n; i++)
        if (i == 0 || !cpsf_edge_is_same(&row[i - 1], &row[i]))
            n++;
    return n;
}

static gboolean
sort_tables(Freeze *self, GError **error)
{
    CpsfGraph *graph = self->graph;
    g_autofree int64_t *starts = cpsf_try_new(int64_t, (size_t) graph->n_nodes + 1, error);

    if (starts == NULL)
        return FALSE;
#define SORT(type, member)                                                                         \
    if (CPSF_TABLE_##member != CPSF_TABLE_nodes && graph->member.n > 0 &&                          \
        !cpsf_rows_sort(cpsf_shape_get(CPSF_TABLE_##member), &self->authority,                     \
                        graph->member.items, graph->member.n, graph->n_nodes, starts, error))      \
        return FALSE;
    CPSF_STATEMENT_TABLES(SORT)
#undef SORT
    graph->n_edges = count_edges(graph);
    return TRUE;
}

/* Rejects the feeds with an edge that does not fit; whether there was one. */
static gboolean
reject_misfits(Freeze *self)
{
    gboolean rejected = FALSE;

    for (int64_t i = 0; i < self->n_feeds; i++)
        if (self->misfit[i] != NULL) {
            cpsf_feed_reject_for(&self->feeds[i], self->misfit[i]);
            rejected = TRUE;
        }
    return rejected;
}

/* What the graph keeps of feeds, and all findings of those that count. */
static gboolean
hand_over(Freeze *self, GError **error)
{
    CpsfGraph *graph = self->graph;

    graph->feeds = cpsf_try_new(CpsfFeedInfo, (size_t) self->n_feeds, error);
    if (graph->feeds == NULL)
        return FALSE;
    for (int64_t i = 0; i < self->n_feeds; i++) {
        CpsfFeed *feed = &self->feeds[i];

        if (feed->info.state == CPSF_FEED_IMPORTED && feed->findings != NULL)
            cpsf_findings_append(graph->findings, feed->findings);
        feed->info.items_left_out += self->n_misfits[i];
        graph->feeds[i] = feed->info;
        memset(&feed->info, 0, sizeof feed->info);
    }
    graph->n_feeds = self->n_feeds;
    cpsf_findings_append(graph->findings, self->findings);
    cpsf_findings_sort(graph->findings);
    return TRUE;
}

static gboolean
freeze(Freeze *self, const CpsfFreezeOptions *options, gboolean *again, GError **error)
{
    int64_t n_imported = 0;

    for (int64_t i = 0; i < self->n_feeds; i++)
        n_imported += self->feeds[i].info.state == CPSF_FEED_IMPORTED;

    /* If the only feed is rejected nothing is left to start from again. */
    const gboolean keep = options->strict && n_imported > 1;

    if (!cpsf_feeds_gather(self->feeds, self->n_feeds, keep, self->graph, error) ||
        !cpsf_identity_resolve(self->graph, self->feeds, error))
        return FALSE;
    number_rows(self->graph);
    report_restricted(self);
    if (!set_authority(self, error) || !describe_nodes(self, error) ||
        !report_unknown(self, error) || !filter_edges(self, error))
        return FALSE;
    *again = options->strict && reject_misfits(self);
    return *again || (sort_tables(self, error) && hand_over(self, error));
}

CpsfGraph *
cpsf_feeds_freeze(CpsfFeed *feeds,
                  int64_t n,
                  CpsfStrtab *strings,
                  const CpsfFreezeOptions *options,
                  gboolean *again,
                  GError **error)
{
    g_autoptr(CpsfGraph) graph = cpsf_graph_alloc(strings);
    Freeze self = {
        .graph = graph,
        .feeds = feeds,
        .n_feeds = n,
        .findings = cpsf_findings_new(),
    };

    *again = FALSE;

    const gboolean frozen = freeze(&self, options, again, error);

    cpsf_findings_unref(self.findings);
    g_free(self.publisher);
    g_free(self.rank);
    g_free(self.n_misfits);
    g_free(self.misfit);
    return frozen && !*again ? g_steal_pointer(&graph) : NULL;
}
