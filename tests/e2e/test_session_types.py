#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sessions of each Type: clients stick, move when they must, stick again;
B.6.4, B.6.5, A.3 2 to 4."""

import time

from harness import *
from lib.sessions import KINDS, ask, cluster, quick, session, sticky, who

# All 1,000 of them where time does not matter.
CLIENTS = 1000 if seconds(10) > 10 else 250 if SLOW == 1 else 150
origins = cluster(4)
SPARE = quick(b"E")


def spread(names, count=4):
    """Every back-end has about its share."""
    names = list(names)
    for name in set(names):
        share = names.count(name) / len(names)
        assert 0.2 / count < share < 2.5 / count, "%r has %.2f" % (name, share)
    equal(len(set(names)), count, "back-ends in use")


def test_stick():
    """22 requests of each, over four connections, wherever those land."""
    def one(kind):
        pound = Pound("Threads 3\n" + sticky(kind, origins))
        where = who(pound, kind, range(CLIENTS))
        for _ in range(3):
            for key, name in where.items():
                equal(set(ask(pound, kind, key, 7)), {name}, "client %d" % key)
        spread(where.values())
        pound.stop()
    each([(kind,) for kind in KINDS], one)


def test_no_key():
    """Requests without one are spread, and so they stay."""
    def one(kind):
        pound = Pound(sticky(kind, origins))
        spread(name for _ in range(20) for name in ask(pound, kind, None, 10))
        pound.stop()
    each([(kind,) for kind in KINDS if kind != "IP"], one)


def dead(origin):
    return r"BackEnd 127\.0\.0\.1:%d dead \(killed\)" % origin.port


def resurrect(origin):
    return r"BackEnd 127\.0\.0\.1:%d resurrect" % origin.port


def test_killed_and_revived():
    def one(kind):
        if not origins[2].listener:
            origins[2].up()  # a case before has failed
        pound = Pound(sticky(kind, origins))
        before = who(pound, kind, range(CLIENTS))
        origins[2].down()
        after = who(pound, kind, range(CLIENTS))
        equal({k: n for k, n in after.items() if before[k] != b"2"},
              {k: n for k, n in before.items() if n != b"2"}, "those of the others")
        spread([after[k] for k in after if before[k] == b"2"], 3)
        equal(who(pound, kind, range(CLIENTS)), after, "they stick again")
        equal(len(pound.wait_log(dead(origins[2]))), 1, "lines about it")
        origins[2].up()
        pound.wait_log(resurrect(origins[2]), timeout=4)
        equal(who(pound, kind, range(CLIENTS)), after, "who has moved does not come back")
        spread(who(pound, kind, range(CLIENTS, 2 * CLIENTS)).values())
        pound.stop()
    each([(kind,) for kind in KINDS], one)


def test_emergency_gets_none():
    def one(kind):
        main = cluster(2)
        pound = Pound(sticky(kind, main, more=[
            block("Emergency", "Address 127.0.0.1", "Port %d" % SPARE.port)]))
        for origin in main:
            origin.down()
        equal(set(who(pound, kind, range(20)).values()), {b"E"})
        for origin in main:
            origin.up()
        for origin in main:
            pound.wait_log(resurrect(origin), timeout=4)
        where = who(pound, kind, range(40))
        spread(where.values(), 2)
        equal(who(pound, kind, range(40)), where)
        pound.stop()
        for origin in main:
            origin.close()
    each([(kind,) for kind in KINDS], one, together=True)


def test_disabled_takes_part_no_more():
    """From the start on; sessions that it has need poundctl."""
    pound = Pound("LogLevel 0\n" + SHORT + listener(service(
        backend(origins[0], "Disabled 1"), backend(origins[1]), session("COOKIE"))) + "\n")
    equal(set(who(pound, "COOKIE", range(50)).values()), {b"1"})
    pound.stop()


# --- TTL --------------------------------------------------------------------

TTL = 2
GROUP = 40  # that all of them are drawn for the same back-end again: 4^-40


def left(pound, kind, groups):
    """How many of each group are still where they were."""
    return [sum(ask(pound, kind, key)[0] == name for key, name in group.items())
            for group in groups]


def wait(begin, after):
    time.sleep(max(0, begin + after - time.monotonic()))


def timed(pound, kind, first):
    """A group, and when its first request began and its last one was answered."""
    begin = time.monotonic()
    where = who(pound, kind, range(first, first + GROUP))
    return where, begin, time.monotonic()


def test_ttl_to_the_second():
    """Never early, at most a second late."""
    def one(kind):
        pound = Pound(sticky(kind, origins, TTL))
        early, begin, _ = timed(pound, kind, 0)
        late, _, end = timed(pound, kind, 1000)
        wait(begin, TTL - 0.3)
        asked = time.monotonic()
        stayed = left(pound, kind, [early])
        if elapsed(begin) < TTL:  # a machine that sleeps proves nothing
            equal(stayed, [GROUP], "before TTL")
        wait(end, TTL + 1)
        assert left(pound, kind, [late])[0] < GROUP * 0.7, "still there after TTL + 1"
        assert elapsed(asked) < 60
        pound.stop()
    each([(kind,) for kind in KINDS], one, together=SLOW == 1)


def test_ttl_slides():
    """Each use gives it TTL anew."""
    pound = Pound(sticky("COOKIE", origins, TTL))
    where, begin, _ = timed(pound, "COOKIE", 0)
    for turn in range(1, 5):
        wait(begin, turn * (TTL - 0.6))
        equal(left(pound, "COOKIE", [where]), [GROUP], "turn %d" % turn)
    wait(time.monotonic(), TTL + 1)
    assert left(pound, "COOKIE", [where])[0] < GROUP * 0.7
    pound.stop()


def test_ttl_begins_when_the_answer_is_over():
    """Who waits for long is not forgotten meanwhile."""
    def slow(name):
        def answer(request):
            if request.target == "/slow":
                time.sleep(TTL + 1.5)
            return reply(name)
        return Origin(answer)

    slow_ones = [slow(b"%d" % i) for i in range(4)]
    pound = Pound(sticky("COOKIE", slow_ones, TTL).replace("TimeOut 2", "TimeOut 20"))

    def one(key):
        with Client(pound.port) as client:
            cookie = "Cookie: sid=%s" % key
            name = client.get("/slow", cookie).body
            for _ in range(3):
                equal(client.get("/", cookie).body, name)
    each([("key%d" % i,) for i in range(30)], one, together=True)
    pound.stop()


main(limit=110)
