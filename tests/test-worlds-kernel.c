/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The worlds kernels on random graphs of their own kind (kernels/cpsf-worlds.h), lane by lane and
 * against one world at a time: from nothing failing, the rules are applied until nothing more does.
 */

#include "config.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>

#include "graphgen.h"
#include "kernels-test.h"
#include "worldsgen.h"

/* What fails by itself and what is felt, by the definition or as given. */
typedef struct {
    CpsfLanes *own;       /* of each vertex */
    CpsfLanes *felt;      /* of each edge of chance_tail */
    CpsfLanes *gate_felt; /* of each edge of gate_tail */
} Facts;

static void
add_lanes_below(CpsfLanes *lanes, CpsfChanceKey key, uint64_t seed, uint64_t block, uint32_t p)
{
    uint32_t u[CPSF_N_LANES];

    test_numbers(key, seed, block, u);
    for (int lane = 0; lane < CPSF_N_LANES; lane++)
        if (u[lane] < p)
            lanes->word[lane / 64] |= UINT64_C(1) << (lane % 64);
}

static void
find_own(const TestWorldsCase *c, uint64_t seed, uint64_t block, CpsfLanes *own)
{
    const CpsfWorldsOwn *o = &c->own;

    for (int32_t v = 0; v < c->g.n; v++)
        for (int32_t i = o->member_start[v]; i < o->member_start[v + 1]; i++) {
            CpsfLanes holds = {{0}};

            if (o->fail[i] != 0)
                add_lanes_below(&holds, o->key[i], seed, block, -o->fail[i]);
            for (int w = 0; w < CPSF_N_LANE_WORDS; w++)
                if ((o->always[i] & 2) != 0)
                    own[v].word[w] = UINT64_MAX;
                else if (o->fail[i] != 0)
                    own[v].word[w] |= ~holds.word[w];
        }
}

static void
find_felt(CpsfLanes *felt,
          int64_t n,
          const CpsfChanceKey *key,
          const uint32_t *p,
          uint64_t seed,
          uint64_t block)
{
    for (int64_t e = 0; e < n; e++) {
        if (p[e] != 0)
            add_lanes_below(&felt[e], key[e], seed, block, p[e]);
        else
            memset(&felt[e], 0xFF, sizeof felt[e]);
    }
}

/* As given in place of draws: any lanes, of one edge in four none or all. */
static void
give_felt(CpsfLanes *felt, int64_t n, const uint32_t *p, uint64_t *random)
{
    for (int64_t e = 0; e < n; e++) {
        const uint64_t kind = test_random_below(random, 8);

        for (int w = 0; w < CPSF_N_LANE_WORDS; w++)
            felt[e].word[w] = kind > 1 && p[e] != 0 ? test_random(random) : -(kind & 1);
    }
}

/* Lanes of edges felt for certain are not for the kernel to look at. */
static void
set_certain(CpsfLanes *felt, int64_t n, const uint32_t *p, int byte)
{
    for (int64_t e = 0; e < n; e++)
        if (p[e] == 0)
            memset(&felt[e], byte, sizeof felt[e]);
}

/* One world ------------------------------------------------------------------------------------*/

static gboolean
opens(const TestWorldsCase *c, const Facts *facts, int32_t gate, int lane, const uint8_t *fails)
{
    int32_t failed = 0;

    for (int64_t e = c->g.gate_edge_start[gate]; e < c->g.gate_edge_start[gate + 1]; e++)
        failed += fails[c->g.gate_tail[e]] && test_lane_is_set(&facts->gate_felt[e], lane);
    return failed >= c->g.gate_need[gate];
}

static gboolean
must_fail(const TestWorldsCase *c, const Facts *facts, int32_t v, int lane, const uint8_t *fails)
{
    const CpsfWorldsGraph *g = &c->g;
    const int32_t x = g->extra[v];

    if (test_lane_is_set(&facts->own[v], lane))
        return TRUE;
    for (int64_t e = g->in_start[v]; e < g->in_start[v + 1]; e++)
        if (fails[g->in_tail[e]])
            return TRUE;
    if (x < 0)
        return FALSE;
    for (int64_t e = g->chance_start[x]; e < g->chance_start[x + 1]; e++)
        if (fails[g->chance_tail[e]] && test_lane_is_set(&facts->felt[e], lane))
            return TRUE;
    for (int32_t i = g->gate_start[x]; i < g->gate_start[x + 1]; i++)
        if (opens(c, facts, i, lane, fails))
            return TRUE;
    return FALSE;
}

static void
evaluate(const TestWorldsCase *c, const Facts *facts, int lane, uint8_t *fails)
{
    gboolean is_at_rest = FALSE;

    memset(fails, 0, (size_t) c->g.n);
    while (!is_at_rest) {
        is_at_rest = TRUE;
        for (int32_t v = 0; v < c->g.n; v++)
            if (!fails[v] && must_fail(c, facts, v, lane, fails)) {
                fails[v] = 1;
                is_at_rest = FALSE;
            }
    }
}

static CpsfLanes *
evaluate_all(const TestWorldsCase *c, const Facts *facts)
{
    CpsfLanes *expected = test_lanes_new(c->g.n);
    g_autofree uint8_t *fails = g_new(uint8_t, c->g.n + 1);

    for (int lane = 0; lane < CPSF_N_LANES; lane++) {
        evaluate(c, facts, lane, fails);
        for (int32_t v = 0; v < c->g.n; v++)
            expected[v].word[lane / 64] |= (uint64_t) fails[v] << (lane % 64);
    }
    return expected;
}

/* Kernels against it ----------------------------------------------------------------------------*/

static CpsfWorldsWork
work_new(int32_t n)
{
    const size_t bitmap = (size_t) ((n + 63) / 64) * sizeof(uint64_t);
    CpsfWorldsWork work = {.words = test_lanes_new(n), .n_live = -7};

    if (n == 0)
        return work;
    work.live = g_malloc(bitmap);
    work.dirty = g_malloc(bitmap);

    /* whatever was left of other blocks */
    memset(work.words, 0x5A, (size_t) n * sizeof *work.words);
    memset(work.live, 0xA5, bitmap);
    memset(work.dirty, 0xFF, bitmap);
    return work;
}

static void
work_clear(CpsfWorldsWork *work)
{
    free(work->words);
    g_free(work->live);
    g_free(work->dirty);
}

static void
expect_words(const CpsfWorldsWork *work, const CpsfLanes *expected, int32_t n, const char *where)
{
    g_autofree uint64_t *live = g_new0(uint64_t, n / 64 + 1);
    int32_t n_live = 0;

    for (int32_t v = 0; v < n; v++) {
        uint64_t any = 0;

        for (int w = 0; w < CPSF_N_LANE_WORDS; w++) {
            any |= expected[v].word[w];
            cr_assert(work->words[v].word[w] == expected[v].word[w],
                      "%s, vertex %d of %d: %016" G_GINT64_MODIFIER "x, not %016" G_GINT64_MODIFIER
                      "x",
                      where, v, n, work->words[v].word[w], expected[v].word[w]);
        }
        live[v / 64] |= (uint64_t) (any != 0) << (v % 64);
        n_live += any != 0;
    }
    cr_assert(n_live == work->n_live, "%s: %d live, not %d", where, work->n_live, n_live);
    for (int32_t i = 0; i < (n + 63) / 64; i++)
        cr_assert(live[i] == work->live[i], "%s: live ones of %d vertices", where, n);
}

/* As a plan has it, and as a part of one has it, without knowing who may fail after whom. */
static void
check_kernel(const TestWorldsCase *c,
             const CpsfWorldsKernel *kernel,
             const CpsfWorldsChance *chance,
             CpsfWorldsWork *work,
             const CpsfLanes *own,
             const CpsfLanes *expected,
             const char *where)
{
    CpsfWorldsGraph part = c->g;
    CpsfWorldsWork plain = *work;

    kernel->fill(c->g.n, &c->own, chance, work);
    expect_words(work, own, c->g.n, where);
    kernel->sweep(&c->g, chance, work);
    expect_words(work, expected, c->g.n, where);

    part.member_start = NULL;
    part.members = NULL;
    part.out_start = NULL;
    part.out_head = NULL;
    part.vertex_of = NULL;
    plain.dirty = NULL;
    kernel->fill(c->g.n, &c->own, chance, &plain);
    kernel->sweep(&part, chance, &plain);
    expect_words(&plain, expected, c->g.n, where);
}

/* Two blocks after each other in the same memory. */
static void
check_case(const TestWorldsCase *c, uint64_t seed, gboolean is_given)
{
    const int64_t n_chances = c->chance_tail->len;
    const int64_t n_gated = c->gate_tail->len;
    uint64_t random = seed;
    CpsfWorldsWork works[4] = {{0}};

    for (uint64_t block = seed % 5; block < seed % 5 + 2; block++) {
        Facts facts = {test_lanes_new(c->g.n), test_lanes_new(n_chances), test_lanes_new(n_gated)};
        CpsfWorldsChance chance = {.seed = cpsf_chance_seed(seed), .block = block};

        find_own(c, seed, block, facts.own);
        if (is_given) {
            give_felt(facts.felt, n_chances, c->g.chance_p, &random);
            give_felt(facts.gate_felt, n_gated, c->g.gate_p, &random);
            set_certain(facts.gate_felt, n_gated, c->g.gate_p, 0xFF);
            chance.felt = facts.felt;
            chance.gate_felt = facts.gate_felt;
        } else {
            find_felt(facts.felt, n_chances, c->g.chance_key, c->g.chance_p, seed, block);
            find_felt(facts.gate_felt, n_gated, c->g.gate_key, c->g.gate_p, seed, block);
        }

        CpsfLanes *expected = evaluate_all(c, &facts);

        set_certain(facts.gate_felt, n_gated, c->g.gate_p, 0);
        for (int k = 0; test_worlds_kernel(k) != NULL; k++) {
            const CpsfWorldsKernel *kernel = test_worlds_kernel(k);
            g_autofree char *where =
                g_strdup_printf("%s, seed %d, block %d%s", kernel->name, (int) seed, (int) block,
                                is_given ? ", given" : "");

            if (works[k].words == NULL)
                works[k] = work_new(c->g.n);
            check_kernel(c, kernel, &chance, &works[k], facts.own, expected, where);
        }
        free(expected);
        free(facts.own);
        free(facts.felt);
        free(facts.gate_felt);
    }
    for (int k = 0; test_worlds_kernel(k) != NULL; k++)
        work_clear(&works[k]);
}

/*
 * Vertex 0 fails and 1 does not; 2 and 3 need each other and nobody else; 4 fails if both 0 and 1
 * do, and 5 if two of three edges are felt, of which two come from 0.  What fails: 0 and 5.  The
 * circle would be at rest failing, too, but less is enough.
 */
Test(worlds_kernel, by_hand)
{
    const CpsfWorldsGraph g = {
        .n = 6,
        .in_start = (int64_t[]){0, 0, 0, 1, 2, 2, 2},
        .in_tail = (int32_t[]){3, 2},
        .extra = (int32_t[]){-1, -1, -1, -1, 0, 1},
        .chance_start = (int64_t[]){0, 0, 0},
        .gate_start = (int32_t[]){0, 1, 2},
        .gate_need = (int32_t[]){2, 2},
        .gate_edge_start = (int64_t[]){0, 2, 5},
        .gate_tail = (int32_t[]){0, 1, 0, 1, 0},
        .gate_p = (uint32_t[]){0, 0, 0, 0, 0},
        .gate_key = (CpsfChanceKey[]){{0}, {0}, {0}, {0}, {0}},
        .n_knots = 1,
        .knot_start = (int32_t[]){2},
        .knot_end = (int32_t[]){4},
        .member_start = (int32_t[]){0, 1, 2, 3, 4, 5, 6},
        .members = (int32_t[]){0, 1, 2, 3, 4, 5},
        .out_start = (int64_t[]){0, 2, 4, 5, 6, 6, 6},
        .out_head = (int32_t[]){4, 5, 4, 5, 3, 2},
        .vertex_of = (int32_t[]){0, 1, 2, 3, 4, 5},
    };
    const CpsfWorldsChance chance = {.seed = cpsf_chance_seed(1)};

    for (int k = 0; test_worlds_kernel(k) != NULL; k++) {
        TestDraws *d = test_draws_new(g.n);

        d->always[0] = 2;
        test_draws_fill(d, test_worlds_kernel(k), 1, 0);
        test_worlds_kernel(k)->sweep(&g, &chance, &d->work);
        for (int v = 0; v < g.n; v++)
            for (int w = 0; w < CPSF_N_LANE_WORDS; w++)
                cr_expect(d->work.words[v].word[w] == (v % 5 == 0 ? UINT64_MAX : 0),
                          "%s: vertex %d", test_worlds_kernel(k)->name, v);
        cr_expect(d->work.n_live == 2);
        test_draws_free(d);
    }
}

static TestWorldsShape
random_shape(int32_t n, uint64_t *random)
{
    const int knotted[] = {0, 5, 30, 100};
    const int32_t knots[] = {1, 2, 9, 70, n > 0 ? n : 1};
    const int extra[] = {0, 20, 100};
    const int own[] = {0, 8, 30, 200, 1000};
    const int always[] = {0, 20, 100};

    return (TestWorldsShape){
        .n = n,
        .knotted = knotted[test_random_below(random, G_N_ELEMENTS(knotted))],
        .knot = knots[test_random_below(random, G_N_ELEMENTS(knots))],
        .certain = 1 + (int) test_random_below(random, test_random_below(random, 8) == 0 ? 30 : 4),
        .extra = extra[test_random_below(random, G_N_ELEMENTS(extra))],
        .own = own[test_random_below(random, G_N_ELEMENTS(own))],
        .always = always[test_random_below(random, G_N_ELEMENTS(always))],
        .is_near = (gboolean) test_random_below(random, 2),
    };
}

Test(worlds_kernel, small_graphs)
{
    uint64_t random = 1;

    for (int32_t n = 0; n <= 200; n++)
        for (int i = 0; i < (n < 20 ? 20 : 6); i++) {
            const TestWorldsShape shape = random_shape(n, &random);
            g_autoptr(TestWorldsCase) c = test_worlds_case_new(&shape, test_random(&random));

            check_case(c, (uint64_t) (n * 100 + i), i % 3 == 0);
        }
}

/* Few failures that stay few, few that become many before, in and behind knots, and many. */
Test(worlds_kernel, large_graphs)
{
    const TestWorldsShape shapes[] = {
        {.n = 5000, .certain = 1, .extra = 20, .own = 2, .is_near = TRUE},
        {.n = 5000, .knotted = 2, .knot = 40, .certain = 1, .extra = 60, .own = 1, .is_near = TRUE},
        {.n = 5000, .knotted = 10, .knot = 9, .certain = 3, .extra = 20, .own = 1},
        {.n = 5000, .knotted = 1, .knot = 5000, .certain = 3, .extra = 20, .own = 1, .always = 50},
        {.n = 5000, .knotted = 100, .knot = 300, .certain = 1, .extra = 40, .own = 10},
        {.n = 5000, .knotted = 100, .knot = 3000, .certain = 2, .own = 500, .is_near = TRUE},
        {.n = 5000, .knotted = 5, .knot = 9, .certain = 2, .extra = 100, .own = 60, .always = 10},
        {.n = 4999, .certain = 6, .extra = 20, .own = 1000, .always = 100},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(shapes); i++)
        for (int given = 0; given < 2; given++) {
            g_autoptr(TestWorldsCase) c = test_worlds_case_new(&shapes[i], 40 + i);

            check_case(c, 60 + i, given);
        }
}

Test(worlds_kernel, counts)
{
    enum { MOST = 200 };
    uint64_t random = 9;

    for (int32_t n = 0; n <= MOST; n += n < 10 ? 1 : 19)
        for (int i = 0; i < 12; i++) {
            CpsfLanes *words = test_lanes_new(n);
            CpsfLanes *among = test_lanes_new(1);
            g_autofree uint16_t *counts = g_new(uint16_t, n + 1);

            for (int w = 0; w < CPSF_N_LANE_WORDS; w++)
                among->word[w] = i == 0 ? 0 : i < 3 ? UINT64_MAX : test_random(&random);
            if (i == 3)
                *among = (CpsfLanes){{0, 0, 0, 0, 0, 0, 0, UINT64_C(1) << 63}};
            for (int32_t v = 0; v < n; v++)
                for (int w = 0; w < CPSF_N_LANE_WORDS; w++)
                    words[v].word[w] = v % 4 == 3 ? UINT64_MAX : test_random(&random);
            for (int k = 0; test_worlds_kernel(k) != NULL; k++) {
                counts[n] = 777;
                test_worlds_kernel(k)->count(n, words, among, counts);
                for (int32_t v = 0; v < n; v++) {
                    int bits = 0;

                    for (int lane = 0; lane < CPSF_N_LANES; lane++)
                        bits += test_lane_is_set(&words[v], lane) && test_lane_is_set(among, lane);
                    cr_assert(counts[v] == bits, "%s: vertex %d of %d: %d, not %d",
                              test_worlds_kernel(k)->name, v, n, counts[v], bits);
                }
                cr_assert(counts[n] == 777);
            }
            free(words);
            free(among);
        }
}
