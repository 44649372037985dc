/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Text on its way to a terminal: escaped, measured, cut. */

#include "config.h"

#include "text.h"

#include <string.h>

#define MAX_WORD 32 /* characters of the longest word that is compared */

/* Whether a terminal, a log or an eye could be led astray by @c. */
static gboolean
is_unsafe(gunichar c)
{
    return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0x061c || c == 0x200e || c == 0x200f ||
           (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

char *
text_safe(const char *text)
{
    GString *safe = g_string_new(NULL);

    while (*text != '\0') {
        const gunichar c = g_utf8_get_char_validated(text, -1);

        if (c == (gunichar) -1 || c == (gunichar) -2) {
            g_string_append_printf(safe, "\\%03o", (unsigned char) *text++);
            continue;
        }
        if (is_unsafe(c))
            g_string_append_printf(safe, "\\u%04x", c);
        else
            g_string_append_unichar(safe, c);
        text = g_utf8_next_char(text);
    }
    return g_string_free(safe, FALSE);
}

static int
character_width(gunichar c)
{
    return g_unichar_iszerowidth(c) ? 0 : g_unichar_iswide(c) ? 2 : 1;
}

int
text_width(const char *text)
{
    int width = 0;

    for (; *text != '\0'; text = g_utf8_next_char(text))
        width += character_width(g_utf8_get_char(text));
    return width;
}

char *
text_cut(const char *text, int width)
{
    const char *end = text;
    int used = 1; /* the ellipsis */

    if (text_width(text) <= width)
        return g_strdup(text);
    for (; *end != '\0'; end = g_utf8_next_char(end)) {
        used += character_width(g_utf8_get_char(end));
        if (used > width)
            break;
    }
    return g_strdup_printf("%.*s…", (int) (end - text), text);
}

char *
text_cut_start(const char *text, int width)
{
    const char *start = text;
    int left = text_width(text);

    if (left <= width)
        return g_strdup(text);
    while (left > width - 1 && *start != '\0') {
        left -= character_width(g_utf8_get_char(start));
        start = g_utf8_next_char(start);
    }
    return g_strconcat("…", start, NULL);
}

char *
text_cut_key(const char *text, int width)
{
    const int tail = (width - 1) / 2;

    if (text_width(text) <= width)
        return g_strdup(text);

    g_autofree char *bare = g_strndup(text, strcspn(text, "?"));

    if (text_width(bare) + 1 <= width)
        return g_strconcat(bare, "…", NULL);

    g_autofree char *start = text_cut(bare, width - tail);
    g_autofree char *end = text_cut_start(bare, tail + 1);

    return g_strconcat(start, end + strlen("…"), NULL);
}

/* Where the line that begins at @text ends; *@next is where the one after it begins. */
static const char *
line_end(const char *text, int width, const char **next)
{
    const char *blank = NULL;
    const char *end = text;

    for (int used = 0; *end != '\0'; end = g_utf8_next_char(end)) {
        used += character_width(g_utf8_get_char(end));
        if (*end == ' ')
            blank = end;
        if (used > width && end > text)
            break;
    }
    if (*end == '\0' || blank == NULL || blank == text) {
        *next = end;
        return end;
    }
    *next = blank + 1;
    return blank;
}

char **
text_fold(const char *text, int width)
{
    g_autoptr(GPtrArray) lines = g_ptr_array_new();

    do {
        const char *next = NULL;
        const char *end = line_end(text, width, &next);

        g_ptr_array_add(lines, g_strndup(text, (gsize) (end - text)));
        text = next;
    } while (*text != '\0');
    g_ptr_array_add(lines, NULL);
    return (char **) g_ptr_array_free(g_steal_pointer(&lines), FALSE);
}

char *
text_json(const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    GString *json = g_string_new("\"");

    for (const char *p = valid; *p != '\0'; p++) {
        if (*p == '"' || *p == '\\')
            g_string_append_c(json, '\\');
        if ((unsigned char) *p < 0x20)
            g_string_append_printf(json, "\\u%04x", (unsigned) *p);
        else
            g_string_append_c(json, *p);
    }
    return g_string_free(g_string_append_c(json, '"'), FALSE);
}

/* Levenshtein's distance between the beginnings of two words of ASCII. */
static int
distance(const char *a, const char *b)
{
    const int n = (int) MIN(strlen(a), MAX_WORD);
    const int m = (int) MIN(strlen(b), MAX_WORD);
    int row[MAX_WORD + 1] = {0};

    for (int j = 0; j <= m; j++)
        row[j] = j;
    for (int i = 1; i <= n; i++) {
        int diagonal = row[0];

        row[0] = i;
        for (int j = 1; j <= m; j++) {
            const int replaced = diagonal + (a[i - 1] != b[j - 1]);

            diagonal = row[j];
            row[j] = MIN(replaced, MIN(row[j], row[j - 1]) + 1);
        }
    }
    return row[m];
}

const char *
text_nearest(const char *text, const char *const *words)
{
    const char *nearest = NULL;
    int least = 3; /* more changes than two are another word */

    for (; *words != NULL; words++) {
        const int d = distance(text, *words);

        if (d < least && d < (int) strlen(*words) - 1) {
            least = d;
            nearest = *words;
        }
    }
    return nearest;
}
