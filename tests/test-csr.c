/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Adjacency turned round, and strongly connected components: by hand, laws, reachability by brute
 * force, and igraph. */

#include "config.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <igraph.h>
#include <string.h>

#include "cpsf-csr-private.h"
#include "cpsf-mem-private.h"
#include "graphgen.h"

#define N_SEEDS 60

/* 0 -> 1 -> 2 -> 0 is a circle, 2 -> 3 leaves it, 4 stands alone and relies on itself. */
static int64_t hand_offsets[] = {0, 1, 2, 4, 4, 5};
static int32_t hand_heads[] = {1, 2, 0, 3, 4};
static const CpsfCsr hand = {5, 5, hand_offsets, hand_heads};

Test(csr, transpose_by_hand)
{
    CpsfCsr reverse;
    int64_t position[5];

    cr_assert(cpsf_csr_transpose(&hand, &reverse, position, NULL));
    cr_assert_arr_eq(reverse.offsets, ((int64_t[]){0, 1, 2, 3, 4, 5}), sizeof hand_offsets);
    cr_assert_arr_eq(reverse.heads, ((int32_t[]){2, 0, 1, 2, 4}), sizeof hand_heads);
    cr_assert_arr_eq(position, ((int64_t[]){2, 0, 1, 3, 4}), sizeof position);
    cpsf_csr_clear(&reverse);
    cr_assert_null(reverse.heads);
}

Test(csr, components_by_hand)
{
    int32_t component[5];
    int32_t n = -1;

    cr_assert(cpsf_csr_components(&hand, component, &n, NULL));
    cr_assert_eq(n, 3);
    cr_assert_eq(component[0], component[1]);
    cr_assert_eq(component[0], component[2]);
    cr_assert_lt(component[0], component[3]);
    cr_assert_neq(component[4], component[0]);
    cr_assert_neq(component[4], component[3]);
}

Test(csr, of_nothing)
{
    int64_t offsets[1] = {0};
    const CpsfCsr empty = {0, 0, offsets, NULL};
    CpsfCsr reverse;
    int32_t n = -1;
    int32_t none = -7;

    cr_assert(cpsf_csr_transpose(&empty, &reverse, NULL, NULL));
    cr_assert_eq(reverse.offsets[0], 0);
    cr_assert(cpsf_csr_components(&empty, &none, &n, NULL));
    cr_assert_eq(n, 0);
    cr_assert_eq(none, -7);
    cpsf_csr_clear(&reverse);
}

Test(csr, too_many_nodes_are_a_limit)
{
    g_autoptr(GError) error = NULL;
    const CpsfCsr huge = {.n = INT32_MAX};
    int32_t n;

    cr_assert_not(cpsf_csr_components(&huge, NULL, &n, &error));
    cr_assert_eq(error->code, CPSF_ERROR_LIMIT);
}

/* A path as long as memory allows: depth must not be the depth of the machine's stack. */
Test(csr, a_long_path_is_no_recursion)
{
    const int32_t n = 2000000;
    int64_t *offsets = g_new(int64_t, (size_t) n + 1);
    int32_t *heads = g_new(int32_t, (size_t) n);
    int32_t *component = g_new(int32_t, (size_t) n);
    int32_t found = 0;

    for (int32_t v = 0; v < n; v++) {
        offsets[v] = v;
        heads[v] = (v + 1) % n;
    }
    offsets[n] = n;
    const CpsfCsr circle = {n, n, offsets, heads};
    const CpsfCsr path = {n, n - 1, offsets, heads};

    cr_assert(cpsf_csr_components(&circle, component, &found, NULL));
    cr_assert_eq(found, 1);
    offsets[n] = n - 1;
    cr_assert(cpsf_csr_components(&path, component, &found, NULL));
    cr_assert_eq(found, n);
    cr_assert_eq(component[0], 0);
    cr_assert_eq(component[n - 1], n - 1);
    g_free(offsets);
    g_free(heads);
    g_free(component);
}

static TestGraph *
make(uint64_t seed, CpsfCsr *csr)
{
    const int32_t n = 2 + (int32_t) (seed % 50);
    TestGraph *graph = test_graph_new((TestGraphShape) (n < 12 ? 0 : seed % 3), n,
                                      (int64_t) ((seed * 7) % 4 + 1) * n / 2 + 2, seed);

    test_graph_index(graph, csr);
    return graph;
}

Test(csr, transposing_twice_changes_nothing_but_the_order_in_rows)
{
    for (uint64_t seed = 0; seed < N_SEEDS; seed++) {
        CpsfCsr csr;
        CpsfCsr reverse;
        CpsfCsr back;
        CpsfCsr again;
        g_autoptr(TestGraph) graph = make(seed, &csr);
        g_autofree int64_t *position = g_new(int64_t, (size_t) csr.m + 1);

        cr_assert(cpsf_csr_transpose(&csr, &reverse, position, NULL));
        cr_assert(cpsf_csr_transpose(&reverse, &back, NULL, NULL));
        cr_assert(cpsf_csr_transpose(&back, &again, NULL, NULL));
        cr_assert_arr_eq(back.offsets, csr.offsets, ((size_t) csr.n + 1) * sizeof(int64_t));
        /* rows of a transpose are sorted, so from then on transposing is an involution */
        cr_assert_arr_eq(again.offsets, reverse.offsets, ((size_t) csr.n + 1) * sizeof(int64_t));
        cr_assert_arr_eq(again.heads, reverse.heads, (size_t) csr.m * sizeof(int32_t));
        for (int32_t v = 0; v < csr.n; v++)
            for (int64_t e = reverse.offsets[v]; e < reverse.offsets[v + 1]; e++) {
                const int32_t tail = reverse.heads[e];

                cr_assert_eq(csr.heads[position[e]], v);
                cr_assert_leq(csr.offsets[tail], position[e]);
                cr_assert_lt(position[e], csr.offsets[tail + 1]);
                if (e > reverse.offsets[v])
                    cr_assert_leq(reverse.heads[e - 1], tail);
            }
        cpsf_csr_clear(&csr);
        cpsf_csr_clear(&reverse);
        cpsf_csr_clear(&back);
        cpsf_csr_clear(&again);
    }
}

/* reach[i * n + j]: j is reached from i (Warshall, 1962). */
static gboolean *
reachability(const CpsfCsr *csr)
{
    const int32_t n = csr->n;
    gboolean *reach = g_new0(gboolean, (size_t) n * (size_t) n);

    for (int32_t v = 0; v < n; v++) {
        reach[v * n + v] = TRUE;
        for (int64_t e = csr->offsets[v]; e < csr->offsets[v + 1]; e++)
            reach[v * n + csr->heads[e]] = TRUE;
    }
    for (int32_t k = 0; k < n; k++)
        for (int32_t i = 0; i < n; i++)
            for (int32_t j = 0; j < n; j++)
                reach[i * n + j] |= reach[i * n + k] && reach[k * n + j];
    return reach;
}

Test(csr, components_are_mutual_reachability_in_topological_order)
{
    for (uint64_t seed = 0; seed < N_SEEDS; seed++) {
        CpsfCsr csr;
        g_autoptr(TestGraph) graph = make(seed, &csr);
        g_autofree gboolean *reach = reachability(&csr);
        g_autofree int32_t *component = g_new(int32_t, (size_t) csr.n);
        g_autofree gboolean *used = g_new0(gboolean, (size_t) csr.n);
        const int32_t n = csr.n;
        int32_t found = 0;

        cr_assert(cpsf_csr_components(&csr, component, &found, NULL));
        for (int32_t i = 0; i < n; i++) {
            cr_assert_geq(component[i], 0);
            cr_assert_lt(component[i], found);
            used[component[i]] = TRUE;
            for (int32_t j = 0; j < n; j++) {
                const gboolean mutual = reach[i * n + j] && reach[j * n + i];

                cr_assert_eq(component[i] == component[j], mutual, "seed %d", (int) seed);
                if (reach[i * n + j])
                    cr_assert_leq(component[i], component[j]);
            }
        }
        for (int32_t k = 0; k < found; k++)
            cr_assert(used[k]);
        cpsf_csr_clear(&csr);
    }
}

static void
compare_with_igraph(TestGraphShape shape, uint64_t seed)
{
    g_autoptr(TestGraph) graph = test_graph_new(shape, 3000, 3000 + (int64_t) seed * 2500, seed);
    g_autofree int32_t *component = g_new(int32_t, (size_t) graph->n);
    CpsfCsr csr;
    igraph_t theirs;
    igraph_vector_int_t ends;
    igraph_vector_int_t membership;
    igraph_integer_t n_theirs = 0;
    int32_t n_ours = 0;

    test_graph_index(graph, &csr);
    cr_assert(cpsf_csr_components(&csr, component, &n_ours, NULL));
    igraph_vector_int_init(&ends, 2 * graph->m);
    igraph_vector_int_init(&membership, 0);
    for (int64_t i = 0; i < graph->m; i++) {
        VECTOR(ends)[2 * i] = graph->from[i];
        VECTOR(ends)[2 * i + 1] = graph->to[i];
    }
    igraph_create(&theirs, &ends, graph->n, IGRAPH_DIRECTED);
    igraph_connected_components(&theirs, &membership, NULL, &n_theirs, IGRAPH_STRONG);
    cr_assert_eq(n_ours, n_theirs);

    /* same partition: the component of ours that each of theirs is, is one and the same */
    g_autofree int32_t *match = g_new(int32_t, (size_t) n_theirs);

    memset(match, 0xFF, (size_t) n_theirs * sizeof *match);
    for (int32_t v = 0; v < graph->n; v++) {
        int32_t *ours = &match[VECTOR(membership)[v]];

        if (*ours < 0)
            *ours = component[v];
        cr_assert_eq(*ours, component[v]);
    }
    igraph_destroy(&theirs);
    igraph_vector_int_destroy(&ends);
    igraph_vector_int_destroy(&membership);
    cpsf_csr_clear(&csr);
}

Test(csr, components_are_those_of_igraph)
{
    for (uint64_t seed = 0; seed < 5; seed++) {
        compare_with_igraph(TEST_GRAPH_RANDOM, seed);
        compare_with_igraph(TEST_GRAPH_SOFTWARE, seed);
        compare_with_igraph(TEST_GRAPH_COMPANY, seed);
    }
}

Test(csr, survives_every_allocation_failure)
{
    CpsfCsr csr;
    g_autoptr(TestGraph) graph = make(17, &csr);
    g_autofree int32_t *component = g_new(int32_t, (size_t) csr.n);
    int64_t n_failed = 0;
    gboolean done = FALSE;

    for (; !done; n_failed++) {
        g_autoptr(GError) error = NULL;
        CpsfCsr reverse = {0};
        int32_t n;

        cr_assert_lt(n_failed, 100);
        cpsf_mem_fail_after(n_failed);
        done = cpsf_csr_transpose(&csr, &reverse, NULL, &error) &&
               cpsf_csr_components(&csr, component, &n, &error);
        cpsf_mem_fail_after(-1);
        if (!done)
            cr_assert_eq(error->code, CPSF_ERROR_NO_MEMORY);
        cpsf_csr_clear(&reverse);
    }
    cr_assert_eq(n_failed, 6); /* three arrays and two, and the run that had them all */
    cpsf_csr_clear(&csr);
}
