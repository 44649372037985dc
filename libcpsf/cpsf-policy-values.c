/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Attributes of a policy document as checked, typed values; every fault names element, attribute,
 * value and what is allowed. */

#include "config.h"

#include "cpsf-policy-values-private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cpsf-key.h"
#include "cpsf-text-private.h"

gboolean
cpsf_policy_fault(CpsfPolicyParse *p, const char *format, ...)
{
    va_list arguments;
    uint32_t line;
    uint32_t column;

    va_start(arguments, format);
    g_autofree char *text = g_strdup_vprintf(format, arguments);
    va_end(arguments);

    cpsf_xml_place(p->reader, &line, &column);
    return cpsf_fail(&p->error, CPSF_ERROR_INVALID_DATA, "%s:%u:%u: %s", p->file, line, column,
                     text);
}

/* The attribute @name; FALSE with a fault if it is absent though @is_required. */
static gboolean
attribute(CpsfPolicyParse *p, const char *name, gboolean is_required, CpsfXmlText *text)
{
    *text = cpsf_xml_attribute(p->reader, name);
    if (text->value == NULL && is_required)
        return cpsf_policy_fault(p, "<%s> has no attribute %s", p->element, name);
    return TRUE;
}

static gboolean
bad_value(CpsfPolicyParse *p, const char *name, CpsfXmlText text, const char *allowed)
{
    char shown[CPSF_TEXT_SHOWN_MAX];

    return cpsf_policy_fault(p, "%s \"%s\" of <%s> is not %s", name,
                             cpsf_text_shown(text.value, text.length, shown), p->element, allowed);
}

gboolean
cpsf_policy_read_word(CpsfPolicyParse *p,
                      const char *name,
                      CpsfVocabulary words,
                      int least,
                      gboolean is_required,
                      int *value)
{
    CpsfXmlText text;

    if (!attribute(p, name, is_required, &text))
        return FALSE;
    if (text.value == NULL)
        return TRUE;

    const int found = cpsf_word_find(words, text.value, (gssize) text.length);

    if (found < least) {
        g_autoptr(GString) allowed = g_string_new("one of");

        for (int i = least; cpsf_word(words, i) != NULL; i++)
            g_string_append_printf(allowed, " %s", cpsf_word(words, i));
        return bad_value(p, name, text, allowed->str);
    }
    *value = found;
    return TRUE;
}

/* One digit in [1, @high]. */
gboolean
cpsf_policy_read_digit(
    CpsfPolicyParse *p, const char *name, int high, gboolean is_required, int *value)
{
    CpsfXmlText text;

    if (!attribute(p, name, is_required, &text))
        return FALSE;
    if (text.value == NULL)
        return TRUE;
    if (text.length != 1 || text.value[0] < '1' || text.value[0] > '0' + high) {
        g_autofree char *allowed = g_strdup_printf("a number from 1 to %d", high);

        return bad_value(p, name, text, allowed);
    }
    *value = text.value[0] - '0';
    return TRUE;
}

gboolean
cpsf_policy_read_flag(CpsfPolicyParse *p, const char *name, gboolean *value)
{
    const CpsfXmlText text = cpsf_xml_attribute(p->reader, name);

    if (text.value == NULL)
        return TRUE;
    if (text.length == 4 && memcmp(text.value, "true", 4) == 0)
        *value = TRUE;
    else if (text.length == 5 && memcmp(text.value, "false", 5) == 0)
        *value = FALSE;
    else
        return bad_value(p, name, text, "true or false");
    return TRUE;
}

/* Decimal digits with at most one point and an exponent: what XML Schema calls a double, less its
 * infinities. */
static gboolean
is_number(const char *text)
{
    const char *c = text + (*text == '-' || *text == '+');
    const size_t whole = strspn(c, "0123456789");
    size_t fraction = 0;

    c += whole;
    if (*c == '.') {
        fraction = strspn(c + 1, "0123456789");
        c += 1 + fraction;
    }
    if (whole + fraction == 0)
        return FALSE;
    if (*c == 'e' || *c == 'E') {
        c += 1 + (c[1] == '-' || c[1] == '+');
        if (!cpsf_text_is_digit(*c))
            return FALSE;
        c += strspn(c, "0123456789");
    }
    return *c == '\0';
}

gboolean
cpsf_policy_read_number(CpsfPolicyParse *p,
                        const char *name,
                        double low,
                        double high,
                        gboolean is_required,
                        double *value)
{
    CpsfXmlText text;

    if (!attribute(p, name, is_required, &text))
        return FALSE;
    if (text.value == NULL)
        return TRUE;

    g_autofree char *copy = g_strndup(text.value, text.length);
    const double number = is_number(copy) ? g_ascii_strtod(copy, NULL) : (double) NAN;

    if (isfinite(number) && number >= low && number <= high) {
        *value = number + 0.0; /* -0 becomes 0 */
        return TRUE;
    }
    g_autofree char *allowed = isfinite(high)
                                   ? g_strdup_printf("a number from %.0f to %.0f", low, high)
                                   : g_strdup_printf("a finite number of at least %.0f", low);

    return bad_value(p, name, text, allowed);
}

gboolean
cpsf_policy_read_duration(CpsfPolicyParse *p, const char *name, int64_t *value)
{
    const CpsfXmlText text = cpsf_xml_attribute(p->reader, name);
    g_autoptr(GError) error = NULL;

    if (text.value == NULL)
        return TRUE;
    if (!cpsf_duration_parse(text.value, (gssize) text.length, value, &error))
        return cpsf_policy_fault(p, "%s of <%s>: %s", name, p->element, error->message);
    return TRUE;
}

/* An empty validity takes the default's away. */
gboolean
cpsf_policy_read_validity(CpsfPolicyParse *p, CpsfSchemeRule *scheme)
{
    const CpsfXmlText text = cpsf_xml_attribute(p->reader, "validity");
    g_autoptr(GError) error = NULL;

    if (text.value == NULL)
        return TRUE;
    scheme->has_validity = text.length > 0;
    scheme->validity = (CpsfPeriod){0};
    if (text.length > 0 &&
        !cpsf_period_parse(text.value, (gssize) text.length, &scheme->validity, &error))
        return cpsf_policy_fault(p, "validity of <%s>: %s", p->element, error->message);
    return TRUE;
}

static int
compare_words(const void *left, const void *right)
{
    return strcmp(*(char *const *) left, *(char *const *) right);
}

/* Words between blanks, sorted, each once; replaces *@list. */
gboolean
cpsf_policy_read_list(CpsfPolicyParse *p, const char *name, gboolean is_required, char ***list)
{
    CpsfXmlText text;

    if (!attribute(p, name, is_required, &text))
        return FALSE;
    if (text.value == NULL)
        return TRUE;

    g_autofree char *copy = g_strndup(text.value, text.length);
    g_auto(GStrv) words = g_strsplit_set(copy, " \t\r\n", -1);
    GPtrArray *sorted = g_ptr_array_new();

    qsort(words, g_strv_length(words), sizeof *words, compare_words);
    for (int i = 0; words[i] != NULL; i++)
        if (words[i][0] != '\0' && (i == 0 || strcmp(words[i], words[i - 1]) != 0))
            g_ptr_array_add(sorted, g_strdup(words[i]));
    g_ptr_array_add(sorted, NULL);
    g_strfreev(*list);
    *list = (char **) g_ptr_array_free(sorted, FALSE);
    return TRUE;
}

/* Numbers from 1 to @high between blanks, as a mask; replaces *@mask. */
gboolean
cpsf_policy_read_mask(
    CpsfPolicyParse *p, const char *name, int high, gboolean is_required, unsigned *mask)
{
    g_auto(GStrv) words = NULL;
    unsigned found = 0;

    if (!cpsf_policy_read_list(p, name, is_required, &words))
        return FALSE;
    if (words == NULL)
        return TRUE;
    for (int i = 0; words[i] != NULL; i++) {
        if (strlen(words[i]) != 1 || words[i][0] < '1' || words[i][0] > '0' + high) {
            g_autofree char *allowed = g_strdup_printf("a list of numbers from 1 to %d", high);

            return bad_value(p, name, cpsf_xml_attribute(p->reader, name), allowed);
        }
        found |= 1U << (words[i][0] - '1');
    }
    *mask = found;
    return TRUE;
}

/* A non-empty text, newly allocated; *@value stays if absent. */
gboolean
cpsf_policy_read_text(CpsfPolicyParse *p, const char *name, gboolean is_required, char **value)
{
    CpsfXmlText text;

    if (!attribute(p, name, is_required, &text))
        return FALSE;
    if (text.value == NULL)
        return TRUE;
    if (text.length == 0)
        return cpsf_policy_fault(p, "%s of <%s> is empty", name, p->element);
    g_free(*value);
    *value = g_strndup(text.value, text.length);
    return TRUE;
}

/* The canonical form of a key. */
gboolean
cpsf_policy_read_key(CpsfPolicyParse *p, const char *name, char **key)
{
    CpsfXmlText text;
    g_autoptr(GError) error = NULL;

    if (!attribute(p, name, TRUE, &text))
        return FALSE;
    *key = cpsf_key_canonical(text.value, (gssize) text.length, &error);
    if (*key == NULL)
        return cpsf_policy_fault(p, "%s of <%s>: %s", name, p->element, error->message);
    return TRUE;
}

/* Three capital letters, as ISO 4217 has them. */
gboolean
cpsf_policy_read_currency(CpsfPolicyParse *p, const char *name, char **currency)
{
    CpsfXmlText text;

    if (!attribute(p, name, TRUE, &text))
        return FALSE;

    gboolean is_code = text.length == 3;

    for (size_t i = 0; is_code && i < 3; i++)
        is_code = text.value[i] >= 'A' && text.value[i] <= 'Z';
    if (!is_code)
        return bad_value(p, name, text, "a currency of three capital letters");
    *currency = g_strndup(text.value, 3);
    return TRUE;
}
