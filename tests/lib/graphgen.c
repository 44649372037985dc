/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Seeded graphs of the shapes that supply chains have. */

#include "config.h"

#include <math.h>
#include <stdio.h>

#include "graphgen.h"

uint64_t
test_random(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9E3779B97F4A7C15));

    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

uint32_t
test_random_below(uint64_t *state, uint32_t n)
{
    return (uint32_t) ((test_random(state) >> 32) * n >> 32);
}

/* From 0 to n - 1, low numbers much more often than high ones. */
static int32_t
popular(uint64_t *state, int32_t n)
{
    const double u = (double) (test_random(state) >> 11) * 0x1p-53;

    return (int32_t) ((double) n * u * u * u);
}

static void
put_edge(TestGraph *self, int64_t i, int32_t from, int32_t to)
{
    self->from[i] = from;
    self->to[i] = to;
}

static void
fill_random(TestGraph *self, uint64_t *state)
{
    for (int64_t i = 0; i < self->m; i++)
        put_edge(self, i, (int32_t) test_random_below(state, (uint32_t) self->n),
                 (int32_t) test_random_below(state, (uint32_t) self->n));
}

/* Each depends on what came before it; three pairs in a thousand depend on each other. */
static void
fill_software(TestGraph *self, uint64_t *state)
{
    int64_t i = 0;

    for (int32_t v = 1; v < self->n && i + 2 <= self->m; v += 300) {
        put_edge(self, i++, v, v - 1);
        put_edge(self, i++, v - 1, v);
    }
    for (; i < self->m; i++) {
        const int32_t to = 1 + (int32_t) test_random_below(state, (uint32_t) self->n - 1);

        put_edge(self, i, popular(state, to), to);
    }
}

/* Nodes [0, half) are the knot, tied by one circle; a fifth stand before it, the rest behind. */
static void
fill_company(TestGraph *self, uint64_t *state)
{
    const int32_t knot = self->n / 2;
    const int32_t before = self->n / 5;
    const int32_t after = self->n - knot - before;
    int64_t i = 0;

    for (int32_t v = 0; v < knot && i < self->m; v++)
        put_edge(self, i++, v, (v + 1) % knot);
    for (; i < self->m; i++) {
        const int64_t share = i * 100 / self->m;
        const int32_t upstream = knot + (int32_t) test_random_below(state, (uint32_t) before);
        const int32_t downstream =
            knot + before + (int32_t) test_random_below(state, (uint32_t) after);

        if (share < 60)
            put_edge(self, i, popular(state, knot),
                     (int32_t) test_random_below(state, (uint32_t) knot));
        else if (share < 75)
            put_edge(self, i, upstream, popular(state, knot));
        else if (share < 95)
            put_edge(self, i, popular(state, knot), downstream);
        else
            put_edge(self, i, upstream, downstream);
    }
}

/* Numbers say nothing about the place in the chain, nor does the order of edges. */
static void
shuffle(TestGraph *self, uint64_t *state)
{
    int32_t *number = g_new(int32_t, (size_t) self->n + 1);

    for (int32_t v = 0; v < self->n; v++) {
        const uint32_t other = test_random_below(state, (uint32_t) v + 1);

        number[v] = number[other];
        number[other] = v;
    }
    for (int64_t i = 0; i < self->m; i++) {
        const int64_t other = (int64_t) (test_random(state) % (uint64_t) (i + 1));
        const int32_t from = number[self->from[i]];
        const int32_t to = number[self->to[i]];

        put_edge(self, i, self->from[other], self->to[other]);
        put_edge(self, other, from, to);
    }
    g_free(number);
}

TestGraph *
test_graph_new(TestGraphShape shape, int32_t n, int64_t m, uint64_t seed)
{
    static void (*const fill[])(TestGraph *, uint64_t *) = {
        [TEST_GRAPH_RANDOM] = fill_random,
        [TEST_GRAPH_SOFTWARE] = fill_software,
        [TEST_GRAPH_COMPANY] = fill_company,
    };
    TestGraph *self = g_new0(TestGraph, 1);
    uint64_t state = seed;

    self->n = n;
    self->m = m;
    self->from = g_new(int32_t, (size_t) m + 1);
    self->to = g_new(int32_t, (size_t) m + 1);
    fill[shape](self, &state);
    shuffle(self, &state);
    return self;
}

void
test_graph_free(TestGraph *self)
{
    g_free(self->from);
    g_free(self->to);
    g_free(self);
}

void
test_graph_index(const TestGraph *self, CpsfCsr *csr)
{
    csr->n = self->n;
    csr->m = self->m;
    csr->offsets = g_new0(int64_t, (size_t) self->n + 2);
    csr->heads = g_new(int32_t, (size_t) self->m + 1);

    int64_t *end = csr->offsets + 1; /* end[v] walks from the start of row v to its end */

    for (int64_t i = 0; i < self->m; i++)
        if (self->from[i] + 1 < self->n)
            end[self->from[i] + 1]++;
    for (int32_t v = 1; v < self->n; v++)
        end[v] += end[v - 1];
    for (int64_t i = 0; i < self->m; i++)
        csr->heads[end[self->from[i]]++] = self->to[i];
}

static CpsfStr
node_key(CpsfStrtab *strings, int32_t v)
{
    char key[40];
    const int length = snprintf(key, sizeof key, "local:graphgen#%09d", v);
    CpsfStr id = 0;

    g_assert(cpsf_strtab_add(strings, key, (size_t) length, &id, NULL));
    return id;
}

/* Rows in arrays of the right size from the start, so that growth does not blur what is measured. */
static void
say_nodes(const TestGraph *self, CpsfStatements *rows, CpsfKind kind, CpsfStrtab *strings)
{
    rows->nodes.items = g_new0(CpsfNodeRow, (size_t) self->n + 1);
    rows->nodes.n = rows->nodes.capacity = self->n;
    for (int32_t v = 0; v < self->n; v++)
        rows->nodes.items[v] = (CpsfNodeRow){
            .valid = CPSF_INTERVAL_ALL,
            .place = {.line = (uint32_t) v + 1, .column = 1},
            .node = node_key(strings, v),
            .kind = (uint8_t) kind,
        };
}

static void
say_edge(const TestGraph *self, CpsfStatements *rows, int64_t i, CpsfRelation relation)
{
    rows->edges.items[i] = (CpsfEdgeRow){
        .valid = CPSF_INTERVAL_ALL,
        .place = {.line = (uint32_t) i + 1, .column = 2},
        .from = rows->nodes.items[self->from[i]].node,
        .to = rows->nodes.items[self->to[i]].node,
        .relation = (uint8_t) relation,
        .criticality = (double) NAN,
        .delay = -1,
    };
}

CpsfGraphBuilder *
test_graph_build(const TestGraph *self, CpsfKind kind, CpsfRelation relation)
{
    CpsfGraphBuilder *builder = cpsf_graph_builder_new();
    CpsfStatements rows = {0};
    CpsfFeedInfo info = {
        .file = g_strdup("graphgen.xml"),
        .id = g_strdup("graphgen"),
        .format = g_strdup("cpsf-1"),
        .issued = CPSF_TIME_ALWAYS_BEFORE,
        .n_nodes = self->n,
        .n_edges = self->m,
    };

    say_nodes(self, &rows, kind, cpsf_graph_builder_get_strings(builder));
    rows.edges.items = g_new(CpsfEdgeRow, (size_t) self->m + 1);
    rows.edges.n = rows.edges.capacity = self->m;
    for (int64_t i = 0; i < self->m; i++)
        say_edge(self, &rows, i, relation);
    g_assert(cpsf_graph_builder_add_feed(builder, &info, &rows, NULL, NULL));
    return builder;
}
