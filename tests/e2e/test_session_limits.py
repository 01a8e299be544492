#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many sessions there can be, what they cost, and MaxConn with them:
A.1 21, A.3 2."""

import statistics
import threading
import time

from harness import *
from lib.sessions import ask, cluster, quick, request, session, sticky, who

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


def redirecting(ttl):
    """Pound answers by itself: sessions as fast as they can be made."""
    return Pound("LogLevel 0\nClient 30\n" + listener(service(
        *('Redirect "http://h%d.test"' % i for i in range(4)), session("HEADER", ttl))) + "\n")


def fill(pound, first, count, burst=16):
    """So many new keys; returns (seconds of each burst, places)."""
    times, places = [], []
    with Client(pound.port, timeout=60) as client:
        for start in range(first, first + count, burst):
            keys = range(start, min(start + burst, first + count))
            begin = time.monotonic()
            client.send(b"".join(request("HEADER", key) for key in keys))
            places += locations(client.sock, len(keys))
            times.append(elapsed(begin))
    return times, places


def locations(sock, count):
    """The first byte behind http://h of so many redirects."""
    data = b""
    while data.count(b"</html>") < count:
        more = sock.recv(1 << 17)
        assert more, "closed"
        data += more
    return [part[:1] for part in data.split(b"Location: http://h")[1:]]


def test_many():
    """200,000 of them: what they cost, and that the last is as fast as the first."""
    pound = redirecting(300)
    worker = pound.worker_pid()
    fill(pound, 10 ** 7, 2000)
    before = memory(worker)
    times, places = fill(pound, 0, MANY)
    cost = (memory(worker) - before) / MANY
    print("# %d sessions: %.1f bytes each, %.1f us a request" % (
        MANY, cost, sum(times) / MANY * 1e6))
    tenth = len(times) // 10
    first, last = (statistics.median(t) for t in (times[:tenth], times[-tenth:]))
    print("# a burst of 16: %.0f us at first, %.0f us at last" % (first * 1e6, last * 1e6))
    if SLOW == 1:
        assert cost < EACH * 1.1, "%.1f bytes for a session" % cost
        assert last < first * 1.5 + 0.0003, "slower and slower"
    equal(fill(pound, 0, 5000)[1], places[:5000], "all stick")
    equal(fill(pound, MANY - 5000, 5000)[1], places[-5000:], "all stick")
    equal(pound.since(0, FULL), [])
    pound.stop()


def test_memory_comes_back():
    pound = redirecting(2)
    worker = pound.worker_pid()
    fill(pound, 10 ** 7, 2000)
    before = memory(worker)
    count = MANY // 4
    fill(pound, 0, count)
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
