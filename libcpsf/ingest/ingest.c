/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * What all dialects need: values out of a document, checked, and rows for what it says.
 *
 * A bad value is a finding at the element at hand; a failure that is not the document's (memory,
 * the number of strings) is kept in `broken` and ends the reading after the element.
 */

#include "config.h"

#include "cpsf-ingest-private.h"
#include "cpsf-key.h"

#include <math.h>
#include <string.h>

#define MAX_ARGUMENTS 4 /* of a finding */
#define MAX_PLAIN 1000  /* bytes of a reference, or an id, that surely fit a key */
#define MAX_NUMBER 63   /* bytes of a number */

/* Stands for the id of a feed that has none until its end: as long as `urn:sha256:` and a digest,
 * and no key, for no document can hold U+0001. */
#define MARK '\001'
#define MARK_AT 6 /* after `local:` */
#define ID_LENGTH (11 + 64)

static void
add_finding(CpsfIngest *self, CpsfPlace place, CpsfFindingCode code, const char *text, va_list list)
{
    const char *a[MAX_ARGUMENTS + 1] = {NULL};

    for (int i = 0; i < MAX_ARGUMENTS; i++)
        if ((a[i] = va_arg(list, const char *)) == NULL)
            break;
    cpsf_findings_add(self->findings, code, self->info.file, place.line, place.column, text, a[0],
                      a[1], a[2], a[3], NULL);
}

void
cpsf_ingest_finding(
    CpsfIngest *self, const CpsfXmlReader *reader, CpsfFindingCode code, const char *sentence, ...)
{
    va_list list;

    va_start(list, sentence);
    add_finding(self, cpsf_ingest_place(reader), code, sentence, list);
    va_end(list);
}

void
cpsf_ingest_finding_at(
    CpsfIngest *self, CpsfPlace place, CpsfFindingCode code, const char *sentence, ...)
{
    va_list list;

    va_start(list, sentence);
    add_finding(self, place, code, sentence, list);
    va_end(list);
}

CpsfPlace
cpsf_ingest_place(const CpsfXmlReader *reader)
{
    CpsfPlace place = {0, 0, 0};

    cpsf_xml_place(reader, &place.line, &place.column);
    return place;
}

static gboolean
is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

CpsfXmlText
cpsf_xml_text_strip(CpsfXmlText text)
{
    while (text.length > 0 && is_blank(text.value[0])) {
        text.value++;
        text.length--;
    }
    while (text.length > 0 && is_blank(text.value[text.length - 1]))
        text.length--;
    return text;
}

/* The next word of a list; FALSE if there is none. */
static gboolean
next_word(CpsfXmlText *list, CpsfXmlText *word)
{
    *list = cpsf_xml_text_strip(*list);
    *word = (CpsfXmlText){list->value, 0};
    while (word->length < list->length && !is_blank(list->value[word->length]))
        word->length++;
    if (word->length == 0)
        return FALSE; /* nor may 0 be added to a value that is NULL */
    list->value += word->length;
    list->length -= word->length;
    return TRUE;
}

static char *
copy(CpsfXmlText text)
{
    return g_strndup(text.value != NULL ? text.value : "", text.length);
}

gboolean
cpsf_ingest_str(CpsfIngest *self, CpsfXmlText text, CpsfStr *id)
{
    *id = 0;
    return self->broken == NULL &&
           cpsf_strtab_add(self->strings, text.value, text.length, id, &self->broken);
}

gboolean
cpsf_ingest_key(CpsfIngest *self, const CpsfXmlReader *reader, CpsfXmlText text, CpsfStr *key)
{
    const CpsfXmlText bare = cpsf_xml_text_strip(text);
    g_autoptr(GError) error = NULL;

    *key = 0;
    if (bare.length == 0) {
        cpsf_ingest_finding(self, reader, CPSF_FINDING_BAD_KEY, N_("the key is missing"), NULL);
        return FALSE;
    }

    g_autofree char *canonical = cpsf_key_canonical(bare.value, (gssize) bare.length, &error);

    if (canonical == NULL) {
        cpsf_ingest_finding(self, reader, CPSF_FINDING_BAD_KEY, N_("%s"), error->message, NULL);
        return FALSE;
    }
    return cpsf_ingest_str(self, (CpsfXmlText){canonical, strlen(canonical)}, key);
}

static int
compare_keys(const void *a, const void *b)
{
    return strcmp(*(const char *const *) a, *(const char *const *) b);
}

/* Interns the keys of @list: sorted, each once. */
static gboolean
intern_list(CpsfIngest *self, GPtrArray *list, CpsfStr *keys)
{
    g_autoptr(GString) joined = g_string_new(NULL);

    g_ptr_array_sort(list, compare_keys);
    for (guint i = 0; i < list->len; i++) {
        if (i > 0 && strcmp(list->pdata[i - 1], list->pdata[i]) == 0)
            continue;
        if (joined->len > 0)
            g_string_append_c(joined, ' ');
        g_string_append(joined, list->pdata[i]);
    }
    return cpsf_ingest_str(self, (CpsfXmlText){joined->str, joined->len}, keys);
}

gboolean
cpsf_ingest_keys(CpsfIngest *self, const CpsfXmlReader *reader, CpsfXmlText text, CpsfStr *keys)
{
    g_autoptr(GPtrArray) list = g_ptr_array_new();
    CpsfXmlText word;
    CpsfStr key;

    *keys = 0;
    while (next_word(&text, &word)) {
        if (!cpsf_ingest_key(self, reader, word, &key))
            return FALSE;
        g_ptr_array_add(list, (char *) cpsf_strtab_get(self->strings, key));
    }
    return intern_list(self, list, keys);
}

/* A reference that cpsf_key_local() takes as it is. */
static gboolean
is_plain(CpsfXmlText ref)
{
    for (size_t i = 0; i < ref.length; i++)
        if (ref.value[i] <= ' ' || ref.value[i] >= 0x7F || ref.value[i] == '%')
            return FALSE;
    return ref.length > 0 && ref.length < MAX_PLAIN;
}

/* With a feed's id known its references differ in their end only. */
static gboolean
add_plain(CpsfIngest *self, CpsfXmlText ref, CpsfStr *key)
{
    if (self->local == NULL) {
        g_autofree char *first = cpsf_key_local(self->info.id, "-", 1);

        self->local = g_string_new(first);
        self->local_length = self->local->len - 1;
    }
    g_string_truncate(self->local, self->local_length);
    g_string_append_len(self->local, ref.value, (gssize) ref.length);
    return cpsf_ingest_str(self, (CpsfXmlText){self->local->str, self->local->len}, key);
}

gboolean
cpsf_ingest_local(CpsfIngest *self, CpsfXmlText ref, CpsfStr *key)
{
    char marked[ID_LENGTH + 1];

    if (self->info.id != NULL && strlen(self->info.id) < MAX_PLAIN && is_plain(ref))
        return add_plain(self, ref, key);
    memset(marked, 'x', ID_LENGTH);
    marked[ID_LENGTH] = '\0';

    g_autofree char *text = cpsf_key_local(self->info.id != NULL ? self->info.id : marked,
                                           ref.value != NULL ? ref.value : "", (gssize) ref.length);

    if (self->info.id == NULL)
        text[MARK_AT] = MARK;
    return cpsf_ingest_str(self, (CpsfXmlText){text, strlen(text)}, key);
}

gboolean
cpsf_ingest_time(CpsfIngest *self, const CpsfXmlReader *reader, CpsfXmlText text, CpsfTime *time)
{
    const CpsfXmlText bare = cpsf_xml_text_strip(text);
    g_autoptr(GError) error = NULL;
    gboolean has_zone = TRUE;
    CpsfTime parsed;

    if (text.value == NULL)
        return TRUE;
    if (!cpsf_time_parse(bare.value, (gssize) bare.length, &parsed, &has_zone, &error)) {
        cpsf_ingest_finding(self, reader, CPSF_FINDING_BAD_TIME, N_("%s"), error->message, NULL);
        return FALSE;
    }
    if (!has_zone) {
        g_autofree char *shown = copy(bare);

        cpsf_ingest_finding(self, reader, CPSF_FINDING_NO_ZONE,
                            N_("time %s has no zone and is read as UTC"), shown, NULL);
    }
    *time = parsed;
    return TRUE;
}

gboolean
cpsf_ingest_interval(CpsfIngest *self, const CpsfXmlReader *reader, CpsfInterval *interval)
{
    const CpsfXmlText since = cpsf_xml_attribute(reader, "since");
    const CpsfXmlText until = cpsf_xml_attribute(reader, "until");

    *interval = CPSF_INTERVAL_ALL;
    if (!cpsf_ingest_time(self, reader, since, &interval->since) ||
        !cpsf_ingest_time(self, reader, until, &interval->until))
        return FALSE;
    if (interval->since < interval->until)
        return TRUE;

    g_autofree char *first = since.value != NULL ? copy(since) : g_strdup("-");
    g_autofree char *last = until.value != NULL ? copy(until) : g_strdup("-");

    cpsf_ingest_finding(self, reader, CPSF_FINDING_BAD_TIME, N_("until %s is not after since %s"),
                        last, first, NULL);
    return FALSE;
}

gboolean
cpsf_ingest_duration(CpsfIngest *self,
                     const CpsfXmlReader *reader,
                     CpsfXmlText text,
                     int64_t *duration)
{
    const CpsfXmlText bare = cpsf_xml_text_strip(text);
    g_autoptr(GError) error = NULL;
    int64_t parsed = 0;

    if (text.value == NULL)
        return TRUE;
    if (!cpsf_duration_parse(bare.value, (gssize) bare.length, &parsed, &error)) {
        cpsf_ingest_finding(self, reader, CPSF_FINDING_BAD_TIME, N_("%s"), error->message, NULL);
        return FALSE;
    }
    if (parsed < 0) {
        g_autofree char *shown = copy(bare);

        cpsf_ingest_finding(self, reader, CPSF_FINDING_BAD_TIME, N_("duration %s is negative"),
                            shown, NULL);
        return FALSE;
    }
    *duration = parsed;
    return TRUE;
}

/* A decimal number as XML schemas have it; no hexadecimal, no names for infinity. */
static gboolean
parse_number(CpsfXmlText text, double *number)
{
    char buffer[MAX_NUMBER + 1];
    char *end = NULL;

    if (text.length == 0 || text.length > MAX_NUMBER)
        return FALSE;
    for (size_t i = 0; i < text.length; i++)
        if (!g_ascii_isdigit(text.value[i]) && strchr("+-.eE", text.value[i]) == NULL)
            return FALSE;
    memcpy(buffer, text.value, text.length);
    buffer[text.length] = '\0';
    *number = g_ascii_strtod(buffer, &end);
    return *end == '\0' && isfinite(*number);
}

gboolean
cpsf_ingest_number(CpsfIngest *self,
                   const CpsfXmlReader *reader,
                   const char *what,
                   CpsfXmlText text,
                   double low,
                   double high,
                   double *number)
{
    const CpsfXmlText bare = cpsf_xml_text_strip(text);
    double parsed = 0.0;

    if (text.value == NULL)
        return TRUE;
    if (parse_number(bare, &parsed) && parsed >= low && parsed <= high) {
        *number = parsed > 0.0 || parsed < 0.0 ? parsed : 0.0; /* never -0 */
        return TRUE;
    }

    g_autofree char *shown = copy(bare);
    char least[G_ASCII_DTOSTR_BUF_SIZE];
    char most[G_ASCII_DTOSTR_BUF_SIZE];

    g_ascii_formatd(least, sizeof least, "%.6g", low);
    g_ascii_formatd(most, sizeof most, "%.6g", high);
    if (high >= G_MAXDOUBLE)
        cpsf_ingest_finding(self, reader, CPSF_FINDING_BAD_VALUE,
                            N_("%s %s is not a finite number of at least %s"), what, shown, least,
                            NULL);
    else
        cpsf_ingest_finding(self, reader, CPSF_FINDING_BAD_VALUE,
                            N_("%s %s is not a number in [%s, %s]"), what, shown, least, most,
                            NULL);
    return FALSE;
}

gboolean
cpsf_ingest_word(CpsfIngest *self,
                 const CpsfXmlReader *reader,
                 const char *what,
                 CpsfVocabulary words,
                 CpsfXmlText text,
                 int *value)
{
    const CpsfXmlText bare = cpsf_xml_text_strip(text);
    const int found =
        bare.length > 0 ? cpsf_word_find(words, bare.value, (gssize) bare.length) : -1;
    g_autofree char *shown = copy(bare);

    if (found >= 0) {
        *value = found;
        return TRUE;
    }
    if (text.value == NULL)
        cpsf_ingest_finding(self, reader, CPSF_FINDING_BAD_VALUE, N_("%s is missing"), what, NULL);
    else
        cpsf_ingest_finding(self, reader, CPSF_FINDING_BAD_VALUE, N_("%s %s is not known"), what,
                            shown, NULL);
    return FALSE;
}

void *
cpsf_ingest_row(CpsfIngest *self, void *row, size_t place_offset, const CpsfXmlReader *reader)
{
    const CpsfPlace place = row != NULL ? cpsf_ingest_place(reader) : (CpsfPlace){0, 0, 0};
    const CpsfInterval always = CPSF_INTERVAL_ALL;

    (void) self;
    if (row == NULL)
        return NULL;
    memcpy(row, &always, sizeof always); /* every row begins with `valid` */
    memcpy((char *) row + place_offset, &place, sizeof place);
    return row;
}

/* --- the end of a document -------------------------------------------------------------------- */

static gboolean
is_marked(const char *key)
{
    return strncmp(key, "local:", MARK_AT) == 0 && key[MARK_AT] == MARK;
}

static gboolean
settle_key(CpsfIngest *self, CpsfStr *id, GError **error)
{
    const char *key = cpsf_strtab_get(self->strings, *id);

    if (!is_marked(key))
        return TRUE;

    g_autofree char *settled = g_strdup(key);

    memcpy(settled + MARK_AT, self->info.id, ID_LENGTH);
    return cpsf_strtab_add(self->strings, settled, strlen(settled), id, error);
}

/* The same in a list of keys, which is then put in order anew. */
static gboolean
settle_list(CpsfIngest *self, CpsfStr *id, GError **error)
{
    const char *list = cpsf_strtab_get(self->strings, *id);
    g_auto(GStrv) keys = NULL;
    g_autoptr(GPtrArray) sorted = NULL;

    if (strchr(list, MARK) == NULL)
        return TRUE;
    keys = g_strsplit(list, " ", -1);
    sorted = g_ptr_array_new();
    for (char **k = keys; *k != NULL; k++) {
        if (is_marked(*k))
            memcpy(*k + MARK_AT, self->info.id, ID_LENGTH);
        g_ptr_array_add(sorted, *k);
    }
    if (intern_list(self, sorted, id))
        return TRUE;
    g_propagate_error(error, g_steal_pointer(&self->broken));
    return FALSE;
}

static gboolean
settle_rows(CpsfIngest *self, GError **error)
{
    CpsfStatements *s = &self->statements;
    gboolean ok = TRUE;

#define SETTLE(table, field)                                                                       \
    for (int64_t i = 0; ok && i < s->table.n; i++)                                                 \
    ok = settle_key(self, &s->table.items[i].field, error)

    SETTLE(nodes, node);
    SETTLE(names, node);
    SETTLE(aliases, node);
    SETTLE(aliases, alias);
    SETTLE(properties, node);
    SETTLE(consequences, node);
    SETTLE(opinions, node);
    SETTLE(opinions, assessor);
    SETTLE(groups, node);
    SETTLE(edges, from);
    SETTLE(edges, to);
    SETTLE(evidence, node);
    SETTLE(evidence, issuer);
    SETTLE(incidents, node);
    SETTLE(completeness, node);
#undef SETTLE
    for (int64_t i = 0; ok && i < s->evidence.n; i++)
        ok = settle_list(self, &s->evidence.items[i].scope, error);
    return ok;
}

gboolean
cpsf_ingest_settle(CpsfIngest *self, GError **error)
{
    CpsfFeedInfo *info = &self->info;

    if (info->id == NULL) {
        info->id = g_strconcat("urn:sha256:", info->digest, NULL);
        if (!settle_rows(self, error))
            return FALSE;
    }
    info->n_nodes = self->statements.nodes.n;
    info->n_edges = self->statements.edges.n;
    info->n_evidence = self->statements.evidence.n;
    return TRUE;
}

void
cpsf_ingest_clear(CpsfIngest *self)
{
    if (self->dialect_free != NULL)
        self->dialect_free(self->dialect_data);
    cpsf_statements_clear(&self->statements);
    cpsf_feed_info_clear(&self->info);
    g_clear_pointer(&self->findings, cpsf_findings_unref);
    g_clear_error(&self->broken);
    if (self->local != NULL)
        g_string_free(self->local, TRUE);
    self->local = NULL;
    self->dialect_data = NULL;
    self->dialect_free = NULL;
}
