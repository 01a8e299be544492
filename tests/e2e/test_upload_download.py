#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Big bodies in both directions, equal and with flat memory."""

import hashlib
import threading

from harness import *

SIZE = 64 << 20
BLOCK = bytes(range(256)) * 1024


def pattern_digest(size):
    digest = hashlib.sha256()
    for _ in range(size // len(BLOCK)):
        digest.update(BLOCK)
    return digest.hexdigest()


WANTED = pattern_digest(SIZE)


def script(conn):
    """/down: SIZE bytes; anything else: the digest of what came."""
    while request := conn.head():
        if request.target == "/down":
            conn.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % SIZE)
            for _ in range(SIZE // len(BLOCK)):
                conn.send(BLOCK)
        elif request.target == "/chunks":
            conn.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            for _ in range(SIZE // len(BLOCK)):
                conn.send(b"%x\r\n" % len(BLOCK) + BLOCK + CRLF)
            conn.send(b"0\r\n\r\n")
        elif request.target == "/end":
            conn.send(b"HTTP/1.1 200 OK\r\n\r\n")
            for _ in range(SIZE // len(BLOCK)):
                conn.send(BLOCK)
            conn.close()
            return
        else:
            digest = hashlib.sha256()
            if request.chunked:
                conn.reader.chunked(digest.update)
            else:
                conn.reader.exactly(request.length, digest.update)
            conn.send(reply(digest.hexdigest().encode()))


origin = Origin(script=script)


@once
def pound():
    return Pound("LogLevel 0\n" + simple(origin))


def flat(function):
    """function() must not let the worker grow by more than 8 MiB."""
    worker = pound().worker_pid()
    before = memory(worker)
    function()
    grown = memory(worker) - before
    assert grown < (8 << 20) * SLOW, "the worker grew by %d KiB" % (grown >> 10)


def download(path):
    digest = hashlib.sha256()
    with Client(pound().port, timeout=30) as client:
        client.request(path).answer(sink=digest.update)
    equal(digest.hexdigest(), WANTED)


def test_downloads():
    for path in ("/down", "/chunks"):
        flat(lambda: download(path))


def test_download_until_the_end():
    digest = hashlib.sha256()
    with Client(pound().port, timeout=30) as client:
        client.request("/end").answer(sink=digest.update)
    equal(digest.hexdigest(), WANTED)


def upload(chunked):
    with Client(pound().port, timeout=30) as client:
        if chunked:
            client.send(build("POST", "/up", ["Transfer-Encoding: chunked"], None, "1.1"))
        else:
            client.send(build("POST", "/up", ["Content-Length: %d" % SIZE], None, "1.1"))
        for _ in range(SIZE // len(BLOCK)):
            client.send((b"%x\r\n" % len(BLOCK) + BLOCK + CRLF) if chunked else BLOCK)
        client.send(b"0\r\n\r\n" if chunked else b"")
        equal(client.answer().body.decode(), WANTED)


def test_uploads():
    for chunked in (False, True):
        flat(lambda: upload(chunked))


def test_slow_reader():
    """A download that stops and goes on: nothing is lost, nothing collected."""
    def slow():
        digest = hashlib.sha256()
        with Client(pound().port, timeout=30, buffer=65536) as client:
            response = client.request("/down").head()
            for _ in range(3):
                assert not client.is_open(0.01)
                threading.Event().wait(0.5)
                digest.update(client.reader.exactly(1 << 20))
            client.reader.exactly(response.length - (3 << 20), digest.update)
        equal(digest.hexdigest(), WANTED)
    flat(slow)


def test_both_ways_at_once():
    def both():
        each([("down",), ("up",), ("chunks",)], lambda way: (
            upload(False) if way == "up" else download("/" + way)), together=True)
    flat(both)


def test_sizes_around_the_buffers():
    """Every size near a power of two arrives whole."""
    sizes = [n + d for n in (0, 1 << 12, 1 << 13, 1 << 14, 1 << 15, 1 << 16, 1 << 17)
             for d in (-1, 0, 1, 2) if n + d >= 0]
    with Client(pound().port) as client:
        for size in sizes:
            body = (BLOCK * 2)[:size]
            answer = client.get("/up", method="POST", body=body)
            equal(answer.body.decode(), hashlib.sha256(body).hexdigest(), size)


main()
