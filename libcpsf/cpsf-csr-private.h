/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdint.h>

#include "cpsf-error-private.h"

G_BEGIN_DECLS

/* Adjacency in compressed sparse rows: neighbours of v are heads[offsets[v]] … heads[offsets[v+1]-1].
 * A view: whoever fills it owns the arrays (cpsf_csr_clear() frees them). */
typedef struct {
    int32_t n;
    int64_t m;
    int64_t *offsets; /* n + 1 */
    int32_t *heads;   /* m */
} CpsfCsr;

void cpsf_csr_clear(CpsfCsr *self);

/* @reverse: the same edges the other way round, each row in ascending order of tail if the rows of
 * @self are visited in order; @position (nullable, m): for each reversed edge, its position in
 * @self.  O(n + m). */
gboolean
cpsf_csr_transpose(const CpsfCsr *self, CpsfCsr *reverse, int64_t *position, GError **error);

/*
 * Strongly connected components (Tarjan 1972, iterative: no recursion on the depth of a graph),
 * numbered in topological order of the condensation: an edge never runs from a higher to a lower
 * number.  @component: n entries, filled.  @n_components: how many.  O(n + m).
 */
gboolean
cpsf_csr_components(const CpsfCsr *self, int32_t *component, int32_t *n_components, GError **error);

G_END_DECLS
