#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pipelined requests are answered in order: strict-http 6."""

from harness import *

origin = Origin(lambda r: reply(r.target.encode() + b":" + r.body))


@once
def pound():
    return Pound(simple(origin, "LogLevel 0"))


def wanted(count):
    return [b"/%d:%s" % (i, b"b" * (i % 3)) for i in range(count)]


def pipeline(count):
    """GETs, POSTs with a length and POSTs with chunks, in turn."""
    out = b""
    for i in range(count):
        if i % 3 == 0:
            out += build("GET", "/%d" % i, [], None, "1.1")
        elif i % 3 == 1:
            out += build("POST", "/%d" % i, [], b"b", "1.1")
        else:
            out += build("POST", "/%d" % i, ["Transfer-Encoding: chunked"], None, "1.1")
            out += encode_chunks(b"b", b"b")
    return out


def test_in_order():
    """More than fit into the budget of one turn."""
    for count in (2, 16, 17, 100):
        with Client(pound().port) as client:
            client.send(pipeline(count))
            equal([client.answer().body for _ in range(count)], wanted(count))
        equal([r.target for r in origin.take()], ["/%d" % i for i in range(count)])


def test_cut_anywhere():
    raw = pipeline(3)
    with Client(pound().port) as client:
        for i in range(1, len(raw)):
            client.send(raw[:i]).send(raw[i:])
            equal([client.answer().body for _ in range(3)], wanted(3), "cut at %d" % i)
    origin.take()


def test_followed_by_fin():
    with Client(pound().port) as client:
        client.send(pipeline(20)).fin()
        equal([client.answer().body for _ in range(20)], wanted(20))
        client.expect_close()
    origin.take()


def test_close_ends_the_pipeline():
    with Client(pound().port) as client:
        client.send(pipeline(2) + build("GET", "/x", ["Connection: close"], None, "1.1")
                    + pipeline(2))
        equal([client.answer().body for _ in range(3)], wanted(2) + [b"/x:"])
        client.expect_close()
    equal(len(origin.take()), 3)


def test_error_ends_the_pipeline():
    with Client(pound().port) as client:
        client.send(pipeline(2) + b"GET  / HTTP/1.1\r\n" + pipeline(2))
        equal([client.answer().body for _ in range(2)], wanted(2))
        equal(client.answer().status, 400)
        client.expect_close()
    equal(len(origin.take()), 2)


def test_long_pipeline_with_long_answers():
    """The client reads nothing until all is sent."""
    old, origin.answer = origin.answer, lambda r: reply(b"x" * 100000)
    with Client(pound().port) as client:
        client.send(pipeline(60))
        equal([len(client.answer().body) for _ in range(60)], [100000] * 60)
    origin.answer = old
    origin.take()


main()
