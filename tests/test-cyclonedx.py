#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Components, companies and relations of CycloneDX documents, counted twice: by `cpsf info`, and
here by a plain walk over a document tree.

The samples are public bills of materials, the largest that real projects published among them; a
document of our own is counted in any case.
"""

import json
import os
import subprocess
import sys
import tempfile
import urllib.parse
import xml.etree.ElementTree as tree

CPSF = os.environ.get("CPSF", "cpsf")
SAMPLES = os.path.join(os.environ.get("SHARED_DIR", ""), "feeds", "cyclonedx")
FILES = (
    "real/dependency-track-bom-issue2519.xml",
    "real/keycloak-10.0.2-bom.xml",
    "real/sbom-in-a-box-sbom.python.xml",
    "real/node-npm-with-prepared-licenses.xml",
    "real/sbom-in-a-box-sbom.cdxgen.1-4.xml",
    "real/node-npm-deps-from-git-1.6.xml",
    "real/cdxgen-bom-deps.xml",
    "real/sbom-comparator-3.0.6SchemaBom.xml",
    "real/sbom-comparator-5.0.1SchemaBom.xml",
    "real/cern-lhc-vdm-editor-bom.xml",
    "real/sonatype-jake-bom.xml",
    "1.6/valid-saasbom-1.6.xml",
)
OWN = """<bom xmlns="http://cyclonedx.org/schema/bom/1.6" version="1">
<metadata><component type="application" bom-ref="app"><name>app</name></component></metadata>
<components>
<component type="library" bom-ref="a"><supplier><name>S</name></supplier><name>a</name>
<purl>pkg:npm/a@1</purl><components><component type="file" bom-ref="f"><name>f</name></component>
</components></component>
<component type="library" bom-ref="a2"><supplier><name>S</name></supplier><name>a</name>
<purl>pkg:npm/a@1</purl></component>
<component type="device" bom-ref="d"><name>d</name></component>
</components>
<dependencies><dependency ref="app"><dependency ref="a"/><dependency ref="a2"/>
<dependency ref="gone"/></dependency><dependency ref="a"><dependency ref="a"/></dependency>
</dependencies></bom>
"""


def local(element):
    return element.tag.rsplit("}", 1)[-1]


def child(element, name):
    return next((c for c in element if local(c) == name), None)


def text(element, name):
    found = child(element, name)
    return (found.text or "").strip() if found is not None else ""


class Count:
    """What a person would find in the document, by hand."""

    def __init__(self, root):
        self.identity = {}
        self.things, self.companies = set(), set()
        self.edges = {"part-of": set(), "supplies": set(), "used-by": set()}
        self.excluded = set()
        self.anonymous = 0
        metadata = child(root, "metadata")
        if metadata is not None and child(metadata, "component") is not None:
            self.component(child(metadata, "component"), None)
        for part in root:
            if local(part) == "components":
                for component in part:
                    self.component(component, None)
        services = child(root, "services")
        for service in services if services is not None else ():
            self.service(service)
        for part in root:
            if local(part) == "dependencies":
                for dependency in part:
                    self.dependency(dependency)

    def component(self, element, parent):
        reference = element.get("bom-ref")
        if reference in self.identity:
            return
        hashes = child(element, "hashes")
        digest = [h.text.strip().lower() for h in (hashes if hashes is not None else ())
                  if h.get("alg") == "SHA-256"]
        swid = child(element, "swid")
        me = urllib.parse.unquote(text(element, "purl"))
        me = me or (swid.get("tagId") if swid is not None else "") or text(element, "cpe")
        if not me and digest and element.get("type") != "device":
            me = digest[0]
        if not me and not reference:
            self.anonymous += 1
        me = me or reference or "anonymous %d" % self.anonymous
        if reference:
            self.identity[reference] = me
        self.things.add(me)
        if text(element, "scope") == "excluded":
            self.excluded.add(me)
        elif parent is not None and me != parent:
            self.edges["part-of"].add((me, parent))
        supplier = child(element, "supplier")
        if supplier is not None and text(supplier, "name"):
            self.companies.add(text(supplier, "name"))
            self.edges["supplies"].add((text(supplier, "name"), me))
        nested = child(element, "components")
        for component in nested if nested is not None else ():
            self.component(component, me)

    def service(self, element, parent=None):
        me = element.get("bom-ref")
        self.identity[me] = me
        if parent is not None:
            self.edges["used-by"].add((me, parent))
        provider = child(element, "provider")
        if provider is not None:
            self.companies.add(text(provider, "name"))
        data = child(element, "data")
        for inner in data.iter() if data is not None else ():
            if local(inner) == "organization":  # owners of the data
                self.companies.add(text(inner, "name"))
        nested = child(element, "services")
        for service in nested if nested is not None else ():
            self.service(service, me)

    def dependency(self, element):
        user = self.identity.get(element.get("ref"))
        for inner in element:
            if local(inner) != "dependency":
                continue
            used = self.identity.get(inner.get("ref"))
            if None not in (user, used) and user != used and used not in self.excluded:
                self.edges["used-by"].add((used, user))
            self.dependency(inner)


def info(path):
    out = subprocess.run([CPSF, "info", "-f", "json", "--no-findings", path],
                         stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True).stdout
    counts = {}
    for row in json.loads(out)["rows"]:
        key = (row["item"], row["kind"])
        counts[key] = counts.get(key, 0) + row["count"]
    return counts


def compare(path):
    found = info(path)
    by_hand = Count(tree.parse(path).getroot())
    pairs = [
        ("components", len(by_hand.things),
         sum(found.get(("node", kind), 0) for kind in ("software", "device"))),
        ("companies", len(by_hand.companies),
         found.get(("node", "company"), 0)),
    ]
    for relation, edges in by_hand.edges.items():
        pairs.append((relation, len(edges), found.get(("edge", relation), 0)))
    return [(what, want, got) for what, want, got in pairs if want != got], pairs


def main():
    files = [os.path.join(SAMPLES, name) for name in FILES]
    present = [path for path in files if os.path.exists(path)]
    with tempfile.NamedTemporaryFile("w", suffix=".xml", delete=False) as own:
        own.write(OWN)
    print("1..%d" % (1 + len(files)))
    number = 0
    try:
        for path in [own.name] + files:
            number += 1
            name = os.path.basename(path) if path != own.name else "our own document"
            if path != own.name and path not in present:
                print("ok %d - %s # SKIP not here" % (number, name))
                continue
            wrong, pairs = compare(path)
            print("%sok %d - %s: %s" % ("not " if wrong else "", number, name,
                                        ", ".join("%s %d" % pair[:2] for pair in pairs)))
            for what, want, got in wrong:
                print("# %s: %d by hand, %d by cpsf" % (what, want, got))
    finally:
        os.unlink(own.name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
