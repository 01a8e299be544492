#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Strict 1 in a BackEnd: the gentle cases of strict-http 8 become 502."""

from harness import *

origin = Origin()
CHUNKS = b"5\r\nhello\r\n0\r\n\r\n"
START = b"HTTP/1.1 200 OK\r\n"
LENGTH = b"Content-Length: 5\r\n\r\nhello"


@once
def pound():
    return Pound(simple(origin, back="Strict 1"))


SHAKE = ["Connection: Upgrade", "Upgrade: websocket"]
SWITCH = b"HTTP/1.1 101 S\r\nConnection: upgrade\r\nUpgrade: websocket\r\n"

GENTLE = [
    ("length and chunked", START + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n" + CHUNKS),
    ("equal lengths", START + b"Content-Length: 5\r\n" + LENGTH),
    ("chunked twice", START + b"Transfer-Encoding: chunked\r\n" * 2 + b"\r\n" + CHUNKS),
    ("1.0 with chunked", b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + CHUNKS),
    ("no colon", START + b"rubbish\r\n" + LENGTH),
    ("empty name", START + b": v\r\n" + LENGTH),
    ("impossible name", START + b"X(T): v\r\n" + LENGTH),
    ("folded", START + b"X-T: a\r\n b\r\n" + LENGTH),
    ("LF", START.replace(CRLF, b"\n") + LENGTH.replace(CRLF, b"\n")),
    ("LF in one line", START + b"X: v\n" + LENGTH),
    ("LF at the end of the head", START + b"Content-Length: 5\r\n\nhello"),
    ("blank before a colon", START + b"X : v\r\n" + LENGTH),
    ("blank before the colon of the length", START + LENGTH.replace(b":", b" :", 1)),
    ("a tab before a colon", START + b"X\t: v\r\n" + LENGTH),
    ("a list of equal lengths", START + LENGTH.replace(b" 5", b" 5, 5")),
    ("chunked, chunked", START + b"Transfer-Encoding: chunked, chunked\r\n\r\n" + CHUNKS),
    ("folded with a tab", START + b"X-T: a\r\n\tb\r\n" + LENGTH),
    ("folded length", START + LENGTH.replace(b" ", b"\r\n ", 1)),
    ("folded before the first field", START + b" X-T: a\r\n" + LENGTH),
    ("a name with a high byte", START + b"X\xe9: v\r\n" + LENGTH),
    ("a tab in a Location", START + b"Location: /a\tb\r\n" + LENGTH),
    ("an interim that is folded", b"HTTP/1.1 103 E\r\nLink: a\r\n b\r\n\r\n" + START + LENGTH),
    ("an interim in LF", b"HTTP/1.1 100 C\n\n" + START + LENGTH),
    ("a 101 that is folded", SWITCH + b"X: a\r\n b\r\n\r\nhello", SHAKE),
    ("a 101 without a colon", SWITCH + b"rubbish\r\n\r\nhello", SHAKE),
]

CLEAN = [
    ("length", START + LENGTH),
    ("chunked", START + b"Transfer-Encoding: chunked\r\n\r\n" + CHUNKS),
    ("1.0", b"HTTP/1.0 200 OK\r\n" + LENGTH),
    ("no reason", b"HTTP/1.1 200\r\n" + LENGTH),
    ("trailers", START + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX: v\r\n\r\n"),
    ("extensions", START + b"Transfer-Encoding: chunked\r\n\r\n5;a=b;c\r\nhello\r\n0\r\n\r\n"),
    ("zeros before a size", START + b"Transfer-Encoding: chunked\r\n\r\n05\r\nhello\r\n00\r\n\r\n"),
    ("no length", START + b"\r\nhello"), ("1.0 without a length", b"HTTP/1.0 200 OK\r\n\r\nhello"),
    ("HTTP/1.2", b"HTTP/1.2 200 OK\r\n" + LENGTH),
    ("hop-by-hop fields", START + b"Connection: X\r\nX: 1\r\nKeep-Alive: 5\r\n" + LENGTH),
    ("repeated fields", START + b"Set-Cookie: a=b\r\nSet-Cookie: c=d\r\n" + LENGTH),
    ("high bytes and empty values", START + b"X: \xe9\r\nY:\r\n" + LENGTH),
    ("interims", b"HTTP/1.1 100 C\r\n\r\nHTTP/1.1 103 E\r\nLink: x\r\n\r\n" + START + LENGTH),
    ("a status of its own", b"HTTP/1.1 299 Fine\r\n" + LENGTH, [], 299),
]

AMBIGUOUS = [  # 502 with Strict 0 as well
    ("two lengths", START + b"Content-Length: 6\r\n" + LENGTH),
    ("a length with a sign", START + LENGTH.replace(b" 5", b" +5")),
    ("no number", START + LENGTH.replace(b" 5", b" five")),
    ("gzip", START + b"Transfer-Encoding: gzip\r\n\r\nhello"),
    ("a bare CR", START + b"X: a\rb\r\n" + LENGTH), ("NUL", START + b"X: \0\r\n" + LENGTH),
    ("no status line", b"hello\r\n\r\n"), ("HTTP/2", b"HTTP/2.0 200 OK\r\n" + LENGTH),
    ("an unasked 101", SWITCH + b"\r\nhello"),
]


@once
def gentle():
    return Pound(simple(origin, back="Strict 0"))


def bad(port, answer, fields):
    origin.answer = then_close(answer)
    with Client(port) as client:
        response = client.get("/", *fields)
        equal((response.status, response.interim), (502, []))
        assert b"hello" not in response.body + client.rest()


def good(port, answer, status):
    origin.answer = then_close(answer)
    with Client(port) as client:
        response = client.get()
        equal((response.status, response.body), (status, b"hello"))


def test_gentle_cases_are_refused():
    """And the log says why, with the back-end's name."""
    def strict(_, answer, fields=()):
        mark = pound().mark()
        bad(pound().port, answer, fields)
        line = pound().wait_log("e502 ", mark)[0]
        assert "answer refused by Strict" in line and "%d: " % origin.port in line, line
    each(GENTLE, strict)


def test_and_are_served_with_strict_0():
    def served_gently(_, answer, fields=()):
        if fields:
            return
        good(gentle().port, answer, 200)
    each(GENTLE, served_gently)


def test_clean_answers_pass():
    def clean(_, answer, _fields=(), status=200):
        for front in (pound(), gentle()):
            good(front.port, answer, status)
    each(CLEAN, clean)


def test_what_is_ambiguous_is_refused_by_both():
    def ambiguous(_, answer):
        for front in (pound(), gentle()):
            bad(front.port, answer, [])
    each(AMBIGUOUS, ambiguous)


def test_blanks_after_a_chunk_size():
    """The head has gone out already: cut."""
    origin.answer = START + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n5 \r\nhello\r\n0\r\n\r\n"
    with Client(pound().port) as client:
        client.request()
        try:
            response = client.answer()
            equal(response.status, 502)
        except Truncated as cut:
            assert not cut.part.endswith(b"hellohello")


main()
