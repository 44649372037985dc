/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * BENCH(name, work, unit, runs, seconds, statement) runs the statement once to warm up and then
 * `runs` times, stores the median in `seconds`, and prints one line of JSON with median, extremes
 * and work rate.  Compare medians of one run on one machine only; peers run in the same process.
 */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#define BENCH_MAX_RUNS 101

static inline double
bench_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double) t.tv_sec + 1e-9 * (double) t.tv_nsec;
}

/* A number above 0 of the command line; the bench ends without one. */
static inline int64_t
bench_number(const char *text)
{
    char *end = NULL;
    const long long value = text != NULL ? strtoll(text, &end, 10) : 0;

    if (value > 0 && *end == '\0')
        return value;
    fprintf(stderr, "no number above 0: %s\n", text != NULL ? text : "nothing");
    exit(1);
}

/* Largest resident size of this process so far, in MiB. */
static inline double
bench_peak_mib(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return (double) usage.ru_maxrss / 1024.0;
}

static inline int
bench_compare(const void *a, const void *b)
{
    const double x = *(const double *) a;
    const double y = *(const double *) b;

    return (x > y) - (x < y);
}

static inline double
bench_report(const char *name, double work, const char *unit, double *times, int runs)
{
    qsort(times, (size_t) runs, sizeof *times, bench_compare);
    printf("{\"bench\":\"%s\",\"seconds\":%.6f,\"min\":%.6f,\"max\":%.6f,\"runs\":%d,"
           "\"rate\":%.4g,\"unit\":\"%s/s\"}\n",
           name, times[runs / 2], times[0], times[runs - 1], runs, work / times[runs / 2], unit);
    fflush(stdout);
    return times[runs / 2];
}

#define BENCH(name, work, unit, runs, seconds, statement)                                          \
    do {                                                                                           \
        double bench_times[BENCH_MAX_RUNS];                                                        \
                                                                                                   \
        statement;                                                                                 \
        for (int bench_i = 0; bench_i < (runs); bench_i++) {                                       \
            const double bench_start = bench_now();                                                \
                                                                                                   \
            statement;                                                                             \
            bench_times[bench_i] = bench_now() - bench_start;                                      \
        }                                                                                          \
        (seconds) = bench_report((name), (work), (unit), bench_times, (runs));                     \
    } while (0)

static inline void
bench_ratio(const char *what, double ratio)
{
    printf("{\"ratio\":\"%s\",\"value\":%.3f}\n", what, ratio);
    fflush(stdout);
}
