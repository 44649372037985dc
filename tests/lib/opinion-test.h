/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* One case of own opinions: a graph at a moment under a policy, and what is expected of it. */

#include "checkgen.h"
#include "cpsf-opinion-private.h"

#define AT INT64_C(1000)
#define CO "urn:example:co"
#define DEV "urn:example:dev"
#define ROOT "https://root.example/"   /* issues everything but assessments */
#define LAB "https://lab.example/"     /* assesses */
#define PANEL "https://panel.example/" /* issues everything */

typedef struct {
    CpsfGraph *graph;
    CpsfPolicy *policy;
    CpsfSnapshot *snapshot;
    CpsfAnchors *anchors;
} OpinionCase;

/* Asks companies in layer 1, devices in 2 and 3.  @schemes, @roots: entries besides those that all
 * tests have; @more: sections. */
CpsfPolicy *opinion_policy(const char *schemes, const char *roots, const char *more);

/* Takes graph and policy. */
OpinionCase opinion_case_new(CpsfGraph *graph, CpsfPolicy *policy, CpsfTime at);
/* At AT, under the policy with nothing added; takes the feed. */
OpinionCase opinion_judge(TestFeed *feed);
void opinion_case_clear(OpinionCase *c);

/* (transfer full) one for each node */
CpsfOpinion *opinion_own(const OpinionCase *c, int layer);
/* b and d of a node; u has to be the rest. */
void opinion_expect(const OpinionCase *c, const char *key, int layer, double b, double d);
/* The same from r and s. */
void opinion_expect_evidence(const OpinionCase *c, const char *key, int layer, double r, double s);

/* A feed that names CO, a company. */
TestFeed *opinion_company(void);
/* An item of layer 1 about CO, from ROOT. */
CpsfEvidenceRow *opinion_say(
    TestFeed *feed, const char *scheme, CpsfAssurance assurance, CpsfStatus status, const char *id);
