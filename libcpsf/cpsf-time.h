/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdint.h>

#include "cpsf-error.h"

G_BEGIN_DECLS

/**
 * CpsfTime:
 *
 * A moment: microseconds since 1970-01-01T00:00:00Z, or %CPSF_TIME_ALWAYS_BEFORE or
 * %CPSF_TIME_FOREVER.
 */
typedef int64_t CpsfTime;

/**
 * CPSF_TIME_ALWAYS_BEFORE:
 *
 * The start of an interval that has always held.
 */
#define CPSF_TIME_ALWAYS_BEFORE INT64_MIN
/**
 * CPSF_TIME_FOREVER:
 *
 * The end of an interval that holds for ever.
 */
#define CPSF_TIME_FOREVER INT64_MAX
/**
 * CPSF_TIME_SECOND:
 *
 * One second in the unit of [alias@CpsfTime].
 */
#define CPSF_TIME_SECOND INT64_C(1000000)
/**
 * CPSF_TIME_DAY:
 *
 * One day of 24 hours in the unit of [alias@CpsfTime].
 */
#define CPSF_TIME_DAY (INT64_C(86400) * CPSF_TIME_SECOND)

/**
 * CpsfInterval:
 * @since: first moment in it
 * @until: first moment after it
 *
 * A half-open interval [since, until) of valid time.
 */
typedef struct {
    CpsfTime since;
    CpsfTime until;
} CpsfInterval;

/**
 * CPSF_INTERVAL_ALL:
 *
 * All of time.
 */
#define CPSF_INTERVAL_ALL ((CpsfInterval){CPSF_TIME_ALWAYS_BEFORE, CPSF_TIME_FOREVER})

CPSF_API gboolean cpsf_time_parse(
    const char *text, gssize length, CpsfTime *time, gboolean *has_zone, GError **error);
CPSF_API char *cpsf_time_format(CpsfTime time);
CPSF_API CpsfTime cpsf_time_now(void);
CPSF_API gboolean cpsf_duration_parse(const char *text,
                                      gssize length,
                                      int64_t *duration,
                                      GError **error);
CPSF_API char *cpsf_duration_format(int64_t duration);

G_END_DECLS
