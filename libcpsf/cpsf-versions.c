/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Which feeds count, and for how long what they say holds (docs/semantics.md, section 3): the order
 * of feeds, unchanged, equivocation, future, and what a next version ends, replaces or withdraws.
 */

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "cpsf-builder-private.h"

#define ORDER(a, b) (((a) > (b)) - ((a) < (b)))

/* (id, version), then @digests, then the name of the file so that the order is total. */
static int
compare_feeds(const void *a, const void *b)
{
    const CpsfFeedInfo *x = &((const CpsfFeed *) a)->info;
    const CpsfFeedInfo *y = &((const CpsfFeed *) b)->info;
    int c = g_strcmp0(x->id, y->id);

    if (c == 0)
        c = ORDER(x->version, y->version);
    if (c == 0)
        c = strcmp(x->digest, y->digest);
    if (c == 0)
        c = g_strcmp0(x->file, y->file);
    return c;
}

void
cpsf_feeds_sort(CpsfFeed *feeds, int64_t n)
{
    if (n > 0)
        qsort(feeds, (size_t) n, sizeof *feeds, compare_feeds);
}

static gboolean
is_future(const CpsfFeedInfo *info, CpsfTime now)
{
    return now < CPSF_TIME_FOREVER - CPSF_TIME_DAY && info->issued > now + CPSF_TIME_DAY;
}

static gboolean
comes_before(const CpsfFinding *a, const CpsfFinding *b)
{
    if (a->line != b->line)
        return a->line < b->line;
    if (a->column != b->column)
        return a->column < b->column;
    return a->code < b->code;
}

/* (nullable) the first by place. */
static const CpsfFinding *
first_error(const CpsfFindings *findings)
{
    const CpsfFinding *first = NULL;

    for (size_t i = 0; findings != NULL && i < cpsf_findings_get_n(findings); i++) {
        const CpsfFinding *finding = cpsf_findings_get(findings, i);

        if (cpsf_finding_code_get_severity(finding->code) == CPSF_SEVERITY_ERROR &&
            (first == NULL || comes_before(finding, first)))
            first = finding;
    }
    return first;
}

/* What one feed is rejected for by itself: it then counts for no other, not even as the other half
 * of an equivocation. */
static void
judge_alone(CpsfFeed *feed, const CpsfFreezeOptions *options)
{
    if (feed->info.state == CPSF_FEED_REJECTED)
        return;
    feed->info.state = CPSF_FEED_IMPORTED;
    if (is_future(&feed->info, options->now)) {
        char issued[CPSF_TIME_TEXT_MAX];
        g_autofree char *message = g_strdup_printf("issued %s is more than a day from now",
                                                   cpsf_time_write(feed->info.issued, issued));

        cpsf_feed_reject(feed, CPSF_FINDING_FUTURE, message, 0, 0);
        return;
    }

    const CpsfFinding *error = options->strict ? first_error(feed->findings) : NULL;

    if (error != NULL)
        cpsf_feed_reject_for(feed, error);
}

static gboolean
is_same_version(const CpsfFeedInfo *a, const CpsfFeedInfo *b)
{
    return g_strcmp0(a->id, b->id) == 0 && a->version == b->version;
}

/* Feeds [first, last) have one id and version: all of the same bytes, or none is to be believed. */
static void
judge_version(CpsfFeed *feeds, int64_t first, int64_t last)
{
    const CpsfFeed *kept = NULL;
    gboolean differ = FALSE;

    for (int64_t i = first; i < last; i++) {
        if (feeds[i].info.state == CPSF_FEED_REJECTED)
            continue;
        if (kept == NULL)
            kept = &feeds[i];
        else if (strcmp(kept->info.digest, feeds[i].info.digest) != 0)
            differ = TRUE;
        else
            feeds[i].info.state = CPSF_FEED_UNCHANGED;
    }
    if (!differ)
        return;

    g_autofree char *message =
        g_strdup_printf("version %" G_GINT64_FORMAT " of %s was given with different contents",
                        kept->info.version, kept->info.id);

    for (int64_t i = first; i < last; i++)
        if (feeds[i].info.state != CPSF_FEED_REJECTED)
            cpsf_feed_reject(&feeds[i], CPSF_FINDING_EQUIVOCATION, message, 0, 0);
}

void
cpsf_feeds_judge(CpsfFeed *feeds, int64_t n, const CpsfFreezeOptions *options)
{
    for (int64_t i = 0; i < n; i++)
        judge_alone(&feeds[i], options);

    for (int64_t first = 0; first < n;) {
        int64_t last = first + 1;

        while (last < n && is_same_version(&feeds[first].info, &feeds[last].info))
            last++;
        judge_version(feeds, first, last);
        first = last;
    }
}

/*
 * Supersession.  A version's rows carry, besides what they state, the interval in which the feed
 * goes on saying it: the clip.  Versions are taken two at a time, table by table.
 */

/* The rows of one table of one version. */
typedef struct {
    const CpsfShape *shape;
    CpsfAnyArray *rows;
    CpsfInterval *clips; /* per row */
} Version;

/* A row of the older version (from 0) or of the newer (as ~index), and a hash of what it says, so
 * that most comparisons look no further. */
typedef struct {
    uint64_t hash;
    int64_t index;
} Entry;

typedef struct {
    Version old;
    Version new;
} Pair;

static char *
row_at(const Version *version, int64_t i)
{
    return version->rows->items + (size_t) i * version->shape->size;
}

static char *
row_of(const Pair *pair, const Entry *entry)
{
    return entry->index >= 0 ? row_at(&pair->old, entry->index) : row_at(&pair->new, ~entry->index);
}

static uint64_t
hash_row(const CpsfShape *shape, const char *row)
{
    static const uint8_t widths[] = {
        [CPSF_FIELD_NODE] = 4, [CPSF_FIELD_STR] = 4, [CPSF_FIELD_U8] = 1,
        [CPSF_FIELD_I32] = 4,  [CPSF_FIELD_I64] = 8, [CPSF_FIELD_DOUBLE] = 8,
    };
    uint64_t hash = 0;

    for (unsigned i = 0; i < shape->n_fields; i++) {
        uint64_t value = 0;

        if (shape->fields[i].role != CPSF_ROLE_SAYS)
            continue;
        memcpy(&value, row + shape->fields[i].offset, widths[shape->fields[i].type]);
        hash = (hash ^ value) * UINT64_C(0x9E3779B97F4A7C15);
        hash ^= hash >> 29;
    }
    return hash;
}

static int
compare_role(const CpsfShape *shape, CpsfFieldRole role, const char *a, const char *b)
{
    for (unsigned i = 0; i < shape->n_fields; i++) {
        if (shape->fields[i].role != role)
            continue;

        const int c = cpsf_field_compare(shape->fields[i], NULL, a, b);

        if (c != 0)
            return c;
    }
    return 0;
}

/* By what is said, then by what may change: rows that say the same stand together. */
static int
compare_entries(const void *a, const void *b, void *data)
{
    const Entry *x = a;
    const Entry *y = b;

    if (x->hash != y->hash)
        return ORDER(x->hash, y->hash);

    const Pair *pair = data;
    const CpsfShape *shape = pair->old.shape;
    const int c = compare_role(shape, CPSF_ROLE_SAYS, row_of(pair, x), row_of(pair, y));

    return c != 0 ? c : compare_role(shape, CPSF_ROLE_CHANGES, row_of(pair, x), row_of(pair, y));
}

static Entry *
list_entries(Pair *pair, GError **error)
{
    const int64_t n_old = pair->old.rows->n;
    const int64_t n_new = pair->new.rows->n;
    Entry *entries = cpsf_try_new(Entry, (size_t) (n_old + n_new), error);

    if (entries == NULL)
        return NULL;
    for (int64_t i = 0; i < n_old; i++)
        entries[i] = (Entry){hash_row(pair->old.shape, row_at(&pair->old, i)), i};
    for (int64_t i = 0; i < n_new; i++)
        entries[n_old + i] = (Entry){hash_row(pair->new.shape, row_at(&pair->new, i)), ~i};
    qsort_r(entries, (size_t) (n_old + n_new), sizeof *entries, compare_entries, pair);
    return entries;
}

static CpsfInterval *
valid_of(const Version *version, int64_t i)
{
    return (CpsfInterval *) (void *) (row_at(version, i) + version->shape->valid);
}

/* Marks a row as to be dropped. */
static void
withdraw(CpsfInterval *clip)
{
    *clip = (CpsfInterval){CPSF_TIME_FOREVER, CPSF_TIME_ALWAYS_BEFORE};
}

/* Entries [0, n) agree in all, what may change included: said again.  The newer statement carries
 * on for the older ones, from where they began to be said. */
static gboolean
carry_on(Pair *pair, const Entry *entries, int64_t n)
{
    CpsfTime since = CPSF_TIME_FOREVER;
    gboolean is_old = FALSE;
    gboolean is_new = FALSE;

    for (int64_t i = 0; i < n; i++)
        if (entries[i].index >= 0) {
            is_old = TRUE;
            since = MIN(since, pair->old.clips[entries[i].index].since);
        } else {
            is_new = TRUE;
        }
    if (!is_old || !is_new)
        return FALSE;
    for (int64_t i = 0; i < n; i++)
        if (entries[i].index >= 0)
            withdraw(&pair->old.clips[entries[i].index]);
        else
            pair->new.clips[~entries[i].index].since = since;
    return TRUE;
}

/* An older row that is not said again: replaced by one that differs in until or status, or no
 * longer said at all, which ends it. */
static void
end_row(Pair *pair, int64_t i, CpsfTime issued, gboolean is_replaced)
{
    CpsfInterval *valid = valid_of(&pair->old, i);
    CpsfInterval *clip = &pair->old.clips[i];

    if (valid->since >= issued || clip->since >= issued)
        withdraw(clip);
    else if (is_replaced)
        clip->until = issued;
    else
        valid->until = MIN(valid->until, issued);
}

/* Entries [0, n) say the same but for until and status. */
static void
settle_run(Pair *pair, Entry *entries, int64_t n, CpsfTime issued)
{
    int64_t n_left = 0; /* entries that were not simply said again, moved to the front */
    gboolean is_old = FALSE;
    gboolean is_new = FALSE;

    for (int64_t i = 0; i < n;) {
        int64_t j = i + 1;

        while (j < n && compare_role(pair->old.shape, CPSF_ROLE_CHANGES, row_of(pair, &entries[i]),
                                     row_of(pair, &entries[j])) == 0)
            j++;
        if (!carry_on(pair, &entries[i], j - i))
            for (int64_t k = i; k < j; k++) {
                if (entries[k].index >= 0)
                    is_old = TRUE;
                else
                    is_new = TRUE;
                entries[n_left++] = entries[k];
            }
        i = j;
    }
    for (int64_t i = 0; i < n_left; i++)
        if (entries[i].index >= 0)
            end_row(pair, entries[i].index, issued, is_new);
        else if (is_old)
            pair->new.clips[~entries[i].index].since = issued;
}

static gboolean
supersede_table(Pair *pair, CpsfTime issued, GError **error)
{
    const int64_t n = pair->old.rows->n + pair->new.rows->n;

    if (pair->old.rows->n == 0)
        return TRUE;

    g_autofree Entry *entries = list_entries(pair, error);

    if (entries == NULL)
        return FALSE;
    for (int64_t i = 0; i < n;) {
        int64_t j = i + 1;

        while (j < n && entries[i].hash == entries[j].hash &&
               compare_role(pair->old.shape, CPSF_ROLE_SAYS, row_of(pair, &entries[i]),
                            row_of(pair, &entries[j])) == 0)
            j++;
        settle_run(pair, &entries[i], j - i, issued);
        i = j;
    }
    return TRUE;
}

/* Applies the clips and drops what is left with no time to hold.  Evidence keeps its own interval,
 * and outside `said` does not exist. */
static void
apply_clips(Version *version)
{
    const size_t size = version->shape->size;
    const gboolean is_evidence = version->shape == cpsf_shape_get(CPSF_TABLE_evidence);
    int64_t kept = 0;

    for (int64_t i = 0; i < version->rows->n; i++) {
        CpsfInterval *valid = valid_of(version, i);
        const CpsfInterval clip = version->clips[i];
        const CpsfInterval both = cpsf_interval_meet(*valid, clip);

        if (clip.since >= clip.until || (!is_evidence && both.since >= both.until))
            continue;
        if (is_evidence)
            ((CpsfEvidenceRow *) (void *) row_at(version, i))->said = clip;
        else
            *valid = both;
        if (kept != i)
            memcpy(row_at(version, kept), row_at(version, i), size);
        kept++;
    }
    version->rows->n = kept;
}

static CpsfInterval *
new_clips(int64_t n, GError **error)
{
    CpsfInterval *clips = cpsf_try_new(CpsfInterval, (size_t) n, error);

    for (int64_t i = 0; clips != NULL && i < n; i++)
        clips[i] = CPSF_INTERVAL_ALL;
    return clips;
}

/* One table through all versions of one feed; @versions: indices of feeds. */
static gboolean
supersede_versions(const CpsfFeed *feeds,
                   CpsfStatements *statements,
                   const int64_t *versions,
                   int64_t n,
                   CpsfTableId table,
                   GError **error)
{
    const CpsfShape *shape = cpsf_shape_get(table);
    g_autofree CpsfInterval *clips = NULL;

    for (int64_t i = 0; i < n; i++) {
        CpsfAnyArray *rows = cpsf_statements_get_table(&statements[versions[i]], table);
        g_autofree CpsfInterval *next_clips = new_clips(rows->n, error);

        if (next_clips == NULL)
            return FALSE;
        if (i > 0) {
            Pair pair = {
                .old = {shape, cpsf_statements_get_table(&statements[versions[i - 1]], table),
                        clips},
                .new = {shape, rows, next_clips},
            };

            if (!supersede_table(&pair, feeds[versions[i]].info.issued, error))
                return FALSE;
            apply_clips(&pair.old);
        }
        g_free(clips);
        clips = g_steal_pointer(&next_clips);
        if (i == n - 1)
            apply_clips(&(Version){shape, rows, clips});
    }
    return TRUE;
}

gboolean
cpsf_feeds_supersede(const CpsfFeed *feeds, CpsfStatements *statements, int64_t n, GError **error)
{
    g_autofree int64_t *versions = cpsf_try_new(int64_t, (size_t) n, error);

    if (versions == NULL)
        return FALSE;
    for (int64_t first = 0; first < n;) {
        int64_t last = first;
        int64_t n_versions = 0;

        for (; last < n && g_strcmp0(feeds[first].info.id, feeds[last].info.id) == 0; last++)
            if (feeds[last].info.state == CPSF_FEED_IMPORTED)
                versions[n_versions++] = last;
        first = last;
        if (n_versions < 2)
            continue;
        for (int table = 0; table < CPSF_N_TABLES; table++)
            if (!supersede_versions(feeds, statements, versions, n_versions, (CpsfTableId) table,
                                    error))
                return FALSE;
    }
    return TRUE;
}
