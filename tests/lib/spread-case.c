/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "config.h"

#include <criterion/criterion.h>
#include <math.h>

#include "spread-test.h"

static const CpsfSpreadIncident spread_stop_a[] = {{A, CPSF_EFFECT_OUTAGE, SPREAD_START}};
const CpsfSpreadOptions spread_from_a = {
    .incidents = spread_stop_a, .n_incidents = 1, .horizon = SPREAD_HORIZON};
const CpsfSpreadOptions spread_from_a_static = {
    .incidents = spread_stop_a, .n_incidents = 1, .is_static = TRUE};

/* A required edge for all time, with what the policy says of it; the caller may change it. */
SpreadEdge *
spread_say(SpreadScript *script, int from, CpsfRelation relation, int to)
{
    const SpreadEdge edge = {.from = from,
                             .to = to,
                             .relation = relation,
                             .c = NAN,
                             .delay = -1,
                             .valid = CPSF_INTERVAL_ALL};

    g_array_append_val(script->edges, edge);
    return &g_array_index(script->edges, SpreadEdge, script->edges->len - 1);
}

SpreadEdge *
spread_say_supplies(SpreadScript *script, int from, int to)
{
    return spread_say(script, from, CPSF_RELATION_SUPPLIES, to);
}

void
spread_say_node(SpreadScript *script, int node, CpsfTime since, CpsfTime until)
{
    const SpreadNode row = {.node = node, .valid = {since, until}};

    g_array_append_val(script->nodes, row);
}

void
spread_say_need(SpreadScript *script, int node, int need, CpsfTime since, CpsfTime until)
{
    const SpreadGroup row = {.node = node, .need = need, .name = "g", .valid = {since, until}};

    g_array_append_val(script->groups, row);
}

void
spread_say_member(SpreadScript *script, int from, int to)
{
    spread_say_supplies(script, from, to)->group = "g";
}

void
spread_clear_case(SpreadCase *self)
{
    cpsf_spread_unref(self->spread);
    cpsf_policy_unref(self->policy);
    cpsf_snapshot_unref(self->snapshot);
    cpsf_graph_unref(self->graph);
}

void
spread_ask(SpreadCase *self,
           const SpreadScript *script,
           const char *rules,
           const char *relations,
           const CpsfSpreadOptions *options)
{
    g_autoptr(GError) error = NULL;

    self->graph = spread_freeze(script);
    self->snapshot = cpsf_graph_snapshot(self->graph, SPREAD_START, &error);
    cr_assert(self->snapshot != NULL);
    self->policy = spread_policy(rules, relations);
    self->spread = cpsf_spread_new(self->snapshot, self->policy, options, &error);
    cr_assert(self->spread != NULL, "%s", error != NULL ? error->message : "");
}

void
spread_expect_text(const CpsfSpread *spread, const char *wanted)
{
    g_autofree char *text = spread_describe(spread);

    cr_expect_str_eq(text, wanted, "found\n%sinstead of\n%s", text, wanted);
}

void
spread_expect(const SpreadScript *script,
              const char *rules,
              const CpsfSpreadOptions *options,
              const char *wanted)
{
    g_auto(SpreadCase) c = {0};

    spread_ask(&c, script, rules, "", options);
    spread_expect_text(c.spread, wanted);
}
