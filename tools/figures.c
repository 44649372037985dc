/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Numbers of a table, taken together or put for a person. */

#include "config.h"

#include "figures.h"

#include <math.h>
#include <string.h>

#define LARGEST_IN_DIGITS 1e15 /* beyond, an exponent reads better than digits */

double
figures_find_largest(const CpsfTable *table, const char *name)
{
    const int column = cpsf_table_find_column(table, name);
    double largest = 0;

    for (int64_t row = 0; column >= 0 && row < cpsf_table_get_n_rows(table); row++)
        if (!cpsf_table_is_null(table, column, row))
            largest = MAX(largest, cpsf_table_get_double(table, column, row));
    return largest;
}

char *
figures_amount(double amount)
{
    char buffer[G_ASCII_DTOSTR_BUF_SIZE];

    if (fabs(amount) >= LARGEST_IN_DIGITS || (fabs(amount) < 1 && amount != 0))
        return g_strdup(g_ascii_formatd(buffer, sizeof buffer, "%.4g", amount));
    g_ascii_formatd(buffer, sizeof buffer, fabs(amount) < 100 ? "%.2f" : "%.0f", amount);
    if (g_str_has_suffix(buffer, ".00"))
        *strchr(buffer, '.') = '\0';

    GString *text = g_string_new(buffer);
    const char *point = strchr(buffer, '.');
    gssize at = point != NULL ? point - buffer : (gssize) text->len;

    for (at -= 3; at > (buffer[0] == '-' ? 1 : 0); at -= 3)
        g_string_insert_c(text, at, ',');
    return g_string_free(text, FALSE);
}
