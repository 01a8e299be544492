# SPDX-License-Identifier: GPL-3.0-or-later
"""The probe: raw requests through Pound, each judged at both ends.

A case is (name, raw, want[, port]).  want is
	a status, or several   refused so, and nothing reaches the back-end
	SILENT                 closed without a byte
	Sees(...)              served, and this is what the back-end receives
port is "main" (xHTTP 2), "loose" (xHTTP 3), "lenient" (xHTTP 2 and Strict 0)
or "moved" (xHTTP 2, all is redirected).

Lanes run at the same time, each a client with listeners and a back-end of its
own, so that what arrives can only be what this lane has sent.
"""

import queue
import threading

from lib.client import Client
from lib.http import Truncated
from lib.origin import OK, Origin
from lib.ports import SLOW
from lib.pound import SHORT, Pound, backend, listener, service
from lib.tls import TlsClient, cert, client_context, https

LANES = 4
LEVELS = {"main": "xHTTP 2", "loose": "xHTTP 3", "lenient": "xHTTP 2\nStrict 0",
          "moved": "xHTTP 2"}
SILENT = "silent"
SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: h.test\r\n\r\n"
WAYS = ["whole", "bytewise", "kept"]  # how a request is sent


class Sees:
    """A request as the back-end must see it; None: whatever it is."""

    def __init__(self, start=None, host="h.test", body=b"", has=(), lacks=(), chunks=None,
                 fields=None):
        self.start, self.host, self.body = start, host, body
        self.has, self.lacks, self.chunks, self.fields = has, lacks, chunks, fields

    def check(self, request):
        if self.start is not None:
            same(request.start, self.start, "line")
        if self.host is not None:
            same(request.get("Host"), self.host, "Host")
        same(request.body, self.body, "body")
        if self.chunks is not None:
            same(request.chunks, self.chunks, "chunks")
        if self.fields is not None:
            same(request.fields, self.fields, "fields")
        for field in self.has:
            assert field in request.fields, "no %r in %r" % (field, request.fields)
        for name in self.lacks:
            assert request.get(name) is None, "%s has arrived" % name


def same(got, want, what):
    assert got == want, "%s: got %r, want %r" % (what, got, want)


class Lane:
    def __init__(self, number):
        self.origin = Origin()
        self.names = {(tls, port): "%s%s%d" % (port, "tls" if tls else "", number)
                      for tls in (False, True) for port in LEVELS}

    def listeners(self):
        inner, moved = service(backend(self.origin)), service('Redirect 307 "http://new.test"')
        for (tls, port), name in self.names.items():
            make = (lambda *a, **k: https(cert(), *a, **k)) if tls else listener
            yield make(LEVELS[port], moved if port == "moved" else inner, port=name)

    def forget(self):
        """What has come is of a case that has failed."""
        self.origin.take()


class Probe:
    """Pound with its lanes; .passed counts, .failed tells."""

    lane_type = Lane

    def __init__(self):
        self.lanes = [self.lane_type(n) for n in range(LANES)]
        self.pound = Pound(SHORT + "".join(text for lane in self.lanes
                                           for text in lane.listeners()))
        self.worker = self.pound.worker_pid()
        self.context = client_context()
        self.passed, self.failed = 0, []

    def connect(self, lane, tls, port):
        number = self.pound.ports[lane.names[tls, port]]
        if tls:
            return TlsClient(number, self.context, timeout=10 * SLOW)
        return Client(number, timeout=10 * SLOW)

    # -- many ------------------------------------------------------------

    def run(self, jobs):
        """jobs: (case, way, tls); all run, the failures are told."""
        waiting, failed = queue.SimpleQueue(), []
        for job in jobs:
            waiting.put(job)
        count = waiting.qsize()
        threads = [threading.Thread(target=self._work, args=(lane, waiting, failed), daemon=True)
                   for lane in self.lanes]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert count > 0 and waiting.empty(), "a lane has died"
        self.passed += count - len(failed)
        self.failed += failed
        assert not failed, "%d of %d\n%s" % (len(failed), count, "\n".join(failed[:25]))

    def _work(self, lane, waiting, failed):
        while True:
            try:
                case, way, tls = waiting.get_nowait()
            except queue.Empty:
                return
            try:
                self.one(lane, case, way, tls)
            except (AssertionError, OSError) as error:
                lane.forget()
                failed.append("%s, %s%s: %s: %s" % (
                    case[0], way, ", TLS" if tls else "", type(error).__name__, error))

    # -- one -------------------------------------------------------------

    def one(self, lane, case, way, tls):
        _, raw, want, *port = case
        with self.connect(lane, tls, port[0] if port else "main") as client:
            if way == "kept":
                same(client.get("/before").status, 200, "status before")
                same(lane.origin.one().target, "/before", "before")
            if way == "bytewise":
                client.send_bytewise(raw)
            else:
                client.send(raw)
            method = "HEAD" if raw.startswith(b"HEAD ") else "GET"
            if isinstance(want, Sees):
                self._served(lane, client, method, want)
            else:
                self._refused(client, method, want)
        if not isinstance(want, Sees):
            got = lane.origin.take()
            assert not got, "the back-end received %r" % [r.raw for r in got]

    @staticmethod
    def _served(lane, client, method, want):
        answer = client.answer(method)
        assert answer.status == 200, "got %d %r" % (answer.status, answer.body[:80])
        same(answer.body, b"" if method == "HEAD" else b"ok", "answer")
        want.check(lane.origin.one())
        if answer.get("Connection") == "close":
            client.expect_close()
            return
        same(client.get("/after").status, 200, "status after")
        same(lane.origin.one().target, "/after", "after")

    @staticmethod
    def _refused(client, method, want):
        client.send(SMUGGLED)
        if want == SILENT:
            client.expect_close()
            return
        wanted = want if isinstance(want, tuple) else (want,)
        try:
            answer = client.answer(method)
        except Truncated as cut:
            raise AssertionError("closed without an answer: %s" % cut) from None
        assert answer.status in wanted, "got %d %r, want %s" % (
            answer.status, answer.body[:80], wanted)
        same(answer.get("Connection"), "close", "Connection")
        same(client.rest(), b"", "bytes after the refusal")

    def finish(self):
        """The worker has lived through all of it."""
        print("# probe: %d passed, %d failed" % (self.passed, len(self.failed)), flush=True)
        same(self.pound.worker_pid(), self.worker, "worker")
