/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Min-rank sketches: how much each vertex reaches, for all vertices at once.  Each node draws
 * random ranks; the least rank over what a vertex reaches is the smaller, the more that is.  Ranks
 * are kept as uniform integers, whose minimum is the same as that of the exponential numbers they
 * stand for, and are turned into those at the end.
 */

#include "cpsf-sketch.h"

#include <math.h>
#include <string.h>

/* Finaliser of splitmix64.  Source: G. Steele, D. Lea, C. Flood, "Fast Splittable Pseudorandom
 * Number Generators", OOPSLA 2014. */
static inline uint64_t
mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

static inline void
take_less(CpsfRanks *self, const CpsfRanks *other)
{
    for (int j = 0; j < CPSF_SKETCH_WIDTH; j++)
        self->rank[j] = other->rank[j] < self->rank[j] ? other->rank[j] : self->rank[j];
}

/* The sixteen ranks of a node in one sweep, two from each 64-bit number. */
static void
draw(uint64_t seed, int sweep, CpsfRanks *ranks)
{
    const uint64_t step = UINT64_C(0x9e3779b97f4a7c15);
    uint64_t x = seed + step * ((uint64_t) sweep * (CPSF_SKETCH_WIDTH / 2) + 1);

    for (int j = 0; j < CPSF_SKETCH_WIDTH; j += 2, x += step) {
        const uint64_t both = mix(x);

        ranks->rank[j] = (uint32_t) both;
        ranks->rank[j + 1] = (uint32_t) (both >> 32);
    }
}

void
cpsf_sketch_sweep(const CpsfDag *dag,
                  const int32_t *members,
                  const int32_t *start,
                  const uint64_t *seed,
                  int sweep,
                  CpsfRanks *ranks)
{
    CpsfRanks own;

    memset(ranks, 0xff, (size_t) dag->n * sizeof *ranks);
    for (int32_t c = dag->n - 1; c >= 0; c--) {
        for (int32_t i = start[c]; i < start[c + 1]; i++) {
            draw(seed[members[i]], sweep, &own);
            take_less(&ranks[c], &own);
        }
        for (int64_t e = dag->offsets[c]; e < dag->offsets[c + 1]; e++)
            take_less(&ranks[dag->tails[e]], &ranks[c]);
    }
}

CpsfRankSum
cpsf_sketch_sum(const CpsfRanks *ranks)
{
    CpsfRankSum sum = 0;

    for (int j = 0; j < CPSF_SKETCH_WIDTH; j++)
        sum += (CpsfRankSum) (-log1p(-((double) ranks->rank[j] + 0.5) * 0x1p-32) * 0x1p48);
    return sum;
}

double
cpsf_sketch_estimate(CpsfRankSum sum)
{
    return (CPSF_SKETCH_RANKS - 1) / ((double) (sum > 0 ? sum : 1) * 0x1p-48);
}
