/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What a key of the configuration is to a command. */
typedef enum {
    CONFIG_UNKNOWN,   /* no option may stand there under that name */
    CONFIG_ELSEWHERE, /* an option of other commands */
    CONFIG_FLAG,
    CONFIG_WORD,
    CONFIG_PATH, /* a relative one starts at the folder of the file */
} ConfigUse;

typedef ConfigUse (*ConfigLookup)(const char *key, unsigned groups);

/*
 * Adds the options that @file (nullable: $CPSF_CONFIG, or none) sets for @command to @line: those
 * of its section [cpsf], then those of the section named like the command.  FALSE with a message
 * printed if it cannot be read or says what no option means.  Never looks in the current folder.
 */
gboolean config_file_load(const char *file,
                          const char *command,
                          unsigned groups,
                          ConfigLookup lookup,
                          GStrvBuilder *line);

G_END_DECLS
