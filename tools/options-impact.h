/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "options.h"

G_BEGIN_DECLS

/* Options of questions about incidents, as given; GOption writes here. */
typedef struct {
    char **incidents; /* (nullable) (array zero-terminated=1) */
    char *incident_feed;
    char *effect;
    char *start;
    char *horizon;
    gboolean is_static;
    char *reverse;
    char *model;
} ImpactTexts;

extern ImpactTexts impact_texts;

/*
 * Turns them into values and refuses those that mean nothing together; FALSE with a message.  After
 * options_parse_sampling().  What @argv, the command line, does not hold came from configuration, and
 * yields to what it does.
 */
gboolean options_parse_impact(Options *options, unsigned groups, char **argv);

/* The values that can change the answer of `impact`, or `blast`, as name and JSON value in turn,
 * appended to @list. */
void options_list_impact(const Options *options, GPtrArray *list);
void options_list_blast(const Options *options, GPtrArray *list);

G_END_DECLS
