/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * A stream over a file or standard input.  Files are opened here and not through GIO's files, which
 * would look for modules and daemons, nor with its messages, which depend on the locale.
 */

#include "config.h"

#include "cpsf-stream-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

typedef struct {
    GInputStream parent;
    int fd; /* -1 = none */
} FdStream;

typedef struct {
    GInputStreamClass parent;
} FdStreamClass;

static GType fd_stream_get_type(void);

G_DEFINE_TYPE(FdStream, fd_stream, G_TYPE_INPUT_STREAM)

const char *
cpsf_stream_problem(int code)
{
    switch (code) {
    case ENOENT:
    case ENOTDIR:
        return "there is no such file or folder";
    case EACCES:
    case EPERM:
        return "it may not be read";
    case EISDIR:
        return "it is a folder";
    case ELOOP:
        return "its links go in a circle";
    default:
        return "reading stopped with an error of the system";
    }
}

static gssize
fd_stream_read(
    GInputStream *stream, void *buffer, gsize count, GCancellable *cancellable, GError **error)
{
    const FdStream *self = (FdStream *) stream;
    ssize_t n;

    do {
        if (g_cancellable_set_error_if_cancelled(cancellable, error))
            return -1;
        n = read(self->fd, buffer, count);
    } while (n < 0 && errno == EINTR);
    if (n < 0)
        g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_FAILED, cpsf_stream_problem(errno));
    return n;
}

static void
fd_stream_finalize(GObject *object)
{
    const FdStream *self = (FdStream *) object;

    if (self->fd > STDIN_FILENO)
        close(self->fd);
    G_OBJECT_CLASS(fd_stream_parent_class)->finalize(object);
}

static void
fd_stream_class_init(FdStreamClass *klass)
{
    G_INPUT_STREAM_CLASS(klass)->read_fn = fd_stream_read;
    G_OBJECT_CLASS(klass)->finalize = fd_stream_finalize;
}

static void
fd_stream_init(FdStream *self)
{
    self->fd = -1;
}

GInputStream *
cpsf_stream_open(const char *path, GError **error)
{
    const int fd = strcmp(path, "-") == 0 ? STDIN_FILENO : g_open(path, O_RDONLY | O_CLOEXEC, 0);
    const int code = errno;
    FdStream *self;

    if (fd < 0)
        return cpsf_fail_null(error, CPSF_ERROR_IO, "%s", cpsf_stream_problem(code));
    self = g_object_new(fd_stream_get_type(), NULL);
    self->fd = fd;
    return G_INPUT_STREAM(self);
}
