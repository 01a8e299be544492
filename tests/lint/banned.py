# SPDX-License-Identifier: GPL-3.0-or-later
"""Words that have no place in src, or only in one file of it."""

import re

from source import Finding, blank, line_of, read, walk

CALL = r"\b(%s)[ \t]*\("
BANNED = [  # rule, pattern, where it is at home, why not
    ("call", CALL % "v?sprintf|strcpy|strcat|strncpy|strncat|strtok|gets|"
     "alloca|stpcpy", None, "no bound"),
    ("call", CALL % "atoi|atol|atoll|atof", None, "no error"),
    ("call", CALL % "assert", None, "use check(): it stays on"),
    ("call", CALL % "signal", None, "use sigaction()"),
    ("call", CALL % "rand|srand|random|drand48", None, "predictable"),
    ("call", CALL % "localtime|gmtime|ctime|asctime", None,
     "shares a buffer between threads"),
    ("call", CALL % "malloc|calloc|realloc|reallocarray|strdup|strndup|"
     "asprintf|vasprintf|free", r"src/base/mem\.c", "use base/mem.h"),
    ("call", r"\b(pthread_\w+)", r"src/(base/lock\.[ch]|daemon/)",
     "use base/lock.h"),
    ("call", r"\b(SSL_\w+)", r"src/net/", "only net knows OpenSSL"),
    ("extern", r"^(extern)\b(?!\s+const\b)", None, "no variables across files"),
    ("typedef", r"\b(typedef[ \t]+(?:struct|union|enum))\b", None,
     "say struct"),
]
BANNED = [(rule, re.compile(pattern, re.M),
           re.compile(home) if home else None, why)
          for rule, pattern, home, why in BANNED]
CONDITION = re.compile(r"^[ \t]*#[ \t]*(if|ifdef|ifndef|elif)\b", re.M)
GUARD = re.compile(r"^#ifndef (\w+)\n#define \1$", re.M)
COMMENT = re.compile(r"^(?:[^\"\n]|\"(?:\\.|[^\"\\\n])*\")*?//", re.M)
SPDX = "/* SPDX-License-Identifier: GPL-3.0-or-later */"


def findings(root, _):
    for path in walk(root, ["src"], (".c", ".h")):
        text = read(root, path)
        code = blank(text)
        for rule, pattern, home, why in BANNED:
            if home and home.match(path):
                continue
            for match in pattern.finditer(code):
                yield Finding(path, line_of(text, match.start(1)),
                              "%s: %s" % (match.group(1), why), rule,
                              match.group(1))
        yield from conditions(path, text, code)
    for path in walk(root, ["src", "tests"], (".c", ".h", ".def")):
        text = read(root, path)
        if not text.startswith(SPDX):
            yield Finding(path, 1, "does not begin with " + SPDX)
        for match in COMMENT.finditer(blank_block_comments(text)):
            yield Finding(path, line_of(text, match.end()), "// comment")


def conditions(path, text, code):
    """#if hides what is compiled; one header holds all of it."""
    if path == "src/base/compat.h":
        return
    guard = GUARD.search(code) if path.endswith(".h") else None
    if path.endswith(".h") and guard is None:
        yield Finding(path, 1, "no include guard")
    for match in CONDITION.finditer(code):
        if guard is None or match.start() != guard.start():
            yield Finding(path, line_of(text, match.start()),
                          "#%s belongs into base/compat.h" % match.group(1),
                          "if", match.group(1))


def blank_block_comments(text):
    return re.sub(r"/\*.*?\*/", lambda m: re.sub(r"[^\n]", " ", m.group(0)),
                  text, flags=re.S)
