#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""MaxRequest: A.2 3."""

from harness import *

origin = Origin()
LIMIT = 1000


@once
def pound():
    return Pound(simple(origin, listen="MaxRequest %d" % LIMIT, back="KeepConnections 0"))


def chunked(*sizes):
    return build("POST", "/", ["Transfer-Encoding: chunked"], None, "1.1") + encode_chunks(
        *[b"x" * size for size in sizes])


def test_length():
    for size in (0, LIMIT - 1, LIMIT):
        equal(len(served(pound().port, origin, build("POST", "/", [], b"x" * size, "1.1")).body), size)
    count = len(origin.conns)
    for size in (LIMIT + 1, 10 * LIMIT, 9223372036854775807):
        raw = build("POST", "/", ["Content-Length: %d" % size], None, "1.1")
        refused(pound().port, origin, raw, 413)
        refused(pound().port, origin, raw + b"x" * min(size, 5000), 413)
    equal(len(origin.conns), count, "connections to the back-end")


def test_chunks():
    for sizes in ((LIMIT,), (1,) * LIMIT, (LIMIT - 1, 1)):
        equal(len(served(pound().port, origin, chunked(*sizes)).body), LIMIT)


def test_too_many_chunks():
    """413 while no byte of an answer was sent; never a complete message behind us."""
    for sizes in ((LIMIT + 1,), (LIMIT, 1), (1,) * (LIMIT + 1), (400, 400, 400), (1 << 20,)):
        count = len(origin.conns)
        with Client(pound().port) as client:
            equal(client.send(chunked(*sizes)).answer().status, 413, sizes[:3])
            equal(client.rest(), b"")
        for conn in origin.conns[count:]:
            until(lambda: conn.ended, "close of the back-end connection")
            assert not conn.received.endswith(b"0\r\n\r\n")
        assert not origin.take()


def test_one_announced_size_beyond():
    """The size line is enough."""
    with Client(pound().port) as client:
        client.send(chunked()[:-5] + b"fffffff\r\n")
        equal(client.answer().status, 413)
    origin.take()


def test_other_methods_and_no_body():
    for raw in (build("GET", "/", [], None, "1.1"), build("GET", "/", [], b"x" * LIMIT, "1.1")):
        served(pound().port, origin, raw)
    refused(pound().port, origin, build("GET", "/", ["Content-Length: 1001"], None, "1.1"), 413)


def test_bigger_than_32_bits():
    front = Pound(simple(origin, listen="MaxRequest 5000000000"))
    refused(front.port, origin, build("POST", "/", ["Content-Length: 5000000001"], None, "1.1"), 413)
    count = len(origin.conns)
    with Client(front.port) as client:
        client.send(build("POST", "/", ["Content-Length: 5000000000"], None, "1.1") + b"x")
        conn = origin.wait_conns(count + 1)
        until(lambda: conn.received.endswith(b"x"), "body at the back-end")
    front.stop()


main()
