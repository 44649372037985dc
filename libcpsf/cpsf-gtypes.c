/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Boxed types of the handles: a thin layer for introspection, used by nothing in the library. */

#include "config.h"

#include "cpsf-gtypes.h"

#include "cpsf-finding.h"
#include "cpsf-graph.h"
#include "cpsf-policy.h"
#include "cpsf-snapshot.h"
#include "cpsf-table.h"
#include "cpsf-trust.h"

/* clang-format off */
G_DEFINE_BOXED_TYPE(CpsfFindings, cpsf_findings, cpsf_findings_ref, cpsf_findings_unref)
G_DEFINE_BOXED_TYPE(CpsfGraph, cpsf_graph, cpsf_graph_ref, cpsf_graph_unref)
G_DEFINE_BOXED_TYPE(CpsfPolicy, cpsf_policy, cpsf_policy_ref, cpsf_policy_unref)
G_DEFINE_BOXED_TYPE(CpsfSnapshot, cpsf_snapshot, cpsf_snapshot_ref, cpsf_snapshot_unref)
G_DEFINE_BOXED_TYPE(CpsfTable, cpsf_table, cpsf_table_ref, cpsf_table_unref)
G_DEFINE_BOXED_TYPE(CpsfTrustRun, cpsf_trust_run, cpsf_trust_run_ref, cpsf_trust_run_unref)
/* clang-format on */
