# SPDX-License-Identifier: GPL-2.0-or-later
"""Trust once more, in plain Python: an oracle for `cpsf trust --method exact`.

Written from docs/semantics.md (the own opinion of section 5, sections 6 and 7) on top of
reference.py, and as slow: every outcome of every chance event, one by one, and for each the least
solution by applying the definition until nothing more fails.  Own opinions are fractions.
"""

import itertools
import math
import xml.etree.ElementTree as ET
from collections import namedtuple
from fractions import Fraction

import reference

Opinion = namedtuple("Opinion", "belief disbelief uncertainty")
CERTAIN = Opinion(Fraction(1), Fraction(0), Fraction(0))
IGNORANT = Opinion(Fraction(0), Fraction(0), Fraction(1))

# ---------------------------------------------------------------- section 5: own opinions

WEIGHT = {1: 2, 2: 6, 3: 18}  # by effective assurance: self, second-party, third and cryptographic
REFUTING_WEIGHT = 18


def scheme_weights(policy_text):
    """{scheme: weight} of the schemes that state one."""
    return {e.get("id"): Fraction(e.get("weight"))
            for e in ET.fromstring(policy_text).iter(reference.POLICY + "scheme")
            if e.get("weight")}


class Trust:
    """Own opinions, and what they make of trust, at the moment of @check."""

    def __init__(self, check, policy_text):
        self.check, self.graph, self.at = check, check.graph, check.at
        self.weights = scheme_weights(policy_text)
        self.nodes = sorted((node for node in self.graph.nodes
                             if self.graph.node_holds(node, self.at)), key=str.encode)
        self._find_edges()
        self._find_groups()

    def _counted_items(self, node, layer):
        """(r, s, how many) of the evidence that passes and that refutes."""
        r = s = count = 0
        stated = set()
        for row in self.check.items[node]:
            reasons = self.check.reasons(row, layer)
            name = tuple(str(row[key]) for key in ("scheme", "id", "layer", "issuer", "scope",
                                                   "assurance", "status", "since", "until"))
            if (reasons and not set(reasons) <= reference.REFUTING) or name in stated:
                continue
            stated.add(name)
            count += 1
            if reasons:
                s += REFUTING_WEIGHT
            else:
                weight = WEIGHT[self.check.assurance(row)]
                r += self.weights.get(row["scheme"], weight)
        return Fraction(r), Fraction(s), count

    def _counted_opinions(self, node, layer):
        """One per assessor, the newest, of those that count."""
        newest = {}
        for row in self.graph.rows["opinion"]:
            assessor = row["assessor"] and self.graph.node_of(row["assessor"])
            if row["node"] != node or int(row["layer"]) != layer \
                    or not reference.holds(row, self.at):
                continue
            if assessor not in self.check.trusted["assessment"] or assessor == node \
                    or (assessor, node) in self.check.ties:
                continue
            if assessor not in newest or row["since"] > newest[assessor]["since"]:
                newest[assessor] = row
        return [Opinion(*(Fraction(row[name]) for name in Opinion._fields))
                for row in newest.values()]

    def own_at(self, node, layer):
        if self.graph.kind[node] == "unknown":
            return IGNORANT if layer == 1 else CERTAIN
        r, s, count = self._counted_items(node, layer)
        opinions = self._counted_opinions(node, layer)
        dogmatic = [o for o in opinions if o.uncertainty == 0]
        if dogmatic:
            return Opinion(sum(o.belief for o in dogmatic) / len(dogmatic),
                           sum(o.disbelief for o in dogmatic) / len(dogmatic), Fraction(0))
        if not count and not opinions:
            asked = layer in self.graph.layers[node] and self.check.is_asked(node, layer)
            return IGNORANT if asked else CERTAIN
        r += sum(2 * o.belief / o.uncertainty for o in opinions)
        s += sum(2 * o.disbelief / o.uncertainty for o in opinions)
        return Opinion(r / (r + s + 2), s / (r + s + 2), 2 / (r + s + 2))

    def own(self, node, layer):
        """At one layer, or for 0 at all of them together."""
        belief = not_disbelief = Fraction(1)
        for each in (layer,) if layer else (1, 2, 3):
            opinion = self.own_at(node, each)
            belief *= opinion.belief
            not_disbelief *= 1 - opinion.disbelief
        return Opinion(belief, 1 - not_disbelief, not_disbelief - belief)

    # ------------------------------------------------------------ section 6: worlds

    def _find_edges(self):
        """[(from, to, group or None, c)] of reliance."""
        self.edges = []
        for (tail, head, relation, group), row in sorted(self.check.edges.items(), key=str):
            if relation != "vouches":
                c = row["criticality"]
                c = self.check.policy.criticality.get(relation, 1) if c is None else c
                self.edges.append((tail, head, group, Fraction(c)))

    def _find_groups(self):
        """{(node, name): need}: declared ones, and those that one of their edges makes."""
        rows = sorted((row for row in self.graph.rows["group"]
                       if reference.holds(row, self.at) and row["node"] in self.nodes),
                      key=lambda row: self.graph._authority(row, row["node"]))
        self.need = {}
        for row in rows:
            self.need.setdefault((row["node"], row["name"]), int(row["need"] or 1))
        for _, head, group, _ in self.edges:
            if group is not None:
                self.need.setdefault((head, group), 1)

    def _failing(self, by_itself, felt, plane):
        """The least set of nodes closed under failing."""
        fails = set(by_itself)
        while True:
            more = set(fails)
            for (tail, head, group, _), is_felt in zip(self.edges, felt):
                if group is None and is_felt and tail in fails:
                    more.add(head)
            for (node, name), k in self.need.items():
                members = [(edge[0], is_felt) for edge, is_felt in zip(self.edges, felt)
                           if edge[1] == node and edge[2] == name]
                failed = sum(1 for tail, is_felt in members if is_felt and tail in fails)
                if plane == 1:
                    failed += max(k - len(members), 0)
                if failed >= max(len(members), k) - k + 1:
                    more.add(node)
            if more == fails:
                return fails
            fails = more

    def _outcomes(self, layer):
        """For every node (0 works, 1 unknown, 2 fails) and every edge (felt): its outcomes with
        their probabilities, those of probability 0 left out."""
        outcomes = []
        for node in self.nodes:
            own = self.own(node, layer)
            outcomes.append([(value, float(p)) for value, p in
                             ((0, own.belief), (1, own.uncertainty), (2, own.disbelief)) if p > 0])
        for edge in self.edges:
            c = edge[3]
            outcomes.append([(value, float(p)) for value, p in ((False, 1 - c), (True, c)) if p > 0])
        return outcomes

    def count_outcomes(self, layer):
        return math.prod(len(each) for each in self._outcomes(layer))

    # ------------------------------------------------------------ section 7: trust

    def rows(self, layer):
        """{key: (belief, disbelief)} of `cpsf trust --method exact`."""
        works = {node: [] for node in self.nodes}
        broken = {node: [] for node in self.nodes}
        for world in itertools.product(*self._outcomes(layer)):
            weight = math.prod(p for _, p in world)
            shown = [value for value, _ in world[:len(self.nodes)]]
            felt = [value for value, _ in world[len(self.nodes):]]
            for plane, least in ((1, 1), (2, 2)):
                by_itself = [node for node, value in zip(self.nodes, shown) if value >= least]
                fails = self._failing(by_itself, felt, plane)
                for node in self.nodes:
                    if plane == 1 and node not in fails:
                        works[node].append(weight)
                    if plane == 2 and node in fails:
                        broken[node].append(weight)
        return {node: (math.fsum(works[node]), math.fsum(broken[node])) for node in self.nodes}


def trust(paths, policy_text, at):
    """A Trust at the microsecond @at."""
    graph = reference.Graph([reference.Feed(path) for path in paths])
    return Trust(reference.Check(graph, reference.Policy(policy_text), at), policy_text)
