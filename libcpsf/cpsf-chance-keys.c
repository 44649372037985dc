/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What chance bits are drawn from.  Part of the results: never change it. */

#include "config.h"

#include <string.h>

#include "cpsf-chance-keys-private.h"
#include "cpsf-hash-private.h"

static CpsfChanceKey
key_of(const void *bytes, size_t length)
{
    const CpsfHash128 hash = cpsf_hash_fixed(bytes, length);

    return (CpsfChanceKey){hash.low, hash.high};
}

static CpsfChanceKey
key_of_text(const CpsfGraph *graph, CpsfStr text)
{
    return key_of(cpsf_strtab_get(graph->strings, text),
                  cpsf_strtab_get_length(graph->strings, text));
}

static CpsfChanceKey
key_of_word(const char *word)
{
    return key_of(word, strlen(word));
}

/* Of keys in a row, on every machine the same bytes. */
static CpsfChanceKey
key_of_keys(const CpsfChanceKey *parts, size_t n)
{
    uint64_t words[8];

    for (size_t i = 0; i < n; i++) {
        words[2 * i] = GUINT64_TO_LE(parts[i].low);
        words[2 * i + 1] = GUINT64_TO_LE(parts[i].high);
    }
    return key_of(words, 2 * n * sizeof *words);
}

CpsfChanceKey
cpsf_chance_key_of_node(const CpsfGraph *graph, int32_t node)
{
    return key_of_text(graph, graph->key[node]);
}

CpsfChanceKey
cpsf_chance_key_of_relation(int relation)
{
    return key_of_word(cpsf_word(CPSF_WORDS_RELATION, relation));
}

CpsfChanceKey
cpsf_chance_key_of_edge(const CpsfGraph *graph,
                        const CpsfEdgeRow *edge,
                        CpsfChanceKey from,
                        CpsfChanceKey to,
                        CpsfChanceKey relation)
{
    const CpsfChanceKey parts[] = {
        from,
        to,
        relation,
        edge->group != 0 ? key_of_text(graph, edge->group) : (CpsfChanceKey){0},
    };

    return key_of_keys(parts, G_N_ELEMENTS(parts));
}

CpsfChanceKey
cpsf_chance_key_of_rule(const CpsfSpreadRule *rule)
{
    static const char *const directions[] = {"forward", "backward", "self"};
    const CpsfChanceKey parts[] = {
        rule->direction != CPSF_SELF ? cpsf_chance_key_of_relation(rule->relation)
                                     : (CpsfChanceKey){0},
        key_of_word(directions[rule->direction]),
        key_of_word(cpsf_word(CPSF_WORDS_EFFECT, (int) rule->in)),
        key_of_word(cpsf_word(CPSF_WORDS_EFFECT, (int) rule->out)),
    };

    return key_of_keys(parts, G_N_ELEMENTS(parts));
}
