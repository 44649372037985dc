/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Exact reach by bit sweeps.  A vertex holds a bit for each source that reaches it; one pull over
 * the vertices in topological order settles all bits.  What each lane collects is counted in bit
 * planes: plane j holds bit j of 512 counters, so that adding a set of lanes is a carry chain of a
 * few vector operations.  Loops run over eight words, which compilers turn into vectors.
 *
 * Source for the counting: R. Seal, W. Harley's carry-save adder, in H. S. Warren, "Hacker's
 * Delight", 2nd edition, section 5-1, here by position instead of in sum.
 */

#include "cpsf-reach.h"

#include <string.h>

enum {
    PLANES = 32, /* counts are numbers of nodes, below 2^31 */
    BATCH = 16,  /* sets added by one tree of adders */
    AHEAD = 8,   /* edges that prefetching is ahead */
};

typedef struct {
    CpsfLanes plane[PLANES];
    CpsfLanes batch[BATCH];
    int n_batch;
} Counters;

/* sum + a + b: its low bit stays in @sum, its high bit goes to @carry. */
static inline void
add_three(CpsfLanes *carry, CpsfLanes *sum, const CpsfLanes *a, const CpsfLanes *b)
{
    for (int w = 0; w < CPSF_N_LANE_WORDS; w++) {
        const uint64_t either = sum->word[w] ^ a->word[w];

        carry->word[w] = (sum->word[w] & a->word[w]) | (either & b->word[w]);
        sum->word[w] = either ^ b->word[w];
    }
}

/* Adds 2^j to the counter of each lane of @lanes. */
static void
add_at(Counters *self, const CpsfLanes *lanes, int j)
{
    CpsfLanes carry = *lanes;

    for (; j < PLANES; j++) {
        uint64_t left = 0;

        for (int w = 0; w < CPSF_N_LANE_WORDS; w++) {
            const uint64_t next = self->plane[j].word[w] & carry.word[w];

            self->plane[j].word[w] ^= carry.word[w];
            carry.word[w] = next;
            left |= next;
        }
        if (left == 0)
            return;
    }
}

/* Eight sets into planes 0 to 2; what is carried into plane 3 goes to @eights. */
static void
add_eight(Counters *self, const CpsfLanes *b, CpsfLanes *eights)
{
    CpsfLanes twos[2];
    CpsfLanes fours[2];

    for (int half = 0; half < 2; half++, b += 4) {
        add_three(&twos[0], &self->plane[0], &b[0], &b[1]);
        add_three(&twos[1], &self->plane[0], &b[2], &b[3]);
        add_three(&fours[half], &self->plane[1], &twos[0], &twos[1]);
    }
    add_three(eights, &self->plane[2], &fours[0], &fours[1]);
}

/* Adds 1 for each lane of @lanes; sets are held back until there are sixteen. */
static void
add_one(Counters *self, const CpsfLanes *lanes)
{
    CpsfLanes eights[2];
    CpsfLanes sixteens;

    self->batch[self->n_batch++] = *lanes;
    if (self->n_batch < BATCH)
        return;
    add_eight(self, self->batch, &eights[0]);
    add_eight(self, self->batch + 8, &eights[1]);
    add_three(&sixteens, &self->plane[3], &eights[0], &eights[1]);
    add_at(self, &sixteens, 4);
    self->n_batch = 0;
}

static void
add_weight(Counters *self, const CpsfLanes *lanes, int32_t weight)
{
    if (weight == 1) {
        add_one(self, lanes);
        return;
    }
    for (int j = 0; weight >> j != 0; j++)
        if ((weight >> j & 1) != 0)
            add_at(self, lanes, j);
}

static void
read_counters(Counters *self, int n, int64_t *counts)
{
    for (int i = 0; i < self->n_batch; i++)
        add_at(self, &self->batch[i], 0);
    self->n_batch = 0;
    for (int lane = 0; lane < n; lane++) {
        counts[lane] = 0;
        for (int j = 0; j < PLANES; j++)
            counts[lane] |= (int64_t) (self->plane[j].word[lane / 64] >> (lane % 64) & 1) << j;
    }
}

/* Joins the sets of all predecessors from @base on to that of @c.  0 if it is empty then. */
static uint64_t
pull(const CpsfDag *dag, int32_t base, int32_t c, CpsfLanes *lanes)
{
    CpsfLanes *own = &lanes[c - base];
    const int64_t end = dag->offsets[c + 1];
    uint64_t any = 0;

    for (int64_t e = dag->offsets[c]; e < end; e++) {
        const int32_t p = dag->tails[e];

        if (e + AHEAD < end && dag->tails[e + AHEAD] >= base)
            __builtin_prefetch(&lanes[dag->tails[e + AHEAD] - base]);
        if (p < base)
            continue;
        for (int w = 0; w < CPSF_N_LANE_WORDS; w++)
            own->word[w] |= lanes[p - base].word[w];
    }
    for (int w = 0; w < CPSF_N_LANE_WORDS; w++)
        any |= own->word[w];
    return any;
}

void
cpsf_reach_sweep(
    const CpsfDag *dag, const int32_t *sources, int n_sources, CpsfLanes *lanes, int64_t *reach)
{
    const int32_t base = n_sources > 0 ? sources[0] : dag->n; /* nothing before it is reached */
    Counters counters;
    int next = 0;

    memset(&counters, 0, sizeof counters);
    for (int32_t c = base; c < dag->n; c++) {
        CpsfLanes *own = &lanes[c - base];

        memset(own, 0, sizeof *own);
        for (; next < n_sources && sources[next] == c; next++)
            own->word[next / 64] |= UINT64_C(1) << (next % 64);
        if (pull(dag, base, c, lanes) != 0)
            add_weight(&counters, own, dag->weight[c]);
    }
    read_counters(&counters, n_sources, reach);
}
