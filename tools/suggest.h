/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <cpsf.h>

G_BEGIN_DECLS

/* Names nodes whose key or name holds @text, which is no key of @graph. */
void suggest_nodes(const CpsfGraph *graph, const char *text);

G_END_DECLS
