/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cpsf-mem-private.h"
#include "cpsf-spread-private.h"

G_BEGIN_DECLS

/* An edge of a spread in the making. */
typedef struct {
    int64_t row;
    double c;
    int32_t tail;
    int32_t head;
    int32_t window;
    uint16_t rule;
} CpsfSpreadEdge;

typedef struct {
    int32_t node;
    int32_t gate; /* of a slot; -1 */
    uint8_t effect;
} CpsfSpreadVertex;

typedef struct {
    int32_t node;
    int32_t need;
    int32_t n_slots; /* reached */
} CpsfSpreadGate;

/* An edge that is in a group, by its first row. */
typedef struct {
    int64_t row;
    uint32_t to;
    CpsfStr group;
    int32_t gate; /* or one of CpsfSpreadGating */
    int32_t slot; /* or -1 */
} CpsfSpreadMember;

enum CpsfSpreadGating {
    CPSF_SPREAD_UNGATED = -1,   /* one failure opens the group */
    CPSF_SPREAD_NO_OUTAGE = -2, /* not valid at the start */
};

/* When an edge holds, and the row that counts then. */
typedef struct {
    CpsfInterval valid;
    int64_t row;
} CpsfSpreadSegment;

typedef struct {
    CpsfSpread *spread;
    const CpsfGraph *graph;
    const CpsfPolicy *policy;
    const CpsfSpreadOptions *options;
    CpsfTime start, end;
    int32_t *vertex_of; /* (owned) nodes * effects: vertex, or -1 */
    int64_t *from_row;  /* (owned) nodes + 1: where rows of edges from each node begin */
    int64_t *to_start;  /* (owned) (nullable) nodes + 1: into to_row */
    int64_t *to_row;    /* (owned) first rows of edges by where they run to */
    CPSF_ARRAY(CpsfSpreadVertex) vertices;
    CPSF_ARRAY(CpsfSpreadEdge) edges;
    CPSF_ARRAY(CpsfEventsWindow) windows;
    CPSF_ARRAY(CpsfSpreadGate) gates;
    CPSF_ARRAY(CpsfSpreadMember) members;   /* by row */
    CPSF_ARRAY(CpsfSpreadSegment) segments; /* of the edge at hand */
    int32_t *window_slots;                  /* (owned) open addressing: index into windows, or -1 */
    int64_t n_window_slots;
} CpsfSpreadBuilder;

/* cpsf-spread-rows.c: fills self->segments for the edge whose rows are [first, last). */
gboolean cpsf_spread_cut(CpsfSpreadBuilder *self, int64_t first, int64_t last, GError **error);
/* Whether the edge holds at the start; whether the node does. */
gboolean cpsf_spread_holds(const CpsfSpreadBuilder *self, int64_t first, int64_t last);
gboolean cpsf_spread_index_rows(CpsfSpreadBuilder *self, GError **error);
/* One past the last row of the edge whose first row is @first. */
int64_t cpsf_spread_row_end(const CpsfSpreadBuilder *self, int64_t first);

/* cpsf-spread-gates.c */
gboolean cpsf_spread_find_gates(CpsfSpreadBuilder *self, GError **error);
/* NULL = the edge is in no group. */
CpsfSpreadMember *cpsf_spread_member(const CpsfSpreadBuilder *self, int64_t first);

/* cpsf-spread-order.c: what has been found, in order, to spread. */
gboolean cpsf_spread_finish(CpsfSpreadBuilder *self, GError **error);

G_END_DECLS
