#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Hostile documents through the command: each is refused quickly, in little memory, with its code,
# exit status 3, nothing on standard error but our own lines, and nothing opened but the feed.
# Output is TAP.  Environment: CPSF, the command (default tools/cpsf); HOSTILE, a folder of hostile
# feeds with a MANIFEST.tsv above it (default ../shared/feeds/hostile beside the source; left out if
# it is not there).
set -u
LC_ALL=C.UTF-8
export LC_ALL
unset CPSF_CONFIG CPSF_STORE 2>/dev/null || :

here=$(cd "$(dirname "$0")" && pwd)
CPSF=${CPSF:-tools/cpsf}
HOSTILE=${HOSTILE:-$here/../../shared/feeds/hostile}
if [ -z "${SANITIZERS:-}" ]; then
    MAX_MS=${MAX_MS:-200}
    MAX_KB=${MAX_KB:-32768}
else # which multiply both
    MAX_MS=${MAX_MS:-2000}
    MAX_KB=${MAX_KB:-262144}
fi
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT INT TERM
n=0
failed=0

if [ ! -x "$CPSF" ]; then
    echo "1..0 # SKIP no command at $CPSF"
    exit 0
fi
if ! command -v python3 >/dev/null; then
    echo "1..0 # SKIP python3 measures time and memory, and is not there"
    exit 0
fi

# What one run of a command takes: milliseconds, KiB at most, exit status.
cat >"$work/measure.py" <<'PY'
import os, resource, subprocess, sys, time
with open(sys.argv[1], "wb") as out, open(sys.argv[2], "wb") as err:
    begin = time.monotonic()
    status = subprocess.call(sys.argv[3:], stdin=subprocess.DEVNULL, stdout=out, stderr=err)
    took = time.monotonic() - begin
print(int(took * 1000), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, status)
PY

# A small good feed: what the command takes by itself, which is not the document's doing.
cat >"$work/good.xml" <<'XML'
<feed xmlns="urn:libcpsf:feed:1" id="urn:example:good" version="1" issued="2026-01-01T00:00:00Z">
  <node key="urn:example:a" kind="company" name="A"/>
</feed>
XML

verdict() { # ok|not_ok name why
    n=$((n + 1))
    if [ "$1" = ok ]; then
        echo "ok $n - $2"
    else
        failed=$((failed + 1))
        echo "not ok $n - $2"
        echo "# $3"
    fi
}

# refuse NAME FILE CODES: CODES are those that will do, with | between.
refuse() {
    set -- "$1" "$2" "$3" "$(python3 "$work/measure.py" "$work/out" "$work/err" "$CPSF" info "$2")"
    ms=${4%% *}
    status=${4##* }
    kb=${4#* }
    kb=${kb%% *}
    why=
    [ "$status" = 3 ] || why="$why exit status $status;"
    [ "$ms" -le "$((MAX_MS + base_ms))" ] || why="$why $ms ms;"
    [ "$kb" -le "$((MAX_KB + base_kb))" ] || why="$why $kb KiB;"
    grep -Eq "^$2(:[0-9]+)?(:[0-9]+)?: error: .* \[($3)\]\$" "$work/err" || why="$why no line with [$3];"
    [ "$(wc -l <"$work/err")" -eq 1 ] || why="$why not one line on standard error;"
    [ ! -s "$work/out" ] || why="$why something on standard output;"
    if [ -z "$why" ]; then
        verdict ok "$1" ''
    else
        verdict not_ok "$1" "$why $(head -c 300 "$work/err" | tr '\n' ' ')"
    fi
}

base=$(python3 "$work/measure.py" "$work/out" "$work/err" "$CPSF" info "$work/good.xml")
case $base in
*' 0') verdict ok 'a good feed is read' '' ;;
*) verdict not_ok 'a good feed is read' "$base $(cat "$work/err")" ;;
esac
# Only what is beyond an ordinary run counts against a document; on a busy machine that is all that
# can be told apart.
base_ms=${base%% *}
base_kb=0

# --- files of others ------------------------------------------------------------------------------
manifest=$HOSTILE/../MANIFEST.tsv
if [ -f "$manifest" ]; then
    awk -F '\t' '$1 ~ /^hostile\// && $6 == "invalid" {print $1}' "$manifest" >"$work/list"
    while read -r name; do
        file=$HOSTILE/../$name
        case $name in
        */errors/759398.xml) codes=encoding ;;
        */errors/dtd13) codes=doctype ;;
        */errors/*) codes='malformed|truncated' ;;
        *) codes=doctype ;;
        esac
        refuse "$name" "$file" "$codes"
    done <"$work/list"
else
    echo "# no corpus of hostile feeds at $HOSTILE: left out"
fi

# --- made here ------------------------------------------------------------------------------------
mkdir "$work/bombs"
cat >"$work/make.py" <<'PY'
import os, sys
folder = sys.argv[1]
head, tail = b'<feed xmlns="urn:libcpsf:feed:1">', b"</feed>"
made = []
def put(name, codes, data):
    with open(os.path.join(folder, name + ".xml"), "wb") as f:
        f.write(data)
    made.append((name, codes))
def feed(body):
    return head + body + tail
M = 1 << 20
laughs = b'<!DOCTYPE f [<!ENTITY % a0 "x">' + b"".join(
    b'<!ENTITY %% a%d "%s">' % (i, b"&#37;a%d;" % (i - 1) * 10) for i in range(1, 9)) + b"%a8;]>"
put("parameter-laughs", "doctype", laughs + feed(b""))
put("general-laughs", "doctype", b'<!DOCTYPE f [<!ENTITY a0 "ha">' + b"".join(
    b'<!ENTITY a%d "%s">' % (i, b"&a%d;" % (i - 1) * 10) for i in range(1, 10)) + b"]>" + feed(b"&a9;"))
put("quadratic", "doctype", b'<!DOCTYPE f [<!ENTITY a "' + b"x" * 50000 + b'">]>' + feed(b"&a;" * 50000))
put("defaults", "doctype", b'<!DOCTYPE f [<!ATTLIST feed id CDATA "urn:example:x">]>' + feed(b""))
put("xxe-file", "doctype", b'<!DOCTYPE f [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + feed(b"&a;"))
put("xxe-http", "doctype", b'<!DOCTYPE f SYSTEM "http://127.0.0.1:9/a.dtd">' + feed(b""))
put("xxe-parameter", "doctype", b'<!DOCTYPE f [<!ENTITY % a SYSTEM "file:///etc/hostname">%a;]>' + feed(b""))
put("doctype-utf16", "doctype", ('<!DOCTYPE f [<!ENTITY a "b">]>' + feed(b"&a;").decode()).encode("utf-16"))
put("depth", "limit-depth", feed(b"<a>" * M + b"</a>" * M))
put("depth-foreign", "limit-depth", feed(b'<a xmlns="urn:o">' * 100000))
put("attributes", "limit-attributes|limit-lookahead", feed(b"<node %s/>" % b"".join(b' a%d="1"' % i for i in range(100000))))
put("attributes-few", "limit-attributes", feed(b"<node %s/>" % b"".join(b' a%d="1"' % i for i in range(65))))
put("namespaces", "limit-namespaces|limit-lookahead", feed(b"<node %s/>" % b"".join(b' xmlns:a%d="urn:a"' % i for i in range(50000))))
put("namespaces-nested", "limit-namespaces|limit-depth", feed(b"".join(b'<a xmlns:a%d="urn:a" xmlns:b%d="urn:b">' % (i, i) for i in range(60))))
put("names", "limit-names", feed(b"".join(b"<n%d/>" % i for i in range(2000000))))
put("name-long", "limit-names|limit-lookahead", feed(b"<" + b"n" * 9 * M + b"/>"))
put("name-51k", "limit-names|limit-lookahead", feed(b"<" + b"n" * 51000 + b"/>"))
put("text", "limit-text", feed(b'<node key="urn:example:a" kind="item"><name>' + b"x" * 20 * M + b"</name></node>"))
put("text-foreign", "limit-text", feed(b'<a xmlns="urn:o">' + b"x" * 20 * M + b"</a>"))
put("blanks", "limit-text", feed(b" " * 20 * M))
put("cdata", "limit-lookahead|limit-text", feed(b"<![CDATA[" + b"x" * 20 * M + b"]]>"))
put("comment", "limit-lookahead", feed(b"<!--" + b"x" * 20 * M + b"-->"))
put("instruction", "limit-lookahead", feed(b"<?p " + b"x" * 20 * M + b"?>"))
put("value", "limit-lookahead", feed(b'<node key="' + b"x" * 20 * M + b'"/>'))
put("nul", "malformed", feed(b"a\0b"))
put("nul-tail", "malformed", feed(b"") + b"\0\0")
put("control", "malformed", feed(b"&#1;"))
put("utf7", "encoding", b'<?xml version="1.0" encoding="UTF-7"?>+ADw-feed/+AD4-')
put("ebcdic", "encoding", '<?xml version="1.0"?><feed/>'.encode("cp037"))
put("utf32", "encoding", feed(b"").decode().encode("utf-32-le"))
put("iso-2022", "encoding", b'<?xml version="1.0" encoding="ISO-2022-JP"?>' + feed(b""))
put("xml11", "unsupported", b'<?xml version="1.1"?>' + feed(b""))
put("overlong", "malformed", feed(b"\xc0\xaf"))
put("surrogate", "malformed", feed(b"\xed\xa0\x80"))
put("surrogate-utf16", "malformed", "\ufeff".encode("utf-16-le") + head.decode().encode("utf-16-le") + b"\x00\xd8" + tail.decode().encode("utf-16-le"))
put("bad-eucjp", "malformed", b'<?xml version="1.0" encoding="EUC-JP"?>' + feed(b"\xff\xff\x80"))
put("truncated", "truncated", head + b'<node key="urn:example:a" kind="item">')
put("truncated-tag", "truncated", head + b'<node key="urn:exam')
put("empty", "truncated", b"")
put("prefix", "malformed", feed(b"<p:node/>"))
put("twice", "malformed", feed(b'<node key="a" key="b"/>'))
put("two-roots", "malformed", feed(b"") + feed(b""))
put("gzip", "malformed", b"\x1f\x8b\x08" + bytes(200))
put("random", "malformed", bytes((i * 197 + i // 7) & 255 for i in range(4096)))
put("other-format", "unsupported", b"<html><body/></html>")
put("later-version", "unsupported", b'<feed xmlns="urn:libcpsf:feed:2"/>')
with open(os.path.join(folder, "LIST"), "w") as f:
    for name, codes in made:
        f.write(name + " " + codes + "\n")
PY
python3 "$work/make.py" "$work/bombs" || exit 99
while read -r name codes; do
    refuse "made: $name" "$work/bombs/$name.xml" "$codes"
done <"$work/bombs/LIST"

# --- a folder of good and bad ---------------------------------------------------------------------
mkdir "$work/mixed"
cp "$work/good.xml" "$work/mixed/1-good.xml"
cp "$work/bombs/parameter-laughs.xml" "$work/mixed/2-bad.xml"
cp "$work/bombs/truncated.xml" "$work/mixed/3-bad.xml"
sed 's/urn:example:good/urn:example:more/; s/urn:example:a/urn:example:b/' "$work/good.xml" \
    >"$work/mixed/4-good.xml"
"$CPSF" check -f csv "$work/mixed" >"$work/out" 2>"$work/err"
status=$?
why=
[ "$status" = 1 ] || why="$why exit status $status;"
grep -q 'urn:example:a' "$work/out" || why="$why the first good feed is missing;"
grep -q 'urn:example:b' "$work/out" || why="$why the second good feed is missing;"
[ "$(grep -c ': error: ' "$work/err")" = 2 ] || why="$why not two errors;"
for bad in 2-bad.xml 3-bad.xml; do
    [ "$(grep -c "/$bad:" "$work/err")" = 1 ] || why="$why not one line for $bad;"
done
if [ -z "$why" ]; then
    verdict ok 'a folder of good and bad feeds' ''
else
    verdict not_ok 'a folder of good and bad feeds' "$why $(tr '\n' ' ' <"$work/err")"
fi

# --- what is opened -------------------------------------------------------------------------------
if command -v strace >/dev/null && strace -o /dev/null true 2>/dev/null; then
    for name in xxe-file xxe-http xxe-parameter parameter-laughs other-format bad-eucjp; do
        # Up to the opening of the feed a run opens what every run does.  A leak sanitizer cannot
        # work in a process that is traced.
        ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=0" \
            strace -f -o "$work/trace" -e trace=openat,open,socket,connect,execve "$CPSF" info \
            "$work/bombs/$name.xml" >/dev/null 2>&1
        sed -n "\\|\"$work/bombs/$name.xml\"|,\$p" "$work/trace" | sed 1d |
            grep -E '(openat|open|socket|connect|execve)\(' |
            grep -Ev '/gconv|/locale|/LC_MESSAGES/|/zoneinfo|\.so[.0-9]*"|/proc/self|/sys/devices/system/cpu|/sys/fs/cgroup' \
                >"$work/opened"
        # A command not yet installed is a shell script of libtool; that shell asks who the user is.
        grep -E '(socket|connect)\(' "$work/trace" | grep -v AF_UNIX >>"$work/opened"
        if [ -s "$work/opened" ] || ! grep -q "$work/bombs/$name.xml" "$work/trace"; then
            verdict not_ok "opens nothing else: $name" "$(head -c 300 "$work/opened" | tr '\n' ' ')"
        else
            verdict ok "opens nothing else: $name" ''
        fi
    done
else
    n=$((n + 1))
    echo "ok $n - opens nothing else # SKIP strace is not there, or may not trace"
fi

echo "1..$n"
[ "$failed" -eq 0 ]
