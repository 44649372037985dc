#!/bin/sh
# Runs one test script and reports in TAP: run-script.sh INTERPRETER SCRIPT
# A script that prints a plan of its own is passed on; of any other the exit status is the one
# point: 0 passed, 77 skipped.
set -u
interpreter=$1
name=$(basename "$2")
[ "$interpreter" = sh ] && read -r first <"$2" && case $first in *bash*) interpreter=bash ;; esac
dir=$(mktemp -d "${TMPDIR:-/tmp}/cpsf-test-XXXXXX") || exit 1
trap 'rm -rf "$dir"' EXIT
LSAN_OPTIONS="${TOP_SRCDIR:+suppressions=$TOP_SRCDIR/build-aux/lsan.supp}:print_suppressions=0"
export LSAN_OPTIONS

"$interpreter" "$2" >"$dir/out" 2>"$dir/log"
status=$?
sed 's/^/# /' "$dir/log"
if grep -q '^1\.\.' "$dir/out"; then
    cat "$dir/out"
    if [ "$status" -ne 0 ] && ! grep -q '^not ok' "$dir/out"; then
        echo "Bail out! $name ended with exit status $status"
    fi
    exit 0
fi
sed 's/^/# /' "$dir/out"
echo "1..1"
case $status in
0) echo "ok 1 - $name" ;;
77) echo "ok 1 - $name # SKIP $(tail -n 1 "$dir/out")" ;;
*) echo "not ok 1 - $name (exit status $status)" ;;
esac
exit 0
