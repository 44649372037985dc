# SPDX-License-Identifier: GPL-2.0-or-later
# Small complete programs; tests/test-install.sh builds them against an installed library.

EXTRA_DIST += %D%/README.md %D%/incident.c %D%/unverified.c
