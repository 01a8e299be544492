#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nanoseconds and instructions of the micro benchmarks (`make micro`). The
instructions are callgrind's: the same on each run, whatever else goes on."""

import re
import shutil
import subprocess
import sys

FEW, MANY = 200, 2200  # turns; what a start costs falls out of the difference


def instructions(program, number, turns):
    done = subprocess.run(["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null",
                           program, str(number), str(turns)], text=True,
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    collected = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode != 0 or collected is None:
        sys.exit("valgrind failed: " + done.stderr[-2000:])
    return int(collected.group(1))


def main():
    valgrind = shutil.which("valgrind")
    if valgrind is None:
        print("! valgrind is not installed: no instructions")
    for program in sys.argv[1:]:
        lines = subprocess.run([program], stdout=subprocess.PIPE, text=True,
                               check=True).stdout.splitlines()
        for number, line in enumerate(lines):
            if valgrind is not None:
                more = instructions(program, number, MANY) - instructions(program, number, FEW)
                line += "  %7.0f instructions" % (more / (MANY - FEW))
            print(line, flush=True)


main()
