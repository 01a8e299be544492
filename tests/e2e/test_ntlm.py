#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections bound to their client by NTLM or Negotiate: A.2 29."""

from harness import *


class Login:
    """Answers with the number of the connection; path /login says NTLM."""

    def __init__(self):
        self.origin = Origin(self.answer)

    def answer(self, request):
        number = b"%d" % request.conn.number
        if request.target.startswith("/login"):
            scheme = request.target.split("=")[1].replace("%20", " ")
            return reply(number, "WWW-Authenticate: " + scheme, status="401 Unauthorized")
        return reply(number)


def start(*origins):
    return Pound("Threads 1\nLogLevel 0\n" + SHORT.replace("Client 2", "Client 5") + listener(
        service(*map(backend, origins))) + "\n")


def number(client, *args):
    return int(client.get(*args).body)


def bound(pound, first, second):
    """Log in on one client, then let others come and go."""
    with Client(pound.port) as client, Client(pound.port) as other:
        mine = number(client, *first)
        assert number(client, *second) == mine, "the dance changed its connection"
        seen = set()
        for _ in range(5):
            equal(number(client, "/"), mine, "the client's own connection")
            seen.add(number(other, "/"))
            with Client(pound.port) as third:
                seen.add(number(third, "/"))
        assert mine not in seen, "another client was given the bound connection"
    return mine


MARKS = [  # name, first request, second request
    ("NTLM asked", ("/login=NTLM",), ("/", "Authorization: NTLM TlRMTVNTUAAB")),
    ("Negotiate asked", ("/login=Negotiate",), ("/", "Authorization: Negotiate YII=")),
    ("in any case", ("/login=ntlm",), ("/",)),
    ("with a value", ("/login=Negotiate%20oYG2",), ("/",)),
    ("NTLM given", ("/", "Authorization: NTLM TlRMTVNTUAAB"), ("/",)),
    ("Negotiate given", ("/", "Authorization: negotiate YII="), ("/",)),
    ("NTLM to a proxy", ("/", "Proxy-Authorization: NTLM TlRMTVNTUAAB"), ("/",)),
]


def test_bound():
    def one(_, first, second):
        login = Login()
        pound = start(login.origin)
        mine = bound(pound, first, second)
        conn = login.origin.conns[mine]
        until(lambda: conn.ended, "close of the bound connection with its client", 2)
        pound.stop()
    each(MARKS, one)


def test_basic_is_not_bound():
    login = Login()
    pound = start(login.origin)
    with Client(pound.port) as client, Client(pound.port) as other:
        equal(number(client, "/", "Authorization: Basic eDp5"), 0)
        equal([number(other, "/"), number(client, "/"), number(other, "/")], [0, 0, 0])
    pound.stop()


def test_client_stays_with_its_back_end():
    """The weights no longer choose for it."""
    def named(name):
        def answer(request):
            if request.target == "/login":
                return reply(name, "WWW-Authenticate: NTLM", status="401 Unauthorized")
            return reply(name)
        return Origin(answer)

    pound = start(named(b"one"), named(b"two"))
    for _ in range(4):
        with Client(pound.port) as client:
            mine = client.get("/login").body
            equal({client.get("/").body for _ in range(15)}, {mine})
    pound.stop()


def test_upload_with_an_early_401():
    """The dance over one connection: a refused POST, then the real one."""
    origin = Origin(script=dance)
    pound = start(origin)
    body = b"x" * 100000
    with Client(pound.port) as client:
        for fields in ([], ["Authorization: NTLM AA"], ["Authorization: NTLM BB"]):
            client.request("/", *fields, method="POST", body=body)
            last = client.answer()
        equal((last.status, last.body), (200, b"3"))
    equal(len(origin.conns), 1, "back-end connections")
    pound.stop()


def dance(conn):
    for i in range(1, 4):
        request = conn.head()
        if i < 3:
            conn.send(reply(b"%d" % i, "WWW-Authenticate: NTLM", status="401 Unauthorized"))
            conn.body(request)
        else:
            conn.body(request)
            conn.send(reply(b"3"))
    conn.drain()


def test_back_end_closes_a_bound_connection():
    """The client is not silently given another one in the middle of a login."""
    login = Login()
    pound = start(login.origin)
    with Client(pound.port) as client:
        number(client, "/login=NTLM")
        login.origin.conns[0].close()
        equal(client.get("/").status, 200)
    pound.stop()


main()
