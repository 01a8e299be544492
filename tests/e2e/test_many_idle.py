#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A thousand idle keep-alive clients with Threads 2: design 1 rules 3 and 5."""

import threading
import time

from harness import *

COUNT = 1000
origin = Origin()


def all_memory(pound):
    return sum(memory(pid) for pid in [pound.pid] + pound.children())


def test_held_answered_and_given_back():
    pound = Pound("LogLevel 0\nThreads 2\n" + simple(origin).replace("Client 2", "Client 60"))
    for _ in range(20):
        ask(pound.port, build("GET", "/", [], None, "1.1"))
    before = all_memory(pound)
    idle = []
    for _ in range(COUNT):
        client = Client(pound.port)
        equal(client.get().status, 200)
        idle.append(client)
    held = all_memory(pound)
    begin = time.monotonic()
    equal(ask(pound.port, build("GET", "/", [], None, "1.1")).status, 200)
    assert elapsed(begin) < 0.05 * SLOW * 2, "one more took %.3f s" % elapsed(begin)
    for client in idle[::10]:
        equal(client.get().status, 200)
    for client in idle:
        client.close()
    if SLOW == 1:
        assert (held - before) / COUNT < 16384, "%d bytes a client" % ((held - before) / COUNT)
        until(lambda: all_memory(pound) < before * 1.05 + (1 << 20), "memory given back: %d, %d, %d"
              % (before, held, all_memory(pound)), 5)
    origin.take()
    pound.stop()


def test_back_end_connections_are_bounded():
    """Idle clients own none: KeepConnections a thread, and they end, too."""
    pound = Pound("LogLevel 0\nThreads 2\n" + simple(origin, back="KeepConnections 3"))
    first = len(origin.conns)
    clients = [Client(pound.port) for _ in range(100)]
    for client in clients:
        client.request()
    for client in clients:
        equal(client.answer().status, 200)
    until(lambda: len([c for c in origin.conns[first:] if c.ended is None]) <= 6,
          "at most 3 idle connections a thread", 3)  # KeepTime is 4 s
    origin.take()
    pound.stop()


def test_max_connections():
    """Beyond it a client waits until another leaves; one log line."""
    pound = Pound("LogLevel 0\nMaxConnections 8\n" + simple(origin).replace("Client 2", "Client 20"))
    mark = pound.quiet().mark()
    held = [Client(pound.port) for _ in range(8)]
    for client in held:
        equal(client.get().status, 200)
    late = Client(pound.port).request()
    assert late.is_open(0.5), "a ninth client was served"
    held[0].close()
    equal(late.answer().status, 200)
    equal(len(pound.quiet().since(mark)), 1, "log lines")
    pound.stop()
    origin.take()


def test_few_descriptors():
    """128 of them are 47 clients; a shortage is never held against a back-end."""
    pound = Pound("LogLevel 0\n" + simple(origin).replace("Client 2", "Client 20"), wait=None)
    pound.args = ["/bin/sh", "-c", 'ulimit -n 128; exec "$@"', "sh"] + pound.args
    pound.start()
    held = [Client(pound.port) for _ in range((128 - 32 - 1) // 2)]
    for client in held:
        client.request()
    equal({client.answer().status for client in held}, {200})
    late = Client(pound.port).request()
    assert late.is_open(0.5), "one client too many was served"
    for client in held[:5]:
        client.close()
    equal(late.answer().status, 200)
    pound.stop()
    equal(pound.since(0, "dead"), [])
    origin.take()


def test_idle_connections_make_room():
    """Those that a crowd has left to one back-end, for those to another."""
    crowd = (128 - 32 - 1) // 2
    meeting = threading.Barrier(crowd)
    one, two = Origin(), Origin()
    for back in (one, two):
        back.answer = lambda request: (meeting.wait(20), reply())[1]
    pound = Pound("LogLevel 0\nThreads 2\n" + listener(
        service('URL "^/one"', backend(one)), service('URL "^/two"', backend(two))) + "\n",
        wait=None)
    pound.args = ["/bin/sh", "-c", 'ulimit -n 128; exec "$@"', "sh"] + pound.args
    pound.start()
    held = [Client(pound.port, timeout=30) for _ in range(crowd)]
    for path in ("/one", "/two", "/one"):
        for client in held:
            client.request(path)
        equal({client.answer().status for client in held}, {200})
    for client in held:
        client.close()
    pound.stop()
    for back in (one, two):
        back.take()


main()
