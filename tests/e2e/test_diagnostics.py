#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""One diagnostic and one access line for each failure: A.5."""

import re
import time

from harness import *

origin = Origin()
bad = Origin(b"rubbish\r\n\r\n")
mute = Origin(lambda request: None)
dead = Origin(up=False)


@once
def pound():
    """-F with LogFacility -: access lines on stdout, the rest on stderr."""
    front = Pound("LogFacility -\nAlive 60\n" + SHORT.replace("Alive 1\n", "") + listener(
        "Client 1", "MaxRequest 10", "MaxURI 8192",
        service('URL "^/bad"', backend(bad)), service('URL "^/mute"', backend(mute, "TimeOut 1")),
        service('URL "^/dead"', backend(dead)), service('URL "^/limit(a|aa)+$"', backend(origin)),
        service('URL "^/ok"', backend(origin))) + "\n", mode="-F")
    return front.quiet()


def get(path, *fields, method="GET"):
    return build(method, path, list(fields), None, "1.1")


CASES = [  # tag, request
    ("e400", b"GET  / HTTP/1.1\r\n"), ("e400", get("/ok", "X T: v")),
    ("e400", b"GET /ok HTTP/1.1\r\n\r\n"), ("e400", get("/ok", "Content-Length: x", method="POST")),
    ("e400", get("/ok", "Content-Length: 1", "Transfer-Encoding: chunked", method="POST")),
    ("e400", get("/ok%00")), ("e400", get("/ok", "Transfer-Encoding: chunked") + b"x\r\n"),
    ("e408", b"GET /"), ("e408", get("/ok", "Content-Length: 5") + b"x"),
    ("e413", get("/ok", "Content-Length: 11", method="POST")),
    ("e414", get("/" + "u" * 9000)), ("e417", get("/ok", "Expect: x")),
    ("e431", get("/ok", "X: " + "v" * 9000)), ("e431", get("/ok", *["X: v"] * 200)),
    ("e500", get("/limit" + "a" * 60 + "!")),
    ("e501", b"BREW / HTTP/1.1\r\nHost: h.test\r\n\r\n"),
    ("e501", get("/ok", "Transfer-Encoding: identity")),
    ("e502", get("/bad")), ("e503", get("/nowhere")), ("e504", get("/mute")),
    ("e505", b"GET / HTTP/2.0\r\nHost: h.test\r\n\r\n"),
]


def test_exactly_one_each():
    def one(tag, raw):
        mark, out = pound().mark(), len(pound().out)
        equal(ask(pound().port, raw).status, int(tag[1:]))
        until(lambda: len(pound().out) > out, "access line")
        pound().wait_log(tag, mark)
        settle()
        lines = pound().since(mark)
        equal(len(lines), 1, "diagnostics %r" % lines)
        assert "127.0.0.1" in lines[0], lines[0]
        equal(len(pound().out), out + 2, "access lines")
    each(CASES, one)


def settle():
    """Whatever the other thread had to log is in the log now."""
    out = len(pound().out)
    with Client(pound().port) as client:
        client.get("/ok")
    until(lambda: any("GET /ok HTTP/1.1 - HTTP/1.1 200" in text for text in pound().out[out:]),
          "access line of the last request")


def test_failed_connect():
    """The back-end is named, its death told once; then e503 with the client."""
    mark = pound().mark()
    equal(ask(pound().port, get("/dead")).status, 503)
    where = re.escape("127.0.0.1:%d" % dead.port)
    pound().wait_log("BackEnd %s dead \\(killed\\)" % where, mark)
    pound().wait_log("e503", mark)
    equal(len(pound().since(mark, "e503")), 1)
    mark = pound().mark()
    equal(ask(pound().port, get("/dead")).status, 503)
    pound().wait_log("e503", mark)
    equal(len(pound().since(mark, "killed")), 0, "told again")


def test_line_names_the_client_and_is_escaped():
    mark = pound().mark()
    ask(pound().port, b'GET /"\xe9\x01 HTTP/1.1\r\nHost: h.test\r\n\r\n')
    text = pound().wait_log("e400", mark)[0]
    assert "127.0.0.1" in text and text.isprintable() and '"\xe9' not in text, text


def test_cut_answer():
    """One diagnostic, and the access line with what passed."""
    bad.answer = then_close(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello")
    mark, out = pound().mark(), len(pound().out)
    with Client(pound().port) as client:
        client.request("/bad").rest()
    until(lambda: len(pound().out) > out, "access line")
    pound().wait_log("", mark)
    bad.answer = b"rubbish\r\n\r\n"
    settle()
    lines = pound().since(mark)
    equal(len(lines), 1, lines)
    assert "127.0.0.1:%d" % bad.port in lines[0], "back-end not named: %s" % lines[0]


def test_normal_life_is_silent():
    """Good requests, closes and idle time-outs give no diagnostic."""
    mark = pound().mark()
    with Client(pound().port) as client:
        for _ in range(3):
            client.get("/ok")
        client.expect_close(5)
    Client(pound().port).close()
    Client(pound().port).rst()
    with Client(pound().port) as client:
        client.get("/ok", "Connection: close")
    settle()
    equal(pound().since(mark), [])


def test_long_lines_are_cut():
    front = Pound("LogFacility -\n" + simple(origin, listen="MaxURI 60k\nMaxField 60k\nLogLevel 3"),
                  mode="-F")
    ask(front.port, get("/" + "u" * 50000))
    until(lambda: front.out, "access line")
    assert len(front.out[0]) <= 16384 + 8 and front.out[0].endswith("..."), len(front.out[0])
    front.stop()


HELD = r" \((\d+) more of this kind were suppressed\)$"


def flood(front, act, *kinds):
    """300 times the same, act(300), within a second or two, and once more in the next."""
    mark = front.quiet().mark()
    act(300)
    front.quiet()
    begin = time.monotonic()
    until(lambda: elapsed(begin) > 1.2, "the next second", 5)
    act(1)
    front.wait_log(HELD, mark)
    for kind in kinds:
        lines = front.quiet().since(mark, kind)
        assert 51 <= len(lines) < 200, "%d diagnostics for 301 requests" % len(lines)
        equal(len(lines) + sum(map(int, re.findall(HELD, "\n".join(lines), re.M))), 301,
              "told and suppressed")


def test_flood_is_suppressed():
    """More than 50 a second of one kind become one line with the number."""
    out = len(pound().out)

    def bad(times):
        for _ in range(times):
            ask(pound().port, b"GET  / HTTP/1.1\r\n")
    flood(pound(), bad, "e400 malformed request line")
    equal(len(pound().out), out + 301, "access lines are never suppressed")


def test_floods_of_notices():
    """The same holds for what is no end of an exchange."""
    front = Pound(SHORT + "LogLevel 1\n" + listener("Strict 0", service(backend(origin))) + "\n")

    def untidy(times):
        with Client(front.port) as client:
            client.send(get("/", "no field", "Upgrade: websocket") * times)
            for _ in range(times):
                equal(client.answer().status, 200)
    flood(front, untidy, "bad header from", "an Upgrade to WebSocket was dropped")
    front.stop()


main()
