/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "cpsf-error-private.h"

G_BEGIN_DECLS

/*
 * Memory whose size the input decides.  It may fail, so it never aborts; sizes are checked for
 * overflow; free with g_free().  What has a constant size uses g_new().
 */
void *cpsf_try_alloc(size_t n, size_t size, gboolean clear, GError **error);
void *cpsf_try_realloc(void *old, size_t n, size_t size, GError **error);

#define cpsf_try_new(type, n, error) ((type *) cpsf_try_alloc((n), sizeof(type), FALSE, (error)))
#define cpsf_try_new0(type, n, error) ((type *) cpsf_try_alloc((n), sizeof(type), TRUE, (error)))

/*
 * A growing array of rows:
 *
 *     CPSF_ARRAY(CpsfEdgeRow) edges = {0};
 *     CpsfEdgeRow *row = cpsf_array_add(&edges, error);   // zeroed; NULL is NO_MEMORY
 *     g_free(edges.items);
 *
 * Growth is by half, so m rows cost O(m).  A pointer to a row is good until the next one is added.
 */
#define CPSF_ARRAY(type)                                                                           \
    struct {                                                                                       \
        type *items;                                                                               \
        int64_t n;                                                                                 \
        int64_t capacity;                                                                          \
    }

void *cpsf_array_grow(void *items, int64_t *n, int64_t *capacity, size_t size, GError **error);

#define cpsf_array_add(a, error)                                                                   \
    ((__typeof__((a)->items)) cpsf_array_slot((void **) &(a)->items, &(a)->n, &(a)->capacity,      \
                                              sizeof *(a)->items, (error)))

static inline void *
cpsf_array_slot(void **items, int64_t *n, int64_t *capacity, size_t size, GError **error)
{
    if (*items == NULL || *n == *capacity) {
        void *grown = cpsf_array_grow(*items, n, capacity, size, error);

        if (grown == NULL)
            return NULL;
        *items = grown;
    }
    return __builtin_memset((char *) *items + (size_t) (*n)++ * size, 0, size);
}

/* Tests only: the (@count + 1)-th allocation from now on, and all after it, fail; negative: none. */
void cpsf_mem_fail_after(int64_t count);
/* Tests only: the (@count + 1)-th alone fails, so that a failure nobody passed on is seen. */
void cpsf_mem_fail_once(int64_t count);

G_END_DECLS
