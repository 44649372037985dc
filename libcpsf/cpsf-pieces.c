/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Work in pieces, shared among threads. */

#include "config.h"

#include "cpsf-pieces-private.h"

typedef struct {
    CpsfPieceFunc func;
    void *data;
    GCancellable *cancellable;
    int64_t n_pieces;
    int64_t next;  /* (atomic) piece to take */
    int has_ended; /* (atomic) */
} Pieces;

typedef struct {
    Pieces *pieces;
    int id;
    GThread *thread; /* (nullable): none for the caller */
} Worker;

int
cpsf_pieces_count_workers(int threads, int64_t n_pieces)
{
    const int wanted = threads > 0 ? threads : (int) g_get_num_processors();

    return (int) MAX(MIN((int64_t) MIN(wanted, CPSF_WORKERS_MAX), n_pieces), 1);
}

/* Takes pieces until none is left. */
static void *
work_on(void *data)
{
    Worker *worker = data;
    Pieces *pieces = worker->pieces;

    for (;;) {
        const int64_t piece = __atomic_fetch_add(&pieces->next, 1, __ATOMIC_RELAXED);

        if (piece >= pieces->n_pieces || __atomic_load_n(&pieces->has_ended, __ATOMIC_RELAXED))
            return NULL;
        if (g_cancellable_is_cancelled(pieces->cancellable) ||
            !pieces->func(pieces->data, worker->id, piece))
            __atomic_store_n(&pieces->has_ended, 1, __ATOMIC_RELAXED);
    }
}

gboolean
cpsf_pieces_run(
    int n_workers, int64_t n_pieces, CpsfPieceFunc func, void *data, GCancellable *cancellable)
{
    Pieces pieces = {func, data, cancellable, n_pieces, 0, 0};
    Worker workers[CPSF_WORKERS_MAX];
    const int n = (int) MIN((int64_t) MIN(n_workers, CPSF_WORKERS_MAX), n_pieces);

    for (int i = 0; i < n; i++)
        workers[i] = (Worker){&pieces, i, NULL};
    for (int i = 1; i < n; i++)
        workers[i].thread = g_thread_try_new("cpsf-pieces", work_on, &workers[i], NULL);
    if (n > 0)
        work_on(&workers[0]);
    for (int i = 1; i < n; i++)
        if (workers[i].thread != NULL)
            g_thread_join(workers[i].thread);
    return !pieces.has_ended;
}
