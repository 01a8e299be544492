#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Persistent connections on both sides: strict-http 6, A.2 13, 14, 33."""

import time

from harness import *

origin = Origin()


@once
def pound():
    return Pound(simple(origin, "LogLevel 0"))


CLIENT = [  # version, fields of the request, kept?
    ("1.1", [], True), ("1.1", ["Connection: keep-alive"], True),
    ("1.1", ["Connection: close"], False), ("1.1", ["Connection: Close"], False),
    ("1.1", ["Connection: close, x"], False), ("1.1", ["Connection: x,close"], False),
    ("1.1", ["Connection:  x ,\tclose "], False), ("1.1", ["Connection: ,,close,"], False),
    ("1.1", ["Connection: keep-alive, close"], False),
    ("1.1", ["Connection: keep-alive", "Connection: close"], False),
    ("1.1", ["Connection: close", "Connection: keep-alive"], False),
    ("1.1", ["Connection: closed"], True), ("1.1", ["Connection:"], True),
    ("1.1", ["Proxy-Connection: close"], True),
    ("1.0", [], False), ("1.0", ["Connection: keep-alive"], True),
    ("1.0", ["Connection: Keep-Alive"], True), ("1.0", ["Connection: x, keep-alive"], True),
    ("1.0", ["Connection: close"], False), ("1.0", ["Connection: keep-alive, close"], False),
]


def test_client_side():
    def kept(version, fields, keep):
        with Client(pound().port) as client:
            response = client.get("/", *fields, version=version)
            equal(response.body, b"ok")
            if not keep:
                client.expect_close()
                if version == "1.1":
                    equal(response.get("Connection"), "close")
                return
            wanted = "keep-alive" if version == "1.0" else None
            equal((response.get("Connection") or "").lower() or None, wanted)
            equal(client.get("/2", *fields, version=version).body, b"ok")
    each(CLIENT, kept)
    origin.take()


def test_many_requests_on_one_connection():
    before = len(origin.conns)
    with Client(pound().port) as client:
        for i in range(100):
            equal(client.get("/%d" % i).body, b"ok")
    equal([r.target for r in origin.take()], ["/%d" % i for i in range(100)])
    assert len(origin.conns) <= before + 1, "back-end connections are not kept"


def test_back_end_connection_shared_by_clients():
    """Given back after the exchange: the next client may use it."""
    front = Pound(simple(origin, "Threads 1\n"))
    before = len(origin.conns)
    with Client(front.port) as one, Client(front.port) as two:
        for _ in range(10):
            equal(one.get().body + two.get().body, b"okok")
    used = len(origin.conns) - before
    assert used <= 2, "%d back-end connections for 20 requests in turn" % used
    front.stop()
    origin.take()


def test_ten_requests_to_a_1_0_back_end_that_closes():
    old = Origin(lambda r: then_close(reply(r.target.encode(), version="1.0"))(r))
    front = Pound(simple(old))
    with Client(front.port) as client:
        for i in range(10):
            equal(client.get("/%d" % i).body, b"/%d" % i)
    equal(len(old.conns), 10)
    front.stop()


def test_connection_close_of_the_back_end_is_its_own():
    origin.answer = lambda r: then_close(reply(b"ok", "Connection: close"))(r)
    with Client(pound().port) as client:
        for _ in range(3):
            response = client.get()
            equal((response.body, response.get("Connection")), (b"ok", None))
    origin.answer = OK
    origin.take()


def test_keep_connections_0():
    front = Pound(simple(origin, back="KeepConnections 0"))
    before = len(origin.conns)
    with Client(front.port) as client:
        for i in range(5):
            equal(client.get().body, b"ok")
            conn = origin.conns[before + i]
            until(lambda: conn.ended, "close of the back-end connection", 1)
    equal(len(origin.conns), before + 5)
    front.stop()
    origin.take()


def test_keep_time():
    """An idle back-end connection is closed after KeepTime."""
    front = Pound(simple(origin, back="KeepTime 1"))
    with Client(front.port) as client:
        client.get()
        conn = origin.one().conn
        begin = time.monotonic()
        until(lambda: conn.ended, "close of the idle connection", 4)
        assert 0.7 < elapsed(begin) < 3 * SLOW, elapsed(begin)
    front.stop()


def test_keep_time_default():
    """4 s: well after three quiet seconds it is still there."""
    front = Pound(simple(origin))
    ask(front.port, build("GET", "/", [], None, "1.1"))
    conn = origin.one().conn
    begin = time.monotonic()
    until(lambda: conn.ended, "close of the idle connection", 6)
    assert 3.5 < elapsed(begin) < 5.5 * SLOW, elapsed(begin)
    front.stop()


def test_back_end_closes_an_idle_connection():
    """It is watched: no request is lost on it."""
    with Client(pound().port) as client:
        for _ in range(5):
            equal(client.get(method="POST", body=b"x").status, 200)
            conn = origin.take()[-1].conn
            conn.close()


def test_idle_client_is_closed_silently():
    mark = pound().quiet().mark()
    with Client(pound().port) as client:
        client.get()
        begin = time.monotonic()
        client.expect_close(6)
        assert 1.7 < elapsed(begin) < 3.5 * SLOW, elapsed(begin)
    equal(pound().since(mark), [])
    origin.take()


def test_fin_after_the_request_is_no_abort():
    """A client may shut its write side and still wants the answer."""
    def late(request):
        time.sleep(0.3)
        return OK
    origin.answer = late
    with Client(pound().port) as client:
        equal(client.request().fin().answer().body, b"ok")
        client.expect_close()
    origin.answer = OK
    origin.take()


def test_rst_ends_the_exchange():
    origin.answer = lambda request: None
    with Client(pound().port) as client:
        client.request()
        origin.wait_requests(1)
        client.rst()
    conn = origin.one().conn
    until(lambda: conn.ended, "close of the back-end connection", 1.5)
    origin.answer = OK


main()
