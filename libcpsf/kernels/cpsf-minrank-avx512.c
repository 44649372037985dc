/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The min-rank kernel for processors with AVX-512 F and DQ: one register a vertex. */

#include "config.h"

#include "cpsf-minrank.h"

#include <immintrin.h>
#include <stddef.h>

typedef int32_t I __attribute__((vector_size(64), may_alias));
typedef uint32_t U __attribute__((vector_size(64), may_alias));
typedef float F __attribute__((vector_size(64), may_alias));
typedef uint64_t V __attribute__((vector_size(64), may_alias));
typedef int64_t SV __attribute__((vector_size(64), may_alias));

static inline int
is_zero(const V *v)
{
    return _mm512_test_epi64_mask((__m512i) *v, (__m512i) *v) == 0;
}

/* The ranks of @worlds. */
static inline __mmask16
in(unsigned worlds)
{
    return (__mmask16) (worlds * 0x1111);
}

static inline I
least(I a, I b)
{
    return (I) _mm512_min_epi32((__m512i) a, (__m512i) b);
}

/* @ranks, and @other where that is less in one of @worlds. */
static inline I
least_in(I ranks, const I *other, unsigned worlds)
{
    const __m512i a = (__m512i) ranks;

    return (I) _mm512_mask_min_epi32(a, in(worlds), a, (__m512i) *other);
}

/* Whether one of @ranks is less than @other in one of @worlds. */
static inline int
is_less_in(I ranks, const I *other, unsigned worlds)
{
    return _mm512_mask_cmplt_epi32_mask(in(worlds), (__m512i) ranks, (__m512i) *other) != 0;
}

#include "cpsf-minrank-body.h"

const CpsfMinrankKernel cpsf_minrank_avx512 = {"avx512", draw, sweep_down, add, exponential};
