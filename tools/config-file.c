/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Defaults for options, from a key file that the user names. */

#include "config.h"

#include "config-file.h"

#include "message.h"

#include <glib/gi18n.h>

typedef struct {
    GKeyFile *keys;
    const char *file;
    unsigned groups;
    ConfigLookup lookup;
    GStrvBuilder *line;
} Config;

static gboolean
add_flag(const Config *c, const char *section, const char *key, GError **error)
{
    g_autofree char *option = g_strconcat("--", key, NULL);
    GError *wrong = NULL;
    const gboolean is_set = g_key_file_get_boolean(c->keys, section, key, &wrong);

    if (wrong != NULL) {
        g_propagate_error(error, wrong);
        return FALSE;
    }
    if (is_set)
        g_strv_builder_add(c->line, option);
    return TRUE;
}

static gboolean
add_value(const Config *c, const char *section, const char *key, gboolean is_path, GError **error)
{
    g_autofree char *value = g_key_file_get_string(c->keys, section, key, error);
    g_autofree char *folder = g_path_get_dirname(c->file);

    if (value == NULL)
        return FALSE;

    g_autofree char *path =
        is_path && !g_path_is_absolute(value) ? g_build_filename(folder, value, NULL) : NULL;
    g_autofree char *option = g_strconcat("--", key, "=", path != NULL ? path : value, NULL);

    g_strv_builder_add(c->line, option);
    return TRUE;
}

static gboolean
add_section(const Config *c, const char *section)
{
    g_auto(GStrv) keys = g_key_file_get_keys(c->keys, section, NULL, NULL);

    for (int i = 0; keys != NULL && keys[i] != NULL; i++) {
        const ConfigUse use = c->lookup(keys[i], c->groups);
        g_autoptr(GError) error = NULL;

        if (use == CONFIG_UNKNOWN) {
            message_error(_("%s: no option “%s” can be set in [%s]"), c->file, keys[i], section);
            return FALSE;
        }
        if (use == CONFIG_FLAG && add_flag(c, section, keys[i], &error))
            continue;
        if (use == CONFIG_ELSEWHERE)
            continue;
        if (use != CONFIG_FLAG && add_value(c, section, keys[i], use == CONFIG_PATH, &error))
            continue;
        message_error("%s: %s", c->file, error->message);
        return FALSE;
    }
    return TRUE;
}

gboolean
config_file_load(
    const char *file, const char *command, unsigned groups, ConfigLookup lookup, GStrvBuilder *line)
{
    g_autoptr(GKeyFile) keys = g_key_file_new();
    g_autoptr(GError) error = NULL;

    if (file == NULL)
        file = g_getenv("CPSF_CONFIG");
    if (file == NULL || *file == '\0')
        return TRUE;
    if (!g_key_file_load_from_file(keys, file, G_KEY_FILE_NONE, &error)) {
        message_error("%s: %s", file, error->message);
        return FALSE;
    }

    const Config c = {keys, file, groups, lookup, line};

    return add_section(&c, "cpsf") && (command == NULL || add_section(&c, command));
}
