/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * A table of a what-if: the rows of its base, in stretches between the places where rows are added,
 * and nodes numbered anew where new ones came between.  New numbers keep the order of the old ones,
 * so what was sorted stays so.
 */

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "cpsf-whatif-private.h"

static int
compare_fields(
    const CpsfRowMerge *self, unsigned first, unsigned last, const char *a, const char *b)
{
    for (unsigned i = first; i < last; i++) {
        const int c = cpsf_field_compare(self->shape->fields[i], self->strings, a, b);

        if (c != 0)
            return c;
    }
    return 0;
}

/* By keys; then the turn of an edge decides, which stands in its place, and nothing of evidence. */
static int
compare_added(const void *a, const void *b, void *data)
{
    const CpsfRowMerge *self = data;
    const CpsfShape *shape = self->shape;
    const int c = compare_fields(self, 0, shape->n_keys, a, b);

    if (c != 0)
        return c;
    if (!self->is_replace)
        return compare_fields(self, shape->n_keys, shape->n_fields, a, b);

    const uint32_t x = cpsf_row_get_place(shape, a).column;
    const uint32_t y = cpsf_row_get_place(shape, b).column;

    return (x > y) - (x < y);
}

void
cpsf_row_merge_sort(const CpsfRowMerge *self, void *rows, int64_t n)
{
    if (n > 1)
        qsort_r(rows, (size_t) n, self->shape->size, compare_added, (void *) self);
}

static uint32_t
number_of(const CpsfRowMerge *self, uint32_t node)
{
    return self->map != NULL ? (uint32_t) self->map[node] : node;
}

/* A row of the base against an added one: negative if it comes before. */
static int
compare_with_added(const CpsfRowMerge *self, const char *row, const char *added)
{
    const CpsfShape *shape = self->shape;

    for (unsigned i = 0; i < shape->n_keys; i++) {
        const CpsfField field = shape->fields[i];
        int c;

        if (field.type == CPSF_FIELD_NODE) {
            const uint32_t x =
                number_of(self, *(const uint32_t *) (const void *) (row + field.offset));
            const uint32_t y = *(const uint32_t *) (const void *) (added + field.offset);

            c = (x > y) - (x < y);
        } else {
            c = cpsf_field_compare(field, self->strings, row, added);
        }
        if (c != 0)
            return c;
    }
    if (self->is_replace)
        return 0;
    if (cpsf_row_get_place(shape, row).feed != self->feed)
        return -1;
    return compare_fields(self, shape->n_keys, shape->n_fields, row, added);
}

/* The first row of the base from @from on that does not come before @added, or with @after the first
 * that comes after it. */
static int64_t
find_row(
    const CpsfRowMerge *self, CpsfAnyRows base, int64_t from, const char *added, gboolean after)
{
    int64_t low = from;
    int64_t high = base.n;

    while (low < high) {
        const int64_t middle = low + (high - low) / 2;
        const char *row = base.items + (size_t) middle * self->shape->size;
        const int c = compare_with_added(self, row, added);

        if (c < 0 || (c == 0 && after))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Appends rows [first, last) of the base to @rows. */
static void
copy_stretch(
    const CpsfRowMerge *self, CpsfAnyRows base, int64_t first, int64_t last, CpsfAnyRows *rows)
{
    const CpsfShape *shape = self->shape;
    const int64_t n = last - first;
    char *to = rows->items + (size_t) rows->n * shape->size;

    if (n == 0)
        return;
    memcpy(to, base.items + (size_t) first * shape->size, (size_t) n * shape->size);
    rows->n += n;
    for (unsigned f = 0; self->map != NULL && f < shape->n_fields; f++) {
        if (shape->fields[f].type != CPSF_FIELD_NODE)
            continue;

        char *node = to + shape->fields[f].offset;

        for (int64_t i = 0; i < n; i++, node += shape->size)
            *(uint32_t *) (void *) node = number_of(self, *(const uint32_t *) (void *) node);
    }
}

CpsfAnyRows
cpsf_row_merge(const CpsfRowMerge *self,
               CpsfAnyRows base,
               CpsfAnyRows added,
               int64_t *n_replaced,
               GError **error)
{
    const size_t size = self->shape->size;
    CpsfAnyRows rows = {0};
    int64_t at = 0; /* rows of the base before it are done */

    *n_replaced = 0;
    rows.items = cpsf_try_alloc((size_t) (base.n + added.n), size, FALSE, error);
    if (rows.items == NULL)
        return rows;
    for (int64_t i = 0; i < added.n; i++) {
        const char *row = added.items + (size_t) i * size;
        const int64_t last = find_row(self, base, at, row, TRUE);
        const int64_t first = self->is_replace ? find_row(self, base, at, row, FALSE) : last;

        copy_stretch(self, base, at, first, &rows);
        memcpy(rows.items + (size_t) rows.n++ * size, row, size);
        *n_replaced += first < last;
        at = last;
    }
    copy_stretch(self, base, at, base.n, &rows);
    return rows;
}
