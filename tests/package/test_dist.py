#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""make dist: the same sources make the same bytes, with all that belongs there."""

# time limit: 300

import hashlib
import tarfile

from made import *

# What is made by autotools, and what only the repository has.
MADE = {"Makefile.in", "aclocal.m4", "config.h.in", "configure"}
ONLY_HERE = {".gitattributes", ".gitignore"}


def digest(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def names():
    with tarfile.open(tarball()) as tar:
        return {name.partition("/")[2] for name in tar.getnames()} - {""}


def test_reproducible():
    """Made again from here, and from itself elsewhere with other dates and another umask."""
    want = digest(tarball())
    again = os.path.join(folder(), "again")
    os.mkdir(again)
    equal(digest(dist(again)), want, "from here")
    other = os.path.join(folder(), "other")
    shutil.copytree(unpacked(), other)
    call("sh", "-c", "umask 077; mkdir b && cd b && ../configure -q && "
         "SOURCE_DATE_EPOCH=$(stat -c %%Y '%s/NEWS') make -s dist" % unpacked(), cwd=other)
    equal(digest(os.path.join(other, "b", os.path.basename(tarball()))), want, "from itself")
    say("sha256 " + want)


def test_nothing_is_missing():
    if not os.path.exists(os.path.join(SOURCE, ".git")):
        return
    listed = set(call("git", "ls-files", cwd=SOURCE).split()) - ONLY_HERE
    equal(sorted(listed - names()), [], "in the repository, and not in the tarball")


def test_nothing_else_is_in():
    if not os.path.exists(os.path.join(SOURCE, ".git")):
        return
    listed = set(call("git", "ls-files", cwd=SOURCE).split())
    more = {name for name in names() - listed - MADE
            if not name.startswith(("build-aux", "m4/")) and
            not any(known.startswith(name + "/") for known in listed)}
    equal(sorted(more), [], "in the tarball, and not in the repository")


def test_members():
    with tarfile.open(tarball()) as tar:
        for member in tar:
            equal((member.uid, member.gid), (0, 0), member.name)
            assert member.isfile() or member.isdir(), member.name
            assert member.mode & 0o022 == 0, member.name


main(300)
