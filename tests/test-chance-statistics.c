/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Statistics of the chance bits.
 *
 * Seeds are fixed, so that a test passes always or never.  The bounds say how likely truly random
 * bits would be to fail it: each comparison gives a z of mean 0 and variance 1 (of a binomial with
 * at least 1,000 expected, of a sum of products, or of a chi-square made normal by the cube root of
 * Wilson and Hilferty, 1931), and a family of comparisons fails with probability FALSE_ALARM for
 * its largest and as much again for the sum of its squares.  There are 33 families: all together
 * would fail less often than once in a thousand.
 */

#include "config.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <glib.h>
#include <math.h>

#include "cpsf-hash-private.h"
#include "graphgen.h"
#include "kernels-test.h"

#define FALSE_ALARM 1e-5

typedef struct {
    const char *what;
    int64_t n;
    double worst;
    double squares;
} Scores;

/* The z that the largest of n normal ones exceeds in size with probability FALSE_ALARM. */
static double
bound(double n)
{
    double low = 0.0;
    double high = 20.0;

    for (int i = 0; i < 60; i++) {
        const double z = (low + high) / 2.0;

        if (n * erfc(z / sqrt(2.0)) > FALSE_ALARM)
            low = z;
        else
            high = z;
    }
    return high;
}

static double
z_of_chi_square(double x, double degrees)
{
    const double spread = 2.0 / (9.0 * degrees);

    return (cbrt(x / degrees) - (1.0 - spread)) / sqrt(spread);
}

static double
z_of_count(double count, double n, double p)
{
    return (count - n * p) / sqrt(n * p * (1.0 - p));
}

static void
add_score(Scores *scores, double z)
{
    scores->n++;
    scores->worst = fabs(z) > fabs(scores->worst) ? z : scores->worst;
    scores->squares += z * z;
}

static void
judge(const Scores *scores)
{
    const double n = (double) scores->n;

    cr_log_info("%s: %d scores, largest %.2f (bound %.2f), squares z %.2f", scores->what,
                (int) scores->n, scores->worst, bound(n), z_of_chi_square(scores->squares, n));
    cr_expect(fabs(scores->worst) < bound(n), "%s: z = %.2f of %d", scores->what, scores->worst,
              (int) scores->n);
    if (scores->n >= 64)
        cr_expect(fabs(z_of_chi_square(scores->squares, n)) < bound(1), "%s: squares, z = %.2f",
                  scores->what, z_of_chi_square(scores->squares, n));
}

static int64_t
count_bits(const uint64_t *words, int n)
{
    int64_t bits = 0;

    for (int i = 0; i < n; i++)
        bits += __builtin_popcountll(words[i]);
    return bits;
}

/* How many bits differ. */
static int64_t
distance(const uint64_t *a, const uint64_t *b, int n)
{
    int64_t bits = 0;

    for (int i = 0; i < n; i++)
        bits += __builtin_popcountll(a[i] ^ b[i]);
    return bits;
}

/* Adds each bit of a word to a count of its own. */
static void
add_bits(uint64_t word, int32_t *counts)
{
    for (int i = 0; i < 64; i++)
        counts[i] += (int32_t) (word >> i & 1);
}

/* The key of a name as the library makes it. */
static CpsfChanceKey
named(int i)
{
    char name[24];
    const int length = g_snprintf(name, sizeof name, "v%d", i);
    const CpsfHash128 hash = cpsf_hash_fixed(name, (size_t) length);

    return (CpsfChanceKey){hash.low, hash.high};
}

/* 4,194,304 numbers U: each byte on 256 cells, and the two highest together on 65,536. */
Test(chance, numbers_are_uniform)
{
    enum { N = 8192 };
    const double drawn = (double) N * CPSF_N_LANES;
    int64_t bytes[4][256] = {{0}};
    g_autofree int64_t *pairs = g_new0(int64_t, 65536);
    Scores scores = {.what = "uniformity"};
    uint32_t u[CPSF_N_LANES];
    double x = 0.0;

    for (int i = 0; i < N; i++) {
        test_numbers(named(i), 1, (uint64_t) (i % 4), u);
        for (int lane = 0; lane < CPSF_N_LANES; lane++) {
            for (int b = 0; b < 4; b++)
                bytes[b][u[lane] >> (8 * b) & 255]++;
            pairs[u[lane] >> 16]++;
        }
    }
    for (int b = 0; b < 4; b++, x = 0.0) {
        for (int i = 0; i < 256; i++)
            x += pow((double) bytes[b][i] - drawn / 256.0, 2.0) / (drawn / 256.0);
        add_score(&scores, z_of_chi_square(x, 255.0));
    }
    for (int i = 0; i < 65536; i++)
        x += pow((double) pairs[i] - drawn / 65536.0, 2.0) / (drawn / 65536.0);
    add_score(&scores, z_of_chi_square(x, 65535.0));
    judge(&scores);
}

/* Every bit of every plane over 8,192 keys, 16,384 positions; the planes over all lanes; and every
 * pair of planes. */
Test(chance, planes_are_fair_and_independent)
{
    enum { N = 8192 };
    g_autofree int32_t *ones = g_new0(int32_t, 32 * CPSF_N_LANES);
    int64_t apart[32][32] = {{0}};
    const double drawn = (double) N * CPSF_N_LANES;
    Scores positions = {.what = "positions"};
    Scores planes = {.what = "planes and pairs of them"};
    TestSample s;

    for (int i = 0; i < N; i++) {
        test_sample(named(i), 2, 3, &s);
        for (int j = 0; j < 32; j++) {
            apart[j][j] += count_bits(s.plane[j], CPSF_N_LANE_WORDS);
            for (int h = 0; h < j; h++)
                apart[j][h] += distance(s.plane[j], s.plane[h], CPSF_N_LANE_WORDS);
        }
        for (int b = 0; b < 32 * CPSF_N_LANES; b++)
            ones[b] += (int32_t) (s.words[b / 64] >> (b % 64) & 1);
    }
    for (int b = 0; b < 32 * CPSF_N_LANES; b++)
        add_score(&positions, z_of_count(ones[b], N, 0.5));
    for (int j = 0; j < 32; j++)
        for (int h = 0; h <= j; h++)
            add_score(&planes, z_of_count((double) apart[j][h], drawn, 0.5));
    judge(&positions);
    judge(&planes);
}

/* Squares of z of counts add up to a chi-square but for their kurtosis: the variance of each is
 * 2 + (1 - 6pq) / (n p q), not 2. */
static double
z_of_squares(double x, double degrees, double n, double p)
{
    const double pq = p * (1.0 - p);

    return z_of_chi_square(x, degrees) / sqrt(1.0 + (1.0 - 6.0 * pq) / (2.0 * n * pq));
}

enum { VERTICES = 10000, BLOCKS = 4, WORLDS = BLOCKS * CPSF_N_LANES };

/* How often each vertex fails in all worlds, and how many fail in each world. */
static void
count_failures(TestDraws *d, uint64_t seed, int32_t *by_vertex, int32_t *by_world)
{
    const CpsfWorldsKernel *best = test_worlds_kernel(1);

    for (int b = 0; b < BLOCKS; b++) {
        test_draws_fill(d, best != NULL ? best : test_worlds_kernel(0), seed, (uint64_t) b);
        for (int v = 0; v < VERTICES; v++)
            for (int lane = 0; lane < CPSF_N_LANES; lane++) {
                const int fails = test_lane_is_set(&d->work.words[v], lane);

                by_vertex[v] += fails;
                by_world[b * CPSF_N_LANES + lane] += fails;
            }
    }
}

static void
score_sums(
    const int32_t *by_vertex, const int32_t *by_world, double p, Scores *total, Scores *spread)
{
    double all = 0.0;
    double vertices = 0.0;
    double worlds = 0.0;
    double lanes = 0.0;

    for (int v = 0; v < VERTICES; v++)
        vertices += pow(z_of_count(by_vertex[v], WORLDS, p), 2.0);
    for (int w = 0; w < WORLDS; w++) {
        worlds += pow(z_of_count(by_world[w], VERTICES, p), 2.0);
        all += by_world[w];
    }
    for (int lane = 0; lane < CPSF_N_LANES; lane++) {
        double sum = 0.0;

        for (int b = 0; b < BLOCKS; b++)
            sum += by_world[b * CPSF_N_LANES + lane];
        lanes += pow(z_of_count(sum, (double) VERTICES * BLOCKS, p), 2.0);
    }
    add_score(total, z_of_count(all, (double) VERTICES * WORLDS, p));
    add_score(spread, z_of_squares(vertices, VERTICES, WORLDS, p));
    add_score(spread, z_of_squares(worlds, WORLDS, VERTICES, p));
    add_score(spread, z_of_squares(lanes, CPSF_N_LANES, (double) VERTICES * BLOCKS, p));
}

/* How often events happen in all, and how widely that varies over vertices, worlds and lanes: as
 * much as a binomial's.  Masks that vertices or worlds share show here first. */
Test(chance, sums_are_binomial)
{
    const double ps[] = {0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.3, 0.5, 0.6, 0.75, 0.9, 0.99};
    Scores totals = {.what = "proportions"};
    Scores spreads = {.what = "spreads"};
    TestDraws *d = test_draws_new(VERTICES);

    for (int v = 0; v < VERTICES; v++)
        d->key[v] = named(v);
    for (size_t i = 0; i < G_N_ELEMENTS(ps); i++) {
        g_autofree int32_t *by_vertex = g_new0(int32_t, VERTICES);
        g_autofree int32_t *by_world = g_new0(int32_t, WORLDS);

        for (int v = 0; v < VERTICES; v++)
            d->p[v] = (uint32_t) ldexp(ps[i], 32);
        count_failures(d, 100 + i, by_vertex, by_world);
        score_sums(by_vertex, by_world, ldexp(d->p[0], -32), &totals, &spreads);
    }
    judge(&totals);
    judge(&spreads);
    test_draws_free(d);
}

/* Of n pairs of events of probability p, of which a and b happen and both in `joint` pairs: their
 * centred products, added up. */
static double
z_of_products(double joint, double a, double b, double n, double p)
{
    return (joint - p * (a + b) + n * p * p) / (sqrt(n) * p * (1.0 - p));
}

#define RARE 0.1 /* the probability of the events whose correlation is looked at */

/* The lanes where U < RARE. */
static void
rare_lanes(const TestSample *s, uint64_t lanes[CPSF_N_LANE_WORDS])
{
    const uint32_t p = (uint32_t) ldexp(RARE, 32);

    for (int w = 0; w < CPSF_N_LANE_WORDS; w++) {
        uint64_t equal = UINT64_MAX;

        lanes[w] = 0;
        for (int j = 0; j < 32; j++) {
            const uint64_t bit = s->plane[j][w];

            if ((p >> (31 - j) & 1) != 0) {
                lanes[w] |= equal & ~bit;
                equal &= bit;
            } else {
                equal &= ~bit;
            }
        }
    }
}

static int
words_apart(int k)
{
    return k <= 8 ? k : (k - 8) * CPSF_N_LANE_WORDS;
}

/* Words of one key in one block: bit i of a word and of the one 1 to 8 words or 1 to 31 planes
 * later; and any two words as wholes. */
Test(chance, words_of_a_stream_are_independent)
{
    enum { N = 1024, DISTANCES = 39 };
    g_autofree int32_t *apart = g_new0(int32_t, TEST_SAMPLE_WORDS * TEST_SAMPLE_WORDS);
    g_autofree int32_t *bits = g_new0(int32_t, 64 * (DISTANCES + 1));
    Scores pairs = {.what = "pairs of words"};
    Scores distances = {.what = "bits of words in order"};
    TestSample s;

    for (int i = 0; i < N; i++) {
        test_sample(named(i), 4, 5, &s);
        for (int a = 0; a < TEST_SAMPLE_WORDS; a++)
            for (int b = 0; b < a; b++)
                apart[a * TEST_SAMPLE_WORDS + b] += __builtin_popcountll(s.words[a] ^ s.words[b]);
        for (int k = 1; k <= DISTANCES; k++)
            for (int a = words_apart(k); a < TEST_SAMPLE_WORDS; a++)
                add_bits(s.words[a] ^ s.words[a - words_apart(k)], &bits[64 * k]);
    }
    for (int a = 0; a < TEST_SAMPLE_WORDS; a++)
        for (int b = 0; b < a; b++)
            add_score(&pairs, z_of_count(apart[a * TEST_SAMPLE_WORDS + b], N * 64.0, 0.5));
    for (int k = 1; k <= DISTANCES; k++)
        for (int j = 0; j < 64; j++)
            add_score(&distances,
                      z_of_count(bits[64 * k + j],
                                 (double) N * (TEST_SAMPLE_WORDS - words_apart(k)), 0.5));
    judge(&pairs);
    judge(&distances);
}

/* A key and where it is drawn for. */
typedef struct {
    CpsfChanceKey key;
    uint64_t seed;
    uint64_t block;
} Place;

/* Pairs of places that a careless generator would make alike. */
typedef struct {
    const char *what;
    int n_classes;
    void (*make)(Place *a, Place *b, int class, int i, uint64_t *random);
} Pairs;

static void
low_bit(Place *a, Place *b, int class, int i, uint64_t *random)
{
    (void) a, (void) i, (void) random;
    b->key.low ^= UINT64_C(1) << class;
}

static void
next_keys(Place *a, Place *b, int class, int i, uint64_t *random)
{
    (void) random;
    *a = *b = (Place){.key = {(uint64_t) i, (uint64_t) i}};
    b->key.low += (uint64_t) class + 1;
    b->key.high += (uint64_t) class + 1;
}

static void
next_low_halves(Place *a, Place *b, int class, int i, uint64_t *random)
{
    (void) random;
    *a = *b = (Place){.key = {(uint64_t) i, 0}};
    b->key.low += (uint64_t) class + 1;
}

static void
next_names(Place *a, Place *b, int class, int i, uint64_t *random)
{
    (void) random;
    a->key = named(i);
    b->key = named(i + class + 1);
}

/* The high half is folded in between the rounds, so that one bit of it does not reach all of a
 * word; halves of a hash differ in many. */
static void
equal_low_halves(Place *a, Place *b, int class, int i, uint64_t *random)
{
    (void) a, (void) class, (void) i;
    b->key.high = test_random(random);
}

static void
steps_apart(Place *a, Place *b, int class, int i, uint64_t *random)
{
    (void) a, (void) i, (void) random;
    b->key.low += (uint64_t) (class + 1) * CPSF_CHANCE_STEP;
}

static void
seed_bit(Place *a, Place *b, int class, int i, uint64_t *random)
{
    (void) a, (void) i, (void) random;
    b->seed ^= UINT64_C(1) << class;
}

static void
small_seeds(Place *a, Place *b, int class, int i, uint64_t *random)
{
    (void) random;
    a->seed = (uint64_t) (i % 4);
    b->seed = a->seed + (uint64_t) class + 1;
}

static void
block_bit(Place *a, Place *b, int class, int i, uint64_t *random)
{
    (void) a, (void) i, (void) random;
    b->block ^= UINT64_C(1) << class;
}

static void
next_blocks(Place *a, Place *b, int class, int i, uint64_t *random)
{
    (void) random;
    a->block = (uint64_t) (i % 8);
    b->block = a->block + (uint64_t) class + 1;
}

static void
seed_against_block(Place *a, Place *b, int class, int i, uint64_t *random)
{
    (void) random;
    a->seed = (uint64_t) (i % 4);
    b->seed = a->seed + (uint64_t) class + 1;
    a->block = (uint64_t) class + 1;
    b->block = 0;
}

/* All planes of 1,024 pairs of each class bit by bit, and events of probability RARE by lane. */
static void
score_class(const Pairs *pairs, int class, uint64_t *random, Scores *bits, Scores *events)
{
    enum { N = 1024 };
    double apart = 0.0;
    double joint = 0.0;
    double a = 0.0;
    double b = 0.0;

    for (int i = 0; i < N; i++) {
        Place x = {test_random_key(random), test_random(random), test_random_below(random, 1000)};
        Place y = x;
        TestSample samples[2];
        uint64_t rare[3][CPSF_N_LANE_WORDS];

        pairs->make(&x, &y, class, i, random);
        test_sample(x.key, x.seed, x.block, &samples[0]);
        test_sample(y.key, y.seed, y.block, &samples[1]);
        apart += (double) distance(samples[0].words, samples[1].words, TEST_SAMPLE_WORDS);
        rare_lanes(&samples[0], rare[0]);
        rare_lanes(&samples[1], rare[1]);
        for (int w = 0; w < CPSF_N_LANE_WORDS; w++)
            rare[2][w] = rare[0][w] & rare[1][w];
        a += (double) count_bits(rare[0], CPSF_N_LANE_WORDS);
        b += (double) count_bits(rare[1], CPSF_N_LANE_WORDS);
        joint += (double) count_bits(rare[2], CPSF_N_LANE_WORDS);
    }
    add_score(bits, z_of_count(apart, N * 64.0 * TEST_SAMPLE_WORDS, 0.5));
    add_score(events, z_of_products(joint, a, b, N * (double) CPSF_N_LANES, RARE));
}

Test(chance, what_is_alike_in_key_or_seed_or_block_is_drawn_independently)
{
    const Pairs families[] = {
        {"one bit of the key's low half", 64, low_bit},
        {"successive keys", 64, next_keys},
        {"successive low halves of keys", 64, next_low_halves},
        {"successive names", 64, next_names},
        {"the same low half", 64, equal_low_halves},
        {"keys a few steps of the counter apart", 64, steps_apart},
        {"one bit of the seed", 64, seed_bit},
        {"small seeds", 64, small_seeds},
        {"one bit of the block", 64, block_bit},
        {"successive blocks", 64, next_blocks},
        {"a seed more for a block less", 64, seed_against_block},
    };

    for (size_t f = 0; f < G_N_ELEMENTS(families); f++) {
        uint64_t random = 17;
        Scores bits = {.what = families[f].what};
        Scores events = {.what = families[f].what};

        for (int class = 0; class < families[f].n_classes; class ++)
            score_class(&families[f], class, &random, &bits, &events);
        judge(&bits);
        judge(&events);
    }
}

/* Whether a lane's bit in a plane is set, or with plane -1 whether the event of probability RARE
 * happens, in each of successive worlds. */
static void
list_worlds(CpsfChanceKey key, int plane, int n_blocks, uint8_t *happens)
{
    for (int b = 0; b < n_blocks; b++) {
        TestSample s;
        CpsfLanes lanes;

        test_sample(key, 3, (uint64_t) b, &s);
        if (plane < 0)
            rare_lanes(&s, lanes.word);
        else
            memcpy(lanes.word, s.plane[plane], sizeof lanes);
        for (int lane = 0; lane < CPSF_N_LANES; lane++)
            happens[b * CPSF_N_LANES + lane] = (uint8_t) test_lane_is_set(&lanes, lane);
    }
}

/* 64 vertices in 8,192 worlds: a world and the one 1 to 64 later, also in the next block. */
Test(chance, worlds_are_independent)
{
    enum { KEYS = 64, N_BLOCKS = 16, N = N_BLOCKS * CPSF_N_LANES, LAGS = 64 };
    g_autofree uint8_t *happens = g_new(uint8_t, N);
    Scores scores = {.what = "worlds"};

    for (int plane = -1; plane < 8; plane++) {
        const double p = plane < 0 ? RARE : 0.5;
        int64_t joint[LAGS + 1] = {0};
        int64_t sum[LAGS + 1] = {0};

        for (int k = 0; k < KEYS; k++) {
            list_worlds(named(k), plane, N_BLOCKS, happens);
            for (int lag = 1; lag <= LAGS; lag++)
                for (int w = 0; w + lag < N; w++) {
                    joint[lag] += happens[w] & happens[w + lag];
                    sum[lag] += happens[w] + happens[w + lag];
                }
        }
        for (int lag = 1; lag <= LAGS; lag++)
            add_score(&scores, z_of_products((double) joint[lag], (double) sum[lag], 0.0,
                                             (double) KEYS * (N - lag), p));
    }
    judge(&scores);
}

/* How often each bit of a word changes with one bit of what it is drawn for. */
static void
score_avalanche(void (*change)(Place *a, Place *b, int class, int i, uint64_t *random),
                Scores *scores)
{
    enum { N = 32768 };
    uint64_t random = 23;

    for (int bit = 0; bit < 64; bit++) {
        int32_t changed[64] = {0};

        for (int i = 0; i < N; i++) {
            Place a = {test_random_key(&random), test_random(&random), test_random(&random)};
            Place b = a;
            const int plane = i % 32;
            const int word = i / 32 % CPSF_N_LANE_WORDS;

            change(&a, &b, bit, i, &random);

            const CpsfChanceKey x = cpsf_chance_stream(a.key, cpsf_chance_seed(a.seed), a.block);
            const CpsfChanceKey y = cpsf_chance_stream(b.key, cpsf_chance_seed(b.seed), b.block);

            add_bits(cpsf_chance_word(x, plane, word) ^ cpsf_chance_word(y, plane, word), changed);
        }
        for (int j = 0; j < 64; j++)
            add_score(scores, z_of_count(changed[j], N, 0.5));
    }
}

Test(chance, one_bit_changes_half_of_the_others)
{
    Scores key = {.what = "avalanche of the key's low half"};
    Scores seed = {.what = "avalanche of the seed"};
    Scores block = {.what = "avalanche of the block"};

    score_avalanche(low_bit, &key);
    score_avalanche(seed_bit, &seed);
    score_avalanche(block_bit, &block);
    judge(&key);
    judge(&seed);
    judge(&block);
}
