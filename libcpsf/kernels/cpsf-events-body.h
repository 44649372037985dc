/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * What an incident does at one moment, in 512 worlds at once (kernels/cpsf-events.h).  Included
 * behind cpsf-worlds-body.h, whose registers and draws it works with.
 */

enum {
    FEW_WORLDS = 12, /* in which something is news: to draw for all is work for nothing */
    MANY_EDGES = 3,  /* out of a vertex: those are drawn side by side instead */
    SIDE = 8,        /* edges whose chances stand side by side */
    HALF_WAY = 4,    /* vertices between the first look at one and the look at its edges */
};

/* Vertices about to be settled, so that what they need is on its way, and what comes to others and
 * waits until they are there: memory answers several questions at once, and a vertex by itself asks
 * one after the other. */
typedef struct {
    int32_t ring[2 * HALF_WAY];
    int32_t at;
    int32_t last; /* taken in */
    int may_wait; /* in a knot, where what comes late is found in the next pass */
    unsigned n_waiting;
    struct {
        int64_t time;
        int32_t vertex;
        int32_t lane;
    } waiting[CPSF_EVENTS_WAITING];
} Coming;

/* @lanes reach @v now. */
INLINE void
reach_now(CpsfEventsWork *work, int32_t v, V lanes)
{
    *at(work->reached, v) |= lanes;
    set_bit(work->dirty, v);
    if (v < work->low)
        work->low = v;
    if (v > work->high)
        work->high = v;
}

static double
weigh(const CpsfEventsWork *work, const V *lanes)
{
    double sum = 0.0;

    for (int w = 0; w < CPSF_N_LANE_WORDS; w++)
        for (uint64_t bits = (*lanes)[w]; bits != 0; bits &= bits - 1)
            sum += work->weight[w * 64 + __builtin_ctzll(bits)];
    return sum;
}

INLINE void
add_up(CpsfEventsWork *work, int32_t index, const V *news)
{
    const int64_t passed = work->time - work->origin;

    if (work->weight != NULL) {
        const double mass = weigh(work, news);

        work->mass[index] += mass;
        work->moment[index] += mass * (double) passed;
    } else if (passed != 0) {
        work->moment[index] += count_bits(news) * (double) passed;
    }
}

static void
count_slot(const CpsfEventsGraph *graph, CpsfEventsWork *work, int32_t gate, V news)
{
    V *plane = (V *) (void *) &work->planes[work->plane_start[gate]];
    const int64_t k = work->plane_start[gate + 1] - work->plane_start[gate] - 1;
    const V before = plane[k];

    for (int64_t j = 0; j <= k; j++) {
        const V next = plane[j] & news;

        plane[j] ^= news;
        news = next;
    }

    /* what is beyond the highest plane never comes back to it: slots are fewer than 2^k */
    const V opened = plane[k] & ~before;

    if (!is_zero(&opened))
        reach_now(work, graph->gate_vertex[gate], opened);
}

/* The lanes of @among in which edge @e lets through. */
INLINE V
let_through(const CpsfEventsGraph *graph,
            const CpsfEventsChance *chance,
            const CpsfWorldsChance *draws,
            int64_t e,
            V among)
{
    if (chance->masks != NULL) {
        if (chance->felt_mask[e] >= 0)
            among &= *look_at(chance->masks, chance->felt_mask[e]);
        if (chance->taken_mask[e] >= 0)
            among &= *look_at(chance->masks, chance->taken_mask[e]);
        return among;
    }
    if (graph->felt_p != NULL && graph->felt_p[e] != 0)
        among = draw_below(graph->key[e], draws, graph->felt_p[e], among, FEW);

    const uint32_t p = graph->rule_p[graph->rule[e]];

    if (p != 0 && !is_zero(&among))
        among = draw_below(cpsf_events_taken_key(graph->key[e], graph->rule_key[graph->rule[e]]),
                           draws, p, among, FEW);
    return among;
}

/* When what departs along edge @e as soon as it may arrives, or INT64_MAX: never, or too late. */
INLINE int64_t
arrival_by(const CpsfEventsGraph *graph, const CpsfEventsWork *work, int64_t e, int64_t until)
{
    const CpsfEventsWindow w = graph->windows[graph->window != NULL ? graph->window[e] : 0];
    const int64_t departure = work->time > w.since ? work->time : w.since;

    if (departure >= w.until || departure >= until || w.delay > work->end - departure)
        return INT64_MAX;
    return departure + w.delay;
}

/* @lanes come to @v at @time. */
INLINE void
hand_over(CpsfEventsWork *work, int32_t v, int64_t time, V lanes)
{
    if (time == work->time) {
        reach_now(work, v, lanes);
        return;
    }

    CpsfEventsLater *later = &work->later[work->n_later++];

    later->vertex = v;
    later->time = time;
    *(V *) (void *) &later->lanes = lanes;
}

/* @news pass on along everything out of @v: each edge is drawn in all worlds at once. */
static void
pass_on(const CpsfEventsGraph *graph,
        const CpsfEventsChance *chance,
        const CpsfWorldsChance *draws,
        CpsfEventsWork *work,
        int32_t v,
        int64_t until,
        V news)
{
    const int64_t last = graph->start[v + 1];

    for (int64_t e = graph->start[v]; e < last; e++) {
        const int32_t head = graph->head[e];

        if (e + 4 < last)
            __builtin_prefetch(at(work->reached, graph->head[e + 4]));

        const int64_t time = arrival_by(graph, work, e, until);

        if (time == INT64_MAX)
            continue;

        const V open = news & ~*at(work->reached, head);

        if (is_zero(&open))
            continue;

        const V lanes = let_through(graph, chance, draws, e, open);

        if (!is_zero(&lanes))
            hand_over(work, head, time, lanes);
    }
}

/* The first chance of each of some edges, side by side: U of `low`, `high` below `bound`. */
typedef struct {
    V low; /* of the streams */
    V high;
    V bound; /* 0 = none */
    unsigned certain;
} Side;

/* Whether an edge is felt comes first; if that is certain, whether its rule is taken. */
INLINE void
load_side(
    const CpsfEventsGraph *graph, const CpsfWorldsChance *draws, int64_t e, int64_t n, Side *side)
{
    uint64_t low[SIDE] __attribute__((aligned(64))) = {0};
    uint64_t high[SIDE] __attribute__((aligned(64))) = {0};
    uint64_t bound[SIDE] __attribute__((aligned(64))) = {0};

    side->certain = 0;
    for (int64_t i = 0; i < n; i++) {
        const uint16_t rule = graph->rule[e + i];
        const uint32_t felt = graph->felt_p != NULL ? graph->felt_p[e + i] : 0;
        const CpsfChanceKey key =
            felt != 0 ? graph->key[e + i]
                      : cpsf_events_taken_key(graph->key[e + i], graph->rule_key[rule]);

        bound[i] = felt != 0 ? felt : graph->rule_p[rule];
        side->certain |= (unsigned) (bound[i] == 0) << i;
        low[i] = (key.low ^ draws->seed.low) + draws->block * CPSF_CHANCE_STEP;
        high[i] = key.high ^ draws->seed.high;
    }
    side->low = mix(*(const V *) (const void *) low);
    side->high = mix(*(const V *) (const void *) high);
    side->bound = *(const V *) (const void *) bound;
}

/* The edges, one bit each, whose first chance lets @lane through: U is drawn from its highest bit
 * down until all are decided. */
INLINE unsigned
draw_side(const Side *side, int lane)
{
    V below = {0};
    V bound = side->bound;
    V open = (V) (bound != 0);
    V counter = side->low + (uint64_t) (lane / 64 + 1) * CPSF_CHANCE_STEP;
    unsigned passed = side->certain;

    for (int plane = 0; plane < 32 && !is_zero(&open); plane++) {
        const V drawn = -(draw_plane(counter, side->high) >> (lane % 64) & 1);
        const V asked = -(bound >> 31 & 1);

        below |= open & asked & ~drawn;
        open &= ~(asked ^ drawn);
        bound <<= 1;
        counter += CPSF_N_LANE_WORDS * CPSF_CHANCE_STEP;
    }
    if (!is_zero(&below))
        for (int i = 0; i < SIDE; i++)
            passed |= (unsigned) (below[i] & 1) << i;
    return passed;
}

INLINE V
lane_alone(int lane)
{
    V lanes = {0};

    lanes[lane / 64] = UINT64_C(1) << (lane % 64);
    return lanes;
}

INLINE void
hand_over_one(CpsfEventsWork *work, int32_t v, int64_t time, int lane)
{
    const V lanes = lane_alone(lane) & ~*at(work->reached, v);

    if (!is_zero(&lanes))
        hand_over(work, v, time, lanes);
}

static void
hand_over_waiting(CpsfEventsWork *work, Coming *coming)
{
    const unsigned n = coming->n_waiting;

    for (unsigned i = n < CPSF_EVENTS_WAITING ? 0 : n - CPSF_EVENTS_WAITING; i < n; i++)
        hand_over_one(work, coming->waiting[i % CPSF_EVENTS_WAITING].vertex,
                      coming->waiting[i % CPSF_EVENTS_WAITING].time,
                      coming->waiting[i % CPSF_EVENTS_WAITING].lane);
    coming->n_waiting = 0;
}

/* @lane, whose first chance is through, comes along edge @e. */
INLINE void
pass_one(const CpsfEventsGraph *graph,
         const CpsfWorldsChance *draws,
         CpsfEventsWork *work,
         Coming *coming,
         int64_t e,
         int64_t until,
         int lane)
{
    const int64_t time = arrival_by(graph, work, e, until);
    const int32_t head = graph->head[e];

    if (time == INT64_MAX)
        return;
    __builtin_prefetch(at(work->reached, head));
    if (graph->felt_p != NULL && graph->felt_p[e] != 0 && graph->rule_p[graph->rule[e]] != 0) {
        const CpsfChanceKey rule = graph->rule_key[graph->rule[e]];
        const V taken = draw_below(cpsf_events_taken_key(graph->key[e], rule), draws,
                                   graph->rule_p[graph->rule[e]], lane_alone(lane), FEW);

        if (is_zero(&taken))
            return;
    }
    if (!coming->may_wait) {
        hand_over_one(work, head, time, lane);
        return;
    }

    const unsigned i = coming->n_waiting++ % CPSF_EVENTS_WAITING;

    if (coming->n_waiting > CPSF_EVENTS_WAITING)
        hand_over_one(work, coming->waiting[i].vertex, coming->waiting[i].time,
                      coming->waiting[i].lane);
    coming->waiting[i].vertex = head;
    coming->waiting[i].time = time;
    coming->waiting[i].lane = lane;
}

/* The same as pass_on() where there is news in few worlds: edges side by side, world by world, and
 * where nothing comes along nothing is looked at. */
static void
pass_on_few(const CpsfEventsGraph *graph,
            const CpsfWorldsChance *draws,
            CpsfEventsWork *work,
            Coming *coming,
            int32_t v,
            int64_t until,
            V news)
{
    const int64_t last = graph->start[v + 1];

    for (int64_t e = graph->start[v]; e < last; e += SIDE) {
        Side side;

        load_side(graph, draws, e, last - e < SIDE ? last - e : SIDE, &side);
        for (int w = 0; w < CPSF_N_LANE_WORDS; w++)
            for (uint64_t bits = news[w]; bits != 0; bits &= bits - 1) {
                const int lane = w * 64 + __builtin_ctzll(bits);

                for (unsigned through = draw_side(&side, lane); through != 0;
                     through &= through - 1)
                    pass_one(graph, draws, work, coming, e + __builtin_ctz(through), until, lane);
            }
    }
}

/* Settles one vertex.  0 if there is no room for what may come later. */
INLINE int
settle_vertex(const CpsfEventsGraph *graph,
              const CpsfEventsChance *chance,
              const CpsfWorldsChance *draws,
              CpsfEventsWork *work,
              Coming *coming,
              int32_t v)
{
    V *affected = at(work->affected, v);
    const V news = *at(work->reached, v) & ~*affected;
    const int64_t n_edges = graph->start[v + 1] - graph->start[v];
    const int n_worlds = count_bits(&news);
    const int is_few = chance->masks == NULL && graph->key != NULL && n_worlds <= FEW_WORLDS &&
                       n_edges >= MANY_EDGES && n_worlds * n_edges <= CPSF_EVENTS_FEW;
    const int64_t most = (is_few ? n_worlds : 1) * n_edges + CPSF_EVENTS_WAITING;

    if (most > work->room_later - work->n_later)
        return 0;
    work->dirty[v >> 6] &= ~(UINT64_C(1) << (v & 63));
    if (is_zero(&news))
        return 1;
    if (is_zero(affected))
        work->touched[work->n_touched++] = v;
    *affected |= news;
    if (graph->gate_of != NULL && graph->gate_of[v] >= 0) {
        count_slot(graph, work, graph->gate_of[v], news);
        return 1;
    }
    add_up(work, v, &news);
    if (graph->any[v] >= graph->n) {
        V *any = at(work->any, graph->any[v] - graph->n);
        const V first = news & ~*any;

        if (is_zero(any))
            work->touched_any[work->n_touched_any++] = graph->any[v] - graph->n;
        *any |= first;
        if (!is_zero(&first))
            add_up(work, graph->any[v], &first);
    }

    const int64_t down = graph->downtime != NULL ? graph->downtime[v] : INT64_MAX;
    const int64_t until = down < INT64_MAX - CPSF_EVENTS_END_MAX ? work->time + down : INT64_MAX;

    if (is_few)
        pass_on_few(graph, draws, work, coming, v, until, news);
    else
        pass_on(graph, chance, draws, work, v, until, news);
    return 1;
}

/* Asks for the edges of the vertex that is half way, and for the vertex that now comes into view. */
INLINE void
look_ahead(const CpsfEventsGraph *graph, const CpsfEventsWork *work, Coming *coming, int32_t end)
{
    const int32_t near = coming->ring[(coming->at + HALF_WAY) % (2 * HALF_WAY)];

    if (near >= 0) {
        const int64_t e = graph->start[near];

        __builtin_prefetch(&graph->head[e]);
        __builtin_prefetch(&graph->rule[e]);
        if (graph->felt_p != NULL)
            __builtin_prefetch(&graph->felt_p[e]);
        if (graph->key != NULL) {
            __builtin_prefetch(&graph->key[e]);
            __builtin_prefetch(&graph->key[e + 4]);
        }
        if (graph->window != NULL)
            __builtin_prefetch(&graph->window[e]);
    }

    const int32_t far = coming->last < end ? next_dirty(work->dirty, coming->last + 1, end) : end;

    coming->ring[coming->at] = -1;
    if (far < end) {
        coming->ring[coming->at] = far;
        __builtin_prefetch(&graph->start[far]);
        __builtin_prefetch(&graph->any[far]);
        __builtin_prefetch(at(work->affected, far));
        __builtin_prefetch(at(work->reached, far));
    }
    coming->last = far;
    coming->at = (coming->at + 1) % (2 * HALF_WAY);
}

/* Settles what is dirty from @v to @end, once through.  0 if there is no room. */
static int
settle_through(const CpsfEventsGraph *graph,
               const CpsfEventsChance *chance,
               const CpsfWorldsChance *draws,
               CpsfEventsWork *work,
               int32_t v,
               int32_t end,
               int in_knot)
{
    Coming coming = {.last = v, .may_wait = in_knot};
    int has_room = 1;

    for (int i = 0; i < 2 * HALF_WAY; i++)
        coming.ring[i] = -1;
    while (v < end && has_room) {
        if (coming.last < v)
            coming.last = v;
        look_ahead(graph, work, &coming, end);
        has_room = settle_vertex(graph, chance, draws, work, &coming, v);
        v = next_dirty(work->dirty, v + 1, end);
    }
    hand_over_waiting(work, &coming);
    return has_room;
}

static int
settle(const CpsfEventsGraph *graph, const CpsfEventsChance *chance, CpsfEventsWork *work)
{
    const CpsfWorldsChance draws = {.seed = chance->seed, .block = chance->block};
    int32_t knot = 0;
    int32_t v = next_dirty(work->dirty, work->low, work->high + 1);

    while (v <= work->high) {
        while (knot < graph->n_knots && v >= graph->knot_end[knot])
            knot++;

        const int in_knot = knot < graph->n_knots && v >= graph->knot_start[knot];
        const int32_t start = in_knot ? graph->knot_start[knot] : v;
        const int32_t end = in_knot                 ? graph->knot_end[knot]
                            : knot < graph->n_knots ? graph->knot_start[knot]
                                                    : graph->n;

        while (v < end) {
            if (!settle_through(graph, chance, &draws, work, v, end, in_knot))
                return 0;
            v = in_knot ? next_dirty(work->dirty, start, end) : end;
        }
        v = next_dirty(work->dirty, end, work->high + 1);
    }
    work->low = INT32_MAX;
    work->high = -1;
    return 1;
}

/* One more in each of @lanes. */
INLINE void
count_up(CpsfLanes *planes, V lanes)
{
    for (int j = 0; j < CPSF_EVENTS_N_PLANES && !is_zero(&lanes); j++) {
        const V carry = *at(planes, j) & lanes;

        *at(planes, j) ^= lanes;
        lanes = carry;
    }
}

static void
tally(const CpsfEventsGraph *graph, CpsfEventsWork *work, CpsfLanes *planes)
{
    for (int32_t i = 0; i < work->n_touched; i++) {
        const int32_t v = work->touched[i];
        const V lanes = *at(work->affected, v);

        if (i + AHEAD < work->n_touched)
            __builtin_prefetch(at(work->affected, work->touched[i + AHEAD]));
        if (work->weight == NULL && graph->any[v] >= 0)
            work->mass[v] = count_bits(&lanes);
        if (graph->any[v] == v)
            count_up(planes, lanes);
    }
    for (int32_t i = 0; i < work->n_touched_any; i++) {
        const V lanes = *at(work->any, work->touched_any[i]);

        if (work->weight == NULL)
            work->mass[graph->n + work->touched_any[i]] = count_bits(&lanes);
        count_up(planes, lanes);
    }
}
