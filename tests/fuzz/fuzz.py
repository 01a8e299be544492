#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fuzz every target with clang's libFuzzer: fuzz.py SRCDIR SECONDS [TARGET ...]

Builds the targets in ./fuzz-build of the current folder, lets each run for
SECONDS over what tests/corpus holds for it, and names the input of each
failure. An input worth keeping goes to tests/corpus/found/TARGET. What a run
learns stays in fuzz-build/learnt.
"""

import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                ".."))
import run as runner

SANITIZE = "address,undefined,fuzzer-no-link"


def targets_of(srcdir):
    with open(os.path.join(srcdir, "tests", "fuzz", "fuzz.am")) as fragment:
        return re.findall(r"^[^#\n]*?(tests/fuzz/fuzz_\w+)", fragment.read(),
                          re.M)


def build(srcdir, folder, targets):
    os.makedirs(folder, exist_ok=True)
    if not os.path.exists(os.path.join(folder, "Makefile")):
        subprocess.run([os.path.join(srcdir, "configure"), "-q", "CC=clang",
                        "CFLAGS=-g -O1", "--enable-sanitize=" + SANITIZE],
                       cwd=folder, check=True)
    subprocess.run(["make", "-s", "-j2",
                    "FUZZ_MAIN=-fsanitize=fuzzer " +
                    "tests/support/libsupport.a",
                    "FUZZ_NEEDS=tests/support/libsupport.a"] + targets,
                   cwd=folder, check=True)


def words_of(srcdir, folder, name):
    """A dictionary for the target: of HTTP, or the directives."""
    if not name.startswith("fuzz_conf"):
        return os.path.join(srcdir, "tests", "fuzz", "http.dict")
    with open(os.path.join(srcdir, "src", "conf", "directive.def")) as table:
        names = re.findall(r'^DIRECTIVE\("(\w+)"', table.read(), re.M)
    path = os.path.join(folder, "conf.dict")
    with open(path, "w") as words:
        for word in names + ["End"]:
            words.write('"\\x0a%s "\n' % word)
    return path


def fuzz(srcdir, folder, target, seconds):
    name = os.path.basename(target)
    learnt = os.path.join(folder, "learnt", name)
    os.makedirs(learnt, exist_ok=True)
    found = os.path.join(folder, "found-" + name + "-")
    command = [os.path.join(folder, target), "-max_total_time=%d" % seconds,
               "-timeout=10", "-rss_limit_mb=2048", "-max_len=65536",
               "-print_final_stats=1", "-artifact_prefix=" + found,
               "-dict=" + words_of(srcdir, folder, name),
               learnt] + runner.corpus_of(name, srcdir)
    # What one input has freed need not be kept for the next ones.
    env = dict(os.environ, ASAN_OPTIONS="quarantine_size_mb=16")
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, env=env,
                          stderr=subprocess.STDOUT, errors="replace")
    runs = re.search(r"number_of_executed_units: *(\d+)", done.stdout)
    edges = re.findall(r"\bcov: (\d+)", done.stdout)
    print("%-6s %-24s %s runs in %d s, %s edges" % (
        "ok" if done.returncode == 0 else "FAILED", name,
        runs.group(1) if runs else "?", seconds,
        edges[-1] if edges else "?"), flush=True)
    if done.returncode != 0:
        print(done.stdout)
    return done.returncode == 0


def main():
    srcdir, seconds = os.path.abspath(sys.argv[1]), int(sys.argv[2])
    targets = [target for target in targets_of(srcdir) if not sys.argv[3:]
               or os.path.basename(target) in sys.argv[3:]]
    if not targets:
        print("no fuzz target is named so")
        return 1
    folder = os.path.abspath("fuzz-build")
    build(srcdir, folder, targets)
    good = sum([fuzz(srcdir, folder, target, seconds) for target in targets])
    print("%d passed, %d failed, 0 skipped" % (good, len(targets) - good))
    return 0 if good == len(targets) else 1


if __name__ == "__main__":
    sys.exit(main())
