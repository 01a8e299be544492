#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What bash offers for pound and poundctl (etc/bash-completion)."""

import os
import shutil
import subprocess

from harness import *
from lib.ctl import CONTROL, Ctl, program

SOURCE = os.environ.get("POUND_SRCDIR", os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                                     "..", ".."))

SCRIPT = r"""
source "$1"; shift
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
COMP_LINE="$*"; COMP_POINT=${#COMP_LINE}
"$COMPLETE"
printf '%s\n' "${COMPREPLY[@]}"
"""


def offered(name, *words):
    """What bash offers for the last word."""
    path = os.path.join(SOURCE, "etc", "bash-completion", name)
    done = subprocess.run(["bash", "-c", SCRIPT, "bash", path, *map(str, words)],
                          env=dict(os.environ, COMPLETE="_" + name), text=True,
                          capture_output=True, timeout=20 * SLOW)
    equal(done.stderr, "")
    return [line for line in done.stdout.splitlines() if line]


@once
def shared():
    session = block("Session", "Type URL", 'ID "k"', "TTL 300")
    one = backend(Origin())
    pound = Pound(CONTROL + SHORT + listener(service(one, name="a"),
                                             service(one, one, one, session, name="b")) +
                  listener(service(one), port="second") + service(one, one) + "\n")
    ctl = Ctl(pound)
    ctl.good("-N", 0, 1, "first", 0)
    ctl.good("-N", 0, 1, "second one", 0)
    ctl.good("-N", 0, 1, "$(touch %s/owned)" % os.path.dirname(ctl.path), 0)
    return ctl


def test_words():
    equal(offered("poundctl", "poundctl", ""), ["list", "json", "metrics", "top", "reload"])
    equal(offered("poundctl", "poundctl", "-c", "x", "m"), ["metrics"])
    assert {"-c", "-f", "-L", "-l", "-n", "-X"} <= set(offered("poundctl", "poundctl", "-"))
    equal(offered("pound", "pound", "-"), ["-c", "-e", "-F", "-f", "-p", "-V", "-v"])
    assert "pound" in offered("poundctl", "poundctl", "-f",
                              SOURCE + "/etc/bash-completion/po")[0]
    assert "/etc/passwd" in offered("pound", "pound", "-f", "/etc/pass")


def test_numbers():
    ctl = shared()

    def are(want, *words):
        equal(offered("poundctl", program(), "-c", ctl.path, *words), want)
    cases = [
        ("-L", ["0", "1"], "-L", ""),
        ("-s", ["0", "1", "-1"], "-s", ""),
        ("-s of a listener", ["0", "1"], "-s", 0, ""),
        ("-s of the global ones", ["0"], "-s", -1, ""),
        ("-b", ["0", "1", "2"], "-b", 0, 1, ""),
        ("-b of the global ones", ["0", "1"], "-b", -1, 0, ""),
        ("-B of another", ["0"], "-B", 1, 0, ""),
        ("-N: no keys", [], "-N", 0, 1, ""),
        ("-N: the back-end", ["0", "1", "2"], "-N", 0, 1, "key", ""),
        ("-L: no more", [], "-L", 0, ""),
        ("one that begins so", ["1"], "-S", 0, "1"),
        ("behind a word", [], "json", ""),
        ("list", ["-v"], "list", ""),
    ]
    each(cases, lambda _, want, *words: are(want, *words))
    keys = offered("poundctl", program(), "-c", ctl.path, "-n", 0, 1, "f")
    equal(keys, ["first"])
    keys = offered("poundctl", program(), "-c", ctl.path, "-n", 0, 1, "")
    equal(sorted(keys), sorted([r"\$\(touch\ %s/owned\)" % os.path.dirname(ctl.path),
                                "first", r"second\ one"]))
    assert not os.path.exists(os.path.dirname(ctl.path) + "/owned")
    equal(offered("poundctl", program(), "-f", os.path.dirname(ctl.path) + "/pound.cfg", "-L", ""),
          ["0", "1"])
    equal(offered("poundctl", program(), "-c", "/nonexistent", "-L", ""), [])


if shutil.which("bash") is None or shutil.which("awk") is None:
    print("1..0 # SKIP bash and awk are needed")
else:
    main()
