/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Supply chains to ask about trust: told, drawn, frozen; and their own opinions by hand. */

#include "config.h"

#include "supplygen.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "checkgen.h"
#include "graphgen.h"

#define N_FEEDS 3

static const char *const assessors[] = {"https://assessor.example/", "https://judge.example/"};

TestSupply *
test_supply_new(void)
{
    TestSupply *self = g_new0(TestSupply, 1);

    self->said = g_array_new(FALSE, TRUE, sizeof(TestSaid));
    return self;
}

TestSupply *
test_supply_copy(const TestSupply *self)
{
    TestSupply *copy = test_supply_new();

    g_array_append_vals(copy->said, self->said->data, self->said->len);
    return copy;
}

void
test_supply_free(TestSupply *self)
{
    g_array_unref(self->said);
    g_free(self);
}

static TestSaid *
say(TestSupply *self, TestSays says, const char *key)
{
    g_array_set_size(self->said, self->said->len + 1);
    TestSaid *said = &g_array_index(self->said, TestSaid, self->said->len - 1);

    said->says = says;
    said->valid = CPSF_INTERVAL_ALL;
    said->criticality = NAN;
    g_strlcpy(said->key, key, sizeof said->key);
    return said;
}

TestSaid *
test_supply_node(TestSupply *self, const char *key, CpsfKind kind)
{
    TestSaid *said = say(self, TEST_SAYS_NODE, key);

    said->kind = (int) kind;
    return said;
}

TestSaid *
test_supply_edge(TestSupply *self, const char *from, const char *to, double c)
{
    return test_supply_member(self, from, to, c, "");
}

TestSaid *
test_supply_member(TestSupply *self, const char *from, const char *to, double c, const char *group)
{
    TestSaid *said = say(self, TEST_SAYS_EDGE, to);

    g_strlcpy(said->from, from, sizeof said->from);
    g_strlcpy(said->group, group, sizeof said->group);
    said->relation = CPSF_RELATION_SUPPLIES;
    said->criticality = c;
    return said;
}

TestSaid *
test_supply_group(TestSupply *self, const char *key, const char *group, int need)
{
    TestSaid *said = say(self, TEST_SAYS_GROUP, key);

    g_strlcpy(said->group, group, sizeof said->group);
    said->need = need;
    return said;
}

TestSaid *
test_supply_opinion(TestSupply *self, const char *key, int layer, double b, double d, double u)
{
    TestSaid *said = say(self, TEST_SAYS_OPINION, key);

    said->opinion = (CpsfOpinion){b, d, u};
    said->layer = layer;
    return said;
}

TestSaid *
test_supply_evidence(TestSupply *self, const char *key, int layer, CpsfStatus status)
{
    TestSaid *said = say(self, TEST_SAYS_EVIDENCE, key);

    said->layer = layer;
    said->status = (int) status;
    said->assurance = CPSF_ASSURANCE_THIRD_PARTY;
    return said;
}

const char *
test_supply_key(int i)
{
    static char texts[8][32];
    static int turn = 0;
    char *text = texts[turn++ % 8];

    g_snprintf(text, sizeof texts[0], "urn:example:n%02d", i);
    return text;
}

/* ---- drawn at random ---- */

typedef struct {
    TestSupply *supply;
    uint64_t r;
    double room; /* outcomes that may still be multiplied in */
    int n;
    int *kinds; /* n */
} Draw;

static uint32_t
below(Draw *self, uint32_t n)
{
    return test_random_below(&self->r, n);
}

static double
fraction(Draw *self)
{
    return ((double) below(self, 1000000) + 0.5) / 1000000;
}

/* Whether there is room for an event with @outcomes outcomes; takes it. */
static gboolean
take(Draw *self, double outcomes)
{
    if (self->room < outcomes)
        return FALSE;
    self->room /= outcomes;
    return TRUE;
}

static void
draw_unsure(Draw *self, const char *key, int layer, int assessor)
{
    const double b = fraction(self) * 0.95;
    const double d = below(self, 3) == 0 ? 0 : fraction(self) * (0.95 - b);

    test_supply_opinion(self->supply, key, layer, b, d, 1 - b - d)->assessor = assessor;
}

static void
draw_certain(Draw *self, const char *key, int layer, double b, int assessor)
{
    test_supply_opinion(self->supply, key, layer, b, 1 - b, 0)->assessor = assessor;
}

/* What is known of one anchor, with something left to chance. */
static void
draw_chance(Draw *self, const char *key, int layer)
{
    switch (below(self, 8)) {
    case 0:
        test_supply_evidence(self->supply, key, layer, CPSF_STATUS_VALID);
        break;
    case 1:
        test_supply_evidence(self->supply, key, layer, CPSF_STATUS_FAILED);
        break;
    case 2:
        test_supply_evidence(self->supply, key, layer, CPSF_STATUS_VALID)->assurance =
            CPSF_ASSURANCE_SECOND_PARTY;
        draw_unsure(self, key, layer, 1);
        break;
    case 3:
        draw_unsure(self, key, layer, 0);
        draw_unsure(self, key, layer, 1);
        break;
    case 4:
        draw_certain(self, key, layer, fraction(self), 0);
        draw_certain(self, key, layer, fraction(self), 1);
        break;
    case 5:
        draw_certain(self, key, layer, fraction(self), 0);
        break;
    default:
        draw_unsure(self, key, layer, 0);
    }
}

static void
draw_anchor(Draw *self, const char *key, int layer)
{
    const uint32_t kind = below(self, 20);

    if (kind < 12 && take(self, 3))
        draw_chance(self, key, layer);
    else if (kind < 19)
        draw_certain(self, key, layer, below(self, 12) > 0 ? 1 : 0, 0);
}

static void
draw_node(Draw *self, int i)
{
    static const CpsfKind kinds[] = {CPSF_KIND_COMPANY, CPSF_KIND_COMPANY,  CPSF_KIND_COMPANY,
                                     CPSF_KIND_COMPANY, CPSF_KIND_SOFTWARE, CPSF_KIND_SOFTWARE,
                                     CPSF_KIND_DEVICE,  CPSF_KIND_DEVICE,   CPSF_KIND_DATA,
                                     CPSF_KIND_DATA,    CPSF_KIND_SYSTEM,   CPSF_KIND_UNKNOWN};
    static const int layers[] = {1, 1, 1, 1, 3, 3, 2, 2, 3, 3, 3, 1};
    const uint32_t which = below(self, G_N_ELEMENTS(kinds));

    self->kinds[i] = (int) kinds[which];
    if (kinds[which] == CPSF_KIND_UNKNOWN)
        return;

    TestSaid *said = test_supply_node(self->supply, test_supply_key(i), kinds[which]);

    if (below(self, 12) == 0)
        said->valid.until = TEST_SUPPLY_AT + below(self, 2) * 500;
    if (kinds[which] == CPSF_KIND_DEVICE && below(self, 2) == 0) {
        said->layers = 1 << 1 | 1 << 2;
        draw_anchor(self, test_supply_key(i), 3);
    }
    draw_anchor(self, test_supply_key(i), layers[which]);
}

static double
draw_criticality(Draw *self)
{
    const uint32_t which = below(self, 8);

    if (which < 4 && take(self, 2))
        return fraction(self);
    return which == 4 ? 0.0 : 1.0;
}

static void
draw_edge(Draw *self)
{
    static const char *const groups[] = {"g", "g", "h"};
    const int from = (int) below(self, (uint32_t) self->n);
    const int to = (int) below(self, (uint32_t) self->n);
    const CpsfRelation relation = (CpsfRelation) below(self, CPSF_N_RELATIONS);

    if (from == to ||
        !cpsf_relation_fits(relation, (CpsfKind) self->kinds[from], (CpsfKind) self->kinds[to]))
        return;

    TestSaid *said = test_supply_edge(self->supply, test_supply_key(from), test_supply_key(to),
                                      draw_criticality(self));

    said->relation = (int) relation;
    said->feed = (int) below(self, N_FEEDS);
    if (below(self, 2) == 0)
        g_strlcpy(said->group, groups[below(self, 3)], sizeof said->group);
    if (below(self, 6) == 0)
        said->valid.until = TEST_SUPPLY_AT + below(self, 2) * 500;
    else if (below(self, 8) == 0)
        said->valid.since = TEST_SUPPLY_AT + 500;
    if (below(self, 8) > 0)
        return;

    /* another feed says the same edge, but not its criticality */
    TestSaid other = *said;

    other.feed = (other.feed + 1) % N_FEEDS;
    other.criticality = draw_criticality(self);
    other.valid = CPSF_INTERVAL_ALL;
    g_array_append_val(self->supply->said, other);
}

TestSupply *
test_supply_draw(uint64_t seed, int n, double outcomes)
{
    g_autofree int *kinds = g_new0(int, n + 1);
    Draw self = {test_supply_new(), seed, outcomes, n, kinds};

    for (int i = 0; i < n; i++)
        draw_node(&self, i);
    for (int i = 0; i < 24 * n; i++)
        draw_edge(&self);
    for (int i = 0; i < n; i++)
        if (below(&self, 3) == 0 && kinds[i] != CPSF_KIND_UNKNOWN)
            test_supply_group(self.supply, test_supply_key(i), below(&self, 2) == 0 ? "g" : "h",
                              1 + (int) below(&self, 4));
    return self.supply;
}

CpsfPolicy *
test_supply_policy(void)
{
    g_autoptr(GError) error = NULL;
    CpsfPolicy *policy = test_policy_from_text(
        "<policy xmlns='urn:libcpsf:policy:1' name='supply'>"
        "<anchors replace='true'>"
        "<require kind='company' layer='1' assurance='self'/>"
        "<require kind='device' layer='2' assurance='self'/>"
        "<require kind='device' layer='3' assurance='second-party'/>"
        "<require kind='software' layer='3' assurance='self'/>"
        "<require kind='data' layer='3' assurance='self'/></anchors>"
        "<schemes replace='true'>"
        "<scheme id='good' layers='1 2 3' assurance='third-party'/>"
        "<scheme id='assessment' layers='1 2 3' assurance='third-party'/></schemes>"
        "<roots replace='true'><issuer key='https://assessor.example/'/>"
        "<issuer key='https://judge.example/'/></roots>"
        "<relations><relation name='makes' criticality='0.5'/></relations>"
        "</policy>",
        &error);

    cr_assert(policy != NULL, "%s", error != NULL ? error->message : "");
    return policy;
}

/* ---- as rows ---- */

static void
tell_opinion(TestFeed *feed, const TestSaid *said, CpsfPlace place)
{
    CpsfOpinionRow *row = cpsf_array_add(&feed->said.opinions, NULL);

    row->valid = said->valid;
    row->place = place;
    row->node = test_feed_str(feed, said->key);
    row->assessor = test_feed_str(feed, assessors[said->assessor]);
    row->belief = said->opinion.belief;
    row->disbelief = said->opinion.disbelief;
    row->uncertainty = said->opinion.uncertainty;
    row->layer = (uint8_t) said->layer;
}

static void
tell_group(TestFeed *feed, const TestSaid *said, CpsfPlace place)
{
    CpsfGroupRow *row = cpsf_array_add(&feed->said.groups, NULL);

    row->valid = said->valid;
    row->place = place;
    row->node = test_feed_str(feed, said->key);
    row->name = test_feed_str(feed, said->group);
    row->need = said->need;
}

static void
tell_edge(TestFeed *feed, const TestSaid *said, CpsfPlace place)
{
    CpsfEdgeRow *row = test_feed_edge(feed, (CpsfRelation) said->relation, said->from, said->key);

    row->valid = said->valid;
    row->place = place;
    row->group = test_feed_str(feed, said->group);
    row->criticality = said->criticality;
}

static void
tell_evidence(TestFeed *feed, const TestSaid *said, CpsfPlace place)
{
    CpsfEvidenceRow *row =
        test_feed_evidence(feed, said->key, said->layer, "good", assessors[said->assessor]);
    char id[16];

    g_snprintf(id, sizeof id, "i%u", place.line);
    row->id = test_feed_str(feed, id);
    row->valid = said->valid;
    row->place = place;
    row->assurance = (uint8_t) said->assurance;
    row->status = (uint8_t) said->status;
}

static void
tell(TestFeed *feed, const TestSaid *said, uint32_t line)
{
    const CpsfPlace place = {.line = line, .column = 3};

    switch (said->says) {
    case TEST_SAYS_NODE: {
        CpsfNodeRow *row = test_feed_node(feed, said->key, (CpsfKind) said->kind, said->layers);

        row->valid = said->valid;
        row->place = place;
        break;
    }
    case TEST_SAYS_EDGE:
        tell_edge(feed, said, place);
        break;
    case TEST_SAYS_GROUP:
        tell_group(feed, said, place);
        break;
    case TEST_SAYS_OPINION:
        tell_opinion(feed, said, place);
        break;
    default:
        tell_evidence(feed, said, place);
    }
}

static void
end_feed(TestFeed *feed, int number)
{
    g_autofree char *file = g_strdup_printf("supply-%d.xml", number);
    g_autofree char *id = g_strdup_printf("urn:example:feed-%d", number);

    test_feed_end(feed, file, id);
}

CpsfGraph *
test_supply_freeze(const TestSupply *self, uint64_t order)
{
    TestFeed *feed = test_feed_new();
    const guint n = self->said->len;
    g_autofree guint *turn = g_new(guint, n + 1);
    uint64_t r = order;

    for (guint i = 0; i < n; i++)
        turn[i] = i;
    for (guint i = n; order > 0 && i > 1; i--) {
        const guint j = test_random_below(&r, i);
        const guint t = turn[j];

        turn[j] = turn[i - 1];
        turn[i - 1] = t;
    }
    for (int k = 0; k < N_FEEDS; k++) {
        const int number = (int) ((uint64_t) k + order) % N_FEEDS;

        for (guint i = 0; i < n; i++) {
            const TestSaid *said = &g_array_index(self->said, TestSaid, turn[i]);

            if (said->feed == number)
                tell(feed, said, turn[i] + 1);
        }
        end_feed(feed, number);
    }
    return test_feeds_freeze(feed);
}

/* ---- own opinions, docs/semantics.md, section 5 ---- */

typedef struct {
    double r, s;           /* evidence for and against */
    double sure_b, sure_d; /* sums of opinions without uncertainty */
    int n_sure, n;         /* opinions without uncertainty; everything that counts */
} Weighed;

static void
weigh(Weighed *w, const TestSaid *said)
{
    const CpsfOpinion *o = &said->opinion;

    w->n++;
    if (said->says == TEST_SAYS_EVIDENCE && said->status == CPSF_STATUS_FAILED) {
        w->s += 18;
    } else if (said->says == TEST_SAYS_EVIDENCE) {
        w->r += said->assurance == CPSF_ASSURANCE_SECOND_PARTY ? 6 : 18;
    } else if (o->uncertainty == 0) {
        w->sure_b += o->belief;
        w->sure_d += o->disbelief;
        w->n_sure++;
    } else {
        w->r += 2 * o->belief / o->uncertainty;
        w->s += 2 * o->disbelief / o->uncertainty;
    }
}

static CpsfOpinion
own_of(const TestSupply *self, const CpsfGraph *graph, int32_t v, CpsfTime at, int layer)
{
    static const unsigned asked[CPSF_N_KINDS] = {
        [CPSF_KIND_COMPANY] = 1,
        [CPSF_KIND_DEVICE] = 2 | 4,
        [CPSF_KIND_SOFTWARE] = 4,
        [CPSF_KIND_DATA] = 4,
    };
    Weighed w = {0};

    for (guint i = 0; i < self->said->len; i++) {
        const TestSaid *said = &g_array_index(self->said, TestSaid, i);

        if (said->says >= TEST_SAYS_OPINION && said->layer == layer && said->valid.since <= at &&
            at < said->valid.until && strcmp(said->key, cpsf_graph_get_key(graph, v)) == 0)
            weigh(&w, said);
    }
    if (graph->kind[v] == CPSF_KIND_UNKNOWN) /* whatever is said of it */
        return layer == 1 ? (CpsfOpinion){0, 0, 1} : (CpsfOpinion){1, 0, 0};
    if (w.n_sure > 0)
        return (CpsfOpinion){w.sure_b / w.n_sure, w.sure_d / w.n_sure, 0};
    if (w.n > 0)
        return (CpsfOpinion){w.r / (w.r + w.s + 2), w.s / (w.r + w.s + 2), 2 / (w.r + w.s + 2)};
    if (asked[graph->kind[v]] & cpsf_graph_get_layers(graph, v) & 1U << (layer - 1))
        return (CpsfOpinion){0, 0, 1};
    return (CpsfOpinion){1, 0, 0};
}

CpsfOpinion *
test_supply_own(const TestSupply *self, const CpsfGraph *graph, CpsfTime at, int layer)
{
    CpsfOpinion *own = g_new0(CpsfOpinion, graph->n_nodes + 1);

    for (int32_t v = 0; v < graph->n_nodes; v++) {
        double b = 1;
        double not_d = 1;

        if (layer > 0) {
            own[v] = own_of(self, graph, v, at, layer);
            continue;
        }
        for (int l = 1; l <= 3; l++) {
            const CpsfOpinion o = own_of(self, graph, v, at, l);

            b *= o.belief;
            not_d *= 1 - o.disbelief;
        }
        own[v] = (CpsfOpinion){b, 1 - not_d, MAX(not_d - b, 0)};
    }
    return own;
}
