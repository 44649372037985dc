/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib-object.h>

#include "cpsf-macros.h"

G_BEGIN_DECLS

/* Boxed types of the handles, for language bindings that work by introspection.  Copying one takes
 * a reference. */

/**
 * CPSF_TYPE_FINDINGS:
 *
 * The boxed type of [struct@Findings].
 */
#define CPSF_TYPE_FINDINGS (cpsf_findings_get_type())
/**
 * CPSF_TYPE_GRAPH:
 *
 * The boxed type of [struct@Graph].
 */
#define CPSF_TYPE_GRAPH (cpsf_graph_get_type())
/**
 * CPSF_TYPE_POLICY:
 *
 * The boxed type of [struct@Policy].
 */
#define CPSF_TYPE_POLICY (cpsf_policy_get_type())
/**
 * CPSF_TYPE_SNAPSHOT:
 *
 * The boxed type of [struct@Snapshot].
 */
#define CPSF_TYPE_SNAPSHOT (cpsf_snapshot_get_type())
/**
 * CPSF_TYPE_TABLE:
 *
 * The boxed type of [struct@Table].
 */
#define CPSF_TYPE_TABLE (cpsf_table_get_type())
/**
 * CPSF_TYPE_TRUST_RUN:
 *
 * The boxed type of [struct@TrustRun].
 */
#define CPSF_TYPE_TRUST_RUN (cpsf_trust_run_get_type())

CPSF_API GType cpsf_findings_get_type(void);
CPSF_API GType cpsf_graph_get_type(void);
CPSF_API GType cpsf_policy_get_type(void);
CPSF_API GType cpsf_snapshot_get_type(void);
CPSF_API GType cpsf_table_get_type(void);
CPSF_API GType cpsf_trust_run_get_type(void);

G_END_DECLS
