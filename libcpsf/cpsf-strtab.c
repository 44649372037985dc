/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Interned strings: texts in blocks that never move, and an open-addressing table of their ids
 * under a keyed hash.  Id 0 is the empty string. */

#include "config.h"

#include "cpsf-strtab-private.h"

#include <string.h>

#include "cpsf-hash-private.h"
#include "cpsf-mem-private.h"

#define BLOCK_BYTES ((size_t) 1 << 20)

typedef struct {
    const char *text; /* NUL-terminated, inside a block */
    uint32_t length;
    uint32_t tag; /* low half of the keyed hash: most misses end here */
} Entry;

typedef struct _Block Block;
struct _Block {
    Block *next;
    char bytes[];
};

struct _CpsfStrtab {
    gatomicrefcount refs;
    CPSF_ARRAY(Entry) entries; /* by id */
    uint32_t *slots;           /* ids; 0 = free */
    size_t n_slots;            /* a power of two, at most half full */
    Block *blocks;             /* newest first */
    char *free;                /* where the next text goes */
    size_t n_free;
};

CpsfStrtab *
cpsf_strtab_new(void)
{
    CpsfStrtab *self = g_new0(CpsfStrtab, 1);

    g_atomic_ref_count_init(&self->refs);
    self->entries.items = g_new0(Entry, 1);
    self->entries.items[0].text = "";
    self->entries.n = 1;
    self->entries.capacity = 1;
    return self;
}

CpsfStrtab *
cpsf_strtab_ref(CpsfStrtab *self)
{
    g_atomic_ref_count_inc(&self->refs);
    return self;
}

void
cpsf_strtab_unref(CpsfStrtab *self)
{
    if (!g_atomic_ref_count_dec(&self->refs))
        return;
    while (self->blocks != NULL) {
        Block *next = self->blocks->next;

        g_free(self->blocks);
        self->blocks = next;
    }
    g_free(self->entries.items);
    g_free(self->slots);
    g_free(self);
}

/* The slot where @text is, or where it would go. */
static size_t
probe(const CpsfStrtab *self, uint64_t hash, const char *text, size_t length)
{
    size_t slot = (size_t) (hash >> 32) & (self->n_slots - 1);

    for (; self->slots[slot] != 0; slot = (slot + 1) & (self->n_slots - 1)) {
        const Entry *entry = &self->entries.items[self->slots[slot]];

        if (entry->tag == (uint32_t) hash && entry->length == length &&
            memcmp(entry->text, text, length) == 0)
            break;
    }
    return slot;
}

static gboolean
grow_slots(CpsfStrtab *self, GError **error)
{
    const size_t wanted = self->n_slots > 0 ? 2 * self->n_slots : 1024;
    uint32_t *slots = cpsf_try_new0(uint32_t, wanted, error);

    if (slots == NULL)
        return FALSE;
    g_free(self->slots);
    self->slots = slots;
    self->n_slots = wanted;
    for (int64_t id = 1; id < self->entries.n; id++) {
        const Entry *entry = &self->entries.items[id];
        size_t slot = (size_t) (cpsf_hash_keyed(entry->text, entry->length) >> 32) & (wanted - 1);

        while (slots[slot] != 0)
            slot = (slot + 1) & (wanted - 1);
        slots[slot] = (uint32_t) id;
    }
    return TRUE;
}

/* Room for @bytes that will not move; NULL when memory is out. */
static char *
take(CpsfStrtab *self, size_t bytes, GError **error)
{
    if (bytes > self->n_free) {
        const size_t size = MAX(BLOCK_BYTES, bytes);
        Block *block = cpsf_try_alloc(1, sizeof(Block) + size, FALSE, error);

        if (block == NULL)
            return NULL;
        block->next = self->blocks;
        self->blocks = block;
        self->free = block->bytes;
        self->n_free = size;
    }

    char *place = self->free;

    self->free += bytes;
    self->n_free -= bytes;
    return place;
}

gboolean
cpsf_strtab_add(CpsfStrtab *self, const char *text, size_t length, CpsfStr *id, GError **error)
{
    if (length == 0) {
        *id = 0;
        return TRUE;
    }
    if (length >= UINT32_MAX || self->entries.n >= UINT32_MAX - 1)
        return cpsf_fail(error, CPSF_ERROR_LIMIT, "more than 2^32 - 2 distinct strings");
    if ((size_t) self->entries.n * 2 >= self->n_slots && !grow_slots(self, error))
        return FALSE;

    const uint64_t hash = cpsf_hash_keyed(text, length);
    const size_t slot = probe(self, hash, text, length);

    if (self->slots[slot] == 0) {
        char *copy = take(self, length + 1, error);
        Entry *entry = copy != NULL ? cpsf_array_add(&self->entries, error) : NULL;

        if (entry == NULL)
            return FALSE;
        memcpy(copy, text, length);
        copy[length] = '\0';
        *entry = (Entry){copy, (uint32_t) length, (uint32_t) hash};
        self->slots[slot] = (uint32_t) (self->entries.n - 1);
    }
    *id = self->slots[slot];
    return TRUE;
}

CpsfStr
cpsf_strtab_find(const CpsfStrtab *self, const char *text, size_t length)
{
    if (length == 0 || self->n_slots == 0)
        return 0;
    return self->slots[probe(self, cpsf_hash_keyed(text, length), text, length)];
}

const char *
cpsf_strtab_get(const CpsfStrtab *self, CpsfStr id)
{
    return id == 0 ? "" : self->entries.items[id].text;
}

size_t
cpsf_strtab_get_length(const CpsfStrtab *self, CpsfStr id)
{
    return id == 0 ? 0 : self->entries.items[id].length;
}

uint32_t
cpsf_strtab_get_n(const CpsfStrtab *self)
{
    return (uint32_t) self->entries.n;
}
