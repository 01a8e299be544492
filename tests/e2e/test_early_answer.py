#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A final answer before the request is complete: A.2 15."""

import hashlib
import threading
import time

from harness import *

NO = reply(b"no", status="413 Content Too Large")
SIZE = 4 << 20


def front(script):
    origin = Origin(script=script)
    return origin, Pound(simple(origin, "LogLevel 0"))


def begin(client, length=SIZE, first=b"x" * 1000):
    """Send a head and the first bytes of the body."""
    client.send(build("POST", "/", ["Content-Length: %d" % length], None, "1.1") + first)
    return length - len(first)


def test_relayed_at_once_and_both_live_on():
    """The back-end reads on: the exchange ends properly, connections are kept."""
    def script(conn):
        while request := conn.head():
            conn.send(NO)
            conn.body(request)
            origin.requests.append(request)
    origin, pound = front(script)
    with Client(pound.port) as client:
        for _ in range(3):
            left = begin(client)
            equal(client.answer().body, b"no")
            client.send(b"y" * left)
    origin.wait_requests(3)
    equal([len(r.body) for r in origin.requests], [SIZE] * 3)
    equal(len(origin.conns), 1, "back-end connections")
    pound.stop()


def test_chunked_request():
    def script(conn):
        while request := conn.head():
            conn.send(NO)
            conn.body(request)
            origin.requests.append(request)
    origin, pound = front(script)
    with Client(pound.port) as client:
        client.send(build("POST", "/", ["Transfer-Encoding: chunked"], None, "1.1") + b"2\r\nab\r\n")
        equal(client.answer().body, b"no")
        client.send(b"3\r\ncde\r\n0\r\n\r\n")
        client.send(build("POST", "/", [], b"next", "1.1"))
        equal(client.answer().body, b"no")
    origin.wait_requests(2)
    equal([r.body for r in origin.requests], [b"abcde", b"next"])
    pound.stop()


def closing(how):
    def script(conn):
        if conn.head():
            getattr(conn.send(NO), how)()
            if how == "fin":
                conn.drain()
    return script


def test_back_end_closes_after_the_answer():
    """The client sees the whole answer, then a close; it may still be sending."""
    for how in ("close", "fin"):
        _, pound = front(closing(how))
        for part in (1000, SIZE // 2):
            with Client(pound.port) as client:
                begin(client, first=b"x" * part)
                response = client.answer()
                equal((response.status, response.body), (413, b"no"), how)
                client.send(b"y" * 100000)
                client.expect_close()
        pound.stop()


def test_client_that_sends_all_before_it_reads():
    for how in ("close", "fin"):
        _, pound = front(closing(how))
        with Client(pound.port) as client:
            begin(client, length=800000, first=b"x" * 800000)
            response = client.answer()
            equal((response.status, response.body), (413, b"no"), how)
        pound.stop()


def test_answer_while_uploading():
    """A back-end that answers piece by piece what it reads (an echo)."""
    def script(conn):
        while request := conn.head():
            conn.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % request.length)
            conn.reader.exactly(request.length, conn.send)
    _, pound = front(script)
    body = bytes(range(256)) * (SIZE // 256)
    with Client(pound.port, timeout=20) as client:
        sender = threading.Thread(target=begin, args=(client, SIZE, body))
        sender.start()
        got = hashlib.sha256()
        client.answer(sink=got.update)
        sender.join()
        equal(got.hexdigest(), hashlib.sha256(body).hexdigest())
    pound.stop()


def test_upload_is_not_cut_by_the_answers_time_out():
    """TimeOut 2: a slow upload of 3 s passes (A.2 28)."""
    origin = Origin()
    pound = Pound(simple(origin, "LogLevel 0"))
    with Client(pound.port) as client:
        begin(client, length=12, first=b"xx")
        for _ in range(10):
            time.sleep(0.3)
            client.send(b"y")
        equal(client.answer().body, b"ok")
    pound.stop()


def test_stalled_upload_after_an_early_answer():
    """No progress for Client seconds after the answer: cut, no second answer."""
    def script(conn):
        if conn.head():
            conn.send(NO)
            conn.drain()
    origin, pound = front(script)
    with Client(pound.port) as client:
        begin(client)
        equal(client.answer().body, b"no")
        client.expect_close(6)
    until(lambda: origin.conns[0].ended, "close of the back-end connection")
    pound.stop()


main()
