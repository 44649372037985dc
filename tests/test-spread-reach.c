/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The spread graph by hand: what groups come to, what is reached, and what runs out of memory. */

#include "config.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>

#include "checkgen.h"
#include "cpsf-mem-private.h"
#include "cpsf-whatif.h"
#include "spread-test.h"

/* ---- groups ---- */

/* Three alternatives of which 1, 2, 3, 4 are needed: the third, the second, the first, the first. */
Test(spread, k_of_n)
{
    static const CpsfSpreadIncident all[] = {{A, CPSF_EFFECT_OUTAGE, SPREAD_START},
                                             {B, CPSF_EFFECT_OUTAGE, SPREAD_START},
                                             {C, CPSF_EFFECT_OUTAGE, SPREAD_START}};
    const CpsfSpreadOptions options = {
        .incidents = all, .n_incidents = 3, .horizon = SPREAD_HORIZON};

    for (int k = 0; k <= 4; k++) { /* 0: not declared, which means 1 */
        g_autoptr(SpreadScript) script = spread_script_new();

        spread_say_member(script, A, D);
        spread_say_member(script, B, D);
        spread_say_member(script, C, D);
        spread_say_supplies(script, D, E);
        if (k > 0)
            spread_say_need(script, D, k, 0, 200);
        if (k >= 3) {
            spread_expect(script, SPREAD_STOPS, &options,
                          "a outage -> d outage [100,*) +0 c 1 p 1\n"
                          "b outage -> d outage [100,*) +0 c 1 p 1\n"
                          "c outage -> d outage [100,*) +0 c 1 p 1\n"
                          "d outage -> e outage [100,*) +0 c 1 p 1\n");
            continue;
        }

        g_autofree char *wanted = g_strdup_printf("a outage -> slot of d [100,*) +0 c 1 p 1\n"
                                                  "b outage -> slot of d [100,*) +0 c 1 p 1\n"
                                                  "c outage -> slot of d [100,*) +0 c 1 p 1\n"
                                                  "d outage -> e outage [100,*) +0 c 1 p 1\n"
                                                  "d outage <- %d of 3 slots\n",
                                                  k == 2 ? 2 : 3);

        spread_expect(script, SPREAD_STOPS, &options, wanted);
    }
}

/* A gate that too few of its slots are reached of never opens: neither it is there nor what is
 * behind it.  Effects other than outage pass as along any edge, and outage backwards, too. */
Test(spread, gates_that_never_open)
{
    g_autoptr(SpreadScript) script = spread_script_new();

    spread_say_member(script, A, D);
    spread_say_member(script, B, D);
    spread_say_supplies(script, D, E);
    spread_expect(script, SPREAD_STOPS, &spread_from_a, "");
    spread_expect(script,
                  SPREAD_STOPS SPREAD_RULE("supplies", "forward", "outage", "leak", "1", "PT0S"),
                  &spread_from_a, "a outage -> d leak [100,*) +0 c 1 p 1\n");
    spread_expect(script,
                  SPREAD_STOPS SPREAD_RULE("supplies", "forward", "outage", "leak", "1", "PT0S")
                      SPREAD_RULE("supplies", "backward", "leak", "outage", "0.5", "PT0S"),
                  &spread_from_a,
                  "a outage -> d leak [100,*) +0 c 1 p 1\n"
                  "a outage -> slot of d [100,*) +0 c 1 p 1\n"
                  "b outage -> d leak [100,*) +0 c 1 p 1\n"
                  "b outage -> slot of d [100,*) +0 c 1 p 1\n"
                  "d leak -> a outage [100,*) +0 c 1 p 0.5\n"
                  "d leak -> b outage [100,*) +0 c 1 p 0.5\n"
                  "d outage -> e leak [100,*) +0 c 1 p 1\n"
                  "d outage -> e outage [100,*) +0 c 1 p 1\n"
                  "d outage <- 2 of 2 slots\n"
                  "e leak -> d outage [100,*) +0 c 1 p 0.5\n");
}

/* Only what is valid at the start counts and carries outage: the edge from b is not, so that the one
 * from a is alone; its other effects pass. */
Test(spread, not_valid_at_the_start)
{
    static const CpsfSpreadIncident both[] = {{A, CPSF_EFFECT_OUTAGE, SPREAD_START},
                                              {B, CPSF_EFFECT_OUTAGE, SPREAD_START}};
    const CpsfSpreadOptions options = {
        .incidents = both, .n_incidents = 2, .horizon = SPREAD_HORIZON};
    g_autoptr(SpreadScript) script = spread_script_new();

    spread_say_member(script, A, D);
    spread_say_member(script, B, D);
    g_array_index(script->edges, SpreadEdge, 1).valid.since = SPREAD_START + 1;
    spread_expect(script,
                  SPREAD_STOPS SPREAD_RULE("supplies", "forward", "outage", "leak", "1", "PT0S"),
                  &options,
                  "a outage -> d leak [100,*) +0 c 1 p 1\n"
                  "a outage -> d outage [100,*) +0 c 1 p 1\n"
                  "b outage -> d leak [101,*) +0 c 1 p 1\n");
    g_array_index(script->edges, SpreadEdge, 1).valid.since = SPREAD_START;
    spread_say_need(script, D, 2, SPREAD_START + 1,
                    200); /* nor does a declaration count that comes later */
    spread_expect(script, SPREAD_STOPS, &options,
                  "a outage -> slot of d [100,*) +0 c 1 p 1\n"
                  "b outage -> slot of d [100,*) +0 c 1 p 1\n"
                  "d outage <- 2 of 2 slots\n");
}

/* One slot for an edge, whatever leads into it: two rules, two intervals. */
Test(spread, one_slot_an_edge)
{
    static const CpsfSpreadIncident both[] = {{A, CPSF_EFFECT_OUTAGE, SPREAD_START},
                                              {A, CPSF_EFFECT_TAMPER, SPREAD_START},
                                              {B, CPSF_EFFECT_OUTAGE, SPREAD_START}};
    const CpsfSpreadOptions options = {
        .incidents = both, .n_incidents = 3, .horizon = SPREAD_HORIZON};
    g_autoptr(SpreadScript) script = spread_script_new();
    g_auto(SpreadCase) c = {0};

    spread_say_member(script, A, D);
    spread_say_member(script, A, D);
    spread_say_member(script, B, D);
    g_array_index(script->edges, SpreadEdge, 0).valid.until = 110;
    g_array_index(script->edges, SpreadEdge, 1).valid.since = 120;
    spread_ask(&c, script,
               SPREAD_STOPS SPREAD_RULE("supplies", "forward", "tamper", "outage", "0.5", "PT0S"),
               "", &options);
    spread_expect_text(c.spread, "a outage -> slot of d [100,110) +0 c 1 p 1\n"
                                 "a outage -> slot of d [120,*) +0 c 1 p 1\n"
                                 "a tamper -> slot of d [100,110) +0 c 1 p 0.5\n"
                                 "a tamper -> slot of d [120,*) +0 c 1 p 0.5\n"
                                 "b outage -> slot of d [100,*) +0 c 1 p 1\n"
                                 "d outage <- 2 of 2 slots\n");
    cr_expect(eq(i32, c.spread->graph.n, 6)); /* four effects, two slots */
}

/* An alternative that no rule lets fail counts all the same, and so two of three never come. */
Test(spread, alternatives_that_never_fail)
{
    static const CpsfSpreadIncident all[] = {{A, CPSF_EFFECT_OUTAGE, SPREAD_START},
                                             {B, CPSF_EFFECT_OUTAGE, SPREAD_START},
                                             {C, CPSF_EFFECT_OUTAGE, SPREAD_START}};
    const CpsfSpreadOptions options = {
        .incidents = all, .n_incidents = 3, .horizon = SPREAD_HORIZON};
    g_autoptr(SpreadScript) script = spread_script_new();

    spread_say_member(script, A, D);
    spread_say_member(script, B, D);
    spread_say(script, C, CPSF_RELATION_OWNS, D)->group = "g";
    spread_expect(script, SPREAD_STOPS, &options, "");
    g_array_index(script->edges, SpreadEdge, 2).relation = CPSF_RELATION_VOUCHES;
    spread_expect(script, SPREAD_STOPS, &options,
                  ""); /* nothing brings an outage by way of who vouches */
    spread_expect(script,
                  SPREAD_STOPS SPREAD_RULE("vouches", "forward", "outage", "outage", "0.5", "PT0S"),
                  &options,
                  "a outage -> slot of d [100,*) +0 c 1 p 1\n"
                  "b outage -> slot of d [100,*) +0 c 1 p 1\n"
                  "c outage -> slot of d [100,*) +0 c 1 p 0.5\n"
                  "d outage <- 3 of 3 slots\n");
}

/* ---- what is reached ---- */

/* Backwards: all that leads to e, with every edge of the gate on the way. */
Test(spread, to_a_target)
{
    static const CpsfSpreadIncident target[] = {{E, CPSF_EFFECT_OUTAGE, SPREAD_START}};
    const CpsfSpreadOptions options = {
        .reach = CPSF_SPREAD_TO, .incidents = target, .n_incidents = 1, .horizon = SPREAD_HORIZON};
    g_autoptr(SpreadScript) script = spread_script_new();
    g_auto(SpreadCase) c = {0};

    spread_say_member(script, A, D);
    spread_say_member(script, B, D);
    spread_say_supplies(script, D, E);
    spread_say_supplies(script, E, C);
    spread_say_supplies(script, A, C);
    spread_ask(&c, script, SPREAD_STOPS, "", &options);
    spread_expect_text(c.spread, "a outage -> slot of d [100,*) +0 c 1 p 1\n"
                                 "b outage -> slot of d [100,*) +0 c 1 p 1\n"
                                 "d outage -> e outage [100,*) +0 c 1 p 1\n"
                                 "d outage <- 2 of 2 slots\n");
    cr_assert(eq(i32, c.spread->n_sources, 1));
    cr_expect(
        eq(i32, c.spread->sources[0].vertex, cpsf_spread_find(c.spread, E, CPSF_EFFECT_OUTAGE)));
}

/* All nodes that hold, and what they can reach by other effects; no sources. */
Test(spread, all_nodes)
{
    const CpsfSpreadOptions options = {
        .reach = CPSF_SPREAD_ALL, .effects = 1U << CPSF_EFFECT_TAMPER, .is_static = TRUE};
    g_autoptr(SpreadScript) script = spread_script_new();
    g_auto(SpreadCase) c = {0};

    spread_say_node(script, C, 200, 300);
    spread_say_supplies(script, A, B);
    spread_say_supplies(script, B, C);
    spread_say_supplies(script, B, D);
    spread_ask(&c, script,
               SPREAD_STOPS SPREAD_RULE("supplies", "forward", "tamper", "outage", "1", "PT0S"), "",
               &options);
    spread_expect_text(c.spread, "a tamper -> b outage [100,*) +0 c 1 p 1\n"
                                 "b outage -> d outage [100,*) +0 c 1 p 1\n"
                                 "b tamper -> d outage [100,*) +0 c 1 p 1\n");
    cr_expect(eq(i32, c.spread->graph.n, 5)); /* tamper of a, b, d; outage of b, d */
    cr_expect(eq(i32, c.spread->n_sources, 0));
    cr_expect(eq(i32, c.spread->graph.n_any, 2));
    cr_expect(eq(i32, c.spread->any_node[0], B));
    cr_expect(eq(i32, c.spread->any_node[1], D));
}

/* An incident's node need not hold, though nothing passes along its edges; a what-if that removes a
 * node takes its edges along. */
Test(spread, nodes_that_are_not_there)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(SpreadScript) script = spread_script_new();
    g_autoptr(CpsfWhatIf) what_if = NULL;
    g_autoptr(CpsfSnapshot) without = NULL;
    g_auto(SpreadCase) c = {0};

    spread_say_supplies(script, A, B);
    spread_say_supplies(script, B, C);
    spread_say_supplies(script, A, D);
    spread_ask(&c, script, SPREAD_STOPS SPREAD_SELF("outage", "leak", "1", "PT0S"), "",
               &spread_from_a);
    for (int node = A; node <= B; node++)
        for (int is_static = FALSE; is_static <= TRUE; is_static++) {
            g_autofree char *key = g_strdup_printf("urn:example:%c", 'a' + node);
            g_autoptr(CpsfWhatIf) changed = cpsf_what_if_new(c.snapshot);

            cr_assert(cpsf_what_if_remove_node(changed, key, &error));

            g_autoptr(CpsfSnapshot) left = cpsf_what_if_snapshot(changed, &error);
            g_autoptr(CpsfSpread) spread = cpsf_spread_new(
                left, c.policy, is_static ? &spread_from_a_static : &spread_from_a, &error);
            const char *wanted = node == A ? "a outage -> a leak [100,*) +0 c 1 p 1\n"
                                           : "a outage -> a leak [100,*) +0 c 1 p 1\n"
                                             "a outage -> d outage [100,*) +0 c 1 p 1\n"
                                             "d outage -> d leak [100,*) +0 c 1 p 1\n";

            cr_assert(spread != NULL);
            spread_expect_text(spread, wanted);
        }
}

/* ---- order ---- */

/* a -> b <-> c -> d: the circle is a knot and stands between; several effects on c are one any. */
Test(spread, knots_and_any)
{
    g_autoptr(SpreadScript) script = spread_script_new();
    g_auto(SpreadCase) c = {0};

    spread_say_supplies(script, A, B);
    spread_say_supplies(script, B, C);
    spread_say_supplies(script, C, B);
    spread_say_supplies(script, C, D);
    spread_ask(&c, script, SPREAD_STOPS, "", &spread_from_a);

    const CpsfEventsGraph *g = &c.spread->graph;

    cr_assert(eq(i32, g->n, 4));
    for (int32_t v = 0; v < 4; v++)
        cr_expect(eq(i32, c.spread->node[v], v));
    cr_assert(eq(i32, g->n_knots, 1));
    cr_expect(eq(i32, g->knot_start[0], 1));
    cr_expect(eq(i32, g->knot_end[0], 3));
    cr_expect(eq(i32, g->n_any, 0));
    cr_expect(eq(i32, g->any[2], 2));
}

/* A gate closes a circle as an edge does: d stops with a and b, and a with d. */
Test(spread, a_knot_through_a_gate)
{
    static const CpsfSpreadIncident both[] = {{A, CPSF_EFFECT_OUTAGE, SPREAD_START},
                                              {B, CPSF_EFFECT_OUTAGE, SPREAD_START}};
    const CpsfSpreadOptions options = {
        .incidents = both, .n_incidents = 2, .horizon = SPREAD_HORIZON};
    g_autoptr(SpreadScript) script = spread_script_new();
    g_auto(SpreadCase) c = {0};

    spread_say_member(script, A, D);
    spread_say_member(script, B, D);
    spread_say_supplies(script, D, A);
    spread_ask(&c, script, SPREAD_STOPS, "", &options);

    const CpsfEventsGraph *g = &c.spread->graph;

    cr_assert(eq(i32, g->n_knots, 1)); /* a, its slot, d */
    cr_expect(eq(i32, g->knot_end[0] - g->knot_start[0], 3));
    cr_expect(eq(i32, g->n, 5));
}

/* Chances that round to 0 or 1 in 2^-32: possible stays possible, and exact mode has them as they
 * are. */
Test(spread, tiny_chances)
{
    g_autoptr(SpreadScript) script = spread_script_new();
    g_auto(SpreadCase) c = {0};

    spread_say_supplies(script, A, B)->c = 0x1p-40;
    spread_say_supplies(script, A, C)->c = 1 - 0x1p-40;
    spread_ask(&c, script,
               SPREAD_STOPS SPREAD_RULE("owns", "forward", "leak", "leak", "1e-12", "PT0S"), "",
               &spread_from_a);

    const CpsfSpread *s = c.spread;
    const gboolean is_b_first = s->node[s->graph.head[0]] == B;

    cr_assert(eq(i64, s->graph.m, 2));
    cr_expect(eq(u32, s->graph.felt_p[is_b_first ? 0 : 1], 1));
    cr_expect(eq(u32, s->graph.felt_p[is_b_first ? 1 : 0], 0));
    cr_expect(eq(dbl, s->felt_c[is_b_first ? 0 : 1], 0x1p-40));
    cr_expect(eq(dbl, s->felt_c[is_b_first ? 1 : 0], 1 - 0x1p-40));
    cr_expect(eq(dbl, s->rule_p[0] + s->rule_p[1], 1 + 1e-12));
    cr_expect(eq(u32, s->graph.rule_p[0] + s->graph.rule_p[1], 1));
}

/* ---- memory ---- */

Test(spread, survives_every_allocation_failure)
{
    static const CpsfSpreadIncident all[] = {{A, CPSF_EFFECT_OUTAGE, SPREAD_START},
                                             {B, CPSF_EFFECT_OUTAGE, SPREAD_START}};
    g_autoptr(SpreadScript) script = spread_script_new();
    const SpreadDowntime said = {.node = B, .downtime = 9};
    g_auto(SpreadCase) c = {0};
    CpsfSpreadOptions options = {.incidents = all, .n_incidents = 2, .horizon = SPREAD_HORIZON};

    g_array_append_val(script->downtimes, said);
    spread_say_node(script, A, 90, 140);
    spread_say_member(script, A, D);
    spread_say_member(script, B, D);
    spread_say_supplies(script, D, E)->c = 0.5;
    spread_say_supplies(script, D, E)->valid.since = 120;
    spread_say_need(script, D, 1, 0, 200);
    spread_ask(
        &c, script,
        SPREAD_STOPS SPREAD_RULE("supplies", "backward", "leak", "outage", "0.5", "PT0.000002S"),
        "", &options);
    for (int variant = 0; variant < 6; variant++) {
        gboolean is_done = FALSE;

        options.reach = (CpsfSpreadReach) (variant % 3);
        options.is_static = variant >= 3;
        for (int64_t n = 0; !is_done; n++) {
            g_autoptr(GError) error = NULL;

            cpsf_mem_fail_after(n);
            g_autoptr(CpsfSpread) spread = cpsf_spread_new(c.snapshot, c.policy, &options, &error);

            cpsf_mem_fail_after(-1);
            is_done = spread != NULL;
            if (!is_done)
                cr_assert_eq(error->code, CPSF_ERROR_NO_MEMORY);
            cr_assert_lt(n, 200);
        }
    }
}
