/* SPDX-License-Identifier: GPL-2.0-or-later */

/* One line on standard error that tells how far a long step is. */

#include "config.h"

#include "progress.h"

#include "text.h"

#include <stdio.h>
#include <unistd.h>

#define FIRST_AFTER (400 * G_TIME_SPAN_MILLISECOND) /* short steps show nothing */
#define EVERY (100 * G_TIME_SPAN_MILLISECOND)
#define MAX_WHAT 50 /* columns of the name of the step */

static gboolean wanted;
static gint64 first_after; /* of a step, before anything is shown */
static gboolean is_shown;
static gint64 next; /* monotonic microseconds; 0 = nothing reported yet */

void
progress_setup(const char *when, gboolean is_quiet)
{
    if (g_str_equal(when, "auto"))
        wanted = !is_quiet && isatty(STDERR_FILENO) && g_strcmp0(g_getenv("TERM"), "dumb") != 0;
    else
        wanted = g_str_equal(when, "always");
    first_after = g_str_equal(when, "always") ? 0 : FIRST_AFTER;
}

void
progress_report(uint64_t done, uint64_t total, const char *what, void *data)
{
    const gint64 now = g_get_monotonic_time();

    (void) data;
    if (!wanted)
        return;
    if (next == 0)
        next = now + first_after;
    if (now < next)
        return;
    next = now + EVERY;

    g_autofree char *safe = text_safe(what != NULL ? what : "");
    g_autofree char *shown = text_cut(safe, MAX_WHAT);

    if (total > 0)
        fprintf(stderr, "\r\033[K%s %3.0f %%", shown,
                100.0 * (double) MIN(done, total) / (double) total);
    else
        fprintf(stderr, "\r\033[K%s %" G_GUINT64_FORMAT, shown, done);
    fflush(stderr);
    is_shown = TRUE;
}

void
progress_end(void)
{
    if (is_shown)
        fputs("\r\033[K", stderr);
    is_shown = FALSE;
}
