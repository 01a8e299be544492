#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTP/1.0 clients and back-ends: A.2 14 to 16, 25."""

from harness import *

origin = Origin()


@once
def pound():
    return Pound(simple(origin, "LogLevel 0"))


def test_served_and_closed():
    for raw in (b"GET / HTTP/1.0\r\n\r\n", b"GET / HTTP/1.0\r\nHost: h.test\r\n\r\n",
                b"GET / HTTP/1.0\n\n", b"GET / HTTP/1.0\nHost: h.test\n\n",
                b"GET / HTTP/1.0\r\nHost: h.test\r\nConnection: close\r\n\r\n"):
        with Client(pound().port) as client:
            response = client.send(raw).answer()
            equal((response.status, response.body), (200, b"ok"))
            client.expect_close()
        origin.one()


def test_back_end_sees_1_1():
    request = served(pound().port, origin, b"GET / HTTP/1.0\r\nHost: h.test\r\n\r\n")
    equal(request.start, "GET / HTTP/1.1")


def test_keep_alive():
    with Client(pound().port) as client:
        for i in range(5):
            response = client.get("/%d" % i, "Connection: keep-alive", version="1.0")
            equal((response.start, response.get("Connection").lower(), response.body),
                  ("HTTP/1.1 200 OK", "keep-alive", b"ok"))
        equal(client.get("/last", version="1.0").get("Connection") in (None, "close"), True)
        client.expect_close()
    equal(len(origin.take()), 6)


def test_post():
    for body in (b"", b"hello", b"x" * 100000):
        with Client(pound().port) as client:
            equal(client.get("/", method="POST", body=body, version="1.0").status, 200)
        equal(origin.one().body, body)


def test_post_without_length_has_no_body():
    with Client(pound().port) as client:
        equal(client.send(b"POST / HTTP/1.0\r\nHost: h.test\r\n\r\nhello").answer().status, 200)
        client.rest()
    equal(origin.one().body, b"")


def test_mixed_versions_on_one_connection():
    with Client(pound().port) as client:
        equal(client.get("/", "Connection: keep-alive", version="1.0").body, b"ok")
        equal(client.get("/").body, b"ok")
        equal(client.get("/", version="1.0").body, b"ok")
        client.expect_close()
    origin.take()


def test_1_0_back_end():
    """Its version is not shown; without keep-alive its connection is closed."""
    origin.answer = then_close(reply(b"old", version="1.0"))
    with Client(pound().port) as client:
        for _ in range(3):
            response = client.get()
            equal((response.start, response.body), ("HTTP/1.1 200 OK", b"old"))
    origin.answer = reply(b"old", "Connection: keep-alive", version="1.0")
    origin.take()
    with Client(pound().port) as client:
        for _ in range(3):
            equal(client.get().body, b"old")
    equal(len({r.conn for r in origin.take()}), 1)
    origin.answer = OK


main()
