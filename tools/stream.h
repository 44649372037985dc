/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A GOutputStream on a file descriptor that it does not own. */
#define TOOL_TYPE_STREAM (tool_stream_get_type())
G_DECLARE_FINAL_TYPE(ToolStream, tool_stream, TOOL, STREAM, GOutputStream)

ToolStream *tool_stream_new(int fd);

/* Whether writing failed because the reader has gone away (EPIPE). */
gboolean tool_stream_is_broken_pipe(const ToolStream *self);

G_END_DECLS
