/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Reading ahead.  A ring of pieces: the reading side fills them in order, the parsing side takes
 * them in order; `filled` and `taken` count pieces and only grow.  Until SMALL bytes the parsing
 * side fills one piece itself when it wants one; then a thread does.
 */

#include "config.h"

#include "cpsf-ahead-private.h"

#include "cpsf-digest-private.h"

#define PIECE ((size_t) 1 << 17)
#define N_PIECES 8
#define SMALL ((uint64_t) 4 << 20) /* bytes read before a thread is worth starting */

typedef struct {
    char *bytes; /* PIECE */
    size_t n;    /* 0 = the stream ended, or failed */
} Piece;

struct _CpsfAhead {
    GInputStream *stream;
    GCancellable *cancellable; /* (nullable) */
    CpsfDigest *digest;
    uint64_t left; /* bytes that may still be read */
    uint64_t n_read;
    gboolean is_ended; /* the last piece is filled */
    GError *error;     /* (nullable) why it ended */
    Piece ring[N_PIECES];

    GThread *thread; /* (nullable) reads from then on; the fields above are its own */
    GMutex lock;
    GCond moved;
    uint64_t filled;     /* guarded by lock */
    uint64_t taken;      /* guarded by lock */
    gboolean is_stopped; /* guarded by lock */
};

CpsfAhead *
cpsf_ahead_new(GInputStream *stream, uint64_t max_bytes, GCancellable *cancellable)
{
    CpsfAhead *self = g_new0(CpsfAhead, 1);

    self->stream = g_object_ref(stream);
    self->cancellable = cancellable != NULL ? g_object_ref(cancellable) : NULL;
    self->digest = cpsf_digest_new();
    self->left = max_bytes < G_MAXUINT64 ? max_bytes + 1 : max_bytes;
    g_mutex_init(&self->lock);
    g_cond_init(&self->moved);
    for (int i = 0; i < N_PIECES; i++)
        self->ring[i].bytes = g_malloc(PIECE);
    return self;
}

static void
convert_error(GError *cause, GError **error)
{
    if (g_error_matches(cause, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        cpsf_fail(error, CPSF_ERROR_CANCELLED, "cancelled");
    else
        cpsf_fail(error, CPSF_ERROR_IO, "%s", cause->message);
    g_error_free(cause);
}

/* Reads and hashes one piece; an empty one is the last. */
static void
fill(CpsfAhead *self, Piece *piece)
{
    GError *cause = NULL;

    piece->n = 0;
    if (g_cancellable_set_error_if_cancelled(self->cancellable, &cause)) {
        convert_error(cause, &self->error);
    } else if (self->left > 0 &&
               !g_input_stream_read_all(self->stream, piece->bytes, MIN(PIECE, self->left),
                                        &piece->n, self->cancellable, &cause)) {
        convert_error(cause, &self->error);
        piece->n = 0;
    }
    self->left -= piece->n;
    self->n_read += piece->n;
    self->is_ended = piece->n == 0;
    cpsf_digest_add(self->digest, piece->bytes, piece->n);
}

/* The reading thread: as long as there is room and something to read. */
static void *
read_on(void *data)
{
    CpsfAhead *self = data;
    gboolean is_stopped = FALSE;

    while (!is_stopped && !self->is_ended) {
        g_mutex_lock(&self->lock);
        while (self->filled - self->taken >= N_PIECES - 1 && !self->is_stopped)
            g_cond_wait(&self->moved, &self->lock);

        Piece *piece = &self->ring[self->filled % N_PIECES];

        is_stopped = self->is_stopped;
        g_mutex_unlock(&self->lock);
        if (is_stopped)
            break;
        fill(self, piece);
        g_mutex_lock(&self->lock);
        self->filled++;
        g_cond_signal(&self->moved);
        g_mutex_unlock(&self->lock);
    }
    return NULL;
}

/* The piece after the last one taken, which is given back. */
static const Piece *
take(CpsfAhead *self)
{
    g_mutex_lock(&self->lock);
    while (self->filled == self->taken)
        g_cond_wait(&self->moved, &self->lock);

    const Piece *piece = &self->ring[self->taken++ % N_PIECES];

    g_cond_signal(&self->moved);
    g_mutex_unlock(&self->lock);
    return piece;
}

gboolean
cpsf_ahead_next(CpsfAhead *self, const char **bytes, size_t *n, GError **error)
{
    const Piece *piece = &self->ring[0];

    if (self->thread == NULL && self->n_read >= SMALL && !self->is_ended)
        self->thread = g_thread_try_new("cpsf-read", read_on, self, NULL);
    if (self->thread != NULL)
        piece = take(self);
    else if (!self->is_ended)
        fill(self, &self->ring[0]);
    *bytes = piece->bytes;
    *n = piece->n;
    if (piece->n > 0 || self->error == NULL)
        return TRUE;
    g_propagate_error(error, g_steal_pointer(&self->error));
    return FALSE;
}

void
cpsf_ahead_finish(CpsfAhead *self, char hex[65])
{
    if (self->thread != NULL) {
        g_mutex_lock(&self->lock);
        self->is_stopped = TRUE;
        g_cond_signal(&self->moved);
        g_mutex_unlock(&self->lock);
        g_thread_join(self->thread);
    }
    hex[0] = '\0';
    if (self->is_ended && self->error == NULL)
        cpsf_digest_finish(self->digest, hex);
    for (int i = 0; i < N_PIECES; i++)
        g_free(self->ring[i].bytes);
    g_clear_error(&self->error);
    g_mutex_clear(&self->lock);
    g_cond_clear(&self->moved);
    cpsf_digest_free(self->digest);
    g_clear_object(&self->cancellable);
    g_object_unref(self->stream);
    g_free(self);
}
