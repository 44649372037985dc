/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Chance bits: pinned values, and the draws of every kernel against the definition bit for bit. */

#include "config.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "graphgen.h"
#include "kernels-test.h"

typedef struct {
    CpsfChanceKey key;
    uint64_t seed;
    uint64_t block;
    int plane;
    int word;
    uint64_t expected;
} Pin;

/*
 * By a second implementation, in Python integers of any size, from the text of the definition:
 *
 *     mix(z): z = (z ^ z >> 30) M1;  z = (z ^ z >> 27) M2;  z ^ z >> 31     all mod 2^64
 *     start = mix((low ^ mix(seed + STEP)) + block STEP)
 *     z = start + (8 plane + word + 1) STEP
 *     z = (z ^ z >> 30) M1 ^ high ^ mix(seed + 2 STEP);  z = (z ^ z >> 27) M2;  z ^ z >> 31
 */
/* clang-format off */
static const Pin pins[] = {
    {{0, 0}, 0, 0, 0, 0, UINT64_C(0x1D1D8C49AF17A19D)},
    {{0, 0}, 0, 0, 31, 7, UINT64_C(0xE9CC193F4FE30439)},
    {{1, 0}, 0, 0, 0, 0, UINT64_C(0xD48D0D7DBEDC347E)},
    {{0, 1}, 0, 0, 0, 0, UINT64_C(0x5876DF3E8E9CD603)},
    {{0, 0}, 1, 0, 0, 0, UINT64_C(0x9D493FB27D956402)},
    {{0, 0}, 0, 1, 0, 0, UINT64_C(0x039BC3D3A8290307)},
    {{0, 0}, 0, 0, 1, 0, UINT64_C(0xB6CB69402B784676)},
    {{0, 0}, 0, 0, 0, 1, UINT64_C(0xD25A3F32117BF246)},
    {{UINT64_MAX, UINT64_MAX}, UINT64_MAX, UINT64_MAX, 31, 7, UINT64_C(0x452E004FCEEA08C0)},
    {{UINT64_C(0x0123456789ABCDEF), UINT64_C(0xFEDCBA9876543210)}, 42, 7, 9, 3,
     UINT64_C(0x895F76FE0C6C405D)},
    {{UINT64_C(0x8000000000000000), UINT64_C(0x8000000000000000)}, UINT64_C(0x8000000000000000),
     UINT64_C(0x8000000000000000), 16, 4, UINT64_C(0xEA9C38FF693B74D2)},
    {{UINT64_C(0xDEADBEEFCAFEBABE), UINT64_C(0x0102030405060708)}, 12345, UINT64_C(0x200000), 20, 5,
     UINT64_C(0xFF348F58F299F9CE)},
};
/* clang-format on */

Test(chance, pinned)
{
    for (size_t i = 0; i < G_N_ELEMENTS(pins); i++) {
        const Pin *p = &pins[i];
        const uint64_t word = cpsf_chance_word(
            cpsf_chance_stream(p->key, cpsf_chance_seed(p->seed), p->block), p->plane, p->word);

        cr_expect(word == p->expected, "row %d: %016" G_GINT64_MODIFIER "X", (int) i, word);
    }
}

/* Chances at which comparing goes wrong first: the ends, powers of two and what is next to them,
 * one bit alone, all bits but one; the rest random. */
static uint32_t
chance_number(int i, uint64_t *random)
{
    static const uint32_t first[] = {1,
                                     2,
                                     3,
                                     5,
                                     UINT32_C(0x7FFFFFFE),
                                     UINT32_C(0x7FFFFFFF),
                                     UINT32_C(0x80000000),
                                     UINT32_C(0x80000001),
                                     UINT32_C(0xC0000000),
                                     UINT32_C(0xFFFFFFFE),
                                     UINT32_C(0xFFFFFFFF),
                                     UINT32_C(429496730),
                                     UINT32_C(0x55555555),
                                     UINT32_C(0xAAAAAAAA)};
    const int n = (int) G_N_ELEMENTS(first);

    if (i < n)
        return first[i];
    if (i < n + 32)
        return UINT32_C(1) << (i - n);
    if (i < n + 64)
        return ~(UINT32_C(1) << (i - n - 32));
    return 1 + test_random_below(random, UINT32_MAX);
}

/* A chance of which U of some lane falls short by one, or which it just reaches: in 512 lanes
 * nothing else looks at the lowest planes. */
static uint32_t
chance_beside(const uint32_t *u, int i)
{
    const uint32_t p = u[i * 37 % CPSF_N_LANES] + (uint32_t) (i % 2);

    return p == 0 ? 1 : p;
}

Test(chance, own_failures_of_every_kernel_are_the_definition)
{
    enum { N = 600 };
    const uint64_t blocks[] = {0, 1, 2, 7, UINT64_C(1) << 21, UINT64_MAX};

    for (int k = 0; test_worlds_kernel(k) != NULL; k++) {
        uint64_t random = 1;

        for (size_t b = 0; b < G_N_ELEMENTS(blocks); b++) {
            TestDraws *d = test_draws_new(N);
            const uint64_t seed = b == 0 ? 0 : test_random(&random);
            uint32_t u[CPSF_N_LANES];

            for (int v = 0; v < N; v++) {
                d->key[v] = test_random_key(&random);
                test_numbers(d->key[v], seed, blocks[b], u);
                d->p[v] = v % 2 == 0 ? chance_number(v / 2, &random) : -chance_beside(u, v / 2);
                d->p[v] += d->p[v] == 0;
            }
            test_draws_fill(d, test_worlds_kernel(k), seed, blocks[b]);
            for (int v = 0; v < N; v++) {
                test_numbers(d->key[v], seed, blocks[b], u);
                for (int lane = 0; lane < CPSF_N_LANES; lane++)
                    cr_assert(test_lane_is_set(&d->work.words[v], lane) == (u[lane] >= -d->p[v]),
                              "%s block %d vertex %d lane %d", test_worlds_kernel(k)->name, (int) b,
                              v, lane);
            }
            test_draws_free(d);
        }
    }
}

/* Vertex 0 always fails and the others depend on it, each through one edge. */
static CpsfWorldsGraph
star(int32_t n, const CpsfChanceKey *key, const uint32_t *p)
{
    CpsfWorldsGraph g = {.n = n, .chance_key = key, .chance_p = p};
    int32_t *extra = g_new(int32_t, n);
    int64_t *start = g_new(int64_t, n);
    int32_t *members = g_new(int32_t, n + 1);
    int64_t *out_start = g_new(int64_t, n + 1);
    int32_t *out_head = g_new(int32_t, n);

    for (int32_t v = 0; v < n; v++) {
        extra[v] = v - 1;
        start[v] = v;
        members[v] = v;
        out_head[v] = v + 1;
        out_start[v] = v == 0 ? 0 : n - 1;
    }
    out_start[n] = n - 1;
    members[n] = n;
    g.in_start = g_new0(int64_t, n + 1);
    g.extra = extra;
    g.chance_start = start;
    g.chance_tail = g_new0(int32_t, n);
    g.gate_start = g_new0(int32_t, n + 1);
    g.gate_edge_start = g_new0(int64_t, 1);
    g.member_start = members;
    g.members = members;
    g.vertex_of = members;
    g.out_start = out_start;
    g.out_head = out_head;
    return g;
}

static void
star_clear(CpsfWorldsGraph *g)
{
    g_free((void *) g->in_start);
    g_free((void *) g->extra);
    g_free((void *) g->chance_start);
    g_free((void *) g->chance_tail);
    g_free((void *) g->gate_start);
    g_free((void *) g->gate_edge_start);
    g_free((void *) g->members);
    g_free((void *) g->out_start);
    g_free((void *) g->out_head);
}

/* Sparse in the first graph (1 of n fails by itself), dense in the second. */
Test(chance, felt_edges_of_every_kernel_are_the_definition)
{
    const int32_t sizes[] = {600, 12};

    for (int round = 0; round < 2 * 8; round++) {
        const CpsfWorldsKernel *kernel = test_worlds_kernel(round % 8);
        const int32_t n = sizes[round / 8];
        uint64_t random = (uint64_t) round;

        if (kernel == NULL)
            continue;

        TestDraws *d = test_draws_new(n);
        uint32_t u[CPSF_N_LANES];
        g_autofree CpsfChanceKey *key = g_new(CpsfChanceKey, n);
        g_autofree uint32_t *p = g_new(uint32_t, n);
        const CpsfWorldsChance chance = {.seed = cpsf_chance_seed(5), .block = 9};

        d->always[0] = 1 << 1;
        for (int32_t e = 0; e < n; e++) {
            key[e] = test_random_key(&random);
            test_numbers(key[e], 5, 9, u);
            p[e] = e % 2 == 0 ? chance_number(e / 2, &random) : chance_beside(u, e);
        }
        CpsfWorldsGraph g = star(n, key, p);

        test_draws_fill(d, kernel, 5, 9);
        kernel->sweep(&g, &chance, &d->work);
        for (int32_t v = 1; v < n; v++) {
            test_numbers(key[v - 1], 5, 9, u);
            for (int lane = 0; lane < CPSF_N_LANES; lane++)
                cr_assert(test_lane_is_set(&d->work.words[v], lane) == (u[lane] < p[v - 1]),
                          "%s vertex %d lane %d", kernel->name, v, lane);
        }
        star_clear(&g);
        test_draws_free(d);
    }
}
