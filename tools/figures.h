/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <cpsf.h>

G_BEGIN_DECLS

/* The largest of a column of numbers; 0 if there are none. */
double figures_find_largest(const CpsfTable *table, const char *name);

/* An amount for a person: digits in threes, and none after the point that nobody reads.  Newly
 * allocated. */
char *figures_amount(double amount);

G_END_DECLS
