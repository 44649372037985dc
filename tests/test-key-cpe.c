/* SPDX-License-Identifier: GPL-2.0-or-later */

/* CPE names: both bindings, by hand and against each other. */

#include "config.h"

#include <criterion/criterion.h>

#include <string.h>

#include "test-key-rows.h"

enum { ROUNDS = 3000 };

Test(key_cpe, formatted_strings)
{
    static const KeyRow rows[] = {
        {"cpe:2.3:a:microsoft:internet_explorer:8.0.6001:beta:*:*:*:*:*:*",
         "cpe:2.3:a:microsoft:internet_explorer:8.0.6001:beta:*:*:*:*:*:*"},
        {"CPE:2.3:A:Microsoft:Internet\\_Explorer:8\\.0\\.6001:BETA:*:*:*:*:*:*",
         "cpe:2.3:a:microsoft:internet_explorer:8.0.6001:beta:*:*:*:*:*:*"},
        {"cpe:2.3:a:foo\\\\bar:big\\$money_2010:*:*:*:*:special:ipod_touch:80gb:*",
         "cpe:2.3:a:foo\\\\bar:big\\$money_2010:*:*:*:*:special:ipod_touch:80gb:*"},
        {"cpe:2.3:*:*:sdbus-c\\+\\+:2.2.1:*:*:*:*:*:*:*",
         "cpe:2.3:*:*:sdbus-c\\+\\+:2.2.1:*:*:*:*:*:*:*"},
        {"cpe:2.3:*:*:sdbus-c++:2.2.1:*:*:*:*:*:*:*",
         "cpe:2.3:*:*:sdbus-c\\+\\+:2.2.1:*:*:*:*:*:*:*"},
        {"cpe:2.3:h:v:a\\:b:-:\\-:*:*:*:*:*:a-", "cpe:2.3:h:v:a\\:b:-:\\-:*:*:*:*:*:a-"},
        {"cpe:2.3:o:v:p:8.*:??x?:*:*:*:*:*:*", "cpe:2.3:o:v:p:8.*:??x?:*:*:*:*:*:*"},
        {"cpe:2.3:o:v:p:a\\*:a\\\\*:*:*:*:*:*:*", "cpe:2.3:o:v:p:a\\*:a\\\\*:*:*:*:*:*:*"},
        {"cpe:2.3:o:v:p:1.*.2:*:*:*:*:*:*:*", NULL},
        {"cpe:2.3:o:v:p:**:*:*:*:*:*:*:*", NULL},
        {"cpe:2.3:x:v:p:1:*:*:*:*:*:*:*", NULL},
        {"cpe:2.3:ao:v:p:1:*:*:*:*:*:*:*", NULL},
        {"cpe:2.3:a:v:p:1:*:*:*:*:*:*", NULL},
        {"cpe:2.3:a:v:p:1:*:*:*:*:*:*:*:*", NULL},
        {"cpe:2.3:a:v::1:*:*:*:*:*:*:*", NULL},
        {"cpe:2.3:a:v:p:1:*:*:*:*:*:*:x\\", NULL},
        {"cpe:2.3:a:v:工:1:*:*:*:*:*:*:*", NULL},
        {"cpe:2.2:a:v:p", NULL},
        {"cpe:a:v:p", NULL},
    };

    CHECK_KEYS(rows);
}

/* The examples of NISTIR 7695, section 6.1, and their formatted strings. */
Test(key_cpe, uris)
{
    static const KeyRow rows[] = {
        {"cpe:/a:microsoft:internet_explorer:8.0.6001:beta",
         "cpe:2.3:a:microsoft:internet_explorer:8.0.6001:beta:*:*:*:*:*:*"},
        {"cpe:/a:microsoft:internet_explorer:8.%2a:sp%3f",
         "cpe:2.3:a:microsoft:internet_explorer:8.\\*:sp\\?:*:*:*:*:*:*"},
        {"cpe:/a:microsoft:internet_explorer:8.%02:sp%01",
         "cpe:2.3:a:microsoft:internet_explorer:8.*:sp?:*:*:*:*:*:*"},
        {"cpe:/a:hp:insight_diagnostics:7.4.0.1570::~~online~win2003~x64~",
         "cpe:2.3:a:hp:insight_diagnostics:7.4.0.1570:*:*:*:online:win2003:x64:*"},
        {"cpe:/a:hp:insight_diagnostics:7.4.0.1570:-:~ed~online~win2003~x64~o:ja",
         "cpe:2.3:a:hp:insight_diagnostics:7.4.0.1570:-:ed:ja:online:win2003:x64:o"},
        {"cpe:/a:foo~bar:big%7emoney_2010", "cpe:2.3:a:foo\\~bar:big\\~money_2010:*:*:*:*:*:*:*:*"},
        {"cpe:/a:foo%5cbar:big%24money_2010:::~~special~ipod_touch~80gb~",
         "cpe:2.3:a:foo\\\\bar:big\\$money_2010:*:*:*:*:special:ipod_touch:80gb:*"},
        {"cpe:/O:Vendor:Product:-", "cpe:2.3:o:vendor:product:-:*:*:*:*:*:*:*"},
        {"cpe:/a:v:p:%2d", "cpe:2.3:a:v:p:\\-:*:*:*:*:*:*:*"},
        {"cpe:/a:foo:bar:12.%02.1234", NULL},
        {"cpe:/a:foo:bar:%02%01", NULL},
        {"cpe:/a:foo%5cbar:big%24money_2010%07", NULL},
        {"cpe:/a:foo:bar:%", NULL},
        {"cpe:/a:foo:bar:%41", NULL},
        {"cpe:/a:foo:bar:1*", NULL},
        {"cpe:/a:foo:bar:1::~a~b", NULL},
        {"cpe:/a:foo:bar:1::~a~b~c~d~e~f", NULL},
        {"cpe:/a:1:2:3:4:5:6:7", NULL},
        {"cpe:/z:v:p", NULL},
    };

    CHECK_KEYS(rows);
}

/* A product of random characters, bound both ways by the rules of the paper. */
Test(key_cpe, bindings_agree)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(12);

    for (int i = 0; i < ROUNDS; i++) {
        g_autoptr(GString) uri = g_string_new("cpe:/a:v:x");
        g_autoptr(GString) quoted = g_string_new("cpe:2.3:a:v:X");
        g_autoptr(GString) expected = g_string_new("cpe:2.3:a:v:x");

        for (int n = g_rand_int_range(random, 0, 12); n > 0; n--) {
            const char c = (char) g_rand_int_range(random, 0x21, 0x7f);
            const char lower = g_ascii_tolower(c);
            const gboolean is_word = g_ascii_isalnum(c) || c == '_';
            const gboolean is_plain = is_word || c == '.' || c == '-';

            if (is_plain)
                g_string_append_c(uri, c);
            else
                g_string_append_printf(uri, "%%%02x", (unsigned int) c);
            g_string_append_printf(quoted, is_word ? "%c" : "\\%c", c);
            g_string_append_printf(expected, is_plain ? "%c" : "\\%c", lower);
        }
        g_string_append(quoted, ":*:*:*:*:*:*:*:*");
        g_string_append(expected, ":*:*:*:*:*:*:*:*");

        g_autofree char *a = cpsf_key_canonical(uri->str, -1, NULL);
        g_autofree char *b = cpsf_key_canonical(quoted->str, -1, NULL);

        cr_assert_str_eq(a, expected->str, "%s", uri->str);
        cr_assert_str_eq(b, expected->str, "%s", quoted->str);
    }
}
