/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * What is thought of every anchor by itself (docs/semantics.md, section 5, "Own opinion"): passing
 * items and what assessors believe speak for it, refuting items and what they disbelieve against
 * it, and a constant for not knowing.  Adding up evidence is cumulative fusion of opinions (A.
 * Jøsang, "Subjective Logic", Springer 2016, chapter 12).
 *
 * One walk over the nodes, with a cursor in each of the tables that are sorted by node.  What is
 * said twice counts once: of rows that state the same item one stays, and of an assessor's opinions
 * the newest.
 */

#include "config.h"

#include "cpsf-opinion-private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cpsf-anchor-item-private.h"

enum { LAYERS = 3 };

#define NOT_KNOWING 2.0      /* the weight of having no evidence: W */
#define REFUTING_WEIGHT 18.0 /* of a refuting item, whatever its scheme or assurance */
#define REFUTING (1U << CPSF_REASON_REVOKED | 1U << CPSF_REASON_ANNULLED | 1U << CPSF_REASON_FAILED)

/* Sums beyond the largest double are taken again at this scale, which no table can exceed. */
#define SMALL_SCALE 0x1p-600

static const CpsfOpinion ACCEPTED = {1.0, 0.0, 0.0}; /* of what nobody asks about */
static const CpsfOpinion IGNORANT = {0.0, 0.0, 1.0};

/* What is said of one anchor. */
typedef struct {
    double r;      /* for it */
    double s;      /* against it */
    double belief; /* summed over opinions without uncertainty, likewise disbelief */
    double disbelief;
    gboolean is_dogmatic; /* there is such an opinion */
    gboolean counts;      /* there is any item or opinion that counts */
} Tally;

enum { SILENT, PASSES, REFUTES };

typedef struct {
    const CpsfAnchors *anchors;
    const CpsfSnapshot *snapshot;
    const CpsfGraph *graph;
    uint8_t *voices;           /* (owned) per row of evidence: what it says of its own layer */
    int64_t *assessors;        /* (owned) per row of opinions: who speaks; -1 = it does not count */
    CPSF_ARRAY(int64_t) order; /* rows under comparison */
    int64_t item, opinion;     /* cursors: the first row of the node in hand */
    int64_t anchor, set;
} Own;

static void
own_clear(Own *self)
{
    g_free(self->voices);
    g_free(self->assessors);
    g_free(self->order.items);
}

/* belief <= 1 - disbelief in double, whatever was rounded: what fails where disbelief is all that
 * counts also fails where belief is (section 7). */
static CpsfOpinion
bounded(CpsfOpinion o)
{
    o.belief = MIN(o.belief, 1.0 - o.disbelief);
    return o;
}

/*
 * Repeats.
 */

static gboolean
add_to_order(Own *self, int64_t row, GError **error)
{
    int64_t *slot = cpsf_array_add(&self->order, error);

    if (slot == NULL)
        return FALSE;
    *slot = row;
    return TRUE;
}

#define ORDER(a, b) (((a) > (b)) - ((a) < (b)))

/* A number for an issuer, the same for all its keys. */
static uint64_t
issuer_of(const CpsfGraph *graph, CpsfStr key)
{
    const int32_t node = key != 0 ? cpsf_graph_node_of(graph, key) : CPSF_NODE_NONE;

    return node != CPSF_NODE_NONE ? (uint64_t) node : UINT64_C(1) << 32 | key;
}

/* 0 iff two items about a subject that share scheme, id and layer state the same; else in no order
 * that matters. */
static int
compare_statements(const void *left, const void *right, void *data)
{
    const CpsfGraph *graph = data;
    const CpsfEvidenceRow *a = &graph->evidence.items[*(const int64_t *) left];
    const CpsfEvidenceRow *b = &graph->evidence.items[*(const int64_t *) right];
    const uint64_t from_a = issuer_of(graph, a->issuer);
    const uint64_t from_b = issuer_of(graph, b->issuer);

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

/* Of rows [first, last), which share subject, scheme, id and layer, one of each that state the same
 * keeps its voice; which one makes no difference. */
static gboolean
silence_repeats(Own *self, int64_t first, int64_t last, GError **error)
{
    self->order.n = 0;
    for (int64_t i = first; i < last; i++)
        if (self->voices[i] != SILENT && !add_to_order(self, i, error))
            return FALSE;
    if (self->order.n < 2)
        return TRUE;

    const int64_t *rows = self->order.items;

    qsort_r(self->order.items, (size_t) self->order.n, sizeof *rows, compare_statements,
            (void *) self->graph);
    for (int64_t k = 1; k < self->order.n; k++)
        if (compare_statements(&rows[k - 1], &rows[k], (void *) self->graph) == 0)
            self->voices[rows[k - 1]] = SILENT;
    return TRUE;
}

static gboolean
is_same_item(const CpsfEvidenceRow *a, const CpsfEvidenceRow *b)
{
    return a->node == b->node && a->scheme == b->scheme && a->id == b->id && a->layer == b->layer;
}

/* What every item says of the anchor of its own layer; of other layers it says nothing. */
static gboolean
hear_items(Own *self, GError **error)
{
    const CpsfEvidenceRow *rows = self->graph->evidence.items;
    const int64_t n = self->graph->evidence.n;
    const CpsfItemWorth *worth = self->anchors->items;

    for (int64_t i = 0; i < n; i++) {
        self->voices[i] = SILENT;
        if (!worth[i].exists)
            continue;

        const uint32_t reasons = cpsf_item_get_reasons(self->snapshot, self->anchors->policy,
                                                       &worth[i], &rows[i], rows[i].layer);

        if (reasons == 0)
            self->voices[i] = PASSES;
        else if ((reasons & ~REFUTING) == 0)
            self->voices[i] = REFUTES;
    }
    for (int64_t first = 0, last; first < n; first = last) {
        last = first + 1;
        while (last < n && is_same_item(&rows[first], &rows[last]))
            last++;
        if (last - first > 1 && !silence_repeats(self, first, last, error))
            return FALSE;
    }
    return TRUE;
}

/* Whether @feed comes from the publisher that is @node. */
static gboolean
is_own_publisher(const CpsfGraph *graph, uint32_t feed, uint32_t node)
{
    const char *publisher = graph->feeds[feed].publisher;

    return publisher != NULL && cpsf_graph_find_node(graph, publisher) == (int32_t) node;
}

/* Two opinions about an anchor from feeds issued at one moment, the more authoritative first.  Rows
 * that name the assessor by one key stand in that order already. */
static int
compare_authority(const CpsfGraph *graph, int64_t i, int64_t j)
{
    const CpsfOpinionRow *a = &graph->opinions.items[i];
    const CpsfOpinionRow *b = &graph->opinions.items[j];

    if (a->assessor == b->assessor)
        return ORDER(i, j);
    if (a->place.feed != b->place.feed) {
        const int c = is_own_publisher(graph, b->place.feed, b->node) -
                      is_own_publisher(graph, a->place.feed, a->node);

        return c != 0 ? c : ORDER(a->place.feed, b->place.feed);
    }
    return a->place.line != b->place.line ? ORDER(a->place.line, b->place.line)
                                          : ORDER(a->place.column, b->place.column);
}

/* By assessor; then the newest first: latest since, then latest issue, then authority. */
static int
compare_opinions(const void *left, const void *right, void *data)
{
    const Own *self = data;
    const int64_t i = *(const int64_t *) left;
    const int64_t j = *(const int64_t *) right;
    const CpsfOpinionRow *a = &self->graph->opinions.items[i];
    const CpsfOpinionRow *b = &self->graph->opinions.items[j];
    const CpsfTime issued_a = self->graph->feeds[a->place.feed].issued;
    const CpsfTime issued_b = self->graph->feeds[b->place.feed].issued;

    if (self->assessors[i] != self->assessors[j])
        return ORDER(self->assessors[i], self->assessors[j]);
    if (a->valid.since != b->valid.since)
        return ORDER(b->valid.since, a->valid.since);
    if (issued_a != issued_b)
        return ORDER(issued_b, issued_a);
    return compare_authority(self->graph, i, j);
}

/* Of rows [first, last) about one anchor, the newest of each assessor goes on counting. */
static gboolean
keep_newest(Own *self, int64_t first, int64_t last, GError **error)
{
    int64_t who = -1;

    self->order.n = 0;
    for (int64_t i = first; i < last; i++)
        if (self->assessors[i] >= 0 && !add_to_order(self, i, error))
            return FALSE;
    if (self->order.n > 1)
        qsort_r(self->order.items, (size_t) self->order.n, sizeof *self->order.items,
                compare_opinions, self);
    for (int64_t k = 0; k < self->order.n; k++) {
        int64_t *assessor = &self->assessors[self->order.items[k]];

        if (*assessor == who)
            *assessor = -1;
        else
            who = *assessor;
    }
    return TRUE;
}

static gboolean
hear_assessors(Own *self, GError **error)
{
    const CpsfOpinionRow *rows = self->graph->opinions.items;
    const int64_t n = self->graph->opinions.n;

    if (!cpsf_assessors_judge(self->snapshot, self->anchors->policy, self->anchors->items,
                              self->assessors, error))
        return FALSE;
    for (int64_t first = 0, last; first < n; first = last) {
        last = first + 1;
        while (last < n && rows[first].node == rows[last].node &&
               rows[first].layer == rows[last].layer)
            last++;
        if (!keep_newest(self, first, last, error))
            return FALSE;
    }
    return TRUE;
}

/*
 * Sums.
 */

/* Of a passing item: what the policy says of its scheme, else by its effective assurance. */
static double
weight_of(const CpsfPolicy *policy, const CpsfItemWorth *worth)
{
    const double given = policy->schemes.items[worth->scheme].weight;

    if (given >= 0.0)
        return given;
    if (worth->assurance >= CPSF_ASSURANCE_THIRD_PARTY)
        return 18.0;
    return worth->assurance == CPSF_ASSURANCE_SECOND_PARTY ? 6.0 : 2.0;
}

static void
add_items(const Own *self, int32_t v, double scale, Tally *tallies)
{
    const CpsfEvidenceRow *rows = self->graph->evidence.items;

    for (int64_t i = self->item; i < self->graph->evidence.n && rows[i].node == (uint32_t) v; i++) {
        Tally *tally = &tallies[rows[i].layer - 1];

        if (self->voices[i] == SILENT)
            continue;
        tally->counts = TRUE;
        if (self->voices[i] == PASSES)
            tally->r += scale * weight_of(self->anchors->policy, &self->anchors->items[i]);
        else
            tally->s += scale * REFUTING_WEIGHT;
    }
}

/* r += 2 b / u, s += 2 d / u; opinions with u = 0 are set apart. */
static void
add_opinions(const Own *self, int32_t v, double scale, Tally *tallies)
{
    const CpsfOpinionRow *rows = self->graph->opinions.items;

    for (int64_t i = self->opinion; i < self->graph->opinions.n && rows[i].node == (uint32_t) v;
         i++) {
        Tally *tally = &tallies[rows[i].layer - 1];

        if (self->assessors[i] < 0)
            continue;
        tally->counts = TRUE;
        if (rows[i].uncertainty > 0.0) {
            tally->r += NOT_KNOWING * scale * rows[i].belief / rows[i].uncertainty;
            tally->s += NOT_KNOWING * scale * rows[i].disbelief / rows[i].uncertainty;
            continue;
        }
        tally->is_dogmatic = TRUE;
        tally->belief += rows[i].belief;
        tally->disbelief += rows[i].disbelief;
    }
}

/* FALSE: a sum at this scale is no number. */
static gboolean
add_up(const Own *self, int32_t v, double scale, Tally *tallies)
{
    gboolean is_finite = TRUE;

    memset(tallies, 0, LAYERS * sizeof *tallies);
    add_items(self, v, scale, tallies);
    add_opinions(self, v, scale, tallies);
    for (int l = 0; l < LAYERS; l++)
        is_finite = is_finite && isfinite(tallies[l].r + tallies[l].s);
    return is_finite;
}

/* (r, s, 2) / (r + s + 2), or the mean of opinions without uncertainty: over their sum, which is
 * their number but for what a feed may be off by. */
static CpsfOpinion
settle(const Tally *tally, double scale)
{
    const double all = tally->is_dogmatic ? tally->belief + tally->disbelief
                                          : tally->r + tally->s + NOT_KNOWING * scale;

    if (tally->is_dogmatic)
        return bounded((CpsfOpinion){tally->belief / all, tally->disbelief / all, 0.0});
    return bounded((CpsfOpinion){tally->r / all, tally->s / all, NOT_KNOWING * scale / all});
}

/* The opinion of each layer of @v; @asked: mask of the layers that the policy asks about.  Nobody
 * can speak for what is only a reference, nor about a layer that a node is not in. */
static void
weigh(const Own *self, int32_t v, unsigned asked, CpsfOpinion *layers)
{
    const CpsfGraph *graph = self->graph;
    const unsigned spoken_of = graph->kind[v] == CPSF_KIND_UNKNOWN ? 0 : graph->layers[v];
    Tally tallies[LAYERS];
    double scale = 1.0;

    if (!add_up(self, v, scale, tallies)) {
        scale = SMALL_SCALE;
        add_up(self, v, scale, tallies);
    }
    for (int l = 0; l < LAYERS; l++) {
        const unsigned bit = CPSF_LAYER(l + 1);

        if ((spoken_of & bit) != 0 && tallies[l].counts)
            layers[l] = settle(&tallies[l], scale);
        else
            layers[l] = (asked & bit) != 0 ? IGNORANT : ACCEPTED;
    }
}

/*
 * The walk.
 */

/* Brings a cursor to the first row of a node, or of a later one. */
#define SEEK(cursor, rows, count, v)                                                               \
    while (self->cursor < (count) && (int32_t) (rows)[self->cursor].node < (v))                    \
    self->cursor++

/* The layers of @v that the policy asks about. */
static unsigned
find_asked(Own *self, int32_t v)
{
    const CpsfAnchors *anchors = self->anchors;
    unsigned asked = 0;

    SEEK(anchor, anchors->anchors, anchors->n_anchors, v);
    for (int64_t a = self->anchor; a < anchors->n_anchors && anchors->anchors[a].node == v; a++)
        asked |= CPSF_LAYER(anchors->anchors[a].layer);
    return asked;
}

/* A what-if's opinions of anchors take the place of all else. */
static void
replace_set(Own *self, int32_t v, CpsfOpinion *layers)
{
    const CpsfSetOpinion *set = self->snapshot->set_opinions;
    const int64_t n = self->snapshot->n_set_opinions;

    SEEK(set, set, n, v);
    for (int64_t i = self->set; i < n && set[i].node == v; i++)
        layers[set[i].layer - 1] = bounded(set[i].opinion);
}

/* Both hold: b = b1 b2, 1 - d = (1 - d1)(1 - d2). */
static CpsfOpinion
both(CpsfOpinion a, CpsfOpinion b)
{
    if (a.belief == 1.0)
        return b;
    if (b.belief == 1.0)
        return a;

    CpsfOpinion o = {
        .belief = a.belief * b.belief,
        .disbelief = a.disbelief + b.disbelief * (1.0 - a.disbelief),
    };

    o = bounded(o);
    o.uncertainty = 1.0 - o.disbelief - o.belief;
    return o;
}

static CpsfOpinion
find_own(Own *self, int32_t v, int layer)
{
    CpsfOpinion layers[LAYERS];
    CpsfOpinion all = ACCEPTED;

    SEEK(item, self->graph->evidence.items, self->graph->evidence.n, v);
    SEEK(opinion, self->graph->opinions.items, self->graph->opinions.n, v);
    weigh(self, v, find_asked(self, v), layers);
    replace_set(self, v, layers);
    for (int l = 0; l < LAYERS; l++)
        if (layer == 0 || layer == l + 1)
            all = both(all, layers[l]);
    return all;
}

gboolean
cpsf_opinions_own(const CpsfAnchors *anchors, int layer, CpsfOpinion *own, GError **error)
{
    const CpsfSnapshot *snapshot = anchors->snapshot;
    const CpsfGraph *graph = snapshot->graph;
    Own self = {.anchors = anchors, .snapshot = snapshot, .graph = graph};
    gboolean is_done = FALSE;

    self.voices = cpsf_try_new(uint8_t, (size_t) graph->evidence.n, error);
    if (self.voices != NULL)
        self.assessors = cpsf_try_new(int64_t, (size_t) graph->opinions.n, error);
    if (self.assessors != NULL)
        is_done = hear_items(&self, error) && hear_assessors(&self, error);
    for (int32_t v = 0; is_done && v < graph->n_nodes; v++)
        own[v] = snapshot->holds[v] ? find_own(&self, v, layer) : ACCEPTED;
    own_clear(&self);
    return is_done;
}
