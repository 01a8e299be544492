#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""tests/run.py counts what it should, and lets nothing pass that it must not."""

import concurrent.futures
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
RUNNER = os.path.join(HERE, "..", "run.py")

CASES = [  # name, body of the script, passed, failed, skipped
    ("all points hold", "print('ok 1\\nok 2 - x\\n1..2')", 2, 0, 0),
    ("a plan in front", "print('1..1\\nok 1')", 1, 0, 0),
    ("one point fails", "print('ok 1\\nnot ok 2 - y\\n1..2')\nsys.exit(1)",
     1, 1, 0),
    ("a point is skipped", "print('ok 1 - z # SKIP no net\\n1..1')", 0, 0, 1),
    ("a program is skipped", "print('1..0 # SKIP no net')", 0, 0, 1),
    ("no output", "", 0, 1, 0),
    ("no plan", "print('ok 1')", 1, 1, 0),
    ("an empty plan", "print('1..0')", 0, 1, 0),
    ("a point too few", "print('1..2\\nok 1')", 1, 1, 0),
    ("a point too many", "print('1..1\\nok 1\\nok 2')", 2, 1, 0),
    ("a bad exit status", "print('ok 1\\n1..1')\nsys.exit(3)", 1, 1, 0),
    ("death by a signal", "print('ok 1\\n1..1', flush=True)\n"
     "os.kill(os.getpid(), 11)", 1, 1, 0),
    ("no end", "print('ok 1\\n1..1', flush=True)\ntime.sleep(99)", 1, 1, 0),
    ("a process left behind", "print('ok 1\\n1..1')\n"
     "subprocess.Popen(['setsid', 'sleep', '99'])", 1, 1, 0),
    ("a daemon left behind", "print('ok 1\\n1..1')\n"
     "subprocess.run(['sh', '-c', 'setsid sleep 98 &'])", 1, 1, 0),
    ("cases of a table", "print('# probe: 20 passed, 0 failed\\nok 1\\n1..1')", 21, 0, 0),
    ("a case that fails", "print('# probe: 20 passed, 2 failed\\nnot ok 1\\n1..1')\nsys.exit(1)",
     20, 3, 0),
    ("a process that ends by itself", "print('ok 1\\n1..1')\n"
     "subprocess.Popen(['sleep', '0.5'])", 1, 0, 0),
]


def run(folder, *words):
    done = subprocess.run(
        [sys.executable, "-B", RUNNER, "--srcdir", folder, "--builddir",
         folder, "--timeout", "6", "--jobs", "4", "--scripts", "e2e", *words],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    last = done.stdout.splitlines()[-1]
    counts = re.fullmatch(r"(\d+) passed, (\d+) failed, (\d+) skipped", last)
    return done, tuple(map(int, counts.groups())) if counts else None


class Points:
    count = bad = 0

    def point(self, held, name, about=""):
        self.count += 1
        self.bad += not held
        print("%sok %d - %s" % ("" if held else "not ", self.count, name))
        if not held:
            for line in str(about).splitlines():
                print("# " + line)

    def end(self):
        print("1..%d" % self.count)
        return 1 if self.bad else 0


def main():
    points = Points()
    with tempfile.TemporaryDirectory() as folder:
        os.makedirs(os.path.join(folder, "tests", "e2e"))
        for number, (_, body, *_) in enumerate(CASES):
            path = os.path.join(folder, "tests", "e2e",
                                "test_%02d.py" % number)
            with open(path, "w") as script:
                script.write("import os, subprocess, sys, time\n" + body)
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            runs = list(pool.map(
                lambda number: run(folder, "--only", "e2e/test_%02d" % number),
                range(len(CASES))))
        for (name, _, *want), (done, counts) in zip(CASES, runs):
            points.point(counts == tuple(want), name, done.stdout)
            points.point(done.returncode == (1 if want[1] else 0),
                         name + ": exit status", done.returncode)
        total = tuple(sum(case[i] for case in CASES[:10]) for i in (2, 3, 4))
        done, counts = run(folder, "--only", "e2e/test_0")
        points.point(counts == total, "ten at once", done.stdout)
        done, counts = run(folder, "--only", "e2e/test_1")
        points.point("\nprobe: 40 passed, 2 failed\n" in done.stdout, "the cases of all",
                     done.stdout)
        done, counts = run(folder, "--only", "nothing")
        points.point(counts == (0, 1, 0) and done.returncode == 1,
                     "a name that no test has", done.stdout)
    return points.end()


if __name__ == "__main__":
    sys.exit(main())
