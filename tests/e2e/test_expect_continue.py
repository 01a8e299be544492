#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Expect: 100-continue, A.2 17."""

from harness import *

origin = Origin()
EXPECT = "Expect: 100-continue"
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


@once
def pound():
    return Pound(simple(
        origin, "LogLevel 0", "xHTTP 2\nMaxRequest 1000", 'URL "^/"\nHeadDeny "^X-No: "'))


def start(client, *fields, method="POST", version="1.1", length=5):
    head = build(method, "/", [EXPECT, "Content-Length: %d" % length, *fields], None, version)
    return client.send(head)


def test_continue_is_ours():
    for method in ("POST", "PUT", "LOCK", "GET"):
        with Client(pound().port) as client:
            equal(start(client, method=method).head().raw[:21], CONTINUE[:21])
            client.send(b"hello")
            response = client.answer()
            equal((response.status, response.body), (200, b"ok"))
            equal(client.get().body, b"ok", "next request")
        first = origin.take()[0]
        equal((first.get("Expect"), first.body), (None, b"hello"))


def test_chunked_body():
    with Client(pound().port) as client:
        client.send(build("POST", "/", [EXPECT, "Transfer-Encoding: chunked"], None, "1.1"))
        equal(client.head().status, 100)
        client.send(encode_chunks(b"he", b"llo"))
        equal(client.answer().status, 200)
    equal(origin.one().body, b"hello")


def test_any_case():
    with Client(pound().port) as client:
        client.send(build("POST", "/", ["expect: 100-Continue", "Content-Length: 1"], None, "1.1"))
        equal(client.head().status, 100)
        equal(client.send(b"x").answer().status, 200)
    origin.take()


def test_body_already_there():
    """One final answer and no 100, when a byte of the body has come."""
    head = build("POST", "/", [EXPECT, "Content-Length: 5"], None, "1.1")
    for body in (b"hello", b"h"):
        with Client(pound().port) as client:
            client.send(head + body)
            if len(body) == 1:
                origin.wait_conns(1)
                client.send(b"ello")
            response = client.answer()
            equal((response.status, response.interim), (200, []))
        equal(origin.one().body, b"hello")


def test_no_body_no_continue():
    for fields in ([], ["Content-Length: 0"]):
        with Client(pound().port) as client:
            response = client.get("/", EXPECT, *fields)
            equal((response.status, response.interim), (200, []))
        origin.take()


def test_1_0_client():
    with Client(pound().port) as client:
        start(client, version="1.0")
        assert client.is_open(), "a 100 for a 1.0 client"
        response = client.send(b"hello").answer()
        equal((response.status, response.interim), (200, []))
    equal(origin.one().get("Expect"), None)


def test_not_wanted():
    """An error instead of the 100 when the body is not wanted."""
    cases = [("too large", ["Content-Length: 1001"], 413), ("no service", ["X-No: 1"], 503)]

    def unwanted(_, fields, status):
        with Client(pound().port) as client:
            if fields[0].startswith("Content-Length"):
                client.send(build("POST", "/", [EXPECT, *fields], None, "1.1"))
            else:
                start(client, *fields)
            response = client.answer()
            equal((response.status, response.interim), (status, []))
            client.expect_close()
        assert not origin.take()
    each(cases, unwanted)


def test_dead_back_end():
    dead = Origin(up=False)
    front = Pound(simple(dead))
    with Client(front.port) as client:
        response = start(client).answer()
        equal((response.status, response.interim), (503, []))
    front.stop()


def test_other_values():
    each([("100-continue, x",), ("x",), ("100-continuex",), ("200-ok",)],
         lambda value: equal(refused(
             pound().port, origin, build("POST", "/", ["Expect: " + value], b"", "1.1"),
             417).status, 417))


def test_empty_is_absent():
    request = served(pound().port, origin, build("POST", "/", ["Expect:"], b"hello", "1.1"))
    equal((request.body, request.answer.interim), (b"hello", []))


def test_back_ends_100_is_dropped():
    origin.answer = CONTINUE + OK
    with Client(pound().port) as client:
        equal(start(client).head().status, 100)
        response = client.send(b"hello").answer()
        equal((response.status, response.interim), (200, []))
        equal(client.get().interim, [])
    origin.answer = OK
    origin.take()


def test_refusal_of_the_back_end():
    """The back-end answers after the head: relayed at once."""
    front = Pound(simple(Origin(script=refuse)))
    with Client(front.port) as client:
        start(client)
        response = client.answer()
        equal((response.status, response.body), (403, b"no"))
    front.stop()


def refuse(conn):
    if conn.head():
        conn.send(reply(b"no", status="403 Forbidden"))
        conn.drain()


main()
