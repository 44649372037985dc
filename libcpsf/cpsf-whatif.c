/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * What if: changes to a snapshot that are only supposed, checked one by one as they are made.  They
 * are kept as a feed would say them and touch nothing; cpsf-whatif-graph.c makes a graph of them.
 */

#include "config.h"

#include <math.h>
#include <string.h>

#include "cpsf-key.h"
#include "cpsf-text-private.h"
#include "cpsf-whatif-private.h"

/* How far the parts of an opinion may miss 1 (docs/semantics.md, section 5). */
#define OPINION_TOLERANCE 1e-9

/**
 * cpsf_what_if_new: (skip)
 * @base: what is changed; it stays as it is
 *
 * Starts to suppose.  The base may itself come of a what-if, so that suppositions build on each
 * other.
 *
 * Returns: (transfer full): nothing supposed yet
 *
 * Since: 0.1
 */
CpsfWhatIf *
cpsf_what_if_new(CpsfSnapshot *base)
{
    g_return_val_if_fail(base != NULL, NULL);

    CpsfWhatIf *self = g_new0(CpsfWhatIf, 1);

    self->base = cpsf_snapshot_ref(base);
    self->texts = cpsf_strtab_new();
    return self;
}

/**
 * cpsf_what_if_free:
 * @self: (transfer full) (nullable): a what-if
 *
 * Frees what was supposed.  Snapshots made of it stay.
 *
 * Since: 0.1
 */
void
cpsf_what_if_free(CpsfWhatIf *self)
{
    if (self == NULL)
        return;
    cpsf_snapshot_unref(self->base);
    cpsf_strtab_unref(self->texts);
    cpsf_statements_clear(&self->said);
    g_free(self->is_new.items);
    g_free(self->removed.items);
    g_free(self->opinions.items);
    g_free(self);
}

/* ---- texts and keys ---------------------------------------------------------------------- */

static gboolean
keep_text(CpsfWhatIf *self, CpsfSpan text, CpsfStr *id, GError **error)
{
    *id = 0;
    return text.at == text.end ||
           cpsf_strtab_add(self->texts, text.at, (size_t) (text.end - text.at), id, error);
}

static gboolean
keep_string(CpsfWhatIf *self, const char *text, CpsfStr *id, GError **error)
{
    *id = 0;
    return text == NULL || cpsf_strtab_add(self->texts, text, strlen(text), id, error);
}

/* A text as a feed could have it: UTF-8 on one line, white space around it taken away; @span is
 * empty for NULL. */
static gboolean
check_text(const char *what, const char *text, CpsfSpan *span, GError **error)
{
    *span = (CpsfSpan){NULL, NULL};
    if (text == NULL)
        return TRUE;
    if (!g_utf8_validate(text, -1, NULL))
        return cpsf_fail(error, CPSF_ERROR_INVALID_VALUE, "%s is not UTF-8", what);
    *span = cpsf_span_over(text, -1);
    for (const char *c = span->at; c < span->end; c++)
        if ((uint8_t) *c < 0x20)
            return cpsf_fail(error, CPSF_ERROR_INVALID_VALUE, "%s has the control character %d",
                             what, *c);
    return TRUE;
}

/* The node of the base that a canonical key names as one of its own. */
static int32_t
node_of_key(const CpsfWhatIf *self, const char *key)
{
    const CpsfGraph *graph = self->base->graph;

    return cpsf_graph_node_of(graph, cpsf_strtab_find(graph->strings, key, strlen(key)));
}

/* The string of a new node's key; 0 if no edge brings such a node. */
static CpsfStr
find_new(const CpsfWhatIf *self, const char *key)
{
    g_autofree char *canonical = cpsf_key_canonical(key, -1, NULL);
    const CpsfStr id =
        canonical != NULL ? cpsf_strtab_find(self->texts, canonical, strlen(canonical)) : 0;

    return id < self->is_new.n && self->is_new.items[id] ? id : 0;
}

/* A node by any of its keys: @id is the one it is known by; @node is its number in the base, or
 * CPSF_NODE_NONE if it is new. */
static gboolean
find_known(CpsfWhatIf *self, const char *key, CpsfStr *id, int32_t *node, GError **error)
{
    char shown[CPSF_TEXT_SHOWN_MAX];

    *node = CPSF_NODE_NONE;
    *id = find_new(self, key);
    if (*id != 0)
        return TRUE;
    *node = cpsf_graph_find_node(self->base->graph, key);
    if (*node == CPSF_NODE_NONE)
        return cpsf_fail(error, CPSF_ERROR_NOT_FOUND, "no node has the key \"%s\"",
                         cpsf_text_shown(key, strlen(key), shown));
    return keep_string(self, cpsf_graph_get_key(self->base->graph, *node), id, error);
}

/* ---- nodes ------------------------------------------------------------------------------- */

/**
 * cpsf_what_if_remove_node:
 * @self: a what-if
 * @key: a key or an alias of a node, canonical or not: of the base, or one that an edge added before
 *   brought
 * @error: return location for a [type@GLib.Error], or %NULL
 *
 * Supposes that a node never holds, and so none of its edges.  It keeps its number and what is said
 * of it, but counts nowhere; edges added to it do not hold, either, whichever call came first.
 * Removing it again changes nothing.  Cost: O(length of @key), for a key that is only an alias
 * O(aliases).
 *
 * Returns: %TRUE; %FALSE with %CPSF_ERROR_NOT_FOUND if @key names no node, %CPSF_ERROR_NO_MEMORY or
 *   %CPSF_ERROR_LIMIT (2^32 - 2 texts): nothing is then supposed
 *
 * Since: 0.1
 */
gboolean
cpsf_what_if_remove_node(CpsfWhatIf *self, const char *key, GError **error)
{
    g_return_val_if_fail(self != NULL && key != NULL, FALSE);
    g_return_val_if_fail(error == NULL || *error == NULL, FALSE);

    CpsfStr id;
    int32_t node;

    if (!find_known(self, key, &id, &node, error))
        return FALSE;

    CpsfStr *slot = cpsf_array_add(&self->removed, error);

    if (slot == NULL)
        return FALSE;
    *slot = id;
    return TRUE;
}

/* ---- edges ------------------------------------------------------------------------------- */

/* An end of an edge on its way in. */
typedef struct {
    char *key;    /* (owned) canonical */
    int32_t node; /* CPSF_NODE_NONE if the base has none */
    CpsfKind kind;
} End;

static void
end_clear(End *self)
{
    g_free(self->key);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(End, end_clear)

static gboolean
read_end(const CpsfWhatIf *self, const char *key, End *end, GError **error)
{
    end->key = cpsf_key_canonical(key, -1, error);
    if (end->key == NULL)
        return FALSE;
    end->node = node_of_key(self, end->key);
    end->kind = end->node != CPSF_NODE_NONE ? cpsf_graph_get_kind(self->base->graph, end->node)
                                            : CPSF_KIND_UNKNOWN;
    return TRUE;
}

static gboolean
check_numbers(const CpsfSupposedEdge *edge, GError **error)
{
    if ((unsigned) edge->relation >= CPSF_N_RELATIONS)
        return cpsf_fail(error, CPSF_ERROR_INVALID_VALUE, "relation %d is not one",
                         (int) edge->relation);
    if (!isnan(edge->criticality) && !(edge->criticality >= 0.0 && edge->criticality <= 1.0))
        return cpsf_fail(error, CPSF_ERROR_INVALID_VALUE, "criticality %g is not in [0, 1]",
                         edge->criticality);
    if (edge->delay < -1)
        return cpsf_fail(error, CPSF_ERROR_INVALID_VALUE,
                         "delay %" G_GINT64_FORMAT " is neither -1 nor at least 0", edge->delay);
    return TRUE;
}

/* What freezing a graph would leave out is refused here. */
static gboolean
check_ends(CpsfRelation relation, const End *from, const End *to, GError **error)
{
    char shown[CPSF_TEXT_SHOWN_MAX];

    if (!cpsf_relation_fits(relation, from->kind, to->kind))
        return cpsf_fail(error, CPSF_ERROR_INVALID_VALUE, "%s does not run from %s to %s",
                         cpsf_word(CPSF_WORDS_RELATION, (int) relation),
                         cpsf_word(CPSF_WORDS_KIND, (int) from->kind),
                         cpsf_word(CPSF_WORDS_KIND, (int) to->kind));
    if (strcmp(from->key, to->key) == 0 || (from->node != CPSF_NODE_NONE && from->node == to->node))
        return cpsf_fail(error, CPSF_ERROR_INVALID_VALUE, "%s runs from %s to itself",
                         cpsf_word(CPSF_WORDS_RELATION, (int) relation),
                         cpsf_text_shown(from->key, strlen(from->key), shown));
    return TRUE;
}

/* Room for a mark of every text so far. */
static gboolean
cover_texts(CpsfWhatIf *self, GError **error)
{
    while (self->is_new.n < (int64_t) cpsf_strtab_get_n(self->texts))
        if (cpsf_array_add(&self->is_new, error) == NULL)
            return FALSE;
    return TRUE;
}

static gboolean
keep_edge(CpsfWhatIf *self,
          const CpsfSupposedEdge *edge,
          const End *from,
          const End *to,
          CpsfSpan group,
          GError **error)
{
    CpsfEdgeRow row = {
        .valid = CPSF_INTERVAL_ALL,
        .place.column = (uint32_t) self->said.edges.n,
        .relation = (uint8_t) edge->relation,
        .criticality = edge->criticality == 0.0 ? 0.0 : edge->criticality, /* never -0 */
        .delay = edge->delay,
    };

    if (self->said.edges.n >= UINT32_MAX)
        return cpsf_fail(error, CPSF_ERROR_LIMIT, "more than 2^32 - 1 edges are added");
    if (!keep_string(self, from->key, &row.from, error) ||
        !keep_string(self, to->key, &row.to, error) || !keep_text(self, group, &row.group, error) ||
        !cover_texts(self, error))
        return FALSE;

    CpsfEdgeRow *slot = cpsf_array_add(&self->said.edges, error);

    if (slot == NULL)
        return FALSE;
    *slot = row;
    self->is_new.items[row.from] = from->node == CPSF_NODE_NONE;
    self->is_new.items[row.to] = to->node == CPSF_NODE_NONE;
    return TRUE;
}

/**
 * cpsf_what_if_add_edge:
 * @self: a what-if
 * @edge: the edge, read during the call only
 * @error: return location for a [type@GLib.Error], or %NULL
 *
 * Supposes that an edge holds, for all of time.
 *
 * Keys are read as those of a feed: canonical or not; one that names no node, as its key or as an
 * alias that makes nodes one, makes a node of kind `unknown`, which every relation fits.  An edge
 * with these ends, this relation and this group is replaced, whatever feeds say of it, and so is one
 * added before.  The group need not be declared: it then needs one of its edges.  Cost: O(length of
 * the texts).
 *
 * Returns: %TRUE; %FALSE with %CPSF_ERROR_INVALID_VALUE (a key; a relation that is none, or does not
 *   run between nodes of these kinds; both ends one node; criticality outside [0,1]; a delay below
 *   -1; a group that is not UTF-8 or has control characters), %CPSF_ERROR_NO_MEMORY or
 *   %CPSF_ERROR_LIMIT (2^32 - 1 edges or texts): nothing is then supposed
 *
 * Since: 0.1
 */
gboolean
cpsf_what_if_add_edge(CpsfWhatIf *self, const CpsfSupposedEdge *edge, GError **error)
{
    g_return_val_if_fail(self != NULL && edge != NULL, FALSE);
    g_return_val_if_fail(edge->from != NULL && edge->to != NULL, FALSE);
    g_return_val_if_fail(error == NULL || *error == NULL, FALSE);

    g_auto(End) from = {0};
    g_auto(End) to = {0};
    CpsfSpan group;

    return check_numbers(edge, error) && check_text("group", edge->group, &group, error) &&
           read_end(self, edge->from, &from, error) && read_end(self, edge->to, &to, error) &&
           check_ends(edge->relation, &from, &to, error) &&
           keep_edge(self, edge, &from, &to, group, error);
}

/* ---- evidence ---------------------------------------------------------------------------- */

static gboolean
check_words(const CpsfSupposedEvidence *evidence, GError **error)
{
    if (evidence->layer < 1 || evidence->layer > 3)
        return cpsf_fail(error, CPSF_ERROR_INVALID_VALUE, "layer %d is not 1, 2 or 3",
                         evidence->layer);
    if ((unsigned) evidence->assurance >= CPSF_N_ASSURANCES)
        return cpsf_fail(error, CPSF_ERROR_INVALID_VALUE, "assurance %d is not one",
                         (int) evidence->assurance);
    if ((unsigned) evidence->status >= CPSF_N_STATUSES)
        return cpsf_fail(error, CPSF_ERROR_INVALID_VALUE, "status %d is not one",
                         (int) evidence->status);
    if (evidence->valid.since >= evidence->valid.until)
        return cpsf_fail(error, CPSF_ERROR_INVALID_VALUE,
                         "since %" G_GINT64_FORMAT " is not before until %" G_GINT64_FORMAT,
                         evidence->valid.since, evidence->valid.until);
    return TRUE;
}

static int
compare_keys(const void *a, const void *b)
{
    return strcmp(*(const char *const *) a, *(const char *const *) b);
}

/* A list of keys as rows have it: canonical, by bytes, each once, blanks between. */
static gboolean
read_scope(const char *text, char **scope, GError **error)
{
    g_autoptr(GPtrArray) keys = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GString) joined = g_string_new(NULL);
    const char *at = text;

    while (*at != '\0') {
        const size_t blanks = strspn(at, " \t\r\n");
        const size_t length = strcspn(at + blanks, " \t\r\n");

        at += blanks;
        if (length > 0) {
            char *key = cpsf_key_canonical(at, (gssize) length, error);

            if (key == NULL)
                return FALSE;
            g_ptr_array_add(keys, key);
        }
        at += length;
    }
    g_ptr_array_sort(keys, compare_keys);
    for (guint i = 0; i < keys->len; i++)
        if (i == 0 || strcmp(keys->pdata[i - 1], keys->pdata[i]) != 0)
            g_string_append_printf(joined, "%s%s", i > 0 ? " " : "", (const char *) keys->pdata[i]);
    *scope = g_string_free(g_steal_pointer(&joined), FALSE);
    return TRUE;
}

/* The texts of an item on its way in. */
typedef struct {
    CpsfSpan scheme;
    CpsfSpan id;
    char *issuer; /* (owned) (nullable) */
    char *scope;  /* (owned) (nullable) */
} ItemTexts;

static void
item_texts_clear(ItemTexts *self)
{
    g_free(self->issuer);
    g_free(self->scope);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ItemTexts, item_texts_clear)

static gboolean
read_item_texts(const CpsfSupposedEvidence *evidence, ItemTexts *texts, GError **error)
{
    if (!check_text("scheme", evidence->scheme, &texts->scheme, error) ||
        !check_text("id", evidence->id, &texts->id, error))
        return FALSE;
    if (texts->scheme.at == texts->scheme.end)
        return cpsf_fail(error, CPSF_ERROR_INVALID_VALUE, "scheme is empty");
    if (evidence->issuer != NULL &&
        (texts->issuer = cpsf_key_canonical(evidence->issuer, -1, error)) == NULL)
        return FALSE;
    return evidence->scope == NULL || read_scope(evidence->scope, &texts->scope, error);
}

static gboolean
keep_evidence(CpsfWhatIf *self,
              const CpsfSupposedEvidence *evidence,
              const ItemTexts *texts,
              GError **error)
{
    CpsfEvidenceRow row = {
        .valid = evidence->valid,
        .said = CPSF_INTERVAL_ALL,
        .layer = (uint8_t) evidence->layer,
        .assurance = (uint8_t) evidence->assurance,
        .status = (uint8_t) evidence->status,
    };
    int32_t node;

    if (!find_known(self, evidence->subject, &row.node, &node, error) ||
        !keep_text(self, texts->scheme, &row.scheme, error) ||
        !keep_text(self, texts->id, &row.id, error) ||
        !keep_string(self, texts->issuer, &row.issuer, error) ||
        !keep_string(self, texts->scope, &row.scope, error))
        return FALSE;

    CpsfEvidenceRow *slot = cpsf_array_add(&self->said.evidence, error);

    if (slot == NULL)
        return FALSE;
    *slot = row;
    return TRUE;
}

/**
 * cpsf_what_if_add_evidence:
 * @self: a what-if
 * @evidence: the item, read during the call only
 * @error: return location for a [type@GLib.Error], or %NULL
 *
 * Supposes that there is an item of evidence, at every moment, for what it is worth: it is judged
 * as if a feed without a publisher and a date of issue said it, so that trust in its issuer and all
 * else in docs/semantics.md, section 5 apply.  It takes the place of no other item.  Cost: O(length
 * of the texts), for a subject that is only an alias O(aliases).
 *
 * Returns: %TRUE; %FALSE with %CPSF_ERROR_NOT_FOUND if the subject is no node of the base and no end
 *   of an edge added before, %CPSF_ERROR_INVALID_VALUE (layer, assurance or status out of range;
 *   since not before until; a scheme that is empty; a scheme or id that is not UTF-8 or has control
 *   characters; issuer or scope that is no key), %CPSF_ERROR_NO_MEMORY or %CPSF_ERROR_LIMIT (2^32 -
 *   2 texts): nothing is then supposed
 *
 * Since: 0.1
 */
gboolean
cpsf_what_if_add_evidence(CpsfWhatIf *self, const CpsfSupposedEvidence *evidence, GError **error)
{
    g_return_val_if_fail(self != NULL && evidence != NULL, FALSE);
    g_return_val_if_fail(evidence->subject != NULL && evidence->scheme != NULL, FALSE);
    g_return_val_if_fail(error == NULL || *error == NULL, FALSE);

    g_auto(ItemTexts) texts = {0};

    return check_words(evidence, error) && read_item_texts(evidence, &texts, error) &&
           keep_evidence(self, evidence, &texts, error);
}

/* ---- opinions ---------------------------------------------------------------------------- */

static gboolean
is_part(double x)
{
    return x >= 0.0 && x <= 1.0; /* nor is NaN */
}

static gboolean
check_opinion(CpsfOpinion opinion, int layer, GError **error)
{
    const double sum = opinion.belief + opinion.disbelief + opinion.uncertainty;

    if (layer < 1 || layer > 3)
        return cpsf_fail(error, CPSF_ERROR_INVALID_VALUE, "layer %d is not 1, 2 or 3", layer);
    if (!is_part(opinion.belief) || !is_part(opinion.disbelief) || !is_part(opinion.uncertainty))
        return cpsf_fail(error, CPSF_ERROR_INVALID_VALUE,
                         "belief %g, disbelief %g and uncertainty %g are not all in [0, 1]",
                         opinion.belief, opinion.disbelief, opinion.uncertainty);
    if (!(fabs(sum - 1.0) <= OPINION_TOLERANCE))
        return cpsf_fail(error, CPSF_ERROR_INVALID_VALUE,
                         "belief, disbelief and uncertainty sum to %.12g, not to 1", sum);
    return TRUE;
}

static gboolean
check_layer(const CpsfWhatIf *self, int32_t node, const char *key, int layer, GError **error)
{
    const unsigned layers = node != CPSF_NODE_NONE
                                ? cpsf_graph_get_layers(self->base->graph, node)
                                : cpsf_kind_get_default_layers(CPSF_KIND_UNKNOWN);
    char shown[CPSF_TEXT_SHOWN_MAX];

    if ((layers & CPSF_LAYER(layer)) == 0)
        return cpsf_fail(error, CPSF_ERROR_INVALID_VALUE, "%s is not in layer %d",
                         cpsf_text_shown(key, strlen(key), shown), layer);
    return TRUE;
}

/**
 * cpsf_what_if_set_opinion:
 * @self: a what-if
 * @key: a key or an alias of a node, canonical or not: of the base, or one that an edge added before
 *   brought
 * @layer: 1, 2 or 3: one that the node is in
 * @belief: in [0,1]
 * @disbelief: in [0,1]
 * @uncertainty: in [0,1]; the three sum to 1 within 1e-9
 * @error: return location for a [type@GLib.Error], or %NULL
 *
 * Supposes what the own opinion of an anchor is, in place of what evidence and assessors give.  It
 * is what trust starts from; whether the anchor is verified stays a matter of evidence.  The last
 * call for an anchor counts, here or in the base.  Cost: O(length of @key), for a key that is only
 * an alias O(aliases).
 *
 * Returns: %TRUE; %FALSE with %CPSF_ERROR_NOT_FOUND if @key names no node,
 *   %CPSF_ERROR_INVALID_VALUE (a layer that is none or that the node is not in; a number outside
 *   [0,1]; a sum that is not 1), %CPSF_ERROR_NO_MEMORY or %CPSF_ERROR_LIMIT (2^32 - 2 texts): nothing
 *   is then supposed
 *
 * Since: 0.1
 */
gboolean
cpsf_what_if_set_opinion(CpsfWhatIf *self,
                         const char *key,
                         int layer,
                         double belief,
                         double disbelief,
                         double uncertainty,
                         GError **error)
{
    g_return_val_if_fail(self != NULL && key != NULL, FALSE);
    g_return_val_if_fail(error == NULL || *error == NULL, FALSE);

    const CpsfOpinion opinion = {belief + 0.0, disbelief + 0.0, uncertainty + 0.0}; /* never -0 */
    CpsfStr id;
    int32_t node;

    if (!check_opinion(opinion, layer, error) || !find_known(self, key, &id, &node, error) ||
        !check_layer(self, node, key, layer, error))
        return FALSE;

    CpsfSupposedOpinion *slot = cpsf_array_add(&self->opinions, error);

    if (slot == NULL)
        return FALSE;
    *slot = (CpsfSupposedOpinion){opinion, id, layer};
    return TRUE;
}

/* ---- the outcome ------------------------------------------------------------------------- */

/**
 * cpsf_what_if_snapshot:
 * @self: a what-if
 * @error: return location for a [type@GLib.Error], or %NULL
 *
 * Shows the base's graph, at the base's moment, with all that is supposed so far: a snapshot like
 * any other, of a graph of its own.  @self and its base stay as they are, and may be used on.
 *
 * Two results of one question about two snapshots of one base differ only by what is supposed, as
 * chance bits depend on keys alone.  Nodes keep their numbers unless an edge brings a node.  Findings
 * of the graph are the base's; nothing that is supposed makes one.
 *
 * Cost: opinions alone O(opinions); evidence besides O(evidence), and O(texts of the graph) if a text
 * is new; a node removed or an edge added O(nodes + edges), as for [method@Graph.snapshot], where an
 * edge copies the statements of edges; a new node O(all statements).  Whatever does not change is
 * shared with the base, in memory, too.
 *
 * Returns: (transfer full): the snapshot; %NULL with %CPSF_ERROR_NO_MEMORY, or %CPSF_ERROR_LIMIT past
 *   2^31 - 2 nodes or 2^32 - 2 texts
 *
 * Since: 0.1
 */
CpsfSnapshot *
cpsf_what_if_snapshot(const CpsfWhatIf *self, GError **error)
{
    g_return_val_if_fail(self != NULL, NULL);
    g_return_val_if_fail(error == NULL || *error == NULL, NULL);

    g_autoptr(CpsfGraph) graph = cpsf_what_if_derive(self, error);
    const CpsfGraph *base = self->base->graph;

    if (graph == NULL)
        return NULL;
    if (graph->key == base->key && graph->edges.items == base->edges.items &&
        graph->removed == base->removed)
        return cpsf_snapshot_share(self->base, graph, error);
    return cpsf_graph_snapshot(graph, self->base->at, error);
}
