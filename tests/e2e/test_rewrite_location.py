#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""RewriteLocation: B.7.4, A.2 22, strict-http 8 (Location).

The table is written for a listener on @main@, a back-end on another port, both on
127.0.0.1, and a client that says Host: h.test:8080.
"""

import signal
import time

from harness import *
from lib.tls import *

origin = Origin()
HOST = "h.test:8080"


@once
def pound():
    """Listeners l0, l1, l2 with that RewriteLocation, and default."""
    text = "".join(listener("RewriteLocation %d" % level, service(backend(origin)),
                            port="l%d" % level) for level in range(3))
    return Pound(SHORT + text + listener(service(backend(origin))) + "\n")


def sent(port, value, host=HOST, field="Location", status="302 Found"):
    """The answer's field as the client sees it, in an answer that had value."""
    origin.answer = reply(b"", "X-Before: 1", "%s: %s" % (field, value), "X-After: 2", status=status)
    answer = ask(port, build("GET", "/", ["Host: " + host], None, "1.1"))
    equal(answer.status, int(status[:3]))
    equal([n.lower() for n in answer.names()][:3], ["x-before", field.lower(), "x-after"])
    return answer.get(field)


# value, at level 1, at level 2; None: unchanged. {be} is the back-end's port, {us} that of
# the listener.
TABLE = [
    # (a) address and port are the back-end's; the scheme is of no matter
    ("http://127.0.0.1:{be}/a?b=c#d", "http://h.test:8080/a?b=c#d", "same"),
    ("https://127.0.0.1:{be}/a", "http://h.test:8080/a", "same"),
    ("HTTP://127.0.0.1:{be}/a", "http://h.test:8080/a", "same"),
    ("http://127.0.0.1:{be}", "http://h.test:8080/", "same"),
    ("http://127.0.0.1:{be}/", "http://h.test:8080/", "same"),
    ("http://127.0.0.1:{be}?x", "http://h.test:8080/?x", "same"),
    ("http://127.0.0.1:{be}//x", "http://h.test:8080//x", "same"),
    ("http://localhost:{be}/a", "http://h.test:8080/a", "same"),
    ("http://LOCALHOST:{be}/a", "http://h.test:8080/a", "same"),
    # (b) the host is ours; port or scheme differs
    ("http://127.0.0.1/a", "http://h.test:8080/a", None),
    ("https://127.0.0.1/a", "http://h.test:8080/a", None),
    ("https://127.0.0.1:{us}/a", "http://h.test:8080/a", None),
    ("http://127.0.0.1:{us}/a", None, None),
    ("http://localhost/a", "http://h.test:8080/a", None),
    ("http://h.test/a", "http://h.test:8080/a", None),
    ("http://H.Test:1/a", "http://h.test:8080/a", None),
    ("https://h.test/a", "http://h.test:8080/a", None),
    ("http://h.test:8080/a", "http://h.test:8080/a", None),
    ("http://h.test:{us}/a", None, None),
    # neither, or nothing that can be understood
    ("http://127.0.0.2:{be}/a", None, None),
    ("http://192.0.2.1/a", None, None),
    ("/relative", None, None),
    ("//127.0.0.1:{be}/a", None, None),
    ("relative?u=http://127.0.0.1:{be}/", None, None),
    ("ftp://127.0.0.1:{be}/a", None, None),
    ("http://user@127.0.0.1:{be}/a", None, None),
    ("http://127.0.0.1:{be}x/a", None, None),
    ("http://127.0.0.1:99999/a", None, None),
    ("http:///a", None, None),
    ("http://", None, None),
    ("http://[::1]:{be}/a", None, None),
    ("", None, None),
]


def test_table():
    def rewritten(value, one, two):
        two = one if two == "same" else two
        for level, wanted in ((0, None), (1, one), (2, two)):
            port = pound().ports["l%d" % level]
            value_now = value.format(be=origin.port, us=port)
            equal(sent(port, value_now), value_now if wanted is None else wanted,
                  "%s at level %d" % (value_now, level))
    each(TABLE, rewritten)


def test_default_is_1():
    port = pound().port
    equal(sent(port, "http://127.0.0.1:1/a"), "http://h.test:8080/a")


def test_any_status_and_both_fields():
    """201 of WebDAV, 200 with Content-Location, 404."""
    url = "http://127.0.0.1:%d/a" % origin.port
    for status in ("200 OK", "201 Created", "301 Moved", "307 Temporary", "404 No"):
        for field in ("Location", "Content-Location"):
            equal(sent(pound().port, url, field=field, status=status), "http://h.test:8080/a")


def test_names_of_the_fields():
    """Exactly Location: and Content-location: when they are rewritten (B.7.4)."""
    url = "http://127.0.0.1:%d/a" % origin.port
    origin.answer = reply(b"", "LOCATION: " + url, "content-LOCATION: " + url)
    answer = ask(pound().port, build("GET", "/", ["Host: " + HOST], None, "1.1"))
    equal(answer.names()[:2], ["Location", "Content-location"])
    origin.answer = reply(b"", "LOCATION: /x", "content-LOCATION: /y")
    answer = ask(pound().port, build("GET", "/", ["Host: " + HOST], None, "1.1"))
    equal(answer.names()[:2], ["LOCATION", "content-LOCATION"])


def test_the_name_that_the_client_used():
    """The Host field as it was sent; of an absolute target, its authority."""
    url = "http://127.0.0.1:%d/a" % origin.port
    for host in ("h.test", "H.TEST", "other.test:81", "[::1]:80", "127.0.0.1", "h.test:"):
        equal(sent(pound().port, url, host), "http://%s/a" % host)
    origin.answer = reply(b"", "Location: " + url)
    answer = ask(pound().port, b"GET http://absolute.test:82/ HTTP/1.1\r\nHost: h.test\r\n\r\n")
    equal(answer.get("Location"), "http://absolute.test:82/a")


def test_without_a_host():
    url = "http://127.0.0.1:%d/a" % origin.port
    origin.answer = reply(b"", "Location: " + url)
    for head in (b"GET / HTTP/1.0\r\n\r\n", b"GET / HTTP/1.1\r\nHost:\r\n\r\n"):
        equal(ask(pound().port, head).get("Location"), url)


def test_https_listener():
    """The scheme is that of the listener; with (b) both schemes may be wrong."""
    front = Pound(https(cert("h.test"), "RewriteLocation 1", service(backend(origin))))
    context = client_context()

    def rewritten(value, wanted):
        origin.answer = reply(b"", "Location: " + value)
        with TlsClient(front.port, context) as client:
            equal(client.get("/", "Host: h.test:8443").get("Location"), wanted, value)
    each([
        ("http://127.0.0.1:%d/a" % origin.port, "https://h.test:8443/a"),
        ("https://127.0.0.1:%d/a" % origin.port, "https://h.test:8443/a"),
        ("http://127.0.0.1/a", "https://h.test:8443/a"),
        ("http://h.test/a", "https://h.test:8443/a"),
        ("http://127.0.0.1:%d/a" % front.port, "https://h.test:8443/a"),
        ("https://127.0.0.1:%d/a" % front.port, "https://127.0.0.1:%d/a" % front.port),
        ("https://other.test/a", "https://other.test/a"),
    ], rewritten)
    front.stop()


def test_https_back_end():
    """Rule (a) does not look at the scheme."""
    behind = TlsOrigin(context=server_context(cert("h.test")))
    front = Pound(SHORT + listener(service(backend(behind, "HTTPS"))) + "\n")
    for scheme in ("http", "https"):
        behind.answer = reply(b"", "Location: %s://127.0.0.1:%d/a" % (scheme, behind.port))
        with Client(front.port) as client:
            equal(client.get().get("Location"), "http://h.test/a")
    front.stop()


def test_listener_on_any_address():
    """'Ours' is the address that the connection came in on."""
    front = Pound(SHORT + listener(service(backend(origin)), host="0.0.0.0") + "\n")
    equal(sent(front.port, "http://127.0.0.1/a"), "http://h.test:8080/a")
    equal(sent(front.port, "http://0.0.0.0/a"), "http://0.0.0.0/a")
    equal(sent(front.port, "http://127.0.0.9/a"), "http://127.0.0.9/a")
    front.stop()


def test_ipv6():
    """Back-end and listener on ::1, URLs in brackets."""
    six = Origin(host="::1")
    front = Pound(SHORT + listener(service(backend(six)), port="six", host="::1") + "\n")
    port = front.ports["six"]

    def one(value, wanted, host="[::1]:8080"):
        six.answer = reply(b"", "Location: " + value)
        with Client(port, "::1") as client:
            equal(client.get("/", "Host: " + host).get("Location"), wanted)
    one("http://[::1]:%d/a" % six.port, "http://[::1]:8080/a")
    one("http://[0:0:0:0:0:0:0:1]:%d/a" % six.port, "http://h.test/a", "h.test")
    one("https://[::1]/a", "http://[::1]:8080/a")
    one("http://[::1]/a", "http://h.test/a", "h.test")
    one("http://[::2]/a", "http://[::2]/a")
    one("http://127.0.0.1/a", "http://127.0.0.1/a")
    front.stop()


def test_unix_back_end():
    """There is no address that a URL could point to (B.7.4)."""
    import tempfile
    path = tempfile.mkdtemp(prefix="pound-e2e.") + "/socket"
    local = Origin(path=path)
    front = Pound(simple(local))
    local.answer = reply(b"", "Location: http://127.0.0.1/a")
    with Client(front.port) as client:
        equal(client.get().get("Location"), "http://127.0.0.1/a")
    front.stop()


def test_a_name_of_the_configuration():
    """Known from the start: no question, no wait."""
    named = Origin()
    front = Pound(SHORT + listener(service(block(
        "BackEnd", "Address localhost", "Port %d" % named.port))) + "\n")
    named.answer = reply(b"", "Location: http://localhost:%d/a" % named.port)
    with Client(front.port) as client:
        begin = time.monotonic()
        equal(client.get().get("Location"), "http://h.test/a")
        assert elapsed(begin) < 0.5 * SLOW
    front.stop()


def test_unknown_name():
    """At most a second; then, and from the cache, at once; never an error."""
    url = "http://no-such-name.invalid:%d/a" % origin.port
    begin = time.monotonic()
    equal(sent(pound().ports["l2"], url), url)
    assert elapsed(begin) < 1.5 * SLOW, "%.1f s" % elapsed(begin)
    begin = time.monotonic()
    for _ in range(5):
        equal(sent(pound().ports["l2"], url), url)
    assert elapsed(begin) < 0.5 * SLOW, "%.1f s from the cache" % elapsed(begin)


def test_others_are_served_meanwhile():
    """Many names at once that nobody knows: a small request is served at once."""
    def answer(request):
        name = request.target.strip("/")
        if not name:
            return OK
        return reply(b"", "Location: http://%s.invalid/a" % name, status="302 Found")
    origin.answer = answer
    clients = [Client(pound().port) for _ in range(40)]
    for number, client in enumerate(clients):
        client.request("/name%d" % number)
    begin = time.monotonic()
    equal(ask(pound().port, build("GET", "/", [], None, "1.1")).status, 200)
    assert elapsed(begin) < 0.5 * SLOW, "%.2f s" % elapsed(begin)
    for number, client in enumerate(clients):
        equal(client.answer().get("Location"), "http://name%d.invalid/a" % number)
    assert elapsed(begin) < 2 * SLOW, "%.1f s" % elapsed(begin)
    for client in clients:
        client.close()


def test_client_that_leaves():
    origin.answer = reply(b"", "Location: http://leaves.invalid/a")
    for _ in range(5):
        client = Client(pound().port).request()
        time.sleep(0.02)
        client.rst()
    origin.answer = OK
    equal(ask(pound().port, build("GET", "/", [], None, "1.1")).status, 200)


def resolver_of(front):
    """Its process: the child of the supervisor that is not the worker."""
    return until(lambda: [pid for pid in front.children() if pid != front.worker_pid()],
                 "the resolver")[0]


def test_the_resolver_dies():
    """Another one is asked; what was out is left unchanged."""
    front = Pound(simple(origin, listen="RewriteLocation 2"), crash=True)
    others = [resolver_of(front)]
    front.send_signal(9, others[0])
    until(lambda: [p for p in front.children() if p not in others + [front.worker_pid()]],
          "another resolver")
    until(lambda: sent(front.port, "http://localhost:%d/a" % origin.port) == "http://h.test:8080/a",
          "an answer of the new one", 10, 0.5)
    front.stop()


def test_the_resolver_hangs():
    """A second, no longer; and nobody waits again for a question that is out."""
    front = Pound(simple(origin))
    resolver = resolver_of(front)
    front.send_signal(signal.SIGSTOP, resolver)
    url = "http://localhost:%d/a" % origin.port
    for least, most in ((0.9, 2), (0, 0.5)):
        begin = time.monotonic()
        equal(sent(front.port, url), url)
        assert least <= elapsed(begin) < most * SLOW, "%.2f s" % elapsed(begin)
    front.send_signal(signal.SIGCONT, resolver)
    until(lambda: sent(front.port, url) == "http://h.test:8080/a", "the answer")
    front.stop()


def test_control_bytes():
    """Never sent, whatever RewriteLocation says; Strict 1: 502."""
    strict = Pound(simple(origin, back="Strict 1"))
    for value in ("http://127.0.0.1:%d/a\tb" % origin.port, "/a\tb", "http://other.test/\tx"):
        for field in ("Location", "Content-Location"):
            origin.answer = reply(b"", "%s: %s" % (field, value), status="302 Found")
            for level in range(3):
                answer = ask(pound().ports["l%d" % level], build("GET", "/", [], None, "1.1"))
                equal((answer.status, answer.get(field)), (302, None), value)
            equal(ask(strict.port, build("GET", "/", [], None, "1.1")).status, 502)
    strict.stop()
    pound().wait_log("back-end 127.0.0.1:%d: .*Location" % origin.port)


def test_long_ones():
    path = "x" * 7000
    for port in (origin.port, 1):
        equal(sent(pound().port, "http://127.0.0.1:%d/%s" % (port, path)),
              "http://h.test:8080/" + path)


main()
