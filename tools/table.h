/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <cpsf.h>

G_BEGIN_DECLS

/**
 * TableStyle:
 * @width: columns of the terminal; 0 = unlimited: all columns, nothing cut
 * @has_color: whether states are coloured
 * @graph: (nullable): where nodes have names in the language of messages
 *
 * How a table is shown to a person.
 */
typedef struct {
    int width;
    gboolean has_color;
    CpsfGraph *graph;
} TableStyle;

/* The table as text for a person, lines ended; newly allocated; "" if it has no rows. */
char *table_to_text(const CpsfTable *table, const TableStyle *style);

/* The width of the terminal that standard output is; 0 if it is none. */
int table_get_terminal_width(void);

G_END_DECLS
