#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Content-Length of requests: strict-http 4."""

from harness import *

origin = Origin()


@once
def pound():
    """KeepConnections 0: each exchange has its own back-end connection."""
    return Pound(simple(origin, listen="xHTTP 2", back="KeepConnections 0"))


def post(*lines, body=b"", method=b"POST", version=b"1.1"):
    head = CRLF.join([method + b" / HTTP/" + version, b"Host: h.test", *lines])
    return head + CRLF * 2 + body


REFUSED = [
    [b"Content-Length: 5", b"Content-Length: 5"], [b"Content-Length: 5", b"Content-Length: 3"],
    [b"Content-Length: 5", b"content-length: 5"], [b"Content-Length: 5", b"Content-Length : 3"],
    [b"Content-Length : 5"], [b"Content-Length: 5, 5"], [b"Content-Length: 5,5"],
    [b"Content-Length: 5,"], [b"Content-Length: ,5"], [b"Content-Length: +5"],
    [b"Content-Length: -5"], [b"Content-Length: -0"], [b"Content-Length: 005"],
    [b"Content-Length: 05"], [b"Content-Length: 00"], [b"Content-Length: 0x5"],
    [b"Content-Length: 5.0"], [b"Content-Length: 5e0"], [b"Content-Length: 5 5"],
    [b"Content-Length: 5\t5"], [b"Content-Length: 5;"], [b'Content-Length: "5"'],
    [b"Content-Length:"], [b"Content-Length: "], [b"Content-Length: five"],
    [b"Content-Length: 5\x00"], [b"Content-Length: 5\x0b"], [b"Content-Length: \xa05"],
    [b"Content-Length: 9223372036854775808"], [b"Content-Length: 18446744073709551621"],
    [b"Content-Length: 99999999999999999999999999999999"], [b"Content-Length: 5\r\n 6"],
    # both kinds of framing
    [b"Transfer-Encoding: chunked", b"Content-Length: 15"],
    [b"Content-Length: 15", b"Transfer-Encoding: chunked"],
    [b"Content-Length: 0", b"Transfer-Encoding: chunked"],
    [b"Content-Length: 15", b"transfer-encoding: CHUNKED"],
]

ACCEPTED = [  # line, body
    (b"Content-Length: 5", b"hello"), (b"Content-Length:5", b"hello"),
    (b"Content-Length: \t5 \t", b"hello"), (b"CONTENT-LENGTH: 5", b"hello"),
    (b"Content-Length: 0", b""), (b"Content-Length: 12", b"\r\n0\r\n\r\nGET /"),
    (b"Content-Length: 1", b"\x00"),
]


def test_refused():
    for body in (b"", b"hello"):
        each([(lines,) for lines in REFUSED],
             lambda lines: refused(pound().port, origin, post(*lines, body=body)))


def test_refused_with_any_method_and_version():
    for method in (b"GET", b"HEAD", b"DELETE", b"PROPFIND"):
        refused(pound().port, origin, post(b"Content-Length: 05", method=method),
                method=method.decode())
    refused(pound().port, origin, post(b"Content-Length: 05", version=b"1.0"))


def test_refused_head_with_an_embedded_request():
    """The body of a refused request never becomes the next request."""
    hidden = b"GET /hidden HTTP/1.1\r\nHost: h.test\r\n\r\n"
    for lines in ([b"Content-Length: 005"], [b"Content-Length: 5", b"Content-Length: 5"],
                  [b"Transfer-Encoding: chunked", b"Content-Length: 40"]):
        refused(pound().port, origin, post(*lines, body=hidden))


def test_accepted():
    def accepted(line, body):
        request = served(pound().port, origin, post(line, body=body))
        equal((request.all("Content-Length"), request.body), ([str(len(body))], body))
    each(ACCEPTED, accepted)


def test_accepted_with_any_method():
    for method in (b"GET", b"HEAD", b"DELETE", b"OPTIONS", b"PROPFIND", b"LOCK"):
        request = served(pound().port, origin,
                         post(b"Content-Length: 3", body=b"abc", method=method), method.decode())
        equal((request.method, request.body), (method.decode(), b"abc"))


def test_neither_means_no_body():
    with Client(pound().port) as client:
        client.send(post()).send(post(method=b"GET"))
        equal([client.answer().status for _ in "ab"], [200, 200])
    equal([(r.method, r.body) for r in origin.take()], [("POST", b""), ("GET", b"")])


def test_above_32_bits_waits_for_the_rest():
    """4294967301 is not 5: nothing complete ever reaches the back-end."""
    count = len(origin.conns)
    with Client(pound().port) as client:
        client.send(post(b"Content-Length: 4294967301", body=b"hello"))
        conn = origin.wait_conns(count + 1)
        equal(client.answer().status, 408)
        client.expect_close()
    until(lambda: conn.ended, "close of the back-end connection")
    assert conn.received.endswith(b"\r\n\r\nhello"), conn.received
    assert b"Content-Length: 4294967301\r\n" in conn.received
    assert not origin.take()


def test_largest():
    count = len(origin.conns)
    with Client(pound().port) as client:
        client.send(post(b"Content-Length: 9223372036854775807", body=b"x"))
        conn = origin.wait_conns(count + 1)
        until(lambda: conn.received.endswith(b"x"), "first byte at the back-end")
        client.rst()
    until(lambda: conn.ended, "close of the back-end connection")
    assert not origin.take()


def test_bytes_after_the_length_are_the_next_request():
    with Client(pound().port) as client:
        client.send(post(b"Content-Length: 3", body=b"abcGET /two HTTP/1.1\r\nHost: h.test\r\n\r\n"))
        equal([client.answer().status for _ in "ab"], [200, 200])
    equal([(r.target, r.body) for r in origin.take()], [("/", b"abc"), ("/two", b"")])


def test_bytes_after_the_length_that_are_no_request():
    with Client(pound().port) as client:
        client.send(post(b"Content-Length: 3", body=b"abcdef\r\n\r\n"))
        equal([client.answer().status for _ in "ab"], [200, 400])
        client.expect_close()
    equal(origin.one().body, b"abc")


def test_bytewise():
    with Client(pound().port) as client:
        client.send_bytewise(post(b"Content-Length: 20", body=b"0123456789" * 2))
        equal(client.answer().status, 200)
    equal(origin.one().body, b"0123456789" * 2)


def test_what_has_come_is_passed_on():
    """A slow small body is not held back until it is complete (A.2 26)."""
    count = len(origin.conns)
    with Client(pound().port) as client:
        client.send(post(b"Content-Length: 6", body=b"ab"))
        conn = origin.wait_conns(count + 1)
        until(lambda: conn.received.endswith(b"\r\n\r\nab"), "first bytes at the back-end")
        client.send(b"cd")
        until(lambda: conn.received.endswith(b"abcd"), "next bytes at the back-end")
        client.send(b"ef")
        equal(client.answer().status, 200)
    equal(origin.one().body, b"abcdef")


def test_client_that_stops_in_the_body():
    """FIN or RST inside a body: the back-end never sees a complete one."""
    for end in ("fin", "rst"):
        count = len(origin.conns)
        with Client(pound().port) as client:
            client.send(post(b"Content-Length: 10", body=b"abc"))
            conn = origin.wait_conns(count + 1)
            until(lambda: conn.received.endswith(b"abc"), "body at the back-end")
            getattr(client, end)()
            until(lambda: conn.ended, "close of the back-end connection", 1.5)
        assert not origin.take()


main()
