/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A GOutputStream on a file descriptor, without the Unix half of GIO. */

#include "config.h"

#include "stream.h"

#include <errno.h>
#include <unistd.h>

struct _ToolStream {
    GOutputStream parent;
    int fd;
    gboolean is_broken_pipe;
};

G_DEFINE_FINAL_TYPE(ToolStream, tool_stream, G_TYPE_OUTPUT_STREAM)

static gssize
stream_write(GOutputStream *stream,
             const void *buffer,
             gsize count,
             GCancellable *cancellable,
             GError **error)
{
    ToolStream *self = TOOL_STREAM(stream);
    gssize written;

    (void) cancellable;
    do
        written = write(self->fd, buffer, count);
    while (written < 0 && errno == EINTR);
    if (written < 0) {
        const int code = errno;

        self->is_broken_pipe = code == EPIPE;
        g_set_error_literal(error, G_IO_ERROR, (int) g_io_error_from_errno(code), g_strerror(code));
    }
    return written;
}

static void
tool_stream_class_init(ToolStreamClass *klass)
{
    G_OUTPUT_STREAM_CLASS(klass)->write_fn = stream_write;
}

static void
tool_stream_init(ToolStream *self)
{
    self->fd = -1;
}

ToolStream *
tool_stream_new(int fd)
{
    ToolStream *self = g_object_new(TOOL_TYPE_STREAM, NULL);

    self->fd = fd;
    return self;
}

gboolean
tool_stream_is_broken_pipe(const ToolStream *self)
{
    return self->is_broken_pipe;
}
