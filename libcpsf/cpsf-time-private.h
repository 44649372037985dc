/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cpsf-time.h"

G_BEGIN_DECLS

/* A length of time that may hold calendar months: validity of a scheme (P3Y, P1Y4M, P398D). */
typedef struct {
    int32_t months;       /* calendar months, years included; added first, in UTC */
    int64_t microseconds; /* added after the months */
} CpsfPeriod;

static inline gboolean
cpsf_interval_holds(CpsfInterval interval, CpsfTime at)
{
    return interval.since <= at && at < interval.until;
}

/* Empty intervals have since >= until. */
static inline CpsfInterval
cpsf_interval_meet(CpsfInterval a, CpsfInterval b)
{
    return (CpsfInterval){MAX(a.since, b.since), MIN(a.until, b.until)};
}

/* The same text forms as cpsf_duration_parse(), and years and months besides. */
gboolean cpsf_period_parse(const char *text, gssize length, CpsfPeriod *period, GError **error);
char *cpsf_period_format(CpsfPeriod period);

/* @time plus @period by the calendar in UTC; a day that a month lacks becomes its last one.  The
 * two unbounded times stay what they are; beyond year 9999 is CPSF_TIME_FOREVER. */
CpsfTime cpsf_time_add(CpsfTime time, CpsfPeriod period);

/* As cpsf_time_format(), into caller's storage of CPSF_TIME_TEXT_MAX bytes; "" for the two
 * unbounded times.  Returns @buffer. */
#define CPSF_TIME_TEXT_MAX 40
char *cpsf_time_write(CpsfTime time, char *buffer);

G_END_DECLS
