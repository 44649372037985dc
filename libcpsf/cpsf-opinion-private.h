/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cpsf-anchor-private.h"

G_BEGIN_DECLS

/*
 * The own opinions of all nodes of a snapshot (docs/semantics.md, section 5): @own, one for each
 * node.  @layer 1 to 3: of that layer's anchors alone, everything else is (1, 0, 0); 0: all layers
 * of a node together, belief the product of beliefs, 1 - disbelief that of 1 - disbelief.  Nodes
 * that do not hold have (1, 0, 0).
 *
 * FALSE with NO_MEMORY.  O(nodes + items + opinions).
 */
gboolean cpsf_opinions_own(const CpsfAnchors *anchors, int layer, CpsfOpinion *own, GError **error);

G_END_DECLS
