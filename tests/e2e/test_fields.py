#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Field lines of requests: strict-http 2, decisions A.2 12 and 13."""

from harness import *

origin = Origin()
SSL_NAMES = ["X-SSL-cipher", "X-SSL-Subject", "X-SSL-Issuer", "X-SSL-notBefore",
             "X-SSL-notAfter", "X-SSL-serial", "X-SSL-certificate"]


@once
def pound():
    deny = service('HeadDeny "^X-SSL-Subject: evil"', backend(origin))
    return Pound(SHORT + "\n".join([
        listener("xHTTP 2", deny),
        listener("XSSLHeaders pass", service(backend(origin)), port="tier")]) + "\n")


REFUSED = [
    b"X-T : v", b"X-T\t: v", b": v", b":", b"novalue", b"no value here", b"X T: v",
    b"X-T\x00: v", b"X\x01T: v", b"X-T\x7f: v", b"X-\xc3\xa9: v", b"X(T): v", b"X,T: v",
    b"X/T: v", b"X;T: v", b"X<T: v", b"X=T: v", b"X>T: v", b"X?T: v", b"X@T: v",
    b"X[T: v", b"X\\T: v", b"X]T: v", b"X{T: v", b"X}T: v", b'X"T: v', b"\"X\": v",
    b"X-T: a\rb", b"X-T: a\rb: c", b"X-T: a\x00b", b"X-T: a\nb: c", b"X-T: \x00",
    b"X-T: a\x01", b"X-T: a\x08b", b"X-T: a\x0bb", b"X-T: a\x0cb", b"X-T: a\x1bb",
    b"X-T: a\x1f", b"X-T: a\x7fb", b"X-T: a\r", b"X-T: v\r\n folded", b"X-T: v\r\n\tfolded",
    b"X-T:\r\n v", b"X-T: v\r\n ", b"X-T: v\r\n\t\r\nA: b",
]

KEPT = [  # line as sent, (name, value) as received
    (b"X-T: v", ("X-T", "v")), (b"X-T:v", ("X-T", "v")), (b"X-T:   v", ("X-T", "v")),
    (b"X-T:\tv", ("X-T", "v")), (b"X-T: v  ", ("X-T", "v")), (b"X-T: v\t", ("X-T", "v")),
    (b"X-T:  \t v \t ", ("X-T", "v")), (b"X-T:", ("X-T", "")), (b"X-T: ", ("X-T", "")),
    (b"X-T: a\tb  c", ("X-T", "a\tb  c")), (b"X-T: \xc3\xa9\xff", ("X-T", "\xc3\xa9\xff")),
    (b"x-lOwEr: V", ("x-lOwEr", "V")), (b"!#$%&'*+-.^_`|~0: v", ("!#$%&'*+-.^_`|~0", "v")),
    (b"X_Custom: v", ("X_Custom", "v")), (b"1: v", ("1", "v")), (b"X-T: :", ("X-T", ":")),
    (b"X-T: a: b", ("X-T", "a: b")), (b'X-T: "a" (b) <c> \\', ("X-T", '"a" (b) <c> \\')),
    (b"Cookie: ;a=b", ("Cookie", ";a=b")), (b"Cookie: =", ("Cookie", "=")),
    (b"Cookie: ,;=;;", ("Cookie", ",;=;;")), (b"Cookie: a=\xe9; b", ("Cookie", "a=\xe9; b")),
    (b"Authorization: Basic Zm9vOmJhcg==", ("Authorization", "Basic Zm9vOmJhcg==")),
    (b"Accept:", ("Accept", "")), (b"Via: 1.1 x", ("Via", "1.1 x")),
    (b"X-Forwarded-Proto: https", ("X-Forwarded-Proto", "https")),
    (b"Forwarded: for=1.2.3.4", ("Forwarded", "for=1.2.3.4")),
    (b"X-Forwarded-Host: x", ("X-Forwarded-Host", "x")),
]

DROPPED = [  # lines; names that must not arrive
    (b"Proxy: http://evil/", ["Proxy"]), (b"pRoXy: x", ["Proxy"]),
    (b"Content_Length: 5", ["Content_Length"]), (b"Transfer_Encoding: chunked",
                                                  ["Transfer_Encoding"]),
    (b"content_length: 5", ["Content_Length"]), (b"X_Forwarded_For: 6.6.6.6",
                                                  ["X_Forwarded_For"]),
    (b"X_SSL_Subject: CN = x", ["X_SSL_Subject"]), (b"x-ssl_cipher: c", ["X-SSL_cipher"]),
    (b"Keep-Alive: timeout=5", ["Keep-Alive"]), (b"Proxy-Connection: keep-alive",
                                                  ["Proxy-Connection"]),
    (b"TE: trailers", ["TE"]), (b"Trailer: X", ["Trailer"]),
    (b"Upgrade: h2c", ["Upgrade"]), (b"Connection: X-Secret\r\nX-Secret: 1", ["X-Secret"]),
    (b"X-Secret: 1\r\nconnection: a, x-SECRET ,b", ["X-Secret"]),
    (b"Connection: A\r\nA: 1\r\nConnection: B\r\nB: 2", ["A", "B"]),
    (b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAA",
     ["Upgrade", "HTTP2-Settings"]),
    (b"Connection: keep-alive, Upgrade\r\nUpgrade: h2c", ["Upgrade"]),
] + [(b"%s: forged" % n.encode(), [n]) for n in SSL_NAMES]


def with_line(line):
    return b"GET / HTTP/1.1\r\nHost: h.test\r\n" + line + b"\r\nX-Last: 1\r\n\r\n"


def test_refused():
    each([(line,) for line in REFUSED],
         lambda line: refused(pound().port, origin, with_line(line)))


def test_fold_before_the_first_field():
    for blank in (b" ", b"\t"):
        refused(pound().port, origin,
                b"GET / HTTP/1.1\r\n" + blank + b"Host: h.test\r\nHost: h.test\r\n\r\n")


def test_refused_as_the_last_line():
    each([(line,) for line in REFUSED], lambda line: refused(
        pound().port, origin, b"GET / HTTP/1.1\r\nHost: h.test\r\n" + line + b"\r\n\r\n"))


def test_kept():
    def kept(line, field):
        request = served(pound().port, origin, with_line(line))
        assert field in request.fields, request.fields
    each(KEPT, kept)


def test_dropped():
    def dropped(line, names):
        request = served(pound().port, origin, with_line(line))
        for name in names:
            assert request.get(name) is None, request.fields
        equal(request.get("X-Last"), "1")
    each(DROPPED, dropped)


def test_our_own_fields_cannot_be_named_away():
    for name in (b"X-Forwarded-For", b"Host", b"Content-Length", b"Transfer-Encoding"):
        request = served(pound().port, origin,
                         b"POST / HTTP/1.1\r\nHost: h.test\r\nContent-Length: 2\r\n"
                         b"Connection: close, " + name + b"\r\n\r\nab", "POST")
        equal((request.get("X-Forwarded-For"), request.get("Host"), request.body),
              ("127.0.0.1", "h.test", b"ab"), name)


def test_credentials_can_be_named_away():
    """Connection names what it names; only what we set is exempt."""
    request = served(pound().port, origin, with_line(b"Connection: Cookie\r\nCookie: a=b"))
    equal(request.get("Cookie"), None)


def test_x_ssl_is_visible_to_head_deny():
    answer = ask(pound().port, with_line(b"X-SSL-Subject: evil"))
    equal(answer.status, 503)
    assert not origin.take()


def test_x_ssl_warns_once():
    front = Pound(simple(origin))
    with Client(front.port) as client:
        for _ in range(3):
            equal(client.get("/", "X-SSL-cipher: a", "X-SSL-serial: 1").status, 200)
    front.stop()
    equal(len(front.since(0, "(?i)x-ssl")), 1, "warnings about X-SSL")
    origin.take()


def test_x_ssl_pass():
    for name in SSL_NAMES:
        request = served(pound().ports["tier"], origin, with_line(name.encode() + b": v"))
        equal(request.all(name), ["v"], name)
    request = served(pound().ports["tier"], origin, with_line(b"A: b"))
    assert not [n for n in request.names() if n.lower().startswith("x-ssl")]


def test_tls_hello_on_a_plain_port():
    hello = bytes.fromhex("160301006b010000670303") + bytes(32) + bytes(80)
    with Client(pound().port) as client:
        client.send(hello).expect_close(1.5)
    assert not origin.take()


def test_nothing_logged_for_an_empty_connection():
    mark = pound().quiet().mark()
    Client(pound().port).close()
    Client(pound().port).rst()
    Client(pound().port).fin().expect_close()
    ask(pound().port, with_line(b"X T: sentinel"))
    pound().wait_log("e400", mark)
    lines = pound().quiet().since(mark)
    diagnostics = [line for line in lines if "GET /" not in line or "e400" in line]
    equal(len(diagnostics), 1, lines)


def test_each_cut():
    head = with_line(b"X-T:  \t a\tb \xe9 \t")
    with Client(pound().port) as client:
        for i in range(1, len(head)):
            client.send(head[:i]).send(head[i:])
            equal(client.answer().status, 200, "cut at %d" % i)
    equal({r.get("X-T") for r in origin.take()}, {"a\tb \xe9"})


main()
