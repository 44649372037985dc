/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "read.h"

G_BEGIN_DECLS

/**
 * Answer:
 * @session: what was asked, with its policy
 * @command: as JSON names it
 * @table: whole
 * @person: (nullable): what a terminal shows instead of @table
 * @options: (element-type utf8): name and JSON value in turn, of options of this command alone that
 *   can change the answer
 *
 * The answer to a question, on its way out.
 */
typedef struct {
    const Session *session;
    const char *command;
    CpsfTable *table;
    CpsfTable *person;
    GPtrArray *options;
} Answer;

/* Checks -o before anything is read; FALSE with a message. */
gboolean answer_check_outputs(const Options *options);

/* Writes it as the command line asks.  Answers an exit status. */
int answer_write(const Answer *answer);

G_END_DECLS
