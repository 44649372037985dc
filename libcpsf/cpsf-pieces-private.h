/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gio/gio.h>

#include "cpsf-error-private.h"

G_BEGIN_DECLS

/* Does piece @piece as worker @worker, 0 being the caller's thread.  FALSE ends the work. */
typedef gboolean (*CpsfPieceFunc)(void *data, int worker, int64_t piece);

/*
 * Work in pieces that do not depend on each other: workers take them in order, each the next that is
 * left.  What a piece finds goes to a place of its own, and is put together in order of pieces, so
 * that no result shows how many workers there were.
 */
#define CPSF_WORKERS_MAX 64

/* How many workers to have: @threads, or a processor each if that is 0, but no more than pieces. */
int cpsf_pieces_count_workers(int threads, int64_t n_pieces);

/* Pieces [0, @n_pieces) by @n_workers.  A thread that cannot be started is done without.  FALSE if a
 * piece said so, or if @cancellable is cancelled; pieces may then be left undone. */
gboolean cpsf_pieces_run(
    int n_workers, int64_t n_pieces, CpsfPieceFunc func, void *data, GCancellable *cancellable);

G_END_DECLS
