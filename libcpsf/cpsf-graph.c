/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A frozen graph: its life, and what can be asked of it. */

#include "config.h"

#include <string.h>

#include "cpsf-builder-private.h"
#include "cpsf-key.h"

static gatomicrefcount *
new_holder(void)
{
    gatomicrefcount *holders = g_new(gatomicrefcount, 1);

    g_atomic_ref_count_init(holders);
    return holders;
}

CpsfGraph *
cpsf_graph_alloc(CpsfStrtab *strings)
{
    CpsfGraph *self = g_atomic_rc_box_new0(CpsfGraph);

    self->strings = cpsf_strtab_ref(strings);
    self->findings = cpsf_findings_new();
    for (int i = 0; i < CPSF_N_GRAPH_ARRAYS; i++)
        self->holders[i] = new_holder();
    return self;
}

/* A counter for each array, and not a reference to the graph that an array comes from: a long chain
 * of what-ifs, each on the one before, keeps nothing that none of them shows any more. */
CpsfGraph *
cpsf_graph_share(CpsfGraph *base)
{
    CpsfGraph *self = g_atomic_rc_box_new0(CpsfGraph);

    *self = *base;
    cpsf_strtab_ref(self->strings);
    cpsf_findings_ref(self->findings);
    for (int i = 0; i < CPSF_N_GRAPH_ARRAYS; i++)
        g_atomic_ref_count_inc(self->holders[i]);
    return self;
}

/* Whether @self was the last to have the array. */
static gboolean
drop_holder(CpsfGraph *self, CpsfGraphArray which)
{
    if (!g_atomic_ref_count_dec(self->holders[which]))
        return FALSE;
    g_free(self->holders[which]);
    return TRUE;
}

static void
drop_array(CpsfGraph *self, CpsfGraphArray which, void *items)
{
    if (drop_holder(self, which))
        g_free(items);
}

static void
drop_feeds(CpsfGraph *self)
{
    if (!drop_holder(self, CPSF_ARRAY_feeds))
        return;
    for (int64_t i = 0; i < self->n_feeds; i++)
        cpsf_feed_info_clear(&self->feeds[i]);
    g_free(self->feeds);
}

void
cpsf_graph_let_go(CpsfGraph *self, CpsfGraphArray which, void *items)
{
    drop_array(self, which, items);
    self->holders[which] = new_holder();
}

void
cpsf_graph_replace_feeds(CpsfGraph *self, CpsfFeedInfo *feeds, int64_t n)
{
    drop_feeds(self);
    self->holders[CPSF_ARRAY_feeds] = new_holder();
    self->feeds = feeds;
    self->n_feeds = n;
}

static void
clear_graph(void *data)
{
    CpsfGraph *self = data;

#define DROP(member) drop_array(self, CPSF_ARRAY_##member, self->member);
    CPSF_GRAPH_COLUMNS(DROP)
#undef DROP
#define DROP(type, member) drop_array(self, CPSF_ARRAY_##member, self->member.items);
    CPSF_STATEMENT_TABLES(DROP)
#undef DROP
    drop_feeds(self);
    cpsf_findings_unref(self->findings);
    cpsf_strtab_unref(self->strings);
}

/**
 * cpsf_graph_ref:
 * @self: a graph
 *
 * Holds on to a graph.  Any thread may.
 *
 * Returns: (transfer full): @self
 *
 * Since: 0.1
 */
CpsfGraph *
cpsf_graph_ref(CpsfGraph *self)
{
    return g_atomic_rc_box_acquire(self);
}

/**
 * cpsf_graph_unref:
 * @self: (transfer full): a graph
 *
 * Lets go of a graph; the last to do so frees it.
 *
 * Since: 0.1
 */
void
cpsf_graph_unref(CpsfGraph *self)
{
    g_atomic_rc_box_release_full(self, clear_graph);
}

/**
 * cpsf_graph_get_n_nodes:
 * @self: a graph
 *
 * The number of nodes, at whatever time they hold; ids of nodes are below it.
 *
 * Returns: at least 0
 *
 * Since: 0.1
 */
int32_t
cpsf_graph_get_n_nodes(const CpsfGraph *self)
{
    return self->n_nodes;
}

/**
 * cpsf_graph_get_n_edges:
 * @self: a graph
 *
 * The number of edges, at whatever time they hold: statements with the same ends, relation and
 * group are one.  Edges that the model has no room for (ends of another kind, self-loops) do not
 * count.
 *
 * Returns: at least 0
 *
 * Since: 0.1
 */
int64_t
cpsf_graph_get_n_edges(const CpsfGraph *self)
{
    return self->n_edges;
}

/**
 * cpsf_graph_get_findings:
 * @self: a graph
 *
 * What was found wrong with the feeds that count, sorted by file, line, column and code.
 *
 * Returns: (transfer none): a list, maybe empty
 *
 * Since: 0.1
 */
CpsfFindings *
cpsf_graph_get_findings(CpsfGraph *self)
{
    return self->findings;
}

/* An alias that does not identify (a web address, a class of devices) still finds the node if only
 * one has it. */
static int32_t
find_by_alias(const CpsfGraph *self, CpsfStr alias)
{
    int32_t found = CPSF_NODE_NONE;

    for (int64_t i = 0; i < self->aliases.n; i++) {
        if (self->aliases.items[i].alias != alias)
            continue;

        const int32_t node = (int32_t) self->aliases.items[i].node;

        if (found != CPSF_NODE_NONE && found != node)
            return CPSF_NODE_NONE;
        found = node;
    }
    return found;
}

/**
 * cpsf_graph_find_node:
 * @self: a graph
 * @key: an identifier; need not be canonical
 *
 * Finds the node that an identifier names: as its key, as an alias that makes nodes one, or as any
 * other alias that no second node has.  Cost: O(length of @key), for the last O(aliases).
 *
 * Returns: an id, or %CPSF_NODE_NONE if it is no identifier or names no node
 *
 * Since: 0.1
 */
int32_t
cpsf_graph_find_node(const CpsfGraph *self, const char *key)
{
    g_return_val_if_fail(self != NULL, CPSF_NODE_NONE);
    g_return_val_if_fail(key != NULL, CPSF_NODE_NONE);

    g_autofree char *canonical = cpsf_key_canonical(key, -1, NULL);
    const char *text = canonical != NULL ? canonical : key;
    const CpsfStr id = cpsf_strtab_find(self->strings, text, strlen(text));

    if (id == 0)
        return CPSF_NODE_NONE;

    const int32_t node = cpsf_graph_node_of(self, id);

    return node != CPSF_NODE_NONE ? node : find_by_alias(self, id);
}

/**
 * cpsf_graph_get_key:
 * @self: a graph
 * @node: a node
 *
 * The key of a node: of all that identify it the first in rank, then by bytes.
 *
 * Returns: (transfer none): a canonical key, good as long as @self
 *
 * Since: 0.1
 */
const char *
cpsf_graph_get_key(const CpsfGraph *self, int32_t node)
{
    g_return_val_if_fail(node >= 0 && node < self->n_nodes, NULL);

    return cpsf_strtab_get(self->strings, self->key[node]);
}

/**
 * cpsf_graph_get_kind:
 * @self: a graph
 * @node: a node
 *
 * What the most authoritative statement says the node is; `unknown` if none does.
 *
 * Returns: a kind
 *
 * Since: 0.1
 */
CpsfKind
cpsf_graph_get_kind(const CpsfGraph *self, int32_t node)
{
    g_return_val_if_fail(node >= 0 && node < self->n_nodes, CPSF_KIND_UNKNOWN);

    return (CpsfKind) self->kind[node];
}

/* The first name of the node in a language, most authoritative first: @n bytes of @lang are the
 * whole tag, or with @is_prefix what comes before its first hyphen. */
static const char *
find_name(const CpsfGraph *self, int32_t node, const char *lang, size_t n, gboolean is_prefix)
{
    int64_t first;
    int64_t last;

    cpsf_rows_range(&self->names, node, &first, &last);
    for (int64_t i = first; i < last; i++) {
        const char *tag = cpsf_strtab_get(self->strings, self->names.items[i].lang);

        if (g_ascii_strncasecmp(tag, lang, n) == 0 && tag[n] == (is_prefix ? '-' : '\0'))
            return cpsf_strtab_get(self->strings, self->names.items[i].text);
    }
    return NULL;
}

/* RFC 4647, section 3.4: the tag asked for, then with its last part cut off and so on; of each also
 * names that are more exact than what was asked. */
static const char *
look_up_name(const CpsfGraph *self, int32_t node, const char *lang)
{
    size_t n = strlen(lang);

    while (n > 0) {
        const char *name = find_name(self, node, lang, n, FALSE);

        if (name == NULL)
            name = find_name(self, node, lang, n, TRUE);
        if (name != NULL)
            return name;
        while (n > 0 && lang[n - 1] != '-')
            n--;
        if (n > 0)
            n--;
    }
    return NULL;
}

/**
 * cpsf_graph_get_name:
 * @self: a graph
 * @node: a node
 * @lang: (nullable): BCP 47 tag to prefer, e.g. "ja" or "en-GB"
 *
 * What people call the node: its name in @lang, else its plain name, else its first name in any
 * language; of several, that of the most authoritative statement.
 *
 * Returns: (transfer none): UTF-8, "" if it has no name; good as long as @self
 *
 * Since: 0.1
 */
const char *
cpsf_graph_get_name(const CpsfGraph *self, int32_t node, const char *lang)
{
    g_return_val_if_fail(node >= 0 && node < self->n_nodes, "");

    const char *name = lang != NULL ? look_up_name(self, node, lang) : NULL;
    int64_t first;
    int64_t last;

    if (name != NULL)
        return name;
    if (self->name[node] != 0)
        return cpsf_strtab_get(self->strings, self->name[node]);
    cpsf_rows_range(&self->names, node, &first, &last);
    return first < last ? cpsf_strtab_get(self->strings, self->names.items[first].text) : "";
}

/**
 * cpsf_graph_get_layers:
 * @self: a graph
 * @node: a node
 *
 * The layers that statements put the node in, or that of its kind if none says.
 *
 * Returns: a mask of CPSF_LAYER(1) to CPSF_LAYER(3), never 0
 *
 * Since: 0.1
 */
unsigned
cpsf_graph_get_layers(const CpsfGraph *self, int32_t node)
{
    g_return_val_if_fail(node >= 0 && node < self->n_nodes, 0);

    return self->layers[node];
}

gboolean
cpsf_graph_node_holds(const CpsfGraph *self, int32_t node, CpsfTime at)
{
    const int64_t last = self->node_rows[node + 1];

    if (cpsf_graph_lacks_node(self, (uint32_t) node))
        return FALSE;
    if (self->node_rows[node] == last)
        return TRUE;
    for (int64_t i = self->node_rows[node]; i < last; i++)
        if (cpsf_interval_holds(self->nodes.items[i].valid, at))
            return TRUE;
    return FALSE;
}

/* The first row whose node is not below @node. */
static int64_t
lower_bound(const uint32_t *first_node, int64_t n, size_t stride, int64_t node)
{
    int64_t low = 0;
    int64_t high = n;

    while (low < high) {
        const int64_t middle = low + (high - low) / 2;
        const char *row = (const char *) first_node + (size_t) middle * stride;

        if (*(const uint32_t *) (const void *) row < node)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void
cpsf_rows_find(const uint32_t *first_node,
               int64_t n,
               size_t stride,
               int32_t node,
               int64_t *first,
               int64_t *last)
{
    *first = lower_bound(first_node, n, stride, node);
    *last = lower_bound(first_node, n, stride, (int64_t) node + 1);
}
