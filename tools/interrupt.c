/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Ctrl-C, seen where the library reports progress: a signal handler itself may do next to
 * nothing. */

#include "config.h"

#include "interrupt.h"

#include "progress.h"

#include <signal.h>

static volatile sig_atomic_t is_interrupted;
static gboolean is_watched;

static void
note_interrupt(int number)
{
    (void) number;
    is_interrupted = 1;
}

void
interrupt_begin(void)
{
    struct sigaction action = {0};

    if (sigaction(SIGINT, NULL, &action) != 0 || action.sa_handler == SIG_IGN)
        return;
    action.sa_handler = note_interrupt;
    action.sa_flags = (int) SA_RESETHAND;
    sigemptyset(&action.sa_mask);
    is_watched = sigaction(SIGINT, &action, NULL) == 0;
}

void
interrupt_end(void)
{
    progress_end();
    if (!is_watched)
        return;
    is_watched = FALSE;
    signal(SIGINT, SIG_DFL);
    if (is_interrupted)
        raise(SIGINT);
}

void
interrupt_progress(uint64_t done, uint64_t total, const char *what, void *cancellable)
{
    progress_report(done, total, what, NULL);
    if (is_interrupted)
        g_cancellable_cancel(cancellable);
}
