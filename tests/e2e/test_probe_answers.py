#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mutated answers of a back-end: what a client gets of them is what the rules
say, as lib.oracle_answers has written them down a second time.

TEST_MUTATIONS=N for another number, TEST_SEED=N for others.
"""

import os
import random
import threading

from harness import *
from lib.oracle_answers import FRAMING, verdict
from lib.probe import same
from lib.probe_answers import AnswerProbe, Lane, script

COUNT = int(os.environ.get("TEST_MUTATIONS", 3000))
SEED = int(os.environ.get("TEST_SEED", 1))
START = b"HTTP/1.1 200 OK\r\n"
VALID = [
    START + b"Content-Length: 5\r\n\r\nhello", START + b"Content-Length: 0\r\nX: y\r\n\r\n",
    START + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n again\r\n0\r\n\r\n",
    START + b"Transfer-Encoding: chunked\r\n\r\n5;a=\"b;c\"\r\nhello\r\n0\r\nX: v\r\n\r\n",
    START + b"X: y\r\n\r\nhello", b"HTTP/1.0 200 OK\r\nServer: x\r\n\r\nhello",
    b"HTTP/1.1 304 N\r\nETag: \"a\"\r\nContent-Length: 5\r\n\r\n",
    b"HTTP/1.1 204 N\r\nSet-Cookie: a=b\r\nSet-Cookie: c=d\r\n\r\n",
    b"HTTP/1.1 302 Found\r\nLocation: /a/b?c\r\nContent-Length: 5\r\n\r\nhello",
    b"HTTP/1.1 103 E\r\nLink: x\r\n\r\n" + START + b"Content-Length: 5\r\n\r\nhello",
    b"HTTP/1.1 100 C\r\n\r\n" + START + b"Content-Length: 5\r\n\r\nhello",
    START + b"Connection: X-Gone\r\nX-Gone: 1\r\nKeep-Alive: 5\r\nContent-Length: 5\r\n\r\nhello",
    b"HTTP/1.1 500\r\nX: a\r\n b\r\nContent-Length: 5\r\n\r\nhello",
]
LINES = [
    b"Content-Length: 5", b"Content-Length: 6", b"Content-Length : 5", b"content-length: 5, 5",
    b"Content-Length: 005", b"Content-Length: +5", b"Content-Length:", b"Content-Length: 5,",
    b"Transfer-Encoding: chunked", b"Transfer-Encoding: CHUNKED, chunked", b"Transfer-Encoding: gzip",
    b"Transfer-Encoding: identity", b"Transfer-Encoding:\tchunked", b"Transfer_Encoding: chunked",
    b" folded", b"\tfolded: too", b" ", b"rubbish", b": v", b"X Y: v", b"X\xe9: v", b"X: \xe9\t\xff",
    b"X: a\x00b", b"X: a\x7f", b"Connection: close", b"Connection: X, ETag, Content-Length, Host",
    b"Host: h.test", b"Upgrade: h2", b"Trailer: X", b"Location: /a\tb", b"Content-Location: x",
    b"Proxy: x", b"Date: now", b"X : v", b"X\t : v",
]
WORDS = [
    b"\r", b"\n", b"\0", b":", b"\t", b" ", b"\r\n", b",", b";", b"0", b"5", b"f", b"-", b"+", b"x",
    b"\r\n\r\n", b"\n\n", b"HTTP/1.1", b"HTTP/1.1 200 OK\r\n", b"\x7f", b"\xff", b"\"", b"\\", b"=", b"1",
]


def some_line(chance, raw):
    """A line comes in, goes, is doubled, or changes its place."""
    head, end, body = raw.rpartition(b"\r\n\r\n") if chance.randrange(2) else raw.partition(b"\r\n\r\n")
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
    raw = chance.choice(VALID)
    for _ in range(chance.choice([1, 1, 1, 2, 2, 3])):
        raw = chance.choice([some_line, some_byte])(chance, raw)
    if chance.randrange(20) == 0:
        raw = raw[:chance.randrange(len(raw) + 1)]
    return raw or b"H"


def kept(message):
    return [(n, v) for n, v in message.fields if n.lower() not in FRAMING]


class StrictLane(Lane):
    """Another way to the plain back-end, with Strict 1, in place of that over TLS."""

    def listeners(self):
        yield listener(service(backend(self.plain)), port=self.name)
        yield listener(service(backend(self.plain, "Strict 1")), port=self.name + "tls")


class Mutations(AnswerProbe):
    lane_type = StrictLane

    def connect_to(self, lane, strict):
        return Client(self.pound.ports[lane.name + ("tls" if strict else "")], timeout=10 * SLOW)

    def one(self, lane, case, way, strict):
        _, raw, want, method, version = case
        sent = threading.Event()
        lane.plain.answer = script(raw, way, True, sent)
        with self.connect_to(lane, strict) as client:
            client.request("/probe", *["Connection: keep-alive"] * (version == "1.0"), method=method,
                           version=version)
            for status, fields in want.interims:
                interim = client.head()
                same((interim.status, kept(interim)), (status, fields), "interim answer")
            answer = client.head()
            same(answer.status, want.status, "status")
            if not want.ours:
                same((answer.reason, kept(answer)), (want.reason, want.fields), "reason, fields")
            self._body(client, answer, want, method)
            assert sent.wait(8)
            if not want.ours and want.whole and answer.get("Connection") != "close":
                same(client.get("/after").body, b"ok", "the next answer")
            else:
                same(client.rest(), b"", "bytes behind")
        lane.plain.take()

    @staticmethod
    def _body(client, answer, want, method):
        if method != "HEAD" and answer.length is None and not answer.chunked and not want.whole:
            part = client.rest()  # to HTTP/1.0: only a reset can tell
            assert client.ended == "rst", "a cut body looks whole: %r" % part
            return
        try:
            client.body(answer, method)
        except Truncated as cut:
            assert not want.whole, "cut"
            assert want.body.startswith(cut.part) or cut.part.startswith(want.body), cut.part
            return
        assert want.whole, "a cut body looks whole: %r" % answer.body
        if not want.ours:
            same(answer.body, want.body, "body")


@once
def probe():
    return Mutations()


def mutations(strict, seed):
    chance = random.Random(seed)
    jobs, kinds = [], {"passed on": 0, "refused": 0, "cut": 0}
    for number in range(COUNT):
        raw, method = mutant(chance), chance.choice(["GET", "GET", "GET", "HEAD"])
        version = chance.choice(["1.1", "1.1", "1.1", "1.0"])
        want = verdict(raw, method, version, strict)
        kinds["refused" if want.ours else "passed on" if want.whole else "cut"] += 1
        jobs.append((("%d %s %s %r" % (number, version, method, raw), raw, want, method, version),
                     "whole", strict))
    print("# %s" % kinds)
    assert min(kinds.values()) > COUNT // 50, kinds
    probe().run(jobs)


def test_mutations():
    mutations(False, SEED)


def test_mutations_with_strict_1():
    mutations(True, SEED + 1000)


def test_zz_worker_has_lived():
    probe().finish()


main(limit=600 if COUNT > 20000 else 100)
