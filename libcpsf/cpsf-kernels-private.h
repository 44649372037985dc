/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cpsf-kernels.h"
#include "kernels/cpsf-worlds.h"

/* The worlds kernel in use.  Whoever computes asks once and keeps to it. */
const CpsfWorldsKernel *cpsf_kernels_get_worlds(void);
