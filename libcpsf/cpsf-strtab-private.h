/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "cpsf-error-private.h"

G_BEGIN_DECLS

/* A string of a string table; 0 is the empty string, which stands for "not given". */
typedef uint32_t CpsfStr;

/*
 * Interned strings: each distinct string once, numbered from 1 in order of arrival.  Owned by one
 * thread while it grows; any number may read afterwards.  Reference-counted.
 */
typedef struct _CpsfStrtab CpsfStrtab;

CpsfStrtab *cpsf_strtab_new(void);
CpsfStrtab *cpsf_strtab_ref(CpsfStrtab *self);
void cpsf_strtab_unref(CpsfStrtab *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CpsfStrtab, cpsf_strtab_unref)

/* Another table with the same strings under the same ids, to add to; @self must not grow any more.
 * The texts are shared, whichever of the two is freed first.  NULL with NO_MEMORY.  O(strings). */
CpsfStrtab *cpsf_strtab_copy(const CpsfStrtab *self, GError **error);

/* Interns [@text, @text + @length), which may hold any byte but NUL.  FALSE with NO_MEMORY, or
 * LIMIT past 2^32 - 2 strings.  Amortised O(length). */
gboolean
cpsf_strtab_add(CpsfStrtab *self, const char *text, size_t length, CpsfStr *id, GError **error);

/* The same in two steps, for callers who have the tag of a text already, or who ask for its place
 * in the table ahead of time. */
uint32_t cpsf_strtab_tag(const char *text, size_t length);
void cpsf_strtab_prefetch(const CpsfStrtab *self, uint32_t tag);
gboolean cpsf_strtab_add_tagged(
    CpsfStrtab *self, const char *text, size_t length, uint32_t tag, CpsfStr *id, GError **error);

/* The same for the last @length bytes of a string of this table: where they are new they are not
 * copied.  @tail points into what cpsf_strtab_get() returned. */
gboolean cpsf_strtab_add_tail(
    CpsfStrtab *self, const char *tail, size_t length, uint32_t tag, CpsfStr *id, GError **error);

/* The id of a string that was interned; 0 if it was not. */
CpsfStr cpsf_strtab_find(const CpsfStrtab *self, const char *text, size_t length);

/* The text of @id, NUL-terminated; good as long as the table is, even while it grows.  Seven bytes
 * after the NUL may be read, too, whatever they hold. */
const char *cpsf_strtab_get(const CpsfStrtab *self, CpsfStr id);
/* O(length). */
size_t cpsf_strtab_get_length(const CpsfStrtab *self, CpsfStr id);

/* Number of strings, the empty one included: ids are below it. */
uint32_t cpsf_strtab_get_n(const CpsfStrtab *self);

G_END_DECLS
