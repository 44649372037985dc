/* SPDX-License-Identifier: GPL-2.0-or-later */

/* SipHash (Aumasson, Bernstein, INDOCRYPT 2012) twice: 1-3 under a random key for hash tables that
 * suppliers could otherwise attack, and 2-4 with 128-bit output under a fixed key for what must be
 * the same for ever. */

#include "config.h"

#include "cpsf-hash-private.h"

#include <string.h>
#include <sys/random.h>

typedef struct {
    uint64_t v0, v1, v2, v3;
} State;

static inline uint64_t
rotate(uint64_t x, int bits)
{
    return x << bits | x >> (64 - bits);
}

static inline void
sip_round(State *s)
{
    s->v0 += s->v1;
    s->v1 = rotate(s->v1, 13) ^ s->v0;
    s->v0 = rotate(s->v0, 32);
    s->v2 += s->v3;
    s->v3 = rotate(s->v3, 16) ^ s->v2;
    s->v0 += s->v3;
    s->v3 = rotate(s->v3, 21) ^ s->v0;
    s->v2 += s->v1;
    s->v1 = rotate(s->v1, 17) ^ s->v2;
    s->v2 = rotate(s->v2, 32);
}

static inline uint64_t
load_word(const unsigned char *bytes)
{
    uint64_t word;

    memcpy(&word, bytes, sizeof word);
    return GUINT64_FROM_LE(word);
}

static inline void
absorb(State *s, const void *bytes, size_t length, int rounds)
{
    const unsigned char *p = bytes;
    const size_t whole = length & ~(size_t) 7;
    uint64_t last = (uint64_t) length << 56;

    for (size_t i = 0; i < whole; i += 8) {
        const uint64_t word = load_word(p + i);

        s->v3 ^= word;
        for (int r = 0; r < rounds; r++)
            sip_round(s);
        s->v0 ^= word;
    }
    for (size_t i = whole; i < length; i++)
        last |= (uint64_t) p[i] << (8 * (i - whole));
    s->v3 ^= last;
    for (int r = 0; r < rounds; r++)
        sip_round(s);
    s->v0 ^= last;
}

static inline State
start(uint64_t k0, uint64_t k1)
{
    return (State){
        k0 ^ UINT64_C(0x736f6d6570736575),
        k1 ^ UINT64_C(0x646f72616e646f6d),
        k0 ^ UINT64_C(0x6c7967656e657261),
        k1 ^ UINT64_C(0x7465646279746573),
    };
}

static void
draw_key(uint64_t key[2])
{
    if (getrandom(key, 2 * sizeof *key, 0) != (ssize_t) (2 * sizeof *key)) {
        key[0] = (uint64_t) g_get_real_time();
        key[1] = (uint64_t) (uintptr_t) key;
    }
}

uint64_t
cpsf_hash_keyed(const void *bytes, size_t length)
{
    static uint64_t key[2]; /* guarded by drawn */
    static gsize drawn = 0;

    if (g_once_init_enter(&drawn)) {
        draw_key(key);
        g_once_init_leave(&drawn, 1);
    }

    State s = start(key[0], key[1]);

    absorb(&s, bytes, length, 1);
    s.v2 ^= 0xff;
    sip_round(&s);
    sip_round(&s);
    sip_round(&s);
    return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}

CpsfHash128
cpsf_hash_fixed(const void *bytes, size_t length)
{
    State s = start(UINT64_C(0x6c69626370736620), UINT64_C(0x776f726c64732031));
    CpsfHash128 hash;

    s.v1 ^= 0xee;
    absorb(&s, bytes, length, 2);
    s.v2 ^= 0xee;
    for (int r = 0; r < 4; r++)
        sip_round(&s);
    hash.low = s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
    s.v1 ^= 0xdd;
    for (int r = 0; r < 4; r++)
        sip_round(&s);
    hash.high = s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
    return hash;
}
