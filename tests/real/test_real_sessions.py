#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
# time limit: 400
"""A million sessions of one service: what they cost, and that nobody feels
them: neither while they come, nor when they are all there, nor when there is
room for no more, nor when their time is over.  REAL_SESSIONS scales."""

import multiprocessing
import time

from peers import *
from lib.ctl import CONTROL, Ctl
from lib.sessions import fill, redirecting

COUNT = number("REAL_SESSIONS", 1000000)
EACH = 84  # bytes of one with a short key, as pound.cfg(5) says
KNOWN = range(10 ** 8, 10 ** 8 + 1000)  # keys that have a session from the start
FULL = "no room for more sessions"
processes = multiprocessing.get_context("fork")


def probe(port, pipe):
    """Single requests with a known key until told to stop; their times."""
    times = []
    while not pipe.poll():
        times += fill(port, KNOWN[:200], burst=1)[0]
    pipe.send(times)


def measure(pound, what, work):
    """(p99 of single requests while work() goes on, what it returned)."""
    ours, theirs = processes.Pipe()
    child = processes.Process(target=probe, args=(pound.port, theirs), daemon=True)
    child.start()
    begin = time.monotonic()
    result = work()
    took = elapsed(begin)
    ours.send(None)
    times = sorted(ours.recv())
    child.join()
    p99 = times[int(0.99 * len(times))]
    say("%s, %.1f s: %d single requests: median %.0f us, p99 %.0f us, at most %.1f ms", what, took,
        len(times), times[len(times) // 2] * 1e6, p99 * 1e6, times[-1] * 1e3)
    return p99, result


def push(pound, first, count):
    """New sessions, and where they went."""
    return fill(pound.port, range(first, first + count), burst=64)[1]


def again(pound, for_s):
    """The same load, and not one new session."""
    begin = time.monotonic()
    while elapsed(begin) < for_s:
        fill(pound.port, KNOWN, burst=64)


def unaffected(p99, base, when):
    assert p99 < 2 * base + 0.005, "p99 %s is %.1f ms, it was %.1f ms" % (when, p99 * 1e3, base * 1e3)


def test_a_million():
    pound = Pound(CONTROL + redirecting("2h"))
    worker, ctl = pound.worker_pid(), Ctl(pound)
    again(pound, 1)
    before = memory(worker)
    base, _ = measure(pound, "a thousand sessions", lambda: again(pound, 4))
    growing, places = measure(pound, "a million more come", lambda: push(pound, 0, COUNT - 1000))
    cost = memory(worker) - before
    say("%d sessions: %.1f bytes each", COUNT, cost / COUNT)
    standing, _ = measure(pound, "a million are there", lambda: again(pound, 4))
    unaffected(growing, base, "while they come")
    unaffected(standing, base, "with all of them")
    assert cost < COUNT * EACH * 1.02 + (1 << 20), "%d bytes" % cost
    equal(push(pound, 0, 20000), places[:20000], "the first ones stick")
    equal(push(pound, COUNT - 21000, 20000), places[-20000:], "the last ones stick")
    listed, text_ = measure(pound, "they are listed", ctl.good)
    unaffected(listed, base, "while they are listed")
    equal(text_.count(". Session key"), COUNT)
    equal(pound.since(0, FULL), [])
    pound.stop()


def test_no_more_than_that():
    """Beyond MaxSessions: the memory stays, and so do the times."""
    most = COUNT // 5
    pound = Pound(CONTROL + redirecting("2h", "MaxSessions %d" % most))
    worker, ctl = pound.worker_pid(), Ctl(pound)
    again(pound, 1)
    before = memory(worker)
    push(pound, 0, most)
    base, _ = measure(pound, "it is full", lambda: again(pound, 3))
    beyond, _ = measure(pound, "as many again", lambda: push(pound, most, most))
    unaffected(beyond, base, "while old ones go")
    assert memory(worker) - before < most * EACH * 1.02 + (1 << 20)
    equal(ctl.json()["listeners"][0]["services"][0]["session_count"], most)
    equal(len(pound.wait_log(FULL)), 1, "lines within a minute")
    pound.stop()


def test_their_end():
    """Some hundred thousand whose time is over: they go, and nobody waits."""
    many, ttl = COUNT // 5, 10
    pound = Pound(CONTROL + redirecting(ttl))
    worker, ctl = pound.worker_pid(), Ctl(pound)
    again(pound, 1)
    before = memory(worker)
    base, _ = measure(pound, "few sessions", lambda: again(pound, 3))
    push(pound, 0, many)

    def count():
        return ctl.json()["listeners"][0]["services"][0]["session_count"]

    def gone():
        """All but those that are used all the time."""
        while count() > len(KNOWN):
            again(pound, 0.2)
        return True
    most = count()
    ending, _ = measure(pound, "%d end" % most, gone)
    unaffected(ending, base, "while they go")
    assert most > many / 2, "most of %d had ended already: %d" % (many, most)
    until(lambda: memory(worker) < before + most * EACH / 10, "memory given back", 10, 0.2)
    pound.stop()


main(limit=380)
