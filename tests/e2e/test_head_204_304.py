#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers without a body: HEAD, 204, 304, 205, 1xx (A.2 32, strict-http 8)."""

import time

from harness import *

origin = Origin()


@once
def pound():
    return Pound(simple(origin, "LogLevel 0"))


def head(start, *lines):
    return CRLF.join([b"HTTP/1.1 " + start, *lines]) + CRLF * 2


L5, L0, CH = b"Content-Length: 5", b"Content-Length: 0", b"Transfer-Encoding: chunked"

CASES = [  # name, method, status, fields from the back-end, Content-Length for the client
    ("HEAD", "HEAD", b"200 OK", [], None),
    ("HEAD, length", "HEAD", b"200 OK", [L5], "5"),
    ("HEAD, length 0", "HEAD", b"200 OK", [L0], "0"),
    ("HEAD, chunked", "HEAD", b"200 OK", [CH], None),
    ("HEAD, both", "HEAD", b"200 OK", [CH, L5], ...),  # dropped (8) or kept (A.2 32)
    ("HEAD, equal lengths", "HEAD", b"200 OK", [L5, L5], "5"),
    ("HEAD 404", "HEAD", b"404 Not Found", [L5], "5"),
    ("HEAD 304", "HEAD", b"304 Not Modified", [L5], "5"),
    ("204", "GET", b"204 No Content", [], None),
    ("204, length", "GET", b"204 No Content", [L5], None),
    ("204, length 0", "GET", b"204 No Content", [L0], None),
    ("204, chunked", "GET", b"204 No Content", [CH], None),
    ("204 to POST", "POST", b"204 No Content", [], None),
    ("304", "GET", b"304 Not Modified", [], None),
    ("304, length", "GET", b"304 Not Modified", [L5], "5"),
    ("304, chunked", "GET", b"304 Not Modified", [CH], None),
]


def test_no_body_and_no_wait():
    def quick(_, method, status, fields, length):
        origin.answer = head(status, *fields, b"X-Last: 1")
        with Client(pound().port) as client:
            begin = time.monotonic()
            response = client.get(method=method)
            equal(response.get("X-Last"), "1")
            equal(response.get("Transfer-Encoding"), None)
            assert length is ... or response.get("Content-Length") == length, response.raw
            origin.answer = reply(b"next")
            equal(client.get("/next").body, b"next")
            assert elapsed(begin) < 1.5 * SLOW, "waited %.1f s for a body" % elapsed(begin)
    each(CASES, quick)
    origin.take()


def test_body_bytes_are_dropped():
    """HEAD or 204 with body bytes: dropped, and that connection closed."""
    def dropped(_, method, status, fields, length):
        body = b"5\r\nhello\r\n0\r\n\r\n" if CH in fields else b"hello"
        origin.answer = head(status, *fields) + body
        with Client(pound().port) as client:
            client.get(method=method)
            conn = origin.take()[-1].conn
            origin.answer = reply(b"next")
            equal(client.get("/next").body, b"next")
        assert origin.one().conn is not conn, "back-end connection used again"
        until(lambda: conn.ended, "close of the back-end connection")
    each(CASES, dropped)


def test_bad_framing_is_refused_for_head_too():
    for line in (b"Content-Length: -5", b"Content-Length: 5\r\nContent-Length: 6"):
        origin.answer = head(b"200 OK", line)
        with Client(pound().port) as client:
            response = client.get(method="HEAD")
            equal((response.status, client.rest()), (502, b""))
    origin.take()


def test_304_with_a_body_to_a_conditional_get():
    origin.answer = head(b"304 Not Modified", b'ETag: "x"')
    with Client(pound().port) as client:
        for _ in range(3):
            response = client.get("/", 'If-None-Match: "x"')
            equal((response.status, response.get("ETag")), (304, '"x"'))
    origin.take()


def test_205_and_empty_answers():
    for answer in (head(b"205 Reset Content", L0), head(b"200 OK", L0),
                   head(b"200 OK", CH) + b"0\r\n\r\n"):
        origin.answer = answer
        with Client(pound().port) as client:
            equal(client.get().body, b"")
            equal(client.get().body, b"")
    origin.take()


def test_framing_fields_of_interim_answers():
    """In 1xx both are removed."""
    origin.answer = head(b"103 Early Hints", L5, b"Link: </x>") + reply(b"ok")
    with Client(pound().port) as client:
        response = client.get()
        equal([(r.status, r.get("Content-Length"), r.get("Link")) for r in response.interim],
              [(103, None, "</x>")])
        equal(response.body, b"ok")
    origin.take()


main()
