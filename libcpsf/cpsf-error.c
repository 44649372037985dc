/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The one error domain, and the one statement that reports a failure.  Of several failures the first
 * stands: three arrays may be asked for in a row and checked together. */

#include "config.h"

#include "cpsf-error-private.h"

/**
 * cpsf_error_quark:
 *
 * The domain of every error of this library, which %CPSF_ERROR stands for.
 *
 * Returns: the quark
 *
 * Since: 0.1
 */
/* clang-format off */
G_DEFINE_QUARK(cpsf-error-quark, cpsf_error)
/* clang-format on */

static void G_GNUC_PRINTF(3, 0)
    set_first(GError **error, CpsfError code, const char *format, va_list args)
{
    if (error != NULL && *error == NULL)
        *error = g_error_new_valist(CPSF_ERROR, (int) code, format, args);
}

gboolean
cpsf_fail(GError **error, CpsfError code, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    set_first(error, code, format, args);
    va_end(args);
    return FALSE;
}

void *
cpsf_fail_null(GError **error, CpsfError code, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    set_first(error, code, format, args);
    va_end(args);
    return NULL;
}
