#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each check of tests/lint finds what it is for, and nothing in good code."""

import os
import re
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lint"))

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
import tools

SPDX = "/* SPDX-License-Identifier: GPL-3.0-or-later */\n"
GOOD = SPDX + '''#include "http/chunked.h"

#include "base/str.h"

#include <string.h>

static const char *const words[] = { "malloc(", "// no", "/* no" };
struct fwd;

/* sprintf() in a comment is nobody's business, nor is // this. */
static int
helper(int a, void (*call)(int, int), int c)
{
	static const int fixed = 3;
	struct str local = { 0 };

	return a + c + fixed + (int)local.len;
}

int
chunked_next(void)
{
	return helper(1, NULL, 2);
}
'''


def function(lines, head="chunked_x(void)"):
    return "int\n%s\n{\n%s}\n" % (head, "\tx();\n" * (lines - 2))


def coverage(port="| `Port` | e2e/test_x:a, unit/test_z (all) |\n", but=None, table=True):
    """A tree with one directive, all decisions but one, and two tests."""
    rows = ["%s %d" % (part, n + 1) for part, count in covered.DECISIONS.items()
            for n in range(count)] + covered.WITHOUT_NUMBERS
    text = "| `NAME` | of another table | |\n" + "\n## Coverage\n" * table + port
    text += "".join("| %s | words | e2e/test_x |\n" % row for row in rows if row != but)
    return {"src/conf/directive.def": 'DIRECTIVE("Port", X)\n', "tests/README.md": text,
            "tests/e2e/test_x.py": "def test_a():\n", "tests/unit/test_z.c": "\n"}




def table_of_limits(**changes):
    """Sources in which each number is 8192, and the table that fits; a keyword that is a
    row of the table replaces it, one that is a fact replaces its number."""
    files, rows = {}, []
    for name, (path, before) in limits.FACTS.items():
        line = "#define %s N\n" % name if before is None else \
            re.sub(r"\(\\d\+\)", "N", before).replace("\\", "") + "\n"
        files[path] = files.get(path, "") + line.replace("N\n", "%s\n" % changes.get(name, 8192)) \
            .replace("N,", "8192,").replace("N;", "8192;").replace("N *", "8192 *")
    for what, form in limits.CELLS.items():
        default = re.sub(r"\{\w+(?::(\w+))?\}",
                         lambda found: limits.written(8192, found.group(1)), form)
        rows.append(changes.get(what, "| %s | `X` | %s | 431 |" % (what, default)))
    files["SECURITY.md"] = "\n## Limits\n\n%s\n\n## Other\n" % "\n".join(rows)
    return files


CASES = [  # check, files, and a word of the one finding; None: no finding
    (layers, {"src/http/chunked.c": GOOD}, None),
    (lengths, {"src/http/chunked.c": GOOD}, None),
    (banned, {"src/http/chunked.c": GOOD}, None),
    (mutable, {"src/http/chunked.c": GOOD}, None),
    (names, {"src/http/chunked.c": GOOD}, None),
    (marks, {"src/http/chunked.c": GOOD}, None),
    (layers, {"src/http/x.c": '#include "net/sock.h"\n'}, "points up"),
    (layers, {"src/net/x.c": '#include "http/x.def"\n'}, "points up"),
    (layers, {"src/live/x.h": '#include "http/x.h"\n'}, "points up"),
    (layers, {"src/daemon/x.c": '#include "live/x.h"\n'}, None),
    (layers, {"src/poundctl.c": '#include "proxy/x.h"\n'}, "points up"),
    (layers, {"src/http/x.c": '#include "x.h"\n'}, "name its floor"),
    (layers, {"src/http/x.c": '#include "config.h"\n'}, None),
    (layers, {"src/http/x.c": "#include <openssl/ssl.h>\n"}, "no place"),
    (layers, {"src/net/x.c": "#include <openssl/ssl.h>\n"}, None),
    (layers, {"src/conf/x.c": "#include <pthread.h>\n"}, "no place"),
    (layers, {"src/http/x.c": "", "src/net/x.c": ""}, "same name"),
    (layers, {"tests/unit/test_net_x.c": '#include "http/x.h"\n'},
     "points up"),
    (layers, {"tests/unit/test_net_x.c": '#include "net/x.h"\n'}, None),
    (lengths, {"tests/unit/x.c": function(60)}, None),
    (lengths, {"tests/unit/x.c": function(61)}, "61 lines"),
    (lengths, {"src/net/x.c": function(3) + "\n" * 596}, "601 lines"),
    (lengths, {"src/net/x.h": "\n" * 120}, None),
    (lengths, {"src/net/x.h": "\n" * 121}, "121 lines"),
    (lengths, {"src/net/x.c": "\t" * 9 + "123456789\n"}, "80 columns"),
    (lengths, {"src/net/x.c": function(3, "x(int a, int b,\n    int c, "
                                       "void (*d)(int, int), int e)")}, None),
    (lengths, {"src/net/x.c": function(3, "x(int a, int b,\n    int c, "
                                       "int d, int e, int f)")},
     "6 parameters"),
    (listed, {"src/net/x.c": "", "src/net/floor.am": "a = src/net/x.c"}, None),
    (listed, {"src/net/x.h": "", "src/net/floor.am": "a = src/net/x.c"},
     "no .am"),
    (listed, {"src/net/x.c": "", "src/net/floor.am": "## src/net/x.c\n"},
     "no .am"),
    (listed, {"tests/unit/test_x.c": "",
              "tests/unit/unit.am": "A = tests/unit/test_x"}, None),
    (listed, {"tests/unit/test_x.c": "",
              "tests/unit/unit.am": "A = tests/unit/test_xy"}, "no .am"),
    (banned, {"src/net/x.c": SPDX + "x = strcpy(a, b);\n"}, "strcpy"),
    (banned, {"src/net/x.c": SPDX + "x = malloc (3);\n"}, "malloc"),
    (banned, {"src/base/mem.c": SPDX + "x = malloc(3);\n"}, None),
    (banned, {"src/net/x.c": SPDX + "x = mem_free(3); gmtime_r(a);\n"}, None),
    (banned, {"src/live/x.c": SPDX + "pthread_mutex_t m;\n"}, "pthread"),
    (banned, {"src/live/x.c": SPDX + "SSL_read(x);\n"}, "SSL_read"),
    (banned, {"src/live/x.c": SPDX + "#ifdef A\n#endif\n"}, "#ifdef"),
    (banned, {"src/live/x.h": SPDX + "int x;\n"}, "guard"),
    (banned, {"src/live/x.h": SPDX + "#ifndef X\n#define X\n#if A\n"}, "#if"),
    (banned, {"src/live/x.c": SPDX + "extern int x;\n"}, "extern"),
    (banned, {"src/live/x.c": SPDX + "typedef struct {int a;} b;\n"},
     "typedef"),
    (banned, {"src/live/x.c": SPDX + "int a; // b\n"}, "//"),
    (banned, {"src/live/x.c": "int a;\n"}, "SPDX"),
    (mutable, {"src/live/x.c": "static int a;\n"}, "a can"),
    (mutable, {"src/live/x.c": "const char *a;\n"}, "a can"),
    (mutable, {"src/live/x.c": "static struct { int b; } a = { 1 };\n"},
     "a can"),
    (mutable, {"src/live/x.c": "struct b { int a; };\nenum c { D };\n"}, None),
    (mutable, {"src/live/x.c": "static struct b *a[3];\n"}, "a can"),
    (mutable, {"src/live/x.c": "static _Thread_local int a;\n"}, "a can"),
    (mutable, {"src/live/x.c": "static int (*a)(void);\n"}, "a can"),
    (mutable, {"src/live/x.c": "int f(int (*a)(void));\n"}, None),
    (mutable, {"src/live/x.c": "int\nf(void)\n{\n\tstatic int a;\n}\n"},
     "a can"),
    (mutable, {"src/live/x.c": "int\nf(void)\n{\n\tint a;\n}\n"}, None),
    (names, {"src/net/sock.c": function(3)}, "chunked_x"),
    (names, {"src/net/sock_x.c": function(3, "sock_open(void)")}, None),
    (names, {"src/net/sock.c": function(3, "socket_open(void)")},
     "socket_open"),
    (marks, {"src/net/x.c": "/* TO" + "DO: all of it */\n"}, "mark"),
    (outcomes, {"src/base/outcome.def": 'OUTCOME(A, 400, N,\n    "a b")\n',
                "man/pound.8": ".It 400 a b\n"}, None),
    (outcomes, {"src/base/outcome.def": 'OUTCOME(A, 400, N, "a b")\n',
                "man/pound.8": "\n"}, "a b"),
    (outcomes, {"src/base/outcome.def": "\n",
                "man/pound.8": ".It - a b\n"}, "a b"),
    (manual, {"src/conf/directive.def": 'DIRECTIVE("Port", X)\n',
              "man/pound.cfg.5": ".It Ic Port Ar n\n"}, None),
    (manual, {"src/conf/directive.def":
              'DIRECTIVE("Port", X)\nDIRECTIVE("User", X)\n',
              "man/pound.cfg.5": ".It Ic Port Ar n\n"}, "User"),
    (manual, {"src/conf/directive.def": 'DIRECTIVE("Port", X)\n',
              "man/pound.cfg.5": ".It Ic Port Ar n\n.It Ic User\n"}, "User"),
    (limits, table_of_limits(), None),
    (limits, table_of_limits(**{"one field": "| one field | `X` | 9 KiB | 431 |"}), "one field"),
    (limits, table_of_limits(**{"one field": ""}), "no row"),
    (limits, table_of_limits(MATCH_LIMIT=8193), "steps of a pattern"),
    (limits, table_of_limits(MATCH_LIMIT="(4096 * 2) /* remark */"), None),
    (limits, table_of_limits(**{"one field": "| one field | `MaxSessions` | 8 KiB | 431 |"}), "not"),
    (covered, coverage(), None),
    (covered, coverage(table=False), "no section"),
    (covered, coverage("| `Port` | e2e/test_x:b |\n"), "test_b"),
    (covered, coverage("| `Port` | e2e/test_y |\n"), "no e2e/test_y"),
    (covered, coverage("| `Port` | (later) |\n"), "no test"),
    (covered, coverage("| `Port` | |\n"), "no test"),
    (covered, coverage("| `Port` | manually |\n"), "no name"),
    (covered, coverage(""), "`Port` has no row"),
    (covered, coverage("| `Port` | e2e/test_x |\n" * 2), "already"),
    (covered, coverage("| `Port` | e2e/test_x |\n| `Prot` | e2e/test_x |\n"), "`Prot` is no"),
    (covered, coverage(but="A.2 7"), "A.2 7 has no row"),
]


def in_tree(files, check):
    with tempfile.TemporaryDirectory() as root:
        for path, text in files.items():
            os.makedirs(os.path.dirname(os.path.join(root, path)),
                        exist_ok=True)
            with open(os.path.join(root, path), "w") as file:
                file.write(text)
        return list(check(root, lambda words: None))


def main():
    count = bad = 0
    cases = [(module.__name__, module.findings, files, word)
             for module, files, word in CASES]
    cases.append(("headers", tools.headers_alone,
                  {"src/net/x.h": "size_t a(void);\n"}, "alone"))
    cases.append(("headers", tools.headers_alone,
                  {"src/net/x.h": "struct a { int b; };\n"}, "alone"))
    for number, (name, check, files, word) in enumerate(cases, 1):
        found = in_tree(files, check)
        texts = [finding.text for finding in found]
        held = not found if word is None else \
            len(found) == 1 and word in found[0].text
        count += 1
        bad += not held
        print("%sok %d - %s: %s in %s" % ("" if held else "not ", number, name,
                                          word, " ".join(files)))
        if not held:
            print("# %r" % texts)
    print("1..%d" % count)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
