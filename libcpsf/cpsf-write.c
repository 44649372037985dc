/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * What every written format shares: the buffer, numbers, times, the walk through text that may be
 * anything, the edges that hold; and the two public doors, which pick the format.
 */

#include "config.h"

#include "cpsf-mem-private.h"
#include "cpsf-write-private.h"

#include <math.h>
#include <string.h>

enum { BUFFER_BYTES = 65536 };

struct _CpsfWriter {
    GOutputStream *stream;
    GError *broken; /* (owned) (nullable) */
    size_t n;
    char buffer[BUFFER_BYTES];
};

/* ---- the buffer -------------------------------------------------------------------------- */

CpsfWriter *
cpsf_writer_new(GOutputStream *stream)
{
    CpsfWriter *self = g_new(CpsfWriter, 1);

    self->stream = g_object_ref(stream);
    self->broken = NULL;
    self->n = 0;
    return self;
}

void
cpsf_writer_free(CpsfWriter *self)
{
    if (self == NULL)
        return;
    g_object_unref(self->stream);
    g_clear_error(&self->broken);
    g_free(self);
}

static void
send(CpsfWriter *self, const char *bytes, size_t n)
{
    if (self->broken == NULL)
        g_output_stream_write_all(self->stream, bytes, n, NULL, NULL, &self->broken);
}

static void
empty_buffer(CpsfWriter *self)
{
    send(self, self->buffer, self->n);
    self->n = 0;
}

void
cpsf_put_bytes(CpsfWriter *self, const char *bytes, size_t n)
{
    if (n > BUFFER_BYTES - self->n)
        empty_buffer(self);
    if (n > BUFFER_BYTES) {
        send(self, bytes, n);
        return;
    }
    memcpy(self->buffer + self->n, bytes, n);
    self->n += n;
}

void
cpsf_put(CpsfWriter *self, const char *text)
{
    cpsf_put_bytes(self, text, strlen(text));
}

void
cpsf_writer_break(CpsfWriter *self, GError *reason)
{
    if (self->broken == NULL)
        self->broken = reason;
    else
        g_error_free(reason);
}

gboolean
cpsf_writer_finish(CpsfWriter *self, GError **error)
{
    g_autoptr(CpsfWriter) owned = self;

    empty_buffer(self);
    if (self->broken == NULL)
        g_output_stream_flush(self->stream, NULL, &self->broken);
    if (self->broken == NULL)
        return TRUE;
    if (self->broken->domain == CPSF_ERROR) {
        g_propagate_error(error, g_steal_pointer(&self->broken));
        return FALSE;
    }
    if (g_error_matches(self->broken, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        return cpsf_fail(error, CPSF_ERROR_CANCELLED, "%s", self->broken->message);
    return cpsf_fail(error, CPSF_ERROR_IO, "%s", self->broken->message);
}

/* ---- numbers and times ------------------------------------------------------------------- */

void
cpsf_put_int64(CpsfWriter *self, int64_t value)
{
    char text[20]; /* "-9223372036854775808" */
    size_t at = sizeof text;
    uint64_t rest = value < 0 ? 0 - (uint64_t) value : (uint64_t) value;

    do {
        text[--at] = (char) ('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (value < 0)
        text[--at] = '-';
    cpsf_put_bytes(self, text + at, sizeof text - at);
}

/*
 * The shortest digits after the point that single out r / s among doubles, where s is a power of
 * two, 0 <= r < s, and the neighbours are one half-gap (@gap_up, @gap_down, over s) away.  Free-
 * format generation of Steele and White as in Burger and Dybvig, "Printing floating-point numbers
 * quickly and accurately", PLDI 1996, with 128 bits for the exact arithmetic.
 */
typedef struct {
    unsigned __int128 r, gap_up, gap_down;
    int log2_s;
    gboolean is_even; /* the bounds themselves read back as the number, too */
} Fraction;

static size_t
write_fraction(Fraction f, char *text)
{
    const unsigned __int128 s = (unsigned __int128) 1 << f.log2_s;
    size_t n = 0;

    for (;;) {
        f.r *= 10;
        f.gap_up *= 10;
        f.gap_down *= 10;

        const char digit = (char) ('0' + (int) (f.r >> f.log2_s));

        f.r &= s - 1;

        const gboolean low = f.is_even ? f.r <= f.gap_down : f.r < f.gap_down;
        const gboolean high = f.is_even ? f.r + f.gap_up >= s : f.r + f.gap_up > s;

        if (!low && !high) {
            text[n++] = digit;
            continue;
        }

        const gboolean is_up = high && (!low || f.r * 2 >= s);

        text[n++] = is_up ? (char) (digit + 1) : digit;
        return n;
    }
}

/* Numbers of everyday size, 1e-4 <= value < 1e15: counts and chances, nearly all there are. */
static size_t
write_everyday(double value, char *text)
{
    int exponent;
    const double mantissa = frexp(value, &exponent); /* in [0.5, 1) */
    const uint64_t m = (uint64_t) ldexp(mantissa, 53);
    const gboolean is_boundary = m == UINT64_C(1) << 52; /* half as far to the next one below */
    const double whole = trunc(value);
    const double rest = value - whole; /* exact */
    size_t n = (size_t) g_snprintf(text, 18, "%" G_GUINT64_FORMAT, (uint64_t) whole);

    if (rest == 0.0)
        return n;

    /* value = m / 2^b with 3 <= b <= 66; everything over s = 2^(b + 2), so that a quarter of a gap
     * is whole */
    const int b = 53 - exponent;
    const uint64_t fraction = whole == 0.0 ? m : m - ((uint64_t) whole << b);
    const Fraction f = {
        .r = (unsigned __int128) fraction << 2,
        .gap_up = 2,
        .gap_down = is_boundary ? 1 : 2,
        .log2_s = b + 2,
        .is_even = (m & 1) == 0,
    };

    text[n++] = '.';
    return n + write_fraction(f, text + n);
}

/* Any other number: the C library's digits, as many as it takes. */
static size_t
write_any(double value, char *text)
{
    static const char *const formats[] = {"%.1g",  "%.2g",  "%.3g",  "%.4g",  "%.5g",  "%.6g",
                                          "%.7g",  "%.8g",  "%.9g",  "%.10g", "%.11g", "%.12g",
                                          "%.13g", "%.14g", "%.15g", "%.16g", "%.17g"};
    /* below the normal numbers there are fewer than 15 digits */
    size_t i = value < 2.2250738585072014e-308 ? 0 : 14;

    do
        g_ascii_formatd(text, CPSF_DOUBLE_TEXT_MAX, formats[i], value);
    while (++i < G_N_ELEMENTS(formats) && g_ascii_strtod(text, NULL) != value);
    return strlen(text);
}

size_t
cpsf_double_write(double value, char text[CPSF_DOUBLE_TEXT_MAX])
{
    const double magnitude = fabs(value);
    size_t n = 0;

    if (value == 0.0)
        return g_strlcpy(text, signbit(value) ? "-0.0" : "0", CPSF_DOUBLE_TEXT_MAX);
    if (value < 0.0)
        text[n++] = '-';
    if (magnitude >= 1e-4 && magnitude < 1e15)
        n += write_everyday(magnitude, text + n);
    else
        n += write_any(magnitude, text + n);
    text[n] = '\0';
    return n;
}

void
cpsf_put_double(CpsfWriter *self, double value)
{
    char text[CPSF_DOUBLE_TEXT_MAX];

    cpsf_put_bytes(self, text, cpsf_double_write(value, text));
}

void
cpsf_put_duration(CpsfWriter *self, int64_t duration)
{
    g_autofree char *text = cpsf_duration_format(duration);

    if (text != NULL)
        cpsf_put(self, text);
}

void
cpsf_put_time(CpsfWriter *self, CpsfTime time)
{
    char text[CPSF_TIME_TEXT_MAX];

    cpsf_put(self, cpsf_time_write(time, text));
}

gboolean
cpsf_time_has_text(CpsfTime time)
{
    char text[CPSF_TIME_TEXT_MAX];

    return cpsf_time_write(time, text)[0] != '\0';
}

void
cpsf_put_layers(CpsfWriter *self, unsigned layers, char separator)
{
    gboolean is_first = TRUE;

    for (int l = 1; l <= 3; l++) {
        if ((layers & CPSF_LAYER(l)) == 0)
            continue;
        if (!is_first)
            cpsf_put_char(self, separator);
        cpsf_put_char(self, (char) ('0' + l));
        is_first = FALSE;
    }
}

/* ---- text -------------------------------------------------------------------------------- */

gunichar
cpsf_next_char(const char **text)
{
    const char *at = *text;

    if ((uint8_t) *at < 0x80) {
        *text += *at != '\0';
        return (uint8_t) *at;
    }

    const gunichar c = g_utf8_get_char_validated(at, -1);

    if (c > 0x10ffff) { /* (gunichar) -1 or -2 */
        *text += 1;
        return 0xfffd;
    }
    *text = g_utf8_next_char(at);
    return c;
}

gboolean
cpsf_char_is_control(gunichar c)
{
    const gboolean is_separator = c == 0x2028 || c == 0x2029;
    const gboolean is_turn = (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);

    return c < 0x20 || (c >= 0x7f && c < 0xa0) || is_separator || is_turn;
}

/* ---- edges that hold --------------------------------------------------------------------- */

static gboolean
is_same_edge(const CpsfEdgeRow *a, const CpsfEdgeRow *b)
{
    return a->from == b->from && a->to == b->to && a->relation == b->relation &&
           a->group == b->group;
}

const CpsfEdgeRow *
cpsf_snapshot_next_edge(const CpsfSnapshot *self, int64_t *row)
{
    const CpsfEdgeRow *edges = self->graph->edges.items;
    const int64_t n = self->graph->edges.n;
    int64_t i = *row;

    while (i < n) {
        const CpsfEdgeRow *found = NULL;
        const int64_t first = i;

        for (; i < n && is_same_edge(&edges[first], &edges[i]); i++)
            if (found == NULL && cpsf_interval_holds(edges[i].valid, self->at))
                found = &edges[i];
        *row = i;
        if (found != NULL && self->holds[found->from] && self->holds[found->to])
            return found;
    }
    return NULL;
}

/* ---- the doors --------------------------------------------------------------------------- */

/**
 * cpsf_table_write:
 * @table: a table
 * @format: the format
 * @answer: (nullable): what surrounds the table in JSON; CSV and TSV ignore it
 * @stream: where to; stays open
 * @error: return location
 *
 * Writes a table.  The same table gives the same bytes in every locale.
 *
 * JSON is the object `cpsf-table/1`: one row a line, missing is null, as are numbers that are not
 * finite; letters that a web page or a terminal could take for orders are escaped.  Without @answer
 * it holds the schema, the columns and the rows alone.
 *
 * CSV is that of RFC 4180 with a header row; TSV has a tab between cells and writes tab, line ends
 * and backslash as \t, \n, \r, \\.  In both the items of a list are joined by a blank, missing is
 * empty, and text that a spreadsheet would take for a formula gets an apostrophe in front.
 *
 * Cost: O(bytes written), in constant memory.
 *
 * Returns: %TRUE; %FALSE with %CPSF_ERROR_IO and the reason if the stream refused,
 *   %CPSF_ERROR_CANCELLED, or %CPSF_ERROR_INVALID_VALUE for a format that is not one
 *
 * Since: 0.1
 */
gboolean
cpsf_table_write(CpsfTable *table,
                 CpsfFormat format,
                 const CpsfAnswer *answer,
                 GOutputStream *stream,
                 GError **error)
{
    g_return_val_if_fail(table != NULL && stream != NULL, FALSE);

    g_autoptr(CpsfWriter) w = cpsf_writer_new(stream);

    switch (format) {
    case CPSF_FORMAT_JSON:
        cpsf_write_table_json(w, table, answer);
        return cpsf_writer_finish(g_steal_pointer(&w), error);
    case CPSF_FORMAT_CSV:
        cpsf_write_table_csv(w, table, ',');
        return cpsf_writer_finish(g_steal_pointer(&w), error);
    case CPSF_FORMAT_TSV:
        cpsf_write_table_csv(w, table, '\t');
        return cpsf_writer_finish(g_steal_pointer(&w), error);
    }
    return cpsf_fail(error, CPSF_ERROR_INVALID_VALUE, "format %d is not 0 to 2", (int) format);
}

static gboolean
write_export(CpsfWriter *w, const CpsfSnapshot *snapshot, CpsfExport format, const char *lang)
{
    switch (format) {
    case CPSF_EXPORT_GRAPHML:
        cpsf_write_snapshot_graphml(w, snapshot, lang);
        return TRUE;
    case CPSF_EXPORT_DOT:
        cpsf_write_snapshot_dot(w, snapshot, lang);
        return TRUE;
    case CPSF_EXPORT_CSV:
        cpsf_write_snapshot_csv(w, snapshot);
        return TRUE;
    case CPSF_EXPORT_JSON:
        cpsf_write_snapshot_json(w, snapshot, lang);
        return TRUE;
    case CPSF_EXPORT_FEED:
        cpsf_write_graph_feed(w, snapshot->graph);
        return TRUE;
    }
    return FALSE;
}

/**
 * cpsf_snapshot_export:
 * @snapshot: a snapshot
 * @format: the format
 * @lang: (nullable): BCP 47 tag of the names to prefer; the feed carries all names
 * @stream: where to; stays open
 * @error: return location
 *
 * Writes a graph: the nodes and edges that hold at the snapshot's moment (`vouches` included), or as
 * a feed of our own all that is known over all of time, under the digest of the graph as its id.
 *
 * Reading that feed gives the same graph, to the digest, if it came from one version of one feed of
 * that format, or from feeds that do not describe a node twice for the same time in different words.
 * Otherwise the feed says what came of them: how nodes were resolved, and for replaced evidence one
 * item for each state it had.
 *
 * Cost: O(bytes written), in constant memory; the feed takes 8 bytes a string besides.
 *
 * Returns: %TRUE; %FALSE with %CPSF_ERROR_IO and the reason if the stream refused,
 *   %CPSF_ERROR_CANCELLED, %CPSF_ERROR_NO_MEMORY, or %CPSF_ERROR_INVALID_VALUE for a format that
 *   is not one
 *
 * Since: 0.1
 */
gboolean
cpsf_snapshot_export(CpsfSnapshot *snapshot,
                     CpsfExport format,
                     const char *lang,
                     GOutputStream *stream,
                     GError **error)
{
    g_return_val_if_fail(snapshot != NULL && stream != NULL, FALSE);

    g_autoptr(CpsfWriter) w = cpsf_writer_new(stream);

    if (!write_export(w, snapshot, format, lang))
        return cpsf_fail(error, CPSF_ERROR_INVALID_VALUE, "format %d is not 0 to 4", (int) format);
    return cpsf_writer_finish(g_steal_pointer(&w), error);
}
