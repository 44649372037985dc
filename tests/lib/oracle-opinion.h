/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Own opinions by the letter of docs/semantics.md, section 5: slow, on rows, and without a line of
 * the library's own evaluation. */

#include "oracle-check.h"

/* @own: one for each node; @layer: 1 to 3, 0 = all. */
void oracle_opinions(
    const CpsfGraph *graph, const CpsfPolicy *policy, CpsfTime at, int layer, CpsfOpinion *own);
