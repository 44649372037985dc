/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Rows of keys as written and as they must be read, for the tests of all key schemes. */

#include <criterion/criterion.h>

#include "cpsf-key.h"

typedef struct {
    const char *text;
    const char *canonical; /* (nullable) NULL = refused */
} KeyRow;

static inline void
check_key_rows(const KeyRow *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *key = cpsf_key_canonical(rows[i].text, -1, &error);

        cr_expect_str_eq(key != NULL ? key : "(refused)",
                         rows[i].canonical != NULL ? rows[i].canonical : "(refused)",
                         "%s gives %s (%s)", rows[i].text, key,
                         error != NULL ? error->message : "");
        if (key != NULL) {
            g_autofree char *again = cpsf_key_canonical(key, -1, NULL);

            cr_expect_str_eq(again, key, "%s is not its own canonical form", key);
        } else {
            cr_expect(g_error_matches(error, CPSF_ERROR, CPSF_ERROR_INVALID_VALUE));
        }
    }
}

#define CHECK_KEYS(rows) check_key_rows(rows, G_N_ELEMENTS(rows))
