/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Takes the locale of the environment.  First of all. */
void lang_init(void);

/* The language of messages from now on: "en" or "ja"; FALSE for any other. */
gboolean lang_set(const char *lang);

/* The language that messages are in, as a BCP 47 tag. */
const char *lang_get(void);

/* For cpsf_finding_get_text(). */
const char *lang_translate(const char *text);

/* A word of a table, e.g. "device" in the context "kind". */
const char *lang_word(const char *context, const char *word);

G_END_DECLS
