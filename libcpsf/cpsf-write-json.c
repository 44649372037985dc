/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * JSON: tables as `cpsf-table/1` with what surrounds them, and the graph of a moment as
 * `cpsf-graph/1`:
 *
 *     {"schema": "cpsf-graph/1", "at", "known_at", "graph": {"nodes", "edges", "digest"},
 *      "nodes":    [{"key", "kind", "name", "class", "layers": [1]}],
 *      "edges":    [{"from", "to", "relation", "group", "criticality", "delay", "since", "until"}],
 *      "groups":   [{"node", "name", "need", "since", "until"}],
 *      "evidence": [{"subject", "layer", "scheme", "id", "issuer", "assurance", "status", "scope",
 *                    "since", "until"}]}
 *
 * "graph" counts what is known over all of time, the lists hold what holds at "at"; evidence is
 * listed while it is said, whatever its own dates.  A criticality or delay that is null is left to
 * the policy.
 */

#include "config.h"

#include "cpsf-check.h"
#include "cpsf-write-private.h"

#include <math.h>

/* ---- values ------------------------------------------------------------------------------ */

static void
put_escape(CpsfWriter *w, gunichar c)
{
    static const char hex[] = "0123456789abcdef";
    const char text[6] = {'\\',       'u', hex[c >> 12 & 15], hex[c >> 8 & 15], hex[c >> 4 & 15],
                          hex[c & 15]};

    cpsf_put_bytes(w, text, sizeof text);
}

static gboolean
is_plain(char c)
{
    const uint8_t u = (uint8_t) c;

    return u >= 0x20 && u < 0x7f && c != '"' && c != '\\' && c != '<' && c != '>' && c != '&';
}

void
cpsf_put_json_string(CpsfWriter *w, const char *text)
{
    if (text == NULL) {
        cpsf_put(w, "null");
        return;
    }
    cpsf_put_char(w, '"');
    for (const char *at = text;;) {
        const char *run = at;

        while (is_plain(*at))
            at++;
        cpsf_put_bytes(w, run, (size_t) (at - run));
        run = at;

        const gunichar c = cpsf_next_char(&at);

        if (c == 0)
            break;
        if (c == '"' || c == '\\') {
            cpsf_put_char(w, '\\');
            cpsf_put_char(w, (char) c);
        } else if (c == '\n') {
            cpsf_put(w, "\\n");
        } else if (c == '\t') {
            cpsf_put(w, "\\t");
        } else if (c < 0x80 || cpsf_char_is_control(c)) {
            put_escape(w, c); /* < > & among them: safe inside of a web page */
        } else if (c == 0xfffd) {
            cpsf_put(w, "\xef\xbf\xbd");
        } else {
            cpsf_put_bytes(w, run, (size_t) (at - run));
        }
    }
    cpsf_put_char(w, '"');
}

void
cpsf_put_json_double(CpsfWriter *w, double value)
{
    if (isfinite(value))
        cpsf_put_double(w, value);
    else
        cpsf_put(w, "null");
}

void
cpsf_put_json_time(CpsfWriter *w, CpsfTime time)
{
    if (!cpsf_time_has_text(time)) {
        cpsf_put(w, "null");
        return;
    }
    cpsf_put_char(w, '"');
    cpsf_put_time(w, time);
    cpsf_put_char(w, '"');
}

void
cpsf_put_json_graph(CpsfWriter *w, const CpsfGraph *graph)
{
    g_autofree char *digest = cpsf_graph_get_digest(graph);

    cpsf_put(w, "\"graph\":{\"nodes\":");
    cpsf_put_int64(w, cpsf_graph_get_n_nodes(graph));
    cpsf_put(w, ",\"edges\":");
    cpsf_put_int64(w, cpsf_graph_get_n_edges(graph));
    cpsf_put(w, ",\"digest\":");
    cpsf_put_json_string(w, digest);
    cpsf_put_char(w, '}');
}

/* `"name":` after a comma unless @lead is the opening brace. */
static void
put_name(CpsfWriter *w, char lead, const char *name)
{
    cpsf_put_char(w, lead);
    cpsf_put_json_string(w, name);
    cpsf_put_char(w, ':');
}

static void
put_string(CpsfWriter *w, char lead, const char *name, const char *text)
{
    put_name(w, lead, name);
    cpsf_put_json_string(w, text != NULL && text[0] != '\0' ? text : NULL);
}

static void
put_interval(CpsfWriter *w, CpsfInterval valid)
{
    put_name(w, ',', "since");
    cpsf_put_json_time(w, valid.since);
    put_name(w, ',', "until");
    cpsf_put_json_time(w, valid.until);
}

/* ---- tables ------------------------------------------------------------------------------ */

static void
put_list(CpsfWriter *w, const CpsfTable *table, int column, int64_t row)
{
    const int64_t n = cpsf_table_get_list_length(table, column, row);

    cpsf_put_char(w, '[');
    for (int64_t i = 0; i < n; i++) {
        if (i > 0)
            cpsf_put_char(w, ',');
        cpsf_put_json_string(w, cpsf_table_get_list_item(table, column, row, i));
    }
    cpsf_put_char(w, ']');
}

static void
put_cell(CpsfWriter *w, const CpsfTable *table, int column, int64_t row)
{
    if (cpsf_table_is_null(table, column, row)) {
        cpsf_put(w, "null");
        return;
    }
    switch (cpsf_table_get_column_type(table, column)) {
    case CPSF_COLUMN_INT64:
        cpsf_put_int64(w, cpsf_table_get_int64(table, column, row));
        break;
    case CPSF_COLUMN_DOUBLE:
        cpsf_put_json_double(w, cpsf_table_get_double(table, column, row));
        break;
    case CPSF_COLUMN_UTF8:
        cpsf_put_json_string(w, cpsf_table_get_utf8(table, column, row));
        break;
    case CPSF_COLUMN_TIMESTAMP:
        cpsf_put_json_time(w, cpsf_table_get_time(table, column, row));
        break;
    case CPSF_COLUMN_UTF8_LIST:
        put_list(w, table, column, row);
        break;
    }
}

static void
put_columns(CpsfWriter *w, const CpsfTable *table)
{
    static const char *const types[] = {
        [CPSF_COLUMN_INT64] = "int64",
        [CPSF_COLUMN_DOUBLE] = "double",
        [CPSF_COLUMN_UTF8] = "utf8",
        [CPSF_COLUMN_TIMESTAMP] = "timestamp",
        [CPSF_COLUMN_UTF8_LIST] = "list<utf8>",
    };
    const int n = cpsf_table_get_n_columns(table);

    cpsf_put(w, "\"columns\":[");
    for (int i = 0; i < n; i++) {
        put_name(w, '{', "name");
        cpsf_put_json_string(w, cpsf_table_get_column_name(table, i));
        cpsf_put(w, ",\"type\":\"");
        cpsf_put(w, types[cpsf_table_get_column_type(table, i)]); /* the "<" is ours: kept plain */
        cpsf_put(w, i + 1 < n ? "\"}," : "\"}");
    }
    cpsf_put_char(w, ']');
}

static void
put_rows(CpsfWriter *w, const CpsfTable *table)
{
    const int64_t n = cpsf_table_get_n_rows(table);
    const int n_columns = cpsf_table_get_n_columns(table);

    cpsf_put(w, "\"rows\":[");
    for (int64_t row = 0; row < n; row++) {
        cpsf_put(w, row > 0 ? ",\n{" : "\n{");
        for (int i = 0; i < n_columns; i++) {
            if (i > 0)
                cpsf_put_char(w, ',');
            cpsf_put_json_string(w, cpsf_table_get_column_name(table, i));
            cpsf_put_char(w, ':');
            put_cell(w, table, i, row);
        }
        cpsf_put_char(w, '}');
    }
    cpsf_put(w, n > 0 ? "\n]" : "]");
}

static void
put_place(CpsfWriter *w, const char *name, uint32_t place)
{
    put_name(w, ',', name);
    if (place > 0)
        cpsf_put_int64(w, place);
    else
        cpsf_put(w, "null");
}

static void
put_findings(CpsfWriter *w, const CpsfFindings *findings)
{
    const size_t n = findings == NULL ? 0 : cpsf_findings_get_n(findings);

    cpsf_put(w, ",\n\"findings\":[");
    for (size_t i = 0; i < n; i++) {
        const CpsfFinding *finding = cpsf_findings_get(findings, i);
        g_autofree char *text = cpsf_finding_get_text(finding, NULL);
        const gboolean is_error =
            cpsf_finding_code_get_severity(finding->code) == CPSF_SEVERITY_ERROR;

        cpsf_put(w, i > 0 ? ",\n" : "\n");
        put_string(w, '{', "file", finding->file);
        put_place(w, "line", finding->line);
        put_place(w, "column", finding->column);
        put_string(w, ',', "severity", is_error ? "error" : "warning");
        put_string(w, ',', "code", cpsf_finding_code_get_name(finding->code));
        put_string(w, ',', "text", text);
        cpsf_put_char(w, '}');
    }
    cpsf_put(w, n > 0 ? "\n]" : "]");
}

/* A policy with signers finds more than the snapshot knows. */
static void
put_findings_of(CpsfWriter *w, const CpsfAnswer *answer)
{
    g_autoptr(CpsfFindings) findings = NULL;

    if (answer->snapshot != NULL && answer->policy != NULL)
        findings = cpsf_check_findings(answer->snapshot, answer->policy);
    else if (answer->snapshot != NULL)
        findings = cpsf_findings_ref(cpsf_snapshot_get_findings(answer->snapshot));
    put_findings(w, findings);
}

static void
put_options(CpsfWriter *w, const char *const *options)
{
    cpsf_put(w, "\"options\":{");
    for (int i = 0; options != NULL && options[i] != NULL; i += 2) {
        if (i > 0)
            cpsf_put_char(w, ',');
        cpsf_put_json_string(w, options[i]);
        cpsf_put_char(w, ':');
        cpsf_put(w, options[i + 1]);
    }
    cpsf_put(w, "},\n");
}

static void
put_answer(CpsfWriter *w, const CpsfAnswer *answer)
{
    put_string(w, ',', "command", answer->command);
    put_name(w, ',', "at");
    cpsf_put_json_time(w, answer->snapshot == NULL ? CPSF_TIME_FOREVER : answer->snapshot->at);
    /* feeds read without a store count as known since always */
    cpsf_put(w, ",\"known_at\":null,\"policy\":");
    if (answer->policy == NULL) {
        cpsf_put(w, "null");
    } else {
        put_name(w, '{', "name");
        cpsf_put_json_string(w, cpsf_policy_get_name(answer->policy));
        put_name(w, ',', "digest");
        cpsf_put_json_string(w, cpsf_policy_get_digest(answer->policy));
        cpsf_put_char(w, '}');
    }
    cpsf_put(w, ",\n");
    if (answer->snapshot == NULL)
        cpsf_put(w, "\"graph\":null");
    else
        cpsf_put_json_graph(w, answer->snapshot->graph);
    cpsf_put(w, ",\n");
    put_options(w, answer->options);
}

void
cpsf_write_table_json(CpsfWriter *w, const CpsfTable *table, const CpsfAnswer *answer)
{
    cpsf_put(w, "{\"schema\":\"cpsf-table/1\"");
    if (answer != NULL)
        put_answer(w, answer);
    else
        cpsf_put(w, ",\n");
    put_columns(w, table);
    cpsf_put(w, ",\n");
    put_rows(w, table);
    if (answer != NULL && answer->findings)
        put_findings_of(w, answer);
    cpsf_put(w, "}\n");
}

/* ---- the graph of a moment --------------------------------------------------------------- */

/* Begins the next object of a list that is one object a line. */
static void
begin_object(CpsfWriter *w, gboolean *is_first)
{
    cpsf_put(w, *is_first ? "\n" : ",\n");
    *is_first = FALSE;
}

static void
put_nodes(CpsfWriter *w, const CpsfSnapshot *snapshot, const char *lang)
{
    const CpsfGraph *graph = snapshot->graph;
    gboolean is_first = TRUE;

    for (int32_t v = 0; v < graph->n_nodes; v++) {
        if (!snapshot->holds[v])
            continue;
        begin_object(w, &is_first);
        put_string(w, '{', "key", cpsf_graph_get_key(graph, v));
        put_string(w, ',', "kind", cpsf_word(CPSF_WORDS_KIND, graph->kind[v]));
        put_string(w, ',', "name", cpsf_graph_get_name(graph, v, lang));
        put_string(w, ',', "class", cpsf_strtab_get(graph->strings, graph->class_name[v]));
        cpsf_put(w, ",\"layers\":[");
        cpsf_put_layers(w, graph->layers[v], ',');
        cpsf_put(w, "]}");
    }
}

static void
put_edges(CpsfWriter *w, const CpsfSnapshot *snapshot)
{
    const CpsfGraph *graph = snapshot->graph;
    const CpsfEdgeRow *edge;
    gboolean is_first = TRUE;

    for (int64_t row = 0; (edge = cpsf_snapshot_next_edge(snapshot, &row)) != NULL;) {
        g_autofree char *delay = edge->delay < 0 ? NULL : cpsf_duration_format(edge->delay);

        begin_object(w, &is_first);
        put_string(w, '{', "from", cpsf_graph_get_key(graph, (int32_t) edge->from));
        put_string(w, ',', "to", cpsf_graph_get_key(graph, (int32_t) edge->to));
        put_string(w, ',', "relation", cpsf_word(CPSF_WORDS_RELATION, edge->relation));
        put_string(w, ',', "group", cpsf_strtab_get(graph->strings, edge->group));
        put_name(w, ',', "criticality");
        cpsf_put_json_double(w, edge->criticality);
        put_string(w, ',', "delay", delay);
        put_interval(w, edge->valid);
        cpsf_put_char(w, '}');
    }
}

static void
put_groups(CpsfWriter *w, const CpsfSnapshot *snapshot)
{
    const CpsfGraph *graph = snapshot->graph;
    gboolean is_first = TRUE;

    for (int64_t i = 0; i < graph->groups.n; i++) {
        const CpsfGroupRow *group = &graph->groups.items[i];

        if (!cpsf_interval_holds(group->valid, snapshot->at) || !snapshot->holds[group->node])
            continue;
        begin_object(w, &is_first);
        put_string(w, '{', "node", cpsf_graph_get_key(graph, (int32_t) group->node));
        put_string(w, ',', "name", cpsf_strtab_get(graph->strings, group->name));
        put_name(w, ',', "need");
        cpsf_put_int64(w, group->need);
        put_interval(w, group->valid);
        cpsf_put_char(w, '}');
    }
}

static void
put_evidence(CpsfWriter *w, const CpsfSnapshot *snapshot)
{
    const CpsfGraph *graph = snapshot->graph;
    gboolean is_first = TRUE;

    for (int64_t i = 0; i < graph->evidence.n; i++) {
        const CpsfEvidenceRow *item = &graph->evidence.items[i];

        if (!cpsf_interval_holds(item->said, snapshot->at) || !snapshot->holds[item->node])
            continue;
        begin_object(w, &is_first);
        put_string(w, '{', "subject", cpsf_graph_get_key(graph, (int32_t) item->node));
        put_name(w, ',', "layer");
        cpsf_put_int64(w, item->layer);
        put_string(w, ',', "scheme", cpsf_strtab_get(graph->strings, item->scheme));
        put_string(w, ',', "id", cpsf_strtab_get(graph->strings, item->id));
        put_string(w, ',', "issuer", cpsf_strtab_get(graph->strings, item->issuer));
        put_string(w, ',', "assurance",
                   item->assurance == CPSF_ASSURANCE_NONE
                       ? NULL
                       : cpsf_word(CPSF_WORDS_ASSURANCE, item->assurance));
        put_string(w, ',', "status", cpsf_word(CPSF_WORDS_STATUS, item->status));
        put_string(w, ',', "scope", cpsf_strtab_get(graph->strings, item->scope));
        put_interval(w, item->valid);
        cpsf_put_char(w, '}');
    }
}

void
cpsf_write_snapshot_json(CpsfWriter *w, const CpsfSnapshot *snapshot, const char *lang)
{
    cpsf_put(w, "{\"schema\":\"cpsf-graph/1\",\"at\":");
    cpsf_put_json_time(w, snapshot->at);
    cpsf_put(w, ",\"known_at\":null,\n");
    cpsf_put_json_graph(w, snapshot->graph);
    cpsf_put(w, ",\n\"nodes\":[");
    put_nodes(w, snapshot, lang);
    cpsf_put(w, "\n],\n\"edges\":[");
    put_edges(w, snapshot);
    cpsf_put(w, "\n],\n\"groups\":[");
    put_groups(w, snapshot);
    cpsf_put(w, "\n],\n\"evidence\":[");
    put_evidence(w, snapshot);
    cpsf_put(w, "\n]}\n");
}
