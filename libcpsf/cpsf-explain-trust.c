/* SPDX-License-Identifier: GPL-2.0-or-later */

/* How far a node can be trusted, over all layers and in each of its own, and what pulls that down. */

#include "config.h"

#include "cpsf-explain-private.h"

#include <math.h>

#include "cpsf-importance-private.h"

/* Anchors that are told. */
enum { PULLS_TOLD = 10 };

static void
add_figure(GString *detail, const char *name, double value)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE];

    if (!isnan(value))
        cpsf_explain_add(detail, name, g_ascii_formatd(text, sizeof text, "%.4g", value));
}

static void
put_expected(CpsfExplain *self, int layer, const CpsfWorldsCounts *counts, int32_t vertex)
{
    const double n = (double) counts->worlds;
    const int32_t failed_1 = counts->failed[0][vertex];
    const int32_t failed_2 = counts->failed[1][vertex];
    const int64_t score = 2 * counts->worlds - failed_1 - failed_2; /* twice that of all worlds */
    char text[G_ASCII_DTOSTR_BUF_SIZE];
    g_autoptr(GString) detail = g_string_new(NULL);

    add_figure(detail, "belief", (double) (counts->worlds - failed_1) / n);
    add_figure(detail, "disbelief", (double) failed_2 / n);
    add_figure(detail, "uncertainty", (double) (failed_1 - failed_2) / n);
    add_figure(detail, "stderr", cpsf_worlds_stderr(counts->worlds, failed_1, failed_2));
    g_ascii_formatd(text, sizeof text, "%.4g", 0.5 * ((double) score / n));
    cpsf_explain_put(self, "trust", layer, "expected", text, detail->str, NULL);
}

/* @layer 0: all. */
static gboolean
put_trust(CpsfExplain *self, const CpsfTarget *target, int layer, GError **error)
{
    const CpsfExplainOptions *options = self->options;
    int32_t vertex = target->vertex;
    const CpsfVertexSet asked = {&vertex, 1};
    const CpsfWorldsOptions how = {
        .worlds = options->worlds > 0 ? options->worlds : CPSF_WORLDS_DEFAULT,
        .seed = options->seed,
        .threads = options->threads,
        .asked = &asked,
        .cancellable = options->cancellable,
        .progress = options->progress,
        .progress_data = options->progress_data,
    };
    CpsfWorldsFailures failures = {0};
    CpsfWorldsCounts counts = {0};
    const gboolean is_done =
        cpsf_worlds_failures_init(&failures, target->part, target->own[layer], error) &&
        cpsf_worlds_run(target->part, &failures, &how, &counts, error);

    if (is_done)
        put_expected(self, layer, &counts, vertex);
    cpsf_worlds_failures_clear(&failures);
    cpsf_worlds_counts_clear(&counts);
    return is_done;
}

static void
add_step(void *data, const char *key)
{
    GString *text = data;

    g_string_append_printf(text, "%s%s", text->len > 0 ? " > " : "", key);
}

static void
put_pull(CpsfExplain *self, const CpsfPull *pull)
{
    const CpsfGraph *graph = self->graph;
    char text[G_ASCII_DTOSTR_BUF_SIZE] = "";
    g_autoptr(GString) detail = g_string_new(NULL);
    g_autoptr(GString) path = g_string_new(NULL);

    add_figure(detail, "alone", pull->alone);
    add_figure(detail, "importance", pull->importance);
    cpsf_explain_add(detail, "state", cpsf_pull_get_state(self->anchors, pull));
    cpsf_paths_tell(self->paths, pull->node, add_step, path);
    cpsf_explain_add(detail, "path", path->str);
    if (!isnan(pull->gain))
        g_ascii_formatd(text, sizeof text, "%.4g", pull->gain);
    cpsf_explain_put(self, "pulls-down", pull->layer,
                     cpsf_strtab_get(graph->strings, graph->key[pull->node]), text, detail->str,
                     NULL);
}

/* An anchor that neither gains anything nor would do harm alone pulls nothing down. */
static gboolean
put_pulls(CpsfExplain *self, const CpsfTarget *target, GError **error)
{
    const CpsfTrustOptions options = {
        .worlds = self->options->worlds,
        .seed = self->options->seed,
        .threads = self->options->threads,
        .cancellable = self->options->cancellable,
        .progress = self->options->progress,
        .progress_data = self->options->progress_data,
    };
    g_auto(CpsfImportance) importance = {0};
    int n_told = 0;

    if (!cpsf_importance_find(&importance, target, &options, CPSF_IMPORTANCE_BUDGET, error))
        return FALSE;
    for (int64_t i = 0; i < importance.pulls.n && n_told < PULLS_TOLD; i++) {
        const CpsfPull *pull = &importance.pulls.items[i];

        if (!(pull->gain > 0.0) && !(pull->alone > 0.0))
            continue;
        put_pull(self, pull);
        n_told++;
    }
    return TRUE;
}

gboolean
cpsf_explain_trust(CpsfExplain *self, GError **error)
{
    g_auto(CpsfTarget) target = {0};

    if (!cpsf_target_init(&target, self->anchors, self->paths, FALSE, error))
        return FALSE;
    if (target.part == NULL)
        return TRUE;
    for (int layer = 0; layer <= 3; layer++)
        if ((layer == 0 || (self->graph->layers[self->node] & CPSF_LAYER(layer)) != 0) &&
            !put_trust(self, &target, layer, error))
            return FALSE;
    return put_pulls(self, &target, error);
}
