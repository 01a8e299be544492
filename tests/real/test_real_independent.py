#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
# time limit: 300
"""What we forward means the same to parsers of others: llhttp in node's own
HTTP server, strict, and h11.

Mutated requests go through Pound to one of them; the harness's own Origin in
front of it (a relay that keeps what it relays) says what was forwarded.
"""

import base64
import json
import os
import random
import socket
import subprocess
import sys
import threading

from peers import *

COUNT = number("REAL_MUTATIONS", 5000)
SEED = number("REAL_SEED", 1)
SPECIAL = [b"\r", b"\n", b"\0", b":", b"\t", b" ", b"\r\n", b",", b";"]
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"
H = b"Host: h.test\r\n"
VALID = [
    b"GET / HTTP/1.1\r\n" + H + b"\r\n",
    b"GET /a/b?c=d&e=%20f HTTP/1.1\r\n" + H + b"Accept: */*\r\nCookie: a=b; c=d\r\nX-T: v\r\n\r\n",
    b"HEAD /h HTTP/1.1\r\n" + H + b"User-Agent: x (y; z)\r\nConnection: keep-alive\r\n\r\n",
    b"GET http://h.test:80/x?y HTTP/1.1\r\n" + H + b"Referer: http://h.test/\r\n\r\n",
    b"POST /p HTTP/1.1\r\n" + H + b"Content-Length: 11\r\nContent-Type: t/p\r\n\r\nhello world",
    b"POST /p HTTP/1.1\r\n" + H + b"X: y\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\nab",
    b"PUT /c HTTP/1.1\r\n" + H + CHUNKED + b"5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n",
    b"POST /c HTTP/1.1\r\n" + H + CHUNKED + b"5;a=b\r\nhello\r\n0\r\nX-T: v\r\n\r\n",
    b"OPTIONS * HTTP/1.1\r\n" + H + b"Max-Forwards: 5\r\n\r\n",
    b"GET /10 HTTP/1.0\r\n" + H + b"Connection: keep-alive\r\nX-Forwarded-For: 1.2.3.4\r\n\r\n",
    b"POST /10 HTTP/1.0\r\nContent-Length: 3\r\n\r\nabc",
    b"DELETE /{a}|\"b\" HTTP/1.1\r\n" + H + b"Connection: close, X-T\r\nX-T: v\r\n\r\n",
]


def lines_of(raw):
    head, end, body = raw.partition(b"\r\n\r\n")
    return head.split(b"\r\n"), end + body


def mutate(chance, raw):
    """One to three changes."""
    for _ in range(chance.randint(1, 3)):
        at = chance.randrange(len(raw)) if raw else 0
        kind = chance.randrange(6)
        if kind == 0:
            raw = raw[:at] + raw[at + 1:]
        elif kind == 1:
            raw = raw[:at] + bytes([chance.randrange(256)]) + raw[at + 1:]
        elif kind in (2, 3):
            raw = raw[:at] + chance.choice(SPECIAL) + raw[at + (kind == 2):]
        else:
            lines, rest = lines_of(raw)
            first = min(len(lines) - 1, chance.randrange(8) > 0)  # seldom the start line
            one, other = chance.randrange(first, len(lines)), chance.randrange(first, len(lines))
            if kind == 4:
                lines.insert(other, lines[one])
            else:
                lines[one], lines[other] = lines[other], lines[one]
            raw = b"\r\n".join(lines) + rest
    return raw


class Parser(Peer):
    """A process of parsers.py; .lines are what it has told."""

    def __init__(self, kind):
        held, port = hold_port()
        super().__init__([sys.executable, "-B", os.path.join(HERE, "parsers.py"), kind, str(port)],
                         port, held, stdout=subprocess.PIPE)
        self.lines = []
        self.start()
        threading.Thread(target=self._collect, daemon=True).start()

    def _collect(self):
        for line in self.process.stdout:
            self.lines.append(json.loads(line))


class Relay(Origin):
    """Reads strictly, hands the very bytes to the parser, and answers."""

    def __init__(self, parser):
        self.parser = parser
        super().__init__(script=self._relay)

    def _relay(self, conn):
        sock = socket.create_connection(("127.0.0.1", self.parser.port), 20)
        try:
            while True:
                begun = len(conn.reader.received) - len(conn.reader.buffer)
                request = conn.head()
                if request is None:
                    return
                conn.body(request)
                raw = bytes(conn.reader.received[begun:len(conn.reader.received)
                                                 - len(conn.reader.buffer)])
                request.answered = len(self.parser.lines)
                with self.lock:
                    self.requests.append(request)
                sock.sendall(raw)
                data = sock.recv(65536)
                while b"\r\n\r\n" not in data:
                    part = sock.recv(65536)
                    if not part:
                        raise ConnectionResetError("the parser has closed on %r" % raw)
                    data += part
                if request.method != "HEAD" and not data.endswith(b"ok"):
                    sock.recv(2)
                conn.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"
                          + (b"" if request.method == "HEAD" else b"ok"))
        finally:
            sock.close()


def meaning(fields):
    """Fields as (name, value), names in lower case."""
    return [(n.lower(), v) for n, v in fields]


def compare(request, told, raw):
    assert "error" not in told, "refused there: %s, of %r: %r" % (
        told.get("error"), raw, base64.b64decode(told.get("raw", "")))
    equal((told["method"], told["target"], told["version"]),
          (request.method, request.target, "1.1"), "line of %r" % raw)
    equal(meaning(told["fields"]), meaning(request.fields), "fields of %r" % raw)
    equal(base64.b64decode(told["body"]), request.body, "body of %r" % raw)


def one(relay, raw, port):
    """True when it was forwarded. At most one message, and the same one."""
    before = len(relay.parser.lines)
    with Client(port) as client:
        client.send(raw).fin()
        client.rest()
    requests = relay.take()
    until(lambda: len(relay.parser.lines) >= before + len(requests), "word of the parser")
    told = relay.parser.lines[before:]
    equal(len(told), len(requests), "messages that were understood, of %r" % raw)
    for request, words in zip(requests, told):
        compare(request, words, raw)
    return bool(requests)


def through(kind):
    parser = Parser(kind)
    relay = Relay(parser)
    pound = Pound(simple(relay, "LogLevel 0", "xHTTP 2"))
    chance = random.Random("%d %s" % (SEED, kind))
    for raw in VALID:
        assert one(relay, raw, pound.port), "a valid request was refused: %r" % raw
    worker = pound.worker_pid()
    count = COUNT // 2
    forwarded = sum(one(relay, mutate(chance, chance.choice(VALID)), pound.port)
                    for _ in range(count))
    say("%s: %d mutations, %d forwarded, all as meant", kind, count, forwarded)
    assert count // 20 < forwarded < count, "%d of %d forwarded" % (forwarded, count)
    assert not [words for words in parser.lines if "error" in words]
    equal(pound.worker_pid(), worker, "worker")


def test_h11():
    through("h11")


def test_node():
    through("node")


main(limit=280)
