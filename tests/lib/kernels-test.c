/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "config.h"

#include "kernels-test.h"

#include <stdlib.h>
#include <string.h>

#include "graphgen.h"

const CpsfWorldsKernel *
test_worlds_kernel(int i)
{
    const CpsfWorldsKernel *kernels[4] = {&cpsf_worlds_portable};
    int n = 1;

#ifdef CPSF_HAVE_AVX512
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vpopcntdq"))
        kernels[n++] = &cpsf_worlds_avx512;
#endif
    return i < n ? kernels[i] : NULL;
}

CpsfLanes *
test_lanes_new(int64_t n)
{
    const size_t size = (size_t) (n > 0 ? n : 1) * sizeof(CpsfLanes);
    CpsfLanes *lanes = aligned_alloc(sizeof(CpsfLanes), size);

    if (lanes == NULL)
        abort();
    memset(lanes, 0, size);
    return lanes;
}

void
test_sample(CpsfChanceKey key, uint64_t seed, uint64_t block, TestSample *s)
{
    const CpsfChanceKey stream = cpsf_chance_stream(key, cpsf_chance_seed(seed), block);

    for (int j = 0; j < 32; j++)
        for (int w = 0; w < CPSF_N_LANE_WORDS; w++)
            s->plane[j][w] = cpsf_chance_word(stream, j, w);
}

/* Plane j is bit 31 - j. */
static uint32_t
number_of(const TestSample *s, int lane)
{
    uint32_t u = 0;

    for (int j = 0; j < 32; j++)
        u |= (uint32_t) (s->plane[j][lane / 64] >> (lane % 64) & 1) << (31 - j);
    return u;
}

void
test_numbers(CpsfChanceKey key, uint64_t seed, uint64_t block, uint32_t u[CPSF_N_LANES])
{
    TestSample s;

    test_sample(key, seed, block, &s);
    for (int lane = 0; lane < CPSF_N_LANES; lane++)
        u[lane] = number_of(&s, lane);
}

CpsfChanceKey
test_random_key(uint64_t *random)
{
    const uint64_t low = test_random(random);

    return (CpsfChanceKey){low, test_random(random)};
}

TestDraws *
test_draws_new(int32_t n)
{
    TestDraws *d = g_new0(TestDraws, 1);

    d->n = n;
    d->member_start = g_new(int32_t, n + 1);
    d->key = g_new0(CpsfChanceKey, n);
    d->p = g_new0(uint32_t, n);
    d->always = g_new0(uint8_t, n);
    d->work.words = test_lanes_new(n);
    d->work.live = g_new0(uint64_t, n / 64 + 1);
    d->work.dirty = g_new0(uint64_t, n / 64 + 1);
    for (int32_t v = 0; v <= n; v++)
        d->member_start[v] = v;
    return d;
}

void
test_draws_free(TestDraws *d)
{
    g_free(d->member_start);
    g_free(d->key);
    g_free(d->p);
    g_free(d->always);
    free(d->work.words);
    g_free(d->work.live);
    g_free(d->work.dirty);
    g_free(d);
}

void
test_draws_fill(TestDraws *d, const CpsfWorldsKernel *kernel, uint64_t seed, uint64_t block)
{
    const CpsfWorldsOwn own = {.member_start = d->member_start,
                               .key = d->key,
                               .fail = d->p,
                               .always = d->always,
                               .always_bit = 1};
    const CpsfWorldsChance chance = {.seed = cpsf_chance_seed(seed), .block = block};

    kernel->fill(d->n, &own, &chance, &d->work);
}
