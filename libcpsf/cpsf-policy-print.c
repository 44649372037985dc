/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The whole policy in force as a policy file.  Every section is printed, empty ones too, and each
 * says replace="true": reading the text gives this policy, whatever default it is read over.
 * Entries come in the order of their keys and attributes in a fixed order, so equal policies are
 * equal bytes.
 */

#include "config.h"

#include "cpsf-policy-private.h"

/* An attribute with the five characters of XML and white space escaped, so that reading gives the
 * same bytes back. */
static void
put_text(GString *out, const char *name, const char *text)
{
    g_string_append_printf(out, " %s=\"", name);
    for (const char *c = text; *c != '\0'; c++) {
        switch (*c) {
        case '&':
            g_string_append(out, "&amp;");
            break;
        case '<':
            g_string_append(out, "&lt;");
            break;
        case '>':
            g_string_append(out, "&gt;");
            break;
        case '"':
            g_string_append(out, "&quot;");
            break;
        case '\t':
        case '\n':
        case '\r':
            g_string_append_printf(out, "&#%d;", *c);
            break;
        default:
            g_string_append_c(out, *c);
        }
    }
    g_string_append_c(out, '"');
}

static void
put_word(GString *out, const char *name, CpsfVocabulary words, int value)
{
    put_text(out, name, cpsf_word(words, value));
}

/* The shortest of 15, 16 or 17 significant digits that reads back as the same number. */
static void
put_number(GString *out, const char *name, double value)
{
    static const char *const formats[] = {"%.15g", "%.16g", "%.17g"};
    char text[G_ASCII_DTOSTR_BUF_SIZE];

    for (guint i = 0; i < G_N_ELEMENTS(formats); i++) {
        const double back =
            g_ascii_strtod(g_ascii_formatd(text, sizeof text, formats[i], value), NULL);

        if (!(back < value) && !(back > value))
            break;
    }
    put_text(out, name, text);
}

static void
put_duration(GString *out, const char *name, int64_t duration)
{
    g_autofree char *text = cpsf_duration_format(duration);

    put_text(out, name, text);
}

/* The members of a mask, lowest first, blanks between: bit i is the number i + 1. */
static void
put_mask(GString *out, const char *name, unsigned mask)
{
    const char *blank = "";

    g_string_append_printf(out, " %s=\"", name);
    for (int i = 0; i < 32; i++) {
        if ((mask >> i & 1U) == 0)
            continue;
        g_string_append_printf(out, "%s%d", blank, i + 1);
        blank = " ";
    }
    g_string_append_c(out, '"');
}

static void
put_list(GString *out, const char *name, char **list)
{
    g_autofree char *text = g_strjoinv(" ", list);

    put_text(out, name, text);
}

static void
open_section(GString *out, const char *name, gboolean is_empty)
{
    g_string_append_printf(out, "  <%s replace=\"true\"%s>\n", name, is_empty ? "/" : "");
}

static void
close_section(GString *out, const char *name, gboolean is_empty)
{
    if (!is_empty)
        g_string_append_printf(out, "  </%s>\n", name);
}

static void
print_anchors(GString *out, const CpsfPolicy *self)
{
    const gboolean is_empty = self->requirements.n == 0;

    open_section(out, "anchors", is_empty);
    for (int64_t i = 0; i < self->requirements.n; i++) {
        const CpsfRequirement *r = &self->requirements.items[i];

        g_string_append(out, "    <require");
        put_word(out, "kind", CPSF_WORDS_KIND, (int) r->kind);
        g_string_append_printf(out, " layer=\"%d\"", r->layer);
        put_word(out, "assurance", CPSF_WORDS_ASSURANCE, (int) r->assurance);
        put_text(out, "signed", r->is_signed ? "true" : "false");
        g_string_append(out, "/>\n");
    }
    close_section(out, "anchors", is_empty);
}

static void
print_schemes(GString *out, const CpsfPolicy *self)
{
    const gboolean is_empty = self->schemes.n == 0;

    open_section(out, "schemes", is_empty);
    for (int64_t i = 0; i < self->schemes.n; i++) {
        const CpsfSchemeRule *s = &self->schemes.items[i];

        g_string_append(out, "    <scheme");
        put_text(out, "id", s->id);
        put_mask(out, "layers", s->layers);
        put_word(out, "assurance", CPSF_WORDS_ASSURANCE, (int) s->assurance);
        if (s->weight >= 0.0)
            put_number(out, "weight", s->weight);
        if (s->has_validity) {
            g_autofree char *validity = cpsf_period_format(s->validity);

            put_text(out, "validity", validity);
        }
        if (s->viewpoints != 0)
            put_mask(out, "viewpoints", s->viewpoints);
        if (s->accredits[0] != NULL)
            put_list(out, "accredits", s->accredits);
        g_string_append(out, "/>\n");
    }
    close_section(out, "schemes", is_empty);
}

static void
print_roots(GString *out, const CpsfPolicy *self)
{
    const gboolean is_empty = self->roots.n == 0;

    open_section(out, "roots", is_empty);
    for (int64_t i = 0; i < self->roots.n; i++) {
        g_string_append(out, "    <issuer");
        put_text(out, "key", self->roots.items[i].key);
        if (self->roots.items[i].schemes != NULL)
            put_list(out, "schemes", self->roots.items[i].schemes);
        g_string_append(out, "/>\n");
    }
    close_section(out, "roots", is_empty);
}

static void
print_files(GString *out, const char *element, char *const *files, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        g_string_append_printf(out, "    <%s", element);
        put_text(out, "file", files[i]);
        g_string_append(out, "/>\n");
    }
}

static void
print_signers(GString *out, const CpsfPolicy *self)
{
    const gboolean is_empty =
        self->ca_files.n == 0 && self->crl_files.n == 0 && self->delegates.n == 0;

    open_section(out, "signers", is_empty);
    print_files(out, "ca", self->ca_files.items, self->ca_files.n);
    print_files(out, "crl", self->crl_files.items, self->crl_files.n);
    for (int64_t i = 0; i < self->delegates.n; i++) {
        const CpsfDelegate *d = &self->delegates.items[i];

        g_string_append(out, "    <delegate");
        if (d->subject != NULL)
            put_text(out, "subject", d->subject);
        if (d->fingerprint != NULL)
            put_text(out, "fingerprint", d->fingerprint);
        put_text(out, "publisher", d->publisher);
        put_list(out, "keys", d->keys);
        g_string_append(out, "/>\n");
    }
    close_section(out, "signers", is_empty);
}

static void
print_relations(GString *out, const CpsfPolicy *self)
{
    open_section(out, "relations", FALSE);
    for (int i = 0; i < CPSF_N_RELATIONS; i++) {
        g_string_append(out, "    <relation");
        put_word(out, "name", CPSF_WORDS_RELATION, i);
        put_number(out, "criticality", self->relations[i].criticality);
        put_duration(out, "delay", self->relations[i].delay);
        g_string_append(out, "/>\n");
    }
    close_section(out, "relations", FALSE);
}

static void
print_spread(GString *out, const CpsfPolicy *self)
{
    static const char *const directions[] = {"forward", "backward", "self"};
    const gboolean is_empty = self->spread.n == 0;

    open_section(out, "spread", is_empty);
    for (int64_t i = 0; i < self->spread.n; i++) {
        const CpsfSpreadRule *r = &self->spread.items[i];

        g_string_append(out, "    <rule");
        if (r->relation >= 0)
            put_word(out, "relation", CPSF_WORDS_RELATION, r->relation);
        put_text(out, "direction", directions[r->direction]);
        put_word(out, "in", CPSF_WORDS_EFFECT, (int) r->in);
        put_word(out, "out", CPSF_WORDS_EFFECT, (int) r->out);
        put_number(out, "probability", r->probability);
        put_duration(out, "delay", r->delay);
        g_string_append(out, "/>\n");
    }
    close_section(out, "spread", is_empty);
}

/* The two thresholds of a currency stand next to each other: serious, then catastrophic. */
static void
print_iot_ssf(GString *out, const CpsfPolicy *self)
{
    const gboolean is_empty = self->thresholds.n == 0 && self->categories.n == 0;

    open_section(out, "iot-ssf", is_empty);
    for (int64_t i = 0; i + 1 < self->thresholds.n; i += 2) {
        g_string_append(out, "    <thresholds");
        put_text(out, "currency", self->thresholds.items[i].currency);
        put_number(out, "serious", self->thresholds.items[i].loss);
        put_number(out, "catastrophic", self->thresholds.items[i + 1].loss);
        g_string_append(out, "/>\n");
    }
    for (int64_t i = 0; i < self->categories.n; i++) {
        const CpsfCategoryRule *c = &self->categories.items[i];

        g_string_append(out, "    <category");
        put_word(out, "recovery", CPSF_WORDS_RECOVERY, (int) c->recovery);
        put_word(out, "economic", CPSF_WORDS_ECONOMIC, (int) c->economic);
        g_string_append_printf(out, " viewpoint=\"%d\"", c->viewpoint);
        put_word(out, "assurance", CPSF_WORDS_ASSURANCE, (int) c->assurance);
        g_string_append(out, "/>\n");
    }
    close_section(out, "iot-ssf", is_empty);
}

static void
print_rates(GString *out, const CpsfPolicy *self)
{
    const gboolean is_empty = self->rates.n == 0;

    open_section(out, "rates", is_empty);
    for (int64_t i = 0; i < self->rates.n; i++) {
        g_string_append(out, "    <rate");
        put_text(out, "currency", self->rates.items[i].currency);
        put_text(out, "to", self->rates.items[i].to);
        put_number(out, "factor", self->rates.items[i].factor);
        g_string_append(out, "/>\n");
    }
    close_section(out, "rates", is_empty);
}

/**
 * cpsf_policy_to_xml:
 * @self: a policy
 *
 * Prints the whole policy in force as a policy file: sections and entries in canonical order,
 * every section with `replace="true"`.  Reading the text back gives the same policy and the same
 * text.
 *
 * Cost: O(size of the policy).
 *
 * Returns: (transfer full): UTF-8 text, ending with a line feed
 *
 * Since: 0.1
 */
char *
cpsf_policy_to_xml(const CpsfPolicy *self)
{
    g_return_val_if_fail(self != NULL, NULL);

    GString *out = g_string_new("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                                "<policy xmlns=\"urn:libcpsf:policy:1\"");

    put_text(out, "name", self->name);
    g_string_append(out, ">\n");
    print_anchors(out, self);
    print_schemes(out, self);
    print_roots(out, self);
    print_signers(out, self);
    print_relations(out, self);
    print_spread(out, self);
    print_iot_ssf(out, self);
    print_rates(out, self);
    g_string_append(out, "</policy>\n");
    return g_string_free(out, FALSE);
}
