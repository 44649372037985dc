/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "config.h"

#include "opinion-test.h"

#include <criterion/criterion.h>
#include <math.h>

CpsfPolicy *
opinion_policy(const char *schemes, const char *roots, const char *more)
{
    g_autofree char *text = g_strdup_printf(
        "<policy xmlns='urn:libcpsf:policy:1'><anchors replace='true'>"
        "<require kind='company' layer='1' assurance='self'/>"
        "<require kind='device' layer='2' assurance='self'/>"
        "<require kind='device' layer='3' assurance='self'/></anchors>"
        "<schemes replace='true'><scheme id='any' layers='1 2 3' assurance='third-party'/>"
        "<scheme id='heavy' layers='1 2 3' assurance='third-party' weight='98'/>"
        "<scheme id='light' layers='1 2 3' assurance='third-party' weight='0'/>"
        "<scheme id='huge' layers='1 2 3' assurance='third-party' weight='1e308'/>"
        "<scheme id='acc' layers='1' assurance='third-party' accredits='assess*'/>"
        "<scheme id='chain' layers='1' assurance='third-party' accredits='chain assessment'/>"
        "%s</schemes>"
        "<roots replace='true'><issuer key='" ROOT "' schemes='any heavy light huge acc chain'/>"
        "<issuer key='" LAB "' schemes='assessment'/><issuer key='" PANEL "'/>%s</roots>"
        "%s</policy>",
        schemes, roots, more);
    g_autoptr(GError) error = NULL;
    CpsfPolicy *policy = test_policy_from_text(text, &error);

    cr_assert(policy != NULL, "%s", error != NULL ? error->message : "");
    return policy;
}

OpinionCase
opinion_case_new(CpsfGraph *graph, CpsfPolicy *policy, CpsfTime at)
{
    OpinionCase c = {
        .graph = graph, .policy = policy, .snapshot = cpsf_graph_snapshot(graph, at, NULL)};

    c.anchors = cpsf_anchors_new(c.snapshot, policy, NULL);
    cr_assert(c.anchors != NULL);
    return c;
}

OpinionCase
opinion_judge(TestFeed *feed)
{
    return opinion_case_new(test_feed_freeze(feed), opinion_policy("", "", ""), AT);
}

void
opinion_case_clear(OpinionCase *c)
{
    cpsf_anchors_free(c->anchors);
    cpsf_snapshot_unref(c->snapshot);
    cpsf_graph_unref(c->graph);
    cpsf_policy_unref(c->policy);
}

CpsfOpinion *
opinion_own(const OpinionCase *c, int layer)
{
    CpsfOpinion *own = g_new0(CpsfOpinion, (size_t) c->graph->n_nodes + 1);

    cr_assert(cpsf_opinions_own(c->anchors, layer, own, NULL));
    return own;
}

void
opinion_expect(const OpinionCase *c, const char *key, int layer, double b, double d)
{
    const int32_t v = cpsf_graph_find_node(c->graph, key);
    g_autofree CpsfOpinion *own = opinion_own(c, layer);

    cr_assert(v >= 0, "%s", key);
    cr_expect(fabs(own[v].belief - b) < 1e-12, "%s %d: belief %.17g, not %.17g", key, layer,
              own[v].belief, b);
    cr_expect(fabs(own[v].disbelief - d) < 1e-12, "%s %d: disbelief %.17g, not %.17g", key, layer,
              own[v].disbelief, d);
    cr_expect(fabs(own[v].uncertainty - (1 - b - d)) < 1e-12, "%s %d: uncertainty %.17g", key,
              layer, own[v].uncertainty);
}

void
opinion_expect_evidence(const OpinionCase *c, const char *key, int layer, double r, double s)
{
    opinion_expect(c, key, layer, r / (r + s + 2), s / (r + s + 2));
}

TestFeed *
opinion_company(void)
{
    TestFeed *feed = test_feed_new();

    test_feed_node(feed, CO, CPSF_KIND_COMPANY, 0);
    return feed;
}

CpsfEvidenceRow *
opinion_say(
    TestFeed *feed, const char *scheme, CpsfAssurance assurance, CpsfStatus status, const char *id)
{
    CpsfEvidenceRow *e = test_feed_evidence(feed, CO, 1, scheme, ROOT);

    e->assurance = (uint8_t) assurance;
    e->status = (uint8_t) status;
    e->id = test_feed_str(feed, id);
    return e;
}
