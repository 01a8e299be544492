#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Redirect: A.2 20, 21, B.7.3."""

from harness import *

origin = Origin()


def at(path, *lines):
    return service('URL "^/%s"' % path, *lines)


@once
def pound():
    return Pound(SHORT + listener(
        "xHTTP 2",
        at("301", 'Redirect 301 "http://new.test"'), at("302", 'Redirect 302 "http://new.test"'),
        at("303", 'Redirect 303 "http://new.test"'), at("307", 'Redirect 307 "http://new.test"'),
        at("308", 'Redirect 308 "http://new.test"'), at("none", 'Redirect "https://new.test"'),
        at("slash", 'Redirect "http://new.test/"'),
        at("path", 'Redirect "http://new.test/path"'),
        at("deep", 'Redirect "http://new.test/p/q?r=1"'),
        at("port", 'Redirect "http://new.test:8080"'),
        at("six", 'Redirect "http://[::1]:8080"'), at("upper", 'Redirect "HTTP://New.Test"'),
        at("odd", 'Redirect "http://new.test/a%20b?c=%C3&d=1,2+3~#f"'),
        service(backend(origin))) + "\n")


CASES = [  # target, status, Location
    ("/301/x", 301, "http://new.test/301/x"), ("/302/x", 302, "http://new.test/302/x"),
    ("/303/x", 303, "http://new.test/303/x"), ("/307/x", 307, "http://new.test/307/x"),
    ("/308/x", 308, "http://new.test/308/x"), ("/none", 302, "https://new.test/none"),
    ("/none/a%20b?x=1", 302, "https://new.test/none/a%20b?x=1"),
    ("/none?a%2Fb%26c%3Fd", 302, "https://new.test/none?a%2Fb%26c%3Fd"),
    ("/none/%C3%A9+~,;=&", 302, "https://new.test/none/%C3%A9+~,;=&"),
    ("/none/%0d%0aX:%20y", 302, "https://new.test/none/%0d%0aX:%20y"),
    ("/none?q=100%", 302, "https://new.test/none?q=100%"),
    ("/none/caf\xe9", 302, "https://new.test/none/caf%E9"),
    ('/none/"<b>\\', 302, "https://new.test/none/%22%3Cb%3E%5C"),
    ("http://h.test/none/x", 302, "https://new.test/none/x"),
    ("/slash/x?y", 302, "http://new.test"), ("/path/x?y", 302, "http://new.test/path"),
    ("/deep/x", 302, "http://new.test/p/q?r=1"), ("/port/x", 302, "http://new.test:8080/port/x"),
    ("/six/x", 302, "http://[::1]:8080/six/x"), ("/upper", 302, "HTTP://New.Test/upper"),
    ("/odd", 302, "http://new.test/a%20b?c=%C3&d=1,2+3~#f"),
]

REASONS = {301: "Moved Permanently", 302: "Found", 303: "See Other",
           307: "Temporary Redirect", 308: "Permanent Redirect"}


def test_location():
    with Client(pound().port) as client:
        def redirected(target, status, location):
            response = client.get(target)
            equal(response.start, "HTTP/1.1 %d %s" % (status, REASONS[status]))
            equal(response.all("Location")[0].lower(), location.lower())
            equal(response.get("Content-Type"), "text/html")
        each(CASES, redirected)
    assert not origin.take()


def test_page():
    with Client(pound().port) as client:
        body = client.get("/none?a=1&b='x'").body.decode()
    assert body.startswith("<html><head><title>Redirect</title></head><body><h1>Redirect</h1>")
    assert "https://new.test/none?a=1&amp;b=" in body, body
    assert 'a href="https://new.test/' in body, body
    assert body.rstrip().endswith("</body></html>")


def test_page_is_not_injected():
    with Client(pound().port) as client:
        body = client.get('/none/"><script>').body
    assert b"<script>" not in body and b'"><s' not in body, body


def test_head_has_no_body():
    with Client(pound().port) as client:
        response = client.get("/none", method="HEAD")
        equal((response.status, response.get("Location")), (302, "https://new.test/none"))
        equal(client.get("/301").status, 301)


def test_connection_persists():
    with Client(pound().port) as client:
        for _ in range(3):
            equal(client.get("/none").get("Connection"), None)
        equal(client.get("/none", "Connection: close").get("Connection"), "close")
        client.expect_close()
    with Client(pound().port) as client:
        client.get("/none", version="1.0")
        client.expect_close()


def test_body_of_the_request_is_drained():
    for body in (b"x", b"GET /smuggled HTTP/1.1\r\nHost: h.test\r\n\r\n", b"y" * 60000):
        with Client(pound().port) as client:
            equal(client.get("/307", method="POST", body=body).status, 307)
            equal(client.get("/back").body, b"ok", "next request")
        equal(origin.one().target, "/back")
    with Client(pound().port) as client:
        client.send(build("POST", "/307", ["Transfer-Encoding: chunked"], None, "1.1")
                    + encode_chunks(b"abc"))
        equal(client.answer().status, 307)
        equal(client.get("/back").body, b"ok", "after chunks")
    origin.one()


def test_body_that_waits_for_a_word():
    """Expect: the redirect is the answer, and what comes is no request."""
    with Client(pound().port) as client:
        client.send(build("POST", "/307", ["Content-Length: 50", "Expect: 100-continue"], None, "1.1"))
        answer = client.answer()
        equal((answer.status, answer.interim, answer.get("Connection")), (307, [], "close"))
        client.send(build("GET", "/smuggled", [], None, "1.1")).expect_close()
    assert not origin.take()


def test_long_body_ends_the_connection():
    """Over 64 KiB: answered, and closed gently."""
    with Client(pound().port) as client:
        client.request("/307", method="POST", body=b"y" * 300000)
        equal(client.answer().status, 307)
        client.expect_close()
    assert not origin.take()


def test_any_method():
    for method in ("POST", "PUT", "DELETE", "OPTIONS", "PROPFIND"):
        with Client(pound().port) as client:
            equal(client.get("/307/x", method=method).status, 307)


def test_shares_the_weights():
    """A Redirect is a back-end of weight 1."""
    front = Pound(SHORT + listener(service(
        'Redirect "http://new.test"', backend(origin, "Priority 1"))) + "\n")
    with Client(front.port) as client:
        got = [client.get().status for _ in range(200)]
    assert 60 <= got.count(302) <= 140, got.count(302)
    assert 60 <= got.count(200) <= 140, got.count(200)
    front.stop()
    origin.take()


def test_replaces_a_dead_back_end():
    dead = Origin(up=False)
    front = Pound(SHORT + listener(service(
        'Redirect "http://new.test"', backend(dead, "Priority 9"))) + "\n")
    with Client(front.port) as client:
        equal({client.get().status for _ in range(20)}, {302})
    front.stop()


main()
