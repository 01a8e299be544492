#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""1,000 clients send one byte of a head a second; others notice nothing."""

import time

from peers import *

COUNT = 1000
CLIENT = 5  # seconds for a whole head

origin = Role.server("sink")
pound = Pound("Client %d\nTimeOut 5\nLogLevel 0\n" % CLIENT
              + listener(service(backend(origin))) + "\n")


def test_cut_while_others_are_served():
    slow = Role("slow", pound.port, COUNT)
    slow.tell("go")
    times = []
    end = time.monotonic() + CLIENT + 1
    while time.monotonic() < end:
        begin = time.monotonic()
        with Client(pound.port) as client:
            equal(client.get("/").status, 200)
            equal(client.get("/").status, 200)
        times.append(elapsed(begin))
        time.sleep(0.02)
    cut = slow.hear(30)[0]
    equal(len(cut), COUNT, "slow clients")
    took = sorted(seconds for seconds, _ in cut)
    say("slow heads cut after %.2f to %.2f s", took[0], took[-1])
    times.sort()
    say("%d others: median %.1f ms, worst %.1f ms", len(times),
        times[len(times) // 2] * 1e3, times[-1] * 1e3)
    odd = [how for _, how in cut if how != "HTTP/1.1 408"]
    assert not odd, "%d not told 408: %r" % (len(odd), odd[:3])
    assert took[0] > CLIENT - 0.1, "cut too early: %.2f s" % took[0]
    assert took[-1] < CLIENT + 1.5 * SLOW, "cut too late: %.2f s" % took[-1]
    assert len(times) > 50, "only %d were served" % len(times)
    assert times[len(times) * 95 // 100] < 0.1 * SLOW, "others had to wait: %r" % times[-5:]


main()
