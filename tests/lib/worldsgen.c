/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "config.h"

#include "worldsgen.h"

#include <stdlib.h>

#include "graphgen.h"
#include "kernels-test.h"

static void
append(GArray *array, int64_t value)
{
    const int32_t narrow = (int32_t) value;
    const uint8_t byte = (uint8_t) value;

    if (g_array_get_element_size(array) == sizeof value)
        g_array_append_val(array, value);
    else if (g_array_get_element_size(array) == sizeof narrow)
        g_array_append_val(array, narrow);
    else
        g_array_append_val(array, byte);
}

static int32_t
item(const GArray *array, int64_t i)
{
    return g_array_index(array, int32_t, i);
}

static gboolean
chosen(uint64_t *random, int share)
{
    return test_random_below(random, 100) < (uint32_t) share;
}

static void
append_key(GArray *array, uint64_t *random)
{
    const CpsfChanceKey key = test_random_key(random);

    g_array_append_val(array, key);
}

/* From 1 to 2^32 - 1: even, rare, or all but certain. */
static uint32_t
random_chance(uint64_t *random)
{
    const uint32_t p = 1 + test_random_below(random, UINT32_MAX);

    switch (test_random_below(random, 4)) {
    case 0:
        return 1 + (p >> 8);
    case 1:
        return UINT32_MAX - (p >> 8);
    case 2:
        return UINT32_C(0x80000000);
    default:
        return p;
    }
}

/* Knots of 1 vertex to the largest, and none between them or some. */
static void
lay_knots(TestWorldsCase *c, const TestWorldsShape *shape, uint64_t *random)
{
    for (int32_t v = 0; v < shape->n; v++) {
        if (!chosen(random, shape->knotted))
            continue;

        const int32_t left = shape->n - v;
        const int32_t most = shape->knot < left ? shape->knot : left;
        const int32_t size = 1 + (int32_t) test_random_below(random, (uint32_t) most);

        append(c->knot_start, v);
        append(c->knot_end, v + size);
        v += size - 1;
    }
}

/* Vertices that edges into @v may come from: below the second, and not @v itself. */
static int32_t
first_beyond(const TestWorldsCase *c, int32_t v)
{
    for (guint k = 0; k < c->knot_start->len; k++)
        if (v >= item(c->knot_start, k) && v < item(c->knot_end, k))
            return item(c->knot_end, k);
    return v;
}

static int32_t
random_tail(int32_t v, int32_t beyond, gboolean is_near, uint64_t *random)
{
    const int32_t low = is_near && v > 12 ? v - 12 : 0;

    for (;;) {
        const int32_t x = low + (int32_t) test_random_below(random, (uint32_t) (beyond - low));

        if (x != v)
            return x;
    }
}

static void
link_vertices(TestWorldsCase *c, GArray *tails, int32_t tail, int32_t v)
{
    append(tails, tail);
    append(c->from, tail);
    append(c->to, v);
}

static void
add_gate(TestWorldsCase *c, int32_t v, int32_t beyond, gboolean is_near, uint64_t *random)
{
    const uint32_t most = chosen(random, 10) ? 70 : 6;
    const uint32_t n = 2 + test_random_below(random, most);

    append(c->gate_need, 2 + test_random_below(random, n - 1));
    for (uint32_t i = 0; i < n; i++) {
        link_vertices(c, c->gate_tail, random_tail(v, beyond, is_near, random), v);
        append(c->gate_p, chosen(random, 40) ? 0 : random_chance(random));
        append_key(c->gate_key, random);
    }
    append(c->gate_edge_start, c->gate_tail->len);
}

/* Edges into @v that may not be felt, and gates: the next row of both. */
static void
add_extra(
    TestWorldsCase *c, const TestWorldsShape *shape, int32_t v, int32_t beyond, uint64_t *random)
{
    const uint32_t n_chances = test_random_below(random, 4);
    const uint32_t n_gates = test_random_below(random, 3);

    append(c->extra, (int64_t) c->chance_start->len - 1);
    for (uint32_t i = 0; i < n_chances; i++) {
        link_vertices(c, c->chance_tail, random_tail(v, beyond, shape->is_near, random), v);
        append(c->chance_p, random_chance(random));
        append_key(c->chance_key, random);
    }
    for (uint32_t i = 0; i < n_gates; i++)
        add_gate(c, v, beyond, shape->is_near, random);
    append(c->chance_start, c->chance_tail->len);
    append(c->gate_start, c->gate_need->len);
}

static void
add_edges(TestWorldsCase *c, const TestWorldsShape *shape, uint64_t *random)
{
    append(c->in_start, 0);
    append(c->chance_start, 0);
    append(c->gate_start, 0);
    append(c->gate_edge_start, 0);
    for (int32_t v = 0; v < shape->n; v++) {
        const int32_t beyond = first_beyond(c, v);
        const gboolean is_first = beyond == 0 || (v == 0 && beyond == 1);
        const uint32_t n = test_random_below(random, (uint32_t) shape->certain + 1);

        for (uint32_t i = 0; i < n && !is_first; i++)
            link_vertices(c, c->in_tail, random_tail(v, beyond, shape->is_near, random), v);
        append(c->in_start, c->in_tail->len);
        if (!is_first && chosen(random, shape->extra))
            add_extra(c, shape, v, beyond, random);
        else
            append(c->extra, -1);
    }
}

/* One to four nodes a vertex, nodes of none between them, and numbers of nodes in no order. */
static void
add_members(TestWorldsCase *c, int32_t n, uint64_t *random)
{
    g_autoptr(GArray) sizes = g_array_new(FALSE, FALSE, sizeof(int32_t));
    int32_t next = 0;

    for (int32_t v = 0; v < n; v++) {
        append(sizes, chosen(random, 70) ? 1 : 1 + test_random_below(random, 4));
        c->n_members += item(sizes, v);
    }
    c->n_nodes =
        c->n_members + (int32_t) test_random_below(random, (uint32_t) c->n_members + 2) / 2;

    g_autofree int32_t *order = g_new(int32_t, c->n_nodes + 1);

    for (int32_t i = 0; i < c->n_nodes; i++) {
        const uint32_t j = test_random_below(random, (uint32_t) i + 1);

        order[i] = order[j];
        order[j] = i;
        append(c->vertex_of, -1);
    }
    append(c->member_start, 0);
    for (int32_t v = 0; v < n; v++) {
        for (int32_t i = 0; i < item(sizes, v); i++, next++) {
            append(c->members, order[next]);
            g_array_index(c->vertex_of, int32_t, order[next]) = v;
        }
        append(c->member_start, next);
    }
}

static int
by_tail(const void *a, const void *b)
{
    const int32_t x = ((const int32_t *) a)[0];
    const int32_t y = ((const int32_t *) b)[0];

    return (x > y) - (x < y);
}

static int32_t
random_member(const TestWorldsCase *c, int32_t v, uint64_t *random)
{
    const int32_t first = item(c->member_start, v);
    const int32_t n = item(c->member_start, v + 1) - first;

    return item(c->members, first + (int32_t) test_random_below(random, (uint32_t) n));
}

/* For every edge between vertices one between members of them, in no order of heads; and edges that
 * are not felt, between any nodes. */
static void
add_out_lists(TestWorldsCase *c, uint64_t *random)
{
    const uint32_t n_more = c->n_nodes == 0 ? 0 : test_random_below(random, (uint32_t) c->n_nodes);
    const uint32_t n = c->from->len + n_more;
    g_autofree int32_t *ends = g_new(int32_t, 2 * (gsize) n + 1);
    uint32_t e = 0;

    for (uint32_t i = 0; i < c->from->len; i++) {
        ends[2 * i] = random_member(c, item(c->from, i), random);
        ends[2 * i + 1] = random_member(c, item(c->to, i), random);
    }
    for (uint32_t i = 2 * c->from->len; i < 2 * n; i++)
        ends[i] = (int32_t) test_random_below(random, (uint32_t) c->n_nodes);
    qsort(ends, n, 2 * sizeof *ends, by_tail);
    for (int32_t node = 0; node < c->n_nodes; node++) {
        append(c->out_start, e);
        for (; e < n && ends[2 * e] == node; e++)
            append(c->out_head, ends[2 * e + 1]);
    }
    append(c->out_start, e);
}

static void
add_own(TestWorldsCase *c, const TestWorldsShape *shape, uint64_t *random)
{
    for (int32_t i = 0; i < c->n_members; i++) {
        const gboolean may_fail = test_random_below(random, 1000) < (uint32_t) shape->own;
        const gboolean always = may_fail && chosen(random, shape->always);

        append_key(c->own_key, random);
        append(c->own_fail, may_fail && !always ? random_chance(random) : 0);
        /* the other bit is the other plane's */
        append(c->own_always, (always ? 2 : 0) | (chosen(random, 50) ? 1 : 0));
    }
}

static void
lend(TestWorldsCase *c, int32_t n)
{
#define LEND(field) .field = (void *) c->field->data
    c->g = (CpsfWorldsGraph){.n = n,
                             LEND(in_start),
                             LEND(in_tail),
                             LEND(extra),
                             LEND(chance_start),
                             LEND(gate_start),
                             LEND(chance_tail),
                             LEND(chance_p),
                             LEND(chance_key),
                             LEND(gate_need),
                             LEND(gate_edge_start),
                             LEND(gate_tail),
                             LEND(gate_p),
                             LEND(gate_key),
                             .n_knots = (int32_t) c->knot_start->len,
                             LEND(knot_start),
                             LEND(knot_end),
                             LEND(member_start),
                             LEND(members),
                             LEND(out_start),
                             LEND(out_head),
                             LEND(vertex_of)};
#undef LEND
    c->own = (CpsfWorldsOwn){.member_start = c->g.member_start,
                             .key = (void *) c->own_key->data,
                             .fail = (void *) c->own_fail->data,
                             .always = (void *) c->own_always->data,
                             .always_bit = 1};
}

static GArray **
narrow_arrays(TestWorldsCase *c, int i)
{
    GArray **arrays[] = {&c->in_tail,    &c->extra,     &c->gate_start,   &c->chance_tail,
                         &c->chance_p,   &c->gate_need, &c->gate_tail,    &c->gate_p,
                         &c->knot_start, &c->knot_end,  &c->member_start, &c->members,
                         &c->out_head,   &c->vertex_of, &c->own_fail,     &c->from,
                         &c->to};

    return i < (int) G_N_ELEMENTS(arrays) ? arrays[i] : NULL;
}

static GArray **
wide_arrays(TestWorldsCase *c, int i)
{
    GArray **arrays[] = {&c->in_start, &c->chance_start, &c->gate_edge_start, &c->out_start};

    return i < (int) G_N_ELEMENTS(arrays) ? arrays[i] : NULL;
}

static GArray **
key_arrays(TestWorldsCase *c, int i)
{
    GArray **arrays[] = {&c->chance_key, &c->gate_key, &c->own_key};

    return i < (int) G_N_ELEMENTS(arrays) ? arrays[i] : NULL;
}

TestWorldsCase *
test_worlds_case_new(const TestWorldsShape *shape, uint64_t seed)
{
    TestWorldsCase *c = g_new0(TestWorldsCase, 1);
    uint64_t random = seed;

    for (int i = 0; narrow_arrays(c, i) != NULL; i++)
        *narrow_arrays(c, i) = g_array_new(FALSE, FALSE, sizeof(int32_t));
    for (int i = 0; wide_arrays(c, i) != NULL; i++)
        *wide_arrays(c, i) = g_array_new(FALSE, FALSE, sizeof(int64_t));
    for (int i = 0; key_arrays(c, i) != NULL; i++)
        *key_arrays(c, i) = g_array_new(FALSE, FALSE, sizeof(CpsfChanceKey));
    c->own_always = g_array_new(FALSE, FALSE, sizeof(uint8_t));
    lay_knots(c, shape, &random);
    add_edges(c, shape, &random);
    add_members(c, shape->n, &random);
    add_out_lists(c, &random);
    add_own(c, shape, &random);
    lend(c, shape->n);
    return c;
}

void
test_worlds_case_free(TestWorldsCase *c)
{
    for (int i = 0; narrow_arrays(c, i) != NULL; i++)
        g_array_unref(*narrow_arrays(c, i));
    for (int i = 0; wide_arrays(c, i) != NULL; i++)
        g_array_unref(*wide_arrays(c, i));
    for (int i = 0; key_arrays(c, i) != NULL; i++)
        g_array_unref(*key_arrays(c, i));
    g_array_unref(c->own_always);
    g_free(c);
}
