/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * What parties say of each other along `vouches`: the input of EBSL and EigenTrust.
 *
 * An edge x vouches for y carries, in units of docs/semantics.md, section 5:
 *
 *   - for it, 6, the weight of a second party's word, times the edge's criticality;
 *   - 2 b / u for it and 2 d / u against it by the newest opinion that x has of y in each layer;
 *   - the weight of each item about y that x issued and that passes, for it;
 *   - 18 for each that refutes, against it.
 *
 * An opinion with u = 0 is evidence without limit, as certain as that assessor can make anything.
 * No amount stands for it; it outweighs whatever has a limit, and several are weighed against each
 * other.  It is what the rest tends to as u does to 0, equally fast everywhere.
 *
 * An opinion or an item without an edge beside it carries nothing: to vouch is to answer for it.
 * What a what-if sets as an anchor's own opinion is nobody's word and carries nothing either.  Where
 * the policy names signers, nobody is heard until feeds are verified.
 *
 * Below stands the order in which both models go over the parties: circle by circle, each after
 * those that it depends on, so that only circles need to be iterated.
 */

#include "config.h"

#include "cpsf-vouch-private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cpsf-anchor-item-private.h"

#define NOT_KNOWING 2.0 /* W, the evidence that uncertainty stands for */
#define SECOND_PARTY_WEIGHT 6.0
#define REFUTING_WEIGHT 18.0
#define REFUTING (1U << CPSF_REASON_REVOKED | 1U << CPSF_REASON_ANNULLED | 1U << CPSF_REASON_FAILED)

/* The most that one item or opinion counts for: as good as certain, and no sum or product of them
 * overflows. */
#define MOST 1e150

typedef struct {
    int32_t from, to;
    double criticality;
} Vouch;

typedef struct {
    CpsfVouches *vouches;
    const CpsfAnchors *anchors;
    const CpsfSnapshot *snapshot;
    const CpsfGraph *graph;
    int layer;                 /* 0 = all */
    CPSF_ARRAY(Vouch) list;    /* by from, then to */
    CPSF_ARRAY(int64_t) order; /* rows under comparison */
    int64_t *newest;           /* in.m: row of opinions; -1 between anchors */
} Hearing;

void
cpsf_vouches_clear(CpsfVouches *self)
{
    cpsf_csr_clear(&self->in);
    g_clear_pointer(&self->positive, g_free);
    g_clear_pointer(&self->negative, g_free);
    g_clear_pointer(&self->is_dogmatic, g_free);
    g_clear_pointer(&self->is_root, g_free);
    self->n_roots = 0;
}

/*
 * Edges.
 */

/* Edges between the same two in several groups are one: who answers twice answers once, by the
 * highest criticality. */
static gboolean
add_vouch(Hearing *self, const CpsfEdgeRow *row, GError **error)
{
    const double c = isnan(row->criticality)
                         ? self->anchors->policy->relations[CPSF_RELATION_VOUCHES].criticality
                         : row->criticality;
    Vouch *last = self->list.n > 0 ? &self->list.items[self->list.n - 1] : NULL;

    if (last != NULL && last->from == (int32_t) row->from && last->to == (int32_t) row->to) {
        last->criticality = MAX(last->criticality, c);
        return TRUE;
    }

    Vouch *vouch = cpsf_array_add(&self->list, error);

    if (vouch == NULL)
        return FALSE;
    *vouch = (Vouch){(int32_t) row->from, (int32_t) row->to, c};
    return TRUE;
}

/* Rows of one edge stand together, the most authoritative first: the first that holds counts. */
static gboolean
list_vouches(Hearing *self, GError **error)
{
    const CpsfEdgeRow *rows = self->graph->edges.items;
    const uint8_t *holds = self->snapshot->holds;
    const CpsfEdgeRow *last = NULL;

    if (cpsf_policy_has_signers(self->anchors->policy))
        return TRUE;
    for (int64_t i = 0; i < self->graph->edges.n; i++) {
        if (rows[i].relation != CPSF_RELATION_VOUCHES ||
            !cpsf_interval_holds(rows[i].valid, self->snapshot->at) || !holds[rows[i].from] ||
            !holds[rows[i].to] || (last != NULL && cpsf_edge_is_same(last, &rows[i])))
            continue;
        last = &rows[i];
        if (!add_vouch(self, last, error))
            return FALSE;
    }
    return TRUE;
}

/* Rows by whom they are about, counting sort; the list is by from, so each row ascends. */
static gboolean
index_vouches(Hearing *self, GError **error)
{
    CpsfVouches *v = self->vouches;
    const size_t m = (size_t) self->list.n;
    const size_t n = (size_t) self->graph->n_nodes;

    v->in.n = self->graph->n_nodes;
    v->in.m = self->list.n;
    if ((v->in.offsets = cpsf_try_new0(int64_t, n + 1, error)) == NULL ||
        (v->in.heads = cpsf_try_new(int32_t, m, error)) == NULL ||
        (v->positive = cpsf_try_new(double, m, error)) == NULL ||
        (v->negative = cpsf_try_new0(double, m, error)) == NULL ||
        (v->is_dogmatic = cpsf_try_new0(uint8_t, m, error)) == NULL)
        return FALSE;

    int64_t *offsets = v->in.offsets;

    for (size_t i = 0; i < m; i++)
        offsets[self->list.items[i].to + 1]++;
    for (size_t j = 0; j < n; j++)
        offsets[j + 1] += offsets[j];
    for (size_t i = 0; i < m; i++) {
        const int64_t e = offsets[self->list.items[i].to]++;

        v->in.heads[e] = self->list.items[i].from;
        v->positive[e] = SECOND_PARTY_WEIGHT * self->list.items[i].criticality;
    }
    /* each offset has moved to the next one */
    memmove(offsets + 1, offsets, n * sizeof *offsets);
    offsets[0] = 0;
    return TRUE;
}

/* The edge by which the party with the key @who vouches for @about; -1 = there is none. */
static int64_t
find_vouch(const Hearing *self, CpsfStr who, uint32_t about)
{
    const CpsfCsr *in = &self->vouches->in;
    const int32_t from = who != 0 ? cpsf_graph_node_of(self->graph, who) : CPSF_NODE_NONE;
    int64_t low = in->offsets[about];
    int64_t high = in->offsets[about + 1];
    const int64_t end = high;

    while (low < high) {
        const int64_t middle = low + (high - low) / 2;

        if (in->heads[middle] < from)
            low = middle + 1;
        else
            high = middle;
    }
    return from != CPSF_NODE_NONE && low < end && in->heads[low] == from ? low : -1;
}

static gboolean
hears_layer(const Hearing *self, uint8_t layer)
{
    return self->layer == 0 || self->layer == layer;
}

/*
 * Items.
 */

/* The edge that an item adds to, if it passes or refutes at all. */
static int64_t
find_item(const Hearing *self, int64_t i, CpsfVerdict *verdict)
{
    const CpsfEvidenceRow *row = &self->graph->evidence.items[i];
    const int64_t e = hears_layer(self, row->layer) ? find_vouch(self, row->issuer, row->node) : -1;

    if (e < 0)
        return -1;
    *verdict = cpsf_anchors_judge(self->anchors, i, row->layer);
    return verdict->exists && (verdict->reasons & ~REFUTING) == 0 ? e : -1;
}

#define ORDER(a, b) (((a) > (b)) - ((a) < (b)))

/* Of items that share subject, scheme, id and layer: 0 iff they state the same; else in no order
 * that matters. */
static int
compare_statements(const CpsfGraph *graph, const CpsfEvidenceRow *a, const CpsfEvidenceRow *b)
{
    const int32_t from_a = cpsf_graph_node_of(graph, a->issuer);
    const int32_t from_b = cpsf_graph_node_of(graph, b->issuer);

    if (from_a != from_b)
        return ORDER(from_a, from_b);
    if (a->scope != b->scope)
        return ORDER(a->scope, b->scope);
    if (a->assurance != b->assurance)
        return ORDER(a->assurance, b->assurance);
    if (a->status != b->status)
        return ORDER(a->status, b->status);
    if (a->valid.since != b->valid.since)
        return ORDER(a->valid.since, b->valid.since);
    return ORDER(a->valid.until, b->valid.until);
}

static int
compare_repeats(const void *left, const void *right, void *data)
{
    const CpsfGraph *graph = data;
    const int64_t i = *(const int64_t *) left;
    const int64_t j = *(const int64_t *) right;
    const int order =
        compare_statements(graph, &graph->evidence.items[i], &graph->evidence.items[j]);

    return order != 0 ? order : ORDER(i, j);
}

static int
compare_rows(const void *left, const void *right)
{
    return ORDER(*(const int64_t *) left, *(const int64_t *) right);
}

/* Leaves the first of those that state the same, in order of the table. */
static void
drop_repeats(Hearing *self)
{
    const CpsfEvidenceRow *items = self->graph->evidence.items;
    int64_t *rows = self->order.items;
    int64_t n = 0;

    if (self->order.n < 2)
        return;
    qsort_r(rows, (size_t) self->order.n, sizeof *rows, compare_repeats, (void *) self->graph);
    for (int64_t k = 0; k < self->order.n; k++)
        if (n == 0 || compare_statements(self->graph, &items[rows[n - 1]], &items[rows[k]]) != 0)
            rows[n++] = rows[k];
    self->order.n = n;
    qsort(rows, (size_t) n, sizeof *rows, compare_rows);
}

/* Of a passing item: what the policy says of its scheme, else by its effective assurance. */
static double
weight_of(const Hearing *self, int64_t i, const CpsfVerdict *verdict)
{
    const int16_t scheme = self->anchors->items[i].scheme;
    const double given = self->anchors->policy->schemes.items[scheme].weight;

    if (given >= 0.0)
        return MIN(given, MOST);
    if (verdict->assurance >= CPSF_ASSURANCE_THIRD_PARTY)
        return 18.0;
    return verdict->assurance == CPSF_ASSURANCE_SECOND_PARTY ? 6.0 : 2.0;
}

static void
add_items(Hearing *self)
{
    for (int64_t k = 0; k < self->order.n; k++) {
        CpsfVerdict verdict = {0};
        const int64_t i = self->order.items[k];
        const int64_t e = find_item(self, i, &verdict);

        if (verdict.reasons == 0)
            self->vouches->positive[e] += weight_of(self, i, &verdict);
        else
            self->vouches->negative[e] += REFUTING_WEIGHT;
    }
}

static gboolean
is_same_item(const CpsfEvidenceRow *a, const CpsfEvidenceRow *b)
{
    return a->node == b->node && a->scheme == b->scheme && a->id == b->id && a->layer == b->layer;
}

/* What is said twice counts once: rows of one item stand together, but not those that say the same
 * of it. */
static gboolean
hear_items(Hearing *self, GError **error)
{
    const CpsfEvidenceRow *rows = self->graph->evidence.items;
    const int64_t n = self->graph->evidence.n;

    for (int64_t i = 0; i < n; i++) {
        CpsfVerdict verdict;

        if (i > 0 && !is_same_item(&rows[i - 1], &rows[i])) {
            drop_repeats(self);
            add_items(self);
            self->order.n = 0;
        }
        if (find_item(self, i, &verdict) < 0)
            continue;

        int64_t *slot = cpsf_array_add(&self->order, error);

        if (slot == NULL)
            return FALSE;
        *slot = i;
    }
    drop_repeats(self);
    add_items(self);
    return TRUE;
}

/*
 * Opinions.
 */

static gboolean
is_newer(const CpsfGraph *graph, const CpsfOpinionRow *a, const CpsfOpinionRow *b)
{
    const CpsfTime issued_a = graph->feeds[a->place.feed].issued;
    const CpsfTime issued_b = graph->feeds[b->place.feed].issued;

    return a->valid.since != b->valid.since ? a->valid.since > b->valid.since : issued_a > issued_b;
}

static int64_t
find_opinion(const Hearing *self, const CpsfOpinionRow *row)
{
    if (!hears_layer(self, row->layer) || !cpsf_interval_holds(row->valid, self->snapshot->at))
        return -1;
    return find_vouch(self, row->assessor, row->node);
}

/* What outweighs all else begins anew. */
static void
add_dogmatic(CpsfVouches *v, int64_t e, const CpsfOpinionRow *row)
{
    if (!v->is_dogmatic[e])
        v->positive[e] = v->negative[e] = 0.0;
    v->is_dogmatic[e] = 1;
    v->positive[e] += row->belief;
    v->negative[e] += row->disbelief;
}

static void
add_opinion(CpsfVouches *v, int64_t e, const CpsfOpinionRow *row)
{
    const double unit = NOT_KNOWING / MAX(row->uncertainty, NOT_KNOWING / MOST);

    if (!(row->uncertainty > 0.0)) {
        add_dogmatic(v, e, row);
    } else if (!v->is_dogmatic[e]) {
        v->positive[e] += unit * row->belief;
        v->negative[e] += unit * row->disbelief;
    }
}

/* Rows [first, last) are about one anchor: of each assessor the newest counts; where two are as new,
 * the first, which is the more authoritative. */
static void
hear_anchor(Hearing *self, int64_t first, int64_t last)
{
    const CpsfOpinionRow *rows = self->graph->opinions.items;

    for (int64_t i = first; i < last; i++) {
        const int64_t e = find_opinion(self, &rows[i]);

        if (e >= 0 &&
            (self->newest[e] < 0 || is_newer(self->graph, &rows[i], &rows[self->newest[e]])))
            self->newest[e] = i;
    }
    for (int64_t i = first; i < last; i++) {
        const int64_t e = find_opinion(self, &rows[i]);

        if (e < 0 || self->newest[e] != i)
            continue;
        add_opinion(self->vouches, e, &rows[i]);
        self->newest[e] = -1;
    }
}

static gboolean
hear_opinions(Hearing *self, GError **error)
{
    CpsfVouches *v = self->vouches;
    const CpsfOpinionRow *rows = self->graph->opinions.items;
    const int64_t n = self->graph->opinions.n;

    self->newest = cpsf_try_new(int64_t, (size_t) v->in.m, error);
    if (self->newest == NULL)
        return FALSE;
    memset(self->newest, 0xFF, (size_t) v->in.m * sizeof *self->newest);
    for (int64_t first = 0, last; first < n; first = last) {
        last = first + 1;
        while (last < n && rows[first].node == rows[last].node &&
               rows[first].layer == rows[last].layer)
            last++;
        hear_anchor(self, first, last);
    }
    for (int64_t e = 0; e < v->in.m; e++) {
        const double sum = v->positive[e] + v->negative[e];

        if (!v->is_dogmatic[e])
            continue;
        v->positive[e] /= sum;
        v->negative[e] /= sum;
    }
    return TRUE;
}

/* The roots of the policy, whatever scheme they answer for. */
static gboolean
find_roots(Hearing *self, GError **error)
{
    CpsfVouches *v = self->vouches;
    const CpsfPolicy *policy = self->anchors->policy;

    v->is_root = cpsf_try_new0(uint8_t, (size_t) self->graph->n_nodes, error);
    if (v->is_root == NULL)
        return FALSE;
    for (int64_t i = 0; i < policy->roots.n; i++) {
        const char *key = policy->roots.items[i].key;
        const CpsfStr known = cpsf_strtab_find(self->graph->strings, key, strlen(key));
        const int32_t node = known != 0 ? cpsf_graph_node_of(self->graph, known) : CPSF_NODE_NONE;

        if (node == CPSF_NODE_NONE || !self->snapshot->holds[node] || v->is_root[node])
            continue;
        v->is_root[node] = 1;
        v->n_roots++;
    }
    return TRUE;
}

gboolean
cpsf_vouches_init(CpsfVouches *self, const CpsfAnchors *anchors, int layer, GError **error)
{
    Hearing hearing = {
        .vouches = self,
        .anchors = anchors,
        .snapshot = anchors->snapshot,
        .graph = anchors->snapshot->graph,
        .layer = layer,
    };

    *self = (CpsfVouches){0};

    const gboolean is_done = find_roots(&hearing, error) && list_vouches(&hearing, error) &&
                             index_vouches(&hearing, error) && hear_items(&hearing, error) &&
                             hear_opinions(&hearing, error);

    g_free(hearing.list.items);
    g_free(hearing.order.items);
    g_free(hearing.newest);
    if (!is_done)
        cpsf_vouches_clear(self);
    return is_done;
}

gboolean
cpsf_vouches_check_roots(const CpsfVouches *self, GError **error)
{
    if (self->n_roots > 0)
        return TRUE;
    return cpsf_fail(
        error, CPSF_ERROR_NOT_FOUND,
        "no root of the policy is a node at this moment, so that trust begins nowhere");
}

/*
 * Circles.
 */

void
cpsf_circles_clear(CpsfCircles *self)
{
    g_clear_pointer(&self->circle, g_free);
    g_clear_pointer(&self->members, g_free);
    g_clear_pointer(&self->start, g_free);
    self->n = 0;
}

/* Counting sort. */
static gboolean
sort_members(CpsfCircles *self, int32_t n, GError **error)
{
    self->members = cpsf_try_new(int32_t, (size_t) n, error);
    if (self->members == NULL)
        return FALSE;
    self->start = cpsf_try_new0(int32_t, (size_t) self->n + 1, error);
    if (self->start == NULL)
        return FALSE;
    for (int32_t v = 0; v < n; v++)
        self->start[self->circle[v] + 1]++;
    for (int32_t k = 0; k < self->n; k++)
        self->start[k + 1] += self->start[k];
    for (int32_t v = 0; v < n; v++)
        self->members[self->start[self->circle[v]]++] = v;
    /* each start has moved to the next one */
    memmove(self->start + 1, self->start, (size_t) self->n * sizeof *self->start);
    self->start[0] = 0;
    return TRUE;
}

gboolean
cpsf_circles_init(CpsfCircles *self, const CpsfCsr *in, GError **error)
{
    *self = (CpsfCircles){0};
    self->circle = cpsf_try_new(int32_t, (size_t) in->n, error);
    if (self->circle == NULL || !cpsf_csr_components(in, self->circle, &self->n, error)) {
        cpsf_circles_clear(self);
        return FALSE;
    }
    /* edges of @in run against evidence, and so do the numbers of components */
    for (int32_t v = 0; v < in->n; v++)
        self->circle[v] = self->n - 1 - self->circle[v];
    if (sort_members(self, in->n, error))
        return TRUE;
    cpsf_circles_clear(self);
    return FALSE;
}
