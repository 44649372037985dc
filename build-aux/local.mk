# SPDX-License-Identifier: GPL-2.0-or-later
# What the developers' checks need; ./run-tests runs them.

EXTRA_DIST += \
	%D%/embed.sh %D%/run-criterion.sh %D%/run-script.sh %D%/lsan.supp %D%/codespell-words \
	%D%/check-floors %D%/check-doors %D%/check-headers %D%/check-symbols %D%/check-format \
	%D%/check-lint %D%/check-dist %D%/check-messages %D%/packages %D%/install-packages
