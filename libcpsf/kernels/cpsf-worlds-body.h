/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The kernel of kernels/cpsf-worlds.h, once for every instruction set: a file that defines V (eight
 * words of 64 bits as one value), is_zero(), is_full() and count_bits() includes it.
 * Lanes are whole numbers and every step is bitwise, so that all versions agree bit for bit.
 */

#define INLINE static inline __attribute__((always_inline))

enum {
    AHEAD = 12,     /* edges that prefetching is ahead */
    LOOK_EVERY = 8, /* edges between looks at whether all lanes fail already */
    SPARSE = 16,    /* one in so many vertices fails by itself: follow failures, not vertices */
    FEW = 2,        /* planes of chance bits drawn side by side for an edge */
    MANY = 12,      /* and for a vertex: so many settle 512 worlds in seven cases of eight */
    DENSE = 6,      /* one in so many fails by now: no longer worth following */
};

INLINE V *
at(CpsfLanes *words, int64_t v)
{
    return (V *) (void *) &words[v];
}

INLINE const V *
look_at(const CpsfLanes *words, int64_t v)
{
    return (const V *) (const void *) &words[v];
}

INLINE int
bit_is_set(const uint64_t *bits, int32_t v)
{
    return (int) (bits[v >> 6] >> (v & 63) & 1);
}

INLINE void
set_bit(uint64_t *bits, int32_t v)
{
    bits[v >> 6] |= UINT64_C(1) << (v & 63);
}

/* Plane of U at @counter, @high alike or not for its words: see cpsf_chance_word(). */
INLINE V
draw_plane(V counter, V high)
{
    V z = ((counter ^ (counter >> 30)) * CPSF_CHANCE_M1) ^ high;

    z = (z ^ (z >> 27)) * CPSF_CHANCE_M2;
    return z ^ (z >> 31);
}

/* cpsf_chance_mix() of each word. */
INLINE V
mix(V z)
{
    return draw_plane(z, (V){0});
}

/* The lanes of @among where U < @p.  @at_once planes at a time: they do not wait for each other, and a
 * processor does not guess wrong when to stop as often as after each. */
INLINE V
draw_below(
    CpsfChanceKey key, const CpsfWorldsChance *chance, uint32_t p, V among, const int at_once)
{
    const CpsfChanceKey stream = cpsf_chance_stream(key, chance->seed, chance->block);
    const V step = CPSF_CHANCE_STEP * (V){1, 2, 3, 4, 5, 6, 7, 8};
    const V high = (V){0} + stream.high;
    V counter = step + stream.low;
    V below = {0};

    while (p != 0) {
        V z[MANY];

        for (int j = 0; j < at_once; j++) {
            z[j] = draw_plane(counter, high);
            counter += CPSF_N_LANE_WORDS * CPSF_CHANCE_STEP;
        }
        for (int j = 0; j < at_once; j++, p <<= 1) {
            if (p >> 31 != 0) {
                below |= among & ~z[j];
                among &= z[j];
            } else {
                among &= ~z[j];
            }
        }
        if (is_zero(&among))
            break;
    }
    return below;
}

/* The same for a bound with as many bits as it likes, or with few. */
INLINE V
draw_bound(CpsfChanceKey key, const CpsfWorldsChance *chance, uint32_t p, V among)
{
    return p << MANY != 0 ? draw_below(key, chance, p, among, MANY)
                          : draw_below(key, chance, p, among, FEW);
}

/* Own failures of members [@i, @end). */
INLINE V
draw_own(const CpsfWorldsOwn *own, const CpsfWorldsChance *chance, int32_t i, int32_t end)
{
    V failed = {0};

    for (; i < end; i++) {
        if ((own->always[i] >> own->always_bit & 1) != 0)
            return ~(V){0};
        if (own->fail[i] == 0)
            continue;
        failed = ~draw_bound(own->key[i], chance, -own->fail[i], ~failed);
        if (end - i > 1 && is_full(&failed))
            break;
    }
    return failed;
}

static void
fill(int32_t n, const CpsfWorldsOwn *own, const CpsfWorldsChance *chance, CpsfWorldsWork *work)
{
    const int32_t n_bitmap = (n + 63) / 64;

    work->n_live = 0;
    for (int32_t i = 0; i < n_bitmap; i++)
        work->live[i] = 0;
    for (int32_t v = 0; v < n; v++) {
        const V failed = draw_own(own, chance, own->member_start[v], own->member_start[v + 1]);

        *at(work->words, v) = failed;
        if (is_zero(&failed))
            continue;
        set_bit(work->live, v);
        work->n_live++;
    }
}

/* @failed and what is felt through the edges that always are. */
INLINE V
pull_certain(const CpsfWorldsGraph *graph, const CpsfWorldsWork *work, int32_t v, V failed)
{
    const int64_t end = graph->in_start[v + 1];
    const int64_t known = graph->in_start[graph->n];

    for (int64_t e = graph->in_start[v]; e < end;) {
        const int64_t pause = end - e > LOOK_EVERY ? e + LOOK_EVERY : end;

        for (; e < pause; e++) {
            if (e + AHEAD < known)
                __builtin_prefetch(&work->words[graph->in_tail[e + AHEAD]]);
            failed |= *look_at(work->words, graph->in_tail[e]);
        }
        if (e < end && is_full(&failed))
            break;
    }
    return failed;
}

/* The same where most vertices do not fail: their lines are not touched. */
INLINE V
pull_live(const CpsfWorldsGraph *graph, const CpsfWorldsWork *work, int32_t v, V failed)
{
    for (int64_t e = graph->in_start[v]; e < graph->in_start[v + 1]; e++)
        if (bit_is_set(work->live, graph->in_tail[e]))
            failed |= *look_at(work->words, graph->in_tail[e]);
    return failed;
}

/* What is felt through the edges that may not be. */
INLINE V
pull_chance(const CpsfWorldsGraph *graph,
            const CpsfWorldsChance *chance,
            const CpsfWorldsWork *work,
            int32_t x,
            V failed)
{
    for (int64_t e = graph->chance_start[x]; e < graph->chance_start[x + 1]; e++) {
        const V news = *look_at(work->words, graph->chance_tail[e]) & ~failed;

        if (is_zero(&news))
            continue;
        if (chance->felt != NULL)
            failed |= news & *look_at(chance->felt, e);
        else
            failed |= draw_below(graph->chance_key[e], chance, graph->chance_p[e], news, FEW);
    }
    return failed;
}

/* Lanes of @among in which gate @g opens.  Plane j of the counter is bit j of 2^k - need + what has
 * failed so far, in each lane: bit k comes up with the one that is needed. */
INLINE V
open_gate(const CpsfWorldsGraph *graph,
          const CpsfWorldsChance *chance,
          const CpsfWorldsWork *work,
          int32_t g,
          V among)
{
    const int64_t first = graph->gate_edge_start[g];
    const int64_t end = graph->gate_edge_start[g + 1];
    const uint64_t need = (uint64_t) graph->gate_need[g];
    const int k = 64 - __builtin_clzll((uint64_t) (end - first));
    const uint64_t from = (UINT64_C(1) << k) - need;
    const V none = {0};
    V plane[40];

    for (int j = 0; j <= k; j++)
        plane[j] = none - (from >> j & 1); /* all lanes, or none */
    for (int64_t e = first; e < end; e++) {
        V carry = *look_at(work->words, graph->gate_tail[e]) & among;

        if (is_zero(&carry))
            continue;
        if (graph->gate_p[e] != 0 && chance->gate_felt != NULL)
            carry &= *look_at(chance->gate_felt, e);
        else if (graph->gate_p[e] != 0)
            carry = draw_below(graph->gate_key[e], chance, graph->gate_p[e], carry, FEW);
        for (int j = 0; j <= k; j++) {
            const V next = plane[j] & carry;

            plane[j] ^= carry;
            carry = next;
        }
    }
    return plane[k] & among;
}

/* Everything into @v.  Whether it fails in more lanes than before. */
INLINE int
pull(const CpsfWorldsGraph *graph,
     const CpsfWorldsChance *chance,
     CpsfWorldsWork *work,
     int32_t v,
     int is_sparse)
{
    V *own = at(work->words, v);
    const V before = *own;

    if (is_full(&before))
        return 0;

    V failed = is_sparse ? pull_live(graph, work, v, before) : pull_certain(graph, work, v, before);
    const int32_t x = graph->extra[v];

    if (x >= 0) {
        failed = pull_chance(graph, chance, work, x, failed);
        for (int32_t g = graph->gate_start[x]; g < graph->gate_start[x + 1]; g++)
            failed |= open_gate(graph, chance, work, g, ~failed);
    }

    const V news = failed ^ before;

    if (is_zero(&news))
        return 0;
    *own = failed;
    if (!bit_is_set(work->live, v)) {
        set_bit(work->live, v);
        work->n_live++;
    }
    return 1;
}

/* Who may fail because @v does, from @first to @last. */
static void
mark(const CpsfWorldsGraph *graph, uint64_t *dirty, int32_t v, int32_t first, int32_t last)
{
    for (int32_t i = graph->member_start[v]; i < graph->member_start[v + 1]; i++) {
        const int32_t node = graph->members[i];

        for (int64_t e = graph->out_start[node]; e < graph->out_start[node + 1]; e++) {
            const int32_t h = graph->vertex_of[graph->out_head[e]];

            if (h >= first && h < last && h != v)
                set_bit(dirty, h);
        }
    }
}

/* The first of @dirty from @v on and before @end, or @end. */
INLINE int32_t
next_dirty(const uint64_t *dirty, int32_t v, int32_t end)
{
    if (v >= end)
        return end;

    int32_t i = v >> 6;
    uint64_t bits = dirty[i] & ~UINT64_C(0) << (v & 63);

    while (bits == 0) {
        if (++i > (end - 1) >> 6)
            return end;
        bits = dirty[i];
    }
    v = i * 64 + __builtin_ctzll(bits);
    return v < end ? v : end;
}

/* Passes over what is dirty in [@first, @end), in order, until nothing is.  A pass goes back only at
 * its end: stepping back at once visits the same vertices again and again. */
static void
rest(const CpsfWorldsGraph *graph,
     const CpsfWorldsChance *chance,
     CpsfWorldsWork *work,
     int32_t first,
     int32_t end)
{
    for (int32_t v = next_dirty(work->dirty, first, end); v < end;) {
        for (; v < end; v = next_dirty(work->dirty, v + 1, end)) {
            work->dirty[v >> 6] &= ~(UINT64_C(1) << (v & 63));
            if (pull(graph, chance, work, v, 1))
                mark(graph, work->dirty, v, first, end);
        }
        v = next_dirty(work->dirty, first, end);
    }
}

/* A knot where most vertices fail: all of them once, then what that made dirty behind. */
static void
sweep_knot(const CpsfWorldsGraph *graph,
           const CpsfWorldsChance *chance,
           CpsfWorldsWork *work,
           int32_t first,
           int32_t end)
{
    for (int32_t v = first; v < end; v++) {
        pull(graph, chance, work, v, 0);
        work->dirty[v >> 6] &= ~(UINT64_C(1) << (v & 63));
        if (bit_is_set(work->live, v))
            mark(graph, work->dirty, v, first, v);
    }
    rest(graph, chance, work, first, end);
}

/* From @v on, whose knots begin with @knot, everything in order. */
static void
sweep_dense(const CpsfWorldsGraph *graph,
            const CpsfWorldsChance *chance,
            CpsfWorldsWork *work,
            int32_t v,
            int32_t knot)
{
    for (; v < graph->n; v++) {
        if (knot == graph->n_knots || v < graph->knot_start[knot]) {
            pull(graph, chance, work, v, 0);
            continue;
        }
        sweep_knot(graph, chance, work, v, graph->knot_end[knot]);
        v = graph->knot_end[knot] - 1;
        knot++;
    }
}

/* Failures are followed: only what stands behind one is visited. */
static void
sweep_sparse(const CpsfWorldsGraph *graph, const CpsfWorldsChance *chance, CpsfWorldsWork *work)
{
    int32_t knot = 0;

    for (int32_t v = next_dirty(work->live, 0, graph->n); v < graph->n;
         v = next_dirty(work->live, v + 1, graph->n))
        mark(graph, work->dirty, v, 0, graph->n);
    for (int32_t v = next_dirty(work->dirty, 0, graph->n); v < graph->n;
         v = next_dirty(work->dirty, v + 1, graph->n)) {
        while (knot < graph->n_knots && v >= graph->knot_end[knot])
            knot++;

        const int in_knot = knot < graph->n_knots && v >= graph->knot_start[knot];

        if (work->n_live > graph->n / DENSE) {
            sweep_dense(graph, chance, work, in_knot ? graph->knot_start[knot] : v, knot);
            return;
        }
        if (in_knot) {
            rest(graph, chance, work, graph->knot_start[knot], graph->knot_end[knot]);
            for (int32_t u = graph->knot_start[knot]; u < graph->knot_end[knot]; u++)
                if (bit_is_set(work->live, u))
                    mark(graph, work->dirty, u, graph->knot_end[knot], graph->n);
            v = graph->knot_end[knot] - 1;
        } else if (pull(graph, chance, work, v, 1)) {
            mark(graph, work->dirty, v, v + 1, graph->n);
        }
    }
}

/* Where nobody knows who may fail after whom: everything in order, and knots again until they rest. */
static void
sweep_plainly(const CpsfWorldsGraph *graph,
              const CpsfWorldsChance *chance,
              CpsfWorldsWork *work,
              int is_sparse)
{
    int32_t v = 0;

    for (int32_t knot = 0; knot <= graph->n_knots; knot++) {
        const int32_t start = knot < graph->n_knots ? graph->knot_start[knot] : graph->n;
        const int32_t end = knot < graph->n_knots ? graph->knot_end[knot] : graph->n;
        int has_changed = 1;

        for (; v < start; v++)
            pull(graph, chance, work, v, is_sparse);
        while (has_changed) {
            has_changed = 0;
            for (v = start; v < end; v++)
                has_changed |= pull(graph, chance, work, v, is_sparse);
        }
        v = end;
    }
}

static void
sweep(const CpsfWorldsGraph *graph, const CpsfWorldsChance *chance, CpsfWorldsWork *work)
{
    const int is_sparse = work->n_live <= graph->n / SPARSE;

    if (graph->out_start == NULL) {
        sweep_plainly(graph, chance, work, is_sparse);
        return;
    }
    for (int32_t i = 0; i < (graph->n + 63) / 64; i++)
        work->dirty[i] = 0;
    if (is_sparse)
        sweep_sparse(graph, chance, work);
    else
        sweep_dense(graph, chance, work, 0, 0);
}

static void
count(int32_t n, const CpsfLanes *words, const CpsfLanes *among, uint16_t *counts)
{
    const V lanes = *look_at(among, 0);

    for (int32_t v = 0; v < n; v++) {
        const V kept = *look_at(words, v) & lanes;

        counts[v] = (uint16_t) count_bits(&kept);
    }
}
