#!/bin/sh
# Runs one test script and reports in TAP: run-script.sh INTERPRETER SCRIPT
# A program that prints TAP by itself is run by the interpreter env.
# $PYTHON, if set, is run for python3; a script whose interpreter is not there is skipped.
# A script that prints a plan of its own is passed on; of any other the exit status is the one
# point: 0 passed, 77 skipped.
set -u
interpreter=$1
name=$(basename "$2")
[ "$interpreter" = sh ] && read -r first <"$2" && case $first in *bash*) interpreter=bash ;; esac
[ "$interpreter" != python3 ] || interpreter=${PYTHON:-python3}
command -v "$interpreter" >/dev/null || { echo "1..0 # SKIP $name: no $interpreter here"; exit 0; }
dir=$(mktemp -d "${TMPDIR:-/tmp}/cpsf-test-XXXXXX") || exit 1
trap 'rm -rf "$dir"' EXIT

# What a sanitizer finds in a command that the script runs must not pass for a mere exit status.
ASAN_OPTIONS="log_path=$dir/asan:detect_stack_use_after_return=1${ASAN_OPTIONS:+:$ASAN_OPTIONS}"
UBSAN_OPTIONS="log_path=$dir/ubsan:print_stacktrace=1${UBSAN_OPTIONS:+:$UBSAN_OPTIONS}"
LSAN_OPTIONS="log_path=$dir/asan${TOP_SRCDIR:+:suppressions=$TOP_SRCDIR/build-aux/lsan.supp}:print_suppressions=0"
export ASAN_OPTIONS UBSAN_OPTIONS LSAN_OPTIONS

"$interpreter" "$2" >"$dir/out" 2>"$dir/log"
status=$?
sed 's/^/# /' "$dir/log"
reports=$(find "$dir" -name '*san.*' -size +0)
if [ -n "$reports" ]; then
    cat $reports | sed 's/^/# /'
    echo "Bail out! $name: sanitizers report"
    exit 0
fi
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
