/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

/**
 * CPSF_API:
 *
 * Marks what the shared library exports.  Everything else is hidden; `build-aux/check-symbols`
 * holds headers, version script and library together.
 */
#define CPSF_API __attribute__((visibility("default"))) extern
