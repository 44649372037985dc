/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What the tests of CycloneDX share: small documents as text, and questions to the graph that they
 * become.  Keys of the document's own are written "#ref". */

#include "cpsf-graph-private.h"
#include "cpsf-read.h"

#define SERIAL "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79"
#define LOCAL "local:" SERIAL "#"
#define OPEN(version)                                                                              \
    "<bom xmlns='http://cyclonedx.org/schema/bom/" version "' serialNumber='" SERIAL               \
    "' version='1'>"
#define ISSUED "<metadata><timestamp>2026-03-01T00:00:00Z</timestamp></metadata>"

/* Reads @text as one feed; the finding of a rejected one is kept, too. */
CpsfGraph *cdx_test_text(const char *text, GError **error);
CpsfGraph *cdx_test_bom(const char *version, const char *inside);
/* A key; names of the document are written "#ref". */
int32_t cdx_test_node(const CpsfGraph *graph, const char *key);
gboolean
cdx_test_has_edge(const CpsfGraph *graph, const char *from, const char *relation, const char *to);
/* The value of the first property of that name; "" if there is none. */
const char *cdx_test_property(const CpsfGraph *graph, const char *key, const char *name);
const char *cdx_test_completeness(const CpsfGraph *graph, const char *key, const char *of);
/* "since/until" of an incident about @key; "" if there is none. */
char *cdx_test_incident(const CpsfGraph *graph, const char *key, const char *id);
/* How many findings of the code there are; the line of the first. */
int cdx_test_findings(CpsfGraph *graph, CpsfFindingCode code, uint32_t *line);
int cdx_test_count_errors(CpsfGraph *graph);

#define EXPECT_TEXT(text, wanted)                                                                  \
    do {                                                                                           \
        const char *expect_text = (text);                                                          \
                                                                                                   \
        cr_expect(eq(int, strcmp(expect_text, (wanted)), 0), "%s is not %s", expect_text,          \
                  (wanted));                                                                       \
    } while (0)

#define EXPECT_INCIDENT(graph, key, id, wanted)                                                    \
    do {                                                                                           \
        g_autofree char *expect_incident = cdx_test_incident((graph), (key), (id));                \
                                                                                                   \
        EXPECT_TEXT(expect_incident, (wanted));                                                    \
    } while (0)
