#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Long answers of a known length, which go from socket to socket (splice)."""

import os
import random

from harness import *

PIPED = 48 * 1024  # as much has to be left behind what comes with the head
SIZES = [PIPED - 1, PIPED, PIPED + 1, PIPED + 16000, PIPED + 16384, 262144, 1000003,
         3 * 1024 * 1024]
BYTES = random.Random(7).randbytes(max(SIZES) + 1)

origin = Origin(lambda request: reply(BYTES[:int(request.target[1:])]))


@once
def pound():
    return Pound("Threads 2\n" + simple(origin))


def pipes(pound):
    """How many descriptors of its worker are a pipe's."""
    folder = "/proc/%d/fd" % pound.worker_pid()
    count = 0
    for fd in os.listdir(folder):
        try:
            count += "pipe:" in os.readlink(os.path.join(folder, fd))
        except OSError:
            pass  # closed meanwhile
    return count


def test_as_they_came():
    with Client(pound().port) as client:
        for size in SIZES * 2:
            response = client.get("/%d" % size)
            assert (response.status, response.body) == (200, BYTES[:size]), size
    assert len(origin.take()) == len(SIZES) * 2


def test_slow_reader():
    """The pipe waits with its bytes; others are served meanwhile."""
    with Client(pound().port, buffer=4096) as slow:
        slow.request("/%d" % SIZES[-1])
        with Client(pound().port) as other:
            for size in SIZES:
                assert other.get("/%d" % size).body == BYTES[:size], size
        assert slow.answer().body == BYTES[:SIZES[-1]]
        assert slow.get("/5").body == BYTES[:5]
    origin.take()


def test_many_at_once():
    """More than there are pipes for."""
    clients = [Client(pound().port, buffer=4096) for _ in range(24)]
    for client in clients:
        client.request("/1000003")
    for client in clients:
        assert client.answer().body == BYTES[:1000003]
        client.close()
    origin.take()


def test_no_byte_behind_the_answer():
    size = SIZES[-1]
    origin.answer, whole = lambda request: reply(BYTES[:size]) + b"HTTP/1.1 200 OK\r\n\r\n", \
        origin.answer
    with Client(pound().port) as client:
        assert client.get("/").body == BYTES[:size]
        origin.answer = whole
        assert client.get("/7").body == BYTES[:7]
    origin.take()


def test_cut():
    """What is not all of it is not taken for it, and none of it comes later."""
    whole = origin.answer
    for end in (then_fin, then_close, then_rst):
        origin.answer = end(reply(BYTES[:1000003])[:-1000])
        with Client(pound().port) as client:
            client.request()
            try:
                client.answer()
                assert False, "complete"
            except Truncated as cut:
                assert BYTES.startswith(cut.part), end
        origin.answer = whole
        with Client(pound().port) as client:
            assert client.get("/9").body == BYTES[:9]
    origin.take()


def test_client_that_goes():
    for leave in (Client.rst, Client.close):
        for _ in range(10):
            client = Client(pound().port, buffer=4096)
            client.request("/%d" % SIZES[-1])
            client.sock.recv(1000)
            leave(client)
        with Client(pound().port) as client:
            assert client.get("/1000003").body == BYTES[:1000003]
    origin.take()


def test_pipes_do_not_stay():
    """Where there are any: splice(2) is Linux' own."""
    if not on_linux():
        return
    own = Pound("Threads 2\n" + simple(origin))
    before = pipes(own)
    with Client(own.port, buffer=4096) as client:
        client.request("/%d" % SIZES[-1])
        until(lambda: pipes(own) == before + 2, "a pipe", 10)
        assert client.answer().body == BYTES[:SIZES[-1]]
    until(lambda: pipes(own) == before, "no pipe", 10)
    own.stop()
    origin.take()


main()
