/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Documents held against XML schemas, which come from a folder and never from the network. */

#include "config.h"

#include "xml-test.h"

#include <criterion/criterion.h>
#include <string.h>
#include <unistd.h>

static const char inner_xsd[] =
    "<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema' targetNamespace='urn:inner'>"
    "<xs:simpleType name='digit'><xs:restriction base='xs:string'><xs:pattern value='[0-9]'/>"
    "</xs:restriction></xs:simpleType></xs:schema>";
static const char outer_xsd[] =
    "<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema' xmlns:i='urn:inner'"
    " targetNamespace='urn:t' elementFormDefault='qualified'>"
    "<xs:import namespace='urn:inner' schemaLocation='http://schemas.invalid/inner'/>"
    "<xs:element name='list'><xs:complexType><xs:sequence>"
    "<xs:element name='item' maxOccurs='unbounded'><xs:complexType>"
    "<xs:attribute name='key' type='i:digit'/></xs:complexType></xs:element>"
    "</xs:sequence></xs:complexType></xs:element></xs:schema>";

static char *
make_schemas(const char *inner)
{
    char *folder = g_dir_make_tmp("cpsf-test-xsd-XXXXXX", NULL);
    g_autofree char *below = g_build_filename(folder, "below", NULL);
    g_autofree char *a = g_build_filename(folder, "outer.xsd", NULL);
    g_autofree char *b = g_build_filename(below, "inner.xsd", NULL);

    cr_assert_eq(g_mkdir_with_parents(below, 0700), 0);
    cr_assert(g_file_set_contents(a, outer_xsd, -1, NULL));
    if (inner != NULL)
        cr_assert(g_file_set_contents(b, inner, -1, NULL));
    return folder;
}

static void
remove_schemas(const char *folder)
{
    g_autofree char *below = g_build_filename(folder, "below", NULL);
    g_autofree char *a = g_build_filename(folder, "outer.xsd", NULL);
    g_autofree char *b = g_build_filename(below, "inner.xsd", NULL);

    unlink(a);
    unlink(b);
    rmdir(below);
    rmdir(folder);
}

static gboolean
validate(const char *folder, const char *text, CpsfFindings *findings, GError **error)
{
    g_autoptr(GInputStream) stream = g_memory_input_stream_new_from_data(text, -1, NULL);
    g_autoptr(GString) log = g_string_new(NULL);
    const CpsfXmlOptions options = {.sniff = xml_test_sniff,
                                    .data = log,
                                    .schemas = folder,
                                    .findings = findings,
                                    .file = "t.xml"};
    CpsfXmlFault fault;

    return cpsf_xml_read(stream, &options, NULL, &fault, error);
}

Test(xml_schemas, violations_are_findings_with_their_line)
{
    g_autofree char *folder = make_schemas(inner_xsd);
    g_autoptr(CpsfFindings) findings = cpsf_findings_new();
    g_autoptr(GError) error = NULL;

    cr_expect(validate(folder, LIST("<item key='1'/>"), findings, &error), "%s",
              error != NULL ? error->message : "");
    cr_expect_eq(cpsf_findings_get_n(findings), 0);
    cr_expect(
        validate(folder, LIST("\n<item key='1'/>\n  <item key='ab'/>\n<name/>"), findings, &error));
    cr_assert_geq(cpsf_findings_get_n(findings), 2);
    cr_expect_eq(cpsf_findings_get(findings, 0)->code, CPSF_FINDING_SCHEMA);
    cr_expect_eq(cpsf_findings_get(findings, 0)->line, 3);
    cr_expect_eq(cpsf_findings_get(findings, 0)->column, 3);
    remove_schemas(folder);
}

Test(xml_schemas, what_is_missing_or_wrong_is_said)
{
    g_autofree char *folder = make_schemas(NULL);
    g_autofree char *wrong = make_schemas("<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema' "
                                          "targetNamespace='urn:inner'><xs:what/></xs:schema>");
    g_autoptr(CpsfFindings) findings = cpsf_findings_new();
    g_autoptr(GError) missing = NULL;
    g_autoptr(GError) invalid = NULL;
    g_autoptr(GError) absent = NULL;

    cr_expect_not(validate(folder, LIST("<item key='1'/>"), findings, &missing));
    cr_expect_not_null(strstr(missing->message, "http://schemas.invalid/inner"));
    cr_expect_not(validate(wrong, LIST("<item key='1'/>"), findings, &invalid));
    cr_expect(g_error_matches(invalid, CPSF_ERROR, CPSF_ERROR_INVALID_DATA));
    cr_expect_not(validate("/nonexistent/schemas", LIST(""), findings, &absent));
    cr_expect(g_error_matches(absent, CPSF_ERROR, CPSF_ERROR_IO));
    remove_schemas(folder);
    remove_schemas(wrong);
}

Test(xml_schemas, a_format_without_one_is_not_held_against_any)
{
    g_autofree char *folder = g_dir_make_tmp("cpsf-test-xsd-XXXXXX", NULL);
    g_autoptr(CpsfFindings) findings = cpsf_findings_new();

    cr_expect(validate(folder, LIST("<name/>"), findings, NULL));
    cr_expect_eq(cpsf_findings_get_n(findings), 0);
    rmdir(folder);
}
