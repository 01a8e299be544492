#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""IPv6 listeners and back-ends."""

import re

from harness import *

origin = Origin(host="::1")


@once
def pound():
    """Ports: main on 127.0.0.1, six on ::1; one back-end on ::1."""
    inner = service(backend(origin))
    return Pound(SHORT + listener("LogLevel 2", inner) + "\n"
                 + listener("LogLevel 2", inner, port="six", host="::1") + "\n")


def test_both_listeners():
    for port, host in (("main", "127.0.0.1"), ("six", "::1")):
        with Client(pound().ports[port], host) as client:
            equal(client.get("/").body, b"ok")
        equal(origin.one().get("X-Forwarded-For"), host)


def test_log():
    mark = pound().mark()
    ask(pound().ports["six"], build("GET", "/log", [], None, "1.1"), host="::1")
    line = pound().wait_log("GET /log", mark)[0]
    assert re.search(r"^::1 GET /log HTTP/1\.1 - HTTP/1\.1 200 OK "
                     r"\(h\.test/- -> ::1:%d\) [\d.]+ sec$" % origin.port, line), line
    origin.take()


def test_host_for_a_request_without_one():
    port = pound().ports["six"]
    ask(port, b"GET / HTTP/1.0\r\n\r\n", host="::1")
    equal(origin.one().get("Host"), "[::1]:%d" % port)


def test_host_literal():
    for host in ("[::1]", "[::1]:80", "[2001:db8::1%251]"):
        with Client(pound().port) as client:
            status = client.get("/", "Host: " + host).status
        if "%" not in host:
            equal((status, origin.one().get("Host")), (200, host))
    origin.take()


def test_dead_and_back():
    origin.down()
    equal(ask(pound().port, build("GET", "/", [], None, "1.1")).status, 503)
    pound().wait_log(r"BackEnd ::1:%d dead \(killed\)" % origin.port)
    origin.up()
    pound().wait_log("BackEnd ::1:%d resurrect" % origin.port, timeout=3)
    equal(ask(pound().port, build("GET", "/", [], None, "1.1")).status, 200)
    origin.take()


main()
