/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cpsf-read.h"
#include "cpsf-statements-private.h"

G_BEGIN_DECLS

/* What suppliers send, document by document: paths are found, each is read, and what it says is handed
 * over.  Whoever keeps it, a graph in memory or a store, stands on the other side. */

/* Takes one document, and may take what its arguments own by leaving them empty.  One that cannot be
 * used has info->state CPSF_FEED_REJECTED with code, message and place; its id and version are set if
 * they were known by then.  FALSE with an error ends the whole. */
typedef gboolean (*CpsfIntakeFunc)(CpsfFeedInfo *info,
                                   CpsfStatements *statements, /* nodes are string ids of keys */
                                   CpsfFindings *findings,
                                   void *data,
                                   GError **error);

typedef struct {
    const CpsfReadOptions *options;
    gboolean files_only; /* a folder is a document that cannot be read */
    CpsfStrtab *strings; /* what ids in statements are of */
    CpsfIntakeFunc take;
    void *data;
} CpsfIntake;

/* Every document of @paths (NULL-terminated: files, folders, `-`), in the order of paths, then of names
 * in a folder.  FALSE with what `take` failed with, INVALID_VALUE (options), NO_MEMORY, LIMIT or
 * CANCELLED; it has then had a first part of them. */
gboolean cpsf_intake_run(const CpsfIntake *self, const char *const *paths, GError **error);

G_END_DECLS
