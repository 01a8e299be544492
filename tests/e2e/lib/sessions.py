# SPDX-License-Identifier: GPL-3.0-or-later
"""Many clients of a service with a Session, and back-ends that keep up.

A back-end answers with one byte, its name, so that a burst of pipelined
requests is answered with a row of names.
"""

import base64
import socket
import time

from lib.client import Client
from lib.origin import Origin, reply
from lib.pound import SHORT, backend, block, listener, service

KINDS = ("IP", "BASIC", "URL", "PARM", "COOKIE", "HEADER")
IDS = {"URL": "sid", "COOKIE": "sid", "HEADER": "X-Session"}
BURST = 16
IP_BIND_ADDRESS_NO_PORT = 24


def quick(name, answer=None):
    """An Origin that looks at nothing but the end of a head; answer may be
    a function of the head."""
    plain = reply(name)

    def script(conn):
        rest = b""
        while True:
            data = conn.sock.recv(65536)
            if not data:
                conn.close()
                return
            *heads, rest = (rest + data).split(b"\r\n\r\n")
            for head in heads:
                conn.sock.sendall(answer(head) if answer else plain)

    return Origin(script=script)


def cluster(count):
    return [quick(b"%d" % i) for i in range(count)]


def session(kind, ttl=60):
    lines = ["Type " + kind, "TTL %s" % ttl]
    if kind in IDS:
        lines.append('ID "%s"' % IDS[kind])
    return block("Session", *lines)


def sticky(kind, origins, ttl=60, more=(), glob=SHORT):
    """The configuration of one service over these back-ends."""
    return "LogLevel 0\n" + glob + listener(service(
        *(backend(origin) for origin in origins), *more, session(kind, ttl))) + "\n"


def request(kind, key):
    """A GET of the client with that key (a number, or None: without one)."""
    target, field = "/p", ""
    if key is None:
        pass
    elif kind == "URL":
        target = "/p?a=b&sid=key%d&c=d" % key
    elif kind == "PARM":
        target = "/p;key%d?a=b" % key
    elif kind == "BASIC":
        field = "Authorization: Basic %s\r\n" % base64.b64encode(b"user%d:x" % key).decode()
    elif kind == "COOKIE":
        field = "Cookie: a=b; sid=key%d; c=d\r\n" % key
    elif kind == "HEADER":
        field = "X-Session: key%d\r\n" % key
    return ("GET %s HTTP/1.1\r\nHost: h.test\r\n%s\r\n" % (target, field)).encode()


def source(key):
    """The address that the client calls from."""
    if key is None:
        return "127.0.0.1"
    return "127.%d.%d.%d" % (1 + key // 62500, key // 250 % 250, 1 + key % 250)


def exchange(sock, requests):
    """Send all, and the names in the answers."""
    sock.sendall(b"".join(requests))
    data, parts = b"", []
    while len(parts) <= len(requests) or not parts[-1]:
        more = sock.recv(1 << 16)
        if not more:
            raise AssertionError("closed after %r" % data[-200:])
        data += more
        parts = data.split(b"\r\n\r\n")
    heads = [parts[0]] + [part[1:] for part in parts[1:-1]]
    for head in heads:
        assert head.startswith(b"HTTP/1.1 200 "), head
    return [part[:1] for part in parts[1:]]


def ask(pound, kind, key, count=1):
    """The names that so many requests of that client get, one connection."""
    with socket.socket() as sock:
        sock.settimeout(20)
        if kind == "IP":
            # A port that is chosen for the whole connection is found at once.
            sock.setsockopt(socket.IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1)
            sock.bind((source(key), 0))
        sock.connect(("127.0.0.1", pound.port))
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return exchange(sock, [request(kind, key)] * count)


def who(pound, kind, keys):
    """{key: name}: where each of the clients is sent now."""
    return {key: ask(pound, kind, key)[0] for key in keys}


# --- By the hundred thousand ----------------------------------------------


def redirecting(ttl, *more):
    """Pound answers by itself: sessions as fast as they can be made."""
    return "LogLevel 0\nClient 30\n" + listener(service(
        *('Redirect "http://h%d.test"' % i for i in range(4)), *more, session("HEADER", ttl))) + "\n"


def fill(port, keys, burst=BURST):
    """A request for each key; returns (seconds of each burst, places)."""
    times, places = [], []
    with Client(port, timeout=60) as client:
        for start in range(0, len(keys), burst):
            some = keys[start:start + burst]
            begin = time.monotonic()
            client.send(b"".join(request("HEADER", key) for key in some))
            places += _places(client.sock, len(some))
            times.append(time.monotonic() - begin)
    return times, places


def _places(sock, count):
    """The first byte behind http://h of so many redirects."""
    data = b""
    while data.count(b"</html>") < count:
        more = sock.recv(1 << 17)
        assert more, "closed"
        data += more
    return [part[:1] for part in data.split(b"Location: http://h")[1:]]
