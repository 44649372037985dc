/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Reading one CycloneDX document into a graph, beside what libxml2 needs to push the same bytes
 * through empty handlers: bench-read FILE [RUNS]
 *
 * Memory: what the reader holds besides the graph is the difference of two peaks, one of a process
 * that reads the document and one of a process that holds the same graph; bench/read-memory does
 * that with `bench-read --peak` on documents of two sizes.
 */

#include "config.h"

#include <libxml/parser.h>
#include <malloc.h>
#include <string.h>

#include "bench.h"
#include "cpsf.h"

static int64_t elements; /* seen by the bare parser; also keeps it from being optimised away */

static void
count_element(void *user,
              const xmlChar *name,
              const xmlChar *prefix,
              const xmlChar *uri,
              int n_namespaces,
              const xmlChar **namespaces,
              int n_attributes,
              int n_defaulted,
              const xmlChar **attributes)
{
    (void) user, (void) name, (void) prefix, (void) uri, (void) n_namespaces, (void) namespaces;
    (void) n_attributes, (void) n_defaulted, (void) attributes;
    elements++;
}

static void
end_element(void *user, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
    (void) user, (void) name, (void) prefix, (void) uri;
}

static void
ignore_text(void *user, const xmlChar *text, int length)
{
    (void) user, (void) text, (void) length;
}

static void
parse_bare(const char *file)
{
    xmlSAXHandler handler = {
        .initialized = XML_SAX2_MAGIC,
        .startElementNs = count_element,
        .endElementNs = end_element,
        .characters = ignore_text,
        .cdataBlock = ignore_text,
        .ignorableWhitespace = ignore_text,
    };
    static char piece[1 << 16];
    xmlParserCtxt *context = xmlCreatePushParserCtxt(&handler, NULL, NULL, 0, NULL);
    FILE *stream = fopen(file, "rb");

    if (stream == NULL || context == NULL)
        exit(1);
    xmlCtxtUseOptions(context, XML_PARSE_NONET | XML_PARSE_BIG_LINES);
    for (size_t n; (n = fread(piece, 1, sizeof piece, stream)) > 0;)
        xmlParseChunk(context, piece, (int) n, 0);
    xmlParseChunk(context, piece, 0, 1);
    if (!context->wellFormed)
        exit(1);
    xmlFreeParserCtxt(context);
    fclose(stream);
}

static CpsfGraph *
read_graph(const char *file)
{
    const char *const paths[] = {file, NULL};
    g_autoptr(GError) error = NULL;
    CpsfGraph *graph = cpsf_graph_read(paths, NULL, NULL, &error);

    if (graph == NULL || cpsf_graph_get_n_nodes(graph) == 0) {
        fprintf(stderr, "%s: %s\n", file, error != NULL ? error->message : "no nodes");
        exit(1);
    }
    return graph;
}

static double
size_of(const char *file)
{
    FILE *stream = fopen(file, "rb");

    if (stream == NULL || fseek(stream, 0, SEEK_END) != 0)
        exit(1);

    const double bytes = (double) ftell(stream);

    fclose(stream);
    return bytes;
}

/* Resident now, and at the peak: the gap is what reading needed and the graph does not. */
static void
print_peak(const char *file)
{
    g_autoptr(CpsfGraph) graph = read_graph(file);
    const struct mallinfo2 heap = mallinfo2();

    printf("{\"file_mb\":%.1f,\"nodes\":%d,\"edges\":%" G_GINT64_FORMAT
           ",\"graph_mib\":%.1f,\"peak_mib\":%.1f}\n",
           size_of(file) / 1e6, cpsf_graph_get_n_nodes(graph), cpsf_graph_get_n_edges(graph),
           (double) (heap.uordblks + heap.hblkhd) / 1048576.0, bench_peak_mib());
}

int
main(int argc, char **argv)
{
    if (argc >= 3 && strcmp(argv[1], "--peak") == 0) {
        print_peak(argv[2]);
        return 0;
    }
    if (argc < 2) {
        fprintf(stderr, "usage: bench-read [--peak] FILE [RUNS]\n");
        return 2;
    }

    const int runs = argc > 2 ? CLAMP(atoi(argv[2]), 1, BENCH_MAX_RUNS) : 5;
    const double megabytes = size_of(argv[1]) / 1e6;
    double bare, ours;

    xmlInitParser();
    BENCH("libxml2 push, empty handlers", megabytes, "MB", runs, bare, parse_bare(argv[1]));
    BENCH("cpsf_graph_read", megabytes, "MB", runs, ours, cpsf_graph_unref(read_graph(argv[1])));
    bench_ratio("rate of cpsf_graph_read to bare libxml2", bare / ours);
    return 0;
}
