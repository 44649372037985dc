# SPDX-License-Identifier: GPL-2.0-or-later
"""Small random worlds for trust: few chance events, and everything that decides how they add up.

Circles, groups with and without a declaration, suppliers in common, criticalities, opinions of
assessors who are trusted, accredited, unknown or self, opinions that end, evidence that passes,
refutes or does neither, versions.  The same seed writes the same bytes.
"""

import os
import random

import reference
from randomfeeds import element, jcn, write_feed

TIMES = ["2024-03-01T00:00:00Z", "2025-01-01T00:00:00Z", "2025-07-01T00:00:00+09:00",
         "2026-01-01T00:00:00Z"]
NOW = reference.parse_time("2025-03-15T00:00:00Z")
ROOT, JUDGE, STRANGER = ("https://root.example/", "https://judge.example/",
                         "https://stranger.example/")
KINDS = ["company", "company", "company", "device", "software", "data", "system"]
LAYER = {"company": "1", "device": "2", "software": "3", "data": "3", "system": "3"}
OPINIONS = [("0.7", "0.1", "0.2"), ("0.25", "0.5", "0.25"), ("0.9", "0", "0.1"),
            ("0.5", "0.5", "0"), ("1", "0", "0"), ("0.75", "0.25", "0"), ("0", "0.75", "0.25"),
            ("1", "0", "0"), ("0", "1", "0"), ("0.125", "0.125", "0.75")]


class World:
    def __init__(self, rng):
        self.rng = rng
        self.keys = [jcn(n) for n in range(rng.randint(4, 8))]
        self.kind = {key: rng.choice(KINDS) for key in self.keys}
        self.kind[self.keys[0]] = "company"
        self.stranger = jcn(99)  # nobody describes it
        self.serial = 0

    def interval(self, often):
        rng = self.rng
        since, until = sorted(rng.sample(TIMES, 2), key=reference.parse_time)
        return (since if rng.random() < often else None, until if rng.random() < often else None)

    def layer(self, key):
        return "3" if self.kind[key] == "device" and self.rng.random() < 0.3 \
            else LAYER[self.kind[key]]

    def opinion(self, key, assessor):
        since, until = self.interval(0.25)
        belief, disbelief, uncertainty = self.rng.choice(OPINIONS)
        return {"tag": "opinion", "layer": self.layer(key), "belief": belief,
                "disbelief": disbelief, "uncertainty": uncertainty, "assessor": assessor,
                "since": since, "until": until}

    def assessors(self):
        """Each at most once, so that nothing hangs on which opinion is the newest."""
        pool = [ROOT, ROOT, JUDGE, JUDGE, STRANGER, self.keys[0], self.keys[-1]]
        return sorted(set(self.rng.sample(pool, self.rng.choice([0, 1, 1, 1, 2, 2]))))

    def node(self, key):
        return {"tag": "node", "key": key, "kind": self.kind[key],
                "layers": "2 3" if self.kind[key] == "device" else None,
                "children": [self.opinion(key, assessor) for assessor in self.assessors()]}

    def edge(self):
        rng = self.rng
        tail, head = rng.choice(self.keys + [self.stranger]), rng.choice(self.keys)
        kinds = self.kind.get(tail, "company"), self.kind[head]
        fitting = [name for name, (tails, heads) in reference.FITS.items()
                   if kinds[0] in tails and kinds[1] in heads]
        since, until = self.interval(0.2)
        return {"tag": "edge", "relation": rng.choice(fitting or ["vouches"]), "from": tail,
                "to": head, "since": since, "until": until,
                "criticality": rng.choice([None, "0", "1", "0.5", "0.3", "0.25"]),
                "group": rng.choice([None, None, "g", "g", "h"])}

    def evidence(self):
        rng = self.rng
        self.serial += 1
        subject = rng.choice(self.keys)
        since, until = self.interval(0.2)
        return {"tag": "evidence", "subject": subject, "layer": self.layer(subject),
                "scheme": rng.choice(["good", "weighed", "accredit"]), "id": "E-%d" % self.serial,
                "issuer": rng.choice([ROOT, ROOT, self.keys[0], STRANGER]),
                "assurance": rng.choice([None, "self", "second-party", "third-party"]),
                "status": rng.choice([None, "valid", "failed", "revoked", "expired"]),
                "since": since, "until": until}

    def group(self):
        return {"tag": "group", "node": self.rng.choice(self.keys),
                "name": self.rng.choice(["g", "g", "h"]), "need": str(self.rng.randint(1, 3))}


def write_policy(path, rng):
    require = "".join("    %s/>\n" % element("require", kind=kind, layer=layer, assurance="self")
                      for kind, layer in (("company", "1"), ("device", "2"), ("device", "3"),
                                          ("software", "3"), ("data", "3")))
    scheme = [
        element("scheme", id="good", layers="1 2 3", assurance="third-party"),
        element("scheme", id="weighed", layers="1 2 3", assurance="third-party", weight="7.5"),
        element("scheme", id="assessment", layers="1 2 3", assurance="third-party"),
        element("scheme", id="accredit", layers="1", assurance="third-party",
                accredits="assessment good"),
    ]
    with open(path, "w", encoding="utf-8") as file:
        file.write('<policy xmlns="urn:libcpsf:policy:1" name="random">\n')
        file.write('  <anchors replace="true">\n%s  </anchors>\n' % require)
        file.write('  <schemes replace="true">\n')
        file.write("".join("    %s/>\n" % text for text in scheme))
        file.write('  </schemes>\n  <roots replace="true">\n    %s/>\n    %s/>\n  </roots>\n' % (
            element("issuer", key=ROOT), element("issuer", key=JUDGE, schemes="assessment")))
        file.write("  <relations>\n    %s/>\n  </relations>\n</policy>\n" %
                   element("relation", name="supplies", criticality=rng.choice(["1", "0.75"])))


def write(folder, seed):
    """Writes one world; returns (feeds, policy, moment), the moment as microseconds."""
    rng = random.Random(seed)
    world = World(rng)
    nodes = [world.node(key) for key in world.keys]
    others = [world.edge() for _ in range(rng.randint(6, 16))]
    others += [world.evidence() for _ in range(rng.randint(2, 8))]
    others += [world.group() for _ in range(rng.randint(0, 2))]
    feeds = []
    for number in range(2):
        statements = [s for i, s in enumerate(nodes + others) if i % 2 == number]
        for version in range(1, rng.randint(1, 2) + 1):
            path = os.path.join(folder, "feed-%d-%d.xml" % (number, version))
            write_feed(path, statements, version=version, issued=TIMES[version - 1],
                       id="urn:uuid:00000000-0000-4000-9100-%012d" % number,
                       publisher=rng.choice(world.keys + [None]))
            feeds.append(path)
            statements = [s for s in statements if rng.random() < 0.85 or s["tag"] == "node"]
    rng.shuffle(feeds)
    policy = os.path.join(folder, "policy.xml")
    write_policy(policy, rng)
    return feeds, policy, NOW
