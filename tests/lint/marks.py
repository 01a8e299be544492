# SPDX-License-Identifier: GPL-3.0-or-later
"""Marks of unfinished work: finish it, or give it an issue."""

import re

from source import Finding, line_of, read, walk

MARK = re.compile(r"\b(%s)\b" % "|".join(
    ("TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK")))
ENDINGS = (".c", ".h", ".def", ".am", ".py", ".sh", ".8", ".5", ".cfg")


def findings(root, _):
    for path in walk(root, ["src", "tests", "man", "etc"], ENDINGS):
        text = read(root, path)
        for match in MARK.finditer(text):
            yield Finding(path, line_of(text, match.start()),
                          "%s mark" % match.group(1), "mark", match.group(1))
