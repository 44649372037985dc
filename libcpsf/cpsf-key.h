/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cpsf-error.h"

G_BEGIN_DECLS

/**
 * CpsfKeyScheme:
 *
 * Scheme of an identifier, in order of rank (docs/semantics.md, section 4): a lower value is the
 * better name for a node.
 */
typedef enum {
    CPSF_KEY_JCN, /* jcn: 法人番号 */
    CPSF_KEY_LEI,
    CPSF_KEY_GLN,
    CPSF_KEY_GTIN,
    CPSF_KEY_SGTIN,
    CPSF_KEY_GIAI,
    CPSF_KEY_SSCC,
    CPSF_KEY_DUNS,
    CPSF_KEY_BPN,
    CPSF_KEY_REGID,
    CPSF_KEY_PURL,
    CPSF_KEY_SWID,
    CPSF_KEY_CPE,
    CPSF_KEY_DOI,
    CPSF_KEY_SHA256,
    CPSF_KEY_URN,
    CPSF_KEY_HTTPS,
    CPSF_KEY_LOCAL,
} CpsfKeyScheme;

CPSF_API char *cpsf_key_canonical(const char *text, gssize length, GError **error);

CPSF_API CpsfKeyScheme cpsf_key_get_scheme(const char *key);

CPSF_API gboolean cpsf_key_is_authority(const char *key);

CPSF_API gboolean cpsf_key_is_class(const char *key);

CPSF_API int cpsf_key_compare(const char *a, const char *b);

CPSF_API char *cpsf_key_local(const char *feed_id, const char *ref, gssize length);

G_END_DECLS
