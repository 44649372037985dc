/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "options.h"

G_BEGIN_DECLS

/* Options of questions that are answered over possible worlds, as given; GOption writes here. */
typedef struct {
    char *worlds;
    char *seed;
    char *threads;
    char *method;
    char *target_stderr;
    char *layer;
    char *model;
} SamplingTexts;

extern SamplingTexts sampling_texts;

/*
 * Turns them into values and refuses those that mean nothing together; FALSE with a message.  What
 * @argv, the command line, does not hold came from configuration, and yields to what it does.
 */
gboolean options_parse_sampling(Options *options, char **argv);

/* Whether @option may be dropped without a word where @other makes it mean nothing: not if it was
 * typed; then FALSE with a message. */
gboolean options_may_drop(char **argv, const char *option, const char *other);

/* Drops what belongs to sampling, where nothing is sampled because of @other. */
gboolean options_drop_sampling(Options *options, char **argv, const char *other);

/* The values that can change an answer, as name and JSON value in turn, appended to @list. */
void options_list_sampling(const Options *options, GPtrArray *list);

G_END_DECLS
