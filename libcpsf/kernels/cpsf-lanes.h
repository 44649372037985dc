/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdint.h>

/* How many questions one sweep carries: a bit each, one cache line a vertex. */
#define CPSF_N_LANES 512
#define CPSF_N_LANE_WORDS (CPSF_N_LANES / 64)

/* A set of lanes: lane i is bit i % 64 of word i / 64.  Arrays of it are aligned to 64 bytes. */
typedef struct {
    uint64_t word[CPSF_N_LANE_WORDS];
} CpsfLanes;
