/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The door to libxml2, fourth part: a long document is parsed in one thread and understood in
 * another.  What rules name is written down, event by event, in blocks; the other thread plays the
 * blocks to the dialect with a reader of its own, which has no parser and so sees nothing but the
 * events.  Events keep their order, so a dialect cannot tell the difference, but for the thread.
 */

#include "config.h"

#include "cpsf-libxml-private.h"

#include <string.h>

#define BLOCK_BYTES ((size_t) 1 << 18)
#define N_BLOCKS 4

typedef enum { START, END, UNKNOWN } EventType;

/* In a block, each followed by what it says it has: five pointers an attribute, then text. */
typedef struct {
    uint64_t size; /* of all of it: where the next event begins */
    uint64_t text_length;
    const char *name; /* of an unknown element, interned by libxml2 */
    uint32_t n_attributes;
    uint32_t line;
    uint32_t column;
    uint8_t type;  /* EventType */
    uint8_t state; /* of the element; of an unknown one, of its parent */
    uint8_t has_text;
    uint8_t is_leaf; /* an end whose start was not reported */
} Event;

typedef struct {
    char *bytes;
    size_t n;
    size_t capacity;
} Block;

struct _CpsfXmlRelay {
    CpsfXmlReader *reader; /* (owned) what the dialect sees */
    uint32_t skipped;      /* depth inside the element that the dialect skips; 0 = none */
    Block blocks[N_BLOCKS];
    GThread *thread;

    GMutex lock;
    GCond moved;
    uint64_t written;    /* guarded by lock: blocks handed over */
    uint64_t played;     /* guarded by lock: blocks given back */
    gboolean is_ended;   /* guarded by lock: no block will follow */
    gboolean has_failed; /* guarded by lock: the dialect wants no more */
};

/* --- the dialect's side ----------------------------------------------------------------------- */

static void
fail(CpsfXmlReader *c, GError *error, uint32_t line, uint32_t column)
{
    const gboolean is_unsupported = g_error_matches(error, CPSF_ERROR, CPSF_ERROR_UNSUPPORTED);

    cpsf_xml_fail_with(c, is_unsupported ? CPSF_FINDING_UNSUPPORTED : CPSF_FINDING_MALFORMED, line,
                       column, error);
}

static gboolean
push_frame(CpsfXmlReader *c, const Event *event)
{
    CpsfXmlFrame *frame = cpsf_array_add(&c->frames, &c->error);

    if (frame != NULL)
        *frame =
            (CpsfXmlFrame){.line = event->line, .column = event->column, .state = event->state};
    return frame != NULL;
}

static void
play_start(CpsfXmlRelay *self, const Event *event)
{
    CpsfXmlReader *c = self->reader;
    GError *error = NULL;

    if (!push_frame(c, event))
        return;
    c->attributes = (const xmlChar **) (void *) (event + 1);
    c->n_attributes = (int) event->n_attributes;
    c->is_skip_asked = FALSE;
    if (!c->dialect->start(c->user, event->state, c, &error))
        fail(c, error, event->line, event->column);
    c->n_attributes = 0;
    if (c->is_skip_asked) {
        c->frames.n--;
        self->skipped = 1;
    }
}

static void
play_end(CpsfXmlRelay *self, const Event *event)
{
    CpsfXmlReader *c = self->reader;
    const CpsfXmlText text = {event->has_text ? (const char *) (event + 1) : NULL,
                              event->text_length};
    GError *error = NULL;

    if (event->is_leaf && !push_frame(c, event))
        return;
    if (!c->dialect->end(c->user, event->state, text, c, &error)) {
        const CpsfXmlFrame *frame = &c->frames.items[c->frames.n - 1];

        fail(c, error, frame->line, frame->column);
    }
    c->frames.n--;
}

/* The element stands for itself: nothing of it but its tag is seen. */
static void
play_unknown(CpsfXmlRelay *self, const Event *event)
{
    CpsfXmlReader *c = self->reader;
    GError *error = NULL;

    if (!push_frame(c, event))
        return;
    c->attributes = (const xmlChar **) (void *) (event + 1);
    c->n_attributes = (int) event->n_attributes;
    if (!c->dialect->unknown(c->user, event->state, event->name, c, &error))
        fail(c, error, event->line, event->column);
    c->n_attributes = 0;
    c->frames.n--;
}

static void
play(CpsfXmlRelay *self, const Event *event)
{
    if (self->skipped > 0) {
        if (event->type == START)
            self->skipped++;
        else if (event->type == END && !event->is_leaf)
            self->skipped--;
    } else if (event->type == START) {
        play_start(self, event);
    } else if (event->type == END) {
        play_end(self, event);
    } else {
        play_unknown(self, event);
    }
}

static void
play_block(CpsfXmlRelay *self, const Block *block)
{
    for (size_t at = 0; at < block->n && self->reader->error == NULL;) {
        const Event *event = (const Event *) (const void *) (block->bytes + at);

        play(self, event);
        at += event->size;
    }
}

static void *
play_all(void *data)
{
    CpsfXmlRelay *self = data;

    for (;;) {
        g_mutex_lock(&self->lock);
        while (self->written == self->played && !self->is_ended)
            g_cond_wait(&self->moved, &self->lock);

        const gboolean is_over = self->written == self->played;
        Block *block = &self->blocks[self->played % N_BLOCKS];

        g_mutex_unlock(&self->lock);
        if (is_over)
            return NULL;
        play_block(self, block);
        g_mutex_lock(&self->lock);
        self->played++;
        self->has_failed = self->reader->error != NULL;
        g_cond_signal(&self->moved);
        g_mutex_unlock(&self->lock);
    }
}

/* --- the parser's side ------------------------------------------------------------------------ */

static uint8_t
is_leaf(const CpsfXmlReader *c, uint8_t state)
{
    return c->dialect->leaf_states[state / 64] >> (state % 64) & 1;
}

CpsfXmlRelay *
cpsf_xml_relay_new(const CpsfXmlReader *parsing)
{
    CpsfXmlRelay *self = g_new0(CpsfXmlRelay, 1);
    CpsfXmlReader *c = g_new0(CpsfXmlReader, 1);

    self->reader = c;
    c->options = parsing->options;
    c->dialect = parsing->dialect;
    c->user = parsing->user;
    c->namespace_uri = parsing->namespace_uri;
    for (int64_t i = 0; i < parsing->frames.n && c->error == NULL; i++) {
        if (is_leaf(c, parsing->frames.items[i].state)) /* comes with its end */
            continue;

        CpsfXmlFrame *frame = cpsf_array_add(&c->frames, &c->error);

        if (frame != NULL)
            *frame = parsing->frames.items[i];
    }
    g_mutex_init(&self->lock);
    g_cond_init(&self->moved);
    if (c->error == NULL)
        self->thread = g_thread_try_new("cpsf-dialect", play_all, self, NULL);
    if (self->thread != NULL)
        return self;
    g_clear_error(&c->error);
    cpsf_xml_relay_finish(self, NULL);
    return NULL;
}

/* Hands the block at hand over and waits until there is another.  FALSE if the dialect failed. */
static gboolean
hand_over(CpsfXmlRelay *self)
{
    g_mutex_lock(&self->lock);
    self->written++;
    g_cond_signal(&self->moved);
    while (self->written - self->played >= N_BLOCKS && !self->has_failed)
        g_cond_wait(&self->moved, &self->lock);

    const gboolean has_failed = self->has_failed;

    g_mutex_unlock(&self->lock);
    if (!has_failed)
        self->blocks[self->written % N_BLOCKS].n = 0;
    return !has_failed;
}

/* Room for an event of @size bytes, in the block at hand or a fresh one. */
static Event *
reserve(CpsfXmlRelay *self, size_t size, GError **error)
{
    Block *block = &self->blocks[self->written % N_BLOCKS];

    if (block->n > 0 && block->n + size > BLOCK_BYTES) {
        if (!hand_over(self))
            return NULL;
        block = &self->blocks[self->written % N_BLOCKS];
    }
    if (block->n + size > block->capacity) {
        const size_t wanted = MAX(BLOCK_BYTES, block->n + size);
        char *grown = cpsf_try_realloc(block->bytes, wanted, 1, error);

        if (grown == NULL)
            return NULL;
        block->bytes = grown;
        block->capacity = wanted;
    }

    Event *event = (Event *) (void *) (block->bytes + block->n);

    block->n += size;
    *event = (Event){.size = size};
    return event;
}

static size_t
round_up(size_t bytes)
{
    return (bytes + 7) & ~(size_t) 7;
}

/* Copies the attributes behind the event: the pointers first, then the values they point to. */
static void
put_attributes(Event *event, int n_attributes, const xmlChar **attributes)
{
    const xmlChar **own = (const xmlChar **) (void *) (event + 1);
    xmlChar *value = (xmlChar *) (own + 5 * (size_t) n_attributes);

    event->n_attributes = (uint32_t) n_attributes;
    for (int i = 0; i < n_attributes; i++, own += 5, attributes += 5) {
        const size_t length = (size_t) (attributes[4] - attributes[3]);

        own[0] = attributes[0];
        own[1] = attributes[1];
        own[2] = attributes[2];
        memcpy(value, attributes[3], length);
        own[3] = value;
        own[4] = value += length;
    }
}

static size_t
size_of_tag(int n_attributes, const xmlChar **attributes)
{
    size_t size = sizeof(Event) + 5 * (size_t) n_attributes * sizeof *attributes;

    for (int i = 0; i < n_attributes; i++)
        size += (size_t) (attributes[5 * i + 4] - attributes[5 * i + 3]);
    return round_up(size);
}

static gboolean
put_tag(
    CpsfXmlRelay *self, const CpsfXmlReader *r, const Event *what, int n_attributes, GError **error)
{
    const size_t size = size_of_tag(n_attributes, r->attributes);
    Event *event = reserve(self, size, error);

    if (event == NULL)
        return FALSE;
    *event = *what;
    event->size = size;
    put_attributes(event, n_attributes, r->attributes);
    return TRUE;
}

gboolean
cpsf_xml_relay_start(CpsfXmlRelay *self, const CpsfXmlReader *r, GError **error)
{
    const CpsfXmlFrame *frame = &r->frames.items[r->frames.n - 1];
    const Event event = {
        .type = START, .state = frame->state, .line = frame->line, .column = frame->column};

    return put_tag(self, r, &event, r->n_attributes, error);
}

gboolean
cpsf_xml_relay_unknown(
    CpsfXmlRelay *self, const CpsfXmlReader *r, uint8_t parent, const char *name, GError **error)
{
    Event event = {.type = UNKNOWN, .state = parent, .name = name};

    cpsf_xml_place(r, &event.line, &event.column);
    return put_tag(self, r, &event, r->n_attributes, error);
}

gboolean
cpsf_xml_relay_end(CpsfXmlRelay *self, const CpsfXmlFrame *frame, CpsfXmlText text, GError **error)
{
    const size_t size = round_up(sizeof(Event) + text.length);
    Event *event = reserve(self, size, error);

    if (event == NULL)
        return FALSE;
    event->type = END;
    event->state = frame->state;
    event->line = frame->line;
    event->column = frame->column;
    event->is_leaf = is_leaf(self->reader, frame->state);
    event->has_text = text.value != NULL;
    event->text_length = text.length;
    if (text.value != NULL)
        memcpy(event + 1, text.value, text.length);
    return TRUE;
}

GError *
cpsf_xml_relay_finish(CpsfXmlRelay *self, CpsfXmlFault *fault)
{
    CpsfXmlReader *c = self->reader;

    if (self->thread != NULL) {
        g_mutex_lock(&self->lock);
        if (self->blocks[self->written % N_BLOCKS].n > 0 && self->written - self->played < N_BLOCKS)
            self->written++;
        self->is_ended = TRUE;
        g_cond_signal(&self->moved);
        g_mutex_unlock(&self->lock);
        g_thread_join(self->thread);
    }

    GError *error = g_steal_pointer(&c->error);

    if (error != NULL && fault != NULL)
        *fault = c->fault;
    for (int i = 0; i < N_BLOCKS; i++)
        g_free(self->blocks[i].bytes);
    g_mutex_clear(&self->lock);
    g_cond_clear(&self->moved);
    g_free(c->frames.items);
    g_free(c);
    g_free(self);
    return error;
}
