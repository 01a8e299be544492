# SPDX-License-Identifier: GPL-3.0-or-later
"""Mutable variables that outlive a call: what the program knows lives in
structs that have an owner."""

import re

from source import Finding, blank, line_of, read, walk

TYPE = re.compile(r"(typedef|struct|union|enum)\b[^=]*$")
DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", re.M)


def findings(root, _):
    for path in walk(root, ["src"], (".c", ".h")):
        text = read(root, path)
        for offset, statement, depth in statements(text):
            name = variable(statement, depth)
            if name:
                yield Finding(path, line_of(text, offset),
                              "%s can change and belongs to nobody" % name,
                              "global", name)


def statements(text):
    """(offset, text, depth) of each statement; blocks in it left out."""
    code = DIRECTIVE.sub(lambda m: re.sub(r"[^\n]", " ", m.group(0)),
                         blank(text))
    stack, start, words = [], 0, ""
    for offset, char in enumerate(code):
        if char == "{":
            # A block behind "=" or a type is part of the statement.
            inside = "=" in words or (TYPE.search(words) and "(" not in words)
            stack.append((start, words) if inside else None)
            start, words = offset + 1, ""
        elif char == "}":
            kept = stack.pop() if stack else None
            start, words = kept if kept else (offset + 1, "")
            words += " {} " if kept else ""
        elif char == ";":
            yield start + len(words) - len(words.lstrip()), words, \
                sum(frame is None for frame in stack) \
                if all(frame is None for frame in stack) else -1
            start, words = offset + 1, ""
        else:
            words += char


def variable(statement, depth):
    """Its name, if the statement declares one that can change."""
    words = statement.strip()
    if depth < 0 or words.startswith(("typedef", "_Static_assert", "extern")):
        return None
    if depth > 0 and not re.match(r"(static|_Thread_local)\b", words):
        return None
    declared = re.sub(r"__attribute__\s*\(\(.*?\)\)(?!\))", " ",
                      words.split("=")[0])
    declared = re.sub(r"\[[^\]]*\]", " ", declared)
    pointer = re.match(r"[\w\s*]*\(\s*\*([^()]*?)(\w+)\s*\)\s*\(",
                       declared)
    if pointer:
        return None if "const" in pointer.group(1) else pointer.group(2)
    if "(" in declared or declared.rstrip().endswith("}"):
        return None
    last = declared.rsplit("*", 1)[-1] if "*" in declared else declared
    names = re.findall(r"\w+", declared.replace("{}", " "))
    plain = [name for name in names if name not in
             ("static", "const", "struct", "union", "enum")]
    if len(plain) < 1 or "const" in re.findall(r"\w+", last):
        return None
    if len(plain) < 2 and "{}" not in declared:
        return None  # a forward declaration of a type
    return names[-1]
