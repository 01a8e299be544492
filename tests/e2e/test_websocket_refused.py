#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Upgrade: strict-http 6. Which requests carry it on, and what no tunnel is."""

from harness import *

origin = Origin(reply(b"upgrade required", "Upgrade: websocket", status="426 Upgrade Required"))
KEY = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
VERSION = "Sec-WebSocket-Version: 13"
SHAKE = ["Connection: Upgrade", "Upgrade: websocket", KEY, VERSION]


@once
def pound():
    return Pound(simple(origin, "LogLevel 0"))


FORWARDED = [
    ("plain", SHAKE),
    ("any case", ["connection: upgrade", "UPGRADE: WebSocket", KEY, VERSION]),
    ("in a list", ["Connection: keep-alive, Upgrade", *SHAKE[1:]]),
    ("in two fields", ["Connection: keep-alive", "Connection: upgrade", *SHAKE[1:]]),
    ("length 0", SHAKE + ["Content-Length: 0"]),
    ("short key", ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Key: abcdefghijkl"]),
    ("21 characters", ["Connection: Upgrade", "Upgrade: websocket",
                       "Sec-WebSocket-Key: " + "k" * 21, VERSION]),
    ("44 characters", ["Connection: Upgrade", "Upgrade: websocket",
                       "Sec-WebSocket-Key: " + "k" * 44, "Sec-WebSocket-Version: 8"]),
    ("no key", ["Connection: Upgrade", "Upgrade: websocket"]),
]

DROPPED = [  # name, method, version, fields
    ("h2c", "GET", "1.1", ["Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c",
                           "HTTP2-Settings: AAMAAABk"]),
    ("two protocols", "GET", "1.1", ["Connection: Upgrade", "Upgrade: websocket, h2c", KEY]),
    ("two fields", "GET", "1.1", ["Connection: Upgrade", "Upgrade: websocket", "Upgrade: h2c"]),
    ("websocket/13", "GET", "1.1", ["Connection: Upgrade", "Upgrade: websocket/13", KEY]),
    ("not named", "GET", "1.1", ["Connection: keep-alive", "Upgrade: websocket", KEY]),
    ("no Connection", "GET", "1.1", ["Upgrade: websocket", KEY]),
    ("POST", "POST", "1.1", SHAKE), ("HEAD", "HEAD", "1.1", SHAKE), ("1.0", "GET", "1.0", SHAKE),
    ("body", "GET", "1.1", SHAKE + ["Content-Length: 2"]),
    ("chunks", "GET", "1.1", SHAKE + ["Transfer-Encoding: chunked"]),
    ("only Connection", "GET", "1.1", ["Connection: Upgrade"]),
    ("h2c of Java", "GET", "1.1", ["Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c",
                                   "HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA"]),
]


def test_forwarded():
    """The handshake reaches the back-end, key and version untouched."""
    def forwarded(_, fields):
        request = served(pound().port, origin, build("GET", "/", fields, None, "1.1"), status=426)
        equal(request.get("Upgrade").lower(), "websocket")
        assert "upgrade" in request.get("Connection").lower()
        for field in fields:
            if field.startswith("Sec-"):
                name, value = field.split(": ")
                equal(request.get(name), value)
    each(FORWARDED, forwarded)


def test_dropped():
    def dropped(_, method, version, fields):
        raw = build(method, "/", fields, None, version)
        raw += {"Content-Length: 2": b"ab", "Transfer-Encoding: chunked": b"2\r\nab\r\n0\r\n\r\n"}.get(
            fields[-1], b"")
        request = served(pound().port, origin, raw, method, status=426)
        equal((request.get("Upgrade"), request.get("HTTP2-Settings")), (None, None))
        assert "upgrade" not in (request.get("Connection") or "").lower()
        equal(request.body, b"ab" if fields[-1].startswith(("Content", "Transfer")) else b"")
    each(DROPPED, dropped)


def test_removed():
    """HeadRemove forbids WebSockets; a 101 is unasked then. The other fields of the
    handshake may be removed without that."""
    good = (b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\n"
            b"Upgrade: websocket\r\n\r\n")
    asked = Origin()

    def removed(_, pattern, status):
        front = Pound(simple(asked, listen='HeadRemove "%s"' % pattern))
        asked.answer = good
        with Client(front.port) as client:
            client.request("/", *SHAKE)
            equal(client.head().status, status)
        request = asked.one()
        if status == 502:
            equal((request.get("Upgrade"), request.get("Connection")), (None, None))
            equal(request.get("Sec-WebSocket-Version"), "13")
            asked.answer = OK
            served(front.port, asked, build("GET", "/", SHAKE, None, "1.1"))
        front.stop()
    each([("Upgrade", "^Upgrade:", 502), ("any case", "^upgrade: WEBSOCKET$", 502),
          ("Connection cannot be", "^Connection:", 101), ("key", "^Sec-WebSocket-Key:", 101)], removed)


def test_notice_for_a_dropped_websocket():
    mark = pound().quiet().mark()
    served(pound().port, origin, build("GET", "/", ["Upgrade: websocket", KEY], None, "1.1"), status=426)
    pound().wait_log("(?i)upgrade|websocket", mark)
    equal(len(pound().quiet().since(mark)), 1, "lines")


def test_parsed_as_http_after_a_refusal():
    """426, then GET /x on the same connection."""
    with Client(pound().port) as client:
        client.send(build("GET", "/ws", SHAKE, None, "1.1") + build("GET", "/x", [], None, "1.1"))
        equal([client.answer().status for _ in "ab"], [426, 426])
        client.send(b"GET  /y HTTP/1.1\r\n")
        equal(client.answer().status, 400)
    equal([r.target for r in origin.take()], ["/ws", "/x"])


WRONG_101 = [
    ("no Upgrade", b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\n\r\n"),
    ("no Connection", b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"),
    ("other protocol", b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\n"
     b"Upgrade: h2c\r\n\r\n"),
    ("neither", b"HTTP/1.1 101 Switching Protocols\r\n\r\n"),
]


def test_wrong_101():
    """502; the bytes after it never reach the client as an answer."""
    def wrong(_, answer):
        front_origin.answer = answer + b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"
        with Client(front.port) as client:
            response = client.get("/", *SHAKE)
            equal(response.status, 502)
            assert b"evil" not in client.rest()
    front_origin = Origin()
    front = Pound(simple(front_origin))
    each(WRONG_101, wrong)
    front.stop()


def test_untidy_101():
    """A tunnel, and a head that says each thing once and nothing of a body."""
    def script(conn):
        conn.head()
        conn.send(UNTIDY_101)  # and what comes then is read below
    front_origin = Origin(script=script)
    front = Pound(simple(front_origin))
    with Client(front.port) as client:
        client.request("/", *SHAKE)
        equal(client.head().fields, [("Connection", "Upgrade"), ("Upgrade", "websocket"),
                                     ("X", "a b")])
        client.send(b"ping")
        equal(front_origin.wait_conns(1).reader.exactly(4), b"ping")
    front.stop()


UNTIDY_101 = (b"HTTP/1.1 101 S\r\nConnection: y, upgrade\r\nUpgrade: websocket\r\n"
              b"Upgrade: h2c\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\nX: a\r\n b\r\n"
              b"Connection: upgrade\r\n\r\n")


def test_unasked_101():
    good = (b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\n"
            b"Upgrade: websocket\r\n\r\n")
    front = Pound(simple(Origin(good)))
    for fields in ([], ["Connection: Upgrade", "Upgrade: h2c"], ["Upgrade: websocket"]):
        equal(ask(front.port, build("GET", "/", fields, None, "1.1")).status, 502)
    front.stop()


main()
