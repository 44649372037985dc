# SPDX-License-Identifier: GPL-2.0-or-later
"""Trust where there are too many chances to enumerate: an exact oracle in plain Python.

Own opinions, edges and groups are those of reference_trust.py.  Each plane of docs/semantics.md,
section 7, is solved once for all worlds: what makes a node fail is a Boolean function of the
chances, kept as a binary decision diagram.  The least solution is reached by starting at the nodes
that fail by themselves and applying section 6 until no function changes; diagrams are unique, so
equal functions are equal numbers.  Probabilities are fractions, so 0 and 1 are exact.

A node has one anchor per layer that it is in.  What is said of it in another layer (a company
handing in the label of its product) speaks for no anchor.
"""

from fractions import Fraction

from reference_trust import Opinion

NEVER, ALWAYS = 0, 1


class Diagram:
    """Boolean functions of independent chances, each function a number."""

    def __init__(self):
        self.chances = []                   # probability, by place
        self.parts = [None, None]           # (place, where it is not so, where it is so)
        self.number = {}                    # the other way round
        self.chosen = {}                    # answers of choose()
        self.known = {NEVER: Fraction(0), ALWAYS: Fraction(1)}

    def chance(self, probability):
        """A new event; a sure one is a constant."""
        if probability in (0, 1):
            return ALWAYS if probability else NEVER
        self.chances.append(Fraction(probability))
        return self._node(len(self.chances) - 1, NEVER, ALWAYS)

    def _node(self, place, low, high):
        if low == high:
            return low
        part = (place, low, high)
        if part not in self.number:
            self.number[part] = len(self.parts)
            self.parts.append(part)
        return self.number[part]

    def choose(self, condition, then, otherwise):
        """@then where @condition is so, @otherwise where it is not."""
        if condition in (NEVER, ALWAYS):
            return then if condition else otherwise
        if then == otherwise:
            return then
        asked = (condition, then, otherwise)
        if asked not in self.chosen:
            place = min(self.parts[f][0] for f in asked if f > ALWAYS)
            low, high = (self.choose(*(self._at(f, place, side) for f in asked)) for side in (1, 2))
            self.chosen[asked] = self._node(place, low, high)
        return self.chosen[asked]

    def _at(self, function, place, side):
        part = self.parts[function]
        return part[side] if part and part[0] == place else function

    def at_least(self, count, functions):
        """That @count of @functions are so."""
        row = [ALWAYS] + [NEVER] * count    # row[i]: at least i of those seen
        for function in functions:
            row = [ALWAYS] + [self.choose(function, fewer, same)
                              for fewer, same in zip(row, row[1:])]
        return row[count]

    def probability(self, function):
        if function not in self.known:
            place, low, high = self.parts[function]
            p = self.chances[place]
            self.known[function] = (1 - p) * self.probability(low) + p * self.probability(high)
        return self.known[function]


def own_opinions(reference, layer=0):
    """{key: Opinion} of a reference_trust.Trust, at one layer or for 0 at all of them together."""
    answer = {}
    for node in reference.nodes:
        belief = not_disbelief = Fraction(1)
        for each in reference.graph.layers[node]:
            if layer in (0, each):
                opinion = reference.own(node, each)
                belief *= opinion.belief
                not_disbelief *= 1 - opinion.disbelief
        answer[node] = Opinion(belief, 1 - not_disbelief, not_disbelief - belief)
    return answer


def _plane(reference, fails_alone, plane):
    """{node: probability that it fails}; @fails_alone: {node: probability}."""
    diagram = Diagram()
    own = {node: diagram.chance(p) for node, p in fails_alone.items()}
    felt = [diagram.chance(edge[3]) for edge in reference.edges]
    required = {node: [] for node in own}
    groups = {name: [] for name in reference.need}
    for (tail, head, group, _), bit in zip(reference.edges, felt):
        (required[head] if group is None else groups[head, group]).append((tail, bit))

    fails = dict.fromkeys(own, NEVER)

    def reached(edges):
        return [diagram.choose(bit, fails[tail], NEVER) for tail, bit in edges]

    while True:
        more = {node: diagram.at_least(1, [own[node], *reached(required[node])]) for node in own}
        for (node, name), need in reference.need.items():
            edges = groups[node, name]
            short = max(need - len(edges), 0)
            missing = [ALWAYS] * short if plane == 1 else []
            failed = diagram.at_least(len(edges) + short - need + 1, reached(edges) + missing)
            more[node] = diagram.at_least(1, [more[node], failed])
        if more == fails:
            return {node: diagram.probability(function) for node, function in fails.items()}
        fails = more


def trust(reference, layer=0):
    """{key: (belief, disbelief)}, fractions, of a reference_trust.Trust."""
    own = own_opinions(reference, layer)
    first = _plane(reference, {node: 1 - own[node].belief for node in own}, 1)
    second = _plane(reference, {node: own[node].disbelief for node in own}, 2)
    return {node: (1 - first[node], second[node]) for node in own}


def weakest(reference, layer=0):
    """{key: the least own expected trust among a node and all that it relies on}."""
    suppliers = {node: set() for node in reference.nodes}
    for tail, head, _, _ in reference.edges:
        suppliers[head].add(tail)
    own = own_opinions(reference, layer)
    least = {}
    for node in reference.nodes:
        upstream, todo = {node}, [node]
        while todo:
            found = suppliers[todo.pop()] - upstream
            upstream |= found
            todo += found
        least[node] = min(own[x].belief + own[x].uncertainty / 2 for x in upstream)
    return least
