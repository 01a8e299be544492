# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables of tests/README.md name a test for each directive, decision and rule.

A test is written FOLDER/test_NAME, or FOLDER/test_NAME:FUNCTION for the function
test_FUNCTION in it; what stands in brackets is a remark.
"""

import os
import re

from source import Finding, line_of, read

TABLE, README = "src/conf/directive.def", "tests/README.md"
DIRECTIVE = re.compile(r'\bDIRECTIVE\(\s*"(\w+)"')
DECISIONS = {"A.1": 22, "A.2": 35, "A.3": 8, "A.4": 13, "A.6": 14}  # how many there are
DECISIONS.update({"S.1": 7, "S.2": 7, "S.3": 3, "S.4": 4, "S.5": 6, "S.6": 5, "S.8": 28})  # rules
WITHOUT_NUMBERS = ["A.5", "A.7", "S.7", "S.9"]
ROW = re.compile(r"^\| (`\w+`|[AS]\.\d(?: \d+)?) \|(?:([^|\n]*)\|)?([^|\n]*)\|$", re.M)
TEST = re.compile(r"(\w+/test_\w+)(?::(\w+))?")


def wanted(root):
    names = sorted(set(DIRECTIVE.findall(read(root, TABLE))))
    numbered = ["%s %d" % (part, n + 1) for part, count in DECISIONS.items() for n in range(count)]
    return ["`%s`" % name for name in names] + numbered + WITHOUT_NUMBERS


def findings(root, _):
    if not os.path.exists(os.path.join(root, README)):
        return
    text = read(root, README)
    begin = text.find("\n## Coverage\n")
    if begin < 0:
        yield Finding(README, 1, "there is no section Coverage")
        return
    needed = wanted(root)
    seen = {}
    for row in ROW.finditer(text, begin):
        name, line = row.group(1), line_of(text, row.start())
        if name in seen:
            yield Finding(README, line, "%s has a row in line %d already" % (name, seen[name]))
        seen[name] = line
        if name not in needed:
            yield Finding(README, line, "%s is no directive, decision or rule" % name)
        for wrong in wrong_tests(root, row.group(3)):
            yield Finding(README, line, "%s: %s" % (name, wrong))
    for name in needed:
        if name not in seen:
            yield Finding(README, 1, "%s has no row" % name)


def wrong_tests(root, cell):
    """What is wrong with the tests that a cell names."""
    words = re.sub(r"\([^)]*\)", "", cell).replace(",", " ").split()
    if not words:
        yield "no test"
    for word in words:
        test = TEST.fullmatch(word)
        if test is None:
            yield "%s is no name of a test" % word
            continue
        paths = ["tests/%s.%s" % (test.group(1), end) for end in ("py", "c")]
        there = [path for path in paths if os.path.exists(os.path.join(root, path))]
        if not there:
            yield "there is no %s" % test.group(1)
        elif test.group(2) and not re.search(r"^(def )?test_%s\(" % test.group(2),
                                             read(root, there[0]), re.M):
            yield "there is no test_%s in %s" % (test.group(2), there[0])
