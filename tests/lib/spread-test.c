/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "config.h"

#include "spread-test.h"

#include <criterion/criterion.h>
#include <string.h>

#include "checkgen.h"

SpreadScript *
spread_script_new(void)
{
    SpreadScript *self = g_new0(SpreadScript, 1);

    self->nodes = g_array_new(FALSE, TRUE, sizeof(SpreadNode));
    self->edges = g_array_new(FALSE, TRUE, sizeof(SpreadEdge));
    self->groups = g_array_new(FALSE, TRUE, sizeof(SpreadGroup));
    self->downtimes = g_array_new(FALSE, TRUE, sizeof(SpreadDowntime));
    return self;
}

void
spread_script_free(SpreadScript *self)
{
    g_array_unref(self->nodes);
    g_array_unref(self->edges);
    g_array_unref(self->groups);
    g_array_unref(self->downtimes);
    g_free(self);
}

/* ---- what feeds say ---- */

static CpsfStr
key_of(TestFeed *feed, int node)
{
    g_autofree char *key = g_strdup_printf("urn:example:%c", 'a' + node);

    return test_feed_str(feed, key);
}

static void
say_nodes(TestFeed *feed, const SpreadScript *script, int number)
{
    for (guint i = 0; i < script->nodes->len; i++) {
        const SpreadNode *node = &g_array_index(script->nodes, SpreadNode, i);

        if (node->feed != number)
            continue;

        CpsfNodeRow *row = cpsf_array_add(&feed->said.nodes, NULL);

        row->valid = node->valid;
        row->place.line = i + 1;
        row->node = key_of(feed, node->node);
    }
    for (guint i = 0; i < script->downtimes->len; i++) {
        const SpreadDowntime *said = &g_array_index(script->downtimes, SpreadDowntime, i);

        if (said->feed != number)
            continue;

        CpsfConsequenceRow *row = cpsf_array_add(&feed->said.consequences, NULL);

        row->valid = CPSF_INTERVAL_ALL;
        row->place.line = 100 + i;
        row->node = key_of(feed, said->node);
        row->loss = __builtin_nan("");
        row->downtime = said->downtime;
    }
}

static void
say_edges(TestFeed *feed, const SpreadScript *script, int number)
{
    for (guint i = 0; i < script->edges->len; i++) {
        const SpreadEdge *edge = &g_array_index(script->edges, SpreadEdge, i);

        if (edge->feed != number)
            continue;

        CpsfEdgeRow *row = cpsf_array_add(&feed->said.edges, NULL);

        row->valid = edge->valid;
        row->place.line = 200 + i;
        row->from = key_of(feed, edge->from);
        row->to = key_of(feed, edge->to);
        row->group = test_feed_str(feed, edge->group);
        row->relation = (uint8_t) edge->relation;
        row->criticality = edge->c;
        row->delay = edge->delay;
    }
    for (guint i = 0; i < script->groups->len; i++) {
        const SpreadGroup *group = &g_array_index(script->groups, SpreadGroup, i);

        if (group->feed != number)
            continue;

        CpsfGroupRow *row = cpsf_array_add(&feed->said.groups, NULL);

        row->valid = group->valid;
        row->place.line = 400 + i;
        row->node = key_of(feed, group->node);
        row->name = test_feed_str(feed, group->name);
        row->need = group->need;
    }
}

CpsfGraph *
spread_freeze(const SpreadScript *self)
{
    TestFeed *feed = test_feed_new();

    for (int number = 0; number < SPREAD_FEEDS; number++) {
        say_nodes(feed, self, number);
        say_edges(feed, self, number);

        g_autofree char *id = g_strdup_printf("urn:example:feed-%d", number);

        test_feed_end(feed, id, id);
    }
    return test_feeds_freeze(feed);
}

CpsfPolicy *
spread_policy(const char *rules, const char *relations)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *text =
        g_strdup_printf("<policy xmlns='urn:libcpsf:policy:1' name='spread'>"
                        "<relations>%s</relations><spread replace='true'>%s</spread></policy>",
                        relations, rules);
    CpsfPolicy *policy = test_policy_from_text(text, &error);

    cr_assert(policy != NULL, "%s in %s", error != NULL ? error->message : "", text);
    return policy;
}

/* ---- spread graphs as text ---- */

static const char *
letter_of(const CpsfSpread *self, int32_t node)
{
    const CpsfGraph *graph = self->snapshot->graph;

    return strrchr(cpsf_strtab_get(graph->strings, graph->key[node]), ':') + 1;
}

static char *
name_of(const CpsfSpread *self, int32_t vertex)
{
    const char *letter = letter_of(self, self->node[vertex]);

    return self->effect[vertex] == CPSF_SPREAD_SLOT
               ? g_strdup_printf("slot of %s", letter)
               : g_strdup_printf("%s %s", letter,
                                 cpsf_word(CPSF_WORDS_EFFECT, self->effect[vertex]));
}

static char *
text_of(const CpsfSpread *self, int32_t tail, int64_t e)
{
    const CpsfEventsGraph *g = &self->graph;
    const CpsfEventsWindow *w = &g->windows[g->window != NULL ? g->window[e] : 0];
    g_autofree char *from = name_of(self, tail);
    g_autofree char *to = name_of(self, g->head[e]);
    g_autofree char *since = g_strdup_printf("%" G_GINT64_FORMAT, w->since);
    g_autofree char *until =
        w->until == INT64_MAX ? g_strdup("*") : g_strdup_printf("%" G_GINT64_FORMAT, w->until);

    return g_strdup_printf("%s -> %s [%s,%s) +%" G_GINT64_FORMAT " c %g p %g", from, to, since,
                           until, w->delay, self->felt_c != NULL ? self->felt_c[e] : 1.0,
                           self->rule_p[g->rule[e]]);
}

static int
compare_texts(const void *left, const void *right)
{
    return strcmp(*(char *const *) left, *(char *const *) right);
}

char *
spread_describe(const CpsfSpread *self)
{
    const CpsfEventsGraph *g = &self->graph;
    g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);

    for (int32_t v = 0; v < g->n; v++)
        for (int64_t e = g->start[v]; e < g->start[v + 1]; e++)
            g_ptr_array_add(lines, text_of(self, v, e));
    for (int32_t i = 0; i < g->n_gates; i++) {
        g_autofree char *name = name_of(self, g->gate_vertex[i]);

        g_ptr_array_add(lines, g_strdup_printf("%s <- %d of %d slots", name, g->gate_need[i],
                                               g->gate_slots[i]));
    }
    g_ptr_array_sort(lines, compare_texts);

    GString *text = g_string_new(NULL);

    for (guint i = 0; i < lines->len; i++)
        g_string_append_printf(text, "%s\n", (const char *) lines->pdata[i]);
    return g_string_free(text, FALSE);
}
