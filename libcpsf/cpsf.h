/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cpsf-check.h"
#include "cpsf-error.h"
#include "cpsf-finding.h"
#include "cpsf-graph.h"
#include "cpsf-gtypes.h"
#include "cpsf-key.h"
#include "cpsf-limits.h"
#include "cpsf-macros.h"
#include "cpsf-model.h"
#include "cpsf-policy.h"
#include "cpsf-read.h"
#include "cpsf-snapshot.h"
#include "cpsf-table.h"
#include "cpsf-time.h"
#include "cpsf-version.h"
#include "cpsf-write.h"
