/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Allocations whose size the input decides: checked for overflow, never fatal, failing on demand
 * so that every cleanup path can be run by a test. */

#include "config.h"

#include "cpsf-mem-private.h"

#include <sys/mman.h>

/* From here on an array is asked to stand in large pages. */
#define LARGE ((size_t) 8 << 20)

static int64_t budget = -1; /* (atomic) allocations left before failure; negative = no limit */
static gboolean is_once;    /* (atomic) one failure, then no limit */

void
cpsf_mem_fail_after(int64_t count)
{
    __atomic_store_n(&is_once, FALSE, __ATOMIC_RELAXED);
    __atomic_store_n(&budget, count, __ATOMIC_RELAXED);
}

void
cpsf_mem_fail_once(int64_t count)
{
    __atomic_store_n(&is_once, TRUE, __ATOMIC_RELAXED);
    __atomic_store_n(&budget, count, __ATOMIC_RELAXED);
}

static gboolean
is_refused(void)
{
    int64_t left = __atomic_load_n(&budget, __ATOMIC_RELAXED);

    if (left < 0)
        return FALSE;
    if (left > 0 || __atomic_load_n(&is_once, __ATOMIC_RELAXED))
        __atomic_store_n(&budget, left - 1, __ATOMIC_RELAXED);
    return left == 0;
}

/* Large arrays are walked in orders that jump from page to page, and a processor remembers few small
 * pages: large ones halve the time of a sweep.  A wish, and nothing is lost if it is not granted. */
static void
wish_for_large_pages(void *memory, size_t bytes)
{
#ifdef MADV_HUGEPAGE
    const uintptr_t page = (uintptr_t) 2 << 20;
    const uintptr_t first = ((uintptr_t) memory + page - 1) & ~(page - 1);
    const uintptr_t end = ((uintptr_t) memory + bytes) & ~(page - 1);

    if (end > first)
        madvise((void *) first, end - first, MADV_HUGEPAGE);
#else
    (void) memory;
    (void) bytes;
#endif
}

void *
cpsf_try_alloc(size_t n, size_t size, gboolean clear, GError **error)
{
    size_t bytes;

    if (__builtin_mul_overflow(n, size, &bytes))
        return cpsf_fail_null(error, CPSF_ERROR_LIMIT, "%zu times %zu bytes is too large", n, size);
    if (bytes == 0)
        bytes = 1; /* so that NULL always means failure */

    void *memory = is_refused() ? NULL : clear ? g_try_malloc0(bytes) : g_try_malloc(bytes);

    if (memory == NULL)
        return cpsf_fail_null(error, CPSF_ERROR_NO_MEMORY, "no memory for %zu bytes", bytes);
    if (bytes >= LARGE)
        wish_for_large_pages(memory, bytes);
    return memory;
}

void *
cpsf_try_realloc(void *old, size_t n, size_t size, GError **error)
{
    size_t bytes;

    if (__builtin_mul_overflow(n, size, &bytes))
        return cpsf_fail_null(error, CPSF_ERROR_LIMIT, "%zu times %zu bytes is too large", n, size);

    void *memory = is_refused() ? NULL : g_try_realloc(old, bytes > 0 ? bytes : 1);

    if (memory == NULL)
        return cpsf_fail_null(error, CPSF_ERROR_NO_MEMORY, "no memory for %zu bytes", bytes);
    return memory;
}

void *
cpsf_array_grow(void *items, int64_t *n, int64_t *capacity, size_t size, GError **error)
{
    const int64_t wanted = *n < 16 ? 16 : *n + *n / 2;
    void *grown = cpsf_try_realloc(items, (size_t) wanted, size, error);

    if (grown != NULL)
        *capacity = wanted;
    return grown;
}
