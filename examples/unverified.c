/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Prints the anchors of the feeds named on the command line that are not verified now, and why:
 *
 *     cc unverified.c $(pkg-config --cflags --libs cpsf) -o unverified
 *     ./unverified ../datasets/factory
 */

#include <stdio.h>

#include <cpsf.h>

static CpsfTable *
ask(const char *const *feeds, GError **error)
{
    const CpsfReadOptions options = CPSF_READ_OPTIONS_INIT;
    g_autoptr(CpsfPolicy) policy = cpsf_policy_new_default();
    g_autoptr(CpsfGraph) graph = cpsf_graph_read(feeds, &options, NULL, error);

    if (graph == NULL)
        return NULL;

    g_autoptr(CpsfSnapshot) now = cpsf_graph_snapshot(graph, cpsf_time_now(), error);

    return now != NULL ? cpsf_check(now, policy, NULL, NULL, error) : NULL;
}

static void
print_row(const CpsfTable *table, int64_t row)
{
    static const char *const names[] = {"state", "key", "name"};
    const int reasons = cpsf_table_find_column(table, "reasons");

    for (int i = 0; i < 3; i++)
        printf("%s\t", cpsf_table_get_utf8(table, cpsf_table_find_column(table, names[i]), row));
    for (int64_t i = 0; i < cpsf_table_get_list_length(table, reasons, row); i++)
        printf("%s%s", i > 0 ? "," : "", cpsf_table_get_list_item(table, reasons, row, i));
    printf("\n");
}

int
main(int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CpsfTable) table = argc > 1 ? ask((const char *const *) argv + 1, &error) : NULL;

    if (table == NULL) {
        fprintf(stderr, "%s\n", error != NULL ? error->message : "usage: unverified FEED…");
        return 1;
    }
    for (int64_t row = 0; row < cpsf_table_get_n_rows(table); row++)
        print_row(table, row);
    return 0;
}
