/* SPDX-License-Identifier: GPL-2.0-or-later */

/* First arrivals and their ways by hand; what fails. */

#include "config.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "arrival-test.h"
#include "cpsf-mem-private.h"
#include "graphgen.h"

/* ---- by hand ---- */

Test(cpsf_arrival_run, waits_for_an_edge_to_open)
{
    g_autofree ArrivalCase *c = arrival_case_new(3);

    arrival_say(c, 0, 1, 20, 30, 5);
    arrival_say(c, 1, 2, 10, 26, 0);
    arrival_begin(c, 0, 3);
    arrival_expect(c, (int64_t[]){3, 25, 25}, (int32_t[]){-1, 0, 1});
}

Test(cpsf_arrival_run, touching_intervals)
{
    g_autofree ArrivalCase *c = arrival_case_new(4);

    /* affected at 10: an edge until 10 is over, one since 10 is open */
    arrival_say(c, 0, 1, 0, 10, 10);
    arrival_say(c, 1, 2, 0, 10, 0);
    arrival_say(c, 1, 3, 10, 11, 0);
    arrival_begin(c, 0, 0);
    arrival_expect(c, (int64_t[]){0, 10, NEVER, 10}, (int32_t[]){-1, 0, -1, 1});
}

Test(cpsf_arrival_run, end_counts_and_what_is_later_does_not)
{
    g_autofree ArrivalCase *c = arrival_case_new(4);

    arrival_say(c, 0, 1, 0, ENDLESS, ARRIVAL_END);
    arrival_say(c, 1, 2, 0, ENDLESS, 0);
    arrival_say(c, 0, 3, 0, ENDLESS, ARRIVAL_END + 1);
    arrival_begin(c, 0, 0);
    arrival_expect(c, (int64_t[]){0, ARRIVAL_END, ARRIVAL_END, NEVER}, (int32_t[]){-1, 0, 1, -1});
    c->sources[0].time = ARRIVAL_END + 1;
    arrival_expect(c, (int64_t[]){NEVER, NEVER, NEVER, NEVER}, (int32_t[]){-1, -1, -1, -1});
}

Test(cpsf_arrival_run, delays_without_bound_do_not_wrap)
{
    g_autofree ArrivalCase *c = arrival_case_new(2);

    c->end = CPSF_EVENTS_END_MAX;
    arrival_say(c, 0, 1, CPSF_EVENTS_END_MAX, ENDLESS, INT64_MAX / 2);
    arrival_begin(c, 0, -CPSF_EVENTS_END_MAX);
    arrival_expect(c, (int64_t[]){-CPSF_EVENTS_END_MAX, NEVER}, (int32_t[]){-1, -1});
}

Test(cpsf_arrival_run, times_before_1970)
{
    g_autofree ArrivalCase *c = arrival_case_new(4);

    arrival_say(c, 0, 1, -50, -40, 45);
    arrival_say(c, 0, 2, -60, ENDLESS, 58);
    arrival_say(c, 1, 3, -100, -4, 0);
    arrival_begin(c, 0, -60);
    arrival_expect(c, (int64_t[]){-60, -5, -2, -5}, (int32_t[]){-1, 0, 0, 1});
}

Test(cpsf_arrival_run, instants_at_one_moment)
{
    g_autofree ArrivalCase *c = arrival_case_new(5);

    /* all at 7 without delay, said against the order in which they happen */
    arrival_say(c, 3, 4, 7, 8, 0);
    arrival_say(c, 2, 3, 7, 8, 0);
    arrival_say(c, 1, 2, 7, 8, 0);
    arrival_say(c, 0, 1, 7, 8, 0);
    arrival_begin(c, 0, 1);
    arrival_expect(c, (int64_t[]){1, 7, 7, 7, 7}, (int32_t[]){-1, 0, 1, 2, 3});
    arrival_run_as_contacts(c);
}

Test(cpsf_arrival_run, downtime_is_over_at_its_end)
{
    g_autofree ArrivalCase *c = arrival_case_new(6);

    c->downtime[0] = 10;
    c->downtime[5] = 0;
    arrival_say(c, 0, 1, 12, ENDLESS, 0); /* 2 + 10 is too late */
    arrival_say(c, 0, 2, 11, ENDLESS, 0);
    arrival_say(c, 0, 3, 0, 3, 4);
    arrival_say(c, 5, 4, 0, ENDLESS, 0);
    arrival_begin(c, 0, 2);
    arrival_begin(c, 5, 2);
    arrival_expect(c, (int64_t[]){2, NEVER, 11, 6, NEVER, 2}, (int32_t[]){-1, -1, 0, 0, -1, -1});
}

Test(cpsf_arrival_run, only_the_first_arrival_passes_on)
{
    g_autofree ArrivalCase *c = arrival_case_new(4);

    /* 1 is hit at 1 and is well again at 3, so that what would hit it at 5 does not matter */
    c->downtime[1] = 2;
    arrival_say(c, 0, 1, 1, 2, 0);
    arrival_say(c, 0, 1, 5, 6, 0);
    arrival_say(c, 1, 2, 5, 6, 0);
    arrival_begin(c, 0, 0);
    arrival_expect(c, (int64_t[]){0, 1, NEVER, NEVER}, NULL);
    arrival_run_as_contacts(c);
}

Test(cpsf_arrival_run, gate_opens_with_the_last_that_it_needs)
{
    g_autofree ArrivalCase *c = arrival_case_new(5);
    const int gate = arrival_add_gate(c, 3, 2);

    arrival_say(c, 0, arrival_add_slot(c, gate), 0, ENDLESS, 9);
    arrival_say(c, 1, arrival_add_slot(c, gate), 0, ENDLESS, 4);
    arrival_say(c, 2, arrival_add_slot(c, gate), 0, ENDLESS, 6);
    arrival_say(c, 1, 6, 0, ENDLESS, 5); /* the same slot again, later */
    arrival_say(c, 3, 4, 0, ENDLESS, 1);
    arrival_begin(c, 0, 0);
    arrival_begin(c, 1, 0);
    arrival_begin(c, 2, 0);
    arrival_expect(c, (int64_t[]){0, 0, 0, 6, 7, 9, 4, 6},
                   (int32_t[]){-1, -1, -1, 2, 3, -1, -1, -1});
}

Test(cpsf_arrival_run, closed_gate_lets_nothing_through)
{
    g_autofree ArrivalCase *c = arrival_case_new(3);
    const int gate = arrival_add_gate(c, 2, 2);

    arrival_say(c, 0, arrival_add_slot(c, gate), 0, ENDLESS, 1);
    arrival_say(c, 1, arrival_add_slot(c, gate), 0, ENDLESS, 1);
    arrival_begin(c, 0, 0);
    arrival_expect(c, (int64_t[]){0, NEVER, NEVER, 1, NEVER}, (int32_t[]){-1, -1, -1, -1, -1});
}

Test(cpsf_arrival_run, source_that_is_hit_before_it_begins)
{
    g_autofree ArrivalCase *c = arrival_case_new(3);

    arrival_say(c, 0, 1, 0, ENDLESS, 2);
    arrival_say(c, 1, 2, 0, ENDLESS, 2);
    arrival_begin(c, 0, 0);
    arrival_begin(c, 1, 50);
    arrival_begin(c, 2, 4); /* at the very time: its own */
    arrival_expect(c, (int64_t[]){0, 2, 4}, (int32_t[]){-1, 0, -1});
}

Test(cpsf_arrival_run, no_window_is_the_first)
{
    const int64_t start[] = {0, 1, 1};
    const int32_t head[] = {1};
    const CpsfEventsWindow window = {5, 6, 7};
    const CpsfEventsGraph graph = {
        .n = 2, .m = 1, .start = start, .head = head, .windows = &window};
    const CpsfEventsSource source = {0, 0};
    int64_t arrival[2];

    cr_assert(cpsf_arrival_run(&graph, NULL, &source, 1, ARRIVAL_END, NULL, arrival, NULL));
    cr_assert_eq(arrival[1], 12);
}

Test(cpsf_arrival_trace, larger_chance_then_key_then_effect)
{
    g_autofree ArrivalCase *c = arrival_case_new(6);

    for (int32_t v = 1; v < 5; v++) {
        arrival_say(c, 0, v, 0, ENDLESS, 0);
        arrival_say(c, v, 5, 0, ENDLESS, 1);
    }
    c->edges[1].chance = 0.5; /* 1 */
    c->edges[5].chance = 0.7; /* 3 */
    c->edges[7].chance = 0.7; /* 4 */
    c->edges[3].chance = 0.7; /* 2 */
    c->node[2] = 9;
    c->node[3] = c->node[4] = 4;
    c->effect[3] = CPSF_EFFECT_LEAK;
    c->effect[4] = CPSF_EFFECT_TAMPER;
    arrival_begin(c, 0, 0);
    arrival_run(c);
    cr_assert_eq(c->before[5], 4);
}

Test(cpsf_arrival_trace, circle_without_delay_is_left_by_its_entry)
{
    g_autofree ArrivalCase *c = arrival_case_new(5);

    /* 0 -> 1, and 1, 2, 3 in a circle both ways: inside chances are better than the way in */
    arrival_say(c, 0, 1, 0, ENDLESS, 3);
    c->edges[0].chance = 0.1;
    arrival_say(c, 1, 2, 0, ENDLESS, 0);
    arrival_say(c, 2, 3, 0, ENDLESS, 0);
    arrival_say(c, 3, 1, 0, ENDLESS, 0);
    arrival_say(c, 3, 2, 0, ENDLESS, 0);
    arrival_say(c, 3, 4, 0, ENDLESS, 0);
    arrival_begin(c, 0, 0);
    arrival_expect(c, (int64_t[]){0, 3, 3, 3, 3}, (int32_t[]){-1, 0, 1, 2, 3});
}

Test(cpsf_arrival_trace, gate_inside_a_circle)
{
    g_autofree ArrivalCase *c = arrival_case_new(4);
    const int gate = arrival_add_gate(c, 2, 2);

    /* 0 and 1 open 2, which hits 3, which is in the same group: not what opened it */
    arrival_say(c, 0, arrival_add_slot(c, gate), 0, ENDLESS, 0);
    arrival_say(c, 1, arrival_add_slot(c, gate), 0, ENDLESS, 0);
    arrival_say(c, 3, arrival_add_slot(c, gate), 0, ENDLESS, 0);
    arrival_say(c, 2, 3, 0, ENDLESS, 0);
    c->edges[0].chance = c->edges[1].chance = 0.5;
    arrival_begin(c, 0, 0);
    arrival_begin(c, 1, 4);
    arrival_expect(c, (int64_t[]){0, 4, 4, 4, 0, 4, 4}, (int32_t[]){-1, -1, 1, 2, -1, -1, -1});
}

/* ---- contacts ---- */

Test(cpsf_arrival_has_contacts_only, intervals_and_gates_are_not)
{
    g_autofree ArrivalCase *c = arrival_case_new(3);

    arrival_say(c, 0, 1, 3, 4, 0);
    arrival_say(c, 1, 2, ARRIVAL_END, ENDLESS, 0); /* by the end one moment too */
    arrival_settle(c);
    cr_assert(cpsf_arrival_has_contacts_only(&c->spread.graph, ARRIVAL_END));
    cr_assert_not(cpsf_arrival_has_contacts_only(&c->spread.graph, ARRIVAL_END + 1));
    arrival_begin(c, 0, 0);
    arrival_run_as_contacts(c);
    cr_assert_eq(c->arrival[2], ARRIVAL_END);
    arrival_add_gate(c, 0, 2);
    arrival_settle(c);
    cr_assert_not(cpsf_arrival_has_contacts_only(&c->spread.graph, ARRIVAL_END));
}

/* Times of 40 bits, so that the sort takes several digits. */
Test(cpsf_arrival_run_contacts, long_times)
{
    g_autofree ArrivalCase *c = arrival_case_new(8);
    uint64_t state = 5;

    c->end = INT64_C(1) << 42;
    for (int e = 0; e < ARRIVAL_EDGES; e++) {
        const int64_t since = (int64_t) (test_random(&state) >> 24) - (INT64_C(1) << 38);

        arrival_say(c, e % 8, (int32_t) test_random_below(&state, 8), since, since + 1,
                    test_random_below(&state, 1000000));
    }
    arrival_begin(c, 3, -(INT64_C(1) << 39));
    arrival_run_as_contacts(c);

    int n = 0;

    for (int v = 0; v < 8; v++)
        n += c->arrival[v] != NEVER;
    cr_assert_gt(n, 3);
}

/* ---- failures ---- */

static gboolean
run_everything(ArrivalCase *c, GError **error)
{
    int64_t arrival[ARRIVAL_MOST];

    if (!cpsf_arrival_run(&c->spread.graph, NULL, c->sources, c->n_sources, c->end, NULL,
                          c->arrival, error) ||
        !cpsf_arrival_trace(&c->spread, c->sources, c->n_sources, c->arrival, c->before, error))
        return FALSE;
    if (!cpsf_arrival_has_contacts_only(&c->spread.graph, c->end))
        return TRUE;

    g_autoptr(CpsfArrivalContacts) contacts =
        cpsf_arrival_contacts_new(&c->spread.graph, c->end, error);

    return contacts != NULL &&
           cpsf_arrival_run_contacts(contacts, c->sources, c->n_sources, NULL, arrival, error);
}

/* How many allocations could fail. */
static int
fail_each(ArrivalCase *c)
{
    for (int i = 0;; i++) {
        g_autoptr(GError) error = NULL;

        cpsf_mem_fail_once(i);

        const gboolean is_done = run_everything(c, &error);

        cpsf_mem_fail_after(-1);
        if (is_done) {
            cr_assert_null(error);
            return i;
        }
        cr_assert(g_error_matches(error, CPSF_ERROR, CPSF_ERROR_NO_MEMORY));
    }
}

Test(cpsf_arrival_run, survives_every_allocation_failure)
{
    g_autofree ArrivalCase *gates = arrival_draw(9, ARRIVAL_DRAW_ALL);
    g_autofree ArrivalCase *circle = arrival_case_new(4);

    arrival_settle(gates);
    cr_assert_geq(fail_each(gates), 8);
    arrival_say(circle, 0, 1, 5, 6, 0);
    arrival_say(circle, 1, 2, 5, 6, 0);
    arrival_say(circle, 2, 3, 5, 6, 0);
    arrival_say(circle, 3, 2, 5, 6, 0);
    arrival_begin(circle, 0, 0);
    arrival_settle(circle);
    cr_assert_geq(fail_each(circle), 8);
}

Test(cpsf_arrival_run, can_be_cancelled)
{
    g_autofree ArrivalCase *c = arrival_case_new(2);
    g_autoptr(GCancellable) cancellable = g_cancellable_new();
    g_autoptr(GError) error = NULL;
    g_autoptr(GError) other = NULL;

    arrival_say(c, 0, 1, 5, 6, 0);
    arrival_begin(c, 0, 0);
    arrival_settle(c);

    g_autoptr(CpsfArrivalContacts) contacts =
        cpsf_arrival_contacts_new(&c->spread.graph, c->end, NULL);

    g_cancellable_cancel(cancellable);
    cr_assert_not(cpsf_arrival_run(&c->spread.graph, NULL, c->sources, 1, ARRIVAL_END, cancellable,
                                   c->arrival, &error));
    cr_assert(g_error_matches(error, CPSF_ERROR, CPSF_ERROR_CANCELLED));
    cr_assert_not(
        cpsf_arrival_run_contacts(contacts, c->sources, 1, cancellable, c->arrival, &other));
    cr_assert(g_error_matches(other, CPSF_ERROR, CPSF_ERROR_CANCELLED));
}
