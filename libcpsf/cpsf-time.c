/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Moments, to and from their text forms, and the calendar (docs/semantics.md, section 3).  A
 * span is read from its front once; nothing here allocates but the two format functions, knows a
 * locale or a time zone database.  Read: calendar, moments, addition.
 */

#include "config.h"

#include "cpsf-error-private.h"
#include "cpsf-text-private.h"
#include "cpsf-time-private.h"

#define SECONDS_PER_DAY INT64_C(86400)
#define YEAR_FOREVER 9999            /* any moment in it means: for ever */
#define DAY_FIRST INT64_C(-719162)   /* 0001-01-01, in days since 1970-01-01 */
#define DAY_FOREVER INT64_C(2932532) /* 9999-01-01 */
#define TIME_FIRST (DAY_FIRST * CPSF_TIME_DAY)
#define TIME_FOREVER_BEGINS (DAY_FOREVER * CPSF_TIME_DAY)
#define ZONE_MINUTES_MAX (14 * 60) /* XML Schema 1.1 part 2, 3.3.7 */

/* ---- calendar ---------------------------------------------------------------------------- */

typedef struct {
    int64_t year;
    int month; /* 1 to 12 */
    int day;   /* 1 to 31 */
} Date;

static int64_t
floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0 ? 1 : 0);
}

static gboolean
is_leap(int64_t year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int
days_in_month(int64_t year, int month)
{
    static const int8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

/* Days since 1970-01-01 in the proleptic Gregorian calendar.  Years are counted from March, so that
 * the leap day is a year's last, and in eras of 400 years, which all have 146097 days. */
static int64_t
days_from_date(Date date)
{
    const int64_t year = date.month > 2 ? date.year : date.year - 1;
    const int64_t era = floor_div(year, 400);
    const int64_t year_of_era = year - era * 400;
    const int64_t month = (date.month + 9) % 12; /* March is 0 */
    const int64_t day_of_year = (153 * month + 2) / 5 + date.day - 1;
    const int64_t day_of_era =
        year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

    return era * 146097 + day_of_era - 719468;
}

static Date
date_from_days(int64_t days)
{
    const int64_t shifted = days + 719468; /* since 0000-03-01 */
    const int64_t era = floor_div(shifted, 146097);
    const int64_t day_of_era = shifted - era * 146097;
    const int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    const int64_t day_of_year =
        day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const int64_t month = (5 * day_of_year + 2) / 153; /* March is 0 */
    Date date = {year_of_era + era * 400, (int) (month < 10 ? month + 3 : month - 9), 0};

    date.day = (int) (day_of_year - (153 * month + 2) / 5 + 1);
    if (date.month <= 2)
        date.year++;
    return date;
}

/* Microseconds since its day began. */
static int64_t
time_in_day(CpsfTime time)
{
    const int64_t rest = time % CPSF_TIME_DAY;

    return rest < 0 ? rest + CPSF_TIME_DAY : rest;
}

static gboolean
is_unbounded(CpsfTime time)
{
    return time == CPSF_TIME_ALWAYS_BEFORE || time == CPSF_TIME_FOREVER;
}

/* ---- moments ----------------------------------------------------------------------------- */

/* A moment as it is written, before the zone is taken off. */
typedef struct {
    Date date;
    int hour;
    int minute;
    int second;
    int64_t microsecond;
    int zone; /* minutes east of UTC */
    gboolean has_zone;
} Written;

static gboolean
take_clock(CpsfSpan *c, Written *w)
{
    if (!cpsf_span_take_digits(c, 2, &w->hour) || !cpsf_span_skip(c, ':') ||
        !cpsf_span_take_digits(c, 2, &w->minute))
        return FALSE;
    if (!cpsf_span_skip(c, ':'))
        return TRUE; /* ISO 8601 lets the seconds be left out */
    if (!cpsf_span_take_digits(c, 2, &w->second))
        return FALSE;
    return cpsf_span_skip(c, '.') ? cpsf_span_take_fraction(c, &w->microsecond) : TRUE;
}

static gboolean
take_zone(CpsfSpan *c, Written *w)
{
    const gboolean west = c->at < c->end && *c->at == '-';
    int hours;
    int minutes;

    if (c->at == c->end)
        return TRUE;
    w->has_zone = TRUE;
    if (cpsf_span_skip(c, 'Z') || cpsf_span_skip(c, 'z'))
        return TRUE;
    if (!cpsf_span_skip(c, '+') && !cpsf_span_skip(c, '-'))
        return FALSE;
    if (!cpsf_span_take_digits(c, 2, &hours) || !cpsf_span_skip(c, ':') ||
        !cpsf_span_take_digits(c, 2, &minutes))
        return FALSE;
    if (minutes > 59 || hours * 60 + minutes > ZONE_MINUTES_MAX)
        return FALSE;
    w->zone = (west ? -1 : 1) * (hours * 60 + minutes);
    return TRUE;
}

static gboolean
take_moment(CpsfSpan *c, Written *w)
{
    int year;

    if (!cpsf_span_take_digits(c, 4, &year) || !cpsf_span_skip(c, '-') ||
        !cpsf_span_take_digits(c, 2, &w->date.month) || !cpsf_span_skip(c, '-') ||
        !cpsf_span_take_digits(c, 2, &w->date.day))
        return FALSE;
    w->date.year = year;
    if ((cpsf_span_skip(c, 'T') || cpsf_span_skip(c, 't')) && !take_clock(c, w))
        return FALSE;
    return take_zone(c, w) && c->at == c->end;
}

/* What is wrong with the fields, or NULL. */
static const char *
find_wrong_field(const Written *w)
{
    const gboolean is_midnight = w->minute == 0 && w->second == 0 && w->microsecond == 0;

    if (w->date.year < 1)
        return "no year 0000";
    if (w->date.month < 1 || w->date.month > 12)
        return "a month that is not in 01 to 12";
    if (w->date.day < 1 || w->date.day > days_in_month(w->date.year, w->date.month))
        return "a day that the month does not have";
    if (w->hour > 24 || (w->hour == 24 && !is_midnight))
        return "an hour past 24:00:00";
    if (w->minute > 59)
        return "a minute past 59";
    if (w->second > 59)
        return "a second past 59";
    return NULL;
}

static CpsfTime
moment_from_written(const Written *w)
{
    const int64_t seconds = days_from_date(w->date) * SECONDS_PER_DAY + w->hour * 3600 +
                            (w->minute - w->zone) * 60 + w->second;
    const CpsfTime time = seconds * CPSF_TIME_SECOND + w->microsecond;

    return w->date.year == YEAR_FOREVER || time >= TIME_FOREVER_BEGINS ? CPSF_TIME_FOREVER : time;
}

/**
 * cpsf_time_parse:
 * @text: (array length=length) (element-type guint8): a moment as text
 * @length: bytes of @text; -1 if it ends with a NUL
 * @time: (out): the moment
 * @has_zone: (out) (optional): whether the text says its zone
 * @error: return location for an error
 *
 * Reads a date and time, `2026-04-01T09:00:00+09:00`, or a date, `2026-04-01`, which is its first
 * moment.  Seconds may be left out, fractions are cut after microseconds, `24:00:00` is the next
 * day's first moment, white space around is ignored.  Without a zone the text is read as UTC and
 * @has_zone is FALSE.  The year 9999, here or in UTC, is %CPSF_TIME_FOREVER.
 *
 * Cost: O(@length), no allocation.
 *
 * Source: W3C XML Schema 1.1 part 2, sections 3.3.7 and 3.3.9; RFC 3339.
 *
 * Returns: TRUE; FALSE with %CPSF_ERROR_INVALID_VALUE for any other text, a year outside 0001 to
 *   9999 in UTC, a day or hour that does not exist, a second 60 or a zone past 14:00.  Outputs are
 *   then untouched.
 *
 * Since: 0.1
 */
gboolean
cpsf_time_parse(const char *text, gssize length, CpsfTime *time, gboolean *has_zone, GError **error)
{
    CpsfSpan c = cpsf_span_over(text, length);
    const char *begin = c.at;
    Written w = {0};
    char shown[CPSF_TEXT_SHOWN_MAX];

    if (!take_moment(&c, &w))
        return cpsf_fail(error, CPSF_ERROR_INVALID_VALUE,
                         "time \"%s\" is not of the form 2026-04-01T09:00:00Z or 2026-04-01",
                         cpsf_text_shown(begin, (size_t) (c.end - begin), shown));

    const char *wrong = find_wrong_field(&w);

    if (wrong != NULL)
        return cpsf_fail(error, CPSF_ERROR_INVALID_VALUE, "time \"%s\" has %s",
                         cpsf_text_shown(begin, (size_t) (c.end - begin), shown), wrong);

    const CpsfTime moment = moment_from_written(&w);

    if (moment < TIME_FIRST)
        return cpsf_fail(error, CPSF_ERROR_INVALID_VALUE, "time \"%s\" is before the year 0001",
                         cpsf_text_shown(begin, (size_t) (c.end - begin), shown));
    *time = moment;
    if (has_zone != NULL)
        *has_zone = w.has_zone;
    return TRUE;
}

char *
cpsf_time_write(CpsfTime time, char *buffer)
{
    const int64_t in_day = time_in_day(time);
    const int64_t second = in_day / CPSF_TIME_SECOND;
    const Date date = date_from_days(floor_div(time, CPSF_TIME_DAY));
    char *out = buffer;

    *out = '\0';
    if (time < TIME_FIRST || time >= TIME_FOREVER_BEGINS)
        return buffer;
    out = cpsf_text_put_digits(out, date.year, 4);
    *out++ = '-';
    out = cpsf_text_put_digits(out, date.month, 2);
    *out++ = '-';
    out = cpsf_text_put_digits(out, date.day, 2);
    *out++ = 'T';
    out = cpsf_text_put_digits(out, second / 3600, 2);
    *out++ = ':';
    out = cpsf_text_put_digits(out, second / 60 % 60, 2);
    *out++ = ':';
    out = cpsf_text_put_digits(out, second % 60, 2);
    out = cpsf_text_put_fraction(out, in_day % CPSF_TIME_SECOND);
    *out++ = 'Z';
    *out = '\0';
    return buffer;
}

/**
 * cpsf_time_format:
 * @time: a moment
 *
 * Writes a moment as RFC 3339 in UTC, with as many digits of a fraction as it needs.  The two
 * unbounded times, and any before the year 0001 or from the year 9999 on, give an empty string.
 *
 * Cost: O(1).
 *
 * Returns: (transfer full): the text, which cpsf_time_parse() reads back to the same moment
 *
 * Since: 0.1
 */
char *
cpsf_time_format(CpsfTime time)
{
    char buffer[CPSF_TIME_TEXT_MAX];

    return g_strdup(cpsf_time_write(time, buffer));
}

/**
 * cpsf_time_now:
 *
 * Asks the system's clock.
 *
 * Returns: the present moment
 *
 * Since: 0.1
 */
CpsfTime
cpsf_time_now(void)
{
    return g_get_real_time();
}

/* ---- addition ----------------------------------------------------------------------------- */

CpsfTime
cpsf_time_add(CpsfTime time, CpsfPeriod period)
{
    if (is_unbounded(time))
        return time;

    Date date = date_from_days(floor_div(time, CPSF_TIME_DAY));
    const int64_t month = date.year * 12 + (date.month - 1) + period.months;
    CpsfTime sum;

    date.year = floor_div(month, 12);
    date.month = (int) (month - date.year * 12) + 1;
    date.day = MIN(date.day, days_in_month(date.year, date.month));
    if (__builtin_mul_overflow(days_from_date(date), CPSF_TIME_DAY, &sum))
        return month < 0 ? CPSF_TIME_ALWAYS_BEFORE : CPSF_TIME_FOREVER;
    if (__builtin_add_overflow(sum, time_in_day(time), &sum))
        return CPSF_TIME_FOREVER;
    if (__builtin_add_overflow(sum, period.microseconds, &sum))
        return period.microseconds < 0 ? CPSF_TIME_ALWAYS_BEFORE : CPSF_TIME_FOREVER;
    if (sum >= TIME_FOREVER_BEGINS)
        return CPSF_TIME_FOREVER;
    return sum < TIME_FIRST ? CPSF_TIME_ALWAYS_BEFORE : sum;
}
