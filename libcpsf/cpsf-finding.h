/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdint.h>

#include "cpsf-error.h"

G_BEGIN_DECLS

/* clang-format off */

/**
 * CpsfFindingCode:
 *
 * Stable codes of what was found wrong with input (docs/cpsf.1, FINDINGS).
 */
typedef enum {
    /* of a feed: it is rejected */
    CPSF_FINDING_MALFORMED, CPSF_FINDING_DOCTYPE, CPSF_FINDING_ENCODING,
    CPSF_FINDING_LIMIT_BYTES, CPSF_FINDING_LIMIT_DEPTH, CPSF_FINDING_LIMIT_ATTRIBUTES,
    CPSF_FINDING_LIMIT_NAMESPACES, CPSF_FINDING_LIMIT_LOOKAHEAD, CPSF_FINDING_LIMIT_NAMES,
    CPSF_FINDING_LIMIT_TEXT, CPSF_FINDING_LIMIT_ELEMENTS, CPSF_FINDING_TRUNCATED,
    CPSF_FINDING_UNSUPPORTED, CPSF_FINDING_ROLLBACK, CPSF_FINDING_EQUIVOCATION,
    CPSF_FINDING_FUTURE, CPSF_FINDING_UNREADABLE,
    /* of an item: errors */
    CPSF_FINDING_BAD_KEY, CPSF_FINDING_BAD_VALUE, CPSF_FINDING_BAD_TIME,
    CPSF_FINDING_DUPLICATE_REF, CPSF_FINDING_RELATION_KIND, CPSF_FINDING_UNKNOWN_ELEMENT,
    CPSF_FINDING_SCHEMA,
    /* of an item: warnings */
    CPSF_FINDING_DANGLING_REF, CPSF_FINDING_KIND_CONFLICT, CPSF_FINDING_SELF_LOOP,
    CPSF_FINDING_GROUP_SHORT, CPSF_FINDING_UNKNOWN_KIND, CPSF_FINDING_UNKNOWN_ORIGIN,
    CPSF_FINDING_CLAIMED, CPSF_FINDING_NO_ISSUED, CPSF_FINDING_NO_ZONE,
    CPSF_FINDING_RESTRICTED,
} CpsfFindingCode;
#define CPSF_N_FINDING_CODES 34

/* clang-format on */

/**
 * CpsfSeverity:
 * @CPSF_SEVERITY_ERROR: an item is left out, or the feed is rejected
 * @CPSF_SEVERITY_WARNING: nothing is left out but an edge that the finding names
 *
 * How bad a finding is.
 */
typedef enum {
    CPSF_SEVERITY_ERROR,
    CPSF_SEVERITY_WARNING,
} CpsfSeverity;

/**
 * CpsfFinding:
 * @code: what it is
 * @file: the feed's file name as given, "-" for standard input; "" if no one file is to blame
 * @line: from 1; 0 if it concerns no place
 * @column: from 1; 0 if it concerns no place
 * @sentence: the English sentence with %s for each argument: what is translated
 * @arguments: (array zero-terminated=1): what stands in its place
 *
 * One thing found wrong with input.
 */
typedef struct {
    CpsfFindingCode code;
    uint32_t line;
    uint32_t column;
    const char *file;
    const char *sentence;
    const char *const *arguments;
} CpsfFinding;

/**
 * CpsfFindings:
 *
 * A list of findings.
 */
typedef struct _CpsfFindings CpsfFindings;

CPSF_API const char *cpsf_finding_code_get_name(CpsfFindingCode code);
CPSF_API CpsfSeverity cpsf_finding_code_get_severity(CpsfFindingCode code);
CPSF_API char *cpsf_finding_get_text(const CpsfFinding *finding,
                                     const char *(*translate)(const char *sentence));

CPSF_API CpsfFindings *cpsf_findings_ref(CpsfFindings *self);
CPSF_API void cpsf_findings_unref(CpsfFindings *self);
CPSF_API size_t cpsf_findings_get_n(const CpsfFindings *self);
CPSF_API const CpsfFinding *cpsf_findings_get(const CpsfFindings *self, size_t i);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CpsfFindings, cpsf_findings_unref)

G_END_DECLS
