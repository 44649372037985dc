/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Which version of a kernel this processor runs.  All give the same bits, so that the choice is about
 * speed alone; it is made at the first use, and racing threads make the same one.
 */

#include "config.h"

#include "cpsf-kernels-private.h"

static const CpsfWorldsKernel *chosen; /* (atomic) NULL until first used */

static const CpsfWorldsKernel *
best_for_this_processor(void)
{
#ifdef CPSF_HAVE_AVX512
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vpopcntdq"))
        return &cpsf_worlds_avx512;
#endif
    return &cpsf_worlds_portable;
}

const CpsfWorldsKernel *
cpsf_kernels_get_worlds(void)
{
    const CpsfWorldsKernel *kernel = __atomic_load_n(&chosen, __ATOMIC_RELAXED);

    if (kernel == NULL) {
        kernel = best_for_this_processor();
        __atomic_store_n(&chosen, kernel, __ATOMIC_RELAXED);
    }
    return kernel;
}

/**
 * cpsf_kernels_get_name:
 *
 * Tells which version of the inner loops is in use: `avx512` or `portable`.
 *
 * Returns: (transfer none): a word
 *
 * Since: 0.1
 */
const char *
cpsf_kernels_get_name(void)
{
    return cpsf_kernels_get_worlds()->name;
}

/**
 * cpsf_kernels_use_portable:
 * @portable: %TRUE for the version that any processor runs, %FALSE for the best for this one
 *
 * Chooses the version of the inner loops, for tests and measurements: results are the same bit for
 * bit.  What is already running keeps to the version that it began with.
 *
 * Since: 0.1
 */
void
cpsf_kernels_use_portable(gboolean portable)
{
    __atomic_store_n(&chosen, portable ? &cpsf_worlds_portable : best_for_this_processor(),
                     __ATOMIC_RELAXED);
}
