#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every file of corpus/conf/bad gives its message and exit 1, every file of
corpus/conf/good is accepted."""

import glob
import os
import re

from harness import *

CONF = os.path.join(CORPUS, "conf")
EXPECT = re.compile(r"^\s*#\s*expect:\s*(.*\S)", re.M | re.I)


def files(kind):
    found = sorted(glob.glob(os.path.join(CONF, kind, "*.cfg")))
    return [(os.path.basename(path), path) for path in found]


def check(path):
    """Run -c in the folder of the file, where its includes are."""
    here = os.getcwd()
    os.chdir(os.path.dirname(path))
    try:
        return run("-c", "-f", os.path.basename(path))
    finally:
        os.chdir(here)


def test_there_are_enough():
    assert len(files("bad")) >= 60, len(files("bad"))
    assert len(files("good")) >= 20, len(files("good"))


def test_bad():
    """Exit 1 on the first message `FILE line N: ...`, and what the file expects."""
    def bad(_, path):
        code, out, err = check(path)
        equal(code, 1)
        assert "is OK" not in out, out
        assert re.search(r"line \d+: \S", err) or "isten" in err, err
        with open(path, encoding="latin-1") as file:
            for wanted in EXPECT.findall(file.read()):
                assert wanted in err, "no %r in:\n%s" % (wanted, err)
    each(files("bad"), bad)


def test_good():
    def good(name, path):
        code, out, err = check(path)
        equal((code, out.splitlines()[-1:]), (0, ["Config file %s is OK" % name]), err)
    each(files("good"), good)


main()
