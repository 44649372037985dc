/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What `vouches` carries, and trust by EBSL and EigenTrust of a whole snapshot. */

#include "config.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <string.h>

#include "checkgen.h"
#include "cpsf-trust-private.h"
#include "cpsf-vouch-private.h"
#include "graphgen.h"

enum { AT = 1000 };

#define ROOT "https://root.example/"

/* The root accredits whom has an item `acc`; ROOT2 is a root that no feed of ours mentions. */
static const char policy_text[] =
    "<policy xmlns='urn:libcpsf:policy:1' name='vouch'>"
    "<anchors replace='true'><require kind='company' layer='1' assurance='self'/>"
    "<require kind='company' layer='2' assurance='self'/></anchors>"
    "<schemes replace='true'>"
    "<scheme id='acc' layers='1' assurance='third-party' accredits='s2 s3 w'/>"
    "<scheme id='s0' layers='1 2' assurance='self'/>"
    "<scheme id='s2' layers='1 2' assurance='second-party'/>"
    "<scheme id='s3' layers='1 2' assurance='third-party'/>"
    "<scheme id='w' layers='1' assurance='third-party' weight='7.5'/></schemes>"
    "<roots replace='true'><issuer key='" ROOT "' schemes='acc'/>"
    "<issuer key='https://root2.example/'/></roots>"
    "<relations><relation name='vouches' criticality='0.5'/></relations>"
    "</policy>";

typedef struct {
    CpsfGraph *graph;
    CpsfSnapshot *snapshot;
    CpsfPolicy *policy;
    CpsfAnchors *anchors;
} Case;

static Case
case_with(CpsfGraph *graph, const char *text)
{
    Case c = {.graph = graph, .policy = test_policy_from_text(text, NULL)};

    cr_assert(c.policy != NULL);
    c.snapshot = cpsf_graph_snapshot(graph, AT, NULL);
    c.anchors = cpsf_anchors_new(c.snapshot, c.policy, NULL);
    cr_assert(c.anchors != NULL);
    return c;
}

static Case
case_of(TestFeed *feed)
{
    return case_with(test_feed_freeze(feed), policy_text);
}

static void
case_clear(Case *c)
{
    cpsf_anchors_free(c->anchors);
    cpsf_snapshot_unref(c->snapshot);
    cpsf_graph_unref(c->graph);
    cpsf_policy_unref(c->policy);
}

static CpsfOpinionRow *
say_opinion(TestFeed *feed, const char *who, const char *about, int layer, CpsfOpinion o)
{
    CpsfOpinionRow *row = cpsf_array_add(&feed->said.opinions, NULL);

    row->valid = CPSF_INTERVAL_ALL;
    row->place = (CpsfPlace){.line = (uint32_t) feed->said.opinions.n, .column = 9};
    row->node = test_feed_str(feed, about);
    row->assessor = test_feed_str(feed, who);
    row->layer = (uint8_t) layer;
    row->belief = o.belief;
    row->disbelief = o.disbelief;
    row->uncertainty = o.uncertainty;
    return row;
}

static CpsfEvidenceRow *
say_item(TestFeed *feed, const char *who, const char *about, int layer, const char *scheme, int id)
{
    CpsfEvidenceRow *row = test_feed_evidence(feed, about, layer, scheme, who);
    char text[] = "i0";

    text[1] = (char) ('0' + id);
    row->id = test_feed_str(feed, text);
    return row;
}

#define X "urn:example:x"
#define Y "urn:example:y"
#define Z "urn:example:z"

/* The root answers for x, whom it accredits; x for y by default, y for x not at all. */
static TestFeed *
three_companies(void)
{
    TestFeed *feed = test_feed_new();

    test_feed_node(feed, ROOT, CPSF_KIND_COMPANY, 0);
    test_feed_node(feed, X, CPSF_KIND_COMPANY, 3);
    test_feed_node(feed, Y, CPSF_KIND_COMPANY, 3);
    test_feed_node(feed, Z, CPSF_KIND_COMPANY, 3);
    test_feed_edge(feed, CPSF_RELATION_VOUCHES, ROOT, X)->criticality = 1;
    test_feed_edge(feed, CPSF_RELATION_VOUCHES, X, Y);
    test_feed_edge(feed, CPSF_RELATION_VOUCHES, Y, X)->criticality = 0;
    say_item(feed, ROOT, X, 1, "acc", 0);
    return feed;
}

/* The edge from one to the other in @v; -1 = there is none. */
static int64_t
find(const Case *c, const CpsfVouches *v, const char *from, const char *to)
{
    const int32_t k = cpsf_graph_find_node(c->graph, from);
    const int32_t j = cpsf_graph_find_node(c->graph, to);

    for (int64_t e = v->in.offsets[j]; e < v->in.offsets[j + 1]; e++)
        if (v->in.heads[e] == k)
            return e;
    return -1;
}

static void
expect_evidence(
    const Case *c, int layer, const char *from, const char *to, double positive, double negative)
{
    CpsfVouches v;

    cr_assert(cpsf_vouches_init(&v, c->anchors, layer, NULL));
    const int64_t e = find(c, &v, from, to);

    cr_assert(e >= 0, "%s to %s", from, to);
    cr_expect(epsilon_eq(dbl, v.positive[e], positive, 1e-12), "%s to %s", from, to);
    cr_expect(epsilon_eq(dbl, v.negative[e], negative, 1e-12), "%s to %s", from, to);
    cpsf_vouches_clear(&v);
}

/* 6 times the criticality, by default of the policy; items of the accredited. */
Test(vouches, edges_and_items)
{
    TestFeed *feed = three_companies();

    say_item(feed, X, Y, 1, "s2", 1);
    say_item(feed, X, Y, 1, "s3", 2);
    say_item(feed, X, Y, 2, "s3", 2);
    say_item(feed, X, Y, 1, "w", 3);
    say_item(feed, X, Y, 1, "s3", 4)->status = CPSF_STATUS_REVOKED;
    say_item(feed, X, Y, 1, "s3", 5)->status = CPSF_STATUS_SUSPENDED;
    say_item(feed, X, Y, 1, "s3", 6)->valid.until = AT;
    say_item(feed, X, Y, 1, "unknown", 7);
    say_item(feed, Z, Y, 1, "s3", 8);     /* nobody accredits z */
    say_item(feed, ROOT, Y, 1, "acc", 9); /* no edge */
    Case c = case_of(feed);

    expect_evidence(&c, 0, ROOT, X, 6 + 18.0, 0.0);
    expect_evidence(&c, 0, X, Y, 3 + 6 + 18 + 18 + 7.5, 18.0);
    expect_evidence(&c, 1, X, Y, 3 + 6 + 18 + 7.5, 18.0);
    expect_evidence(&c, 2, X, Y, 3 + 18.0, 0.0);
    expect_evidence(&c, 3, X, Y, 3.0, 0.0);
    expect_evidence(&c, 0, Y, X, 0.0, 0.0);
    case_clear(&c);
}

/* An item that its feed no longer says is not there, pass or not. */
Test(vouches, items_no_longer_said)
{
    TestFeed *feed = three_companies();

    say_item(feed, X, Y, 1, "s2", 1);
    CpsfGraph *graph = test_feed_freeze(feed);

    for (int64_t i = 0; i < graph->evidence.n; i++)
        graph->evidence.items[i].said.until = AT;
    Case c = case_with(graph, policy_text);

    expect_evidence(&c, 0, X, Y, 3.0, 0.0);
    expect_evidence(&c, 0, ROOT, X, 6.0, 0.0);
    case_clear(&c);
}

/* An item of a maker, who speaks for himself, is worth 2. */
Test(vouches, word_about_oneself)
{
    TestFeed *feed = three_companies();

    test_feed_edge(feed, CPSF_RELATION_SUPPLIES, X, Y);
    say_item(feed, X, Y, 1, "s3", 1);
    say_item(feed, X, Y, 1, "s0", 1);
    Case c = case_of(feed);

    expect_evidence(&c, 0, X, Y, 3 + 2 + 2.0, 0.0);
    case_clear(&c);
}

/* The same row again says no more; what states something else of the item does. */
Test(vouches, repeats_count_once)
{
    TestFeed *feed = three_companies();

    for (int i = 0; i < 5; i++) {
        say_item(feed, X, Y, 1, "s2", 1);
        say_item(feed, X, Y, 1, "s2", 1)->valid.until = AT + 1;
        say_item(feed, X, Y, 1, "s2", 1)->status = CPSF_STATUS_FAILED;
    }
    Case c = case_of(feed);

    expect_evidence(&c, 0, X, Y, 3 + 6 + 6.0, 18.0);
    case_clear(&c);
}

/* (.6, .2, .2) is 6 for and 2 against; the newest of a layer counts, and only while it is valid; z
 * has no edge. */
Test(vouches, opinions)
{
    TestFeed *feed = three_companies();

    say_opinion(feed, X, Y, 1, (CpsfOpinion){0.1, 0.8, 0.1});
    say_opinion(feed, X, Y, 1, (CpsfOpinion){0.6, 0.2, 0.2})->valid.since = AT - 1;
    say_opinion(feed, X, Y, 1, (CpsfOpinion){0.3, 0.3, 0.4})->valid.since = AT - 2;
    say_opinion(feed, X, Y, 1, (CpsfOpinion){0, 0.8, 0.2})->valid.since = AT + 1;
    say_opinion(feed, X, Y, 2, (CpsfOpinion){0.5, 0, 0.5});
    say_opinion(feed, X, Y, 3, (CpsfOpinion){0.5, 0, 0.5})->valid.until = AT;
    say_opinion(feed, Z, Y, 1, (CpsfOpinion){0, 0.9, 0.1});
    say_opinion(feed, NULL, Y, 1, (CpsfOpinion){0, 0.9, 0.1});
    say_opinion(feed, "urn:example:nobody", Y, 1, (CpsfOpinion){0, 0.9, 0.1});
    Case c = case_of(feed);

    expect_evidence(&c, 0, X, Y, 3 + 6 + 2.0, 2.0);
    expect_evidence(&c, 1, X, Y, 3 + 6.0, 2.0);
    expect_evidence(&c, 2, X, Y, 3 + 2.0, 0.0);
    expect_evidence(&c, 3, X, Y, 3.0, 0.0);
    case_clear(&c);
}

/* Without uncertainty: beside it neither edge nor item nor the other layer's opinion counts; of two
 * such the mean.  Next to no uncertainty is still an amount. */
Test(vouches, opinions_without_uncertainty)
{
    TestFeed *feed = three_companies();

    test_feed_edge(feed, CPSF_RELATION_VOUCHES, X, Z);
    say_opinion(feed, X, Y, 1, (CpsfOpinion){0.9, 0.1, 0});
    say_opinion(feed, X, Y, 2, (CpsfOpinion){0.5, 0.5, 0});
    say_opinion(feed, X, Y, 3, (CpsfOpinion){0, 0.5, 0.5});
    say_item(feed, X, Y, 1, "s3", 1);
    say_opinion(feed, X, Z, 1, (CpsfOpinion){0.9, 0.1, 1e-300});
    Case c = case_of(feed);
    CpsfVouches v;

    expect_evidence(&c, 0, X, Y, 0.7, 0.3);
    expect_evidence(&c, 1, X, Y, 0.9, 0.1);
    expect_evidence(&c, 3, X, Y, 3.0, 2.0);
    cr_assert(cpsf_vouches_init(&v, c.anchors, 0, NULL));
    cr_expect(v.is_dogmatic[find(&c, &v, X, Y)] == 1);
    cr_expect(v.is_dogmatic[find(&c, &v, ROOT, X)] == 0);
    cr_expect(v.is_dogmatic[find(&c, &v, X, Z)] == 0);
    const int64_t e = find(&c, &v, X, Z);

    cr_expect(isfinite(v.positive[e]));
    cr_expect(epsilon_eq(dbl, v.positive[e] / v.negative[e], 9, 1e-12));
    cpsf_vouches_clear(&v);
    case_clear(&c);
}

/* In three groups: one word, by the higher criticality.  Over, not begun, or without an end: none. */
Test(vouches, which_edges)
{
    TestFeed *feed = three_companies();

    test_feed_edge(feed, CPSF_RELATION_VOUCHES, Y, Z)->criticality = 0.25;
    CpsfEdgeRow *grouped = test_feed_edge(feed, CPSF_RELATION_VOUCHES, Y, Z);

    grouped->criticality = 0.75;
    grouped->group = test_feed_str(feed, "g");
    grouped = test_feed_edge(feed, CPSF_RELATION_VOUCHES, Y, Z);
    grouped->criticality = 0.5;
    grouped->group = test_feed_str(feed, "h");
    test_feed_edge(feed, CPSF_RELATION_VOUCHES, ROOT, Y)->valid.until = AT;
    test_feed_edge(feed, CPSF_RELATION_VOUCHES, ROOT, Z)->valid.since = AT + 1;
    test_feed_edge(feed, CPSF_RELATION_SUPPLIES, Z, X);
    test_feed_node(feed, "urn:example:gone", CPSF_KIND_COMPANY, 0)->valid.until = AT;
    test_feed_edge(feed, CPSF_RELATION_VOUCHES, ROOT, "urn:example:gone");
    test_feed_edge(feed, CPSF_RELATION_VOUCHES, "urn:example:gone", Z);
    Case c = case_of(feed);
    CpsfVouches v;

    expect_evidence(&c, 0, Y, Z, 4.5, 0.0);
    cr_assert(cpsf_vouches_init(&v, c.anchors, 0, NULL));
    cr_expect(v.in.m == 4);
    cr_expect(v.n_roots == 1);
    cr_expect(v.is_root[cpsf_graph_find_node(c.graph, ROOT)] == 1);
    cpsf_vouches_clear(&v);
    case_clear(&c);
}

/* While feeds are not verified and the policy says whose must be, nobody is heard. */
Test(vouches, nobody_unsigned_is_heard)
{
    g_autofree char *text = g_strdup(policy_text);
    g_autofree char *signed_text = NULL;
    TestFeed *feed = three_companies();
    CpsfVouches v;

    text[strlen(text) - strlen("</policy>")] = '\0';
    signed_text = g_strconcat(text,
                              "<signers><delegate fingerprint='sha256:00' publisher='" ROOT
                              "' keys='https://'/></signers></policy>",
                              NULL);
    Case c = case_with(test_feed_freeze(feed), signed_text);

    cr_assert(cpsf_policy_has_signers(c.policy));
    cr_assert(cpsf_vouches_init(&v, c.anchors, 0, NULL));
    cr_expect(v.in.m == 0);
    cpsf_vouches_clear(&v);
    case_clear(&c);
}

static int32_t
node(const Case *c, const char *key)
{
    return cpsf_graph_find_node(c->graph, key);
}

/* b of x = 24 / 26; of y, 24 / 26 of (9, 2) counts; z is only known by one whom no root knows. */
Test(ebsl, by_hand)
{
    TestFeed *feed = three_companies();

    say_opinion(feed, X, Y, 1, (CpsfOpinion){0.6, 0.2, 0.2});
    test_feed_node(feed, "urn:example:w", CPSF_KIND_COMPANY, 0);
    test_feed_edge(feed, CPSF_RELATION_VOUCHES, "urn:example:w", Z);
    test_feed_edge(feed, CPSF_RELATION_VOUCHES, Y, ROOT);
    Case c = case_of(feed);
    CpsfTrustFigures f;
    CpsfTrustReport report = {0};
    const CpsfTrustOptions options = {.model = CPSF_TRUST_EBSL};
    const double g = 24.0 / 26;
    const double all = 11 * g + 2;

    cr_assert(cpsf_trust_by_ebsl(c.anchors, &options, &f, &report, NULL));
    cr_expect(f.expected[node(&c, ROOT)] == 1);
    cr_expect(epsilon_eq(dbl, f.belief[node(&c, X)], g, 1e-15));
    cr_expect(epsilon_eq(dbl, f.expected[node(&c, X)], g + 1.0 / 26, 1e-15));
    cr_expect(epsilon_eq(dbl, f.belief[node(&c, Y)], 9 * g / all, 1e-15));
    cr_expect(epsilon_eq(dbl, f.disbelief[node(&c, Y)], 2 * g / all, 1e-15));
    cr_expect(f.belief[node(&c, Z)] == 0);
    cr_expect(f.disbelief[node(&c, Z)] == 0);
    cr_expect(f.expected[node(&c, Z)] == 0.5);
    cr_expect(f.stderr_of[node(&c, Y)] == 0);
    cr_expect(report.iterations > 0);
    cr_expect(report.error_bound < 1e-12);
    cpsf_trust_figures_clear(&f);
    case_clear(&c);
}

/* The root hands all to x, x all to y, y all back to x: (1 - a) C' t + a p with a = 1/2: root 1/2,
 * x 1/2 (1/2 + y), y x / 2. */
Test(eigentrust, by_hand)
{
    TestFeed *feed = three_companies();

    say_opinion(feed, Y, X, 1, (CpsfOpinion){0.5, 0, 0.5});
    Case c = case_of(feed);
    CpsfTrustFigures f;
    CpsfTrustReport report = {0};
    const CpsfTrustOptions options = {.model = CPSF_TRUST_EIGENTRUST};

    cr_assert(cpsf_trust_by_eigentrust(c.anchors, &options, &f, &report, NULL));
    cr_expect(epsilon_eq(dbl, f.expected[node(&c, ROOT)], 1.0 / 2, 1e-12));
    cr_expect(epsilon_eq(dbl, f.expected[node(&c, X)], 1.0 / 3, 1e-12));
    cr_expect(epsilon_eq(dbl, f.expected[node(&c, Y)], 1.0 / 6, 1e-12));
    cr_expect(f.expected[node(&c, Z)] == 0);
    cr_expect(isnan(f.belief[node(&c, X)]));
    cr_expect(isnan(f.disbelief[node(&c, X)]));
    cr_expect(f.stderr_of[node(&c, X)] == 0);
    cr_expect(report.iterations > 1);
    cr_expect(report.error_bound <= 1e-12);
    cpsf_trust_figures_clear(&f);
    case_clear(&c);
}

typedef gboolean (*Model)(const CpsfAnchors *,
                          const CpsfTrustOptions *,
                          CpsfTrustFigures *,
                          CpsfTrustReport *,
                          GError **);
static const Model models[] = {cpsf_trust_by_ebsl, cpsf_trust_by_eigentrust};

static void
expect_error(const Case *c, Model model, const CpsfTrustOptions *options, CpsfError code)
{
    g_autoptr(GError) error = NULL;
    CpsfTrustFigures f;
    CpsfTrustReport report = {0};

    cr_expect(model(c->anchors, options, &f, &report, &error) == FALSE);
    cr_assert(error != NULL);
    cr_expect(error->domain == CPSF_ERROR);
    cr_expect(error->code == (int) code, "%s", error->message);
    cpsf_trust_figures_clear(&f);
}

/* A root that does not hold, or is no node, is nowhere to begin. */
Test(vouches, no_root_is_a_node)
{
    const CpsfTrustOptions options = {0};
    TestFeed *feed = test_feed_new();

    test_feed_node(feed, X, CPSF_KIND_COMPANY, 0);
    test_feed_node(feed, ROOT, CPSF_KIND_COMPANY, 0)->valid.until = AT;
    test_feed_edge(feed, CPSF_RELATION_VOUCHES, ROOT, X);
    say_opinion(feed, "https://root2.example/", X, 1, (CpsfOpinion){1, 0, 0});
    Case c = case_of(feed);

    expect_error(&c, models[0], &options, CPSF_ERROR_NOT_FOUND);
    expect_error(&c, models[1], &options, CPSF_ERROR_NOT_FOUND);
    case_clear(&c);
}

Test(vouches, cancelled)
{
    g_autoptr(GCancellable) cancellable = g_cancellable_new();
    const CpsfTrustOptions options = {.cancellable = cancellable};
    Case c = case_of(three_companies());

    g_cancellable_cancel(cancellable);
    expect_error(&c, models[0], &options, CPSF_ERROR_CANCELLED);
    expect_error(&c, models[1], &options, CPSF_ERROR_CANCELLED);
    case_clear(&c);
}

/* Who answers for somebody who is sure that he must not be believed: the message says where. */
Test(vouches, a_paradox_is_named)
{
    g_autoptr(GError) error = NULL;
    TestFeed *feed = three_companies();
    const CpsfTrustOptions options = {0};
    CpsfTrustFigures f;
    CpsfTrustReport report = {0};

    say_opinion(feed, Y, X, 1, (CpsfOpinion){0, 1, 0});
    Case c = case_of(feed);

    cr_expect(cpsf_trust_by_ebsl(c.anchors, &options, &f, &report, &error) == FALSE);
    cr_assert(error != NULL);
    cr_expect(error->code == CPSF_ERROR_NOT_CONVERGED);
    cr_expect(strstr(error->message, X) == error->message, "%s", error->message);
    cpsf_trust_figures_clear(&f);
    case_clear(&c);
}

Test(vouches, survive_every_allocation_failure)
{
    const CpsfTrustOptions options = {0};
    TestFeed *feed = three_companies();

    say_opinion(feed, Y, X, 1, (CpsfOpinion){0.5, 0, 0.5});
    say_item(feed, X, Y, 1, "s3", 1);
    Case c = case_of(feed);

    for (size_t i = 0; i < G_N_ELEMENTS(models); i++) {
        gboolean is_done = FALSE;
        int failures = 0;

        for (int64_t n = 0; !is_done; n++) {
            g_autoptr(GError) error = NULL;
            CpsfTrustFigures f;
            CpsfTrustReport report = {0};

            cpsf_mem_fail_after(n);
            is_done = models[i](c.anchors, &options, &f, &report, &error);
            cpsf_mem_fail_after(-1);
            failures += !is_done;
            if (!is_done)
                cr_assert(error->code == CPSF_ERROR_NO_MEMORY);
            cpsf_trust_figures_clear(&f);
        }
        cr_expect(failures >= 15);
    }
    case_clear(&c);
}
