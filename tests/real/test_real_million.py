#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
# time limit: 400
"""A million requests through one worker: descriptors, threads and memory are
the same after the last as after the first tenth.  TEST_SECONDS scales."""

import os
import time

from peers import *

COUNT = number("REAL_REQUESTS", int(1000000 * seconds(60) / 60))

nginx = Nginx("server { listen 127.0.0.1:@port@; location / { return 200 ok; } }").start()
pound = Pound("LogLevel 0\n" + listener(service(backend(nginx))) + "\n")


def private(pid):
    """Bytes that are this process's alone: what it shares with others in the
    proportional size grows when they end."""
    with open("/proc/%d/smaps_rollup" % pid) as file:
        return sum(int(line.split()[1]) * 1024 for line in file
                   if line.startswith(("Private_Dirty:", "Swap:")))


def state(pid):
    return len(os.listdir("/proc/%d/fd" % pid)), int(status(pid)["Threads"]), private(pid)


def push(count):
    """count requests at least, in slices that open their connections anew."""
    done = 0
    while done < count:
        report = wrk_report(wrk(pound.port, 1, connections=64))
        equal(report.failed, 0, str(report))
        done += report.requests
    return done


def quiet(worker, fds):
    """The worker's state when all clients have gone and caches have been given back."""
    until(lambda: state(worker)[0] <= fds, "close of the clients' connections", 20)
    return state(worker)


def test_flat():
    worker = pound.worker_pid()
    first = push(COUNT // 10)
    fds = until(lambda: state(worker)[0] < 150 and state(worker)[0], "idle worker", 20)
    time.sleep(2)  # memory is given back within a second
    before, shared = state(worker), memory(worker)
    total = first + push(COUNT - first)
    time.sleep(2)
    after = quiet(worker, max(fds, before[0]) + 4)
    say("proportional memory %d, then %d", shared, memory(worker))
    say("after %d: descriptors, threads, memory %r; after %d: %r", first, before, total, after)
    equal(pound.worker_pid(), worker, "worker")
    equal(after[1], before[1], "threads")
    assert abs(after[0] - before[0]) <= max(4, before[0] // 50), "descriptors"
    # A sanitizer keeps notes of its own about what was freed.
    spare = (64 << 10) * SLOW if os.environ.get("POUND_SANITIZER") else 0
    assert abs(after[2] - before[2]) <= before[2] * 0.02 + spare, "memory"


main(limit=380)
