/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "config.h"

#include "oracle-check.h"

#include <math.h>
#include <string.h>

typedef struct {
    const CpsfGraph *g;
    const CpsfPolicy *p;
    CpsfTime at;
    Oracle *o;
    gboolean *related; /* n*n*15: x RELATION y now */
    gboolean *felt;    /* n*n: an edge that counts for reliance */
    gboolean *part;    /* n*n: x is part of y, transitively, or is y */
} World;

static gboolean
now(const World *w, CpsfInterval i)
{
    return i.since <= w->at && w->at < i.until;
}

static void
find_holding(World *w)
{
    for (int v = 0; v < w->o->n; v++) {
        gboolean described = FALSE;

        for (int64_t i = 0; i < w->g->nodes.n; i++) {
            if ((int) w->g->nodes.items[i].node != v)
                continue;
            described = TRUE;
            w->o->holds[v] |= now(w, w->g->nodes.items[i].valid);
        }
        w->o->holds[v] |= !described;
    }
}

/* Of the rows that are one edge, the first that holds counts. */
static gboolean
is_first_that_holds(const World *w, int64_t i)
{
    const CpsfEdgeRow *e = &w->g->edges.items[i];

    for (int64_t j = 0; j < i; j++) {
        const CpsfEdgeRow *f = &w->g->edges.items[j];

        if (f->from == e->from && f->to == e->to && f->relation == e->relation &&
            f->group == e->group && now(w, f->valid))
            return FALSE;
    }
    return now(w, e->valid);
}

static void
find_edges(World *w)
{
    const int n = w->o->n;

    for (int64_t i = 0; i < w->g->edges.n; i++) {
        const CpsfEdgeRow *e = &w->g->edges.items[i];
        const double c =
            isnan(e->criticality) ? w->p->relations[e->relation].criticality : e->criticality;

        if (!is_first_that_holds(w, i) || !w->o->holds[e->from] || !w->o->holds[e->to])
            continue;
        w->related[((int) e->from * n + (int) e->to) * CPSF_N_RELATIONS + e->relation] = TRUE;
        if (c > 0 && e->relation != CPSF_RELATION_VOUCHES)
            w->felt[(int) e->from * n + (int) e->to] = TRUE;
        if (e->relation == CPSF_RELATION_PART_OF)
            w->part[(int) e->from * n + (int) e->to] = TRUE;
    }
    for (int k = 0; k < n; k++)
        for (int i = 0; i < n; i++)
            for (int j = 0; j < n; j++) {
                w->felt[i * n + j] |= w->felt[i * n + k] && w->felt[k * n + j];
                w->part[i * n + j] |= w->part[i * n + k] && w->part[k * n + j];
            }
    for (int x = 0; x < n; x++)
        for (int t = 0; t < n; t++)
            w->o->relying[x] += x != t && w->felt[x * n + t];
}

static int
strength(int assurance)
{
    return assurance == CPSF_ASSURANCE_CRYPTOGRAPHIC ? CPSF_ASSURANCE_THIRD_PARTY : assurance;
}

static const char *
str(const World *w, CpsfStr s)
{
    return cpsf_strtab_get(w->g->strings, s);
}

static const CpsfSchemeRule *
scheme_of(const World *w, const CpsfEvidenceRow *e)
{
    for (int64_t i = 0; i < w->p->schemes.n; i++)
        if (strcmp(w->p->schemes.items[i].id, str(w, e->scheme)) == 0)
            return &w->p->schemes.items[i];
    return NULL;
}

static int
node_named(const World *w, const char *key)
{
    for (int v = 0; v < w->o->n; v++)
        if (strcmp(str(w, w->g->key[v]), key) == 0)
            return v;
    return -1;
}

/* Whether this key is the node, or makes, supplies, owns, operates or maintains it. */
static gboolean
is_itself(const World *w, CpsfStr key, int v)
{
    static const CpsfRelation ties[] = {CPSF_RELATION_MAKES, CPSF_RELATION_SUPPLIES,
                                        CPSF_RELATION_OWNS, CPSF_RELATION_OPERATES,
                                        CPSF_RELATION_MAINTAINS};
    const int x = node_named(w, str(w, key));
    gboolean itself = x == v;

    for (guint i = 0; i < G_N_ELEMENTS(ties) && x >= 0; i++)
        itself |= w->related[(x * w->o->n + v) * CPSF_N_RELATIONS + ties[i]];
    return itself;
}

static int
assurance_of(const World *w, const CpsfEvidenceRow *e)
{
    const CpsfSchemeRule *s = scheme_of(w, e);
    int a = e->assurance != 0 ? e->assurance : s != NULL ? (int) s->assurance : 0;

    if (s != NULL && strength((int) s->assurance) < strength(a))
        a = (int) s->assurance;
    return is_itself(w, e->issuer, (int) e->node) && a > CPSF_ASSURANCE_SELF ? CPSF_ASSURANCE_SELF
                                                                             : a;
}

static gboolean
named(char **list, const char *id)
{
    if (list == NULL)
        return TRUE;
    for (; *list != NULL; list++)
        if (strcmp(*list, id) == 0 ||
            (g_str_has_suffix(*list, "*") && strncmp(*list, id, strlen(*list) - 1) == 0))
            return TRUE;
    return FALSE;
}

static uint32_t reasons_of(const World *w, int64_t item, int layer, int trust);

/* Whether the issuer with this key is in T_i, i = @trust, for @scheme; T recursively. */
static gboolean
trusts(const World *w, CpsfStr key, const char *scheme, int trust)
{
    const int issuer = node_named(w, str(w, key));

    if (key == 0)
        return FALSE;
    for (int64_t r = 0; r < w->p->roots.n; r++)
        if (strcmp(w->p->roots.items[r].key, str(w, key)) == 0 &&
            named(w->p->roots.items[r].schemes, scheme))
            return TRUE;
    if (trust == 0 || issuer < 0 || w->g->kind[issuer] != CPSF_KIND_COMPANY)
        return FALSE;
    for (int64_t i = 0; i < w->g->evidence.n; i++) {
        const CpsfEvidenceRow *a = &w->g->evidence.items[i];
        const CpsfSchemeRule *s = scheme_of(w, a);

        if ((int) a->node == issuer && s != NULL && w->o->holds[issuer] && now(w, a->said) &&
            s->accredits[0] != NULL && named(s->accredits, scheme) &&
            reasons_of(w, i, 1, trust - 1) == 0)
            return TRUE;
    }
    return FALSE;
}

static gboolean
in_scope(const World *w, const CpsfEvidenceRow *e)
{
    g_auto(GStrv) keys = g_strsplit(str(w, e->scope), " ", -1);

    for (int i = 0; keys[i] != NULL; i++) {
        const int v = node_named(w, keys[i]);

        if (v >= 0 && (v == (int) e->node || w->part[(int) e->node * w->o->n + v]))
            return TRUE;
    }
    return e->scope == 0;
}

static uint32_t
bit(gboolean given, CpsfReason reason)
{
    return given ? 1U << reason : 0;
}

static uint32_t
reasons_of(const World *w, int64_t item, int layer, int trust)
{
    const CpsfEvidenceRow *e = &w->g->evidence.items[item];
    const CpsfSchemeRule *s = scheme_of(w, e);
    const int a = assurance_of(w, e);
    CpsfTime until = e->valid.until;
    const CpsfRequirement *asked = NULL;

    for (int64_t i = 0; i < w->p->requirements.n; i++)
        if ((int) w->p->requirements.items[i].kind == w->g->kind[e->node] &&
            w->p->requirements.items[i].layer == layer)
            asked = &w->p->requirements.items[i];
    if (s != NULL && s->has_validity)
        until = MIN(until, cpsf_time_add(e->valid.since, s->validity));
    return bit(e->layer != layer || (s != NULL && !(s->layers >> (layer - 1) & 1)),
               CPSF_REASON_WRONG_LAYER) |
           bit(s == NULL, CPSF_REASON_UNKNOWN_SCHEME) |
           bit(w->at < e->valid.since, CPSF_REASON_NOT_YET_VALID) |
           bit(w->at >= until || e->status == CPSF_STATUS_EXPIRED ||
                   e->status == CPSF_STATUS_ARCHIVED || e->status == CPSF_STATUS_SUPERSEDED,
               CPSF_REASON_EXPIRED) |
           bit(e->status == CPSF_STATUS_PENDING, CPSF_REASON_PENDING) |
           bit(e->status == CPSF_STATUS_SUSPENDED, CPSF_REASON_SUSPENDED) |
           bit(e->status == CPSF_STATUS_REVOKED || e->status == CPSF_STATUS_WITHDRAWN,
               CPSF_REASON_REVOKED) |
           bit(e->status == CPSF_STATUS_ANNULLED, CPSF_REASON_ANNULLED) |
           bit(e->status == CPSF_STATUS_FAILED, CPSF_REASON_FAILED) |
           bit(!in_scope(w, e), CPSF_REASON_WRONG_SCOPE) |
           bit(asked != NULL && strength(a) < strength((int) asked->assurance),
               CPSF_REASON_WEAK_ASSURANCE) |
           bit(a != CPSF_ASSURANCE_SELF && !trusts(w, e->issuer, str(w, e->scheme), trust),
               CPSF_REASON_UNTRUSTED_ISSUER) |
           bit((asked != NULL && asked->is_signed) || w->p->ca_files.n + w->p->delegates.n > 0,
               CPSF_REASON_UNSIGNED);
}

static int
count(uint32_t mask)
{
    int n = 0;

    for (int i = 0; i < 32; i++)
        n += mask >> i & 1;
    return n;
}

/* Fewest reasons, then highest assurance, then id, then scheme, then the row that comes first. */
static gboolean
closer(const World *w, int64_t i, uint32_t ri, int64_t j, uint32_t rj)
{
    const CpsfEvidenceRow *a = &w->g->evidence.items[i];
    const CpsfEvidenceRow *b = &w->g->evidence.items[j];

    if (count(ri) != count(rj))
        return count(ri) < count(rj);
    if (strength(assurance_of(w, a)) != strength(assurance_of(w, b)))
        return strength(assurance_of(w, a)) > strength(assurance_of(w, b));
    if (strcmp(str(w, a->id), str(w, b->id)) != 0)
        return strcmp(str(w, a->id), str(w, b->id)) < 0;
    return strcmp(str(w, a->scheme), str(w, b->scheme)) < 0;
}

static OracleAnchor
anchor_of(const World *w, int v, int layer)
{
    const uint32_t refuting =
        1U << CPSF_REASON_REVOKED | 1U << CPSF_REASON_ANNULLED | 1U << CPSF_REASON_FAILED;
    OracleAnchor a = {.item = -1, .state = CPSF_STATE_UNVERIFIED};
    gboolean refuted = FALSE;

    for (int64_t i = 0; i < w->g->evidence.n; i++) {
        if ((int) w->g->evidence.items[i].node != v || !now(w, w->g->evidence.items[i].said))
            continue;

        const uint32_t reasons = reasons_of(w, i, layer, 8);

        refuted |= reasons != 0 && (reasons | refuting) == refuting;
        if (a.item < 0 || closer(w, i, reasons, a.item, a.reasons)) {
            a.item = i;
            a.reasons = reasons;
        }
    }
    if (w->g->kind[v] == CPSF_KIND_UNKNOWN)
        return (OracleAnchor){
            .item = -1, .state = CPSF_STATE_UNVERIFIED, .reasons = 1U << CPSF_REASON_UNKNOWN_KIND};
    if (a.item < 0)
        a.reasons = 1U << CPSF_REASON_NO_EVIDENCE;
    else if (a.reasons == 0)
        a.state = CPSF_STATE_VERIFIED;
    else if (refuted)
        a.state = CPSF_STATE_REFUTED;
    return a;
}

static gboolean
is_asked(const World *w, int v, int layer)
{
    if (!w->o->holds[v])
        return FALSE;
    if (w->g->kind[v] == CPSF_KIND_UNKNOWN)
        return layer == 1;
    for (int64_t i = 0; i < w->p->requirements.n; i++)
        if ((int) w->p->requirements.items[i].kind == w->g->kind[v] &&
            w->p->requirements.items[i].layer == layer)
            return w->g->layers[v] >> (layer - 1) & 1;
    return FALSE;
}

static void
find_anchors(World *w)
{
    const int n = w->o->n;

    for (int v = 0; v < n; v++)
        for (int l = 1; l <= 3; l++) {
            w->o->anchor[v][l - 1] = anchor_of(w, v, l);
            w->o->anchor[v][l - 1].asked = is_asked(w, v, l);
        }
    for (int v = 0; v < n; v++)
        for (int l = 0; l < 3; l++)
            for (int x = 0; x < n; x++)
                w->o->anchor[v][l].incomplete |=
                    w->g->kind[v] == CPSF_KIND_DEVICE &&
                    w->o->anchor[v][l].state == CPSF_STATE_VERIFIED &&
                    (w->related[(x * n + v) * CPSF_N_RELATIONS + CPSF_RELATION_MAKES] ||
                     w->related[(x * n + v) * CPSF_N_RELATIONS + CPSF_RELATION_MAINTAINS]) &&
                    w->o->anchor[x][0].state != CPSF_STATE_VERIFIED;
}

static void
world_init(World *w, const CpsfGraph *graph, const CpsfPolicy *policy, CpsfTime at)
{
    const size_t n = (size_t) graph->n_nodes;

    *w = (World){.g = graph, .p = policy, .at = at, .o = g_new0(Oracle, 1)};
    w->o->n = graph->n_nodes;
    w->o->anchor = g_malloc0_n(n + 1, sizeof *w->o->anchor);
    w->o->relying = g_new0(int64_t, n + 1);
    w->o->holds = g_new0(gboolean, n + 1);
    w->related = g_new0(gboolean, n * n * CPSF_N_RELATIONS + 1);
    w->felt = g_new0(gboolean, n * n + 1);
    w->part = g_new0(gboolean, n * n + 1);
    find_holding(w);
    find_edges(w);
}

/* All but its oracle. */
static Oracle *
world_clear(World *w)
{
    g_free(w->related);
    g_free(w->felt);
    g_free(w->part);
    return w->o;
}

Oracle *
oracle_new(const CpsfGraph *graph, const CpsfPolicy *policy, CpsfTime at)
{
    World w;

    world_init(&w, graph, policy, at);
    find_anchors(&w);
    return world_clear(&w);
}

void
oracle_judge(const CpsfGraph *graph,
             const CpsfPolicy *policy,
             CpsfTime at,
             OracleItem *items,
             gboolean *may_assess)
{
    World w;

    world_init(&w, graph, policy, at);
    for (int64_t i = 0; i < graph->evidence.n; i++) {
        const CpsfEvidenceRow *e = &graph->evidence.items[i];

        items[i].exists = now(&w, e->said) && w.o->holds[e->node];
        items[i].assurance = assurance_of(&w, e);
        for (int l = 1; l <= 3; l++)
            items[i].reasons[l - 1] = reasons_of(&w, i, l, 8);
    }
    for (int64_t i = 0; i < graph->opinions.n; i++) {
        const CpsfOpinionRow *o = &graph->opinions.items[i];

        may_assess[i] =
            trusts(&w, o->assessor, "assessment", 8) && !is_itself(&w, o->assessor, (int) o->node);
    }
    oracle_free(world_clear(&w));
}

void
oracle_free(Oracle *self)
{
    g_free(self->anchor);
    g_free(self->relying);
    g_free(self->holds);
    g_free(self);
}
