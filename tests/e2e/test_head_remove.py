#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""HeadRemove: B.4.4, A.2 10, 11."""

from harness import *

origin = Origin()
REMOVE = ['HeadRemove "^X-Gone:"', 'HeadRemove "secret"', 'HeadRemove "^X-Exact: v$"',
          'HeadRemove "^X-Forwarded-For:"', 'HeadRemove "^Content-Length"',
          'HeadRemove "^Transfer-Encoding"']


@once
def pound():
    return Pound(SHORT + listener(*REMOVE, service(backend(origin))) + "\n")


CASES = [  # line as sent, does it arrive?
    ("X-Gone: 1", False), ("x-gone: 1", False), ("X-GONE:", False), ("X-Gone2: 1", True),
    ("X-My-Secret: 1", False), ("X-A: my SECRET is", False), ("X-Exact: v", False),
    ("X-Exact:  v ", False), ("X-Exact: vv", True), ("X-Other: X-Gone: 1", True),
    ("Referer: http://x/", True),
]


def test_removed():
    def removed(line, arrives):
        with Client(pound().port) as client:
            client.get("/", line, "X-Last: 1")
        request = origin.one()
        equal(request.get(line.split(":")[0]) is not None, arrives)
        equal(request.get("X-Last"), "1")
    each(CASES, removed)


def test_every_occurrence():
    with Client(pound().port) as client:
        client.get("/", "X-Gone: 1", "A: 1", "x-gone: 2", "B: 2", "X-GONE: 3")
    equal(origin.one().names(), ["Host", "A", "B", "X-Forwarded-For"])


def test_removed_stays_visible_to_services():
    front = Pound(SHORT + listener(
        'HeadRemove "^X-Gone"', service('HeadRequire "^X-Gone: 1"', backend(origin))) + "\n")
    with Client(front.port) as client:
        equal(client.get("/", "X-Gone: 1").status, 200)
        equal(origin.one().get("X-Gone"), None)
        equal(client.get("/").status, 503)
    front.stop()


def test_framing_fields_stay():
    with Client(pound().port) as client:
        client.get("/", method="POST", body=b"hello")
        request = origin.one()
        equal(request.body, b"hello")
        client.send(build("POST", "/", ["Transfer-Encoding: chunked"], None, "1.1")
                    + encode_chunks(b"hello"))
        equal(client.answer().status, 200)
    equal(origin.one().body, b"hello")


def test_removed_expect_and_connection_keep_their_effect():
    front = Pound(SHORT + listener('HeadRemove "^Connection"', service(backend(origin))) + "\n")
    with Client(front.port) as client:
        client.get("/", "Connection: close, X-Hop", "X-Hop: 1")
        client.expect_close()
    equal(origin.one().get("X-Hop"), None)
    front.stop()


def test_clients_part_of_x_forwarded_for():
    with Client(pound().port) as client:
        client.get("/", "X-Forwarded-For: 6.6.6.6")
    equal(origin.one().all("X-Forwarded-For"), ["127.0.0.1"])


def test_then_add_header():
    front = Pound(SHORT + listener('HeadRemove "X-Forwarded-Proto"',
                                   'AddHeader "X-Forwarded-Proto: http"',
                                   service(backend(origin))) + "\n")
    with Client(front.port) as client:
        client.get("/", "X-Forwarded-Proto: https")
    equal(origin.one().all("X-Forwarded-Proto"), ["http"])
    front.stop()


main()
