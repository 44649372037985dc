/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The door to libxml2, second part: where the reader stands, how it fails, and what no document may
 * go beyond.  Every limit has a code of its own, and a document that is exactly at it is read.
 */

#include "config.h"

#include "cpsf-libxml-private.h"

#include <string.h>

#define NAME_OVERHEAD 16 /* bytes that a name counts besides its own: its place in a table */

/* --- failing ---------------------------------------------------------------------------------- */

void
cpsf_xml_fail_with(
    CpsfXmlReader *r, CpsfFindingCode code, uint32_t line, uint32_t column, GError *error)
{
    if (r->error != NULL) {
        g_error_free(error);
        return;
    }
    r->fault = (CpsfXmlFault){code, line, column};
    r->error = error;
}

void
cpsf_xml_fail_at(
    CpsfXmlReader *r, CpsfFindingCode code, uint32_t line, uint32_t column, const char *format, ...)
{
    CpsfError kind = CPSF_ERROR_INVALID_DATA;
    va_list args;

    if (code >= CPSF_FINDING_LIMIT_BYTES && code <= CPSF_FINDING_LIMIT_ELEMENTS)
        kind = CPSF_ERROR_LIMIT;
    else if (code == CPSF_FINDING_UNSUPPORTED)
        kind = CPSF_ERROR_UNSUPPORTED;
    va_start(args, format);
    cpsf_xml_fail_with(r, code, line, column,
                       g_error_new_valist(CPSF_ERROR, (int) kind, format, args));
    va_end(args);
}

/* Ends the parse from inside a callback: libxml2 forgets its input, so places come first. */
void
cpsf_xml_stop(CpsfXmlReader *r)
{
    xmlStopParser(r->parser);
}

/* --- places ----------------------------------------------------------------------------------- */

uint32_t
cpsf_xml_input_line(const CpsfXmlReader *r)
{
    const xmlParserInput *input = r->parser->input;

    return input != NULL && input->line > 0 ? (uint32_t) input->line : r->line;
}

uint32_t
cpsf_xml_input_column(const CpsfXmlReader *r)
{
    const xmlParserInput *input = r->parser->input;
    int column = input != NULL ? input->col : (int) r->column;

    if (input != NULL && input->line == r->drift_line)
        column -= r->drift;
    return column > 0 ? (uint32_t) column : 1;
}

/* Where libxml2 stands, in bytes of the document as UTF-8. */
uint64_t
cpsf_xml_input_offset(const CpsfXmlReader *r)
{
    const xmlParserInput *input = r->parser->input;

    return (uint64_t) input->consumed + (uint64_t) (input->cur - input->base);
}

/* Characters and ends of lines in [@p, @end): eight bytes at a time as long as they are ASCII and
 * on one line, as nearly all tags are. */
static void
count_characters(const xmlChar *p, const xmlChar *end, uint32_t *n_characters, uint32_t *n_lines)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);

    while (end - p >= 8) {
        uint64_t word;

        memcpy(&word, p, sizeof word);

        const uint64_t breaks = word ^ (ones * '\n'); /* a byte is 0 where a line ends */

        if (((word | ((breaks - ones) & ~breaks)) & (ones << 7)) != 0)
            break;
        *n_characters += 8;
        p += 8;
    }
    for (; p < end; p++) {
        *n_lines += *p == '\n';
        *n_characters += cpsf_xml_is_character(*p);
    }
}

/*
 * The `<` of the start tag that libxml2 has just read: the nearest one before, for a tag can hold
 * no other.  Columns count characters.  libxml2 keeps that count for the end of the tag; where the
 * tag spans lines it is counted anew from the start of the line, of which libxml2 may have let go
 * (of lines longer than 80 bytes; the column is then 0, not known).
 */
void
cpsf_xml_find_tag(const CpsfXmlReader *r, uint32_t *line, uint32_t *column, uint64_t *length)
{
    const xmlParserInput *input = r->parser->input;
    const size_t n_before = (size_t) (input->cur - input->base);
    const xmlChar *p = n_before > 1 ? memrchr(input->base, '<', n_before - 1) : NULL;
    uint32_t n_lines = 0;
    uint32_t n_characters = 0;

    if (p == NULL)
        p = input->base;
    count_characters(p, input->cur, &n_characters, &n_lines);
    *line = cpsf_xml_input_line(r) - n_lines;
    *length = (uint64_t) (input->cur - p);
    if (n_lines == 0) {
        *column = MAX(cpsf_xml_input_column(r), n_characters + 1) - n_characters;
        return;
    }
    *column = 1;
    for (; p > input->base && p[-1] != '\n'; p--)
        *column += cpsf_xml_is_character(p[-1]);
    if (p == input->base && input->consumed > 0)
        *column = 0;
}

void
cpsf_xml_place(const CpsfXmlReader *reader, uint32_t *line, uint32_t *column)
{
    uint64_t length;

    if (reader->is_unowned || reader->frames.n == 0) {
        cpsf_xml_find_tag(reader, line, column, &length);
        return;
    }

    const CpsfXmlFrame *frame = &reader->frames.items[reader->frames.n - 1];

    *line = frame->line;
    *column = frame->column;
}

/* Fails at the tag, or whatever began with the last `<`. */
void
cpsf_xml_fail_limit(CpsfXmlReader *r, CpsfFindingCode code, uint64_t limit, const char *what)
{
    uint64_t length;
    uint32_t line;
    uint32_t column;

    cpsf_xml_find_tag(r, &line, &column, &length);
    cpsf_xml_fail_at(r, code, line, column, "more than %" G_GUINT64_FORMAT " %s", limit, what);
    cpsf_xml_stop(r);
}

/* What the dialect said is wrong with the element at hand. */
void
cpsf_xml_fail_element(CpsfXmlReader *r, GError *error)
{
    const gboolean is_unsupported = g_error_matches(error, CPSF_ERROR, CPSF_ERROR_UNSUPPORTED);
    uint32_t line;
    uint32_t column;

    cpsf_xml_place(r, &line, &column);
    cpsf_xml_fail_with(r, is_unsupported ? CPSF_FINDING_UNSUPPORTED : CPSF_FINDING_MALFORMED, line,
                       column, error);
    cpsf_xml_stop(r);
}

/* --- limits ----------------------------------------------------------------------------------- */

/* Pointers to names lie close together: spread them. */
static int64_t
name_place(const xmlChar *name, int64_t capacity)
{
    return (int64_t) (((uint64_t) (uintptr_t) name * UINT64_C(0x9E3779B97F4A7C15)) >> 32) &
           (capacity - 1);
}

static int64_t
find_name(const xmlChar **names, int64_t capacity, const xmlChar *name)
{
    int64_t i = name_place(name, capacity);

    while (names[i] != NULL && names[i] != name)
        i = (i + 1) & (capacity - 1);
    return i;
}

static gboolean
grow_names(CpsfXmlReader *r)
{
    const int64_t capacity = MAX(r->names.capacity * 2, 256);
    const xmlChar **grown = cpsf_try_new0(const xmlChar *, (size_t) capacity, &r->error);

    if (grown == NULL)
        return FALSE;
    for (int64_t i = 0; i < r->names.capacity; i++)
        if (r->names.items[i] != NULL)
            grown[find_name(grown, capacity, r->names.items[i])] = r->names.items[i];
    g_free(r->names.items);
    r->names.items = grown;
    r->names.capacity = capacity;
    return TRUE;
}

/* Puts a pointer into the set; the name counts if it was not there. */
static gboolean
count_name(CpsfXmlReader *r, const xmlChar *name)
{
    int64_t i;

    if (name == NULL)
        return TRUE;
    if (2 * r->names.n >= r->names.capacity && !grow_names(r))
        return FALSE;
    i = find_name(r->names.items, r->names.capacity, name);
    if (r->names.items[i] == NULL) {
        r->names.items[i] = name;
        r->names.n++;
        r->n_name_bytes += strlen((const char *) name) + NAME_OVERHEAD;
    }
    return TRUE;
}

/* Distinct names live in libxml2's dictionary to the end.  Only when it grew can one be new. */
static void
count_names(CpsfXmlReader *r, const xmlChar *const *names, int n)
{
    for (int i = 0; i < n; i++)
        if (!count_name(r, names[i])) {
            cpsf_xml_stop(r);
            return;
        }
    if (r->n_name_bytes > r->limits.max_names)
        cpsf_xml_fail_limit(r, CPSF_FINDING_LIMIT_NAMES, r->limits.max_names,
                            "bytes of distinct names");
}

static gboolean
names_grew(CpsfXmlReader *r)
{
    const int n = xmlDictSize(r->parser->dict);

    if (n == r->n_strings)
        return FALSE;
    r->n_strings = n;
    return TRUE;
}

/* The tag that ends here, or @rest bytes later, may be too long only if much has passed since the
 * last event. */
void
cpsf_xml_check_length(CpsfXmlReader *r, uint64_t rest)
{
    const uint64_t offset = cpsf_xml_input_offset(r);
    uint64_t length = 0;
    uint32_t line;
    uint32_t column;

    if (offset - r->mark + rest > r->limits.max_lookahead)
        cpsf_xml_find_tag(r, &line, &column, &length);
    if (length + rest > r->limits.max_lookahead)
        cpsf_xml_fail_limit(r, CPSF_FINDING_LIMIT_LOOKAHEAD, r->limits.max_lookahead,
                            "bytes in one tag");
    r->mark = offset;
}

static void
check_scopes(CpsfXmlReader *r, int n)
{
    r->n_scoped += (uint64_t) n;
    if (r->n_scoped > r->limits.max_namespaces) {
        cpsf_xml_fail_limit(r, CPSF_FINDING_LIMIT_NAMESPACES, r->limits.max_namespaces,
                            "namespaces declared in scope");
        return;
    }

    CpsfXmlScope *scope = cpsf_array_add(&r->scopes, &r->error);

    if (scope == NULL)
        cpsf_xml_stop(r);
    else
        *scope = (CpsfXmlScope){r->depth, (uint32_t) n};
}

static void
check_counts(CpsfXmlReader *r, int n_attributes)
{
    const CpsfLimits *max = &r->limits;

    if (++r->n_elements > max->max_elements)
        cpsf_xml_fail_limit(r, CPSF_FINDING_LIMIT_ELEMENTS, max->max_elements, "elements");
    else if (++r->depth > max->max_depth)
        cpsf_xml_fail_limit(r, CPSF_FINDING_LIMIT_DEPTH, max->max_depth, "elements open at once");
    else if ((uint32_t) n_attributes > max->max_attributes)
        cpsf_xml_fail_limit(r, CPSF_FINDING_LIMIT_ATTRIBUTES, max->max_attributes,
                            "attributes on one element");
}

gboolean
cpsf_xml_check_start(CpsfXmlReader *r,
                     const xmlChar *const *names,
                     int n_namespaces,
                     const xmlChar **namespaces,
                     int n_attributes,
                     const xmlChar **attributes)
{
    check_counts(r, n_attributes);
    if (r->error == NULL)
        cpsf_xml_check_length(r, *r->parser->input->cur == '/' ? 2 : 1);
    if (r->error == NULL && n_namespaces > 0)
        check_scopes(r, n_namespaces);
    if (r->error != NULL || !names_grew(r))
        return r->error == NULL;
    count_names(r, names, 3);
    if (r->error == NULL)
        count_names(r, namespaces, 2 * n_namespaces);
    for (int i = 0; i < n_attributes && r->error == NULL; i++)
        count_names(r, attributes + 5 * (ptrdiff_t) i, 3);
    return r->error == NULL;
}

void
cpsf_xml_check_markup(CpsfXmlReader *r, uint64_t length, const char *what)
{
    if (length > r->limits.max_lookahead) {
        cpsf_xml_fail_at(r, CPSF_FINDING_LIMIT_LOOKAHEAD, cpsf_xml_input_line(r),
                         cpsf_xml_input_column(r), "more than %u bytes in one %s",
                         r->limits.max_lookahead, what);
        cpsf_xml_stop(r);
        return;
    }
    r->mark = cpsf_xml_input_offset(r);
}

/* Names that no start tag has. */
void
cpsf_xml_check_names(CpsfXmlReader *r, const xmlChar *const *names, int n)
{
    if (names_grew(r))
        count_names(r, names, n);
}
