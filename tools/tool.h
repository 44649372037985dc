/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <cpsf.h>

#include "options.h"

G_BEGIN_DECLS

/* Exit statuses, as docs/cpsf.1 lists them. */
enum {
    EXIT_DONE = 0,
    EXIT_FOUND = 1, /* what --fail-on names, or a batch in which some feed was rejected */
    EXIT_USAGE = 2,
    EXIT_UNUSABLE = 3, /* unreadable or invalid input or policy */
    EXIT_INTERNAL = 4, /* also: what was asked for could not be written */
};

/* A subcommand.  @run gets options whose words have been checked and answers an exit status. */
typedef struct {
    const char *name;
    int (*run)(const Options *options);
    const char *summary;   /* N_() one line */
    const char *arguments; /* N_() what stands after the options in its usage */
    unsigned groups;       /* of options it takes: OPTIONS_… */
    const char *details;   /* N_() what it does, in a paragraph */
    const char *examples;  /* one a line, never translated */
} Command;

int cmd_info(const Options *options);
int cmd_check(const Options *options);
int cmd_trust(const Options *options);
int cmd_impact(const Options *options);
int cmd_blast(const Options *options);
int cmd_explain(const Options *options);
int cmd_policy(const Options *options);
int cmd_export(const Options *options);
int cmd_feed(const Options *options);

G_END_DECLS
