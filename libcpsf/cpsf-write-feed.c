/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The whole graph, over all of time, as one feed of our own (docs/semantics.md, sections 3 and 4).
 * Rows come out in the order of the graph, the one that counts most first, because within one feed
 * the earlier line counts; so reading the feed resolves every conflict as the graph did.
 *
 * The format has one version a document, so it cannot say "until April this item was valid, since
 * then it is revoked" as one item.  Where versions replaced an evidence item, the feed has an item
 * for each: an earlier one ends when it was no longer said, and one whose status does not pass begins
 * when it was first said.  One that passes keeps its own beginning: a later one would extend it.
 * Groups, completeness, names and properties have no dates in the format: those that a later version
 * ended are left out, and so is a node that a what-if removes, with all that is said of it.
 */

#include "config.h"

#include "cpsf-write-feed-private.h"

#include <math.h>
#include <string.h>

/* ---- attributes -------------------------------------------------------------------------- */

const char *
cpsf_feed_text_of(const CpsfFeedWriter *f, CpsfStr id)
{
    return cpsf_strtab_get(f->graph->strings, id);
}

void
cpsf_feed_put_attribute(const CpsfFeedWriter *f, const char *name, const char *text)
{
    cpsf_put_xml_attribute(f->w, name, text);
}

void
cpsf_feed_put_key(const CpsfFeedWriter *f, const char *name, uint32_t node)
{
    cpsf_feed_put_attribute(f, name, cpsf_graph_get_key(f->graph, (int32_t) node));
}

void
cpsf_feed_put_word(const CpsfFeedWriter *f, const char *name, CpsfVocabulary words, int value)
{
    cpsf_feed_put_attribute(f, name, cpsf_word(words, value));
}

void
cpsf_feed_put_number(const CpsfFeedWriter *f, const char *name, double value)
{
    char text[CPSF_DOUBLE_TEXT_MAX];

    if (isnan(value))
        return;
    cpsf_double_write(value, text);
    cpsf_feed_put_attribute(f, name, text);
}

void
cpsf_feed_put_integer(const CpsfFeedWriter *f, const char *name, int64_t value)
{
    cpsf_put_char(f->w, ' ');
    cpsf_put(f->w, name);
    cpsf_put(f->w, "=\"");
    cpsf_put_int64(f->w, value);
    cpsf_put_char(f->w, '"');
}

void
cpsf_feed_put_duration(const CpsfFeedWriter *f, const char *name, int64_t duration)
{
    g_autofree char *text = duration < 0 ? NULL : cpsf_duration_format(duration);

    cpsf_feed_put_attribute(f, name, text);
}

void
cpsf_feed_put_interval(const CpsfFeedWriter *f, CpsfInterval valid)
{
    char text[CPSF_TIME_TEXT_MAX];

    cpsf_feed_put_attribute(f, "since", cpsf_time_write(valid.since, text));
    cpsf_feed_put_attribute(f, "until", cpsf_time_write(valid.until, text));
}

/* ---- all else ---------------------------------------------------------------------------- */

static void
put_groups(const CpsfFeedWriter *f)
{
    for (int64_t i = 0; i < f->graph->groups.n; i++) {
        const CpsfGroupRow *row = &f->graph->groups.items[i];

        if (row->valid.until != CPSF_TIME_FOREVER || cpsf_graph_lacks_node(f->graph, row->node))
            continue;
        cpsf_put(f->w, "  <group");
        cpsf_feed_put_key(f, "node", row->node);
        cpsf_feed_put_attribute(f, "name", cpsf_feed_text_of(f, row->name));
        cpsf_feed_put_integer(f, "need", row->need);
        cpsf_put(f->w, "/>\n");
    }
}

static void
put_edges(const CpsfFeedWriter *f)
{
    for (int64_t i = 0; i < f->graph->edges.n; i++) {
        const CpsfEdgeRow *row = &f->graph->edges.items[i];

        if (cpsf_graph_lacks_edge(f->graph, row))
            continue;
        cpsf_put(f->w, "  <edge");
        cpsf_feed_put_word(f, "relation", CPSF_WORDS_RELATION, row->relation);
        cpsf_feed_put_key(f, "from", row->from);
        cpsf_feed_put_key(f, "to", row->to);
        cpsf_feed_put_interval(f, row->valid);
        cpsf_feed_put_number(f, "criticality", row->criticality);
        cpsf_feed_put_duration(f, "delay", row->delay);
        cpsf_feed_put_attribute(f, "group", cpsf_feed_text_of(f, row->group));
        cpsf_put(f->w, "/>\n");
    }
}

/* Whether an item of this status can pass (docs/semantics.md, section 5). */
static gboolean
can_pass(const CpsfEvidenceRow *row)
{
    return row->status == CPSF_STATUS_VALID || row->status == CPSF_STATUS_VALID_PENDING_RENEWAL ||
           row->status == CPSF_STATUS_DECLARED || row->status == CPSF_STATUS_RESTRICTED;
}

CpsfInterval
cpsf_feed_evidence_time(const CpsfEvidenceRow *row)
{
    return (CpsfInterval){
        can_pass(row) ? row->valid.since : MAX(row->valid.since, row->said.since),
        MIN(row->valid.until, row->said.until),
    };
}

static void
put_evidence(const CpsfFeedWriter *f)
{
    for (int64_t i = 0; i < f->graph->evidence.n; i++) {
        const CpsfEvidenceRow *row = &f->graph->evidence.items[i];
        const CpsfInterval valid = cpsf_feed_evidence_time(row);

        if (valid.since >= valid.until || cpsf_graph_lacks_node(f->graph, row->node))
            continue;
        cpsf_put(f->w, "  <evidence");
        cpsf_feed_put_key(f, "subject", row->node);
        cpsf_feed_put_integer(f, "layer", row->layer);
        cpsf_feed_put_attribute(f, "scheme", cpsf_feed_text_of(f, row->scheme));
        cpsf_feed_put_attribute(f, "id", cpsf_feed_text_of(f, row->id));
        cpsf_feed_put_attribute(f, "issuer", cpsf_feed_text_of(f, row->issuer));
        if (row->assurance != CPSF_ASSURANCE_NONE)
            cpsf_feed_put_word(f, "assurance", CPSF_WORDS_ASSURANCE, row->assurance);
        cpsf_feed_put_word(f, "status", CPSF_WORDS_STATUS, row->status);
        cpsf_feed_put_interval(f, valid);
        cpsf_feed_put_attribute(f, "scope", cpsf_feed_text_of(f, row->scope));
        cpsf_put(f->w, "/>\n");
    }
}

static void
put_incidents(const CpsfFeedWriter *f)
{
    for (int64_t i = 0; i < f->graph->incidents.n; i++) {
        const CpsfIncidentRow *row = &f->graph->incidents.items[i];

        if (cpsf_graph_lacks_node(f->graph, row->node))
            continue;
        cpsf_put(f->w, "  <incident");
        cpsf_feed_put_attribute(f, "id", cpsf_feed_text_of(f, row->id));
        cpsf_feed_put_key(f, "node", row->node);
        cpsf_feed_put_word(f, "effect", CPSF_WORDS_EFFECT, row->effect);
        cpsf_feed_put_interval(f, row->valid);
        cpsf_put(f->w, "/>\n");
    }
}

static void
put_completeness(const CpsfFeedWriter *f)
{
    for (int64_t i = 0; i < f->graph->completeness.n; i++) {
        const CpsfCompletenessRow *row = &f->graph->completeness.items[i];

        if (row->valid.until != CPSF_TIME_FOREVER || cpsf_graph_lacks_node(f->graph, row->node))
            continue;
        cpsf_put(f->w, "  <completeness");
        cpsf_feed_put_key(f, "node", row->node);
        cpsf_feed_put_attribute(f, "of", cpsf_feed_text_of(f, row->of));
        cpsf_feed_put_attribute(f, "state", cpsf_feed_text_of(f, row->state));
        cpsf_put(f->w, "/>\n");
    }
}

/* Its id is what it says; it was issued when the last of its sources was, and speaks for their
 * publisher if they have but one. */
static void
put_head(const CpsfFeedWriter *f)
{
    const CpsfGraph *graph = f->graph;
    g_autofree char *digest = cpsf_graph_get_digest(graph);
    g_autofree char *id =
        digest == NULL ? NULL : g_strconcat("urn:sha256:", digest + strlen("sha256:"), NULL);
    CpsfTime issued = CPSF_TIME_ALWAYS_BEFORE;
    const CpsfFeedInfo *any = NULL;
    gboolean is_one_publisher = TRUE;
    char text[CPSF_TIME_TEXT_MAX];

    for (int64_t i = 0; i < graph->n_feeds; i++) {
        const CpsfFeedInfo *feed = &graph->feeds[i];

        if (feed->state != CPSF_FEED_IMPORTED)
            continue;
        issued = MAX(issued, feed->issued);
        is_one_publisher &= any == NULL || g_strcmp0(any->publisher, feed->publisher) == 0;
        any = feed;
    }
    cpsf_put(f->w,
             "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<feed xmlns=\"urn:libcpsf:feed:1\"");
    cpsf_feed_put_attribute(f, "id", id);
    cpsf_feed_put_integer(f, "version", 1);
    cpsf_feed_put_attribute(f, "issued", cpsf_time_write(issued, text));
    cpsf_feed_put_attribute(f, "publisher",
                            any != NULL && is_one_publisher ? any->publisher : NULL);
    cpsf_put(f->w, ">\n");
}

void
cpsf_write_graph_feed(CpsfWriter *w, const CpsfGraph *graph)
{
    const CpsfFeedWriter f = {.w = w, .graph = graph};
    GError *error = NULL;

    put_head(&f);
    if (!cpsf_feed_put_nodes(&f, &error)) {
        cpsf_writer_break(w, error);
        return;
    }
    put_groups(&f);
    put_edges(&f);
    put_evidence(&f);
    put_incidents(&f);
    put_completeness(&f);
    cpsf_put(w, "</feed>\n");
}
