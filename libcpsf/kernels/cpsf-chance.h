/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdint.h>

#include "cpsf-lanes.h"

/*
 * Chance bits without state (docs/semantics.md, section 6).  What is drawn in a world is a number U
 * of 32 bits, a function of the seed, the key of the vertex or edge, and the world alone.  World w
 * is lane w % 512 of block w / 512, and bits are sliced: bit 31 - j of U in all worlds of a block is
 * plane j, eight words of 64 lanes.  An event of probability p/2^32 is U < p, and comparing starts
 * at the highest bit, so that some ten planes settle 512 worlds.
 *
 * A word is a counter, a plane and a lane apart from the next, under the keyed finaliser below: two
 * rounds of multiply and shift (D. Stafford's variant 13 of the MurmurHash3 finaliser, as in
 * Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014), with the
 * second half of the key between them, as in a counter-based generator (Salmon, Moraes, Dror, Shaw,
 * "Parallel random numbers: as easy as 1, 2, 3", SC 2011).
 *
 * Part of the results: never change it.
 */
typedef struct {
    uint64_t low;
    uint64_t high;
} CpsfChanceKey;

/* The seed, mixed once. */
typedef struct {
    uint64_t low;
    uint64_t high;
} CpsfChanceSeed;

#define CPSF_CHANCE_STEP UINT64_C(0x9E3779B97F4A7C15)
#define CPSF_CHANCE_M1 UINT64_C(0xBF58476D1CE4E5B9)
#define CPSF_CHANCE_M2 UINT64_C(0x94D049BB133111EB)

static inline uint64_t
cpsf_chance_mix(uint64_t z)
{
    z = (z ^ (z >> 30)) * CPSF_CHANCE_M1;
    z = (z ^ (z >> 27)) * CPSF_CHANCE_M2;
    return z ^ (z >> 31);
}

static inline CpsfChanceSeed
cpsf_chance_seed(uint64_t seed)
{
    return (CpsfChanceSeed){cpsf_chance_mix(seed + CPSF_CHANCE_STEP),
                            cpsf_chance_mix(seed + 2 * CPSF_CHANCE_STEP)};
}

/* Where the stream of a key begins in a block. */
static inline CpsfChanceKey
cpsf_chance_stream(CpsfChanceKey key, CpsfChanceSeed seed, uint64_t block)
{
    return (CpsfChanceKey){cpsf_chance_mix((key.low ^ seed.low) + block * CPSF_CHANCE_STEP),
                           cpsf_chance_mix(key.high ^ seed.high)};
}

/* Word @word, 0 to 7, of plane @plane, 0 to 31: the definition that every kernel follows. */
static inline uint64_t
cpsf_chance_word(CpsfChanceKey stream, int plane, int word)
{
    uint64_t z = stream.low + (uint64_t) (plane * CPSF_N_LANE_WORDS + word + 1) * CPSF_CHANCE_STEP;

    z = (z ^ (z >> 30)) * CPSF_CHANCE_M1;
    z ^= stream.high;
    z = (z ^ (z >> 27)) * CPSF_CHANCE_M2;
    return z ^ (z >> 31);
}
