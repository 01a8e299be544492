#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tunnels whose two ends do what chance says: strict-http 6, A.2 19.

Whoever does not break off has all of his bytes arrive, in order, and then his end; of one
who resets a beginning arrives. Afterwards nothing is left of any of them.
"""

import random
import select
import ssl
import threading
import time

from harness import *
from lib.ctl import CONTROL, Ctl
from lib.tls import TlsClient, TlsOrigin, TlsSocket, cert, client_context, https

GOOD = (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
SHAKE = ["Connection: Upgrade", "Upgrade: websocket"]
TUNNELS = 100
AT_ONCE = 8
SEED = random.randrange(1 << 32)
SIZES = (1, 1000, 16385, 65536, 300000, 2000000)
BLOCK = 1 << 22
conns = {}  # the back-end's end, by the target of the request


def at_back_end(conn):
    request = conn.head()
    if request is not None:
        conn.send(GOOD)
        conns[request.target] = conn


plain, tls = Origin(script=at_back_end), TlsOrigin(script=at_back_end)


@once
def pound():
    inner = [service('URL "^/plain"', backend(plain)), service(backend(tls, "HTTPS"))]
    return Pound(CONTROL + SHORT + "LogLevel 1\nWSTimeOut 30\n" + listener(
        *inner, port="plain") + https(cert(), *inner, port="tls") + "\n")


class End:
    """One end of a tunnel, that never waits: what it does is drawn beforehand."""

    def __init__(self, side, dice):
        over = side.sock if isinstance(side.sock, TlsSocket) else None
        self.tls, self.raw = over, over.sock if over else side.sock
        self.raw.setblocking(False)
        self.out, self.got = bytearray(), bytearray(side.reader.take(len(side.reader.buffer)))
        self.sent, self.ended, self.finished, self.resets = bytearray(), None, False, False
        self.acts = [(dice.random() * 0.03 * (dice.random() < 0.3), dice.randbytes(dice.choice(SIZES)))
                     for _ in range(dice.randrange(8))]
        self.last = self.reset if dice.random() < 1 / 6 else self.finish
        self.resume, self.patient = 0, False
        self.bite = dice.choice((BLOCK, 20000))  # so much it reads at a time
        self.rests = time.monotonic() + dice.choice((0, 0, 0.15))  # until then it reads nothing
        self.decrypt()

    def act(self):
        """The next that was drawn, if its time has come; who is patient hears the other
        to the end first."""
        if self.last is None or len(self.out) > BLOCK or time.monotonic() < self.resume:
            return
        if self.patient and not self.ended:
            return
        if not self.acts:
            self.last, last = None, self.last
            last()
            return
        pause, data = self.acts.pop(0)
        self.resume = time.monotonic() + pause
        self.sent += data
        self.out += self.encrypt(data) if self.tls else data

    def encrypt(self, data):
        try:
            self.tls.tls.write(data)
        except ssl.SSLError:  # the other has broken off, or judge() will tell
            self.acts, self.last = [], None
        return self.tls.outgoing.read()

    def finish(self):
        self.finished = True
        if self.tls:
            try:
                self.tls.tls.unwrap()
            except ssl.SSLError:
                pass  # the other's end is not there yet
            self.out += self.tls.outgoing.read()
        self.write()

    def reset(self):
        self.resets, self.ended, self.out = True, "own", bytearray()
        Client.rst(self)

    @property
    def sock(self):
        return self.raw

    def write(self):
        try:
            while self.out:
                del self.out[:self.raw.send(self.out)]
            if self.finished:
                self.finished = False
                self.raw.shutdown(2 if self.ended else 1)
        except BlockingIOError:
            pass
        except OSError:
            self.out = bytearray()

    def read(self):
        try:
            data = self.raw.recv(self.bite)
        except BlockingIOError:
            return
        except OSError:
            self.ended = "reset"
            return
        if not self.tls:
            self.got += data
            self.ended = None if data else "fin"
            return
        self.tls.incoming.write(data) if data else self.tls.incoming.write_eof()
        self.decrypt()

    def decrypt(self):
        try:
            while self.tls:
                data = self.tls.tls.read(BLOCK)
                if not data:
                    self.ended = "fin"
                    return
                self.got += data
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLZeroReturnError:
            self.ended = "fin"
        except ssl.SSLError:
            self.ended = "cut"

    def over(self):
        return self.resets or (self.ended and self.last is None and not self.out)

    def turn(self):
        if not self.resets:
            self.act()
        if not self.resets:
            self.write()
            if not self.ended and time.monotonic() >= self.rests:
                self.read()


def connect(front, behind, number, buffer):
    target = "/%s/%d" % (behind, number)
    port = pound().ports[front]
    client = (TlsClient(port, client_context(), buffer=buffer) if front == "tls"
              else Client(port, buffer=buffer))
    client.send(build("GET", target, SHAKE, None, "1.1"))
    equal(client.head().status, 101)
    until(lambda: target in conns, "back-end of " + target)
    return client, conns[target]


def play(number):
    dice = random.Random(SEED * 1000 + number)
    front, behind = dice.choice(("plain", "tls")), dice.choice(("plain", "tls"))
    one, other = (End(side, dice) for side in connect(
        front, behind, number, dice.choice((None, 8192))))
    dice.choice((one, other)).patient = dice.random() < 0.6
    begin = time.monotonic()
    while not (one.over() and other.over()):
        assert elapsed(begin) < 30 * SLOW, "%r and %r after 30 s" % (vars(one), vars(other))
        reads = [end.raw for end in (one, other) if not end.resets and not end.ended
                 and time.monotonic() >= end.rests]
        select.select(reads, [end.raw for end in (one, other) if end.out], [], 0.002)
        one.turn()
        other.turn()
    judge(one, other)
    judge(other, one)
    for end in (one, other):
        end.raw.close()


def judge(end, other):
    """What end has received of what the other has sent."""
    if end.resets or other.resets:
        assert other.sent.startswith(end.got), "%d bytes that were not sent" % len(end.got)
        return
    equal(len(end.got), len(other.sent), "bytes")
    assert end.got == other.sent, "other bytes than were sent"
    equal(end.ended, "fin")


def test_at_random():
    failures, lock, numbers = [], threading.Lock(), iter(range(TUNNELS))
    pound()  # before the threads ask for it

    def player():
        while True:
            with lock:
                number = next(numbers, None)
            if number is None:
                return
            try:
                play(number)
            except (AssertionError, OSError) as error:
                failures.append("seed %d, tunnel %d: %s" % (SEED, number, str(error)[:500]))

    players = [threading.Thread(target=player, daemon=True) for _ in range(AT_ONCE)]
    for thread in players:
        thread.start()
    for thread in players:
        thread.join(80 * SLOW)
    assert not failures, "\n".join(failures[:5])


def test_nothing_is_left():
    """No tunnel, no connection; a line for each."""
    def left():
        places = Ctl(pound()).json()["listeners"]
        services = [one for place in places for one in place["services"]]
        return ([place["connections"] for place in places],
                [(one["tunnels_now"], one["requests_now"]) for one in services],
                [back["connections"] for one in services for back in one["backends"]])
    until(lambda: left() == ([0] * 2, [(0, 0)] * 4, [0] * 4), "nothing", 8)
    services = [one for place in Ctl(pound()).json()["listeners"] for one in place["services"]]
    equal(sum(one["tunnels"] for one in services), TUNNELS)
    until(lambda: len(pound().since(0, " 101 Switching")) == TUNNELS, "a line for each")
    equal(pound().since(0, r"e\d\d\d "), [])


main()
