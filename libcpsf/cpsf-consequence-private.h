/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cpsf-policy-private.h"
#include "cpsf-snapshot-private.h"

G_BEGIN_DECLS

/* Losses of nodes, in one currency (docs/semantics.md, section 8). */
typedef struct {
    const char *currency; /* (nullable): NULL = no node states a loss */
    double *loss;         /* (owned) of each of the nodes asked about: NaN = none is stated */
} CpsfLosses;

/* What each of @nodes loses at @time: of the statements that hold then,
 * the most authoritative that gives a loss.  More than one currency needs rates of the policy to one
 * that all of them have a rate to, else INVALID_VALUE; of several the first in order of bytes.
 * FALSE with that or NO_MEMORY. */
gboolean cpsf_losses_init(CpsfLosses *self,
                          const CpsfSnapshot *snapshot,
                          const CpsfPolicy *policy,
                          CpsfTime time,
                          const int32_t *nodes,
                          int64_t n_nodes,
                          GError **error);
void cpsf_losses_clear(CpsfLosses *self);

/* The downtime of @node at @time in microseconds, likewise; INT64_MAX = endless. */
int64_t cpsf_downtime_of(const CpsfGraph *graph, int32_t node, CpsfTime time);

G_END_DECLS
