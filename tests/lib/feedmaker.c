/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Feeds by hand, and graphs as text that two of can be compared. */

#include "config.h"

#include <math.h>
#include <string.h>

#include "cpsf-rows-private.h"
#include "feedmaker.h"

Feedmaker *
feedmaker_new(CpsfGraphBuilder *builder,
              const char *id,
              int64_t version,
              CpsfTime issued,
              const char *publisher)
{
    Feedmaker *self = g_new0(Feedmaker, 1);

    self->builder = builder;
    self->info.file = g_strdup_printf("%s-%d.xml", id, (int) version);
    self->info.id = g_strdup(id);
    self->info.format = g_strdup("cpsf-1");
    self->info.publisher = g_strdup(publisher);
    self->info.version = version;
    self->info.issued = issued;
    self->findings = cpsf_findings_new();
    self->line = 1;
    memset(self->info.digest, 'a', 64);
    return self;
}

void
feedmaker_add(Feedmaker *self)
{
    g_assert(
        cpsf_graph_builder_add_feed(self->builder, &self->info, &self->rows, self->findings, NULL));
    cpsf_feed_info_clear(&self->info);
    cpsf_statements_clear(&self->rows);
    cpsf_findings_unref(self->findings);
    g_free(self);
}

CpsfGraph *
feedmaker_freeze(CpsfGraphBuilder *builder)
{
    const CpsfFreezeOptions options = {.now = 1000 * CPSF_TIME_DAY};
    g_autoptr(GError) error = NULL;
    CpsfGraph *graph = cpsf_graph_builder_freeze_with(builder, &options, &error);

    g_assert_no_error(error);
    return graph;
}

CpsfStr
feedmaker_str(Feedmaker *self, const char *text)
{
    CpsfStr id = 0;

    g_assert(cpsf_strtab_add(cpsf_graph_builder_get_strings(self->builder), text, strlen(text), &id,
                             NULL));
    return id;
}

#define NEW_ROW(row, member, key)                                                                  \
    row = cpsf_array_add(&self->rows.member, NULL);                                                \
    g_assert(row != NULL);                                                                         \
    row->valid = CPSF_INTERVAL_ALL;                                                                \
    row->place = (CpsfPlace){.line = self->line++, .column = 3};                                   \
    *(uint32_t *) (void *) ((char *) row +                                                         \
                            cpsf_shape_get(CPSF_TABLE_##member)->fields[0].offset) =               \
        feedmaker_str(self, key)

CpsfNodeRow *
feedmaker_node(Feedmaker *self, const char *key, CpsfKind kind)
{
    CpsfNodeRow *NEW_ROW(row, nodes, key);

    row->kind = (uint8_t) kind;
    return row;
}

CpsfNameRow *
feedmaker_name(Feedmaker *self, const char *key, const char *lang, const char *text)
{
    CpsfNameRow *NEW_ROW(row, names, key);

    row->lang = feedmaker_str(self, lang);
    row->text = feedmaker_str(self, text);
    return row;
}

CpsfAliasRow *
feedmaker_alias(Feedmaker *self, const char *key, const char *alias)
{
    CpsfAliasRow *NEW_ROW(row, aliases, key);

    row->alias = feedmaker_str(self, alias);
    return row;
}

CpsfPropertyRow *
feedmaker_property(Feedmaker *self, const char *key, const char *name, const char *value)
{
    CpsfPropertyRow *NEW_ROW(row, properties, key);

    row->name = feedmaker_str(self, name);
    row->value = feedmaker_str(self, value);
    return row;
}

CpsfConsequenceRow *
feedmaker_consequence(Feedmaker *self, const char *key, double loss)
{
    CpsfConsequenceRow *NEW_ROW(row, consequences, key);

    row->loss = loss;
    row->downtime = -1;
    return row;
}

CpsfOpinionRow *
feedmaker_opinion(Feedmaker *self, const char *key, const char *assessor)
{
    CpsfOpinionRow *NEW_ROW(row, opinions, key);

    row->belief = 0.5;
    row->uncertainty = 0.5;
    row->layer = 1;
    row->assessor = feedmaker_str(self, assessor);
    return row;
}

CpsfGroupRow *
feedmaker_group(Feedmaker *self, const char *key, const char *name, int32_t need)
{
    CpsfGroupRow *NEW_ROW(row, groups, key);

    row->name = feedmaker_str(self, name);
    row->need = need;
    return row;
}

CpsfEdgeRow *
feedmaker_edge(Feedmaker *self, CpsfRelation relation, const char *from, const char *to)
{
    CpsfEdgeRow *NEW_ROW(row, edges, from);

    row->to = feedmaker_str(self, to);
    row->relation = (uint8_t) relation;
    row->criticality = (double) NAN;
    row->delay = -1;
    return row;
}

CpsfEvidenceRow *
feedmaker_evidence(Feedmaker *self, const char *key, const char *scheme, const char *id)
{
    CpsfEvidenceRow *NEW_ROW(row, evidence, key);

    row->scheme = feedmaker_str(self, scheme);
    row->id = feedmaker_str(self, id);
    row->layer = 1;
    return row;
}

CpsfIncidentRow *
feedmaker_incident(Feedmaker *self, const char *key, const char *id)
{
    CpsfIncidentRow *NEW_ROW(row, incidents, key);

    row->id = feedmaker_str(self, id);
    return row;
}

CpsfCompletenessRow *
feedmaker_completeness(Feedmaker *self, const char *key, const char *of, const char *state)
{
    CpsfCompletenessRow *NEW_ROW(row, completeness, key);

    row->of = feedmaker_str(self, of);
    row->state = feedmaker_str(self, state);
    return row;
}

static void
dump_time(GString *text, int64_t value)
{
    if (value == CPSF_TIME_ALWAYS_BEFORE)
        g_string_append(text, " <");
    else if (value == CPSF_TIME_FOREVER)
        g_string_append(text, " >");
    else
        g_string_append_printf(text, " %" G_GINT64_FORMAT, value);
}

static void
dump_field(const CpsfGraph *graph, GString *text, CpsfField field, const char *row)
{
    const void *at = row + field.offset;

    switch ((CpsfFieldType) field.type) {
    case CPSF_FIELD_NODE:
        g_string_append_printf(text, " %s",
                               cpsf_graph_get_key(graph, (int32_t) * (const uint32_t *) at));
        return;
    case CPSF_FIELD_STR:
        g_string_append_printf(text, " '%s'",
                               cpsf_strtab_get(graph->strings, *(const uint32_t *) at));
        return;
    case CPSF_FIELD_U8:
        g_string_append_printf(text, " %d", *(const uint8_t *) at);
        return;
    case CPSF_FIELD_I32:
        g_string_append_printf(text, " %d", *(const int32_t *) at);
        return;
    case CPSF_FIELD_I64:
        dump_time(text, *(const int64_t *) at);
        return;
    case CPSF_FIELD_DOUBLE:
        if (isnan(*(const double *) at))
            g_string_append(text, " -");
        else
            g_string_append_printf(text, " %g", *(const double *) at);
        return;
    default:
        g_assert_not_reached();
    }
}

static void
dump_table(const CpsfGraph *graph, GString *text, CpsfTableId table, const void *items, int64_t n)
{
    const CpsfShape *shape = cpsf_shape_get(table);

    for (int64_t i = 0; i < n; i++) {
        const char *row = (const char *) items + (size_t) i * shape->size;
        const CpsfPlace place = cpsf_row_get_place(shape, row);

        g_string_append(text, shape->name);
        for (unsigned k = 0; k < shape->n_fields; k++)
            dump_field(graph, text, shape->fields[k], row);
        g_string_append_printf(text, " %s:%u:%u\n", graph->feeds[place.feed].file, place.line,
                               place.column);
    }
}

static void
dump_findings(GString *text, const CpsfFindings *findings)
{
    for (size_t i = 0; i < cpsf_findings_get_n(findings); i++) {
        const CpsfFinding *finding = cpsf_findings_get(findings, i);
        g_autofree char *sentence = cpsf_finding_get_text(finding, NULL);

        g_string_append_printf(text, "%s:%u: %s: %s\n", finding->file, finding->line,
                               cpsf_finding_code_get_name(finding->code), sentence);
    }
}

char *
feedmaker_dump_findings(const CpsfFindings *findings)
{
    GString *text = g_string_new(NULL);

    dump_findings(text, findings);
    return g_string_free(text, FALSE);
}

char *
feedmaker_dump(CpsfGraph *graph)
{
    GString *text = g_string_new(NULL);

    for (int32_t v = 0; v < graph->n_nodes; v++)
        g_string_append_printf(text, "%s is %s '%s' '%s' %u\n", cpsf_graph_get_key(graph, v),
                               cpsf_word(CPSF_WORDS_KIND, (int) cpsf_graph_get_kind(graph, v)),
                               cpsf_graph_get_name(graph, v, NULL),
                               cpsf_strtab_get(graph->strings, graph->class_name[v]),
                               cpsf_graph_get_layers(graph, v));
#define DUMP(type, member)                                                                         \
    dump_table(graph, text, CPSF_TABLE_##member, graph->member.items, graph->member.n);
    CPSF_STATEMENT_TABLES(DUMP)
#undef DUMP
    dump_findings(text, graph->findings);
    return g_string_free(text, FALSE);
}
