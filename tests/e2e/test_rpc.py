#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""RPC_IN_DATA and RPC_OUT_DATA at xHTTP 4: B.4.9, A.2 35."""

from harness import *

WINDOW = 0x40000000  # a length between 0x20000 and 0x80000000 is none


def script(conn):
    while request := conn.head():
        if request.method == "RPC_IN_DATA" and request.length >= 0x20000:
            conn.drain()
            return
        if request.method == "RPC_OUT_DATA":
            conn.send(b"HTTP/1.1 200 Success\r\nContent-Length: %d\r\n\r\n" % WINDOW)
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


main()
