/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The own opinion of an anchor from its evidence, and all of it against an oracle:
 * docs/semantics.md, section 5, last part.  Assessors are in test-assessor.c. */

#include "config.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <math.h>
#include <string.h>

#include "feedmaker.h"
#include "graphgen.h"
#include "opinion-test.h"
#include "oracle-opinion.h"

#define NONE CPSF_ASSURANCE_NONE
#define SELF CPSF_ASSURANCE_SELF
#define SECOND CPSF_ASSURANCE_SECOND_PARTY
#define THIRD CPSF_ASSURANCE_THIRD_PARTY
#define CRYPTO CPSF_ASSURANCE_CRYPTOGRAPHIC

/* One item about one company. */
typedef struct {
    double r, s;
    CpsfAssurance assurance;
    CpsfStatus status;
    char scheme[8];
} OneItem;

ParameterizedTestParameters(opinion, one_item)
{
    static OneItem rows[] = {
        {18, 0, NONE, CPSF_STATUS_VALID, "any"},      {18, 0, THIRD, CPSF_STATUS_VALID, "any"},
        {18, 0, CRYPTO, CPSF_STATUS_VALID, "any"},    {6, 0, SECOND, CPSF_STATUS_VALID, "any"},
        {2, 0, SELF, CPSF_STATUS_VALID, "any"},       {18, 0, THIRD, CPSF_STATUS_RESTRICTED, "any"},
        {98, 0, THIRD, CPSF_STATUS_VALID, "heavy"},   {98, 0, SELF, CPSF_STATUS_VALID, "heavy"},
        {0, 0, THIRD, CPSF_STATUS_VALID, "light"},    {0, 18, THIRD, CPSF_STATUS_REVOKED, "any"},
        {0, 18, SELF, CPSF_STATUS_FAILED, "any"},     {0, 18, SECOND, CPSF_STATUS_WITHDRAWN, "any"},
        {0, 18, CRYPTO, CPSF_STATUS_ANNULLED, "any"}, {0, 18, THIRD, CPSF_STATUS_REVOKED, "heavy"},
        {0, 18, THIRD, CPSF_STATUS_REVOKED, "light"}, {0, 0, THIRD, CPSF_STATUS_PENDING, "any"},
        {0, 0, THIRD, CPSF_STATUS_SUSPENDED, "any"},  {0, 0, THIRD, CPSF_STATUS_EXPIRED, "any"},
        {0, 0, THIRD, CPSF_STATUS_VALID, "odd"},      {0, 0, THIRD, CPSF_STATUS_REVOKED, "odd"},
    };

    return cr_make_param_array(OneItem, rows, G_N_ELEMENTS(rows));
}

ParameterizedTest(OneItem *row, opinion, one_item)
{
    TestFeed *feed = opinion_company();

    opinion_say(feed, row->scheme, row->assurance, row->status, "a");
    OpinionCase c = opinion_judge(feed);

    opinion_expect_evidence(&c, CO, 1, row->r, row->s);
    opinion_expect_evidence(&c, CO, 0, row->r, row->s);
    opinion_case_clear(&c);
}

/* An item that speaks for itself has the weight of a declaration. */
Test(opinion, weight_is_by_effective_assurance)
{
    TestFeed *feed = opinion_company();

    test_feed_evidence(feed, CO, 1, "any", CO);
    OpinionCase c = opinion_judge(feed);

    opinion_expect_evidence(&c, CO, 1, 2, 0);
    opinion_case_clear(&c);
}

/* r = 18 + 6 + 2 + 98, s = 18 + 18. */
Test(opinion, weights_add_up)
{
    TestFeed *feed = opinion_company();

    opinion_say(feed, "any", THIRD, CPSF_STATUS_VALID, "a");
    opinion_say(feed, "any", SECOND, CPSF_STATUS_VALID, "b");
    opinion_say(feed, "any", SELF, CPSF_STATUS_DECLARED, "c");
    opinion_say(feed, "heavy", THIRD, CPSF_STATUS_VALID, "d");
    opinion_say(feed, "any", THIRD, CPSF_STATUS_REVOKED, "e");
    opinion_say(feed, "heavy", SECOND, CPSF_STATUS_FAILED, "f");
    opinion_say(feed, "any", THIRD, CPSF_STATUS_SUSPENDED, "g");
    test_feed_evidence(feed, CO, 1, "any", "https://nobody.example/");
    OpinionCase c = opinion_judge(feed);

    opinion_expect_evidence(&c, CO, 1, 124, 36);
    opinion_case_clear(&c);
}

/* Section 4: results depend on what was said, not on how often. */
Test(opinion, what_is_said_twice_counts_once)
{
    for (int what = 0; what < 10; what++) {
        TestFeed *feed = opinion_company();

        opinion_say(feed, "any", THIRD, CPSF_STATUS_VALID, "a");
        opinion_say(feed, "any", SECOND, CPSF_STATUS_VALID, "a");
        CpsfEvidenceRow *e = opinion_say(feed, "any", THIRD, CPSF_STATUS_VALID, "a");

        if (what == 1)
            e->id = test_feed_str(feed, "b");
        else if (what == 2)
            e->scheme = test_feed_str(feed, "heavy");
        else if (what == 3)
            e->issuer = test_feed_str(feed, PANEL);
        else if (what == 4)
            e->valid.since = 5;
        else if (what == 5)
            e->valid.until = 5000;
        else if (what == 6)
            e->scope = test_feed_str(feed, CO);
        else if (what == 7)
            e->assurance = CRYPTO;
        else if (what == 8)
            e->status = CPSF_STATUS_RESTRICTED;
        else if (what == 9)
            e->status = CPSF_STATUS_REVOKED;
        OpinionCase c = opinion_judge(feed);

        opinion_expect_evidence(&c, CO, 1,
                                24 + (what == 2              ? 98
                                      : what > 0 && what < 9 ? 18
                                                             : 0),
                                what == 9 ? 18 : 0);
        opinion_case_clear(&c);
    }
}

/* An item for two layers is two. */
Test(opinion, an_item_counts_in_each_layer_it_is_for)
{
    TestFeed *feed = test_feed_new();

    test_feed_node(feed, DEV, CPSF_KIND_DEVICE, CPSF_LAYER(2) | CPSF_LAYER(3));
    for (int i = 0; i < 4; i++)
        test_feed_evidence(feed, DEV, 2 + i % 2, "any", ROOT);
    OpinionCase c = opinion_judge(feed);

    opinion_expect_evidence(&c, DEV, 2, 18, 0);
    opinion_expect_evidence(&c, DEV, 3, 18, 0);
    opinion_case_clear(&c);
}

/* The same item by two keys of its issuer, from two feeds. */
Test(opinion, an_issuer_is_one_under_all_its_keys)
{
    static const char *const keys[] = {"urn:example:body", "urn:example:alias"};
    CpsfGraphBuilder *builder = cpsf_graph_builder_new();

    for (int i = 0; i < 2; i++) {
        Feedmaker *feed = feedmaker_new(builder, i == 0 ? "a" : "b", 1, 1, NULL);

        feedmaker_node(feed, CO, CPSF_KIND_COMPANY);
        feedmaker_node(feed, keys[0], CPSF_KIND_COMPANY);
        feedmaker_alias(feed, keys[0], keys[1]);
        CpsfEvidenceRow *e = feedmaker_evidence(feed, CO, "any", "x");

        e->issuer = feedmaker_str(feed, keys[i]);
        e->layer = 1;
        feedmaker_add(feed);
    }
    OpinionCase c = opinion_case_new(
        feedmaker_freeze(builder), opinion_policy("", "<issuer key='urn:example:body'/>", ""), AT);

    opinion_expect_evidence(&c, CO, 1, 18, 0);
    opinion_case_clear(&c);
}

/* Asked and nothing known: ignorance.  Not asked: accepted, unless something counts about it. */
Test(opinion, nobody_is_distrusted_for_what_nobody_asks)
{
    static const char *const person = "urn:example:person";
    static const double want[][2] = {{1, 0}, {.9, 0}, {0, .9}, {0, 0}, {.25, .25}, {1, 0}};

    for (int said = 0; said < 6; said++) {
        TestFeed *feed = opinion_company();

        test_feed_node(feed, person, CPSF_KIND_PERSON, 0);
        CpsfEvidenceRow *e = said < 4 ? test_feed_evidence(feed, person, 1, "any", ROOT) : NULL;

        if (said == 0)
            e->issuer = 0;
        else if (said == 2)
            e->status = CPSF_STATUS_REVOKED;
        else if (said == 3)
            e->scheme = test_feed_str(feed, "light");
        if (said == 4)
            test_feed_opinion(feed, person, 1, LAB, .25, .25);
        OpinionCase c = opinion_judge(feed);

        opinion_expect(&c, CO, 1, 0, 0);
        opinion_expect(&c, CO, 2, 1, 0);
        opinion_expect(&c, person, 2, 1, 0);
        opinion_expect(&c, person, 1, want[said][0], want[said][1]);
        opinion_case_clear(&c);
    }
}

/* There is no anchor where a node is not, and nobody can speak for what is only a reference. */
Test(opinion, only_anchors_have_opinions)
{
    TestFeed *feed = opinion_company();

    test_feed_evidence(feed, CO, 2, "any", ROOT);
    test_feed_opinion(feed, CO, 3, LAB, .5, .25);
    test_feed_edge(feed, CPSF_RELATION_SUPPLIES, "urn:example:shadow", CO);
    for (int layer = 1; layer <= 3; layer++) {
        test_feed_evidence(feed, "urn:example:shadow", layer, "any", ROOT);
        test_feed_opinion(feed, "urn:example:shadow", layer, LAB, 0, 1);
    }
    test_feed_node(feed, "urn:example:late", CPSF_KIND_COMPANY, 0)->valid.since = AT + 1;
    test_feed_evidence(feed, "urn:example:late", 1, "any", ROOT)->status = CPSF_STATUS_REVOKED;
    test_feed_opinion(feed, "urn:example:late", 1, LAB, 0, 1);
    OpinionCase c = opinion_judge(feed);

    opinion_expect(&c, CO, 1, 0, 0);
    opinion_expect(&c, CO, 2, 1, 0);
    opinion_expect(&c, CO, 3, 1, 0);
    opinion_expect(&c, CO, 0, 0, 0);
    opinion_expect(&c, "urn:example:shadow", 0, 0, 0);
    opinion_expect(&c, "urn:example:shadow", 1, 0, 0);
    opinion_expect(&c, "urn:example:shadow", 2, 1, 0);
    for (int layer = 0; layer <= 3; layer++)
        opinion_expect(&c, "urn:example:late", layer, 1, 0);
    opinion_case_clear(&c);
}

/* b = .9 * .5 * 1, 1 - d = 1 * .75 * .1; layer 1 is asked of nobody. */
Test(opinion, layers_are_combined)
{
    TestFeed *feed = test_feed_new();

    test_feed_node(feed, DEV, CPSF_KIND_DEVICE, 7);
    test_feed_evidence(feed, DEV, 2, "any", ROOT);
    test_feed_opinion(feed, DEV, 3, LAB, .5, .25);
    OpinionCase c = opinion_judge(feed);

    opinion_expect(&c, DEV, 1, 1, 0);
    opinion_expect(&c, DEV, 2, .9, 0);
    opinion_expect(&c, DEV, 3, .5, .25);
    opinion_expect(&c, DEV, 0, .45, .25);
    opinion_case_clear(&c);

    feed = test_feed_new();
    test_feed_node(feed, DEV, CPSF_KIND_DEVICE, 7);
    test_feed_evidence(feed, DEV, 1, "any", ROOT)->status = CPSF_STATUS_REVOKED;
    test_feed_opinion(feed, DEV, 2, LAB, .5, .25);
    test_feed_opinion(feed, DEV, 3, LAB, .5, .5);
    c = opinion_judge(feed);
    opinion_expect(&c, DEV, 0, 0, 1 - .1 * .75 * .5);
    opinion_case_clear(&c);
}

/* A what-if's opinion stands in place of everything else about its anchor, and of nothing more. */
Test(opinion, a_set_opinion_replaces_the_anchors_own)
{
    TestFeed *feed = opinion_company();

    test_feed_node(feed, DEV, CPSF_KIND_DEVICE, CPSF_LAYER(2) | CPSF_LAYER(3));
    test_feed_evidence(feed, DEV, 2, "any", ROOT)->status = CPSF_STATUS_REVOKED;
    test_feed_evidence(feed, DEV, 3, "any", ROOT);
    test_feed_opinion(feed, DEV, 2, LAB, 0, 1);
    test_feed_edge(feed, CPSF_RELATION_SUPPLIES, "urn:example:shadow", CO);
    test_feed_node(feed, "urn:example:late", CPSF_KIND_COMPANY, 0)->valid.since = AT + 1;
    OpinionCase c = opinion_judge(feed);
    CpsfSetOpinion set[] = {
        {{0, 1, 0}, cpsf_graph_find_node(c.graph, CO), 1},
        {{.5, .25, .25}, cpsf_graph_find_node(c.graph, DEV), 2},
        {{0, 1, 0}, cpsf_graph_find_node(c.graph, "urn:example:late"), 1},
        {{.7, .3, 0}, cpsf_graph_find_node(c.graph, "urn:example:shadow"), 1},
    };

    c.snapshot->set_opinions = set;
    c.snapshot->n_set_opinions = G_N_ELEMENTS(set);
    cr_assert(set[0].node < set[1].node);
    cr_assert(set[1].node < set[2].node);
    cr_assert(set[2].node < set[3].node);
    opinion_expect(&c, CO, 0, 0, 1);
    opinion_expect(&c, DEV, 2, .5, .25);
    opinion_expect(&c, DEV, 3, .9, 0);
    opinion_expect(&c, DEV, 0, .45, .25);
    opinion_expect(&c, "urn:example:late", 0, 1, 0);
    opinion_expect(&c, "urn:example:shadow", 0, .7, .3);
    c.snapshot->set_opinions = NULL;
    c.snapshot->n_set_opinions = 0;
    opinion_case_clear(&c);
}

/* 20,000 opinions that leave nothing, or next to nothing, open, by an assessor and set, of one layer
 * and of two: whatever is rounded, belief is at most 1 - disbelief, which the planes of section 7
 * rely on. */
Test(opinion, planes_are_nested_whatever_is_rounded)
{
    TestFeed *feed = test_feed_new();
    uint64_t r = 3;

    test_feed_node(feed, DEV, CPSF_KIND_DEVICE, CPSF_LAYER(2) | CPSF_LAYER(3));
    test_feed_opinion(feed, DEV, 2, LAB, .5, .5);
    OpinionCase c = opinion_judge(feed);
    CpsfSetOpinion set = {.layer = 3};

    c.snapshot->set_opinions = &set;
    c.snapshot->n_set_opinions = 1;
    for (int i = 0; i < 20000; i++) {
        const double b = (double) test_random(&r) * 0x1p-64 * (double) test_random(&r) * 0x1p-64;
        CpsfOpinionRow *row = &c.graph->opinions.items[0];

        set.opinion = (CpsfOpinion){b, 1 - b, 0};
        row->belief = (double) test_random(&r) * 0x1p-64;
        row->disbelief = 1 - row->belief;
        row->uncertainty = i % 2 == 0 ? 0 : 1e-30;
        for (int layer = 0; layer <= 3; layer++) {
            CpsfOpinion own;

            cr_assert(cpsf_opinions_own(c.anchors, layer, &own, NULL));
            cr_assert(own.belief <= 1 - own.disbelief);
            cr_assert(own.uncertainty >= 0);
        }
    }
    c.snapshot->set_opinions = NULL;
    c.snapshot->n_set_opinions = 0;
    opinion_case_clear(&c);
}

/* Sums past the largest number, and opinions all but certain. */
Test(opinion, large_evidence_is_weighed_all_the_same)
{
    TestFeed *feed = opinion_company();

    for (int i = 0; i < 3; i++)
        opinion_say(feed, "huge", THIRD, CPSF_STATUS_VALID, i == 0 ? "a" : i == 1 ? "b" : "c");
    CpsfOpinionRow *row = test_feed_opinion(feed, CO, 1, LAB, .25, .75);

    row->uncertainty = 8e-309; /* 2b/u = 6.25e307, 2d/u = 1.875e308; 3e308 of evidence */
    test_feed_node(feed, DEV, CPSF_KIND_DEVICE, CPSF_LAYER(2) | CPSF_LAYER(3));
    test_feed_evidence(feed, DEV, 2, "huge", ROOT);
    test_feed_evidence(feed, DEV, 2, "huge", PANEL);
    test_feed_evidence(feed, DEV, 3, "any", ROOT);
    OpinionCase c = opinion_judge(feed);

    opinion_expect(&c, CO, 1, 3.625 / 5.5, 1.875 / 5.5);
    opinion_expect(&c, DEV, 2, 1, 0);
    opinion_expect_evidence(&c, DEV, 3, 18, 0);
    opinion_case_clear(&c);

    feed = opinion_company();
    row = test_feed_opinion(feed, CO, 1, LAB, .25, .75);
    row->uncertainty = 0x1p-1074;
    row = test_feed_opinion(feed, CO, 1, PANEL, .75, .25);
    row->uncertainty = 0x1p-1074;
    opinion_say(feed, "any", THIRD, CPSF_STATUS_REVOKED, "a");
    c = opinion_judge(feed);
    opinion_expect(&c, CO, 1, .5, .5);
    opinion_case_clear(&c);
}

/* A policy over the schemes of test_chain_new(), with weights, and accreditation for assessment. */
static CpsfPolicy *
chain_policy(void)
{
    g_autoptr(GError) error = NULL;
    CpsfPolicy *policy = test_policy_from_text(
        "<policy xmlns='urn:libcpsf:policy:1' name='chain'>"
        "<anchors replace='true'>"
        "<require kind='company' layer='1' assurance='second-party'/>"
        "<require kind='company' layer='3' assurance='self'/>"
        "<require kind='device' layer='2' assurance='self'/>"
        "<require kind='device' layer='3' assurance='second-party' signed='true'/>"
        "<require kind='software' layer='3' assurance='self'/>"
        "<require kind='data' layer='3' assurance='second-party'/></anchors>"
        "<schemes replace='true'>"
        "<scheme id='s1' layers='1' assurance='third-party' validity='PT0.0005S'/>"
        "<scheme id='s2' layers='2 3' assurance='cryptographic' weight='0.7'/>"
        "<scheme id='s3' layers='1 2 3' assurance='second-party' validity='P1M'/>"
        "<scheme id='self' layers='1 2 3' assurance='self'/>"
        "<scheme id='acc' layers='1' assurance='third-party' accredits='s1 acc s2 assessment'/>"
        "<scheme id='acx' layers='1' assurance='third-party' weight='3.3' "
        "accredits='s3 odd-*'/></schemes>"
        "<roots replace='true'><issuer key='https://root.example/' schemes='acc acx s1'/>"
        "<issuer key='urn:example:n00' schemes='s*'/><issuer key='https://all.example/'/></roots>"
        "</policy>",
        &error);

    cr_assert(policy != NULL, "%s", error != NULL ? error->message : "");
    return policy;
}

static void
agree(const OpinionCase *c, int layer, uint64_t seed, int64_t *kinds)
{
    g_autofree CpsfOpinion *own = opinion_own(c, layer);
    g_autofree CpsfOpinion *want = g_new0(CpsfOpinion, (size_t) c->graph->n_nodes + 1);

    oracle_opinions(c->graph, c->policy, AT, layer, want);
    for (int32_t v = 0; v < c->graph->n_nodes; v++) {
        cr_assert(fabs(own[v].belief - want[v].belief) < 1e-14, "seed %d node %d: %g, not %g",
                  (int) seed, v, own[v].belief, want[v].belief);
        cr_assert(fabs(own[v].disbelief - want[v].disbelief) < 1e-14, "seed %d node %d: %g, not %g",
                  (int) seed, v, own[v].disbelief, want[v].disbelief);
        cr_assert(fabs(own[v].uncertainty - want[v].uncertainty) < 1e-14, "seed %d node %d",
                  (int) seed, v);
        cr_assert(own[v].belief >= 0 && own[v].disbelief >= 0 && own[v].uncertainty >= 0);
        cr_assert(own[v].belief <= 1 - own[v].disbelief);
        kinds[0] += own[v].belief > 0 && own[v].disbelief > 0 && own[v].uncertainty > 0;
        kinds[1] += own[v].uncertainty == 0 && own[v].disbelief > 0;
        kinds[2] += own[v].uncertainty == 1;
        kinds[3] += own[v].belief == 1;
        kinds[4] += own[v].disbelief > .9;
    }
}

/* 1,500 random chains, all layers and each. */
Test(opinion, agrees_with_the_oracle)
{
    int64_t kinds[5] = {0};

    for (uint64_t seed = 0; seed < 1500; seed++) {
        OpinionCase c = opinion_case_new(test_chain_new_with_opinions(seed, 2 + (int) (seed % 11)),
                                         chain_policy(), AT);

        agree(&c, (int) (seed % 4), seed, kinds);
        opinion_case_clear(&c);
    }
    for (int i = 0; i < 5; i++)
        cr_expect(kinds[i] > 50, "%d: %d", i, (int) kinds[i]);
}

/* What is said a second time, by another feed that comes before or after, changes not one bit. */
Test(opinion, repeating_a_feed_changes_nothing)
{
    for (int turn = 0; turn < 4; turn++) {
        g_autofree CpsfOpinion *first = NULL;

        for (int n_feeds = 1; n_feeds <= 2; n_feeds++) {
            CpsfGraphBuilder *builder = cpsf_graph_builder_new();

            for (int f = 0; f < n_feeds; f++) {
                Feedmaker *feed = feedmaker_new(builder,
                                                f == 0     ? "m"
                                                : turn & 1 ? "a"
                                                           : "z",
                                                1,
                                                f == 0     ? 5
                                                : turn & 2 ? 4
                                                           : 6,
                                                NULL);
                uint64_t r = 5;

                feedmaker_node(feed, CO, CPSF_KIND_COMPANY);
                for (int i = 0; i < 40; i++) {
                    static const char *const schemes[] = {"any", "third", "tenth"};
                    CpsfEvidenceRow *e = feedmaker_evidence(
                        feed, CO, schemes[test_random_below(&r, 3)], i % 3 == 0 ? "x" : "y");

                    e->layer = 1;
                    e->issuer = feedmaker_str(feed, PANEL);
                    e->status = (uint8_t) (test_random_below(&r, 4) == 0 ? CPSF_STATUS_REVOKED
                                                                         : CPSF_STATUS_VALID);
                    e->assurance = (uint8_t) test_random_below(&r, CPSF_N_ASSURANCES);
                    e->valid.since = test_random_below(&r, 900);
                }
                feedmaker_opinion(feed, CO, LAB);
                feedmaker_add(feed);
            }
            OpinionCase c = opinion_case_new(
                feedmaker_freeze(builder),
                opinion_policy("<scheme id='third' layers='1' assurance='third-party' "
                               "weight='0.3333333333333333'/>"
                               "<scheme id='tenth' layers='1' assurance='third-party' "
                               "weight='0.1'/>",
                               "", ""),
                AT);
            g_autofree CpsfOpinion *own = opinion_own(&c, 0);

            if (first == NULL)
                first = g_steal_pointer(&own);
            else
                cr_assert(memcmp(first, own, sizeof *own) == 0);
            opinion_case_clear(&c);
        }
    }
}

static gboolean
is_asked(const CpsfAnchors *anchors, const CpsfEvidenceRow *e)
{
    int64_t first;
    int64_t last;

    cpsf_anchors_of(anchors, (int32_t) e->node, &first, &last);
    for (; first < last; first++)
        if (anchors->anchors[first].layer == e->layer)
            return TRUE;
    return FALSE;
}

/* Takes an item back and gives it again; what it said: 0 nothing, 1 it passed, 2 it refuted. */
static int
hold_law(OpinionCase *c, CpsfEvidenceRow *e, int64_t item)
{
    const CpsfInterval said = e->said;
    g_autofree CpsfOpinion *with = opinion_own(c, 0);
    const CpsfVerdict verdict = cpsf_anchors_judge(c->anchors, item, e->layer);
    const gboolean refutes = verdict.reasons != 0;

    e->said.until = e->said.since;
    g_autoptr(CpsfAnchors) fewer = cpsf_anchors_new(c->snapshot, c->policy, NULL);
    g_autofree CpsfOpinion *without = g_new0(CpsfOpinion, (size_t) c->graph->n_nodes + 1);

    cr_assert(cpsf_opinions_own(fewer, 0, without, NULL));
    e->said = said;
    for (int32_t v = 0; v < c->graph->n_nodes; v++) {
        if (v != (int32_t) e->node)
            cr_assert(memcmp(&with[v], &without[v], sizeof *with) == 0);
        else if (refutes)
            cr_assert(with[v].belief <= without[v].belief + 1e-15);
        else
            cr_assert(with[v].belief >= without[v].belief - 1e-15);
    }
    return refutes ? 2 : 1;
}

/* Laws of docs/semantics.md, section 7: passing evidence about an anchor that the policy asks for
 * lowers no belief, refuting evidence raises none.  Each item of 1,000 random chains that leaves
 * trusted issuers as they are. */
Test(opinion, evidence_does_what_it_should)
{
    int held[3] = {0};

    for (uint64_t seed = 0; seed < 1000; seed++) {
        OpinionCase c = opinion_case_new(test_chain_new_with_opinions(seed, 3 + (int) (seed % 9)),
                                         chain_policy(), AT);

        for (int64_t i = 0; i < c.graph->evidence.n; i++) {
            CpsfEvidenceRow *e = &c.graph->evidence.items[i];
            const CpsfVerdict verdict = cpsf_anchors_judge(c.anchors, i, e->layer);
            const char *scheme = cpsf_strtab_get(c.graph->strings, e->scheme);
            const uint32_t refuting =
                1U << CPSF_REASON_REVOKED | 1U << CPSF_REASON_ANNULLED | 1U << CPSF_REASON_FAILED;

            if (!verdict.exists || (verdict.reasons & ~refuting) != 0 ||
                g_str_has_prefix(scheme, "ac"))
                continue;
            if (verdict.reasons != 0 || is_asked(c.anchors, e))
                held[hold_law(&c, e, i)]++;
        }
        opinion_case_clear(&c);
    }
    cr_expect(held[1] > 300, "%d", held[1]);
    cr_expect(held[2] > 200, "%d", held[2]);
}

Test(opinion, nobody_and_nothing)
{
    OpinionCase c = opinion_judge(test_feed_new());
    g_autofree CpsfOpinion *own = opinion_own(&c, 0);

    cr_expect(c.graph->n_nodes == 0);
    cr_expect_not_null(own);
    opinion_case_clear(&c);
}

Test(opinion, survives_every_allocation_failure)
{
    OpinionCase c = opinion_case_new(test_chain_new_with_opinions(7, 12), chain_policy(), AT);
    gboolean is_done = FALSE;
    int failures = 0;

    for (int64_t count = 0; !is_done; count++) {
        g_autoptr(GError) error = NULL;
        g_autofree CpsfOpinion *own = g_new0(CpsfOpinion, (size_t) c.graph->n_nodes);

        cpsf_mem_fail_after(count);
        is_done = cpsf_opinions_own(c.anchors, 0, own, &error);
        cpsf_mem_fail_after(-1);
        failures += !is_done;
        if (!is_done) {
            cr_assert(error->code == CPSF_ERROR_NO_MEMORY);
            cr_assert(own[0].belief + own[0].disbelief + own[0].uncertainty == 0);
        }
    }
    cr_expect(failures >= 6, "%d", failures);
    opinion_case_clear(&c);
}
