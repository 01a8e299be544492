#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Strict 0 on a listener: A.1 22."""

from harness import *

origin = Origin()


@once
def pound():
    return Pound(simple(origin, listen="Strict 0"))


def with_line(line, start=b"GET / HTTP/1.1"):
    return start + b"\r\nHost: h.test\r\n" + line + b"\r\nX-Last: 1\r\n\r\n"


DROPPED = [
    b"novalue", b"X T: v", b"X-T : v", b": v", b":", b"X(T): v", b"X-\xe9: v", b"X-T: a\x01b",
    b"X-T: a\x00b", b"X-T: v\r\n folded", b"X-T: v\r\n\tfolded: v",
]

NEVER = [  # named like a framing field: 400
    b"Content-Length : 5", b"Content Length: 5", b"content_length : 5", b" Content-Length: 5",
    b"Transfer-Encoding : chunked", b"Transfer Encoding: chunked", b"\tTransfer-Encoding: chunked",
    b"transfer_encoding : chunked", b"Host : h.test", b"H ost: h.test", b"Connection : close",
    b" connection: close", b"Content-Length\t: 5",
]

FRAMING = [  # never softened
    b"Content-Length: 5\r\nContent-Length: 5", b"Content-Length: 05", b"Content-Length: -1",
    b"Content-Length: 5\r\nTransfer-Encoding: chunked", b"Transfer-Encoding: chunked;q=1",
    b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
]

LINES = [  # start lines stay strict
    b"GET  / HTTP/1.1", b"GET / HTTP/1.1 ", b"GET / HTTP/1.2", b"GET /\x01 HTTP/1.1", b"GET /",
]


def test_malformed_lines_are_dropped_and_logged():
    def dropped(line):
        mark = pound().mark()
        request = served(pound().port, origin, with_line(line))
        equal(request.get("X-Last"), "1")
        for name, value in request.fields:
            assert name in ("Host", "X-Last", "X-Forwarded-For") or (
                (name, value) == ("X-T", "v")), request.fields
        pound().wait_log(r"127\.0\.0\.1", mark, count=2)  # the notice and the access line
    each([(line,) for line in DROPPED], dropped)


def test_framing_names_are_refused():
    each([(line,) for line in NEVER],
         lambda line: refused(pound().port, origin, with_line(line)))


def test_framing_is_never_softened():
    each([(line,) for line in FRAMING],
         lambda line: refused(pound().port, origin, with_line(line)))
    refused(pound().port, origin, with_line(b"Transfer-Encoding: identity"), 501)


def test_bad_chunks_are_refused():
    head = b"POST / HTTP/1.1\r\nHost: h.test\r\nTransfer-Encoding: chunked\r\n\r\n"
    for body in (b"5\nhello\r\n0\r\n\r\n", b"0x5\r\nhello\r\n0\r\n\r\n", b"5 \r\nhello\r\n0\r\n\r\n"):
        equal(ask(pound().port, head + body).status, 400)
    assert not origin.take()


def test_start_lines_stay_strict():
    each([(line,) for line in LINES],
         lambda line: refused(pound().port, origin, with_line(b"A: b", line)))


def test_no_host_in_1_1():
    request = served(pound().port, origin, b"GET / HTTP/1.1\r\nA: b\r\n\r\n")
    equal(request.all("Host"), ["127.0.0.1:%d" % pound().port])


def test_lower_case_methods():
    for sent, wanted in (("get", "GET"), ("Get", "GET"), ("pOST", "POST")):
        equal(served(pound().port, origin, build(sent, "/", [], None, "1.1")).method, wanted)
    equal(served(pound().port, origin, build("head", "/", [], None, "1.1"), "HEAD").method, "HEAD")
    for sent in ("put", "brew", "connect"):
        refused(pound().port, origin, build(sent, "/", [], None, "1.1"), 501)


def test_bad_hosts_are_refused():
    for line in (b"Host: h.test", b"Host: other.test"):
        refused(pound().port, origin, with_line(line))


main()
