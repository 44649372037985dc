/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What what-ifs refuse, what is left where memory runs out, and several at once. */

#include "config.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <string.h>

#include "feedmaker.h"
#include "whatifgen.h"

/* ---- refusals ---------------------------------------------------------------------------- */

static void
expect_refusal(gboolean done, CpsfError code, const char *text, GError **error)
{
    cr_assert_not(done, "%s was not refused", text);
    cr_assert_not_null(*error);
    cr_expect_eq((*error)->code, (int) code, "%s", (*error)->message);
    cr_expect_not_null(strstr((*error)->message, text), "%s", (*error)->message);
    g_clear_error(error);
}

Test(what_if, refuses_nodes)
{
    g_autoptr(CpsfSnapshot) base = whatif_base();
    g_autoptr(CpsfWhatIf) what_if = cpsf_what_if_new(base);
    GError *error = NULL;

    expect_refusal(cpsf_what_if_remove_node(what_if, "urn:example:x", &error), CPSF_ERROR_NOT_FOUND,
                   "no node has the key \"urn:example:x\"", &error);
    expect_refusal(cpsf_what_if_remove_node(what_if, "no key", &error), CPSF_ERROR_NOT_FOUND,
                   "no node has the key \"no key\"", &error);
    whatif_edge(what_if, "urn:example:x", "urn:example:b", NULL, NAN);
    cr_expect(cpsf_what_if_remove_node(what_if, "urn:example:x", &error));
}

Test(what_if, refuses_edges)
{
    g_autoptr(CpsfSnapshot) base = whatif_base();
    g_autoptr(CpsfWhatIf) what_if = cpsf_what_if_new(base);
    const char *a = "urn:example:a";
    const char *b = "urn:example:b";
    const char *m = "urn:example:m";
    CpsfSupposedEdge edge = {
        .relation = CPSF_RELATION_SUPPLIES, .from = a, .to = b, .criticality = NAN, .delay = -2};
    GError *error = NULL;

#define REFUSED(relation, from, to, group, c, text)                                                \
    expect_refusal(                                                                                \
        whatif_try_edge(what_if, (CpsfRelation) (relation), (from), (to), (group), (c), &error),   \
        CPSF_ERROR_INVALID_VALUE, (text), &error)
    REFUSED(15, a, b, NULL, NAN, "relation 15 is not one");
    REFUSED(-1, a, b, NULL, NAN, "relation -1 is not one");
    REFUSED(CPSF_RELATION_SUPPLIES, m, b, NULL, NAN,
            "supplies does not run from device to company");
    REFUSED(CPSF_RELATION_SUPPLIES, a, a, NULL, NAN, "supplies runs from urn:example:a to itself");
    REFUSED(CPSF_RELATION_PART_OF, m, "urn:example:z-alias", NULL, NAN, "to itself");
    REFUSED(CPSF_RELATION_SUPPLIES, "urn:example:x", "URN:example:x", NULL, NAN, "to itself");
    REFUSED(CPSF_RELATION_SUPPLIES, "jcn:1", b, NULL, NAN, "key \"jcn:1\"");
    REFUSED(CPSF_RELATION_SUPPLIES, a, "", NULL, NAN, "key \"\" is empty");
    REFUSED(CPSF_RELATION_SUPPLIES, a, b, NULL, 1.5, "criticality 1.5 is not in [0, 1]");
    REFUSED(CPSF_RELATION_SUPPLIES, a, b, NULL, -0.5, "criticality -0.5 is not in [0, 1]");
    REFUSED(CPSF_RELATION_SUPPLIES, a, b, NULL, (double) INFINITY, "criticality inf");
    REFUSED(CPSF_RELATION_SUPPLIES, a, b, "\xff", NAN, "group is not UTF-8");
    REFUSED(CPSF_RELATION_SUPPLIES, a, b, "x\ny", NAN, "group has the control character 10");
#undef REFUSED
    expect_refusal(cpsf_what_if_add_edge(what_if, &edge, &error), CPSF_ERROR_INVALID_VALUE,
                   "delay -2 is neither -1 nor at least 0", &error);

    g_autoptr(CpsfSnapshot) same = whatif_outcome(what_if);

    whatif_expect_same(same->graph, base->graph);
    cr_expect_eq(same->graph->edges.items, base->graph->edges.items);
}

static void
expect_no_item(CpsfWhatIf *what_if, CpsfSupposedEvidence evidence, CpsfError code, const char *text)
{
    GError *error = NULL;

    expect_refusal(cpsf_what_if_add_evidence(what_if, &evidence, &error), code, text, &error);
}

Test(what_if, refuses_evidence)
{
    g_autoptr(CpsfSnapshot) base = whatif_base();
    g_autoptr(CpsfWhatIf) what_if = cpsf_what_if_new(base);
    const CpsfSupposedEvidence good = whatif_item("urn:example:b", "i2");
    CpsfSupposedEvidence bad;

#define REFUSED(change, error_code, text)                                                          \
    bad = good;                                                                                    \
    bad.change;                                                                                    \
    expect_no_item(what_if, bad, CPSF_ERROR_##error_code, text)
    REFUSED(layer = 0, INVALID_VALUE, "layer 0 is not 1, 2 or 3");
    REFUSED(layer = 4, INVALID_VALUE, "layer 4 is not 1, 2 or 3");
    REFUSED(assurance = (CpsfAssurance) 5, INVALID_VALUE, "assurance 5 is not one");
    REFUSED(status = (CpsfStatus) 13, INVALID_VALUE, "status 13 is not one");
    REFUSED(valid.until = CPSF_TIME_ALWAYS_BEFORE, INVALID_VALUE, "is not before until");
    REFUSED(scheme = " ", INVALID_VALUE, "scheme is empty");
    REFUSED(scheme = "\xff", INVALID_VALUE, "scheme is not UTF-8");
    REFUSED(id = "a\tb", INVALID_VALUE, "id has the control character 9");
    REFUSED(issuer = "nobody", INVALID_VALUE, "key \"nobody\"");
    REFUSED(scope = "urn:example:a nothing", INVALID_VALUE, "key \"nothing\"");
    REFUSED(subject = "urn:example:x", NOT_FOUND, "no node has the key \"urn:example:x\"");
#undef REFUSED

    g_autoptr(CpsfSnapshot) same = whatif_outcome(what_if);

    whatif_expect_same(same->graph, base->graph);
}

Test(what_if, scope_is_sorted_and_each_key_once)
{
    g_autoptr(CpsfSnapshot) base = whatif_base();
    g_autoptr(CpsfWhatIf) what_if = cpsf_what_if_new(base);
    CpsfSupposedEvidence evidence = whatif_item("urn:example:b", NULL);

    evidence.scope = "  urn:example:b\n URN:example:a urn:example:b\t";
    cr_assert(cpsf_what_if_add_evidence(what_if, &evidence, NULL));
    evidence.subject = "urn:example:c";
    evidence.scope = " ";
    evidence.issuer = NULL;
    cr_assert(cpsf_what_if_add_evidence(what_if, &evidence, NULL));

    g_autoptr(CpsfSnapshot) more = whatif_outcome(what_if);
    const CpsfGraph *graph = more->graph;

    cr_expect_str_eq(cpsf_strtab_get(graph->strings, graph->evidence.items[1].scope),
                     "urn:example:a urn:example:b");
    cr_expect_eq(graph->evidence.items[1].id, 0);
    cr_expect_eq(graph->evidence.items[2].scope, 0);
    cr_expect_eq(graph->evidence.items[2].issuer, 0);
}

Test(what_if, refuses_opinions)
{
    g_autoptr(CpsfSnapshot) base = whatif_base();
    g_autoptr(CpsfWhatIf) what_if = cpsf_what_if_new(base);
    const char *b = "urn:example:b";
    const double x = NAN;
    GError *error = NULL;

#define REFUSED(key, layer, belief, disbelief, uncertainty, code, text)                            \
    expect_refusal(cpsf_what_if_set_opinion(what_if, (key), (layer), (belief), (disbelief),        \
                                            (uncertainty), &error),                                \
                   CPSF_ERROR_##code, (text), &error)
    REFUSED(b, 0, 1.0, 0.0, 0.0, INVALID_VALUE, "layer 0 is not 1, 2 or 3");
    REFUSED(b, 2, 1.0, 0.0, 0.0, INVALID_VALUE, "urn:example:b is not in layer 2");
    REFUSED(b, 1, 1.5, -0.5, 0.0, INVALID_VALUE, "belief 1.5, disbelief -0.5");
    REFUSED(b, 1, x, 0.5, 0.5, INVALID_VALUE, "are not all in [0, 1]");
    REFUSED(b, 1, 0.5, 0.5, x, INVALID_VALUE, "are not all in [0, 1]");
    REFUSED(b, 1, 0.5, 0.25, 0.0, INVALID_VALUE, "sum to 0.75, not to 1");
    REFUSED(b, 1, 0.5, 0.5, 2e-9, INVALID_VALUE, "sum to 1.000000002, not to 1");
    REFUSED("urn:example:x", 1, 1.0, 0.0, 0.0, NOT_FOUND, "no node has the key");
#undef REFUSED
    cr_expect(cpsf_what_if_set_opinion(what_if, b, 1, 0.5, 0.5, 5e-10, &error));
    whatif_edge(what_if, "urn:example:x", b, NULL, NAN);
    expect_refusal(cpsf_what_if_set_opinion(what_if, "urn:example:x", 3, 1.0, 0.0, 0.0, &error),
                   CPSF_ERROR_INVALID_VALUE, "urn:example:x is not in layer 3", &error);
}

/* ---- memory ------------------------------------------------------------------------------ */

/* One of each kind of change, and the outcome; NULL if one failed. */
static CpsfSnapshot *
suppose_all(CpsfSnapshot *base, const char *id, GError **error)
{
    g_autoptr(CpsfWhatIf) what_if = cpsf_what_if_new(base);
    const CpsfSupposedEvidence evidence = whatif_item("urn:example:new", id);

    if (!whatif_try_edge(what_if, CPSF_RELATION_SUPPLIES, "urn:example:new", "urn:example:b", "h",
                         0.5, error) ||
        !whatif_try_edge(what_if, CPSF_RELATION_SUPPLIES, "urn:example:a", "urn:example:b", NULL,
                         0.5, error) ||
        !cpsf_what_if_add_evidence(what_if, &evidence, error) ||
        !cpsf_what_if_set_opinion(what_if, "urn:example:b", 1, 1.0, 0.0, 0.0, error) ||
        !cpsf_what_if_remove_node(what_if, "urn:example:e", error))
        return NULL;
    return cpsf_what_if_snapshot(what_if, error);
}

static void
fail_one_by_one(void (*fail)(int64_t))
{
    g_autoptr(CpsfSnapshot) hand = whatif_base();
    g_autoptr(CpsfSnapshot) base =
        suppose_all(hand, "i8", NULL); /* so that there is more to carry over */
    g_autofree char *before = feedmaker_dump(base->graph);
    gboolean done = FALSE;
    int64_t n = 0;

    for (; !done; n++) {
        g_autoptr(GError) error = NULL;

        fail(n);

        g_autoptr(CpsfSnapshot) snapshot = suppose_all(base, "i9", &error);

        cpsf_mem_fail_after(-1);
        done = snapshot != NULL;
        if (!done)
            cr_assert_eq(error->code, CPSF_ERROR_NO_MEMORY, "%s", error->message);
        cr_assert_lt(n, 500);
    }

    g_autofree char *after = feedmaker_dump(base->graph);

    cr_expect_str_eq(after, before);
    cr_expect_gt(n, 30);
}

Test(what_if, survives_every_allocation_failure)
{
    fail_one_by_one(cpsf_mem_fail_after);
}

Test(what_if, passes_on_every_single_failure)
{
    fail_one_by_one(cpsf_mem_fail_once);
}

/* Nothing of a call that fails is left over. */
Test(what_if, failed_calls_suppose_nothing)
{
    g_autoptr(CpsfSnapshot) base = whatif_base();

    for (int64_t n = 0; n < 6; n++) {
        g_autoptr(CpsfWhatIf) what_if = cpsf_what_if_new(base);
        const CpsfSupposedEvidence evidence = whatif_item("urn:example:b", "i9");

        cpsf_mem_fail_after(n);

        const gboolean edge = whatif_try_edge(what_if, CPSF_RELATION_SUPPLIES, "urn:example:x",
                                              "urn:example:y", "h", 0.5, NULL);
        const gboolean proof = cpsf_what_if_add_evidence(what_if, &evidence, NULL);
        const gboolean opinion =
            cpsf_what_if_set_opinion(what_if, "urn:example:b", 1, 1.0, 0.0, 0.0, NULL);
        const gboolean gone = cpsf_what_if_remove_node(what_if, "urn:example:e", NULL);

        cpsf_mem_fail_after(-1);

        g_autoptr(CpsfSnapshot) snapshot = whatif_outcome(what_if);
        const CpsfGraph *graph = snapshot->graph;

        cr_expect_eq(graph->n_nodes, WHATIF_N + 2 * edge);
        cr_expect_eq(graph->n_edges, 6 + edge);
        cr_expect_eq(graph->evidence.n, 1 + proof);
        cr_expect_eq(graph->n_set_opinions, opinion);
        cr_expect_eq(graph->removed != NULL, gone);
    }
}

/* ---- threads ----------------------------------------------------------------------------- */

typedef struct {
    CpsfSnapshot *base;
    const char *id; /* a text of its own, of one length with those of others */
    char *wanted;
    int n_different;
} Worker;

static void *
suppose_often(void *data)
{
    Worker *worker = data;

    for (int i = 0; i < 200; i++) {
        g_autoptr(CpsfSnapshot) snapshot = suppose_all(worker->base, worker->id, NULL);
        g_autofree char *digest =
            snapshot != NULL ? cpsf_graph_get_digest(snapshot->graph) : g_strdup("");

        worker->n_different += strcmp(digest, worker->wanted) != 0;
    }
    return NULL;
}

/* All threads take strings, arrays and the snapshot of one base, and leave it as it was. */
Test(what_if, threads_share_a_base)
{
    g_autoptr(CpsfSnapshot) base = whatif_base();
    static const char *const ids[] = {"one", "two", "six"};
    g_autofree char *before = feedmaker_dump(base->graph);
    Worker workers[3];
    GThread *threads[3];

    for (int i = 0; i < 3; i++) {
        g_autoptr(CpsfSnapshot) alone = suppose_all(base, ids[i], NULL);

        workers[i] = (Worker){base, ids[i], cpsf_graph_get_digest(alone->graph), 0};
    }
    for (int i = 0; i < 3; i++)
        threads[i] = g_thread_new("what-if", suppose_often, &workers[i]);
    for (int i = 0; i < 3; i++) {
        g_thread_join(threads[i]);
        cr_expect_eq(workers[i].n_different, 0);
        g_free(workers[i].wanted);
    }

    g_autofree char *after = feedmaker_dump(base->graph);

    cr_expect_str_eq(after, before);
}
