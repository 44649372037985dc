/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "config.h"

#include "vouchgen.h"

#include <math.h>
#include <string.h>

#include "graphgen.h"

static double
draw_amount(uint64_t *r)
{
    return pow(10.0, (double) test_random_below(r, 5001) / 1000.0 - 2.0);
}

TestVouch
test_vouch_draw(uint64_t seed, int n, int sparse, int against)
{
    TestVouch self = {.n = n};
    uint64_t r = seed;

    g_assert(n <= TEST_VOUCH_MAX);
    self.is_root[0] = TRUE;
    self.is_root[1] = n > 6;
    for (int k = 0; k < n; k++)
        for (int j = 0; j < n; j++) {
            if (k == j || test_random_below(&r, (uint32_t) sparse) != 0)
                continue;
            if (test_random_below(&r, 100) >= (uint32_t) against)
                self.positive[k][j] = draw_amount(&r);
            else
                self.negative[k][j] = draw_amount(&r);
            if (test_random_below(&r, 4) == 0 && against > 0)
                self.negative[k][j] = draw_amount(&r);
        }
    return self;
}

static void
allocate(CpsfVouches *v, int32_t n, int64_t m)
{
    v->in.n = n;
    v->in.m = m;
    v->in.offsets = g_new0(int64_t, (size_t) n + 1);
    v->in.heads = g_new0(int32_t, (size_t) m + 1);
    v->positive = g_new0(double, (size_t) m + 1);
    v->negative = g_new0(double, (size_t) m + 1);
    v->is_dogmatic = g_new0(uint8_t, (size_t) m + 1);
    v->is_root = g_new0(uint8_t, (size_t) n + 1);
}

CpsfVouches
test_vouch_index(const TestVouch *self)
{
    CpsfVouches v = {0};
    int64_t m = 0;

    allocate(&v, self->n, (int64_t) self->n * self->n);
    for (int j = 0; j < self->n; j++) {
        for (int k = 0; k < self->n; k++) {
            if (self->positive[k][j] + self->negative[k][j] == 0.0)
                continue;
            v.in.heads[m] = k;
            v.positive[m] = self->positive[k][j];
            v.negative[m] = self->negative[k][j];
            v.is_dogmatic[m++] = self->is_dogmatic[k][j] ? 1 : 0;
        }
        v.in.offsets[j + 1] = m;
        v.is_root[j] = self->is_root[j] ? 1 : 0;
        v.n_roots += v.is_root[j];
    }
    v.in.m = m;
    return v;
}

CpsfVouches
test_vouch_large(int32_t n, int64_t m, gboolean is_company, uint64_t seed)
{
    g_autoptr(TestGraph) graph =
        test_graph_new(is_company ? TEST_GRAPH_COMPANY : TEST_GRAPH_SOFTWARE, n, m, seed);
    CpsfVouches v = {0};
    CpsfCsr out;
    CpsfCsr in;
    uint64_t r = seed;
    int64_t kept = 0;

    test_graph_index(graph, &out);
    g_assert(cpsf_csr_transpose(&out, &in, NULL, NULL));
    allocate(&v, n, m);
    for (int32_t j = 0; j < n; j++) {
        for (int64_t e = in.offsets[j]; e < in.offsets[j + 1]; e++) {
            if (in.heads[e] == j || (kept > v.in.offsets[j] && v.in.heads[kept - 1] == in.heads[e]))
                continue;
            v.in.heads[kept] = in.heads[e];
            v.positive[kept] = 6.0 + 0.001 * (double) test_random_below(&r, 20000);
            v.negative[kept++] = test_random_below(&r, 50) == 0 ? 18.0 : 0.0;
        }
        v.in.offsets[j + 1] = kept;
    }
    v.in.m = kept;
    for (int32_t i = 0; i < 100; i++)
        v.is_root[(int64_t) i * n / 100] = 1;
    v.n_roots = 100;
    cpsf_csr_clear(&out);
    cpsf_csr_clear(&in);
    return v;
}

typedef struct {
    long double p, n, c;
} Sum;

/* R_j, evidence without limit before all other. */
static Sum
sum_of(const TestVouch *self, const long double *g, int j)
{
    Sum limited = {0, 0, 2};
    Sum unlimited = {0, 0, 0};

    for (int k = 0; k < self->n; k++) {
        Sum *sum = self->is_dogmatic[k][j] ? &unlimited : &limited;

        sum->p += g[k] * (long double) self->positive[k][j];
        sum->n += g[k] * (long double) self->negative[k][j];
    }
    return unlimited.p + unlimited.n > 0 ? unlimited : limited;
}

long double
test_vouch_ebsl(const TestVouch *self, CpsfEbslDiscount discount, CpsfOpinion *opinions)
{
    long double g[TEST_VOUCH_MAX] = {0};
    long double next[TEST_VOUCH_MAX];
    long double change = 1;

    for (int k = 0; k < self->n; k++)
        g[k] = self->is_root[k] ? 1 : 0;
    for (int round = 0; round < 40000 && change > 1e-18L; round++) {
        change = 0;
        for (int j = 0; j < self->n; j++) {
            const Sum r = sum_of(self, g, j);
            const long double b = r.p / (r.p + r.n + r.c);
            const long double wanted = discount == CPSF_EBSL_BELIEF ? b : sqrtl(b);

            next[j] = self->is_root[j] ? 1 : wanted;
            if (g[j] > 0 && wanted > 0 && !self->is_root[j]) {
                change = fmaxl(change, fabsl(logl(wanted / g[j])));
                next[j] = g[j] * powl(wanted / g[j], 0.25L);
            } else if (next[j] != g[j]) {
                change = 1;
            }
        }
        memcpy(g, next, sizeof g);
    }
    for (int j = 0; j < self->n; j++) {
        const Sum r = sum_of(self, g, j);
        const long double all = r.p + r.n + r.c;

        opinions[j] = self->is_root[j] ? (CpsfOpinion){1, 0, 0}
                                       : (CpsfOpinion){(double) (r.p / all), (double) (r.n / all),
                                                       (double) (r.c / all)};
    }
    return change;
}

double
test_vouch_ebsl_off(const CpsfVouches *a, CpsfEbslDiscount discount, const CpsfOpinion *opinions)
{
    long double off = 0;

    for (int32_t j = 0; j < a->in.n; j++) {
        Sum r = {0, 0, 2};

        for (int64_t e = a->in.offsets[j]; e < a->in.offsets[j + 1]; e++) {
            const long double b = (long double) opinions[a->in.heads[e]].belief;
            const long double g = discount == CPSF_EBSL_BELIEF ? b : sqrtl(b);

            r.p += g * (long double) a->positive[e];
            r.n += g * (long double) a->negative[e];
        }
        if (a->is_root[j])
            continue;
        off = fmaxl(off, fabsl(r.p / (r.p + r.n + r.c) - (long double) opinions[j].belief));
        off = fmaxl(off, fabsl(r.n / (r.p + r.n + r.c) - (long double) opinions[j].disbelief));
    }
    return (double) off;
}

static long double
praise_of(const TestVouch *self, int i, int j)
{
    return fmaxl((long double) self->positive[i][j] - (long double) self->negative[i][j], 0);
}

void
test_vouch_eigentrust(const TestVouch *self, double a, const double *prior, double *trust)
{
    const int n = self->n;
    long double t[TEST_VOUCH_MAX] = {0};
    long double rest = 1;

    t[0] = 1;
    for (int round = 0; round < 40000 && rest > 1e-19L; round++) {
        long double next[TEST_VOUCH_MAX] = {0};

        for (int i = 0; i < n; i++) {
            long double row = 0;

            for (int j = 0; j < n; j++)
                row += praise_of(self, i, j);
            for (int j = 0; j < n; j++)
                next[j] += (1 - (long double) a) * t[i] *
                           (row > 0 ? praise_of(self, i, j) / row : (long double) prior[j]);
        }
        rest = 0;
        for (int j = 0; j < n; j++) {
            next[j] += (long double) a * (long double) prior[j];
            rest += fabsl(next[j] - t[j]);
        }
        memcpy(t, next, sizeof t);
    }
    for (int j = 0; j < n; j++)
        trust[j] = (double) t[j];
}
