# SPDX-License-Identifier: GPL-2.0-or-later
# The manual; introspection and the API reference where their tools are there.

dist_doc_DATA = %D%/semantics.md %D%/trust.md %D%/trust-planes.svg %D%/impact.md %D%/impact-story.svg %D%/formats.md \
	%D%/cyclonedx.md %D%/performance.md
EXTRA_DIST += %D%/api.toml

if HAVE_INTROSPECTION
girdir = $(datadir)/gir-1.0
typelibdir = $(libdir)/girepository-1.0
nodist_gir_DATA = Cpsf-0.gir
nodist_typelib_DATA = Cpsf-0.typelib
CLEANFILES += Cpsf-0.gir Cpsf-0.typelib

gir_sources = $(filter-out %-private.h, $(addprefix $(srcdir)/, $(cpsf_public_headers))) \
	$(addprefix $(srcdir)/, $(filter libcpsf/cpsf-%.c, $(libcpsf_core_sources)))

Cpsf-0.gir: libcpsf.la $(cpsf_public_headers) $(libcpsf_core_sources)
	$(AM_V_GEN)$(GI_SCANNER) --quiet --namespace=Cpsf --nsversion=0 \
		--identifier-prefix=Cpsf --symbol-prefix=cpsf --warn-all --c-include=cpsf.h \
		--include=GObject-2.0 --include=Gio-2.0 --pkg-export=cpsf --no-libtool \
		--library=cpsf --library-path=$(abs_builddir)/.libs -L$(abs_builddir)/.libs \
		$(AM_CPPFLAGS) -I$(srcdir)/libcpsf $(GLIB_CFLAGS) --output=$@ \
		$(gir_sources) libcpsf/cpsf-version.h

Cpsf-0.typelib: Cpsf-0.gir
	$(AM_V_GEN)$(GI_COMPILER) --output=$@ Cpsf-0.gir

if HAVE_GI_DOCGEN
noinst_DATA += docs/api.stamp
docs/api.stamp: Cpsf-0.gir $(srcdir)/%D%/api.toml
	$(AM_V_GEN)$(MKDIR_P) docs && rm -rf docs/api && \
	$(GI_DOCGEN) generate --quiet --fatal-warnings --no-namespace-dir \
		--config=$(srcdir)/%D%/api.toml --output-dir=docs/api Cpsf-0.gir && touch $@
clean-local:
	rm -rf docs/api docs/api.stamp
endif
endif
