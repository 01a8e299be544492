#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The counters: what each request adds to them, and OpenMetrics."""

import os
import re
import threading

from harness import *
from lib import openmetrics
from lib.ctl import CONTROL, Ctl
from lib.tls import TlsClient, client_context, first_flight, secure

def metrics(ctl):
    return openmetrics.parse(ctl.good("metrics"))


def make(origin, *serve, more=""):
    pound = Pound(CONTROL + SHORT + listener(service(*serve, backend(origin), name="s")) + more)
    return pound, Ctl(pound)


def settled(ctl):
    """All that was answered is counted: an answer is out before it is."""
    until(lambda: ctl.json()["requests_now"] == 0, "the end of all requests")
    return ctl.json()


def silent(ctl):
    """How many said nothing, when all that were accepted have gone."""
    def gone():
        found = ctl.json()["listeners"][0]
        return found["accepted"] > 0 and found["connections"] == 0
    until(gone, "the end of all connections")
    return ctl.json()["listeners"][0]["empty"]


def service_of(ctl, tree=None):
    return (tree or settled(ctl))["listeners"][0]["services"][0]


def backend_of(ctl, tree=None):
    return service_of(ctl, tree)["backends"][0]


def test_parser_is_strict():
    """The reader of the tests refuses what the format forbids."""
    head = "# TYPE x %s\n# HELP x h\n"
    end = "# EOF\n"
    bad = [
        "", "x 1\n" + end, head % "gauge" + "x 1\n", head % "gauge" + "y 1\n" + end,
        head % "counter" + "x 1\n" + end, head % "counter" + "x_total -1\n" + end,
        head % "gauge" + "x 1\nx 1\n" + end, head % "gauge" + 'x{a="b} 1\n' + end,
        head % "gauge" + 'x{a="b",} 1\n' + end, head % "gauge" + 'x{a="\\x"} 1\n' + end,
        head % "gauge" + "x one\n" + end, head % "summary" + "x 1\n" + end,
        head % "gauge" + "x NaN\n" + end, head % "gauge" + "x  1\n" + end,
        head % "gauge" + "\nx 1\n" + end, head % "gauge" + head % "gauge" + end,
        head % "gauge" + "x 1\n" + "# TYPE y gauge\ny 1\nx{a=\"b\"} 1\n" + end,
    ]
    for text in bad:
        try:
            openmetrics.parse(text)
        except (ValueError, KeyError):
            continue
        raise AssertionError("taken: %r" % text)
    good = head % "counter" + 'x_total{a="b\\\\\\"\\n",c=""} 1.5\n' + end
    equal(openmetrics.value(openmetrics.parse(good), "x", "_total"), 1.5)


def test_format():
    pound, ctl = make(Origin())
    with Client(pound.port) as client:
        client.get()
    settled(ctl)
    families = metrics(ctl)
    for family in families.values():
        assert family.help, family.name
        assert family.samples or "service" not in family.name, family.name
    equal(ctl.good("-m").splitlines()[0], "# TYPE pound_build info")
    equal(openmetrics.value(families, "pound_service_requests", "_total", service="0"), 1)
    equal(openmetrics.value(families, "pound_backend_requests", "_total",
                            listener="0", service="0", backend="0", service_name="s",
                            kind="backend"), 1)
    equal(openmetrics.value(families, "pound_outcomes", "_total", outcome="ok"), 1)
    equal(openmetrics.value(families, "pound_backend_first_byte_seconds", "_count"), 1)


def test_documented_names():
    """poundctl(8) names each family, and no other."""
    source = os.environ.get("POUND_SRCDIR", os.path.join(os.path.dirname(__file__), "..", ".."))
    with open(os.path.join(source, "man", "poundctl.8")) as manual:
        part = manual.read().split(".Sh METRICS")[1].split(".Sh ")[0]
    told = set(re.findall(r"^\.It Va (pound_\w+)", part, re.M))
    _, ctl = make(Origin())
    equal(sorted(metrics(ctl)), sorted(told))


def test_classes_and_bytes():
    answers = {"/200": OK, "/301": reply(b"", status="301 Moved"),
               "/404": reply(b"nothing", status="404 Not Found"),
               "/500": reply(b"x" * 1000, status="500 Oops")}
    origin = Origin(lambda request: answers[request.target])
    pound, ctl = make(origin)
    with Client(pound.port) as client:
        for target in answers:
            client.get(target, method="POST", body=b"y" * 100)
        client.get("/200")
    for counted in (service_of(ctl), backend_of(ctl)):
        equal(counted["answers"], {"1xx": 0, "2xx": 2, "3xx": 1, "4xx": 1, "5xx": 1})
        equal((counted["requests"], counted["requests_now"]), (5, 0))
        equal(counted["bytes_in"], 400)
        equal(counted["bytes_out"], 2 + 0 + 7 + 1000 + 2)
        equal(counted["time_to_first_byte"]["count"], 5)


def test_own_answers():
    """Errors and redirects of ours: the service has them, no back-end."""
    origin = Origin(up=False)
    pound, ctl = make(origin)
    with Client(pound.port) as client:
        equal(client.get().status, 503)
    with Client(pound.port) as client:
        equal(client.get().status, 503)
    counted = service_of(ctl)
    equal((counted["requests"], counted["answers"]["5xx"]), (2, 2))
    equal(counted["connect_failures"], 1)  # dead after the first
    assert counted["bytes_out"] > 0
    equal(counted["time_to_first_byte"]["count"], 0)
    equal(backend_of(ctl)["requests"], 0)
    outcomes = ctl.json()["outcomes"]
    equal((outcomes["connect_failed"], outcomes["no_backend"]), (1, 1))


def test_redirect():
    pound = Pound(CONTROL + SHORT + listener(service('Redirect "http://h.test"')))
    ctl = Ctl(pound)
    with Client(pound.port) as client:
        equal(client.get().status, 302)
    one = backend_of(ctl)
    equal((one["kind"], one["requests"], one["answers"]["3xx"]), ("redirect", 1, 1))


def test_refused_requests():
    pound, ctl = make(Origin())
    with Client(pound.port) as client:
        equal(client.send(text("GET / HTTP/1.1\n\n")).answer().status, 400)
    until(lambda: ctl.json()["outcomes"]["host_missing"] == 1, "its outcome")
    equal(service_of(ctl)["requests"], 0)


def test_going_on():
    """What is going on, while it does and after it has ended."""
    begun, go = threading.Event(), threading.Event()

    def wait(_):
        begun.set()
        go.wait(20)
        return OK
    pound, ctl = make(Origin(wait))
    with Client(pound.port) as client, Client(pound.port):
        client.request()
        assert begun.wait(10)
        tree = ctl.json()
        equal((tree["requests_now"], service_of(ctl, tree)["requests_now"],
               backend_of(ctl, tree)["requests_now"]), (1, 1, 1))
        equal(backend_of(ctl, tree)["connections"], 1)
        # The other client is accepted by some thread, sooner or later.
        until(lambda: ctl.json()["connections"] == 2, "two connections")
        equal(ctl.json()["listeners"][0]["connections"], 2)
        equal(service_of(ctl, tree)["answers"]["2xx"], 0)
        go.set()
        client.answer()
        until(lambda: ctl.json()["requests_now"] == 0, "the end")
        equal(service_of(ctl)["answers"]["2xx"], 1)
    until(lambda: ctl.json()["connections"] == 0, "all gone")
    equal(ctl.json()["listeners"][0]["connections"], 0)


def test_cut_requests():
    """A client that goes away leaves nothing going on."""
    begun = threading.Event()

    def never(_):
        begun.set()
    pound, ctl = make(Origin(never))
    client = Client(pound.port).request()
    assert begun.wait(10)
    client.rst()
    until(lambda: ctl.json()["requests_now"] == 0, "the end")
    equal(backend_of(ctl)["requests_now"], 0)
    until(lambda: ctl.json()["outcomes"]["client_gone"] == 1, "its outcome")


def test_downloads_count_while_they_last():
    size = 4 * 1024 * 1024
    half = threading.Event()

    def answer(request):
        request.conn.send(reply(b"")[:-len(b"0\r\n\r\n")] + b"%d\r\n\r\n" % size)
        request.conn.send(b"z" * (size // 2))
        half.wait(20)
        request.conn.send(b"z" * (size // 2))
    pound, ctl = make(Origin(answer))
    with Client(pound.port, timeout=30) as client:
        client.request()
        head = client.head()
        got = bytearray()
        until(lambda: backend_of(ctl, ctl.json())["bytes_out"] > 0, "bytes that went")
        half.set()
        equal(len(client.body(head).body), size)
    until(lambda: backend_of(ctl)["bytes_out"] == size, "all bytes")
    equal(service_of(ctl)["bytes_out"], size)


def test_retry_counts_once():
    """An idle connection that had died: one request, sent again."""
    from lib.origin import then_close
    origin = Origin()
    pound, ctl = make(origin)
    with Client(pound.port) as client:
        client.get()
        origin.answer = then_close(b"")
        origin.wait_conns(1).close()
        origin.answer = OK
        client.get()
    equal(backend_of(ctl)["requests"], 2)
    equal(backend_of(ctl)["requests_now"], 0)


def test_waiting_for_max_conn():
    go = threading.Event()

    def wait(_):
        go.wait(20)
        return OK
    pound = Pound(CONTROL + SHORT + "ConnTO 20\nTimeOut 20\n" + listener(
        service(backend(Origin(wait), "MaxConn 1"))))
    ctl = Ctl(pound)
    clients = [Client(pound.port, timeout=30).request() for _ in range(3)]
    until(lambda: backend_of(ctl, ctl.json())["waiting"] == 2, "two that wait")
    tree = ctl.json()
    equal((backend_of(ctl, tree)["max_connections"], backend_of(ctl, tree)["connections"]), (1, 1))
    equal((tree["queue"], tree["requests_now"]), (2, 3))
    equal(ctl.good().splitlines()[0], "Requests in queue: 2")
    equal(ctl.good("-X").splitlines()[1], '<queue size="2"/>')
    go.set()
    for client in clients:
        equal(client.answer().status, 200)
    equal(settled(ctl)["queue"], 0)


def test_handshakes():
    """What ends a connection before TLS stands, and whether that has failed:
    not if the client closed without a byte. None of it is logged."""
    pound = Pound(CONTROL + secure(Origin(), glob="LogLevel 0"))
    ctl = Ctl(pound)
    hello = first_flight(client_context())

    def counted():
        silent(ctl)
        found = ctl.json()["listeners"][0]
        return [found[name] for name in ("tls_handshakes", "tls_failures", "empty")]

    def closing(end, *sent):
        client = Client(pound.port)
        for data in sent:
            client.send(data)
        end(client)
        return client

    def one(what, act, *want):
        before, mark = counted(), pound.quiet().mark()
        for _ in range(3):
            act()

        def grown():
            return [b - a for a, b in zip(before, counted())]
        until(lambda: sum(grown()) >= 3 * sum(want), "three of '%s', accepted" % what)
        equal(grown(), [3 * n for n in want], what)
        equal(len(pound.quiet().since(mark)), 3 * (what == "plain HTTP"), "lines of the log")
    each([
        ("close", lambda: closing(Client.close), 0, 0, 1),
        ("reset", lambda: closing(Client.rst), 0, 0, 1),
        ("half-close", lambda: closing(Client.fin).expect_close(), 0, 0, 1),
        ("a byte, close", lambda: closing(Client.close, hello[:1]), 0, 1, 0),
        ("half a hello, reset", lambda: closing(Client.rst, hello[:50]), 0, 1, 0),
        ("hello, close", lambda: closing(Client.close, hello), 0, 1, 0),
        ("nonsense", lambda: closing(Client.rest, b"\x16\x03\x01\x00\x05nonsense"), 0, 1, 0),
        ("plain HTTP", lambda: Client(pound.port).request().rest(), 0, 1, 0),
        ("a request", lambda: TlsClient(pound.port).get(), 1, 0, 0),
    ], one)
    each([("silence", lambda: closing(Client.expect_close), 0, 1, 0)], one)
    assert "  0. HTTPS Listener 127.0.0.1:%d a\n" % pound.port in ctl.good()
    assert 'protocol="HTTPS"' in ctl.good("-X")


def test_empty_connections():
    pound, ctl = make(Origin())
    before = silent(ctl)
    for _ in range(3):
        Client(pound.port).close()
    until(lambda: ctl.json()["listeners"][0]["empty"] == before + 3, "three empty ones")


def test_restarts():
    pound = Pound(CONTROL + simple(Origin()), crash=True)
    ctl = Ctl(pound)
    first = ctl.json()
    with Client(pound.port) as client:
        client.get()
    pound.send_signal(9, pound.worker_pid())
    pound.worker_pid(other_than=first["worker_pid"])
    second = ctl.json()
    equal((first["restarts"], second["restarts"]), (0, 1))
    equal(second["pid"], first["pid"])
    assert second["worker_pid"] != first["worker_pid"]
    assert second["uptime"] > second["worker_uptime"]
    equal(service_of(ctl)["requests"], 0)  # counted anew


main()
