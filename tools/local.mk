# SPDX-License-Identifier: GPL-2.0-or-later
# The `cpsf` command: one file a subcommand.  It sees the public headers only.

noinst_LTLIBRARIES += libtools.la
libtools_la_SOURCES = \
	%D%/tool.h \
	%D%/options.c %D%/options.h \
	%D%/options-sampling.c %D%/options-sampling.h \
	%D%/options-impact.c %D%/options-impact.h \
	%D%/config-file.c %D%/config-file.h \
	%D%/lang.c %D%/lang.h \
	%D%/text.c %D%/text.h \
	%D%/message.c %D%/message.h \
	%D%/progress.c %D%/progress.h \
	%D%/interrupt.c %D%/interrupt.h \
	%D%/read.c %D%/read.h \
	%D%/answer.c %D%/answer.h \
	%D%/stream.c %D%/stream.h \
	%D%/output.c %D%/output.h \
	%D%/cell.c %D%/cell.h \
	%D%/table.c %D%/table.h \
	%D%/suggest.c %D%/suggest.h \
	%D%/figures.c %D%/figures.h \
	%D%/cmd-blast.c \
	%D%/cmd-check.c \
	%D%/cmd-explain.c \
	%D%/cmd-export.c \
	%D%/cmd-feed.c \
	%D%/cmd-impact.c \
	%D%/cmd-info.c \
	%D%/cmd-policy.c \
	%D%/cmd-trust.c
tools_cppflags = $(AM_CPPFLAGS) -DLOCALEDIR='"$(localedir)"'
libtools_la_CPPFLAGS = $(tools_cppflags)
libtools_la_CFLAGS = $(AM_CFLAGS) $(SMARTCOLS_CFLAGS)

# In the build tree the command is a program of its own, complete, and no script around one that
# waits for an installed library.
noinst_PROGRAMS = tools/cpsf
tools_cpsf_SOURCES = %D%/main.c
tools_cpsf_CPPFLAGS = $(tools_cppflags)
tools_cpsf_LDADD = libtools.la libcpsf-core.la $(GLIB_LIBS) $(SMARTCOLS_LIBS)

# What is installed is linked with the shared library.
bin_PROGRAMS += tools/install/cpsf
tools_install_cpsf_SOURCES = %D%/main.c
tools_install_cpsf_CPPFLAGS = $(tools_cppflags)
tools_install_cpsf_LDADD = libtools.la libcpsf.la $(GLIB_LIBS) $(SMARTCOLS_LIBS)

EXTRA_DIST += %D%/cpsf.bash-completion
nodist_bashcompletion_DATA = %D%/completion/cpsf
CLEANFILES += %D%/completion/cpsf
%D%/completion/cpsf: %D%/cpsf.bash-completion
	$(AM_V_GEN)$(MKDIR_P) $(@D) && cp $(srcdir)/%D%/cpsf.bash-completion $@
dist_man1_MANS = docs/cpsf.1
