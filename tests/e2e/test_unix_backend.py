#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Back-ends on UNIX sockets: A.1 7, A.3 8."""

import os
import tempfile
import time

from harness import *

folder = tempfile.mkdtemp(prefix="pound-e2e.")


def path(name):
    return os.path.join(folder, name)


def test_requests_and_bodies():
    origin = Origin(lambda r: reply(r.body or b"ok"), path=path("a"))
    pound = Pound(simple(origin, "LogLevel 2\n"))
    with Client(pound.port) as client:
        equal(client.get().body, b"ok")
        equal(client.get(method="POST", body=b"x" * 300000).body, b"x" * 300000)
        equal(client.get(method="HEAD").status, 200)
    for request in origin.take():
        equal((request.get("Host"), request.get("X-Forwarded-For")), ("h.test", "127.0.0.1"))
    line = pound.wait_log("GET / HTTP/1.1 - HTTP/1.1 200")[0]
    assert path("a") in line, line
    pound.stop()


def test_connections_are_kept():
    origin = Origin(path=path("b"))
    pound = Pound(simple(origin))
    with Client(pound.port) as client:
        for _ in range(10):
            equal(client.get().status, 200)
    equal(len(origin.conns), 1)
    pound.stop()


def test_missing_socket_is_dead_and_comes_back():
    origin, other = Origin(reply(b"unix"), path=path("c"), up=False), Origin(reply(b"inet"))
    pound = Pound("LogLevel 0\n" + SHORT + listener(service(
        backend(origin, "Priority 9"), backend(other, "Priority 1"))) + "\n")
    with Client(pound.port) as client:
        equal({client.get().body for _ in range(20)}, {b"inet"})
        pound.wait_log(r"BackEnd .*%s dead \(killed\)" % path("c"))
        origin.up()
        pound.wait_log("BackEnd .*%s resurrect" % path("c"), timeout=3)
        until(lambda: client.get().body == b"unix", "answer of the UNIX back-end")
        origin.down()
        os.unlink(path("c"))
        equal({client.get().body for _ in range(20)}, {b"inet"})
    pound.stop()


def test_socket_without_listener():
    """A stale socket file refuses: dead, 503."""
    origin = Origin(path=path("d"))
    origin.down()
    pound = Pound(simple(origin, "LogLevel 0\n"))
    equal(ask(pound.port, build("GET", "/", [], None, "1.1")).status, 503)
    pound.wait_log(r"dead \(killed\)")
    pound.stop()


def test_full_backlog_is_tried_again():
    """It changes no state; a free place is taken at once."""
    import socket
    listener_socket = socket.socket(socket.AF_UNIX)
    listener_socket.bind(path("e"))
    listener_socket.listen(0)
    blockers = []
    while True:
        one = socket.socket(socket.AF_UNIX)
        one.setblocking(False)
        if one.connect_ex(path("e")) != 0:
            one.close()
            break
        blockers.append(one)
    origin = Origin(path=path("f"), up=False)
    origin.path = path("e")
    pound = Pound(simple(origin, "LogLevel 0\n", back="ConnTO 5"))
    with Client(pound.port) as client:
        begin = time.monotonic()
        client.request()
        assert client.is_open(0.3)
        for _ in blockers:
            listener_socket.accept()[0].close()
        conn = listener_socket.accept()[0]
        conn.settimeout(5)
        assert conn.recv(100).startswith(b"GET / HTTP/1.1\r\n")
        conn.sendall(OK)
        equal(client.answer().body, b"ok")
        assert elapsed(begin) < 2 * SLOW
    pound.stop()
    equal(pound.since(0, "dead"), [])


main()
