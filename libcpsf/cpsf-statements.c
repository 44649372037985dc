/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What one feed says: only its cleanup lives here, the rows are plain data. */

#include "config.h"

#include "cpsf-statements-private.h"

#include <string.h>

void
cpsf_statements_clear(CpsfStatements *self)
{
#define CLEAR(type, member) g_free(self->member.items);
    CPSF_STATEMENT_TABLES(CLEAR)
#undef CLEAR
    memset(self, 0, sizeof *self);
}

void
cpsf_feed_info_clear(CpsfFeedInfo *self)
{
    g_free(self->file);
    g_free(self->id);
    g_free(self->format);
    g_free(self->publisher);
    g_free(self->code);
    g_free(self->message);
    memset(self, 0, sizeof *self);
}
