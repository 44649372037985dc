#!/bin/sh
# Runs one Criterion program and reports in TAP: run-criterion.sh PROGRAM
#
# Criterion drops the exit status of the process that ran a test once the test has said "passed", so
# a leak or an error that a sanitizer finds would pass unseen.  Sanitizers therefore write to files,
# and one more point of the plan fails if there is any.  A run without a test fails too.
set -u
name=$(basename "$1")
dir=$(mktemp -d "${TMPDIR:-/tmp}/cpsf-test-XXXXXX") || exit 1
trap 'rm -rf "$dir"' EXIT

ASAN_OPTIONS="log_path=$dir/asan:detect_leaks=1:detect_stack_use_after_return=1:abort_on_error=1${ASAN_OPTIONS:+:$ASAN_OPTIONS}"
UBSAN_OPTIONS="log_path=$dir/ubsan:print_stacktrace=1${UBSAN_OPTIONS:+:$UBSAN_OPTIONS}"
LSAN_OPTIONS="log_path=$dir/asan${TOP_SRCDIR:+:suppressions=$TOP_SRCDIR/build-aux/lsan.supp}:print_suppressions=0"
export ASAN_OPTIONS UBSAN_OPTIONS LSAN_OPTIONS

"$1" --tap="$dir/tap" >"$dir/out" 2>"$dir/log"
status=$?
sed 's/^/# /' "$dir/out" "$dir/log"

plan=$(sed -n 's/^1\.\.\([0-9]*\).*/\1/p' "$dir/tap" 2>/dev/null | head -n 1)
plan=${plan:-0}
echo "1..$((plan + 1))"
[ "$plan" -gt 0 ] && grep -E '^(ok|not ok) ' "$dir/tap" |
    awk '{ bad = $1 == "not"; sub(/^(not )?ok *-? */, ""); printf "%sok %d - %s\n", bad ? "not " : "", NR, $0 }'

reports=$(find "$dir" -name '*san.*' -size +0)
if [ -n "$reports" ]; then
    cat $reports | sed 's/^/# /'
    echo "not ok $((plan + 1)) - $name: sanitizers report"
elif [ "$plan" -eq 0 ]; then
    echo "not ok 1 - $name: no test ran (exit status $status)"
elif [ "$status" -ne 0 ] && ! grep -q '^not ok' "$dir/tap"; then
    echo "not ok $((plan + 1)) - $name: exit status $status though every test passed"
else
    echo "ok $((plan + 1)) - $name: clean end"
fi
exit 0
