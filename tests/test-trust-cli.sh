#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# cpsf trust, from outside: options, formats, what a person sees.  TAP on standard output.
set -u
. "$(dirname "$0")/lib/cli.sh"

# ---- feeds ----------------------------------------------------------------------------------
# By hand: Maker passes with 18, belief 0.9; Sensor is (0.6, 0.1, 0.3) by its assessor; Series is
# not known; Shelf is refuted with 18.  Sensor feels Maker always, Series feels Sensor.
root=urn:example:root
cat >a.xml <<EOF
<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="urn:libcpsf:feed:1" id="urn:example:a" version="1" issued="2026-01-01T00:00:00Z">
  <node key="urn:example:maker" kind="company" name="Maker"><name xml:lang="ja">製作所</name></node>
  <node key="urn:example:sensor" kind="device" name="Sensor">
    <opinion layer="2" belief="0.6" disbelief="0.1" uncertainty="0.3" assessor="$root"/>
  </node>
  <node key="urn:example:series" kind="data" name="Series"/>
  <node key="urn:example:shelf" kind="device" name="Shelf"/>
  <edge relation="makes" from="urn:example:maker" to="urn:example:sensor"/>
  <edge relation="senses" from="urn:example:sensor" to="urn:example:series"/>
  <evidence subject="urn:example:maker" layer="1" scheme="iso27001" id="1" issuer="$root"
            assurance="third-party" since="2025-06-01T00:00:00Z"/>
  <evidence subject="urn:example:shelf" layer="2" scheme="iso15408" id="2" issuer="$root"
            assurance="third-party" status="revoked" since="2025-06-01T00:00:00Z"/>
</feed>
EOF
cat >policy.xml <<EOF
<policy xmlns="urn:libcpsf:policy:1" name="ours"><roots><issuer key="$root"/></roots></policy>
EOF
# thirty companies proven, each of which one system feels by halves: 60 chance events
{
    echo '<feed xmlns="urn:libcpsf:feed:1" id="urn:example:b" issued="2026-01-01T00:00:00Z">'
    i=0
    while [ $i -lt 30 ]; do
        echo "<node key=\"urn:example:c$i\" kind=\"company\" name=\"C$i\"/>"
        echo "<evidence subject=\"urn:example:c$i\" layer=\"1\" scheme=\"iso27001\" id=\"$i\" issuer=\"$root\" assurance=\"third-party\" since=\"2026-01-01T00:00:00Z\"/>"
        echo "<edge relation=\"operates\" from=\"urn:example:c$i\" to=\"urn:example:s\" criticality=\"0.5\"/>"
        i=$((i + 1))
    done
    echo '<node key="urn:example:s" kind="system" name="S"/></feed>'
} >many.xml
printf '<feed xmlns="urn:libcpsf:feed:1" id="urn:example:c"/>' >empty.xml
at=2026-04-01T00:00:00Z
trust() { # STATUS ARGUMENTS...
    status=$1
    shift
    run "$status" trust --at $at --policy policy.xml "$@"
}

# ---- the answer -----------------------------------------------------------------------------
trust 0 a.xml
has out 'urn:example:sensor'
has err '4096 worlds, largest standard error 0.00'
has err "at $at"
trust 0 -f json a.xml
json 'a["schema"] == "cpsf-table/1" and a["command"] == "trust"'
json '[c["name"] for c in a["columns"]] == "key kind name belief disbelief uncertainty expected stderr".split()'
json 'len({c["type"] for c in a["columns"][3:]}) == 1 and {c["type"] for c in a["columns"][:3]} == {"utf8"}'
json 'a["options"] == {"model": "worlds", "method": "sample", "worlds": 4096, "seed": 0}'
json "a['at'] == '$at' and a['known_at'] is None and a['policy']['name'] == 'ours'"
json '[r["key"][12:] for r in a["rows"]] == ["shelf", "series", "sensor", "maker"]'
json 'all(r["belief"] * 4096 == round(r["belief"] * 4096) for r in a["rows"])'
cp out one.json
trust 0 --method exact -f json a.xml
json 'a["options"] == {"model": "worlds", "method": "exact"}'
json 'max(abs(r["belief"] - b) + abs(r["disbelief"] - d) for r, (b, d) in zip(a["rows"], [(0, .9), (0, .1), (.54, .1), (.9, 0)])) < 1e-12'
json 'all(r["stderr"] == 0 and abs(r["belief"] + r["disbelief"] + r["uncertainty"] - 1) < 1e-12 for r in a["rows"])'
has err 'exact: '
has err 'of 3 chance events'
python3 -c '
import json, sys
exact, sampled = (json.load(open(n))["rows"] for n in ("out", "one.json"))
far = [(e, s) for e, s in zip(exact, sampled) if e["key"] != s["key"] or abs(e["expected"] - s["expected"]) > 5 * s["stderr"] + 1e-12]
sys.exit(1 if far else 0)'
check 'sampled figures are within five standard errors of the exact ones' [ $? -eq 0 ]

# ---- layers, models ---------------------------------------------------------------------------
trust 0 -f json --layer 1 --method exact a.xml
json 'a["options"] == {"model": "worlds", "layer": 1, "method": "exact"}'
json 'all(abs(r["belief"] - (1 if "shelf" in r["key"] else .9)) < 1e-12 and r["disbelief"] == 0 for r in a["rows"])'
trust 0 -f json --layer 2 --method exact a.xml
json '{r["key"][12:]: (round(r["belief"], 9), round(r["disbelief"], 9)) for r in a["rows"]} == {"maker": (1, 0), "sensor": (.6, .1), "series": (.6, .1), "shelf": (0, .9)}'
trust 0 -f json --layer 3 a.xml
json '{r["key"][12:]: r["uncertainty"] for r in a["rows"]} == {"maker": 0, "sensor": 0, "series": 1, "shelf": 0}'
trust 0 -f json --model weakest a.xml
json 'a["options"] == {"model": "weakest"}'
json '{r["key"][12:]: round(r["expected"], 9) for r in a["rows"]} == {"maker": .95, "sensor": .75, "series": .5, "shelf": .05}'
has err 'weakest link'
trust 0 -f json --model weakest --layer 1 a.xml
json 'a["options"] == {"model": "weakest", "layer": 1}'
cat >vouch.xml <<EOF
<feed xmlns="urn:libcpsf:feed:1" id="urn:example:v" version="1" issued="2026-01-01T00:00:00Z">
  <node key="$root" kind="company" name="Root"/>
  <node key="urn:example:p" kind="company" name="P"/>
  <node key="urn:example:q" kind="company" name="Q"/>
  <edge relation="vouches" from="$root" to="urn:example:p"/>
  <edge relation="vouches" from="urn:example:p" to="urn:example:q"/>
</feed>
EOF
trust 0 -f json --model ebsl vouch.xml
json 'a["options"] == {"model": "ebsl"}'
# a vouching word weighs 6: P 6/8; its own word counts 6/8 as much: 4.5/6.5
json '{r["name"]: round(r["belief"], 9) for r in a["rows"]} == {"Root": 1, "P": .75, "Q": round(4.5 / 6.5, 9)}'
has err 'EBSL: '
trust 0 -f json --model eigentrust vouch.xml
json 'abs(sum(r["expected"] for r in a["rows"]) - 1) < 1e-9 and all(r["belief"] is None for r in a["rows"])'
has err 'EigenTrust: '
trust 0 --model eigentrust vouch.xml
check 'shares are not cut to three decimals' grep -qE 'P +0\.2857 ' out
trust 3 --model eigentrust a.xml
trust 3 --model ebsl a.xml

# ---- worlds, seeds, threads ----------------------------------------------------------------------
trust 0 -f json --worlds 4096 --seed 0 a.xml
check 'the defaults, given' cmp -s out one.json
trust 0 -f json --threads 1 a.xml
check 'one thread' cmp -s out one.json
trust 0 -f json --threads 3 --progress never --color always a.xml
check 'three threads: no byte differs, and JSON does not say' cmp -s out one.json
trust 0 -f json --lang ja a.xml
check 'nor does another language' cmp -s out one.json
trust 0 -f json --seed 18446744073709551615 a.xml
json 'a["options"]["seed"] == 18446744073709551615'
json 'a["rows"] != json.load(open("one.json"))["rows"]'
trust 0 -f json --worlds 1 a.xml
json 'a["options"]["worlds"] == 1 and all(r["belief"] in (0, 1) for r in a["rows"])'
has err '1 world, '
trust 0 -f json --stderr 0.005 a.xml
json 'a["options"] == {"model": "worlds", "method": "sample", "seed": 0, "stderr": 0.005}'
json 'max(r["stderr"] for r in a["rows"]) <= 0.005'
lacks err 'was not reached'
trust 0 -f json --stderr 1e-3 --worlds 700 a.xml
json 'a["options"]["stderr"] == 0.001 and a["options"]["worlds"] == 700'
has err 'the standard error asked for, 0.001, was not reached in 700 worlds'

# ---- wrong usage ------------------------------------------------------------------------------------
whole() { # OPTION LEAST MOST WRONG...
    option=$1 range="is not a whole number from $2 to $3"
    shift 3
    for wrong in "$@"; do
        trust 2 "--$option" "$wrong" a.xml
        has err "--$option: “$wrong” $range"
        empty out
    done
}
whole worlds 1 1073741824 0 -1 1073741825 99999999999999999999 1e3 2.5 nan many '' ' 7' +7 0x10
whole seed 0 18446744073709551615 -1 18446744073709551616 x 1.0
whole threads 1 1024 0 -2 1025 two
whole layer 1 3 0 4 -1 all
for wrong in 0 -0.1 nan inf 1.5 1e-999 0x1p-3 '' ' 0.1' +0.1 0.1x small; do
    trust 2 --stderr "$wrong" a.xml
    has err "--stderr: “$wrong” is not a number above 0 and at most 1"
done
trust 2 --method both a.xml
has err '--method: “both” is none of sample, exact'
trust 2 --model best a.xml
has err '--model: “best” is none of worlds, weakest, ebsl, eigentrust'
for o in --worlds=100 --seed=1 --seed=0 --stderr=0.1; do
    trust 2 --method exact $o a.xml
    has err "${o%=*} means nothing with --method exact"
    trust 2 $o --model weakest a.xml
    has err "${o%=*} means nothing with --model weakest"
done
trust 2 --method exact --model ebsl a.xml
trust 2 --method=sample --model=eigentrust a.xml
run 2 trust
has err 'no feed named'
run 2 check --worlds 5 a.xml
run 2 info --layer 1 a.xml
trust 0 --threads 1 --method exact a.xml
trust 0 --worlds 1 --worlds 64 -f json a.xml
json 'a["options"]["worlds"] == 64'

# ---- too much to enumerate ----------------------------------------------------------------------------
trust 3 --method exact many.xml
has err 'at most 24'
has err 'without --method exact worlds are sampled'
empty out
trust 0 many.xml
trust 0 -f json empty.xml
json 'a["rows"] == []'
trust 0 empty.xml
empty out 'nothing to show'

# ---- configuration ---------------------------------------------------------------------------------
cat >conf <<EOF
[cpsf]
worlds=100
seed=7
[trust]
layer=2
EOF
trust 0 --config conf -f json a.xml
json 'a["options"] == {"model": "worlds", "layer": 2, "method": "sample", "worlds": 100, "seed": 7}'
trust 0 --config conf -f json --worlds 50 a.xml
json 'a["options"]["worlds"] == 50'
trust 0 --config conf -f json --method exact a.xml
json 'a["options"] == {"model": "worlds", "layer": 2, "method": "exact"}'
trust 2 --config conf --method exact --worlds 50 a.xml
run 0 check --config conf --at $at a.xml
printf '[trust]\nworlds=none\n' >wrong
trust 2 --config wrong a.xml

# ---- formats, and what a person sees --------------------------------------------------------------------
trust 0 -f csv -o json=o.json -o tsv=o.tsv a.xml
check 'CSV' grep -q '^key,kind,name,belief,disbelief,uncertainty,expected,stderr' out
check '-o json' cmp -s o.json one.json
check '-o tsv' [ "$(awk -F '\t' 'NF == 8' o.tsv | wc -l)" -eq 5 ]
trust 0 --limit 1 -f json a.xml
json 'len(a["rows"]) == 1 and a["options"]["limit"] == 1'
trust 0 --limit 1 a.xml
has err '3 more rows'
trust 0 --quiet a.xml
empty err
trust 0 --method exact a.xml
check 'a table in a file has all columns and no bar' grep -qE '^key +kind +name +belief +disbelief +uncertainty +expected +stderr$' out
check 'three decimals' grep -qE 'Maker +0\.900 +0\.000 +0\.100 +0\.950 +0\.0000$' out
for width in 60 80 100 160; do
    terminal $width trust --quiet --color never --policy policy.xml --method exact --at $at a.xml
    check "no line is wider than $width" [ "$(sed 's/…/./g' out | awk -v w=$width 'length > w' | wc -l)" -eq 0 ]
    has out 'expected'
done
has out 'stderr'
check 'a bar of belief, uncertainty and disbelief' grep -qE 'Sensor .* \+{6}\?{5}-$' out
check 'in ASCII' [ "$(LC_ALL=C tr -d '\000-\177' <out | wc -c)" -eq 0 ]
terminal 80 trust --quiet --color always --policy policy.xml --method exact --at $at a.xml
check 'the bar has a colour' grep -qF "$(printf '\033')[1;31m?-----------" out
cat >thin.xml <<EOF
<feed xmlns="urn:libcpsf:feed:1" id="urn:example:t" version="1" issued="2026-01-01T00:00:00Z">
  <node key="urn:example:thin" kind="device" name="Thin">
    <opinion layer="2" belief="0.9998" disbelief="0.0001" uncertainty="0.0001" assessor="$root"/>
  </node>
</feed>
EOF
trust 0 --method exact thin.xml
check 'what is merely near 0 or 1 is told from it' grep -qE '>0\.999 +<0\.001 +<0\.001 +>0\.999' out

# ---- Ctrl-C --------------------------------------------------------------------------------------------
cat >interrupt.py <<'EOF'
# Sends Ctrl-C once progress is seen.
import signal, subprocess, sys
run = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                       preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
seen = b""
while b"worlds" not in seen:
    byte = run.stderr.read(1)
    if not byte:
        break
    seen += byte
run.send_signal(signal.SIGINT)
out, err = run.communicate(timeout=60)
print(run.returncode, out, seen + err)
sys.exit(run.returncode != -signal.SIGINT or out != b"" or not (seen + err).endswith(b"\033[K"))
EOF
python3 interrupt.py "$CPSF" trust --worlds 1073741824 --threads 1 --progress always --no-findings \
    --at $at --policy policy.xml -f json -o json=never.json many.xml >out 2>err
check 'Ctrl-C ends it by the signal, the line of progress wiped out' [ $? -eq 0 ]
check 'and it leaves no file' [ -z "$(ls -d never* 2>/dev/null)" ]

# ---- language --------------------------------------------------------------------------------------------
if [ -n "$CPSF_LOCALEDIR" ] && [ -f "$CPSF_LOCALEDIR/ja/LC_MESSAGES/cpsf.mo" ]; then
    trust 0 --lang ja a.xml
    has out '信頼下限'
    has out '不確かさ'
    has out '製作所'
    has err '標本世界 4096 個'
    trust 0 --lang ja --method exact a.xml
    has err '厳密計算'
    trust 2 --lang ja --worlds 0 a.xml
    has err '1 から 1073741824 までの整数ではない'
    trust 3 --lang ja --method exact many.xml
    has err '標本抽出'
    terminal 80 --lang ja trust --quiet --color never --policy policy.xml --at $at a.xml
    has out '+信頼 ?不明 -不信'
fi

echo "1..$n"
