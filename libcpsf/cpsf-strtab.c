/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Interned strings: texts in blocks that never move, and an open-addressing table of their ids
 * under a keyed hash.  A slot holds half of the hash beside the id, so that a text which is not in
 * the table costs one cache line, and growing needs no text at all.  Id 0 is the empty string.
 */

#include "config.h"

#include "cpsf-strtab-private.h"

#include <string.h>

#include "cpsf-hash-private.h"
#include "cpsf-mem-private.h"

#define BLOCK_BYTES ((size_t) 1 << 20)

/* Bytes after the last text of a block that may be read: cpsf_strtab_get() promises them. */
#define SLACK ((size_t) 8)

/* Strings that a copy takes before its array of texts grows. */
#define COPY_ROOM ((size_t) 64)

typedef struct {
    uint32_t tag; /* low half of the keyed hash, which also says where the slot belongs */
    CpsfStr id;   /* 0 = free */
} Slot;

/* Counted, because a table and its copies have their blocks up to the copying in common. */
typedef struct _Block Block;
struct _Block {
    gatomicrefcount refs; /* tables whose newest it is, and the block after it */
    Block *next;
    char bytes[];
};

struct _CpsfStrtab {
    gatomicrefcount refs;
    CPSF_ARRAY(const char *) texts; /* by id; NUL-terminated, inside blocks */
    Slot *slots;
    size_t n_slots; /* a power of two, at most three quarters full */
    Block *blocks;  /* newest first */
    char *free;     /* where the next text goes */
    size_t n_free;
};

CpsfStrtab *
cpsf_strtab_new(void)
{
    CpsfStrtab *self = g_new0(CpsfStrtab, 1);

    g_atomic_ref_count_init(&self->refs);
    self->texts.items = g_new0(const char *, 1);
    self->texts.items[0] = "\0\0\0\0\0\0\0";
    self->texts.n = 1;
    self->texts.capacity = 1;
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
    while (self->blocks != NULL && g_atomic_ref_count_dec(&self->blocks->refs)) {
        Block *next = self->blocks->next;

        g_free(self->blocks);
        self->blocks = next;
    }
    g_free(self->texts.items);
    g_free(self->slots);
    g_free(self);
}

CpsfStrtab *
cpsf_strtab_copy(const CpsfStrtab *self, GError **error)
{
    g_autoptr(CpsfStrtab) copy = g_new0(CpsfStrtab, 1);
    const size_t n = (size_t) self->texts.n;

    g_atomic_ref_count_init(&copy->refs);
    copy->texts.items = cpsf_try_new(const char *, n + COPY_ROOM, error);
    if (copy->texts.items == NULL)
        return NULL;
    copy->slots = cpsf_try_new(Slot, self->n_slots, error);
    if (copy->slots == NULL)
        return NULL;
    memcpy(copy->texts.items, self->texts.items, n * sizeof *copy->texts.items);
    copy->texts.n = self->texts.n;
    copy->texts.capacity = (int64_t) (n + COPY_ROOM);
    if (self->n_slots > 0)
        memcpy(copy->slots, self->slots, self->n_slots * sizeof *copy->slots);
    copy->n_slots = self->n_slots;
    /* not the room at the end of the newest block, which another copy would fill, too */
    copy->blocks = self->blocks;
    if (copy->blocks != NULL)
        g_atomic_ref_count_inc(&copy->blocks->refs);
    return g_steal_pointer(&copy);
}

/* The slot where @text is, or where it would go.  No text holds a NUL, so strncmp() sees where a
 * shorter one ends. */
static Slot *
probe(const CpsfStrtab *self, uint32_t tag, const char *text, size_t length)
{
    size_t slot = tag & (self->n_slots - 1);

    for (; self->slots[slot].id != 0; slot = (slot + 1) & (self->n_slots - 1)) {
        if (self->slots[slot].tag != tag)
            continue;

        const char *other = self->texts.items[self->slots[slot].id];

        if (strncmp(other, text, length) == 0 && other[length] == '\0')
            break;
    }
    return &self->slots[slot];
}

static gboolean
grow_slots(CpsfStrtab *self, GError **error)
{
    const size_t wanted = self->n_slots > 0 ? 2 * self->n_slots : 1024;
    Slot *slots = cpsf_try_new0(Slot, wanted, error);

    if (slots == NULL)
        return FALSE;
    for (size_t i = 0; i < self->n_slots; i++) {
        size_t slot = self->slots[i].tag & (wanted - 1);

        if (self->slots[i].id == 0)
            continue;
        while (slots[slot].id != 0)
            slot = (slot + 1) & (wanted - 1);
        slots[slot] = self->slots[i];
    }
    g_free(self->slots);
    self->slots = slots;
    self->n_slots = wanted;
    return TRUE;
}

/* Room for @bytes that will not move; NULL when memory is out. */
static char *
take(CpsfStrtab *self, size_t bytes, GError **error)
{
    if (bytes > self->n_free) {
        const size_t size = MAX(BLOCK_BYTES, bytes);
        Block *block = cpsf_try_alloc(1, sizeof(Block) + size + SLACK, FALSE, error);

        if (block == NULL)
            return NULL;
        g_atomic_ref_count_init(&block->refs);
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

/* Interns @text, whose hash ends in @tag; where it is new, a copy is made unless @keeps it is good as
 * long as the table. */
static gboolean
add(CpsfStrtab *self,
    const char *text,
    size_t length,
    uint32_t tag,
    gboolean keeps,
    CpsfStr *id,
    GError **error)
{
    if (length == 0) {
        *id = 0;
        return TRUE;
    }
    if (length >= UINT32_MAX || self->texts.n >= UINT32_MAX - 1)
        return cpsf_fail(error, CPSF_ERROR_LIMIT, "more than 2^32 - 2 distinct strings");
    if ((size_t) self->texts.n * 4 >= self->n_slots * 3 && !grow_slots(self, error))
        return FALSE;

    Slot *slot = probe(self, tag, text, length);

    if (slot->id == 0) {
        char *copy = keeps ? NULL : take(self, length + 1, error);
        const char **entry = keeps || copy != NULL ? cpsf_array_add(&self->texts, error) : NULL;

        if (entry == NULL)
            return FALSE;
        if (copy != NULL) {
            memcpy(copy, text, length);
            copy[length] = '\0';
        }
        *entry = keeps ? text : copy;
        *slot = (Slot){tag, (CpsfStr) (self->texts.n - 1)};
    }
    *id = slot->id;
    return TRUE;
}

uint32_t
cpsf_strtab_tag(const char *text, size_t length)
{
    return (uint32_t) cpsf_hash_keyed(text, length);
}

gboolean
cpsf_strtab_add(CpsfStrtab *self, const char *text, size_t length, CpsfStr *id, GError **error)
{
    return add(self, text, length, cpsf_strtab_tag(text, length), FALSE, id, error);
}

gboolean
cpsf_strtab_add_tagged(
    CpsfStrtab *self, const char *text, size_t length, uint32_t tag, CpsfStr *id, GError **error)
{
    return add(self, text, length, tag, FALSE, id, error);
}

gboolean
cpsf_strtab_add_tail(
    CpsfStrtab *self, const char *tail, size_t length, uint32_t tag, CpsfStr *id, GError **error)
{
    return add(self, tail, length, tag, TRUE, id, error);
}

void
cpsf_strtab_prefetch(const CpsfStrtab *self, uint32_t tag)
{
    if (self->n_slots > 0)
        __builtin_prefetch(&self->slots[tag & (self->n_slots - 1)], 1);
}

CpsfStr
cpsf_strtab_find(const CpsfStrtab *self, const char *text, size_t length)
{
    if (length == 0 || self->n_slots == 0)
        return 0;
    return probe(self, cpsf_strtab_tag(text, length), text, length)->id;
}

const char *
cpsf_strtab_get(const CpsfStrtab *self, CpsfStr id)
{
    return self->texts.items[id];
}

size_t
cpsf_strtab_get_length(const CpsfStrtab *self, CpsfStr id)
{
    return strlen(self->texts.items[id]);
}

uint32_t
cpsf_strtab_get_n(const CpsfStrtab *self)
{
    return (uint32_t) self->texts.n;
}
