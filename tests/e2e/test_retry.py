#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""When a request is sent a second time, and when never: A.2 24, 33."""

import time

from harness import *


class Flaky:
    """Answers the first `good` requests of each connection, then fails.

    Connections from number `fresh` on always answer.
    """

    def __init__(self, good=1, fail=then_close(b""), fresh=1):
        self.good, self.fail, self.fresh = good, fail, fresh
        self.origin = Origin(self.answer)

    def answer(self, request):
        conn = request.conn
        if conn.number >= self.fresh or len(conn.requests) <= self.good:
            return OK
        return self.fail(request)


def start(*origins):
    return Pound("Threads 1\nLogLevel 0\n" + SHORT + listener(
        "xHTTP 2", service(*map(backend, origins))) + "\n")


PARTIAL = then_close(b"HTTP/1.1 2")
CASES = [  # name, method, body, how it fails, status, requests seen
    ("GET, FIN", "GET", None, then_close(b""), 200, 2),
    ("GET, RST", "GET", None, then_rst(b""), 200, 2),
    ("HEAD", "HEAD", None, then_close(b""), 200, 2),
    ("OPTIONS", "OPTIONS", None, then_close(b""), 200, 2),
    ("PUT without body", "PUT", None, then_close(b""), 200, 2),
    ("DELETE", "DELETE", None, then_close(b""), 200, 2),
    ("POST", "POST", b"x", then_close(b""), 502, 1),
    ("POST without body", "POST", None, then_close(b""), 502, 1),
    ("POST, RST", "POST", b"x", then_rst(b""), 502, 1),
    ("PATCH", "PATCH", None, then_close(b""), 502, 1),
    ("LOCK", "LOCK", None, then_close(b""), 502, 1),
    ("PUT with a body", "PUT", b"x", then_close(b""), 502, 1),
    ("GET with a body", "GET", b"x", then_close(b""), 502, 1),
    ("GET, a byte of an answer", "GET", None, then_close(b"H"), 502, 1),
    ("GET, part of an answer", "GET", None, PARTIAL, 502, 1),
]


def test_on_a_kept_connection():
    def kept(_, method, body, fail, status, seen):
        flaky = Flaky(fail=fail)
        pound = start(flaky.origin)
        with Client(pound.port) as client:
            equal(client.get("/first").status, 200)
            answer = client.get("/second", method=method, body=body)
            equal(answer.status, status)
        requests = [r for r in flaky.origin.take() if r.target == "/second"]
        equal(len(requests), seen, "times sent")
        equal({r.body for r in requests}, {body or b""})
        pound.stop()
    each(CASES, kept)


def test_never_on_a_fresh_connection():
    for method in ("GET", "POST"):
        flaky = Flaky(good=0)
        pound = start(flaky.origin)
        with Client(pound.port) as client:
            equal(client.get("/", method=method).status, 502)
        equal(len(flaky.origin.take()), 1, "times sent")
        pound.stop()


def test_only_once():
    flaky = Flaky(good=1, fresh=1)
    pound = start(flaky.origin)
    with Client(pound.port) as client:
        equal(client.get("/first").status, 200)
        flaky.good, flaky.fresh = 0, 99
        equal(client.get("/second").status, 502)
    equal([r.target for r in flaky.origin.take()], ["/first", "/second", "/second"])
    pound.stop()


def test_on_the_next_back_end():
    """The back-end is gone: the second time another one answers."""
    def go_down(request):
        one.down()

    one, two = Origin(reply(b"one")), Origin(reply(b"two"))
    pound = start(one, two)
    with Client(pound.port) as client:
        until(lambda: client.get().body == b"one", "answer of the first")
        one.answer = go_down
        for _ in range(20):
            answer = client.get("/after")
            equal((answer.status, answer.body), (200, b"two"))
    pound.stop()


def test_post_wants_a_young_connection():
    """A kept one only if it was idle for less than 1 s, else a fresh one."""
    origin = Origin()
    pound = start(origin)
    with Client(pound.port) as client:
        client.get()
        client.get(method="POST", body=b"x")
        young = origin.take()
        assert young[0].conn is young[1].conn, "a connection idle for 0 s was not used"
        time.sleep(1.2)
        client.get(method="POST", body=b"x")
        assert origin.one().conn is not young[1].conn, "one idle for 1.2 s was used"
    pound.stop()


def test_get_takes_an_old_connection():
    origin = Origin()
    pound = start(origin)
    with Client(pound.port) as client:
        client.get()
        time.sleep(1.2)
        client.get()
    old, new = origin.take()
    assert old.conn is new.conn
    pound.stop()


main()
