/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Evidence among numbered parties, said one by one or drawn at random, and plain solutions of what
 * it comes to: dense, in long double, by nothing cleverer than doing it again. */

#include "cpsf-vouch-private.h"

enum { TEST_VOUCH_MAX = 24 };

/* Row k: what k says. */
typedef struct {
    int n;
    double positive[TEST_VOUCH_MAX][TEST_VOUCH_MAX];
    double negative[TEST_VOUCH_MAX][TEST_VOUCH_MAX];
    gboolean is_dogmatic[TEST_VOUCH_MAX][TEST_VOUCH_MAX];
    gboolean is_root[TEST_VOUCH_MAX];
} TestVouch;

/* Each pair with chance 1 in @sparse; amounts from 0.01 to 1000, even in logarithms; against with
 * chance @against in 100.  Party 0 is a root, and party 1 if there are more than 6. */
TestVouch test_vouch_draw(uint64_t seed, int n, int sparse, int against);

/* Free with cpsf_vouches_clear(). */
CpsfVouches test_vouch_index(const TestVouch *self);

/* The same of a large graph: all edges of @shape, each with some amounts; node 0 is the root. */
CpsfVouches test_vouch_large(int32_t n, int64_t m, gboolean is_company, uint64_t seed);

/* EBSL with c = 2: opinions.  Jacobi with steps of a quarter in logarithms.  Returns the last change
 * in logarithms. */
long double
test_vouch_ebsl(const TestVouch *self, CpsfEbslDiscount discount, CpsfOpinion *opinions);

/* How far @opinions are from solving EBSL's equations, in the largest of all figures. */
double test_vouch_ebsl_off(const CpsfVouches *evidence,
                           CpsfEbslDiscount discount,
                           const CpsfOpinion *opinions);

/* EigenTrust: t, the power iteration of the paper. */
void test_vouch_eigentrust(const TestVouch *self, double a, const double *prior, double *trust);
