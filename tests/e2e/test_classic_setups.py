#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The classic set-ups of corpus/conf/good run as they are written (lib/classic.py);
those of HTTPS alone are in test_classic_https."""

import collections
import os
import re

from harness import *
from lib.classic import drain, set_up
from lib.tls import TlsClient, client_context

ANY = client_context(verify=False)


def body(pound, front, target, host="h.test"):
    raw = b"GET %s HTTP/1.1\r\nHost: %s\r\n\r\n" % (target.encode(), host.encode())
    return ask(pound.ports["front%d" % front], raw)


def virtual_hosts(name):
    pound, origins = set_up(name, [18080], [18081, 18082])
    for host, back in (("www.server0.test", b"18081"), ("WWW.SERVER0.TEST", b"18081"),
                       ("www.server1.test", b"18082"), ("www.server1.test:18080", b"18082")):
        equal(body(pound, 18080, "/", host).body, back, host)
    equal(body(pound, 18080, "/", "www.other.test").status, 503)
    drain(origins)
    return pound, origins


def test_virtual_hosts():
    virtual_hosts("virtual_hosts")[0].stop()


def test_virtual_hosts_with_deny():
    """A Host that has both names goes to neither."""
    pound, origins = virtual_hosts("virtual_hosts_deny")
    equal(body(pound, 18080, "/", "www.server0.test.www.server1.test").status, 503)
    assert not [o for o in origins.values() if o.take()]
    pound.stop()


def test_images_by_url():
    pound, origins = set_up("images_by_url", [18080], [18081, 18082])
    for target, back in (("/a.jpg", b"18081"), ("/b/c.gif?x", b"18081"), ("/a.html", b"18082"),
                         ("/jpg", b"18082"), ("/", b"18082"), ("/a.JPG", b"18082")):
        equal(body(pound, 18080, target).body, back, target)
    drain(origins)
    pound.stop()


def test_redirected_path():
    pound, origins = set_up("redirected_path", [18080], [18081])
    for target, status, location in (
            ("/forum/a%20b?x=1", 302, "http://forum.server0.test/forum/a%20b?x=1"),
            ("/shop/old", 301, "http://www.server1.test/new-shop/")):
        answer = body(pound, 18080, target)
        equal((answer.status, answer.get("Location")), (status, location))
    equal(body(pound, 18080, "/forum").body, b"18081")
    drain(origins)
    pound.stop()


def test_weights():
    """6 to 1 to 1: 4 sigma of 800 draws about the expected 600."""
    pound, origins = set_up("weights", [18080], [18081, 18082, 18083])
    with Client(pound.ports["front18080"]) as client:
        count = collections.Counter(client.get().body for _ in range(800))
    assert 551 <= count[b"18081"] <= 649, count
    assert count[b"18082"] >= 60 and count[b"18083"] >= 60, count
    drain(origins)
    pound.stop()


def test_three_listeners():
    pound, origins = set_up("three_listeners", [18080, 18090, 18100],
                            [18081, 18091, 18101, 18102])
    equal(body(pound, 18080, "/").body, b"18081")
    equal(body(pound, 18090, "/").body, b"18091")
    seen = {body(pound, 18100, "/").body for _ in range(60)}
    equal(seen, {b"18101", b"18102"})
    drain(origins)
    pound.stop()


def test_zope():
    """A session for each who has logged in; the others as the weights have it."""
    pound, origins = set_up("zope", [8080], [8081, 8082])
    host = "www.testhost.mine"
    equal(body(pound, 8080, "/", "www.other.mine").status, 503)
    for user in range(10):
        request = build("GET", "/manage", ["Host: " + host, "Cookie: __ac=user%d" % user], None, "1.1")
        equal(len({ask(pound.ports["front8080"], request).body for _ in range(10)}), 1)
    equal({body(pound, 8080, "/", host).body for _ in range(60)}, {b"8081", b"8082"})
    drain(origins)
    line = pound.quiet().log[-1]
    assert re.fullmatch(r"127\.0\.0\.1 GET / HTTP/1\.1 - HTTP/1\.1 200 OK \(www\.testhost\.mine/"
                        r"www\.testhost\.mine -> 127\.0\.0\.1:\d+\) 0\.\d{3} sec", line), line
    pound.stop()


def certificate_of(port, name):
    """The first name in what answers to a name."""
    with TlsClient(port, ANY, name) as client:
        der = client.sock.tls.getpeercert(True)
    return [n for n in (b"www.example.test", b"other.example.test", b"*.example.test") if n in der][0]


def test_https_sni():
    pound, origins = set_up("https_sni", [8443], [8081, 8082])
    port = pound.ports["front8443"]
    for name, first in (("www.example.test", b"www.example.test"), ("OTHER.example.test",
                        b"other.example.test"), ("x.example.test", b"*.example.test"),
                        ("unknown.test", b"www.example.test"), (None, b"www.example.test")):
        equal(certificate_of(port, name), first, name)
    for host, back in (("other.example.test", b"8081"), ("www.example.test", b"8082")):
        with TlsClient(port, ANY, host) as client:
            equal(client.get("/", "Host: " + host).body, back)
    drain(origins)
    pound.stop()


def test_many_https_hosts():
    """One listener, hundreds of names: by certificate and by service."""
    names = ["customer%03d.test" % i for i in range(300)]
    origin = Origin(lambda request: reply(request.get("Host").encode()))
    services = "\n".join(service('HeadRequire "Host: *%s"' % name.replace(".", "\\."),
                                 backend(origin), name=name) for name in names)
    pem = os.path.join(CORPUS, "conf", "files", "server.pem")
    pound = Pound(SHORT + "LogLevel 2\n" + block(
        "ListenHTTPS", "Address 127.0.0.1", "Port @main@", 'Cert "%s"' % pem, services) + "\n")
    for name in names[::37] + names[-1:]:
        with TlsClient(pound.port, ANY, name) as client:
            equal(client.get("/", "Host: " + name).body, name.encode())
        pound.wait_log(r"\(%s/%s -> " % (name, name))
    origin.take()
    pound.stop()


def test_outlook_web_gateway():
    """Its methods, its URLs, and the field that tells the server about TLS."""
    pound, origins = set_up("outlook_web_gateway", [8443], [8080])
    back = origins[8080]
    with TlsClient(pound.ports["front8443"], ANY) as client:
        for method in ("BPROPFIND", "POLL", "SUBSCRIBE", "RPC_OUT_DATA", "PROPFIND", "GET"):
            equal(client.get("/exchange/a{b}|c", "Depth: 1", method=method).body, b"8080")
            request = back.one()
            equal((request.method, request.target), (method, "/exchange/a{b}|c"))
            equal(request.get("Front-End-Https"), "on")
        client.get("/exchange/a", "Destination: https://mail.test/exchange/b", method="BMOVE")
        equal(back.one().get("Destination"), "http://127.0.0.1:%d/exchange/b" % back.port)
    pound.stop()


def test_webdav():
    pound, origins = set_up("webdav", [8080], [8081])
    back = origins[8081]
    with Client(pound.ports["front8080"]) as client:
        equal(client.get("/dav/", "Depth: 1", method="PROPFIND", body=b"<propfind/>").body, b"8081")
        back.one()
        client.get("/svn/a", "Destination: http://h.test/svn/b", method="COPY")
        equal(back.one().get("Destination"), "http://127.0.0.1:%d/svn/b" % back.port)
        equal(client.get("/other").status, 503)
    pound.stop()


def test_websockets():
    """wss for the handshakes of one path, plain requests for the rest."""
    pound, origins = set_up("websockets", [443], [3000])
    back = origins[3000]
    back.answer = (b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n"
                   b"Upgrade: websocket\r\n\r\n")
    with TlsClient(pound.ports["front443"], ANY) as client:
        client.request("/socket.io/?transport=websocket", "Connection: Upgrade", "Upgrade: websocket",
                       "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==")
        equal(client.head().status, 101)
    back.one()
    back.answer = reply(b"3000")
    with TlsClient(pound.ports["front443"], ANY) as client:
        equal(client.get("/socket.io/?transport=polling").body, b"3000")
    drain(origins)
    pound.stop()


main()
