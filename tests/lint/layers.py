# SPDX-License-Identifier: GPL-3.0-or-later
"""Includes point down: a file includes its own floor and those below."""

import os
import re

from source import Finding, blank, line_of, read, walk

BELOW = {
    "base": [],
    "net": ["base"],
    "http": ["base"],
    "conf": ["base", "net", "http"],
    "live": ["base", "net", "conf"],
    "route": ["base", "net", "http", "conf", "live"],
    "proxy": ["base", "net", "http", "conf", "live", "route"],
    "control": ["base", "net", "conf", "live"],
    "daemon": ["base", "net", "conf", "live", "proxy", "control"],
}
PROGRAMS = {
    "src/pound.c": ["base", "net", "conf", "live", "proxy", "control",
                    "daemon"],
    "src/poundctl.c": ["base", "net", "conf", "live", "control"],
}
# System headers that only one floor, or some files, may see.
OUTSIDE = [
    (re.compile(r"openssl/"), re.compile(r"src/net/")),
    (re.compile(r"pcre2\.h"), re.compile(r"src/base/")),
    (re.compile(r"pthread\.h"), re.compile(r"src/(base/lock\.|daemon/)")),
]
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.M)


def floors_for(path):
    """The floors that a file may include, and those it may not know."""
    parts = path.split("/")
    if path in PROGRAMS:
        return PROGRAMS[path]
    if parts[0] == "src" and len(parts) == 3 and parts[1] in BELOW:
        return [parts[1]] + BELOW[parts[1]]
    test = re.match(r"tests/(?:unit/test|fuzz/fuzz)_([a-z]+)_", path)
    if test and test.group(1) in BELOW:
        return [test.group(1)] + BELOW[test.group(1)]
    return list(BELOW)


def findings(root, _):
    seen = {}
    for path in walk(root, ["src", "tests"], (".c", ".h", ".def")):
        text = read(root, path)
        name = os.path.basename(path)
        if path.startswith("src/"):
            if name in seen:
                yield Finding(path, 1, "%s has the same name" % seen[name])
            seen[name] = path
        for include in INCLUDE.finditer(blank(text, strings=False)):
            yield from check(path, line_of(text, include.start()),
                             include.group(1), include.group(2))


def check(path, line, kind, name):
    if kind == "<":
        for header, where in OUTSIDE:
            if path.startswith("src/") and header.match(name) \
                    and not where.match(path):
                yield Finding(path, line, "<%s> has no place here" % name,
                              "include", name)
        return
    floor = name.split("/")[0] if "/" in name else None
    if floor in BELOW:
        if floor not in floors_for(path):
            yield Finding(path, line, '"%s" points up: %s may include %s' % (
                name, path, " ".join(floors_for(path))), "include", name)
    elif path.startswith("src/") and name != "config.h":
        yield Finding(path, line, '"%s" does not name its floor' % name)
