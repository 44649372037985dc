/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cpsf-error.h"

G_BEGIN_DECLS

/*
 * Set @error and yield FALSE, so that a failure is one statement:
 *
 *     return cpsf_fail(error, CPSF_ERROR_INVALID_VALUE, "layer %d is not 1, 2 or 3", layer);
 *
 * Functions that return a pointer say `return cpsf_fail_null(...)`.
 */
gboolean cpsf_fail(GError **error, CpsfError code, const char *format, ...) G_GNUC_PRINTF(3, 4);
void *cpsf_fail_null(GError **error, CpsfError code, const char *format, ...) G_GNUC_PRINTF(3, 4);

G_END_DECLS
