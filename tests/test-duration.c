/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Durations and periods: values by hand, laws on random input. */

#include "config.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>

#include <string.h>

#include "cpsf-time-private.h"

enum { ROUNDS = 20000, TEXT = 48 };

#define S CPSF_TIME_SECOND

typedef struct {
    char text[TEXT];
    char why[TEXT];
} Bad;

/* ---- durations --------------------------------------------------------------------------- */

typedef struct {
    char text[TEXT];
    int64_t expected;
} GoodDuration;

ParameterizedTestParameters(duration_parse, reads)
{
    /* clang-format off */
    static GoodDuration rows[] = {
        {"P2D",                      2 * CPSF_TIME_DAY},
        {"PT6H",                     6 * 3600 * S},
        {"P1W",                      7 * CPSF_TIME_DAY},
        {"PT0.5S",                   S / 2},
        {"P1DT12H",                  36 * 3600 * S},
        {"P1DT2H3M4.000005S",        93784 * S + 5},
        {"PT0S",                     0},
        {"P0D",                      0},
        {"PT36H",                    36 * 3600 * S},
        {"PT90M",                    90 * 60 * S},
        {"PT1.5H",                   90 * 60 * S},
        {"P0.5D",                    43200 * S},
        {" P2D ",                    2 * CPSF_TIME_DAY},
        {"P00000000000000000000002D", 2 * CPSF_TIME_DAY},
        {"PT9223372036854.775807S",  INT64_MAX},
    };
    /* clang-format on */

    return cr_make_param_array(GoodDuration, rows, G_N_ELEMENTS(rows));
}

ParameterizedTest(GoodDuration *row, duration_parse, reads)
{
    g_autoptr(GError) error = NULL;
    int64_t duration = -1;

    cr_assert(cpsf_duration_parse(row->text, -1, &duration, &error), "%s", row->text);
    cr_expect(eq(i64, duration, row->expected), "%s", row->text);
}

ParameterizedTestParameters(duration_parse, refuses)
{
    /* clang-format off */
    static Bad rows[] = {
        {"",                        "form"},
        {"P",                       "form"},
        {"PT",                      "form"},
        {"P1DT",                    "form"},
        {"2D",                      "form"},
        {"P2",                      "form"},
        {"PD",                      "form"},
        {"P2H",                     "form"},
        {"PT2D",                    "form"},
        {"P1D2D",                   "form"},
        {"PT1S2M",                  "form"},
        {"PT1HT1M",                 "form"},
        {"P1.5DT1H",                "form"},
        {"P1.D",                    "form"},
        {"-P1D",                    "form"},
        {"P-1D",                    "form"},
        {"p1d",                     "form"},
        {"P1D ago",                 "form"},
        {"P1Y",                     "years or months"},
        {"P1M",                     "years or months"},
        {"P0Y1D",                   "years or months"},
        {"P999999999999999999D",    "too long"},
        {"P9999999999999999999D",   "too long"},
        {"PT9223372036854.775808S", "too long"},
        {"P106751991DT5H",          "too long"},
    };
    /* clang-format on */

    return cr_make_param_array(Bad, rows, G_N_ELEMENTS(rows));
}

ParameterizedTest(Bad *row, duration_parse, refuses)
{
    g_autoptr(GError) error = NULL;
    int64_t duration = 42;

    cr_assert(not(cpsf_duration_parse(row->text, -1, &duration, &error)), "%s", row->text);
    cr_assert(g_error_matches(error, CPSF_ERROR, CPSF_ERROR_INVALID_VALUE));
    cr_expect(ne(ptr, strstr(error->message, row->why), NULL), "%s: %s", row->text, error->message);
    cr_expect(eq(i64, duration, 42));
}

Test(duration_format, by_hand)
{
    static const struct {
        int64_t duration;
        const char *text;
    } rows[] = {
        {0, "PT0S"},
        {1, "PT0.000001S"},
        {S, "PT1S"},
        {61 * S, "PT1M1S"},
        {36 * 3600 * S, "P1DT12H"},
        {7 * CPSF_TIME_DAY, "P7D"},
        {-CPSF_TIME_DAY, "-P1D"},
        {INT64_MAX, "P106751991DT4H54.775807S"},
        {INT64_MIN, "-P106751991DT4H54.775808S"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *text = cpsf_duration_format(rows[i].duration);

        cr_expect(eq(str, text, (char *) rows[i].text));
    }
}

Test(duration, format_and_parse_are_inverse)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(4);

    for (int i = 0; i < ROUNDS; i++) {
        const int64_t whole = (int64_t) ((uint64_t) g_rand_int(random) << 32 | g_rand_int(random));
        const int64_t duration = (whole & INT64_MAX) >> g_rand_int_range(random, 0, 63);
        g_autofree char *text = cpsf_duration_format(duration);
        int64_t back = -1;

        cr_assert(cpsf_duration_parse(text, -1, &back, NULL), "%s", text);
        cr_assert(eq(i64, back, duration), "%s", text);
    }
}

/* ---- periods ----------------------------------------------------------------------------- */

Test(period, reads_and_writes_calendar_units)
{
    static const struct {
        const char *text;
        int32_t months;
        int64_t microseconds;
        const char *canonical;
    } rows[] = {
        {"P3Y", 36, 0, "P3Y"},
        {"P1Y4M", 16, 0, "P1Y4M"},
        {"P18M", 18, 0, "P1Y6M"},
        {"P398D", 0, 398 * CPSF_TIME_DAY, "P398D"},
        {"P1Y2M3DT4H5M6.5S", 14, 273906 * S + S / 2, "P1Y2M3DT4H5M6.5S"},
        {"P2W", 0, 14 * CPSF_TIME_DAY, "P14D"},
        {"PT1M", 0, 60 * S, "PT1M"},
        {"P0M", 0, 0, "PT0S"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        CpsfPeriod period = {-1, -1};

        cr_assert(cpsf_period_parse(rows[i].text, -1, &period, NULL), "%s", rows[i].text);
        cr_expect(eq(i32, period.months, rows[i].months), "%s", rows[i].text);
        cr_expect(eq(i64, period.microseconds, rows[i].microseconds), "%s", rows[i].text);

        g_autofree char *text = cpsf_period_format(period);

        cr_expect(eq(str, text, (char *) rows[i].canonical));
    }
}

Test(period, refuses)
{
    static const char *const rows[] = {
        "P1.5Y",        "P1M1Y",       "P0.5M",         "P1Y0.5M",
        "P2147483648M", "P178956971Y", "P178956970Y8M", "P99999999999999999999Y"};

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        CpsfPeriod period = {42, 42};

        cr_expect(not(cpsf_period_parse(rows[i], -1, &period, &error)), "%s", rows[i]);
        cr_expect(g_error_matches(error, CPSF_ERROR, CPSF_ERROR_INVALID_VALUE));
        cr_expect(eq(i32, period.months, 42));
    }
}
