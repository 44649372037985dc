/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <cpsf.h>

G_BEGIN_DECLS

#define OPTIONS_NO_LIMIT G_MININT64

/* Groups of options: a command takes the common ones and those of its mask. */
enum {
    OPTIONS_COMMON = 1 << 0,
    OPTIONS_READING = 1 << 1,
    OPTIONS_AT = 1 << 2,
    OPTIONS_POLICY = 1 << 3,
    OPTIONS_TABLE = 1 << 4,
    OPTIONS_OUTPUT = 1 << 5,
    OPTIONS_CHECK = 1 << 6,
    OPTIONS_WORLDS = 1 << 7, /* which worlds, and who draws them */
    OPTIONS_METHOD = 1 << 8, /* sampling or not, and until when */
    OPTIONS_TRUST = 1 << 9,
    OPTIONS_IMPACT = 1 << 10,
    OPTIONS_BLAST = 1 << 11,
};
#define OPTIONS_SAMPLED (OPTIONS_WORLDS | OPTIONS_METHOD)
#define OPTIONS_QUESTION                                                                           \
    (OPTIONS_READING | OPTIONS_AT | OPTIONS_POLICY | OPTIONS_TABLE | OPTIONS_OUTPUT)

/* What --fail-on names. */
enum {
    FAIL_ON_UNVERIFIED = 1 << 0,
    FAIL_ON_REFUTED = 1 << 1,
    FAIL_ON_EXPOSED = 1 << 2,
};

/* The command line, checked.  Strings belong to the option parser and live as long as the
 * process. */
typedef struct {
    /* common */
    char *lang; /* (nullable) as given */
    char *color;
    char *progress;
    char *config; /* (nullable) */
    gboolean quiet;
    gboolean help;
    gboolean version;
    /* reading */
    gboolean strict;
    char *schemas; /* (nullable) */
    CpsfLimits limits;
    gboolean has_limits; /* some limit was given */
    /* questions */
    CpsfTime at;
    char *policy; /* (nullable) */
    char *format;
    char **outputs; /* (nullable) (array zero-terminated=1) FORMAT=FILE */
    gint64 limit;   /* rows; 0 = all; OPTIONS_NO_LIMIT = not given */
    gboolean no_findings;
    /* check */
    gboolean all;
    unsigned fail_on; /* FAIL_ON_… */
    /* questions about worlds */
    CpsfMethod method;
    gint64 worlds; /* 0 = not given */
    guint64 seed;
    double target_stderr; /* 0 = not given */
    int threads;          /* 0 = all processors */
    /* trust; the layer of blast, too */
    CpsfTrustModel model;
    int layer; /* 0 = all */
    /* impact; the effect of blast, too */
    char **incidents;    /* (nullable) (array zero-terminated=1) keys */
    char *incident_feed; /* (nullable) */
    char *reverse;       /* (nullable) a key */
    int effect;          /* CpsfEffect, or CPSF_EFFECT_ANY */
    gboolean has_start;
    CpsfTime start;
    int64_t horizon;
    gboolean is_static;
    CpsfImpactModel impact_model;
    /* what is left */
    char **rest; /* (array zero-terminated=1) */
} Options;

struct _Command;

/*
 * Takes the first word that is no option, and no option's value, out of @argv; NULL if there is
 * none.  It may stand before or after options, and after "--".
 */
const char *options_take_command(int *argc, char **argv);

/* The value of a common option anywhere before "--", for what must be known before parsing;
 * NULL if it is not given. */
const char *options_find_early(char **argv, const char *name);

/* Reads configuration and command line for the groups of a command, named @command.  FALSE with a
 * message printed: wrong usage. */
gboolean
options_parse(const char *command, unsigned groups, int argc, char **argv, Options *options);

/* The place of @text, the value of @option, among @words (array zero-terminated=1); -1 with a
 * message if it is none. */
int options_parse_word(const char *option, const char *text, const char *const *words);

/* The options of @groups as lines of help text. */
char *options_describe(unsigned groups);

/* The limits that were given, as name and JSON value in turn, appended to @list. */
void options_list_limits(const Options *options, GPtrArray *list);

G_END_DECLS
