/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The min-rank kernel for any processor: the definition. */

#include "config.h"

#include "cpsf-minrank.h"

#include <stddef.h>
#include <string.h>

/* Sixteen numbers side by side; a compiler without such registers works on parts of them. */
typedef int32_t I __attribute__((vector_size(64), may_alias));
typedef uint32_t U __attribute__((vector_size(64), may_alias));
typedef float F __attribute__((vector_size(64), may_alias));
typedef uint64_t V __attribute__((vector_size(64), may_alias));
typedef int64_t SV __attribute__((vector_size(64), may_alias));

static inline int
is_zero(const V *v)
{
    return ((*v)[0] | (*v)[1] | (*v)[2] | (*v)[3] | (*v)[4] | (*v)[5] | (*v)[6] | (*v)[7]) == 0;
}

#define NOT_IN(worlds)                                                                             \
    {                                                                                              \
        (worlds) & 1 ? 0 : CPSF_MINRANK_NONE, (worlds) &2 ? 0 : CPSF_MINRANK_NONE,                 \
            (worlds) &4 ? 0 : CPSF_MINRANK_NONE, (worlds) &8 ? 0 : CPSF_MINRANK_NONE               \
    }

typedef int32_t Four __attribute__((vector_size(16), may_alias));

/* What makes ranks in other worlds no rank. */
static const Four not_in[16] = {
    NOT_IN(0), NOT_IN(1), NOT_IN(2),  NOT_IN(3),  NOT_IN(4),  NOT_IN(5),  NOT_IN(6),  NOT_IN(7),
    NOT_IN(8), NOT_IN(9), NOT_IN(10), NOT_IN(11), NOT_IN(12), NOT_IN(13), NOT_IN(14), NOT_IN(15),
};

static inline __attribute__((always_inline)) Four
least_of_four(Four a, Four b)
{
    const Four is_less = a < b;

    return (a & is_less) | (b & ~is_less);
}

static inline __attribute__((always_inline)) I
least(I a, I b)
{
    const I is_less = a < b;

    return (a & is_less) | (b & ~is_less);
}

/* The ranks of the four worlds, one vector for each of a world's ranks. */
typedef struct {
    Four of[CPSF_MINRANK_RANKS];
} Ranks;

_Static_assert(sizeof(Ranks) == sizeof(I), "a rank of a world is a lane");

static inline __attribute__((always_inline)) Ranks
split(const I *ranks)
{
    Ranks out;

    memcpy(&out, ranks, sizeof out);
    return out;
}

/* @ranks, and @other where that is less in one of @worlds. */
static inline __attribute__((always_inline)) I
least_in(I ranks, const I *other, unsigned worlds)
{
    Ranks out = split(&ranks);
    const Ranks in = split(other);

    for (int j = 0; j < CPSF_MINRANK_RANKS; j++)
        out.of[j] = least_of_four(out.of[j], in.of[j] | not_in[worlds]);
    memcpy(&ranks, &out, sizeof out);
    return ranks;
}

/* Whether one of @ranks is less than @other in one of @worlds. */
static inline __attribute__((always_inline)) int
is_less_in(I ranks, const I *other, unsigned worlds)
{
    const Ranks a = split(&ranks);
    const Ranks b = split(other);
    Four less = {0};

    for (int j = 0; j < CPSF_MINRANK_RANKS; j++)
        less |= (a.of[j] | not_in[worlds]) < b.of[j];
    return (less[0] | less[1] | less[2] | less[3]) != 0;
}

#include "cpsf-minrank-body.h"

const CpsfMinrankKernel cpsf_minrank_portable = {"portable", draw, sweep_down, add, exponential};
