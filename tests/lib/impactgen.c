/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Supply chains in time: drawn, printed, frozen. */

#include "config.h"

#include "impactgen.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "checkgen.h"
#include "graphgen.h"

#define N_FEEDS 3

typedef struct {
    TestImpact *impact;
    uint64_t r;
    double room; /* outcomes that may still be multiplied in */
    int n;
    int *kinds;                        /* n */
    int of_relation[CPSF_N_RELATIONS]; /* statements about edges */
    int unsaid[CPSF_N_RELATIONS];      /* of them, without a criticality */
} Draw;

static uint32_t
below(Draw *self, uint32_t n)
{
    return test_random_below(&self->r, n);
}

static double
fraction(Draw *self)
{
    return ((double) below(self, 1000) + 0.5) / 1000;
}

/* Whether there is room for @n events of two outcomes; takes it. */
static gboolean
take(Draw *self, int n)
{
    if (self->room < ldexp(1, n))
        return FALSE;
    self->room /= ldexp(1, n);
    self->impact->most *= ldexp(1, n);
    return TRUE;
}

static void
write_key(char key[32], int i)
{
    g_snprintf(key, 32, "urn:example:n%02d", i);
}

static TestTold *
tell(Draw *self, TestTells tells, int node)
{
    GArray *told = self->impact->told;

    g_array_set_size(told, told->len + 1);
    TestTold *t = &g_array_index(told, TestTold, told->len - 1);

    t->tells = tells;
    t->valid = CPSF_INTERVAL_ALL;
    t->criticality = t->loss = (double) NAN;
    t->delay = t->downtime = -1;
    t->feed = (int) below(self, N_FEEDS);
    write_key(t->key, node);
    return t;
}

static CpsfTime
moment(Draw *self)
{
    return TEST_IMPACT_AT + ((CpsfTime) below(self, 12) - 3) * TEST_IMPACT_UNIT;
}

/* One in @seldom has an end, and one in @seldom a beginning. */
static CpsfInterval
draw_interval(Draw *self, uint32_t seldom)
{
    CpsfInterval valid = CPSF_INTERVAL_ALL;

    if (below(self, seldom) == 0)
        valid.since = moment(self);
    if (below(self, seldom) == 0)
        valid.until = moment(self);
    if (valid.since >= valid.until)
        valid.until = valid.since + (1 + (CpsfTime) below(self, 3)) * TEST_IMPACT_UNIT;
    return valid;
}

static int64_t
draw_delay(Draw *self)
{
    static const int seconds[] = {0, 0, 0, 1, 1, 2, 3};

    return seconds[below(self, G_N_ELEMENTS(seconds))] * TEST_IMPACT_UNIT;
}

/* What it costs if it stops, and for how long; now and then by two statements. */
static void
draw_consequence(Draw *self, int i)
{
    static const int downtimes[] = {0, 1, 2, 2, 4};

    for (uint32_t k = below(self, 4) == 0 ? 2 : 1; k > 0; k--) {
        TestTold *t = tell(self, TEST_TELLS_CONSEQUENCE, i);

        t->valid = draw_interval(self, 6);
        if (below(self, 4) > 0) {
            t->loss = below(self, 8) * 125.0;
            t->is_foreign = self->impact->is_mixed && below(self, 3) == 0;
        }
        if (below(self, 3) == 0)
            t->downtime = downtimes[below(self, G_N_ELEMENTS(downtimes))] * TEST_IMPACT_UNIT;
    }
}

static void
draw_node(Draw *self, int i)
{
    static const CpsfKind kinds[] = {CPSF_KIND_COMPANY,  CPSF_KIND_COMPANY, CPSF_KIND_COMPANY,
                                     CPSF_KIND_SOFTWARE, CPSF_KIND_SYSTEM,  CPSF_KIND_SOFTWARE,
                                     CPSF_KIND_DATA,     CPSF_KIND_DEVICE,  CPSF_KIND_UNKNOWN};

    self->kinds[i] = (int) kinds[i == 0 ? 0 : below(self, G_N_ELEMENTS(kinds))];
    if (self->kinds[i] == CPSF_KIND_UNKNOWN)
        return;

    TestTold *t = tell(self, TEST_TELLS_NODE, i);

    t->kind = self->kinds[i];
    t->valid = draw_interval(self, 8);
    if (below(self, 12) == 0) {
        const CpsfInterval other = draw_interval(self, 2);

        t = tell(self, TEST_TELLS_NODE, i);
        t->kind = self->kinds[i];
        t->valid = other;
    }
    if (below(self, 3) > 0)
        draw_consequence(self, i);
}

static double
draw_criticality(Draw *self, int relation)
{
    switch (below(self, 8)) {
    case 0:
        return 0.0;
    case 1:
    case 2:
        self->unsaid[relation]++;
        return (double) NAN;
    case 3:
    case 4:
    case 5:
        return take(self, 1) ? fraction(self) : 1.0;
    default:
        return 1.0;
    }
}

/* Fills the statement about an edge that is one already. */
static void
draw_attributes(Draw *self, TestTold *t)
{
    t->valid = draw_interval(self, 4);
    t->criticality = draw_criticality(self, t->relation);
    t->delay = below(self, 2) == 0 ? -1 : draw_delay(self);
    self->of_relation[t->relation]++;
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

    TestTold *t = tell(self, TEST_TELLS_EDGE, to);

    write_key(t->from, from);
    t->relation = (int) relation;
    if (below(self, 2) == 0)
        g_strlcpy(t->group, groups[below(self, 3)], sizeof t->group);
    draw_attributes(self, t);

    /* the same edge, said again: another time, another criticality, another delay */
    const TestTold first = *t;

    for (uint32_t k = below(self, 4) == 0 ? 1 + below(self, 2) : 0; k > 0; k--) {
        TestTold *again = tell(self, TEST_TELLS_EDGE, to);
        const int feed = again->feed;

        *again = first;
        again->feed = feed;
        draw_attributes(self, again);
        if (below(self, 2) == 0 && first.valid.until != CPSF_TIME_FOREVER)
            again->valid = (CpsfInterval){first.valid.until, CPSF_TIME_FOREVER};
    }
}

static void
draw_usual(Draw *self, int relation)
{
    double c = 1.0;

    if (below(self, 4) > 0)
        return;
    if (below(self, 2) == 0)
        c = take(self, self->unsaid[relation]) ? fraction(self) : 0.0;
    g_snprintf(self->impact->usual[relation], sizeof self->impact->usual[relation],
               "<relation name='%s' criticality='%.4f' delay='PT%dS'/>",
               cpsf_word(CPSF_WORDS_RELATION, relation), c, (int) below(self, 3));
}

static CpsfEffect
draw_effect(Draw *self)
{
    return below(self, 2) == 0 ? CPSF_EFFECT_OUTAGE : (CpsfEffect) below(self, CPSF_N_EFFECTS);
}

/* @edges: how many chance events it makes if it is not certain. */
static void
draw_rule(Draw *self, const char *where, CpsfEffect in, CpsfEffect out, int edges)
{
    g_autofree char *what =
        g_strdup_printf("%s in='%s' out='%s'", where, cpsf_word(CPSF_WORDS_EFFECT, (int) in),
                        cpsf_word(CPSF_WORDS_EFFECT, (int) out));
    double p = 1.0;

    if (strstr(self->impact->rules->str, what) != NULL)
        return;
    if (below(self, 3) == 0 && take(self, edges))
        p = fraction(self);
    else if (below(self, 12) == 0)
        p = 0.0;
    g_string_append_printf(self->impact->rules, "<rule %s probability='%.4f' delay='PT%dS'/>\n",
                           what, p, (int) (draw_delay(self) / TEST_IMPACT_UNIT));
}

static void
draw_rules(Draw *self)
{
    for (int i = 0; i < CPSF_N_RELATIONS; i++) {
        const char *name = cpsf_word(CPSF_WORDS_RELATION, i);
        g_autofree char *forward = g_strdup_printf("relation='%s' direction='forward'", name);
        g_autofree char *backward = g_strdup_printf("relation='%s' direction='backward'", name);

        if (self->of_relation[i] == 0)
            continue;
        draw_usual(self, i);
        if (below(self, 3) > 0)
            draw_rule(self, forward, CPSF_EFFECT_OUTAGE, CPSF_EFFECT_OUTAGE, self->of_relation[i]);
        for (uint32_t k = below(self, 4); k > 0; k--)
            draw_rule(self, forward, draw_effect(self), draw_effect(self), self->of_relation[i]);
        if (below(self, 4) == 0)
            draw_rule(self, backward, draw_effect(self), draw_effect(self), self->of_relation[i]);
    }
    for (uint32_t k = below(self, 3); k > 0; k--)
        draw_rule(self, "direction='self'", draw_effect(self), draw_effect(self), self->n);
}

/* Mostly one; of a node that somebody describes or relates to another. */
static void
draw_incidents(Draw *self)
{
    static const int starts[] = {0, 0, 0, -2, 1, 2, 5, 9};
    static const int horizons[] = {0, 1, 3, 4, 6, 10, 100};
    TestImpact *impact = self->impact;

    impact->n_incidents = below(self, 2) == 0 ? 1 : 1 + (int) below(self, TEST_IMPACT_MOST);
    impact->horizon = horizons[below(self, G_N_ELEMENTS(horizons))] * TEST_IMPACT_UNIT;
    for (int i = 0; i < impact->n_incidents; i++) {
        const TestTold *t = &g_array_index(impact->told, TestTold, below(self, impact->told->len));
        CpsfIncident *incident = &impact->incidents[i];
        const gboolean is_from = t->tells == TEST_TELLS_EDGE && below(self, 4) > 0;

        g_strlcpy(impact->keys[i], is_from ? t->from : t->key, sizeof impact->keys[i]);
        incident->key = impact->keys[i];
        incident->effect = (int) draw_effect(self);
        incident->has_start = below(self, 2) == 0;
        incident->start =
            TEST_IMPACT_AT + starts[below(self, G_N_ELEMENTS(starts))] * TEST_IMPACT_UNIT;
    }
}

TestImpact *
test_impact_draw(uint64_t seed, int n, int density, double outcomes)
{
    TestImpact *impact = g_new0(TestImpact, 1);
    g_autofree int *kinds = g_new0(int, n + 1);
    Draw self = {.impact = impact, .r = seed, .room = outcomes, .n = n, .kinds = kinds};

    impact->is_mixed = below(&self, 4) == 0;
    impact->told = g_array_new(FALSE, TRUE, sizeof(TestTold));
    impact->rules = g_string_new(NULL);
    impact->most = 1;
    for (int i = 0; i < n; i++)
        draw_node(&self, i);
    for (int i = 0; i < 6 * density * n; i++)
        draw_edge(&self);
    draw_rules(&self);
    draw_incidents(&self);
    for (int i = 0; i < n; i++) {
        TestTold *t;

        if (below(&self, 2) == 0 || kinds[i] == CPSF_KIND_UNKNOWN)
            continue;
        t = tell(&self, TEST_TELLS_GROUP, i);
        g_strlcpy(t->group, below(&self, 3) > 0 ? "g" : "h", sizeof t->group);
        t->need = 1 + (int) below(&self, 4);
        t->valid = draw_interval(&self, 6);
    }
    return impact;
}

void
test_impact_free(TestImpact *self)
{
    g_array_unref(self->told);
    g_string_free(self->rules, TRUE);
    g_free(self);
}

static char *
write_policy(const TestImpact *self)
{
    GString *text = g_string_new("<policy xmlns='urn:libcpsf:policy:1' name='impact'>\n"
                                 "<spread replace='true'>\n");

    g_string_append(text, self->rules->str);
    g_string_append(text, "</spread>\n<relations>");
    for (int i = 0; i < CPSF_N_RELATIONS; i++)
        g_string_append(text, self->usual[i]);
    g_string_append(text, "</relations>\n"
                          "<rates><rate currency='USD' to='JPY' factor='150'/></rates>\n"
                          "</policy>");
    return g_string_free(text, FALSE);
}

CpsfPolicy *
test_impact_policy(const TestImpact *self)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *text = write_policy(self);
    CpsfPolicy *policy = test_policy_from_text(text, &error);

    cr_assert(policy != NULL, "%s", error != NULL ? error->message : "");
    return policy;
}

/* ---- as rows ---- */

static void
say_edge(TestFeed *feed, const TestTold *t, CpsfPlace place)
{
    CpsfEdgeRow *row = test_feed_edge(feed, (CpsfRelation) t->relation, t->from, t->key);

    row->valid = t->valid;
    row->place = place;
    row->group = test_feed_str(feed, t->group);
    row->criticality = t->criticality;
    row->delay = t->delay;
}

static void
say_consequence(TestFeed *feed, const TestTold *t, CpsfPlace place)
{
    CpsfConsequenceRow *row = cpsf_array_add(&feed->said.consequences, NULL);

    row->valid = t->valid;
    row->place = place;
    row->node = test_feed_str(feed, t->key);
    row->loss = t->loss;
    row->currency = isnan(t->loss) ? 0 : test_feed_str(feed, t->is_foreign ? "USD" : "JPY");
    row->downtime = t->downtime;
}

static void
say(TestFeed *feed, const TestTold *t, uint32_t line)
{
    const CpsfPlace place = {.line = line, .column = 3};

    if (t->tells == TEST_TELLS_EDGE) {
        say_edge(feed, t, place);
    } else if (t->tells == TEST_TELLS_CONSEQUENCE) {
        say_consequence(feed, t, place);
    } else if (t->tells == TEST_TELLS_NODE) {
        CpsfNodeRow *row = test_feed_node(feed, t->key, (CpsfKind) t->kind, 0);

        row->valid = t->valid;
        row->place = place;
    } else {
        CpsfGroupRow *row = cpsf_array_add(&feed->said.groups, NULL);

        row->valid = t->valid;
        row->place = place;
        row->node = test_feed_str(feed, t->key);
        row->name = test_feed_str(feed, t->group);
        row->need = t->need;
    }
}

/* Feed k is published by node k, so that it counts most for what starts there. */
static void
add_feed(TestFeed *feed, int number)
{
    g_autoptr(CpsfFindings) findings = cpsf_findings_new();
    CpsfFeedInfo info = {
        .file = g_strdup_printf("impact-%d.xml", number),
        .id = g_strdup_printf("urn:example:feed-%d", number),
        .format = g_strdup("cpsf-1"),
        .publisher = g_strdup_printf("urn:example:n%02d", number),
        .issued = TEST_IMPACT_AT - number % 2,
        .version = 1,
    };

    cr_assert(cpsf_graph_builder_add_feed(feed->builder, &info, &feed->said, findings, NULL));
    cpsf_feed_info_clear(&info);
    feed->said = (CpsfStatements){0};
}

/* The numbers from 0 to n - 1 in an order of chance; 0 = as they are. */
static guint *
shuffle(guint n, uint64_t order)
{
    guint *turn = g_new(guint, n + 1);

    for (guint i = 0; i < n; i++)
        turn[i] = i;
    for (guint i = n; order > 0 && i > 1; i--) {
        const guint j = test_random_below(&order, i);
        const guint t = turn[j];

        turn[j] = turn[i - 1];
        turn[i - 1] = t;
    }
    return turn;
}

CpsfGraph *
test_impact_freeze(const TestImpact *self, uint64_t order)
{
    g_autoptr(GError) error = NULL;
    TestFeed *feed = test_feed_new();
    g_autofree guint *turn = shuffle(self->told->len, order);

    for (int k = 0; k < N_FEEDS; k++) {
        const int number = (int) (((uint64_t) k + order) % N_FEEDS);

        for (guint i = 0; i < self->told->len; i++) {
            const TestTold *t = &g_array_index(self->told, TestTold, turn[i]);

            if (t->feed == number)
                say(feed, t, turn[i] + 1);
        }
        add_feed(feed, number);
    }
    CpsfGraph *graph = cpsf_graph_builder_freeze(feed->builder, &error);

    cr_assert(graph != NULL, "%s", error != NULL ? error->message : "");
    g_free(feed);
    return graph;
}

OracleIncident *
test_impact_incidents(const TestImpact *self, const CpsfGraph *graph)
{
    OracleIncident *incidents = g_new0(OracleIncident, TEST_IMPACT_MOST);

    for (int i = 0; i < self->n_incidents; i++) {
        const CpsfIncident *incident = &self->incidents[i];

        incidents[i].node = cpsf_graph_find_node(graph, incident->key);
        incidents[i].effect = incident->effect;
        incidents[i].start = incident->has_start ? incident->start : TEST_IMPACT_AT;
        cr_assert(incidents[i].node >= 0, "%s", incident->key);
    }
    return incidents;
}

/* ---- as text ---- */

static void
print_time(GString *text, const char *name, CpsfTime time)
{
    if (time != CPSF_TIME_ALWAYS_BEFORE && time != CPSF_TIME_FOREVER)
        g_string_append_printf(text, " %s %+g", name,
                               (double) (time - TEST_IMPACT_AT) / (double) TEST_IMPACT_UNIT);
}

static void
print_told(GString *text, const TestTold *t)
{
    static const char *const words[] = {"node", "edge", "group", "consequence"};

    g_string_append_printf(text, "feed %d: %s", t->feed, words[t->tells]);
    if (t->tells == TEST_TELLS_EDGE)
        g_string_append_printf(text, " %s %s", t->from + 12,
                               cpsf_word(CPSF_WORDS_RELATION, t->relation));
    g_string_append_printf(text, " %s", t->key + 12);
    if (t->group[0] != '\0')
        g_string_append_printf(text, " group %s", t->group);
    if (t->need > 0)
        g_string_append_printf(text, " need %d", t->need);
    if (!isnan(t->criticality))
        g_string_append_printf(text, " c %g", t->criticality);
    if (t->delay >= 0)
        g_string_append_printf(text, " delay %g", (double) t->delay / (double) TEST_IMPACT_UNIT);
    if (!isnan(t->loss))
        g_string_append_printf(text, " loss %g %s", t->loss, t->is_foreign ? "USD" : "JPY");
    if (t->downtime >= 0)
        g_string_append_printf(text, " downtime %g",
                               (double) t->downtime / (double) TEST_IMPACT_UNIT);
    print_time(text, "since", t->valid.since);
    print_time(text, "until", t->valid.until);
    g_string_append_c(text, '\n');
}

char *
test_impact_print(const TestImpact *self)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < self->told->len; i++)
        print_told(text, &g_array_index(self->told, TestTold, i));
    g_string_append(text, self->rules->str);
    for (int i = 0; i < CPSF_N_RELATIONS; i++)
        if (self->usual[i][0] != '\0')
            g_string_append_printf(text, "%s\n", self->usual[i]);
    for (int i = 0; i < self->n_incidents; i++) {
        const CpsfIncident *incident = &self->incidents[i];

        g_string_append_printf(text, "incident %s %s", incident->key + 12,
                               cpsf_word(CPSF_WORDS_EFFECT, incident->effect));
        if (incident->has_start)
            print_time(text, "start", incident->start);
        g_string_append_c(text, '\n');
    }
    g_string_append_printf(text, "horizon %g\n",
                           (double) self->horizon / (double) TEST_IMPACT_UNIT);
    return g_string_free(text, FALSE);
}
