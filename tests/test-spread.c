/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The spread graph by hand: what each direction of a rule makes, and when edges hold. */

#include "config.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>

#include "checkgen.h"
#include "cpsf-mem-private.h"
#include "cpsf-whatif.h"
#include "graphgen.h"
#include "spread-test.h"

/* ---- directions ---- */

Test(spread, forward)
{
    g_autoptr(SpreadScript) script = spread_script_new();

    spread_say_supplies(script, A, B);
    spread_say_supplies(script, B, C);
    spread_say_supplies(script, D, A); /* leads to the incident, not from it */
    spread_expect(script,
                  SPREAD_RULE("supplies", "forward", "outage", "leak", "0.5", "PT0.000005S"),
                  &spread_from_a, "a outage -> b leak [100,*) +5 c 1 p 0.5\n");
    spread_expect(script, SPREAD_STOPS, &spread_from_a,
                  "a outage -> b outage [100,*) +0 c 1 p 1\n"
                  "b outage -> c outage [100,*) +0 c 1 p 1\n");
}

Test(spread, backward)
{
    g_autoptr(SpreadScript) script = spread_script_new();

    spread_say_supplies(script, B, A);
    spread_say_supplies(script, A, C);
    spread_say(script, D, CPSF_RELATION_OWNS, A);
    spread_expect(script, SPREAD_RULE("supplies", "backward", "outage", "leak", "0.5", "PT0S"),
                  &spread_from_a, "a outage -> b leak [100,*) +0 c 1 p 0.5\n");
}

Test(spread, self)
{
    g_autoptr(SpreadScript) script = spread_script_new();

    spread_say_supplies(script, A, B);
    spread_expect(script,
                  SPREAD_SELF("outage", "hazard", "0.25", "PT0.000003S")
                      SPREAD_SELF("hazard", "hazard", "1", "PT0S"),
                  &spread_from_a, "a outage -> a hazard [100,*) +3 c 1 p 0.25\n");
    spread_expect(script, SPREAD_SELF("outage", "hazard", "0.25", "PT0.000003S"),
                  &spread_from_a_static, "a outage -> a hazard [100,*) +0 c 1 p 0.25\n");
}

/* No rule, no edge; and `vouches` spreads if a rule says so. */
Test(spread, other_relations)
{
    g_autoptr(SpreadScript) script = spread_script_new();

    spread_say(script, A, CPSF_RELATION_VOUCHES, B);
    spread_say(script, A, CPSF_RELATION_OWNS, C);
    spread_expect(script, SPREAD_STOPS, &spread_from_a, "");
    spread_expect(script, SPREAD_RULE("vouches", "forward", "outage", "tamper", "1", "PT0S"),
                  &spread_from_a, "a outage -> b tamper [100,*) +0 c 1 p 1\n");
    spread_expect(script, SPREAD_RULE("vouches", "forward", "outage", "tamper", "1", "PT0S"),
                  &spread_from_a_static, "a outage -> b tamper [100,*) +0 c 1 p 1\n");
}

/* What the edge says goes before what the policy says of the relation; chances of 0 make no edge. */
Test(spread, criticality_and_delay)
{
    static const char relations[] = "<relation name='supplies' criticality='0.5' "
                                    "delay='PT0.000007S'/>"
                                    "<relation name='owns' criticality='0' delay='PT0S'/>";
    g_autoptr(SpreadScript) script = spread_script_new();
    SpreadEdge *edge = NULL;
    g_auto(SpreadCase) c = {0};

    spread_say_supplies(script, A, B);
    edge = spread_say_supplies(script, A, C);
    edge->c = 0.75;
    edge->delay = 2;
    spread_say_supplies(script, A, D)->c = 0;
    spread_say(script, A, CPSF_RELATION_OWNS, D);
    spread_ask(&c, script,
               SPREAD_RULE("supplies", "forward", "outage", "outage", "1", "PT0.000010S")
                   SPREAD_RULE("owns", "forward", "outage", "outage", "1", "PT0S")
                       SPREAD_RULE("supplies", "forward", "outage", "hazard", "0", "PT0S"),
               relations, &spread_from_a);
    spread_expect_text(c.spread, "a outage -> b outage [100,*) +17 c 0.5 p 1\n"
                                 "a outage -> c outage [100,*) +12 c 0.75 p 1\n");
    cr_expect(epsilon_eq(dbl, cpsf_spread_chance(c.spread, 0) + cpsf_spread_chance(c.spread, 1),
                         1.25, 0));
}

/* ---- time ---- */

/* Bounds of [100, 150]: what is over at the start or begins after the end makes none, and what is
 * too slow; arrival at the very end counts. */
Test(spread, what_can_matter)
{
    g_autoptr(SpreadScript) script = spread_script_new();
    static const CpsfInterval times[] = {{0, 100},   {0, 101},   {100, 150}, {150, 151},
                                         {151, 200}, {120, 120}, {130, 110}};

    for (size_t i = 0; i < G_N_ELEMENTS(times); i++)
        spread_say_supplies(script, A, B + (int) i)->valid = times[i];
    spread_expect(script, SPREAD_STOPS, &spread_from_a,
                  "a outage -> c outage [100,101) +0 c 1 p 1\n"
                  "a outage -> d outage [100,150) +0 c 1 p 1\n"
                  "a outage -> e outage [150,*) +0 c 1 p 1\n");
    spread_expect(script,
                  SPREAD_RULE("supplies", "forward", "outage", "outage", "1", "PT0.000050S"),
                  &spread_from_a,
                  "a outage -> c outage [100,101) +50 c 1 p 1\n"
                  "a outage -> d outage [100,150) +50 c 1 p 1\n");
    spread_expect(script,
                  SPREAD_RULE("supplies", "forward", "outage", "outage", "1", "PT0.000051S"),
                  &spread_from_a, "");
}

/* At each moment the first row that holds counts: feed 0 before 1 before 2. */
Test(spread, several_rows_over_time)
{
    g_autoptr(SpreadScript) script = spread_script_new();
    SpreadEdge *edge = spread_say_supplies(script, A, B);

    *edge = (SpreadEdge){0, A, B, CPSF_RELATION_SUPPLIES, NULL, 0.5, 1, {110, 120}};
    edge = spread_say_supplies(script, A, B);
    *edge = (SpreadEdge){1, A, B, CPSF_RELATION_SUPPLIES, NULL, 0.25, 2, {105, 130}};
    edge = spread_say_supplies(script, A, B);
    *edge = (SpreadEdge){2, A, B, CPSF_RELATION_SUPPLIES, NULL, 0.75, 3, CPSF_INTERVAL_ALL};
    spread_expect(script, SPREAD_STOPS, &spread_from_a,
                  "a outage -> b outage [100,105) +3 c 0.75 p 1\n"
                  "a outage -> b outage [105,110) +2 c 0.25 p 1\n"
                  "a outage -> b outage [110,120) +1 c 0.5 p 1\n"
                  "a outage -> b outage [120,130) +2 c 0.25 p 1\n"
                  "a outage -> b outage [130,*) +3 c 0.75 p 1\n");
    spread_expect(script, SPREAD_STOPS, &spread_from_a_static,
                  "a outage -> b outage [100,*) +0 c 0.75 p 1\n");
}

/* One key and one felt bit for all of them, and the row that counts for each. */
Test(spread, several_rows_are_one_edge)
{
    g_autoptr(SpreadScript) script = spread_script_new();
    g_auto(SpreadCase) c = {0};

    spread_say_supplies(script, A, B)->valid.until = 120;
    spread_say_supplies(script, A, B)->c = 0.5;
    g_array_index(script->edges, SpreadEdge, 1).feed = 1;
    spread_ask(&c, script, SPREAD_STOPS, "", &spread_from_a);

    const CpsfEventsGraph *g = &c.spread->graph;

    cr_assert(eq(i64, g->m, 2));
    cr_expect(g->key[0].low == g->key[1].low && g->key[0].high == g->key[1].high);
    cr_expect(eq(i64, c.spread->row[0], 0));
    cr_expect(eq(i64, c.spread->row[1], 1));
    cr_expect(eq(u32, g->felt_p[0], 0));
    cr_expect(eq(u32, g->felt_p[1], UINT32_C(1) << 31));
}

/* Intervals that touch and say the same are one; those that say otherwise are two; a gap is a gap. */
Test(spread, touching_intervals)
{
    g_autoptr(SpreadScript) script = spread_script_new();

    spread_say_supplies(script, A, B)->valid = (CpsfInterval){90, 110};
    spread_say_supplies(script, A, B)->valid = (CpsfInterval){110, 120};
    spread_say_supplies(script, A, B)->valid = (CpsfInterval){121, 130};
    spread_expect(script, SPREAD_STOPS, &spread_from_a,
                  "a outage -> b outage [100,120) +0 c 1 p 1\n"
                  "a outage -> b outage [121,130) +0 c 1 p 1\n");
    g_array_index(script->edges, SpreadEdge, 1).delay = 4;
    spread_expect(script, SPREAD_STOPS, &spread_from_a,
                  "a outage -> b outage [100,110) +0 c 1 p 1\n"
                  "a outage -> b outage [110,120) +4 c 1 p 1\n"
                  "a outage -> b outage [121,130) +0 c 1 p 1\n");
}

/* At each moment the first statement that holds counts, among many that nest and overlap. */
Test(spread, many_rows)
{
    enum { ROWS = 60, SPAN = 60 };
    g_autoptr(SpreadScript) script = spread_script_new();
    g_auto(SpreadCase) c = {0};
    const CpsfSpreadOptions options = {
        .incidents = spread_from_a.incidents, .n_incidents = 1, .horizon = SPAN};
    uint64_t state = 3;

    for (int i = 0; i < ROWS; i++) {
        SpreadEdge *edge = spread_say_supplies(script, A, B);
        const CpsfTime since = 90 + test_random_below(&state, SPAN);

        edge->valid = (CpsfInterval){since, since + 1 + test_random_below(&state, 6)};
        edge->delay = test_random_below(&state, 3);
        edge->feed = (int) test_random_below(&state, SPREAD_FEEDS);
    }
    spread_ask(&c, script, SPREAD_STOPS, "", &options);

    const CpsfEventsGraph *g = &c.spread->graph;
    const CpsfEdgeRow *rows = c.graph->edges.items;

    for (CpsfTime t = SPREAD_START; t < SPREAD_START + SPAN - 2; t++) {
        int64_t counts = 0;
        int n_open = 0;

        while (counts < c.graph->edges.n && !cpsf_interval_holds(rows[counts].valid, t))
            counts++;
        for (int64_t e = 0; e < g->m; e++) {
            const CpsfEventsWindow w = g->windows[g->window != NULL ? g->window[e] : 0];

            if (t < w.since || t >= w.until)
                continue;
            n_open++;
            cr_assert(counts < c.graph->edges.n);
            cr_assert_eq(w.delay, rows[counts].delay);
        }
        cr_assert_eq(n_open, counts < c.graph->edges.n);
    }
    cr_assert_gt(g->m, 5);
}

/* An edge holds only while both its ends do: a at [90,110) and [110,120), b from 105 to 115 and
 * from 118 on. */
Test(spread, ends_that_end)
{
    g_autoptr(SpreadScript) script = spread_script_new();

    spread_say_node(script, A, 90, 110);
    spread_say_node(script, A, 110, 120);
    spread_say_node(script, B, 118, CPSF_TIME_FOREVER);
    spread_say_node(script, B, 105, 115);
    spread_say_node(script, C, 0, 100);
    spread_say_node(script, D, 100, 200);
    spread_say_supplies(script, A, B);
    spread_say_supplies(script, A, C);
    spread_say_supplies(script, A, D);
    spread_expect(script, SPREAD_STOPS, &spread_from_a,
                  "a outage -> b outage [105,115) +0 c 1 p 1\n"
                  "a outage -> b outage [118,120) +0 c 1 p 1\n"
                  "a outage -> d outage [100,120) +0 c 1 p 1\n");
    spread_expect(script, SPREAD_STOPS, &spread_from_a_static,
                  "a outage -> d outage [100,*) +0 c 1 p 1\n");
}

/* Static: the moment of the snapshot counts, not that of the incident, and no delay. */
Test(spread, a_static_spread)
{
    static const CpsfSpreadIncident late[] = {{A, CPSF_EFFECT_OUTAGE, 120}};
    const CpsfSpreadOptions options = {.incidents = late, .n_incidents = 1, .is_static = TRUE};
    g_autoptr(SpreadScript) script = spread_script_new();
    g_auto(SpreadCase) c = {0};

    spread_say_supplies(script, A, B)->valid = (CpsfInterval){100, 101};
    spread_say_supplies(script, A, C)->valid = (CpsfInterval){101, 200};
    spread_ask(&c, script, SPREAD_RULE("supplies", "forward", "outage", "outage", "1", "P9D"),
               "<relation name='supplies' criticality='1' delay='P9D'/>", &options);
    spread_expect_text(c.spread, "a outage -> b outage [100,*) +0 c 1 p 1\n");
    cr_expect(eq(i64, c.spread->start, SPREAD_START));
    cr_expect(eq(i64, c.spread->end, CPSF_EVENTS_END_MAX));
    cr_expect(eq(i64, c.spread->sources[0].time, SPREAD_START));
    cr_expect(c.spread->graph.key == NULL);
    cr_expect(c.spread->graph.felt_p == NULL);
    cr_expect(c.spread->felt_c == NULL);
    cr_expect(c.spread->graph.downtime == NULL);
}

/* Several incidents: the earliest is the start, one after the end counts for nothing, of two of one
 * effect the earlier counts. */
Test(spread, incidents)
{
    static const CpsfSpreadIncident incidents[] = {{B, CPSF_EFFECT_OUTAGE, 130},
                                                   {A, CPSF_EFFECT_OUTAGE, 110},
                                                   {B, CPSF_EFFECT_OUTAGE, 120},
                                                   {C, CPSF_EFFECT_LEAK, 161},
                                                   {D, CPSF_EFFECT_LEAK, 160}};
    const CpsfSpreadOptions options = {
        .incidents = incidents, .n_incidents = G_N_ELEMENTS(incidents), .horizon = SPREAD_HORIZON};
    g_autoptr(SpreadScript) script = spread_script_new();
    g_auto(SpreadCase) c = {0};

    spread_say_supplies(script, C, E);
    spread_say_supplies(script, A, B);
    spread_say_supplies(script, B, D);
    spread_ask(&c, script, SPREAD_STOPS, "", &options);

    const CpsfSpread *s = c.spread;

    cr_expect(eq(i64, s->start, 110));
    cr_expect(eq(i64, s->end, 160));
    spread_expect_text(s, "a outage -> b outage [110,*) +0 c 1 p 1\n"
                          "b outage -> d outage [110,*) +0 c 1 p 1\n");
    cr_assert(eq(i32, s->n_sources, 3));
    for (int32_t i = 0; i < s->n_sources; i++) {
        const int32_t vertex = s->sources[i].vertex;
        static const CpsfTime times[] = {[A] = 110, [B] = 120, [D] = 160};

        cr_expect(eq(i64, s->sources[i].time, times[s->node[vertex]]));
        cr_expect(i == 0 || vertex > s->sources[i - 1].vertex);
    }
    cr_expect(eq(i32, cpsf_spread_find(s, E, CPSF_EFFECT_OUTAGE), -1));
}

/* As stated at the start; only where one is stated at all. */
Test(spread, downtimes)
{
    g_autoptr(SpreadScript) script = spread_script_new();
    const SpreadDowntime said = {.node = B, .downtime = 9};
    const SpreadDowntime elsewhere = {.node = E, .downtime = 9};
    g_auto(SpreadCase) without = {0};
    g_auto(SpreadCase) with = {0};

    spread_say_supplies(script, A, B);
    spread_say_supplies(script, E, A);
    g_array_append_val(script->downtimes, elsewhere);
    spread_ask(&without, script, SPREAD_STOPS, "", &spread_from_a);
    cr_expect(without.spread->graph.downtime == NULL);
    g_array_append_val(script->downtimes, said);
    spread_ask(&with, script, SPREAD_STOPS, "", &spread_from_a);

    const int64_t *downtime = with.spread->graph.downtime;

    cr_assert(downtime != NULL);
    cr_expect(eq(i64, downtime[cpsf_spread_find(with.spread, A, CPSF_EFFECT_OUTAGE)], INT64_MAX));
    cr_expect(eq(i64, downtime[cpsf_spread_find(with.spread, B, CPSF_EFFECT_OUTAGE)], 9));
}
