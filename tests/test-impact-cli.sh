#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# cpsf impact and cpsf blast, from outside: options, formats, what a person sees.  TAP on standard
# output.
set -u
. "$(dirname "$0")/lib/cli.sh"

# ---- feeds ----------------------------------------------------------------------------------
# By hand, with rules of our own: Maker stops Plant with 1/2 after a day; Plant's edge to the shop is
# felt with 1/2, taken with 1/2, and takes a day and a half; Buyer needs one of Plant and Other.
cat >a.xml <<EOF
<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="urn:libcpsf:feed:1" id="urn:example:a" version="1" issued="2026-01-01T00:00:00Z">
  <node key="urn:example:maker" kind="company" name="Maker"><name xml:lang="ja">製作所</name>
    <consequence loss="1000" currency="JPY"/></node>
  <node key="urn:example:plant" kind="company" name="Plant"><name xml:lang="ja">工場</name>
    <consequence loss="2000000" currency="JPY"/></node>
  <node key="urn:example:shop" kind="company"/>
  <node key="urn:example:late" kind="company" name="Late"/>
  <node key="urn:example:buyer" kind="company" name="Buyer"/>
  <node key="urn:example:other" kind="company" name="Other"/>
  <edge relation="supplies" from="urn:example:maker" to="urn:example:plant"/>
  <edge relation="supplies" from="urn:example:plant" to="urn:example:shop" criticality="0.5" delay="PT12H"/>
  <edge relation="supplies" from="urn:example:shop" to="urn:example:late" since="2026-05-10T00:00:00Z"/>
  <edge relation="supplies" from="urn:example:plant" to="urn:example:buyer" group="either"/>
  <edge relation="supplies" from="urn:example:other" to="urn:example:buyer" group="either"/>
  <group node="urn:example:buyer" name="either" need="1"/>
</feed>
EOF
cat >policy.xml <<EOF
<policy xmlns="urn:libcpsf:policy:1" name="ours"><spread replace="true">
  <rule relation="supplies" direction="forward" in="outage" out="outage" probability="0.5" delay="P1D"/>
  <rule relation="supplies" direction="forward" in="tamper" out="tamper" probability="1" delay="PT0S"/>
</spread></policy>
EOF
cat >incidents.xml <<EOF
<feed xmlns="urn:libcpsf:feed:1" id="urn:example:i" version="1" issued="2026-01-01T00:00:00Z">
  <incident id="one" node="urn:example:maker" effect="outage" since="2026-04-03T06:00:00Z" until="2026-04-04T00:00:00Z"/>
</feed>
EOF
printf '<feed xmlns="urn:libcpsf:feed:1" id="urn:example:c"/>' >empty.xml
{ # one company that thirty buy from: more events than are enumerated
    echo '<feed xmlns="urn:libcpsf:feed:1" id="urn:example:b" issued="2026-01-01T00:00:00Z">'
    i=0
    while [ $i -lt 30 ]; do
        echo "<node key=\"urn:example:c$i\" kind=\"company\" name=\"C$i\"/>"
        echo "<edge relation=\"supplies\" from=\"urn:example:c\" to=\"urn:example:c$i\"/>"
        i=$((i + 1))
    done
    echo '<node key="urn:example:c" kind="company" name="C"/></feed>'
} >many.xml
at=2026-04-01T00:00:00Z
maker=urn:example:maker
impact() { # STATUS ARGUMENTS...
    status=$1
    shift
    run "$status" impact --at $at --policy policy.xml "$@"
}
blast() {
    status=$1
    shift
    run "$status" blast --at $at --policy policy.xml "$@"
}

# ---- the answer -----------------------------------------------------------------------------
impact 0 --incident $maker -f json a.xml
json 'a["schema"] == "cpsf-table/1" and a["command"] == "impact"'
json '[c["name"] for c in a["columns"]] == "key kind name effect probability stderr earliest mean_arrival loss via".split()'
json "a['options'] == {'incident': ['$maker'], 'effect': 'outage', 'start': '$at', 'horizon': 'P30D', 'model': 'worlds', 'method': 'sample', 'worlds': 4096, 'seed': 0}"
json "a['at'] == '$at' and a['known_at'] is None and a['policy']['name'] == 'ours'"
json '[r["key"][12:] for r in a["rows"] if r["effect"] == "any"] == ["maker", "plant", "shop"]'
json 'all(abs(r["probability"] - p) < 0.05 for r, p in zip([r for r in a["rows"] if r["effect"] == "outage"], (1, .5, .125)))'
json '[r["earliest"] for r in a["rows"] if r["effect"] == "any"] == ["2026-04-01T00:00:00Z", "2026-04-02T00:00:00Z", "2026-04-03T12:00:00Z"]'
json '[r["via"] for r in a["rows"] if r["effect"] == "any"] == [[], ["urn:example:maker"], ["urn:example:maker", "urn:example:plant"]]'
json 'a["rows"][0]["loss"] == 1000 and all(r["loss"] is None for r in a["rows"] if r["effect"] == "outage" or "shop" in r["key"])'
has err '4096 worlds; '
has err 'nodes affected on average'
has err 'loss in JPY: expected '
has err '; 5 % quantile 1,000, median '
has err 'worst 2,001,000'
cp out one.json
impact 0 --incident $maker --method exact -f json a.xml
json "a['options'] == {'incident': ['$maker'], 'effect': 'outage', 'start': '$at', 'horizon': 'P30D', 'model': 'worlds', 'method': 'exact'}"
json '[r["probability"] for r in a["rows"] if r["effect"] == "any"] == [1, .5, .125]'
json 'all(r["stderr"] == 0 for r in a["rows"])'
has err 'exact: '
has err 'of 3 chance events; 1.62 nodes affected'
has err 'loss in JPY: expected 1,001,000; 5 % quantile 1,000, median '

# ---- who, what, when --------------------------------------------------------------------------
impact 0 --incident $maker --incident urn:example:other --method exact -f json a.xml
json "a['options']['incident'] == ['$maker', 'urn:example:other']"
json '{r["key"][12:]: r["probability"] for r in a["rows"] if r["effect"] == "any"} == {"maker": 1, "other": 1, "plant": .5, "shop": .125, "buyer": .125}'
impact 0 --incident $maker --effect tamper --method exact -f json a.xml
json 'a["options"]["effect"] == "tamper"'
json '{r["key"][12:]: r["probability"] for r in a["rows"] if r["effect"] == "tamper"} == {"maker": 1, "plant": 1, "shop": .5, "buyer": 1}'
impact 0 --incident $maker --start 2026-05-08T06:00:00+09:00 --method exact -f json a.xml
json 'a["options"]["start"] == "2026-05-07T21:00:00Z" and a["at"] == "2026-04-01T00:00:00Z"'
# the shop stops on 10 May at 9:00, its buyer a day later
json '[r["earliest"] for r in a["rows"] if r["key"].endswith("late")] == ["2026-05-11T09:00:00Z"] * 2'
impact 0 --incident $maker --start 2026-05-01 --method exact -f json a.xml
json '[r["earliest"] for r in a["rows"] if r["key"].endswith("late")] == ["2026-05-11T00:00:00Z"] * 2'
impact 0 --incident $maker --start 2026-05-08 --horizon P2D --method exact -f json a.xml
json 'a["options"]["horizon"] == "P2D" and not any(r["key"].endswith("shop") for r in a["rows"])'
impact 0 --incident $maker --horizon PT0S -f json a.xml
json '{r["key"] for r in a["rows"]} == {"urn:example:maker"}'
impact 0 --incident $maker --static --method exact -f json a.xml
json "a['options'] == {'incident': ['$maker'], 'effect': 'outage', 'static': True, 'model': 'worlds', 'method': 'exact'}"
json '[r["probability"] for r in a["rows"] if r["effect"] == "any"] == [1, .5, .125]'
impact 0 --incidents incidents.xml -f json a.xml
json 'a["options"] == {"incidents": "incidents.xml", "horizon": "P30D", "model": "worlds", "method": "sample", "worlds": 4096, "seed": 0}'
json 'a["rows"][0]["earliest"] == "2026-04-03T06:00:00Z"'
python3 -c 'import json; json.dump(json.load(open("out"))["rows"], open("rows.json", "w"))'
impact 0 --incidents incidents.xml -f json a.xml incidents.xml
json 'a["rows"] == json.load(open("rows.json"))'
impact 0 --incident $maker --start 2026-04-03T06:00:00Z -f json a.xml
json 'a["rows"] == json.load(open("rows.json"))'
impact 0 --reverse urn:example:shop -f json --worlds 65536 a.xml
json "a['options'] == {'reverse': 'urn:example:shop', 'effect': 'outage', 'start': '$at', 'horizon': 'P30D', 'model': 'worlds', 'method': 'sample', 'worlds': 65536, 'seed': 0}"
json '{r["key"][12:] for r in a["rows"] if r["effect"] == "outage"} >= {"maker", "plant"}'
json 'all(abs(r["probability"] - {"maker": .125, "plant": .25}[r["key"][12:]]) < .01 for r in a["rows"] if r["key"][12:] in ("maker", "plant"))'
has err 'could hit it'
impact 0 --reverse urn:example:shop --effect any -f json a.xml
json 'a["options"]["effect"] == "any" and {r["effect"] for r in a["rows"]} >= {"outage", "tamper"}'

# ---- models -----------------------------------------------------------------------------------
for model in debtrank debtrank-linear iim fdna; do
    impact 0 --incident $maker --model $model -f json a.xml
    json "a['options'] == {'incident': ['$maker'], 'effect': 'outage', 'model': '$model'}"
    json '[c["name"] for c in a["columns"]] == "key kind name effect level loss".split()'
    for o in --worlds=100 --seed=1 --stderr=0.1 --method=sample --start=2026-04-02 --horizon=P1D; do
        impact 2 --model $model $o --incident $maker a.xml
        has err "${o%=*} means nothing with --model $model"
    done
done
impact 2 --model iim --reverse $maker a.xml
has err '--reverse means nothing with --model iim'

# ---- blast ------------------------------------------------------------------------------------
blast 0 -f json a.xml
json 'a["command"] == "blast" and a["options"] == {"effect": "outage", "worlds": 4096, "seed": 0}'
json '[c["name"] for c in a["columns"]] == "key kind name nodes loss rel_stderr bound".split()'
json 'len(a["rows"]) == 6'
json 'all(x["nodes"] >= y["nodes"] for x, y in zip(a["rows"], a["rows"][1:]))'
json 'abs(next(r for r in a["rows"] if r["key"].endswith("maker"))["nodes"] / 1.625 - 1) < .1'
json '{r["key"][12:]: r["bound"] for r in a["rows"]} == {"maker": "lower", "plant": "lower", "other": "lower", "shop": None, "late": None, "buyer": None}'
has err '4096 worlds, largest relative standard error 0.0'
has err '3 figures are lower bounds'
cp out blast.json
blast 0 --effect tamper --layer 1 --worlds 100 --seed 3 -f json a.xml
json 'a["options"] == {"effect": "tamper", "layer": 1, "worlds": 100, "seed": 3}'
blast 0 --layer 2 -f json a.xml
json 'a["rows"] == []'

# ---- worlds, seeds, threads ----------------------------------------------------------------------
for threads in 1 3; do
    blast 0 -f json --threads $threads a.xml
    check "blast, $threads threads" cmp -s out blast.json
    impact 0 --incident $maker -f json --threads $threads --color always a.xml
    check "impact, $threads threads" cmp -s out one.json
done
impact 0 --incident $maker -f json --lang ja a.xml
check 'nor does another language change a byte' cmp -s out one.json
impact 0 --incident $maker --seed 9 -f json a.xml
json 'a["options"]["seed"] == 9 and a["rows"] != json.load(open("one.json"))["rows"]'
impact 0 --incident $maker --stderr 0.01 -f json a.xml
json 'a["options"]["stderr"] == 0.01 and "worlds" not in a["options"] and max(r["stderr"] for r in a["rows"]) <= 0.01'
impact 0 --incident $maker --stderr 1e-4 --worlds 600 a.xml
has err 'the standard error asked for, 0.0001, was not reached in 600 worlds'

# ---- wrong usage, nothing there ---------------------------------------------------------------------
impact 2 a.xml
has err '--incident KEY, or --incidents FEED'
empty out
impact 2 --incident $maker --incidents incidents.xml a.xml
has err 'exclude each other'
impact 2 --incident $maker --reverse $maker a.xml
impact 2 --incidents incidents.xml --reverse $maker a.xml
for o in --effect=tamper --start=2026-04-01; do
    impact 2 --incidents incidents.xml $o a.xml
    has err "${o%=*} means nothing with --incidents"
done
for o in --start=2026-04-01 --horizon=P1D; do
    impact 2 --incident $maker --static $o a.xml
    has err "${o%=*} means nothing with --static"
done
impact 2 --incident $maker --effect any a.xml
has err '--effect any needs --reverse'
impact 2 --incident $maker --effect fire a.xml
has err '--effect: “fire” is none of outage, tamper, leak, distortion, hazard'
impact 2 --reverse $maker --effect fire a.xml
has err 'hazard, any'
blast 2 --effect any a.xml
has err '--effect: “any” is none of outage, tamper, leak, distortion, hazard'
impact 2 --incident $maker --start soon a.xml
has err '--start: '
for wrong in 30 P1M P-1D '' P99999999D; do
    impact 2 --incident $maker --horizon "$wrong" a.xml
    has err '--horizon: '
done
impact 2 --incident $maker --model trust a.xml
has err '--model: “trust” is none of worlds, debtrank, debtrank-linear, iim, fdna'
for o in --worlds=100 --seed=0 --stderr=0.1; do
    impact 2 --incident $maker --method exact $o a.xml
    has err "${o%=*} means nothing with --method exact"
done
run 2 impact --incident $maker
has err 'no feed named'
run 2 impact --layer 1 --incident $maker a.xml
run 2 blast --incident $maker a.xml
run 2 blast --method exact a.xml
run 2 check --incident $maker a.xml
run 2 trust --static a.xml
impact 3 --incident urn:example:nobody a.xml
has err 'urn:example:nobody'
empty out
impact 3 --incident $maker --incident urn:example:nobody a.xml
has err 'urn:example:nobody'
impact 3 --reverse urn:example:nobody a.xml
has err 'urn:example:nobody'
impact 3 --incident Plant a.xml
has err 'did you mean urn:example:plant (Plant)?'
impact 3 --incidents incidents.xml many.xml
has err "$maker"
impact 3 --incidents empty.xml a.xml
has err 'empty.xml: no incident there'
impact 3 --incidents missing.xml a.xml
has err 'missing.xml'
impact 3 --incident urn:example:c --method exact many.xml
has err 'without --method exact worlds are sampled'
impact 0 --incident urn:example:c many.xml
lacks err 'loss in'
blast 0 empty.xml
empty out
run 0 impact --help
has out '--horizon=DURATION'
has out '--reverse=KEY'
lacks out '--layer'
run 0 blast --help
has out '--layer=N'

# ---- configuration ---------------------------------------------------------------------------------
cat >conf <<EOF
[impact]
horizon=P10D
effect=tamper
model=worlds
[trust]
model=weakest
EOF
impact 0 --config conf --incident $maker -f json a.xml
json 'a["options"]["horizon"] == "P10D" and a["options"]["effect"] == "tamper"'
impact 0 --config conf --incident $maker --horizon P5D --effect outage -f json a.xml
json 'a["options"]["horizon"] == "P5D" and a["options"]["effect"] == "outage"'
impact 0 --config conf --incident $maker --static -f json a.xml
json '"horizon" not in a["options"]'
impact 0 --config conf --incidents incidents.xml -f json a.xml
json 'a["options"]["incidents"] == "incidents.xml" and "effect" not in a["options"]'
run 0 trust --config conf -f json --at $at a.xml
json 'a["options"]["model"] == "weakest"'

# ---- formats, and what a person sees --------------------------------------------------------------------
impact 0 --incident $maker -f csv -o json=o.json -o tsv=o.tsv a.xml
check 'CSV' grep -q '^key,kind,name,effect,probability,stderr,earliest,mean_arrival,loss,via' out
check '-o json' cmp -s o.json one.json
check '-o tsv' [ "$(awk -F '\t' 'NF == 10' o.tsv | wc -l)" -eq 7 ]
impact 0 --incident $maker --limit 2 a.xml
has err '4 more rows'
impact 0 --incident $maker --quiet a.xml
empty err
impact 0 --incident $maker --method exact a.xml
check 'a way with names' grep -qE 'shop +company +any +0\.125 .*Maker → Plant$' out
check 'times to the minute' grep -qE ' 2026-04-03 12:00Z +2026-04-03 12:00Z ' out
check 'a loss in digits' grep -qE 'Plant +any +0\.500 .* 1,000,000 ' out
for width in 60 80 100 160; do
    terminal $width impact --quiet --color never --policy policy.xml --at $at --method exact --incident $maker a.xml
    check "impact: no line is wider than $width" [ "$(sed 's/…/./g; s/→/>/g' out | awk -v w=$width 'length > w' | wc -l)" -eq 0 ]
    has out 'probability'
    terminal $width blast --quiet --color never --policy policy.xml --at $at a.xml
    check "blast: no line is wider than $width" [ "$(sed 's/…/./g' out | awk -v w=$width 'length > w' | wc -l)" -eq 0 ]
    has out 'nodes'
done

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
python3 interrupt.py "$CPSF" impact --worlds 1073741824 --threads 1 --progress always --no-findings \
    --at $at --policy policy.xml --incident urn:example:c -f json -o json=never.json many.xml >out 2>err
check 'impact: Ctrl-C ends it by the signal, the line of progress wiped out' [ $? -eq 0 ]
python3 interrupt.py "$CPSF" blast --worlds 1048576 --threads 1 --progress always --no-findings \
    --at $at --policy policy.xml -f json -o json=never.json many.xml >out 2>err
check 'blast: Ctrl-C ends it by the signal, the line of progress wiped out' [ $? -eq 0 ]
check 'and it leaves no file' [ -z "$(ls -d never* 2>/dev/null)" ]

# ---- language --------------------------------------------------------------------------------------------
if [ -n "$CPSF_LOCALEDIR" ] && [ -f "$CPSF_LOCALEDIR/ja/LC_MESSAGES/cpsf.mo" ]; then
    impact 0 --lang ja --incident $maker a.xml
    has out '到達確率'
    has out '停止'
    has out '製作所 → 工場'
    has err '標本世界 4096 個'
    has err '損失(JPY)'
    impact 2 --lang ja a.xml
    has err 'インシデントが指定されていない'
    blast 0 --lang ja a.xml
    has out 'ノード'
    has out '下限'
fi

echo "1..$n"
