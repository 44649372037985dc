/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gio/gio.h>

#include "cpsf-error-private.h"

G_BEGIN_DECLS

/* Opens a file, or standard input for "-", which stays open.  NULL with IO. */
GInputStream *cpsf_stream_open(const char *path, GError **error);

/* What an errno says, in English whatever the locale.  Static storage. */
const char *cpsf_stream_problem(int code);

G_END_DECLS
