/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What was found wrong with input: a code, a place, and a sentence that can be translated. */

#include "config.h"

#include "cpsf-finding-private.h"

#include <string.h>

#define MAX_ARGUMENT 200 /* bytes kept of each argument */
#define MAX_ARGUMENTS 4

struct _CpsfFindings {
    gatomicrefcount refs;
    GPtrArray *items; /* (element-type CpsfFinding) */
    GStringChunk *texts;
};

/* clang-format off */
static const char *const names[CPSF_N_FINDING_CODES] = {
    "malformed", "doctype", "encoding",
    "limit-bytes", "limit-depth", "limit-attributes",
    "limit-namespaces", "limit-lookahead", "limit-names",
    "limit-text", "limit-elements", "truncated",
    "unsupported", "rollback", "equivocation",
    "future", "unreadable",
    "bad-key", "bad-value", "bad-time",
    "duplicate-ref", "relation-kind", "unknown-element",
    "schema",
    "dangling-ref", "kind-conflict", "self-loop",
    "group-short", "unknown-kind", "unknown-origin",
    "claimed", "no-issued", "no-zone",
    "restricted",
};
/* clang-format on */

/**
 * cpsf_finding_code_get_name:
 * @code: a code
 *
 * The word that outputs use for a code; words never change.
 *
 * Returns: (transfer none): the word, in static storage
 *
 * Since: 0.1
 */
const char *
cpsf_finding_code_get_name(CpsfFindingCode code)
{
    return names[code];
}

/**
 * cpsf_finding_code_get_severity:
 * @code: a code
 *
 * How bad a finding is.  Errors leave out what they name, or reject the feed; warnings leave out
 * nothing but an edge that they name.
 *
 * Source: docs/semantics.md, section 13.
 *
 * Returns: the severity
 *
 * Since: 0.1
 */
CpsfSeverity
cpsf_finding_code_get_severity(CpsfFindingCode code)
{
    return code <= CPSF_FINDING_SCHEMA ? CPSF_SEVERITY_ERROR : CPSF_SEVERITY_WARNING;
}

CpsfFindings *
cpsf_findings_new(void)
{
    CpsfFindings *self = g_new0(CpsfFindings, 1);

    g_atomic_ref_count_init(&self->refs);
    self->items = g_ptr_array_new_with_free_func(g_free);
    self->texts = g_string_chunk_new(1024);
    return self;
}

/**
 * cpsf_findings_ref:
 * @self: a list of findings
 *
 * Takes one more reference, from any thread.
 *
 * Returns: (transfer full): @self
 *
 * Since: 0.1
 */
CpsfFindings *
cpsf_findings_ref(CpsfFindings *self)
{
    g_atomic_ref_count_inc(&self->refs);
    return self;
}

/**
 * cpsf_findings_unref:
 * @self: (transfer full): a list of findings
 *
 * Gives one reference back, from any thread; the last one frees the list with all its findings.
 *
 * Since: 0.1
 */
void
cpsf_findings_unref(CpsfFindings *self)
{
    if (!g_atomic_ref_count_dec(&self->refs))
        return;
    g_ptr_array_unref(self->items);
    g_string_chunk_free(self->texts);
    g_free(self);
}

/**
 * cpsf_findings_get_n:
 * @self: a list of findings
 *
 * How many findings there are.
 *
 * Returns: the number, maybe 0
 *
 * Since: 0.1
 */
size_t
cpsf_findings_get_n(const CpsfFindings *self)
{
    return self->items->len;
}

/**
 * cpsf_findings_get:
 * @self: a list of findings
 * @i: from 0, below [method@Findings.get_n]
 *
 * One finding of the list.  Cost: O(1).
 *
 * Returns: (transfer none): the finding, good as long as @self
 *
 * Since: 0.1
 */
const CpsfFinding *
cpsf_findings_get(const CpsfFindings *self, size_t i)
{
    return g_ptr_array_index(self->items, i);
}

/* @text cut to MAX_ARGUMENT bytes between characters. */
static const char *
keep(CpsfFindings *self, const char *text)
{
    size_t n = strlen(text);

    if (n > MAX_ARGUMENT)
        for (n = MAX_ARGUMENT; n > 0 && ((unsigned char) text[n] & 0xC0) == 0x80;)
            n--;

    g_autofree char *cut = g_utf8_make_valid(text, (gssize) n);

    return g_string_chunk_insert(self->texts, cut);
}

static void
add(CpsfFindings *self, const CpsfFinding *what, const char *const *arguments)
{
    const size_t bytes = sizeof(CpsfFinding) + (MAX_ARGUMENTS + 1) * sizeof(char *);
    CpsfFinding *finding = g_malloc0(bytes);
    const char **own = (const char **) (finding + 1);

    *finding = *what;
    finding->file = g_string_chunk_insert_const(self->texts, what->file);
    finding->arguments = own;
    for (int i = 0; i < MAX_ARGUMENTS && arguments[i] != NULL; i++)
        own[i] = keep(self, arguments[i]);
    g_ptr_array_add(self->items, finding);
}

void
cpsf_findings_add(CpsfFindings *self,
                  CpsfFindingCode code,
                  const char *file,
                  uint32_t line,
                  uint32_t column,
                  const char *sentence,
                  ...)
{
    const CpsfFinding what = {code, line, column, file, sentence, NULL};
    const char *arguments[MAX_ARGUMENTS + 1] = {NULL};
    va_list list;

    va_start(list, sentence);
    for (int i = 0; i < MAX_ARGUMENTS; i++)
        if ((arguments[i] = va_arg(list, const char *)) == NULL)
            break;
    va_end(list);
    add(self, &what, arguments);
}

void
cpsf_findings_append(CpsfFindings *self, const CpsfFindings *from)
{
    for (size_t i = 0; i < from->items->len; i++) {
        const CpsfFinding *finding = g_ptr_array_index(from->items, i);

        add(self, finding, finding->arguments);
    }
}

/**
 * cpsf_finding_get_text:
 * @finding: a finding
 * @translate: (nullable) (scope call): maps the English sentence to another language's; %NULL
 *   leaves it in English
 *
 * The sentence that says what is wrong.
 *
 * Returns: (transfer full): the sentence, one line
 *
 * Since: 0.1
 */
char *
cpsf_finding_get_text(const CpsfFinding *finding, const char *(*translate)(const char *sentence))
{
    const char *rest = translate != NULL ? translate(finding->sentence) : finding->sentence;
    GString *text = g_string_new(NULL);
    int next = 0;

    for (const char *hole; (hole = strstr(rest, "%s")) != NULL; rest = hole + 2) {
        g_string_append_len(text, rest, hole - rest);
        if (next < MAX_ARGUMENTS && finding->arguments[next] != NULL)
            g_string_append(text, finding->arguments[next++]);
    }
    g_string_append(text, rest);
    return g_string_free(text, FALSE);
}

static int
compare_numbers(uint32_t a, uint32_t b)
{
    return (a > b) - (a < b);
}

static int
compare(const CpsfFinding *a, const CpsfFinding *b)
{
    int order = strcmp(a->file, b->file);

    order = order != 0 ? order : compare_numbers(a->line, b->line);
    order = order != 0 ? order : compare_numbers(a->column, b->column);
    order = order != 0 ? order : strcmp(names[a->code], names[b->code]);
    order = order != 0 ? order : strcmp(a->sentence, b->sentence);
    for (int i = 0; order == 0 && a->arguments[i] != NULL && b->arguments[i] != NULL; i++)
        order = strcmp(a->arguments[i], b->arguments[i]);
    return order;
}

static int
compare_slots(const void *a, const void *b)
{
    return compare(*(CpsfFinding *const *) a, *(CpsfFinding *const *) b);
}

void
cpsf_findings_sort(CpsfFindings *self)
{
    guint kept = 0;

    g_ptr_array_sort(self->items, compare_slots);
    for (guint i = 0; i < self->items->len; i++) {
        CpsfFinding *finding = g_ptr_array_index(self->items, i);

        if (kept > 0 && compare(g_ptr_array_index(self->items, kept - 1), finding) == 0) {
            g_free(finding);
            continue;
        }
        self->items->pdata[kept++] = finding;
    }
    g_ptr_array_set_free_func(self->items, NULL);
    g_ptr_array_set_size(self->items, (int) kept);
    g_ptr_array_set_free_func(self->items, g_free);
}

size_t
cpsf_findings_count_errors(const CpsfFindings *self)
{
    size_t n = 0;

    for (guint i = 0; i < self->items->len; i++) {
        const CpsfFinding *finding = g_ptr_array_index(self->items, i);

        n += cpsf_finding_code_get_severity(finding->code) == CPSF_SEVERITY_ERROR;
    }
    return n;
}
