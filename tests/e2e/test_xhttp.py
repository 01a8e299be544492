#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Methods by xHTTP (B.4.1, A.2 4, 31), TRACE and Max-Forwards (A.2 34)."""

from harness import *

origin = Origin()
LEVELS = [
    "GET POST HEAD", "PUT PATCH DELETE",
    "LOCK UNLOCK PROPFIND PROPPATCH SEARCH MKCOL MOVE COPY OPTIONS TRACE MKACTIVITY CHECKOUT "
    "MERGE REPORT",
    "SUBSCRIBE UNSUBSCRIBE NOTIFY BPROPFIND BPROPPATCH POLL BMOVE BCOPY BDELETE",
    "RPC_IN_DATA RPC_OUT_DATA",
]
NEVER = ["CONNECT", "BREW", "get", "Get", "GETT", "GE", "PURGE", "TRACK", "X"]


@once
def pound():
    return Pound(SHORT + "\n".join(
        listener("xHTTP %d" % level, service(backend(origin)), port="x%d" % level)
        for level in range(5)) + "\n" + listener(service(backend(origin)), port="default") + "\n")


def test_methods():
    """Allowed ones reach the back-end unchanged, the others are 501."""
    methods = [(m, level) for level, line in enumerate(LEVELS) for m in line.split()]

    def method(name, needed):
        for level in range(5):
            raw = build(name, "/x", [], None, "1.1")
            if level >= needed:
                equal(served(pound().ports["x%d" % level], origin, raw, name).method, name)
            else:
                refused(pound().ports["x%d" % level], origin, raw, 501, name)
    each(methods, method)


def test_never():
    def never(name):
        for level in range(5):
            raw = build(name, "/x", [], None, "1.1")
            refused(pound().ports["x%d" % level], origin, raw, 501)
    each([(name,) for name in NEVER], never)


def test_connect():
    """At every level, whatever its target and its fields are."""
    def connect(target, *fields):
        for level in range(5):
            for version in ("1.1", "1.0"):
                raw = build("CONNECT", target, list(fields), None, version)
                refused(pound().ports["x%d" % level], origin, raw, 501)
    each([("h.test:443", "Host: h.test:443"), ("h.test:443", "Host: other.test"), ("/",), ("*",),
          ("http://h.test/",), ("h.test:443", "Host: h.test:443", "Connection: Upgrade",
                                "Upgrade: websocket")], connect)


def test_default_is_0():
    refused(pound().ports["default"], origin, build("PUT", "/", [], b"", "1.1"), 501)
    served(pound().ports["default"], origin, build("POST", "/", [], b"", "1.1"))


def test_dav():
    """What WebDAV clients send."""
    port = pound().ports["x2"]
    request = served(port, origin, build(
        "PROPFIND", "/", ["Depth: 1"], b"<propfind/>", "1.1"))
    equal((request.get("Depth"), request.body), ("1", b"<propfind/>"))
    equal(served(port, origin, build("LOCK", "/", ["Timeout: Infinite"], b"<lock/>", "1.1")).body,
          b"<lock/>")
    request = served(port, origin, build(
        "MOVE", "/a", ["Destination: http://h.test/b", "Overwrite: T"], None, "1.1"))
    equal(request.get("Destination"), "http://h.test/b")


def test_trace_without_credentials():
    """TRACE goes on, without Authorization, Cookie and their like."""
    fields = ["Authorization: Basic x", "Cookie: a=b", "Proxy-Authorization: Basic y", "X-Keep: 1"]
    for method, there in (("TRACE", False), ("OPTIONS", True)):
        request = served(pound().ports["x2"], origin, build(method, "/", fields, None, "1.1"))
        equal((request.get("Authorization") is not None, request.get("Cookie") is not None),
              (there, there), method)
        equal(request.get("X-Keep"), "1")


def test_max_forwards_0_options():
    with Client(pound().ports["x2"]) as client:
        answer = client.get("/", "Max-Forwards: 0", method="OPTIONS")
    equal(answer.status, 200)
    allow = [word.strip() for word in answer.get("Allow").split(",")]
    assert set("GET POST HEAD PUT OPTIONS PROPFIND".split()) <= set(allow), allow
    assert "CONNECT" not in allow and "SUBSCRIBE" not in allow, allow
    assert not origin.take()


def test_max_forwards_0_trace():
    fields = ["Max-Forwards: 0", "X-Keep: 1", "Cookie: a=b", "Authorization: Basic x"]
    with Client(pound().ports["x2"]) as client:
        answer = client.get("/path", *fields, method="TRACE")
        equal((answer.status, answer.get("Content-Type")), (200, "message/http"))
        client.expect_close()
    assert answer.body.startswith(b"TRACE /path HTTP/1.1\r\n"), answer.body
    assert b"X-Keep: 1\r\n" in answer.body
    assert b"Cookie" not in answer.body and b"Authorization" not in answer.body
    assert not origin.take()


def test_max_forwards_is_lowered():
    for method in ("OPTIONS", "TRACE"):
        for before, after in (("1", "0"), ("10", "9"), ("255", "254")):
            request = served(pound().ports["x2"], origin, build(
                method, "/", ["Max-Forwards: " + before], None, "1.1"))
            equal(request.get("Max-Forwards"), after, method)


def test_max_forwards_with_other_methods():
    request = served(pound().ports["x2"], origin, build("GET", "/", ["Max-Forwards: 0"], None, "1.1"))
    equal(request.get("Max-Forwards"), "0")


def test_the_log_says_what_was_meant():
    """A known method in another case: which, and what would send it; others: nothing of it."""
    pound = Pound(simple(origin, listen="xHTTP 1"))
    for sent, meant in (("get", "GET"), ("Put", "PUT"), ("hEAD", "HEAD"), ("brew", None)):
        mark = pound.mark()
        refused(pound.port, origin, build(sent, "/", [], None, "1.1"), 501)
        line = pound.wait_log("e501", mark)[0]
        if meant:
            assert "mean %s?" % meant in line and "Strict 0" in line, line
        else:
            assert "mean" not in line, line
    mark = pound.mark()
    refused(pound.port, origin, b"GET / HTTP/1.1\r\n\r\n")
    assert "use HTTP/1.0" in pound.wait_log("e400", mark)[0]
    pound.stop()


main()
