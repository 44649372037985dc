/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * What an incident does at one moment, in 512 worlds at once (kernels/cpsf-events.h).  Included
 * behind cpsf-worlds-body.h, whose registers and draws it works with.
 */

INLINE V *
affected_of(const CpsfEventsWork *work, int32_t v)
{
    return (V *) (void *) &work->state[2 * (int64_t) v];
}

INLINE V *
pending_of(const CpsfEventsWork *work, int32_t v)
{
    return (V *) (void *) &work->state[2 * (int64_t) v + 1];
}

/* @lanes reach @v now. */
INLINE void
reach_now(CpsfEventsWork *work, int32_t v, V lanes)
{
    *pending_of(work, v) |= lanes;
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

    if (work->weight == NULL)
        return count_bits(lanes);
    for (int w = 0; w < CPSF_N_LANE_WORDS; w++)
        for (uint64_t bits = (*lanes)[w]; bits != 0; bits &= bits - 1)
            sum += work->weight[w * 64 + __builtin_ctzll(bits)];
    return sum;
}

INLINE void
add_up(CpsfEventsWork *work, int32_t index, const V *news)
{
    const double mass = weigh(work, news);

    work->mass[index] += mass;
    work->moment[index] += mass * (double) (work->time - work->origin);
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

/* @news pass on along everything out of @v. */
static void
pass_on(const CpsfEventsGraph *graph,
        const CpsfEventsChance *chance,
        const CpsfWorldsChance *draws,
        CpsfEventsWork *work,
        int32_t v,
        V news)
{
    const int64_t time = work->time;
    const int64_t down = graph->downtime != NULL ? graph->downtime[v] : INT64_MAX;
    const int64_t until = down < INT64_MAX - CPSF_EVENTS_END_MAX ? time + down : INT64_MAX;
    const int64_t last = graph->start[v + 1];

    for (int64_t e = graph->start[v]; e < last; e++) {
        const CpsfEventsWindow w = graph->windows[graph->window != NULL ? graph->window[e] : 0];
        const int64_t departure = time > w.since ? time : w.since;
        const int32_t head = graph->head[e];

        if (e + 4 < last) {
            __builtin_prefetch(affected_of(work, graph->head[e + 4]));
            __builtin_prefetch(pending_of(work, graph->head[e + 4]));
        }
        if (departure >= w.until || departure >= until || w.delay > work->end - departure)
            continue;

        const int is_now = departure + w.delay == time;
        const V open = is_now ? news & ~*affected_of(work, head) & ~*pending_of(work, head)
                              : news & ~*affected_of(work, head);

        if (is_zero(&open))
            continue;

        const V lanes = let_through(graph, chance, draws, e, open);

        if (is_zero(&lanes))
            continue;
        if (is_now) {
            reach_now(work, head, lanes);
            continue;
        }

        CpsfEventsLater *later = &work->later[work->n_later++];

        later->vertex = head;
        later->time = departure + w.delay;
        *(V *) (void *) &later->lanes = lanes;
    }
}

/* Settles one vertex.  0 if there is no room for what may come later. */
INLINE int
settle_vertex(const CpsfEventsGraph *graph,
              const CpsfEventsChance *chance,
              const CpsfWorldsChance *draws,
              CpsfEventsWork *work,
              int32_t v)
{
    V *affected = affected_of(work, v);
    V *pending = pending_of(work, v);
    const V news = *pending & ~*affected;

    if (graph->start[v + 1] - graph->start[v] > work->room_later - work->n_later)
        return 0;
    work->dirty[v >> 6] &= ~(UINT64_C(1) << (v & 63));
    *pending = (V){0};
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

        *any |= first;
        if (!is_zero(&first))
            add_up(work, graph->any[v], &first);
    }
    pass_on(graph, chance, draws, work, v, news);
    return 1;
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
        const int32_t end = in_knot ? graph->knot_end[knot] : v + 1;

        while (v < end) {
            for (; v < end; v = next_dirty(work->dirty, v + 1, end))
                if (!settle_vertex(graph, chance, &draws, work, v))
                    return 0;
            v = next_dirty(work->dirty, start, end);
        }
        v = next_dirty(work->dirty, end, work->high + 1);
    }
    work->low = INT32_MAX;
    work->high = -1;
    return 1;
}
