# SPDX-License-Identifier: GPL-3.0-or-later
"""The probe of answers: raw bytes of a back-end, judged at the client.

BAD         502, and not a byte of it
Gets(...)   understood: what the client must get of it
Cut(part)   the client sees a body that begins so, and is cut
"""

import threading

from lib.client import Client
from lib.http import Truncated
from lib.origin import OK, Origin
from lib.ports import SLOW, until
from lib.pound import backend, listener, service
from lib.probe import Probe, same
from lib.tls import TlsClient, TlsOrigin, cert, https

BAD = "bad"


class Gets:
    """again: whether the back-end's connection is used again; None: either."""

    def __init__(self, body=b"hello", status=200, reason=None, framing=None, has=(), lacks=(),
                 again=None, interims=()):
        self.body, self.status, self.reason, self.framing = body, status, reason, framing
        self.has, self.lacks, self.again, self.interims = has, lacks, again, list(interims)

    def check(self, answer):
        same(answer.status, self.status, "status")
        same(answer.body, self.body, "body")
        same([r.status for r in answer.interim], self.interims, "interim answers")
        if self.reason is not None:
            same(answer.reason, self.reason, "reason")
        if self.framing is not None:
            same(answer.framing, self.framing, "framing")
        for field in self.has:
            assert field in answer.fields, "no %r in %r" % (field, answer.fields)
        for name in self.lacks:
            assert answer.get(name) is None, "%s has arrived" % name


class Cut:
    def __init__(self, part):
        self.part = part


class Lane:
    """A plain back-end behind a plain listener, and both over TLS."""

    def __init__(self, number):
        self.plain, self.secure = Origin(), TlsOrigin()
        self.name = "lane%d" % number

    def listeners(self):
        yield listener(service(backend(self.plain)), port=self.name)
        yield https(cert(), service(backend(self.secure, "HTTPS")), port=self.name + "tls")

    def forget(self):
        self.plain.take()
        self.secure.take()


def script(answer, way, closes, sent):
    """What the back-end does for a request; it may close behind it."""
    def act(request):
        if request.target != "/probe":
            return OK
        if way == "bytewise":
            for at in range(len(answer)):
                request.conn.send(answer[at:at + 1])
        else:
            request.conn.send(answer)
        if closes:
            request.conn.fin()
        sent.set()
        return None
    return act


class AnswerProbe(Probe):
    lane_type = Lane

    def connect_to(self, lane, tls):
        number = self.pound.ports[lane.name + ("tls" if tls else "")]
        if tls:
            return TlsClient(number, self.context, timeout=10 * SLOW)
        return Client(number, timeout=10 * SLOW)

    def one(self, lane, case, way, tls):
        _, answer, want, method, *closes = case
        origin = lane.secure if tls else lane.plain
        sent = threading.Event()
        origin.answer = script(answer, way, bool(closes), sent)
        with self.connect_to(lane, tls) as client:
            if way == "kept":
                same(client.get("/before").status, 200, "status before")
                origin.take()
            client.request("/probe", method=method)
            if isinstance(want, Cut):
                self._cut(client, want)
            elif want == BAD:
                self._bad(client, method)
            else:
                want.check(client.answer(method))
                assert sent.wait(8 * SLOW)  # what is too much has come now
                self._after(client, origin, want)
                return
        for request in origin.take():
            conn = request.conn
            until(lambda: conn.ended or conn.sock.fileno() < 0, "close of the back-end's")

    @staticmethod
    def _bad(client, method):
        answer = client.answer(method)
        same(answer.status, 502, "status")
        assert b"hello" not in answer.body and b"lll" not in answer.body, answer.body
        same(client.rest(), b"", "bytes behind")

    @staticmethod
    def _cut(client, want):
        client_head = client.head()
        same(client_head.status, 200, "status")
        try:
            client.body(client_head)
        except Truncated as cut:
            same(cut.part[:len(want.part)], want.part, "what came before the cut")
            return
        raise AssertionError("the client saw a complete body: %r" % client_head.body[:80])

    @staticmethod
    def _after(client, origin, want):
        """The next request has an answer of its own."""
        same(client.get("/after").body, b"ok", "the next answer")
        last, after = origin.take()[-2:]
        if want.again is not None:
            same(after.conn is last.conn, want.again, "the back-end's connection used again")
