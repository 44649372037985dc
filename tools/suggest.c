/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What a key that is of no node was probably meant to be. */

#include "config.h"

#include "suggest.h"

#include "lang.h"
#include "message.h"

#include <glib/gi18n.h>
#include <string.h>

#define MAX_LIKELY 5 /* nodes that are named when a key is of none */

static gboolean
holds_text(const char *text, const char *part)
{
    g_autofree char *folded = g_utf8_casefold(text, -1);

    return strstr(folded, part) != NULL;
}

/* A table shows long keys cut, and a person may know the name alone: names nodes that could have
 * been meant. */
void
suggest_nodes(const CpsfGraph *graph, const char *text)
{
    const int32_t n = cpsf_graph_get_n_nodes(graph);
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    g_autofree char *part = g_utf8_casefold(valid, -1);
    int n_found = 0;

    for (int32_t node = 0; node < n && *part != '\0' && n_found < MAX_LIKELY; node++) {
        const char *key = cpsf_graph_get_key(graph, node);
        const char *name = cpsf_graph_get_name(graph, node, lang_get());

        if (!holds_text(key, part) && !holds_text(name, part))
            continue;
        n_found++;
        if (*name != '\0')
            message_note(_("did you mean %s (%s)?"), key, name);
        else
            message_note(_("did you mean %s?"), key);
    }
}
