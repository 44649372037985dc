/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The worlds kernel for any processor: the definition. */

#include "config.h"

#include "cpsf-worlds.h"

#include <stddef.h>

/* Eight words side by side; a compiler without such registers works on them one after the other. */
typedef uint64_t V __attribute__((vector_size(64), may_alias));

static inline int
is_zero(const V *v)
{
    return ((*v)[0] | (*v)[1] | (*v)[2] | (*v)[3] | (*v)[4] | (*v)[5] | (*v)[6] | (*v)[7]) == 0;
}

static inline int
is_full(const V *v)
{
    return ~((*v)[0] & (*v)[1] & (*v)[2] & (*v)[3] & (*v)[4] & (*v)[5] & (*v)[6] & (*v)[7]) == 0;
}

/* Source: H. S. Warren, "Hacker's Delight", 2nd edition, section 5-1. */
static inline unsigned
count_bits(const V *v)
{
    const uint64_t pairs = UINT64_C(0x5555555555555555);
    const uint64_t fours = UINT64_C(0x3333333333333333);
    const uint64_t bytes = UINT64_C(0x0F0F0F0F0F0F0F0F);
    V x = *v - (*v >> 1 & pairs);

    x = (x & fours) + (x >> 2 & fours);
    x = (x + (x >> 4)) & bytes;

    /* eight bytes of at most 8 each, added over eight words: at most 64 in a byte */
    const uint64_t sum = x[0] + x[1] + x[2] + x[3] + x[4] + x[5] + x[6] + x[7];
    const uint64_t low = UINT64_C(0x00FF00FF00FF00FF);

    return (unsigned) (((sum & low) + (sum >> 8 & low)) * UINT64_C(0x0001000100010001) >> 48);
}

#include "cpsf-worlds-body.h"

#include "cpsf-events-body.h"

const CpsfWorldsKernel cpsf_worlds_portable = {"portable", fill, sweep, count, settle, tally};
