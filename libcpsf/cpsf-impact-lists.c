/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The incidents that feeds tell of. */

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "cpsf-impact-private.h"
#include "cpsf-mem-private.h"

static int
compare_incidents(const void *left, const void *right)
{
    const CpsfIncident *a = left;
    const CpsfIncident *b = right;
    const CpsfTime start_a = a->has_start ? a->start : CPSF_TIME_ALWAYS_BEFORE;
    const CpsfTime start_b = b->has_start ? b->start : CPSF_TIME_ALWAYS_BEFORE;
    const int by_key = strcmp(a->key, b->key);

    if (start_a != start_b)
        return start_a < start_b ? -1 : 1;
    return by_key != 0 ? by_key : (a->effect > b->effect) - (a->effect < b->effect);
}

/**
 * cpsf_graph_list_incidents:
 * @graph: a graph
 * @n_incidents: (out): how many
 * @error: return location
 *
 * The incidents that feeds tell of, over all time, for [func@impact]: in order of start, key, effect.
 * One without `since` has no start of its own.
 *
 * Cost: O(incidents log incidents).
 *
 * Returns: (transfer container) (array length=n_incidents) (nullable): incidents, to be freed with
 *   g_free(), whose keys are good as long as @graph; %NULL with %CPSF_ERROR_NO_MEMORY
 *
 * Since: 0.1
 */
CpsfIncident *
cpsf_graph_list_incidents(CpsfGraph *graph, int *n_incidents, GError **error)
{
    const int64_t n = MIN(graph->incidents.n, INT32_MAX);
    CpsfIncident *incidents = cpsf_try_new(CpsfIncident, (size_t) n, error);

    *n_incidents = 0;
    if (incidents == NULL)
        return NULL;
    for (int64_t i = 0; i < n; i++) {
        const CpsfIncidentRow *row = &graph->incidents.items[i];

        incidents[(*n_incidents)++] = (CpsfIncident){
            .key = cpsf_strtab_get(graph->strings, graph->key[row->node]),
            .effect = row->effect,
            .has_start = row->valid.since != CPSF_TIME_ALWAYS_BEFORE,
            .start = row->valid.since,
        };
    }
    if (n > 1)
        qsort(incidents, (size_t) n, sizeof *incidents, compare_incidents);
    return incidents;
}
