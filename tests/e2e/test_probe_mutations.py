#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mutated requests: what becomes of them is what the rules say, as lib.oracle
has written them down a second time.

TEST_MUTATIONS=N for another number, TEST_SEED=N for others.
"""

import os
import random
import re

from harness import *
from lib.oracle import CUT, verdict
from lib.probe import Probe, Sees, same

COUNT = int(os.environ.get("TEST_MUTATIONS", 2500))
SEED = int(os.environ.get("TEST_SEED", 1))
H = b"Host: h.test\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
VALID = [
    b"GET / HTTP/1.1\r\n" + H + b"\r\n", b"GET /a/b?c=d&e=%20f HTTP/1.1\r\n" + H + b"A: b\r\n\r\n",
    b"HEAD /h HTTP/1.1\r\n" + H + b"User-Agent: x (y; z)\r\nConnection: keep-alive\r\n\r\n",
    b"GET http://h.test:80/x?y HTTP/1.1\r\n" + H + b"Cookie: a=b; c=d\r\n\r\n",
    b"GET https://h.test:443?x HTTP/1.1\r\nhost: H.TEST\r\n\r\n", b"GET http://other.test HTTP/1.0\r\n\r\n", b"GET /lf HTTP/1.1\nHost: h.test\nA: b\n\n",
    b"POST /p HTTP/1.1\r\n" + H + b"Content-Length: 11\r\nContent-Type: t/p\r\n\r\nhello world",
    b"POST /p HTTP/1.1\r\n" + H + b"X: y\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\nab",
    b"PUT /c HTTP/1.1\r\n" + H + CHUNKED + b"\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n",
    b"POST /c HTTP/1.1\r\n" + H + CHUNKED + b"\r\n5;a=\"b;\\\"c\";d\r\nhello\r\n0\r\nX-T: v\r\n\r\n",
    b"OPTIONS * HTTP/1.1\r\n" + H + b"Max-Forwards: 5\r\n\r\n",
    b"GET /10 HTTP/1.0\r\n" + H + b"Connection: keep-alive\r\nX-Forwarded-For: 1.2.3.4\r\n\r\n",
    b"BPROPFIND /x%zz/{a}\xe9?|%u4E2D HTTP/1.1\r\n" + H + b"Depth: 1\r\n\r\n",
    b"POST /10 HTTP/1.0\r\nContent-Length: 3\r\n\r\nabc", b"TRACE / HTTP/1.1\r\n" + H + b"Cookie: a\r\n\r\n",
    b"DELETE /{a}|\"b\" HTTP/1.1\r\nHost: [::1]:80\r\nConnection: close, X-T\r\nX-T: v\r\n\r\n",
    b"GET /ws HTTP/1.1\r\n" + H + b"Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
]
LINES = [
    b"Content-Length: 5", b"Content-Length: 0", b"Content-Length : 5", b"content_length: 5",
    b"Content-Length: 5, 5", b"Content-Length: +5", b"Transfer-Encoding: chunked",
    b"transfer-encoding: CHUNKED", b"Transfer-Encoding: identity", b"Transfer-Encoding: gzip, chunked",
    b"Transfer-Encoding:\tchunked", b"Transfer_Encoding: chunked", b"Host: other.test", b"Host:",
    b"Host: h.test:80", b"Host: h.test:443", b"host: u@h", b" folded", b"\tfolded: too", b"Connection: close",
    b"Connection: keep-alive", b"Connection: host, content-length, x-t", b"Connection: Upgrade, TE",
    b"Upgrade: websocket", b"Upgrade: h2c", b"Expect: 100-continue", b"Expect:", b"Expect: x",
    b"X-Forwarded-For: 6.6.6.6", b"X-SSL-Subject: a", b"X-SSL_Issuer: b", b"Proxy: x", b"TE: trailers",
    b"Max-Forwards: 0", b"Max-Forwards: 00", b"Max-Forwards: 1", b"X-T", b": v", b"X-T: \x80\xff",
    b"X-T: a\x00b", b"", b"Keep-Alive: 5", b"Trailer: X", b"HTTP2-Settings: x",
]
WORDS = [
    b"\r", b"\n", b"\0", b":", b"\t", b" ", b"\r\n", b",", b";", b"%", b"%00", b"%zz", b"#", b"?", b"/",
    b"*", b"\x7f", b"\x80", b"=", b"\"", b"\\", b"0", b"5", b"f", b"-", b"_", b"\r\n\r\n", b"\n\n",
    b"HTTP/1.1", b"HTTP/1.0", b"http://h.test", b"GET ", b"\x16", b"[", b"]", b"@", b"{", b"\x0b",
]


def some_line(chance, raw):
    """A line comes in, goes, is doubled, changes its place or its end."""
    head, end, body = raw.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    at = chance.randrange(1, len(lines) + 1)
    kind = chance.randrange(5)
    if kind < 2:
        lines.insert(at, chance.choice(LINES))
    elif kind == 2 and at < len(lines):
        lines.insert(chance.randrange(1, len(lines) + 1), lines[at])
    elif kind == 3 and at < len(lines):
        lines.insert(chance.randrange(1, len(lines)), lines.pop(at))
    elif at < len(lines):
        del lines[at]
    return b"\r\n".join(lines) + end + body


def some_byte(chance, raw):
    at = chance.randrange(len(raw) + 1)
    kind = chance.randrange(4)
    if kind == 0:
        return raw[:at] + raw[at + 1:]
    if kind == 1:
        return raw[:at] + bytes([chance.randrange(256)]) + raw[at + 1:]
    return raw[:at] + chance.choice(WORDS) + raw[at + (kind == 2):]


def mutant(chance):
    """One, or two in a row, with up to three changes; some are cut short."""
    raw = chance.choice(VALID)
    if chance.randrange(4) == 0:
        raw += chance.choice(VALID)
    for _ in range(chance.choice([1, 1, 1, 2, 2, 3])):
        raw = chance.choice([some_line, some_byte])(chance, raw)
    return raw[:chance.randrange(len(raw) + 1)] if chance.randrange(20) == 0 else raw


class Mutations(Probe):
    def one(self, lane, case, way, tls):
        _, raw, want, port = case
        with self.connect(lane, tls, port) as client:
            if way == "bytewise":
                client.send_bytewise(raw)
            else:
                client.send(raw)
            try:
                client.fin()
            except OSError:  # it has been closed meanwhile, as it should
                assert want[-1] != CUT
            served = [one for one in want if isinstance(one, Sees)]
            for one in want:
                self._answer(client, one, 307 if port == "moved" else 200)
            same(client.rest(), b"", "bytes behind the last answer")
        got = lane.origin.take()
        same(len(got), len(served), "requests at the back-end: %r" % [r.raw for r in got])
        for request, sees in zip(got, served):
            sees.check(request)

    @staticmethod
    def _answer(client, want, own):
        if want == CUT:
            late = client.rest()
            assert not late or re.match(rb"HTTP/1\.1 4\d\d ", late.split(b"100 Continue\r\n\r\n")[-1]) \
                or late == b"HTTP/1.1 100 Continue\r\n\r\n", "got %r, want nothing" % late[:80]
            return
        if isinstance(want, set):
            answer, page = client.head(), client.rest()
            assert answer.status in want, "got %d %r, want %s" % (answer.status, page[:80], want)
            same(answer.get("Connection"), "close", "Connection")
            assert len(page) in (0, answer.length), "not one answer: %r" % page
        elif isinstance(want, tuple):
            answer = client.answer(want[1])
            assert answer.status in (own, 200) and not answer.interim, answer.start
        else:
            answer = client.answer(want.start.split()[0])
            same((answer.status, answer.body[-2:]),
                 (200, b"" if want.start.startswith("HEAD ") else b"ok"), "answer")


@once
def probe():
    return Mutations()


def mutations(port, seed):
    chance = random.Random(seed)
    jobs, kinds = [], {"served": 0, "refused": 0, "cut": 0}
    for number in range(COUNT):
        raw = mutant(chance)
        want = verdict(raw, port)
        last = want[-1] if want else CUT
        kinds["cut" if last == CUT else "refused" if isinstance(last, set) else "served"] += 1
        jobs.append((("%d %r" % (number, raw), raw, want, port),
                     "whole" if number % 4 else "bytewise", number % 9 == 0))
    print("# %s: %s" % (port, kinds))
    assert min(kinds.values()) > COUNT // 50, kinds
    probe().run(jobs)


def test_mutations():
    mutations("main", SEED)


def test_mutations_with_strict_0():
    mutations("lenient", SEED + 1000)


def test_mutations_with_xhttp_3():
    mutations("loose", SEED + 2000)


def test_mutations_that_are_redirected():
    """The body, which goes nowhere, never becomes the next request."""
    mutations("moved", SEED + 3000)


def test_zz_worker_has_lived():
    probe().finish()


main(limit=600 if COUNT > 20000 else 100)
