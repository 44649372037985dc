/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What tests of the worlds kernels share: the kernels that this processor runs, chance bits by
 * their definition, and own failures drawn by a kernel. */

#include <glib.h>

#include "kernels/cpsf-worlds.h"

/* Kernel @i, the definition first; NULL after the last. */
const CpsfWorldsKernel *test_worlds_kernel(int i);

/* @n sets aligned as kernels want them, no lane in any; to be freed with free(). */
CpsfLanes *test_lanes_new(int64_t n);

static inline int
test_lane_is_set(const CpsfLanes *lanes, int lane)
{
    return (int) (lanes->word[lane / 64] >> (lane % 64) & 1);
}

#define TEST_SAMPLE_WORDS (32 * CPSF_N_LANE_WORDS)

/* All planes of a key in a block. */
typedef union {
    uint64_t plane[32][CPSF_N_LANE_WORDS];
    uint64_t words[TEST_SAMPLE_WORDS];
} TestSample;

void test_sample(CpsfChanceKey key, uint64_t seed, uint64_t block, TestSample *s);
/* U of each lane. */
void test_numbers(CpsfChanceKey key, uint64_t seed, uint64_t block, uint32_t u[CPSF_N_LANES]);

CpsfChanceKey test_random_key(uint64_t *random);

/* Vertices of one member each that fail by themselves: v with probability p[v] / 2^32. */
typedef struct {
    int32_t n;
    int32_t *member_start;
    CpsfChanceKey *key;
    uint32_t *p;
    uint8_t *always; /* bit 1 */
    CpsfWorldsWork work;
} TestDraws;

TestDraws *test_draws_new(int32_t n);
void test_draws_free(TestDraws *self);
/* work.words: where they fail. */
void
test_draws_fill(TestDraws *self, const CpsfWorldsKernel *kernel, uint64_t seed, uint64_t block);
