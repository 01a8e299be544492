#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTP over TLS: what works on a plain port works on an HTTPS port, A.4 8, 10, 13."""

import hashlib
import os
import select
import ssl
import time

from harness import *
from lib.tls import *

BIG = os.urandom(1 << 16) * 96  # 6 MiB


def reached(request):
    """By path: an answer that tells what came, or a big one."""
    if request.target == "/down":
        return reply(BIG)
    if request.target == "/chunks":
        return (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                + encode_chunks(*[BIG[i:i + 100000] for i in range(0, len(BIG), 100000)]))
    if request.target == "/end":
        request.conn.send(b"HTTP/1.1 200 OK\r\n\r\n" + BIG).close()
        return None
    return reply(hashlib.sha256(request.body).hexdigest().encode())


origin = Origin(reached)
CONTEXTS = [(name, client_context(version, version)) for name, version in VERSIONS]


@once
def pound():
    """Client is 2 s, see SHORT."""
    return Pound(secure(origin, glob="LogLevel 1", listen="xHTTP 2")
                 + listener(service(backend(origin)), port="plain"))


def digest(data):
    return hashlib.sha256(data).hexdigest().encode()


def test_methods():
    def one(name, context, method, body):
        with TlsClient(pound().port, context) as client:
            equal(client.tls.version(), name.split()[0])
            response = client.get("/x?y", method=method, body=body)
            equal(response.status, 200)
            equal(response.body, b"" if method == "HEAD" else digest(body or b""))
        request = origin.one()
        equal((request.method, request.target, request.body), (method, "/x?y", body or b""))
        equal(request.get("X-Forwarded-For"), "127.0.0.1")
    each([("%s %s %r" % (name, m, b), c, m, b) for name, c in CONTEXTS for m, b in (
        ("GET", None), ("HEAD", None), ("POST", b"hello"), ("POST", b""), ("PUT", b"x" * 70000),
        ("OPTIONS", None))], one)


def test_keep_alive():
    for _, context in CONTEXTS:
        with TlsClient(pound().port, context) as client:
            for number in range(20):
                equal(client.get("/%d" % number).status, 200)
        equal([r.target for r in origin.take()], ["/%d" % n for n in range(20)])


def test_pipelining():
    """In one record, and in records that end anywhere."""
    whole = b"".join(build("POST", "/%d" % n, [], b"b%d" % n, "1.1") for n in range(5))
    for _, context in CONTEXTS:
        for size in (len(whole), 37):
            with TlsClient(pound().port, context) as client:
                for i in range(0, len(whole), size):
                    client.send(whole[i:i + size])
                for n in range(5):
                    equal(client.answer().body, digest(b"b%d" % n))
            equal([r.target for r in origin.take()], ["/%d" % n for n in range(5)])


def test_byte_by_byte():
    """Every byte of the handshake and of the records by itself."""
    for _, context in CONTEXTS:
        with Client(pound().port) as bare:
            def pace(data):
                for i in range(len(data)):
                    bare.sock.sendall(data[i:i + 1])
            tls = TlsSocket(bare.sock, context, name="h.test", pace=pace).handshake()
            tls.sendall(build("POST", "/", [], b"hello", "1.1"))
            bare.sock = bare.reader.sock = tls
            equal(bare.answer().body, digest(b"hello"))
        equal(origin.one().body, b"hello")


def test_records_of_one_byte():
    for _, context in CONTEXTS:
        with TlsClient(pound().port, context) as client:
            client.send_bytewise(build("POST", "/", [], b"hello", "1.1"))
            equal(client.answer().body, digest(b"hello"))
        equal(origin.one().body, b"hello")


def test_big_uploads():
    for _, context in CONTEXTS:
        with TlsClient(pound().port, context) as client:
            equal(client.get("/", method="POST", body=BIG).body, digest(BIG))
            client.send(build("POST", "/", ["Transfer-Encoding: chunked"], None, "1.1"))
            client.send(encode_chunks(BIG, b"end"))
            equal(client.answer().body, digest(BIG + b"end"))
        origin.take()


def test_big_downloads():
    def one(_, context, path, buffer):
        got = hashlib.sha256()
        with TlsClient(pound().port, context, buffer=buffer) as client:
            client.request(path).answer(sink=got.update) if path != "/end" else got.update(
                client.get(path).body)
        equal(got.hexdigest().encode(), digest(BIG))
    each([("%s %s %s" % (name, path, buffer), context, path, buffer)
          for name, context in CONTEXTS for path in ("/down", "/chunks", "/end")
          for buffer in (None, 4096)], one)
    origin.take()


def test_both_directions_at_once():
    """A back-end that answers each piece while the next one is coming: reads
    and writes on one session meet, and what a write said "again" to is kept."""
    def echo(conn):
        while head := conn.head():
            conn.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % head.length)
            left = head.length
            while left:
                conn.reader.buffer or conn.reader.need()
                piece = conn.reader.take(left)
                left -= len(piece)
                conn.send(piece)
    other = Origin(script=echo)
    own = Pound(secure(other))
    for _, context in CONTEXTS:
        with TlsClient(own.port, context, buffer=8192) as client:
            client.send(build("POST", "/", ["Content-Length: %d" % len(BIG)], None, "1.1"))
            assert exchange_all(client, BIG) == BIG
    own.stop()


def exchange_all(client, data):
    """Write data and read as much, as either is possible, on one session."""
    tls = client.sock
    tls.sock.settimeout(0.0)
    got, sent, pending = bytearray(), 0, b""
    end = time.monotonic() + 30 * SLOW
    while time.monotonic() < end:
        if sent < len(data) and not pending:
            sent += tls.tls.write(data[sent:sent + 16384])
        pending += tls.outgoing.read()
        readable, writable, _ = select.select([tls], [tls] if pending else [], [], 1)
        if writable:
            pending = pending[tls.sock.send(pending):]
        if readable:
            got += read_some(tls)
        head_end = got.find(b"\r\n\r\n") + 4
        if head_end > 3 and len(got) >= head_end + len(data):
            return bytes(got[head_end:])
    raise AssertionError("sent %d, got %d of %d" % (sent, len(got), len(data)))


def read_some(tls):
    tls.incoming.write(tls.sock.recv(16384))
    got = b""
    try:
        while piece := tls.tls.read(65536):
            got += piece
    except ssl.SSLWantReadError:
        pass
    return got


def test_continue():
    for _, context in CONTEXTS:
        with TlsClient(pound().port, context) as client:
            client.send(build("POST", "/", ["Expect: 100-continue", "Content-Length: 5"],
                              None, "1.1"))
            equal(client.head().status, 100)
            equal(client.send(b"hello").answer().body, digest(b"hello"))
        origin.take()


# --- The end of a connection -------------------------------------------------


def ends(how, raw, status):
    """The answer is followed by close_notify."""
    for _, context in CONTEXTS:
        with TlsClient(pound().port, context) as client:
            equal(client.send(raw).answer().status, status, how)
            equal((client.rest(), client.ended), (b"", "fin"), how)


def test_close_notify():
    large = build("POST", "/", ["Content-Length: 800000", "Expect: no"], None, "1.1")
    each([
        ("Connection: close", CLOSING, 200),
        ("HTTP/1.0", b"GET / HTTP/1.0\r\n\r\n", 200),
        ("refused", b"GET  / HTTP/1.1\r\n\r\n", 400),
        ("refused while sending", large + b"x" * 800000, 417),
        ("idle for Client seconds", build("GET", "/", [], None, "1.1"), 200),
        ("half a head", b"GET / HT", 408),
    ], ends, together=True)
    origin.take()


def test_the_client_closes_first():
    """Its close_notify is answered, and no exchange ends by it."""
    for _, context in CONTEXTS:
        with TlsClient(pound().port, context) as client:
            equal(client.get().status, 200)
            equal((client.fin().rest(), client.ended), (b"", "fin"))
        with TlsClient(pound().port, context) as client:
            client.request("/down").fin()
            equal(client.answer().body, BIG)
    origin.take()


def test_cut_uploads():
    """A body that ends too early, with close_notify or without, is no
    message for the back-end."""
    for finish in (lambda c: c.fin(), lambda c: c.sock.cut(), lambda c: c.close(),
                   lambda c: c.rst()):
        other = Origin()
        own = Pound(secure(other))
        for head in (["Content-Length: 10"], ["Transfer-Encoding: chunked"]):
            before = len(other.conns)
            with TlsClient(own.port) as client:
                client.send(build("POST", "/", head, None, "1.1") + b"5\r\nhello")
                conn = other.wait_conns(before + 1)
                until(lambda: b"hello" in conn.received, "the first bytes")
                finish(client)
                until(lambda: conn.ended, "the end at the back-end")
        equal(other.requests, [])
        own.stop()


# --- The wrong port ----------------------------------------------------------


PLAIN = [
    ("GET", b"GET / HTTP/1.1\r\nHost: h.test\r\n\r\n"),
    ("HTTP/1.0", b"GET / HTTP/1.0\r\n\r\n"),
    ("POST", b"POST / HTTP/1.1\r\nHost: h.test\r\nContent-Length: 5\r\n\r\nhello"),
    ("PUT", b"PUT /x HTTP/1.1\r\nHost: h.test\r\nContent-Length: 200000\r\n\r\n" + b"x" * 200000),
    ("DELETE", b"DELETE / HTTP/1.1\r\nHost: h.test\r\n\r\n"),
    ("only the line", b"GET / HTTP/1.1\r\n"),
]


def test_plain_request():
    """A page in plain text says so, in one line of the log with its tag."""
    def one(_, raw):
        mark = pound().quiet().mark()
        answer = refused(pound().port, origin, raw)
        assert b"HTTPS" in answer.body, answer.body
        pound().wait_log("e400", mark)
        equal(len(pound().quiet().since(mark, "e400")), 1, "lines with the tag")
        with TlsClient(pound().port) as client:
            equal(client.get().status, 200, "served afterwards")
        origin.take()
    each(PLAIN, one)


def test_plain_bytewise():
    for size in (1, 3, 7):
        raw = PLAIN[0][1]
        with Client(pound().port) as client:
            for i in range(0, len(raw), size):
                client.send(raw[i:i + size])
            equal(client.answer().status, 400)
            equal((client.rest(), client.ended), (b"", "fin"))


def test_neither_tls_nor_http():
    """Closed, sooner or later, with no more than an alert; others are served."""
    def one(name, raw):
        with Client(pound().port) as client:
            client.send(raw)
            rest = client.rest(6 * SLOW)
            assert len(rest) <= 64 and not rest.startswith(b"HTTP"), (name, rest)
    each([("zeroes", bytes(100)), ("high bytes", b"\xff" * 100), ("SSLv2", bytes.fromhex(
        "802e0100020015000000100100800200800300800400800500800600400700c0"
        "00112233445566778899aabbccddeeff")), ("a record of nothing", b"\x16\x03\x01\x00\x00" * 50),
          ("a record too long", b"\x16\x03\x01\xff\xff" + bytes(70000)),
          ("application data first", b"\x17\x03\x03\x00\x05hello")], one, together=True)
    with TlsClient(pound().port) as client:
        equal(client.get().status, 200)
    origin.take()


def test_hello_on_a_plain_port():
    """Closed at once, without a byte (strict-http 7)."""
    for _, context in CONTEXTS:
        for pace in (None, 1):
            begin = time.monotonic()
            with Client(pound().ports["plain"]) as client:
                hello = first_flight(context)
                client.send_bytewise(hello) if pace else client.send(hello)
                client.expect_close()
            assert elapsed(begin) < 1 * SLOW, "after %.2f s" % elapsed(begin)


# --- No request ------------------------------------------------------------------


def test_connect_and_close():
    """Not a line, however it ends."""
    mark = pound().quiet().mark()
    for end in (Client.close, Client.rst, Client.fin):
        client = Client(pound().port)
        end(client)
        client = Client(pound().port)
        client.send(first_flight(CONTEXTS[0][1]))
        end(client)
        with TlsClient(pound().port) as client:
            pass
    equal(pound().quiet().since(mark), [], "the log")


main()
