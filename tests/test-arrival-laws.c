/* SPDX-License-Identifier: GPL-2.0-or-later */

/* First arrivals against a search over all paths in time and a plain simulation, and their ways
 * against all edges that could have brought them, on small random graphs. */

#include "config.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "arrival-test.h"
#include "cpsf-mem-private.h"
#include "graphgen.h"

/* When what is affected at @time arrives along @edge, said once more. */
static int64_t
arrive(const ArrivalCase *c, const ArrivalEdge *edge, int64_t time)
{
    int64_t departure = time;

    if (departure < edge->window.since)
        departure = edge->window.since;
    if (departure >= edge->window.until)
        return NEVER;
    if (c->downtime[edge->from] != ENDLESS && departure >= time + c->downtime[edge->from])
        return NEVER;
    return departure + edge->window.delay <= c->end ? departure + edge->window.delay : NEVER;
}

/* All paths that go on from @vertex at @time and visit nothing twice. */
static void
search(const ArrivalCase *c, int32_t vertex, int64_t time, gboolean *visited, int64_t *first)
{
    if (time == NEVER || visited[vertex])
        return;
    first[vertex] = MIN(first[vertex], time);
    visited[vertex] = TRUE;
    for (int e = 0; e < c->m; e++)
        if (c->edges[e].from == vertex)
            search(c, c->edges[e].to, arrive(c, &c->edges[e], time), visited, first);
    visited[vertex] = FALSE;
}

/* When @vertex would be affected next, by what has been settled. */
static int64_t
next_arrival(const ArrivalCase *c, int32_t vertex, const int64_t *settled)
{
    int64_t first = NEVER;

    for (int i = 0; i < c->n_sources; i++)
        if (c->sources[i].vertex == vertex && c->sources[i].time <= c->end)
            first = MIN(first, c->sources[i].time);
    for (int e = 0; e < c->m; e++)
        if (c->edges[e].to == vertex && settled[c->edges[e].from] != NEVER)
            first = MIN(first, arrive(c, &c->edges[e], settled[c->edges[e].from]));
    for (int32_t v = 0; v < c->n; v++) {
        const int gate = c->gate_of[v];
        int by_then = 0;

        for (int32_t u = 0; u < c->n && gate >= 0; u++)
            by_then += c->gate_of[u] == gate && settled[u] <= settled[v];
        if (settled[v] != NEVER && gate >= 0 && c->gate_vertex[gate] == vertex &&
            by_then >= c->gate_need[gate])
            first = MIN(first, settled[v]);
    }
    return first;
}

/* One vertex after the other, always the earliest. */
static void
simulate(const ArrivalCase *c, int64_t *settled)
{
    for (int32_t v = 0; v < c->n; v++)
        settled[v] = NEVER;
    for (;;) {
        int32_t best = -1;
        int64_t time = NEVER;

        for (int32_t v = 0; v < c->n; v++) {
            const int64_t next = settled[v] == NEVER ? next_arrival(c, v, settled) : NEVER;

            if (next < time) {
                best = v;
                time = next;
            }
        }
        if (best < 0)
            return;
        settled[best] = time;
    }
}

/* Holds arrivals against a simulation, @settled. */
static void
expect_simulated(const ArrivalCase *c, uint64_t seed, int64_t *settled)
{
    simulate(c, settled);
    for (int v = 0; v < c->n; v++)
        cr_assert_eq(c->arrival[v], settled[v], "seed %d vertex %d", (int) seed, v);
}

Test(cpsf_arrival_run, equals_search_over_all_paths_1000_graphs)
{
    int64_t n_reached = 0;

    for (uint64_t seed = 0; seed < 1000; seed++) {
        g_autofree ArrivalCase *c = arrival_draw(seed, ARRIVAL_DRAW_PLAIN);
        int64_t first[ARRIVAL_MOST];
        gboolean visited[ARRIVAL_MOST] = {FALSE};

        for (int v = 0; v < c->n; v++)
            first[v] = NEVER;
        for (int i = 0; i < c->n_sources; i++)
            search(c, c->sources[i].vertex,
                   c->sources[i].time <= c->end ? c->sources[i].time : NEVER, visited, first);
        arrival_run(c);
        for (int v = 0; v < c->n; v++) {
            cr_assert_eq(c->arrival[v], first[v], "seed %d vertex %d", (int) seed, v);
            n_reached += first[v] != NEVER;
        }
    }
    cr_assert_gt(n_reached, 2000);
}

Test(cpsf_arrival_run, equals_simulation_with_gates_and_downtimes_1000_graphs)
{
    int64_t n_opened = 0;

    for (uint64_t seed = 0; seed < 1000; seed++) {
        g_autofree ArrivalCase *c = arrival_draw(seed, ARRIVAL_DRAW_ALL);
        int64_t settled[ARRIVAL_MOST];

        arrival_run(c);
        expect_simulated(c, seed, settled);
        for (int g = 0; g < c->n_gates; g++) {
            int n = 0;

            for (int v = 0; v < c->n; v++)
                n += c->gate_of[v] == g && settled[v] != NEVER;
            n_opened += n >= c->gate_need[g];
        }
    }
    cr_assert_gt(n_opened, 300);
}

Test(cpsf_arrival_run_contacts, equals_run_and_simulation_1000_graphs)
{
    for (uint64_t seed = 0; seed < 1000; seed++) {
        g_autofree ArrivalCase *c = arrival_draw(seed, ARRIVAL_DRAW_CONTACTS);
        int64_t settled[ARRIVAL_MOST];

        arrival_run_as_contacts(c);
        expect_simulated(c, seed, settled);
    }
}

/* ---- who comes before, by brute force ---- */

/* The vertex that edge @e affects if it brings a first arrival, itself or by closing a gate; or -1. */
static int32_t
tight_head(const ArrivalCase *c, int e)
{
    const ArrivalEdge *edge = &c->edges[e];
    const int gate = c->gate_of[edge->to];
    const int64_t time = c->arrival[edge->to];
    int earlier = 0;
    int by_then = 0;

    if (c->arrival[edge->from] == NEVER || time == NEVER ||
        arrive(c, edge, c->arrival[edge->from]) != time)
        return -1;
    if (gate < 0)
        return edge->to;
    for (int32_t v = 0; v < c->n; v++) {
        earlier += c->gate_of[v] == gate && c->arrival[v] < time;
        by_then += c->gate_of[v] == gate && c->arrival[v] <= time;
    }
    return c->arrival[c->gate_vertex[gate]] == time && earlier < c->gate_need[gate] &&
                   by_then >= c->gate_need[gate]
               ? c->gate_vertex[gate]
               : -1;
}

static gboolean
is_better(const ArrivalCase *c, int e, int best)
{
    const ArrivalEdge *a = &c->edges[e];
    const ArrivalEdge *b = best >= 0 ? &c->edges[best] : NULL;

    if (b == NULL || a->chance != b->chance)
        return b == NULL || a->chance > b->chance;
    if (c->node[a->from] != c->node[b->from])
        return c->node[a->from] < c->node[b->from];
    return c->effect[a->from] < c->effect[b->from];
}

static int
find_best(const ArrivalCase *c, int32_t vertex)
{
    int best = -1;

    for (int e = 0; e < c->m; e++)
        if (tight_head(c, e) == vertex && is_better(c, e, best))
            best = e;
    return best;
}

/* Whether some edge from @from brings the first arrival of @vertex. */
static gboolean
may_come_from(const ArrivalCase *c, int32_t from, int32_t vertex)
{
    for (int e = 0; e < c->m; e++)
        if (c->edges[e].from == from && tight_head(c, e) == vertex)
            return TRUE;
    return FALSE;
}

static gboolean
begins_itself(const ArrivalCase *c, int32_t vertex)
{
    for (int i = 0; i < c->n_sources; i++)
        if (c->sources[i].vertex == vertex && c->sources[i].time == c->arrival[vertex])
            return TRUE;
    return FALSE;
}

/* Where following the best leads to from @vertex; -1 = round and round. */
static int32_t
follow_best(const ArrivalCase *c, int32_t vertex)
{
    for (int steps = 0; steps <= c->n; steps++) {
        if (begins_itself(c, vertex))
            return vertex;
        vertex = c->edges[find_best(c, vertex)].from;
    }
    return -1;
}

/* The best of all, unless that leads into a circle. */
static void
check_predecessors(const ArrivalCase *c, uint64_t seed, int *n_circles)
{
    for (int32_t v = 0; v < c->n; v++) {
        if (c->gate_of[v] >= 0 || c->arrival[v] == NEVER || begins_itself(c, v)) {
            cr_assert_eq(c->before[v], -1, "seed %d vertex %d", (int) seed, v);
            continue;
        }
        cr_assert_geq(c->before[v], 0, "seed %d vertex %d comes from nowhere", (int) seed, v);
        cr_assert(may_come_from(c, c->before[v], v), "seed %d vertex %d", (int) seed, v);
        if (follow_best(c, v) >= 0)
            cr_assert_eq(c->before[v], c->edges[find_best(c, v)].from, "seed %d vertex %d",
                         (int) seed, v);
        else
            ++*n_circles;
    }
}

Test(cpsf_arrival_trace, best_predecessors_lead_to_a_source_2000_graphs)
{
    int n_circles = 0;

    for (uint64_t seed = 0; seed < 2000; seed++) {
        g_autofree ArrivalCase *c =
            arrival_draw(seed, seed % 2 == 0 ? ARRIVAL_DRAW_PLAIN : ARRIVAL_DRAW_ALL);

        arrival_run(c);
        check_predecessors(c, seed, &n_circles);
        for (int32_t v = 0; v < c->n; v++) {
            int32_t at = v;
            int steps = 0;

            while (c->before[at] >= 0 && steps++ <= c->n)
                at = c->before[at];
            cr_assert_leq(steps, c->n);
            if (c->gate_of[v] < 0 && c->arrival[v] != NEVER)
                cr_assert(begins_itself(c, at));
        }
    }
    cr_assert_gt(n_circles, 20);
}
