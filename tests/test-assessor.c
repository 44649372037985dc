/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Assessors and what they add to the own opinion of an anchor: docs/semantics.md, section 5, last
 * part. */

#include "config.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <math.h>
#include <string.h>

#include "feedmaker.h"
#include "opinion-test.h"

typedef struct {
    double from[3][2]; /* belief and disbelief of up to three sources */
    double b, d;
    double bound; /* of what was published */
} Fusion;

/* Cumulative fusion as published: vs-uulm/go-subjectivelogic (unit tests of its operators) and
 * Jøsang, Wang, Zhang, FUSION 2017, example of three sources: 28/43, 9/43, 6/43.  Base rates do not
 * enter belief and disbelief. */
ParameterizedTestParameters(assessor, fusion)
{
    static Fusion rows[] = {
        {{{.6, .3}, {.091, .604}}, .5129506008011, .4056074766355, 1e-12},
        {{{.091, .604}, {.53, .227}}, .3877797355899, .4558215600831, 1e-12},
        {{{.4, 0}, {.7, 0}}, .75, 0, 1e-12},
        {{{1, 0}, {0, 1}}, .5, .5, 1e-12},
        {{{.1, .3}, {.4, .2}, {.7, .1}}, 28.0 / 43, 9.0 / 43, 1e-12},
        {{{.1, .3}, {.4, .2}, {.7, .1}}, .651, .209, 5e-4},
    };

    return cr_make_param_array(Fusion, rows, G_N_ELEMENTS(rows));
}

ParameterizedTest(Fusion *row, assessor, fusion)
{
    static const char *const assessors[] = {LAB, PANEL, "https://third.example/"};
    TestFeed *feed = opinion_company();

    for (int i = 0; i < 3; i++)
        if (row->from[i][0] + row->from[i][1] > 0)
            test_feed_opinion(feed, CO, 1, assessors[i], row->from[i][0], row->from[i][1]);
    OpinionCase c =
        opinion_case_new(test_feed_freeze(feed),
                         opinion_policy("", "<issuer key='https://third.example/'/>", ""), AT);
    g_autofree CpsfOpinion *own = opinion_own(&c, 1);
    const int32_t v = cpsf_graph_find_node(c.graph, CO);

    cr_expect(fabs(own[v].belief - row->b) < row->bound, "%.17g", own[v].belief);
    cr_expect(fabs(own[v].disbelief - row->d) < row->bound, "%.17g", own[v].disbelief);
    cr_expect(fabs(own[v].belief + own[v].disbelief + own[v].uncertainty - 1) < 1e-15);
    opinion_case_clear(&c);
}

/* 18 and 2 * .5 / .25 = 4 for it, 2 * .25 / .25 = 2 against it. */
Test(assessor, assessors_add_to_evidence)
{
    TestFeed *feed = opinion_company();

    opinion_say(feed, "any", CPSF_ASSURANCE_THIRD_PARTY, CPSF_STATUS_VALID, "a");
    test_feed_opinion(feed, CO, 1, LAB, .5, .25);
    OpinionCase c = opinion_judge(feed);

    opinion_expect_evidence(&c, CO, 1, 22, 2);
    opinion_case_clear(&c);
}

/* Beside opinions that leave nothing open no evidence counts, however heavy: their plain mean. */
Test(assessor, certain_opinions_are_averaged)
{
    TestFeed *feed = opinion_company();

    opinion_say(feed, "heavy", CPSF_ASSURANCE_THIRD_PARTY, CPSF_STATUS_VALID, "a");
    opinion_say(feed, "any", CPSF_ASSURANCE_THIRD_PARTY, CPSF_STATUS_REVOKED, "b");
    test_feed_opinion(feed, CO, 1, LAB, .5, .5);
    test_feed_opinion(feed, CO, 1, PANEL, 1, 0);
    test_feed_opinion(feed, CO, 1, "https://third.example/", 0, .5);
    OpinionCase c =
        opinion_case_new(test_feed_freeze(feed),
                         opinion_policy("", "<issuer key='https://third.example/'/>", ""), AT);

    opinion_expect(&c, CO, 1, .75, .25);
    opinion_case_clear(&c);
}

/* Feeds may be off by 1e-9; opinions are not, and belief never exceeds 1 - disbelief. */
Test(assessor, rounding_of_feeds_goes_no_further)
{
    static const double off[] = {-9e-10, 0, 9e-10};

    for (int i = 0; i < 3; i++) {
        TestFeed *feed = opinion_company();
        CpsfOpinionRow *row = test_feed_opinion(feed, CO, 1, LAB, .3, .7);

        row->uncertainty = 0;
        row->disbelief += off[i];
        OpinionCase c = opinion_judge(feed);
        g_autofree CpsfOpinion *own = opinion_own(&c, 0);
        const CpsfOpinion *o = &own[cpsf_graph_find_node(c.graph, CO)];

        cr_expect(fabs(o->belief - .3) < 1e-9);
        cr_expect(o->belief <= 1 - o->disbelief);
        cr_expect(fabs(o->belief + o->disbelief + o->uncertainty - 1) < 1e-15);
        cr_expect(o->uncertainty == 0);
        opinion_case_clear(&c);
    }
}

/* Who counts: a trusted issuer of assessments who is not the subject, nor makes, supplies, owns,
 * operates or maintains it. */
Test(assessor, assessors_are_trusted_and_do_not_speak_for_themselves)
{
    static const CpsfRelation ties[] = {CPSF_RELATION_MAKES, CPSF_RELATION_SUPPLIES,
                                        CPSF_RELATION_OWNS, CPSF_RELATION_OPERATES,
                                        CPSF_RELATION_MAINTAINS};
    static const char *const strangers[] = {"", ROOT, "https://nobody.example/", DEV};

    for (guint i = 0; i < G_N_ELEMENTS(strangers) + 2; i++) {
        TestFeed *feed = test_feed_new();

        test_feed_node(feed, DEV, CPSF_KIND_DEVICE, 0);
        test_feed_opinion(feed, DEV, 2, i < G_N_ELEMENTS(strangers) ? strangers[i] : LAB, .5, 0);
        OpinionCase c = opinion_judge(feed);

        opinion_expect_evidence(&c, DEV, 2, i < G_N_ELEMENTS(strangers) ? 0 : 2, 0);
        opinion_case_clear(&c);
    }
    for (guint i = 0; i <= G_N_ELEMENTS(ties); i++) {
        TestFeed *feed = test_feed_new();

        test_feed_node(feed, DEV, CPSF_KIND_DEVICE, 0);
        test_feed_node(feed, LAB, CPSF_KIND_COMPANY, 0);
        if (i < G_N_ELEMENTS(ties))
            test_feed_edge(feed, ties[i], LAB, DEV);
        test_feed_opinion(feed, DEV, 2, LAB, .5, 0);
        test_feed_opinion(feed, LAB, 1, LAB, .5, 0);
        OpinionCase c = opinion_judge(feed);

        opinion_expect_evidence(&c, DEV, 2, i < G_N_ELEMENTS(ties) ? 0 : 2, 0);
        opinion_expect_evidence(&c, LAB, 1, 0, 0);
        opinion_case_clear(&c);
    }
}

/* The tie counts while it holds. */
Test(assessor, a_tie_that_has_ended_binds_nobody)
{
    for (int ended = 0; ended < 2; ended++) {
        TestFeed *feed = test_feed_new();

        test_feed_node(feed, DEV, CPSF_KIND_DEVICE, 0);
        test_feed_node(feed, LAB, CPSF_KIND_COMPANY, 0);
        test_feed_edge(feed, CPSF_RELATION_MAKES, LAB, DEV)->valid.until = ended ? AT : AT + 1;
        test_feed_opinion(feed, DEV, 2, LAB, .5, 0);
        OpinionCase c = opinion_judge(feed);

        opinion_expect_evidence(&c, DEV, 2, ended ? 2 : 0, 0);
        opinion_case_clear(&c);
    }
}

/* The root accredits b0 for assessment, and `assess*` names no scheme `acc`, so that b0 accredits
 * nobody. */
Test(assessor, assessors_may_be_accredited)
{
    for (int revoked = 0; revoked < 2; revoked++) {
        TestFeed *feed = opinion_company();

        test_feed_node(feed, "urn:example:b0", CPSF_KIND_COMPANY, 0);
        test_feed_node(feed, "urn:example:b1", CPSF_KIND_COMPANY, 0);
        test_feed_evidence(feed, "urn:example:b0", 1, "acc", ROOT)->status =
            revoked ? CPSF_STATUS_REVOKED : CPSF_STATUS_VALID;
        test_feed_evidence(feed, "urn:example:b1", 1, "acc", "urn:example:b0");
        test_feed_opinion(feed, CO, 1, "urn:example:b0", .5, 0);
        test_feed_opinion(feed, CO, 1, "urn:example:b1", 0, .5);
        OpinionCase c = opinion_judge(feed);

        opinion_expect_evidence(&c, CO, 1, revoked ? 0 : 2, 0);
        opinion_case_clear(&c);
    }
}

/* A root accredits b0, which accredits b1, …: T8 holds b0 to b7, and b8's opinion is not heard. */
Test(assessor, assessors_are_trusted_through_eight_steps)
{
    TestFeed *feed = test_feed_new();
    char key[32];
    char before[32] = ROOT;

    for (int i = 0; i < 10; i++) {
        g_snprintf(key, sizeof key, "urn:example:b%d", i);
        test_feed_node(feed, key, CPSF_KIND_COMPANY, 0);
        test_feed_evidence(feed, key, 1, "chain", before);
        strcpy(before, key);
        g_snprintf(key, sizeof key, "urn:example:dev%d", i);
        test_feed_node(feed, key, CPSF_KIND_DEVICE, CPSF_LAYER(2));
        test_feed_opinion(feed, key, 2, before, .5, 0);
    }
    OpinionCase c = opinion_case_new(test_feed_freeze(feed), opinion_policy("", "", ""), AT);

    for (int i = 0; i < 10; i++) {
        g_snprintf(key, sizeof key, "urn:example:dev%d", i);
        opinion_expect_evidence(&c, key, 2, i < 8 ? 2 : 0, 0);
    }
    opinion_case_clear(&c);
}

/* No feed may speak where signers are named and no signature is verified. */
Test(assessor, without_a_voice_nobody_is_heard)
{
    TestFeed *feed = opinion_company();

    test_feed_opinion(feed, CO, 1, LAB, 1, 0);
    opinion_say(feed, "any", CPSF_ASSURANCE_THIRD_PARTY, CPSF_STATUS_VALID, "a");
    opinion_say(feed, "any", CPSF_ASSURANCE_THIRD_PARTY, CPSF_STATUS_REVOKED, "b");
    OpinionCase c =
        opinion_case_new(test_feed_freeze(feed),
                         opinion_policy("", "", "<signers><ca file='ca.pem'/></signers>"), AT);

    opinion_expect(&c, CO, 1, 0, 0);
    opinion_case_clear(&c);
}

Test(assessor, an_opinion_counts_while_it_is_valid)
{
    static const CpsfInterval intervals[] = {
        {AT, AT + 1}, {0, AT}, {AT + 1, CPSF_TIME_FOREVER}, {CPSF_TIME_ALWAYS_BEFORE, AT + 1}};

    for (int i = 0; i < 4; i++) {
        TestFeed *feed = opinion_company();

        test_feed_opinion(feed, CO, 1, LAB, .5, 0)->valid = intervals[i];
        OpinionCase c = opinion_judge(feed);

        opinion_expect_evidence(&c, CO, 1, i % 3 == 0 ? 2 : 0, 0);
        opinion_case_clear(&c);
    }
}

/* Two opinions of one assessor; the second is the newer for one reason a row. */
typedef struct {
    CpsfTime since[2];
    CpsfTime issued[2];
    gboolean is_own[2]; /* the feed is the subject's */
    int counts;
} TwoOpinions;

ParameterizedTestParameters(assessor, newest)
{
    static TwoOpinions rows[] = {
        {{10, 20}, {5, 5}, {FALSE, FALSE}, 1},
        {{20, 10}, {5, 5}, {FALSE, FALSE}, 0},
        {{CPSF_TIME_ALWAYS_BEFORE, 10}, {9, 5}, {FALSE, FALSE}, 1},
        {{10, 20}, {9, 5}, {TRUE, FALSE}, 1}, /* since before issue and authority */
        {{10, 10}, {5, 6}, {FALSE, FALSE}, 1},
        {{10, 10}, {5, 6}, {TRUE, FALSE}, 1}, /* issue before authority */
        {{10, 10}, {5, 5}, {FALSE, TRUE}, 1},
        {{10, 10}, {5, 5}, {TRUE, FALSE}, 0},
        {{10, 10}, {5, 5}, {FALSE, FALSE}, 0},     /* the id of the feed */
        {{10, AT + 1}, {5, 6}, {FALSE, FALSE}, 0}, /* not yet valid */
    };

    return cr_make_param_array(TwoOpinions, rows, G_N_ELEMENTS(rows));
}

/* Feeds in both orders, and the assessor under two keys. */
ParameterizedTest(TwoOpinions *row, assessor, newest)
{
    static const char *const keys[] = {"urn:example:lab1", "urn:example:lab2"};

    for (int turn = 0; turn < 8; turn++) {
        CpsfGraphBuilder *builder = cpsf_graph_builder_new();

        for (int k = 0; k < 2; k++) {
            const int i = turn & 1 ? 1 - k : k;
            Feedmaker *feed = feedmaker_new(builder, i == 0 ? "a" : "b", 1, row->issued[i],
                                            row->is_own[i] ? CO : PANEL);

            feedmaker_node(feed, CO, CPSF_KIND_COMPANY);
            feedmaker_node(feed, keys[0], CPSF_KIND_COMPANY);
            feedmaker_alias(feed, keys[0], keys[1]);
            CpsfOpinionRow *o = feedmaker_opinion(feed, CO, keys[turn >> (i + 1) & 1]);

            o->valid.since = row->since[i];
            o->belief = i == 0 ? .25 : .75;
            o->uncertainty = 1 - o->belief;
            feedmaker_add(feed);
        }
        OpinionCase c =
            opinion_case_new(feedmaker_freeze(builder),
                             opinion_policy("", "<issuer key='urn:example:lab1'/>", ""), AT);

        opinion_expect(&c, CO, 1, row->counts == 0 ? .25 : .75, 0);
        opinion_case_clear(&c);
    }
}

/* One of many opinions about one anchor, and one an anchor. */
Test(assessor, an_assessor_speaks_once_of_each_anchor)
{
    TestFeed *feed = test_feed_new();

    test_feed_node(feed, DEV, CPSF_KIND_DEVICE, CPSF_LAYER(2) | CPSF_LAYER(3));
    for (int i = 0; i < 300; i++)
        test_feed_opinion(feed, DEV, 2 + i % 2, LAB, .5, 0)->valid.since = i;
    test_feed_opinion(feed, DEV, 2, PANEL, 0, .5);
    OpinionCase c = opinion_judge(feed);

    opinion_expect_evidence(&c, DEV, 2, 2, 2);
    opinion_expect_evidence(&c, DEV, 3, 2, 0);
    opinion_case_clear(&c);
}
