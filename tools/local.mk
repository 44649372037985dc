# SPDX-License-Identifier: GPL-2.0-or-later
# The `cpsf` command: one file a subcommand.  It sees the public headers only.

bin_PROGRAMS += tools/cpsf
tools_cpsf_SOURCES = \
	%D%/main.c %D%/tool.h \
	%D%/options.c %D%/options.h \
	%D%/config-file.c %D%/config-file.h \
	%D%/lang.c %D%/lang.h \
	%D%/text.c %D%/text.h \
	%D%/message.c %D%/message.h \
	%D%/progress.c %D%/progress.h \
	%D%/read.c %D%/read.h \
	%D%/answer.c %D%/answer.h \
	%D%/stream.c %D%/stream.h \
	%D%/output.c %D%/output.h \
	%D%/table.c %D%/table.h \
	%D%/cmd-check.c \
	%D%/cmd-explain.c \
	%D%/cmd-export.c \
	%D%/cmd-feed.c \
	%D%/cmd-info.c \
	%D%/cmd-policy.c
tools_cpsf_CPPFLAGS = $(AM_CPPFLAGS) -DLOCALEDIR='"$(localedir)"'
tools_cpsf_CFLAGS = $(AM_CFLAGS) $(SMARTCOLS_CFLAGS)
tools_cpsf_LDADD = libcpsf.la $(GLIB_LIBS) $(SMARTCOLS_LIBS)

EXTRA_DIST += %D%/cpsf.bash-completion
nodist_bashcompletion_DATA = %D%/completion/cpsf
CLEANFILES += %D%/completion/cpsf
%D%/completion/cpsf: %D%/cpsf.bash-completion
	$(AM_V_GEN)$(MKDIR_P) $(@D) && cp $(srcdir)/%D%/cpsf.bash-completion $@
dist_man1_MANS = docs/cpsf.1
