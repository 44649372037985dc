/* SPDX-License-Identifier: GPL-2.0-or-later */

/* libFuzzer target: any bytes as a key.  A canonical form is its own canonical form, and is in a
 * scheme. */

#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cpsf.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    g_autofree char *key = cpsf_key_canonical((const char *) bytes, (gssize) length, NULL);

    if (key == NULL)
        return 0;

    g_autofree char *again = cpsf_key_canonical(key, -1, NULL);

    if (again == NULL || strcmp(key, again) != 0 || cpsf_key_compare(key, again) != 0 ||
        cpsf_key_get_scheme(key) > CPSF_KEY_LOCAL)
        abort();
    return 0;
}
