# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# What tests of the command line share.  It goes to a folder of its own, where out and err are what
# the last command printed.

CPSF=${CPSF:-cpsf}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 99
LC_ALL=C.UTF-8
export LC_ALL
unset LANGUAGE NO_COLOR CLICOLOR_FORCE CPSF_CONFIG COLUMNS 2>/dev/null
: "${CPSF_LOCALEDIR:=}"

n=0
ok() { n=$((n + 1)); echo "ok $n - $1"; }
bad() {
    n=$((n + 1))
    echo "not ok $n - $1"
    [ ! -s out ] || sed 's/^/# out: /' out | head -n 8
    [ ! -s err ] || sed 's/^/# err: /' err | head -n 8
}
check() { # NAME CONDITION...: a point
    name=$1
    shift
    if "$@"; then ok "$name"; else bad "$name"; fi
}
run() { # STATUS ARGUMENTS...: a point; leaves out and err
    want=$1
    shift
    "$CPSF" "$@" >out 2>err </dev/null
    got=$?
    check "exit $want: cpsf $(printf '%s ' "$@" | tr -d '\n' | tr -c ' -~' '?')" [ "$got" -eq "$want" ]
}
has() { # FILE TEXT: a point
    check "$1 holds “$2”" grep -qF -e "$2" "$1"
}
lacks() {
    if grep -qF -e "$2" "$1"; then bad "$1 lacks “$2”"; else ok "$1 lacks “$2”"; fi
}
empty() { check "$1 is empty${2:+: $2}" [ ! -s "$1" ]; }
json() { # CONDITION: a point about the JSON in out
    check "JSON: $1" python3 -c '
import json, sys
a = json.load(open("out", encoding="utf-8"))
sys.exit(0 if eval(sys.argv[1]) else 1)' "$1"
}

cat >terminal.py <<'EOF'
# Runs a command on a terminal of so many columns and prints what came there.
import os, pty, sys
def read(fd):
    data = os.read(fd, 65536)
    with open("screen", "ab") as file:
        file.write(data.replace(b"\r\n", b"\n"))
    return data
os.environ["COLUMNS"] = sys.argv[1]
sys.exit(os.WEXITSTATUS(pty.spawn(sys.argv[2:], read)))
EOF
terminal() { # COLUMNS ARGUMENTS...: a point; leaves what a person sees in out
    columns=$1
    shift
    rm -f screen
    python3 terminal.py "$columns" "$CPSF" "$@" >/dev/null 2>err </dev/null
    check "on a terminal: cpsf $*" [ $? -eq 0 ]
    mv screen out
}
