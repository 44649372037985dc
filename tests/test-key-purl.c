/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Package URLs: the grammar, the rules of types, and building from parts as oracle. */

#include "config.h"

#include <criterion/criterion.h>

#include <stdint.h>
#include <string.h>

#include "cpsf-key-private.h"
#include "test-key-rows.h"

enum { ROUNDS = 3000 };

Test(key_purl, names_by_type)
{
    static const KeyRow rows[] = {
        {"pkg:PYPI/Django_package@1.11.1.dev1", "pkg:pypi/django-package@1.11.1.dev1"},
        {"pkg:pypi/Zope.._-Interface@5.0RC1", "pkg:pypi/zope-interface@5.0rc1"},
        {"pkg:pypi/space/name@1", NULL},
        {"pkg:npm/%40angular/animation@12.3.1", "pkg:npm/%40angular/animation@12.3.1"},
        {"pkg:npm/@Angular/Animation@12.3.1", "pkg:npm/%40angular/animation@12.3.1"},
        {"pkg:npm/@angular/animation", "pkg:npm/%40angular/animation"},
        {"pkg:deb/Debian/CURL@7.50.3-1?distro=jessie&arch=i386",
         "pkg:deb/debian/curl@7.50.3-1?arch=i386&distro=jessie"},
        {"pkg:deb/debian/attr@1:2.4.47-2+b1", "pkg:deb/debian/attr@1:2.4.47-2%2Bb1"},
        {"pkg:rpm/Fedora/Curl@7.50.3-1.fc25?Arch=i386",
         "pkg:rpm/fedora/Curl@7.50.3-1.fc25?arch=i386"},
        {"pkg:rpm/centerim@4.22.10-1.el6", "pkg:rpm/centerim@4.22.10-1.el6"},
        {"pkg:GitHub/Owner/Repo@v1.0", "pkg:github/owner/repo@v1.0"},
        {"pkg:bitbucket/Owner/Repo", "pkg:bitbucket/owner/repo"},
        {"pkg:golang/github.com/Some/Module@v1.0.0+incompatible#/sub/./dir/../",
         "pkg:golang/github.com/some/module@v1.0.0%2Bincompatible#sub/dir"},
        {"pkg:golang/stdlib@1.22.1", "pkg:golang/stdlib@1.22.1"},
        {"pkg:maven/HTTPClient/HTTPClient@0.3-3", "pkg:maven/HTTPClient/HTTPClient@0.3-3"},
        {"pkg:nuget/EnterpriseLibrary.Common@6.0.1304",
         "pkg:nuget/EnterpriseLibrary.Common@6.0.1304"},
        {"pkg:composer/Laravel/Laravel@5.5.0", "pkg:composer/laravel/laravel@5.5.0"},
        {"pkg:hex/Acme/Foo@2.3.", "pkg:hex/acme/foo@2.3."},
        {"pkg:pub/My-Package@1.0.0", "pkg:pub/my_package@1.0.0"},
        {"pkg:oci/Debian@sha256%3A244fd47e07d10", "pkg:oci/debian@sha256:244fd47e07d10"},
        {"pkg:docker/customer/Image@sha256:244fd?repository_url=gcr.io",
         "pkg:docker/customer/Image@sha256:244fd?repository_url=gcr.io"},
        {"pkg:alpm/Arch/Pacman@6.0.1-1?arch=x86_64", "pkg:alpm/arch/pacman@6.0.1-1?arch=x86_64"},
        {"pkg:apk/Alpine/Curl@7.83.0-r0", "pkg:apk/alpine/curl@7.83.0-r0"},
        {"pkg:bitnami/WordPress@6.2.0", "pkg:bitnami/wordpress@6.2.0"},
        {"pkg:qpkg/BlackBerry/com.qnx.SDP@7.0.0", "pkg:qpkg/blackberry/com.qnx.SDP@7.0.0"},
    };

    CHECK_KEYS(rows);
}

Test(key_purl, names_by_type_continued)
{
    static const KeyRow rows[] = {
        {"pkg:luarocks/User/Package@0.1.0-1", "pkg:luarocks/user/package@0.1.0-1"},
        {"pkg:huggingface/Org/Model@559062AD13D3", "pkg:huggingface/Org/Model@559062ad13d3"},
        {"pkg:mlflow/CreditModel@3?repository_url=https://x.azuredatabricks.net/api",
         "pkg:mlflow/creditmodel@3?repository_url=https:%2F%2Fx.azuredatabricks.net%2Fapi"},
        {"pkg:mlflow/CreditModel@3?repository_url=https://x.api.azureml.ms",
         "pkg:mlflow/CreditModel@3?repository_url=https:%2F%2Fx.api.azureml.ms"},
        {"pkg:cpan/oalders/libwww-perl@6.76", "pkg:cpan/OALDERS/libwww-perl@6.76"},
        {"pkg:cpan/LWP::UserAgent@6.76", NULL},
        {"pkg:cpan/GDT/URI::PackageURL", NULL},
        {"pkg:cpan/Perl-Version@1.013", NULL},
        {"pkg:cran/A3@1.0.0", "pkg:cran/A3@1.0.0"},
        {"pkg:swift/github.com/Org/Lib@5.4.3", "pkg:swift/github.com/Org/Lib@5.4.3"},
        {"pkg:swift/Lib@5.4.3", NULL},
        {"pkg:swift/github.com/Org/@5.4.3", NULL},
        {"pkg:conan/cctz@2.3", "pkg:conan/cctz@2.3"},
        {"pkg:conan/vendor/cctz@2.3?user=u&channel=stable",
         "pkg:conan/vendor/cctz@2.3?channel=stable&user=u"},
        {"pkg:conan/vendor/cctz@2.3", NULL},
        {"pkg:conan/cctz@2.3?channel=stable", NULL},
        {"pkg:swid/Fedora@29?tag_id=org.fedoraproject.Fedora-29",
         "pkg:swid/Fedora@29?tag_id=org.fedoraproject.Fedora-29"},
        {"pkg:swid/A/example.com/B+C@1?tag_id=75B8C285-FA7B-485B-B199-4745E3004D0D",
         "pkg:swid/A/example.com/B%2BC@1?tag_id=75b8c285-fa7b-485b-b199-4745e3004d0d"},
        {"pkg:swid/Fedora@29", NULL},
        {"pkg:julia/Dates@1.9.0?uuid=ade2ca70-3891-5945-98fb-dc099432e06a",
         "pkg:julia/Dates@1.9.0?uuid=ade2ca70-3891-5945-98fb-dc099432e06a"},
        {"pkg:julia/Dates", NULL},
        {"pkg:otp/Hex@2.1.1", "pkg:otp/hex@2.1.1"},
        {"pkg:otp/namespace/hex@2.1.1", NULL},
        {"pkg:vscode-extension/RedHat/Java@1.46", "pkg:vscode-extension/redhat/java@1.46"},
        {"pkg:vscode-extension/java@1.46", NULL},
        {"pkg:bazel/rules_java", NULL},
        {"pkg:some.new-type/Name@1", "pkg:some.new-type/Name@1"},
    };

    CHECK_KEYS(rows);
}

Test(key_purl, grammar)
{
    static const KeyRow rows[] = {
        {"PKG:///generic//a///b//name/@1", NULL},
        {"PKG:///generic//a///b//name//", "pkg:generic/a/b/name"},
        {"pkg:/generic/name@", "pkg:generic/name"},
        {"pkg:generic/name?a=&B=1&&c=x=y", "pkg:generic/name?b=1&c=x%3Dy"},
        {"pkg:generic/name?", "pkg:generic/name"},
        {"pkg:generic/name#", "pkg:generic/name"},
        {"pkg:generic/name#./..//", "pkg:generic/name"},
        {"pkg:generic/name#%2e%2E/a", "pkg:generic/name#a"},
        {"pkg:generic/n@1.0?checksum=sha256:ab,sha1:cd#Lib/x",
         "pkg:generic/n@1.0?checksum=sha256:ab%2Csha1:cd#Lib/x"},
        {"pkg:generic/n@1%2f2", "pkg:generic/n@1%2F2"},
        {"pkg:generic/%e5%B7%a5場", "pkg:generic/%E5%B7%A5%E5%A0%B4"},
        {"pkg:github/%c3%84bc/%C3%89", "pkg:github/%C3%A4bc/%C3%A9"},
        {"pkg:generic/a%20b@1%7e%41", "pkg:generic/a%20b@1~A"},
        {"pkg:generic/a b", NULL},
        {"pkg:generic/a%2Fb/c", NULL},
        {"pkg:generic/c#a%2Fb", NULL},
        {"pkg:generic/c%0a", NULL},
        {"pkg:generic/c%00", NULL},
        {"pkg:generic/c%ff", NULL},
        {"pkg:generic/c%e5%b7", NULL},
        {"pkg:generic/c%", NULL},
        {"pkg:generic/c%4", NULL},
        {"pkg:generic/c%zz", NULL},
        {"pkg:generic/c?a=1&A=2", NULL},
        {"pkg:generic/c?a", NULL},
        {"pkg:generic/c?=1", NULL},
        {"pkg:generic/c?1a=1", NULL},
        {"pkg:generic/c?in%20production=true", NULL},
        {"pkg:generic", NULL},
        {"pkg:generic/", NULL},
        {"pkg:", NULL},
        {"pkg:maven/@1.3.4", NULL},
        {"pkg:EnterpriseLibrary.Common@6.0.1304", NULL},
        {"EnterpriseLibrary.Common@6.0.1304", NULL},
        {"pkg:n&g?inx/nginx@0.8.9", NULL},
        {"pkg:3nginx/nginx@0.8.9", NULL},
        {"pkg:nginx:a/nginx@0.8.9", NULL},
        {"pkg%3Amaven/org.apache.commons/io", NULL},
    };

    CHECK_KEYS(rows);
}

static char *
random_word(GRand *random)
{
    static const char *const letters[] = {"a", "Z", "0", ".",  "-", "_", "~", ":", "+", "@",
                                          "%", ",", "é", "工", "!", "*", "'", "=", "[", "q"};
    g_autoptr(GString) word = g_string_new("x");

    for (int i = g_rand_int_range(random, 0, 8); i > 0; i--)
        g_string_append(word, letters[g_rand_int_range(random, 0, G_N_ELEMENTS(letters))]);
    return g_string_free(g_steal_pointer(&word), FALSE);
}

/* The same parts, encoded by GLib and put together as clause 5.6 has it, against parts that are
 * over-encoded, with slashes to spare and qualifiers in the wrong order. */
Test(key_purl, agrees_with_building_from_parts)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(11);

    for (int i = 0; i < ROUNDS; i++) {
        g_autofree char *space = random_word(random);
        g_autofree char *name = random_word(random);
        g_autofree char *version = random_word(random);
        g_autofree char *value = random_word(random);
        g_autofree char *path = random_word(random);
        g_autofree char *space_encoded = g_uri_escape_string(space, ":", FALSE);
        g_autofree char *name_encoded = g_uri_escape_string(name, ":", FALSE);
        g_autofree char *version_encoded = g_uri_escape_string(version, ":", FALSE);
        g_autofree char *value_encoded = g_uri_escape_string(value, ":", FALSE);
        g_autofree char *path_encoded = g_uri_escape_string(path, ":", FALSE);
        g_autoptr(GString) over = g_string_new(NULL);
        g_autofree char *expected =
            g_strdup_printf("pkg:generic/%s/%s@%s?k=%s&z.z=%s#%s", space_encoded, name_encoded,
                            version_encoded, value_encoded, value_encoded, path_encoded);

        for (const char *c = name; *c != '\0'; c++)
            g_string_append_printf(over, "%%%02x", (unsigned int) (uint8_t) *c);

        g_autofree char *text =
            g_strdup_printf("pkg://Generic//%s///%s/@%s?Z.z=%s&e=&K=%s#/./%s//..", space_encoded,
                            over->str, version_encoded, value_encoded, value_encoded, path_encoded);

        /* a slash before the version's sign would be an empty name */
        *strstr(text, "/@") = '\x01';

        g_auto(GStrv) halves = g_strsplit(text, "\x01", 2);
        g_autofree char *joined = g_strconcat(halves[0], halves[1], NULL);
        g_autofree char *key = cpsf_key_canonical(joined, -1, NULL);

        cr_assert_str_eq(key, expected, "%s", joined);
    }
}

/* Pieces of package URLs in any order: what passes at one look is its own canonical form, and what
 * is canonical and of plain characters passes. */
Test(key_purl, one_look_agrees_with_the_grammar)
{
    static const char *const pieces[] = {
        "pkg:", "generic", "npm",    "pypi", "github", "swid", "julia", "hugging", "face",
        "/",    "/",       "/",      "a",    "B",      "0.1",  "_",     "@",       "@",
        "?",    "k=",      "arch=v", "&",    "#",      "%40",  "%2B",   "%2b",     "%2F",
        "%41",  ":",       "~",      "Z=1",  "z.z=",   "..",   "+",     "",        "-",
    };
    static const char *const starts[] = {"pkg:generic/", "pkg:npm/", "pkg:maven/", "pkg:", ""};
    g_autoptr(GRand) random = g_rand_new_with_seed(12);
    int n_plain = 0;

    for (int i = 0; i < 40 * ROUNDS; i++) {
        g_autoptr(GString) text =
            g_string_new(starts[g_rand_int_range(random, 0, G_N_ELEMENTS(starts))]);

        for (int k = g_rand_int_range(random, 0, 9); k > 0; k--)
            g_string_append(text, pieces[g_rand_int_range(random, 0, G_N_ELEMENTS(pieces))]);

        g_autofree char *key = cpsf_key_canonical(text->str, -1, NULL);

        if (cpsf_key_is_plain_purl((CpsfSpan){text->str, text->str + text->len})) {
            cr_assert_str_eq(key, text->str);
            n_plain++;
        }
    }
    cr_assert_gt(n_plain, ROUNDS);
}

Test(key_purl, one_look_at_common_ones)
{
    static const char *const plain[] = {
        "pkg:maven/org.example.Lib/core@1.0.0?type=jar",
        "pkg:npm/%40scope/name@1.0.0-rc.1%2B7",
        "pkg:deb/debian/curl@7.50.3-1?arch=i386&distro=jessie",
        "pkg:generic/n",
    };
    static const char *const other[] = {
        "pkg:npm/Name@1", "pkg:pypi/django@1", "pkg:generic/n@",    "pkg:generic/n?b=1&a=2",
        "pkg:generic/",   "pkg:/generic/n",    "pkg:generic/n?k=",  "pkg:generic/n?a=1&a=1",
        "pkg:generic/n#", "PKG:generic/n",     "pkg:Generic/n",     "pkg:generic/n?K=1",
        "pkg:1a/n",       "pkg:generic/a//n",  "pkg:generic/n?1=2", "pkg:generic/n@1/2",
    };

    for (size_t i = 0; i < G_N_ELEMENTS(plain); i++)
        cr_assert(cpsf_key_is_plain_purl((CpsfSpan){plain[i], plain[i] + strlen(plain[i])}), "%s",
                  plain[i]);
    for (size_t i = 0; i < G_N_ELEMENTS(other); i++)
        cr_assert_not(cpsf_key_is_plain_purl((CpsfSpan){other[i], other[i] + strlen(other[i])}),
                      "%s", other[i]);
}
