/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Min-rank sketches over possible worlds: how much each vertex reaches in each of four worlds at a
 * time.  Source: E. Cohen, "Size-Estimation Framework with Applications to Transitive Closure and
 * Reachability", J. Comput. Syst. Sci. 55 (1997), section 3.
 */

#include "cpsf-minrank.h"

#include <math.h>
#include <stddef.h>

typedef int32_t R __attribute__((vector_size(64), may_alias));

enum { AHEAD = 8 /* edges that prefetching is ahead */ };

static const uint64_t apart = UINT64_C(0x6d696e2d72616e6b); /* "min-rank" */

void
cpsf_minrank_draw(CpsfChanceKey key, CpsfChanceSeed seed, uint64_t sweep, CpsfMinranks *ranks)
{
    const CpsfChanceKey own = {key.low ^ apart, key.high};
    const CpsfChanceKey stream = cpsf_chance_stream(own, seed, sweep);

    for (int i = 0; i < CPSF_N_LANE_WORDS; i++) {
        const uint64_t both = cpsf_chance_word(stream, 0, i);

        ranks->rank[2 * i] = (int32_t) ((uint32_t) both >> 1);
        ranks->rank[2 * i + 1] = (int32_t) (both >> 33);
    }
}

double
cpsf_minrank_exponential(int32_t rank)
{
    const double u = ((double) rank + 0.5) * 0x1p-31;

    /* u + u^2/2 + u^3/3 + ...: the first term left out is u^6/6 */
    if (rank < 1 << 25)
        return u * (1.0 + u * (1.0 / 2 + u * (1.0 / 3 + u * (1.0 / 4 + u * (1.0 / 5)))));
    return -log1p(-u);
}

static uint64_t
draw_below(CpsfChanceKey stream, int word, uint32_t p, uint64_t among)
{
    uint64_t below = 0;

    for (int plane = 0; p != 0 && among != 0; plane++, p <<= 1) {
        const uint64_t z = cpsf_chance_word(stream, plane, word);

        if (p >> 31 != 0) {
            below |= among & ~z;
            among &= z;
        } else {
            among &= ~z;
        }
    }
    return below;
}

uint64_t
cpsf_minrank_active(
    const CpsfEventsGraph *graph, CpsfChanceSeed seed, uint64_t block, int word, int64_t e)
{
    const uint32_t rule_p = graph->rule_p[graph->rule[e]];
    uint64_t among = ~UINT64_C(0);

    if (graph->felt_p != NULL && graph->felt_p[e] != 0)
        among = draw_below(cpsf_chance_stream(graph->key[e], seed, block), word, graph->felt_p[e],
                           among);
    if (rule_p == 0)
        return among;

    const CpsfChanceKey taken =
        cpsf_events_taken_key(graph->key[e], graph->rule_key[graph->rule[e]]);

    return draw_below(cpsf_chance_stream(taken, seed, block), word, rule_p, among);
}

/* All ones in the ranks of worlds that are not in @worlds. */
static inline R
outside(unsigned worlds)
{
    const int32_t a = (int32_t) (worlds & 1) - 1;
    const int32_t b = (int32_t) (worlds >> 1 & 1) - 1;
    const int32_t c = (int32_t) (worlds >> 2 & 1) - 1;
    const int32_t d = (int32_t) (worlds >> 3 & 1) - 1;

    return (R){a, a, a, a, b, b, b, b, c, c, c, c, d, d, d, d};
}

static inline R
least(R a, R b)
{
    const R is_less = a < b;

    return (a & is_less) | (b & ~is_less);
}

static inline R *
at(CpsfMinranks *ranks, int32_t v)
{
    return (R *) (void *) &ranks[v];
}

/* Takes what @v reaches in one step.  Whether that changed anything. */
static int
pull(
    const CpsfEventsGraph *graph, const uint64_t *active, int shift, CpsfMinranks *ranks, int32_t v)
{
    const R none = (R){0} + CPSF_MINRANK_NONE;
    const R before = *at(ranks, v);
    R now = before;

    for (int64_t e = graph->start[v]; e < graph->start[v + 1]; e++) {
        const unsigned worlds = active != NULL ? (unsigned) (active[e] >> shift & 15) : 15;

        if (e + AHEAD < graph->m)
            __builtin_prefetch(&ranks[graph->head[e + AHEAD]]);
        if (worlds == 0)
            continue;

        R there = *at(ranks, graph->head[e]);

        if (worlds != 15)
            there |= outside(worlds) & none;
        now = least(now, there);
    }

    const R differs = now ^ before;
    int32_t has_changed = 0;

    for (int i = 0; i < CPSF_MINRANK_WIDTH; i++)
        has_changed |= differs[i];
    *at(ranks, v) = now;
    return has_changed != 0;
}

void
cpsf_minrank_sweep(const CpsfEventsGraph *graph,
                   const uint64_t *active,
                   int shift,
                   CpsfMinranks *ranks)
{
    int32_t knot = graph->n_knots - 1;

    for (int32_t v = graph->n - 1; v >= 0; v--) {
        const int in_knot = knot >= 0 && v < graph->knot_end[knot];
        int has_changed = 1;

        if (!in_knot) {
            pull(graph, active, shift, ranks, v);
            continue;
        }
        while (has_changed) {
            has_changed = 0;
            for (int32_t u = graph->knot_end[knot] - 1; u >= graph->knot_start[knot]; u--)
                has_changed |= pull(graph, active, shift, ranks, u);
        }
        v = graph->knot_start[knot--];
    }
}
