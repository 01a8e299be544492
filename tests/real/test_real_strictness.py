#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
# time limit: 200
"""Strictness is not bought with real clients: what the probe wants refused is
refused by nginx or by Apache as well, but for framing and what the rules name."""

import re
import socket
import threading

from peers import *
from lib.probe import Sees
from lib.probe_bytes import PLACES
from lib.probe_requests import CASES

REFUSALS = {400, 403, 408, 413, 414, 417, 431, 501, 505}
# Sections 4 and 5, which nothing softens: lengths, codings, chunks, trailers.
FRAMING = re.compile(r"length|coding|size|extension|data|trailer|of_the_end|post |fields b'X0: v")
NAMED = [  # what strict-http 1 to 3 refuse though both serve it
    (re.compile(rb"[^\r\n]* HTTP/1\.[2-9]\r\n"), "other 1.x: 400"),
    (re.compile(rb"[^\r\n]*%00"), "%00 anywhere: 400"),
    (re.compile(rb"(\r\n){3}"), "at most two empty lines"),
    (re.compile(rb"GET http://(h\.test:65536|\[\])/ "), "the authority is a Host: no such port or name"),
]
nginx = Nginx("large_client_header_buffers 8 64k; server { listen 127.0.0.1:@port@;"
              " location / { return 200 ok; } }").start()
apache = Apache("""
<Directory @folder@/www>
	Require all granted
</Directory>
""").start()


def refused(port, raw):
    """It says so, closes, or takes it for no HTTP/1."""
    with socket.create_connection(("127.0.0.1", port), 20) as sock:
        data = b""
        try:
            sock.sendall(raw)
            sock.shutdown(socket.SHUT_WR)
            while part := sock.recv(65536):
                data += part
        except OSError:
            pass
    match = re.match(rb"(?:HTTP/1\.1 100 Continue\r\n\r\n)?HTTP/1\.[01] (\d{3}) ", data)
    return match is None or int(match.group(1)) in REFUSALS


def wanted():
    """Requests that we refuse, each once."""
    seen = set()
    for name, raw, want, *port in [case for place in PLACES for case in place()] + CASES:
        if isinstance(want, Sees) or port not in ([], ["main"]) or FRAMING.match(name) \
                or FRAMING.search(name.split(" ")[0]) or raw in seen \
                or any(pattern.match(raw) for pattern, _ in NAMED):
            continue
        seen.add(raw)
        yield name, raw


def test_never_stricter_than_both():
    cases, stricter, asked, lock = list(wanted()), [], [], threading.Lock()
    assert len(cases) > 4000, len(cases)

    def work(part):
        for name, raw in part:
            both_serve = not refused(nginx.port, raw) and not refused(apache.port, raw)
            with lock:
                asked.append(name)
                if both_serve:
                    stricter.append("%s: %r" % (name, raw[:120]))
    threads = [threading.Thread(target=work, args=(cases[n::4],), daemon=True) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    equal(len(asked), len(cases), "requests that both were asked")
    say("%d requests that we refuse; nginx or Apache refuse %d", len(cases), len(cases) - len(stricter))
    assert not stricter, "\n".join(stricter[:20])


def test_the_exceptions_are_needed():
    """Both serve what the rules refuse by name: else there is no need to name it."""
    raws = [b"GET / HTTP/1.2\r\nHost: h.test\r\n\r\n", b"GET /?%00 HTTP/1.1\r\nHost: h.test\r\n\r\n",
            b"\r\n" * 3 + b"GET / HTTP/1.1\r\nHost: h.test\r\n\r\n",
            b"GET http://h.test:65536/ HTTP/1.1\r\nHost: h.test\r\n\r\n"]
    for raw in raws:
        assert any(pattern.match(raw) for pattern, _ in NAMED), raw
        assert not refused(nginx.port, raw) and not refused(apache.port, raw), raw


main(limit=180)
