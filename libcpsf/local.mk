# SPDX-License-Identifier: GPL-2.0-or-later
# The library.  This list is its architecture, lowest floor first: a file includes only headers that
# stand above it here (build-aux/check-floors holds it to that).

cpsf_public_headers = \
	%D%/cpsf.h \
	%D%/cpsf-macros.h \
	%D%/cpsf-error.h \
	%D%/cpsf-time.h \
	%D%/cpsf-table.h \
	%D%/cpsf-model.h \
	%D%/cpsf-key.h \
	%D%/cpsf-limits.h \
	%D%/cpsf-finding.h \
	%D%/cpsf-policy.h \
	%D%/cpsf-graph.h \
	%D%/cpsf-snapshot.h \
	%D%/cpsf-kernels.h \
	%D%/cpsf-read.h \
	%D%/cpsf-whatif.h \
	%D%/cpsf-check.h \
	%D%/cpsf-trust.h \
	%D%/cpsf-importance.h \
	%D%/cpsf-impact.h \
	%D%/cpsf-blast.h \
	%D%/cpsf-write.h \
	%D%/cpsf-gtypes.h

libcpsf_core_sources = \
	%D%/cpsf-macros.h \
	%D%/cpsf-version.c \
	%D%/cpsf-error-private.h %D%/cpsf-error.c \
	%D%/cpsf-mem-private.h %D%/cpsf-mem.c \
	%D%/cpsf-hash-private.h %D%/cpsf-hash.c \
	%D%/cpsf-digest-private.h %D%/cpsf-digest.c \
	%D%/cpsf-text-private.h %D%/cpsf-text.c \
	%D%/cpsf-time-private.h %D%/cpsf-time.c \
	%D%/cpsf-duration.c \
	%D%/kernels/cpsf-lanes.h \
	%D%/kernels/cpsf-reach.h %D%/kernels/cpsf-reach.c \
	%D%/kernels/cpsf-sketch.h %D%/kernels/cpsf-sketch.c \
	%D%/kernels/cpsf-chance.h \
	%D%/kernels/cpsf-events.h \
	%D%/kernels/cpsf-minrank.h %D%/kernels/cpsf-minrank-body.h %D%/kernels/cpsf-minrank.c \
	%D%/kernels/cpsf-worlds.h \
	%D%/kernels/cpsf-worlds-body.h %D%/kernels/cpsf-events-body.h \
	%D%/kernels/cpsf-worlds-portable.c \
	%D%/cpsf-kernels-private.h %D%/cpsf-kernels.c \
	%D%/cpsf-pieces-private.h %D%/cpsf-pieces.c \
	%D%/cpsf-strtab-private.h %D%/cpsf-strtab.c \
	%D%/cpsf-csr-private.h %D%/cpsf-csr.c \
	%D%/cpsf-table-private.h %D%/cpsf-table.c \
	%D%/cpsf-table-builder.c \
	%D%/cpsf-table-sort.c \
	%D%/cpsf-arrow-private.h %D%/cpsf-arrow.c \
	%D%/cpsf-model.c \
	%D%/cpsf-key-private.h %D%/cpsf-key.c \
	%D%/cpsf-key-gs1.c \
	%D%/cpsf-key-purl.c \
	%D%/cpsf-key-cpe.c \
	%D%/cpsf-key-uri.c \
	%D%/cpsf-finding-private.h %D%/cpsf-finding.c \
	%D%/cpsf-statements-private.h %D%/cpsf-statements.c \
	%D%/cpsf-rows-private.h %D%/cpsf-rows.c \
	%D%/cpsf-policy-private.h %D%/cpsf-policy.c \
	%D%/cpsf-policy-print.c \
	%D%/cpsf-graph-private.h \
	%D%/cpsf-builder-private.h \
	%D%/cpsf-builder.c \
	%D%/cpsf-graph.c \
	%D%/cpsf-versions.c \
	%D%/cpsf-gather.c \
	%D%/cpsf-identity.c \
	%D%/cpsf-freeze.c \
	%D%/cpsf-graph-digest.c \
	%D%/cpsf-node-rows-private.h %D%/cpsf-node-rows.c \
	%D%/cpsf-snapshot-private.h %D%/cpsf-snapshot.c \
	%D%/cpsf-chance-keys-private.h %D%/cpsf-chance-keys.c \
	%D%/cpsf-whatif-private.h %D%/cpsf-whatif-rows.c \
	%D%/cpsf-whatif-graph.c \
	%D%/cpsf-whatif.c \
	%D%/cpsf-ahead-private.h %D%/cpsf-ahead.c \
	%D%/cpsf-xml-private.h %D%/cpsf-libxml-private.h \
	%D%/cpsf-xml-schema.c \
	%D%/cpsf-xml-limits.c \
	%D%/cpsf-xml-relay.c \
	%D%/cpsf-xml-events.c \
	%D%/cpsf-xml.c \
	%D%/cpsf-ingest-private.h %D%/ingest/ingest.c \
	%D%/ingest/cpsf-feed-private.h %D%/ingest/cpsf-feed-values.c \
	%D%/ingest/cpsf-feed-node.c \
	%D%/ingest/cpsf-feed.c \
	%D%/ingest/cyclonedx-states-private.h %D%/ingest/cyclonedx-private.h \
	%D%/ingest/cyclonedx-rules.c \
	%D%/ingest/cyclonedx-refs.c \
	%D%/ingest/cyclonedx-party.c \
	%D%/ingest/cyclonedx-component.c \
	%D%/ingest/cyclonedx-asset.c \
	%D%/ingest/cyclonedx-declaration.c \
	%D%/ingest/cyclonedx-lineage.c \
	%D%/ingest/cyclonedx-links.c \
	%D%/ingest/cyclonedx-service.c \
	%D%/ingest/cyclonedx-vulnerability.c \
	%D%/ingest/cyclonedx.c \
	%D%/cpsf-policy-values-private.h %D%/cpsf-policy-values.c \
	%D%/cpsf-policy-entries.c \
	%D%/cpsf-policy-xml.c \
	%D%/cpsf-stream-private.h %D%/cpsf-stream.c \
	%D%/cpsf-read.h %D%/cpsf-intake-private.h %D%/cpsf-intake.c \
	%D%/cpsf-read.c \
	%D%/cpsf-anchor-item-private.h %D%/cpsf-anchor-item.c \
	%D%/cpsf-anchor-private.h %D%/cpsf-anchor.c \
	%D%/cpsf-relying-private.h %D%/cpsf-relying.c \
	%D%/cpsf-path-private.h %D%/cpsf-path.c \
	%D%/cpsf-check.c \
	%D%/cpsf-opinion-private.h %D%/cpsf-opinion.c \
	%D%/cpsf-worlds-private.h \
	%D%/cpsf-worlds-plan-private.h %D%/cpsf-worlds-gates.c \
	%D%/cpsf-worlds-edges.c \
	%D%/cpsf-worlds-plan.c \
	%D%/cpsf-worlds-sets.c \
	%D%/cpsf-worlds-run.c \
	%D%/cpsf-worlds-restrict.c \
	%D%/cpsf-worlds-exact.c \
	%D%/cpsf-trust-private.h %D%/cpsf-trust-figures.c \
	%D%/cpsf-trust-worlds.c \
	%D%/cpsf-weakest.c \
	%D%/cpsf-vouch-private.h %D%/cpsf-vouch.c \
	%D%/cpsf-ebsl-flow.c \
	%D%/cpsf-ebsl.c \
	%D%/cpsf-eigentrust.c \
	%D%/cpsf-trust.c \
	%D%/cpsf-trust-changes-private.h %D%/cpsf-trust-changes.c \
	%D%/cpsf-trust-run.c \
	%D%/cpsf-importance-private.h %D%/cpsf-importance-target.c \
	%D%/cpsf-importance-exact.c \
	%D%/cpsf-importance-block-private.h %D%/cpsf-importance-block.c \
	%D%/cpsf-importance-worlds.c \
	%D%/cpsf-importance.c \
	%D%/cpsf-consequence-private.h %D%/cpsf-consequence.c \
	%D%/cpsf-events-private.h %D%/cpsf-events.c \
	%D%/cpsf-spread-private.h %D%/cpsf-spread-build-private.h \
	%D%/cpsf-spread-rows.c \
	%D%/cpsf-spread-gates.c \
	%D%/cpsf-spread-order.c \
	%D%/cpsf-spread.c \
	%D%/cpsf-arrival-private.h %D%/cpsf-arrival-contacts.c \
	%D%/cpsf-arrival.c \
	%D%/cpsf-arrival-trace.c \
	%D%/cpsf-impact-private.h %D%/cpsf-impact-worlds.c \
	%D%/cpsf-impact-exact.c \
	%D%/cpsf-impact-table.c \
	%D%/cpsf-impact-lists.c \
	%D%/cpsf-levels-private.h %D%/cpsf-levels.c \
	%D%/cpsf-impact-levels.c \
	%D%/cpsf-impact.c \
	%D%/cpsf-impact-reverse.c \
	%D%/cpsf-blast-private.h %D%/cpsf-blast-plan.c \
	%D%/cpsf-blast-worlds.c \
	%D%/cpsf-blast.c \
	%D%/cpsf-explain-private.h %D%/cpsf-explain-path.c \
	%D%/cpsf-explain-trust.c \
	%D%/cpsf-explain.c \
	%D%/cpsf-info.c \
	%D%/cpsf-write-private.h %D%/cpsf-write.c \
	%D%/cpsf-write-json.c \
	%D%/cpsf-write-csv.c \
	%D%/cpsf-write-graphml.c \
	%D%/cpsf-write-dot.c \
	%D%/cpsf-write-feed-private.h %D%/cpsf-write-feed-node.c \
	%D%/cpsf-write-feed.c \
	%D%/cpsf-gtypes.c

# The only file compiled for more than every processor has; cpsf-kernels.c asks before it calls it.
if AVX512
noinst_LTLIBRARIES += libcpsf-avx512.la
libcpsf_avx512_la_SOURCES = \
	%D%/kernels/cpsf-worlds-avx512.c \
	%D%/kernels/cpsf-minrank-avx512.c
libcpsf_avx512_la_CFLAGS = $(AM_CFLAGS) $(AVX512_CFLAGS)
endif
EXTRA_DIST += %D%/kernels/cpsf-worlds-avx512.c %D%/kernels/cpsf-minrank-avx512.c

# Everything, with nothing hidden from the tests.
noinst_LTLIBRARIES += libcpsf-core.la
libcpsf_core_la_SOURCES = $(libcpsf_core_sources) $(cpsf_public_headers)
libcpsf_core_la_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/%D%/ingest -I$(srcdir)/%D%/kernels
# How values as wide as a cache line are passed is no matter: they are passed to inlined functions only.
libcpsf_core_la_CFLAGS = $(AM_CFLAGS) -Wno-psabi $(XML_CFLAGS) $(CRYPTO_CFLAGS)
libcpsf_core_la_LIBADD = $(GLIB_LIBS) $(XML_LIBS) $(CRYPTO_LIBS) -lm
if AVX512
libcpsf_core_la_CPPFLAGS += -DCPSF_HAVE_AVX512
libcpsf_core_la_LIBADD += libcpsf-avx512.la
endif

lib_LTLIBRARIES += libcpsf.la
libcpsf_la_SOURCES =
libcpsf_la_LIBADD = libcpsf-core.la
libcpsf_la_DEPENDENCIES = libcpsf-core.la %D%/libcpsf.map
libcpsf_la_LDFLAGS = $(AM_LDFLAGS) -version-info $(CPSF_LT_VERSION) -no-undefined \
	-Wl,--version-script=$(srcdir)/%D%/libcpsf.map -Wl,-z,defs
# The defaults of a sanitizer leave symbols open until the program is linked.
if SANITIZERS
libcpsf_la_LDFLAGS += -Wl,-z,undefs
endif
EXTRA_DIST += %D%/libcpsf.map

cpsfincludedir = $(includedir)/cpsf-0
cpsfinclude_HEADERS = $(cpsf_public_headers)
nodist_cpsfinclude_HEADERS = %D%/cpsf-version.h

# The built-in policy is a policy file like any other, set into the library.
BUILT_SOURCES += %D%/cpsf-policy-default.inc
CLEANFILES += %D%/cpsf-policy-default.inc
%D%/cpsf-policy-default.inc: datasets/policies/default.xml build-aux/embed.sh
	$(AM_V_GEN)$(MKDIR_P) %D% && sh $(srcdir)/build-aux/embed.sh \
		$(srcdir)/datasets/policies/default.xml > $@.tmp && mv $@.tmp $@
