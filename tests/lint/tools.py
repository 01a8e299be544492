# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks that other programs make."""

import concurrent.futures
import os
import re
import shlex
import shutil
import subprocess

from source import Finding, walk


class Missing(Exception):
    """A program is not installed."""


def call(command, root, text=None):
    done = subprocess.run(command, cwd=root, input=text, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.returncode, done.stdout


def headers_alone(root, _):
    """Each header compiles by itself, and twice."""
    compiler = shlex.split(os.environ.get("CC") or "cc")
    flags = shlex.split(os.environ.get("LINT_CPPFLAGS", "")) + [
        "-std=gnu11", "-D_GNU_SOURCE", "-Isrc", "-Itests", "-Wall", "-Wextra",
        "-Werror", "-fsyntax-only", "-x", "c", "-"]

    def compile_one(path):
        name = path.split("/", 1)[1]
        twice = '#include "%s"\n#include "%s"\n' % (name, name)
        return path, call(compiler + flags, root, twice)

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for path, (status, output) in pool.map(
                compile_one, walk(root, ["src", "tests"], (".h",))):
            if status != 0:
                first = next((line for line in output.splitlines()
                              if "error" in line), output.strip())
                yield Finding(path, 1, "does not compile alone: " + first)


def find_clang_format(root):
    for name in ("clang-format-14", "clang-format"):
        if shutil.which(name):
            if " version 14." in call([name, "--version"], root)[1]:
                return name
    raise Missing("clang-format 14")


def formatted(root, _):
    """clang-format 14 has nothing to change."""
    program = find_clang_format(root)
    paths = walk(root, ["src", "tests"], (".c", ".h"))
    _, output = call([program, "--dry-run"] + paths, root)
    lines = {}
    for path, line in re.findall(r"^(\S+?):(\d+):\d+: (?:warning|error)",
                                 output, re.M):
        lines.setdefault(path, int(line))
    for path, line in lines.items():
        yield Finding(path, line, "clang-format would change this file")


def manuals(root, _):
    """mandoc has nothing to say about the manuals."""
    if not shutil.which("mandoc"):
        raise Missing("mandoc")
    for path in walk(root, ["man"], (".5", ".8")):
        output = call(["mandoc", "-Tlint", path], root)[1]
        for line in output.splitlines():
            # Our own pages are not installed where they are checked.
            if "referenced manual not found" in line:
                continue
            place = re.match(r"mandoc: (\S+?):(\d+):\d+: (.*)", line)
            if place:
                yield Finding(path, int(place.group(2)), place.group(3))
            else:
                yield Finding(path, 1, line)
