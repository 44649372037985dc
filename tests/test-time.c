/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Moments: values by hand, laws on random input, GLib's calendar as oracle. */

#include "config.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>

#include <string.h>

#include "cpsf-text-private.h"
#include "cpsf-time-private.h"

enum { ROUNDS = 20000, TEXT = 48 };

#define YEAR_1 (INT64_C(-719162) * CPSF_TIME_DAY)
#define YEAR_9999 (INT64_C(2932532) * CPSF_TIME_DAY)

static CpsfTime
at(const char *text)
{
    g_autoptr(GError) error = NULL;
    CpsfTime time = 0;

    cr_assert(cpsf_time_parse(text, -1, &time, NULL, &error), "%s", text);
    return time;
}

/* A moment between the years 1 and 9998. */
static CpsfTime
random_time(GRand *random)
{
    const int64_t day = g_rand_int_range(random, -719162, 2932532);
    const int64_t second = g_rand_int_range(random, 0, 86400);
    const int64_t micro = g_rand_boolean(random) ? g_rand_int_range(random, 0, 1000000) : 0;

    return (day * 86400 + second) * CPSF_TIME_SECOND + micro;
}

/* ---- reading moments --------------------------------------------------------------------- */

typedef struct {
    char text[TEXT];
    int64_t expected;
    int has_zone;
} GoodTime;

#define S CPSF_TIME_SECOND

ParameterizedTestParameters(time_parse, reads)
{
    /* clang-format off */
    static GoodTime rows[] = {
        {"1970-01-01T00:00:00Z",                    0,                          1},
        {"1970-01-01",                              0,                          0},
        {"1970-01-01T00:00:00",                     0,                          0},
        {"1970-01-02Z",                             86400 * S,                  1},
        {"1970-01-02+09:00",                        54000 * S,                  1},
        {"1969-12-31T23:59:59.999999Z",             -1,                         1},
        {"1970-01-01T00:00:00.5Z",                  500000,                     1},
        {"1970-01-01T00:00:00.1234569Z",            123456,                     1},
        {"1970-01-01T00:00:00.000000000000000001Z", 0,                          1},
        {"2026-04-01T09:00:00+09:00",               INT64_C(1775001600) * S,    1},
        {"2026-04-01T00:00:00Z",                    INT64_C(1775001600) * S,    1},
        {"2026-04-01T00:00Z",                       INT64_C(1775001600) * S,    1},
        {"2026-03-31T24:00:00Z",                    INT64_C(1775001600) * S,    1},
        {"2026-03-31T24:00:00.000Z",                INT64_C(1775001600) * S,    1},
        {"2026-03-31T10:00:00-14:00",               INT64_C(1775001600) * S,    1},
        {"2026-04-01t00:00:00z",                    INT64_C(1775001600) * S,    1},
        {" \n2026-04-01\t\r",                       INT64_C(1775001600) * S,    0},
        {"2024-02-29",                              INT64_C(1709164800) * S,    0},
        {"2000-02-29T00:00:00-00:00",               INT64_C(951782400) * S,     1},
        {"0001-01-01T00:00:00Z",                    YEAR_1,                     1},
        {"9998-12-31T23:59:59.999999Z",             YEAR_9999 - 1,              1},
        {"9999-12-31T23:59:59Z",                    CPSF_TIME_FOREVER,          1},
        {"9999-12-31",                              CPSF_TIME_FOREVER,          0},
        {"9999-01-01T00:00:00+09:00",               CPSF_TIME_FOREVER,          1},
        {"9998-12-31T23:00:00-09:00",               CPSF_TIME_FOREVER,          1},
        {"9998-12-31T24:00:00Z",                    CPSF_TIME_FOREVER,          1},
    };
    /* clang-format on */

    return cr_make_param_array(GoodTime, rows, G_N_ELEMENTS(rows));
}

ParameterizedTest(GoodTime *row, time_parse, reads)
{
    g_autoptr(GError) error = NULL;
    CpsfTime time = 42;
    gboolean has_zone = 42;

    cr_assert(cpsf_time_parse(row->text, -1, &time, &has_zone, &error), "%s", row->text);
    cr_expect_null(error);
    cr_expect(eq(i64, time, row->expected), "%s", row->text);
    cr_expect(eq(int, has_zone, row->has_zone), "%s", row->text);
}

typedef struct {
    char text[TEXT];
    char why[TEXT];
} Bad;

ParameterizedTestParameters(time_parse, refuses)
{
    /* clang-format off */
    static Bad rows[] = {
        {"",                           "form"},
        {" ",                          "form"},
        {"yesterday",                  "form"},
        {"2026",                       "form"},
        {"2026-04",                    "form"},
        {"26-04-01",                   "form"},
        {"2026-4-1",                   "form"},
        {"20260401",                   "form"},
        {"-2026-04-01",                "form"},
        {"+2026-04-01",                "form"},
        {"12026-04-01",                "form"},
        {"2026-04-01T",                "form"},
        {"2026-04-01T09",              "form"},
        {"2026-04-01 09:00:00Z",       "form"},
        {"2026-04-01T09:00:00.Z",      "form"},
        {"2026-04-01T09:00:00,5Z",     "form"},
        {"2026-04-01T09:00:00+9",      "form"},
        {"2026-04-01T09:00:00+09",     "form"},
        {"2026-04-01T09:00:00+0900",   "form"},
        {"2026-04-01T09:00:00+14:01",  "form"},
        {"2026-04-01T09:00:00+09:60",  "form"},
        {"2026-04-01T09:00:00ZZ",      "form"},
        {"2026-04-01T09:00:00Zulu",    "form"},
        {"2026-04-01T09:00:0",         "form"},
        {"2026-04-01x",                "form"},
        {"2026-04-0\xef\xbc\x91",      "form"},
        {"2026-00-01",                 "month"},
        {"2026-13-01",                 "month"},
        {"2026-01-00",                 "day"},
        {"2026-01-32",                 "day"},
        {"2026-02-29",                 "day"},
        {"2026-02-30",                 "day"},
        {"1900-02-29",                 "day"},
        {"2026-04-31",                 "day"},
        {"2026-04-01T25:00:00Z",       "hour"},
        {"2026-04-01T24:00:01Z",       "hour"},
        {"2026-04-01T24:01:00Z",       "hour"},
        {"2026-04-01T24:00:00.1Z",     "hour"},
        {"2026-04-01T09:60:00Z",       "minute"},
        {"2026-12-31T23:59:60Z",       "second"},
        {"0000-01-01",                 "year"},
        {"0001-01-01T00:00:00+09:00",  "year"},
    };
    /* clang-format on */

    return cr_make_param_array(Bad, rows, G_N_ELEMENTS(rows));
}

ParameterizedTest(Bad *row, time_parse, refuses)
{
    g_autoptr(GError) error = NULL;
    CpsfTime time = 42;
    gboolean has_zone = 42;

    cr_assert(not(cpsf_time_parse(row->text, -1, &time, &has_zone, &error)), "%s", row->text);
    cr_assert(g_error_matches(error, CPSF_ERROR, CPSF_ERROR_INVALID_VALUE));
    cr_expect(ne(ptr, strstr(error->message, row->why), NULL), "%s: %s", row->text, error->message);
    cr_expect(eq(i64, time, 42));
    cr_expect(eq(int, has_zone, 42));
}

Test(time_parse, stops_at_the_length)
{
    CpsfTime time = 0;

    cr_expect(cpsf_time_parse("1970-01-02T99", 10, &time, NULL, NULL));
    cr_expect(eq(i64, time, CPSF_TIME_DAY));
    cr_expect(not(cpsf_time_parse("1970-01-02", 9, &time, NULL, NULL)));
    cr_expect(not(cpsf_time_parse("1970-01-02", 0, &time, NULL, NULL)));
    cr_expect(not(cpsf_time_parse("1970-01-02\0", 11, &time, NULL, NULL)));
}

/* ---- oracle and laws --------------------------------------------------------------------- */

Test(time, agrees_with_the_calendar_of_glib)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(1);

    for (int i = 0; i < ROUNDS; i++) {
        const CpsfTime time = random_time(random);
        const int64_t micro = ((time % S) + S) % S;
        char buffer[CPSF_TIME_TEXT_MAX];
        g_autoptr(GDateTime) seconds = g_date_time_new_from_unix_utc((time - micro) / S);
        g_autofree char *text =
            g_strdup_printf("%04d-%02d-%02dT%02d:%02d:%02d.%06dZ", g_date_time_get_year(seconds),
                            g_date_time_get_month(seconds), g_date_time_get_day_of_month(seconds),
                            g_date_time_get_hour(seconds), g_date_time_get_minute(seconds),
                            g_date_time_get_second(seconds), (int) micro);
        CpsfTime back = 0;

        cr_assert(cpsf_time_parse(text, -1, &back, NULL, NULL), "%s", text);
        cr_assert(eq(i64, back, time), "%s", text);
        cr_assert(eq(sz, strncmp(cpsf_time_write(time, buffer), text, 19), 0), "%s", buffer);
    }
}

Test(time, reads_zones_as_glib_does)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(2);

    for (int i = 0; i < ROUNDS / 4; i++) {
        const int minutes = g_rand_int_range(random, 0, 14 * 60 + 1);
        g_autofree char *text =
            g_strdup_printf("%04d-%02d-%02dT%02d:%02d:%02d%c%02d:%02d",
                            g_rand_int_range(random, 2, 9998), g_rand_int_range(random, 1, 13),
                            g_rand_int_range(random, 1, 29), g_rand_int_range(random, 0, 24),
                            g_rand_int_range(random, 0, 60), g_rand_int_range(random, 0, 60),
                            g_rand_boolean(random) ? '+' : '-', minutes / 60, minutes % 60);
        g_autoptr(GDateTime) oracle = g_date_time_new_from_iso8601(text, NULL);

        cr_assert(eq(i64, at(text), g_date_time_to_unix(oracle) * S), "%s", text);
    }
}

Test(time, accepts_exactly_the_days_that_exist)
{
    for (int year = 1890; year < 2110; year++)
        for (int month = 0; month < 14; month++)
            for (int day = 0; day < 33; day++) {
                g_autofree char *text = g_strdup_printf("%04d-%02d-%02d", year, month, day);
                CpsfTime time;

                cr_assert(
                    eq(int, cpsf_time_parse(text, -1, &time, NULL, NULL),
                       g_date_valid_dmy((GDateDay) day, (GDateMonth) month, (GDateYear) year)),
                    "%s", text);
            }
}

Test(time, format_and_parse_are_inverse)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(3);

    for (int i = 0; i < ROUNDS; i++) {
        const CpsfTime time = random_time(random);
        g_autofree char *text = cpsf_time_format(time);

        cr_assert(eq(i64, at(text), time), "%s", text);
    }
}

Test(time_format, by_hand)
{
    char buffer[CPSF_TIME_TEXT_MAX];

    cr_expect(eq(str, cpsf_time_write(0, buffer), (char *) "1970-01-01T00:00:00Z"));
    cr_expect(eq(str, cpsf_time_write(1, buffer), (char *) "1970-01-01T00:00:00.000001Z"));
    cr_expect(eq(str, cpsf_time_write(-1, buffer), (char *) "1969-12-31T23:59:59.999999Z"));
    cr_expect(eq(str, cpsf_time_write(1500000, buffer), (char *) "1970-01-01T00:00:01.5Z"));
    cr_expect(eq(str, cpsf_time_write(YEAR_1, buffer), (char *) "0001-01-01T00:00:00Z"));
    cr_expect(
        eq(str, cpsf_time_write(YEAR_9999 - 1, buffer), (char *) "9998-12-31T23:59:59.999999Z"));
    cr_expect(eq(str, cpsf_time_write(YEAR_1 - 1, buffer), (char *) ""));
    cr_expect(eq(str, cpsf_time_write(YEAR_9999, buffer), (char *) ""));
    cr_expect(eq(str, cpsf_time_write(CPSF_TIME_FOREVER, buffer), (char *) ""));
    cr_expect(eq(str, cpsf_time_write(CPSF_TIME_ALWAYS_BEFORE, buffer), (char *) ""));
}

Test(time_now, is_between_two_looks_at_the_clock)
{
    const int64_t before = g_get_real_time();
    const CpsfTime now = cpsf_time_now();

    cr_expect(ge(i64, now, before));
    cr_expect(le(i64, now, g_get_real_time()));
}

/* ---- intervals --------------------------------------------------------------------------- */

Test(interval, is_half_open)
{
    const CpsfInterval interval = {10, 20};

    cr_expect(not(cpsf_interval_holds(interval, 9)));
    cr_expect(cpsf_interval_holds(interval, 10));
    cr_expect(cpsf_interval_holds(interval, 19));
    cr_expect(not(cpsf_interval_holds(interval, 20)));
    cr_expect(cpsf_interval_holds(CPSF_INTERVAL_ALL, 0));
    cr_expect(cpsf_interval_holds(CPSF_INTERVAL_ALL, CPSF_TIME_ALWAYS_BEFORE));
}

/* A moment is in the meet iff it is in both. */
Test(interval, meets)
{
    for (int bits = 0; bits < 6 * 6 * 6 * 6; bits++) {
        const CpsfInterval a = {bits % 6, bits / 6 % 6};
        const CpsfInterval b = {bits / 36 % 6, bits / 216};

        for (CpsfTime t = -1; t < 8; t++)
            cr_assert(eq(int, cpsf_interval_holds(cpsf_interval_meet(a, b), t),
                         cpsf_interval_holds(a, t) && cpsf_interval_holds(b, t)));
    }
}

/* ---- addition --------------------------------------------------------------------------- */

Test(time_add, by_hand)
{
    static const struct {
        const char *from;
        CpsfPeriod period;
        const char *to;
    } rows[] = {
        {"2024-02-29T12:00:00Z", {12, 0}, "2025-02-28T12:00:00Z"},
        {"2024-02-29T12:00:00Z", {48, 0}, "2028-02-29T12:00:00Z"},
        {"2024-02-29T12:00:00Z", {-48, 0}, "2020-02-29T12:00:00Z"},
        {"2026-01-31T00:00:00Z", {1, 0}, "2026-02-28T00:00:00Z"},
        {"2026-01-31T00:00:00Z", {1, CPSF_TIME_DAY}, "2026-03-01T00:00:00Z"},
        {"2026-03-31T00:00:00Z", {-1, 0}, "2026-02-28T00:00:00Z"},
        {"2026-11-30T23:59:59.9Z", {3, 0}, "2027-02-28T23:59:59.9Z"},
        {"2026-04-01T00:00:00Z", {0, -1}, "2026-03-31T23:59:59.999999Z"},
        {"1969-12-31T23:00:00Z", {0, 2 * 3600 * S}, "1970-01-01T01:00:00Z"},
        {"9998-12-31T00:00:00Z", {0, CPSF_TIME_DAY}, ""},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *text = cpsf_time_format(cpsf_time_add(at(rows[i].from), rows[i].period));

        cr_expect(eq(str, text, (char *) rows[i].to), "%s", rows[i].from);
    }
}

Test(time_add, is_total)
{
    static const CpsfTime times[] = {INT64_MIN, INT64_MIN + 1, YEAR_1,        -1,       0,
                                     1,         YEAR_9999 - 1, INT64_MAX - 1, INT64_MAX};
    static const int32_t months[] = {INT32_MIN, -1, 0, 1, INT32_MAX};
    static const int64_t micros[] = {INT64_MIN, -1, 0, 1, INT64_MAX};

    for (size_t t = 0; t < G_N_ELEMENTS(times); t++)
        for (size_t m = 0; m < G_N_ELEMENTS(months); m++)
            for (size_t u = 0; u < G_N_ELEMENTS(micros); u++) {
                const CpsfTime sum = cpsf_time_add(times[t], (CpsfPeriod){months[m], micros[u]});
                const gboolean is_bounded = sum >= YEAR_1 && sum < YEAR_9999;

                cr_assert(is_bounded || sum == CPSF_TIME_FOREVER || sum == CPSF_TIME_ALWAYS_BEFORE);
            }
    cr_expect(eq(i64, cpsf_time_add(CPSF_TIME_FOREVER, (CpsfPeriod){-1, 0}), CPSF_TIME_FOREVER));
    cr_expect(eq(i64, cpsf_time_add(CPSF_TIME_ALWAYS_BEFORE, (CpsfPeriod){1, 0}),
                 CPSF_TIME_ALWAYS_BEFORE));
    cr_expect(eq(i64, cpsf_time_add(0, (CpsfPeriod){0, INT64_MAX}), CPSF_TIME_FOREVER));
    cr_expect(eq(i64, cpsf_time_add(0, (CpsfPeriod){0, INT64_MIN}), CPSF_TIME_ALWAYS_BEFORE));
}

Test(time_add, agrees_with_the_calendar_of_glib)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(5);

    for (int i = 0; i < ROUNDS / 4; i++) {
        const int64_t second = g_rand_int_range(random, -719162, 2000000) * INT64_C(86400) +
                               g_rand_int_range(random, 0, 86400);
        const int months = g_rand_int_range(random, 0, 1200);
        g_autoptr(GDateTime) from = g_date_time_new_from_unix_utc(second);
        g_autoptr(GDateTime) to = g_date_time_add_months(from, months);

        cr_assert(eq(i64, cpsf_time_add(second * S, (CpsfPeriod){months, 0}),
                     g_date_time_to_unix(to) * S));
    }
}

Test(time_add, laws)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(6);

    for (int i = 0; i < ROUNDS / 4; i++) {
        const CpsfTime t = g_rand_int_range(random, -600000, 600000) * CPSF_TIME_DAY;
        const int32_t months = g_rand_int_range(random, 0, 600);
        const int64_t a = g_rand_int(random) * INT64_C(1000);
        const int64_t b = g_rand_int(random) * INT64_C(1000);
        const CpsfTime in_steps =
            cpsf_time_add(cpsf_time_add(t, (CpsfPeriod){0, a}), (CpsfPeriod){0, b});

        cr_assert(eq(i64, in_steps, cpsf_time_add(t, (CpsfPeriod){0, a + b})));
        cr_assert(eq(i64, cpsf_time_add(t, (CpsfPeriod){months, a}),
                     cpsf_time_add(cpsf_time_add(t, (CpsfPeriod){months, 0}), (CpsfPeriod){0, a})));
        cr_assert(le(i64, cpsf_time_add(t, (CpsfPeriod){months, 0}),
                     cpsf_time_add(t, (CpsfPeriod){months + 1, 0})));
        cr_assert(le(i64, cpsf_time_add(t, (CpsfPeriod){months, 0}),
                     cpsf_time_add(t + CPSF_TIME_DAY, (CpsfPeriod){months, 0})));
    }
}

/* ---- any bytes --------------------------------------------------------------------------- */

/* Whatever comes in: no crash, and what is read comes back as the same value. */
Test(time, takes_any_bytes)
{
    static const char alphabet[] = "0123456789-:TtZz.+PYMWDHS \n\xe3\x80";
    g_autoptr(GRand) random = g_rand_new_with_seed(7);

    for (int i = 0; i < ROUNDS; i++) {
        char text[64];
        const int n = g_rand_int_range(random, 0, (int) sizeof text);
        CpsfTime time = 42;
        CpsfPeriod period = {42, 42};

        for (int j = 0; j < n; j++)
            text[j] = alphabet[g_rand_int_range(random, 0, (int) sizeof alphabet)];

        /* the heap copy has no byte to spare, so that a sanitizer sees a step too far */
        g_autofree char *copy = g_memdup2(text, (gsize) MAX(n, 1));

        cr_assert(eq(int, cpsf_time_parse(copy, n, &time, NULL, NULL), time != 42));
        if (cpsf_period_parse(copy, n, &period, NULL))
            cr_assert(ge(i32, period.months, 0));
        else
            cr_assert(eq(i32, period.months, 42));
    }
}

Test(text, shows_one_clean_line)
{
    char shown[CPSF_TEXT_SHOWN_MAX];

    cr_expect(eq(str, cpsf_text_shown("a\n\x1b[1m\x7f", 7, shown), (char *) "a??[1m?"));
    cr_expect(eq(str, cpsf_text_shown("\xe6\xb3\x95\xe4", 4, shown), (char *) "\xe6\xb3\x95?"));
    cr_expect(eq(str, cpsf_text_shown("\xc2\x9b", 2, shown), (char *) "?"));
    cr_expect(eq(str, cpsf_text_shown("", 0, shown), (char *) ""));

    g_autofree char *endless = g_strnfill(4096, 'x');

    cr_expect(lt(sz, strlen(cpsf_text_shown(endless, 4096, shown)), CPSF_TEXT_SHOWN_MAX));
    cr_expect(g_str_has_suffix(shown, "…"));
}

/* Agrees with GLib on every sequence of up to three bytes, and on random ones of four. */
Test(text, knows_utf8)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(8);

    for (uint32_t i = 0; i < 0x1000000 + ROUNDS; i++) {
        const uint32_t bits = i < 0x1000000 ? i : g_rand_int(random) | 0xf0;
        char bytes[4];
        const size_t n = i < 0x1000000 ? 3 : 4;

        memcpy(bytes, &bits, 4);
        if ((uint8_t) bytes[0] < 0xc0 || (i < 0x1000000 && i % 7 != 0))
            continue;

        const size_t length = cpsf_text_utf8_length(bytes, bytes + n);
        const char *end = bytes;

        g_utf8_validate(bytes, (gssize) n, &end);
        cr_assert(eq(int, length > 0, end > bytes), "%08x", bits);
        if (length > 0)
            cr_assert(g_utf8_validate(bytes, (gssize) length, NULL), "%08x", bits);
    }
}
