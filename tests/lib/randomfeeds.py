# SPDX-License-Identifier: GPL-2.0-or-later
"""Small random worlds for the anchor check: feeds in versions, a policy, and moments to ask about.

The same seed writes the same bytes.  Times come from a short list, and the moments asked about are
those times and the microseconds around them, so that every comparison of an interval is tried at
its edge.
"""

import os
import random
from xml.sax.saxutils import quoteattr

import reference
import reference_keys

TIMES = ["2024-02-29T00:00:00Z", "2024-03-01T00:00:00Z", "2025-01-01T00:00:00Z",
         "2025-02-28T00:00:00Z", "2025-06-30T12:00:00Z", "2025-07-01T00:00:00+09:00",
         "2026-01-01T00:00:00Z", "2026-01-31T00:00:00.5Z"]
SCHEMES = ["office", "office-weak", "product", "product-self", "origin", "cloud", "accredit-office",
           "accredit-all", "nonsense"]
STATUSES = ["valid", "valid-pending-renewal", "declared", "restricted", "pending", "suspended",
            "expired", "archived", "superseded", "revoked", "withdrawn", "annulled", "failed"]
KINDS = ["company", "person", "procedure", "place", "item", "device", "software", "system", "data"]
ASSURANCES = ["self", "second-party", "third-party", "cryptographic"]
LAYERS = ["1", "2", "3"]


def jcn(n):
    base = "999998%06d" % n
    return "jcn:%d%s" % (reference_keys.jcn_digit(base), base)


def lei(n):
    body = "999900RANDOM%06d" % n
    return "lei:" + body + reference_keys.lei_digits(body)


def gs1(scheme, body):
    return "%s:%s%d" % (scheme, body, reference_keys.gs1_digit(body))


def element(tag, **attributes):
    text = "".join(" %s=%s" % (name.rstrip("_"), quoteattr(str(value)))
                   for name, value in attributes.items() if value is not None)
    return "<%s%s" % (tag, text)


class World:
    """Keys with the kind that most feeds give them."""

    def __init__(self, rng):
        self.rng = rng
        self.kind = {}
        for n in range(rng.randint(3, 7)):
            self.kind[jcn(n)] = "company"
        for n in range(rng.randint(1, 4)):
            self.kind["giai:9521999R%03d" % n] = "device"
        self.kind["pkg:generic/random-example/tool@1.%d" % rng.randint(0, 9)] = "software"
        self.kind["urn:uuid:00000000-0000-4000-8000-000000000001"] = "system"
        self.kind["urn:uuid:00000000-0000-4000-8000-000000000002"] = "data"
        self.kind["urn:uuid:00000000-0000-4000-8000-000000000003"] = rng.choice(KINDS)
        self.keys = sorted(self.kind)
        self.companies = [key for key in self.keys if self.kind[key] == "company"]
        self.aliases = [lei(1), lei(2), gs1("gln", "952199900777"), "duns:150483782"]
        self.classes = [gs1("gtin", "0952199900123"),
                        "cpe:2.3:a:random_example:tool:1.0:*:*:*:*:*:*:*",
                        "cpe:2.3:a:random_example:tool:*:*:*:*:*:*:*:*"]
        self.stranger = jcn(99)  # nobody describes it
        # two companies may share an alias, and then are one
        self.alias_of = {key: rng.choice(self.aliases) for key in self.companies[:3]}
        self.serial = 0

    def any_key(self):
        return self.rng.choice(self.keys + [self.stranger])

    def interval(self, often=0.5):
        rng = self.rng
        ends = sorted(rng.sample(TIMES, 2), key=reference.parse_time)
        return (ends[0] if rng.random() < often else None,
                ends[1] if rng.random() < often else None)

    # one statement is a dict; `tag` and `children` are not attributes
    def node(self, key):
        rng = self.rng
        since, until = self.interval(0.15)
        kind = self.kind[key] if rng.random() < 0.9 else rng.choice(KINDS)
        layers = " ".join(sorted(rng.sample(LAYERS, rng.randint(1, 3))))
        children = []
        if rng.random() < 0.3 and key in self.alias_of:
            children.append({"tag": "alias", "key": self.alias_of[key]})
        if rng.random() < 0.3 and self.kind[key] in ("device", "software"):
            children.append({"tag": "alias", "key": rng.choice(self.classes)})
        return {"tag": "node", "key": key, "kind": kind, "since": since, "until": until,
                "name": rng.choice([None, "A & b", "名前", "Name"]),
                "layers": layers if rng.random() < 0.08 else None, "children": children}

    def edge(self):
        rng = self.rng
        since, until = self.interval(0.3)
        head = rng.choice(self.keys)
        tail = rng.choice(self.companies) if rng.random() < 0.6 else self.any_key()
        fitting = [name for name, (tails, heads) in reference.FITS.items()
                   if self.kind.get(tail) in tails and self.kind[head] in heads]
        relation = rng.choice(fitting or ["supplies"]) if rng.random() < 0.95 else "makes"
        return {"tag": "edge", "relation": relation, "from": tail, "to": head, "since": since,
                "until": until, "criticality": rng.choice([None, None, "0", "0.5", "1"]),
                "group": rng.choice([None, None, None, "cells"])}

    def evidence(self):
        rng = self.rng
        since, until = self.interval(0.4)
        subject = self.any_key() if rng.random() < 0.95 else jcn(98)
        layer = {"device": "2", "software": "3", "system": "3", "data": "3"}
        kind = self.kind.get(subject, "company")
        self.serial += 1
        scope = [rng.choice(self.keys) for _ in range(rng.randint(1, 2))]
        issuer = rng.choice(self.companies + [lei(1), None]) if rng.random() < 0.4 \
            else "https://root.example/"
        good = {"company": ["office", "accredit-office", "accredit-all"], "device": ["product"]}
        scheme = rng.choice(good.get(kind, ["origin", "cloud"])) if rng.random() < 0.8 \
            else rng.choice(SCHEMES)
        assurance = rng.choice(ASSURANCES + ["third-party"] * 5 + [None] * 3)
        return {"tag": "evidence", "subject": subject,
                "layer": layer.get(kind, "1") if rng.random() < 0.85 else rng.choice(LAYERS),
                "scheme": scheme, "id": "E-%03d" % self.serial, "issuer": issuer,
                "assurance": assurance or ("self" if scheme == "nonsense" else None),
                "status": rng.choice(STATUSES) if rng.random() < 0.3 else
                rng.choice([None, "valid"]),
                "since": since, "until": until,
                "scope": " ".join(scope) if rng.random() < 0.12 else None}

    def statement(self):
        draw = self.rng.random()
        if draw < 0.25:
            return self.node(self.rng.choice(self.keys))
        if draw < 0.6:
            return self.edge()
        return self.evidence()

    def change(self, statement):
        """The same said a little differently in the next version."""
        rng = self.rng
        changed = dict(statement)
        if changed["tag"] == "evidence" and rng.random() < 0.6:
            changed["status"] = rng.choice(STATUSES)
        elif changed["tag"] == "edge" and rng.random() < 0.5:
            changed["criticality"] = rng.choice(["0", "0.25", "1"])
        elif changed["since"] is None:
            changed["until"] = rng.choice([None] + TIMES)
        return changed

    def next_version(self, statements):
        rng = self.rng
        following = []
        for statement in statements:
            draw = rng.random()
            if draw < 0.7:
                following.append(statement)
            elif draw < 0.87:
                following.append(self.change(statement))
        following += [self.statement() for _ in range(rng.randint(0, 3))]
        rng.shuffle(following)
        return unique(following)


def unique(statements):
    """Without repetitions: a feed describes a node once, and which of two statements that differ only
    in `until` or status follows which one of the version before is left open by docs/semantics.md,
    section 3."""
    seen, kept = set(), []
    for statement in statements:
        name = tuple(str(value) for key, value in statement.items()
                     if key not in ("until", "status", "children"))
        if statement["tag"] == "node":
            name = statement["key"]
        if name not in seen:
            seen.add(name)
            kept.append(statement)
    return kept


def write_statement(statement):
    statement = dict(statement)
    tag, children = statement.pop("tag"), statement.pop("children", [])
    inside = "".join("    " + write_statement(child) for child in children)
    if inside:
        return "%s>\n%s  </%s>\n" % (element(tag, **statement), inside, tag)
    return element(tag, **statement) + "/>\n"


def write_feed(path, statements, **attributes):
    with open(path, "w", encoding="utf-8") as file:
        file.write('<?xml version="1.0" encoding="UTF-8"?>\n')
        file.write(element("feed", xmlns="urn:libcpsf:feed:1", **attributes) + ">\n")
        for statement in statements:
            file.write("  " + write_statement(statement))
        file.write("</feed>\n")


def write_policy(path, rng, companies):
    require = "".join(
        "    " + element("require", kind=kind, layer=layer, assurance=rng.choice(ASSURANCES[:3]))
        + "/>\n"
        for kind in KINDS for layer in LAYERS
        if kind in ("company", "device", "software", "system", "data") or rng.random() < 0.1)
    scheme = [
        element("scheme", id="office", layers="1", assurance="third-party",
                validity=rng.choice([None, None, "P1Y", "P1Y4M", "P398D"])),
        element("scheme", id="office-weak", layers="1", assurance="self"),
        element("scheme", id="product", layers="2", assurance="third-party",
                validity=rng.choice([None, None, "P2Y", "P1M"])),
        element("scheme", id="product-self", layers="2", assurance="self"),
        element("scheme", id="origin", layers="2 3", assurance="cryptographic"),
        element("scheme", id="cloud", layers="3", assurance="third-party", validity="P12M"),
        element("scheme", id="accredit-office", layers="1", assurance="third-party",
                accredits="office cloud origin"),
        element("scheme", id="accredit-all", layers="1", assurance="third-party",
                accredits="accredit-office product* origin"),
    ]
    roots = [("https://root.example/", rng.choice(["accredit-all office", "accredit-*", None])),
             (rng.choice(companies), rng.choice(["accredit-*", "office", "product origin", None])),
             (lei(1), "cloud")]
    with open(path, "w", encoding="utf-8") as file:
        file.write('<policy xmlns="urn:libcpsf:policy:1" name="random">\n')
        file.write('  <anchors replace="true">\n%s  </anchors>\n' % require)
        file.write('  <schemes replace="true">\n')
        file.write("".join("    %s/>\n" % text for text in scheme))
        file.write('  </schemes>\n  <roots replace="true">\n')
        file.write("".join("    %s/>\n" % element("issuer", key=key, schemes=schemes)
                           for key, schemes in roots))
        file.write('  </roots>\n  <relations>\n    %s/>\n  </relations>\n</policy>\n' %
                   element("relation", name=rng.choice(["supplies", "makes", "part-of"]),
                           criticality=rng.choice(["0", "1"])))


def write(folder, seed):
    """Writes one world; returns (feeds, policy, moments), the moments as microseconds."""
    rng = random.Random(seed)
    world = World(rng)
    feeds = []
    for number in range(rng.randint(2, 4)):
        statements = unique([world.statement() for _ in range(rng.randint(4, 12))]
                            + [world.node(key) for key in world.keys if rng.random() < 0.8])
        publisher = rng.choice(world.companies + [None])
        issued = sorted(rng.sample(TIMES, 3), key=reference.parse_time)
        for version in range(1, rng.randint(1, 3) + 1):
            path = os.path.join(folder, "feed-%d-%d.xml" % (number, version))
            write_feed(path, statements,
                       id="urn:uuid:00000000-0000-4000-9000-%012d" % number, version=version,
                       issued=issued[version - 1] if rng.random() < 0.9 else None,
                       publisher=publisher)
            feeds.append(path)
            statements = world.next_version(statements)
    rng.shuffle(feeds)
    policy = os.path.join(folder, "policy.xml")
    write_policy(policy, rng, world.companies)
    moments = [reference.parse_time(rng.choice(TIMES)) + rng.choice([-1, 0, 0, 1])
               for _ in range(2)]
    return feeds, policy, moments
