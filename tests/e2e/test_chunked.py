#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Transfer-Encoding of requests and chunks: strict-http 4 and 5."""

from harness import *

origin = Origin()
HEAD = b"POST / HTTP/1.1\r\nHost: h.test\r\nTransfer-Encoding: chunked\r\n\r\n"
END = b"0\r\n\r\n"


@once
def pound():
    """KeepConnections 0: each exchange has its own back-end connection."""
    return Pound(simple(origin, back="KeepConnections 0"))


CODINGS = [  # field lines, status
    ([b"Transfer-Encoding: identity"], 501), ([b"Transfer-Encoding: gzip"], 501),
    ([b"Transfer-Encoding: xchunked"], 501), ([b"Transfer-Encoding: chunkedx"], 501),
    ([b"Transfer-Encoding: gzip, chunked"], 400), ([b"Transfer-Encoding: chunked, gzip"], 400),
    ([b"Transfer-Encoding: chunked, chunked"], 400), ([b"Transfer-Encoding: chunked,"], 400),
    ([b"Transfer-Encoding: ,chunked"], 400), ([b"Transfer-Encoding: chunked;q=1"], 400),
    ([b"Transfer-Encoding: chunked; a=b"], 400), ([b'Transfer-Encoding: "chunked"'], 400),
    ([b"Transfer-Encoding: chunked foo"], 400), ([b"Transfer-Encoding: x chunked"], 400),
    ([b"Transfer-Encoding:"], 400), ([b"Transfer-Encoding: "], 400),
    ([b"Transfer-Encoding: \x0bchunked"], 400), ([b"Transfer-Encoding: chunked\x00"], 400),
    ([b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked"], 400),
    ([b"Transfer-Encoding: chunked", b"Transfer-Encoding: identity"], 400),
    ([b"Transfer-Encoding: identity", b"Transfer-Encoding: chunked"], 400),
    ([b"Transfer-Encoding : chunked"], 400), ([b"Transfer-Encoding\t: chunked"], 400),
    ([b"Transfer-Encoding:\r\n chunked"], 400), ([b"Transfer-Encoding: chunk\r\n ed"], 400),
    ([b"Transfer Encoding: chunked"], 400),
]

BAD_BODIES = [
    # size lines
    b"5\nhello\r\n" + END, b"+5\r\nhello\r\n" + END, b"-5\r\nhello\r\n" + END,
    b"0x5\r\nhello\r\n" + END, b"0X5\r\nhello\r\n" + END, b" 5\r\nhello\r\n" + END,
    b"\t5\r\nhello\r\n" + END, b"5 \r\nhello\r\n" + END, b"5\t\r\nhello\r\n" + END,
    b"5\r\rhello\r\n" + END, b"5\rhello\r\n" + END, b"g\r\nhello\r\n" + END,
    b"5g\r\nhello\r\n" + END, b"5,5\r\nhello\r\n" + END, b"5.0\r\nhello\r\n" + END,
    b"5_\r\nhello\r\n" + END, b"\r\nhello\r\n" + END, b"\r\n" + END, b"five\r\n" + END,
    b"\x005\r\nhello\r\n" + END, b"5\x00\r\nhello\r\n" + END, b"5h\r\nhello\r\n" + END,
    b"10000000000000005\r\nhello\r\n" + END, b"00000000000000005\r\nhello\r\n" + END,
    b"8000000000000000\r\nhello\r\n" + END, b"ffffffffffffffff\r\nhello\r\n" + END,
    b"fffffffffffffffff\r\nhello\r\n" + END, b"-1\r\n" + END, b"\xb5\r\nhello\r\n" + END,
    # extensions
    b"5;\r\nhello\r\n" + END, b"5;a=\r\nhello\r\n" + END, b"5;=b\r\nhello\r\n" + END,
    b"5;a b\r\nhello\r\n" + END, b'5;a="x\r\nhello\r\n' + END, b"5;a=b\x01\r\nhello\r\n" + END,
    b"5;a\nb\r\nhello\r\n" + END, b"5;a=b\nhello\r\n" + END, b"5;a(b\r\nhello\r\n" + END,
    b'5;a="x"y\r\nhello\r\n' + END, b"5;a;\r\nhello\r\n" + END, b"5;a=b\rc\r\nhello\r\n" + END,
    b'5;a="\x00"\r\nhello\r\n' + END, b"5;" + b"a" * 4200 + b"\r\nhello\r\n" + END,
    (b"1;" + b"a" * 100 + b"\r\nx\r\n") * 60 + END,
    # the end of the data
    b"5\r\nhello\n" + END, b"5\r\nhello\r" + END, b"5\r\nhello" + END, b"5\r\nhelloX\r\n" + END,
    b"4\r\nhello\r\n" + END, b"5\r\nhello \r\n" + END, b"5\r\nhello\n\r\n" + END,
    # the last chunk and the trailers
    b"5\r\nhello\r\n0\n\r\n", b"5\r\nhello\r\n0\r\n\n", b"5\r\nhello\r\n0\r\n\rX",
    b"5\r\nhello\r\n0 \r\n\r\n", b"0\r\nX-T : v\r\n\r\n", b"0\r\n: v\r\n\r\n",
    b"0\r\nnovalue\r\n\r\n", b"0\r\nX: a\x00\r\n\r\n", b"0\r\nX: a\n\r\n",
    b"0\r\nX: a\r\n b\r\n\r\n", b"0\r\n X: a\r\n\r\n", b"0\r\nX: a\rb\r\n\r\n",
    b"0\r\n" + b"X: v\r\n" * 129 + b"\r\n",
    b"0\r\n" + (b"X: " + b"v" * 4000 + b"\r\n") * 5 + b"\r\n",
]

GOOD_BODIES = [  # body as sent, payload, chunk sizes at the back-end
    (END, b"", []),
    (b"5\r\nhello\r\n" + END, b"hello", [5]),
    (b"a\r\n0123456789\r\nA\r\n0123456789\r\n" + END, b"0123456789" * 2, [10, 10]),
    (b"0000000000000005\r\nhello\r\n" + END, b"hello", [5]),
    (b"05\r\nhello\r\n000\r\n\r\n", b"hello", [5]),
    (b"0000000000000000\r\n\r\n", b"", []),
    (b"5;a\r\nhello\r\n" + END, b"hello", [5]),
    (b"5;a=b\r\nhello\r\n" + END, b"hello", [5]),
    (b'5;a="b c";d;e=f\r\nhello\r\n0;z=1\r\n\r\n', b"hello", [5]),
    (b'5;a="x\\"y\\\\"\r\nhello\r\n' + END, b"hello", [5]),
    (b'5;a=""\r\nhello\r\n' + END, b"hello", [5]),
    (b"5\r\nhello\r\n0\r\nContent-Length: 50\r\n\r\n", b"hello", [5]),
    (b"5\r\nhello\r\n0\r\nX-Sum: 1\r\nHost: evil\r\nTransfer-Encoding: x\r\n\r\n", b"hello", [5]),
    (b"5\r\nhello\r\n0\r\n" + b"X: v\r\n" * 128 + b"\r\n", b"hello", [5]),
    (b"7\r\n0\r\n\r\nGE\r\n" + END, b"0\r\n\r\nGE", [7]),
    (b"1\r\nx\r\n" * 2000 + END, b"x" * 2000, [1] * 2000),
    (b"20000\r\n" + b"y" * 0x20000 + b"\r\n" + END, b"y" * 0x20000, [0x20000]),
]


def test_codings_refused():
    def coding(lines, status):
        raw = HEAD.replace(b"Transfer-Encoding: chunked", CRLF.join(lines))
        refused(pound().port, origin, raw + b"5\r\nhello\r\n" + END, status)
    each(CODINGS, coding)


def test_refused_in_1_0():
    for body in (b"", b"5\r\nhello\r\n" + END):
        refused(pound().port, origin, HEAD.replace(b"1.1", b"1.0") + body)


def test_any_case():
    for value in (b"chunked", b"CHUNKED", b"Chunked", b" \tchunked\t "):
        raw = HEAD.replace(b"chunked", value) + b"5\r\nhello\r\n" + END
        equal(served(pound().port, origin, raw).body, b"hello")


def test_bad_bodies():
    """400, nothing more read as HTTP, and never a complete message behind us."""
    def bad(body):
        before = len(origin.conns)
        with Client(pound().port) as client:
            client.send(HEAD + body + b"GET /smuggled HTTP/1.1\r\nHost: h.test\r\n\r\n")
            equal(client.answer().status, 400)
            client.expect_close()
        for conn in origin.conns[before:]:
            until(lambda: conn.ended, "close of the back-end connection")
            assert not conn.received.endswith(END), conn.received[-50:]
            assert b"smuggled" not in conn.received
        assert not origin.take()
    each([(body,) for body in BAD_BODIES], bad)


def test_good_bodies():
    def good(body, payload, sizes):
        request = served(pound().port, origin, HEAD + body)
        equal((request.body, request.chunks), (payload, sizes))
        assert request.chunked and request.get("X-Sum") is None
    each(GOOD_BODIES, good)


def test_good_bodies_cut_at_every_byte():
    def cut(body, payload, sizes):
        with Client(pound().port) as client:
            for i in range(1, len(body)):
                client.send(HEAD + body[:i]).send(body[i:])
                equal(client.answer().status, 200, "cut at %d" % i)
        for request in origin.take():
            equal((request.body, request.chunks), (payload, sizes))
    each([case for case in GOOD_BODIES if len(case[0]) < 70], cut)


def test_good_bodies_bytewise():
    for body, payload, sizes in GOOD_BODIES[:8]:
        with Client(pound().port) as client:
            equal(client.send_bytewise(HEAD + body).answer().status, 200)
        request = origin.one()
        equal((request.body, request.chunks), (payload, sizes))


def test_streamed():
    """A chunk is passed on as it comes, not collected."""
    with Client(pound().port) as client:
        count = len(origin.conns)
        client.send(HEAD + b"3\r\nabc\r\n")
        conn = origin.wait_conns(count + 1)
        until(lambda: conn.received.endswith(b"3\r\nabc\r\n"), "first chunk at the back-end")
        client.send(b"100000\r\n" + b"z" * 1000)
        until(lambda: conn.received.endswith(b"zz"), "part of a chunk at the back-end")
        client.send(b"z" * (0x100000 - 1000) + b"\r\n" + END)
        equal(client.answer().status, 200)
    equal(origin.one().chunks, [3, 0x100000])


def test_next_request_after_chunks():
    body = b"5\r\nhello\r\n0\r\nX-Trailer: 1\r\n\r\n"
    with Client(pound().port) as client:
        client.send((HEAD + body) * 3)
        equal([client.answer().status for _ in range(3)], [200] * 3)
    equal([r.body for r in origin.take()], [b"hello"] * 3)


def test_largest_size():
    """Below 2^63: accepted, and the bytes that come are passed on."""
    count = len(origin.conns)
    with Client(pound().port) as client:
        client.send(HEAD + b"7fffffffffffffff\r\nab")
        conn = origin.wait_conns(count + 1)
        until(lambda: conn.received.endswith(b"ab"), "bytes at the back-end")
        client.rst()
        until(lambda: conn.ended, "close of the back-end connection")
    assert not origin.take()


def test_client_stops_inside():
    for part in (b"5\r\nhel", b"5\r\nhello", b"5\r\nhello\r\n", b"5", b"5\r\nhello\r\n0\r\n"):
        for end in ("fin", "rst"):
            count = len(origin.conns)
            with Client(pound().port) as client:
                client.send(HEAD + part)
                conn = origin.wait_conns(count + 1)
                until(lambda: conn.received, "head at the back-end")
                getattr(client, end)()
                until(lambda: conn.ended, "close of the back-end connection", 1.5)
            assert not conn.received.endswith(END), (part, end)
    assert not origin.take()


def test_body_with_get():
    request = served(pound().port, origin, HEAD.replace(b"POST", b"GET") + b"2\r\nab\r\n" + END)
    equal((request.method, request.body), ("GET", b"ab"))


main()
