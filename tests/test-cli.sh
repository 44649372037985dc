#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The command line, from outside: every option, exit status and format.  TAP on standard output.
set -u
. "$(dirname "$0")/lib/cli.sh"

# ---- feeds ----------------------------------------------------------------------------------
maker=jcn:7000012050002
open='<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="urn:libcpsf:feed:1"'
cat >a.xml <<EOF
$open id="urn:example:a" version="1" issued="2026-01-01T00:00:00Z" publisher="$maker">
  <node key="$maker" kind="company" name="Maker">
    <name xml:lang="ja">製作所</name>
  </node>
  <node key="urn:example:sensor" kind="device" name="Sensor"/>
  <node key="urn:example:series" kind="data" name="Series"/>
  <edge relation="makes" from="$maker" to="urn:example:sensor"/>
  <edge relation="senses" from="urn:example:sensor" to="urn:example:series"/>
</feed>
EOF
cat >b.xml <<EOF
$open id="urn:example:b" version="1" issued="2026-01-01T00:00:00Z">
  <node key="urn:example:tool" kind="software" name="Tool"/>
  <edge relation="used-by" from="urn:example:tool" to="urn:example:sensor"/>
  <evidence subject="urn:example:tool" layer="3" scheme="slsa-3" id="x" issuer="$maker"
            assurance="third-party" status="revoked" since="2026-01-01T00:00:00Z"/>
</feed>
EOF
cat >item.xml <<EOF
$open id="urn:example:item" version="1" issued="2026-01-01T00:00:00Z">
  <node key="urn:example:good" kind="software" name="Good"/>
  <node key="jcn:1" kind="company" name="Bad"/>
</feed>
EOF
printf '%s id="urn:example:h" version="1" issued="2026-01-01T00:00:00Z">
  <node key="urn:example:h" kind="software" name="x&#x9b;31m&#x202e;y&#10;z&#x2066;&#x7f;"/>
</feed>\n' "$open" >hostile.xml
echo '<feed xmlns="urn:libcpsf:feed:1"><node' >broken.xml
printf '<!DOCTYPE x>\n<feed xmlns="urn:libcpsf:feed:1"/>\n' >doctype.xml
echo '<other/>' >other.xml
mkdir mixed good nothing 日本
cp a.xml b.xml good
cp a.xml mixed/1.xml
cp broken.xml mixed/2.xml
cp b.xml mixed/3.xml
cp a.xml 日本/部品.xml
# The maker is trusted for everything, so that what it revokes is revoked.
cat >trust.xml <<EOF
<policy xmlns="urn:libcpsf:policy:1" name="trust"><roots><issuer key="$maker"/></roots></policy>
EOF
at=2026-04-01T00:00:00Z

# ---- help, version, wrong usage ---------------------------------------------------------------
run 0 --help
has out 'Usage: cpsf COMMAND'
has out 'Exit status:'
empty err
run 0 --version
has out 'cpsf 0.'
for c in info check trust explain policy export feed; do
    run 0 $c --help
    has out "Usage: cpsf $c"
    has out 'Examples:'
    has out 'Exit status:'
    empty err
done
run 0 check -h
run 2
has err 'no command named'
empty out
run 2 chekc
has err 'did you mean “check”?'
run 2 zzzzzz
lacks err 'did you mean'
run 2 import a.xml
run 2 check --no-such-option a.xml
run 2 check
has err 'no feed named'
run 2 explain
run 2 explain $maker
run 2 export
run 2 export png a.xml
run 2 policy a.xml
run 2 feed
run 2 feed valdate a.xml
has err 'did you mean “feed validate”?'
run 2 check --store x a.xml
run 2 check --at yesterday a.xml
run 2 check --format xml a.xml
run 2 check --fail-on everything a.xml
run 2 check --lang fr a.xml
run 2 check --color maybe a.xml
run 2 check --progress maybe a.xml
run 2 check --limit -3 a.xml
run 2 check --limit -1 a.xml
run 2 check --limit many a.xml
run 2 check --max-bytes 0 a.xml
run 2 check --max-depth 5000000000 a.xml
run 2 check --max-text 3Q a.xml
run 2 check --max-elements 99999999999999999999 a.xml
run 2 check --schemas . a.xml
run 2 check -o nothing a.xml
run 2 check -o png=x a.xml
run 2 check -o json=- a.xml
run 2 check --all=yes a.xml
run 2 info --all a.xml
empty out 'nothing on standard output after wrong usage'

# ---- the main job ----------------------------------------------------------------------------
run 0 check --at $at --policy trust.xml a.xml b.xml
has out 'urn:example:sensor'
has out 'no-evidence'
has out 'revoked'
has err '1 refuted'
has err "at $at"
run 0 check --at $at --all a.xml b.xml
run 0 --at $at check a.xml b.xml
run 0 --format json --at $at check a.xml b.xml
run 0 check --at $at -f json good
json 'a["schema"] == "cpsf-table/1" and a["command"] == "check"'
json "a['at'] == '$at' and a['known_at'] is None"
json '[c["name"] for c in a["columns"]] == "key kind name layer state detail reasons scheme issuer since until relying".split()'
json 'set(a["policy"]) == {"name", "digest"} and a["policy"]["digest"].startswith("sha256:")'
json 'a["graph"]["nodes"] == 4 and a["graph"]["edges"] == 3'
json 'a["options"] == {"all": False}'
json 'sorted(r["state"] for r in a["rows"]) == ["unverified"] * 4'
json '{r["key"]: r["relying"] for r in a["rows"]}["urn:example:tool"] == 2'
json 'isinstance(a["findings"], list)'
cp out one.json
run 0 check --at $at -f json --policy trust.xml good
json 'a["policy"]["name"] == "trust" and a["rows"][0]["state"] == "refuted"'
run 0 check --at $at -f json --all --limit 2 good
json 'a["options"] == {"all": True, "limit": 2} and len(a["rows"]) == 2'
run 0 check --at $at -f json --max-depth 50 --max-bytes 1M good
json 'a["options"]["max-depth"] == 50 and a["options"]["max-bytes"] == 1048576'
run 0 check --at $at -f json --no-findings good
json '"findings" not in a'
run 0 check --at $at -f csv good
check 'CSV: five lines of twelve fields' python3 -c '
import csv, sys
rows = list(csv.reader(open("out", encoding="utf-8", newline="")))
sys.exit(0 if len(rows) == 5 and all(len(r) == 12 for r in rows) else 1)'
run 0 check --at $at -f tsv good
check 'TSV: five lines of twelve fields' [ "$(awk -F '\t' 'NF == 12' out | wc -l)" -eq 5 ]
run 0 check --at $at --limit 1 good
has err '3 more rows'
run 0 check --at $at --limit 0 good
lacks err 'more rows'
run 0 info good
has out 'company'
has err '2 feeds'
run 0 info -f json good
json 'a["command"] == "info" and [c["name"] for c in a["columns"]] == ["item", "layer", "kind", "count"]'
run 0 explain urn:example:series --at $at good
has out 'urn:example:sensor'
run 0 explain $maker -f json good
json "a['command'] == 'explain' and a['options'] == {'key': '$maker', 'worlds': 4096, 'seed': 0}"
run 0 explain $maker --worlds 600 --seed 7 --threads 2 -f json good
json "a['options'] == {'key': '$maker', 'worlds': 600, 'seed': 7}"
json "[r['item'] for r in a['rows'] if r['part'] == 'trust' and r['layer'] is None] == ['expected']"
run 2 explain $maker --worlds 0 good
run 2 explain $maker --layer 1 good
run 3 explain urn:example:nobody good
empty out
run 3 explain SENSOR good
has err 'did you mean urn:example:sensor (Sensor)?'
run 0 policy
has out 'urn:libcpsf:policy:1'
cp out policy.xml
run 0 policy --policy policy.xml
check 'the printed policy is the policy' cmp -s out policy.xml
for f in graphml dot csv json feed; do
    run 0 export $f --at $at good
    check "export $f says something" [ -s out ]
done
run 0 export feed good
cp out round.xml
run 0 check --at $at -f json round.xml
json '{(r["key"], r["state"]) for r in a["rows"]} == {(r["key"], r["state"]) for r in json.load(open("one.json"))["rows"]}'
run 0 export csv -o dot=g.dot good
check '-o of export' grep -q digraph g.dot

# ---- --fail-on ---------------------------------------------------------------------------------
run 1 check --at $at --fail-on unverified a.xml
run 0 check --at $at --fail-on refuted a.xml
run 1 check --at $at --fail-on refuted --policy trust.xml good
run 1 check --at $at --fail-on refuted --limit 1 --policy trust.xml good
run 1 check --at $at --fail-on exposed a.xml
cat >lone.xml <<EOF
$open id="urn:example:l" version="1" issued="2026-01-01T00:00:00Z">
  <node key="urn:example:lone" kind="software" name="Lone"/>
</feed>
EOF
run 0 check --at $at --fail-on exposed lone.xml
run 1 check --at $at --fail-on refuted,exposed good

# ---- signers -----------------------------------------------------------------------------------
cat >signers.xml <<EOF
<policy xmlns="urn:libcpsf:policy:1" name="signers">
  <signers><ca file="ca.pem"/></signers>
</policy>
EOF
run 0 check --at $at -f json --policy signers.xml a.xml
has err 'a.xml:3:3: warning: what urn:example:a says is claimed: no signature lets it speak [claimed]'
json '[(f["line"], f["column"], f["code"]) for f in a["findings"]] == [(3, 3, "claimed")]'
run 0 check --at $at --policy signers.xml --no-findings a.xml
lacks err claimed
run 0 check --at $at a.xml
lacks err claimed
run 1 check --at $at --fail-on refuted --fail-on unverified lone.xml
run 1 check --at $at --fail-on unverified -f json lone.xml
json 'len(a["rows"]) == 1'

# ---- reading -----------------------------------------------------------------------------------
"$CPSF" check --at $at -f json - <a.xml >out 2>err
check 'standard input' [ $? -eq 0 ]
json 'len(a["rows"]) == 3'
run 3 check -
run 3 check no-such-file.xml
has err 'no-such-file.xml:0:0: error: '
has err '[unreadable]'
run 3 check nothing
run 3 check broken.xml
empty out
check 'one line for a broken feed' [ "$(wc -l <err)" -eq 1 ]
check 'FILE:LINE:COLUMN: severity: text [code]' grep -qE '^broken\.xml:[0-9]+:[0-9]+: error: .+ \[(malformed|truncated)\]$' err
run 3 check doctype.xml
has err '[doctype]'
run 3 check other.xml
has err '[unsupported]'
run 1 check --at $at mixed
has out 'urn:example:sensor'
check 'one line for the bad feed of a folder' [ "$(grep -c 'error:' err)" -eq 1 ]
run 0 check item.xml
has err '[bad-key]'
has out 'urn:example:good'
run 3 check --strict item.xml
run 3 check --max-bytes 100 a.xml
has err '[limit-bytes]'
run 3 check --max-depth 1 a.xml
has err '[limit-depth]'
run 3 check --max-attributes 1 a.xml
has err '[limit-attributes]'
run 3 check --max-elements 2 a.xml
has err '[limit-elements]'
run 3 check --max-text 2 a.xml
has err '[limit-text]'
run 3 check --max-lookahead 20 a.xml
run 3 check --max-names 8 a.xml
run 0 check --max-namespaces 4 a.xml
run 3 check --policy no-such-policy.xml a.xml
has err "no-such-policy.xml:0:0: error: Error opening"
run 3 check --policy a.xml a.xml
check 'a fault in a policy is one line' [ "$(wc -l <err)" -eq 1 ]
run 0 feed validate a.xml
has out 'imported'
run 0 feed validate -f json item.xml
json 'a["command"] == "feed validate" and a["rows"][0]["items_left_out"] == 1'
json 'a["findings"][0]["code"] == "bad-key" and a["findings"][0]["line"] == 4'
run 3 feed validate --strict item.xml
run 3 feed validate -f json broken.xml
json 'a["rows"][0]["state"] == "rejected"'
run 1 feed validate a.xml broken.xml
cp a.xml ./--all
run 0 check --at $at -f json -- --all
json 'a["options"] == {"all": False} and len(a["rows"]) == 3'

# ---- what is printed ---------------------------------------------------------------------------
run 0 check --at $at --quiet hostile.xml
check 'hostile names are escaped in tables' python3 -c '
import sys
text = open("out", encoding="utf-8").read()
unsafe = [c for c in text if c != "\n" and (ord(c) < 32 or 127 <= ord(c) < 160 or 0x202a <= ord(c) <= 0x202e or 0x2066 <= ord(c) <= 0x2069)]
sys.exit(1 if unsafe or text.count("\n") != 2 or r"\u009b" not in text else 0)'
run 3 check "$(printf 'x\033[31m\nname.xml')"
check 'hostile file names are escaped in messages' [ "$(LC_ALL=C tr -d '[:print:]\n' <err | wc -c)" -eq 0 ]
check 'a hostile file name is one line' [ "$(wc -l <err)" -eq 1 ]
run 0 check --at $at --quiet good
empty err '--quiet'
run 0 check --at $at --color always good
check '--color always' grep -q "$(printf '\033')\\[" out
run 0 check --at $at --color never good
check '--color never' [ "$(tr -dc '\033' <out | wc -c)" -eq 0 ]
CLICOLOR_FORCE=1 "$CPSF" check --at $at good >out 2>err
check 'CLICOLOR_FORCE' grep -q "$(printf '\033')\\[" out
NO_COLOR=1 CLICOLOR_FORCE=1 "$CPSF" check --at $at good >out 2>err
check 'NO_COLOR' [ "$(cat out err | tr -dc '\033' | wc -c)" -eq 0 ]
NO_COLOR=1 "$CPSF" check --at $at --color always good >out 2>err
check '--color wins over NO_COLOR' grep -q "$(printf '\033')\\[" out
run 0 check --at $at --progress never good
check '--progress never' [ "$(tr -dc '\r' <err | wc -c)" -eq 0 ]
run 0 check --at $at --progress always good

# ---- a terminal ------------------------------------------------------------------------------------
cat >long.xml <<EOF
$open id="urn:example:long" version="1" issued="2026-01-01T00:00:00Z">
  <node key="pkg:npm/a-very-long-name-of-a-package@1.2.3?vcs_url=https%3A%2F%2Fexample.org%2Fx" kind="software" name="A name that is long"/>
  <node key="urn:uuid:b8e3a7c4-2d19-4f65-8b0a-91c2d3e43001" kind="data" name="Another name that is rather long"/>
</feed>
EOF
terminal 80 check --quiet --color never --at $at long.xml
check 'no line is wider than the terminal' [ "$(sed 's/…/./g' out | awk 'length > 80' | wc -l)" -eq 0 ]
has out 'e@1.2.3'
has out '3e43001'
terminal 60 explain --quiet --color never --at $at urn:example:tool --policy trust.xml good
check 'nor is one of explain' [ "$(awk 'length > 60' out | wc -l)" -eq 0 ]
lacks out '…'
check 'explain cuts nothing' [ "$(tr -d ' \n' <out | grep -c 'revoked')" -eq 1 ]

# ---- -o ----------------------------------------------------------------------------------------
run 0 check --at $at -f csv -o json=o.json -o tsv=o.tsv -o table=o.txt good
check '-o json' cmp -s o.json one.json
check '-o writes each file' [ -s o.tsv -a -s o.txt ]
check '-o leaves nothing else behind' [ -z "$(ls -d o.*.* 2>/dev/null)" ]
run 4 check --at $at -o json=no-such-folder/o.json good
mkdir blocked
run 4 check --at $at -o json=blocked good
check 'a failed -o leaves nothing behind' [ -z "$(ls -d blocked.* 2>/dev/null)" ]
echo precious >target
ln -s target link
run 0 check --at $at -o json=link good
check 'a link is replaced, not followed' [ "$(cat target)" = precious ]
run 0 check --at $at -o json=/dev/null good
check '/dev/null survives' [ -c /dev/null ]
if [ -w /dev/full ]; then
    "$CPSF" check --at $at good >/dev/full 2>err
    check 'a full disk: exit 4' [ $? -eq 4 ]
    run 4 check --at $at -o json=/dev/full good
fi
(ulimit -f 0; "$CPSF" check --at $at -f csv -o json=limited.json good >/dev/null 2>&1; [ $? -eq 4 ])
check 'a file size limit: exit 4, no signal' [ $? -eq 0 ]
check 'and no half file' [ -z "$(ls -d limited* 2>/dev/null)" ]
("$CPSF" check --at $at -f json good 2>err; echo $? >status) | true
check 'a reader that goes away is no failure' [ "$(cat status)" -eq 0 ]
lacks err 'pipe'

# ---- language ----------------------------------------------------------------------------------
env -i CPSF_LOCALEDIR="$CPSF_LOCALEDIR" PATH="$PATH" LC_ALL=C "$CPSF" check --at $at -f json 日本/部品.xml >out 2>err
check 'Japanese arguments under LC_ALL=C' [ $? -eq 0 ]
json 'len(a["rows"]) == 3'
env -i CPSF_LOCALEDIR="$CPSF_LOCALEDIR" "$CPSF" check --at $at 日本 >out 2>err
check 'Japanese arguments in an empty environment' [ $? -eq 0 ]
run 0 check --at $at -f json --lang ja good
check 'JSON is the same in Japanese' cmp -s out one.json
if [ -n "$CPSF_LOCALEDIR" ] && [ -f "$CPSF_LOCALEDIR/ja/LC_MESSAGES/cpsf.mo" ]; then
    env -i CPSF_LOCALEDIR="$CPSF_LOCALEDIR" LC_ALL=C "$CPSF" --lang ja check --at $at good >out 2>err
    has out '未検証'
    has out '証拠なし'
    has out '製作所'
    has err '信頼の基点'
    run 0 --lang ja --help
    has out '使い方'
    run 3 check --lang ja doctype.xml
    has err 'エラー'
    has err '文書型宣言'
    env LC_ALL=ja_JP.UTF-8 "$CPSF" --help >out 2>err
    has out '使い方'
    env LC_ALL=ja_JP.UTF-8 "$CPSF" --help --lang en >out 2>err
    has out 'Usage:'
fi

# ---- configuration -----------------------------------------------------------------------------
mkdir conf
cp policy.xml conf
cat >conf/cpsf.conf <<EOF
[cpsf]
format=json
at=$at
policy=policy.xml
no-findings=false
max-bytes=1M
[check]
all=true
EOF
run 0 --config conf/cpsf.conf check good
json 'a["options"]["all"] is True and a["options"]["max-bytes"] == 1048576'
CPSF_CONFIG=conf/cpsf.conf "$CPSF" info -f csv good >out 2>err
check '$CPSF_CONFIG, and the command line wins' grep -q '^item,layer,kind,count' out
run 0 --config=conf/cpsf.conf policy
printf '[cpsf]\nbogus=1\n' >wrong.conf
run 2 check --config wrong.conf good
printf '[cpsf]\noutput=json=x\n' >wrong.conf
run 2 check --config wrong.conf good
printf '[check]\nall=perhaps\n' >wrong.conf
run 2 check --config wrong.conf good
run 2 check --config no-such.conf good
printf '[cpsf]\nformat=json\n' >cpsf.conf
cp cpsf.conf .cpsf
cp cpsf.conf config
run 0 check --at $at good
lacks out 'cpsf-table/1'

# ---- the same bytes ----------------------------------------------------------------------------
run 0 check --at $at -f json a.xml b.xml
cp out first
run 0 check --at $at -f json b.xml a.xml
check 'feeds in another order' cmp -s out first
env LC_ALL=C TZ=Asia/Tokyo "$CPSF" check --at $at -f json a.xml b.xml >out 2>err
check 'another locale and time zone' cmp -s out first
run 0 check --at $at -f csv -o json=o.json a.xml b.xml
check 'a file is what standard output would be' cmp -s o.json first
run 0 check --at 2026-04-01T09:00:00+09:00 -f json a.xml b.xml
check 'a moment in another zone' cmp -s out first
XML_CATALOG_FILES=$dir/a.xml SGML_CATALOG_FILES=$dir/a.xml "$CPSF" check --at $at -f json a.xml b.xml >out 2>err
check 'catalogues are not looked at' cmp -s out first

echo "1..$n"
