#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""MaxConn of a BackEnd and its queue: A.1 21."""

import threading
import time

from harness import *


class Gate:
    """An Origin whose answers wait until release(n)."""

    def __init__(self, body=b"ok"):
        self.permits = threading.Semaphore(0)
        self.body = body
        self.inside = 0
        self.most = 0
        self.origin = Origin(self.answer)

    def answer(self, request):
        self.inside += 1
        self.most = max(self.most, self.inside)
        self.permits.acquire()
        self.inside -= 1
        return reply(self.body)

    def release(self, count=1):
        for _ in range(count):
            self.permits.release()


def start(*back):
    return Pound("LogLevel 0\n" + SHORT + listener(service(*back)) + "\n")


def clients(pound, count):
    got = [Client(pound.port) for _ in range(count)]
    for i, client in enumerate(got):
        client.request("/%d" % i)
    return got


def test_never_more_than_max_conn():
    gate = Gate()
    pound = start(backend(gate.origin, "MaxConn 2", "ConnTO 10"))
    waiting = clients(pound, 8)
    for _ in range(4):
        until(lambda: gate.inside == 2, "two requests at the back-end")
        equal(len(gate.origin.open_conns()), 2)
        gate.release(2)
    equal([client.answer().status for client in waiting], [200] * 8)
    equal(gate.most, 2, "most at once")
    pound.stop()


def test_idle_connection_makes_room():
    """An idle connection is closed when someone waits, whichever thread has it."""
    origin = Origin()
    pound = start(backend(origin, "MaxConn 1", "ConnTO 10"))
    begin = time.monotonic()
    held = []
    for _ in range(20):
        client = Client(pound.port)
        equal(client.get().body, b"ok")
        held.append(client)
    for client in held:
        equal(client.get().body, b"ok")
    assert elapsed(begin) < 2 * SLOW, "%.1f s for 40 requests" % elapsed(begin)
    until(lambda: len(origin.open_conns()) <= 1, "close of the others")
    pound.stop()


def test_waits_at_most_conn_to():
    gate = Gate()
    pound = start(backend(gate.origin, "MaxConn 1", "ConnTO 1", "TimeOut 10"))
    first, second = clients(pound, 2)
    begin = time.monotonic()
    until(lambda: gate.inside == 1, "request at the back-end")
    codes = []
    done = [c for c in (first, second) if not c.is_open(2.0 * SLOW)]
    equal(len(done), 1, "clients answered")
    equal(done[0].answer().status, 503)
    assert elapsed(begin) >= 0.8
    gate.release()
    other = second if done[0] is first else first
    equal(other.answer().status, 200)
    assert not pound.since(0, "dead"), "waiting is no failure of the back-end"
    pound.stop()


def test_then_the_next_back_end():
    gate, other = Gate(b"gate"), Origin(reply(b"other"))
    pound = start(backend(gate.origin, "MaxConn 1", "ConnTO 1", "TimeOut 10", "Priority 9"),
                  backend(other, "Priority 1"))
    waiting = clients(pound, 5)
    until(lambda: gate.inside == 1, "request at the back-end")
    until(lambda: len(other.requests) == 4, "the others at the next back-end", 5)
    gate.release()
    equal(sorted(client.answer().body for client in waiting), [b"gate"] + [b"other"] * 4)
    pound.stop()


def test_queue_is_bounded():
    """At most 10 x n requests wait: one more is answered at once."""
    gate = Gate()
    pound = start(backend(gate.origin, "MaxConn 1", "ConnTO 8", "TimeOut 20"))
    first = clients(pound, 1)
    until(lambda: gate.inside == 1, "request at the back-end")
    begin = time.monotonic()
    waiting = clients(pound, 14)
    early = []
    until(lambda: early.extend(c for c in waiting if c not in early and not c.is_open(0.05))
          or len(early) >= 4, "4 early answers", 4)
    equal([c.answer().status for c in early], [503] * 4)
    assert elapsed(begin) < 5 * SLOW
    gate.release(11)
    rest = [c for c in waiting if c not in early]
    equal([c.answer().status for c in first + rest], [200] * 11)
    pound.stop()


def test_order_of_arrival():
    gate = Gate()
    pound = start(backend(gate.origin, "MaxConn 1", "ConnTO 8", "TimeOut 20"))
    pound_clients = clients(pound, 1)
    until(lambda: gate.inside == 1, "request at the back-end")
    one = Client(pound.port)  # one connection, one thread: its requests are in order
    for i in range(3):
        one.request("/in-order/%d" % i)
    gate.release(10)
    equal([one.answer().status for _ in range(3)], [200] * 3)
    targets = [r.target for r in gate.origin.take() if "in-order" in r.target]
    equal(targets, ["/in-order/%d" % i for i in range(3)])
    equal(pound_clients[0].answer().status, 200)
    pound.stop()


def test_client_that_gives_up_leaves_the_queue():
    gate = Gate()
    pound = start(backend(gate.origin, "MaxConn 1", "ConnTO 8", "TimeOut 20"))
    first = clients(pound, 1)[0]
    until(lambda: gate.inside == 1, "request at the back-end")
    for client in clients(pound, 5):
        client.rst()
    pound.wait_log("client closed", count=5)
    last = Client(pound.port)
    last.request("/last")
    gate.release(2)
    equal((first.answer().status, last.answer().status), (200, 200))
    equal([r.target for r in gate.origin.take()], ["/0", "/last"])
    pound.stop()


main()
