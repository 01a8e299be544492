#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lines that pound.cfg(5) shows under LOGGING are those that Pound writes.

What the manual makes up (addresses, times, the number of a connection) is taken out of
both; everything else has to be the same, byte for byte.
"""

import os
import re

from harness import *

PAGE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "man", "pound.cfg.5")
WINDOW = 0x40000000  # a length that is none, of an RPC channel
AGENT = "User-Agent: Mozilla/5.0"
SHAKE = ["Connection: Upgrade", "Upgrade: websocket"]
LARGE = 700 << 20
LEVELS = range(1, 7)


def displays():
    """The literal displays of the section: [[line]]."""
    with open(PAGE, encoding="utf-8") as file:
        section = re.search(r"^\.Sh LOGGING\n(.*?)^\.Sh ", file.read(), re.M | re.S).group(1)
    found = re.findall(r"^\.Bd -literal[^\n]*\n(.*?)^\.Ed$", section, re.M | re.S)
    return [[line for line in text.splitlines() if line] for text in found]


FORMS, REQUEST, REDIRECT, ERROR, TUNNEL, CHANNEL, DIAGNOSTIC = displays()

MADE_UP = [
    (r"\(00000[0-9a-f]{11}\)", "(NUMBER)"), (r"^00000[0-9a-f]{11}\|", "NUMBER|"),
    (r"\[\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\]", "[TIME]"),
    (r"\|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000[+-]\d{4}\|", "|TIME|"),
    (r"\b\d+\.\d{3} sec$", "SECS sec"), (r"^(NUMBER\|TIME\|\d{3}\|)\d+\.\d{3}\|", r"\1SECS|"),
    (r"\b(10\.0\.0\.\d+|127\.0\.0\.1):\d+", "BACKEND"), (r"on (0\.0\.0\.0:80|BACKEND):", "on LISTENER:"),
    (r"\b(203\.0\.113\.9|127\.0\.0\.1)\b", "CLIENT"),
]


def common(line):
    """A line without what differs from one run to the next."""
    for pattern, word in MADE_UP:
        line = re.sub(pattern, word, line)
    return line


def at_back_end(conn):
    while request := conn.head():
        if request.target == "/live":
            conn.send(b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n"
                      b"Upgrade: websocket\r\n\r\n" + b"x" * 48120)
        elif request.method == "RPC_IN_DATA":
            conn.reader.exactly(30210)
        else:
            conn.send(reply(b"x" * 5120))
            continue
        conn.drain()
        return


origin = Origin(script=at_back_end)


@once
def pound():
    services = [service('URL "^/%s"' % name, backend(origin), name=name)
                for name in ("cart", "live", "rpc")]
    services.append(service('URL "^/old"', 'Redirect "http://new.example"', name="moved"))
    return Pound("LogFacility -\n" + SHORT + "\n".join(listener(
        "LogLevel %d" % level, "xHTTP 4", "MaxRequest 10m", *services, port="l%d" % level)
        for level in range(7)) + "\n", mode="-F")


def written(level, act, *fields, host="shop.example", method="GET"):
    """The line that one exchange leaves at a level; act does it with a client."""
    mark = len(pound().out)
    with Client(pound().ports["l%d" % level]) as client:
        act(client, method, ["Host: " + host, *fields])
    until(lambda: len(pound().out) > mark, "access line")
    return common(pound().out[mark])


def same(shown, of_level, act, *fields, **more):
    """Each line of a display, at each level that it is for."""
    def at(level):
        equal(written(level, act, *fields, **more), common(shown[of_level[level]]))
    equal(sorted(set(of_level.values())), list(range(len(shown))), "lines that are compared")
    each([(level,) for level in LEVELS], at)


ONE_EACH = {level: level - 1 for level in LEVELS}


def get(target):
    return lambda client, method, fields: client.get(target, *fields, method=method)


def test_requests():
    same(REQUEST, ONE_EACH, get("/cart?id=7"), AGENT, "Referer: http://shop.example/",
         "Authorization: Basic YW5uYTpzZWNyZXQ=")


def test_redirects():
    """One line is for two levels where the text says so."""
    same(REDIRECT, {1: 0, 2: 0, 3: 1, 4: 2, 5: 2, 6: 3}, get("/old"), AGENT)


def test_errors():
    same(ERROR, ONE_EACH, get("/nowhere"), AGENT)


def test_websockets():
    def talk(client, method, fields):
        client.request("/live", *fields)
        equal(client.head().status, 101)
        client.reader.exactly(48120)
    same(TUNNEL, ONE_EACH, talk, AGENT, *SHAKE)


def test_rpc_channels():
    def stream(client, method, fields):
        client.request("/rpc/rpcproxy.dll?mail:6002", *fields, "Content-Length: %d" % WINDOW,
                       method=method)
        client.send(b"x" * 30210).fin()
        equal(client.rest(), b"")
    same(CHANNEL, ONE_EACH, stream, "User-Agent: MSRPC", host="mail.example", method="RPC_IN_DATA")


def test_diagnostics():
    equal(len(DIAGNOSTIC), 1)
    mark = pound().mark()
    with Client(pound().ports["l0"]) as client:
        client.request("/film", "Host: shop.example", "Content-Length: %d" % LARGE, method="PUT")
        equal(client.answer().status, 413)
    equal(common(pound().wait_log("e413", mark)[0]), common(DIAGNOSTIC[0]))


WORDS = dict(ip="203.0.113.9", request="GET /cart?id=7 HTTP/1.1", status="HTTP/1.1 200 OK", code="200",
             bytes="5120", host="shop.example", service="cart", backend="10.0.0.5:8000", user="anna",
             secs="0.012", referer="http://shop.example/", agent="Mozilla/5.0",
             time="23/Nov/2026:09:15:02 +0100", number="00000000000002a7")


def test_forms():
    """The table of the levels, with words put in, gives the lines below it."""
    forms = dict(row.split("  ", 1) for row in FORMS)
    equal(sorted(forms), [str(level) for level in range(7)])
    equal(forms["0"], "nothing")
    forms["5"] = re.sub("^as 3, then", forms["3"], forms["5"])
    for level in LEVELS:
        line = re.sub(r"\w+", lambda word: WORDS.get(word.group(), word.group()), forms[str(level)])
        if level == 6:
            line = line.replace(WORDS["time"], "2026-11-23T09:15:02.000+0100")
        equal(line, REQUEST[level - 1], "level %d" % level)


def test_nothing_at_level_0():
    mark = len(pound().out)
    with Client(pound().ports["l0"]) as client:
        for target in ("/cart", "/old", "/nowhere"):
            client.get(target, "Host: shop.example")
    equal(len(pound().quiet().out), mark)


main()
