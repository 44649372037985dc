# SPDX-License-Identifier: GPL-2.0-or-later
# Tests.  A program or script a module; everything reports in TAP.

check_LTLIBRARIES =

TEST_EXTENSIONS = .sh .py .tap
LOG_COMPILER = $(SHELL) $(srcdir)/build-aux/run-criterion.sh
SH_LOG_COMPILER = $(SHELL) $(srcdir)/build-aux/run-script.sh sh
TAP_LOG_COMPILER = $(SHELL) $(srcdir)/build-aux/run-script.sh env
PY_LOG_COMPILER = $(SHELL) $(srcdir)/build-aux/run-script.sh python3
LOG_DRIVER = env AM_TAP_AWK='$(AWK)' $(SHELL) $(top_srcdir)/build-aux/auto/tap-driver.sh
SH_LOG_DRIVER = $(LOG_DRIVER)
PY_LOG_DRIVER = $(LOG_DRIVER)
TAP_LOG_DRIVER = $(LOG_DRIVER)
# What refusing a hostile document may take: on a machine that others load too, and of memory that
# sanitizers fill with shadows.
if SANITIZERS
test_max_kb = 262144
else
test_max_kb = 32768
endif
AM_TESTS_ENVIRONMENT = \
	G_SLICE=always-malloc G_DEBUG=fatal-criticals \
	CPSF='$(abs_top_builddir)/tools/cpsf' \
	CPSF_LOCALEDIR='$(abs_top_builddir)/po' \
	TOP_SRCDIR='$(abs_top_srcdir)' TOP_BUILDDIR='$(abs_top_builddir)' \
	SHARED_DIR='$(abs_top_srcdir)/../shared' \
	SANITIZERS='$(SANITIZER_CFLAGS)' \
	MAX_MS=2000 MAX_KB='$(test_max_kb)'; \
	export G_SLICE G_DEBUG CPSF CPSF_LOCALEDIR TOP_SRCDIR TOP_BUILDDIR SHARED_DIR SANITIZERS \
		MAX_MS MAX_KB;

test_scripts = \
	%D%/test-arrow.py \
	%D%/test-cli.sh \
	%D%/test-cyclonedx.py \
	%D%/test-factory-impact.py \
	%D%/test-factory-trust.py \
	%D%/test-factory.py \
	%D%/test-hostile.sh \
	%D%/test-impact-cli.sh \
	%D%/test-install.sh \
	%D%/test-trust-cli.sh \
	%D%/test-trust.py

EXTRA_DIST += $(test_scripts) \
	%D%/fuzz/feed.dict \
	%D%/fuzz/fuzz-feed.c \
	%D%/fuzz/fuzz-key.c \
	%D%/fuzz/fuzz-policy.c \
	%D%/fuzz/key.dict \
	%D%/fuzz/policy.dict \
	%D%/fuzz/run \
	%D%/lib/cli.sh \
	%D%/lib/reference_trust.py \
	%D%/lib/randomtrust.py \
	%D%/lib/factory_trust.py \
	%D%/lib/randomfeeds.py \
	%D%/lib/reference.py \
	%D%/lib/reference_keys.py

if HAVE_CRITERION
test_programs = \
	%D%/test-anchor \
	%D%/test-arrival \
	%D%/test-arrival-laws \
	%D%/test-assessor \
	%D%/test-blast-oracle \
	%D%/test-builder \
	%D%/test-chance \
	%D%/test-chance-statistics \
	%D%/test-check \
	%D%/test-csr \
	%D%/test-cyclonedx \
	%D%/test-cyclonedx-bad \
	%D%/test-cyclonedx-links \
	%D%/test-duration \
	%D%/test-ebsl \
	%D%/test-eigentrust \
	%D%/test-explain-trust \
	%D%/test-export \
	%D%/test-feed-format \
	%D%/test-graph \
	%D%/test-ground \
	%D%/test-identity \
	%D%/test-impact-oracle \
	%D%/test-importance \
	%D%/test-importance-laws \
	%D%/test-key \
	%D%/test-key-cpe \
	%D%/test-key-purl \
	%D%/test-levels \
	%D%/test-memory \
	%D%/test-opinion \
	%D%/test-policy \
	%D%/test-read \
	%D%/test-relying \
	%D%/test-snapshot \
	%D%/test-spread \
	%D%/test-spread-reach \
	%D%/test-table \
	%D%/test-time \
	%D%/test-trust \
	%D%/test-trust-import \
	%D%/test-trust-laws \
	%D%/test-trust-oracle \
	%D%/test-trust-run \
	%D%/test-trust-update \
	%D%/test-versions \
	%D%/test-vouch \
	%D%/test-weakest \
	%D%/test-whatif \
	%D%/test-whatif-fail \
	%D%/test-whatif-laws \
	%D%/test-worlds-kernel \
	%D%/test-worlds-part \
	%D%/test-worlds-plan \
	%D%/test-write \
	%D%/test-xml \
	%D%/test-xml-limits \
	%D%/test-xml-relay \
	%D%/test-xml-schemas

# What tests share: oracles, generators.
check_LTLIBRARIES += libcpsf-test.la
libcpsf_test_la_SOURCES = \
	%D%/lib/arrival-test.c \
	%D%/lib/arrival-test.h \
	%D%/lib/checkgen.c \
	%D%/lib/checkgen.h \
	%D%/lib/cyclonedx-test.c \
	%D%/lib/cyclonedx-test.h \
	%D%/lib/feedmaker.c \
	%D%/lib/feedmaker.h \
	%D%/lib/graphgen.c \
	%D%/lib/graphgen.h \
	%D%/lib/impactgen.c \
	%D%/lib/impactgen.h \
	%D%/lib/importance-test.c \
	%D%/lib/importance-test.h \
	%D%/lib/kernels-test.c \
	%D%/lib/kernels-test.h \
	%D%/lib/opinion-test.c \
	%D%/lib/opinion-test.h \
	%D%/lib/oracle-blast.c \
	%D%/lib/oracle-check.c \
	%D%/lib/oracle-check.h \
	%D%/lib/oracle-impact.c \
	%D%/lib/oracle-impact.h \
	%D%/lib/oracle-opinion.c \
	%D%/lib/oracle-opinion.h \
	%D%/lib/oracle-ways.c \
	%D%/lib/oracle-ways.h \
	%D%/lib/oracle-worlds.c \
	%D%/lib/oracle-worlds.h \
	%D%/lib/planview.c \
	%D%/lib/planview.h \
	%D%/lib/spread-case.c \
	%D%/lib/spread-test.c \
	%D%/lib/spread-test.h \
	%D%/lib/supplygen.c \
	%D%/lib/supplygen.h \
	%D%/lib/test-key-rows.h \
	%D%/lib/trust-test.c \
	%D%/lib/trust-test.h \
	%D%/lib/trust-update.c \
	%D%/lib/trust-update.h \
	%D%/lib/vouchgen.c \
	%D%/lib/vouchgen.h \
	%D%/lib/whatifgen.c \
	%D%/lib/whatifgen.h \
	%D%/lib/worldsgen.c \
	%D%/lib/worldsgen.h \
	%D%/lib/writing.c \
	%D%/lib/writing.h \
	%D%/lib/xml-test.c \
	%D%/lib/xml-test.h
test_cppflags = $(AM_CPPFLAGS) -I$(srcdir)/%D%/lib -I$(srcdir)/libcpsf/kernels \
	-I$(srcdir)/libcpsf/ingest \
	-DTOP_SRCDIR='"$(abs_top_srcdir)"' -DSHARED_DIR='"$(abs_top_srcdir)/../shared"'
test_cflags = $(AM_CFLAGS) -Wno-conversion $(CRITERION_CFLAGS) $(IGRAPH_CFLAGS)
test_libs = libcpsf-test.la libcpsf-core.la $(CRITERION_LIBS) $(IGRAPH_LIBS) $(GLIB_LIBS) \
	-lpthread -lm
libcpsf_test_la_CPPFLAGS = $(test_cppflags)
libcpsf_test_la_CFLAGS = $(test_cflags)

check_PROGRAMS += $(test_programs)
TESTS += $(test_programs)

# Tables of every type behind two C functions, for an independent Arrow reader to load.
check_LTLIBRARIES += libarrow-tables.la
libarrow_tables_la_SOURCES = %D%/arrow-tables.c
libarrow_tables_la_CPPFLAGS = $(test_cppflags)
libarrow_tables_la_CFLAGS = $(test_cflags)
libarrow_tables_la_LDFLAGS = $(AM_LDFLAGS) -module -avoid-version -rpath /nowhere
libarrow_tables_la_LIBADD = libcpsf-core.la $(GLIB_LIBS)

# Benchmarks: built and run by `make bench` alone.
bench_programs = \
	%D%/bench/bench-arrival \
	%D%/bench/bench-blast \
	%D%/bench/bench-check \
	%D%/bench/bench-impact \
	%D%/bench/bench-opinion \
	%D%/bench/bench-read \
	%D%/bench/bench-snapshot \
	%D%/bench/bench-whatif \
	%D%/bench/bench-worlds \
	%D%/bench/gen-cyclonedx \
	%D%/bench/stream-chance
EXTRA_PROGRAMS = $(bench_programs)
EXTRA_DIST += %D%/bench/bench.h %D%/bench/peers-impact.py %D%/bench/run

tests_test_anchor_CPPFLAGS = $(test_cppflags)
tests_test_anchor_CFLAGS = $(test_cflags)
tests_test_anchor_LDADD = $(test_libs)
tests_test_builder_CPPFLAGS = $(test_cppflags)
tests_test_builder_CFLAGS = $(test_cflags)
tests_test_builder_LDADD = $(test_libs)
tests_test_check_CPPFLAGS = $(test_cppflags)
tests_test_check_CFLAGS = $(test_cflags)
tests_test_check_LDADD = $(test_libs)
tests_test_csr_CPPFLAGS = $(test_cppflags)
tests_test_csr_CFLAGS = $(test_cflags)
tests_test_csr_LDADD = $(test_libs)
tests_test_cyclonedx_CPPFLAGS = $(test_cppflags)
tests_test_cyclonedx_CFLAGS = $(test_cflags)
tests_test_cyclonedx_LDADD = $(test_libs)
tests_test_cyclonedx_bad_CPPFLAGS = $(test_cppflags)
tests_test_cyclonedx_bad_CFLAGS = $(test_cflags)
tests_test_cyclonedx_bad_LDADD = $(test_libs)
tests_test_cyclonedx_links_CPPFLAGS = $(test_cppflags)
tests_test_cyclonedx_links_CFLAGS = $(test_cflags)
tests_test_cyclonedx_links_LDADD = $(test_libs)
tests_test_duration_CPPFLAGS = $(test_cppflags)
tests_test_duration_CFLAGS = $(test_cflags)
tests_test_duration_LDADD = $(test_libs)
tests_test_export_CPPFLAGS = $(test_cppflags)
tests_test_export_CFLAGS = $(test_cflags)
tests_test_export_LDADD = $(test_libs)
tests_test_feed_format_CPPFLAGS = $(test_cppflags)
tests_test_feed_format_CFLAGS = $(test_cflags)
tests_test_feed_format_LDADD = $(test_libs)
tests_test_graph_CPPFLAGS = $(test_cppflags)
tests_test_graph_CFLAGS = $(test_cflags)
tests_test_graph_LDADD = $(test_libs)
tests_test_ground_CPPFLAGS = $(test_cppflags)
tests_test_ground_CFLAGS = $(test_cflags)
tests_test_ground_LDADD = $(test_libs)
tests_test_identity_CPPFLAGS = $(test_cppflags)
tests_test_identity_CFLAGS = $(test_cflags)
tests_test_identity_LDADD = $(test_libs)
tests_test_key_CPPFLAGS = $(test_cppflags)
tests_test_key_CFLAGS = $(test_cflags)
tests_test_key_LDADD = $(test_libs)
tests_test_key_cpe_CPPFLAGS = $(test_cppflags)
tests_test_key_cpe_CFLAGS = $(test_cflags)
tests_test_key_cpe_LDADD = $(test_libs)
tests_test_key_purl_CPPFLAGS = $(test_cppflags)
tests_test_key_purl_CFLAGS = $(test_cflags)
tests_test_key_purl_LDADD = $(test_libs)
tests_test_memory_CPPFLAGS = $(test_cppflags)
tests_test_memory_CFLAGS = $(test_cflags)
tests_test_memory_LDADD = $(test_libs)
tests_test_policy_CPPFLAGS = $(test_cppflags)
tests_test_policy_CFLAGS = $(test_cflags)
tests_test_policy_LDADD = $(test_libs)
tests_test_read_CPPFLAGS = $(test_cppflags)
tests_test_read_CFLAGS = $(test_cflags)
tests_test_read_LDADD = $(test_libs)
tests_test_relying_CPPFLAGS = $(test_cppflags)
tests_test_relying_CFLAGS = $(test_cflags)
tests_test_relying_LDADD = $(test_libs)
tests_test_snapshot_CPPFLAGS = $(test_cppflags)
tests_test_snapshot_CFLAGS = $(test_cflags)
tests_test_snapshot_LDADD = $(test_libs)
tests_test_table_CPPFLAGS = $(test_cppflags)
tests_test_table_CFLAGS = $(test_cflags)
tests_test_table_LDADD = $(test_libs)
tests_test_time_CPPFLAGS = $(test_cppflags)
tests_test_time_CFLAGS = $(test_cflags)
tests_test_time_LDADD = $(test_libs)
tests_test_versions_CPPFLAGS = $(test_cppflags)
tests_test_versions_CFLAGS = $(test_cflags)
tests_test_versions_LDADD = $(test_libs)
tests_test_write_CPPFLAGS = $(test_cppflags)
tests_test_write_CFLAGS = $(test_cflags)
tests_test_write_LDADD = $(test_libs)
tests_test_xml_CPPFLAGS = $(test_cppflags)
tests_test_xml_CFLAGS = $(test_cflags)
tests_test_xml_LDADD = $(test_libs)
tests_test_xml_limits_CPPFLAGS = $(test_cppflags)
tests_test_xml_limits_CFLAGS = $(test_cflags)
tests_test_xml_limits_LDADD = $(test_libs)
tests_test_xml_relay_CPPFLAGS = $(test_cppflags)
tests_test_xml_relay_CFLAGS = $(test_cflags)
tests_test_xml_relay_LDADD = $(test_libs)
tests_test_xml_schemas_CPPFLAGS = $(test_cppflags)
tests_test_xml_schemas_CFLAGS = $(test_cflags)
tests_test_xml_schemas_LDADD = $(test_libs)
tests_test_assessor_CPPFLAGS = $(test_cppflags)
tests_test_assessor_CFLAGS = $(test_cflags)
tests_test_assessor_LDADD = $(test_libs)
tests_test_chance_statistics_CPPFLAGS = $(test_cppflags)
tests_test_chance_statistics_CFLAGS = $(test_cflags)
tests_test_chance_statistics_LDADD = $(test_libs)
tests_test_chance_CPPFLAGS = $(test_cppflags)
tests_test_chance_CFLAGS = $(test_cflags)
tests_test_chance_LDADD = $(test_libs)
tests_test_opinion_CPPFLAGS = $(test_cppflags)
tests_test_opinion_CFLAGS = $(test_cflags)
tests_test_opinion_LDADD = $(test_libs)
tests_test_trust_oracle_CPPFLAGS = $(test_cppflags)
tests_test_trust_oracle_CFLAGS = $(test_cflags)
tests_test_trust_oracle_LDADD = $(test_libs)
tests_test_trust_run_CPPFLAGS = $(test_cppflags)
tests_test_trust_run_CFLAGS = $(test_cflags)
tests_test_trust_run_LDADD = $(test_libs)
tests_test_trust_CPPFLAGS = $(test_cppflags)
tests_test_trust_CFLAGS = $(test_cflags)
tests_test_trust_LDADD = $(test_libs)
tests_test_vouch_CPPFLAGS = $(test_cppflags)
tests_test_vouch_CFLAGS = $(test_cflags)
tests_test_vouch_LDADD = $(test_libs)
tests_test_weakest_CPPFLAGS = $(test_cppflags)
tests_test_weakest_CFLAGS = $(test_cflags)
tests_test_weakest_LDADD = $(test_libs)
tests_test_whatif_fail_CPPFLAGS = $(test_cppflags)
tests_test_whatif_fail_CFLAGS = $(test_cflags)
tests_test_whatif_fail_LDADD = $(test_libs)
tests_test_whatif_laws_CPPFLAGS = $(test_cppflags)
tests_test_whatif_laws_CFLAGS = $(test_cflags)
tests_test_whatif_laws_LDADD = $(test_libs)
tests_test_whatif_CPPFLAGS = $(test_cppflags)
tests_test_whatif_CFLAGS = $(test_cflags)
tests_test_whatif_LDADD = $(test_libs)
tests_test_ebsl_CPPFLAGS = $(test_cppflags)
tests_test_ebsl_CFLAGS = $(test_cflags)
tests_test_ebsl_LDADD = $(test_libs)
tests_test_eigentrust_CPPFLAGS = $(test_cppflags)
tests_test_eigentrust_CFLAGS = $(test_cflags)
tests_test_eigentrust_LDADD = $(test_libs)
tests_test_trust_laws_CPPFLAGS = $(test_cppflags)
tests_test_trust_laws_CFLAGS = $(test_cflags)
tests_test_trust_laws_LDADD = $(test_libs)
tests_test_worlds_kernel_CPPFLAGS = $(test_cppflags)
tests_test_worlds_kernel_CFLAGS = $(test_cflags)
tests_test_worlds_kernel_LDADD = $(test_libs)
tests_test_explain_trust_CPPFLAGS = $(test_cppflags)
tests_test_explain_trust_CFLAGS = $(test_cflags)
tests_test_explain_trust_LDADD = $(test_libs)
tests_test_importance_laws_CPPFLAGS = $(test_cppflags)
tests_test_importance_laws_CFLAGS = $(test_cflags)
tests_test_importance_laws_LDADD = $(test_libs)
tests_test_importance_CPPFLAGS = $(test_cppflags)
tests_test_importance_CFLAGS = $(test_cflags)
tests_test_importance_LDADD = $(test_libs)
tests_test_worlds_part_CPPFLAGS = $(test_cppflags)
tests_test_worlds_part_CFLAGS = $(test_cflags)
tests_test_worlds_part_LDADD = $(test_libs)
tests_test_worlds_plan_CPPFLAGS = $(test_cppflags)
tests_test_worlds_plan_CFLAGS = $(test_cflags)
tests_test_worlds_plan_LDADD = $(test_libs)
tests_test_trust_import_CPPFLAGS = $(test_cppflags)
tests_test_trust_import_CFLAGS = $(test_cflags)
tests_test_trust_import_LDADD = $(test_libs)
tests_test_trust_update_CPPFLAGS = $(test_cppflags)
tests_test_trust_update_CFLAGS = $(test_cflags)
tests_test_trust_update_LDADD = $(test_libs)
tests_test_impact_oracle_CPPFLAGS = $(test_cppflags)
tests_test_impact_oracle_CFLAGS = $(test_cflags)
tests_test_impact_oracle_LDADD = $(test_libs)
tests_test_blast_oracle_CPPFLAGS = $(test_cppflags)
tests_test_blast_oracle_CFLAGS = $(test_cflags)
tests_test_blast_oracle_LDADD = $(test_libs)
tests_test_levels_CPPFLAGS = $(test_cppflags)
tests_test_levels_CFLAGS = $(test_cflags)
tests_test_levels_LDADD = $(test_libs)
tests_test_arrival_laws_CPPFLAGS = $(test_cppflags)
tests_test_arrival_laws_CFLAGS = $(test_cflags)
tests_test_arrival_laws_LDADD = $(test_libs)
tests_test_arrival_CPPFLAGS = $(test_cppflags)
tests_test_arrival_CFLAGS = $(test_cflags)
tests_test_arrival_LDADD = $(test_libs)
tests_test_spread_reach_CPPFLAGS = $(test_cppflags)
tests_test_spread_reach_CFLAGS = $(test_cflags)
tests_test_spread_reach_LDADD = $(test_libs)
tests_test_spread_CPPFLAGS = $(test_cppflags)
tests_test_spread_CFLAGS = $(test_cflags)
tests_test_spread_LDADD = $(test_libs)
tests_bench_bench_check_CPPFLAGS = $(test_cppflags) $(XML_CFLAGS)
tests_bench_bench_check_CFLAGS = $(test_cflags)
tests_bench_bench_check_LDADD = $(test_libs) $(XML_LIBS)
tests_bench_bench_arrival_CPPFLAGS = $(test_cppflags)
tests_bench_bench_arrival_CFLAGS = $(test_cflags)
tests_bench_bench_arrival_LDADD = $(test_libs)
tests_bench_bench_blast_CPPFLAGS = $(test_cppflags) $(XML_CFLAGS)
tests_bench_bench_blast_CFLAGS = $(test_cflags)
tests_bench_bench_blast_LDADD = $(test_libs) $(XML_LIBS)
tests_bench_bench_impact_CPPFLAGS = $(test_cppflags) $(XML_CFLAGS)
tests_bench_bench_impact_CFLAGS = $(test_cflags)
tests_bench_bench_impact_LDADD = $(test_libs) $(XML_LIBS)
tests_bench_bench_read_CPPFLAGS = $(test_cppflags) $(XML_CFLAGS)
tests_bench_bench_read_CFLAGS = $(test_cflags)
tests_bench_bench_read_LDADD = $(test_libs) $(XML_LIBS)
tests_bench_bench_snapshot_CPPFLAGS = $(test_cppflags) $(XML_CFLAGS)
tests_bench_bench_snapshot_CFLAGS = $(test_cflags)
tests_bench_bench_snapshot_LDADD = $(test_libs) $(XML_LIBS)
tests_bench_gen_cyclonedx_CPPFLAGS = $(test_cppflags) $(XML_CFLAGS)
tests_bench_gen_cyclonedx_CFLAGS = $(test_cflags)
tests_bench_gen_cyclonedx_LDADD = $(test_libs) $(XML_LIBS)
tests_bench_bench_opinion_CPPFLAGS = $(test_cppflags) $(XML_CFLAGS)
tests_bench_bench_opinion_CFLAGS = $(test_cflags)
tests_bench_bench_opinion_LDADD = $(test_libs) $(XML_LIBS)
tests_bench_bench_whatif_CPPFLAGS = $(test_cppflags) $(XML_CFLAGS)
tests_bench_bench_whatif_CFLAGS = $(test_cflags)
tests_bench_bench_whatif_LDADD = $(test_libs) $(XML_LIBS)
tests_bench_bench_worlds_CPPFLAGS = $(test_cppflags) $(XML_CFLAGS)
tests_bench_bench_worlds_CFLAGS = $(test_cflags)
tests_bench_bench_worlds_LDADD = $(test_libs) $(XML_LIBS)
tests_bench_stream_chance_CPPFLAGS = $(test_cppflags) $(XML_CFLAGS)
tests_bench_stream_chance_CFLAGS = $(test_cflags)
tests_bench_stream_chance_LDADD = $(test_libs) $(XML_LIBS)

bench: $(bench_programs)
	$(SHELL) $(srcdir)/%D%/bench/run
.PHONY: bench
endif

TESTS += $(test_scripts)

# A program that prints TAP by itself, on the public library.
check_PROGRAMS += %D%/test-threads.tap
TESTS += %D%/test-threads.tap
tests_test_threads_tap_SOURCES = %D%/test-threads.c
tests_test_threads_tap_CPPFLAGS = $(AM_CPPFLAGS) -DTOP_SRCDIR='"$(abs_top_srcdir)"'
tests_test_threads_tap_LDADD = libcpsf.la $(GLIB_LIBS)
