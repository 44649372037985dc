/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Trust that is kept: a run that follows another is a run from nothing, bit for bit, after what-ifs
 * of every kind, at other moments and in every layer, and counts only what a change reaches. */

#include "config.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "checkgen.h"
#include "cpsf-mem-private.h"
#include "cpsf-whatif.h"
#include "graphgen.h"
#include "supplygen.h"
#include "trust-update.h"

/* A supply chain as it stands, and a run of it. */
typedef struct {
    CpsfGraph *graph;
    CpsfSnapshot *snapshot;
    CpsfPolicy *policy;
    CpsfTrustOptions options;
    CpsfTrustRun *run;
} Case;

static CpsfSnapshot *
snapshot_of(CpsfGraph *graph, CpsfTime at)
{
    CpsfSnapshot *snapshot = cpsf_graph_snapshot(graph, at, NULL);

    cr_assert_not_null(snapshot);
    return snapshot;
}

/* Frees @supply. */
static Case
case_new(TestSupply *supply, CpsfTime at, const CpsfTrustOptions *options)
{
    Case c = {.graph = test_supply_freeze(supply, 0), .policy = test_supply_policy()};

    test_supply_free(supply);
    c.snapshot = snapshot_of(c.graph, at);
    c.options = *options;
    c.run = test_run_new(c.snapshot, c.policy, options);
    return c;
}

static void
case_clear(Case *c)
{
    cpsf_trust_run_unref(c->run);
    cpsf_snapshot_unref(c->snapshot);
    cpsf_policy_unref(c->policy);
    cpsf_graph_unref(c->graph);
}

/* The case moves on to @snapshot (owned). */
static void
case_follow(Case *c, CpsfSnapshot *snapshot, TestUpdates *updates)
{
    CpsfTrustRun *next =
        test_run_follow(c->run, c->snapshot, snapshot, c->policy, &c->options, updates);

    cpsf_trust_run_unref(c->run);
    cpsf_snapshot_unref(c->snapshot);
    c->run = next;
    c->snapshot = snapshot;
}

/* ---- by hand ---- */

#define KEY(name) "urn:example:" name

/* a -> b -> c, and d by itself; half of b -> c is felt. */
static Case
chain(void)
{
    static const char *const keys[] = {KEY("a"), KEY("b"), KEY("c"), KEY("d")};
    const CpsfTrustOptions options = {.worlds = 1000};
    TestSupply *supply = test_supply_new();

    for (guint i = 0; i < G_N_ELEMENTS(keys); i++) {
        test_supply_node(supply, keys[i], CPSF_KIND_COMPANY);
        test_supply_opinion(supply, keys[i], 1, 0.75, 0.125, 0.125);
    }
    test_supply_edge(supply, KEY("a"), KEY("b"), 1);
    test_supply_edge(supply, KEY("b"), KEY("c"), 0.5);
    return case_new(supply, TEST_SUPPLY_AT, &options);
}

static void
suppose_edge(CpsfWhatIf *what_if, const char *from, const char *to, const char *group, double c)
{
    const CpsfSupposedEdge edge = {CPSF_RELATION_SUPPLIES, from, to, group, c, -1};

    cr_assert(cpsf_what_if_add_edge(what_if, &edge, NULL));
}

static void
suppose_evidence(CpsfWhatIf *what_if, const char *subject, int layer, CpsfStatus status)
{
    const CpsfSupposedEvidence item = {
        .subject = subject,
        .layer = layer,
        .scheme = "good",
        .id = "supposed",
        .issuer = "https://judge.example/",
        .assurance = CPSF_ASSURANCE_THIRD_PARTY,
        .status = status,
        .valid = CPSF_INTERVAL_ALL,
    };

    cr_assert(cpsf_what_if_add_evidence(what_if, &item, NULL));
}

/* What a step of by_hand does; how many nodes it makes count again. */
typedef struct {
    int step;
    int n_counted;
} Step;

static void
suppose_step(CpsfWhatIf *what_if, int step)
{
    switch (step) {
    case 0:
        break;
    case 1:
        cr_assert(cpsf_what_if_set_opinion(what_if, KEY("b"), 1, 1, 0, 0, NULL));
        break;
    case 2: /* what it is already */
        cr_assert(cpsf_what_if_set_opinion(what_if, KEY("b"), 1, 0.75, 0.125, 0.125, NULL));
        break;
    case 3:
        suppose_evidence(what_if, KEY("a"), 1, CPSF_STATUS_VALID);
        break;
    case 4: /* about a layer that it is not in */
        suppose_evidence(what_if, KEY("c"), 2, CPSF_STATUS_FAILED);
        break;
    case 5:
        cr_assert(cpsf_what_if_remove_node(what_if, KEY("c"), NULL));
        break;
    case 6:
        cr_assert(cpsf_what_if_remove_node(what_if, KEY("a"), NULL));
        break;
    case 7:
        suppose_edge(what_if, KEY("d"), KEY("c"), NULL, 1);
        break;
    case 8: /* as it is */
        suppose_edge(what_if, KEY("b"), KEY("c"), NULL, 0.5);
        break;
    case 9:
        suppose_edge(what_if, KEY("b"), KEY("c"), NULL, 0.625);
        break;
    case 10:
        suppose_edge(what_if, KEY("a-new"), KEY("d"), NULL, 1);
        break;
    case 11:
        suppose_edge(what_if, KEY("d"), KEY("z-new"), NULL, 1);
        break;
    case 12: /* a circle of all but d */
        suppose_edge(what_if, KEY("c"), KEY("a"), NULL, 1);
        break;
    default: /* d is as much as a */
        suppose_edge(what_if, KEY("a"), KEY("c"), "g", 1);
        suppose_edge(what_if, KEY("d"), KEY("c"), "g", 1);
    }
}

ParameterizedTestParameters(trust_update, by_hand)
{
    static Step steps[] = {
        {0, 0}, {1, 2}, {2, 0}, {3, 3},  {4, 0},  {5, 0},  {6, 2},
        {7, 1}, {8, 0}, {9, 1}, {10, 2}, {11, 1}, {12, 3}, {13, 1},
    };

    return cr_make_param_array(Step, steps, G_N_ELEMENTS(steps));
}

/* And back again, which reaches as much of what is then left. */
ParameterizedTest(Step *step, trust_update, by_hand)
{
    Case c = chain();
    g_autoptr(CpsfSnapshot) base = cpsf_snapshot_ref(c.snapshot);
    g_autoptr(CpsfWhatIf) what_if = cpsf_what_if_new(base);
    TestUpdates updates = {0};

    suppose_step(what_if, step->step);
    case_follow(&c, cpsf_what_if_snapshot(what_if, NULL), &updates);
    cr_expect(eq(i64, cpsf_trust_run_get_n_counted(c.run), step->n_counted), "step %d", step->step);
    cr_expect(eq(i64, cpsf_trust_run_get_worlds(c.run), 1000));
    case_follow(&c, cpsf_snapshot_ref(base), &updates);
    if (step->n_counted == 0)
        cr_expect(eq(i64, cpsf_trust_run_get_n_counted(c.run), step->step == 5)); /* c is back */
    case_clear(&c);
}

/* Groups that change without any edge of theirs. */
Test(trust_update, declarations_that_end)
{
    const CpsfTrustOptions options = {.worlds = 1000};
    TestSupply *supply = test_supply_new();
    TestUpdates updates = {0};

    test_supply_node(supply, KEY("a"), CPSF_KIND_COMPANY);
    test_supply_opinion(supply, KEY("a"), 1, 1, 0, 0);
    for (int i = 0; i < 3; i++) {
        test_supply_opinion(supply, test_supply_key(i), 1, 0.5, 0.25, 0.25);
        test_supply_node(supply, test_supply_key(i), CPSF_KIND_COMPANY);
        test_supply_member(supply, test_supply_key(i), KEY("a"), 1, "g");
    }
    test_supply_group(supply, KEY("a"), "g", 2)->valid.until = 1500;
    test_supply_group(supply, KEY("a"), "h", 1)->valid = (CpsfInterval){1200, 1400};
    test_supply_edge(supply, KEY("a"), KEY("b"), 1);
    Case c = case_new(supply, 1000, &options);
    const struct {
        CpsfTime at;
        int n_counted;
    } rows[] = {{1100, 0}, {1200, 2}, {1300, 0}, {1400, 2}, {1499, 0}, {1500, 2}, {1000, 2}};

    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        case_follow(&c, snapshot_of(c.graph, rows[i].at), &updates);
        cr_expect(eq(i64, cpsf_trust_run_get_n_counted(c.run), rows[i].n_counted), "at %d",
                  (int) rows[i].at);
    }
    case_clear(&c);
}

/* ---- what-ifs at random ---- */

enum { OPINION, EVIDENCE, EDGE, MEMBER, REPLACED, NEW_NODE, REMOVED, NOTHING, MANY, N_KINDS };

typedef struct {
    CpsfSnapshot *base;
    CpsfWhatIf *what_if;
    uint64_t *r;
    int n_done[N_KINDS];
} Supposing;

static uint32_t
below(Supposing *self, uint32_t n)
{
    return test_random_below(self->r, n);
}

static const char *
any_key(Supposing *self)
{
    const CpsfGraph *graph = self->base->graph;

    return cpsf_graph_get_key(graph, (int32_t) below(self, (uint32_t) graph->n_nodes));
}

static double
any_chance(Supposing *self)
{
    const uint32_t which = below(self, 4);

    return which == 0 ? 0 : which == 1 ? 1 : which == 2 ? (double) NAN : below(self, 1000) / 1000.0;
}

/* An edge that fits, if one comes along. */
static gboolean
any_edge(Supposing *self, const char *from, const char *to, const char *group)
{
    for (int i = 0; i < 100; i++) {
        const CpsfSupposedEdge edge = {
            .relation = (CpsfRelation) below(self, CPSF_N_RELATIONS - 1), /* all but vouches */
            .from = from != NULL ? from : any_key(self),
            .to = to != NULL ? to : any_key(self),
            .group = group,
            .criticality = any_chance(self),
            .delay = -1,
        };

        if (cpsf_what_if_add_edge(self->what_if, &edge, NULL))
            return TRUE;
    }
    return FALSE;
}

/* Another criticality, or the same, for an edge that there is. */
static gboolean
replace_edge(Supposing *self)
{
    const CpsfGraph *graph = self->base->graph;

    if (graph->edges.n == 0)
        return FALSE;

    const CpsfEdgeRow *row = &graph->edges.items[below(self, (uint32_t) graph->edges.n)];
    const CpsfSupposedEdge edge = {
        .relation = (CpsfRelation) row->relation,
        .from = cpsf_graph_get_key(graph, (int32_t) row->from),
        .to = cpsf_graph_get_key(graph, (int32_t) row->to),
        .group = cpsf_strtab_get(graph->strings, row->group),
        .criticality = below(self, 3) == 0 ? row->criticality : any_chance(self),
        .delay = row->delay,
    };

    return cpsf_what_if_add_edge(self->what_if, &edge, NULL);
}

static gboolean
set_opinion(Supposing *self)
{
    const double b = below(self, 5) / 4.0;
    const double d = (1 - b) * (below(self, 3) / 2.0);

    return cpsf_what_if_set_opinion(self->what_if, any_key(self), 1 + (int) below(self, 3), b, d,
                                    1 - b - d, NULL);
}

static gboolean
add_new_node(Supposing *self)
{
    static const char *const keys[] = {KEY("a"), KEY("n05x"), KEY("zz"), "duns:123456789"};
    const char *key = keys[below(self, G_N_ELEMENTS(keys))];
    const gboolean is_supplier = below(self, 2) == 0;

    return any_edge(self, is_supplier ? key : NULL, is_supplier ? NULL : key,
                    below(self, 3) == 0 ? "g" : NULL);
}

static void
suppose(Supposing *self, int kind)
{
    static const char *const groups[] = {"g", "h", "new"};
    gboolean is_done = TRUE;

    switch (kind) {
    case OPINION:
        is_done = set_opinion(self);
        break;
    case EVIDENCE:
        suppose_evidence(self->what_if, any_key(self), 1 + (int) below(self, 3),
                         below(self, 2) == 0 ? CPSF_STATUS_VALID : CPSF_STATUS_FAILED);
        break;
    case EDGE:
        is_done = any_edge(self, NULL, NULL, NULL);
        break;
    case MEMBER:
        is_done = any_edge(self, NULL, NULL, groups[below(self, 3)]);
        break;
    case REPLACED:
        is_done = replace_edge(self);
        break;
    case NEW_NODE:
        is_done = add_new_node(self);
        break;
    case REMOVED:
        is_done = cpsf_what_if_remove_node(self->what_if, any_key(self), NULL);
        break;
    case NOTHING:
        break;
    default:
        for (int i = 0; i < 5; i++)
            suppose(self, (int) below(self, NOTHING));
    }
    self->n_done[kind] += is_done;
}

/* The what-if that comes next of @base. */
static CpsfSnapshot *
suppose_more(Supposing *self, CpsfSnapshot *base, int kind)
{
    CpsfSnapshot *snapshot = NULL;

    self->base = base;
    self->what_if = cpsf_what_if_new(base);
    suppose(self, kind);
    snapshot = cpsf_what_if_snapshot(self->what_if, NULL);
    cr_assert_not_null(snapshot);
    cpsf_what_if_free(self->what_if);
    return snapshot;
}

/* What is drawn under @seed, in one of four ways of counting. */
static Case
case_drawn(uint64_t seed, CpsfTime at)
{
    const CpsfTrustOptions options = {
        .layer = (int) (seed % 4),
        .worlds = 100 + (int64_t) seed,
        .seed = seed,
        .threads = 1 + (int) (seed % 3),
    };

    return case_new(test_supply_draw(seed, 3 + (int) (seed * 5 % 43), INFINITY), at, &options);
}

/* One supposition after the other, and in between each back to where it began. */
Test(trust_update, what_ifs, .timeout = 300)
{
    TestUpdates updates = {0};
    Supposing s = {0};

    for (uint64_t seed = 0; seed < 360; seed++) {
        uint64_t r = seed;
        Case c = case_drawn(seed, TEST_SUPPLY_AT);
        g_autoptr(CpsfSnapshot) base = cpsf_snapshot_ref(c.snapshot);

        s.r = &r;
        for (int step = 0; step < 3; step++)
            case_follow(&c, suppose_more(&s, c.snapshot, (int) (seed + (uint64_t) step) % N_KINDS),
                        &updates);
        case_follow(&c, suppose_more(&s, base, (int) (seed / 9) % N_KINDS), &updates);
        case_follow(&c, cpsf_snapshot_ref(base), &updates);
        case_clear(&c);
    }
    for (int kind = 0; kind < N_KINDS; kind++)
        cr_expect(s.n_done[kind] >= 80, "kind %d: %d", kind, s.n_done[kind]);
    cr_expect(updates.n_still >= 250, "%d", updates.n_still);
    cr_expect(updates.n_partial >= 500, "%d", updates.n_partial);
    cr_expect(updates.n_whole >= 50, "%d", updates.n_whole);
}

/* From moment to moment, and to what-ifs at another. */
Test(trust_update, moments, .timeout = 300)
{
    static const CpsfTime moments[] = {TEST_SUPPLY_AT, 1499, 1500, TEST_SUPPLY_LATER, 0, 999};
    TestUpdates updates = {0};
    Supposing s = {0};

    for (uint64_t seed = 400; seed < 700; seed++) {
        uint64_t r = seed;
        Case c = case_drawn(seed, moments[seed % G_N_ELEMENTS(moments)]);

        s.r = &r;
        for (int step = 0; step < 3; step++) {
            const CpsfTime at = moments[test_random_below(&r, G_N_ELEMENTS(moments))];
            g_autoptr(CpsfSnapshot) other = snapshot_of(c.graph, at);

            case_follow(&c, suppose_more(&s, other, step == 2 ? MANY : NOTHING), &updates);
        }
        case_clear(&c);
    }
    cr_expect(updates.n_still >= 50, "%d", updates.n_still);
    cr_expect(updates.n_partial >= 250, "%d", updates.n_partial);
}

/* ---- a large graph ---- */

enum { LARGE = 20000, N_BAD = 1500, N_CHANGES = 24 };

static const char *
large_key(uint64_t *r)
{
    static char key[40];

    g_snprintf(key, sizeof key, "local:graphgen#%09d", (int) test_random_below(r, LARGE));
    return key;
}

/* Items that are parts of others, of which every thirteenth is not sure to work. */
static CpsfSnapshot *
large_new(uint64_t *r)
{
    g_autoptr(TestGraph) generated = test_graph_new(TEST_GRAPH_SOFTWARE, LARGE, 3 * LARGE, 5);
    g_autoptr(CpsfGraph) graph = cpsf_graph_builder_freeze(
        test_graph_build(generated, CPSF_KIND_ITEM, CPSF_RELATION_PART_OF), NULL);
    g_autoptr(CpsfSnapshot) snapshot = snapshot_of(graph, 0);
    g_autoptr(CpsfWhatIf) what_if = cpsf_what_if_new(snapshot);

    for (int i = 0; i < N_BAD; i++)
        cr_assert(cpsf_what_if_set_opinion(what_if, large_key(r), 1, 0.984375, 0.0078125, 0.0078125,
                                           NULL));
    return cpsf_what_if_snapshot(what_if, NULL);
}

static CpsfSnapshot *
change_large(CpsfSnapshot *base, uint64_t *r, int i)
{
    g_autoptr(CpsfWhatIf) what_if = cpsf_what_if_new(base);
    g_autofree char *from = g_strdup(large_key(r));
    const CpsfSupposedEdge edge = {
        .relation = CPSF_RELATION_PART_OF,
        .from = from,
        .to = large_key(r),
        .criticality = 0.5,
        .delay = -1,
    };

    if (i % 3 == 0)
        cr_assert(cpsf_what_if_set_opinion(what_if, from, 1, 0.5, 0.25, 0.25, NULL));
    else if (i % 3 == 1)
        cr_assert(cpsf_what_if_add_edge(what_if, &edge, NULL));
    else
        cr_assert(cpsf_what_if_remove_node(what_if, from, NULL));
    return cpsf_what_if_snapshot(what_if, NULL);
}

static int
compare_numbers(const void *left, const void *right)
{
    const int64_t a = *(const int64_t *) left;
    const int64_t b = *(const int64_t *) right;

    return (a > b) - (a < b);
}

/* Where few nodes rely on what changes, few are counted. */
Test(trust_update, large_and_sparse, .timeout = 300)
{
    uint64_t r = 1;
    g_autoptr(CpsfSnapshot) base = large_new(&r);
    g_autoptr(CpsfPolicy) policy = cpsf_policy_new_default();
    const CpsfTrustOptions options = {.worlds = 1000};
    g_autoptr(CpsfTrustRun) run = test_run_new(base, policy, &options);
    TestUpdates updates = {0};
    int64_t counted[N_CHANGES];

    for (int i = 0; i < N_CHANGES; i++) {
        g_autoptr(CpsfSnapshot) changed = change_large(base, &r, i);
        g_autoptr(CpsfTrustRun) next =
            test_run_follow(run, base, changed, policy, &options, &updates);

        counted[i] = cpsf_trust_run_get_n_counted(next);
    }
    qsort(counted, N_CHANGES, sizeof *counted, compare_numbers);
    cr_expect(counted[N_CHANGES - 1] > 0);
    cr_expect(counted[N_CHANGES / 2] <= LARGE / 100, "half count %d", (int) counted[N_CHANGES / 2]);
    cr_expect(updates.n_whole == 0);
}
