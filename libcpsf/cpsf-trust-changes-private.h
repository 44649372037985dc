/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cpsf-mem-private.h"
#include "cpsf-snapshot-private.h"

G_BEGIN_DECLS

/* Two snapshots side by side. */
typedef struct {
    const CpsfSnapshot *before;
    const CpsfSnapshot *after;
    int32_t
        *before_of; /* (owned) of each node of `after`: the node of `before` with its key, or -1 */
    int32_t *after_of; /* (owned) the other way round */
} CpsfSideBySide;

/* FALSE with NO_MEMORY.  O(nodes). */
gboolean cpsf_side_by_side_init(CpsfSideBySide *self,
                                const CpsfSnapshot *before,
                                const CpsfSnapshot *after,
                                GError **error);
void cpsf_side_by_side_clear(CpsfSideBySide *self);

/* Whether nodes, edges and groups are the very same, so that ids and positions are, too. */
gboolean cpsf_side_by_side_is_same(const CpsfSideBySide *self);

/* Sets changed[v] for each node of `after` into which other edges run than before, or whose groups
 * are others; leaves the rest.  O(edges). */
void cpsf_side_by_side_mark_edges(const CpsfSideBySide *self, uint8_t *changed);

G_END_DECLS
