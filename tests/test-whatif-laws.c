/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * What-ifs on random graphs: one is the graph which feeds that say the same make, and leaves its base
 * as it was.
 */

#include "config.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <string.h>

#include "checkgen.h"
#include "feedmaker.h"
#include "graphgen.h"
#include "whatifgen.h"

#define expect_same_array(a, b, n)                                                                 \
    cr_expect(memcmp((a), (b), (size_t) (n) * sizeof *(a)) == 0, #a " differs")

/* All of two snapshots but findings. */
static void
expect_same_shape(const CpsfSnapshot *a, const CpsfSnapshot *b)
{
    const int64_t n = a->graph->n_nodes;

    cr_assert_eq(b->graph->n_nodes, n);
    cr_assert_eq(b->out.m, a->out.m);
    cr_assert_eq(b->n_components, a->n_components);
    cr_expect_eq(b->n_holding, a->n_holding);
    cr_expect_eq(b->at, a->at);
    expect_same_array(a->holds, b->holds, n);
    expect_same_array(a->out.offsets, b->out.offsets, n + 1);
    expect_same_array(a->in.offsets, b->in.offsets, n + 1);
    expect_same_array(a->out.heads, b->out.heads, a->out.m);
    expect_same_array(a->in.heads, b->in.heads, a->out.m);
    expect_same_array(a->out_row, b->out_row, a->out.m);
    expect_same_array(a->in_out, b->in_out, a->out.m);
    expect_same_array(a->component, b->component, n);
    expect_same_array(a->order, b->order, n);
    expect_same_array(a->component_start, b->component_start, a->n_components + 1);
}

/* ---- random graphs ----------------------------------------------------------------------- */

enum { N_KEYS = 48, N_TEXTS = 6 };

/* An edge or an item by numbers, so that it can be said in a feed and supposed alike. */
typedef struct {
    gboolean is_edge;
    int relation, from, to, group;                         /* of an edge; -1 = no group */
    double criticality;                                    /* of an edge */
    int subject, layer, scheme, id, issuer, status, scope; /* of an item; -1 = no scope */
    int assurance;
    int64_t since, until;
    gboolean by_alias; /* the first key is an alias */
} Said;

typedef struct {
    int kinds[N_KEYS]; /* CPSF_KIND_UNKNOWN = nothing describes it */
    GArray *base;      /* Said */
    GArray *extra;     /* Said, none with the identity of another */
} World;

static const char *const schemes[N_TEXTS] = {"s1", "s2", "s3", "self", "acc", "odd-1"};
static const char *const groups[N_TEXTS] = {"g", "a", "zz", "h", "b", "y"};

static char *
key_of(int i, gboolean alias)
{
    return g_strdup_printf(alias ? "urn:example:p%02d" : "urn:example:n%02d", i);
}

static Said
draw(uint64_t *r)
{
    Said said = {
        .is_edge = test_random_below(r, 2) == 0,
        .relation = (int) test_random_below(r, CPSF_N_RELATIONS),
        .from = (int) test_random_below(r, N_KEYS),
        .to = (int) test_random_below(r, N_KEYS),
        .group = (int) test_random_below(r, 2 * N_TEXTS) - N_TEXTS,
        .criticality = test_random_below(r, 3) == 0 ? (double) NAN : test_random_below(r, 5) / 4.0,
        .subject = (int) test_random_below(r, N_KEYS),
        .layer = 1 + (int) test_random_below(r, 3),
        .scheme = (int) test_random_below(r, N_TEXTS),
        .id = (int) test_random_below(r, 5),
        .issuer = (int) test_random_below(r, N_KEYS + 6),
        .status = (int) test_random_below(r, 3) == 0 ? (int) test_random_below(r, CPSF_N_STATUSES)
                                                     : CPSF_STATUS_VALID,
        .scope = (int) test_random_below(r, 4 * N_KEYS) - 3 * N_KEYS,
        .assurance = (int) test_random_below(r, CPSF_N_ASSURANCES),
        .since = test_random_below(r, 2) == 0 ? CPSF_TIME_ALWAYS_BEFORE : WHATIF_AT - 1,
        .until = test_random_below(r, 4) == 0 ? WHATIF_AT : CPSF_TIME_FOREVER,
        .by_alias = test_random_below(r, 4) == 0,
    };

    if (said.group < 0)
        said.group = -1;
    if (said.scope < 0)
        said.scope = -1;
    return said;
}

static gboolean
is_same(const Said *a, const Said *b)
{
    if (a->is_edge != b->is_edge)
        return FALSE;
    if (a->is_edge)
        return a->relation == b->relation && a->from == b->from && a->to == b->to &&
               a->group == b->group;
    return a->subject == b->subject && a->scheme == b->scheme && a->id == b->id &&
           a->layer == b->layer;
}

static gboolean
has_same(const GArray *list, const Said *said)
{
    for (guint i = 0; i < list->len; i++)
        if (is_same(&g_array_index(list, Said, i), said))
            return TRUE;
    return FALSE;
}

/* Whether a node is in the base: described, or named by a statement there. */
static gboolean
is_known(const World *world, int key)
{
    gboolean known = world->kinds[key] != CPSF_KIND_UNKNOWN;

    for (guint i = 0; i < world->base->len; i++) {
        const Said *said = &g_array_index(world->base, Said, i);

        known |= said->is_edge ? said->from == key || said->to == key : said->subject == key;
    }
    return known;
}

static World
world_new(uint64_t seed)
{
    uint64_t r = seed;
    World world = {.base = g_array_new(FALSE, FALSE, sizeof(Said)),
                   .extra = g_array_new(FALSE, FALSE, sizeof(Said))};

    for (int i = 0; i < N_KEYS; i++)
        world.kinds[i] = test_random_below(&r, 3) == 0
                             ? CPSF_KIND_UNKNOWN
                             : (int) (1 + test_random_below(&r, CPSF_N_KINDS - 1));
    for (int i = 0; i < 60; i++) {
        const Said said = draw(&r);

        if (test_random_below(&r, 3) > 0)
            g_array_append_val(world.base, said);
        else if (!has_same(world.extra, &said))
            g_array_append_val(world.extra, said);
    }
    for (guint i = world.extra->len; i-- > 0;) {
        const Said *said = &g_array_index(world.extra, Said, i);

        /* an edge that is said already is replaced, which no feed can; evidence makes no node */
        if (said->is_edge ? has_same(world.base, said) : !is_known(&world, said->subject))
            g_array_remove_index(world.extra, i);
    }
    return world;
}

static void
world_clear(World *world)
{
    g_array_unref(world->base);
    g_array_unref(world->extra);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(World, world_clear)

static char *
issuer_of(const Said *said)
{
    return said->issuer < N_KEYS       ? key_of(said->issuer, FALSE)
           : said->issuer < N_KEYS + 4 ? g_strdup("https://root.example/")
                                       : NULL;
}

static void
say(Feedmaker *feed, const Said *said)
{
    g_autofree char *first = key_of(said->is_edge ? said->from : said->subject, said->by_alias);

    if (said->is_edge) {
        g_autofree char *to = key_of(said->to, FALSE);
        CpsfEdgeRow *row = feedmaker_edge(feed, (CpsfRelation) said->relation, first, to);

        row->criticality = said->criticality;
        row->group = said->group >= 0 ? feedmaker_str(feed, groups[said->group]) : 0;
        return;
    }

    g_autofree char *issuer = issuer_of(said);
    g_autofree char *scope = said->scope >= 0 ? key_of(said->scope, FALSE) : NULL;
    g_autofree char *id = g_strdup_printf("i%d", said->id);
    CpsfEvidenceRow *row = feedmaker_evidence(feed, first, schemes[said->scheme], id);

    row->layer = (uint8_t) said->layer;
    row->issuer = issuer != NULL ? feedmaker_str(feed, issuer) : 0;
    row->scope = scope != NULL ? feedmaker_str(feed, scope) : 0;
    row->status = (uint8_t) said->status;
    row->assurance = (uint8_t) said->assurance;
    row->valid = (CpsfInterval){said->since, said->until};
}

/* The node that statement @said is about in some way. */
static gboolean
touches(const Said *said, int key)
{
    return said->is_edge ? said->from == key || said->to == key : said->subject == key;
}

/* What the first feed says: all but what is about node @without. */
static void
say_base(CpsfGraphBuilder *builder, const World *world, int without)
{
    Feedmaker *feed = feedmaker_new(builder, "urn:example:a", 1, 5, "urn:example:n01");

    for (int i = 0; i < N_KEYS; i++) {
        g_autofree char *key = key_of(i, FALSE);
        g_autofree char *alias = key_of(i, TRUE);

        if (i == without || world->kinds[i] == CPSF_KIND_UNKNOWN)
            continue;
        feedmaker_node(feed, key, (CpsfKind) world->kinds[i])->layers = (uint8_t) (i % 8);
        feedmaker_alias(feed, key, alias);
        feedmaker_name(feed, key, "en", alias);
        feedmaker_group(feed, key, "g", 2);
        feedmaker_opinion(feed, key, "urn:example:n02");
        feedmaker_consequence(feed, key, i);
        feedmaker_property(feed, key, "p", alias);
        feedmaker_incident(feed, key, alias);
        feedmaker_completeness(feed, key, "suppliers", "complete");
    }
    for (guint i = 0; i < world->base->len; i++)
        if (!touches(&g_array_index(world->base, Said, i), without))
            say(feed, &g_array_index(world->base, Said, i));
    feedmaker_add(feed);
}

/* Aliases are said of described nodes only: elsewhere they would name another node. */
static void
drop_unsaid_aliases(World *world)
{
    GArray *const lists[] = {world->base, world->extra};

    for (int l = 0; l < 2; l++)
        for (guint i = 0; i < lists[l]->len; i++) {
            Said *said = &g_array_index(lists[l], Said, i);

            if (world->kinds[said->is_edge ? said->from : said->subject] == CPSF_KIND_UNKNOWN)
                said->by_alias = FALSE;
        }
}

/* Supposes @said; whether the graph takes it. */
static gboolean
suppose(CpsfWhatIf *what_if, const Said *said)
{
    g_autofree char *first = key_of(said->is_edge ? said->from : said->subject, said->by_alias);
    g_autofree char *to = key_of(said->to, FALSE);
    g_autofree char *issuer = issuer_of(said);
    g_autofree char *scope = said->scope >= 0 ? key_of(said->scope, FALSE) : NULL;
    g_autofree char *id = g_strdup_printf("i%d", said->id);
    g_autoptr(GError) error = NULL;
    const CpsfSupposedEvidence evidence = {
        .subject = first,
        .layer = said->layer,
        .scheme = schemes[said->scheme],
        .id = id,
        .issuer = issuer,
        .assurance = (CpsfAssurance) said->assurance,
        .status = (CpsfStatus) said->status,
        .valid = {said->since, said->until},
        .scope = scope,
    };
    const gboolean done = said->is_edge
                              ? whatif_try_edge(what_if, (CpsfRelation) said->relation, first, to,
                                                said->group >= 0 ? groups[said->group] : NULL,
                                                said->criticality, &error)
                              : cpsf_what_if_add_evidence(what_if, &evidence, &error);

    cr_assert(done != (error != NULL));
    if (!done)
        cr_assert(said->is_edge && error->code == CPSF_ERROR_INVALID_VALUE, "%s", error->message);
    return done;
}

/* WHATIF_A dump without the places of what the second feed or a what-if says, and without findings, which
 * nothing supposed makes. */
static char *
comparable_dump(CpsfGraph *graph)
{
    g_autofree char *dump = feedmaker_dump(graph);
    g_autoptr(GRegex) place =
        g_regex_new(" (urn:example:zz-1.xml|\\(null\\)):\\d+:\\d+$", G_REGEX_MULTILINE, 0, NULL);
    g_autoptr(GRegex) finding =
        g_regex_new("^urn:example:(a|zz)-1.xml:.*\n", G_REGEX_MULTILINE, 0, NULL);
    g_autofree char *placeless = g_regex_replace_literal(place, dump, -1, 0, " -", 0, NULL);

    return g_regex_replace_literal(finding, placeless, -1, 0, "", 0, NULL);
}

/* Both answers to everything about graphs, and to check. */
static void
expect_same_answers(CpsfSnapshot *a, CpsfSnapshot *b)
{
    g_autoptr(CpsfPolicy) policy = test_chain_policy();
    g_autofree char *said_a = comparable_dump(a->graph);
    g_autofree char *said_b = comparable_dump(b->graph);
    g_autofree char *checked_a = whatif_checked(a, policy);
    g_autofree char *checked_b = whatif_checked(b, policy);

    cr_assert_str_eq(said_a, said_b);
    cr_assert_str_eq(checked_a, checked_b);
    cr_expect_eq(cpsf_graph_get_n_edges(a->graph), cpsf_graph_get_n_edges(b->graph));
    expect_same_shape(a, b);
    whatif_expect_same(a->graph, b->graph);
}

/* 200 graphs: what is supposed is what a second feed would say. */
Test(what_if, is_what_feeds_would_make)
{
    int n_refused = 0;
    int n_new = 0;

    for (uint64_t seed = 1; seed <= 200; seed++) {
        g_auto(World) world = world_new(seed);
        CpsfGraphBuilder *one = cpsf_graph_builder_new();
        CpsfGraphBuilder *both = cpsf_graph_builder_new();

        drop_unsaid_aliases(&world);
        say_base(one, &world, -1);
        say_base(both, &world, -1);

        Feedmaker *second = feedmaker_new(both, "urn:example:zz", 1, CPSF_TIME_ALWAYS_BEFORE, NULL);
        g_autoptr(CpsfGraph) base_graph = feedmaker_freeze(one);
        g_autofree char *before = feedmaker_dump(base_graph);
        g_autoptr(CpsfSnapshot) base = whatif_snapshot(base_graph);
        g_autoptr(CpsfWhatIf) what_if = cpsf_what_if_new(base);

        for (guint i = 0; i < world.extra->len; i++) {
            const Said *said = &g_array_index(world.extra, Said, i);

            if (suppose(what_if, said))
                say(second, said);
            else
                n_refused++;
        }
        feedmaker_add(second);

        g_autoptr(CpsfGraph) graph = feedmaker_freeze(both);
        g_autoptr(CpsfSnapshot) wanted = whatif_snapshot(graph);
        g_autoptr(CpsfSnapshot) found = whatif_outcome(what_if);
        g_autofree char *after = feedmaker_dump(base_graph);

        n_new += found->graph->n_nodes - base_graph->n_nodes;
        expect_same_answers(found, wanted);
        cr_assert_str_eq(after, before);
    }
    cr_expect_gt(n_refused, 200); /* the draws do reach all of it */
    cr_expect_gt(n_new, 50);
}

/* What freezing leaves out is refused, and nothing else is: edges of all relations and kinds. */
Test(what_if, refuses_what_a_graph_leaves_out)
{
    for (uint64_t seed = 1; seed <= 50; seed++) {
        g_auto(World) world = world_new(seed);
        CpsfGraphBuilder *builder = cpsf_graph_builder_new();
        CpsfGraphBuilder *all = cpsf_graph_builder_new();
        int64_t n_taken = 0;

        drop_unsaid_aliases(&world);
        say_base(builder, &world, -1);
        say_base(all, &world, -1);

        Feedmaker *second = feedmaker_new(all, "urn:example:zz", 1, CPSF_TIME_ALWAYS_BEFORE, NULL);
        g_autoptr(CpsfGraph) graph = feedmaker_freeze(builder);
        g_autoptr(CpsfSnapshot) base = whatif_snapshot(graph);
        g_autoptr(CpsfWhatIf) what_if = cpsf_what_if_new(base);

        for (guint i = 0; i < world.extra->len; i++) {
            const Said *said = &g_array_index(world.extra, Said, i);

            if (!said->is_edge)
                continue;
            say(second, said);
            n_taken += suppose(what_if, said);
        }
        feedmaker_add(second);

        g_autoptr(CpsfGraph) full = feedmaker_freeze(all);

        cr_assert_eq(full->edges.n - graph->edges.n, n_taken);
    }
}

/* 100 graphs, a node of each removed: anchors are those of a feed that never spoke of it. */
Test(what_if, removed_node_was_never_there)
{
    g_autoptr(CpsfPolicy) policy = test_chain_policy();
    int n_removed = 0;

    for (uint64_t seed = 1; seed <= 100; seed++) {
        g_auto(World) world = world_new(seed);
        const int gone = (int) (seed % N_KEYS);
        g_autofree char *key = key_of(gone, FALSE);
        CpsfGraphBuilder *with = cpsf_graph_builder_new();
        CpsfGraphBuilder *without = cpsf_graph_builder_new();

        drop_unsaid_aliases(&world);
        if (!is_known(&world, gone)) {
            cpsf_graph_builder_free(with);
            cpsf_graph_builder_free(without);
            continue;
        }
        say_base(with, &world, -1);
        say_base(without, &world, gone);

        g_autoptr(CpsfGraph) graph = feedmaker_freeze(with);
        g_autoptr(CpsfGraph) other = feedmaker_freeze(without);
        g_autoptr(CpsfSnapshot) base = whatif_snapshot(graph);
        g_autoptr(CpsfSnapshot) wanted = whatif_snapshot(other);
        g_autoptr(CpsfWhatIf) what_if = cpsf_what_if_new(base);

        whatif_gone(what_if, key);

        g_autoptr(CpsfSnapshot) found = whatif_outcome(what_if);
        g_autofree char *found_text = whatif_checked(found, policy);
        g_autofree char *wanted_text = whatif_checked(wanted, policy);

        /* a node that only edges of the removed one name is still there, and relies on nothing */
        if (found->n_holding == wanted->n_holding) {
            n_removed++;
            cr_assert_str_eq(found_text, wanted_text);
        }
        cr_assert_eq(found->out.m, wanted->out.m);
        cr_assert_geq(found->n_holding, wanted->n_holding);
    }
    cr_expect_gt(n_removed, 50);
}

/* One what-if on another is one with all of it: 100 graphs. */
Test(what_if, chain_is_one)
{
    for (uint64_t seed = 1; seed <= 100; seed++) {
        g_auto(World) world = world_new(seed);
        CpsfGraphBuilder *builder = cpsf_graph_builder_new();
        uint64_t r = seed;

        drop_unsaid_aliases(&world);
        say_base(builder, &world, -1);

        g_autoptr(CpsfGraph) graph = feedmaker_freeze(builder);
        g_autoptr(CpsfSnapshot) base = whatif_snapshot(graph);
        g_autoptr(CpsfWhatIf) at_once = cpsf_what_if_new(base);
        g_autoptr(CpsfSnapshot) step = cpsf_snapshot_ref(base);

        for (guint i = 0; i < world.extra->len; i++) {
            const Said *said = &g_array_index(world.extra, Said, i);
            g_autoptr(CpsfWhatIf) next = cpsf_what_if_new(step);
            g_autofree char *key = key_of(said->to, FALSE);

            cr_assert_eq(suppose(at_once, said), suppose(next, said));
            if (cpsf_graph_find_node(graph, key) != CPSF_NODE_NONE) {
                const int layer = 1 + (int) test_random_below(&r, 3);
                const double belief = test_random_below(&r, 9) / 8.0;

                cr_assert_eq(
                    cpsf_what_if_set_opinion(at_once, key, layer, belief, 1.0 - belief, 0.0, NULL),
                    cpsf_what_if_set_opinion(next, key, layer, belief, 1.0 - belief, 0.0, NULL));
                if (i % 8 == 0) {
                    whatif_gone(at_once, key);
                    whatif_gone(next, key);
                }
            }
            g_clear_pointer(&step, cpsf_snapshot_unref);
            step = whatif_outcome(next);
        }

        g_autoptr(CpsfSnapshot) wanted = whatif_outcome(at_once);

        expect_same_answers(step, wanted);
        cr_assert_eq(step->n_set_opinions, wanted->n_set_opinions);
        for (int64_t i = 0; i < wanted->n_set_opinions; i++) {
            cr_assert_eq(step->set_opinions[i].node, wanted->set_opinions[i].node);
            cr_assert_eq(step->set_opinions[i].layer, wanted->set_opinions[i].layer);
            cr_assert_eq(step->set_opinions[i].opinion.belief,
                         wanted->set_opinions[i].opinion.belief);
        }
    }
}

/* The order of calls is no part of what is supposed, where none is about the same. */
Test(what_if, order_of_calls_does_not_matter)
{
    for (uint64_t seed = 1; seed <= 50; seed++) {
        g_auto(World) world = world_new(seed);
        CpsfGraphBuilder *builder = cpsf_graph_builder_new();

        drop_unsaid_aliases(&world);
        say_base(builder, &world, -1);

        g_autoptr(CpsfGraph) graph = feedmaker_freeze(builder);
        g_autoptr(CpsfSnapshot) base = whatif_snapshot(graph);
        g_autoptr(CpsfWhatIf) forth = cpsf_what_if_new(base);
        g_autoptr(CpsfWhatIf) back = cpsf_what_if_new(base);

        for (guint i = 0; i < world.extra->len; i++)
            suppose(forth, &g_array_index(world.extra, Said, i));
        for (guint i = world.extra->len; i-- > 0;)
            suppose(back, &g_array_index(world.extra, Said, i));

        g_autoptr(CpsfSnapshot) one = whatif_outcome(forth);
        g_autoptr(CpsfSnapshot) other = whatif_outcome(back);

        expect_same_answers(one, other);
    }
}
