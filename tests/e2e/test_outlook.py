#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""RPC over HTTP as Outlook speaks it, with NTLM on both legs: A.2 15, 29, 35, B.4.9.

A scripted server: each connection goes through the three steps of NTLM before it is
anything else; an IN channel and an OUT channel that say the same cookie are one session,
and what comes in on one goes out, turned round, on the other.
"""

import threading
import time

from harness import *

WINDOW = 0x40000000
ASKED = ("WWW-Authenticate: Negotiate", "WWW-Authenticate: NTLM")
CHALLENGE = ("WWW-Authenticate: NTLM TlRMTVNTUAACAAAA",)
FIRST = "Authorization: NTLM TlRMTVNTUAABAAAA"
LAST = "Authorization: NTLM TlRMTVNTUAADAAAA"


class Server:
    def __init__(self, name):
        self.name = name
        self.channels = {}
        self.logins = []  # (connection, step)
        self.lock = threading.Condition()
        self.origin = Origin(script=self.script)

    def script(self, conn):
        step = 0
        while request := conn.head():
            given = request.get("Authorization")
            with self.lock:
                self.logins.append((conn.number, given))
            wanted = (None, FIRST, LAST)[step] if step < 3 else None
            if step < 2:
                # Early: the answer is out before the body has come.
                conn.send(reply(self.name, *(ASKED if step == 0 else CHALLENGE),
                                status="401 Unauthorized"))
                conn.body(request)
                step += 1
                continue
            assert wanted is None or "Authorization: " + given == wanted, given
            step = 3
            if request.method == "RPC_IN_DATA" and request.length >= 0x20000:
                return self.take_in(conn, request)
            if request.method == "RPC_OUT_DATA":
                conn.body(request)
                return self.give_out(conn, request)
            conn.body(request)
            conn.send(reply(b"%s %d %d" % (self.name, conn.number, len(request.body))))
        return None

    def queue(self, request):
        return self.channels.setdefault(request.target.split("=")[-1], [])

    def take_in(self, conn, request):
        while True:
            if not conn.reader.buffer and not conn.reader.more():
                break
            with self.lock:
                self.queue(request).append(conn.reader.take(len(conn.reader.buffer)))
                self.lock.notify_all()
        with self.lock:
            self.queue(request).append(None)
            self.lock.notify_all()

    def give_out(self, conn, request):
        conn.send(b"HTTP/1.1 200 Success\r\nContent-Type: application/rpc\r\n"
                  b"Content-Length: %d\r\n\r\n" % WINDOW)
        while True:
            with self.lock:
                queue = self.queue(request)
                while not queue:
                    if not self.lock.wait(10 * SLOW):
                        return
                piece = queue.pop(0)
            if piece is None:
                conn.close()
                return
            conn.send(piece[::-1])


def start(*servers, session=""):
    inner = [backend(server.origin) for server in servers]
    if session:
        inner.append(session)
    return Pound(SHORT.replace("Client 2", "Client 8") + "LogLevel 3\n" + listener(
        "xHTTP 4", service(*inner)) + "\n")


def dance(client, method, target, body=b""):
    """The two refusals before the real request: the names that were told."""
    told = []
    for fields in ([], [FIRST]):
        client.request(target, *fields, method=method, body=body)
        answer = client.answer()
        equal(answer.status, 401)
        told.append(answer.body)
    return told


def open_in(pound, cookie):
    client = Client(pound.port)
    told = dance(client, "RPC_IN_DATA", "/rpc/rpcproxy.dll?server:6001=" + cookie)
    client.send(build("RPC_IN_DATA", "/rpc/rpcproxy.dll?server:6001=" + cookie,
                      [LAST, "Content-Length: %d" % WINDOW], None, "1.1"))
    return client, told


def open_out(pound, cookie):
    client = Client(pound.port)
    told = dance(client, "RPC_OUT_DATA", "/rpc/rpcproxy.dll?server:6001=" + cookie)
    client.request("/rpc/rpcproxy.dll?server:6001=" + cookie, LAST, method="RPC_OUT_DATA",
                   body=b"c" * 76)
    head = client.head()
    equal((head.status, head.length), (200, WINDOW))
    return client, told


def test_both_legs():
    """Streamed both ways, as it comes; each leg on a connection of its own."""
    server = Server(b"one")
    pound = start(server)
    down, _ = open_out(pound, "a")
    up, _ = open_in(pound, "a")
    for piece in (b"bind", b"request", b"x" * 50000):
        up.send(piece)
        got = b""
        while len(got) < len(piece):
            got += down.reader.exactly(1) + down.reader.take(len(down.reader.buffer))
        equal(sorted(got), sorted(piece))
    equal(len(server.origin.conns), 2, "connections to the server")
    mark = pound.mark()
    up.fin()
    equal(up.rest(), b"")
    equal(down.rest(), b"")
    lines = pound.wait_log(r'RPC_.*" (000|200) ', mark, 2)
    assert any('RPC_IN_DATA /rpc/rpcproxy.dll?server:6001=a HTTP/1.1" 000 50011 ' in l
               for l in lines), lines
    assert any('" 200 50011 ' in l and "RPC_OUT_DATA" in l for l in lines), lines
    equal(pound.since(0, r"\be\d\d\d "), [])
    pound.stop()


def test_legs_stay_with_their_back_end():
    """Each leg's login, and its channel, meet one back-end on one connection."""
    one, two = Server(b"one"), Server(b"two")
    pound = start(one, two)
    for number in range(8):
        client = Client(pound.port)
        told = dance(client, "RPC_IN_DATA", "/rpc?=%d" % number)
        client.request("/rpc", LAST, method="POST", body=b"abc")
        last = client.answer()
        equal(last.status, 200)
        name, conn, size = last.body.split()
        equal(told + [name], [name] * 3, "back-ends of one leg")
        equal(size, b"3")
        client.close()
    for server in (one, two):
        for number in {n for n, _ in server.logins}:
            steps = [given for n, given in server.logins if n == number]
            equal(steps, [None, FIRST[15:], LAST[15:]], "on connection %d" % number)
    pound.stop()


def test_both_legs_meet_with_a_session():
    """A session by address brings both legs to the same server."""
    one, two = Server(b"one"), Server(b"two")
    pound = start(one, two, session=block("Session", "Type IP", "TTL 60"))
    for cookie in ("a", "b", "c"):
        down, told = open_out(pound, cookie)
        up, told_too = open_in(pound, cookie)
        equal(len(set(told + told_too)), 1, "servers of one client")
        up.send(b"ping")
        equal(down.reader.exactly(4), b"gnip")
        up.close()
        equal(down.rest(), b"")
    pound.stop()


UPLOADS = [(name + how, size, how == " in chunks") for how in ("", " in chunks") for name, size in (
    ("small", 10), ("a block", 16384), ("more than all buffers", 8 << 20))]


def test_early_401_during_an_upload():
    """The refusal is heard at once, the rest is taken, the connection goes on."""
    def upload(_, size, chunked):
        server = Server(b"one")
        pound = start(server)
        with Client(pound.port) as client:
            for auth in ([], [FIRST], [LAST]):
                send_upload(client, b"z" * size, auth, chunked)
                last = client.answer()
                equal(last.status, 200 if auth == [LAST] else 401)
        equal(last.body, b"one 0 %d" % size)
        equal(len(server.origin.conns), 1, "connections to the server")
        pound.stop()
    each(UPLOADS, upload)


def send_upload(client, body, auth, chunked):
    if chunked:
        client.send(build("POST", "/ews", auth + ["Transfer-Encoding: chunked"], None, "1.1"))
        client.send(encode_chunks(body))
    else:
        client.send(build("POST", "/ews", auth, body, "1.1"))


def test_early_401_while_the_client_waits():
    """The head and a part are sent; the refusal comes; then the rest."""
    server = Server(b"one")
    pound = start(server)
    with Client(pound.port) as client:
        for fields in ([], [FIRST], [LAST]):
            head = build("POST", "/ews", fields + ["Content-Length: 200000"], None, "1.1")
            client.send(head + b"y" * 1000)
            if fields == [LAST]:
                client.send(b"y" * 199000)
                equal(client.answer().body, b"one 0 200000")
                break
            equal(client.answer().status, 401)
            time.sleep(0.1)
            client.send(b"y" * 199000)
    equal(len(server.origin.conns), 1, "connections to the server")
    pound.stop()


def test_early_401_on_the_in_channel():
    """A client that does not know yet that it must log in: it is told at once."""
    server = Server(b"one")
    pound = start(server)
    with Client(pound.port) as client:
        client.send(build("RPC_IN_DATA", "/rpc", ["Content-Length: %d" % WINDOW], None, "1.1"))
        client.send(b"bind")
        equal(client.answer().status, 401)
    pound.stop()


def test_a_channel_may_be_silent():
    """Between two packets of the OUT channel lies up to TimeOut; of the IN one, Client."""
    server = Server(b"one")
    pound = Pound("Client 4\nTimeOut 4\nConnTO 2\nAlive 1\nGrace 2\n" + listener(
        "xHTTP 4", service(backend(server.origin))) + "\n")
    down, _ = open_out(pound, "s")
    up, _ = open_in(pound, "s")
    for _ in range(3):
        time.sleep(1.5)
        up.send(b"tick")
        equal(down.reader.exactly(4), b"kcit")
    up.close()
    equal(down.rest(), b"")
    pound.stop()


main()
