/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Which version of the library is running. */

#include "config.h"

#include "cpsf-version.h"

/**
 * cpsf_version:
 *
 * The version of the library that is running, which a program may compare with the one that it was
 * built with (%CPSF_MAJOR_VERSION and so on).
 *
 * Returns: a text such as "0.1.0", in static storage
 *
 * Since: 0.1
 */
const char *
cpsf_version(void)
{
    return PACKAGE_VERSION;
}
