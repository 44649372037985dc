/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * What judging evidence costs: bench-opinion [NODES EDGES].  One JSON line a measurement.  The
 * default is a million companies and ten million edges of the company-like shape, one item of
 * evidence each under the built-in policy, of the schemes and issuers that companies have, and an
 * opinion about one in eight.
 */

#include "config.h"

#include "bench.h"

#include <glib/gstdio.h>
#include <string.h>

#include "cpsf-opinion-private.h"
#include "graphgen.h"

static CpsfStr
intern(CpsfGraphBuilder *builder, const char *text)
{
    CpsfStr id = 0;

    if (!cpsf_strtab_add(cpsf_graph_builder_get_strings(builder), text, strlen(text), &id, NULL))
        exit(1);
    return id;
}

static void
say_evidence(CpsfGraphBuilder *builder, CpsfStatements *rows, int32_t v, CpsfStr subject)
{
    static const struct {
        char scheme[16], issuer[40];
    } kinds[] = {
        {"scs-3", "jcn:5010005007126"},        {"p-mark", "https://privacymark.jp/"},
        {"iso27001", "https://body.example/"}, {"scs-4", "jcn:5010005007126"},
        {"lei", "lei:506700GE1G29325QX363"},   {"csms", "https://other.example/"},
    };
    const size_t k = (size_t) v * UINT64_C(0x9E3779B97F4A7C15) >> 40;
    CpsfEvidenceRow *row = cpsf_array_add(&rows->evidence, NULL);
    char id[24];

    g_snprintf(id, sizeof id, "C-%09d", v);
    *row = (CpsfEvidenceRow){
        .valid = {-CPSF_TIME_DAY, CPSF_TIME_FOREVER},
        .said = CPSF_INTERVAL_ALL,
        .place = {.line = (uint32_t) v + 1, .column = 5},
        .node = subject,
        .scheme = intern(builder, kinds[k % G_N_ELEMENTS(kinds)].scheme),
        .issuer = intern(builder, kinds[k % G_N_ELEMENTS(kinds)].issuer),
        .id = intern(builder, id),
        .layer = 1,
        .status = k / 8 % 16 == 0 ? CPSF_STATUS_REVOKED : CPSF_STATUS_VALID,
    };
}

static void
say_opinion(CpsfGraphBuilder *builder, CpsfStatements *rows, int32_t v, CpsfStr subject)
{
    *(CpsfOpinionRow *) cpsf_array_add(&rows->opinions, NULL) = (CpsfOpinionRow){
        .valid = CPSF_INTERVAL_ALL,
        .place = {.line = (uint32_t) v + 1, .column = 9},
        .belief = 0.5,
        .disbelief = 0.25,
        .uncertainty = 0.25,
        .node = subject,
        .assessor = intern(builder, "https://assessor.example/"),
        .layer = 1,
    };
}

/* A second feed: what a register says of everybody. */
static void
add_register(CpsfGraphBuilder *builder, int32_t n)
{
    CpsfStatements rows = {0};
    CpsfFeedInfo info = {
        .file = g_strdup("register.xml"),
        .id = g_strdup("register"),
        .format = g_strdup("cpsf-1"),
        .issued = CPSF_TIME_ALWAYS_BEFORE,
    };

    for (int32_t v = 0; v < n; v++) {
        char key[40];

        g_snprintf(key, sizeof key, "local:graphgen#%09d", v);
        const CpsfStr subject = intern(builder, key);

        say_evidence(builder, &rows, v, subject);
        if (v % 8 == 0)
            say_opinion(builder, &rows, v, subject);
    }
    if (!cpsf_graph_builder_add_feed(builder, &info, &rows, NULL, NULL))
        exit(1);
}

/* The built-in policy and an assessor. */
static CpsfPolicy *
load_policy(void)
{
    static const char text[] =
        "<policy xmlns='urn:libcpsf:policy:1'><roots>"
        "<issuer key='https://assessor.example/' schemes='assessment'/></roots></policy>";
    g_autofree char *file = NULL;
    const int fd = g_file_open_tmp("bench-opinion-XXXXXX.xml", &file, NULL);

    if (fd < 0 || !g_close(fd, NULL) || !g_file_set_contents(file, text, -1, NULL))
        exit(1);

    CpsfPolicy *policy = cpsf_policy_load(file, NULL);

    g_unlink(file);
    return policy;
}

int
main(int argc, char **argv)
{
    const int32_t n = argc > 1 ? atoi(argv[1]) : 1000000;
    const int64_t m = argc > 2 ? atoll(argv[2]) : 10000000;
    g_autoptr(TestGraph) edges = test_graph_new(TEST_GRAPH_COMPANY, n, m, 1);
    CpsfGraphBuilder *builder = test_graph_build(edges, CPSF_KIND_COMPANY, CPSF_RELATION_SUPPLIES);

    add_register(builder, n);
    g_autoptr(CpsfGraph) graph = cpsf_graph_builder_freeze(builder, NULL);
    g_autoptr(CpsfSnapshot) snapshot = cpsf_graph_snapshot(graph, 0, NULL);
    g_autoptr(CpsfPolicy) policy = load_policy();
    g_autoptr(CpsfAnchors) kept = cpsf_anchors_new(snapshot, policy, NULL);
    g_autofree CpsfOpinion *own = g_new(CpsfOpinion, (size_t) n + 1);
    double seconds[2];
    double sum = 0.0;

    BENCH("anchors", n, "items", 11, seconds[0], {
        CpsfAnchors *anchors = cpsf_anchors_new(snapshot, policy, NULL);
        cpsf_anchors_free(anchors);
    });
    BENCH("own_opinions", n, "items", 11, seconds[1],
          if (!cpsf_opinions_own(kept, 0, own, NULL)) exit(1));
    for (int32_t v = 0; v < graph->n_nodes; v++)
        sum += own[v].belief + 2.0 * own[v].disbelief;
    printf("{\"seconds_in_all\":%.3f}\n", seconds[0] + seconds[1]);
    printf("{\"anchors\":%" G_GINT64_FORMAT ",\"sum\":%.17g,\"peak_mib\":%.0f}\n", kept->n_anchors,
           sum, bench_peak_mib());
    return 0;
}
