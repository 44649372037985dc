#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The anchor check on datasets/factory, and against an oracle.

`cpsf check` is held to what a person worked out by hand (datasets/factory/expected.tsv and its
README), to a plain re-implementation (tests/lib/reference.py) on the factory and on random feeds
(tests/lib/randomfeeds.py), and to itself: feeds named in another order, the whole chain exported
as one feed and read back.
"""

import csv
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile

TOP = os.environ.get("TOP_SRCDIR", os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
CPSF = os.environ.get("CPSF", "cpsf")
FACTORY = os.path.join(TOP, "datasets", "factory")
OVERLAY = os.path.join(TOP, "datasets", "policies", "factory.xml")
BEFORE, BETWEEN, AFTER = "2026-01-15T00:00:00Z", "2026-03-15T00:00:00Z", "2026-06-01T00:00:00Z"
DATES = (BEFORE, BETWEEN, AFTER)
SEEDS = int(os.environ.get("CPSF_RANDOM_FEEDS", "200"))

sys.path.insert(0, os.path.join(TOP, "tests", "lib"))
import randomfeeds  # noqa: E402
import reference  # noqa: E402

COMPARED = ("kind", "name", "state", "detail", "reasons", "scheme", "issuer", "since", "until",
            "relying")

HIBARI = "jcn:7999999000010"
KOTORI = "jcn:4999999000013"
ENAGA = "jcn:3999999000014"
HUMIDITY = "giai:9521999A004"
MAP = "https://maps.example/districts-2025"


def run(*arguments):
    """(exit status, stdout) of the command; what it says on stderr is not for this test."""
    environment = dict(os.environ, LC_ALL="C", TZ="Asia/Tokyo")
    done = subprocess.run([CPSF, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          env=environment, check=False)
    if done.returncode not in (0, 1):
        raise AssertionError("cpsf %s: exit status %d: %s" % (
            " ".join(arguments), done.returncode, done.stderr.decode("utf-8", "replace")[-400:]))
    return done.returncode, done.stdout.decode("utf-8")


def ask(paths, at, *options):
    """The answer of `check --all`, whole."""
    status, text = run("check", "--all", "-f", "json", "--at", at, *options, *paths)
    assert status == 0, "check ends with %d" % status
    return json.loads(text)


def index(answer):
    rows = {(row["key"], row["layer"]): row for row in answer["rows"]}
    assert len(rows) == len(answer["rows"]), "two rows for one anchor"
    return rows


def factory_feeds(own_only=False):
    names = sorted(name for name in os.listdir(FACTORY) if name.endswith(".xml"))
    return [os.path.join(FACTORY, name) for name in names
            if not own_only or not name.endswith(".cdx.xml")]


def expected():
    """{date: {(key, layer): (state, reasons, scheme)}} as worked out by hand."""
    answer = {date: {} for date in DATES}
    with open(os.path.join(FACTORY, "expected.tsv"), encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            reasons = row["reasons"].split(",") if row["reasons"] else []
            answer[row["date"]][row["key"], int(row["layer"])] = (row["state"], reasons,
                                                                  row["scheme"] or None)
    return answer


def differences(wanted, found):
    """One line a difference, of two dictionaries."""
    lines = []
    for name in sorted(set(wanted) | set(found), key=str):
        if wanted.get(name) != found.get(name):
            lines.append("%s: wanted %s, found %s" % (name, wanted.get(name), found.get(name)))
    return lines


def same(wanted, found, what):
    lines = differences(wanted, found)
    assert not lines, "%s: %d differences\n%s" % (what, len(lines), "\n".join(lines[:20]))


def compared(rows):
    return {anchor: {name: row[name] for name in COMPARED} for anchor, row in rows.items()}


# ---------------------------------------------------------------- what the README says

def test_expected():
    """every anchor at every date, as worked out by hand"""
    for date, wanted in expected().items():
        rows = index(ask([FACTORY], date))
        found = {anchor: (row["state"], row["reasons"], row["scheme"])
                 for anchor, row in rows.items()}
        same(wanted, found, date)


def test_columns():
    """columns, schema and policy of the answer"""
    answer = ask([FACTORY], BETWEEN)
    assert answer["schema"] == "cpsf-table/1" and answer["command"] == "check"
    assert answer["at"] == BETWEEN and answer["known_at"] is None
    assert answer["policy"]["name"] == "default"
    assert answer["policy"]["digest"].startswith("sha256:")
    names = [column["name"] for column in answer["columns"]]
    assert names == ["key", "kind", "name", "layer", "state", "detail", "reasons", "scheme",
                     "issuer", "since", "until", "relying"], names
    assert all(list(row) == names for row in answer["rows"])


def test_unverified_only():
    """without --all only what is not verified, the same rows"""
    whole = index(ask([FACTORY], AFTER))
    _, text = run("check", "-f", "json", "--at", AFTER, FACTORY)
    rows = index(json.loads(text))
    same({a: row for a, row in whole.items() if row["state"] != "verified"}, rows, "check")


def test_first_change():
    """Hibari Steel: verified until the register says revoked, to the microsecond"""
    moments = (("2026-01-31T23:59:59.999999Z", "verified"), ("2026-02-01T00:00:00Z", "refuted"),
               ("2026-02-01T08:59:59+09:00", "verified"), ("2026-02-01T09:00:00+09:00", "refuted"))
    for moment, state in moments:
        assert index(ask([FACTORY], moment))[HIBARI, 1]["state"] == state, moment


def test_second_change():
    """Kotori Castings leaves the chain when Enaga Castings comes"""
    before = index(ask([FACTORY], "2026-04-30T23:59:59Z"))
    after = index(ask([FACTORY], "2026-05-01T00:00:00Z"))
    assert (KOTORI, 1) in before and (ENAGA, 1) not in before
    assert (KOTORI, 1) not in after and (ENAGA, 1) in after
    assert before[KOTORI, 1]["state"] == "verified"
    assert after[ENAGA, 1]["reasons"] == ["no-evidence"]


def test_incomplete():
    """devices whose maker or maintainer is not verified are verified, but incomplete"""
    wanted = {"giai:9521999A003": "incomplete",  # the sensor: its maker only declares
              "giai:9521999A004": "unknown-origin",  # nobody is known to have made it
              "giai:9521999A005": "incomplete",  # controller A: maintenance is pending
              "giai:9521999A006": None,          # controller B: the maker maintains it
              "giai:9521999A007": "incomplete",  # the camera
              "giai:9521999A010": "incomplete",  # the gateway of hall 2
              "giai:9521999A011": None}          # the meter
    rows = index(ask([FACTORY], BEFORE))
    found = {key: row["detail"] for (key, layer), row in rows.items()
             if layer == 2 and row["state"] == "verified"}
    same(wanted, found, "detail")


def test_findings():
    """the humidity sensor and the map are of unknown origin, one group is short, one certificate
    is restricted"""
    answer = ask([FACTORY], BETWEEN)
    codes = {finding["code"] for finding in answer["findings"]}
    assert {"unknown-origin", "group-short", "restricted"} <= codes, codes
    assert not codes & {"bad-key", "bad-value", "bad-time", "duplicate-ref", "relation-kind",
                        "unknown-element"}, codes
    unknown = json.dumps([f for f in answer["findings"] if f["code"] == "unknown-origin"])
    assert HUMIDITY in unknown and MAP in unknown, unknown


def test_overlay():
    """datasets/policies/factory.xml verifies three anchors more, and nothing else changes"""
    plain = index(ask([FACTORY], BETWEEN))
    more = index(ask([FACTORY], BETWEEN, "--policy", OVERLAY))
    changed = {anchor: more[anchor]["state"] for anchor in plain
               if plain[anchor]["state"] != more[anchor]["state"]}
    same({("giai:9521999A001", 2): "verified", ("jcn:4999999000021", 1): "verified",
          ("urn:uuid:b8e3a7c4-2d19-4f65-8b0a-91c2d3e43004", 3): "verified"}, changed, "overlay")
    assert more["giai:9521999A001", 2]["detail"] == "incomplete"
    same(set_of(plain), set_of(more), "anchors asked")


def set_of(rows):
    return {anchor: True for anchor in rows}


def test_relying():
    """how many rely on the steel maker: by hand, by the reference, and fewer after the change"""
    rows = {date: index(ask(factory_feeds(True), date)) for date in DATES}
    assert rows[BEFORE][HIBARI, 1]["relying"] == rows[BETWEEN][HIBARI, 1]["relying"]
    assert rows[AFTER][HIBARI, 1]["relying"] == rows[BEFORE][HIBARI, 1]["relying"] - 1


def test_fail_on():
    """--fail-on is the exit status"""
    for word, status in (("unverified", 1), ("refuted", 1)):
        found, _ = run("check", "--fail-on", word, "--at", AFTER, FACTORY)
        assert found == status, (word, found)
    assert run("check", "--at", AFTER, FACTORY)[0] == 0


def test_checksums():
    """datasets/README.md lists every file of the data sets with its SHA-256"""
    folder = os.path.join(TOP, "datasets")
    with open(os.path.join(folder, "README.md"), encoding="utf-8") as file:
        listed = dict(re.findall(r"^\| `([^`]+)` \| `([0-9a-f]{64})` \|$", file.read(), re.M))
    found = {}
    for place, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(place, name)
            short = os.path.relpath(path, folder)
            if short not in ("README.md", "local.mk"):
                with open(path, "rb") as file:
                    found[short] = hashlib.sha256(file.read()).hexdigest()
    same(found, listed, "datasets/README.md")


def test_page_on_formats():
    """the examples of docs/formats.md are read without an error"""
    with open(os.path.join(TOP, "docs", "formats.md"), encoding="utf-8") as file:
        feed, policy = re.findall(r"```xml\n(.*?)```", file.read(), re.S)
    with tempfile.TemporaryDirectory() as folder:
        paths = [os.path.join(folder, name) for name in ("feed.xml", "policy.xml")]
        for path, text in zip(paths, (feed, policy)):
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
        answer = ask(paths[:1], BETWEEN, "--policy", paths[1])
    errors = [finding for finding in answer["findings"] if finding["code"] != "unknown-kind"]
    assert not errors, errors
    row = index(answer)["jcn:7999999000002", 1]
    assert (row["scheme"], row["reasons"]) == ("iso27001", ["untrusted-issuer"]), row


# ---------------------------------------------------------------- laws

def test_order_of_feeds():
    """the order in which feeds are named changes no byte"""
    feeds = factory_feeds()
    options = ("check", "--all", "-f", "json", "--at", BETWEEN)
    _, forward = run(*options, *feeds)
    _, backward = run(*options, *reversed(feeds))
    _, twice = run(*options, *feeds)
    assert forward == backward and forward == twice


def test_export():
    """the chain exported as one feed gives the same answer"""
    with tempfile.TemporaryDirectory() as folder:
        _, text = run("export", "feed", "--at", BEFORE, FACTORY)
        path = os.path.join(folder, "all.xml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        for date in DATES:
            answers = [compared(index(ask([feeds], date))) for feeds in (FACTORY, path)]
            for row in [row for answer in answers for row in answer.values()]:
                del row["since"], row["until"]  # one feed has no versions: a change of status cuts them
            same(answers[0], answers[1], date)


# ---------------------------------------------------------------- the reference

def policy_text(*options):
    return run("policy", *options)[1]


def test_reference_factory():
    """the reference agrees on the feeds of our own format, with both policies"""
    feeds = factory_feeds(own_only=True)
    for options in ((), ("--policy", OVERLAY)):
        policy = policy_text(*options)
        for date in DATES + ("2026-02-01T00:00:00Z", "2026-05-01T00:00:00Z"):
            wanted = reference.check(feeds, policy, reference.parse_time(date))
            same(compared(wanted), compared(index(ask(feeds, date, *options))), date)


def test_reference_random():
    """the reference agrees on random feeds in versions, with random policies"""
    checked = 0
    for seed in range(SEEDS):
        with tempfile.TemporaryDirectory() as folder:
            feeds, policy, moments = randomfeeds.write(folder, seed)
            text = policy_text("--policy", policy)
            for moment in moments:
                date = reference.format_time(moment)
                wanted = reference.check(feeds, text, moment)
                found = index(ask(feeds, date, "--policy", policy))
                same(compared(wanted), compared(found), "seed %d at %s" % (seed, date))
                checked += len(wanted)
    assert checked > 10 * SEEDS, "only %d anchors in %d worlds" % (checked, SEEDS)


def main():
    tests = [(name, test) for name, test in globals().items() if name.startswith("test_")]
    failed = 0
    print("1..%d" % len(tests))
    for number, (name, test) in enumerate(tests, 1):
        what = "%s: %s" % (name[5:], " ".join(test.__doc__.split()))
        try:
            test()
            print("ok %d - %s" % (number, what))
        except Exception as error:  # one test must not hide the others
            failed += 1
            print("not ok %d - %s" % (number, what))
            print("# " + "\n# ".join(("%s: %s" % (type(error).__name__, error)).splitlines()))
        sys.stdout.flush()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
