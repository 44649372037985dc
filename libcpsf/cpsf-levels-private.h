/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gio/gio.h>
#include <stdint.h>

G_BEGIN_DECLS

/*
 * Models of impact that know neither chance nor time: a level in [0, 1] for each vertex, from the
 * weights of edges in [0, 1].  Arrays are the caller's; edges out of a vertex lead to others, each once.
 */
typedef struct {
    int32_t n;
    const int64_t *start;  /* n + 1 */
    const int32_t *head;   /* edges */
    const double *weight;  /* edges: how much of the level of the one is felt by the other */
    const double *feeders; /* n: how many edges lead to it; of FDNA only */
    const double
        *slack; /* edges: FDNA's b / 100 in [0, 1]; NULL = 1 - weight, the most it may be */
} CpsfLevelsGraph;

/*
 * Each takes the shock in @level (0 = none) and leaves the level.  All iterate in order of vertices,
 * O(edges) a round, and stop when nothing grows by more than 1e-12; FALSE with NO_MEMORY, CANCELLED, or
 * NOT_CONVERGED after 100,000 rounds.
 *
 * DebtRank: h(t) = min(1, h(t-1) + sum of W h(t-1) of those that were first distressed in the round
 * before): each passes it on once.  S. Battiston, M. Puliga, R. Kaushik, P. Tasca, G. Caldarelli,
 * "DebtRank: too central to fail?", Scientific Reports 2, 541 (2012).
 */
gboolean cpsf_levels_debtrank(const CpsfLevelsGraph *graph,
                              double *level,
                              GCancellable *cancellable,
                              GError **error);

/* h(t+1) = min(1, h(t) + W (h(t) - h(t-1))).  M. Bardoscia, S. Battiston, F. Caccioli, G. Caldarelli,
 * "DebtRank: a microscopic foundation for shock propagation", PLoS ONE 10(6) (2015). */
gboolean cpsf_levels_debtrank_linear(const CpsfLevelsGraph *graph,
                                     double *level,
                                     GCancellable *cancellable,
                                     GError **error);

/* The least q with q = min(1, W q + c).  Y. Y. Haimes, P. Jiang, "Leontief-based model of risk in complex
 * interconnected infrastructures", J. Infrastruct. Syst. 7(1) (2001); the cap, which the linear model
 * has not, is where its q leaves [0, 1]. */
gboolean cpsf_levels_iim(const CpsfLevelsGraph *graph,
                         double *level,
                         GCancellable *cancellable,
                         GError **error);

/* Operability P = 100 (1 - level): the greatest P with P = min(SOD, COD) wherever there is no shock,
 * SOD the mean over all feeders of a P' + 100 (1 - a), COD the least of P' + b, a the weight and b from
 * @slack; a feeder without an edge here works.  P. R. Garvey, C. A. Pinto, "Introduction to
 * functional dependency network analysis", Second International Symposium on Engineering Systems, MIT
 * (2009). */
gboolean cpsf_levels_fdna(const CpsfLevelsGraph *graph,
                          double *level,
                          GCancellable *cancellable,
                          GError **error);

G_END_DECLS
