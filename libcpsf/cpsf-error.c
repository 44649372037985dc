/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The one error domain, and the one statement that reports a failure.  Of several failures the first
 * stands: three arrays may be asked for in a row and checked together. */

#include "config.h"

#include "cpsf-error-private.h"

/* clang-format off */
G_DEFINE_QUARK(cpsf-error-quark, cpsf_error)
/* clang-format on */

gboolean
cpsf_fail(GError **error, CpsfError code, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    if (error != NULL && *error == NULL)
        *error = g_error_new_valist(CPSF_ERROR, (int) code, format, args);
    va_end(args);
    return FALSE;
}

void *
cpsf_fail_null(GError **error, CpsfError code, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    if (error != NULL && *error == NULL)
        *error = g_error_new_valist(CPSF_ERROR, (int) code, format, args);
    va_end(args);
    return NULL;
}
