/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gio/gio.h>

#include "cpsf-policy.h"
#include "cpsf-read.h"
#include "cpsf-snapshot.h"
#include "cpsf-table.h"

G_BEGIN_DECLS

/**
 * CPSF_WORLDS_DEFAULT:
 *
 * How many worlds are sampled by default.
 */
#define CPSF_WORLDS_DEFAULT 4096

/**
 * CpsfMethod:
 * @CPSF_METHOD_SAMPLE: draw worlds, report the standard error
 * @CPSF_METHOD_EXACT: enumerate every outcome, in double; at most 24 chance events and 2^26 outcomes
 *
 * How chances are summed up.
 */
typedef enum { CPSF_METHOD_SAMPLE, CPSF_METHOD_EXACT } CpsfMethod;

/**
 * CpsfTrustModel:
 * @CPSF_TRUST_WORLDS: belief and disbelief over possible worlds (docs/semantics.md, section 7)
 * @CPSF_TRUST_WEAKEST: the least own expected trust among a node and all that it relies on
 * @CPSF_TRUST_EBSL: evidence-based subjective logic along `vouches`
 * @CPSF_TRUST_EIGENTRUST: EigenTrust along `vouches`, the policy's roots as prior
 *
 * What trust means.
 */
typedef enum {
    CPSF_TRUST_WORLDS,
    CPSF_TRUST_WEAKEST,
    CPSF_TRUST_EBSL,
    CPSF_TRUST_EIGENTRUST,
} CpsfTrustModel;

/**
 * CpsfTrustOptions:
 * @model: what trust means
 * @method: sampling or enumeration, of %CPSF_TRUST_WORLDS
 * @layer: 1, 2 or 3: only that layer's anchors count; 0: all
 * @worlds: how many worlds are sampled, at most 2^30; 0 means %CPSF_WORLDS_DEFAULT, or with
 *   @target_stderr as many as it takes
 * @seed: of the chance bits
 * @target_stderr: sampling ends with the first whole block of 512 worlds after which no standard
 *   error is larger; 0 means never before @worlds
 * @keys: (nullable) (array zero-terminated=1): the nodes asked about, by any of their keys; %NULL
 *   means all
 * @lang: (nullable): BCP 47 tag of the names to prefer
 * @threads: 0 means all processors; never changes a result
 * @cancellable: (nullable): ends the work with %CPSF_ERROR_CANCELLED
 * @progress: (nullable): called now and then
 * @progress_data: for @progress
 *
 * How trust is asked for; all zero means the defaults.
 */
typedef struct {
    CpsfTrustModel model;
    CpsfMethod method;
    int layer;
    int64_t worlds;
    uint64_t seed;
    double target_stderr;
    const char *const *keys;
    const char *lang;
    int threads;
    GCancellable *cancellable;
    CpsfProgressFunc progress;
    void *progress_data;
} CpsfTrustOptions;

/**
 * CpsfTrustReport:
 * @worlds: worlds sampled; 0 if none were
 * @outcomes: outcomes enumerated; 0 if none were
 * @events: chance events that bear on the nodes asked about, by %CPSF_METHOD_EXACT
 * @iterations: of a fixed point; 0 if there was none
 * @residual: largest change in the last iteration
 * @error_bound: how far the fixed point may be from what is reported; NaN = no bound is known
 *
 * How the figures came about.
 */
typedef struct {
    int64_t worlds;
    int64_t outcomes;
    int events;
    int iterations;
    double residual;
    double error_bound;
} CpsfTrustReport;

/**
 * CpsfTrustRun:
 *
 * Trust of every node of a snapshot by sampled worlds, kept so that a change needs only what it
 * changes to be counted again.  Immutable; any number of threads may read it.
 */
typedef struct _CpsfTrustRun CpsfTrustRun;

CPSF_API CpsfTrustRun *cpsf_trust_run_new(CpsfSnapshot *snapshot,
                                          CpsfPolicy *policy,
                                          const CpsfTrustOptions *options,
                                          GError **error);
CPSF_API CpsfTrustRun *
cpsf_trust_run_update(CpsfTrustRun *self, CpsfSnapshot *snapshot, GError **error);
CPSF_API CpsfTrustRun *cpsf_trust_run_ref(CpsfTrustRun *self);
CPSF_API void cpsf_trust_run_unref(CpsfTrustRun *self);
CPSF_API CpsfTable *cpsf_trust_run_get_table(const CpsfTrustRun *self, GError **error);
CPSF_API int64_t cpsf_trust_run_get_worlds(const CpsfTrustRun *self);
CPSF_API int64_t cpsf_trust_run_get_n_counted(const CpsfTrustRun *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CpsfTrustRun, cpsf_trust_run_unref)

CPSF_API CpsfTable *cpsf_trust(CpsfSnapshot *snapshot,
                               CpsfPolicy *policy,
                               const CpsfTrustOptions *options,
                               CpsfTrustReport *report,
                               GError **error);

G_END_DECLS
