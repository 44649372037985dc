/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gio/gio.h>

#include "cpsf-policy.h"
#include "cpsf-read.h"
#include "cpsf-snapshot.h"
#include "cpsf-table.h"
#include "cpsf-trust.h"

G_BEGIN_DECLS

/**
 * CPSF_HORIZON_DEFAULT:
 *
 * How long after its start an incident is followed by default: 30 days, in microseconds.
 */
#define CPSF_HORIZON_DEFAULT (30 * CPSF_TIME_DAY)

/**
 * CPSF_EFFECT_ANY:
 *
 * Whatever effect, where a question allows it.
 */
#define CPSF_EFFECT_ANY (-1)

/**
 * CpsfIncident:
 * @key: a key of the node that it happens to
 * @effect: a #CpsfEffect, what it does to that node
 * @has_start: whether @start is given; else it begins at the moment of the snapshot
 * @start: when it begins
 *
 * Something that happens to a node.
 */
typedef struct {
    const char *key;
    int effect;
    gboolean has_start;
    CpsfTime start;
} CpsfIncident;

/**
 * CpsfImpactModel:
 * @CPSF_IMPACT_WORLDS: possible worlds through time (docs/semantics.md, section 8)
 * @CPSF_IMPACT_DEBTRANK: DebtRank, every node passes distress on once (Battiston et al. 2012)
 * @CPSF_IMPACT_DEBTRANK_LINEAR: linear DebtRank (Bardoscia et al. 2015)
 * @CPSF_IMPACT_IIM: inoperability input-output model (Haimes and Jiang 2001)
 * @CPSF_IMPACT_FDNA: functional dependency network analysis (Garvey and Pinto 2009)
 *
 * How impact is worked out.
 */
typedef enum {
    CPSF_IMPACT_WORLDS,
    CPSF_IMPACT_DEBTRANK,
    CPSF_IMPACT_DEBTRANK_LINEAR,
    CPSF_IMPACT_IIM,
    CPSF_IMPACT_FDNA,
} CpsfImpactModel;

/**
 * CpsfImpactReport:
 * @worlds: worlds sampled; 0 if none were
 * @outcomes: outcomes enumerated; 0 if none were
 * @events: chance events, by %CPSF_METHOD_EXACT
 * @nodes: expected number of nodes affected, those of the incident included
 * @nodes_stderr: its standard error; 0 if exact
 * @currency: (nullable) (transfer none): of the losses, a static text or one of the graph's; %NULL =
 *   none is stated
 * @loss: expected loss, that of the incident's own nodes included
 * @loss_stderr: its standard error; 0 if exact
 * @loss_p05: 5 % of the worlds lose no more
 * @loss_p50: median
 * @loss_p95: 95 % of the worlds lose no more
 * @loss_worst: the largest loss in any world
 *
 * All of an impact together.
 */
typedef struct {
    int64_t worlds;
    int64_t outcomes;
    int events;
    double nodes;
    double nodes_stderr;
    const char *currency;
    double loss;
    double loss_stderr;
    double loss_p05;
    double loss_p50;
    double loss_p95;
    double loss_worst;
} CpsfImpactReport;

/**
 * CpsfImpactOptions:
 * @model: how impact is worked out; those without chance and time take only incidents, language and
 *   cancellation from here, and of the report fill nodes (the sum of levels), currency and loss
 * @method: sampling or enumeration
 * @n_incidents: how many incidents the argument points to; 0 means 1
 * @has_horizon: whether @horizon is given; else it is %CPSF_HORIZON_DEFAULT
 * @horizon: microseconds after the earliest start, at least 0, at most 10,000 years; what would
 *   arrive later does not count
 * @is_static: edges as they hold at the snapshot's moment, no delays, no downtimes, no horizon
 * @worlds: how many worlds are sampled, at most 2^30; 0 means %CPSF_WORLDS_DEFAULT, or with
 *   @target_stderr as many as it takes
 * @seed: of the chance bits
 * @target_stderr: sampling ends with the first whole block of 512 worlds after which no standard
 *   error of a probability is larger; 0 means never before @worlds
 * @lang: (nullable): BCP 47 tag of the names to prefer
 * @threads: 0 means all processors; never changes a result
 * @cancellable: (nullable): ends the work with %CPSF_ERROR_CANCELLED
 * @progress: (nullable): called now and then
 * @progress_data: for @progress
 * @report: (nullable) (out): filled on success
 *
 * How impact is asked for; all zero means the defaults.
 */
typedef struct {
    CpsfImpactModel model;
    CpsfMethod method;
    int n_incidents;
    gboolean has_horizon;
    int64_t horizon;
    gboolean is_static;
    int64_t worlds;
    uint64_t seed;
    double target_stderr;
    const char *lang;
    int threads;
    GCancellable *cancellable;
    CpsfProgressFunc progress;
    void *progress_data;
    CpsfImpactReport *report;
} CpsfImpactOptions;

CPSF_API CpsfTable *cpsf_impact(CpsfSnapshot *snapshot,
                                CpsfPolicy *policy,
                                const CpsfIncident *incidents,
                                const CpsfImpactOptions *options,
                                GError **error);
CPSF_API CpsfTable *cpsf_impact_reverse(CpsfSnapshot *snapshot,
                                        CpsfPolicy *policy,
                                        const CpsfIncident *target,
                                        const CpsfImpactOptions *options,
                                        GError **error);
CPSF_API CpsfIncident *
cpsf_graph_list_incidents(CpsfGraph *graph, int *n_incidents, GError **error);

G_END_DECLS
