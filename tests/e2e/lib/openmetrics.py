# SPDX-License-Identifier: GPL-3.0-or-later
"""A strict reader of OpenMetrics 1.0 text: what is not exactly so raises."""

import re

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r"([a-zA-Z_][a-zA-Z0-9_]*)=\"((?:[^\"\\\n]|\\[\\\"n])*)\""
SAMPLE = re.compile(r"(%s)(?:\{(.*)\})? (\S+)" % NAME)
NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|Inf)|NaN")
SUFFIXES = {
    "counter": ("_total",), "gauge": ("",), "info": ("_info",),
    "summary": ("", "_sum", "_count"),
}


class Family:
    def __init__(self, name, kind):
        self.name, self.kind, self.help = name, kind, None
        self.samples = []  # (suffix, labels, value)


def labels_of(text):
    found, rest = {}, text or ""
    if text == "":
        raise ValueError("empty braces")
    while rest:
        match = re.match(LABEL + r"(?:,(?=.)|$)", rest)
        if not match:
            raise ValueError("labels %r" % text)
        if match.group(1) in found:
            raise ValueError("label %s twice" % match.group(1))
        value = match.group(2)
        value = re.sub(r"\\(.)", lambda m: {"n": "\n"}.get(m.group(1), m.group(1)), value)
        found[match.group(1)] = value
        rest = rest[match.end():]
    return found


def check_value(family, suffix, labels, text):
    if not NUMBER.fullmatch(text):
        raise ValueError("number %r" % text)
    value = float(text)
    if family.kind == "summary" and suffix == "":
        if not 0 <= float(labels.get("quantile", "-1")) <= 1:
            raise ValueError("quantile of %s" % family.name)
    elif value != value:
        raise ValueError("%s is no number" % family.name)
    if family.kind in ("counter", "summary") and value < 0:
        raise ValueError("%s is negative" % family.name)
    if family.kind == "info" and value != 1:
        raise ValueError("%s is not 1" % family.name)
    if suffix == "_count" and not value.is_integer():
        raise ValueError("%s counts parts" % family.name)
    return value


def take_sample(family, line):
    match = SAMPLE.fullmatch(line)
    if not match or not family:
        raise ValueError("sample %r" % line)
    suffix = match.group(1)[len(family.name):]
    if not match.group(1).startswith(family.name) or suffix not in SUFFIXES[family.kind]:
        raise ValueError("%s is not of family %s" % (match.group(1), family.name))
    labels = labels_of(match.group(2))
    value = check_value(family, suffix, labels, match.group(3))
    if any(s[0] == suffix and s[1] == labels for s in family.samples):
        raise ValueError("twice: %s" % line)
    family.samples.append((suffix, labels, value))


def take_comment(families, line):
    match = re.fullmatch(r"# (TYPE|HELP) (%s) (.*)" % NAME, line)
    if not match:
        raise ValueError("line %r" % line)
    what, name, rest = match.groups()
    if what == "TYPE":
        if name in families or rest not in SUFFIXES:
            raise ValueError("family %s" % line)
        families[name] = Family(name, rest)
        return families[name]
    family = families[name]
    if family.help is not None or family.samples or re.search(r"\\(?![\\n\"])", rest):
        raise ValueError("help %r" % line)
    family.help = rest
    return family


def check_names(families):
    """No sample's name may belong to two families."""
    owner = {}
    for family in families.values():
        for suffix in SUFFIXES[family.kind] + ("_created",):
            name = family.name + suffix
            if owner.setdefault(name, family.name) != family.name:
                raise ValueError("%s is of two families" % name)


def parse(text):
    """{name: Family}"""
    if not text.endswith("\n# EOF\n"):
        raise ValueError("no # EOF")
    families, current = {}, None
    for line in text[:-len("# EOF\n")].splitlines():
        if line.startswith("#"):
            before, current = current, take_comment(families, line)
            if before is not current and current.samples:
                raise ValueError("%s is in two places" % current.name)
        else:
            take_sample(current, line)
    check_names(families)
    return families


def value(families, name, suffix="", **labels):
    """The one sample whose labels include these."""
    found = [v for s, l, v in families[name].samples
             if s == suffix and labels.items() <= l.items()]
    if len(found) != 1:
        raise ValueError("%d samples of %s%s%r" % (len(found), name, suffix, labels))
    return found[0]
