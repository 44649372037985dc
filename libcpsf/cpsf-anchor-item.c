/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * What each evidence item is worth at the moment of a snapshot (docs/semantics.md, section 5).
 *
 * Three passes over the items.  First whatever an item says by itself: dates, status, scope,
 * assurance.  Then trusted issuers, T0 to T8: a company joins when an item that accredits it
 * passes under the set before.  Last, items whose issuer is in none of them.  Strings are resolved
 * to small numbers once, so that the passes compare numbers.
 */

#include "config.h"

#include "cpsf-anchor-item-private.h"

#include <stdlib.h>
#include <string.h>

#define REASON(r) (1U << CPSF_REASON_##r)

enum { TRUST_ROUNDS = 8 }; /* trusted = T8 */

typedef struct {
    CpsfStr id;
    int16_t scheme; /* index into policy->schemes */
} SchemeId;

typedef struct {
    int64_t who;  /* as issuer_of() has it */
    int64_t root; /* index into policy->roots */
} RootId;

typedef struct {
    const CpsfSnapshot *snapshot;
    const CpsfGraph *graph;
    const CpsfPolicy *policy;
    SchemeId *schemes; /* by id */
    int64_t n_schemes;
    RootId *roots; /* by who */
    int64_t n_roots;
    int16_t *accreditors; /* schemes that accredit others */
    int64_t n_accreditors;
    int32_t *accredited; /* n_nodes: row of `rounds` of a company, -1 = none; NULL until needed */
    int32_t n_admitted;
    CPSF_ARRAY(uint8_t) rounds; /* rows of n_accreditors: i = in T_i by that scheme, 0 = never */
    uint32_t *climbed; /* n_nodes: number of the climb that met this node; NULL until needed */
    int32_t *stack;    /* n_nodes */
    uint32_t climb;    /* number of climbs so far */
    int32_t climber;   /* whose climb it was */
} Judge;

static void
judge_clear(Judge *self)
{
    g_free(self->schemes);
    g_free(self->roots);
    g_free(self->accreditors);
    g_free(self->accredited);
    g_free(self->rounds.items);
    g_free(self->climbed);
    g_free(self->stack);
}

/* A number for a key: its node, or beyond all nodes if it names none; -1 for no key. */
static int64_t
who_is(const CpsfGraph *graph, CpsfStr key)
{
    const int32_t node = key != 0 ? cpsf_graph_node_of(graph, key) : CPSF_NODE_NONE;

    if (key == 0)
        return -1;
    return node != CPSF_NODE_NONE ? node : (int64_t) INT32_MAX + 1 + key;
}

static int
compare_scheme_ids(const void *left, const void *right)
{
    const SchemeId *a = left;
    const SchemeId *b = right;

    return (a->id > b->id) - (a->id < b->id);
}

static int
compare_root_ids(const void *left, const void *right)
{
    const RootId *a = left;
    const RootId *b = right;

    if (a->who != b->who)
        return a->who < b->who ? -1 : 1;
    return (a->root > b->root) - (a->root < b->root);
}

/* Numbers for the ids and keys of the policy that the graph knows at all. */
static gboolean
resolve_policy(Judge *self, GError **error)
{
    const CpsfStrtab *strings = self->graph->strings;
    const CpsfPolicy *policy = self->policy;

    self->schemes = cpsf_try_new(SchemeId, (size_t) policy->schemes.n, error);
    self->roots = cpsf_try_new(RootId, (size_t) policy->roots.n, error);
    self->accreditors = cpsf_try_new(int16_t, (size_t) policy->schemes.n, error);
    if (self->schemes == NULL || self->roots == NULL || self->accreditors == NULL)
        return FALSE;
    for (int64_t i = 0; i < policy->schemes.n; i++) {
        const char *id = policy->schemes.items[i].id;
        const CpsfStr known = cpsf_strtab_find(strings, id, strlen(id));

        if (known == 0)
            continue;
        self->schemes[self->n_schemes++] = (SchemeId){known, (int16_t) i};
        if (policy->schemes.items[i].accredits[0] != NULL)
            self->accreditors[self->n_accreditors++] = (int16_t) i;
    }
    for (int64_t i = 0; i < policy->roots.n; i++) {
        const char *key = policy->roots.items[i].key;
        const CpsfStr known = cpsf_strtab_find(strings, key, strlen(key));

        if (known != 0)
            self->roots[self->n_roots++] = (RootId){who_is(self->graph, known), i};
    }
    qsort(self->schemes, (size_t) self->n_schemes, sizeof *self->schemes, compare_scheme_ids);
    qsort(self->roots, (size_t) self->n_roots, sizeof *self->roots, compare_root_ids);
    return TRUE;
}

static int16_t
find_scheme(const Judge *self, CpsfStr id)
{
    const SchemeId wanted = {id, 0};
    const SchemeId *found = self->n_schemes == 0
                                ? NULL
                                : bsearch(&wanted, self->schemes, (size_t) self->n_schemes,
                                          sizeof wanted, compare_scheme_ids);

    return found != NULL ? found->scheme : -1;
}

/* The last two ranks are alike. */
static CpsfAssurance
rank_of(CpsfAssurance assurance)
{
    return MIN(assurance, CPSF_ASSURANCE_THIRD_PARTY);
}

/* Whether @issuer is @subject or, now, supplies, owns, makes, operates or maintains it.  Edges of
 * a row are in order of head and then of relation, and these five relations are the first. */
static gboolean
speaks_for_itself(const Judge *self, int64_t issuer, int32_t subject)
{
    G_STATIC_ASSERT(CPSF_RELATION_SUPPLIES == 0 && CPSF_RELATION_OWNS == 1 &&
                    CPSF_RELATION_MAKES == 2 && CPSF_RELATION_OPERATES == 3 &&
                    CPSF_RELATION_MAINTAINS == 4);
    const CpsfCsr *out = &self->snapshot->out;

    if (issuer == subject)
        return TRUE;
    if (issuer < 0 || issuer >= self->graph->n_nodes)
        return FALSE;

    int64_t low = out->offsets[issuer];
    int64_t high = out->offsets[issuer + 1];
    const int64_t end = high;

    while (low < high) {
        const int64_t middle = low + (high - low) / 2;

        if (out->heads[middle] < subject)
            low = middle + 1;
        else
            high = middle;
    }
    return low < end && out->heads[low] == subject &&
           self->graph->edges.items[self->snapshot->out_row[low]].relation <=
               CPSF_RELATION_MAINTAINS;
}

/* The lowest of the claim, the scheme's, and `self` if the issuer speaks for itself. */
static CpsfAssurance
effective_assurance(const Judge *self, const CpsfEvidenceRow *row, const CpsfSchemeRule *scheme)
{
    CpsfAssurance a = (CpsfAssurance) row->assurance;

    if (scheme != NULL && (a == CPSF_ASSURANCE_NONE || rank_of(scheme->assurance) < rank_of(a)))
        a = scheme->assurance;
    if (a > CPSF_ASSURANCE_SELF &&
        speaks_for_itself(self, who_is(self->graph, row->issuer), (int32_t) row->node))
        a = CPSF_ASSURANCE_SELF;
    return a;
}

/* The item's own end, or its start plus the scheme's validity if that is earlier; an item that does
 * not say when it began has always been there, so that a scheme with a validity has run out. */
static CpsfTime
effective_until(const CpsfEvidenceRow *row, const CpsfSchemeRule *scheme)
{
    if (scheme == NULL || !scheme->has_validity)
        return row->valid.until;
    return MIN(row->valid.until, cpsf_time_add(row->valid.since, scheme->validity));
}

static uint32_t
reason_of_status(CpsfStatus status)
{
    switch (status) {
    case CPSF_STATUS_PENDING:
        return REASON(PENDING);
    case CPSF_STATUS_SUSPENDED:
        return REASON(SUSPENDED);
    case CPSF_STATUS_EXPIRED:
    case CPSF_STATUS_ARCHIVED:
    case CPSF_STATUS_SUPERSEDED:
        return REASON(EXPIRED);
    case CPSF_STATUS_REVOKED:
    case CPSF_STATUS_WITHDRAWN:
        return REASON(REVOKED);
    case CPSF_STATUS_ANNULLED:
        return REASON(ANNULLED);
    case CPSF_STATUS_FAILED:
        return REASON(FAILED);
    case CPSF_STATUS_VALID:
    case CPSF_STATUS_VALID_PENDING_RENEWAL:
    case CPSF_STATUS_DECLARED:
    case CPSF_STATUS_RESTRICTED:
    default:
        return 0;
    }
}

/* Marks @subject and all it is part of, directly or not.  Items come by subject, so one climb
 * serves all items of a node. */
static gboolean
climb(Judge *self, int32_t subject, GError **error)
{
    const CpsfCsr *out = &self->snapshot->out;
    int64_t depth = 0;

    if (self->climbed == NULL) {
        self->climbed = cpsf_try_new0(uint32_t, (size_t) self->graph->n_nodes, error);
        self->stack = cpsf_try_new(int32_t, (size_t) self->graph->n_nodes, error);
        self->climber = CPSF_NODE_NONE;
    }
    if (self->climbed == NULL || self->stack == NULL)
        return FALSE;
    if (self->climber == subject)
        return TRUE;
    self->climber = subject;
    self->climbed[subject] = ++self->climb;
    self->stack[depth++] = subject;
    while (depth > 0) {
        const int32_t v = self->stack[--depth];

        for (int64_t e = out->offsets[v]; e < out->offsets[v + 1]; e++) {
            const int32_t whole = out->heads[e];
            const int64_t row = self->snapshot->out_row[e];

            if (self->graph->edges.items[row].relation != CPSF_RELATION_PART_OF ||
                self->climbed[whole] == self->climb)
                continue;
            self->climbed[whole] = self->climb;
            self->stack[depth++] = whole;
        }
    }
    return TRUE;
}

/* @holds: whether one of the keys of the scope is the subject or something it is part of. */
static gboolean
check_scope(Judge *self, const CpsfEvidenceRow *row, gboolean *holds, GError **error)
{
    const char *c = cpsf_strtab_get(self->graph->strings, row->scope);

    *holds = FALSE;
    if (!climb(self, (int32_t) row->node, error))
        return FALSE;
    while (*c != '\0' && !*holds) {
        const size_t length = strcspn(c, " ");
        const CpsfStr key = length > 0 ? cpsf_strtab_find(self->graph->strings, c, length) : 0;
        const int32_t node = key != 0 ? cpsf_graph_node_of(self->graph, key) : CPSF_NODE_NONE;

        *holds = node != CPSF_NODE_NONE && self->climbed[node] == self->climb;
        c += length + (c[length] == ' ');
    }
    return TRUE;
}

/* What one item says by itself. */
static gboolean
judge_item(Judge *self, const CpsfEvidenceRow *row, CpsfItemWorth *worth, GError **error)
{
    const CpsfTime at = self->snapshot->at;
    gboolean is_in_scope = TRUE;

    *worth = (CpsfItemWorth){.scheme = find_scheme(self, row->scheme)};
    worth->exists = self->snapshot->holds[row->node] && cpsf_interval_holds(row->said, at);

    const CpsfSchemeRule *scheme =
        worth->scheme >= 0 ? &self->policy->schemes.items[worth->scheme] : NULL;

    worth->until = effective_until(row, scheme);
    if (!worth->exists)
        return TRUE;
    worth->assurance = (uint8_t) effective_assurance(self, row, scheme);
    worth->reasons = reason_of_status((CpsfStatus) row->status);
    if (scheme == NULL)
        worth->reasons |= REASON(UNKNOWN_SCHEME);
    if (at < row->valid.since)
        worth->reasons |= REASON(NOT_YET_VALID);
    if (at >= worth->until)
        worth->reasons |= REASON(EXPIRED);
    if (row->scope != 0 && !check_scope(self, row, &is_in_scope, error))
        return FALSE;
    if (!is_in_scope)
        worth->reasons |= REASON(WRONG_SCOPE);
    return TRUE;
}

/* T0: whether a root of the policy is meant by @who and answers for @scheme. */
static gboolean
is_root(const Judge *self, int64_t who, const char *scheme)
{
    int64_t low = 0;
    int64_t high = self->n_roots;

    while (low < high) {
        const int64_t middle = low + (high - low) / 2;

        if (self->roots[middle].who < who)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < self->n_roots && self->roots[low].who == who; low++)
        if (cpsf_policy_list_names(self->policy->roots.items[self->roots[low].root].schemes,
                                   scheme))
            return TRUE;
    return FALSE;
}

/* Whether @who is in T_i for @scheme, i = @round. */
static gboolean
is_trusted(const Judge *self, int64_t who, const char *scheme, int round)
{
    if (who < 0)
        return FALSE;
    if (is_root(self, who, scheme))
        return TRUE;
    if (self->accredited == NULL || who >= self->graph->n_nodes || self->accredited[who] < 0)
        return FALSE;

    const uint8_t *rounds = self->rounds.items + self->accredited[who] * self->n_accreditors;

    for (int64_t a = 0; a < self->n_accreditors; a++)
        if (rounds[a] != 0 && rounds[a] <= round &&
            cpsf_policy_list_names(self->policy->schemes.items[self->accreditors[a]].accredits,
                                   scheme))
            return TRUE;
    return FALSE;
}

/* @company joins T_round for whatever @scheme accredits, unless it is there already. */
static gboolean
admit(Judge *self, uint32_t company, int16_t scheme, int round, GError **error)
{
    int64_t a = 0;

    if (self->accredited[company] < 0) {
        self->accredited[company] = self->n_admitted++;
        for (int64_t i = 0; i < self->n_accreditors; i++)
            if (cpsf_array_add(&self->rounds, error) == NULL)
                return FALSE;
    }
    while (self->accreditors[a] != scheme)
        a++;

    uint8_t *slot = self->rounds.items + self->accredited[company] * self->n_accreditors + a;

    /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): a company that was admitted has rounds */
    if (*slot == 0)
        *slot = (uint8_t) round;
    return TRUE;
}

/* Whether the issuer of @row is in T_i for the row's scheme, i = @round. */
static gboolean
has_trusted_issuer(const Judge *self, const CpsfEvidenceRow *row, int round)
{
    return is_trusted(self, who_is(self->graph, row->issuer),
                      cpsf_strtab_get(self->graph->strings, row->scheme), round);
}

typedef CPSF_ARRAY(int64_t) Rows;

/* The items that may accredit somebody: about a company, passing in layer 1 but for their issuer,
 * of a scheme that accredits others. */
static gboolean
find_candidates(const Judge *self, const CpsfItemWorth *items, Rows *rows, GError **error)
{
    for (int64_t i = 0; i < self->graph->evidence.n; i++) {
        const CpsfEvidenceRow *row = &self->graph->evidence.items[i];

        if (!items[i].exists || items[i].scheme < 0 ||
            self->graph->kind[row->node] != CPSF_KIND_COMPANY ||
            self->policy->schemes.items[items[i].scheme].accredits[0] == NULL ||
            cpsf_item_get_reasons(self->snapshot, self->policy, &items[i], row, 1) != 0)
            continue;

        int64_t *slot = cpsf_array_add(rows, error);

        if (slot == NULL)
            return FALSE;
        *slot = i;
    }
    return TRUE;
}

/* T_{i+1} from T_i, eight times or until nothing changes; what has joined leaves the candidates. */
static gboolean
grow_trust(Judge *self, const CpsfItemWorth *items, Rows *candidates, GError **error)
{
    for (int round = 0; round < TRUST_ROUNDS && candidates->n > 0; round++) {
        int64_t left = 0;

        for (int64_t c = 0; c < candidates->n; c++) {
            const int64_t i = candidates->items[c];
            const CpsfEvidenceRow *row = &self->graph->evidence.items[i];

            if (items[i].assurance != CPSF_ASSURANCE_SELF && !has_trusted_issuer(self, row, round))
                candidates->items[left++] = i;
            else if (!admit(self, row->node, items[i].scheme, round + 1, error))
                return FALSE;
        }
        if (left == candidates->n)
            break;
        candidates->n = left;
    }
    return TRUE;
}

static gboolean
find_trusted_issuers(Judge *self, const CpsfItemWorth *items, GError **error)
{
    Rows candidates = {0};
    gboolean is_done = find_candidates(self, items, &candidates, error);

    if (is_done && candidates.n > 0) {
        self->accredited = cpsf_try_new(int32_t, (size_t) self->graph->n_nodes, error);
        is_done = self->accredited != NULL;
        for (int32_t v = 0; is_done && v < self->graph->n_nodes; v++)
            self->accredited[v] = -1;
        is_done = is_done && grow_trust(self, items, &candidates, error);
    }
    g_free(candidates.items);
    return is_done;
}

static gboolean
judge_all(Judge *self, CpsfItemWorth *items, GError **error)
{
    const CpsfGraph *graph = self->graph;

    if (!resolve_policy(self, error))
        return FALSE;
    for (int64_t i = 0; i < graph->evidence.n; i++)
        if (!judge_item(self, &graph->evidence.items[i], &items[i], error))
            return FALSE;
    if (!find_trusted_issuers(self, items, error))
        return FALSE;
    for (int64_t i = 0; i < graph->evidence.n; i++)
        if (items[i].exists && items[i].assurance != CPSF_ASSURANCE_SELF &&
            !has_trusted_issuer(self, &graph->evidence.items[i], TRUST_ROUNDS))
            items[i].reasons |= REASON(UNTRUSTED_ISSUER);
    return TRUE;
}

gboolean
cpsf_items_judge(const CpsfSnapshot *snapshot,
                 const CpsfPolicy *policy,
                 CpsfItemWorth *items,
                 GError **error)
{
    Judge judge = {.snapshot = snapshot, .graph = snapshot->graph, .policy = policy};
    const gboolean is_done = judge_all(&judge, items, error);

    judge_clear(&judge);
    return is_done;
}

uint32_t
cpsf_item_get_reasons(const CpsfSnapshot *snapshot,
                      const CpsfPolicy *policy,
                      const CpsfItemWorth *worth,
                      const CpsfEvidenceRow *row,
                      int layer)
{
    const CpsfKind kind = (CpsfKind) snapshot->graph->kind[row->node];
    const CpsfRequirement *asked = cpsf_policy_find_requirement(policy, kind, layer);
    uint32_t reasons = worth->reasons;

    if (row->layer != layer || (worth->scheme >= 0 && (policy->schemes.items[worth->scheme].layers &
                                                       CPSF_LAYER(layer)) == 0))
        reasons |= REASON(WRONG_LAYER);
    if (asked != NULL && rank_of((CpsfAssurance) worth->assurance) < rank_of(asked->assurance))
        reasons |= REASON(WEAK_ASSURANCE);
    if ((asked != NULL && asked->is_signed) || cpsf_policy_has_signers(policy))
        reasons |= REASON(UNSIGNED);
    return reasons;
}

/* Trusted issuers are found again, from all items that pass in the end: one that passes under T_i
 * passes under T_8, so nobody is missed, and rounds count as they did. */
static gboolean
judge_assessors(Judge *self, const CpsfItemWorth *items, int64_t *assessors, GError **error)
{
    const CpsfGraph *graph = self->graph;

    if (!resolve_policy(self, error) || !find_trusted_issuers(self, items, error))
        return FALSE;
    for (int64_t i = 0; i < graph->opinions.n; i++) {
        const CpsfOpinionRow *row = &graph->opinions.items[i];
        const int64_t who = who_is(graph, row->assessor);

        assessors[i] = cpsf_interval_holds(row->valid, self->snapshot->at) &&
                               is_trusted(self, who, "assessment", TRUST_ROUNDS) &&
                               !speaks_for_itself(self, who, (int32_t) row->node)
                           ? who
                           : -1;
    }
    return TRUE;
}

gboolean
cpsf_assessors_judge(const CpsfSnapshot *snapshot,
                     const CpsfPolicy *policy,
                     const CpsfItemWorth *items,
                     int64_t *assessors,
                     GError **error)
{
    const CpsfGraph *graph = snapshot->graph;
    Judge judge = {.snapshot = snapshot, .graph = graph, .policy = policy};
    gboolean is_done = TRUE;

    if (cpsf_policy_has_signers(policy))
        for (int64_t i = 0; i < graph->opinions.n; i++)
            assessors[i] = -1;
    else if (graph->opinions.n > 0)
        is_done = judge_assessors(&judge, items, assessors, error);
    judge_clear(&judge);
    return is_done;
}
