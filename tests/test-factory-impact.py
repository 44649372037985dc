#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Impact on datasets/factory: by hand, and against itself.

`cpsf impact` is held to the story that the scenario's README works out, a fire at the steel maker at
two dates and around the day of the change, and to the laws of docs/semantics.md, section 8.
"""

import json
import math
import os
import re
import subprocess
import sys
import tempfile
from xml.etree import ElementTree

TOP = os.environ.get("TOP_SRCDIR", os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
CPSF = os.environ.get("CPSF", "cpsf")
FACTORY = os.path.join(TOP, "datasets", "factory")
BETWEEN, AFTER = "2026-03-15T00:00:00Z", "2026-06-01T00:00:00Z"
POLICY = "{urn:libcpsf:policy:1}"
SIGMAS = 5  # the seed is fixed, so a run that passes once passes always

YAMABATO, HOSHIMI = "jcn:8999999000001", "jcn:7999999000002"
HIBARI, TSUGUMI, KOTORI = "jcn:7999999000010", "jcn:6999999000011", "jcn:4999999000013"
UNKNOWN = "jcn:8999999000026"  # sells to Hibari
BRAKE_PLANT, ASSEMBLY_PLANT = "gln:9521999000037", "gln:9521999000020"
LINE = "urn:uuid:b8e3a7c4-2d19-4f65-8b0a-91c2d3e42001"
EXECUTION = "urn:uuid:6b1d0a52-0f5c-4d0e-9a5e-2f0f7c3a2001"
ORDERS = "urn:uuid:6b1d0a52-0f5c-4d0e-9a5e-2f0f7c3a3001"
PRINTER, ROBOT, CLAMP = "giai:9521999A008", "giai:9521999A012", "giai:9521999A013"
GATEWAY = "giai:9521999A010"
WAREHOUSE = "gln:9521999000044"
BRAKE_UNIT, CRATE, CAR = ("sgtin:09521999000020.2201", "sscc:095219990000000211",
                          "sgtin:09521999000013.000017")

# The chances of one step, as the README lists them.
FOUNDRY = 0.9 * 0.8
SUPPLIES, OPERATES, DRIVES, FEEDS, HOSTS = 0.8, 0.9, 0.9, 0.9, 1.0


def either(*chances):
    """That one of several independent things happens."""
    neither = 1.0
    for chance in chances:
        neither *= 1 - chance
    return 1 - neither


# What follows, each given that the company has stopped.
STOP_HOSHIMI = (FOUNDRY * SUPPLIES) ** 2
STOP_YAMABATO = STOP_HOSHIMI * SUPPLIES
LINE_STOPS = either(OPERATES, OPERATES * HOSTS)
EXECUTION_STOPS = either(OPERATES, OPERATES * FEEDS)
ROBOT_STOPS = either(OPERATES * HOSTS, EXECUTION_STOPS * DRIVES)

HOSHIMI_PATH = [HIBARI, KOTORI]
YAMABATO_PATH = [HIBARI, KOTORI, HOSHIMI]

# {node: (day, chance, way)} between; after, the first two alone, on other days
HAND = {
    HIBARI: ("2026-03-15", 1, []),
    TSUGUMI: ("2026-03-17", FOUNDRY, [HIBARI]),
    KOTORI: ("2026-03-17", FOUNDRY, [HIBARI]),
    HOSHIMI: ("2026-03-23", STOP_HOSHIMI, HOSHIMI_PATH),
    BRAKE_PLANT: ("2026-03-23", STOP_HOSHIMI * OPERATES, [*HOSHIMI_PATH, HOSHIMI]),
    LINE: ("2026-03-23", STOP_HOSHIMI * LINE_STOPS, [*HOSHIMI_PATH, HOSHIMI, BRAKE_PLANT]),
    PRINTER: ("2026-03-23", STOP_HOSHIMI * LINE_STOPS * DRIVES,
              [*HOSHIMI_PATH, HOSHIMI, BRAKE_PLANT, LINE]),
    YAMABATO: ("2026-03-27", STOP_YAMABATO, YAMABATO_PATH),
    ASSEMBLY_PLANT: ("2026-03-27", STOP_YAMABATO * OPERATES, [*YAMABATO_PATH, YAMABATO]),
    ORDERS: ("2026-03-27", STOP_YAMABATO * OPERATES, [*YAMABATO_PATH, YAMABATO]),
    EXECUTION: ("2026-03-27", STOP_YAMABATO * EXECUTION_STOPS, [*YAMABATO_PATH, YAMABATO]),
    ROBOT: ("2026-03-27", STOP_YAMABATO * ROBOT_STOPS,
            [*YAMABATO_PATH, YAMABATO, ASSEMBLY_PLANT]),
    CLAMP: ("2026-03-27", STOP_YAMABATO * ROBOT_STOPS,
            [*YAMABATO_PATH, YAMABATO, ASSEMBLY_PLANT]),
}
HAND_AFTER = {HIBARI: ("2026-06-01", 1, []), TSUGUMI: ("2026-06-03", FOUNDRY, [HIBARI])}
LOSS = {HOSHIMI: 52e6, LINE: 8e6, YAMABATO: 480e6, EXECUTION: 36e6}


def call(*arguments, status=0):
    environment = dict(os.environ, LC_ALL="C", TZ="Asia/Tokyo")
    done = subprocess.run([CPSF, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          env=environment, check=False)
    if done.returncode != status:
        raise AssertionError("cpsf %s: exit status %d: %s" % (
            " ".join(arguments), done.returncode, done.stderr.decode("utf-8", "replace")[-400:]))
    return done.stdout.decode("utf-8"), done.stderr.decode("utf-8")


def run(*arguments):
    return call(*arguments)[0]


def ask(key, at, *options, effect="outage"):
    return json.loads(run("impact", "-f", "json", "--incident", key, "--effect", effect,
                          "--at", at, *options, FACTORY))


def index(answer, effect="any"):
    rows = [row for row in answer["rows"] if row["effect"] == effect]
    found = {row["key"]: row for row in rows}
    assert len(found) == len(rows), "two rows for one node and effect"
    return found


def midnight(day):
    return day + "T00:00:00Z"


def hold(rows, wanted, worlds):
    """Rows against {node: (day, chance, way)}; @worlds 0: to the last digits."""
    assert set(rows) == set(wanted), set(rows) ^ set(wanted)
    for key, (day, chance, way) in wanted.items():
        row = rows[key]
        error = math.sqrt(chance * (1 - chance) / worlds) if worlds else 0
        assert abs(row["probability"] - chance) <= SIGMAS * error + 1e-12, (row, chance)
        assert row["earliest"] == midnight(day), (row, day)
        assert row["mean_arrival"] == midnight(day), (row, day)  # there is one way, and one day
        assert row["via"] == way, (row, way)
        loss = LOSS.get(key)
        if row["effect"] == "any" and loss is not None:
            assert abs(row["loss"] - row["probability"] * loss) < 1e-3, row
        else:
            assert row["loss"] is None, row


# ---------------------------------------------------------------- what the README says

def test_between():
    """the fire of 15 March, exactly: who, when, how bad, by which path"""
    answer = ask(HIBARI, BETWEEN, "--method", "exact")
    hold(index(answer), HAND, 0)
    hold(index(answer, "outage"), HAND, 0)
    assert {row["effect"] for row in answer["rows"]} == {"any", "outage"}
    assert all(row["stderr"] == 0 for row in answer["rows"])


def test_between_sampled():
    """the same, sampled"""
    answer = ask(HIBARI, BETWEEN, "--worlds", "65536")
    hold(index(answer), HAND, 65536)
    known = index(answer)[HIBARI]
    assert (known["probability"], known["stderr"]) == (1, 0), known


def test_after():
    """the fire of 1 June stops one foundry and nobody else"""
    for options in (("--method", "exact"), ("--worlds", "65536")):
        worlds = 0 if "exact" in options else 65536
        hold(index(ask(HIBARI, AFTER, *options)), HAND_AFTER, worlds)


def test_change():
    """between 28 and 29 April lies the last day on which a fire still reaches Hoshimi"""
    for day, arrival in (("2026-04-28", "2026-05-06"), ("2026-04-29", None)):
        rows = index(ask(HIBARI, BETWEEN, "--start", day, "--method", "exact"))
        if arrival is None:
            assert HOSHIMI not in rows, rows[HOSHIMI]
            continue
        assert abs(rows[HOSHIMI]["probability"] - STOP_HOSHIMI) < 1e-12, rows[HOSHIMI]
        assert rows[HOSHIMI]["earliest"] == midnight(arrival), rows[HOSHIMI]


def test_totals():
    """the totals that the summary tells"""
    error = call("impact", "--incident", HIBARI, "--at", BETWEEN, "--method", "exact", FACTORY)[1]
    loss = sum(HAND[key][1] * each for key, each in LOSS.items())
    nodes = sum(chance for _, chance, _ in HAND.values())
    assert "of 16 chance events" in error, error
    assert "%.2f nodes affected" % nodes in error, error
    assert "loss in JPY: expected {:,.0f}; 5 % quantile 0, median 0, 95 % quantile 576,000,000, worst " \
        "576,000,000".format(loss) in error, error
    error = call("impact", "--incident", HIBARI, "--at", AFTER, "--method", "exact", FACTORY)[1]
    assert "1.72 nodes affected" in error, error


def test_readme():
    """the README's table and its totals are the ones above"""
    with open(os.path.join(FACTORY, "README.md"), encoding="utf-8") as file:
        text = file.read().split("## When Hibari Steel stops")[1].split("\n## ")[0]
    names = {row["key"]: row["name"] for row in ask(HIBARI, BETWEEN, "--worlds", "64")["rows"]}
    rows = [[cell.strip() for cell in line.split("|")[1:7]] for line in text.splitlines()
            if line.startswith("| ") and line.count("|") == 8]
    found = {cells[0]: cells[1:] for cells in rows if cells[0] != "node"}
    wanted = {}
    for key, (day, chance, _) in HAND.items():
        loss = "%.0f" % (chance * LOSS[key]) if key in LOSS else ""
        after = HAND_AFTER.get(key)
        wanted[names[key]] = [day, "%.4f" % chance, loss, after[0] if after else "never",
                              "%.4f" % after[1] if after else ""]
    assert found == wanted, [(found.get(name), wanted.get(name)) for name in set(found) | set(wanted)
                             if found.get(name) != wanted.get(name)]
    assert "%.2f nodes" % sum(chance for _, chance, _ in HAND.values()) in text
    assert "{:,.0f} yen".format(sum(HAND[k][1] * v for k, v in LOSS.items())) in text


def test_rules():
    """the rules that docs/impact.md lists with their reasons are those of the built-in policy"""
    spread = ElementTree.fromstring(run("policy").encode("utf-8")).find(POLICY + "spread")
    delays = {"PT0S": "at once", "P1D": "1 day", "P2D": "2 days", "P30D": "30 days"}
    wanted = sorted((rule.get("out"), rule.get("in"), rule.get("relation", ""), rule.get("direction"),
                     rule.get("probability"), delays[rule.get("delay")]) for rule in spread)
    with open(os.path.join(TOP, "docs", "impact.md"), encoding="utf-8") as file:
        text = file.read().split("\n## The rules")[1].split("\n## ")[0]
    found, effect = [], None
    for line in text.splitlines():
        heading = re.match(r"\*\*To (\w+)\.\*\*$", line)
        effect = heading.group(1) if heading else effect
        cells = [cell.strip() for cell in line.split("|")[1:-1]]
        if len(cells) != 5 or cells[0] in ("rule", "---"):
            continue
        assert cells[4], line  # a reason
        relation = cells[0].split("`")[1] if "`" in cells[0] else ""
        direction = ("self" if not relation else
                     "backward" if cells[0].endswith(" backward") else "forward")
        found.append((effect, cells[1], relation, direction, cells[2], cells[3]))
    assert sorted(found) == wanted, set(found) ^ set(wanted)


# ---------------------------------------------------------------- time

def test_horizon():
    """what would arrive after the horizon is not there; what arrives at its very end is"""
    for days, last in ((7, TSUGUMI), (8, HOSHIMI), (11, HOSHIMI), (12, YAMABATO)):
        rows = index(ask(HIBARI, BETWEEN, "--horizon", "P%dD" % days, "--method", "exact"))
        wanted = {key for key, (day, _, _) in HAND.items() if day <= HAND[last][0]}
        assert set(rows) == wanted, (days, set(rows) ^ wanted)


def test_static():
    """without time the same chances, on the chain of that moment"""
    rows = index(ask(HIBARI, BETWEEN, "--static", "--method", "exact"))
    assert set(rows) == set(HAND), set(rows) ^ set(HAND)
    for key, (_, chance, _) in HAND.items():
        assert abs(rows[key]["probability"] - chance) < 1e-12, rows[key]
    assert set(index(ask(HIBARI, AFTER, "--static", "--method", "exact"))) == set(HAND_AFTER)


def test_windows():
    """goods pass on what is wrong with them only while they lie together"""
    def reached(start, horizon):
        return set(index(ask(BRAKE_UNIT, BETWEEN, "--start", start, "--horizon", horizon,
                             "--worlds", "4096", effect="tamper"), "tamper"))

    assert reached("2026-01-05", "P14D") == {BRAKE_UNIT, CRATE, CAR}
    assert reached("2026-01-05", "P3D") == {BRAKE_UNIT}          # nothing is packed yet
    assert reached("2026-01-11", "PT12H") == {BRAKE_UNIT, CRATE}  # in the crate, not in the car
    assert reached("2026-01-12", "P14D") == {BRAKE_UNIT, CAR}     # out of the crate that midnight
    assert reached("2026-03-03", "P14D") == {BRAKE_UNIT, CAR}


# ---------------------------------------------------------------- several, feeds, reverse

def test_several():
    """two incidents are both known; the earlier one starts the clock"""
    answer = json.loads(run("impact", "-f", "json", "--incident", HIBARI, "--incident", KOTORI,
                            "--at", BETWEEN, "--method", "exact", FACTORY))
    rows = index(answer)
    assert rows[HIBARI]["probability"] == rows[KOTORI]["probability"] == 1
    stops = FOUNDRY * SUPPLIES * SUPPLIES  # Kotori's part of the gate is no chance of Hibari's now
    assert abs(rows[HOSHIMI]["probability"] - stops) < 1e-12, rows[HOSHIMI]
    assert rows[HOSHIMI]["earliest"] == midnight("2026-03-22"), rows[HOSHIMI]


def test_incident_feed():
    """incidents of a feed, alone and as part of what is asked about"""
    feed = os.path.join(FACTORY, "09-umineko-logistics.xml")
    answer = json.loads(run("impact", "-f", "json", "--incidents", feed, "--at", BETWEEN, FACTORY))
    typed = ask(WAREHOUSE, BETWEEN, "--start", "2026-04-10")
    assert answer["rows"] == typed["rows"] and typed["rows"]
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "fire.xml")
        with open(path, "w", encoding="utf-8") as file:
            file.write('<feed xmlns="urn:libcpsf:feed:1" id="urn:example:fire" version="1"'
                       ' issued="2026-03-15T00:00:00Z"><incident id="fire" node="%s" effect="outage"'
                       ' since="2026-03-15T00:00:00Z" until="2026-03-16T00:00:00Z"/></feed>' % HIBARI)
        answer = json.loads(run("impact", "-f", "json", "--incidents", path, "--at", AFTER,
                                "--method", "exact", FACTORY))
    hold(index(answer), HAND, 0)


def test_reverse():
    """who could stop Hoshimi alone: agrees with each asked by itself"""
    def ask_reverse(at):
        return json.loads(run("impact", "-f", "json", "--reverse", HOSHIMI, "--at", at,
                              "--worlds", "65536", FACTORY))["rows"]

    rows = {(row["key"], row["effect"]): row for row in ask_reverse(BETWEEN)}
    assert (HIBARI, "outage") in rows and (UNKNOWN, "outage") in rows, sorted(rows)
    for key, wanted in ((HIBARI, STOP_HOSHIMI), (UNKNOWN, STOP_HOSHIMI * SUPPLIES)):
        error = math.sqrt(wanted * (1 - wanted) / 65536)
        assert abs(rows[key, "outage"]["probability"] - wanted) < SIGMAS * error, rows[key, "outage"]
    assert (TSUGUMI, "outage") not in rows  # one of three cannot
    after = {row["key"] for row in ask_reverse(AFTER) if row["effect"] == "outage"}
    assert not {HIBARI, UNKNOWN, TSUGUMI} & after, after


# ---------------------------------------------------------------- laws

def test_same_bytes():
    """threads, order of feeds and locale change no byte"""
    feeds = sorted(os.path.join(FACTORY, name) for name in os.listdir(FACTORY)
                   if name.endswith(".xml"))
    for base in (("impact", "-f", "json", "--incident", GATEWAY, "--effect", "tamper", "--start",
                  "2026-03-03", "--at", BETWEEN), ("blast", "-f", "json", "--at", BETWEEN)):
        first = run(*base, *feeds)
        for threads in ("1", "2", "3", "8"):
            assert run(*base, "--threads", threads, *feeds) == first, threads
        assert run(*base, *reversed(feeds)) == first
        assert run(*base, "--lang", "ja", *feeds) == first
        assert run(*base, "--seed", "0", "--worlds", "4096", *feeds) == first
        assert run(*base, "--seed", "1", *feeds) != first


def test_rows():
    """order and bounds of every row, of an incident with many effects"""
    answer = ask(GATEWAY, BETWEEN, "--start", "2026-03-03", "--horizon", "P14D", effect="tamper")
    effects = ("any", "outage", "tamper", "leak", "distortion", "hazard")
    nodes = []
    for row in answer["rows"]:
        assert 0 < row["probability"] <= 1 or row["earliest"] is not None, row
        for name in ("earliest", "mean_arrival"):
            assert row[name] is None or "2026-03-03T00:00:00Z" <= row[name] <= "2026-03-17T00:00:00Z"
        assert not row["via"] or row["via"][0] == GATEWAY, row
        if row["effect"] == "any":
            nodes.append(row)
        else:
            assert row["key"] == nodes[-1]["key"], row  # its `any` row stands before
            assert row["probability"] <= nodes[-1]["probability"] + 1e-12, row
    order = [(-row["probability"], -(row["loss"] or 0), row["key"]) for row in nodes]
    assert order == sorted(order)
    places = [(row["key"], effects.index(row["effect"])) for row in answer["rows"]]
    for (key, place), (next_key, next_place) in zip(places, places[1:]):
        assert key != next_key or place < next_place, (key, place)


def test_blast():
    """blast radius against impact --static where no group is in the way, and a bound elsewhere"""
    answer = json.loads(run("blast", "-f", "json", "--at", BETWEEN, "--worlds", "16384", FACTORY))
    rows = {row["key"]: row for row in answer["rows"]}
    for key in (HOSHIMI, YAMABATO, HIBARI):
        static = index(ask(key, BETWEEN, "--static", "--worlds", "65536"))
        nodes = sum(row["probability"] for row in static.values())
        loss = sum(row["loss"] or 0 for row in static.values())
        row = rows[key]
        assert row["nodes"] <= nodes * (1 + SIGMAS * row["rel_stderr"] + 0.02), (row, nodes)
        assert row["loss"] <= loss * (1 + SIGMAS * 0.02) + 1, (row, loss)
        if row["bound"] is None:
            assert row["nodes"] >= nodes * (1 - SIGMAS * row["rel_stderr"] - 0.02), (row, nodes)
    assert rows[HIBARI]["bound"] == "lower" and rows[YAMABATO]["bound"] is None
    near = 1 + 2 * FOUNDRY  # Hibari and its two foundries; the gate is left out
    assert abs(rows[HIBARI]["nodes"] / near - 1) < SIGMAS * rows[HIBARI]["rel_stderr"], rows[HIBARI]


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
