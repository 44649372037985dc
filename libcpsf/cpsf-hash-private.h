/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "cpsf-macros.h"

G_BEGIN_DECLS

typedef struct {
    uint64_t low;
    uint64_t high;
} CpsfHash128;

/* SipHash-1-3 under a key drawn once per process: for hash tables keyed by text that suppliers
 * choose.  Never reaches an output.  Source: Aumasson, Bernstein, "SipHash", INDOCRYPT 2012. */
uint64_t cpsf_hash_keyed(const void *bytes, size_t length);

/* SipHash-2-4 with 128-bit output under a key fixed for all time: the identity of a vertex or an
 * edge in the chance bits (docs/semantics.md, section 6).  Part of the results: never change it. */
CpsfHash128 cpsf_hash_fixed(const void *bytes, size_t length);

G_END_DECLS
