/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * First arrivals where edges are contacts: one pass in order of time.  By the time of a contact all
 * that could affect its tail earlier has been looked at.  What takes no time may come in any order
 * within one moment; such vertices are followed once more along their own edges.
 *
 * Source: H. Wu and others, "Path problems in temporal graphs", Proc. VLDB Endowment 7 (2014),
 * algorithm 1, which has durations above 0.  The sort: counting sort by digits, lowest first.
 */

#include "config.h"

#include <string.h>

#include "cpsf-arrival-private.h"
#include "cpsf-mem-private.h"

enum {
    DIGIT_BITS = 11,
    DIGITS = 1 << DIGIT_BITS,
    AHEAD = 24,
    POLL = 0xffff, /* contacts between looks at the cancellable, less 1 */
};

typedef struct {
    int64_t since;
    int64_t delay;
    int32_t tail;
    int32_t head;
} Contact;

struct _CpsfArrivalContacts {
    const CpsfEventsGraph *graph;
    int64_t end;
    Contact *contacts; /* (owned) in order of time, then of edges */
    int64_t n;
    gboolean may_be_at_once; /* some delay is 0 */
};

/* An edge that passes on at @end or after it passes on at one moment too. */
static gboolean
is_contact(const CpsfEventsWindow *window, int64_t end)
{
    return window->since >= end || window->until <= window->since + 1;
}

gboolean
cpsf_arrival_has_contacts_only(const CpsfEventsGraph *graph, int64_t end)
{
    if (graph->n_gates > 0)
        return FALSE;
    for (int64_t e = 0; e < graph->m; e++)
        if (!is_contact(cpsf_arrival_window(graph, e), end))
            return FALSE;
    return TRUE;
}

/* Those that bring anything by the end, in order of edges. */
static void
list_contacts(CpsfArrivalContacts *self)
{
    const CpsfEventsGraph *graph = self->graph;

    for (int32_t v = 0; v < graph->n; v++)
        for (int64_t e = graph->start[v]; e < graph->start[v + 1]; e++) {
            const CpsfEventsWindow *w = cpsf_arrival_window(graph, e);

            if (w->since >= w->until || w->since > self->end || w->delay > self->end - w->since)
                continue;
            self->contacts[self->n++] = (Contact){w->since, w->delay, v, graph->head[e]};
            self->may_be_at_once |= w->delay == 0;
        }
}

static inline size_t
digit(const Contact *contact, int64_t first, int shift)
{
    return ((uint64_t) contact->since - (uint64_t) first) >> shift & (DIGITS - 1);
}

/* From @from to @to in order of one digit; what is equal in it stays in order. */
static void
sort_by_digit(const Contact *from, Contact *to, int64_t n, int64_t first, int shift)
{
    int64_t place[DIGITS + 1] = {0};

    for (int64_t i = 0; i < n; i++)
        place[digit(&from[i], first, shift) + 1]++;
    for (int d = 0; d < DIGITS; d++)
        place[d + 1] += place[d];
    for (int64_t i = 0; i < n; i++)
        to[place[digit(&from[i], first, shift)]++] = from[i];
}

static gboolean
sort_contacts(CpsfArrivalContacts *self, GError **error)
{
    int64_t first = INT64_MAX;
    int64_t last = INT64_MIN;
    g_autofree Contact *other = cpsf_try_new(Contact, (size_t) self->n, error);

    if (other == NULL)
        return FALSE;
    for (int64_t i = 0; i < self->n; i++) {
        first = MIN(first, self->contacts[i].since);
        last = MAX(last, self->contacts[i].since);
    }
    if (self->n == 0)
        return TRUE;
    for (int shift = 0; shift < 64 && ((uint64_t) last - (uint64_t) first) >> shift != 0;
         shift += DIGIT_BITS) {
        Contact *sorted = other;

        sort_by_digit(self->contacts, sorted, self->n, first, shift);
        other = self->contacts;
        self->contacts = sorted;
    }
    return TRUE;
}

CpsfArrivalContacts *
cpsf_arrival_contacts_new(const CpsfEventsGraph *graph, int64_t end, GError **error)
{
    g_autoptr(CpsfArrivalContacts) self = g_new0(CpsfArrivalContacts, 1);

    self->graph = graph;
    self->end = end;
    self->contacts = cpsf_try_new(Contact, (size_t) graph->m, error);
    if (self->contacts == NULL)
        return NULL;
    list_contacts(self);
    if (!sort_contacts(self, error))
        return NULL;
    return g_steal_pointer(&self);
}

void
cpsf_arrival_contacts_free(CpsfArrivalContacts *self)
{
    if (self == NULL)
        return;
    g_free(self->contacts);
    g_free(self);
}

/* What was affected without delay at the moment that is being looked at. */
typedef struct {
    const CpsfArrivalContacts *contacts;
    int64_t *arrival;
    int32_t *fresh; /* n: a vertex comes here once at most */
    int32_t n_fresh;
} Pass;

static inline void
pass_on(Pass *self, int64_t since, int64_t delay, int32_t head)
{
    if (since + delay >= self->arrival[head])
        return;
    self->arrival[head] = since + delay;
    if (delay == 0)
        self->fresh[self->n_fresh++] = head;
}

/* Contacts of this moment that came before their tail was affected. */
static void
follow_fresh(Pass *self, int64_t now)
{
    const CpsfEventsGraph *graph = self->contacts->graph;

    while (self->n_fresh > 0) {
        const int32_t v = self->fresh[--self->n_fresh];

        for (int64_t e = graph->start[v]; e < graph->start[v + 1]; e++) {
            const CpsfEventsWindow *w = cpsf_arrival_window(graph, e);

            if (w->since == now && w->delay <= self->contacts->end - now &&
                cpsf_arrival_by(graph, v, e, now) != CPSF_ARRIVAL_NEVER)
                pass_on(self, now, w->delay, graph->head[e]);
        }
    }
}

static int64_t
find_first(const CpsfArrivalContacts *self, int64_t time)
{
    int64_t low = 0;
    int64_t high = self->n;

    while (low < high) {
        const int64_t middle = low + (high - low) / 2;

        if (self->contacts[middle].since < time)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static gboolean
sweep(Pass *self, int64_t first, GCancellable *cancellable, GError **error)
{
    const Contact *contacts = self->contacts->contacts;
    const int64_t n = self->contacts->n;
    const int64_t *downtime = self->contacts->graph->downtime;
    int64_t now = 0;

    for (int64_t i = first; i < n; i++) {
        const Contact contact = contacts[i];

        if ((i & POLL) == 0 && g_cancellable_is_cancelled(cancellable))
            return cpsf_fail(error, CPSF_ERROR_CANCELLED,
                             "looking for first arrivals was cancelled");
        if (i + AHEAD < n) {
            __builtin_prefetch(&self->arrival[contacts[i + AHEAD].tail]);
            __builtin_prefetch(&self->arrival[contacts[i + AHEAD].head]);
        }
        if (self->n_fresh > 0 && contact.since != now)
            follow_fresh(self, now);
        now = contact.since;

        const int64_t time = self->arrival[contact.tail];

        if (time <= now && (downtime == NULL || now - time < downtime[contact.tail]))
            pass_on(self, now, contact.delay, contact.head);
    }
    follow_fresh(self, now);
    return TRUE;
}

int64_t
cpsf_arrival_contacts_count(const CpsfArrivalContacts *self)
{
    return self->n;
}

gboolean
cpsf_arrival_run_contacts(const CpsfArrivalContacts *self,
                          const CpsfEventsSource *sources,
                          int32_t n_sources,
                          GCancellable *cancellable,
                          int64_t *arrival,
                          GError **error)
{
    const int32_t n = self->graph->n;
    int64_t first = self->end;
    g_autofree int32_t *fresh = cpsf_try_new(int32_t, self->may_be_at_once ? (size_t) n : 0, error);
    Pass pass = {self, arrival, fresh, 0};

    if (fresh == NULL)
        return FALSE;
    if (g_cancellable_is_cancelled(cancellable))
        return cpsf_fail(error, CPSF_ERROR_CANCELLED, "looking for first arrivals was cancelled");
    for (int32_t v = 0; v < n; v++)
        arrival[v] = CPSF_ARRIVAL_NEVER;
    for (int32_t i = 0; i < n_sources; i++) {
        const CpsfEventsSource *source = &sources[i];

        if (source->time <= self->end)
            arrival[source->vertex] = MIN(arrival[source->vertex], source->time);
        first = MIN(first, source->time);
    }
    return sweep(&pass, find_first(self, first), cancellable, error);
}
