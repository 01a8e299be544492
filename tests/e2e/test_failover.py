#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Dead back-ends, their revival, Emergency: B.6, A.1 15, A.3 7, 8."""

import threading
import time

from harness import *
from lib.silent import Silent


def cluster(count, **options):
    return [Origin(lambda r, i=i: reply(b"%d" % i), **options) for i in range(count)]


def start(*lines):
    return Pound("LogLevel 0\n" + SHORT + listener(service(*lines)) + "\n")


def bodies(pound, count=30):
    with Client(pound.port) as client:
        return {client.get().body for _ in range(count)}


def dead(origin):
    return r"BackEnd 127\.0\.0\.1:%d dead \(killed\)" % origin.port


def resurrect(origin):
    return r"BackEnd 127\.0\.0\.1:%d resurrect" % origin.port


def test_dead_is_skipped_and_comes_back():
    one, two, three = origins = cluster(3)
    pound = start(*map(backend, origins))
    equal(bodies(pound), {b"0", b"1", b"2"})
    two.down()
    equal(bodies(pound), {b"0", b"2"})
    equal(len(pound.wait_log(dead(two))), 1)
    two.up()
    begin = time.monotonic()
    pound.wait_log(resurrect(two), timeout=3)
    assert elapsed(begin) < 2.2 * SLOW, "back after %.1f s, Alive is 1" % elapsed(begin)
    equal(bodies(pound, 60), {b"0", b"1", b"2"})
    pound.stop()
    equal(len(pound.since(0, dead(two))), 1, "lines about the death")
    equal(len(pound.since(0, resurrect(two))), 1, "lines about the revival")


def test_no_request_notices():
    """Fail-over happens within the request, for any method with its body."""
    one, two = cluster(1, up=False) + cluster(1)
    pound = start(backend(one, "Priority 9"), backend(two))
    with Client(pound.port) as client:
        for _ in range(10):
            equal(client.get("/", method="POST", body=b"hello").status, 200)
    equal({r.body for r in two.take()}, {b"hello"})
    pound.stop()


def test_all_dead():
    one, two = origins = cluster(2, up=False)
    pound = start(*map(backend, origins))
    mark = pound.mark()
    equal(ask(pound.port, build("GET", "/", [], None, "1.1")).status, 503)
    for origin in origins:
        pound.wait_log(dead(origin), mark)
    pound.wait_log("e503", mark)
    two.up()
    until(lambda: ask(pound.port, build("GET", "/", [], None, "1.1")).status == 200,
          "revival", 3)
    pound.stop()


def test_emergency():
    one, spare = cluster(2)
    pound = start(backend(one), block("Emergency", "Address 127.0.0.1", "Port %d" % spare.port))
    equal(bodies(pound), {b"0"})
    one.down()
    equal(bodies(pound), {b"1"})
    one.up()
    pound.wait_log(resurrect(one))
    equal(bodies(pound), {b"0"})
    pound.stop()


def test_emergencies_in_order():
    one, first, second = cluster(3)
    pound = start(backend(one), *(block("Emergency", "Address 127.0.0.1", "Port %d" % o.port)
                                  for o in (first, second)))
    one.down()
    equal(bodies(pound), {b"1"})
    first.down()
    equal(bodies(pound), {b"2"})
    first.up()
    equal(bodies(pound), {b"1"})
    second.down()
    first.down()
    equal(ask(pound.port, build("GET", "/", [], None, "1.1")).status, 503)
    pound.stop()


def test_emergency_when_all_are_disabled():
    one, spare = cluster(2)
    pound = start(backend(one, "Disabled 1"),
                  block("Emergency", "Address 127.0.0.1", "Port %d" % spare.port))
    equal(bodies(pound), {b"1"})
    pound.stop()


def test_connect_time_out_kills():
    """A back-end that never answers the SYN: ConnTO, then dead."""
    full, two = Silent(), Origin(reply(b"1"))
    pound = start(backend(full, "ConnTO 1", "Priority 9"), backend(two, "Priority 1"))
    begin = time.monotonic()
    equal(bodies(pound, 20), {b"1"})
    assert 0.8 < elapsed(begin) < 3 * SLOW, elapsed(begin)
    equal(len(pound.wait_log(dead(full))), 1)
    pound.stop()
    full.close()


def test_failures_after_connecting_do_not_kill():
    origin = Origin(then_close(b""))
    pound = start(backend(origin, "TimeOut 1"))
    for answer in (then_close(b""), then_rst(b""), b"rubbish\r\n\r\n", then_close(b"HTTP/1.1 2")):
        origin.answer = answer
        equal(ask(pound.port, build("POST", "/", [], b"x", "1.1")).status, 502)
    origin.answer = lambda request: None
    equal(ask(pound.port, build("POST", "/", [], b"x", "1.1")).status, 504)
    origin.answer = OK
    equal(ask(pound.port, build("GET", "/", [], None, "1.1")).status, 200)
    pound.stop()
    equal(pound.since(0, "dead"), [])


def test_state_belongs_to_one_service():
    """The same address in two services: each finds out by itself."""
    origin = Origin(up=False)
    pound = Pound("LogLevel 0\nAlive 30\n" + SHORT.replace("Alive 1\n", "") + listener(
        service('URL "^/a"', backend(origin)), service('URL "^/b"', backend(origin))) + "\n")
    for count, path in ((1, "/a"), (1, "/a"), (2, "/b"), (2, "/b")):
        equal(ask(pound.port, build("GET", path, [], None, "1.1")).status, 503)
        equal(len(pound.wait_log(dead(origin), count=count)), count, path)
    origin.up()
    equal(ask(pound.port, build("GET", "/a", [], None, "1.1")).status, 503, "Alive is 30")
    pound.stop()


def test_killed_under_load():
    """No request fails but those whose answer had begun."""
    origins = cluster(3)
    pound = start(*map(backend, origins))
    failures, done = [], [0] * 8
    stop = threading.Event()

    def load(number):
        while not stop.is_set():
            try:
                with Client(pound.port) as client:
                    for _ in range(50):
                        answer = client.get()
                        if answer.status != 200:
                            failures.append((time.monotonic(), answer.status))
                        done[number] += 1
            except Truncated:
                failures.append((time.monotonic(), "cut"))

    threads = [threading.Thread(target=load, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    until(lambda: sum(done) > 300, "load")
    killed = time.monotonic()
    origins[1].down()
    before = sum(done)
    until(lambda: sum(done) > before + 500 and elapsed(killed) > 0.7, "more load", 20)
    back = time.monotonic()
    origins[1].up()
    pound.wait_log(resurrect(origins[1]), timeout=4)
    origins[1].take()
    until(lambda: origins[1].requests, "request to the revived back-end", 3)
    assert elapsed(back) < 3 * SLOW
    stop.set()
    for thread in threads:
        thread.join()
    assert len(failures) <= 8, failures
    assert not [f for f in failures if f[0] > killed + 0.5 * SLOW], failures
    pound.stop()


main()
