/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "config.h"

#include "checkgen.h"

#include <criterion/criterion.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "graphgen.h"

TestFeed *
test_feed_new(void)
{
    TestFeed *self = g_new0(TestFeed, 1);

    self->builder = cpsf_graph_builder_new();
    return self;
}

void
test_feed_end(TestFeed *self, const char *file, const char *id)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CpsfFindings) findings = cpsf_findings_new();
    CpsfFeedInfo info = {
        .file = g_strdup(file),
        .id = g_strdup(id),
        .format = g_strdup("cpsf-1"),
        .issued = CPSF_TIME_ALWAYS_BEFORE,
        .version = 1,
    };

    cr_assert(cpsf_graph_builder_add_feed(self->builder, &info, &self->said, findings, &error));
    self->said = (CpsfStatements){0};
}

CpsfGraph *
test_feeds_freeze(TestFeed *self)
{
    g_autoptr(GError) error = NULL;
    CpsfGraph *graph = cpsf_graph_builder_freeze(self->builder, &error);

    cr_assert(graph != NULL, "%s", error != NULL ? error->message : "");
    g_free(self);
    return graph;
}

CpsfGraph *
test_feed_freeze(TestFeed *self)
{
    test_feed_end(self, "t.xml", "urn:example:feed");
    return test_feeds_freeze(self);
}

CpsfStr
test_feed_str(TestFeed *self, const char *text)
{
    CpsfStr id = 0;

    if (text != NULL && text[0] != '\0')
        cr_assert(cpsf_strtab_add(cpsf_graph_builder_get_strings(self->builder), text, strlen(text),
                                  &id, NULL));
    return id;
}

/* Every row a line of its own. */
static CpsfPlace
next_place(TestFeed *self)
{
    const int64_t n =
        self->said.nodes.n + self->said.edges.n + self->said.evidence.n + self->said.opinions.n;

    return (CpsfPlace){.line = (uint32_t) n, .column = 3};
}

CpsfNodeRow *
test_feed_node(TestFeed *self, const char *key, CpsfKind kind, unsigned layers)
{
    CpsfNodeRow *row = cpsf_array_add(&self->said.nodes, NULL);

    row->valid = CPSF_INTERVAL_ALL;
    row->place = next_place(self);
    row->node = test_feed_str(self, key);
    row->kind = (uint8_t) kind;
    row->layers = (uint8_t) layers;
    return row;
}

CpsfEdgeRow *
test_feed_edge(TestFeed *self, CpsfRelation relation, const char *from, const char *to)
{
    CpsfEdgeRow *row = cpsf_array_add(&self->said.edges, NULL);

    row->valid = CPSF_INTERVAL_ALL;
    row->place = next_place(self);
    row->from = test_feed_str(self, from);
    row->to = test_feed_str(self, to);
    row->relation = (uint8_t) relation;
    row->criticality = NAN;
    row->delay = -1;
    return row;
}

CpsfEvidenceRow *
test_feed_evidence(
    TestFeed *self, const char *subject, int layer, const char *scheme, const char *issuer)
{
    CpsfEvidenceRow *row = cpsf_array_add(&self->said.evidence, NULL);

    row->valid = CPSF_INTERVAL_ALL;
    row->said = CPSF_INTERVAL_ALL;
    row->place = next_place(self);
    row->node = test_feed_str(self, subject);
    row->scheme = test_feed_str(self, scheme);
    row->issuer = test_feed_str(self, issuer);
    row->layer = (uint8_t) layer;
    return row;
}

CpsfOpinionRow *
test_feed_opinion(TestFeed *self,
                  const char *subject,
                  int layer,
                  const char *assessor,
                  double belief,
                  double disbelief)
{
    CpsfOpinionRow *row = cpsf_array_add(&self->said.opinions, NULL);

    row->valid = CPSF_INTERVAL_ALL;
    row->place = next_place(self);
    row->node = test_feed_str(self, subject);
    row->assessor = test_feed_str(self, assessor);
    row->layer = (uint8_t) layer;
    row->belief = belief;
    row->disbelief = disbelief;
    row->uncertainty = 1.0 - belief - disbelief;
    return row;
}

CpsfPolicy *
test_policy_from_text(const char *text, GError **error)
{
    g_autofree char *file = NULL;
    const int fd = g_file_open_tmp("cpsf-test-XXXXXX.xml", &file, NULL);

    cr_assert(fd >= 0);
    close(fd);
    cr_assert(g_file_set_contents(file, text, -1, NULL));
    CpsfPolicy *policy = cpsf_policy_load(file, error);

    g_unlink(file);
    return policy;
}

CpsfPolicy *
test_chain_policy(void)
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
        "<require kind='data' layer='3' assurance='second-party'/>"
        "<require kind='data' layer='1' assurance='self'/></anchors>"
        "<schemes replace='true'>"
        "<scheme id='s1' layers='1' assurance='third-party' validity='PT0.0005S'/>"
        "<scheme id='s2' layers='2 3' assurance='cryptographic'/>"
        "<scheme id='s3' layers='1 2 3' assurance='second-party' validity='P1M'/>"
        "<scheme id='self' layers='1 2 3' assurance='self'/>"
        "<scheme id='acc' layers='1' assurance='third-party' accredits='s1 acc s2'/>"
        "<scheme id='acx' layers='1' assurance='third-party' accredits='s3 odd-*'/></schemes>"
        "<roots replace='true'><issuer key='https://root.example/' schemes='acc acx s1'/>"
        "<issuer key='urn:example:n00' schemes='s*'/><issuer key='https://all.example/'/></roots>"
        "<relations><relation name='governs' criticality='0'/></relations>"
        "</policy>",
        &error);

    cr_assert(policy != NULL, "%s", error != NULL ? error->message : "");
    return policy;
}

/* "urn:example:nNN"; one of four texts in turn, so that two fit into one call. */
static const char *
key_of(int i)
{
    static char texts[4][32];
    static int turn = 0;
    char *text = texts[turn++ % 4];

    g_snprintf(text, sizeof texts[0], "urn:example:n%02d", i);
    return text;
}

static const char *
draw_issuer(uint64_t *r, int n)
{
    static const char *const others[] = {"https://root.example/", "https://all.example/",
                                         "https://nobody.example/", ""};
    const uint32_t i = test_random_below(r, (uint32_t) n + 6);

    return i < (uint32_t) n ? key_of((int) i) : others[(i - (uint32_t) n) % 4];
}

/* Mostly good items, so that anchors of every state come out. */
static void
draw_evidence(TestFeed *feed, uint64_t *r, int n, int i)
{
    static const char *const schemes[] = {"s1", "s2", "s3", "self", "acc", "acx", "acc", "odd-1"};
    static const int64_t moments[] = {500, 999, 1000, 1001};
    CpsfEvidenceRow *row = test_feed_evidence(
        feed, key_of((int) test_random_below(r, (uint32_t) n)), 1 + (int) test_random_below(r, 3),
        schemes[test_random_below(r, G_N_ELEMENTS(schemes))], NULL);
    char id[16];

    if (test_random_below(r, 2) == 0)
        row->layer = 1;
    g_snprintf(id, sizeof id, "i%d", i % 7);
    row->id = test_feed_str(feed, id);
    row->issuer = test_feed_str(feed, draw_issuer(r, n));
    row->assurance = (uint8_t) test_random_below(r, CPSF_N_ASSURANCES);
    row->status = (uint8_t) (test_random_below(r, 3) == 0 ? test_random_below(r, CPSF_N_STATUSES)
                                                          : CPSF_STATUS_VALID);
    if (test_random_below(r, 2) == 0)
        row->valid.since = moments[test_random_below(r, 4)];
    if (test_random_below(r, 3) == 0)
        row->valid.until = moments[test_random_below(r, 4)] + 1;
    if (row->valid.until <= row->valid.since)
        row->valid.until = row->valid.since + 1;
    if (test_random_below(r, 4) == 0) {
        g_autofree char *scope =
            g_strdup_printf("%s %s", key_of((int) test_random_below(r, (uint32_t) n)),
                            key_of((int) test_random_below(r, (uint32_t) n + 2)));

        row->scope = test_feed_str(feed, scope);
    }
}

static void
draw_edge(TestFeed *feed, uint64_t *r, int n, const int *kinds)
{
    const int from = (int) test_random_below(r, (uint32_t) n);
    const int to = (int) test_random_below(r, (uint32_t) n);
    const CpsfRelation relation = (CpsfRelation) test_random_below(r, CPSF_N_RELATIONS);

    if (from == to || !cpsf_relation_fits(relation, (CpsfKind) kinds[from], (CpsfKind) kinds[to]))
        return;

    CpsfEdgeRow *row = test_feed_edge(feed, relation, key_of(from), key_of(to));

    if (test_random_below(r, 4) == 0)
        row->criticality = test_random_below(r, 2) == 0 ? 0.0 : 0.5;
    if (test_random_below(r, 6) == 0)
        row->valid.until = 1000;
    if (test_random_below(r, 6) == 0)
        row->group = test_feed_str(feed, "g");
}

/* In eighths, so that they add up; one in four leaves nothing open. */
static void
draw_opinion(TestFeed *feed, uint64_t *r, int n)
{
    static const int64_t moments[] = {500, 999, 1000, 1001};
    const uint32_t known = test_random_below(r, 4) == 0 ? 8 : test_random_below(r, 8);
    const uint32_t belief = test_random_below(r, known + 1);
    CpsfOpinionRow *row = test_feed_opinion(feed, key_of((int) test_random_below(r, (uint32_t) n)),
                                            1 + (int) test_random_below(r, 3), draw_issuer(r, n),
                                            belief / 8.0, (known - belief) / 8.0);

    if (test_random_below(r, 2) == 0)
        row->layer = 1;
    if (test_random_below(r, 2) == 0)
        row->assessor = test_feed_str(feed, "https://all.example/");
    if (test_random_below(r, 2) == 0)
        row->valid.since = moments[test_random_below(r, 4)];
    if (test_random_below(r, 3) == 0)
        row->valid.until = MAX(moments[test_random_below(r, 4)], row->valid.since) + 1;
}

/* The last item once more, somewhere else in the feed. */
static void
repeat_evidence(TestFeed *feed)
{
    CpsfEvidenceRow *row = cpsf_array_add(&feed->said.evidence, NULL);

    *row = feed->said.evidence.items[feed->said.evidence.n - 2];
    row->place = next_place(feed);
}

static void
draw_said(TestFeed *feed, uint64_t *r, int n)
{
    for (int i = 0; i < 3 * n; i++)
        draw_opinion(feed, r, n);
    for (int i = 0; i < n; i++) {
        draw_evidence(feed, r, n, i);
        if (test_random_below(r, 2) == 0)
            repeat_evidence(feed);
    }
}

static CpsfGraph *
draw_chain(uint64_t seed, int n, gboolean has_opinions)
{
    static const CpsfKind kinds[] = {CPSF_KIND_COMPANY, CPSF_KIND_COMPANY, CPSF_KIND_COMPANY,
                                     CPSF_KIND_DEVICE,  CPSF_KIND_DEVICE,  CPSF_KIND_SOFTWARE,
                                     CPSF_KIND_DATA,    CPSF_KIND_PERSON,  CPSF_KIND_SYSTEM,
                                     CPSF_KIND_UNKNOWN};
    uint64_t r = seed;
    TestFeed *feed = test_feed_new();
    int drawn[64];

    for (int i = 0; i < n; i++) {
        drawn[i] = (int) kinds[test_random_below(&r, G_N_ELEMENTS(kinds))];
        if (drawn[i] == CPSF_KIND_UNKNOWN)
            continue;

        CpsfNodeRow *row =
            test_feed_node(feed, key_of(i), (CpsfKind) drawn[i],
                           test_random_below(&r, 3) == 0 ? 1 + test_random_below(&r, 7) : 0);

        if (test_random_below(&r, 10) == 0)
            row->valid.until = 1000;
    }
    for (int i = 0; i < 4 * n; i++)
        draw_edge(feed, &r, n, drawn);
    for (int i = 0; i < 3 * n; i++)
        draw_evidence(feed, &r, n, i);
    if (has_opinions)
        draw_said(feed, &r, n);

    CpsfGraph *graph = test_feed_freeze(feed);

    /* as if a later version no longer said it, from a moment on */
    for (int64_t i = 0; i < graph->evidence.n; i++)
        if (test_random_below(&r, 8) == 0)
            graph->evidence.items[i].said.until = 999 + test_random_below(&r, 3);
    return graph;
}

CpsfGraph *
test_chain_new(uint64_t seed, int n)
{
    return draw_chain(seed, n, FALSE);
}

CpsfGraph *
test_chain_new_with_opinions(uint64_t seed, int n)
{
    return draw_chain(seed, n, TRUE);
}
