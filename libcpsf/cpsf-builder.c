/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * A graph under construction: feeds as they are read, and what a program states through the public
 * functions, which counts as one more feed without a name.  Nothing is resolved here; freeze hands
 * the feeds to the stations of cpsf-builder-private.h.
 */

#include "config.h"

#include <math.h>
#include <string.h>

#include "cpsf-builder-private.h"
#include "cpsf-key.h"

struct _CpsfGraphBuilder {
    CpsfStrtab *strings; /* (owned) */
    CPSF_ARRAY(CpsfFeed) feeds;
    CpsfStatements own; /* what the public functions said */
};

void
cpsf_feed_clear(CpsfFeed *self)
{
    cpsf_feed_info_clear(&self->info);
    cpsf_statements_clear(&self->statements);
    g_clear_pointer(&self->findings, cpsf_findings_unref);
}

void
cpsf_feed_reject(
    CpsfFeed *self, CpsfFindingCode code, const char *message, uint32_t line, uint32_t column)
{
    self->info.state = CPSF_FEED_REJECTED;
    g_free(self->info.code);
    g_free(self->info.message);
    self->info.code = g_strdup(cpsf_finding_code_get_name(code));
    self->info.message = g_strdup(message);
    self->info.line = line;
    self->info.column = column;
    cpsf_statements_clear(&self->statements);
    g_clear_pointer(&self->findings, cpsf_findings_unref);
}

void
cpsf_feed_reject_for(CpsfFeed *self, const CpsfFinding *finding)
{
    g_autofree char *text = cpsf_finding_get_text(finding, NULL);

    cpsf_feed_reject(self, finding->code, text, finding->line, finding->column);
}

/**
 * cpsf_graph_builder_new: (skip)
 *
 * Starts a graph.  One thread may use it.
 *
 * Returns: (transfer full): a builder without any statement
 *
 * Since: 0.1
 */
CpsfGraphBuilder *
cpsf_graph_builder_new(void)
{
    CpsfGraphBuilder *self = g_new0(CpsfGraphBuilder, 1);

    self->strings = cpsf_strtab_new();
    return self;
}

/**
 * cpsf_graph_builder_free:
 * @self: (nullable): a builder that was not frozen
 *
 * Drops all that was said.
 *
 * Since: 0.1
 */
void
cpsf_graph_builder_free(CpsfGraphBuilder *self)
{
    if (self == NULL)
        return;
    for (int64_t i = 0; i < self->feeds.n; i++)
        cpsf_feed_clear(&self->feeds.items[i]);
    g_free(self->feeds.items);
    cpsf_statements_clear(&self->own);
    cpsf_strtab_unref(self->strings);
    g_free(self);
}

CpsfStrtab *
cpsf_graph_builder_get_strings(CpsfGraphBuilder *self)
{
    return self->strings;
}

/*
 * cpsf_graph_builder_add_feed:
 * @self: a builder
 * @info: what is known of the feed; left empty
 * @statements: what it says, in strings of this builder; left empty
 * @findings: (nullable): what was found wrong with it
 * @error: return location for a [type@GLib.Error], or %NULL
 *
 * Adds one feed.  A rejected one keeps its info, so that nothing is lost, and nothing else.
 * Cost: O(1).
 *
 * Returns: %TRUE; %FALSE with NO_MEMORY, or LIMIT past 2^32 - 2 feeds: @info and @statements then
 *   stay the caller's
 */
gboolean
cpsf_graph_builder_add_feed(CpsfGraphBuilder *self,
                            CpsfFeedInfo *info,
                            CpsfStatements *statements,
                            CpsfFindings *findings,
                            GError **error)
{
    if (self->feeds.n >= (int64_t) UINT32_MAX - 1)
        return cpsf_fail(error, CPSF_ERROR_LIMIT,
                         "%" G_GINT64_FORMAT " feeds are as many as a graph takes", self->feeds.n);

    CpsfFeed *feed = cpsf_array_add(&self->feeds, error);

    if (feed == NULL)
        return FALSE;
    feed->info = *info;
    feed->statements = *statements;
    memset(info, 0, sizeof *info);
    memset(statements, 0, sizeof *statements);
    if (feed->info.state == CPSF_FEED_REJECTED)
        cpsf_statements_clear(&feed->statements);
    else if (findings != NULL)
        feed->findings = cpsf_findings_ref(findings);
    return TRUE;
}

static gboolean
intern_key(CpsfGraphBuilder *self, const char *key, CpsfStr *id, GError **error)
{
    g_autofree char *canonical = cpsf_key_canonical(key, -1, error);

    return canonical != NULL &&
           cpsf_strtab_add(self->strings, canonical, strlen(canonical), id, error);
}

/**
 * cpsf_graph_builder_add_node:
 * @self: a builder
 * @key: an identifier of any scheme of docs/semantics.md, section 4; need not be canonical
 * @kind: what it is
 * @name: (nullable): what people call it, UTF-8
 * @error: return location for a [type@GLib.Error], or %NULL
 *
 * States that a node is of a kind, for all of time, in the layer that its kind is in.  Stating the
 * same again changes nothing.  Cost: O(length of the texts).
 *
 * Returns: %TRUE; %FALSE with %CPSF_ERROR_INVALID_VALUE (the key, the kind, a name that is not UTF-8),
 *   %CPSF_ERROR_NO_MEMORY or %CPSF_ERROR_LIMIT: nothing is then added
 *
 * Since: 0.1
 */
gboolean
cpsf_graph_builder_add_node(
    CpsfGraphBuilder *self, const char *key, CpsfKind kind, const char *name, GError **error)
{
    g_return_val_if_fail(self != NULL, FALSE);
    g_return_val_if_fail(key != NULL, FALSE);
    g_return_val_if_fail(error == NULL || *error == NULL, FALSE);

    CpsfStr node;
    CpsfStr name_id = 0;

    if ((unsigned) kind >= CPSF_N_KINDS)
        return cpsf_fail(error, CPSF_ERROR_INVALID_VALUE, "kind %d is not one", (int) kind);
    if (name != NULL && !g_utf8_validate(name, -1, NULL))
        return cpsf_fail(error, CPSF_ERROR_INVALID_VALUE, "name of %s is not UTF-8", key);
    if (!intern_key(self, key, &node, error))
        return FALSE;
    if (name != NULL && !cpsf_strtab_add(self->strings, name, strlen(name), &name_id, error))
        return FALSE;

    CpsfNodeRow *row = cpsf_array_add(&self->own.nodes, error);

    if (row == NULL)
        return FALSE;
    row->valid = CPSF_INTERVAL_ALL;
    row->node = node;
    row->kind = (uint8_t) kind;
    row->name = name_id;
    return TRUE;
}

/**
 * cpsf_graph_builder_add_edge:
 * @self: a builder
 * @relation: what ties the two; read "@from @relation @to"
 * @from: key of what is relied on; need not be canonical
 * @to: key of what relies on it
 * @valid: when it holds; since before until
 * @error: return location for a [type@GLib.Error], or %NULL
 *
 * States that an edge holds.  Its ends need no node of their own: they are then known by reference
 * only.  Whether the kinds of the ends fit the relation is found out by
 * [method@GraphBuilder.freeze], which leaves the edge out if not.  Cost: O(length of the keys).
 *
 * Returns: %TRUE; %FALSE with %CPSF_ERROR_INVALID_VALUE (a key, the relation, an empty interval),
 *   %CPSF_ERROR_NO_MEMORY or %CPSF_ERROR_LIMIT: nothing is then added
 *
 * Since: 0.1
 */
gboolean
cpsf_graph_builder_add_edge(CpsfGraphBuilder *self,
                            CpsfRelation relation,
                            const char *from,
                            const char *to,
                            CpsfInterval valid,
                            GError **error)
{
    g_return_val_if_fail(self != NULL, FALSE);
    g_return_val_if_fail(from != NULL && to != NULL, FALSE);
    g_return_val_if_fail(error == NULL || *error == NULL, FALSE);

    CpsfStr ends[2];

    if ((unsigned) relation >= CPSF_N_RELATIONS)
        return cpsf_fail(error, CPSF_ERROR_INVALID_VALUE, "relation %d is not one", (int) relation);
    if (valid.since >= valid.until)
        return cpsf_fail(error, CPSF_ERROR_INVALID_VALUE,
                         "since %" G_GINT64_FORMAT " is not before until %" G_GINT64_FORMAT,
                         valid.since, valid.until);
    if (!intern_key(self, from, &ends[0], error) || !intern_key(self, to, &ends[1], error))
        return FALSE;

    CpsfEdgeRow *row = cpsf_array_add(&self->own.edges, error);

    if (row == NULL)
        return FALSE;
    row->valid = valid;
    row->from = ends[0];
    row->to = ends[1];
    row->relation = (uint8_t) relation;
    row->criticality = (double) NAN; /* the default of the policy */
    row->delay = -1;
    return TRUE;
}

/* What the public functions said, as a feed with empty id: first in every order. */
static gboolean
add_own(CpsfGraphBuilder *self, GError **error)
{
    if (self->own.nodes.n == 0 && self->own.edges.n == 0)
        return TRUE;

    CpsfFeedInfo info = {
        .file = g_strdup(""),
        .id = g_strdup(""),
        .format = g_strdup(""),
        .issued = CPSF_TIME_ALWAYS_BEFORE,
        .n_nodes = self->own.nodes.n,
        .n_edges = self->own.edges.n,
    };
    const gboolean added = cpsf_graph_builder_add_feed(self, &info, &self->own, NULL, error);

    cpsf_feed_info_clear(&info);
    return added;
}

/**
 * cpsf_graph_builder_freeze:
 * @self: (transfer full): a builder
 * @error: return location for a [type@GLib.Error], or %NULL
 *
 * Puts together what was said: one node for all keys that name the same, one edge for all
 * statements of the same, in an order that depends on neither the order nor the number of
 * statements.  What does not fit is left out and is a finding of the graph.
 * Cost: O(n log n + m log d) for n nodes and m statements, at most d of a node.
 *
 * Returns: (transfer full): the graph; %NULL with %CPSF_ERROR_NO_MEMORY, or
 *   %CPSF_ERROR_LIMIT past 2^31 - 2 nodes.  The builder is gone in every case.
 *
 * Since: 0.1
 */
CpsfGraph *
cpsf_graph_builder_freeze(CpsfGraphBuilder *self, GError **error)
{
    const CpsfFreezeOptions options = {.now = cpsf_time_now()};

    return cpsf_graph_builder_freeze_with(self, &options, error);
}

CpsfGraph *
cpsf_graph_builder_freeze_with(CpsfGraphBuilder *self,
                               const CpsfFreezeOptions *options,
                               GError **error)
{
    g_return_val_if_fail(self != NULL, NULL);
    g_return_val_if_fail(error == NULL || *error == NULL, NULL);

    g_autoptr(CpsfGraphBuilder) builder = self;
    CpsfGraph *graph = NULL;
    gboolean again = TRUE;

    if (!add_own(builder, error))
        return NULL;
    cpsf_feeds_sort(builder->feeds.items, builder->feeds.n);

    /* Each round that goes again has rejected one feed more, so the rounds end. */
    while (again) {
        cpsf_feeds_judge(builder->feeds.items, builder->feeds.n, options);
        graph = cpsf_feeds_freeze(builder->feeds.items, builder->feeds.n, builder->strings, options,
                                  &again, error);
    }
    return graph;
}
