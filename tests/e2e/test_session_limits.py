#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many sessions there can be, what they cost, and MaxConn with them:
A.1 21, A.3 2."""

import threading
import time

from harness import *
from lib.sessions import ask, cluster, fill, quick, redirecting, session, sticky, who

origins = cluster(4)
FULL = r"no room for more sessions"
MANY = 200000 if SLOW == 1 else 20000
EACH = 84  # what the manual says that a session with a short key takes


def limited(most):
    return sticky("COOKIE", origins, more=["MaxSessions %d" % most])


def test_the_oldest_goes():
    pound = Pound(limited(60))
    where = who(pound, "COOKIE", range(60))
    kept = list(range(0, 60, 2))
    for key in kept:
        equal(ask(pound, "COOKIE", key), [where[key]], "there is room for 60")
    equal(pound.since(0, FULL), [])
    who(pound, "COOKIE", range(100, 130))
    for key in kept:
        equal(ask(pound, "COOKIE", key), [where[key]], "used later than others")
    moved = sum(ask(pound, "COOKIE", key) != [where[key]] for key in range(1, 60, 2))
    assert moved > 10, "%d of 30 moved" % moved
    line, = pound.wait_log(FULL)
    assert "MaxSessions 60" in line, line
    who(pound, "COOKIE", range(1000, 1500))
    equal(len(pound.quiet().since(0, FULL)), 1, "lines within a minute")
    pound.stop()


def test_expired_ones_are_no_loss():
    """Room is made by time as well; nothing is said then."""
    pound = Pound(sticky("COOKIE", origins, 1, more=["MaxSessions 100"]))
    for turn in range(3):
        who(pound, "COOKIE", range(turn * 100, turn * 100 + 100))
        time.sleep(2.1)
    equal(pound.since(0, FULL), [])
    pound.stop()


def fresh(count, first=0):
    return range(first, first + count)


def at(times, share):
    return sorted(times)[int(share * (len(times) - 1))]


def warm_up(pound):
    """What the first requests cost is not what sessions cost."""
    fill(pound.port, fresh(2000, 10 ** 7))
    return memory(pound.worker_pid())


def test_many():
    """200,000 of them: what they cost, and that the last is as fast as the first."""
    pound = Pound(redirecting(300))
    before = warm_up(pound)
    times, places = fill(pound.port, fresh(MANY))
    cost = (memory(pound.worker_pid()) - before) / MANY
    print("# %d sessions: %.1f bytes each, %.1f us a request" % (
        MANY, cost, sum(times) / MANY * 1e6))
    tenth = len(times) // 10
    first, last = times[:tenth], times[-tenth:]
    for name, some in (("first", first), ("last", last)):
        print("# a burst of 16 of the %s: median %.0f us, p99 %.0f us" % (
            name, at(some, 0.5) * 1e6, at(some, 0.99) * 1e6))
    if SLOW == 1:
        assert cost < EACH * 1.05, "%.1f bytes for a session" % cost
        assert at(last, 0.5) < at(first, 0.5) * 1.5 + 0.0003, "slower and slower"
        assert at(last, 0.99) < at(first, 0.99) * 3 + 0.02, "slower and slower"
    equal(fill(pound.port, fresh(5000))[1], places[:5000], "all stick")
    equal(fill(pound.port, fresh(5000, MANY - 5000))[1], places[-5000:], "all stick")
    equal(pound.since(0, FULL), [])
    pound.stop()


def test_memory_comes_back():
    pound = Pound(redirecting(2))
    worker = pound.worker_pid()
    before = warm_up(pound)
    count = MANY // 4
    fill(pound.port, fresh(count))
    if SLOW == 1:
        assert memory(worker) > before + count * EACH / 4, "it costs nothing?"
        until(lambda: memory(worker) < before + count * EACH / 10, "memory given back", 15, 0.2)
    pound.stop()


def test_maxconn_does_not_move_it():
    """At MaxConn a request goes elsewhere; its session does not."""
    held, hold = threading.Event(), threading.Event()

    def answer(name):
        def script(head):
            if b"/hold" in head:
                held.set()
                hold.wait(20)
            return reply(name)
        return script

    pair = [quick(b"%d" % i, answer(b"%d" % i)) for i in range(2)]
    pound = Pound("LogLevel 0\n" + SHORT.replace("ConnTO 2", "ConnTO 1") + listener(service(
        *(backend(origin, "MaxConn 1", "TimeOut 20") for origin in pair),
        session("COOKIE"))) + "\n")
    name, = ask(pound, "COOKIE", 1)
    with Client(pound.port, timeout=20) as busy:
        busy.request("/hold", "Cookie: sid=key1")
        assert held.wait(5)
        begin = time.monotonic()
        other, = ask(pound, "COOKIE", 1)
        assert elapsed(begin) > 0.8, "it waits for ConnTO"
        assert other != name, "it waits at the other one"
        hold.set()
        equal(busy.answer().body, name)
    equal(set(ask(pound, "COOKIE", 1, 10)), {name}, "it has stayed")
    pound.stop()


def test_haport_moves_it():
    """A failed connect does not kill it then; the session moves all the same."""
    pair = cluster(2)
    alive = quick(b"A")
    pound = Pound("LogLevel 0\n" + SHORT.replace("Alive 1", "Alive 60") + listener(service(
        *(backend(origin, "HAport %d" % alive.port) for origin in pair),
        session("COOKIE"))) + "\n")
    where = who(pound, "COOKIE", range(20))
    gone = where[0]
    pair[int(gone)].down()
    for key in where:
        name, = set(ask(pound, "COOKIE", key, 3))
        assert name != gone
    pair[int(gone)].up()
    equal(set(who(pound, "COOKIE", range(20)).values()), {b"%d" % (1 - int(gone))},
          "they have moved for good")
    pound.stop()


def test_login_is_bound_first():
    """A connection that NTLM bound to a back-end stays there, whatever the
    session says; another connection of the client follows."""
    def named(name):
        def answer(request):
            if request.target == "/login":
                return reply(name, "WWW-Authenticate: NTLM", status="401 Unauthorized")
            return reply(name)
        return Origin(answer)

    pound = Pound(sticky("COOKIE", [named(b"0"), named(b"1")]))
    for i in range(6):
        with Client(pound.port) as client:
            name = client.get("/login").body
            for _ in range(5):
                equal(client.get("/", "Cookie: sid=key%d" % i).body, name)
        equal(ask(pound, "COOKIE", i), [name], "tied to where the login was")
    pound.stop()


main(limit=110)
