#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""RPC_IN_DATA and RPC_OUT_DATA at xHTTP 4: B.4.9, A.2 35."""

import re

from harness import *

WINDOW = 0x40000000  # a length between 0x20000 and 0x80000000 is none


def script(conn):
    while request := conn.head():
        if request.method == "RPC_IN_DATA" and request.length >= 0x20000:
            conn.drain()
            return
        if request.method == "RPC_OUT_DATA":
            size = int(request.get("X-Length") or WINDOW)
            conn.send(b"HTTP/1.1 200 Success\r\nContent-Length: %d\r\n\r\n" % size)
            for piece in (b"one", b"two"):
                conn.send(piece)
            conn.close()
            return
        conn.body(request)
        conn.send(OK)


origin = Origin(script=script)


@once
def pound():
    return Pound(simple(origin, listen="xHTTP 4\nLogLevel 3"))


def test_in_streams_until_the_end():
    """Passed on as it comes; no answer; logged with status 000."""
    count, mark = len(origin.conns), pound().mark()
    with Client(pound().port) as client:
        client.send(build("RPC_IN_DATA", "/rpc", ["Content-Length: %d" % WINDOW], None, "1.1"))
        conn = origin.wait_conns(count + 1)
        for piece in (b"abc", b"def"):
            client.send(piece)
            until(lambda: conn.received.endswith(piece), "%r at the back-end" % piece)
        client.fin()
        until(lambda: conn.ended, "close of the back-end connection")
        equal(client.rest(), b"")
    line = pound().wait_log("RPC_IN_DATA", mark)[0]
    assert '"RPC_IN_DATA /rpc HTTP/1.1" 000 6 ' in line, line


def test_in_outside_the_window_is_ordinary():
    with Client(pound().port) as client:
        equal(client.get("/rpc", method="RPC_IN_DATA", body=b"hello").body, b"ok")
        equal(client.get("/rpc", method="GET").body, b"ok")


def test_out_is_relayed_until_the_end():
    """The field as sent; its end is never an error."""
    mark = pound().quiet().mark()
    with Client(pound().port) as client:
        client.send(build("RPC_OUT_DATA", "/rpc", [], None, "1.1"))
        response = client.head()
        equal(response.length, WINDOW)
        equal(client.rest(), b"onetwo")
    lines = pound().wait_log("RPC_OUT_DATA", mark)
    assert '" 200 6 ' in lines[0], lines
    equal([text for text in pound().since(mark) if "RPC_OUT_DATA" not in text], [])


EDGES = [(0x1ffff, False), (0x20000, True), (0x80000000, True), (0x80000001, False)]


def test_edges_of_the_window():
    """Who ends within a length outside of it has broken off; inside of it, just ended."""
    def edge(length, inside):
        for request in (
                build("RPC_IN_DATA", "/edge", ["Content-Length: %d" % length], None, "1.1") + b"abcdef",
                build("RPC_OUT_DATA", "/edge", ["X-Length: %d" % length], None, "1.1")):
            mark = pound().quiet().mark()
            with Client(pound().port) as client:
                client.send(request)
                if b"_IN_" in request:
                    client.fin()
                client.rest()
            pound().wait_log('"RPC_.* /edge HTTP/1.1" (000|200|-) ', mark)
            lines = pound().quiet().since(mark, "^[(]")
            equal([], lines) if inside else equal(len(lines), 1, "diagnostics: %r" % lines)
    each(EDGES, edge)


def test_max_request_is_not_about_channels():
    """The length of a channel says what it may become; any other request is held to it."""
    front = Pound(simple(origin, listen="xHTTP 4\nLogLevel 3\nMaxRequest 1000"))
    head = ["Content-Length: %d" % WINDOW]
    with Client(front.port) as client:
        client.send(build("RPC_IN_DATA", "/rpc", head, None, "1.1") + b"z" * 5000).fin()
        equal(client.rest(), b"")
    front.wait_log('"RPC_IN_DATA /rpc HTTP/1.1" 000 5000 ')
    equal(ask(front.port, build("POST", "/rpc", head, None, "1.1")).status, 413)
    front.stop()


BE = r"127\.0\.0\.1:%d" % origin.port
TIME = r"\[\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d \+0000\]"
LINES = [  # level, the IN channel's line, the OUT channel's
    (1, r"127\.0\.0\.1 RPC_IN_DATA /rpc HTTP/1\.1 - -",
     r"127\.0\.0\.1 RPC_OUT_DATA /rpc HTTP/1\.1 - HTTP/1\.1 200 Success"),
    (2, r"127\.0\.0\.1 RPC_IN_DATA /rpc HTTP/1\.1 - - \(h\.test/mail -> BE\) \d+\.\d{3} sec",
     r"127\.0\.0\.1 RPC_OUT_DATA /rpc HTTP/1\.1 - HTTP/1\.1 200 Success "
     r"\(h\.test/mail -> BE\) \d+\.\d{3} sec"),
    (3, r'h\.test 127\.0\.0\.1 - me TIME "RPC_IN_DATA /rpc HTTP/1\.1" 000 6 "" "MSRPC"',
     r'h\.test 127\.0\.0\.1 - me TIME "RPC_OUT_DATA /rpc HTTP/1\.1" 200 6 "" "MSRPC"'),
    (4, r'127\.0\.0\.1 - me TIME "RPC_IN_DATA /rpc HTTP/1\.1" 000 6 "" "MSRPC"',
     r'127\.0\.0\.1 - me TIME "RPC_OUT_DATA /rpc HTTP/1\.1" 200 6 "" "MSRPC"'),
    (5, r'h\.test 127\.0\.0\.1 - me TIME "RPC_IN_DATA /rpc HTTP/1\.1" 000 6 "" "MSRPC" '
     r"\(mail -> BE\) \d+\.\d{3} sec",
     r'h\.test 127\.0\.0\.1 - me TIME "RPC_OUT_DATA /rpc HTTP/1\.1" 200 6 "" "MSRPC" '
     r"\(mail -> BE\) \d+\.\d{3} sec"),
    (6, r"[0-9a-f]{16}\|[-0-9T:.+]+\|000\|\d+\.\d{3}\|6\|h\.test\|mail\|127\.0\.0\.1\|BE\|me\|MSRPC\|\|"
     r"RPC_IN_DATA /rpc HTTP/1\.1",
     r"[0-9a-f]{16}\|[-0-9T:.+]+\|200\|\d+\.\d{3}\|6\|h\.test\|mail\|127\.0\.0\.1\|BE\|me\|MSRPC\|\|"
     r"RPC_OUT_DATA /rpc HTTP/1\.1"),
]


def test_access_lines():
    """Of both channels at each level: B.10.3."""
    front = Pound("LogFacility -\nAnonymise\n" + SHORT + "\n".join(listener(
        "xHTTP 4", "LogLevel %d" % level, service(backend(origin), name="mail"), port="l%d" % level)
        for level in range(7)) + "\n", mode="-F")
    fields = ["User-Agent: MSRPC", "Authorization: Basic bWU6cHc="]

    def channels(level, *wanted):
        mark, count = len(front.out), len(origin.conns)
        with Client(front.ports["l%d" % level]) as client:
            client.send(build("RPC_IN_DATA", "/rpc", fields + ["Content-Length: %d" % WINDOW],
                              None, "1.1") + b"abcdef")
            until(lambda: len(origin.conns) > count and origin.conns[count].received.endswith(
                b"abcdef"), "bytes at the back-end")
            client.fin()
            equal(client.rest(), b"")
        if wanted:
            until(lambda: len(front.out) == mark + 1, "line of the IN channel")
        with Client(front.ports["l%d" % level]) as client:
            client.send(build("RPC_OUT_DATA", "/rpc", fields, None, "1.1"))
            client.head()
            equal(client.rest(), b"onetwo")
        if wanted:
            until(lambda: len(front.out) == mark + 2, "line of the OUT channel")
        for pattern, got in zip(wanted, front.out[mark:]):
            pattern = pattern.replace("BE", BE).replace("TIME", TIME)
            pattern = pattern.replace(r"127\.0\.0\.1 ", r"127\.0\.0\.0 ").replace(
                r"|127\.0\.0\.1\|127", r"|127\.0\.0\.0\|127")
            assert re.fullmatch(pattern, got), "\n  got    %s\n  wanted %s" % (got, pattern)

    each([(0,)] + LINES, channels)
    front.stop()
    equal(len(front.out), 12, "lines")


main()
