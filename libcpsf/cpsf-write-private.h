/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cpsf-graph-private.h"
#include "cpsf-snapshot-private.h"
#include "cpsf-write.h"

G_BEGIN_DECLS

/*
 * Text on its way to a stream, through a buffer of 64 KiB.  The first failure sticks: what is put
 * after it goes nowhere, and finish reports it.  Nothing here depends on the locale.
 */
typedef struct _CpsfWriter CpsfWriter;

CpsfWriter *cpsf_writer_new(GOutputStream *stream);
void cpsf_writer_free(CpsfWriter *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CpsfWriter, cpsf_writer_free)

/* Writes out and flushes, but does not close, the stream.  IO (or CANCELLED) with the reason. */
gboolean cpsf_writer_finish(CpsfWriter *self, GError **error); /* consumes */

/* Takes a failure that is not the stream's, and writes no more. */
void cpsf_writer_break(CpsfWriter *self, GError *reason);

/* As it is. */
void cpsf_put(CpsfWriter *self, const char *text);
void cpsf_put_bytes(CpsfWriter *self, const char *bytes, size_t n);
static inline void
cpsf_put_char(CpsfWriter *self, char c)
{
    cpsf_put_bytes(self, &c, 1);
}

void cpsf_put_int64(CpsfWriter *self, int64_t value);
/* A finite number: the shortest text that reads back as the same one. */
void cpsf_put_double(CpsfWriter *self, double value);
/* Of lengths and moments that have a text; others put nothing. */
void cpsf_put_duration(CpsfWriter *self, int64_t duration);
void cpsf_put_time(CpsfWriter *self, CpsfTime time);
gboolean cpsf_time_has_text(CpsfTime time);
/* The layers of a mask, "1 3" for a blank as separator. */
void cpsf_put_layers(CpsfWriter *self, unsigned layers, char separator);

/* Storage for a number as cpsf_put_double() puts it. */
#define CPSF_DOUBLE_TEXT_MAX 32
size_t cpsf_double_write(double value, char text[CPSF_DOUBLE_TEXT_MAX]);

/*
 * The next character of text that need not be UTF-8; bytes that are not come as U+FFFD one by one.
 * Moves *@text past it.  0 at the end, where *@text stays.
 */
gunichar cpsf_next_char(const char **text);

/* Whether a terminal may take it for an order: C0, DEL, C1, marks that turn the writing direction. */
gboolean cpsf_char_is_control(gunichar c);

/* Escaped for the inside of XML text or of an attribute in double quotes; what XML 1.0 cannot hold
 * becomes U+FFFD. */
void cpsf_put_xml(CpsfWriter *w, const char *text);
/* ` name="text"`, or nothing if text is NULL or "". */
void cpsf_put_xml_attribute(CpsfWriter *w, const char *name, const char *text);

/* A JSON string in its quotes; NULL is null. */
void cpsf_put_json_string(CpsfWriter *w, const char *text);
void cpsf_put_json_time(CpsfWriter *w, CpsfTime time);
/* Not finite is null. */
void cpsf_put_json_double(CpsfWriter *w, double value);
/* "graph":{…} */
void cpsf_put_json_graph(CpsfWriter *w, const CpsfGraph *graph);

/*
 * What of the graph holds at the snapshot's moment, `vouches` included: an edge is its first row
 * that holds, if both ends do.  *@row: where to go on, 0 to begin with.  NULL at the end.
 */
const CpsfEdgeRow *cpsf_snapshot_next_edge(const CpsfSnapshot *self, int64_t *row);

/* The formats, one each a file. */
void cpsf_write_table_json(CpsfWriter *w, const CpsfTable *table, const CpsfAnswer *answer);
void cpsf_write_table_csv(CpsfWriter *w, const CpsfTable *table, char separator);
void cpsf_write_snapshot_json(CpsfWriter *w, const CpsfSnapshot *snapshot, const char *lang);
void cpsf_write_snapshot_csv(CpsfWriter *w, const CpsfSnapshot *snapshot);
void cpsf_write_snapshot_graphml(CpsfWriter *w, const CpsfSnapshot *snapshot, const char *lang);
void cpsf_write_snapshot_dot(CpsfWriter *w, const CpsfSnapshot *snapshot, const char *lang);
void cpsf_write_graph_feed(CpsfWriter *w, const CpsfGraph *graph);

G_END_DECLS
