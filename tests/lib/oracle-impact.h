/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Impact and blast radius by the letter of docs/semantics.md, section 8: every outcome one by one,
 * on rows, each world a simulation in order of time, and without a line of the library's own. */

#include "cpsf-policy-private.h"
#include "cpsf-snapshot-private.h"

#define ORACLE_IMPACT_ANY CPSF_N_EFFECTS
#define ORACLE_IMPACT_COLUMNS (CPSF_N_EFFECTS + 1)
#define ORACLE_IMPACT_NEVER INT64_MAX

typedef struct {
    int32_t node;
    int effect;
    CpsfTime start;
} OracleIncident;

typedef struct {
    const OracleIncident *incidents;
    int n_incidents;
    int64_t horizon;
    gboolean is_static;
    gboolean skips_gates; /* no spread edge that needs another one to open its gate */
    int64_t worlds;       /* drawn with a generator of its own; 0 = all there can be */
    uint64_t seed;
} OracleQuestion;

/* What comes of one effect on one node. */
typedef struct {
    double probability;
    double mean;       /* arrival given arrival: microseconds after `start`; NaN = never */
    CpsfTime earliest; /* where every chance event lets through; ORACLE_IMPACT_NEVER */
} OracleArrival;

typedef struct {
    double weight;
    double loss;
} OracleLoss;

/* One that may come before a vertex in the world where all is let through. */
typedef struct {
    int32_t tail;  /* vertex: node times CPSF_N_EFFECTS plus effect */
    double chance; /* criticality times probability */
} OracleBefore;

typedef struct {
    int32_t n;
    OracleArrival (*of)[ORACLE_IMPACT_COLUMNS]; /* n */
    CpsfTime start;
    CpsfTime end;
    double *loss;       /* n: as it counts in @rate below; NaN = none stated */
    double nodes;       /* expected */
    double total_loss;  /* expected */
    OracleLoss *losses; /* n_outcomes, ascending */
    int64_t n_outcomes;
    int n_events;        /* with more than one outcome, among what bears on what can be reached */
    int n_gated;         /* spread edges to a gate that needs several, among what can be reached */
    gboolean leaves_out; /* with skips_gates: an edge that can be reached */
    GArray **before;     /* n times CPSF_N_EFFECTS, of OracleBefore: who delivers at `earliest` */
    gboolean *is_source; /* likewise: an incident is what comes first */
} OracleImpact;

/* @currency (nullable): what losses are added up in; others by the rates of the policy.  Aborts
 * beyond 16 events or 2^16 outcomes. */
OracleImpact *oracle_impact_new(const CpsfSnapshot *snapshot,
                                const CpsfPolicy *policy,
                                const OracleQuestion *question,
                                const char *currency);
void oracle_impact_free(OracleImpact *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(OracleImpact, oracle_impact_free)

/* Whether @via, nodes from an incident's to the last before, is what leads to the effect on the node:
 * the best of those who deliver first, step by step.  Where following the best runs in a circle (no
 * delay at all), any of them will do as the last step. */
gboolean oracle_impact_is_via(
    const OracleImpact *self, int32_t node, int effect, const int32_t *via, int64_t n_via);
/* The same as text, for messages: nodes with blanks between. */
char *oracle_impact_via(const OracleImpact *self, int32_t node, int effect);

/* The figure that @share of the worlds do not exceed, if @loss is one: within rounding. */
gboolean oracle_impact_is_quantile(const OracleImpact *self, double share, double loss);

typedef struct {
    int32_t n;
    double *nodes;      /* n: NaN = does not hold */
    double *loss;       /* n */
    gboolean *is_lower; /* n */
} OracleBlast;

OracleBlast *oracle_blast_new(const CpsfSnapshot *snapshot,
                              const CpsfPolicy *policy,
                              int effect,
                              const char *currency);
void oracle_blast_free(OracleBlast *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(OracleBlast, oracle_blast_free)
