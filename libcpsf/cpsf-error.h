/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

#include "cpsf-macros.h"

G_BEGIN_DECLS

/**
 * CpsfError:
 * @CPSF_ERROR_INTERNAL: a bug here, or a foreign library failed in a way it should not
 * @CPSF_ERROR_INVALID_VALUE: an argument value lies outside its documented range
 * @CPSF_ERROR_INVALID_DATA: an input document or array is malformed
 * @CPSF_ERROR_UNSUPPORTED: well-formed input that asks for something this version does not read
 * @CPSF_ERROR_NOT_FOUND: a named node, edge or file does not exist
 * @CPSF_ERROR_LIMIT: a configured resource limit was reached
 * @CPSF_ERROR_NO_MEMORY: an allocation proportional to the input failed
 * @CPSF_ERROR_NOT_CONVERGED: the iteration limit came before the tolerance
 * @CPSF_ERROR_IO: reading or writing failed
 * @CPSF_ERROR_CANCELLED: the operation was cancelled
 *
 * What a caller can branch on; the detail is in the message.  Values are ABI: append, never
 * renumber.
 *
 * Since: 0.1
 */
typedef enum {
    CPSF_ERROR_INTERNAL,
    CPSF_ERROR_INVALID_VALUE,
    CPSF_ERROR_INVALID_DATA,
    CPSF_ERROR_UNSUPPORTED,
    CPSF_ERROR_NOT_FOUND,
    CPSF_ERROR_LIMIT,
    CPSF_ERROR_NO_MEMORY,
    CPSF_ERROR_NOT_CONVERGED,
    CPSF_ERROR_IO,
    CPSF_ERROR_CANCELLED,
} CpsfError;

/**
 * CPSF_ERROR:
 *
 * The one error domain of the library.
 */
#define CPSF_ERROR (cpsf_error_quark())

CPSF_API GQuark cpsf_error_quark(void);

G_END_DECLS
