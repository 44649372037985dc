/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "config.h"

#include "trust-update.h"

#include <criterion/criterion.h>
#include <string.h>

#include "cpsf-anchor-private.h"
#include "cpsf-opinion-private.h"
#include "cpsf-time-private.h"
#include "writing.h"

char *
test_run_text(const CpsfTrustRun *run)
{
    g_autoptr(CpsfTable) table = cpsf_trust_run_get_table(run, NULL);

    cr_assert(table != NULL);
    return test_written(table, CPSF_FORMAT_CSV, NULL);
}

static CpsfTrustRun *
run_from_nothing(CpsfSnapshot *snapshot, CpsfPolicy *policy, const CpsfTrustOptions *options)
{
    g_autoptr(GError) error = NULL;
    CpsfTrustRun *run = cpsf_trust_run_new(snapshot, policy, options, &error);

    cr_assert(run != NULL, "%s", error != NULL ? error->message : "no run, no error");
    cr_assert(cpsf_trust_run_get_n_counted(run) == snapshot->n_holding);
    return run;
}

CpsfTrustRun *
test_run_new(CpsfSnapshot *snapshot, CpsfPolicy *policy, const CpsfTrustOptions *options)
{
    CpsfTrustRun *run = run_from_nothing(snapshot, policy, options);
    CpsfTrustReport report;
    g_autoptr(CpsfTable) table = cpsf_trust(snapshot, policy, options, &report, NULL);
    g_autofree char *found = test_run_text(run);
    g_autofree char *wanted = test_written(table, CPSF_FORMAT_CSV, NULL);

    cr_assert_str_eq(found, wanted);
    cr_assert(cpsf_trust_run_get_worlds(run) == report.worlds);
    return run;
}

CpsfTrustRun *
test_run_follow(CpsfTrustRun *run,
                CpsfSnapshot *before,
                CpsfSnapshot *after,
                CpsfPolicy *policy,
                const CpsfTrustOptions *options,
                TestUpdates *updates)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CpsfTrustRun) fresh = run_from_nothing(after, policy, options);
    CpsfTrustRun *next = cpsf_trust_run_update(run, after, &error);

    cr_assert(next != NULL, "%s", error != NULL ? error->message : "no run, no error");

    const int64_t n = cpsf_trust_run_get_n_counted(next);
    const int64_t reached =
        test_count_reached(before, after, policy, options != NULL ? options->layer : 0);
    g_autofree char *found = test_run_text(next);
    g_autofree char *wanted = test_run_text(fresh);

    cr_assert_str_eq(found, wanted);
    cr_assert(cpsf_trust_run_get_worlds(next) == cpsf_trust_run_get_worlds(fresh));
    cr_assert(n <= reached, "%d counted, %d reached", (int) n, (int) reached);
    updates->n++;
    updates->n_still += n == 0;
    updates->n_partial += n > 0 && n < after->n_holding;
    updates->n_whole += n > 0 && n == after->n_holding;
    return next;
}

/* ---- what a change reaches ---- */

static void
append_edges(GString *text, const CpsfSnapshot *s, int32_t v)
{
    const CpsfGraph *graph = s->graph;

    for (int64_t e = s->in.offsets[v]; e < s->in.offsets[v + 1]; e++) {
        const CpsfEdgeRow *row = &graph->edges.items[s->out_row[s->in_out[e]]];

        g_string_append_printf(text, "\n%s %d '%s' %a",
                               cpsf_graph_get_key(graph, (int32_t) row->from), row->relation,
                               cpsf_strtab_get(graph->strings, row->group), row->criticality);
    }
}

static void
append_groups(GString *text, const CpsfSnapshot *s, int32_t v)
{
    const CpsfGraph *graph = s->graph;

    for (int64_t i = 0; i < graph->groups.n; i++) {
        const CpsfGroupRow *row = &graph->groups.items[i];

        if ((int32_t) row->node == v && cpsf_interval_holds(row->valid, s->at))
            g_string_append_printf(text, "\n'%s' needs %d",
                                   cpsf_strtab_get(graph->strings, row->name), row->need);
    }
}

/* All that decides whether a node fails besides what it relies on, by key. */
static GHashTable *
describe(CpsfSnapshot *s, CpsfPolicy *policy, int layer)
{
    GHashTable *texts = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_free);
    g_autoptr(CpsfAnchors) anchors = cpsf_anchors_new(s, policy, NULL);
    g_autofree CpsfOpinion *own = g_new0(CpsfOpinion, s->graph->n_nodes + 1);

    cr_assert(cpsf_opinions_own(anchors, layer, own, NULL));
    for (int32_t v = 0; v < s->graph->n_nodes; v++) {
        GString *text = g_string_new(NULL);

        if (!s->holds[v]) {
            g_string_free(text, TRUE);
            continue;
        }
        g_string_printf(text, "%a %a", own[v].belief, own[v].disbelief);
        append_edges(text, s, v);
        append_groups(text, s, v);
        g_hash_table_insert(texts, (char *) cpsf_graph_get_key(s->graph, v),
                            g_string_free(text, FALSE));
    }
    return texts;
}

int64_t
test_count_reached(CpsfSnapshot *before, CpsfSnapshot *after, CpsfPolicy *policy, int layer)
{
    g_autoptr(GHashTable) was = describe(before, policy, layer);
    g_autoptr(GHashTable) is = describe(after, policy, layer);
    g_autofree uint8_t *seen = g_new0(uint8_t, after->graph->n_nodes + 1);
    g_autofree int32_t *queue = g_new(int32_t, after->graph->n_nodes + 1);
    int64_t n = 0;

    for (int32_t v = 0; v < after->graph->n_nodes; v++) {
        const char *key = cpsf_graph_get_key(after->graph, v);

        seen[v] = after->holds[v] &&
                  g_strcmp0(g_hash_table_lookup(was, key), g_hash_table_lookup(is, key)) != 0;
        if (seen[v])
            queue[n++] = v;
    }
    for (int64_t i = 0; i < n; i++)
        for (int64_t e = after->out.offsets[queue[i]]; e < after->out.offsets[queue[i] + 1]; e++) {
            const int32_t head = after->out.heads[e];

            if (!seen[head])
                queue[n++] = head;
            seen[head] = 1;
        }
    return n;
}
