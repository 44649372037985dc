/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * From a spread graph to what a min-rank sweep takes.  An edge into a slot does not spread: that is
 * where a blast radius is a lower bound.  What edges that always let through tie into circles reaches
 * the same in every world and becomes one vertex.  Edges inside a knot are kept by the vertex they
 * lead to, since there ranks are carried back as they change; all others by the one they leave.
 */

#include "config.h"

#include <string.h>

#include "cpsf-blast-private.h"
#include "cpsf-csr-private.h"
#include "cpsf-mem-private.h"

typedef struct {
    CpsfBlastPlan *plan;
    const CpsfEventsGraph *g;
    CpsfCsr ties;      /* (owned) */
    int32_t *tied;     /* (owned) (nullable) g->n: equal = tied by edges that let through always */
    int32_t *place_of; /* (owned) (nullable) of each class of tied: its vertex, -1 = none yet */
    int64_t *out_start, *in_start; /* of the plan */
    int32_t *out_head, *in_tail;
} Planner;

void
cpsf_blast_plan_free(CpsfBlastPlan *self)
{
    g_free((void *) self->graph.out_start);
    g_free((void *) self->graph.out_head);
    g_free((void *) self->graph.in_start);
    g_free((void *) self->graph.in_tail);
    g_free((void *) self->graph.knot_start);
    g_free((void *) self->graph.knot_end);
    g_free(self->edge);
    g_free(self->vertex_of);
    g_free(self->member_start);
    g_free(self->members);
    g_free(self);
}

static gboolean
is_slot(const CpsfEventsGraph *g, int32_t v)
{
    return g->gate_of != NULL && g->gate_of[v] >= 0;
}

static gboolean
lets_through_always(const CpsfEventsGraph *g, int64_t e)
{
    return g->key == NULL ||
           ((g->felt_p == NULL || g->felt_p[e] == 0) && g->rule_p[g->rule[e]] == 0);
}

static gboolean
is_in_knot(const CpsfEventsGraph *g, int32_t knot, int32_t v)
{
    return knot < g->n_knots && v >= g->knot_start[knot] && v < g->knot_end[knot];
}

/* Does @func for each edge that spreads, and says whether it runs inside a knot. */
typedef void (*EdgeFunc)(Planner *self, int32_t tail, int64_t e, gboolean is_inside);

static void
for_each_edge(Planner *self, EdgeFunc func)
{
    const CpsfEventsGraph *g = self->g;
    int32_t knot = 0;

    for (int32_t v = 0; v < g->n; v++) {
        while (knot < g->n_knots && v >= g->knot_end[knot])
            knot++;

        const gboolean is_knotted = is_in_knot(g, knot, v);

        for (int64_t e = g->start[v]; e < g->start[v + 1]; e++)
            if (!is_slot(g, g->head[e]))
                func(self, v, e, is_knotted && is_in_knot(g, knot, g->head[e]));
    }
}

/* ---- what is tied ---- */

/* Counts, or adds where there is room for them. */
static void
add_tie(Planner *self, int32_t tail, int64_t e, gboolean is_inside)
{
    CpsfCsr *ties = &self->ties;

    if (!is_inside || !lets_through_always(self->g, e))
        return;
    if (ties->heads != NULL)
        ties->heads[ties->m] = self->g->head[e];
    ties->offsets[tail + 1] = ++ties->m;
}

/* Edges inside knots that let through always. */
static gboolean
find_ties(Planner *self, GError **error)
{
    CpsfCsr *ties = &self->ties;

    ties->n = self->g->n;
    ties->offsets = cpsf_try_new0(int64_t, (size_t) ties->n + 1, error);
    if (ties->offsets == NULL)
        return FALSE;
    for_each_edge(self, add_tie);
    if (ties->m == 0)
        return TRUE;
    ties->heads = cpsf_try_new(int32_t, (size_t) ties->m, error);
    if (ties->heads == NULL)
        return FALSE;
    ties->m = 0;
    for_each_edge(self, add_tie);
    for (int32_t v = 0; v < ties->n; v++)
        ties->offsets[v + 1] = MAX(ties->offsets[v + 1], ties->offsets[v]);
    return TRUE;
}

/* Fills self->tied, if anything is. */
static gboolean
tie(Planner *self, GError **error)
{
    const int32_t n = self->g->n;
    int32_t n_tied = n;

    if (self->g->n_knots == 0)
        return TRUE;
    if (!find_ties(self, error))
        return FALSE;
    if (self->ties.m == 0)
        return TRUE;
    self->tied = cpsf_try_new(int32_t, (size_t) n, error);
    if (self->tied == NULL || !cpsf_csr_components(&self->ties, self->tied, &n_tied, error))
        return FALSE;
    cpsf_csr_clear(&self->ties);
    if (n_tied == n) {
        g_clear_pointer(&self->tied, g_free);
        return TRUE;
    }
    self->place_of = cpsf_try_new(int32_t, (size_t) n_tied, error);
    if (self->place_of != NULL)
        memset(self->place_of, 0xff, (size_t) n_tied * sizeof *self->place_of);
    return self->place_of != NULL;
}

/* ---- vertices ---- */

static void
number_vertices(Planner *self)
{
    CpsfBlastPlan *plan = self->plan;
    int32_t *knot_start = (int32_t *) plan->graph.knot_start;
    int32_t *knot_end = (int32_t *) plan->graph.knot_end;
    int32_t n = 0;
    int32_t knot = 0;
    int32_t first = 0;

    for (int32_t v = 0; v < self->g->n; v++) {
        int32_t *place = self->tied != NULL ? &self->place_of[self->tied[v]] : NULL;

        if (knot < self->g->n_knots && v == self->g->knot_start[knot])
            first = n;
        plan->vertex_of[v] = is_slot(self->g, v) ? -1 : place != NULL && *place >= 0 ? *place : n++;
        if (place != NULL)
            *place = plan->vertex_of[v];
        if (knot >= self->g->n_knots || v != self->g->knot_end[knot] - 1)
            continue;
        if (n - first > 1) {
            knot_start[plan->graph.n_knots] = first;
            knot_end[plan->graph.n_knots++] = n;
        }
        knot++;
    }
    plan->graph.n = n;
}

/* By vertex, counting sort. */
static gboolean
sort_members(Planner *self, GError **error)
{
    CpsfBlastPlan *plan = self->plan;
    const int32_t n = plan->graph.n;
    int32_t *start = plan->member_start = cpsf_try_new0(int32_t, (size_t) n + 2, error);

    plan->members = cpsf_try_new(int32_t, (size_t) self->g->n, error);
    if (start == NULL || plan->members == NULL)
        return FALSE;
    for (int32_t v = 0; v < self->g->n; v++)
        if (plan->vertex_of[v] >= 0)
            start[plan->vertex_of[v] + 2]++;
    for (int32_t i = 2; i <= n; i++)
        start[i] += start[i - 1];
    for (int32_t v = 0; v < self->g->n; v++)
        if (plan->vertex_of[v] >= 0)
            plan->members[start[plan->vertex_of[v] + 1]++] = v;
    plan->n_members = start[n];
    return TRUE;
}

static gboolean
make_vertices(Planner *self, GError **error)
{
    CpsfBlastPlan *plan = self->plan;

    if (!tie(self, error) ||
        (plan->vertex_of = cpsf_try_new(int32_t, (size_t) self->g->n, error)) == NULL ||
        (plan->graph.knot_start = cpsf_try_new(int32_t, (size_t) self->g->n_knots, error)) ==
            NULL ||
        (plan->graph.knot_end = cpsf_try_new(int32_t, (size_t) self->g->n_knots, error)) == NULL)
        return FALSE;
    number_vertices(self);
    return sort_members(self, error);
}

/* ---- edges ---- */

static void
count_edge(Planner *self, int32_t tail, int64_t e, gboolean is_inside)
{
    const int32_t from = self->plan->vertex_of[tail];
    const int32_t to = self->plan->vertex_of[self->g->head[e]];

    if (from == to)
        return;
    if (is_inside)
        self->in_start[to + 2]++;
    else
        self->out_start[from + 2]++;
    self->plan->is_certain &= lets_through_always(self->g, e);
}

static void
add_edge(Planner *self, int32_t tail, int64_t e, gboolean is_inside)
{
    CpsfBlastPlan *plan = self->plan;
    const int32_t from = plan->vertex_of[tail];
    const int32_t to = plan->vertex_of[self->g->head[e]];
    const int64_t n_out = self->out_start[plan->graph.n + 1];

    if (from == to)
        return;
    if (is_inside) {
        const int64_t i = self->in_start[to + 1]++;

        self->in_tail[i] = from;
        plan->edge[n_out + i] = e;
    } else {
        const int64_t i = self->out_start[from + 1]++;

        self->out_head[i] = to;
        plan->edge[i] = e;
    }
}

/* Counts at v + 2 become where v begins, at v + 1; adding moves that to where it ends.  The entry
 * behind them all stays the number of edges. */
static int64_t
add_up(int64_t *start, int32_t n)
{
    for (int32_t v = 2; v <= n + 1; v++)
        start[v] += start[v - 1];
    return start[n + 1];
}

static gboolean
make_edges(Planner *self, GError **error)
{
    CpsfBlastPlan *plan = self->plan;
    CpsfMinrankGraph *g = &plan->graph;
    const size_t n = (size_t) g->n;

    g->out_start = self->out_start = cpsf_try_new0(int64_t, n + 2, error);
    g->in_start = self->in_start = cpsf_try_new0(int64_t, n + 2, error);
    if (self->out_start == NULL || self->in_start == NULL)
        return FALSE;
    plan->is_certain = TRUE;
    for_each_edge(self, count_edge);

    const int64_t n_out = add_up(self->out_start, g->n);
    const int64_t n_in = add_up(self->in_start, g->n);

    plan->m = n_out + n_in;
    g->out_head = self->out_head = cpsf_try_new(int32_t, (size_t) n_out, error);
    g->in_tail = self->in_tail = cpsf_try_new(int32_t, (size_t) n_in, error);
    plan->edge = cpsf_try_new(int64_t, (size_t) plan->m, error);
    if (self->out_head == NULL || self->in_tail == NULL || plan->edge == NULL)
        return FALSE;
    for_each_edge(self, add_edge);
    return TRUE;
}

CpsfBlastPlan *
cpsf_blast_plan_new(const CpsfEventsGraph *events, GError **error)
{
    g_autoptr(CpsfBlastPlan) plan = g_new0(CpsfBlastPlan, 1);
    Planner planner = {.plan = plan, .g = events};

    plan->events = events;

    const gboolean is_done = make_vertices(&planner, error) && make_edges(&planner, error);

    cpsf_csr_clear(&planner.ties);
    g_free(planner.tied);
    g_free(planner.place_of);
    return is_done ? g_steal_pointer(&plan) : NULL;
}

/* ---- bounds ---- */

gboolean
cpsf_blast_find_bounds(const CpsfEventsGraph *events, uint8_t *is_bound, GError **error)
{
    const CpsfCsr out = {events->n, events->m, (int64_t *) events->start, (int32_t *) events->head};
    g_autofree int32_t *queue = NULL;
    CpsfCsr in = {0};
    int32_t n = 0;

    memset(is_bound, 0, (size_t) events->n);
    if (events->n_gates == 0)
        return TRUE;
    queue = cpsf_try_new(int32_t, (size_t) events->n, error);
    if (queue == NULL || !cpsf_csr_transpose(&out, &in, NULL, error)) {
        cpsf_csr_clear(&in);
        return FALSE;
    }
    for (int32_t v = 0; v < events->n; v++)
        if (is_slot(events, v))
            queue[n++] = v;
    for (int32_t i = 0; i < n; i++)
        for (int64_t e = in.offsets[queue[i]]; e < in.offsets[queue[i] + 1]; e++) {
            const int32_t tail = in.heads[e];

            if (is_bound[tail])
                continue;
            is_bound[tail] = 1;
            queue[n++] = tail;
        }
    cpsf_csr_clear(&in);
    return TRUE;
}
