/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * Text on its way to a terminal.  What feeds say is hostile until escaped: control characters
 * (C0, DEL, C1), line separators and bidirectional controls become \uXXXX, bytes that are not
 * UTF-8 become \ooo.
 */
char *text_safe(const char *text);

/* Columns of a terminal that @text takes. */
int text_width(const char *text);

/* @text if it is at most @width columns wide, else its beginning and an ellipsis. */
char *text_cut(const char *text, int width);

/* The same from its end, for a place in a file. */
char *text_cut_start(const char *text, int width);

/* The same of a key: a package URL loses its qualifiers first, then the middle goes, since both
 * ends tell keys apart. */
char *text_cut_key(const char *text, int width);

/* @text in lines of at most @width columns, broken at blanks where there are any.
 * Returns: (transfer full) (array zero-terminated=1): one line at least */
char **text_fold(const char *text, int width);

/* A JSON string, quotes included. */
char *text_json(const char *text);

/* That of @words (array zero-terminated=1) which @text was probably meant to be; NULL if none is
 * near. */
const char *text_nearest(const char *text, const char *const *words);

G_END_DECLS
