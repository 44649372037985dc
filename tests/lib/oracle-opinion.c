/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "config.h"

#include "oracle-opinion.h"

#include <string.h>

typedef struct {
    const CpsfGraph *g;
    const CpsfPolicy *p;
    CpsfTime at;
    Oracle *check;
    OracleItem *items;
    gboolean *may_assess;
} Court;

/* As long double: what overflows elsewhere does not here. */
typedef struct {
    long double b, d, u;
} Exact;

static long double
weight_of(const Court *c, int64_t item)
{
    const char *id = cpsf_strtab_get(c->g->strings, c->g->evidence.items[item].scheme);

    for (int64_t i = 0; i < c->p->schemes.n; i++)
        if (strcmp(c->p->schemes.items[i].id, id) == 0 && c->p->schemes.items[i].weight >= 0)
            return c->p->schemes.items[i].weight;
    switch (c->items[item].assurance) {
    case CPSF_ASSURANCE_SELF:
        return 2;
    case CPSF_ASSURANCE_SECOND_PARTY:
        return 6;
    default:
        return 18;
    }
}

/* Whether a row before @i says the very same now. */
static gboolean
is_said_already(const Court *c, int64_t i)
{
    const CpsfEvidenceRow *a = &c->g->evidence.items[i];

    for (int64_t j = 0; j < i; j++) {
        const CpsfEvidenceRow *b = &c->g->evidence.items[j];

        if (c->items[j].exists && a->node == b->node && a->layer == b->layer &&
            a->scheme == b->scheme && a->id == b->id && a->issuer == b->issuer &&
            a->scope == b->scope && a->assurance == b->assurance && a->status == b->status &&
            a->valid.since == b->valid.since && a->valid.until == b->valid.until)
            return TRUE;
    }
    return FALSE;
}

static gboolean
is_valid(const Court *c, const CpsfOpinionRow *o)
{
    return o->valid.since <= c->at && c->at < o->valid.until;
}

/* Whether the opinion counts, and its assessor has no newer one about this anchor. */
static gboolean
is_heard(const Court *c, int64_t i)
{
    const CpsfOpinionRow *a = &c->g->opinions.items[i];

    if (!c->may_assess[i] || !is_valid(c, a))
        return FALSE;
    for (int64_t j = 0; j < c->g->opinions.n; j++) {
        const CpsfOpinionRow *b = &c->g->opinions.items[j];

        if (j == i || b->node != a->node || b->layer != a->layer || b->assessor != a->assessor ||
            !is_valid(c, b))
            continue;
        if (b->valid.since > a->valid.since)
            return FALSE;
        if (b->valid.since == a->valid.since &&
            c->g->feeds[b->place.feed].issued > c->g->feeds[a->place.feed].issued)
            return FALSE;
        if (b->valid.since == a->valid.since &&
            c->g->feeds[b->place.feed].issued == c->g->feeds[a->place.feed].issued && j < i)
            return FALSE;
    }
    return TRUE;
}

static Exact
opinion_of(const Court *c, int v, int layer)
{
    const uint32_t refuting =
        1U << CPSF_REASON_REVOKED | 1U << CPSF_REASON_ANNULLED | 1U << CPSF_REASON_FAILED;
    const gboolean is_unknown = c->g->kind[v] == CPSF_KIND_UNKNOWN;
    long double r = 0, s = 0, mean_b = 0, mean_d = 0;
    int n = 0, n_certain = 0;

    if (is_unknown && layer == 1)
        return (Exact){0, 0, 1};
    if (is_unknown || (c->g->layers[v] >> (layer - 1) & 1) == 0)
        return (Exact){1, 0, 0};
    for (int64_t i = 0; i < c->g->evidence.n; i++) {
        const uint32_t reasons = c->items[i].reasons[layer - 1];

        if ((int) c->g->evidence.items[i].node != v || !c->items[i].exists ||
            (reasons & ~refuting) != 0 || is_said_already(c, i))
            continue;
        n++;
        if (reasons == 0)
            r += weight_of(c, i);
        else
            s += 18;
    }
    for (int64_t i = 0; i < c->g->opinions.n; i++) {
        const CpsfOpinionRow *o = &c->g->opinions.items[i];

        if ((int) o->node != v || o->layer != layer || !is_heard(c, i))
            continue;
        n++;
        if (o->uncertainty == 0) {
            n_certain++;
            mean_b += o->belief;
            mean_d += o->disbelief;
            continue;
        }
        r += 2 * (long double) o->belief / o->uncertainty;
        s += 2 * (long double) o->disbelief / o->uncertainty;
    }
    if (n == 0)
        return c->check->anchor[v][layer - 1].asked ? (Exact){0, 0, 1} : (Exact){1, 0, 0};
    if (n_certain > 0)
        return (Exact){mean_b / n_certain, mean_d / n_certain, 0};
    return (Exact){r / (r + s + 2), s / (r + s + 2), 2 / (r + s + 2)};
}

static CpsfOpinion
own_of(const Court *c, int v, int layer)
{
    long double b = 1, not_d = 1;

    for (int l = 1; l <= 3 && c->check->holds[v]; l++) {
        if (layer != 0 && layer != l)
            continue;
        b *= opinion_of(c, v, l).b;
        not_d *= 1 - opinion_of(c, v, l).d;
    }
    return (CpsfOpinion){(double) b, (double) (1 - not_d), (double) (not_d - b)};
}

void
oracle_opinions(
    const CpsfGraph *graph, const CpsfPolicy *policy, CpsfTime at, int layer, CpsfOpinion *own)
{
    Court c = {.g = graph, .p = policy, .at = at, .check = oracle_new(graph, policy, at)};

    c.items = g_new0(OracleItem, (size_t) graph->evidence.n + 1);
    c.may_assess = g_new0(gboolean, (size_t) graph->opinions.n + 1);
    oracle_judge(graph, policy, at, c.items, c.may_assess);
    for (int v = 0; v < graph->n_nodes; v++)
        own[v] = own_of(&c, v, layer);
    oracle_free(c.check);
    g_free(c.items);
    g_free(c.may_assess);
}
