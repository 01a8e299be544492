#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run test programs, read their TAP and count.

    run.py [options] [PROGRAM ...]

PROGRAMs are unit tests and fuzz targets, named as in the build folder
(tests/unit/test_base_str); a fuzz target replays its part of tests/corpus.
The end-to-end tests are found in the source folder. A test's name is its path
below tests/ without ending: unit/test_base_str, e2e/test_keepalive.

The last line is "N passed, N failed, N skipped", counting test points, and the
cases of tables of which a program tells in a comment "# probe: N passed, N
failed"; how many of those there were stands in a line before it. A program that dies, has no plan or another number of points than planned,
exceeds its time or leaves processes behind counts as one more failure. A
script may ask for more time in a comment: "# time limit: 300".
"""

import argparse
import concurrent.futures
import ctypes
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
ADDR_NO_RANDOMIZE = 0x0040000

POINT = re.compile(r"(not )?ok\b(?: +(\d+))?([^#]*)(?:# *(\w+)(.*))?", re.I)
CASES = re.compile(r"# probe: (\d+) passed, (\d+) failed$")
PLAN = re.compile(r"1\.\.(\d+)\s*(?:# *skip(.*))?$", re.I)


class Tally:
    """What the TAP of one program says."""

    def __init__(self):
        self.passed = self.failed = self.skipped = 0
        self.cases = [0, 0]  # of the probe: passed, failed
        self.plan = None
        self.notes = []  # why the program as a whole failed
        self.skips = []

    def read(self, text):
        for line in text.splitlines():
            plan = PLAN.match(line)
            if plan and self.plan is None:
                self.plan = int(plan.group(1))
                if self.plan == 0 and plan.group(2) is not None:
                    self.skipped += 1
                    self.skips.append(plan.group(2).strip())
            elif line.startswith("Bail out!"):
                self.notes.append(line)
            elif (cases := CASES.match(line)):
                self.cases = [old + int(new) for old, new in zip(self.cases, cases.groups())]
            else:
                self.read_point(line)

    def read_point(self, line):
        point = POINT.match(line)
        if point is None:
            return
        if point.group(1):
            self.failed += 1
        elif (point.group(4) or "").lower().startswith("skip"):
            self.skipped += 1
            self.skips.append(line.strip())
        else:
            self.passed += 1

    def points(self):
        return self.passed + self.failed + self.skipped

    def judge(self, status):
        """Hold the count against the plan and the exit status."""
        planned = self.plan
        if planned is None:
            self.notes.append("no plan: it ended early")
        elif planned != self.points() and not (planned == 0 and self.skipped):
            self.notes.append("%d points planned, %d seen"
                              % (planned, self.points()))
        elif planned == 0 and not self.skipped:
            self.notes.append("not one test point")
        if status != 0 and self.failed == 0:
            self.notes.append("exit status %d" % status)
        if self.notes:
            self.failed += 1
        self.passed += self.cases[0]
        self.failed += self.cases[1]


# --- Guarding one program: its time, and everything that it starts ---------


def descendants(root):
    """The living processes below root: {pid: command}."""
    parents = {}
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            with open("/proc/%s/stat" % entry) as stat:
                name, rest = stat.read().rsplit(")", 1)
            with open("/proc/%s/cmdline" % entry) as cmdline:
                words = cmdline.read().split("\0")
        except (OSError, ValueError):
            continue
        if rest.split()[0] != "Z":
            command = " ".join(words).strip() or name.split("(", 1)[1]
            parents[int(entry)] = (int(rest.split()[1]), command)
    found = {}
    grown = True
    while grown:
        grown = False
        for pid, (parent, command) in parents.items():
            if pid not in found and (parent == root or parent in found):
                found[pid] = command
                grown = True
    return found


def reap():
    try:
        while os.waitpid(-1, os.WNOHANG)[0] != 0:
            pass
    except ChildProcessError:
        pass


def left_behind(patience):
    """What still runs after patience seconds, and kill it."""
    end = time.monotonic() + patience
    while True:
        reap()
        alive = descendants(os.getpid())
        if not alive or time.monotonic() > end:
            break
        time.sleep(0.05)
    for pid in alive:
        try:
            os.kill(pid, signal.SIGKILL)
        except OSError:
            pass
    return alive


def guard(seconds, command):
    """Run command as the ancestor of all it starts; the exit status is its
    own. Findings go to standard error as TAP comments."""
    libc = ctypes.CDLL(None)
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if "thread" in os.environ.get("POUND_SANITIZER", ""):
        # Where the kernel shuffles addresses widely such a program does not
        # start; where this is refused it was not needed.
        libc.personality(ADDR_NO_RANDOMIZE)

    def stop(*_):
        left_behind(0)
        os._exit(1)

    signal.signal(signal.SIGTERM, stop)
    try:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL,
                                 start_new_session=True)
    except OSError as error:
        sys.exit("%s: %s" % (command[0], error))
    try:
        status = child.wait(seconds)
    except subprocess.TimeoutExpired:
        print("Bail out! no end after %d s" % seconds, flush=True)
        child.terminate()  # it may still want to say where it hangs
        try:
            status = child.wait(5)
        except subprocess.TimeoutExpired:
            status = -signal.SIGKILL
    alive = left_behind(0 if status < 0 else 3)
    if alive and status >= 0:
        print("Bail out! left behind: %s" % ", ".join(
            "%d (%s)" % item for item in sorted(alive.items())), flush=True)
    if status < 0:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        print("# killed by signal %d" % -status, flush=True)
        status = 128 - status
    return status


# --- Choosing and running --------------------------------------------------


class Test:
    def __init__(self, name, command, seconds):
        self.name = name
        self.command = command
        self.seconds = seconds
        self.tally = Tally()
        self.output = ""
        self.took = 0.0


def time_limit(path, default):
    with open(path, encoding="utf-8") as script:
        for line in script.readlines()[:40]:
            found = re.match(r"# time limit: (\d+)", line)
            if found:
                return max(default, int(found.group(1)))
    return default


def corpus_of(target, srcdir):
    """The folders of tests/corpus that a fuzz target replays."""
    corpus = os.path.join(srcdir, "tests", "corpus")
    folders = [os.path.join(corpus, "found", target)]
    with open(os.path.join(srcdir, "tests", "fuzz", "corpus.list")) as lines:
        for line in lines:
            words = line.split("#")[0].split()
            if words and words[0] == target:
                folders += [os.path.join(corpus, word) for word in words[1:]]
    return [folder for folder in folders if os.path.isdir(folder)]


def find_tests(options):
    tests = []
    for program in options.programs:
        name = program.split("tests/", 1)[-1]
        command = [os.path.join(options.builddir, program)]
        if name.startswith("fuzz/"):
            command += corpus_of(os.path.basename(name), options.srcdir)
        tests.append(Test(name, command, options.timeout))
    for folder in options.scripts.split():
        path = os.path.join(options.srcdir, "tests", folder)
        if not os.path.isdir(path):
            continue
        for entry in sorted(os.listdir(path)):
            if entry.startswith("test_") and entry.endswith(".py"):
                script = os.path.join(path, entry)
                tests.append(Test("%s/%s" % (folder, entry[:-3]),
                                  [sys.executable, script],
                                  time_limit(script, options.timeout)))
    return tests


def choose(tests, only):
    """Those named by a word: the whole name, a folder/ (which may be empty),
    or a part of the name."""
    words = []
    for word in shlex.split(only):
        if word.startswith("@"):
            with open(word[1:]) as listing:
                words += [line.split("#")[0].strip() for line in listing]
        else:
            words.append(re.sub(r"\.(py|c)$", "", word))
    words = [word for word in words if word]
    if not only:
        return tests, []
    chosen, used = [], set()
    for test in tests:
        whole = [w for w in words if test.name == w]
        parts = whole or [w for w in words if w in test.name]
        if parts:
            chosen.append(test)
            used.update(parts)
    return chosen, [word for word in words
                    if word not in used and not word.endswith("/")]


def environment(options, test):
    env = dict(os.environ)
    folder = os.path.join(options.builddir, "tests", "out", test.name)
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    env.update({
        "POUND": os.path.join(options.builddir, "src", "pound"),
        "POUNDCTL": os.path.join(options.builddir, "src", "poundctl"),
        "POUND_SRCDIR": options.srcdir,
        "POUND_BUILDDIR": options.builddir,
        "POUND_TMP": folder,
        "POUND_SANITIZER": options.sanitizer,
        "PYTHONDONTWRITEBYTECODE": "1",
    })
    env.setdefault("ASAN_OPTIONS", "detect_leaks=1")
    env.setdefault("UBSAN_OPTIONS", "print_stacktrace=1")
    # libcrypto is not instrumented: its atomic reference counts are invisible,
    # and a free() or memcpy() of its own would look like a race.
    env.setdefault("TSAN_OPTIONS",
                   "second_deadlock_stack=1:ignore_noninstrumented_modules=1")
    return env, folder


def run(test, options):
    env, folder = environment(options, test)
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, os.path.abspath(__file__), "--guard",
         str(test.seconds)] + test.command,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, env=env, cwd=folder)
    test.took = time.monotonic() - began
    test.output = done.stdout.decode("utf-8", "replace")
    with open(folder + ".log", "w", encoding="utf-8") as log:
        log.write(test.output)
    test.tally.read(test.output)
    test.tally.judge(done.returncode)
    return test


def report(test):
    tally = test.tally
    print("%-6s %-44s %4d points %6.1f s" % (
        "FAILED" if tally.failed else "ok", test.name, tally.points(),
        test.took))
    if tally.failed:
        for line in test.output.splitlines():
            if not line.startswith("ok "):  # they stand in the log
                print("       " + line)
        for note in tally.notes:
            print("       " + test.name + ": " + note)
    for skip in tally.skips:
        print("       skipped: " + skip)
    sys.stdout.flush()


def main():
    if sys.argv[1:2] == ["--guard"]:
        return guard(float(sys.argv[2]), sys.argv[3:])
    parser = argparse.ArgumentParser(description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--srcdir", default=".")
    parser.add_argument("--builddir", default=".")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--timeout", type=float, default=120)
    parser.add_argument("--sanitizer", default="",
                        help="the compiler's switch for it")
    parser.add_argument("--scripts", default="tools e2e",
                        help="folders of tests/ whose test_*.py are run")
    parser.add_argument("--only", default="",
                        help="names, parts of names, or @FILE with names")
    parser.add_argument("programs", nargs="*", metavar="PROGRAM")
    options = parser.parse_args()
    options.srcdir = os.path.abspath(options.srcdir)
    options.builddir = os.path.abspath(options.builddir)
    tests, unknown = choose(find_tests(options), options.only)
    if unknown or not tests:
        print("no test is named %s" % (", ".join(unknown) or "so"))
        print("0 passed, 1 failed, 0 skipped")
        return 1
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        runs = [pool.submit(run, test, options) for test in tests]
        for done in concurrent.futures.as_completed(runs):
            report(done.result())
    failed = [test.name for test in tests if test.tally.failed]
    if failed:
        print("failed: " + " ".join(failed))
    cases = [sum(test.tally.cases[i] for test in tests) for i in (0, 1)]
    if any(cases):
        print("probe: %d passed, %d failed" % tuple(cases))
    print("%d passed, %d failed, %d skipped" % tuple(
        sum(getattr(test.tally, what) for test in tests)
        for what in ("passed", "failed", "skipped")))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
