#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Closing while the client is still sending: design 1 rule 9."""

import threading
import time

from harness import *

origin = Origin()


@once
def pound():
    return Pound(simple(origin, "LogLevel 0\n", "MaxRequest 1000"))


def upload(size):
    return build("POST", "/", ["Content-Length: %d" % size], None, "1.1")


def test_answer_reaches_a_client_that_sends_first():
    """All is sent before anything is read: no RST eats the answer."""
    for size in (2000, 60000, 300000, 800000):
        with Client(pound().port) as client:
            client.send(upload(size) + b"x" * size)
            equal(client.answer().status, 413, size)
            equal(client.rest(), b"")
            equal(client.ended, "fin", "end of the connection after %d bytes" % size)


def test_while_sending():
    """The client goes on sending after the answer was sent."""
    with Client(pound().port) as client:
        client.send(upload(1 << 19) + b"x" * 1000)
        equal(client.answer().status, 413)
        for _ in range(5):
            client.send(b"x" * 10000)
            time.sleep(0.02)
        equal(client.rest(), b"")
        equal(client.ended, "fin")


def test_at_most_one_mib():
    """A client that never stops is cut."""
    with Client(pound().port) as client:
        sender = threading.Thread(target=client.send, daemon=True, args=(
            upload(1 << 30) + b"x" * (32 << 20),))
        begin = time.monotonic()
        sender.start()
        equal(client.answer().status, 413)
        sender.join(4 * SLOW)
        assert not sender.is_alive(), "still taking bytes"
        assert elapsed(begin) < 4 * SLOW


def test_at_most_two_seconds():
    """A client that stays silent is let go after 2 s."""
    with Client(pound().port) as client:
        client.send(upload(2000))
        equal(client.answer().status, 413)
        client.expect_close()
        begin = time.monotonic()
        until(lambda: not sends(client), "the reset", 5)
        assert 1.0 < elapsed(begin) < 3.5 * SLOW, elapsed(begin)


def sends(client):
    """Does a byte still find a reader?  The second one after a reset fails."""
    try:
        client.sock.sendall(b"x")
        time.sleep(0.05)
        client.sock.sendall(b"x")
        return True
    except OSError:
        return False


def test_after_bad_requests():
    """Junk of any size behind a refused head."""
    for raw in (b"GET  / HTTP/1.1\r\n", b"GET / HTTP/1.1\r\nBad\r\n\r\n"):
        with Client(pound().port) as client:
            client.send(raw + b"junk\r\n" * 100000)
            equal(client.answer().status, 400)
            equal((client.rest(), client.ended), (b"", "fin"))
    assert not origin.take()


def test_last_answer_of_a_connection():
    """Connection: close, and more bytes behind it."""
    with Client(pound().port) as client:
        client.send(build("GET", "/", ["Connection: close"], None, "1.1") + b"x" * 100000)
        equal(client.answer().body, b"ok")
        equal((client.rest(), client.ended), (b"", "fin"))
    origin.take()


def test_others_are_served_meanwhile():
    lingering = [Client(pound().port) for _ in range(20)]
    for client in lingering:
        client.send(upload(2000))
        equal(client.answer().status, 413)
    begin = time.monotonic()
    equal(ask(pound().port, build("GET", "/", [], None, "1.1")).status, 200)
    assert elapsed(begin) < 0.5 * SLOW
    origin.take()


main()
