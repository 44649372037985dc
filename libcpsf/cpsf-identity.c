/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Which keys name one node, and in which order nodes are numbered (docs/semantics.md, section 4).
 * Aliases that identify join their keys (union-find over string ids, the better key on top, so that
 * the root of a set is the key of its node); then the roots are sorted by bytes and numbered.
 *
 * Kept apart on purpose: https: and foreign local: keys, which identify for nobody else; wildcard
 * CPEs; and for devices and items every key of a class of things (GTIN, CPE).
 */

#include "config.h"

#include <string.h>

#include "cpsf-builder-private.h"
#include "cpsf-key.h"

/* Groups of keys up to this size are sorted by insertion. */
#define FEW_KEYS 24

/* Keys between asking for a cache line and using it. */
#define AHEAD 16

#define USED 0x8000U /* the string names a node; the bits below are 1 << CpsfKind as stated */
#define THINGS ((1U << CPSF_KIND_DEVICE) | (1U << CPSF_KIND_ITEM))

G_STATIC_ASSERT(CPSF_N_KINDS <= 15);

/* Per string id. */
typedef struct {
    const CpsfStrtab *strings;
    uint32_t *parent;
    uint16_t *marks;
    uint32_t n;
} Sets;

static CpsfStr
find_root(Sets *self, CpsfStr key)
{
    while (self->parent[key] != key) {
        self->parent[key] = self->parent[self->parent[key]]; /* path halving */
        key = self->parent[key];
    }
    return key;
}

static void
join(Sets *self, CpsfStr a, CpsfStr b)
{
    CpsfStr x = find_root(self, a);
    CpsfStr y = find_root(self, b);

    if (x == y)
        return;
    if (cpsf_key_compare(cpsf_strtab_get(self->strings, x), cpsf_strtab_get(self->strings, y)) >
        0) {
        const CpsfStr other = x;

        x = y;
        y = other;
    }
    self->parent[y] = x;
    self->marks[x] |= self->marks[y];
}

/* Every key that some row is about, and the kinds stated of it. */
static void
mark_subjects(Sets *self, const CpsfGraph *graph)
{
#define MARK(type, member)                                                                         \
    const CpsfShape *of_##member = cpsf_shape_get(CPSF_TABLE_##member);                            \
                                                                                                   \
    for (int64_t i = 0; i < graph->member.n; i++)                                                  \
        self->marks[cpsf_row_get_node(of_##member, &graph->member.items[i])] |= USED;
    CPSF_STATEMENT_TABLES(MARK)
#undef MARK
    for (int64_t i = 0; i < graph->edges.n; i++)
        self->marks[graph->edges.items[i].to] |= USED;
    for (int64_t i = 0; i < graph->nodes.n; i++)
        self->marks[graph->nodes.items[i].node] |= (uint16_t) (1U << graph->nodes.items[i].kind);
}

/* Joining what aliases say is one. */
typedef struct {
    Sets *sets;
    const CpsfFeed *feeds;
    char *prefix; /* (owned) (nullable) of the local: keys of a feed */
    size_t n_prefix;
    uint32_t prefix_of; /* that feed */
} Joining;

static gboolean
is_own_local(Joining *self, const char *key, uint32_t feed)
{
    if (self->prefix == NULL || self->prefix_of != feed) {
        g_free(self->prefix);
        self->prefix = cpsf_key_local(self->feeds[feed].info.id, "", 0);
        self->n_prefix = strlen(self->prefix);
        self->prefix_of = feed;
    }
    return strncmp(key, self->prefix, self->n_prefix) == 0;
}

/* Whether a key may join others.  As the subject it names one node by itself, so a web address does
 * there; as the alias it would name the nodes of others. */
static gboolean
identifies(Joining *self, const char *key, CpsfKeyScheme scheme, uint32_t feed, gboolean is_subject)
{
    switch (scheme) {
    case CPSF_KEY_LOCAL:
        return is_own_local(self, key, feed);
    case CPSF_KEY_HTTPS:
        return is_subject;
    case CPSF_KEY_CPE:
        return cpsf_key_is_authority(key);
    default:
        return TRUE;
    }
}

static gboolean
is_class(CpsfKeyScheme scheme)
{
    return scheme == CPSF_KEY_GTIN || scheme == CPSF_KEY_CPE;
}

/*
 * Joins what aliases say is one, with or without @classes; the number of aliases it left to the
 * other of the two.  Keys of classes come second, when it is known which sets hold devices or
 * items: those never grow by a class, and as sets without them stay without them, the outcome does
 * not depend on the order of aliases.
 */
static int64_t
join_aliases(Joining *self, const CpsfGraph *graph, gboolean classes)
{
    Sets *sets = self->sets;
    int64_t n_left = 0;

    for (int64_t i = 0; i < graph->aliases.n; i++) {
        const CpsfAliasRow *row = &graph->aliases.items[i];

        if (i + AHEAD < graph->aliases.n) {
            __builtin_prefetch(cpsf_strtab_get(sets->strings, row[AHEAD].node));
            __builtin_prefetch(cpsf_strtab_get(sets->strings, row[AHEAD].alias));
        }

        const char *key = cpsf_strtab_get(sets->strings, row->node);
        const char *alias = cpsf_strtab_get(sets->strings, row->alias);
        const CpsfKeyScheme of_key = cpsf_key_get_scheme(key);
        const CpsfKeyScheme of_alias = cpsf_key_get_scheme(alias);

        if ((is_class(of_key) || is_class(of_alias)) != classes) {
            n_left++;
            continue;
        }
        if (!identifies(self, key, of_key, row->place.feed, TRUE) ||
            !identifies(self, alias, of_alias, row->place.feed, FALSE))
            continue;
        if (classes &&
            ((sets->marks[find_root(sets, row->node)] | sets->marks[find_root(sets, row->alias)]) &
             THINGS) != 0)
            continue;
        sets->marks[row->alias] |= USED;
        join(sets, row->node, row->alias);
    }
    return n_left;
}

/* A key in the middle of being sorted: eight of its bytes as a number, first byte highest. */
typedef struct {
    uint64_t cache;
    const char *text;
    CpsfStr key;
} SortKey;

/* Keys [first, first + n) that agree in their first @depth bytes. */
typedef struct {
    int64_t first;
    int64_t n;
    size_t depth;
} Run;

typedef CPSF_ARRAY(Run) Runs;

/* The eight bytes of @text from @depth on, with zeros from the NUL on.  A string of the table may be
 * read beyond its end. */
static uint64_t
load_bytes(const char *text, size_t depth)
{
    const uint64_t each = UINT64_C(0x0101010101010101);
    uint64_t word;

    memcpy(&word, text + depth, sizeof word);
    word = GUINT64_FROM_LE(word);

    const uint64_t nul = (word - each) & ~word & (each << 7); /* lowest bit: at the first NUL */

    if (nul != 0)
        word &= (nul & -nul) - 1; /* the top bit of the NUL is 0, so its own bits are, too */
    return GUINT64_SWAP_LE_BE(word);
}

/* Fills the caches; texts are far apart, so they are asked for ahead of time. */
static void
load_run(SortKey *keys, int64_t n, size_t depth)
{
    for (int64_t i = 0; i < n; i++) {
        if (i + AHEAD < n)
            __builtin_prefetch(keys[i + AHEAD].text + depth);
        keys[i].cache = load_bytes(keys[i].text, depth);
    }
}

/* How many of the eight bytes in the caches are the same in all keys. */
static size_t
count_common(const SortKey *keys, int64_t n)
{
    uint64_t differs = 0;

    for (int64_t i = 1; i < n; i++)
        differs |= keys[i].cache ^ keys[0].cache;
    return differs == 0 ? 8 : (size_t) __builtin_clzll(differs) / 8;
}

/* Both agree before @depth, a multiple of 8 up to which their caches speak. */
static int
compare_keys(const SortKey *a, const SortKey *b, size_t depth)
{
    if (a->cache != b->cache)
        return a->cache < b->cache ? -1 : 1;
    if ((a->cache & 0xFF) == 0)
        return 0;
    return strcmp(a->text + depth + 8, b->text + depth + 8);
}

static void
sort_few(SortKey *keys, int64_t n, size_t depth)
{
    for (int64_t i = 1; i < n; i++) {
        const SortKey key = keys[i];
        int64_t j = i;

        for (; j > 0 && compare_keys(&keys[j - 1], &key, depth) > 0; j--)
            keys[j] = keys[j - 1];
        keys[j] = key;
    }
}

/* Deals keys by one byte, in place; @ends: 256 entries, filled with where each heap ends. */
static void
deal_by_byte(SortKey *keys, int64_t n, unsigned shift, int64_t *ends)
{
    int64_t next[256];

    memset(ends, 0, 256 * sizeof *ends);
    for (int64_t i = 0; i < n; i++)
        ends[(keys[i].cache >> shift) & 0xFF]++;
    for (int b = 0; b < 256; b++) {
        next[b] = b == 0 ? 0 : ends[b - 1];
        ends[b] += next[b];
    }
    for (unsigned b = 0; b < 256; b++)
        while (next[b] < ends[b]) {
            const SortKey key = keys[next[b]];
            const unsigned heap = (key.cache >> shift) & 0xFF;
            const int64_t to = next[heap]++;

            if (heap == b)
                continue;
            keys[next[b]] = keys[to];
            keys[to] = key;
        }
}

/* Adds the heaps of @run, dealt by the byte at its depth, to what is still to be sorted. */
static gboolean
add_heaps(Runs *runs, Run run, const int64_t *ends, GError **error)
{
    for (int b = 1; b < 256; b++) { /* heap 0 holds at most the one key that ends here */
        if (ends[b] - ends[b - 1] < 2)
            continue;

        Run *slot = cpsf_array_add(runs, error);

        if (slot == NULL)
            return FALSE;
        *slot = (Run){run.first + ends[b - 1], ends[b] - ends[b - 1], run.depth + 1};
    }
    return TRUE;
}

/* By bytes.  Radix from the first byte on, eight bytes at a time in the cache: its cost is the bytes
 * that tell keys apart, whatever keys a supplier chooses; a list of runs stands for recursion. */
static gboolean
sort_keys(SortKey *keys, int64_t n, GError **error)
{
    Runs runs = {0};
    Run *first = cpsf_array_add(&runs, error);

    if (first == NULL)
        return FALSE;
    *first = (Run){.n = n};
    while (runs.n > 0) {
        Run run = runs.items[--runs.n];
        SortKey *of_run = keys + run.first;
        const size_t base = run.depth - run.depth % 8;
        int64_t ends[256];

        if (run.depth == base)
            load_run(of_run, run.n, base);
        if (run.n <= FEW_KEYS) {
            sort_few(of_run, run.n, base);
            continue;
        }
        run.depth = base + count_common(of_run, run.n);
        if (run.depth == base + 8) {
            runs.items[runs.n++] = run;
            continue;
        }
        deal_by_byte(of_run, run.n, (unsigned) (56 - 8 * (run.depth - base)), ends);
        if (!add_heaps(&runs, run, ends, error)) {
            g_free(runs.items);
            return FALSE;
        }
    }
    g_free(runs.items);
    return TRUE;
}

/* The roots of all sets that name nodes, in canonical order. */
static SortKey *
list_roots(Sets *self, int64_t *n_roots, GError **error)
{
    int64_t n = 0;

    for (CpsfStr key = 0; key < self->n; key++)
        if ((self->marks[key] & USED) != 0 && self->parent[key] == key)
            n++;
    *n_roots = n;
    if (n >= INT32_MAX)
        return cpsf_fail_null(error, CPSF_ERROR_LIMIT,
                              "%" G_GINT64_FORMAT " nodes are more than %d", n, INT32_MAX - 1);

    g_autofree SortKey *roots = cpsf_try_new(SortKey, (size_t) n, error);

    if (roots == NULL)
        return NULL;
    n = 0;
    for (CpsfStr key = 0; key < self->n; key++)
        if ((self->marks[key] & USED) != 0 && self->parent[key] == key)
            roots[n++] = (SortKey){0, cpsf_strtab_get(self->strings, key), key};
    if (!sort_keys(roots, n, error))
        return NULL;
    return g_steal_pointer(&roots);
}

static gboolean
number_nodes(Sets *self, CpsfGraph *graph, GError **error)
{
    int64_t n = 0;
    g_autofree SortKey *roots = list_roots(self, &n, error);

    if (roots == NULL)
        return FALSE;
    graph->key = cpsf_try_new(CpsfStr, (size_t) n, error);
    if (graph->key == NULL)
        return FALSE;
    graph->node_of = cpsf_try_new(int32_t, self->n, error);
    if (graph->node_of == NULL)
        return FALSE;

    graph->n_nodes = (int32_t) n;
    graph->n_node_of = self->n;
    memset(graph->node_of, 0xFF, self->n * sizeof *graph->node_of); /* CPSF_NODE_NONE */
    for (int32_t v = 0; v < graph->n_nodes; v++) {
        graph->key[v] = roots[v].key;
        graph->node_of[roots[v].key] = v;
    }
    for (CpsfStr key = 0; key < self->n; key++)
        if ((self->marks[key] & USED) != 0)
            graph->node_of[key] = graph->node_of[find_root(self, key)];
    return TRUE;
}

gboolean
cpsf_identity_resolve(CpsfGraph *self, const CpsfFeed *feeds, GError **error)
{
    const uint32_t n = cpsf_strtab_get_n(self->strings);
    g_autofree uint32_t *parent = cpsf_try_new(uint32_t, n, error);

    if (parent == NULL)
        return FALSE;

    g_autofree uint16_t *marks = cpsf_try_new0(uint16_t, n, error);

    if (marks == NULL)
        return FALSE;

    Sets sets = {self->strings, parent, marks, n};
    Joining joining = {.sets = &sets, .feeds = feeds};

    for (CpsfStr key = 0; key < n; key++)
        parent[key] = key;
    mark_subjects(&sets, self);
    if (join_aliases(&joining, self, FALSE) > 0)
        join_aliases(&joining, self, TRUE);
    g_free(joining.prefix);
    return number_nodes(&sets, self, error);
}
