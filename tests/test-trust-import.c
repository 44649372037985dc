/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Trust that is kept while feeds come and go: nodes that become one, get other keys and other kinds,
 * statements that end; and what a run that is kept refuses, and survives. */

#include "config.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <math.h>
#include <string.h>

#include "checkgen.h"
#include "cpsf-mem-private.h"
#include "cpsf-whatif.h"
#include "feedmaker.h"
#include "graphgen.h"
#include "supplygen.h"
#include "trust-update.h"

/* ---- feeds ---- */

enum { N_FEEDS = 3, SECOND_VERSION = N_FEEDS, ALL_FEEDS = (1 << (N_FEEDS + 1)) - 1 };

/* A node's other key. */
typedef struct {
    char key[40];
    char alias[40];
    int feed;
} Alias;

/* What there is to say, and who says it.  One feed has a second version, which says some of it
 * again. */
typedef struct {
    TestSupply *supply;
    GArray *aliases;     /* of Alias */
    GByteArray *is_kept; /* of each statement: the second version says it */
} World;

static void
tell(Feedmaker *feed, const TestSaid *said, guint number)
{
    const char *assessor =
        said->assessor == 0 ? "https://assessor.example/" : "https://judge.example/";

    switch (said->says) {
    case TEST_SAYS_NODE: {
        CpsfNodeRow *row = feedmaker_node(feed, said->key, (CpsfKind) said->kind);

        row->valid = said->valid;
        row->layers = (uint8_t) said->layers;
        break;
    }
    case TEST_SAYS_EDGE: {
        const CpsfStr group = feedmaker_str(feed, said->group);
        CpsfEdgeRow *row =
            feedmaker_edge(feed, (CpsfRelation) said->relation, said->from, said->key);

        row->valid = said->valid;
        row->group = group;
        row->criticality = said->criticality;
        break;
    }
    case TEST_SAYS_GROUP:
        feedmaker_group(feed, said->key, said->group, said->need)->valid = said->valid;
        break;
    case TEST_SAYS_OPINION: {
        CpsfOpinionRow *row = feedmaker_opinion(feed, said->key, assessor);

        row->valid = said->valid;
        row->belief = said->opinion.belief;
        row->disbelief = said->opinion.disbelief;
        row->uncertainty = said->opinion.uncertainty;
        row->layer = (uint8_t) said->layer;
        break;
    }
    default: {
        g_autofree char *id = g_strdup_printf("i%u", number);
        const CpsfStr issuer = feedmaker_str(feed, assessor);
        CpsfEvidenceRow *row = feedmaker_evidence(feed, said->key, "good", id);

        row->valid = said->valid;
        row->layer = (uint8_t) said->layer;
        row->issuer = issuer;
        row->assurance = (uint8_t) said->assurance;
        row->status = (uint8_t) said->status;
    }
    }
}

static void
tell_feed(const World *world, CpsfGraphBuilder *builder, int number)
{
    static const CpsfTime issued[] = {30, 50, 40, 900};
    const gboolean is_second = number == SECOND_VERSION;
    const int feed = is_second ? 0 : number;
    g_autofree char *id = g_strdup_printf("urn:example:feed-%d", feed);
    Feedmaker *maker = feedmaker_new(builder, id, 1 + is_second, issued[number], NULL);

    for (guint i = 0; i < world->supply->said->len; i++) {
        const TestSaid *said = &g_array_index(world->supply->said, TestSaid, i);

        if (said->feed == feed && (!is_second || world->is_kept->data[i]))
            tell(maker, said, i);
    }
    for (guint i = 0; i < world->aliases->len; i++) {
        const Alias *alias = &g_array_index(world->aliases, Alias, i);

        if (alias->feed == feed)
            feedmaker_alias(maker, alias->key, alias->alias);
    }
    feedmaker_add(maker);
}

/* At TEST_SUPPLY_AT, of the feeds whose bits are in @feeds. */
static CpsfSnapshot *
read_feeds(const World *world, unsigned feeds)
{
    CpsfGraphBuilder *builder = cpsf_graph_builder_new();

    for (int number = 0; number <= SECOND_VERSION; number++)
        if (feeds >> number & 1)
            tell_feed(world, builder, number);

    g_autoptr(CpsfGraph) graph = feedmaker_freeze(builder);
    CpsfSnapshot *snapshot = cpsf_graph_snapshot(graph, TEST_SUPPLY_AT, NULL);

    cr_assert_not_null(snapshot);
    return snapshot;
}

static void
draw_alias(World *world, int n, uint64_t *r)
{
    Alias alias = {.feed = (int) test_random_below(r, N_FEEDS)};
    const int node = (int) test_random_below(r, (uint32_t) n);

    g_strlcpy(alias.key, test_supply_key(node), sizeof alias.key);
    if (test_random_below(r, 3) == 0) /* a key of higher rank */
        g_snprintf(alias.alias, sizeof alias.alias, "duns:1234567%02d", node);
    else
        g_strlcpy(alias.alias, test_supply_key((int) test_random_below(r, (uint32_t) n)),
                  sizeof alias.alias);
    g_array_append_val(world->aliases, alias);
}

/* What contradicts something. */
static void
draw_other(World *world, int n, uint64_t *r)
{
    static const CpsfKind kinds[] = {CPSF_KIND_COMPANY, CPSF_KIND_DEVICE, CPSF_KIND_SOFTWARE};
    const char *key = test_supply_key((int) test_random_below(r, (uint32_t) n));

    switch (test_random_below(r, 3)) {
    case 0:
        test_supply_node(world->supply, key, kinds[test_random_below(r, 3)]);
        break;
    case 1:
        test_supply_group(world->supply, key, test_random_below(r, 2) == 0 ? "g" : "h",
                          1 + (int) test_random_below(r, 3));
        break;
    default:
        test_supply_opinion(world->supply, key, 1 + 2 * (int) test_random_below(r, 2), 0.25, 0.25,
                            0.5);
    }
}

static World
world_new(uint64_t seed)
{
    const int n = 4 + (int) (seed * 3 % 33);
    uint64_t r = seed;
    World world = {
        .supply = test_supply_draw(seed, n, INFINITY),
        .aliases = g_array_new(FALSE, TRUE, sizeof(Alias)),
        .is_kept = g_byte_array_new(),
    };

    for (uint32_t i = test_random_below(&r, 6); i > 0; i--)
        draw_other(&world, n, &r);
    for (uint32_t i = test_random_below(&r, 4); i > 0; i--)
        draw_alias(&world, n, &r);
    for (guint i = 0; i < world.supply->said->len; i++) {
        TestSaid *said = &g_array_index(world.supply->said, TestSaid, i);
        const uint8_t is_kept = test_random_below(&r, 4) > 0;

        if (test_random_below(&r, 4) == 0)
            said->feed = (int) test_random_below(&r, N_FEEDS);
        g_byte_array_append(world.is_kept, &is_kept, 1);
    }
    return world;
}

static void
world_clear(World *world)
{
    test_supply_free(world->supply);
    g_array_unref(world->aliases);
    g_byte_array_unref(world->is_kept);
}

/* Nobody knows much of one node any more, in one of its layers. */
static CpsfSnapshot *
doubt(CpsfSnapshot *base, const char *key)
{
    g_autoptr(CpsfWhatIf) what_if = cpsf_what_if_new(base);
    gboolean is_done = FALSE;

    for (int layer = 1; !is_done && layer <= 3; layer++)
        is_done = cpsf_what_if_set_opinion(what_if, key, layer, 0.25, 0.25, 0.5, NULL);
    cr_assert(is_done);
    return cpsf_what_if_snapshot(what_if, NULL);
}

/* ---- imports ---- */

/* How many imports changed what they are there to change. */
typedef struct {
    int kinds, keys, merged, ended;
} Changes;

static void
look_at(const CpsfSnapshot *before, const CpsfSnapshot *after, Changes *changes)
{
    int kinds = 0;
    int keys = 0;

    for (int32_t u = 0; u < before->graph->n_nodes; u++) {
        const char *key = cpsf_graph_get_key(before->graph, u);
        const int32_t v = cpsf_graph_find_node(after->graph, key);

        if (v < 0 || !before->holds[u])
            continue;
        keys += strcmp(cpsf_graph_get_key(after->graph, v), key) != 0;
        kinds += before->graph->kind[u] != CPSF_KIND_UNKNOWN &&
                 before->graph->kind[u] != after->graph->kind[v];
        changes->ended += !after->holds[v];
    }
    changes->kinds += kinds > 0;
    changes->keys += keys > 0;
    changes->merged += after->graph->n_nodes < before->graph->n_nodes;
}

/* Feeds are added, others are left out, and in between something is only supposed. */
Test(trust_import, feeds_come_and_go, .timeout = 300)
{
    g_autoptr(CpsfPolicy) policy = test_supply_policy();
    TestUpdates updates = {0};
    Changes changes = {0};

    for (uint64_t seed = 0; seed < 320; seed++) {
        World world = world_new(seed);
        const CpsfTrustOptions options = {.worlds = 300, .layer = (int) (seed % 4), .seed = seed};
        const unsigned some = (unsigned) (1 + seed * 5 % (ALL_FEEDS - 1));
        const unsigned turns[] = {some, some | (unsigned) seed / 2, ALL_FEEDS, ALL_FEEDS, some};
        CpsfSnapshot *before = read_feeds(&world, turns[0]);
        CpsfTrustRun *run = test_run_new(before, policy, &options);

        for (guint i = 1; i < G_N_ELEMENTS(turns); i++) {
            CpsfSnapshot *after = read_feeds(&world, turns[i] & ALL_FEEDS);
            CpsfTrustRun *next = test_run_follow(run, before, after, policy, &options, &updates);

            look_at(before, after, &changes);
            if (turns[i] == turns[i - 1]) /* read again, it is another graph that says the same */
                cr_assert(cpsf_trust_run_get_n_counted(next) == 0);
            cpsf_trust_run_unref(run);
            cpsf_snapshot_unref(before);
            run = next;
            before = after;
        }
        cpsf_trust_run_unref(run);
        cpsf_snapshot_unref(before);
        world_clear(&world);
    }
    cr_expect(updates.n_still >= 320, "%d", updates.n_still);
    cr_expect(updates.n_partial >= 300, "%d", updates.n_partial);
    cr_expect(updates.n_whole >= 50, "%d", updates.n_whole);
    cr_expect(changes.kinds >= 100, "%d", changes.kinds);
    cr_expect(changes.keys >= 100, "%d", changes.keys);
    cr_expect(changes.merged >= 100, "%d", changes.merged);
    cr_expect(changes.ended >= 100, "%d", changes.ended);
}

/* From a graph of some feeds to a what-if of all of them. */
Test(trust_import, what_ifs_of_more_feeds, .timeout = 300)
{
    g_autoptr(CpsfPolicy) policy = test_supply_policy();
    TestUpdates updates = {0};

    for (uint64_t seed = 500; seed < 600; seed++) {
        World world = world_new(seed);
        const CpsfTrustOptions options = {.worlds = 300, .seed = seed};
        g_autoptr(CpsfSnapshot) some = read_feeds(&world, 1 + 2 * (seed % 2));
        g_autoptr(CpsfSnapshot) all = read_feeds(&world, ALL_FEEDS);
        g_autoptr(CpsfTrustRun) run = test_run_new(some, policy, &options);
        const int32_t v = (int32_t) (seed * 17 % (uint64_t) all->graph->n_nodes);
        g_autoptr(CpsfSnapshot) supposed = doubt(all, cpsf_graph_get_key(all->graph, v));
        g_autoptr(CpsfTrustRun) there =
            test_run_follow(run, some, supposed, policy, &options, &updates);
        g_autoptr(CpsfTrustRun) back =
            test_run_follow(there, supposed, some, policy, &options, &updates);

        world_clear(&world);
    }
    cr_expect(updates.n_partial >= 50, "%d", updates.n_partial);
}

/* ---- options ---- */

static CpsfSnapshot *
draw(uint64_t seed, int n)
{
    g_autoptr(TestSupply) supply = test_supply_draw(seed, n, INFINITY);
    g_autoptr(CpsfGraph) graph = test_supply_freeze(supply, 0);

    return cpsf_graph_snapshot(graph, TEST_SUPPLY_AT, NULL);
}

/* A node on which another relies, so that there is something to count. */
static const char *
some_supplier(const CpsfSnapshot *snapshot)
{
    for (int32_t v = 0; v < snapshot->out.n; v++)
        if (snapshot->out.offsets[v] < snapshot->out.offsets[v + 1])
            return cpsf_graph_get_key(snapshot->graph, v);
    cr_fatal("nobody supplies anybody");
}

/* Where sampling ends is for all nodes to say, so that all of them are counted. */
Test(trust_import, a_target_counts_everything, .timeout = 120)
{
    g_autoptr(CpsfPolicy) policy = test_supply_policy();
    int n_other = 0;

    for (uint64_t seed = 0; seed < 40; seed++) {
        const CpsfTrustOptions options = {
            .target_stderr = seed % 2 == 0 ? 0.01 : 0.02,
            .worlds = seed % 3 == 0 ? 1000 : 0,
        };
        g_autoptr(CpsfSnapshot) base = draw(seed, 2 + (int) (seed % 5));
        g_autoptr(CpsfSnapshot) changed = doubt(base, cpsf_graph_get_key(base->graph, 0));
        g_autoptr(CpsfTrustRun) run = test_run_new(base, policy, &options);
        g_autoptr(CpsfTrustRun) wanted = test_run_new(changed, policy, &options);
        g_autoptr(CpsfTrustRun) found = cpsf_trust_run_update(run, changed, NULL);
        g_autofree char *wanted_text = test_run_text(wanted);
        g_autofree char *found_text = test_run_text(found);

        cr_assert_str_eq(found_text, wanted_text);
        cr_assert(eq(i64, cpsf_trust_run_get_n_counted(found), changed->n_holding));
        cr_assert(cpsf_trust_run_get_worlds(found) == cpsf_trust_run_get_worlds(wanted));
        n_other += cpsf_trust_run_get_worlds(found) != cpsf_trust_run_get_worlds(run);
    }
    cr_expect(n_other >= 5, "%d", n_other);
}

Test(trust_import, defaults_and_options_that_go)
{
    g_autoptr(CpsfPolicy) policy = test_supply_policy();
    CpsfGraphBuilder *builder = cpsf_graph_builder_new();
    Feedmaker *feed = feedmaker_new(builder, "urn:example:feed", 1, 5, NULL);
    g_autofree char *lang = g_strdup("ja");

    feedmaker_node(feed, "urn:example:a", CPSF_KIND_COMPANY);
    feedmaker_name(feed, "urn:example:a", "en", "hydrogen");
    feedmaker_name(feed, "urn:example:a", "ja", "suiso");
    feedmaker_add(feed);

    g_autoptr(CpsfGraph) graph = feedmaker_freeze(builder);
    g_autoptr(CpsfSnapshot) snapshot = cpsf_graph_snapshot(graph, TEST_SUPPLY_AT, NULL);
    g_autoptr(CpsfSnapshot) changed = doubt(snapshot, "urn:example:a");
    const CpsfTrustOptions options = {.lang = lang};
    g_autoptr(CpsfTrustRun) plain = test_run_new(snapshot, policy, NULL);
    g_autoptr(CpsfTrustRun) run = test_run_new(snapshot, policy, &options);

    cr_expect(eq(i64, cpsf_trust_run_get_worlds(plain), CPSF_WORLDS_DEFAULT));
    memset(lang, 'x', strlen(lang));

    CpsfTrustRun *held = cpsf_trust_run_ref(plain);
    g_autoptr(CpsfTrustRun) next = cpsf_trust_run_update(held, changed, NULL);
    g_autoptr(CpsfTrustRun) other = cpsf_trust_run_update(run, changed, NULL);
    g_autofree char *english = test_run_text(next);
    g_autofree char *japanese = test_run_text(other);

    cpsf_trust_run_unref(held);
    cr_expect_not_null(strstr(japanese, "suiso"), "%s", japanese);
    cr_expect_not_null(strstr(english, ",0.2"), "%s", english);
    cr_expect(eq(i64, cpsf_trust_run_get_n_counted(next), 1));
}

Test(trust_import, of_nothing)
{
    g_autoptr(CpsfPolicy) policy = test_supply_policy();
    g_autoptr(CpsfGraph) graph = feedmaker_freeze(cpsf_graph_builder_new());
    g_autoptr(CpsfSnapshot) nothing = cpsf_graph_snapshot(graph, 0, NULL);
    g_autoptr(CpsfSnapshot) something = draw(1, 30);
    const CpsfTrustOptions options = {.worlds = 77};
    TestUpdates updates = {0};
    g_autoptr(CpsfTrustRun) run = test_run_new(nothing, policy, &options);
    g_autoptr(CpsfTrustRun) more =
        test_run_follow(run, nothing, something, policy, &options, &updates);
    g_autoptr(CpsfTrustRun) less =
        test_run_follow(more, something, nothing, policy, &options, &updates);

    cr_expect(eq(i64, cpsf_trust_run_get_worlds(less), 77));
    cr_expect(eq(int, updates.n_whole, 1));
    cr_expect(eq(int, updates.n_still, 1));
}

/* ---- refusals ---- */

/* By number, as rows of parameters hold no pointers. */
ParameterizedTestParameters(trust_import, refuses)
{
    static int rows[] = {0, 1, 2, 3, 4, 5, 6, 7};

    return cr_make_param_array(int, rows, G_N_ELEMENTS(rows));
}

ParameterizedTest(int *row, trust_import, refuses)
{
    static const char *const keys[] = {"urn:example:n00", NULL};
    static const struct {
        CpsfTrustOptions options;
        const char *text;
    } bad[] = {
        {{.model = CPSF_TRUST_WEAKEST}, "samples worlds"},
        {{.model = CPSF_TRUST_EBSL}, "samples worlds"},
        {{.method = CPSF_METHOD_EXACT}, "samples worlds"},
        {{.keys = keys}, "all nodes"},
        {{.layer = 4}, "layer 4"},
        {{.worlds = -1}, "-1"},
        {{.threads = -2}, "-2"},
        {{.target_stderr = -0.5}, "target standard error"},
    };
    g_autoptr(CpsfPolicy) policy = test_supply_policy();
    g_autoptr(CpsfSnapshot) snapshot = draw(2, 30);
    g_autoptr(GError) error = NULL;
    g_autoptr(CpsfTrustRun) run = cpsf_trust_run_new(snapshot, policy, &bad[*row].options, &error);

    cr_assert(run == NULL);
    cr_assert(error != NULL);
    cr_expect(eq(int, error->code, CPSF_ERROR_INVALID_VALUE));
    cr_expect_not_null(strstr(error->message, bad[*row].text), "%s", error->message);
}

Test(trust_import, can_be_cancelled)
{
    g_autoptr(CpsfPolicy) policy = test_supply_policy();
    g_autoptr(CpsfSnapshot) base = draw(3, 30);
    g_autoptr(CpsfSnapshot) changed = doubt(base, some_supplier(base));
    GCancellable *cancellable = g_cancellable_new();
    const CpsfTrustOptions options = {.worlds = 600, .cancellable = cancellable};
    g_autoptr(CpsfTrustRun) run = test_run_new(base, policy, &options);
    g_autoptr(CpsfTrustRun) next = cpsf_trust_run_update(run, changed, NULL);
    GError *error = NULL;

    cr_expect(next != NULL);
    g_cancellable_cancel(cancellable);
    cr_expect_null(cpsf_trust_run_new(base, policy, &options, &error));
    cr_expect(g_error_matches(error, CPSF_ERROR, CPSF_ERROR_CANCELLED));
    g_clear_error(&error);
    g_object_unref(cancellable); /* the run has it still */
    cr_expect_null(cpsf_trust_run_update(run, changed, &error));
    cr_expect(g_error_matches(error, CPSF_ERROR, CPSF_ERROR_CANCELLED));
    g_clear_error(&error);
}

/* ---- out of memory ---- */

/* A run, one that follows it to @after, and its rows; their text. */
static char *
do_everything(CpsfSnapshot *before,
              CpsfSnapshot *after,
              CpsfPolicy *policy,
              const CpsfTrustOptions *options,
              GError **error)
{
    g_autoptr(CpsfTrustRun) run = cpsf_trust_run_new(before, policy, options, error);

    if (run == NULL)
        return NULL;

    g_autoptr(CpsfTrustRun) next = cpsf_trust_run_update(run, after, error);

    if (next == NULL)
        return NULL;

    g_autoptr(CpsfTable) table = cpsf_trust_run_get_table(next, error);

    cpsf_mem_fail_after(-1);
    return table != NULL ? test_run_text(next) : NULL;
}

static void
fail_everywhere(CpsfSnapshot *before,
                CpsfSnapshot *after,
                const CpsfTrustOptions *options,
                void (*fail)(int64_t count))
{
    g_autoptr(CpsfPolicy) policy = test_supply_policy();
    g_autoptr(CpsfTrustRun) wanted = test_run_new(after, policy, options);
    g_autofree char *wanted_text = test_run_text(wanted);
    g_autofree char *found = NULL;
    int failures = 0;

    for (int64_t n = 0; found == NULL; n++) {
        g_autoptr(GError) error = NULL;

        fail(n);
        found = do_everything(before, after, policy, options, &error);
        cpsf_mem_fail_after(-1);
        failures += found == NULL;
        cr_assert(found != NULL ? error == NULL : error != NULL, "allocation %d", (int) n);
        cr_assert(found != NULL || error->code == CPSF_ERROR_NO_MEMORY);
        cr_assert(n < 2000);
    }
    cr_expect(failures >= 40, "%d", failures);
    cr_expect_str_eq(found, wanted_text);
}

Test(trust_import, survives_every_allocation_failure, .timeout = 300)
{
    const CpsfTrustOptions options[] = {
        {.worlds = 600, .threads = 1},
        {.worlds = 300, .threads = 1, .target_stderr = 0.001},
    };
    World world = world_new(77);
    g_autoptr(CpsfSnapshot) some = read_feeds(&world, 1);
    g_autoptr(CpsfSnapshot) all = read_feeds(&world, ALL_FEEDS);
    g_autoptr(CpsfSnapshot) supposed = doubt(all, some_supplier(all));

    for (guint i = 0; i < G_N_ELEMENTS(options); i++) {
        fail_everywhere(some, all, &options[i], cpsf_mem_fail_after);
        fail_everywhere(some, all, &options[i], cpsf_mem_fail_once);
        fail_everywhere(all, supposed, &options[i], cpsf_mem_fail_after);
        fail_everywhere(all, supposed, &options[i], cpsf_mem_fail_once);
    }
    world_clear(&world);
}
