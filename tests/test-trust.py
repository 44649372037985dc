#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""`cpsf trust` from outside, against an oracle.

Exact figures on random feeds (tests/lib/randomtrust.py) are held to enumeration in Python
(tests/lib/reference_trust.py), sampled ones to the exact ones and to their own arithmetic; order of
feeds, threads and names of options change no byte.
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
BETWEEN = "2026-03-15T00:00:00Z"
SEEDS = int(os.environ.get("CPSF_RANDOM_FEEDS", "200"))
MOST_OUTCOMES = 2000  # what plain Python enumerates in a moment

sys.path.insert(0, os.path.join(TOP, "tests", "lib"))
import randomtrust  # noqa: E402
import reference  # noqa: E402
import reference_trust  # noqa: E402

COLUMNS = ["key", "kind", "name", "belief", "disbelief", "uncertainty", "expected", "stderr"]


def run(*arguments, status=0):
    """stdout of the command."""
    environment = dict(os.environ, LC_ALL="C", TZ="Asia/Tokyo")
    done = subprocess.run([CPSF, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          env=environment, check=False)
    if done.returncode != status:
        raise AssertionError("cpsf %s: exit status %d: %s" % (
            " ".join(arguments), done.returncode, done.stderr.decode("utf-8", "replace")[-400:]))
    return done.stdout.decode("utf-8")


def ask(paths, at, *options):
    return json.loads(run("trust", "-f", "json", "--at", at, *options, *paths))


def figures(answer):
    rows = {row["key"]: row for row in answer["rows"]}
    assert len(rows) == len(answer["rows"]), "two rows for one node"
    return rows


def near(a, b, bound, what):
    assert abs(a - b) <= bound, "%s: %.17g and %.17g" % (what, a, b)


def worlds(first, last):
    """(seed, feeds, options, moment, reference) of random worlds that Python can enumerate."""
    for seed in range(first, last):
        with tempfile.TemporaryDirectory() as folder:
            feeds, policy, moment = randomtrust.write(folder, seed)
            text = run("policy", "--policy", policy)
            yield seed, feeds, ("--policy", policy), moment, \
                reference_trust.trust(feeds, text, moment)


# ---------------------------------------------------------------- the reference

def check_exact(seed, feeds, options, moment, wanted, layer):
    if wanted.count_outcomes(layer) > MOST_OUTCOMES:
        return 0
    what = "seed %d layer %d" % (seed, layer)
    more = ("--layer", str(layer)) if layer else ()
    found = figures(ask(feeds, reference.format_time(moment), "--method", "exact", *options, *more))
    rows = wanted.rows(layer)
    assert set(found) == set(rows), "%s: %s" % (what, sorted(set(found) ^ set(rows)))
    between = 0
    for key, (belief, disbelief) in rows.items():
        row = found[key]
        near(row["belief"], belief, 1e-9, "%s %s belief" % (what, key))
        near(row["disbelief"], disbelief, 1e-9, "%s %s disbelief" % (what, key))
        near(row["uncertainty"], 1 - belief - disbelief, 1e-9, "%s %s uncertainty" % (what, key))
        near(row["expected"], (1 + belief - disbelief) / 2, 1e-9, "%s %s expected" % (what, key))
        between += 0 < belief < 1 or 0 < disbelief < 1
    return between


def test_reference_random():
    """exact trust on random feeds, by enumeration in Python"""
    between = 0
    for seed, feeds, options, moment, wanted in worlds(0, SEEDS):
        between += check_exact(seed, feeds, options, moment, wanted, (0, 0, 0, 1, 2, 3)[seed % 6])
    assert between > 2 * SEEDS, "only %d figures between 0 and 1 in %d worlds" % (between, SEEDS)


def test_sampled_random():
    """sampled trust on random feeds, within five standard errors of enumeration in Python"""
    compared = 0
    for seed, feeds, options, moment, wanted in worlds(SEEDS, SEEDS + max(SEEDS // 4, 1)):
        if wanted.count_outcomes(0) > MOST_OUTCOMES:
            continue
        answer = ask(feeds, reference.format_time(moment), "--worlds", "5000", "--seed", str(seed),
                     *options)
        found = figures(answer)
        for key, figure in wanted.rows(0).items():
            for name, p in zip(("belief", "disbelief"), figure):
                x = found[key][name]
                seen = (x * 5000 + 0.5) / 5001
                spread = max(seen * (1 - seen), p * (1 - p))
                near(x, p, 5 * math.sqrt(spread / 5000), "seed %d %s %s" % (seed, key, name))
                compared += 1
    assert compared > 0


# ---------------------------------------------------------------- the answer

def test_columns():
    """columns and arithmetic of the answer, over 4096 worlds"""
    answer = ask([FACTORY], BETWEEN)
    assert answer["schema"] == "cpsf-table/1" and answer["command"] == "trust"
    assert answer["at"] == BETWEEN
    assert [column["name"] for column in answer["columns"]] == COLUMNS
    assert answer["rows"], "no rows"
    for row in answer["rows"]:
        for name in ("belief", "disbelief"):
            assert 0 <= row[name] <= 1 and row[name] * 4096 == round(row[name] * 4096), row
        near(row["uncertainty"], 1 - row["belief"] - row["disbelief"], 1e-12, row["key"])
        near(row["expected"], row["belief"] + row["uncertainty"] / 2, 1e-12, row["key"])
        variance = row["belief"] + row["uncertainty"] / 4 - row["expected"] ** 2
        near(row["stderr"] ** 2 * 4096, variance, 1e-12, row["key"])


def test_rows_in_order():
    """the least trusted first, then the more disbelieved, then by key"""
    rows = ask([FACTORY], BETWEEN)["rows"]
    order = [(row["expected"], -row["disbelief"], row["key"].encode()) for row in rows]
    assert order == sorted(order)


def test_same_bytes():
    """feeds in another order and other numbers of threads change no byte"""
    names = sorted(os.path.join(FACTORY, name) for name in os.listdir(FACTORY)
                   if name.endswith(".xml"))
    options = ("trust", "-f", "json", "--at", BETWEEN, "--worlds", "3000", "--seed", "5")
    first = run(*options, *names)
    for number in ("1", "2", "3", "8"):
        assert run(*options, "--threads", number, *reversed(names)) == first, number
    assert run(*options[:-1], "6", *names) != first, "the seed changes nothing"


def test_stop_rule():
    """--stderr ends with the first whole block of 512 worlds that is good enough"""
    target = 0.009
    found = ask([FACTORY], BETWEEN, "--stderr", str(target))["rows"]
    count = 512
    while True:
        rows = ask([FACTORY], BETWEEN, "--worlds", str(count))["rows"]
        if max(row["stderr"] for row in rows) <= target:
            break
        count += 512
    assert count > 512, "one block was enough"
    assert rows == found, "not the rows after %d worlds" % count


def test_layer():
    """what is trusted in every layer is trusted in each"""
    everything = figures(ask([FACTORY], BETWEEN))
    for layer in ("1", "2", "3"):
        rows = figures(ask([FACTORY], BETWEEN, "--layer", layer))
        assert set(rows) == set(everything)
        for key, row in rows.items():
            assert row["belief"] >= everything[key]["belief"], (layer, key)
            assert row["disbelief"] <= everything[key]["disbelief"], (layer, key)


def test_refused():
    """options out of range are wrong usage"""
    for options in (("--layer", "4"), ("--worlds", "-1"), ("--worlds", "many"), ("--seed", "x"),
                    ("--stderr", "nan"), ("--stderr", "-1"), ("--method", "guess"),
                    ("--model", "guess")):
        run("trust", "--at", BETWEEN, *options, FACTORY, status=2)


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
