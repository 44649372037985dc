# SPDX-License-Identifier: GPL-2.0-or-later
"""The anchor check once more, in plain Python: an oracle for `cpsf check`.

Written from docs/semantics.md (sections 1 to 5 and the `relying` of section 9) and from the page on
formats, not from the library, and slow on purpose: every rule is one loop over sets, so that it can
be held against the page line by line.  It reads feeds of our own format and the policy that
`cpsf policy` prints.
"""

import calendar
import hashlib
import re
import xml.etree.ElementTree as ET
from collections import defaultdict, namedtuple
from datetime import datetime, timedelta, timezone

from reference_keys import is_authority, is_class, is_good_key, is_wildcard, rank

FEED = "{urn:libcpsf:feed:1}"
POLICY = "{urn:libcpsf:policy:1}"
XML = "{http://www.w3.org/XML/1998/namespace}"

BEFORE = float("-inf")  # always before
FOREVER = float("inf")

# ---------------------------------------------------------------- section 1: nodes

DEFAULT_LAYER = {
    "company": 1, "person": 1, "procedure": 1, "place": 1, "item": 1, "unknown": 1,
    "device": 2, "software": 3, "system": 3, "data": 3,
}
ORIGINS = {"makes", "operates", "senses", "derives", "feeds"}

# ---------------------------------------------------------------- section 2: relations

ANY = set(DEFAULT_LAYER) - {"unknown"}
THINGS = {"item", "device", "software", "data"}
FITS = {
    "supplies": ({"company"}, THINGS | {"company", "system"}),
    "owns": ({"company"}, THINGS | {"company", "place", "system"}),
    "makes": ({"company"}, THINGS | {"system", "procedure"}),
    "operates": ({"company", "person"}, {"place", "device", "software", "system", "data"}),
    "maintains": ({"company", "person"}, {"device", "software", "system", "data"}),
    "acts-for": ({"person"}, {"company"}),
    "governs": ({"procedure"}, ANY),
    "part-of": (THINGS, THINGS | {"system"}),
    "used-by": ({"software", "data", "system"}, {"software", "data", "system", "device"}),
    "hosts": ({"place", "device", "system"}, {"device", "software", "system", "data", "item"}),
    "senses": ({"device"}, {"data"}),
    "drives": ({"data", "software", "system"}, {"device"}),
    "feeds": ({"data", "system", "software", "device"}, {"data", "system", "software"}),
    "derives": ({"data", "software"}, {"data", "software"}),
    "vouches": (ANY, ANY),
}

# ---------------------------------------------------------------- section 3: time

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def parse_time(text):
    """Microseconds since 1970, or one of the two unbounded times."""
    if text.startswith("9999"):
        return FOREVER
    time = datetime.fromisoformat(text.replace("Z", "+00:00"))
    if time.tzinfo is None:
        time = time.replace(tzinfo=timezone.utc)
    return (time - EPOCH) // timedelta(microseconds=1)


def format_time(time):
    if time in (BEFORE, FOREVER):
        return None
    text = (EPOCH + timedelta(microseconds=time)).strftime("%Y-%m-%dT%H:%M:%S.%f")
    return re.sub(r"\.?0+$", "", text) + "Z" if "." in text and not text.endswith(".000000") \
        else text[:19] + "Z"


PERIOD = re.compile(r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?"
                    r"(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$")


def add_period(time, text):
    """Calendar addition in UTC; a day that a month lacks becomes its last one."""
    if time in (BEFORE, FOREVER):
        return time
    years, months, weeks, days, hours, minutes, seconds = (
        int(part or 0) for part in PERIOD.match(text).groups())
    moment = EPOCH + timedelta(microseconds=time)
    month = moment.month - 1 + months + 12 * years
    year, month = moment.year + month // 12, month % 12 + 1
    if year > 9998:
        return FOREVER
    day = min(moment.day, calendar.monthrange(year, month)[1])
    moment = moment.replace(year=year, month=month, day=day)
    moment += timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
    return (moment - EPOCH) // timedelta(microseconds=1)


def holds(row, at):
    return row["since"] <= at < row["until"]


# ---------------------------------------------------------------- reading

def _interval(element):
    since = parse_time(element.get("since")) if element.get("since") else BEFORE
    until = parse_time(element.get("until")) if element.get("until") else FOREVER
    return since, until


def _row(table, element, names, **values):
    """One statement: `said` is when in valid time the feed says it; versions narrow it."""
    since, until = _interval(element)
    row = {name: element.get(name) for name in names}
    row.update(values)
    row.update(table=table, since=since, until=until, said=(BEFORE, FOREVER))
    return row


def _is_good_row(row):
    keys = [row.get(name) for name in ("key", "from", "to", "subject", "node", "alias", "issuer")]
    return all(is_good_key(key) for key in keys if key) and row["since"] < row["until"]


class Feed:
    """What one document of our own format says."""

    def __init__(self, path):
        with open(path, "rb") as file:
            data = file.read()
        root = ET.fromstring(data)
        self.digest = hashlib.sha256(data).hexdigest()
        self.id = root.get("id") or "urn:sha256:" + self.digest
        self.version = int(root.get("version") or 1)
        self.issued = parse_time(root.get("issued")) if root.get("issued") else BEFORE
        self.publisher = root.get("publisher")
        rows = []
        for element in root:
            rows += self._read(element)
        self.rows = []
        for line, row in enumerate(rows):
            if _is_good_row(row):
                row.update(feed=self, line=line)
                self.rows.append(row)

    def _read(self, element):
        tag = element.tag.replace(FEED, "")
        if tag == "node":
            return self._read_node(element)
        if tag == "edge":
            return [_row("edge", element, ("relation", "from", "to", "criticality", "delay", "group"))]
        if tag == "evidence":
            return [_row("evidence", element, ("subject", "layer", "scheme", "id", "issuer",
                                               "assurance", "scope"),
                         status=element.get("status") or "valid")]
        if tag == "group":
            return [_row("group", element, ("node", "name", "need"))]
        if tag == "incident":
            return [_row("incident", element, ("id", "node", "effect"))]
        if tag == "completeness":
            return [_row("completeness", element, ("node", "of", "state"))]
        return []

    def _read_node(self, element):
        key = element.get("key")
        rows = [_row("node", element, ("key", "kind", "name", "layers", "class"))]
        for child in element:
            tag = child.tag.replace(FEED, "")
            if tag == "alias":
                rows.append(_row("alias", child, (), node=key, alias=child.get("key")))
            elif tag == "opinion":
                rows.append(_row("opinion", child, ("layer", "belief", "disbelief", "uncertainty",
                                                    "assessor"), node=key))
            elif tag == "consequence":
                rows.append(_row("consequence", child, ("recovery", "economic", "loss", "currency",
                                                        "downtime"), node=key))
        return rows


# ---------------------------------------------------------------- section 3: versions

def apply_versions(feeds):
    """Feeds in order of (id, version, digest) -> the rows that are left, narrowed in time."""
    rows = []
    accepted = {}
    for feed in sorted(feeds, key=lambda f: (f.id.encode(), f.version, f.digest)):
        current = accepted.get(feed.id)
        if current and any(v == feed.version for v, _ in current["seen"]):
            continue  # unchanged; the random feeds never equivocate
        if not current:
            current = accepted[feed.id] = {"seen": set(), "rows": []}
        current["rows"] = _supersede(current["rows"], feed, rows)
        current["seen"].add((feed.version, feed.digest))
    for current in accepted.values():
        rows += current["rows"]
    return [row for row in rows
            if row["since"] < row["until"] and row["said"][0] < row["said"][1]]


def _supersede(before, feed, ended):
    """Rows in force after @feed; what it ends goes to @ended unless it never began."""
    moment = feed.issued
    after = []
    kept = set()
    for row in feed.rows:
        row["since_stated"], row["until_stated"] = row["since"], row["until"]
        old = [r for r in before if _stated(r) == _stated(row)]
        if old:
            for same in old:
                if id(same) not in kept:  # said again: it goes on, on this version's word
                    same.update(feed=feed, line=row["line"])
                    after.append(same)
                    kept.add(id(same))
            continue
        if any(_stated(r, "until", "status") == _stated(row, "until", "status") for r in before):
            _begin(row, moment)
        after.append(row)
    for row in before:
        if id(row) not in kept:
            again = any(_stated(r, "until", "status") == _stated(row, "until", "status")
                        for r in feed.rows)
            if _end(row, moment, again):
                ended.append(row)
    return after


def _stated(row, *but):
    values = {name: value for name, value in row.items()
              if name not in ("feed", "line", "said", "since", "until",
                              "since_stated", "until_stated")}
    values["since"], values["until"] = row["since_stated"], row["until_stated"]
    return tuple(sorted((name, str(value)) for name, value in values.items() if name not in but))


def _begin(row, moment):
    """A row that replaces another counts from @moment only."""
    if row["table"] == "evidence":
        row["said"] = (moment, row["said"][1])
    else:
        row["since"] = max(row["since"], moment)


def _end(row, moment, is_replaced):
    """Ends @row at @moment; False if nothing of it is left."""
    if row["since"] >= moment:
        return False  # it had not begun: withdrawn
    if row["table"] == "evidence" and is_replaced:
        row["said"] = (row["said"][0], min(row["said"][1], moment))
        return True
    row["until"] = min(row["until"], moment)
    return True


# ---------------------------------------------------------------- section 4: identity

class Graph:
    """What was known: nodes under their first key, rows with keys resolved."""

    def __init__(self, feeds):
        self.rows = defaultdict(list)
        for row in apply_versions(feeds):
            self.rows[row["table"]].append(row)
        self._unite()
        self._describe()
        self.edges = [row for row in self.rows["edge"] if self._fits(row)]

    def _unite(self):
        stated = defaultdict(set)
        for row in self.rows["node"]:
            stated[row["key"]].add(row["kind"])
        self.parent = {}
        for row in self.rows["alias"]:
            node, alias = row["node"], row["alias"]
            if not is_authority(alias) or is_wildcard(alias):
                continue
            kinds = stated[node] | stated[alias]
            if is_class(alias) and kinds & {"device", "item"}:
                continue
            self.parent.setdefault(self._root(node), self._root(node))
            self.parent[self._root(node)] = self._root(alias)
        sets = defaultdict(set)
        for key in list(self.parent):
            sets[self._root(key)] |= {key, self._root(key)}
        self.name_of = {key: min(keys, key=rank) for keys in sets.values() for key in keys}

    def _root(self, key):
        while self.parent.get(key, key) != key:
            key = self.parent[key]
        return key

    def node_of(self, key):
        return self.name_of.get(key, key)

    def _authority(self, row, *owners):
        """Less is more authoritative."""
        publisher = row["feed"].publisher
        place = len(owners)
        for i, owner in enumerate(owners):
            if publisher and self.node_of(publisher) == owner:
                place = min(place, i)
        return place, -row["feed"].issued, row["feed"].id.encode(), row["line"]

    def _describe(self):
        self.nodes = set()
        for table, names in (("edge", ("from", "to")), ("evidence", ("subject",)),
                             ("opinion", ("node",)), ("group", ("node",)), ("incident", ("node",)),
                             ("consequence", ("node",)), ("completeness", ("node",)),
                             ("alias", ("node",)), ("node", ("key",))):
            for row in self.rows[table]:
                for name in names:
                    row[name] = self.node_of(row[name])
                    self.nodes.add(row[name])
        self.node_rows = defaultdict(list)
        for row in self.rows["node"]:
            self.node_rows[row["key"]].append(row)
        self.kind, self.name, self.layers = {}, {}, {}
        for node in self.nodes:
            rows = sorted(self.node_rows[node], key=lambda row: self._authority(row, node))
            self.kind[node] = rows[0]["kind"] if rows else "unknown"
            self.name[node] = next((row["name"] for row in rows if row["name"]), None)
            layers = {int(layer) for row in rows for layer in (row["layers"] or "").split()}
            self.layers[node] = sorted(layers or {DEFAULT_LAYER[self.kind[node]]})

    def _fits(self, row):
        if row["from"] == row["to"]:
            return False
        tails, heads = FITS[row["relation"]]
        ends = ((self.kind[row["from"]], tails), (self.kind[row["to"]], heads))
        return all(kind == "unknown" or kind in allowed for kind, allowed in ends)

    def node_holds(self, node, at):
        rows = self.node_rows[node]
        return not rows or any(holds(row, at) for row in rows)

    def edges_at(self, at):
        """(from, to, relation, group) -> the row that counts at @at."""
        edges = {}
        for row in sorted(self.edges, key=lambda row: self._authority(row, row["from"], row["to"])):
            if holds(row, at) and self.node_holds(row["from"], at) and self.node_holds(row["to"], at):
                edges.setdefault((row["from"], row["to"], row["relation"], row["group"]), row)
        return edges


# ---------------------------------------------------------------- policy

Scheme = namedtuple("Scheme", "layers assurance validity accredits")


def _names(patterns, scheme):
    return any(scheme == pattern or (pattern.endswith("*") and scheme.startswith(pattern[:-1]))
               for pattern in patterns)


class Policy:
    def __init__(self, text):
        root = ET.fromstring(text)
        self.require = {
            (e.get("kind"), int(e.get("layer"))): (e.get("assurance") or "self",
                                                   e.get("signed") == "true")
            for e in root.iter(POLICY + "require")}
        self.schemes = {
            e.get("id"): Scheme({int(layer) for layer in e.get("layers").split()},
                                e.get("assurance"), e.get("validity"),
                                (e.get("accredits") or "").split())
            for e in root.iter(POLICY + "scheme")}
        self.roots = [(e.get("key"), e.get("schemes").split() if e.get("schemes") else ["*"])
                      for e in root.iter(POLICY + "issuer")]
        self.criticality = {e.get("name"): float(e.get("criticality") or 1)
                            for e in root.iter(POLICY + "relation")}


# ---------------------------------------------------------------- section 5: anchors and evidence

STRENGTH = {"self": 1, "second-party": 2, "third-party": 3, "cryptographic": 3}
REASONS = ["wrong-layer", "unknown-scheme", "not-yet-valid", "expired", "pending", "suspended",
           "revoked", "annulled", "failed", "wrong-scope", "weak-assurance", "untrusted-issuer",
           "unsigned", "bad-signature", "untrusted-signer"]
REASON_OF_STATUS = {
    "pending": "pending", "suspended": "suspended", "expired": "expired", "archived": "expired",
    "superseded": "expired", "revoked": "revoked", "withdrawn": "revoked", "annulled": "annulled",
    "failed": "failed",
}
REFUTING = {"revoked", "annulled", "failed"}
TIES = {"makes", "supplies", "owns", "operates", "maintains"}


class Check:
    """Every anchor that @policy asks for at @at."""

    def __init__(self, graph, policy, at):
        self.graph, self.policy, self.at = graph, policy, at
        self.edges = graph.edges_at(at)
        self.ties = {(tail, head) for tail, head, relation, _ in self.edges if relation in TIES}
        self.wholes = defaultdict(set)
        for tail, head, relation, _ in self.edges:
            if relation == "part-of":
                self.wholes[tail].add(head)
        self.items = defaultdict(list)
        for row in graph.rows["evidence"]:
            if row["said"][0] <= at < row["said"][1] and graph.node_holds(row["subject"], at):
                self.items[row["subject"]].append(row)
        self._trust()

    def _roots(self, scheme):
        return {self.graph.node_of(key) for key, schemes in self.policy.roots
                if _names(schemes, scheme)}

    def _trust(self):
        schemes = {row["scheme"] for rows in self.items.values() for row in rows} | {"assessment"}
        roots = {scheme: self._roots(scheme) for scheme in schemes}
        self.trusted = roots
        for _ in range(8):
            following = {scheme: set(keys) for scheme, keys in roots.items()}
            for node, rows in self.items.items():
                if self.graph.kind[node] != "company":
                    continue
                for row in rows:
                    rule = self.policy.schemes.get(row["scheme"])
                    if int(row["layer"]) != 1 or not rule or self.reasons(row, 1):
                        continue
                    for scheme in schemes:
                        if _names(rule.accredits, scheme):
                            following[scheme].add(node)
            self.trusted = following

    def assurance(self, row):
        rule = self.policy.schemes.get(row["scheme"])
        scheme = rule.assurance if rule else None
        ranks = [STRENGTH[name] for name in (row["assurance"], scheme) if name]
        issuer = row["issuer"] and self.graph.node_of(row["issuer"])
        if issuer and (issuer == row["subject"] or (issuer, row["subject"]) in self.ties):
            ranks.append(STRENGTH["self"])
        return min(ranks, default=0)

    def until(self, row):
        rule = self.policy.schemes.get(row["scheme"])
        if rule and rule.validity:
            return min(row["until"], add_period(row["since"], rule.validity))
        return row["until"]

    def _in_scope(self, row):
        if not row["scope"]:
            return True
        keys = {self.graph.node_of(key) for key in row["scope"].split()}
        reached, queue = {row["subject"]}, [row["subject"]]
        while queue:
            for whole in self.wholes[queue.pop()] - reached:
                reached.add(whole)
                queue.append(whole)
        return bool(keys & reached)

    def reasons(self, row, layer):
        """Why @row does not pass as evidence of its subject's anchor at @layer."""
        rule = self.policy.schemes.get(row["scheme"])
        strength = self.assurance(row)
        found = set()
        if int(row["layer"]) != layer or (rule and layer not in rule.layers):
            found.add("wrong-layer")
        if not rule:
            found.add("unknown-scheme")
        if self.at < row["since"]:
            found.add("not-yet-valid")
        if self.at >= self.until(row):
            found.add("expired")
        if row["status"] in REASON_OF_STATUS:
            found.add(REASON_OF_STATUS[row["status"]])
        if not self._in_scope(row):
            found.add("wrong-scope")
        asked, is_signed = self.policy.require.get((self.graph.kind[row["subject"]], layer),
                                                   (None, False))
        if asked and strength < STRENGTH[asked]:
            found.add("weak-assurance")
        issuer = row["issuer"] and self.graph.node_of(row["issuer"])
        if strength != STRENGTH["self"] and issuer not in self.trusted[row["scheme"]]:
            found.add("untrusted-issuer")
        if is_signed:
            found.add("unsigned")
        return [reason for reason in REASONS if reason in found]

    def anchor(self, node, layer):
        """(state, reasons, row of the item closest to passing or None)"""
        if self.graph.kind[node] == "unknown":
            return "unverified", ["unknown-kind"], None
        items = [(self.reasons(row, layer), row) for row in self.items[node]]
        if not items:
            return "unverified", ["no-evidence"], None
        reasons, row = min(items, key=lambda item: (
            len(item[0]), -self.assurance(item[1]), (item[1]["id"] or "").encode()))
        if not reasons:
            return "verified", [], row
        if any(set(found) <= REFUTING for found, _ in items):
            return "refuted", reasons, row
        return "unverified", reasons, row

    def is_asked(self, node, layer):
        kind = self.graph.kind[node]
        return kind == "unknown" or (kind, layer) in self.policy.require

    def is_incomplete(self, node):
        return any(relation in ("makes", "maintains") and head == node
                   and self.anchor(tail, 1)[0] != "verified"
                   for tail, head, relation, _ in self.edges)

    # section 9
    def relying(self, node):
        followers = defaultdict(set)
        for (tail, head, relation, _), row in self.edges.items():
            c = row["criticality"]
            c = self.policy.criticality.get(relation, 1.0) if c is None else float(c)
            if relation != "vouches" and c > 0:
                followers[tail].add(head)
        reached, queue = {node}, [node]
        while queue:
            for head in followers[queue.pop()] - reached:
                reached.add(head)
                queue.append(head)
        return len(reached) - 1

    def unknown_origins(self):
        """Data and devices that nobody is said to have made."""
        known = {head for _, head, relation, _ in self.edges if relation in ORIGINS}
        return {node for node in self.graph.nodes
                if self.graph.kind[node] in ("data", "device") and node not in known
                and self.graph.node_holds(node, self.at)}

    def rows(self):
        """{(key, layer): columns} of `cpsf check --all`."""
        answer = {}
        unknown_origins = self.unknown_origins()
        for node in self.graph.nodes:
            if not self.graph.node_holds(node, self.at):
                continue
            for layer in self.graph.layers[node]:
                if not self.is_asked(node, layer):
                    continue
                state, reasons, row = self.anchor(node, layer)
                detail = None
                if (self.graph.kind[node] == "device" and state == "verified"
                        and self.is_incomplete(node)):
                    detail = "incomplete"
                elif node in unknown_origins:
                    detail = "unknown-origin"
                issuer = row and row["issuer"]
                answer[node, layer] = {
                    "key": node, "kind": self.graph.kind[node], "name": self.graph.name[node],
                    "layer": layer, "state": state, "detail": detail, "reasons": reasons,
                    "scheme": row and row["scheme"],
                    "issuer": issuer and self.graph.node_of(issuer),
                    "since": row and format_time(row["since"]),
                    "until": row and format_time(self.until(row)),
                    "relying": self.relying(node),
                }
        return answer


def check(paths, policy_text, at):
    return Check(Graph([Feed(path) for path in paths]), Policy(policy_text), at).rows()
