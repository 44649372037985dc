/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Parts of plans, which must fail in the very worlds in which the whole does; sets of vertices; large
 * graphs and the memory that their plans take. */

#include "config.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <malloc.h>
#include <string.h>

#include "checkgen.h"
#include "cpsf-mem-private.h"
#include "graphgen.h"
#include "kernels-test.h"
#include "planview.h"

/* ---- parts ---- */

static CpsfOpinion *
draw_opinions(const CpsfGraph *graph, uint64_t seed)
{
    CpsfOpinion *own = g_new(CpsfOpinion, graph->n_nodes + 1);
    uint64_t r = seed;

    for (int32_t v = 0; v < graph->n_nodes; v++) {
        const double b = test_random_below(&r, 4) == 0 ? test_random_below(&r, 1000) / 1000.0 : 1;
        const double d = (1 - b) * (test_random_below(&r, 3) / 2.0);

        own[v] = (CpsfOpinion){b, d, 1 - b - d};
    }
    return own;
}

/* What a plan fails in one block and plane; to be freed with free(). */
static CpsfLanes *
sweep(const CpsfWorldsPlan *plan,
      const CpsfOpinion *own,
      const CpsfWorldsKernel *kernel,
      int plane,
      uint64_t block)
{
    const CpsfWorldsChance chance = {.seed = cpsf_chance_seed(7), .block = block};
    CpsfLanes *words = test_lanes_new(plan->graph.n);
    CpsfWorldsFailures failures = {0};
    CpsfWorldsRoom room = {0};

    cr_assert(cpsf_worlds_failures_init(&failures, plan, own, NULL));
    cr_assert(cpsf_worlds_room_init(&room, plan, NULL));
    const CpsfWorldsOwn fail = cpsf_worlds_failures_of(&failures, plan, plane);

    kernel->fill(plan->graph.n, &fail, &chance, &room.work);
    if (room.work.n_live > 0)
        kernel->sweep(&plan->graph, &chance, &room.work);
    memcpy(words, room.work.words, (size_t) plan->graph.n * sizeof *words);
    cpsf_worlds_room_clear(&room);
    cpsf_worlds_failures_clear(&failures);
    return words;
}

/* How many vertices of the part fail in some world. */
static int
expect_same_worlds(const TestPlan *whole,
                   const CpsfWorldsPlan *part,
                   const CpsfVertexSet *set,
                   const CpsfOpinion *own)
{
    int n_failing = 0;

    for (int k = 0; test_worlds_kernel(k) != NULL; k++)
        for (int i = 0; i < 6; i++) {
            const CpsfWorldsKernel *kernel = test_worlds_kernel(k);
            CpsfLanes *all = sweep(whole->plan, own, kernel, i % 2, (uint64_t) i / 2 * 1000);
            CpsfLanes *some = sweep(part, own, kernel, i % 2, (uint64_t) i / 2 * 1000);

            for (int32_t v = 0; v < set->n; v++) {
                cr_assert(memcmp(&some[v], &all[set->items[v]], sizeof *all) == 0,
                          "%s kernel, vertex %d", kernel->name, v);
                for (int w = 0; w < CPSF_N_LANE_WORDS; w++)
                    n_failing += some[v].word[w] != 0;
            }
            free(all);
            free(some);
        }
    return n_failing;
}

/* The lines of @whole about vertices of @set, which is what its part says. */
static void
expect_same_lines(const CpsfWorldsPlan *whole,
                  const CpsfWorldsPlan *part,
                  const CpsfVertexSet *set,
                  gboolean exact)
{
    g_autoptr(GPtrArray) found = test_plan_describe(part, exact);
    g_autoptr(GPtrArray) all = test_plan_describe(whole, exact);
    g_autoptr(GPtrArray) wanted = g_ptr_array_new();
    g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal);
    const CpsfWorldsGraph *g = &whole->graph;

    for (int32_t i = 0; i < set->n; i++)
        for (int32_t m = g->member_start[set->items[i]]; m < g->member_start[set->items[i] + 1];
             m++)
            g_hash_table_add(names,
                             (char *) cpsf_graph_get_key(whole->snapshot->graph, g->members[m]));
    for (guint i = 0; i < all->len; i++) {
        g_auto(GStrv) words = g_strsplit(all->pdata[i], " ", -1);
        const gboolean is_edge = strcmp(words[2], ">") == 0;

        if (g_hash_table_contains(names, words[is_edge ? 3 : 1]))
            g_ptr_array_add(wanted, all->pdata[i]);
    }
    cr_assert(test_lines_are_same(found, wanted));
}

/* One to three nodes, whether they hold or not. */
static void
draw_set(const TestPlan *self, uint64_t *r, CpsfVertexSet *set)
{
    int32_t nodes[3];
    const int n = 1 + (int) test_random_below(r, 3);

    for (int i = 0; i < n; i++)
        nodes[i] = (int32_t) test_random_below(r, (uint32_t) self->graph->n_nodes);
    cr_assert(cpsf_worlds_vertices_of(self->plan, nodes, n, set, NULL));
}

/* What random parts must have had among them, or they prove little. */
typedef struct {
    int smaller, knots, gates;
} Seen;

static void
check_part(const TestPlan *whole, const CpsfVertexSet *set, gboolean exact, uint64_t seed, Seen *s)
{
    g_autoptr(CpsfWorldsPlan) part = cpsf_worlds_plan_restrict(whole->plan, set, NULL);
    g_autofree CpsfOpinion *own = draw_opinions(whole->graph, seed);

    cr_assert(part != NULL);
    cr_assert(eq(int, part->graph.n, set->n));
    test_plan_check(part);
    expect_same_lines(whole->plan, part, set, exact);
    for (int32_t i = 0; i < set->n; i++)
        cr_assert(eq(int, part->graph.member_start[i + 1] - part->graph.member_start[i],
                     whole->plan->graph.member_start[set->items[i] + 1] -
                         whole->plan->graph.member_start[set->items[i]]));
    if (exact || expect_same_worlds(whole, part, set, own) == 0 || set->n == whole->plan->graph.n)
        return;
    s->smaller++;
    s->knots += part->graph.n_knots > 0;
    for (int32_t v = 0; v < part->graph.n; v++)
        s->gates +=
            part->graph.extra[v] >= 0 && part->graph.gate_start[part->graph.extra[v]] <
                                             part->graph.gate_start[part->graph.extra[v] + 1];
}

/* A part fails in the very worlds of the whole, bit for bit. */
Test(worlds_part, parts_fail_as_the_whole_does, .timeout = 120)
{
    Seen seen = {0};

    for (uint64_t seed = 0; seed < 240; seed++) {
        const gboolean exact = seed % 4 == 0;
        g_autoptr(TestPlan) whole = test_plan_draw(seed, exact);
        CpsfVertexSet set = {0};
        uint64_t r = seed;

        draw_set(whole, &r, &set);
        cr_assert(cpsf_worlds_add_upstream(whole->plan, &set, NULL));
        check_part(whole, &set, exact, seed, &seen);
        cpsf_vertex_set_clear(&set);
    }
    cr_expect(seen.smaller >= 60, "%d", seen.smaller);
    cr_expect(seen.knots >= 20, "%d", seen.knots);
    cr_expect(seen.gates >= 50, "%d", seen.gates);
}

/* A part of a part, and the part that is everything. */
Test(worlds_part, parts_of_parts)
{
    for (uint64_t seed = 0; seed < 60; seed++) {
        g_autoptr(TestPlan) whole = test_plan_draw(seed, FALSE);
        CpsfVertexSet all = {g_new(int32_t, whole->plan->graph.n), whole->plan->graph.n};
        CpsfVertexSet set = {0};
        CpsfVertexSet inner = {0};
        Seen seen = {0};
        uint64_t r = seed + 1000;

        for (int32_t v = 0; v < all.n; v++)
            all.items[v] = v;
        check_part(whole, &all, FALSE, seed, &seen);
        draw_set(whole, &r, &set);
        cr_assert(cpsf_worlds_add_upstream(whole->plan, &set, NULL));

        g_autoptr(CpsfWorldsPlan) part = cpsf_worlds_plan_restrict(whole->plan, &set, NULL);
        TestPlan outer = *whole;

        outer.plan = part;
        draw_set(&outer, &r, &inner); /* most nodes have no vertex there */
        cr_assert(cpsf_worlds_add_upstream(part, &inner, NULL));
        check_part(&outer, &inner, FALSE, seed, &seen);
        cpsf_vertex_set_clear(&all);
        cpsf_vertex_set_clear(&set);
        cpsf_vertex_set_clear(&inner);
    }
}

/* ---- sets ---- */

/* A square of n bits: whether one may fail because of the other. */
typedef struct {
    int32_t n;
    uint8_t *bit;
} Square;

static uint8_t *
at(const Square *self, int32_t from, int32_t to)
{
    return &self->bit[(size_t) from * (size_t) self->n + (size_t) to];
}

static void
close_square(Square *self)
{
    for (int32_t k = 0; k < self->n; k++)
        for (int32_t i = 0; i < self->n; i++)
            for (int32_t j = 0; *at(self, i, k) && j < self->n; j++)
                *at(self, i, j) |= *at(self, k, j);
}

/* All that the arrays of a plan say, knots being whole. */
static Square
square_of_plan(const CpsfWorldsPlan *plan)
{
    const CpsfWorldsGraph *g = &plan->graph;
    Square self = {g->n, g_new0(uint8_t, (size_t) g->n * (size_t) g->n + 1)};

    for (int32_t v = 0; v < g->n; v++) {
        const int32_t x = g->extra[v];

        *at(&self, v, v) = 1;
        for (int64_t e = g->in_start[v]; e < g->in_start[v + 1]; e++)
            *at(&self, g->in_tail[e], v) = 1;
        for (int64_t e = x < 0 ? 0 : g->chance_start[x]; x >= 0 && e < g->chance_start[x + 1]; e++)
            *at(&self, g->chance_tail[e], v) = 1;
        for (int32_t k = x < 0 ? 0 : g->gate_start[x]; x >= 0 && k < g->gate_start[x + 1]; k++)
            for (int64_t e = g->gate_edge_start[k]; e < g->gate_edge_start[k + 1]; e++)
                *at(&self, g->gate_tail[e], v) = 1;
    }
    for (int32_t k = 0; k < g->n_knots; k++)
        for (int32_t u = g->knot_start[k]; u < g->knot_end[k]; u++)
            for (int32_t v = g->knot_start[k]; v < g->knot_end[k]; v++)
                *at(&self, u, v) = 1;
    close_square(&self);
    return self;
}

/* The edges of a snapshot, between vertices. */
static Square
square_of_snapshot(const CpsfSnapshot *s, const CpsfWorldsPlan *plan)
{
    const CpsfWorldsGraph *g = &plan->graph;
    Square self = {g->n, g_new0(uint8_t, (size_t) g->n * (size_t) g->n + 1)};

    for (int32_t v = 0; v < s->out.n; v++)
        for (int64_t e = s->out.offsets[v]; e < s->out.offsets[v + 1]; e++)
            *at(&self, g->vertex_of[v], g->vertex_of[s->out.heads[e]]) = 1;
    for (int32_t v = 0; v < g->n; v++)
        *at(&self, v, v) = 1;
    close_square(&self);
    return self;
}

/* @set was closed over @square, downstream or upstream, beginning with @start. */
static void
expect_closed(const CpsfVertexSet *set,
              const CpsfVertexSet *start,
              const Square *square,
              gboolean downstream)
{
    int32_t k = 0;

    for (int32_t v = 0; v < square->n; v++) {
        gboolean is_in = FALSE;

        for (int32_t i = 0; i < start->n; i++)
            is_in |= downstream ? *at(square, start->items[i], v) : *at(square, v, start->items[i]);
        if (!is_in)
            continue;
        cr_assert(k < set->n, "vertex %d is missing", v);
        cr_assert(eq(int, set->items[k++], v));
    }
    cr_assert(eq(int, k, set->n));
}

Test(worlds_part, sets_are_closed, .timeout = 120)
{
    for (uint64_t seed = 0; seed < 300; seed++) {
        g_autoptr(TestPlan) found = test_plan_draw(seed, FALSE);
        Square up = square_of_plan(found->plan);
        Square down = square_of_snapshot(found->snapshot, found->plan);
        uint64_t r = seed;

        for (int i = 0; i < 4; i++) {
            CpsfVertexSet start = {0};
            CpsfVertexSet set = {0};

            draw_set(found, &r, &start);
            for (int downstream = 0; downstream < 2; downstream++) {
                set = (CpsfVertexSet){g_memdup2(start.items, (size_t) start.n * 4), start.n};
                cr_assert(downstream ? cpsf_worlds_add_downstream(found->plan, &set, NULL)
                                     : cpsf_worlds_add_upstream(found->plan, &set, NULL));
                expect_closed(&set, &start, downstream ? &down : &up, downstream);
                cpsf_vertex_set_clear(&set);
            }
            cpsf_vertex_set_clear(&start);
        }
        g_free(up.bit);
        g_free(down.bit);
    }
}

Test(worlds_part, vertices_of_nodes)
{
    for (uint64_t seed = 0; seed < 100; seed++) {
        g_autoptr(TestPlan) found = test_plan_draw(seed, FALSE);
        const int32_t n = found->graph->n_nodes;
        g_autofree int32_t *nodes = g_new(int32_t, 2 * n);
        CpsfVertexSet set = {0};

        for (int32_t v = 0; v < 2 * n; v++) /* each twice, backwards */
            nodes[v] = n - 1 - v % n;
        cr_assert(cpsf_worlds_vertices_of(found->plan, nodes, 2 * n, &set, NULL));
        cr_assert(eq(int, set.n, found->plan->graph.n));
        for (int32_t i = 0; i < set.n; i++)
            cr_assert(eq(int, set.items[i], i));
        cpsf_vertex_set_clear(&set);
        cr_assert(cpsf_worlds_vertices_of(found->plan, nodes, 0, &set, NULL));
        cr_assert(eq(int, set.n, 0));
        cpsf_vertex_set_clear(&set);
    }
}

/* ---- larger graphs, and memory ---- */

/* Every edge of a group that nobody declares, if it is @grouped. */
static CpsfSnapshot *
generate(TestGraphShape shape, int32_t n, int64_t m, gboolean grouped)
{
    g_autoptr(TestGraph) generated = test_graph_new(shape, n, m, 3);
    CpsfGraphBuilder *builder =
        test_graph_build(generated, CPSF_KIND_COMPANY, CPSF_RELATION_SUPPLIES);
    CpsfStr group = 0;

    cr_assert(cpsf_strtab_add(cpsf_graph_builder_get_strings(builder), "g", 1, &group, NULL));

    g_autoptr(CpsfGraph) graph = cpsf_graph_builder_freeze(builder, NULL);

    for (int64_t i = 0; grouped && i < graph->edges.n; i++)
        graph->edges.items[i].group = group;
    return cpsf_graph_snapshot(graph, TEST_SUPPLY_AT, NULL);
}

static CpsfPolicy *
policy_with(double criticality)
{
    g_autofree char *text = g_strdup_printf("<policy xmlns='urn:libcpsf:policy:1' name='one'>"
                                            "<relations><relation name='supplies' "
                                            "criticality='%.2f'/></relations></policy>",
                                            criticality);
    CpsfPolicy *policy = test_policy_from_text(text, NULL);

    cr_assert(policy != NULL);
    return policy;
}

Test(worlds_part, larger_graphs_stand_in_order)
{
    for (int i = 0; i < 12; i++) {
        const TestGraphShape shape = (TestGraphShape) (i % 3);
        g_autoptr(CpsfSnapshot) snapshot =
            generate(shape, 3000, shape == TEST_GRAPH_RANDOM ? 4000 : 12000, i % 4 == 3);
        g_autoptr(CpsfPolicy) policy = policy_with(i % 2 == 0 ? 1 : 0.5);
        g_autoptr(CpsfWorldsPlan) plan = cpsf_worlds_plan_new(snapshot, policy, FALSE, NULL);

        test_plan_check(plan);
        cr_expect(eq(int, plan->n_members, 3000));
        if (shape == TEST_GRAPH_COMPANY && i % 2 == 0)
            cr_expect(plan->graph.n <= 1501, "%d", plan->graph.n); /* half are one circle */
    }
}

/* A long chain and a long ring do not go deep. */
Test(worlds_part, long_chains)
{
    enum { LENGTH = 200000 };
    for (int ring = 0; ring < 2; ring++) {
        g_autoptr(TestGraph) generated = test_graph_new(TEST_GRAPH_RANDOM, LENGTH, LENGTH, 1);

        for (int32_t i = 0; i < LENGTH; i++) {
            generated->from[i] = i;
            generated->to[i] = i + 1 < LENGTH || ring ? (i + 1) % LENGTH : i;
        }

        g_autoptr(CpsfGraph) graph = cpsf_graph_builder_freeze(
            test_graph_build(generated, CPSF_KIND_COMPANY, CPSF_RELATION_SUPPLIES), NULL);
        g_autoptr(CpsfSnapshot) snapshot = cpsf_graph_snapshot(graph, 0, NULL);
        g_autoptr(CpsfPolicy) certain = policy_with(1);
        g_autoptr(CpsfPolicy) half = policy_with(0.5);
        g_autoptr(CpsfWorldsPlan) tied = cpsf_worlds_plan_new(snapshot, certain, FALSE, NULL);
        g_autoptr(CpsfWorldsPlan) loose = cpsf_worlds_plan_new(snapshot, half, FALSE, NULL);

        cr_expect(eq(int, tied->graph.n, ring ? 1 : LENGTH));
        cr_expect(eq(int, loose->graph.n, LENGTH));
        cr_expect(eq(int, loose->graph.n_knots, ring));
    }
}

static size_t
size_of_plan(const CpsfWorldsPlan *plan)
{
    const CpsfWorldsGraph *g = &plan->graph;
    const void *arrays[] = {
        g->in_start,     g->in_tail,   g->extra,      g->chance_start, g->gate_start,
        g->chance_tail,  g->chance_p,  g->chance_key, g->gate_need,    g->gate_edge_start,
        g->gate_tail,    g->gate_p,    g->gate_key,   g->knot_start,   g->knot_end,
        g->member_start, g->members,   g->vertex_of,  plan->key,       plan->is_short,
        plan->chance_c,  plan->gate_c,
    };
    size_t size = 0;

    for (size_t i = 0; i < G_N_ELEMENTS(arrays); i++)
        size += malloc_usable_size((void *) arrays[i]);
    return size;
}

/* With the rooms of two threads, 200 bytes a node and 24 an edge are enough, whatever edges are. */
Test(worlds_part, memory, .timeout = 120)
{
    const int32_t n = 100000;
    const int64_t m = 1000000;

    for (int i = 0; i < 8; i++) {
        g_autoptr(CpsfSnapshot) snapshot =
            generate(i % 2 == 0 ? TEST_GRAPH_SOFTWARE : TEST_GRAPH_COMPANY, n, m, i >= 4);
        g_autoptr(CpsfPolicy) policy = policy_with(i / 2 % 2 == 0 ? 1 : 0.5);
        g_autoptr(CpsfWorldsPlan) plan = cpsf_worlds_plan_new(snapshot, policy, FALSE, NULL);
        size_t size = size_of_plan(plan);

        for (int thread = 0; thread < 2; thread++) {
            CpsfWorldsRoom room = {0};

            cr_assert(cpsf_worlds_room_init(&room, plan, NULL));
            size += malloc_usable_size(room.memory) + malloc_usable_size(room.work.live) +
                    malloc_usable_size(room.work.dirty);
            cpsf_worlds_room_clear(&room);
        }
        cr_log_info("graph %d: %zu bytes, %d vertices", i, size, plan->graph.n);
        cr_expect(size <= (size_t) n * 200 + (size_t) snapshot->out.m * 24, "graph %d: %zu bytes",
                  i, size);
    }
}

/* ---- nothing, and no memory ---- */

Test(worlds_part, of_nothing)
{
    g_autoptr(TestSupply) supply = test_supply_new();
    g_autoptr(TestPlan) found = test_plan_new(supply, TEST_SUPPLY_AT, FALSE);
    CpsfVertexSet set = {0};

    cr_expect(eq(int, found->plan->graph.n, 0));
    cr_assert(cpsf_worlds_vertices_of(found->plan, NULL, 0, &set, NULL));
    cr_assert(cpsf_worlds_add_upstream(found->plan, &set, NULL));
    cr_assert(cpsf_worlds_add_downstream(found->plan, &set, NULL));
    g_autoptr(CpsfWorldsPlan) part = cpsf_worlds_plan_restrict(found->plan, &set, NULL);

    cr_assert(part != NULL);
    cr_expect(eq(int, part->graph.n, 0));
    cpsf_vertex_set_clear(&set);
}

/* A plan, a closed set of it, and the part that it is. */
static gboolean
do_everything(const TestPlan *like, gboolean exact, GError **error)
{
    g_autoptr(CpsfWorldsPlan) plan =
        cpsf_worlds_plan_new(like->snapshot, like->policy, exact, error);
    g_autoptr(CpsfWorldsPlan) part = NULL;
    CpsfVertexSet set = {0};
    const int32_t node = like->graph->n_nodes / 2;

    if (plan == NULL)
        return FALSE;
    if (cpsf_worlds_vertices_of(plan, &node, 1, &set, error) &&
        cpsf_worlds_add_downstream(plan, &set, error) &&
        cpsf_worlds_add_upstream(plan, &set, error))
        part = cpsf_worlds_plan_restrict(plan, &set, error);
    cpsf_vertex_set_clear(&set);
    return part != NULL;
}

static void
fail_everywhere(const TestPlan *like, gboolean exact, void (*fail)(int64_t count))
{
    gboolean is_done = FALSE;
    int failures = 0;

    for (int64_t n = 0; !is_done; n++) {
        g_autoptr(GError) error = NULL;

        fail(n);
        is_done = do_everything(like, exact, &error);
        cpsf_mem_fail_after(-1);
        failures += !is_done;
        cr_assert(is_done == (error == NULL), "allocation %d", (int) n);
        cr_assert(is_done || error->code == CPSF_ERROR_NO_MEMORY);
        cr_assert(n < 1000);
    }
    cr_expect(failures >= 40, "%d", failures);
}

Test(worlds_part, survives_every_allocation_failure)
{
    for (uint64_t seed = 40; seed < 46; seed++) {
        g_autoptr(TestSupply) supply = test_supply_draw(seed, 50, INFINITY);
        g_autoptr(TestPlan) found = test_plan_new(supply, TEST_SUPPLY_AT, FALSE);

        fail_everywhere(found, FALSE, cpsf_mem_fail_after);
        fail_everywhere(found, FALSE, cpsf_mem_fail_once);
        fail_everywhere(found, TRUE, cpsf_mem_fail_after);
        fail_everywhere(found, TRUE, cpsf_mem_fail_once);
    }
}
