# SPDX-License-Identifier: GPL-2.0-or-later
"""Keys for the reference: check digits, rank, and what identifies (docs/semantics.md, section 4)."""

import re

SCHEMES = ["jcn", "lei", "gln", "gtin", "sgtin", "giai", "sscc", "duns", "bpn", "regid", "pkg",
           "swid", "cpe", "doi", "sha256", "urn", "https", "local"]


def jcn_digit(base):
    """Check digit of a 12-digit base number (法人番号): it stands in front."""
    total = sum(int(digit) * (1 if n % 2 else 2) for n, digit in enumerate(reversed(base), 1))
    return 9 - total % 9


def gs1_digit(body):
    """Check digit of a GLN, GTIN or SSCC: it stands behind."""
    total = sum(int(digit) * (3 if n % 2 else 1) for n, digit in enumerate(reversed(body), 1))
    return -total % 10


def lei_digits(body):
    """The two check digits of 18 characters (ISO 7064, mod 97-10)."""
    return "%02d" % (98 - int("".join(str(int(c, 36)) for c in body + "00")) % 97)


def is_good_key(key):
    """The check digits; other schemes are taken as they stand."""
    scheme, _, value = key.partition(":")
    if scheme == "jcn":
        return bool(re.fullmatch(r"[1-9]\d{12}", value)) and int(value[0]) == jcn_digit(value[1:])
    if scheme == "lei":
        return bool(re.fullmatch(r"[0-9A-Z]{18}\d\d", value)) and value[18:] == lei_digits(value[:18])
    length = {"gln": 13, "gtin": 14, "sscc": 18}.get(scheme)
    if length:
        return bool(re.fullmatch(r"\d{%d}" % length, value)) and int(value[-1]) == gs1_digit(value[:-1])
    return scheme in SCHEMES and bool(value)


def rank(key):
    scheme = key.partition(":")[0]
    return SCHEMES.index(scheme), key.encode()


def is_authority(key):
    return key.partition(":")[0] not in ("https", "local")


def is_wildcard(key):
    part = key.split(":")
    return part[0] == "cpe" and (part[4] == "*" or part[5] == "*")


def is_class(key):
    return key.startswith(("gtin:", "cpe:"))
