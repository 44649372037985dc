/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gio/gio.h>

#include "cpsf-anchor-private.h"

G_BEGIN_DECLS

/*
 * Evidence that parties give of each other, for EBSL and EigenTrust.  Parties are the nodes of a
 * graph, or whatever a test numbers.
 */
typedef struct {
    CpsfCsr in; /* from whom evidence is about to those who give it; rows ascend, nobody speaks of
                   himself, nor twice of another */
    double *positive;     /* (owned) in.m: amount of evidence for, at least 0, sums stay finite */
    double *negative;     /* (owned) in.m: against */
    uint8_t *is_dogmatic; /* (owned) in.m: evidence without limit, which outweighs all that has one;
                             positive and negative are then its shares, and sum to 1 */
    uint8_t *is_root;     /* (owned) in.n: trusted for no reason given */
    int32_t n_roots;
} CpsfVouches;

/*
 * What is said along the `vouches` edges that hold.  @layer 1 to 3: items and opinions of that layer
 * alone; 0: of all.  Roots are those of the policy that are nodes and hold.
 *
 * FALSE with NO_MEMORY, @self then being empty.  O(nodes + rows + items log d) for at most d that
 * vouch for one node.
 */
gboolean
cpsf_vouches_init(CpsfVouches *self, const CpsfAnchors *anchors, int layer, GError **error);
void cpsf_vouches_clear(CpsfVouches *self);

/* FALSE with NOT_FOUND if no root of the policy is a node that holds. */
gboolean cpsf_vouches_check_roots(const CpsfVouches *self, GError **error);

/* Parties in circles of evidence, each circle after those that its evidence comes from. */
typedef struct {
    int32_t n;        /* circles, those of one party included */
    int32_t *circle;  /* (owned) of each party */
    int32_t *members; /* (owned) by circle */
    int32_t *start;   /* (owned) n + 1: circle k is members[start[k]] … */
} CpsfCircles;

/* @in: as CpsfVouches has it.  Within a circle by number.  FALSE with NO_MEMORY or LIMIT, @self then
 * being empty. */
gboolean cpsf_circles_init(CpsfCircles *self, const CpsfCsr *in, GError **error);
void cpsf_circles_clear(CpsfCircles *self);

/* How a fixed point was come by. */
typedef struct {
    int sweeps;       /* the most that a circle took; 1 if there is none */
    int halvings;     /* of the step, the most that a circle took */
    double residual;  /* last change */
    double error;     /* bound, besides rounding; NaN = none is known */
    int32_t restless; /* a party of the circle that did not come to rest; -1 = there is none */
} CpsfFixedPoint;

/* g of EBSL: what of the evidence that a party gives passes on, by the opinion of that party. */
typedef enum {
    CPSF_EBSL_BELIEF,      /* g = b */
    CPSF_EBSL_SQRT_BELIEF, /* g = sqrt b */
} CpsfEbslDiscount;

/* All zero: the defaults. */
typedef struct {
    CpsfEbslDiscount discount;
    gboolean never_damp;
    double rest;               /* change of ln g at which a circle rests; 0 = 1e-14 */
    int max_sweeps;            /* of a circle; 0 = 20,000 */
    GCancellable *cancellable; /* (nullable) */
} CpsfEbslOptions;

/*
 * What the roots together think of each party.  @opinions: in.n; (1, 0, 0) of a root, (0, 0, 1) of
 * whom no evidence reaches.  FALSE with NOT_CONVERGED, NO_MEMORY, LIMIT, CANCELLED, @opinions then
 * meaning nothing.  cpsf-ebsl-flow.c
 */
gboolean cpsf_ebsl_solve(const CpsfVouches *evidence,
                         const CpsfEbslOptions *options,
                         CpsfOpinion *opinions,
                         CpsfFixedPoint *info,
                         GError **error);

typedef struct {
    double restart;            /* a, in (0, 1] */
    double error;              /* bound to reach; 0 = 1e-12 */
    int max_sweeps;            /* of a circle; 0 = 100,000 */
    GCancellable *cancellable; /* (nullable) */
} CpsfEigentrustOptions;

/*
 * The share of trust of each party.  @prior: in.n, at least 0, sums to 1.  @trust: in.n, likewise.
 * FALSE with NOT_CONVERGED, NO_MEMORY, LIMIT, CANCELLED, @trust then meaning nothing.
 * cpsf-eigentrust.c
 */
gboolean cpsf_eigentrust_solve(const CpsfVouches *evidence,
                               const CpsfEigentrustOptions *options,
                               const double *prior,
                               double *trust,
                               CpsfFixedPoint *info,
                               GError **error);

G_END_DECLS
