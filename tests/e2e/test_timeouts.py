#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Client, TimeOut, ConnTO, 408 and 504: design 1 rule 4, A.2 8, 28, 30, B.8.

The cases of a table wait at the same time.
"""

import threading
import time

from harness import *

def slow_body(request):
    """Ten pieces, one every 0.25 s: progress, though longer than TimeOut."""
    request.conn.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n")
    for _ in range(10):
        time.sleep(0.25)
        request.conn.send(b"x")


def stall(data):
    def act(request):
        request.conn.send(data)
    return act


def endless(request):
    try:
        request.conn.sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
        while True:
            request.conn.sock.sendall(b"x" * 65536)
    except OSError:
        pass


PATHS = {
    "/mute": lambda request: None, "/slow": slow_body, "/endless": endless, "/ok": lambda r: OK,
    "/half-head": stall(b"HTTP/1.1 200 OK\r\nContent-"),
    "/half-body": stall(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello"),
    "/half-chunk": stall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"),
}
origin = Origin(lambda r: PATHS[r.target](r))


def never_reads(conn):
    conn.reader.head_bytes()
    threading.Event().wait(30)


deaf = Origin(script=never_reads)


@once
def pound():
    return Pound("LogLevel 0\nClient 1\nTimeOut 1\nConnTO 1\nAlive 1\n" + listener(
        service('URL "^/deaf"', backend(deaf)), service(backend(origin))) + "\n")


def took(begin, low, high):
    assert low <= elapsed(begin) <= high + SLOW, "after %.2f s, not %g to %g" % (
        elapsed(begin), low, high + SLOW)


HEADS = [b"G", b"GET / HTTP/1.1\r\n", b"GET / HTTP/1.1\r\nHost: h.test\r\nA: b", b"\r\nGET"]


def told(words, limit):
    """The log says what was too slow, and which limit that was."""
    for line in pound().wait_log(words):
        assert line.endswith(": %s is 1 s" % limit) or " suppressed)" in line, line


def test_part_of_a_head():
    """408 Client seconds after the first byte, however the rest trickles in."""
    def part(raw, trickle):
        with Client(pound().port) as client:
            begin = time.monotonic()
            client.send(raw)
            if trickle:
                raw_end = time.monotonic() + 0.85
                while time.monotonic() < raw_end:
                    client.send(b"a")
                    time.sleep(0.15)
            equal(client.answer().status, 408)
            took(begin, 0.8, 1.6)
            client.expect_close()
    each([(raw, trickle) for raw in HEADS for trickle in (False, True) if not (
        trickle and raw == b"\r\nGET")], part, together=True)
    told("e408 request head not complete in time", "Client")


def test_slow_loris_among_others():
    """Many slow heads are cut; other clients notice nothing."""
    slow = [Client(pound().port) for _ in range(100)]
    begin = time.monotonic()
    for client in slow:
        client.send(b"GET / HTTP/1.1\r\nX: ")
    worst = 0.0
    while elapsed(begin) < 0.8:
        one = time.monotonic()
        equal(ask(pound().port, build("GET", "/ok", [], None, "1.1")).status, 200)
        worst = max(worst, elapsed(one))
        for client in slow:
            client.send(b"a")
    for client in slow:
        equal(client.answer().status, 408)
        client.close()
    took(begin, 0.8, 1.8)
    assert worst < 0.3 * SLOW, "another client waited %.2f s" % worst
    origin.take()


def test_nothing_sent():
    """Silent close, and nothing in the log."""
    mark = pound().quiet().mark()
    with Client(pound().port) as client:
        begin = time.monotonic()
        client.expect_close()
        took(begin, 0.8, 1.6)
    equal(pound().since(mark), [])


def test_empty_line_only():
    """No byte of a head came: an empty line is none."""
    with Client(pound().port) as client:
        equal(client.send(b"\r\n").rest(), b"")


BODIES = [
    ("length", "Content-Length: 10", b"hello"), ("length, none of it", "Content-Length: 10", b""),
    ("chunk", "Transfer-Encoding: chunked", b"5\r\nhel"),
    ("between chunks", "Transfer-Encoding: chunked", b"5\r\nhello\r\n"),
    ("trailers", "Transfer-Encoding: chunked", b"0\r\nA: b\r\n"),
]


def test_body_that_stops_coming():
    """No progress for Client seconds: 408, and the back-end is let go."""
    def stops(_, framing, part):
        begin = time.monotonic()
        with Client(pound().port) as client:
            client.send(build("POST", "/ok", [framing], None, "1.1") + part)
            equal(client.answer().status, 408)
            took(begin, 0.8, 1.6)
            client.expect_close()
    each(BODIES, stops, together=True)
    until(lambda: not [c for c in origin.open_conns() if b"POST" in c.received],
          "close of the back-end connections")
    assert not origin.take()
    told("e408 request body makes no progress", "Client")


def test_slow_body_with_progress():
    """Per progress, not in all: 2.5 s with Client 1 and TimeOut 1."""
    def up(_):
        with Client(pound().port) as client:
            client.send(build("POST", "/ok", ["Content-Length: 10"], None, "1.1"))
            for _ in range(10):
                time.sleep(0.25)
                client.send(b"x")
            equal(client.answer().status, 200)

    def down(_):
        equal(ask(pound().port, build("GET", "/slow", [], None, "1.1")).body, b"x" * 10)
    each([(up,), (down,)], lambda way: way(None), together=True)
    origin.take()


ANSWERS = [("/mute", 504), ("/half-head", 504), ("/half-body", None), ("/half-chunk", None)]


def test_back_end_that_stops():
    """TimeOut: 504 before the answer began, else the client is cut."""
    def stops(path, status):
        begin = time.monotonic()
        with Client(pound().port) as client:
            client.request(path)
            try:
                equal(client.answer().status, status)
            except Truncated as cut:
                assert status is None, "cut instead of %s" % status
                equal(cut.part, b"hello")
            took(begin, 0.8, 1.6)
    each(ANSWERS, stops, together=True)
    origin.take()
    assert not pound().since(0, "dead"), "a slow back-end is not dead"
    told("e504 back-end did not answer in time", "TimeOut")
    told("back-end stopped in its answer", "TimeOut")


def test_time_out_starts_with_the_end_of_the_request():
    with Client(pound().port) as client:
        client.send(build("POST", "/mute", ["Content-Length: 3"], None, "1.1"))
        for _ in range(3):
            time.sleep(0.6)
            client.send(b"x")
        begin = time.monotonic()
        equal(client.answer().status, 504)
        took(begin, 0.8, 1.6)
    origin.take()


def test_back_end_that_takes_nothing():
    """TimeOut while it does not take what we have."""
    raw = build("POST", "/deaf", ["Content-Length: 100000000"], None, "1.1") + b"x" * 50000000
    with Client(pound().port, timeout=15) as client:
        sender = threading.Thread(target=client.send, daemon=True, args=(raw,))
        begin = time.monotonic()
        sender.start()
        equal(client.answer().status, 504)
        took(begin, 0.8, 4)
    told("e504 back-end does not take the request in time", "TimeOut")


def test_client_that_takes_nothing():
    """Client seconds without progress in writing to it: cut."""
    with Client(pound().port, buffer=4096) as client:
        client.request("/endless")
        origin.wait_requests(1)
        begin = time.monotonic()
        conn = origin.one().conn
        until(conn.done.is_set, "end of the back-end connection", 6)
        took(begin, 0.5, 4)
    told("client does not read the answer", "Client")


def test_keep_alive_time_out_is_the_whole_head():
    """A second head on a kept connection has the same limit."""
    with Client(pound().port) as client:
        equal(client.get("/ok").status, 200)
        begin = time.monotonic()
        client.send(b"GET / HT")
        equal(client.answer().status, 408)
        took(begin, 0.6, 1.6)
    origin.take()


main()
