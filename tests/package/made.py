# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of packages share: tarballs, folders, commands that tell."""

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "e2e"))
sys.dont_write_bytecode = True

from harness import *
from harness import __all__ as harness_names

__all__ = harness_names + ["BUILD", "HERE", "SOURCE", "call", "dist", "folder", "os", "say", "shutil",
                           "subprocess", "tarball", "unpacked", "version"]

BUILD = os.path.abspath(os.environ.get("POUND_BUILDDIR") or os.getcwd())
SOURCE = os.path.abspath(os.environ.get("POUND_SRCDIR") or os.path.join(HERE, "..", ".."))


def say(text):
    """Into the log of the test."""
    for line in text.splitlines():
        print("# " + line, flush=True)


@once
def folder():
    """Of this file; below the one that run.py makes, and removes."""
    path = tempfile.mkdtemp(prefix="pound-package.", dir=os.environ.get("POUND_TMP"))
    os.chmod(path, 0o755)
    return path


def call(*command, cwd=None, timeout=300, env=None):
    """What a command prints; it must succeed."""
    own = dict(os.environ, LC_ALL="C", **(env or {}))
    for name in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "POUND", "POUNDCTL"):
        own.pop(name, None)
    done = subprocess.run(command, cwd=cwd, env=own, timeout=timeout, text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    assert done.returncode == 0, "%s: status %d\n%s" % (
        " ".join(command), done.returncode, done.stdout[-4000:])
    return done.stdout


@once
def version():
    return call("sed", "-n", "s/^PACKAGE_VERSION = //p", os.path.join(BUILD, "Makefile")).strip()


@once
def tarball():
    """Of make dist, in folder()."""
    return dist(folder())


def dist(to):
    """One at a time: it works in the build folder."""
    name = "pound-%s.tar.gz" % version()
    with open(os.path.join(BUILD, "dist.lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        call("make", "-s", "-C", BUILD, "dist")
        shutil.move(os.path.join(BUILD, name), os.path.join(to, name))
    return os.path.join(to, name)


@once
def unpacked():
    call("tar", "xzf", tarball(), cwd=folder())
    return os.path.join(folder(), "pound-" + version())
