/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The digest of what a graph says: two graphs have the same one if and only if the same was said,
 * however often, in whichever order and file.  What goes in is stated at cpsf_graph_get_digest().
 */

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "cpsf-builder-private.h"
#include "cpsf-digest-private.h"

/* Statements of one thing up to this many are put in order without asking for memory. */
#define FEW_ROWS 64

/* Bytes on their way into the digest. */
typedef struct {
    const CpsfGraph *graph;
    CpsfDigest *digest;
    size_t n;
    unsigned char buffer[1 << 15];
} Sink;

static void
flush(Sink *sink)
{
    cpsf_digest_add(sink->digest, sink->buffer, sink->n);
    sink->n = 0;
}

static void
put_bytes(Sink *sink, const void *bytes, size_t n)
{
    if (n > sizeof sink->buffer - sink->n)
        flush(sink);
    if (n > sizeof sink->buffer) {
        cpsf_digest_add(sink->digest, bytes, n);
        return;
    }
    memcpy(sink->buffer + sink->n, bytes, n);
    sink->n += n;
}

/* Eight bytes, lowest first. */
static void
put_number(Sink *sink, uint64_t value)
{
    const uint64_t bytes = GUINT64_TO_LE(value);

    put_bytes(sink, &bytes, sizeof bytes);
}

static void
put_string(Sink *sink, const char *text, size_t n)
{
    put_number(sink, n);
    put_bytes(sink, text, n);
}

static void
put_str(Sink *sink, CpsfStr id)
{
    put_string(sink, cpsf_strtab_get(sink->graph->strings, id),
               cpsf_strtab_get_length(sink->graph->strings, id));
}

static void
put_field(Sink *sink, CpsfField field, const char *row)
{
    const void *at = row + field.offset;

    switch ((CpsfFieldType) field.type) {
    case CPSF_FIELD_NODE:
        put_number(sink, *(const uint32_t *) at);
        return;
    case CPSF_FIELD_STR:
        put_str(sink, *(const uint32_t *) at);
        return;
    case CPSF_FIELD_U8:
        put_number(sink, *(const uint8_t *) at);
        return;
    case CPSF_FIELD_I32:
        put_number(sink, (uint64_t) * (const int32_t *) at);
        return;
    case CPSF_FIELD_I64:
        put_number(sink, (uint64_t) * (const int64_t *) at);
        return;
    case CPSF_FIELD_DOUBLE:
        put_number(sink, cpsf_double_bits(*(const double *) at));
        return;
    default:
        return;
    }
}

static void
put_row(Sink *sink, const CpsfShape *shape, const char *row)
{
    put_string(sink, shape->name, strlen(shape->name));
    for (unsigned i = 0; i < shape->n_fields; i++)
        put_field(sink, shape->fields[i], row);
}

typedef struct {
    const CpsfShape *shape;
    const CpsfStrtab *strings;
} Content;

static int
compare_content(const void *a, const void *b, void *data)
{
    const Content *content = data;
    const char *x = *(const char *const *) a;
    const char *y = *(const char *const *) b;

    for (unsigned i = 0; i < content->shape->n_fields; i++) {
        const int c = cpsf_field_compare(content->shape->fields[i], content->strings, x, y);

        if (c != 0)
            return c;
    }
    return 0;
}

/* Rows that agree in their keys: in order of all else they say, each once. */
static gboolean
put_run(Sink *sink, const CpsfShape *shape, const char *rows, int64_t n)
{
    const char *few[FEW_ROWS];
    g_autofree const char **many = NULL;
    const char **order = few;
    Content content = {shape, sink->graph->strings};

    if (n > FEW_ROWS) {
        many = cpsf_try_new(const char *, (size_t) n, NULL);
        if (many == NULL)
            return FALSE;
        order = many;
    }
    for (int64_t i = 0; i < n; i++)
        order[i] = rows + (size_t) i * shape->size;
    if (n > 1)
        qsort_r(order, (size_t) n, sizeof *order, compare_content, &content);
    for (int64_t i = 0; i < n; i++)
        if (i == 0 || compare_content(&order[i - 1], &order[i], &content) != 0)
            put_row(sink, shape, order[i]);
    return TRUE;
}

static gboolean
has_same_keys(const Sink *sink, const CpsfShape *shape, const char *a, const char *b)
{
    for (unsigned i = shape->n_keys; i-- > 0;)
        if (cpsf_field_compare(shape->fields[i], sink->graph->strings, a, b) != 0)
            return FALSE;
    return TRUE;
}

static gboolean
put_table(Sink *sink, CpsfTableId table, const void *items, int64_t n)
{
    const CpsfShape *shape = cpsf_shape_get(table);
    const char *rows = items;

    for (int64_t i = 0; i < n;) {
        const char *first = rows + (size_t) i * shape->size;
        int64_t j = i + 1;

        while (j < n && has_same_keys(sink, shape, first, rows + (size_t) j * shape->size))
            j++;
        if (!put_run(sink, shape, first, j - i))
            return FALSE;
        i = j;
    }
    return TRUE;
}

static void
put_nodes(Sink *sink)
{
    const CpsfGraph *graph = sink->graph;

    put_number(sink, (uint64_t) graph->n_nodes);
    for (int32_t v = 0; v < graph->n_nodes; v++) {
        put_str(sink, graph->key[v]);
        put_str(sink, graph->name[v]);
        put_str(sink, graph->class_name[v]);
        put_number(sink, graph->kind[v]);
        put_number(sink, graph->layers[v]);
    }
}

/* What a what-if supposes beyond rows; nothing of any other graph. */
static void
put_supposed(Sink *sink)
{
    const CpsfGraph *graph = sink->graph;

    for (int32_t v = 0; graph->removed != NULL && v < graph->n_nodes; v++)
        if (graph->removed[v]) {
            put_string(sink, "removed", strlen("removed"));
            put_number(sink, (uint64_t) v);
        }
    for (int64_t i = 0; i < graph->n_set_opinions; i++) {
        const CpsfSetOpinion *set = &graph->set_opinions[i];

        put_string(sink, "set-opinion", strlen("set-opinion"));
        put_number(sink, (uint64_t) set->node);
        put_number(sink, (uint64_t) set->layer);
        put_number(sink, cpsf_double_bits(set->opinion.belief));
        put_number(sink, cpsf_double_bits(set->opinion.disbelief));
        put_number(sink, cpsf_double_bits(set->opinion.uncertainty));
    }
}

/**
 * cpsf_graph_get_digest:
 * @self: a graph
 *
 * The SHA-256 of what the graph says, for telling whether two answers speak of the same.
 *
 * In go, strings as their length and bytes, numbers as 8 bytes, lowest first: the text
 * `cpsf-graph/1`; the number of nodes; of each node in canonical order its key, name, class, kind
 * and layers as resolved; then table by table (node, name, alias, property, consequence, opinion,
 * group, edge, evidence, incident, completeness) each distinct row in order of its contents: the
 * word for the table and all that it says, with nodes as their place in canonical order and with
 * what later versions ended as it then stands.  Kinds, relations and the like go in as their values
 * in the headers.  Of a what-if, the edges and evidence that it supposes are rows like any other;
 * then come the word `removed` and the node for each that it removes, and `set-opinion`, node, layer
 * and the three numbers for each opinion that it sets.  Left out are who said it, in which feed, file, line and column, how often, and
 * when it was first seen; so are feeds that were rejected.
 *
 * Cost: O(bytes of all rows).
 *
 * Returns: (transfer full) (nullable): `sha256:` and 64 hexadecimal digits; %NULL only if memory
 *   runs out over very many statements of one thing
 *
 * Since: 0.1
 */
char *
cpsf_graph_get_digest(const CpsfGraph *self)
{
    g_return_val_if_fail(self != NULL, NULL);

    g_autoptr(CpsfDigest) digest = cpsf_digest_new();
    g_autofree Sink *sink = g_new0(Sink, 1);
    char hex[65];

    sink->graph = self;
    sink->digest = digest;
    put_string(sink, "cpsf-graph/1", strlen("cpsf-graph/1"));
    put_nodes(sink);
#define PUT(type, member)                                                                          \
    if (!put_table(sink, CPSF_TABLE_##member, self->member.items, self->member.n))                 \
        return NULL;
    CPSF_STATEMENT_TABLES(PUT)
#undef PUT
    put_supposed(sink);
    flush(sink);
    cpsf_digest_finish(digest, hex);
    return g_strconcat("sha256:", hex, NULL);
}
