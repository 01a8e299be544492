#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shared back-end connections never cross: each answer belongs to its request."""

import hashlib
import random
import threading
import time

from harness import *

CLIENTS = 64


def echo(request):
    """What came, and who sent it; sometimes the connection suffers."""
    cookie = request.get("Cookie", "")
    body = hashlib.sha256(request.body).hexdigest() + " " + cookie + " " + request.target
    data = reply(body.encode(), "X-Echo: " + cookie)
    kind = int(request.get("X-Kind"))
    if kind == 1:
        return then_close(reply(body.encode(), "X-Echo: " + cookie, "Connection: close"))(request)
    if kind == 2:
        return then_close(data)(request)
    if kind == 3:
        return b"HTTP/1.1 200 OK\r\nX-Echo: %s\r\nTransfer-Encoding: chunked\r\n\r\n" % (
            cookie.encode()) + encode_chunks(body[:10].encode(), body[10:].encode())
    if kind == 4:
        return then_rst(data[:len(data) // 2])(request)
    return data


class Worker(threading.Thread):
    """One client after another; counts exchanges, keeps what went wrong."""

    def __init__(self, port, number, end):
        super().__init__(daemon=True)
        self.port, self.number, self.end = port, number, end
        self.random = random.Random(number)
        self.done, self.wrong = 0, []

    def run(self):
        while time.monotonic() < self.end and not self.wrong:
            try:
                self.connection()
            except (Truncated, OSError):
                pass
            except AssertionError as error:
                self.wrong.append(str(error))

    def connection(self):
        with Client(self.port) as client:
            for _ in range(self.random.randrange(1, 20)):
                if not self.exchange(client):
                    return

    def exchange(self, client):
        cookie = "c=%d-%d" % (self.number, self.done)
        kind = self.random.choice([0] * 12 + [1, 2, 3, 3, 3, 4])
        method = self.random.choice(["GET", "POST", "POST"])
        body = None if method == "GET" else self.random.randbytes(self.random.randrange(3000))
        target = "/%d/%d" % (self.number, self.done)
        raw = build(method, target, ["Cookie: " + cookie, "X-Kind: %d" % kind], body, "1.1")
        abort = self.random.random()
        if abort < 0.03:
            client.send(raw[:self.random.randrange(1, len(raw))]).rst()
            return False
        client.send(raw)
        if abort < 0.06:
            client.rst()
            return False
        answer = client.answer()
        self.done += 1
        if answer.status != 200:
            return False
        wanted = hashlib.sha256(body or b"").hexdigest() + " " + cookie + " " + target
        if answer.body.decode() != wanted or answer.get("X-Echo") != cookie:
            self.wrong.append("%s got %s" % (wanted, answer.body[-80:]))
        return True


def test_every_answer_belongs_to_its_request():
    origin = Origin(echo)
    pound = Pound("LogLevel 0\n" + simple(origin))
    end = time.monotonic() + seconds(8)
    workers = [Worker(pound.port, number, end) for number in range(CLIENTS)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(seconds(8) * 3 + 30)
    wrong = [text for worker in workers for text in worker.wrong]
    equal(wrong, [])
    done = sum(worker.done for worker in workers)
    assert done > 500, "only %d exchanges" % done
    print("# %d exchanges over %d back-end connections" % (done, len(origin.conns)))
    equal(ask(pound.port, build("GET", "/", ["X-Kind: 0"], None, "1.1")).status, 200)
    pound.stop()


main()
