#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Back-ends with HTTPS: A.4 9, A.2 6 and 27, B.9.7; the directives of B.3.8 and
ServerName, VerifyList, MinProtocol."""

import hashlib
import os
import ssl
import threading
import time

from harness import *
from lib.tls import *

BIG = os.urandom(1 << 16) * 64  # 4 MiB


def answer(request):
    if request.target == "/down":
        return reply(BIG)
    return reply(hashlib.sha256(request.body).hexdigest().encode())


@once
def origin():
    return TlsOrigin(answer)


def front(back, *lines, glob="", listen=(), tls=True):
    """A Pound with a plain listener before one back-end."""
    return Pound(SHORT + glob + listener(*listen, service(
        backend(back, *(["HTTPS"] if tls else []), *lines))) + "\n")


@once
def pound():
    return front(origin(), "KeepConnections 0")


def get(port, *fields, target="/", version="1.1", method="GET", body=None):
    with Client(port) as client:
        return client.get(target, *fields, version=version, method=method, body=body)


def last():
    """The connection of the one request that came."""
    return origin().one().conn


# --- What works ----------------------------------------------------------------


def test_bodies():
    def one(_, version):
        back = TlsOrigin(answer, server_context(cert(), version, version))
        own = front(back)
        with Client(own.port) as client:
            for body in (b"", b"hello", BIG):
                got = client.get("/", method="POST", body=body)
                equal(got.body, hashlib.sha256(body).hexdigest().encode())
            client.send(build("POST", "/", ["Transfer-Encoding: chunked"], None, "1.1"))
            client.send(encode_chunks(BIG, b"end"))
            equal(client.answer().body, hashlib.sha256(BIG + b"end").hexdigest().encode())
            equal(client.get("/down").body, BIG)
            equal(client.get("/", method="HEAD").status, 200)
        equal(len(back.conns), 1, "connections: all on one")
        own.stop()
    each(VERSIONS, one)


def test_tls_on_both_sides():
    back = TlsOrigin(answer)
    own = Pound(secure(back, back="HTTPS"))
    for _, version in VERSIONS:
        with TlsClient(own.port, client_context(version, version)) as client:
            equal(client.get("/down").body, BIG)
            got = client.get("/", method="POST", body=BIG)
            equal(got.body, hashlib.sha256(BIG).hexdigest().encode())
    own.stop()


def test_slow_bytes():
    """A handshake and an answer that come byte by byte."""
    def pace_of(sock):
        def pace(data):
            for i in range(len(data)):
                sock.sendall(data[i:i + 1])
        return pace
    for _, version in VERSIONS:
        back = TlsOrigin(answer, server_context(cert(), version, version), pace=pace_of)
        own = front(back)
        equal(get(own.port, method="POST", body=b"hello").body,
              hashlib.sha256(b"hello").hexdigest().encode())
        own.stop()


# --- The name (A.4 9) ------------------------------------------------------------


NAMES = [
    # Host of the request, the SNI that the back-end sees
    ("h.test", "h.test"),
    ("www.one.test", "www.one.test"),
    ("h.test:8443", "h.test"),
    ("h.test:", "h.test"),
    ("under_score.test", "under_score.test"),
    ("localhost", "localhost"),
    ("127.0.0.1", None),
    ("127.0.0.1:80", None),
    ("[::1]", None),
    ("[::1]:8080", None),
]


def test_name_is_the_host():
    def one(host, want):
        equal(get(pound().port, "Host: " + host).status, 200)
        equal(last().name, want, host)
    each(NAMES, one)


def test_name_of_a_target():
    """A whole URL as target replaces Host, and so the name."""
    equal(get(pound().port, "Host: h.test", target="http://other.test/x").status, 200)
    equal(last().name, "other.test")


def test_no_host():
    """1.0 without Host: the back-end is sent an address, and no name."""
    with Client(pound().port) as client:
        equal(client.send(b"GET / HTTP/1.0\r\n\r\n").answer().status, 200)
    equal(last().name, None)


def test_name_of_add_header():
    """The Host that we send is the one that AddHeader makes."""
    own = front(origin(), "KeepConnections 0", listen=['AddHeader "Host: inner.test:81"'])
    equal(get(own.port, "Host: h.test").status, 200)
    equal(last().name, "inner.test")
    own.stop()


SERVER_NAMES = [("fixed.test", "fixed.test"), ("", None), ("127.0.0.1", None)]


def test_server_name():
    """Overrides; "" sends none; an address is never sent."""
    def one(name, want):
        own = front(origin(), "KeepConnections 0", 'ServerName "%s"' % name)
        for host in ("h.test", "127.0.0.1"):
            equal(get(own.port, "Host: " + host).status, 200)
            equal(last().name, want, host)
        own.stop()
    each(SERVER_NAMES, one)


def test_kept_under_one_name():
    """A kept connection is for requests of its own name only."""
    back = TlsOrigin(answer)
    own = front(back, glob="Threads 1\n")
    for host in ("a.test", "b.test", "a.test:80", "b.test", "127.0.0.1", "a.test",
                 "127.0.0.1:8"):
        equal(get(own.port, "Host: " + host).status, 200)
    equal([c.name for c in back.conns if c.requests], ["a.test", "b.test", None])
    equal([[r.get("Host") for r in c.requests] for c in back.conns if c.requests], [
        ["a.test", "a.test:80", "a.test"], ["b.test", "b.test"], ["127.0.0.1", "127.0.0.1:8"]])
    own.stop()
    back = TlsOrigin(answer)
    own = front(back, 'ServerName "fixed.test"', glob="Threads 1\n")
    for host in ("a.test", "b.test", "127.0.0.1"):
        equal(get(own.port, "Host: " + host).status, 200)
    equal(len(back.conns), 1, "connections under one name")
    own.stop()


def test_one_client_many_names():
    """On one connection of a client, too."""
    back = TlsOrigin(answer)
    own = front(back)
    with Client(own.port) as client:
        for host in ("a.test", "b.test", "a.test", "b.test"):
            equal(client.get("/", "Host: " + host).status, 200)
    for conn in back.conns:
        for request in conn.requests:
            equal(request.get("Host"), conn.name)
    equal(len(back.conns), 2)
    own.stop()


# --- Who it is -------------------------------------------------------------------


def verified(own_cert, *lines, host="h.test"):
    """The status through a back-end that must be verified."""
    back = TlsOrigin(answer, server_context(own_cert))
    own = front(back, *lines, 'VerifyList "%s"' % root().pem)
    mark = own.mark()
    got = get(own.port, "Host: " + host).status
    if got == 502:
        own.wait_log("e502", mark)
        equal(back.requests, [], "a request went out")
    assert not own.since(0, " dead"), own.log
    own.stop()
    return got


@once
def strangers():
    """Name, certificate, directives, Host, status."""
    inter = issuer()
    good = cert("h.test", "other.test")
    alien = pki.Authority("alien").issue("alien", ["h.test"])
    expired = inter.issue("expired", ["h.test"], begin=pki.PAST[0], end=pki.PAST[1])
    future = inter.issue("future", ["h.test"], begin=pki.FUTURE[0], end=pki.FUTURE[1])
    client = inter.issue("client", ["h.test"], usage="clientAuth")
    wild = cert("*.wild.test")
    address = inter.issue("address", ["127.0.0.1", "::1"])
    cn = inter.issue("cn", [], subject="/CN=h.test")
    lone = pki.Cert("lone", good.crt, b"", good.key)
    return [
        ("good", good, (), "h.test", 200),
        ("second name", good, (), "other.test", 200),
        ("any case", good, (), "H.Test:80", 200),
        ("wrong name", good, (), "wrong.test", 502),
        ("part of the name", good, (), "x.h.test", 502),
        ("wildcard", wild, (), "a.wild.test", 200),
        ("two labels", wild, (), "a.b.wild.test", 502),
        ("none for the wildcard", wild, (), "wild.test", 502),
        ("wrong authority", alien, (), "h.test", 502),
        ("self-signed", pki.self_signed("self", ["h.test"]), (), "h.test", 502),
        ("expired", expired, (), "h.test", 502),
        ("not valid yet", future, (), "h.test", 502),
        ("a client's", client, (), "h.test", 502),
        ("chain not sent", lone, (), "h.test", 502),
        ("name of CN", cn, (), "h.test", 200),
        ("ServerName good", good, ('ServerName "h.test"',), "wrong.test", 200),
        ("ServerName wrong", good, ('ServerName "wrong.test"',), "h.test", 502),
        ("address", address, (), "127.0.0.1", 200),
        ("address of six", address, (), "[::1]:80", 200),
        ("wrong address", good, (), "127.0.0.1", 502),
    ]


def test_verify_list():
    each(strangers(), lambda _, own_cert, lines, host, want: equal(
        verified(own_cert, *lines, host=host), want))


def test_without_verify_list():
    """Anything is taken, as ever."""
    each([c for c in strangers() if c[4] == 502 and not c[2]], lambda _, own_cert, lines, host, __:
         equal(unverified(own_cert, host), 200))


def unverified(own_cert, host):
    back = TlsOrigin(answer, server_context(own_cert))
    own = front(back)
    try:
        return get(own.port, "Host: " + host).status
    finally:
        own.stop()


def test_failure_and_then_good():
    """A back-end that shows a wrong certificate is not dead for it."""
    bad, good = server_context(cert("wrong.test")), server_context(cert())
    back = TlsOrigin(answer, bad)
    own = front(back, "KeepConnections 0", 'VerifyList "%s"' % root().pem)
    for context, want in ((bad, 502), (good, 200), (bad, 502), (good, 200)):
        back.context = context
        equal(get(own.port).status, want)
    own.stop()


def test_client_certificate():
    """Cert in a BackEnd is ours: asked for, it is shown."""
    mine = issuer().issue("mine", [], subject="/CN=pound")
    for _, version in VERSIONS:
        back = TlsOrigin(answer, server_context(cert(), version, version, ca=root()))
        own = front(back, 'Cert "%s"' % mine.pem)
        equal(get(own.port).status, 200)
        equal(pki.pem_of(back.one().conn.peer), mine.crt)
        own.stop()
        own = front(back)
        equal(get(own.port).status, 502)
        own.wait_log("e502")
        equal(back.take(), [])
        own.stop()


def test_protocols_and_ciphers():
    cases = [
        # directives, the lowest and highest version of the back-end, served
        ((), V12, V13, 200), ((), V12, V12, 200), ((), V13, V13, 200), ((), V10, V11, 502),
        (("MinProtocol TLSv1",), V10, V10, 200), (("MinProtocol TLSv1_1",), V11, V11, 200),
        (("MinProtocol TLSv1_1",), V10, V10, 502), (("MinProtocol TLSv1_3",), V12, V12, 502),
        (("Disable TLSv1_3",), V13, V13, 502), (("Disable TLSv1_3",), V12, V13, 200),
        (("Disable TLSv1_2",), V12, V12, 502), (("Disable TLSv1_2",), V12, V13, 200),
        (('Ciphers "AES128-SHA"', "Disable TLSv1_3"), V12, V12, 502),
        (('Ciphers "ECDHE-ECDSA-AES256-GCM-SHA384"',), V12, V12, 200),
    ]

    def one(lines, low, high, want):
        context = server_context(cert(), low, high)
        if low < V12:
            context.set_ciphers("DEFAULT@SECLEVEL=0")
        back = TlsOrigin(answer, context)
        own = front(back, *lines)
        equal(get(own.port).status, want)
        own.stop()
    each(cases, one)


# --- What goes wrong ---------------------------------------------------------------


def junk(data, close=True):
    def before(conn):
        conn.send(data)
        if close:
            conn.reader.more()
            conn.fin()
        conn.drain()
        return False
    return before


EVIL = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"
FAILURES = [
    ("closes", lambda conn: conn.close() or False),
    ("closes after the hello", junk(b"")),
    ("resets after the hello", lambda conn: conn.reader.more() and conn.rst() or False),
    ("plain HTTP at once", junk(EVIL)),
    ("plain HTTP, and stays", junk(EVIL, close=False)),
    ("plain 400", junk(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")),
    ("plain bytes and then TLS", lambda conn: conn.send(EVIL)),
    ("alert", junk(b"\x15\x03\x03\x00\x02\x02\x28")),
    ("zeroes", junk(bytes(200))),
]


def test_handshake_fails():
    """502, and the next request is served: the back-end is not dead."""
    def one(_, before):
        back = TlsOrigin(answer, before=before)
        own = front(back)
        for method, body in (("GET", None), ("POST", b"hello")):
            mark = own.mark()
            got = get(own.port, method=method, body=body)
            equal(got.status, 502)
            assert b"evil" not in got.raw + got.body
            own.wait_log("e502", mark)
            equal(len(own.quiet().since(mark, "e502")), 1, "lines of the log")
        back.before = None
        equal(get(own.port).status, 200)
        assert not own.since(0, r"\bdead\b"), own.log
        own.stop()
    each(FAILURES, one)


def half_hello(conn):
    """Reads and answers nothing, or a part of a record."""
    conn.send(b"\x16\x03\x03\x00\x7a\x02\x00")
    conn.drain()
    return False


def test_handshake_late():
    """504 when TimeOut has passed, in all; not dead."""
    def one(_, before):
        back = TlsOrigin(answer, before=before)
        own = front(back)
        begin = time.monotonic()
        equal(get(own.port).status, 504)
        assert 1.8 <= elapsed(begin) <= 3 + SLOW, "after %.2f s" % elapsed(begin)
        own.wait_log("e504")
        back.before = None
        equal(get(own.port).status, 200)
        assert not own.since(0, r"\bdead\b"), own.log
        own.stop()

    def dribble(conn):
        try:
            for byte in b"\x16\x03\x03\x20\x00" + bytes(200):
                conn.sock.sendall(bytes([byte]))
                time.sleep(0.1)
        except OSError:
            pass
        return False
    each([("silent", lambda conn: conn.drain() and False), ("half", half_hello),
          ("dribbles", dribble)], one, together=True)


def test_refused_connections_kill():
    """What does kill is the same as without TLS."""
    back = TlsOrigin(answer)
    own = front(back)
    back.down()
    equal(get(own.port).status, 503)
    own.wait_log("dead \\(killed\\)")
    back.up()
    own.wait_log("resurrect")
    equal(get(own.port).status, 200)
    own.stop()


def test_next_back_end():
    """A failed handshake is not a failed connect: 502, no second choice; with
    a refused connect the other one serves."""
    bad, good = TlsOrigin(answer, up=False), TlsOrigin(answer)
    own = Pound(SHORT + listener(service(backend(bad, "HTTPS", "Priority 9"),
                                         backend(good, "HTTPS", "Priority 1"))) + "\n")
    for _ in range(6):
        equal(get(own.port).status, 200)
    own.stop()


# --- The end of an answer ------------------------------------------------------------


UNTIL = b"HTTP/1.1 200 OK\r\n\r\nhello"
LENGTH = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
LONGER = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello"
CHUNKS = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"


def ending(data, end):
    """Send data, then end the connection: with close_notify, or without."""
    def act(request):
        conn = request.conn
        conn.send(data)
        if end == "notify":
            conn.sock.notify()
        elif end == "fin":
            conn.fin()
        elif end == "rst":
            conn.rst()
        else:
            conn.cut()
    return act


ENDINGS = [
    # what the back-end sends, how it ends, whether the client has a whole answer
    ("until the end, close_notify and FIN", UNTIL, "fin", True),
    ("until the end, close_notify alone", UNTIL, "notify", True),
    ("until the end, cut", UNTIL, "cut", False),
    ("until the end, reset", UNTIL, "rst", False),
    ("length, complete, close_notify", LENGTH, "fin", True),
    ("length, complete, cut", LENGTH, "cut", True),
    ("length, short, close_notify", LONGER, "fin", False),
    ("length, short, cut", LONGER, "cut", False),
    ("chunks, complete, cut", CHUNKS + b"0\r\n\r\n", "cut", True),
    ("chunks, short, close_notify", CHUNKS, "fin", False),
    ("chunks, short, cut", CHUNKS, "cut", False),
]


def test_truncation():
    """What is cut never looks complete: no last chunk, no proper end."""
    back = TlsOrigin()
    own = front(back)

    def one(_, data, end, whole):
        for _, version in VERSIONS:
            back.context = server_context(cert(), version, version)
            back.answer = ending(data, end)
            with Client(own.port) as client:
                try:
                    got = client.get("/")
                    complete = True
                    equal(got.body, b"hello")
                except Truncated as cut:
                    complete = False
                    assert not cut.part.endswith(b"0\r\n\r\n"), cut.part
                equal(complete, whole, "complete")
    each(ENDINGS, one)
    own.stop()


def test_truncation_for_old_clients():
    """A 1.0 client over TLS, whose body ends with the connection, sees it reset:
    not all of them miss a close_notify."""
    back = TlsOrigin()
    own = Pound(secure(back, back="HTTPS"))
    for end, want in (("cut", "rst"), ("rst", "rst"), ("fin", "fin"), ("notify", "fin")):
        back.answer = ending(UNTIL, end)
        with TlsClient(own.port) as client:
            client.request("/", version="1.0")
            client.rest()
            equal(client.ended, want, "the end after " + end)
    own.stop()


def test_no_answer():
    """Closed before an answer: 502, however; a kept one is tried again."""
    for end in ("fin", "cut", "rst", "notify"):
        back = TlsOrigin(ending(b"", end))
        own = front(back)
        equal(get(own.port).status, 502, end)
        back.answer = ending(b"HTTP/1.1 200 OK\r\nContent-Le", end)
        equal(get(own.port).status, 502, end + " in the head")
        own.stop()


def test_kept_connection_that_ended():
    """The end of an idle connection is seen; so is one while we ask."""
    for end in ("fin", "cut", "rst", "notify"):
        back = TlsOrigin(answer)
        own = front(back, glob="Threads 1\n")
        equal(get(own.port).status, 200)
        conn = back.conns[0]
        {"fin": conn.fin, "cut": conn.cut, "rst": conn.rst, "notify": conn.sock.notify}[end]()
        for _ in range(3):
            equal(get(own.port).status, 200, end)
        back.answer = once_then(answer, end)
        for _ in range(4):
            equal(get(own.port).status, 200, "while we ask: " + end)
        own.stop()


def once_then(function, end):
    """Answer the first request of a connection; end it at the second."""
    def act(request):
        if len(request.conn.requests) == 1:
            return function(request)
        ending(b"", end)(request)
        return None
    return act


def test_bytes_nobody_asked_for():
    """Sent on an idle connection: it is not used again."""
    back = TlsOrigin(answer)
    own = front(back, glob="Threads 1\n")
    equal(get(own.port).status, 200)
    back.conns[0].send(EVIL)
    until(lambda: back.conns[0].ended, "the end of the spoiled connection")
    got = get(own.port)
    equal(got.status, 200)
    assert got.body != b"evil"
    own.stop()


def test_close_notify_is_sent():
    """When we close a connection the back-end sees a proper end."""
    back = TlsOrigin(answer)
    own = front(back, "KeepConnections 0")
    equal(get(own.port).status, 200)
    until(lambda: back.conns[0].ended, "the end of the connection")
    equal(back.conns[0].ended, "fin")
    own.stop()


# --- Sessions --------------------------------------------------------------------


def test_sessions():
    """The next connection under a name takes the session up."""
    for _, version in VERSIONS:
        back = TlsOrigin(answer, server_context(cert(), version, version))
        own = front(back, "KeepConnections 0")
        for host in ("a.test", "a.test", "b.test", "b.test", "a.test", "a.test:8"):
            equal(get(own.port, "Host: " + host).status, 200)
        equal([c.reused for c in back.conns if c.requests],
              [False, True, False, True, True, True], "resumed")
        own.stop()


def test_sessions_of_lost_connections():
    """A back-end that ends a connection badly does not pay for it with a full
    handshake (RFC 5246, 7.2.1)."""
    def one(_, version, end):
        back = TlsOrigin(ending(LENGTH, end), server_context(cert(), version, version))
        own = front(back)
        for number in range(4):
            equal(get(own.port).status, 200)
            conn = back.one().conn
            equal(conn.reused, number > 0, "connection %d" % number)
            until(lambda: conn.ended, "the end")
        own.stop()
    each([("%s, %s" % (name, end), version, end) for name, version in VERSIONS
          for end in ("fin", "notify", "cut")], one)


def test_sessions_of_broken_connections():
    """What ends in a fatal alert is not resumed (RFC 5246, 7.2.2)."""
    answered = threading.Event()

    def break_it(request):
        request.conn.send(LENGTH)
        answered.wait(10 * SLOW)  # or nobody reads what comes behind the answer
        request.conn.sock.sock.sendall(b"\x17\x03\x03\x00\x40" + bytes(64))
        request.conn.drain()
    for _, version in VERSIONS:
        back = TlsOrigin(break_it, server_context(cert(), version, version))
        own = front(back)
        for _ in range(3):
            answered.clear()
            equal(get(own.port).status, 200)
            answered.set()
            conn = back.one().conn
            equal(conn.reused, False)
            until(lambda: conn.ended, "the end")
        own.stop()


def test_sessions_of_two_back_ends():
    """Never with another one."""
    context = server_context(cert())
    one, two = TlsOrigin(answer, context), TlsOrigin(answer, context)
    own = Pound(SHORT + listener(
        service('URL "^/one"', backend(one, "HTTPS", "KeepConnections 0")),
        service(backend(two, "HTTPS", "KeepConnections 0"))) + "\n")
    for target, want in (("/one", False), ("/two", False), ("/one", True), ("/two", True)):
        equal(get(own.port, target=target).status, 200)
        equal((one if target == "/one" else two).one().conn.reused, want, target)
    own.stop()


def test_session_that_is_not_taken():
    """A back-end with new keys: a full handshake, and the request is served."""
    back = TlsOrigin(answer)
    own = front(back, "KeepConnections 0")
    for number in range(3):
        back.context = server_context(cert())
        for want in (False, True):
            equal(get(own.port).status, 200)
            equal(back.one().conn.reused, want, "connection %d" % number)
    own.stop()


def test_verified_sessions_stay_verified():
    """A session does not outlive the certificate that it was made with: the
    next full handshake is judged again."""
    back = TlsOrigin(answer, server_context(cert()))
    own = front(back, "KeepConnections 0", 'VerifyList "%s"' % root().pem)
    equal(get(own.port).status, 200)
    equal(get(own.port).status, 200)
    back.context = server_context(cert("wrong.test"))
    equal(get(own.port).status, 502)
    own.stop()


# --- More ---------------------------------------------------------------------------


def test_alpn():
    """We offer http/1.1 or nothing: one that knows only that is content."""
    for offer in (["http/1.1"], ["h2", "http/1.1"]):
        back = TlsOrigin(answer, server_context(cert(), alpn=offer))
        own = front(back)
        equal(get(own.port).status, 200)
        assert back.one().conn.sock.tls.selected_alpn_protocol() in ("http/1.1", None)
        own.stop()


def test_late_answer():
    """TimeOut works as without TLS."""
    back = TlsOrigin(lambda request: None)
    own = front(back)
    begin = time.monotonic()
    equal(get(own.port).status, 504)
    assert 1.8 <= elapsed(begin) <= 3 + SLOW, elapsed(begin)
    own.stop()


def test_emergency():
    back = TlsOrigin(answer)
    own = Pound(SHORT + listener(service(block(
        "Emergency", "Address 127.0.0.1", "Port %d" % back.port, "HTTPS"))) + "\n")
    equal(get(own.port).status, 200)
    equal(back.one().conn.name, "h.test")
    own.stop()


def test_tls_to_a_unix_socket():
    path = pki.path("inner.sock")
    back = TlsOrigin(answer, path=path)
    own = front(back)
    equal(get(own.port).status, 200)
    equal(back.one().conn.name, "h.test")
    own.stop()


def test_directives_without_https():
    """Cert and the rest need HTTPS in the block, in any order."""
    for line in ('Cert "%s"' % cert().pem, 'Ciphers "HIGH"', "Disable TLSv1",
                 'ServerName "x"', 'VerifyList "%s"' % root().pem, "MinProtocol TLSv1_3"):
        text = listener(service(backend(origin(), line))) + "\n"
        code, out, err = run("-c", config=text.replace("@main@", str(hold_port()[1])))
        equal(code, 1, line + out + err)
        text = listener(service(backend(origin(), line, "HTTPS"))) + "\n"
        code, out, err = run("-c", config=text.replace("@main@", str(hold_port()[1])))
        equal(code, 0, line + out + err)


main()
