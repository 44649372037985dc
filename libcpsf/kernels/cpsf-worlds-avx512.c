/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The worlds kernel for processors with AVX-512 F, DQ and VPOPCNTDQ: one register a vertex. */

#include "config.h"

#include "cpsf-worlds.h"

#include <immintrin.h>
#include <stddef.h>

typedef uint64_t V __attribute__((vector_size(64), may_alias));

static inline int
is_zero(const V *v)
{
    return _mm512_test_epi64_mask((__m512i) *v, (__m512i) *v) == 0;
}

static inline int
is_full(const V *v)
{
    return _mm512_cmpneq_epi64_mask((__m512i) *v, _mm512_set1_epi64(-1)) == 0;
}

static inline unsigned
count_bits(const V *v)
{
    return (unsigned) _mm512_reduce_add_epi64(_mm512_popcnt_epi64((__m512i) *v));
}

#include "cpsf-worlds-body.h"

#include "cpsf-events-body.h"

const CpsfWorldsKernel cpsf_worlds_avx512 = {"avx512", fill, sweep, count, settle, tally};
