#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Anonymise in every line that has a client's address: A.5, B.10.6.

The clients come from an address that nothing else has, so that it can be looked for.
"""

import ssl

from harness import *
from lib.tls import TlsClient, cert, client_context, https, pki, root

FROM, SHOWN = "127.77.77.78", "127.77.77.0"
SHAKE = ["Connection: Upgrade", "Upgrade: websocket"]
WINDOW = 0x40000000


def answer(conn):
    while request := conn.head():
        if request.get("Upgrade"):
            conn.send(b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n"
                      b"Upgrade: websocket\r\n\r\n").close()
        elif request.target == "/cut":
            conn.send(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello").close()
        elif request.target == "/bad":
            conn.send(b"rubbish\r\n\r\n").close()
        elif request.method == "RPC_IN_DATA":
            conn.drain()
        elif request.target != "/mute":
            conn.body(request)
            conn.send(OK)
    return None


origin = Origin(script=answer)
alien = pki.Authority("alien")


@once
def pound():
    inner = [service('URL "^/old"', 'Redirect "http://new.test"'), service('URL "^/none"'),
             service('URL "^/(a|aa)+$"', backend(origin)), service(backend(origin, "TimeOut 1"))]
    rules = ["xHTTP 4", "Strict 0", "MaxRequest 10", "MaxFields 20", *inner]
    text = "Anonymise\nLogFacility -\n" + SHORT.replace("Client 2", "Client 1")
    for level in range(7):
        text += listener("LogLevel %d" % level, *rules, port="l%d" % level) + "\n"
    text += https(cert(), "LogLevel 3", "ClientCert 1 2", 'VerifyList "%s"' % root().pem, *rules,
                  port="tls")
    return Pound(text + listener("LogLevel 3", *inner, port="six", host="::1") + "\n", mode="-F")


def get(target, *fields, method="GET"):
    return build(method, target, list(fields), None, "1.1")


CASES = [  # what it is; the request; how many lines at least beside the access line
    ("served", get("/"), 0), ("redirected", get("/old"), 0), ("no service", get("/none"), 1),
    ("no method", get("/", method="BREW"), 1), ("no request", b"GET  / HTTP/1.1\r\n", 1),
    ("too large", get("/", "Content-Length: 11"), 1), ("too many fields", get("/", *["X: v"] * 30), 1),
    ("a line that is no field", get("/", "no field"), 1), ("half a head", b"GET / HTTP/1.1\r\n", 1),
    ("half a body", get("/", "Content-Length: 5") + b"x", 1), ("no answer in time", get("/mute"), 1),
    ("a bad answer", get("/bad"), 1), ("a cut answer", get("/cut"), 1),
    ("a pattern that gives up", get("/" + "a" * 60 + "!"), 1), ("a WebSocket", get("/", *SHAKE), 0),
    ("a dropped handshake", get("/", SHAKE[1]), 0), ("a field of ours", get("/", "X-SSL-cipher: x"), 0),
    ("a channel that ends", get("/", "Content-Length: %d" % WINDOW, method="RPC_IN_DATA"), 0),
    ("a user", get("/", "Authorization: Basic bWU6cHc="), 0), ("last hop", get(
        "*", "Max-Forwards: 0", method="OPTIONS"), 0),
]


def exchange(name, raw, where):
    with Client(pound().ports[where], source=FROM) as client:
        client.send(raw)
        if name in ("a channel that ends", "a WebSocket"):
            client.fin()
        client.rest()


def judge(mark, out, lines):
    """Every line that came since has the address without its end, or none."""
    until(lambda: len(pound().log) - mark >= lines[0] and len(pound().out) - out >= lines[1],
          "%d and %d lines" % lines)
    got = pound().quiet().log[mark:] + pound().out[out:]
    for line in got:
        assert FROM not in line and "77.78" not in line, line
    equal(sum(SHOWN in line for line in got), sum(lines), "lines with an address: %r" % got)


def test_every_kind():
    """At each level: the access line and the diagnostic; at 0 no access line, and no
    word about a line that is no field."""
    mark, out = pound().mark(), len(pound().out)
    each([(name, raw, "l%d" % level) for level in range(7) for name, raw, _ in CASES], exchange,
         together=True)
    judge(mark, out, (7 * sum(more for _, _, more in CASES) - 1, 6 * len(CASES)))


def test_tls():
    """A certificate that is not trusted; a request that is not encrypted."""
    mark, out = pound().mark(), len(pound().out)
    bad = client_context(own=alien.issue("stranger", [], subject="/CN=stranger"))
    try:
        with TlsClient(pound().ports["tls"], bad, source=FROM) as client:
            client.request().rest()
    except (ssl.SSLError, ConnectionError):
        pass
    judge(mark, out, (1, 0))
    exchange("plain", get("/"), "tls")
    judge(mark, out, (2, 1))
    with TlsClient(pound().ports["tls"], client_context(), source=FROM) as client:
        client.get("/none")
    judge(mark, out, (3, 2))


def test_hello_on_a_plain_port():
    mark, out = pound().mark(), len(pound().out)
    exchange("hello", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "l3")
    assert FROM not in "".join(pound().quiet().log[mark:] + pound().out[out:])


def test_ipv6():
    mark, out = pound().mark(), len(pound().out)
    with Client(pound().ports["six"], host="::1") as client:
        client.get("/")
        client.get("/none")
    until(lambda: len(pound().out) >= out + 2 and len(pound().log) > mark, "3 lines")
    for line in pound().out[out:]:
        assert line.startswith("h.test ::0 - "), line
    assert " from ::0 on ::1:" in pound().log[mark], pound().log[mark]


def test_back_ends_are_told_the_whole():
    with Client(pound().ports["l1"], source=FROM) as client:
        client.get("/")
    told = ("\r\nX-Forwarded-For: %s\r\n" % FROM).encode()
    assert [conn for conn in origin.conns if told in conn.received]


main()
