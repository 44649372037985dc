/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Writes a large CycloneDX 1.6 document to standard output: gen-cyclonedx [MEGABYTES [SEED]]
 *
 * Its shape is that of the bills of materials that build tools publish: a library each with
 * publisher, group, version, description, scope, eight hashes, licence, purl and references, two
 * dependencies on average, newer things depending on older, popular ones.  Some have suppliers; names, hashes and
 * addresses are made up.  Same size and seed, same bytes.
 */

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define BYTES_A_COMPONENT 2210 /* with its dependencies, on average */

static uint64_t state;

/* SplitMix64 (Steele, Lea, Flood, OOPSLA 2014). */
static uint64_t
draw(void)
{
    uint64_t z = state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static uint64_t
below(uint64_t n)
{
    return draw() % n;
}

/* One of the first @n, small numbers more often. */
static uint64_t
popular(uint64_t n)
{
    const double u = (double) (draw() >> 11) * 0x1p-53;

    return (uint64_t) (u * u * u * (double) n);
}

static const char *const words[] = {
    "anvil",  "beacon",  "cedar",   "delta",   "ember",  "falcon", "granite", "harbour",
    "indigo", "juniper", "kestrel", "lantern", "meadow", "nimbus", "orchard", "pebble",
};
static const char *const types[] = {"library", "library",   "library",     "library",
                                    "library", "framework", "application", "file"};
static const char *const licences[] = {"Apache-2.0", "MIT", "BSD-3-Clause", "EPL-2.0",
                                       "LGPL-2.1-only"};

/* What identifies component @i follows from @i alone, so that references need no table. */
static void
put_purl(uint64_t i)
{
    printf("pkg:maven/org.%s.%s/%s-%s-%" PRIu64 "@%" PRIu64 ".%" PRIu64 ".%" PRIu64 "?type=jar",
           words[i % 16], words[i / 16 % 16], words[i / 3 % 16], words[i / 7 % 16], i, i % 9,
           i % 23, i % 11);
}

static void
put_hash(const char *algorithm, int digits)
{
    printf("        <hash alg=\"%s\">", algorithm);
    for (int i = 0; i < digits; i += 16)
        printf("%016" PRIx64, draw());
    puts("</hash>");
}

static void
put_hashes(void)
{
    puts("      <hashes>");
    printf("        <hash alg=\"MD5\">%016" PRIx64 "%016" PRIx64 "</hash>\n", draw(), draw());
    printf("        <hash alg=\"SHA-1\">%016" PRIx64 "%016" PRIx64 "%08" PRIx64 "</hash>\n", draw(),
           draw(), draw() >> 32);
    put_hash("SHA-256", 64);
    put_hash("SHA-384", 96);
    put_hash("SHA-512", 128);
    put_hash("SHA3-256", 64);
    put_hash("SHA3-384", 96);
    put_hash("SHA3-512", 128);
    puts("      </hashes>");
}

static void
put_component(uint64_t i)
{
    const char *vendor = words[i % 16];
    const char *name = words[i / 3 % 16];
    const char *second = words[i / 7 % 16];

    printf("    <component type=\"%s\" bom-ref=\"", types[i % 8]);
    put_purl(i);
    puts("\">");
    if (i % 10 == 0)
        printf("      <supplier>\n        <name>%s %s works</name>\n"
               "        <url>https://%s.example</url>\n      </supplier>\n",
               vendor, words[i / 160 % 16], vendor);
    printf("      <publisher>The %s foundation</publisher>\n", vendor);
    printf("      <group>org.%s.%s</group>\n", vendor, words[i / 16 % 16]);
    printf("      <name>%s-%s-%" PRIu64 "</name>\n", name, second, i);
    printf("      <version>%" PRIu64 ".%" PRIu64 ".%" PRIu64 "</version>\n", i % 9, i % 23, i % 11);
    printf("      <description>Parts of the %s for use with any %s, and what else a %s needs to be "
           "run in production.</description>\n",
           name, second, vendor);
    if (i % 4 != 0)
        printf("      <scope>%s</scope>\n", i % 16 == 1 ? "optional" : "required");
    put_hashes();
    printf("      <licenses>\n        <license>\n          <id>%s</id>\n"
           "          <url>https://licences.example/%s</url>\n        </license>\n"
           "      </licenses>\n",
           licences[i % 5], licences[i % 5]);
    printf("      <purl>");
    put_purl(i);
    puts("</purl>");
    printf("      <externalReferences>\n"
           "        <reference type=\"website\">\n          <url>https://%s.example/%s</url>\n"
           "        </reference>\n"
           "        <reference type=\"vcs\">\n"
           "          <url>https://code.example/%s/%s-%s.git</url>\n        </reference>\n"
           "      </externalReferences>\n    </component>\n",
           vendor, name, vendor, name, second);
}

/* A third depends on nothing; the others on up to five older ones. */
static void
put_dependency(uint64_t i)
{
    const uint64_t n = i > 0 && i % 3 != 0 ? 1 + below(5) : 0;

    printf("    <dependency ref=\"");
    put_purl(i);
    if (n == 0) {
        puts("\"/>");
        return;
    }
    puts("\">");
    for (uint64_t k = 0; k < n; k++) {
        printf("      <dependency ref=\"");
        put_purl(popular(i));
        puts("\"/>");
    }
    puts("    </dependency>");
}

int
main(int argc, char **argv)
{
    const uint64_t bytes = 1000000 * (argc > 1 ? strtoull(argv[1], NULL, 10) : 200);
    const uint64_t n = bytes / BYTES_A_COMPONENT + 1;

    state = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    puts("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
         "<bom xmlns=\"http://cyclonedx.org/schema/bom/1.6\" "
         "serialNumber=\"urn:uuid:5c1e4b8a-1f0e-4c53-9d7b-2a6f3e9b7c10\" version=\"1\">\n"
         "  <metadata>\n    <timestamp>2026-03-01T00:00:00Z</timestamp>\n"
         "    <component type=\"application\" bom-ref=\"product\">\n"
         "      <name>product</name>\n      <version>1.0.0</version>\n    </component>\n"
         "  </metadata>\n  <components>");
    for (uint64_t i = 0; i < n; i++)
        put_component(i);
    puts("  </components>\n  <dependencies>\n    <dependency ref=\"product\">");
    for (uint64_t k = 0; k < 50; k++) {
        printf("      <dependency ref=\"");
        put_purl(n - 1 - below(n));
        puts("\"/>");
    }
    puts("    </dependency>");
    for (uint64_t i = 0; i < n; i++)
        put_dependency(i);
    puts("  </dependencies>\n</bom>");
    return fflush(stdout) == 0 && !ferror(stdout) ? 0 : 1;
}
