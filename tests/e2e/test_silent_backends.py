#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fifty back-ends that swallow packets: they are checked all at once, and
nothing else is held up by them: A.3 3, 7."""

import time

from harness import *
from lib.ctl import CONTROL, Ctl
from lib.silent import Silent, hanging

COUNT = 50
CONN_TO, ALIVE, TTL = 2, 1, 1  # as SHORT has them; of a session


def test_checks_hang_together():
    """One ConnTO, and all of them are known to be dead."""
    silent = [Silent() for _ in range(COUNT)]
    begin = time.monotonic()
    pound = Pound(SHORT.replace("Alive 1", "Alive 60") + listener(service(
        *(backend(one, "HAport %d" % one.port) for one in silent))) + "\n")
    started = time.monotonic()
    pound.wait_log(r"is dead \(HA\)", timeout=3 * CONN_TO)
    assert elapsed(begin) > CONN_TO, "after %.2f s" % elapsed(begin)
    pound.wait_log(r"is dead \(HA\)", count=COUNT, timeout=3 * CONN_TO)
    took = elapsed(started)
    print("# %d dead after %.2f s" % (COUNT, took))
    assert took < 2 * CONN_TO * SLOW, "after %.2f s" % took
    pound.stop()
    for one in silent:
        one.close()


def measure(pound, count, first=0):
    """The times of so many requests, in order of length."""
    times = []
    with Client(pound.port, timeout=20) as client:
        for number in range(first, first + count):
            begin = time.monotonic()
            equal(client.get("/good?k=%d" % number).status, 200)
            times.append(elapsed(begin))
    return sorted(times)


def tell(when, times):
    print("# %s: median %.0f us, p99 %.0f us, at most %.0f us" % (
        when, *(1e6 * times[int(share * (len(times) - 1))] for share in (0.5, 0.99, 1))))


def test_nothing_else_waits():
    silent = [Silent(swallow=False) for _ in range(COUNT)]
    pound = Pound(CONTROL + "LogLevel 0\n" + SHORT + listener(
        service('URL "^/good"', backend(Origin()),
                block("Session", "Type URL", 'ID "k"', "TTL %d" % TTL)),
        service(*map(backend, silent))) + "\n")
    ctl = Ctl(pound)
    equal(ask(pound.port, build("GET", "/", [], None, "1.1")).status, 503)
    pound.wait_log(r"dead \(killed\)", count=COUNT)
    before = measure(pound, 500)
    for one in silent:
        one.swallow()
    worker = pound.worker_pid()
    until(lambda: hanging(worker, silent) == COUNT, "checks that hang", 10 * ALIVE)

    def sessions():
        return ctl.json()["listeners"][0]["services"][0]["session_count"]
    during, first = [], 500
    begin = time.monotonic()
    while elapsed(begin) < 2 * ALIVE:
        during += measure(pound, 100, first)
        first += 100
    assert sessions() > 0
    until(lambda: sessions() == 0, "expiry of all sessions", TTL + 1)
    during.sort()
    tell("before", before)
    tell("while %d checks hang" % COUNT, during)
    assert during[len(during) // 2] < 3 * before[len(before) // 2] + 0.002
    assert during[-1] < CONN_TO / 2 * SLOW, "a request waited for them"
    mark = pound.mark()
    silent[7].wake()
    begin = time.monotonic()
    pound.wait_log("BackEnd 127.0.0.1:%d resurrect" % silent[7].port, mark, timeout=4)
    assert elapsed(begin) < (ALIVE + 1.2) * SLOW, "back after %.2f s" % elapsed(begin)
    equal(len(pound.quiet().since(mark, "resurrect")), 1)
    pound.stop()
    for one in silent:
        one.close()


main()
