/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Keys: known values of the schemes, laws on random input, GLib as oracle.  Package URLs and CPEs
 * have files of their own. */

#include "config.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <gio/gio.h>
#include <string.h>

#include "cpsf-key-private.h"
#include "test-key-rows.h"

enum { ROUNDS = 3000 };

/* ---- companies --------------------------------------------------------------------------- */

Test(key_canonical, corporate_numbers)
{
    static const KeyRow rows[] = {
        {"jcn:7123456789012", "jcn:7123456789012"}, /* the published example: 9 − 74 mod 9 = 7 */
        {"jcn:7-1234-5678-9012", "jcn:7123456789012"},
        {"JCN:4011001098993", "jcn:4011001098993"},
        {" jcn:2120901007402\n", "jcn:2120901007402"},
        {"jcn:8040001079502", "jcn:8040001079502"},
        {"jcn:2010401059681", "jcn:2010401059681"},
        {"jcn:5010005007126", "jcn:5010005007126"},
        {"jcn:5835678256246", "jcn:5835678256246"},
        {"jcn:7000012050002", "jcn:7000012050002"},
        {"jcn:8000012010038", "jcn:8000012010038"},
        {"jcn:1180301018771", "jcn:1180301018771"},
        {"jcn:2835678256246", NULL},
        {"jcn:4012301012150", NULL},
        {"jcn:0123456789012", NULL},
        {"jcn:712345678901", NULL},
        {"jcn:71234567890123", NULL},
        {"jcn:71-234-5678-9012", NULL},
        {"jcn:7-1234-5678-901", NULL},
        {"jcn:7123456789O12", NULL},
        {"jcn:", NULL},
    };

    CHECK_KEYS(rows);
}

Test(key_canonical, legal_entity_identifiers)
{
    static const KeyRow rows[] = {
        {"lei:213800KUD8LAJWSQ9D15", "lei:213800KUD8LAJWSQ9D15"},
        {"lei:506700ge1g29325qx363", "lei:506700GE1G29325QX363"},
        {"LEI:HWUPKR0MPOU8FGXBT394", "lei:HWUPKR0MPOU8FGXBT394"},
        {"lei:7LTWFZYICNSX8D621K86", "lei:7LTWFZYICNSX8D621K86"},
        {"lei:5493006W3QUS5LMH6R84", "lei:5493006W3QUS5LMH6R84"},
        {"lei:529900T8BM49AURSDO55", "lei:529900T8BM49AURSDO55"},
        {"lei:213800KUD8LXJWSQ9D15", NULL},
        {"lei:213800KUD8LAJWSQ9D1", NULL},
        {"lei:0213800KUD8LAJWSQ9D15", NULL},
        {"lei:213800KUD8LAJWSQ9-15", NULL},
        {"lei:213800KUD8LAJWSQ9D1A", NULL},
        {"lei:00000000000000000001", NULL}, /* 1 modulo 97, but 01 cannot be computed */
    };

    CHECK_KEYS(rows);
}

Test(key_canonical, other_companies)
{
    static const KeyRow rows[] = {
        {"duns:150483782", "duns:150483782"},
        {"duns:15-048-3782", "duns:150483782"},
        {"duns:060704780", "duns:060704780"},
        {"duns:081466849", "duns:081466849"},
        {"duns:690532013", "duns:690532013"}, /* no check digit any more */
        {"duns:1-50483782", NULL},
        {"duns:15048378", NULL},
        {"duns:15048378x", NULL},
        {"bpn:BPNL00000003AYRE", "bpn:BPNL00000003AYRE"},
        {"bpn:bpns00000003ayre", "bpn:BPNS00000003AYRE"},
        {"bpn:BPNA00000003AYRE", "bpn:BPNA00000003AYRE"},
        {"bpn:BPNL00000007YREZ", "bpn:BPNL00000007YREZ"},
        {"bpn:BPNX00000003AYRE", NULL},
        {"bpn:BPNL00000003AYR", NULL},
        {"bpn:BPNL00000003AYR-", NULL},
        {"bpn:", NULL},
        {"regid:COM.Example", "regid:com.example"},
        {"regid:2009-01.com.Example,Unit", "regid:2009-01.com.Example,Unit"},
        {"regid:", NULL},
    };

    CHECK_KEYS(rows);
}

/* ---- GS1 --------------------------------------------------------------------------------- */

Test(key_canonical, gs1)
{
    static const KeyRow rows[] = {
        {"gln:4012345000009", "gln:4012345000009"},
        {"gln:0614141007776", "gln:0614141007776"},
        {"gln:9506000134307", "gln:9506000134307"},
        {"gln:9506000134308", NULL},
        {"gln:614141007776", NULL},
        {"gtin:4901234567894", "gtin:04901234567894"},
        {"gtin:9780471117094", "gtin:09780471117094"},
        {"gtin:9506000134352", "gtin:09506000134352"},
        {"gtin:98412345678908", "gtin:98412345678908"},
        {"gtin:10614141073464", "gtin:10614141073464"},
        {"gtin:73513537", "gtin:00000073513537"},
        {"gtin:614141073467", "gtin:00614141073467"},
        {"gtin:9521321000000", NULL},
        {"gtin:73513538", NULL},
        {"gtin:123456789", NULL},
        {"gtin:9841234567890X", NULL},
        {"sgtin:10614141073464.2018", "sgtin:10614141073464.2018"},
        {"sgtin:4901234567894.A-1", "sgtin:04901234567894.A-1"},
        {"sgtin:10614141073464.a/b%2fc", "sgtin:10614141073464.a%2Fb%2Fc"},
        {"sgtin:10614141073464.12345678901234567890", "sgtin:10614141073464.12345678901234567890"},
        {"sgtin:10614141073464.123456789012345678901", NULL},
        {"sgtin:10614141073464.", NULL},
        {"sgtin:10614141073464", NULL},
        {"sgtin:10614141073464.a#b", NULL},
        {"sgtin:10614141073464.a%20b", NULL},
        {"sgtin:10614141073465.1", NULL},
        {"giai:4000001111", "giai:4000001111"},
        {"giai:4000001.111", "giai:4000001.111"},
        {"giai:400", NULL},
        {"giai:ROBOT7", NULL},
        {"sscc:106141412345678908", "sscc:106141412345678908"},
        {"sscc:106141412345678909", NULL},
        {"sscc:10614141234567890", NULL},
    };

    CHECK_KEYS(rows);
}

Test(key_canonical, epc_urns_become_gs1_keys)
{
    static const KeyRow rows[] = {
        {"urn:epc:id:sgtin:0614141.107346.2018", "sgtin:10614141073464.2018"},
        {"urn:epc:id:sgtin:0614141.712345.2018", "sgtin:70614141123451.2018"},
        {"URN:EPC:id:sgtin:0614141.107346.a%2fb", "sgtin:10614141073464.a%2Fb"},
        {"urn:epc:idpat:sgtin:0614141.107346.*", "gtin:10614141073464"},
        {"urn:epc:idpat:sgtin:0614141.107346.[1-9]", NULL},
        {"urn:epc:id:sgln:0614141.00777.0", "gln:0614141007776"},
        {"urn:epc:id:sgln:0614141.00777.12a", "urn:epc:id:sgln:0614141.00777.12a"},
        {"urn:epc:id:pgln:0614141.00777", "gln:0614141007776"},
        {"urn:epc:id:giai:4000001.111", "giai:4000001111"},
        {"urn:epc:id:sscc:0614141.1234567890", "sscc:106141412345678908"},
        {"urn:epc:class:lgtin:4012345.012345.998877", "urn:epc:class:lgtin:4012345.012345.998877"},
        {"urn:epc:id:grai:0614141.12345.400", "urn:epc:id:grai:0614141.12345.400"},
        {"urn:epc:id:sgtin:0614141.10734.2018", NULL},
        {"urn:epc:id:sgtin:0614141.107346", NULL},
        {"urn:epc:id:sgtin:0614141.107346.", NULL},
        {"urn:epc:id:sgtin:06141.41107346.1", NULL},
        {"urn:epc:id:sgtin:0614141.1073a6.1", NULL},
        {"urn:epc:id:sgln:0614141.00777", NULL},
        {"urn:epc:id:pgln:0614141.00777.0", NULL},
        {"urn:epc:id:sscc:0614141.123456789", NULL},
        {"urn:epc:id:giai:abc.111", NULL},
        {"urn:epc:id:giai:4000001.", NULL},
    };

    CHECK_KEYS(rows);
}

Test(key_canonical, digital_links_become_gs1_keys)
{
    static const KeyRow rows[] = {
        {"https://id.gs1.org/01/10614141073464/21/2018", "sgtin:10614141073464.2018"},
        {"https://id.gs1.org/01/70614141123451/21/2018", "sgtin:70614141123451.2018"},
        {"https://ID.gs1.org:443/./01/10614141073464/%32%31/2018?11=200101#x",
         "sgtin:10614141073464.2018"},
        {"https://id.gs1.org/01/4901234567894", "gtin:04901234567894"},
        {"https://id.gs1.org/01/4901234567894/", "gtin:04901234567894"},
        {"https://id.gs1.org/00/106141412345678908", "sscc:106141412345678908"},
        {"https://id.gs1.org/414/0614141007776", "gln:0614141007776"},
        {"https://id.gs1.org/417/0614141007776", "gln:0614141007776"},
        {"https://id.gs1.org/8004/4000001111", "giai:4000001111"},
        {"https://id.gs1.org/01/10614141073464/10/ABC",
         "https://id.gs1.org/01/10614141073464/10/ABC"},
        {"https://id.gs1.org/414/0614141007776/254/9",
         "https://id.gs1.org/414/0614141007776/254/9"},
        {"https://id.gs1.org/about", "https://id.gs1.org/about"},
        {"https://id.gs1.org/", "https://id.gs1.org/"},
        {"https://example.com/01/10614141073464", "https://example.com/01/10614141073464"},
        {"https://id.gs1.org/01/10614141073465", NULL},
        {"https://id.gs1.org/01/10614141073464/21/", NULL},
    };

    CHECK_KEYS(rows);
}

/* Of the ten last digits exactly one is right, and changing any one digit is noticed. */
Test(key_canonical, check_digits_find_every_single_error)
{
    static const char *const keys[] = {"gln:0614141007776", "gtin:10614141073464",
                                       "sscc:106141412345678908", "jcn:7123456789012",
                                       "lei:213800KUD8LAJWSQ9D15"};

    for (size_t k = 0; k < G_N_ELEMENTS(keys); k++) {
        g_autofree char *key = g_strdup(keys[k]);
        const size_t from = (size_t) (strchr(key, ':') - key) + 1;

        for (size_t i = from; key[i] != '\0'; i++)
            for (char digit = '0'; digit <= '9'; digit++) {
                const char right = key[i];
                /* a corporate number counts modulo 9: 0 for 9 goes unseen */
                const gboolean is_unseen = k == 3 && (right - digit) % 9 == 0;

                key[i] = digit;

                g_autofree char *canonical = cpsf_key_canonical(key, -1, NULL);

                if (digit == right)
                    cr_expect_not_null(canonical, "%s", key);
                else if (!is_unseen)
                    cr_expect_null(canonical, "%s", key);
                key[i] = right;
            }
    }
}

/* ---- digests, documents, URIs, local ----------------------------------------------------- */

Test(key_canonical, digests_documents_and_tags)
{
    static const KeyRow rows[] = {
        {"sha256:E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855",
         "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
         "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015a", NULL},
        {"sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ag", NULL},
        {"doi:10.1007/S10207-015-0298-5", "doi:10.1007/s10207-015-0298-5"},
        {"DOI:10.1061/(ASCE)1076-0342(2005)11:2(67)", "doi:10.1061/(asce)1076-0342(2005)11:2(67)"},
        {"doi:10.6028/NIST.IR.8272-draft", "doi:10.6028/nist.ir.8272-draft"},
        {"doi:10.1000.10/x", "doi:10.1000.10/x"},
        {"doi:11.1000/x", NULL},
        {"doi:10.100/x", NULL},
        {"doi:10.1000/", NULL},
        {"doi:10.1000", NULL},
        {"doi:10.1000./x", NULL},
        {"doi:10.1000..1/x", NULL},
        {"doi:10./x", NULL},
        {"swid:gov.nist.decima-swidval-0.5.0.1", "swid:gov.nist.decima-swidval-0.5.0.1"},
        {"swid:com.acme.rms-ce-v4-1-5-0", "swid:com.acme.rms-ce-v4-1-5-0"},
        {"swid:Fedora_28-x86_64-docker-ce-17.03.0.ce-1.fc24.x86_64",
         "swid:Fedora_28-x86_64-docker-ce-17.03.0.ce-1.fc24.x86_64"},
        {"swid:75B8C285-FA7B-485B-B199-4745E3004D0D", "swid:75b8c285-fa7b-485b-b199-4745e3004d0d"},
        {"swid:", NULL},
    };

    CHECK_KEYS(rows);
}

Test(key_canonical, urns)
{
    static const KeyRow rows[] = {
        {"URN:Example:A123,z456", "urn:example:A123,z456"},
        {"urn:example:a%2fB?+resolve?=query#part", "urn:example:a%2FB"},
        {"urn:example:a/b:c@d", "urn:example:a/b:c@d"},
        {"urn:example:工", "urn:example:%E5%B7%A5"},
        {"urn:UUID:F81D4FAE-7DEC-11D0-A765-00A0C91E6BF6",
         "urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6"},
        {"urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf", NULL},
        {"urn:uuid:f81d4fae-7dec-11d0-a765+00a0c91e6bf6", NULL},
        {"urn:x:a", NULL},
        {"urn:-ab:a", NULL},
        {"urn:ab-:a", NULL},
        {"urn:a_b:a", NULL},
        {"urn:example:", NULL},
        {"urn:example", NULL},
        {"urn:example:/a", NULL},
        {"urn:example:#f", NULL},
        {"urn:example:a%2", NULL},
        {"urn:example:a?b", NULL},
        {"urn:example:a[b]", NULL},
        {"urn:aaaaaaaaaabbbbbbbbbbccccccccccddd:x", NULL},
    };

    CHECK_KEYS(rows);
}

Test(key_canonical, https)
{
    static const KeyRow rows[] = {
        {"https://example.com", "https://example.com/"},
        {"HTTPS://Example.COM:443/%7euser/./a/../b?q=%2f%41#Top",
         "https://example.com/~user/b?q=%2FA#Top"},
        {"https://example.com:0443", "https://example.com/"},
        {"https://example.com:8443?x", "https://example.com:8443/?x"},
        {"https://example.com:/", "https://example.com/"},
        {"https://example.com/a/b/c/./../../g", "https://example.com/a/g"},
        {"https://example.com/..//x/%2e%2E/y", "https://example.com//y"},
        {"https://example.com/?a?b/c", "https://example.com/?a?b/c"},
        {"https://example.com#a?b", "https://example.com/#a?b"},
        {"https://[2001:DB8::1]:443/", "https://[2001:db8::1]/"},
        {"https://[2001:DB8::1]:444", "https://[2001:db8::1]:444/"},
        {"https://工場.example/品", "https://xn--rls55k.example/%E5%93%81"},
        {"http://example.com/", NULL},
        {"https:example.com", NULL},
        {"https://", NULL},
        {"https:///path", NULL},
        {"https://user@example.com/", NULL},
        {"https://user:secret@example.com/", NULL},
        {"https://example.com:0/", NULL},
        {"https://example.com:65536/", NULL},
        {"https://example.com:1234567/", NULL},
        {"https://example.com:8x/", NULL},
        {"https://exa%6Dple.com/", NULL},
        {"https://[::1/", NULL},
        {"https://[]/", NULL},
        {"https://[::g]/", NULL},
        {"https://example.com/%", NULL},
        {"https://example.com/\"", NULL},
        {"https://example.com/a\\b", NULL},
    };

    CHECK_KEYS(rows);
}

/* GLib's reference resolution takes dot segments out as well. */
Test(key_canonical, dot_segments_agree_with_glib)
{
    static const char alphabet[] = "a..//b";
    g_autoptr(GRand) random = g_rand_new_with_seed(13);
    g_autoptr(GUri) base = g_uri_parse("https://example.com/", G_URI_FLAGS_NONE, NULL);

    for (int i = 0; i < ROUNDS; i++) {
        g_autoptr(GString) text = g_string_new("https://example.com/");

        for (int n = g_rand_int_range(random, 0, 12); n > 0; n--)
            g_string_append_c(text, alphabet[g_rand_int_range(random, 0, 6)]);

        g_autoptr(GUri) oracle = g_uri_parse_relative(base, text->str, G_URI_FLAGS_NONE, NULL);
        g_autofree char *key = cpsf_key_canonical(text->str, -1, NULL);

        cr_assert_str_eq(key + strlen("https://example.com"), g_uri_get_path(oracle), "%s",
                         text->str);
    }
}

Test(key_canonical, says_what_is_wrong)
{
    static const struct {
        const char *text;
        const char *part;
    } rows[] = {
        {"jcn:7123456789013", "key \"jcn:7123456789013\" has a wrong check digit"},
        {"http://example.com/", "use https://"},
        {"mailto:someone@example.com", "starts with none of jcn: lei:"},
        {"urn:example:a b", "white space inside"},
        {"", "is empty"},
        {" ", "is empty"},
        {"local:a\x07#b", "has a control character"},
        {"local:a\xc2\x85#b", "has a control character"},
        {"local:a\xff#b", "is not UTF-8"},
        {"local:a", "local:<feed id>#<ref>"},
        {"local:#b", "local:<feed id>#<ref>"},
        {"local:a#", "local:<feed id>#<ref>"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;

        cr_expect_null(cpsf_key_canonical(rows[i].text, -1, &error));
        cr_assert(g_error_matches(error, CPSF_ERROR, CPSF_ERROR_INVALID_VALUE));
        cr_expect_not_null(strstr(error->message, rows[i].part), "%s", error->message);
    }
}

Test(key_canonical, has_a_longest_key)
{
    g_autofree char *as = g_strnfill(CPSF_KEY_MAX, 'a');
    g_autofree char *fits = g_strdup_printf("local:f#%.*s", CPSF_KEY_MAX - 8, as);
    g_autofree char *too_long = g_strdup_printf("local:f#%.*s", CPSF_KEY_MAX - 7, as);
    g_autoptr(GString) grows = g_string_new("pkg:generic/");
    g_autoptr(GError) error = NULL;
    g_autofree char *key = cpsf_key_canonical(fits, -1, NULL);

    cr_expect_str_eq(key, fits);
    cr_expect_null(cpsf_key_canonical(too_long, -1, NULL));
    for (int i = 0; i < 2000; i++)
        g_string_append_c(grows, '+'); /* three bytes each in the canonical form */
    cr_expect_null(cpsf_key_canonical(grows->str, -1, &error));
    cr_expect_not_null(strstr(error->message, "in its canonical form"), "%s", error->message);
    cr_expect_null(cpsf_key_canonical("gln:0614141007776\0", 18, NULL));
    cr_expect_null(cpsf_key_canonical("gln:0614141007776", 16, NULL));
}

/* ---- what a canonical key says of itself ------------------------------------------------- */

Test(key, rank_authority_and_class)
{
    static const struct {
        const char *key;
        CpsfKeyScheme scheme;
        gboolean is_authority;
        gboolean is_class;
    } rows[] = {
        {"jcn:7123456789012", CPSF_KEY_JCN, TRUE, FALSE},
        {"lei:213800KUD8LAJWSQ9D15", CPSF_KEY_LEI, TRUE, FALSE},
        {"gln:0614141007776", CPSF_KEY_GLN, TRUE, FALSE},
        {"gtin:10614141073464", CPSF_KEY_GTIN, TRUE, TRUE},
        {"sgtin:10614141073464.1", CPSF_KEY_SGTIN, TRUE, FALSE},
        {"giai:4000001111", CPSF_KEY_GIAI, TRUE, FALSE},
        {"sscc:106141412345678908", CPSF_KEY_SSCC, TRUE, FALSE},
        {"duns:150483782", CPSF_KEY_DUNS, TRUE, FALSE},
        {"bpn:BPNL00000003AYRE", CPSF_KEY_BPN, TRUE, FALSE},
        {"regid:com.example", CPSF_KEY_REGID, TRUE, FALSE},
        {"pkg:npm/a@1", CPSF_KEY_PURL, TRUE, FALSE},
        {"swid:a", CPSF_KEY_SWID, TRUE, FALSE},
        {"cpe:2.3:a:v:p:1.0:*:*:*:*:*:*:*", CPSF_KEY_CPE, TRUE, TRUE},
        {"cpe:2.3:a:v:p:-:*:*:*:*:*:*:*", CPSF_KEY_CPE, TRUE, TRUE},
        {"cpe:2.3:a:v:p:1\\*:*:*:*:*:*:*:*", CPSF_KEY_CPE, TRUE, TRUE},
        {"cpe:2.3:a:v:p:*:*:*:*:*:*:*:*", CPSF_KEY_CPE, FALSE, TRUE},
        {"cpe:2.3:a:v:p:1.*:*:*:*:*:*:*:*", CPSF_KEY_CPE, FALSE, TRUE},
        {"cpe:2.3:a:v:*:1.0:*:*:*:*:*:*:*", CPSF_KEY_CPE, FALSE, TRUE},
        {"cpe:2.3:a:?:p:1.0:*:*:*:*:*:*:*", CPSF_KEY_CPE, FALSE, TRUE},
        {"doi:10.1000/x", CPSF_KEY_DOI, TRUE, FALSE},
        {"sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", CPSF_KEY_SHA256,
         TRUE, FALSE},
        {"urn:example:a", CPSF_KEY_URN, TRUE, FALSE},
        {"https://example.com/", CPSF_KEY_HTTPS, FALSE, FALSE},
        {"local:f#r", CPSF_KEY_LOCAL, FALSE, FALSE},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *key = cpsf_key_canonical(rows[i].key, -1, NULL);

        cr_expect_str_eq(key, rows[i].key);
        cr_expect(eq(int, (int) cpsf_key_get_scheme(key), (int) rows[i].scheme), "%s", key);
        cr_expect(eq(int, cpsf_key_is_authority(key), rows[i].is_authority), "%s", key);
        cr_expect(eq(int, cpsf_key_is_class(key), rows[i].is_class), "%s", key);
        for (size_t j = 0; j < G_N_ELEMENTS(rows); j++) {
            const int byte_order = strcmp(rows[i].key, rows[j].key);
            const int rank_order = (int) rows[i].scheme - (int) rows[j].scheme;
            const int expected = rank_order != 0 ? rank_order : byte_order;
            const int found = cpsf_key_compare(rows[i].key, rows[j].key);

            cr_expect(eq(int, (found > 0) - (found < 0), (expected > 0) - (expected < 0)), "%s %s",
                      rows[i].key, rows[j].key);
        }
    }
    cr_expect(eq(int, (int) cpsf_key_get_scheme("no key"), (int) CPSF_KEY_LOCAL));
    cr_expect(eq(int, (int) cpsf_key_get_scheme(""), (int) CPSF_KEY_LOCAL));
}

/* ---- local keys -------------------------------------------------------------------------- */

Test(key_local, by_hand)
{
    static const struct {
        const char *ref;
        const char *key;
    } rows[] = {
        {"a", "local:urn:x:f#a"},
        {"pkg:npm/%40a/b@1", "local:urn:x:f#pkg:npm/%40a/b@1"},
        {"a b", "local:urn:x:f#a%20b"},
        {"a%20b", "local:urn:x:f#a%2520b"},
        {"a\nb\x7f", "local:urn:x:f#a%0Ab%7F"},
        {"工場", "local:urn:x:f#工場"},
        {"\xff", "local:urn:x:f#%FF"},
        {"100%", "local:urn:x:f#100%"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *key = cpsf_key_local("urn:x:f", rows[i].ref, -1);

        cr_expect_str_eq(key, rows[i].key);
    }

    g_autofree char *cut = cpsf_key_local("f", "abc", 2);

    cr_expect_str_eq(cut, "local:f#ab");

    /* a feed cannot make itself keys of another one */
    g_autofree char *foreign = cpsf_key_local("f#a", "b", -1);
    g_autofree char *own = cpsf_key_local("f", "a#b", -1);

    cr_expect_str_eq(foreign, "local:f%23a#b");
    cr_expect_str_eq(own, "local:f#a#b");
}

/* Every reference has a key of its own, and that is canonical. */
Test(key_local, is_canonical_and_tells_references_apart)
{
    static const char *const pieces[] = {"%", "2",        "0",    "5", "a",    " ",   "\n",
                                         "#", "\xe5\xb7", "\xa5", "F", "\xff", "%20", "%25"};
    g_autoptr(GRand) random = g_rand_new_with_seed(14);
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);

    for (int i = 0; i < ROUNDS; i++) {
        g_autoptr(GString) ref = g_string_new("x");

        for (int n = g_rand_int_range(random, 0, 6); n > 0; n--)
            g_string_append(ref, pieces[g_rand_int_range(random, 0, G_N_ELEMENTS(pieces))]);

        g_autofree char *key = cpsf_key_local("f", ref->str, -1);
        g_autofree char *canonical = cpsf_key_canonical(key, -1, NULL);
        const char *other = g_hash_table_lookup(seen, key);

        cr_assert_str_eq(canonical, key);
        if (other != NULL)
            cr_assert_str_eq(other, ref->str, "%s", key);
        g_hash_table_insert(seen, g_strdup(key), g_strdup(ref->str));
    }
}

Test(key_local, shortens_what_is_too_long)
{
    g_autofree char *ref = g_strnfill(100000, 'r');
    g_autofree char *key = cpsf_key_local("urn:x:f", ref, -1);
    g_autofree char *canonical = cpsf_key_canonical(key, -1, NULL);
    g_autofree char *digest = g_compute_checksum_for_string(G_CHECKSUM_SHA256, ref, -1);
    g_autofree char *expected = g_strconcat("local:urn:x:f#sha256-", digest, NULL);

    cr_expect_str_eq(key, expected);
    cr_expect_str_eq(canonical, key);
}

/* ---- any bytes --------------------------------------------------------------------------- */

/* One byte changed, taken out or put in. */
static void
spoil(GString *text, GRand *random)
{
    static const char specials[] = "%:/@?#=&~*\\.-_[]0aZ \xe5\x80\x00";
    const int at = g_rand_int_range(random, 0, (int) text->len);
    const char c = specials[g_rand_int_range(random, 0, sizeof specials)];

    switch (g_rand_int_range(random, 0, 4)) {
    case 0:
        text->str[at] = c;
        break;
    case 1:
        g_string_erase(text, at, 1);
        break;
    case 2:
        g_string_insert_c(text, at, c);
        break;
    default:
        text->str[at] = (char) g_rand_int_range(random, 0, 256);
        break;
    }
}

/* Known keys, spoilt: nothing crashes, and whatever is accepted is canonical, printable and short
 * enough.  The texts are heap copies without a byte to
 * spare, so that a sanitizer sees a step too far. */
Test(key_canonical, takes_any_bytes)
{
    static const char *const seeds[] = {
        "jcn:7-1234-5678-9012",
        "lei:213800KUD8LAJWSQ9D15",
        "sgtin:10614141073464.a%2Fb",
        "urn:epc:id:sgln:0614141.00777.0",
        "urn:epc:id:giai:4000001.111",
        "urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
        "pkg:pypi/Zope.._-Interface@5.0RC1?b=1&a=%E5%B7%A5#x/../y",
        "pkg:swid/A/B+C@1?tag_id=75B8C285-FA7B-485B-B199-4745E3004D0D",
        "cpe:/a:hp:insight:7.4%02:-:~ed~online~%01win~x64~o:ja",
        "cpe:2.3:a:foo\\\\bar:big\\$money_2010:*:8.*:*:*:special:??x:80gb:\\-",
        "HTTPS://Example.COM:443/%7euser/./a/../b?q=%2f#Top",
        "https://id.gs1.org/01/10614141073464/21/2018",
        "https://[2001:DB8::1]:444/工",
        "doi:10.1061/(ASCE)1076-0342(2005)11:2(67)",
        "local:urn:x#y",
    };
    g_autoptr(GRand) random = g_rand_new_with_seed(15);
    int accepted = 0;

    for (int i = 0; i < ROUNDS * 10; i++) {
        g_autoptr(GString) text =
            g_string_new(seeds[g_rand_int_range(random, 0, G_N_ELEMENTS(seeds))]);

        for (int n = g_rand_int_range(random, 0, 4); n > 0 && text->len > 0; n--)
            spoil(text, random);

        g_autofree char *copy = g_memdup2(text->str, MAX(text->len, 1));
        g_autofree char *key = cpsf_key_canonical(copy, (gssize) text->len, NULL);

        if (key == NULL)
            continue;

        g_autofree char *again = cpsf_key_canonical(key, -1, NULL);

        accepted++;
        cr_assert_not_null(again, "%s", key);
        cr_assert_str_eq(again, key);
        cr_assert(g_utf8_validate(key, -1, NULL));
        cr_assert(le(sz, strlen(key), CPSF_KEY_MAX));
        cr_assert_null(strpbrk(key, " \t\r\n\x7f"));
    }
    cr_expect(gt(int, accepted, ROUNDS));
}
