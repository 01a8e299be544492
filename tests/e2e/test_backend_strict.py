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
]

CLEAN = [
    ("length", START + LENGTH),
    ("chunked", START + b"Transfer-Encoding: chunked\r\n\r\n" + CHUNKS),
    ("1.0", b"HTTP/1.0 200 OK\r\n" + LENGTH),
    ("no reason", b"HTTP/1.1 200\r\n" + LENGTH),
    ("trailers", START + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX: v\r\n\r\n"),
]


def test_gentle_cases_are_refused():
    def strict(_, answer):
        origin.answer = answer
        with Client(pound().port) as client:
            response = client.get()
        equal(response.status, 502)
        assert b"hello" not in response.body
    each(GENTLE, strict)


def test_clean_answers_pass():
    def clean(_, answer):
        origin.answer = answer
        with Client(pound().port) as client:
            equal(client.get().body, b"hello")
    each(CLEAN, clean)


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
