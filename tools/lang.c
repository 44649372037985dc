/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The language of messages.  Files and data are UTF-8 whatever the locale, and so is all output:
 * the locale only chooses the language.  Japanese needs no Japanese locale on the machine: glibc
 * honours LANGUAGE in every locale but C, and C.UTF-8 is always there.
 */

#include "config.h"

#include "lang.h"

#include <glib/gi18n.h>
#include <locale.h>

/* The first locale that the environment names for messages; "" if none. */
static const char *
named_locale(void)
{
    static const char *const variables[] = {"LC_ALL", "LC_MESSAGES", "LANG"};

    for (size_t i = 0; i < G_N_ELEMENTS(variables); i++) {
        const char *value = g_getenv(variables[i]);

        if (value != NULL && *value != '\0')
            return value;
    }
    return "";
}

void
lang_init(void)
{
    const char *folder = g_getenv("CPSF_LOCALEDIR");
    const gboolean is_known = setlocale(LC_ALL, "") != NULL;

    /* Without this GOption refuses every argument that is not ASCII, for instance under cron. */
    if (!g_get_charset(NULL))
        setlocale(LC_CTYPE, "C.UTF-8");
    setlocale(LC_NUMERIC, "C");

    bindtextdomain(GETTEXT_PACKAGE, folder != NULL ? folder : LOCALEDIR);
    bind_textdomain_codeset(GETTEXT_PACKAGE, "UTF-8");
    textdomain(GETTEXT_PACKAGE);
    if (!is_known && g_str_has_prefix(named_locale(), "ja"))
        lang_set("ja");
}

gboolean
lang_set(const char *lang)
{
    if (!g_str_equal(lang, "en") && !g_str_equal(lang, "ja"))
        return FALSE;
    setlocale(LC_MESSAGES, "C.UTF-8");
    g_setenv("LANGUAGE", lang, TRUE);
    textdomain(GETTEXT_PACKAGE); /* makes gettext forget what it looked up before */
    return TRUE;
}

const char *
lang_get(void)
{
    /* Translators: the BCP 47 tag of the language you translate into. */
    return C_("language tag", "en");
}

const char *
lang_translate(const char *text)
{
    return *text != '\0' ? gettext(text) : text;
}

const char *
lang_word(const char *context, const char *word)
{
    return *word != '\0' ? g_dpgettext2(GETTEXT_PACKAGE, context, word) : word;
}
