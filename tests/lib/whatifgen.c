/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "config.h"

#include "whatifgen.h"

#include <criterion/criterion.h>

#include "checkgen.h"
#include "cpsf-check.h"
#include "feedmaker.h"
#include "writing.h"

CpsfSnapshot *
whatif_snapshot(CpsfGraph *graph)
{
    g_autoptr(GError) error = NULL;
    CpsfSnapshot *snapshot = cpsf_graph_snapshot(graph, WHATIF_AT, &error);

    cr_assert_not_null(snapshot, "%s", error != NULL ? error->message : "");
    return snapshot;
}

CpsfSnapshot *
whatif_outcome(const CpsfWhatIf *what_if)
{
    g_autoptr(GError) error = NULL;
    CpsfSnapshot *snapshot = cpsf_what_if_snapshot(what_if, &error);

    cr_assert_not_null(snapshot, "%s", error != NULL ? error->message : "");
    return snapshot;
}

CpsfSnapshot *
whatif_base(void)
{
    CpsfGraphBuilder *builder = cpsf_graph_builder_new();
    Feedmaker *feed = feedmaker_new(builder, "urn:example:feed", 1, 5, NULL);

    feedmaker_node(feed, "urn:example:a", CPSF_KIND_COMPANY);
    feedmaker_node(feed, "urn:example:b", CPSF_KIND_COMPANY);
    feedmaker_node(feed, "urn:example:c", CPSF_KIND_COMPANY);
    feedmaker_node(feed, "urn:example:e", CPSF_KIND_COMPANY);
    feedmaker_node(feed, "urn:example:m", CPSF_KIND_DEVICE);
    feedmaker_alias(feed, "urn:example:m", "urn:example:z-alias");
    feedmaker_alias(feed, "urn:example:m", "https://m.example/");
    feedmaker_edge(feed, CPSF_RELATION_SUPPLIES, "urn:example:a", "urn:example:b");
    feedmaker_edge(feed, CPSF_RELATION_SUPPLIES, "urn:example:b", "urn:example:c");
    feedmaker_edge(feed, CPSF_RELATION_SUPPLIES, "urn:example:b", "urn:example:c")->criticality =
        0.25;
    feedmaker_edge(feed, CPSF_RELATION_SUPPLIES, "urn:example:a", "urn:example:c")->group =
        feedmaker_str(feed, "g");
    feedmaker_edge(feed, CPSF_RELATION_SUPPLIES, "urn:example:b", "urn:example:c")->group =
        feedmaker_str(feed, "g");
    feedmaker_edge(feed, CPSF_RELATION_SUPPLIES, "urn:example:d", "urn:example:c");
    feedmaker_edge(feed, CPSF_RELATION_MAKES, "urn:example:e", "urn:example:m");
    feedmaker_group(feed, "urn:example:c", "g", 2);

    CpsfEvidenceRow *passes = feedmaker_evidence(feed, "urn:example:a", "iso27001", "i1");

    passes->issuer = feedmaker_str(feed, "https://root.example/");
    passes->valid.since = 0;
    feedmaker_add(feed);

    g_autoptr(CpsfGraph) graph = feedmaker_freeze(builder);

    return whatif_snapshot(graph);
}

CpsfPolicy *
whatif_policy(void)
{
    g_autoptr(GError) error = NULL;
    CpsfPolicy *policy = test_policy_from_text(
        "<policy xmlns='urn:libcpsf:policy:1' name='hand'>"
        "<roots replace='true'><issuer key='https://root.example/'/></roots></policy>",
        &error);

    cr_assert_not_null(policy);
    return policy;
}

gboolean
whatif_try_edge(CpsfWhatIf *what_if,
                CpsfRelation relation,
                const char *from,
                const char *to,
                const char *group,
                double criticality,
                GError **error)
{
    const CpsfSupposedEdge edge = {
        .relation = relation,
        .from = from,
        .to = to,
        .group = group,
        .criticality = criticality,
        .delay = -1,
    };

    return cpsf_what_if_add_edge(what_if, &edge, error);
}

void
whatif_edge(CpsfWhatIf *what_if, const char *from, const char *to, const char *group, double c)
{
    g_autoptr(GError) error = NULL;

    cr_assert(whatif_try_edge(what_if, CPSF_RELATION_SUPPLIES, from, to, group, c, &error), "%s",
              error != NULL ? error->message : "");
}

CpsfSupposedEvidence
whatif_item(const char *subject, const char *id)
{
    return (CpsfSupposedEvidence){
        .subject = subject,
        .layer = 1,
        .scheme = "iso27001",
        .id = id,
        .issuer = "https://root.example/",
        .status = CPSF_STATUS_VALID,
        .valid = {0, CPSF_TIME_FOREVER}, /* the scheme has a validity */
    };
}

void
whatif_evidence(CpsfWhatIf *what_if, const char *subject, const char *id)
{
    g_autoptr(GError) error = NULL;
    const CpsfSupposedEvidence evidence = whatif_item(subject, id);

    cr_assert(cpsf_what_if_add_evidence(what_if, &evidence, &error), "%s",
              error != NULL ? error->message : "");
}

void
whatif_opinion(CpsfWhatIf *what_if, const char *key, int layer, double belief)
{
    g_autoptr(GError) error = NULL;

    cr_assert(cpsf_what_if_set_opinion(what_if, key, layer, belief, 0.0, 1.0 - belief, &error),
              "%s", error != NULL ? error->message : "");
}

void
whatif_gone(CpsfWhatIf *what_if, const char *key)
{
    g_autoptr(GError) error = NULL;

    cr_assert(cpsf_what_if_remove_node(what_if, key, &error), "%s",
              error != NULL ? error->message : "");
}

char *
whatif_checked(CpsfSnapshot *snapshot, CpsfPolicy *policy)
{
    const CpsfCheckOptions options = {.all = TRUE};
    g_autoptr(GError) error = NULL;
    g_autoptr(CpsfTable) table = cpsf_check(snapshot, policy, &options, NULL, &error);

    cr_assert_not_null(table);
    return test_written(table, CPSF_FORMAT_CSV, NULL);
}

void
whatif_expect_same(const CpsfGraph *a, const CpsfGraph *b)
{
    g_autofree char *left = cpsf_graph_get_digest(a);
    g_autofree char *right = cpsf_graph_get_digest(b);

    cr_expect_str_eq(left, right);
}

void
whatif_expect_other(const CpsfGraph *a, const CpsfGraph *b)
{
    g_autofree char *left = cpsf_graph_get_digest(a);
    g_autofree char *right = cpsf_graph_get_digest(b);

    cr_expect_str_neq(left, right);
}
