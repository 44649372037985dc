/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The chance bits as a stream for batteries of random number tests, 64-bit words in the machine's
 * order on standard output: stream-chance ORDER [SEED [START]]
 *
 *     words       all words of vertex "v0" in block 0, then of block 1, …: as one generator
 *     vertices    plane 0 of one block of "v0", "v1", …: the lanes of an event over vertices
 *     planes      block by block, and of 1,024 vertices plane 0 of all, plane 1 of all, …
 *     worlds      world by world: the numbers U of 1,024 vertices, 32 bits each
 *     counter     word 0 of plane 0 of keys 1, 2, 3, … in block 0: keys that were not hashed
 *     seeds       plane 0 of one vertex under seeds SEED, SEED + 1, …
 *
 * START is the first block ("vertices", "counter": number).  Endless: the reader ends it, as in
 *
 *     for order in words vertices planes worlds counter seeds; do
 *         tests/bench/stream-chance $order 1 | dieharder -g 200 -a -k 2 -Y 1
 *     done
 *
 * (Debian: dieharder, by R. G. Brown, after G. Marsaglia's tests and NIST's; -a takes more than 15
 * minutes an order, -d chooses a single test.)  Of the p-values of a perfect generator one in a
 * hundred counts as weak; -Y 1 adds samples to those until they are settled.  Compare the number with
 * that of dieharder -g 205 (AES), as statistics within its sts_serial depend on each other.
 */

#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cpsf-hash-private.h"
#include "kernels/cpsf-chance.h"

enum { VERTICES = 1024 };

typedef struct {
    CpsfChanceSeed seed;
    uint64_t number; /* the seed itself */
    CpsfChanceKey key[VERTICES];
} Source;

static CpsfChanceKey
named(uint64_t i)
{
    char name[24];
    const int length = snprintf(name, sizeof name, "v%" PRIu64, i);
    const CpsfHash128 hash = cpsf_hash_fixed(name, (size_t) length);

    return (CpsfChanceKey){hash.low, hash.high};
}

/* Each writer writes what belongs to step @i of its order. */

static int
put(const uint64_t *words, size_t n)
{
    return fwrite(words, sizeof *words, n, stdout) == n;
}

static int
put_planes(CpsfChanceKey stream, int first, int n)
{
    uint64_t words[32 * CPSF_N_LANE_WORDS];

    for (int j = 0; j < n; j++)
        for (int w = 0; w < CPSF_N_LANE_WORDS; w++)
            words[j * CPSF_N_LANE_WORDS + w] = cpsf_chance_word(stream, first + j, w);
    return put(words, (size_t) n * CPSF_N_LANE_WORDS);
}

static int
put_words(const Source *source, uint64_t i)
{
    return put_planes(cpsf_chance_stream(source->key[0], source->seed, i), 0, 32);
}

static int
put_vertex(const Source *source, uint64_t i)
{
    return put_planes(cpsf_chance_stream(named(i), source->seed, 0), 0, 1);
}

static int
put_block_by_plane(const Source *source, uint64_t i)
{
    for (int j = 0; j < 32; j++)
        for (int v = 0; v < VERTICES; v++)
            if (!put_planes(cpsf_chance_stream(source->key[v], source->seed, i), j, 1))
                return 0;
    return 1;
}

/* Bit i of word k and bit k of word i change places.  Source: H. S. Warren, "Hacker's Delight", 2nd
 * edition, section 7-3. */
static void
transpose(uint64_t words[64])
{
    uint64_t half = UINT64_C(0xFFFFFFFF);

    for (int j = 32; j != 0; j >>= 1, half ^= half << j)
        for (int k = 0; k < 64; k = (k + j + 1) & ~j) {
            const uint64_t news = (words[k] >> j ^ words[k + j]) & half;

            words[k] ^= news << j;
            words[k + j] ^= news;
        }
}

/* U of lane l: bit l of 32 planes, the highest first. */
static int
put_block_by_world(const Source *source, uint64_t i)
{
    static uint32_t numbers[64][VERTICES];

    for (int w = 0; w < CPSF_N_LANE_WORDS; w++) {
        for (int v = 0; v < VERTICES; v++) {
            const CpsfChanceKey stream = cpsf_chance_stream(source->key[v], source->seed, i);
            uint64_t planes[64] = {0};

            for (int j = 0; j < 32; j++)
                planes[31 - j] = cpsf_chance_word(stream, j, w);
            transpose(planes);
            for (int l = 0; l < 64; l++)
                numbers[l][v] = (uint32_t) planes[l];
        }
        if (fwrite(numbers, sizeof numbers, 1, stdout) != 1)
            return 0;
    }
    return 1;
}

static int
put_counter(const Source *source, uint64_t i)
{
    const uint64_t word =
        cpsf_chance_word(cpsf_chance_stream((CpsfChanceKey){i + 1, i + 1}, source->seed, 0), 0, 0);

    return put(&word, 1);
}

static int
put_seed(const Source *source, uint64_t i)
{
    const CpsfChanceSeed seed = cpsf_chance_seed(source->number + i);

    return put_planes(cpsf_chance_stream(source->key[0], seed, 0), 0, 1);
}

static const struct {
    const char *name;
    int (*put)(const Source *source, uint64_t i);
} orders[] = {
    {"words", put_words},           {"vertices", put_vertex}, {"planes", put_block_by_plane},
    {"worlds", put_block_by_world}, {"counter", put_counter}, {"seeds", put_seed},
};

int
main(int argc, char **argv)
{
    static Source source;
    const size_t n_orders = sizeof orders / sizeof *orders;
    size_t order = 0;

    while (argc > 1 && order < n_orders && strcmp(orders[order].name, argv[1]) != 0)
        order++;
    if (argc < 2 || order == n_orders) {
        fprintf(stderr, "usage: stream-chance words|vertices|planes|worlds|counter|seeds "
                        "[SEED [START]]\n");
        return 2;
    }
    source.number = argc > 2 ? strtoull(argv[2], NULL, 10) : 0;
    source.seed = cpsf_chance_seed(source.number);
    for (uint64_t v = 0; v < VERTICES; v++)
        source.key[v] = named(v);

    uint64_t i = argc > 3 ? strtoull(argv[3], NULL, 10) : 0;

    while (orders[order].put(&source, i))
        i++;
    return 0;
}
