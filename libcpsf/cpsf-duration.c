/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Lengths of time, to and from their text forms (docs/semantics.md, section 3): durations of fixed
 * length, and periods, which may hold calendar months (section 5, validity of schemes).
 */

#include "config.h"

#include "cpsf-error-private.h"
#include "cpsf-text-private.h"
#include "cpsf-time-private.h"

enum { NUMBER_DIGITS_MAX = 18 }; /* so that a number always fits int64_t */

typedef struct {
    char letter;
    gboolean in_clock;    /* after the T */
    int32_t months;       /* a calendar unit, in months; or else */
    int64_t microseconds; /* a unit of fixed length */
} Unit;

/* clang-format off */
/* In the order in which they must stand. */
static const Unit units[] = {
    {'Y', FALSE, 12, 0},
    {'M', FALSE, 1,  0},
    {'W', FALSE, 0,  7 * CPSF_TIME_DAY},
    {'D', FALSE, 0,  CPSF_TIME_DAY},
    {'H', TRUE,  0,  3600 * CPSF_TIME_SECOND},
    {'M', TRUE,  0,  60 * CPSF_TIME_SECOND},
    {'S', TRUE,  0,  CPSF_TIME_SECOND},
};
/* clang-format on */

typedef enum { LENGTH_OK, LENGTH_FORM, LENGTH_CALENDAR, LENGTH_RANGE } LengthProblem;

/* Digits with an optional fraction. */
static LengthProblem
take_number(CpsfSpan *c, int64_t *whole, int64_t *millionths, gboolean *has_fraction)
{
    const char *begin = c->at;
    int64_t v = 0;
    int n = 0;

    for (; c->at < c->end && cpsf_text_is_digit(*c->at); c->at++) {
        n += v > 0 || *c->at != '0';
        if (n > NUMBER_DIGITS_MAX)
            return LENGTH_RANGE;
        v = v * 10 + (*c->at - '0');
    }
    if (c->at == begin)
        return LENGTH_FORM;
    *whole = v;
    *millionths = 0;
    *has_fraction = cpsf_span_skip(c, '.');
    return *has_fraction && !cpsf_span_take_fraction(c, millionths) ? LENGTH_FORM : LENGTH_OK;
}

static LengthProblem
add_units(CpsfPeriod *p, const Unit *unit, int64_t whole, int64_t millionths)
{
    int64_t part;
    int32_t months;

    if (unit->months > 0) {
        if (whole > INT32_MAX || __builtin_mul_overflow((int32_t) whole, unit->months, &months) ||
            __builtin_add_overflow(p->months, months, &p->months))
            return LENGTH_RANGE;
        return LENGTH_OK;
    }
    if (__builtin_mul_overflow(whole, unit->microseconds, &part) ||
        __builtin_add_overflow(part, millionths * (unit->microseconds / 1000000), &part) ||
        __builtin_add_overflow(p->microseconds, part, &p->microseconds))
        return LENGTH_RANGE;
    return LENGTH_OK;
}

/* One number and its unit.  @next is the first unit that may still come. */
static LengthProblem
take_part(CpsfSpan *c, gboolean in_clock, gboolean allow_calendar, size_t *next, CpsfPeriod *p)
{
    int64_t whole;
    int64_t millionths;
    gboolean has_fraction;
    const LengthProblem problem = take_number(c, &whole, &millionths, &has_fraction);
    size_t u = *next;

    if (problem != LENGTH_OK)
        return problem;
    if (c->at == c->end)
        return LENGTH_FORM;
    while (u < G_N_ELEMENTS(units) && (units[u].letter != *c->at || units[u].in_clock != in_clock))
        u++;
    if (u == G_N_ELEMENTS(units))
        return LENGTH_FORM;
    c->at++;
    if (units[u].months > 0 && !allow_calendar)
        return LENGTH_CALENDAR;
    if (has_fraction && (units[u].months > 0 || c->at < c->end))
        return LENGTH_FORM; /* only the last part, and of no calendar unit, may have a fraction */
    *next = u + 1;
    return add_units(p, &units[u], whole, millionths);
}

static LengthProblem
take_period(CpsfSpan *c, gboolean allow_calendar, CpsfPeriod *p)
{
    gboolean in_clock = FALSE;
    size_t next = 0;

    if (!cpsf_span_skip(c, 'P') || c->at == c->end)
        return LENGTH_FORM;
    while (c->at < c->end) {
        if (!in_clock && cpsf_span_skip(c, 'T'))
            in_clock = TRUE;

        const LengthProblem problem = take_part(c, in_clock, allow_calendar, &next, p);

        if (problem != LENGTH_OK)
            return problem;
    }
    return LENGTH_OK;
}

static gboolean
parse_period(
    const char *text, gssize length, gboolean allow_calendar, CpsfPeriod *p, GError **error)
{
    CpsfSpan c = cpsf_span_over(text, length);
    const CpsfSpan all = c;
    const LengthProblem problem = take_period(&c, allow_calendar, p);
    char shown[CPSF_TEXT_SHOWN_MAX];

    if (problem == LENGTH_OK)
        return TRUE;
    cpsf_text_shown(all.at, (size_t) (all.end - all.at), shown);
    if (problem == LENGTH_CALENDAR)
        return cpsf_fail(error, CPSF_ERROR_INVALID_VALUE,
                         "duration \"%s\" counts years or months, whose length varies; use weeks "
                         "or days",
                         shown);
    if (problem == LENGTH_RANGE)
        return cpsf_fail(error, CPSF_ERROR_INVALID_VALUE, "duration \"%s\" is too long", shown);
    return cpsf_fail(error, CPSF_ERROR_INVALID_VALUE, "duration \"%s\" is not of the form %s",
                     shown,
                     allow_calendar ? "P1Y6M, P398D, P2W or PT6H" : "P2D, P2W, PT6H or P1DT12H30M");
}

/**
 * cpsf_duration_parse:
 * @text: (array length=length) (element-type guint8): a length of time as text
 * @length: bytes of @text; -1 if it ends with a NUL
 * @duration: (out): microseconds, never negative
 * @error: return location for an error
 *
 * Reads an ISO 8601 duration of weeks, days, hours, minutes and seconds: `P2D`, `PT6H`, `P1W`,
 * `P1DT12H`, `PT0.5S`.  The last part may have a fraction, which is cut after millionths of its
 * unit.  A day has 24 hours.
 *
 * Cost: O(@length), no allocation.
 *
 * Source: ISO 8601-1:2019, section 5.5.2.
 *
 * Returns: TRUE; FALSE with %CPSF_ERROR_INVALID_VALUE for any other text, for years and months,
 *   whose length varies, and for what does not fit.  @duration is then untouched.
 *
 * Since: 0.1
 */
gboolean
cpsf_duration_parse(const char *text, gssize length, int64_t *duration, GError **error)
{
    CpsfPeriod p = {0};

    if (!parse_period(text, length, FALSE, &p, error))
        return FALSE;
    *duration = p.microseconds;
    return TRUE;
}

gboolean
cpsf_period_parse(const char *text, gssize length, CpsfPeriod *period, GError **error)
{
    CpsfPeriod p = {0};

    if (!parse_period(text, length, TRUE, &p, error))
        return FALSE;
    *period = p;
    return TRUE;
}

/* @value and @letter; nothing for 0. */
static char *
put_part(char *out, uint64_t value, char letter)
{
    int n = 1;

    if (value == 0)
        return out;
    for (uint64_t v = value; v >= 10; v /= 10)
        n++;
    for (int i = n - 1; i >= 0; i--, value /= 10)
        out[i] = (char) ('0' + value % 10);
    out[n] = letter;
    return out + n + 1;
}

/* Hours, minutes and seconds after their T; nothing for 0. */
static char *
put_clock(char *out, uint64_t microseconds)
{
    const uint64_t seconds = microseconds / CPSF_TIME_SECOND;
    const int64_t millionths = (int64_t) (microseconds % CPSF_TIME_SECOND);

    if (microseconds == 0)
        return out;
    *out++ = 'T';
    out = put_part(out, seconds / 3600, 'H');
    out = put_part(out, seconds / 60 % 60, 'M');
    if (millionths == 0)
        return put_part(out, seconds % 60, 'S');
    out = cpsf_text_put_digits(out, (int64_t) (seconds % 60), seconds % 60 < 10 ? 1 : 2);
    out = cpsf_text_put_fraction(out, millionths);
    *out++ = 'S';
    return out;
}

char *
cpsf_period_format(CpsfPeriod period)
{
    const gboolean is_negative = period.months < 0 || period.microseconds < 0;
    const uint64_t months = (uint64_t) ABS((int64_t) period.months);
    const uint64_t microseconds =
        period.microseconds < 0 ? -(uint64_t) period.microseconds : (uint64_t) period.microseconds;
    char buffer[64];
    char *out = buffer;

    if (period.months == 0 && period.microseconds == 0)
        return g_strdup("PT0S");
    if (is_negative)
        *out++ = '-';
    *out++ = 'P';
    out = put_part(out, months / 12, 'Y');
    out = put_part(out, months % 12, 'M');
    out = put_part(out, microseconds / CPSF_TIME_DAY, 'D');
    out = put_clock(out, microseconds % CPSF_TIME_DAY);
    return g_strndup(buffer, (gsize) (out - buffer));
}

/**
 * cpsf_duration_format:
 * @duration: microseconds
 *
 * Writes a length of time as an ISO 8601 duration of days, hours, minutes and seconds, `PT0S` for
 * none, with a leading minus if it is negative.
 *
 * Cost: O(1).
 *
 * Returns: (transfer full): the text; cpsf_duration_parse() reads it back unless it is negative
 *
 * Since: 0.1
 */
char *
cpsf_duration_format(int64_t duration)
{
    return cpsf_period_format((CpsfPeriod){0, duration});
}
