/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The evidence state machine of docs/semantics.md, section 5. */

#include "config.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <string.h>

#include "checkgen.h"
#include "cpsf-anchor-private.h"
#include "oracle-check.h"

#define AT INT64_C(1000)
#define SET(r) (1U << CPSF_REASON_##r)
#define CO "urn:example:co"
#define DEV "urn:example:dev"
#define ROOT "https://root.example/"

typedef struct {
    CpsfGraph *graph;
    CpsfSnapshot *snapshot;
    CpsfPolicy *policy;
    CpsfAnchors *anchors;
} Case;

static CpsfPolicy *
policy_of(const char *more)
{
    g_autofree char *text = g_strdup_printf(
        "<policy xmlns='urn:libcpsf:policy:1'><anchors replace='true'>"
        "<require kind='company' layer='1' assurance='second-party'/>"
        "<require kind='device' layer='2' assurance='self'/>"
        "<require kind='software' layer='3' assurance='self'/></anchors>"
        "<schemes replace='true'><scheme id='one' layers='1' assurance='third-party'/>"
        "<scheme id='year' layers='1' assurance='third-party' validity='P1Y'/>"
        "<scheme id='two' layers='2 3' assurance='third-party'/>"
        "<scheme id='decl' layers='1 2' assurance='self'/>"
        "<scheme id='acc' layers='1' assurance='third-party' accredits='one acc'/></schemes>"
        "<roots replace='true'><issuer key='" ROOT "'/></roots>%s</policy>",
        more);
    g_autoptr(GError) error = NULL;
    CpsfPolicy *policy = test_policy_from_text(text, &error);

    cr_assert(policy != NULL, "%s", error != NULL ? error->message : "");
    return policy;
}

static Case
judge(TestFeed *feed, CpsfPolicy *policy, CpsfTime at)
{
    Case c = {.policy = policy, .graph = test_feed_freeze(feed)};

    c.snapshot = cpsf_graph_snapshot(c.graph, at, NULL);
    c.anchors = cpsf_anchors_new(c.snapshot, policy, NULL);
    cr_assert(c.anchors != NULL);
    return c;
}

static void
case_clear(Case *c)
{
    cpsf_anchors_free(c->anchors);
    cpsf_snapshot_unref(c->snapshot);
    cpsf_graph_unref(c->graph);
    cpsf_policy_unref(c->policy);
}

/* The anchor of a node in a layer; NULL if it has none. */
static const CpsfAnchor *
find(const Case *c, const char *key, int layer)
{
    const int32_t v = cpsf_graph_find_node(c->graph, key);
    int64_t first;
    int64_t last;

    cpsf_anchors_of(c->anchors, v, &first, &last);
    for (; first < last; first++)
        if (c->anchors->anchors[first].layer == layer)
            return &c->anchors->anchors[first];
    return NULL;
}

/* One item about one company: what differs from a passing one, and what comes of it. */
typedef struct {
    uint32_t reasons;
    CpsfState state;
    int layer;
    CpsfStatus status;
    CpsfAssurance assurance;
    CpsfTime since, until;
    char scheme[8];
    char issuer[24];
    char scope[24];
} OneItem;

#define ALWAYS CPSF_TIME_ALWAYS_BEFORE, CPSF_TIME_FOREVER
#define THIRD CPSF_ASSURANCE_THIRD_PARTY

ParameterizedTestParameters(anchor, one_item)
{
    /* clang-format off */
    static OneItem rows[] = {
        {0, CPSF_STATE_VERIFIED, 1, CPSF_STATUS_VALID, THIRD, ALWAYS, "one", ROOT, ""},
        {0, CPSF_STATE_VERIFIED, 1, CPSF_STATUS_VALID, THIRD, ALWAYS, "one", ROOT, CO},
        {0, CPSF_STATE_VERIFIED, 1, CPSF_STATUS_VALID, CPSF_ASSURANCE_NONE, ALWAYS, "one", ROOT, ""},
        {0, CPSF_STATE_VERIFIED, 1, CPSF_STATUS_DECLARED, THIRD, ALWAYS, "one", ROOT, ""},
        {0, CPSF_STATE_VERIFIED, 1, CPSF_STATUS_RESTRICTED, THIRD, ALWAYS, "one", ROOT, ""},
        {0, CPSF_STATE_VERIFIED, 1, CPSF_STATUS_VALID_PENDING_RENEWAL, THIRD, ALWAYS, "one", ROOT, ""},
        {0, CPSF_STATE_VERIFIED, 1, CPSF_STATUS_VALID, THIRD, 1000, 1001, "one", ROOT, ""},
        {SET(WRONG_LAYER), CPSF_STATE_UNVERIFIED, 2, CPSF_STATUS_VALID, THIRD, ALWAYS, "one", ROOT, ""},
        {SET(WRONG_LAYER), CPSF_STATE_UNVERIFIED, 1, CPSF_STATUS_VALID, THIRD, ALWAYS, "two", ROOT, ""},
        {SET(UNKNOWN_SCHEME), CPSF_STATE_UNVERIFIED, 1, CPSF_STATUS_VALID, THIRD, ALWAYS, "odd", ROOT, ""},
        {SET(NOT_YET_VALID), CPSF_STATE_UNVERIFIED, 1, CPSF_STATUS_VALID, THIRD, 1001, 2000, "one", ROOT, ""},
        {SET(EXPIRED), CPSF_STATE_UNVERIFIED, 1, CPSF_STATUS_VALID, THIRD, 1, 1000, "one", ROOT, ""},
        {SET(EXPIRED), CPSF_STATE_UNVERIFIED, 1, CPSF_STATUS_VALID_PENDING_RENEWAL, THIRD, 1, 1000, "one", ROOT, ""},
        {SET(EXPIRED), CPSF_STATE_UNVERIFIED, 1, CPSF_STATUS_EXPIRED, THIRD, ALWAYS, "one", ROOT, ""},
        {SET(EXPIRED), CPSF_STATE_UNVERIFIED, 1, CPSF_STATUS_ARCHIVED, THIRD, ALWAYS, "one", ROOT, ""},
        {SET(EXPIRED), CPSF_STATE_UNVERIFIED, 1, CPSF_STATUS_SUPERSEDED, THIRD, ALWAYS, "one", ROOT, ""},
        {SET(PENDING), CPSF_STATE_UNVERIFIED, 1, CPSF_STATUS_PENDING, THIRD, ALWAYS, "one", ROOT, ""},
        {SET(SUSPENDED), CPSF_STATE_UNVERIFIED, 1, CPSF_STATUS_SUSPENDED, THIRD, ALWAYS, "one", ROOT, ""},
        {SET(REVOKED), CPSF_STATE_REFUTED, 1, CPSF_STATUS_REVOKED, THIRD, ALWAYS, "one", ROOT, ""},
        {SET(REVOKED), CPSF_STATE_REFUTED, 1, CPSF_STATUS_WITHDRAWN, THIRD, ALWAYS, "one", ROOT, ""},
        {SET(ANNULLED), CPSF_STATE_REFUTED, 1, CPSF_STATUS_ANNULLED, THIRD, ALWAYS, "one", ROOT, ""},
        {SET(FAILED), CPSF_STATE_REFUTED, 1, CPSF_STATUS_FAILED, THIRD, ALWAYS, "one", ROOT, ""},
        {SET(REVOKED) | SET(UNTRUSTED_ISSUER), CPSF_STATE_UNVERIFIED, 1, CPSF_STATUS_REVOKED, THIRD, ALWAYS, "one", "https://b.example/", ""},
        {SET(WRONG_SCOPE), CPSF_STATE_UNVERIFIED, 1, CPSF_STATUS_VALID, THIRD, ALWAYS, "one", ROOT, DEV},
        {SET(WEAK_ASSURANCE), CPSF_STATE_UNVERIFIED, 1, CPSF_STATUS_VALID, CPSF_ASSURANCE_SELF, ALWAYS, "one", "", ""},
        {SET(WEAK_ASSURANCE), CPSF_STATE_UNVERIFIED, 1, CPSF_STATUS_VALID, THIRD, ALWAYS, "decl", "", ""},
        {SET(WEAK_ASSURANCE), CPSF_STATE_UNVERIFIED, 1, CPSF_STATUS_VALID, THIRD, ALWAYS, "one", CO, ""},
        {SET(UNTRUSTED_ISSUER), CPSF_STATE_UNVERIFIED, 1, CPSF_STATUS_VALID, THIRD, ALWAYS, "one", "https://b.example/", ""},
        {SET(UNTRUSTED_ISSUER), CPSF_STATE_UNVERIFIED, 1, CPSF_STATUS_VALID, THIRD, ALWAYS, "one", "", ""},
    };
    /* clang-format on */
    return cr_make_param_array(OneItem, rows, G_N_ELEMENTS(rows));
}

ParameterizedTest(OneItem *row, anchor, one_item)
{
    TestFeed *feed = test_feed_new();

    test_feed_node(feed, CO, CPSF_KIND_COMPANY, 0);
    test_feed_node(feed, DEV, CPSF_KIND_DEVICE, 0);
    CpsfEvidenceRow *e = test_feed_evidence(feed, CO, row->layer, row->scheme, row->issuer);

    e->status = (uint8_t) row->status;
    e->assurance = (uint8_t) row->assurance;
    e->valid = (CpsfInterval){row->since, row->until};
    e->scope = test_feed_str(feed, row->scope);

    Case c = judge(feed, policy_of(""), AT);
    const CpsfAnchor *a = find(&c, CO, 1);

    cr_assert_not_null(a);
    cr_expect(a->reasons == row->reasons, "%x, not %x", a->reasons, row->reasons);
    cr_expect(a->state == row->state);
    cr_expect(a->item == 0);
    case_clear(&c);
}

Test(anchor, nothing_said_is_never_success)
{
    TestFeed *feed = test_feed_new();

    test_feed_node(feed, CO, CPSF_KIND_COMPANY, 0);
    test_feed_node(feed, "urn:example:place", CPSF_KIND_PLACE, 0);
    test_feed_node(feed, "urn:example:late", CPSF_KIND_COMPANY, 0)->valid.since = 1001;
    test_feed_edge(feed, CPSF_RELATION_SUPPLIES, "urn:example:shadow", CO);
    test_feed_evidence(feed, "urn:example:shadow", 1, "one", ROOT);
    test_feed_evidence(feed, CO, 1, "one", ROOT);

    Case c = judge(feed, policy_of(""), AT);

    cr_expect(find(&c, CO, 1)->state == CPSF_STATE_VERIFIED);
    /* as if a later version had taken it back, at this very moment */
    for (int64_t i = 0; i < c.graph->evidence.n; i++)
        c.graph->evidence.items[i].said.until = AT;
    cpsf_anchors_free(c.anchors);
    c.anchors = cpsf_anchors_new(c.snapshot, c.policy, NULL);
    cr_assert(c.anchors->n_anchors == 2);
    cr_expect(find(&c, CO, 1)->reasons == SET(NO_EVIDENCE));
    cr_expect(find(&c, CO, 1)->state == CPSF_STATE_UNVERIFIED);
    cr_expect(find(&c, "urn:example:shadow", 1)->reasons == SET(UNKNOWN_KIND));
    cr_expect(find(&c, "urn:example:shadow", 1)->state == CPSF_STATE_UNVERIFIED);
    case_clear(&c);
}

/* 29 February 2024 and a year is 28 February 2025. */
Test(anchor, validity_ends_an_item_by_the_calendar)
{
    for (int late = 0; late < 2; late++) {
        TestFeed *feed = test_feed_new();
        CpsfTime end = 0;

        test_feed_node(feed, CO, CPSF_KIND_COMPANY, 0);
        CpsfEvidenceRow *e = test_feed_evidence(feed, CO, 1, "year", ROOT);

        cr_assert(cpsf_time_parse("2024-02-29T00:00:00Z", -1, &e->valid.since, NULL, NULL));
        cr_assert(cpsf_time_parse("2025-02-28T00:00:00Z", -1, &end, NULL, NULL));
        Case c = judge(feed, policy_of(""), end - 1 + late);

        cr_expect(find(&c, CO, 1)->reasons == (late ? SET(EXPIRED) : 0));
        cr_expect(cpsf_anchors_judge(c.anchors, 0, 1).until == end);
        case_clear(&c);
    }
}

/* Whoever makes, supplies, owns, operates or maintains a thing speaks for himself about it. */
Test(anchor, close_issuers_count_as_self)
{
    static const CpsfRelation ties[] = {CPSF_RELATION_MAKES, CPSF_RELATION_SUPPLIES,
                                        CPSF_RELATION_OWNS, CPSF_RELATION_OPERATES,
                                        CPSF_RELATION_MAINTAINS};

    for (guint i = 0; i <= G_N_ELEMENTS(ties); i++) {
        TestFeed *feed = test_feed_new();

        test_feed_node(feed, CO, CPSF_KIND_COMPANY, 0);
        test_feed_node(feed, DEV, CPSF_KIND_DEVICE, 0);
        test_feed_edge(feed, i < G_N_ELEMENTS(ties) ? ties[i] : CPSF_RELATION_GOVERNS,
                       i < G_N_ELEMENTS(ties) ? CO : DEV, i < G_N_ELEMENTS(ties) ? DEV : CO);
        test_feed_evidence(feed, DEV, 2, "two", CO);
        Case c = judge(feed, policy_of(""), AT);

        cr_expect(cpsf_anchors_judge(c.anchors, 0, 2).assurance ==
                  (i < G_N_ELEMENTS(ties) ? CPSF_ASSURANCE_SELF : CPSF_ASSURANCE_THIRD_PARTY));
        cr_expect(find(&c, DEV, 2)->reasons ==
                  (i < G_N_ELEMENTS(ties) ? 0 : SET(UNTRUSTED_ISSUER)));
        case_clear(&c);
    }
}

/* A scope holds a subject that is part of it, through any number of steps, while that lasts. */
Test(anchor, scope_reaches_down_part_of)
{
    for (int ended = 0; ended < 2; ended++) {
        TestFeed *feed = test_feed_new();

        test_feed_node(feed, "urn:example:a", CPSF_KIND_SOFTWARE, 0);
        test_feed_node(feed, "urn:example:b", CPSF_KIND_SOFTWARE, 0);
        test_feed_node(feed, "urn:example:c", CPSF_KIND_SYSTEM, 0);
        test_feed_edge(feed, CPSF_RELATION_PART_OF, "urn:example:a", "urn:example:b");
        test_feed_edge(feed, CPSF_RELATION_PART_OF, "urn:example:b", "urn:example:c")->valid.until =
            ended ? 1000 : 1001;
        CpsfEvidenceRow *e = test_feed_evidence(feed, "urn:example:a", 3, "two", ROOT);

        e->scope = test_feed_str(feed, "urn:example:zz urn:example:c");
        Case c = judge(feed, policy_of(""), AT);

        cr_expect(find(&c, "urn:example:a", 3)->reasons == (ended ? SET(WRONG_SCOPE) : 0));
        case_clear(&c);
    }
}

/* The root accredits b0, which accredits b1, …: T8 holds b0 to b7.  b7's items pass, b8's not. */
Test(anchor, trust_ends_after_eight_steps)
{
    TestFeed *feed = test_feed_new();
    char key[32];
    char before[32] = ROOT;

    for (int i = 0; i < 10; i++) {
        g_snprintf(key, sizeof key, "urn:example:b%d", i);
        test_feed_node(feed, key, CPSF_KIND_COMPANY, 0);
        test_feed_evidence(feed, key, 1, "acc", before);
        strcpy(before, key);
    }
    Case c = judge(feed, policy_of("<x:a xmlns:x='urn:x'/>"), AT);

    (void) key;
    for (int i = 0; i < 10; i++) {
        g_snprintf(key, sizeof key, "urn:example:b%d", i);
        cr_expect(find(&c, key, 1)->reasons == (i <= 8 ? 0 : SET(UNTRUSTED_ISSUER)), "%d", i);
    }
    case_clear(&c);
}

Test(anchor, a_ring_of_accreditation_trusts_nobody)
{
    TestFeed *feed = test_feed_new();

    test_feed_node(feed, "urn:example:a", CPSF_KIND_COMPANY, 0);
    test_feed_node(feed, "urn:example:b", CPSF_KIND_COMPANY, 0);
    test_feed_evidence(feed, "urn:example:a", 1, "acc", "urn:example:b");
    test_feed_evidence(feed, "urn:example:b", 1, "acc", "urn:example:a");
    Case c = judge(feed, policy_of(""), AT);

    cr_expect(find(&c, "urn:example:a", 1)->reasons == SET(UNTRUSTED_ISSUER));
    cr_expect(find(&c, "urn:example:b", 1)->reasons == SET(UNTRUSTED_ISSUER));
    case_clear(&c);
}

Test(anchor, signatures_that_are_asked_for_are_missed)
{
    static const char *const policies[] = {
        "<signers><ca file='ca.pem'/></signers>",
        "<signers><delegate subject='s' publisher='https://a.example/' keys='urn:'/></signers>",
    };

    for (guint i = 0; i < G_N_ELEMENTS(policies); i++) {
        TestFeed *feed = test_feed_new();

        test_feed_node(feed, CO, CPSF_KIND_COMPANY, 0);
        test_feed_evidence(feed, CO, 1, "one", ROOT);
        Case c = judge(feed, policy_of(policies[i]), AT);

        cr_expect(find(&c, CO, 1)->reasons == SET(UNSIGNED));
        case_clear(&c);
    }
}

/* Fewest reasons, then highest assurance, then the least id. */
Test(anchor, reports_the_item_closest_to_passing)
{
    static const char *const ids[] = {"d", "c", "b", "a"};
    TestFeed *feed = test_feed_new();

    test_feed_node(feed, CO, CPSF_KIND_COMPANY, 0);
    for (int i = 0; i < 4; i++) {
        CpsfEvidenceRow *e = test_feed_evidence(feed, CO, 1, "one", i == 3 ? "" : ROOT);

        e->id = test_feed_str(feed, ids[i]);
        e->status = CPSF_STATUS_PENDING;
        e->assurance = i == 2 ? CPSF_ASSURANCE_SECOND_PARTY : CPSF_ASSURANCE_CRYPTOGRAPHIC;
    }
    Case c = judge(feed, policy_of(""), AT);
    const CpsfAnchor *a = find(&c, CO, 1);

    cr_expect_str_eq(cpsf_strtab_get(c.graph->strings, c.graph->evidence.items[a->item].id), "c");
    cr_expect(a->reasons == SET(PENDING));
    case_clear(&c);
}

/* A verified device of a maker who is not is incomplete; unknown makers and persons likewise. */
Test(anchor, device_of_an_unverified_maker_is_incomplete)
{
    for (int good = 0; good < 3; good++) {
        TestFeed *feed = test_feed_new();

        test_feed_node(feed, CO, CPSF_KIND_COMPANY, 0);
        test_feed_node(feed, DEV, CPSF_KIND_DEVICE, 0);
        test_feed_edge(feed, CPSF_RELATION_MAKES, CO, DEV);
        test_feed_evidence(feed, DEV, 2, "two", ROOT);
        if (good > 0)
            test_feed_evidence(feed, CO, 1, "one", ROOT);
        if (good > 1)
            test_feed_edge(feed, CPSF_RELATION_MAINTAINS, "urn:example:who", DEV);
        Case c = judge(feed, policy_of(""), AT);
        const CpsfAnchor *a = find(&c, DEV, 2);

        cr_expect(a->state == CPSF_STATE_VERIFIED);
        cr_expect(a->is_incomplete == (good != 1));
        case_clear(&c);
    }
}

Test(anchor, origin_is_unknown_without_an_edge_that_tells)
{
    TestFeed *feed = test_feed_new();

    test_feed_node(feed, CO, CPSF_KIND_COMPANY, 0);
    test_feed_node(feed, DEV, CPSF_KIND_DEVICE, 0);
    test_feed_node(feed, "urn:example:d", CPSF_KIND_DATA, 0);
    test_feed_node(feed, "urn:example:e", CPSF_KIND_DATA, 0);
    test_feed_edge(feed, CPSF_RELATION_OWNS, CO, "urn:example:d");
    test_feed_edge(feed, CPSF_RELATION_OPERATES, CO, DEV);
    test_feed_edge(feed, CPSF_RELATION_SENSES, DEV, "urn:example:e");
    Case c = judge(feed, policy_of(""), AT);

    cr_expect(
        cpsf_anchor_has_unknown_origin(c.snapshot, cpsf_graph_find_node(c.graph, "urn:example:d")));
    cr_expect(cpsf_anchor_has_unknown_origin(
                  c.snapshot, cpsf_graph_find_node(c.graph, "urn:example:e")) == FALSE);
    cr_expect(cpsf_anchor_has_unknown_origin(c.snapshot, cpsf_graph_find_node(c.graph, DEV)) ==
              FALSE);
    cr_expect(cpsf_anchor_has_unknown_origin(c.snapshot, cpsf_graph_find_node(c.graph, CO)) ==
              FALSE);
    case_clear(&c);
}

static void
agree(const Case *c, const Oracle *o, uint64_t seed)
{
    int64_t n_asked = 0;

    for (int v = 0; v < o->n; v++)
        for (int l = 0; l < 3; l++) {
            const OracleAnchor *e = &o->anchor[v][l];

            if (!e->asked)
                continue;
            cr_assert(n_asked < c->anchors->n_anchors);

            const CpsfAnchor *a = &c->anchors->anchors[n_asked++];

            cr_assert(a->node == v, "seed %d", (int) seed);
            cr_assert(a->layer == l + 1, "seed %d", (int) seed);
            cr_assert(a->state == e->state, "seed %d node %d", (int) seed, v);
            cr_assert(a->reasons == e->reasons, "seed %d node %d: %x, not %x", (int) seed, v,
                      a->reasons, e->reasons);
            cr_assert(a->item == e->item, "seed %d node %d", (int) seed, v);
            cr_assert(a->is_incomplete == e->incomplete, "seed %d node %d", (int) seed, v);
        }
    cr_assert(n_asked == c->anchors->n_anchors);
}

/* 1,500 random chains; every state must come out, most reasons too. */
Test(anchor, agrees_with_the_oracle)
{
    int64_t states[CPSF_N_STATES] = {0};
    uint32_t reasons = 0;
    gboolean incomplete = FALSE;

    for (uint64_t seed = 0; seed < 1500; seed++) {
        Case c = {.policy = test_chain_policy(),
                  .graph = test_chain_new(seed, 2 + (int) (seed % 11))};

        c.snapshot = cpsf_graph_snapshot(c.graph, AT, NULL);
        c.anchors = cpsf_anchors_new(c.snapshot, c.policy, NULL);
        g_autoptr(Oracle) oracle = oracle_new(c.graph, c.policy, AT);

        agree(&c, oracle, seed);
        for (int64_t a = 0; a < c.anchors->n_anchors; a++) {
            states[c.anchors->anchors[a].state]++;
            reasons |= c.anchors->anchors[a].reasons;
            incomplete |= c.anchors->anchors[a].is_incomplete;
        }
        case_clear(&c);
    }
    for (int s = 0; s < CPSF_N_STATES; s++)
        cr_expect(states[s] > 30, "state %d: %d", s, (int) states[s]);
    cr_expect(reasons == ((1U << CPSF_N_REASONS) - 1 - SET(BAD_SIGNATURE) - SET(UNTRUSTED_SIGNER)),
              "%x", reasons);
    cr_expect(incomplete);
}

/* Laws of docs/semantics.md, section 7, at the level of anchors: one more passing item makes its
 * anchor verified and changes no other; the same item revoked verifies nothing. */
Test(anchor, passing_evidence_never_harms)
{
    for (int revoked = 0; revoked < 2; revoked++) {
        TestFeed *feed = test_feed_new();

        test_feed_node(feed, CO, CPSF_KIND_COMPANY, 0);
        test_feed_node(feed, DEV, CPSF_KIND_DEVICE, 0);
        test_feed_evidence(feed, CO, 1, "one", ROOT)->status = CPSF_STATUS_FAILED;
        test_feed_evidence(feed, CO, 1, "one", ROOT)->status =
            revoked ? CPSF_STATUS_REVOKED : CPSF_STATUS_VALID;
        Case c = judge(feed, policy_of(""), AT);

        cr_expect(find(&c, CO, 1)->state == (revoked ? CPSF_STATE_REFUTED : CPSF_STATE_VERIFIED));
        cr_expect(find(&c, DEV, 2)->reasons == SET(NO_EVIDENCE));
        case_clear(&c);
    }
}

Test(anchor, survives_every_allocation_failure)
{
    g_autoptr(CpsfGraph) graph = test_chain_new(7, 12);
    g_autoptr(CpsfPolicy) policy = test_chain_policy();
    g_autoptr(CpsfSnapshot) snapshot = cpsf_graph_snapshot(graph, AT, NULL);
    gboolean is_done = FALSE;
    int failures = 0;

    for (int64_t count = 0; !is_done; count++) {
        g_autoptr(GError) error = NULL;

        cpsf_mem_fail_after(count);
        g_autoptr(CpsfAnchors) anchors = cpsf_anchors_new(snapshot, policy, &error);
        cpsf_mem_fail_after(-1);
        is_done = anchors != NULL;
        failures += !is_done;
        if (!is_done)
            cr_assert(error->code == CPSF_ERROR_NO_MEMORY);
    }
    cr_expect(failures >= 8);
}
