/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Prints whom the outage of a node now affects, how likely, when at the earliest, and by which way:
 *
 *     cc incident.c $(pkg-config --cflags --libs cpsf) -o incident
 *     ./incident jcn:7999999000002 ../datasets/factory
 */

#include <stdio.h>

#include <cpsf.h>

static CpsfTable *
ask(const char *key, const char *const *feeds, CpsfImpactReport *report, GError **error)
{
    const CpsfReadOptions reading = CPSF_READ_OPTIONS_INIT;
    const CpsfIncident outage = {.key = key, .effect = CPSF_EFFECT_OUTAGE};
    const CpsfImpactOptions options = {.report = report};
    g_autoptr(CpsfPolicy) policy = cpsf_policy_new_default();
    g_autoptr(CpsfGraph) graph = cpsf_graph_read(feeds, &reading, NULL, error);

    if (graph == NULL)
        return NULL;

    g_autoptr(CpsfSnapshot) now = cpsf_graph_snapshot(graph, cpsf_time_now(), error);

    return now != NULL ? cpsf_impact(now, policy, &outage, &options, error) : NULL;
}

static void
print_row(const CpsfTable *table, int64_t row)
{
    const int probability = cpsf_table_find_column(table, "probability");
    const int earliest = cpsf_table_find_column(table, "earliest");
    const int via = cpsf_table_find_column(table, "via");
    g_autofree char *time = cpsf_table_is_null(table, earliest, row)
                                ? g_strdup("-") /* a downtime may end before it is passed on */
                                : cpsf_time_format(cpsf_table_get_time(table, earliest, row));

    printf("%.3f\t%s\t%s", cpsf_table_get_double(table, probability, row), time,
           cpsf_table_get_utf8(table, cpsf_table_find_column(table, "key"), row));
    for (int64_t i = cpsf_table_get_list_length(table, via, row) - 1; i >= 0; i--)
        printf(" <- %s", cpsf_table_get_list_item(table, via, row, i));
    printf("\n");
}

int
main(int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    CpsfImpactReport report = {0};
    g_autoptr(CpsfTable) table =
        argc > 2 ? ask(argv[1], (const char *const *) argv + 2, &report, &error) : NULL;

    if (table == NULL) {
        fprintf(stderr, "%s\n", error != NULL ? error->message : "usage: incident KEY FEED…");
        return 1;
    }

    const int effect = cpsf_table_find_column(table, "effect");

    for (int64_t row = 0; row < cpsf_table_get_n_rows(table); row++)
        if (g_str_equal(cpsf_table_get_utf8(table, effect, row), "any"))
            print_row(table, row);
    printf("%.1f nodes expected\n", report.nodes);
    return 0;
}
