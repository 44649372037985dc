#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What an incident does, beside what Python users have: peers-impact.py [CPSF [NODES [EDGES]]].

The command, reading of the feed and all, against a loop over networkx, ndlib's independent cascades,
and for earliest arrival Raphtory's temporal reachability; each that is installed.  20,000 companies
and 100,000 edges by default, chances even in [0, 0.4], sizes the peers can do.  Means must agree.
"""

import importlib.util
import json
import random
import subprocess
import sys
import tempfile
import time
from collections import deque
from pathlib import Path

TOOL = sys.argv[1] if len(sys.argv) > 1 else "tools/cpsf"
NODES = int(sys.argv[2]) if len(sys.argv) > 2 else 20_000
EDGES = int(sys.argv[3]) if len(sys.argv) > 3 else 5 * NODES
OUR_WORLDS = 65536
LOOP_WORLDS = 64
NDLIB_WORLDS = 8
DAYS = 29
DAY_US = 86_400_000_000
START = 1_767_225_600_000_000  # 2026-01-01
POLICY = """<policy xmlns="urn:libcpsf:policy:1" name="bench"><spread replace="true">
<rule relation="supplies" direction="forward" in="outage" out="outage" probability="1" delay="PT0S"/>
</spread></policy>"""
SLACK = 6.0  # standard errors by which means may differ


def draw(seed):
    """Edges (from, to, chance, day in µs), each pair once, popular suppliers more often."""
    rng = random.Random(seed)
    edges = {}
    while len(edges) < EDGES:
        tail = int(NODES * rng.random() ** 2)
        head = rng.randrange(NODES)
        if tail != head:
            edges[tail, head] = (round(0.4 * rng.random(), 6), START + rng.randrange(DAYS * DAY_US))
    return [(tail, head, *what) for (tail, head), what in edges.items()]


def moment(micros):
    seconds, rest = divmod(micros, 1_000_000)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{rest:06}Z"


def write_feed(path, edges, instants):
    with open(path, "w", encoding="utf-8") as out:
        out.write('<feed xmlns="urn:libcpsf:feed:1" id="urn:example:bench" version="1"'
                  ' issued="2025-01-01T00:00:00Z">\n')
        for node in range(NODES):
            out.write(f'<node key="urn:example:{node}" kind="company"/>\n')
        for tail, head, chance, day in edges:
            when = f' since="{moment(day)}" until="{moment(day + 1)}" delay="PT0S"' if instants else \
                f' criticality="{chance}"'
            out.write(f'<edge relation="supplies" from="urn:example:{tail}"'
                      f' to="urn:example:{head}"{when}/>\n')
        out.write("</feed>\n")


def ask(path, *options):
    policy = path.with_name("policy.xml")
    policy.write_text(POLICY, encoding="utf-8")
    begin = time.perf_counter()
    done = subprocess.run(
        [TOOL, "impact", "--incident", "urn:example:0", "--format", "json", "--quiet", "--threads",
         "1", "--policy", str(policy), "--no-findings", *options, str(path)],
        check=True, capture_output=True, text=True)
    return json.loads(done.stdout)["rows"], time.perf_counter() - begin


def report(name, worlds, seconds, mean):
    print(json.dumps({"bench": name, "seconds": round(seconds, 4), "rate": round(worlds / seconds, 1),
                      "unit": "worlds/s", "mean": round(mean, 2)}))
    return worlds / seconds


def ratio(name, value):
    print(json.dumps({"ratio": name, "value": round(value, 1)}))


def hold(name, ours, counts):
    """Ends the run if a mean of a peer is too far from ours."""
    mean = sum(counts) / len(counts)
    error = (sum((c - mean) ** 2 for c in counts) / (len(counts) - 1) / len(counts)) ** 0.5
    if abs(mean - ours) > SLACK * error + 0.01 * ours:
        sys.exit(f"peers-impact: {name} has {mean:.1f} +- {error:.1f} nodes, ours {ours:.1f}")
    return mean


def by_networkx(edges):
    import networkx

    graph = networkx.DiGraph()
    graph.add_weighted_edges_from((t, h, c) for t, h, c, _ in edges)
    rng = random.Random(1)
    counts = []
    begin = time.perf_counter()
    for _ in range(LOOP_WORLDS):
        seen, queue = {0}, deque([0])
        while queue:
            for _, head, chance in graph.out_edges(queue.popleft(), data="weight"):
                if head not in seen and rng.random() < chance:
                    seen.add(head)
                    queue.append(head)
        counts.append(len(seen))
    return counts, time.perf_counter() - begin


def by_ndlib(edges):
    import ndlib.models.epidemics as models
    import ndlib.models.ModelConfig as configs
    import networkx

    graph = networkx.DiGraph((t, h) for t, h, _, _ in edges)
    model = models.IndependentCascadesModel(graph)
    config = configs.Configuration()
    config.add_model_initial_configuration("Infected", [0])
    for tail, head, chance, _ in edges:
        config.add_edge_configuration("threshold", (tail, head), chance)
    model.set_initial_status(config)
    counts = []
    begin = time.perf_counter()
    for _ in range(NDLIB_WORLDS):
        model.reset(infected_nodes=[0])
        while model.iteration()["node_count"][1] > 0:
            pass
        counts.append(sum(status == 2 for status in model.status.values()))
    return counts, time.perf_counter() - begin


def by_raphtory(edges):
    from raphtory import Graph, algorithms

    graph = Graph()
    for tail, head, _, day in edges:
        graph.add_edge(day, tail, head)
    begin = time.perf_counter()
    found = algorithms.temporally_reachable_nodes(graph, NODES, START, [0])
    seconds = time.perf_counter() - begin
    return sum(bool(way["reachable_nodes"]) for _, way in found.items()), seconds


def main():
    edges = draw(7)
    with tempfile.TemporaryDirectory() as folder:
        feed = Path(folder) / "chances.xml"
        write_feed(feed, edges, False)
        rows, seconds = ask(feed, "--static", "--worlds", str(OUR_WORLDS), "--limit", "0")
        ours = sum(row["probability"] for row in rows if row["effect"] == "any")
        whole = report("cpsf impact, with reading the feed", OUR_WORLDS, seconds, ours)
        for name, peer in (("networkx", by_networkx), ("ndlib", by_ndlib)):
            if importlib.util.find_spec(name) is None:
                print(f"# {name} is not installed", file=sys.stderr)
                continue
            counts, took = peer(edges)
            rate = report(f"{name}, graph already built", len(counts), took, hold(name, ours, counts))
            ratio(f"cpsf with reading / {name}", whole / rate)
        write_feed(feed, edges, True)
        rows, seconds = ask(feed, "--worlds", "1", "--start", moment(START), "--limit", "0")
        reached = sum(row["effect"] == "any" and row["earliest"] is not None for row in rows)
        print(json.dumps({"bench": "cpsf impact, earliest arrival, with reading the feed",
                          "seconds": round(seconds, 4), "reached": reached}))
        if importlib.util.find_spec("raphtory") is None:
            print("# raphtory is not installed", file=sys.stderr)
            return
        found, took = by_raphtory(edges)
        print(json.dumps({"bench": "raphtory, graph already built", "seconds": round(took, 4),
                          "reached": found}))
        if found != reached:
            sys.exit("peers-impact: Raphtory reaches another number of nodes")
        ratio("raphtory / cpsf with reading", took / seconds)


if __name__ == "__main__":
    main()
