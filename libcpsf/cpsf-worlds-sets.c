/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * What surrounds a sweep: sets of vertices closed upstream or downstream, own failures as fixed
 * point, work space.
 */

#include "config.h"

#include <string.h>

#include "cpsf-mem-private.h"
#include "cpsf-worlds-private.h"

void
cpsf_vertex_set_clear(CpsfVertexSet *self)
{
    g_free(self->items);
    *self = (CpsfVertexSet){0};
}

static inline gboolean
bit_is_set(const uint64_t *bits, int32_t v)
{
    return (bits[v / 64] >> v % 64 & 1) != 0;
}

static size_t
bitmap_words(const CpsfWorldsPlan *plan)
{
    return (size_t) (plan->graph.n + 63) / 64;
}

/* A set under construction: a bit for each vertex, and a list to work off. */
typedef struct {
    uint64_t *bits;
    int32_t *list; /* room for all vertices */
    int32_t n;
} Growing;

static void
growing_add(Growing *self, int32_t v)
{
    if (v < 0 || bit_is_set(self->bits, v))
        return;
    self->bits[v / 64] |= UINT64_C(1) << v % 64;
    self->list[self->n++] = v;
}

static void
growing_clear(Growing *self)
{
    g_free(self->bits);
    g_free(self->list);
}

static gboolean
growing_init(Growing *self, const CpsfWorldsPlan *plan, GError **error)
{
    self->bits = cpsf_try_new0(uint64_t, bitmap_words(plan), error);
    if (self->bits == NULL)
        return FALSE;
    self->list = cpsf_try_new(int32_t, (size_t) plan->graph.n, error);
    return self->list != NULL;
}

/* Ascending, from the bits; hands the list over. */
static void
growing_finish(Growing *self, const CpsfWorldsPlan *plan, CpsfVertexSet *set)
{
    int32_t n = 0;

    for (size_t i = 0; i < bitmap_words(plan); i++)
        for (uint64_t bits = self->bits[i]; bits != 0; bits &= bits - 1)
            self->list[n++] = (int32_t) (i * 64) + __builtin_ctzll(bits);
    cpsf_vertex_set_clear(set);
    *set = (CpsfVertexSet){g_steal_pointer(&self->list), n};
}

gboolean
cpsf_worlds_vertices_of(const CpsfWorldsPlan *self,
                        const int32_t *nodes,
                        int64_t n_nodes,
                        CpsfVertexSet *set,
                        GError **error)
{
    Growing growing = {0};
    const gboolean is_ready = growing_init(&growing, self, error);

    for (int64_t i = 0; is_ready && i < n_nodes; i++)
        growing_add(&growing, self->graph.vertex_of[nodes[i]]);
    if (is_ready)
        growing_finish(&growing, self, set);
    growing_clear(&growing);
    return is_ready;
}

/* All ends of edges into @v. */
static void
add_tails(Growing *self, const CpsfWorldsGraph *g, int32_t v)
{
    const int32_t x = g->extra[v];

    for (int64_t e = g->in_start[v]; e < g->in_start[v + 1]; e++)
        growing_add(self, g->in_tail[e]);
    if (x < 0)
        return;
    for (int64_t e = g->chance_start[x]; e < g->chance_start[x + 1]; e++)
        growing_add(self, g->chance_tail[e]);
    for (int64_t e = g->gate_edge_start[g->gate_start[x]];
         e < g->gate_edge_start[g->gate_start[x + 1]]; e++)
        growing_add(self, g->gate_tail[e]);
}

static void
add_heads(Growing *self, const CpsfWorldsGraph *g, int32_t v)
{
    for (int32_t i = g->member_start[v]; i < g->member_start[v + 1]; i++) {
        const int32_t node = g->members[i];

        for (int64_t e = g->out_start[node]; e < g->out_start[node + 1]; e++)
            growing_add(self, g->vertex_of[g->out_head[e]]);
    }
}

static gboolean
close_set(const CpsfWorldsPlan *self,
          CpsfVertexSet *set,
          void (*add)(Growing *, const CpsfWorldsGraph *, int32_t),
          GError **error)
{
    Growing growing = {0};
    const gboolean is_ready = growing_init(&growing, self, error);

    for (int32_t i = 0; is_ready && i < set->n; i++)
        growing_add(&growing, set->items[i]);
    for (int32_t i = 0; is_ready && i < growing.n; i++)
        add(&growing, &self->graph, growing.list[i]);
    if (is_ready)
        growing_finish(&growing, self, set);
    growing_clear(&growing);
    return is_ready;
}

/* A knot is whole in such a set, as the kernel wants it: its first vertex brings all others. */
static void
add_tails_and_knots(Growing *self, const CpsfWorldsGraph *g, int32_t v)
{
    int32_t low = 0;
    int32_t high = g->n_knots;

    while (low < high) {
        const int32_t middle = low + (high - low) / 2;

        if (g->knot_end[middle] <= v)
            low = middle + 1;
        else
            high = middle;
    }
    if (low < g->n_knots && g->knot_start[low] <= v) {
        growing_add(self, g->knot_start[low]);
        for (int32_t u = v; v == g->knot_start[low] && u < g->knot_end[low]; u++)
            growing_add(self, u);
    }
    add_tails(self, g, v);
}

gboolean
cpsf_worlds_add_upstream(const CpsfWorldsPlan *self, CpsfVertexSet *set, GError **error)
{
    return close_set(self, set, add_tails_and_knots, error);
}

gboolean
cpsf_worlds_add_downstream(const CpsfWorldsPlan *self, CpsfVertexSet *set, GError **error)
{
    return close_set(self, set, add_heads, error);
}

void
cpsf_worlds_failures_clear(CpsfWorldsFailures *self)
{
    g_free(self->fail[0]);
    g_free(self->fail[1]);
    g_free(self->always);
    *self = (CpsfWorldsFailures){0};
}

/* Fails where U >= @bound: the nearest multiple of 2^-32 that does. */
static void
set_failure(CpsfWorldsFailures *self, int plane, int32_t i, double bound)
{
    const uint64_t times = (uint64_t) (CLAMP(bound, 0.0, 1.0) * 0x1p32 + 0.5);

    self->fail[plane][i] = (uint32_t) ((UINT64_C(1) << 32) - times);
    if (times == 0)
        self->always[i] |= (uint8_t) (1U << plane);
}

gboolean
cpsf_worlds_failures_init(CpsfWorldsFailures *self,
                          const CpsfWorldsPlan *plan,
                          const CpsfOpinion *own,
                          GError **error)
{
    const size_t n = (size_t) plan->n_members;

    if ((self->fail[0] = cpsf_try_new(uint32_t, n, error)) == NULL ||
        (self->fail[1] = cpsf_try_new(uint32_t, n, error)) == NULL ||
        (self->always = cpsf_try_new0(uint8_t, n, error)) == NULL)
        return FALSE;
    for (int32_t i = 0; i < plan->n_members; i++) {
        const CpsfOpinion *o = &own[plan->graph.members[i]];
        const double not_refuted = 1.0 - o->disbelief;

        set_failure(self, 0, i, MIN(o->belief, not_refuted));
        set_failure(self, 1, i, not_refuted);
        if (plan->is_short != NULL && plan->is_short[i])
            self->always[i] |= 1;
    }
    return TRUE;
}

CpsfWorldsOwn
cpsf_worlds_failures_of(const CpsfWorldsFailures *self, const CpsfWorldsPlan *plan, int plane)
{
    return (CpsfWorldsOwn){
        .member_start = plan->graph.member_start,
        .key = plan->key,
        .fail = self->fail[plane],
        .always = self->always,
        .always_bit = (uint8_t) plane,
    };
}

static CpsfLanes *
words_new(int32_t n, void **memory, GError **error)
{
    const uintptr_t alignment = sizeof(CpsfLanes);

    *memory = cpsf_try_alloc((size_t) n + 1, sizeof(CpsfLanes), FALSE, error);
    return (CpsfLanes *) (((uintptr_t) *memory + alignment - 1) & ~(alignment - 1));
}

gboolean
cpsf_worlds_room_init(CpsfWorldsRoom *self, const CpsfWorldsPlan *plan, GError **error)
{
    CpsfWorldsWork *work = &self->work;

    work->words = words_new(plan->graph.n, &self->memory, error);
    if (work->words == NULL)
        return FALSE;
    work->live = cpsf_try_new0(uint64_t, bitmap_words(plan), error);
    if (work->live == NULL)
        return FALSE;
    work->dirty = cpsf_try_new0(uint64_t, bitmap_words(plan), error);
    return work->dirty != NULL;
}

void
cpsf_worlds_room_clear(CpsfWorldsRoom *self)
{
    g_free(self->memory);
    g_free(self->work.live);
    g_free(self->work.dirty);
    *self = (CpsfWorldsRoom){0};
}
