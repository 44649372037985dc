/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * What every question asks of the bare shape of a graph: the same edges the other way round, and
 * its strongly connected components in topological order.  Both are linear and bound by memory, so
 * the loops ask for their next cache lines ahead of time.
 */

#include "config.h"

#include "cpsf-csr-private.h"
#include "cpsf-mem-private.h"

/* Edges between asking for a cache line and using it: latency over time per edge. */
#define AHEAD 16

/*
 * cpsf_csr_clear:
 * @self: the adjacency whose arrays to free
 *
 * Frees the arrays, not @self, and leaves it empty.
 */
void
cpsf_csr_clear(CpsfCsr *self)
{
    g_clear_pointer(&self->offsets, g_free);
    g_clear_pointer(&self->heads, g_free);
    self->n = 0;
    self->m = 0;
}

/* end[v + 1] = how many edges enter nodes up to v, so that end[v] is where the row of v starts. */
static void
count_rows(const CpsfCsr *self, int64_t *offsets)
{
    for (int64_t e = 0; e < self->m; e++)
        offsets[self->heads[e] + 1]++;
    for (int32_t v = 0; v < self->n; v++)
        offsets[v + 1] += offsets[v];
}

/* Writes each edge at the end of its row; @next walks from the start of each row to its end. */
static void
place_edges(const CpsfCsr *self, int64_t *next, int32_t *tails, int64_t *position)
{
    const int32_t *heads = self->heads;

    for (int32_t v = 0; v < self->n; v++)
        for (int64_t e = self->offsets[v]; e < self->offsets[v + 1]; e++) {
            if (e + AHEAD < self->m)
                __builtin_prefetch(&next[heads[e + AHEAD]], 1);

            const int64_t at = next[heads[e]]++;

            tails[at] = v;
            if (position != NULL)
                position[at] = e;
        }
}

/*
 * cpsf_csr_transpose:
 * @self: the edges
 * @reverse: (out): the same edges the other way round; free with cpsf_csr_clear()
 * @position: (nullable): m entries, filled: for each reversed edge, its position in @self
 * @error: return location for a [type@GLib.Error], or %NULL
 *
 * Turns every edge round.  Counting sort: stable, so each row comes in ascending order of tail.
 * Cost: O(n + m).
 *
 * Returns: %TRUE; %FALSE with NO_MEMORY, @reverse then being empty
 */
gboolean
cpsf_csr_transpose(const CpsfCsr *self, CpsfCsr *reverse, int64_t *position, GError **error)
{
    *reverse = (CpsfCsr){0};

    const size_t n = (size_t) self->n;
    g_autofree int64_t *offsets = cpsf_try_new0(int64_t, n + 1, error);

    if (offsets == NULL)
        return FALSE;

    g_autofree int64_t *next = cpsf_try_new(int64_t, n + 1, error);

    if (next == NULL)
        return FALSE;

    g_autofree int32_t *tails = cpsf_try_new(int32_t, (size_t) self->m, error);

    if (tails == NULL)
        return FALSE;

    count_rows(self, offsets);
    memcpy(next, offsets, (n + 1) * sizeof *next);
    place_edges(self, next, tails, position);

    reverse->n = self->n;
    reverse->m = self->m;
    reverse->offsets = g_steal_pointer(&offsets);
    reverse->heads = g_steal_pointer(&tails);
    return TRUE;
}

/* A node on the path from the root of the search to where it stands. */
typedef struct {
    int64_t next; /* first edge not yet followed */
    int64_t end;  /* end of its edges */
    int32_t node;
    int32_t low;      /* lowest index seen from it */
    gboolean is_root; /* nothing below its own index seen: it closes a component */
} Frame;

/*
 * The state of Pearce's form of Tarjan's search.  mark[v] is 0 before v is seen, then the lowest
 * index that v reaches, and in the end its component, counted down from n - 1.  Indices in use
 * never exceed components given, so one comparison serves both.
 */
typedef struct {
    const CpsfCsr *graph;
    int32_t *mark;
    int32_t *open; /* nodes seen whose component is not closed, a stack */
    int64_t n_open;
    Frame *path; /* a stack */
    int64_t depth;
    int32_t index;     /* next index */
    int32_t component; /* next component */
} Search;

static void
enter(Search *self, int32_t v)
{
    const CpsfCsr *graph = self->graph;
    Frame *frame = &self->path[self->depth++];

    frame->node = v;
    frame->next = graph->offsets[v];
    frame->end = graph->offsets[v + 1];
    frame->low = self->index;
    frame->is_root = TRUE;
    self->mark[v] = self->index++;
    for (int64_t e = frame->next; e < frame->end && e < frame->next + AHEAD; e++)
        __builtin_prefetch(&self->mark[graph->heads[e]]);
}

/* The node on top has been followed to the end: close its component, or leave it open. */
static void
leave(Search *self)
{
    const Frame *frame = &self->path[--self->depth];

    if (!frame->is_root) {
        self->mark[frame->node] = frame->low;
        self->open[self->n_open++] = frame->node;
    } else {
        self->index--;
        while (self->n_open > 0 && self->mark[self->open[self->n_open - 1]] >= frame->low) {
            self->mark[self->open[--self->n_open]] = self->component;
            self->index--;
        }
        self->mark[frame->node] = self->component--;
    }
    if (self->depth == 0)
        return;

    Frame *parent = &self->path[self->depth - 1];

    if (self->mark[frame->node] < parent->low) {
        parent->low = self->mark[frame->node];
        parent->is_root = FALSE;
    }
}

static void
search_from(Search *self, int32_t root)
{
    const int32_t *heads = self->graph->heads;

    enter(self, root);
    while (self->depth > 0) {
        Frame *frame = &self->path[self->depth - 1];
        int32_t low = frame->low;
        int32_t unseen = -1;
        int64_t e = frame->next;

        for (; e < frame->end; e++) {
            const int32_t mark = self->mark[heads[e]];

            if (mark == 0) {
                unseen = heads[e++];
                break;
            }
            low = MIN(low, mark);
        }
        frame->next = e;
        if (low < frame->low) {
            frame->low = low;
            frame->is_root = FALSE;
        }
        if (unseen >= 0)
            enter(self, unseen);
        else
            leave(self);
    }
}

/*
 * cpsf_csr_components:
 * @self: the edges
 * @component: n entries, filled: the component of each node, from 0
 * @n_components: (out): how many there are
 * @error: return location for a [type@GLib.Error], or %NULL
 *
 * Finds strongly connected components, numbered so that no edge runs from a higher to a lower
 * number.  The numbers depend on the adjacency alone.  Cost: O(n + m), 36 bytes a node besides.
 * Source: Tarjan, "Depth-first search and linear graph algorithms", SIAM J. Comput. 1 (1972);
 * Pearce, "A space-efficient algorithm for finding strongly connected components", Inf. Process.
 * Lett. 116 (2016), algorithm PEA_FIND_SCC2, without recursion.
 *
 * Returns: %TRUE; %FALSE with NO_MEMORY, or LIMIT if n is INT32_MAX: nothing is then filled in
 */
gboolean
cpsf_csr_components(const CpsfCsr *self, int32_t *component, int32_t *n_components, GError **error)
{
    const int32_t n = self->n;

    if (n == INT32_MAX)
        return cpsf_fail(error, CPSF_ERROR_LIMIT, "%d nodes are more than %d", n, INT32_MAX - 1);

    g_autofree int32_t *open = cpsf_try_new(int32_t, (size_t) n, error);

    if (open == NULL)
        return FALSE;

    g_autofree Frame *path = cpsf_try_new(Frame, (size_t) n, error);

    if (path == NULL)
        return FALSE;

    memset(component, 0, (size_t) n * sizeof *component);

    Search search = {
        .graph = self,
        .mark = component,
        .open = open,
        .path = path,
        .index = 1,
        .component = n - 1,
    };

    for (int32_t v = 0; v < n; v++)
        if (component[v] == 0)
            search_from(&search, v);

    const int32_t unused = search.component + 1; /* numbers below it were not given */

    for (int32_t v = 0; v < n; v++)
        component[v] -= unused;
    *n_components = n - unused;
    return TRUE;
}
