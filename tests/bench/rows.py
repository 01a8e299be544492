# SPDX-License-Identifier: GPL-3.0-or-later
"""The rows of the race, and what each is to reach (README.md)."""

from loads import Handshakes, Idle, Sockets, Wrk

BEST = "best"  # the better of the two peers
PEERS = ("haproxy", "nginx")
ALL = ("pound",) + PEERS
WITH_RELAY = ALL + ("relay",)


class Target:
    """what of Pound, divided by that of other, is at most (rate: at least)
    bound; without other it is what itself."""

    def __init__(self, what, other, bound):
        self.what, self.other, self.bound = what, other, bound

    def met(self, value):
        return value >= self.bound if self.what == "rate" else value <= self.bound


class Row:
    """racers: NAME or NAME+VARIANT, with the first one of which targets speak."""

    def __init__(self, words, load, targets, racers=ALL, **job):
        self.words, self.load, self.targets = words, load, targets
        self.racers, self.job = racers, job


def cpu(bound, other=BEST):
    return [Target("cpu", other, bound)]


SMALL = [Target("cpu", "haproxy", 0.85), Target("cpu", "nginx", 0.92),
         Target("rate", BEST, 1.05), Target("p99", BEST, 1.25)]
SHAKE = cpu(1.0, "haproxy")

ROWS = {
    "keepalive32": Row("keep-alive, 1 KiB, 32 clients", Wrk(32), SMALL, WITH_RELAY),
    "keepalive128": Row("keep-alive, 1 KiB, 128 clients", Wrk(128), SMALL, WITH_RELAY),
    "keepalive512": Row("keep-alive, 1 KiB, 512 clients", Wrk(512), SMALL, WITH_RELAY),
    "close32": Row("a connection for each request, 1 KiB, 32 clients",
                   Wrk(32, fields=("Connection: close",)), cpu(0.90)),
    "medium16": Row("64 KiB answers, 16 clients", Wrk(16, "/64k"), cpu(0.85)),
    "large8": Row("1 MiB answers, 8 clients", Wrk(8, "/1m"), cpu(0.80)),
    "upload8": Row("1 MiB uploads, 8 clients", Wrk(8, "/up", upload=1 << 20), cpu(0.80)),
    "tls32": Row("TLS 1.3 keep-alive, 1 KiB, 32 clients", Wrk(32), cpu(0.90), tls=True),
    "tls-full13": Row("TLS 1.3 full handshakes", Handshakes("1.3"), SHAKE, tls=True),
    "tls-full12": Row("TLS 1.2 full handshakes", Handshakes("1.2"), SHAKE, tls=True),
    "tls-resumed13": Row("TLS 1.3 resumed, a request each", Handshakes("1.3", True), SHAKE,
                         tls=True),
    "tls-resumed12": Row("TLS 1.2 resumed", Handshakes("1.2", True), SHAKE, tls=True),
    "tls-large8": Row("TLS 1.3, 1 MiB answers, 8 clients", Wrk(8, "/1m"), cpu(0.95), tls=True),
    "websocket32": Row("WebSocket, 32-byte messages there and back, 32 connections",
                       Sockets(32), cpu(0.80), WITH_RELAY, upgrade=True),
    "idle": Row("9,000 idle keep-alive clients: bytes per client; the next one",
                Idle(9000), [Target("memory", None, 1024), Target("p99", None, 5)]),
    "idle-tls": Row("9,000 idle TLS clients: bytes per client; the next one",
                    Idle(9000), [Target("memory", "nginx", 1.0), Target("p99", None, 5)],
                    tls=True),
    "services": Row("1,000 services by Host, the last one's client, against 1 service",
                    Wrk(32, fields=("Host: site1000.example.com",)),
                    cpu(1.3, "pound+services1"), ("pound+services1000", "pound+services1")),
    "threads": Row("Threads 128 against the default, 32 clients", Wrk(32), cpu(1.1, "pound"),
                   ("pound+threads128", "pound")),
    "syslog": Row("LogLevel 1 to syslog against LogLevel 0, 32 clients", Wrk(32),
                  cpu(1.5, "pound"), ("pound+syslog", "pound")),
}


def chosen(words):
    """Rows by name, by what a name begins with, or all. None: no such row."""
    names = []
    for word in words:
        fits = [word] if word in ROWS else [
            name for name in ROWS if word == "all" or name.startswith(word)]
        if not fits:
            return None
        names += [name for name in fits if name not in names]
    return names
