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
pound = Pound("LogLevel 0\n" + listener(service(backend(nginx, "KeepTime 1"))) + "\n")


def state(pid):
    return len(os.listdir("/proc/%d/fd" % pid)), int(status(pid)["Threads"]), own_memory(pid)


def push(count):
    """count requests at least, in slices that open their connections anew."""
    done = 0
    while done < count:
        report = wrk_report(wrk(pound.port, 1, connections=64))
        equal(report.failed, 0, str(report))
        done += report.requests
    return done


def settled(worker):
    """Its state when all connections have gone, and what they needed: the least
    of three looks, since the holes in a heap are elsewhere each time."""
    looks = []
    for _ in range(3):
        push(1)
        time.sleep(3)  # KeepTime; memory is given back within a second
        until(lambda: state(worker)[0] < 60, "close of all connections", 20)
        looks.append(state(worker))
    return min(looks)


def test_flat():
    worker = pound.worker_pid()
    first = push(COUNT // 10)
    before = settled(worker)
    total = first + push(COUNT - first)
    after = settled(worker)
    say("descriptors, threads, memory after %d requests: %r; after %d: %r", first, before, total,
        after)
    equal(pound.worker_pid(), worker, "worker")
    equal(after[:2], before[:2], "descriptors and threads")
    assert_flat(before[2], after[2])


main(limit=380)
