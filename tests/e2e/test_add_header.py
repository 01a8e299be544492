#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""AddHeader: B.4.5, A.2 10."""

import re

from harness import *

origin = Origin()


def request(*lines, fields=()):
    front = Pound(SHORT + listener(*lines, service(backend(origin))) + "\n")
    with Client(front.port) as client:
        equal(client.get("/", *fields).status, 200)
        equal(client.get("/2", *fields).status, 200)
    front.stop()
    return origin.take()


def test_appended_in_file_order():
    got = request('AddHeader "X-One: 1"', 'AddHeader "x-two:2"', 'AddHeader "X-One: again"',
                  'AddHeader "X-Quote: "a" b"', fields=["A: 1", "X-One: client"])[0]
    equal([n for n, _ in got.fields], ["Host", "A", "X-One", "X-One", "x-two", "X-One",
                                       "X-Quote", "X-Forwarded-For"])
    equal(got.all("X-One"), ["client", "1", "again"])
    equal(got.get("x-two"), "2")


def test_host_is_replaced():
    got = request('AddHeader "Host: inner.test"', fields=["A: 1", "Host: h.test", "B: 1"])[0]
    equal(got.all("Host"), ["inner.test"])


def test_connection_close_means_do_not_keep():
    first, second = request('AddHeader "Connection: close"')
    assert first.conn is not second.conn, "back-end connection kept"


def test_framing_names_are_ignored():
    for line in ("Content-Length: 7", "Transfer-Encoding: chunked", "Upgrade: h2c",
                 "TE: trailers", "Trailer: X", "Keep-Alive: 5"):
        name = line.split(":")[0]
        got = request('AddHeader "%s"' % line)[0]
        equal((got.get(name), got.body), (None, b""), name)


def test_twins_are_dropped():
    """What an application may take for our field does not arrive; others do."""
    got = request('AddHeader "X-Real-Proto: http"', 'AddHeader "X_Own: 1"',
                  fields=["X_Real_Proto: a", "x-real_PROTO: b", "X-Real-Proto: c", "X_Real: d",
                          "X_Real_Protos: e", "X_Own: f", "X-Own: g"])[0]
    equal([f for f in got.fields if f[0][0] in "xX"],
          [("X-Real-Proto", "c"), ("X_Real", "d"), ("X_Real_Protos", "e"), ("X_Own", "f"),
           ("X-Own", "g"), ("X-Real-Proto", "http"), ("X_Own", "1"),
           ("X-Forwarded-For", "127.0.0.1")])


def test_framing_names_warn():
    config = SHORT + listener('AddHeader "Content-Length: 7"', service(backend(origin)),
                              port="x").replace("@x@", "1") + "\n"
    code, out, err = run("-c", config=config)
    equal(code, 0)
    equal(len(re.findall(r" line \d+: ", out + err)), 1, out + err)


main()
