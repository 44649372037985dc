/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The only door to libxml2: a document comes in as a stream of bytes, and goes out as the events
 * that a dialect's table of rules asks for.
 *
 * Push SAX with a handler that starts empty, so there is no tree, no entity table, nothing that
 * opens a file or a socket.  A DOCTYPE is refused in the callback that fires before its subset is
 * parsed; that alone ends every attack by entities.  All that a document can grow is limited.
 * libxml2 goes on for a moment after it was told to stop and then calls the document well-formed,
 * so `error` is what counts.  See SECURITY.md.
 *
 * This file holds the loop over pieces and what libxml2 says is wrong; cpsf-libxml-private.h lists
 * the other parts.
 */

#include "config.h"

#include "cpsf-ahead-private.h"
#include "cpsf-libxml-private.h"

#include <string.h>

#define FOREIGN_BYTES "bytes that the encoding of the document does not have"
#define RELAY_AFTER                                                                                \
    ((uint64_t) 4 << 20)       /* bytes before a thread for the dialect is worth starting */
#define PIECE ((size_t) 32768) /* bytes given to the parser at a time */

/* --- what libxml2 says ------------------------------------------------------------------------ */

/* One line, no capital, no full stop, no byte that is not UTF-8. */
char *
cpsf_xml_clean_message(const char *message)
{
    const char *words = message != NULL ? message : "not well-formed";
    const char *colon = g_str_has_prefix(words, "xmlParse") ? strstr(words, ": ") : NULL;
    g_autofree char *text = g_utf8_make_valid(colon != NULL ? colon + 2 : words, -1);
    size_t n = 0;

    g_strdelimit(text, "\r\n\t", ' ');
    g_strstrip(text);
    n = strlen(text);
    if (n > 0 && text[n - 1] == '.')
        text[n - 1] = '\0';
    if (g_ascii_isupper(text[0]) && g_ascii_islower(text[1]))
        text[0] = g_ascii_tolower(text[0]);
    return g_steal_pointer(&text);
}

/* libxml2 found something wrong.  It goes on after some errors; we do not. */
static void
on_error(void *data, xmlErrorPtr fault)
{
    CpsfXmlReader *r = data;
    CpsfFindingCode code = CPSF_FINDING_MALFORMED;

    if (r->error != NULL || fault->level < XML_ERR_ERROR)
        return;
    if (fault->code == XML_ERR_NO_MEMORY) {
        cpsf_xml_fail_with(
            r, code, 0, 0,
            g_error_new_literal(CPSF_ERROR, CPSF_ERROR_NO_MEMORY, "no memory for the parser"));
        return;
    }
    if (fault->code == XML_ERR_UNSUPPORTED_ENCODING || fault->code == XML_ERR_UNKNOWN_ENCODING)
        code = CPSF_FINDING_ENCODING;
    else if (fault->code == XML_ERR_UNKNOWN_VERSION)
        code = CPSF_FINDING_UNSUPPORTED;
    else if (fault->code == XML_ERR_NAME_TOO_LONG)
        code = CPSF_FINDING_LIMIT_NAMES;

    g_autofree char *message = cpsf_xml_clean_message(fault->message);

    r->is_libxml2 = TRUE;
    cpsf_xml_fail_at(r, code, fault->line > 0 ? (uint32_t) fault->line : 0,
                     fault->int2 > 0 ? (uint32_t) fault->int2 : 0, "%s", message);
}

/* --- the loop over pieces --------------------------------------------------------------------- */

static void
ignore_generic(void *data, const char *format, ...)
{
    (void) data, (void) format;
}

static void
ignore_structured(void *data, xmlErrorPtr fault)
{
    (void) data, (void) fault;
}

/* libxml2 tells by the first bytes of documents in UCS-4 and EBCDIC what they are, and reads them;
 * they need not declare it. */
static gboolean
is_accepted_start(const char *piece, size_t n)
{
    static const char starts[][4] = {
        {0, 0, 0, '<'},
        {'<', 0, 0, 0},
        {0, 0, '<', 0},
        {0, '<', 0, 0},
        {0, 0, '\xFE', '\xFF'},
        {'\xFF', '\xFE', 0, 0},
        {'\x4C', '\x6F', '\xA7', '\x94'},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(starts); i++)
        if (n >= 4 && memcmp(piece, starts[i], 4) == 0)
            return FALSE;
    return TRUE;
}

/* libxml2 waits for the end of a DOCTYPE before it tells of it; the beginning will do. */
static gboolean
is_doctype(const CpsfXmlReader *r)
{
    static const char begin[] = "<!DOCTYPE";
    const xmlParserInput *input = r->parser->input;

    return input->end - input->cur >= (ptrdiff_t) strlen(begin) &&
           memcmp(input->cur, begin, strlen(begin)) == 0;
}

static void
parse_piece(CpsfXmlReader *r, const char *piece, size_t n)
{
    xmlParserCtxtPtr parser = r->parser;
    int rc = 0;

    r->line = cpsf_xml_input_line(r);
    r->column = cpsf_xml_input_column(r);
    if (r->n_bytes == 0 && !is_accepted_start(piece, n)) {
        cpsf_xml_fail_at(r, CPSF_FINDING_ENCODING, 1, 1,
                         "neither UTF-8 nor another accepted encoding");
        return;
    }
    rc = xmlParseChunk(parser, piece, (int) n, 0);
    r->n_bytes += n;
    if (r->error != NULL)
        return;
    if (rc != 0 || !parser->wellFormed || !parser->nsWellFormed)
        cpsf_xml_fail_at(r, CPSF_FINDING_MALFORMED, r->line, r->column, FOREIGN_BYTES);
    else if (is_doctype(r))
        cpsf_xml_fail_at(r, CPSF_FINDING_DOCTYPE, cpsf_xml_input_line(r), cpsf_xml_input_column(r),
                         CPSF_XML_NO_DOCTYPE);
    else if ((uint64_t) (parser->input->end - parser->input->cur) > r->limits.max_lookahead)
        cpsf_xml_fail_at(r, CPSF_FINDING_LIMIT_LOOKAHEAD, cpsf_xml_input_line(r),
                         cpsf_xml_input_column(r),
                         "more than %u bytes in one tag, comment, instruction or CDATA section",
                         r->limits.max_lookahead);
}

/* Gives the dialect a thread once the document has turned out long. */
static void
consider_relay(CpsfXmlReader *r)
{
    const uint64_t after = r->options->relay_after > 0 ? r->options->relay_after : RELAY_AFTER;

    if (r->n_bytes < after || r->dialect == NULL || r->schema != NULL || r->is_long)
        return;
    r->is_long = TRUE; /* asked once, whatever the answer */
    r->relay = cpsf_xml_relay_new(r);
}

/* Bytes from the stream into the parser, not more of them at a time than the limits are checked
 * for; FALSE at the end, or on failure. */
static gboolean
read_pieces(CpsfXmlReader *r, CpsfAhead *ahead)
{
    const char *bytes;
    size_t n;
    GError *error = NULL;

    if (!cpsf_ahead_next(ahead, &bytes, &n, &error)) {
        cpsf_xml_fail_with(r, CPSF_FINDING_UNREADABLE, 0, 0, error);
        return FALSE;
    }
    for (size_t at = 0; at < n && r->error == NULL; at += PIECE) {
        const uint64_t left = r->limits.max_bytes - r->n_bytes;
        const size_t piece = MIN(PIECE, n - at);

        consider_relay(r);
        parse_piece(r, bytes + at, (size_t) MIN((uint64_t) piece, left));
        if (r->error == NULL && piece > left)
            cpsf_xml_fail_at(r, CPSF_FINDING_LIMIT_BYTES, cpsf_xml_input_line(r),
                             cpsf_xml_input_column(r), "more than %" G_GUINT64_FORMAT " bytes",
                             r->limits.max_bytes);
    }
    if (r->options->progress != NULL)
        r->options->progress(r->n_bytes, r->options->progress_data);
    return n > 0 && r->error == NULL;
}

/* The dialect may be behind; what it fails for comes before what the parser came to since. */
static void
finish_relay(CpsfXmlReader *r)
{
    CpsfXmlFault fault;
    GError *error = cpsf_xml_relay_finish(r->relay, &fault);

    r->relay = NULL;
    if (error == NULL)
        return;
    g_clear_error(&r->error);
    cpsf_xml_fail_with(r, fault.code, fault.line, fault.column, error);
}

static gboolean
is_blank(const xmlChar *p, const xmlChar *end)
{
    while (p < end && (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r'))
        p++;
    return p == end;
}

/* Whether bytes are left that could not be converted: more than part of one last character. */
static gboolean
has_foreign_bytes(const CpsfXmlReader *r)
{
    const xmlParserInputBuffer *buffer = r->parser->input->buf;

    return buffer != NULL && buffer->encoder != NULL && xmlBufUse(buffer->raw) > 3;
}

/* Where the document ends: past the text that libxml2 has kept for later. */
static void
find_end(const CpsfXmlReader *r, uint32_t *line, uint32_t *column)
{
    const xmlParserInput *input = r->parser->input;

    *line = cpsf_xml_input_line(r);
    *column = cpsf_xml_input_column(r);
    for (const xmlChar *p = input->cur; p < input->end; p++) {
        *column = *p == '\n' ? 1 : *column + cpsf_xml_is_character(*p);
        *line += *p == '\n';
    }
}

/* What libxml2 says of a document cut short misleads, so we say it. */
static void
fail_end(CpsfXmlReader *r, uint32_t line, uint32_t column, gboolean is_in_markup)
{
    g_clear_error(&r->error);
    if (r->depth > 0)
        cpsf_xml_fail_at(r, CPSF_FINDING_TRUNCATED, line, column,
                         "premature end of file: %u element(s) still open", r->depth);
    else if (is_in_markup)
        cpsf_xml_fail_at(
            r, CPSF_FINDING_TRUNCATED, line, column,
            "premature end of file: the last tag, comment or instruction is not closed");
    else if (r->n_elements == 0)
        cpsf_xml_fail_at(r, CPSF_FINDING_TRUNCATED, line, column,
                         "premature end of file: there is no element");
    else
        cpsf_xml_fail_at(r, CPSF_FINDING_MALFORMED, line, column, "text after the root element");
}

/* The stream is at its end. */
static void
finish(CpsfXmlReader *r)
{
    const xmlParserInput *input = r->parser->input;
    const gboolean is_in_markup = input->cur < input->end && *input->cur == '<';
    const gboolean is_at_end = is_blank(input->cur, input->end);
    uint32_t line = cpsf_xml_input_line(r);
    uint32_t column = cpsf_xml_input_column(r);
    int rc;

    if (r->depth > 0 && !is_in_markup)
        find_end(r, &line, &column);
    if (has_foreign_bytes(r)) {
        cpsf_xml_fail_at(r, CPSF_FINDING_MALFORMED, line, column, FOREIGN_BYTES);
        return;
    }
    rc = xmlParseChunk(r->parser, NULL, 0, 1);
    if (r->error == NULL && rc == 0 && r->parser->wellFormed && r->parser->nsWellFormed &&
        r->n_elements > 0 && r->depth == 0)
        return;
    if (r->error != NULL && !r->is_libxml2)
        return;
    if (r->depth == 0 && r->n_elements == 0 && !is_in_markup && !is_at_end) {
        g_clear_error(&r->error);
        cpsf_xml_fail_at(r, CPSF_FINDING_MALFORMED, line, column,
                         "text where there should be the root element");
        return;
    }
    fail_end(r, line, column, is_in_markup);
}

/* Nothing may reach standard error: conversion errors bypass the parser's own handler.  The
 * general handlers are the thread's, and are put back. */
static void
parse(CpsfXmlReader *r, GInputStream *stream, char hex[65])
{
    const xmlGenericErrorFunc generic = xmlGenericError;
    void *const generic_data = xmlGenericErrorContext;
    const xmlStructuredErrorFunc structured = xmlStructuredError;
    void *const structured_data = xmlStructuredErrorContext;
    CpsfAhead *ahead = cpsf_ahead_new(stream, r->limits.max_bytes, r->options->cancellable);

    xmlSetGenericErrorFunc(NULL, ignore_generic);
    xmlSetStructuredErrorFunc(NULL, ignore_structured);
    while (read_pieces(r, ahead))
        continue;
    if (r->error == NULL)
        finish(r);
    if (r->relay != NULL)
        finish_relay(r);
    xmlSetGenericErrorFunc(generic_data, generic);
    xmlSetStructuredErrorFunc(structured_data, structured);
    cpsf_ahead_finish(ahead, hex);
}

static xmlParserCtxtPtr
parser_new(CpsfXmlReader *r)
{
    static gsize is_initialised = 0;
    xmlSAXHandler handler = cpsf_xml_events;
    int options = XML_PARSE_NONET | XML_PARSE_BIG_LINES;
    xmlParserCtxtPtr parser;

    if (g_once_init_enter(&is_initialised)) {
        xmlInitParser(); /* once, before any thread parses */
        g_once_init_leave(&is_initialised, 1);
    }
#if LIBXML_VERSION >= 21300
    options |= XML_PARSE_NO_XXE;
#endif
    handler.serror = on_error;
    parser = xmlCreatePushParserCtxt(&handler, r, NULL, 0, NULL);
    if (parser == NULL)
        return NULL;
    xmlCtxtUseOptions(parser, options);
    /* A belt besides our own count, for names that no callback has shown yet. */
    xmlDictSetLimit(parser->dict,
                    4 * ((size_t) r->limits.max_names + r->limits.max_lookahead + PIECE));
    return parser;
}

static CpsfLimits
limits_or_defaults(CpsfLimits limits)
{
    const CpsfLimits defaults = CPSF_LIMITS_INIT;

#define OR_DEFAULT(field) limits.field = limits.field > 0 ? limits.field : defaults.field
    OR_DEFAULT(max_bytes);
    OR_DEFAULT(max_elements);
    OR_DEFAULT(max_depth);
    OR_DEFAULT(max_attributes);
    OR_DEFAULT(max_namespaces);
    OR_DEFAULT(max_lookahead);
    OR_DEFAULT(max_names);
    OR_DEFAULT(max_text);
#undef OR_DEFAULT
    return limits;
}

static void
reader_clear(CpsfXmlReader *r)
{
    if (r->schema != NULL)
        cpsf_xml_schema_close(r->schema);
    if (r->parser != NULL)
        xmlFreeParserCtxt(r->parser);
    g_clear_error(&r->refusal);
    g_free(r->sorted);
    g_free(r->frames.items);
    g_free(r->scopes.items);
    g_free(r->text.items);
    g_free(r->names.items);
    g_free(r);
}

gboolean
cpsf_xml_read(GInputStream *stream,
              const CpsfXmlOptions *options,
              char digest[65],
              CpsfXmlFault *fault,
              GError **error)
{
    CpsfXmlReader *r = g_new0(CpsfXmlReader, 1);
    char hex[65];

    *fault = (CpsfXmlFault){CPSF_FINDING_MALFORMED, 0, 0};
    r->options = options;
    r->limits = limits_or_defaults(options->limits);
    r->line = r->column = 1;
    r->section_end = UINT64_MAX;
    r->parser = parser_new(r);
    if (r->parser == NULL)
        cpsf_fail(&r->error, CPSF_ERROR_NO_MEMORY, "no memory for the parser");
    else
        parse(r, stream, hex);

    if (r->error == NULL && r->refusal != NULL) {
        r->error = g_steal_pointer(&r->refusal);
        r->fault = r->refusal_fault;
        r->fault.code = CPSF_FINDING_UNSUPPORTED;
    }

    const gboolean is_read = r->error == NULL;

    if (digest != NULL)
        memcpy(digest, is_read ? hex : "", is_read ? sizeof hex : 1);
    if (!is_read) {
        *fault = r->fault;
        g_propagate_error(error, g_steal_pointer(&r->error));
    }
    reader_clear(r);
    return is_read;
}
