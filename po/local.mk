# SPDX-License-Identifier: GPL-2.0-or-later
# Messages.  The build tree holds them where the uninstalled command finds them (CPSF_LOCALEDIR).

EXTRA_DIST += %D%/POTFILES.in %D%/ja.po

if HAVE_MSGFMT
noinst_DATA += %D%/ja/LC_MESSAGES/cpsf.mo
CLEANFILES += %D%/ja/LC_MESSAGES/cpsf.mo

%D%/ja/LC_MESSAGES/cpsf.mo: %D%/ja.po
	$(AM_V_GEN)$(MKDIR_P) $(@D) && $(MSGFMT) --check --output-file=$@ $(srcdir)/%D%/ja.po

install-data-hook: install-messages
install-messages: %D%/ja/LC_MESSAGES/cpsf.mo
	$(MKDIR_P) '$(DESTDIR)$(localedir)/ja/LC_MESSAGES'
	$(INSTALL_DATA) %D%/ja/LC_MESSAGES/cpsf.mo '$(DESTDIR)$(localedir)/ja/LC_MESSAGES/cpsf.mo'
uninstall-hook: uninstall-messages
uninstall-messages:
	rm -f '$(DESTDIR)$(localedir)/ja/LC_MESSAGES/cpsf.mo'
.PHONY: install-messages uninstall-messages
endif
