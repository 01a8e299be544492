# SPDX-License-Identifier: GPL-3.0-or-later
"""What the checks share: the files of the tree, and C read the KNF way."""

import collections
import os
import re

Finding = collections.namedtuple("Finding", "path line text rule word",
                                 defaults=("", ""))
Function = collections.namedtuple("Function",
                                  "name line lines signature static")

TOKEN = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"'
                   r"|'(?:\\.|[^'\\\n])+'", re.S)


def walk(root, folders, endings):
    """Paths below root, sorted, as seen from root."""
    found = []
    for folder in folders:
        for here, below, names in os.walk(os.path.join(root, folder)):
            below[:] = [name for name in below
                        if name not in ("__pycache__", "out")]
            found += [os.path.relpath(os.path.join(here, name), root)
                      for name in names if name.endswith(endings)]
    return sorted(found)


def read(root, path):
    with open(os.path.join(root, path), encoding="utf-8") as file:
        return file.read()


def blank(text, strings=True):
    """The code with comments, and strings if asked, made blank; every line
    and column stays where it was."""
    def wipe(match):
        token = match.group(0)
        if token[0] != "/" and not strings:
            return token
        ends = token[0] if token[0] != "/" else " "
        inner = re.sub(r"[^\n]", " ", token[1:-1])
        return ends + inner + ends
    return TOKEN.sub(wipe, text)


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def functions(text):
    """Every function of a file: in KNF its name, its opening brace and its
    closing brace stand in the first column."""
    lines = blank(text).split("\n")
    opened = None
    for number, line in enumerate(lines, 1):
        if line.startswith("{"):
            opened = number
        elif line.startswith("}") and opened is not None:
            head = head_above(lines, opened)
            found = [part for part in head if re.match(r"\w+\(", part)]
            if found:
                yield Function(found[-1].split("(")[0], opened,
                               number - opened + 1, " ".join(head),
                               "static" in head[0].split())
            opened = None


def head_above(lines, opened):
    """The lines of the signature that ends above line number opened."""
    head = []
    for line in reversed(lines[:opened - 1]):
        if not line.strip() or line.startswith(("#", "}")) or ";" in line:
            break
        head.insert(0, line.strip() if line[0] in " \t" else line)
    return head


def parameters(function):
    """How many there are; a pointer to a function counts as one."""
    text = function.signature
    depth, count = 0, 1
    start = text.index(function.name + "(") + len(function.name)
    inner = ""
    for char in text[start:]:
        depth += {"(": 1, ")": -1}.get(char, 0)
        if depth == 0:
            break
        count += char == "," and depth == 1
        inner += char
    return 0 if inner.strip("( ") in ("", "void") else count
