#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Trust on datasets/factory: by hand, against an oracle, and against itself.

`cpsf trust` is held to the intervals that the scenario's README works out, to a plain exact
re-implementation (tests/lib/factory_trust.py), and to the laws of docs/semantics.md, section 7.
"""

import json
import math
import os
import subprocess
import sys
import tempfile

TOP = os.environ.get("TOP_SRCDIR", os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
CPSF = os.environ.get("CPSF", "cpsf")
FACTORY = os.path.join(TOP, "datasets", "factory")
BEFORE, BETWEEN, AFTER = "2026-01-15T00:00:00Z", "2026-03-15T00:00:00Z", "2026-06-01T00:00:00Z"
DATES = (BEFORE, BETWEEN, AFTER)
WORLDS = 65536
SIGMAS = 5  # the seed is fixed, so a run that passes once passes always

sys.path.insert(0, os.path.join(TOP, "tests", "lib"))
import factory_trust  # noqa: E402
import randomtrust  # noqa: E402
import reference  # noqa: E402
import reference_trust  # noqa: E402

YAMABATO, HOSHIMI, UMINEKO = "jcn:8999999000001", "jcn:7999999000002", "jcn:5999999000004"
HIBARI, KOTORI, TSUGUMI = "jcn:7999999000010", "jcn:4999999000013", "jcn:6999999000011"
KAWASEMI, HATOBA, FUKUROU = "jcn:3999999000006", "jcn:2999999000023", "jcn:7999999000019"
KUMONOKI, TOBI, TANPOPO = "jcn:6999999000003", "jcn:3999999000022", "jcn:4999999000005"
CONTROLLER_A, CONTROLLER_B, ROBOT = "giai:9521999A005", "giai:9521999A006", "giai:9521999A012"
HUMIDITY, METER, THERMOMETER = "giai:9521999A004", "giai:9521999A011", "giai:9521999A001"
LINE = "urn:uuid:b8e3a7c4-2d19-4f65-8b0a-91c2d3e42001"
TRACKING = "urn:uuid:d2a9e3b4-5c61-4b7e-a0f2-7e8c9d0a2001"
BRAKE_UNIT, CAR = "sgtin:09521999000020.2201", "sgtin:09521999000013.000017"

# What an item weighs 18 gives by itself: a pass (b, d, u) = (18/20, 0, 2/20), a refutation
# (0, 18/20, 2/20).
PASS = REFUTE = 18 / 20

# {node: (belief, disbelief) before, between, after}; the README says in words why.
HAND = {
    HATOBA: [(0, REFUTE)] * 3,
    TOBI: [(0, REFUTE)] * 3,
    TANPOPO: [(0, 0)] * 3,
    THERMOMETER: [(0, 0)] * 3,
    FUKUROU: [(PASS, 0)] * 3,
    HUMIDITY: [(PASS, 0)] * 3,
    # Hatoba is felt with 0.6
    KAWASEMI: [(PASS * (1 - 0.6), REFUTE * 0.6)] * 3,
    CONTROLLER_A: [(0, REFUTE * 0.6)] * 3,
    CONTROLLER_B: [(0, REFUTE * 0.6)] * 3,
    METER: [(0, REFUTE * 0.6)] * 3,
    # of its two carriers, both unverified, one is always felt and one with 0.5
    UMINEKO: [(PASS * (1 - 0.5), 0), (0, 0), (0, 0)],
    TRACKING: [(0, REFUTE * 0.3)] * 3,
    HIBARI: [(0, 0), (0, REFUTE), (0, REFUTE)],
    # Hibari is felt with 0.9
    KOTORI: [(PASS * (1 - 0.9), 0), (PASS * (1 - 0.9), REFUTE * 0.9), None],
    TSUGUMI: [(0, 0), (0, REFUTE * 0.9), (PASS * (1 - 0.9), REFUTE * 0.9)],
    # two of three foundries are needed; between, two of them feel one and the same Hibari
    HOSHIMI: [(0, 0), (0, REFUTE * 0.9 * 0.9), (0, 0)],
    YAMABATO: [(0, 0), (0, REFUTE * 0.9 * 0.9), (0, 0)],
    BRAKE_UNIT: [(0, 0), (0, REFUTE * 0.9), (0, REFUTE * 0.9)],
    CAR: [(0, 0), (0, REFUTE * 0.9), (0, REFUTE * 0.9)],
    # either controller will do, but both feel Kawasemi, and between also Hoshimi, apart from it
    LINE: [(0, 0.54), (0, 1 - (1 - 0.54) * (1 - 0.729)), (0, 0.54)],
    KUMONOKI: [(PASS, 0), (PASS, 0), (0, 0)],
}


def run(*arguments, status=0):
    environment = dict(os.environ, LC_ALL="C", TZ="Asia/Tokyo")
    done = subprocess.run([CPSF, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          env=environment, check=False)
    if done.returncode != status:
        raise AssertionError("cpsf %s: exit status %d: %s" % (
            " ".join(arguments), done.returncode, done.stderr.decode("utf-8", "replace")[-400:]))
    return done.stdout.decode("utf-8")


def ask(paths, at, *options):
    return json.loads(run("trust", "-f", "json", "--at", at, *options, *paths))


def index(answer):
    rows = {row["key"]: row for row in answer["rows"]}
    assert len(rows) == len(answer["rows"]), "two rows for one node"
    return rows


def own_feeds():
    names = sorted(name for name in os.listdir(FACTORY)
                   if name.endswith(".xml") and not name.endswith(".cdx.xml"))
    return [os.path.join(FACTORY, name) for name in names]


def near(found, wanted, worlds, what):
    """Within five standard errors of the proportion wanted; 0 and 1 are exact."""
    if wanted in (0, 1):
        assert found == wanted, "%s: wanted %s, found %s" % (what, wanted, found)
    error = math.sqrt(wanted * (1 - wanted) / worlds)
    assert abs(found - wanted) <= SIGMAS * error + 1e-12, \
        "%s: wanted %.5f, found %.5f, standard error %.5f" % (what, wanted, found, error)


def hold(rows, wanted, worlds, what):
    """Rows against {key: (belief, disbelief)}."""
    for key, (belief, disbelief) in wanted.items():
        near(rows[key]["belief"], belief, worlds, "%s: belief of %s" % (what, key))
        near(rows[key]["disbelief"], disbelief, worlds, "%s: disbelief of %s" % (what, key))


# ---------------------------------------------------------------- what the README says

def test_by_hand():
    """the intervals of the README, at three dates"""
    for place, date in enumerate(DATES):
        rows = index(ask([FACTORY], date, "--worlds", str(WORLDS)))
        wanted = {key: values[place] for key, values in HAND.items() if values[place] is not None}
        hold(rows, wanted, WORLDS, date)
        absent = [key for key, values in HAND.items() if values[place] is None and key in rows]
        assert not absent, absent


def test_readme():
    """the README's table is the one above"""
    with open(os.path.join(FACTORY, "README.md"), encoding="utf-8") as file:
        text = file.read().split("## How far each can be trusted")[1].split("\n## ")[0]
    names = {row["key"]: row["name"] for row in ask([FACTORY], BEFORE)["rows"]}
    rows = [[cell.strip() for cell in line.split("|")[1:5]] for line in text.splitlines()]
    found = {cells[0]: cells[1:] for cells in rows if len(cells) == 4 and " to " in cells[1]}
    wanted = {names[key]: ["not in the chain" if value is None
                           else "%.3f to %.3f" % (value[0], 1 - value[1]) for value in values]
              for key, values in HAND.items()}
    assert found == wanted, [name for name in set(found) | set(wanted)
                             if found.get(name) != wanted.get(name)]


def test_columns():
    """columns, options and order of the answer; the laws of one row"""
    answer = ask([FACTORY], BETWEEN)
    assert answer["schema"] == "cpsf-table/1" and answer["command"] == "trust"
    assert answer["at"] == BETWEEN and answer["known_at"] is None
    assert answer["options"] == {"model": "worlds", "method": "sample", "worlds": 4096,
                                 "seed": 0}, answer["options"]
    names = [column["name"] for column in answer["columns"]]
    assert names == ["key", "kind", "name", "belief", "disbelief", "uncertainty", "expected",
                     "stderr"], names
    rows = answer["rows"]
    order = [(row["expected"], -row["disbelief"], row["key"].encode()) for row in rows]
    assert order == sorted(order)
    for row in rows:
        b, d, u, e = (row[name] for name in ("belief", "disbelief", "uncertainty", "expected"))
        assert min(b, d, u) >= 0 and abs(b + d + u - 1) < 1e-12, row
        assert abs(e - (b + u / 2)) < 1e-12, row
        variance = max(b + u / 4 - e * e, 0) / 4096
        assert abs(row["stderr"] - math.sqrt(variance)) < 1e-12, row


def test_states():
    """a refuted node is low, an unverified one wide, and belief takes proof"""
    for date in DATES:
        answer = json.loads(run("check", "--all", "-f", "json", "--at", date, FACTORY))
        states = {}
        for row in answer["rows"]:
            states.setdefault(row["key"], set()).add(row["state"])
        rows = index(ask([FACTORY], date))
        assert set(states) <= set(rows)
        for key, found in states.items():
            row = rows[key]
            if "refuted" in found:
                error = math.sqrt(0.09 / 4096)
                assert row["disbelief"] >= REFUTE - SIGMAS * error, row
                assert row["belief"] == 0 and row["expected"] < 0.1, row
            elif "unverified" in found:
                assert row["belief"] == 0, row
                assert row["uncertainty"] == 1 - row["disbelief"], row


def test_wide():
    """who is merely unverified, and relies on nobody refuted, is not known at all: 0 to 1"""
    rows = index(ask([FACTORY], BEFORE))
    for key in (TANPOPO, THERMOMETER, HIBARI, HOSHIMI, YAMABATO, BRAKE_UNIT, CAR):
        row = rows[key]
        assert (row["belief"], row["disbelief"], row["uncertainty"]) == (0, 0, 1), row
        assert (row["expected"], row["stderr"]) == (0.5, 0), row


def test_change():
    """the same draws at two dates: only what lies downstream of a change differs, bit for bit"""
    before, between = (index(ask([FACTORY], date)) for date in (BEFORE, BETWEEN))
    changed = {key for key in before if before[key] != between[key]}
    assert {HIBARI, KOTORI, TSUGUMI, HOSHIMI, YAMABATO, UMINEKO} <= changed, changed
    same = {HATOBA, TOBI, KAWASEMI, CONTROLLER_A, METER, FUKUROU, KUMONOKI, HUMIDITY, TRACKING}
    assert not same & changed, same & changed


# ---------------------------------------------------------------- the oracle

def few_feeds():
    """Registers and a haulier: few enough chances to enumerate them all."""
    return [path for path in own_feeds() if os.path.basename(path)[:2] in ("04", "05", "06", "09")]


def refer(paths, date):
    return reference_trust.trust(paths, run("policy"), reference.parse_time(date))


def equal(found, wanted, what):
    """Two {key: (belief, disbelief)}, to the last digits of a double."""
    assert set(found) == set(wanted), "%s: %s" % (what, set(found) ^ set(wanted))
    for key, pair in wanted.items():
        worst = max(abs(a - b) for a, b in zip(found[key], pair))
        assert worst < 1e-12, "%s: %s: wanted %s, found %s" % (
            what, key, tuple(map(float, pair)), tuple(map(float, found[key])))


def test_oracle():
    """the reference agrees on every node, at three dates, for all layers and for each"""
    feeds = own_feeds()
    for date in DATES:
        solved = refer(feeds, date)
        for layer in range(4):
            wanted = factory_trust.trust(solved, layer)
            options = ("--layer", str(layer)) if layer else ()
            rows = index(ask(feeds, date, "--worlds", "16384", *options))
            assert set(rows) == set(wanted), set(rows) ^ set(wanted)
            hold(rows, wanted, 16384, "%s, layer %d" % (date, layer))


def test_oracles():
    """the reference, which solves all worlds at once, agrees with one that takes each by itself"""
    solved = refer(few_feeds(), BEFORE)
    equal(factory_trust.trust(solved), solved.rows(0), BEFORE)
    for date in DATES:
        solved = refer(own_feeds(), date)
        equal(factory_trust.trust(solved, 3), solved.rows(3), date)
    tried = 0
    for seed in range(40):  # circles, groups and opinions, which the factory has few of
        with tempfile.TemporaryDirectory() as folder:
            feeds, policy, moment = randomtrust.write(folder, seed)
            with open(policy, encoding="utf-8") as file:
                solved = reference_trust.trust(feeds, file.read(), moment)
        if solved.count_outcomes(0) <= 1000:
            equal(factory_trust.trust(solved), solved.rows(0), "seed %d" % seed)
            tried += 1
    assert tried >= 20, tried


def test_layers():
    """with --layer only that layer's anchors count: by hand"""
    rows = {layer: index(ask([FACTORY], BETWEEN, "--layer", str(layer), "--worlds", str(WORLDS)))
            for layer in (1, 2, 3)}
    # layer 1: companies alone
    near(rows[1][KAWASEMI]["disbelief"], 0.54, WORLDS, "layer 1, Kawasemi")
    near(rows[1][HIBARI]["disbelief"], REFUTE, WORLDS, "layer 1, Hibari")
    assert rows[1][HUMIDITY]["belief"] == 1, rows[1][HUMIDITY]
    # layer 2: its own label alone, and the controllers' certificates
    hold(rows[2], {ROBOT: (0, REFUTE), CONTROLLER_A: (PASS, 0), CONTROLLER_B: (PASS, 0),
                   HIBARI: (1, 0), HUMIDITY: (PASS, 0), THERMOMETER: (0, 0), METER: (PASS, 0)},
         WORLDS, "layer 2")
    # layer 3: the meter has no evidence there, the plant and the companies have no anchor there
    hold(rows[3], {METER: (0, 0), HIBARI: (1, 0), ROBOT: (0, 0), HUMIDITY: (1, 0)},
         WORLDS, "layer 3")


def exact(feeds, date, *options):
    answer = ask(feeds, date, "--method", "exact", *options)
    assert answer["options"]["method"] == "exact", answer["options"]
    assert not {"worlds", "seed"} & set(answer["options"]), answer["options"]
    rows = index(answer)
    assert all(row["stderr"] == 0 for row in rows.values())
    return {key: (row["belief"], row["disbelief"]) for key, row in rows.items()}


def test_exact():
    """--method exact on feeds with few chances, and on each layer of all feeds"""
    for date in DATES:
        few, every = refer(few_feeds(), date), refer(own_feeds(), date)
        equal(exact(few_feeds(), date), factory_trust.trust(few), date)
        for layer in (1, 2, 3):
            found = exact(own_feeds(), date, "--layer", str(layer))
            equal(found, factory_trust.trust(every, layer), "%s, layer %d" % (date, layer))


def test_weakest():
    """weakest link: the least own expected trust among all that a node relies on"""
    feeds = own_feeds()
    for date in DATES:
        wanted = factory_trust.weakest(refer(feeds, date))
        rows = index(ask(feeds, date, "--model", "weakest"))
        assert set(rows) == set(wanted), set(rows) ^ set(wanted)
        for key, row in rows.items():
            assert abs(row["expected"] - wanted[key]) < 1e-12, (date, float(wanted[key]), row)
        assert abs(rows[KAWASEMI]["expected"] - 0.05) < 1e-12  # Hatoba's
        assert abs(rows[FUKUROU]["expected"] - 0.95) < 1e-12   # its own


# ---------------------------------------------------------------- laws

def test_same_bytes():
    """threads, order of feeds and locale change no byte"""
    feeds = own_feeds()
    base = ("trust", "-f", "json", "--at", BETWEEN)
    first = run(*base, *feeds)
    for threads in ("1", "2", "3", "8"):
        assert run(*base, "--threads", threads, *feeds) == first, threads
    assert run(*base, *reversed(feeds)) == first
    assert run(*base, "--lang", "ja", *feeds) == first
    assert run(*base, "--seed", "0", "--worlds", "4096", *feeds) == first
    assert run(*base, "--seed", "1", *feeds) != first


def test_worlds():
    """any number of worlds, not only whole blocks; more are nearer"""
    for worlds in (1, 7, 511, 513, 5000):
        rows = index(ask([FACTORY], BETWEEN, "--worlds", str(worlds)))
        for row in rows.values():
            for name in ("belief", "disbelief"):
                count = row[name] * worlds
                assert abs(count - round(count)) < 1e-9, (worlds, row)
        near(rows[HATOBA]["disbelief"], REFUTE, worlds, "%d worlds" % worlds)


def test_stop():
    """--stderr stops after the first whole block in which no standard error is larger"""
    answer = ask([FACTORY], BETWEEN, "--stderr", "0.004")
    assert answer["options"]["stderr"] == 0.004, answer["options"]
    assert max(row["stderr"] for row in answer["rows"]) <= 0.004
    capped = ask([FACTORY], BETWEEN, "--stderr", "0.0001", "--worlds", "1024")
    plain = ask([FACTORY], BETWEEN, "--worlds", "1024")
    assert capped["rows"] == plain["rows"]


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
