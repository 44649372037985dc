/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdint.h>

#include "cpsf-macros.h"

G_BEGIN_DECLS

/**
 * CpsfLimits:
 * @max_bytes: of one document as it arrives
 * @max_elements: elements of one document
 * @max_depth: elements open at once
 * @max_attributes: of one element
 * @max_namespaces: declared on one element, and in scope at once
 * @max_lookahead: bytes of one tag, comment, instruction or CDATA section
 * @max_names: bytes of distinct names, each with 16 for its place in a table
 * @max_text: bytes of text of one element
 *
 * What one document may ask of the reader.  Going past a limit rejects the whole document with the
 * code `limit-…`.  Zero means the default.
 */
typedef struct {
    uint64_t max_bytes;
    uint64_t max_elements;
    uint32_t max_depth;
    uint32_t max_attributes;
    uint32_t max_namespaces;
    uint32_t max_lookahead;
    uint32_t max_names;
    uint32_t max_text;
} CpsfLimits;

/* clang-format off */
/**
 * CPSF_LIMITS_INIT:
 *
 * The defaults.
 */
#define CPSF_LIMITS_INIT {              \
    .max_bytes = UINT64_C(4) << 30,     \
    .max_elements = UINT64_C(200000000),\
    .max_depth = 64,                    \
    .max_attributes = 64,               \
    .max_namespaces = 64,               \
    .max_lookahead = 65536,             \
    .max_names = 1 << 20,               \
    .max_text = 1 << 20,                \
}
/* clang-format on */

G_END_DECLS
