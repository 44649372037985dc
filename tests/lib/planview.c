/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "config.h"

#include "planview.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cpsf-hash-private.h"
#include "cpsf-time-private.h"

TestPlan *
test_plan_new(const TestSupply *supply, CpsfTime at, gboolean exact)
{
    TestPlan *self = g_new0(TestPlan, 1);

    self->graph = test_supply_freeze(supply, 0);
    self->policy = test_supply_policy();
    self->snapshot = cpsf_graph_snapshot(self->graph, at, NULL);
    cr_assert_not_null(self->snapshot);
    self->plan = cpsf_worlds_plan_new(self->snapshot, self->policy, exact, NULL);
    cr_assert_not_null(self->plan);
    return self;
}

TestPlan *
test_plan_draw(uint64_t seed, gboolean exact)
{
    const int n = 2 + (int) (seed * 7 % 59);
    g_autoptr(TestSupply) supply = test_supply_draw(seed, n, seed % 3 > 0 ? (double) INFINITY : 64);

    return test_plan_new(supply, seed % 2 > 0 ? TEST_SUPPLY_AT : TEST_SUPPLY_LATER, exact);
}

void
test_plan_free(TestPlan *self)
{
    cpsf_worlds_plan_unref(self->plan);
    cpsf_snapshot_unref(self->snapshot);
    cpsf_policy_unref(self->policy);
    cpsf_graph_unref(self->graph);
    g_free(self);
}

int32_t
test_plan_vertex(const TestPlan *self, const char *key)
{
    const int32_t node = cpsf_graph_find_node(self->graph, key);

    cr_assert(node >= 0, "%s", key);
    return self->plan->graph.vertex_of[node];
}

static int
compare_lines(const void *left, const void *right)
{
    return strcmp(*(const char *const *) left, *(const char *const *) right);
}

static void
add_line(GPtrArray *lines, GString *line)
{
    g_ptr_array_add(lines, g_string_free(line, FALSE));
}

static GPtrArray *
lines_new(void)
{
    return g_ptr_array_new_with_free_func(g_free);
}

/* Sorts them; of several `always` that are the same one stays. */
static GPtrArray *
lines_finish(GPtrArray *lines)
{
    g_ptr_array_sort(lines, compare_lines);
    for (guint i = 1; i < lines->len;)
        if (g_str_has_prefix(lines->pdata[i], "always ") &&
            strcmp(lines->pdata[i - 1], lines->pdata[i]) == 0)
            g_ptr_array_remove_index(lines, i);
        else
            i++;
    return lines;
}

/* The strings of @items, sorted, one blank before each. */
static void
append_sorted(GString *line, GPtrArray *items)
{
    g_ptr_array_sort(items, compare_lines);
    for (guint i = 0; i < items->len; i++)
        g_string_append_printf(line, " %s", (const char *) items->pdata[i]);
}

gboolean
test_lines_are_same(const GPtrArray *found, const GPtrArray *wanted)
{
    for (guint i = 0; i < MAX(found->len, wanted->len); i++) {
        const char *a = i < found->len ? found->pdata[i] : "(end)";
        const char *b = i < wanted->len ? wanted->pdata[i] : "(end)";

        if (strcmp(a, b) != 0) {
            fprintf(stderr, "found  %s\nwanted %s\n", a, b);
            return FALSE;
        }
    }
    return TRUE;
}

/* ---- what a plan says ---- */

static const char *
key_of(const CpsfSnapshot *snapshot, int32_t node)
{
    return cpsf_graph_get_key(snapshot->graph, node);
}

static const char *
name_of(const CpsfWorldsPlan *plan, int32_t v)
{
    const CpsfWorldsGraph *g = &plan->graph;
    const char *first = key_of(plan->snapshot, g->members[g->member_start[v]]);

    for (int32_t i = g->member_start[v]; i < g->member_start[v + 1]; i++) {
        const char *key = key_of(plan->snapshot, g->members[i]);

        first = strcmp(key, first) < 0 ? key : first;
    }
    return first;
}

static void
describe_vertex(const CpsfWorldsPlan *plan, int32_t v, GPtrArray *lines)
{
    const CpsfWorldsGraph *g = &plan->graph;
    g_autoptr(GPtrArray) members = lines_new();
    GString *line = g_string_new(NULL);

    for (int32_t i = g->member_start[v]; i < g->member_start[v + 1]; i++) {
        const gboolean is_short = plan->is_short != NULL && plan->is_short[i];

        g_ptr_array_add(
            members, g_strconcat(key_of(plan->snapshot, g->members[i]), is_short ? "!" : "", NULL));
    }
    g_string_printf(line, "vertex %s =", name_of(plan, v));
    append_sorted(line, members);
    add_line(lines, line);
}

static char *
chance_text(gboolean exact, double c, uint32_t p)
{
    return exact ? g_strdup_printf("%a", c) : g_strdup_printf("%u", p);
}

static void
describe_gate(const CpsfWorldsPlan *plan, int32_t v, int32_t gate, gboolean exact, GPtrArray *lines)
{
    const CpsfWorldsGraph *g = &plan->graph;
    g_autoptr(GPtrArray) tails = lines_new();
    GString *line = g_string_new(NULL);

    for (int64_t e = g->gate_edge_start[gate]; e < g->gate_edge_start[gate + 1]; e++) {
        g_autofree char *p = chance_text(exact, exact ? plan->gate_c[e] : 0, g->gate_p[e]);

        g_ptr_array_add(tails, g_strdup_printf("%s:%s", name_of(plan, g->gate_tail[e]),
                                               g->gate_p[e] == 0 ? "always" : p));
    }
    g_string_printf(line, "gate %s at %d of", name_of(plan, v), g->gate_need[gate]);
    append_sorted(line, tails);
    add_line(lines, line);
}

static void
describe_edges(const CpsfWorldsPlan *plan, int32_t v, gboolean exact, GPtrArray *lines)
{
    const CpsfWorldsGraph *g = &plan->graph;
    const int32_t x = g->extra[v];

    for (int64_t e = g->in_start[v]; e < g->in_start[v + 1]; e++)
        g_ptr_array_add(lines, g_strdup_printf("always %s > %s", name_of(plan, g->in_tail[e]),
                                               name_of(plan, v)));
    for (int64_t e = x < 0 ? 0 : g->chance_start[x]; x >= 0 && e < g->chance_start[x + 1]; e++) {
        g_autofree char *p = chance_text(exact, exact ? plan->chance_c[e] : 0, g->chance_p[e]);

        g_ptr_array_add(lines,
                        g_strdup_printf("chance %s > %s by %s", name_of(plan, g->chance_tail[e]),
                                        name_of(plan, v), p));
    }
    for (int32_t i = x < 0 ? 0 : g->gate_start[x]; x >= 0 && i < g->gate_start[x + 1]; i++)
        describe_gate(plan, v, i, exact, lines);
}

GPtrArray *
test_plan_describe(const CpsfWorldsPlan *plan, gboolean exact)
{
    GPtrArray *lines = lines_new();

    for (int32_t v = 0; v < plan->graph.n; v++) {
        describe_vertex(plan, v, lines);
        describe_edges(plan, v, exact, lines);
    }
    return lines_finish(lines);
}

/* ---- what it has to say ---- */

enum { MAX_NODES = 64 };

typedef struct {
    const CpsfSnapshot *snapshot;
    const CpsfPolicy *policy;
    gboolean exact;
    gboolean *is_gated;        /* of each edge of snapshot->out */
    uint64_t reach[MAX_NODES]; /* over edges felt always; bits are nodes */
    uint64_t together[MAX_NODES];
    gboolean is_short[MAX_NODES];
    GPtrArray *lines;
} Letter;

static const CpsfEdgeRow *
row_of(const Letter *self, int64_t e)
{
    return &self->snapshot->graph->edges.items[self->snapshot->out_row[e]];
}

static double
criticality_of(const Letter *self, int64_t e)
{
    const CpsfEdgeRow *row = row_of(self, e);

    return isnan(row->criticality) ? self->policy->relations[row->relation].criticality
                                   : row->criticality;
}

/* The chance as it counts: rounded, unless exact. */
static double
chance_of(const Letter *self, int64_t e)
{
    const double c = criticality_of(self, e);

    return self->exact ? c : floor(c * 0x1p32 + 0.5) * 0x1p-32;
}

static char *
chance_of_as_text(const Letter *self, int64_t e)
{
    return self->exact ? g_strdup_printf("%a", criticality_of(self, e))
                       : g_strdup_printf("%.0f", chance_of(self, e) * 0x1p32);
}

static const char *
name_together(const Letter *self, int32_t node)
{
    return key_of(self->snapshot, __builtin_ctzll(self->together[node])); /* keys ascend */
}

/* The edges into @node with this group. */
static GArray *
members_of(const Letter *self, int32_t node, CpsfStr group)
{
    const CpsfSnapshot *s = self->snapshot;
    GArray *edges = g_array_new(FALSE, FALSE, sizeof(int64_t));

    for (int64_t e = 0; e < s->out.m; e++)
        if (s->out.heads[e] == node && row_of(self, e)->group == group)
            g_array_append_val(edges, e);
    return edges;
}

/* k of a group; 0 = it is not declared. */
static int
declared_need(const Letter *self, int32_t node, CpsfStr group)
{
    const CpsfGraph *graph = self->snapshot->graph;

    for (int64_t i = 0; i < graph->groups.n; i++) {
        const CpsfGroupRow *row = &graph->groups.items[i];

        if ((int32_t) row->node == node && row->name == group &&
            cpsf_interval_holds(row->valid, self->snapshot->at))
            return row->need;
    }
    return 0;
}

/* How many failures open a group of @n edges of which @k are needed. */
static int
opens_at(int n, int k)
{
    return MAX(n, k) - k + 1;
}

static void
find_gated(Letter *self)
{
    for (int64_t e = 0; e < self->snapshot->out.m; e++) {
        const CpsfStr group = row_of(self, e)->group;
        const int32_t node = self->snapshot->out.heads[e];
        g_autoptr(GArray) members = members_of(self, node, group);
        const int k = MAX(declared_need(self, node, group), 1);

        self->is_gated[e] = group != 0 && opens_at((int) members->len, k) > 1;
        self->is_short[node] |= group != 0 && (int) members->len < k;
    }
    for (int64_t i = 0; i < self->snapshot->graph->groups.n; i++) {
        const CpsfGroupRow *row = &self->snapshot->graph->groups.items[i];
        const int32_t node = (int32_t) row->node;
        g_autoptr(GArray) members = members_of(self, node, row->name);

        self->is_short[node] |= self->snapshot->holds[node] && members->len == 0 &&
                                declared_need(self, node, row->name) > 0;
    }
}

static void
find_together(Letter *self)
{
    const CpsfSnapshot *s = self->snapshot;
    const int32_t n = s->out.n;

    cr_assert(n <= MAX_NODES);
    for (int32_t v = 0; v < n; v++)
        self->reach[v] = UINT64_C(1) << v;
    for (int64_t e = 0; e < s->out.m; e++)
        if (!self->is_gated[e] && chance_of(self, e) >= 1)
            self->reach[row_of(self, e)->from] |= UINT64_C(1) << s->out.heads[e];
    for (int32_t k = 0; k < n; k++) /* Warshall */
        for (int32_t v = 0; v < n; v++)
            if (self->reach[v] >> k & 1)
                self->reach[v] |= self->reach[k];
    for (int32_t v = 0; v < n; v++)
        for (int32_t u = 0; u < n; u++)
            if (self->reach[v] >> u & 1 && self->reach[u] >> v & 1)
                self->together[v] |= UINT64_C(1) << u;
}

static void
expect_vertices(Letter *self)
{
    for (int32_t v = 0; v < self->snapshot->out.n; v++) {
        if (!self->snapshot->holds[v] || __builtin_ctzll(self->together[v]) != v)
            continue;

        GString *line = g_string_new(NULL);

        g_string_printf(line, "vertex %s =", key_of(self->snapshot, v));
        for (int32_t u = 0; u < self->snapshot->out.n; u++)
            if (self->together[v] >> u & 1)
                g_string_append_printf(line, " %s%s", key_of(self->snapshot, u),
                                       self->is_short[u] ? "!" : "");
        add_line(self->lines, line);
    }
}

static void
expect_required(Letter *self)
{
    for (int64_t e = 0; e < self->snapshot->out.m; e++) {
        const int32_t from = (int32_t) row_of(self, e)->from;
        const int32_t to = self->snapshot->out.heads[e];
        const char *tail = name_together(self, from);
        const char *head = name_together(self, to);
        g_autofree char *p = chance_of_as_text(self, e);
        GString *line = NULL;

        if (self->is_gated[e] || chance_of(self, e) <= 0 || self->together[from] >> to & 1)
            continue;
        line = g_string_new(NULL);
        if (chance_of(self, e) >= 1)
            g_string_printf(line, "always %s > %s", tail, head);
        else
            g_string_printf(line, "chance %s > %s by %s", tail, head, p);
        add_line(self->lines, line);
    }
}

/* The gate of the group that edge @e is in, if @e is the first of it. */
static void
expect_gate(Letter *self, int64_t e)
{
    const int32_t node = self->snapshot->out.heads[e];
    const CpsfStr group = row_of(self, e)->group;
    g_autoptr(GArray) members = members_of(self, node, group);
    g_autoptr(GPtrArray) tails = lines_new();
    const int need = opens_at((int) members->len, MAX(declared_need(self, node, group), 1));

    if (g_array_index(members, int64_t, 0) != e)
        return;
    for (guint i = 0; i < members->len; i++) {
        const int64_t member = g_array_index(members, int64_t, i);
        const int32_t from = (int32_t) row_of(self, member)->from;
        g_autofree char *p = chance_of_as_text(self, member);

        if (chance_of(self, member) > 0 && (self->together[from] >> node & 1) == 0)
            g_ptr_array_add(tails, g_strdup_printf("%s:%s", name_together(self, from),
                                                   chance_of(self, member) >= 1 ? "always" : p));
    }
    if ((int) tails->len < need) /* too few can ever count */
        return;

    GString *line = g_string_new(NULL);

    g_string_printf(line, "gate %s at %d of", name_together(self, node), need);
    append_sorted(line, tails);
    add_line(self->lines, line);
}

GPtrArray *
test_plan_expect(const CpsfSnapshot *snapshot, const CpsfPolicy *policy, gboolean exact)
{
    Letter self = {.snapshot = snapshot, .policy = policy, .exact = exact};

    self.is_gated = g_new0(gboolean, snapshot->out.m + 1);
    self.lines = lines_new();
    find_gated(&self);
    find_together(&self);
    expect_vertices(&self);
    expect_required(&self);
    for (int64_t e = 0; e < snapshot->out.m; e++)
        if (self.is_gated[e])
            expect_gate(&self, e);
    g_free(self.is_gated);
    return lines_finish(self.lines);
}

/* ---- what every plan keeps to ---- */

static void
check_members(const CpsfWorldsPlan *plan)
{
    const CpsfWorldsGraph *g = &plan->graph;
    int32_t met = 0;

    cr_assert(g->member_start[0] == 0);
    cr_assert(g->member_start[g->n] == plan->n_members);
    for (int32_t v = 0; v < g->n; v++) {
        cr_assert(g->member_start[v] < g->member_start[v + 1]);
        for (int32_t i = g->member_start[v]; i < g->member_start[v + 1]; i++) {
            const int32_t node = g->members[i];
            const char *key = key_of(plan->snapshot, node);
            const CpsfHash128 hash = cpsf_hash_fixed(key, strlen(key));

            cr_assert(plan->snapshot->holds[node]);
            cr_assert(g->vertex_of[node] == v);
            cr_assert(plan->key[i].low == hash.low && plan->key[i].high == hash.high);
        }
    }
    for (int32_t node = 0; node < plan->snapshot->out.n; node++)
        met += g->vertex_of[node] >= 0;
    cr_assert(met == plan->n_members);
}

/* The number of the knot that each vertex is in, from 1; 0 = none. */
static int32_t *
check_knots(const CpsfWorldsPlan *plan)
{
    const CpsfWorldsGraph *g = &plan->graph;
    int32_t *knot = g_new0(int32_t, (size_t) g->n + 1);

    for (int32_t k = 0; k < g->n_knots; k++) {
        cr_assert(g->knot_start[k] >= (k > 0 ? g->knot_end[k - 1] : 0));
        cr_assert(g->knot_end[k] - g->knot_start[k] >= 2);
        cr_assert(g->knot_end[k] <= g->n);
        for (int32_t v = g->knot_start[k]; v < g->knot_end[k]; v++)
            knot[v] = k + 1;
    }
    return knot;
}

/* An edge from @tail to @v. */
static void
check_edge(const CpsfWorldsPlan *plan, const int32_t *knot, int32_t tail, int32_t v)
{
    const gboolean in_knot = knot[v] != 0 && knot[tail] == knot[v];

    cr_assert(tail >= 0 && tail < plan->graph.n);
    cr_assert(tail != v);
    cr_assert(in_knot || tail < v, "%s runs back to %s", name_of(plan, tail), name_of(plan, v));
}

static void
check_extra(const CpsfWorldsPlan *plan, const int32_t *knot, int32_t v)
{
    const CpsfWorldsGraph *g = &plan->graph;
    const int32_t x = g->extra[v];

    for (int64_t e = g->chance_start[x]; e < g->chance_start[x + 1]; e++) {
        check_edge(plan, knot, g->chance_tail[e], v);
        cr_assert(plan->chance_c != NULL || g->chance_p[e] > 0);
    }
    for (int32_t gate = g->gate_start[x]; gate < g->gate_start[x + 1]; gate++) {
        const int64_t n = g->gate_edge_start[gate + 1] - g->gate_edge_start[gate];

        cr_assert(g->gate_need[gate] >= 2);
        cr_assert(g->gate_need[gate] <= n);
        for (int64_t e = g->gate_edge_start[gate]; e < g->gate_edge_start[gate + 1]; e++)
            check_edge(plan, knot, g->gate_tail[e], v);
    }
}

void
test_plan_check(const CpsfWorldsPlan *plan)
{
    const CpsfWorldsGraph *g = &plan->graph;
    g_autofree int32_t *knot = check_knots(plan);
    int32_t n_extra = 0;

    check_members(plan);
    cr_assert(g->in_start[0] == 0);
    cr_assert(g->chance_start[0] == 0);
    cr_assert(g->gate_start[0] == 0);
    for (int32_t v = 0; v < g->n; v++) {
        for (int64_t e = g->in_start[v]; e < g->in_start[v + 1]; e++)
            check_edge(plan, knot, g->in_tail[e], v);
        if (g->extra[v] < 0)
            continue;
        cr_assert(g->extra[v] == n_extra++);
        check_extra(plan, knot, v);
    }
}
