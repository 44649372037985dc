/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cpsf-importance-private.h"

G_BEGIN_DECLS

/* Of one anchor: in how many worlds, in plane 1 and in plane 2, */
typedef struct {
    int64_t gain[2];       /* the target fails, and works once the anchor does */
    int64_t gain_in_both;  /* both at once in both planes */
    int64_t importance[2]; /* it fails if the anchor fails, and works if it works */
    int64_t alone[2];      /* it fails if only the anchor may, and works if nothing fails */
} CpsfPullCounts;

/* Of one node: in how many worlds it fails by itself, and the target in the same. */
typedef struct {
    int64_t failed[2];
    int64_t with[2];
} CpsfPullerCounts;

typedef struct {
    int64_t failed[2];         /* worlds in which the target fails */
    CpsfPullCounts *pulls;     /* (owned) */
    CpsfPullerCounts *pullers; /* (owned) */
} CpsfPullTally;

/* What all workers share. */
typedef struct {
    CpsfImportance *importance;
    const CpsfTarget *target;
    const CpsfTrustOptions *options;
    const CpsfWorldsKernel *kernel;
    CpsfChanceSeed seed;
    int64_t worlds;
    int64_t n_blocks;
    CpsfWorldsFailures failures; /* of the part as it is */
    CpsfWorldsFailures perfect;  /* of it if every anchor works */
    /* a plan without edges, a vertex for each draw: pullers, then pulls by rest, then by only */
    CpsfWorldsPlan draws;
    CpsfWorldsFailures draw_failures;
    int64_t *order;      /* (owned) vertices, those to be forced first */
    int64_t n_forced;    /* so many of them are */
    int64_t n_alone;     /* of so many it is known what they do alone */
    gboolean has_chance; /* some edge is felt by chance */
    uint8_t *alone;     /* (owned) of each vertex, if there is none: bit p: failing alone in plane p
                            it fails the target */
    uint8_t alone_none; /* the same of nothing failing by itself */
    int64_t next;       /* (atomic) block to take */
    int64_t n_done;     /* (atomic) forced vertices of all blocks and planes */
} CpsfPullJob;

typedef struct {
    CpsfPullJob *job;
    CpsfPullTally tally;
    CpsfWorldsRoom room;  /* of the part */
    CpsfWorldsRoom saved; /* its own failures */
    CpsfWorldsRoom draws;
    CpsfLanes *gains; /* (owned) of each pull: gain in plane 1 */
    GThread *thread;  /* (nullable): none for the caller */
    gboolean tells;   /* of progress: the caller only */
    /* of the block and plane at hand */
    CpsfWorldsChance chance;
    CpsfLanes among;  /* the lanes that are worlds */
    CpsfLanes failed; /* in which the target fails */
    CpsfLanes none;   /* in which it fails with nothing failing by itself */
    int plane;
} CpsfPullWorker;

/* Fills job->alone and alone_none, 512 vertices a sweep: without chance all worlds are alike.  FALSE:
 * cancelled. */
gboolean cpsf_pull_worker_find_alone(CpsfPullWorker *self);

/* Both planes of a block.  FALSE: cancelled. */
gboolean cpsf_pull_worker_do_block(CpsfPullWorker *self, int64_t block);

G_END_DECLS
