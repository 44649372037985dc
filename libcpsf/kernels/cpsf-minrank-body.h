/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The kernel of kernels/cpsf-minrank.h, once for every instruction set: a file that defines I, F and V
 * (sixteen whole numbers, sixteen floats, eight words of 64 bits as one value), least(), least_in(),
 * is_less_in() and is_zero() includes it.  Every step rounds as IEEE 754 has it, and none is
 * contracted, so that all versions agree bit for bit.
 */

#define INLINE static inline __attribute__((always_inline))

enum {
    AHEAD = 16,                 /* edges that prefetching is ahead */
    INFINITY_BITS = 0x7f800000, /* the float that no rank of a rate is above */
};

INLINE I *
at(const CpsfMinrankWork *work, int64_t v)
{
    return (I *) (void *) &work->ranks[v];
}

INLINE V
mix(V z)
{
    z = (z ^ (z >> 30)) * CPSF_CHANCE_M1;
    z = (z ^ (z >> 27)) * CPSF_CHANCE_M2;
    return z ^ (z >> 31);
}

/* Word of streams at @counter: see cpsf_chance_word(). */
INLINE V
draw_word(V counter, V high)
{
    V z = ((counter ^ (counter >> 30)) * CPSF_CHANCE_M1) ^ high;

    z = (z ^ (z >> 27)) * CPSF_CHANCE_M2;
    return z ^ (z >> 31);
}

/* ---- which edges let through ---- */

/* Eight edges side by side: the lanes of @among where U < @p, or all where p is 0. */
INLINE V
draw_below(V low, V high, V p, const CpsfChanceSeed seed, uint64_t block, int word, V among)
{
    const V is_certain = (V) (p == 0);
    V counter =
        mix((low ^ seed.low) + block * CPSF_CHANCE_STEP) + (uint64_t) (word + 1) * CPSF_CHANCE_STEP;
    V below = among & is_certain;

    among &= ~is_certain;
    high = mix(high ^ seed.high);
    p <<= 32;
    while (!is_zero(&among)) {
        const V z = draw_word(counter, high);
        const V bit = (V) ((SV) p < 0);

        below |= among & ~z & bit;
        among &= ~(z ^ bit);
        p <<= 1;
        among &= (V) (p != 0);
        counter += CPSF_N_LANE_WORDS * CPSF_CHANCE_STEP;
    }
    return below;
}

/* Eight edges: those of @n, the last repeated. */
INLINE V
draw_eight(const CpsfEventsGraph *graph,
           const int64_t *edges,
           int64_t n,
           CpsfChanceSeed seed,
           uint64_t block,
           int word)
{
    V low = {0};
    V high = {0};
    V felt_p = {0};
    V rule_p = {0};
    V rule_low = {0};
    V rule_high = {0};
    V among = ~(V){0};

    for (int i = 0; i < 8; i++) {
        const int64_t e = edges[i < n ? i : n - 1];
        const uint16_t rule = graph->rule[e];

        low[i] = graph->key[e].low;
        high[i] = graph->key[e].high;
        felt_p[i] = graph->felt_p != NULL ? graph->felt_p[e] : 0;
        rule_p[i] = graph->rule_p[rule];
        rule_low[i] = graph->rule_key[rule].low;
        rule_high[i] = graph->rule_key[rule].high;
    }
    if (!is_zero(&felt_p))
        among = draw_below(low, high, felt_p, seed, block, word, among);
    if (!is_zero(&rule_p))
        among = draw_below(low ^ rule_low, high ^ rule_high, rule_p, seed, block, word, among);
    return among;
}

static void
draw(const CpsfEventsGraph *graph,
     const int64_t *edges,
     int64_t n_edges,
     CpsfChanceSeed seed,
     uint64_t block,
     int word,
     uint8_t *active,
     int64_t stride)
{
    for (int64_t e = 0; e < n_edges; e += 8) {
        const int n = n_edges - e < 8 ? (int) (n_edges - e) : 8;
        const V worlds = draw_eight(graph, edges + e, n, seed, block, word);

        for (int i = 0; i + AHEAD < n_edges - e && i < 8; i++) {
            __builtin_prefetch(&graph->key[edges[e + i + AHEAD]]);
            if (graph->felt_p != NULL)
                __builtin_prefetch(&graph->felt_p[edges[e + i + AHEAD]]);
            __builtin_prefetch(&graph->rule[edges[e + i + AHEAD]]);
        }
        for (int s = 0; s < CPSF_MINRANK_STREAMS; s++)
            for (int i = 0; i < n; i++)
                active[s * stride + e + i] = (uint8_t) (worlds[i] >> 8 * s);
    }
}

/* ---- ranks ---- */

/* -ln(1 - u) for u = (rank + 1/2) / 2^31.  With 1 - u = 2^k (1 + f) and f between 1/sqrt(2) - 1 and
 * sqrt(2) - 1 it is -(k ln 2 + f - f^2/2 + f^3 P(f)), P of least relative error on that interval; below
 * u = 1 - 1/sqrt(2), f is -u itself, so that nothing is lost where u is small. */
INLINE F
exponential_of(I rank)
{
    const int32_t half = 0x3f3504f3; /* bits of 1/sqrt(2) */
    const I is_small = rank < 628990000;
    const F u = (__builtin_convertvector(rank, F) + 0.5F) * 0x1p-31F;
    const I bits = (I) (__builtin_convertvector(INT32_MAX - rank, F) + 0.5F);
    const I e = ((bits - half) >> 23) & ~is_small;
    const F rest = (F) (bits - (e << 23)) - 1.0F;
    const F f = (F) (((I) -u & is_small) | ((I) rest & ~is_small));
    const F k = __builtin_convertvector((e - 31) & ~is_small, F);
    F p = f * -0.079041950F + 0.12623970F;

    p = p * f + -0.12998429F;
    p = p * f + 0.14214329F;
    p = p * f + -0.16641249F;
    p = p * f + 0.20001049F;
    p = p * f + -0.25000307F;
    p = p * f + 0.33333331F;
    return -(k * 0.69314718F + (f + f * f * (f * p - 0.5F)));
}

/* The sixteen uniform ranks of a member in a sweep. */
INLINE I
draw_ranks(CpsfChanceKey stream, int64_t sweep)
{
    const V step = CPSF_CHANCE_STEP * (V){1, 2, 3, 4, 5, 6, 7, 8};
    const uint64_t from = (uint64_t) sweep * CPSF_N_LANE_WORDS * CPSF_CHANCE_STEP;
    const V low = step + (stream.low + from);
    const V high = (V){0} + stream.high;
    V z = draw_word(low, high);

#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    z = z << 32 | z >> 32;
#endif
    return (I) ((U) z >> 1);
}

/* The least of what the members of @v draw. */
INLINE I
draw_own(const CpsfMinrankOwn *own, int64_t sweep, int64_t v)
{
    I ranks = (I){0} + CPSF_MINRANK_NONE;

    for (int32_t i = own->member_start[v]; i < own->member_start[v + 1]; i++) {
        if (own->rate == NULL)
            ranks = least(ranks, draw_ranks(own->stream[i], sweep));
        else if (own->rate[i] > 0.0F)
            ranks = least(ranks,
                          (I) (exponential_of(draw_ranks(own->stream[i], sweep)) / own->rate[i]));
    }
    return ranks;
}

/* ---- sweeps ---- */

/* @ranks, and those of what edges out of @v lead to in four worlds each. */
INLINE I
pull(const CpsfMinrankGraph *graph,
     const uint8_t *active,
     int shift,
     const CpsfMinrankWork *work,
     int32_t v,
     I ranks)
{
    for (int64_t e = graph->out_start[v + 1] - 1; e >= graph->out_start[v]; e--) {
        const unsigned worlds = active[e] >> shift & 15;
        const int64_t ahead = e >= AHEAD ? e - AHEAD : 0;

        /* where nothing is needed, what is at hand anyway */
        __builtin_prefetch(
            at(work, (active[ahead] >> shift & 15) != 0 ? graph->out_head[ahead] : v));
        if (worlds != 0)
            ranks = least_in(ranks, at(work, graph->out_head[e]), worlds);
    }
    return ranks;
}

INLINE void
set_bit(uint64_t *bits, int32_t v)
{
    bits[v >> 6] |= UINT64_C(1) << (v & 63);
}

/* The last vertex of [@start, @end) that is dirty, or start - 1. */
INLINE int32_t
last_dirty(const uint64_t *dirty, int32_t start, int32_t end)
{
    if (start >= end)
        return start - 1;

    int32_t w = (end - 1) >> 6;
    uint64_t bits = dirty[w] & ~UINT64_C(0) >> (63 - ((end - 1) & 63));

    while (bits == 0 && --w >= start >> 6)
        bits = dirty[w];
    if (bits == 0)
        return start - 1;

    const int32_t v = (w << 6) + 63 - __builtin_clzll(bits);

    return v >= start ? v : start - 1;
}

/* Edges into @v carry its ranks back. */
INLINE void
push(const CpsfMinrankGraph *graph,
     const uint8_t *active,
     int shift,
     CpsfMinrankWork *work,
     int32_t v)
{
    const I ranks = *at(work, v);
    const int64_t end = graph->in_start[v + 1];

    for (int64_t e = graph->in_start[v]; e < end; e++) {
        const unsigned worlds = active[e] >> shift & 15;
        const int64_t ahead = e + AHEAD < end ? e + AHEAD : e;
        const int32_t tail = graph->in_tail[e];

        __builtin_prefetch(
            at(work, (active[ahead] >> shift & 15) != 0 ? graph->in_tail[ahead] : v));
        if (worlds == 0 || !is_less_in(ranks, at(work, tail), worlds))
            continue;
        *at(work, tail) = least_in(*at(work, tail), &ranks, worlds);
        set_bit(work->dirty, tail);
    }
}

/* Passes from the last vertex of a knot to the first until nothing changes: what is changed behind a
 * pass waits for the next. */
static void
settle_knot(const CpsfMinrankGraph *graph,
            const uint8_t *active,
            int shift,
            int32_t start,
            int32_t end,
            CpsfMinrankWork *work)
{
    for (int32_t v = start; v < end; v++)
        set_bit(work->dirty, v);
    for (int32_t v = end - 1; v >= start; v = last_dirty(work->dirty, start, end))
        for (; v >= start; v = last_dirty(work->dirty, start, v)) {
            work->dirty[v >> 6] &= ~(UINT64_C(1) << (v & 63));
            push(graph, active, shift, work, v);
        }
}

static void
sweep_down(const CpsfMinrankGraph *graph,
           const CpsfMinrankOwn *own,
           int64_t sweep,
           const uint8_t *active,
           int shift,
           CpsfMinrankWork *work)
{
    const uint8_t *inside = active + graph->out_start[graph->n];
    int32_t knot = graph->n_knots - 1;

    for (int32_t v = graph->n - 1; v >= 0; v--) {
        *at(work, v) = pull(graph, active, shift, work, v, draw_own(own, sweep, v));
        if (knot < 0 || v != graph->knot_start[knot])
            continue;
        settle_knot(graph, inside, shift, v, graph->knot_end[knot], work);
        knot--;
    }
}

/* ---- what ranks say ---- */

static void
add(const CpsfMinranks *ranks,
    const int32_t *vertices,
    int32_t n_vertices,
    int n_worlds,
    int is_rated,
    CpsfMinrankSums *sums)
{
    for (int32_t i = 0; i < n_vertices; i++) {
        const I least_of = *(const I *) (const void *) &ranks[vertices[i]];
        const F x =
            is_rated ? (F) least(least_of, (I){0} + INFINITY_BITS) : exponential_of(least_of);
        double estimate = sums->estimate[i];
        double square = 0.0;

        for (int w = 0; w < n_worlds; w++) {
            const double one = (double) (3.0F / ((x[w] + x[4 + w]) + (x[8 + w] + x[12 + w])));

            estimate += one;
            square += one * one;
        }
        sums->estimate[i] = estimate;
        if (sums->square != NULL)
            sums->square[i] += square;
    }
}

static void
exponential(const CpsfMinranks *ranks, float *out)
{
    const F x = exponential_of(*(const I *) (const void *) ranks);

    for (int i = 0; i < CPSF_MINRANK_WIDTH; i++)
        out[i] = x[i];
}
