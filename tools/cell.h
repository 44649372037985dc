/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "table.h"

G_BEGIN_DECLS

/* The text of a cell for a person, newly allocated; not yet safe for a terminal. */
char *cell_text(const CpsfTable *table, int column, int64_t row, const TableStyle *style);

G_END_DECLS
