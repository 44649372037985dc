/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

#include "cpsf-macros.h"

G_BEGIN_DECLS

CPSF_API const char *cpsf_kernels_get_name(void);
CPSF_API void cpsf_kernels_use_portable(gboolean portable);

G_END_DECLS
