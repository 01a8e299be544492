#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every file of corpus/requests: good ones arrive as written beside them,
bad ones are refused with the status in their name."""

import glob
import os

from harness import *

REQUESTS = os.path.join(CORPUS, "requests")
LIMITS = "xHTTP 2\nMaxURI 16k\nMaxField 17k"
origin = Origin()


@once
def pound():
    return Pound(simple(origin, "LogLevel 0", LIMITS, back="KeepConnections 0"))


def read(*path):
    with open(os.path.join(REQUESTS, *path), "rb") as file:
        return file.read()


def files(kind):
    found = sorted(glob.glob(os.path.join(REQUESTS, kind, "*.http")))
    return [(os.path.basename(path),) for path in found]


def fields(request, wanted):
    """What counts of the fields; Connection is between us and the back-end."""
    return [f for f in request.fields
            if f[0].lower() != "connection" or wanted.get("Connection")]


def method(raw):
    return raw.split()[0].decode()


def arrives(name, deliver):
    raw = read("good", name)
    head, body = read("want", name).replace(
        b"@PORT@", b"%d" % pound().port).split(CRLF * 2, 1)
    wanted = Request(head + CRLF * 2)
    with Client(pound().port) as client:
        deliver(client, raw)
        answer = client.answer(method(raw))
        equal((answer.status, answer.body), (200, b"ok"))
    got = origin.one()
    equal(got.start, wanted.start)
    equal(fields(got, wanted), fields(wanted, wanted))
    if wanted.chunked:
        parts, rest = [], got.body
        for size in got.chunks:
            parts, rest = parts + [rest[:size]], rest[size:]
        equal(encode_chunks(*parts), body)
    else:
        equal(got.body, body)


def test_good():
    each(files("good"), lambda name: arrives(name, Client.send))


def test_good_bytewise():
    small = [case for case in files("good") if len(read("good", case[0])) < 600]
    each(small, lambda name: arrives(name, Client.send_bytewise))


def bad(name, deliver):
    raw, count = read("bad", name), len(origin.conns)
    with Client(pound().port) as client:
        deliver(client, raw)
        answer = client.answer()
        equal((answer.status, answer.get("Connection")), (int(name[:3]), "close"))
        equal(client.rest(), b"")
    for conn in origin.conns[count:]:
        until(lambda: conn.ended, "close of the back-end connection")
        assert b"smuggled" not in conn.received and not conn.received.endswith(b"0\r\n\r\n")
    assert not origin.take()


def test_bad():
    each(files("bad"), lambda name: bad(name, Client.send))


def test_bad_in_pieces():
    def pieces(client, raw):
        for i in range(0, len(raw), 7):
            client.send(raw[i:i + 7])
    small = [case for case in files("bad") if len(read("bad", case[0])) < 600]
    each(small, lambda name: bad(name, pieces))


def test_there_are_enough():
    assert len(files("good")) >= 60 and len(files("bad")) >= 80
    equal(files("good"), files("want"))


main()
