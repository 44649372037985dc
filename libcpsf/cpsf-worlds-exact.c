/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Exact probabilities by enumeration (docs/semantics.md, section 6): every outcome of all chance
 * events is a lane, swept by the same kernel as sampled worlds, and weighs what its probability is.
 * An odometer turns from lane to lane: event 0 fastest; the weight of an outcome is a product of
 * which only the factors that turned are made anew.  Sums are compensated (Neumaier 1974), in order.
 */

#include "config.h"

#include <math.h>
#include <string.h>

#include "cpsf-kernels-private.h"
#include "cpsf-mem-private.h"
#include "cpsf-worlds-private.h"

/* Below this an outcome is what rounding left of nothing. */
#define NOTHING 1e-15

enum { MAX_OUTCOMES = 3 };

/* Of a vertex, besides the planes in which it fails whatever happens. */
enum {
    HAS_EVENT = 4,     /* an event is about it, or about an edge into it */
    BEGINS_EVENTS = 8, /* it is the first of a piece in which there is one */
};

/* What one event decides. */
typedef enum { EVENT_VERTEX, EVENT_EDGE, EVENT_GATE_EDGE } EventKind;

typedef struct {
    EventKind kind;
    int64_t index; /* member, or edge of chance_tail or gate_tail */
    int n;         /* outcomes: 2 or 3 */
    double p[MAX_OUTCOMES];
    uint8_t fails[MAX_OUTCOMES]; /* of a vertex: bit p: in plane p; of an edge: 1 = felt */
    CpsfLanes lanes[2];          /* of the block: where it fails in each plane, or is felt */
} Event;

typedef struct {
    const CpsfWorldsPlan *plan;
    const CpsfOpinion *own;
    const CpsfWorldsOptions *options;
    CPSF_ARRAY(Event) events; /* those that the plan still has */
    int64_t n_bearing;        /* events by the letter, those that decide nothing included */
    double n_outcomes;        /* by the letter */
    uint8_t *always;          /* (owned) n: bit p: vertex fails in plane p whatever happens */
    int32_t *vertex_of;       /* (owned) of each event of a member */
    CpsfLanes *felt;          /* aligned, in memory */
    CpsfLanes *gate_felt;
    void *memory; /* (owned) */
    CpsfWorldsRoom room;
    int digit[CPSF_EXACT_EVENTS];
    double product[CPSF_EXACT_EVENTS + 1]; /* of the factors of events i and above */
    double weight[CPSF_N_LANES];
    double *lost[2]; /* (owned) n: compensation of the sums */
} Enumeration;

void
cpsf_worlds_exact_clear(CpsfWorldsExact *self)
{
    g_free(self->probability[0]);
    g_free(self->probability[1]);
    *self = (CpsfWorldsExact){0};
}

static void
enumeration_clear(Enumeration *self)
{
    g_free(self->events.items);
    g_free(self->always);
    g_free(self->vertex_of);
    g_free(self->memory);
    g_free(self->lost[0]);
    g_free(self->lost[1]);
    cpsf_worlds_room_clear(&self->room);
}

static void
add_outcome(Event *event, double p, uint8_t fails)
{
    if (p <= NOTHING)
        return;
    event->p[event->n] = p;
    event->fails[event->n++] = fails;
}

/* Counts an event by the letter; keeps it if there is still a question of enumerating. */
static gboolean
add_event(Enumeration *self, const Event *event, gboolean decides, GError **error)
{
    if (event->n < 2)
        return TRUE;
    self->n_bearing++;
    self->n_outcomes *= event->n;
    if (!decides || self->n_bearing > CPSF_EXACT_EVENTS)
        return TRUE;

    Event *slot = cpsf_array_add(&self->events, error);

    if (slot == NULL)
        return FALSE;
    *slot = *event;
    return TRUE;
}

static gboolean
add_member(Enumeration *self, int32_t vertex, int32_t member, GError **error)
{
    const CpsfOpinion *o = &self->own[self->plan->graph.members[member]];
    const double both = CLAMP(o->disbelief, 0.0, 1.0);
    const double none = CLAMP(o->belief, 0.0, 1.0 - both);
    Event event = {.kind = EVENT_VERTEX, .index = member};

    add_outcome(&event, none, 0);
    add_outcome(&event, 1.0 - none - both, 1);
    add_outcome(&event, both, 3);
    if (event.n == 1)
        self->always[vertex] |= event.fails[0];
    if (self->plan->is_short != NULL && self->plan->is_short[member])
        self->always[vertex] |= 1;
    return add_event(self, &event, TRUE, error);
}

static gboolean
add_edge(Enumeration *self, EventKind kind, int64_t index, double c, GError **error)
{
    Event event = {.kind = kind, .index = index};

    if (c >= 1.0)
        return TRUE;
    add_outcome(&event, c, 1);
    add_outcome(&event, 1.0 - c, 0);
    return add_event(self, &event, TRUE, error);
}

/* Chance edges into nodes of a vertex that the plan has no more, because they decide nothing. */
static gboolean
count_idle_edges(Enumeration *self, int32_t vertex, int64_t n_kept, GError **error)
{
    const CpsfSnapshot *s = self->plan->snapshot;
    const CpsfWorldsGraph *g = &self->plan->graph;
    const Event idle = {.kind = EVENT_EDGE, .n = 2};
    int64_t n = 0;

    for (int32_t i = g->member_start[vertex]; i < g->member_start[vertex + 1]; i++) {
        const int32_t v = g->members[i];

        for (int64_t e = s->in.offsets[v]; e < s->in.offsets[v + 1]; e++) {
            const CpsfEdgeRow *row = &s->graph->edges.items[s->out_row[s->in_out[e]]];
            const double c = isnan(row->criticality)
                                 ? self->plan->policy->relations[row->relation].criticality
                                 : row->criticality;

            n += c > 0.0 && c < 1.0;
        }
    }
    for (; n > n_kept; n--)
        if (!add_event(self, &idle, FALSE, error))
            return FALSE;
    return TRUE;
}

static gboolean
add_vertex(Enumeration *self, int32_t v, GError **error)
{
    const CpsfWorldsGraph *g = &self->plan->graph;
    const int32_t x = g->extra[v];
    const int64_t before = self->n_bearing;
    const int64_t n_before = self->events.n;
    int64_t n_members = 0;

    for (int32_t i = g->member_start[v]; i < g->member_start[v + 1]; i++)
        if (!add_member(self, v, i, error))
            return FALSE;
    n_members = self->n_bearing - before;
    if (x >= 0) {
        for (int64_t e = g->chance_start[x]; e < g->chance_start[x + 1]; e++)
            if (!add_edge(self, EVENT_EDGE, e, self->plan->chance_c[e], error))
                return FALSE;
        for (int64_t e = g->gate_edge_start[g->gate_start[x]];
             e < g->gate_edge_start[g->gate_start[x + 1]]; e++)
            if (g->gate_p[e] != 0 &&
                !add_edge(self, EVENT_GATE_EDGE, e, self->plan->gate_c[e], error))
                return FALSE;
    }
    if (self->events.n > n_before)
        self->always[v] |= HAS_EVENT;
    return count_idle_edges(self, v, self->n_bearing - before - n_members, error);
}

static gboolean
find_events(Enumeration *self, GError **error)
{

    self->n_outcomes = 1.0;
    self->always = cpsf_try_new0(uint8_t, (size_t) self->plan->graph.n, error);
    if (self->always == NULL)
        return FALSE;
    for (int32_t v = 0; v < self->plan->graph.n; v++)
        if (!add_vertex(self, v, error))
            return FALSE;
    return TRUE;
}

static gboolean
check_limits(const Enumeration *self, GError **error)
{
    if (self->n_bearing > CPSF_EXACT_EVENTS)
        return cpsf_fail(error, CPSF_ERROR_LIMIT,
                         "%" G_GINT64_FORMAT " chance events bear on what is asked, and at most %d "
                         "can be counted out",
                         self->n_bearing, CPSF_EXACT_EVENTS);
    if (self->n_outcomes > (double) CPSF_EXACT_OUTCOMES)
        return cpsf_fail(error, CPSF_ERROR_LIMIT,
                         "%.0f outcomes bear on what is asked, and at most %" G_GINT64_FORMAT
                         " can be counted out",
                         self->n_outcomes, CPSF_EXACT_OUTCOMES);
    return TRUE;
}

static gboolean
make_room(Enumeration *self, CpsfWorldsExact *exact, GError **error)
{
    const CpsfWorldsGraph *g = &self->plan->graph;
    const size_t n = (size_t) g->n;
    const size_t n_chance = (size_t) (g->chance_start != NULL ? self->events.n : 0);
    size_t n_felt = 0;
    size_t n_gate_felt = 0;

    for (int64_t i = 0; i < (int64_t) n_chance; i++) {
        const Event *event = &self->events.items[i];
        const size_t index = (size_t) event->index + 1;

        if (event->kind == EVENT_EDGE)
            n_felt = MAX(n_felt, index);
        if (event->kind == EVENT_GATE_EDGE)
            n_gate_felt = MAX(n_gate_felt, index);
    }
    self->memory = cpsf_try_alloc(n_felt + n_gate_felt + 1, sizeof(CpsfLanes), TRUE, error);
    if (self->memory == NULL)
        return FALSE;
    self->felt = (CpsfLanes *) (((uintptr_t) self->memory + 63) & ~(uintptr_t) 63);
    self->gate_felt = self->felt + n_felt;
    self->vertex_of = cpsf_try_new(int32_t, (size_t) self->events.n, error);
    if (self->vertex_of == NULL)
        return FALSE;
    for (int64_t i = 0; i < self->events.n; i++) {
        const Event *event = &self->events.items[i];

        if (event->kind == EVENT_VERTEX)
            self->vertex_of[i] = g->vertex_of[g->members[event->index]];
    }
    for (int plane = 0; plane < 2; plane++)
        if ((self->lost[plane] = cpsf_try_new0(double, n, error)) == NULL ||
            (exact->probability[plane] = cpsf_try_new0(double, n, error)) == NULL)
            return FALSE;
    return cpsf_worlds_room_init(&self->room, self->plan, error);
}

/* product[i] from the digit of event i, and those below it. */
static void
multiply_from(Enumeration *self, int64_t i)
{
    for (; i >= 0; i--)
        self->product[i] = self->product[i + 1] * self->events.items[i].p[self->digit[i]];
}

/* To the next outcome.  FALSE after the last. */
static gboolean
turn(Enumeration *self)
{
    int64_t i = 0;

    while (i < self->events.n && ++self->digit[i] == self->events.items[i].n)
        self->digit[i++] = 0;
    if (i == self->events.n)
        return FALSE;
    multiply_from(self, i);
    return TRUE;
}

/* The outcome at hand into @lane. */
static void
put_lane(Enumeration *self, int lane)
{
    self->weight[lane] = self->product[0];
    for (int64_t i = 0; i < self->events.n; i++) {
        Event *event = &self->events.items[i];
        const uint64_t fails = event->fails[self->digit[i]];

        event->lanes[0].word[lane / 64] |= (fails & 1) << lane % 64;
        event->lanes[1].word[lane / 64] |= (fails >> 1) << lane % 64;
    }
}

/* The next outcomes as lanes; how many.  @is_last: there are no more. */
static int
fill_block(Enumeration *self, gboolean *is_last)
{
    int lane = 0;

    for (int64_t i = 0; i < self->events.n; i++)
        memset(self->events.items[i].lanes, 0, sizeof self->events.items[i].lanes);
    do {
        put_lane(self, lane++);
        *is_last = !turn(self);
    } while (lane < CPSF_N_LANES && !*is_last);
    for (int64_t i = 0; i < self->events.n; i++) {
        const Event *event = &self->events.items[i];

        if (event->kind == EVENT_EDGE)
            self->felt[event->index] = event->lanes[0];
        if (event->kind == EVENT_GATE_EDGE)
            self->gate_felt[event->index] = event->lanes[0];
    }
    return lane;
}

/* Own failures of one plane into the work space. */
static void
load_own(Enumeration *self, int plane)
{
    CpsfWorldsWork *work = &self->room.work;
    const int32_t n = self->plan->graph.n;

    memset(work->live, 0, (size_t) (self->plan->graph.n + 63) / 64 * sizeof *work->live);
    work->n_live = 0;
    for (int32_t v = 0; v < n; v++) {
        const gboolean always = (self->always[v] >> plane & 1) != 0;

        memset(&work->words[v], always ? 0xff : 0, sizeof *work->words);
    }
    for (int64_t i = 0; i < self->events.n; i++)
        if (self->events.items[i].kind == EVENT_VERTEX)
            for (int w = 0; w < CPSF_N_LANE_WORDS; w++)
                work->words[self->vertex_of[i]].word[w] |=
                    self->events.items[i].lanes[plane].word[w];
    for (int32_t v = 0; v < n; v++) {
        uint64_t any = 0;

        for (int w = 0; w < CPSF_N_LANE_WORDS; w++)
            any |= work->words[v].word[w];
        if (any == 0)
            continue;
        work->live[v / 64] |= UINT64_C(1) << v % 64;
        work->n_live++;
    }
}

/* Adds @term to @sum; what is lost goes to @lost. */
static void
add_compensated(double *sum, double *lost, double term)
{
    const double total = *sum + term;

    *lost += fabs(*sum) >= fabs(term) ? (*sum - total) + term : (term - total) + *sum;
    *sum = total;
}

/* The weight of the lanes below @n in which a vertex fails. */
static double
weigh(const Enumeration *self, const CpsfLanes *lanes, int n)
{
    double sum = 0.0;

    for (int w = 0; w * 64 < n; w++) {
        const int left = n - w * 64;
        uint64_t bits = lanes->word[w];

        if (left < 64)
            bits &= (UINT64_C(1) << left) - 1;
        for (; bits != 0; bits &= bits - 1)
            sum += self->weight[w * 64 + __builtin_ctzll(bits)];
    }
    return sum;
}

static void
add_block(Enumeration *self, int plane, int n_lanes, double *probability)
{
    const CpsfWorldsWork *work = &self->room.work;
    const CpsfVertexSet *asked = self->options->asked;
    const int32_t n = asked != NULL ? asked->n : self->plan->graph.n;

    for (int32_t i = 0; i < n; i++) {
        const int32_t v = asked != NULL ? asked->items[i] : i;

        if ((work->live[v / 64] >> v % 64 & 1) != 0)
            add_compensated(&probability[v], &self->lost[plane][v],
                            weigh(self, &work->words[v], n_lanes));
    }
}

/* Every outcome, block by block. */
static gboolean
enumerate(Enumeration *self, CpsfWorldsExact *exact, GError **error)
{
    const CpsfWorldsKernel *kernel = cpsf_kernels_get_worlds();
    const CpsfWorldsChance chance = {.felt = self->felt, .gate_felt = self->gate_felt};
    const CpsfWorldsOptions *options = self->options;
    gboolean is_last = FALSE;

    self->product[self->events.n] = 1.0;
    multiply_from(self, self->events.n - 1);
    while (!is_last) {
        const int n_lanes = fill_block(self, &is_last);

        for (int plane = 0; plane < 2; plane++) {
            load_own(self, plane);
            kernel->sweep(&self->plan->graph, &chance, &self->room.work);
            add_block(self, plane, n_lanes, exact->probability[plane]);
        }
        exact->outcomes += n_lanes;
        if (g_cancellable_is_cancelled(options->cancellable))
            return cpsf_fail(error, CPSF_ERROR_CANCELLED, "counting out outcomes was cancelled");
        if (options->progress != NULL)
            options->progress((uint64_t) exact->outcomes, (uint64_t) self->n_outcomes, "outcomes",
                              options->progress_data);
    }
    for (int plane = 0; plane < 2; plane++)
        for (int32_t v = 0; v < self->plan->graph.n; v++)
            exact->probability[plane][v] =
                CLAMP(exact->probability[plane][v] + self->lost[plane][v], 0.0, 1.0);
    return TRUE;
}

/* A plan by itself: probabilities to those of @exact, which are of its vertices. */
static gboolean
enumerate_plan(Enumeration *self, CpsfWorldsExact *exact, GError **error)
{
    const gboolean is_done =
        find_events(self, error) && make_room(self, exact, error) && enumerate(self, exact, error);

    enumeration_clear(self);
    return is_done;
}

/* The first of the piece that @v is in, so far; shortens the way for the next time. */
static int32_t
find_piece(int32_t *piece, int32_t v)
{
    while (piece[v] != v) {
        piece[v] = piece[piece[v]];
        v = piece[v];
    }
    return v;
}

static void
join(int32_t *piece, int32_t a, int32_t b)
{
    const int32_t first = find_piece(piece, a);
    const int32_t second = find_piece(piece, b);

    piece[MAX(first, second)] = MIN(first, second);
}

/* What no edge ties together can be counted out apart: then what is apart changes no bit. */
static void
join_pieces(const CpsfWorldsGraph *g, int32_t *piece)
{
    for (int32_t v = 0; v < g->n; v++)
        piece[v] = v;
    for (int32_t knot = 0; knot < g->n_knots; knot++)
        for (int32_t v = g->knot_start[knot]; v < g->knot_end[knot]; v++)
            join(piece, g->knot_start[knot], v);
    for (int32_t v = 0; v < g->n; v++) {
        const int32_t x = g->extra[v];

        for (int64_t e = g->in_start[v]; e < g->in_start[v + 1]; e++)
            join(piece, g->in_tail[e], v);
        for (int64_t e = x >= 0 ? g->chance_start[x] : 0; x >= 0 && e < g->chance_start[x + 1]; e++)
            join(piece, g->chance_tail[e], v);
        for (int64_t e = x >= 0 ? g->gate_edge_start[g->gate_start[x]] : 0;
             x >= 0 && e < g->gate_edge_start[g->gate_start[x + 1]]; e++)
            join(piece, g->gate_tail[e], v);
    }
    for (int32_t v = 0; v < g->n; v++)
        piece[v] = find_piece(piece, v);
}

/* The piece of @whole that begins with @first; -1: all pieces without an event together.  @items:
 * room for all vertices. */
static gboolean
enumerate_piece(const Enumeration *whole,
                const int32_t *piece,
                int32_t first,
                int32_t *items,
                CpsfWorldsExact *exact,
                GError **error)
{
    CpsfVertexSet set = {items, 0};
    CpsfWorldsOptions options = *whole->options;
    CpsfWorldsExact of_part = {0};
    gboolean is_done = FALSE;

    for (int32_t v = 0; v < whole->plan->graph.n; v++)
        if (first >= 0 ? piece[v] == first : (whole->always[piece[v]] & BEGINS_EVENTS) == 0)
            items[set.n++] = v;

    g_autoptr(CpsfWorldsPlan) part = cpsf_worlds_plan_restrict(whole->plan, &set, error);

    if (part == NULL)
        return FALSE;
    options.asked = NULL;

    Enumeration self = {.plan = part, .own = whole->own, .options = &options};

    is_done = enumerate_plan(&self, &of_part, error);
    for (int plane = 0; is_done && plane < 2; plane++)
        for (int32_t i = 0; i < set.n; i++)
            exact->probability[plane][set.items[i]] = of_part.probability[plane][i];
    cpsf_worlds_exact_clear(&of_part);
    return is_done;
}

/* At most as many pieces as there are events are counted out apart. */
static gboolean
enumerate_pieces(const Enumeration *whole, CpsfWorldsExact *exact, GError **error)
{
    const int32_t n = whole->plan->graph.n;
    g_autofree int32_t *piece = cpsf_try_new(int32_t, (size_t) n, error);
    g_autofree int32_t *items = NULL;

    if (piece == NULL || (items = cpsf_try_new(int32_t, (size_t) n, error)) == NULL)
        return FALSE;
    for (int plane = 0; plane < 2; plane++) {
        exact->probability[plane] = cpsf_try_new0(double, (size_t) n, error);
        if (exact->probability[plane] == NULL)
            return FALSE;
    }
    join_pieces(&whole->plan->graph, piece);
    for (int32_t v = 0; v < n; v++)
        if ((whole->always[v] & HAS_EVENT) != 0)
            whole->always[piece[v]] |= BEGINS_EVENTS;
    for (int32_t first = 0; first < n; first++)
        if ((whole->always[first] & BEGINS_EVENTS) != 0 &&
            !enumerate_piece(whole, piece, first, items, exact, error))
            return FALSE;
    return enumerate_piece(whole, piece, -1, items, exact, error);
}

gboolean
cpsf_worlds_enumerate(const CpsfWorldsPlan *plan,
                      const CpsfOpinion *own,
                      const CpsfWorldsOptions *options,
                      CpsfWorldsExact *exact,
                      GError **error)
{
    Enumeration whole = {.plan = plan, .own = own, .options = options};

    *exact = (CpsfWorldsExact){0};

    const gboolean is_done = find_events(&whole, error) && check_limits(&whole, error) &&
                             enumerate_pieces(&whole, exact, error);

    exact->events = (int) whole.n_bearing;
    exact->outcomes = is_done ? (int64_t) whole.n_outcomes : 0;
    enumeration_clear(&whole);
    return is_done;
}
