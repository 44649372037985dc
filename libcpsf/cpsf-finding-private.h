/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cpsf-finding.h"

G_BEGIN_DECLS

/* Marks a sentence for translation; the library itself always answers in English. */
#define N_(text) (text)

CpsfFindings *cpsf_findings_new(void);

/* Adds one; @sentence must be a string literal in N_(), followed by one string for each %s in it
 * and a NULL.  Strings are copied (and cut at 200 bytes, on a character). */
void cpsf_findings_add(CpsfFindings *self,
                       CpsfFindingCode code,
                       const char *file,
                       uint32_t line,
                       uint32_t column,
                       const char *sentence,
                       ...) G_GNUC_NULL_TERMINATED;

/* Appends copies of all of @from. */
void cpsf_findings_append(CpsfFindings *self, const CpsfFindings *from);

/* By file, line, column, code, text: the order of every output.  Equal findings become one. */
void cpsf_findings_sort(CpsfFindings *self);

size_t cpsf_findings_count_errors(const CpsfFindings *self);

G_END_DECLS
