#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Look at the source tree: lint.py [ROOT [CHECK ...]].

Prints FILE:LINE: FINDING. The last line counts the checks that found nothing,
those that found something and those whose program is not installed.
"""

import os
import sys

import banned
import covered
import layers
import lengths
import limits
import listed
import manual
import marks
import mutable
import names
import outcomes
import source
import tools

CHECKS = {
    "layers": layers.findings,
    "lengths": lengths.findings,
    "listed": listed.findings,
    "banned": banned.findings,
    "mutable": mutable.findings,
    "names": names.findings,
    "marks": marks.findings,
    "outcomes": outcomes.findings,
    "manual": manual.findings,
    "covered": covered.findings,
    "limits": limits.findings,
    "headers": tools.headers_alone,
    "format": tools.formatted,
    "mandoc": tools.manuals,
}


class Allowances:
    """tests/lint/allow: findings that have a reason."""

    PATH = "tests/lint/allow"

    def __init__(self, root):
        self.rows = {}
        self.bad = []
        lines = source.read(root, self.PATH).splitlines()
        for number, line in enumerate(lines, 1):
            words = line.split()
            if not words or words[0].startswith("#"):
                continue
            if len(words) < 5:
                self.bad.append(source.Finding(
                    self.PATH, number, "no reason is given"))
            else:
                self.rows[tuple(words[:3])] = number
        self.used = set()

    def cover(self, finding):
        row = (finding.path, finding.rule, finding.word or "-")
        if finding.rule and row in self.rows:
            self.used.add(row)
            return True
        return False

    def findings(self):
        return self.bad + [
            source.Finding(self.PATH, number, "allows nothing any more")
            for row, number in self.rows.items() if row not in self.used]


def show(findings):
    for finding in sorted(findings):
        rule = " [%s %s]" % (finding.rule, finding.word or "-") \
            if finding.rule else ""
        print("%s:%d: %s%s" % (finding.path, finding.line, finding.text, rule))
    return bool(findings)


def main():
    root = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else ".")
    chosen = sys.argv[2:] or list(CHECKS)
    allowances = Allowances(root)
    passed = failed = skipped = 0
    for name in chosen:
        try:
            found = [finding for finding in CHECKS[name](root, print)
                     if not allowances.cover(finding)]
        except tools.Missing as missing:
            print("lint: %s is skipped: %s is not installed" % (name, missing))
            skipped += 1
            continue
        bad = show(found)
        failed += bad
        passed += not bad
    if len(chosen) == len(CHECKS):
        bad = show(allowances.findings())
        failed += bad
        passed += not bad
    print("%d passed, %d failed, %d skipped" % (passed, failed, skipped))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
