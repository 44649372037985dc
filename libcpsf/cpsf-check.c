/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The main job: which anchors are unverified, and why, the ones that most rely on first. */

#include "config.h"

#include "cpsf-check.h"

#include <stdlib.h>

#include "cpsf-anchor-private.h"
#include "cpsf-finding-private.h"
#include "cpsf-node-rows-private.h"
#include "cpsf-relying-private.h"
#include "cpsf-table-private.h"

enum {
    KEY,
    KIND,
    NAME,
    LAYER,
    STATE,
    DETAIL,
    REASONS,
    SCHEME,
    ISSUER,
    SINCE,
    UNTIL,
    RELYING,
    N_COLUMNS,
};

/* clang-format off */
static const CpsfColumnSpec columns[N_COLUMNS] = {
    [KEY]     = {"key",     CPSF_COLUMN_UTF8},
    [KIND]    = {"kind",    CPSF_COLUMN_UTF8},
    [NAME]    = {"name",    CPSF_COLUMN_UTF8},
    [LAYER]   = {"layer",   CPSF_COLUMN_INT64},
    [STATE]   = {"state",   CPSF_COLUMN_UTF8},
    [DETAIL]  = {"detail",  CPSF_COLUMN_UTF8},
    [REASONS] = {"reasons", CPSF_COLUMN_UTF8_LIST},
    [SCHEME]  = {"scheme",  CPSF_COLUMN_UTF8},
    [ISSUER]  = {"issuer",  CPSF_COLUMN_UTF8},
    [SINCE]   = {"since",   CPSF_COLUMN_TIMESTAMP},
    [UNTIL]   = {"until",   CPSF_COLUMN_TIMESTAMP},
    [RELYING] = {"relying", CPSF_COLUMN_INT64},
};
/* clang-format on */

typedef struct {
    int64_t anchor; /* index into the anchors: by node, then layer */
    int64_t relying;
    int urgency; /* 0 refuted, 1 unverified, 2 verified */
} Row;

static int
urgency_of(uint8_t state)
{
    return state == CPSF_STATE_REFUTED ? 0 : state == CPSF_STATE_UNVERIFIED ? 1 : 2;
}

/* Urgency, then relying downwards; anchors are in order of key and layer already. */
static int
compare_rows(const void *left, const void *right)
{
    const Row *a = left;
    const Row *b = right;

    if (a->urgency != b->urgency)
        return a->urgency - b->urgency;
    if (a->relying != b->relying)
        return a->relying > b->relying ? -1 : 1;
    return (a->anchor > b->anchor) - (a->anchor < b->anchor);
}

static void
put_item(CpsfTableBuilder *b, const CpsfAnchors *anchors, const CpsfAnchor *anchor)
{
    const CpsfGraph *graph = anchors->snapshot->graph;
    const CpsfEvidenceRow *row = &graph->evidence.items[anchor->item];
    const CpsfVerdict verdict = cpsf_anchors_judge(anchors, anchor->item, anchor->layer);

    cpsf_table_put_utf8(b, SCHEME, cpsf_strtab_get(graph->strings, row->scheme));
    cpsf_table_put_utf8(b, ISSUER, cpsf_anchor_get_issuer(graph, row));
    cpsf_table_put_time(b, SINCE, row->valid.since);
    cpsf_table_put_time(b, UNTIL, verdict.until);
}

static void
put_row(CpsfTableBuilder *b, const CpsfAnchors *anchors, const Row *row, const char *lang)
{
    const CpsfAnchor *anchor = &anchors->anchors[row->anchor];

    cpsf_node_rows_put(b, anchors->snapshot->graph, anchor->node, lang);
    cpsf_table_put_int64(b, LAYER, anchor->layer);
    cpsf_table_put_utf8(b, STATE, cpsf_word(CPSF_WORDS_STATE, anchor->state));
    cpsf_table_put_utf8(b, DETAIL, cpsf_anchor_get_detail(anchors, anchor));
    for (int r = 0; r < CPSF_N_REASONS; r++)
        if ((anchor->reasons >> r & 1U) != 0)
            cpsf_table_put_item(b, REASONS, cpsf_word(CPSF_WORDS_REASON, r));
    if (anchor->item >= 0)
        put_item(b, anchors, anchor);
    cpsf_table_put_int64(b, RELYING, row->relying);
    cpsf_table_end_row(b);
}

/* The anchors to show, with the number of nodes relying on each, in order. */
static Row *
rows_new(const CpsfAnchors *anchors,
         const CpsfCheckOptions *options,
         int64_t *n_rows,
         gboolean *is_estimated,
         GError **error)
{
    const CpsfRelyingOptions relying_options = {
        .budget = options->relying_budget,
        .threads = options->threads,
        .cancellable = options->cancellable,
        .progress = options->progress,
        .progress_data = options->progress_data,
    };
    g_autofree Row *rows = cpsf_try_new(Row, (size_t) anchors->n_anchors, error);
    g_autofree int32_t *nodes = NULL;
    g_autofree int64_t *relying = NULL;
    int64_t n = 0;

    if (rows == NULL ||
        (nodes = cpsf_try_new(int32_t, (size_t) anchors->n_anchors, error)) == NULL ||
        (relying = cpsf_try_new(int64_t, (size_t) anchors->n_anchors, error)) == NULL)
        return NULL;
    for (int64_t a = 0; a < anchors->n_anchors; a++) {
        const CpsfAnchor *anchor = &anchors->anchors[a];

        if (anchor->state == CPSF_STATE_VERIFIED && !options->all)
            continue;
        nodes[n] = anchor->node;
        rows[n++] = (Row){a, 0, urgency_of(anchor->state)};
    }
    if (!cpsf_relying_count(anchors->snapshot, anchors->policy, nodes, n, &relying_options, relying,
                            is_estimated, error))
        return NULL;
    for (int64_t i = 0; i < n; i++)
        rows[i].relying = relying[i];
    qsort(rows, (size_t) n, sizeof *rows, compare_rows);
    *n_rows = n;
    return g_steal_pointer(&rows);
}

/**
 * cpsf_check:
 * @snapshot: what is asked about
 * @policy: what counts as verified
 * @options: (nullable): how, or %NULL for unverified and refuted anchors only, exact `relying`
 *   within the default budget, all processors
 * @is_estimated: (out) (optional): whether the column relying holds estimates, with a relative
 *   standard deviation of about 6 %
 * @error: return location for a [type@GLib.Error], or %NULL
 *
 * Finds which trust anchors are unverified, and why: one row for each node and each layer that the
 * policy asks about.  Columns: key, kind, name, layer, state, detail (`incomplete` or
 * `unknown-origin`), reasons, scheme, issuer, since and until of the evidence item closest to
 * passing, relying.  Refuted anchors come first, then unverified, then verified ones; within each
 * those that most nodes rely on; then by key and layer.
 *
 * A verified anchor means that some item of evidence passes; having found no fault is never enough.
 *
 * Cost: O(nodes + edges + items), and for `relying` a sweep over the condensed graph for every 512
 * anchors shown, within the budget.
 *
 * Source: docs/semantics.md, sections 5 and 9.
 *
 * Returns: (transfer full) (nullable): the table; %NULL with %CPSF_ERROR_NO_MEMORY,
 *   %CPSF_ERROR_CANCELLED, or %CPSF_ERROR_INVALID_VALUE for a negative budget or number of threads
 *
 * Since: 0.1
 */
CpsfTable *
cpsf_check(CpsfSnapshot *snapshot,
           CpsfPolicy *policy,
           const CpsfCheckOptions *options,
           gboolean *is_estimated,
           GError **error)
{
    static const CpsfCheckOptions defaults = {0};
    gboolean estimated = FALSE;
    int64_t n = 0;

    g_return_val_if_fail(snapshot != NULL && policy != NULL, NULL);
    g_return_val_if_fail(error == NULL || *error == NULL, NULL);
    if (options == NULL)
        options = &defaults;
    if (options->relying_budget < 0)
        return cpsf_fail_null(error, CPSF_ERROR_INVALID_VALUE,
                              "relying budget %" G_GINT64_FORMAT " is negative",
                              options->relying_budget);
    if (options->threads < 0)
        return cpsf_fail_null(error, CPSF_ERROR_INVALID_VALUE, "number of threads %d is negative",
                              options->threads);

    g_autoptr(CpsfAnchors) anchors = cpsf_anchors_new(snapshot, policy, error);

    if (anchors == NULL)
        return NULL;

    g_autofree Row *rows = rows_new(anchors, options, &n, &estimated, error);

    if (rows == NULL)
        return NULL;

    CpsfTableBuilder *b = cpsf_table_builder_new(columns, N_COLUMNS);

    for (int64_t i = 0; i < n; i++)
        put_row(b, anchors, &rows[i], options->lang);
    if (is_estimated != NULL)
        *is_estimated = estimated;
    return cpsf_table_builder_finish(b, error);
}

/**
 * cpsf_check_findings:
 * @snapshot: what is asked about
 * @policy: what counts as verified
 *
 * Finds what was wrong with the input: the findings of the snapshot and, if the policy names
 * signers, `claimed` for each feed that none of them lets speak, at its first statement.  What such
 * a feed says is kept and raises no trust.  Signatures are not verified yet, so that none may.
 *
 * Cost: O(feeds + findings).
 *
 * Source: docs/semantics.md, section 4.
 *
 * Returns: (transfer full): a list sorted by file, line, column and code, maybe empty
 *
 * Since: 0.1
 */
CpsfFindings *
cpsf_check_findings(CpsfSnapshot *snapshot, CpsfPolicy *policy)
{
    g_return_val_if_fail(snapshot != NULL && policy != NULL, NULL);

    const CpsfGraph *graph = snapshot->graph;
    CpsfFindings *known = cpsf_snapshot_get_findings(snapshot);

    if (!cpsf_policy_has_signers(policy))
        return cpsf_findings_ref(known);

    CpsfFindings *findings = cpsf_findings_new();

    cpsf_findings_append(findings, known);
    for (int64_t i = 0; i < graph->n_feeds; i++) {
        const CpsfFeedInfo *feed = &graph->feeds[i];

        if (feed->state == CPSF_FEED_IMPORTED && feed->first.line > 0)
            cpsf_findings_add(findings, CPSF_FINDING_CLAIMED, feed->file != NULL ? feed->file : "",
                              feed->first.line, feed->first.column,
                              N_("what %s says is claimed: no signature lets it speak"), feed->id,
                              NULL);
    }
    cpsf_findings_sort(findings);
    return findings;
}
